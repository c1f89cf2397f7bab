"""Checks of design: no fault, and remarks on what a net may do but its author should know."""

from __future__ import annotations

from collections.abc import Iterable

from autograder.checks._task import proven
from autograder.checks.models._built import examined
from autograder.errors import CheckFailed
from autograder.messages import Lines, msg


def model(make, *, task, rules: Iterable[str] | None = None) -> None:
    """The net builds, answers in the shape that ``task`` (an autograder.Task) asks for, and is free
    of faults.

    ``rules`` limits the inspection: a family ("A") looks for its faults, an id ("E06") counts
    whatever its kind. Raises CheckFailed with the first finding: layer, measured number, repair.
    """
    from autograder.faults import diagnose

    report = diagnose(examined(make, task), task=task)
    for error in (report.unread, *report.broken):
        if error is not None:
            raise error  # our own failure: no mark hangs on it
    for finding in report.findings:
        named = rules is not None and finding.rule in rules
        in_family = rules is None or finding.rule[0] in rules
        if named or (in_family and finding.kind == "fault"):
            raise CheckFailed(Lines(finding.message, finding.fix))
    if rules is None:
        proven(
            msg(
                "The net builds, answers in shape {shape}, no design fault.",
                shape=task.output_shape,
            )
        )
    else:
        proven(msg("The net builds and is free of this fault."))


def remarks(make, *, task, rules: Iterable[str]) -> None:
    """Note the findings of ``rules`` that are no faults beside what was proven. Never fails a net."""
    from autograder.faults import diagnose

    for finding in diagnose(examined(make, task), task=task).findings:
        if finding.rule in rules and finding.kind != "fault":
            proven(msg("Accepted, with a remark. {remark}", remark=finding.message))
