"""The warm process: imports everything once, then forks a child for every job.

Run as ``python -m autograder.grading.engine.server FD`` by
:mod:`autograder.grading.engine.server_link`; FD is one end of a Unix SEQPACKET pair. It reads no
notebook: a fork inherits its parent's memory, so the job goes from the coordinator straight to the
child, over a socket that the fork request carries.

Messages (JSON, one a packet)::

    <- {"preload": [modules], "scratch": folder to remove at the end, "hidden": [paths]}
    -> {"op": "host", "host": what sandbox.probe found}
    -> {"op": "ready", "threads": n, "missing": {module: error}, "seconds": s}
    <- {"op": "fork", "key": k, "role": "student" | "judge"} + descriptors: ours, and the other fork's
    -> {"op": "forked", "key": k, "pid": p, "threads": n}
    <- {"op": "kill", "key": k}
    -> {"op": "exit", "key": k, "signal": n or 0, "code": n}       after the whole group is dead

A child leads its own session. Only this process signals children, and it does so before it reaps
them, so a number that was given to another process meanwhile is never hit. Descendants that left
the group are adopted (subreaper) and killed when a job ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import select
import shutil
import signal
import socket
import sys
import time
from dataclasses import asdict
from pathlib import Path

from autograder.grading import sandbox
from autograder.grading.engine.interpreter import our_modules
from autograder.grading.engine.pages import enlarge

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def main(fd: int) -> None:
    control = socket.socket(fileno=fd)
    control.set_inheritable(False)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    _Server(control).serve()


def threads() -> int:
    """Threads of this process, as the kernel counts them."""
    return len(os.listdir("/proc/self/task"))


def _prctl(option, value):
    ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


class _Server:
    def __init__(self, control):
        self.control = control
        self.keys = {}  # pid -> key of a living child
        self.wake_r, self.wake_w = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)

    def serve(self):
        given = json.loads(self.control.recv(1 << 16))
        self.say(op="host", host=asdict(sandbox.probe(given["hidden"])))
        self.preload(given["preload"])
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.wake_w, warn_on_full_buffer=False)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the coordinator's business
        while True:
            ready, _, _ = select.select([self.control, self.wake_r], [], [])
            if self.wake_r in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(self.wake_r, 4096)
                self.reap()
            if self.control in ready and not self.command():
                break
        for pid in list(self.keys):
            self.kill(pid)
            os.waitpid(pid, 0)
        self.sweep()
        sandbox.tidy()
        shutil.rmtree(given["scratch"], ignore_errors=True)  # the coordinator may be dead

    def preload(self, modules):
        start, missing = time.monotonic(), {}
        for name in modules:
            try:
                importlib.import_module(name)
            except Exception as err:  # an optional module may be broken in many ways
                missing[name] = f"{type(err).__name__}: {err}"
        self.make_data()
        our_modules()
        gc.collect()
        gc.freeze()  # the collector of a fork would otherwise touch, and so copy, every page
        enlarge()
        self.say(
            op="ready",
            threads=threads(),
            missing=missing,
            seconds=round(time.monotonic() - start, 3),
        )

    def make_data(self):
        """Have the course's data sets made that are not there yet: jobs can only read them."""
        data = sys.modules.get("course.lab.data")
        if data is None:
            return
        pid = os.fork()
        if pid == 0:
            try:
                data.make_all()
            finally:
                os._exit(0)
        os.waitpid(pid, 0)

    def say(self, **message):
        with contextlib.suppress(OSError):
            self.control.send(json.dumps(message).encode())

    def command(self):
        try:
            data, fds, _, _ = socket.recv_fds(self.control, 1 << 16, 2)
        except ConnectionError:
            return False
        if not data:
            return False
        message = json.loads(data)
        if message["op"] == "fork":
            self.fork(message["key"], message["role"], fds)
        elif message["op"] == "kill":
            for pid, key in self.keys.items():
                if key == message["key"]:
                    self.kill(pid)
        return True

    def fork(self, key, role, fds):
        count = threads()
        parent = os.getpid()
        pid = sandbox.fork()
        if pid == 0:
            try:
                self.child(role, fds, parent)
            finally:
                os._exit(70)
        for fd in fds:
            os.close(fd)
        self.keys[pid] = key
        self.say(op="forked", key=key, pid=pid, threads=count)

    def child(self, role, fds, parent):
        os.setsid()
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() not in (parent, 0):  # 0: it is in another namespace
            os._exit(71)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self.control.close()
        os.close(self.wake_r)
        os.close(self.wake_w)
        if role == "judge":
            from autograder.grading.engine import judge_fork

            judge_fork.main(*fds)
        else:
            from autograder.grading.engine import student_fork

            student_fork.main(fds[0], fds[1] if len(fds) > 1 else None)
        os._exit(0)

    def kill(self, pid):
        try:
            os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:  # forked, but not yet the leader of its session
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        except PermissionError:
            pass

    def reap(self):
        for pid, key in list(self.keys.items()):
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                continue
            self.kill(pid)  # what is left of its group, while the number is still taken
            _, status = os.waitpid(pid, 0)
            del self.keys[pid]
            self.sweep()
            sandbox.leave(pid)
            self.say(
                op="exit",
                key=key,
                signal=os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
                code=os.WEXITSTATUS(status) if os.WIFEXITED(status) else -1,
            )
        self.sweep()

    def sweep(self):
        """Kill and reap adopted processes: those which a job left behind outside of its group."""
        me = os.getpid()
        for _ in range(3):  # killing one hands its children to us
            try:
                pids = Path(f"/proc/{me}/task/{me}/children").read_text().split()
            except OSError:  # a kernel without that file: only reap
                pids = []
            strays = [int(p) for p in pids if int(p) not in self.keys]
            for pid in strays:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, 0)
            if not strays:
                return


if __name__ == "__main__":
    main(int(sys.argv[1]))
