"""Checks of values: predictions against measurements, numbers, and functions of the student."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from autograder.checks._task import _argument, call, proven
from autograder.errors import CheckFailed, CouldNotCheck
from autograder.messages import Lines, Message, msg, nmsg

_YES = {"yes", "true", "y", "да", "верно", "+"}
_NO = {"no", "false", "n", "нет", "неверно", "-"}
_ROWS = 6  # a message stays under a dozen lines


def predictions(answer, truth: Mapping, *, evidence: Mapping | None = None) -> None:
    """Hold a table of predictions against what was measured, row by row.

    ``answer`` and ``truth`` are dicts with the same keys. Values are compared by the type of the
    truth: bool (words like "yes"/"да" count too), int, str (case and spaces do not count), set (any
    collection will do). ``evidence[key]`` is shown for a wrong row. Raises CheckFailed.
    """
    rows = _table(answer, truth)
    empty = [key for key in truth if rows.get(key) is None]
    if empty:
        raise CheckFailed(
            msg(
                "Expected: a prediction in every row. Not filled in yet: {rows}.",
                rows=_listed(empty),
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
                ),
                *[_row(key, rows[key], truth[key], evidence) for key in wrong[:_ROWS]],
                _more(len(wrong) - _ROWS),
            )
        )
    proven(
        nmsg(
            "{n} prediction agrees with the measurement.",
            "{n} predictions agree with the measurement.",
            len(truth),
        )
    )


def numbers(answer, truth, *, rtol=1e-6, atol=0.0, mistakes: Mapping | None = None) -> None:
    """Hold a number, or a dict of numbers, against the truth: |answer - truth| <= atol + rtol|truth|.

    ``mistakes`` maps a misconception's name to ``(values it leads to, Message)``; an answer that
    carries one is told so. Raises CheckFailed.
    """
    single = not isinstance(truth, Mapping)
    truth = {"": truth} if single else truth
    rows = {"": plain(answer)} if single else _table(answer, truth)
    empty = [key for key in truth if rows.get(key) is None]
    if empty:
        raise CheckFailed(
            msg("Expected: a number. Not filled in yet: {rows}.", rows=_listed(empty))
            if not single
            else msg("Expected: a number. Nothing is filled in yet.")
        )
    found = {key: _number(rows[key], key) for key in truth}
    wrong = [key for key in truth if not _near(found[key], truth[key], rtol, atol)]
    if wrong:
        raise CheckFailed(
            Lines(
                _mistake(found, truth, wrong, rtol, atol, mistakes or {}, single),
                *[_number_row(key, found[key]) for key in wrong[:_ROWS]],
                _more(len(wrong) - _ROWS),
            )
        )
    proven(nmsg("{n} number is right.", "{n} numbers are right.", len(truth)))


def function(f, reference, cases, *, rtol=1e-6, atol=0.0, mistakes: Mapping | None = None) -> None:
    """Hold a student's function against ``reference`` on ``cases``, a list of argument tuples.

    ``mistakes`` maps a misconception's name to ``(wrong function, Message)``. Each of them must
    differ from the reference on these very cases, or the check has no power (CouldNotCheck).
    Raises CheckFailed with the first case that tells the two apart.
    """
    cases = [case if isinstance(case, tuple) else (case,) for case in cases]
    expected = [np.asarray(reference(*case), float) for case in cases]
    wrong_ways = {}
    for name, (wrong, message) in (mistakes or {}).items():
        values = [np.asarray(wrong(*case), float) for case in cases]
        if all(_close(v, e, rtol, atol) for v, e in zip(values, expected, strict=True)):
            raise CouldNotCheck(msg("These cases cannot tell “{name}” from the truth.", name=name))
        wrong_ways[name] = values, message
    found = [_result(f, case, e) for case, e in zip(cases, expected, strict=True)]
    for case, value, right in zip(cases, found, expected, strict=True):
        if _close(value, right, rtol, atol):
            continue
        recognised = [
            message
            for values, message in wrong_ways.values()
            if all(_close(v, w, rtol, atol) for v, w in zip(found, values, strict=True))
        ]
        name = getattr(f, "__name__", "f")
        raise CheckFailed(
            Lines(
                recognised[0] if recognised else None,
                msg(
                    "`{call}`: expected {right}, found {value}.",
                    call=f"{name}({', '.join(_argument(a) for a in case)})",
                    right=_array(right),
                    value=_array(value),
                ),
            )
        )
    proven(
        Lines(
            nmsg("Right on {n} case.", "Right on {n} cases.", len(cases)),
            nmsg(
                "The same cases tell {n} wrong formula apart.",
                "The same cases tell {n} wrong formulas apart.",
                len(wrong_ways),
            )
            if wrong_ways
            else None,
        )
    )


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


def _table(answer, truth) -> dict:
    answer = plain(answer)
    if not isinstance(answer, dict):
        raise CheckFailed(
            msg(
                "Expected: a dict with the keys {keys}. Found: {kind}.",
                keys=_listed(list(truth)),
                kind=type(answer).__name__,
            )
        )
    unknown = [key for key in answer if key not in truth]
    if unknown:
        raise CheckFailed(
            msg(
                "Expected: the keys {keys}. Found besides them: {unknown}.",
                keys=_listed(list(truth)),
                unknown=_listed(unknown),
            )
        )
    return answer


def _same(found, truth, key) -> bool:
    if isinstance(truth, bool | np.bool_):
        return _yes_no(found, key) == bool(truth)
    if isinstance(truth, set | frozenset):
        return _collection(found, key) == {_word(v) for v in truth}
    if isinstance(truth, str):
        return _word(found) == _word(truth)
    return _near(_number(found, key), truth, 1e-9, 0.0)


def _yes_no(value, key) -> bool:
    if isinstance(value, bool) or value in (0, 1):
        return bool(value)
    word = _word(value)
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
    return {_word(member) for member in members}


def _word(value):
    return " ".join(value.split()).casefold() if isinstance(value, str) else value


def _number(value, key) -> float:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        row = msg("Row “{row}”: ", row=key) if key != "" else ""
        raise CheckFailed(
            msg("{row}expected a finite number. Found: {value}.", row=row, value=repr(value))
        )
    return value


def _near(found, truth, rtol, atol) -> bool:
    return abs(found - truth) <= atol + rtol * abs(truth)


def _mistake(found, truth, wrong, rtol, atol, mistakes, single) -> Message:
    for values, message in mistakes.values():
        values = {"": values} if single else values
        if all(key in values and _near(found[key], values[key], rtol, atol) for key in wrong):
            return message
    return nmsg(
        "{n} of {total} numbers is not what was measured.",
        "{n} of {total} numbers are not what was measured.",
        len(wrong),
        total=len(truth),
    )


def _number_row(key, found) -> Message:
    if key == "":
        return msg("  found {found:.6g}", found=found)
    return msg("  {row}: found {found:.6g}", row=key, found=found)


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
        return "{" + ", ".join(sorted(map(str, value))) + "}" if value else "{}"
    return str(value)


def _listed(keys) -> str:
    shown = ", ".join(f"{key}" for key in keys[:_ROWS])
    return shown + (", …" if len(keys) > _ROWS else "")


def _more(count) -> Message | None:
    return nmsg("  … and {n} more row", "  … and {n} more rows", count) if count > 0 else None


def _result(f, case, expected) -> np.ndarray:
    value = call(f, *case)
    name = getattr(f, "__name__", "f")
    if value is None:
        raise CheckFailed(msg("`{name}` returned None. Expected: a result.", name=name))
    try:
        value = np.asarray(plain(value), float)
    except (TypeError, ValueError):
        raise CheckFailed(
            msg("`{name}` returned something that is not numbers.", name=name)
        ) from None
    if value.shape != expected.shape and value.size == expected.size == 1:
        value = value.reshape(expected.shape)
    if value.shape != expected.shape:
        raise CheckFailed(
            msg(
                "`{name}`: expected a result of shape {right}. Found: shape {shape}.",
                name=name,
                right=expected.shape,
                shape=value.shape,
            )
        )
    if not np.isfinite(value).all():
        raise CheckFailed(msg("`{name}` returned NaN or infinity.", name=name))
    return value


def _close(found, truth, rtol, atol) -> bool:
    return bool(np.all(np.abs(found - truth) <= atol + rtol * np.abs(truth)))


def _array(value) -> str:
    if value.size == 1:
        return _digits(value.item(), 6)
    shown = ", ".join(_digits(v, 4) for v in value.ravel()[:6])
    return f"[{shown}{', …' if value.size > 6 else ''}]"


def _digits(number: float, digits: int) -> str:
    """Whole numbers whole, so that expected and found never look alike when they are not."""
    whole = float(number).is_integer() and abs(number) < 1e15
    return f"{number:.0f}" if whole else f"{number:.{digits}g}"
