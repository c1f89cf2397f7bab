"""The moments of every neuron of every layer, by class, in one pass over the data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from course.lab.statistics.moments import RunningMoments

if TYPE_CHECKING:
    import keras

Moments = dict[str, dict[int, RunningMoments]]


def batched(x, labels, size: int = 100) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs (x, labels) of at most ``size`` samples, in order. ValueError when lengths differ."""
    if len(x) != len(labels):
        raise ValueError(f"Expected a label per sample. Received: {len(x)} and {len(labels)}.")
    for i in range(0, len(x), size):
        yield x[i : i + size], labels[i : i + size]


def layer_moments(
    model: keras.Model,
    batches: Iterable[tuple[np.ndarray, np.ndarray]],
    *,
    classes: Sequence[int] = (0, 1),
    training: bool = False,
) -> Moments:
    """``{layer: {class: RunningMoments}}`` of a model's activations, in the order of its layers.

    ``model``: functional or Sequential, with one input, built; its ``Input`` is no layer here. A
    neuron is one number of a layer's output (the first one, of a layer that is called twice), and the
    moments have the output's shape. ``batches``: pairs (x, labels) of any sizes; a batch may be empty
    or lack a class, and samples whose label is not in ``classes`` are passed over. ``training``: in
    which mode the model is called. Its weights and moving averages are the same afterwards.

    Within a batch a graph of TensorFlow takes the mean, then the squared deviations from it; between
    batches Chan's formula merges in float64. Raises ValueError for a model whose layers have no
    single output.
    """
    outputs = _outputs(model)
    step = _step(model, list(outputs.values()), len(classes), training)
    sizes = [int(np.prod(o.shape[1:])) for o in outputs.values()]
    found = [RunningMoments((sum(sizes),)) for _ in classes]
    kept = [(v, v.numpy()) for v in model.non_trainable_variables] if training else []
    try:
        for x, labels in batches:
            member = np.asarray(labels).reshape(-1, 1) == np.asarray(classes)
            if not member.any():
                continue
            parts = step(np.asarray(x, np.float32), member)
            for total, count, mean, m2 in zip(found, *(p.numpy() for p in parts), strict=True):
                total.merge(RunningMoments(total.shape, count=count, mean=mean, m2=m2))
    finally:
        for variable, value in kept:
            variable.assign(value)
    return _by_layer(outputs, sizes, classes, found)


def pooled(moments: Moments) -> Moments:
    """The moments of each layer as if all its neurons were one; see ``RunningMoments.pooled``."""
    return {
        name: {label: one.pooled() for label, one in classes.items()}
        for name, classes in moments.items()
    }


def _outputs(model):
    """{name: symbolic output} of the layers that compute, in order."""
    import keras

    if not getattr(model, "inputs", None) or len(model.inputs) != 1:
        raise ValueError(
            f"Expected a built functional or Sequential model with one input. Received: {model!r}."
        )
    found = {}
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        try:
            output = layer.output
        except (AttributeError, ValueError):
            output = None
        if not isinstance(output, keras.KerasTensor) or None in output.shape[1:]:
            raise ValueError(
                f"Expected layers with one output of known shape. Received: {layer.name!r}."
            )
        found[layer.name] = output
    return found


def _step(model, outputs, n_classes, training):
    """(x, member) -> counts (k,), means (k, neurons), M2 (k, neurons) of one batch, as a graph."""
    import keras
    import tensorflow as tf

    every = keras.Model(model.inputs, outputs)
    shape = [None, *model.inputs[0].shape[1:]]

    @tf.function(
        autograph=False,
        input_signature=[
            tf.TensorSpec(shape, tf.float32),
            tf.TensorSpec([None, n_classes], tf.bool),
        ],
    )
    def step(x, member):
        member = tf.cast(member, tf.float32)
        counts = tf.reduce_sum(member, axis=0)
        shares = tf.math.divide_no_nan(member, counts)  # an absent class gets no shares
        means, squares = [], []
        for output in keras.tree.flatten(every(x, training=training)):
            a = tf.cast(tf.reshape(output, [-1, int(np.prod(output.shape[1:]))]), tf.float32)
            mean = tf.matmul(shares, a, transpose_a=True)
            rest = tf.cast(a - tf.matmul(member, mean), tf.float64)
            member64 = tf.cast(member, tf.float64)
            # As in RunningMoments.of: what rounding left of the mean is taken out again.
            error = tf.matmul(tf.cast(shares, tf.float64), rest, transpose_a=True)
            square = tf.matmul(member64, tf.square(rest), transpose_a=True)
            square -= tf.cast(counts, tf.float64)[:, None] * tf.square(error)
            means.append(tf.cast(mean, tf.float64) + error)
            squares.append(tf.maximum(square, 0))
        return tf.cast(counts, tf.int64), tf.concat(means, 1), tf.concat(squares, 1)

    return step


def _by_layer(outputs, sizes, classes, found) -> Moments:
    moments, at = {}, 0
    for (name, output), size in zip(outputs.items(), sizes, strict=True):
        shape, part = tuple(output.shape[1:]), slice(at, at + size)
        moments[name] = {
            label: RunningMoments(
                shape,
                count=total.count,
                mean=total._mean[part].reshape(shape),
                m2=total._m2[part].reshape(shape),
            )
            for label, total in zip(classes, found, strict=True)
        }
        at += size
    return moments
