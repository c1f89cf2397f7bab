"""TensorFlow functions in a student's ``call``: ``tf.nn.relu(h)`` on a symbolic tensor.

Keras refuses them; here each becomes an operation of the recorded graph, which is then named by
its values like any other callable.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import cache

_active = []  # a stack: follow() nests


@contextmanager
def recorded():
    """While inside, TensorFlow functions accept symbolic tensors."""
    if "tensorflow" in sys.modules and _backend() == "tensorflow":
        _register()
    _active.append(True)
    try:
        yield
    finally:
        _active.pop()


def _backend():
    from keras.config import backend

    return backend()


@cache
def foreign_operation():
    """The class of operations that wrap a TensorFlow function."""
    from keras import Operation, tree

    class TensorFlowFunction(Operation):
        def __init__(self, function):
            super().__init__(name=getattr(function, "__name__", "tensorflow"))
            self.function = function

        def call(self, *args, **kwargs):
            return self.function(*args, **kwargs)

        def compute_output_spec(self, *args, **kwargs):
            # Keras calls the product of a tensor and a variable sparse, which it is not.
            args, kwargs = tree.map_structure(_dense, (args, kwargs))
            return super().compute_output_spec(*args, **kwargs)

    return TensorFlowFunction


def _dense(value):
    from keras import KerasTensor

    if isinstance(value, KerasTensor) and value.sparse:
        return KerasTensor(value.shape, dtype=value.dtype)
    return value


@cache
def _register():
    """TensorFlow asks this handler about arguments it does not know; there is no unregistering."""
    from tensorflow.python.util.dispatch import GlobalOpDispatcher

    class Recorder(GlobalOpDispatcher):
        def handle(self, op, args, kwargs):
            from keras import KerasTensor, tree

            flat = tree.flatten((args, kwargs)) if _active else ()
            if not any(isinstance(x, KerasTensor) for x in flat):
                return self.NOT_SUPPORTED
            return foreign_operation()(op)(*args, **kwargs)

    Recorder().register()


_NAMES = {
    "add": "add",
    "add_v2": "add",
    "subtract": "subtract",
    "sub": "subtract",
    "multiply": "multiply",
    "mul": "multiply",
    "maximum": "maximum",
    "minimum": "minimum",
}


def describe(operation, fn, inputs, shape):
    """(op, params) of a recorded TensorFlow function, None when it cannot be named."""
    from autograder.reading import elementwise, spatial

    if len(inputs) > 1:
        name = _NAMES.get(operation.function.__name__)
        return (name, {}) if name and all(v.shape == shape for v in inputs) else None
    before, found = inputs[0].shape, None
    if before == shape:
        found = elementwise.recognise(fn, len(shape), shape[-1])
    return found or spatial.recognise(fn, before, shape)
