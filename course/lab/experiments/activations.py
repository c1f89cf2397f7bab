"""Twenty activations, and which of them may change places with max-pooling."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from autograder.messages import Message, msg
from course.lab.experiments.friends import Verdicts, pooled

#: Keras' own activations, with its default parameters; softmax runs over the channels.
NAMES = (
    "relu",
    "leaky_relu",
    "relu6",
    "elu",
    "selu",
    "celu",
    "sigmoid",
    "tanh",
    "softplus",
    "softsign",
    "exponential",
    "hard_sigmoid",
    "log_sigmoid",
    "tanh_shrink",
    "gelu",
    "silu",
    "mish",
    "hard_silu",
    "square",
    "softmax",
)

#: What may be said of an activation, with other spellings that count as well.
WORDS = {
    "always": (True, "yes", "all", "всегда", "да"),
    "positive": ("x > 0", "x >= 0", "non-negative", "на положительных"),
    "never": (False, "no", "никогда", "нет"),
}


def activation(name: str) -> Callable:
    """The activation as a function of a float32 array (n, h, w, c); the result is a NumPy array."""
    from keras import activations, ops

    f = ops.square if name == "square" else activations.get(name)
    return lambda z: np.asarray(f(ops.array(np.asarray(z, np.float32))))


def curve(
    name: str, low: float = -4, high: float = 4, n: int = 161
) -> tuple[np.ndarray, np.ndarray]:
    """Points of an elementwise activation: x and f(x), both of shape (n,)."""
    x = np.linspace(low, high, n, dtype=np.float32)
    return x, activation(name)(x)


@cache
def commutation() -> Verdicts:
    """For each activation "always", "positive" (only on numbers above zero) or "never", measured.

    The evidence is the number of comparisons, or the smallest window found that tells the orders apart.
    """
    from autograder.equivalence import Inputs, equivalence

    shapes = ((2, 6, 6, 3), (2, 7, 5, 3))
    anywhere = Inputs(shapes, shifts=(0, -1, -2, -3), scales=(0.1, 1, 10), extremes=False)
    above = anywhere.with_(positive=True)
    truth, evidence = {}, {}
    for name in NAMES:
        f = activation(name)
        orders = lambda z, f=f: pooled(f(z), 2), lambda z, f=f: f(pooled(z, 2))
        result = equivalence(*orders, anywhere)
        if result.equal:
            truth[name] = "always"
            evidence[name] = msg("equal on {n:,} numbers of both signs", n=result.compared)
            continue
        positive = equivalence(*orders, above)
        truth[name] = "positive" if positive.equal else "never"
        if positive.equal:
            evidence[name] = msg(
                "equal on {n:,} positive numbers; not at {window}",
                n=positive.compared,
                window=_window(result.counterexample),
            )
        else:
            evidence[name] = msg("unequal at {window}", window=_window(positive.counterexample))
    return Verdicts(truth, evidence)


def _window(example) -> Message:
    """A counter-example on one line: the window (channels apart by bars) and both answers."""
    where = example.position
    channels = np.moveaxis(example.input[0], -1, 0).reshape(example.input.shape[-1], -1)
    numbers = " | ".join(" ".join(f"{v + 0.0:.3g}" for v in row[:4]) for row in channels)
    return msg(
        "z = [{numbers}]: max_pool(f(z)) = {left:.3g}, f(max_pool(z)) = {right:.3g}",
        numbers=numbers,
        left=float(example.left[where]) + 0.0,
        right=float(example.right[where]) + 0.0,
    )
