"""What goes wrong at a site: nothing that was handed in or graded is lost, and what is said is plain."""

import csv
import json
import os
import signal
import subprocess
import threading
import time
from datetime import UTC, datetime

import pytest
from nbgrader.utils import parse_utc
from waiting import wait_until

from course.hub import accounts
from hub.running import deployment
from hub.visiting import Visitor

pytestmark = pytest.mark.slow

UNIT, NOTEBOOK = "00-field-kit", "field-kit"


def release(hub):
    for step in ("generate_assignment", "release_assignment"):
        done = hub.nbgrader(step, UNIT)
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def hub(python):
    """A running site that has released the unit; its students have servers."""
    with deployment(python) as site:
        release(site)
        yield site


@pytest.fixture(scope="module")
def students(hub):
    found = []
    for role in ("student1", "student2"):
        visitor = Visitor(hub, role)
        visitor.log_in()
        visitor.start_server()
        visitor.fetch(UNIT)
        found.append(visitor)
    return found


def folder(visitor):
    return f"{visitor.hub.course.id}/{UNIT}"


def handed_in(hub, visitor):
    """What is in the exchange of somebody, hidden folders too."""
    inbound = hub.site.exchange / hub.course.id / "inbound"
    uid = hub.account(visitor.name).pw_uid
    return sorted(path.name for path in inbound.iterdir() if path.lstat().st_uid == uid)


def collect(hub, *options):
    return hub.nbgrader("collect", UNIT, "--update", *options)


def collected(hub, visitor, name):
    path = hub.root / "submitted" / visitor.name / UNIT / name
    return path.read_text() if path.exists() else None


def test_a_killed_hub_comes_back_whole(hub, students):
    first = students[0]
    first.write(f"{folder(first)}/notes.txt", "before")
    assert first.submit(UNIT)["success"]
    old = hub.main_process("footguns-hub")
    proxy = hub.main_process("footguns-proxy")
    formgrader = hub.main_process("footguns-formgrader@")
    servers = [pid for visitor in students for pid in _pids(visitor.name)]
    assert servers
    os.kill(old, signal.SIGKILL)

    def it_is_another():
        return hub.main_process("footguns-hub") != old

    wait_until(it_is_another, 60)
    hub.wait()
    assert hub.main_process("footguns-proxy") == proxy
    assert hub.main_process("footguns-formgrader@") == formgrader
    left = [pid for visitor in students for pid in _pids(visitor.name)]
    assert not set(servers) & set(left), "an old server is left"
    instructor = Visitor(hub, "instructor")
    instructor.log_in()
    page = f"{hub.url}services/{hub.course.id}/formgrader/api/assignments"
    answer = instructor.session.get(page, timeout=60)
    assert answer.status_code == 200 and json.loads(answer.text)[0]["name"] == UNIT
    for visitor in students:
        visitor.start_server()
    assert (hub.site.homes / first.name / folder(first) / "notes.txt").read_text() == "before"
    rows = first.assignments()["value"]
    assert [row["status"] for row in rows].count("submitted") == 1
    assert collect(hub).returncode == 0
    assert collected(hub, first, "notes.txt") == "before"


def _pids(account):
    done = subprocess.run(["pgrep", "-u", account], capture_output=True, text=True)
    return [int(pid) for pid in done.stdout.split()]


def test_submitting_while_the_course_collects(hub, students):
    """Every collection finds a submission whole, and the last one the newest."""
    second = students[1]
    path = hub.site.homes / second.name / folder(second)
    account = hub.account(second.name)
    stop = threading.Event()
    seen, failed = set(), []

    def collecting():
        while not stop.is_set():
            done = collect(hub, f"--student={second.name}")
            if done.returncode:
                failed.append(done.stderr)
            target = hub.root / "submitted" / second.name / UNIT
            if target.exists():
                parts = {(target / f"part{i}.txt").read_text() for i in range(40)}
                assert len(parts) == 1, parts
                seen.update(parts)

    thread = threading.Thread(target=collecting)
    numbers = range(12)
    for number in numbers:
        for i in range(40):
            part = path / f"part{i}.txt"
            part.write_text(f"{number}" * 20_000)
            os.chown(part, account.pw_uid, account.pw_gid)
        assert second.submit(UNIT)["success"]
        if not thread.is_alive():
            thread.start()
    stop.set()
    thread.join()
    assert not failed, failed[0]
    assert collect(hub).returncode == 0
    assert collected(hub, second, "part0.txt") == f"{numbers[-1]}" * 20_000
    assert seen
    assert not [name for name in handed_in(hub, second) if name.startswith(".")]


def test_a_full_exchange_says_so_and_takes_nothing_half(hub, students):
    first = students[0]
    inbound = hub.site.exchange / hub.course.id / "inbound"
    account = hub.account(hub.course.account)
    before = handed_in(hub, first)
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k,mode=3733", "tmpfs", str(inbound)],
        capture_output=True,
        text=True,
    )
    if mount.returncode:
        pytest.skip(f"no file system may be mounted here: {mount.stderr.strip()}")
    try:
        os.chown(inbound, account.pw_uid, account.pw_gid)
        inbound.chmod(0o3733)
        first.write(f"{folder(first)}/large.txt", "x" * 200_000)
        said = first.submit(UNIT)
        assert not said["success"]
        last = said["value"].strip().splitlines()[-1]
        assert "Expected to hand in 00-field-kit" in last
        assert "No space left on device" in last and "Nothing was handed in" in last
        assert handed_in(hub, first) == []
        cache = hub.site.homes / first.name / ".local/share/jupyter/nbgrader_cache"
        kept = {path.name for path in (cache / hub.course.id).iterdir()}
    finally:
        subprocess.run(["umount", str(inbound)], check=True)
    assert handed_in(hub, first) == before
    assert not [name for name in kept if name.startswith(".")]
    assert first.submit(UNIT)["success"]
    assert len(handed_in(hub, first)) == len(before) + 1
    assert collect(hub).returncode == 0
    assert collected(hub, first, "large.txt") == "x" * 200_000


def test_a_clock_that_is_wrong_loses_nothing(hub, students):
    """A server an hour ahead hands in first, one that is right afterwards: the later one counts,
    though its name says otherwise, and what the first one's name says is told."""
    second = students[1]
    note = hub.site.homes / second.name / folder(second) / "notes.txt"
    command = [
        "/usr/bin/faketime", "-f", "+1h", str(hub.python), "-m", "nbgrader", "submit", UNIT,
        f"--course={hub.course.id}", "--Authenticator.plugin_class=nbgrader.auth.NoAuthPlugin",
    ]  # fmt: skip
    second.write(f"{folder(second)}/notes.txt", "ahead")
    account = hub.account(second.name)
    settings = str(hub.site.jupyter / "student")
    done = accounts.run_as(account, *command, JUPYTER_CONFIG_PATH=settings)
    assert done.returncode == 0, done.stderr
    done = collect(hub)
    assert done.returncode == 0 and "Is another clock wrong?" in done.stderr, done.stderr
    assert collected(hub, second, "notes.txt") == "ahead"
    second.write(f"{folder(second)}/notes.txt", "right")
    assert note.read_text() == "right"
    assert second.submit(UNIT)["success"]
    done = collect(hub)
    assert done.returncode == 0, done.stderr
    assert collected(hub, second, "notes.txt") == "right"
    counted = parse_utc(collected(hub, second, "timestamp.txt"))
    assert abs((datetime.now(UTC).replace(tzinfo=None) - counted).total_seconds()) < 600


def test_what_a_student_puts_into_the_exchange_is_not_believed(hub, students):
    """Links to the course's own files, other people's names, and names that are none."""
    first, second = students
    inbound = hub.site.exchange / hub.course.id / "inbound"
    code = f"""
import os, shutil
inbound, one, two, unit = {str(inbound)!r}, {first.name!r}, {second.name!r}, {UNIT!r}
time = "2033-01-01 00:00:00.000000 UTC"
def folder(name):
    path = f"{{inbound}}/{{name}}"
    os.mkdir(path)
    os.chmod(path, 0o777)
    return path
theirs = folder(f"{{one}}+{{unit}}+{{time}}+impostor")
open(theirs + "/notes.txt", "w").write("an impostor's")
mine = folder(f"{{two}}+{{unit}}+2026-01-01 00:00:00.000000 UTC+links")
os.symlink({str(hub.root / "gradebook.db")!r}, mine + "/data.csv")
os.symlink({str(hub.root / "solutions")!r}, mine + "/folder")
os.mkfifo(mine + "/pipe")
open(mine + "/notes.txt", "w").write("with links")
os.chmod(mine + "/notes.txt", 0o644)
folder(f"{{two}}+{{unit}}+no time at all+x")
folder(f"nobody-here+{{unit}}+{{time}}+x")
folder(f"{{two}}+{{unit}}")
os.chmod(folder(f"{{two}}+{{unit}}+{{time}}+closed"), 0o700)
os.symlink("/etc", f"{{inbound}}/{{two}}+{{unit}}+{{time}}+linked")
"""
    done = hub.run(second.name, "-c", code)
    assert done.returncode == 0, done.stderr
    before = collected(hub, first, "notes.txt")
    done = collect(hub)
    assert done.returncode == 0, done.stderr
    for text in (
        f"it names {first.name}, but belongs to {second.name}",
        "its name says no time",
        "there is no account nobody-here",
        "this is no submission",
        "it is closed to the course",
        f"data.csv: it is no file of {second.name}",
        f"pipe: it is no file of {second.name}",
    ):
        assert text in done.stderr, text
    assert collected(hub, first, "notes.txt") == before
    assert collected(hub, second, "notes.txt") == "with links"
    taken = {p.name for p in (hub.root / "submitted" / second.name / UNIT).iterdir()}
    assert taken == {"notes.txt", "timestamp.txt"}


def test_a_database_that_restarts_while_a_class_is_graded(python, postgresql):
    """PostgreSQL crashes and comes back in the middle of a run; the next run has all marks."""
    count = 8
    with deployment(python, students=count, running=False, database=postgresql.url) as hub:
        release(hub)
        _hand_in(hub, count)
        grade = (str(python.with_name("autograder")), "grade", "--course", str(hub.root))
        grade += ("--workers", "1", "--json", str(hub.root / "report.json"))
        runs = []
        thread = threading.Thread(target=lambda: runs.append(hub.run(hub.course.account, *grade)))
        thread.start()

        def some_are_graded():
            return len(list((hub.root / ".footguns" / "records").glob("*/*/*.json"))) >= 2

        wait_until(some_are_graded, 300)
        postgresql.stop("immediate")
        time.sleep(1)  # what is graded meanwhile cannot be written
        postgresql.start()
        thread.join()
        (first,) = runs
        assert "Traceback" not in first.stderr
        done = hub.run(hub.course.account, *grade)
        assert done.returncode == 0, done.stderr
        report = json.loads((hub.root / "report.json").read_text())
        assert report["run"]["unrecorded"] == 0 and len(report["submissions"]) == count
        assert report["run"]["reused"] >= 2, "what was graded is not graded again"
        done = hub.nbgrader("export", "--to", str(hub.root / "grades.csv"))
        assert done.returncode == 0, done.stderr
        with open(hub.root / "grades.csv") as file:
            scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
        assert scores == {hub.names[f"student{i + 1}"]: 9.0 for i in range(count)}


def _hand_in(hub, count):
    """A class that has solved all but what is answered in words."""
    solution = (hub.root / "solutions" / UNIT / f"{NOTEBOOK}.ipynb").read_text()
    account = hub.account(hub.course.account)

    def put():
        for i in range(count):
            target = hub.root / "submitted" / hub.names[f"student{i + 1}"] / UNIT
            target.mkdir(parents=True)
            (target / f"{NOTEBOOK}.ipynb").write_text(solution)
            (target / "timestamp.txt").write_text("2026-01-01 00:00:00.000000 UTC")

    accounts.acting_as(account, put)
