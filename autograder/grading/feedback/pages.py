"""Feedback pages: what was asked, what the student did, and for every check the mark and the reason.

A page shows no hidden test, and solutions only when they are asked for. Nothing in it can run: what
students wrote and displayed is sanitised, and the page's own policy forbids scripts, frames and
requests.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from autograder.building import regions
from autograder.errors import Problem
from autograder.grading.feedback.sanitising import sanitised
from autograder.grading.gradebook.book import Book
from autograder.grading.gradebook.course import Course
from autograder.grading.journal import Journal
from autograder.grading.restore import facts, grade_id
from autograder.messages import msg, nmsg
from autograder.writing import write_atomically

_MAX_SHOWN = 20_000  # characters of one output
_PROVEN = "✔"
_LONG, _BRACKETS = 100_000, 500  # characters and brackets of a text that is read as markdown
_MAX_PROVEN = 12

_PAGE = """<!DOCTYPE html>
<html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem }}
pre {{ overflow-x: auto; white-space: pre-wrap; font-size: 14px }}
.jp-InputPrompt, .jp-OutputPrompt, .prompt, .anchor-link {{ display: none }}
.jp-InputArea, .input_area {{ border-left: 3px solid #8888; padding-left: 1rem }}
table {{ border-collapse: collapse }} td, th {{ padding: .2rem .8rem .2rem 0; text-align: left;
 vertical-align: top }}
.verdict {{ border: 1px solid #8888; border-left-width: 6px; padding: .4rem 1rem; margin: 0 0 2rem }}
.passed {{ border-left-color: #2a8f4f }} .open {{ border-left-color: #b88a00 }}
.solution {{ margin: 0 0 1rem }} .solution summary {{ cursor: pointer; font-weight: 600 }}
.lost {{ border-left-color: #c0392b }} .verdict pre {{ margin: .3rem 0 }} img {{ max-width: 100% }}
</style></head><body>
<h1>{title}</h1><p>{total}</p>{reason}<table>{rows}</table>
{body}
</body></html>
"""


def outcomes() -> dict:
    """What a person reads for an outcome."""
    return {
        "passed": msg("passed"),
        "failed": msg("not yet"),
        "error": msg("stopped with an error"),
        "timeout": msg("ran too long"),
        "killed": msg("ended the process"),
        "missing": msg("missing"),
        "manual": msg("graded by hand"),
        "unchecked": msg("could not be checked: your instructor will look at it"),
    }


def write(
    course: Course, units: list[str], students: list[str], solutions: bool = False
) -> Iterator[Path]:
    """Write a page per recorded notebook, where nbgrader keeps feedback; yields the paths.

    With ``solutions`` every answer is followed by the worked solution. Raises Problem, before
    anything is written, when somebody may still hand in an answer to one of ``units``.
    """
    book, journal = Book(course), Journal(course)
    if solutions:
        for unit in units:
            _check_closed(book, unit)
    worked = {}
    for unit in units:
        for student in students:
            for notebook in course.masters[unit]:
                record = journal.in_gradebook(book, unit, student, notebook)
                if record is None:
                    continue
                folder = course.step("feedback_directory", "feedback") / student / unit
                path = folder / f"{notebook}.html"
                if solutions and (unit, notebook) not in worked:
                    worked[unit, notebook] = worked_solutions(course, unit, notebook)
                shown = page(record, book.given(record), worked.get((unit, notebook)))
                write_atomically(path, shown.encode("utf-8", "replace"))
                yield path


def _check_closed(book, unit):
    due = book.due(unit)
    if due is not None and due > datetime.now(UTC).replace(tzinfo=None):
        raise Problem(
            msg(
                "Expected a unit that nobody can hand in any more. Received: {unit}, due {due} UTC "
                "at the latest. Solutions can be given out then.",
                unit=unit,
                due=f"{due:%Y-%m-%d %H:%M}",
            )
        )


def worked_solutions(course: Course, unit: str, notebook: str) -> dict[str, list[dict]]:
    """{grade_id: cells that show the solution and how to get there} of every answer."""
    hints = _hints(unit)
    found = {}
    for cell in course.master(unit, notebook)["cells"]:
        name = grade_id(cell)
        if name is None or not cell["metadata"]["nbgrader"].get("solution"):
            continue
        source = regions.region(cell["source"], regions.SOLUTION)
        shown = {
            "cell_type": cell["cell_type"], "metadata": {},
            "source": (cell["source"] if source is None else source).strip("\n"),
        }  # fmt: skip
        if cell["cell_type"] == "code":
            shown |= {"outputs": [], "execution_count": None}
        lang = course.language(unit)
        way = [f"- {hint[lang]}" for hint in hints.get(facts(cell)["task"], ())]
        found[name] = [shown]
        if way:
            found[name].append({"cell_type": "markdown", "metadata": {}, "source": "\n".join(way)})
    return found


def _hints(unit):
    """{task: [{language: text}]}: the steps that lead to the answers, where a unit has them."""
    try:
        path = files("course") / "hints" / f"{unit}.json"
        return json.loads(path.read_text(encoding="utf-8"))["tasks"]
    except (OSError, ModuleNotFoundError):
        return {}


def page(record: dict, given: dict, solutions: dict[str, list[dict]] | None = None) -> str:
    """The HTML page of a record. ``given`` {grade_id: (points or None, comment or None)}: what the
    gradebook holds now, marks by hand included. ``solutions``: of :func:`worked_solutions`."""
    lang = record["language"]
    marks = {mark["grade_id"]: mark for mark in record["cells"]}
    parts, rows, points, most, waiting = [], [], 0.0, 0.0, 0
    for cell in record["executed"]["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        parts.append(_cell(_presentable(cell)))
        if solutions and name in solutions:
            parts.append(_solution(solutions[name], lang))
        mark, (score, comment) = marks.get(name), given.get(name, (None, None))
        if mark is not None:
            score = mark["points"] if score is None else score
            points, most = points + (score or 0), most + mark["max_points"]
            waiting += score is None
            parts.append(_verdict(name, mark, score, comment, _proven(cell), lang))
            rows.append(_row(name, mark, score, lang))
        elif comment:
            parts.append(f'<div class="verdict open">{html.escape(comment)}</div>')
    total = msg("{points:g} of {most:g} points.", points=points, most=most).text(lang)
    if waiting:
        still = nmsg(
            "{n} answer waits for your instructor.",
            "{n} answers wait for your instructor.",
            waiting,
        )
        total += " " + still.text(lang)
    reason = (record["reason"] or {}).get(lang)
    return _PAGE.format(
        lang=lang,
        title=html.escape(f"{record['unit']} · {record['student']}"),
        total=html.escape(total),
        reason=f"<p><strong>{html.escape(reason)}</strong></p>" if reason else "",
        rows="".join(rows),
        body="\n".join(parts),
    )


def _presentable(cell):
    """The cell as its student may see it: without hidden tests, and without what tests printed."""
    shown = {**cell, "metadata": {}}
    if "outputs" in cell:
        shown["outputs"] = [_shortened(output) for output in cell["outputs"]]
    if facts(cell)["kind"] != "test":
        return shown
    try:
        shown["source"] = regions.replaced(cell["source"], regions.HIDDEN)[0]
    except regions.BadRegion:
        shown["source"] = ""
    return shown | {"outputs": []}


def _shortened(output):
    """An output without what decorates it, its text cut where nobody reads on."""
    short = {**output, "metadata": {}} if "metadata" in output else dict(output)
    if isinstance(output.get("text"), str) and len(output["text"]) > _MAX_SHOWN:
        short["text"] = output["text"][:_MAX_SHOWN] + "\n…"
    data = output.get("data")
    if isinstance(data, dict):
        short["data"] = {
            mime: value[:_MAX_SHOWN] + "\n…"
            if mime.startswith("text/") and isinstance(value, str) and len(value) > _MAX_SHOWN
            else value
            for mime, value in data.items()
        }
    return short


def _solution(cells, lang):
    title = html.escape(msg("Worked solution").text(lang))
    shown = "".join(_cell(cell) for cell in cells)
    return f'<details class="solution"><summary>{title}</summary>{shown}</details>'


def _proven(cell):
    """What checks that hold have printed: the lines that say what was proven."""
    text = "".join(o["text"] for o in cell.get("outputs", []) if o["output_type"] == "stream")
    return [line for line in text.splitlines() if line.startswith(_PROVEN)][:_MAX_PROVEN]


def _cell(cell):
    """One cell as sanitised HTML; its source alone where that cannot be made."""
    import nbformat

    text = cell["source"]
    if cell["cell_type"] == "markdown" and (len(text) > _LONG or text.count("[") > _BRACKETS):
        return f"<pre>{html.escape(text)}</pre>"  # reading it as markdown may take hours
    cell = {"id": "cell", **cell}
    notebook = nbformat.from_dict(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}
    )
    try:
        return sanitised(_exporter().from_notebook_node(notebook)[0])
    except Exception:  # a student's cell may be anything: it must not cost others their pages
        return f"<pre>{html.escape(cell['source'])}</pre>"


def _exporter():
    if not _made:
        from nbconvert.exporters import HTMLExporter
        from nbconvert.preprocessors.sanitize import SanitizeHTML

        exporter = HTMLExporter(template_name="basic")  # sanitised here, and once more at the end
        exporter.register_preprocessor(SanitizeHTML, enabled=True)
        _made.append(exporter)
    return _made[0]


_made: list = []


def _verdict(name, mark, score, comment, proven, lang):
    state = "open" if score is None else "passed" if mark["outcome"] == "passed" else "lost"
    lines = [f"<strong>{html.escape(_outcome(mark, lang))}</strong> · {_points(mark, score)}"]
    if message := (mark["message"] or {}).get(lang):
        lines.append(f"<pre>{html.escape(message)}</pre>")
    if proven and mark["outcome"] == "passed":
        lines.append(f"<pre>{html.escape(chr(10).join(proven))}</pre>")
    if comment:
        lines.append(f"<p>{html.escape(comment)}</p>")
    return f'<div class="verdict {state}" id="{html.escape(name)}">{"".join(lines)}</div>'


def _row(name, mark, score, lang):
    link = f'<a href="#{html.escape(name)}">{html.escape(name)}</a>'
    told = html.escape(_outcome(mark, lang))
    return f"<tr><td>{link}</td><td>{_points(mark, score)}</td><td>{told}</td></tr>"


def _points(mark, score):
    return f"{'–' if score is None else f'{score:g}'} / {mark['max_points']:g}"


def _outcome(mark, lang):
    return outcomes()[mark["outcome"]].text(lang)
