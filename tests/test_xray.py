"""X-rays: the strip of a model's operations, what it measures, and what it leaves alone."""

import random
import re
import subprocess
import sys
from xml.etree import ElementTree

import keras
import numpy as np
import pytest
from keras import layers

import autograder
from autograder.faults import Finding
from autograder.messages import use_language
from autograder.reading import ReadError
from autograder.xrays import Activity, XRay


def net():
    keras.utils.set_random_seed(1)
    made = keras.Sequential(
        [
            keras.Input((8, 8, 1), name="picture"),
            layers.Conv2D(4, 3, activation="relu", name="conv"),
            layers.BatchNormalization(name="norm"),
            layers.Dropout(0.5, name="dropout"),
            layers.Flatten(name="flatten"),
            layers.Dense(3, name="dense"),
        ],
        name="small",
    )
    made.compile(optimizer="adam", loss="mse")
    return made


@pytest.fixture
def batch():
    return np.random.default_rng(2).normal(size=(20, 8, 8, 1)).astype("float32")


def row(ray, op):
    return next(row for row in ray.rows if row.nodes[0].op == op)


def test_shapes_and_costs_without_a_batch():
    ray = autograder.xray(net())
    assert isinstance(ray, XRay)
    lines = str(ray).splitlines()
    assert lines[0] == "small: 6 operations, 491 parameters, 1,728 MACs for one sample"
    assert lines[1].split() == ["layer", "operation", "output", "shape", "parameters", "MACs"]
    assert lines[3].split() == ["conv", "conv2d", "6x6x4", "40", "1,296"]
    assert lines[-1].split() == ["dense", "dense", "3", "435", "432"]
    assert all(row.activity is None for row in ray.rows)


def test_statistics_are_those_of_keras_own_answers(batch):
    model = net()
    model.get_layer("norm").set_weights([np.full(4, v) for v in (2.0, 1.0, 0.1, 0.5)])
    ray = autograder.xray(model, batch)
    conv = model.get_layer("conv")
    before = keras.ops.convert_to_numpy(
        keras.ops.conv(batch, conv.kernel, padding="valid") + conv.bias
    )
    after = np.maximum(before, 0)
    for op, values in (("conv2d", before), ("relu", after), ("dense", model(batch).numpy())):
        found = row(ray, op).activity
        assert found.mean == pytest.approx(values.mean(), abs=1e-5)
        assert found.std == pytest.approx(values.std(), rel=1e-4)
        assert found.zeros == np.mean(values == 0)
        assert (found.low, found.high) == pytest.approx((values.min(), values.max()), rel=1e-4)
        assert found.histogram.sum() == pytest.approx(1)
    assert 0.2 < row(ray, "relu").activity.zeros < 0.8
    assert row(ray, "dropout").activity.mean == row(ray, "batch_norm").activity.mean


def test_in_training_the_batch_norm_normalises_and_dropout_drops(batch):
    ray = autograder.xray(net(), batch, training=True)
    assert row(ray, "batch_norm").activity.mean == pytest.approx(0, abs=1e-5)
    assert row(ray, "dropout").activity.zeros == pytest.approx(0.5, abs=0.05)
    assert "as in training" in str(ray)


@pytest.mark.parametrize("training", [False, True])
def test_nothing_about_the_model_changes(batch, training):
    model = net()
    random.seed(3)
    np.random.seed(3)
    keras.utils.set_random_seed(3)

    def state():
        return [v.numpy().copy() for v in model.variables], random.getstate(), np.random.get_state()

    before, attributes = state(), [set(vars(layer)) for layer in model.layers]
    autograder.xray(model, batch, autograder.diagnose(model), training=training)
    after = state()
    for a, b in zip(before[0], after[0], strict=True):
        np.testing.assert_array_equal(a, b)
    assert before[1] == after[1]
    np.testing.assert_array_equal(before[2][1], after[2][1])
    assert attributes == [set(vars(layer)) for layer in model.layers]
    assert model.layers[0].activation is keras.activations.relu
    model.fit(batch, np.zeros((20, 3)), epochs=1, verbose=0)  # and it still trains


def test_a_model_of_the_students_own_and_a_shared_layer(batch):
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.conv = layers.Conv2D(2, 3, padding="same", activation="relu", name="conv")
            self.norm = layers.BatchNormalization(name="norm")

        def call(self, x, training=False):
            return self.norm(self.conv(x), training=training)

    own = Own()
    own(batch)
    ray = autograder.xray(own, batch)
    assert row(ray, "conv2d").activity.low < 0 == row(ray, "relu").activity.low
    assert row(ray, "batch_norm").activity is not None

    shared = layers.Dense(8, activation="tanh", name="shared")
    x = keras.Input((8,))
    twice = keras.Model(x, shared(shared(x)))
    ray = autograder.xray(twice, np.full((4, 8), 5.0, "float32"))
    first, second = (r.activity for r in ray.rows if r.nodes[0].op == "tanh")
    middle = shared(np.full((4, 8), 5.0, "float32"))
    assert first.mean == pytest.approx(float(np.mean(middle)), abs=1e-5)
    assert second.mean == pytest.approx(float(np.mean(shared(middle))), abs=1e-5)


def test_a_batch_may_be_lists_of_numbers_and_several_arrays():
    dense = keras.Sequential([keras.Input((2,)), layers.Dense(2, kernel_initializer="ones")])
    found = row(autograder.xray(dense, [[1, 2], [3, 4], [0, 0]]), "dense").activity
    assert (found.low, found.high, found.zeros) == (0, 7, pytest.approx(1 / 3))
    a, b = keras.Input((2,), name="a"), keras.Input((2,), name="b")
    both = keras.Model([a, b], layers.Add()([a, b]))
    one, other = np.ones((70, 2)), np.full((70, 2), 2.0)
    ray = autograder.xray(both, [one, other])
    assert row(ray, "add").activity.mean == 3 and "Activations of 64 samples" in str(ray)
    named = keras.Model({"a": a, "b": b}, layers.Add()([a, b]))
    assert row(autograder.xray(named, {"a": one, "b": other}), "add").activity.mean == 3


def test_findings_stand_under_their_layer_and_only_when_given(batch):
    model = net()
    model.add(layers.Activation("relu", name="last"))
    model.compile("adam", "sparse_categorical_crossentropy")
    found = autograder.diagnose(model)
    assert found.findings
    ray = autograder.xray(model, batch, found)
    lines = str(ray).splitlines()
    for finding in found.findings:
        where = next(i for i, line in enumerate(lines) if f"⚑ {finding.rule}" in line)
        above = next(line for line in reversed(lines[:where]) if not line.startswith("  "))
        assert above.split()[0] == finding.layers[0]
        assert f"⚑ {finding.rule}" in ray.svg()
    assert "⚑" not in str(autograder.xray(model, batch)) + autograder.xray(model, batch).svg()


def test_what_is_not_finite_is_said():
    model = keras.Sequential([keras.Input((2,)), layers.Dense(2, kernel_initializer="ones")])
    x = np.array([[1.0, np.inf], [1.0, 2.0]], "float32")
    ray = autograder.xray(model, x)
    assert "✗ 50% not finite" in str(ray) and "✗ 50% not finite" in ray.svg()
    assert Activity.of([np.nan]).broken == 1 and np.isnan(Activity.of([np.nan]).mean)
    with pytest.raises(ValueError, match="at least one number"):
        Activity.of([])


def test_a_deep_model_folds_and_says_what_it_hides(batch):
    deep = keras.Sequential([keras.Input((4,))])
    for i in range(250):
        deep.add(layers.Dense(4, activation="relu", name=f"dense_{i}"))
    ray = autograder.xray(deep, np.ones((2, 4)))
    assert len(ray.rows) == 40
    (folded,) = [row for row in ray.rows if row.folded]
    shown = sum(row.parameters for row in ray.rows if not row.folded)
    assert shown + folded.parameters == deep.count_params()
    assert f"{len(folded.nodes)} operations folded" in str(ray)
    assert len(ray.svg()) < 150_000

    flags = [Finding("X01", "x", "fault", [f"dense_{i}"], "words", "", {}) for i in range(250)]
    ray = autograder.xray(deep, findings=flags)
    assert len(ray.rows) <= 40 + 40 * 2
    assert str(ray).count("⚑ X01") == 250  # folded or not, nothing is lost
    with pytest.raises(ValueError, match="at least 3 rows"):
        autograder.xray(deep, rows=2)


def test_the_picture_is_one_accessible_svg_without_a_network(batch):
    ray = autograder.xray(net(), batch)
    svg = ray.svg()
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img" and root.get("aria-label") == "X-ray of small"
    assert root.find("{*}title").text == "X-ray of small"
    assert root.find("{*}desc").text == str(ray)
    assert "currentColor" in svg and not re.search(r"<script|href|@import|url\(|#fff|black", svg)
    assert ray._repr_mimebundle_() == {"text/html": svg, "text/plain": str(ray)}
    for el in root.iter("{http://www.w3.org/2000/svg}text"):
        assert 0 <= float(el.get("x")) <= float(root.get("width"))
        assert 0 <= float(el.get("y")) <= float(root.get("height"))


def test_it_speaks_russian_when_it_is_shown(batch):
    ray = autograder.xray(net(), batch)
    english = str(ray)
    use_language("ru")
    assert "слой" in str(ray) and "output shape" not in str(ray)
    use_language("en")
    assert str(ray) == english


def test_what_cannot_be_looked_through_is_said(batch):
    with pytest.raises(ReadError, match="Cannot run 'small' on this batch"):
        autograder.xray(net(), batch[:, :4, :4])
    with pytest.raises(ReadError, match="Expected a Keras model"):
        autograder.xray("model")

    class Unbuilt(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(ReadError, match="built"):
        autograder.xray(Unbuilt(name="u"), batch)


def test_looking_through_needs_no_tensorflow_until_it_is_asked_for():
    code = "import autograder, sys; assert not {'tensorflow', 'keras', 'numpy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
