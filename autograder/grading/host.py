"""What a fork gets of this host, and what it takes: environment, files, memory."""

from __future__ import annotations

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
            (target / inside).mkdir(parents=True, exist_ok=True)
        elif path.is_file() and (size := path.stat().st_size) <= room:
            room -= size
            (target / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target / inside)


def private_memory(pid):
    """MB of memory that a process does not share with files."""
    total = 0
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(("RssAnon:", "RssShmem:")):
                total += int(line.split()[1])
    except (OSError, ValueError):
        return 0
    return total >> 10
