"""A job while it runs: its forks, their folders, and what is heard from them."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal as signals
import tempfile
from pathlib import Path

from autograder.grading.engine import wire
from autograder.grading.engine.attempt import Attempt
from autograder.grading.engine.files import put
from autograder.grading.engine.job import LIMITS, Job
from autograder.grading.sandbox.memory import private_memory
from autograder.messages import msg


class RunningJob:
    """One job: the forks that work on it now, and their folders. The judge's holds the course's
    own files alone, the last of the job's: nothing that a student wrote is imported there."""

    def __init__(self, job: Job, scratch: str):
        job = {"lang": "en", "inside": False, **job, "limits": LIMITS | job.get("limits", {})}
        self.folder = tempfile.mkdtemp(dir=scratch)
        os.chmod(self.folder, 0o711)
        self._files = job.pop("files", ())
        self._folders = {"judge": self._new_folder("judge", self._files[-1:])}
        self.attempt = Attempt(job)
        self.alone = False
        self.forks: list[Fork] = []

    def begin(self, workers: int) -> dict[str, dict]:
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
    def killed(self) -> bool:
        """Whether every fork is gone, or as good as gone."""
        return all(fork.gone or fork.killed for fork in self.forks)

    def drain(self, selector) -> None:
        """Take what has arrived from the forks, to the last event."""
        for fork in self.forks:
            while fork.hear(selector):
                pass

    def too_large(self) -> bool:
        """Whether a fork has taken more memory than it may, beside what it was born with."""
        if not any(f.grown() > self.attempt.limits["memory"] for f in self.forks if not f.gone):
            return False
        self.attempt.stop("killed", msg("It used more memory than allowed."))
        return True

    def ended(self, fork: Fork, signal: int, code: int) -> None:
        """A fork is gone. The first that went by itself, and not in peace, is to blame."""
        fork.gone = True
        if fork.role == "judge" and code > 128:  # how its child ended
            signal, code = code - 128, 0
        peaceful = fork.role == "judge" and not signal and not code
        ours = fork.killed and signal == signals.SIGKILL
        if self._exit is None and not ours and not peaceful:
            self._exit = signal, code
        if all(f.gone for f in self.forks):
            self.over = True
            self.attempt.ended(*(self._exit or (9, -1)))

    def lost(self) -> None:
        """The server died with this job, alone."""
        self.over = True
        self.attempt.ended(9, -1)

    def release(self, selector) -> None:
        """Hear no more of the forks."""
        for fork in self.forks:
            fork.release(selector)

    def discard(self) -> None:
        """Remove the job's folders."""
        shutil.rmtree(self.folder, ignore_errors=True)


class Fork:
    """One process of a job, the student's or the judge's."""

    def __init__(self, key, role, sock, runner):
        self.key, self.role, self.sock, self.runner = key, role, sock, runner
        self.pid = None
        self.gone = self.killed = False
        self.reader = wire.Reader()
        self._base = None

    def give(self, job: dict) -> None:
        """Send the process what it is to do."""
        with contextlib.suppress(OSError):  # a fork that is dead already says so by its exit
            self.sock.settimeout(30)
            wire.send(self.sock, job)
        self.sock.setblocking(False)

    def hear(self, selector) -> bool:
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

    def grown(self) -> int:
        """MB that the process has taken since it was first looked at."""
        if self.pid is None:
            return 0
        sizes = private_memory(self.pid)
        if self._base is None:
            self._base = max(sizes, default=0)
        return sum(max(0, size - self._base) for size in sizes)  # each was born with as much

    def release(self, selector) -> None:
        """Hear no more of the process."""
        if self.sock is not None:
            selector.unregister(self.sock)
            self.sock.close()
            self.sock = None
