"""Streams of batches for the task on moments in one pass, and the ways in which people get them wrong.

Each of the wrong ways is a triple of functions (summary, merge, moments), as students write them.
"""

from __future__ import annotations

import numpy as np

from autograder.checks import Stream
from autograder.messages import msg


def streams(seed: int = 0) -> list[Stream]:
    """Batches (n, 3): uneven, empty, of one sample, with drifting means, far from zero, constant."""
    rng = np.random.default_rng([1306, seed])

    def cut(x, *sizes):
        return tuple(np.split(x, np.cumsum(sizes)))

    drift = rng.normal(0, 1, (300, 3)) + np.repeat([[0.0], [4.0], [-2.0]], 100, axis=0)
    constant = rng.normal(1, 2, (60, 3))
    constant[:, 1] = 0.1
    squares = msg(
        "Such numbers lose their digits in float32, and even in float64 when two large sums of squares are "
        "subtracted."
    )
    empty = msg("A batch without samples must change nothing.")
    single = msg("One sample has a mean, and no deviation from it.")
    return [
        Stream(cut(rng.normal(3, 2, (260, 3)), 50, 7, 200), msg("Uneven batches")),
        Stream(cut(drift, 100, 100), msg("Batches whose means differ")),
        Stream(cut(rng.normal(-1, 1, (12, 3)), *[1] * 11), msg("Batches of one sample"), single),
        Stream(
            cut(rng.normal(2, 3, (40, 3)), 0, 0, 1, 0, 9), msg("Empty batches among others"), empty
        ),
        Stream(cut(constant, 20, 20), msg("A neuron that never changes"), squares),
        Stream(
            cut(rng.normal(1e4, 1, (400, 3)).astype(np.float32), 100, 130),
            msg("float32 numbers around 10,000, deviation 1"),
            squares,
        ),
        Stream(
            cut(rng.normal(1e6, 1, (400, 3)), 30, 200),
            msg("Numbers around a million, deviation 1"),
            squares,
        ),
    ]


def summary(batch):
    """(n, mean, M2) of a batch (n, neurons)."""
    batch = np.asarray(batch, np.float64)
    mean = batch.sum(axis=0) / max(len(batch), 1)
    return len(batch), mean, ((batch - mean) ** 2).sum(axis=0)


def merge(one, other):
    """(n, mean, M2) of both together, by Chan's formula."""
    (n, mean, m2), (k, mean_k, m2_k) = one, other
    apart, total = mean_k - mean, max(n + k, 1)
    return n + k, mean + apart * k / total, m2 + m2_k + apart**2 * n * k / total


def moments(made):
    """(mean, unbiased variance)."""
    n, mean, m2 = made
    return mean, m2 / (n - 1)


def mistakes() -> dict:
    """{name: ((summary, merge, moments), what to say)}."""

    def merged(m2=None, mean=None):
        def wrong(one, other):
            n, right_mean, right_m2 = merge(one, other)
            return (
                n,
                right_mean if mean is None else mean(one, other),
                right_m2 if m2 is None else m2(one, other),
            )

        return wrong

    def variances(ddof):
        def wrong(batch):
            n, mean, m2 = summary(batch)
            return n, mean, m2 / (n - ddof) if n > ddof else 0 * m2

        return wrong

    def weighted(one, other):
        (n, _, v), (k, _, w) = one, other
        return (n * v + k * w) / max(n + k, 1)

    averaged = msg(
        "An average of the batches' variances leaves out how far the batches' means lie apart."
    )
    between = msg(
        "The sums of squared deviations are about two different means: what lies between the means is "
        "missing."
    )
    return {
        "biased": (
            (summary, merge, lambda s: (s[1], s[2] / max(s[0], 1))),
            msg("Divided by n: the unbiased variance divides by n - 1."),
        ),
        "between": ((summary, merged(m2=lambda a, b: a[2] + b[2]), moments), between),
        "averaged": (
            (variances(1), merged(m2=lambda a, b: (a[2] + b[2]) / 2), lambda s: (s[1], s[2])),
            averaged,
        ),
        "averaged, biased": (
            (variances(0), merged(m2=lambda a, b: (a[2] + b[2]) / 2), lambda s: (s[1], s[2])),
            averaged,
        ),
        "averaged by size": (
            (variances(1), merged(m2=weighted), lambda s: (s[1], s[2])),
            averaged,
        ),
        "averaged by size, biased": (
            (variances(0), merged(m2=weighted), lambda s: (s[1], s[2])),
            averaged,
        ),
        "mean of means": (
            (summary, merged(mean=lambda a, b: (a[1] + b[1]) / 2), moments),
            msg("A mean of means counts a batch of 1 as much as a batch of 200: weigh them."),
        ),
        "counts batches": (
            (lambda b: (min(len(b), 1), *summary(b)[1:]), merge, moments),
            msg("n counts the batches here. It must count the samples."),
        ),
        "unweighted": (
            (
                variances(1),
                merged(mean=lambda a, b: (a[1] + b[1]) / 2, m2=lambda a, b: (a[2] + b[2]) / 2),
                lambda s: (s[1], s[2]),
            ),
            msg(
                "Means and variances are averaged as if all batches were of one size; and the distance "
                "between the batches' means is left out."
            ),
        ),
        "weights swapped": (
            (
                summary,
                merged(mean=lambda a, b: a[1] + (b[1] - a[1]) * a[0] / max(a[0] + b[0], 1)),
                moments,
            ),
            msg("The weights are swapped: the second mean counts with its own share, k / (n + k)."),
        ),
        "unweighted gap": (
            (summary, merged(m2=lambda a, b: a[2] + b[2] + (b[1] - a[1]) ** 2), moments),
            msg("The squared distance of the two means needs a weight: n k / (n + k)."),
        ),
        "undivided gap": (
            (
                summary,
                merged(m2=lambda a, b: a[2] + b[2] + (b[1] - a[1]) ** 2 * a[0] * b[0]),
                moments,
            ),
            msg("The squared distance of the two means times n k must be divided by n + k."),
        ),
        "deviation": (
            (summary, merge, lambda s: (s[1], np.sqrt(s[2] / max(s[0] - 1, 1)))),
            msg("This is the standard deviation. Asked for: the variance."),
        ),
        "sum": (
            (summary, merge, lambda s: (s[1], s[2])),
            msg("This is the sum of squared deviations: divide it by n - 1."),
        ),
    }
