"""Checks of functions that return several arrays, such as the kernel and bias of one layer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from autograder.checks._task import argument, call, proven
from autograder.checks.answers._reading import plain
from autograder.checks.answers.functions import several
from autograder.errors import CheckFailed, CouldNotCheck
from autograder.messages import Lines, msg, nmsg


def arrays(
    f: Callable,
    reference: Callable,
    cases: Iterable[tuple],
    *,
    names: Iterable[str],
    mistakes: Mapping | None = None,
    terms: float = 8.0,
    size: Callable | None = None,
) -> None:
    """Hold a student's function, which returns the arrays ``names``, against ``reference``.

    The arguments are float64 arrays, and the results are sums of products of them. The tolerance is
    the rounding error of such sums: |error| <= ``terms`` * eps * max(reference(|arguments|)), with eps
    of the precision that the student returns (N. Higham, Accuracy and Stability of Numerical
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
    called = getattr(f, "__name__", "f")
    found = [_results(f, called, case, names, e) for case, e in zip(cases, expected, strict=True)]
    if not _match(found, expected, sizes, terms):
        told = next(
            (m for values, m in impostors.values() if _match(found, values, sizes, terms)), None
        )
        raise CheckFailed(Lines(told, _worst(called, cases, found, expected, names)))
    error = max(
        float(np.abs(a - e).max() / size)
        for row, right, size in zip(found, expected, sizes, strict=True)
        for a, e in zip(row, right, strict=True)
    )
    proven(
        Lines(
            nmsg(
                "`{name}` is right on {n} case; the error is {error:.1g} of the largest term.",
                "`{name}` is right on {n} cases; the error is at most {error:.1g} of the largest term.",
                len(cases),
                name=called,
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


def _match(found, expected, sizes, terms) -> bool:
    return all(
        a.shape == e.shape and bool(np.all(np.abs(a - e) <= terms * _eps(a) * size))
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
        "`{call}`: `{part}` differs by up to {gap:.3g}; at {at} expected {right:.6g}, found {value:.6g}.",
        call=_called(called, case),
        part=name,
        gap=gap,
        at=list(map(int, at)),
        right=float(e[at]),
        value=float(a[at]),
    )


def _called(name, case) -> str:
    """The call with shapes only: weights of a layer tell nobody anything."""
    shown = [f"array{a.shape}" if isinstance(a, np.ndarray) else argument(a) for a in case]
    return f"{name}({', '.join(shown)})"
