"""Signs of gradients and paths of gradient descent: what positive inputs really do. NumPy only."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from autograder.messages import msg
from course.lab.experiments import order_truth
from course.lab.experiments.friends import Verdicts

TARGET = (1.0, -1.0)
TOLERANCE = 0.05  # the optimum counts as reached when both weights are this close


def gradients(x, y, *, width: int = 32, classes: int = 10, seed: int = 0):
    """Kernel gradients of a fresh two-layer net, Dense(width, relu) and Dense(classes, softmax).

    ``x``: (n, features), ``y``: labels (n,). The loss is the mean cross-entropy of the n samples.
    Returns (features, width) and (width, classes), float64. Each column belongs to one neuron.
    """
    rng = np.random.default_rng([505, seed])
    x = np.asarray(x, float)
    first = rng.normal(size=(x.shape[1], width)) * np.sqrt(2 / x.shape[1])
    second = rng.normal(size=(width, classes)) * np.sqrt(1 / width)
    before = x @ first
    hidden = np.maximum(before, 0)
    logits = hidden @ second
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    at_logits = (shares - np.eye(classes)[np.asarray(y, int)]) / len(x)
    at_before = (at_logits @ second.T) * (before > 0)
    return x.T @ at_before, hidden.T @ at_logits


@cache
def signs() -> Verdicts:
    """Does every neuron's gradient have one sign? Measured on digits, twenty batches each."""
    from course.lab import data

    digits = data.digits()
    pixels = digits.x_train.reshape(len(digits.x_train), -1)
    truth, evidence = {}, {}
    for row, (layer, symmetric, n) in SIGN_ROWS.items():
        shares, whole = [], []
        for i in range(20):
            x = pixels[i * n : (i + 1) * n]
            both = gradients(
                2 * x - 1 if symmetric else x, digits.y_train[i * n : (i + 1) * n], seed=i
            )
            kernel = both[layer - 1]
            shares.append(order_truth.one_signed(kernel))
            whole.append(bool((kernel >= 0).all() or (kernel <= 0).all()))
        if row.startswith("all"):
            truth[row] = all(whole)
            evidence[row] = msg("{n} of 20 batches", n=sum(whole))
        else:
            truth[row] = min(shares) == 1
            evidence[row] = msg("{share:.0%} of the neurons", share=float(np.mean(shares)))
    return Verdicts(truth, evidence)


#: row -> (layer, whether pixels are scaled to [-1, 1], samples in the batch)
SIGN_ROWS = {
    "W1, [0, 1], n=1": (1, False, 1),
    "W1, [0, 1], n=32": (1, False, 32),
    "W1, [-1, 1], n=1": (1, True, 1),
    "W2, [-1, 1], n=1": (2, True, 1),
    "all of W1, [0, 1], n=1": (1, False, 1),
}


def grey(n: int = 1000, seed: int = 0) -> np.ndarray:
    """Pairs of pixels spread evenly over [0, 1], (n, 2)."""
    return np.random.default_rng([606, seed]).uniform(size=(n, 2))


def ink(n: int = 1000, seed: int = 0, dark: float = 0.3) -> np.ndarray:
    """Pairs of pixels as in a scan: mostly near 0, mean about 0.13, (n, 2) in [0, 1]."""
    return np.random.default_rng([707, seed]).beta(dark, 2, size=(n, 2))


def hessian(x) -> np.ndarray:
    """x'x / n of inputs (n, features): half the second derivative of mean (w.x - y)^2."""
    x = np.asarray(x, float)
    return x.T @ x / len(x)


def condition(x) -> float:
    """Condition number of the Hessian of mean (w.x - y)^2: its largest over its smallest eigenvalue.

    Infinite when a direction of the inputs is lost.
    """
    low, *_, high = np.linalg.eigvalsh(hessian(x))
    return float(high / low) if low > 1e-9 * high else float("inf")


@dataclass(frozen=True)
class Descent:
    """One descent: ``path`` (steps + 1, 2) from (0, 0), the ``rate``, and ``steps`` averaged over runs."""

    path: np.ndarray
    rate: float
    steps: float

    @property
    def opposite(self) -> float:
        """Share of the drawn path's steps that change the two weights in opposite directions."""
        moves = np.diff(self.path, axis=0)
        return float((moves[:, 0] * moves[:, 1] < 0).mean())


def descend(x, *, batch: int = 1, runs: int = 40, most: int = 200, seed: int = 0) -> Descent:
    """Gradient descent on (w.x - y)^2 with y = x.(1, -1), at the rate that needs the fewest steps.

    ``x``: (n, 2). Each of ``runs`` runs starts at (0, 0) and draws its batches at random; rates go
    over powers of the square root of two, measured in units of 1 / mean |x|^2. A run that does not
    arrive within ``most`` steps counts as ``most``.
    """
    x = np.asarray(x, float)
    unit = 1 / float((x**2).sum(axis=1).mean())
    best = None
    for rate in unit * 2.0 ** np.arange(-3, 1.51, 0.5):
        paths, steps = _run(x, rate, batch, runs, most, seed)
        if best is None or steps.mean() < best.steps:
            typical = int(np.argsort(steps)[len(steps) // 2])
            best = Descent(paths[: int(steps[typical]) + 1, typical], rate, float(steps.mean()))
    return best


def _run(x, rate, batch, runs, most, seed):
    """Every run at once: paths (most + 1, runs, 2) and the steps that each needs."""
    rng = np.random.default_rng([808, seed])
    target, w = np.array(TARGET), np.zeros((runs, 2))
    paths, steps = [w], np.full(runs, most)
    for i in range(1, most + 1):
        drawn = x[rng.integers(len(x), size=(runs, batch))]
        error = np.einsum("rbk,rk->rb", drawn, w - target)
        with np.errstate(over="ignore", invalid="ignore"):
            w = w - rate * 2 * np.einsum("rbk,rb->rk", drawn, error) / batch
        w = np.clip(w, -1e6, 1e6)
        paths.append(w)
        arrived = (np.abs(w - target).max(axis=1) < TOLERANCE) & (steps == most)
        steps[arrived] = i
        if (steps < most).all():
            break
    return np.array(paths), steps
