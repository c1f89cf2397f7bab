"""Checks of examples that a student brings: what is measured on each must lie in a range."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from autograder.checks._task import proven
from autograder.checks.answers._reading import as_table, listed, plain
from autograder.errors import CheckFailed, CouldNotCheck
from autograder.messages import Lines, Message, msg, nmsg


@dataclass(frozen=True)
class Wanted:
    """What an example must show.

    ``measure(x)`` gives a number for an array of shape (n,), ``low < number < high`` is wanted, and
    ``what`` names the number. ``sizes``: least and largest n; ``spread``: least standard deviation.
    ``unlike``: an example that does not show it, which proves that the measure can fail.
    """

    measure: Callable
    what: Message
    low: float
    high: float
    unlike: tuple
    sizes: tuple[int, int] = (1, 1000)
    spread: float = 0.0

    def shows(self, x) -> bool:
        return bool(self.low < self.measure(np.asarray(x, float)) < self.high)


def examples(answer, wanted: Mapping[str, Wanted], *, most: float = 1e6) -> None:
    """A dict with an example (n finite numbers, none larger than ``most``) for every row of ``wanted``.

    Raises CheckFailed with what was measured on the first example that does not show what it should.
    """
    for row, want in wanted.items():
        if want.shows(want.unlike):
            raise CouldNotCheck(msg("The measure of “{row}” cannot fail.", row=row))
    rows = as_table(answer, wanted)
    empty = [key for key in wanted if rows.get(key) is None]
    if empty:
        raise CheckFailed(
            msg("Expected: an example in every row. Not filled in yet: {rows}.", rows=listed(empty))
        )
    for row, want in wanted.items():
        try:
            _example(rows[row], want, most)
        except CheckFailed as failed:
            raise CheckFailed(Lines(msg("Row “{row}”:", row=row), failed.message)) from None
    proven(
        nmsg("{n} example shows what it should.", "{n} examples show what they should.", len(rows))
    )


def _example(value, want: Wanted, most: float) -> None:
    try:
        x = np.asarray(plain(value), float)
    except (TypeError, ValueError):
        raise CheckFailed(
            msg("Expected: numbers in one row. Found: {kind}.", kind=_kind(value))
        ) from None
    least, largest = want.sizes
    if x.ndim != 1 or not least <= x.size <= largest:
        raise CheckFailed(
            msg(
                "Expected: {least} to {most} numbers in one row. Found: shape {shape}.",
                least=least,
                most=largest,
                shape=x.shape,
            )
            if least < largest
            else msg(
                "Expected: {least} numbers in one row. Found: shape {shape}.",
                least=least,
                shape=x.shape,
            )
        )
    if not np.isfinite(x).all() or np.abs(x).max() > most:
        raise CheckFailed(
            msg("Expected: finite numbers up to {most:,.0f} in absolute value.", most=most)
        )
    if x.std() < want.spread:
        raise CheckFailed(
            msg(
                "Expected: a standard deviation of at least {least:g}. Found: {found:.3g}.",
                least=want.spread,
                found=float(x.std()),
            )
        )
    found = float(want.measure(x))
    if not want.low < found < want.high:
        raise CheckFailed(
            msg(
                "{what}: {found:.3g}. Expected: {range}.",
                what=want.what,
                found=found,
                range=_range(want),
            )
        )


def _kind(value) -> str:
    """'dict', or of what a list is made: 'list of str'."""
    if not isinstance(value, list | tuple):
        return type(value).__name__
    kinds = sorted({type(item).__name__ for item in value})
    return f"{type(value).__name__} of {', '.join(kinds)}"


def _range(want: Wanted) -> Message:
    if want.high == np.inf:
        return msg("more than {low:g}", low=want.low)
    if want.low == -np.inf:
        return msg("less than {high:g}", high=want.high)
    return msg("between {low:g} and {high:g}", low=want.low, high=want.high)
