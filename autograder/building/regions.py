"""Solution regions and hidden tests, with nbgrader's own meaning."""

from __future__ import annotations

import re

SOLUTION = ("BEGIN SOLUTION", "END SOLUTION")
HIDDEN = ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")
#: nbgrader acts on these too; masters do not use them.
FOREIGN = ("BEGIN MARK SCHEME", "END MARK SCHEME", "### AUTOTEST", "### HASHED AUTOTEST")


class BadRegion(ValueError):
    """Markers that do not pair up; ``line`` counts from 1 inside the cell."""

    def __init__(self, text: str, line: int):
        super().__init__(text)
        self.line = line


def replaced(source: str, markers: tuple[str, str], stub: str | None = None) -> tuple[str, bool]:
    """``source`` with each region replaced by ``stub``, indented like the marker, or removed.

    Returns the text and whether there was a region. Raises BadRegion.
    """
    begin, end = markers
    kept, opened, found = [], 0, False
    for n, line in enumerate(source.split("\n"), 1):
        if begin in line:
            if opened:
                raise BadRegion(f"a second {begin} before {end}", n)
            opened, found = n, True
            if stub is not None:
                indent = re.match(r"\s*", line)[0]
                kept += [indent + part for part in stub.split("\n")]
        elif end in line:
            if not opened:
                raise BadRegion(f"{end} without {begin}", n)
            opened = 0
        elif not opened:
            kept.append(line)
    if opened:
        raise BadRegion(f"{begin} without {end}", opened)
    return "\n".join(kept), found


def region(source: str, markers: tuple[str, str]) -> str | None:
    """What stands between the markers; None without a region."""
    begin, end = markers
    inside, found, opened = [], False, False
    for line in source.split("\n"):
        if begin in line:
            opened = found = True
        elif end in line:
            opened = False
        elif opened:
            inside.append(line)
    return "\n".join(inside) if found else None
