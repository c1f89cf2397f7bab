"""Small networks as plain data, and the honest ways to spell each in Keras."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import strategies as st


@dataclass(frozen=True)
class Block:
    """convolution -> activation -> pooling, or the activation last."""

    filters: int
    kernel: int
    strides: int
    padding: str
    activation: str
    pool: str | None
    pool_first: bool


@dataclass(frozen=True)
class Net:
    """Blocks on a map of ``size``, then Flatten and Dense."""

    size: tuple[int, int, int]
    blocks: tuple[Block, ...]
    units: int

    def change(self, i, **changes) -> Net:
        blocks = list(self.blocks)
        blocks[i] = replace(blocks[i], **changes)
        return replace(self, blocks=tuple(blocks))


ACTIVATIONS = ("relu", "tanh", "gelu", "silu", "leaky", "elu", "sigmoid")

blocks = st.builds(
    Block,
    filters=st.sampled_from([2, 3, 4]),
    kernel=st.sampled_from([1, 2, 3]),
    strides=st.sampled_from([1, 2]),
    padding=st.sampled_from(["same", "valid"]),
    activation=st.sampled_from(ACTIVATIONS),
    pool=st.sampled_from(["max", "avg", None]),
    pool_first=st.booleans(),
)
nets = st.builds(
    Net,
    size=st.tuples(st.integers(20, 23), st.integers(20, 23), st.integers(1, 3)),
    blocks=st.lists(blocks, min_size=1, max_size=2).map(tuple),
    units=st.sampled_from([1, 5]),
)

ACTIVATION_SPELLINGS = (
    "fused name",
    "fused function",
    "fused layer",
    "fused lambda",
    "fused tf",
    "layer",
    "Activation name",
    "Activation ops",
    "Activation tf",
    "Lambda",
    "Lambda tf",
    "custom layer",
)
CONTAINERS = (
    "Sequential",
    "functional",
    "nested",
    "nested functional",
    "subclassed",
    "subclassed in another order",
    "unbuilt",
    "custom blocks",
)


def _functions(name):
    """(keras name or None, keras.ops spelling, tf spelling, layer) of an activation."""
    import tensorflow as tf
    from keras import layers, ops

    return {
        "relu": ("relu", lambda x: ops.maximum(x, 0), tf.nn.relu, layers.ReLU),
        "tanh": ("tanh", lambda x: ops.tanh(x), tf.tanh, lambda: layers.Activation("tanh")),
        "gelu": (
            "gelu",
            lambda x: ops.gelu(x, approximate=False),
            tf.nn.gelu,
            lambda: layers.Activation("gelu"),
        ),
        "silu": (
            "swish",
            lambda x: x * ops.sigmoid(x),
            tf.nn.silu,
            lambda: layers.Activation("silu"),
        ),
        "leaky": (
            None,
            lambda x: ops.where(x > 0, x, 0.1 * x),
            lambda x: tf.nn.leaky_relu(x, 0.1),
            lambda: layers.LeakyReLU(negative_slope=0.1),
        ),
        "elu": ("elu", lambda x: ops.elu(x), tf.nn.elu, layers.ELU),
        "sigmoid": (
            "sigmoid",
            lambda x: 1 / (1 + ops.exp(-x)),
            tf.sigmoid,
            lambda: layers.Activation("sigmoid"),
        ),
    }[name]


def _act(block, spelling):
    """(activation argument of the convolution or None, layers after it)."""
    import keras
    from keras import layers

    class ByHand(layers.Layer):
        def __init__(self, function):
            super().__init__()
            self.function = function

        def call(self, inputs):
            return self.function(inputs)

    name, by_ops, by_tf, layer = _functions(block.activation)
    name = name or by_ops
    fused = {
        "fused name": name,
        "fused function": keras.activations.get(name),
        "fused layer": layer(),
        "fused lambda": lambda x: by_ops(x),
        "fused tf": by_tf,
    }
    if spelling in fused and not block.pool_first:
        return fused[spelling], []
    after = {
        "Activation name": lambda: layers.Activation(name),
        "Activation ops": lambda: layers.Activation(by_ops),
        "Activation tf": lambda: layers.Activation(by_tf),
        "Lambda": lambda: layers.Lambda(by_ops),
        "Lambda tf": lambda: layers.Lambda(by_tf),
        "custom layer": lambda: ByHand(by_ops),
    }.get(spelling, layer)
    return None, [after()]


def _layers(net, spelling):
    from keras import layers

    groups = []
    for i, block in enumerate(net.blocks):
        size = block.kernel if i % 2 else (block.kernel, block.kernel)
        activation, after = _act(block, spelling)
        conv = layers.Conv2D(
            block.filters,
            size,
            strides=block.strides,
            padding=block.padding,
            activation=activation,
        )
        pool = {
            "max": [layers.MaxPool2D() if i else layers.MaxPooling2D((2, 2), strides=2)],
            "avg": [layers.AveragePooling2D(2)],
            None: [],
        }[block.pool]
        groups.append([conv, *(pool + after if block.pool_first else after + pool)])
    groups.append([layers.Flatten(), layers.Dense(net.units)])
    return groups


def build(net: Net, spelling: str, container: str):
    """The Keras model. ``read`` needs ``input_shape=net.size`` for the unbuilt ones."""
    import keras
    from keras import layers

    groups = _layers(net, spelling)
    flat = [layer for group in groups for layer in group]

    def chain(x, some):
        for layer in some:
            x = layer(x)
        return x

    class Model(keras.Model):
        def __init__(self, made):
            super().__init__()
            for i, layer in enumerate(made):
                setattr(self, f"part_{i}", layer)
            self.order = flat

        def call(self, inputs):
            return chain(inputs, self.order)

    class Block(layers.Layer):
        def __init__(self, some):
            super().__init__()
            self.some = some

        def call(self, x):
            return chain(x, self.some)

    source = keras.Input(net.size)
    if container == "Sequential":
        return keras.Sequential([source, *flat])
    if container == "functional":
        return keras.Model(source, chain(source, flat))
    if container == "nested":
        return keras.Sequential([source, *[keras.Sequential(group) for group in groups]])
    if container == "nested functional":
        x = source
        for group in groups:
            inner = keras.Input(x.shape[1:])
            x = keras.Model(inner, chain(inner, group))(x)
        return keras.Model(source, x)
    if container == "subclassed":
        return Model(flat)
    if container == "subclassed in another order":
        return Model(flat[::-1])
    if container == "custom blocks":
        return keras.Sequential([source, *[Block(group) for group in groups]])
    return keras.Sequential(flat)
