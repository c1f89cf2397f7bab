"""The checks of the dense unit: what they accept, what they refuse, and in which words."""

import re
from types import SimpleNamespace

import numpy as np
import pytest

from autograder import CheckFailed, Task, checks

PRICE = Task("regression", input_shape=(6,))
BROKEN = "f(g([1])\nh()"
WHOLE = "f(g([1]))\nh()"


def fails(check, *arguments, **options):
    with pytest.raises(CheckFailed) as failure:
        check(*arguments, **options)
    return failure.value.text("en")


def net(*layers, optimizer="adam"):
    import keras

    def make():
        model = keras.Sequential([keras.Input((6,)), *(layer() for layer in layers)])
        model.compile(optimizer, "mse")
        return model

    return make


def dense(units, activation=None, kernel="glorot_uniform"):
    def layer():
        import keras

        start = kernel if isinstance(kernel, str) else keras.initializers.Constant(kernel)
        return keras.layers.Dense(units, activation=activation, kernel_initializer=start)

    return layer


@pytest.fixture(scope="module")
def xy():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 6)).astype(np.float32)
    return x, np.abs(x[:, 0]).astype(np.float32)


class TestMoves:
    measured = {"a/1": {"W1": 0.0, "b": 0.5}, "a/3": {"W1": 0.25, "b": 0.5}}

    @pytest.mark.parametrize("all_of_it", [{"W1", "b"}, ["b", "W1"], ("b", "W1"), "w1, b"])
    def test_any_collection_of_names_will_do(self, all_of_it):
        checks.moves({"a/1": {"b"}, "a/3": all_of_it}, self.measured)

    def test_only_what_is_in_dispute_is_told(self):
        told = fails(checks.moves, {"a/1": {"W1", "b"}, "a/3": {"b"}}, self.measured)
        assert told.splitlines() == [
            "The measurement contradicts 2 predictions.",
            "  a/1: you let W1 move; it moved by exactly 0.",
            "  a/3: you hold W1 still; it moved by 0.25.",
        ]

    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            ({"a/1": {"b"}}, "Not filled in yet: a/3"),
            ({"a/1": {"b"}, "a/3": {"W3"}}, "expected names out of W1, b. Found: 'W3'"),
            ({"a/1": {"b"}, "a/3": 2}, "expected a set of names out of W1, b. Found: 2"),
            ([{"b"}], "Expected: a dict with the keys a/1, a/3"),
        ],
    )
    def test_other_answers_are_refused_with_the_reason(self, answer, words):
        assert words in fails(checks.moves, answer, self.measured)


class TestTwins:
    def test_constant_kernels_give_twins(self, xy):
        checks.twins(net(dense(8, "tanh", 0.1), dense(1, None, 0.1)), *xy, task=PRICE)

    @pytest.mark.parametrize(
        ("layers", "words"),
        [
            ((dense(8, None, 0.1), dense(1)), "start as twins, but after 20 steps"),
            ((dense(8), dense(1, None, 0.1)), "never were twins"),
            ((dense(8, None, "zeros"), dense(1, None, "zeros")), "dead ones"),
            ((dense(8, None, 1e30), dense(1, None, 1e30)), "the weights are NaN"),
            (
                (dense(4, None, 0.1), dense(1, None, 0.1)),
                "at least 8 units before the output. Found: 4",
            ),
            ((dense(1),), "Found: 0"),
        ],
    )
    def test_everything_else_has_its_reason(self, layers, words, xy):
        assert words in fails(checks.twins, net(*layers), *xy, task=PRICE)


class TestMended:
    @pytest.mark.parametrize("text", [WHOLE, "\n" + WHOLE + "  # note\n", "f( g( [1], ) )\n\nh()"])
    def test_layout_does_not_count(self, text):
        checks.mended(text, WHOLE, broken=BROKEN)

    def test_the_parser_speaks(self):
        assert "'(' was never closed\n  line 1: f(g([1])" in fails(
            checks.mended, BROKEN, WHOLE, broken=BROKEN
        )

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("f(g[1])\nh()", "another program now:\n  line 1: f(g[1])"),
            ("h()", "1 statements; the original has 2"),
            (None, "Expected: the source as a text. Found: NoneType"),
            ("(" * 30_000, "Found: 30000 characters"),
            ("(" * 5_000, "The parser stops"),
            ("f(\0)", "The parser stops"),
        ],
    )
    def test_other_texts_are_refused_with_the_reason(self, text, words):
        assert words in fails(checks.mended, text, WHOLE, broken=BROKEN)

    def test_the_text_is_never_run(self):
        fails(checks.mended, "raise SystemExit", WHOLE, broken=BROKEN)


class TestRoundTrip:
    prices = np.array([1e5, 2e5, 3e5, 4e5])

    def test_a_fixed_transform_passes(self):
        checks.round_trip(lambda p: (p - 2e5) / 7e4, lambda t: t * 7e4 + 2e5, self.prices)

    @pytest.mark.parametrize(
        ("forth", "back", "words"),
        [
            (lambda p: p - p.mean(), lambda t: t, "must not depend on the company"),
            (lambda p: p / 2, lambda t: t, "There and back is not the same"),
            (lambda p: None, lambda t: t, "expected one number for each price"),
            (lambda p: p * np.nan, lambda t: t, "NaN or infinity"),
            (lambda p: 0 * p, lambda t: t, "There and back is not the same"),
            (lambda p: p / 2, lambda t: TestRoundTrip.prices, "There and back is not the same"),
        ],
    )
    def test_other_transforms_have_their_reason(self, forth, back, words):
        assert words in fails(checks.round_trip, forth, back, self.prices)


class TestHidden:
    def test_a_bent_hidden_layer_passes(self):
        checks.hidden(net(dense(8, "relu"), dense(1)), task=PRICE)

    @pytest.mark.parametrize(
        ("layers", "least", "words"),
        [
            ((dense(1),), 1, "There is 1 layer with weights"),
            ((dense(8), dense(1)), 1, "a product of matrices is one matrix"),
            ((dense(8, None, "zeros"), dense(1)), 1, "still starts with all weights 0"),
            ((dense(8, "relu"), dense(1)), 2, "There are 2 layers with weights"),
            ((dense(8, "relu"), dense(8), dense(1)), 2, "Found: 1"),
            ((dense(8, "softmax"), dense(1)), 1, "share a sum of 1"),
        ],
    )
    def test_less_has_its_reason(self, layers, least, words):
        assert words in fails(checks.hidden, net(*layers), task=PRICE, layers=least)


def test_a_net_without_weights_has_its_reason():
    from keras import layers

    make = net(lambda: layers.Reshape((6, 1)), layers.GlobalMaxPooling1D)
    assert "There is no layer with weights at all." in fails(checks.hidden, make, task=PRICE)


def test_a_frozen_layer_is_refused():
    def make():
        model = net(dense(8, "relu"), dense(1))()
        model.layers[0].trainable = False
        return model

    assert "is frozen" in fails(checks.hidden, make, task=PRICE)


def test_a_model_that_is_made_once_is_refused():
    ready = net(dense(8, "relu"), dense(1))()
    assert "the same weights at every call" in fails(
        checks.skill, lambda: ready, None, task=PRICE, beats=0.5, metric="r2", epochs=1
    )


@pytest.mark.parametrize("complete", [False, True])
def test_checks_that_leave_a_net_as_it_was_share_one_in_a_test_cell(xy, capsys, complete):
    """A check that trains has its own, and so has another cell."""
    made, (x, y) = [], xy
    split = SimpleNamespace(x_train=x, y_train=y, x_test=x, y_test=y)
    plain = net(dense(8, "relu"), dense(1))

    def make():
        made.append(plain())
        return made[-1]

    def given():
        return checks.compiled(make) if complete else make

    def look():
        checks.hidden(given(), task=PRICE)
        checks.model(given(), task=PRICE)
        checks.remarks(given(), task=PRICE, rules=("C01",))
        checks.budget(given(), task=PRICE, parameters=100)
        checks.learns(given(), x[:8], y[:8], task=PRICE)

    with checks.task("one"):
        look()
        (first,) = made
        before = [v.numpy() for v in first.variables]
        look()
        assert len(made) == 1
        assert all(
            np.array_equal(v.numpy(), old) for v, old in zip(first.variables, before, strict=True)
        )
        checks.skill(given(), split, task=PRICE, beats=-9.0, metric="r2", epochs=1)
        assert len(made) == 3  # one to be trained, one to see that it is a new one
        look()
        assert len(made) == 3
        checks.budget(make if complete else checks.compiled(make), task=PRICE, parameters=100)
        assert len(made) == 4  # completed or not, it is another net
    with checks.task("two"):
        look()
    assert len(made) == 5
    look()
    assert len(made) == 10  # outside of a cell nothing is kept


def test_functions_that_only_look_alike_are_told_apart(capsys):
    small, large = net(dense(1)), net(dense(64, "relu"), dense(1))
    with checks.task("one"):
        checks.budget(small, task=PRICE, parameters=100)
        assert "at most 100" in fails(checks.budget, large, task=PRICE, parameters=100)


def test_weights_from_elsewhere_are_no_skill(xy):
    """A net that brings trained weights along and then stands still has learnt nothing here."""
    from autograder import training
    from course.lab import data

    x, y = xy
    split = data.Split(x, y, x, y, kind="regression")
    learner = net(dense(16, "relu"), dense(1), optimizer="adam")
    trained = training.build(learner, 0)
    training.fit(trained, x, y, epochs=60)
    rng = np.random.default_rng(0)

    def smuggler():
        import keras

        model = learner()
        model.set_weights(
            [w * (1 + 1e-3 * rng.normal(size=w.shape)) for w in trained.get_weights()]
        )
        model.compile(keras.optimizers.SGD(1e-9), "mse")
        return model

    options = {"task": PRICE, "beats": 0.5, "metric": "r2", "seeds": (0,)}
    assert training.score(smuggler(), x, y, "r2") > 0.5
    checks.skill(learner, split, epochs=60, **options)
    assert "better than a linear model" in fails(checks.skill, smuggler, split, epochs=1, **options)


def test_zeros_under_tanh_pass_with_a_remark(capsys):
    with checks.task("some-task"):
        checks.model(net(dense(8, "tanh", "zeros"), dense(1)), task=PRICE)
        checks.remarks(net(dense(8, "tanh", "zeros"), dense(1)), task=PRICE, rules=("C01",))
    assert "Accepted, with a remark." in capsys.readouterr().out


def test_a_zero_output_layer_passes_without_a_remark(capsys):
    make = net(dense(8, "relu"), dense(1, None, "zeros"))
    with checks.task("some-task"):
        checks.model(make, task=PRICE)
        checks.remarks(make, task=PRICE, rules=("C01", "C02"))
    assert "remark" not in capsys.readouterr().out


def test_missing_skill_comes_with_its_reasons(xy):
    from course.lab import data

    x, y = xy
    x = x * np.array([1, 1e-3, 1e4, 1, 1, 1], np.float32)
    split = data.Split(x, y - 3, x, y - 3, kind="regression")
    make = net(dense(8, "relu"), dense(1, "softplus"))
    told = fails(
        checks.skill, make, split, task=PRICE, beats=0.5, metric="r2", epochs=1, seeds=(0,)
    )
    assert re.search("go features with deviations from 0.00[0-9]+ to [0-9]e.0[34]", told)
    assert "The mean training loss of epochs 1 to 5: " in told
    assert "Its answers run from" in told
    assert len(told.splitlines()) <= 12
