"""The records of a course: what has been graded, on the disk before the gradebook knows of it.

A record is the whole outcome of one notebook (:mod:`autograder.grading.gradebook.record`) and lies in
a file named by the digest of all that it depends on, ``records/UNIT/STUDENT/NOTEBOOK-KEY.json`` in
the course's state. Records are written whole or not at all and never changed; earlier ones stay.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.errors import Problem
from autograder.grading.gradebook.course import CONFIG, Course
from autograder.grading.gradebook.record import FORMAT
from autograder.messages import msg
from autograder.writing import write_atomically

if TYPE_CHECKING:
    from autograder.grading.gradebook.book import Book


class Journal:
    """The records of ``course``."""

    def __init__(self, course: Course):
        self.course = course
        self._records = course.state / "records"

    def path(self, unit: str, student: str, notebook: str, key: str) -> Path:
        """Where the record with that key is, or would be."""
        return self._records / unit / student / f"{notebook}-{key[:20]}.json"

    def load(self, unit: str, student: str, notebook: str, key: str) -> dict | None:
        """The record with that key; None when there is none that today's code can read."""
        try:
            record = json.loads(self.path(unit, student, notebook, key).read_bytes())
        except (OSError, ValueError):
            return None
        if record.get("format") != FORMAT or record["key"] != key:
            return None
        return record

    def keep(self, record: dict) -> dict:
        """Put a record on the disk; returns it as it will be loaded. Raises OSError."""
        data = json.dumps(record, ensure_ascii=False).encode("utf-8", "replace")
        where = record["unit"], record["student"], record["notebook"]
        write_atomically(self.path(*where, record["key"]), data)
        return json.loads(data)

    def in_gradebook(self, book: Book, unit: str, student: str, notebook: str) -> dict | None:
        """The record whose marks are in the gradebook now; None when there is none."""
        where = {"unit": unit, "student": student, "notebook": notebook}
        try:
            executed = json.loads(book.executed(where).read_bytes())
            key = executed["metadata"]["footguns"]["record"].split("/")[0]
            return json.loads(self.path(unit, student, notebook, key).read_bytes())
        except (OSError, ValueError, KeyError):
            return None

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the course's lock, and clear away what a killed run has written half of.

        Raises Problem when another run holds it.
        """
        with open(self.course.root / CONFIG) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise Problem(
                    msg(
                        "Expected to be the only grading run in {path}. Received: another one is "
                        "going on. Wait for it, or stop it.",
                        path=self.course.root,
                    )
                ) from None
            for half_written in self._records.glob("*/*/.*.json.*"):
                half_written.unlink()
            yield
