"""Where a running experiment is shown: a notebook, a terminal, or nowhere.

A display has ``update(draw, line)``, called after every stretch, and ``finish(draw, line)``, called
once; ``draw()`` makes the figure with ``line`` below it, and is called only when it will be seen.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TypeVar

T = TypeVar("T")

_PICTURES_A_SECOND = 3


class Quiet:
    """Writes the last line and nothing before it."""

    def update(self, draw, line) -> None:
        pass

    def finish(self, draw, line) -> None:
        print(line, flush=True)


class Terminal:
    """One line that is written over again, on ``stream``."""

    def __init__(self, stream=None):
        self.stream = sys.stdout if stream is None else stream
        self._last = _Pace()
        self._wide = 0

    def update(self, draw, line) -> None:
        if self._last.due():
            self._write(str(line))

    def finish(self, draw, line) -> None:
        self._write(str(line))
        self.stream.write("\n")
        self.stream.flush()

    def _write(self, text):
        self.stream.write("\r" + text.ljust(self._wide))
        self.stream.flush()
        self._wide = len(text)


class Notebook:
    """One output, drawn again in place: a saved notebook holds the last picture only."""

    def __init__(self):
        self._handle = None
        self._last = _Pace()

    def update(self, draw, line) -> None:
        if self._last.due():
            self._show(draw())

    def finish(self, draw, line) -> None:
        self._show(draw())

    def _show(self, figure):
        from IPython.display import display

        if self._handle is None:
            self._handle = display(figure, display_id=True)
        else:
            self._handle.update(figure)


def here():
    """The display that fits: quiet in a grading run, a notebook's where there is a kernel, a line in
    a terminal, quiet where stdout is a file or a pipe."""
    if os.environ.get("NBGRADER_EXECUTION"):
        return Quiet()
    if attended():
        return Notebook()
    return Terminal() if sys.stdout.isatty() else Quiet()


def quick(full: T, few: T) -> T:
    """``full``, or ``few`` in a grading run and where ``FOOTGUNS_QUICK`` is set.

    For demonstrations whose point stands long before the end; a number of iterations, say.
    """
    hurried = os.environ.get("NBGRADER_EXECUTION") or os.environ.get("FOOTGUNS_QUICK")
    return few if hurried else full


def attended() -> bool:
    """Whether somebody may move a control: a kernel is there, and this is no grading run."""
    if os.environ.get("NBGRADER_EXECUTION") or "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None


class _Pace:
    """Says at most so many times a second that it is time to draw; the first time at once."""

    def __init__(self):
        self._next = 0.0

    def due(self) -> bool:
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + 1 / _PICTURES_A_SECOND
        return True
