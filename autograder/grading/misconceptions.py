"""What to teach next: the same words of a check, said to several students."""

from __future__ import annotations

import re

MOST = 10
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*(?:e[+-]?\d+)?")


def misconceptions(submissions: list[dict], least: int = 2, most: int = MOST) -> list[dict]:
    """The findings that most students share, the most frequent first.

    ``submissions`` as in a run's report. Two findings are the same when one check says the same
    first line but for its numbers, which are measured on each student's own work. Returns
    [{"unit", "grade_id", "message": first line of the first student's, "students": how many got
    it, "of": how many handed this check in}], of those that at least ``least`` students share.
    """
    said: dict[tuple, dict[str, str]] = {}  # (unit, check, head) -> {student: line}
    takers: dict[tuple, set[str]] = {}
    for submission in submissions:
        for cell in submission["cells"]:
            check = submission["unit"], cell["grade_id"]
            if cell["outcome"] == "missing":
                continue
            takers.setdefault(check, set()).add(submission["student"])
            line = (cell["message"] or "").strip().split("\n")[0].strip()
            if cell["outcome"] in ("failed", "error") and line:
                head = _NUMBER.sub("#", line)
                said.setdefault((*check, head), {})[submission["student"]] = line
    found = [
        {
            "unit": unit, "grade_id": name, "message": next(iter(lines.values())),
            "students": len(lines), "of": len(takers[unit, name]),
        }
        for (unit, name, _), lines in said.items()
        if len(lines) >= least
    ]  # fmt: skip
    found.sort(key=lambda one: (-one["students"], one["unit"], one["grade_id"], one["message"]))
    return found[:most]
