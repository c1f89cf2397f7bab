"""The message catalogue: what code shows, in every language.

``update`` collects the templates of ``msg(...)`` and ``nmsg(...)`` and merges them into the Russian
catalogue, where new ones wait for a translation; ``problems`` says what is missing or stale, for
``autograder build --check``.  Babel does the reading and writing (its settings stand in setup.cfg too,
for those who prefer its own commands).
"""

from __future__ import annotations

import io
import string
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from autograder.writing import write_atomically

_KEYWORDS = {"msg": (1,), "nmsg": (1, 2)}
_SOURCES = ("autograder", "course/lab", "course/hub")


def _po_path(root: Path) -> Path:
    return root / "autograder/locale/ru/LC_MESSAGES/autograder.po"


def update(root: Path) -> list[str]:
    """Merge the code's messages into the Russian catalogue and compile it. Returns the problems."""
    path = _po_path(root)
    catalogue = _merged(root)
    _write(path, _po(catalogue))
    _write(path.with_suffix(".mo"), _mo(catalogue))
    return _untranslated(catalogue)


def problems(root: Path) -> list[str]:
    """What keeps the catalogue from being complete and current; empty when all is well."""
    path = _po_path(root)
    catalogue = _merged(root)
    found = _untranslated(catalogue)
    for file, content in ((path, _po(catalogue)), (path.with_suffix(".mo"), _mo(catalogue))):
        if not file.exists() or file.read_bytes() != content:
            found.append(f"{file.relative_to(root)} is stale: run `autograder build`.")
    return found


def _merged(root: Path) -> Catalog:
    path = _po_path(root)
    if path.exists():
        with path.open("rb") as file:
            catalogue = read_po(file, locale="ru")
    else:
        catalogue = Catalog(locale="ru")
    template = Catalog()
    for folder in _SOURCES:
        for filename, _, message, _, context in extract_from_dir(
            root / folder, method_map=[("**.py", "python")], keywords=_KEYWORDS
        ):
            template.add(message, None, [(f"{folder}/{filename}", 0)], context=context)
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.header_comment = "# Russian messages of Footguns."
    return catalogue


def _po(catalogue: Catalog) -> bytes:
    out = io.BytesIO()
    write_po(out, catalogue, width=100, no_location=True, omit_header=True, sort_output=True)
    return out.getvalue()


def _mo(catalogue: Catalog) -> bytes:
    out = io.BytesIO()
    plain = Catalog(
        locale="ru"
    )  # without the header's dates the bytes depend on the messages alone
    for message in catalogue:
        if message.id and message.string:
            plain.add(message.id, message.string)
    plain.revision_date = plain.creation_date = datetime(2000, 1, 1, tzinfo=UTC)
    write_mo(out, plain)
    return out.getvalue()


def _untranslated(catalogue: Catalog) -> list[str]:
    found = []
    for message in catalogue:
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        if not all(strings) or (message.pluralizable and len(strings) != catalogue.num_plurals):
            found.append(f"autograder.po: “{ids[0]}” has no Russian.")
        elif any(
            _fields(s) - _fields(*ids) or _fields(ids[-1]) - _fields(s) - {"n"} for s in strings
        ):
            found.append(f"autograder.po: “{ids[0]}” and its Russian differ in their {{fields}}.")
    return found


def _fields(*texts: str) -> set[str]:
    return {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name}


def _write(path: Path, content: bytes) -> None:
    if not path.exists() or path.read_bytes() != content:
        write_atomically(path, content)


if __name__ == "__main__":
    import sys

    missing = update(Path(__file__).resolve().parents[2])
    print("\n".join(missing))
    sys.exit(bool(missing))
