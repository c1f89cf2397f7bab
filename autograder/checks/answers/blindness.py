"""Checks of activations that one statistic cannot tell apart and another one can."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from autograder.checks._task import call, proven
from autograder.checks.answers._reading import plain
from autograder.checks.answers.functions import several
from autograder.errors import CheckFailed, CouldNotCheck
from autograder.messages import Lines, msg, nmsg


def blind_spot(
    draw,
    *,
    seeds: Iterable[int] = range(3),
    gap: float = 0.01,
    spread: float = 0.05,
    accuracy: float = 0.95,
    samples: tuple[int, int] = (200, 2000),
    neurons: int = 50,
) -> None:
    """The student's activations hide a class from the pooled moments and show it to a linear reader.

    ``draw(seed)`` returns (activations, labels): (n, neurons) finite numbers and n labels 0 or 1, at
    least 40 % of each in both halves. Pooled over samples and neurons, the means of the classes differ
    by at most ``gap`` standard deviations and their variances by at most the share ``spread``. A
    linear classifier (least squares) fitted to the first half gets at least ``accuracy`` of the second
    half right. With shuffled labels it must not, or this check has no power (CouldNotCheck). Raises
    CheckFailed.
    """
    name = getattr(draw, "__name__", "draw")
    worst_gap = worst_spread = control = 0.0
    least = 1.0
    seeds = list(seeds)
    for seed in seeds:
        x, labels = _drawn(call(draw, seed, name=name), name, samples, neurons)
        means, variances = zip(
            *((x[labels == k].mean(), x[labels == k].var(ddof=1)) for k in (0, 1)), strict=True
        )
        within = np.sqrt(sum(variances) / 2)
        apart = (
            0.0 if means[0] == means[1] else float(abs(means[1] - means[0]) / (within or 1e-300))
        )
        if apart > gap:
            raise CheckFailed(
                msg(
                    "`{name}({seed})`: the pooled means give the classes away: {zero:.4g} and "
                    "{one:.4g}, d' = {apart:.3g}; at most {gap} is allowed.",
                    name=name,
                    seed=seed,
                    zero=float(means[0]),
                    one=float(means[1]),
                    apart=apart,
                    gap=gap,
                )
            )
        wide = abs(variances[1] - variances[0]) / (max(variances) or 1.0)
        if wide > spread:
            raise CheckFailed(
                msg(
                    "`{name}({seed})`: the pooled variances give the classes away: {zero:.4g} and "
                    "{one:.4g}; they may differ by {spread:.0%}.",
                    name=name,
                    seed=seed,
                    zero=float(variances[0]),
                    one=float(variances[1]),
                    spread=spread,
                )
            )
        half = len(x) // 2
        read = _read(x[:half], labels[:half], x[half:], labels[half:])
        if read < accuracy:
            near = _nearest(x[:half], labels[:half], x[half:], labels[half:])
            raise CheckFailed(
                Lines(
                    msg(
                        "`{name}({seed})`: a linear reader fitted to the first half gets {read:.0%} of "
                        "the second half right. Expected: at least {accuracy:.0%}.",
                        name=name,
                        seed=seed,
                        read=read,
                        accuracy=accuracy,
                    ),
                    msg(
                        "The class is in there (the nearest neighbour gets {near:.0%} right), but no "
                        "straight line finds it.",
                        near=near,
                    )
                    if near >= accuracy
                    else None,
                )
            )
        shuffled = np.random.default_rng(0).permutation(labels)
        control = max(control, _read(x[:half], shuffled[:half], x[half:], shuffled[half:]))
        worst_gap, worst_spread, least = (
            max(worst_gap, apart),
            max(worst_spread, wide),
            min(least, read),
        )
    if control > 0.8:
        raise CouldNotCheck(msg("This reader reads shuffled labels too: it proves nothing."))
    proven(
        nmsg(
            "{n} draw: pooled |d'| at most {gap:.2g}, variances within {spread:.1%}; the linear reader "
            "gets {least:.0%}, and {control:.0%} with shuffled labels.",
            "{n} draws: pooled |d'| at most {gap:.2g}, variances within {spread:.1%}; the linear reader "
            "gets at least {least:.0%}, and at most {control:.0%} with shuffled labels.",
            len(seeds),
            gap=worst_gap,
            spread=worst_spread,
            least=least,
            control=control,
        )
    )


def _drawn(value, name, samples, neurons):
    parts = ("activations", "labels")
    try:
        x, labels = (
            np.asarray(plain(part), float) for part in several(value, parts, of=f"{name}(seed)")
        )
    except (TypeError, ValueError):
        raise CheckFailed(
            msg("`{name}` returned something that is not numbers.", name=name)
        ) from None
    low, high = samples
    if x.ndim != 2 or not low <= len(x) <= high or not 1 <= x.shape[1] <= neurons:
        raise CheckFailed(
            msg(
                "`{name}`: expected activations (n, neurons), {low} to {high} samples of at most "
                "{neurons} neurons. Found: shape {shape}.",
                name=name,
                low=low,
                high=high,
                neurons=neurons,
                shape=x.shape,
            )
        )
    if not np.isfinite(x).all() or np.abs(x).max() > 1e6:
        raise CheckFailed(msg("`{name}`: expected finite numbers up to a million.", name=name))
    labels = labels.reshape(-1)
    if len(labels) != len(x) or not np.isin(labels, (0, 1)).all():
        raise CheckFailed(
            msg(
                "`{name}`: expected {n} labels, each 0 or 1. Found: {found} of them, from {low:g} to "
                "{high:g}.",
                name=name,
                n=len(x),
                found=len(labels),
                low=float(labels.min(initial=0)),
                high=float(labels.max(initial=0)),
            )
        )
    half = len(x) // 2
    for share in (labels[:half].mean(), labels[half:].mean()):
        if not 0.4 <= share <= 0.6:
            raise CheckFailed(
                msg(
                    "`{name}`: expected 40 to 60 % of class 1 in each half of the samples. Found: "
                    "{share:.0%}.",
                    name=name,
                    share=float(share),
                )
            )
    return x, labels.astype(int)


def _read(x, labels, x_judge, labels_judge) -> float:
    """Held-out accuracy of a classifier by least squares, with a penalty for what hardly varies."""
    mean, std = x.mean(axis=0), x.std(axis=0)
    std[std < 1e-9 * np.maximum(1, np.abs(mean))] = np.inf
    a, b = (x - mean) / std, (x_judge - mean) / std
    target = labels - labels.mean()
    weights = np.linalg.solve(a.T @ a + 1e-3 * len(a) * np.eye(a.shape[1]), a.T @ target)
    return float(np.mean((b @ weights + labels.mean() > 0.5) == (labels_judge == 1)))


def _nearest(x, labels, x_judge, labels_judge) -> float:
    """Held-out accuracy of the nearest neighbour's label: is there anything to read at all?"""
    squares = (x**2).sum(axis=1) - 2 * x_judge @ x.T
    return float(np.mean(labels[squares.argmin(axis=1)] == labels_judge))
