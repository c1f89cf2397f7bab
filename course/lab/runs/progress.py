"""How far a measurement is, how fast it goes, and how long it will still take."""

from __future__ import annotations

import time
from collections.abc import Callable

from autograder.messages import Message, msg

_WIDTH = 24
_EIGHTHS = " ▏▎▍▌▋▊▉"


class Progress:
    """Counts iterations up to ``goal``; the rate is that since this object was made.

    ``done`` at the start is what earlier runs have left behind. ``clock()`` gives seconds.
    """

    def __init__(self, goal: int, done: int = 0, clock: Callable[[], float] = time.perf_counter):
        self.goal = goal
        self.done = self._before = done
        self._clock = clock
        self._start = clock()

    @property
    def seconds(self) -> float:
        """Since the start of this run."""
        return self._clock() - self._start

    @property
    def rate(self) -> float | None:
        """Iterations per second of this run; None before the first."""
        seconds, steps = self.seconds, self.done - self._before
        return steps / seconds if steps and seconds > 0 else None

    @property
    def seconds_left(self) -> float | None:
        """None as long as there is no rate to tell by."""
        return None if self.rate is None else max(self.goal - self.done, 0) / self.rate

    def bar(self) -> str:
        """Blocks, to an eighth of a block."""
        share = min(self.done / self.goal, 1.0) if self.goal else 1.0
        eighths = int(share * _WIDTH * 8)
        full, rest = divmod(eighths, 8)
        return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(_WIDTH)

    def line(self) -> Message:
        """One line: bar, share, rate, time left."""
        if self.rate is None:
            return msg("▕{bar}▏ {share:4.0%}", bar=self.bar(), share=self._share())
        return msg(
            "▕{bar}▏ {share:4.0%}   {rate:,.0f} iterations/s   {left} left",
            bar=self.bar(),
            share=self._share(),
            rate=self.rate,
            left=duration(self.seconds_left),
        )

    def _share(self) -> float:
        return self.done / self.goal if self.goal else 1.0


def duration(seconds: float) -> Message:
    """12.3 s, 4 min 05 s, 2 h 03 min."""
    if seconds < 60:
        return msg("{seconds:.1f} s", seconds=seconds)
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return msg("{minutes} min {seconds:02d} s", minutes=minutes, seconds=rest)
    hours, minutes = divmod(minutes, 60)
    return msg("{hours} h {minutes:02d} min", hours=hours, minutes=minutes)
