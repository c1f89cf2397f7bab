"""What a linear model scores on a set: the number that a net has to beat."""

from __future__ import annotations

import zlib

import numpy as np

from course.lab.data import _store
from course.lab.data.sets import MADE, VERSIONS, load
from course.lab.data.split import Split

_VERSION = 1


def linear_baseline(
    split: Split | str, metric: str | None = None, *, limit: int | None = None
) -> float:
    """Held-out score of a linear model on standardised inputs: what a net has to beat.

    Ridge regression ('r2') or logistic regression ('accuracy'), fitted to the first ``limit``
    training samples (all of them by default), the penalty chosen on a fifth of them. The number is
    kept beside the data; the first call takes seconds.
    """
    split = load(split) if isinstance(split, str) else split
    metric = metric or split.metric
    fits = {"accuracy": _logistic_accuracy, "r2": _ridge_r2}
    if metric not in fits:
        raise ValueError(f"Expected metric='accuracy' or 'r2'. Received: metric={metric!r}.")
    x, y = split.x_train[:limit], split.y_train[:limit]

    def compute():
        from threadpoolctl import threadpool_limits

        # The fits are many small products: on a busy machine threads wait for each other.
        with threadpool_limits(1):
            return fits[metric](x, y, split.x_test, split.y_test)

    if split.name not in VERSIONS:
        return compute()
    # A split cut down by hand keeps its name: the key tells it from the whole one.
    key = f"linear-{metric}-v{_VERSION}-{_fingerprint(x, y, split.x_test, split.y_test)}"
    return _store.remembered(split.name, VERSIONS[split.name], key, compute)


def make_all() -> None:
    """Have every set of our own in the cache, and its baseline beside it: for processes that can
    only read there. Takes seconds where they are not there yet."""
    for make in MADE:
        linear_baseline(make())


def _fingerprint(*arrays: np.ndarray) -> str:
    total = 0
    for array in arrays:
        total = zlib.crc32(repr((array.shape, array.dtype.str)).encode(), total)
        part = array[:: max(1, len(array) // 16)] if array.ndim > 1 else array
        total = zlib.crc32(np.ascontiguousarray(part).tobytes(), total)
    return f"{total:08x}"


def _standardised(x_train, x_test):
    """Flat inputs with mean 0 and deviation 1 (of the training part).

    With more features than samples both are turned onto the training samples' own axes: under an
    L2 penalty the fit is the same and its cost falls from features to samples.
    """
    wide = int(np.prod(x_train.shape[1:])) > len(x_train)
    dtype = np.float32 if wide else np.float64  # pictures would take a gigabyte
    train = np.array(x_train, dtype).reshape(len(x_train), -1)
    test = np.array(x_test, dtype).reshape(len(x_test), -1)
    mean, std = train.mean(axis=0, dtype=np.float64), train.std(axis=0, dtype=np.float64)
    std[std < 1e-9 * np.maximum(1, np.abs(mean))] = 1  # a constant: any divisor will do
    for part in (train, test):
        part -= mean.astype(dtype)
        part /= std.astype(dtype)
    if wide:
        values, vectors = np.linalg.eigh((train @ train.T).astype(np.float64))
        keep = values > values[-1] * 1e-6
        root, axes = np.sqrt(values[keep]), vectors[:, keep]
        test = (test @ train.T) @ (axes / root)
        train = axes * root
    return train, test


def _best(penalties, score, n):
    """The penalty that scores best on the last fifth of ``n`` training samples."""
    cut = n - max(1, n // 5)
    return max(penalties, key=lambda p: score(p, slice(0, cut), slice(cut, n)))


def _ridge_r2(x, y, x_test, y_test) -> float:
    from sklearn.linear_model import Ridge

    train, test = _standardised(x, x_test)

    def score(alpha, fit, judge):
        return Ridge(alpha=alpha).fit(train[fit], y[fit]).score(train[judge], y[judge])

    alpha = _best((0.1, 1.0, 10.0, 100.0, 1000.0), score, len(train))
    return float(Ridge(alpha=alpha).fit(train, y).score(test, y_test))


def _logistic_accuracy(x, y, x_test, y_test) -> float:
    import warnings

    from sklearn.linear_model import LogisticRegression

    train, test = _standardised(x, x_test)
    y = np.asarray(y)

    def fitted(c, part):
        # float32: half the time, and far finer than the score's own error.
        model = LogisticRegression(C=c, tol=1e-3, max_iter=100)
        return model.fit(train[part].astype(np.float32), y[part])

    few = min(len(y), 2000)  # enough to choose a penalty
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # not converged to the last digit is good enough here
        c = _best((1e-4, 1e-3, 1e-2), lambda c, a, b: fitted(c, a).score(train[b], y[b]), few)
        return float(fitted(c, slice(None)).score(test, y_test))
