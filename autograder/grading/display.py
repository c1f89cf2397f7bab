"""What grading shows: progress, a table of marks, differences, changes."""

from __future__ import annotations

import time
from pathlib import Path

from rich import progress
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.grading.gradebook.record import score
from autograder.grading.run import Listener
from autograder.messages import Message, msg, nmsg

SHOWN = 5  # misconceptions under the table; the report has more


class Progress(Listener):
    """A bar with rate and time left on a terminal; elsewhere a line per notebook."""

    def __init__(self, console: Console | None = None):
        self.console = console or Console(stderr=True)
        self.bar = None
        self.total = self.count = 0
        self._began = time.monotonic()

    def __enter__(self):
        if self.console.is_terminal:
            self.bar = progress.Progress(
                progress.TextColumn("{task.description}"),
                progress.BarColumn(),
                progress.MofNCompleteColumn(),
                progress.TextColumn("{task.fields[rate]}"),
                progress.TimeRemainingColumn(),
                console=self.console,
            )
            self.bar.start()
            self.task = self.bar.add_task("Warming up", total=None, rate="")
        return self

    def __exit__(self, *_):
        if self.bar:
            self.bar.stop()

    def planned(self, total, reused):
        self.total = total
        if self.bar:
            self.bar.update(self.task, description="Grading", total=total)
        else:
            self.console.print(
                f"{total} notebooks, {reused} of them graded before", highlight=False
            )

    def done(self, record):
        self.count += 1
        points, most = score(record)
        if self.bar:
            minutes = (time.monotonic() - self._began) / 60
            self.bar.update(self.task, advance=1, rate=f"{self.count / minutes:.0f}/min")
        else:
            self.console.print(
                f"[{self.count}/{self.total}] {record['student']} {record['unit']} "
                f"{points:g}/{most:g} {record['status']} {record['seconds']:.1f} s",
                markup=False,
                highlight=False,
                soft_wrap=True,
            )

    def note(self, text):
        self.console.print(text, markup=False, highlight=False)


def summary(report: dict, console: Console | None = None) -> None:
    """The table student x unit: mark, outcomes that are not 'passed', and the reason."""
    console = console or Console()
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("Student", "Unit"):
        table.add_column(name, overflow="fold")
    table.add_column("Mark", justify="right", no_wrap=True)
    table.add_column("Status", no_wrap=True)
    table.add_column("What was not passed", overflow="fold")
    for row in sorted(report["submissions"], key=lambda s: (s["student"], s["unit"])):
        colour = "green" if row["score"] == row["max_score"] else "default"
        if row["status"] == "failed":
            colour = "red"
        table.add_row(
            escape(row["student"]),
            escape(row["unit"]),
            f"{row['score']:g}/{row['max_score']:g}",
            f"[{colour}]{row['status']}[/]",
            escape(_reason(row)),
        )
    console.print(table)
    run = report["run"]
    line = (
        f"{len(report['submissions'])} notebooks: {run['graded']} graded now, {run['reused']} "
        f"before, {run['failed']} failed; {run['seconds']:.0f} s with {run['workers']} workers"
    )
    console.print(line, highlight=False)
    _to_teach(run["misconceptions"], console)
    for note in run["notes"]:
        console.print(note, markup=False, highlight=False)


def _to_teach(found, console):
    if not found:
        return
    console.print(f"\n{msg('What to teach next').text()}", style="bold")
    for one in found[:SHOWN]:
        count = msg("{n} of {of}", n=one["students"], of=one["of"]).text()
        text = f"{count:>9}  {one['unit']} {one['grade_id']}: {one['message']}"
        console.print(text, markup=False, highlight=False)


def differences(rows: list[tuple], path: Path, console: Console | None = None) -> None:
    """What differs from the expected marks, or that nothing does."""
    console = console or Console()
    if not rows:
        console.print(f"All marks are as expected in {path}.", highlight=False)
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("Student", "Unit", "Cell", "Expected", "Received"):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(escape(part) for part in row))
    console.print(table)
    console.print(f"{len(rows)} differences from {path}.", highlight=False)


def _reason(row):
    if row["reason"]:
        return " ".join(row["reason"].split())
    count: dict[str, int] = {}
    for cell in row["cells"]:
        if cell["outcome"] != "passed":
            count[cell["outcome"]] = count.get(cell["outcome"], 0) + 1
    if row["disputes"]:
        count["disputed"] = len(row["disputes"])
    if row["remarks"]:
        count["remark" if len(row["remarks"]) == 1 else "remarks"] = len(row["remarks"])
    return ", ".join(f"{n} {outcome}" for outcome, n in count.items())


def changes(report: dict, console: Console | None = None) -> None:
    """The checks whose mark or outcome is not what it was, and how many rise, fall and stay."""
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
                escape(_because(submission, cell)),
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


def _because(submission, cell):
    """What the check says now, or said before where it has nothing more to say."""
    said = cell["new"]["message"] or (cell["old"] or {}).get("message") or ""
    parts = [" ".join(said.split())]
    if cell["by_hand"] is not None:
        parts.append(msg("By hand: {points:g}.", points=cell["by_hand"]).text())
    if cell["old"] is not None:
        known = _parts()
        parts += [known[part].text() for part in submission["because"] if part in known]
    return " ".join(part for part in parts if part)


def _parts() -> dict[str, Message]:
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
