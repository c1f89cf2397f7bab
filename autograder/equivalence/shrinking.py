"""Make a counter-example small: fewer samples, channels, rows and columns, then simpler numbers."""

from __future__ import annotations

import numpy as np

_TRIES = 500
_SIMPLE = (0, -1, 1, -2, 2, -3, 3)


def shrink(x, still, hint=None):
    """The smallest variation of ``x`` found for which ``still`` holds.

    ``still(x)`` says whether the two functions still differ clearly; it must be False, not raise,
    for shapes they do not take. ``hint`` is the index of the output where they differ most: its
    sample and channel are tried first. The number of tries is bounded, the result depends on
    nothing but the arguments.
    """
    budget = [_TRIES]

    def holds(candidate):
        if budget[0] <= 0 or candidate.size == 0:
            return False
        budget[0] -= 1
        return still(candidate)

    x = _one_of(x, 0, holds, hint[0] if hint else None)
    if x.ndim > 2:
        x = _one_of(x, x.ndim - 1, holds, hint[-1] if hint else None)
    for axis in [*range(1, x.ndim - 1), x.ndim - 1]:
        x = _crop(x, axis, holds)
    for axis in range(1, x.ndim - 1):  # columns may have held rows in place
        x = _crop(x, axis, holds)
    return _simpler(x, holds)


def _one_of(x, axis, holds, first):
    """A single index of an axis, if one is enough."""
    order = [*range(x.shape[axis])]
    if first is not None and first < len(order):
        order.insert(0, order.pop(first))
    for i in order[:6]:
        if x.shape[axis] > 1:
            candidate = np.take(x, [i], axis=axis)
            if holds(candidate):
                return candidate
    return x


def _crop(x, axis, holds):
    """Leave out runs of rows, long ones first; runs of every length, as windows must stay whole."""
    run = x.shape[axis] // 2
    while run >= 1:
        start = x.shape[axis] - run
        while start >= 0 and x.shape[axis] > run:
            candidate = np.delete(x, range(start, min(start + run, x.shape[axis])), axis=axis)
            if holds(candidate):
                x = candidate
            start -= run
        run = run // 2 if run > 8 else run - 1
    return x


def _simpler(x, holds):
    """Whole numbers if they will do, else halves, else tenths; each number as small as it gets."""
    for step in (1.0, 0.5, 0.1, 0.01):
        candidate = np.float32(np.round(x / step) * step)
        if holds(candidate):
            x = candidate
            break
    if x.size > 64:
        return x
    for index in np.ndindex(x.shape):
        for value in (*_SIMPLE, *_halves(float(x[index]))):
            if x[index] == value:
                break
            if _simplicity(value) >= _simplicity(x[index]):
                continue
            candidate = x.copy()
            candidate[index] = value
            if holds(candidate):
                x = candidate
                break
    return x + 0.0  # -0.0 reads as a typing error


def _halves(value):
    """Whole numbers on the way from small to ``value``, at most one for each halving."""
    found = []
    while 1 <= abs(value) < 1e6:
        value = float(np.trunc(value / 2))
        found.append(value)
    return found[::-1]


def _simplicity(value):
    """Order of preference: whole numbers before fractions, small before large."""
    return (float(value) != round(float(value)), abs(float(value)), float(value) > 0)
