"""TOML files that authors write, checked field by field."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
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


def read_table(path: Path) -> dict:
    """The file's top table. Raises Problem naming the file."""
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise fault(path, None, f"not valid TOML: {error}.") from None


_REQUIRED = object()


class Table:
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
        inner = Table(self.path, self.field(key), self.rest.pop(key, {}))
        return [(name, Table(self.path, inner.field(name), t)) for name, t in inner.rest.items()]

    def nothing_else(self):
        if self.rest:
            raise fault(
                self.path, None, f"unknown field {self.field(next(iter(self.rest)))}. Take it out."
            )


class _Unexpected(Exception):
    def __init__(self, expected, value, at=""):
        self.expected, self.value, self.at = expected, value, at


def check(expected):
    """Turn a predicate-and-convert function into a check that says what it expected."""

    def wrap(convert):
        def checked(value):
            result = convert(value)
            if result is None:
                raise _Unexpected(expected, value)
            return result

        checked.expected = expected
        return checked

    return wrap


def list_of(item, least=1):
    expected = f"a list of {least} or more, each {item.expected}" if least else "a list"

    def checked(value):
        if not isinstance(value, list) or len(value) < least:
            raise _Unexpected(expected, value)
        result = []
        for n, entry in enumerate(value):
            try:
                result.append(item(entry))
            except _Unexpected as error:
                raise _Unexpected(error.expected, error.value, f"[{n}]{error.at}") from None
        return tuple(result)

    checked.expected = expected
    return checked


@check('{en = "...", ru = "..."}')
def texts(value):
    if not isinstance(value, dict) or set(value) != set(LANGUAGES):
        return None
    if not all(isinstance(text, str) and text.strip() for text in value.values()):
        return None
    return Texts(**value)


@check("a text")
def string(value):
    return value if isinstance(value, str) and value.strip() else None
