"""A pool of warm processes: one fork per job, limits and kills from outside.

::

    with Pool(workers=2, preload=PRELOAD) as pool:
        for result in pool.run(jobs):        # in the order in which they finish
            ...

A job is a dict ready for JSON; only ``cells`` is needed::

    id       anything; comes back in the result
    cells    [{"id": str, "kind": "setup" | "code" | "answer" | "test", "source": str,
               "task": str | None, "exhibits": [names], "points": number}]
             An answer cell whose source is None was deleted by the student. Exhibits are read of
             test cells: names of the student's that it may read; None means all of them.
    lang     'en' (default) | 'ru': the language of what is printed
    limits   {"cell": seconds, "notebook": seconds, "memory": MB}, any of them; see LIMITS
    seed     int for Python's, NumPy's and Keras' generators
    until_failure   True: the first test cell that does not pass ends the run
    files    folders whose files (notebooks excepted) are copied beside the running notebook

A result::

    id, seconds, replays, reason     reason: None, or why the run ended early (a text)
    cells    one dict per cell of the job, in its order:
        id, kind, task, seconds
        outcome  setup, code, answer cells: 'ran' | 'error' | 'timeout' | 'killed' | 'missing'
                 | 'skipped'
                 test cells: 'passed' | 'failed' | 'error' | 'timeout' | 'killed' | 'missing'
                 | 'unchecked'
        message  {"en": text, "ru": text} or None: what a check or an exception said
        points   points of a test cell that gives a part of them, else None
        outputs  nbformat outputs

A cell that hangs or ends the process costs only itself: a fresh fork runs the others again without
it, at most twice, within the notebook's seconds; test cells that were judged already are not run
again. The server (:mod:`autograder.grading.server`) is exec'ed with a scrubbed environment and
reads no notebook; the coordinator that calls ``run`` imports neither NumPy nor TensorFlow.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from autograder.grading import wire
from autograder.grading.attempt import Attempt
from autograder.grading.host import copy_files, private_memory, scrubbed
from autograder.messages import msg

PRELOAD = (
    "numpy",
    "keras",
    "tensorflow",
    "sklearn",
    "matplotlib.pyplot",
    "ipywidgets",
    "autograder.checks",
    "autograder.reading",
    "autograder.equivalence",
    "autograder.faults",
    "course.lab.data",
    "course.lab.training",
    "course.lab.figures",
)
_ALWAYS = (
    "autograder.grading.execute",
    "autograder.grading.shell",
    "matplotlib_inline.backend_inline",
)
LIMITS = {"cell": 60.0, "notebook": 600.0, "memory": 4096}
_TICK = 0.25  # seconds between looks at deadlines and memory


class ServerDied(RuntimeError):
    """The warm process could not start, or ended again and again."""


class Pool:
    """Runs jobs in forks of one warm process, ``workers`` at a time.

    ``preload``: modules to import before the first fork; those that cannot be imported are left
    out and listed in ``missing`` {module: error}. ``notes`` holds what an instructor should know
    about this run, such as a server that is not single-threaded.
    """

    def __init__(self, workers: int | None = None, preload: Iterable[str] = PRELOAD):
        self.workers = workers or os.cpu_count() or 1
        self.preload = [*_ALWAYS, *preload]
        self.missing: dict[str, str] = {}
        self.notes: list[str] = []
        self.start_seconds = 0.0
        self._server = None
        self._ready = False
        self._key = 0
        self._looked = 0.0
        self._scratch: str | None = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def start(self) -> None:
        """Start the server and wait until it is warm. ``run`` does so when needed."""
        self.launch()
        while not self._ready:
            message = self._heard(self._control)
            if message is None:
                raise ServerDied(f"The warm process ended while importing.\n{self._last_words()}")
            self._take(message)

    def close(self) -> None:
        """End the server, and with it every fork that still runs."""
        self._end_server()
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)
            self._scratch = None

    def _end_server(self):
        if self._server is None:
            return
        self._control.close()
        try:
            self._server.wait(5)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        self._log.close()
        self._server = None
        self._ready = False

    def run(self, jobs: Iterable[dict]) -> Iterator[dict]:
        """Yield a result per job as they finish. Closing the iterator kills what still runs."""
        source = iter(jobs)
        if (first := next(source, None)) is None:
            return
        source = itertools.chain([first], source)
        waiting: list[_Running] = []  # to be forked again, first
        running: dict[int, _Running] = {}
        deaths = 0
        with selectors.DefaultSelector() as selector:
            try:
                while True:
                    self._ensure(selector)
                    while len(running) < self.workers:
                        alone = any(r.alone for r in running.values())
                        if waiting and not alone and (not waiting[0].alone or not running):
                            runner = waiting.pop(0)
                        elif not waiting and not alone and (job := next(source, None)) is not None:
                            runner = _Running(job, self._scratch)
                        else:
                            break
                        self._key += 1
                        running[self._key] = runner
                        self._fork(self._key, runner, selector)
                    if not running:
                        return
                    alive = self._wait(selector, running)
                    if not alive:
                        deaths += 1
                        if deaths > 20:
                            raise ServerDied("The warm process ended 20 times in this run.")
                        self._bury(selector, running)
                    for key in [k for k, r in running.items() if r.over]:
                        runner = running.pop(key)
                        runner.release(selector)
                        if runner.attempt.again:
                            waiting.append(runner)
                        else:
                            runner.discard()
                            yield runner.attempt.result()
            finally:
                for key, runner in running.items():
                    self._say(op="kill", key=key)
                    runner.release(selector)
                    runner.discard()
                for runner in waiting:
                    runner.discard()

    # The server

    def launch(self) -> None:
        """Start the server without waiting for it."""
        if self._server is not None:
            return
        self._scratch = self._scratch or tempfile.mkdtemp(prefix="footguns-")
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  lives as long as the server
        self._began = time.monotonic()
        self._server = subprocess.Popen(
            [sys.executable, "-P", "-m", "autograder.grading.server", str(theirs.fileno())],
            env=scrubbed(os.environ),
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            cwd="/",
            start_new_session=True,
        )
        theirs.close()
        self._say(preload=self.preload, scratch=self._scratch)

    def _ensure(self, selector):
        if not self._ready:
            self.start()
        if self._control not in selector.get_map():
            selector.register(self._control, selectors.EVENT_READ, None)

    def _say(self, fds=(), **message):
        with contextlib.suppress(OSError):
            socket.send_fds(self._control, [json.dumps(message).encode()], fds)

    @staticmethod
    def _heard(control):
        try:
            data = control.recv(1 << 16)
        except OSError:
            return None
        return json.loads(data) if data else None

    def _take(self, message):
        if message["op"] == "ready":
            self._ready = True
            self.missing = message["missing"]
            self.start_seconds = round(time.monotonic() - self._began, 3)
        if message.get("threads", 1) > 1:
            note = f"The warm process has {message['threads']} threads; forks are safest with one."
            if note not in self.notes:
                self.notes.append(note)

    def _last_words(self):
        self._log.seek(0)
        return self._log.read()[-2000:].decode("utf-8", "replace")

    def _fork(self, key, runner, selector):
        ours, theirs = socket.socketpair()
        runner.begin(ours, self.workers)
        self._say([theirs.fileno()], op="fork", key=key)
        theirs.close()
        selector.register(ours, selectors.EVENT_READ, runner)

    def _wait(self, selector, running):
        """Hear from the forks for a moment; False when the server has died."""
        for ready, _ in selector.select(_TICK):
            if ready.fileobj is self._control:
                message = self._heard(self._control)
                if message is None:
                    return False
                self._take(message)
                runner = running.get(message.get("key"))
                if runner and message["op"] == "forked":
                    runner.pid = message["pid"]
                elif runner and message["op"] == "exit":
                    runner.drain(selector)
                    runner.ended(message["signal"], message["code"])
            else:
                ready.data.hear(selector)
        now = time.monotonic()
        look = now - self._looked >= _TICK
        if look:
            self._looked = now
        for key, runner in running.items():
            if not runner.killed and (runner.attempt.overdue(now) or look and runner.too_large()):
                runner.killed = True
                self._say(op="kill", key=key)
        return True

    def _bury(self, selector, running):
        """The server is dead, and its forks with it: all go back, and then run one by one."""
        selector.unregister(self._control)
        self._end_server()
        for runner in running.values():
            if runner.over:
                continue
            if runner.alone:  # the second time, with nobody else to blame
                runner.ended(9, -1)
            else:
                runner.alone = True
                runner.over = True
                runner.attempt.again = True


class _Running:
    """One job: the fork that works on it now, and its folder."""

    def __init__(self, job, scratch):
        job = {"lang": "en", **job, "limits": LIMITS | job.get("limits", {})}
        self.folder = tempfile.mkdtemp(dir=scratch)
        for folder in job.pop("files", ()):
            copy_files(Path(folder), Path(self.folder))
        self.attempt = Attempt(job)
        self.alone = False
        self.sock = None

    def begin(self, sock, workers):
        self.sock, self.pid = sock, None
        self.over = self.killed = False
        self.reader = wire.Reader()
        self.base = None
        threads = max(1, (os.cpu_count() or 1) // workers)
        job = self.attempt.start(folder=self.folder, threads=threads)
        with contextlib.suppress(OSError):  # a fork that is dead already says so by its exit
            sock.settimeout(30)
            wire.send(sock, job)
        sock.setblocking(False)

    def hear(self, selector):
        """Take what has arrived; False when there is nothing (more) to hear."""
        if self.sock is None:  # closed while an earlier event of the same moment was handled
            return False
        try:
            chunk = self.sock.recv(1 << 18)
        except BlockingIOError:
            return False
        except OSError:
            chunk = b""
        if not chunk:
            selector.unregister(self.sock)
            self.sock.close()
            self.sock = None
            return False
        try:
            for event in self.reader.feed(chunk):
                self.attempt.take(event)
        except wire.Garbled as err:
            self.attempt.stop("killed", err.message)
            return False
        return True

    def drain(self, selector):
        while self.sock is not None and self.hear(selector):
            pass

    def too_large(self):
        """Whether the fork has taken more memory than it may, beside what it was born with."""
        if self.pid is None:
            return False
        used = private_memory(self.pid)
        if self.base is None:
            self.base = used
        if used - self.base <= self.attempt.limits["memory"]:
            return False
        self.attempt.stop("killed", msg("It used more memory than allowed."))
        return True

    def ended(self, signal, code):
        self.over = True
        self.attempt.ended(signal, code)

    def release(self, selector):
        if self.sock is not None:
            selector.unregister(self.sock)
            self.sock.close()
            self.sock = None

    def discard(self):
        shutil.rmtree(self.folder, ignore_errors=True)
