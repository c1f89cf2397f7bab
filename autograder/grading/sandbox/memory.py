"""What processes take of this host's memory, seen from outside."""

from __future__ import annotations

import contextlib
from pathlib import Path


def private_memory(pid: int) -> list[int]:
    """MB of memory that a process and each of its descendants do not share with files. Of one that
    has ended there is none."""
    sizes, pids = [], [str(pid)]
    while pids:
        folder = Path("/proc", pids.pop())
        with contextlib.suppress(OSError, ValueError):  # it has ended meanwhile
            lines = folder.joinpath("status").read_text().splitlines()
            kept = [line for line in lines if line.startswith(("RssAnon:", "RssShmem:"))]
            sizes.append(sum(int(line.split()[1]) for line in kept) >> 10)
            for task in folder.joinpath("task").iterdir():
                pids += task.joinpath("children").read_text().split()
    return sizes
