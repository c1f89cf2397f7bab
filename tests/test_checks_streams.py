"""The checks of one-pass moments and of layers that hide a class: right answers of several kinds pass,
wrong ones are told why, and inputs without power are our own failure."""

from fractions import Fraction

import numpy as np
import pytest

from autograder import checks
from autograder.checks import Stream, task
from autograder.errors import CheckFailed, CouldNotCheck
from autograder.messages import msg
from course.lab.experiments import streams


def check(summary=streams.summary, merge=streams.merge, moments=streams.moments, **how):
    with task("one-pass"):
        checks.streaming(summary, merge, moments, how.pop("streams", streams.streams()), **how)


def refused(*functions, **how):
    with pytest.raises(CheckFailed) as failed:
        check(*functions, **how)
    return failed.value.text()


class TestStreaming:
    def test_the_right_one_says_what_was_proven(self, capsys):
        check(mistakes=streams.mistakes())
        said = capsys.readouterr().out
        assert "7 streams, each merged in 3 orders" in said
        assert "A summary holds 2.3 numbers a neuron." in said
        assert "14 wrong ways apart" in said

    @pytest.mark.parametrize("seed", range(4))
    @pytest.mark.parametrize("name", streams.mistakes())
    def test_each_mistake_is_told_its_own_message(self, name, seed):
        functions, message = streams.mistakes()[name]
        told = refused(*functions, streams=streams.streams(seed), mistakes=streams.mistakes())
        assert str(message) in told
        assert len(told.splitlines()) <= 4

    def test_a_summary_may_be_nothing_and_merge_may_work_in_place(self):
        def summary(batch):
            return list(streams.summary(batch)) if len(batch) else None

        def merge(one, other):
            if one is None or other is None:
                return other if one is None else one
            one[:] = streams.merge(one, other)
            return one

        check(summary, merge)

    def test_the_students_arrays_stay_apart(self):
        """One array that is used again and again must not change what was seen before."""
        kept = np.zeros((3, 3))

        def summary(batch):
            n, mean, m2 = streams.summary(batch)
            kept[0], kept[1], kept[2] = n, mean, m2
            return kept

        def merge(one, other):
            n, mean, m2 = streams.merge((one[0, 0], *one[1:]), (other[0, 0], *other[1:]))
            return np.stack([np.full(3, n), mean, m2])

        check(summary, merge, lambda s: streams.moments((s[0, 0], *s[1:])))

    def test_samples_may_not_be_kept(self):
        told = refused(
            lambda b: np.array(b, float),
            lambda a, b: np.concatenate([a, b]),
            lambda s: (s.mean(0), s.var(0, ddof=1)),
        )
        assert "A summary of 3 neurons holds 150 numbers; 30 are allowed." in told

    @pytest.mark.parametrize("thing", [object(), {"a": {1}}, "text", [lambda: 0]])
    def test_only_plain_data(self, thing):
        assert "Expected: a summary of numbers, arrays" in refused(lambda b: thing)

    def test_what_moments_returns(self):
        assert "moments(summary)` should return mean, variance" in refused(
            moments=lambda s: streams.moments(s)[1]
        )
        assert "`mean` of shape (3,). Found: ()" in refused(moments=lambda s: (0.0, s[2]))
        assert "Found: no numbers" in refused(moments=lambda s: ("much", s[2]))

    def test_merge_without_return(self):
        assert "`merge` returned None" in refused(merge=lambda a, b: None)

    def test_what_is_kept_outside_of_the_summaries_is_refused(self):
        """Numbers of places in a list that grows: the summaries are small, the memory is not."""
        kept = []

        def summary(batch):
            kept.append(np.array(batch, float))
            return len(kept) - 1

        def merge(one, other):
            return summary(np.concatenate([kept[one], kept[other]]))

        told = refused(summary, merge, lambda s: (kept[s].mean(0), kept[s].var(0, ddof=1)))
        assert "`summary` gave another summary for the same batches later on." in told
        assert "nothing may be kept outside" in told

    def test_a_merge_that_remembers_is_refused(self):
        calls = []

        def merge(one, other):
            calls.append(1)
            return (*streams.merge(one[:3], other[:3]), len(calls))

        told = refused(lambda b: (*streams.summary(b), 0), merge, lambda s: streams.moments(s[:3]))
        assert "`merge` gave another summary" in told

    def test_a_batch_in_one_long_integer_is_refused(self):
        def summary(batch):
            return int.from_bytes(b"\1" + np.asarray(batch, np.float64).tobytes(), "big")

        told = refused(summary, lambda a, b: a, lambda s: None)
        assert "30 are allowed" in told

    def test_exact_sums_in_integers(self):
        def summary(batch):
            columns = [[Fraction(float(x)) for x in column] for column in np.transpose(batch)]
            sums = [(sum(c, Fraction()), sum((x * x for x in c), Fraction())) for c in columns]
            return len(batch), [[f.as_integer_ratio() for f in pair] for pair in sums]

        def merge(one, other):
            pairs = zip(one[1], other[1], strict=True)
            return one[0] + other[0], [
                [
                    (Fraction(*a) + Fraction(*b)).as_integer_ratio()
                    for a, b in zip(p, q, strict=True)
                ]
                for p, q in pairs
            ]

        def moments(made):
            n, sums = made
            exact = [(Fraction(*s), Fraction(*q)) for s, q in sums]
            return [float(s / n) for s, _ in exact], [
                float((q - s * s / n) / (n - 1)) for s, q in exact
            ]

        check(summary, merge, moments)

    def test_wider_floats_are_taken_as_float64(self):
        def summary(batch):
            n, mean, m2 = streams.summary(batch)
            return n, mean.astype(np.longdouble), m2.astype(np.longdouble)

        check(summary)

    def test_moments_may_be_one_array(self):
        check(moments=lambda s: np.stack(streams.moments(s)))

    def test_an_empty_stub_is_told_so(self):
        told = refused(lambda b: None, lambda a, b: None, lambda s: (None, None))
        assert "`summary` returned None for a batch of 50 samples." in told

    def test_a_neuron_that_never_changes_has_no_variance(self):
        constant = [s for s in streams.streams() if "never changes" in str(s.what)]

        def sums(batch):
            batch = np.asarray(batch, np.float64)
            return len(batch), batch.sum(axis=0), (batch**2).sum(axis=0)

        told = refused(
            sums,
            lambda a, b: tuple(x + y for x, y in zip(a, b, strict=True)),
            lambda s: (s[1] / s[0], (s[2] / s[0] - (s[1] / s[0]) ** 2) * 2),
            streams=constant,
        )
        assert (
            "the variance of neuron 1 expected 0 (at most" in told and "lose their digits" in told
        )

    def test_a_reason_is_given_only_where_it_is_one(self):
        """Half of the right mean: off on every stream, and not because of single samples."""
        told = refused(moments=lambda s: (s[1] / 2, s[2] / (s[0] - 1)))
        assert "One sample" not in told and "lose their digits" not in told
        assert "Uneven batches" in told or "means differ" in told

    def test_streams_without_power_are_our_failure(self):
        easy = [Stream((np.random.default_rng(0).normal(size=(50, 2)),), msg("One batch"))]
        with pytest.raises(CouldNotCheck, match="cannot tell"), task("one-pass"):
            checks.streaming(
                *(getattr(streams, name) for name in ("summary", "merge", "moments")),
                easy,
                mistakes=streams.mistakes(),
            )


def blind(draw, **how):
    with task("blind-layer"):
        checks.blind_spot(draw, **how)


def hidden(seed, n=400):
    labels = np.random.default_rng(seed).permutation(np.arange(n) % 2)
    return np.stack([labels, 1 - labels], axis=1), labels


class TestBlindSpot:
    def test_a_hidden_class(self, capsys):
        blind(hidden)
        said = capsys.readouterr().out
        assert "3 draws: pooled |d'| at most 0, variances within 0.0%" in said
        assert "gets at least 100%" in said

    @pytest.mark.parametrize(
        ("draw", "told"),
        [
            (lambda x, y: (x + 0.1 * y[:, None], y), "the pooled means give the classes away"),
            (lambda x, y: ((x - 0.5) * (1 + y[:, None]), y), "the pooled variances give"),
            (lambda x, y: (np.random.default_rng(0).permutation(x), y), "a linear reader fitted"),
            (lambda x, y: (x[:100], y[:100]), "200 to 2000 samples"),
            (lambda x, y: (np.tile(x, 30), y), "at most 50 neurons"),
            (lambda x, y: (x[np.argsort(y)], np.sort(y)), "40 to 60 % of class 1 in each half"),
            (lambda x, y: (x, y[:-1]), "expected 400 labels"),
            (lambda x, y: (x, 2 * y), "from 0 to 2"),
            (lambda x, y: (x * np.nan, y), "expected finite numbers"),
            (lambda x, y: (x * 1e9, y), "up to a million"),
            (lambda x, y: x, "should return activations, labels"),
            (lambda x, y: None, "should return activations, labels"),
            (lambda x, y: ([["a"]], y), "not numbers"),
        ],
    )
    def test_what_is_wrong_is_told(self, draw, told):
        with pytest.raises(CheckFailed) as failed:
            blind(lambda seed: draw(*hidden(seed)))
        assert told in failed.value.text()

    def test_a_bent_class_is_told_apart_from_none(self):
        def xor(seed):
            corners = np.tile([[0, 0], [0, 1], [1, 1], [1, 0]], (100, 1))
            return corners, corners[:, 0] ^ corners[:, 1]

        with pytest.raises(CheckFailed, match="the nearest neighbour gets 100% right"):
            blind(xor)

    def test_every_seed_counts(self):
        with pytest.raises(CheckFailed, match=r"\(2\)`: the pooled means"):
            blind(
                lambda seed: (
                    hidden(seed)[0] + (seed == 2) * hidden(seed)[1][:, None],
                    hidden(seed)[1],
                )
            )
