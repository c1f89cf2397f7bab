"""What decides marks on our side: a digest of the checks, the engine, the rules and the libraries.

A record holds only as long as this stays as it was, and a cluster's workers must agree with their
coordinator on it. Whole packages count, so that a new module of theirs does too.
"""

from __future__ import annotations

import contextlib
import platform
from functools import cache
from importlib import metadata
from pathlib import Path

from autograder.grading.files import digest

#: Beside ``autograder`` in the same folder: packages with all in them, and single modules.
DECIDING = (
    "autograder/errors.py",
    "autograder/reading",
    "autograder/equivalence",
    "autograder/faults",
    "autograder/training",
    "autograder/exhibits",
    "autograder/checks",
    "autograder/grading/engine",
    "autograder/grading/cluster/parcel.py",
    "autograder/grading/gradebook/record.py",
    "autograder/grading/grader.py",
    "autograder/grading/restore.py",
    "autograder/grading/rules",
    "course/lab",
)
_LIBRARIES = ("numpy", "keras", "tensorflow", "scikit-learn", "ipython")
_ROOT = Path(__file__).parents[2]


@cache
def environment(root: Path = _ROOT) -> str:
    """The digest, as hexadecimal text. ``root``: the folder that holds ``autograder`` and
    ``course``. Raises FileNotFoundError where something of :data:`DECIDING` is not there."""
    parts = [platform.python_version()]
    for name in _LIBRARIES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            parts.append(f"{name} {metadata.version(name)}")
    for name in DECIDING:
        for path in _sources(root / name):
            parts += [path.relative_to(root).as_posix(), path.read_bytes()]
    return digest(*parts)


def _sources(path):
    if path.is_file():
        return [path]
    found = sorted(path.rglob("*.py"))
    if not found:
        raise FileNotFoundError(path)
    return found
