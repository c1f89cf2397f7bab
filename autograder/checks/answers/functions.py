"""Checks of functions that a student writes, and of how many things they return."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from autograder.checks._task import argument, call, called, proven
from autograder.checks.answers._reading import plain
from autograder.errors import CheckFailed, CouldNotCheck
from autograder.messages import Lines, msg, nmsg


def function(
    f,
    reference,
    cases,
    *,
    rtol=1e-6,
    atol=0.0,
    mistakes: Mapping | None = None,
    names: Iterable[str] | None = None,
) -> None:
    """Hold a student's function against ``reference`` on ``cases``, a list of argument tuples.

    ``mistakes`` maps a misconception's name to ``(wrong function, Message)``. Each of them must
    differ from the reference on these very cases, or the check has no power (CouldNotCheck).
    ``names``: what the several results of equal shape are called. Raises CheckFailed with the first case that tells the two apart.
    """
    cases = [case if isinstance(case, tuple) else (case,) for case in cases]
    expected = [np.asarray(reference(*case), float) for case in cases]
    wrong_ways = {}
    for name, (wrong, message) in (mistakes or {}).items():
        values = [np.asarray(wrong(*case), float) for case in cases]
        if all(_close(v, e, rtol, atol) for v, e in zip(values, expected, strict=True)):
            raise CouldNotCheck(msg("These cases cannot tell “{name}” from the truth.", name=name))
        wrong_ways[name] = values, message
    names = None if names is None else list(names)
    found = [_result(f, case, e, names) for case, e in zip(cases, expected, strict=True)]
    for case, value, right in zip(cases, found, expected, strict=True):
        if _close(value, right, rtol, atol):
            continue
        recognised = [
            message
            for values, message in wrong_ways.values()
            if all(_close(v, w, rtol, atol) for v, w in zip(found, values, strict=True))
        ]
        shown = f"{called(f, 'f')}({', '.join(argument(a) for a in case)})"
        if names is None:
            off = msg(
                "`{call}`: expected {right}, found {value}.",
                call=shown,
                right=_array(right),
                value=_array(value),
            )
        else:
            rows = zip(names, value, right, strict=True)
            part, a, e = next(row for row in rows if not _close(row[1], row[2], rtol, atol))
            off = msg(
                "`{call}`: `{part}`: expected {right}, found {value}.",
                call=shown,
                part=part,
                right=_array(e),
                value=_array(a),
            )
        raise CheckFailed(Lines(recognised[0] if recognised else None, off))
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


def fresh(make, arguments: tuple, names: Iterable[str], *, of: str) -> dict[str, Callable]:
    """The functions ``names`` that ``make(*arguments)`` returns, made anew for every input shape.

    Keras fixes the shape of a Sequential without an Input at its first call; an answer that is
    right on every shape may be such a model. Raises CheckFailed like :func:`several`.
    """
    names, made = list(names), {}

    def at(shape):
        if shape not in made:
            made[shape] = several(call(make, *arguments), names, of=of)
        return made[shape]

    def one(i, name):
        def function(x):
            return call(at(np.shape(x))[i], x, name=name)

        function.__name__ = name
        return function

    at(None)  # says at once when there are not as many as expected
    return {name: one(i, name) for i, name in enumerate(names)}


def several(value, names: Iterable[str], *, of: str) -> list:
    """The student's ``value``, the result of ``of``, as a list of as many things as ``names``.

    A dict may give them by name. Raises CheckFailed.
    """
    names = list(names)
    if isinstance(value, Mapping) and set(value) == set(names):
        return [value[name] for name in names]
    if isinstance(value, tuple | list) and len(value) == len(names):
        return list(value)
    found = f"{type(value).__name__}" + (
        f" ({len(value)})" if isinstance(value, tuple | list) else ""
    )
    raise CheckFailed(
        msg(
            "`{of}` should return {names}, in this order. It returned: {found}.",
            of=of,
            names=", ".join(names),
            found=found,
        )
    )


def _result(f, case, expected, names=None) -> np.ndarray:
    value = call(f, *case)
    name = called(f, "f")
    if value is None:
        raise CheckFailed(msg("`{name}` returned None. Expected: a result.", name=name))
    if names is None:
        return _numbers(value, f"{name}({', '.join(argument(a) for a in case)})", expected)
    if isinstance(value, np.ndarray) or hasattr(value, "numpy"):  # stacked
        value = list(np.atleast_1d(np.asarray(value)))
    parts = zip(several(value, names, of=name), names, expected, strict=True)
    return np.array([_numbers(part, name, right, which) for part, which, right in parts])


def _numbers(value, name, expected, part=None) -> np.ndarray:
    if value is None and part is not None:
        raise CheckFailed(
            msg("`{name}`: `{part}` is None. Expected: a result.", name=name, part=part)
        )
    try:
        value = np.asarray(plain(value), float)
    except (TypeError, ValueError):
        raise CheckFailed(
            msg("`{name}` returned something that is not numbers.", name=name)
        ) from None
    if value.shape != expected.shape and value.size == expected.size == 1:
        value = value.reshape(expected.shape)
    if value.shape != expected.shape and part is not None:
        raise CheckFailed(
            msg(
                "`{name}`: expected `{part}` of shape {right}. Found: shape {shape}.",
                name=name,
                part=part,
                right=expected.shape,
                shape=value.shape,
            )
        )
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
