"""Two tiny units without TensorFlow, and a course directory made of them."""

from pathlib import Path

from autograder.building._unit_toml import Texts
from autograder.building.masters import Cell, Task, Unit, Variant
from autograder.building.notebooks import notebook_text
from autograder.grading.create import create

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
