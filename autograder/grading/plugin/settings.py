"""The nbgrader settings of our courses: of this checkout and of what ``autograder init`` makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from autograder.building.notebooks import CODE_STUB, TEXT_STUB
from autograder.messages import LANGUAGES

#: Seconds for one cell under plain ``nbgrader autograde``: the first one imports TensorFlow.
CELL_SECONDS = 180

_OURS = "autograder.grading.plugin.preprocessors"
_NBGRADER = "nbgrader.preprocessors"

#: What makes ``nbgrader autograde`` and the formgrader's button run notebooks as ``autograder
#: grade`` does. Without it they run under nbgrader's own engine, for the same marks if the work is
#: honest.
ENGINE = {
    "exporter_class": f"{_OURS}.Exporter",
    "sanitize_preprocessors": [
        f"{_OURS}.Restore",
        f"{_NBGRADER}.ClearOutput",
        f"{_NBGRADER}.OverwriteKernelspec",
        f"{_NBGRADER}.OverwriteCells",
        f"{_NBGRADER}.CheckCellMetadata",
    ],
    "autograde_preprocessors": [
        f"{_OURS}.Execute",
        f"{_NBGRADER}.IgnorePattern",
        f"{_NBGRADER}.LimitOutput",
        f"{_OURS}.SaveMarks",
        f"{_NBGRADER}.AssignLatePenalties",
        f"{_NBGRADER}.CheckCellMetadata",
    ],
}


def course_settings(
    root: Path | str,
    lang: str = "en",
    *,
    source: str = "source",
    release: str = "release",
    work: str = "",
) -> dict[str, dict[str, Any]]:
    """Settings by nbgrader class for a course directory ``root`` in one language.

    ``source`` and ``release`` are folders relative to ``root``. ``work`` is the folder, relative to
    ``root``, of what grading makes: gradebook, submitted, autograded, feedback, worked solutions;
    it must exist before nbgrader runs.
    """
    if lang not in LANGUAGES:
        raise ValueError(f"Expected a language of {', '.join(LANGUAGES)}. Received: {lang!r}.")
    root = Path(root).absolute()
    prefix = f"{work}/" if work else ""
    return {
        "CourseDirectory": {
            "root": str(root),
            "course_id": "footguns",
            "db_url": f"sqlite:///{(root / work / 'gradebook.db').as_posix()}",
            "source_directory": source,
            "release_directory": release,
            "submitted_directory": f"{prefix}submitted",
            "autograded_directory": f"{prefix}autograded",
            "feedback_directory": f"{prefix}feedback",
            "solution_directory": f"{prefix}worked",
        },
        "ClearSolutions": {
            "code_stub": {"python": CODE_STUB[lang]},
            "text_stub": TEXT_STUB[lang],
        },
        "Execute": {"timeout": CELL_SECONDS},
        "Autograde": ENGINE,
    }


def checkout_settings(root: Path | str, lang: str = "en") -> dict[str, dict[str, Any]]:
    """The checkout as a course: what ``autograder build`` made, and ``grades/LANG`` to work in."""
    return course_settings(
        root,
        lang,
        source=f"solutions/{lang}",
        release=f"assignments/{lang}",
        work=f"grades/{lang}",
    )


def apply(config, settings: dict[str, dict[str, Any]]) -> None:
    """Put ``settings`` into traitlets' ``config`` (the ``c`` of a configuration file)."""
    for owner, values in settings.items():
        for name, value in values.items():
            config[owner][name] = value
