"""``autograder init``, ``demo``, ``grade`` and ``feedback``."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import click

from autograder.errors import Problem
from autograder.grading.options import cluster_options, executor
from autograder.messages import LANGUAGES, msg

_FOLDER = click.Path(path_type=Path)


@click.command()
@click.argument("folder", metavar="DIR", type=_FOLDER)
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", help="Of all its notebooks.")
def init(folder, lang):
    """Make the course directory DIR: notebooks, nbgrader's settings and gradebook."""
    course = _create(folder, lang)
    click.echo(f"{course.root}: {', '.join(course.units())}")
    click.echo(f"Hand out:  {course.root / 'assignments'}")
    click.echo(f"Collect:   {course.root / 'submitted'}/STUDENT/UNIT/NOTEBOOK.ipynb")
    click.echo(f"Grade:     autograder grade --course {course.root}")


@click.command()
@click.argument("folder", metavar="DIR", type=_FOLDER)
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
@click.argument("unit", nargs=-1, metavar="[UNIT]...")
@click.option("--course", type=_FOLDER, default=".", help="The course directory, default: here.")
@click.option("--student", multiple=True, metavar="ID", help="Only this student (may be repeated).")
@click.option("--workers", type=click.IntRange(1, 256), help="Notebooks at a time, default: cores.")
@click.option("--force", is_flag=True, help="Grade again what has been graded.")
@click.option("--in-kernel", is_flag=True, help="Of any nbgrader course: tests see all names.")
@click.option(
    "--timeout", type=click.FloatRange(1, min_open=False), metavar="S",
    help="Seconds for one cell (default 60); a notebook has ten times as many.",
)  # fmt: skip
@click.option(
    "--memory", type=click.IntRange(64), metavar="MB",
    help="What the cells of one notebook may take (default 4096).",
)  # fmt: skip
@click.option(
    "--require", metavar="PROPERTIES", default="",
    help="Run nothing without these, as in network,files,memory,time,processes,privileges.",
)  # fmt: skip
@click.option("--json", "json_file", type=_FOLDER, metavar="FILE", help="Write the report there.")
@click.option("--expect", type=_FOLDER, metavar="FILE", help="Compare with these marks, or fail.")
@cluster_options
def grade(
    unit,
    course,
    student,
    workers,
    force,
    in_kernel,
    timeout,
    memory,
    require,
    json_file,
    expect,
    **where,
):
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
    check_submissions(opened, units, students)
    limits = limits_of(timeout, memory)
    from autograder.grading import sandbox
    from autograder.grading.display import Progress, differences, summary

    require = sandbox.properties(require)

    with Progress() as progress:
        report = run(
            opened, units=unit, students=student, workers=workers, limits=limits, force=force,
            in_kernel=in_kernel, require=require,
            executor=executor(workers, **where), listener=progress,
        )  # fmt: skip
    if json_file:
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
@click.argument("unit", nargs=-1, metavar="[UNIT]...")
@click.option("--course", type=_FOLDER, default=".", help="The course directory, default: here.")
@click.option("--student", multiple=True, metavar="ID", help="Only this student (may be repeated).")
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


def limits_of(timeout: float | None, memory: int | None) -> dict:
    """The limits of a run, of its options: seconds for a cell, MB."""
    limits = {}
    if timeout:
        limits |= {"cell": timeout, "notebook": 10 * timeout}
    if memory:
        limits["memory"] = memory
    return limits


def check_json(path: Path | None) -> None:
    """Raises Problem where the report could not be written at the end of a run."""
    if path and not os.access(path.absolute().parent, os.W_OK):
        raise Problem(
            msg("Expected to write {path}. Received: its folder cannot be written.", path=path),
            exit_code=2,
        )


def write_json(path: Path, report: dict) -> None:
    from autograder.grading.gradebook.course import write_atomically

    data = json.dumps(report, ensure_ascii=False, indent=1)
    write_atomically(path.absolute(), data.encode("utf-8", "replace"))


def check_submissions(course, units: list[str], students: list[str]) -> None:
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


if __name__ == "__main__":
    sys.exit("Run `autograder`.")
