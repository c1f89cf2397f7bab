"""A course directory: where its notebooks, submissions and marks are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from autograder.errors import Problem
from autograder.grading import restore
from autograder.messages import LANGUAGES, msg
from autograder.writing import write_atomically

CONFIG = "nbgrader_config.py"
_STEPS = (
    "source_directory", "release_directory", "submitted_directory", "autograded_directory",
    "feedback_directory", "directory_structure",
)  # fmt: skip


@dataclass(frozen=True)
class Submission:
    """What a student handed in for one notebook. ``path`` may not exist: then it is missing."""

    student: str
    unit: str
    notebook: str
    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / f"{self.notebook}.ipynb"


class Course:
    """An nbgrader course directory, opened without importing nbgrader.

    Raises Problem when ``root`` is no course, or has no gradebook.
    """

    def __init__(self, root: Path | str):
        self.root = Path(root).absolute()
        config = self.root / CONFIG
        if not config.is_file():
            what = "no such folder" if not self.root.is_dir() else f"a folder without {CONFIG}"
            raise Problem(
                msg(
                    "Expected a course directory at {path}. Received: {what}. Make one with "
                    "`autograder init {path}`, or name it with --course.",
                    path=self.root,
                    what=what,
                ),
                exit_code=2,
            )
        self.config = _load(config)
        if not self.gradebook.is_file():
            raise Problem(
                msg(
                    "Expected the gradebook {path}. Received: no such file. Restore it from a "
                    "backup, or register the notebooks with `nbgrader generate_assignment`.",
                    path=self.gradebook,
                )
            )

    @classmethod
    def of(cls, coursedir) -> Course:
        """The course of nbgrader's own CourseDirectory, wherever its settings came from."""
        course = cls.__new__(cls)
        course.root = Path(coursedir.root).absolute()
        course.config = coursedir.config.copy()
        for name in ("root", "course_id", "db_url", *_STEPS):
            course.config["CourseDirectory"][name] = getattr(coursedir, name)
        return course

    def _trait(self, name, default):
        return self.config.get("CourseDirectory", {}).get(name, default)

    @property
    def base(self) -> Path:
        return Path(self._trait("root", str(self.root)))

    @property
    def gradebook(self) -> Path:
        url = self._trait("db_url", f"sqlite:///{self.base / 'gradebook.db'}")
        if not url.startswith("sqlite:///"):
            return self.root / CONFIG  # another database: nbgrader will say if it is not there
        return Path(url.removeprefix("sqlite:///").split("?")[0])

    @property
    def state(self) -> Path:
        """Where this package keeps its records, beside the gradebook."""
        return self.gradebook.parent / ".footguns"

    def step(self, name: str, default: str) -> Path:
        """The folder of one of nbgrader's steps, such as ('submitted_directory', 'submitted')."""
        return self.base / self._trait(name, default)

    @cached_property
    def masters(self) -> dict[str, dict[str, Path]]:
        """{unit: {notebook: path}} of the source directory."""
        source = self.step("source_directory", "source")
        found = {}
        for path in sorted(source.glob("*/*.ipynb")):
            found.setdefault(path.parent.name, {})[path.stem] = path
        return found

    def units(self, only: tuple[str, ...] = ()) -> list[str]:
        """The units of the course, or those of ``only``. Raises Problem for an unknown one."""
        for unit in only:
            if unit not in self.masters:
                raise Problem(
                    msg(
                        "Expected one of the units {units}. Received: {unit}.",
                        units=", ".join(self.masters) or "(there are none)",
                        unit=unit,
                    ),
                    exit_code=2,
                )
        return sorted(only or self.masters)

    def master(self, unit: str, notebook: str) -> dict:
        path = self.masters[unit][notebook]
        try:
            return restore.parse(path.read_bytes())
        except restore.Unreadable:
            raise Problem(
                msg("Expected a notebook at {path}. Received a damaged file.", path=path)
            ) from None

    def language(self, unit: str) -> str:
        """The language that the unit's notebooks are in; English when they do not say."""
        for notebook in self.masters[unit]:
            found = self.master(unit, notebook)["metadata"].get("footguns", {}).get("language")
            if found in LANGUAGES:
                return found
        return "en"

    def students(self, only: tuple[str, ...] = ()) -> list[str]:
        """Everybody with a folder of submissions. Raises Problem for an unknown student."""
        submitted = self.step("submitted_directory", "submitted")
        found = sorted(p.name for p in submitted.glob("*") if p.is_dir())
        for student in only:
            if student not in found:
                raise Problem(
                    msg(
                        "Expected a student with a folder in {path}. Received: {student}.",
                        path=submitted,
                        student=student,
                    ),
                    exit_code=2,
                )
        return sorted(only or found)

    def submissions(self, units: list[str], students: list[str]) -> list[Submission]:
        """One per notebook of every unit that a student handed a folder in for."""
        submitted = self.step("submitted_directory", "submitted")
        return [
            Submission(student, unit, notebook, submitted / student / unit)
            for unit in units
            for student in students
            if (submitted / student / unit).is_dir()
            for notebook in self.masters[unit]
        ]

    def check_writable(self) -> None:
        """Raises Problem where a grading run could not keep what it finds."""
        for folder in (
            self.gradebook.parent,
            self.state,
            self.step("autograded_directory", "autograded"),
        ):
            if folder.exists() and not os.access(folder, os.W_OK):
                raise Problem(_read_only(folder))
        if not os.access(self.gradebook, os.W_OK):
            raise Problem(_read_only(self.gradebook))

    def secret(self) -> bytes:
        """The key from which every submission's randomness comes; made at the first run."""
        path = self.state / "secret"
        if not path.exists():
            self.state.mkdir(parents=True, exist_ok=True)
            write_atomically(path, os.urandom(32).hex().encode(), mode=0o600)
        return bytes.fromhex(path.read_text().strip())


def _read_only(path):
    return msg(
        "Expected to write in {path}. Received: read-only. Nothing was changed; make it writable "
        "and run the command again.",
        path=path,
    )


def _load(path):
    from traitlets.config.loader import PyFileConfigLoader

    try:
        return PyFileConfigLoader(path.name, path=str(path.parent)).load_config()
    except Exception as error:  # a configuration file is a program
        raise Problem(
            msg(
                "Expected nbgrader settings in {path}. Received: {kind}: {error}.",
                path=path,
                kind=type(error).__name__,
                error=str(error),
            )
        ) from None
