"""Namespaces: a process that has its own users, network, message queues and process numbers."""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal

from autograder.grading.sandbox import _kernel

_first = False  # whether this process was made by fork_first


def own_users() -> None:
    """Enter a user namespace, in which an ordinary user may make the others. Raises OSError."""
    if _kernel.has_capability(_kernel.CAP_SYS_ADMIN):
        raise PermissionError(1, "not needed: root makes the other namespaces as it is")
    uid, gid = os.geteuid(), os.getegid()
    _kernel.unshare(_kernel.CLONE_NEWUSER)
    _kernel.prctl(_kernel.PR_SET_DUMPABLE, 1)  # or else these files are root's
    for name, text in (
        ("setgroups", "deny"),  # without which an ordinary user may map no group
        ("uid_map", f"{uid} {uid} 1"),
        ("gid_map", f"{gid} {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def own_network() -> None:
    """Leave the host's network for one without any interface that is up. Raises OSError."""
    _kernel.unshare(_kernel.CLONE_NEWNET)


def own_queues() -> None:
    """Leave the host's System V and POSIX message queues and shared memory. Raises OSError."""
    _kernel.unshare(_kernel.CLONE_NEWIPC)


def fork_first() -> int:
    """os.fork() with the child as the first process of a namespace of its own, which takes all
    others along when it ends; a plain one where this is not possible. For root: saves what
    :func:`own_processes` costs."""
    global _first
    mine = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _kernel.unshare(_kernel.CLONE_NEWPID)  # for children from now on, not for this process
    except OSError:
        os.close(mine)
        return os.fork()
    pid = os.fork()
    _first = pid == 0
    if pid:
        _kernel.call("setns", mine, _kernel.CLONE_NEWPID)
    os.close(mine)
    return pid


def own_processes() -> int | None:
    """Go on as the first process of a namespace, if this is none yet.

    Forks: the process that called waits, with nothing open, and ends as the new one does, so that
    its parent sees no difference. Only the new one returns: a descriptor of which the other end is
    open as long as the process that called is alive. Raises OSError.
    """
    if _first:
        return None
    _kernel.unshare(_kernel.CLONE_NEWPID)
    read, write = os.pipe2(os.O_CLOEXEC)
    pid = os.fork()
    if pid == 0:
        os.close(write)
        die_with_parent()
        return read
    try:
        os.closerange(0, write)
        os.closerange(write + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        end_as(pid)
    finally:
        os._exit(70)


def end_without(alive: int) -> None:
    """End this process if the other end of ``alive`` is closed, and close this one."""
    if select.select([alive], [], [], 0)[0]:
        os._exit(71)
    os.close(alive)


def end_as(pid: int) -> None:
    """Wait for child ``pid``, the first of its namespace, and end this process in the same way."""
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number == signal.SIGSYS:  # what the filter makes of a SIGKILL to itself
            number = signal.SIGKILL
        with contextlib.suppress(OSError, ValueError):  # SIGKILL cannot be set, nor need it be
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])
        os.kill(os.getpid(), number)
    os._exit(os.WEXITSTATUS(status))


def die_with_parent() -> None:
    """Be killed when the process that forked this one ends. Becoming another user undoes it."""
    _kernel.prctl(_kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
