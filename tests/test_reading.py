"""Reading: one function, one graph, however it is spelled; another function, another graph."""

import random

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import ACTIVATION_SPELLINGS, CONTAINERS, build, nets

keras = pytest.importorskip("keras")

from keras import layers, ops  # noqa: E402

from autograder.reading import (  # noqa: E402
    ReadError,
    has_kernel,
    is_activation,
    is_affine,
    is_elementwise,
    is_homogeneous,
    is_monotone,
    is_opaque,
    read,
)

SHAPE = (12, 11, 3)


def sequential(*some, shape=SHAPE):
    return keras.Sequential([keras.Input(shape), *some])


def functional(fn, shape=SHAPE):
    x = keras.Input(shape)
    return keras.Model(x, fn(x))


def conv(**settings):
    return layers.Conv2D(4, 3, **settings)


def reference():
    return read(sequential(conv(activation="relu"), layers.MaxPooling2D()))


class Subclassed(keras.Model):
    """Attributes in another order than the calls."""

    def __init__(self):
        super().__init__()
        self.pool = layers.MaxPool2D()
        self.act = layers.ReLU()
        self.conv = conv()

    def call(self, inputs):
        return self.pool(self.act(self.conv(inputs)))


class ConvRelu(layers.Conv2D):
    def call(self, inputs):
        return ops.relu(super().call(inputs))


class ByHand(layers.Layer):
    """A convolution from keras.ops, with a bias that is added."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(3, 3, shape[-1], 4))
        self.bias = self.add_weight(shape=(4,))

    def call(self, x):
        return ops.conv(x, self.kernel) + self.bias


def tf_block(h):
    import tensorflow as tf

    return tf.nn.max_pool2d(tf.nn.relu(h), 2, 2, "VALID")


class TensorFlowBlock(layers.Layer):
    def __init__(self):
        super().__init__()
        self.conv = conv()

    def call(self, x):
        return tf_block(self.conv(x))


def tensorflow_relu():
    import tensorflow as tf

    return tf.nn.relu


SPELLINGS = {
    "fused": lambda: sequential(conv(activation="relu"), layers.MaxPooling2D()),
    "ReLU()": lambda: sequential(conv(), layers.ReLU(), layers.MaxPool2D((2, 2), strides=2)),
    "Activation": lambda: sequential(conv(), layers.Activation("relu"), layers.MaxPool2D(2)),
    "Activation(ops.relu)": lambda: sequential(
        conv(), layers.Activation(ops.relu), layers.MaxPool2D()
    ),
    "tf.nn.relu": lambda: sequential(conv(activation=tensorflow_relu()), layers.MaxPool2D()),
    "ops.relu": lambda: functional(lambda x: layers.MaxPool2D()(ops.relu(conv()(x)))),
    "ops.max_pool": lambda: functional(lambda x: ops.max_pool(ops.maximum(0, conv()(x)), 2)),
    "lambda": lambda: sequential(conv(activation=lambda x: ops.maximum(x, 0)), layers.MaxPool2D()),
    "Lambda": lambda: sequential(
        conv(), layers.Lambda(lambda x: ops.maximum(x, 0.0)), layers.MaxPool2D()
    ),
    "where": lambda: functional(
        lambda x: layers.MaxPool2D()((lambda h: ops.where(h > 0, h, 0.0))(conv()(x)))
    ),
    "mean of x and |x|": lambda: functional(
        lambda x: layers.MaxPool2D()((lambda h: (h + ops.abs(h)) / 2)(conv()(x)))
    ),
    "a layer as activation": lambda: sequential(conv(activation=layers.ReLU()), layers.MaxPool2D()),
    "nested": lambda: sequential(keras.Sequential([conv(), layers.ReLU()]), layers.MaxPool2D()),
    "unbuilt": lambda: keras.Sequential([conv(), layers.ReLU(), layers.MaxPool2D()]),
    "subclassed": Subclassed,
    "overridden call": lambda: sequential(ConvRelu(4, 3), layers.MaxPool2D()),
    "convolution by hand": lambda: sequential(ByHand(), layers.ReLU(), layers.MaxPool2D()),
    "TensorFlow in call": lambda: sequential(TensorFlowBlock()),
    "TensorFlow in Lambda": lambda: sequential(conv(), layers.Lambda(tf_block)),
    "with no-ops": lambda: sequential(
        conv(activation="linear"),
        layers.Identity(),
        layers.ReLU(),
        layers.Activation("linear"),
        layers.MaxPool2D(),
    ),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_honest_spellings_are_one_graph(spelling):
    graph = read(SPELLINGS[spelling](), SHAPE)
    assert graph.ops == ("conv2d", "relu", "max_pool2d")
    assert graph == reference()
    assert hash(graph) == hash(reference())
    assert graph.parameters == 4 * (27 + 1)
    assert graph.macs == 10 * 9 * 4 * 27


LOOK_ALIKES = {
    "relu6": lambda: sequential(conv(activation="relu6"), layers.MaxPool2D()),
    "ReLU(6)": lambda: sequential(conv(), layers.ReLU(6.0), layers.MaxPool2D()),
    "leaky": lambda: sequential(conv(activation="leaky_relu"), layers.MaxPool2D()),
    "a little leaky": lambda: sequential(
        conv(activation=lambda x: ops.maximum(x, 1e-3 * x)), layers.MaxPool2D()
    ),
    "abs": lambda: sequential(conv(activation=ops.abs), layers.MaxPool2D()),
    "gelu": lambda: sequential(conv(activation="gelu"), layers.MaxPool2D()),
    "softplus": lambda: sequential(conv(activation="softplus"), layers.MaxPool2D()),
    "no relu": lambda: sequential(conv(), layers.MaxPool2D()),
    "average": lambda: sequential(conv(activation="relu"), layers.AveragePooling2D(2)),
    "stride 1": lambda: sequential(conv(activation="relu"), layers.MaxPool2D(2, strides=1)),
    "pool 3": lambda: sequential(conv(activation="relu"), layers.MaxPool2D(3, strides=2)),
    "pool same": lambda: sequential(conv(activation="relu"), layers.MaxPool2D(padding="same")),
    "swapped": lambda: sequential(conv(), layers.MaxPool2D(), layers.ReLU()),
    "conv same": lambda: sequential(conv(activation="relu", padding="same"), layers.MaxPool2D()),
    "5 filters": lambda: sequential(layers.Conv2D(5, 3, activation="relu"), layers.MaxPool2D()),
    "no bias": lambda: sequential(conv(activation="relu", use_bias=False), layers.MaxPool2D()),
    "relu twice": lambda: sequential(conv(activation="relu"), layers.ReLU(), layers.MaxPool2D()),
    "other input": lambda: sequential(
        conv(activation="relu"), layers.MaxPool2D(), shape=(12, 13, 3)
    ),
    "named like the real one": lambda: sequential(
        conv(activation="relu"), _fake_pool(), layers.MaxPool2D()
    ),
    "dilated": lambda: sequential(conv(activation="relu", dilation_rate=2), layers.MaxPool2D()),
}


def _fake_pool():
    class MaxPooling2D(layers.Layer):
        __module__ = "keras.src.layers.pooling.max_pooling2d"

        def call(self, x):
            return x[:, ::2, ::2, :]

    return MaxPooling2D()


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_look_alikes_are_other_graphs(name):
    graph = read(LOOK_ALIKES[name]())
    assert graph != reference()


def test_a_forged_class_name_is_not_believed():
    graph = read(sequential(_fake_pool()))
    assert "max_pool2d" not in graph.ops


def test_overridden_layers_property_hides_nothing():
    class Sly(keras.Sequential):
        @property
        def layers(self):
            return []

    model = Sly([keras.Input(SHAPE), conv(activation="relu"), layers.MaxPool2D()])
    assert read(model) == reference()


def test_edited_attributes_count():
    model = sequential(conv(activation="relu"), layers.MaxPool2D())
    model.layers[0].activation = keras.activations.tanh
    model.layers[1].padding = "same"
    graph = read(model)
    assert graph.ops == ("conv2d", "tanh", "max_pool2d")
    assert graph.find("max_pool2d")[0].shape == (None, 5, 5, 4)


@given(
    net=nets,
    spellings=st.tuples(*[st.sampled_from(ACTIVATION_SPELLINGS)] * 2),
    containers=st.tuples(*[st.sampled_from(CONTAINERS)] * 2),
)
@settings(max_examples=30)
def test_any_network_in_any_two_spellings(net, spellings, containers):
    one, two = (
        read(build(net, s, c), net.size) for s, c in zip(spellings, containers, strict=True)
    )
    assert one == two, f"{one!r}\n{two!r}"
    assert hash(one) == hash(two)
    assert (one.parameters, one.macs) == (two.parameters, two.macs)


CHANGES = {
    "activation": lambda b: {"activation": "leaky" if b.activation != "leaky" else "relu"},
    "kernel": lambda b: {"kernel": b.kernel + 1},
    "filters": lambda b: {"filters": b.filters + 1},
    "strides": lambda b: {"strides": 3 - b.strides},
    "padding": lambda b: {"padding": {"same": "valid", "valid": "same"}[b.padding]},
    "pool": lambda b: {"pool": {"max": "avg", "avg": None, None: "max"}[b.pool]},
    "order": lambda b: {"pool_first": not b.pool_first},
}


@given(
    net=nets,
    change=st.sampled_from(sorted(CHANGES)),
    spellings=st.tuples(*[st.sampled_from(ACTIVATION_SPELLINGS)] * 2),
    containers=st.tuples(*[st.sampled_from(CONTAINERS)] * 2),
)
@settings(max_examples=30)
def test_any_change_shows_in_any_spelling(net, change, spellings, containers):
    block = net.blocks[0]
    assume(not (change == "order" and block.pool is None))
    changed = net.change(0, **CHANGES[change](block))
    one = read(build(net, spellings[0], containers[0]), net.size)
    two = read(build(changed, spellings[1], containers[1]), net.size)
    assert one != two


def _state(model):
    return {
        "weights": [v.numpy().tolist() for v in model.variables],
        "nodes": [len(layer._inbound_nodes) for layer in model._flatten_layers()],
        "built": [layer.built for layer in model._flatten_layers()],
        "attributes": [sorted(vars(layer)) for layer in model._flatten_layers()],
        "random": (random.getstate(), np.random.get_state()[1].tolist()),
    }


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_reading_leaves_no_trace(spelling):
    keras.utils.set_random_seed(3)
    model = SPELLINGS[spelling]()
    before = _state(model)
    read(model, SHAPE)
    assert _state(model) == before
    read_names = layers.Dense(1).name, keras.random.uniform((2,)).numpy().tolist()

    keras.utils.set_random_seed(3)
    SPELLINGS[spelling]()
    unread_names = layers.Dense(1).name, keras.random.uniform((2,)).numpy().tolist()
    assert read_names[1] == unread_names[1]


def test_an_unbuilt_model_takes_any_size_after_reading():
    model = Subclassed()
    read(model, SHAPE)
    assert not model.built
    assert model(np.zeros((1, 9, 9, 5), "float32")).shape == (1, 3, 3, 4)


def test_names_are_not_counted():
    keras.backend.clear_session()
    model = sequential(layers.Lambda(lambda x: ops.relu(x)), Subclassed())
    read(model)
    assert layers.Conv2D(1, 1).name == "conv2d_1"  # Subclassed made the first
    assert ops.relu(keras.KerasTensor((1, 2))).name.startswith("keras_tensor")


def test_a_read_model_trains_as_before():
    def losses(look):
        keras.utils.set_random_seed(1)
        model = sequential(conv(), layers.Dropout(0.5), layers.Flatten(), layers.Dense(1))
        model.compile("sgd", "mse")
        if look:
            read(model)
        x = np.random.default_rng(0).normal(size=(8, *SHAPE)).astype("float32")
        return [float(model.train_on_batch(x, x[:, 0, 0, :1])) for _ in range(2)]

    assert losses(True) == losses(False)


# -- what a node tells -----------------------------------------------------------------------------


def test_fused_activation_is_a_node_of_its_layer():
    graph = read(sequential(conv(activation="relu", name="eyes"), layers.MaxPool2D()))
    kernel, act = graph.nodes[1:3]
    assert (kernel.op, act.op) == ("conv2d", "relu")
    assert kernel.layer == act.layer == "eyes"
    assert kernel.params["kernel_size"] == (3, 3) and kernel.params["strides"] == (1, 1)
    assert graph.consumers(kernel) == (act,) and graph.producers(act) == (kernel,)


def test_paths_name_the_enclosing_models():
    block = keras.Sequential([conv(name="conv1")], name="block")
    assert [n.path for n in read(sequential(block)).nodes[1:]] == ["block/conv1"]


def test_variables_are_the_live_ones():
    model = sequential(conv())
    node = read(model).find("conv2d")[0]
    assert node.variables[0] is model.layers[0].kernel
    assert node.source is model.layers[0]


def test_shared_weights_count_once_and_show():
    shared = layers.Dense(4)
    once = functional(lambda x: layers.Add()([shared(x), shared(x)]), (4,))
    twice = functional(lambda x: layers.Add()([layers.Dense(4)(x), layers.Dense(4)(x)]), (4,))
    assert read(once).parameters == 20 and read(twice).parameters == 40
    assert read(once) != read(twice)
    assert read(once).macs == read(twice).macs == 32


def test_a_sum_has_no_order_but_a_concatenation_has():
    def branches(merge, swap):
        def fn(x):
            a, b = layers.Dense(4, activation="relu")(x), layers.Dense(4)(x)
            return merge([b, a] if swap else [a, b])

        return read(functional(fn, (4,)))

    assert branches(layers.Add(), False) == branches(layers.Add(), True)
    assert branches(layers.Add(), False) == read(
        functional(lambda x: layers.Dense(4)(x) + layers.Dense(4, activation="relu")(x), (4,))
    )
    assert branches(layers.Concatenate(), False) != branches(layers.Concatenate(), True)


@pytest.mark.parametrize(
    ("layer", "op", "params"),
    [
        (lambda: layers.ReLU(negative_slope=0.25), "leaky_relu", {"negative_slope": 0.25}),
        (lambda: layers.Activation(lambda x: ops.relu6(x)), "relu6", {}),
        (lambda: layers.Activation(lambda x: x / 255), "rescaling", None),
        (lambda: layers.Lambda(lambda x: ops.clip(x, -2, 2)), "clip", {"low": -2.0, "high": 2.0}),
        (lambda: layers.Activation(lambda x: ops.softmax(x)), "softmax", {"axis": 3}),
        (lambda: layers.Activation(lambda x: ops.log_softmax(x)), "log_softmax", {"axis": 3}),
        (lambda: layers.Softmax(axis=-1), "softmax", {"axis": 3}),
        (lambda: layers.Activation("hard_silu"), "hard_silu", {}),
        (lambda: layers.Activation(lambda x: x * ops.sigmoid(1.702 * x)), "activation", None),
        (lambda: layers.Reshape((-1,)), "flatten", {}),
        (lambda: layers.Lambda(lambda x: ops.mean(x, (1, 2))), "global_avg_pool2d", None),
        (lambda: layers.SpatialDropout2D(0.3), "spatial_dropout2d", {"rate": 0.3}),
        (lambda: layers.GlobalMaxPool2D(), "global_max_pool2d", None),
        (lambda: layers.Lambda(lambda x: x - ops.mean(x, axis=-1, keepdims=True)), None, None),
    ],
)
def test_single_layers(layer, op, params):
    graph = read(sequential(layer()))
    if op is None:  # several operations, and none of them a lone activation
        assert not any(is_elementwise(n) for n in graph)
        return
    assert graph.ops == (op,)
    if params is not None:
        assert graph.nodes[1].params == params


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: x / (1 + ops.max(ops.abs(x))),
        lambda x: x - ops.mean(x),
        lambda x: ops.flip(x, axis=1),
        lambda x: ops.relu(x) + keras.random.normal((1,)),
        lambda x: ops.softmax(x, axis=(1, 2)),
    ],
)
def test_what_looks_at_its_neighbours_or_throws_dice_is_no_activation(fn):
    graph = read(sequential(layers.Activation(fn)))
    assert "activation" not in graph.ops and graph.ops != ("relu",)


def test_what_cannot_be_followed_is_one_opaque_node():
    class Eager(layers.Layer):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(3)

        def call(self, x):
            import tensorflow as tf

            return tf.ensure_shape(tf.py_function(lambda v: v, [self.dense(x)], x.dtype), [None, 3])

        def compute_output_shape(self, shape):
            return (*shape[:-1], 3)

    graph = read(sequential(Eager(), layers.Dense(1), shape=(4,)))
    assert graph.ops in (("custom", "dense"), ("dense", "custom", "custom", "dense"))
    assert any(is_opaque(n) for n in graph)


def test_slices_and_parts_differ():
    def take(fn):
        return read(functional(fn, (8, 8, 4)))

    even, odd = take(lambda x: x[:, ::2, ::2]), take(lambda x: x[:, 1::2, 1::2])
    assert even.nodes[-1].shape == odd.nodes[-1].shape and even != odd
    assert even == take(lambda x: x[:, ::2, ::2])
    halves = [take(lambda x, i=i: ops.split(x, 2, axis=-1)[i]) for i in (0, 1)]
    assert halves[0].ops == ("split",) and halves[0] != halves[1]


def test_several_inputs_and_outputs():
    class Two(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(4)

        def call(self, x):
            return {"sum": self.dense(x["a"]) + self.dense(x["b"]), "a": self.dense(x["a"])}

    graph = read(Two(), {"a": (3,), "b": (3,)})
    assert len(graph.inputs) == 2 and len(graph.outputs) == 2
    assert graph.parameters == 16


def test_training_only_layers_are_part_of_the_model():
    class Model(keras.Model):
        def __init__(self):
            super().__init__()
            self.drop = layers.Dropout(0.5)

        def call(self, x, training=None):
            return self.drop(x, training=training) if training else x

    assert read(Model(), (4,)) == read(sequential(layers.Dropout(0.5), shape=(4,)))


def test_kinds_of_operations():
    graph = read(
        sequential(
            conv(activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.1),
            layers.AveragePooling2D(2),
            layers.MaxPool2D(),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        )
    )
    by = {n.op: n for n in graph}
    affine = ("conv2d", "batch_norm", "dropout", "avg_pool2d", "flatten", "dense")
    assert {n.op for n in graph if is_affine(n)} == set(affine)
    assert [n.op for n in graph.weight_nodes] == ["conv2d", "dense"]
    assert has_kernel(by["dense"]) and not has_kernel(by["batch_norm"])
    assert is_elementwise(by["relu"]) and not is_elementwise(by["softmax"])
    assert is_activation(by["softmax"]) and is_monotone(by["relu"]) and is_homogeneous(by["relu"])


@pytest.mark.parametrize(
    ("name", "monotone"),
    [("relu", True), ("gelu", False), ("silu", False), ("mish", False), ("tanh", True)],
)
def test_monotone(name, monotone):
    assert is_monotone(read(sequential(layers.Activation(name))).nodes[1]) is monotone


def test_monotone_of_unnamed_functions_is_measured():
    up = read(sequential(layers.Activation(lambda x: x + ops.tanh(x)))).nodes[1]
    down = read(sequential(layers.Activation(lambda x: -ops.tanh(x)))).nodes[1]
    assert (up.op, is_monotone(up)) == ("activation", True)
    assert (down.op, is_monotone(down)) == ("activation", False)


def test_walking_the_graph():
    graph = read(
        sequential(
            conv(), layers.AveragePooling2D(2), layers.Flatten(), layers.Dense(2), shape=SHAPE
        )
    )
    first, last = graph.weight_nodes
    assert graph.frontier(first, lambda n: is_affine(n) and not has_kernel(n)) == (last,)
    (path,) = graph.paths(first, last, is_affine)
    assert [n.op for n in path] == ["conv2d", "avg_pool2d", "flatten", "dense"]


# -- cost ------------------------------------------------------------------------------------------


def test_costs_of_the_three_faulty_nets():
    dense = sequential(layers.Dense(128), layers.Dense(1), shape=(39,))
    assert (read(dense).parameters, read(dense).macs) == (128 * 40 + 129, 39 * 128 + 128)
    digits = sequential(
        layers.Conv2D(512, 10),
        layers.MaxPool2D(2),
        layers.Flatten(),
        layers.Dense(100),
        layers.Dense(10),
        shape=(28, 28, 1),
    )
    graph = read(digits)
    assert graph.parameters == digits.count_params() == 4_200_022
    assert graph.macs == 19 * 19 * 100 * 512 + 41_472 * 100 + 1000


def test_unknown_sizes_have_no_cost_until_they_are_given():
    model = sequential(conv(), layers.GlobalAveragePooling2D(), shape=(None, None, 3))
    assert read(model).macs is None and "?" in read(model).table()
    assert read(model, (10, 10, 3)).macs == 64 * 4 * 27


@pytest.mark.parametrize(
    ("some", "field"),
    [
        (lambda: [layers.Conv2D(1, 10)], 10),
        (lambda: [layers.Conv2D(1, 3), layers.MaxPool2D(), layers.Conv2D(1, 3)], 8),
        (lambda: [layers.Conv2D(1, 3, dilation_rate=2), layers.Conv2D(1, 3, strides=2)], 7),
    ],
)
def test_receptive_field(some, field):
    graph = read(sequential(*some(), shape=(28, 28, 1)))
    assert graph.receptive_field(graph.nodes[-1]) == field


def test_three_blocks_see_eighteen_pixels_and_flattening_everything():
    some = []
    for _ in range(2):
        some += [layers.Conv2D(1, 3), layers.MaxPool2D()]
    graph = read(sequential(*some, layers.Conv2D(1, 3), layers.Flatten(), shape=(40, 40, 1)))
    assert graph.receptive_field(graph.nodes[-2]) == 18
    assert graph.receptive_field(graph.nodes[-1]) is None


def test_the_table():
    graph = read(sequential(conv(activation="relu", name="eyes"), layers.MaxPool2D(name="pool")))
    table = graph.table()
    assert "eyes" in table and "conv2d" in table and "10x9x4" in table and "9,720" in table
    assert len(table.splitlines()) == 7


# -- errors ----------------------------------------------------------------------------------------


def test_an_unbuilt_model_says_what_to_pass():
    with pytest.raises(ReadError, match=r"Pass input_shape, for example read\(model, input_shape="):
        read(keras.Sequential([layers.Dense(1)]))


@pytest.mark.parametrize("thing", [None, 3, keras.Sequential, [layers.Dense(1)]])
def test_not_a_model(thing):
    with pytest.raises(ReadError, match="Expected a Keras model or layer. Received: "):
        read(thing)


def test_vanishing_maps_name_the_layer_and_keep_what_was_read():
    model = keras.Sequential([layers.Conv2D(2, 5), layers.Conv2D(2, 5, name="second")])
    with pytest.raises(ReadError, match="layer 'second' fails on an input of 2x2x2") as caught:
        read(model, (6, 6, 1))
    assert caught.value.layer == "second"
    assert caught.value.partial.ops == ("conv2d",)
    assert not model.built


def test_a_shape_that_does_not_fit():
    with pytest.raises(ReadError, match="expected axis -1 of input shape to have value 4"):
        read(sequential(layers.Dense(2), shape=(4,)), (5,))
    with pytest.raises(ReadError, match="Expected input_shape as a tuple without the batch"):
        read(sequential(layers.Dense(2), shape=(4,)), "many")


def test_reading_writes_nothing(capfd):
    class Bad(keras.Model):
        def call(self, x):
            raise RuntimeError("no")

    with pytest.raises(ReadError):
        read(Bad(), (4,))
    assert capfd.readouterr().err == ""


def test_applications():
    model = keras.applications.MobileNetV2(weights=None, input_shape=(96, 96, 3))
    graph = read(model)
    assert graph.parameters == model.count_params()
    assert len(graph.find("add")) == 10 and "custom" not in graph.ops
    assert graph == read(model)
