"""``autograder init``, ``demo``, ``grade``, ``regrade`` and ``feedback``."""

from __future__ import annotations

import json
import os

import click

from autograder.errors import Problem
from autograder.grading.options import (
    FOLDER,
    check_json,
    course_options,
    run_options,
    run_settings,
    write_json,
)
from autograder.messages import LANGUAGES, msg


@click.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", help="Of all its notebooks.")
def init(folder, lang):
    """Make the course directory DIR: notebooks, nbgrader's settings and gradebook."""
    course = _create(folder, lang)
    click.echo(f"{course.root}: {', '.join(course.units())}")
    click.echo(f"Hand out:  {course.root / 'assignments'}")
    click.echo(f"Collect:   {course.root / 'submitted'}/STUDENT/UNIT/NOTEBOOK.ipynb")
    click.echo(f"Grade:     autograder grade --course {course.root}")


@click.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--students", type=click.IntRange(1, 10000), default=24, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True, help="Another class.")
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", help="Of all its notebooks.")
def demo(folder, students, seed, lang):
    """Make the course directory DIR with a class: right, wrong, blank, broken and hostile work.

    DIR/expected.json holds the marks that each student must get.
    """
    from autograder.grading.demo import hand_in

    course = _create(folder, lang, lambda root, units: hand_in(root, units, lang, students, seed))
    click.echo(f"{course.root}: {students} students in {course.root / 'submitted'}")
    click.echo(
        f"Grade:     autograder grade --course {course.root} --expect {course.root / 'expected.json'}"
    )


@click.command()
@run_options
@click.option("--force", is_flag=True, help="Grade again what has been graded.")
@click.option("--expect", type=FOLDER, metavar="FILE", help="Compare with these marks, or fail.")
def grade(unit, course, student, json_file, force, expect, **how):
    """Grade the submissions of a course into its gradebook. Without UNIT, all units.

    What has been graded and has not changed is not graded again. A run that was stopped, however
    it was stopped, goes on where it was.
    """
    from autograder.grading.gradebook.course import Course
    from autograder.grading.run import grade as run

    opened = Course(course)
    units, students = opened.units(unit), opened.students(student)
    wanted = _expected(expect)
    check_json(json_file)
    _check_submissions(opened, units, students)
    settings = run_settings(**how)
    from autograder.grading.display import Progress, differences, summary

    with Progress() as progress:
        report = run(
            opened, units=unit, students=student, force=force, listener=progress, **settings
        )
    write_json(json_file, report)
    summary(report)
    exit_code = 0
    if report["run"]["unrecorded"]:
        exit_code = 1
    if wanted is not None:
        from autograder.grading.demo import compare

        rows = compare(report, wanted)
        differences(rows, expect)
        exit_code = exit_code or int(bool(rows))
    return exit_code


@click.command()
@run_options
@click.option("--apply", is_flag=True, help="Write the new marks to the gradebook.")
def regrade(unit, course, student, json_file, apply, **how):
    """Grade again with today's notebooks and checks; show old marks against new ones.

    Without --apply nothing is written to the gradebook. Scores and comments by hand stay in any
    case. Without UNIT, all units.
    """
    from autograder.grading.display import Progress, changes
    from autograder.grading.gradebook.course import Course
    from autograder.grading.regrade import compare

    opened = Course(course)
    check_json(json_file)
    _check_submissions(opened, opened.units(unit), opened.students(student))
    settings = run_settings(**how)
    with Progress() as progress:
        report = compare(
            opened, units=unit, students=student, apply=apply, listener=progress, **settings
        )
    write_json(json_file, report)
    changes(report)
    return 1 if report["run"]["unrecorded"] else 0


@click.command()
@course_options
@click.option("--solutions", is_flag=True, help="With worked solutions, after the deadline.")
def feedback(unit, course, student, solutions):
    """Write a safe HTML page for every graded notebook. Without UNIT, of all units."""
    from autograder.grading.gradebook.course import Course

    opened = Course(course)
    units, students = opened.units(unit), opened.students(student)
    target = opened.step("feedback_directory", "feedback")
    _check_writable(target)
    from autograder.grading.feedback.pages import write

    paths = list(write(opened, units, students, solutions))
    if not paths:
        raise Problem(
            msg("Expected graded work of {units}. Received none. Run `autograder grade` first.",
                units=", ".join(units))
        )  # fmt: skip
    click.echo(f"{len(paths)} pages in {target}")


def _check_submissions(course, units, students):
    """Raises Problem when there is nothing to grade."""
    if not course.submissions(units, students):
        raise Problem(
            msg(
                "Expected submissions in {path}/STUDENT/UNIT. Received none of {units}.",
                path=course.step("submitted_directory", "submitted"),
                units=", ".join(units) or "no unit",
            )
        )


def _create(folder, lang, fill=None):
    from autograder.building.masters import units
    from autograder.building.notebooks import notebook_text
    from autograder.grading.gradebook.create import create

    found = units()
    if not found:
        raise Problem("Expected units in course/units. Received none.")
    notebooks = {u.id: {u.slug: notebook_text(u.notebook(lang, "solution"))} for u in found}
    return create(folder, notebooks, lang, fill and (lambda root: fill(root, found)))


def _expected(path):
    if path is None:
        return None
    try:
        wanted = json.loads(path.read_bytes())
        wanted["students"].items()
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        what = error.strerror if isinstance(error, OSError) else msg("another kind of file")
        raise Problem(
            msg(
                "Expected marks in {path}, as `autograder demo` writes them. Received: {what}.",
                path=path,
                what=what,
            ),
            exit_code=2,
        ) from None
    return wanted


def _check_writable(folder):
    nearest = next(p for p in (folder, *folder.parents) if p.exists())
    if not os.access(nearest, os.W_OK):
        raise Problem(
            msg(
                "Expected to write in {path}. Received: read-only. Nothing was changed.",
                path=folder,
            )
        )
