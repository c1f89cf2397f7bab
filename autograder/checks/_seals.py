"""Findings that stay sealed until the student's own list has been checked."""

from __future__ import annotations

from autograder.checks._progress import state
from autograder.messages import msg


class Sealed:
    """No findings yet, and a ``note`` of what opens them."""

    findings = ()

    def __init__(self, task: str):
        self.note = msg(
            "Findings are sealed until the check of “{task}” is green. Then run this cell again.",
            task=task,
        )

    def __str__(self):
        return self.note.text()


def sealed(task: str, model, brief=None):
    """What ``autograder.diagnose(model, brief)`` finds, once the check of ``task`` is green; before
    that a :class:`Sealed`. Made for ``autograder.xray(model, findings=...)``.
    """
    if state(task) != "green":
        return Sealed(task)
    from autograder.faults import diagnose

    return diagnose(model, brief)
