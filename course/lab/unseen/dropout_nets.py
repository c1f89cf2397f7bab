"""A small net that nobody has seen, made from a seed, with four dropouts in it: what does each do?

The verdict on a dropout is a set of words, each of them measured with this dropout alone switched on:

``"shift"``     a batch normalisation after it meets a variance that differs by more than 1.1 times;
``"picked"``    what it has dropped and its survivors share windows of a max-pooling before the next
                convolution or dense layer;
``"not zero"``  what it has set to 0 does not reach the next convolution or dense layer as 0.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

import numpy as np

from autograder.messages import Message, msg

EFFECTS = ("shift", "picked", "not zero")
LIMIT = 1.1
SHAPE = (8, 8, 1)
_DROPOUTS = 4
_CLEAR = (1.03, 1.25)  # between them a shift could go either way with other weights
_DRAWS = range(2)


@dataclass(frozen=True)
class Row:
    """One layer of the net: what it is for, its Keras class, the arguments."""

    kind: str  # "conv", "dense", "norm", "activation", "pool", "dropout", "flatten"
    name: str
    arguments: tuple = ()
    padded: bool = False

    @property
    def source(self) -> str:
        shown = [json.dumps(value) for value in self.arguments]
        if self.padded:
            shown.append('padding="same"')
        return f"layers.{self.name}({', '.join(shown)})"

    def layer(self, name: str):
        """A fresh Keras layer of that name."""
        from keras import layers

        options = {"padding": "same"} if self.padded else {}
        return getattr(layers, self.name)(*self.arguments, **options, name=name)


@dataclass(frozen=True)
class Found:
    """What was measured of one dropout: the words that hold, and the numbers behind them."""

    words: frozenset[str]
    ratio: float  # the change of a variance that is farthest from 1
    mixed: float  # share of the max-pooling's windows that hold zeros and survivors
    other: float  # share of its zeros that reach the next layer with a kernel as something else

    def message(self) -> Message:
        return msg(
            "variance of a batch normalisation times {ratio:.2f}, mixed windows {mixed:.0%}, zeros "
            "that arrive as something else {other:.0%}",
            ratio=self.ratio,
            mixed=self.mixed,
            other=self.other,
        )


@dataclass(frozen=True)
class DropoutNet:
    """Layers in a row. ``print(net)`` shows them as source, with the numbers that answers use."""

    seed: int
    rows: tuple[Row, ...]

    @property
    def dropouts(self) -> dict[str, int]:
        """{the dropout's number in the listing, as a string: its place in ``rows``}"""
        return {str(i + 1): i for i, row in enumerate(self.rows) if row.kind == "dropout"}

    def model(self, seed: int = 0):
        """The net as a Keras model with fresh weights; the layer on line 3 is called "line_3"."""
        import keras

        from autograder import training

        def make():
            made = [row.layer(f"line_{i}") for i, row in enumerate(self.rows, start=1)]
            return keras.Sequential([keras.Input(SHAPE), *made])

        return training.build(make, seed)

    def __str__(self):
        width = max(len(row.source) for row in self.rows) + 1
        lines = [f"    {row.source + ',':<{width}}  # {i}" for i, row in enumerate(self.rows, 1)]
        return "\n".join(["keras.Sequential([", f"    keras.Input({SHAPE}),", *lines, "])"])

    __repr__ = __str__

    def measured(self) -> dict[str, Found]:
        """What each dropout does, measured on 8x8 digits; means over two draws of the weights."""
        return _measured(self.rows)

    def truth(self) -> dict[str, set[str]]:
        """Number of the dropout -> the words that hold."""
        return {number: set(found.words) for number, found in self.measured().items()}


def dropouts(seed: int) -> DropoutNet:
    """A net made from ``seed`` (a whole number): the same seed, the same net.

    Of its four dropouts at least one does no harm and one does harm without a shift, and each word holds
    for at least one. Raises ValueError for a seed that is not a whole number of at least 0.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(f"Expected a seed that is a whole number >= 0. Received: {seed!r}.")
    return _made(int(seed))


@cache
def _made(seed: int) -> DropoutNet:
    rng = np.random.default_rng([505, seed])
    while True:
        rows = _draw(rng)
        guessed = [_rule(rows, i) for i, row in enumerate(rows) if row.kind == "dropout"]
        if (
            len(guessed) != _DROPOUTS
            or frozenset() not in guessed
            or frozenset().union(*guessed) != set(EFFECTS)
            or len(set(guessed)) < 3
            or not any(words and "shift" not in words for words in guessed)
        ):
            continue
        net = DropoutNet(seed, rows)
        truth = [found.words for found in net.measured().values()]
        if truth == guessed and all(_is_clear(found) for found in net.measured().values()):
            return net


def _is_clear(found: Found) -> bool:
    ratio = max(found.ratio, 1 / found.ratio)
    share = (found.other == 0 or found.other > 0.2) and (found.mixed == 0 or found.mixed > 0.2)
    return share and not _CLEAR[0] < ratio < _CLEAR[1]


def _draw(rng) -> tuple[Row, ...]:
    """Three convolutions and two dense layers, the rest of each block in any order."""
    rows, pools = [], 0
    for filters in (8, 8, 16):
        block = [_activation(rng)]
        if rng.random() < 0.75:
            kind = "BatchNormalization" if rng.random() < 0.75 else "LayerNormalization"
            block.append(Row("norm", kind))
        if pools < 2 and rng.random() < 0.7:
            pools += 1
            block.append(Row("pool", "MaxPooling2D", (2,)))
        if rng.random() < 0.75:
            block.append(_dropout(rng, "Dropout" if rng.random() < 0.6 else "SpatialDropout2D"))
        rng.shuffle(block)
        rows += [Row("conv", "Conv2D", (filters, 3), padded=True), *block]
    rows.append(Row("flatten", "Flatten"))
    for units in (32, 10):
        if rng.random() < 0.6:
            rows.append(_dropout(rng, "Dropout"))
        rows.append(Row("dense", "Dense", (units,)))
        if units == 32:
            rows.append(_activation(rng))
    return (*rows, Row("activation", "Activation", ("softmax",)))


def _activation(rng) -> Row:
    name = str(rng.choice(["relu", "relu", "tanh", "elu", "sigmoid"]))
    return Row("activation", "Activation", (name,))


def _dropout(rng, kind: str) -> Row:
    return Row("dropout", kind, (float(rng.choice([0.3, 0.4, 0.5])),))


def _rule(rows, i: int) -> frozenset[str]:
    """The theory of one dropout, used to pick nets that are worth solving; the measurement must
    agree with it."""
    words, spatial = set(), rows[i].name == "SpatialDropout2D"
    if any(row.name == "BatchNormalization" for row in rows[i + 1 :]):
        words.add("shift")
    for row in rows[i + 1 :]:
        if row.kind in ("conv", "dense"):
            break
        if row.kind == "pool" and not spatial:
            words.add("picked")
        if row.kind == "norm" or "sigmoid" in row.arguments:
            words.add("not zero")
    return frozenset(words)


@cache
def _measured(rows: tuple[Row, ...]) -> dict[str, Found]:
    from autograder import training
    from course.lab import data

    net, x = DropoutNet(0, rows), data.digits().x_train[:64]
    models = [net.model(seed) for seed in _DRAWS]
    found = {}
    for number, place in net.dropouts.items():
        drawn = []
        for seed, model in zip(_DRAWS, models, strict=True):
            only = [f"line_{number}"]
            ratios = [
                s.ratio for s in training.shifts(model, x, seed=seed, only=only) if s.remembers
            ]
            ratio = max(ratios, key=lambda r: max(r, 1 / r), default=1.0)
            drawn.append((ratio, *_zeros(model, rows, place, x)))
        ratio, mixed, other = (float(v) for v in np.mean(drawn, axis=0))
        words = {
            "shift": max(ratio, 1 / ratio) > LIMIT,
            "picked": mixed > 0,
            "not zero": other > 0,
        }
        found[number] = Found(
            frozenset(word for word, holds in words.items() if holds), ratio, mixed, other
        )
    return found


def _zeros(model, rows, place: int, x) -> tuple[float, float]:
    """(share of mixed windows, share of zeros that arrive as something else) of one dropout.

    The layers before it run without dropout; those after it, up to the next
    convolution or dense layer, in
    training mode.
    """
    for i in range(place):
        x = _apply(model.layers[i], rows[i], x, drop=False)
    dropped = _apply(model.layers[place], rows[place], x, drop=True)
    fallen, alive = (x != 0) & (dropped == 0), dropped != 0
    mixed, x = 0.0, dropped
    for layer, row in zip(model.layers[place + 1 :], rows[place + 1 :], strict=True):
        if row.kind in ("conv", "dense"):
            break
        x = _apply(layer, row, x, drop=False)
        if row.kind == "pool":
            some, live = (_windows(mask).any(axis=(2, 4)) for mask in (fallen, alive))
            mixed = max(mixed, float(np.mean(some & live)))
            fallen, alive = some & ~live, live
        elif row.kind == "flatten":
            fallen, alive = fallen.reshape(x.shape), alive.reshape(x.shape)
    # A zero arrives exactly, or as a number of the size of the others.
    return mixed, float(np.mean(np.abs(x[fallen]) > 1e-6)) if fallen.any() else 0.0


def _apply(layer, row: Row, x, drop: bool):
    """The layer's output in training mode; dropouts only when ``drop`` says so."""
    if row.kind == "dropout":
        return np.asarray(layer(x, training=drop))
    if row.name == "BatchNormalization":
        return np.asarray(layer(x, training=True))
    return np.asarray(layer(x))


def _windows(mask):
    """(n, h, w, c) -> (n, h // 2, 2, w // 2, 2, c)."""
    n, h, w, c = mask.shape
    return mask[:, : h // 2 * 2, : w // 2 * 2].reshape(n, h // 2, 2, w // 2, 2, c)
