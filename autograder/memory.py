"""What a student's workbook remembers between sessions: checks that were run, predictions made.

One small JSON file in the user's own data folder, or where the variable ``FOOTGUNS_PROGRESS`` says.
Nothing in it counts for a mark: a grading run neither reads nor writes it. Where it cannot be written
(a read-only home, a full disk) the workbook remembers for the session only, and says nothing.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from autograder.writing import write_atomically

_MOST_ENTRIES = 500  # of a section: the oldest are forgotten
_session: dict[str, dict] = {}


def place() -> Path | None:
    """Where the file lies; None in a grading run. It need not exist."""
    if os.environ.get("NBGRADER_EXECUTION"):
        return None
    if path := os.environ.get("FOOTGUNS_PROGRESS"):
        return Path(path)
    from platformdirs import user_data_dir

    return Path(user_data_dir("footguns", appauthor=False)) / "progress.json"


def recall(section: str) -> dict:
    """{key: value} of what was remembered under ``section``, oldest first."""
    return {**_read().get(section, {}), **_session.get(section, {})}


def remember(section: str, key: str, value) -> None:
    """Keep ``value``, which JSON can hold, under ``section`` and ``key``."""
    own = _session.setdefault(section, {})
    own.pop(key, None)
    own[key] = value
    path = place()
    if path is None:
        return
    kept = _read()  # again: another notebook may have written in the meantime
    entries = kept.setdefault(section, {})
    entries.pop(key, None)
    entries[key] = value
    for old in list(entries)[:-_MOST_ENTRIES]:
        del entries[old]
    with suppress(OSError):
        text = json.dumps(kept, ensure_ascii=False, indent=1)
        write_atomically(path, text.encode(), 0o600, durable=False)


def forget() -> None:
    """Forget this session; the file stays."""
    _session.clear()


def _read() -> dict:
    path = place()
    if path is None:
        return {}
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        with suppress(OSError):  # not ours, or damaged: set aside rather than written over
            os.replace(path, path.with_name(path.name + ".damaged"))
        return {}
    if not isinstance(kept, dict):
        return {}
    return {name: part for name, part in kept.items() if isinstance(part, dict)}
