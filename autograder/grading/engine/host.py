"""What a fork gets of this host, and what it takes: environment, files, memory."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

MAX_FILES = 200 << 20  # bytes that are copied beside a notebook
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "FOOTGUNS_CACHE", "XDG_CACHE_HOME")


def scrubbed(environment) -> dict[str, str]:
    """What a student's process may know of ``environment``: no secrets, one thread for BLAS."""
    return {k: environment[k] for k in _KEPT if k in environment} | {
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": environment.get("CUDA_VISIBLE_DEVICES", "-1"),
        "KERAS_BACKEND": "tensorflow",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def copy_files(source, target):
    """Copy a folder's files, without notebooks and links, as far as they have room."""
    room = MAX_FILES
    for path in sorted(source.rglob("*")):
        inside = path.relative_to(source)
        if path.is_symlink() or path.suffix == ".ipynb" or ".ipynb_checkpoints" in inside.parts:
            continue
        if path.is_dir():
            make_folder(target, inside)
        elif path.is_file() and (size := path.stat().st_size) <= room:
            room -= size
            shutil.copyfile(path, place(target, inside))


def make_folder(target: Path, inside: Path) -> Path:
    """The folder ``target / inside``; a file that stands in its way gives way. Files of the course
    come last, so a student who calls a folder like one of them stops nobody."""
    folder = target
    for part in inside.parts:
        folder = folder / part
        if folder.is_file():
            folder.unlink()
        folder.mkdir(exist_ok=True)
    return folder


def place(target: Path, inside: Path) -> Path:
    """Where a file goes; a folder that stands there gives way."""
    path = make_folder(target, inside.parent) / inside.name
    if path.is_dir():
        shutil.rmtree(path)
    return path


def private_memory(pid):
    """MB of memory that a process and each of its descendants do not share with files: a list."""
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
