"""What a submission might try. Each attack returns True when it got through.

Attacks run in throw-away forks (:mod:`probing`), some of them on purpose without any protection;
none of them harms what it reaches. An OSError or a MemoryError is a defence that held.
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from autograder.grading.sandbox import _kernel

MEMORY = 16  # MB that a job under attack may take
_LARGE = 3 * MEMORY << 20  # bytes that attacks take
PROCESSES = 8  # that it may have
_PTRACE_SEIZE = 0x4206
_kept: list[mmap.mmap] = []


@dataclass(frozen=True)
class Target:
    """What attacks aim at: a process that listens, and files that are not for submissions."""

    pid: int
    birth: str
    tcp: int
    udp: int
    name: str  # of an abstract socket
    canary: str  # a file that everyone may read and write
    folder: str
    hidden: tuple[str, ...] = ()


def birth(pid: int) -> str:
    """What tells a process from a later one of the same number. Raises OSError."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]


# network


def tcp(target):
    socket.create_connection(("127.0.0.1", target.tcp), 1).close()
    return True


def udp(target):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"x", ("127.0.0.1", target.udp))
    return True


def local(target):
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect("\0" + target.name)
    return True


# files


def read(target):
    return bool(Path(target.canary).read_bytes())


def write(target):
    with open(target.canary, "r+b") as file:
        file.write(b"y")
    return True


def change_package(target):
    with open(__file__, "r+b"):  # opened for writing, not written
        return True


def see_hidden(target):
    return any(_readable(Path(path)) for path in target.hidden)


def _readable(path):
    """Whether there is anything to be read at or below ``path``."""
    try:
        if not path.is_dir():
            return bool(path.read_bytes())
        for inside in path.rglob("*"):
            with contextlib.suppress(OSError):
                if inside.is_file() and inside.read_bytes():
                    return True
    except OSError:
        pass
    return False


# memory


def take(target):
    """Memory of this process alone."""
    return _fill(mmap.mmap(-1, _LARGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))


def share(target):
    """Memory that could be shared with other processes, which no limit of one process counts."""
    return _fill(mmap.mmap(-1, _LARGE))


def store(target):
    """A file in memory, which nothing counts that looks at what a process has mapped."""
    fd = os.memfd_create("store")
    chunk = bytes(1 << 20)
    for _ in range(_LARGE >> 20):
        os.write(fd, chunk)
    return True


def _fill(memory):
    pages = len(memory) // mmap.PAGESIZE
    memory[:: mmap.PAGESIZE] = b"x" * pages
    _kept.append(memory)
    return True


# time


def endure(target):
    """Outlast every signal that can be caught."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_IGN)
    return True


# processes


def multiply(target):
    """More processes at a time than are allowed."""
    read, write = os.pipe()
    for _ in range(2 * PROCESSES):
        if os.fork() == 0:
            os.close(write)
            os.read(read, 1)  # until the first of us has ended
            os._exit(0)
    return True


def outlive(target):
    """A daemon, left behind in a session of its own."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            while True:
                time.sleep(60)
        os._exit(0)
    os.wait()
    return True


def observe(target):
    return birth(target.pid) == target.birth


def disturb(target):
    os.kill(target.pid, 0)
    return True


# privileges


def trace(target):
    _kernel.call("ptrace", _PTRACE_SEIZE, target.pid, None, None)
    return True


def use_root(target):
    """Anything that only root may do."""
    path = os.path.join(target.folder, "mine")
    for deed in (
        lambda: os.close(os.open(path, os.O_CREAT | os.O_WRONLY)) or os.chown(path, 12345, 12345),
        lambda: os.setgroups([12345]),
        lambda: os.setresuid(12345, 12345, 12345),
        lambda: os.chroot("/"),
    ):
        with contextlib.suppress(OSError):
            deed()
            return True
    return False


def become_root(target):
    """Root of a namespace of one's own, with much more of the kernel to attack."""
    _kernel.unshare(_kernel.CLONE_NEWUSER)
    return True


def run_setuid(target):
    """Whether a setuid program would still give its owner's rights."""
    return _kernel.prctl(_kernel.PR_GET_NO_NEW_PRIVS) == 0


#: Those that leave their process unfit for another.
LAST = (take, share, store, endure, multiply, outlive, become_root, use_root)

#: Those whose process goes on afterwards, until it is ended.
LASTING = (take, share, store, endure)

#: What each property withstands, when it holds.
PROPERTIES = {
    "network": (tcp, udp, local),
    "files": (read, write, change_package, see_hidden),
    "memory": (take, share, store),
    "time": (endure,),
    "processes": (multiply, outlive, observe, disturb),
    "privileges": (trace, use_root, become_root, run_setuid),
}

#: The layers that may stop an attack, so that it is tried against each of them alone.
DEFENCES = {
    tcp: ("netns", "landlock", "seccomp"),
    udp: ("netns", "seccomp"),
    local: ("netns", "landlock", "seccomp"),
    read: ("mount", "landlock"),
    write: ("mount", "landlock"),
    change_package: ("mount", "uid", "landlock"),
    see_hidden: ("mount", "landlock"),
    take: ("rlimit", "cgroup_memory", "watch"),
    share: ("cgroup_memory", "watch"),
    store: ("cgroup_memory", "seccomp"),
    endure: ("clock",),
    multiply: ("cgroup_pids", "nproc"),
    outlive: ("pidns", "reaper"),
    observe: ("mount", "landlock"),
    disturb: ("pidns", "uid", "landlock", "seccomp"),
    trace: ("pidns", "uid", "landlock", "seccomp"),
    use_root: ("uid", "capabilities"),
    become_root: ("seccomp",),
    run_setuid: ("no_new_privs", "landlock", "seccomp"),
}


def work(target):
    """No attack: what every notebook needs. Raises when it is not possible."""
    import threading

    folder = Path(target.folder)
    (folder / "a").mkdir()
    (folder / "b").write_text("x")
    (folder / "b").rename(folder / "a" / "b")
    (folder / "a" / "b").unlink()
    (folder / "a").rmdir()
    with open(os.devnull, "r+b") as null, open("/dev/urandom", "rb") as random:
        null.write(random.read(8))
    _kernel.status("VmRSS")
    os.listdir("/proc/self/task")
    for path in (os.__file__, __file__, *map(_source, ("IPython", "numpy", "keras"))):
        if path is not None:
            Path(path).read_bytes()
            os.listdir(os.path.dirname(path))
    thread = threading.Thread(target=ctypes.CDLL(None).getpid)
    thread.start()
    thread.join()
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return True


def _source(name):
    """The file of a package, without importing it; None where there is no such package."""
    import importlib.util

    spec = importlib.util.find_spec(name)
    return spec and spec.origin
