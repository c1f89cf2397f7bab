"""Each fault put into good nets is found and ranked first; good nets are left in peace."""

from __future__ import annotations

import pytest
from faulty_nets import INJECTED, SOFTMAX, nets, some_nets
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

keras = pytest.importorskip("keras")

from autograder import diagnose  # noqa: E402

N = 12
quiet = settings(
    max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
_shares = {}


@pytest.mark.parametrize("rule", INJECTED)
def test_an_injected_fault_is_ranked_first(rule):
    inject, pictures = INJECTED[rule]
    kinds = (True,) if pictures else (False, True)
    hosts = [net for kind in kinds for net in some_nets(N // len(kinds), kind)]
    assert len(hosts) >= 10
    wrong = []
    for net in hosts:
        model = inject(net).build()
        found = [f.rule for f in diagnose(model).findings]
        if found[:1] != [rule]:
            wrong.append((net, found))
    _shares[rule] = 1 - len(wrong) / len(hosts)
    assert _shares[rule] >= 0.9, wrong


def test_of_all_injected_faults_95_percent_are_ranked_first():
    if len(_shares) == len(INJECTED):  # when the tests above ran too
        assert sum(_shares.values()) / len(_shares) >= 0.95, _shares


@pytest.mark.parametrize("pictures", [False, True])
def test_good_nets_have_no_finding(pictures):
    for net in some_nets(N, pictures):
        assert [f.rule for f in diagnose(net.build()).findings] == [], net


@quiet
@given(net=nets())
def test_any_good_net_is_free_of_faults_and_smells(net):
    report = diagnose(net.build())
    assert [f.rule for f in report.findings if f.kind in ("fault", "smell")] == []
    assert not report.broken and report.unread is None


@quiet
@given(data=st.data(), rule=st.sampled_from(sorted(INJECTED)))
def test_any_net_with_a_fault_is_told_so(data, rule):
    inject, pictures = INJECTED[rule]
    net = data.draw(nets(pictures, SOFTMAX))
    assert rule in {f.rule for f in diagnose(inject(net).build()).findings}
