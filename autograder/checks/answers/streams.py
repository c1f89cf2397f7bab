"""Checks of statistics that are put together from batches which pass by once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial, reduce

import numpy as np

from autograder.checks._task import call, proven
from autograder.checks.answers._reading import plain
from autograder.checks.answers.functions import several
from autograder.errors import CheckFailed, CouldNotCheck
from autograder.messages import Lines, Message, msg, nmsg

_ORDERS = (
    (msg("first to last"), lambda merge, parts: reduce(merge, parts)),
    (msg("last to first"), lambda merge, parts: reduce(lambda a, b: merge(b, a), reversed(parts))),
    (msg("in pairs"), lambda merge, parts: _in_pairs(merge, parts)),
)


_LONG = 512  # bits of an integer that count as one number: exact sums of squares stay below
_FAR = 1e-3  # a relative error that no rounding explains, not even in float32


@dataclass(frozen=True)
class Stream:
    """Batches (n, neurons) that pass by, n >= 0. ``what`` they are; ``why`` a formula that is right on
    ordinary streams, those without a ``why``, may break down on them."""

    batches: tuple[np.ndarray, ...]
    what: Message
    why: Message | None = None

    @property
    def whole(self) -> np.ndarray:
        return np.concatenate([np.asarray(b, np.float64) for b in self.batches])


def streaming(
    summary: Callable,
    merge: Callable,
    moments: Callable,
    streams: Iterable[Stream],
    *,
    rtol: float = 1e-6,
    most: int = 10,
    mistakes: Mapping | None = None,
) -> None:
    """A student's three functions give mean and unbiased variance of every neuron in one pass.

    ``summary(batch)`` makes a summary of a batch (n, neurons), ``merge(one, other)`` one of two, and
    ``moments(summary)`` returns (mean, variance), each (neurons,). A summary is plain data, at most
    ``most`` numbers a neuron, and depends on nothing but what it is a summary of. Every stream is
    merged in three orders, and held against np.mean and np.var(ddof=1) of the whole, in float64:
    relative error at most ``rtol``, plus the rounding of the numbers themselves. ``mistakes`` maps
    names to ``((summary, merge, moments), Message)``, three functions that are wrong together; each
    must be off on some ordinary stream (CouldNotCheck otherwise), where it is recognised. Raises
    CheckFailed with the stream that tells most: an ordinary one that is far off, else the worst.
    """
    streams = list(streams)
    rights = [_right(stream.whole) for stream in streams]
    wrongs = _wrong_ways(mistakes or {}, streams, rights, rtol)
    largest = 0.0
    found, kept = [], []
    for stream in streams:
        neurons = stream.whole.shape[1]
        limit = most * neurons
        made = []
        for order, fold in _ORDERS:
            parts = [_part(summary, batch, limit, stream) for batch in stream.batches]
            joined = fold(partial(_merged, merge, limit=limit, stream=stream), parts)
            largest = max(largest, _size(joined) / neurons)
            made.append((order, _moments(call(moments, _copy(joined), name="moments"), neurons)))
            kept.append((stream, fold, parts, joined))
        found.append(made)
    _refuse_memory(summary, merge, kept, most)
    off = [
        (_gaps(pair, right, stream, rtol), order, pair, right, stream)
        for stream, right, made in zip(streams, rights, found, strict=True)
        for order, pair in made
    ]
    worst = max(off, key=lambda each: each[0].max())
    if worst[0].max() > 1:
        told = _recognised([made[0][1] for made in found], streams, wrongs)
        ordinary = [each for each in off if each[-1].why is None]
        plainest = max(ordinary, key=lambda each: each[0].max(), default=worst)
        if told is not None or plainest[0].max() * rtol > _FAR:
            worst = plainest
        told = worst[-1].why if told is None else told
        raise CheckFailed(Lines(told, _worst(*worst, rtol)))
    proven(
        Lines(
            nmsg(
                "Equal to np.mean and np.var(ddof=1) on {n} stream, merged in {k} orders.",
                "Equal to np.mean and np.var(ddof=1) on {n} streams, each merged in {k} orders.",
                len(streams),
                k=len(_ORDERS),
            ),
            msg("A summary holds {n:.2g} numbers a neuron.", n=largest),
            nmsg(
                "The same streams tell {n} wrong way apart.",
                "The same streams tell {n} wrong ways apart.",
                len(wrongs),
            )
            if wrongs
            else None,
        )
    )


def _part(summary, batch, limit, stream):
    made = call(summary, batch, name="summary")
    if made is None and len(batch):
        raise CheckFailed(msg("`summary` returned None for a batch of {n} samples.", n=len(batch)))
    return _data(made, limit, stream)


def _refuse_memory(summary, merge, kept, most) -> None:
    """What was seen in between must not change a summary: the samples could be kept anywhere."""
    for stream, fold, parts, joined in (kept[0], kept[-1]):
        limit = most * stream.whole.shape[1]
        again = [_part(summary, batch, limit, stream) for batch in stream.batches]
        told = next(
            (
                msg("`summary`")
                for one, two in zip(parts, again, strict=True)
                if not _alike(one, two)
            ),
            None,
        )
        if told is None and not _alike(
            joined, fold(partial(_merged, merge, limit=limit, stream=stream), again)
        ):
            told = msg("`merge`")
        if told is not None:
            raise CheckFailed(
                Lines(
                    msg(
                        "{function} gave another summary for the same batches later on.",
                        function=told,
                    ),
                    msg(
                        "All that is remembered must stand in the summaries: nothing may be kept "
                        "outside of them."
                    ),
                )
            )


def _alike(one, two) -> bool:
    """The same plain data, but for rounding that may differ from run to run."""
    if isinstance(one, dict):
        return (
            isinstance(two, dict)
            and one.keys() == two.keys()
            and all(_alike(one[key], two[key]) for key in one)
        )
    if isinstance(one, list | tuple):
        return isinstance(two, list | tuple) and len(one) == len(two) and all(map(_alike, one, two))
    if one is None or two is None:
        return one is two
    one, two = (np.asarray(plain(value), float) for value in (one, two))
    return one.shape == two.shape and np.allclose(one, two, rtol=1e-9, atol=1e-9, equal_nan=True)


def _merged(merge, one, other, limit, stream):
    both = call(merge, _copy(one), _copy(other), name="merge")
    if both is None and not (one is None and other is None):
        raise CheckFailed(msg("`{name}` returned None. Expected: a result.", name="merge"))
    return _data(both, limit, stream)


def _in_pairs(merge, parts):
    while len(parts) > 1:
        pairs = [merge(a, b) for a, b in zip(parts[::2], parts[1::2], strict=False)]
        parts = pairs + parts[len(parts) - len(parts) % 2 :]
    return parts[0]


def _right(whole):
    constant = (whole == whole[:1]).all(axis=0)
    return (
        np.where(constant, whole[0], whole.mean(axis=0)),
        np.where(constant, 0.0, whole.var(axis=0, ddof=1)),
    )


def _wrong_ways(mistakes, streams, rights, rtol):
    found = {}
    _, fold = _ORDERS[0]
    for name, ((summary, merge, moments), message) in mistakes.items():
        with np.errstate(all="ignore"):
            pairs = [moments(fold(merge, [summary(b) for b in s.batches])) for s in streams]
        if all(
            _match(p, r, s, rtol)
            for p, r, s in zip(pairs, rights, streams, strict=True)
            if s.why is None
        ):
            raise CouldNotCheck(
                msg("These streams cannot tell “{name}” from the truth.", name=name)
            )
        found[name] = pairs, message
    return found


def _data(value, limit, stream):
    """A summary as plain data; too much of it, or anything else, is refused."""
    size = _size(value)
    if size is None:
        raise CheckFailed(
            msg(
                "Expected: a summary of numbers, arrays, lists, tuples and dicts. Found in it: {kind}.",
                kind=_stranger(value),
            )
        )
    if size > limit:
        raise CheckFailed(
            Lines(
                msg(
                    "A summary of {neurons} neurons holds {size:,} numbers; {limit} are allowed.",
                    neurons=stream.whole.shape[1],
                    size=size,
                    limit=limit,
                ),
                msg("Samples pass by once: what is kept may not grow with their number."),
            )
        )
    return _copy(value)


def _leaf(value) -> np.ndarray | None:
    """A number or an array of numbers; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return np.zeros(max(1, -(-value.bit_length() // _LONG)))  # a batch fits into a long one
    if value is None or isinstance(value, bool | float | np.number | np.bool_):
        return np.zeros(1)
    if hasattr(value, "numpy") and type(value).__module__.split(".")[0] in ("tensorflow", "keras"):
        value = np.asarray(value.numpy())
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return value
    if type(value).__module__ == "fractions":
        return np.zeros(1)
    return None


def _size(value) -> int | None:
    """How many numbers a summary holds, names of dicts not counted; None when there is more in it."""
    if isinstance(value, dict):
        if not all(isinstance(key, str | int | float) for key in value):
            return None
        parts = [_size(v) for v in value.values()]
    elif isinstance(value, list | tuple):
        parts = [_size(v) for v in value]
    else:
        leaf = _leaf(value)
        return None if leaf is None else int(leaf.size)
    return None if None in parts else sum(parts)


def _stranger(value) -> str:
    if isinstance(value, dict):
        return next((_stranger(v) for v in value.values() if _size(v) is None), "dict")
    if isinstance(value, list | tuple):
        return next((_stranger(v) for v in value if _size(v) is None), "list")
    if isinstance(value, np.ndarray):
        return f"ndarray ({value.dtype})"
    return type(value).__name__


def _copy(value):
    """The same data in base types, as it would cross to another process; nothing is shared."""
    if isinstance(value, dict):
        return {k: _copy(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_copy(v) for v in value]
    if isinstance(value, tuple):
        return tuple(_copy(v) for v in value)
    if isinstance(value, np.ndarray):
        return np.array(value, np.float64 if value.dtype == np.longdouble else None, subok=False)
    if isinstance(value, np.longdouble) or type(value).__module__ == "fractions":
        return float(value)
    return value


def _moments(value, neurons):
    pair = []
    if np.ndim(_leaf(value)) == 2 and len(value) == 2:
        value = list(value)  # both in one array
    for name, item in zip(
        ("mean", "variance"),
        several(value, ("mean", "variance"), of="moments(summary)"),
        strict=True,
    ):
        try:
            item = np.asarray(plain(item), float)
        except (TypeError, ValueError):
            item = None
        if item is not None and neurons == 1 and item.size == 1:
            item = item.reshape(1)
        if item is None or item.shape != (neurons,):
            nothing = msg("no numbers")
            raise CheckFailed(
                msg(
                    "`moments`: expected `{part}` of shape {right}. Found: {shape}.",
                    part=name,
                    right=(neurons,),
                    shape=nothing if item is None else item.shape,
                )
            )
        pair.append(item)
    return tuple(pair)


def _match(pair, right, stream, rtol) -> bool:
    return bool(_gaps(pair, right, stream, rtol).max() <= 1)


def _gaps(pair, right, stream, rtol) -> np.ndarray:
    """Errors of mean and variance (2, neurons), in units of what is allowed; infinite for NaN."""
    bounds = _bounds(right, stream, rtol)
    with np.errstate(all="ignore"):
        gaps = np.array([np.abs(f - r) / b for f, r, b in zip(pair, right, bounds, strict=True)])
    gaps[np.isnan(gaps)] = np.inf
    return gaps


def _bounds(right, stream, rtol):
    """What mean and variance (neurons,) may be off. The numbers themselves are only known to
    eps * |x|, and that is where a mean of zero and a variance of zero end."""
    mean, variance = right
    rounding = 64 * np.finfo(np.float64).eps * np.abs(stream.whole).max()
    return rtol * np.abs(mean) + rounding, rtol * variance + rounding**2


def _recognised(found, streams, wrongs):
    """The message of the known wrong way that leads to the same numbers on all ordinary streams, or
    None. What people do about empty batches differs too much to tell a way by it."""
    for pairs, message in wrongs.values():
        alike = (
            np.allclose(f, w, rtol=1e-4, atol=1e-12, equal_nan=True)
            for f, w, stream in zip(found, pairs, streams, strict=True)
            if stream.why is None
        )
        if all(alike):
            return message
    return None


def _worst(gaps, order, pair, right, stream, rtol):
    part, at = np.unravel_index(gaps.argmax(), gaps.shape)
    parts = msg("the mean"), msg("the variance")
    if right[part][at] == 0:
        return msg(
            "{stream}, merged {order}: {part} of neuron {at} expected 0 (at most {bound:.0e} off), "
            "found {found:.3g}.",
            stream=stream.what,
            order=order,
            part=parts[part],
            at=int(at),
            bound=float(_bounds(right, stream, rtol)[part][at]),
            found=float(pair[part][at]),
        )
    return msg(
        "{stream}, merged {order}: {part} of neuron {at} expected {right:.8g}, found {found:.8g}.",
        stream=stream.what,
        order=order,
        part=parts[part],
        at=int(at),
        right=float(right[part][at]),
        found=float(pair[part][at]),
    )
