"""Dense nets that nobody has seen, made from a seed, with a few faults in each.

``dense(seed)`` gives a net that sorts houses into four price bands, written as a student would write
it. The brief is the same for every seed: 39 raw regressors in, four probabilities
out (or logits that the loss is told of), integer labels, at least two hidden layers that are not
linear. The data are :func:`price_bands`.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from course.lab import data
from course.lab.unseen.net import Unseen

BANDS = 4
#: Held-out accuracy of a linear model on :func:`price_bands` (``data.linear_baseline`` takes a second).
LINEAR = 0.557
FAULTS = (
    "zero-kernel",  # a hidden kernel of zeros under ReLU
    "equal-kernels",  # every kernel a constant: units are twins for ever
    "no-activation",  # two kernels with nothing non-linear between
    "no-normalisation",  # raw regressors, deviations from 0.001 to 30000
    "total-dropout",  # rate 1
    "output-activation",
    "output-units",
    "loss",
    "late-dropout",  # after the answer
    "learning-rate",
)
_INSIDE = ("zero-kernel", "equal-kernels", "no-activation", "total-dropout")
_OUTSIDE = ("output-activation", "output-units", "loss", "late-dropout")
_HIDDEN = {"zero-kernel", "no-activation"}  # one layer has one of these
_FAMILIES = (("zero-kernel", "equal-kernels"),)  # at most one of each
_RIGHT_LOSS = "sparse_categorical_crossentropy"


@cache
def dense(seed: int) -> Unseen:
    """The dense net of ``seed``: the same seed, the same net. Three or four faults of :data:`FAULTS`.

    Raises ValueError for a seed that is not a whole number of at least 0.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(f"Expected a seed that is a whole number >= 0. Received: {seed!r}.")
    rng = np.random.default_rng([39, int(seed)])
    faults = _draw(rng)
    return Unseen(int(seed), _Plan(rng, faults).source(rng, faults), faults)


@cache
def price_bands() -> data.Split:
    """``data.houses()`` with prices sorted into four bands of equal size: y is int64 (n,), 0 to 3."""
    houses = data.houses()
    edges = np.quantile(houses.y_train, [0.25, 0.5, 0.75])
    train, test = (
        np.searchsorted(edges, y).astype(np.int64) for y in (houses.y_train, houses.y_test)
    )
    return data.Split(houses.x_train, train, houses.x_test, test, name="price-bands")


def _draw(rng) -> frozenset[str]:
    while True:
        inside, outside = str(rng.choice(_INSIDE)), str(rng.choice(_OUTSIDE))
        others = rng.choice([f for f in FAULTS if f not in (inside, outside)], 2, replace=False)
        faults = {inside, outside, *map(str, others[: rng.integers(1, 3)])}
        if all(len(faults & set(family)) < 2 for family in _FAMILIES):
            return frozenset(faults)


class _Plan:
    """A healthy net, and how its source is spelt; faults are written into it."""

    def __init__(self, rng, faults):
        depth = max(int(rng.integers(2, 4)), len(_HIDDEN & faults))
        # Falling widths: a layer narrower than both its neighbours would be a bottleneck on purpose.
        later = sorted((int(rng.choice([16, 24, 32])) for _ in range(depth - 1)), reverse=True)
        self.units = [int(rng.choice([32, 48, 64])), *later]
        self.fused = bool(rng.random() < 0.6)
        self.listed = bool(rng.random() < 0.5)
        self.dropout = float(rng.choice([0.1, 0.2, 0.3]))
        self.optimizer = str(rng.choice(["adam", "rmsprop"]))

    def source(self, rng, faults) -> str:
        layers = self._layers(rng, faults)
        compiled = f"net.compile({self._compile(rng, faults)})"
        if self.listed:
            body = ["net = keras.Sequential(", "    ["]
            body += [f"        {layer}," for layer in layers] + ["    ]", ")"]
        else:
            body = ["net = keras.Sequential()", *(f"net.add({layer})" for layer in layers)]
        lines = ["def unseen_net():", *(f"    {line}" for line in [*body, compiled, "return net"])]
        return "\n".join(lines) + "\n"

    def _layers(self, rng, faults) -> list[str]:
        layers = ["keras.Input((39,))"]
        if "no-normalisation" not in faults:
            layers.append("layers.BatchNormalization()")
        depth = len(self.units)
        # Each fault of a hidden layer has a layer of its own.
        places = rng.permutation(depth)
        at = {fault: int(places[i]) for i, fault in enumerate(sorted(_HIDDEN & faults))}
        for i, units in enumerate(self.units):
            act = "relu"
            if at.get("no-activation") == i:
                act = None
            init = None
            if at.get("zero-kernel") == i:
                init = '"zeros"'
            if "equal-kernels" in faults:
                init = '"ones"' if i else "keras.initializers.Constant(0.05)"
            layers += self._dense(units, act, init)
            if i == 0:
                rate = 1.0 if "total-dropout" in faults else self.dropout
                layers.append(f"layers.Dropout({rate})")
        units = int(rng.choice([1, 3, 5])) if "output-units" in faults else BANDS
        act = "softmax"
        if "output-activation" in faults:
            act = str(rng.choice(["sigmoid", "relu", "tanh"]))
        init = '"ones"' if "equal-kernels" in faults else None
        layers += self._dense(units, act, init)
        if "late-dropout" in faults:
            layers.append(f"layers.Dropout({rng.choice([0.1, 0.25, 0.5])})")
        return layers

    def _dense(self, units, act, init) -> list[str]:
        arguments = [str(units)]
        if act and self.fused:
            arguments.append(f'activation="{act}"')
        if init:
            arguments.append(f"kernel_initializer={init}")
        lines = [f"layers.Dense({', '.join(arguments)})"]
        if act and not self.fused:
            lines.append(f'layers.Activation("{act}")')
        return lines

    def _compile(self, rng, faults) -> str:
        optimizer = f'optimizer="{self.optimizer}"'
        if "learning-rate" in faults:
            optimizer = "optimizer=" + str(
                rng.choice(
                    [
                        "keras.optimizers.SGD(100.0)",
                        "keras.optimizers.Adam(1e-7)",
                        "keras.optimizers.Adam(3.0)",
                    ]
                )
            )
        loss = _RIGHT_LOSS
        if "loss" in faults:
            loss = str(
                rng.choice(["mse", "categorical_crossentropy", "sparse_categorical_accuracy"])
            )
        return f'{optimizer}, loss="{loss}"'
