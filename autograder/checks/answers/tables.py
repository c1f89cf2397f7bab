"""Checks of tables: a prediction, a word, a set or a number in every row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from autograder.checks._task import proven
from autograder.checks.answers._reading import (
    ROWS,
    as_number,
    as_table,
    as_word,
    listed,
    more,
    near,
)
from autograder.errors import CheckFailed
from autograder.messages import Lines, Message, msg, nmsg

_YES = {"yes", "true", "y", "да", "верно", "+"}
_NO = {"no", "false", "n", "нет", "неверно", "-"}


def predictions(answer, truth: Mapping, *, evidence: Mapping | None = None) -> None:
    """Hold a table of predictions against what was measured, row by row.

    ``answer`` and ``truth`` are dicts with the same keys. Values are compared by the type of the
    truth: bool (words like "yes"/"да" count too), int, str (case and spaces do not count), set (any
    collection will do). ``evidence[key]`` is shown for a wrong row. Raises CheckFailed.
    """
    rows = as_table(answer, truth)
    empty = [key for key in truth if rows.get(key) is None]
    if empty:
        raise CheckFailed(
            msg(
                "Expected: a prediction in every row. Not filled in yet: {rows}.",
                rows=listed(empty),
            )
        )
    wrong = [key for key in truth if not _same(rows[key], truth[key], key)]
    if wrong:
        raise CheckFailed(
            Lines(
                nmsg(
                    "{n} of {total} rows disagrees with the measurement.",
                    "{n} of {total} rows disagree with the measurement.",
                    len(wrong),
                    total=len(truth),
                )
                if len(truth) > 1
                else msg("Not what was measured."),
                *[_row(key, rows[key], truth[key], evidence) for key in wrong[:ROWS]],
                more(len(wrong) - ROWS),
            )
        )
    proven(
        nmsg(
            "{n} prediction agrees with the measurement.",
            "{n} predictions agree with the measurement.",
            len(truth),
        )
    )


def choices(answer, truth: Mapping, words: Mapping[str, Iterable], *, evidence=None) -> None:
    """Like :func:`predictions`, where every value is one of a few words.

    ``words`` maps each word to its other spellings; anything else is refused with the list. A
    wrong True or False is told which word it was read as.
    """
    spelling = {}
    for word, others in words.items():
        spelling.update({as_word(other): word for other in (word, *others)})
    rows, booleans = {}, {}
    for key, value in as_table(answer, truth).items():
        if value is None:
            rows[key] = None
            continue
        said = as_word(value)
        if isinstance(said, list | dict | set) or said not in spelling:
            raise CheckFailed(
                msg(
                    "Row “{row}”: expected one of {words}. Found: {value}.",
                    row=key,
                    words=listed(list(words)),
                    value=repr(value),
                )
            )
        rows[key] = spelling[said]
        if isinstance(said, bool):
            booleans[said] = rows[key]
    try:
        predictions(rows, truth, evidence=evidence)
    except CheckFailed as failed:
        read = [
            msg("{value} was read as “{word}”.", value=value, word=word)
            for value, word in booleans.items()
        ]
        raise CheckFailed(Lines(*read, failed.message)) from None


def subsets(answer, truth: Mapping, words: Iterable[str], *, evidence=None) -> None:
    """Like :func:`predictions`, where every value is a set of some of ``words``, perhaps empty.

    Lists, tuples and a single word count as sets; anything else is refused with the words.
    """
    words, rows = list(words), {}

    def refused(key, shown):
        return CheckFailed(
            msg(
                "Row “{row}”: expected a set of {words}, empty for none: set(). Found: {value}.",
                row=key,
                words=_and([f'"{word}"' for word in words]),
                value=shown,
            )
        )

    for key, value in as_table(answer, truth, refused=refused).items():
        if isinstance(value, dict) and value:  # its keys say nothing; {} is a beginner's empty set
            raise refused(key, repr(value))
        chosen = list(value) if isinstance(value, list | set | dict) else [value]
        if value is not None and not all(
            isinstance(v, str) and as_word(v) in words for v in chosen
        ):
            given = sorted(map(repr, chosen)) if isinstance(value, set) else None
            raise refused(key, repr(value) if given is None else "{" + ", ".join(given) + "}")
        rows[key] = None if value is None else {as_word(v) for v in chosen}
    predictions(rows, truth, evidence=evidence)


def positive(answer, keys: Iterable[str]) -> None:
    """A dict with a positive number in every row. Raises CheckFailed."""
    keys = list(keys)
    rows = as_table(answer, keys)
    empty = [key for key in keys if rows.get(key) is None]
    if empty:
        raise CheckFailed(msg("Expected: a number. Not filled in yet: {rows}.", rows=listed(empty)))
    for key in keys:
        if as_number(rows[key], key) <= 0:
            raise CheckFailed(
                msg(
                    "Row “{row}”: expected a positive number. Found: {value}.",
                    row=key,
                    value=repr(rows[key]),
                )
            )
    proven(nmsg("{n} positive number.", "{n} positive numbers.", len(keys)))


def _same(found, truth, key) -> bool:
    if isinstance(truth, bool | np.bool_):
        return _yes_no(found, key) == bool(truth)
    if isinstance(truth, set | frozenset):
        return _collection(found, key) == {as_word(v) for v in truth}
    if isinstance(truth, str):
        return as_word(found) == as_word(truth)
    return near(as_number(found, key), truth, 1e-9, 0.0)


def _yes_no(value, key) -> bool:
    if isinstance(value, bool) or value in (0, 1):
        return bool(value)
    word = as_word(value)
    if isinstance(word, str) and word in _YES | _NO:
        return word in _YES
    raise CheckFailed(
        msg("Row “{row}”: expected True or False. Found: {value}.", row=key, value=repr(value))
    )


def _collection(value, key) -> set:
    """A set of words or numbers. ``{}`` is a beginner's empty set, and is taken as one."""
    if value == {}:
        return set()
    members = value if isinstance(value, list | set) else [value]
    if not all(isinstance(member, str | int | float) for member in members):
        raise CheckFailed(
            msg("Row “{row}”: expected a set of words. Found: {value}.", row=key, value=repr(value))
        )
    return {as_word(member) for member in members}


def _row(key, found, truth, evidence) -> Message:
    shown = (evidence or {}).get(key)
    if shown is None:
        return msg("  {row}: you said {found}.", row=key, found=_value(found))
    if isinstance(shown, float):
        shown = f"{shown:.4g}"
    return msg(
        "  {row}: you said {found}; measured: {shown}.", row=key, found=_value(found), shown=shown
    )


def _value(value) -> str:
    if isinstance(value, set | list):
        return "{" + ", ".join(sorted(map(str, value))) + "}" if value else "set()"
    return str(value)


def _and(words) -> Message:
    *first, last = words
    return msg("{words} and {last}", words=", ".join(first), last=last)
