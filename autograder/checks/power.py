"""Checks of a test's power, of witnesses against a claim, and of answers from a list of words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from autograder.checks._task import call, proven
from autograder.checks.equivalences import counterexample
from autograder.checks.values import _ROWS, _listed, _number, _table, _word, plain, predictions
from autograder.errors import CheckFailed, CouldNotCheck
from autograder.messages import Lines, Message, msg, nmsg


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
                    for where, names in list(escaped.items())[:_ROWS]
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


def witnesses(answer, pairs: Mapping, **limits) -> None:
    """A dict of inputs, one for each pair of functions, that tell the two apart.

    ``pairs`` maps names to ``(f, g)``; ``limits`` are those of :func:`counterexample`. Raises
    CheckFailed naming the first row that fails, with what both functions answer on it.
    """
    rows = _table(answer, pairs)
    empty = [key for key in pairs if rows.get(key) is None]
    if empty:
        raise CheckFailed(
            msg("Expected: an input in every row. Not filled in yet: {rows}.", rows=_listed(empty))
        )
    for key, (f, g) in pairs.items():
        if limits.get("shape") == (None, None):
            _map(rows[key], key)
        try:
            counterexample(f, g, rows[key], **limits)
        except CheckFailed as failed:
            raise CheckFailed(
                Lines(msg("Row “{row}”:", row=key), failed.message, _answers(f, g, rows[key]))
            ) from None


def choices(answer, truth: Mapping, words: Mapping[str, Iterable], *, evidence=None) -> None:
    """Like :func:`predictions`, where every value is one of a few words.

    ``words`` maps each word to its other spellings; anything else is refused with the list. A
    wrong True or False is told which word it was read as.
    """
    spelling = {}
    for word, others in words.items():
        spelling.update({_word(other): word for other in (word, *others)})
    rows, booleans = {}, {}
    for key, value in _table(answer, truth).items():
        if value is None:
            rows[key] = None
            continue
        said = _word(value)
        if isinstance(said, list | dict | set) or said not in spelling:
            raise CheckFailed(
                msg(
                    "Row “{row}”: expected one of {words}. Found: {value}.",
                    row=key,
                    words=_listed(list(words)),
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
    for key, value in _table(answer, truth).items():
        chosen = list(value) if isinstance(value, list | set | dict) else [value]
        if value is not None and not all(isinstance(v, str) and _word(v) in words for v in chosen):
            given = sorted(map(repr, chosen)) if isinstance(value, set) else None
            raise CheckFailed(
                msg(
                    "Row “{row}”: expected a set of {words}, empty for none: set(). Found: {value}.",
                    row=key,
                    words=_and([f'"{word}"' for word in words]),
                    value=repr(value) if given is None else "{" + ", ".join(given) + "}",
                )
            )
        rows[key] = None if value is None else {_word(v) for v in chosen}
    predictions(rows, truth, evidence=evidence)


def positive(answer, keys: Iterable[str]) -> None:
    """A dict with a positive number in every row. Raises CheckFailed."""
    keys = list(keys)
    rows = _table(answer, keys)
    empty = [key for key in keys if rows.get(key) is None]
    if empty:
        raise CheckFailed(
            msg("Expected: a number. Not filled in yet: {rows}.", rows=_listed(empty))
        )
    for key in keys:
        if _number(rows[key], key) <= 0:
            raise CheckFailed(
                msg(
                    "Row “{row}”: expected a positive number. Found: {value}.",
                    row=key,
                    value=repr(rows[key]),
                )
            )
    proven(nmsg("{n} positive number.", "{n} positive numbers.", len(keys)))


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


def _map(value, key) -> None:
    try:
        x = np.asarray(value, np.float32)
    except (TypeError, ValueError):
        return  # the check of the input itself says so
    if x.ndim != 2:
        raise CheckFailed(
            Lines(
                msg("Row “{row}”:", row=key),
                msg("Expected: a map (height, width), not {shape}.", shape=x.shape),
            )
        )


def _and(words) -> Message:
    *first, last = words
    return msg("{words} and {last}", words=", ".join(first), last=last)


def _answers(f, g, x):
    """Both answers on a small input, if they can be had."""
    try:
        x = np.asarray(x, np.float32)
        if x.ndim != 2 or x.size > 16 or not np.isfinite(x).all():
            return None
        left, right = np.asarray(f(x), float), np.asarray(g(x), float)
    except (TypeError, ValueError):
        return None
    if not left.size:
        return msg("No window fits into it: both answers are empty.")
    return msg("Both answers: {left}, {right}.", left=_short(left), right=_short(right))


def _short(values) -> str:
    return "[" + " ".join(f"{v + 0.0:.4g}" for v in values.ravel()[:6]) + "]"


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
