"""``autograder grade --in-kernel`` on courses that are not ours, beside nbgrader's own autograde.

The corpus is nbgrader's own test files, and a notebook whose cells end in every way that nbgrader's
rule knows. Where nbgrader loses a submission or stops, ours must go on: those are tested apart.
"""

import json
import shutil
from pathlib import Path

import nbformat
import nbgrader.tests
import pytest
from click.testing import CliRunner
from grading_class import Whole, rows
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.errors import Problem
from autograder.grading.environment import environment
from autograder.grading.gradebook.course import Course
from autograder.grading.run import grade

pytestmark = [
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),  # nbgrader's own
    pytest.mark.filterwarnings("ignore::nbformat.warnings.MissingIDFieldWarning"),
]
TESTS = Path(nbgrader.tests.__file__).parent
APPS, STEPS = TESTS / "apps" / "files", TESTS / "preprocessors" / "files"
RELEASED = "released"

#: assignment: (source, submissions); RELEASED stands for what students get
CORPUS = {
    "submitted": (
        APPS / "submitted-unchanged.ipynb",
        [RELEASED, APPS / "submitted-changed.ipynb", APPS / "submitted-unchanged.ipynb",
         APPS / "submitted-cheat-attempt.ipynb", APPS / "submitted-cheat-attempt-alternative.ipynb",
         APPS / "submitted-grade-cell-changed.ipynb", APPS / "submitted-locked-cell-changed.ipynb",],
    ),
    "squares": (APPS / "test.ipynb",
                [RELEASED, APPS / "test.ipynb", APPS / "test-with-output.ipynb"]),
    "hidden": (APPS / "test-hidden-tests.ipynb", [RELEASED, APPS / "test-hidden-tests.ipynb"]),
    "task": (STEPS / "test_taskcell.ipynb", [RELEASED, STEPS / "test_taskcell.ipynb"]),
    "by-hand": (STEPS / "manually-graded-code-cell.ipynb",
                [RELEASED, STEPS / "manually-graded-code-cell.ipynb"]),
    "slow": (APPS / "timeout.ipynb", [RELEASED, APPS / "timeout.ipynb"]),
    "variable": (APPS / "validating-environment-variable.ipynb", [RELEASED]),
    "no-points": (APPS / "validation-zero-points.ipynb",
                  [RELEASED, APPS / "validation-zero-points.ipynb"]),
    "file": (APPS / "open_relative_file.ipynb", [RELEASED]),
    "effects": (APPS / "side-effects.ipynb", [RELEASED]),
    "output": (STEPS / "long-output.ipynb", [RELEASED]),
    "recursion": (STEPS / "infinite-recursion.ipynb", [RELEASED]),
    "warning": (STEPS / "warning-pattern.ipynb", [RELEASED]),
    **{
        f"auto-{name}": (
            APPS / f"autotest-{name}.ipynb",
            [RELEASED, *sorted(APPS.glob(f"autotest-{name}-*.ipynb"))],
        )
        for name in ("simple", "hashed", "multi", "hidden")
    },
}  # fmt: skip
SETTINGS = """
c = get_config()
c.CourseDirectory.root = {root!r}
c.CourseDirectory.course_id = "other"
c.Execute.timeout = 4  # the fixture "slow" sleeps for 5
c.IgnorePattern.enabled = True
c.IgnorePattern.pattern = ".*harmless.*"
"""

#: Test cells of 4 points that end in every way that nbgrader's rule knows.
ENDINGS = [
    "assert answer == 42",
    "assert answer == 41, 'no'",
    "0.93", "4", "4.0", "0", "0.0", "-1.0", "float('nan')", "'3.5'", "[2.0]", "[1, 2]", "True", "None",
    "print(3)\n1.5", "1.5;", "x = 2\nx", "import math\nmath.pi",
    "import sys\nprint('note', file=sys.stderr)",
    "import warnings\nwarnings.warn('mind')",
    "import sys\nprint('harmless', file=sys.stderr)",
    "from IPython.display import display\ndisplay(0.5)",
    "display('text')\n2.5",
    "raise SystemExit",
    "raise KeyboardInterrupt",
    "1 / 0",
    "def (:",
    "undefined_name",
    "import time\ntime.sleep(30)",
    "helper = lambda n: n + answer",
    "assert helper(1) == 43",
    "answer = 7",
    "assert answer == 7",
    "student_list.append(1)\nassert len(student_list) == 3",
    "assert len(student_list) == 3",
    "%%capture said\nprint('x')",
    "assert said.stdout == 'x\\n'",
    "%timeit -n 1 -r 1 pass",
    "here = !echo shell\nassert here == ['shell']",
    "!echo shell",
    "get_ipython().system('exit 3')",
    "assert _ih[-1].startswith('assert _ih')",
    "assert __name__ == '__main__'",
    "import os\nassert os.environ['NBGRADER_EXECUTION'] == 'autograde'",
    "assert open('data.txt').read() == 'course'",
    "input()",
    "class E(Exception):\n    def __str__(self): raise ValueError\nraise E",
    "from IPython.display import clear_output\nprint('x')\nclear_output()\n3.0",
    "await __import__('asyncio').sleep(0)",
]  # fmt: skip


def nbgrader_cell(cell, name, **meta):
    plain = {"grade": False, "solution": False, "locked": False, "task": False}
    cell.metadata["nbgrader"] = {"schema_version": 3, "grade_id": name, **plain, **meta}
    return cell


def endings():
    """The notebook of all endings, solved."""
    cells = [new_markdown_cell("# Endings"), new_code_cell("import random")]
    answer = "### BEGIN SOLUTION\nanswer = 42\nstudent_list = [1, 2]\n### END SOLUTION"
    cells.append(nbgrader_cell(new_code_cell(answer), "answer", solution=True))
    for n, source in enumerate(ENDINGS):
        meta = {"grade": True, "locked": True, "points": 4}
        cells.append(nbgrader_cell(new_code_cell(source), f"ending-{n:02}", **meta))
    return new_notebook(cells=cells, metadata={"kernelspec": _kernel()})


def _kernel():
    return {"name": "python3", "display_name": "Python 3", "language": "python"}


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A course with all assignments, made and registered by nbgrader, and all submissions."""
    root = tmp_path_factory.mktemp("template") / "course"
    for name, (source, _) in CORPUS.items():
        (root / "source" / name).mkdir(parents=True)
        shutil.copy(source, root / "source" / name / "p1.ipynb")
    for name in ("endings", "two"):
        (root / "source" / name).mkdir()
        nbformat.write(endings(), root / "source" / name / "p1.ipynb")
        (root / "source" / name / "data.txt").write_text("course")
    shutil.copy(APPS / "test.ipynb", root / "source" / "two" / "p2.ipynb")
    (root / "source" / "file" / "data.txt").write_text("course")
    shutil.copy(APPS / "autotests.yml", root / "autotests.yml")
    settle(root)
    generate(root)

    for name, (_, submissions) in CORPUS.items():
        for n, path in enumerate(submissions):
            label = RELEASED if path == RELEASED else f"s{n}"
            if path == RELEASED:
                path = root / "release" / name / "p1.ipynb"
            hand_in(root, label, name, path)
    hand_in(root, "solved", "endings", root / "source" / "endings" / "p1.ipynb")
    hand_in(root, RELEASED, "endings", root / "release" / "endings" / "p1.ipynb")
    (root / "submitted" / "solved" / "endings" / "data.txt").write_text("the student's")
    hand_in(root, "half", "two", root / "source" / "two" / "p2.ipynb", "p2")
    return root


def hand_in(root, student, assignment, path, notebook="p1"):
    folder = root / "submitted" / student / assignment
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, folder / f"{notebook}.ipynb")
    (folder / f"{notebook}.ipynb").chmod(0o644)
    (folder / "timestamp.txt").write_text("2026-10-01 10:00:00 UTC")


def settle(root):
    (root / "nbgrader_config.py").write_text(SETTINGS.format(root=str(root)))


def converter(kind, root, assignment):
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config.loader import PyFileConfigLoader

    config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    coursedir = CourseDirectory(config=config)
    coursedir.assignment_id = assignment
    made = kind(coursedir=coursedir, config=config)
    made.log.setLevel("CRITICAL")
    return made


def generate(root):
    from nbgrader.api import Gradebook
    from nbgrader.converters import GenerateAssignment

    from autograder.grading.gradebook.book import find_scripts

    find_scripts()
    Gradebook(f"sqlite:///{root}/gradebook.db", "other").close()
    for folder in sorted((root / "source").iterdir()):
        step = converter(GenerateAssignment, root, folder.name)
        step.start()


@pytest.fixture
def make(template, tmp_path):
    """Copies of the course with some assignments' submissions."""

    def make(name, *assignments):
        root = tmp_path / name
        root.mkdir()
        for path in template.iterdir():
            if path.is_dir():
                shutil.copytree(path, root / path.name)
            else:
                shutil.copy(path, root)
        for folder in (root / "submitted").glob("*/*"):
            if folder.name not in assignments:
                shutil.rmtree(folder)
        settle(root)
        return Course(root)

    return make


def plain(course, assignment):
    from nbgrader.converters import Autograde

    converter(Autograde, course.root, assignment).start()


def ours(course, **more):
    environment.cache_clear()
    return grade(course, in_kernel=True, **more)


def of(rows, *assignments):
    return [row for row in rows if row[1] in assignments]


@pytest.mark.slow
@pytest.mark.parametrize("assignment", [*CORPUS, "endings"])
def test_marks_are_those_of_nbgrader(make, assignment):
    theirs, mine = make("theirs", assignment), make("mine", assignment)
    plain(theirs, assignment)
    ours(mine, units=(assignment,))
    wanted = rows(theirs)
    assert len(wanted) > len(list((theirs.root / "submitted").glob("*/*")))
    assert set(rows(mine)) ^ set(wanted) == set()
    for path in (theirs.root / "autograded").rglob("*.ipynb"):
        found = nbformat.read(mine.root / path.relative_to(theirs.root), 4)
        expected = nbformat.read(path, 4)
        assert [c.source for c in found.cells] == [c.source for c in expected.cells]
        names = [c.metadata.get("nbgrader", {}).get("grade_id") for c in expected.cells]
        assert [c.metadata.get("nbgrader", {}).get("grade_id") for c in found.cells] == names


def test_the_corpus_says_something(make):
    """The marks that the endings must get, whatever any nbgrader says."""
    report = ours(make("mine", "endings"), units=("endings",))
    marks = {s["student"]: s for s in report["submissions"]}
    cells = marks["solved"]["cells"]
    found = {ENDINGS[n]: (c["points"], c["outcome"]) for n, c in enumerate(cells)}
    expected = {
        "assert answer == 42": (4, "passed"),
        "assert answer == 41, 'no'": (0, "failed"),
        "0.93": (0.93, "passed"),
        "0": (0, "failed"),
        "-1.0": (4, "passed"),
        "import sys\nprint('note', file=sys.stderr)": (0, "failed"),
        "import sys\nprint('harmless', file=sys.stderr)": (4, "passed"),
        "1 / 0": (0, "error"),
        "import time\ntime.sleep(30)": (0, "timeout"),
        "assert helper(1) == 43": (4, "passed"),
        "assert answer == 7": (4, "passed"),
        "assert open('data.txt').read() == 'course'": (4, "passed"),
    }
    assert {source: found[source] for source in expected} == expected
    messages = {ENDINGS[n]: c["message"] for n, c in enumerate(cells)}
    assert messages["assert answer == 41, 'no'"] == "AssertionError: no"
    assert messages["import sys\nprint('note', file=sys.stderr)"] == (
        "It wrote on stderr, which nbgrader counts as wrong: note"
    )
    assert "NameError" in marks[RELEASED]["cells"][0]["message"]
    assert report["run"]["limits"]["cell"] == 4.0  # the course's own


def test_what_c_code_writes_on_stderr_counts_as_well(make):
    """With a kernel it is a matter of luck whether it comes before the cell's result."""
    course = make("mine", "by-hand")
    from nbgrader.api import Gradebook

    def whole(notebook):
        pass

    spoil(course, "one", whole)
    with Gradebook(f"sqlite:///{course.gradebook}", "other") as gradebook:
        cell = gradebook.find_source_cell("correct_squares", "p1", "squares")
        cell.source = "import os\nos.write(2, b'1')"
        gradebook.db.commit()
    (submission,) = ours(course, units=("squares",))["submissions"]
    cell = next(c for c in submission["cells"] if c["grade_id"] == "correct_squares")
    assert (cell["points"], cell["outcome"]) == (0, "failed")


def test_a_notebook_that_is_missing_or_no_notebook(make):
    course = make("mine", "two")
    (course.root / "submitted" / "broken" / "two").mkdir(parents=True)
    (course.root / "submitted" / "broken" / "two" / "p1.ipynb").write_text("{")
    report = ours(course, units=("two",))
    found = {(s["student"], s["notebook"]): s for s in report["submissions"]}
    assert found["half", "p1"]["score"] == 0
    assert found["half", "p2"]["score"] > 0
    assert (
        found["broken", "p1"]["reason"] == "Expected a notebook. Received a file that is not JSON."
    )
    # As nbgrader has it: what is missing is 0, and nobody need look at it.
    half = [row for row in rows(course) if row[0] == "half" and row[2] == "p1" and len(row) == 8]
    assert {row[4:7] for row in half} == {(0.0, None, False)}


def spoil(course, student, act, assignment="squares"):
    """Hand in the solved notebook after ``act(notebook)``."""
    notebook = nbformat.read(course.root / "source" / assignment / "p1.ipynb", 4)
    act(notebook)
    folder = course.root / "submitted" / student / assignment
    folder.mkdir(parents=True)
    (folder / "p1.ipynb").write_text(json.dumps(notebook))


def by_id(notebook, name):
    return next(
        i for i, c in enumerate(notebook.cells)
        if c.metadata.get("nbgrader", {}).get("grade_id") == name
    )  # fmt: skip


def test_what_stops_nbgrader_costs_nobody_anything(make):
    course = make("mine")

    def twice(notebook):
        at = by_id(notebook, "correct_squares")
        notebook.cells.insert(at, nbformat.from_dict(notebook.cells[at]))

    def deleted(notebook):
        del notebook.cells[by_id(notebook, "correct_squares")]

    def not_graded(notebook):
        for cell in notebook.cells:
            if "nbgrader" in cell.metadata:
                cell.metadata.nbgrader["grade"] = False

    def damaged(notebook):
        for cell in notebook.cells:
            if "nbgrader" in cell.metadata:
                cell.metadata.nbgrader |= {"schema_version": "x", "points": None, "more": [1]}

    def skipping(notebook):
        for cell in notebook.cells:
            cell.metadata["tags"] = ["skip-execution"]
        notebook.cells[by_id(notebook, "squares")].source = "squares = None"

    def dying(notebook):
        notebook.cells.append(new_code_cell("import os\nos._exit(1)"))

    def dying_answer(notebook):
        notebook.cells[by_id(notebook, "squares")].source = "import os\nos._exit(1)"

    def endless(notebook):
        loop = "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
        notebook.cells[by_id(notebook, "sum_of_squares")].source = loop

    def whole(notebook):
        pass

    acts = [whole, twice, deleted, not_graded, damaged, skipping, dying, dying_answer, endless]
    for act in acts:
        spoil(course, act.__name__, act)
    report = ours(course, units=("squares",))
    assert report["run"]["unrecorded"] == 0
    found = {s["student"]: {c["grade_id"]: c for c in s["cells"]} for s in report["submissions"]}
    points = {
        student: {name: cell["points"] for name, cell in cells.items()}
        for student, cells in found.items()
    }
    right = points["whole"]
    assert right["correct_squares"] == 1
    for same in ("twice", "deleted", "not_graded", "damaged", "dying"):
        assert points[same] == right, same
    assert points["skipping"]["correct_squares"] == 0
    assert points["dying_answer"]["correct_squares"] == 0
    assert points["endless"]["correct_squares"] == 1
    assert points["endless"]["correct_sum_of_squares"] == 0
    scores = {(r[0], r[3]): r[4] for r in rows(course) if len(r) == 8}
    assert all(scores[s, name] == p for s, cells in points.items() for name, p in cells.items())


def test_changed_cell_types_are_put_right(make):
    """nbgrader 0.9.6 means to do so as well, and loses these submissions."""
    course = make("mine", "submitted")
    shutil.rmtree(course.root / "submitted")
    for name in ("grade", "answer"):
        path = STEPS / f"submitted-{name}-cell-type-changed.ipynb"
        hand_in(course.root, name, "submitted", path)
    hand_in(course.root, "unchanged", "submitted", APPS / "submitted-unchanged.ipynb")
    report = ours(course, units=("submitted",))
    found = {s["student"]: [c["points"] for c in s["cells"]] for s in report["submissions"]}
    assert found["grade"] == found["answer"] == found["unchanged"]
    types = {
        c.metadata.nbgrader.grade_id: c.cell_type
        for path in (course.root / "autograded").glob("*/*/p1.ipynb")
        for c in nbformat.read(path, 4).cells
    }
    assert (types["set_a"], types["foo"], types["baz"]) == ("code", "code", "markdown")


def test_too_many_points_are_a_question_for_a_person(make):
    course = make("mine")

    def generous(notebook):
        notebook.cells[by_id(notebook, "squares")].source = "def squares(n): return 99"

    spoil(course, "one", generous)
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course.gradebook}", "other") as gradebook:
        cell = gradebook.find_source_cell("correct_squares", "p1", "squares")
        cell.source = "squares(1)"
        gradebook.db.commit()
    (submission,) = ours(course, units=("squares",))["submissions"]
    cell = next(c for c in submission["cells"] if c["grade_id"] == "correct_squares")
    assert (cell["outcome"], cell["points"]) == ("unchecked", None)
    assert "greater than maximum points" in cell["message"]
    found = {r[3]: r[4:7] for r in rows(course) if len(r) == 8}
    assert found["correct_squares"] == (None, None, True)


def test_nothing_is_run_twice_and_changes_are_noticed(make):
    course = make("mine", "by-hand", "submitted")
    first = ours(course)
    assert ours(course)["run"]["graded"] == 0
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course.gradebook}", "other") as gradebook:
        cell = gradebook.find_source_cell("foo", "p1", "submitted")
        cell.source = "assert True"
        gradebook.db.commit()
    again = ours(course)
    assert again["run"]["graded"] == len(CORPUS["submitted"][1])
    assert again["run"]["graded"] < first["run"]["graded"]


def test_the_command(make, tmp_path):
    course = make("mine", "by-hand")
    environment.cache_clear()

    def call(*words):
        result = CliRunner().invoke(Whole(), [*words, "--course", str(course.root)])
        return result.exit_code, result.output

    code, out = call("grade", "by-hand")
    assert code == 1 and "--in-kernel" in out
    code, out = call("grade", "by-hand", "--in-kernel")
    assert code == 0, out
    assert "2 notebooks: 2 graded now" in out
    code, out = call("grade", "submitted", "--in-kernel")
    assert code == 1 and "Received none of submitted" in out


def test_other_languages_are_refused(make):
    course = make("mine", "by-hand")
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course.gradebook}", "other") as gradebook:
        kernel = json.dumps({"name": "ir", "language": "R", "display_name": "R"})
        gradebook.find_notebook("p1", "by-hand").kernelspec = kernel
        gradebook.db.commit()
    with pytest.raises(Problem, match="in R. Grade it with `nbgrader autograde by-hand`"):
        ours(course)
