"""The judge's fork: runs the master's test cells on what the student's fork offers.

It is a fork of a clean server: no code of the student's ever ran in it, and what comes from there is
rebuilt here (:mod:`autograder.exhibits`). It knows the master's setup and test cells, and tells the
coordinator what came of each test cell; the student's fork learns only that it is done.

It judges in children of its own, one after another: TensorFlow keeps what memory it has ever had for
tensors, and so a child that has taken much of it makes room for a fresh one.
"""

from __future__ import annotations

import contextlib
import os
import socket

from autograder.exhibits.parcel import Hung
from autograder.exhibits.remote import Link
from autograder.grading.engine import fork
from autograder.grading.engine.capture import OutputCapture
from autograder.grading.engine.clock import Clock, TimedOut
from autograder.grading.engine.job import ends_run
from autograder.grading.engine.verdict import Judge


def main(fd: int, peer: int) -> None:
    """The fork's life: read one job from ``fd``, judge what comes from ``peer``, return."""
    begun = fork.begin(fd)
    if begun is None:
        return
    JudgeFork(*begun, socket.socket(fileno=peer)).run()


_MUCH = 24  # MB that a child may have taken after a cell and still judge the next
_NO_CELL = -1


class JudgeFork:
    """Judges test cells as they are offered, each once and in their order."""

    def __init__(self, job: dict, capture: OutputCapture, emit, peer: socket.socket):
        self.job, self.capture, self.emit = job, capture, emit
        self.link = Link(peer, fork.give_back_memory)
        self.judge = Judge(capture.stdout, capture.stderr)
        self.judge.names.update(display=_display, get_ipython=lambda: None)
        self.clock = Clock(job["limits"]["cell"])
        self.open = {i for i, cell in enumerate(job["cells"]) if cell["kind"] == "test"}
        self.open -= set(job.get("skip", ()))
        self.setup = [i for i, cell in enumerate(job["cells"]) if cell["kind"] == "setup"]

    def run(self) -> None:
        """Judge what is offered until nothing more comes. Ends with 128 + n where a child died by
        signal n, as shells do: the first process of a namespace cannot send itself a signal."""
        while (last := self._relay()) != _NO_CELL:
            self.open = {i for i in self.open if i > last}

    def _relay(self) -> int:
        """Judge in a child until it has taken much memory; the last cell that it judged, or
        _NO_CELL when nothing more is offered. Ends as the child does when that goes wrong."""
        read, write = os.pipe()
        pid = os.fork()  # safe: this process never runs a cell, and so has one thread
        if pid == 0:
            os.close(read)
            os.write(write, str(self._judge_offers()).encode())
            os._exit(0)
        os.close(write)
        with open(read) as end:
            last = end.read()
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if code or not last:
            os._exit(128 - code if code < 0 else code)
        return int(last)

    def _judge_offers(self) -> int:
        """The child's life. Nonsense gets no verdict: the child ends, with it its parent, and the
        coordinator ends the student's fork."""
        born = _anonymous_memory()
        self._set_up_to(min(self.open, default=0))  # while the student's fork is at work
        while (offer := self.link.next_offer()) is not None:
            i, document, arrays = offer
            if type(i) is not int or i not in self.open:
                raise Hung("no test cell")
            self.open = {later for later in self.open if later > i}  # in the notebook's order
            self._set_up_to(i)
            verdict = self._judge(i, document, arrays)
            # No more than needed: who knows his verdicts and has the notebook run again, by an error
            # that needs the demonstrations, say, would have a second guess.
            self.link.done(more=not ends_run(self.job, verdict))
            if self.open and _anonymous_memory() - born > _MUCH:
                return i
        return _NO_CELL

    def _set_up_to(self, i):
        """Run the setup cells above cell ``i``: as far as a notebook would have come."""
        while self.setup and self.setup[0] < i:
            self._set_up(self.job["cells"][self.setup.pop(0)])

    def _set_up(self, cell):
        self.capture.begin()
        with contextlib.suppress(TimedOut), self.clock:
            self.judge.setup(cell, lambda value: None)
        self.capture.end()

    def _judge(self, i, document, arrays) -> dict:
        cell = self.job["cells"][i]
        self.capture.begin()
        verdict = self.clock.run(
            lambda: self.judge.judge(cell, lambda: self.link.exhibits(document, arrays))
        )
        outputs = self.capture.end(verdict.pop("error", None), as_stdout=True)
        self.emit({"event": "cell", "cell": i, "outputs": outputs, **verdict})
        if self.link.busy:  # stopped in the middle of a parcel: the wire makes no sense any more
            os._exit(0)
        return verdict


def _anonymous_memory() -> float:
    """MB of this process that are no pages of files."""
    with open("/proc/self/statm") as sizes:
        _, resident, shared, *_ = map(int, sizes.read().split())
    return (resident - shared) * os.sysconf("SC_PAGE_SIZE") / 2**20


def _display(*_, **__):
    """Test cells speak through their verdict and by printing."""
