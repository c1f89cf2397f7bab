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
    inside   True: test cells run in the student's fork, as in nbgrader; else in the judge's
    until_failure   True: the first test cell that does not pass ends the run
    files    folders whose files (notebooks excepted) are copied beside the running notebook;
             the last is the course's own. Or the archives that :mod:`autograder.grading.cluster.parcel`
             makes of them
    require  properties of the sandbox without which the job is not to be run

A result::

    id, seconds, replays, reason     reason: None, or why the run ended early (a text)
    isolation  {property: layers of the sandbox that hold it, or False}; and whether the notebook
             had a process of its own, and a judge
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
again. The server (:mod:`autograder.grading.engine.server`) is exec'ed with a scrubbed environment and
reads no notebook; the coordinator that calls ``run`` imports neither NumPy nor TensorFlow.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import selectors
import shutil
import signal as signals
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from autograder.grading import sandbox
from autograder.grading.cluster.parcel import put
from autograder.grading.engine import wire
from autograder.grading.engine.attempt import Attempt
from autograder.grading.engine.host import private_memory, scrubbed
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
    "autograder.exhibits.apart",
    "autograder.exhibits.rebuilding",
    "course.lab.data",
    "autograder.training",
    "course.lab.figures",
)
_ALWAYS = (
    "autograder.grading.engine.execute",
    "autograder.grading.engine.judging",
    "autograder.grading.engine.shell",
    "IPython.core.completer",  # with what follows, what a shell imports when it is made
    "IPython.core.magics",
    "course.lab",  # whose folder cannot be listed in a fork, for the masters beside it
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
        self.hidden: tuple[str, ...] = ()
        self.notes: list[str] = []
        self.start_seconds = 0.0
        self._server = None
        self._ready = False
        self._host: sandbox.Host | None = None
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

    @property
    def host(self) -> sandbox.Host:
        """What this machine's sandbox holds. Starts the server, and waits until it has seen."""
        self.launch()
        while self._host is None:
            message = self._heard(self._control)
            if message is None:
                raise ServerDied(f"The warm process ended.\n{self._last_words()}")
            self._take(message)
        return self._host

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
        running: list[_Running] = []
        done: list[_Running] = []  # to be yielded once others run in their place
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
                            runner = _Running(job, self._scratch)
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

    # The server

    def launch(self) -> None:
        """Start the server without waiting for it."""
        if self._server is not None:
            return
        self._scratch = self._scratch or tempfile.mkdtemp(prefix="footguns-")
        os.chmod(self._scratch, 0o711)  # its folders may belong to users of their own
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  lives as long as the server
        self._began = time.monotonic()
        self._server = subprocess.Popen(
            [sys.executable, "-P", "-m", "autograder.grading.engine.server", str(theirs.fileno())],
            env=scrubbed(os.environ),
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            cwd="/",
            start_new_session=True,
        )
        theirs.close()
        self._say(preload=self.preload, scratch=self._scratch, hidden=self.hidden)

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
        if message["op"] == "host":
            self._host = sandbox.Host(**message["host"])
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

    def _fork(self, runner, selector):
        """Fork the student's process and, joined to it by a socket, the judge's."""
        jobs = runner.begin(self.workers)
        pair = socket.socketpair() if len(jobs) > 1 else ()
        for i, (role, job) in enumerate(jobs.items()):
            self._key += 1
            ours, theirs = socket.socketpair()
            fork = _Fork(self._key, role, ours, runner)
            runner.forks.append(fork)
            fds = [theirs.fileno(), *(end.fileno() for end in pair[i : i + 1])]
            self._say(fds, op="fork", key=fork.key, role=role)
            theirs.close()
            fork.give(job)
            selector.register(ours, selectors.EVENT_READ, fork)
        for end in pair:
            end.close()

    def _kill(self, runner):
        for fork in runner.forks:
            if not fork.gone:
                fork.killed = True
                self._say(op="kill", key=fork.key)

    def _wait(self, selector, running):
        """Hear from the forks for a moment; False when the server has died."""
        forks = {fork.key: fork for runner in running for fork in runner.forks}
        for ready, _ in selector.select(_TICK):
            if ready.fileobj is self._control:
                message = self._heard(self._control)
                if message is None:
                    return False
                self._take(message)
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
        selector.unregister(self._control)
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


class _Running:
    """One job: the forks that work on it now, and their folders. The judge's holds the course's
    own files alone, the last of the job's: nothing that a student wrote is imported there."""

    def __init__(self, job, scratch):
        job = {"lang": "en", "inside": False, **job, "limits": LIMITS | job.get("limits", {})}
        self.folder = tempfile.mkdtemp(dir=scratch)
        os.chmod(self.folder, 0o711)
        self._files = job.pop("files", ())
        self._folders = {"judge": self._new_folder("judge", self._files[-1:])}
        self.attempt = Attempt(job)
        self.alone = False
        self.forks: list[_Fork] = []

    def begin(self, workers):
        """{role: job} for the forks to be made now. The student's gets a fresh folder: a run that
        leaves notes for the next one would have a second guess."""
        old = self._folders.get("student")
        self._folders["student"] = self._new_folder("student", self._files)
        if old is not None:
            shutil.rmtree(old, ignore_errors=True)
        self.over = False
        self.forks = []
        self._exit = None
        threads = max(1, (os.cpu_count() or 1) // workers)
        jobs = dict(zip(("student", "judge"), self.attempt.start(threads=threads), strict=True))
        return {r: {**job, "folder": self._folders[r]} for r, job in jobs.items() if job}

    def _new_folder(self, name, files):
        own = tempfile.mkdtemp(prefix=f"{name}-", dir=self.folder)
        for folder in files:
            put(folder, Path(own))
        return own

    @property
    def killed(self):
        return all(fork.gone or fork.killed for fork in self.forks)

    def drain(self, selector):
        for fork in self.forks:
            while fork.hear(selector):
                pass

    def too_large(self):
        """Whether a fork has taken more memory than it may, beside what it was born with."""
        if not any(f.grown() > self.attempt.limits["memory"] for f in self.forks if not f.gone):
            return False
        self.attempt.stop("killed", msg("It used more memory than allowed."))
        return True

    def ended(self, fork, signal, code):
        """A fork is gone. The first that went by itself, and not in peace, is to blame."""
        fork.gone = True
        peaceful = fork.role == "judge" and not signal and not code
        ours = fork.killed and signal == signals.SIGKILL
        if self._exit is None and not ours and not peaceful:
            self._exit = signal, code
        if all(f.gone for f in self.forks):
            self.over = True
            self.attempt.ended(*(self._exit or (9, -1)))

    def lost(self):
        """The server died with this job, alone."""
        self.over = True
        self.attempt.ended(9, -1)

    def release(self, selector):
        for fork in self.forks:
            fork.release(selector)

    def discard(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class _Fork:
    """One process of a job, the student's or the judge's."""

    def __init__(self, key, role, sock, runner):
        self.key, self.role, self.sock, self.runner = key, role, sock, runner
        self.pid = None
        self.gone = self.killed = False
        self.reader = wire.Reader()
        self._base = None

    def give(self, job):
        with contextlib.suppress(OSError):  # a fork that is dead already says so by its exit
            self.sock.settimeout(30)
            wire.send(self.sock, job)
        self.sock.setblocking(False)

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
            self.release(selector)
            return False
        attempt = self.runner.attempt
        try:
            for event in self.reader.feed(chunk):
                attempt.take(event, self.role)
        except wire.Garbled as err:
            attempt.stop("killed", err.message)
            self.release(selector)  # one that goes on talking would keep us here
            return False
        return True

    def grown(self):
        """MB that the process has taken since it was first looked at."""
        if self.pid is None:
            return 0
        sizes = private_memory(self.pid)
        if self._base is None:
            self._base = max(sizes, default=0)
        return sum(max(0, size - self._base) for size in sizes)  # each was born with as much

    def release(self, selector):
        if self.sock is not None:
            selector.unregister(self.sock)
            self.sock.close()
            self.sock = None
