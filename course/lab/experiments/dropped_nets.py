"""Nets with dropout and batch normalisation in several orders: what the normalisations meet, and what
it costs.

``ORDERS`` names the orders in which :func:`digit_net` can be built.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

import numpy as np

from autograder import training

#: Each order, layer by layer, for a group of two convolutions; then what stands behind Dense(32).
ORDERS = {
    "posed": "(conv, norm, relu) x 2, pool, Dropout; dense, norm, relu",
    "spatial": "(conv, norm, relu) x 2, pool, SpatialDropout2D; dense, norm, relu",
    "asked": "(conv, SpatialDropout2D, norm, relu) x 2, pool; dense, norm, relu",
    "groups": "as posed, but only the first group has norms; dense, relu",
    "last": "(conv, norm, relu) x 2, pool; Dropout, dense, relu",
    "none": "(conv, norm, relu) x 2, pool; dense, norm, relu, no dropout at all",
}
_RATE = 0.005
_MOMENTUM = 0.9  # of runs of a few hundred steps: Keras' 0.99 would remember their beginning


def digit_net(order: str, rate: float, *, widths=(8, 16), momentum: float = _MOMENTUM):
    """A compiled net for 8x8 digits with two groups of two convolutions.

    Before the last layer there is always a Dropout of ``rate`` (but in "none"). Raises KeyError for
    an unknown order.
    """
    import keras
    from keras import layers

    ORDERS[order]  # KeyError for an order that there is not
    stack = [keras.Input((8, 8, 1))]
    for group, filters in enumerate(widths):
        for _ in range(2):
            stack.append(layers.Conv2D(filters, 3, padding="same"))
            if order == "asked":
                stack.append(layers.SpatialDropout2D(rate))
            if order != "groups" or group == 0:
                stack.append(layers.BatchNormalization(momentum=momentum))
            stack.append(layers.Activation("relu"))
        stack.append(layers.MaxPooling2D(2))
        if order in ("posed", "groups"):
            stack.append(layers.Dropout(rate))
        if order == "spatial":
            stack.append(layers.SpatialDropout2D(rate))
    stack.append(layers.Flatten())
    if order == "last":
        stack.append(layers.Dropout(rate))
    stack.append(layers.Dense(32))
    if order not in ("groups", "last"):
        stack.append(layers.BatchNormalization(momentum=momentum))
    stack.append(layers.Activation("relu"))
    if order != "none":
        stack.append(layers.Dropout(rate))
    stack.append(layers.Dense(10, activation="softmax"))
    net = keras.Sequential(stack)
    net.compile(keras.optimizers.Adam(_RATE), "sparse_categorical_crossentropy")
    return net


def met(order: str, rate: float, x, *, seeds=range(3)) -> list[float]:
    """The shift of each batch normalisation of :func:`digit_net` on the batch ``x``, in order:
    medians over fresh weights, one draw a seed."""
    drawn = []
    for seed in seeds:
        net = training.build(lambda: digit_net(order, rate), seed)
        drawn.append([shift.ratio for shift in training.shifts(net, x, seed=seed)])
    return [float(median(ratios)) for ratios in zip(*drawn, strict=True)]


def behind(rate: float, *, spatial: bool = False, most: int = 4, seeds=range(5)) -> np.ndarray:
    """The shift that a normalisation would meet with 0 to ``most`` convolutions (He, ReLU) between
    it and a dropout. Shape (len(seeds), most + 1).

    What is dropped are maps of 16 channels, as they come from a ReLU.
    """
    return np.array([_behind(rate, spatial, most, seed) for seed in seeds])


def _behind(rate, spatial, most, seed) -> list[float]:
    import keras
    from keras import layers

    def make():
        kind = layers.SpatialDropout2D if spatial else layers.Dropout
        x = h = keras.Input((12, 12, 16))
        places = [h := kind(rate)(h)]
        for _ in range(most):
            conv = layers.Conv2D(
                16, 3, padding="same", activation="relu", kernel_initializer="he_normal"
            )
            places.append(h := conv(h))
        return keras.Model(x, places)

    net = training.build(make, seed)
    x = np.maximum(np.random.default_rng(seed).normal(size=(64, 12, 12, 16)), 0).astype("float32")
    on, off = (net(x, training=mode) for mode in (True, False))
    return [
        float(np.median(np.asarray(a).var(axis=(0, 1, 2)) / np.asarray(b).var(axis=(0, 1, 2))))
        for a, b in zip(on, off, strict=True)
    ]


@dataclass(frozen=True)
class Run:
    """A trained net on held-out digits: as it is, and with its moving statistics restated from the
    training pictures with dropout off. Nothing else differs."""

    loss: float
    accuracy: float
    restated_loss: float
    restated_accuracy: float


def trained(order: str, rate: float, *, epochs: int = 5, seed: int = 0) -> Run:
    """Trains :func:`digit_net` on the 8x8 digits and scores it twice."""
    from course.lab import data

    digits = data.digits()
    net = training.build(lambda: digit_net(order, rate), seed)
    training.fit(net, digits.x_train, digits.y_train, epochs=epochs, batch=32, seed=seed)
    before = _scores(net, digits.x_test, digits.y_test)
    training.restate(net, digits.x_train)
    return Run(*before, *_scores(net, digits.x_test, digits.y_test))


def _scores(net, x, y) -> tuple[float, float]:
    """(mean cross-entropy, accuracy) in inference."""
    chances = np.asarray(net(np.array(x), training=False))
    right = np.maximum(chances[np.arange(len(y)), y], 1e-7)
    return float(-np.log(right).mean()), float(np.mean(chances.argmax(axis=1) == y))
