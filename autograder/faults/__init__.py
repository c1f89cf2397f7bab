"""Design faults of Keras models: rules over the layer graph, the compile settings and the task.

::

    report = autograder.diagnose(model)                  # in a notebook: a table
    report = autograder.diagnose(model, measure=True)    # and numbers of a pass on random inputs
    report.findings[0].rule, .message, .why, .fix, .code, .evidence
    autograder.diagnose(make_net), autograder.diagnose("net.py")     # what does not build, too
    autograder.assert_no_faults(model)                   # in a test
    model.fit(x, y, callbacks=[autograder.DoctorCallback()])

``diagnose`` reads the model, asks every rule, and orders what they find: faults first, and only the
root cause where one fault explains another. A rule is one small function, grouped by family:
``outputs`` (A), ``activations`` (B), ``initialisation`` (C), ``regularisation`` (D), ``shapes`` (E),
``optimisers`` (F), ``behaviour`` (G). ``docs/faults.md`` lists them all.
"""

from __future__ import annotations

from autograder.faults import (  # noqa: F401
    activations,
    behaviour,
    initialisation,
    optimisers,
    outputs,
    regularisation,
    shapes,
)
from autograder.faults._rule import RULES, Finding, Rule, Subject, Task
from autograder.faults.construction import explain_construction
from autograder.faults.diagnosis import Diagnosis
from autograder.faults.inspecting import assert_no_faults, diagnose
from autograder.faults.losses import Loss, loss_of

__all__ = [
    "RULES",
    "Diagnosis",
    "Finding",
    "Loss",
    "Rule",
    "Subject",
    "Task",
    "assert_no_faults",
    "diagnose",
    "explain_construction",
    "loss_of",
]
