"""A cache of arrays on disk: made once, memory-mapped by every process after that.

One set is one folder ``NAME-vVERSION`` of ``.npy`` files with a ``manifest.json`` beside them. It is
written to a temporary folder and moved into place in one step, so that a reader finds a whole set or
none, also when several processes make it at once or one of them is killed. A set whose files do not
match the manifest is made again. Where nothing can be written, the arrays stay in memory.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from autograder.places import data_cache

Arrays = dict[str, np.ndarray]

_MANIFEST = "manifest.json"
_TEMPORARY = ".making-"
_STALE_SECONDS = 3600  # nothing here takes an hour to make: such a folder's maker was killed


def arrays(name: str, version: int, make: Callable[[], Arrays]) -> Arrays:
    """Returns the arrays of one set, read-only; calls ``make`` only when no whole set is there."""
    folder = data_cache() / f"{name}-v{version}"
    found = _open(folder)
    if found is not None:
        return found
    made = make()
    try:
        _write(folder, made)
        found = _open(folder)
    except OSError:  # read-only, full, or (Windows) the damaged files are open elsewhere
        found = None
    return found if found is not None else _frozen(made)


def remembered(name: str, version: int, key: str, compute: Callable[[], float]) -> float:
    """Returns a number that was computed from a set before, or computes and keeps it."""
    path = data_cache() / f"{name}-v{version}" / f"{key}.json"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        return float(json.loads(path.read_text("utf-8"))["value"])
    value = float(compute())
    with contextlib.suppress(OSError):
        if path.parent.is_dir():
            _write_text(path, json.dumps({"value": value}))
    return value


def _open(folder: Path) -> Arrays | None:
    """The set in ``folder``, memory-mapped; None when it is missing, partial or damaged."""
    try:
        manifest = json.loads((folder / _MANIFEST).read_text("utf-8"))
        found = {}
        for name, entry in manifest["files"].items():
            path = folder / f"{name}.npy"
            stat = path.stat()
            if stat.st_size != entry["bytes"]:
                return None
            # Reading everything costs time: only files touched since they were written are summed.
            if stat.st_mtime_ns != entry["mtime_ns"] and _crc(path) != entry["crc32"]:
                return None
            found[name] = np.load(path, mmap_mode="r", allow_pickle=False)
            if [found[name].dtype.str, list(found[name].shape)] != [entry["dtype"], entry["shape"]]:
                return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return found


def _write(folder: Path, made: Arrays) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    _sweep(folder.parent)
    temporary = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=folder.parent))
    try:
        temporary.chmod(0o755)  # mkdtemp's 0700 would hide a shared cache from other users
        files = {}
        for name, array in made.items():
            path = temporary / f"{name}.npy"
            np.save(path, array, allow_pickle=False)
            files[name] = {
                "bytes": path.stat().st_size,
                "mtime_ns": path.stat().st_mtime_ns,
                "crc32": _crc(path),
                "dtype": array.dtype.str,
                "shape": list(array.shape),
            }
        _write_text(temporary / _MANIFEST, json.dumps({"files": files}, indent=1))
        _move_in(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _move_in(temporary: Path, folder: Path) -> None:
    """Moves a finished set into place unless another process was first with a whole one."""
    try:
        os.replace(temporary, folder)
        return
    except OSError:  # a folder that is not empty is in the way
        if _open(folder) is not None:
            return
    aside = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=folder.parent))
    try:
        with contextlib.suppress(FileNotFoundError):  # another process took it away already
            os.replace(folder, aside / "damaged")
        try:
            os.replace(temporary, folder)
        except OSError:
            if _open(folder) is None:
                raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _sweep(parent: Path) -> None:
    """Removes what killed makers left behind."""
    for left in parent.glob(f"{_TEMPORARY}*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > _STALE_SECONDS:
                shutil.rmtree(left, ignore_errors=True)


def _write_text(path: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(prefix=_TEMPORARY, dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _crc(path: Path) -> int:
    total = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            total = zlib.crc32(block, total)
    return total


def _frozen(made: Arrays) -> Arrays:
    for array in made.values():
        array.flags.writeable = False
    return made
