"""Are the unseen convolutional nets what they say they are?"""

import ast
from collections import Counter
from pathlib import Path

import pytest

from course.lab.unseen import conv_nets

SEEDS = range(60)
MASTER = Path(__file__).parents[1] / "course" / "units" / "02-feet-conv" / "feet-conv.py"


def test_the_same_seed_gives_the_same_net():
    first = conv_nets.conv(7)
    conv_nets.conv.cache_clear()
    second = conv_nets.conv(7)
    assert (first.source, first.faults) == (second.source, second.faults)
    assert first.source != conv_nets.conv(8).source


@pytest.mark.parametrize("seed", [-1, 1.5, "7", True, None])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(ValueError, match="Expected a seed that is a whole number"):
        conv_nets.conv(seed)


def test_sources_parse_and_every_fault_occurs():
    seen = Counter()
    for seed in range(200):
        net = conv_nets.conv(seed)
        assert ast.parse(net.source).body[0].name == "unseen_net"
        assert 3 <= len(net.faults) <= 4
        assert net.faults <= set(conv_nets.FAULTS)
        seen.update(net.faults)
    assert set(seen) == set(conv_nets.FAULTS)
    assert min(seen.values()) >= 20


def test_the_net_shows_its_source_and_not_its_faults():
    net = conv_nets.conv(3)
    assert str(net) == repr(net) == net.source


def test_faults_are_those_that_diagnosis_finds():
    from autograder import Task, diagnose

    task = Task("classification", 10, input_shape=(28, 28, 1))
    for seed in SEEDS:
        net = conv_nets.conv(seed)
        if "vanishing-map" in net.faults:
            with pytest.raises(ValueError, match="zero or negative|[Nn]egative dimension"):
                net.make()
            continue
        found = {finding.rule for finding in diagnose(net.make(), task).faults}
        assert found == {conv_nets.RULES[fault] for fault in net.faults}, (seed, net.source)


def test_the_unit_hands_out_the_net_of_its_seed():
    text = MASTER.read_text(encoding="utf-8")
    seed = int(text.split("UNSEEN = unseen.conv(")[1].split(")")[0])
    assert conv_nets.conv(seed).source.strip() in text
