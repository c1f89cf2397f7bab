"""The one writer: records into nbgrader's gradebook and autograded folder, by nbgrader's own code.

Imports nbgrader, which takes seconds. Writing a record twice changes nothing; scores and comments
that a person gave stay.
"""

from __future__ import annotations

import glob
import json
import logging
import os
import sys
import warnings
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

import nbformat
from nbgrader.api import (
    Assignment,
    BaseCell,
    Grade,
    Gradebook,
    MissingEntry,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    LimitOutput,
    SaveAutoGrades,
)
from nbgrader.utils import rmtree
from sqlalchemy import case, func
from sqlalchemy.exc import SQLAlchemyError

from autograder.errors import Problem
from autograder.grading.gradebook.course import Course
from autograder.grading.gradebook.export import Result
from autograder.grading.gradebook.export import Student as Person
from autograder.messages import msg

# nbgrader's own code makes SQLAlchemy remark on every first submission.
warnings.filterwarnings("ignore", module="nbgrader")


_NO_RECORD: dict = {"cells": [], "disputes": {}}


class SaveMarks(SaveAutoGrades):
    """nbgrader's recording; where its rule knows fewer outcomes than a record, the record counts.

    The outputs of a test cell already say what the record says, to nbgrader's own rule. What they
    cannot say: no mark where we could not check, and 0 where an answer in words is missing.
    Without a record (notebooks that were not to be executed) all is as nbgrader has it.
    """

    def _add_score(self, cell, resources):
        super()._add_score(cell, resources)
        record = resources["nbgrader"].get("record", _NO_RECORD)
        name = cell.metadata.nbgrader["grade_id"]
        mark = next((mark for mark in record["cells"] if mark["grade_id"] == name), None)
        if mark is not None and mark["outcome"] in ("unchecked", "missing"):
            grade = self._find(self.gradebook.find_grade, cell)
            grade.auto_score = mark["points"]
            grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None
            self.gradebook.db.commit()

    def _add_comment(self, cell, resources):
        super()._add_comment(cell, resources)
        record = resources["nbgrader"].get("record", _NO_RECORD)
        name = cell.metadata.nbgrader["grade_id"]
        comment = self._find(self.gradebook.find_comment, cell)
        if not cell.source.strip():
            comment.auto_comment = "No response."
        elif name in record["disputes"]:
            text = msg("Disputed: {reason}", reason=record["disputes"][name])
            comment.auto_comment = text.text(record["language"])
        self.gradebook.db.commit()

    def preprocess(self, nb, resources):
        nb, resources = super().preprocess(nb, resources)
        if resources["nbgrader"].get("record", _NO_RECORD)["disputes"]:
            with Gradebook(self.db_url) as gradebook:
                notebook = gradebook.find_submission_notebook(
                    self.notebook_id, self.assignment_id, self.student_id
                )
                notebook.flagged = True
                gradebook.db.commit()
        return nb, resources

    def _find(self, find, cell):
        name = cell.metadata.nbgrader["grade_id"]
        return find(name, self.notebook_id, self.assignment_id, self.student_id)


class AutogradeFromRecords(Autograde):
    """nbgrader's autograde without executing anything: notebooks come from records."""

    def write(self, unit: str, student: str, records: dict[str, dict]) -> None:
        """Record a student's notebooks of one unit, ``records`` by notebook. Raises what nbgrader
        raises, and OSError."""
        self.coursedir.assignment_id, self.coursedir.student_id = unit, student
        self.records = records
        self._sanitizing = True
        source = self._format_source(unit, student)
        self.notebooks = [os.path.join(source, f"{name}.ipynb") for name in sorted(records)]
        dest = os.path.normpath(self._format_dest(unit, student))
        here = os.getcwd()
        os.chdir(self.coursedir.root)
        try:
            if os.path.exists(dest):
                rmtree(dest)
            os.makedirs(dest)
            self.run_pre_convert_hook()
            self.init_assignment(unit, student)
            for notebook in self.notebooks:
                self.convert_single_notebook(notebook)
            self.set_permissions(unit, student)
            self.run_post_convert_hook()
        finally:
            os.chdir(here)

    def init_assignment(self, assignment_id, student_id):
        """nbgrader's, without the links and pipes that a student may have handed in: it would copy
        what they lead to."""
        source, kept = Path(self._format_source(assignment_id, student_id)), self.coursedir.ignore
        odd = {
            glob.escape(path.name)
            for path in source.rglob("*")
            if path.is_symlink() or not (path.is_file() or path.is_dir())
        }
        self.coursedir.ignore = [*kept, *sorted(odd)]
        try:
            super().init_assignment(assignment_id, student_id)
        finally:
            self.coursedir.ignore = kept

    def convert_single_notebook(self, notebook_filename):
        resources = self.init_single_notebook_resources(notebook_filename)
        record = self.records[resources["nbgrader"]["notebook"]]
        if record["absent"]:
            return  # init_assignment has given it 0, as nbgrader does
        resources["nbgrader"]["record"] = record
        notebook = executed(record)
        output, resources = self.exporter.from_notebook_node(notebook, resources)
        self.write_single_notebook(output, resources)


def find_scripts() -> None:
    """Let nbgrader find `alembic`, which it calls by name, where the environment is not active."""
    scripts = os.path.dirname(sys.executable)
    path = os.environ.get("PATH", os.defpath)
    if scripts not in path.split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([scripts, path])


class Book:
    """The course's gradebook. Raises Problem when a unit is not registered in it."""

    def __init__(self, course: Course):
        self.course = course
        find_scripts()
        logging.getLogger("traitlets").setLevel(logging.CRITICAL)
        self._coursedir = CourseDirectory(config=course.config, root=str(course.base))

    @cached_property
    def _autograde(self):
        from nbconvert.exporters import NotebookExporter
        from nbconvert.writers import FilesWriter

        autograde = AutogradeFromRecords(coursedir=self._coursedir, config=self.course.config)
        autograde.log.setLevel(logging.CRITICAL)
        autograde.writer = FilesWriter(parent=autograde, config=autograde.config)
        exporter = NotebookExporter(parent=autograde, config=autograde.config)
        for step in (LimitOutput, SaveMarks, AssignLatePenalties, CheckCellMetadata):
            exporter.register_preprocessor(step, enabled=True)
        autograde.exporter = exporter
        return autograde

    def checksums(self, unit: str) -> dict[str, dict[str, str]]:
        """{notebook: {grade_id: checksum of the released cell}} of a registered unit."""
        with self._open() as gradebook:
            try:
                assignment = gradebook.find_assignment(unit)
            except MissingEntry:
                raise Problem(
                    msg(
                        "Expected the unit {unit} in {path}. Received: it is not registered. Run "
                        "`nbgrader generate_assignment {unit}` in {root}.",
                        unit=unit,
                        path=self.course.gradebook,
                        root=self.course.root,
                    )
                ) from None
            return {
                notebook.name: {cell.name: cell.checksum for cell in notebook.source_cells}
                for notebook in assignment.notebooks
            }

    def cells(self, unit: str) -> dict[str, dict]:
        """What a registered unit's notebooks must be like, in the order of their cells:
        {notebook: {"kernelspec": dict or None, "cells": [{"id", "cell_type", "source", "checksum",
        "locked", "grade", "solution", "task": bool, "points": of graded ones, else None}]}}."""
        self.checksums(unit)  # is it registered?
        with self._open() as gradebook:
            return {
                notebook.name: {
                    "kernelspec": json.loads(notebook.kernelspec) if notebook.kernelspec else None,
                    "cells": _cells(notebook),
                }
                for notebook in gradebook.find_assignment(unit).notebooks
            }

    def due(self, unit: str) -> datetime | None:
        """When the last student must hand in, extensions included, in UTC; None: there is no end."""
        with self._open() as gradebook:
            try:
                assignment = gradebook.find_assignment(unit)
            except MissingEntry:
                return None
            if assignment.duedate is None:
                return None
            longest = [s.extension for s in assignment.submissions if s.extension is not None]
            return assignment.duedate + max(longest, default=timedelta(0))

    def marks(self) -> dict[tuple[str, str, str], dict[str, float | None]]:
        """{(student, unit, notebook): {grade_id: automatic score}}, all in one query."""
        return self._scores(Grade.auto_score)

    def by_hand(self) -> dict[tuple[str, str, str], dict[str, float | None]]:
        """The same of scores that a person gave; None where nobody did."""
        return self._scores(Grade.manual_score)

    def results(self) -> list[Result]:
        """What every student of the gradebook has for every unit of it."""
        with self._open() as gradebook:
            query = gradebook.db.query
            units = query(Assignment.id, Assignment.name, Assignment.max_score).all()
            students = [
                Person(
                    s.id, *(x or "" for x in (s.first_name, s.last_name, s.email, s.lms_user_id))
                )
                for s in query(Student).order_by(Student.id)
            ]
            submissions = {
                (student, unit): (id_, timestamp)
                for id_, student, unit, timestamp in query(
                    SubmittedAssignment.id,
                    SubmittedAssignment.student_id,
                    SubmittedAssignment.assignment_id,
                    SubmittedAssignment.timestamp,
                )
            }
            penalties = dict(
                query(
                    SubmittedNotebook.assignment_id,
                    func.coalesce(func.sum(SubmittedNotebook.late_submission_penalty), 0.0),
                ).group_by(SubmittedNotebook.assignment_id)
            )
            missing = Grade.auto_score.is_(None) & Grade.manual_score.is_(None)
            scores = {
                id_: (score, waiting)
                for id_, score, waiting in query(
                    SubmittedNotebook.assignment_id,
                    func.sum(Grade.score),
                    func.sum(case((missing, 1), else_=0)),
                )
                .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
                .group_by(SubmittedNotebook.assignment_id)
            }
        return [
            self._result(student, unit, most, submissions.get((student.id, id_)), penalties, scores)
            for id_, unit, most in units
            for student in students
        ]

    def _result(self, student, unit, most, submission, penalties, scores):
        id_, timestamp = submission or (None, None)
        if id_ is None:
            submitted = self._coursedir.format_path(
                self._coursedir.submitted_directory, student.id, unit
            )
            state = "ungraded" if os.path.isdir(submitted) else "absent"
            return Result(student, unit, state, None, most)
        score, waiting = scores.get(id_, (0.0, 0))  # none: a unit without marks
        penalty = penalties.get(id_, 0.0)
        return Result(
            student,
            unit,
            "waiting" if waiting else "graded",
            None if waiting else max(0.0, score - penalty),
            most,
            penalty,
            str(timestamp or ""),
        )

    def _scores(self, column):
        with self._open() as gradebook:
            rows = (
                gradebook.db.query(
                    Student.id, Assignment.name, Notebook.name, BaseCell.name, column
                )
                .select_from(Grade)
                .join(SubmittedNotebook, Grade.notebook_id == SubmittedNotebook.id)
                .join(
                    SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id
                )
                .join(Student, SubmittedAssignment.student_id == Student.id)
                .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
                .join(Notebook, SubmittedNotebook.notebook_id == Notebook.id)
                .join(BaseCell, Grade.cell_id == BaseCell.id)
                .all()
            )
        found: dict = {}
        for student, unit, notebook, cell, points in rows:
            found.setdefault((student, unit, notebook), {})[cell] = points
        return found

    def holds(self, record: dict, marks: dict) -> bool:
        """Whether ``record`` is in the gradebook (``marks``, of :meth:`marks`) and autograded/."""
        found = marks.get((record["student"], record["unit"], record["notebook"]))
        if found is None or any(
            found.get(cell["grade_id"], "none") != cell["points"] for cell in record["cells"]
        ):
            return False
        if record["absent"]:
            return True
        try:
            text = self.executed(record).read_bytes()
        except OSError:
            return False
        return mark_of(record).encode() in text

    def executed(self, record: dict) -> Path:
        """Where the executed notebook of a record goes."""
        folder = self._coursedir.format_path(
            self._coursedir.autograded_directory, record["student"], record["unit"]
        )
        return Path(folder) / f"{record['notebook']}.ipynb"

    def given(self, record: dict) -> dict[str, tuple[float | None, str | None]]:
        """{grade_id: (score or None, comment or None)} as the gradebook has it, by hand included."""
        where = record["notebook"], record["unit"], record["student"]
        found: dict = {}
        with self._open() as gradebook:
            notebook = gradebook.find_submission_notebook(*where)
            for grade in notebook.grades:
                score = grade.auto_score if grade.manual_score is None else grade.manual_score
                if score is not None:
                    score += grade.extra_credit or 0
                found[grade.name] = score, None
            for comment in notebook.comments:
                found[comment.name] = found.get(comment.name, (None,))[0], comment.comment
        return found

    def write(self, unit: str, student: str, records: list[dict]) -> None:
        """Record a student's notebooks of one unit: all of them, for they share a folder."""
        self._autograde.write(unit, student, {record["notebook"]: record for record in records})

    def _open(self):
        try:
            return Gradebook(self._coursedir.db_url, self._coursedir.course_id)
        except SQLAlchemyError as error:
            raise Problem(
                msg(
                    "Expected nbgrader's gradebook at {path}. Received: {error}. Restore it from a "
                    "backup; the marks come back with the next run.",
                    path=self.course.gradebook,
                    error=str(getattr(error, "orig", None) or error),
                )
            ) from None


def _cells(notebook):
    graded = {cell.name: cell for cell in (*notebook.grade_cells, *notebook.task_cells)}
    grade, task, solution = (
        {cell.name for cell in cells}
        for cells in (notebook.grade_cells, notebook.task_cells, notebook.solution_cells)
    )
    return [
        {
            "id": cell.name,
            "cell_type": cell.cell_type,
            "source": cell.source,
            "checksum": cell.checksum,
            "locked": bool(cell.locked),
            "grade": cell.name in grade,
            "solution": cell.name in solution,
            "task": cell.name in task,
            "points": graded[cell.name].max_score if cell.name in graded else None,
        }
        for cell in notebook.source_cells
    ]


def executed(record: dict) -> nbformat.NotebookNode:
    """The executed notebook of a record, which says whose it is."""
    notebook = nbformat.from_dict(record["executed"])
    notebook.metadata.setdefault("footguns", {})["record"] = mark_of(record)
    return notebook


def mark_of(record: dict) -> str:
    """What the executed notebook carries to tell that this record, at this time, was written."""
    return f"{record['key']}/{record['timestamp']}"
