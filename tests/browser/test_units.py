"""Every unit as a student meets it in the browser: opened, run, answered wrongly, answered rightly."""

from itertools import cycle

import pytest

from autograder.building.masters import units
from autograder.student.copies import copy_unit

UNITS = {unit.id: unit for unit in units()}
#: The units take turns in front ends and languages; "make verify" turns both round.
_TURNS = [("lab", "en"), ("notebook", "ru"), ("lab", "ru"), ("notebook", "en")]
_OTHER = {"lab": "notebook", "notebook": "lab", "en": "ru", "ru": "en"}
HERE = [(unit, *turn) for unit, turn in zip(UNITS, cycle(_TURNS))]
THERE = [(unit, _OTHER[flavour], _OTHER[lang]) for unit, flavour, lang in HERE]


def first_task(unit):
    """The first task with an answer in code: the task, a wrong and a right answer to it."""
    task = next(task for task in unit.tasks.values() if task.answer and task.wrong and task.right)
    return task, task.wrong[0], task.right[0]


def work(visit, server, name, flavour, lang):
    unit = UNITS[name]
    folder = server.root / f"{flavour}-{lang}"
    if not (folder / name / f"{unit.slug}.ipynb").exists():
        copy_unit(name, folder, lang)
    notebook = visit(flavour, f"{folder.name}/{name}/{unit.slug}.ipynb")
    task, wrong, right = first_task(unit)
    answer = notebook.index(kind="answer", task=task.name)
    tests = [
        i for i, cell in enumerate(notebook.cells)
        if cell["metadata"]["footguns"] == {"kind": "test", "task": task.name}
    ]  # fmt: skip
    notebook.run_until(answer)
    broken = [i for i in range(answer) if notebook.failed(i)]
    assert broken == [], [notebook.shown(i) for i in broken]

    notebook.type(answer, wrong.source)
    notebook.run(answer)
    said = "\n".join(notebook.run(i) for i in tests)
    for line in wrong.says.text(lang).splitlines():
        assert line.strip() in said
    assert "✘" in said and "Traceback" not in said
    notebook.picture(f"{name}-wrong")

    notebook.type(answer, right.source)
    notebook.run(answer)
    for i in tests:
        said = notebook.run(i)
        assert "✔" in said and "✘" not in said, said
    notebook.picture(f"{name}-right")
    assert notebook.foreign() == [] and notebook.errors == []


@pytest.mark.parametrize("name, flavour, lang", HERE)
def test_a_unit_in_the_browser(visit, server, name, flavour, lang):
    work(visit, server, name, flavour, lang)


@pytest.mark.slow
@pytest.mark.parametrize("name, flavour, lang", THERE)
def test_a_unit_in_the_other_browser_and_language(visit, server, name, flavour, lang):
    work(visit, server, name, flavour, lang)
