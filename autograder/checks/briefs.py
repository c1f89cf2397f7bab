"""Does the hidden part of a dense net survive a repair?"""

from __future__ import annotations

from autograder.checks._task import proven
from autograder.checks.models import _graph, built
from autograder.errors import CheckFailed
from autograder.messages import Lines, msg, nmsg


def hidden(make, *, task, layers: int = 1) -> None:
    """At least ``layers`` hidden layers with weights are followed by something non-linear.

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
    if bent >= layers:
        proven(nmsg("{n} hidden layer is not linear.", "{n} hidden layers are not linear.", bent))
        return
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
            nmsg(
                "There is {n} layer with weights: `{names}`.",
                "There are {n} layers with weights: `{names}`.",
                len(kernels),
                names="`, `".join(nodes[i].layer for i in kernels),
            )
            if len(kernels) <= layers
            else msg(
                "There are {found} layers with weights, but too little that bends between them: a product "
                "of matrices is one matrix.",
                found=len(kernels),
            ),
            msg("And `{layer}` still starts with all weights 0.", layer=zeros[0].layers[0])
            if zeros
            else None,
        )
    )
