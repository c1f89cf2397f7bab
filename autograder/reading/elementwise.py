"""Name a callable by what it does to numbers.

``keras.activations.relu``, ``keras.ops.relu``, ``tf.nn.relu``, ``lambda x: ops.maximum(x, 0)``:
comparing objects tells four functions, comparing values on a grid tells one.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from autograder.reading._keras import to_numpy, to_tensor

_POSITIVE = [1e-3, 0.01, 0.1, 0.3, 0.5, 0.75, 1, 1.5, 2, 2.5, 2.75, 3, 3.5, 4, 5.5, 6, 6.5, 10, 50]
GRID = np.array([-v for v in reversed(_POSITIVE)] + [0.0] + _POSITIVE, dtype=np.float32)
_ROWS = 8


@cache
def _orders():
    """Rows of indices into the grid: it whole in several orders, then a few of its numbers again
    and again. A function that looks at its neighbours (softmax, a division by the maximum) meets
    the same number among very different ones."""
    rng, n = np.random.default_rng(0), len(GRID)
    whole = [np.arange(n)] + [rng.permutation(n) for _ in range(_ROWS // 2 - 1)]
    return whole + [np.resize(rng.permutation(n)[:6], n) for _ in range(_ROWS // 2)]


def values(fn, rank: int, channels: int | None = None) -> np.ndarray | None:
    """``fn`` at each number of the grid, or None when it is not a function of each number alone.

    ``rank`` is the rank of the tensors that ``fn`` is used on; ``channels`` fixes their last axis
    for functions that accept no other.
    """
    flat = np.concatenate([GRID[order] for order in _orders()])
    if channels:
        flat = np.resize(flat, -(-len(flat) // channels) * channels)
    shape = {1: (-1,), 2: (_ROWS, -1)}.get(rank, (2, 2, *(1,) * (rank - 4), 2, -1))
    if rank == 3:
        shape = (2, 4, -1)
    if channels and rank > 1:
        shape = (2, *(1,) * (rank - 3), -1, channels) if rank > 2 else (-1, channels)
        if len(flat) // channels % 2 and rank > 2:
            flat = np.concatenate([flat, flat[:channels]])
    x = flat.reshape(shape)
    try:
        y, again = (to_numpy(fn(to_tensor(x))) for _ in range(2))
    except Exception:  # someone else's function: any failure means "not like this"
        return None
    if y is None or again is None or y.shape != x.shape or y.dtype.kind not in "fiub":
        return None
    if not np.array_equal(y, again, equal_nan=True):  # it throws dice
        return None
    y = y.astype(np.float64).ravel()
    found = np.empty(len(GRID))
    for i, v in enumerate(GRID):
        same = y[flat == v]
        if not _close(same, same[0]):
            return None
        found[i] = same[0]
    return found


def _close(a, b):
    with np.errstate(invalid="ignore", over="ignore"):
        near = np.abs(a - b) <= 1e-5 * np.maximum(1.0, np.abs(b))
    return bool(np.all(near | (a == b) | (np.isnan(a) & np.isnan(b))))


def name_of(found: np.ndarray) -> tuple[str, dict]:
    """Canonical operation and parameters of the function with these values on the grid."""
    x = GRID.astype(np.float64)
    if np.isfinite(found).all():
        above, below, zero = found[x > 0], found[x < 0], found[x == 0][0]
        slope = (found[-1] - found[0]) / (x[-1] - x[0])
        if _close(found, slope * x + zero):
            if abs(slope - 1) < 1e-6 and zero == 0:
                return "identity", {}
            return "rescaling", {"scale": _round(slope), "offset": _round(zero)}
        if _close(above, x[x > 0]):  # linear for positive numbers: the family of ReLU
            slope = below[0] / x[0]
            if _close(below, slope * x[x < 0]):
                return _slope(slope)
            alpha = -below[0]
            if alpha > 0 and _close(below, alpha * np.expm1(x[x < 0])):
                return "elu", {"alpha": _round(alpha)}
            if alpha > 0 and _close(below, alpha * np.expm1(x[x < 0] / alpha)):
                return "celu", {"alpha": _round(alpha)}
    for op, params, known in _known():
        if _close(found, known):
            return op, dict(params)
    if np.isfinite(found).all():
        low, high = found.min(), found.max()
        if low < high and _close(found, np.clip(x, low, high)):
            return "clip", {"low": _round(low), "high": _round(high)}
    return "activation", {"values": tuple(float(f"{v:.4g}") for v in found)}


def _slope(slope):
    if slope == 0:
        return "relu", {}
    if abs(slope + 1) < 1e-6:
        return "abs", {}
    return "leaky_relu", {"negative_slope": _round(slope)}


def _round(value):
    return float(f"{value:.6g}")


@cache
def _known():
    """The activations of Keras on the grid. Parametrised ones are solved for in ``name_of``."""
    from keras import activations as act

    grid = to_tensor(GRID)
    rows = [
        (name, {}, getattr(act, name))
        for name in (
            "relu6",
            "selu",
            "silu",
            "mish",
            "softplus",
            "softsign",
            "tanh",
            "sigmoid",
            "hard_sigmoid",
            "hard_silu",
            "hard_tanh",
            "hard_shrink",
            "soft_shrink",
            "tanh_shrink",
            "log_sigmoid",
            "sparse_plus",
            "sparse_sigmoid",
            "squareplus",
            "exponential",
        )
        if hasattr(act, name)
    ]
    rows.append(("gelu", {"approximate": False}, act.gelu))
    rows.append(("gelu", {"approximate": True}, lambda x: act.gelu(x, approximate=True)))
    known = [(name, params, to_numpy(fn(grid)).astype(np.float64)) for name, params, fn in rows]
    known.append(("square", {}, GRID.astype(np.float64) ** 2))
    return known


@cache
def _by_object():
    """Keras' own functions, recognised without evaluating them; defaults as in Keras."""
    from keras import activations as act
    from keras import ops

    table = {act.linear: ("identity", {})}
    plain = "relu relu6 selu silu mish softplus softsign tanh sigmoid hard_sigmoid hard_silu"
    plain += " log_sigmoid exponential"
    for name in plain.split():
        for home in (act, ops):
            if hasattr(home, name):
                table[getattr(home, name)] = (name, {})
    table[act.elu] = ("elu", {"alpha": 1.0})
    table[act.gelu] = ("gelu", {"approximate": False})
    table[act.leaky_relu] = ("leaky_relu", {"negative_slope": 0.2})
    return table


def known_function(fn):
    """(op, params) for one of Keras' own functions, else None."""
    try:
        found = _by_object().get(fn)
    except TypeError:  # unhashable
        return None
    return (found[0], dict(found[1])) if found else None


def softmax():
    from keras import activations

    return activations.softmax


def recognise(fn, rank: int, channels: int | None) -> tuple[str, dict] | None:
    """(op, params) of a function of one tensor, when it works number by number or is a softmax.

    Returns None for everything else. An elementwise function without a name is 'activation'.
    """
    for fixed in (None, channels):
        found = values(fn, rank, fixed)
        if found is not None:
            return name_of(found)
        if not channels:
            break
    return _across(fn, rank, channels)


def _across(fn, rank, channels):
    from keras import activations as act

    rng = np.random.default_rng(1)
    x = rng.normal(size=(2, *(3,) * (rank - 2), channels or 5)).astype(np.float32)
    try:
        y = to_numpy(fn(to_tensor(x)))
    except Exception:
        return None
    if y is None or y.shape != x.shape:
        return None
    for axis in range(1, rank):
        for name in ("softmax", "log_softmax"):
            if _close(y, to_numpy(getattr(act, name)(to_tensor(x), axis=axis))):
                return name, {"axis": axis}
    return None
