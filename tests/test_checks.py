"""What a test cell says: verdicts, wording, and what it must never do."""

import os
import random
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder import CheckFailed, CouldNotCheck, checks
from autograder.checks import task
from autograder.messages import msg, use_language

TRUTH = {"linear": {"kernel", "bias"}, "relu": {"bias"}, "both zero": set()}


def failure(check, *arguments, **options) -> str:
    with pytest.raises(CheckFailed) as caught:
        check(*arguments, **options)
    return str(caught.value)


# --- predictions ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        TRUTH,
        {"linear": ["bias", "kernel"], "relu": "bias", "both zero": []},
        {"linear": ("kernel", "bias"), "relu": {"Bias "}, "both zero": frozenset()},
        {"linear": np.array(["kernel", "bias"]), "relu": ["bias"], "both zero": ()},
    ],
)
def test_a_set_may_be_any_collection(answer):
    checks.predictions(answer, TRUTH)


@pytest.mark.parametrize("odd", [{"a": 1}, [["kernel"]], [{}], {("a", "b")}, [None]])
def test_a_row_that_is_no_set_of_words_is_explained(odd):
    text = failure(checks.predictions, {**TRUTH, "relu": odd}, TRUTH)
    assert text.startswith("Row “relu”: expected a set of words. Found: ")
    assert "expected True or False" in failure(checks.predictions, {"a": odd}, {"a": True})


def test_empty_braces_are_an_empty_set():
    checks.predictions({**TRUTH, "both zero": {}}, TRUTH)


def test_wrong_rows_are_named_with_the_measured_number():
    text = failure(
        checks.predictions,
        {**TRUTH, "relu": {"kernel"}},
        TRUTH,
        evidence={"relu": 0.0},
    )
    assert text == (
        "1 of 3 rows disagrees with the measurement.\n  relu: you said {kernel}; measured: 0."
    )


def test_an_untouched_table_is_not_called_wrong():
    text = failure(checks.predictions, dict.fromkeys(TRUTH), TRUTH)
    assert (
        text == "Expected: a prediction in every row. Not filled in yet: linear, relu, both zero."
    )


@pytest.mark.parametrize("yes", [True, np.True_, 1, "yes", " Да ", "true"])
def test_yes_has_several_spellings(yes):
    checks.predictions({"gelu": yes}, {"gelu": True})
    failure(checks.predictions, {"gelu": yes}, {"gelu": False})


def test_a_word_that_is_neither_yes_nor_no_is_explained():
    text = failure(checks.predictions, {"gelu": "perhaps"}, {"gelu": True})
    assert text == "Row “gelu”: expected True or False. Found: 'perhaps'."


def test_a_missing_and_a_foreign_row_are_named():
    assert "Not filled in yet: b" in failure(checks.predictions, {"a": 1}, {"a": 1, "b": 2})
    assert "Found besides them: c" in failure(checks.predictions, {"a": 1, "c": 2}, {"a": 1})


def test_an_object_that_equals_everything_passes_nothing():
    class Yes:
        def __eq__(self, other):
            return True

        def __hash__(self):
            return 0

    assert "type Yes" in failure(checks.predictions, {"a": Yes()}, {"a": 3})
    assert "type Yes" in failure(checks.numbers, Yes(), 3.0)


def test_many_wrong_rows_stay_under_a_dozen_lines():
    truth = {f"row {i}": True for i in range(40)}
    text = failure(checks.predictions, dict.fromkeys(truth, False), truth)
    assert len(text.splitlines()) <= 12
    assert "and 34 more rows" in text


# --- numbers and functions -----------------------------------------------------------------------


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e3))
def test_numbers_accept_what_is_near_and_refuse_what_is_not(truth, distance):
    checks.numbers(truth * (1 + 5e-7), truth)
    failure(checks.numbers, truth + distance + abs(truth) * 1e-3, truth)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), "three", "1e999", True, [1, 2]])
def test_a_number_must_be_one(wrong):
    assert "finite number" in failure(checks.numbers, wrong, 3.0)


def test_a_row_is_found_by_its_name_without_spaces_and_capitals():
    truth = {"Dropout(0.5, seed=1)": True, "b": False}
    checks.predictions({"dropout(0.5,seed=1)": True, " B": False}, truth)
    told = failure(checks.predictions, {"Dropout(0.4, seed=1)": True, "b": False}, truth)
    assert "Is “Dropout(0.4, seed=1)” meant to be “Dropout(0.5, seed=1)”?" in told
    assert "Found besides them: B" in failure(
        checks.predictions, {"Dropout(0.5, seed=1)": True, "b": False, "B": True}, truth
    )
    checks.predictions({"a": True, "A": False}, {"a": True, "A": False})  # told apart by that alone


def test_a_known_misconception_gets_its_own_words():
    mistakes = {"pool area": (100, msg("100 would be right if 10 divided 45."))}
    assert "if 10 divided 45" in failure(checks.numbers, 100, 126.5625, mistakes=mistakes)
    assert "divided" not in failure(checks.numbers, 99, 126.5625, mistakes=mistakes)


def variance(m, v, p):
    return v / (1 - p) + m * m * p / (1 - p)


CASES = [(0.0, 1.0, 0.5), (2.0, 1.0, 0.1), (-1.0, 3.0, 0.4)]
MISTAKES = {"no mean": (lambda m, v, p: v / (1 - p), msg("The mean adds to it too."))}


def test_a_function_is_held_against_the_reference():
    checks.function(lambda m, v, p: (v + p * m**2) / (1 - p), variance, CASES, mistakes=MISTAKES)
    text = failure(checks.function, MISTAKES["no mean"][0], variance, CASES, mistakes=MISTAKES)
    assert text.startswith("The mean adds to it too.") and "expected 1.55556, found 1.11111" in text


def test_a_mistake_that_the_cases_cannot_see_is_our_failure():
    with pytest.raises(CouldNotCheck, match="cannot tell “no mean”"):
        checks.function(variance, variance, [(0.0, 1.0, 0.5)], mistakes=MISTAKES)


def test_large_whole_numbers_are_shown_whole():
    text = failure(checks.function, lambda n: [n, 194_720], lambda n: [n, 194_688], [(320,)])
    assert "expected [320, 194688], found [320, 194720]" in text


def test_a_function_that_stops_is_quoted():
    def broken(m, v, p):
        return v / 0

    text = failure(checks.function, broken, variance, CASES)
    assert text == "`broken(0.0, 1.0, 0.5)` stopped with ZeroDivisionError: float division by zero"
    assert "returned None" in failure(checks.function, lambda m, v, p: None, variance, CASES)
    assert "is a function. Found: int" in failure(checks.function, 5, variance, CASES)


def test_a_function_cannot_spoil_the_inputs_of_the_reference():
    def thief(x):
        x[:] = 0
        return x

    x = np.ones(3)
    failure(checks.function, thief, lambda x: 2 * x, [x])
    assert (x == 1).all()


def test_shapes_are_compared_before_numbers():
    assert "shape (3,). Found: shape (1, 3)" in failure(
        checks.function, lambda x: x[None], lambda x: x, [np.arange(3.0)]
    )


# --- counter-examples ----------------------------------------------------------------------------


def pool(x):
    return x.reshape(x.shape[0] // 2, 2).max(1)


def test_a_counterexample_must_be_small_finite_and_real():
    check = checks.counterexample
    check(lambda x: pool(np.abs(x)), lambda x: np.abs(pool(x)), [-3, 1])
    pair = (lambda x: pool(np.abs(x)), lambda x: np.abs(pool(x)))
    assert "both orders give the same" in failure(check, *pair, [3, 1])
    assert "finite numbers" in failure(check, *pair, [np.nan, 1])
    assert "at most 64" in failure(check, *pair, np.zeros(100))
    assert "Nothing is filled in" in failure(check, *pair, None)
    assert "every row of one length" in failure(check, *pair, [[1], [2, 3]])


# --- the frame -----------------------------------------------------------------------------------


def test_success_says_what_was_proven(capsys):
    with task("some-task"):
        checks.numbers(3, 3)
    assert capsys.readouterr().out == "✔ 1 number is right.\n"


def test_nothing_reaches_stderr(capfd):
    with task("some-task"):
        warnings.warn("a warning", stacklevel=1)
        print("python", file=sys.stderr)
        os.write(2, b"a C library\n")
    assert capfd.readouterr().err == ""
    print("after", file=sys.stderr)
    assert capfd.readouterr().err == "after\n"


def test_a_missing_exhibit_is_explained():
    with pytest.raises(CheckFailed, match="`house_net`. Found: nothing by that name"), task("t"):
        checks.numbers(house_net, 3)  # noqa: F821


def test_an_error_of_ours_costs_nothing():
    with pytest.raises(CouldNotCheck, match="itself broke down .ZeroDivisionError"), task("t"):
        1 / 0  # noqa: B018


def test_an_interrupt_passes_through():
    with pytest.raises(KeyboardInterrupt), task("t"):
        raise KeyboardInterrupt


def test_randomness_is_the_same_every_time_and_given_back():
    def draw():
        with task("t"):
            return random.random(), np.random.rand()

    random.seed(5)
    np.random.seed(5)
    outside = random.random(), np.random.rand()
    random.seed(5)
    np.random.seed(5)
    first, second = draw(), draw()
    assert first == second
    assert (random.random(), np.random.rand()) == outside


def test_a_failure_speaks_russian_too():
    use_language("ru")
    text = failure(checks.predictions, {"a": None}, {"a": True})
    assert "Ожидалось" in text
