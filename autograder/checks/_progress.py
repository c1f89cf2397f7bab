"""Which tasks are green: the outcome of every test cell that was run in this session."""

from __future__ import annotations

from types import CodeType

from autograder.messages import msg, nmsg

# Task -> test cell -> whether it held when it was last run. Code objects are equal when their source
# is, so that a cell that is run again replaces its earlier outcome.
_outcomes: dict[str, dict[CodeType, bool]] = {}


def note(task: str, cell: CodeType, held: bool) -> None:
    """Remember the outcome of a test cell of ``task``."""
    _outcomes.setdefault(task, {})[cell] = held


def checked() -> list[str]:
    """The tasks that were checked in this session, in the order of their first check."""
    return list(_outcomes)


def progress(*tasks: str) -> None:
    """Print for each of ``tasks`` whether its checks held when they were last run in this session."""
    wide = max(map(len, tasks), default=0)
    green = 0
    for task in tasks:
        held = list(_outcomes.get(task, {}).values())
        green += bool(held) and all(held)
        print(f"{_mark(held)} {task:{wide}}  {_told(held)}".rstrip())
    told = nmsg(
        "{n} of {total} tasks is green.", "{n} of {total} tasks are green.", green, total=len(tasks)
    )
    print(told)


def _mark(held: list[bool]) -> str:
    if not held:
        return "·"
    return "✔" if all(held) else "✘"


def _told(held: list[bool]) -> str:
    if not held:
        return msg("not checked yet in this session").text()
    return "" if all(held) else msg("red when last checked").text()
