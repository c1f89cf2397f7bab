"""``python -m course.hub.tljh.setup``, by root in a clone of the repository, with users' Python."""

from __future__ import annotations

import dataclasses
import subprocess
from pathlib import Path

from autograder.building.masters import checkout
from autograder.writing import write_atomically
from course.hub import courses
from course.hub.settings import Site, load
from course.hub.tljh.plugin import PREFIX, PYTHON

UNIT = "footguns-formgrader@.service"
_UNITS = Path("/etc/systemd/system")


def as_accounts(site: Site) -> Site:
    """The site with students as they are called where they hand in."""
    renamed = tuple(
        dataclasses.replace(course, students=tuple(PREFIX + name for name in course.students))
        for course in site.courses
    )
    return dataclasses.replace(site, courses=renamed)


def unit(text: str) -> str:
    """A formgrader's unit of one machine as TLJH's: users' Python, and another Hub's unit."""
    text = text.replace("/opt/footguns/bin/python", PYTHON)
    return text.replace("footguns-hub.service", "jupyterhub.service")


def main() -> None:
    site = load()
    courses.setup(as_accounts(site))
    text = (checkout() / "course" / "hub" / "systemd" / UNIT).read_text()
    write_atomically(_UNITS / UNIT, unit(text).encode())
    subprocess.run(["systemctl", "daemon-reload"], check=True)
    for course in site.courses:
        name = UNIT.replace("@", f"@{course.id}")
        subprocess.run(["systemctl", "enable", "--now", name], check=True)


if __name__ == "__main__":
    main()
