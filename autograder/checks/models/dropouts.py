"""Checks of where dropout stands: behind normalisations that remember, before max-pooling."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from statistics import fmean

import numpy as np

from autograder import training
from autograder.checks._task import proven
from autograder.checks.models._built import built, examined, graph_of, refuse_same
from autograder.errors import CheckFailed, CouldNotCheck
from autograder.messages import Lines, Message, msg, nmsg

_NORMALISATIONS = {"batch_norm", "layer_norm", "group_normalization"}
_ZEROING = {"dropout", "spatial_dropout1d", "spatial_dropout2d", "spatial_dropout3d"}
_NOISE = _ZEROING | {"gaussian_dropout", "alpha_dropout"}
_MOMENTUM = 0.99  # Keras' own
_FELT = 0.01  # honest dropouts move the output by a third of its deviation and more


def steady(
    make: Callable,
    x,
    *,
    task,
    normalisations: int = 2,
    dropouts: int = 2,
    rate: float = 0.2,
    below: float = 1.1,
    pools: bool = False,
    seeds: Iterable[int] = (0, 1),
) -> None:
    """Dropout changes the variance that a batch normalisation meets by no more than ``below``.

    The variance of what goes in with dropout on, over the same with dropout off, every
    normalisation on the statistics of the batch ``x``; median over channels, mean over fresh
    weights, one draw for each of ``seeds``. Layer and group normalisation remember nothing and are
    not held to it.

    First, that the net still has what it takes: so many normalisations (batch, layer, group) and so
    many dropouts (Dropout, SpatialDropout) of at least ``rate``, all at work in training: each such
    dropout moves the output, each batch normalisation its statistics; and that each call makes a net
    of its own. With ``pools``, also that between an element-wise dropout and a max-pooling behind it
    there is a convolution or dense layer; otherwise the maximum picks among what has survived.

    Raises CheckFailed with the worst normalisation and what lies before it.
    """
    import keras

    control = _control(x, rate, below)
    drawn, graph, first = [], None, examined(make, task)
    for seed in seeds:
        keras.utils.set_random_seed(seed)
        net = built(make, task)
        refuse_same(make, net, first)
        if graph is None:
            graph = graph_of(net, task)
            names = [node.layer for node in graph.find("batch_norm")]
            _count(graph, normalisations, dropouts, rate)
        found = training.shifts(net, x, seed=seed)
        _normalises(found)
        if not drawn:
            _drops(net, graph, x, rate)
            _remembers(net, x)
        drawn.append([shift.ratio for shift in found if shift.remembers])
    proven(
        msg(
            "At least {norms} normalisations and {drops} dropouts of {rate:g} or more, all at work in "
            "training.",
            norms=normalisations,
            drops=dropouts,
            rate=rate,
        )
    )
    ratios = [fmean(of_one) for of_one in zip(*drawn, strict=True)]
    _limit(ratios, below, graph, names)
    proven(control)
    if pools:
        _unpicked(graph)


def _count(graph, normalisations: int, dropouts: int, rate: float) -> None:
    norms = graph.find(*_NORMALISATIONS)
    if len(norms) < normalisations:
        raise CheckFailed(
            msg(
                "The brief asks for at least {least} normalisations. Found: {found}. Only Keras' own "
                "classes count.",
                least=normalisations,
                found=len(norms),
            )
        )
    found = [node.params["rate"] for node in graph.find(*_ZEROING)]
    enough = sum(each >= rate for each in found)
    if enough < dropouts:
        raise CheckFailed(
            msg(
                "The brief asks for at least {least} dropouts with a rate of at least {rate:g}. Found: "
                "{found}. Rates of all dropouts: {rates}. Only Keras' own classes count.",
                least=dropouts,
                rate=rate,
                found=enough,
                rates=", ".join(f"{each:g}" for each in found) or "–",
            )
        )


def _drops(net, graph, x, rate: float) -> None:
    shares = training.dropped(net, x)
    for node in graph.find(*_ZEROING):
        share = shares.get(node.layer, 0.0)
        if np.isnan(share):
            raise CheckFailed(_constant(node.layer))
        # Thousands of numbers fall or stay; half the rate is no bad luck.
        if node.params["rate"] >= rate and share < node.params["rate"] / 2:
            raise CheckFailed(
                msg(
                    "`{layer}` has the rate {rate:g}, but in training it drops {share:.0%} of its "
                    "numbers. Is it called with training=False?",
                    layer=node.layer,
                    rate=node.params["rate"],
                    share=share,
                )
            )

    felt = training.felt(net, x)
    for node in graph.find(*_ZEROING):
        if node.params["rate"] >= rate and felt.get(node.layer, 0.0) < _FELT:
            raise CheckFailed(
                msg(
                    "`{layer}` drops numbers, but nothing comes of it: with this dropout alone switched "
                    "on, the output moves by {felt:.2%} of its deviation. Expected: at least "
                    "{least:.0%}. Is the branch that it stands on multiplied by next to nothing?",
                    layer=node.layer,
                    felt=felt.get(node.layer, 0.0),
                    least=_FELT,
                )
            )


def _remembers(net, x) -> None:
    for layer, moves in training.remembering(net, x).items():
        if not moves:
            raise CheckFailed(
                msg(
                    "`{layer}` remembers nothing: after a training step its moving statistics are what "
                    "they were. Is its momentum 1? In inference it would not normalise.",
                    layer=layer,
                )
            )


def _control(x, rate: float, below: float) -> Message:
    """What is proven by a dropout on the batch itself. Raises CouldNotCheck when it would not show."""
    x, mask = np.asarray(x, float), np.random.default_rng(0).random(np.shape(x)) >= rate
    ratio = float(np.var(x * mask / (1 - rate)) / max(np.var(x), 1e-12))
    if ratio <= below:
        raise CouldNotCheck(msg("On these inputs a dropout of {rate:g} does not show.", rate=rate))
    return msg(
        "A dropout of {rate:g} on these very inputs changes their variance by a factor of {ratio:.2f}.",
        rate=rate,
        ratio=ratio,
    )


def _normalises(shifts) -> None:
    for shift in shifts:
        if np.isnan(shift.ratio):
            raise CheckFailed(_constant(shift.layer))
        if not shift.works:
            raise CheckFailed(
                msg(
                    "`{layer}` does not normalise in training: before gamma and beta, its output has not "
                    "mean 0 and variance 1 over the batch. Is it frozen, or called with training=False?",
                    layer=shift.layer,
                )
            )


def _constant(layer: str) -> Message:
    return msg(
        "What goes into `{layer}` is constant, with dropout and without: nothing can be measured "
        "there. Do the layers before it start from zeros?",
        layer=layer,
    )


def _limit(ratios, below: float, graph, names) -> None:
    far = [max(ratio, 1 / ratio) if ratio > 0 else np.inf for ratio in ratios]
    if not far or max(far) <= below:
        proven(_proof(far, below))
        return
    worst = int(np.argmax(far))
    layer = names[worst] if len(names) == len(ratios) else ""
    raise CheckFailed(
        Lines(
            msg(
                "`{layer}`, batch normalisation {i} of {n}, meets {ratio:.2f} times the variance when "
                "dropout is on. Expected: at most {below:g} times.",
                layer=layer,
                i=worst + 1,
                n=len(ratios),
                ratio=ratios[worst],
                below=below,
            ),
            msg("All of them in order: {ratios}.", ratios=", ".join(f"{r:.2f}" for r in ratios)),
            *_reasons(graph, layer),
        )
    )


def _unpicked(graph) -> None:
    from autograder.reading import has_kernel

    for node in graph.find("dropout"):
        if not node.params["rate"] or _whole_channels(node):
            continue
        for pool in graph.frontier(node, lambda n: not has_kernel(n) and "max_pool" not in n.op):
            if "max_pool" not in pool.op:
                continue
            raise CheckFailed(
                Lines(
                    msg(
                        "`{dropout}` stands before the max-pooling `{pool}`, with no convolution or dense "
                        "layer between: the maximum picks a survivor.",
                        dropout=node.layer,
                        pool=pool.layer,
                    ),
                    _all_fall(node, pool),
                )
            )
    proven(msg("No element-wise dropout stands before a max-pooling."))


def _proof(far, below) -> Message:
    if not far:
        return msg("There is no batch normalisation that could remember a wrong variance.")
    return nmsg(
        "{n} batch normalisation; dropout changes its variance by a factor of {worst:.3g} at most "
        "({below:g} is allowed).",
        "{n} batch normalisations; dropout changes their variance by a factor of {worst:.3g} at most "
        "({below:g} is allowed).",
        len(far),
        worst=max(far),
        below=below,
    )


def _reasons(graph, layer: str):
    """What stands between the normalisation and the nearest dropout before it."""
    norm = next((node for node in graph.find("batch_norm") if node.layer == layer), None)
    if norm is None:
        return
    nearest, kernels = _nearest_dropout(graph, norm)
    if nearest is None:
        return
    if kernels:
        yield nmsg(
            "Between `{dropout}` and it lies {n} convolution or dense layer: such layers pass noise on "
            "as they pass signal.",
            "Between `{dropout}` and it lie {n} convolutions or dense layers: they pass noise on as they "
            "pass signal.",
            kernels,
            dropout=nearest.layer,
        )
    else:
        yield msg(
            "Between `{dropout}` and it lies no convolution or dense layer at all.",
            dropout=nearest.layer,
        )
    if _whole_channels(nearest):
        yield msg("Whole channels or single numbers: to the variance it is the same.")
    if abs(norm.params["momentum"] - _MOMENTUM) > 1e-6:
        yield msg(
            "The momentum ({momentum:g}) only says how fast the wrong variance is remembered.",
            momentum=norm.params["momentum"],
        )


def _nearest_dropout(graph, node):
    """(the dropout that comes first on the way back from ``node``, layers with a kernel between)."""
    from autograder.reading import has_kernel

    waiting, seen = [(before, 0) for before in graph.producers(node)], set()
    while waiting:
        here, kernels = waiting.pop(0)
        if here.id in seen:
            continue
        seen.add(here.id)
        if here.op in _NOISE and here.params["rate"]:
            return here, kernels
        waiting += [(before, kernels + has_kernel(here)) for before in graph.producers(here)]
    return None, 0


def _whole_channels(node) -> bool:
    """All pixels of a channel fall together."""
    if node.op.startswith("spatial_dropout"):
        return True
    shape = node.params.get("noise_shape")
    return bool(shape) and len(shape) > 2 and all(size == 1 for size in shape[1:-1])


def _all_fall(node, pool) -> Message | None:
    """How seldom a whole window falls, if the pooling has windows."""
    window = pool.params.get("pool_size")
    if window is None:
        return None
    rate, size = node.params["rate"], int(np.prod(window))
    return msg(
        "All {size} numbers of a window fall with probability {rate:g}^{size} = {chance:.2g}; the rate "
        "promised {rate:g}.",
        size=size,
        rate=rate,
        chance=rate**size,
    )
