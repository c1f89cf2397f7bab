"""Checks that two computations are one function, and that they are not."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from autograder.checks._task import call, proven
from autograder.checks.answers._reading import as_table, listed, plain
from autograder.errors import CheckFailed
from autograder.messages import Lines, msg


def equivalent(f, g, inputs, *, controls=None, names=None, **options) -> None:
    """The student's ``f`` is the same function as ``g`` on the domain ``inputs``.

    ``controls`` maps names to functions that must *not* pass on the very same inputs: they prove
    that the comparison can fail. Raises CheckFailed with a small counter-example.
    """
    from autograder.equivalence import assert_equivalent

    result = assert_equivalent(
        _guarded(f),
        g,
        inputs,
        controls=dict(controls or {}),
        **({"names": names} if names else {}),
        **options,
    )
    proven(
        Lines(
            msg("Equal on {n:,} numbers.", n=result.compared),
            *[
                msg("The same inputs caught “{name}” {n} times.", name=name, n=times)
                for name, times in result.caught.items()
            ],
        )
    )


def counterexample(f, g, x, *, gap=1e-3, max_size=64, shape=None) -> None:
    """The student's input ``x`` tells ``f`` from ``g``: small, finite, and really different.

    ``shape`` gives the expected shape with None for free axes. Raises CheckFailed.
    """
    if x is None:
        raise CheckFailed(msg("Expected: an input as an array. Nothing is filled in yet."))
    try:
        x = np.asarray(plain(x), np.float32)
    except (TypeError, ValueError):
        raise CheckFailed(msg("Expected: an array of numbers, every row of one length.")) from None
    if shape is not None and (
        x.ndim != len(shape) or any(s not in (None, d) for s, d in zip(shape, x.shape, strict=True))
    ):
        raise CheckFailed(
            msg(
                "Expected: an input of shape {shape} (None: any size). Found: shape {found}.",
                shape=tuple(shape),
                found=x.shape,
            )
        )
    if not 0 < x.size <= max_size:
        raise CheckFailed(
            msg(
                "Expected: at most {most} numbers, so that a person can see the reason. Found: {n}.",
                most=max_size,
                n=x.size,
            )
        )
    if not np.isfinite(x).all() or np.abs(x).max() > 1e6:
        raise CheckFailed(
            msg("Expected: finite numbers up to a million. NaN and infinity prove nothing here.")
        )
    left, right = (np.asarray(call(h, x), float) for h in (f, g))
    found = float(np.abs(left - right).max()) if left.shape == right.shape and left.size else 0.0
    if not found > gap:
        raise CheckFailed(
            msg(
                "On your input both orders give the same numbers: the largest difference is "
                "{found:.3g}, and it takes more than {gap:g}.",
                found=found,
                gap=gap,
            )
        )
    proven(msg("Your {n} numbers tell the two apart by {found:.3g}.", n=x.size, found=found))


def witnesses(answer, pairs: Mapping, **limits) -> None:
    """A dict of inputs, one for each pair of functions, that tell the two apart.

    ``pairs`` maps names to ``(f, g)``; ``limits`` are those of :func:`counterexample`. Raises
    CheckFailed naming the first row that fails, with what both functions answer on it.
    """
    rows = as_table(answer, pairs)
    empty = [key for key in pairs if rows.get(key) is None]
    if empty:
        raise CheckFailed(
            msg("Expected: an input in every row. Not filled in yet: {rows}.", rows=listed(empty))
        )
    for key, (f, g) in pairs.items():
        if limits.get("shape") == (None, None):
            _map(rows[key], key)
        try:
            counterexample(f, g, rows[key], **limits)
        except CheckFailed as failed:
            raise CheckFailed(
                Lines(msg("Row “{row}”:", row=key), failed.message, _answers(f, g, rows[key]))
            ) from None


def _guarded(f):
    """Keras objects stay as they are (the comparison knows how to call them)."""
    if hasattr(f, "compute_output_spec"):
        return f

    def guarded(*arguments):
        return call(f, *arguments)

    guarded.__name__ = getattr(f, "__name__", "f")
    return guarded


def _map(value, key) -> None:
    try:
        x = np.asarray(value, np.float32)
    except (TypeError, ValueError):
        return  # the check of the input itself says so
    if x.ndim != 2:
        raise CheckFailed(
            Lines(
                msg("Row “{row}”:", row=key),
                msg("Expected: a map (height, width), not {shape}.", shape=x.shape),
            )
        )


def _answers(f, g, x):
    """Both answers on a small input, if they can be had."""
    try:
        x = np.asarray(x, np.float32)
        if x.ndim != 2 or x.size > 16 or not np.isfinite(x).all():
            return None
        left, right = np.asarray(f(x), float), np.asarray(g(x), float)
    except (TypeError, ValueError):
        return None
    if not left.size:
        return msg("No window fits into it: both answers are empty.")
    return msg("Both answers: {left}, {right}.", left=_short(left), right=_short(right))


def _short(values) -> str:
    return "[" + " ".join(f"{v + 0.0:.4g}" for v in values.ravel()[:6]) + "]"
