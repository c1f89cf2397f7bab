"""Control groups, versions 1 and 2: memory and processes of a whole job, whatever it forks.

A job makes its own group before it runs anything of the student's, beside or below the group that
it was born in, wherever the host lets this user do so; the process that forked the job removes the
group after it. Groups are named after both processes.
"""

from __future__ import annotations

import contextlib
import os
import time
from functools import cache
from pathlib import Path

from autograder.grading.sandbox import _kernel

_SLACK = 64  # MB at most above the limit of a process, which says MemoryError instead of killing
_PREFIX = "footguns"
_PATIENCE = 1.0  # seconds until the groups of ended processes are free
_LIMITS = {  # controller -> its files in version 1 and 2; the first is required
    "memory": (("memory.limit_in_bytes", "memory.memsw.limit_in_bytes"), ("memory.max",)),
    "pids": (("pids.max",), ("pids.max",)),
}
_left: set[Path] = set()


def limit_memory(megabytes: int) -> None:
    """Move this process into a group with that much memory. Raises OSError where there is none."""
    folder = _join("memory", (megabytes + min(_SLACK, megabytes // 4)) << 20)
    for name, value in (("memory.swap.max", "0"), ("memory.oom.group", "1")):  # version 2 has them
        with contextlib.suppress(OSError):
            _write(folder / name, value)


def limit_processes(most: int) -> None:
    """Move this process into a group of that many processes and threads. Raises OSError."""
    _join("pids", most)


def remove(pid: int) -> None:
    """Remove the groups of this process' child ``pid``, after it and all of its own have ended."""
    _left.update(place / f"{_PREFIX}-{os.getpid()}-{pid}" for place in _places())
    for folder in list(_left):
        try:
            folder.rmdir()
        except FileNotFoundError:
            pass
        except OSError:  # to the kernel the ended are in it for a moment yet
            continue
        _left.remove(folder)


def tidy() -> None:
    """Remove all groups of this process, and those that one which is no more has left behind."""
    me = str(os.getpid())
    deadline = time.monotonic() + _PATIENCE
    while (found := list(_groups(me))) and time.monotonic() < deadline:
        for folder in found:
            with contextlib.suppress(OSError):
                folder.rmdir()
        time.sleep(0.005)


def _groups(me):
    for place in _places():
        for folder in place.glob(f"{_PREFIX}-*-*"):
            owner = folder.name.split("-")[1]
            if owner == me or not os.path.exists(f"/proc/{owner}"):
                yield folder


def _places():
    return filter(None, map(_place, _LIMITS))


def _join(controller, value):
    place = _place(controller)
    if place is None:
        raise PermissionError(1, f"no group with the controller {controller} that we may write")
    folder = place / f"{_PREFIX}-{_kernel.status('PPid')}-{_kernel.status('Pid')}"
    folder.mkdir(exist_ok=True)
    for name in _files(controller, folder):
        with contextlib.suppress(FileNotFoundError):  # no limit on swap where swap is not counted
            _write(folder / name, str(value))
    _write(folder / "cgroup.procs", "0")
    return folder


@cache
def _place(controller):
    """The nearest folder in which groups with this controller can be made, or None."""
    for mounted, path, shared in _memberships(controller):
        here = mounted / path.lstrip("/")
        # Version 2 forbids limits below a group that holds processes, so look above as well.
        for folder in [here, *here.parents] if shared else [here]:
            if not folder.is_relative_to(mounted):
                break
            if _usable(folder, controller):
                return folder
    return None


def _usable(folder, controller):
    trial = folder / f"{_PREFIX}-{os.getpid()}-0"
    try:
        trial.mkdir()
    except OSError:
        return False
    try:
        first = _files(controller, trial)[0]
        return os.access(trial / first, os.W_OK) and os.access(folder / "cgroup.procs", os.W_OK)
    finally:
        trial.rmdir()


def _files(controller, folder):
    old, new = _LIMITS[controller]
    return new if (folder / new[0]).exists() else old


def _memberships(controller):
    """(mount point, this process' path below it, whether version 2) of hierarchies that may do."""
    mounted = {}
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        left, _, right = line.partition(" - ")
        root, point = left.split()[3:5]
        kind, _, options = right.split(maxsplit=2)
        if kind == "cgroup2":
            mounted.setdefault("", (Path(point), root))
        elif kind == "cgroup":
            for name in options.split(","):
                mounted.setdefault(name, (Path(point), root))
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, names, path = line.split(":", 2)
        for name in names.split(","):
            if name in (controller, "") and name in mounted:
                point, root = mounted[name]
                if root != "/" and path.startswith(root):
                    path = path[len(root) :]
                yield point, path, name == ""


def _write(path, text):
    with open(path, "w") as file:
        file.write(text)
