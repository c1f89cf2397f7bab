"""Good nets as plain data, drawn at random, and one way to put each design fault into them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st


@dataclass(frozen=True)
class Net:
    """layers: (class, arguments) in order; split: activations stand as layers of their own."""

    shape: tuple[int, ...]
    layers: tuple[tuple[str, dict], ...]
    loss: object = "sparse_categorical_crossentropy"
    optimizer: tuple[str, dict] = ("Adam", {})
    split: bool = False
    functional: bool = False
    more: dict = field(default_factory=dict)

    @property
    def pictures(self) -> bool:
        return len(self.shape) == 3

    @property
    def weighted(self) -> list[int]:
        return [i for i, (name, _) in enumerate(self.layers) if name in ("Dense", "Conv2D")]

    @property
    def head(self) -> int:
        return self.weighted[-1]

    def change(self, i, **arguments) -> Net:
        layers = list(self.layers)
        layers[i] = (layers[i][0], {**layers[i][1], **arguments})
        return replace(self, layers=tuple(layers))

    def insert(self, i, *new) -> Net:
        return replace(self, layers=(*self.layers[:i], *new, *self.layers[i:]))

    def remove(self, *names) -> Net:
        return replace(self, layers=tuple(x for x in self.layers if x[0] not in names))

    def build(self):
        import keras

        L = keras.layers
        made = []
        for name, arguments in self.layers:
            arguments = dict(arguments)
            activation = arguments.pop("activation", None)
            if self.split and activation and name != "Activation":
                made += [getattr(L, name)(**arguments), L.Activation(activation)]
            else:
                if activation:
                    arguments["activation"] = activation
                made.append(getattr(L, name)(**arguments))
        x = keras.Input(self.shape)
        if self.functional:
            y = x
            for layer in made:
                y = layer(y)
            model = keras.Model(x, y)
        else:
            model = keras.Sequential([x, *made])
        name, settings = self.optimizer
        loss = self.loss() if isinstance(self.loss, type) else self.loss
        loss = loss if not isinstance(loss, tuple) else getattr(keras.losses, loss[0])(**loss[1])
        model.compile(getattr(keras.optimizers, name)(**settings), loss)
        return model


def _head(draw, classes):
    kind = draw(["softmax", "softmax", "logits", "yes/no", "number"])
    if kind == "softmax":
        return (
            "Dense",
            {"units": classes, "activation": "softmax"},
        ), "sparse_categorical_crossentropy"
    if kind == "logits":
        loss = ("SparseCategoricalCrossentropy", {"from_logits": True})
        return ("Dense", {"units": classes}), loss
    if kind == "yes/no":
        return ("Dense", {"units": 1, "activation": "sigmoid"}), "binary_crossentropy"
    return ("Dense", {"units": 1}), "mse"


def _net(draw, pictures: bool, head=None) -> Net:
    """``draw(options)`` picks one of a list: hypothesis and ``random`` both can."""
    act = draw(["relu", "elu", "gelu", "tanh", "leaky_relu"])
    classes = draw([3, 10, 20])
    layers = []
    if pictures:
        shape = (draw([28, 32, 40]),) * 2 + (draw([1, 3]),)
        for filters in (16, 32, 64)[: draw([2, 3])]:
            norm = draw([False, False, True])
            conv = {"filters": filters, "kernel_size": draw([3, 3, 5]), "padding": "same"}
            if norm:
                layers += [("Conv2D", {**conv, "use_bias": False}), ("BatchNormalization", {})]
                layers += [("Activation", {"activation": act})]
            else:
                layers += [("Conv2D", {**conv, "activation": act})]
            layers += [(draw(["MaxPooling2D", "AveragePooling2D"]), {"pool_size": 2})]
        layers += [(draw(["Flatten", "GlobalAveragePooling2D"]), {})]
    else:
        shape = (draw([16, 39, 100]),)
    for units in (128, 64, 64)[: draw([2, 3])]:
        layers += [("Dense", {"units": units, "activation": act})]
        if draw([False, True]):
            layers += [("Dropout", {"rate": draw([0.2, 0.5])})]
    last, loss = _head(draw, classes) if head is None else head
    optimizer = draw(
        [("Adam", {}), ("RMSprop", {}), ("SGD", {"learning_rate": 0.01, "momentum": 0.9})]
    )
    return Net(shape, (*layers, last), loss, optimizer, draw([False, True]), draw([False, True]))


SOFTMAX = (("Dense", {"units": 10, "activation": "softmax"}), "sparse_categorical_crossentropy")


def some_nets(n: int, pictures: bool, head=SOFTMAX) -> list[Net]:
    """``n`` good nets, always the same."""
    rng = random.Random(20 + pictures)
    return [_net(rng.choice, pictures, head) for _ in range(n)]


@st.composite
def nets(draw, pictures=None, head=None):
    """Good nets of any kind; with ``head=SOFTMAX`` classifiers only."""
    what = draw(st.booleans()) if pictures is None else pictures
    return _net(lambda options: draw(st.sampled_from(options)), what, head)


# -- one fault each -------------------------------------------------------------------------------


def _hidden(net: Net) -> list[int]:
    return net.weighted[:-1]


def _linear(net):
    """The last hidden layer loses its activation."""
    return net.change(_hidden(net)[-1], activation=None)


def _constant(net, **arguments):
    for i in _hidden(net):
        net = net.change(i, **arguments)
    return net.remove("Dropout", "BatchNormalization")


def _first_dense(net):
    return next(i for i in net.weighted if net.layers[i][0] == "Dense")


def _before_head(net, *new):
    return net.insert(net.head, *new)


def _bare(net):
    """Without dropout and normalisation, where the fault is about one of them."""
    return net.remove("Dropout", "BatchNormalization")


def _start_of_conv(net):
    return next(i for i, (name, _) in enumerate(net.layers) if name == "Conv2D")


def _first_pool(net):
    return next(i for i, (name, _) in enumerate(net.layers) if "Pooling2D" in name)


def _padded(net):
    """With pools that round up, so that a map never runs out."""
    for i, (name, _) in enumerate(net.layers):
        if name in ("MaxPooling2D", "AveragePooling2D"):
            net = net.change(i, padding="same")
    return net


LOGITS = ("SparseCategoricalCrossentropy", {"from_logits": True})
#: rule -> (the fault put into a softmax classifier, whether it wants pictures)
INJECTED = {
    "A01": (lambda n: replace(n.change(n.head, units=1), loss="binary_crossentropy"), None),
    "A02": (lambda n: n.change(n.head, activation="sigmoid"), None),
    "A03": (lambda n: replace(n, loss="binary_crossentropy"), None),
    "A04": (lambda n: n.change(n.head, activation=None), None),
    "A05": (lambda n: n.change(n.head, activation="relu"), None),
    "A06": (lambda n: replace(n, loss=LOGITS), None),
    "A07": (lambda n: n.insert(len(n.layers), ("Softmax", {})), None),
    "A08": (lambda n: n.change(n.head, activation="relu").insert(len(n.layers), ("Softmax", {})), None),
    "A09": (lambda n: replace(n, loss="mse"), None),
    "A10": (lambda n: n.change(n.head, units=1, activation="sigmoid"), None),
    "A11": (lambda n: replace(n, loss="sparse_categorical_accuracy"), None),
    "A12": (lambda n: replace(n, loss="categorical_hinge"), None),
    "A15": (lambda n: replace(n.change(n.head, units=1, activation="tanh"), loss="mse"), None),
    "A16": (lambda n: n.insert(len(n.layers), ("Dropout", {"rate": 0.3})), None),
    "A17": (lambda n: n.insert(len(n.layers), ("BatchNormalization", {})), None),
    "A18": (lambda n: replace(n, layers=n.layers[: _first_pool(n) + 1]).insert(99, ("Flatten", {})), True),
    "B01": (_linear, None),
    "B02": (
        lambda n: n.insert(
            _start_of_conv(n),
            ("Conv2D", {"filters": 16, "kernel_size": 3, "padding": "same"}),
            ("Conv2D", {"filters": 16, "kernel_size": 1, "activation": "relu"}),
        ),
        True,
    ),
    "B04": (lambda n: _bare(n).change(_hidden(_bare(n))[-1], activation="softmax"), None),
    "B05": (lambda n: _constant(n, activation="sigmoid"), None),
    "B06": (lambda n: _bare(n).insert(_hidden(_bare(n))[-1] + 1, ("Activation", {"activation": "tanh"})), None),
    "B09": (lambda n: n.change(_hidden(n)[-1], activation="exponential"), None),
    "C01": (lambda n: _bare(n).change(_hidden(_bare(n))[-1], kernel_initializer="zeros"), None),
    "C02": (lambda n: _constant(n, kernel_initializer="ones"), None),
    "C03": (lambda n: n.change(_first_dense(n), kernel_initializer=_wide()), None),
    "C06": (lambda n: _bare(n).change(_hidden(_bare(n))[-1], bias_initializer="ones"), None),
    "C09": (lambda n: _before_head(_bare(n), ("BatchNormalization", {"momentum": 0.0})), None),
    "D01": (lambda n: _before_head(_bare(n), ("Dropout", {"rate": 1.0})), None),
    "D02": (lambda n: _before_head(_bare(n), ("Dropout", {"rate": 0.8})), None),
    "D03": (
        lambda n: _before_head(_bare(n), ("Dropout", {"rate": 0.4}), ("BatchNormalization", {})),
        None,
    ),
    "D04": (
        lambda n: n.insert(_first_pool(n), ("Dropout", {"rate": 0.3}), ("MaxPooling2D", {"pool_size": 2}),
                           ("Conv2D", {"filters": 16, "kernel_size": 3, "padding": "same", "activation": "relu"})),
        True,
    ),
    "D05": (
        lambda n: _before_head(_bare(n), ("Dropout", {"rate": 0.3}), ("Dropout", {"rate": 0.3})),
        None,
    ),
    "D06": (
        lambda n: _before_head(
            _bare(n), ("Dense", {"units": 6, "activation": "relu"}), ("Dropout", {"rate": 0.5})
        ),
        None,
    ),
    "D07": (
        lambda n: _before_head(
            _bare(n), ("Dense", {"units": 32}), ("BatchNormalization", {}), ("ReLU", {})
        ),
        None,
    ),
    "D08": (lambda n: n.change(_first_dense(n), kernel_regularizer=_heavy()), None),
    "E02": (
        lambda n: _padded(n).change(_first_pool(n), pool_size=8),
        True,
    ),
    "E04": (lambda n: n.remove("Flatten", "GlobalAveragePooling2D"), True),
    "E06": (lambda n: n.change(_start_of_conv(n), kernel_size=11), True),
    "E10": (lambda n: n.change(_start_of_conv(n), filters=512), True),
    "E13": (lambda n: n.change(_start_of_conv(n), kernel_size=2, strides=3), True),
    "E15": (lambda n: n.insert(_first_pool(n), ("MaxPooling2D", {"pool_size": 2})), True),
    "F01": (lambda n: replace(n, optimizer=("Adam", {"learning_rate": -0.001})), None),
    "F02": (lambda n: replace(n, optimizer=("Adam", {"learning_rate": 0.5})), None),
    "F03": (lambda n: replace(n, optimizer=("Adadelta", {})), None),
    "F04": (lambda n: replace(n, optimizer=("Adam", {"beta_1": 1.0})), None),
    "F05": (lambda n: replace(n, optimizer=("Adam", {"epsilon": 1.0})), None),
    "F06": (lambda n: replace(n, optimizer=("SGD", {"clipnorm": 0.0})), None),
}  # fmt: skip


def _wide():
    import keras

    return keras.initializers.RandomNormal(stddev=3.0)


def _heavy():
    import keras

    return keras.regularizers.L1(0.1)
