"""Course accounts, course directories and the exchange, made and mended from the settings.

Running it again changes nothing that an instructor has made: notebooks that are there stay.

Who may do what in the exchange (nbgrader wants its root open; the sticky bit keeps it from being
re-arranged, and everything in it belongs to the course's account)::

    exchange/                 1777
    exchange/COURSE/          0755
    .../outbound/             0755    what is released
    .../inbound/              3733    new folders get the course's group; nobody else lists them
    .../feedback/             0711    names that only the submission's owner knows
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path

from autograder.building.masters import units as masters
from autograder.building.notebooks import notebook_text
from autograder.errors import Problem
from autograder.grading.gradebook.course import CONFIG
from autograder.messages import msg
from autograder.writing import write_atomically
from course.hub import accounts, databases, extensions
from course.hub.keys import secret
from course.hub.settings import Course, Site

SETTINGS = '''"""nbgrader's settings of this course, for its own account alone: the gradebook's address is here.

Written by `python -m course.hub setup`. Put your own into local_config.py, beside this file.
"""

from pathlib import Path

from autograder.grading.plugin.settings import apply, course_settings

c = get_config()  # noqa: F821  nbgrader provides it
here = Path(__file__).resolve().parent
apply(c, course_settings(here, {lang!r}, source="solutions", release="assignments"))
c.CourseDirectory.course_id = {id!r}
c.CourseDirectory.db_url = {url!r}
c.Exchange.root = {exchange!r}
c.Exchange.path_includes_course = True
c.Exchange.timezone = {timezone!r}
c.Authenticator.plugin_class = "course.hub.access.CourseAccount"
c.ExchangeFactory.collect = "course.hub.collecting.Collect"
c.GenerateFeedback.exporter_class = "course.hub.feedback.Feedback"
c.HTMLExporter.preprocessors = ["course.hub.showing.Harmless"]
c.HTMLExporter.filters = {{"markdown2html": "course.hub.showing.markdown"}}
c.NbGrader.logfile = str(here / ".nbgrader.log")
if (here / "local_config.py").is_file():
    load_subconfig("local_config.py", path=str(here))  # noqa: F821
'''

_EXCHANGE = {"outbound": 0o755, "inbound": 0o3733, "feedback": 0o711}


def setup(site: Site) -> None:
    """Make or mend everything that the settings speak of, except students' accounts. For root.

    Raises Problem.
    """
    accounts.must_be_root()
    site.state.mkdir(parents=True, exist_ok=True)
    site.state.chmod(0o711)
    site.private.mkdir(exist_ok=True)
    site.private.chmod(0o700)
    for name in ("cookie_secret", "proxy_token", *(f"formgrader-{c.id}" for c in site.courses)):
        secret(site, name)
    databases.make(site)
    extensions.write(site)
    site.exchange.mkdir(exist_ok=True)
    site.exchange.chmod(0o1777)
    for course in site.courses:
        _course(site, course)


def _course(site, course):
    account = accounts.make(course.account, site.home(course))
    if Path(account.pw_dir) != site.home(course):
        raise Problem(
            msg(
                "Expected the home {path} of {name}. Received: {home}. Remove the account, or name "
                "another one for the course.",
                path=site.home(course),
                name=course.account,
                home=account.pw_dir,
            )
        )
    exchange = site.exchange / course.id
    exchange.mkdir(exist_ok=True)
    os.chown(exchange, account.pw_uid, account.pw_gid, follow_symlinks=False)
    notebooks = {
        f"{unit.id}/{unit.slug}": notebook_text(unit.notebook(course.lang, "solution"))
        for unit in masters(only=course.units)
    }
    url = databases.gradebook(site, course).url
    settings = SETTINGS.format(
        id=course.id,
        lang=course.lang,
        url=url,
        exchange=str(site.exchange),
        timezone=site.timezone,
    )
    # Once, and not by the course's account, which need not be able to read where this is.
    from nbgrader.api import Gradebook  # noqa: F401

    from autograder.grading.gradebook import book  # noqa: F401

    accounts.acting_as(account, _fill, exchange, site.directory(course), notebooks, settings)
    accounts.acting_as(account, _enrol, url, course)


def _fill(exchange: Path, root: Path, notebooks: dict[str, str], settings: str) -> None:
    """The course's own part: its places in the exchange, notebooks that are missing, settings."""
    exchange.chmod(0o755)
    for name, mode in _EXCHANGE.items():
        folder = exchange / name
        folder.mkdir(exist_ok=True)
        folder.chmod(mode)
    root.mkdir(exist_ok=True)
    for name, text in notebooks.items():
        path = root / "solutions" / f"{name}.ipynb"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    write_atomically(root / CONFIG, settings.encode(), mode=0o640)


def _enrol(url: str, course: Course) -> None:
    """Make the gradebook, and let it know the students whom the settings name."""
    from nbgrader.api import Gradebook

    from autograder.grading.gradebook.book import find_scripts

    warnings.filterwarnings("ignore", module="nbgrader")
    find_scripts()
    with Gradebook(url, course.id) as book:
        known = {student.id for student in book.students}
        for name in course.students:
            if name not in known:
                book.add_student(name)
