"""A private view of the files, in which there is nothing but what is listed."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
from collections.abc import Iterable

from autograder.grading.sandbox import _kernel

_RDONLY, _NOSUID, _NODEV, _NOEXEC = 1, 2, 4, 8  # of mount(2) and, the same, of mount_setattr(2)
_BIND, _REC, _PRIVATE = 4096, 16384, 1 << 18
_MNT_DETACH = 2
_MOUNT_SETATTR = 442
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_LINKS = {
    "/dev/fd": "/proc/self/fd",
    "/dev/stdin": "/proc/self/fd/0",
    "/dev/stdout": "/proc/self/fd/1",
    "/dev/stderr": "/proc/self/fd/2",
}
_PRIVATE_FOLDERS = ("/tmp", "/dev/shm")
_ROOM = 64  # MB in each of them


def enter(
    folder: str,
    read: Iterable[str],
    devices: Iterable[str],
    hidden: Iterable[str] = (),
    *,
    own_proc: bool,
) -> bool:
    """See ``read`` and ``devices`` at their places, read-only; ``folder`` to write in; a private
    /tmp and /dev/shm; nothing else. ``hidden``: what stays invisible although it lies in ``read``.

    ``own_proc``: this is a process namespace of its own, and its /proc is to be shown instead of
    the host's. Returns whether it is: in some containers it cannot be.
    The folder that holds ``folder`` serves to build all this: nothing else in it is to be seen.
    Needs CAP_SYS_ADMIN. Raises OSError, and then the view is of no use.
    """
    _kernel.unshare(_kernel.CLONE_NEWNS)
    _kernel.mount(None, "/", None, _REC | _PRIVATE)
    inside = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    new = os.path.dirname(folder)
    own = new + folder
    _kernel.mount("tmpfs", new, "tmpfs", _NOSUID | _NODEV, "mode=755,size=4m")
    for path in _PRIVATE_FOLDERS:  # before what may lie in them
        os.makedirs(new + path)
        data = f"mode=1777,size={_ROOM}m"
        _kernel.mount("tmpfs", new + path, "tmpfs", _NOSUID | _NODEV, data)
    for path in read:
        _show(path, new)
    for path in devices:
        _make_place(path, new + path)
    for name, target in _LINKS.items():
        os.symlink(target, new + name)
    os.makedirs(own, exist_ok=True)
    own_proc = _show_processes(new + "/proc", own_proc)
    _set(new, _RDONLY | _NOSUID | _NODEV, recursive=True)
    for path in _PRIVATE_FOLDERS:
        _set(new + path, 0, clear=_RDONLY)
    for path in devices:
        _bind(path, new + path)
    _bind(f"/proc/self/fd/{inside}", own)
    _set(own, _NOSUID | _NODEV)
    os.close(inside)
    for path in hidden:
        if os.path.isdir(new + path):
            _kernel.mount("tmpfs", new + path, "tmpfs", _RDONLY, "size=4k")
        elif os.path.exists(new + path):
            _bind("/dev/null", new + path)
    os.chdir(new)
    _kernel.syscall(_pivot_root(), b".", b".")  # the old root is now on top of the new one
    _kernel.call("umount2", b".", _MNT_DETACH)
    os.chdir(folder)
    return own_proc


def _show(path, new):
    """Put ``path`` where it belongs below ``new``; a link as a link, as /bin is one to usr/bin."""
    target = new + path
    if os.path.lexists(target) or not os.path.exists(path):
        return
    if os.path.islink(path) and os.path.dirname(path) == "/":
        os.symlink(os.readlink(path), target)
    else:
        _make_place(path, target)
        _bind(path, target)


def _make_place(path, target):
    """Make an empty ``target`` of the same kind as ``path``, to mount it there."""
    if os.path.isdir(path):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_CLOEXEC))


def _bind(source, target):
    _kernel.mount(source, target, None, _BIND | _REC)


def _show_processes(target, own):
    os.mkdir(target)
    if own:
        with contextlib.suppress(PermissionError):  # in containers that mask parts of theirs
            _kernel.mount("proc", target, "proc", _NOSUID | _NODEV | _NOEXEC)
            return True
    _bind("/proc", target)
    return False


def _set(path, flags, clear=0, recursive=False):
    """Change the flags of the mount at ``path``, and of all below it. From Linux 5.12 on."""
    attributes = (ctypes.c_uint64 * 4)(flags, clear, 0, 0)
    how = _AT_RECURSIVE if recursive else 0
    _kernel.syscall(_MOUNT_SETATTR, _AT_FDCWD, os.fsencode(path), how, attributes, 32)


def _pivot_root():
    if _kernel.MACHINE not in _PIVOT_ROOT:
        raise OSError(errno.ENOSYS, f"no number of pivot_root for {_kernel.MACHINE}")
    return _PIVOT_ROOT[_kernel.MACHINE]
