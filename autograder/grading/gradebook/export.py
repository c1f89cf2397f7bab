"""Marks as tables that gradebooks elsewhere import: Canvas, Moodle, and a plain one.

What the importers make of a file, and so what is written here:

Canvas
    Begins with Student, ID, SIS User ID, SIS Login ID and Section; a row "Points Possible" follows
    the header; a student is found by the first of the ids that fits. An empty cell is no mark, and
    takes back one that is there.
Moodle
    Any columns, of which the person who imports names the one that says who it is. ``-`` is no
    mark. A row whose name is empty would count for the student above it, so there is none.

A mark that is not complete, because a person has yet to give a part of it, is no mark. Texts that a
spreadsheet would take for a formula begin with an apostrophe; ids cannot be changed like that and
are refused.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from autograder.errors import Problem
from autograder.messages import msg

FORMATS = ("csv", "canvas", "moodle")
#: What Moodle can be told to find a student by: option -> (header, Student's attribute).
MOODLE_IDS = {
    "email": ("Email address", "email"),
    "username": ("Username", "id"),
    "idnumber": ("ID number", "lms_id"),
}
#: Student's attribute -> what nbgrader's table calls it
_COLUMNS = {"id": "id", "email": "email", "lms_id": "lms_user_id"}
# The wide forms are formulas too where spreadsheets are set to Chinese or Japanese.
_FORMULA = tuple("=+-@＝＋－＠")


@dataclass(frozen=True)
class Student:
    """Somebody in nbgrader's table of students; what is not known is ''."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_id: str = ""

    @property
    def name(self) -> str:
        """'Last, First', as far as it is known, or the id."""
        return ", ".join(filter(None, (self.last_name, self.first_name))) or self.id


@dataclass(frozen=True)
class Result:
    """A student's work on one unit. ``score`` is after late penalties; None as long as ``state`` is
    not "graded": "waiting" for a mark by hand, "ungraded", or "absent"."""

    student: Student
    unit: str
    state: str
    score: float | None
    max_score: float
    penalty: float = 0.0
    timestamp: str = ""


def text(
    results: Iterable[Result],
    kind: str,
    *,
    by: str = "email",
    columns: dict[str, str] | None = None,
    zero_for_absent: bool = False,
) -> str:
    """The table of ``kind`` 'csv', 'canvas' or 'moodle', a row per student, as RFC 4180 has it.

    'csv' has a row per student and unit. ``by``: one of MOODLE_IDS. ``columns``: {unit: its name
    elsewhere}. ``zero_for_absent``: who handed in nothing has 0, and not an empty cell. Raises
    Problem where students could be taken for each other.
    """
    results = sorted(results, key=lambda r: (r.student.id, r.unit))
    if zero_for_absent:
        results = [
            Result(r.student, r.unit, r.state, 0.0, r.max_score) if r.state == "absent" else r
            for r in results
        ]
    rows = _plain(results) if kind == "csv" else _wide(results, kind, by, columns or {})
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue()


def guarded(value: str) -> str:
    """``value`` on one line, and with an apostrophe where a spreadsheet would calculate it."""
    value = " ".join(value.split())
    return f"'{value}" if value.startswith(_FORMULA) else value


def _plain(results):
    yield (
        "student_id", "last_name", "first_name", "email", "lms_user_id", "unit", "timestamp",
        "state", "late_submission_penalty", "score", "max_score",
    )  # fmt: skip
    _checked_ids([r.student for r in results], "id")
    for r in results:
        who = r.student.last_name, r.student.first_name, r.student.email, r.student.lms_id
        yield (
            r.student.id, *map(guarded, who), guarded(r.unit), r.timestamp, r.state,
            _number(r.penalty), _number(r.score), _number(r.max_score),
        )  # fmt: skip


def _wide(results, kind, by, columns):
    units = {r.unit: r.max_score for r in results}
    students = {r.student.id: r.student for r in results}
    scores = {(r.student.id, r.unit): r.score for r in results}
    names = [columns.get(unit, guarded(unit)) for unit in sorted(units)]
    none = "" if kind == "canvas" else "-"
    if kind == "canvas":
        _checked_ids(students.values(), "id")
        _checked_ids([s for s in students.values() if s.lms_id], "lms_id")
        yield ("Student", "ID", "SIS User ID", "SIS Login ID", "Section", *names)
        yield ("Points Possible", *[""] * 4, *(_number(units[unit]) for unit in sorted(units)))
    else:
        header, attribute = MOODLE_IDS[by]
        _checked_ids(students.values(), attribute)
        yield ("First name", "Last name", header, *names)
    for student in students.values():
        if kind == "canvas":
            who = guarded(student.name), student.lms_id, "", student.id, ""
        else:
            names = student.first_name, student.last_name
            who = *map(guarded, names), getattr(student, attribute)
        yield (*who, *(_number(scores.get((student.id, unit)), none) for unit in sorted(units)))


def _checked_ids(students, attribute):
    """Raise Problem unless every student has an id of this kind, of their own, and no formula."""
    ids = {s.id: getattr(s, attribute) for s in students}
    times = Counter(ids.values())
    wrong = (
        (msg("none"), [s for s, id_ in ids.items() if not id_.strip()]),
        (msg("the same one"), [s for s, id_ in ids.items() if id_.strip() and times[id_] > 1]),
        (
            msg("one that begins like a formula or has odd spaces"),
            [s for s, id_ in ids.items() if id_.strip() and guarded(id_) != id_],
        ),
    )
    for what, whose in wrong:
        if whose:
            raise Problem(
                msg(
                    "Expected one {column} of its own for every student. Received {what} for "
                    "{students}. Mend it with `nbgrader db student add`, or name the others with "
                    "--student. Nothing was written.",
                    column=_COLUMNS[attribute],
                    what=what,
                    students=", ".join(map(repr, whose[:10])) + (" ..." if whose[10:] else ""),
                )
            )


def _number(value, none=""):
    return none if value is None else f"{value:.10g}"
