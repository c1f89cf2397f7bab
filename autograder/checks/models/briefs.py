"""Checks that the brief survives a repair: layers, maps, parameters, arithmetic."""

from __future__ import annotations

from collections.abc import Callable

from autograder.checks._task import proven
from autograder.checks.models._built import examined, graph_of
from autograder.errors import CheckFailed
from autograder.messages import Lines, msg, nmsg

_CONVOLUTIONS = {"conv2d", "separable_conv2d", "depthwise_conv2d"}


def hidden(make, *, task, layers: int = 1) -> None:
    """At least ``layers`` hidden layers with weights are followed by something non-linear, and all
    layers with weights can learn.

    Deleting the network is no repair. Raises CheckFailed and says what stands there instead.
    """
    from autograder.faults import diagnose
    from autograder.reading import has_kernel, is_elementwise

    net = examined(make, task)
    nodes = list(graph_of(net, task).nodes)
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


def convolves(make: Callable, *, task, convolutions: int = 2) -> None:
    """The brief of a convolutional net survives the repair: deleting the network is none.

    At least so many convolutions, something non-linear (an activation or a max-pooling) between the
    first and the last of them, and maps that shrink to half the picture's width or less.
    """
    graph = graph_of(examined(make, task), task)
    nodes = list(graph.nodes)
    places = [i for i, node in enumerate(nodes) if node.op in _CONVOLUTIONS]
    if len(places) < convolutions:
        raise CheckFailed(
            msg(
                "The brief asks for at least {least} convolutions. Found: {found}; layers with "
                "weights altogether: {total}.",
                least=convolutions,
                found=len(places),
                total=len(graph.weight_nodes),
            )
        )
    between = nodes[places[0] : places[-1]]
    if not any(_bends(node) for node in between):
        raise CheckFailed(
            msg(
                "The brief asks for something non-linear between the convolutions. From `{first}` to "
                "`{last}` there is only: {ops}.",
                first=nodes[places[0]].layer,
                last=nodes[places[-1]].layer,
                ops=", ".join(dict.fromkeys(node.op for node in between)),
            )
        )
    _check_downsampling(graph)
    proven(
        msg(
            "The brief survives: {found} convolutions, something non-linear between them, smaller maps.",
            found=len(places),
        )
    )


def budget(make, *, task, parameters: int | None = None, macs: int | None = None) -> None:
    """The net stays within a number of parameters and of multiply-accumulates per sample."""
    graph = graph_of(examined(make, task), task)
    for name, found, most in (
        (msg("parameters"), graph.parameters, parameters),
        (msg("multiply-accumulates per sample"), graph.macs, macs),
    ):
        if most is None:
            continue
        if found > most:
            cost = "macs" if most is macs else "parameters"
            dearest = max(graph.nodes, key=lambda node: getattr(node, cost))
            raise CheckFailed(
                msg(
                    "Expected: at most {most:,} {name}. Found: {found:,}; the dearest layer is "
                    "`{layer}` with {share:,}.",
                    most=most,
                    name=name,
                    found=found,
                    layer=dearest.layer,
                    share=getattr(dearest, cost),
                )
            )
        proven(msg("{found:,} of {most:,} {name}.", found=found, most=most, name=name))


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


def _bends(node) -> bool:
    """Non-linear. A pooling window of one pixel is none: it only leaves pixels out."""
    from autograder.reading import is_affine

    if node.op == "max_pool2d":
        return set(node.params["pool_size"]) != {1}
    return not is_affine(node)


def _check_downsampling(graph) -> None:
    maps = [node.shape[1:3] for node in graph.nodes if len(node.shape) == 4]
    picture, smallest = min(maps[0]), min(min(size) for size in maps)
    if smallest > picture / 2:
        raise CheckFailed(
            msg(
                "The brief asks that the maps shrink to half the picture or less. Found: from "
                "{picture} to {smallest} pixels.",
                picture=picture,
                smallest=smallest,
            )
        )
