"""Rebuilds the notebook to be run: the master's cells with the student's answers in them.

Of a submission only this counts: the source of its answer cells, found by ``grade_id``, and cells
that the student added. Everything else (setup, tests, prose, points, tags, cell types, order, ids)
comes from the master, so that nothing a student did to locked cells or metadata has any effect.
"""

from __future__ import annotations

import copy
import json
import re
from dataclasses import dataclass, field

from autograder.grading.engine.job import JobCell, job_cell
from autograder.messages import Message, msg

MAX_BYTES = 64 << 20
MAX_CELLS = 2000
MAX_SOURCE = 1 << 20  # characters of one cell
# In time linear in the source, whatever stands in it.
_DISPUTE = re.compile(r"^[ \t]*#[ \t]*DISPUTE:[ \t]*(\S.*)$", re.MULTILINE)


class Unreadable(Exception):
    """The submission is no notebook that can be graded; ``message`` says why."""

    def __init__(self, message: Message):
        self.message = message
        super().__init__(message.text("en"))


@dataclass
class Restored:
    """``notebook``: an nbformat 4 dict, without outputs. ``jobs``: (index, job cell) of code cells.

    ``missing``: grade_ids of answer cells that are not in the submission. ``remarks``: what was put
    right. ``disputes``: {grade_id: reason}, from lines ``# DISPUTE: reason`` in answers.
    """

    notebook: dict
    jobs: list[tuple[int, JobCell]]
    missing: list[str] = field(default_factory=list)
    remarks: list[Message] = field(default_factory=list)
    disputes: dict[str, str] = field(default_factory=dict)


def parse(data: bytes) -> dict:
    """A submission's bytes as a notebook of format 4, with text sources. Raises Unreadable."""
    if len(data) > MAX_BYTES:
        raise Unreadable(
            msg(
                "Expected a notebook of at most {most} MB. Received a larger one. Clear its "
                "outputs and submit it again.",
                most=MAX_BYTES >> 20,
            )
        )
    try:
        notebook = json.loads(data)
    except (ValueError, RecursionError):
        what = msg("an empty file") if not data.strip() else msg("a file that is not JSON")
        raise Unreadable(msg("Expected a notebook. Received {what}.", what=what)) from None
    if not isinstance(notebook, dict):
        raise Unreadable(msg("Expected a notebook. Received JSON of another kind."))
    version = notebook.get("nbformat")
    if version == 3:
        notebook = _from_version_3(notebook)
    elif version != 4:
        raise Unreadable(
            msg("Expected a notebook of format 4. Received format {v}.", v=repr(version)[:40])
        )
    cells = notebook.get("cells")
    if not isinstance(cells, list) or not all(_is_cell(c) for c in cells):
        raise Unreadable(msg("Expected a notebook with a list of cells. Received a damaged one."))
    if len(cells) > MAX_CELLS:
        raise Unreadable(
            msg("Expected at most {most} cells. Received {n}.", most=MAX_CELLS, n=len(cells))
        )
    for cell in cells:
        source = cell["source"]
        text = source if isinstance(source, str) else "".join(source)
        cell["source"] = text = text.encode("utf-8", "replace").decode()  # no half characters
        if len(text) > MAX_SOURCE:
            raise Unreadable(
                msg(
                    "Expected cells of at most {n} characters. Received a longer one.", n=MAX_SOURCE
                )
            )
    return notebook


def restore(master: dict, submitted: dict | None) -> Restored:
    """The master's notebook with the answers of ``submitted``; None stands for no cells at all."""
    cells = submitted["cells"] if submitted else []
    known = {grade_id(c): c for c in master["cells"] if grade_id(c)}
    found, extras, remarks = _sort_out(cells, known)
    restored = Restored({**copy.deepcopy(master), "cells": []}, [], remarks=remarks)
    out = restored.notebook["cells"]
    out += extras.get(None, [])
    for original in master["cells"]:
        name = grade_id(original)
        if name is None:
            if submitted is None:  # a free cell; students' own copies come back as extras
                out.append(_clean(original))
            continue
        cell = _clean(original)
        if _is_answer(cell):
            if name in found:
                cell["source"] = found[name]["source"]
                for reason in _DISPUTE.findall(cell["source"])[:1]:
                    restored.disputes[name] = reason.rstrip()[:500]
            else:
                cell["source"] = ""
                restored.missing.append(name)
        elif name not in found and _kind(cell) == "test" and submitted is not None:
            remarks.append(msg("The test cell {name} was deleted and has come back.", name=name))
        out.append(cell)
        out += extras.get(name, [])
    _number(out)
    shown = {c["source"] for c in master["cells"] if c["cell_type"] == "code" and not grade_id(c)}
    restored.jobs = _jobs(out, set(restored.missing), shown)
    return restored


def facts(cell: dict) -> dict:
    """{'kind', 'task', 'exhibits'} of a master's cell, also of notebooks that we did not build."""
    ours = cell["metadata"].get("footguns", {})
    return {"kind": _kind(cell), "task": ours.get("task"), "exhibits": ours.get("exhibits")}


def _sort_out(cells, known):
    """Split a submission into the first cell of every known id, and extras by their neighbour."""
    found, extras, remarks, place = {}, {}, [], None
    bare = known.keys() - {grade_id(c) for c in cells}
    for cell in cells:
        name = grade_id(cell)
        if name not in known and isinstance(cell.get("id"), str) and cell["id"] in bare:
            name = cell["id"]  # an editor dropped the metadata, the cell's own id is still there
        if name in known and name not in found:
            found[name] = cell
            place = name
        elif name in known:
            remarks.append(
                msg("The cell {name} is there more than once: the first one counts.", name=name)
            )
            if _is_answer(known[name]):  # shown, not run
                extra = {"cell_type": "raw", "source": cell["source"], "metadata": {}}
                extras.setdefault(place, []).append(extra)
        else:
            kind = cell["cell_type"] if cell["cell_type"] in ("code", "markdown") else "raw"
            extra = {"cell_type": kind, "source": cell["source"], "metadata": {}}
            extras.setdefault(place, []).append(_clean(extra))
    return found, extras, remarks


def _jobs(cells, missing, shown):
    """Job cells of the code; those with a source of ``shown`` are the course's demonstrations."""
    exhibits = {}
    for cell in cells:
        known = facts(cell)
        if known["task"] and known["exhibits"]:
            exhibits.setdefault(known["task"], []).extend(known["exhibits"])
    jobs = []
    for i, cell in enumerate(cells):
        kind = _kind(cell)
        if cell["cell_type"] != "code":
            continue
        ours = cell["metadata"].get("footguns")
        task = ours.get("task") if ours else None
        name = grade_id(cell)
        job = job_cell(
            name or cell["id"],
            kind,
            None if name in missing else cell["source"],
            task=task,
            # None, in notebooks that declare no exhibits: the test may read every name.
            exhibits=exhibits.get(task, []) if ours else None,
            points=_nbgrader(cell).get("points", 0),
            demonstration=name is None and cell["source"] in shown,
        )
        jobs.append((i, job))
    return jobs


def grade_id(cell: dict) -> str | None:
    """The id that nbgrader knows a cell by; None where it has none that makes sense."""
    name = _nbgrader(cell).get("grade_id")
    return name if isinstance(name, str) and name else None


def _kind(cell):
    """setup, code, answer, test or written, from our metadata or else from nbgrader's."""
    meta = _nbgrader(cell)
    if meta.get("solution"):
        return "answer" if cell["cell_type"] == "code" else "written"
    if meta.get("grade"):
        return "test"
    if meta.get("locked") and cell["cell_type"] == "code":
        return "setup"
    return "code" if cell["cell_type"] == "code" else "prose"


def _is_answer(cell):
    return bool(_nbgrader(cell).get("solution"))


def _nbgrader(cell):
    meta = cell["metadata"].get("nbgrader")
    return meta if isinstance(meta, dict) else {}


def _clean(cell):
    cell = copy.deepcopy(cell)
    cell.pop("attachments", None)
    for key in ("tags", "jupyter", "collapsed", "scrolled"):
        cell["metadata"].pop(key, None)
    if cell["cell_type"] == "code":
        cell["outputs"], cell["execution_count"] = [], None
    return cell


def _number(cells):
    """Give every cell an id of its own: the master's names, numbers for extras."""
    for i, cell in enumerate(cells):
        name = grade_id(cell)
        cell["id"] = name[:64] if name and re.fullmatch(r"[\w-]+", name) else f"cell-{i}"


def _is_cell(cell):
    if not isinstance(cell, dict) or not isinstance(cell.get("metadata", {}), dict):
        return False
    cell.setdefault("metadata", {})
    source = cell.get("source")
    text = isinstance(source, str) or (
        isinstance(source, list) and all(isinstance(line, str) for line in source)
    )
    return text and isinstance(cell.get("cell_type"), str)


def _from_version_3(notebook):
    import nbformat
    from nbformat import v3

    try:
        return json.loads(json.dumps(nbformat.convert(v3.to_notebook_json(notebook), 4)))
    except Exception as error:  # the converter raises whatever a damaged notebook makes it raise
        raise Unreadable(
            msg("Expected a notebook. Received one of format 3 that cannot be converted.")
        ) from error
