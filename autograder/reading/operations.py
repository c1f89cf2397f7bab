"""``keras.ops`` -> canonical operations.

Operations in a functional model or in a student's ``call`` are nodes without a layer: pooling,
convolutions, matrix products, reductions and reshapes are named here by what they were called
with; functions of one number are named by their values.
"""

from __future__ import annotations

import hashlib

import numpy as np

from autograder.reading import elementwise
from autograder.reading._keras import snake, to_numpy
from autograder.reading.layers import frozen, pooling, reshape_to

# One tensor in, no parameters, and the name says it all.
_PLAIN = {
    "Relu": "relu",
    "Relu6": "relu6",
    "Sigmoid": "sigmoid",
    "Silu": "silu",
    "Selu": "selu",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "HardSigmoid": "hard_sigmoid",
    "HardSilu": "hard_silu",
    "Tanh": "tanh",
    "Exp": "exponential",
    "LogSigmoid": "log_sigmoid",
    "Absolute": "abs",
    "Abs": "abs",
    "Square": "square",
    "Copy": "identity",
    "Cast": "identity",
    "StopGradient": "stop_gradient",
}

# Computed number by number, whatever the number of tensors.
POINTWISE = {
    "Add",
    "Subtract",
    "Multiply",
    "Divide",
    "TrueDivide",
    "DivideNoNan",
    "Maximum",
    "Minimum",
    "Power",
    "Where",
    "Greater",
    "GreaterEqual",
    "Less",
    "LessEqual",
    "Equal",
    "NotEqual",
    "LogicalAnd",
    "LogicalOr",
    "LogicalNot",
    "LogicalXor",
    "Logaddexp",
    "Hypot",
    "Arctan2",
    "Mod",
    "FloorDivide",
}

_BINARY = {
    "Add": "add",
    "Subtract": "subtract",
    "Multiply": "multiply",
    "Maximum": "maximum",
    "Minimum": "minimum",
    "Divide": "divide",
    "TrueDivide": "divide",
}

_REDUCE = {"Mean": "avg", "Max": "max", "Amax": "max"}


def describe(operation, fn, tensors, arguments, constants, input_shapes, shape):
    """(op, params) of a stock operation.

    ``fn`` runs it on arrays in place of its tensors (None when it cannot); ``arguments`` is all it
    was called with, ``constants`` the arrays and numbers among that, variables left out.
    """
    name = type(operation).__name__
    if name in _PLAIN and len(tensors) == 1:
        return _PLAIN[name], {}
    spatial = _READERS.get(name)
    if spatial and (found := spatial(operation, constants, input_shapes, shape)):
        return found
    if len(tensors) > 1 and name in _BINARY:
        return _BINARY[name], {}
    if fn is not None and len(tensors) == 1 and shape == input_shapes[0]:
        if all(np.size(c) == 1 for c in constants):
            found = elementwise.recognise(fn, len(shape), shape[-1])
            if found:
                return found
        elif name in _BINARY and len(constants) == 1:
            return _affine(name, constants[0], fn)
    return snake(name), _attributes(operation) | {"arguments": written(arguments)}


def _affine(name, constant, fn):
    """Arithmetic with a constant array: x * scale + offset with one number a channel."""
    values = np.asarray(to_numpy(constant), dtype=np.float64)
    flat = tuple(float(f"{v:.6g}") for v in values.ravel())
    small = len(flat) <= 64
    known = flat if small else _digest(values)
    if name == "Add":
        return "rescaling", {"scale": 1.0, "offset": known}
    if name == "Multiply":
        return "rescaling", {"scale": known, "offset": 0.0}
    if name in ("Subtract", "Divide", "TrueDivide"):
        # Which side is the constant on? At zero x - c is -c and c - x is c; x / c is 0.
        with np.errstate(all="ignore"):
            at_zero = to_numpy(fn(np.zeros_like(values, dtype=np.float32)))
        if name == "Subtract" and np.allclose(at_zero, -values):
            negative = tuple(-v for v in flat) if small else _digest(-values)
            return "rescaling", {"scale": 1.0, "offset": negative}
        if name != "Subtract" and np.allclose(at_zero, 0):
            inverse = tuple(float(f"{1 / v:.6g}") for v in flat) if small else _digest(1 / values)
            return "rescaling", {"scale": inverse, "offset": 0.0}
    return _BINARY[name], {"constant": known}


def _digest(values):
    return hashlib.sha256(np.ascontiguousarray(values, dtype=np.float32).tobytes()).hexdigest()[:12]


def written(value) -> str:
    """Arguments as text: tensors as dots, arrays by a digest. Equal texts, equal arguments."""
    if isinstance(value, (list, tuple)):
        return "(" + ", ".join(map(written, value)) + ")"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {written(v)}" for k, v in sorted(value.items())) + "}"
    if value is None or isinstance(value, (bool, int, float, str, slice, type(Ellipsis))):
        return repr(value)
    if hasattr(value, "__array__") and not hasattr(value, "trainable"):
        return _digest(to_numpy(value))
    return "."


def _attributes(operation):
    """Numbers, strings and tuples an operation was made with."""
    plain = {}
    for key, value in vars(operation).items():
        if key.startswith("_") or key in ("name", "dtype"):
            continue
        value = frozen(value)
        if value is None or isinstance(value, (bool, int, float, str, tuple)):
            plain[key] = value
    return plain


def _tuple(value, n):
    return (int(value),) * n if isinstance(value, int) else tuple(int(v) for v in value)


def _format(operation):
    from keras.config import image_data_format

    return operation.data_format or image_data_format()


def _pool(kind):
    def reader(operation, constants, input_shapes, shape):
        n = len(shape) - 2
        size = _tuple(operation.pool_size, n)
        params = {
            "pool_size": size,
            "strides": size if operation.strides is None else _tuple(operation.strides, n),
            "padding": operation.padding,
            "data_format": _format(operation),
        }
        return pooling(kind, n, params)

    return reader


def _reduce(operation, constants, input_shapes, shape):
    """A mean or a maximum over all positions is global pooling."""
    rank = len(input_shapes[0])
    axis = operation.axis
    axes = {axis % rank} if isinstance(axis, int) else {a % rank for a in axis or range(rank)}
    kind = _REDUCE[type(operation).__name__]
    for data_format, positions in (
        ("channels_last", set(range(1, rank - 1))),
        ("channels_first", set(range(2, rank))),
    ):
        if 2 < rank < 6 and axes == positions and 0 not in axes:
            params = {"keepdims": bool(operation.keepdims), "data_format": data_format}
            return f"global_{kind}_pool{rank - 2}d", params
    return None


def _softmax(operation, constants, input_shapes, shape):
    axis = operation.axis
    if not isinstance(axis, int):
        return None
    return snake(type(operation).__name__), {"axis": axis % len(shape)}


def _reshape(operation, constants, input_shapes, shape):
    if not shape or shape[0] != input_shapes[0][0]:
        return None
    if shape == input_shapes[0] and None not in shape[1:]:
        return "reshape", {"target_shape": tuple(shape[1:])}
    return reshape_to(shape, input_shapes[0])[:2]


def _transpose(operation, constants, input_shapes, shape):
    axes = operation.axes
    if axes and axes[0] == 0:
        return "permute", {"dims": tuple(int(a) for a in axes[1:])}
    return None


def _concat(operation, constants, input_shapes, shape):
    return "concat", {"axis": operation.axis % len(shape)}


def _pad(operation, constants, input_shapes, shape):
    """Zeros around the positions of a channels-last map."""
    width = [tuple(int(v) for v in w) for w in operation.pad_width]
    n = len(shape) - 2
    zero = all(not np.any(to_numpy(c)) for c in constants if c is not None)
    if operation.mode != "constant" or not zero or not 0 < n < 4 or len(width) != n + 2:
        return None
    if width[0] != (0, 0) or width[-1] != (0, 0):
        return None
    inner = tuple(width[1:-1]) if n > 1 else width[1]
    return f"zero_padding{n}d", {"padding": inner, "data_format": "channels_last"}


_READERS = {
    "MaxPool": _pool("max"),
    "AveragePool": _pool("avg"),
    "Mean": _reduce,
    "Max": _reduce,
    "Amax": _reduce,
    "Softmax": _softmax,
    "LogSoftmax": _softmax,
    "Reshape": _reshape,
    "Ravel": _reshape,
    "ExpandDims": _reshape,
    "Squeeze": _reshape,
    "Transpose": _transpose,
    "Concatenate": _concat,
    "Pad": _pad,
}


def kernel_operation(operation, kernel, input_shape, shape):
    """(op, params) of a convolution or matrix product with a kernel of its own, else None.

    The bias that may follow is folded in later.
    """
    name, size = type(operation).__name__, tuple(kernel.shape)
    if name in ("Matmul", "Dot") and len(size) == 2 and shape[-1] == size[-1]:
        return "dense", {"units": int(size[-1]), "use_bias": False}
    n = len(input_shape) - 2
    window = {
        "Conv": lambda: {"filters": int(size[-1])},
        "DepthwiseConv": lambda: {"depth_multiplier": int(size[-1])},
    }
    if name not in window or not 0 < n < 4:
        return None
    channels = input_shape[1] if _format(operation) == "channels_first" else input_shape[-1]
    params = {
        **window[name](),
        "kernel_size": tuple(int(k) for k in size[:n]),
        "strides": _tuple(operation.strides, n),
        "padding": operation.padding,
        "dilation_rate": _tuple(operation.dilation_rate, n),
        "data_format": _format(operation),
        "use_bias": False,
    }
    if name == "Conv" and channels and channels != size[-2]:
        params["groups"] = channels // int(size[-2])
    return ("conv" if name == "Conv" else "depthwise_conv") + f"{n}d", params
