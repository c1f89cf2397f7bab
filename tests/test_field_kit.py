"""The instruments of the field kit: do they measure what they say?"""

from dataclasses import replace

import numpy as np
import pytest

from autograder import CheckFailed, Task, checks
from autograder.checks import _progress
from course.lab.experiments import first_steps
from course.lab.unseen import small, small_nets


class TestSmallNets:
    def test_the_same_seed_gives_the_same_net(self):
        first = small(3)
        small.cache_clear()
        assert small(3) == first != small(4)
        assert str(first) == repr(first) == first.source

    @pytest.mark.parametrize("seed", [-1, 1.5, "7", True, None])
    def test_a_seed_is_a_whole_number(self, seed):
        with pytest.raises(ValueError, match="Expected a seed that is a whole number"):
            small(seed)

    def test_measured_numbers_are_those_of_the_rules(self):
        for seed in range(12):
            assert small(seed).truth() == small_nets._table(small(seed)), seed

    def test_a_wrong_number_tells_its_slip(self):
        for seed in range(60):
            net, meant = small(seed), {}
            right = small_nets._table(net)
            for slip, (values, message) in net.mistakes().items():
                assert values, (seed, slip)
                for key, value in values.items():
                    assert value != right[key], (seed, slip)
                    assert meant.setdefault((key, value), message) == message, (seed, slip, key)

    def test_nets_whose_slips_coincide_are_refused(self):
        good = small(345)
        assert small_nets._is_clear(good)
        # With a kernel of side 2, rounding up and counting the pixels that go in is one number.
        assert not small_nets._is_clear(replace(good, kernels=(5, 2), pool=3))
        # One row of four pixels costs what a kernel of side 4 that is not squared would.
        assert small_nets._sides(replace(good, side=19))[2] == 4
        assert not small_nets._is_clear(replace(good, side=19))
        # Behind a pool of 2 a kernel of side 3 has the field that adding up all sides gives.
        assert not small_nets._is_clear(replace(good, kernels=(5, 3)))

    def test_no_two_numbers_of_a_net_are_equal(self):
        for seed in range(60):
            net = small(seed)
            numbers = [net.side, net.channels, *net.kernels, *net.filters, net.pool]
            assert len(set(numbers)) == len(numbers), seed
        assert not small_nets._is_clear(replace(small(345), channels=7))

    def test_no_number_can_be_copied_from_the_example(self):
        shown = small_nets._table(small_nets.EXAMPLE)
        for seed in range(60):
            net = small(seed)
            assert all(shown[key] != number for key, number in net.truth().items()), seed
        same_sides = replace(small(345), side=small(345).side + 6)  # 19, 9 and 6
        assert small_nets._sides(same_sides) == small_nets._sides(small_nets.EXAMPLE)
        assert not small_nets._is_clear(same_sides)

    def test_nets_are_of_many_kinds(self):
        nets = [small(seed) for seed in range(60)]
        assert {net.pool for net in nets} == {2, 4}
        assert {net.kernels[1] for net in nets} == {3, 4}

    def test_two_slips_are_both_told_each_above_its_rows(self):
        net = small(345)
        slips = net.mistakes()
        table = net.truth() | slips["rounded-up"][0] | slips["field-not-spread"][0]
        with pytest.raises(CheckFailed) as failed:
            checks.numbers(table, net.truth(), mistakes=slips)
        assert str(failed.value).splitlines() == [
            str(slips["rounded-up"][1]),
            "  side behind pool: found 7",
            "  conv_2 MACs: found 10752",
            str(slips["field-not-spread"][1]),
            "  conv_2 field: found 9",
        ]

    def test_no_pool_divides_its_map(self):
        for seed in range(60):
            net = small(seed)
            assert (net.side - net.kernels[0] + 1) % net.pool


class TestFirstSteps:
    def test_the_map_is_the_same_for_everyone(self):
        with pytest.raises(ValueError, match="read-only"):
            first_steps.Z[0, 0] = 9

    def test_only_gelu_differs_and_only_far_below_zero(self):
        measured = first_steps.differing()
        assert measured.truth == {"relu": set(), "gelu": {"c"}}
        assert str(measured.evidence["gelu"]) == (
            "max_pool(f(z)) a 1.95 b -0.046 c -0.00405 d 0, "
            "f(max_pool(z)) a 1.95 b -0.046 c -0.159 d 0"
        )

    def test_of_ten_thousand_windows_all_agree_unless_the_activation_falls(self):
        assert first_steps.agreeing("relu", 10_000) == 10_000
        for seed in range(5):  # all four numbers are negative in 1 of 16, and most of these differ
            assert 0.93 < first_steps.agreeing("gelu", 10_000, seed) / 10_000 < 0.955, seed

    def test_pooling_takes_the_largest_of_each_window(self):
        assert first_steps.max_pool(first_steps.Z).tolist() == [[2, -0.1], [-1, 0]]

    def test_activations_are_keras_own(self):
        from keras import ops

        x = np.linspace(-3, 3, 7)
        np.testing.assert_allclose(
            first_steps.activation("gelu")(x), ops.gelu(x, approximate=False), atol=1e-6
        )
        assert first_steps.activation("relu")(x).tolist() == [0, 0, 0, 0, 1, 2, 3]

    def test_who_differs_in_its_two_modes(self):
        assert first_steps.two_modes().truth == {
            "Dense(4)": False,
            "Dropout(0.5)": True,
            "Dropout(0.5, trainable=False)": True,
            "BatchNormalization()": True,
            "BatchNormalization(trainable=False)": False,
        }


class TestProgress:
    def cell(self, name, right):
        """A test cell, compiled anew at each run as a notebook does."""
        source = f"with checks.task({name!r}):\n    checks.numbers({2 if right else 3}, 2)"
        try:
            exec(compile(source, "cell", "exec"), {"checks": checks})
        except CheckFailed:
            assert not right

    def shown(self, capsys, *tasks):
        capsys.readouterr()
        checks.progress(*tasks)
        return capsys.readouterr().out.splitlines()

    def test_green_red_and_not_run(self, capsys):
        self.cell("progress-a", True)
        self.cell("progress-bb", False)
        assert self.shown(capsys, "progress-a", "progress-bb", "progress-c") == [
            "✔ progress-a",
            "✘ progress-bb  red when last checked",
            "· progress-c   not attempted yet",
            "1 of 3 tasks is green.",
        ]

    def test_the_last_run_of_each_cell_counts(self, capsys):
        source = "with checks.task('progress-d'):\n    checks.numbers(answer, 2)"
        for answer, mark in ((3, "✘"), (2, "✔")):
            code = compile(source, "cell", "exec")
            try:
                exec(code, {"checks": checks, "answer": answer})
            except CheckFailed:
                assert answer == 3
            assert self.shown(capsys, "progress-d")[0].startswith(mark)

    def test_a_task_is_green_when_all_its_cells_are(self, capsys):
        self.cell("progress-e", True)
        self.cell("progress-e", False)
        assert self.shown(capsys, "progress-e")[0].startswith("✘ progress-e")


class TestHints:
    @pytest.fixture(autouse=True)
    def nothing_checked(self, monkeypatch):
        monkeypatch.setattr(_progress, "_here", [])

    def said(self, capsys, *arguments):
        capsys.readouterr()
        checks.hint(*arguments)
        return capsys.readouterr().out.splitlines()

    def test_a_slip_of_the_pen_gets_the_nearest_name_and_its_notebook(self, capsys):
        assert self.said(capsys, "oneline") == [
            "There is no task “oneline”.",
            'Did you mean hint("one-line")?',
            "Tasks of this notebook: one-line, four-windows, two-modes, why-chance, layer-table.",
        ]

    def test_tasks_of_the_open_notebook_come_first(self, capsys):
        with checks.task("layer-table"):
            pass
        for name in ("zzzz", "three", 6, 0):
            assert self.said(capsys, name) == [
                f"There is no task “{name}”.",
                "Tasks of this notebook: one-line, four-windows, two-modes, why-chance, layer-table.",
            ]

    def test_a_number_is_that_of_a_task_of_the_open_notebook(self, capsys):
        assert self.said(capsys, 3)[0] == "There is no task “3”."
        with checks.task("layer-table"):
            pass
        for number in (3, "3"):
            told = self.said(capsys, number, 1)
            assert told == self.said(capsys, "two-modes", 1) and told[0].startswith("Hint 1 of 3: ")

    def test_no_name_gets_a_line_and_no_error(self, capsys):
        assert self.said(capsys) == [
            'Which task? Write its name: hint("…").',
            'A task\'s name stands in its check cell: with task("…").',
        ]
        with checks.task("two-modes"):
            pass
        assert self.said(capsys)[0] == 'Which task? Write its name: hint("one-line").'


class TestAnswersOfAnotherKind:
    def failed(self, source, **names):
        """What a test cell says, run at the top level as in a notebook."""
        with pytest.raises(CheckFailed) as failed:
            exec(compile(source, "cell", "exec"), {"checks": checks, **names})
        return str(failed.value)

    @pytest.mark.parametrize("value", [set, max, object()])
    def test_a_set_without_brackets_names_its_row(self, value):
        told = self.failed(
            "checks.subsets(differ, truth, 'abcd')",
            differ={"relu": value, "tanh": set()},
            truth={"relu": set(), "tanh": set()},
        )
        name = getattr(value, "__name__", "object")
        assert told.startswith("Row “relu”: expected a set of")
        assert "set()" in told and ("Found: set." in told or name != "set")

    def test_another_table_names_the_row_as_well(self):
        told = self.failed("checks.numbers(table, {'a': 1, 'b': 2})", table={"a": 1, "b": max})
        assert told.startswith("Row “b”: ")

    @pytest.mark.parametrize("value", ["...", None, 3, []])
    def test_what_is_no_function_is_called_by_its_name(self, value):
        told = self.failed(
            "with checks.task('one-line'):\n    checks.hidden(misha_net, task=READING, layers=1)",
            misha_net=value,
            READING=Task(kind="classification", classes=10, input_shape=(8, 8, 1)),
        )
        assert told.startswith("✘ Expected: `misha_net` is a function. Found: ")

    def test_an_activation_without_brackets_is_told_so(self):
        import keras

        def net(activation):
            def misha_net():
                made = keras.Sequential(
                    [
                        keras.Input((8, 8, 1)),
                        keras.layers.Flatten(),
                        keras.layers.Dense(8, activation=activation, name="middle"),
                        keras.layers.Dense(10, activation="softmax"),
                    ]
                )
                made.compile("adam", "sparse_categorical_crossentropy")
                return made

            return misha_net

        task = Task(kind="classification", classes=10, input_shape=(8, 8, 1))
        checks.hidden(net(keras.layers.ReLU()), task=task, layers=1)
        with pytest.raises(CheckFailed, match=r"Layer `middle` .*`layers\.ReLU\(\)`"):
            checks.hidden(net(keras.layers.ReLU), task=task, layers=1)
