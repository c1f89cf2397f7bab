"""Marks for other systems: `autograder grades` on a real gradebook, read back as importers do."""

import csv
import io
import os
import shutil

import grading_class
import pytest
from click.testing import CliRunner
from grading_class import Whole, hand_in, works
from hypothesis import given
from hypothesis import strategies as st

from autograder.grading.gradebook import export
from autograder.grading.gradebook.course import Course

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own

NAMES = {
    # id: first name, last name, e-mail, the LMS's own id
    "00-right": ("Ada", "Lovelace", "ada@example.org", "101"),
    "01-solution": ('=HYPERLINK("http://example.org")', "O'Neil, Jr.", "neil@example.org", "102"),
    "02-blank": ("Ёлка", "Zoë\n@home", "blank@example.org", "103"),
    "03-late": ("Late", "Comer", "late@example.org", "104"),
    "04-absent": ("Abe", "Sent", "absent@example.org", "105"),
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Five students: written answers marked by hand for one, waiting for one, one late, one absent;
    a sixth has handed in a second unit that nobody has graded."""
    from nbgrader.api import Gradebook

    course = grading_class.make_course(tmp_path_factory.mktemp("grades") / "course")
    hand_in(course.root, works(["right", "solution", "blank"]))
    (late,) = works(["solution"]).values()
    hand_in(course.root, {"03-late": late})
    result = CliRunner().invoke(Whole(), ["grade", "01-sums", "--course", str(course.root)])
    assert result.exit_code == 0, result.output
    ungraded = course.root / "submitted" / "00-right" / "02-more"
    shutil.copytree(course.root / "submitted" / "00-right" / "01-sums", ungraded)
    with Gradebook(f"sqlite:///{course.gradebook}") as gradebook:
        for id_, (first, last, email, lms) in NAMES.items():
            gradebook.update_or_create_student(
                id_, first_name=first, last_name=last, email=email, lms_user_id=lms
            )
        for student, mark in (("00-right", 1.5), ("03-late", 2.0)):
            gradebook.find_grade("why", "sums", "01-sums", student).manual_score = mark
        late = gradebook.find_submission_notebook("sums", "01-sums", "03-late")
        late.late_submission_penalty = 0.5
        gradebook.db.commit()
    return course.root


@pytest.fixture
def course(graded, tmp_path):
    shutil.copytree(graded, tmp_path / "course")
    return Course(tmp_path / "course")


def call(*words):
    result = CliRunner().invoke(Whole(), ["grades", *map(str, words)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def table(course, *words, notes=True):
    code, out, err = call("--course", course.root, *words)
    assert code == 0, err
    return list(csv.DictReader(io.StringIO(out, newline="")))


def complaint(course, *words, code=1):
    found, out, err = call("--course", course.root, *words)
    assert (found, out) == (code, ""), err
    assert err.startswith("autograder: Expected") and err.count("\n") == 1
    return err


def change(course, student, **values):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course.gradebook}") as gradebook:
        gradebook.update_or_create_student(student, **values)


def test_canvas_finds_its_columns_and_students(course):
    rows = table(course, "--format", "canvas", "--column", "01-sums=Sums (4711)")
    assert list(rows[0]) == [
        "Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Sums (4711)", "02-more",
    ]  # fmt: skip
    possible, *students = rows
    assert possible["Student"] == "Points Possible"
    assert (possible["Sums (4711)"], possible["02-more"], possible["ID"]) == ("8", "8", "")
    by = {row["SIS Login ID"]: row for row in students}
    assert list(by) == sorted(NAMES)
    assert {row["ID"] for row in students} == {"101", "102", "103", "104", "105"}
    assert by["00-right"]["Student"] == "Lovelace, Ada"
    assert by["02-blank"]["Student"] == "Zoë @home, Ёлка"  # one line


def test_marks_are_those_of_the_gradebook(course):
    """The oracle is nbgrader's own sum and penalty."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course.gradebook}") as gradebook:
        wanted = {
            s.student.id: max(0.0, s.score - s.late_submission_penalty)
            for s in gradebook.assignment_submissions("01-sums")
        }
    assert wanted["00-right"] == 7.5 and wanted["03-late"] == 7.5
    for words, who in (
        (("--format", "canvas"), "SIS Login ID"),
        (("--format", "moodle", "--by", "username"), "Username"),
    ):
        found = {row[who]: row["01-sums"] for row in table(course, *words)}
        assert (found["00-right"], found["03-late"]) == ("7.5", "7.5")
    plain = {r["student_id"]: r for r in table(course, "01-sums")}
    assert [plain["03-late"][k] for k in ("late_submission_penalty", "score", "max_score")] == [
        "0.5", "7.5", "8",
    ]  # fmt: skip
    assert plain["03-late"]["timestamp"] == "2026-09-30 12:00:00"


def test_what_is_not_complete_is_no_mark(course):
    """Neither 0 nor a part of the points stands for work that waits for somebody."""
    rows = {(r["student_id"], r["unit"]): r for r in table(course)}
    assert {key: (r["state"], r["score"]) for key, r in rows.items() if key[1] == "01-sums"} == {
        ("00-right", "01-sums"): ("graded", "7.5"),
        ("01-solution", "01-sums"): ("waiting", ""),
        ("02-blank", "01-sums"): ("graded", "0"),  # an untouched answer has its 0
        ("03-late", "01-sums"): ("graded", "7.5"),
        ("04-absent", "01-sums"): ("absent", ""),
    }
    assert rows["00-right", "02-more"]["state"] == "ungraded"
    canvas = {r["SIS Login ID"]: r["01-sums"] for r in table(course, "--format", "canvas")}
    assert (canvas["01-solution"], canvas["04-absent"], canvas["02-blank"]) == ("", "", "0")
    moodle = {r["Email address"]: r["01-sums"] for r in table(course, "--format", "moodle")}
    assert (moodle["neil@example.org"], moodle["absent@example.org"]) == ("-", "-")

    code, _, err = call("--course", course.root)
    assert "1 of 10 wait for a mark by hand: 01-solution/01-sums\n" in err
    assert "1 of 10 are handed in and not graded: 00-right/02-more\n" in err


def test_zero_only_for_who_handed_in_nothing(course):
    rows = {(r["student_id"], r["unit"]): r["score"] for r in table(course, "--zero-for-absent")}
    assert rows["04-absent", "01-sums"] == rows["04-absent", "02-more"] == "0"
    assert rows["00-right", "02-more"] == ""  # handed in, not graded
    assert rows["01-solution", "01-sums"] == ""


def test_a_mark_by_hand_completes_the_sum(course):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course.gradebook}") as gradebook:
        gradebook.find_grade("why", "sums", "01-sums", "01-solution").manual_score = 0.25
        gradebook.db.commit()
        wanted = gradebook.find_submission("01-sums", "01-solution").score
    (row,) = table(course, "01-sums", "--student", "01-solution")
    assert (row["state"], float(row["score"])) == ("graded", wanted)


def test_moodle_has_the_one_column_that_says_who(course):
    rows = table(course, "01-sums", "--format", "moodle")
    assert list(rows[0]) == ["First name", "Last name", "Email address", "01-sums"]
    rows = table(course, "01-sums", "--format", "moodle", "--by", "idnumber")
    assert [row["ID number"] for row in rows] == ["101", "102", "103", "104", "105"]


def test_nobody_is_taken_for_somebody_else(course):
    """Moodle would give the marks of a row without a name to the student above it."""
    change(course, "02-blank", email=None)
    assert "Received none for '02-blank'" in complaint(course, "--format", "moodle")
    assert len(table(course, "--format", "moodle", "--by", "username")) == 5
    change(course, "02-blank", email="ada@example.org")
    assert "Received the same one for '00-right', '02-blank'" in complaint(
        course, "--format", "moodle"
    )
    assert len(table(course, "--format", "moodle", "--student", "02-blank")) == 1


def test_no_text_is_a_formula(course):
    for words in (("--format", "canvas"), ("--format", "moodle"), ()):
        for row in table(course, *words):
            for cell in row.values():
                assert cell == "-" or not cell.startswith(tuple("=+-@\t\r")), (words, row)
    rows = table(course, "--format", "moodle", "--student", "01-solution")
    assert rows[0]["First name"] == '\'=HYPERLINK("http://example.org")'
    change(course, "01-solution", email="=1+1@example.org", lms_user_id="+1")
    assert "a formula" in complaint(course, "--format", "moodle")
    assert "a formula" in complaint(course, "--format", "canvas")


@given(st.text(max_size=20))
def test_guarding_keeps_the_text(value):
    found = export.guarded(value)
    assert found.removeprefix("'") == " ".join(value.split()).removeprefix("'")
    assert not found.startswith(tuple("=+-@＝＋－＠\t\r\n"))
    assert "\n" not in found


@given(st.lists(st.tuples(st.text(max_size=9), st.text(max_size=9)), min_size=1, max_size=5))
def test_any_names_come_back(names):
    """What a CSV reader finds is one row per student, whatever they are called."""
    students = [export.Student(f"s{n}", *name, f"s{n}@x", f"{n}") for n, name in enumerate(names)]
    results = [export.Result(s, "u", "graded", 1 / 3, 2.0) for s in students]
    for kind in export.FORMATS:
        rows = list(csv.reader(io.StringIO(export.text(results, kind), newline="")))
        assert len(rows) == len(names) + (2 if kind == "canvas" else 1)
        assert len({len(row) for row in rows}) == 1
    moodle = list(csv.reader(io.StringIO(export.text(results, "moodle"), newline="")))[1:]
    assert [row[2] for row in moodle] == [s.email for s in students]
    assert {float(row[3]) for row in moodle} == {0.3333333333}


def test_a_file_is_whole_and_private_or_as_it_was(course, tmp_path):
    out = tmp_path / "marks.csv"
    code, text, _ = call("--course", course.root, "--format", "canvas", "--out", out)
    assert code == 0 and text == f"5 students in {out}\n"
    assert out.stat().st_mode & 0o777 == 0o600
    before = out.read_bytes()
    assert before.decode().startswith("Student,ID,SIS User ID,SIS Login ID,Section,01-sums")
    change(course, "02-blank", email="")
    complaint(course, "--format", "moodle", "--out", out)
    assert out.read_bytes() == before
    complaint(course, "--out", tmp_path, code=2)
    assert sorted(os.listdir(tmp_path)) == ["course", "marks.csv"]


@pytest.mark.parametrize(
    "words, received",
    [
        (["nine"], "Received: nine"),
        (["--student", "nobody"], "Received: nobody"),
        (["--column", "01-sums"], "Received: 01-sums"),
        (["--column", "01-sums==SUM(A1)"], "Received: 01-sums==SUM(A1)"),
        (["--column", "nine=Nine"], "Received: nine=Nine"),
    ],
)
def test_what_is_not_there(course, words, received):
    assert received in complaint(course, *words, code=2)


def test_an_empty_gradebook_is_said(tmp_path):
    course = grading_class.make_course(tmp_path / "empty")
    assert "Received none" in complaint(course)


def test_nbgrader_agrees_on_the_sums(course, tmp_path, monkeypatch):
    """nbgrader's own CSV of the same gradebook, where it has a complete mark."""
    from nbgrader.api import Gradebook
    from nbgrader.plugins import CsvExportPlugin

    with Gradebook(f"sqlite:///{course.gradebook}") as gradebook:
        # Its writer quotes nothing: names with commas would move its columns.
        for student in gradebook.students:
            student.first_name = student.last_name = ""
        gradebook.db.commit()
        CsvExportPlugin(to=str(tmp_path / "theirs.csv")).export(gradebook)
    with open(tmp_path / "theirs.csv", newline="") as file:
        theirs = {(r["student_id"], r["assignment"]): r["score"] for r in csv.DictReader(file)}
    ours = {(r["student_id"], r["unit"]): r for r in table(course)}
    assert ours.keys() == theirs.keys()
    graded = [key for key, row in ours.items() if row["state"] == "graded"]
    assert len(graded) == 3
    assert all(float(ours[key]["score"]) == float(theirs[key]) for key in graded)
