"""Whatever ends a grading run, the next one goes on: the real command, killed at many moments."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import grading_class
import pytest
from click.testing import CliRunner
from grading_class import Whole, hand_in, rows, works

from autograder.grading.environment import environment
from autograder.grading.gradebook.course import Course

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own
COMMAND = Path(sys.executable).with_name("autograder")
KINDS = ["right", "wrong", "kills-the-kernel", "blank", "not-json", "mixed"]

#: In the course's settings, which run in the coordinator: its every step that changes the disk is
#: counted, and the one with the number KILL_AT is its last. Without KILL_AT, the steps are listed.
STEPS = """
import os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine

def _step(name, at=[0], where=os.path.dirname(os.path.abspath(__file__))):
    at[0] += 1
    if os.environ.get("STEPS"):
        with os.fdopen(os.open(os.environ["STEPS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT), "w") as f:
            f.write(name + "\\n")
    elif at[0] == int(os.environ.get("KILL_AT", 0)):
        os.kill(os.getpid(), signal.SIGKILL)

def _audit(what, args):
    if what in ("os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.chmod", "shutil.rmtree"):
        if "/autograded" in str(args[0]) or ".footguns" in str(args[0]):
            _step(what + " " + str(args[0]))

sys.addaudithook(_audit)
event.listen(Engine, "commit", lambda connection: _step("commit"))
"""


def command(course, *words, **more):
    """The console script in a process of its own: what subprocess' functions want."""
    words = [COMMAND, *map(str, words), "--course", str(course.root)]
    return {"args": words, "env": {**os.environ, **more}, "text": True}


def call(course, *words, **more):
    return subprocess.run(**command(course, *words, **more), capture_output=True)


def grade(course, *words):
    """A run in this process, which has nbgrader imported already; returns the report."""
    environment.cache_clear()  # read anew, as a new process does
    file = course.root / "report.json"
    options = "--workers", "2", "--timeout", "2", "--course", str(course.root), "--json", str(file)
    result = CliRunner().invoke(Whole(), ["grade", *options, *words])
    assert result.exit_code == 0, result.output
    return json.loads(file.read_bytes())


def records(course):
    return {p: p.read_bytes() for p in (course.state / "records").rglob("[!.]*.json")}


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    course = grading_class.make_course(tmp_path_factory.mktemp("handed-in") / "course")
    hand_in(course.root, works(KINDS))
    return course.root


@pytest.fixture
def make(handed_in, tmp_path):
    def make(name="course", settings=""):
        shutil.copytree(handed_in, tmp_path / name)
        with open(tmp_path / name / "nbgrader_config.py", "a") as file:
            file.write(settings)
        return Course(tmp_path / name)

    return make


@pytest.fixture(scope="module")
def undisturbed(handed_in, tmp_path_factory):
    """A run from beginning to end: its gradebook's rows, and its steps."""
    root = tmp_path_factory.mktemp("undisturbed") / "course"
    shutil.copytree(handed_in, root)
    with open(root / "nbgrader_config.py", "a") as file:
        file.write(STEPS)
    steps = root / "steps"
    done = call(Course(root), "grade", "--workers", 2, "--timeout", 2, STEPS=str(steps))
    assert done.returncode == 0, done.stderr
    return rows(Course(root)), steps.read_text().splitlines()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.45, 0.6, 0.75, 0.9, 1.0])
def test_killed_at_a_step_of_writing(make, undisturbed, share):
    """From the first record's folder to the last commit, by the step's number."""
    wanted, steps = undisturbed
    killed(make("course", STEPS), wanted, 1 + round(share * (len(steps) - 1)))


@pytest.mark.parametrize(
    "moment",
    [
        r"os.rename .*/records/",  # the first record is written, but not in its place
        r"os.mkdir .*/autograded",  # it is, and the gradebook has nothing of it
        r"commit",  # the gradebook's first transaction
        r"os.chmod .*/autograded",  # all is in the gradebook, not all has been tidied up
    ],
)
def test_killed_between_record_and_gradebook(make, undisturbed, moment):
    wanted, steps = undisturbed
    at = next(i for i, step in enumerate(steps) if re.match(moment, step))
    killed(make("course", STEPS), wanted, at + 1)


def killed(course, wanted, at):
    done = call(course, "grade", "--workers", 2, "--timeout", 2, KILL_AT=str(at))
    assert done.returncode == -signal.SIGKILL, done.stderr
    finished = records(course)
    report = grade(course)
    assert rows(course) == wanted
    assert report["run"]["reused"] == len(finished)  # what was finished did not run again
    assert report["run"]["graded"] == len(KINDS) - len(finished)
    assert finished.items() <= records(course).items()
    assert len(records(course)) == len(KINDS)
    left = [p for p in course.state.rglob(".*") if p.is_file()]
    assert left == []  # no half-written file stays
    for _ in range(2):
        assert grade(course)["run"]["graded"] == 0
    assert rows(course) == wanted


@pytest.mark.slow
def test_killed_again_and_again_when_a_line_is_logged(make, undisturbed):
    """From outside: a SIGKILL as soon as the log tells of a notebook; at last the run ends."""
    course = make()
    before = {}
    for _ in range(len(KINDS) + 1):
        words = command(course, "grade", "--workers", 1, "--timeout", 2)
        process = subprocess.Popen(**words, stderr=subprocess.PIPE)
        for line in process.stderr:
            if line.startswith(f"[{len(before) + 1}/"):
                process.kill()
        process.wait()
        now = records(course)
        assert before.items() <= now.items()
        if process.returncode == 0:
            break
        assert len(now) > len(before)  # every run gets further
        before = now
    assert len(before) == len(KINDS)
    assert grade(course)["run"]["graded"] == 0
    assert rows(course) == undisturbed[0]


def test_interrupting_is_no_traceback(make, undisturbed):
    course = make()
    words = command(course, "grade", "--workers", 1, "--timeout", 2)
    process = subprocess.Popen(**words, stderr=subprocess.PIPE)
    for line in process.stderr:
        if line.startswith("[1/"):
            process.send_signal(signal.SIGINT)
            break
    rest = process.communicate()[1]
    assert process.returncode == 130
    assert rest.endswith("autograder: Interrupted.\n") and "Traceback" not in rest
    assert grade(course)["run"]["reused"] >= 1
    assert rows(course) == undisturbed[0]


def test_force_runs_all_again_and_changes_nothing(make, undisturbed):
    course = make()
    grade(course)
    first = records(course)
    assert grade(course, "--force")["run"]["graded"] == len(KINDS)
    assert records(course).keys() == first.keys()
    assert rows(course) == undisturbed[0]


def test_the_latest_submission_counts_and_earlier_records_stay(make):
    from nbgrader.api import Gradebook

    course = make()
    grade(course)
    first = records(course)
    where = "sums", "01-sums", "03-blank"
    with Gradebook(f"sqlite:///{course.gradebook}") as gradebook:
        gradebook.find_grade("why", *where).manual_score = 1.5
        gradebook.find_comment("why", *where).manual_comment = "Better."
        gradebook.db.commit()
    folder = course.root / "submitted" / "03-blank" / "01-sums"
    blank = (folder / "sums.ipynb").read_bytes()
    (folder / "sums.ipynb").write_bytes(works(["right"])["00-right"]["01-sums"].files["sums.ipynb"])
    (folder / "timestamp.txt").write_text("2026-10-02 12:00:00 UTC")
    report = grade(course)
    assert (report["run"]["graded"], report["run"]["reused"]) == (1, len(KINDS) - 1)
    assert first.items() < records(course).items()
    found = {r[3]: r[4:6] for r in rows(course) if r[0] == "03-blank" and len(r) == 8}
    assert found == {
        "total-test": (2, None), "double-test": (1, None), "double-test-2": (3, None),
        "why": (None, 1.5),
    }  # fmt: skip
    stamps = {r[3] for r in rows(course) if r[0] == "03-blank" and r[2] == ""}
    assert stamps == {"2026-10-02 12:00:00"}
    with Gradebook(f"sqlite:///{course.gradebook}") as gradebook:
        assert gradebook.find_comment("why", *where).comment == "Better."

    (folder / "sums.ipynb").write_bytes(blank)  # and back: its record is there already
    assert grade(course)["run"]["graded"] == 0
    found = {r[3]: r[4:6] for r in rows(course) if r[0] == "03-blank" and len(r) == 8}
    assert found["total-test"] == (0, None)
    assert found["why"] == (0, 1.5)


def test_marks_by_hand_survive_a_forced_run(make):
    from nbgrader.api import Gradebook

    course = make()
    grade(course)
    where = "sums", "01-sums", "01-wrong"
    with Gradebook(f"sqlite:///{course.gradebook}") as gradebook:
        gradebook.find_grade("total-test", *where).manual_score = 1.0
        gradebook.find_comment("total", *where).manual_comment = "Half a point for the idea."
        gradebook.db.commit()
    grade(course, "--force")
    assert call(course, "regrade", "--apply").returncode == 0
    with Gradebook(f"sqlite:///{course.gradebook}") as gradebook:
        grade_ = gradebook.find_grade("total-test", *where)
        assert (grade_.auto_score, grade_.manual_score, grade_.score) == (0, 1, 1)
        assert gradebook.find_comment("total", *where).comment == "Half a point for the idea."


# What to teach next ----------------------------------------------------------------------------


def test_the_summary_says_what_to_teach_next(make, tmp_path):
    course = make()
    for n in range(3):  # three students fall for the same, with numbers of their own
        work = works(["right"])["00-right"]["01-sums"]
        text = work.files["sums.ipynb"].decode()
        notebook = json.loads(text)
        for cell in notebook["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("grade_id") == "double":
                cell["source"] = f"def double(x):\n    return x * {n + 5}"
        data = json.dumps(notebook).encode()
        work.files["sums.ipynb"] = data
        hand_in(course.root, {f"more-{n}": {"01-sums": work}})
    file = tmp_path / "report.json"
    done = call(course, "grade", "--timeout", 2, "--json", file)
    first = json.loads(file.read_bytes())["run"]["misconceptions"][0]
    assert first == {
        "unit": "01-sums", "grade_id": "double-test", "message": "Expected 4. Received 10.",
        "students": 3, "of": 8,
    }  # fmt: skip
    assert "What to teach next" in done.stdout
    assert "3 of 8  01-sums double-test: Expected 4. Received 10." in done.stdout


def test_misconceptions_are_counted_by_check_and_head():
    from autograder.grading.misconceptions import misconceptions

    def submission(student, message, outcome="failed", check="a", unit="u"):
        cell = {"grade_id": check, "outcome": outcome, "message": message}
        return {"student": student, "unit": unit, "cells": [cell]}

    found = misconceptions(
        [
            submission("s1", "Loss is 0.25 on 3 layers\nsecond line"),
            submission("s2", "Loss is 1e-5 on 4 layers\nanother"),
            submission("s3", "Loss is nowhere"),
            submission("s4", None, "passed"),
            submission("s5", "Loss is 7 on 1 layers", "killed"),
            submission("s6", "Loss is 7 on 1 layers", check="b"),
            submission("s7", "Loss is 7 on 1 layers", unit="v"),
            submission("s8", "There is no answer.", "missing"),
        ]
    )
    assert found == [
        {
            "unit": "u",
            "grade_id": "a",
            "message": "Loss is 0.25 on 3 layers",
            "students": 2,
            "of": 5,
        }
    ]
    assert misconceptions([submission("s1", "x"), submission("s1", "x")]) == []
    many = [submission(s, f"m{'x' * n}") for s in ("s1", "s2") for n in range(30)]
    assert len(misconceptions(many)) == 10
