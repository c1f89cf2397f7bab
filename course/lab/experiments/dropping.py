"""Dropout by the numbers: variances, windows, zeros; the mistakes people make about them; which
activations it may change places with.

Right answers to what students write, for the checks. A table of mistakes maps a name to (what it
leads to, message); checks recognise answers by it.
"""

from __future__ import annotations

from functools import cache
from math import comb

import numpy as np

from autograder.messages import msg
from course.lab.experiments.friends import Verdicts

#: Printed in a report on a net of 15 layers: mean and variance of the numbers that go into a
#: dropout, and the variance behind it, for the samples of each of the two classes.
REPORT = {
    "class 0": {"mean": 0.7459, "variance": 4.8757, "after": 8.5122},
    "class 1": {"mean": 0.7880, "variance": 5.6263, "after": 9.7856},
}

# -- the variance ----------------------------------------------------------------------------------


def dropped_variance(mean: float, variance: float, rate: float) -> float:
    """Variance behind dropout in training: v / (1 - p) + m^2 p / (1 - p)."""
    return (variance + mean**2 * rate) / (1 - rate)


def variance_cases(seed: int = 0, n: int = 50) -> list[tuple[float, float, float]]:
    """(mean, variance, rate): means of both signs, standard deviations far from 1."""
    rng = np.random.default_rng([501, seed])
    simple = [(0.0, 1.0, 0.5), (2.0, 1.0, 0.5), (-3.0, 0.25, 0.2)]
    drawn = zip(
        rng.uniform(-4, 4, n), rng.uniform(0.1, 9, n), rng.uniform(0.05, 0.9, n), strict=True
    )
    return [*simple, *[tuple(float(v) for v in case) for case in drawn]][:n]


def variance_mistakes() -> dict:
    """Wrong formulas for the variance behind dropout."""
    return {
        "no mean": (
            lambda m, v, p: v / (1 - p),
            msg("Where is the mean? A number that falls from 5 to 0 moves farther than one at 0."),
        ),
        "multiplied": (
            lambda m, v, p: v * (1 - p),
            msg("Dropout adds variance: what survives is scaled up by 1 / (1 - rate)."),
        ),
        "unchanged": (
            lambda m, v, p: v,
            msg("Only the mean stays as it was."),
        ),
        "not scaled": (
            lambda m, v, p: v * (1 - p) + m**2 * p * (1 - p),
            msg("The survivors have not been scaled up: they are divided by 1 - rate."),
        ),
        "rates swapped": (
            lambda m, v, p: dropped_variance(m, v, 1 - p),
            msg("`rate` is the share that falls, not the share that stays."),
        ),
        "mean not squared": (
            lambda m, v, p: (v + m * p) / (1 - p),
            msg("The mean enters squared: a variance does not know signs."),
        ),
        "whole mean": (
            lambda m, v, p: (v + m**2) / (1 - p),
            msg(
                "This is the mean square after dropout. A variance is the mean square less the mean "
                "squared."
            ),
        ),
        "deviation": (
            lambda m, v, p: np.sqrt(dropped_variance(m, v, p)),
            msg("This is the standard deviation. Asked for: the variance."),
        ),
        "deviation for variance": (
            lambda m, v, p: (np.sqrt(v) + m**2 * p) / (1 - p),
            msg("The second argument is a variance already: no root of it is needed."),
        ),
        "survivors squared": (
            lambda m, v, p: v / (1 - p) ** 2,
            msg(
                "Survivors alone have the variance v / (1 - rate)². The zeros belong to the batch too."
            ),
        ),
    }


def report_rates() -> dict[str, float]:
    """The rate that turns each class' variance before the dropout into that behind it."""
    found = {}
    for name, row in REPORT.items():
        # after (1 - p) = v + m^2 p, solved for p
        after, variance = row["after"], row["variance"]
        found[name] = (after - variance) / (after + row["mean"] ** 2)
    return found


def report_mistakes() -> dict:
    """Wrong rates read from the report."""
    ratio = {name: row["variance"] / row["after"] for name, row in REPORT.items()}
    right = report_rates()
    return {
        "no mean": (
            {name: 1 - r for name, r in ratio.items()},
            msg("This leaves the mean out: the formula needs all three numbers of a row."),
        ),
        "kept": (
            {name: 1 - p for name, p in right.items()},
            msg("This is the share that stays. The rate is the share that falls."),
        ),
        "kept without the mean": (
            ratio,
            msg("This is the quotient of two variances, before and after. How does it hold p?"),
        ),
        "odds": (
            {name: p / (1 - p) for name, p in right.items()},
            msg("This is p / (1 - p). One step is left: p itself."),
        ),
        "percent": (
            {name: 100 * p for name, p in right.items()},
            msg("This is percent. Asked for: a rate between 0 and 1."),
        ),
    }


# -- windows ---------------------------------------------------------------------------------------


def winners(rate: float, size: int) -> list[float]:
    """Chances of each number of a window to come out of max-pooling behind dropout.

    The window holds ``size`` different positive numbers. Largest first; the last entry is the chance
    that all fall and 0 comes out. Shape (size + 1,); the sum is 1.
    """
    return [rate**k * (1 - rate) for k in range(size)] + [rate**size]


def window_cases() -> list[tuple[float, int]]:
    """(rate, numbers in the window)."""
    return [(0.5, 2), (0.1, 4), (0.2, 4), (0.4, 9)]


def window_mistakes() -> dict:
    """Wrong chances of a window."""

    def binomial(p, n):
        return [comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n)] + [p**n]

    return {
        "rate kept": (
            lambda p, n: [1 - p] + [0] * (n - 1) + [p],
            msg(
                "When the largest number falls, the second largest takes its place; 0 comes out only "
                "when all fall."
            ),
        ),
        "second for certain": (
            lambda p, n: [1 - p, p] + [0] * (n - 1),
            msg("The second largest number may fall as well."),
        ),
        "off by one": (
            lambda p, n: [p ** (k + 1) * (1 - p) for k in range(n)] + [p**n],
            msg(
                "The largest number wins whenever it stays: that is 1 - rate, with no factor before."
            ),
        ),
        "stay and fall swapped": (
            lambda p, n: winners(1 - p, n),
            msg("`rate` is the share that falls, not the share that stays."),
        ),
        "no survivor forgotten": (
            lambda p, n: [p**k * (1 - p) for k in range(n)] + [0],
            msg("The last entry is missing: sometimes all numbers of the window fall."),
        ),
        "smallest first": (
            lambda p, n: winners(p, n)[-2::-1] + [p**n],
            msg("The order is turned round: the largest number comes first."),
        ),
        "counted": (
            binomial,
            msg(
                "This is the chance that k numbers fall, whichever they are. For the k-th to win, "
                "just the larger ones must fall."
            ),
        ),
        "uniform": (
            lambda p, n: [(1 - p**n) / n] * n + [p**n],
            msg("The numbers of a window are not equals: the largest survivor wins."),
        ),
    }


#: What may happen to a mean, with other spellings that count as well.
MEANS = {
    "rises": ("up", "растёт", "вверх"),
    "stays": ("same", "не меняется", "остаётся"),
    "falls": ("down", "падает", "вниз"),
}
_MAPS = {"positive": (0.0, 1.0), "negative": (-1.0, 0.0)}


@cache
def pooled_means(rate: float = 0.5) -> Verdicts:
    """What a dropout in front of 2x2 max-pooling does to the mean of what comes out, by Keras.

    Rows "Dropout, positive" and so on: uniform maps in [0, 1] and in [-1, 0]. "stays" is within 4
    standard errors of the difference; there are so many windows that it does not show in two digits.
    """
    from keras import layers

    truth, evidence = {}, {}
    pool = layers.MaxPooling2D(2)
    for kind in ("Dropout", "SpatialDropout2D"):
        for signs, (low, high) in _MAPS.items():
            z = np.random.default_rng(0).uniform(low, high, (20_000, 2, 2, 32)).astype(np.float32)
            drop = getattr(layers, kind)(rate, seed=1)
            with_dropout = np.asarray(pool(drop(z, training=True))).mean(axis=(1, 2))
            change = with_dropout - np.asarray(pool(z)).mean(axis=(1, 2))
            error = change.std() / np.sqrt(change.size)
            row = f"{kind}, {signs}"
            up = "rises" if change.mean() > 0 else "falls"
            truth[row] = "stays" if abs(change.mean()) < 4 * error else up
            evidence[row] = msg(
                "mean {before:.2f} without dropout, {after:.2f} with it",
                before=float(np.asarray(pool(z)).mean()),
                after=float(with_dropout.mean()),
            )
    return Verdicts(truth, evidence)


# -- activations -----------------------------------------------------------------------------------

#: Keras' own activations, with its default parameters.
ACTIVATIONS = (
    "linear",
    "relu",
    "leaky_relu",
    "relu6",
    "elu",
    "selu",
    "gelu",
    "silu",
    "tanh",
    "hard_tanh",
    "softsign",
    "sigmoid",
    "hard_sigmoid",
    "softplus",
)

#: What may be said of dropout and an activation, with other spellings that count as well.
WORDS = {
    "same": (True, "equal", "commutes", "то же", "одно и то же"),
    "zeros": ("zero", "only zeros", "нули", "только нули"),
    "neither": (False, "none", "ни то ни другое", "ничего"),
}


@cache
def through_activations() -> Verdicts:
    """ "same", "zeros" or "neither" for each activation, measured with Keras' Dropout.

    One mask in both orders (fresh layers, one seed), numbers of both signs up to 10 and three rates.
    Rounding: a product more or less is a few units in the last place.
    """
    from keras import activations

    truth, evidence = {}, {}
    z = np.random.default_rng(0).uniform(-10, 10, (20, 500)).astype(np.float32)
    for name in ACTIVATIONS:
        f = activations.get(name)
        gap, at = 0.0, None
        for rate in (0.1, 0.4, 0.5):
            before = np.asarray(f(_dropout(rate)(z, training=True)))
            after = np.asarray(_dropout(rate)(f(z), training=True))
            differences = np.abs(before - after) / np.maximum(1, np.abs(after))
            if differences.max() > gap:
                where = np.unravel_index(differences.argmax(), z.shape)
                gap, at = differences.max(), (rate, z[where], before[where], after[where])
        zero = float(np.asarray(f(np.zeros((1, 2), np.float32)))[0, 0])
        if gap < 16 * np.finfo(np.float32).eps:
            truth[name] = "same"
            evidence[name] = msg("the same on {n:,} numbers", n=3 * z.size)
        elif zero:
            truth[name] = "neither"
            evidence[name] = msg(
                "a dropped number is f(0) = {zero:.3g} in f(dropout(x)), 0 in dropout(f(x))",
                zero=zero,
            )
        else:
            truth[name] = "zeros"
            rate, x, left, right = (float(v) for v in at)
            evidence[name] = msg(
                "f(0) = 0; x = {x:.3g}, rate {rate:g}: f(dropout(x)) = {left:.3g}, "
                "dropout(f(x)) = {right:.3g}",
                x=x,
                rate=rate,
                left=left,
                right=right,
            )
    return Verdicts(truth, evidence)


def fallen() -> dict[str, float]:
    """What a dropped number has become behind these activations, by Keras."""
    from keras import activations

    x = np.ones((1, 1000), np.float32)
    found = {}
    for name in ("sigmoid", "hard_sigmoid", "softplus", "tanh"):
        z = np.asarray(_dropout(0.5)(x, training=True))
        found[name] = float(np.asarray(activations.get(name)(z))[z == 0].mean())
    return found


def fallen_mistakes() -> dict:
    """Wrong values behind an activation."""
    return {
        "zero": (
            {"sigmoid": 0.0, "hard_sigmoid": 0.0, "softplus": 0.0, "tanh": 0.0},
            msg("Dropout puts out 0, and the activation comes after it. What does it make of 0?"),
        ),
        "one": (
            {"softplus": 1.0},
            msg("Softplus is log(1 + exp(x)): at 0 the logarithm of 2."),
        ),
        "log 10": (
            {"softplus": float(np.log10(2))},
            msg("The logarithm is the natural one."),
        ),
    }


def _dropout(rate):
    from keras import layers

    return layers.Dropout(rate, seed=1)


# -- zeros behind a normalisation ------------------------------------------------------------------


def zero_becomes(batch, gamma: float, beta: float, epsilon: float) -> float:
    """What batch normalisation makes in training of the zeros in ``batch``, shape (n,)."""
    return beta - gamma * np.mean(batch) / np.sqrt(np.var(batch) + epsilon)


def zero_cases(seed: int = 0) -> list[tuple]:
    """(batch with zeros, gamma, beta, epsilon) on which every mistake below shows."""
    rng = np.random.default_rng([502, seed])
    cases = [
        (np.array([0.0, 0.0, 2.0, 6.0]), 1.0, 0.0, 1e-3),
        (np.array([0.0, 4.0]), -0.5, 1.0, 0.1),
        (np.array([-3.0, 0.0, 5.0, 0.0]), 2.0, 0.5, 1e-3),  # a 0 is neither the first nor the least
    ]
    for n in (8, 32, 100):
        batch = rng.normal(1.0, 2.0, n) * (rng.uniform(size=n) > 0.4)
        batch[n // 2] = 0.0
        cases.append((batch, float(rng.uniform(0.3, 2)), float(rng.normal()), 1e-3))
    cases.append(
        (np.where(np.arange(16) % 2 == 0, rng.normal(0.1, 0.03, 16), 0.0), 1.2, -0.7, 1e-3)
    )
    return cases


def zero_mistakes() -> dict:
    """Wrong values of a dropped number behind batch normalisation."""
    return {
        "stays": (
            lambda x, g, b, e: 0.0,
            msg("The mean is subtracted from zeros too, and beta is added to them."),
        ),
        "beta": (
            lambda x, g, b, e: b,
            msg(
                "This holds for a batch with the mean 0. In training the statistics are the batch's own, "
                "and here a 0 lies off the mean."
            ),
        ),
        "sign": (
            lambda x, g, b, e: b + g * np.mean(x) / np.sqrt(np.var(x) + e),
            msg("The sign: 0 less the mean is minus the mean."),
        ),
        "no gamma": (
            lambda x, g, b, e: b - np.mean(x) / np.sqrt(np.var(x) + e),
            msg("gamma is missing."),
        ),
        "no beta": (
            lambda x, g, b, e: -g * np.mean(x) / np.sqrt(np.var(x) + e),
            msg("beta is missing."),
        ),
        "no root": (
            lambda x, g, b, e: b - g * np.mean(x) / (np.var(x) + e),
            msg("Divided by the variance: the root is missing."),
        ),
        "no epsilon": (
            lambda x, g, b, e: b - g * np.mean(x) / np.std(x),
            msg("epsilon is missing: it is added to the variance, under the root."),
        ),
        "survivors": (
            lambda x, g, b, e: b - g * np.mean(x[x != 0]) / np.sqrt(np.var(x[x != 0]) + e),
            msg("The statistics are those of the whole batch, the zeros included."),
        ),
        "sample variance": (
            lambda x, g, b, e: b - g * np.mean(x) / np.sqrt(np.var(x, ddof=1) + e),
            msg("Batch normalisation divides by n, not by n - 1."),
        ),
    }


def normalised(batch, gamma: float = 1.0, beta: float = 0.0):
    """A batch of one feature, shape (n,), behind Keras' BatchNormalization in training."""
    from keras import layers

    layer = layers.BatchNormalization()
    layer.build((None, 1))
    layer.gamma.assign([gamma])
    layer.beta.assign([beta])
    return np.asarray(layer(np.asarray(batch, np.float32)[:, None], training=True))[:, 0]


def share_of_zeros(batch, gamma: float = 1.0, beta: float = 0.0) -> float:
    """The share of a batch, shape (n,), that ReLU behind batch normalisation sets to 0."""
    return float(np.mean(normalised(batch, gamma, beta) <= 0))


def _normal(n=2000):
    return np.random.default_rng(0).normal(size=n)


def counterexamples() -> dict:
    """What refutes three guarantees of batch normalisation, as rows for ``checks.examples``."""
    from autograder.checks import Wanted

    zeros = msg("Share of zeros after normalisation and ReLU")
    batch = {"sizes": (10, 1000), "spread": 0.1}
    pair = {"sizes": (2, 2)}

    def outside(setting):
        return float(np.mean(np.abs(normalised(_normal(), *setting)) > 4))

    return {
        "nearly all zero": Wanted(
            share_of_zeros, zeros, 0.9, np.inf, unlike=tuple(_normal(100)), **batch
        ),
        "nearly none zero": Wanted(
            share_of_zeros, zeros, -np.inf, 0.1, unlike=tuple(_normal(100)), **batch
        ),
        "dead (gamma, beta)": Wanted(
            lambda setting: share_of_zeros(_normal(), *setting),
            zeros,
            0.99,
            np.inf,
            unlike=(1.0, 0.0),
            **pair,
        ),
        "saturated (gamma, beta)": Wanted(
            outside,
            msg("Share of numbers beyond ±4 after normalisation"),
            0.5,
            np.inf,
            unlike=(1.0, 0.0),
            **pair,
        ),
    }
