"""What unit 4 has Keras' own layers say: which biases matter, what commutes, what folds, and what the
order of layers in its four nets should be read as. Verdicts are measured, never looked up."""

from __future__ import annotations

from functools import cache

import numpy as np

from autograder.messages import Message, msg
from course.lab.experiments import norm_by_hand
from course.lab.experiments.friends import Verdicts

_SAME = 1e-4  # float32 rounding of outputs near 1 stays below 1e-5; real differences are above 1e-2

#: What may be said of a place, and of who learns; with other spellings that count as well.
WORDS = {
    "both": ("оба", "обе"),
    "with": ("только с", "с"),
    "without": ("только без", "без"),
    "neither": ("none", "никто", "ни один", "ни одна"),
}


@cache
def bias_verdicts() -> Verdicts:
    """Does adding a constant to the bias change the answer of these layers?"""
    from keras import layers

    rng = np.random.default_rng(41)
    x = rng.normal(1, 1, (40, 5)).astype(np.float32)
    maps = rng.normal(0, 1, (6, 7, 7, 2)).astype(np.float32)

    def dense():
        return layers.Dense(4)

    def conv():
        return layers.Conv2D(4, 3)

    cases = {
        "dense, bn; training": ([dense(), layers.BatchNormalization()], x, "training"),
        "dense, bn; inference": ([dense(), layers.BatchNormalization()], x, "inference"),
        "dense, bn; inference, averages caught up": (
            [dense(), layers.BatchNormalization(momentum=0.5)],
            x,
            "later",
        ),
        "dense, relu, bn; training": (
            [dense(), layers.ReLU(), layers.BatchNormalization()],
            x,
            "training",
        ),
        "conv, bn; training": ([conv(), layers.BatchNormalization()], maps, "training"),
        "conv, max_pool, bn; training": (
            [conv(), layers.MaxPooling2D(2), layers.BatchNormalization()],
            maps,
            "training",
        ),
    }
    gaps = {row: _bias_gap(*case) for row, case in cases.items()}
    return Verdicts(
        {row: gap > _SAME for row, gap in gaps.items()},
        {row: _gap_message(gap) for row, gap in gaps.items()},
    )


def _bias_gap(stack, x, when) -> float:
    """The largest change of the output when 0.7 is added to every bias of the first layer."""

    def run():
        if when == "later":
            for _ in range(60):  # 0.5^60 of the old average is left
                _run(stack, x, training=True)
        return _run(stack, x, training=when == "training")

    _run(stack, x, training=False)  # builds
    norm = stack[-1]
    norm.moving_mean.assign(np.linspace(-1, 1, 4))
    norm.moving_variance.assign(np.linspace(0.5, 2, 4))
    before = run()
    stack[0].bias.assign(stack[0].bias + 0.7)
    return float(np.abs(run() - before).max())


def _run(stack, x, training) -> np.ndarray:
    for layer in stack:
        x = layer(x, training=training) if _is_norm(layer) else layer(x)
    return np.asarray(x)


def _is_norm(layer) -> bool:
    return type(layer).__name__ == "BatchNormalization"


@cache
def order_verdicts() -> Verdicts:
    """Are batch normalisation then ReLU, and ReLU then batch normalisation, one function?"""
    from keras import layers

    x = np.random.default_rng(42).normal(0, 2, (50, 3)).astype(np.float32)
    weights = {
        "fresh": None,
        "trained": ([1.5, 0.7, 1.2], [0.5, -0.4, 0.3], [0.6, -0.5, 0.2], [1.5, 0.5, 2.0]),
        "beta = mean = 0, gamma > 0": ([1.5, 0.7, 1.2], [0] * 3, [0] * 3, [1.5, 0.5, 2.0]),
        "beta = mean = 0, one gamma < 0": ([1.5, -0.7, 1.2], [0] * 3, [0] * 3, [1.5, 0.5, 2.0]),
    }
    gaps = {}
    for name, values in weights.items():
        for mode in ("inference", "training") if name == "fresh" else ("inference",):
            norm = layers.BatchNormalization()
            norm.build((None, 3))
            if values:
                norm.set_weights([np.array(v, np.float32) for v in values])
            relu_last = np.maximum(_run([norm], x, mode == "training"), 0)
            relu_first = _run([norm], np.maximum(x, 0), mode == "training")
            gaps[f"{name}; {mode}"] = float(np.abs(relu_last - relu_first).max())
    return Verdicts(
        {row: gap < _SAME for row, gap in gaps.items()},
        {row: _gap_message(gap) for row, gap in gaps.items()},
    )


@cache
def fold_verdicts() -> Verdicts:
    """Can the two be replaced by one layer of the kind, on every input? By the best single layer."""
    from keras import layers

    rng = np.random.default_rng(43)

    def norm(channels, axes=4):
        layer = layers.BatchNormalization()
        layer.build((None,) * (axes - 1) + (channels,))
        draws = rng.uniform(0.5, 2, channels), rng.normal(1, 1, channels)
        more = rng.normal(1, 1, channels), rng.uniform(0.5, 2, channels)
        layer.set_weights([np.asarray(v, np.float32) for v in (*draws, *more)])
        return layer

    def conv(padding="valid"):
        return layers.Conv2D(3, 3, padding=padding, bias_initializer="ones")

    cases = {
        "conv, bn": ([conv(), norm(3)], "valid", False),
        "conv, relu, bn": ([conv(), layers.ReLU(), norm(3)], "valid", False),
        'bn, conv with padding="valid"': ([norm(2), conv()], "valid", False),
        'bn, conv with padding="same"': ([norm(2), conv("same")], "same", False),
        "bn, dense": ([norm(4, axes=2), layers.Dense(3, bias_initializer="ones")], "dense", False),
        "dense, bn; training": ([layers.Dense(3), norm(3, axes=2)], "dense", True),
    }
    gaps = {}
    for row, (stack, kind, training) in cases.items():
        shape = (64, 4) if kind == "dense" else (6, 7, 6, 2)
        inputs = [rng.normal(i, 1 + i, shape).astype(np.float32) for i in range(3)]
        outputs = [_run(stack, x, training) for x in inputs]
        gaps[row] = single_layer_gap(inputs, outputs, kind)
    return Verdicts(
        {row: gap < 1e-3 for row, gap in gaps.items()},
        {
            row: msg("the best single layer is off by up to {gap}", gap=_shown(gap, 1e-3))
            for row, gap in gaps.items()
        },
    )


def single_layer_gap(inputs, outputs, kind: str, side: int = 3) -> float:
    """How far the best single layer, found by least squares, is from ``outputs`` on ``inputs``.

    Both are lists of arrays, (n, a) -> (n, b) for ``kind`` "dense", (n, h, w, a) -> (n, h', w', b) for
    a convolution with ``kind`` padding ("valid" or "same") and a kernel of ``side``. Largest error
    in units of the outputs' deviation: below 1e-4 where such a layer exists (float32), above 1e-2
    where the two functions differ.
    """
    rows = [_patches(np.asarray(x, float), kind, side) for x in inputs]
    a = np.concatenate(rows)
    a = np.hstack([a, np.ones((len(a), 1))])
    b = np.concatenate([np.asarray(y, float).reshape(-1, np.shape(y)[-1]) for y in outputs])
    solution = np.linalg.lstsq(a, b, rcond=None)[0]
    return float(np.abs(a @ solution - b).max() / b.std())


def _patches(x, kind, side):
    if kind == "dense":
        return x
    if kind == "same":
        rim = (side - 1) // 2, side // 2
        x = np.pad(x, [(0, 0), rim, rim, (0, 0)])
    windows = np.lib.stride_tricks.sliding_window_view(x, (side, side), axis=(1, 2))
    return windows.reshape(-1, x.shape[-1] * side * side)


def _gap_message(gap: float) -> Message:
    return msg("largest difference {gap}", gap=_shown(gap, _SAME))


def _shown(gap: float, same: float) -> Message | str:
    return msg("{gap:.2g} (0 up to rounding)", gap=gap) if 0 < gap < same else f"{gap:.2g}"


# -- the four nets ---------------------------------------------------------------------------------


def operations(place: str, activation: str) -> tuple[str, ...]:
    """The canonical operations of a net of the experiment, in order."""
    block = {
        "none": ("dense", activation),
        "before": ("batch_norm", "dense", activation),
        "between": ("dense", "batch_norm", activation),
        "after": ("dense", activation, "batch_norm"),
    }[place]
    return block * norm_by_hand.HIDDEN + ("dense",)


def order_mistakes(place: str, activation: str) -> dict[str, tuple[tuple[str, ...], Message]]:
    """Wrong orders for that place, each with what to say about it."""
    right = operations(place, activation)
    other = {"relu": "sigmoid"}.get(activation, "relu")
    found = {
        p: (
            operations(p, activation),
            msg('`make_net("{place}", ...)` builds the net of "{found}".', place=place, found=p),
        )
        for p in norm_by_hand.PLACES
        if p != place
    }
    found["softmax"] = (
        (*right, "softmax"),
        msg("There is a softmax at the end. Asked for: logits, the last layer without activation."),
    )
    found["linear"] = (
        tuple(op for op in right if op != activation),
        msg('`make_net("{place}", ...)` has no activation at all.', place=place),
    )
    found["activation"] = (
        operations(place, other),
        msg("The activation is {found}, whatever `activation` says.", found=other),
    )
    end = (
        msg(
            "There is one batch normalisation too many, at the output. Only hidden layers get one."
        ),
    )
    if place != "none":
        found["at the end"] = ((*right, "batch_norm"), *end)
        found["before the end"] = ((*right[:-1], "batch_norm", "dense"), *end)
        once = list(right)
        first = once.index("batch_norm")
        once = once[: first + 1] + [op for op in once[first + 1 :] if op != "batch_norm"]
        found["once"] = (
            tuple(once),
            msg("Only the first hidden layer has a batch normalisation. All three should."),
        )
    return {name: wrong for name, wrong in found.items() if wrong[0] != right}


# -- the experiment's controls -----------------------------------------------------------------------

_SETTINGS = {  # row: activation, std, rate
    "relu, N(0, 0.05²), rate 0.01": ("relu", 0.05, 0.01),
    "relu, he, rate 0.01": ("relu", "he", 0.01),
    "relu, he, rate 0.1": ("relu", "he", 0.1),
    "relu, N(0, 0.05²), rate 2": ("relu", 0.05, 2.0),
    "relu, N(0, 5²), rate 0.01": ("relu", 5.0, 0.01),
    "sigmoid, N(0, 0.05²), rate 0.01": ("sigmoid", 0.05, 0.01),
    "sigmoid, he, rate 1": ("sigmoid", "he", 1.0),
}
WITHIN = 1000  # iterations


@cache
def controls(seed: int = 0) -> Verdicts:
    """Which nets reach 90 % on held-out digits within 1000 iterations: "with" batch normalisation,
    "without", "both", "neither"."""
    truth, evidence = {}, {}
    for row, setting in _SETTINGS.items():
        at = {
            name: norm_by_hand.reaches(place, *setting, WITHIN, seed=seed)
            for name, place in (("with", "between"), ("without", "none"))
        }
        reached = [name for name, iteration in at.items() if iteration is not None]
        truth[row] = {0: "neither", 2: "both"}.get(len(reached)) or reached[0]
        evidence[row] = msg(
            "90 % with: {with_}, without: {without}",
            with_=_when(at["with"]),
            without=_when(at["without"]),
        )
    return Verdicts(truth, evidence)


def _when(iteration) -> Message:
    if iteration is None:
        return msg("not within {n} iterations", n=WITHIN)
    return msg("by iteration {n}", n=iteration)
