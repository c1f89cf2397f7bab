"""What a net looks like at this moment: figures for ``Experiment(watch=...)`` and ``watch``."""

from __future__ import annotations

import numpy as np

from course.lab import figures, probes


def histograms(model, x, labels, *, names=None, classes=(0, 1)) -> figures.Figure:
    """Histograms of a model's activations by layer and class, in inference.

    ``x``: (n, ...), ``labels``: (n,); two of the ``classes`` are compared. ``names``: of layers
    (default: all with one output). Meant for a few hundred samples: everything is held at once.
    """
    labels = np.asarray(labels).reshape(-1)
    found = probes.activations(model, x, names)
    one, other = classes
    panels = {
        name: (values[labels == one], values[labels == other]) for name, values in found.items()
    }
    return figures.distributions(panels, names=(str(one), str(other)))


def gradient_signs(model, x, y, *, loss=None, most: int = 3) -> figures.Figure:
    """The signs of the kernels' gradients on one batch, of the first ``most`` layers that have one.

    ``loss``: a Keras loss (default: the one the model was compiled with). Nothing is trained: weights
    and moving averages stay. Raises ValueError for a model without kernels, or without a loss.
    """
    import keras
    import tensorflow as tf

    loss = keras.losses.get(loss if loss is not None else getattr(model, "loss", None))
    kernels = {
        layer.name: layer.kernel
        for layer in model.layers
        if getattr(layer, "kernel", None) is not None
    }
    if loss is None or not kernels:
        raise ValueError("Expected a model with a kernel and a loss. Received: none of one.")
    kernels = dict(list(kernels.items())[:most])
    with tf.GradientTape() as tape:
        value = tf.reduce_mean(loss(y, model(np.asarray(x, np.float32), training=False)))
    gradients = tape.gradient(value, [kernel.value for kernel in kernels.values()])
    return figures.signs(
        {
            name: np.zeros(kernel.shape) if g is None else np.asarray(g)
            for (name, kernel), g in zip(kernels.items(), gradients, strict=True)
        }
    )
