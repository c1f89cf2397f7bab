"""Remarks: what a net may do, but its author should know."""

from __future__ import annotations

from collections.abc import Iterable

from autograder.checks._task import proven
from autograder.checks.models import built
from autograder.messages import msg


def remarks(make, *, task, rules: Iterable[str]) -> None:
    """Note the findings of ``rules`` that are no faults beside what was proven. Never fails a net."""
    from autograder.faults import diagnose

    for finding in diagnose(built(make, task), task=task).findings:
        if finding.rule in rules and finding.kind != "fault":
            proven(msg("Accepted, with a remark. {remark}", remark=finding.message))
