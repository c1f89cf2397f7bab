"""The net of the report, built and trained again: fifteen layers that tell odd digits from even ones.

The report gives names, kinds and order of the layers; widths, pictures and training are ours. The
trained weights are kept beside the data sets, so that a machine trains each net once.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from course.lab import data, runs
from course.lab.data import _store
from course.lab.statistics import batched

if TYPE_CHECKING:
    import keras

#: Which of the three normalisations a net has: the report's own, and what it would take out.
VARIANTS = {"bn 1 2 3": (1, 2, 3), "bn 1 2": (1, 2), "bn 1": (1,), "no bn": ()}
SEEDS = 3
STEPS, BATCH, RATE = 250, 64, 3e-3

_FEW_STEPS = 20
_VERSION = 1  # bump it when a change here alters what is trained


def network(
    norms: tuple[int, ...] = (1, 2, 3),
    *,
    seed: int = 0,
    filters: tuple[int, ...] = (8, 16, 16, 16, 16),
    dense: int = 32,
    rate: float = 0.4,
) -> keras.Model:
    """The net, compiled, for pictures (28, 28, 1). Its layers are named as in the report ("conv_1").

    ``norms``: which batch normalisations it has; ``filters``: of the five 3x3 convolutions, each with
    padding and ReLU; ``rate``: of the dropout, as read from the report. Nets of the same seed begin
    with the same kernels, whatever their norms.
    """
    import keras
    from keras import layers

    def kernel(i):
        return {"kernel_initializer": keras.initializers.HeNormal(seed=1000 * seed + i)}

    def conv(i):
        return layers.Conv2D(
            filters[i - 1], 3, padding="same", activation="relu", name=f"conv_{i}", **kernel(i)
        )

    def pool(i):
        return layers.MaxPooling2D(2, name=f"max_pool_{i}")

    def norm(i):
        # Keras' momentum of 0.99 would still remember the first of our few hundred steps.
        return (
            [layers.BatchNormalization(momentum=0.9, name=f"batch_norm_{i}")] if i in norms else []
        )

    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            *(conv(1), pool(1), *norm(1)),
            *(conv(2), pool(2), *norm(2)),
            *(conv(3), conv(4), layers.Dropout(rate, seed=seed, name="dropout_1")),
            *(conv(5), pool(3), *norm(3)),
            layers.Flatten(name="flatten_1"),
            layers.Dense(dense, activation="relu", name="dense_1", **kernel(6)),
            layers.Dense(1, activation="sigmoid", name="dense_2", **kernel(7)),
        ]
    )
    model.compile(keras.optimizers.Adam(RATE), loss="binary_crossentropy")
    return model


def title(layer: str) -> str:
    """The report's name of a layer: "conv_1" -> "conv 1"."""
    return layer.replace("_", " ")


@dataclass(frozen=True, eq=False)
class Samples:
    """Pictures (n, 28, 28, 1), whether the digit is odd (n,), and of which original each is drawn."""

    x: np.ndarray
    odd: np.ndarray
    original: np.ndarray

    def batches(self, size: int = 100) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Batches as they come, both classes in each (but for chance)."""
        return batched(self.x, self.odd, size)

    def pure_batches(self, size: int = 100) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Batches of one class each."""
        for label in (0, 1):
            at = np.flatnonzero(self.odd == label)
            for i in range(0, len(at), size):
                yield self.x[at[i : i + size]], self.odd[at[i : i + size]]

    def first(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """The first ``n`` samples: (x, odd)."""
        return self.x[:n], self.odd[:n]


def train_samples() -> Samples:
    """8000 renders of 1297 digits, on which the nets are trained."""
    split = data.digits28()
    return Samples(split.x_train, split.y_train % 2, split.source_train)


def test_samples() -> Samples:
    """2000 renders of 500 other digits."""
    split = data.digits28()
    return Samples(split.x_test, split.y_test % 2, split.source_test)


@cache
def samples() -> Samples:
    """All 10,000: the 8000 of training, then the 2000 others."""
    parts = train_samples(), test_samples()
    return Samples(
        *(np.concatenate([getattr(p, name) for p in parts]) for name in ("x", "odd", "original"))
    )


def trained(variant: str = "bn 1 2 3", seed: int = 0) -> keras.Model:
    """The net with the norms of ``variant``, trained from ``seed``; from the cache after the first time.

    In a grading run, where nobody looks, training is cut short. ValueError for another variant.
    """
    if variant not in VARIANTS:
        raise ValueError(f"Expected a variant of {', '.join(VARIANTS)}. Received: {variant!r}.")
    model = network(VARIANTS[variant], seed=seed)
    _set_weights(model, _kept(variant, seed)["weights"])
    return model


def accuracy(variant: str = "bn 1 2 3", seed: int = 0) -> float:
    """Share of the 2000 test pictures that the trained net gets right; from the cache as well."""
    return float(_kept(variant, seed)["accuracy"])


def reruns() -> runs.Experiment:
    """An experiment whose series are the variants and whose iterations are the seeds, from 0 on."""

    def trainer(variant):
        seeds = itertools.count()
        return lambda n: {"accuracy": [accuracy(variant, next(seeds)) for _ in range(n)][-1]}

    shown = list(VARIANTS)[: runs.quick(len(VARIANTS), 1)]
    return runs.Experiment(
        {variant: trainer(variant) for variant in shown}, total=runs.quick(SEEDS, 1), every=1
    )


def _kept(variant: str, seed: int):
    steps = runs.quick(STEPS, _FEW_STEPS)
    name = f"{_name(variant, seed)}-{steps}"
    return _store.arrays(name, _VERSION, lambda: _train(variant, seed, steps))


def _name(variant, seed):
    return f"fifteen-layers-{variant.replace(' ', '-')}-{seed}"


def _train(variant: str, seed: int, steps: int) -> dict[str, np.ndarray]:
    from autograder import training

    model, fit, judge = network(VARIANTS[variant], seed=seed), train_samples(), test_samples()
    training.fit(model, fit.x, fit.odd, epochs=steps, steps=steps, batch=BATCH, seed=seed)
    score = training.score(model, judge.x, judge.odd)
    weights = np.concatenate([w.ravel() for w in model.get_weights()])
    return {"weights": weights.astype(np.float32), "accuracy": np.array(score)}


def _set_weights(model, flat):
    shapes = [w.shape for w in model.weights]
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
    parts = np.split(np.asarray(flat), ends[:-1])
    model.set_weights([part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)])
