"""Writing many files as one: all of them or, on an error, none."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from autograder.building._percent import place
from autograder.errors import Problem
from autograder.writing import umask


@dataclass(frozen=True)
class Change:
    """A file and what it shall hold; None takes it away."""

    path: Path
    text: str | None

    @property
    def needed(self) -> bool:
        try:
            return self.path.read_bytes() != (self.text or "").encode() or self.text is None
        except OSError:
            return self.text is not None


def write(changes: Iterable[Change]) -> list[Path]:
    """Make the changes that are needed; returns the paths that changed.

    Every new text is on the disk, beside its target, before the first file is replaced: a full disk
    or a folder that may not be written leaves everything as it was. Raises Problem.
    """
    needed = [change for change in changes if change.needed]
    prepared: list[tuple[str, Path]] = []
    made: list[Path] = []
    try:
        for change in needed:
            path = change.path
            if change.text is None:
                if not os.access(path.parent, os.W_OK):
                    raise PermissionError(13, "Permission denied", str(path))
                continue
            for folder in reversed([p for p in path.parents if not p.exists()]):
                folder.mkdir()
                made.append(folder)
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
            prepared.append((temporary, path))
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(change.text)
            mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~umask()
            os.chmod(temporary, mode)
            if path.is_dir():
                raise IsADirectoryError(21, "Is a directory", str(path))
    except OSError as error:
        for temporary, _ in prepared:
            with suppress(OSError):
                os.unlink(temporary)
        for folder in reversed(made):
            with suppress(OSError):
                folder.rmdir()
        target = place(Path(error.filename).parent if error.filename else Path.cwd())
        raise Problem(
            f"Expected to write in {target}. Received: {error.strerror}. Nothing was changed; make "
            "the folder writable and run the command again."
        ) from None
    for temporary, path in prepared:
        os.replace(temporary, path)
    for change in needed:
        if change.text is None:
            change.path.unlink(missing_ok=True)
            with suppress(OSError):  # not empty: it holds somebody's files
                change.path.parent.rmdir()
    return [change.path for change in needed]
