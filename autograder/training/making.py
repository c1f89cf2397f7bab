"""Models from functions, the same for the same seed."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras


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


def redraw(model: keras.Model) -> None:
    """Draws kernels and biases of Keras' own layers anew from their initialisers.

    A Keras initialiser gives the same numbers each time it is asked, so a net that was just made
    keeps its weights; one that was trained, or given weights from elsewhere, loses them.
    """
    for layer in model._flatten_layers():
        for part in ("kernel", "bias"):
            variable = getattr(layer, f"_{part}", None)
            if variable is None:
                variable = getattr(layer, part, None)
            draw = getattr(layer, f"{part}_initializer", None)
            if callable(draw) and hasattr(variable, "assign"):
                variable.assign(draw(tuple(variable.shape), dtype=variable.dtype))
