"""Messages are translated when shown, count in Russian, and keep their fields."""

from pathlib import Path

import pytest

from autograder import CheckFailed
from autograder.building import catalogue
from autograder.messages import Lines, Pair, language, msg, nmsg, use_language

ROOT = Path(__file__).parents[1]


def test_a_message_speaks_the_language_of_the_moment():
    message = nmsg("Right on {n} case.", "Right on {n} cases.", 5)
    assert str(message) == "Right on 5 cases."
    use_language("ru")
    assert str(message) != "Right on 5 cases."


@pytest.mark.parametrize("n", [1, 2, 5, 11, 21, 22])
def test_russian_has_three_plural_forms(n):
    text = nmsg("Right on {n} case.", "Right on {n} cases.", n).text("ru")
    form = "случае" if n % 10 == 1 and n != 11 else "случаях"
    assert form in text and str(n) in text


def test_a_message_within_a_message_is_in_the_same_language():
    inner = Pair({"en": "softly", "ru": "тихо"})
    assert Lines(msg("{x}", x=inner), inner).text("ru") == "тихо\nтихо"
    assert language() == "en"


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match="Expected a language of en, ru. Received: 'fr'."):
        use_language("fr")


def test_a_failed_check_shows_its_words_alone():
    failure = CheckFailed(Lines(msg("one"), msg("two")))
    assert failure._render_traceback_() == ["one", "two"]
    assert isinstance(failure, AssertionError)


def test_the_catalogue_is_complete_and_current():
    assert catalogue.problems(ROOT) == []
