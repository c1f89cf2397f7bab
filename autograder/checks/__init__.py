"""What a test cell calls.

A test cell opens the task and states what must hold::

    with task("zero-init"):
        checks.predictions(moves, measured)

A check that holds leaves a line about what it has proven; a check that does not raises
:class:`autograder.CheckFailed` with what was expected, what was found, the number measured on the
student's own object, and one hint.  Checks never return anything: under nbgrader the last value of
a test cell would be taken for points.
"""

from autograder.checks._hints import hint
from autograder.checks._task import call, proven, quietly, task
from autograder.checks.briefs import hidden
from autograder.checks.equivalences import counterexample, equivalent
from autograder.checks.models import budget, learns, model, skill
from autograder.checks.motion import moves, twins
from autograder.checks.nets import compiled, convolves, distribution, reaches
from autograder.checks.power import (
    catches,
    choices,
    fresh,
    positive,
    several,
    subsets,
    unmistaken,
    witnesses,
)
from autograder.checks.preprocessing import conditioned
from autograder.checks.remarks import remarks
from autograder.checks.results import arrays
from autograder.checks.skills import outdoes
from autograder.checks.sources import mended
from autograder.checks.targets import learnable, round_trip
from autograder.checks.values import function, numbers, predictions
from autograder.messages import use_language

__all__ = [
    "arrays",
    "budget",
    "call",
    "catches",
    "choices",
    "compiled",
    "conditioned",
    "convolves",
    "counterexample",
    "distribution",
    "equivalent",
    "fresh",
    "function",
    "hidden",
    "hint",
    "learnable",
    "learns",
    "mended",
    "model",
    "moves",
    "numbers",
    "outdoes",
    "positive",
    "predictions",
    "proven",
    "quietly",
    "reaches",
    "remarks",
    "round_trip",
    "several",
    "skill",
    "subsets",
    "task",
    "twins",
    "unmistaken",
    "use_language",
    "witnesses",
]
