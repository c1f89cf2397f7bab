"""Mean and variance of a stream, merged batch by batch. NumPy only."""

from __future__ import annotations

import numpy as np


class RunningMoments:
    """Mean and unbiased variance of samples of one ``shape``, entry by entry, in float64.

    What is kept is the number of samples, their mean and M2, the sum of squared deviations from it. Two
    such summaries merge by the formula of T. Chan, G. Golub and R. LeVeque (Updating formulae and a
    pairwise algorithm for computing sample variances, 1979): no sum of squares, which would cancel when
    the mean is large. The order of merging matters only to rounding.
    """

    def __init__(self, shape: tuple[int, ...] = (), *, count: int = 0, mean=0.0, m2=0.0):
        self.shape = tuple(shape)
        self.count = int(count)
        if self.count < 0:
            raise ValueError(f"Expected a count of at least 0. Received: {count}.")
        self._mean = np.array(np.broadcast_to(mean, self.shape), np.float64)
        self._m2 = np.array(np.broadcast_to(m2, self.shape), np.float64)

    @classmethod
    def of(cls, samples) -> RunningMoments:
        """The moments of ``samples`` (n, ...), n >= 0. Raises ValueError for a single number."""
        samples = np.asarray(samples, np.float64)
        if samples.ndim == 0:
            raise ValueError(f"Expected samples (n, ...). Received a single number: {samples}.")
        if not len(samples):
            return cls(samples.shape[1:])
        mean = samples.mean(axis=0)
        rest = samples - mean
        # What rounding left of the mean is taken out of both (the corrected two-pass algorithm).
        error = rest.mean(axis=0)
        m2 = (rest**2).sum(axis=0) - len(samples) * error**2
        return cls(samples.shape[1:], count=len(samples), mean=mean + error, m2=np.maximum(m2, 0))

    def update(self, samples) -> RunningMoments:
        """Take in ``samples`` (n, *shape), n >= 0; returns self. ValueError for another shape."""
        return self.merge(RunningMoments.of(samples))

    def merge(self, other: RunningMoments) -> RunningMoments:
        """Take in all that ``other`` has seen; returns self. ValueError for another shape."""
        if other.shape != self.shape:
            raise ValueError(f"Expected moments of shape {self.shape}. Received: {other.shape}.")
        count = self.count + other.count
        if not other.count:
            return self
        apart = other._mean - self._mean
        self._m2 = self._m2 + other._m2 + apart**2 * (self.count * other.count / count)
        self._mean = self._mean + apart * (other.count / count)
        self.count = count
        return self

    @property
    def mean(self) -> np.ndarray:
        """The mean, float64 of ``shape``; NaN without samples."""
        return self._mean.copy() if self.count else np.full(self.shape, np.nan)

    @property
    def m2(self) -> np.ndarray:
        """The sum of squared deviations from the mean, float64 of ``shape``."""
        return self._m2.copy()

    @property
    def variance(self) -> np.ndarray:
        """M2 / (count - 1), float64 of ``shape``; NaN for fewer than two samples.

        Unbiased for independent samples, and for those only.
        """
        return self._m2 / (self.count - 1) if self.count > 1 else np.full(self.shape, np.nan)

    @property
    def std(self) -> np.ndarray:
        """The square root of :attr:`variance`."""
        return np.sqrt(self.variance)

    def pooled(self) -> RunningMoments:
        """The moments of all entries of all samples thrown together, of shape ()."""
        if not self.count or not self._mean.size:
            return RunningMoments()
        mean = self._mean.mean()
        m2 = self._m2.sum() + self.count * ((self._mean - mean) ** 2).sum()
        return RunningMoments(count=self.count * self._mean.size, mean=mean, m2=m2)

    def __repr__(self):
        return f"RunningMoments(shape={self.shape}, count={self.count})"


def standard_error(values, groups=None) -> float:
    """The standard error of the mean of ``values`` (n,).

    Without ``groups`` the values are taken for independent. ``groups`` (n,) says which belong together,
    such as renders of one original: only the groups are taken for independent, and their deviations
    from the mean are added up first (the cluster-robust error of K.-Y. Liang and S. Zeger, 1986).
    """
    values = np.asarray(values, np.float64).reshape(-1)
    rest = values - values.mean()
    if groups is not None:
        _, group = np.unique(groups, return_inverse=True)
        rest = np.bincount(group, weights=rest)
    return float(np.sqrt(len(rest) / (len(rest) - 1) * (rest**2).sum()) / len(values))
