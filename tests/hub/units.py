"""Runs a unit as systemd would, by the unit's own file, where no systemd runs.

``python units.py FILE KEY=VALUE...``: start, restart and end what FILE says, with some paths of it
replaced. Understood are ExecStart, Environment, Restart=always, RestartSec, KillMode=control-group
and TimeoutStopSec. The unit's control group is everything that descends from its first process: its
orphans come to this process, which is their subreaper. Every start is one line, ``started PID``.
"""

import configparser
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36


def read(path):
    """{key: value} of a unit's [Service]; Environment is a dict."""
    lines = configparser.RawConfigParser(strict=False, delimiters=("=",), comment_prefixes=("#",))
    lines.optionxform = str
    lines.read(path)
    service = dict(lines["Service"])
    service["Environment"] = dict([service.get("Environment", "_=_").split("=", 1)])
    return service


def descendants():
    """Processes that descend from this one."""
    children = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, todo = [], [os.getpid()]
    while todo:
        for pid in children.get(todo.pop(), []):
            found.append(pid)
            todo.append(pid)
    return found


def end(service):
    """KillMode=control-group: SIGTERM to all, and SIGKILL to those that are still there."""
    assert service["KillMode"] == "control-group"
    for number, seconds in ((signal.SIGTERM, float(service.get("TimeoutStopSec", 90))), (9, 10)):
        for pid in descendants():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        deadline = time.monotonic() + seconds
        while descendants() and time.monotonic() < deadline:
            _reap()
            time.sleep(0.05)
        if not descendants():
            return


def _reap():
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def main(path, replaced):
    service = read(path)
    assert service["Restart"] == "always"
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    stopping = []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))

    def filled(text):
        for old, new in replaced.items():
            text = text.replace(old, new)
        return text

    command = filled(service["ExecStart"]).split()
    env = {**os.environ, **{k: filled(v) for k, v in service["Environment"].items()}}
    while not stopping:
        process = subprocess.Popen(command, env=env, cwd="/", stdin=subprocess.DEVNULL)
        print("started", process.pid, flush=True)
        while not stopping:
            pid, _ = os.waitpid(-1, os.WNOHANG)
            if pid == process.pid:
                break
            time.sleep(0.05)
        end(service)
        if not stopping:
            time.sleep(float(service.get("RestartSec", 0.1)))


if __name__ == "__main__":
    main(sys.argv[1], dict(pair.split("=", 1) for pair in sys.argv[2:]))
