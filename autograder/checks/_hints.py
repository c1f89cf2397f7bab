"""The hint ladders of the exercises: from a nudge to nearly the answer. Hints are free."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache

from autograder.checks._progress import checked
from autograder.messages import Lines, Message, Pair, msg
from autograder.workbook import catalogues

_taken: dict[str, int] = {}


@cache
def units() -> dict[str, dict[str, list[Pair]]]:
    """Unit -> task name -> hints, from the catalogues that ``autograder build`` writes."""
    return {
        unit: {name: [Pair(text) for text in texts] for name, texts in read["tasks"].items()}
        for unit, read in catalogues().items()
    }


def ladders() -> dict[str, list[Pair]]:
    """Task name -> hints, over all units."""
    return {name: ladder for tasks in units().values() for name, ladder in tasks.items()}


def first_hint(task: str) -> Message | None:
    """The hint that a failing check shows, and where the next one is; None without a ladder."""
    try:
        ladder = ladders().get(task, [])
    except OSError:  # the package is installed without the course: a hint is a courtesy
        ladder = []
    if not ladder:
        return None
    if len(ladder) == 1:
        return msg("Hint: {hint}", hint=ladder[0])
    _taken.setdefault(task, 1)  # the next one is the second
    return msg('Hint: {hint} More: hint("{task}")', hint=ladder[0], task=task)


def hint(task: str | None = None, rung: int | None = None) -> None:
    """Print the next hint of ``task``, or hint number ``rung`` (from 1). Costs nothing.

    ``task``: its name, or its number in the notebook that is open."""
    task = _numbered(task)
    ladder = ladders().get(task) if isinstance(task, str) else None
    if ladder is None:
        print(_which(task))
        return
    if rung is None:
        rung = _taken.get(task, 0) + 1
    rung = min(max(int(rung), 1), len(ladder))
    _taken[task] = rung
    print(
        msg("Hint {rung} of {total}: {hint}", rung=rung, total=len(ladder), hint=ladder[rung - 1])
    )


def _numbered(task):
    """The name of the open notebook's task with that number (1, "1"); else ``task`` as it is."""
    tasks, number = _open_notebook(), str(task).strip()
    if number.isdecimal() and 1 <= int(number) <= len(tasks):
        return tasks[int(number) - 1]
    return task


def _which(task) -> Message:
    """What to say to a name that is none: the nearest one, and the tasks of its notebook."""
    word, here = "" if task is None else str(task).casefold(), _open_notebook()
    near = get_close_matches(word, here, n=1)
    if not near:  # a task of another notebook only if there is little doubt
        near = get_close_matches(word, list(ladders()), n=1, cutoff=0.8 if here else 0.6)
        here = here or [name for match in near for name in _notebook_of(match)]
    return Lines(
        msg("Which task? Write its name: {example}.", example=f'hint("{(here or ["…"])[0]}")')
        if task is None
        else msg("There is no task “{task}”.", task=task),
        msg("Did you mean {call}?", call=f'hint("{near[0]}")') if near else None,
        msg("Tasks of this notebook: {tasks}.", tasks=", ".join(here))
        if here
        else msg("A task's name stands in its check cell: {cell}.", cell='with task("…")'),
    )


def _open_notebook() -> list[str]:
    """Its tasks with hints, once it has checked one of them."""
    return _notebook_of(checked()[-1]) if checked() else []


def _notebook_of(task) -> list[str]:
    """The tasks with hints in the notebook of ``task``."""
    return next((list(tasks) for tasks in units().values() if task in tasks), [])
