"""The layers of the sandbox, in the order in which a process can enter them."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field

from autograder.grading.sandbox import (
    cgroups,
    landlock,
    limits,
    namespaces,
    paths,
    privileges,
    seccomp,
    view,
)


@dataclass(frozen=True)
class Profile:
    """What a job gets: a ``folder`` of its own, the only one in which it writes, alone in its
    parent folder or among those of other jobs; ``memory`` in MB; ``processes``, threads included;
    files to ``read``; and what is ``hidden`` of these."""

    folder: str
    memory: int | None = 4096
    processes: int = 256 + 8 * (os.cpu_count() or 1)
    read: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()


@dataclass
class _Entry:
    """A process on its way in: what later layers must know of earlier ones. ``pid``: its number
    outside of any namespace."""

    profile: Profile
    pid: int
    alive: int | None = None
    signals: bool = False  # whether signals reach only what this job has started
    own_proc: bool = False  # whether /proc shows only what this job has started
    entered: dict[str, bool | str] = field(default_factory=dict)

    def inside(self, *names):
        return all(self.entered.get(name) is True for name in names)


def enter(profile: Profile, names: list[str]) -> dict[str, bool | str]:
    """Enter the layers ``names``. Returns {name: True, or why it could not be entered}.

    Raises OSError when a view of the files was begun and could not be finished. May go on in
    another process: see :func:`namespaces.own_processes`.
    """
    entry = _Entry(profile, int(os.readlink("/proc/self")))
    _close_folders()
    for name, step in LAYERS.items():
        if name not in names:
            continue
        try:
            step(entry)
        except OSError as error:
            entry.entered[name] = error.strerror or str(error)
            if name == "mount":
                raise
        else:
            entry.entered[name] = True
    if entry.alive is not None:
        namespaces.end_without(entry.alive)
    return entry.entered


def _rlimit(entry):
    limits.bound(entry.profile.memory)


def _cgroup_memory(entry):
    if entry.profile.memory:
        cgroups.limit_memory(entry.profile.memory)


def _cgroup_pids(entry):
    cgroups.limit_processes(entry.profile.processes + 1)  # and the one that waits


def _userns(entry):
    namespaces.own_users()


def _netns(entry):
    namespaces.own_network()


def _ipcns(entry):
    namespaces.own_queues()


def _pidns(entry):
    entry.alive = namespaces.own_processes()
    entry.signals = True


def _mount(entry):
    entry.own_proc = view.enter(
        entry.profile.folder,
        entry.profile.read,
        paths.DEVICES,
        entry.profile.hidden,
        own_proc=entry.inside("pidns"),
    )


def _uid(entry):
    parent = os.getppid()
    privileges.become_nobody(entry.profile.folder, entry.pid)
    namespaces.die_with_parent()
    if os.getppid() != parent:  # it ended meanwhile
        os._exit(71)


def _nproc(entry):
    limits.processes(entry.profile.processes)


def _capabilities(entry):
    privileges.drop_capabilities()


def _no_new_privs(entry):
    privileges.no_new_privileges()


def _dumpable(entry):
    privileges.close_memory()


def _landlock(entry):
    private = entry.inside("mount")
    abi = landlock.restrict(
        [*entry.profile.read, *paths.of_processes(entry.own_proc)],
        [entry.profile.folder, *(("/tmp", "/dev/shm") if private else ())],
        paths.DEVICES,
        ["/"] if private else [],
    )
    entry.signals = entry.signals or abi >= 6


def _seccomp(entry):
    seccomp.install(
        unix=entry.inside("netns", "mount"),  # there is nobody else to talk to
        signals=entry.signals,
        memfd=entry.inside("cgroup_memory"),  # other limits do not count such files
    )


LAYERS = {
    "rlimit": _rlimit,
    "cgroup_memory": _cgroup_memory,
    "cgroup_pids": _cgroup_pids,
    "userns": _userns,
    "netns": _netns,
    "ipcns": _ipcns,
    "pidns": _pidns,
    "mount": _mount,
    "uid": _uid,
    "nproc": _nproc,
    "capabilities": _capabilities,
    "no_new_privs": _no_new_privs,
    "dumpable": _dumpable,
    "landlock": _landlock,
    "seccomp": _seccomp,
}


def _close_folders():
    """Close inherited folders: an open one is a way out of any view."""
    for name in os.listdir("/proc/self/fd"):
        try:
            if stat.S_ISDIR(os.fstat(int(name)).st_mode):
                os.close(int(name))
        except OSError:  # the listing's own
            pass
