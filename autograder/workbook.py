"""What the course tells a student's kernel about its units: titles, tasks, hints, points.

Read from the catalogues that ``autograder build`` writes into ``course/hints``. They travel with the
package and hold no answers: of test and answer cells they know a hash of what students get.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.resources import files


@cache
def catalogues() -> dict[str, dict]:
    """Unit -> its catalogue::

        {"unit", "title": {lang: text}, "minutes", "tasks": {task: [hint {lang: text}]},
         "checks": {task: {hash of a test cell: points}}, "written": {task: points},
         "answers": {task: {"names": [exhibit], "stub": hash of the untouched cell}}}

    Raises OSError when the package is installed without the course.
    """
    try:
        folder = files("course") / "hints"
    except ModuleNotFoundError as error:
        raise FileNotFoundError("the course is not installed") from error
    found = {}
    for path in sorted(folder.iterdir(), key=lambda file: file.name):
        if path.name.endswith(".json"):
            read = json.loads(path.read_text(encoding="utf-8"))
            found[read["unit"]] = read
    return found


def source_hash(source: str) -> str:
    """Of a cell's code, whatever its blank ends are."""
    lines = [line.rstrip() for line in source.strip().splitlines()]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]
