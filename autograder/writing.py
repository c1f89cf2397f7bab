"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def write_atomically(path: Path, data: bytes, mode: int = 0o644, *, durable: bool = True) -> None:
    """Either all of ``data`` is in ``path`` afterwards or what was there before; if ``durable``, even
    after a loss of power, which takes some milliseconds.

    Makes the folders that are missing; ``mode`` is the file's, as far as the umask lets it. Raises
    OSError, and then leaves nothing behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.chmod(temporary, mode & ~umask())
        os.replace(temporary, path)
    except BaseException:  # an interrupt too: what is half-written is of no use
        with suppress(OSError):
            os.unlink(temporary)
        raise


def umask() -> int:
    """What this process takes off the modes of new files."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
