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
from autograder.checks.answers.arrays import arrays
from autograder.checks.answers.functions import fresh, function, several
from autograder.checks.answers.motion import moves
from autograder.checks.answers.numbers import numbers
from autograder.checks.answers.sources import mended
from autograder.checks.answers.tables import choices, positive, predictions, subsets
from autograder.checks.equivalences.claims import counterexample, equivalent, witnesses
from autograder.checks.equivalences.impostors import catches, unmistaken
from autograder.checks.models._built import compiled
from autograder.checks.models.briefs import budget, convolves, hidden
from autograder.checks.models.faults import model, remarks
from autograder.checks.models.learning import learns, twins
from autograder.checks.models.outputs import distribution
from autograder.checks.models.skill import skill
from autograder.checks.transforms.inputs import conditioned
from autograder.checks.transforms.targets import learnable, round_trip
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
    "positive",
    "predictions",
    "proven",
    "quietly",
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
