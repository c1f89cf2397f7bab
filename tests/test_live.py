"""Live pictures of a run: several metrics, goals, activations, gradient signs; loops that stop."""

import os
import re
import signal
import time
from xml.etree import ElementTree

import numpy as np
import pytest

from course.lab import figures, runs


class Watcher:
    """A display that draws everything it is told to."""

    def __init__(self):
        self.lines, self.pictures = [], []

    def update(self, draw, line):
        self.lines.append(str(line))
        self.pictures.append(draw())

    finish = update


def trainer(speed):
    at = [0]

    def train(n):
        at[0] += n
        return {"loss": 1 / (1 + speed * at[0]), "accuracy": 1 - 1 / (1 + speed * at[0])}

    return train


@pytest.fixture
def experiment():
    made = runs.Experiment(
        {"fast": trainer(0.1), "slow": trainer(0.001)},
        total=100, every=10, metric=("accuracy", "loss"), level=0.8,
    )  # fmt: skip
    made.run(Watcher())
    return made


def test_loss_and_accuracy_are_drawn_one_below_the_other():
    watcher = Watcher()
    made = runs.Experiment({"a": trainer(0.1)}, total=20, every=10, metric=("accuracy", "loss"))
    made.run(watcher)
    last = watcher.pictures[-1]
    root = ElementTree.fromstring(last.svg())
    words = [el.text for el in root.iter("{http://www.w3.org/2000/svg}text")]
    assert words.index("accuracy") < words.index("loss")
    assert "20 iterations" in last.text() and last.text().count("▁") >= 1


def test_iterations_to_a_goal_name_who_is_late(experiment):
    shown = experiment.goals().text()
    assert re.search(r"fast +40 +█+", shown) and re.search(r"slow +nan", shown)
    assert "iterations until accuracy ≥ 0.8" in shown and "✗ not yet: slow" in shown
    assert "✗ not yet" not in experiment.goals(level=0.05).text()
    assert experiment.goals("loss", 0.5).text().startswith("fast")
    with pytest.raises(ValueError, match="a level"):
        runs.Experiment({"a": trainer(1)}, total=1).goals()


def test_the_level_belongs_to_the_first_metric(experiment):
    assert "reaches 0.8" in experiment.curves().text()
    assert "reaches" not in experiment.curves("loss").text()


def test_whatever_else_is_watched_is_drawn_with_it():
    seen, watcher = [], Watcher()

    def watch(experiment):
        seen.append(experiment.iterations("a"))
        return figures.bars({"now": experiment.iterations("a")})

    made = runs.Experiment({"a": trainer(0.1)}, total=30, every=10, watch=watch)
    made.run(watcher)
    assert seen == [10, 20, 30, 30] and "now" in watcher.pictures[-1].text()


# Any loop ---------------------------------------------------------------------------------------


def squares(count, interrupt_at=None):
    for i in range(count):
        if i == interrupt_at:
            os.kill(os.getpid(), signal.SIGINT)
        yield i * i


def test_a_loop_ends_with_its_last_state_and_one_picture():
    watcher = Watcher()
    last = runs.watch(squares(5), lambda s: figures.bars({"s": s}), total=5, display=watcher)
    assert last == 16 and "100%" in watcher.lines[-2] and "5 steps" in watcher.lines[-1]
    assert "16" in watcher.pictures[-1].text()
    assert runs.watch([], figures.bars, display=watcher) is None


def test_an_interrupt_keeps_what_was_computed():
    watcher = Watcher()
    draw = lambda s: figures.bars({"s": s})  # noqa: E731
    assert runs.watch(squares(9, interrupt_at=3), draw, display=watcher) == 9
    assert watcher.lines[-1] == "Stopped at step 4. It is kept."
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_thousand_steps_are_no_flood(monkeypatch):
    """A notebook is drawn a few times a second, and holds one output."""
    shown, updated = [], []

    class Handle:
        update = updated.append

    monkeypatch.setattr(
        "IPython.display.display", lambda f, display_id: shown.append(f) or Handle()
    )
    runs.watch(range(1000), lambda s: figures.bars({"s": s}), display=runs.Notebook())
    assert len(shown) == 1 and len(updated) < 20
    assert "999" in updated[-1].text()


def test_the_zigzag_grows_step_by_step():
    path = np.array([[0, 0], [1, 0.2], [0.8, -1], [1, -1]])
    states = [path[: i + 1] for i in range(1, 4)]
    watcher = Watcher()
    last = runs.watch(states, lambda p: figures.path(p, (1, -1)), display=watcher)
    assert len(last) == 4 and "3 steps" in watcher.pictures[-1].text()


def test_a_growing_path_stays_in_place_where_it_has_room():
    path = np.array([[0, 0], [1, 0.2], [3, -4], [1, -1]])

    def places(**room):
        drawn = [
            ElementTree.fromstring(figures.path(path[:n], (1, -1), **room).svg()) for n in (2, 4)
        ]
        words = [el for root in drawn for el in root.iter("{http://www.w3.org/2000/svg}text")]
        return {(el.get("x"), el.get("y")) for el in words if el.text == "optimum"}

    assert len(places()) == 2 and len(places(room=path)) == 1
    with pytest.raises(ValueError, match="room"):
        figures.path(path, (1, -1), room=[1, 2, 3])


def test_a_pause_is_for_those_who_watch(monkeypatch):
    monkeypatch.delenv("FOOTGUNS_QUICK", raising=False)
    begun = time.monotonic()
    runs.watch(range(3), lambda s: figures.bars({"s": s}), pause=0.02, display=Watcher())
    assert time.monotonic() - begun >= 0.06
    monkeypatch.setenv("NBGRADER_EXECUTION", "1")  # in a grading run it would be an hour each
    assert runs.watch(range(3), lambda s: figures.bars({"s": s}), pause=3600) == 2


# Signs and activations --------------------------------------------------------------------------


def test_signs_tell_neurons_of_one_sign():
    shown = figures.signs({"W": [[1.0, -2, 0], [3, 4, 0]]})
    assert shown.text().splitlines() == [
        "W",
        "+−·",
        "++·",
        "▲",
        "+ 50%, − 17%, · 33%; neurons of one sign (▲): 33%",
    ]
    svg = shown.svg()
    assert ">+−·</text>" in svg and ">++·</text>" in svg
    assert svg.count(">▲</text>") == 1 and "33%" in svg
    with pytest.raises(ValueError, match="at least one gradient"):
        figures.signs({})
    with pytest.raises(ValueError, match="finite numbers in 'W'"):
        figures.signs({"W": [[np.inf]]})


def test_signs_of_a_large_kernel_are_judged_whole():
    large = np.ones((40, 30))
    large[39, 0] = -1  # not drawn, and it counts
    assert len(figures.signs({"W": large}).svg()) < 30_000  # several of them fit a notebook
    text = figures.signs({"W": large}).text()
    assert "97%" in text and len(text.splitlines()) == 27
    assert text.splitlines()[25] == " " + "▲" * 23


def test_the_signs_are_those_of_the_gradient_and_nothing_is_trained():
    import keras

    keras.utils.set_random_seed(0)
    net = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(4, activation="relu", name="one"),
         keras.layers.BatchNormalization(), keras.layers.Dense(1, name="two")]
    )  # fmt: skip
    net.compile("sgd", "mse")
    before = [w.copy() for w in net.get_weights()]
    text = runs.gradient_signs(net, np.ones((1, 3)), np.zeros((1, 1))).text()
    # One sample of ones: every row of the first kernel's gradient is the same, by the chain rule.
    rows = text.splitlines()[1:4]
    assert text.startswith("one\n") and "\ntwo\n" in text and len(set(rows)) == 1
    for a, b in zip(before, net.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(ValueError, match="a kernel and a loss"):
        runs.gradient_signs(keras.Sequential([keras.Input((3,)), keras.layers.ReLU()]), [[1]], [1])


def test_histograms_by_layer_and_class():
    import keras

    net = keras.Sequential([keras.Input((2,)), keras.layers.ReLU(name="relu")])
    x = np.array([[1.0, 1], [5, 5], [1, 1], [5, 5]])
    text = runs.histograms(net, x, [0, 1, 0, 1]).text()
    assert text.splitlines()[1].startswith("relu") and text.rstrip().endswith("0")  # nothing common


def test_a_stack_holds_all_its_figures():
    shown = figures.stack(figures.bars({"a": 1}), figures.bars({"b": 2}), note="below")
    root = ElementTree.fromstring(shown.svg())
    words = [el.text for el in root.iter("{http://www.w3.org/2000/svg}text")]
    assert words.index("a") < words.index("b") < words.index("below")
    assert shown.text().splitlines()[-1] == "below"
    with pytest.raises(ValueError, match="at least one figure"):
        figures.stack()
