"""Any loop, with a live picture: what it has made is kept when it is interrupted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TypeVar

from autograder.messages import msg
from course.lab import figures
from course.lab.runs.display import here, quick
from course.lab.runs.experiment import interrupts
from course.lab.runs.progress import Progress, duration

State = TypeVar("State")


def watch(
    states: Iterable[State],
    draw: Callable[[State], figures.Figure],
    *,
    total: int | None = None,
    pause: float = 0.0,
    display=None,
) -> State | None:
    """Go through ``states`` and show each as ``draw`` does; returns the last, None without any.

    The picture is drawn again in place, a few times a second, and once at the end: a saved notebook
    holds that one. ``total``: how many states there will be, where that is known. ``pause``: seconds
    to wait behind each, for loops that are over before anybody has seen them; nobody waits where
    :func:`quick` hurries. The first interrupt ends the loop after the state under way, and what was
    reached is returned; the second breaks it off.
    """
    display = here() if display is None else display
    pause = quick(pause, 0.0)
    if total is None and hasattr(states, "__len__"):
        total = len(states)
    progress, state, ended = Progress(total or 0), None, True
    with interrupts() as interrupted:
        try:
            for state in states:
                progress.done += 1
                line = progress.line() if total else _count(progress)
                display.update(lambda at=state, said=line: figures.stack(draw(at), note=said), line)
                if interrupted():
                    ended = False
                    break
                time.sleep(pause)
        except KeyboardInterrupt:
            ended = False
    if not progress.done:
        return None
    line = _count(progress) if ended else msg("Stopped at step {n}. It is kept.", n=progress.done)
    display.finish(lambda: figures.stack(draw(state), note=line), line)
    return state


def _count(progress):
    return msg("{n} steps in {seconds}", n=progress.done, seconds=duration(progress.seconds))
