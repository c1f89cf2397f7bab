"""From what the cells did to marks, and to outputs that nbgrader reads as these very marks."""

from __future__ import annotations

import copy
import time

from autograder.grading.restore import Restored, facts
from autograder.messages import Message, msg, texts

FORMAT = 1

_NO_MARK = ("unchecked", "manual")


def make_record(
    restored: Restored,
    result: dict | None,
    *,
    lang: str,
    unchanged: dict[str, str],
    reason: Message | None = None,
    **about,
) -> dict:
    """The record of one submission: a dict ready for JSON, with its marks and executed notebook.

    ``result`` is the pool's, or None when nothing could be run and ``reason`` says why.
    ``unchanged`` holds the gradebook's checksum of every cell {grade_id: checksum}: an answer in
    words that still has it is no answer. ``about`` goes into the record as it is.
    """
    notebook = copy.deepcopy(restored.notebook)
    ran = {}
    if result is not None:
        ran = {i: cell for (i, _), cell in zip(restored.jobs, result["cells"], strict=True)}
    cells = []
    count = 0
    for i, cell in enumerate(notebook["cells"]):
        meta = cell["metadata"].get("nbgrader", {})
        name = meta.get("grade_id")
        if name in unchanged:
            meta["checksum"] = unchanged[name]
        done = ran.get(i)
        if done is not None:
            count += 1
            cell["outputs"], cell["execution_count"] = done["outputs"], count
            for output in cell["outputs"]:
                if output.get("output_type") == "execute_result":
                    output["execution_count"] = count
        if not (meta.get("grade") or meta.get("task")):
            continue
        mark = _mark(cell, name, done, restored, unchanged, reason)
        cells.append(mark)
        ours = cell["metadata"].setdefault("footguns", {})
        ours["outcome"] = mark["outcome"]
        if facts(cell)["kind"] == "test" and not (done or {}).get("verbatim"):
            cell["outputs"] = _outputs(cell.get("outputs", []), mark, lang)
    failed = reason is not None
    why = texts(reason) if failed else (result or {}).get("reason")
    return {
        "format": FORMAT,
        **about,
        "language": lang,
        "status": "failed" if failed else "graded",
        "reason": why,
        "remarks": [texts(remark) for remark in restored.remarks],
        "disputes": restored.disputes,
        "seconds": result["seconds"] if result else 0.0,
        "replays": result["replays"] if result else 0,
        "isolation": (result or {}).get("isolation", {}),
        "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "cells": cells,
        "executed": notebook,
    }


def score(record: dict) -> tuple[float, float]:
    """(points, most points) of a record; cells without a mark count as 0, as in the gradebook."""
    points = sum(cell["points"] or 0 for cell in record["cells"])
    return points, sum(cell["max_points"] for cell in record["cells"])


def _mark(cell, name, done, restored, unchanged, reason):
    most = float(cell["metadata"]["nbgrader"].get("points", 0))
    mark = {"grade_id": name, "max_points": most, "seconds": done["seconds"] if done else 0.0}
    if cell["metadata"]["nbgrader"].get("task"):  # for a person, answered or not
        return mark | {"points": None, "outcome": "manual", "message": None}
    if facts(cell)["kind"] != "test":  # answered in words, or code that a person reads
        if reason is not None or name in restored.missing or _is_unchanged(cell, unchanged):
            text = reason or msg("There is no answer.")
            return mark | {"points": 0.0, "outcome": "missing", "message": texts(text)}
        return mark | {"points": None, "outcome": "manual", "message": None}
    if done is None:
        text = reason or msg("This cell was not run.")
        return mark | {"points": 0.0, "outcome": "missing", "message": texts(text)}
    outcome = done["outcome"]
    points = None if outcome in _NO_MARK else 0.0
    if outcome == "passed":
        points = most if done["points"] is None else done["points"]
    return mark | {"points": points, "outcome": outcome, "message": done["message"]}


def _is_unchanged(cell, unchanged):
    from nbformat import from_dict
    from nbgrader.utils import compute_checksum

    name = cell["metadata"]["nbgrader"]["grade_id"]
    return name in unchanged and compute_checksum(from_dict(cell)) == unchanged[name]


def _outputs(outputs, mark, lang):
    """A test cell's outputs so that nbgrader's own rule gives the very same points.

    Its rule: an error or stderr is 0; a number as the result is that many points; else all.
    """
    kept = [o for o in outputs if o.get("output_type") in ("stream", "display_data")]
    for output in kept:
        if output["output_type"] == "stream":
            output["name"] = "stdout"
    if mark["outcome"] == "passed":
        if mark["points"] != mark["max_points"]:
            kept.append(
                {
                    "output_type": "execute_result",
                    "execution_count": None,
                    "data": {"text/plain": repr(float(mark["points"]))},
                    "metadata": {},
                }
            )
        return kept
    text = (mark["message"] or {}).get(lang) or mark["outcome"]
    name = {"failed": "CheckFailed", "unchecked": "CouldNotCheck"}.get(
        mark["outcome"], mark["outcome"].capitalize()
    )
    lines = text.splitlines()
    return [
        *kept,
        {"output_type": "error", "ename": name, "evalue": lines[0], "traceback": lines},
    ]
