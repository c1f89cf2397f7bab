"""Are the unseen dense nets what they say they are?"""

import ast
from collections import Counter

import numpy as np
import pytest

from autograder import training
from course.lab import data, unseen
from course.lab.unseen import dense_nets

SEEDS = range(40)
#: The rule of autograder.diagnose that finds the fault; the others show in shapes or in training.
RULES = {
    "zero-kernel": {"C01"},
    "equal-kernels": {"C02"},
    "no-activation": {"B01"},
    "total-dropout": {"D01"},
    "output-activation": {"A02", "A05"},
    "loss": {"A09", "A11", "A14"},
    "late-dropout": {"A16"},
}


def single(fault, seed):
    """A net with this fault only; None: a healthy one."""
    faults = frozenset([fault] if fault else [])
    rng = np.random.default_rng([1, seed])
    return unseen.Unseen(seed, dense_nets._Plan(rng, faults).source(rng, faults), faults)


def brief():
    from autograder import Task

    return Task("classification", unseen.BANDS, input_shape=(39,))


def accuracy(net, epochs=40):
    bands = unseen.price_bands()
    model = training.build(net.make)
    training.fit(model, bands.x_train, bands.y_train, epochs=epochs)
    return training.score(model, bands.x_test, bands.y_test)


def test_the_same_seed_gives_the_same_net():
    first = unseen.dense(7)
    unseen.dense.cache_clear()
    second = unseen.dense(7)
    assert (first.source, first.faults) == (second.source, second.faults)
    assert first.source != unseen.dense(8).source


@pytest.mark.parametrize("seed", [-1, 1.5, "7", True, None])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(ValueError, match="Expected a seed that is a whole number"):
        unseen.dense(seed)


def test_sources_parse_and_every_fault_occurs():
    seen, sources = Counter(), set()
    for seed in range(300):
        net = unseen.dense(seed)
        assert ast.parse(net.source).body[0].name == "unseen_net"
        assert 3 <= len(net.faults) <= 4
        seen.update(net.faults)
        sources.add(net.source)
    assert set(seen) == set(dense_nets.FAULTS)
    assert min(seen.values()) >= 25
    assert len(sources) > 295


def test_the_net_shows_its_source_and_not_its_faults():
    net = unseen.dense(14)
    assert str(net) == repr(net) == net.source
    assert net._repr_markdown_() == f"```python\n{net.source}```"


def test_diagnosis_finds_every_fault_that_a_rule_can_see_and_no_other():
    from autograder import diagnose

    for seed in SEEDS:
        net = unseen.dense(seed)
        model = net.make()
        found = {finding.rule for finding in diagnose(model, brief()).faults}
        if "output-units" not in net.faults:  # softmax over one unit has rules of its own
            allowed = set().union(*(RULES.get(fault, set()) for fault in net.faults))
            assert found <= allowed, (seed, net.source, found)
        for fault in net.faults & set(RULES):
            if fault == "loss" and "output-activation" in net.faults:
                continue  # one explains the other
            if fault == "output-activation" and {"loss", "output-units"} & net.faults:
                continue
            assert found & RULES[fault], (seed, fault, net.source, found)
        assert (model.output_shape == (None, 4)) == ("output-units" not in net.faults)


def test_the_linear_model_to_beat():
    assert data.linear_baseline(unseen.price_bands()) == pytest.approx(unseen.LINEAR, abs=5e-4)
    counts = np.bincount(unseen.price_bands().y_train)
    assert counts.tolist() == [750] * 4


@pytest.mark.parametrize("seed", [0, 1])
def test_a_healthy_net_meets_the_brief(seed):
    from autograder import diagnose

    net = single(None, seed)
    assert diagnose(net.make(), brief()).faults == []
    assert accuracy(net) > unseen.LINEAR + 0.1


@pytest.mark.parametrize("fault", ["no-normalisation", "learning-rate"])
def test_faults_that_only_training_shows_are_below_the_linear_model(fault):
    for seed in range(3):
        assert accuracy(single(fault, seed), epochs=10) < unseen.LINEAR - 0.1
