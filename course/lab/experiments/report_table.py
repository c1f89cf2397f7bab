"""A report on fifteen layers, as it was published, and what can be read out of it. NumPy only.

The numbers are Misha's: mean and variance of each layer's activations over 10,000 samples, apart for
samples of class 0 and class 1. Everything else here is derived from them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from autograder import checks
from autograder.messages import msg
from course.lab import probes


class Row(NamedTuple):
    """Pooled moments of one layer: ``mean`` and ``variance``, each (class 0, class 1)."""

    mean: tuple[float, float]
    variance: tuple[float, float]

    def second_moment(self) -> np.ndarray:
        """Mean of the squares in each class, variance + mean^2."""
        return np.array(self.variance) + np.array(self.mean) ** 2


TABLE = {
    "conv 1": Row((3.9753, 3.9817), (146.9832, 147.5937)),
    "max pool 1": Row((6.0533, 6.0630), (251.6746, 252.6236)),
    "batch norm 1": Row((0.0087, 0.01034), (1.5715, 1.5868)),
    "conv 2": Row((7.1735, 7.1674), (137.2314, 137.4925)),
    "max pool 2": Row((13.2688, 13.2709), (218.4356, 219.5417)),
    "batch norm 2": Row((-0.0025, -0.0014), (0.8465, 0.8580)),
    "conv 3": Row((0.0680, 0.0724), (0.1617, 0.1858)),
    "conv 4": Row((0.7459, 0.7880), (4.8757, 5.6263)),
    "dropout 1": Row((0.7465, 0.7880), (8.5122, 9.7856)),
    "conv 5": Row((11.6431, 13.5871), (967.1589, 1270.1080)),
    "max pool 3": Row((37.0520, 43.4176), (2509.943, 3255.228)),
    "batch norm 3": Row((0.0659, 0.1120), (0.1420, 0.1981)),
    "flatten 1": Row((0.0659, 0.1120), (0.1420, 0.1981)),
    "dense 1": Row((0.3778, 0.2505), (1.6201, 2.0115)),
    "dense 2": Row((0.2122, 0.7955), (0.0866, 0.0545)),
}
LAYERS = tuple(TABLE)
#: Rows whose layer does nothing but pick, drop or move numbers of the row above.
GROWING = ("max pool 1", "max pool 2", "dropout 1", "max pool 3", "flatten 1")


def shown() -> str:
    """The table as text."""
    rows = [f"{'':12}  {'mean 0':>9} {'mean 1':>9} {'variance 0':>11} {'variance 1':>11}"]
    rows += [
        f"{name:12}  {row.mean[0]:9.4f} {row.mean[1]:9.4f} {row.variance[0]:11.4f} {row.variance[1]:11.4f}"
        for name, row in TABLE.items()
    ]
    return "\n".join(rows)


def above(name: str) -> Row:
    """The row above ``name``."""
    return TABLE[LAYERS[LAYERS.index(name) - 1]]


def growth(label: int = 0) -> dict[str, float]:
    """{row: its mean square over that of the row above}, for the rows of :data:`GROWING`."""
    return {
        name: float(TABLE[name].second_moment()[label] / above(name).second_moment()[label])
        for name in GROWING
    }


def growth_mistakes() -> dict:
    """Wrong ways to the numbers of :func:`growth`, each with what to say about it."""
    right = growth()
    pairs = {name: (above(name), TABLE[name]) for name in GROWING}
    return {
        "variances": (
            {name: b.variance[0] / a.variance[0] for name, (a, b) in pairs.items()},
            msg(
                "These are ratios of variances. The mean square is the variance plus the mean squared."
            ),
        ),
        "means": (
            {name: b.mean[0] / a.mean[0] for name, (a, b) in pairs.items()},
            msg("These are ratios of means. Asked for: of mean squares."),
        ),
        "means squared": (
            {name: (b.mean[0] / a.mean[0]) ** 2 for name, (a, b) in pairs.items()},
            msg("This is the mean, squared. The mean square adds the variance."),
        ),
        "mean not squared": (
            {
                name: (b.variance[0] + b.mean[0]) / (a.variance[0] + a.mean[0])
                for name, (a, b) in pairs.items()
            },
            msg("The mean stands unsquared: mean square = variance + mean²."),
        ),
        "roots": (
            {name: value**0.5 for name, value in right.items()},
            msg("These are ratios of roots of mean squares. Leave the root out."),
        ),
        "upside down": (
            {name: 1 / value for name, value in right.items()},
            msg("Upside down: this row over the row above."),
        ),
        "increase": (
            {name: value - 1 for name, value in right.items()},
            msg("This is the increase. Asked for: the ratio."),
        ),
        "difference": (
            {
                name: float(b.second_moment()[0] - a.second_moment()[0])
                for name, (a, b) in pairs.items()
            },
            msg("These are differences. Asked for: ratios."),
        ),
    }


def readings() -> tuple[dict[str, bool], dict]:
    """(truth, evidence) of what can be read from the table without running anything.

    a: dropout was on when the moments were taken; b: a rate of 0.4 explains them; c: 2x2 windows can
    explain all three pools; d, e: in front of the first and the third pool the largest number of a
    window holds over half of the window's squares; f: flattening changed something.
    """
    ratio = growth()
    pools = [ratio[name] for name in GROWING if name.startswith("max pool")]
    rate = 1 - 1 / ratio["dropout 1"]
    truth = {
        "a": ratio["dropout 1"] > 1.01,
        "b": abs(rate - 0.4) < 0.005,
        "c": all(1 <= value <= 4 for value in pools),
        "d": ratio["max pool 1"] / 4 > 0.5,
        "e": ratio["max pool 3"] / 4 > 0.5,
        "f": ratio["flatten 1"] != 1,
    }
    said = [
        msg("mean square × {value:.3f}", value=ratio["dropout 1"]),
        msg("1 - 1 / {value:.3f} = {rate:.3f}", value=ratio["dropout 1"], rate=rate),
        msg("mean square × {values}", values=", ".join(f"{value:.2f}" for value in pools)),
        msg("{value:.2f} of 4", value=ratio["max pool 1"]),
        msg("{value:.2f} of 4", value=ratio["max pool 3"]),
        msg("mean square × {value:.3f}", value=ratio["flatten 1"]),
    ]
    evidence = dict(zip(truth, said, strict=True))
    return truth, evidence


def sigmoid_reading() -> dict[str, float]:
    """What dense 2's moments say of the net, if its outputs follow a beta distribution in each class.

    Returns the share of each class on the wrong side of 0.5 and the area under the ROC curve.
    """
    from scipy.stats import beta

    curves = []
    for m, v in zip(*TABLE["dense 2"], strict=True):
        spread = m * (1 - m) / v - 1  # a + b of the beta distribution with these moments
        curves.append(beta(m * spread, (1 - m) * spread))
    zero, one = curves
    grid = (np.arange(4000) + 0.5) / 4000
    return {
        "wrong 0": float(zero.sf(0.5)),
        "wrong 1": float(one.cdf(0.5)),
        "auc": float(np.mean(zero.cdf(one.ppf(grid)))),
    }


def judge_norm_variance(norm_variance, seed: int = 0) -> None:
    """Check a student's ``norm_variance(gamma, beta, live)``. Raises CheckFailed."""
    checks.function(norm_variance, _norm_variance, norm_cases(seed), mistakes=norm_mistakes())


def judge_d_prime(d_prime, seed: int = 0) -> None:
    """Check a student's ``d_prime(mean_0, variance_0, mean_1, variance_1)``. Raises CheckFailed."""
    checks.function(d_prime, probes.d_prime, d_prime_cases(seed), mistakes=d_prime_mistakes())


def _norm_variance(gamma, beta, live) -> float:
    """Pooled variance of a normalisation's output in training mode, epsilon aside.

    ``gamma``, ``beta``: (channels,); ``live``: (channels,) bool, whether the channel's input varies. A
    live channel leaves with mean beta and variance gamma^2, a dead one as the constant beta. Over
    all channels: the mean of the variances plus the variance of the means.
    """
    gamma, beta, live = np.asarray(gamma, float), np.asarray(beta, float), np.asarray(live, bool)
    return float(np.mean(live * gamma**2) + np.var(beta))


def norm_cases(seed: int = 0) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """(gamma, beta, live) on which every mistake below shows; the first is small enough to read."""
    rng = np.random.default_rng([1106, seed])
    cases = [
        (np.array([2.0, -1.0, 0.5]), np.array([1.0, 0.0, -2.0]), np.array([True, False, True]))
    ]
    for channels in (4, 7, 16):
        live = rng.random(channels) < 0.5
        live[:2] = True, False
        cases.append((rng.normal(0, 2, channels), rng.normal(1, 1, channels), live))
    return cases


def norm_mistakes() -> dict:
    """Wrong formulas for the variance behind a normalisation, each with what to say about it."""
    return {
        "gamma": (
            lambda g, b, live: np.mean(live * g) + np.var(b),
            msg("gamma multiplies the numbers, so the variance is multiplied by its square."),
        ),
        "size of gamma": (
            lambda g, b, live: np.mean(live * np.abs(g)) + np.var(b),
            msg("gamma multiplies the numbers, so the variance is multiplied by its square."),
        ),
        "all live": (
            lambda g, b, live: np.mean(g**2) + np.var(b),
            msg("A dead channel leaves as a constant: it has no variance, whatever its gamma."),
        ),
        "live only": (
            lambda g, b, live: np.mean(g[live] ** 2) + np.var(b),
            msg(
                "The dead channels are in the pool too: they add zeros to the mean of the variances."
            ),
        ),
        "no beta": (
            lambda g, b, live: np.mean(live * g**2),
            msg(
                "Channels with different beta lie apart from one another: that is variance as well."
            ),
        ),
        "live channels": (
            lambda g, b, live: np.mean(g[live] ** 2) + np.var(b[live]),
            msg(
                "These are the live channels alone. The dead ones are in the pool too: with no variance, "
                "each at its beta."
            ),
        ),
        "dead at zero": (
            lambda g, b, live: np.mean(live * g**2) + np.var(live * b),
            msg("A dead channel leaves as its beta, not as 0."),
        ),
        "dead for live": (
            lambda g, b, live: np.mean(np.where(live, 0, g) ** 2) + np.var(b),
            msg("Live and dead have changed places: the live channels have gamma's variance."),
        ),
        "mean of gammas": (
            lambda g, b, live: np.mean(live * g) ** 2 + np.var(b),
            msg("Square each gamma first, then take the mean."),
        ),
        "live beta": (
            lambda g, b, live: np.mean(live * g**2) + np.var(b[live]),
            msg("A dead channel leaves as its beta: it belongs into the variance of the betas."),
        ),
        "no spread": (
            lambda g, b, live: np.mean(live * g**2) + np.mean(b**2),
            msg("The betas' variance is about their own mean, not about zero."),
        ),
        "ddof": (
            lambda g, b, live: np.mean(live * g**2) + np.var(b, ddof=1),
            msg(
                "These are all the channels there are, not a sample of them: divide by their number."
            ),
        ),
        "deviation": (
            lambda g, b, live: np.sqrt(_norm_variance(g, b, live)),
            msg("This is the standard deviation. Asked for: the variance."),
        ),
        "sum": (
            lambda g, b, live: np.sum(live * g**2) + np.var(b),
            msg("The pooled variance is a mean over the channels, not a sum."),
        ),
    }


def explanations() -> dict[str, float]:
    """What would explain the 0.17 of batch norm 3 (the mean of both classes) with beta = 0."""
    variance = float(np.mean(TABLE["batch norm 3"].variance))
    return {"live": variance, "gamma": float(np.sqrt(variance))}


def explanation_mistakes() -> dict:
    variance = explanations()["live"]
    return {
        "dead": (
            {"live": 1 - variance, "gamma": np.sqrt(variance)},
            msg("This is the share of dead channels. Asked for: of live ones."),
        ),
        "gamma": (
            {"live": variance, "gamma": variance},
            msg("gamma is squared in the variance: take the root."),
        ),
        "roots": (
            {"live": np.sqrt(variance), "gamma": np.sqrt(variance)},
            msg(
                "The share of live channels goes into the variance as it is, only gamma is squared."
            ),
        ),
        "squares": (
            {"live": variance, "gamma": variance**2},
            msg("gamma is squared in the variance: take the root."),
        ),
        "sign": (
            {"live": variance, "gamma": -np.sqrt(variance)},
            msg("Asked for: the size of gamma, without its sign."),
        ),
        "swapped": (
            {"live": np.sqrt(variance), "gamma": variance},
            msg("The two have changed places: the variance is live share * gamma^2."),
        ),
        "percent": (
            {"live": 100 * variance, "gamma": np.sqrt(variance)},
            msg("This is percent. Asked for: a share from 0 to 1."),
        ),
        "percent of both": (
            {"live": 100 * variance, "gamma": 100 * np.sqrt(variance)},
            msg("These are percent. Asked for: numbers from 0 to 1."),
        ),
    }


def d_prime_cases(seed: int = 0) -> list[tuple]:
    """(mean 0, variance 0, mean 1, variance 1), numbers first and arrays last; every mistake shows."""
    rng = np.random.default_rng([1206, seed])
    cases = [(1.0, 4.0, 3.0, 12.0), (2.0, 9.0, -1.0, 1.0)]
    cases += [tuple(map(float, (*rng.normal(size=2), *rng.uniform(0.5, 5, 2)))) for _ in range(3)]
    numbers = [*cases[:2], *((m0, v0, m1, v1) for m0, m1, v0, v1 in cases[2:])]
    arrays = [tuple(map(np.array, zip(*numbers, strict=True)))]
    return [
        *numbers,
        *arrays,
        tuple(part.reshape(5, 1)[:4].repeat(3, axis=1) for part in arrays[0]),
    ]


def d_prime_mistakes() -> dict:
    """Wrong formulas for d', each with what to say about it."""
    return {
        "sign": (
            lambda m0, v0, m1, v1: (m0 - m1) / np.sqrt((v0 + v1) / 2),
            msg("The sign is turned round: class 1 minus class 0."),
        ),
        "size": (
            lambda m0, v0, m1, v1: abs(m1 - m0) / np.sqrt((v0 + v1) / 2),
            msg("The sign got lost: class 1 minus class 0 may be negative."),
        ),
        "variance": (
            lambda m0, v0, m1, v1: (m1 - m0) / ((v0 + v1) / 2),
            msg("The difference is divided by the variance: the root is missing."),
        ),
        "sum": (
            lambda m0, v0, m1, v1: (m1 - m0) / np.sqrt(v0 + v1),
            msg("Under the root stands the mean of the variances, not their sum."),
        ),
        "mean of deviations": (
            lambda m0, v0, m1, v1: (m1 - m0) / ((np.sqrt(v0) + np.sqrt(v1)) / 2),
            msg("Under the root stands the mean of the variances; a mean of roots is less."),
        ),
        "class 0": (
            lambda m0, v0, m1, v1: (m1 - m0) / np.sqrt(v0),
            msg("Both classes vary: take the mean of both variances."),
        ),
        "squares": (
            lambda m0, v0, m1, v1: (m1 - m0) / np.sqrt((v0**2 + v1**2) / 2),
            msg("The arguments are variances already: do not square them."),
        ),
        "fisher": (
            lambda m0, v0, m1, v1: (m1 - m0) ** 2 / (v0 + v1),
            msg("This is Fisher's ratio, half the square of d'."),
        ),
    }
