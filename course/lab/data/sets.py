"""The sets by name, from the cache."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from autograder.places import data_cache
from course.lab.data import _make, _mnist, _store
from course.lab.data.split import Split

VERSIONS = {"digits": 1, "digits28": 2, "houses": 2, "pictures": 2, "mnist": 1}


def digits() -> Split:
    """Scikit-learn's 8x8 digits, split 1297 + 500. x: (n, 8, 8, 1) in [0, 1]; y: int64 (n,)."""
    return _load("digits")


def digits28() -> Split:
    """The same digits drawn at 28x28 with random affine jitter, 8000 + 2000.

    The originals are split before they are rendered: no original has drawings on both sides.
    x: (n, 28, 28, 1) in [0, 1], multiples of 1/255; y: int64 (n,); ``source_*``: original's index.
    """
    return _load("digits28")


def houses() -> Split:
    """Houses with 39 regressors and a price, 3000 + 1000; generated.

    x: (n, 39), raw: standard deviations from 0.001 to 3e4, means up to 1e5, the last four columns
    are Bernoulli(0.02). y: float32 (n,), price around 2e5, bent and noisy in x.
    """
    return _load("houses")


def pictures() -> Split:
    """Cloth of red, green and blue threads in ten classes, 1280 + 400; generated.

    x: (n, 100, 100, 3) in [0, 1]; y: int64 (n,). The class says how strong the threads of each
    colour are. Where a thread runs is random, so a linear model on the pixels stays near chance
    (0.1) while a few convolutions learn the classes in some forty steps.
    """
    return _load("pictures")


#: Those that are made here, in seconds, where they are not in the cache.
MADE = (digits, digits28, houses, pictures)


def mnist() -> Split:
    """MNIST from the Keras cache (``~/.keras/datasets/mnist.npz``), else :func:`digits28`.

    Nothing is downloaded. ``note`` is None for the real thing and says what this is otherwise.
    """
    return _mnist.real_or(digits28)


def load(name: str) -> Split:
    """The set of that name. Raises ValueError for a name that there is not."""
    sets = {f.__name__: f for f in (*MADE, mnist)}
    if name not in sets:
        raise ValueError(f"Expected a data set of {', '.join(sets)}. Received: {name!r}.")
    return sets[name]()


@cache
def _cached(name: str, folder: Path) -> Split:  # the folder is part of the key: tests change it
    arrays = _store.arrays(name, VERSIONS[name], getattr(_make, name))
    kind = "regression" if name == "houses" else "classification"
    return Split(name=name, kind=kind, **arrays)


def _load(name: str) -> Split:
    return _cached(name, data_cache())
