"""Design faults of Keras models: rules over the layer graph, the compile settings and the task.

``diagnose`` reads the model, asks every rule, and orders what they find: faults first, and only the
root cause where one fault explains another.  Rule ids and their predicates follow the catalogue in
the documentation; a rule is one small function, grouped by family: ``outputs`` (A), ``activations``
(B), ``initialisation`` (C), ``regularisation`` (D), ``shapes`` (E).
"""

from __future__ import annotations

from dataclasses import dataclass

from autograder.faults import activations, initialisation, outputs, regularisation, shapes  # noqa: F401
from autograder.faults._rule import RULES, Finding, Rule, Subject, Task
from autograder.faults.construction import explain_construction
from autograder.faults.losses import Loss, loss_of
from autograder.reading import read

__all__ = [
    "RULES",
    "Diagnosis",
    "Finding",
    "Loss",
    "Rule",
    "Task",
    "diagnose",
    "explain_construction",
    "loss_of",
]

_ORDER = ("fault", "smell", "waste", "hint")
# Where the first fires, the second says the same thing again.
_EXPLAINS = {
    "A01": {"A10", "A04"},
    "A07": {"B04"},
    "A10": {"A04"},
    "A11": {"A04", "A05", "A09"},
}


@dataclass(frozen=True)
class Diagnosis:
    """findings: faults, smells, wastes, hints, in this order."""

    findings: list[Finding]

    @property
    def faults(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.kind == "fault"]

    def __str__(self):
        return "\n".join(f"{f.rule} {f.message} {f.fix}" for f in self.findings)


def diagnose(model, task: Task | None = None) -> Diagnosis:
    """Inspect a Keras model: what is wrong with it, where, and how to mend it.

    ``task`` sharpens the rules that depend on what the model is for. The model is left as it was.
    Raises ReadError when the model cannot be read.
    """
    graph = read(model, input_shape=task.input_shape if task and task.input_shape else None)
    subject = Subject(model, graph, task)
    findings = [finding for rule in RULES.values() for finding in rule.findings(subject)]
    explained = {name for f in findings for name in _EXPLAINS.get(f.rule, ())}
    findings = [f for f in findings if f.rule not in explained]
    return Diagnosis(sorted(findings, key=lambda f: _ORDER.index(f.kind)))
