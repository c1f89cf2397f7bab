"""Answers as plain Python objects, and what every check of a table asks of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from difflib import get_close_matches

import numpy as np

from autograder.errors import CheckFailed
from autograder.messages import Lines, Message, msg, nmsg

ROWS = 6  # a message stays under a dozen lines


def plain(value):
    """``value`` as a plain Python object of base types; anything that only looks like one fails.

    An object may define equality as it likes, so nothing of a student's is compared before it has
    come through here.
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    if hasattr(value, "numpy") and type(value).__module__.split(".")[0] in ("tensorflow", "keras"):
        value = value.numpy()
    if isinstance(value, np.ndarray | np.generic):
        return plain(np.array(value, subok=False).tolist())
    if isinstance(value, Mapping):
        return {plain(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, set | frozenset):
        members = [plain(v) for v in value]
        return members if any(isinstance(v, list | dict) for v in members) else set(members)
    if isinstance(value, bool | int | float | str):  # a subclass, e.g. an enum: take its base value
        return next(base(value) for base in (int, float, str) if isinstance(value, base))
    if type(value).__module__ == "fractions":
        return float(value)
    raise CheckFailed(
        msg(
            "Expected: numbers, words, lists or dicts. Found: an object of type {kind}.",
            kind=type(value).__name__,
        )
    )


def as_table(answer, truth, *, refused=None) -> dict:
    """The rows of ``answer`` as plain objects, by the keys of ``truth``. Raises CheckFailed.

    ``refused(key, what was found)`` makes the exception for a value that is no plain object.
    """
    answer = (
        {k: _row(k, v, refused) for k, v in answer.items()} if _is_dict(answer) else plain(answer)
    )
    if not isinstance(answer, dict):
        raise CheckFailed(
            msg(
                "Expected: a dict with the keys {keys}. Found: {kind}.",
                keys=listed(list(truth)),
                kind=type(answer).__name__,
            )
        )
    names, given = _names(truth), set(answer)
    # A second spelling of a row that is there is none: it would replace what stands in it.
    answer = {
        key if key in truth or (row := names.get(_folded(key), key)) in given else row: value
        for key, value in answer.items()
    }
    unknown = [key for key in answer if key not in truth]
    if unknown:
        meant = get_close_matches(str(unknown[0]), [str(key) for key in truth], n=1)
        raise CheckFailed(
            Lines(
                msg(
                    "Expected: the keys {keys}. Found besides them: {unknown}.",
                    keys=listed(list(truth)),
                    unknown=listed(unknown),
                ),
                msg("Is “{found}” meant to be “{key}”?", found=unknown[0], key=meant[0])
                if meant
                else None,
            )
        )
    return answer


def _names(truth) -> dict:
    """Rows by what is left of their names without spaces and capitals: 1 and "1" are the same row,
    Dropout(0.5,seed=1) and Dropout(0.5, seed=1) as well. Names that only these tell apart stay."""
    names = {}
    for key in truth:
        names.setdefault(_folded(key), []).append(key)
    return {name: keys[0] for name, keys in names.items() if len(keys) == 1}


def _folded(key) -> str:
    return "".join(str(key).split()).casefold()


def _is_dict(answer) -> bool:
    return type(answer) is dict and all(type(key) is str for key in answer)


def _row(key, value, refused):
    try:
        return plain(value)
    except CheckFailed as failed:
        kind = value.__name__ if isinstance(value, type) else type(value).__name__
        if refused is not None:
            raise refused(key, kind) from None
        raise CheckFailed(msg("Row “{row}”: {told}", row=key, told=failed.message)) from None


def as_number(value, key) -> float:
    """``value``, or the number that it spells, as a finite number. Raises CheckFailed."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, str):
        with suppress(ValueError):
            value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        row = msg("Row “{row}”: ", row=key) if key != "" else ""
        raise CheckFailed(
            msg("{row}expected a finite number. Found: {value}.", row=row, value=repr(value))
        )
    return value


def as_word(value):
    return " ".join(value.split()).casefold() if isinstance(value, str) else value


def near(found, truth, rtol, atol) -> bool:
    return abs(found - truth) <= atol + rtol * abs(truth)


def listed(keys) -> str:
    shown = ", ".join(f"“{key}”" if "," in str(key) else f"{key}" for key in keys[:ROWS])
    return shown + (", …" if len(keys) > ROWS else "")


def more(count) -> Message | None:
    return nmsg("  … and {n} more row", "  … and {n} more rows", count) if count > 0 else None
