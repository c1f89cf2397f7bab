"""Every unit as a student meets it in the browser: opened, run, answered wrongly, answered rightly."""

import pytest

from autograder.building.masters import units
from autograder.student.copies import copy_unit

UNITS = {unit.id: unit for unit in units()}
#: The two that run every time; all of them, in both, are for "make verify".
QUICK = [("00-field-kit", "lab", "en"), ("03-order", "notebook", "ru")]
ALL = [
    (unit, flavour, lang) for unit in UNITS for flavour, lang in (("lab", "ru"), ("notebook", "en"))
]


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


@pytest.mark.parametrize("name, flavour, lang", QUICK)
def test_a_unit_in_the_browser(visit, server, name, flavour, lang):
    work(visit, server, name, flavour, lang)


@pytest.mark.slow
@pytest.mark.parametrize("name, flavour, lang", ALL)
def test_every_unit_in_the_browser(visit, server, name, flavour, lang):
    work(visit, server, name, flavour, lang)
