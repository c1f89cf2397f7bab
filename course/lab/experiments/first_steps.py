"""Two activations around max-pooling on one small map, and layers in their two modes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from autograder.messages import Message, msg
from course.lab.experiments.friends import Verdicts, pooled

#: A map whose four windows are mixed (a), barely negative (b), far below zero (c), touching zero (d).
Z = np.array(
    [
        [2.0, -1.0, -0.1, -0.4],
        [0.5, -3.0, -0.2, -0.6],
        [-1.0, -3.0, -2.0, 0.0],
        [-2.0, -1.5, -4.0, -0.5],
    ]
)
Z.setflags(write=False)  # notebooks show it, checks measure with it
#: Name of a 2x2 window -> its row and column among the windows.
WINDOWS = {"a": (0, 0), "b": (0, 1), "c": (1, 0), "d": (1, 1)}
ACTIVATIONS = ("relu", "gelu")

_ROUNDING = 1e-9  # float64: two ways of rounding differ by 1e-16 here, two orders by 0.1


def activation(name: str) -> Callable:
    """Keras' activation as a function of an array of any shape, computed in float64."""
    from keras import activations, ops

    options = {"approximate": False} if name == "gelu" else {}
    f = activations.get(name)
    # Rounded to 12 digits: vectorised and scalar code differ in the last bit of a float64.
    return lambda z: np.round(np.asarray(f(ops.array(np.asarray(z), "float64"), **options)), 12)


def max_pool(z) -> np.ndarray:
    """2x2 max-pooling of one map (height, width)."""
    return pooled(np.asarray(z)[None, :, :, None], 2)[0, :, :, 0]


def orders(name: str, z=Z) -> dict[str, np.ndarray]:
    """A map of shape (height, width) and both orders of activation and pooling, each by its formula."""
    f = activation(name)
    return {
        "z": z,
        f"max_pool({name}(z))": max_pool(f(z)),
        f"{name}(max_pool(z))": f(max_pool(z)),
    }


def agreeing(name: str, windows: int, seed: int = 0) -> int:
    """In how many of so many windows of normal numbers, N(0, 2), both orders give the same."""
    z = np.random.default_rng(seed).normal(0, 2, (2, 2 * windows))
    _, before, after = orders(name, z).values()
    return int((np.abs(before - after) <= _ROUNDING).sum())


@cache
def differing() -> Verdicts:
    """For each activation the set of windows of :data:`Z` in which the two orders differ, measured."""
    truth, evidence = {}, {}
    for name in ACTIVATIONS:
        _, before, after = orders(name).values()
        apart = np.abs(before - after) > _ROUNDING
        truth[name] = {window for window, place in WINDOWS.items() if apart[place]}
        evidence[name] = msg(
            "max_pool(f(z)) {before}, f(max_pool(z)) {after}",
            before=_windows(before),
            after=_windows(after),
        )
    return Verdicts(truth, evidence)


def _windows(grid) -> str:
    return " ".join(f"{name} {grid[place] + 0.0:.3g}" for name, place in WINDOWS.items())


def _layers() -> dict[str, Callable]:
    from keras import layers

    return {
        "Dense(4)": lambda: layers.Dense(4),
        "Dropout(0.5)": lambda: layers.Dropout(0.5, seed=0),
        "Dropout(0.5, trainable=False)": lambda: layers.Dropout(0.5, seed=0, trainable=False),
        "BatchNormalization()": layers.BatchNormalization,
        "BatchNormalization(trainable=False)": lambda: layers.BatchNormalization(trainable=False),
    }


@cache
def two_modes() -> Verdicts:
    """For each layer whether it answers differently in training and in inference, measured."""
    x = np.random.default_rng(0).normal(2, 3, (8, 6)).astype(np.float32)
    truth, evidence = {}, {}
    for name, make in _layers().items():
        gap = _gap(make(), x)
        truth[name] = gap > 0
        evidence[name] = _told(gap)
    return Verdicts(truth, evidence)


def _gap(layer, x) -> float:
    """The largest difference between the layer's answers in its two modes."""
    import keras

    net = keras.Sequential([keras.Input(x.shape[1:]), layer])
    one, other = (np.asarray(net(x, training=mode)) for mode in (True, False))
    return float(np.abs(one - other).max())


def _told(gap: float) -> Message:
    if not gap:
        return msg("on random numbers the modes give the same")
    return msg("on random numbers the modes differ by up to {gap:.2g}", gap=gap)
