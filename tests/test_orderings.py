"""The orders and ratios that the units state, each over five seeds."""

import pytest

from course.lab.experiments import orderings

SEEDS = range(5)
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("statement", orderings.STATEMENTS, ids=lambda one: one.text[:40])
def test_it_holds_with_every_seed(statement):
    for seed in SEEDS:
        found = statement.measure(seed)
        assert statement.holds(found), (seed, found)


def test_the_nets_of_the_report_overlap():
    scores, apart = orderings.overlapping(SEEDS)
    assert not apart, scores
