"""Honest work earns the same marks under plain ``nbgrader autograde`` with real kernels."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

BIN = Path(sys.executable).parent


def run(*words, cwd):
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [BIN / words[0], *words[1:]], cwd=cwd, env={**os.environ, "PATH": path},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_the_units_under_plain_nbgrader(tmp_path):
    """The first two students of the demo hand in every unit, rightly: variants, and the solution."""
    root = Path(__file__).parents[1]
    run("autograder", "demo", str(tmp_path / "course"), "--students", "2", "--seed", "3", cwd=root)
    course = tmp_path / "course"
    expected = json.loads((course / "expected.json").read_text())["students"]
    with open(course / "nbgrader_config.py", "a") as file:
        file.write('c.pop("Autograde")\n')  # nbgrader's own engine
    units = sorted({unit for work in expected.values() for unit in work})
    for unit in units:
        run("nbgrader", "autograde", unit, cwd=course)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        for student, work in expected.items():
            for unit, wanted in work.items():
                (notebook,) = book.find_submission(unit, student).notebooks
                marks = {grade.name: grade.auto_score for grade in notebook.grades}
                assert marks == {name: cell["points"] for name, cell in wanted["cells"].items()}
