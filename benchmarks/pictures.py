"""The pictures of the README, from real runs: ``python -m benchmarks.pictures`` after ``make demo``.

``docs/check.svg`` shows a registered wrong answer and what its check says; ``docs/grades.svg`` the
table of the demo class (``demo/report.json``), its first rows.
"""

from __future__ import annotations

import json
import re
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.syntax import Syntax

from autograder.building.masters import units
from autograder.grading.display import summary
from autograder.grading.engine.pool import Pool
from autograder.health.proofs import proofs

ROOT = Path(__file__).parents[1]
UNIT, TASK, WRONG = "01-feet-dense", "house-net", "relu-over-zeros"
_ROWS = 14


def check() -> None:
    """A wrong repair in its notebook cell, and the message under it."""
    (unit,) = units(only=(UNIT,))
    job = next(
        job
        for proof, job in proofs(unit, mutated=())
        if proof.kind == "wrong" and proof.task.name == TASK and proof.name == WRONG
    )
    with Pool(workers=1) as pool:
        (result,) = pool.run([job])
    answer = next(cell["source"] for cell in job["cells"] if cell["kind"] == "answer")
    failed = next(cell for cell in result["cells"] if cell["outcome"] == "failed")
    console = _console(96)
    console.print(Syntax(answer.strip(), "python", theme="ansi_dark"))
    console.print()
    console.print(failed["message"]["en"], style="bold", markup=False, highlight=False)
    _save(console, "check.svg", f"{UNIT}: {TASK}")


def grades() -> None:
    """The table of the demo class."""
    report = json.loads((ROOT / "demo/report.json").read_text(encoding="utf-8"))
    report["submissions"] = sorted(report["submissions"], key=lambda s: s["student"])[:_ROWS]
    console = _console(118)
    summary(report, console)
    _save(console, "grades.svg", "autograder grade")


def _save(console: Console, name: str, title: str) -> None:
    """As rich draws it, less the fonts that it would fetch from the network."""
    drawn = console.export_svg(title=title)
    text = re.sub(r"@font-face {.*?}\s*", "", drawn, flags=re.DOTALL)
    (ROOT / "docs" / name).write_text(text, encoding="utf-8")


def _console(width: int) -> Console:
    return Console(record=True, width=width, file=StringIO(), force_terminal=True)


if __name__ == "__main__":
    check()
    grades()
