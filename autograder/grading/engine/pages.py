"""The pages of the warm process: large ones, so that a fork has less to copy."""

from __future__ import annotations

import contextlib
import ctypes
import re

_LARGE = 1 << 21  # bytes
_MADV_COLLAPSE = 25  # Linux 6.1
#: A mapping of one's own memory, writable, of no file (the heap is one by name).
_OWN = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw-p [0-9a-f]+ 00:00 0\s*(?:\[heap\])?$")


def enlarge() -> int:
    """Ask the kernel to hold this process's memory in pages of 2 MB; how many bytes it did.

    A fork copies the table of its parent's pages, and its end takes it down again: with pages of
    4 KB that is a third of what a short job costs. What a fork writes to is still copied by 4 KB.
    It takes most of a second, once, which some twenty jobs win back. Does nothing where the kernel
    cannot (before Linux 6.1, other systems).
    """
    done = 0
    with contextlib.suppress(OSError, AttributeError), open("/proc/self/maps") as maps:
        advise = ctypes.CDLL(None).madvise
        advise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
        for low, high in _mappings(maps.read().splitlines()):
            for place in range(-(-low // _LARGE) * _LARGE, high - _LARGE + 1, _LARGE):
                done += _LARGE * (advise(place, _LARGE, _MADV_COLLAPSE) == 0)
    return done


def _mappings(lines) -> list[tuple[int, int]]:
    found = (_OWN.match(line) for line in lines)
    return [(int(each[1], 16), int(each[2], 16)) for each in found if each]
