"""The few things that reading asks of Keras itself."""

from __future__ import annotations

import sys

import numpy as np


def to_tensor(array):
    from keras import ops

    return ops.convert_to_tensor(array)


def to_numpy(value) -> np.ndarray | None:
    """A base-class copy of a tensor's numbers; None for what is no tensor."""
    if isinstance(value, (list, tuple, dict)) or value is None:
        return None
    from keras import ops

    if not isinstance(value, np.ndarray):
        value = ops.convert_to_numpy(value)
    return np.array(value, subok=False)


def is_stock(cls) -> bool:
    """Is this class Keras' own? A class that only says so in ``__module__`` is not."""
    module = cls.__module__
    return (
        module.partition(".")[0] == "keras"
        and getattr(sys.modules.get(module), cls.__name__, None) is cls
    )


# What a subclass may define and still compute what its Keras class computes.
_HARMLESS = {
    "__init__",
    "__module__",
    "__doc__",
    "__qualname__",
    "__dict__",
    "__weakref__",
    "__annotations__",
    "__static_attributes__",
    "__firstlineno__",
    "__annotate__",
    "__annotate_func__",
    "__annotations_cache__",
    "__abstractmethods__",
    "_abc_impl",
    "__repr__",
    "get_config",
    "from_config",
    "get_build_config",
    "build_from_config",
    "train_step",
    "test_step",
    "predict_step",
    "compile",
    "fit",
    "metrics",
}


def stock_class(obj):
    """The Keras class whose ``call`` computes ``obj``; None when a subclass changed something."""
    changed = {k for k in ("call", "__call__") if k in getattr(obj, "__dict__", {})}
    for cls in type(obj).__mro__:
        if is_stock(cls):
            return None if any(hasattr(cls, name) for name in changed) else cls
        changed |= {k for k in vars(cls) if k not in _HARMLESS}
    return None


def snake(name: str) -> str:
    """'GlobalMaxPooling1D' -> 'global_max_pooling1d'"""
    out = []
    for i, c in enumerate(name):
        following = name[i + 1 : i + 2]
        if c.isupper() and i and (following.islower() or name[i - 1].islower()):
            out.append("_")
        out.append(c.lower())
    return "".join(out)
