"""The nets of unit 4's experiment in Keras: how they are built, trained and timed.

Three hidden layers of 100, batches of 60, plain gradient descent, 8x8 digits (or any set of images).
:mod:`norm_by_hand` has the same nets in NumPy; both start from the same weights and see the same
batches. TensorFlow is imported when a net is made.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from itertools import islice

import numpy as np

from course.lab.experiments.norm_by_hand import (
    BATCH,
    CLASSES,
    HIDDEN,
    PLACES,
    RATE,
    STD,
    WIDTH,
    batches,
    draw,
)

#: How one may run training steps in Keras and TensorFlow, with batches between two looks at the clock.
MODES = {"eager": 8, "train_on_batch": 30, "fit": 100, "graph": 100, "loop": 300, "xla": 300}


def net(
    place, activation="relu", std=STD, *, inputs: int = 64, seed: int = 0, momentum: float = 0.99
):
    """A Keras model, inputs (n, inputs) -> logits (n, 10). ``place``: one of ``PLACES``; ``std``: the
    deviation of the normal initial weights, or "he". Raises ValueError for another place."""
    import keras
    from keras import layers

    if place not in PLACES:
        raise ValueError(f"Expected a place of {', '.join(PLACES)}. Received: {place!r}.")
    kernels = draw(std, (inputs, *(WIDTH,) * HIDDEN, CLASSES), seed)
    dense = [layers.Dense(WIDTH, use_bias=place != "between") for _ in range(HIDDEN)]
    model = keras.Sequential([keras.Input((inputs,))])
    for linear in dense:
        order = [linear, layers.Activation(activation)]
        if place != "none":
            at = ("before", "between", "after").index(place)
            order.insert(at, layers.BatchNormalization(momentum=momentum))
        for layer in order:
            model.add(layer)
    dense.append(layers.Dense(CLASSES))
    model.add(dense[-1])
    for linear, kernel in zip(dense, kernels, strict=True):
        linear.kernel.assign(kernel)
    return model


class Trainer:
    """``trainer(n)`` goes on for n steps of gradient descent, all of them in one call of a graph.

    Returns {"accuracy": on the split's test part, "loss": mean over the steps, "accuracy in training
    mode": the test part normalised by its own statistics instead of the moving ones}. Made for
    :class:`course.lab.runs.Experiment`.
    """

    def __init__(self, net, split, *, rate: float = RATE, batch: int = BATCH, seed: int = 0):
        import tensorflow as tf

        self._order = batches(len(split.x_train), batch, seed)
        self._stretch = _loop(net, split, rate, batch)
        x_test, y_test = tf.constant(_flat(split.x_test)), tf.constant(_labels(split.y_test))

        def share(training):
            # The layers' moving statistics must not see the test part: put back what they were.
            kept = [tf.identity(v.value) for v in net.non_trainable_variables]
            logits = net(x_test, training=training)
            for v, value in zip(net.non_trainable_variables, kept, strict=True):
                v.assign(value)
            right = tf.equal(tf.argmax(logits, axis=1, output_type=tf.int32), y_test)
            return tf.reduce_mean(tf.cast(right, tf.float32))

        self._shares = _graph(lambda: (share(False), share(True)))

    def __call__(self, n: int) -> dict[str, float]:
        loss = self._stretch(np.stack(list(islice(self._order, n))))
        inference, training = map(float, self._shares())
        return {"accuracy": inference, "loss": loss, "accuracy in training mode": training}


def leanings(nets, split, classes=(0, 1)) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """By how much each of ``nets``, {name: net}, prefers the second of two classes to the first on the
    split's test part, in inference: {name: (values of the first, values of the second)}, each (n,)."""
    x, y = _flat(split.x_test), _labels(split.y_test)
    first, second = classes
    found = {}
    for name, net in nets.items():
        logits = np.asarray(net(x, training=False))
        leaning = logits[:, second] - logits[:, first]
        found[name] = (leaning[y == first], leaning[y == second])
    return found


def throughput(
    split, modes: Iterable[str] = tuple(MODES), *, repeats: int = 5, activation: str = "relu"
) -> dict[str, dict[str, float]]:
    """Batches per second of the net without and with batch normalisation, in every mode.

    Returns ``{mode: {"without": rate, "with": rate, "with / without": ratio}}``, medians over
    ``repeats`` measurements taken in turns. A mode that this machine cannot compile is left out.
    """
    import tensorflow as tf

    found = {}
    for mode in modes:
        n = MODES[mode]
        places = {"without": "none", "with": "between"}
        inputs = int(np.prod(np.shape(split.x_train)[1:]))
        runs = {
            name: _in_mode(mode, net(place, activation, inputs=inputs), split, n)
            for name, place in places.items()
        }
        try:
            for run in runs.values():
                run()  # traces, compiles
        except (tf.errors.OpError, ValueError):
            continue
        seconds = {name: [] for name in runs}
        for _ in range(repeats):
            for name, run in runs.items():
                start = time.perf_counter()
                run()
                seconds[name].append(time.perf_counter() - start)
        row = {name: n / float(np.median(taken)) for name, taken in seconds.items()}
        found[mode] = {**row, "with / without": row["with"] / row["without"]}
    return found


def _in_mode(mode: str, net, split, n: int) -> Callable[[], object]:
    """A function that runs n training steps of ``net`` in that mode."""
    import keras
    import tensorflow as tf

    order = np.stack(list(islice(batches(len(split.x_train), BATCH, 0), n)))
    if mode in ("loop", "xla"):
        stretch = _loop(net, split, RATE, BATCH, xla=mode == "xla")
        return lambda: stretch(order)
    x, y = _flat(split.x_train)[order], _labels(split.y_train)[order]
    if mode in ("train_on_batch", "fit"):
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        net.compile(keras.optimizers.SGD(RATE), loss)
        if mode == "fit":
            x, y = x.reshape(n * BATCH, -1), y.reshape(-1)
            return lambda: net.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0)
        return lambda: [net.train_on_batch(a, b) for a, b in zip(x, y, strict=True)]
    step = _step(net, RATE)
    if mode == "graph":
        step = _graph(
            step, tf.TensorSpec(x.shape[1:], tf.float32), tf.TensorSpec([BATCH], tf.int32)
        )
    pairs = [(tf.constant(a), tf.constant(b)) for a, b in zip(x, y, strict=True)]
    return lambda: float([step(a, b) for a, b in pairs][-1])


def _loop(net, split, rate, batch, xla=False) -> Callable[[np.ndarray], float]:
    """A function of the indices (n, batch) of n batches that trains on them, and returns the mean loss."""
    import tensorflow as tf

    x, y = tf.constant(_flat(split.x_train)), tf.constant(_labels(split.y_train))
    step = _step(net, rate)

    def loop(order):
        return tf.while_loop(
            lambda i, total: i < tf.shape(order)[0],
            lambda i, total: (i + 1, total + step(tf.gather(x, order[i]), tf.gather(y, order[i]))),
            (0, 0.0),
            parallel_iterations=1,
        )[1]

    graph = _graph(loop, tf.TensorSpec([None, batch], tf.int32), xla=xla)
    return lambda order: float(graph(tf.constant(order, tf.int32))) / len(order)


def _step(net, rate):
    """One step of plain gradient descent on the mean cross-entropy of the logits."""
    import tensorflow as tf

    variables = net.trainable_variables

    def step(x, y):
        with tf.GradientTape() as tape:
            logits = net(x, training=True)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))
        gradients = tape.gradient(loss, [v.value for v in variables])
        for v, g in zip(variables, gradients, strict=True):
            v.assign(v.value - rate * g)
        return loss

    return step


def _graph(function, *signature, xla=False):
    """``function`` as one graph; a concrete function writes no log lines about retracing."""
    import tensorflow as tf

    return tf.function(function, autograph=False, jit_compile=xla).get_concrete_function(*signature)


def _flat(x):
    return np.asarray(x, np.float32).reshape(len(x), -1)


def _labels(y):
    return np.asarray(y, np.int32)
