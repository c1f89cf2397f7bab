"""Held-out predictions and what they score."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autograder.training._tensors import arrays, standardised, tensor, traced
from autograder.training.preparing import prepare

if TYPE_CHECKING:
    import keras

_BATCH = 128
_READ = 2**17  # numbers of x that go through a model at once, at most


def score(
    model: keras.Model,
    x,
    y,
    metric: str = "accuracy",
    *,
    standard: tuple[float, float] | None = None,
) -> float:
    """Score of ``model`` on (x, y) in inference: 'accuracy', 'r2', or 'loss' (the model's own).

    accuracy: y holds labels (n,) or (n, 1), or one-hot rows; one output per sample is taken as the
    probability (all in [0, 1]) or the logit of class 1. Predictions that are not finite are wrong.
    r2: 1 - SS_res / SS_tot; -inf when a prediction is not finite. Raises ValueError when the sizes of
    y and of the prediction do not fit, or for another metric. ``standard``: see :func:`fit`.
    """
    x, y = arrays(x, y)
    if metric == "loss":
        prepare(model, x, y)
        y_pred = tensor(predict(model, x, standard))
        return float(model.compute_loss(y=tensor(y), y_pred=y_pred))
    if metric == "accuracy":
        return accuracy(predict(model, x, standard), y)
    if metric == "r2":
        return r2(predict(model, x, standard), y)
    raise ValueError(f"Expected metric='accuracy', 'r2' or 'loss'. Received: metric={metric!r}.")


def predict(model, x, standard=None) -> np.ndarray:
    """Outputs of ``model`` in inference, float32; leaves the model's own ``predict`` alone."""
    return Predictor(model, standard)(x)


class Predictor:
    """Predicts as :func:`predict` does, as often as it is asked to; its graph is traced once."""

    def __init__(self, model, standard=None):
        self._model, self._standard, self._graph = model, standard, None

    def __call__(self, x) -> np.ndarray:
        size = min(_BATCH, max(4, _READ // max(1, x[0].size)))
        call = self._call
        if len(x) > size:  # for one batch tracing would cost more than it saves
            call = self._graph = self._graph or self._traced(x)
        parts = [call(tensor(x[i : i + size])) for i in range(0, len(x), size)]
        return np.concatenate([np.asarray(part, np.float32) for part in parts])

    def _call(self, batch):
        return self._model(standardised(batch, self._standard), training=False)

    def _traced(self, x):
        import tensorflow as tf

        self._call(tensor(x[:1]))  # a model that is not built yet makes its variables here
        return traced(self._call, tf.TensorSpec([None, *x.shape[1:]], x.dtype))


def accuracy(prediction, y) -> float:
    """Share of right classes; see :func:`score`."""
    n = len(y)
    prediction = prediction.reshape(n, -1)
    finite = np.isfinite(prediction).all(axis=1)
    if prediction.shape[1] == 1:
        probabilities = ((prediction >= 0) & (prediction <= 1)).all()
        guess = (prediction[:, 0] > (0.5 if probabilities else 0.0)).astype(int)
    else:
        guess = np.where(np.isnan(prediction), -np.inf, prediction).argmax(axis=1)
    y = y.reshape(n, -1)
    truth = y[:, 0] if y.shape[1] == 1 else y.argmax(axis=1)
    return float(np.mean((guess == truth) & finite))


def r2(prediction, y) -> float:
    """Coefficient of determination, 1 - SS_res / SS_tot; -inf for predictions that are not finite."""
    prediction, y = prediction.reshape(-1).astype(np.float64), y.reshape(-1).astype(np.float64)
    if prediction.shape != y.shape:
        raise ValueError(
            f"Expected one prediction for each of {y.size} targets. Received: {prediction.size}."
        )
    if not np.isfinite(prediction).all():
        return float("-inf")
    return float(1 - ((y - prediction) ** 2).sum() / ((y - y.mean()) ** 2).sum())
