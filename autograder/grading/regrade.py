"""``autograder regrade``: today's masters and checks on yesterday's work, compared before written.

What is compared is the gradebook with what grading would put into it now. A check's change is
``rises``, ``falls`` or ``stays``; ``opens`` when the mark gives way to a question for a person,
``settles`` when such a question is answered, ``new`` when nothing was graded before. A score that
a person gave stays, whatever the check says.
"""

from __future__ import annotations

from pathlib import Path

import click

from autograder.grading.gradebook.course import Course
from autograder.grading.options import cluster_options, executor
from autograder.messages import Message, msg, nmsg

_FOLDER = click.Path(path_type=Path)
CHANGES = ("rises", "falls", "opens", "settles", "new", "stays")


@click.command()
@click.argument("unit", nargs=-1, metavar="[UNIT]...")
@click.option("--course", type=_FOLDER, default=".", help="The course directory, default: here.")
@click.option("--apply", is_flag=True, help="Write the new marks to the gradebook.")
@click.option("--student", multiple=True, metavar="ID", help="Only this student (may be repeated).")
@click.option("--workers", type=click.IntRange(1, 256), help="Notebooks at a time, default: cores.")
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
    help="Run nothing without these, as `autograder grade` has them.",
)  # fmt: skip
@click.option("--in-kernel", is_flag=True, help="Of any nbgrader course: tests see all names.")
@click.option("--json", "json_file", type=_FOLDER, metavar="FILE", help="Write the report there.")
@cluster_options
def regrade(
    unit, course, apply, student, workers, timeout, memory, require, in_kernel, json_file, **where
):
    """Grade again with today's notebooks and checks; show old marks against new ones.

    Without --apply nothing is written to the gradebook. Scores and comments by hand stay in any
    case. Without UNIT, all units.
    """
    from autograder.grading import sandbox
    from autograder.grading.commands import check_json, check_submissions, limits_of, write_json
    from autograder.grading.display import Progress

    opened = Course(course)
    check_json(json_file)
    check_submissions(opened, opened.units(unit), opened.students(student))
    with Progress() as progress:
        report = compare(
            opened, units=unit, students=student, apply=apply, workers=workers,
            limits=limits_of(timeout, memory), require=sandbox.properties(require),
            in_kernel=in_kernel, executor=executor(workers, **where), listener=progress,
        )  # fmt: skip
    if json_file:
        write_json(json_file, report)
    show(report)
    return 1 if report["run"]["unrecorded"] else 0


def compare(course: Course, *, apply: bool = False, listener=None, **how) -> dict:
    """Grade again, and say what that changes; returns the report. Raises Problem for bad input.

    ``how`` goes to :func:`autograder.grading.run.grade`. With ``apply`` the new marks are written,
    from the records of the comparison: no notebook runs twice. The report::

        {"run": {..., "applied": bool, "changes": {"rises": n, "falls": n, ...}},
         "submissions": [{"student", "unit", "notebook", "status", "old_score", "score",
            "max_score", "because": [part, ...], "reason",
            "cells": [{"grade_id", "max_points", "change", "by_hand": points or None,
                       "old": {"points", "outcome", "message"} or None,
                       "new": {"points", "outcome", "message"}}]}]}

    ``because`` names what is not as it was: "submission", "master", "checks".
    """
    from autograder.grading.feedback.pages import latest
    from autograder.grading.gradebook.record import Book
    from autograder.grading.run import grade

    book = Book(course)
    before, by_hand = book.marks(), book.by_hand()
    report = grade(course, write=False, listener=listener, **how)
    submissions = []
    for new in report["submissions"]:
        where = new["student"], new["unit"], new["notebook"]
        record = latest(course, book, new["unit"], new["student"], new["notebook"])
        submissions.append(_compared(new, record, before.get(where), by_hand.get(where, {})))
    run = report["run"]
    if apply:
        written = grade(course, **how)["run"]
        run = {**run, "failed": written["failed"], "unrecorded": written["unrecorded"]}
    found = [cell["change"] for s in submissions for cell in s["cells"]]
    changes = {change: found.count(change) for change in CHANGES}
    return {"run": {**run, "applied": apply, "changes": changes}, "submissions": submissions}


def _compared(new, record, before, by_hand):
    """One notebook: ``new`` of the report, its old ``record`` and marks (None: not graded yet)."""
    old = {}
    if before is not None:
        old = {cell: {"points": p, "outcome": None, "message": None} for cell, p in before.items()}
        for cell in record["cells"] if record else ():
            if cell["grade_id"] in old:
                told = (cell["message"] or {}).get(record["language"])
                old[cell["grade_id"]] |= {"outcome": cell["outcome"], "message": told}
    cells = []
    for cell in new["cells"]:
        name = cell["grade_id"]
        now = {key: cell[key] for key in ("points", "outcome", "message")}
        person = by_hand.get(name)
        was = old.get(name)
        change = "stays" if person is not None and was else _change(was, now)
        cells.append(
            {
                "grade_id": name, "max_points": cell["max_points"], "change": change,
                "by_hand": person, "old": was, "new": now,
            }
        )  # fmt: skip
    then = (record or {}).get("depends_on", {})
    score = None
    if before is not None:
        score = sum(_counts(by_hand.get(name), mark["points"]) for name, mark in old.items())
    return {
        **{key: new[key] for key in ("student", "unit", "notebook", "status", "reason")},
        "old_score": score,
        "score": sum(_counts(cell["by_hand"], cell["new"]["points"]) for cell in cells),
        "max_score": new["max_score"],
        "because": [part for part, of in new["depends_on"].items() if then.get(part, of) != of],
        "cells": cells,
    }


def _counts(by_hand, points):
    return (points if by_hand is None else by_hand) or 0


def _change(old, new):
    if old is None:
        return "new"
    was, now = old["points"], new["points"]
    if was == now:
        return "stays"
    if now is None:
        return "opens"
    if was is None:
        return "settles"
    return "rises" if now > was else "falls"


# What a person sees


def show(report: dict, console=None) -> None:
    """The checks whose mark or outcome is not what it was, and how many rise, fall and stay."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = console or Console()
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("Student", "Unit", "Check", "Before", "After", "Reason"):
        table.add_column(name, overflow="fold")
    rows = 0
    for submission in report["submissions"]:
        for cell in submission["cells"]:
            if not _is_shown(cell):
                continue
            rows += 1
            table.add_row(
                escape(submission["student"]),
                escape(submission["unit"]),
                escape(cell["grade_id"]),
                escape(_mark(cell["old"], cell["max_points"])),
                escape(_mark(cell["new"], cell["max_points"])),
                escape(_reason(submission, cell)),
            )
    if rows:
        console.print(table)
    console.print(_counted(report["run"]), highlight=False, soft_wrap=True)
    for note in report["run"]["notes"]:
        console.print(note, markup=False, highlight=False)


def _is_shown(cell):
    if cell["change"] != "stays":
        return True
    old = cell["old"]
    return old["outcome"] not in (None, cell["new"]["outcome"])


def _mark(mark, most):
    if mark is None:
        return "–"
    points = "?" if mark["points"] is None else f"{mark['points']:g}"
    return f"{points}/{most:g} {mark['outcome'] or ''}".strip()


def _reason(submission, cell):
    """What the check says now, or said before where it has nothing more to say."""
    said = cell["new"]["message"] or (cell["old"] or {}).get("message") or ""
    parts = [" ".join(said.split())]
    if cell["by_hand"] is not None:
        parts.append(msg("By hand: {points:g}.", points=cell["by_hand"]).text())
    if cell["old"] is not None:
        parts += [because()[part].text() for part in submission["because"] if part in because()]
    return " ".join(part for part in parts if part)


def because() -> dict[str, Message]:
    """What a person reads for what is not as it was."""
    return {
        "submission": msg("(Another submission.)"),
        "master": msg("(The notebook's own cells changed.)"),
        "checks": msg("(Checks or libraries changed.)"),
    }


def _counted(run):
    counts = run["changes"]
    parts = [
        nmsg("{n} mark rises", "{n} marks rise", counts["rises"]),
        nmsg("{n} falls", "{n} fall", counts["falls"]),
        nmsg("{n} stays", "{n} stay", counts["stays"]),
    ]
    if counts["opens"]:
        parts.append(
            nmsg("{n} waits for a person now", "{n} wait for a person now", counts["opens"])
        )
    if counts["settles"]:
        parts.append(nmsg("{n} need not wait for a person", "{n} need not wait for a person",
                          counts["settles"]))  # fmt: skip
    if counts["new"]:
        parts.append(nmsg("{n} is new", "{n} are new", counts["new"]))
    text = ", ".join(part.text() for part in parts) + "."
    if run["unrecorded"]:
        end = nmsg("{n} notebook could not be written.", "{n} notebooks could not be written.",
                   run["unrecorded"])  # fmt: skip
    elif run["applied"]:
        end = msg("The gradebook has the new marks.")
    else:
        end = msg("The gradebook is as it was; --apply writes the new marks.")
    return f"{text} {end.text()}"
