"""Where this package's data and Keras' lie on a machine: the same answer for all that ask.

Notebooks read there, the sandbox lets them, and nothing else is shared between submissions.
"""

from __future__ import annotations

import os
from pathlib import Path


def data_cache() -> Path:
    """Where the course keeps its data sets: the variable ``FOOTGUNS_CACHE``, or the user's cache
    folder. It need not exist yet."""
    if folder := os.environ.get("FOOTGUNS_CACHE"):
        return Path(folder)
    from platformdirs import user_cache_dir  # the sandbox can be tried out without any package

    return Path(user_cache_dir("footguns", appauthor=False))


def keras_home() -> Path:
    """Keras' own folder, whose ``datasets`` hold what it has downloaded: the variable
    ``KERAS_HOME``, or ``~/.keras``. It need not exist."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
