"""A backup is of worth when it has been restored: on another site, with all that mattered."""

import os
import subprocess
import tarfile

import pytest

from autograder.errors import Problem
from course.hub import backup
from course.hub.settings import load
from hub.running import deployment

UNIT = "00-field-kit"


def command(hub, *arguments):
    """A command of the site, as root, from the checkout, by the interpreter of everybody."""
    return subprocess.run(
        [str(hub.python), "-m", "course.hub", *arguments],
        cwd=backup.__file__.rsplit("/course/", 1)[0],
        env={**os.environ, "FOOTGUNS_HUB": str(hub.folder / "hub.toml")},
        capture_output=True,
        text=True,
    )


MARK = """
import sys
from nbgrader.api import Gradebook
from traitlets.config.loader import PyFileConfigLoader
config = PyFileConfigLoader("nbgrader_config.py").load_config()
with Gradebook(config.CourseDirectory.db_url, "footguns") as book:
    book.update_or_create_student(sys.argv[1], first_name=sys.argv[2])
"""
NAMES = MARK.replace(
    "book.update_or_create_student(sys.argv[1], first_name=sys.argv[2])",
    "print({s.id: s.first_name for s in book.students}[sys.argv[1]])",
)


def gradebook(hub, code, *arguments):
    done = hub.run(hub.course.account, "-c", code, *arguments, cwd=hub.root)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def hand_in(hub, role, text):
    """A folder in the exchange, of a student."""
    name = f"{hub.names[role]}+{UNIT}+2026-01-01 00:00:00.000000 UTC+abc"
    path = hub.site.exchange / hub.course.id / "inbound" / name
    code = (
        "import os, sys\n"
        "os.makedirs(sys.argv[1], exist_ok=True)\n"
        "open(sys.argv[1] + '/field-kit.ipynb', 'w').write(sys.argv[2])\n"
    )
    done = hub.run(role, "-c", code, str(path), text)
    assert done.returncode == 0, done.stderr
    return path


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def test_what_was_lost_comes_back(python, request, database):
    if database == "postgresql":
        database = request.getfixturevalue("postgresql").url
    with deployment(python, running=False, database=database) as hub:
        site, one = hub.site, hub.names["student1"]
        gradebook(hub, MARK, one, "Before")
        work = hand_in(hub, "student1", "work")
        (hub.root / ".footguns" / "records").mkdir(parents=True)
        (hub.root / ".footguns" / "records" / "record.json").write_text("{}")
        secrets = {p.name: p.read_bytes() for p in site.private.iterdir() if p.is_file()}
        done = command(hub, "backup")
        assert done.returncode == 0, done.stderr
        (archive,) = site.backups.iterdir()
        assert done.stdout.strip() == str(archive)
        assert archive.stat().st_mode & 0o777 == 0o600
        with tarfile.open(archive) as names:
            assert not [n for n in names.getnames() if n.startswith("/") or ".." in n]

        gradebook(hub, MARK, one, "After")
        subprocess.run(["rm", "-rf", str(work), str(site.private), str(hub.root)], check=True)
        done = command(hub, "restore", str(archive))
        assert done.returncode == 0, done.stderr
        assert gradebook(hub, NAMES, one) == "Before"
        assert (work / "field-kit.ipynb").read_text() == "work"
        assert work.stat().st_uid == hub.account("student1").pw_uid
        inbound = site.exchange / hub.course.id / "inbound"
        assert inbound.stat().st_mode & 0o7777 == 0o3733
        assert (hub.root / ".footguns" / "records" / "record.json").read_text() == "{}"
        assert hub.root.stat().st_uid == hub.account(hub.course.account).pw_uid
        now = {p.name: p.read_bytes() for p in site.private.iterdir() if p.is_file()}
        assert {n: now[n] for n in secrets if "sqlite" not in n} == {
            n: data for n, data in secrets.items() if "sqlite" not in n
        }
        # What came by the backup has its own time, and not that of the restoring.
        done = hub.nbgrader("generate_assignment", UNIT)
        assert done.returncode == 0, done.stderr
        done = hub.nbgrader("collect", UNIT)
        assert done.returncode == 0 and "another clock" not in done.stderr, done.stderr
        assert (hub.root / "submitted" / one / UNIT / "field-kit.ipynb").read_text() == "work"


@pytest.mark.slow
def test_a_backup_is_refused_that_is_damaged_or_not_ours(python, tmp_path):
    with deployment(python, running=False) as hub:
        one = hub.names["student1"]
        gradebook(hub, MARK, one, "Before")
        archive = backup.write(hub.site, hub.folder / "whole.tar.gz")
        data = archive.read_bytes()
        damaged = hub.folder / "damaged.tar.gz"
        for bad in (data[: len(data) // 2], data[:-2000] + bytes(2000), b"no archive"):
            damaged.write_bytes(bad)
            done = command(hub, "restore", str(damaged))
            assert done.returncode == 1, done.stdout
            assert "Nothing was changed" in done.stderr and "Traceback" not in done.stderr
        assert gradebook(hub, NAMES, one) == "Before"


@pytest.mark.slow
def test_a_backup_of_a_full_disk_leaves_nothing_behind(python):
    with deployment(python, running=False) as hub:
        site = load(hub.folder / "hub.toml")
        site.backups.mkdir()
        earlier = backup.write(site)
        full = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(site.backups)],
            capture_output=True,
        )
        if full.returncode:
            pytest.skip("no file system may be mounted here")
        try:
            with pytest.raises(Problem, match="No space left on device|disk is full"):
                backup.write(site)
            assert list(site.backups.iterdir()) == []
        finally:
            subprocess.run(["umount", str(site.backups)], check=True)
        assert list(site.backups.iterdir()) == [earlier]


@pytest.mark.slow
def test_only_the_newest_backups_stay(python, tmp_path):
    with deployment(python, running=False, keep_backups=2) as hub:
        site = load(hub.folder / "hub.toml")
        site.backups.mkdir()
        for day in ("20200101", "20200102", "20200103"):
            (site.backups / f"footguns-hub-{day}-000000.tar.gz").write_bytes(b"old")
        other = site.backups / "notes.txt"
        other.write_text("not a backup")
        newest = backup.write(site)
        names = sorted(path.name for path in site.backups.iterdir())
        assert names == ["footguns-hub-20200103-000000.tar.gz", newest.name, "notes.txt"]


@pytest.mark.slow
def test_a_running_hub_is_not_restored(python):
    import socket

    with deployment(python, running=False) as hub, socket.socket() as listening:
        archive = backup.write(hub.site, hub.folder / "whole.tar.gz")
        listening.bind(("127.0.0.1", hub.site.hub_port))
        listening.listen()
        done = command(hub, "restore", str(archive))
        assert done.returncode == 1 and "systemctl stop" in done.stderr
