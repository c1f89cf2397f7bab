"""Measurements on convolutional nets: map sizes, fields of view, ranks, losses of damaged answers.

Everything is small and takes milliseconds to a few seconds; nothing depends on a notebook's state.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from course.lab.experiments._conv_bills import bills, cost_table, posed_digit_net, posed_picture_net

__all__ = [
    "Blocks",
    "bills",
    "cost_table",
    "convolve",
    "damaged_loss",
    "dropped_sums",
    "field",
    "frozen",
    "head_gap",
    "hidden_layer",
    "one_layer_gap",
    "posed_digit_net",
    "posed_digits",
    "posed_picture_net",
    "posed_pictures",
    "race",
    "rank",
    "started",
    "signal",
    "widths",
    "wide_first_layer",
]


@dataclass(frozen=True)
class Blocks:
    """``blocks`` times convolution and max-pooling on a square picture of ``side`` pixels."""

    kernel: int
    pool: int
    blocks: int = 4
    side: int = 100
    kernel_padding: str = "valid"
    pool_padding: str = "valid"

    @property
    def sizes(self) -> list[int]:
        """The map's side after every layer, as Keras builds it; ends where Keras refuses."""
        return list(_sizes(self))

    @property
    def builds(self) -> bool:
        return len(self.sizes) == 2 * self.blocks + 1

    def __str__(self):
        return " → ".join(map(str, self.sizes)) + ("" if self.builds else " → ✗")


@cache
def _sizes(plan: Blocks) -> tuple[int, ...]:
    import keras
    from keras import layers

    x = keras.Input((plan.side, plan.side, 1))
    sizes = [plan.side]
    try:
        for _ in range(plan.blocks):
            x = layers.Conv2D(1, plan.kernel, padding=plan.kernel_padding)(x)
            sizes.append(x.shape[1])
            x = layers.MaxPooling2D(plan.pool, padding=plan.pool_padding)(x)
            sizes.append(x.shape[1])
    except ValueError:  # "Computed output size would be zero or negative"
        pass
    # TensorFlow lets some layers answer with an empty map instead of an error.
    return tuple(size for size in sizes if size > 0)


def field(*layers_: tuple[str, int]) -> int:
    """How many pixels wide is the patch that one unit sees? Measured with a gradient.

    ``layers_`` are ("conv", kernel) or ("pool", size). All kernels are 1 and the pooling averages, so
    every pixel that is seen at all has a slope.
    """
    import tensorflow as tf
    from keras import Sequential, layers

    make = {
        "conv": lambda k: layers.Conv2D(1, k, kernel_initializer="ones"),
        "pool": lambda k: layers.AveragePooling2D(k),
    }
    net = Sequential([make[kind](size) for kind, size in layers_])
    x = tf.ones((1, 64, 64, 1))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = net(x)
        unit = y[0, y.shape[1] // 2, y.shape[2] // 2, 0]
    slopes = tape.gradient(unit, x).numpy()[0, :, :, 0]
    return int((slopes != 0).any(axis=0).sum())


def rank(kernel: int, channels: int, filters: int) -> int:
    """Rank of ``filters`` random kernels, each written as one row of kernel² channels numbers."""
    weights = np.random.default_rng(0).normal(size=(filters, kernel * kernel * channels))
    return int(np.linalg.matrix_rank(weights))


def convolve(x, kernel, bias, padding: str = "valid") -> np.ndarray:
    """Keras' Conv2D in float64. x: (n, h, w, c); kernel: (k, k, c, filters); bias: (filters,)."""
    x, kernel = np.asarray(x, np.float64), np.asarray(kernel, np.float64)
    k = kernel.shape[0]
    if padding == "same":
        before = (k - 1) // 2
        x = np.pad(x, ((0, 0), (before, k - 1 - before), (before, k - 1 - before), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(1, 2))
    return np.einsum("nhwcab,abcf->nhwf", windows, kernel) + np.asarray(bias, np.float64)


_PAIRS = ("3x3, 1x1", "1x1, 3x3")


def one_layer_gap(
    pair: str, *, padding: str = "valid", bias: bool = True, between: str | None = None
) -> float:
    """How far two convolutions are from any single 3x3 convolution with bias, relative to the output.

    ``pair`` is "3x3, 1x1" or "1x1, 3x3"; ``between`` is None or "relu". The single convolution is
    fitted to the pair's output by least squares, so about 1e-15 means: one layer does it all.
    """
    if pair not in _PAIRS:
        raise ValueError(f"Expected pair of {_PAIRS}. Received: {pair!r}.")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(6, 7, 7, 2))
    y, channels = x, 2
    for position, size in enumerate((3, 1) if pair == "3x3, 1x1" else (1, 3)):
        kernel = rng.normal(size=(size, size, channels, 3))
        y = convolve(y, kernel, rng.normal(size=3) * bias, padding)
        channels = 3
        if position == 0 and between == "relu":
            y = np.maximum(y, 0)
    if padding == "same":
        x = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    patches = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2)).reshape(-1, 18)
    patches = np.hstack([patches, np.ones((len(patches), 1))])
    target = y.reshape(-1, 3)
    single = patches @ np.linalg.lstsq(patches, target, rcond=None)[0]
    return float(np.abs(single - target).max() / np.abs(target).max())


def damaged_loss(loss: str, row, label: int) -> tuple[float, float]:
    """Keras' loss of one answer ``row`` (probabilities, perhaps damaged) when class ``label`` is right.

    Returns the loss and its slope with respect to the right class's number. ``loss`` is
    "categorical_crossentropy" or "sparse_categorical_crossentropy".
    """
    import keras
    import tensorflow as tf

    row = tf.constant(np.asarray(row, np.float32)[None])
    sparse = loss.startswith("sparse")
    truth = np.array([label]) if sparse else np.eye(row.shape[1], dtype=np.float32)[[label]]
    with tf.GradientTape() as tape:
        tape.watch(row)
        value = keras.losses.get(loss)(truth, row)
    return float(value[0]), float(tape.gradient(value, row)[0, label])


def dropped_sums(rate: float, training: bool, rows: int = 1000) -> np.ndarray:
    """Row sums of a softmax over ten classes with dropout of ``rate`` behind it, (rows,)."""
    from keras import layers

    logits = np.random.default_rng(0).normal(size=(rows, 10)).astype(np.float32)
    answer = layers.Dropout(rate, seed=0)(layers.Softmax()(logits), training=training)
    return np.asarray(answer).sum(-1)


def _digits_net(hidden, *, after=None, head="softmax", seed=0):
    """64 -> 100 -> 10 on the small digits. ``after`` is the rate of a dropout behind the answer."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    body = [keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(100, activation=hidden)]
    tail = [layers.Dense(10, activation=head)] + ([layers.Dropout(after)] if after else [])
    return keras.Sequential(body + tail)


@dataclass(frozen=True)
class Hidden:
    """accuracy on held-out digits; effective hidden units exp(entropy) before and after training."""

    accuracy: float
    before: float
    after: float


@cache
def hidden_layer(activation: str, epochs: int = 10) -> Hidden:
    """A hidden layer of 100 units with this activation, on the 8x8 digits, RMSprop."""
    import keras

    from autograder import training
    from course.lab import data

    split = data.digits()
    net = _digits_net(activation)
    net.compile(keras.optimizers.RMSprop(0.003), "sparse_categorical_crossentropy")
    middle = keras.Model(net.inputs[0], net.layers[-2].output)

    def units():
        p = np.abs(np.asarray(middle(split.x_test[:200]), float))
        p = p / np.maximum(p.sum(-1, keepdims=True), 1e-30)
        return float(np.exp(-(p * np.log(np.maximum(p, 1e-30))).sum(-1)).mean())

    before = units()
    training.fit(net, split.x_train, split.y_train, epochs=epochs)
    return Hidden(training.score(net, split.x_test, split.y_test), before, units())


@cache
def race(
    *, rate: float = 0.0, loss: str = "sparse_categorical_crossentropy", epochs: int = 5
) -> float:
    """Held-out accuracy on the 8x8 digits with dropout of ``rate`` behind the answer, or another loss."""
    import keras

    from autograder import training
    from course.lab import data

    split = data.digits()
    net = _digits_net("relu", after=rate)
    net.compile(keras.optimizers.RMSprop(0.001), loss)
    labels = split.y_train if loss.startswith("sparse") else np.eye(10, dtype="f")[split.y_train]
    training.fit(net, split.x_train, labels, epochs=epochs)
    return training.score(net, split.x_test, split.y_test)


@cache
def head_gap(one: str = "softmax", other: str = "sigmoid", steps: int = 20) -> float:
    """The largest difference of any weight between two nets that differ in their last activation,
    started alike and trained alike with cross-entropy."""
    from autograder import training
    from course.lab import data

    split = data.digits()
    weights = []
    for head in (one, other):
        net = _digits_net("relu", head=head)
        net.compile("adam", "sparse_categorical_crossentropy")
        training.fit(net, split.x_train, split.y_train, epochs=steps, steps=steps)
        weights.append([v.numpy() for v in net.trainable_variables])
    return max(float(np.abs(a - b).max()) for a, b in zip(*weights, strict=True))


def signal(initializer: str, depth: int = 10, width: int = 64) -> list[float]:
    """Standard deviation before each of ``depth`` ReLUs behind dense layers of ``width`` units."""
    import keras

    x = np.random.default_rng(0).normal(size=(500, width))
    stds = []
    for layer in range(depth):
        make = keras.initializers.get({"class_name": initializer, "config": {"seed": layer}})
        x = x @ np.asarray(make((width, width)), float)
        stds.append(float(x.std()))
        x = np.maximum(x, 0)
    return stds


@cache
def started(initializer: str, depth: int = 10, epochs: int = 2) -> float:
    """Held-out accuracy on the 8x8 digits of ``depth`` ReLU layers of 64 units, mean of two seeds."""
    import keras
    from keras import layers

    from autograder import training
    from course.lab import data

    split, scores = data.digits(), []
    for seed in (0, 1):
        keras.utils.set_random_seed(seed)
        hidden = [layers.Dense(64, "relu", kernel_initializer=initializer) for _ in range(depth)]
        net = keras.Sequential(
            [keras.Input((8, 8, 1)), layers.Flatten(), *hidden, layers.Dense(10, "softmax")]
        )
        net.compile("adam", "sparse_categorical_crossentropy")
        training.fit(net, split.x_train, split.y_train, epochs=epochs, seed=seed)
        scores.append(training.score(net, split.x_test, split.y_test))
    return float(np.mean(scores))


@cache
def widths(*filters: int, epochs: int = 6) -> list[float]:
    """Held-out accuracies (two seeds) on the 8x8 digits of 3x3 convolutions of these widths."""
    import keras
    from keras import layers

    from autograder import training
    from course.lab import data

    split, scores = data.digits(), []
    for seed in (0, 1):
        keras.utils.set_random_seed(seed)
        body = [layers.Conv2D(f, 3, padding="same", activation="relu") for f in filters]
        body.insert(1, layers.MaxPooling2D(2))
        net = keras.Sequential(
            [keras.Input((8, 8, 1)), *body, layers.Flatten(), layers.Dense(10, "softmax")]
        )
        net.compile("adam", "sparse_categorical_crossentropy")
        training.fit(net, split.x_train, split.y_train, epochs=epochs, seed=seed)
        scores.append(training.score(net, split.x_test, split.y_test))
    return scores


@cache
def wide_first_layer(filters: int, kernel: int, samples: int = 600, epochs: int = 4) -> float:
    """Held-out accuracy on the 28x28 digits of one convolution, one pooling and Misha's dense layers
    (with ReLU instead of the softmax in the middle)."""
    import keras
    from keras import layers

    from autograder import training
    from course.lab import data

    split = data.digits28()
    keras.utils.set_random_seed(0)
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(filters, kernel, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(100, "relu"),
            layers.Dense(10, "softmax"),
        ]
    )
    net.compile("rmsprop", "sparse_categorical_crossentropy")
    training.fit(net, split.x_train[:samples], split.y_train[:samples], epochs=epochs)
    return training.score(net, split.x_test[:500], split.y_test[:500])


@dataclass(frozen=True)
class Posed:
    """accuracy on held-out digits; the largest difference between the answers to any two of them."""

    accuracy: float
    spread: float


@cache
def posed_digits(samples: int = 600, epochs: int = 4) -> Posed:
    """Misha's digit net with all its faults, trained on the 28x28 digits as long as
    :func:`wide_first_layer`. Squared error gets the one-hot labels that it needs."""
    import keras
    from keras import layers

    from autograder import training
    from course.lab import data

    split = data.digits28()
    keras.utils.set_random_seed(0)
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(512, 10, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(100, "softmax"),
            layers.Dropout(0.1),
            layers.Dense(10, "softmax"),
            layers.Dropout(0.1),
        ]
    )
    net.compile("rmsprop", "mse")
    labels = np.eye(10, dtype="f")[split.y_train[:samples]]
    training.fit(net, split.x_train[:samples], labels, epochs=epochs)
    answers = net.predict(split.x_test[:500], verbose=0)
    right = answers.argmax(axis=1) == split.y_test[:500]
    return Posed(float(right.mean()), float(np.ptp(answers, axis=0).max()))


def posed_pictures(middle: float = 1, last: float = 0.5):
    """Misha's net for 100x100 pictures with all its faults, but for the rates of its two dropouts.

    Not compiled, as he left it. Never give it more than two pictures at a time: the first map alone
    takes 20 MB for each.
    """
    from keras import Input, Sequential, layers

    return Sequential(
        [
            Input((100, 100, 3)),
            layers.Conv2D(512, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(128, 3, activation="relu"),
            layers.Conv2D(32, 3),
            layers.Conv2D(32, 1),
            layers.MaxPooling2D(10),
            layers.Flatten(),
            layers.Dense(64),
            layers.Dropout(middle),
            layers.Dense(10, activation="sigmoid"),
            layers.Dropout(last),
        ]
    )


@cache
def frozen(middle: float = 1, last: float = 0.5) -> tuple[int, int]:
    """How many variables of :func:`posed_pictures` three steps of Adam on two pictures leave exactly
    as they were, and how many there are."""
    from autograder import training
    from course.lab import data

    def make():
        net = posed_pictures(middle, last)
        net.compile("adam", "sparse_categorical_crossentropy")
        return net

    split = data.pictures()
    moved = training.moving(make, split.x_train[:2], split.y_train[:2], steps=3, batch=2)
    return sum(change == 0 for change in moved.values()), len(moved)
