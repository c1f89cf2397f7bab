"""The three friends' cells, the mistakes people make in them, and what TensorFlow makes of them.

Maps are arrays (samples, height, width, channels). TensorFlow is imported when a cell runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from autograder.messages import Message, msg

NAMES = ("alex", "ilya", "geoffrey")


def convolution(kernel, bias):
    """A Keras convolution without padding that has these weights.

    ``kernel`` has shape (height, width, channels, filters), ``bias`` has shape (filters,).
    """
    from keras import layers

    kernel, bias = np.asarray(kernel, np.float32), np.asarray(bias, np.float32)
    layer = layers.Conv2D(kernel.shape[-1], kernel.shape[:2])
    layer.build((None, None, None, kernel.shape[2]))
    layer.set_weights([kernel, bias])
    return layer


def weights(seed: int, channels: int = 3, filters: int = 4):
    """A random 3x3 kernel (3, 3, channels, filters) and a bias (filters,).

    Kernels have unit length, so that N(0, 1) pixels give N(bias, 1); the biases run from 1 to -2.5:
    some filters are rarely negative and some rarely positive.
    """
    rng = np.random.default_rng([303, seed])
    kernel = rng.normal(size=(3, 3, channels, filters))
    kernel /= np.sqrt((kernel**2).sum(axis=(0, 1, 2)))
    bias = np.linspace(1, -2.5, filters) + rng.uniform(-0.1, 0.1, filters)
    return kernel.astype(np.float32), bias.astype(np.float32)


def images(seed: int, channels: int = 3, pool: int = 2) -> list[np.ndarray]:
    """Three batches of two images; no map made from them is a whole number of pools wide."""
    rng = np.random.default_rng([404, seed])
    side = 3 * pool + 1 + 2
    shape = (2, side, side + pool, channels)
    return [(s * rng.normal(size=shape)).astype(np.float32) for s in (1, 10, 0.1)]


def reference(name: str, kernel, bias, pool: int) -> Callable:
    """The cell of that friend as a function of a batch; the result is a NumPy array."""
    return _variants(kernel, bias, pool)[{"geoffrey": "none"}.get(name, name)]


def mistakes(name: str, kernel, bias, pool: int) -> dict[str, tuple[Callable, Message]]:
    """Wrong cells of that friend, each with what to say about it."""
    functions = _variants(kernel, bias, pool)
    own = "none" if name == "geoffrey" else "alex"
    told = {key: text(name) for key, text in _TOLD.items() if key != own}
    found = {key: (functions[key], message) for key, message in told.items()}
    if pool != 2:
        fixed = msg("`{name}`: the pooling window is 2x2, whatever `pool` says.", name=name)
        found["fixed"] = _variants(kernel, bias, 2)[own], fixed
    return found


@dataclass(frozen=True)
class Case:
    """One draw of the first task: weights for ``channels`` and the side of the pooling window."""

    channels: int
    pool: int
    seed: int = 0

    @property
    def arguments(self) -> tuple:
        """What ``make_cells`` receives: kernel, bias, pool."""
        return *weights(self.seed, self.channels), self.pool

    @property
    def images(self) -> list[np.ndarray]:
        return images(self.seed, self.channels, self.pool)

    @property
    def domain(self):
        """Images on which two cells are compared; most maps made from them leave the pool a rest."""
        from autograder.equivalence import Inputs

        return Inputs.images(channels=self.channels, pool=self.pool, extremes=False)

    def reference(self, name: str) -> Callable:
        return reference(name, *self.arguments)

    def mistakes(self, name: str) -> dict[str, tuple[Callable, Message]]:
        return mistakes(name, *self.arguments)

    def controls(self, name: str) -> dict[str, Callable]:
        """A cell that must not pass for this friend's: the one with ReLU for the one without."""
        other = "alex" if name == "geoffrey" else "geoffrey"
        return {other: self.reference(other)}

    @property
    def blank(self) -> tuple:
        """The same arguments with a kernel of zeros: what such a cell answers knows no image."""
        kernel, bias, pool = self.arguments
        return 0 * kernel, bias, pool

    def ignored(self, cell: Callable, name: str) -> Callable[[], Message | None]:
        """Asks ``cell``, made from ``blank``: what to say when it sees the image all the same."""

        def ask():
            x = self.images[0]
            one, other = np.asarray(cell(x), float), np.asarray(cell(1 - 2 * x), float)
            if one.shape == other.shape and np.allclose(one, other, atol=1e-5):
                return None
            return msg(
                "`{name}` does not use the given kernel: made with a kernel of zeros, it still "
                "answers every image differently.",
                name=name,
            )

        return ask

    def names(self, name: str) -> tuple[str, Message]:
        """What messages call the student's cell and the reference."""
        return name, msg("expected")


@dataclass(frozen=True)
class Verdicts:
    """What was measured: ``truth`` by row, and the numbers behind it by row."""

    truth: dict[str, bool]
    evidence: dict[str, Message]


@cache
def verdicts() -> Verdicts:
    """Which cells are one function, and which are affine, measured on the same random weights."""
    from autograder.equivalence import equivalence

    case = Case(channels=3, pool=2, seed=1)
    cell = {name: case.reference(name) for name in NAMES}
    cell["convolution"] = _variants(*case.arguments)["conv_only"]
    truth, evidence = {}, {}
    for other in ("ilya", "geoffrey"):
        result = equivalence(cell["alex"], cell[other], case.domain)
        row = f"alex == {other}"
        truth[row] = result.equal
        evidence[row] = msg(
            "largest difference {gap:.2g} on {n:,} numbers", gap=result.max_error, n=result.compared
        )
    for name in ("convolution", "geoffrey"):
        gap = affine_gap(cell[name], (2, 12, 12, 3))
        row = f"affine({name})"
        truth[row] = gap < 1e-4
        shown = msg("{gap:.2g} (0 up to rounding)", gap=gap) if truth[row] else f"{gap:.2g}"
        evidence[row] = msg("|f(u + v) - f(u) - f(v) + f(0)| is up to {gap}", gap=shown)
    return Verdicts(truth, evidence)


def affine_gap(f: Callable, shape, seed: int = 0) -> float:
    """The largest |f(u + v) - f(u) - f(v) + f(0)| for random u and v: 0 (rounding) iff affine."""
    rng = np.random.default_rng(seed)
    u, v = rng.normal(size=(2, *shape)).astype(np.float32)
    gap = np.asarray(f(u + v)) - np.asarray(f(u)) - np.asarray(f(v)) + np.asarray(f(0 * u))
    return float(np.abs(gap).max())


def weakness(z, pool: int) -> Message:
    """What a batch of maps can see: all-negative windows, the largest number, the rest of the pool."""
    windows = pooled(z, pool)
    return msg(
        "The first draw that is too weak: maps of {height} x {width}, pool {pool}; all-negative "
        "windows: {negative} of {windows}; largest number {top:.3g}.",
        height=z.shape[1],
        width=z.shape[2],
        pool=pool,
        negative=int((windows < 0).sum()),
        windows=windows.size,
        top=float(z.max()),
    )


def pooled(z, pool: int, reduce=np.max, same: bool = False) -> np.ndarray:
    """Pools (n, h, w, c) with a square window that steps by its own side, in NumPy.

    ``reduce`` is np.max or np.mean. Windows that do not fit are left out; with ``same`` the map is
    filled up with -infinity at the end instead, so that nothing is left out.
    """
    z = np.asarray(z)
    n, height, width, channels = z.shape
    if same:
        more = [(0, 0), (0, -height % pool), (0, -width % pool), (0, 0)]
        z = np.pad(z.astype(float), more, constant_values=-np.inf)
        n, height, width, channels = z.shape
    h, w = height // pool, width // pool
    windows = z[:, : h * pool, : w * pool].reshape(n, h, pool, w, pool, channels)
    return reduce(windows, axis=(2, 4))


def net(name: str, filters: int = 16, classes: int = 10, seed: int = 0):
    """A compiled digit net around one friend's cell: cell, Flatten, Dense. Equal seeds, equal weights."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    conv, relu, pool = layers.Conv2D(filters, 3), layers.ReLU(), layers.MaxPooling2D(2)
    order = {"alex": [conv, relu, pool], "ilya": [conv, pool, relu], "geoffrey": [conv, pool]}[name]
    head = [layers.Flatten(), layers.Dense(classes, activation="softmax")]
    model = keras.Sequential([keras.Input((8, 8, 1)), *order, *head])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def _variants(kernel, bias, pool) -> dict[str, Callable]:
    from keras import ops

    kernel, bias = np.asarray(kernel, np.float32), np.asarray(bias, np.float32)

    def conv(x, padding="valid", kernel=kernel):
        return np.asarray(ops.conv(np.asarray(x, np.float32), kernel, 1, padding)) + bias

    turned = {"flipped": kernel[::-1, ::-1], "transposed": kernel.transpose(1, 0, 2, 3)}

    def relu(h):
        return np.maximum(h, 0)

    def leaky(slope):
        return lambda x: (lambda h: np.where(h > 0, h, slope * h))(pooled(conv(x), pool))

    return {
        "alex": lambda x: pooled(relu(conv(x)), pool),
        "ilya": lambda x: relu(pooled(conv(x), pool)),
        "none": lambda x: pooled(conv(x), pool),
        "no_pool": lambda x: relu(conv(x)),
        "conv_only": conv,
        "average": lambda x: pooled(relu(conv(x)), pool, np.mean),
        "average_first": lambda x: relu(pooled(conv(x), pool, np.mean)),
        "average_none": lambda x: pooled(conv(x), pool, np.mean),
        "same_pool": lambda x: relu(pooled(conv(x), pool, same=True)),
        "same_pool_none": lambda x: pooled(conv(x), pool, same=True),
        "same_conv": lambda x: relu(pooled(conv(x, "same"), pool)),
        "same_conv_none": lambda x: pooled(conv(x, "same"), pool),
        "stride": lambda x: relu(np.asarray(ops.max_pool(conv(x), pool, 1))),
        "stride_none": lambda x: np.asarray(ops.max_pool(conv(x), pool, 1)),
        "leaky": leaky(0.3),
        "leaky_2": leaky(0.2),
        "leaky_01": leaky(0.01),
        "relu6": lambda x: np.minimum(relu(pooled(conv(x), pool)), 6),
        "no_bias": lambda x: relu(pooled(conv(x) - bias, pool)),
        "relu_input": lambda x: pooled(conv(relu(x)), pool),
        **{k: lambda x, w=w: relu(pooled(conv(x, kernel=w), pool)) for k, w in turned.items()},
        **{f"{k}_none": lambda x, w=w: pooled(conv(x, kernel=w), pool) for k, w in turned.items()},
    }


# What to say about each wrong cell, given the friend's name.
_TOLD: dict[str, Callable[[str], Message]] = {
    "alex": lambda name: msg(
        "`{name}` has a ReLU. This friend stops after the pooling.", name=name
    ),
    "none": lambda name: msg(
        "`{name}` computes convolution and pooling only: negative numbers come through. The ReLU is "
        "missing.",
        name=name,
    ),
    "no_pool": lambda name: msg(
        "`{name}` does not pool: the map is as large as the convolution left it.", name=name
    ),
    "conv_only": lambda name: msg("`{name}` is the convolution and nothing else.", name=name),
    "relu6": lambda name: msg(
        "`{name}` cuts at 6: that is ReLU6. ReLU lets every positive number through.", name=name
    ),
    "no_bias": lambda name: msg("`{name}` forgets the bias of the convolution.", name=name),
    "relu_input": lambda name: msg(
        "`{name}` puts the ReLU on the image, before the convolution.", name=name
    ),
}
_TOLD |= dict.fromkeys(
    ("average", "average_first", "average_none"),
    lambda name: msg(
        "`{name}` pools by the mean. Expected: the maximum of every window.", name=name
    ),
)
_TOLD |= dict.fromkeys(
    ("same_pool", "same_pool_none"),
    lambda name: msg(
        "`{name}`: the pooling pads, so a window hangs over the edge where the size is not "
        'divisible. Expected: padding="valid".',
        name=name,
    ),
)
_TOLD |= dict.fromkeys(
    ("same_conv", "same_conv_none"),
    lambda name: msg(
        '`{name}`: the convolution pads. Expected: padding="valid", a map 2 pixels smaller.',
        name=name,
    ),
)
_TOLD |= dict.fromkeys(
    ("stride", "stride_none"),
    lambda name: msg(
        "`{name}`: the pooling window moves by one pixel. Expected: by its own side.", name=name
    ),
)
_TOLD |= dict.fromkeys(
    ("leaky", "leaky_2", "leaky_01"),
    lambda name: msg(
        "`{name}`: negative numbers come through, only smaller. That is a leaky ReLU; ReLU answers "
        "them with 0.",
        name=name,
    ),
)
_TOLD |= dict.fromkeys(
    ("flipped", "flipped_none", "transposed", "transposed_none"),
    lambda name: msg(
        "`{name}` does not use the given kernel as it is, but turned round. A Keras convolution "
        "neither flips nor transposes its kernel.",
        name=name,
    ),
)
