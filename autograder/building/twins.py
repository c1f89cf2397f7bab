"""English and Russian side by side: is every twin there, current, and of the same content?"""

from __future__ import annotations

import difflib
import hashlib
import re
import subprocess
from collections import Counter
from collections.abc import Iterator

from autograder.building._percent import fault, place, read_cells, read_text, uncommented
from autograder.building.masters import Cell, Unit
from autograder.errors import Problem

#: How many earlier versions of a master are searched for the English that was translated.
HISTORY = 60

_FENCE = re.compile(r"^(```+|~~~+)[^\n]*\n(.*?)^\1[ \t]*$", re.MULTILINE | re.DOTALL)
_SVG = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_DISPLAY = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
_INLINE = re.compile(r"(?<![\\$])\$(?![\s$])([^$\n]*[^$\s\\])\$(?!\d)")
_IMAGE = re.compile(r"!\[[^\]]*\]\(([^)\s]+)[^)]*\)")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s#][^)\s]*)[^)]*\)")
_HEADING = re.compile(r"^(#{1,6}) +\S", re.MULTILINE)
_WORDS = re.compile(r"\\(text|mathrm|operatorname)\{[^}]*\}")


def digest(english: str) -> str:
    """The hash of an English text that its Russian twin carries in ``of``."""
    return hashlib.sha256(english.encode()).hexdigest()[:12]


def faults(unit: Unit) -> Iterator[Problem]:
    """Every missing, stale or unlike twin of a unit."""
    for cell in unit.cells:
        if not cell.is_text:
            continue
        if cell.russian is None:
            yield fault(
                cell.path,
                cell.line,
                f'"{cell.id}" has no Russian twin. Write it in the next cell with lang="ru".',
            )
            continue
        if cell.of != digest(cell.source):
            yield fault(
                cell.path,
                cell.russian_line,
                f'the Russian twin of "{cell.id}" is stale: the English is now '
                f"{digest(cell.source)}, of={cell.of or 'missing'}. Bring it up to date, then run "
                f"`autograder build --stamp {cell.id} {unit.id}`.",
            )
        for what, english, russian in _unlike(cell.source, cell.russian):
            yield fault(
                cell.path,
                cell.russian_line,
                f'the twins of "{cell.id}" differ in {what}: English {_some(english, russian)}, '
                f"Russian {_some(russian, english)}. Make them the same.",
            )


def _unlike(english, russian):
    theirs = _content(russian)
    for what, mine in _content(english).items():
        if mine != theirs[what]:
            yield what, mine, theirs[what]


def _content(text):
    """What a translation keeps: kind -> its values (headings in order, the rest counted)."""
    content = {"blocks of code": Counter(m[2] for m in _FENCE.finditer(text))}
    text = _FENCE.sub("", text)
    content["pictures"] = Counter(f"{n}. <svg>" for n, _ in enumerate(_SVG.findall(text), 1))
    text = _SVG.sub("", text)
    content["code spans"] = Counter(m[2].strip() for m in _CODE.finditer(text))
    text = _CODE.sub("", text)
    formulas = Counter(_formula(m[1]) for m in _DISPLAY.finditer(text))
    text = _DISPLAY.sub("", text)
    content["formulas"] = formulas + Counter(_formula(m[1]) for m in _INLINE.finditer(text))
    content["images"] = Counter(_IMAGE.findall(text))
    content["links"] = Counter(_LINK.findall(text))
    content["headings"] = _HEADING.findall(text)
    return content


def _formula(text):
    """A formula without the words in it and without spaces, which are free to differ."""
    return re.sub(r"\s+", "", _WORDS.sub(r"\\\1{}", text))


def _some(mine, theirs):
    if isinstance(mine, list):
        return " ".join(mine) or "none"
    extra = list((mine - theirs).elements())
    shown = ", ".join(repr(" ".join(item.split())[:60]) for item in extra[:3])
    return (shown + (", ..." if len(extra) > 3 else "")) if extra else "nothing else"


# Stamping --------------------------------------------------------------------------------------


def stamp(units: list[Unit], name: str) -> dict[str, list[str]]:
    """Mark Russian twins as current: those of the cell or task ``name``, or "all".

    Returns unit id -> ids of the cells whose header has changed. Masters are written atomically.
    Raises Problem when no unit or, unless it is "all", more than one unit has such a cell.
    """
    from autograder.building._files import Change, write

    meant = {
        unit.id: [c for c in unit.cells if c.is_text and c.russian is not None and _meant(c, name)]
        for unit in units
    }
    meant = {unit: cells for unit, cells in meant.items() if cells}
    if not meant:
        raise Problem(
            f"Expected the id of a prose cell with a Russian twin, or all. Received: {name}.",
            exit_code=2,
        )
    if name != "all" and len(meant) > 1:
        raise Problem(
            f"{name} is in {' and '.join(meant)}. Say which: "
            f"`autograder build --stamp {name} {next(iter(meant))}`.",
            exit_code=2,
        )
    changes, stamped = [], {}
    for unit, cells in meant.items():
        master = cells[0].path
        lines = read_text(master).split("\n")
        stale = [cell for cell in cells if cell.of != digest(cell.source)]
        for cell in stale:
            at = cell.russian_line - 1
            mark = re.sub(r'\s+of=("[^"]*"|\S+)', "", lines[at].rstrip())
            lines[at] = f'{mark} of="{digest(cell.source)}"'
        stamped[unit] = [cell.id for cell in stale]
        changes.append(Change(master, "\n".join(lines)))
    write(changes)
    return stamped


def _meant(cell: Cell, name: str) -> bool:
    return name in ("all", cell.id) or (cell.task is not None and name == cell.task)


# How the English changed -----------------------------------------------------------------------


def english_diff(cell: Cell) -> list[str]:
    """How the English of a stale twin changed since it was translated, as diff lines.

    The older text is looked for in the history of the master; empty when it is not found.
    """
    if cell.of is None:
        return []
    old = _translated(cell)
    if old is None:
        return []
    return list(
        difflib.unified_diff(
            old.split("\n"),
            cell.source.split("\n"),
            f"{cell.id} (translated)",
            f"{cell.id} (now)",
            lineterm="",
            n=1,
        )
    )


def _translated(cell):
    """The English text whose hash the twin carries, from the history; None when not found."""
    revisions = _git(cell, "log", f"-{HISTORY}", "--format=%H", "--", cell.path.name)
    for revision in (revisions or "").split():
        text = _git(cell, "show", f"{revision}:./{cell.path.name}")
        if text is None:
            continue
        try:
            raws = read_cells(cell.path, text)
        except Problem:  # a version that was not yet a master
            continue
        for raw in raws:
            if raw.settings.get("lang") != "en":
                continue
            for source in (raw.source, uncommented(raw.source)):
                if digest(source) == cell.of:
                    return source
    return None


def _git(cell, *arguments):
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=cell.path.parent,
            capture_output=True,
            encoding="utf-8",
            timeout=20,
        )
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return None  # no git, or a copy without history: the hashes must do
    return done.stdout if done.returncode == 0 else None


def stale(unit: Unit) -> list[Cell]:
    """The prose cells of ``unit`` whose Russian twin is not marked as current."""
    return [
        c for c in unit.cells if c.is_text and c.russian is not None and c.of != digest(c.source)
    ]


def describe(unit: Unit, problem: Problem) -> list[str]:
    """Lines to print below ``problem`` when it is about a stale twin: how the English changed."""
    for cell in stale(unit):
        if str(problem).startswith(f"{place(cell.path)}:{cell.russian_line}: the Russian twin"):
            return english_diff(cell)
    return []
