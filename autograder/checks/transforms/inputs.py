"""Checks of what a student does to inputs before a net sees them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from autograder.checks._task import call, proven
from autograder.checks.answers._reading import plain
from autograder.errors import CheckFailed
from autograder.messages import Lines, msg


def conditioned(prepare, sets: Mapping[str, np.ndarray], *, below: float) -> None:
    """The student's ``prepare(x)`` makes the valley of a linear least-squares loss round.

    For every set (n, features) the condition number of ``prepare(x)``, the ratio of the largest and
    the smallest eigenvalue of its Hessian x'x/n, must be under ``below``, and no direction may be
    lost; and from the prepared row the raw one can be computed back: a straight line in the prepared
    features explains at least half of the variance of every raw one. Raises CheckFailed with the numbers of the first set that fails.
    """
    name = getattr(prepare, "__name__", "prepare")
    for label, x in sets.items():
        try:
            ready = np.asarray(plain(call(prepare, x, name=name)), float)
        except (TypeError, ValueError):
            ready = np.empty(0)
        if ready.shape != x.shape or not np.isfinite(ready).all():
            raise CheckFailed(
                msg(
                    "`{name}`: expected an array of {shape} finite numbers. Found: shape {found}.",
                    name=name,
                    shape=x.shape,
                    found=ready.shape,
                )
            )
        raw, found = _condition(x), _condition(ready)
        kept = _kept(x, ready)
        if found < below and kept <= 0.5:
            raise CheckFailed(
                Lines(
                    msg(
                        "{label}: the valley is round, but the pixels are gone. They cannot be computed "
                        "back from what `{name}` returns.",
                        label=label,
                        name=name,
                    ),
                    msg(
                        "The best straight line from a prepared row to its pixels explains {kept:.0%} "
                        "of their variance; expected: over 50%.",
                        kept=max(kept, 0.0),
                    ),
                )
            )
        if found < below:
            proven(
                msg(
                    "{label}: condition number {raw:.3g} before, {found:.3g} after.",
                    label=label,
                    raw=raw,
                    found=found,
                )
            )
            continue
        lost = found == np.inf
        raise CheckFailed(
            Lines(
                msg(
                    "{label}: a direction of the inputs is lost; what was in it cannot be learnt.",
                    label=label,
                )
                if lost
                else msg(
                    "{label}: the valley is still long. Condition number {found:.3g} ({raw:.3g} before); "
                    "expected: under {below:g}.",
                    label=label,
                    found=found,
                    raw=raw,
                    below=below,
                ),
                msg(
                    "Means of the prepared columns: {means}; deviations: {stds}.",
                    means=_row(ready.mean(axis=0)),
                    stds=_row(ready.std(axis=0)),
                ),
            )
        )


def _condition(x) -> float:
    low, *_, high = np.linalg.eigvalsh(x.T @ x / len(x))
    return float(high / low) if low > 1e-9 * high else float("inf")


def _kept(x, ready) -> float:
    """Smallest share (R squared) of a raw column's variance that a straight line in ``ready`` finds."""
    table = np.column_stack([ready, np.ones(len(ready))])
    left = x - table @ np.linalg.lstsq(table, x, rcond=None)[0]
    return float(np.min(1 - left.var(axis=0) / x.var(axis=0)))


def _row(values) -> str:
    return ", ".join(f"{v:.3g}" for v in values[:6])
