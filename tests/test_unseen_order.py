"""The stacks made from seeds: the same for the same seed, worth solving, and truly measured."""

import numpy as np
import pytest

from course.lab.unseen import stacks
from course.lab.unseen.stacks import Step


def step(op, **options):
    return Step(op, op, options=options)


CONV = Step(
    "conv2d",
    "conv",
    options={
        "weights": [
            np.random.default_rng(0).normal(0, 0.4, (3, 3, 3, 3)),
            np.array([0.7, -1.0, 0.5]),
        ]
    },
)


def norm(*gamma):
    others = [np.array(v) for v in ([0.6, -0.8, 0.9], [-0.7, 0.5, 0.8], [0.5, 2.0, 1.2])]
    return Step("batch_norm", "norm", options={"weights": [np.array(gamma), *others]})


RISING, TURNED = norm(1.2, 0.6, 0.9), norm(1.2, -0.6, 0.9)
DROPOUT, SPATIAL = step("dropout", rate=0.4), step("spatial_dropout2d", rate=0.4)
MAX, AVERAGE = step("max_pool2d"), step("avg_pool2d")
DOUBLED, MOVED, TURNED_ROUND = (
    step("rescaling", scale=scale, offset=offset)
    for scale, offset in ((2.0, 0.0), (0.5, -1.0), (-1.0, 0.0))
)
LAYER_NORM = step("layer_norm")
ACTIVATIONS = [
    step(name) for name in ("relu", "leaky_relu", "tanh", "sigmoid", "elu", "gelu", "silu")
]

BOTH, INFERENCE, NEITHER = {"inference", "training"}, {"inference"}, set()


def measured(first, second):
    from autograder.equivalence import equivalence

    return {
        mode
        for mode in stacks.MODES
        if equivalence(*stacks.swapped(first, second, mode), stacks.inputs())
    }


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (MAX, ACTIVATIONS[0], BOTH),
        (MAX, ACTIVATIONS[5], NEITHER),
        (AVERAGE, ACTIVATIONS[0], NEITHER),
        (DROPOUT, ACTIVATIONS[1], BOTH),
        (DROPOUT, ACTIVATIONS[2], INFERENCE),
        (DROPOUT, MAX, INFERENCE),
        (SPATIAL, MAX, BOTH),
        (SPATIAL, AVERAGE, BOTH),
        (SPATIAL, RISING, INFERENCE),
        (SPATIAL, CONV, INFERENCE),
        (RISING, MAX, INFERENCE),
        (TURNED, MAX, NEITHER),
        (TURNED, AVERAGE, INFERENCE),
        (RISING, ACTIVATIONS[0], NEITHER),
        (CONV, AVERAGE, NEITHER),
        (LAYER_NORM, MAX, NEITHER),
        (DOUBLED, ACTIVATIONS[1], BOTH),
        (DOUBLED, ACTIVATIONS[5], NEITHER),
        (MOVED, DROPOUT, INFERENCE),
        (MOVED, MAX, BOTH),
        (TURNED_ROUND, MAX, NEITHER),
        (TURNED_ROUND, DROPOUT, BOTH),
        (TURNED_ROUND, AVERAGE, BOTH),
    ],
    ids=lambda value: getattr(value, "op", None),
)
def test_known_pairs_are_measured_as_the_theory_says(first, second, same):
    assert measured(first, second) == same
    assert stacks._rule(first, second) == stacks._rule(second, first) == same


def test_a_seed_always_gives_the_same_stack():
    first, again = stacks.stack(11), stacks._make(11)
    assert str(first) == str(again)
    assert len({str(stacks.stack(seed)) for seed in range(40)}) > 30


def test_every_stack_is_worth_solving():
    for seed in range(60):
        stack = stacks.stack(seed)
        expected = [stacks._rule(a, b) for a, b in stack.pairs.values()]
        assert {len(same) for same in expected} == {0, 1, 2}, seed
        assert all(a.family != b.family for a, b in stack.pairs.values())


@pytest.mark.parametrize("seed", [0, 7, 258, 375])
def test_the_truth_of_a_stack_is_measured(seed):
    stack = stacks.stack(seed)
    expected = {pair: set(stacks._rule(a, b)) for pair, (a, b) in stack.pairs.items()}
    assert stack.truth() == expected


def test_a_stack_prints_as_source_with_its_gammas():
    shown = str(stacks.stack(375))
    assert shown.startswith("keras.Sequential([\n")
    assert "layers.BatchNormalization(),   # 4   gamma = 1.4, 1, -0.7" in shown


@pytest.mark.parametrize("seed", [-1, 1.5, "7", True, None])
def test_a_bad_seed_is_refused(seed):
    with pytest.raises(ValueError, match="Expected a seed that is a whole number >= 0"):
        stacks.stack(seed)
