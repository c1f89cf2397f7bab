"""Which files a submission may see: the interpreter, its packages, the course's instruments."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from autograder import places

_PACKAGE = Path(__file__).parents[2]
_SYSTEM = (
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/usr",
    "/nix/store",
    "/gnu/store",
)
_SETTINGS = (
    "alternatives", "ca-certificates", "fonts", "group", "hosts", "host.conf", "ld.so.cache",
    "ld.so.conf", "ld.so.conf.d", "locale.alias", "localtime", "magic", "mime.types",
    "nsswitch.conf", "os-release", "passwd", "pki", "protocols", "services", "ssl/certs",
    "ssl/openssl.cnf", "terminfo", "timezone",
)  # fmt: skip
_HARDWARE = ("/sys/devices/system",)
_PROC = ("cpuinfo", "filesystems", "loadavg", "meminfo", "self", "stat", "uptime", "version", "sys")
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


def readable() -> list[str]:
    """Every path that a submission may read, parents before what is in them.

    Of the package ``course``, whose folder holds the masters in an editable install, only what
    notebooks import; never a folder of the module search path that holds the masters, too.
    """
    course = _PACKAGE.parent / "course"
    found = [_PACKAGE, *(course / name for name in ("__init__.py", "lab", "hints"))]
    found += map(Path, _SYSTEM + _HARDWARE)
    found += [Path("/etc") / name for name in _SETTINGS]
    found += [
        Path(sys.prefix),
        Path(sys.base_prefix),
        Path(sys.exec_prefix),
        Path(os.__file__).parent,
    ]
    found += [
        Path(p) for p in sys.path if os.path.isabs(p) and not os.path.exists(f"{p}/course/units")
    ]
    caches = [places.data_cache(), places.keras_home() / "datasets"]
    there = [
        path for path in found if os.path.exists(path)
    ] + caches  # which may come into being later
    kept = [str(p) for p in sorted({*there, *(p.resolve() for p in there)} - {Path("/")})]
    return [path for path in kept if not any(_covered(path, other) for other in kept)]


def masters() -> list[str]:
    """What no submission may see, even where it lies in what may be read."""
    checkout = _PACKAGE.parent
    found = (checkout / "course" / "units", checkout / "solutions", checkout / "tests")
    return [
        str(path) for path in found if path.exists() and (checkout / "course" / "units").exists()
    ]


def of_processes(own_proc: bool) -> list[str]:
    """What may be read of /proc: in the host's, only what is this process' own."""
    return ["/proc"] if own_proc else [f"/proc/{name}" for name in _PROC]


def _covered(path, other):
    """Whether ``path`` is seen anyway where ``other`` is."""
    return path.startswith(other + "/") and os.path.realpath(path) == path
