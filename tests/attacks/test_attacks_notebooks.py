"""Attacks by the notebook file and the files beside it, through a whole grading run."""

import json
import random
import re

import grading_class
import pytest
from wire_tricks import TALK

from autograder.grading import demo, restore
from autograder.grading.feedback import pages as feedback
from autograder.grading.gradebook.course import Course
from autograder.grading.run import grade

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own
UNIT = grading_class.unit()
FILE = f"{UNIT.slug}.ipynb"
WRONG = "total = 7"
FULL, WITHOUT_TOTAL = 6.0, 4.0


def notebook(total=None, edit=None):
    """A submission that is right, but for the answer ``total``; ``edit(notebook)`` changes it."""
    desk = demo.Desk(UNIT, "en", random.Random(1))
    if total is not None:
        desk.answers["total"] = total
    made = desk.notebook()
    if edit is not None:
        edit(made)
    return made


def by_name(made):
    return {c["metadata"].get("nbgrader", {}).get("grade_id"): c for c in made["cells"]}


def every(**metadata):
    def edit(made):
        for cell in made["cells"]:
            cell["metadata"].setdefault("nbgrader", {}).update(metadata)

    return edit


def duplicate(made):
    """A second answer cell and a second test cell that says yes."""
    cells = by_name(made)
    test = {**cells["total-test"], "source": "print('passed')"}
    answer = {**cells["total"], "source": "total = 6"}
    made["cells"] += [answer, test]


def rename(made):
    cells = by_name(made)
    cells["total-test"]["metadata"]["nbgrader"]["grade_id"] = "double-test"
    cells["total"]["metadata"]["nbgrader"]["grade_id"] = "unknown"


def retype(made):
    for cell in made["cells"]:
        cell["cell_type"] = "code" if cell["cell_type"] == "markdown" else "markdown"


def retag(made):
    for cell in made["cells"]:
        cell["metadata"]["tags"] = ["skip-execution", "raises-exception", "remove-cell"]
        cell["metadata"]["footguns"] = {"kind": "setup", "task": None, "exhibits": ["total"]}


def between(source):
    def edit(made):
        names = [c["metadata"].get("nbgrader", {}).get("grade_id") for c in made["cells"]]
        extra = {"cell_type": "code", "source": source, "metadata": {}, "outputs": []}
        for place in ("total-test", "setup-2", "double-test"):
            made["cells"].insert(names.index(place), dict(extra))

    return edit


def outputs(text):
    """Talk to the coordinator instead of leaving that to the shell."""
    return f"{WRONG}\n{TALK}\nsay_ran({text})"


METADATA = {
    "points": notebook(WRONG, every(points=100)),
    "nothing-graded": notebook(WRONG, every(grade=False, solution=False, locked=False)),
    "all-solutions": notebook(WRONG, every(solution=True, grade=True)),
    "duplicates": notebook(WRONG, duplicate),
    "renamed": notebook(WRONG, rename),
    "types": notebook(WRONG, retype),
    "tags": notebook(WRONG, retag),
    "backwards": notebook(WRONG, lambda made: made["cells"].reverse()),
}
BETWEEN = {
    "rebinding": notebook(WRONG, between("expect = print\ndel DATA")),
    "patching": notebook(WRONG, between(
        "import autograder.errors as e\ne.CheckFailed = ValueError\nDATA.append(1)\ntotal = 7")),
    "exiting": notebook(WRONG, between("raise SystemExit")),
}  # fmt: skip
STRANGE = {
    "id-list": notebook(None, lambda made: [c.update(id=[]) for c in made["cells"]]),
    "id-dict": notebook(None, lambda made: [c.update(id={}) for c in made["cells"]]),
    "id-number": notebook(None, lambda made: [c.update(id=3) for c in made["cells"]]),
    "grade-id-list": notebook(None, lambda made: made["cells"].append(
        {"cell_type": "code", "source": "", "metadata": {"nbgrader": {"grade_id": []}}})),
    "unknown-type": notebook(None, lambda made: made["cells"].append(
        {"cell_type": "secret", "source": "x", "metadata": {"nbgrader": 3}})),
    "half-a-character": notebook(None, lambda made: made["cells"].append(
        {"cell_type": "markdown", "source": "\ud800", "metadata": {}})),
}  # fmt: skip
OUTPUTS = {
    "no-dict": outputs("[1, None, 'x', []]"),
    "no-type": outputs("[{}, {'output_type': 'secret'}]"),
    "no-text": outputs("[{'output_type': 'stream'}, {'output_type': 'error'}]"),
    "lines": outputs("[{'output_type': 'stream', 'name': 'stdout', 'text': [1, 2]}]"),
    "no-data": outputs("[{'output_type': 'display_data', 'data': 3, 'metadata': 4}]"),
    "no-texts": outputs("[{'output_type': 'display_data', 'data': {'text/html': 3}, 'metadata': {}}]"),
    "deep": outputs("[{'output_type': 'display_data', 'data': {'application/json': deep(900)},"
                    " 'metadata': {}}, {'output_type': 'display_data', 'data': {}, 'metadata': deep(900)}]"),
    "not-a-number": outputs("[{'output_type': 'display_data', 'data': {'application/json': [float('nan')]},"
                            " 'metadata': {}}]"),
    "many": outputs("[{}] * 10**6"),
    "capture": f"{WRONG}\nget_ipython().capture.outputs.append(3)",
    "half-a-character": f"{WRONG}\nprint('\\ud800')\nraise ValueError('\\ud800\\0')",
}  # fmt: skip
SHOW = f"""{WRONG}
from IPython.display import HTML, SVG, Javascript, display
display(HTML("<script>alert(1)</script><img src=x onerror=alert(2)><iframe src=//x></iframe>"))
display(Javascript("alert(3)"))
display({{"image/svg+xml": "<svg onload=alert(4)><script>alert(5)</script></svg>",
         "text/markdown": "<script>alert(6)</script>"}}, raw=True)
print("<script>alert(7)</script>")
raise ValueError("<script>alert(8)</script>")
"""
_PROSE = "<script>alert(9)</script>\n\n<a href=x onclick=alert(10)>x</a>\n\n<svg/onload=alert(11)>"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A class of attackers, graded in one run, and two that are honest."""
    course = grading_class.make_course(tmp_path_factory.mktemp("attacked") / "course")
    made = {
        "honest": notebook(),
        "honest-wrong": notebook(WRONG),
        "files": notebook(WRONG),
        "prose": notebook(SHOW, lambda nb: nb["cells"].append(
            {"cell_type": "markdown", "source": _PROSE, "metadata": {}})),
        "newlines": notebook("total = 6" + "\n" * 200_000 + "# DISPUTE:" + " " * 90_000),
        **METADATA, **BETWEEN, **STRANGE,
        **{f"output-{name}": notebook(source) for name, source in OUTPUTS.items()},
    }  # fmt: skip
    for student, nb in made.items():
        folder = course.root / "submitted" / student / UNIT.id
        folder.mkdir(parents=True)
        (folder / FILE).write_text(json.dumps(nb))
    beside = course.root / "submitted" / "files" / UNIT.id
    for name in ("autograder", "numpy", "sitecustomize", "usercustomize", "fractions", "course"):
        (beside / f"{name}.py").write_text("def expect(*_): pass\nraise SystemExit(0)")
    (beside / "link").symlink_to("/etc/passwd")
    (beside / "loop").symlink_to(beside)
    return course


@pytest.fixture(scope="module")
def graded(course):
    report = grade(
        Course(course.root), preload=("numpy",), limits={"cell": 15, "notebook": 60}, workers=2
    )
    assert report["run"]["unrecorded"] == 0
    assert len(report["submissions"]) == len(list((course.root / "submitted").iterdir()))
    return {s["student"]: s for s in report["submissions"]}


def test_honest_neighbours_get_what_they_deserve(graded):
    assert graded["honest"]["score"] == FULL
    assert graded["honest-wrong"]["score"] == WITHOUT_TOTAL


@pytest.mark.parametrize("name", METADATA)
def test_metadata_decides_nothing(graded, name):
    marks = {c["grade_id"]: c for c in graded[name]["cells"]}
    assert list(marks) == [c["grade_id"] for c in graded["honest"]["cells"]]
    assert [c["max_points"] for c in marks.values()] == [
        c["max_points"] for c in graded["honest"]["cells"]
    ]
    assert marks["total-test"]["points"] == 0
    assert graded[name]["score"] <= WITHOUT_TOTAL


@pytest.mark.parametrize("name", BETWEEN)
def test_cells_between_change_nothing(graded, name):
    assert graded[name]["score"] == WITHOUT_TOTAL


@pytest.mark.parametrize("name", STRANGE)
def test_strange_notebooks_are_graded_like_others(graded, name):
    assert (graded[name]["status"], graded[name]["score"]) == ("graded", FULL)


@pytest.mark.parametrize("name", OUTPUTS)
def test_forged_outputs_stop_nobody(graded, course, name):
    found = graded[f"output-{name}"]
    assert (found["status"], found["score"]) == ("graded", WITHOUT_TOTAL)
    executed = course.root / "autograded" / f"output-{name}" / UNIT.id / FILE
    answer = by_name(json.loads(executed.read_text()))["total"]
    assert "Traceback" not in str(answer["outputs"]) or name == "half-a-character"


def test_files_beside_the_notebook_reach_no_judge(graded):
    assert graded["files"]["score"] == WITHOUT_TOTAL


def test_links_beside_a_notebook_are_not_followed(graded, course):
    copied = course.root / "autograded" / "files" / UNIT.id / "link"
    assert copied.parent.is_dir() and not copied.exists()


def test_sources_are_read_in_linear_time(graded):
    """A regular expression that backtracks would read this for an hour."""
    assert graded["newlines"]["score"] == FULL
    assert restore._DISPUTE.findall("x\n  # DISPUTE:  too strict \n") == ["too strict "]


def test_feedback_pages_run_nothing(graded, course):
    (path,) = feedback.write(Course(course.root), [UNIT.id], ["prose"])
    page = path.read_text()
    assert "alert(7)" in page  # shown, as text
    assert "default-src 'none'" in page
    tags = re.findall(r"<[a-zA-Z/][^>]*>", page)
    assert not [t for t in tags if re.match(r"<(script|iframe|object|embed)", t, re.IGNORECASE)]
    assert not [t for t in tags if re.search(r"\son\w+\s*=", t)]
