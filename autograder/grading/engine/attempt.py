"""What is known of one job while forks work on it: cells that are done, and whom to blame.

Knows no processes and no sockets: it is fed events and clock times, and says when the fork is
overdue, whether the job must run again, and what came of it.
"""

from __future__ import annotations

import signal as signals
import time

from autograder.grading import sandbox
from autograder.grading.engine import results
from autograder.grading.engine.job import CellResult, Job, Result
from autograder.messages import Message, msg, texts

MAX_REPLAYS = 2
_START = 60.0  # seconds until a fork must have read its job
_GRACE = 2.0  # seconds that a cell has to end after it was interrupted from inside
_JUDGED = ("setup", "test")


class Attempt:
    """A job, its cells' results so far, and the deadlines of the fork that runs it now."""

    def __init__(self, job: Job):
        self.job = job
        self.limits = job["limits"]
        self.replays = 0
        self.again = False
        self.reason: Message | None = None
        self.refused: dict[str, str] | None = None
        self._done: dict[int, CellResult] = {}
        self._killers: set[int] = set()
        # The course's own demonstrations, unchanged: no test and no answer of the course needs
        # them, and they take most of a notebook's time.
        self._put_off = {i for i, cell in enumerate(job["cells"]) if cell.get("demonstration")}
        self._first = None

    def start(self, **given) -> tuple[dict, dict]:
        """The jobs for a new pair of forks, the student's and the judge's: without killers, and
        without test cells that were judged. The student's knows nothing of the tests but what
        they may read."""
        self._now = now = time.monotonic()
        self._first = self._first or now
        self._deadline = now + _START
        self._current = None
        self._blame: tuple[str, Message] | None = None
        self._finished = False
        self._entered: dict[str, dict] = {}
        self.again = False
        cells = self.job["cells"]
        judged = {i for i in self._done if cells[i]["kind"] == "test"}
        job = {**self.job, **given, "skip": sorted(self._killers | judged | self._put_off)}
        if self.job["inside"]:
            return job, {}
        return (
            {**job, "cells": [_shown(cell) if cell["kind"] == "test" else cell for cell in cells]},
            {**job, "cells": [cell if cell["kind"] in _JUDGED else _shown(cell) for cell in cells]},
        )

    @property
    def stopped(self) -> bool:
        return self._blame is not None

    def take(self, event: dict, role: str = "student") -> None:
        """An event from a fork. Most come from a student's process: every part is checked, and
        only the judge says what came of a test cell."""
        kind, i = event.get("event"), event.get("cell")
        known = type(i) is int and 0 <= i < len(self.job["cells"])
        test = known and self.job["cells"][i]["kind"] == "test" and not self.job["inside"]
        if role not in self._entered and kind in ("entered", "refused"):  # before any student code
            self._entered[role] = event.get("isolation") or {}
            self.refused = self.refused or event.get("why")
            return
        if role == "judge":
            if kind == "cell" and test and i not in self._done:
                self._done[i] = results.said_by_fork(event, self.job["cells"][i])
                if i == self._current:
                    self._deadline = time.monotonic() + _GRACE  # until the student's fork lets go
            return
        if kind == "ready":
            self._deadline = self._end_of_notebook()
        elif kind == "start" and known:
            self._current = i
            self._deadline = time.monotonic() + self.limits["cell"] + _GRACE
        elif kind == "released" and test and i == self._current:
            self._current = None
            self._deadline = self._end_of_notebook()
        elif kind == "cell" and known and not test and i == self._current:
            self._done[i] = results.said_by_fork(event, self.job["cells"][i])
            self._current = None
            self._deadline = self._end_of_notebook()
        elif kind == "done":
            self._finished = True
            self._deadline = min(self._deadline, time.monotonic() + 10)

    def overdue(self, now: float) -> bool:
        if now > self._end_of_notebook():
            self.stop("timeout", msg("The notebook ran longer than {n:g} seconds.",
                                     n=self.limits["notebook"]))  # fmt: skip
        elif now > self._deadline:
            self.stop("timeout", msg("Ran longer than {n:g} seconds and was stopped.",
                                     n=self.limits["cell"]))  # fmt: skip
        return self.stopped

    def stop(self, outcome: str, why: Message) -> None:
        """Note why the fork is being killed; the first reason counts."""
        self._blame = self._blame or (outcome, why)

    def ended(self, signal: int, code: int) -> None:
        """The fork is gone: either all is done, or the current cell is to blame."""
        if self.refused:
            return
        if self._finished:
            self._reconsider()
            return
        outcome, why = self._blame or ("killed", _cause(signal, code))
        late = time.monotonic() > self._end_of_notebook()
        if self._current is not None and self._current not in self._done:
            self._killers.add(self._current)
            self._done[self._current] = results.cell_result(
                self.job["cells"][self._current],
                outcome,
                why,
                seconds=round(time.monotonic() - self._now, 4),
            )
        if self._current is None or late or self.replays >= MAX_REPLAYS:
            self.reason = why
            return
        self.replays += 1
        self.again = True

    def _reconsider(self) -> None:
        """A student's cell may need what a demonstration binds: then run the notebook as it is."""
        cells = self.job["cells"]
        stopped = any(
            self._done[i]["outcome"] == "error"
            for i in self._done
            if cells[i]["kind"] in ("answer", "code")
        )
        if self._put_off and stopped:
            self._put_off, self._done, self._killers = set(), {}, set()
            self.again = True

    def result(self) -> Result:
        """What came of the job."""
        if self.refused:
            return {"id": self.job.get("id"), "failed": self.refused}
        cells = [
            self._done.get(i) or self._not_run(i, cell) for i, cell in enumerate(self.job["cells"])
        ]
        _blame_answers(cells)
        return {
            "id": self.job.get("id"),
            "seconds": round(time.monotonic() - self._first, 3),
            "replays": self.replays,
            "reason": texts(self.reason) if self.reason else None,
            "isolation": {
                "process": True,
                "judge": not self.job["inside"],
                **sandbox.weakest(self._entered.values()),
            },
            "cells": cells,
        }

    def _not_run(self, i, cell):
        if i in self._put_off or self._finished and self.job.get("until") is not None:
            return results.cell_result(cell, "skipped")
        return results.cell_result(cell, "killed", self.reason or msg("This cell was not reached."))

    def _end_of_notebook(self):
        return self._first + self.limits["notebook"]


def _blame_answers(cells):
    """A test that failed because its answer cell hung, died, stopped or is gone says so."""
    answers = {}
    for cell in cells:
        if cell["kind"] == "answer" and cell["outcome"] != "ran":
            answers.setdefault(cell["task"], cell)
    for cell in cells:
        answer = answers.get(cell["task"])
        if cell["kind"] != "test" or answer is None or cell["outcome"] not in ("failed", "error"):
            continue
        cell["outcome"] = answer["outcome"]
        note = msg("The answer cell is missing.")
        if answer["outcome"] != "missing":
            note = msg("The answer cell stopped with:")
        for lang, text in texts(note).items():
            said = (answer["message"] or {}).get(lang, "")
            if answer["outcome"] != "missing":
                text = f"{text} {said}"
            before = (cell["message"] or {}).get(lang, "")
            cell["message"] = {**(cell["message"] or {}), lang: f"{before}\n{text}".strip()}


def _shown(cell):
    return {name: cell[name] for name in ("id", "kind", "exhibits") if name in cell}


def _cause(signal, code):
    if signal == signals.SIGKILL:
        return msg("The process was killed, most likely for want of memory.")
    if signal:
        try:
            name = signals.Signals(signal).name
        except ValueError:
            name = str(signal)
        return msg("The process died with {name}.", name=name)
    return msg("The cell ended the process (exit code {code}).", code=code)
