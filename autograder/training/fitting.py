"""A quiet fit, and the optimizer step that it is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autograder.messages import msg
from autograder.training._tensors import arrays, traced
from autograder.training.preparing import CannotTrain, prepare, shown

if TYPE_CHECKING:
    import keras


def fit(
    model: keras.Model,
    x,
    y,
    *,
    epochs: int = 1,
    batch: int = 32,
    seed: int = 0,
    steps: int | None = None,
    optimizer=None,
) -> list[float]:
    """Trains ``model`` in place and returns the mean loss of every epoch.

    The loss is the model's own, the optimizer a fresh one of the model's own kind and settings (or
    ``optimizer``, which is not touched either). Samples are shuffled by ``seed`` every epoch; a last
    batch that is not full is left out (it returns in another epoch). ``steps`` stops after so many
    batches altogether. Prints nothing. Raises :class:`CannotTrain` (a ValueError) when the model has
    no loss or optimizer, when its loss is none, or when nothing in it receives a gradient.
    """
    import tensorflow as tf

    x, y = arrays(x, y)
    batch = min(batch, len(x))
    prepare(model, x, y)
    reseed(model, seed)
    optimizer = fresh(model, optimizer)
    variables = model.trainable_variables
    optimizer.build(variables)
    x, y = tf.constant(x), tf.constant(y)

    def step(i, order, total):
        at = tf.reshape(order[i * batch : (i + 1) * batch], [batch])  # a size that is known
        x_batch, y_batch = tf.gather(x, at), tf.gather(y, at)
        return total + descend(model, optimizer, variables, x_batch, y_batch)

    def epoch(order, n):
        # One call an epoch: calling from Python for every step costs more than a small net's step.
        return tf.while_loop(
            lambda i, total: i < n,
            lambda i, total: (i + 1, step(i, order, total)),
            (0, tf.constant(0.0)),
            parallel_iterations=1,
        )[1]

    epoch = traced(epoch, tf.TensorSpec([len(x)], tf.int32), tf.TensorSpec([], tf.int32))
    rng = np.random.default_rng(seed)
    per_epoch = len(x) // batch
    left = epochs * per_epoch if steps is None else min(steps, epochs * per_epoch)
    losses = []
    while left > 0:
        n = min(per_epoch, left)
        order = tf.constant(rng.permutation(len(x)).astype(np.int32))
        losses.append(float(epoch(order, tf.constant(n))) / n)
        left -= n
    return losses


def descend(model, optimizer, variables, x, y):
    """One optimizer step; returns the loss. The way of Keras' own ``train_step``."""
    import tensorflow as tf

    with tf.GradientTape() as tape:
        prediction = model(x, training=True)
        loss = model.compute_loss(x=x, y=y, y_pred=prediction, training=True)
    gradients = tape.gradient(loss, [v.value for v in variables])
    pairs = [(g, v) for g, v in zip(gradients, variables, strict=True) if g is not None]
    if not pairs:
        raise CannotTrain(
            msg(
                "Expected a loss with a gradient. Received: loss={loss}, through which no variable "
                "receives one: nothing can be learnt.",
                loss=shown(model.loss),
            )
        )
    optimizer.apply([g for g, _ in pairs], [v for _, v in pairs])
    return tf.cast(loss, tf.float32)


def fresh(model, optimizer):
    """A new optimizer of the same kind and settings."""
    import keras

    optimizer = model.optimizer if optimizer is None else keras.optimizers.get(optimizer)
    if optimizer is None:
        raise CannotTrain(
            msg("Expected a compiled model. Received: no optimizer; call model.compile(...).")
        )
    return type(optimizer).from_config(optimizer.get_config())


def reseed(model, seed: int) -> None:
    """Sets dropout and the like to a state that depends on ``seed`` and the layer's place only."""
    states = [v for v in model.variables if v.path.endswith("seed_generator_state")]
    for i, state in enumerate(states):
        state.assign(np.array([seed, i], dtype="uint32"))
