"""Giving up what this process could do to others: user, capabilities, setuid programs, ptrace."""

from __future__ import annotations

import ctypes
import os

from autograder.grading.sandbox import _kernel

_FIRST_UID = 1_900_000_000  # a range that no distribution hands out; the job's number is added
_NOBODY = 65534
_PR_CAP_AMBIENT_CLEAR_ALL = 4


def become_nobody(folder: str, number: int) -> None:
    """Become a user of this job's own who owns only ``folder``, and lose root's capabilities.

    ``number`` tells jobs that run at the same time apart. Where the host has room for few users,
    all jobs are the same nobody. Raises OSError.
    """
    if os.geteuid() != 0:
        raise PermissionError(1, "only root can become another user")
    for uid in (_FIRST_UID + number, _NOBODY):
        try:
            os.setgroups([])
            _give(folder, uid)
            _drop_bounding_set()
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            return
        except OSError as error:
            failure = error
    raise failure


def drop_capabilities() -> None:
    """Give up all capabilities, for good. Raises OSError."""
    if _kernel.has_capability(8):  # CAP_SETPCAP
        _drop_bounding_set()
    _kernel.prctl(_kernel.PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # version 3, this thread
    _kernel.call("capset", header, (ctypes.c_uint32 * 6)())


def no_new_privileges() -> None:
    """From now on no program that is started gains anything by being setuid."""
    _kernel.prctl(_kernel.PR_SET_NO_NEW_PRIVS, 1)


def close_memory() -> None:
    """Other processes of the same user may no longer read this one's memory."""
    _kernel.prctl(_kernel.PR_SET_DUMPABLE, 0)


def _drop_bounding_set():
    with open("/proc/sys/kernel/cap_last_cap") as file:
        last = int(file.read())
    for number in range(last + 1):
        _kernel.prctl(_kernel.PR_CAPBSET_DROP, number)


def _give(folder, uid):
    """Make ``uid`` the owner of a folder and what is in it; never of what a link leads to."""
    os.chown(folder, uid, uid)
    for where, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = os.path.join(where, name)
            stat = os.lstat(path)
            if name in folders or stat.st_nlink == 1:  # another name may be outside
                os.chown(path, uid, uid, follow_symlinks=False)
