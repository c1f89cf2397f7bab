"""The unit on layer statistics: the table, the nets, the pictures, the report without names."""

import math

import numpy as np
import pytest

from autograder.checks import task
from autograder.errors import CheckFailed
from course.lab import figures, unseen
from course.lab.experiments import fifteen_layers, layer_views, norm_view, report_table


class TestTable:
    def test_growth_by_hand(self):
        found = report_table.growth()
        assert found["dropout 1"] == pytest.approx(
            (8.5122 + 0.7465**2) / (4.8757 + 0.7459**2), rel=1e-12
        )
        assert found["flatten 1"] == 1 and all(1 < found[f"max pool {i}"] < 4 for i in (1, 2, 3))

    def test_both_classes_give_the_same_answers(self):
        zero, one = report_table.growth(0), report_table.growth(1)
        assert all(abs(zero[name] / one[name] - 1) < 5e-3 for name in zero)

    def test_no_wrong_table_is_right(self):
        for name, (wrong, _) in report_table.growth_mistakes().items():
            right = report_table.growth()
            assert any(abs(wrong[k] - right[k]) > 5e-3 * right[k] for k in right), name
        for name, (wrong, _) in report_table.explanation_mistakes().items():
            right = report_table.explanations()
            assert any(abs(wrong[k] - right[k]) > 0.03 * right[k] for k in right), name

    def test_readings(self):
        truth, evidence = report_table.readings()
        assert truth == {"a": True, "b": True, "c": True, "d": False, "e": True, "f": False}
        assert set(evidence) == set(truth)

    def test_the_sigmoid_row_against_draws(self):
        found = report_table.sigmoid_reading()
        rng = np.random.default_rng(0)
        draws = []
        for m, v in zip(*report_table.TABLE["dense 2"], strict=True):
            spread = m * (1 - m) / v - 1
            draws.append(rng.beta(m * spread, (1 - m) * spread, 200_000))
            assert draws[-1].var() == pytest.approx(v, rel=0.02)
        assert found["wrong 0"] == pytest.approx((draws[0] > 0.5).mean(), abs=0.005)
        assert found["wrong 1"] == pytest.approx((draws[1] < 0.5).mean(), abs=0.005)
        assert found["auc"] == pytest.approx((draws[0] < draws[1]).mean(), abs=0.005)


class TestNormVariance:
    @pytest.mark.parametrize("seed", range(3))
    def test_against_keras_in_training(self, seed):
        from keras import layers

        for gamma, beta, live in report_table.norm_cases(seed):
            rng = np.random.default_rng(seed)
            x = rng.gamma(2, 1, (3000, 2, 2, len(gamma))) * live
            norm = layers.BatchNormalization(epsilon=1e-9, dtype="float64")
            norm.build(x.shape)
            norm.set_weights([gamma, beta, np.zeros_like(beta), np.ones_like(beta)])
            measured = np.asarray(norm(x, training=True)).var()
            assert report_table._norm_variance(gamma, beta, live) == pytest.approx(
                measured, rel=1e-4
            )

    def test_effects_of_a_norm(self):
        found = norm_view.effects()
        assert found.truth == {
            "a": "changes", "b": "same", "c": "same", "d": "same", "e": "same", "f": "gone"
        }  # fmt: skip


class TestDPrime:
    @staticmethod
    def judged(function):
        with pytest.raises(CheckFailed) as failed, task("blind-layer"):
            report_table.judge_d_prime(function)
        return failed.value.text()

    def test_numbers_and_arrays(self):
        with task("blind-layer"):
            for seed in (0, 2):
                report_table.judge_d_prime(
                    lambda m0, v0, m1, v1: (m1 - m0) / ((v0 + v1) / 2) ** 0.5, seed
                )

    def test_numbers_only_are_not_enough(self):
        told = self.judged(lambda m0, v0, m1, v1: (m1 - m0) / math.sqrt((v0 + v1) / 2))
        assert "stopped with TypeError" in told

    def test_an_array_added_up_is_told(self):
        told = self.judged(lambda m0, v0, m1, v1: np.mean((m1 - m0) / ((v0 + v1) / 2) ** 0.5))
        assert "expected a result of shape (5,)" in told


def test_rows_are_apart_when_the_worst_of_one_beats_the_best_of_the_other():
    runs = {"a": [0.9, 0.95], "b": [0.94, 0.99], "c": [0.96, 0.97]}
    assert layer_views.apart(runs) == [("c", "a")]


class TestNet:
    def test_fifteen_layers_named_as_in_the_report(self):
        net = fifteen_layers.network()
        assert [fifteen_layers.title(layer.name) for layer in net.layers] == list(
            report_table.TABLE
        )
        assert net.get_layer("dropout_1").rate == 0.4
        assert net.output_shape == (None, 1)

    def test_variants_begin_with_the_same_kernels(self):
        one, other = (
            fifteen_layers.network(fifteen_layers.VARIANTS[v], seed=3)
            for v in ("bn 1 2 3", "no bn")
        )
        assert len(one.layers) - len(other.layers) == 3
        for i in range(1, 6):
            pair = (net.get_layer(f"conv_{i}").get_weights()[0] for net in (one, other))
            np.testing.assert_array_equal(*pair)
        assert not np.array_equal(
            one.get_layer("conv_1").get_weights()[0],
            fifteen_layers.network(seed=4).get_layer("conv_1").get_weights()[0],
        )

    def test_samples_are_both_parts_and_know_their_originals(self):
        every, test = fifteen_layers.samples(), fifteen_layers.test_samples()
        assert every.x.shape == (10_000, 28, 28, 1) and set(every.odd) == {0, 1}
        assert not set(test.original) & set(fifteen_layers.train_samples().original)
        assert len(set(every.original)) <= 1797
        assert all(len(set(odd)) == 1 for _, odd in every.pure_batches())
        assert sum(len(odd) for _, odd in every.pure_batches()) == 10_000

    def test_a_net_is_trained_once_and_kept(self, tmp_path, monkeypatch):
        from course.lab import data

        split = data.digits28()
        monkeypatch.setattr(data, "digits28", lambda: split)
        monkeypatch.setenv("FOOTGUNS_CACHE", str(tmp_path))
        monkeypatch.setenv("FOOTGUNS_QUICK", "1")
        first = fifteen_layers.trained("bn 1", 1)
        assert any(tmp_path.iterdir())
        monkeypatch.setattr(fifteen_layers, "_train", None)
        again = fifteen_layers.trained("bn 1", 1)
        for one, other in zip(first.get_weights(), again.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)
        assert 0.3 < fifteen_layers.accuracy("bn 1", 1) <= 1
        with pytest.raises(ValueError, match="Received: 'bn 4'"):
            fifteen_layers.trained("bn 4")


class TestReport:
    def told(self, report):
        """The kinds, read off the numbers by the rules of the task's hints."""
        kinds = {}
        for i, (before, now) in enumerate(zip(report.lines, report.lines[1:], strict=False), 2):
            if now == before:
                kind = "flatten"
            elif now.size == 1:
                kind = "sigmoid"
            elif 4 * now.size == before.size:
                kind = "pool"
            elif now.size != before.size:
                kind = "dense" if "flatten" in kinds.values() else "conv"
            else:
                kind = "dropout" if now.zeros > before.zeros + 0.05 else "norm"
            kinds[str(i)] = kind
        return kinds

    @pytest.mark.parametrize("seed", range(25))
    def test_every_row_can_be_told(self, seed):
        report = unseen.report(seed)
        assert self.told(report) == report._answer()
        assert {"pool", "norm", "dropout", "flatten"} < set(report._kinds) and len(
            report.lines
        ) == 8
        at = report._kinds.index("dropout")
        squares = [
            np.array(line.variance) + np.array(line.mean) ** 2
            for line in report.lines[at - 1 : at + 1]
        ]
        assert np.abs(1 - squares[0] / squares[1] - report._rate).max() < 0.02
        zero, one = report.lines[report._kinds.index("norm")].mean
        assert (abs(one - zero) < 1e-6) == (report._batches == "pure")

    def test_the_same_seed_is_the_same_report(self):
        unseen.reports._made.cache_clear()
        one = unseen.report(5)
        unseen.reports._made.cache_clear()
        assert one == unseen.report(5) and str(one) != str(unseen.report(6))

    @pytest.mark.parametrize("seed", [-1, 1.5, True, "7"])
    def test_other_seeds_are_refused(self, seed):
        with pytest.raises(ValueError, match="whole number"):
            unseen.report(seed)

    def test_wrong_rates_are_wrong(self):
        for seed in range(25):
            report = unseen.report(seed)
            for name, (value, _) in report._rate_mistakes().items():
                assert abs(value - report._rate) > 0.03, (seed, name)
            assert {"percent", "growth"} < set(report._rate_mistakes())

    def test_a_report_tells_its_truth_to_nobody(self):
        report = unseen.report(53)
        public = {name for name in dir(report) if not name.startswith("_")}
        assert public == {"seed", "lines", "judge_kinds", "judge_rate", "judge_batches"}
        assert not {"kinds", "rate", "batches"} & set(str(report).split())

    def test_a_report_judges(self):
        report = unseen.report(53)
        kinds, rate, batches = report._answer(), report._rate, report._batches
        with task("unseen-report"):
            report.judge_kinds(kinds)
            report.judge_kinds({int(row): kind for row, kind in kinds.items()})
            report.judge_rate(rate + 0.019)
            report.judge_batches(batches)
        refused = {
            "dense layers stand only behind flatten": lambda: report.judge_kinds(
                {**kinds, "5": "dense"}
            ),
            "Solve that for the rate": lambda: report.judge_rate(1 / (1 - rate)),
            "found 0.43": lambda: report.judge_rate(0.43),
            "row 3: mean 0 0.0000": lambda: report.judge_batches("mixed"),
        }
        for told, judge in refused.items():
            with pytest.raises(CheckFailed) as failed, task("unseen-report"):
                judge()
            assert told in failed.value.text()

    @pytest.mark.parametrize("seed", [7, 53])
    def test_solved_reports_tell_theirs_and_are_other_reports(self, seed):
        solved = unseen.solved_report(seed)
        assert str(solved) != str(unseen.report(seed))
        kinds = [row.split()[1] for row in solved.truth().splitlines()[:-1]]
        assert self.told(solved) == {str(i): kind for i, kind in enumerate(kinds[1:], 2)}
        assert f"rate {solved._rate}, batches {solved._batches}" in solved.truth()
        with pytest.raises(ValueError, match="whole number"):
            unseen.solved_report(-1)


class TestPictures:
    def panels(self):
        rng = np.random.default_rng(0)
        return {"same": (rng.normal(size=500),) * 2, "apart": (np.zeros(9), np.full(9, 5.0))}

    def test_both_twins_say_what_is_common(self):
        figure = figures.distributions(self.panels())
        rows = [line.split() for line in figure.text().splitlines()]
        assert rows[1][0] == "same" and rows[1][-1] == "100"
        assert rows[2][0] == "apart" and rows[2][-1] == "0"
        svg = figure.svg()
        assert svg.count("<polyline") == 4 and "100%" in svg and ">0%" in svg
        assert 'stroke-dasharray="4 2"' in svg  # not by colour alone

    def test_fourteen_pictures_stay_small(self):
        rng = np.random.default_rng(0)
        panels = {f"layer {i}": (rng.normal(size=6000), rng.normal(size=6000)) for i in range(14)}
        assert len(figures.distributions(panels).svg()) < 60_000

    def test_one_value_only(self):
        assert "100" in figures.distributions({"constant": ([2.0], [2.0])}).text()

    @pytest.mark.parametrize("values", [([], [1.0]), ([1.0], [np.nan]), ([1.0],)])
    def test_what_cannot_be_drawn(self, values):
        with pytest.raises(ValueError, match="two groups of finite values in 'x'"):
            figures.distributions({"x": values})

    def test_no_panels(self):
        with pytest.raises(ValueError, match="at least one panel"):
            figures.distributions({})
