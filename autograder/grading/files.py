"""Files of a course, told apart by their content."""

from __future__ import annotations

import hashlib
from pathlib import Path

_MAX_DIGESTED = 100 << 20  # bytes of a file beside a notebook; of larger ones the size must do


def digest(*parts: bytes | str) -> str:
    """SHA-256 of the parts, each with its length, as hexadecimal text."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(len(data).to_bytes(8, "big") + data)
    return total.hexdigest()


def folder_digest(folder: Path) -> str:
    """Of a folder's files, notebooks excepted: what lies beside a notebook may change its marks."""
    parts = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.suffix != ".ipynb":
            if path.name in ("timestamp.txt", "submission_secret.txt"):
                continue
            size = path.stat().st_size
            parts += [str(path.relative_to(folder)), str(size)]
            if size <= _MAX_DIGESTED:
                parts.append(path.read_bytes())
    return digest(*parts)
