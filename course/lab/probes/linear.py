"""Linear probes: how much a linear reader gets out of a layer (G. Alain and Y. Bengio, 2016)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

if TYPE_CHECKING:
    import keras

_BATCH = 200
_READERS = WeakKeyDictionary()  # model -> {names: (its layers, reader)}: a graph is traced once


def linear_probe(fit, judge, *, kind: str = "ridge", penalty: float = 1.0) -> float:
    """Accuracy on ``judge`` of a linear classifier fitted to ``fit``, both pairs (x, labels).

    ``x``: (n, ...), flattened; each feature is standardised by ``fit``, constant ones are left out.
    ``kind``: "ridge" (squared loss; seconds for thousands of features) or "logistic". ``penalty``:
    strength of the L2 penalty, for "ridge" per feature. Renders of one original should not stand on
    both sides. Raises ValueError for another kind.
    """
    from threadpoolctl import threadpool_limits

    models = {"ridge": _ridge, "logistic": _logistic}
    if kind not in models:
        raise ValueError(f'Expected kind="ridge" or "logistic". Received: {kind!r}.')
    (x, labels), (x_judge, labels_judge) = fit, judge
    train, test = _standardised(np.asarray(x), np.asarray(x_judge))
    if not train.shape[1]:  # nothing varies: the more frequent class is all that can be said
        values, counts = np.unique(labels, return_counts=True)
        return float(np.mean(np.asarray(labels_judge) == values[counts.argmax()]))
    with threadpool_limits(1):  # many small products: on a busy machine threads wait for each other
        model = models[kind](penalty, train.shape[1]).fit(train, np.asarray(labels))
        return float(model.score(test, np.asarray(labels_judge)))


def activations(model: keras.Model, x, names=None) -> dict[str, np.ndarray]:
    """{layer: (n, ...)} of a functional or Sequential model in inference, of all layers or ``names``.

    Everything is held in memory at once: meant for a few thousand samples. For means and variances of
    more see :func:`course.lab.statistics.layer_moments`.
    """
    layers, call = _reader(model, None if names is None else tuple(names))
    parts = [call(np.asarray(x[i : i + _BATCH], np.float32)) for i in range(0, len(x), _BATCH)]
    return {
        layer.name: np.concatenate([np.asarray(part[i]) for part in parts])
        for i, layer in enumerate(layers)
    }


def _reader(model, names):
    """(layers, a function of a batch that returns their outputs), made anew when layers change."""
    import keras
    import tensorflow as tf

    built = list(model.layers)
    known = _READERS.setdefault(model, {}).get(names)
    if known is not None and known[0] == built:
        return known[1:]
    layers = [
        layer
        for layer in built
        if not isinstance(layer, keras.layers.InputLayer) and (names is None or layer.name in names)
    ]
    every = keras.Model(model.inputs, [layer.output for layer in layers])
    shape = [None, *model.inputs[0].shape[1:]]
    call = tf.function(
        lambda batch: keras.tree.flatten(every(batch, training=False)),
        autograph=False,
        input_signature=[tf.TensorSpec(shape, tf.float32)],
    )
    _READERS[model][names] = (built, layers, call)
    return layers, call


def layer_probes(model: keras.Model, fit, judge, *, names=None, **how) -> dict[str, float]:
    """{layer: accuracy of a linear probe} of all layers or ``names``; arguments as above."""
    (x, labels), (x_judge, labels_judge) = fit, judge
    seen, unseen = activations(model, x, names), activations(model, x_judge, names)
    return {
        name: linear_probe((seen.pop(name), labels), (unseen.pop(name), labels_judge), **how)
        for name in list(seen)
    }


def _standardised(train, test):
    """Flat float32 features with mean 0 and deviation 1 in ``train``; constant ones dropped."""
    train, test = (a.reshape(len(a), -1).astype(np.float32) for a in (train, test))
    mean, std = train.mean(axis=0, dtype=np.float64), train.std(axis=0, dtype=np.float64)
    varies = std > 1e-6 * np.maximum(1, np.abs(mean))
    mean, std = mean[varies].astype(np.float32), std[varies].astype(np.float32)
    return (train[:, varies] - mean) / std, (test[:, varies] - mean) / std


def _ridge(penalty, features):
    from sklearn.linear_model import RidgeClassifier

    return RidgeClassifier(alpha=penalty * features, solver="cholesky")


def _logistic(penalty, features):
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=1 / penalty, tol=1e-3, max_iter=200)
