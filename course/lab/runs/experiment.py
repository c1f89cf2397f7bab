"""An experiment: several trainers side by side, and the history of what they returned."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np

from autograder.messages import Lines, msg, nmsg
from course.lab import figures
from course.lab.runs.display import here
from course.lab.runs.progress import Progress, duration

Trainer = Callable[[int], Mapping[str, float]]

_OURS = ("iteration", "seconds")


class Experiment:
    """Series of measurements that grow side by side.

    ``trainers``: {name: trainer}. ``trainer(n)`` goes on for n iterations and returns a dict of
    numbers. ``total``: iterations of each series; it may be raised later. ``every``: iterations
    between two measurements. ``metric``: what :meth:`run` draws (default: the first that a trainer
    returns), with a line at ``level``; ``y_range`` (low, high) fixes the axis. Several metrics are
    drawn one below the other; ``level`` and ``y_range`` belong to the first. ``watch``: called with
    the experiment, returns one more figure to be drawn below, of activations or gradients, say.

    Raises ValueError for no trainers or counts below 1; :meth:`steps` and :meth:`run` raise
    TypeError when a trainer does not return a dict of numbers.
    """

    def __init__(
        self,
        trainers: Mapping[str, Trainer],
        *,
        total: int,
        every: int = 100,
        metric: str | Sequence[str] | None = None,
        level: float | None = None,
        y_range: tuple[float, float] | None = None,
        watch: Callable[[Experiment], figures.Figure] | None = None,
    ):
        if not trainers:
            raise ValueError("Expected at least one trainer. Received: an empty dict.")
        if total < 1 or every < 1:
            raise ValueError(
                "Expected total and every of at least 1. "
                f"Received: total={total!r}, every={every!r}."
            )
        self.trainers = dict(trainers)
        self.total = int(total)
        self.every = int(every)
        self.metrics = (metric,) if isinstance(metric, str) else tuple(metric or ())
        self.watch = watch
        self.level = level
        self.y_range = y_range
        self._rows: dict[str, list[dict]] = {name: [] for name in self.trainers}

    # -- running -----------------------------------------------------------------------------------

    def steps(self) -> Iterator[str]:
        """Train; yields the name of a series after each of its stretches, until all are finished.

        Whatever stops the loop, everything yielded is kept, and the next call goes on from there.
        """
        while (name := self._next()) is not None:
            n = min(self.every, self.total - self.iterations(name))
            start = time.perf_counter()
            found = self.trainers[name](n)
            seconds = time.perf_counter() - start
            if not isinstance(found, Mapping) or not all(map(_is_number, found.values())):
                raise TypeError(
                    f"Expected trainer {name!r} to return a dict of numbers. Received: {found!r}."
                )
            last = self._rows[name][-1] if self._rows[name] else dict.fromkeys(_OURS, 0)
            ours = {"iteration": last["iteration"] + n, "seconds": last["seconds"] + seconds}
            self._rows[name].append({**{k: float(v) for k, v in found.items()}, **ours})
            yield name

    def run(self, display=None) -> None:
        """Train to the end with a live picture, or until interrupted.

        The first interrupt waits for the stretch under way, so that histories and nets stay in step. A
        second one breaks it off: its iterations do not count, though the net may have made some.
        ``display`` has ``update(draw, line)`` and ``finish(draw, line)``; see
        :mod:`course.lab.runs.display`.
        """
        display = here() if display is None else display
        progress = Progress(self.total * len(self.trainers), self._done())
        stopped = False
        with interrupts() as interrupted:
            try:
                for _ in self.steps():
                    progress.done = self._done()
                    line = progress.line()
                    display.update(lambda line=line: self.picture(line), line)
                    if interrupted():
                        break
            except KeyboardInterrupt:
                stopped = True
        stopped = stopped or self._next() is not None
        line = self._stopped() if stopped else self._finished()
        display.finish(lambda: self.picture(line), line)

    @property
    def finished(self) -> bool:
        return self._next() is None

    def iterations(self, name: str) -> int:
        """How many a series has made."""
        rows = self._rows[name]
        return rows[-1]["iteration"] if rows else 0

    # -- what came of it ---------------------------------------------------------------------------

    @property
    def history(self) -> dict[str, dict[str, np.ndarray]]:
        """{series: {"iteration": array, "seconds": array, metric: array, ...}}, one number for each
        measurement; NaN where a trainer left a metric out. Seconds are those of training alone."""
        return {
            name: {
                column: np.array([row.get(column, np.nan) for row in rows])
                for column in dict.fromkeys([*_OURS, *(key for row in rows for key in row)])
            }
            for name, rows in self._rows.items()
        }

    def first(self, metric: str, level: float, by: str = "iteration") -> dict[str, float | None]:
        """When each series first measured at least ``level``; None when it has not yet.

        ``by``: "iteration", or "seconds" of its own training.
        """
        found = {}
        for name, columns in self.history.items():
            reached = np.flatnonzero(self._column(columns, metric) >= level)
            found[name] = columns[by][reached[0]].item() if len(reached) else None
        return found

    def best(self, metric: str) -> dict[str, tuple[int, float] | None]:
        """{series: (iteration, value)} of the largest value, the first time that it was measured."""
        found = {}
        for name, columns in self.history.items():
            values = self._column(columns, metric)
            at = None if np.isnan(values).all() else int(np.nanargmax(values))
            found[name] = None if at is None else (int(columns["iteration"][at]), float(values[at]))
        return found

    def last(self, metric: str) -> dict[str, float | None]:
        """{series: the latest value}."""
        columns = {name: self._column(c, metric) for name, c in self.history.items()}
        return {
            name: float(values[-1]) if len(values) else None for name, values in columns.items()
        }

    @property
    def rates(self) -> dict[str, float | None]:
        """Iterations per second of each series, its measurements included. The first stretch is left
        out as soon as there is another: graphs are made in it."""
        found = {}
        for name, columns in self.history.items():
            steps, seconds = (np.append(0, columns[column]) for column in _OURS)
            since = 1 if len(steps) > 2 else 0
            steps, seconds = steps[-1] - steps[since], seconds[-1] - seconds[since]
            found[name] = float(steps / seconds) if steps and seconds > 0 else None
        return found

    def picture(self, note=""):
        """What :meth:`run` draws: the curves of its metrics, and what ``watch`` shows."""
        if len(self.metrics) < 2 and self.watch is None:
            return self.curves(note=note)
        parts = [self.curves(metric) for metric in self.metrics or (None,)]
        if self.watch is not None:
            parts.append(self.watch(self))
        return figures.stack(*parts, note=note)

    def goals(self, metric: str | None = None, level: float | None = None, by: str = "iteration"):
        """A figure of when each series first reached ``level``, as :meth:`first` says; those that
        have not are named with ✗. Raises ValueError without a level."""
        metric = metric or self._drawn()
        level = self.level if level is None else level
        if level is None or metric is None:
            raise ValueError("Expected a metric that was measured and a level. Received: none.")
        reached = self.first(metric, level, by)
        unit = msg("iterations") if by == "iteration" else msg("seconds")
        told = msg("{unit} until {metric} ≥ {level:g}", unit=unit, metric=metric, level=level)
        values = {name: float("nan") if at is None else at for name, at in reached.items()}
        late = [name for name, at in reached.items() if at is None]
        note = Lines(told, msg("✗ not yet: {names}", names=", ".join(late)) if late else None)
        return figures.stack(figures.bars(values), note=note)

    def curves(self, metric: str | None = None, level: float | None = None, note=""):
        """A figure of one metric of every series, with a text twin."""
        first = metric is None or metric == self._drawn()
        metric = metric or self._drawn()
        level = self.level if level is None and first else level
        return figures.series(
            {name: (c["iteration"], self._column(c, metric)) for name, c in self.history.items()},
            level=level,
            x_label=msg("iteration"),
            y_label=metric or "",
            x_range=(0, self.total),
            y_range=self.y_range if first else None,
            note=note,
        )

    # -- inside ------------------------------------------------------------------------------------

    def _next(self) -> str | None:
        """The series that is furthest behind; None when all are finished."""
        name = min(self._rows, key=self.iterations)
        return name if self.iterations(name) < self.total else None

    def _done(self) -> int:
        return sum(min(self.iterations(name), self.total) for name in self._rows)

    def _column(self, columns, metric):
        if metric in columns or not len(columns["iteration"]):
            return columns.get(metric, np.array([]))
        known = [key for key in columns if key not in _OURS]
        raise ValueError(f"Expected a metric of {', '.join(known)}. Received: {metric!r}.")

    def _drawn(self) -> str | None:
        """The metric that is drawn when nobody says which."""
        rows = (row for rows in self._rows.values() for row in rows)
        if self.metrics:
            return self.metrics[0]
        return next((key for row in rows for key in row if key not in _OURS), None)

    def _finished(self):
        seconds = sum(c["seconds"][-1] for c in self.history.values())
        return nmsg(
            "{n} series of {total:,} iterations in {seconds}.",
            "{n} series of {total:,} iterations each in {seconds}.",
            len(self._rows),
            total=self.total,
            seconds=duration(seconds),
        )

    def _stopped(self):
        return Lines(
            msg(
                "Stopped after {done:,} of {total:,} iterations. Everything computed is kept.",
                done=min(map(self.iterations, self._rows)),
                total=self.total,
            ),
            msg("To go on, run this cell again."),
        )


def _is_number(value) -> bool:
    return np.ndim(value) == 0 and hasattr(value, "__float__")


@contextmanager
def interrupts():
    """While inside, the first interrupt is only noted: the yielded function says whether it came.
    The second is a KeyboardInterrupt. Outside of the main thread there are no interrupts to note."""
    came = []
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return

    def note(number, frame):
        came.append(number)
        if len(came) > 1:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, note)
    try:
        yield lambda: bool(came)
    finally:  # None: set by something that is not Python, which cannot be put back
        signal.signal(signal.SIGINT, signal.default_int_handler if before is None else before)
