"""Checks of a net that a student builds to a plan: its operations in order, its initial weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations

import numpy as np

from autograder.checks._task import argument, call, called, proven
from autograder.checks.models._built import built, compiled, graph_of
from autograder.errors import CheckFailed
from autograder.messages import Lines, msg, nmsg

_SIGMAS = 6  # a right draw is refused once in 5e8
_MANY = 5000  # numbers from which on a kurtosis tells a normal sample from others


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
    kernels. ``mistakes`` maps names to ``(operations, Message)``, to recognise a wrong plan. Every
    layer with weights stands in one place and can be trained, and every batch normalisation uses the
    batch in training and its moving statistics in inference. Raises CheckFailed with what was
    expected and what was found.
    """
    net = _model(make, arguments, task)
    graph = graph_of(net, task)
    shown = _called(make, arguments)
    if graph.ops != tuple(operations):
        told = [m for ops, m in (mistakes or {}).values() if tuple(ops) == graph.ops]
        raise CheckFailed(
            Lines(
                told[0] if told else None,
                msg("`{call}`, in order:", call=shown),
                msg("  expected: {ops}", ops=_chain(operations)),
                msg("  found: {ops}", ops=_chain(graph.ops)),
            )
        )
    found = tuple(node.shape[-1] for node in graph.weight_nodes)
    if widths is not None and found != tuple(widths):
        raise CheckFailed(
            msg(
                "`{call}`: expected layers of {right} units. Found: {found}.",
                call=shown,
                right=", ".join(map(str, widths)),
                found=", ".join(map(str, found)),
            )
        )
    _refuse_sharing(graph, shown)
    _refuse_idle(graph, shown)
    _refuse_fixed_mode(net, graph, shown, task)
    proven(
        nmsg(
            "`{call}`: {n} operation, as planned.",
            "`{call}`: {n} operations, in the planned order.",
            len(operations),
            call=shown,
        )
    )


def drawn(
    make: Callable,
    arguments: tuple,
    std: float,
    *,
    task,
    shapes: tuple[tuple[int, ...], ...] | None = None,
) -> None:
    """The kernels of ``make(*arguments)``, of these ``shapes``, are draws from N(0, std²), every call
    another one.

    Mean and deviation of each kernel, and the kurtosis of a large one, may be off by six standard
    errors of a normal sample of its size. Raises CheckFailed with what was measured.
    """
    shown = _called(make, arguments)
    draws = [_kernels(make, arguments, task) for _ in range(2)]
    found = tuple(values.shape for _, values in draws[0])
    if shapes is not None and found != tuple(shapes):
        raise CheckFailed(
            msg(
                "`{call}`: expected kernels of shapes {right}. Found: {found}.",
                call=shown,
                right=", ".join(map(str, shapes)),
                found=", ".join(map(str, found)) or "–",
            )
        )
    for layer, values in draws[0]:
        n = values.size
        off_mean = abs(values.mean()) > _SIGMAS * std / np.sqrt(n)
        off_std = abs(values.std() / std - 1) > _SIGMAS / np.sqrt(2 * n)
        if off_mean or off_std:
            raise CheckFailed(
                msg(
                    "`{call}`: expected kernels drawn from N(0, {std:g}²). Found in `{layer}`: mean "
                    "{mean:.3g}, standard deviation {found:.3g}.",
                    call=shown,
                    std=std,
                    layer=layer,
                    mean=values.mean(),
                    found=values.std(),
                )
            )
        _refuse_other_shapes(values / std, layer, shown)
    if all(np.array_equal(a, b) for (_, a), (_, b) in zip(*draws, strict=True)):
        raise CheckFailed(
            msg("`{call}` gives the same weights at every call. Expected: a new draw.", call=shown)
        )
    for (one, a), (other, b) in combinations(draws[0], 2):
        if np.array_equal(a, b):
            raise CheckFailed(
                msg(
                    "`{call}`: `{one}` and `{other}` start with the same kernel. Expected: a draw of "
                    "its own for each (an initialiser that is used twice draws the same twice).",
                    call=shown,
                    one=one,
                    other=other,
                )
            )
    proven(
        nmsg(
            "{n} kernel has a standard deviation of {std:g}.",
            "{n} kernels have a standard deviation of {std:g}.",
            len(draws[0]),
            std=std,
        )
    )


def _refuse_other_shapes(values, layer, shown) -> None:
    """The kurtosis of n normal numbers is 3 with a standard error of sqrt(24 / n)."""
    kurtosis = float((values**4).mean() / (values**2).mean() ** 2)
    if values.size >= _MANY and abs(kurtosis - 3) > _SIGMAS * np.sqrt(24 / values.size):
        raise CheckFailed(
            msg(
                "`{call}`: `{layer}` has the right mean and deviation, but its numbers are not normal: "
                "their kurtosis is {found:.2f}. Expected: 3, as of every normal distribution (a "
                "uniform one has 1.8).",
                call=shown,
                layer=layer,
                found=kurtosis,
            )
        )


def _refuse_sharing(graph, shown) -> None:
    """Every layer with weights has a place, and weights, of its own."""
    places = {}
    for node in graph.nodes:
        if node.variables:
            places.setdefault(id(node.variables[0]), []).append(node)
    for nodes in places.values():
        if len(nodes) > 1:
            raise CheckFailed(
                msg(
                    "`{call}`: one and the same layer, `{layer}`, stands in {n} places, with the same "
                    "weights. Expected: a layer of its own in each.",
                    call=shown,
                    layer=nodes[0].layer,
                    n=len(nodes),
                )
            )


def _refuse_idle(graph, shown) -> None:
    """Everything that a plan has trained can be trained, and lets its input pass."""
    for node in graph.nodes:
        layer = node.source
        if node.op == "batch_norm" and not getattr(layer, "trainable", True):
            raise CheckFailed(
                msg(
                    "`{call}`: `{layer}` has trainable=False. Such a batch normalisation uses its moving "
                    "statistics in training too, and they never move.",
                    call=shown,
                    layer=node.layer,
                )
            )
        frozen = not any(getattr(v, "trainable", True) for v in node.variables)
        if node.variables and frozen and node.op != "batch_norm":  # that may lack gamma and beta
            raise CheckFailed(
                msg(
                    "`{call}`: `{layer}` has trainable=False: training would leave it as it is.",
                    call=shown,
                    layer=node.layer,
                )
            )
        gamma = getattr(layer, "gamma", None) if node.op == "batch_norm" else None
        if gamma is not None and not np.asarray(gamma.numpy()).any():
            raise CheckFailed(
                msg(
                    "`{call}`: gamma of `{layer}` starts at 0, so that the net gives one answer to "
                    "every input. Expected: 1, as Keras starts it.",
                    call=shown,
                    layer=node.layer,
                )
            )


def _refuse_fixed_mode(net, graph, shown, task) -> None:
    """Moving statistics move in training, and only there; no call has a mode of its own."""
    for layer, training in _told(net):
        if training is not None:
            raise CheckFailed(
                msg(
                    "`{call}`: `{layer}` is called with a fixed `training={mode}`. Leave the mode to the "
                    "net: the batch's statistics in training, the moving ones in inference.",
                    call=shown,
                    layer=layer.name,
                    mode=training,
                )
            )
    norms = [node for node in graph.find("batch_norm") if hasattr(node.source, "moving_mean")]
    x = np.random.default_rng(0).normal(1, 1, (8, *task.input_shape)).astype(np.float32)
    for training in (True, False):
        before = [np.array(node.source.moving_mean.numpy()) for node in norms]
        net(x, training=training)
        for node, mean in zip(norms, before, strict=True):
            moved = not np.array_equal(mean, node.source.moving_mean.numpy())
            if moved == training:
                continue
            raise CheckFailed(
                msg(
                    "`{call}`: `{layer}` does not use the batch's statistics in training. Is it called "
                    "with a fixed `training=False`? Leave the mode to the net.",
                    call=shown,
                    layer=node.layer,
                )
                if training
                else msg(
                    "`{call}`: `{layer}` uses the batch's statistics in inference too. Is it called with "
                    "a fixed `training=True`? Leave the mode to the net.",
                    call=shown,
                    layer=node.layer,
                )
            )


def _told(net):
    """(layer, mode that its call was given) for the calls inside functional models.

    Keras overrules such a mode when the net is told one, so that calling the net does not show it.
    """
    for model in (net, *net._flatten_layers()):
        by_depth = getattr(model, "_nodes_by_depth", {})  # only functional models have it
        for node in (node for nodes in by_depth.values() for node in nodes):
            yield node.operation, node.arguments.kwargs.get("training")


def _model(make, arguments, task):
    def one():
        return call(make, *arguments, name=name)

    name = one.__name__ = called(make, "make")
    return built(compiled(one), task)


def _kernels(make, arguments, task) -> list[tuple[str, np.ndarray]]:
    nodes = graph_of(_model(make, arguments, task), task).weight_nodes
    return [(node.layer, np.asarray(node.variables[0].numpy(), float)) for node in nodes]


def _called(make, arguments) -> str:
    name = called(make, "make")
    return f"{name}({', '.join(argument(a) for a in arguments)})"


def _chain(operations) -> str:
    return " → ".join(operations) if operations else "–"
