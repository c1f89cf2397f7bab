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
import json
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Protocol

from autograder.errors import Problem
from autograder.grading.engine.warm import LIMITS, PRELOAD
from autograder.grading.gradebook import marks, restore
from autograder.grading.gradebook.course import (
    Course,
    Submission,
    digest,
    folder_digest,
    write_atomically,
)
from autograder.grading.gradebook.restore import Restored
from autograder.messages import Message, msg


class Rules(Protocol):
    """How a course's notebooks are rebuilt and judged."""

    def check(self, submission: Submission) -> None:
        """Raises Problem when nobody's work on this notebook could be graded."""

    def digest(self, submission: Submission) -> str:
        """Of what the course itself brings to a notebook."""

    def restore(self, submission: Submission, parsed: dict | None) -> Restored:
        """The notebook to run; ``parsed`` None: there is nothing of the student's."""

    def verdicts(self, restored: Restored, result: dict) -> dict:
        """A pool's result with verdicts in its test cells."""

    #: what every job has beside its cells
    job: dict


class Judged:
    """Masters of Footguns: a judge of its own runs the master's test cells on declared exhibits."""

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
        self._languages: dict[str, str] = {}

    def load(self, submission: Submission) -> dict | None:
        """The submission's record, if it has one that still holds."""
        key = _name(self._parts(submission, _read(submission.path)))
        try:
            record = json.loads(self._path(submission, key).read_bytes())
        except (OSError, ValueError):
            return None
        if record.get("format") != marks.FORMAT or record["key"] != key:
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
        ``unchanged`` {grade_id: checksum}: see :func:`autograder.grading.gradebook.marks.make_record`."""
        submission = given.submission
        if result is not None:
            result = self.rules.verdicts(given.restored, result)
        key = _name(given.parts)
        record = marks.make_record(
            given.restored,
            result,
            lang=self.language(submission.unit),
            unchanged=unchanged,
            reason=given.reason,
            key=key,
            depends_on=given.parts,
            student=submission.student,
            unit=submission.unit,
            notebook=submission.notebook,
            absent=not submission.path.exists(),
            limits=self.limits,
        )
        data = json.dumps(record, ensure_ascii=False).encode("utf-8", "replace")
        write_atomically(self._path(submission, key), data)
        return {**json.loads(data), "timestamp": _timestamp(submission)}

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

    def _path(self, submission, key):
        where = submission.unit, submission.student, submission.notebook
        return record_path(self.course, *where, key)

    def _seed(self, submission, data):
        """Unpredictable to students, the same at a regrade of the same submission."""
        text = digest(submission.unit, submission.notebook, data)
        code = hmac.new(self.course.secret(), text.encode(), hashlib.sha256).digest()
        return int.from_bytes(code[:4], "big")


def _name(parts):
    return digest(*(f"{what} {parts[what]}" for what in sorted(parts)))


_DECIDING = ("gradebook/marks.py", "gradebook/restore.py", "plugin/in_kernel.py")


@cache
def environment() -> str:
    """A digest of what decides marks on our side: this package's code and the libraries."""
    package = Path(__file__).parents[1]
    lab = package.parent / "course" / "lab"
    parts = [platform.python_version()]
    for name in ("numpy", "keras", "tensorflow", "scikit-learn", "ipython"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            parts.append(f"{name} {metadata.version(name)}")
    ours = ("reading", "equivalence", "faults", "training", "exhibits", "checks")
    for folder in (*(package / name for name in ours), lab):
        for path in sorted(folder.rglob("*.py")):
            parts += [path.name, path.read_bytes()]
    grading = package / "grading"
    deciding = [*sorted((grading / "engine").glob("*.py")), *_DECIDING]
    for path in deciding:
        parts.append((grading / path).read_bytes())
    return digest(*parts)


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


def record_path(course: Course, unit: str, student: str, notebook: str, key: str) -> Path:
    return course.state / "records" / unit / student / f"{notebook}-{key[:20]}.json"


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
