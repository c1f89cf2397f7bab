"""Nets that do not build are diagnosed up to the layer that fails; programs are read, not run."""

from __future__ import annotations

import json

import pytest

keras = pytest.importorskip("keras")

from autograder import diagnose  # noqa: E402
from autograder.errors import Problem  # noqa: E402
from autograder.faults import RULES, page  # noqa: E402

L = keras.layers


def sequential(*layers, shape=None):
    def make():
        model = keras.Sequential([keras.Input(shape)] if shape else [])
        for layer in layers:
            model.add(layer())
        return model

    return make


def shrinking():
    x = i = keras.Input((100, 100, 3))
    for filters in (32, 64, 128, 256):
        x = L.MaxPooling2D(3)(L.Conv2D(filters, 5)(x))
    return keras.Model(i, x)


def pooled_away():
    x = i = keras.Input((20, 20, 1))
    x = L.Conv2D(8, 3, name="look")(x)
    x = L.MaxPooling2D(9, name="greedy")(x)
    return keras.Model(i, L.Conv2D(8, 3, name="starved")(x))


# what fails -> rule, the layer that stops, a word of the message, of the mended line
BROKEN = {
    "four blocks": (shrinking, "E01", "conv2d", "100 → 96 → 32 → 28 → 9 → 5 → 1 → ✗", 'padding="same"'),
    "a greedy pool": (pooled_away, "E01", "starved", "Most is lost at `greedy`: 18 → 2", 'padding="same"'),
    "a pool too many": (
        sequential(*[lambda: L.MaxPooling2D(3)] * 3, shape=(20, 20, 1)), "E01", "max_pooling2d", "needs at least 3x3", "",
    ),
    "channels first": (
        sequential(lambda: L.Conv2D(8, 3), shape=(1, 28, 28)), "E03", "conv2d", "1 channels of 28x28 pixels", "(28, 28, 1)",
    ),
    "flat before maps": (
        sequential(L.Flatten, lambda: L.Conv2D(8, 3, name="late"), shape=(28, 28, 1)), "E05", "late", "gets 2", "Flatten()",
    ),
    "no channel axis": (
        sequential(lambda: L.Conv2D(8, 3, name="first"), shape=(28, 28)), "E05", "first", "gets 3", "Reshape((28, 28, 1))",
    ),
    "one state only": (
        sequential(lambda: L.LSTM(8), lambda: L.LSTM(8, name="second"), shape=(12, 4)), "E05", "second", "reads 3 axes",
        "return_sequences=True",
    ),
    "maps into time": (
        sequential(lambda: L.Conv2D(4, 3), lambda: L.LSTM(8, name="rec"), shape=(28, 28, 1)), "E05", "rec", "gets 4", "Reshape(",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_what_does_not_build_names_the_layer_and_the_reason(case):
    make, rule, layer, word, code = BROKEN[case]
    report = diagnose(make)
    (finding,) = report.findings
    assert finding.rule == rule and finding.kind == "fault"
    assert layer in finding.layers[0]
    assert word in finding.message.text("en") and code in finding.code
    assert report.unread is not None and "does not build" in report.notes[-1].text("en")


def test_sizes_are_evidence():
    (finding,) = diagnose(pooled_away).findings
    assert finding.evidence["side after look"] == 18
    assert finding.evidence["side after greedy"] == 2
    assert (finding.evidence["needs"], finding.evidence["gets"]) == (3, 2)
    assert finding.layers == ["starved", "greedy"]


BUILT = [
    lambda: sequential(lambda: L.Conv2D(8, 5), lambda: L.MaxPooling2D(2), shape=(28, 28, 1))(),
    lambda: sequential(lambda: L.Conv2D(8, 5, padding="same"), shape=(3, 3, 1))(),
    lambda: sequential(
        lambda: L.LSTM(8, return_sequences=True), lambda: L.LSTM(8), shape=(12, 4)
    )(),
]


@pytest.mark.parametrize("i", range(len(BUILT)))
def test_what_builds_has_neither_fault(i):
    assert not {"E01", "E05"} & {f.rule for f in diagnose(BUILT[i]).findings}


def test_a_list_of_layers_is_diagnosed_and_left_unbuilt():
    row = [L.Conv2D(8, 9), L.MaxPooling2D(9), L.Conv2D(8, 9)]
    report = diagnose(row, input_shape=(28, 28, 1))
    assert [f.rule for f in report.findings] == ["E01"]
    assert not row[0].built and not row[2].built
    good = diagnose([keras.Input((20,)), L.Dense(64, "relu"), L.Dense(10, "softmax")])
    assert good.findings == [] and good.unread is None


def test_a_function_that_stops_for_another_reason_is_quoted():
    def make():
        raise KeyError("units")

    report = diagnose(make)
    assert report.findings == [] and "stops with KeyError" in report.notes[0].text("en")
    assert "It returned int" in diagnose(lambda: 3).notes[0].text("en")


# -- programs -------------------------------------------------------------------------------------

OLD = """
import numpy as np
from keras.models import Sequential
from keras.layers.core import Dense, Flatten
from keras.layers import Convolution2D, MaxPooling2D, Activation

data = np.load("nowhere.npy")
size = 3
model = Sequential()
model.add(Convolution2D(16, size, size, border_mode="valid", input_shape=(28, 28, 1)))
for filters in [32, 64]:
    model.add(Convolution2D(filters, 5, 5))
    model.add(Activation("relu"))
    model.add(MaxPooling2D(pool_size=(4, 4)))
model.add(Flatten())
model.add(Dense(10, activation="softmax"))
model.compile(loss="categorical_crossentropy", optimizer="adam")
model.fit(data, data)
"""
FUNCTIONAL = """
import tensorflow as tf
from tensorflow import keras

def build(classes, width=64):
    inputs = keras.Input(shape=(32,))
    x = keras.layers.Dense(width)(inputs)
    outputs = keras.layers.Dense(classes)(x)
    model = keras.Model(inputs, outputs)
    model.compile(optimizer=tf.keras.optimizers.Adam(learning_rate=0.5), loss="accuracy")
    return model

if __name__ == "__main__":
    open("ruined.txt", "w").write("no")
    model = build(int(input()))
"""
NEVER_CALLED = """
from keras import layers, models

def make(shape):
    net = models.Sequential([layers.Input(shape), layers.Dense(8, activation="relu"), layers.Dense(1, activation="softmax")])
    net.compile("adam", loss="mse")
    return net
"""


def program(folder, text):
    path = folder / "net.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_program_that_does_not_build_names_layer_and_line(tmp_path):
    report = diagnose(program(tmp_path, OLD))
    assert [f.rule for f in report.findings] == ["E01"]
    text = report.findings[0].message.text("en")
    assert "28 → 26 → 22 → 5 → 1 → ✗" in text and "(line 14)" in text


def test_a_program_is_read_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    report = diagnose(program(tmp_path, FUNCTIONAL))
    assert {f.rule for f in report.findings} >= {"A11", "B01", "F02"}
    assert not (tmp_path / "ruined.txt").exists()
    assert any("argument of `Dense` is not known" in n.text("en") for n in report.notes)


def test_a_function_of_a_program_that_nothing_calls_is_read_too(tmp_path):
    report = diagnose(program(tmp_path, NEVER_CALLED), input_shape=(12,))
    assert report.findings[0].rule == "A01"


def test_the_loss_of_a_program_is_judged(tmp_path):
    text = NEVER_CALLED.replace('loss="mse"', 'loss="sparse_categorical_accuracy"')
    assert "A11" in {f.rule for f in diagnose(program(tmp_path, text), input_shape=(12,)).faults}


def test_programs_without_a_model_and_other_files_are_told_apart(tmp_path):
    assert "no model of Keras" in diagnose(program(tmp_path, "x = 1\n")).notes[0].text("en")
    with pytest.raises(Problem, match="expected a Python program"):
        diagnose(program(tmp_path, "def f(:\n"))
    with pytest.raises(Problem, match="there is none"):
        diagnose(tmp_path / "missing.keras")
    (tmp_path / "net.txt").write_text("hello")
    with pytest.raises(Problem, match=r"expected a model \(.keras"):
        diagnose(tmp_path / "net.txt")
    (tmp_path / "net.keras").write_text("hello")
    with pytest.raises(Problem, match="expected a model of Keras"):
        diagnose(tmp_path / "net.keras")


@pytest.mark.parametrize("ending", ["keras", "h5", "json"])
def test_saved_models_are_diagnosed(tmp_path, ending):
    model = keras.Sequential([keras.Input((20,)), L.Dense(64), L.Dense(1, "softmax")])
    model.compile("adam", "binary_crossentropy")
    path = tmp_path / f"net.{ending}"
    if ending == "json":
        path.write_text(model.to_json())
    else:
        model.save(path)
    assert {"A01", "B01"} <= {f.rule for f in diagnose(str(path)).faults}


# -- the command and the page ---------------------------------------------------------------------


def doctor(capsys, *arguments):
    from autograder.cli import main

    with pytest.raises(SystemExit) as stop:
        main(["doctor", *map(str, arguments)])
    out = capsys.readouterr()
    return stop.value.code, out.out, out.err


def test_the_command_prints_text_or_json_and_fails_on_faults(tmp_path, capsys):
    path = tmp_path / "net.keras"
    model = keras.Sequential([keras.Input((20,)), L.Dense(64, "relu"), L.Dense(10, "sigmoid")])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.save(path)
    code, out, _ = doctor(capsys, path)
    assert code == 1 and "A02 sigmoid-multiclass" in out and 'activation="softmax"' in out
    code, out, _ = doctor(capsys, path, "--json", "--task", "classification:9")
    report = json.loads(out)
    assert code == 1 and {f["rule"] for f in report["findings"]} >= {"A02", "A13"}
    assert set(report["findings"][0]) == {
        "rule", "name", "kind", "layers", "message", "why", "fix", "code", "evidence"
    }  # fmt: skip
    model.layers[-1].activation = keras.activations.softmax
    model.save(path)
    assert doctor(capsys, path)[0] == 0


@pytest.mark.parametrize(
    "arguments",
    [("missing.keras",), ("x.py", "--task", "cooking"), ("x.py", "--task", "classification"),
     ("x.py", "--input-shape", "28,wide"), ("x.py", "--classes", "3"), ()],
)  # fmt: skip
def test_wrong_use_is_one_line_and_exit_code_2(capsys, arguments):
    code, _, err = doctor(capsys, *arguments)
    assert code == 2 and err.count("\n") == 1


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_the_page_lists_every_rule_with_an_example(lang):
    text = page.page(lang)
    for rule in RULES.values():
        part = text.split(f"### {rule.id} {rule.name}")[1].split("###")[0]
        assert rule.wrong in part and "```python" in part, rule.id


def test_names_from_a_model_are_escaped_in_html():
    model = keras.Sequential([keras.Input((20,)), L.Dense(64, name="a<b>"), L.Dense(10, "sigmoid")])
    model.compile("adam", "sparse_categorical_crossentropy")
    html = diagnose(model)._repr_html_()
    assert "a&lt;b&gt;" in html and "<b>`" not in html and "<svg" in html
