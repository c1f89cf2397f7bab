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
from autograder.checks._progress import progress
from autograder.checks._seals import sealed
from autograder.checks._task import call, proven, quietly, task
from autograder.checks.answers.arrays import arrays
from autograder.checks.answers.blindness import blind_spot
from autograder.checks.answers.functions import fresh, function, several
from autograder.checks.answers.motion import moves
from autograder.checks.answers.numbers import numbers
from autograder.checks.answers.ranges import Wanted, examples
from autograder.checks.answers.sources import mended
from autograder.checks.answers.streams import Stream, streaming
from autograder.checks.answers.tables import choices, positive, predictions, subsets
from autograder.checks.equivalences.claims import counterexample, equivalent, witnesses
from autograder.checks.equivalences.impostors import catches, unmistaken
from autograder.checks.models._built import compiled
from autograder.checks.models.briefs import budget, convolves, hidden
from autograder.checks.models.dropouts import steady
from autograder.checks.models.faults import model, remarks
from autograder.checks.models.learning import learns, twins
from autograder.checks.models.orders import drawn, planned
from autograder.checks.models.outputs import distribution
from autograder.checks.models.skill import skill
from autograder.checks.transforms.inputs import conditioned
from autograder.checks.transforms.targets import learnable, round_trip
from autograder.messages import use_language

__all__ = [
    "Wanted",
    "Stream",
    "arrays",
    "blind_spot",
    "budget",
    "call",
    "catches",
    "choices",
    "compiled",
    "conditioned",
    "convolves",
    "counterexample",
    "distribution",
    "drawn",
    "equivalent",
    "examples",
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
    "planned",
    "positive",
    "predictions",
    "progress",
    "proven",
    "quietly",
    "remarks",
    "round_trip",
    "sealed",
    "several",
    "skill",
    "steady",
    "streaming",
    "subsets",
    "task",
    "twins",
    "unmistaken",
    "use_language",
    "witnesses",
]
