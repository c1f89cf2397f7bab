"""Each rule fires on what it is for, by whatever spelling, and is silent on near misses."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from autograder import CheckFailed, Task, checks, diagnose  # noqa: E402
from autograder.faults import RULES, explain_construction  # noqa: E402

L = keras.layers
DIGITS = Task("classification", classes=10, input_shape=(28, 28, 1))
PRICES = Task("regression", classes=1, input_shape=(39,))


def net(*layers, shape=(28, 28, 1), loss="sparse_categorical_crossentropy"):
    model = keras.Sequential([keras.Input(shape), *layers])
    if loss is not None:
        model.compile("adam", loss)
    return model


def dense(*layers, loss="mse"):
    return net(*layers, shape=(39,), loss=loss)


def good_convnet(**changes):
    parts = {
        "first": L.Conv2D(16, 3, activation="relu"),
        "pool": L.MaxPooling2D(2),
        "second": L.Conv2D(32, 3, activation="relu"),
        "flat": L.GlobalAveragePooling2D(),
        "drop": L.Dropout(0.3),
        "head": L.Dense(10, activation="softmax"),
        "end": L.Identity(),
    }
    loss = changes.pop("loss", "sparse_categorical_crossentropy")
    return net(*{**parts, **changes}.values(), loss=loss)


def rules(model, task=None) -> set[str]:
    return {finding.rule for finding in diagnose(model, task).findings}


def test_a_good_net_has_no_finding_at_all():
    assert rules(good_convnet(), DIGITS) == set()


TRIGGERS = {
    "A01": lambda: (dense(L.Dense(8, activation="relu"), L.Dense(1, activation="softmax")), None),
    "A02": lambda: (good_convnet(head=L.Dense(10, activation="sigmoid")), DIGITS),
    "A04": lambda: (good_convnet(head=L.Dense(10)), DIGITS),
    "A05": lambda: (good_convnet(head=L.Dense(10, activation="relu")), DIGITS),
    "A06": lambda: (
        good_convnet(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)),
        DIGITS,
    ),
    "A07": lambda: (good_convnet(end=L.Softmax()), DIGITS),
    "A08": lambda: (
        good_convnet(head=L.Dense(10, activation="relu"), end=L.Activation("softmax")),
        DIGITS,
    ),
    "A09": lambda: (good_convnet(loss="mse"), DIGITS),
    "A10": lambda: (
        dense(L.Dense(8, activation="relu"), L.Dense(1), loss="categorical_crossentropy"),
        None,
    ),
    "A11": lambda: (good_convnet(loss="sparse_categorical_accuracy"), DIGITS),
    "A14": lambda: (good_convnet(loss="categorical_crossentropy"), DIGITS),
    "A15": lambda: (dense(L.Dense(8, activation="relu"), L.Dense(1, activation="sigmoid")), PRICES),
    "A16": lambda: (good_convnet(end=L.Dropout(0.1)), DIGITS),
    "A17": lambda: (good_convnet(end=L.BatchNormalization()), DIGITS),
    "B01": lambda: (dense(L.Dense(64), L.Dense(64), L.Dense(1)), PRICES),
    "B02": lambda: (
        net(L.Conv2D(16, 3), L.Conv2D(16, 1), L.ReLU(), L.Flatten(), L.Dense(10, "softmax")),
        DIGITS,
    ),
    "B04": lambda: (
        net(L.Flatten(), L.Dense(100, activation="softmax"), L.Dense(10, activation="softmax")),
        DIGITS,
    ),
    "C01": lambda: (
        dense(L.Dense(64, activation="relu", kernel_initializer="zeros"), L.Dense(1)),
        PRICES,
    ),
    "C02": lambda: (
        dense(
            L.Dense(64, activation="tanh", kernel_initializer="ones"),
            L.Dense(8, activation="tanh", kernel_initializer="ones"),
            L.Dense(1),
        ),
        PRICES,
    ),
    "D01": lambda: (good_convnet(drop=L.Dropout(1.0)), DIGITS),
    "D02": lambda: (good_convnet(drop=L.Dropout(0.8)), DIGITS),
    "D03": lambda: (
        dense(L.Dense(8, "relu"), L.Dropout(0.5), L.BatchNormalization(), L.Dense(1)),
        PRICES,
    ),
    "D04": lambda: (
        good_convnet(pool=keras.Sequential([L.Dropout(0.2), L.MaxPooling2D()])),
        DIGITS,
    ),
    "D07": lambda: (
        dense(L.Dense(8), L.BatchNormalization(), L.ReLU(), L.Dense(1)),
        PRICES,
    ),
    "E02": lambda: (
        good_convnet(pool=L.MaxPooling2D(10), second=L.Conv2D(32, 1, activation="relu")),
        DIGITS,
    ),
    "E06": lambda: (good_convnet(first=L.Conv2D(16, 10, activation="relu")), DIGITS),
    "E10": lambda: (good_convnet(first=L.Conv2D(512, 3, activation="relu")), DIGITS),
}


@pytest.mark.parametrize("rule", TRIGGERS)
def test_a_rule_fires_and_names_the_layer(rule):
    model, task = TRIGGERS[rule]()
    found = [f for f in diagnose(model, task).findings if f.rule == rule]
    assert found, f"{rule} is silent; found {rules(model, task)}"
    text = f"{found[0].message} {found[0].fix}"
    assert found[0].layers and "{" not in text
    assert f"{found[0].message.text('ru')} {found[0].fix.text('ru')}" != text


def test_dropout_on_the_class_scores_has_words_of_its_own():
    scores = keras.Sequential([L.Dense(10), L.Dropout(0.5, name="late"), L.Softmax()])
    (finding,) = diagnose(good_convnet(head=scores), DIGITS).faults
    assert finding.rule == "A16" and finding.layers == ["late"]
    assert "between the last weights and `softmax`" in finding.message.text("en")
    assert "before the last layer with weights" in finding.fix.text("en")


@pytest.mark.parametrize(
    ("layer", "loss", "rule"),
    [
        ({"activation": "softmax"}, "mse", "A01"),
        ({}, "binary_crossentropy", "A04"),
        ({}, "categorical_crossentropy", "A10"),
        ({}, "sparse_categorical_accuracy", "A11"),
    ],
)
def test_a_regression_gets_no_advice_about_classes(layer, loss, rule):
    model = dense(L.Dense(8, activation="relu"), L.Dense(1, **layer), loss=loss)
    fixes = {f.rule: f.fix.text("en") for f in diagnose(model, PRICES).faults}
    assert "The brief asks for a number" in fixes[rule]


def test_faults_come_before_smells():
    model = good_convnet(drop=L.Dropout(1.0), first=L.Conv2D(512, 3, activation="relu"))
    assert [f.kind for f in diagnose(model, DIGITS).findings] == ["fault", "smell"]


NEAR_MISSES = {
    "A02": lambda: (
        good_convnet(head=L.Dense(1, activation="sigmoid"), loss="binary_crossentropy"),
        None,
    ),
    "A04": lambda: (
        good_convnet(
            head=L.Dense(10), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        ),
        DIGITS,
    ),
    "A07": lambda: (good_convnet(end=L.Identity()), DIGITS),
    "A16": lambda: (good_convnet(end=L.Dropout(0.0), drop=L.Dropout(0.5)), DIGITS),
    "B01": lambda: (
        dense(L.Dense(64), L.Activation("gelu"), L.Dense(64, "tanh"), L.Dense(1)),
        PRICES,
    ),
    "B02": lambda: (
        net(
            L.Conv2D(16, 3, activation="elu"),
            L.Conv2D(16, 1),
            L.ReLU(),
            L.Flatten(),
            L.Dense(10, "softmax"),
        ),
        DIGITS,
    ),
    "C01": lambda: (
        dense(L.Dense(64, activation="relu"), L.Dense(1, kernel_initializer="zeros")),
        PRICES,
    ),
    "D01": lambda: (good_convnet(drop=L.Dropout(0.9)), DIGITS),
    "E02": lambda: (good_convnet(pool=L.MaxPooling2D(4)), DIGITS),
    "E10": lambda: (good_convnet(first=L.Conv2D(32, 3, activation="relu")), DIGITS),
}


@pytest.mark.parametrize("rule", NEAR_MISSES)
def test_a_rule_is_silent_on_a_near_miss(rule):
    model, task = NEAR_MISSES[rule]()
    assert rule not in rules(model, task)


def test_zero_kernels_with_tanh_are_a_smell_no_fault():
    model = dense(L.Dense(64, activation="tanh", kernel_initializer="zeros"), L.Dense(1))
    (finding,) = diagnose(model, PRICES).findings
    assert (finding.rule, finding.kind) == ("C01", "smell")


def test_diagnosing_leaves_the_model_as_it_was():
    model = good_convnet(end=L.Dropout(0.5))
    before = [v.numpy() for v in model.variables]
    diagnose(model, DIGITS)
    assert all(np.array_equal(a, v.numpy()) for a, v in zip(before, model.variables, strict=True))


def test_every_rule_has_an_id_of_the_catalogue():
    assert all(id[0] in "ABCDEFG" and id[1:].isdigit() for id in RULES)
    assert set(TRIGGERS) <= set(RULES)


# --- nets that do not build ----------------------------------------------------------------------


def shrinking():
    model = keras.Sequential([keras.Input((100, 100, 3))])
    for filters in (32, 64, 128, 256):
        model.add(L.Conv2D(filters, 5))
        model.add(L.MaxPooling2D(3))
    return model


def shrinking_functional():
    x = inputs = keras.Input((100, 100, 3))
    for filters in (32, 64, 128, 256):
        x = L.MaxPooling2D(3)(L.Conv2D(filters, 5)(x))
    return keras.Model(inputs, x)


@pytest.mark.parametrize("make", [shrinking, shrinking_functional])
def test_a_vanishing_map_is_shown_size_by_size(make):
    with pytest.raises(CheckFailed) as caught, explain_construction("picture_net", (100, 100, 3)):
        make()
    text = str(caught.value)
    assert "needs at least 5x5 and gets 1x1" in text
    assert "100 → 96 → 32 → 28 → 9 → 5 → 1 → ✗" in text


def test_another_error_is_quoted_with_its_layer():
    with pytest.raises(CheckFailed) as caught, explain_construction("f", (28, 28, 1)):
        net(L.Flatten(), L.Conv2D(3, 3))
    assert "`f()` stops with ValueError" in str(caught.value)
    assert "It stops at layer `conv2d" in str(caught.value)


# --- checks of models ----------------------------------------------------------------------------


def says(check, *arguments, **options) -> str:
    with pytest.raises(CheckFailed) as caught:
        check(*arguments, **options)
    return str(caught.value)


def test_a_model_check_names_fault_layer_and_repair():
    checks.model(good_convnet, task=DIGITS)
    text = says(checks.model, lambda: good_convnet(drop=L.Dropout(1.0, name="mid")), task=DIGITS)
    assert "`mid`" in text and "100" not in text and "switches off all of the units" in text


def test_rules_can_be_asked_for_by_id():
    wide = lambda: good_convnet(first=L.Conv2D(512, 3, activation="relu"))  # noqa: E731
    checks.model(wide, task=DIGITS)
    assert "rank 9 at most" in says(checks.model, wide, task=DIGITS, rules=("E10",))


def test_what_is_no_model_is_said():
    assert "It returned NoneType" in says(checks.model, lambda: None, task=DIGITS)
    assert "Found: a model" in says(checks.model, good_convnet(), task=DIGITS)
    assert "not compiled" in says(checks.model, lambda: good_convnet(loss=None), task=DIGITS)
    assert "(None, 10) for every batch. Found: (None, 11)" in says(
        checks.model, lambda: good_convnet(head=L.Dense(11, activation="softmax")), task=DIGITS
    )


def test_deleting_the_network_is_no_repair():
    bare = lambda: net(L.Flatten(), L.Dense(10, activation="softmax"))  # noqa: E731
    checks.model(bare, task=DIGITS)
    assert "at least 2 convolutions. Found: 0" in says(checks.convolves, bare, task=DIGITS)
    assert "at least 1 hidden layer with" in says(checks.hidden, bare, task=DIGITS)
    checks.convolves(good_convnet, task=DIGITS)


def test_a_pool_of_one_pixel_is_nothing_and_maxout_is_something():
    laundered = lambda: good_convnet(  # noqa: E731
        first=L.Conv2D(16, 3, strides=2), pool=L.MaxPooling2D(1), second=L.Conv2D(32, 1)
    )
    assert "mixes the channels" in says(checks.model, laundered, task=DIGITS, rules=("B02",))
    assert "there is only: conv2d, identity" in says(checks.convolves, laundered, task=DIGITS)

    def maxout():
        x = keras.Input((28, 28, 1))
        y = L.Maximum()([L.Conv2D(8, 3, strides=2)(x), L.Conv2D(8, 3, strides=2)(x)])
        y = L.GlobalAveragePooling2D()(L.Conv2D(16, 3, activation="relu")(y))
        model = keras.Model(x, L.Dense(10, activation="softmax")(y))
        model.compile("adam", "sparse_categorical_crossentropy")
        return model

    checks.model(maxout, task=DIGITS)
    checks.convolves(maxout, task=DIGITS)


def test_a_budget_names_the_dearest_layer():
    big = lambda: net(L.Flatten(), L.Dense(500, "relu", name="huge"), L.Dense(10, "softmax"))  # noqa: E731
    text = says(checks.budget, big, task=DIGITS, parameters=100_000)
    assert (
        text.startswith("Expected: at most 100,000 parameters. Found: 397,510") and "`huge`" in text
    )
    checks.budget(big, task=DIGITS, parameters=400_000, macs=400_000)


def test_a_frozen_variable_is_found_in_three_steps():
    x = np.random.default_rng(0).random((32, 28, 28, 1), np.float32)
    y = np.arange(32) % 10
    checks.learns(good_convnet, x, y, task=DIGITS)
    text = says(checks.learns, lambda: good_convnet(drop=L.Dropout(1.0)), x, y, task=DIGITS)
    assert "have not moved at all" in text
    exploding = lambda: dense(  # noqa: E731
        L.Dense(64, "relu", kernel_initializer=keras.initializers.Constant(1e9)), L.Dense(1)
    )
    text = says(checks.learns, exploding, np.full((32, 39), 1e9, np.float32), 1e9 * y, task=PRICES)
    assert "the weights are NaN: the steps were too large" in text
    text = says(
        checks.learns, lambda: good_convnet(loss="sparse_categorical_accuracy"), x, y, task=DIGITS
    )
    assert "is no loss that Keras knows" in text
