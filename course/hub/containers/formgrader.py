"""A course's directory and its formgrader, in a container of its own.

``python -m course.hub.containers.formgrader`` makes or mends what is missing, and becomes the
formgrader's server. The variables are those of a service that JupyterHub does not start itself::

    JUPYTERHUB_API_URL       http://hub:8081/hub/api
    JUPYTERHUB_API_TOKEN     the Hub knows it as FORMGRADER_TOKEN_COURSE
    JUPYTERHUB_BASE_URL      the Hub's base_url; "/" when it is not given
    FOOTGUNS_COURSE          the course's id, which is the service's name: footguns
    FOOTGUNS_LANG            en or ru
    FOOTGUNS_STUDENTS        ids with spaces between them; others come with their first submission
    FOOTGUNS_GRADEBOOK       postgresql+psycopg2://...; without it a SQLite file beside the notebooks
    FOOTGUNS_COURSE_ROOT     /srv/course, a volume that only this container has
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path

from autograder.building.masters import units
from autograder.building.notebooks import notebook_text
from autograder.grading.gradebook.course import CONFIG
from autograder.writing import write_atomically
from course.hub import courses
from course.hub.containers.users import STATE

#: Of the settings that courses on one machine have, what is different here.
_INSTEAD = ("course.hub.collecting.Collect", "course.hub.containers.collecting.Collect")
#: The course's part of the exchange. The Hub makes a folder for every student in ``inbound``, by the
#: group that all containers have in common.
_EXCHANGE = {"outbound": 0o755, "inbound": 0o2770, "feedback": 0o711}


def make(
    root: Path, exchange: Path, course: str, lang: str, students: list[str], gradebook: str = ""
) -> None:
    """Make or mend the course directory ``root`` and the course's part of ``exchange``. Notebooks
    that are there stay. ``gradebook``: a URL, else a file in ``root``. Raises Problem and OSError."""
    for name, mode in _EXCHANGE.items():
        folder = exchange / course / name
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(mode)
    root.mkdir(parents=True, exist_ok=True)
    for unit in units():
        path = root / "solutions" / unit.id / f"{unit.slug}.ipynb"
        if not path.exists():
            text = notebook_text(unit.notebook(lang, "solution"))
            write_atomically(path, text.encode(), mode=0o640)
    url = gradebook or f"sqlite:///{root / 'gradebook.db'}?timeout=60"
    settings = courses.SETTINGS.format(
        id=course, lang=lang, url=url, exchange=str(exchange), timezone="UTC"
    ).replace(*_INSTEAD)
    write_atomically(root / CONFIG, settings.encode(), mode=0o640)
    _enrol(url, course, students)


def server(root: Path, course: str, given: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """The command of the formgrader's server, and its environment. Raises KeyError."""
    base = f"/{given.get('JUPYTERHUB_BASE_URL', '/').strip('/')}/".replace("//", "/")
    prefix = f"{base}services/{course}/"
    settings = {
        "JUPYTERHUB_API_URL": given["JUPYTERHUB_API_URL"],
        "JUPYTERHUB_API_TOKEN": given["JUPYTERHUB_API_TOKEN"],
        "JUPYTERHUB_BASE_URL": base,
        "JUPYTERHUB_SERVICE_NAME": course,
        "JUPYTERHUB_SERVICE_PREFIX": prefix,
        "JUPYTERHUB_SERVICE_URL": "http://0.0.0.0:8888",
        "JUPYTERHUB_CLIENT_ID": f"service-{course}",
        "JUPYTERHUB_OAUTH_CALLBACK_URL": f"{prefix}oauth_callback",
        "JUPYTERHUB_OAUTH_ACCESS_SCOPES": f'["access:services!service={course}"]',
        "JUPYTERHUB_OAUTH_SCOPES": f'["access:services!service={course}"]',
        "JUPYTERHUB_USER": f"grader-{course}",
        "JUPYTERHUB_DEFAULT_URL": "/lab",
        "JUPYTERHUB_SINGLEUSER_APP": "jupyter_server.serverapp.ServerApp",
        "JUPYTER_CONFIG_PATH": str(STATE / "jupyter" / "formgrader"),
        "HOME": str(root),
    }
    command = [sys.executable, "-m", "jupyterhub.singleuser", f"--ServerApp.root_dir={root}"]
    return command, {**given, **settings}


def _enrol(url, course, students):
    """Make the gradebook, and let it know the students."""
    warnings.filterwarnings("ignore", module="nbgrader")
    from nbgrader.api import Gradebook

    from autograder.grading.gradebook.book import find_scripts

    find_scripts()
    with Gradebook(url, course) as book:
        known = {student.id for student in book.students}
        for name in students:
            if name not in known:
                book.add_student(name)


def main() -> None:
    given = os.environ
    course = given.get("FOOTGUNS_COURSE", "footguns")
    root = Path(given.get("FOOTGUNS_COURSE_ROOT", "/srv/course"))
    os.umask(0o027)
    students = given.get("FOOTGUNS_STUDENTS", "").split()
    gradebook = given.get("FOOTGUNS_GRADEBOOK", "")
    lang = given.get("FOOTGUNS_LANG", "en")
    make(root, STATE / "exchange", course, lang, students, gradebook)
    command, environment = server(root, course, given)
    os.chdir(root)
    os.execve(command[0], command, environment)


if __name__ == "__main__":
    main()
