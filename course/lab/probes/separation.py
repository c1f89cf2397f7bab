"""How far apart two classes are, neuron by neuron. NumPy and SciPy only."""

from __future__ import annotations

import numpy as np


def d_prime(mean0, variance0, mean1, variance1) -> np.ndarray:
    """Distance of the means of two classes in standard deviations, signed; any shape.

    d' = (mean1 - mean0) / sqrt((variance0 + variance1) / 2), the sensitivity index of signal detection
    (D. Green and J. Swets, 1966). Where neither class varies: 0 for equal means, else infinity.
    """
    apart = np.asarray(mean1, np.float64) - np.asarray(mean0, np.float64)
    within = np.sqrt((np.asarray(variance0, np.float64) + np.asarray(variance1, np.float64)) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((apart == 0) & (within == 0), 0.0, apart / within)


def fisher_ratio(mean0, variance0, mean1, variance1) -> np.ndarray:
    """R. Fisher's ratio of a feature, (mean1 - mean0)^2 / (variance0 + variance1) = d'^2 / 2."""
    return d_prime(mean0, variance0, mean1, variance1) ** 2 / 2


def auc(x, labels) -> np.ndarray:
    """Area under the ROC curve of every neuron: the share of pairs (a sample of class 1, one of class
    0) in which the first has the larger number; ties count half.

    ``x``: (n, ...), ``labels``: (n,) of 0 and 1. Returns an array of shape ``x.shape[1:]``. Below 0.5
    the neuron prefers class 0; ``max(a, 1 - a)`` is what it tells. Raises ValueError when a class is
    missing.
    """
    from scipy.stats import rankdata

    x, labels = np.asarray(x), np.asarray(labels)
    if not set(np.unique(labels).tolist()) == {0, 1} or labels.shape != x.shape[:1]:
        raise ValueError(
            f"Expected a label 0 or 1 for each of {len(x)} samples, both of them somewhere. "
            f"Received: {np.unique(labels).tolist()}, shape {labels.shape}."
        )
    one = labels == 1
    n1, n0 = int(one.sum()), int((~one).sum())
    ranks = rankdata(x, axis=0)[one].sum(axis=0)  # Mann and Whitney's U, from the ranks
    return (ranks - n1 * (n1 + 1) / 2) / (n0 * n1)
