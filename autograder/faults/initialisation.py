"""Family C: initialisers and weights."""

from __future__ import annotations

import numpy as np

from autograder.faults._rule import found, place, rule
from autograder.messages import msg
from autograder.reading import is_elementwise


@rule("C01", "zero-kernel", "fault")
def zero_kernel(subject):
    for node in subject.weighted[
        :-1
    ]:  # a zero output layer trains: its gradient is the hidden state
        if _start(node) != "zeros":
            continue
        act = _activation_after(subject.graph, node)
        if act is not None and dead_at_zero(act):
            yield found(
                [node, act],
                msg(
                    "{where} starts with all weights 0, and `{op}` has slope 0 there: nothing before or after it "
                    "gets a gradient.",
                    where=place(node),
                    op=act.op,
                ),
                msg("Keep the default initialiser, or take He's for ReLU."),
                largest_weight=0.0,
            )
        else:
            yield found(
                [node],
                msg(
                    "{where} starts with all weights 0. This net still trains, because the next layer's random "
                    "weights tell the units apart; the rank of the first update is 1.",
                    where=place(node),
                ),
                msg("Keep the default initialiser."),
                kind="smell",
                largest_weight=0.0,
            )


@rule("C02", "constant-kernel", "fault")
def constant_kernel(subject):
    kernels = subject.weighted
    for node, after in zip(kernels, kernels[1:], strict=False):
        if _start(node) != "constant":
            continue
        forever = _start(after) in ("constant", "zeros")
        yield found(
            [node],
            msg(
                "{where}: all {n} units start with the same weights{forever}.",
                where=place(node),
                n=node.shape[-1],
                forever=msg(", and so do those after it: they stay twins for ever")
                if forever
                else "",
            ),
            msg("Keep the default initialiser: units must start different to become different."),
            kind="fault" if forever else "smell",
        )


def dead_at_zero(activation) -> bool:
    """Whether the activation's slope vanishes at 0, where all of a zero kernel's outputs are."""
    return activation.op in ("relu", "relu6", "hard_shrink", "soft_shrink", "tanh_shrink")


def _start(node) -> str:
    """How the kernel begins: "zeros", "constant" (all units alike) or "random".

    The configured initialiser decides where there is one: the weights may have been trained since.
    """
    layer = node.source
    initialiser = getattr(layer, "kernel_initializer", None) or getattr(
        layer, "depthwise_initializer", None
    )
    name = type(initialiser).__name__
    if name == "Zeros":
        return "zeros"
    if name in ("Ones", "Constant"):
        return "constant" if getattr(initialiser, "value", 1) else "zeros"
    if not node.variables:
        return "random"
    kernel = node.variables[0].numpy()
    if not kernel.any():
        return "zeros"
    units = kernel.reshape(-1, kernel.shape[-1])
    return "constant" if units.shape[1] > 1 and not np.ptp(units, axis=1).any() else "random"


def _activation_after(graph, node):
    """The elementwise activation that reads this kernel's output, if it comes before any other sum."""
    queue = list(graph.consumers(node))
    while queue:
        after = queue.pop()
        if is_elementwise(after):
            return after
        if after.op in (
            "batch_norm",
            "dropout",
            "spatial_dropout2d",
            "max_pool2d",
            "flatten",
            "reshape",
        ):
            if after.op == "batch_norm" and after.params.get("center", True) is False:
                return None
            queue.extend(graph.consumers(after))
    return None
