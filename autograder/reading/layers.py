"""Keras' own layers -> canonical operations.

What a layer *does* is read from the attributes and weights that its ``call`` uses (the kernel's
shape, not ``filters``, which may have been edited since), never from ``get_config``.
"""

from __future__ import annotations

from functools import cache

from autograder.reading._keras import snake


def describe(layer, cls, input_shapes, shape):
    """(op, params, activation) of a stock layer; activation is a callable, a layer or None.

    ``cls`` is the Keras class whose ``call`` the layer runs.
    """
    for name, reader in _readers().items():
        if cls.__name__ == name:
            return reader(layer, input_shapes, shape)
    return snake(cls.__name__), _plain_config(layer), None


def weights_of(layer) -> tuple:
    """The layer's own variables, without random seeds and metrics."""
    return tuple(layer.weights)


def _tuple(value, n):
    return (int(value),) * n if isinstance(value, int) else tuple(int(v) for v in value)


def _axis(axis, rank):
    if isinstance(axis, (list, tuple)):
        axis = tuple(sorted(a % rank for a in axis))
        return axis[0] if len(axis) == 1 else axis
    return axis % rank


def _conv(layer, input_shapes, shape):
    n = layer.rank
    kernel = tuple(layer.kernel.shape)
    params = {
        "filters": int(kernel[-1]),
        "kernel_size": tuple(int(k) for k in kernel[:n]),
        **_window(layer, n),
        "use_bias": bool(layer.use_bias),
    }
    groups = 1
    if None not in (channels := _channels(input_shapes[0], layer),):
        groups = channels // int(kernel[-2]) or 1
    if groups > 1:
        params["groups"] = groups
    return f"conv{n}d", params, layer.activation


def _channels(shape, layer):
    return shape[1] if layer.data_format == "channels_first" else shape[-1]


def _window(layer, n):
    return {
        "strides": _tuple(layer.strides, n),
        "padding": layer.padding,
        "dilation_rate": _tuple(layer.dilation_rate, n),
        "data_format": layer.data_format,
    }


def _conv_transpose(layer, input_shapes, shape):
    n = layer.rank
    kernel = tuple(layer.kernel.shape)
    params = {
        "filters": int(kernel[-2]),
        "kernel_size": tuple(int(k) for k in kernel[:n]),
        **_window(layer, n),
        "use_bias": bool(layer.use_bias),
    }
    if layer.output_padding is not None:
        params["output_padding"] = _tuple(layer.output_padding, n)
    return f"conv{n}d_transpose", params, layer.activation


def _depthwise(layer, input_shapes, shape):
    n = layer.rank
    kernel = tuple(layer.kernel.shape)
    params = {
        "depth_multiplier": int(kernel[-1]),
        "kernel_size": tuple(int(k) for k in kernel[:n]),
        **_window(layer, n),
        "use_bias": bool(layer.use_bias),
    }
    return f"depthwise_conv{n}d", params, layer.activation


def _separable(layer, input_shapes, shape):
    n = layer.rank
    kernel = tuple(layer.depthwise_kernel.shape)
    params = {
        "filters": int(layer.pointwise_kernel.shape[-1]),
        "depth_multiplier": int(kernel[-1]),
        "kernel_size": tuple(int(k) for k in kernel[:n]),
        **_window(layer, n),
        "use_bias": bool(layer.use_bias),
    }
    return f"separable_conv{n}d", params, layer.activation


def _dense(layer, input_shapes, shape):
    params = {"units": int(layer.kernel.shape[-1]), "use_bias": layer.bias is not None}
    return "dense", params, layer.activation


def _einsum_dense(layer, input_shapes, shape):
    params = {
        "equation": layer.equation,
        "units": int(shape[-1] or 0),
        "use_bias": layer.bias is not None,
    }
    return "einsum_dense", params, layer.activation


def _pool():
    def reader(layer, input_shapes, shape):
        n = len(shape) - 2
        kind = {"average": "avg"}.get(layer.pool_mode, layer.pool_mode)
        params = {
            "pool_size": _tuple(layer.pool_size, n),
            "strides": _tuple(layer.strides, n),
            "padding": layer.padding,
            "data_format": layer.data_format,
        }
        return *pooling(kind, n, params), None

    return reader


def pooling(kind, n, params):
    """The operation and parameters of a pooling over ``n`` axes: none, with a window of one pixel
    that moves by one."""
    if set(params["pool_size"]) == set(params["strides"]) == {1}:
        return "identity", {}
    return f"{kind}_pool{n}d", params


def _global_pool(kind):
    def reader(layer, input_shapes, shape):
        n = len(input_shapes[0]) - 2
        params = {"keepdims": bool(layer.keepdims), "data_format": layer.data_format}
        return f"global_{kind}_pool{n}d", params, None

    return reader


def _spatial(op, *names):
    """Layers described by a few attributes that are numbers or tuples of numbers."""

    def reader(layer, input_shapes, shape):
        return op, {name: frozen(getattr(layer, name)) for name in names}, None

    return reader


def frozen(value):
    if isinstance(value, (list, tuple)):
        return tuple(frozen(v) for v in value)
    if hasattr(value, "item") and getattr(value, "size", 2) == 1:
        return value.item()
    if hasattr(value, "tolist"):
        return frozen(value.tolist())
    return value


def _reshape(layer, input_shapes, shape):
    return reshape_to(shape, input_shapes[0])


def reshape_to(shape, before):
    """Flattening is the reshape that leaves one axis beside the batch."""
    if len(shape) == 2 and len(before) != 2:
        return "flatten", {}, None
    return "reshape", {"target_shape": tuple(shape[1:])}, None


def _flatten(layer, input_shapes, shape):
    if layer.data_format == "channels_first" and len(input_shapes[0]) > 2:
        return "flatten", {"data_format": "channels_first"}, None
    return ("flatten", {}, None) if len(input_shapes[0]) != 2 else ("identity", {}, None)


def _dropout(op, name="rate"):
    def reader(layer, input_shapes, shape):
        params = {name: float(getattr(layer, name))}
        if getattr(layer, "noise_shape", None) is not None:
            params["noise_shape"] = tuple(layer.noise_shape)
        return op, params, None

    return reader


def _batch_norm(layer, input_shapes, shape):
    params = {
        "axis": _axis(layer.axis, len(shape)),
        "epsilon": float(layer.epsilon),
        "momentum": float(layer.momentum),
        "center": bool(layer.center),
        "scale": bool(layer.scale),
    }
    return "batch_norm", params, None


def _layer_norm(layer, input_shapes, shape):
    params = {
        "axis": _axis(layer.axis, len(shape)),
        "epsilon": float(layer.epsilon),
        "center": bool(layer.center),
        "scale": bool(layer.scale),
    }
    return "layer_norm", params, None


def _normalization(layer, input_shapes, shape):
    axis = layer.axis if layer.axis is not None else ()
    return (
        "normalization",
        {"axis": _axis(axis, len(shape)), "invert": bool(layer.invert)},
        None,
    )


def _relu(layer, input_shapes, shape):
    slope, top = float(layer.negative_slope), layer.max_value
    if not float(layer.threshold):
        if top is None:
            return ("leaky_relu", {"negative_slope": slope}, None) if slope else ("relu", {}, None)
        if not slope:
            return ("relu6", {}, None) if top == 6 else ("clip", {"low": 0.0, "high": top}, None)
    return "identity", {}, layer.call  # by its values


def _leaky_relu(layer, input_shapes, shape):
    slope = float(layer.negative_slope)
    return ("leaky_relu", {"negative_slope": slope}, None) if slope else ("relu", {}, None)


def _elu(layer, input_shapes, shape):
    return "elu", {"alpha": float(layer.alpha)}, None


def _prelu(layer, input_shapes, shape):
    axes = layer.shared_axes
    return "prelu", {"shared_axes": tuple(axes) if axes else ()}, None


def _softmax(layer, input_shapes, shape):
    return "softmax", {"axis": _axis(layer.axis, len(shape))}, None


def _activation(layer, input_shapes, shape):
    return "identity", {}, layer.activation


def _merge(op):
    return lambda layer, input_shapes, shape: (op, {}, None)


def _concat(layer, input_shapes, shape):
    return "concat", {"axis": _axis(layer.axis, len(shape))}, None


def _dot(layer, input_shapes, shape):
    return "dot", {"axes": frozen(layer.axes), "normalize": bool(layer.normalize)}, None


def _rnn(op):
    def reader(layer, input_shapes, shape):
        cell = layer.cell
        params = {
            "units": int(cell.units),
            "return_sequences": bool(layer.return_sequences),
            "go_backwards": bool(layer.go_backwards),
            "use_bias": bool(cell.use_bias),
            "activation": _activation_name(cell.activation),
        }
        if hasattr(cell, "recurrent_activation"):
            params["recurrent_activation"] = _activation_name(cell.recurrent_activation)
        return op, params, None

    return reader


def _activation_name(fn):
    from autograder.reading import elementwise

    known = elementwise.known_function(fn) or elementwise.recognise(fn, 2, None)
    return known[0] if known else "custom"


def _embedding(layer, input_shapes, shape):
    table = layer.embeddings.shape
    return "embedding", {"input_dim": int(table[0]), "output_dim": int(table[1])}, None


def _wrapped(op):
    def reader(layer, input_shapes, shape):
        inner = getattr(layer, "forward_layer", None) or layer.layer
        params = {"layer": snake(type(inner).__name__), **_plain_config(inner)}
        if hasattr(layer, "merge_mode"):
            params["merge_mode"] = layer.merge_mode
        return op, params, None

    return reader


_IGNORED = ("name", "dtype", "trainable", "seed", "batch_input_shape", "batch_shape")


def _plain_config(layer):
    """Numbers, strings and tuples of a stock layer's configuration, without names and seeds."""
    plain = {}
    for key, value in layer.get_config().items():
        value = frozen(value)
        if key in _IGNORED or key.endswith(("initializer", "regularizer", "constraint")):
            continue
        if isinstance(value, (bool, int, float, str, tuple)) and _hashable(value):
            plain[key] = value
    return plain


def _hashable(value):
    try:
        hash(value)
    except TypeError:
        return False
    return True


@cache
def _readers():
    table = {
        "Dense": _dense,
        "EinsumDense": _einsum_dense,
        "Reshape": _reshape,
        "Flatten": _flatten,
        "BatchNormalization": _batch_norm,
        "LayerNormalization": _layer_norm,
        "Normalization": _normalization,
        "ReLU": _relu,
        "LeakyReLU": _leaky_relu,
        "ELU": _elu,
        "PReLU": _prelu,
        "Softmax": _softmax,
        "Activation": _activation,
        "Concatenate": _concat,
        "Dot": _dot,
        "Embedding": _embedding,
        "ReversibleEmbedding": _embedding,
        "Identity": _merge("identity"),
        "Dropout": _dropout("dropout"),
        "GaussianDropout": _dropout("gaussian_dropout"),
        "GaussianNoise": _dropout("gaussian_noise", "stddev"),
        "AlphaDropout": _dropout("alpha_dropout"),
        "Rescaling": _spatial("rescaling", "scale", "offset"),
        "Permute": _spatial("permute", "dims"),
        "RepeatVector": _spatial("repeat_vector", "n"),
        "SimpleRNN": _rnn("simple_rnn"),
        "GRU": _rnn("gru"),
        "LSTM": _rnn("lstm"),
        "Bidirectional": _wrapped("bidirectional"),
        "TimeDistributed": _wrapped("time_distributed"),
    }
    for op in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"):
        table[op] = _merge(op.lower())
    for n in (1, 2, 3):
        table |= {
            f"Conv{n}D": _conv,
            f"Conv{n}DTranspose": _conv_transpose,
            f"DepthwiseConv{n}D": _depthwise,
            f"SeparableConv{n}D": _separable,
            f"MaxPooling{n}D": _pool(),
            f"AveragePooling{n}D": _pool(),
            f"GlobalMaxPooling{n}D": _global_pool("max"),
            f"GlobalAveragePooling{n}D": _global_pool("avg"),
            f"SpatialDropout{n}D": _dropout(f"spatial_dropout{n}d"),
            f"ZeroPadding{n}D": _spatial(f"zero_padding{n}d", "padding", "data_format"),
            f"Cropping{n}D": _spatial(f"cropping{n}d", "cropping"),
            f"UpSampling{n}D": _spatial(f"up_sampling{n}d", "size"),
        }
    table["UpSampling2D"] = _spatial("up_sampling2d", "size", "interpolation")
    return table
