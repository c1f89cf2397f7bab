"""``unit.toml``: what a unit says about itself, checked field by field."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from autograder.building._percent import fault, read_text
from autograder.messages import LANGUAGES


@dataclass(frozen=True)
class Texts:
    """One text in every language."""

    en: str
    ru: str

    def text(self, lang: str) -> str:
        return {"en": self.en, "ru": self.ru}[lang]

    def pair(self) -> dict[str, str]:
        return {"en": self.en, "ru": self.ru}


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
    try:
        table = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise fault(path, None, f"not valid TOML: {error}.") from None
    top = _Table(path, "", table)
    facts = UnitFacts(
        title=top.take("title", _texts),
        minutes=top.take("minutes", _minutes),
        difficulty=top.take("difficulty", _difficulty),
        objectives=top.take("objectives", _list_of(_texts)),
        prerequisites=top.take("prerequisites", _list_of(_string, least=0), ()),
        out_of_scope=top.take("out_of_scope", _list_of(_texts, least=0), ()),
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
        hints=table.take("hints", _list_of(_texts, least=2)),
        rubric=table.take("rubric", _list_of(_texts), ()),
        says={name: _says(inner) for name, inner in table.tables("wrong")},
        equivalent=table.take("equivalent", _reasons, {}),
    )
    table.nothing_else()
    return facts


def _says(table):
    says = table.take("says", _texts)
    table.nothing_else()
    return says


_REQUIRED = object()


class _Table:
    """A TOML table from which known fields are taken; what is left over is a mistake."""

    def __init__(self, path, name, table):
        if not isinstance(table, dict):
            raise fault(path, None, f"expected the table [{name}], received {table!r}.")
        self.path, self.name, self.rest = path, name, dict(table)

    def field(self, key):
        return f"{self.name}.{key}" if self.name else key

    def take(self, key, check, default=_REQUIRED):
        if key not in self.rest:
            if default is not _REQUIRED:
                return default
            raise fault(
                self.path, None, f"{self.field(key)} is missing. Expected {check.expected}."
            )
        value = self.rest.pop(key)
        try:
            return check(value)
        except _Unexpected as error:
            raise fault(
                self.path,
                None,
                f"{self.field(key)}{error.at}: expected {error.expected}, received {error.value!r}.",
            ) from None

    def tables(self, key):
        inner = _Table(self.path, self.field(key), self.rest.pop(key, {}))
        return [(name, _Table(self.path, inner.field(name), t)) for name, t in inner.rest.items()]

    def nothing_else(self):
        if self.rest:
            raise fault(
                self.path, None, f"unknown field {self.field(next(iter(self.rest)))}. Take it out."
            )


class _Unexpected(Exception):
    def __init__(self, expected, value, at=""):
        self.expected, self.value, self.at = expected, value, at


def _check(expected):
    """Turn a predicate-and-convert function into a check that says what it expected."""

    def wrap(convert):
        def check(value):
            result = convert(value)
            if result is None:
                raise _Unexpected(expected, value)
            return result

        check.expected = expected
        return check

    return wrap


def _list_of(item, least=1):
    expected = f"a list of {least} or more, each {item.expected}" if least else "a list"

    def check(value):
        if not isinstance(value, list) or len(value) < least:
            raise _Unexpected(expected, value)
        result = []
        for n, entry in enumerate(value):
            try:
                result.append(item(entry))
            except _Unexpected as error:
                raise _Unexpected(error.expected, error.value, f"[{n}]{error.at}") from None
        return tuple(result)

    check.expected = expected
    return check


@_check('{en = "...", ru = "..."}')
def _texts(value):
    if not isinstance(value, dict) or set(value) != set(LANGUAGES):
        return None
    if not all(isinstance(text, str) and text.strip() for text in value.values()):
        return None
    return Texts(**value)


@_check("a text")
def _string(value):
    return value if isinstance(value, str) and value.strip() else None


@_check("true or false")
def _boolean(value):
    return value if isinstance(value, bool) else None


@_check("a positive number of minutes")
def _minutes(value):
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1000
    return value if good else None


@_check("a whole number from 1 to 5")
def _difficulty(value):
    good = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 5
    return value if good else None


@_check('a table {"family, line N: change" = "why the mutant is right as well"}')
def _reasons(value):
    good = isinstance(value, dict) and all(isinstance(v, str) and v.strip() for v in value.values())
    return value if good else None
