"""How far apart two right answers may be in floating point.

Three sources, from strict to loose:

- a number from the caller: |a - b| <= tolerance * max(1, |b|); 0 asks for the same bits, which
  ReLU, leaky ReLU and max-pooling in any order do give;
- for Keras models, the rounding bound of a sum of n products, 8 eps * sum |w| |x| for each layer
  with a kernel (measured at most 3 eps * sum for 27 to 41,472 products), where the sum is found by
  running the network with |w| on |x|;
- otherwise 1e-6 * max(1, |y|), and 4e-6 of the largest number of the sample, because an output
  near zero may be the difference of large numbers.
"""

from __future__ import annotations

import sys

import numpy as np

EPS = float(np.finfo(np.float32).eps)


class Tolerance:
    def __init__(self, given, functions):
        if given is not None and not callable(given) and not given >= 0:
            raise ValueError(f"Expected a tolerance of at least 0. Received: {given!r}.")
        self.given = given
        self.bounds = []
        if given is None:
            self.bounds = [b for b in map(rounding_bound, functions) if b is not None]

    def __call__(self, x, left, right, eps):
        """Allowed |left - right|, an array of the shape of the outputs."""
        size = np.maximum(np.abs(left), np.abs(right))
        size = np.where(np.isfinite(size), size, 0)
        if callable(self.given):
            return np.broadcast_to(np.asarray(self.given(x, left, right), float), left.shape)
        if self.given is not None:
            return self.given * np.maximum(1.0, size)
        coarse = eps / EPS  # half precision is allowed its own rounding
        if self.bounds and coarse == 1:
            bounds = [b(x) for b in self.bounds]
            bounds = [b for b in bounds if b is not None and b.shape == left.shape]
            if bounds:
                return np.maximum(np.max(bounds, axis=0), 1e-6 * size)
        axes = tuple(range(1, size.ndim))
        largest = size.max(axis=axes, keepdims=True) if size.size and axes else size
        sums = 4e-6 if coarse == 1 else 1e-6 * coarse  # half precision sums in single precision
        return np.maximum(1e-6 * coarse * np.maximum(1.0, size), sums * largest)


def rounding_bound(f):
    """x -> bound on the rounding error of each output of a Keras model; None if unknown."""
    if "keras" not in sys.modules:
        return None
    from keras import Layer

    if not isinstance(f, Layer) or not f.built:
        return None
    from autograder.reading import read

    try:
        graph = read(f)
    except ValueError:
        return None
    if len(graph.inputs) != 1 or len(graph.outputs) != 1:
        return None
    layers = max(1, sum(bool(n.variables) for n in graph))
    steps = [_magnitude(node) for node in graph]
    if None in steps:
        return None

    def bound(x):
        values = {}
        for node, step in zip(graph, steps, strict=True):
            values[node.id] = (
                np.abs(x) if node.op == "input" else step(*[values[i] for i in node.inputs])
            )
        return 8 * EPS * layers * np.asarray(values[graph.outputs[0]], dtype=np.float64)

    return bound


def _magnitude(node):
    """How large intermediate numbers get: the node with |weights|, on magnitudes."""
    from keras import ops

    from autograder.reading import ELEMENTWISE, is_dropout

    op, p = node.op, node.params
    if op == "input" or op in ("identity", "stop_gradient") or is_dropout(node):
        return lambda m: m
    if op in ELEMENTWISE - {"activation", "exponential", "square"}:
        # No known activation is steeper than 1.2 (leaky slopes and ELU's alpha apart) or exceeds
        # 1.2 |x| + 1, except softplus-like ones, which stay below |x| + 1 too.
        steep = max(1.2, abs(p.get("negative_slope", 0)), abs(p.get("alpha", 0)))
        if op == "prelu":
            steep = max(steep, float(np.abs(node.variables[0].numpy()).max()))
        return lambda m: steep * m + 1.0
    if op == "softmax":
        # |dp| <= max |dz| / 2: p (1 - p) is at most a quarter, and two logits may move apart.
        axis = p["axis"]
        return lambda m: 0.5 * np.max(np.asarray(m), axis=axis, keepdims=True) + np.ones(m.shape)
    if op == "dense":
        kernel, bias = _weights(node)
        return lambda m: np.asarray(m, np.float64) @ kernel + bias
    if op in ("conv1d", "conv2d", "conv3d"):
        kernel, bias = _weights(node)
        if p["data_format"] != "channels_last":
            return None
        return lambda m: (
            _numpy(
                ops.conv(
                    np.asarray(m, np.float32),
                    kernel.astype(np.float32),
                    strides=p["strides"],
                    padding=p["padding"],
                    dilation_rate=p["dilation_rate"],
                    data_format="channels_last",
                )
            )
            + bias
        )
    if op.startswith(("max_pool", "avg_pool")) and p["data_format"] == "channels_last":
        pool = ops.max_pool if op.startswith("max") else ops.average_pool
        return lambda m: _numpy(
            pool(np.asarray(m, np.float32), p["pool_size"], p["strides"], p["padding"])
        )
    if op.startswith(("global_max", "global_avg")) and p["data_format"] == "channels_last":
        reduce = np.max if op.startswith("global_max") else np.mean
        axes = tuple(range(1, len(node.input_shapes[0]) - 1))
        return lambda m: reduce(np.asarray(m), axis=axes, keepdims=p["keepdims"])
    if op == "batch_norm":
        return _batch_norm(node)
    if op == "flatten" and not p:
        return lambda m: np.asarray(m).reshape(len(m), -1)
    if op == "reshape" and None not in p["target_shape"]:
        return lambda m: np.asarray(m).reshape(len(m), *p["target_shape"])
    if op in ("add", "subtract") and len(node.inputs) > 1:
        return lambda *ms: sum(np.asarray(m) for m in ms)
    if op == "concat":
        return lambda *ms: np.concatenate(ms, axis=p["axis"])
    if op == "rescaling" and not isinstance(p["scale"], str) and not isinstance(p["offset"], str):
        scale, offset = np.abs(p["scale"]), np.abs(p["offset"])
        return lambda m: np.asarray(m) * scale + offset
    return None


def _numpy(x):
    from keras import ops

    return np.asarray(ops.convert_to_numpy(x), dtype=np.float64)


def _weights(node):
    arrays = [np.abs(v.numpy().astype(np.float64)) for v in node.variables]
    return arrays[0], arrays[1] if len(arrays) > 1 else 0.0


def _batch_norm(node):
    """|gamma| / sqrt(variance + epsilon) * (m + |mean|) + |beta|, in inference."""
    if node.params["axis"] != len(node.shape) - 1:
        return None
    values = {v.name: v.numpy().astype(np.float64) for v in node.variables}
    if not {"moving_mean", "moving_variance"} <= set(values):
        return None
    slope = np.abs(values.get("gamma", 1.0)) / np.sqrt(
        values["moving_variance"] + node.params["epsilon"]
    )
    mean, beta = np.abs(values["moving_mean"]), np.abs(values.get("beta", 0.0))
    return lambda m: slope * (np.asarray(m) + mean) + beta
