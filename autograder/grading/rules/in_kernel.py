"""The classic way, for notebooks of any nbgrader course: tests run where the student's cells ran.

What a cell must be comes from the gradebook, as with nbgrader's own OverwriteCells; the mark of a
test cell comes from its outputs by nbgrader's rule: an error or anything on stderr is 0, a number
as the result is that many points, else all. Nothing here guards a test against the code it tests.
"""

from __future__ import annotations

import json
import re

from autograder.errors import Problem
from autograder.grading.engine.job import job_cell
from autograder.grading.files import digest, folder_digest
from autograder.grading.gradebook.course import Course
from autograder.grading.restore import Restored, grade_id
from autograder.messages import msg, texts

_SECONDS = 30  # for one cell, as nbgrader has it
_ERRORS = {"AssertionError", "CheckFailed"}


class InKernel:
    """Rules (see :class:`autograder.grading.rules.Rules`) for courses that Footguns did not make.

    Raises Problem for a unit that is not registered, and for notebooks in other languages.
    """

    job = {"inside": True}

    def __init__(self, course: Course):
        self.course = course
        self._cells: dict[str, dict] = {}
        ignore = course.config.get("IgnorePattern", {})
        self._ignored = ignore.get("pattern", "") if ignore.get("enabled", False) else ""

    def limits(self, seconds: float | None = _SECONDS) -> dict[str, float]:
        """The limits that the course's settings give to nbgrader's ``Execute``; ``seconds`` for
        one cell where they give none."""
        for owner in ("NotebookClient", "ExecutePreprocessor", "Execute"):  # the last one counts
            seconds = self.course.config.get(owner, {}).get("timeout", seconds)
        if seconds is None or seconds <= 0:  # without a limit: the notebook has one anyway
            return {"cell": 3600.0, "notebook": 3600.0}
        return {"cell": float(seconds), "notebook": max(600.0, 10.0 * seconds)}

    def check(self, submission):
        known = self._registered(submission)
        kernel = known["kernelspec"] or {}
        language = kernel.get("language") or kernel.get("name") or "python"
        if not language.lower().startswith("python"):
            raise Problem(
                msg(
                    "Expected a notebook in Python. Received: {notebook} of {unit}, in {language}. "
                    "Grade it with `nbgrader autograde {unit}`.",
                    notebook=submission.notebook,
                    unit=submission.unit,
                    language=language,
                )
            )

    def digest(self, submission):
        known = json.dumps(self._registered(submission), sort_keys=True)
        source = self.course.masters[submission.unit][submission.notebook].parent
        return digest("in-kernel", known, self._ignored, folder_digest(source))

    def restore(self, submission, parsed):
        return restore(self._registered(submission), parsed)

    def verdicts(self, restored, result):
        return verdicts(restored, result, self._ignored)

    def _registered(self, submission):
        from autograder.grading.gradebook.book import Book

        if submission.unit not in self._cells:
            self._cells[submission.unit] = Book(self.course).cells(submission.unit)
        return self._cells[submission.unit].get(
            submission.notebook, {"kernelspec": None, "cells": []}
        )


def restore(registered: dict, parsed: dict | None) -> Restored:
    """The student's notebook with the registered cells as they must be.

    ``registered`` is of :meth:`autograder.grading.gradebook.book.Book.cells`. Cells keep the student's
    order. Of cells with one id the first counts; what is locked gets its source back; what was
    deleted returns after the cell that it follows in the course's notebook.
    """
    known = {cell["id"]: cell for cell in registered["cells"]}
    cells, remarks, places = [], [], {}
    for cell in parsed["cells"] if parsed else ():
        name = grade_id(cell)
        kind = cell["cell_type"] if cell["cell_type"] in ("code", "markdown") else "raw"
        if name in places:
            remarks.append(
                msg("The cell {name} is there more than once: the first one counts.", name=name)
            )
        if name in known and name not in places:
            places[name] = len(cells)
            cells.append(_as_registered(known[name], cell["source"]))
        else:
            cells.append({"cell_type": kind, "source": cell["source"], "metadata": {}})
    missing = [name for name in known if name not in places]
    for name in missing:
        _put_back(cells, known, name)
        if known[name]["grade"] and parsed is not None:
            remarks.append(msg("The cell {name} was deleted and has come back.", name=name))
    metadata = {}
    if registered["kernelspec"]:
        metadata["kernelspec"] = registered["kernelspec"]
    jobs = []
    for i, cell in enumerate(cells):
        cell["id"] = (grade_id(cell) or f"cell-{i}")[:64]
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
            jobs.append((i, job_cell(cell["id"], "code", cell["source"])))
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}
    return Restored(notebook, jobs, [n for n in missing if known[n]["solution"]], remarks)


def _as_registered(known, source):
    names = ("grade", "locked", "solution", "task", "checksum", "cell_type")
    meta = {"schema_version": 3, "grade_id": known["id"], **{name: known[name] for name in names}}
    if known["points"] is not None:
        meta["points"] = known["points"]
    text = known["source"] if known["locked"] else source
    return {"cell_type": known["cell_type"], "source": text, "metadata": {"nbgrader": meta}}


def _put_back(cells, known, name):
    """Insert a cell that is missing behind the nearest of those which come before it."""
    before = list(known)[: list(known).index(name)]
    at = max((i + 1 for i, cell in enumerate(cells) if grade_id(cell) in before), default=0)
    source = "" if known[name]["solution"] else known[name]["source"]
    cells.insert(at, _as_registered(known[name], source))


def complete(done: dict) -> list[dict]:
    """The outputs of a cell that was run, in the order of a kernel's, with an error for one that
    ended badly.

    Says so where nothing in the outputs does: students may have replaced what shows errors, and a
    cell that ended its process could show nothing. A cell's result comes last: what went to its
    descriptors is collected only then.
    """
    outputs = sorted(done["outputs"], key=lambda o: o["output_type"] == "execute_result")
    if done["outcome"] == "ran" or any(o["output_type"] == "error" for o in outputs):
        return outputs
    text = (done["message"] or {}).get("en") or done["outcome"]
    name = done["outcome"].capitalize()
    return [
        *outputs,
        {"output_type": "error", "ename": name, "evalue": text, "traceback": text.splitlines()},
    ]


def verdicts(restored: Restored, result: dict, ignored: str = "") -> dict:
    """A pool's result with nbgrader's verdicts in the test cells: their outputs say the same.

    ``ignored``: the pattern of what may be on stderr.
    """
    from nbformat import from_dict
    from nbgrader.utils import determine_grade

    cells = []
    for (i, _), done in zip(restored.jobs, result["cells"], strict=True):
        cell = restored.notebook["cells"][i]
        outputs = complete(done)
        if ignored:
            outputs = [o for o in outputs if not _is_ignored(o, ignored)]
        meta = cell["metadata"].get("nbgrader", {})
        verdict = {**done, "outputs": outputs, "verbatim": True}
        if meta.get("grade") and not meta.get("solution"):
            try:
                points, _ = determine_grade(from_dict({**cell, "outputs": outputs}))
            except (ValueError, KeyError) as error:
                verdict |= _unchecked(error, outputs)
            else:
                verdict |= _verdict(done, outputs, points, float(meta["points"]))
        cells.append(verdict)
    return {**result, "cells": cells}


def _verdict(done, outputs, points, most):
    error = next((o for o in outputs if o["output_type"] == "error"), None)
    if done["outcome"] in ("timeout", "killed"):
        return {"points": None}
    if points == most:
        return {"outcome": "passed", "message": None, "points": None}
    if points:
        return {"outcome": "passed", "message": None, "points": points}
    if error is not None:
        outcome = "failed" if error["ename"] in _ERRORS else "error"
        text = ": ".join(part for part in (error["ename"], error["evalue"]) if part)
        return {"outcome": outcome, "message": texts(text), "points": None}
    said = "".join(o["text"] for o in outputs if o.get("name") == "stderr").strip()
    text = msg("No points.")
    if said:
        text = msg("It wrote on stderr, which nbgrader counts as wrong: {said}", said=said[:500])
    return {"outcome": "failed", "message": texts(text), "points": None}


def _unchecked(error, outputs):
    """No mark, and nothing in the outputs that nbgrader would stumble over."""
    text = msg("Could not check: {error}", error=str(error))
    kept = [o for o in outputs if o["output_type"] != "execute_result"]
    lines = text.text("en").splitlines()
    kept.append(
        {"output_type": "error", "ename": "CouldNotCheck", "evalue": lines[0], "traceback": lines}
    )
    return {"outcome": "unchecked", "message": texts(text), "points": None, "outputs": kept}


def _is_ignored(output, pattern):
    stderr = output["output_type"] == "stream" and output["name"] == "stderr"
    return stderr and re.search(pattern, output["text"]) is not None
