"""``autograder grades``."""

from __future__ import annotations

import click

from autograder.errors import Problem
from autograder.grading.gradebook.course import Course
from autograder.grading.gradebook.export import FORMATS, MOODLE_IDS, guarded, text
from autograder.grading.options import FOLDER, course_options
from autograder.messages import msg
from autograder.writing import write_atomically


@click.command()
@course_options
@click.option(
    "--format",
    "kind",
    type=click.Choice(FORMATS),
    default="csv",
    show_default=True,
    help="Who is to read it; csv has a row per student and unit.",
)
@click.option(
    "--by",
    type=click.Choice(list(MOODLE_IDS)),
    default="email",
    show_default=True,
    help="What Moodle is to find students by: idnumber is nbgrader's lms_user_id.",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="UNIT=NAME",
    help="What the unit is called there (may be repeated).",
)
@click.option("--zero-for-absent", is_flag=True, help="0 for who has handed in nothing.")
@click.option("--out", type=FOLDER, metavar="FILE", help="Write there, default: print.")
def grades(unit, course, student, kind, by, columns, zero_for_absent, out):
    """Write the marks of a course as a table. Without UNIT, of all units.

    Marks are after late penalties. Where a part waits for a mark by hand, or nothing is graded
    yet, the cell is empty (for Moodle: -).
    """
    if out and out.is_dir():
        raise Problem(msg("Expected a file. Received the folder {path}.", path=out), exit_code=2)
    from autograder.grading.gradebook.book import Book

    results = _chosen(Book(Course(course)).results(), unit, student)
    table = text(
        results, kind, by=by, columns=_columns(columns, results), zero_for_absent=zero_for_absent
    )
    if out is None:
        click.echo(table, nl=False)
    else:
        write_atomically(out.absolute(), table.encode(), mode=0o600)
        click.echo(f"{len({r.student.id for r in results})} students in {out}")
    for state, says in (
        ("waiting", msg("wait for a mark by hand")),
        ("ungraded", msg("are handed in and not graded")),
    ):
        found = [f"{r.student.id}/{r.unit}" for r in results if r.state == state]
        if found:
            some = ", ".join(found[:5]) + (" ..." if found[5:] else "")
            click.echo(f"{len(found)} of {len(results)} {says}: {some}", err=True)


def _chosen(results, units, students):
    """Those of ``units`` and ``students``, or all. Raises Problem for what is not there."""
    for chosen, known, what in (
        (units, {r.unit for r in results}, msg("units")),
        (students, {r.student.id for r in results}, msg("students")),
    ):
        for name in chosen:
            if name not in known:
                raise Problem(
                    msg(
                        "Expected one of the gradebook's {what} {known}. Received: {name}.",
                        what=what,
                        known=", ".join(sorted(known)) or "(there are none)",
                        name=name,
                    ),
                    exit_code=2,
                )
    found = [
        r
        for r in results
        if (not units or r.unit in units) and (not students or r.student.id in students)
    ]
    if not found:
        raise Problem(
            msg("Expected students and units in the gradebook. Received none. Nothing was written.")
        )
    return found


def _columns(pairs, results):
    """{unit: what it is called elsewhere} of UNIT=NAME. Raises Problem."""
    found = {}
    for pair in pairs:
        unit, _, name = pair.partition("=")
        if unit not in {r.unit for r in results} or not name or guarded(name) != name:
            raise Problem(
                msg(
                    "Expected --column UNIT=NAME, of a unit that is written, with a name that is "
                    "no formula. Received: {pair}.",
                    pair=pair,
                ),
                exit_code=2,
            )
        found[unit] = name
    return found
