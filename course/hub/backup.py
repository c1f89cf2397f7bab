"""All that cannot be made again, in one archive; and back.

In it are the Hub's database and secrets, the course directories with their gradebooks and the
records of grading, and the exchange. Students' homes are not: they are the machine's own backup's
affair, and what was handed in is in the exchange. The archive holds marks and secrets: it is made
for root alone to read.

While others work, every database is copied consistently by its own means, before the files: what
was handed in, graded or released since is in the next archive, and a gradebook never speaks of files
that are not there.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import socket
import sqlite3
import tarfile
import tempfile
import time
import zlib
from pathlib import Path

from autograder.errors import Problem
from autograder.messages import msg
from course.hub import accounts, databases
from course.hub.collecting import RESTORED
from course.hub.courses import setup
from course.hub.settings import Site

FORMAT = 1
_NAME = "footguns-hub-"
_DATABASE_FILES = ("gradebook.db", "jupyterhub.sqlite")


def write(site: Site, path: Path | None = None) -> Path:
    """Write an archive to ``path``, or to the site's folder of backups, of which the newest stay.
    It is there whole or not at all. For root. Raises Problem."""
    if path is None:
        site.backups.mkdir(parents=True, exist_ok=True)
        site.backups.chmod(0o700)
        path = site.backups / time.strftime(f"{_NAME}%Y%m%d-%H%M%S.tar.gz", time.gmtime())
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            copies = {}
            for name, database in _databases(site).items():
                if database.file is None or database.file.exists():  # the Hub may never have run
                    database.copy(Path(folder, name))
                    copies[name] = Path(folder, name)
            unfinished.touch(mode=0o600)
            unfinished.chmod(0o600)
            with tarfile.open(unfinished, "w:gz", compresslevel=6) as archive:
                about = {"format": FORMAT, "made": time.time(), "host": socket.gethostname()}
                about |= {
                    "database": site.database.partition(":")[0],
                    "courses": [course.id for course in site.courses],
                }
                (Path(folder) / "about.json").write_text(json.dumps(about, indent=1))
                archive.add(Path(folder) / "about.json", "about.json")
                for name, copy in copies.items():
                    archive.add(copy, f"databases/{name}")
                for name, part in _folders(site).items():
                    archive.add(part, name, filter=_kept)
        with open(unfinished, "rb") as file:
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except (OSError, sqlite3.Error, tarfile.TarError) as error:
        unfinished.unlink(missing_ok=True)
        raise Problem(
            msg(
                "Expected to write the backup {path}. Received: {why}. Nothing is left of it, and "
                "earlier ones are as they were.",
                path=path,
                why=getattr(error, "strerror", None) or error,
            )
        ) from None
    if path.parent == site.backups:
        for old in sorted(site.backups.glob(f"{_NAME}*.tar.gz"))[: -site.keep_backups]:
            old.unlink()
    return path


def restore(site: Site, path: Path) -> None:
    """Put everything back as ``path`` has it; what is there now goes beside it, to names that end in
    ``.before-restore``. Nothing of the site may run. For root. Raises Problem."""
    _check_stopped(site)
    site.state.mkdir(parents=True, exist_ok=True)
    site.state.chmod(0o711)
    with tempfile.TemporaryDirectory(dir=site.state, prefix=".restore-") as name:
        folder = Path(name)
        _unpack(site, path, folder)
        # Secrets first, for databases have passwords; then accounts and databases that are missing.
        _put(folder / "hub", site.private)
        setup(site)
        for what, database in _databases(site).items():
            if database.file is None:
                database.restore(folder / "databases" / what)
        if databases.hub(site).file is not None and (folder / "databases" / "hub").exists():
            databases.hub(site).restore(folder / "databases" / "hub")
        for course in site.courses:
            account = pwd.getpwnam(course.account)
            gradebook = databases.gradebook(site, course).file
            files = folder / "courses" / course.id
            if gradebook is not None:
                shutil.copy(folder / "databases" / f"course-{course.id}", files / gradebook.name)
            _give(files, account)
            _put(files, site.directory(course))
            _put(folder / "exchange" / course.id, site.exchange / course.id)
            mark = site.exchange / course.id / "inbound" / RESTORED
            accounts.acting_as(account, mark.touch)
        setup(site)  # settings may have changed since


def _databases(site):
    """{name in the archive: database}."""
    found = {"hub": databases.hub(site)}
    for course in site.courses:
        found[f"course-{course.id}"] = databases.gradebook(site, course)
    return found


def _folders(site):
    """{name in the archive: folder}."""
    found = {"hub": site.private}
    for course in site.courses:
        found[f"courses/{course.id}"] = site.directory(course)
        found[f"exchange/{course.id}"] = site.exchange / course.id
    return found


def _kept(member):
    """What of a folder goes into an archive: databases have gone in by themselves, and links in the
    exchange may lead anywhere."""
    name = member.name.rpartition("/")[2]
    if name.startswith(_DATABASE_FILES) or not (member.isreg() or member.isdir() or member.issym()):
        return None
    if member.issym() and member.name.startswith("exchange/"):
        return None
    return member


def _unpack(site, path, folder):
    try:
        with tarfile.open(path) as archive:
            archive.extractall(folder, _members(archive, path))
        about = json.loads((folder / "about.json").read_text())
    except (OSError, tarfile.TarError, zlib.error, ValueError, EOFError) as error:
        raise _bad(path, getattr(error, "strerror", None) or error) from None
    kind = site.database.partition(":")[0]
    if about["format"] != FORMAT or about["database"] != kind:
        raise _bad(path, f"{about['database']}, format {about['format']}; the site has {kind}")
    missing = {course.id for course in site.courses} - set(about["courses"])
    if missing:
        raise _bad(path, f"nothing of {', '.join(sorted(missing))}")


def _members(archive, path):
    """What an archive holds, if all of it goes where it should, with owners and modes as they were
    (Python has filters for this since 3.11.4, and none of them keeps a course's modes)."""
    archive.extraction_filter = lambda member, folder: member
    members = archive.getmembers()
    for member in members:
        parts = Path(member.name).parts
        if Path(member.name).is_absolute() or ".." in parts or not _kept(member):
            raise _bad(path, member.name)
    return members


def _put(new, place):
    """Move ``new`` to ``place``, and what is there beside it."""
    if place.exists():
        aside = place.with_name(f".{place.name}.before-restore")
        if aside.exists():
            shutil.rmtree(aside)
        place.rename(aside)
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(new, place)


def _give(folder, account):
    """``folder`` and all in it belong to ``account`` afterwards: uids differ between machines."""
    for where, folders, files in os.walk(folder):
        for name in (".", *folders, *files):
            os.lchown(os.path.join(where, name), account.pw_uid, account.pw_gid)


def _check_stopped(site):
    for port in (site.hub_port, site.port, *(course.port for course in site.courses)):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            raise Problem(
                msg(
                    "Expected that nothing of the Hub runs. Received: something answers at port "
                    "{port}. Stop it first: `systemctl stop 'footguns-*'`.",
                    port=port,
                )
            )


def _bad(path, why):
    return Problem(
        msg(
            "Expected a backup of this site in {path}. Received: {why}. Nothing was changed.",
            path=path,
            why=why,
        )
    )
