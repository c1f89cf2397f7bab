"""The student's fork: runs setup, code and answer cells with IPython's shell alone, no kernel.

It receives one job (:mod:`autograder.grading.engine.job`) and sends an event before and after every
cell, so that the coordinator knows which cell hangs or dies. Of a test cell it knows the id and the
exhibits: it offers these to the judge's fork (:mod:`autograder.grading.engine.judge_fork`) and
answers its questions until it is done. In a job that is judged *inside* the test cells run here, as
in nbgrader.
"""

from __future__ import annotations

import contextlib
import io
import signal
import socket
import sys

from autograder.grading.engine import fork
from autograder.grading.engine.capture import OutputCapture
from autograder.grading.engine.clock import Clock, TimedOut
from autograder.grading.engine.interpreter import Interpreter
from autograder.grading.engine.job import ends_run
from autograder.grading.engine.verdict import Judge, as_output, describe, perform
from autograder.messages import msg, texts


def main(fd: int, peer: int | None) -> None:
    """The fork's life: read one job from descriptor ``fd``, run it, report, return. ``peer`` is
    connected to the judge's fork; None when there is none."""
    begun = fork.begin(fd)
    if begun is None:
        return
    judge = None if begun[0]["inside"] else socket.socket(fileno=peer)
    Notebook(*begun, judge).run()


class Notebook:
    """The cells of ``job``, run one after another; ``emit`` gets an event before and after each.
    ``judge``: a socket to the judge's fork, or None to judge here."""

    def __init__(self, job: dict, capture: OutputCapture, emit, judge: socket.socket | None = None):
        from autograder.grading.engine import shell

        self.job, self.capture, self.emit, self.judge = job, capture, emit, judge
        self.shell = shell.make(capture)
        self.inside = None
        if judge is None:
            self.inside = Judge(capture.stdout, capture.stderr)
            self.inside.names.update(
                get_ipython=self.shell.get_ipython, display=self.shell.user_ns.get("display")
            )
        self.interpreter = Interpreter(capture.stdout, capture.stderr)
        # What a cell of another course does to builtins is its own business: nbgrader leaves it.
        self.restores = all(
            cell["exhibits"] is not None for cell in job["cells"] if cell["kind"] == "test"
        )
        self.clock = Clock(job["limits"]["cell"])

    def run(self) -> None:
        """Run the cells in their order, and say when all is done."""
        self.emit({"event": "ready"})
        for i, cell in enumerate(self.job["cells"]):
            if i in self.job.get("skip", ()):
                continue
            self.emit({"event": "start", "cell": i})
            if cell["kind"] == "test" and self.inside is None:
                more = self._offer(i, cell)
            else:
                said = self._perform(i, cell)
                more = cell["kind"] != "test" or not ends_run(self.job, said)
            if not more:
                break
        self.emit({"event": "done"})

    def _perform(self, i, cell) -> dict:
        """Run a cell here and report it; what came of it."""
        runner = {"setup": self._setup, "test": self._test}.get(cell["kind"], self._student)

        def act():
            outcome = runner(cell)
            _show_figures()
            return outcome

        self.capture.begin()
        outcome = self.clock.run(act)
        outputs = self.capture.end(outcome.pop("error", None), as_stdout=cell["kind"] == "test")
        self.emit({"event": "cell", "cell": i, "outputs": outputs, **outcome})
        return outcome

    def _offer(self, i, cell) -> bool:
        """Let the judge have what the test cell may read, and serve it until it is done; whether
        the notebook goes on behind it."""
        from autograder.exhibits.parcel import Hung
        from autograder.exhibits.remote import Holder

        names = self.shell.user_ns
        exhibits = {k: names[k] for k in cell["exhibits"] if k in names}
        holder = Holder(self.judge, TimedOut, fork.give_back_memory)
        self.capture.begin()
        try:
            try:
                with self.clock:
                    holder.offer(i, exhibits)
            except TimedOut:
                holder.late(i)
            fork.give_back_memory()  # while the judge is at work, which needs it more
            said = holder.serve(lambda: self.clock)  # each function that the judge calls
        except Hung:  # the judge is gone: whoever ended it is dealt with from outside
            while True:
                signal.pause()
        self.capture.end()
        self.emit({"event": "released", "cell": i})
        return bool(said["more"])

    def _setup(self, cell):
        """Setup is the course's: an error of it is no error of the student's."""
        # For the judge, and for the student, who may spoil what it binds.
        if self.inside is not None:
            outcome = self.inside.setup(cell, self.shell.displayhook)
            with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
                perform(cell["source"], f"<{cell['id']}>", self.shell.user_ns)
            return outcome
        try:
            value = perform(cell["source"], f"<{cell['id']}>", self.shell.user_ns)
            if value is not None:
                self.shell.displayhook(value)
        except BaseException as err:
            outcome = "timeout" if isinstance(err, TimedOut) else "error"
            return {"outcome": outcome, "message": describe(err), "error": as_output(err)}
        return {"outcome": "ran", "message": None}

    def _test(self, cell):
        names = cell["exhibits"]
        if names is None:  # a notebook that declares none: its tests read what they like
            names = list(self.shell.user_ns)
        exhibits = {k: self.shell.user_ns[k] for k in names if k in self.shell.user_ns}
        return self.inside.judge({**cell, "exhibits": names}, lambda: exhibits)

    def _student(self, cell):
        if cell["source"] is None:
            text = msg("This answer cell is missing from the notebook.")
            return {"outcome": "missing", "message": texts(text)}
        try:
            result = self.shell.run_cell(cell["source"], store_history=True)
            err = result.error_before_exec or result.error_in_exec
        except TimedOut as late:
            err = late
        except BaseException as broken:  # the student replaced a part of the shell, or it gave up
            err = broken
        if self.restores:
            self.interpreter.restore()
        if err is None:
            return {"outcome": "ran", "message": None}
        outcome = "timeout" if isinstance(err, TimedOut) else "error"
        return {"outcome": outcome, "message": describe(err)}


def _show_figures():
    """Display open figures at the end of a cell, as a notebook does."""
    if "matplotlib.pyplot" in sys.modules and "matplotlib_inline.backend_inline" in sys.modules:
        backend = sys.modules["matplotlib_inline.backend_inline"]
        with contextlib.suppress(Exception):
            backend.flush_figures()
