"""A filter of system calls (seccomp, classic BPF): what no notebook needs fails with EPERM.

A list of what is denied, not of what is allowed: TensorFlow, and what students install, may call
anything else, and a list of all that they call would be out of date with every release.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import socket
import struct

from autograder.grading.sandbox import _kernel

# What is denied, with its numbers on x86_64 and aarch64 (None: there is no such call).
_DENIED = {
    # other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    # files seen another way
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "open_tree_attr": (467, 467),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "statmount": (457, 457),
    "listmount": (458, 458),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    # namespaces; clone() with such flags is denied below
    "unshare": (272, 97),
    "setns": (308, 268),
    # memory and names that outlive their process, or that no limit counts
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "memfd_secret": (447, 447),
    # much of the kernel that nothing here needs
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "lookup_dcookie": (212, 18),
    "nfsservctl": (180, 42),
    "modify_ldt": (154, None),
    "uselib": (134, None),
    "sysfs": (139, None),
    "_sysctl": (156, None),
    # the machine
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "reboot": (169, 142),
    "acct": (163, 89),
    "syslog": (103, 116),
    "vhangup": (153, 58),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "iopl": (172, None),
    "ioperm": (173, None),
}
_CLONE, _CLONE3 = (56, 220), (435, 435)
_SOCKET, _PRCTL, _MEMFD_CREATE = (41, 198), (157, 167), (319, 279)
_TKILL = (200, 130)
_TO_GROUP = ((62, 129), (234, 131), (129, 138), (297, 240))  # kill, tgkill, rt_(tg)sigqueueinfo

_ARCHES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_X32 = 0x40000000  # numbers from here on are x86_64's calls under other numbers
_NAMESPACES = 0x7E020000  # all CLONE_NEW* that fit into clone()'s flags

_LOAD, _EQUAL, _AT_LEAST, _AND, _RETURN = 0x20, 0x15, 0x35, 0x54, 0x06
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCH, _ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data; arguments are 8 bytes each
_MODE_FILTER = 2


def install(*, unix: bool, signals: bool, memfd: bool) -> None:
    """Filter this process' system calls from now on, and those of all its children.

    ``unix``: sockets between the processes of this host may be made; no other sockets ever.
    ``signals``: processes other than this one may be signalled. ``memfd``: files in memory may be
    made. Sets no_new_privs, without which the kernel takes no filter of an ordinary user.
    Raises OSError.
    """
    load(program(unix=unix, signals=signals, memfd=memfd, pid=os.getpid()))


def load(code: bytes) -> None:
    """Make an array of struct sock_filter this process' filter, beside those it has. OSError."""
    buffer = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("HP", len(code) // 8, ctypes.addressof(buffer))
    _kernel.prctl(_kernel.PR_SET_NO_NEW_PRIVS, 1)
    pointer = ctypes.create_string_buffer(header, len(header))
    _kernel.prctl(_kernel.PR_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(pointer))


def program(*, unix: bool, signals: bool, memfd: bool, pid: int, machine: str = "") -> bytes:
    """The filter as an array of struct sock_filter. Raises OSError for an unknown machine."""
    machine = machine or _kernel.MACHINE
    if machine not in _ARCHES:
        raise OSError(errno.ENOSYS, f"no filter for {machine}")
    column, arch = _ARCHES[machine]
    deny = _ERROR | errno.EPERM
    code = [
        _step(_LOAD, _ARCH),
        _step(_EQUAL, arch, 1, 0),
        _step(_RETURN, _KILL),
        _step(_LOAD, _NUMBER),
    ]
    if machine == "x86_64":
        code += [_step(_AT_LEAST, _X32, 0, 1), _step(_RETURN, deny)]
    # In a struct, where the filter cannot look: libc then uses clone.
    code += _rule(_CLONE3[column], _ERROR | errno.ENOSYS)
    denied = [numbers[column] for numbers in _DENIED.values()]
    if not memfd:
        denied.append(_MEMFD_CREATE[column])
    if not signals:
        denied.append(_TKILL[column])
    for number in denied:
        if number is not None:
            code += _rule(number, deny)
    if pid == 1:
        code += _die(_TO_GROUP[0][column], 1) + _die(_TO_GROUP[1][column], 2)
    code += _argument(_CLONE[column], 0, _AND, _NAMESPACES, allowed=(0,))
    code += _argument(_SOCKET[column], 0, None, None, allowed=(socket.AF_UNIX,) if unix else ())
    code += _prohibited(_PRCTL[column], 0, _kernel.PR_SET_PDEATHSIG)
    if not signals:
        for numbers in _TO_GROUP:
            code += _argument(numbers[column], 0, None, None, allowed=(pid, 0))
    code.append(_step(_RETURN, _ALLOW))
    return b"".join(code)


def _rule(number, verdict):
    """System call ``number`` gets ``verdict``."""
    return [_step(_EQUAL, number, 0, 1), _step(_RETURN, verdict)]


def _argument(number, which, operation, operand, allowed):
    """Call ``number`` passes only where its argument (its lower half) is one of ``allowed``."""
    body = [_step(_LOAD, _ARGUMENT + 8 * which)]
    if operation is not None:
        body.append(_step(operation, operand))
    for value in allowed:
        body += [_step(_EQUAL, value, 0, 1), _step(_RETURN, _ALLOW)]
    body.append(_step(_RETURN, _ERROR | errno.EPERM))
    return [_step(_EQUAL, number, 0, len(body)), *body]


def _die(number, which):
    """The first process of a namespace dies of the SIGKILL that it sends itself by call ``number``,
    with the signal as argument ``which``, as any other process would; the kernel ignores it."""
    body = [
        _step(_LOAD, _ARGUMENT),
        _step(_EQUAL, 1, 0, 3),
        _step(_LOAD, _ARGUMENT + 8 * which),
        _step(_EQUAL, signal.SIGKILL, 0, 1),
        _step(_RETURN, _KILL),
        _step(_RETURN, _ALLOW),
    ]
    return [_step(_EQUAL, number, 0, len(body)), *body]


def _prohibited(number, which, value):
    """Call ``number`` fails where its argument is ``value``."""
    body = [
        _step(_LOAD, _ARGUMENT + 8 * which),
        _step(_EQUAL, value, 0, 1),
        _step(_RETURN, _ERROR | errno.EPERM),
        _step(_RETURN, _ALLOW),
    ]
    return [_step(_EQUAL, number, 0, len(body)), *body]


def _step(code, operand, if_true=0, if_false=0):
    return struct.pack("HBBI", code, if_true, if_false, operand)
