"""What the judge builds: Keras' own layers, operations, optimizers and so on, by name.

Nothing here runs code that came along, reads a path or a file, or looks a class up by a module that
a document names.
"""

from __future__ import annotations

import inspect
from functools import cache

# Layers that carry code of others, or read files and vocabularies.
_NOT_LAYERS = {
    "Layer", "Lambda", "Wrapper", "InputLayer", "TFSMLayer", "TorchModuleWrapper", "JaxLayer",
    "FlaxLayer", "StringLookup", "IntegerLookup", "TextVectorization", "Pipeline",
    "HashedCrossing", "Hashing",
}  # fmt: skip
# Operations of keras.ops.core that hold no function.
_CORE = {
    "Cast", "SaturateCast", "ConvertToTensor", "Scatter", "ScatterUpdate", "Slice", "SliceUpdate",
    "StopGradient", "Unstack",
}  # fmt: skip
_OPERATIONS = ("numpy", "nn", "math", "linalg", "core", "image")
_KINDS = ("initializers", "regularizers", "constraints", "optimizers", "losses", "metrics")
_TENSORFLOW = {
    "abs", "add", "cast", "clip_by_value", "concat", "cos", "divide", "einsum", "exp",
    "expand_dims", "identity", "matmul", "maximum", "minimum", "multiply", "negative", "ones_like",
    "pad", "pow", "reduce_max", "reduce_mean", "reduce_min", "reduce_prod", "reduce_sum",
    "reshape", "reverse", "round", "sigmoid", "sign", "sin", "sqrt", "square", "squeeze", "stack",
    "stop_gradient", "subtract", "tanh", "tensordot", "transpose", "where", "zeros_like",
}  # fmt: skip


@cache
def layers() -> dict[str, type]:
    """{name: class} of the layers that may be built."""
    import keras

    found = {}
    for name in dir(keras.layers):
        value = getattr(keras.layers, name)
        if isinstance(value, type) and issubclass(value, keras.Layer):
            found[value.__name__] = value
    return {name: cls for name, cls in found.items() if name not in _NOT_LAYERS}


@cache
def operations() -> dict[str, type]:
    """{"numpy.Add": class, ...} of the operations behind keras.ops that may be built."""
    import importlib

    import keras

    found = {}
    for part in _OPERATIONS:
        module = importlib.import_module(f"keras.src.ops.{part}")
        for name, value in vars(module).items():
            own = isinstance(value, type) and value.__module__ == module.__name__
            if own and issubclass(value, keras.Operation) and not issubclass(value, keras.Layer):
                found[f"{part}.{name}"] = value
    relu = importlib.import_module("keras.src.activations.activations").ReLU
    found["activations.ReLU"] = relu  # what keras.activations.relu records
    return {
        name: cls
        for name, cls in found.items()
        if (not name.startswith("core.") or name[5:] in _CORE) and name != "linalg.JVP"
    }


@cache
def objects() -> dict[str, type]:
    """{"initializers.Zeros": class, ...}: initializers, regularizers, constraints, optimizers,
    learning-rate schedules, losses and metrics."""
    import keras

    found = {}
    for kind in _KINDS:
        module = getattr(keras, kind)
        for name in dir(module):
            value = getattr(module, name)
            if isinstance(value, type):
                found[f"{kind}.{value.__name__}"] = value
    for name in dir(keras.optimizers.schedules):
        value = getattr(keras.optimizers.schedules, name)
        if isinstance(value, type):
            found[f"schedules.{value.__name__}"] = value
    return found


@cache
def functions() -> dict[str, object]:
    """{"activations.relu": function, "ops.relu": ..., "tf.nn.relu": ...}: pure functions."""
    import keras
    import tensorflow as tf

    found = {}
    for kind in ("activations", "losses", "metrics"):
        module = getattr(keras, kind)
        for name in dir(module):
            value = getattr(module, name)
            if inspect.isfunction(value) and name not in ("get", "serialize", "deserialize"):
                found[f"{kind}.{name}"] = value
    for name in dir(keras.ops.nn):
        value = getattr(keras.ops.nn, name)
        if inspect.isfunction(value):
            found[f"ops.{name}"] = value
    for name in ("abs", "tanh", "maximum", "minimum", "square", "sin", "cos", "exp", "log", "sign"):
        found[f"ops.{name}"] = getattr(keras.ops, name)
    for path in ("math", "nn"):
        module = getattr(tf, path)
        for name in dir(module):
            value = getattr(module, name)
            if not name.startswith("_") and callable(value) and not isinstance(value, type):
                found[f"tf.{path}.{name}"] = value
    found.update((f"tf.{name}", getattr(tf, name)) for name in _TENSORFLOW)
    return found


@cache
def function_names() -> dict[int, str]:
    """{id of a function: its name in :func:`functions`}."""
    return {id(value): name for name, value in reversed(functions().items())}


@cache
def parameters(cls: type) -> frozenset[str]:
    """Names of the arguments that a class takes, those of its base classes included."""
    names: set[str] = set()
    for base in cls.__mro__:
        init = vars(base).get("__init__")
        if init is not None and base is not object:
            for name, parameter in inspect.signature(init).parameters.items():
                if parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
                    names.add(name)
    return frozenset(names - {"self"} | {"name"})
