"""A quiet fit, and the optimizer step that it is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autograder.messages import msg
from autograder.training._tensors import arrays, standardised, traced
from autograder.training.preparing import CannotTrain, prepare, shown

if TYPE_CHECKING:
    import keras

_RESIDENT = 2**22  # bytes of samples that are copied into one tensor; more are read batch by batch


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
    standard: tuple[float, float] | None = None,
) -> list[float]:
    """Trains ``model`` in place and returns the mean loss of every epoch.

    The loss is the model's own, the optimizer a fresh one of the model's own kind and settings (or
    ``optimizer``, which is not touched either). Samples are shuffled by ``seed`` every epoch; a last
    batch that is not full is left out (it returns in another epoch). ``steps`` stops after so many
    batches altogether. With ``standard``, (mean, deviation), every batch of x has the mean taken off
    and is divided by the deviation; a large memory-mapped x is never copied as a whole. Prints nothing. Raises :class:`CannotTrain` (a ValueError) when the model has
    no loss or optimizer, when its loss is none, or when nothing in it receives a gradient.
    """
    trainer = Trainer(model, x, y, batch=batch, seed=seed, optimizer=optimizer, standard=standard)
    whole = epochs * trainer.per_epoch
    return trainer.run(whole if steps is None else min(steps, whole), seed)


class Trainer:
    """A model, its data and a fresh optimizer, trained in as many runs as are asked for: the graph
    of a step is traced once. Arguments and errors: see :func:`fit`."""

    def __init__(self, model, x, y, *, batch=32, seed=0, optimizer=None, standard=None):
        x, y = arrays(x, y)
        batch = min(batch, len(x))
        prepare(model, x, y)
        reseed(model, seed)
        optimizer = fresh(model, optimizer)
        variables = model.trainable_variables
        optimizer.build(variables)

        def step(x_batch, y_batch):
            return descend(model, optimizer, variables, standardised(x_batch, standard), y_batch)

        self._samples = len(x)
        self._epoch = (_of_resident if x.nbytes <= _RESIDENT else _of_read)(x, y, batch, step)
        self.per_epoch = len(x) // batch  #: steps

    def run(self, steps: int, seed: int = 0) -> list[float]:
        """``steps`` more steps, in an order that ``seed`` shuffles; the mean loss of every epoch."""
        rng = np.random.default_rng(seed)
        losses = []
        while steps > 0:
            n = min(self.per_epoch, steps)
            order = rng.permutation(self._samples).astype(np.int32)
            losses.append(float(self._epoch(order, n)) / n)
            steps -= n
        return losses


def _of_resident(x, y, batch, step):
    """epoch(order, n): the sum of the losses of n steps, in one call: calling from Python for every
    step costs more than a small net's step."""
    import tensorflow as tf

    x, y = tf.constant(x), tf.constant(y)

    def batch_step(i, order, total):
        at = tf.reshape(order[i * batch : (i + 1) * batch], [batch])  # a size that is known
        return total + step(tf.gather(x, at), tf.gather(y, at))

    def epoch(order, n):
        return tf.while_loop(
            lambda i, total: i < n,
            lambda i, total: (i + 1, batch_step(i, order, total)),
            (0, tf.constant(0.0)),
            parallel_iterations=1,
        )[1]

    graph = traced(epoch, tf.TensorSpec([len(x)], tf.int32), tf.TensorSpec([], tf.int32))
    return lambda order, n: graph(tf.constant(order), tf.constant(n))


def _of_read(x, y, batch, step):
    """The same, each batch read from the arrays when it is needed."""
    import tensorflow as tf

    graph = traced(step, *(tf.TensorSpec([batch, *a.shape[1:]], a.dtype) for a in (x, y)))

    def epoch(order, n):
        order = order[: n * batch].reshape(n, batch)
        return sum(float(graph(tf.constant(x[at]), tf.constant(y[at]))) for at in order)

    return epoch


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
    made = type(optimizer).from_config(optimizer.get_config())
    # Over the one device that there is: the sum of a gradient is the gradient. Keras' way to it makes
    # a custom gradient, and TensorFlow keeps what is registered so, the step's whole graph, for good.
    made._all_reduce_sum_gradients = list
    return made


def reseed(model, seed: int) -> None:
    """Sets dropout and the like to a state that depends on ``seed`` and the layer's place only."""
    states = [v for v in model.variables if v.path.endswith("seed_generator_state")]
    for i, state in enumerate(states):
        state.assign(np.array([seed, i], dtype="uint32"))
