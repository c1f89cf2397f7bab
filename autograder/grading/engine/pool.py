"""A pool of forks of one warm process: which job runs when, limits and kills from outside.

::

    with Pool(workers=2, preload=PRELOAD) as pool:
        for result in pool.run(jobs):        # in the order in which they finish
            ...

Jobs and results are those of :mod:`autograder.grading.engine.job`. The warm process is exec'ed with a
scrubbed environment and reads no notebook; the coordinator that calls ``run`` imports neither NumPy
nor TensorFlow.
"""

from __future__ import annotations

import itertools
import os
import selectors
import shutil
import socket
import tempfile
import time
from collections.abc import Iterable, Iterator

from autograder.grading import sandbox
from autograder.grading.engine.job import Job, Result
from autograder.grading.engine.preload import ALWAYS, PRELOAD
from autograder.grading.engine.running import Fork, RunningJob
from autograder.grading.engine.server_link import Server

_TICK = 0.25  # seconds between looks at deadlines and memory


class ServerDied(RuntimeError):
    """The warm process could not start, or ended again and again."""


class Pool:
    """Runs jobs in forks of one warm process, ``workers`` at a time.

    ``preload``: modules to import before the first fork; those that cannot be imported are left
    out and listed in ``missing`` {module: error}. ``hidden``: files and folders that no submission
    may see. ``thrifty``: whether forks give memory back at once, at the price of time. ``notes`` holds what an instructor should know about this run, such as a server that is
    not single-threaded. ``start_seconds``: how long the last server took to get warm.
    """

    def __init__(
        self,
        workers: int | None = None,
        preload: Iterable[str] = PRELOAD,
        hidden: Iterable[str] = (),
        thrifty: bool = True,
    ):
        self.workers = workers or os.cpu_count() or 1
        self.preload = [*ALWAYS, *preload]
        self.hidden = tuple(hidden)
        self.thrifty = thrifty
        self.missing: dict[str, str] = {}
        self.notes: list[str] = []
        self.start_seconds = 0.0
        self._server: Server | None = None
        self._host: sandbox.Host | None = None
        self._key = 0
        self._looked = 0.0
        self._scratch: str | None = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def launch(self) -> None:
        """Start the server without waiting for it."""
        if self._server is not None:
            return
        self._scratch = self._scratch or tempfile.mkdtemp(prefix="footguns-")
        os.chmod(self._scratch, 0o711)  # its folders may belong to users of their own
        self._server = Server(self.preload, self.hidden, self._scratch, self.thrifty)

    def start(self) -> None:
        """Start the server and wait until it is warm. ``run`` does so when needed."""
        self.launch()
        while not self._server.ready:
            if self._hear() is None:
                words = self._server.last_words()
                raise ServerDied(f"The warm process ended while importing.\n{words}")

    @property
    def host(self) -> sandbox.Host:
        """What this machine's sandbox holds. Starts the server, and waits until it has seen."""
        self.launch()
        while self._host is None:
            if self._hear() is None:
                raise ServerDied(f"The warm process ended.\n{self._server.last_words()}")
        return self._host

    def close(self) -> None:
        """End the server, and with it every fork that still runs."""
        self._end_server()
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)
            self._scratch = None

    def run(self, jobs: Iterable[Job]) -> Iterator[Result]:
        """Yield a result per job as they finish. Closing the iterator kills what still runs."""
        source = iter(jobs)
        if (first := next(source, None)) is None:
            return
        source = itertools.chain([first], source)
        waiting: list[RunningJob] = []  # to be forked again, first
        running: list[RunningJob] = []
        done: list[RunningJob] = []  # to be yielded once others run in their place
        deaths = 0
        with selectors.DefaultSelector() as selector:
            try:
                while True:
                    self._ensure(selector)
                    while len(running) < self.workers:
                        alone = any(r.alone for r in running)
                        if waiting and not alone and (not waiting[0].alone or not running):
                            runner = waiting.pop(0)
                        elif not waiting and not alone and (job := next(source, None)) is not None:
                            runner = RunningJob(job, self._scratch)
                        else:
                            break
                        running.append(runner)
                        self._fork(runner, selector)
                    if done:
                        yield done.pop(0).attempt.result()
                        continue
                    if not running:
                        return
                    alive = self._wait(selector, running)
                    if not alive:
                        deaths += 1
                        if deaths > 20:
                            raise ServerDied("The warm process ended 20 times in this run.")
                        self._bury(selector, running)
                    for runner in [r for r in running if r.over]:
                        running.remove(runner)
                        runner.release(selector)
                        if runner.attempt.again:
                            waiting.append(runner)
                        else:
                            runner.discard()
                            done.append(runner)
            finally:
                for runner in running:
                    self._kill(runner)
                    runner.release(selector)
                    runner.discard()
                for runner in waiting:
                    runner.discard()

    def _ensure(self, selector):
        if self._server is None or not self._server.ready:
            self.start()
        if self._server.socket not in selector.get_map():
            selector.register(self._server.socket, selectors.EVENT_READ, None)

    def _hear(self):
        """The server's next message, taken note of; None when it is gone."""
        message = self._server.hear()
        if message is None:
            return None
        if message["op"] == "host":
            self._host = sandbox.Host(**message["host"])
        if message["op"] == "ready":
            self.missing = message["missing"]
            self.start_seconds = self._server.seconds
        if message.get("threads", 1) > 1:
            note = f"The warm process has {message['threads']} threads; forks are safest with one."
            if note not in self.notes:
                self.notes.append(note)
        return message

    def _end_server(self):
        if self._server is not None:
            self._server.end()
            self._server = None

    def _fork(self, runner, selector):
        """Fork the student's process and, joined to it by a socket, the judge's."""
        jobs = runner.begin(self.workers)
        pair = socket.socketpair() if len(jobs) > 1 else ()
        for i, (role, job) in enumerate(jobs.items()):
            self._key += 1
            ours, theirs = socket.socketpair()
            fork = Fork(self._key, role, ours, runner)
            runner.forks.append(fork)
            fds = [theirs.fileno(), *(end.fileno() for end in pair[i : i + 1])]
            self._server.say(fds, op="fork", key=fork.key, role=role)
            theirs.close()
            fork.give(job)
            selector.register(ours, selectors.EVENT_READ, fork)
        for end in pair:
            end.close()

    def _kill(self, runner):
        for fork in runner.forks:
            if not fork.gone:
                fork.killed = True
                if self._server is not None:  # the pool may be closed before its run is
                    self._server.say(op="kill", key=fork.key)

    def _wait(self, selector, running):
        """Hear from the forks for a moment; False when the server has died."""
        forks = {fork.key: fork for runner in running for fork in runner.forks}
        for ready, _ in selector.select(_TICK):
            if ready.fileobj is self._server.socket:
                message = self._hear()
                if message is None:
                    return False
                fork = forks.get(message.get("key"))
                if fork and message["op"] == "forked":
                    fork.pid = message["pid"]
                elif fork and message["op"] == "exit":
                    fork.runner.drain(selector)
                    fork.runner.ended(fork, message["signal"], message["code"])
                    self._kill(fork.runner)  # neither is of use without the other
            else:
                ready.data.hear(selector)
        now = time.monotonic()
        look = now - self._looked >= _TICK
        if look:
            self._looked = now
        for runner in running:
            if not runner.killed and (runner.attempt.overdue(now) or look and runner.too_large()):
                self._kill(runner)
        return True

    def _bury(self, selector, running):
        """The server is dead, and its forks with it: all go back, and then run one by one."""
        selector.unregister(self._server.socket)
        self._end_server()
        for runner in running:
            if runner.over:
                continue
            if runner.alone:  # the second time, with nobody else to blame
                runner.lost()
            else:
                runner.alone = True
                runner.over = True
                runner.attempt.again = True
