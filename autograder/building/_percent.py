"""Text to cells: jupytext's percent format, with the line where every cell starts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.errors import Problem

_MARK = re.compile(r"^(\s*#\s*%%(?:%*\s.*?)?)\s*$")
# Rides along in the cell mark through jupytext, which does not report line numbers.
_LINE = "footguns_line"
_RIDER = re.compile(rf" {_LINE}=\d+$", re.MULTILINE)
_JUPYTEXT_KEYS = {"title", "lines_to_next_cell", "cell_marker", _LINE}


@dataclass(frozen=True)
class RawCell:
    """One percent cell: its mark's words and settings, and its text, uncommented for prose."""

    path: Path
    line: int  # of the cell mark, from 1
    markdown: bool
    words: tuple[str, ...]
    settings: dict[str, Any]
    source: str


def fault(path: Path, line: int | None, text: str) -> Problem:
    """A problem in a file that an author mends, in one line that editors can jump to."""
    return Problem(f"{place(path)}:{line}: {text}" if line else f"{place(path)}: {text}")


def place(path: Path) -> str:
    """``path`` as a person would type it: relative to the current directory where it lies inside"""
    path = Path(path).absolute()
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def read_text(path: Path) -> str:
    """The file's text; a Problem when it is missing or is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Problem(f"{place(path)}: there is no such file. Create it.") from None
    except UnicodeDecodeError as error:
        raise Problem(
            f"{place(path)}: expected UTF-8 text, received byte {error.object[error.start]:#04x} "
            f"at offset {error.start}. Save the file as UTF-8."
        ) from None


def read_cells(path: Path, text: str | None = None) -> list[RawCell]:
    """The cells of a percent file. Raises Problem with file and line."""
    import jupytext  # over a second to import, and only authors need it

    text = read_text(path) if text is None else text
    count = iter(range(1, text.count("\n") + 2))
    numbered = "\n".join(
        f"{_MARK.match(line)[1]} {_LINE}={n}" if _MARK.match(line) else line
        for n, line in zip(count, text.split("\n"), strict=True)
    )
    # Magics stay comments: `# more layers` would otherwise turn into the shell command `more`.
    notebook = jupytext.reads(
        numbered, {"extension": ".py", "format_name": "percent", "comment_magics": False}
    )
    return [
        _raw(path, cell, text)
        for cell in notebook.cells
        if cell.source.strip() or _LINE in str(cell.metadata)  # else: blank lines at the top
    ]


def _raw(path, cell, text):
    settings = dict(cell.metadata)
    line = settings.get(_LINE)
    if line is None and (found := re.search(rf"{_LINE}=(\d+)", str(settings))):
        line = int(found[1])
    if line is None:
        raise fault(
            path, 1, 'text outside of the cells. Expected a mark like "# %% setup" above it.'
        )
    if "incorrectly_encoded_metadata" in settings:
        mark = text.split("\n")[line - 1].strip()
        raise fault(
            path,
            line,
            f'cannot read the cell mark. Expected words and key="value" pairs. Received: {mark}',
        )
    words = str(settings.get("title", "")).split()
    words += [key for key, value in settings.items() if value is None]
    settings = {k: v for k, v in settings.items() if v is not None and k not in _JUPYTEXT_KEYS}
    if cell.cell_type == "raw":
        raise fault(path, line, "a raw cell. Expected a code cell or [markdown].")
    source = _RIDER.sub("", cell.source)
    markdown = cell.cell_type == "markdown"
    if markdown and "cell_marker" not in cell.metadata and words in ([], ["written"]):
        _all_commented(path, line, text)
    return RawCell(path, line, markdown, tuple(words), settings, source)


def _all_commented(path, line, text):
    for n, prose in enumerate(text.split("\n")[line:], line + 1):
        if _MARK.match(prose):
            return
        if prose.strip() and not prose.startswith("#"):
            raise fault(path, n, 'prose outside of a comment. Start the line with "# ".')


def uncommented(source: str) -> str:
    """The prose of a code cell all of whose lines are comments."""
    return "\n".join(re.sub(r"^# ?", "", line) for line in source.split("\n"))
