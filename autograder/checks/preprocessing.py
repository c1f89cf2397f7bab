"""Checks of what a student does to inputs before a net sees them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from autograder.checks._task import call, proven
from autograder.checks.values import plain
from autograder.errors import CheckFailed
from autograder.messages import Lines, msg


def conditioned(prepare, sets: Mapping[str, np.ndarray], *, below: float) -> None:
    """The student's ``prepare(x)`` makes the valley of a linear least-squares loss round.

    For every set (n, features) the condition number of ``prepare(x)``, the ratio of the largest and
    the smallest eigenvalue of its Hessian x'x/n, must be under ``below``, and no direction may be
    lost. Raises CheckFailed with the numbers of the first set that fails.
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


def _row(values) -> str:
    return ", ".join(f"{v:.3g}" for v in values[:6])
