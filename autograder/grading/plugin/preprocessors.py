"""The engine inside nbgrader: ``nbgrader autograde`` and the formgrader's button use it too.

These classes are named in a course's settings (:mod:`autograder.grading.plugin.settings`), which
is all that nbgrader needs to find them. Notebooks that ``autograder build`` made are judged as
``autograder grade`` judges them; those of other courses in the classic way
(:mod:`autograder.grading.rules.in_kernel`). The warm process lives as long as the process that uses it.
"""

from __future__ import annotations

import atexit
import contextlib
from dataclasses import replace
from pathlib import Path

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader.preprocessors import Execute as _Execute
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Dict, List, Unicode

from autograder.errors import Problem
from autograder.grading import restore
from autograder.grading.engine.job import job_cell
from autograder.grading.engine.pool import Pool
from autograder.grading.gradebook.book import Book, SaveMarks, executed
from autograder.grading.gradebook.course import Course, Submission
from autograder.grading.grader import Grader, imports
from autograder.grading.restore import Restored
from autograder.grading.rules.in_kernel import InKernel
from autograder.grading.rules.judged import is_ours

__all__ = ["Execute", "Exporter", "Restore", "SaveMarks"]

_pools: dict[tuple, Pool] = {}  # by course, and by what its notebooks import


class Exporter(NotebookExporter):
    """Reads what is no notebook as an empty one: its marks are 0, and nobody else's are lost."""

    def from_file(self, file_stream, resources=None, **kw):
        try:
            notebook = nbformat.read(file_stream, as_version=4)
        except Exception:  # students hand in anything
            notebook = nbformat.v4.new_notebook()
        return self.from_notebook_node(notebook, resources, **kw)


class Restore(NbGraderPreprocessor):
    """First of all that sanitises: afterwards nothing of what a student did to cells that are not
    theirs is left, and nothing that the steps which follow would stumble over."""

    def preprocess(self, nb, resources):
        submission, grader = _what(self, resources)
        try:
            parsed = restore.parse(nbformat.writes(nb).encode("utf-8", "replace"))
        except restore.Unreadable:
            parsed = None
        restored = nbformat.from_dict(grader.rules.restore(submission, parsed).notebook)
        if not self.config.get("Execute", {}).get("enabled", True):
            _keep_outputs(restored, nb)
        return restored, resources


class Execute(_Execute):
    """Runs the notebook in a fork of a warm process; its outputs say the marks to nbgrader's rule.

    What was graded before and has not changed is not run again, except when ``--force`` says so.
    """

    limits = Dict(
        help="Of notebooks that `autograder build` made: seconds for a 'cell' and for the "
        "'notebook', and the 'memory' in MB."
    ).tag(config=True)

    require = List(Unicode(), help="Properties of the sandbox without which nothing is run.").tag(
        config=True
    )

    def preprocess(self, nb, resources, km=None):
        submission, grader = _what(self, resources, self.limits, self.timeout)
        record = None if self.parent.parent.force else grader.load(submission)
        if record is None:
            record = self._run(nb, submission, grader)
        resources["nbgrader"]["record"] = record
        return executed(record), resources

    def _run(self, nb, submission, grader):
        given = grader.take(submission)
        result = None
        if given.job is not None:
            if isinstance(grader.rules, InKernel):
                given = _as_sanitised(given, nb)
            pool = _pool(grader.course, submission)
            (result,) = pool.run([{**given.job, "require": list(self.require)}])
            if "failed" in result:
                raise Problem(result["failed"])
        unchanged = Book(grader.course).checksums(submission.unit).get(submission.notebook, {})
        return grader.keep(given, result, unchanged)


def _what(step, resources, limits=None, timeout=None):
    """The submission that nbgrader is about, and the grader for it."""
    coursedir = step.parent.parent.coursedir  # of the converter, whose exporter has this step
    course = Course.of(coursedir)
    where = resources["nbgrader"]
    student, unit, notebook = where["student"], where["assignment"], where["notebook"]
    folder = coursedir.format_path(coursedir.submitted_directory, student, unit)
    submission = Submission(student, unit, notebook, Path(folder))
    if notebook in course.masters.get(unit, {}) and is_ours(course.master(unit, notebook)):
        return submission, Grader(course, limits)
    rules = InKernel(course)
    rules.check(submission)
    return submission, Grader(course, rules.limits(timeout), rules)


def _as_sanitised(given, nb):
    """Run what other sanitising steps made of a notebook, and not what we would have made."""
    notebook = restore.parse(nbformat.writes(nb).encode("utf-8", "replace"))
    jobs = [
        (i, job_cell(cell["id"], "code", cell["source"]))
        for i, cell in enumerate(notebook["cells"])
        if cell["cell_type"] == "code"
    ]
    restored = Restored(
        notebook, jobs, given.restored.missing, given.restored.remarks, given.restored.disputes
    )
    return replace(given, restored=restored, job={**given.job, "cells": [job for _, job in jobs]})


def _pool(course, submission):
    preload = ()
    if submission.notebook in course.masters.get(submission.unit, {}):
        preload = imports(course, [submission])
    key = str(course.root), preload
    if key not in _pools:
        if not _pools:
            atexit.register(_close)
        _pools[key] = Pool(workers=1, preload=preload, hidden=(str(course.root),))
    return _pools[key]


def _close():
    while _pools:
        with contextlib.suppress(OSError):
            _pools.popitem()[1].close()


def _keep_outputs(restored, nb):
    """Of a notebook that will not be executed: what its cells showed the student. A test cell that
    was not there has shown nothing that would earn points."""
    shown, rest = {}, []
    for cell in nb.cells:
        if cell.cell_type == "code":
            name = restore.grade_id(cell)
            if name is None or name in shown:
                rest.append(cell)
            else:
                shown[name] = cell
    for cell in restored.cells:
        if cell.cell_type != "code":
            continue
        name = restore.grade_id(cell)
        same = shown.get(name)
        if name is None:
            same = next((other for other in rest if other.source == cell.source), None)
        if same is not None:
            cell.outputs, cell.execution_count = same.outputs, same.execution_count
        elif name and cell.metadata.nbgrader.grade:
            text = "This cell was missing."
            error = {
                "output_type": "error",
                "ename": "Missing",
                "evalue": text,
                "traceback": [text],
            }
            cell.outputs = [nbformat.from_dict(error)]
