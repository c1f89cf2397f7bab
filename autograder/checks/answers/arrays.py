"""Checks of functions that return several arrays, such as the kernel and bias of one layer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from autograder.checks._task import argument, call, called, proven
from autograder.checks.answers._reading import plain
from autograder.checks.answers.functions import several
from autograder.errors import CheckFailed, CouldNotCheck
from autograder.messages import Lines, msg, nmsg

_DOUBLE = float(np.finfo(np.float64).eps)
_NEARLY = (
    1e-4  # of the largest term: float32 and good differences are nearer, wrong formulas are not
)


def arrays(
    f: Callable,
    reference: Callable,
    cases: Iterable[tuple],
    *,
    names: Iterable[str],
    mistakes: Mapping | None = None,
    terms: float = 8.0,
    size: Callable | None = None,
    double: bool = False,
) -> None:
    """Hold a student's function, which returns the arrays ``names``, against ``reference``.

    The arguments are float64 arrays, and the results are sums of products of them. The tolerance is
    the rounding error of such sums: |error| <= ``terms`` * eps * max(reference(|arguments|)), with eps
    of the precision that the student returns, or with ``double`` of float64 (N. Higham, Accuracy and Stability of Numerical
    Algorithms, 2002, section 3.1; the maximum over all results, because they may have been found as
    differences of each other). Where |arguments| do not bound the terms, ``size(*arguments)`` gives
    the largest of them. ``mistakes`` maps names to ``(wrong function, Message)``; each of
    them must differ from the reference on these very cases (CouldNotCheck otherwise). Raises
    CheckFailed with the first array that is off.
    """
    names, cases = list(names), [tuple(case) for case in cases]
    expected = [[np.asarray(a, float) for a in reference(*case)] for case in cases]
    size = size or (lambda *case: max(np.abs(a).max() for a in reference(*map(np.abs, case))))
    sizes = [size(*case) for case in cases]
    impostors = {}
    for name, (wrong, message) in (mistakes or {}).items():
        values = [[np.asarray(a, float) for a in wrong(*case)] for case in cases]
        if _match(values, expected, sizes, terms):
            raise CouldNotCheck(msg("These cases cannot tell “{name}” from the truth.", name=name))
        impostors[name] = values, message
    shown = called(f, "f")
    found = [_results(f, shown, case, names, e) for case, e in zip(cases, expected, strict=True)]
    error = max(
        float(np.abs(a - e).max() / size)
        for row, right, size in zip(found, expected, sizes, strict=True)
        for a, e in zip(row, right, strict=True)
    )
    if not _match(found, expected, sizes, terms, _DOUBLE if double else None):
        single = np.finfo(np.float32).eps if double else None
        told = next(
            (m for v, m in impostors.values() if _match(found, v, sizes, terms, single)), None
        )
        gap = max(
            float(np.abs(a - e).max() / (np.abs(e).max() or 1.0))
            for row, right in zip(found, expected, strict=True)
            for a, e in zip(row, right, strict=True)
        )
        if told is None and double and gap < _NEARLY:
            told = msg(
                "`{name}` is right to {n} digits only: float32 or central differences inside? Compute by "
                "the formula, in float64.",
                name=shown,
                n=int(-np.log10(gap)),
            )
        raise CheckFailed(Lines(told, _worst(shown, cases, found, expected, names)))
    proven(
        Lines(
            nmsg(
                "`{name}` is right on {n} case; the error is {error:.1g} of the largest term.",
                "`{name}` is right on {n} cases; the error is at most {error:.1g} of the largest term.",
                len(cases),
                name=shown,
                error=error,
            ),
            nmsg(
                "The same cases tell {n} wrong formula apart.",
                "The same cases tell {n} wrong formulas apart.",
                len(impostors),
            )
            if impostors
            else None,
        )
    )


def _results(f, called, case, names, expected) -> list[np.ndarray]:
    value = call(f, *case)
    if value is None:
        raise CheckFailed(msg("`{name}` returned None. Expected: a result.", name=called))
    found = []
    for name, item, right in zip(names, several(value, names, of=called), expected, strict=True):
        item = _array(item)
        if item is None or item.dtype.kind not in "fiu":
            raise CheckFailed(
                msg("`{name}`: `{part}` is no array of numbers.", name=called, part=name)
            )
        if item.shape != right.shape:
            raise CheckFailed(
                msg(
                    "`{call}`: expected `{part}` of shape {right}. Found: shape {shape}.",
                    call=_called(called, case),
                    part=name,
                    right=right.shape,
                    shape=item.shape,
                )
            )
        if not np.isfinite(item).all():
            raise CheckFailed(
                msg("`{name}`: `{part}` holds NaN or infinity.", name=called, part=name)
            )
        found.append(item)
    return found


def _array(value) -> np.ndarray | None:
    if isinstance(value, np.ndarray):
        return np.array(value, subok=False)
    if hasattr(value, "numpy") and type(value).__module__.split(".")[0] in ("tensorflow", "keras"):
        return np.asarray(value.numpy())
    try:
        return np.asarray(plain(value), float)
    except (TypeError, ValueError):
        return None


def _match(found, expected, sizes, terms, eps=None) -> bool:
    return all(
        a.shape == e.shape and bool(np.all(np.abs(a - e) <= terms * (eps or _eps(a)) * size))
        for row, right, size in zip(found, expected, sizes, strict=True)
        for a, e in zip(row, right, strict=True)
    )


def _eps(array) -> float:
    """Half precision is a slip, not a choice: nothing below float32 is believed."""
    kind = np.float32 if array.dtype == np.float32 else np.float64
    return float(np.finfo(kind).eps)


def _worst(called, cases, found, expected, names):
    gaps = [
        (float(np.abs(a - e).max()), case, name, a, e)
        for case, row, right in zip(cases, found, expected, strict=True)
        for name, a, e in zip(names, row, right, strict=True)
    ]
    gap, case, name, a, e = max(gaps, key=lambda item: item[0])
    at = np.unravel_index(np.abs(a - e).argmax(), a.shape)
    return msg(
        "`{call}`: `{part}` differs by up to {gap:.3g}; at {at} expected {right}, found {value}.",
        call=_called(called, case),
        part=name,
        gap=gap,
        at=list(map(int, at)),
        **_apart(float(e[at]), float(a[at])),
    )


def _apart(right: float, value: float) -> dict[str, str]:
    """Both with six digits, or as many as it takes to tell one from the other."""
    for digits in (6, 9, 12, 17):
        shown = {"right": f"{right:.{digits}g}", "value": f"{value:.{digits}g}"}
        if shown["right"] != shown["value"]:
            break
    return shown


def _called(name, case) -> str:
    """The call with shapes only: weights of a layer tell nobody anything."""
    shown = [f"array{a.shape}" if isinstance(a, np.ndarray) else argument(a) for a in case]
    return f"{name}({', '.join(shown)})"
