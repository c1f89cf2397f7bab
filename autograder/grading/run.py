"""A grading run: submissions -> records -> gradebook, where killing it at any point loses nothing.

A record is the whole outcome of one notebook, named by the SHA-256 of all that it depends on:
submission, master, files beside them, this package and the libraries. It is on the disk before the
gradebook is touched; a run that finds it does not run the notebook again. The gradebook has one
writer, this process, and a lock keeps a second run out.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from functools import partial

from autograder.errors import Problem
from autograder.grading import sandbox
from autograder.grading.engine.executor import Executor
from autograder.grading.engine.pool import Pool, ServerDied
from autograder.grading.gradebook.course import Course, Submission
from autograder.grading.gradebook.record import score
from autograder.grading.grader import Given, Grader, imports
from autograder.grading.journal import Journal
from autograder.grading.misconceptions import misconceptions
from autograder.grading.rules.in_kernel import InKernel
from autograder.messages import Pair, msg


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
    require: tuple[str, ...] = (),
    write: bool = True,
    in_kernel: bool = False,
    preload: tuple[str, ...] | None = None,
    executor: Callable[..., Executor] | None = None,
    listener: Listener | None = None,
) -> dict:
    """Grade and record; returns the report (see :func:`report`). Raises Problem for bad input.

    ``limits``: {"cell": seconds, "notebook": seconds, "memory": MB}. ``force`` runs again what has
    a record. ``require``: properties of the sandbox without which nothing is run, nor taken over
    from an earlier run. Without ``write`` there are records, but the gradebook stays as it is.
    ``in_kernel`` is for courses that Footguns did not make
    (:mod:`autograder.grading.rules.in_kernel`). ``preload`` is what the warm process imports: by
    default what the masters import. ``executor(preload=..., hidden=...)`` makes what runs the
    notebooks: by default, a pool of ``workers``.
    """
    chosen, who = course.units(units), course.students(students)
    course.check_writable()
    listener = listener or Listener()
    began = time.monotonic()
    submissions = course.submissions(chosen, who)
    if preload is None:
        preload = imports(course, submissions)
    make = executor or partial(Pool, workers)
    hidden = (str(course.root),)
    with Journal(course).alone(), make(preload=preload, hidden=hidden) as pool:
        if require and pool.host is not None:
            sandbox.demand(require, pool.host)
        grader = Grader(course, limits)
        if in_kernel:
            rules = InKernel(course)
            grader = Grader(course, {**rules.limits(), **(limits or {})}, rules)
        run = _Run(course, grader, force, require, listener, write)
        run.plan(submissions)
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
            limits=run.grader.limits,
            graded=run.graded,
            reused=run.reused,
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
        points, most = score(record)
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
                "depends_on": record["depends_on"],
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
    run["misconceptions"] = misconceptions(submissions)
    return {"run": run, "submissions": submissions}


class _Run:
    def __init__(self, course, grader, force, require, listener, into_book=True):
        self.course, self.grader, self.force, self.listener = course, grader, force, listener
        self.require = require
        self.into_book = into_book
        self.records: list[dict] = []
        self.errors: dict[tuple[str, str], str] = {}
        self.notes: list[str] = []
        self.graded = self.reused = 0
        self._given: dict[int, Given] = {}

    # What is to be done

    def plan(self, submissions):
        """Sort out what has a record already and what is to be run."""
        self.pending: dict[tuple[str, str], list[Submission]] = {}
        self.finished: dict[tuple[str, str], list[dict]] = {}
        self.todo: list[Submission] = []
        for submission in submissions:
            self.grader.rules.check(submission)  # before anything is done
            group = submission.unit, submission.student
            self.pending.setdefault(group, []).append(submission)
            record = None if self.force else self.grader.load(submission)
            if record is None or not self.isolated(record):
                self.todo.append(submission)
            else:
                self.finished.setdefault(group, []).append(record)

    def isolated(self, record):
        """Whether a notebook ran, if it ran, under all that is required of this run."""
        held = record["isolation"]
        return not held or all(held.get(name) for name in self.require)

    def open_book(self):
        """Open the gradebook, and write what has records but is not, or no longer, in it."""
        from autograder.grading.gradebook.book import Book

        self.book = Book(self.course)
        self.unchanged = {unit: self.book.checksums(unit) for unit, _ in self.pending}
        in_book = self.book.marks()
        self.reused = sum(len(records) for records in self.finished.values())
        self.listener.planned(len(self.todo) + self.reused, self.reused)
        for group, records in list(self.finished.items()):
            if len(records) == len(self.pending[group]):
                known = all(self.book.holds(record, in_book) for record in records)
                self.write(group, already=known)

    # Doing it

    def record(self, pool):
        with contextlib.closing(pool.run(self.jobs())) as results:
            for result in results:
                given = self._given.pop(result["id"])
                if "failed" in result:
                    self.give_up(given.submission, result["failed"])
                else:
                    self.keep(given, result)

    def jobs(self) -> Iterator[dict]:
        for i, submission in enumerate(self.todo):
            given = self.grader.take(submission)
            if given.job is None:
                self.keep(given, None)
            else:
                self._given[i] = given
                yield {"id": i, **given.job, "require": list(self.require)}

    def keep(self, given, result):
        """Make the record of a notebook, put it on the disk, and its group into the gradebook."""
        submission = given.submission
        unchanged = self.unchanged[submission.unit].get(submission.notebook, {})
        record = self.grader.keep(given, result, unchanged)
        self.graded += 1
        group = submission.unit, submission.student
        done = self.finished.setdefault(group, [])
        done.append(record)
        if len(done) == len(self.pending[group]):
            self.write(group)

    def give_up(self, submission, why):
        """Leave a notebook without a record: the next run takes it up again."""
        why = Pair(why) if isinstance(why, dict) else why
        text = msg(
            "{student}, {unit}: the notebook could not be run ({why}). Grade again.",
            student=submission.student,
            unit=submission.unit,
            why=why,
        )
        self.errors[submission.student, submission.unit] = text.text()
        self.notes.append(text.text())

    def write(self, group, already=False):
        """Write a student's finished notebooks of a unit; a failure costs nobody else anything."""
        records = self.finished.pop(group)
        if self.into_book and not already:
            try:
                self.book.write(*group, records)
            except Exception as error:
                text = " ".join(f"{type(error).__name__}: {error}".split())[:300]
                why = msg("The marks could not be written to the gradebook: {text}", text=text)
                self.errors[group[1], group[0]] = why.text(records[0]["language"])
        for record in records:
            self.records.append({k: v for k, v in record.items() if k != "executed"})
            self.listener.done(record)
