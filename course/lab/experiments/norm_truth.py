"""Batch normalisation from its definition: the right answers to the tasks of unit 4 that students
write as functions, cases that tell wrong formulas apart, and the mistakes people make.

The last axis is the channel axis; all others are averaged over. For maps (m, p, q, channels) that is
S. Ioffe's and C. Szegedy's effective batch of m·p·q numbers (Batch Normalization, 2015, section 3.2).
NumPy only, float64.
"""

from __future__ import annotations

import numpy as np

from autograder.messages import msg

EPSILON = 1e-3

#: What the functions of several results return, for messages.
STATISTICS = ("mean", "variance")

# -- the definition --------------------------------------------------------------------------------


def statistics(x) -> tuple[np.ndarray, np.ndarray]:
    """Mean and (biased) variance of every channel of a batch, each of shape (channels,)."""
    axes = tuple(range(np.ndim(x) - 1))
    return np.mean(x, axis=axes), np.var(x, axis=axes)


def normalise(x, mean, variance, gamma, beta, epsilon) -> np.ndarray:
    """gamma * (x - mean) / sqrt(variance + epsilon) + beta, in the shape of x."""
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def moving(batches, momentum) -> tuple[np.ndarray, np.ndarray]:
    """Moving mean and variance after ``batches``, from 0 and 1, as Keras keeps them."""
    return _moving(batches, momentum)


def _moving(batches, momentum, of=statistics, start=(0.0, 1.0)):
    mean, variance = start
    for x in batches:
        new_mean, new_variance = of(x)
        mean = momentum * mean + (1 - momentum) * new_mean
        variance = momentum * variance + (1 - momentum) * new_variance
    return mean, variance


def batches_of_numbers(seed: int = 0) -> list[tuple[np.ndarray]]:
    """Arguments of :func:`statistics`: a dense batch and two batches of maps, no two axes alike.

    Channels have means and deviations of their own, images too, and places on the map as well.
    """
    rng = np.random.default_rng([401, seed])
    return [(_batch(rng, shape),) for shape in ((6, 3), (3, 4, 5, 2), (2, 3, 2, 4))]


def _batch(rng, shape) -> np.ndarray:
    x = rng.normal(size=shape) * rng.uniform(0.5, 2, shape[-1]) + rng.uniform(1, 4, shape[-1])
    if len(shape) == 4:
        x += rng.normal(0, 2, (shape[0], 1, 1, shape[-1])) + rng.normal(0, 2, (1, *shape[1:]))
    return x


def normalise_cases(seed: int = 0) -> list[tuple]:
    """Arguments of :func:`normalise`, with statistics that are not the batch's own."""
    rng = np.random.default_rng([402, seed])
    cases = []
    for shape, epsilon in (((5, 3), 1e-3), ((2, 4, 3, 2), 0.1), ((4, 2), 1e-5)):
        c = shape[-1]
        variance = rng.uniform(0.3, 3, c)
        variance[0] = 0.01  # small: here epsilon counts
        gamma = rng.uniform(0.5, 2, c) * np.where(np.arange(c) % 2, -1, 1)
        vectors = rng.normal(size=c), variance, gamma, rng.normal(2, 1, c)
        # Two digits: messages show these numbers.
        cases.append((_batch(rng, shape), *(np.round(v, 2) for v in vectors), epsilon))
    return cases


def moving_cases(seed: int = 0) -> list[tuple]:
    """Arguments of :func:`moving`: batches of unlike sizes, one of them a single batch."""
    rng = np.random.default_rng([403, seed])
    return [
        ([_batch(rng, (n, 3)) for n in (4, 6, 3)], 0.9),
        ([_batch(rng, (n, 2, 3, 2)) for n in (2, 1)], 0.6),
        ([_batch(rng, (5, 2))], 0.99),
        ([_batch(rng, (4, 2)) for _ in range(40)], 0.8),
    ]


def statistics_mistakes() -> dict:
    """Wrong statistics of the right shape, each with what to say about it."""

    def flat(x):
        return x.reshape(-1, x.shape[-1])

    def inner(x):
        return tuple(range(1, x.ndim - 1))

    each_image = msg(
        "The variance is taken within each image and then averaged. What differs from image to "
        "image is lost: take all m·p·q numbers of a channel together."
    )
    return {
        "n - 1": (
            lambda x: (flat(x).mean(0), flat(x).var(0, ddof=1)),
            msg("The variance is divided by n - 1. Batch normalisation divides by n."),
        ),
        "deviation": (
            lambda x: (flat(x).mean(0), flat(x).std(0)),
            msg("That is the standard deviation. Asked for: the variance."),
        ),
        "swapped": (
            lambda x: (flat(x).var(0), flat(x).mean(0)),
            msg("First the mean, then the variance: here they have changed places."),
        ),
        "not centred": (
            lambda x: (flat(x).mean(0), (flat(x) ** 2).mean(0)),
            msg("That is the mean of x², not of (x - mean)²."),
        ),
        "variance of each place": (
            lambda x: (flat(x).mean(0), _over_places(x.var(axis=0))),
            msg(
                "The variance is taken at each place of the map and then averaged. What differs from place "
                "to place is lost: take all m·p·q numbers of a channel together."
            ),
        ),
        "variance of each image": (
            lambda x: (flat(x).mean(0), x.var(axis=inner(x)).mean(0)),
            each_image,
        ),
        "variance of each image, dense right": (
            lambda x: (flat(x).mean(0), x.var(0) if x.ndim == 2 else x.var(inner(x)).mean(0)),
            each_image,
        ),
    }


def _over_places(x):
    return x.reshape(-1, x.shape[-1]).mean(0)


def normalise_mistakes() -> dict:
    """Wrong formulas, each with what to say about it."""

    def scaled(x, mean, variance, epsilon):
        return (x - mean) / np.sqrt(variance + epsilon)

    return {
        "no epsilon": (
            lambda x, m, v, g, b, e: g * (x - m) / np.sqrt(v) + b,
            msg("Where is epsilon? It keeps a channel with a tiny variance from exploding."),
        ),
        "epsilon outside": (
            lambda x, m, v, g, b, e: g * (x - m) / (np.sqrt(v) + e) + b,
            msg("Epsilon belongs under the root, added to the variance."),
        ),
        "epsilon fixed": (
            lambda x, m, v, g, b, e: g * (x - m) / np.sqrt(v + EPSILON) + b,
            msg("Epsilon is 0.001 here, whatever `epsilon` says."),
        ),
        "no root": (
            lambda x, m, v, g, b, e: g * (x - m) / (v + e) + b,
            msg("Divided by the variance: the root is missing."),
        ),
        "not centred": (
            lambda x, m, v, g, b, e: g * x / np.sqrt(v + e) + b,
            msg("The mean has not been subtracted."),
        ),
        "no gamma": (
            lambda x, m, v, g, b, e: scaled(x, m, v, e) + b,
            msg("Where is gamma? It multiplies what has been normalised."),
        ),
        "no beta": (
            lambda x, m, v, g, b, e: g * scaled(x, m, v, e),
            msg("Where is beta? It is added at the end."),
        ),
        "neither": (
            lambda x, m, v, g, b, e: scaled(x, m, v, e),
            msg("Where are gamma and beta? They come after the normalisation."),
        ),
        "beta first": (
            lambda x, m, v, g, b, e: g * (scaled(x, m, v, e) + b),
            msg("Gamma multiplies beta as well: first gamma, then beta."),
        ),
        "own statistics": (
            lambda x, m, v, g, b, e: normalise(x, *statistics(x), g, b, e),
            msg(
                "You normalise by the statistics of `x` itself. Use `mean` and `variance`: in inference they "
                "are not the batch's."
            ),
        ),
        "identity": (lambda x, m, v, g, b, e: x, msg("The batch came back as it was.")),
    }


def moving_mistakes() -> dict:
    """Wrong moving statistics, each with what to say about it."""

    def sample(x):
        flat = x.reshape(-1, x.shape[-1])
        return flat.mean(0), flat.var(0, ddof=1)

    def corrected(batches, momentum):
        share = 1 - momentum ** len(batches)
        return tuple(v / share for v in _moving(batches, momentum, start=(0.0, 0.0)))

    def together(batches, momentum):
        return statistics(np.concatenate([x.reshape(-1, x.shape[-1]) for x in batches]))

    return {
        "other way round": (
            lambda batches, momentum: _moving(batches, 1 - momentum),
            msg(
                "`momentum` is the share of the new batch here. In Keras it is the share of the old "
                "average that stays (PyTorch counts the other way round)."
            ),
        ),
        "n - 1": (
            lambda batches, momentum: _moving(batches, momentum, sample),
            msg(
                "The variances are divided by n - 1. PyTorch keeps those; Keras, and this task, keep the "
                "batch's own, divided by n."
            ),
        ),
        "from the first batch": (
            lambda batches, momentum: _moving(batches[1:], momentum, start=statistics(batches[0])),
            msg("The averages start from the first batch here. They start from 0 and 1."),
        ),
        "variance from 0": (
            lambda batches, momentum: _moving(batches, momentum, start=(0.0, 0.0)),
            msg("The variance starts from 0 here. It starts from 1."),
        ),
        "corrected": (
            corrected,
            msg("This is corrected for the start, as Adam does it. Batch normalisation does not."),
        ),
        "plain average": (
            lambda batches, momentum: tuple(
                np.mean([statistics(x)[i] for x in batches], axis=0) for i in (0, 1)
            ),
            msg("That is the plain average over the batches: `momentum` is not used."),
        ),
        "one batch": (
            together,
            msg("That is the statistics of all batches poured together: `momentum` is not used."),
        ),
        "last batch": (
            lambda batches, momentum: statistics(batches[-1]),
            msg("That is the last batch alone. What came before is forgotten."),
        ),
        "swapped": (
            lambda batches, momentum: _moving(batches, momentum)[::-1],
            msg("First the mean, then the variance: here they have changed places."),
        ),
        "pair swapped on the way": (
            lambda batches, momentum: _moving(batches, momentum, lambda x: statistics(x)[::-1]),
            msg(
                "The mean goes into the moving variance here, and the variance into the moving mean."
            ),
        ),
        "deviations": (
            lambda batches, momentum: _moving(
                batches, momentum, lambda x: (statistics(x)[0], np.sqrt(statistics(x)[1]))
            ),
            msg("You average the standard deviations. Average the variances."),
        ),
    }


# -- the gradients ---------------------------------------------------------------------------------

GRADIENTS = ("dx", "dgamma", "dbeta")


def backward(x, gamma, dy, epsilon) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of L by x, gamma and beta, given dy = dL/dy of y = BN(x) in training.

    dx has the shape of x, the others (channels,). Ioffe and Szegedy 2015, section 3.
    """
    axes = tuple(range(np.ndim(x) - 1))
    mean, variance = statistics(x)
    root = np.sqrt(variance + epsilon)
    normal = (x - mean) / root
    dgamma, dbeta = (dy * normal).sum(axis=axes), dy.sum(axis=axes)
    n = x.size // x.shape[-1]
    return gamma / root * (dy - dbeta / n - normal * dgamma / n), dgamma, dbeta


def backward_cases(seed: int = 0) -> list[tuple]:
    """Arguments of :func:`backward`: dense batches and maps, one with an epsilon that counts."""
    rng = np.random.default_rng([404, seed])
    return [
        (_batch(rng, shape), rng.uniform(0.5, 2, shape[-1]), rng.normal(1, 1, shape), epsilon)
        for shape, epsilon in (((5, 3), 1e-3), ((3, 4, 3, 2), 0.2), ((4, 2), 0.1))
    ]


def backward_size(x, gamma, dy, epsilon) -> float:
    """The largest term in the sums of :func:`backward`, for a rounding bound."""
    axes = tuple(range(np.ndim(x) - 1))
    mean, variance = statistics(np.asarray(x))
    root = np.sqrt(variance + epsilon)
    normal = (np.abs(x) + np.abs(mean)) / root
    sums = (np.abs(dy) * normal).sum(axis=axes)
    return float(np.max(np.maximum(1, np.abs(gamma) / root) * np.maximum(1, normal) * sums))


def backward_mistakes() -> dict:
    """Wrong gradients, each with what to say about it."""

    def parts(x, gamma, dy, epsilon):
        axes = tuple(range(x.ndim - 1))
        mean, variance = statistics(x)
        root = np.sqrt(variance + epsilon)
        normal = (x - mean) / root
        return root, normal, (dy * normal).sum(axis=axes), dy.sum(axis=axes), x.size // x.shape[-1]

    def variant(dx, sums=lambda dgamma, dbeta, n, x, dy: (dgamma, dbeta)):
        def wrong(x, gamma, dy, epsilon):
            root, normal, dgamma, dbeta, n = parts(x, gamma, dy, epsilon)
            found = dx(gamma / root, dy, normal, dgamma, dbeta, n, x)
            return found, *sums(dgamma, dbeta, n, x, dy)

        return wrong

    def right(scale, dy, normal, dgamma, dbeta, n, x):
        return scale * (dy - dbeta / n - normal * dgamma / n)

    def raw(x, dy):
        return (dy * x).sum(axis=tuple(range(x.ndim - 1)))

    return {
        "constants": (
            variant(lambda scale, dy, *_: scale * dy),
            msg(
                "`dx` treats mean and variance as constants. They are made of x: every sample moves them, and "
                "through them every other sample."
            ),
        ),
        "mean only": (
            variant(lambda s, dy, normal, dgamma, dbeta, n, x: s * (dy - dbeta / n)),
            msg("`dx` knows that the mean depends on x. So does the variance."),
        ),
        "variance only": (
            variant(lambda s, dy, normal, dgamma, dbeta, n, x: s * (dy - normal * dgamma / n)),
            msg("`dx` knows that the variance depends on x. So does the mean."),
        ),
        "samples": (
            variant(
                lambda s, dy, normal, dgamma, dbeta, n, x: (
                    s * (dy - dbeta / len(x) - normal * dgamma / len(x))
                )
            ),
            msg("On maps, n is m·p·q: all numbers of a channel, not the number of images."),
        ),
        "no gamma": (
            lambda x, gamma, dy, epsilon: backward(x, 1 + 0 * gamma, dy, epsilon),
            msg("`dx` misses the factor gamma."),
        ),
        "no epsilon": (
            lambda x, gamma, dy, epsilon: backward(x, gamma, dy, 0.0),
            msg("Where is epsilon? It stands under the root in the forward pass."),
        ),
        "no root": (
            variant(
                lambda s, dy, normal, dgamma, dbeta, n, x: dy - dbeta / n - normal * dgamma / n
            ),
            msg("`dx` misses the factor gamma / sqrt(variance + epsilon)."),
        ),
        "raw x": (
            variant(right, lambda dgamma, dbeta, n, x, dy: (raw(x, dy), dbeta)),
            msg("`dgamma`: gamma multiplies the normalised x, not x."),
        ),
        "means": (
            variant(right, lambda dgamma, dbeta, n, x, dy: (dgamma / n, dbeta / n)),
            msg("`dgamma` and `dbeta` are averages here. The chain rule sums over the batch."),
        ),
        "swapped": (
            variant(right, lambda dgamma, dbeta, n, x, dy: (dbeta, dgamma)),
            msg("`dgamma` and `dbeta` have changed places."),
        ),
        "nothing": (
            variant(lambda s, dy, *_: dy),
            msg("`dx` is `dy` as it came in: the layer between them has been skipped."),
        ),
    }


# -- folding ---------------------------------------------------------------------------------------

FOLDED = ("kernel", "bias")


def fold(kernel, bias, gamma, beta, mean, variance, epsilon) -> tuple[np.ndarray, np.ndarray]:
    """Kernel and bias of the one layer that does what the layer and its batch normalisation do in
    inference. ``kernel``: (..., channels in, channels out), the other arrays (channels out,)."""
    scale = gamma / np.sqrt(variance + epsilon)
    return kernel * scale, (bias - mean) * scale + beta


def fold_cases(seed: int = 0) -> list[tuple]:
    """Arguments of :func:`fold`: a convolution and a dense layer, nothing zero, gammas of both signs."""
    rng = np.random.default_rng([405, seed])
    cases = []
    for shape, epsilon in (((3, 2, 2, 4), 1e-3), ((5, 3), 0.1), ((1, 1, 3, 3), 1e-3)):
        c = shape[-1]
        variance = rng.uniform(0.3, 3, c)
        variance[0] = 0.02
        gamma = rng.uniform(0.5, 2, c) * np.where(np.arange(c) % 2, -1, 1)
        cases.append(
            (
                rng.normal(size=shape),
                rng.normal(1, 1, c),
                gamma,
                rng.normal(2, 1, c),
                rng.normal(-1, 1, c),
                variance,
                epsilon,
            )
        )
    return cases


def fold_size(kernel, bias, gamma, beta, mean, variance, epsilon) -> float:
    """The largest term in the sums of :func:`fold`, for a rounding bound."""
    scale = np.abs(gamma) / np.sqrt(variance + epsilon)
    sums = (np.abs(bias) + np.abs(mean)) * scale + np.abs(beta)
    return float(max((np.abs(kernel) * scale).max(), sums.max()))


def fold_mistakes() -> dict:
    """Wrong folds, each with what to say about it."""

    def scale(g, v, e):
        return g / np.sqrt(v + e)

    return {
        "no epsilon": (
            lambda k, b, g, t, m, v, e: fold(k, b, g, t, m, v, 0.0),
            msg(
                "Where is epsilon? It stands under the root, and a channel with a small variance feels it."
            ),
        ),
        "no root": (
            lambda k, b, g, t, m, v, e: (k * g / (v + e), (b - m) * g / (v + e) + t),
            msg("Divided by the variance: the root is missing."),
        ),
        "bias not scaled": (
            lambda k, b, g, t, m, v, e: (k * scale(g, v, e), b - m * scale(g, v, e) + t),
            msg(
                "The old bias passes through the normalisation too: it is scaled like everything else."
            ),
        ),
        "bias forgotten": (
            lambda k, b, g, t, m, v, e: (k * scale(g, v, e), t - m * scale(g, v, e)),
            msg("Where is the old bias of the layer?"),
        ),
        "bias kept": (
            lambda k, b, g, t, m, v, e: (k * scale(g, v, e), b),
            msg(
                "The kernel is right; the bias stayed as it was. Mean and beta have to go somewhere."
            ),
        ),
        "no beta": (
            lambda k, b, g, t, m, v, e: (k * scale(g, v, e), (b - m) * scale(g, v, e)),
            msg("Where is beta?"),
        ),
        "no mean": (
            lambda k, b, g, t, m, v, e: (k * scale(g, v, e), b * scale(g, v, e) + t),
            msg("Where is the mean? The normalisation subtracts it."),
        ),
        "mean added": (
            lambda k, b, g, t, m, v, e: (k * scale(g, v, e), (b + m) * scale(g, v, e) + t),
            msg("The mean is subtracted, not added."),
        ),
        "mean not scaled": (
            lambda k, b, g, t, m, v, e: (k * scale(g, v, e), b * scale(g, v, e) - m + t),
            msg("The mean is subtracted before the scaling, so it is scaled too."),
        ),
        "no gamma": (
            lambda k, b, g, t, m, v, e: fold(k, b, 1 + 0 * g, t, m, v, e),
            msg("Where is gamma?"),
        ),
        "kernel kept": (
            lambda k, b, g, t, m, v, e: (k, fold(k, b, g, t, m, v, e)[1]),
            msg("The bias is right; the kernel stayed as it was."),
        ),
        "beta scaled": (
            lambda k, b, g, t, m, v, e: (k * scale(g, v, e), (b - m + t) * scale(g, v, e)),
            msg("Beta is added after the scaling: it is not scaled."),
        ),
        "nothing": (lambda k, b, g, t, m, v, e: (k, b), msg("The layer came back as it was.")),
    }
