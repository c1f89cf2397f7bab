"""Does the hidden part of a dense net survive a repair?"""

from __future__ import annotations

from autograder.checks._task import proven
from autograder.checks.models import _graph, built
from autograder.errors import CheckFailed
from autograder.messages import Lines, msg, nmsg


def hidden(make, *, task, layers: int = 1) -> None:
    """At least ``layers`` hidden layers with weights are followed by something non-linear, and all
    layers with weights can learn.

    Deleting the network is no repair. Raises CheckFailed and says what stands there instead.
    """
    from autograder.faults import diagnose
    from autograder.reading import has_kernel, is_elementwise

    net = built(make, task)
    nodes = list(_graph(net, task).nodes)
    kernels = [i for i, node in enumerate(nodes) if has_kernel(node)]
    bent = sum(
        any(is_elementwise(node) for node in nodes[first:then])
        for first, then in zip(kernels, kernels[1:], strict=False)
    )
    trainable = {id(variable) for variable in net.trainable_variables}
    frozen = [
        nodes[i].layer for i in kernels if not trainable & {id(v) for v in nodes[i].variables[:1]}
    ]
    if frozen:
        raise CheckFailed(
            msg(
                "`{layer}` is frozen (`trainable=False`): its weights cannot learn. Leave all layers "
                "with weights trainable.",
                layer=frozen[0],
            )
        )
    if bent >= layers:
        proven(nmsg("{n} hidden layer is not linear.", "{n} hidden layers are not linear.", bent))
        return
    softmax = (
        [node for node in nodes[kernels[0] : kernels[-1]] if node.op == "softmax"]
        if kernels
        else []
    )
    zeros = [f for f in diagnose(net, task=task).findings if f.rule == "C01"]
    raise CheckFailed(
        Lines(
            nmsg(
                "The brief asks for at least {n} hidden layer with a non-linear activation. Found: "
                "{bent}.",
                "The brief asks for at least {n} hidden layers with a non-linear activation each. "
                "Found: {bent}.",
                layers,
                bent=bent,
            ),
            _instead([nodes[i].layer for i in kernels], softmax, layers),
            msg("And `{layer}` still starts with all weights 0.", layer=zeros[0].layers[0])
            if zeros
            else None,
        )
    )


def _instead(kernels: list[str], softmax: list, layers: int):
    """What the net has, where hidden layers are missing."""
    if not kernels:
        return msg("There is no layer with weights at all.")
    if len(kernels) <= layers:
        return nmsg(
            "There is {n} layer with weights: `{names}`.",
            "There are {n} layers with weights: `{names}`.",
            len(kernels),
            names="`, `".join(kernels),
        )
    if softmax:
        return msg(
            "The softmax in `{layer}` does not count: it makes all units share a sum of 1. Take an "
            "activation that treats each unit alone, such as ReLU.",
            layer=softmax[0].layer,
        )
    return msg(
        "There are {found} layers with weights, but too little that bends between them: a product "
        "of matrices is one matrix.",
        found=len(kernels),
    )
