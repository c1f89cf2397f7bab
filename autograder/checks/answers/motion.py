"""Checks of predictions of what training moves."""

from __future__ import annotations

from collections.abc import Mapping

from autograder.checks._task import proven
from autograder.checks.answers._reading import ROWS, listed, plain
from autograder.errors import CheckFailed
from autograder.messages import Lines, msg, nmsg


def moves(answer, measured: Mapping[str, Mapping[str, float]]) -> None:
    """Hold predictions of what moves against measured motion.

    ``measured`` maps each row to {variable: largest change}; the answer maps the same rows to
    collections of the variables that move (a text such as "W1 b1" will do). Raises CheckFailed and
    names only what is in dispute.
    """
    answer = plain(answer)
    rows = list(measured)
    if not isinstance(answer, dict) or set(answer) - set(rows):
        raise CheckFailed(
            msg("Expected: a dict with the keys {keys}, as it stood.", keys=listed(rows))
        )
    empty = [row for row in rows if answer.get(row) is None]
    if empty:
        raise CheckFailed(
            msg(
                "Expected: a prediction in every row. Not filled in yet: {rows}.",
                rows=listed(empty),
            )
        )
    disputes = []
    for row in rows:
        said = _names(answer[row], row, measured[row])
        for name, change in measured[row].items():
            if (change > 0) != (name in said):
                disputes.append(_dispute(row, name, change))
    if disputes:
        raise CheckFailed(
            Lines(
                nmsg(
                    "The measurement contradicts {n} prediction.",
                    "The measurement contradicts {n} predictions.",
                    len(disputes),
                ),
                *disputes[:ROWS],
                nmsg("  … and {n} more", "  … and {n} more", len(disputes) - ROWS)
                if len(disputes) > ROWS
                else None,
            )
        )
    proven(
        nmsg(
            "{n} prediction agrees with the measurement.",
            "{n} predictions agree with the measurement.",
            sum(len(changes) for changes in measured.values()),
        )
    )


def _names(value, row, known) -> set[str]:
    if isinstance(value, str):
        value = value.replace(",", " ").split()
    if not isinstance(value, list | set):
        raise CheckFailed(
            msg(
                "Row “{row}”: expected a set of names out of {known}. Found: {value}.",
                row=row,
                known=", ".join(known),
                value=repr(value),
            )
        )
    names = {str(v).strip().casefold(): v for v in value}
    short = {name.casefold(): name for name in known}
    for name, given in names.items():
        if name not in short:
            raise CheckFailed(
                msg(
                    "Row “{row}”: expected names out of {known}. Found: {value}.",
                    row=row,
                    known=", ".join(known),
                    value=repr(given),
                )
            )
    return {short[name] for name in names}


def _dispute(row, name, change):
    if change > 0:
        return msg(
            "  {row}: you hold {name} still; it moved by {change:.2g}.",
            row=row,
            name=name,
            change=change,
        )
    return msg("  {row}: you let {name} move; it moved by exactly 0.", row=row, name=name)
