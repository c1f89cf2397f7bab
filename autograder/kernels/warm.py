"""The warm process of one Jupyter server: both ends of its socket.

Messages (JSON, one a packet)::

    <- {"run": [module, arguments], "env": {...}, "cwd": folder}   fork a kernel
    -> {"ready": true}                                             everything is imported
    -> {"forked": pid} | {"exit": pid, "code": as Popen.returncode}

A kernel leads its own session and ends when the warm process does.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading

from autograder.grading.engine.preload import NOTEBOOK

PRELOAD = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "matplotlib_inline.backend_inline",
    *NOTEBOOK,
)
_PR_SET_PDEATHSIG = 1


class Warm:
    """The Jupyter server's side. Threads of the server may call :meth:`fork` at the same time."""

    _instance = None
    _making = threading.Lock()

    @classmethod
    def instance(cls) -> Warm:
        """The one of this process, started at the first call; a new one when it has died."""
        with cls._making:
            if cls._instance is None or not cls._instance.alive:
                cls._instance = cls()
            return cls._instance

    def __init__(self):
        self.sock, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = threading.Lock()
        self._ready = False
        self.alive = True
        self._codes: dict[int, int] = {}
        self._pids: list[int] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "autograder.kernels.warm", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
            start_new_session=True,
        )
        theirs.close()

    def ready(self, seconds: float = 0.0) -> bool:
        """Whether a kernel can be forked; waits at most ``seconds`` for it."""
        with self._lock:
            self._hear(seconds, lambda: self._ready)
            return self._ready and self.alive

    def fork(self, run: list[str] | None, options: dict) -> Forked | None:
        """A kernel that runs ``run`` = [module, arguments]; None when it must be started otherwise."""
        if run is None or not self.ready():
            return None
        env = options.get("env") or dict(os.environ)
        cwd = str(options.get("cwd") or os.getcwd())
        with self._lock:
            try:
                self.sock.send(json.dumps({"run": run, "env": env, "cwd": cwd}).encode())
            except OSError:  # gone, or an environment too large for a packet
                return None
            count = len(self._pids)
            self._hear(10.0, lambda: len(self._pids) > count)
            return Forked(self, self._pids[-1]) if len(self._pids) > count else None

    def code(self, pid: int, seconds: float = 0.0) -> int | None:
        """The exit code of a kernel, or None while it runs."""
        with self._lock:
            self._hear(seconds, lambda: pid in self._codes)
            return self._codes.get(pid, None if self.alive else -signal.SIGKILL)

    def _hear(self, seconds, enough):
        """Take what has arrived; wait until ``enough()`` or for ``seconds``."""
        while self.alive:
            wait = 0 if enough() else seconds
            if not select.select([self.sock], [], [], wait)[0]:
                return
            try:
                data = self.sock.recv(1 << 16)
            except OSError:
                data = b""
            if not data:
                self.alive = False
                self.process.wait()
                return
            message = json.loads(data)
            if "ready" in message:
                self._ready = True
            elif "forked" in message:
                self._pids.append(message["forked"])
            elif "exit" in message:
                self._codes[message["exit"]] = message["code"]


class Forked:
    """A forked kernel, as jupyter_client knows a subprocess."""

    stdin = stdout = stderr = None

    def __init__(self, warm: Warm, pid: int):
        self.warm, self.pid = warm, pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self.warm.code(self.pid)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once there is one. Raises subprocess.TimeoutExpired."""
        if self.poll() is None:
            self.returncode = self.warm.code(self.pid, 1e6 if timeout is None else timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired("kernel", timeout)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def main(fd: int) -> None:
    """The warm process: import, then fork on request, until the other side hangs up."""
    control = socket.socket(fileno=fd)
    control.set_inheritable(False)
    for name in PRELOAD:
        with contextlib.suppress(Exception):  # an optional module may be broken in many ways
            importlib.import_module(name)
    gc.collect()
    gc.freeze()  # the collector of a fork would otherwise touch, and so copy, every page
    wake_r, wake_w = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake_w, warn_on_full_buffer=False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    control.send(json.dumps({"ready": True}).encode())
    kernels: set[int] = set()
    while True:
        ready, _, _ = select.select([control, wake_r], [], [])
        if wake_r in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(wake_r, 4096)
            _reap(control, kernels)
        if control in ready:
            try:
                data = control.recv(1 << 20)
            except ConnectionError:  # the Jupyter server ended with messages unread
                data = b""
            if not data:
                break
            kernels.add(_fork(control, json.loads(data)))
    for pid in kernels:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGTERM)


def _fork(control, wanted):
    parent = os.getpid()
    pid = os.fork()
    if pid:
        control.send(json.dumps({"forked": pid}).encode())
        return pid
    try:
        _kernel(control, wanted, parent)
    finally:
        os._exit(70)


def _kernel(control, wanted, parent):
    """Become the kernel, as the interpreter's ``-m`` would."""
    os.setsid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        return
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    control.close()
    os.environ.clear()
    os.environ.update(wanted["env"])
    os.environ["JPY_PARENT_PID"] = str(parent)  # the kernel looks whether its parent still lives
    os.chdir(wanted["cwd"])
    module, *arguments = wanted["run"]
    sys.argv = [module, *arguments]
    code = 0
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    sys.stdout.flush()
    os._exit(code)


def _reap(control, kernels):
    for pid in list(kernels):
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            kernels.discard(pid)
            code = os.waitstatus_to_exitcode(status)
            with contextlib.suppress(OSError):
                control.send(json.dumps({"exit": pid, "code": code}).encode())


if __name__ == "__main__":
    main(int(sys.argv[1]))
