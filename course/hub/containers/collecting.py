"""nbgrader's collect, where a folder's place says whose it is.

Every student hands in to ``inbound/STUDENT``, which nobody else's container has. All of them have the
same number, so what the course's own collecting asks of the owner is asked of the place here.
"""

from __future__ import annotations

import os
from pathlib import Path

from autograder.messages import msg
from course.hub import collecting
from course.hub.collecting import Handed, Refused


class Collect(collecting.Collect):
    """Collects the newest submission of every student that lies in his own folder."""

    def init_src(self):
        if not self.coursedir.course_id:
            self.fail("No course id specified. Re-run with --course flag.")
        inbound = Path(self.root, self.coursedir.course_id, "inbound")
        if not os.access(inbound, os.R_OK | os.X_OK):
            self.fail(f"Course not found, or closed to this account: {inbound}")
        self.check_owner = False
        due = self._due()
        only = self.coursedir.student_id
        self.chosen = []
        for folder in sorted(inbound.iterdir()):
            if folder.name.startswith(".") or (only and only not in ("*", folder.name)):
                continue
            self.inbound_path = str(folder)
            handed = sorted(self._of(folder), key=lambda one: one.came, reverse=True)
            in_time = [one for one in handed if due is not None and one.time <= due]
            if handed:
                self.chosen.append(in_time[0] if self.before_duedate and in_time else handed[0])

    def _of(self, folder: Path) -> list[Handed]:
        """What a student has handed in for this unit."""
        found = []
        for path in sorted(folder.iterdir()):
            unit = path.name.partition("+")[2].partition("+")[0]
            if path.name.startswith(".") or unit != self.coursedir.assignment_id:
                continue
            try:
                handed = self._handed(path)
                if handed.student != folder.name:
                    text = msg(
                        "it names {name}, but lies where {owner} hands in.",
                        name=handed.student,
                        owner=folder.name,
                    )
                    raise Refused(text)
                found.append(handed)
            except Refused as refused:
                text = msg("Refused: {path}: {why}", path=path, why=refused.args[0])
                self.log.warning(text.text())
            except FileNotFoundError:
                continue  # withdrawn while we were looking
        return found
