"""The hint ladders of the exercises: from a nudge to nearly the answer. Hints are free."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from autograder.messages import Message, Pair, msg

_taken: dict[str, int] = {}


@cache
def ladders() -> dict[str, list[Pair]]:
    """Task name -> hints, over all units, from the catalogues that ``autograder build`` writes."""
    found = {}
    for catalogue in sorted((files("course") / "hints").iterdir(), key=lambda file: file.name):
        if catalogue.name.endswith(".json"):
            tasks = json.loads(catalogue.read_text(encoding="utf-8"))["tasks"]
            found.update({name: [Pair(text) for text in texts] for name, texts in tasks.items()})
    return found


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
    return msg('Hint: {hint} More: hint("{task}")', hint=ladder[0], task=task)


def hint(task: str, rung: int | None = None) -> None:
    """Print the next hint of ``task``, or hint number ``rung`` (from 1). Costs nothing."""
    ladder = ladders().get(task)
    if ladder is None:
        known = ", ".join(sorted(ladders()))
        print(msg("There is no task “{task}”. Tasks with hints: {known}.", task=task, known=known))
        return
    if rung is None:
        rung = _taken.get(task, 0) + 1
    rung = min(max(int(rung), 1), len(ladder))
    _taken[task] = rung
    print(
        msg("Hint {rung} of {total}: {hint}", rung=rung, total=len(ladder), hint=ladder[rung - 1])
    )
