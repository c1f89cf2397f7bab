"""Two tiny units without TensorFlow, and a course directory made of them."""

from pathlib import Path

import click

from autograder.building import Texts
from autograder.building.masters import Cell, Task, Unit, Variant
from autograder.building.notebooks import notebook_text
from autograder.cli import main
from autograder.grading import demo
from autograder.grading.gradebook.create import create

HERE = Path(__file__)

SETUP = """\
import math
from autograder.errors import CheckFailed, CouldNotCheck
from autograder.messages import msg, use_language

LANGUAGE = "en"
use_language(LANGUAGE)
DATA = [1, 2, 3]


def expect(found, wanted):
    if found != wanted:
        raise CheckFailed(msg("Expected {wanted}. Received {found}.", wanted=wanted, found=found))
"""
TOTAL = "total = None\n### BEGIN SOLUTION\ntotal = sum(DATA)\n### END SOLUTION"
TOTAL_TEST = """\
expect(total, 6)
print("✔ the sum")
### BEGIN HIDDEN TESTS
expect(type(total), int)  # a secret
### END HIDDEN TESTS"""
DOUBLE = """\
def double(x):
    ...
    ### BEGIN SOLUTION
    return x * 2
    ### END SOLUTION"""


def texts(text):
    return Texts(text, f"ру {text}")


def cell(kind, id, source, **more):
    return Cell(kind=kind, id=id, path=HERE, line=1, source=source, **more)


def variant(name, source, right=True):
    return Variant(name, right, source, HERE, 1, None if right else texts("Expected"))


def task(name, answer=None, tests=(), written=None, right=(), wrong=()):
    return Task(name, 5, False, (texts("a"), texts("b")), (), answer, tests, written, right, wrong)


def unit(id="01-sums"):
    total = cell("answer", "total", TOTAL, task="total", exhibits=("total",))
    total_test = cell("test", "total-test", TOTAL_TEST, task="total", points=2.0)
    double = cell("answer", "double", DOUBLE, task="double", exhibits=("double",))
    double_1 = cell("test", "double-test", "expect(double(2), 4)", task="double", points=1.0)
    double_2 = cell(
        "test", "double-test-2", "expect([double(n) for n in DATA], [2, 4, 6])", task="double",
        points=3.0,
    )  # fmt: skip
    why = cell("written", "why", "Say why.", russian="Почему?", task="why", points=2.0)
    cells = (
        cell("prose", "intro", "# Sums", russian="# Суммы"),
        cell("setup", "setup", SETUP),
        cell("free", "look", "DATA"),
        total,
        total_test,
        cell("setup", "setup-2", "LATER = len(DATA)"),
        double,
        double_1,
        double_2,
        why,
    )
    tasks = {
        "total": task(
            "total", total, (total_test,),
            right=(variant("loop", "total = 0\nfor n in DATA:\n    total += n"),
                   variant("fsum", "total = int(math.fsum(DATA))")),
            wrong=(variant("product", "total = 1 * 2 * 4", False),
                   variant("text", "total = '6'", False)),
        ),
        "double": task("double", double, (double_1, double_2),
                       right=(variant("plus", "def double(x):\n    return x + x"),)),
        "why": task("why", written=why),
    }  # fmt: skip
    return Unit(id, HERE.parent, texts(id), 60, 1, (), (), (), cells, tasks)


def units():
    return [unit("01-sums"), unit("02-more")]


def make_course(root, fill=None, lang="en"):
    found = units()
    notebooks = {u.id: {u.slug: notebook_text(u.notebook(lang, "solution"))} for u in found}
    return create(root, notebooks, lang, fill)


def hand_in(root, works):
    """Put {student: {unit: Work}} into a course directory."""
    for student, units in works.items():
        for unit, work in units.items():
            folder = root / "submitted" / student / unit
            folder.mkdir(parents=True)
            (folder / "timestamp.txt").write_text("2026-09-30 12:00:00 UTC")
            for name, data in work.files.items():
                (folder / name).write_bytes(data)


def works(kinds, made_of=None):
    made_of = made_of or unit()
    made = {}
    for n, kind in enumerate(kinds):
        desk = demo.Desk(made_of, "en", demo.random.Random(f"{kind}{n}"))
        made[f"{n:02}-{kind}"] = {made_of.id: demo.KINDS[kind](desk)}
    return made


def rows(course):
    """Every row of marks and comments in a gradebook, in a comparable form."""
    from nbgrader.api import Gradebook

    found = []
    with Gradebook(f"sqlite:///{course.gradebook}", "footguns") as gradebook:
        for unit in gradebook.assignments:
            for submission in gradebook.assignment_submissions(unit.name):
                who = submission.student.id, unit.name
                found.append((*who, "", str(submission.timestamp), submission.score))
                for notebook in submission.notebooks:
                    where = *who, notebook.name
                    found.append((*where, "penalty", notebook.late_submission_penalty))
                    for g in notebook.grades:
                        found.append((*where, g.name, g.auto_score, g.manual_score,
                                      g.needs_manual_grade, g.max_score))  # fmt: skip
                    for c in notebook.comments:
                        found.append((*where, c.name, c.auto_comment, c.manual_comment))
    return sorted(found, key=repr)


class Whole(click.Command):
    """The console script, exit codes included, for click's runner."""

    def __init__(self):
        super().__init__("autograder")

    def main(self, args=None, **_):
        return main.main(args)
