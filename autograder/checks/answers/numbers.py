"""Checks of numbers against measurements."""

from __future__ import annotations

from collections.abc import Mapping

from autograder.checks._task import proven
from autograder.checks.answers._reading import ROWS, as_number, as_table, listed, more, near, plain
from autograder.errors import CheckFailed
from autograder.messages import Lines, Message, msg, nmsg


def numbers(answer, truth, *, rtol=1e-6, atol=0.0, mistakes: Mapping | None = None) -> None:
    """Hold a number, or a dict of numbers, against the truth: |answer - truth| <= atol + rtol|truth|.

    ``mistakes`` maps a misconception's name to ``(values it leads to, Message)``. An answer that
    carries some is told so: the one that explains the most wrong rows first, then one for the rows
    that are left. Raises CheckFailed.
    """
    single = not isinstance(truth, Mapping)
    truth = {"": truth} if single else truth
    rows = {"": plain(answer)} if single else as_table(answer, truth)
    empty = [key for key in truth if rows.get(key) is None]
    if empty:
        raise CheckFailed(
            msg("Expected: a number. Not filled in yet: {rows}.", rows=listed(empty))
            if not single
            else msg("Expected: a number. Nothing is filled in yet.")
        )
    found = {key: as_number(rows[key], key) for key in truth}
    wrong = [key for key in truth if not near(found[key], truth[key], rtol, atol)]
    if wrong:
        raise CheckFailed(
            Lines(
                *_told(found, truth, wrong, rtol, atol, mistakes or {}, single),
                more(len(wrong) - ROWS),
            )
        )
    proven(nmsg("{n} number is right.", "{n} numbers are right.", len(truth)))


def _told(found, truth, wrong, rtol, atol, mistakes, single) -> list[Message]:
    """Lines for the rows ``wrong``, the first :data:`ROWS` of them: each slip with its rows below."""
    carried = []  # (rows that the slip explains, what to say)
    for values, message in mistakes.values():
        values = {"": values} if single else values
        carried.append(
            ([k for k in wrong if k in values and near(found[k], values[k], rtol, atol)], message)
        )
    lines, left = [], list(wrong)
    while left:
        rows, message = max(
            (([k for k in rows if k in left], message) for rows, message in carried),
            key=lambda slip: len(slip[0]),
            default=([], None),
        )
        if not rows:
            break
        lines.append((message, rows))
        left = [key for key in left if key not in rows]
    if left and lines:
        lines.append((msg("Besides, not what was measured:"), left))
    elif left:
        count = nmsg(
            "{n} of {total} numbers is not what was measured.",
            "{n} of {total} numbers are not what was measured.",
            len(wrong),
            total=len(truth),
        )
        lines.append((count, left))
    room, told = ROWS, []
    for message, rows in lines:
        shown = rows[: max(room, 0)]
        room -= len(rows)
        told += [message, *[_number_row(key, found[key]) for key in shown]] if shown else []
    return told


def _number_row(key, found) -> Message:
    if key == "":
        return msg("  found {found:.6g}", found=found)
    return msg("  {row}: found {found:.6g}", row=key, found=found)
