"""Secrets of a site: made once, and for root alone to read."""

from __future__ import annotations

import secrets

from autograder.writing import write_atomically
from course.hub.settings import Site


def secret(site: Site, name: str) -> str:
    """The secret of that name, 64 hexadecimal digits."""
    path = site.private / name
    if not path.exists():
        write_atomically(path, secrets.token_hex(32).encode(), mode=0o600)
    return path.read_text().strip()
