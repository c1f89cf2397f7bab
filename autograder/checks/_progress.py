"""Where a student stands: which tasks are green, and the points so far.

The outcome of every test cell is remembered, see :mod:`autograder.memory`. Only a grading run gives
marks; this is what the student's own runs have shown.
"""

from __future__ import annotations

import ast
import linecache
import sys
from types import CodeType

from autograder import memory
from autograder.messages import Pair, msg, nmsg
from autograder.workbook import catalogues, source_hash

_SECTION = "checks"
_WIDTH = 20
_MOST_CELLS = 12  # of one task that the course does not know
_MARKS = {"green": "✔", "red": "✘", "open": "·", "written": "✎"}
# The tasks that were checked in this session, in the order of their first check.
_here: list[str] = []


def note(task: str, cell: CodeType, held: bool) -> None:
    """Remember the outcome of a test cell of ``task``."""
    if task not in _here:
        _here.append(task)
    if memory.place() is None:  # a grading run: nobody will ask
        return
    state = "green" if held else "open" if _untouched(task) else "red"
    cells = memory.recall(_SECTION).get(task, {})
    known = _checks(task)
    key = _key(cell)
    # What is known of cells that the notebook no longer has is forgotten.
    kept = {k: v for k, v in cells.items() if k != key and (k in known or key not in known)}
    for old in list(kept)[:-_MOST_CELLS]:
        del kept[old]
    memory.remember(_SECTION, task, {**kept, key: state})


def checked() -> list[str]:
    """The tasks that were checked in this session, in the order of their first check."""
    return list(_here)


def state(task: str) -> str:
    """ "green", "red", "open" (not attempted) or "written" (an instructor reads it)."""
    cells = memory.recall(_SECTION).get(task, {})
    known = _checks(task)
    seen = [cells[key] for key in known if key in cells] if known else list(cells.values())
    seen = seen or list(cells.values())
    if not seen and task in _unit_of(task).get("written", {}):
        return "written"
    if "red" in seen:
        return "red"
    every = len(seen) >= len(known) and "open" not in seen
    return "green" if seen and every else "open"


def points(task: str) -> float:
    """The points of the test cells of ``task`` that held when they were last run."""
    cells = memory.recall(_SECTION).get(task, {})
    return sum(most for key, most in _checks(task).items() if cells.get(key) == "green")


def progress(*tasks: str) -> None:
    """Print where you stand: ``tasks``, or else this notebook's and the whole workbook.

    ✔ its checks held when they were last run, ✘ they did not, · not attempted yet, ✎ an instructor
    reads it. Points are those of your own runs; marks are given when the work is graded.
    """
    if tasks:
        _print_tasks(tasks)
        told = nmsg(
            "{n} of {total} tasks is green.",
            "{n} of {total} tasks are green.",
            sum(state(task) == "green" for task in tasks),
            total=len(tasks),
        )
        print(told)
        return
    try:
        units = catalogues()
    except OSError:  # installed without the course
        units = {}
    here = next(
        (unit for task in reversed(_here) for unit in units if task in _tasks(units[unit])), None
    )
    if here is not None:
        print(Pair(units[here]["title"]))
        _print_tasks(_tasks(units[here]))
        print()
    _print_units(units, here)


def _print_tasks(tasks) -> None:
    counted = {}
    for task in tasks:
        most = sum(_checks(task).values())
        counted[task] = f"  {points(task):g} / {most:g}" if most else ""
    wide, room = max(map(len, tasks), default=0), max(map(len, counted.values()), default=0)
    for task in tasks:
        now = state(task)
        print(f"{_MARKS[now]} {task:{wide}}{counted[task]:{room}}  {_told(now)}".rstrip())


def _print_units(units, here) -> None:
    rows = []
    for name, unit in units.items():
        tasks = [task for task in _tasks(unit) if task not in unit.get("written", {})]
        green = sum(state(task) == "green" for task in tasks)
        most = sum(sum(cells.values()) for cells in unit.get("checks", {}).values())
        got = sum(points(task) for task in tasks)
        rows.append((name, green, len(tasks), got, most))
    wide = max((len(row[0]) for row in rows), default=0)
    for name, green, total, got, most in rows:
        full = round(_WIDTH * (got / most if most else green / total if total else 0))
        bar = "█" * full + "░" * (_WIDTH - full)
        counted = msg("{got:g} of {most:g} points", got=got, most=most)
        pointer = "→" if name == here else " "
        print(f"{pointer} {name:{wide}}  {bar}  {green:2} / {total:<2} ✔  {counted}")


def _told(now: str) -> str:
    return {
        "green": "",
        "red": msg("red when last checked").text(),
        "open": msg("not attempted yet").text(),
        "written": msg("your instructor reads it").text(),
    }[now]


# -- what the course knows of a task ---------------------------------------------------------------


def _unit_of(task: str) -> dict:
    try:
        return next((unit for unit in catalogues().values() if task in _tasks(unit)), {})
    except OSError:
        return {}


def _tasks(unit: dict) -> list[str]:
    return list(unit.get("tasks", ()))


def _checks(task: str) -> dict[str, float]:
    return _unit_of(task).get("checks", {}).get(task, {})


def _key(cell: CodeType) -> str:
    """The hash of the cell's source; of its code where the source is not to be had."""
    source = "".join(linecache.getlines(cell.co_filename))
    if not source:
        plain = [value for value in cell.co_consts if not isinstance(value, CodeType)]
        source = repr((cell.co_code, cell.co_names, plain))
    return source_hash(source)


def _untouched(task: str) -> bool:
    """Whether the answer is still the one that was handed out: no attempt, so not wrong either."""
    answer = _unit_of(task).get("answers", {}).get(task)
    if answer is None or "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    history = getattr(get_ipython(), "history_manager", None)
    if history is None:
        return False
    for source in reversed(history.input_hist_raw):
        if _binds(source, answer["names"]):
            return source_hash(source) == answer["stub"]
    return True  # never run


def _binds(source: str, names: list[str]) -> bool:
    """Whether a cell binds one of ``names`` at its top level."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError):  # a magic, or not Python
        return False
    bound = set()
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            bound.add(statement.name)
        else:
            bound |= {
                node.id
                for node in ast.walk(statement)
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            }
    return not bound.isdisjoint(names)
