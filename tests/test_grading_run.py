"""Grading runs on a real course directory with nbgrader's real gradebook."""

import json
import shutil
import signal
import subprocess
import sys
import tempfile

import grading_class
import nbformat
import pytest
from grading_class import hand_in, rows, works

from autograder.errors import Problem
from autograder.grading import demo
from autograder.grading.environment import environment
from autograder.grading.gradebook.course import Course
from autograder.grading.run import Listener, grade

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own
LIMITS = {"cell": 1.5, "notebook": 30}
HONEST = ("right", "solution", "mixed", "wrong", "blank", "own-cells")


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """A course directory with two units and no submissions."""
    return grading_class.make_course(tmp_path_factory.mktemp("template") / "course").root


@pytest.fixture
def make(template, tmp_path):
    """A copy of the course with given submissions."""

    def make(handed_in, name="course"):
        root = tmp_path / name
        shutil.copytree(template, root)
        hand_in(root, handed_in)
        return Course(root)

    return make


def run(course, **more):
    return grade(course, preload=(), limits=LIMITS, workers=2, **more)


def by_student(report):
    return {s["student"]: s for s in report["submissions"]}


# The whole class -------------------------------------------------------------------------------


def test_every_kind_of_submission_gets_its_marks(make):
    from nbgrader.utils import determine_grade

    handed_in = works(demo.KINDS)
    unit = grading_class.unit()
    course = make(handed_in)
    report = run(course)
    expected = {s: {u: w.expected(unit) for u, w in of.items()} for s, of in handed_in.items()}
    assert demo.compare(report, {"students": expected}) == []
    assert report["run"]["graded"] == len(handed_in)
    assert report["run"]["unrecorded"] == 0

    scores = {(r[0], r[3]): r[4] for r in rows(course) if len(r) == 8}
    for submission in report["submissions"]:
        for cell in submission["cells"]:
            assert scores[submission["student"], cell["grade_id"]] == cell["points"]

    found = by_student(report)  # and the outputs say the same marks to nbgrader's own rule
    for path in (course.root / "autograded").rglob("*.ipynb"):
        marks = {c["grade_id"]: c["points"] for c in found[path.parts[-3]]["cells"]}
        for cell in nbformat.read(path, 4).cells:
            if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code":
                assert determine_grade(cell)[0] == marks[cell.metadata.nbgrader.grade_id], path

    again = run(course)
    assert (again["run"]["graded"], again["run"]["reused"]) == (0, len(handed_in))
    assert again["submissions"] == report["submissions"]


def test_the_report_has_the_agreed_fields(make):
    (submission,) = run(make(works(["right"])))["submissions"]
    assert {
        "student", "unit", "notebook", "status", "score", "max_score", "seconds", "isolation", "cells",
    } <= set(submission)  # fmt: skip
    for cell in submission["cells"]:
        assert set(cell) == {"grade_id", "points", "max_points", "outcome", "message", "seconds"}
    assert json.loads(json.dumps(submission)) == submission


def test_honest_work_gets_the_marks_of_plain_nbgrader(make, monkeypatch):
    from nbgrader.converters import Autograde
    from nbgrader.coursedir import CourseDirectory

    handed_in = works(HONEST)
    ours, plain = make(handed_in, "ours"), make(handed_in, "plain")
    run(ours)
    plain.config.pop("Autograde")  # nbgrader's own engine
    coursedir = CourseDirectory(config=plain.config, root=str(plain.root))
    coursedir.assignment_id = "01-sums"
    converter = Autograde(coursedir=coursedir, config=plain.config)
    converter.log.setLevel("CRITICAL")
    converter.start()
    assert rows(ours) == rows(plain)
    for path in sorted((plain.root / "autograded").rglob("*.ipynb")):
        mine = ours.root / path.relative_to(plain.root)
        theirs = nbformat.read(path, 4)
        ours_now = nbformat.read(mine, 4)
        assert [c.source for c in ours_now.cells] == [c.source for c in theirs.cells]
        assert mine.stat().st_mode == path.stat().st_mode


# Reasons ---------------------------------------------------------------------------------------


def test_reasons(make, tmp_path):
    handed_in = works(["missing", "not-json", "from-the-future", "right"])
    course = make(handed_in)
    folder = course.root / "submitted" / "03-right" / "01-sums"
    (folder / "sums.ipynb").rename(folder / "sums (1).ipynb")
    found = by_student(run(course))
    assert {s["status"] for s in found.values()} == {"failed"}
    assert found["00-missing"]["reason"] == "sums.ipynb was not handed in."
    assert (
        found["01-not-json"]["reason"] == "Expected a notebook. Received a file that is not JSON."
    )
    assert "format 99" in found["02-from-the-future"]["reason"]
    assert found["03-right"]["reason"] == "Expected sums.ipynb. Received: sums (1).ipynb."


def test_disputes_flag_the_notebook_and_keep_the_mark(make):
    from nbgrader.api import Gradebook

    course = make(works(["disputes"]))
    (submission,) = run(course)["submissions"]
    (name,) = submission["disputes"]
    assert submission["disputes"][name] == "the text can be read in two ways"
    with Gradebook(f"sqlite:///{course.gradebook}") as gradebook:
        notebook = gradebook.find_submission_notebook("sums", "01-sums", submission["student"])
        assert notebook.flagged
        comment = gradebook.find_comment(name, "sums", "01-sums", submission["student"])
        assert comment.comment == "Disputed: the text can be read in two ways"


def test_our_own_failure_gives_no_mark_and_asks_for_a_person(make):
    course = make(works(["right"]))
    path = course.masters["01-sums"]["sums"]
    path.write_text(path.read_text().replace("expect(double(2), 4)", "raise CouldNotCheck('oh')"))
    (submission,) = run(course)["submissions"]
    cell = next(c for c in submission["cells"] if c["grade_id"] == "double-test")
    assert (cell["outcome"], cell["points"], cell["message"]) == ("unchecked", None, "oh")
    assert [r[4:] for r in rows(course) if r[3] == "double-test"] == [(None, None, True, 1.0)]


# Nothing lost, nothing twice -------------------------------------------------------------------


def test_only_what_changed_is_graded_again(make):
    course = make(works(["right", "blank"]))
    run(course)
    path = course.root / "submitted" / "01-blank" / "01-sums" / "sums.ipynb"
    path.write_bytes(works(["right"])["00-right"]["01-sums"].files["sums.ipynb"])
    report = run(course)
    assert (report["run"]["graded"], report["run"]["reused"]) == (1, 1)
    assert by_student(report)["01-blank"]["score"] == 6
    records = course.state / "records" / "01-sums" / "01-blank"
    assert len(list(records.iterdir())) == 2  # the earlier one stays
    assert run(course, force=True)["run"]["graded"] == 2
    assert run(course, students=("00-right",))["run"]["reused"] == 1


def test_more_time_runs_again_what_ran_out_of_it(make):
    course = make(works(["endless-loop", "right"]))
    run(course)
    report = grade(course, preload=(), limits={"cell": 2.0, "notebook": 30})
    assert (report["run"]["graded"], report["run"]["reused"]) == (1, 1)


def test_marks_and_comments_by_hand_survive(make):
    from nbgrader.api import Gradebook

    course = make(works(["right"]))
    run(course)
    where = "sums", "01-sums", "00-right"
    with Gradebook(f"sqlite:///{course.gradebook}") as gradebook:
        gradebook.find_grade("why", *where).manual_score = 1.5
        gradebook.find_comment("why", *where).manual_comment = "Nearly."
        gradebook.db.commit()
    run(course, force=True)
    with Gradebook(f"sqlite:///{course.gradebook}") as gradebook:
        assert gradebook.find_grade("why", *where).score == 1.5
        assert gradebook.find_comment("why", *where).comment == "Nearly."


def test_a_lost_gradebook_is_written_again_from_records(make, template):
    course = make(works(["right", "wrong", "missing"]))
    run(course)
    before = rows(course)
    shutil.copy(template / "gradebook.db", course.gradebook)
    assert run(course)["run"]["graded"] == 0
    assert rows(course) == before


@pytest.mark.slow
def test_killing_the_run_anywhere_loses_nothing(make, tmp_path):
    kinds = ["right", "wrong", "kills-the-kernel", "blank", "mixed", "not-json", "solution"] * 2
    undisturbed, course = make(works(kinds), "undisturbed"), make(works(kinds), "killed")
    run(undisturbed)
    code = """
import sys
from autograder.grading.gradebook.course import Course
from autograder.grading.run import grade, Listener
class Say(Listener):
    def done(self, record):
        print(record["student"], flush=True)
grade(Course(sys.argv[1]), preload=(), workers=2, limits={"cell": 1.5, "notebook": 30}, listener=Say())
"""
    for lines in (1, 2):
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(course.root)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(lines):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = len(list((course.state / "records").rglob("*.json")))
    assert 0 < done < len(kinds)
    environment.cache_clear()  # read anew, as in the killed processes
    report = run(course)
    assert report["run"]["reused"] == done
    assert rows(course) == rows(undisturbed)
    assert not list((course.root / ".footguns").rglob(".*.json.*"))


def test_one_run_at_a_time(make):
    course = make(works(["right"]))

    class Second(Listener):
        def planned(self, total, reused):
            with pytest.raises(Problem, match="another one is going on"):
                run(course)

    run(course, listener=Second())


def test_one_submission_that_cannot_be_recorded_costs_nobody_else(make):
    course = make(works(["right", "right", "right"]))
    (course.root / "submitted" / "01-right" / "01-sums" / "timestamp.txt").write_text("soon")
    report = run(course)
    found = by_student(report)
    assert report["run"]["unrecorded"] == 1
    assert found["01-right"]["status"] == "failed"
    assert "could not be written to the gradebook" in found["01-right"]["reason"]
    assert found["02-right"]["status"] == "graded"
    assert {r[0] for r in rows(course) if r[-1:] == (6.0,)} == {"00-right", "02-right"}


def test_large_and_strange_submissions_end_each_with_its_reason(make, tmp_path, monkeypatch):
    (scratch := tmp_path / "scratch").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))  # other tests write into the usual one
    course = make(works(["right"] * 5))
    folders = sorted((course.root / "submitted").glob("*/01-sums"))
    notebook = json.loads((folders[0] / "sums.ipynb").read_bytes())
    with open(folders[0] / "sums.ipynb", "wb") as file:
        file.truncate(200 << 20)
    extra = {"cell_type": "code", "metadata": {}, "source": "1", "outputs": []}
    many = notebook | {"cells": notebook["cells"] + [extra] * 10_000}
    (folders[1] / "sums.ipynb").write_text(json.dumps(many))
    noisy = json.loads(json.dumps(notebook))
    noisy["cells"][3]["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": "x" * 30_000_000}
    ]
    (folders[2] / "sums.ipynb").write_text(json.dumps(noisy))
    (folders[3] / "sums.ipynb").write_text("[" * 100_000)
    (folders[4] / "sums.ipynb").unlink()
    (folders[4] / "sums.ipynb").mkdir()
    found = by_student(run(course))
    reasons = [s["reason"] for s in found.values()]
    assert "at most 64 MB" in reasons[0]
    assert "at most 2000 cells" in reasons[1]
    assert (reasons[2], found["02-right"]["score"]) == (None, 6)
    assert "not JSON" in reasons[3]
    assert found["04-right"]["status"] == "failed"
    assert not list(scratch.iterdir())
