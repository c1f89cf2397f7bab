"""The notebook that grading is timed on, as small as an nbgrader assignment on Keras can be.

``python -m benchmarks.reference`` writes it, ``benchmarks/reference.ipynb``. It has the cells of a
unit of the course: setup, a demonstration, two answers, their tests with exhibits declared; answers
right and wrong to make a class of. No check of :mod:`autograder.checks` is in it: the time is the
engine's and TensorFlow's, not that of proofs.
"""

from __future__ import annotations

from pathlib import Path

from autograder.building import Texts
from autograder.building.masters import Cell, Task, Unit, Variant
from autograder.building.notebooks import notebook_text

NOTEBOOK = Path(__file__).with_name("reference.ipynb")

_INTRO = """\
# Two moons

Points on the plane belong to one of two crescents. A straight line cannot part them; a small net can."""

_SETUP = """\
import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import make_moons

from autograder import checks

checks.use_language("en")
keras.utils.set_random_seed(1)

X, Y = make_moons(400, noise=0.1, random_state=1)
X, Y = X.astype("float32"), Y.astype("float32")
X_TRAIN, Y_TRAIN, X_TEST, Y_TEST = X[:300], Y[:300], X[300:], Y[300:]


def train(net, steps=12):
    # Full-batch training, step by step.
    for _ in range(steps):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(keras.losses.binary_crossentropy(Y_TRAIN[:, None], net(X_TRAIN)))
        variables = net.trainable_variables
        net.optimizer.apply(tape.gradient(loss, variables), variables)"""

_LOOK = "X_TRAIN.mean(axis=0), Y_TRAIN.mean()"

_NET_TEXT = """\
## 1. The net (4 points)

Make a Keras model `net` for two numbers in and one probability out, with a hidden layer that is not linear;
compile it for labels 0 and 1, and `train` it until it is right on 80 of the 100 points of `X_TEST`."""

_NET = """\
net = None
### BEGIN SOLUTION
net = keras.Sequential(
    [
        keras.Input((2,)),
        layers.Dense(32, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ]
)
net.compile(optimizer=keras.optimizers.Adam(0.3), loss="binary_crossentropy")
train(net)
### END SOLUTION"""

_NET_TEST = """\
assert net.input_shape == (None, 2), net.input_shape
assert net.output_shape == (None, 1), net.output_shape
assert net.count_params() > 3, "A net without a hidden layer is linear."
assert net.compiled, "The net is not compiled."
p = net(X_TEST).numpy()
assert ((p >= 0) & (p <= 1)).all(), (p.min(), p.max())"""

_NET_SKILL = """\
right = np.mean((net(X_TEST).numpy()[:, 0] > 0.5) == Y_TEST)
assert right >= 0.8, right
### BEGIN HIDDEN TESTS
assert np.mean((net(X_TRAIN).numpy()[:, 0] > 0.5) == Y_TRAIN) >= 0.8
### END HIDDEN TESTS"""

_STANDARD_TEXT = """\
## 2. Standard units (2 points)

Write `standard(x, mean, deviation)`: `x` of shape (n, features) with the mean taken off and divided by the
deviation; a feature whose deviation is 0 becomes 0."""

_STANDARD = """\
def standard(x, mean, deviation):
    ...
    ### BEGIN SOLUTION
    divisor = np.where(deviation > 0, deviation, 1)
    return np.where(deviation > 0, (x - mean) / divisor, 0)
    ### END SOLUTION"""

_STANDARD_TEST = """\
z = standard(X_TRAIN, X_TRAIN.mean(axis=0), X_TRAIN.std(axis=0))
np.testing.assert_allclose(np.mean(z, axis=0), 0, atol=1e-5)
np.testing.assert_allclose(np.std(z, axis=0), 1, atol=1e-5)"""

_STANDARD_CONSTANT = """\
ones = np.ones((5, 2), "float32")
z = standard(ones, ones.mean(axis=0), ones.std(axis=0))
np.testing.assert_array_equal(z, 0)"""

_RIGHT = {
    "net": {
        "tanh": """\
net = keras.Sequential()
net.add(keras.Input((2,)))
net.add(layers.Dense(24))
net.add(layers.Activation("tanh"))
net.add(layers.Dense(1, activation="sigmoid"))
net.compile(keras.optimizers.Adam(0.3), "binary_crossentropy")
train(net)""",
        "functional": """\
x = keras.Input((2,))
h = layers.Dense(32, activation=keras.ops.relu)(x)
net = keras.Model(x, layers.Dense(1, activation="sigmoid")(h))
net.compile(keras.optimizers.Adam(0.3), "binary_crossentropy", metrics=["accuracy"])
train(net)""",
    },
    "standard": {
        "masked": """\
def standard(x, mean, deviation):
    z = np.zeros_like(x)
    varies = deviation > 0
    z[:, varies] = (x[:, varies] - mean[varies]) / deviation[varies]
    return z""",
        "divisor": """\
def standard(x, mean, deviation):
    divisor = np.array([d if d else 1.0 for d in deviation], x.dtype)
    return (x - mean) / divisor * (deviation != 0)""",
    },
}
_WRONG = {
    "net": {
        "untrained": """\
net = keras.Sequential([keras.Input((3,)), layers.Dense(1, activation="sigmoid")])
net.compile(optimizer="adam", loss="binary_crossentropy")""",
        "wrong-shapes": """\
net = keras.Sequential([keras.Input((3,)), layers.Dense(8, activation="relu"), layers.Dense(1)])
net.compile(optimizer="adam", loss="mse")
train(net)""",
    },
    "standard": {
        "not-divided": """\
def standard(x, mean, deviation):
    return 2 * x - mean""",
    },
}


def unit() -> Unit:
    """The reference as a unit of one notebook, with its variants."""
    net = _cell("answer", "net", _NET, task="net", exhibits=("net",))
    net_tests = (
        _cell("test", "net-test", _NET_TEST, task="net", points=2.0),
        _cell("test", "net-skill", _NET_SKILL, task="net", points=2.0),
    )
    standard = _cell("answer", "standard", _STANDARD, task="standard", exhibits=("standard",))
    standard_tests = (
        _cell("test", "standard-test", _STANDARD_TEST, task="standard", points=1.0),
        _cell("test", "standard-constant", _STANDARD_CONSTANT, task="standard", points=1.0),
    )
    cells = (
        _cell("prose", "intro", _INTRO),
        _cell("setup", "setup", _SETUP),
        _cell("free", "look", _LOOK),
        _cell("prose", "net-text", _NET_TEXT),
        net,
        *net_tests,
        _cell("prose", "standard-text", _STANDARD_TEXT),
        standard,
        *standard_tests,
    )
    tasks = {"net": _task(net, net_tests), "standard": _task(standard, standard_tests)}
    title = Texts("Two moons", "Две луны")
    here = Path(__file__)
    return Unit("01-reference", here.parent, title, 20, 1, (), (), (), cells, tasks)


def _cell(kind, id, source, **more):
    return Cell(kind=kind, id=id, path=Path(__file__), line=1, source=source, **more)


def _task(answer, tests):
    right, wrong = (
        tuple(
            Variant(name, right, source, answer.path, 1)
            for name, source in variants[answer.task].items()
        )
        for variants, right in ((_RIGHT, True), (_WRONG, False))
    )
    return Task(answer.task, 10, False, (), (), answer, tests, None, right, wrong)


if __name__ == "__main__":
    NOTEBOOK.write_text(notebook_text(unit().notebook("en", "solution")), encoding="utf-8")
