"""Instruments that train: what moves in a few steps, a quiet fit, a held-out score.

They leave the model's own optimizer, metrics and ``fit`` alone: each training run has a fresh
optimizer of the same kind and settings, so that an experiment never depends on the ones before it.
TensorFlow is imported when something trains.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np

from autograder.messages import Message, msg
from course.lab import _scores
from course.lab._names import variable_names
from course.lab._tensors import arrays, tensor, traced

if TYPE_CHECKING:
    import keras

__all__ = ["CannotTrain", "build", "fit", "moving", "score", "variable_names"]

_LARGE_INPUT = 10_000  # numbers a sample; wide early layers on such inputs fill the memory


class CannotTrain(ValueError):
    """The model cannot be trained as it is compiled. Says what was expected and what was found."""

    def __init__(self, message: Message):
        self.message = message
        super().__init__(message)

    def text(self, lang: str | None = None) -> str:
        return self.message.text(lang)

    def __str__(self):
        return self.text()


def build(make, seed: int = 0) -> keras.Model:
    """Calls ``make()`` with every generator seeded, so that the same seed gives the same weights.

    A Keras model is returned as it is. Python's and NumPy's global generators are left as they were.
    Raises TypeError when ``make()`` returns no Keras model.
    """
    import keras

    if isinstance(make, keras.Model):
        return make
    states = random.getstate(), np.random.get_state()
    try:
        keras.utils.set_random_seed(seed)
        model = make()
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
    if not isinstance(model, keras.Model):
        raise TypeError(
            f"Expected a function that returns a Keras model. Received: {type(model).__name__}."
        )
    return model


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
    _prepare(model, x, y)
    _reseed(model, seed)
    optimizer = _fresh(model, optimizer)
    variables = model.trainable_variables
    optimizer.build(variables)
    x, y = tf.constant(x), tf.constant(y)

    def step(i, order, total):
        at = tf.reshape(order[i * batch : (i + 1) * batch], [batch])  # a size that is known
        x_batch, y_batch = tf.gather(x, at), tf.gather(y, at)
        return total + _descend(model, optimizer, variables, x_batch, y_batch)

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


def moving(
    make,
    x=None,
    y=None,
    steps: int = 3,
    *,
    seed: int = 0,
    batch: int | None = None,
    optimizer=None,
) -> dict[str, float]:
    """How far every trainable variable moves in ``steps`` optimizer steps: {name: max |change|}.

    ``make`` is a function that returns a compiled model, or a model, which is left exactly as it was
    (weights, seed generators, moving statistics, optimizer). A variable that is frozen has 0.0.
    Without ``x`` and ``y`` the inputs are standard normal and the targets random, of the kind that
    the loss asks for. ``batch`` is 16, or 2 for large pictures. Names: :func:`variable_names`.
    """
    model = build(make, seed)
    if (x is None) != (y is None):
        raise ValueError("Expected both x and y, or neither. Received: only one of them.")
    if x is None:
        x, y = _random_task(model, batch or _small_batch(_input_shape(model)), seed)
    x, y = arrays(x, y)
    batch = min(batch or _small_batch(x.shape[1:]), len(x))
    _prepare(model, x, y)
    before = [v.numpy() for v in model.variables]
    try:
        _reseed(model, seed)
        optimizer = _fresh(model, optimizer)
        variables = model.trainable_variables
        optimizer.build(variables)
        start = [v.numpy() for v in variables]
        for step in range(steps):
            at = np.arange(step * batch, (step + 1) * batch) % len(x)
            _descend(model, optimizer, variables, x[at], y[at])
        return {
            name: float(np.max(np.abs(v.numpy() - old), initial=0.0))
            for (name, v), old in zip(variable_names(model).items(), start, strict=True)
        }
    finally:
        for v, value in zip(model.variables, before, strict=True):
            v.assign(value)


def score(model: keras.Model, x, y, metric: str = "accuracy") -> float:
    """Score of ``model`` on (x, y) in inference: 'accuracy', 'r2', or 'loss' (the model's own).

    accuracy: y holds labels (n,) or (n, 1), or one-hot rows; one output per sample is taken as the
    probability (all in [0, 1]) or the logit of class 1. Predictions that are not finite are wrong.
    r2: 1 - SS_res / SS_tot; -inf when a prediction is not finite. Raises ValueError when the sizes of
    y and of the prediction do not fit, or for another metric.
    """
    x, y = arrays(x, y)
    if metric == "loss":
        _prepare(model, x, y)
        return float(model.compute_loss(y=tensor(y), y_pred=tensor(_scores.predict(model, x))))
    if metric == "accuracy":
        return _scores.accuracy(_scores.predict(model, x), y)
    if metric == "r2":
        return _scores.r2(_scores.predict(model, x), y)
    raise ValueError(f"Expected metric='accuracy', 'r2' or 'loss'. Received: metric={metric!r}.")


def _descend(model, optimizer, variables, x, y):
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
                loss=_shown(model.loss),
            )
        )
    optimizer.apply([g for g, _ in pairs], [v for _, v in pairs])
    return tf.cast(loss, tf.float32)


def _prepare(model, x, y) -> None:
    """Builds the model and resolves its loss, eagerly and on two samples; the errors come here."""
    if not model.built:
        model(tensor(x[:2]), training=False)
    if not getattr(model, "compiled", False) or model.loss is None:
        raise CannotTrain(
            msg(
                "Expected a compiled model with a loss. Received: no loss; call model.compile(...)."
            )
        )
    import keras

    for loss in _leaves(model.loss):
        if isinstance(loss, str):
            try:
                keras.losses.get(loss)
            except ValueError:
                raise CannotTrain(_unknown_loss(loss)) from None
    # Builds what the compiled loss creates at its first call: not allowed inside a tf.function.
    model.compute_loss(
        x=tensor(x[:2]), y=tensor(y[:2]), y_pred=model(tensor(x[:2]), training=False)
    )


def _unknown_loss(name: str) -> Message:
    import keras

    try:
        keras.metrics.get(name)
    except ValueError:
        return msg(
            "Expected the name of a loss. Received: loss={loss!r}, which Keras does not know. "
            "compile() accepts any string; training does not.",
            loss=name,
        )
    return msg(
        "Expected the name of a loss. Received: loss={loss!r}, which is a metric: it counts hits and "
        "has no gradient. compile() accepts any string; training does not.",
        loss=name,
    )


def _leaves(loss):
    if isinstance(loss, dict):
        loss = list(loss.values())
    if isinstance(loss, (list, tuple)):
        return [leaf for part in loss for leaf in _leaves(part)]
    return [loss]


def _shown(loss) -> str:
    if isinstance(loss, str):
        return repr(loss)
    return getattr(loss, "name", None) or getattr(loss, "__name__", None) or type(loss).__name__


def _fresh(model, optimizer):
    """A new optimizer of the same kind and settings."""
    import keras

    optimizer = model.optimizer if optimizer is None else keras.optimizers.get(optimizer)
    if optimizer is None:
        raise CannotTrain(
            msg("Expected a compiled model. Received: no optimizer; call model.compile(...).")
        )
    return type(optimizer).from_config(optimizer.get_config())


def _reseed(model, seed: int) -> None:
    """Sets dropout and the like to a state that depends on ``seed`` and the layer's place only."""
    states = [v for v in model.variables if v.path.endswith("seed_generator_state")]
    for i, state in enumerate(states):
        state.assign(np.array([seed, i], dtype="uint32"))


def _random_task(model, n: int, seed: int):
    """Standard normal inputs and random targets of the kind that the loss asks for."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, *_input_shape(model))).astype(np.float32)
    if not model.built:
        model(tensor(x[:2]), training=False)
    shape = (n, *model.output_shape[1:])
    loss = _shown(model.loss).lower()
    loss = loss.strip("'").replace("_", "")
    if "sparsecategorical" in loss:
        return x, rng.integers(0, shape[-1], shape[:-1])
    if "categorical" in loss:
        return x, np.eye(shape[-1], dtype=np.float32)[rng.integers(0, shape[-1], shape[:-1])]
    if "binary" in loss:
        return x, rng.integers(0, 2, shape).astype(np.float32)
    return x, rng.normal(size=shape).astype(np.float32)


def _input_shape(model) -> tuple[int, ...]:
    try:
        shape = model.input_shape
    except AttributeError:
        raise ValueError(
            "Expected a model that starts with an Input layer, or x and y. Received: neither."
        ) from None
    if not isinstance(shape, tuple) or None in shape[1:]:
        raise ValueError(f"Expected one input of fixed size, or x and y. Received: {shape}.")
    return shape[1:]


def _small_batch(input_shape) -> int:
    return 2 if np.prod(input_shape) > _LARGE_INPUT else 16
