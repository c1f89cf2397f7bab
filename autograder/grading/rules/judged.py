"""Notebooks that ``autograder build`` made, judged in a process of their own."""

from __future__ import annotations

from autograder.errors import Problem
from autograder.grading import restore
from autograder.grading.files import digest, folder_digest
from autograder.grading.gradebook.course import Course
from autograder.messages import msg


class Judged:
    """Rules (see :class:`autograder.grading.rules.Rules`) for masters of Footguns: a judge of its own
    runs the master's test cells on declared exhibits."""

    job: dict = {}

    def __init__(self, course: Course):
        self.course = course
        self._masters: dict[tuple[str, str], dict] = {}

    def check(self, submission):
        if not is_ours(self._master(submission)):
            raise Problem(
                msg(
                    "Expected a notebook that `autograder build` made. Received: {path}. Use "
                    "--in-kernel for other courses.",
                    path=self.course.masters[submission.unit][submission.notebook],
                )
            )

    def digest(self, submission):
        source = self.course.masters[submission.unit][submission.notebook]
        return digest(source.read_bytes(), folder_digest(source.parent))

    def restore(self, submission, parsed):
        return restore.restore(self._master(submission), parsed)

    def verdicts(self, restored, result):
        return result

    def _master(self, submission):
        where = submission.unit, submission.notebook
        if where not in self._masters:
            self._masters[where] = self.course.master(*where)
        return self._masters[where]


def is_ours(master: dict) -> bool:
    """Whether a master declares what its test cells may read."""
    return "footguns" in master["metadata"]
