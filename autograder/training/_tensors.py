"""Arrays to tensors, functions to graphs: the little TensorFlow that training and scoring share."""

from __future__ import annotations

import numpy as np


def arrays(x, y):
    """x and y as arrays of equal length, float64 inputs as float32. Raises ValueError otherwise."""
    x, y = np.asarray(x), np.asarray(y)
    if len(x) != len(y) or not len(x):
        raise ValueError(f"Expected as many x as y. Received: {len(x)} and {len(y)}.")
    return (x.astype(np.float32) if x.dtype.kind == "f" and x.dtype != np.float32 else x), y


def tensor(array):
    """The array as a TensorFlow tensor."""
    import tensorflow as tf

    return tf.convert_to_tensor(array)


def standardised(x, standard):
    """x with the mean taken off and divided by the deviation; as it is without ``standard``."""
    return x if standard is None else (x - standard[0]) / standard[1]


def traced(function, *signature):
    """``function`` as one graph. Called as a concrete function: no log lines about retracing."""
    import tensorflow as tf

    return tf.function(function, autograph=False).get_concrete_function(*signature)
