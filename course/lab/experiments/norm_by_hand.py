"""The net of unit 4's experiment in NumPy: three hidden layers of 100 with or without batch
normalisation, trained by plain gradient descent through the formulas of the unit's first two tasks.

Small enough to start at once, so that checks can measure with it; and a student's own formulas fit
into it. :mod:`norm_nets` has the same net in Keras.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice

import numpy as np
from threadpoolctl import threadpool_limits

from course.lab import data
from course.lab.data import _store
from course.lab.data.sets import VERSIONS
from course.lab.experiments import norm_truth

#: Where batch normalisation stands in a hidden layer of dense layer and activation.
PLACES = ("none", "before", "between", "after")
WIDTH, HIDDEN, CLASSES = 100, 3, 10
BATCH, RATE, STD = 60, 0.01, 0.05  # the source's; its "small variance" in numbers
MOMENTUM, EPSILON = 0.99, 1e-3  # Keras' own


@dataclass(frozen=True)
class Formulas:
    """The layer's formulas; by default the right ones. See :mod:`norm_truth` for the arguments."""

    statistics: Callable = norm_truth.statistics
    normalise: Callable = norm_truth.normalise
    backward: Callable = norm_truth.backward


def arrays(values, names: Iterable[str]) -> list[np.ndarray]:
    """What a student's function returned as arrays, in the order of ``names``: a tuple, a list, a dict
    by name, of arrays, tensors or lists."""
    values = [values[name] for name in names] if isinstance(values, Mapping) else values
    return [np.asarray(value) for value in values]


def draw(std: float | str, sizes: tuple[int, ...], seed: int) -> list[np.ndarray]:
    """Kernels N(0, std²), float32; ``std`` "he" is sqrt(2 / inputs) for every kernel of its own."""
    rng = np.random.default_rng([406, seed])
    return [
        (rng.normal(size=(a, b)) * (np.sqrt(2 / a) if std == "he" else std)).astype(np.float32)
        for a, b in zip(sizes, sizes[1:], strict=False)
    ]


def batches(n: int, batch: int, seed: int) -> Iterator[np.ndarray]:
    """Indices of one batch after another for ever: every epoch in a new order, leftovers left out."""
    rng = np.random.default_rng([407, seed])
    while True:
        order = rng.permutation(n)
        for i in range(n // batch):
            yield order[i * batch : (i + 1) * batch]


class Net:
    """``Net("between")(x)`` are the logits of inference, (n, 10). Callable on x of shape (n, inputs)."""

    def __init__(
        self, place, activation="relu", std=STD, *, inputs=64, seed=0, formulas=Formulas()
    ):
        sizes = (inputs, *(WIDTH,) * HIDDEN, CLASSES)
        self.formulas = formulas
        self.layers = []
        for i, kernel in enumerate(draw(std, sizes, seed)):
            dense = _Dense(kernel)
            act = _ACTIVATIONS[activation]()
            order = {
                "none": [dense, act],
                "before": [_Norm(sizes[i], formulas), dense, act],
                "between": [dense, _Norm(sizes[i + 1], formulas), act],
                "after": [dense, act, _Norm(sizes[i + 1], formulas)],
            }[place]
            self.layers += [dense] if i == HIDDEN else order

    def __call__(self, x, training=False):
        for layer in self.layers:
            x = layer.forward(x, training)
        return x

    def step(self, x, y, rate) -> float:
        """One step of gradient descent on the mean cross-entropy; returns the loss before it."""
        logits = self(x, training=True)
        logits = logits - logits.max(axis=1, keepdims=True)
        log = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        rows = np.arange(len(y))
        d = np.exp(log)
        d[rows, y] -= 1
        d /= len(y)
        for layer in reversed(self.layers):
            d = layer.backward(d, rate)
        return float(-log[rows, y].mean())


class Trainer:
    """``trainer(n)``: n more steps of ``net`` on a split; {"accuracy": on its test part, "loss"}."""

    def __init__(self, net: Net, split, *, rate: float = RATE, batch: int = BATCH, seed: int = 0):
        self.net, self.rate = net, rate
        self.x, self.y = _flat(split.x_train), np.asarray(split.y_train)
        self.x_test, self.y_test = _flat(split.x_test), np.asarray(split.y_test)
        self._order = batches(len(self.x), batch, seed)

    def __call__(self, n: int) -> dict[str, float]:
        # One thread: on matrices as small as these several wait for each other, for minutes on a
        # busy machine. And a rate too large may diverge, which is a result.
        with threadpool_limits(1, "blas"), np.errstate(all="ignore"):
            losses = [
                self.net.step(self.x[i], self.y[i], self.rate) for i in islice(self._order, n)
            ]
            right = np.argmax(self.net(self.x_test), axis=1) == self.y_test
        return {"accuracy": float(right.mean()), "loss": float(np.mean(losses))}


@cache
def reaches(place, activation, std, rate, most: int, level: float = 0.9, seed: int = 0):
    """The iteration, in steps of 100, at which the net reaches ``level`` on held-out 8x8 digits;
    None if it does not within ``most``. ``std``: a number, or "he". Measured once on each machine."""
    key = f"reaches-v1-{place}-{activation}-{std}-{rate:g}-{most}-{level:g}-{seed}"

    def measure():
        net = Net(place, activation, std, seed=seed)
        return _reached(Trainer(net, data.digits(), rate=rate, seed=seed), most, level)

    found = _store.remembered("digits", VERSIONS["digits"], key, measure)
    return int(found) if found > 0 else None


def _reached(trainer, most, level) -> int:
    """The iteration, or 0."""
    for iteration in range(100, most + 1, 100):
        found = trainer(100)
        if found["accuracy"] >= level:
            return iteration
        if not np.isfinite(found["loss"]):  # it has diverged, and will not come back
            return 0
    return 0


class _Dense:
    def __init__(self, kernel):
        self.kernel = kernel
        self.bias = np.zeros(kernel.shape[1], np.float32)

    def forward(self, x, training):
        self.x = x
        return x @ self.kernel + self.bias

    def backward(self, d, rate):
        back = d @ self.kernel.T
        self.kernel = self.kernel - np.float32(rate) * (self.x.T @ d)
        self.bias = self.bias - np.float32(rate) * d.sum(axis=0)
        return back


class _Norm:
    def __init__(self, channels, formulas):
        self.gamma, self.beta = np.ones(channels, np.float32), np.zeros(channels, np.float32)
        self.mean, self.variance = np.zeros_like(self.beta), np.ones_like(self.beta)
        self.formulas = formulas

    def forward(self, x, training):
        if not training:
            return self._normalised(x, self.mean, self.variance)
        self.x = x
        # Copies: a formula may work in place.
        mean, variance = arrays(self.formulas.statistics(x.copy()), ("mean", "variance"))
        self.mean = (MOMENTUM * self.mean + (1 - MOMENTUM) * mean).astype(np.float32)
        self.variance = (MOMENTUM * self.variance + (1 - MOMENTUM) * variance).astype(np.float32)
        return self._normalised(x, mean, variance)

    def _normalised(self, x, mean, variance):
        vectors = (a.copy() for a in (x, mean, variance, self.gamma, self.beta))
        found = self.formulas.normalise(*vectors, EPSILON)
        return np.asarray(found, np.float32)

    def backward(self, d, rate):
        found = self.formulas.backward(self.x.copy(), self.gamma.copy(), d.copy(), EPSILON)
        back, dgamma, dbeta = (a.astype(np.float32) for a in arrays(found, norm_truth.GRADIENTS))
        self.gamma = self.gamma - np.float32(rate) * dgamma
        self.beta = self.beta - np.float32(rate) * dbeta
        return back


class _Relu:
    def forward(self, x, training):
        self.y = np.maximum(x, 0)
        return self.y

    def backward(self, d, rate):
        return d * (self.y > 0)


class _Sigmoid:
    def forward(self, x, training):
        self.y = 0.5 * (1 + np.tanh(0.5 * x))  # 1 / (1 + exp(-x)) that cannot overflow
        return self.y

    def backward(self, d, rate):
        return d * self.y * (1 - self.y)


_ACTIVATIONS = {"relu": _Relu, "sigmoid": _Sigmoid}


def _flat(x):
    return np.asarray(x, np.float32).reshape(len(x), -1)
