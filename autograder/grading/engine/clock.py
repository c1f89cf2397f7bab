"""The time of a cell, measured and limited from inside."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

from autograder.messages import language, msg, texts


class TimedOut(BaseException):
    """Raised in the running cell when its time is over. Not an Exception: `except` lets it pass."""

    message = msg("Ran longer than its time limit and was stopped.")


class Clock:
    """Interrupts what runs longer than ``seconds``. A cell that swallows this is killed from
    outside. As a context, TimedOut may leave it, and ``struck`` says whether time was over."""

    def __init__(self, seconds: float):
        self.seconds = seconds
        self.struck = False
        signal.signal(signal.SIGALRM, self._strike)

    def run(self, act: Callable[[], dict]) -> dict:
        """What ``act`` returns, a dict with an 'outcome', and the 'seconds' that it took. The outcome
        is 'timeout' where time was over, whether or not ``act`` has swallowed the interrupt."""
        start = time.monotonic()
        try:
            with self:
                said = act()
        except TimedOut:  # struck outside of the part that catches it
            said = _late()
        if self.struck and said["outcome"] != "timeout":
            said = said | _late()
        return said | {"seconds": round(time.monotonic() - start, 4)}

    def __enter__(self):
        self.struck = False
        signal.setitimer(signal.ITIMER_REAL, self.seconds)

    def __exit__(self, *_):
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _strike(self, *_):
        self.struck = True
        raise TimedOut


def _late():
    said = texts(TimedOut.message)
    text = said[language()]
    error = {"ename": TimedOut.__name__, "evalue": text, "traceback": text.splitlines()}
    return {"outcome": "timeout", "message": said, "error": error}
