"""Predictions: asked before, shown beside the measurement, remembered, never graded."""

from xml.etree import ElementTree

import pytest

from autograder import memory
from autograder.messages import use_language
from course.lab.predictions import Outcome, Prediction, predict


def test_a_guess_is_shown_beside_what_was_measured():
    asked = predict("p-nets", choices=("first", "second", "neither"))
    assert (
        str(asked)
        == 'No guess yet (first | second | neither). To guess: predict("p-nets", guess=…)'
    )
    asked.guess = "second"
    assert str(asked) == "Your guess: second"
    shown = predict.outcome("p-nets", "second")
    assert shown.right and str(shown).splitlines() == [
        "your guess  second",
        "measured    second",
        "✔ You saw it coming.",
    ]
    assert predict.outcome("p-nets", "first").right is False
    assert "A surprise" in str(predict.outcome("p-nets", "first"))


def test_a_guess_in_a_cell_of_its_own_answers_what_was_asked():
    predict("p-asked", choices=("first", "second"))
    with pytest.raises(ValueError, match="a guess of first, second"):
        predict("p-asked", guess=1)
    assert predict("p-asked", guess="second").guess == "second"
    predict("p-room", low=0, high=1)
    with pytest.raises(ValueError, match="from 0 to 1"):
        predict("p-room", guess=2)


def test_a_part_of_the_only_choice_that_has_it_is_a_guess():
    nets = ("Dropout(0.5)", "Dropout(1)", "Dropout(10)")
    assert predict("p-part", choices=nets, guess=0.5).guess == "Dropout(0.5)"
    assert predict("p-whole", choices=nets, guess="Dropout(1)").guess == "Dropout(1)"
    for unclear in ("1", "dropout", ""):
        with pytest.raises(ValueError, match="Expected a guess of"):
            predict("p-unclear", choices=nets, guess=unclear)


def test_numbers_are_right_when_they_are_close():
    predict("p-share", low=0, high=1, guess=0.5)
    assert predict.outcome("p-share", 0.52).right  # within a tenth of it
    assert not predict.outcome("p-share", 0.6).right
    assert predict.outcome("p-share", 0.6, close=0.2).right
    root = ElementTree.fromstring(predict.outcome("p-share", 0.6).svg())
    bars = [float(r.get("width")) for r in root.iter("{http://www.w3.org/2000/svg}rect")]
    assert bars[0] / bars[1] == pytest.approx(0.5 / 0.6, rel=1e-3)


def test_without_a_guess_it_is_friendly_and_no_error():
    shown = predict.outcome("p-none", 3.0)
    assert shown.right is None and "guess first" in str(shown) and "your guess " not in str(shown)
    assert shown.svg()


def test_the_first_guess_stays_once_the_measurement_was_seen():
    predict("p-first", low=0, high=9, guess=1)
    predict("p-first", low=0, high=9, guess=2)  # not seen yet: he may think again
    predict.outcome("p-first", 7.0)
    predict("p-first", low=0, high=9, guess=7)
    shown = predict.outcome("p-first", 7.0)
    assert (shown.guess, shown.again, shown.right) == (2, 7, False)
    assert "after seeing it  7" in str(shown)
    predict("p-first", low=0, high=9, guess=2)  # the cell with the guess in it is run again
    assert predict.outcome("p-first", 7.0).again == 7


def test_it_is_remembered_in_the_next_session_and_not_in_a_grading_run(monkeypatch):
    predict("p-kept", low=0, high=1, guess=0.25)
    memory.forget()
    assert predict("p-kept", low=0, high=1).guess == 0.25
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    memory.forget()
    assert predict("p-kept", low=0, high=1).guess is None
    assert predict.outcome("p-kept", 1.0).right is None


@pytest.mark.parametrize(
    "ask, told",
    [
        (lambda: predict("", low=0), "a name"),
        (lambda: predict("p", choices=("one",)), "at least two choices"),
        (lambda: predict("p", choices=("a", "b"), guess="c"), "a guess of a, b"),
        (lambda: predict("p", low=0, high=1, guess=2), "from 0 to 1"),
        (lambda: predict("p", guess="many"), "Expected a number"),
    ],
)
def test_bad_guesses_are_refused(ask, told):
    with pytest.raises(ValueError, match=told):
        ask()


def test_the_control_keeps_what_is_picked():
    asked = predict("p-pick", choices=("a", "b"))
    box, said = asked.control.children[0].children
    assert box.description and box.tooltip and said.value == ""
    box.value = "b"
    assert asked.guess == "b" and "b" in said.value
    assert asked.control.children[0].children[0].value == "b"  # shown again


def test_a_number_may_be_typed_with_a_comma_and_nonsense_is_said():
    asked = predict("p-type", low=0, high=1)
    box, said = asked.control.children[0].children
    box.value = "0,4"
    assert asked.guess == 0.4 and said.value == "✎ kept: 0.4"
    for nonsense in ("lots", "7"):
        box.value = nonsense
        assert said.value == "✗ 0…1" and asked.guess == 0.4


def test_where_nobody_can_pick_it_is_text(capsys):
    predict("p-text", choices=("a", "b"))._ipython_display_()
    assert capsys.readouterr().out.startswith("No guess yet (a | b)")


def test_it_speaks_russian():
    predict("p-ru", low=0, high=1, guess=0.25)
    shown = predict.outcome("p-ru", 1.0)
    assert isinstance(shown, Outcome) and isinstance(predict("p-ru"), Prediction)
    use_language("ru")
    assert str(shown) and shown.svg()
