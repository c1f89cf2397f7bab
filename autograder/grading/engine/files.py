"""Files beside a running notebook: copied from a folder, or from the archive that was made of one.

A job that stays on this machine names folders; one that travels takes archives of them along.
"""

from __future__ import annotations

import io
import shutil
import tarfile
import tempfile
from pathlib import Path, PurePath

MAX_FILES = 200 << 20  # bytes that are copied beside a notebook


def put(files: str | bytes, target: Path) -> None:
    """Copy a folder's files into the folder ``target``, or those of the archive made of them."""
    if isinstance(files, str):
        copy_files(Path(files), target)
        return
    with tarfile.open(fileobj=io.BytesIO(files)) as tar:
        for member in tar:
            inside = PurePath(member.name)
            if member.isdir():
                make_folder(target, inside)
            else:
                place(target, inside).write_bytes(tar.extractfile(member).read())


def archive(source: Path) -> bytes:
    """A folder's files, as :func:`copy_files` copies them, in a tar archive: the same bytes for the
    same files. Raises OSError when one cannot be read."""
    data = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix="footguns-") as folder:
        copy_files(source, Path(folder))
        with tarfile.open(fileobj=data, mode="w") as tar:
            tar.add(folder, arcname=".", filter=_anonymous)
    return data.getvalue()


def copy_files(source: Path, target: Path) -> None:
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


def _anonymous(member):
    """A file's entry without what differs between two copies of the file."""
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.isdir() else 0o644
    return member
