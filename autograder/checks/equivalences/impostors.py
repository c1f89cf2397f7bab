"""Checks against impostors: tests that must catch them, functions that must not be one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from autograder.checks._task import call, proven
from autograder.checks.answers._reading import ROWS, plain
from autograder.errors import CheckFailed, CouldNotCheck
from autograder.messages import Lines, msg, nmsg


def catches(
    draw,
    honest: Callable,
    impostors: Mapping[str, Callable],
    *,
    settings: Iterable,
    seeds: Iterable[int] = range(3),
    gap: float = 1e-3,
    max_size: int = 10_000,
    limit: float = 1e3,
    evidence: Callable | None = None,
) -> None:
    """The student's inputs tell every impostor from the honest function, whatever the seed.

    ``draw(seed, setting)`` is the student's function: an array (samples, height, width, channels)
    of at most ``max_size`` finite numbers up to ``limit``. ``honest(x, setting)`` and the impostors
    answer with arrays; an impostor is caught when its answer has another shape or differs by more
    than ``gap``. ``evidence(x, setting)`` gives a Message on the first draw that is too weak.
    Raises CheckFailed with the impostors that got through.
    """
    name = getattr(draw, "__name__", "probe")
    escaped: dict[str, list[str]] = {}
    told, draws, closest = None, 0, np.inf
    for setting in settings:
        for seed in seeds:
            x = _batch(call(draw, seed, setting, name=name), name, setting, max_size, limit)
            right = np.asarray(honest(x, setting), float)
            draws += 1
            for impostor, pretend in impostors.items():
                found = _difference(np.asarray(pretend(x, setting), float), right)
                if found > gap:
                    closest = min(closest, found)
                    continue
                where = escaped.setdefault(f"{name}(seed, {setting})", [])
                if impostor not in where:
                    where.append(impostor)
                if told is None and evidence is not None:
                    told = evidence(x, setting)
    if escaped:
        raise CheckFailed(
            Lines(
                msg("Some impostors pass your test: on your numbers they equal the honest cell."),
                *[
                    msg("  {where}: {names}", where=where, names=", ".join(names))
                    for where, names in list(escaped.items())[:ROWS]
                ],
                told,
            )
        )
    proven(
        nmsg(
            "{n} draw, {k} impostors, all caught; the closest differed by {closest:.2g}.",
            "{n} draws, {k} impostors, all caught every time; the closest differed by {closest:.2g}.",
            draws,
            k=len(impostors),
            closest=closest,
        )
    )


def unmistaken(
    f, g, inputs: Iterable, mistakes: Mapping, *, name: str, tolerance=1e-4, otherwise=None
) -> None:
    """Recognise a wrong ``f``: when it is not ``g`` on ``inputs`` but one of ``mistakes``, say which.

    ``mistakes`` maps names to ``(wrong function, Message)``. A wrong ``f`` that is none of them
    passes here, so an equivalence check belongs behind this one; ``otherwise()`` may still give a
    Message that says what is wrong with it. Mistakes that the inputs cannot
    tell from ``g`` are our own failure (CouldNotCheck).
    """
    inputs = list(inputs)
    right = [np.asarray(g(x), float) for x in inputs]
    found = [_output(call(f, x, name=name), name) for x in inputs]
    match = _agree(found, right, tolerance)
    for mistake, (wrong, message) in mistakes.items():
        values = [np.asarray(wrong(x), float) for x in inputs]
        if _agree(values, right, tolerance):
            raise CouldNotCheck(
                msg("These inputs cannot tell “{name}” from the truth.", name=mistake)
            )
        if not match and _agree(found, values, tolerance):
            raise CheckFailed(message)
    told = None if match or otherwise is None else otherwise()
    if told:
        raise CheckFailed(told)


def _batch(value, name, setting, max_size, limit) -> np.ndarray:
    where = f"{name}(seed, {setting})"
    try:
        x = np.asarray(plain(value), np.float32)
    except (TypeError, ValueError):
        x = None
    if x is None or x.ndim != 4:
        raise CheckFailed(
            msg(
                "`{where}`: expected an array (samples, height, width, channels). Found: {found}.",
                where=where,
                found=type(value).__name__ if x is None else f"shape {x.shape}",
            )
        )
    if not 0 < x.size <= max_size:
        raise CheckFailed(
            msg(
                "`{where}`: expected 1 to {most:,} numbers. Found: {n:,}.",
                where=where,
                most=max_size,
                n=x.size,
            )
        )
    if not np.isfinite(x).all() or np.abs(x).max() > limit:
        raise CheckFailed(
            msg(
                "`{where}`: expected finite numbers between -{limit:g} and {limit:g}; NaN, infinity "
                "and overflow prove nothing.",
                where=where,
                limit=limit,
            )
        )
    return x


def _output(value, name) -> np.ndarray:
    if isinstance(value, list | tuple | dict) or value is None:
        raise CheckFailed(
            msg(
                "`{name}` should answer a batch with one array. It answered with {kind}.",
                name=name,
                kind=type(value).__name__,
            )
        )
    return np.asarray(value, float)


def _difference(found, right) -> float:
    if found.shape != right.shape:
        return np.inf
    return float(np.abs(found - right).max()) if right.size else 0.0


def _agree(found, right, tolerance) -> bool:
    return all(
        f.shape == r.shape and np.allclose(f, r, rtol=tolerance, atol=tolerance)
        for f, r in zip(found, right, strict=True)
    )
