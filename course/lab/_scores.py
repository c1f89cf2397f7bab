"""Held-out predictions and what they score."""

from __future__ import annotations

import numpy as np

from course.lab._tensors import tensor, traced

_BATCH = 128


def predict(model, x) -> np.ndarray:
    """Outputs of ``model`` in inference, float32; leaves the model's own ``predict`` alone."""
    import tensorflow as tf

    def call(batch):
        return model(batch, training=False)

    if len(x) > _BATCH:  # for one batch tracing would cost more than it saves
        call(tensor(x[:1]))  # a model that is not built yet makes its variables here
        call = traced(call, tf.TensorSpec([None, *x.shape[1:]], x.dtype))
    parts = [call(tensor(x[i : i + _BATCH])) for i in range(0, len(x), _BATCH)]
    return np.concatenate([np.asarray(part, np.float32) for part in parts])


def accuracy(prediction, y) -> float:
    """Share of right classes; see :func:`course.lab.training.score`."""
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
