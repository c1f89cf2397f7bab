"""Makes a course directory: notebooks, nbgrader's settings, and a gradebook that knows the cells."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

from autograder.errors import Problem
from autograder.grading.gradebook.course import CONFIG, Course
from autograder.messages import msg

_SETTINGS = '''"""nbgrader's settings of this course directory.

`nbgrader autograde` and the formgrader grade with Footguns' engine too. For nbgrader's own, which
runs students' code unguarded, add: c.pop("Autograde")
"""

from pathlib import Path

from autograder.grading.plugin.settings import apply, course_settings

c = get_config()  # noqa: F821  nbgrader provides it
here = Path(__file__).resolve().parent
apply(c, course_settings(here, "{lang}", source="solutions", release="assignments"))
'''


def create(
    root: Path,
    notebooks: dict[str, dict[str, str]],
    lang: str = "en",
    fill: Callable[[Path], None] | None = None,
) -> Course:
    """Make the course directory ``root`` of ``notebooks`` {unit: {name: solution notebook's text}}.

    ``fill`` may put more into the new folder before it takes its place. ``root`` must be absent or
    empty; on any error nothing of it is left. Raises Problem.
    """
    root = Path(root).absolute()
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise Problem(
            msg(
                "Expected a new or empty folder. Received: {path}, which is there and not empty. "
                "Name another one.",
                path=root,
            ),
            exit_code=2,
        )
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
        if root.exists() and not os.access(root, os.W_OK):
            raise PermissionError(13, "Permission denied", str(root))
        temporary = Path(tempfile.mkdtemp(prefix=f".{root.name}-", dir=root.parent))
    except OSError as error:
        raise Problem(
            msg(
                "Expected to make {path}. Received: {error}. Name a folder that can be written.",
                path=root,
                error=error.strerror,
            )
        ) from None
    try:
        (temporary / CONFIG).write_text(_SETTINGS.format(lang=lang))
        for unit, named in notebooks.items():
            folder = temporary / "solutions" / unit
            folder.mkdir(parents=True)
            for name, text in named.items():
                (folder / f"{name}.ipynb").write_text(text, encoding="utf-8")
        if fill is not None:
            fill(temporary)
        _register(temporary, list(notebooks))
        temporary.chmod(0o755)
        if root.exists():
            for path in temporary.iterdir():
                shutil.move(path, root / path.name)
            temporary.rmdir()
        else:
            temporary.rename(root)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return Course(root)


def _register(root, units):
    """Run nbgrader's generate_assignment: it makes the release and registers the cells."""
    warnings.filterwarnings("ignore", module="nbgrader")
    from nbgrader.api import Gradebook
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config.loader import PyFileConfigLoader

    from autograder.grading.gradebook.book import find_scripts

    find_scripts()
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)
    config = PyFileConfigLoader(CONFIG, path=str(root)).load_config()
    coursedir = CourseDirectory(config=config, root=str(root))
    with Gradebook(coursedir.db_url, coursedir.course_id):
        pass  # made even if there are no units yet
    for unit in units:
        coursedir.assignment_id, coursedir.notebook_id = unit, "*"
        converter = GenerateAssignment(coursedir=coursedir, config=config)
        converter.log.setLevel(logging.CRITICAL)
        converter.start()
