"""One submitted notebook: what its marks depend on, the job that runs it, its record.

Knows no pool and no gradebook. A record is named by what it depends on, so that work which has been
done is found again; :mod:`autograder.grading.run` does whole classes with it and
:mod:`autograder.grading.plugin.preprocessors` what nbgrader hands over.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from autograder.grading import restore
from autograder.grading.engine.job import LIMITS
from autograder.grading.engine.preload import PRELOAD
from autograder.grading.environment import environment
from autograder.grading.files import digest, folder_digest
from autograder.grading.gradebook.course import Course, Submission
from autograder.grading.gradebook.record import make_record
from autograder.grading.journal import Journal
from autograder.grading.restore import Restored
from autograder.grading.rules import Rules
from autograder.grading.rules.judged import Judged
from autograder.messages import Message, msg


@dataclass
class Given:
    """A submission as it was taken up. ``job`` None: it cannot be run, and ``reason`` says why."""

    submission: Submission
    parts: dict[str, str]
    restored: Restored
    job: dict | None = None
    reason: Message | None = None


class Grader:
    """Takes submissions up and makes their records. ``limits`` as in :data:`LIMITS`."""

    def __init__(self, course: Course, limits: dict | None = None, rules: Rules | None = None):
        self.course = course
        self.limits = {**LIMITS, **(limits or {})}
        self.rules = rules or Judged(course)
        self.journal = Journal(course)
        self._languages: dict[str, str] = {}

    def load(self, submission: Submission) -> dict | None:
        """The submission's record, if it has one that still holds."""
        key = _name(self._parts(submission, _read(submission.path)))
        where = submission.unit, submission.student, submission.notebook
        record = self.journal.load(*where, key)
        if record is None:
            return None
        hurried = any(cell["outcome"] in ("timeout", "killed") for cell in record["cells"])
        if hurried and record["limits"] != self.limits:
            return None  # more time or memory may help it now
        return {**record, "timestamp": _timestamp(submission)}

    def take(self, submission: Submission) -> Given:
        """Rebuild a submission, and what runs it."""
        data = _read(submission.path)
        parts = self._parts(submission, data)
        try:
            if not submission.path.is_file():
                raise restore.Unreadable(_absent(submission))
            parsed = restore.parse(data)
        except restore.Unreadable as error:
            nothing = self.rules.restore(submission, None)
            return Given(submission, parts, nothing, reason=error.message)
        restored = self.rules.restore(submission, parsed)
        source = self.course.masters[submission.unit][submission.notebook].parent
        job = {
            "cells": [cell for _, cell in restored.jobs],
            "lang": self.language(submission.unit),
            "limits": self.limits,
            "seed": self._seed(submission, data),
            "files": [str(submission.folder), str(source)],
            **self.rules.job,
        }
        return Given(submission, parts, restored, job)

    def keep(self, given: Given, result: dict | None, unchanged: dict[str, str]) -> dict:
        """Make the record and put it on the disk. ``result``: the pool's, None without a job.
        ``unchanged`` {grade_id: checksum}: see
        :func:`~autograder.grading.gradebook.record.make_record`. Raises OSError."""
        submission = given.submission
        if result is not None:
            result = self.rules.verdicts(given.restored, result)
        record = make_record(
            given.restored,
            result,
            lang=self.language(submission.unit),
            unchanged=unchanged,
            reason=given.reason,
            key=_name(given.parts),
            depends_on=given.parts,
            student=submission.student,
            unit=submission.unit,
            notebook=submission.notebook,
            absent=not submission.path.exists(),
            limits=self.limits,
        )
        return {**self.journal.keep(record), "timestamp": _timestamp(submission)}

    def language(self, unit: str) -> str:
        if unit not in self._languages:
            self._languages[unit] = self.course.language(unit)
        return self._languages[unit]

    def _parts(self, submission, data):
        """Digests of all that the marks for notebook ``data`` depend on."""
        return {
            "submission": digest(submission.student, data, folder_digest(submission.folder)),
            "master": self.rules.digest(submission),
            "checks": environment(),
        }

    def _seed(self, submission, data):
        """Unpredictable to students, the same at a regrade of the same submission."""
        text = digest(submission.unit, submission.notebook, data)
        code = hmac.new(self.course.secret(), text.encode(), hashlib.sha256).digest()
        return int.from_bytes(code[:4], "big")


def _name(parts):
    return digest(*(f"{what} {parts[what]}" for what in sorted(parts)))


def imports(course: Course, submissions: Iterable[Submission]) -> tuple[str, ...]:
    """What a warm process should import before the notebooks do: what their masters import, and
    for those of Footguns :data:`PRELOAD` first."""
    found: set[str] = set()
    for unit, notebook in {(s.unit, s.notebook) for s in submissions}:
        for cell in course.master(unit, notebook)["cells"]:
            if cell["cell_type"] == "code":
                found |= _imported(cell["source"])
    ours = {name.split(".")[0] for name in found} & {"keras", "course"}
    return (*(PRELOAD if ours else ()), *sorted(found.difference(PRELOAD)))


def _imported(source):
    """The modules that import statements of a cell name; none where the cell has magics."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return set()
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return names


def _read(path):
    """The file's bytes; of one that is too large to be graded, as much as shows that it is."""
    try:
        if path.is_file():  # and no pipe, which would never end
            with open(path, "rb") as file:
                return file.read(restore.MAX_BYTES + 1)
    except OSError as error:
        return f"unreadable: {error.strerror}".encode()
    return b"no file"


def _timestamp(submission):
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return (submission.folder / "timestamp.txt").read_text().strip()
    return ""


def _absent(submission):
    others = sorted(p.name for p in submission.folder.glob("*.ipynb"))
    if others:
        return msg(
            "Expected {name}.ipynb. Received: {others}.",
            name=submission.notebook,
            others=", ".join(others)[:200],
        )
    return msg("{name}.ipynb was not handed in.", name=submission.notebook)
