"""Six hundred submissions, every seventh hostile; the coordinator is killed three times, and on a
cluster a worker."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from grading_class import hand_in, make_course, rows, unit
from test_cluster import Site

from autograder.grading import demo
from autograder.grading.gradebook.course import Course

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")]
COMMAND = Path(sys.executable).with_name("autograder")
STUDENTS = 600
HOSTILE = {
    "segmentation": ("import ctypes; ctypes.string_at(0)", "killed"),
    "exit": ("import os; os._exit(0)", "killed"),
    "bomb": ("total = bytearray(1 << 40)", "error"),
    "sleep": ("import time; time.sleep(1000)", "timeout"),
    "deaf": (
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "timeout",
    ),
    "flood": ("for _ in range(3000): print('x' * 10000)", "failed"),
    "forks": (
        "import os\nfor _ in range(20):\n    if os.fork() == 0:\n        os.setsid(); signal = 1\n"
        "        import time; time.sleep(1000)",
        "failed",
    ),
}


def class_of(n):
    """{student: {unit: Work}}, the same at every call."""
    made_of = unit()
    names = list(HOSTILE)
    works = {}
    for i in range(n):
        desk = demo.Desk(made_of, "en", demo.random.Random(i))
        if i % 7 == 3:
            name = names[i // 7 % len(names)]
            desk.answer(made_of.tasks["total"], *HOSTILE[name])
            work = desk.work(name)
        else:
            work = demo.KINDS[("right", "wrong", "mixed")[i % 3]](desk)
        works[f"s{i:03}"] = {made_of.id: work}
    return works


def run(course, *more, until=None, then=lambda process: process.send_signal(signal.SIGKILL)):
    """The real command; ``then`` happens to it as soon as ``until`` records are there."""
    report = course.root / "report.json"
    words = [COMMAND, "grade", "--course", course.root, "--timeout", "1", "--json", report, *more]
    process = subprocess.Popen(words, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    folder, deadline = course.state / "records", time.monotonic() + 900
    while process.poll() is None and until is not None and time.monotonic() < deadline:
        if sum(1 for _ in folder.rglob("[!.]*.json")) >= until:
            then(process)
            break
        time.sleep(0.02)
    code = process.wait(900)
    return json.loads(report.read_bytes()) if code == 0 else code


def records(course):
    return {path: path.read_bytes() for path in (course.state / "records").rglob("[!.]*.json")}


def as_they_must_be(report, works):
    """Every cell of every submission in the report has its marks and its outcome."""
    wanted = {student: work["01-sums"] for student, work in works.items()}
    for submission in report["submissions"]:
        cells = wanted[submission["student"]].cells
        found = {
            cell["grade_id"]: (cell["points"], cell["outcome"]) for cell in submission["cells"]
        }
        for name, (points, outcomes) in cells.items():
            assert found[name][0] == points, (submission["student"], name, found[name])
            assert found[name][1] in outcomes, (submission["student"], name, found[name])


def test_nothing_is_lost_and_nothing_is_done_twice(tmp_path):
    works = class_of(STUDENTS)
    make_course(tmp_path / "killed")
    make_course(tmp_path / "left-alone")
    for name in ("killed", "left-alone"):
        hand_in(tmp_path / name, works)
    course = Course(tmp_path / "killed")
    before = {}
    for share in (0.2, 0.5, 0.8):
        assert run(course, until=int(share * STUDENTS)) == -signal.SIGKILL
        now = records(course)
        assert before.items() <= now.items()  # what was finished was not done again
        assert len(now) >= share * STUDENTS
        before = now
    report = run(course)
    assert before.items() <= records(course).items()
    assert len(records(course)) == STUDENTS
    assert report["run"]["reused"] == len(before)
    assert report["run"]["graded"] == STUDENTS - len(before)
    as_they_must_be(report, works)
    undisturbed = Course(tmp_path / "left-alone")
    assert run(undisturbed)["run"]["graded"] == STUDENTS
    assert rows(course) == rows(undisturbed)


def test_a_worker_that_is_killed_costs_nobody_anything(tmp_path):
    works = class_of(STUDENTS)
    course = Course(make_course(tmp_path / "course").root)
    hand_in(course.root, works)
    site = Site(tmp_path / "site")
    try:
        site.worker("--no-nanny")
        victim = site.worker("--no-nanny")
        site.has(threads=2)

        def kill(_):
            site.below(victim)
            victim.kill()

        report = run(course, "--cluster", site.address, until=STUDENTS // 3, then=kill)
        assert victim.poll() is not None, "nobody was killed"
    finally:
        site.close()
    assert len(records(course)) == STUDENTS
    assert report["run"]["graded"] == STUDENTS
    as_they_must_be(report, works)
