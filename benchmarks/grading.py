"""How fast a class is graded: the engine, nbgrader's own, and the limit, side by side.

``python -m benchmarks.grading`` grades the same submissions in one run with

plain        ``nbgrader autograde``, the engine taken out of the course's settings
one worker   ``autograder.grading.run.grade``, its sandbox, its judge and its recording included
all cores    the same, with a worker per processor
bare         :mod:`benchmarks.bare`: the cells alone, a warm fork a notebook
otter        :mod:`benchmarks.otter`: ``otter run``, reference only, where otter-grader is installed

first the class of the reference notebook (:mod:`benchmarks.reference`), then a class of the units
of the course, all right. Start-up, which a class pays once, is shown apart: the clocks run from the
first notebook to the last mark in the gradebook. ``bare`` runs the cells that the engine runs, with
as many threads as a worker has when all cores work; its time is that of the cells alone, neither the
fork's nor the shell's. Ends with lines ``name: value``::

    throughput_ratio_all_cores    submissions per minute, reference: all cores / plain
    throughput_ratio_one_worker   the same: one worker / plain
    share_of_ceiling              units: ratio of all cores / (workers x plain time / bare time)
    private_mb_per_extra_worker   the largest sum of memory that the forks of one worker, the
                                  student's and the judge's, did not share with anybody
    marks_identical               whether all four agree on every mark of every cell

The machine should be idle: figures of one run can be compared, those of two only then.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from autograder.building.masters import Unit, units
from autograder.building.notebooks import notebook_text
from autograder.grading.engine.host import scrubbed
from autograder.grading.engine.pool import Pool
from autograder.grading.gradebook.book import Book
from autograder.grading.gradebook.course import Course
from autograder.grading.gradebook.create import create
from autograder.grading.grader import Grader, imports
from autograder.grading.run import grade
from benchmarks import otter, reference

BIN = Path(sys.executable).parent
CORES = len(os.sched_getaffinity(0))
SUBMISSIONS, PER_UNIT = 24, 2
_WRONG = 0.25  # share of the reference's answers that are wrong
_LOOK = 0.01  # seconds between looks at memory


@dataclass
class Way:
    """One way to grade a class: seconds for all of it, and {(student, unit, cell): points}."""

    seconds: float
    start_up: float
    marks: dict[tuple[str, str, str], float | None]
    private: float = 0.0  # MB


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--submissions", type=int, default=SUBMISSIONS, metavar="N")
    parser.add_argument("--per-unit", type=int, default=PER_UNIT, metavar="N")
    parser.add_argument("--units", nargs="*", metavar="UNIT", help="of the course; default: all")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="footguns-bench-") as folder:
        small = _class(Path(folder, "reference"), [reference.unit()], args.submissions, _WRONG)
        ways = compare(small, "reference", otter.installed() and {"otter": peer})
        chosen = units(only=tuple(args.units or ()))
        large = _class(Path(folder, "units"), chosen, args.per_unit, 0)
        more = compare(large, "units")
    found = {
        "throughput_ratio_all_cores": ways["plain"].seconds / ways["all cores"].seconds,
        "throughput_ratio_one_worker": ways["plain"].seconds / ways["one worker"].seconds,
        "share_of_ceiling": more["bare"].seconds / (CORES * more["all cores"].seconds),
        "private_mb_per_extra_worker": max(w["one worker"].private for w in (ways, more)),
    }
    print()
    for name, value in found.items():
        print(f"{name}: {value:.3g}")
    print(f"marks_identical: {not differences(ways) and not differences(more)}")


def compare(course: Course, title: str, peers=None) -> dict[str, Way]:
    """Every way of grading the submissions of ``course``, in copies of it; prints a table."""
    count = len(course.submissions(course.units(), course.students()))
    print(f"\n{title}: {count} submissions, {CORES} processors, load {os.getloadavg()[0]:.1f}")
    print(f"{'':12}{'per minute':>12}{'seconds each':>14}{'x plain':>9}{'start-up s':>12}{'MB':>7}")
    ways: dict[str, Way] = {}
    for name, measure in (
        ("plain", plain),
        ("one worker", partial(engine, workers=1)),
        ("all cores", partial(engine, workers=CORES)),
        ("bare", bare),
        *(peers or {}).items(),
    ):
        copy = course.root.with_name(f"{course.root.name}-{name.replace(' ', '-')}")
        shutil.copytree(course.root, copy)
        way = ways[name] = measure(Course(copy))
        ratio = ways["plain"].seconds / way.seconds
        memory = f"{way.private:7.0f}" if way.private else ""
        print(
            f"{name:12}{60 * count / way.seconds:12.1f}{way.seconds / count:14.3f}{ratio:9.2f}"
            f"{way.start_up:12.1f}{memory}",
            flush=True,
        )
    for name, cell, points, wanted in differences(ways):
        print(f"{name}: {'/'.join(cell)} has {points}, plain {wanted}")
    return ways


def differences(ways: dict[str, Way]) -> list[tuple]:
    """(way, cell, points, plain's points) where marks differ. Bare gives none to answers in words;
    what a peer makes of a cell is its own affair."""
    found = []
    for name, way in ways.items():
        if name == "otter":
            continue
        for cell, wanted in ways["plain"].marks.items():
            points = way.marks.get(cell, "no mark")
            if points != wanted and not (name == "bare" and cell not in way.marks):
                found.append((name, cell, points, wanted))
    return found


def plain(course: Course) -> Way:
    """nbgrader's own engine, unit by unit."""
    with open(course.root / "nbgrader_config.py", "a") as file:
        file.write('c.pop("Autograde")\n')
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    seconds = start_up = 0.0
    for unit in course.units():
        began = time.perf_counter()
        with subprocess.Popen(
            [BIN / "nbgrader", "autograde", unit],
            cwd=course.root, env=environment, stderr=subprocess.PIPE, text=True,
        ) as run:  # fmt: skip
            first, said = None, []
            for line in run.stderr:
                said.append(line)
                if first is None and "Creating/updating student" in line:  # the first submission
                    first = time.perf_counter()
        if run.returncode:
            sys.exit("".join(said[-50:]))
        start_up += first - began
        seconds += time.perf_counter() - first
    return Way(seconds, start_up, _marks(course))


def engine(course: Course, workers: int) -> Way:
    """The engine as ``autograder grade --workers N`` uses it."""
    pools: list[_Timed] = []

    def pool(**given):
        pools.append(_Timed(workers, **given))
        return pools[-1]

    report = grade(course, executor=pool)
    end = time.perf_counter()
    if report["run"]["unrecorded"] or report["run"]["failed"]:
        sys.exit(f"{course.root}: {report['run']}")
    (used,) = pools
    private = _memory(course) if workers == 1 else 0.0
    return Way(end - used.ready, used.start_seconds, _marks(course), private)


def bare(course: Course) -> Way:
    """The cells that the engine runs, one fork after another."""
    grader, jobs, names = Grader(course), [], []
    submissions = course.submissions(course.units(), course.students())
    for submission in submissions:
        cells = grader.take(submission).job["cells"]
        kept = [cell for cell in cells if not cell.get("demonstration")]
        jobs.append({"cells": kept})
        names.append((submission.student, submission.unit))
    given, found = course.root / "jobs.json", course.root / "found.json"
    todo = {"preload": imports(course, submissions), "threads": 1, "jobs": jobs}
    given.write_text(json.dumps(todo))
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "benchmarks.bare", given, found],
        env=scrubbed(os.environ), check=True, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    whole = time.perf_counter() - began
    results = json.loads(found.read_text())
    marks = {
        (*who, cell): points
        for who, result in zip(names, results, strict=True)
        for cell, points in result["marks"].items()
    }
    seconds = sum(result["seconds"] for result in results)
    forks = sum(result["fork_seconds"] for result in results)
    return Way(seconds, whole - forks, marks)


def peer(course: Course) -> Way:
    """otter-grader, a process a submission."""
    return Way(*otter.grade(course, reference.unit()))


class _Timed(Pool):
    """A pool that notes when it is warm."""

    ready = 0.0

    def run(self, jobs):
        self.start()
        self.ready = time.perf_counter()
        yield from super().run(jobs)


def _memory(course):
    """MB, largest over time, that the forks of one worker do not share; 0 where it is not shown."""
    over, largest = threading.Event(), [0.0]
    grader, submissions = Grader(course), course.submissions(course.units(), course.students())
    pool = Pool(workers=1, preload=imports(course, submissions))
    of_each = {submission.unit: submission for submission in submissions}
    jobs = [grader.take(submission).job for submission in of_each.values()]

    def watch(server):
        while not over.wait(_LOOK):
            largest.append(sum(map(_private, _descendants(server))))

    with pool:
        pool.start()
        (server,) = _descendants(os.getpid(), depth=1)
        watcher = threading.Thread(target=watch, args=(server,))
        watcher.start()
        for _ in pool.run(jobs):
            pass
        over.set()
        watcher.join()
    return max(largest)


def _descendants(pid, depth=9):
    found = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            children = Path(f"/proc/{pid}/task/{task}/children").read_text().split()
            for child in children if depth else ():
                found += [int(child), *_descendants(int(child), depth - 1)]
    return found


def _private(pid):
    """MB of memory that a process wrote and nobody else maps; pages of data files are read, and shared."""
    with contextlib.suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return (
            sum(int(line.split()[1]) for line in lines if line.startswith("Private_Dirty")) / 1024
        )
    return 0.0


def _marks(course):
    return {
        (student, unit, cell): points
        for (student, unit, _), cells in Book(course).marks().items()
        for cell, points in cells.items()
    }


def _class(root, chosen: list[Unit], students, wrong) -> Course:
    """A course directory whose students answer each task in a registered way, or as the solution
    does; of ``wrong``, a share, wrongly."""
    rng = random.Random(1)

    def hand_in(folder):
        for n in range(students):
            for unit in chosen:
                answers = {}
                for task in unit.tasks.values():
                    if task.answer is None:
                        continue
                    sort = task.wrong if rng.random() < wrong else (None, *task.right)
                    if n and (choice := rng.choice(sort)) is not None:
                        answers[task.name] = choice.source
                    else:
                        answers[task.name] = _solved(task.answer.source)
                own = folder / "submitted" / f"student-{n + 1:03}" / unit.id
                own.mkdir(parents=True)
                text = json.dumps(unit.notebook("en", "release", answers))
                (own / f"{unit.slug}.ipynb").write_text(text)

    notebooks = {u.id: {u.slug: notebook_text(u.notebook("en", "solution"))} for u in chosen}
    return create(root, notebooks, "en", hand_in)


def _solved(source):
    """An answer's solution as a student writes it."""
    return "\n".join(line for line in source.split("\n") if not line.lstrip().startswith("### "))


if __name__ == "__main__":
    main()
