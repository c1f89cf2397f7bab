"""A grading run: submissions -> records -> gradebook, where killing it at any point loses nothing.

A record is the whole outcome of one notebook, named by the SHA-256 of all that it depends on:
submission, master, files beside them, this package and the libraries. It is on the disk before the
gradebook is touched; a run that finds it does not run the notebook again. The gradebook has one
writer, this process, and a lock keeps a second run out.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import json
import platform
import time
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

from autograder.errors import Problem
from autograder.grading import marks, restore
from autograder.grading.course import (
    CONFIG,
    Course,
    Submission,
    digest,
    folder_digest,
    write_atomically,
)
from autograder.grading.warm import LIMITS, PRELOAD, Pool, ServerDied
from autograder.messages import msg


class Listener:
    """Hears how a run goes. Every method may be overridden; none must be."""

    def planned(self, total: int, reused: int) -> None:
        """``total`` notebooks are to be recorded, ``reused`` of them have a record already."""

    def done(self, record: dict) -> None:
        """A notebook has its record, and its marks are in the gradebook unless ``done`` raises."""

    def note(self, text: str) -> None:
        """Something that an instructor should know about the run."""


def grade(
    course: Course,
    *,
    units: tuple[str, ...] = (),
    students: tuple[str, ...] = (),
    workers: int | None = None,
    limits: dict | None = None,
    force: bool = False,
    preload: tuple[str, ...] = PRELOAD,
    listener: Listener | None = None,
) -> dict:
    """Grade and record; returns the report (see :func:`report`). Raises Problem for bad input.

    ``limits``: {"cell": seconds, "notebook": seconds, "memory": MB}. ``force`` runs again what has
    a record. ``preload`` is what the warm process imports.
    """
    chosen, who = course.units(units), course.students(students)
    course.check_writable()
    listener = listener or Listener()
    began = time.monotonic()
    with _alone(course), Pool(workers, preload) as pool:
        run = _Run(course, {**LIMITS, **(limits or {})}, force, listener)
        run.plan(course.submissions(chosen, who))
        if run.todo:
            pool.launch()  # imports TensorFlow while this process imports nbgrader
        run.open_book()
        try:
            run.record(pool)
        except ServerDied as error:
            raise Problem(str(error)) from None
        notes = [*pool.notes, *run.notes]
        for note in notes:
            listener.note(note)
        return report(
            run.records,
            errors=run.errors,
            course=str(course.root),
            units=chosen,
            workers=pool.workers,
            limits=run.limits,
            graded=run.graded,
            reused=len(run.records) - run.graded,
            seconds=round(time.monotonic() - began, 2),
            notes=notes,
        )


def report(records: list[dict], errors: dict | None = None, **run) -> dict:
    """What ``grade --json`` writes; messages in the course's language.

    ``errors`` {(student, unit): text}: records that could not be written to the gradebook.
    """
    submissions = []
    for record in sorted(records, key=lambda r: (r["unit"], r["student"], r["notebook"])):
        lang = record["language"]
        points, most = marks.score(record)
        error = (errors or {}).get((record["student"], record["unit"]))
        submissions.append(
            {
                "student": record["student"],
                "unit": record["unit"],
                "notebook": record["notebook"],
                "status": "failed" if error else record["status"],
                "score": points,
                "max_score": most,
                "seconds": record["seconds"],
                "reason": error or (record["reason"] or {}).get(lang),
                "remarks": [remark[lang] for remark in record["remarks"]],
                "disputes": record["disputes"],
                "isolation": record["isolation"],
                "cells": [
                    {**cell, "message": (cell["message"] or {}).get(lang)}
                    for cell in record["cells"]
                ],
            }
        )
    run["failed"] = sum(s["status"] == "failed" for s in submissions)
    run["unrecorded"] = len(errors or {})
    return {"run": run, "submissions": submissions}


class _Run:
    def __init__(self, course, limits, force, listener):
        self.course, self.limits, self.force, self.listener = course, limits, force, listener
        self.records: list[dict] = []
        self.errors: dict[tuple[str, str], str] = {}
        self.notes: list[str] = []
        self.graded = 0
        self._masters: dict[tuple[str, str], dict] = {}
        self._languages: dict[str, str] = {}
        self._restored: dict = {}

    # What is to be done

    def key(self, submission: Submission, data: bytes) -> str:
        """The name of a record: a digest of all that the marks for notebook ``data`` depend on."""
        source = self.course.masters[submission.unit][submission.notebook]
        return digest(
            submission.student,
            data,
            folder_digest(submission.folder),
            source.read_bytes(),
            folder_digest(source.parent),
            environment(),
        )

    def path(self, submission: Submission, key: str) -> Path:
        return record_path(
            self.course, submission.unit, submission.student, submission.notebook, key
        )

    def load(self, submission: Submission) -> dict | None:
        """The submission's record, if it has one that still holds."""
        if self.force:
            return None
        key = self.key(submission, _read(submission.path))
        try:
            record = json.loads(self.path(submission, key).read_bytes())
        except (OSError, ValueError):
            return None
        if record.get("format") != marks.FORMAT or record["key"] != key:
            return None
        hurried = any(cell["outcome"] in ("timeout", "killed") for cell in record["cells"])
        if hurried and record["limits"] != self.limits:
            return None  # more time or memory may help it now
        return {**record, "timestamp": _timestamp(submission)}

    def plan(self, submissions):
        """Sort out what has a record already and what is to be run."""
        self.pending: dict[tuple[str, str], list[Submission]] = {}
        self.finished: dict[tuple[str, str], list[dict]] = {}
        self.todo: list[Submission] = []
        for submission in submissions:
            self.master(submission)  # a damaged one is found before anything is done
            group = submission.unit, submission.student
            self.pending.setdefault(group, []).append(submission)
            record = self.load(submission)
            if record is None:
                self.todo.append(submission)
            else:
                self.finished.setdefault(group, []).append(record)

    def open_book(self):
        """Open the gradebook, and write what has records but is not, or no longer, in it."""
        from autograder.grading.record import Book

        self.book = Book(self.course)
        self.unchanged = {unit: self.book.checksums(unit) for unit, _ in self.pending}
        in_book = self.book.marks()
        reused = sum(len(records) for records in self.finished.values())
        self.listener.planned(len(self.todo) + reused, reused)
        for group, records in list(self.finished.items()):
            if len(records) == len(self.pending[group]):
                known = all(self.book.holds(record, in_book) for record in records)
                self.write(group, already=known)

    # Doing it

    def record(self, pool):
        with contextlib.closing(pool.run(self.jobs())) as results:
            for result in results:
                self.keep(*self._restored.pop(result["id"]), result)

    def jobs(self) -> Iterator[dict]:
        for i, submission in enumerate(self.todo):
            data = _read(submission.path)
            key = self.key(submission, data)
            try:
                if not submission.path.is_file():
                    raise restore.Unreadable(_absent(submission))
                parsed = restore.parse(data)
            except restore.Unreadable as error:
                self.keep(submission, key, None, None, error.message)
                continue
            restored = restore.restore(self.master(submission), parsed)
            self._restored[i] = submission, key, restored
            source = self.course.masters[submission.unit][submission.notebook].parent
            yield {
                "id": i,
                "cells": [job for _, job in restored.jobs],
                "lang": self.language(submission.unit),
                "limits": self.limits,
                "seed": self.seed(submission, data),
                "files": [str(submission.folder), str(source)],
            }

    def keep(self, submission, key, restored, result, reason=None):
        """Make the record of a notebook, put it on the disk, and its group into the gradebook."""
        if restored is None:
            restored = restore.restore(self.master(submission), None)
        record = marks.make_record(
            restored,
            result,
            lang=self.language(submission.unit),
            unchanged=self.unchanged[submission.unit].get(submission.notebook, {}),
            reason=reason,
            key=key,
            student=submission.student,
            unit=submission.unit,
            notebook=submission.notebook,
            absent=not submission.path.exists(),
            limits=self.limits,
        )
        data = json.dumps(record, ensure_ascii=False).encode("utf-8", "replace")
        write_atomically(self.path(submission, key), data)
        self.graded += 1
        group = submission.unit, submission.student
        done = self.finished.setdefault(group, [])
        done.append({**json.loads(data), "timestamp": _timestamp(submission)})
        if len(done) == len(self.pending[group]):
            self.write(group)

    def write(self, group, already=False):
        """Write a student's finished notebooks of a unit; a failure costs nobody else anything."""
        records = self.finished.pop(group)
        if not already:
            try:
                self.book.write(*group, records)
            except Exception as error:
                text = " ".join(f"{type(error).__name__}: {error}".split())[:300]
                why = msg("The marks could not be written to the gradebook: {text}", text=text)
                self.errors[group[1], group[0]] = why.text(records[0]["language"])
        for record in records:
            self.records.append({k: v for k, v in record.items() if k != "executed"})
            self.listener.done(record)

    def master(self, submission):
        where = submission.unit, submission.notebook
        if where not in self._masters:
            self._masters[where] = self.course.master(*where)
        return self._masters[where]

    def language(self, unit):
        if unit not in self._languages:
            self._languages[unit] = self.course.language(unit)
        return self._languages[unit]

    def seed(self, submission, data):
        """Unpredictable to students, the same at a regrade of the same submission."""
        text = digest(submission.unit, submission.notebook, data)
        code = hmac.new(self.course.secret(), text.encode(), hashlib.sha256).digest()
        return int.from_bytes(code[:4], "big")


@contextlib.contextmanager
def _alone(course):
    """Hold the course's lock. Raises Problem when another run has it."""
    with open(course.root / CONFIG) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Problem(
                msg(
                    "Expected to be the only grading run in {path}. Received: another one is "
                    "going on. Wait for it, or stop it.",
                    path=course.root,
                )
            ) from None
        yield


@cache
def environment() -> str:
    """A digest of what decides marks on our side: this package's code and the libraries."""
    package = Path(__file__).parents[1]
    lab = package.parent / "course" / "lab"
    parts = [platform.python_version()]
    for name in ("numpy", "keras", "tensorflow", "scikit-learn", "ipython"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            parts.append(f"{name} {metadata.version(name)}")
    for folder in (*(package / p for p in ("reading", "equivalence", "faults", "checks")), lab):
        for path in sorted(folder.rglob("*.py")):
            parts += [path.name, path.read_bytes()]
    for name in ("execute", "judge", "shell", "attempt", "restore", "marks"):
        parts.append((package / "grading" / f"{name}.py").read_bytes())
    return digest(*parts)


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
