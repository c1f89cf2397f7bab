"""``autograder regrade``: today's masters and checks on yesterday's work, compared before written.

What is compared is the gradebook with what grading would put into it now. A check's change is
``rises``, ``falls`` or ``stays``; ``opens`` when the mark gives way to a question for a person,
``settles`` when such a question is answered, ``new`` when nothing was graded before. A score that
a person gave stays, whatever the check says.
"""

from __future__ import annotations

from autograder.grading.gradebook.course import Course

CHANGES = ("rises", "falls", "opens", "settles", "new", "stays")


def compare(course: Course, *, apply: bool = False, listener=None, **how) -> dict:
    """Grade again, and say what that changes; returns the report. Raises Problem for bad input.

    ``how`` goes to :func:`autograder.grading.run.grade`. With ``apply`` the new marks are written,
    from the records of the comparison: no notebook runs twice. The report::

        {"run": {..., "applied": bool, "changes": {"rises": n, "falls": n, ...}},
         "submissions": [{"student", "unit", "notebook", "status", "old_score", "score",
            "max_score", "because": [part, ...], "reason",
            "cells": [{"grade_id", "max_points", "change", "by_hand": points or None,
                       "old": {"points", "outcome", "message"} or None,
                       "new": {"points", "outcome", "message"}}]}]}

    ``because`` names what is not as it was: "submission", "master", "checks".
    """
    from autograder.grading.gradebook.book import Book
    from autograder.grading.journal import Journal
    from autograder.grading.run import grade

    book, journal = Book(course), Journal(course)
    before, by_hand = book.marks(), book.by_hand()
    report = grade(course, write=False, listener=listener, **how)
    submissions = []
    for new in report["submissions"]:
        where = new["student"], new["unit"], new["notebook"]
        record = journal.in_gradebook(book, new["unit"], new["student"], new["notebook"])
        submissions.append(_compared(new, record, before.get(where), by_hand.get(where, {})))
    run = report["run"]
    if apply:
        written = grade(course, **how)["run"]
        run = {**run, "failed": written["failed"], "unrecorded": written["unrecorded"]}
    found = [cell["change"] for s in submissions for cell in s["cells"]]
    changes = {change: found.count(change) for change in CHANGES}
    return {"run": {**run, "applied": apply, "changes": changes}, "submissions": submissions}


def _compared(new, record, before, by_hand):
    """One notebook: ``new`` of the report, its old ``record`` and marks (None: not graded yet)."""
    old = {}
    if before is not None:
        old = {cell: {"points": p, "outcome": None, "message": None} for cell, p in before.items()}
        for cell in record["cells"] if record else ():
            if cell["grade_id"] in old:
                told = (cell["message"] or {}).get(record["language"])
                old[cell["grade_id"]] |= {"outcome": cell["outcome"], "message": told}
    cells = []
    for cell in new["cells"]:
        name = cell["grade_id"]
        now = {key: cell[key] for key in ("points", "outcome", "message")}
        person = by_hand.get(name)
        was = old.get(name)
        change = "stays" if person is not None and was else _change(was, now)
        cells.append(
            {
                "grade_id": name, "max_points": cell["max_points"], "change": change,
                "by_hand": person, "old": was, "new": now,
            }
        )  # fmt: skip
    then = (record or {}).get("depends_on", {})
    score = None
    if before is not None:
        score = sum(_counts(by_hand.get(name), mark["points"]) for name, mark in old.items())
    return {
        **{key: new[key] for key in ("student", "unit", "notebook", "status", "reason")},
        "old_score": score,
        "score": sum(_counts(cell["by_hand"], cell["new"]["points"]) for cell in cells),
        "max_score": new["max_score"],
        "because": [part for part, of in new["depends_on"].items() if then.get(part, of) != of],
        "cells": cells,
    }


def _counts(by_hand, points):
    return (points if by_hand is None else by_hand) or 0


def _change(old, new):
    if old is None:
        return "new"
    was, now = old["points"], new["points"]
    if was == now:
        return "stays"
    if now is None:
        return "opens"
    if was is None:
        return "settles"
    return "rises" if now > was else "falls"
