"""What a site is: one TOML file, named by the variable ``FOOTGUNS_HUB``.

::

    state = "/var/lib/footguns-hub"     # secrets, the Hub's database, the exchange
    database = "sqlite"                 # or "postgresql://admin:password@host:5432"
    base_url = "/"
    port = 8000                         # of the proxy, on loopback: a web server stands before it
    authenticator = "pam"               # or "oauth", "lti", "dummy"
    admins = ["root"]

    [courses.footguns]
    lang = "en"
    instructors = ["masha"]             # the formgrader, and who is in the course
    graders = ["misha"]                 # the formgrader
    students = ["anna", "boris"]

Every name of :class:`Site` and :class:`Course` may stand there, and no other.
"""

from __future__ import annotations

import dataclasses
import os
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from autograder.errors import Problem
from autograder.messages import LANGUAGES, msg

#: Where the settings of a site are when nothing else is said.
DEFAULT = Path("/etc/footguns/hub.toml")

_COURSE_ID = re.compile(r"[a-z][a-z0-9_]{0,19}")
#: What nbgrader, the exchange's file names and Unix all take for a name.
USER_NAME = re.compile(r"[a-z_][a-z0-9_.-]{0,31}")


@dataclass(frozen=True)
class Course:
    """One course: who is in it, and the Unix account that owns its files and runs its formgrader.

    Raises Problem for a course, a language or a person with an impossible name.
    """

    id: str
    lang: str = "en"
    instructors: tuple[str, ...] = ()
    graders: tuple[str, ...] = ()
    students: tuple[str, ...] = ()
    units: tuple[str, ...] = ()  # none named: all
    account: str = ""  # grader-ID
    port: int = 0  # of its formgrader, on loopback: 9001 for the first course

    def __post_init__(self):
        if not _COURSE_ID.fullmatch(self.id):
            raise _bad("a course's name of small letters, digits and _", self.id)
        if self.lang not in LANGUAGES:
            raise _bad(f"a language of {', '.join(LANGUAGES)}", self.lang)
        object.__setattr__(self, "account", self.account or f"grader-{self.id}")
        for name in (*self.instructors, *self.graders, *self.students, self.account):
            if not isinstance(name, str) or not USER_NAME.fullmatch(name):
                raise _bad("a Unix user name of at most 32 characters", name)

    @property
    def teachers(self) -> tuple[str, ...]:
        """Everybody who may use the formgrader."""
        return tuple(dict.fromkeys((*self.instructors, *self.graders)))


@dataclass(frozen=True)
class Site:
    """One deployment. Raises Problem for values that cannot be."""

    courses: tuple[Course, ...] = ()
    state: Path = Path("/var/lib/footguns-hub")
    homes: Path = Path("/home")
    database: str = "sqlite"
    base_url: str = "/"
    address: str = "127.0.0.1"
    port: int = 8000
    hub_port: int = 8081
    proxy_port: int = 8001  # the proxy's own interface, on loopback
    authenticator: str = "pam"
    groups: str = "settings"  # or "authenticator": the campus or the LMS says who is in a course
    admins: tuple[str, ...] = ()
    allow_all: bool = False  # everybody whom the authenticator knows
    spawner: str = "jupyterhub.spawner.LocalProcessSpawner"
    memory: str = ""  # of one server, such as "2G": only for spawners that can limit it
    idle: int = 3600  # seconds after which a server that nobody uses is stopped; 0: never
    warm_kernels: bool = False
    timezone: str = "UTC"
    backups: Path = Path("/var/backups/footguns")
    keep_backups: int = 14
    proxy: str = "configurable-http-proxy"
    environment: dict[str, str] = field(default_factory=dict)  # of every user's server

    def __post_init__(self):
        if self.database != "sqlite" and not self.database.startswith("postgresql://"):
            raise _bad('database = "sqlite" or "postgresql://..."', self.database)
        if self.groups not in ("settings", "authenticator"):
            raise _bad('groups = "settings" or "authenticator"', self.groups)
        object.__setattr__(self, "base_url", f"/{self.base_url.strip('/')}/".replace("//", "/"))
        ports = [course.port or 9001 + i for i, course in enumerate(self.courses)]
        courses = [dataclasses.replace(c, port=p) for c, p in zip(self.courses, ports, strict=True)]
        object.__setattr__(self, "courses", tuple(courses))
        used = [*ports, self.port, self.hub_port, self.proxy_port]
        if len(set(used)) < len(used):
            raise _bad("every port once", sorted(used))

    @property
    def private(self) -> Path:
        """For root alone: secrets and the Hub's own database."""
        return self.state / "hub"

    @property
    def exchange(self) -> Path:
        return self.state / "exchange"

    @property
    def jupyter(self) -> Path:
        """Settings of Jupyter by role, for everybody to read."""
        return self.state / "jupyter"

    def home(self, course: Course) -> Path:
        return self.homes / course.account

    def directory(self, course: Course) -> Path:
        """The course directory; also what the formgrader's server shows."""
        return self.home(course) / course.id

    def course(self, name: str) -> Course:
        """The course of that name. Raises Problem when there is none."""
        for course in self.courses:
            if course.id == name:
                return course
        known = ", ".join(course.id for course in self.courses) or "(there are none)"
        raise _bad(f"one of the courses {known}", name)

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody whom the settings name, course accounts excepted."""
        everybody = [*self.admins]
        for course in self.courses:
            everybody += [*course.teachers, *course.students]
        return tuple(dict.fromkeys(everybody))


def load(path: Path | str | None = None) -> Site:
    """The site of a TOML file: ``path``, else the variable ``FOOTGUNS_HUB``, else
    ``/etc/footguns/hub.toml``. Raises Problem."""
    path = Path(path or os.environ.get("FOOTGUNS_HUB") or DEFAULT)
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        what = error.strerror if isinstance(error, OSError) else str(error)
        raise Problem(
            msg(
                "Expected the settings of a site in {path}. Received: {what}. Name another file "
                "with FOOTGUNS_HUB.",
                path=path,
                what=what,
            ),
            exit_code=2,
        ) from None
    courses = values.pop("courses", {})
    return _made(Site, values, courses=tuple(_made(Course, v, id=n) for n, v in courses.items()))


def save(site: Site, path: Path) -> None:
    """Write ``site`` so that :func:`load` reads it, for root alone: it may hold a password."""
    lines, tables = [], []
    for item in dataclasses.fields(Site):
        value = getattr(site, item.name)
        if item.name == "courses":
            for course in value:
                tables += ["", f"[courses.{course.id}]"]
                names = (f.name for f in dataclasses.fields(Course) if f.name != "id")
                tables += [f"{name} = {_toml(getattr(course, name))}" for name in names]
        elif isinstance(value, dict):
            tables += [
                "",
                f"[{item.name}]",
                *(f"{_toml(k)} = {_toml(v)}" for k, v in value.items()),
            ]
        else:
            lines.append(f"{item.name} = {_toml(value)}")
    path.touch(mode=0o600)
    path.write_text("\n".join([*lines, *tables, ""]), "utf-8")


def _toml(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _made(kind, values, **given):
    """An object of ``kind``, every value of which has the type of the field."""
    known = {item.name: item for item in dataclasses.fields(kind) if item.name not in given}
    for name, value in values.items():
        if name not in known:
            raise _bad(f"one of the settings {', '.join(known)}", name)
        kind_of = str(known[name].type).partition("[")[0]
        wanted = {"tuple": list, "Path": str, "str": str, "bool": bool, "int": int, "dict": dict}
        if type(value) is not wanted[kind_of]:
            raise _bad(f"{name} of the type {wanted[kind_of].__name__}", value)
        given[name] = {"tuple": tuple, "Path": Path}.get(kind_of, lambda v: v)(value)
    return kind(**given)


def _bad(wanted, received):
    return Problem(
        msg(
            "Expected {wanted}. Received: {received}. Mend the site's settings.",
            wanted=wanted,
            received=repr(received),
        ),
        exit_code=2,
    )
