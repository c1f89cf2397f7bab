"""Small convolutional nets that nobody has seen, made from a seed: fill in their layer table.

``small(seed)`` shows its source. Its numbers are asked for by name (:data:`ASKED`): sides of maps,
parameters, multiply-accumulates (MACs), and the field, the side of the square of input pixels that
one output number sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from autograder.messages import Message, msg

ASKED = (
    "conv_1 side",
    "conv_1 parameters",
    "pool side",
    "conv_2 side",
    "conv_2 parameters",
    "conv_2 MACs",
    "conv_2 field",
    "dense parameters",
)


@dataclass(frozen=True)
class SmallNet:
    """Convolution, pooling, convolution, a dense layer; no padding. ``print`` shows the source."""

    seed: int
    side: int  # of the square input, in pixels
    channels: int
    kernels: tuple[int, int]
    filters: tuple[int, int]
    pool: int
    classes: int

    @property
    def source(self) -> str:
        """Python text that binds ``net``; it needs ``keras`` and ``layers``."""
        (one, two), (few, many) = self.kernels, self.filters
        return f"""net = keras.Sequential(
    [
        keras.Input(({self.side}, {self.side}, {self.channels})),
        layers.Conv2D({few}, {one}, activation="relu", name="conv_1"),
        layers.MaxPooling2D({self.pool}, name="pool"),
        layers.Conv2D({many}, {two}, activation="relu", name="conv_2"),
        layers.Flatten(name="flatten"),
        layers.Dense({self.classes}, name="dense"),
    ]
)
"""

    def __str__(self):
        return self.source

    __repr__ = __str__

    def _repr_markdown_(self):
        return f"```python\n{self.source}```"

    def make(self):
        """The Keras model."""
        import keras

        scope = {"keras": keras, "layers": keras.layers}
        exec(self.source, scope)  # our own text
        return scope["net"]

    def truth(self) -> dict[str, int]:
        """The number for each name of :data:`ASKED`: sides and parameters as Keras has them, MACs as
        the model's reader counts them, the field measured with a gradient."""
        return dict(_truth(self))

    def mistakes(self) -> dict[str, tuple[dict[str, int], Message]]:
        """What usual slips lead to: {slip: (the numbers it changes, what to say)}."""
        return _mistakes(self)


@cache
def small(seed: int) -> SmallNet:
    """The net of ``seed``: the same seed, the same net. Raises ValueError unless it is a whole number
    of at least 0.

    The pool never divides the map before it, and every slip of :meth:`SmallNet.mistakes` shows.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(f"Expected a seed that is a whole number >= 0. Received: {seed!r}.")
    rng = np.random.default_rng([20, int(seed)])
    while True:
        net = SmallNet(
            seed=int(seed),
            side=int(rng.integers(12, 21)),
            channels=int(rng.integers(2, 5)),
            kernels=(int(rng.integers(3, 6)), int(rng.integers(2, 4))),
            filters=(int(rng.integers(4, 9)), int(rng.integers(5, 13))),
            pool=int(rng.integers(2, 4)),
            classes=int(rng.integers(3, 9)),
        )
        right = _table(net)
        fits = right["conv_2 side"] >= 2 and right["conv_1 side"] % net.pool
        if fits and all(_shows(values, right) for values, _ in _mistakes(net).values()):
            return net


def _shows(values, right) -> bool:
    return any(values[key] != right[key] for key in values)


def _table(net: SmallNet, *, bias=1, padded=False, up=False, deep=True, apart=None) -> dict:
    """The table by formula; the arguments are the usual slips (tests hold it against Keras)."""
    (one, two), (few, many) = net.kernels, net.filters
    first = net.side if padded else net.side - one + 1
    pooled = -(-first // net.pool) if up or padded else first // net.pool
    second = pooled if padded else pooled - two + 1
    entering = net.channels if deep else 1
    between = few if deep else 1
    apart = net.pool if apart is None else apart
    numbers = (
        first,
        (one * one * entering + bias) * few,
        pooled,
        second,
        (two * two * between + bias) * many,
        second**2 * two * two * between * many,
        one + (net.pool - 1) + (two - 1) * apart,
        (second**2 * many + bias) * net.classes,
    )
    return dict(zip(ASKED, numbers, strict=True))


def _mistakes(net):
    right = _table(net)
    (_, two), (few, many) = net.kernels, net.filters
    macs, positions = right["conv_2 MACs"], right["conv_2 side"] ** 2
    return {
        "no-bias": (
            _table(net, bias=0),
            msg("The biases are missing: every filter and every unit has one."),
        ),
        "padded": (
            _table(net, padded=True),
            msg(
                "That is padding “same”. Without padding a kernel of side k fits on n - k + 1 places of a "
                "row of n pixels."
            ),
        ),
        "rounded-up": (
            _table(net, up=True),
            msg("A window that does not fit whole is left out: round the pooled side down."),
        ),
        "flat-kernels": (
            _table(net, deep=False),
            msg(
                "A kernel is as deep as the map that it reads: multiply by the channels that come in."
            ),
        ),
        "field-not-spread": (
            {"conv_2 field": _table(net, apart=1)["conv_2 field"]},
            msg(
                "After the pooling, neighbours lie {pool} input pixels apart: a kernel there reaches "
                "{pool} times as far.",
                pool=net.pool,
            ),
        ),
        "kernel-alone": (
            {"conv_2 field": two},
            msg(
                "That is the kernel on its own map. The question is how many pixels of the *input* "
                "it sees."
            ),
        ),
        "flops": (
            {"conv_2 MACs": 2 * macs},
            msg("One multiplication with its addition is one MAC, not two operations."),
        ),
        "macs-before": (
            {"conv_2 MACs": right["pool side"] ** 2 * macs // positions},
            msg("MACs are paid for every number that comes out, not for every place that goes in."),
        ),
        "one-place": (
            {"conv_2 MACs": macs // positions},
            msg(
                "That is the price of one place. The kernel is applied at every place of its output."
            ),
        ),
        "macs-with-bias": (
            {"conv_2 MACs": positions * (two * two * few + 1) * many},
            msg("Adding the bias is no multiplication: it does not count among the MACs."),
        ),
        "flattened-map": (
            {"dense parameters": (positions + 1) * net.classes},
            msg("Flatten lays all channels in one row: side × side × channels numbers."),
        ),
    }


@cache
def _truth(net: SmallNet) -> tuple:
    from autograder.reading import read
    from course.lab.experiments.convnets import field

    model = net.make()
    graph = read(model)
    side = {layer.name: layer.output.shape[1] for layer in model.layers}
    parameters = {layer.name: layer.count_params() for layer in model.layers}
    macs = sum(node.macs for node in graph.nodes if node.layer == "conv_2")
    numbers = (
        side["conv_1"],
        parameters["conv_1"],
        side["pool"],
        side["conv_2"],
        parameters["conv_2"],
        macs,
        field(("conv", net.kernels[0]), ("pool", net.pool), ("conv", net.kernels[1])),
        parameters["dense"],
    )
    return tuple(zip(ASKED, map(int, numbers), strict=True))
