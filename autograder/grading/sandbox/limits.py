"""Limits that the kernel keeps per process, and per user: memory, file sizes, processes."""

from __future__ import annotations

import contextlib
import os
import resource

from autograder.grading.sandbox import _kernel

_MAX_FILE = 2 << 30  # bytes of any file that a cell writes
_MAX_OPEN = 4096  # descriptors


def bound(memory: int | None) -> None:
    """Limit what this process and each of its children may take; ``memory`` in MB, None: no limit.

    What the fork inherited does not count: the limit is on what the cells add.
    """
    if memory:
        used = int(_kernel.status("VmData")) << 10
        _lower(resource.RLIMIT_DATA, used + (memory << 20))
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, _MAX_FILE)
    _lower(resource.RLIMIT_NOFILE, _MAX_OPEN)
    _lower(resource.RLIMIT_MSGQUEUE, 0)
    _lower(resource.RLIMIT_MEMLOCK, 1 << 20)


def processes(most: int) -> None:
    """Limit the processes and threads of this user to those that there are and ``most`` more.

    The kernel counts by user and does not hold root to it. Raises OSError for root.
    """
    if os.getuid() == 0:
        raise PermissionError(1, "the kernel does not limit root's processes")
    _lower(resource.RLIMIT_NPROC, _threads_of_user() + most)


def _threads_of_user():
    me, count = str(os.getuid()), 0
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError, StopIteration):
                if _kernel.status("Uid", name) == me:
                    count += int(_kernel.status("Threads", name))
    return count


def _lower(which, value):
    _, hard = resource.getrlimit(which)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(which, (value, value))
