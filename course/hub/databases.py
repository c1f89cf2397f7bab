"""Where marks and the Hub's own tables are: files of SQLite, or databases of one PostgreSQL server.

With PostgreSQL the Hub and every course have a database and a role each, made here, and a course's
role can open no database but its own.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from autograder.errors import Problem
from autograder.messages import msg
from autograder.writing import write_atomically
from course.hub.keys import secret
from course.hub.settings import Course, Site

#: Seconds for which a writer waits for another one of the same SQLite file.
_PATIENCE = 60


@dataclass(frozen=True)
class Database:
    """One database, by the ``url`` that SQLAlchemy takes."""

    url: str

    @property
    def file(self) -> Path | None:
        """The file of a SQLite database."""
        if self.url.startswith("sqlite:///"):
            return Path(self.url.removeprefix("sqlite:///").split("?")[0])
        return None

    def copy(self, target: Path) -> None:
        """A consistent copy while others write: a SQLite file, or what pg_restore reads.
        Raises Problem."""
        if self.file is not None:
            with (
                closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)) as source,
                closing(sqlite3.connect(target)) as copied,
            ):
                source.backup(copied)
                (found,) = copied.execute("PRAGMA integrity_check").fetchone()
            if found != "ok":
                raise _failed(f"copying {self.file}", found)
        else:
            self._run("pg_dump", "--format=custom", f"--file={target}", "--dbname=")

    def restore(self, source: Path) -> None:
        """Put back what :meth:`copy` has written, in place of what is there. Nobody may be using
        the database. Raises Problem, and then the old content stays."""
        if self.file is not None:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(source)) as copied:
                (found,) = copied.execute("PRAGMA integrity_check").fetchone()
            if found != "ok":
                raise _failed(f"reading {source}", found)
            write_atomically(self.file, source.read_bytes(), mode=0o600)
            for leftover in ("-journal", "-wal", "-shm"):
                self.file.with_name(self.file.name + leftover).unlink(missing_ok=True)
        else:
            options = ("--clean", "--if-exists", "--no-owner", "--single-transaction")
            self._run("pg_restore", *options, "--exit-on-error", "--dbname=", last=str(source))

    def _run(self, *command, last=None):
        """A PostgreSQL program on this database; the password goes by the environment."""
        parts = urlsplit(self.url)
        env = dict(os.environ)
        if parts.password:
            env["PGPASSWORD"] = unquote(parts.password)
        netloc = parts.netloc.replace(f":{parts.password}@", "@")
        safe = parts._replace(scheme="postgresql", netloc=netloc)
        arguments = [a + urlunsplit(safe) if a == "--dbname=" else a for a in command]
        try:
            done = subprocess.run(
                [*arguments, *([last] if last else [])], env=env, capture_output=True, text=True
            )
        except OSError as error:
            raise _failed(f"`{command[0]}`", error.strerror) from None
        if done.returncode:
            raise _failed(f"`{command[0]}`", done.stderr.strip())


def hub(site: Site) -> Database:
    """The Hub's own database."""
    if site.database == "sqlite":
        return Database(f"sqlite:///{site.private / 'jupyterhub.sqlite'}")
    return _of_role(site, "footguns_hub")


def gradebook(site: Site, course: Course) -> Database:
    """A course's gradebook."""
    if site.database == "sqlite":
        return Database(f"sqlite:///{site.directory(course) / 'gradebook.db'}?timeout={_PATIENCE}")
    return _of_role(site, f"footguns_course_{course.id}")


def make(site: Site) -> None:
    """Make what is missing of PostgreSQL's roles and databases; SQLite needs nothing made.
    Raises Problem."""
    if site.database == "sqlite":
        return
    import psycopg2
    from psycopg2 import sql

    try:
        connection = psycopg2.connect(site.database)
    except psycopg2.Error as error:
        raise _failed("reaching PostgreSQL", error) from None
    connection.autocommit = True
    names = ["footguns_hub", *(f"footguns_course_{course.id}" for course in site.courses)]
    with closing(connection), connection.cursor() as cursor:
        for name in names:
            who = sql.Identifier(name)
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,))
            verb = sql.SQL("ALTER" if cursor.fetchone() else "CREATE")
            cursor.execute(
                sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(
                    verb, who, sql.Literal(secret(site, f"{name}.password"))
                )
            )
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
            if not cursor.fetchone():
                cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(who, who))
            cursor.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(who))


def _of_role(site, name):
    parts = urlsplit(site.database)
    where = parts.netloc.rpartition("@")[2]
    password = secret(site, f"{name}.password")
    netloc = f"{name}:{password}@{where}"
    where = parts._replace(scheme="postgresql+psycopg2", netloc=netloc, path=f"/{name}")
    return Database(urlunsplit(where))


def _failed(what, why):
    return Problem(
        msg(
            "Expected {what} to work. Received: {why}. Nothing was changed.",
            what=what,
            why=" ".join(str(why).split()),
        )
    )
