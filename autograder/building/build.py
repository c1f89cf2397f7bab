"""What ``autograder build`` makes of the masters, and whether it is all there and current."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from autograder.building import _rules, claims, twins
from autograder.building._files import Change
from autograder.building._percent import place
from autograder.building.masters import Unit
from autograder.building.notebooks import notebook_text, released
from autograder.errors import Problem
from autograder.messages import LANGUAGES
from autograder.workbook import source_hash

#: kind of notebook -> its folder in the checkout
FOLDERS = {"release": "assignments", "solution": "solutions"}


def products(root: Path, units: list[Unit], langs: tuple[str, ...] = LANGUAGES) -> list[Change]:
    """The files that each of ``units`` makes, as changes of the checkout ``root``. Raises Problem."""
    made = []
    for unit in units:
        for lang in langs:
            for kind, folder in FOLDERS.items():
                path = root / folder / lang / unit.id / f"{unit.slug}.ipynb"
                made.append(Change(path, notebook_text(unit.notebook(lang, kind))))
        made.append(Change(root / "course" / "hints" / f"{unit.id}.json", _hints(unit)))
    return made


def pages(root: Path, units: list[Unit]) -> list[Change]:
    """The files that all units make together. Raises Problem."""
    from autograder.faults import page

    made = claims.pages(root, units) | page.pages(root)
    return [Change(path, text) for path, text in made.items()]


def leftovers(root: Path, made: list[Change], only: tuple[str, ...], langs) -> list[Change]:
    """Generated files that no master makes any more. Files of other origin are left alone."""
    expected = {change.path for change in made}
    found = []
    for lang in langs:
        for folder in FOLDERS.values():
            found += [p for p in (root / folder / lang).glob("*/*.ipynb") if _is_ours(p)]
    if not only:
        found += (root / "course" / "hints").glob("*.json")
    found = [p for p in found if not only or p.parent.name in only]
    return [Change(path, None) for path in sorted(set(found) - expected)]


def publishable(unit: Unit) -> Iterator[Problem]:
    """What keeps a unit from being published: variants, twins."""
    yield from _rules.incomplete(unit)
    yield from twins.faults(unit)


def stale_files(changes: list[Change]) -> Iterator[Problem]:
    """A problem for every generated file that is stale, missing or superfluous."""
    for change in changes:
        if change.needed:
            state = "superfluous" if change.text is None else "stale"
            if change.text is not None and not change.path.exists():
                state = "missing"
            yield Problem(f"{place(change.path)}: {state}. Run `autograder build`.")


def _hints(unit):
    """The student's side of a unit: no solutions in it, it ships in the wheel."""
    catalogue = {
        "unit": unit.id,
        "title": unit.title.pair(),
        "minutes": unit.minutes,
        "tasks": {name: [hint.pair() for hint in task.hints] for name, task in unit.tasks.items()},
        "checks": {
            name: {source_hash(released(cell, "en")): cell.points or 0 for cell in task.tests}
            for name, task in unit.tasks.items()
            if task.tests
        },
        "written": {name: task.written.points for name, task in unit.tasks.items() if task.written},
        "answers": {
            name: {
                "names": list(task.exhibits),
                "stub": source_hash(released(task.answer, "en")),
            }
            for name, task in unit.tasks.items()
            if task.answer
        },
    }
    return json.dumps(catalogue, ensure_ascii=False, indent=1) + "\n"


def _is_ours(path):
    try:
        metadata = json.loads(path.read_text(encoding="utf-8"))["metadata"]
    except (OSError, ValueError, KeyError, TypeError):
        return True  # damaged: in a folder of generated notebooks it can only be one of them
    return "footguns" in metadata
