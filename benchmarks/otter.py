"""otter-grader beside the engine: the same notebooks and tests, graded by ``otter run``.

``otter run`` is otter's way without containers: one process a submission, which is what a class costs
where no Docker runs. The tests are the same cells, as otter's test cases that run in the notebook's
namespace. Needs the extra ``bench``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import zipfile
from importlib.util import find_spec
from pathlib import Path

from autograder.building import Unit
from autograder.grading.gradebook.course import Course

_TEST = """\
from otter.test_files import test_case

OK_FORMAT = False
name = {id!r}
points = None


@test_case(name={id!r}, points={points!r}, hidden=False)
def test(env):
    exec({source!r}, env)
"""
_CONFIG = {"lang": "python", "show_stdout": False, "print_summary": False}


def installed() -> bool:
    """Whether otter-grader is here."""
    return find_spec("otter") is not None


def grade(course: Course, unit: Unit) -> tuple[float, float, dict[tuple[str, str, str], float]]:
    """(seconds for the class, 0.0 of start-up, {(student, unit, cell): points}): ``otter run``."""
    archive = course.root / "autograder.zip"
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.writestr("otter_config.json", json.dumps(_CONFIG))
        for cell in unit.cells:
            if cell.kind == "test":
                text = _TEST.format(id=cell.id, points=cell.points or 0.0, source=cell.source)
                bundle.writestr(f"tests/{cell.id}.py", text)
    results, marks = course.root / "otter", {}
    results.mkdir()
    began = time.perf_counter()
    for student in course.students():
        notebook = course.root / "submitted" / student / unit.id / f"{unit.slug}.ipynb"
        _run(notebook, archive, results)
        for test in json.loads((results / "results.json").read_text())["tests"]:
            cell, _, _ = test["name"].partition(" - ")
            if cell in {c.id for c in unit.cells}:
                marks[student, unit.id, cell] = float(test["score"])
    return time.perf_counter() - began, 0.0, marks


def _run(notebook: Path, archive: Path, results: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "otter", "run", "-a", archive, "-o", results, "--no-logo", notebook],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"otter run {notebook}: {done.stderr[-2000:]}")
