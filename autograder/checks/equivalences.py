"""Checks that two computations are one function, and that they are not."""

from __future__ import annotations

import numpy as np

from autograder.checks._task import call, proven
from autograder.checks.values import plain
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


def _guarded(f):
    """Keras objects stay as they are (the comparison knows how to call them)."""
    if hasattr(f, "compute_output_spec"):
        return f

    def guarded(*arguments):
        return call(f, *arguments)

    guarded.__name__ = getattr(f, "__name__", "f")
    return guarded
