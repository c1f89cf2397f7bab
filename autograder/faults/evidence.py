"""Numbers measured on the model itself, with inputs and randomness of our own.

Nothing here changes the model: dropout draws from the layers' own seed generators, so their states
are put back.
"""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np

_SAMPLES = 64


def inputs_for(graph, samples: int = _SAMPLES) -> np.ndarray:
    """Random float32 inputs N(0, 1) of the model's input shape, always the same."""
    shape = graph[graph.inputs[0]].shape[1:]
    rng = np.random.default_rng(0)
    return rng.normal(size=(samples, *[d or 8 for d in shape])).astype(np.float32)


def row_sums(model, graph, training: bool = False) -> np.ndarray:
    """Sums of the output over its last axis, shape (samples,)."""
    import keras

    with unchanged(model):
        outputs = keras.ops.convert_to_numpy(model(sample_inputs(graph), training=training))
    return outputs.reshape(-1, outputs.shape[-1]).sum(-1)


@contextmanager
def unchanged(model):
    """Puts weights, optimiser state and seed generators back as they were."""
    variables = [*model.variables]
    if getattr(model, "optimizer", None) is not None:
        variables += list(model.optimizer.variables)
    kept = [(v, np.array(v.numpy())) for v in variables]
    try:
        yield
    finally:
        for variable, value in kept:
            variable.assign(value)


def sample_inputs(graph) -> np.ndarray:
    """Of :func:`inputs_for`, fewer samples for large pictures: a measurement takes milliseconds or
    is not taken."""
    x = inputs_for(graph, 1)
    return inputs_for(graph, int(np.clip(200_000 // max(x.size, 1), 4, _SAMPLES)))
