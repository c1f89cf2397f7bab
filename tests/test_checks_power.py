"""Checks of a test's power, of witnesses, of words, and of prepared inputs: verdicts and wording."""

import numpy as np
import pytest

from autograder import CheckFailed, CouldNotCheck, checks
from autograder.messages import msg


def told(check, *arguments, **settings):
    with pytest.raises(CheckFailed) as failure:
        check(*arguments, **settings)
    return failure.value.text("en")


def honest(z, top):
    return np.minimum(z, top)


IMPOSTORS = {"identity": lambda z, top: z, "zeros": lambda z, top: 0 * z}


def draw(seed, top):
    return np.random.default_rng(seed).normal(0, 2 * top, (1, 4, 4, 1))


class TestCatches:
    def test_a_draw_with_power_passes(self):
        checks.catches(draw, honest, IMPOSTORS, settings=(1, 2))

    def test_names_who_got_through_and_where(self):
        text = told(
            checks.catches,
            lambda seed, top: np.full((1, 2, 2, 1), -1.0),
            honest,
            IMPOSTORS,
            settings=(1,),
            evidence=lambda z, top: msg("largest {top:g}", top=float(z.max())),
        )
        assert text == (
            "Some impostors pass your test: on your numbers they equal the honest cell.\n"
            "  <lambda>(seed, 1): identity\n"
            "largest -1"
        )

    def test_another_shape_is_a_difference(self):
        checks.catches(draw, honest, {"shorter": lambda z, top: z[:, 1:]}, settings=(1,))

    @pytest.mark.parametrize(
        ("value", "words"),
        [
            (np.zeros((4, 4)), "Found: shape (4, 4)."),
            ("many", "Found: str."),
            (np.zeros((1, 200, 200, 1)), "expected 1 to 10,000 numbers. Found: 40,000."),
            (np.full((1, 2, 2, 1), np.nan), "NaN, infinity and overflow prove nothing"),
            (np.full((1, 2, 2, 1), 1e9), "between -1000 and 1000"),
        ],
    )
    def test_refuses_what_is_no_small_batch_of_numbers(self, value, words):
        assert words in told(checks.catches, lambda s, t: value, honest, IMPOSTORS, settings=(1,))


class TestWitnesses:
    PAIRS = {"abs, -": (np.abs, lambda z: -z), "sin, id": (np.sin, lambda z: z)}

    def test_one_input_for_each_pair(self):
        checks.witnesses({"abs, -": [[1]], "sin, id": [[2]]}, self.PAIRS)

    def test_names_the_row_and_shows_both_answers(self):
        text = told(checks.witnesses, {"abs, -": [[-1]], "sin, id": [[2]]}, self.PAIRS)
        assert text.startswith("Row “abs, -”:\nOn your input both orders give the same numbers")
        assert text.endswith("Both answers: [1], [1].")

    def test_a_map_has_no_batch_axis(self):
        rows = {"abs, -": np.ones((1, 4, 4, 1)), "sin, id": [[2]]}
        text = told(checks.witnesses, rows, self.PAIRS, shape=(None, None))
        assert text.endswith("Expected: a map (height, width), not (1, 4, 4, 1).")

    def test_an_empty_row_is_not_wrong_but_missing(self):
        text = told(checks.witnesses, {"abs, -": None, "sin, id": [[2]]}, self.PAIRS)
        assert text == "Expected: an input in every row. Not filled in yet: “abs, -”."


class TestChoices:
    TRUTH, WORDS = {"a": "always", "b": "never"}, {"always": (True, "всегда"), "never": (False,)}

    @pytest.mark.parametrize("yes", ["always", " Always", True, "всегда"])
    def test_spellings_of_a_word(self, yes):
        checks.choices({"a": yes, "b": "never"}, self.TRUTH, self.WORDS)

    @pytest.mark.parametrize("word", ["perhaps", 7, ["always"]])
    def test_refuses_other_words(self, word):
        text = told(checks.choices, {"a": word, "b": False}, self.TRUTH, self.WORDS)
        assert text == f"Row “a”: expected one of always, never. Found: {word!r}."

    def test_wrong_and_missing_rows(self):
        text = told(checks.choices, {"a": "never", "b": "never"}, self.TRUTH, self.WORDS)
        assert "1 of 2 rows disagrees with the measurement." in text
        assert "Not filled in yet: b" in told(
            checks.choices, {"a": "always"}, self.TRUTH, self.WORDS
        )

    def test_a_wrong_boolean_is_told_how_it_was_read(self):
        text = told(checks.choices, {"a": False, "b": "never"}, self.TRUTH, self.WORDS)
        assert text.startswith("False was read as “never”.\n1 of 2 rows disagrees")


class TestSubsets:
    TRUTH, WORDS = {"a": {"inference", "training"}, "b": set()}, ("inference", "training")

    @pytest.mark.parametrize("none", [set(), [], (), {}])
    def test_spellings_of_a_set(self, none):
        checks.subsets({"a": ["Training", "inference"], "b": none}, self.TRUTH, self.WORDS)

    @pytest.mark.parametrize("value", ["train", True, "both", "", 3, [["inference"]]])
    def test_refuses_anything_else(self, value):
        text = told(checks.subsets, {"a": value, "b": set()}, self.TRUTH, self.WORDS)
        assert text == (
            'Row “a”: expected a set of "inference" and "training", empty for none: set(). '
            f"Found: {value!r}."
        )

    def test_letters_are_shown_in_order(self):
        text = told(checks.subsets, {"a": set("cab"), "b": set()}, self.TRUTH, self.WORDS)
        assert text.endswith("Found: {'a', 'b', 'c'}.")

    def test_wrong_and_missing_rows(self):
        text = told(checks.subsets, {"a": "inference", "b": set()}, self.TRUTH, self.WORDS)
        assert "a: you said {inference}" in text
        text = told(checks.subsets, {"a": None, "b": set()}, self.TRUTH, self.WORDS)
        assert "Not filled in yet: a" in text


class TestPositive:
    def test_any_positive_number_passes(self):
        checks.positive({"a": 1e-3, "b": 2000}, ("a", "b"))

    def test_refuses_the_rest(self):
        text = told(checks.positive, {"a": -1}, ("a",))
        assert text == "Row “a”: expected a positive number. Found: -1."
        assert "Not filled in yet: b" in told(checks.positive, {"a": 1}, ("a", "b"))


class TestFresh:
    def test_makes_anew_for_every_shape_and_once_for_each(self):
        made = []

        def make(scale):
            made.append(scale)
            seen = []

            def f(x):
                seen.append(x.shape)
                assert len(set(seen)) == 1
                return scale * x

            return [f]

        f = checks.fresh(make, (2,), ("f",), of="make(scale)")["f"]
        for shape in ((1, 2), (1, 3), (1, 2)):
            assert f(np.ones(shape)).sum() == 2 * shape[1]
        assert len(made) == 3  # one to count what comes back

    def test_too_few_are_refused(self):
        assert "should return a, b" in told(checks.fresh, list, ((1,),), ("a", "b"), of="make()")


class TestUnmistaken:
    INPUTS = [np.array([-1.0, 2.0])]
    MISTAKES = {"minus": (lambda x: -x, msg("You forgot the sign."))}

    def test_recognises_a_mistake(self):
        text = told(
            checks.unmistaken, lambda x: -x, lambda x: x, self.INPUTS, self.MISTAKES, name="f"
        )
        assert text == "You forgot the sign."

    def test_otherwise_speaks_of_the_unknown_only(self):
        told_of = {"name": "f", "otherwise": lambda: msg("What is this?")}
        checks.unmistaken(lambda x: x, lambda x: x, self.INPUTS, self.MISTAKES, **told_of)
        text = told(
            checks.unmistaken, lambda x: x + 1, lambda x: x, self.INPUTS, self.MISTAKES, **told_of
        )
        assert text == "What is this?"

    def test_lets_the_right_and_the_unknown_pass(self):
        for f in (lambda x: x, lambda x: x + 1):
            checks.unmistaken(f, lambda x: x, self.INPUTS, self.MISTAKES, name="f")

    def test_inputs_without_power_are_our_failure(self):
        with pytest.raises(CouldNotCheck):
            checks.unmistaken(abs, abs, [np.zeros(2)], self.MISTAKES, name="f")


class TestSeveral:
    def test_by_order_or_by_name(self):
        assert checks.several((1, 2), ("a", "b"), of="f()") == [1, 2]
        assert checks.several({"b": 2, "a": 1}, ("a", "b"), of="f()") == [1, 2]

    def test_says_what_came_instead(self):
        text = told(checks.several, (1, 2, 3), ("a", "b"), of="f()")
        assert text == "`f()` should return a, b, in this order. It returned: tuple (3)."


class TestConditioned:
    SETS = {"grey": np.random.default_rng(0).uniform(size=(500, 2))}

    def test_centring_passes(self):
        checks.conditioned(lambda x: x - x.mean(axis=0), self.SETS, below=2)

    def test_shows_the_numbers(self):
        text = told(checks.conditioned, lambda x: 2 * x, self.SETS, below=2)
        assert text.startswith("grey: the valley is still long. Condition number ")
        assert "expected: under 2.\nMeans of the prepared columns: " in text

    def test_deleting_a_direction_is_no_cure(self):
        assert "a direction of the inputs is lost" in told(
            checks.conditioned, lambda x: 0 * x, self.SETS, below=2
        )

    @pytest.mark.parametrize(
        "prepare",
        [
            lambda x: np.random.default_rng(1).normal(size=x.shape),
            lambda x: (x - x.mean(axis=0))[::-1],
            lambda x: np.column_stack([x[:, 0], np.roll(x[:, 0], 1)]) - x[:, 0].mean(),
            lambda x: np.eye(2)[np.arange(len(x)) % 2],
        ],
    )
    def test_the_pixels_must_survive(self, prepare):
        text = told(checks.conditioned, prepare, self.SETS, below=2)
        assert "the valley is round, but the pixels are gone" in text

    def test_ranks_and_whitening_keep_them(self):
        def whiten(x):
            u, _, _ = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
            return u

        for prepare in (whiten, lambda x: x.argsort(axis=0).argsort(axis=0) - (len(x) - 1) / 2):
            checks.conditioned(prepare, self.SETS, below=2)

    def test_the_shape_must_stay(self):
        assert "Found: shape (1000,)." in told(
            checks.conditioned, lambda x: x.ravel(), self.SETS, below=2
        )
