"""Regrading: old marks against new ones, and nothing written unless it is asked for."""

import json
import re
import shutil

import grading_class
import pytest
from click.testing import CliRunner
from grading_class import Whole, hand_in, rows, works

from autograder.grading.gradebook.course import Course

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own


def call(*words):
    """(exit code, stdout, stderr) of the command line."""
    result = CliRunner().invoke(Whole(), [str(word) for word in words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class of four, graded, with a mark and a comment by hand."""
    from nbgrader.api import Gradebook

    course = grading_class.make_course(tmp_path_factory.mktemp("graded") / "course")
    hand_in(course.root, works(["right", "wrong", "blank", "solution"]))
    assert call("grade", "--course", course.root)[0] == 0
    with Gradebook(f"sqlite:///{course.gradebook}") as gradebook:
        where = "sums", "01-sums", "00-right"
        gradebook.find_grade("double-test", *where).manual_score = 0.5
        gradebook.find_comment("why", *where).manual_comment = "Nearly."
        gradebook.db.commit()
    return course.root


@pytest.fixture
def course(graded, tmp_path):
    """A copy. nbgrader's settings know their own folder; the gradebook's place follows it."""
    shutil.copytree(graded, tmp_path / "course")
    return Course(tmp_path / "course")


def change(course, old, new):
    path = course.masters["01-sums"]["sums"]
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def regrade(course, *words):
    """(report, what was printed)"""
    file = course.root / "report.json"
    code, out, err = call("regrade", "01-sums", "--course", course.root, "--json", file, *words)
    assert code == 0, err
    return json.loads(file.read_bytes()), out


def changes(report):
    return {
        (s["student"], c["grade_id"]): c["change"]
        for s in report["submissions"]
        for c in s["cells"]
        if c["change"] != "stays"
    }


def test_nothing_changed_nothing_changes(course):
    before = course.gradebook.read_bytes()
    report, out = regrade(course)
    assert changes(report) == {}
    assert report["run"]["graded"] == 0  # the records still hold
    assert report["run"]["changes"]["stays"] == 16
    assert "0 marks rise, 0 fall, 16 stay. The gradebook is as it was" in out
    assert course.gradebook.read_bytes() == before


def test_a_changed_check_is_shown_and_written_only_when_asked(course):
    kept = rows(course)
    records = {p: p.read_bytes() for p in (course.state / "records").rglob("*.json")}
    executed = {p: p.read_bytes() for p in (course.root / "autograded").rglob("*.ipynb")}
    # The first check of double becomes easier, the second one harder.
    change(course, "expect(double(2), 4)", "expect(2, 2)")
    change(course, "expect([double(n) for n in DATA], [2, 4, 6])", "expect(double(3), 7)")
    report, out = regrade(course)

    assert changes(report) == {
        ("01-wrong", "double-test"): "rises",
        ("02-blank", "double-test"): "rises",
        ("00-right", "double-test-2"): "falls",
        ("03-solution", "double-test-2"): "falls",
    }
    assert report["run"]["changes"] | {"rises": 2, "falls": 2} == report["run"]["changes"]
    by = {s["student"]: s for s in report["submissions"]}
    assert (by["03-solution"]["old_score"], by["03-solution"]["score"]) == (6, 3)
    assert (by["00-right"]["old_score"], by["00-right"]["score"]) == (5.5, 2.5)  # 0.5 by hand
    assert by["03-solution"]["because"] == ["master"]
    (cell,) = [c for c in by["03-solution"]["cells"] if c["change"] == "falls"]
    assert cell["old"] == {"points": 3.0, "outcome": "passed", "message": None}
    assert cell["new"]["outcome"] == "failed"
    assert cell["new"]["message"] == "Expected 7. Received 6."
    assert re.search(r"03-solution .*3/3 passed .*0/3 failed .*Expected 7", out)
    assert "2 marks rise, 2 fall, 12 stay. The gradebook is as it was; --apply" in out
    assert rows(course) == kept
    assert all(path.read_bytes() == data for path, data in (records | executed).items())

    report, out = regrade(course, "--apply")
    assert report["run"]["graded"] == 0  # all from the comparison's records
    assert "The gradebook has the new marks." in out
    found = {(r[0], r[3]): r[4:7] for r in rows(course) if len(r) == 8}
    assert found["03-solution", "double-test-2"] == (0.0, None, False)
    assert found["02-blank", "double-test"] == (1.0, None, False)
    assert found["00-right", "double-test"] == (1.0, 0.5, True)
    comments = {(r[0], r[3]): r[4:] for r in rows(course) if len(r) == 6}
    assert comments["00-right", "why"] == (None, "Nearly.")
    assert all(path.read_bytes() == data for path, data in records.items())
    assert changes(regrade(course)[0]) == {}


def test_applying_is_the_same_as_grading(course, tmp_path):
    change(course, "expect(double(2), 4)", "expect(2, 2)")
    shutil.copytree(course.root, tmp_path / "other")
    other = Course(tmp_path / "other")
    regrade(course, "--apply")
    assert call("grade", "01-sums", "--course", other.root)[0] == 0
    assert rows(course) == rows(other)


def test_doubt_and_its_end(course):
    """A check that breaks asks for a person; when it is mended, nobody need be asked."""
    whole = course.masters["01-sums"]["sums"].read_text()
    change(course, "expect(double(2), 4)", "raise CouldNotCheck('no data')")
    report, out = regrade(course, "--apply")
    assert set(changes(report).values()) == {"opens"}
    assert ("00-right", "double-test") not in changes(report)  # marked by hand
    assert "3 wait for a person now" in out
    course.masters["01-sums"]["sums"].write_text(whole)
    report, out = regrade(course)
    assert set(changes(report).values()) == {"settles"}
    assert "3 need not wait for a person" in out


def test_work_that_was_not_graded_is_new(course):
    hand_in(course.root, {"late": works(["right"])["00-right"]})
    report, out = regrade(course)
    assert {change for (who, _), change in changes(report).items() if who == "late"} == {"new"}
    assert report["submissions"][-1]["old_score"] is None
    assert "4 are new" in out
    assert "late" not in {row[0] for row in rows(course)}


def test_another_submission_is_named_as_the_reason(course):
    data = works(["right"])["00-right"]["01-sums"].files["sums.ipynb"]
    (course.root / "submitted" / "02-blank" / "01-sums" / "sums.ipynb").write_bytes(data)
    report, out = regrade(course)
    (blank,) = [s for s in report["submissions"] if s["student"] == "02-blank"]
    assert blank["because"] == ["submission"]
    assert "(Another submission.)" in " ".join(out.split())


def test_marks_of_plain_nbgrader_can_be_compared(course):
    """Without a record of ours there are old marks, and no old outcomes."""
    shutil.rmtree(course.state)
    shutil.rmtree(course.root / "autograded")
    report, _ = regrade(course)
    assert changes(report) == {}
    olds = [c["old"] for s in report["submissions"] for c in s["cells"]]
    assert {old["outcome"] for old in olds} == {None}
    assert {old["points"] for old in olds} == {0, 1, 2, 3, None}


def test_wrong_use(course, tmp_path):
    at = "--course", course.root
    assert call("regrade", "09-none", *at)[::2] == (
        2, "autograder: Expected one of the units 01-sums, 02-more. Received: 09-none.\n"
    )  # fmt: skip
    assert "cannot be written" in call("regrade", *at, "--json", tmp_path / "no" / "r.json")[2]
    assert "Received none" in call("regrade", "02-more", *at)[2]
