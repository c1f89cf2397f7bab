"""Isolation of a forked process that runs a student's cells. For Linux; no exec, no helper program.

::

    probe      -> Host       once, by attack: which layers this host allows, and what they stop
    fork       the process that is to be isolated
    enter      -> isolation  in the fork, before anything of the student's: {property: layers}
    missing    -> properties that are required and that this host lacks; demand raises

    layers        what a process enters, in order: limits, cgroups, namespaces, view, privileges,
                  landlock, seccomp; paths: the files that may be read
    probing       trials in throw-away forks: attacks
    memory        what a process takes, seen from outside

Instructors require properties, not mechanisms; PROPERTIES lists them. Each withstands the attacks
that :mod:`attacks` lists for it. What a host lacks is left out and said, never assumed.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from autograder import places
from autograder.errors import Problem
from autograder.grading.sandbox import attacks, cgroups, layers, namespaces, paths, probing
from autograder.grading.sandbox.layers import Profile
from autograder.messages import msg

PROPERTIES = tuple(attacks.PROPERTIES)
_host: Host | None = None


@dataclass
class Host:
    """What a host allows. ``layers`` {layer: True, or why not}; ``stops`` {attack: [layers that
    stop it alone]}; ``read``: the files that submissions may see; ``hidden``: those among them
    that they may not."""

    layers: dict[str, bool | str]
    stops: dict[str, list[str]]
    read: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)

    def isolation(self, entered: Iterable[str]) -> dict[str, list[str] | bool]:
        """{property: the layers of ``entered`` that count for it, or False where it does not
        hold: where one of its attacks is stopped by none of them}."""
        around = {*entered, *probing.OUTSIDE, "host"}
        held: dict[str, list[str] | bool] = {}
        for name, tried in attacks.PROPERTIES.items():
            found = [around & set(self.stops[attack.__name__]) for attack in tried]
            order = [*self.layers, "host"]
            held[name] = all(found) and sorted(set().union(*found), key=order.index)
        return held

    @property
    def properties(self) -> dict[str, list[str] | bool]:
        """What holds here when every layer is entered."""
        return self.isolation(name for name, on in self.layers.items() if on is True)

    def reasons(self, names: Iterable[str]) -> dict[str, str]:
        """{layer: why it is off} of those that could serve the properties ``names``."""
        tried = [attack for name in names for attack in attacks.PROPERTIES.get(name, ())]
        wanted = dict.fromkeys(layer for attack in tried for layer in attacks.DEFENCES[attack])
        return {name: str(self.layers[name]) for name in wanted if self.layers[name] is not True}


class Refused(Problem):
    """A job was not run because a property that it requires does not hold."""


def probe(hidden: Iterable[str] = ()) -> Host:
    """What this host allows, found out by attacks in throw-away forks; remembered for ``enter``.

    ``hidden``: files and folders that no submission may see, beside the course's own masters.
    """
    global _host
    read, hidden = paths.readable(), [*paths.masters(), *map(os.path.realpath, hidden)]
    found = probing.examine(tuple(read), tuple(hidden))
    _host = Host(**found, read=read, hidden=hidden)
    return _host


def fork() -> int:
    """os.fork() for a process that is going to :func:`enter`; cheaper where root does it."""
    if _host and _host.layers["pidns"] is True and _host.layers["userns"] is not True:
        return namespaces.fork_first()
    return os.fork()


def enter(profile: Profile, require: Iterable[str] = ()) -> dict[str, list[str] | bool]:
    """Enter every layer that the probe found; to be called in a fork of the process that probed.

    Returns what really holds: {property: [layers] or False}. HOME and the like become a fresh
    folder in the job's. May go on in another process, the first of its namespace; the calling one
    then ends as that one does. Raises Refused where something of ``require`` does not hold.
    """
    host = _host or probe()
    _settle(profile.folder)
    profile = replace(profile, read=tuple(host.read), hidden=tuple(host.hidden))
    names = [name for name, on in host.layers.items() if on is True]
    try:
        entered = layers.enter(profile, names)
    except Exception as error:  # half inside there is no telling what holds
        why = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
        raise Refused(_refusal(["files"], {"mount": why})) from None
    held = host.isolation(name for name, done in entered.items() if done is True)
    lacking = [name for name in require if not held.get(name)]
    if lacking:
        reasons = {name: why for name, why in entered.items() if why is not True}
        raise Refused(_refusal(lacking, host.reasons(lacking) | reasons))
    return held


def leave(pid: int) -> None:
    """Remove what the ended child ``pid`` of this process has left on the host: its cgroups."""
    cgroups.remove(pid)


def tidy() -> None:
    """Remove what all children of this process have left on the host, after the last has ended."""
    cgroups.tidy()


def missing(required: Iterable[str], host: Host) -> list[str]:
    """Those of the ``required`` properties that ``host`` lacks."""
    held = host.properties
    return [name for name in required if not held[name]]


def properties(text: str) -> tuple[str, ...]:
    """The properties that ``text`` names, with commas between them. Raises Problem (exit code 2)
    for a name that is none."""
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    unknown = [name for name in names if name not in PROPERTIES]
    if unknown:
        raise Problem(
            msg(
                "Expected properties of {known}. Received: {names}.",
                known=", ".join(PROPERTIES),
                names=", ".join(unknown),
            ),
            exit_code=2,
        )
    return names


def weakest(held: Iterable[dict]) -> dict[str, list[str] | bool]:
    """What holds in all of several processes: a property by the layers that they have in common."""
    held = list(held)
    found = {}
    for name in PROPERTIES if held else ():
        layers_of = [each.get(name) or [] for each in held]
        common = [layer for layer in layers_of[0] if all(layer in other for other in layers_of)]
        found[name] = all(layers_of) and common
    return found


def demand(required: Iterable[str], host: Host) -> None:
    """Raises Refused where ``host`` lacks a required property, naming the layers it lacks."""
    lacking = missing(required, host)
    if lacking:
        raise Refused(_refusal(lacking, host.reasons(lacking)))


def _refusal(lacking, reasons):
    return msg(
        "Expected these to be isolated: {names}. Received: this host cannot. Layers that are off: "
        "{reasons}. Nothing was run.",
        names=", ".join(lacking),
        reasons="; ".join(f"{layer} ({why})" for layer, why in reasons.items()) or "-",
    )


def _settle(folder):
    """Give the process a home in its own folder, and the places of what it may still read."""
    home = os.path.join(folder, ".private", "home")
    os.makedirs(home, exist_ok=True)
    os.environ |= {
        "FOOTGUNS_CACHE": str(places.data_cache()),
        "KERAS_HOME": str(places.keras_home()),
        "HOME": home,
        "XDG_CACHE_HOME": os.path.join(home, ".cache"),
        "XDG_CONFIG_HOME": os.path.join(home, ".config"),
        "XDG_DATA_HOME": os.path.join(home, ".local", "share"),
        "TMPDIR": os.path.join(folder, ".private"),
        "USER": "student",
        "LOGNAME": "student",
    }
    tempfile.tempdir = None  # asked for before, it would be remembered
