"""What a batch normalisation does to statistics of a class: which it leaves, changes, wipes out."""

from __future__ import annotations

from functools import cache

import numpy as np

from autograder.messages import msg
from course.lab.experiments.friends import Verdicts
from course.lab.probes import auc, d_prime, fisher_ratio

#: What may happen to a statistic, with other spellings that count as well.
WORDS = {
    "same": ("unchanged", "та же", "то же", "не меняется"),
    "changes": ("different", "меняется"),
    "gone": ("zero", "0", 0, "исчезает"),
}
_ROUNDING = 1e-6  # in float64; a change is of the order of 0.1


def maps(seed: int = 0, n: int = 512) -> tuple[np.ndarray, np.ndarray]:
    """Activations (n, 6, 6, 4), half of them of class 1, which differs in every channel and place."""
    rng = np.random.default_rng([1406, seed])
    labels = np.arange(n) % 2
    drawn = rng.gamma(2.0, 1.0, (n, 6, 6, 4)) * rng.uniform(0.5, 3, 4)
    return drawn * (1 + labels[:, None, None, None] * rng.uniform(0.2, 0.8, (6, 6, 4))), labels


def norm(seed: int = 0):
    """A batch normalisation of four channels in float64; one gamma is negative, none is 1."""
    from keras import layers

    rng = np.random.default_rng([1506, seed])
    layer = layers.BatchNormalization(dtype="float64")
    layer.build((None, 6, 6, 4))
    gamma = np.array([-1.5, 0.6, 2.0, 0.8])
    layer.set_weights([gamma, rng.normal(0, 1, 4), rng.normal(3, 1, 4), rng.uniform(1, 9, 4)])
    return layer


def statistics(x, labels) -> dict[str, np.ndarray]:
    """What each row of the task is about, of activations (n, ...) and labels (n,)."""
    x = np.asarray(x, np.float64).reshape(len(x), -1)
    parts = [x[labels == label] for label in (0, 1)]
    each = [m for part in parts for m in (part.mean(axis=0), part.var(axis=0, ddof=1))]
    pooled = [m for part in parts for m in (part.mean(), part.var(ddof=1))]
    sides = auc(x, labels)
    return {
        "pooled d'": d_prime(*pooled),
        "Fisher": fisher_ratio(*each),
        "AUC": np.maximum(sides, 1 - sides),
        "linear reader": _reading(x, labels),
    }


def _reading(x, labels):
    """Predictions (n,) of least squares without a penalty, for the second half by the first."""
    half = len(x) // 2
    columns = np.c_[np.ones(len(x)), x]
    weights = np.linalg.lstsq(columns[:half], labels[:half], rcond=None)[0]
    return columns[half:] @ weights


#: row of the task -> (how the normalisation is called, which statistic)
ROWS = {
    "a": ("inference", "pooled d'"),
    "b": ("inference", "Fisher"),
    "c": ("inference", "AUC"),
    "d": ("inference", "linear reader"),
    "e": ("one batch", "Fisher"),
    "f": ("pure", "pooled d'"),
}


@cache
def effects() -> Verdicts:
    """What happens to each row's statistic, by Keras' own layer."""
    x, labels = maps()
    layer = norm()
    after = {
        "inference": layer(x, training=False),
        "one batch": layer(x, training=True),
    }
    pure = np.empty_like(x)
    for label in (0, 1):
        pure[labels == label] = layer(x[labels == label], training=True)
    after["pure"] = pure
    before = statistics(x, labels)
    found = {way: statistics(z, labels) for way, z in after.items()}
    truth, evidence = {}, {}
    for row, (way, what) in ROWS.items():
        was, now = before[what], found[way][what]
        largest = int(np.argmax(np.abs(now - was)))
        change, size = np.abs(now - was).max(), np.abs(was).max()
        if np.abs(now).max() <= _ROUNDING * size:
            truth[row] = "gone"
        else:
            truth[row] = "same" if change <= _ROUNDING * size else "changes"
        evidence[row] = msg(
            "before {was:.4f}, behind {now:.4f}",
            was=float(np.ravel(was)[largest]),
            now=round(float(np.ravel(now)[largest]), 4) + 0.0,
        )
    return Verdicts(truth, evidence)
