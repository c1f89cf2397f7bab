"""``unit.toml``: what a unit says about itself, checked field by field."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from autograder.building._percent import fault
from autograder.building._toml import Table, Texts, check, list_of, read_table, string, texts


@dataclass(frozen=True)
class TaskFacts:
    """The table ``[tasks.NAME]``."""

    minutes: float
    practice: bool = False
    hints: tuple[Texts, ...] = ()
    rubric: tuple[Texts, ...] = ()
    says: dict[str, Texts] = field(default_factory=dict)  # wrong answer -> its message
    equivalent: dict[str, str] = field(default_factory=dict)  # mutant -> why it is right as well


@dataclass(frozen=True)
class UnitFacts:
    title: Texts
    minutes: float
    difficulty: int
    objectives: tuple[Texts, ...]
    prerequisites: tuple[str, ...]
    out_of_scope: tuple[Texts, ...]
    tasks: dict[str, TaskFacts]


def read_facts(path: Path) -> UnitFacts:
    """Read and check ``unit.toml``. Raises Problem naming the file and the field."""
    top = Table(path, "", read_table(path))
    facts = UnitFacts(
        title=top.take("title", texts),
        minutes=top.take("minutes", _minutes),
        difficulty=top.take("difficulty", _difficulty),
        objectives=top.take("objectives", list_of(texts)),
        prerequisites=top.take("prerequisites", list_of(string, least=0), ()),
        out_of_scope=top.take("out_of_scope", list_of(texts, least=0), ()),
        tasks={name: _task(inner) for name, inner in top.tables("tasks")},
    )
    top.nothing_else()
    if (total := sum(task.minutes for task in facts.tasks.values())) > facts.minutes:
        raise fault(
            path,
            None,
            f"the tasks take {total:g} minutes together, but minutes = {facts.minutes:g}.",
        )
    return facts


def _task(table):
    facts = TaskFacts(
        minutes=table.take("minutes", _minutes),
        practice=table.take("practice", _boolean, False),
        hints=table.take("hints", list_of(texts, least=2)),
        rubric=table.take("rubric", list_of(texts), ()),
        says={name: _says(inner) for name, inner in table.tables("wrong")},
        equivalent=table.take("equivalent", _reasons, {}),
    )
    table.nothing_else()
    return facts


def _says(table):
    says = table.take("says", texts)
    table.nothing_else()
    return says


@check("true or false")
def _boolean(value):
    return value if isinstance(value, bool) else None


@check("a positive number of minutes")
def _minutes(value):
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1000
    return value if good else None


@check("a whole number from 1 to 5")
def _difficulty(value):
    good = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 5
    return value if good else None


@check('a table {"family, line N: change" = "why the mutant is right as well"}')
def _reasons(value):
    good = isinstance(value, dict) and all(isinstance(v, str) and v.strip() for v in value.values())
    return value if good else None
