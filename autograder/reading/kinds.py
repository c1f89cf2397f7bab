"""What kind of function an operation is: affine, elementwise, non-decreasing, homogeneous.

The path rules of ``faults`` ask these questions of nodes. Unknown operations count as non-linear
and opaque, so that a rule stays silent where it cannot know.
"""

from __future__ import annotations

import math

_DIMS = ("1d", "2d", "3d")


def _each(*names):
    return {f"{name}{d}" for name in names for d in _DIMS}


#: Operations that own a kernel: a matrix or a stack of filters.
KERNELS = _each("conv", "depthwise_conv", "separable_conv", "conv") | {
    *(f"conv{d}_transpose" for d in _DIMS),
    "dense",
    "einsum_dense",
}

#: Non-linear functions of one number, applied to each number of a tensor.
ELEMENTWISE = {
    "abs",
    "activation",
    "celu",
    "clip",
    "elu",
    "exponential",
    "gelu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_tanh",
    "leaky_relu",
    "log_sigmoid",
    "mish",
    "prelu",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "square",
    "squareplus",
    "tanh",
    "tanh_shrink",
    "threshold",
}

#: Activations that look at a whole axis.
ACROSS = {"softmax", "log_softmax", "sparsemax", "glu"}

#: Not there in inference; in training multiplies by or adds noise.
DROPOUTS = {
    "dropout",
    "spatial_dropout1d",
    "spatial_dropout2d",
    "spatial_dropout3d",
    "gaussian_dropout",
    "gaussian_noise",
    "alpha_dropout",
}

#: f(ax + by) = a f(x) + b f(y) + constant, without a kernel of its own.
_AFFINE = (
    _each(
        "avg_pool",
        "global_avg_pool",
        "zero_padding",
        "cropping",
    )
    | DROPOUTS
    | {
        "activity_regularization",
        "average",
        "add",
        "batch_norm",
        "concat",
        "flatten",
        "identity",
        "normalization",
        "permute",
        "repeat_vector",
        "rescaling",
        "reshape",
        "stop_gradient",
        "subtract",
    }
)
_UPSAMPLING = _each("up_sampling")

_MONOTONE = {
    "celu",
    "clip",
    "elu",
    "exponential",
    "hard_shrink",
    "hard_sigmoid",
    "hard_tanh",
    "log_sigmoid",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "soft_shrink",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "squareplus",
    "tanh",
    "tanh_shrink",
}


def has_kernel(node) -> bool:
    """A layer with a kernel: Dense, any convolution."""
    return node.op in KERNELS


def is_affine(node) -> bool:
    """f(x + y) - f(x) - f(y) + f(0) = 0: layers with a kernel, averages, padding, BN, dropout.

    The activation of a layer is a node of its own, so a convolution node is always affine.
    """
    if node.op in _AFFINE or node.op in KERNELS:
        return True
    if node.op in _UPSAMPLING:
        return node.params.get("interpolation", "nearest") in ("nearest", "bilinear")
    # Multiplying by a constant or by a weight is linear, by another tensor it is not.
    return node.op in ("multiply", "scale") and len(node.inputs) == 1


def is_elementwise(node) -> bool:
    """Non-linear function of each number alone. Softmax is not: it looks at a whole axis."""
    return node.op in ELEMENTWISE


def is_activation(node) -> bool:
    """Elementwise non-linearity, softmax or one of its kin."""
    return node.op in ELEMENTWISE or node.op in ACROSS


def is_dropout(node) -> bool:
    return node.op in DROPOUTS


def is_opaque(node) -> bool:
    """An operation that could not be read into primitive ones: rules should stay silent."""
    return node.op == "custom"


def is_monotone(node) -> bool:
    """Elementwise and nowhere decreasing: commutes with max-pooling.

    For ``prelu`` the present weights decide. False when unknown.
    """
    if node.op in _MONOTONE:
        return True
    if node.op == "leaky_relu":
        return node.params["negative_slope"] >= 0
    if node.op == "prelu":
        return all(bool((v.numpy() >= 0).all()) for v in node.variables)
    if node.op == "threshold":  # x above the threshold, a value below
        return node.params["value"] <= node.params["threshold"]
    if node.op == "activation":
        values = node.params.get("values", (math.nan,))
        return all(a <= b for a, b in zip(values, values[1:], strict=False))
    return False


def is_homogeneous(node) -> bool:
    """f(ax) = a f(x) for a >= 0: commutes with dropout, keeps zeros."""
    return node.op in ("relu", "leaky_relu", "prelu", "abs", "identity")
