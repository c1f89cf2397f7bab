"""Run somebody's function safely: copies in, base-class arrays out, everything else is a reason."""

from __future__ import annotations

import sys
import warnings

import numpy as np

from autograder.errors import CheckFailed, CouldNotCheck
from autograder.messages import Message, msg


class Broken(Exception):
    """The function did not give an array of numbers. ``reason`` is a word, ``message`` a text."""

    def __init__(self, reason: str, message: Message):
        self.reason = reason
        self.message = message
        super().__init__(reason)


def runner(f, name):
    """A function of one array that returns (numbers as float64, machine epsilon of the answer).

    Keras models and layers run in inference mode. Raises Broken when the function fails, changes
    its input or returns anything else than real numbers.
    """
    call = _keras_call(f) or f

    def run(x):
        mine = x.copy()
        try:
            with warnings.catch_warnings():  # a line on stderr would cost the student the mark
                warnings.simplefilter("ignore")
                out = call(mine)
        except CouldNotCheck:
            raise
        except CheckFailed as failed:  # already says what is wrong
            raise Broken("raised", failed.message) from failed
        except Exception as error:
            text = (str(error).strip() or "").splitlines()
            raise Broken(
                "raised",
                msg(
                    "{name}: stopped on an input of shape {shape} with {kind}: {text}",
                    name=name,
                    shape=str(x.shape),
                    kind=type(error).__name__,
                    text=text[0][:200] if text else "",
                ),
            ) from error
        if mine.tobytes() != x.tobytes():
            raise Broken(
                "mutates",
                msg(
                    "{name}: changes its own input. Return a new array and leave the input alone.",
                    name=name,
                ),
            )
        return as_numbers(out, name)

    return run


def _keras_call(f):
    if "keras" not in sys.modules:  # then f cannot be a layer, and importing takes seconds
        return None
    from keras import Layer

    if not isinstance(f, Layer):
        return None
    declared = _declared_shape(f)

    def call(x):
        # Keras runs a model on maps of any size, and a convolution behind it may then return
        # uninitialised memory instead of failing.
        if declared is not None and not _fits(x.shape, declared):
            raise ValueError(f"Expected an input of shape {declared}. Received: {x.shape}.")
        return f(x, training=False)

    return call


def _declared_shape(model):
    """(None, 28, 28, 1) of a model with one Input; None when it does not say."""
    try:
        shape = model.input_shape
    except (AttributeError, ValueError):
        return None
    flat = isinstance(shape, tuple) and all(d is None or isinstance(d, int) for d in shape)
    return shape if flat else None


def _fits(shape, declared):
    pairs = zip(shape, declared, strict=False)
    return len(shape) == len(declared) and all(d is None or d == s for s, d in pairs)


def as_numbers(out, name):
    """(float64 array, epsilon) of a tensor, array or nested list."""
    array = _array(out)
    if array is None or array.dtype.kind not in "fiub" and array.dtype.name != "bfloat16":
        raise Broken(
            "type",
            msg(
                "{name}: expected an array of numbers. Received: {what}.",
                name=name,
                what=type(out).__name__,
            ),
        )
    kind = array.dtype
    eps = 2.0**-8 if kind.name == "bfloat16" else np.finfo(kind).eps if kind.kind == "f" else 0
    return array.astype(np.float64), max(float(eps), float(np.finfo(np.float32).eps))


def _array(out):
    if out is None or isinstance(out, (str, bytes, dict)) or callable(out):
        return None
    if not isinstance(out, (np.ndarray, list, tuple, int, float, np.generic)):
        from keras import ops

        try:
            out = ops.convert_to_numpy(out)
        except Exception:
            return None
    try:
        # A copy in the base class: a subclass could answer comparisons as it likes.
        return np.array(out, copy=True, subok=False)
    except Exception:
        return None
