"""What is run to prove a unit: its notebooks as a whole, every registered answer, every mutant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from autograder.building import Task, Texts, Unit
from autograder.building.regions import SOLUTION, replaced
from autograder.grading.engine.job import JobCell, job_cell
from autograder.health.mutation import Mutant, mutants
from autograder.messages import LANGUAGES

_LIMITS = {"cell": 180.0, "notebook": 400.0}
_SETUP = {"setup": "setup", "free": "code", "answer": "answer", "test": "test"}


@dataclass(frozen=True)
class Proof:
    """One job and what must come of it.

    kind: "solution", "untouched" (whole notebooks), "right", "wrong" (registered answers), "mutant",
    "equivalent" (a mutant that is registered as right as well).
    inside: judged in the student's process, as in a student's own kernel and in plain nbgrader; else
    in a process of its own, as in a grading run.
    """

    unit: Unit
    kind: str
    name: str
    lang: str = "en"
    task: Task | None = None
    says: Texts | None = None
    inside: bool = False

    @property
    def subject(self) -> str:
        """What is proved, in whichever process and language."""
        task = [self.task.name] if self.task else []
        return "/".join([self.unit.id, self.kind, *task, self.name])

    @property
    def id(self) -> str:
        lang = "" if self.task else f" ({self.lang})"
        return self.subject + lang + (" (in one process)" if self.inside else "")


MUTANTS = ("mutant", "equivalent")


def proofs(
    unit: Unit, mutated: Iterable[str] = MUTANTS, ways: Iterable[bool] = (False, True)
) -> Iterator[tuple[Proof, dict]]:
    """(proof, job for the pool) for everything there is to prove about ``unit``.

    ``mutated``: which mutants, some of :data:`MUTANTS`. ``ways``: values of ``inside``, for
    registered answers; mutants are proved in the first way, and so are whole notebooks in English,
    those in Russian in the last: languages differ in texts alone, and must agree.
    """
    ways = tuple(ways)
    for proof, job in _proofs(unit, set(mutated)):
        if proof.task is None:
            chosen = ways[:1] if proof.lang == "en" else ways[-1:]
        else:
            chosen = ways[:1] if proof.kind in MUTANTS else ways
        for inside in chosen:
            twin = replace(proof, inside=inside)
            yield twin, {**job, "id": twin.id, "inside": inside}


def unmade(unit: Unit) -> list[str]:
    """What the unit registers as an equivalent mutant, although mutation makes no such thing."""
    return [
        f"{unit.id}/{task.name}: no mutant is called “{name}”; mutation makes others."
        for task in unit.tasks.values()
        for name in sorted(set(task.equivalent) - {m.name for m in _mutants(task)})
    ]


def _mutants(task: Task) -> list[Mutant]:
    return mutants(task.answer.source) if task.answer else []


def _proofs(unit, mutated):
    for lang in LANGUAGES:
        for kind in ("solution", "untouched"):
            yield _with_job(Proof(unit, kind, unit.slug, lang), _whole(unit, kind, lang))
    for task in unit.tasks.values():
        if task.answer is None:
            continue
        answers = [
            *[("right", v.name, v.source, None) for v in task.right],
            *[("wrong", v.name, v.source, v.says) for v in task.wrong],
        ]
        for mutant in _mutants(task) if mutated else ():
            kind = "equivalent" if mutant.name in task.equivalent else "mutant"
            if kind in mutated:
                answers.append((kind, mutant.name, mutant.source, None))
        for kind, name, source, says in answers:
            proof = Proof(unit, kind, name, task=task, says=says)
            yield _with_job(proof, _single(unit, task, source))


def _with_job(proof: Proof, cells: list[dict]) -> tuple[Proof, dict]:
    # One failure kills a mutant; a wrong answer has been told what it should be.
    until = {"wrong": proof.says and proof.says.text("en")}.get(
        proof.kind, "" if proof.kind in MUTANTS else None
    )
    job = {"cells": cells, "lang": proof.lang, "limits": _LIMITS, "seed": 1}
    return proof, {**job, "until": until}


def _whole(unit: Unit, kind: str, lang: str) -> list[dict]:
    """The notebook's code; tests are the instructor's, hidden parts included, in both kinds. The
    solution's demonstrations run, as in a student's own kernel."""
    cells = []
    for cell in unit.cells:
        if cell.is_text:
            continue
        source = cell.text(lang)
        if kind == "untouched" and cell.kind == "answer":
            source, _ = replaced(source, SOLUTION, "# ...")
        put_off = kind == "untouched" and cell.kind == "free"
        cells.append(_cell(unit, cell, source) | {"demonstration": put_off})
    return cells


def _single(unit: Unit, task: Task, answer: str) -> list[dict]:
    """Setup, one answer and its tests: tasks do not depend on one another."""
    return [
        *[_cell(unit, cell, cell.text("en")) for cell in unit.setup],
        _cell(unit, task.answer, answer),
        *[_cell(unit, cell, cell.source) for cell in task.tests],
    ]


def _cell(unit: Unit, cell, source: str) -> JobCell:
    return job_cell(
        cell.id,
        _SETUP[cell.kind],
        source,
        task=cell.task,
        exhibits=unit.tasks[cell.task].exhibits if cell.task else (),
        points=cell.points or 0,
    )
