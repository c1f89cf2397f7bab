"""The demo class, and the commands around it."""

import json
import re
import shutil
import subprocess
import sys

import grading_class
import pytest
from click.testing import CliRunner

from autograder.errors import Problem
from autograder.grading import demo
from autograder.grading import run as run_module
from autograder.grading.gradebook.course import Course

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own


@pytest.fixture(scope="module")
def course(tmp_path_factory, empty):
    """A course with a class, graded once."""
    root = tmp_path_factory.mktemp("demo") / "course"
    shutil.copytree(empty, root)
    demo.hand_in(root, grading_class.units(), "en", 14, 0)
    course = Course(root)
    run_module.grade(course, preload=(), limits={"cell": 1.5, "notebook": 15})
    return course


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A course without submissions, to copy."""
    return grading_class.make_course(tmp_path_factory.mktemp("empty") / "course").root


@pytest.fixture
def fresh(empty, tmp_path):
    """A new course with one student, not graded."""
    shutil.copytree(empty, tmp_path / "course")
    demo.hand_in(tmp_path / "course", grading_class.units(), "en", 1, 0)
    return tmp_path / "course"


@pytest.fixture(autouse=True)
def no_tensorflow(monkeypatch):
    """Warm processes of these tests import nothing; `init` and `demo` have the tiny units."""
    monkeypatch.setattr(run_module.grade, "__kwdefaults__",
                        run_module.grade.__kwdefaults__ | {"preload": ()})  # fmt: skip
    monkeypatch.setattr("autograder.building.masters.units", grading_class.units)


def call(*args):
    """(exit code, stdout, stderr) of a command."""
    result = CliRunner().invoke(grading_class.Whole(), [str(a) for a in args])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def refused(code, *args):
    """The one line that a command leaves with exit code ``code``."""
    got, out, err = call(*args)
    assert got == code, (out, err)
    assert err.startswith("autograder: ") and err.count("\n") == 1, err
    assert "Traceback" not in err
    return err.removeprefix("autograder: ").strip()


def snapshot(root):
    return {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in root.rglob("*")}


# The class -------------------------------------------------------------------------------------


def test_a_class_is_the_same_for_the_same_seed():
    def made(seed):
        units = grading_class.units()
        return [(s, u.id, w.files, w.cells) for s, u, w in demo.make_class(units, "en", 30, seed)]

    assert made(1) == made(1)
    assert made(1) != made(2)
    assert len({student for student, *_ in made(1)}) == 30


def test_a_class_has_every_kind():
    units = grading_class.units()
    kinds = {work.kind for _, _, work in demo.make_class(units, "en", len(demo.KINDS), 0)}
    assert kinds == set(demo.KINDS)
    assert len(kinds) >= 20


def test_expected_marks_are_written_beside_the_class(course):
    expected = json.loads((course.root / "expected.json").read_text())["students"]
    assert expected["01-right"]["01-sums"]["score"] == 6
    assert expected["05-blank"]["01-sums"]["score"] == 0
    assert expected["06-missing"]["02-more"]["status"] == "failed"


def test_compare_finds_every_difference():
    cell = {"grade_id": "a", "points": 1.0, "outcome": "passed", "message": None}
    found = {"student": "s", "unit": "u", "status": "graded", "score": 1, "max_score": 1}
    report = {"submissions": [found | {"cells": [cell]}]}
    want = {"status": "graded", "score": 1, "max_score": 1,
            "cells": {"a": {"points": 1.0, "outcomes": ["passed"]}}}  # fmt: skip
    assert demo.compare(report, {"students": {"s": {"u": want}}}) == []
    assert demo.compare(report, {"students": {}}) == [("s", "u", "", "nothing", "a record")]
    absent = demo.compare({"submissions": []}, {"students": {"s": {"u": want}}})
    assert absent == [("s", "u", "", "graded", "no record")]
    worse = {**want, "cells": {"a": {"points": 0.0, "outcomes": ["failed"]}}}
    ((*_, right, received),) = demo.compare(report, {"students": {"s": {"u": worse}}})
    assert (right, received) == ("0.0 failed", "1.0 passed: ")


# Commands --------------------------------------------------------------------------------------


def test_init_makes_a_course_in_russian(tmp_path):
    code, out, _ = call("init", tmp_path / "course", "--lang", "ru")
    assert code == 0
    assert "01-sums, 02-more" in out
    course = Course(tmp_path / "course")
    assert course.language("01-sums") == "ru"
    release = (course.root / "assignments" / "01-sums" / "sums.ipynb").read_text()
    assert "a secret" not in release and "BEGIN" not in release and "sum(DATA)" not in release
    assert "# Ваш код" in release
    assert "not empty" in refused(2, "init", course.root)

    demo.hand_in(course.root, grading_class.units(), "ru", 1, 0)
    at = "--course", course.root
    assert call("grade", "01-sums", *at)[0] == call("feedback", "01-sums", *at)[0] == 0
    page = (course.root / "feedback" / "01-right" / "01-sums" / "sums.html").read_text()
    assert '<html lang="ru">' in page
    assert "Суммы" in page


def test_demo_and_grade_with_expected_marks(tmp_path):
    root = tmp_path / "class"
    assert call("demo", root, "--students", 3)[0] == 0
    report = tmp_path / "report.json"
    code, out, err = call("grade", "--course", root, "--expect", root / "expected.json",
                          "--json", report, "--timeout", 2)  # fmt: skip
    assert code == 0
    assert "All marks are as expected" in out
    assert "[5/5]" in err
    assert len(json.loads(report.read_bytes())["submissions"]) == 5

    expected = json.loads((root / "expected.json").read_text())
    expected["students"]["01-right"]["01-sums"]["cells"]["total-test"]["points"] = 0
    (tmp_path / "other.json").write_text(json.dumps(expected))
    code, out, _ = call("grade", "--course", root, "--expect", tmp_path / "other.json")
    assert code == 1
    assert "total-test" in out and "1 differences" in out


def test_grade_only_some(course):
    code, out, _ = call("grade", "02-more", "--course", course.root, "--student", "02-solution")
    assert code == 0
    assert "1 notebooks: 0 graded now, 1 before" in out


def test_feedback(course):
    code, out, _ = call("feedback", "01-sums", "--course", course.root)
    assert code == 0
    pages = sorted((course.root / "feedback").rglob("*.html"))
    assert f"{len(pages)} pages" in out and len(pages) >= 7
    wrong = (course.root / "feedback" / "03-mixed" / "01-sums" / "sums.html").read_text()
    assert "a secret" not in wrong
    assert "of 8 points." in wrong
    right = (course.root / "feedback" / "01-right" / "01-sums" / "sums.html").read_text()
    assert "✔ the sum" in right
    assert "6 of 8 points. 1 answer waits for your instructor." in right


def test_feedback_is_safe(course, tmp_path):
    unit = grading_class.unit()
    desk = demo.Desk(unit, "en", demo.random.Random(0))
    evil = "<script>steal()</script><img src=x onerror=steal()>"
    desk.answers["why"] = f"{evil} [link](javascript:steal())"
    desk.answers["total"] = (
        "from IPython.display import HTML, Javascript, SVG, display\n"
        f"total = 6\nprint('{evil}')\ndisplay(HTML('{evil}'))\ndisplay(Javascript('steal()'))\n"
        "display({'image/svg+xml': '<svg onload=steal()></svg>', 'text/plain': 'x'}, raw=True)\n"
        "raise ValueError('<script>steal()</script>')"
    )
    folder = course.root / "submitted" / "evil" / unit.id
    folder.mkdir(parents=True)
    (folder / "sums.ipynb").write_bytes(desk.work("evil").files["sums.ipynb"])
    assert call("grade", "--course", course.root, "--student", "evil")[0] == 0
    assert call("feedback", unit.id, "--course", course.root, "--student", "evil")[0] == 0
    page = (course.root / "feedback" / "evil" / unit.id / "sums.html").read_text()
    assert not re.search(r"<script|<svg|<iframe|<img[^>]*onerror", page)
    assert "default-src 'none'" in page
    assert not re.search(r"<[^>]*\son\w+\s*=", page)


# Wrong use -------------------------------------------------------------------------------------


def test_wrong_use_is_one_line_and_changes_nothing(course, tmp_path):
    before = snapshot(course.root)
    at = "--course", course.root
    assert "no such folder" in refused(2, "grade", "--course", tmp_path / "none")
    assert "without nbgrader_config.py" in refused(2, "grade", "--course", tmp_path)
    assert refused(2, "grade", "09-none", *at).endswith("Received: 09-none.")
    assert refused(2, "grade", *at, "--student", "nobody").endswith("Received: nobody.")
    assert refused(2, "feedback", "09-none", *at).endswith("Received: 09-none.")
    assert refused(2, "feedback", "01-sums", *at, "--student", "nobody").endswith("nobody.")
    assert "expected.json" in refused(2, "grade", *at, "--expect", tmp_path / "expected.json")
    (tmp_path / "list.json").write_text("[]")
    assert "another kind of file" in refused(2, "grade", *at, "--expect", tmp_path / "list.json")
    assert "cannot be written" in refused(2, "grade", *at, "--json", tmp_path / "no" / "r.json")
    for option, value in (("--workers", "0"), ("--timeout", "x"), ("--memory", "1")):
        assert option in refused(2, "grade", *at, option, value)
    assert snapshot(course.root) == before


def test_a_course_that_is_not_in_order(fresh):
    root = fresh
    at = "--course", root
    assert "of 01-sums. Received none. Run `autograder grade`" in refused(
        1, "feedback", "01-sums", *at
    )
    master = root / "solutions" / "01-sums" / "sums.ipynb"
    text = master.read_text()
    master.write_text("{")
    assert "damaged" in refused(1, "grade", *at)
    master.write_text(text)
    (root / "solutions" / "03-new").mkdir()
    (root / "solutions" / "03-new" / "new.ipynb").write_text(text)
    (root / "submitted" / "01-right" / "03-new").mkdir()
    assert "nbgrader generate_assignment 03-new" in refused(1, "grade", "03-new", *at)
    (root / "gradebook.db").rename(root / "elsewhere.db")
    assert "Expected the gradebook" in refused(1, "grade", *at)
    (root / "nbgrader_config.py").write_text("c = get_config(")
    assert "SyntaxError" in refused(1, "grade", *at)


def test_a_damaged_gradebook(fresh):
    root = fresh
    (root / "gradebook.db").write_bytes(b"no database, " * 1000)
    assert "gradebook.db" in refused(1, "grade", "--course", root)


def test_no_submissions(empty):
    assert "Received none" in refused(1, "grade", "--course", empty)


def test_read_only_folders(fresh, tmp_path):
    """As an ordinary user: root may write everywhere."""
    root = fresh
    before = snapshot(root)
    try:
        with pytest.MonkeyPatch.context() as patch:
            import os

            real = os.access
            patch.setattr(os, "access", lambda p, m: m != os.W_OK and real(p, m))
            assert "read-only" in refused(1, "grade", "--course", root)
            assert "read-only" in refused(1, "feedback", "01-sums", "--course", root)
            (tmp_path / "empty").mkdir()
            assert "Permission denied" in refused(1, "init", tmp_path / "empty")
    finally:
        root.chmod(0o755)
    assert {p: v for p, v in snapshot(root).items()} == before


def test_a_failure_while_making_a_course_leaves_nothing(tmp_path):
    def fail(root):
        raise Problem("no")

    with pytest.raises(Problem):
        grading_class.make_course(tmp_path / "course", fail)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["init", "demo", "grade", "regrade", "feedback"])
def test_help_imports_nothing_heavy(command):
    code = (
        "import sys; from autograder.cli import main\n"
        f"try: main.main(['{command}', '--help'])\nexcept SystemExit: pass\n"
        "print({'nbgrader', 'tensorflow', 'numpy', 'nbformat'} & {*sys.modules})"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.endswith("set()\n")
