"""Masters to notebooks: nbformat 4.5 with nbgrader's cell metadata, the same bytes every time."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from autograder.building import regions
from autograder.errors import Problem
from autograder.messages import LANGUAGES

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from autograder.building.masters import Cell, Unit

KINDS = ("release", "solution")

#: What stands in a released notebook where the solution was.
CODE_STUB = {"en": "# Your code here", "ru": "# Ваш код"}
TEXT_STUB = {"en": "*Your answer here.*", "ru": "*Ваш ответ.*"}

#: kind of cell -> nbgrader's flags. Prose is locked, so that the words which ask stay as they are.
_FLAGS = {
    "prose": {"grade": False, "solution": False, "locked": True},
    "setup": {"grade": False, "solution": False, "locked": True},
    "answer": {"grade": False, "solution": True, "locked": False},
    "test": {"grade": True, "solution": False, "locked": True},
    "written": {"grade": True, "solution": True, "locked": False},
}

_RUBRIC = {"en": "**Rubric**", "ru": "**Критерии**"}


def notebook(unit: Unit, lang: str, kind: str, answers: dict[str, str]) -> NotebookNode:
    """See :meth:`autograder.building.masters.Unit.notebook`."""
    from nbformat.v4 import new_notebook

    if kind not in KINDS:
        raise ValueError(f"Expected kind 'release' or 'solution'. Received: {kind!r}.")
    if lang not in LANGUAGES:
        raise ValueError(f"Expected lang 'en' or 'ru'. Received: {lang!r}.")
    for name in answers:
        if name not in unit.tasks:
            raise Problem(f"Expected a task of {unit.id}. Received: {name}.", exit_code=2)
    return new_notebook(
        cells=[_notebook_cell(unit, cell, lang, kind, answers) for cell in unit.cells],
        metadata={
            "footguns": {"language": lang, "unit": unit.id},
            "kernelspec": {
                "display_name": "Python 3 (ipykernel)",
                "language": "python",
                "name": "python3",
            },
            "language_info": {"name": "python"},
        },
    )


def notebook_text(nb: NotebookNode) -> str:
    """The notebook's file: sorted keys, one space of indentation, a newline at the end."""
    import nbformat

    nbformat.validate(nb)
    return nbformat.writes(nb) + "\n"


def released(cell: Cell, lang: str) -> str:
    """What students get of a cell: stubs for solutions, nothing of hidden tests."""
    source = cell.text(lang)
    if cell.kind == "answer":
        return regions.replaced(source, regions.SOLUTION, CODE_STUB[lang])[0]
    if cell.kind == "written":
        text, found = regions.replaced(source, regions.SOLUTION, TEXT_STUB[lang])
        return text if found else TEXT_STUB[lang]
    if cell.kind == "test":
        return regions.replaced(source, regions.HIDDEN)[0]
    return source


def checksum(source: str, cell_type: str, grade_id: str, flags: dict, points=None) -> str:
    """nbgrader's ``compute_checksum``, without the seconds that importing nbgrader takes."""
    locked = (flags["grade"] or flags["locked"]) and not flags["solution"]
    parts = [source, cell_type, str(flags["grade"]), str(flags["solution"]), str(locked), grade_id]
    if flags["grade"]:
        parts.append(str(float(points)))
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest()


def _notebook_cell(unit, cell, lang, kind, answers):
    from nbformat.v4 import new_code_cell, new_markdown_cell

    if kind == "release":
        source = released(cell, lang)
    elif cell.kind == "written":
        source = _with_rubric(cell.text(lang), unit.tasks[cell.task].rubric, lang)
    else:
        source = cell.text(lang)
    metadata = {"footguns": _footguns(cell)}
    if cell.kind in _FLAGS:
        # Where words are asked for, the sum is that of what students get: so nbgrader knows an
        # answer from none, also in the notebook that holds the worked one.
        asked = released(cell, lang) if cell.kind == "written" else source
        metadata["nbgrader"] = _nbgrader(cell, asked)
        if kind == "release":  # as nbgrader's LockCells leaves them
            metadata["deletable"] = False
            if cell.kind not in ("answer", "written"):
                metadata["editable"] = False
    if cell.kind in ("answer", "written"):
        source = answers.get(cell.task, source)
    new_cell = new_markdown_cell if cell.is_text else new_code_cell
    return new_cell(source, id=cell.id, metadata=metadata)


def _footguns(cell):
    """What the grader needs to know about the cell, for course directories without masters."""
    facts = {"kind": cell.kind}
    if cell.task:
        facts["task"] = cell.task
    if cell.exhibits:
        facts["exhibits"] = list(cell.exhibits)
    return facts


def _nbgrader(cell, source):
    flags = _FLAGS[cell.kind]
    cell_type = "markdown" if cell.is_text else "code"
    points = {"points": cell.points or 0} if flags["grade"] else {}
    return {
        "cell_type": cell_type,
        "checksum": checksum(source, cell_type, cell.id, flags, cell.points or 0),
        "grade_id": cell.id,
        "schema_version": 3,
        "task": False,
        **flags,
        **points,
    }


def _with_rubric(text, rubric, lang):
    """The worked answer followed by the rubric, inside the region that students do not get."""
    lines = "\n".join([f"{_RUBRIC[lang]}", "", *(f"- {line.text(lang)}" for line in rubric)])
    head, found, tail = text.rpartition(f"### {regions.SOLUTION[1]}")
    return f"{head}\n{lines}\n{found}{tail}" if found else f"{text}\n\n{lines}"
