"""A class of varied submissions with the marks that each must get.

Every student is of one kind: right, wrong, blank, broken or hostile. What a submission must earn
follows from how it is made: a registered right variant has full marks, a registered wrong answer
none, and damage costs the task that it hits and nothing else.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autograder.building.masters import Task, Unit
from autograder.building.regions import SOLUTION

_ANSWERS = {
    "en": "I measured it, and the numbers above say so.",
    "ru": "Я это измерил, и числа выше это показывают.",
}
_TIMESTAMP = "2026-09-30 12:00:00 UTC"


@dataclass
class Work:
    """What one student hands in for one unit, and what it must earn.

    ``files`` {name: bytes}; ``cells`` {grade_id: (points or None, possible outcomes)}.
    """

    kind: str
    files: dict[str, bytes]
    cells: dict[str, tuple[float | None, tuple[str, ...]]]
    status: str = "graded"

    def expected(self, unit: Unit) -> dict:
        return {
            "kind": self.kind,
            "status": self.status,
            "score": sum(points or 0 for points, _ in self.cells.values()),
            "max_score": unit.points,
            "cells": {
                name: {"points": points, "outcomes": list(outcomes)}
                for name, (points, outcomes) in self.cells.items()
            },
        }


class Desk:
    """A student at work: starts from the release, answers everything rightly, then has a kind."""

    def __init__(self, unit: Unit, lang: str, rng: random.Random):
        self.unit, self.lang, self.rng = unit, lang, rng
        self.answers: dict[str, str] = {}
        self.cells: dict[str, tuple[float | None, tuple[str, ...]]] = {}
        for task in unit.tasks.values():
            self.right(task)

    def right(self, task: Task, source: str | None = None) -> None:
        if task.written:
            self.answers[task.name] = _ANSWERS[self.lang]
            self.cells[task.written.id] = None, ("manual",)
        if task.answer:
            choices = [v.source for v in task.right] or [_solved(task.answer.source)]
            self.answers[task.name] = source or self.rng.choice(choices)
            self.earn(task, None, "passed")

    def wrong(self, task: Task, names: tuple[str, ...] = ()) -> None:
        """A registered wrong answer, where one test cell judges the task; else the untouched one."""
        choices = [v for v in task.wrong if not names or v.name in names]
        if task.answer and len(task.tests) == 1 and choices:
            self.answer(task, self.rng.choice(choices).source, "failed", "error")
        else:
            self.blank(task)

    def blank(self, task: Task) -> None:
        self.answers.pop(task.name, None)
        if task.written:
            self.cells[task.written.id] = 0.0, ("missing",)
        if task.answer:
            self.earn(task, 0.0, "failed", "error")

    def answer(self, task: Task, source: str, *outcomes: str) -> None:
        """Put ``source`` into the task's cell, for no marks at all."""
        self.answers[task.name] = source
        self.earn(task, 0.0, *outcomes)

    def earn(self, task: Task, points: float | None, *outcomes: str) -> None:
        for test in task.tests:
            full = test.points or 0.0
            self.cells[test.id] = full if points is None else points, outcomes

    def everything(self, act: Callable[[Task], None]) -> None:
        for task in self.unit.tasks.values():
            act(task)

    def pick(self) -> Task:
        """A task whose answer is code that earns points."""
        tasks = [t for t in self.unit.tasks.values() if t.answer and t.points]
        return self.rng.choice(tasks)

    def notebook(self) -> dict:
        """The student's notebook as plain JSON."""
        made = self.unit.notebook(self.lang, "release", self.answers)
        return json.loads(json.dumps(made))

    def work(self, kind: str, notebook: dict | None = None) -> Work:
        notebook = self.notebook() if notebook is None else notebook
        data = json.dumps(notebook, ensure_ascii=False, indent=1).encode()
        return Work(kind, {f"{self.unit.slug}.ipynb": data}, self.cells)

    def lost(self, kind: str, files: dict[str, bytes]) -> Work:
        """A submission without a readable notebook: 0 for everything."""
        self.cells = dict.fromkeys(self.cells, (0.0, ("missing",)))
        return Work(kind, files, self.cells, status="failed")


KINDS: dict[str, Callable[[Desk], Work]] = {}


def _kind(function):
    name = function.__name__.strip("_").replace("_", "-")
    KINDS[name] = lambda desk: function(desk, name)
    return function


@_kind
def _right(desk, kind):
    return desk.work(kind)


@_kind
def _solution(desk, kind):
    desk.everything(lambda t: desk.right(t, _solved(t.answer.source) if t.answer else None))
    return desk.work(kind)


@_kind
def _mixed(desk, kind):
    desk.everything(lambda t: desk.rng.choice((desk.right, desk.wrong, desk.blank))(t))
    return desk.work(kind)


@_kind
def _wrong(desk, kind):
    desk.everything(desk.wrong)
    return desk.work(kind)


@_kind
def _blank(desk, kind):
    desk.everything(desk.blank)
    return desk.work(kind)


@_kind
def _missing(desk, kind):
    return desk.lost(kind, {"notes.txt": b"I could not finish it.\n"})


@_kind
def _duplicate_test(desk, kind):
    notebook, task = desk.notebook(), desk.pick()
    at = _index(notebook, task.tests[0].id)
    notebook["cells"].insert(at, copy.deepcopy(notebook["cells"][at]) | {"id": "copied"})
    return desk.work(kind, notebook)


@_kind
def _duplicate_answer(desk, kind):
    """The first of two answer cells counts; the second one would spoil it."""
    notebook, task = desk.notebook(), desk.pick()
    at = _index(notebook, task.answer.id)
    spoilt = copy.deepcopy(notebook["cells"][at])
    spoilt |= {"id": "copied", "source": "\n".join(f"{name} = None" for name in task.exhibits)}
    notebook["cells"].insert(at + 1, spoilt)
    return desk.work(kind, notebook)


@_kind
def _syntax_error(desk, kind):
    desk.answer(desk.pick(), "def answer(:\n    pass", "error")
    return desk.work(kind)


@_kind
def _endless_loop(desk, kind):
    desk.answer(desk.pick(), "while True:\n    pass", "timeout")
    return desk.work(kind)


@_kind
def _swallows_interrupts(desk, kind):
    loop = (
        "    try:\n        while True:\n            pass\n    except BaseException:\n        pass"
    )
    desk.answer(desk.pick(), f"while True:\n{loop}", "timeout")
    return desk.work(kind)


@_kind
def _kills_the_kernel(desk, kind):
    desk.answer(desk.pick(), "import os\n\nos._exit(0)", "killed")
    return desk.work(kind)


@_kind
def _segmentation_fault(desk, kind):
    desk.answer(desk.pick(), "import ctypes\n\nctypes.string_at(0)", "killed")
    return desk.work(kind)


@_kind
def _wants_memory(desk, kind):
    desk.answer(desk.pick(), "hoard = bytearray(10**12)", "error")
    return desk.work(kind)


@_kind
def _not_json(desk, kind):
    work = desk.work(kind)
    name, data = next(iter(work.files.items()))
    return desk.lost(kind, {name: data[: len(data) // 2]})


@_kind
def _from_the_future(desk, kind):
    data = json.dumps(desk.notebook() | {"nbformat": 99}).encode()
    return desk.lost(kind, {f"{desk.unit.slug}.ipynb": data})


@_kind
def _deleted_test(desk, kind):
    notebook, task = desk.notebook(), desk.pick()
    del notebook["cells"][_index(notebook, task.tests[0].id)]
    return desk.work(kind, notebook)


@_kind
def _deleted_answer(desk, kind):
    task = desk.pick()
    notebook = desk.notebook()
    del notebook["cells"][_index(notebook, task.answer.id)]
    desk.earn(task, 0.0, "missing")
    return desk.work(kind, notebook)


@_kind
def _changed_metadata(desk, kind):
    """Wrong answers, and a hundred points for every test that is not to be run."""
    desk.everything(desk.blank)
    notebook = desk.notebook()
    for cell in notebook["cells"]:
        cell["metadata"]["tags"] = ["skip-execution"]
        if cell["metadata"].get("nbgrader", {}).get("grade"):
            cell["metadata"]["nbgrader"] |= {"points": 100, "locked": False}
            cell["source"] += "\npass"
    for name, (_, outcomes) in desk.cells.items():
        if outcomes == ("missing",):  # written cells have changed text now: a person reads them
            desk.cells[name] = None, ("manual",)
    return desk.work(kind, notebook)


@_kind
def _writes_on_stderr(desk, kind):
    noise = 'import os\nimport sys\n\nprint("note", file=sys.stderr)\nos.write(2, b"note\\n")\n'
    for task in desk.unit.tasks.values():
        if task.answer:
            desk.answers[task.name] = noise + desk.answers[task.name]
    return desk.work(kind)


@_kind
def _patches_ipython(desk, kind):
    task = desk.pick()
    desk.answer(
        task,
        "shell = get_ipython()\nshell.showtraceback = lambda *a, **k: None\n"
        "class Drop(__import__('ast').NodeTransformer):\n"
        "    visit_Assert = visit_Raise = lambda self, node: __import__('ast').Pass()\n"
        "shell.ast_transformers.append(Drop())\n"
        "shell.input_transformers_post.append(lambda lines: lines)",
        "failed",
        "error",
    )
    return desk.work(kind)


@_kind
def _own_cells(desk, kind):
    """Honest: notes and experiments of one's own between the cells."""
    notebook, task = desk.notebook(), desk.pick()
    at = _index(notebook, task.answer.id)
    mine = [
        {"cell_type": "markdown", "id": "my-note", "metadata": {}, "source": "My idea: **measure**."},
        {
            "cell_type": "code", "id": "my-try", "metadata": {}, "outputs": [],
            "execution_count": None, "source": "scratch = [n * n for n in range(5)]\nscratch",
        },
    ]  # fmt: skip
    notebook["cells"][at:at] = mine
    return desk.work(kind, notebook)


@_kind
def _disputes(desk, kind):
    task = desk.pick()
    desk.answer(
        task, "# DISPUTE: the text can be read in two ways\nanswer = None", "failed", "error"
    )
    return desk.work(kind)


def make_class(units: list[Unit], lang: str, students: int, seed: int):
    """Yield (student, unit, Work) of ``students`` students: the first two hand in every unit, the
    others one each."""
    for n in range(students):
        kind = list(KINDS)[n % len(KINDS)]
        chosen = units if n < 2 else [units[n % len(units)]]
        for unit in chosen:
            rng = random.Random(f"{seed}/{n}/{unit.id}")
            yield f"{n + 1:02}-{kind}", unit, KINDS[kind](Desk(unit, lang, rng))


def hand_in(root: Path, units: list[Unit], lang: str, students: int, seed: int) -> None:
    """Write a class into ``root``/submitted, and what it must earn into ``root``/expected.json."""
    expected: dict = {}
    for student, unit, work in make_class(units, lang, students, seed):
        folder = root / "submitted" / student / unit.id
        folder.mkdir(parents=True)
        (folder / "timestamp.txt").write_text(_TIMESTAMP)
        for name, data in work.files.items():
            (folder / name).write_bytes(data)
        expected.setdefault(student, {})[unit.id] = work.expected(unit)
    text = json.dumps({"students": expected}, ensure_ascii=False, indent=1)
    (root / "expected.json").write_text(text + "\n", encoding="utf-8")


def compare(report: dict, expected: dict) -> list[tuple[str, str, str, str, str]]:
    """Where a report differs from what the class must earn: (student, unit, cell, expected,
    received); empty when all is as it should be."""
    differences = []
    graded = {(s["student"], s["unit"]): s for s in report["submissions"]}
    for student, units in expected["students"].items():
        for unit, wanted in units.items():
            found = graded.pop((student, unit), None)
            if found is None:
                differences.append((student, unit, "", wanted["status"], "no record"))
                continue
            for field in ("status", "score", "max_score"):
                if found[field] != wanted[field]:
                    differences.append((student, unit, field, wanted[field], found[field]))
            cells = {cell["grade_id"]: cell for cell in found["cells"]}
            for name in sorted(wanted["cells"].keys() | cells.keys()):
                want, got = wanted["cells"].get(name), cells.get(name)
                if want is None or got is None:
                    differences.append((student, unit, name, want, got))
                elif got["points"] != want["points"] or got["outcome"] not in want["outcomes"]:
                    right = f"{want['points']} {'|'.join(want['outcomes'])}"
                    received = f"{got['points']} {got['outcome']}: {got['message'] or ''}"
                    differences.append((student, unit, name, right, received[:200]))
    for student, unit in graded:
        differences.append((student, unit, "", "nothing", "a record"))
    return [tuple(str(part) for part in row) for row in differences]


def _solved(source):
    """A master's answer as a student writes it: without the region's marks."""
    return "\n".join(
        line for line in source.split("\n") if not any(mark in line for mark in SOLUTION)
    )


def _index(notebook, name):
    for i, cell in enumerate(notebook["cells"]):
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == name:
            return i
    raise LookupError(name)
