"""The coordinator's end of a warm process: it is launched, talked to and ended here.

The messages are those of :mod:`autograder.grading.engine.server`.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable

from autograder.grading.engine.host import scrubbed


class Server:
    """A warm process of one's own, launched when this is made; it does not wait for anything.

    ``preload``: modules that it imports; ``hidden``: files and folders that none of its forks may
    see; ``scratch``: the folder of the jobs, which it removes when its coordinator is gone;
    ``thrifty``: whether they give memory back at once.
    ``ready``: whether it has said that it is warm, ``seconds`` after it was launched.
    """

    def __init__(
        self, preload: Iterable[str], hidden: Iterable[str], scratch: str, thrifty: bool = True
    ):
        self.ready = False
        self.seconds = 0.0
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  lives as long as the server
        self._began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "autograder.grading.engine.server", str(theirs.fileno())],
            env=scrubbed(os.environ, thrifty),
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            cwd="/",
            start_new_session=True,
        )
        theirs.close()
        self.say(preload=list(preload), scratch=scratch, hidden=list(hidden))

    def say(self, fds: Iterable[int] = (), **message) -> None:
        """Send a message, and descriptors with it. A server that is gone hears nothing."""
        with contextlib.suppress(OSError):
            socket.send_fds(self.socket, [json.dumps(message).encode()], fds)

    def hear(self) -> dict | None:
        """The next message, blocking; None when the server is gone."""
        try:
            data = self.socket.recv(1 << 16)
        except OSError:
            return None
        if not data:
            return None
        message = json.loads(data)
        if message["op"] == "ready":
            self.ready = True
            self.seconds = round(time.monotonic() - self._began, 3)
        return message

    def last_words(self) -> str:
        """The end of what it has written on its standard streams."""
        self._log.seek(0)
        return self._log.read()[-2000:].decode("utf-8", "replace")

    def end(self) -> None:
        """Have it end, and all its forks with it."""
        self.socket.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._log.close()
