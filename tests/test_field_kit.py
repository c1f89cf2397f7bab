"""The instruments of the field kit: do they measure what they say?"""

import numpy as np
import pytest

from autograder import CheckFailed, checks
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

    def test_every_slip_shows_and_is_told_from_the_others(self):
        for seed in range(60):
            net = small(seed)
            right, seen = small_nets._table(net), []
            for slip, (values, message) in net.mistakes().items():
                wrong = {key: value for key, value in values.items() if value != right[key]}
                assert wrong, (seed, slip)
                assert (wrong, message) not in seen
                seen.append((wrong, message))

    def test_no_pool_divides_its_map(self):
        for seed in range(60):
            net = small(seed)
            assert (net.side - net.kernels[0] + 1) % net.pool


class TestFirstSteps:
    def test_only_gelu_differs_and_only_far_below_zero(self):
        measured = first_steps.differing()
        assert measured.truth == {"relu": set(), "tanh": set(), "gelu": {"c"}}
        assert str(measured.evidence["gelu"]) == (
            "max_pool(f(z)) a 1.95 b -0.046 c -0.00405 d 0, "
            "f(max_pool(z)) a 1.95 b -0.046 c -0.159 d 0"
        )

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
            "Dropout(1)": True,
            "Dropout(0.5, trainable=False)": True,
            "BatchNormalization()": True,
            "BatchNormalization(trainable=False)": False,
            "LayerNormalization()": False,
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
            "· progress-c   not checked yet in this session",
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
