"""How a course's notebooks are rebuilt and judged.

::

    judged      masters of Footguns: a judge of its own, which sees declared exhibits
    in_kernel   notebooks of any nbgrader course, judged where the student's code runs
"""

from __future__ import annotations

from typing import Protocol

from autograder.grading.engine.job import Result
from autograder.grading.gradebook.course import Submission
from autograder.grading.restore import Restored


class Rules(Protocol):
    """What a grader must know of a course's notebooks."""

    def check(self, submission: Submission) -> None:
        """Raises Problem when nobody's work on this notebook could be graded."""

    def digest(self, submission: Submission) -> str:
        """Of what the course itself brings to a notebook."""

    def restore(self, submission: Submission, parsed: dict | None) -> Restored:
        """The notebook to run; ``parsed`` None: there is nothing of the student's."""

    def verdicts(self, restored: Restored, result: Result) -> Result:
        """A pool's result with the verdicts of its test cells as these rules have them."""

    #: what every job has beside its cells
    job: dict
