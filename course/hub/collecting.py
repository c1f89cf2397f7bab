"""nbgrader's collect, for an exchange in which anybody may put anything.

A folder in ``inbound`` says by its name whose it is and when it was handed in. Neither is believed:

- the folder and everything in it must belong to the account of the student it names;
- when it came, the exchange's own disk knows. A name that says another time (a clock that is wrong,
  or a student who sets it back) is told to the instructor, and the disk's time counts;
- links, pipes and what belongs to others are left behind: they would be read as the course.

What is refused is named in the log and stays where it is; nobody else's submission is held up by it.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.exchange.default import ExchangeCollect
from nbgrader.utils import ignore_patterns, parse_utc
from traitlets import Float

from autograder.messages import msg

#: Written by a restored backup: what came before has the disk's time of the restoring.
RESTORED = ".restored"


@dataclass(frozen=True)
class Handed:
    """One folder of ``inbound``. Times in UTC, without a zone, as nbgrader has them."""

    path: Path
    student: str
    owner: int
    said: datetime
    came: datetime
    time: datetime  # that counts


class Refused(Exception):
    """A folder is not what its name says; the text says why."""


class Collect(ExchangeCollect):
    """Collects the newest submission of every student that is his own."""

    tolerance = Float(
        300.0, help="Seconds by which a submission's time may differ from the exchange's clock."
    ).tag(config=True)

    def init_src(self):
        if not self.coursedir.course_id:
            self.fail("No course id specified. Re-run with --course flag.")
        self.inbound_path = os.path.join(self.root, self.coursedir.course_id, "inbound")
        if not os.access(self.inbound_path, os.R_OK | os.X_OK):
            self.fail(f"Course not found, or closed to this account: {self.inbound_path}")
        due = self._due()
        found: dict[str, list[Handed]] = {}
        only = self.coursedir.student_id
        for path in sorted(Path(self.inbound_path).iterdir()):
            student, _, rest = path.name.partition("+")
            unit = rest.partition("+")[0]
            if path.name.startswith(".") or unit != self.coursedir.assignment_id:
                continue
            if only and only not in ("*", student):
                continue
            try:
                handed = self._handed(path)
            except Refused as refused:
                self.log.warning(
                    msg("Refused: {path}: {why}", path=path, why=refused.args[0]).text()
                )
            except FileNotFoundError:
                pass  # withdrawn while we were looking
            else:
                found.setdefault(student, []).append(handed)
        self.chosen = []
        for all_of_one in found.values():
            all_of_one.sort(key=lambda one: one.came, reverse=True)
            in_time = [one for one in all_of_one if due is not None and one.time <= due]
            wanted = in_time if self.before_duedate and in_time else all_of_one
            self.chosen.append(wanted[0])

    def copy_files(self):
        unit = self.coursedir.assignment_id
        self.log.info("Processing %d submissions of %s", len(self.chosen), unit)
        failed = []
        for handed in self.chosen:
            student = handed.student
            target = Path(
                self.coursedir.format_path(self.coursedir.submitted_directory, student, unit)
            )
            if target.is_dir() and not self._is_newer(handed, target):
                self.log.info("No newer submission to collect: %s %s", student, unit)
                continue
            try:
                self._take(handed, target)
            except (OSError, Refused) as error:
                why = error.args[0] if isinstance(error, Refused) else error.strerror
                text = msg("Not collected: {student}: {why}", student=student, why=why)
                self.log.error(text.text())
                failed.append(student)
            else:
                self.log.info("Collected: %s %s", student, unit)
        if failed:
            text = msg(
                "Expected to collect {all} submissions. Received {n} of them, without: {students}. "
                "What was there before is as it was. Mend what the log says, and collect again.",
                all=len(self.chosen),
                n=len(self.chosen) - len(failed),
                students=", ".join(failed),
            )
            self.fail(text.text())

    def _due(self):
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            try:
                return gradebook.find_assignment(self.coursedir.assignment_id).duedate
            except MissingEntry:
                return None

    def _handed(self, path):
        """What is known of a folder. Raises Refused and FileNotFoundError."""
        parts = path.name.split("+")
        about = path.lstat()
        if len(parts) not in (3, 4) or not stat.S_ISDIR(about.st_mode):
            raise Refused(msg("this is no submission."))
        try:
            said = parse_utc(parts[2])
        except (ValueError, OverflowError):
            raise Refused(msg("its name says no time.")) from None
        if self.check_owner:
            try:
                known = pwd.getpwnam(parts[0]).pw_uid
            except KeyError:
                raise Refused(msg("there is no account {name}.", name=parts[0])) from None
            if about.st_uid != known:
                text = msg(
                    "it names {name}, but belongs to {owner}, who must have put it there.",
                    name=parts[0],
                    owner=_name(about.st_uid),
                )
                raise Refused(text)
        if not os.access(path, os.R_OK | os.X_OK):
            raise Refused(msg("it is closed to the course."))
        came = self._came(path, said)
        apart = abs((came - said).total_seconds())
        time = said
        if apart > self.tolerance:
            time = came
            text = msg(
                "{path} says {said} UTC, and came at {came} UTC by the exchange's clock, which "
                "counts. Is another clock wrong?",
                path=path.name,
                said=f"{said:%Y-%m-%d %H:%M:%S}",
                came=f"{came:%Y-%m-%d %H:%M:%S}",
            )
            self.log.warning(text.text())
        return Handed(path, parts[0], about.st_uid, said, came, time)

    def _came(self, path, said):
        """When the last of a submission came to the disk; ``said`` for what a backup brought."""
        last = path.lstat().st_ctime
        for where, folders, files in os.walk(path):
            for name in (*folders, *files):
                last = max(last, os.lstat(os.path.join(where, name)).st_ctime)
        restored = Path(self.inbound_path, RESTORED)
        if restored.exists() and last <= restored.stat().st_ctime:
            return said
        return datetime.fromtimestamp(last, UTC).replace(tzinfo=None)

    def _is_newer(self, handed, target):
        """Whether ``handed`` should take the place of what was collected before."""
        if not (self.update or self.before_duedate):
            return False
        try:
            old = (target / "submission_secret.txt").read_text()
            return old != (handed.path / "submission_secret.txt").read_text()
        except (OSError, ValueError):  # of another submit, or of a student who took it away
            return self.coursedir.get_existing_timestamp(str(target)) != handed.time

    def _take(self, handed, target):
        """Copy a submission beside ``target``, and then put it there. Raises OSError, Refused."""
        target.parent.mkdir(parents=True, exist_ok=True)
        new, old = (target.with_name(f".{target.name}.{what}") for what in ("new", "old"))
        for leftover in (new, old):
            shutil.rmtree(leftover, ignore_errors=True)
        try:
            self._copy(handed, new)
            (new / "timestamp.txt").write_text(f"{handed.time:%Y-%m-%d %H:%M:%S.%f} UTC")
            if target.exists():
                target.rename(old)
            new.rename(target)
        finally:
            if old.exists() and not target.exists():
                old.rename(target)
            for leftover in (new, old):
                shutil.rmtree(leftover, ignore_errors=True)

    def _copy(self, handed, target):
        course = self.coursedir
        ignored = ignore_patterns(course.ignore, course.include, course.max_file_size, self.log)
        left = course.max_dir_size * 1000
        for where, folders, files, here in os.fwalk(handed.path, follow_symlinks=False):
            folder = target / Path(where).relative_to(handed.path)
            folder.mkdir()
            skipped = set(ignored(where, [*folders, *files]))
            folders[:] = [name for name in folders if name not in skipped]
            for name in files:
                if name in skipped:
                    continue
                left -= self._copy_file(handed, name, here, folder / name, left)

    def _copy_file(self, handed, name, here, target, most):
        """Copy a file by the folder that it is in, for the path may lead elsewhere by now."""
        try:
            number = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=here)
        except OSError:  # a link, or nothing that the course may read
            self._left_behind(handed, name)
            return 0
        with open(number, "rb") as source:
            about = os.fstat(number)
            strange = self.check_owner and about.st_uid != handed.owner
            if strange or not stat.S_ISREG(about.st_mode):
                self._left_behind(handed, name)
                return 0
            if about.st_size > most:
                raise Refused(msg("it is larger than the course allows."))
            with open(target, "wb") as copied:
                shutil.copyfileobj(source, copied)
        return about.st_size

    def _left_behind(self, handed, name):
        text = msg(
            "Left behind: {path}/{name}: it is no file of {student}.",
            path=handed.path.name,
            name=name,
            student=handed.student,
        )
        self.log.warning(text.text())


def _name(uid):
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
