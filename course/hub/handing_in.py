"""nbgrader's submit, for an exchange on a disk that strangers share.

nbgrader's own copies file by file into the exchange, where a collection may find half of it, and
leaves it open to everybody who can name it. Here a submission appears whole, in one step, and only
its owner and the course (by the group of ``inbound``) can read it.
"""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from nbgrader.exchange.abc import ExchangeError
from nbgrader.exchange.default import ExchangeSubmit

from autograder.messages import msg


class Submit(ExchangeSubmit):
    """Hands in what nbgrader would hand in. Raises ExchangeError, and then nothing is handed in."""

    def copy_files(self):
        self.init_release()
        self.check_filename_diff()
        handed_in = Path(self.inbound_path, self.assignment_filename)
        name = self.assignment_filename
        if self.add_random_string:
            name = name.rsplit("+", 1)[0]
        kept = Path(self.cache_path, name)  # by which the student finds the feedback
        # Names that begin with a dot are looked at by nobody.
        hidden, coming = (path.with_name(f".{path.name}") for path in (kept, handed_in))
        try:
            kept.parent.mkdir(parents=True, exist_ok=True)
            self.do_copy(self.src_path, str(hidden))
            (hidden / "timestamp.txt").write_text(self.timestamp)
            (hidden / "submission_secret.txt").write_text(secrets.token_hex(64))
            # All of it in one go: new files take the group of `inbound` only while their folder
            # does, and changing its mode ends that.
            shutil.copytree(hidden, coming)
            self._close(coming)
            os.rename(hidden, kept)
            os.rename(coming, handed_in)
        except (OSError, shutil.Error, RuntimeError) as error:
            for path in (hidden, coming, kept):
                shutil.rmtree(path, ignore_errors=True)
            text = msg(
                "Expected to hand in {unit} of {course}. Received: {why}. Nothing was handed in and "
                "your notebooks are as they were. Tell your instructor, and submit again.",
                unit=self.coursedir.assignment_id,
                course=self.coursedir.course_id,
                why=_why(error),
            )
            self.log.error(text.text())
            raise ExchangeError(text.text()) from None
        self.log.info(
            "Submitted as: %s %s %s",
            self.coursedir.course_id,
            self.coursedir.assignment_id,
            self.timestamp,
        )

    def _close(self, folder):
        """Readable to the course's group; where the exchange has no such group, as nbgrader has
        it, but writable to nobody else."""
        ours = os.stat(folder).st_gid == os.stat(self.inbound_path).st_gid
        if ours:
            self.set_perms(str(folder), fileperms=0o640, dirperms=0o770)
        else:
            self.set_perms(str(folder), fileperms=0o644, dirperms=0o755)


def _why(error):
    if isinstance(error, shutil.Error):  # of several files, each with its own reason
        return str(error.args[0][0][2])
    return getattr(error, "strerror", None) or str(error)
