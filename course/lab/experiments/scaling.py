"""Scales: what batch normalisation does to a feature, how long its averages take, what an optimiser
keeps, and the mistakes people make about them.

A table of mistakes maps a name to (what it leads to, message); checks recognise answers by it.
"""

from __future__ import annotations

import numpy as np

from autograder.messages import msg


def normalised(x, epsilon):
    """One feature of a batch, shape (n,), as batch normalisation makes it in training.

    (x - mean) / sqrt(variance + epsilon) with the batch's own mean and (biased) variance.
    """
    return (x - np.mean(x)) / np.sqrt(np.var(x) + epsilon)


def steps_until(share, momentum) -> int:
    """Steps until a moving average has at most ``share`` of its first error left: momentum^n."""
    n, left = 0, 1.0
    while left > share:
        n, left = n + 1, left * momentum
    return n


def by_keras(x, epsilon):
    """The same as :func:`normalised`, by Keras itself."""
    from keras import layers

    layer = layers.BatchNormalization(epsilon=epsilon)
    return np.asarray(layer(np.asarray(x, np.float32)[:, None], training=True))[:, 0]


def batches(seed: int = 4) -> list[tuple[np.ndarray, float]]:
    """Batches of one feature with an epsilon, on which every mistake below shows."""
    rng = np.random.default_rng(seed)
    return [
        (rng.normal(0.05, 0.001, 32), 1e-3),
        (np.array([1.0, 3.0]), 1e-3),
        (rng.normal(0, 1, 32), 1e-3),
        (rng.normal(1e5, 3e4, 64), 1e-3),
        (rng.normal(5, 0.01, 8), 1e-5),
        (np.array([2.0, 4.0, 9.0]), 0.25),  # a large epsilon: identity and inference differ
    ]


def kept_numbers(optimizer, net) -> int:
    """How many numbers the optimiser keeps for ``net``, step counter and learning rate not counted."""
    optimizer.build(net.trainable_variables)
    return sum(int(np.prod(v.shape)) for v in optimizer.variables) - 2


def kept_by_optimizers(net) -> dict[str, int]:
    """:func:`kept_numbers` of plain SGD, SGD with momentum, and Adam."""
    import keras

    kinds = {
        "sgd": keras.optimizers.SGD(),
        "momentum": keras.optimizers.SGD(momentum=0.9),
        "adam": keras.optimizers.Adam(),
    }
    return {name: kept_numbers(optimizer, net) for name, optimizer in kinds.items()}


NORMALISED_MISTAKES = {
    "identity": (
        lambda x, epsilon: x,
        msg("The batch came back as it was."),
    ),
    "no-epsilon": (
        lambda x, epsilon: (x - x.mean()) / x.std(),
        msg(
            "This is a standard scaler without epsilon: a feature with deviation 0.001 tells them apart."
        ),
    ),
    "epsilon-on-deviation": (
        lambda x, epsilon: (x - x.mean()) / (x.std() + epsilon),
        msg("Epsilon is added to the variance, under the root, not to the deviation."),
    ),
    "sample-variance": (
        lambda x, epsilon: (x - x.mean()) / np.sqrt(x.var(ddof=1) + epsilon),
        msg("Batch normalisation divides by n, not by n - 1."),
    ),
    "not-centred": (
        lambda x, epsilon: x / np.sqrt(x.var() + epsilon),
        msg("The mean of the batch has not been subtracted."),
    ),
    "no-root": (
        lambda x, epsilon: (x - x.mean()) / (x.var() + epsilon),
        msg("Divided by the variance: the root is missing."),
    ),
    "inference": (
        lambda x, epsilon: x / np.sqrt(1 + epsilon),
        msg(
            "This is what a fresh layer does in inference: with its own mean 0 and variance 1, not with "
            "the batch's."
        ),
    ),
}

STEPS_MISTAKES = {
    "one-less": (
        lambda share, momentum: steps_until(share, momentum) - 1,
        msg("One step too few: the error is still above the share."),
    ),
    "one-more": (
        lambda share, momentum: steps_until(share, momentum) + 1,
        msg("One step too many: the error was small enough before the last one."),
    ),
    "time-constant": (
        lambda share, momentum: np.round(1 / (1 - momentum)),
        msg("1 / (1 - momentum) steps leave more than a third of the error, whatever the share."),
    ),
    "linear": (
        lambda share, momentum: np.ceil((1 - share) / (1 - momentum)),
        msg("The error does not shrink by the same amount every step, but by the same factor."),
    ),
    "swapped": (
        lambda share, momentum: np.ceil(np.log(momentum) / np.log(share)),
        msg(
            "The logarithms are swapped: each step multiplies the error by `momentum`, so a small "
            "`share` takes many steps."
        ),
    ),
}


def slots_mistakes(net) -> dict:
    """Misconceptions about what optimisers keep, as the numbers they lead to for ``net``."""
    trainable = sum(int(np.prod(v.shape)) for v in net.trainable_variables)
    every = net.count_params()
    return {
        "free": (
            {"sgd": 0, "momentum": 0, "adam": 0},
            msg("Nothing is free: momentum has to be remembered somewhere."),
        ),
        "one-each": (
            {"momentum": trainable, "adam": trainable},
            msg("Adam keeps two averages: of the gradient and of its square."),
        ),
        "with-weights": (
            {"sgd": trainable, "momentum": 2 * trainable, "adam": 3 * trainable},
            msg("The weights themselves belong to the net, not to the optimiser."),
        ),
        "all-parameters": (
            {"momentum": every, "adam": 2 * every},
            msg("Moving averages have no gradient: an optimiser keeps nothing for them."),
        ),
        "per-layer": (
            {"momentum": 1, "adam": 2},
            msg("One number for the whole net? Each trainable weight has its own."),
        ),
    }
