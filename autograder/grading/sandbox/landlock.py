"""Landlock: the kernel lets this process reach only listed files, whatever user it is."""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable

from autograder.grading.sandbox import _kernel

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same on every machine
_VERSION = 1
_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_FILES_BY_ABI = (0, 13, 14, 15, 15, 16)  # how many of the rights to files version i knows
_BIND_TCP, _CONNECT_TCP = 1 << 0, 1 << 1  # from version 4
_ABSTRACT_SOCKETS, _SIGNALS = 1 << 0, 1 << 1  # from version 6


def version() -> int:
    """Landlock's version in this kernel. Raises OSError where it is missing or off."""
    return _kernel.syscall(_CREATE, None, 0, _VERSION)


def restrict(
    read: Iterable[str],
    write: Iterable[str],
    devices: Iterable[str] = (),
    browse: Iterable[str] = (),
) -> int:
    """Allow only what is at or below these paths from now on: ``read`` with execution, ``write``
    with everything, ``browse`` folders to list. No TCP; no abstract sockets and signals to processes outside, as far as the
    kernel knows how. Paths that are missing are left out.

    Returns Landlock's version. Sets no_new_privs. Raises OSError.
    """
    abi = version()
    everything = (1 << _FILES_BY_ABI[min(abi, len(_FILES_BY_ABI) - 1)]) - 1
    network = _BIND_TCP | _CONNECT_TCP if abi >= 4 else 0
    scopes = _ABSTRACT_SOCKETS | _SIGNALS if abi >= 6 else 0
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    rules = struct.pack("QQQ", everything, network, scopes)[:size]
    ruleset = _kernel.syscall(_CREATE, ctypes.create_string_buffer(rules, size), size, 0)
    try:
        for rights, paths in (
            (_READ, read),
            (everything, write),
            (_READ_FILE | _WRITE_FILE | _IOCTL_DEV, devices),
            (_READ_DIR, browse),
        ):
            for path in paths:
                _allow(ruleset, path, rights & everything)
        _kernel.prctl(_kernel.PR_SET_NO_NEW_PRIVS, 1)
        _kernel.syscall(_RESTRICT, ruleset, 0)
    finally:
        os.close(ruleset)
    return abi


def _allow(ruleset, path, rights):
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(fd).st_mode):
            rights &= _OF_FILES
        rule = struct.pack("=Qi", rights, fd)
        buffer = ctypes.create_string_buffer(rule, len(rule))
        _kernel.syscall(_ADD, ruleset, _PATH_BENEATH, buffer, 0)
    finally:
        os.close(fd)
