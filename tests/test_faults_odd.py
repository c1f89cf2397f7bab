"""Odd models give a report or a clear word about what was not inspected; nothing of the user's changes."""

from __future__ import annotations

import random

import numpy as np
import pytest

keras = pytest.importorskip("keras")
import tensorflow as tf  # noqa: E402

from autograder import CheckFailed, DoctorCallback, Task, assert_no_faults, diagnose  # noqa: E402

L = keras.layers
SCCE = "sparse_categorical_crossentropy"


def plain(*layers, shape=(20,), loss=SCCE):
    model = keras.Sequential([keras.Input(shape), *layers])
    model.compile("adam", loss)
    return model


class Own(L.Layer):
    def __init__(self, units=8, **more):
        super().__init__(**more)
        self.units = units

    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1], self.units))

    def call(self, x):
        return keras.ops.sort(keras.ops.matmul(x, self.w), axis=-1)


class Opaque(L.Layer):
    """Does in ``__call__`` what nobody can follow."""

    def __call__(self, x):
        return super().__call__(x)

    def call(self, x):
        return x + 0.0


class Noisy(L.Layer):
    """Draws from every global generator there is, and counts its calls in a variable."""

    def build(self, shape):
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False)
        self.seen = self.add_weight(shape=(), initializer="zeros")

    def call(self, x):
        self.calls.assign_add(1.0)
        self.seen.assign_add(1.0)
        return x + tf.random.normal((1,)) + random.random() + np.random.rand()


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.first, self.last = L.Dense(32), L.Dense(10, activation="softmax")

    def call(self, x):
        return self.last(self.first(x))


class Branching(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = L.Dense(10)

    def call(self, x):
        if float(keras.ops.sum(x)) > 0:
            return self.dense(x)
        return -self.dense(x)


class Refusing(L.Layer):
    def call(self, x):
        raise RuntimeError("not today")


def several_inputs():
    a, b = keras.Input((8,), name="a"), keras.Input((12, 12, 3), name="b")
    y = L.Concatenate()([L.Dense(8, "relu")(a), L.Flatten()(L.Conv2D(4, 3, activation="relu")(b))])
    model = keras.Model({"a": a, "b": b}, {"x": L.Dense(1)(y), "y": L.Dense(10, "softmax")(y)})
    model.compile("adam", {"x": "mse", "y": SCCE})
    return model


def shared():
    x, y = keras.Input((20,)), keras.Input((20,))
    tower = keras.Sequential([L.Dense(16, "relu"), L.Dense(8)])
    model = keras.Model([x, y], L.Dot(axes=1)([tower(x), tower(y)]))
    model.compile("adam", "mse")
    return model


def unbuilt():
    model = keras.Sequential([L.Dense(64), L.Dense(10, "sigmoid")])
    model.compile("adam", SCCE)
    return model


def quantised():
    model = plain(L.Dense(64, "relu"), L.Dense(10, "softmax"))
    model.quantize("int8")
    return model


def mixed():
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        return plain(L.Dense(64, "relu"), L.Dense(10, "softmax", dtype="float32"))
    finally:
        keras.config.set_dtype_policy(policy)


def text():
    vectors = L.TextVectorization(max_tokens=50, output_sequence_length=6, vocabulary=["a", "b"])
    model = keras.Sequential(
        [
            keras.Input((1,), dtype="string"),
            vectors,
            L.Embedding(50, 8),
            L.Flatten(),
            L.Dense(1, "sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy")
    return model


def preprocessed():
    norm = L.Normalization()
    norm.adapt(np.random.default_rng(0).normal(size=(32, 20)))
    return plain(norm, L.Dense(32, "relu"), L.Dense(10, "softmax"))


def augmented():
    return plain(
        L.RandomFlip(), L.RandomRotation(0.1), L.Rescaling(1 / 255), L.Conv2D(8, 3, activation="relu"),
        L.GlobalAveragePooling2D(), L.Dense(10, "softmax"), shape=(32, 32, 3),
    )  # fmt: skip


def recurrent():
    return plain(
        L.Embedding(50, 8), L.Bidirectional(L.LSTM(8, return_sequences=True)), L.GRU(8), L.Dense(10, "softmax"),
        shape=(None,),
    )  # fmt: skip


def transformer():
    x = keras.Input((12, 16))
    y = L.LayerNormalization()(L.Add()([x, L.MultiHeadAttention(2, 8)(x, x)]))
    y = L.Add()([y, L.Dense(16)(L.Dense(64, "gelu")(y))])
    model = keras.Model(x, L.Dense(3, "softmax")(L.GlobalAveragePooling1D()(y)))
    model.compile("adam", SCCE)
    return model


def own_loss():
    model = plain(L.Dense(8, "relu"), L.Dense(1))
    model.compile("adam", lambda y, p: keras.ops.mean(keras.ops.abs(y - p)))
    return model


def autoencoder():
    x = keras.Input((28, 28, 1))
    y = L.Conv2D(16, 3, activation="relu", padding="same", strides=2)(x)
    y = L.Conv2DTranspose(16, 3, activation="relu", padding="same", strides=2)(y)
    model = keras.Model(x, L.Conv2D(1, 3, activation="sigmoid", padding="same")(y))
    model.compile("adam", "binary_crossentropy")
    return model


GOOD = [several_inputs, shared, quantised, mixed, preprocessed, augmented, recurrent, transformer, own_loss,
        autoencoder, text, lambda: plain(Own(), L.Dense(10, "softmax")), lambda: plain(Noisy(), L.Dense(10, "softmax"))]  # fmt: skip
ODD = [*GOOD, unbuilt, Subclassed, Branching, lambda: L.Dense(3), lambda: keras.Sequential(),
       lambda: plain(L.Dense(4, "relu"), L.Lambda(lambda x: x[:, ::-1]), L.Dense(10, "softmax"))]  # fmt: skip


@pytest.mark.parametrize("measure", [False, True])
@pytest.mark.parametrize("make", ODD, ids=lambda f: getattr(f, "__name__", "model"))
def test_every_model_gets_a_report(make, measure):
    report = diagnose(make(), measure=measure, hints=True)
    assert not report.broken, [note.text() for note in report.notes]
    assert report.findings or report.notes or report.graph is not None
    assert report.text() and report._repr_html_() and report.as_json()["findings"] is not None


@pytest.mark.parametrize("make", GOOD, ids=lambda f: getattr(f, "__name__", "model"))
def test_good_odd_models_have_no_fault(make):
    assert [f.message.text() for f in diagnose(make(), measure=True).faults] == []


def test_what_is_not_inspected_is_said():
    opaque = diagnose(plain(Opaque(name="mine"), L.Dense(10, "softmax")))
    assert "Layer `mine` is no layer of Keras" in opaque.notes[0].text("en")
    new = diagnose(unbuilt())
    assert new.unread is not None and "only the compile settings" in new.notes[0].text("en")
    assert "was not built yet" in new.notes[1].text("en")
    words = diagnose(text(), measure=True)
    assert any("no random input can be made" in note.text("en") for note in words.notes)


def test_an_unbuilt_model_is_inspected_with_its_input_shape_and_stays_unbuilt():
    model = unbuilt()
    report = diagnose(model, input_shape=(20,), measure=True)
    assert {"A02", "B01"} <= {f.rule for f in report.faults}
    assert not model.built and not model.weights
    assert any("not built" in note.text("en") for note in report.notes)
    told = diagnose(model, Task("classification", 10, input_shape=(20,)))
    assert {"A02", "B01"} <= {f.rule for f in told.faults}


def test_compile_settings_are_judged_even_where_layers_cannot_be_read():
    model = unbuilt()
    model.compile(keras.optimizers.Adam(-1.0), "accuracy")
    report = diagnose(model)
    assert [f.rule for f in report.faults] == ["A11", "F01"]


def state_of(model):
    """Everything that a diagnosis might move."""
    generator = tf.random.get_global_generator()
    seed = keras.src.backend.common.global_state.get_global_attribute("global_seed_generator")
    optimizer = getattr(model, "optimizer", None)
    variables = [*model.variables, *(optimizer.variables if optimizer is not None else ())]
    return {
        "variables": [np.array(v.numpy()) for v in variables],
        "python": random.getstate(),
        "numpy": np.random.get_state()[1].tolist(),
        "tensorflow": generator.state.numpy().tolist(),
        "keras": None if seed is None else seed.state.numpy().tolist(),
        "compile": (repr(getattr(model, "loss", None)), model.compiled, repr(optimizer)),
        "layers": [layer.name for layer in model.layers],
        "training": [layer.trainable for layer in model.layers],
        "nodes": [len(layer._inbound_nodes) for layer in model.layers],
    }


@pytest.mark.parametrize("make", GOOD, ids=lambda f: getattr(f, "__name__", "model"))
def test_nothing_of_the_users_changes(make):
    keras.utils.set_random_seed(1)
    model = make()
    before = state_of(model)
    diagnose(model, measure=True, hints=True)
    after = state_of(model)
    for a, b in zip(before.pop("variables"), after.pop("variables"), strict=True):
        np.testing.assert_array_equal(a, b)
    assert before == after


@pytest.mark.parametrize("doctor", [False, True])
def test_random_numbers_come_as_they_would_without_the_doctor(doctor):
    keras.utils.set_random_seed(7)
    model = plain(L.Dense(16, "relu"), L.Dropout(0.5), L.Dense(10, "softmax"))
    if doctor:
        diagnose(model, measure=True)
    x, y = np.ones((64, 20), "float32"), np.arange(64) % 10
    losses = model.fit(x, y, epochs=2, verbose=0).history["loss"]
    drawn = (random.random(), np.random.rand(), float(tf.random.normal(())))
    told = test_random_numbers_come_as_they_would_without_the_doctor
    told.seen = getattr(told, "seen", None) or (losses, drawn)
    assert told.seen == (losses, drawn)


@pytest.mark.parametrize(
    "name", ["MobileNetV3Small", "ResNet50", "EfficientNetV2B0", "ConvNeXtTiny", "NASNetMobile"]
)
def test_known_architectures_have_no_fault(name):
    model = getattr(keras.applications, name)(weights=None)
    report = diagnose(model)
    assert report.faults == [] and not report.broken
    keras.backend.clear_session()


# -- the helper and the callback ------------------------------------------------------------------


def test_the_helper_for_tests_raises_with_the_report():
    assert_no_faults(plain(L.Dense(8, "relu"), L.Dense(10, "softmax")))
    bad = plain(L.Dense(64), L.Dense(10, "sigmoid"))
    with pytest.raises(CheckFailed) as caught:
        assert_no_faults(bad)
    assert "B01 Between" in str(caught.value) and "A02 Layer" in str(caught.value)
    assert_no_faults(bad, allow=("A02", "B01"))
    hot = plain(L.Dense(8, "relu"), L.Dropout(0.9), L.Dense(10, "softmax"))
    assert_no_faults(hot)
    with pytest.raises(CheckFailed, match="D02"):
        assert_no_faults(hot, smells=True)
    with pytest.raises(CheckFailed, match="not built yet"):
        assert_no_faults(unbuilt())


def test_the_callback_reports_once_and_training_goes_on():
    said = []
    model = plain(L.Dense(8, "relu"), L.Dense(10, "sigmoid"))
    doctor = DoctorCallback(show=said.append)
    history = model.fit(np.ones((8, 20)), np.zeros(8), epochs=2, verbose=0, callbacks=[doctor])
    assert len(history.history["loss"]) == 2 and len(said) == 1
    assert "A02 sigmoid-multiclass" in said[0] and doctor.report.faults
    with pytest.raises(CheckFailed, match="A02"):
        model.fit(
            np.ones((8, 20)),
            np.zeros(8),
            verbose=0,
            callbacks=[DoctorCallback(stop=True, show=said.append)],
        )


def test_a_good_model_trains_in_silence():
    said = []
    model = plain(L.Dense(16, "relu"), L.Dense(10, "softmax"))
    model.fit(
        np.ones((8, 20)), np.zeros(8), verbose=0, callbacks=[DoctorCallback(show=said.append)]
    )
    assert said == []


def test_the_error_of_a_collapsed_pair_and_its_costs_are_measured():
    (finding,) = diagnose(plain(L.Dense(64), L.Dense(10, "softmax"))).findings
    found = finding.evidence
    assert 0 <= found["collapse_error"] < 1e-12
    assert (found["macs_before"], found["macs_after"]) == (20 * 64 + 64 * 10, 20 * 10)
    assert (found["parameters_before"], found["parameters_after"]) == (1994, 210)


def test_effective_units_row_sums_and_still_variables_are_measured():
    starved = diagnose(plain(L.Dense(100, "softmax"), L.Dense(10, "softmax"))).findings[0]
    assert starved.rule == "B04" and 1 <= starved.evidence["effective_units"] <= 100
    late = diagnose(plain(L.Dense(32, "relu"), L.Dense(10, "softmax"), L.Dropout(0.5))).findings[0]
    low, high = late.evidence["smallest_row_sum"], late.evidence["largest_row_sum"]
    assert late.rule == "A16" and low < 0.9 and high > 1.1
    dead = plain(L.Dense(32, "relu"), L.Dropout(1.0), L.Dense(10, "softmax"))
    (finding,) = diagnose(dead, measure=True).faults
    assert finding.evidence["variables_without_gradient"] == 3
    assert finding.evidence["variables"] == 4


def test_what_is_too_dear_is_not_measured_and_said():
    x = i = keras.Input((512, 512, 3))
    for _ in range(6):
        x = L.Conv2D(256, 3, activation="relu", padding="same")(x)
    model = keras.Model(i, L.Dense(10, "softmax")(L.GlobalAveragePooling2D()(x)))
    model.compile("adam", SCCE)
    report = diagnose(model, measure=True, seconds=0.1)
    assert any("longer than the time allowed" in note.text("en") for note in report.notes)


def test_what_may_be_meant_is_a_smell_and_no_fault():
    generator = keras.Sequential(
        [keras.Input((32,)), L.Dense(7 * 7 * 16), L.Reshape((7, 7, 16)),
         L.Conv2DTranspose(16, 3, activation="relu"), L.Conv2D(1, 3, activation="tanh")]
    )  # fmt: skip
    head = plain(
        L.Dense(256),
        L.Dropout(0.5),
        L.Dense(1, "sigmoid"),
        loss="binary_crossentropy",
        shape=(512,),
    )
    first = keras.Sequential([keras.Input((20,)), L.Dense(32, "relu"), L.Dense(10, "softmax")])
    stack = plain(first, L.Dense(32, "relu"), L.Dense(10, "softmax"))
    x = keras.Input((20,))
    scores = L.Rescaling(10.0)(L.Dense(10, "tanh")(L.Dense(32, "relu")(x)))
    bounded = keras.Model(x, L.Softmax()(scores))
    bounded.compile("adam", SCCE)
    for model in (generator, head, stack, bounded):
        assert diagnose(model).faults == []
    assert [f.rule for f in diagnose(stack).findings] == ["B04"]
