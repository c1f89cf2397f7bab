"""What the tests of the convolution unit hold answers against: measured on Keras, not remembered.

Each ``*_MISTAKES`` maps a misconception's name to a wrong formula and what to say about it.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from autograder.messages import msg
from course.lab.experiments import convnets

Blocks = convnets.Blocks

#: Row of the task -> the net that it stands for. k: kernel, p: pool, n: blocks, i: input's side.
PLANS = {
    "k5 p3": Blocks(5, 3),
    "k3 p3": Blocks(3, 3),
    "k2 p3": Blocks(2, 3),
    "k5-same p3": Blocks(5, 3, kernel_padding="same"),
    "k5 p3-same": Blocks(5, 3, pool_padding="same"),
    "k5 p2": Blocks(5, 2),
    "k5 p3 n3": Blocks(5, 3, blocks=3),
    "k5 p3 i240": Blocks(5, 3, side=240),
    "k5 p3 i241": Blocks(5, 3, side=241),
    "k3 p10 n1 i47": Blocks(3, 10, blocks=1, side=47),
}


def size(size, window, stride=1, padding="valid") -> int:
    """The map's side behind a layer, as a Keras layer tells it; 0 where nothing is left."""
    from keras import layers

    layer = layers.MaxPooling2D(window, strides=stride, padding=padding)
    try:
        return max(layer.compute_output_shape((None, size, size, 1))[1], 0)
    except ValueError:
        return 0


def cost(size, channels, filters, kernel, padding="valid") -> tuple[int, int]:
    """Parameters and multiply-accumulates per picture of a Keras convolution, as the reader counts."""
    from keras import Input, Sequential, layers

    from autograder.reading import read

    layer = layers.Conv2D(filters, kernel, padding=padding)
    graph = read(Sequential([Input((size, size, channels)), layer]))
    return graph.parameters, graph.macs


def effective(p) -> float:
    """exp of the entropy (natural logarithm) of a distribution; 0 log 0 = 0."""
    p = np.asarray(p, float)
    p = p[p > 0]
    return float(np.exp(-(p * np.log(p)).sum()))


def dense_pair(w1, b1, w2, b2):
    """x W1 + b1, then W2 and b2, as one layer."""
    return w1 @ w2, b1 @ w2 + b2


def conv_pair(w3, b3, w1, b1):
    """A convolution and the 1x1 convolution behind it as one."""
    return np.einsum("abck,kf->abcf", w3, w1[0, 0]), b3 @ w1[0, 0] + b1


SIZE_MISTAKES = {
    "ceiling": (
        lambda n, k, s=1, p="valid": (
            math.ceil(n / s) if p == "same" else max(math.ceil((n - k) / s) + 1, 0)
        ),
        msg("Without padding a window that does not fit whole is dropped: round down."),
    ),
    "no-plus-one": (
        lambda n, k, s=1, p="valid": math.ceil(n / s) if p == "same" else max((n - k) // s, 0),
        msg(
            "One window fits where the sizes are equal: (n - k) counts the moves, not the windows."
        ),
    ),
    "same-keeps": (
        lambda n, k, s=1, p="valid": n if p == "same" else max((n - k) // s + 1, 0),
        msg(
            "`same` keeps the size at stride 1 only; with stride s there are n / s windows, rounded up."
        ),
    ),
    "below-zero": (
        lambda n, k, s=1, p="valid": math.ceil(n / s) if p == "same" else (n - k) // s + 1,
        msg("A window larger than the map leaves 0 pixels, not a negative number of them."),
    ),
}


def _with_output(macs_side=None, biases=True, channels=True, bias_macs=False):
    """A cost formula with one thing wrong."""

    def formula(n, c, f, k, padding="valid"):
        side = n if macs_side == "input" or padding == "same" else n - k + 1
        weights = k * k * (c if channels else 1) * f
        return weights + f * biases, (weights + f * bias_macs) * side * side

    return formula


COST_MISTAKES = {
    "no-bias": (
        _with_output(biases=False),
        msg("Each filter has a bias too: one more parameter per filter."),
    ),
    "input-size": (
        _with_output(macs_side="input"),
        msg("A filter is applied once per pixel of the output map, not of the input map."),
    ),
    "one-channel": (
        _with_output(channels=False),
        msg("A filter reaches through all input channels: its kernel has k·k·channels weights."),
    ),
    "bias-macs": (
        _with_output(bias_macs=True),
        msg("Adding a bias is no multiplication: it is not counted among the MACs."),
    ),
}

EFFECTIVE_MISTAKES = {
    "bits": (
        lambda p: float(np.exp(-sum(v * math.log2(v) for v in p if v > 0))),
        msg("The entropy is in bits, the exponential is to base e: take one base for both."),
    ),
    "entropy": (
        lambda p: math.log(effective(p)),
        msg("That is the entropy itself. A number of units is its exponential."),
    ),
    "largest": (
        lambda p: float(1 / np.max(p)),
        msg("1 / max(p) looks at one unit only; the entropy looks at all of them."),
    ),
    "squares": (
        lambda p: float(1 / np.sum(np.square(p))),
        msg("1 / Σp² is another honest count (Simpson's), but here exp(entropy) is asked for."),
    ),
}

DENSE_MISTAKES = {
    "forgot-b1": (
        lambda w1, b1, w2, b2: (w1 @ w2, b2),
        msg("The first bias is lost: it passes through the second layer's weights."),
    ),
    "forgot-b2": (
        lambda w1, b1, w2, b2: (w1 @ w2, b1 @ w2),
        msg("The second bias is lost."),
    ),
}

CONV_MISTAKES = {
    "forgot-b3": (
        lambda w3, b3, w1, b1: (conv_pair(w3, b3, w1, b1)[0], b1),
        msg("The bias of the 3x3 convolution is lost: the 1x1 convolution mixes it too."),
    ),
    "forgot-b1": (
        lambda w3, b3, w1, b1: (conv_pair(w3, b3, w1, b1)[0], b3 @ w1[0, 0]),
        msg("The bias of the 1x1 convolution is lost."),
    ),
    "flipped": (
        lambda w3, b3, w1, b1: (
            conv_pair(w3, b3, w1, b1)[0][::-1, ::-1],
            conv_pair(w3, b3, w1, b1)[1],
        ),
        msg("The kernel is turned round: Keras' convolution does not flip its kernels."),
    ),
}


def dense_cases(seed: int, sizes=((3, 5, 4), (7, 2, 3), (4, 4, 4))) -> list[tuple]:
    """(W1, b1, W2, b2) in float64 with random biases, for sizes (in, middle, out)."""
    rng = np.random.default_rng(seed)
    shapes = [((a, b), (b,), (b, c), (c,)) for a, b, c in sizes]
    return [tuple(rng.normal(size=shape) for shape in case) for case in shapes]


def conv_cases(seed: int, sizes=((3, 3, 5, 4), (3, 2, 7, 3), (5, 4, 4, 4))) -> list[tuple]:
    """(W3, b3, W1, b1) in float64 with random biases, for sizes (kernel, in, middle, out)."""
    rng = np.random.default_rng(seed)
    shapes = [((k, k, a, b), (b,), (1, 1, b, c), (c,)) for k, a, b, c in sizes]
    return [tuple(rng.normal(size=shape) for shape in case) for case in shapes]


def distributions(seed: int, number: int = 6) -> list[tuple]:
    """Distributions over 2 to 40 classes, sharp ones and flat ones, some with zeros."""
    rng = np.random.default_rng(seed)
    rows = [np.full(100, 0.01), np.array([0.0, 1.0, 0.0]), np.array([0.5, 0.25, 0.25, 0.0])]
    rows += [
        rng.dirichlet(np.full(rng.integers(2, 40), rng.uniform(0.1, 2))) for _ in range(number)
    ]
    return [(row,) for row in rows]


@cache
def builds() -> tuple[dict, dict]:
    """Row -> whether Keras builds the net, and the map sizes on the way."""
    return (
        {row: plan.builds for row, plan in PLANS.items()},
        {row: str(plan) for row, plan in PLANS.items()},
    )


@cache
def counts() -> tuple[dict, dict]:
    """The letters of the table of fields, ranks and bills, and what was measured for each."""
    from autograder.reading import read

    conv, pool = ("conv", 3), ("pool", 2)
    large, small = (read(convnets.posed_digit_net(kernel)).parameters for kernel in (10, 3))
    macs = [n.macs for n in read(convnets.posed_picture_net()).nodes if n.op == "conv2d"]
    truth = {
        "a": convnets.field(("conv", 10)),
        "b": convnets.field(conv, pool, conv),
        "c": convnets.field(conv, pool, conv, pool, conv),
        "d": convnets.rank(kernel=3, channels=3, filters=512),
        "e": convnets.rank(kernel=10, channels=1, filters=512),
        "f": small < large,
        "g": 1 + int(np.argmax(macs)),
    }
    evidence = {
        **{row: msg("pixels with a slope: {n}", n=truth[row]) for row in "abc"},
        **{row: msg("rank {n}", n=truth[row]) for row in "de"},
        "f": f"{small:,} / {large:,}",
        "g": " / ".join(f"{n:,}" for n in macs),
    }
    return truth, evidence


#: The words of ``comes_out`` and other spellings of them.
WORDS = {
    "<5": ("< 5",),
    "20-80": ("20..80", "20–80"),
    ">80": ("> 80",),
    "0": (0, 0.0, "0.0"),
    "1": (1, 1.0, "1.0"),
    "!=1": ("!= 1", "≠1", "≠ 1"),
    "2.3": (2.3, "2,3", "ln 10", "ln10"),
    "16.1": (16.1, "16,1", "16.118", 16.118),
    ">0.01": ("> 0.01",),
    "inf": (math.inf, "∞", "infinity"),
    "nan": (),
}


@cache
def comes_out() -> tuple[dict, dict]:
    """The letters of the table of probabilities and losses, as words, and the measured numbers."""
    hidden = convnets.hidden_layer("softmax")
    gone = np.full(10, 1 / 9)
    gone[3] = 0
    lost, slope = convnets.damaged_loss("categorical_crossentropy", gone, 3)
    empty, _ = convnets.damaged_loss("categorical_crossentropy", np.zeros(10), 3)
    sparse, _ = convnets.damaged_loss("sparse_categorical_crossentropy", np.zeros(10), 3)
    sums = {training: convnets.dropped_sums(0.1, training) for training in (False, True)}
    gap = convnets.head_gap()
    values = {"c": lost, "d": slope, "e": empty, "f": sparse}
    truth = {
        "a": _bucket(hidden.before),
        "b": _bucket(hidden.after),
        **{row: _loss_word(value) for row, value in values.items()},
        "g": "1" if np.ptp(sums[False]) < 1e-5 else "!=1",
        "h": "1" if np.ptp(sums[True]) < 1e-5 else "!=1",
        "i": "0" if gap == 0 else ">0.01",
    }
    evidence = {
        "a": f"{hidden.before:.1f} / 100",
        "b": f"{hidden.after:.1f} / 100",
        **{row: f"{value:.4g}" for row, value in values.items()},
        "g": f"{sums[False].min():.3f} … {sums[False].max():.3f}",
        "h": f"{sums[True].min():.3f} … {sums[True].max():.3f}",
        "i": f"{gap:.3g}",
    }
    return truth, evidence


@cache
def collapses() -> tuple[dict, dict]:
    """Pair of convolutions -> whether one 3x3 convolution does the same, and the relative gap."""
    gaps = {
        "3x3, 1x1": convnets.one_layer_gap("3x3, 1x1"),
        "3x3 same, 1x1": convnets.one_layer_gap("3x3, 1x1", padding="same"),
        "3x3, relu, 1x1": convnets.one_layer_gap("3x3, 1x1", between="relu"),
        "1x1, 3x3": convnets.one_layer_gap("1x1, 3x3"),
        "1x1, 3x3 same": convnets.one_layer_gap("1x1, 3x3", padding="same"),
        "1x1 no bias, 3x3 same": convnets.one_layer_gap("1x1, 3x3", padding="same", bias=False),
    }
    return {pair: gap < 1e-10 for pair, gap in gaps.items()}, {
        pair: msg("{gap:.1e} of the largest output", gap=gap) for pair, gap in gaps.items()
    }


def _bucket(units: float) -> str:
    return "<5" if units < 5 else ">80" if units > 80 else "20-80"


def _loss_word(value: float) -> str:
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf"
    return "0" if value == 0 else f"{value:.1f}"
