"""Right answers to the two functions of the unit on layer order that students write, for its checks,
and the mistakes people make in them. NumPy only."""

from __future__ import annotations

import numpy as np

from autograder.messages import msg


def relu_ops(height: int, width: int, channels: int, pool: int) -> tuple[int, int]:
    """Numbers that ReLU meets per image in Alex's and in Ilya's cell, on a map of that size."""
    return height * width * channels, (height // pool) * (width // pool) * channels


def count_cases() -> list[tuple[int, int, int, int]]:
    """Sizes (height, width, channels, pool) that tell every wrong count from the right one; small
    enough that a message shows their counts digit by digit."""
    return [(27, 27, 4, 2), (98, 98, 1, 2), (45, 45, 2, 10), (100, 98, 1, 3)]


def count_mistakes() -> dict:
    """Wrong counts of ReLU's numbers, each with what to say about it."""
    rest = msg(
        "Round down each side by itself: a rest of rows cannot be glued to a rest of columns."
    )
    return {
        "k squared": (
            lambda h, w, c, k: (h * w * c, h * w * c / k**2),
            msg("Dividing by pool² is right only when the pool divides both sides of the map."),
        ),
        "ceil": (
            lambda h, w, c, k: (h * w * c, -(-h // k) * -(-w // k) * c),
            msg("A window that hangs over the edge is left out: round down, not up."),
        ),
        "round": (
            lambda h, w, c, k: (h * w * c, round(h / k) * round(w / k) * c),
            msg("Half a window is no window: round down, not to the nearest whole number."),
        ),
        "floor of the product": (lambda h, w, c, k: (h * w * c, h * w // k**2 * c), rest),
        "floor of everything": (lambda h, w, c, k: (h * w * c, h * w * c // k**2), rest),
        "channels": (
            lambda h, w, c, k: (h * w, (h // k) * (w // k)),
            msg("The channels are missing: ReLU meets every number of every channel."),
        ),
        "swapped": (
            lambda h, w, c, k: relu_ops(h, w, c, k)[::-1],
            msg("Alex and Ilya have changed places: Alex applies ReLU before the pool."),
        ),
        "convolution": (
            lambda h, w, c, k: ((h - 2) * (w - 2) * c, (h - 2) // k * ((w - 2) // k) * c),
            msg("Height and width are those of the map after the convolution already."),
        ),
        "comparisons": (
            lambda h, w, c, k: (h * w * c, (h // k) * (w // k) * c * k * k),
            msg("Ilya's ReLU meets one number for each window, not the whole window."),
        ),
    }


def saving_mistakes() -> dict:
    """Wrong percentages, each with what to say about it."""
    right = savings()
    rounded = {
        f"{pool} and {cell}": (
            {"relu": 75, "relu + pool": pool, "conv + relu + pool": cell},
            msg("This is rounded too much: three digits, please."),
        )
        for pool in (43, 42, 40)
        for cell in (0.26, 0.25, 0.3, 0.2)
    }
    return {
        "ratio": (
            {
                "relu": 4.0,
                "relu + pool": 7 / 4,
                "conv + relu + pool": 1 / (1 - right["conv + relu + pool"] / 100),
            },
            msg("These are ratios. Asked for: percent of Alex's operations that Ilya saves."),
        ),
        "fraction": (
            {row: value / 100 for row, value in right.items()},
            msg("These are fractions of one. Asked for: percent."),
        ),
        "rest": (
            {row: 100 - value for row, value in right.items()},
            msg("This is what Ilya still computes. Asked for: what he saves."),
        ),
        "no pool": (
            savings(comparisons=0),
            msg("Where is the price of the pooling itself? 3 comparisons for each window."),
        ),
        "of ilya": (
            {row: 100 * value / (100 - value) for row, value in right.items()},
            msg("The base is Alex's cost, not Ilya's."),
        ),
        "twice the convolution": (
            savings(mac=2),
            msg(
                "The convolution is counted double: 32 input channels (not 64 filters), 1 operation "
                "each."
            ),
        ),
        "window": (
            savings(comparisons=4),
            msg("The maximum of 4 numbers takes 3 comparisons, not 4."),
        ),
        "one channel": (
            savings(channels=1),
            msg("The convolution sums over all 32 input channels."),
        ),
        **rounded,
    }


def savings(mac: int = 1, comparisons: int = 3, channels: int = 32) -> dict[str, float]:
    """Percent that Ilya saves: 100x100 image, 32 channels, 3x3 convolution to 64 filters, pool 2.

    The arguments are prices: of a multiply-accumulate, of a window's maximum, of channels summed.
    """
    alex, ilya = relu_ops(98, 98, 64, 2)
    pool, conv = comparisons * ilya, mac * 9 * channels * alex
    return {
        "relu": 100 * (alex - ilya) / alex,
        "relu + pool": 100 * (alex - ilya) / (alex + pool),
        "conv + relu + pool": 100 * (alex - ilya) / (conv + alex + pool),
    }


def one_signed(gradient) -> float:
    """Share of the neurons (columns) whose gradient has one sign; zeros have no sign.

    Columns of zeros only are left out; 0.0 when nothing is left.
    """
    gradient = np.asarray(gradient, float)
    live = gradient[:, (gradient != 0).any(axis=0)]
    if not live.shape[1]:
        return 0.0
    return float(((live >= 0).all(axis=0) | (live <= 0).all(axis=0)).mean())


def sign_cases(seed: int = 0) -> list[tuple[np.ndarray]]:
    """Gradients (inputs, neurons) with columns of one sign, of both, with zeros, of zeros only.

    The first two are so small that a message shows them whole; they tell every mistake apart.
    """
    small = [
        (np.array([[1.0, -1, 2, 0], [3, -2, -1, 0]]),),
        (np.array([[0.0, -1, 2], [3, 0, -1]]),),
    ]
    rng = np.random.default_rng([909, seed])
    mixed = rng.normal(size=(4, 6))
    mixed[:, :2] = np.abs(mixed[:, :2])
    mixed[:, 2] = -np.abs(mixed[:, 2])
    zeros = mixed.copy()
    zeros[1, 0] = zeros[0, 2] = 0
    zeros[:, 5] = 0
    positive = np.abs(rng.normal(size=(3, 4)))
    one_row = rng.normal(size=(5, 8))
    one_row[2] = np.abs(one_row[2])
    return [*small, (zeros,), (mixed,), (positive,), (-positive,), (one_row,)]


def sign_mistakes() -> dict:
    """Wrong ways to count one-signed neurons, each with what to say about it."""

    def live(gradient):
        return gradient[:, (gradient != 0).any(axis=0)]

    dead = msg("Columns of zeros only belong to neurons that got no gradient: leave them out.")
    return {
        "rows": (
            lambda g: one_signed(g.T),
            msg("These are the rows, one per input. A neuron is a column of the kernel."),
        ),
        "zero counts": (
            lambda g: ((live(g) > 0).all(axis=0) | (live(g) < 0).all(axis=0)).mean(),
            msg("Zeros have no sign: a column such as (0, 2, 3) has one sign all the same."),
        ),
        "zero columns": (lambda g: ((g >= 0).all(axis=0) | (g <= 0).all(axis=0)).mean(), dead),
        "zero columns below": (lambda g: one_signed(g) * live(g).shape[1] / g.shape[1], dead),
        "zeros of both kinds": (
            lambda g: ((g > 0).all(axis=0) | (g < 0).all(axis=0)).mean(),
            msg(
                "Zeros have no sign: (0, 2, 3) has one sign all the same, and a column of zeros only "
                "does not count at all."
            ),
        ),
        "percent": (
            lambda g: 100 * one_signed(g),
            msg("This is percent. Asked for: a share from 0 to 1."),
        ),
        "zero is negative": (
            lambda g: ((live(g) > 0).all(axis=0) | (live(g) <= 0).all(axis=0)).mean(),
            msg("Zeros have no sign, neither plus nor minus: skip them."),
        ),
        "whole layer": (
            lambda g: float((g >= 0).all() or (g <= 0).all()),
            msg("This asks about the whole layer at once. Ask every neuron by itself."),
        ),
        "positive only": (
            lambda g: (live(g) >= 0).all(axis=0).mean(),
            msg("All minus is one sign too."),
        ),
        "count": (
            lambda g: one_signed(g) * live(g).shape[1],
            msg("This is how many neurons there are. Asked for: their share of those that count."),
        ),
    }
