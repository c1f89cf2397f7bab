"""Multiply-adds and receptive fields, from shapes and parameters alone."""

from __future__ import annotations

from fractions import Fraction
from math import prod

_GATES = {"simple_rnn": 1, "gru": 3, "lstm": 4}


def macs(op, params, input_shapes, shape, variables) -> int | None:
    """Multiply-adds of the kernels for one sample; None when a size is unknown.

    A convolution costs (positions of its output) x (size of one filter) x (filters); a
    transposed one (positions of its input) x the same; Dense (rows) x inputs x units.
    """
    if not variables and op not in ("dot", "matmul"):
        return 0
    kernels = [v for v in variables if len(v.shape) > 1]
    try:
        if op == "dense":
            return prod(shape[1:]) * kernels[0].shape[0]
        if op.startswith("conv") and op.endswith("_transpose"):
            return _positions(input_shapes[0], params) * prod(kernels[0].shape)
        if op.startswith("conv"):
            return _positions(shape, params) * prod(kernels[0].shape)
        if op.startswith("depthwise_conv"):
            return _positions(shape, params) * prod(kernels[0].shape)
        if op.startswith("separable_conv"):
            return _positions(shape, params) * sum(prod(k.shape) for k in kernels)
        if op in _GATES:
            return input_shapes[0][1] * sum(prod(k.shape) for k in kernels[:2])
        if op == "einsum_dense":
            return prod(shape[1:]) * prod(kernels[0].shape) // max(1, params["units"])
        if op in ("dot", "matmul"):
            return prod(shape[1:]) * input_shapes[0][-1]
        if op in _FREE or all(len(v.shape) < 2 for v in variables):
            return 0
    except (TypeError, IndexError):  # None times a number
        return None
    # Attention, wrappers and unknown layers: every matrix once per position.
    try:
        positions = prod(input_shapes[0][1:-1]) if input_shapes else 1
        return positions * sum(prod(k.shape) for k in kernels)
    except TypeError:
        return None


_FREE = {"embedding", "prelu", "layer_norm", "batch_norm", "normalization"}


def _positions(shape, params):
    first = params.get("data_format") == "channels_first"
    return prod(shape[2:] if first else shape[1:-1])


_LOCAL = (
    "conv",
    "depthwise_conv",
    "separable_conv",
    "max_pool",
    "avg_pool",
)
_POINT = {
    "input",
    "add",
    "subtract",
    "multiply",
    "average",
    "maximum",
    "minimum",
    "concat",
    "batch_norm",
    "normalization",
    "rescaling",
    "identity",
    "glu",
    "sparsemax",
}


def receptive_fields(graph) -> dict[int, int | None]:
    """Receptive field of every node: the longest side, in input pixels."""
    from autograder.reading.kinds import DROPOUTS, ELEMENTWISE

    fields: dict[int, tuple | None] = {}  # id -> per axis (field, distance of neighbours)
    for node in graph.nodes:
        if node.op == "input":
            rank = max(len(node.shape) - 2, 0)
            fields[node.id] = ((Fraction(1), Fraction(1)),) * rank if rank else None
            continue
        before = [fields[i] for i in node.inputs]
        if not before or None in before or len({len(b) for b in before}) > 1:
            fields[node.id] = None
            continue
        here = tuple(
            (max(b[a][0] for b in before), max(b[a][1] for b in before))
            for a in range(len(before[0]))
        )
        softmax_on_channels = node.op in ("softmax", "log_softmax") and (
            node.params.get("axis") == len(node.shape) - 1
        )
        pointwise = node.op == "dense" and len(node.shape) > 2
        pointwise |= node.op in _POINT | DROPOUTS | ELEMENTWISE or softmax_on_channels
        if pointwise or node.op.startswith(("zero_padding", "cropping")):
            fields[node.id] = here
        elif node.op.startswith("up_sampling"):
            fields[node.id] = tuple(
                (f, j / s) for (f, j), s in zip(here, node.params["size"], strict=True)
            )
        elif node.op.startswith(_LOCAL) and not node.op.endswith("_transpose"):
            kernel = node.params.get("kernel_size") or node.params["pool_size"]
            strides = node.params["strides"]
            dilation = node.params.get("dilation_rate") or (1,) * len(kernel)
            fields[node.id] = tuple(
                (f + (k - 1) * d * j, j * s)
                for (f, j), k, s, d in zip(here, kernel, strides, dilation, strict=True)
            )
        else:
            fields[node.id] = None
    return {k: None if f is None else int(max(a for a, _ in f)) for k, f in fields.items()}
