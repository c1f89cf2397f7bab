"""Small convolutional nets that nobody has seen, made from a seed: fill in their layer table.

``small(seed)`` shows its source. Its numbers are asked for by name (:data:`ASKED`): the side of a
map, parameters, multiply-accumulates (MACs), and the field, the side of the square of input pixels
that one output number sees.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from autograder.messages import Message, msg

ASKED = (
    "side behind pool",
    "conv_2 parameters",
    "conv_2 MACs",
    "conv_2 field",
)


@dataclass(frozen=True)
class SmallNet:
    """Convolution, pooling, convolution; no padding. ``print`` shows the source."""

    seed: int
    side: int  # of the square input, in pixels
    channels: int
    kernels: tuple[int, int]
    filters: tuple[int, int]
    pool: int

    @property
    def source(self) -> str:
        """Python text that binds ``net``; it needs ``keras`` and ``layers``."""
        (one, two), (few, many) = self.kernels, self.filters
        return f"""net = keras.Sequential(
    [
        keras.Input(({self.side}, {self.side}, {self.channels})),
        layers.Conv2D({few}, {one}, name="conv_1"),
        layers.MaxPooling2D({self.pool}, name="pool"),
        layers.Conv2D({many}, {two}, name="conv_2"),
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

    def mistakes(self) -> dict[str, tuple[dict[str, float], Message]]:
        """What usual slips lead to: {slip: (the numbers that it changes, what to say)}.

        A number tells its slip: in no row do two slips that are told differently lead to the same.
        """
        right = _table(self)
        return {
            slip: ({key: value for key, value in values.items() if value != right[key]}, message)
            for slip, (values, message) in _slips(self).items()
        }


#: What explains the rules: its numbers differ where the rules do, and from those of every net.
EXAMPLE = SmallNet(seed=0, side=21, channels=1, kernels=(3, 4), filters=(4, 8), pool=2)


@cache
def small(seed: int) -> SmallNet:
    """The net of ``seed``: the same seed, the same net. Raises ValueError unless it is a whole number
    of at least 0.

    The pool never divides the map before it, no two numbers of the net are equal, no side and no row
    is that of :data:`EXAMPLE`, and every slip of :meth:`SmallNet.mistakes` is told from the others by
    any row that it changes.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(f"Expected a seed that is a whole number >= 0. Received: {seed!r}.")
    rng = np.random.default_rng([20, int(seed)])
    while True:
        net = SmallNet(
            seed=int(seed),
            side=int(rng.integers(14, 29)),
            channels=int(rng.integers(2, 6)),
            kernels=(int(rng.integers(3, 7)), int(rng.integers(3, 5))),
            filters=(int(rng.integers(4, 9)), int(rng.integers(5, 13))),
            pool=int(rng.integers(2, 5)),
        )
        if _is_clear(net):
            return net


def _is_clear(net) -> bool:
    """Whether every number of the net stands for one thing only, and so does every wrong answer."""
    first, _, second = _sides(net)
    numbers = [net.side, net.channels, *net.kernels, *net.filters, net.pool]
    if second < 2 or first % net.pool == 0 or len(set(numbers)) < len(numbers):
        return False
    if second in (net.pool, net.pool**2):  # squares would be taken for each other
        return False
    shown = [*_sides(EXAMPLE), *_table(EXAMPLE).values()]
    if any(a == b for a, b in zip([*_sides(net), *_table(net).values()], shown, strict=True)):
        return False
    meant = {(key, value): None for key, value in _table(net).items()}  # None: right
    for values, message in net.mistakes().values():
        if not values or any(
            meant.setdefault((key, value), message) != message for key, value in values.items()
        ):
            return False
    return True


def _sides(net, rounded=math.floor, padded=False) -> tuple:
    """Sides of the maps behind conv_1, pool and conv_2."""
    one, two = net.kernels
    first = net.side if padded else net.side - one + 1
    pooled = rounded(first / net.pool)
    return first, pooled, pooled if padded else pooled - two + 1


def _table(net: SmallNet, sides=None, *, bias=None, window=None, read=None) -> dict:
    """The table by formula; the arguments are usual slips (tests hold it against Keras).

    ``bias``: how many biases conv_2 has; ``window``: numbers of a kernel on one channel;
    ``read``: channels that conv_2 reads.
    """
    (one, two), (few, many) = net.kernels, net.filters
    _, pooled, second = sides or _sides(net)
    weights = (two**2 if window is None else window) * (few if read is None else read) * many
    numbers = (
        pooled,
        weights + (many if bias is None else bias),
        second**2 * weights,
        one + (net.pool - 1) + (two - 1) * net.pool,
    )
    return dict(zip(ASKED, numbers, strict=True))


def _slips(net) -> dict:
    right = _table(net)
    (one, two), (few, many) = net.kernels, net.filters
    first, pooled, second = _sides(net)
    macs = right["conv_2 MACs"]
    weights = macs // second**2
    itself = (
        {"side behind pool": net.pool},
        msg("That is the pool's own side; the side of the map behind it is asked for."),
    )
    field_rule = msg(
        "The field begins at 1, and every kernel or pool adds its side - 1, times the sides of the pools "
        "before it."
    )
    return {
        "no-bias": (
            _table(net, bias=0),
            msg("The biases are missing: every kernel has one."),
        ),
        "one-bias": (
            _table(net, bias=1),
            msg("That is one bias for the whole layer: every kernel has its own."),
        ),
        "padded": (
            _table(net, _sides(net, math.ceil, padded=True)),
            msg(
                "That is padding “same”. Without padding a kernel of side k fits on n - k + 1 places of a "
                "row of n pixels."
            ),
        ),
        "rounded-up": (
            _table(net, _sides(net, math.ceil)),
            msg(
                "A side is one too large: a window that does not fit whole is left out, so round down "
                "behind the pool, and a kernel of side k leaves n - k + 1."
            ),
        ),
        "not-rounded": (
            _table(net, _sides(net, float)),
            msg("There are no parts of a pixel: round the pooled side down."),
        ),
        "not-pooled": (
            {"side behind pool": first, "conv_2 MACs": (first - two + 1) ** 2 * weights},
            msg(
                "That is the map that goes into the pool: the pool divides its side by {pool}.",
                pool=net.pool,
            ),
        ),
        "flat-kernels": (
            _table(net, read=1),
            msg(
                "A kernel is as deep as the map that it reads: multiply by the channels that come in."
            ),
        ),
        "other-channels": (
            _table(net, read=net.channels),
            msg(
                "{channels} channels come into the net; what conv_2 reads is the map behind conv_1: as "
                "many channels as conv_1 has kernels.",
                channels=net.channels,
            ),
        ),
        "one-kernel": (
            {"conv_2 parameters": weights // many + 1},
            msg("That is one kernel with its bias; conv_2 has {many} of them.", many=many),
        ),
        "brackets": (
            {"conv_2 parameters": weights // many + many},
            msg(
                "That is one bias for every kernel, but the weights of a single one: conv_2 has {many}.",
                many=many,
            ),
        ),
        "kernel-not-squared": (
            _table(net, window=two),
            msg("A kernel of side k has k × k numbers for every channel: square the side."),
        ),
        "field-not-spread": (
            {"conv_2 field": one + (net.pool - 1) + (two - 1)},
            msg(
                "After the pooling, neighbours lie {pool} input pixels apart: a kernel there reaches "
                "{pool} times as far.",
                pool=net.pool,
            ),
        ),
        "pool-not-counted": (
            {"conv_2 field": one + (two - 1) * net.pool},
            field_rule,
        ),
        "whole-side-spread": ({"conv_2 field": one + (net.pool - 1) + two * net.pool}, field_rule),
        "one-not-counted": ({"conv_2 field": right["conv_2 field"] - 1}, field_rule),
        "kernel-alone": (
            {"conv_2 field": two},
            msg(
                "That is the kernel on its own map. The question is how many pixels of the *input* "
                "it sees."
            ),
        ),
        "own-stride": (
            {"conv_2 field": one + (net.pool - 1) * net.pool + (two - 1) * net.pool},
            msg(
                "The pool's own side counts for what comes behind it; the pool itself adds its side - 1, "
                "times the pools *before* it."
            ),
        ),
        "flops": (
            {"conv_2 MACs": 2 * macs},
            msg("One multiplication with its addition is one MAC, not two operations."),
        ),
        "macs-before": (
            {"conv_2 MACs": pooled**2 * weights},
            msg("MACs are paid for every output pixel, not for every pixel that goes in."),
        ),
        "area": (
            {"side behind pool": pooled**2},
            msg("That is the area of the map; its side is asked for."),
        ),
        **({"pool-itself": itself} if pooled != net.pool else {}),
        "first-layer": (
            {
                "conv_2 parameters": (one**2 * net.channels + 1) * few,
                "conv_2 MACs": first**2 * one**2 * net.channels * few,
                "conv_2 field": one,
            },
            msg("That is conv_1's. What is asked for stands behind it."),
        ),
        "example": (
            {key: n for key, n in _table(EXAMPLE).items() if key != "side behind pool"},
            msg("That is the example's number. This net has other sides."),
        ),
        "sides-added": ({"conv_2 field": one + net.pool + two}, field_rule),
        "pool-ignored": ({"conv_2 field": one + two - 1}, field_rule),
        "all-spread": ({"conv_2 field": 1 + (one + net.pool + two - 3) * net.pool}, field_rule),
        "one-place": (
            {"conv_2 MACs": weights},
            msg(
                "That is the price of one output pixel. The kernel is applied at every one of them."
            ),
        ),
        "one-row": (
            {"conv_2 MACs": macs // second},
            msg(
                "That is the price of one row of output pixels: the map has as many rows as columns."
            ),
        ),
        "macs-with-bias": (
            {"conv_2 MACs": macs + second**2 * many},
            msg("Adding the bias is no multiplication: it does not count among the MACs."),
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
        side["pool"],
        parameters["conv_2"],
        macs,
        field(("conv", net.kernels[0]), ("pool", net.pool), ("conv", net.kernels[1])),
    )
    return tuple(zip(ASKED, map(int, numbers), strict=True))
