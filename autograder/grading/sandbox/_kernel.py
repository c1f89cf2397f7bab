"""The few system calls that Python's standard library has no words for, by ctypes."""

from __future__ import annotations

import ctypes
import os
import platform

_libc = ctypes.CDLL(None, use_errno=True)

MACHINE = platform.machine()

CLONE_NEWNS = 0x00020000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_GET_NO_NEW_PRIVS = 39
PR_CAP_AMBIENT = 47

CAP_SYS_ADMIN = 21


def call(name: str, *args) -> int:
    """Call libc's function ``name``; integers go as unsigned longs. Raises OSError."""
    return _checked(getattr(_libc, name)(*map(_word, args)))


def syscall(number: int, *args) -> int:
    """Make system call ``number``. Raises OSError, also where the kernel does not know it."""
    return _checked(_libc.syscall(ctypes.c_long(number), *map(_word, args)))


def prctl(option: int, value: int = 0, more: int = 0) -> int:
    return call("prctl", option, value, more, 0, 0)


def unshare(flag: int) -> None:
    call("unshare", flag)


def mount(source: str | None, target: str, kind: str | None, flags: int, data: str = "") -> None:
    source, kind = (None if text is None else os.fsencode(text) for text in (source, kind))
    call("mount", source, os.fsencode(target), kind, flags, data.encode())


def has_capability(number: int) -> bool:
    """Whether this process has that capability now (in its own user namespace)."""
    return bool(int(status("CapEff"), 16) >> number & 1)


def status(field: str, pid: int | str = "self") -> str:
    """The first word after ``field`` in /proc/PID/status. Raises OSError, StopIteration."""
    with open(f"/proc/{pid}/status") as lines:
        return next(line.split()[1] for line in lines if line.startswith(field + ":"))


def _word(value):
    return ctypes.c_ulong(value) if isinstance(value, int) else value


def _checked(result):
    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
