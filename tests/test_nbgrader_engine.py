"""``nbgrader autograde`` and the formgrader's button use the engine: same marks, same safety."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import grading_class
import nbformat
import pytest
from grading_class import hand_in, rows, works

from autograder.grading import demo
from autograder.grading.environment import environment
from autograder.grading.gradebook.course import Course
from autograder.grading.run import grade

pytestmark = [
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),  # nbgrader's own
    pytest.mark.filterwarnings("ignore::nbformat.warnings.DuplicateCellId"),
]
LIMITS = {"cell": 2.0, "notebook": 30.0}
SETTINGS = f"\nc.Execute.limits = {LIMITS}\n"
COMMAND = Path(sys.executable).with_name("nbgrader")


def tricks():
    """{student: {unit: Work}}: the demo's kinds, and what is known to fool or stop nbgrader."""
    made = works(demo.KINDS)
    unit = grading_class.unit()

    def desk():
        return demo.Desk(unit, "en", demo.random.Random(0))

    equal = "class Equal(int):\n    __eq__ = lambda s, o: True\n    __ne__ = lambda s, o: False\n"
    one = desk()
    one.answers["total"] = f"{equal}total = Equal(5)"
    made["equal-to-all"] = {unit.id: one.work("equal-to-all")}

    one = desk()
    one.everything(one.blank)
    notebook = one.notebook()
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade"):
            cell["metadata"]["nbgrader"]["grade"] = False
    made["grade-false"] = {unit.id: one.work("grade-false", notebook)}

    one = desk()
    one.answers["total"] = "get_ipython().showtraceback = lambda *a, **k: None\ntotal = 5"
    made["no-traceback"] = {unit.id: one.work("no-traceback")}

    notebook = desk().notebook()
    for cell in notebook["cells"]:
        meta = cell["metadata"].get("nbgrader")
        if meta:
            meta.clear()
    made["no-metadata"] = {unit.id: desk().work("no-metadata", notebook)}

    notebook = desk().notebook()
    for cell in notebook["cells"]:
        cell["id"] = "same"
        cell["metadata"]["nbgrader"] = {"schema_version": 99, "grade_id": 7, "points": "all"}
    made["damaged-metadata"] = {unit.id: desk().work("damaged-metadata", notebook)}
    return made


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    course = grading_class.make_course(tmp_path_factory.mktemp("template") / "course")
    with open(course.root / "nbgrader_config.py", "a") as file:
        file.write(SETTINGS)
    return course.root


@pytest.fixture
def make(template, tmp_path):
    def make(handed_in, name="course"):
        shutil.copytree(template, tmp_path / name)
        hand_in(tmp_path / name, handed_in)
        return Course(tmp_path / name)

    return make


def nbgrader(course, *words):
    done = subprocess.run([COMMAND, *words], cwd=course.root, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stderr


def run(course, **more):
    environment.cache_clear()
    return grade(course, limits=LIMITS, **more)


@pytest.mark.slow
def test_the_whole_class_has_the_marks_of_autograder_grade(make):
    handed_in = tricks()
    ours, theirs = make(handed_in, "ours"), make(handed_in, "theirs")
    report = run(ours)
    log = nbgrader(theirs, "autograde", "01-sums")
    # Whoever handed in no notebook at all does not exist for nbgrader.
    assert rows(theirs) == [row for row in rows(ours) if "missing" not in row[0]]
    assert "Traceback" not in log
    for path in (theirs.root / "autograded").rglob("*.ipynb"):
        mine = nbformat.read(ours.root / path.relative_to(theirs.root), 4)
        found = nbformat.read(path, 4)
        assert [c.source for c in found.cells] == [c.source for c in mine.cells], path
        assert found.metadata == mine.metadata, path

    # The records are the same ones: the command finds nothing to do, and writes nothing new.
    again = run(theirs)
    assert (again["run"]["graded"], again["run"]["reused"]) == (1, len(handed_in) - 1)
    assert rows(theirs) == rows(ours)
    for one, other in zip(again["submissions"], report["submissions"], strict=True):
        assert (one["student"], one["score"]) == (other["student"], other["score"])


def test_what_was_graded_is_not_run_again_but_with_force(make):
    course = make(works(["right", "wrong"]))
    run(course)
    stamps = {p: p.stat().st_mtime_ns for p in (course.state / "records").rglob("*.json")}
    assert len(stamps) == 2
    before = rows(course)
    shutil.rmtree(course.root / "autograded")
    nbgrader(course, "autograde", "01-sums")
    assert {p: p.stat().st_mtime_ns for p in stamps} == stamps
    nbgrader(course, "autograde", "01-sums", "--force", "--student", "01-wrong")
    changed = {p.parent.name for p in stamps if p.stat().st_mtime_ns != stamps[p]}
    assert changed == {"01-wrong"}
    assert rows(course) == before


def test_the_formgraders_button(make, monkeypatch):
    """NbGraderAPI.autograde in one long-lived process: the same marks, one warm process for all."""
    from nbgrader.apps import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory

    from autograder.grading.plugin import preprocessors

    handed_in = {s: w for s, w in tricks().items() if "missing" not in s}
    ours, theirs = make(handed_in, "ours"), make(handed_in, "theirs")
    run(ours)
    monkeypatch.chdir(theirs.root)
    api = NbGraderAPI(CourseDirectory(config=theirs.config), config=theirs.config)
    servers = set()
    for student in handed_in:
        result = api.autograde("01-sums", student)
        assert result["success"], result
        servers |= {pool._server.process.pid for pool in preprocessors._pools.values()}
    assert len(servers) == 1
    assert rows(theirs) == rows(ours)
    (submission,) = [s for s in api.get_submissions("01-sums") if s["student"] == "00-right"]
    assert (submission["score"], submission["autograded"]) == (6, True)
    preprocessors._close()
    assert not any(Path(f"/proc/{pid}").exists() for pid in servers)


def test_not_executing_earns_nothing_for_deleted_tests(make):
    """--no-execute believes the outputs that were handed in; where there are none there is no 6."""
    unit = grading_class.unit()
    desk = demo.Desk(unit, "en", demo.random.Random(0))
    notebook = desk.notebook()
    notebook["cells"] = [
        cell
        for cell in notebook["cells"]
        if cell["metadata"].get("nbgrader", {}).get("grade_id") != "double-test-2"
    ]
    course = make({"one": {unit.id: desk.work("one", notebook)}})
    nbgrader(course, "autograde", "01-sums", "--no-execute")
    found = {row[3]: row[4] for row in rows(course) if len(row) == 8}
    assert found == {"total-test": 2, "double-test": 1, "double-test-2": 0, "why": None}


def test_feedback_and_regrading_know_what_nbgrader_graded(make):
    from autograder.grading.feedback.pages import write
    from autograder.grading.regrade import compare

    course = make(works(["right", "blank"]))
    nbgrader(course, "autograde", "01-sums")
    pages = list(write(course, ["01-sums"], ["00-right", "01-blank"]))
    assert len(pages) == 2
    assert "✔ the sum" in pages[0].read_text()
    environment.cache_clear()
    report = compare(course, limits=LIMITS)
    assert report["run"]["graded"] == 0
    assert report["run"]["changes"]["stays"] == 8


def test_the_checkout_is_a_course_with_the_engine(tmp_path):
    """course/nbgrader_config.py, as `nbgrader` in the folder course/ reads it."""
    code = (
        "import json; from traitlets.config.loader import PyFileConfigLoader as L\n"
        "c = L('nbgrader_config.py', path='course').load_config()\n"
        "print(json.dumps([c.CourseDirectory.source_directory, c.CourseDirectory.release_directory,"
        " c.Autograde.autograde_preprocessors[0]]))"
    )
    root = Path(__file__).parents[1]
    made = root / "grades"
    before = made.exists()
    for lang in ("en", "ru"):
        out = subprocess.run(
            [sys.executable, "-c", code], cwd=root, env={**os.environ, "FOOTGUNS_LANG": lang},
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        assert json.loads(out) == [
            f"solutions/{lang}", f"assignments/{lang}", "autograder.grading.plugin.preprocessors.Execute",
        ]  # fmt: skip
    if not before:
        shutil.rmtree(made)
