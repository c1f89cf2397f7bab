"""Convolutional nets that nobody has seen, made from a seed, with a few faults in each.

``conv(seed)`` gives a net for the 28x28 digits, written as a student would write it. The brief is the
same for every seed: pictures of shape (28, 28, 1) in, ten probabilities out, integer labels, at least
two convolutions with something non-linear between them, maps that shrink to half or less.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from course.lab.unseen.net import Unseen

FAULTS = (
    "metric-as-loss",
    "mse",
    "hidden-softmax",
    "no-activation",  # two dense layers with nothing non-linear between
    "linear-pointwise",  # a 1x1 convolution right after a convolution
    "zero-kernel",  # a convolution of zeros under ReLU
    "total-dropout",  # rate 1
    "sigmoid-head",
    "late-dropout",  # after the answer
    "vanishing-map",
)
#: The fault's rule in :func:`autograder.diagnose`; a net whose map vanishes cannot be built at all.
RULES = {
    "metric-as-loss": "A11",
    "mse": "A09",
    "hidden-softmax": "B04",
    "no-activation": "B01",
    "linear-pointwise": "B02",
    "zero-kernel": "C01",
    "total-dropout": "D01",
    "sigmoid-head": "A02",
    "late-dropout": "A16",
}
_FAMILIES = (("metric-as-loss", "mse"), ("hidden-softmax", "no-activation"))  # one of each at most
_BODY = ("hidden-softmax", "no-activation", "linear-pointwise", "zero-kernel", "total-dropout")


@cache
def conv(seed: int) -> Unseen:
    """The convolutional net of ``seed``: the same seed, the same net. Three or four of :data:`FAULTS`.

    Raises ValueError for a seed that is not a whole number of at least 0.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(f"Expected a seed that is a whole number >= 0. Received: {seed!r}.")
    rng = np.random.default_rng([2828, int(seed)])
    faults = _draw(rng)
    return Unseen(int(seed), _source(rng, faults), faults)


def _draw(rng) -> frozenset[str]:
    """At least one fault inside of the net, and at most one of each family."""
    while True:
        faults = {str(f) for f in rng.choice(FAULTS, rng.integers(3, 5), replace=False)}
        if faults & set(_BODY) and all(len(faults & set(family)) < 2 for family in _FAMILIES):
            return frozenset(faults)


def _source(rng, faults) -> str:
    fused, listed = bool(rng.random() < 0.5), bool(rng.random() < 0.5)
    layers = [
        "keras.Input((28, 28, 1))",
        *_blocks(rng, faults, fused),
        "layers.Flatten()",
        *_head(rng, faults, fused),
    ]
    if listed:
        body = ["net = keras.Sequential(", "    ["]
        body += [f"        {layer}," for layer in layers] + ["    ]", ")"]
    else:
        body = ["net = keras.Sequential()", *(f"net.add({layer})" for layer in layers)]
    loss = "sparse_categorical_crossentropy"
    if "metric-as-loss" in faults:
        loss = str(rng.choice(["sparse_categorical_accuracy", "accuracy"]))
    elif "mse" in faults:
        loss = "mse"
    optimizer = rng.choice(["adam", "rmsprop"])
    compiled = f'net.compile(optimizer="{optimizer}", loss="{loss}")'
    lines = ["def unseen_net():", *(f"    {line}" for line in [*body, compiled, "return net"])]
    return "\n".join(lines) + "\n"


def _blocks(rng, faults, fused) -> list[str]:
    """Two or three blocks of convolution, ReLU and pooling."""
    number = 3 if "vanishing-map" in faults else int(rng.integers(2, 4))
    filters = sorted(int(f) for f in rng.choice([8, 16, 24, 32, 48], number, replace=False))
    # 28 pixels: three valid 5x5 kernels and pools of 2 leave none. A healthy net keeps its borders.
    padding = "" if "vanishing-map" in faults or number == 2 else ', padding="same"'
    kernel = 5 if "vanishing-map" in faults else 3
    mixed = int(rng.integers(0, 2))  # the block with the 1x1 convolution; zeros go elsewhere
    extra = "linear-pointwise" in faults or rng.random() < 0.3
    lines = []
    for i, f in enumerate(filters):
        zeros = ', kernel_initializer="zeros"' if "zero-kernel" in faults and i == 1 - mixed else ""
        first = f"layers.Conv2D({f}, {kernel}{padding}{zeros}"
        with_point = extra and i == mixed
        bend = not (with_point and "linear-pointwise" in faults)
        lines += _activated(first, "relu" if bend else None, fused)
        if with_point:
            lines += _activated(f"layers.Conv2D({f}, 1", "relu", fused)
        lines.append("layers.MaxPooling2D(2)")
    return lines


def _head(rng, faults, fused) -> list[str]:
    inner = "relu"
    if "hidden-softmax" in faults:
        inner = "softmax"
    elif "no-activation" in faults:
        inner = None
    lines = _activated(f"layers.Dense({rng.choice([32, 64, 96])}", inner, fused)
    if "total-dropout" in faults:
        lines.append(f"layers.Dropout({rng.choice(['1', '1.0'])})")
    elif rng.random() < 0.5:
        lines.append(f"layers.Dropout({rng.choice([0.1, 0.2, 0.3])})")
    lines += _activated(
        "layers.Dense(10", "sigmoid" if "sigmoid-head" in faults else "softmax", fused
    )
    if "late-dropout" in faults:
        lines.append(f"layers.Dropout({rng.choice([0.1, 0.25, 0.5])})")
    return lines


def _activated(opened: str, activation: str | None, fused: bool) -> list[str]:
    """The layer whose call is ``opened`` so far, with its activation inside or behind."""
    if activation is None:
        return [f"{opened})"]
    if fused:
        return [f'{opened}, activation="{activation}")']
    return [f"{opened})", f'layers.Activation("{activation}")']
