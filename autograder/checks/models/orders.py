"""Checks of a net that a student builds to a plan: its operations in order, its initial weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from autograder.checks._task import argument, call, proven
from autograder.checks.models._built import built, compiled, graph_of
from autograder.errors import CheckFailed
from autograder.messages import Lines, msg, nmsg

_SIGMAS = 6  # a right draw is refused once in 5e8


def planned(
    make: Callable,
    arguments: tuple,
    operations: tuple[str, ...],
    *,
    task,
    widths: tuple[int, ...] | None = None,
    mistakes: Mapping | None = None,
) -> None:
    """The model of ``make(*arguments)`` computes by ``operations`` (canonical names, in this order).

    Compiled or not, fused or not, Sequential or functional. ``widths``: outputs of its layers with
    kernels. ``mistakes`` maps names to ``(operations, Message)``, to recognise a wrong plan. Raises
    CheckFailed with what was expected and what was found.
    """
    graph = graph_of(_model(make, arguments, task), task)
    called = _called(make, arguments)
    if graph.ops != tuple(operations):
        told = [m for ops, m in (mistakes or {}).values() if tuple(ops) == graph.ops]
        raise CheckFailed(
            Lines(
                told[0] if told else None,
                msg("`{call}`, in order:", call=called),
                msg("  expected: {ops}", ops=_chain(operations)),
                msg("  found: {ops}", ops=_chain(graph.ops)),
            )
        )
    found = tuple(node.shape[-1] for node in graph.weight_nodes)
    if widths is not None and found != tuple(widths):
        raise CheckFailed(
            msg(
                "`{call}`: expected layers of {right} units. Found: {found}.",
                call=called,
                right=", ".join(map(str, widths)),
                found=", ".join(map(str, found)),
            )
        )
    proven(
        nmsg(
            "`{call}`: {n} operation, as planned.",
            "`{call}`: {n} operations, in the planned order.",
            len(operations),
            call=called,
        )
    )


def drawn(make: Callable, arguments: tuple, std: float, *, task) -> None:
    """The kernels of ``make(*arguments)`` are draws from N(0, std²), every call another one.

    Mean and deviation of each kernel may be off by six standard errors of a normal sample of its
    size. Raises CheckFailed with the deviation that was measured.
    """
    called = _called(make, arguments)
    draws = [_kernels(make, arguments, task) for _ in range(2)]
    for layer, values in draws[0]:
        n = values.size
        off_mean = abs(values.mean()) > _SIGMAS * std / np.sqrt(n)
        off_std = abs(values.std() / std - 1) > _SIGMAS / np.sqrt(2 * n)
        if off_mean or off_std:
            raise CheckFailed(
                msg(
                    "`{call}`: expected kernels drawn from N(0, {std:g}²). Found in `{layer}`: mean "
                    "{mean:.3g}, standard deviation {found:.3g}.",
                    call=called,
                    std=std,
                    layer=layer,
                    mean=values.mean(),
                    found=values.std(),
                )
            )
    if all(np.array_equal(a, b) for (_, a), (_, b) in zip(*draws, strict=True)):
        raise CheckFailed(
            msg("`{call}` gives the same weights at every call. Expected: a new draw.", call=called)
        )
    proven(
        nmsg(
            "{n} kernel has a standard deviation of {std:g}.",
            "{n} kernels have a standard deviation of {std:g}.",
            len(draws[0]),
            std=std,
        )
    )


def _model(make, arguments, task):
    def one():
        return call(make, *arguments, name=name)

    name = one.__name__ = getattr(make, "__name__", "make")
    return built(compiled(one), task)


def _kernels(make, arguments, task) -> list[tuple[str, np.ndarray]]:
    nodes = graph_of(_model(make, arguments, task), task).weight_nodes
    return [(node.layer, np.asarray(node.variables[0].numpy(), float)) for node in nodes]


def _called(make, arguments) -> str:
    name = getattr(make, "__name__", "make")
    return f"{name}({', '.join(argument(a) for a in arguments)})"


def _chain(operations) -> str:
    return " → ".join(operations) if operations else "–"
