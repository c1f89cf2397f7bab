"""Masters, notebooks and twins: what build accepts, what it makes, and what it says otherwise."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograder.building import checkout, units
from autograder.building import twins as twins_
from autograder.building._files import Change, write
from autograder.building._reader import read_unit
from autograder.building._rules import incomplete
from autograder.building.build import products
from autograder.building.names import names
from autograder.errors import Problem

HERE = Path(__file__).parent
REPOSITORY = HERE.parent


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A checkout with the tiny unit; the current directory."""
    shutil.copytree(HERE / "fixtures" / "units", tmp_path / "course" / "units")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def folder(course):
    return course / "course" / "units" / "01-tiny"


def edit(path, old, new, count=1):
    """Replace ``old`` in a file, where it stands ``count`` times."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, f"{old!r} is not in {path.name}"
    path.write_text(text.replace(old, new, count), encoding="utf-8")


def refusal(folder):
    """What reading the unit says, without the path in front."""
    with pytest.raises(Problem) as caught:
        read_unit(folder)
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith("course/units/01-tiny")
    return text.removeprefix("course/units/01-tiny/")


# Reading ---------------------------------------------------------------------------------------


def test_the_unit_as_data(course):
    (unit,) = units()
    assert (unit.id, unit.slug, unit.minutes, unit.points) == ("01-tiny", "tiny", 10, 4)
    assert unit.title.pair() == {"en": "A tiny unit", "ru": "Крошечный раздел"}
    assert [(cell.kind, cell.id) for cell in unit.cells] == [
        ("prose", "intro"),
        ("setup", "setup"),
        ("free", "look"),
        ("prose", "square"),
        ("answer", "square-answer"),
        ("test", "square-test"),
        ("test", "square-large"),
        ("setup", "setup-2"),
        ("prose", "why"),
        ("written", "why-answer"),
    ]
    square = unit.tasks["square"]
    assert (square.exhibits, square.points, square.minutes) == (("square",), 2, 3)
    assert [variant.name for variant in square.right] == ["product", "power", "lambda", "sum"]
    assert square.wrong[3].says.text("ru") == "None"
    assert square.hints[1].en == "Return `x * x`."
    why = unit.tasks["why"]
    assert why.answer is None and why.written.points == 2 and len(why.rubric) == 2
    assert why.written.text("ru").split("\n")[1] == "У обоих множителей один знак."


def test_lines_are_those_of_the_master(course):
    (unit,) = units()
    lines = unit.master.read_text(encoding="utf-8").split("\n")
    for cell in unit.cells:
        assert lines[cell.line - 1].startswith("# %%")
        assert cell.source.split("\n")[0] in lines[cell.line]


def test_marks_inside_strings_and_fences_are_text(folder):
    edit(folder / "tiny.py", "NUMBERS = [0", 'TEXT = """\n# %% setup\n"""\nNUMBERS = [0')
    edit(folder / "tiny.py", "# It squares", "# ```\n# # %% setup\n# ```\n# It squares")
    unit = read_unit(folder)
    assert len(unit.cells) == 10
    assert 'TEXT = """\n# %% setup\n"""' in unit.cells[1].source
    assert "# %% setup" in unit.cells[0].source


def test_comments_that_look_like_shell_commands_stay_comments(folder):
    edit(folder / "tiny.py", "NUMBERS = [0", "# more numbers\n# ls\nNUMBERS = [0")
    assert "# more numbers\n# ls\n" in read_unit(folder).cells[1].source


def test_checkout_is_found_from_inside_and_asked_for_outside(course, tmp_path_factory, monkeypatch):
    assert checkout(course / "course" / "units" / "01-tiny") == course
    with pytest.raises(
        Problem, match="Expected a checkout with course/units at or above"
    ) as caught:
        checkout(tmp_path_factory.mktemp("elsewhere"))
    assert caught.value.exit_code == 2


def test_a_task_name_belongs_to_one_unit(course, folder):
    shutil.copytree(folder, folder.with_name("02-tiny"))
    with pytest.raises(Problem, match=r"02-tiny/tiny.py: the task square is in 01-tiny too. Ren"):
        units()


MARKS = [
    ("# %% setup", "# %% stup", '11: unknown word in the cell mark. Expected one of setup, answer, '
     "test, written. Received: stup."),
    ("# %% setup", "# %%", '11: a cell without a mark. Expected id="...", for example.'),
    ('answer exhibits="square"', 'answer exhibits="square', '34: cannot read the cell mark. Expected '
     'words and key="value" pairs. Received: # %% task="square" answer exhibits="square'),
    ('answer exhibits="square"', "answer", '34: a answer cell needs exhibits="...".'),
    ('exhibits="square"', 'exhibits="a square"', '34: expected exhibits="name" or "name, other". '
     "Received: 'a square'."),
    ("test points=1\n", "test\n", "46: expected points=1 or another, as square is graded."),
    ("test points=1\n", 'test points="1"\n', "46: expected points as a number from 0. Received: '1'."),
    ("test points=1\n", "test answer points=1\n", "46: a cell is one of answer and test, not both."),
    ("test points=1\n", "test colour=1 points=1\n", "46: a test cell has no colour=. Expected of task,"
     " points, id, claims."),
    ('id="square-large"', 'id="Square"', "50: expected id of small letters, digits and hyphens. "
     "Received: 'Square'."),
    ('id="square-large"', 'id="look"', "50: the id look is taken by the cell in line 20. Give another "
     "id."),
    ("# %% setup", "# %% [markdown] setup", "11: a setup cell is code. Take out [markdown]."),
    ("# # A tiny", "A tiny", '2: prose outside of a comment. Start the line with "# ".'),
    ('lang="en"', 'lang="de"', "1: expected lang of en, ru. Received: 'de'."),
    ('id="intro" lang="ru"', 'id="other" lang="ru"', '6: expected the English twin of "other" right '
     'above. Put it there with lang="en".'),
    ('written lang="ru"', 'written points=3 lang="ru"', "75: expected points=2 as in the English twin."
     " Received: 3."),
    ("# %% [markdown] id", "x = 1\n# %% [markdown] id", '1: text outside of the cells. Expected a mark'
     ' like "# %% setup" above it.'),
    ('# %% task="square" answer', '# %% task="cube" answer', "34: task cube is not in unit.toml."
     " Add [tasks.cube]."),
    ('# %% id="look"', '# %% task="square" answer exhibits="n"', "34: task square has a second answer "
     "cell. Expected one. Join them or name a new task."),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message"), MARKS)
def test_a_bad_mark_is_refused_in_one_line(folder, old, new, message):
    master = folder / "tiny.py"
    edit(master, old, new)
    assert refusal(folder) == f"tiny.py:{message}"


FACTS = [
    ("minutes = 10", "minutes = 4", "the tasks take 5 minutes together, but minutes = 4."),
    ("minutes = 10\n", "", "minutes is missing. Expected a positive number of minutes."),
    ("difficulty = 1", "difficulty = 9", "difficulty: expected a whole number from 1 to 5, received 9."),
    ('en = "A tiny unit", ', "", 'title: expected {en = "...", ru = "..."}, received '
     "{'ru': 'Крошечный раздел'}."),
    ("minutes = 10", "minutes = 10\nlength = 3", "unknown field length. Take it out."),
    ("minutes = 3", "minutes = 3\nweight = 3", "unknown field tasks.square.weight. Take it out."),
    ('    {en = "What times what?", ru = "Что на что умножить?"},\n', "", "tasks.square.hints: expected "
     'a list of 2 or more, each {en = "...", ru = "..."}, received [{\'en\': \'Return `x * x`.\', '
     "'ru': 'Верните `x * x`.'}]."),
    ('says = {en = "None", ru = "None"}', "", "tasks.square.wrong.printed.says is missing. Expected "
     '{en = "...", ru = "..."}.'),
    ("[tasks.square.wrong.same]", "[tasks.square.wrong.other]", "[tasks.square.wrong.other]: "
     "answers/square.py has no such cell."),
    ("[tasks.why]", "[tasks.ghost]\nminutes = 1\nhints = [{en='a', ru='a'}, {en='b', ru='b'}]\n"
     "[tasks.why]", "[tasks.ghost]: tiny.py has no such task. Take it out."),
    ("rubric = [", "rubrik = [", "unknown field tasks.why.rubrik. Take it out."),
    ("minutes = 2", "minutes = 2\npractice = true", "[tasks.why]: a written task cannot be practice."),
    ("title = ", "title : ", "not valid TOML: Expected '=' after a key in a key/value pair (at line 1, "
     "column 7)."),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message"), FACTS)
def test_a_bad_fact_is_refused_in_one_line(folder, old, new, message):
    edit(folder / "unit.toml", old, new)
    found = refusal(folder)
    if "column" in message:  # the wording of the TOML parser is Python's
        assert found.startswith("unit.toml: not valid TOML: ")
    elif message.startswith("[tasks.square.wrong.other]"):
        assert found.endswith(
            "wrong answer same has no message. Add [tasks.square.wrong.same] with "
            'says = {en = "...", ru = "..."} to unit.toml.'
        )
    else:
        assert found == f"unit.toml: {message}"


def test_variants_are_enough_and_known(folder):
    answers = folder / "answers" / "square.py"
    assert not list(incomplete(read_unit(folder)))
    edit(answers, '# %% right="power"', '# %% right="product"')
    assert refusal(folder) == (
        "answers/square.py:6: a second variant named product. Give another name."
    )
    edit(answers, '# %% right="product"\ndef square(x):\n    return x * x\n', "")
    (few,) = incomplete(read_unit(folder))
    assert str(few).endswith(
        'answers/square.py: expected 4 or more cells # %% right="...", received 3. Write them, or '
        "run `autograder build --draft` meanwhile."
    )
    edit(answers, 'right="product"', 'maybe="product"')
    assert refusal(folder).endswith('expected # %% right="name" or # %% wrong="name".')


def test_a_variant_file_without_a_task_is_refused(folder):
    shutil.copy(folder / "answers" / "square.py", folder / "answers" / "cube.py")
    assert (
        refusal(folder) == "answers/cube.py: 01-tiny has no task cube with code. Rename the file."
    )


def test_a_practice_task_has_no_points_and_needs_no_variants(folder):
    edit(folder / "unit.toml", "minutes = 3", "minutes = 3\npractice = true")
    assert refusal(folder).endswith("a test of a practice task has no points. Take them out.")
    edit(folder / "tiny.py", "test points=1", "test", count=2)
    (folder / "answers" / "square.py").unlink()
    text = (folder / "unit.toml").read_text(encoding="utf-8")
    parts = text.split("[tasks.")
    kept = [part for part in parts if not part.startswith("square.wrong")]
    (folder / "unit.toml").write_text("[tasks.".join(kept), encoding="utf-8")
    unit = read_unit(folder)
    assert not list(incomplete(unit)) and unit.tasks["square"].points == 0
    test = next(c for c in unit.notebook("en").cells if c.id == "square-test")
    assert test.metadata.nbgrader.points == 0 and test.metadata.nbgrader.grade


# Rules of names --------------------------------------------------------------------------------

RULES = [
    # the setup cells
    ("NUMBERS = [0, 1, 2, -3]", "NUMBERS = [square(1)]",
     "18: the setup cell reads square, which the answer of square binds. Tasks stand alone: bind it in "
     "a setup cell."),
    ("NUMBERS = [0, 1, 2, -3]", "NUMBERS = ROOTS", "18: the setup cell reads ROOTS before setup binds "
     "it. Move the setup cell up."),
    ("NUMBERS = [0, 1, 2, -3]", "NUMBERS = [nothing]",
     "18: the setup cell reads nothing, which nothing binds before. Bind it in setup."),
    ('checks.use_language("en")\n', "", '11: expected checks.use_language("en") once, in the first setup'
     " cell. Received it 0 times here."),
    ("ROOTS = ", 'checks.use_language("en")\nROOTS = ', '57: expected checks.use_language("en") once, in'
     " the first setup cell. Received it 1 times here."),
    ("import math", "from math import *", "12: import *: name what is imported instead."),
    # the answer
    ("    return x * x\n", "    return x * extra\n",
     "41: the answer cell reads extra, which nothing binds before. Bind it in setup."),
    ("    return x * x\n", "    return x * ROOTS[0]\n",
     "41: the answer cell reads ROOTS before setup binds it. Move the setup cell up."),
    ("    return x * x\n", "    return x * x\n\n\nNUMBERS = 1\n", "44: the answer binds NUMBERS, which "
     "setup binds for everybody. Rename it, or make it an exhibit."),
    ('exhibits="square"', 'exhibits="square, cube"',
     "34: the solution does not bind the exhibit cube. Bind it."),
    ("def square(x):\n    return x\n", "def cube(x):\n    return x\n", "34: the starting code does not "
     "bind the exhibit square. Bind it outside of the solution region, or leave no statement there."),
    ("    return x\n\n\n### BEGIN SOLUTION\ndef square(x):\n", "    ### BEGIN SOLUTION\n", "34: the "
     "starting code (what students get) does not parse: expected an indented block after function "
     "definition on line 1."),
    ("### BEGIN SOLUTION\n", "", "43: END SOLUTION without BEGIN SOLUTION."),
    ("### END SOLUTION\n\n# %% task", "\n# %% task", "39: BEGIN SOLUTION without END SOLUTION."),
    ("    return x * x\n", "    return x * (x\n", "41: the cell does not parse: '(' was never closed."),
    # the test
    ("lambda x: x * x, [(n,)", "lambda x: x * y, [(n,)",
     "48: the test cell reads y, which nothing binds before. Bind it in setup."),
    ("for n in NUMBERS])\n\n# %% task", "for n in numbers])\n\n# %% task",
     "48: the test cell reads numbers, which nothing binds before. Bind it in setup."),
    ('with task("square"):\n    checks.function(square, lambda x: x * x, [(n,)',
     'square = abs\nwith task("square"):\n    checks.function(square, lambda x: x * x, [(n,)',
     "47: the test binds square, which the cell in line 34 binds too. Rename it."),
    ('with task("square"):\n    checks.function(square, lambda x: x * x, [(n,)',
     'NUMBERS = [1]\nwith task("square"):\n    checks.function(square, lambda x: x * x, [(n,)',
     "47: the test binds NUMBERS, which the cell in line 11 binds too. Rename it."),
    ('with task("square"):\n    checks.function(square, lambda x: x * x, [(n,)',
     'with task("cube"):\n    checks.function(square, lambda x: x * x, [(n,)',
     '47: expected with task("square"):. Received: with task(\'cube\'):.'),
    ('with task("square"):\n    checks.function(square, lambda x: x * x, [(n,)',
     'if True:\n    checks.function(square, lambda x: x * x, [(n,)',
     '47: a statement outside of with task("square"):. Put it inside.'),
    ("for n in NUMBERS])\n\n# %% task", "for n in NUMBERS])\n1\n\n# %% task",
     "49: a bare expression in a test: nbgrader takes its value for the mark. Put it inside "
     'with task("square"):.'),
    ("for n in NUMBERS])\n\n# %% task", "for n in NUMBERS])\nlast = 1\n\n# %% task",
     '46: expected the cell to end in with task("square"): and its checks.'),
    ('with task("square"):\n    checks.function(square, lambda x: x * x, [(n,)',
     'first = square(1)\nwith task("square"):\n    checks.function(square, lambda x: x * x, [(n,)',
     '47: square outside of with task("square"):, which turns errors into messages. Put the statement '
     "inside."),
    ("    checks.function(square, lambda x: x * x, [(10,)])\n", "",
     "50: the test without its hidden part does not parse: expected an indented block after 'with' "
     "statement on line 1."),
    ("    ### END HIDDEN TESTS\n", "", "53: BEGIN HIDDEN TESTS without END HIDDEN TESTS."),
    # free cells and others
    ("print([math", "print(found, [math",
     "21: the free cell reads found, which nothing binds before. Bind it in setup."),
    ("print([math", "### BEGIN SOLUTION\nprint([math",
     "21: BEGIN SOLUTION has no meaning in a free cell."),
    ("# Write `square", "# ### BEGIN HIDDEN TESTS\n# Write `square",
     "26: BEGIN HIDDEN TESTS has no meaning in a prose cell."),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message"), RULES)
def test_a_broken_rule_is_told_in_one_line(folder, old, new, message):
    edit(folder / "tiny.py", old, new)
    assert refusal(folder) == f"tiny.py:{message}"


@pytest.mark.parametrize(
    ("test", "message"),
    [
        ("checks.numbers(helper, 1)", "the test reads helper of the answer, which is no exhibit. Add "
         'it to exhibits="..." of the answer cell.'),
        ("checks.numbers(seen, 1)", "the test cell reads seen, which only a free cell binds. Bind it in "
         "setup."),
    ],
)  # fmt: skip
def test_a_test_reads_exhibits_and_setup_only(folder, test, message):
    edit(folder / "tiny.py", "print([math", "seen = 1\nprint([math")
    edit(folder / "tiny.py", "    return x * x\n", "    return x * x\n\n\nhelper = 1\n")
    edit(folder / "tiny.py", "[(n,) for n in NUMBERS])", f"[(1,)])\n    {test}")
    assert refusal(folder).split(": ", 1)[1] == message


def test_what_a_test_binds_is_its_own(folder):
    edit(folder / "tiny.py", "[(n,) for n in NUMBERS])", "[(1,)])\n    inside = 1")
    read_unit(folder)  # a test may bind names
    edit(folder / "tiny.py", "ROOTS = [math", "ROOTS = [inside + math")
    assert refusal(folder).split(": ", 1)[1] == (
        "the setup cell reads inside, which only a test binds. Bind it in setup."
    )


def test_an_exhibit_belongs_to_one_task(folder):
    text = (folder / "tiny.py").read_text(encoding="utf-8")
    second = text[text.index('# %% task="square" answer') : text.index("# %% setup\nROOTS")]
    second = second.replace('"square"', '"again"')
    second = second.replace('exhibits="again"', 'exhibits="square"').replace(
        "square-large", "large"
    )
    (folder / "tiny.py").write_text(text + "\n" + second, encoding="utf-8")
    with (folder / "unit.toml").open("a", encoding="utf-8") as file:
        file.write(
            '\n[tasks.again]\nminutes = 1\nhints = [{en = "a", ru = "a"}, {en = "b", ru = "b"}]\n'
        )
    assert refusal(folder).split(": ", 1)[1] == (
        "exhibit square of again is an exhibit of square too. Rename one: students run the tests of "
        "both in one notebook."
    )


def test_allowed_uses_of_names(folder):
    master = folder / "tiny.py"
    edit(master, 'exhibits="square"', 'exhibits="square, NUMBERS"')  # rebinding a setup name
    edit(
        master, "def square(x):\n    return x\n", "NUMBERS = []\n\n\ndef square(x):\n    return x\n"
    )
    edit(
        master,
        'with task("square"):\n',
        "import math as m\n\n\ndef truth(x):\n    return m.pow(x, 2)\n\n\n"
        'few = [n for n in ROOTS]\nwith task("square"):\n    y = truth(2)\n    y += 1\n',
    )
    edit(master, "# %% setup\nROOTS = [math.sqrt(n) for n in (1, 4, 9)]\n", "")
    edit(master, "NUMBERS = [0", "ROOTS = [1]\nNUMBERS = [0")
    text = (folder / "answers" / "square.py").read_text(encoding="utf-8")
    for name in ("product", "power", "lambda", "sum"):
        text = text.replace(f'right="{name}"\n', f'right="{name}"\nNUMBERS = [1]\n')
    (folder / "answers" / "square.py").write_text(text, encoding="utf-8")
    unit = read_unit(folder)
    assert unit.tasks["square"].exhibits == ("square", "NUMBERS")


def test_starting_code_may_be_empty(folder):
    edit(folder / "tiny.py", "def square(x):\n    return x\n\n\n### BEGIN", "### BEGIN")
    assert read_unit(folder).notebook("en").cells[4].source == "# Your code here"


def test_a_right_answer_stands_alone(folder):
    edit(folder / "answers" / "square.py", "return x**2", "return power(x)")
    assert refusal(folder) == (
        "answers/square.py:8: right answer power reads power, which neither setup nor it binds."
    )
    edit(folder / "answers" / "square.py", "def square(x):\n    return power(x)", "pass")
    assert refusal(folder) == (
        "answers/square.py:6: right answer power does not bind the exhibit square. Bind it."
    )


@pytest.mark.parametrize(
    ("source", "bound", "read"),
    [
        ("x = x + 1", "x", "x"),
        ("x = 1\nx += 1", "x", ""),
        ("x += 1", "x", "x"),
        ("import a.b, c as d\nfrom e import f as g", "a d g", ""),
        ("def f(p, *q, r=s, **t):\n    u = p\n    return u, v", "f", "s v"),
        ("def f():\n    return g()\ndef g():\n    return 1", "f g", ""),
        ("f = lambda x, y=z: x + w", "f", "w z"),
        ("[i * j for i in rows for j in i if k]", "", "k rows"),
        ("[last := i for i in rows]\nprint(last)", "last", "rows"),
        ("class C(Base):\n    a = 1\n    b = a\n    def m(self):\n        return a", "C", "Base a"),
        ("for i in items:\n    pass\nelse:\n    j = i", "i j", "items"),
        ("with open(p) as (a, b):\n    pass", "a b", "p"),
        ("try:\n    x = y\nexcept E as e:\n    print(e)", "e x", "E y"),
        ("def f():\n    global n\n    n = 1", "f n", ""),
        ("def f():\n    n = 1\n    def g():\n        nonlocal n\n        n = 2\n    return g", "f", ""),
        ("match v:\n    case [a, *b]:\n        pass\n    case {'k': c, **d}:\n        pass",
         "a b c d", "v"),
        ("x: int = y\nz: T", "x", "T y"),
        ("x = 1\ndel x\nprint(x)", "", "x"),
        ("a.b = c[d] = e", "", "a c d e"),
        ("{k: v for k, v in items}", "", "items"),
        ("f = [lambda: i for i in items]", "f", "items"),
        ("print(__name__, display, len)", "", ""),
    ],
)  # fmt: skip
def test_names_of_a_cell(source, bound, read):
    found = names(source)
    assert " ".join(sorted(found.bound)) == bound
    assert " ".join(sorted(found.read)) == read


# Building --------------------------------------------------------------------------------------


def test_the_same_bytes_every_time(course):
    first = products(course, units())
    again = products(course, units())
    assert first == again
    assert [str(change.path.relative_to(course)) for change in first] == [
        "assignments/en/01-tiny/tiny.ipynb",
        "solutions/en/01-tiny/tiny.ipynb",
        "assignments/ru/01-tiny/tiny.ipynb",
        "solutions/ru/01-tiny/tiny.ipynb",
        "course/hints/01-tiny.json",
    ]
    assert len(write(first)) == 5 and write(again) == []


def test_the_release_holds_no_answer(course):
    (unit,) = units()
    for lang, code, words in (
        ("en", "# Your code here", "*Your answer here.*"),
        ("ru", "# Ваш код", "*Ваш ответ.*"),
    ):
        release = {cell.id: cell for cell in unit.notebook(lang).cells}
        assert release["square-answer"].source == f"def square(x):\n    return x\n\n\n{code}"
        assert release["why-answer"].source == words
        assert "1000" not in release["square-large"].source
        assert f'checks.use_language("{lang}")' in release["setup"].source
        solution = {cell.id: cell for cell in unit.notebook(lang, "solution").cells}
        assert "return x * x" in solution["square-answer"].source
        assert "1000" in solution["square-large"].source
        assert unit.tasks["why"].rubric[0].text(lang) in solution["why-answer"].source
        assert unit.tasks["why"].rubric[0].text(lang) not in release["why-answer"].source
        assert release["square"].source.startswith("## 1. " + {"en": "S", "ru": "К"}[lang])


def test_a_notebook_carries_what_graders_need(course):
    notebook = units()[0].notebook("ru")
    assert notebook.metadata.footguns == {"unit": "01-tiny", "language": "ru"}
    cells = {cell.id: cell.metadata for cell in notebook.cells}
    assert cells["square-answer"]["footguns"] == {
        "kind": "answer",
        "task": "square",
        "exhibits": ["square"],
    }
    assert cells["square-test"]["footguns"] == {"kind": "test", "task": "square"}
    assert "nbgrader" not in cells["look"]
    assert cells["intro"]["editable"] is False and "editable" not in cells["square-answer"]


def test_a_student_can_be_played(course):
    (unit,) = units()
    wrong = unit.tasks["square"].wrong[0]
    notebook = unit.notebook("en", answers={"square": wrong.source, "why": "Signs."})
    untouched = unit.notebook("en")
    for cell, before in zip(notebook.cells, untouched.cells, strict=True):
        assert cell.metadata == before.metadata
        if cell.id == "square-answer":
            assert cell.source == wrong.source
        elif cell.id == "why-answer":
            assert cell.source == "Signs."
        else:
            assert cell.source == before.source
    with pytest.raises(Problem, match=r"Expected a task of 01-tiny. Received: cube\."):
        unit.notebook("en", answers={"cube": ""})


def test_the_hint_catalogue_ships_no_solution(course):
    text = products(course, units())[-1].text
    catalogue = json.loads(text)
    assert catalogue["title"]["ru"] == "Крошечный раздел" and catalogue["minutes"] == 10
    assert catalogue["tasks"]["square"][0] == {
        "en": "What times what?",
        "ru": "Что на что умножить?",
    }
    assert "def square" not in text


def test_checksums_and_metadata_are_nbgraders(course):
    from nbgrader.nbgraderformat import MetadataValidator
    from nbgrader.utils import compute_checksum

    asked = {}  # the sums of what students get, which tell an answer in words from none
    for kind in ("release", "solution"):
        notebook = units()[0].notebook("ru", kind)
        nbformat.validate(notebook)
        MetadataValidator().validate_nb(notebook)
        graded = [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
        assert len(graded) == 9
        for cell in graded:
            found = cell.metadata.nbgrader.checksum
            if kind == "release":
                asked[cell.id] = found
            if kind == "solution" and cell.metadata.footguns.kind == "written":
                assert found == asked[cell.id] != compute_checksum(cell)
            else:
                assert found == compute_checksum(cell)


@pytest.mark.parametrize("lang", ["en", "ru"])
@pytest.mark.slow
def test_nbgrader_makes_the_same_release(course, lang):
    write(products(course, units()))
    shutil.copy(REPOSITORY / "course" / "nbgrader_config.py", course / "course")
    environment = {
        **os.environ,
        "FOOTGUNS_LANG": lang,
        # nbgrader starts `alembic` by name
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "generate_assignment", "01-tiny",
         f"--CourseDirectory.release_directory=made/{lang}"],
        cwd=course / "course", env=environment, capture_output=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    ours = course / "assignments" / lang / "01-tiny" / "tiny.ipynb"
    theirs = course / "made" / lang / "01-tiny" / "tiny.ipynb"
    assert theirs.read_bytes() == ours.read_bytes()
    assert (course / "grades" / lang / "gradebook.db").exists()


# Twins -----------------------------------------------------------------------------------------


def told(folder):
    return [str(problem).split(": ", 1)[1] for problem in twins_.faults(read_unit(folder))]


def test_twins_of_the_fixture_are_current(folder):
    assert told(folder) == []


def test_a_stale_twin_and_its_stamp(folder):
    edit(folder / "tiny.py", "It squares numbers", "It squares all numbers")
    (text,) = told(folder)
    assert text.startswith('the Russian twin of "intro" is stale: the English is now ')
    assert text.endswith("then run `autograder build --stamp intro 01-tiny`.")
    before = (folder / "tiny.py").read_text(encoding="utf-8").split("\n")
    assert twins_.stamp([read_unit(folder)], "intro") == {"01-tiny": ["intro"]}
    after = (folder / "tiny.py").read_text(encoding="utf-8").split("\n")
    assert [n for n, (a, b) in enumerate(zip(before, after, strict=True), 1) if a != b] == [6]
    assert told(folder) == []
    assert twins_.stamp([read_unit(folder)], "all") == {"01-tiny": []}


def test_a_stamp_of_a_task_marks_all_its_twins(folder):
    edit(folder / "tiny.py", "Why is a square", "Why is any square")
    edit(folder / "tiny.py", "Both factors", "The two factors")
    assert twins_.stamp([read_unit(folder)], "why") == {"01-tiny": ["why", "why-answer"]}
    with pytest.raises(
        Problem, match="Expected the id of a prose cell with a Russian twin, or all."
    ):
        twins_.stamp([read_unit(folder)], "nothing")


def test_a_stamp_that_fits_two_units_asks_which(folder):
    second = folder.with_name("02-tiny")
    shutil.copytree(folder, second)
    with pytest.raises(Problem, match=r"intro is in 01-tiny and 02-tiny\. Say which: `autograder "):
        twins_.stamp([read_unit(folder), read_unit(second)], "intro")


def test_a_missing_twin(folder):
    text = (folder / "tiny.py").read_text(encoding="utf-8")
    start = text.index('# %% [markdown] id="intro" lang="ru"')
    text = text[:start] + text[text.index("# %% setup") :]
    (folder / "tiny.py").write_text(text, encoding="utf-8")
    assert told(folder) == [
        '"intro" has no Russian twin. Write it in the next cell with lang="ru".'
    ]
    unit = read_unit(folder)
    assert unit.notebook("en")
    with pytest.raises(Problem, match='"intro" has no Russian twin.*or build with --lang en'):
        unit.notebook("ru")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("$x^2$ — это", "$x^3$ — это", "formulas: English 'x^2', Russian 'x^3'"),
        ("`x * x`.\n\n# %% setup", "x * x.\n\n# %% setup",
         "code spans: English 'x * x', Russian nothing else"),
        ("# # Крошечный", "# ## Крошечный", "headings: English #, Russian ##"),
        ("# Здесь", "# [Здесь](https://example.org)", "links: English nothing else, Russian "
         "'https://example.org'"),
        ("# Здесь", "# ![Здесь](a.png)", "images: English nothing else, Russian 'a.png'"),
        ("# Здесь", "# ```\n# x = 1\n# ```\n# Здесь",
         "blocks of code: English nothing else, Russian 'x = 1'"),
        ("# Здесь", "# <svg><text>да</text></svg>\n# Здесь",
         "pictures: English nothing else, Russian '1. <svg>'"),
    ],
)  # fmt: skip
def test_twins_have_the_same_content(folder, old, new, message):
    edit(folder / "tiny.py", old, new)
    assert told(folder) == [f'the twins of "intro" differ in {message}. Make them the same.']


@pytest.mark.parametrize(
    ("english", "russian"),
    [
        ("$5 a piece, $6 a pair", "по 5 долларов за штуку, 6 за пару"),
        (r"$\text{loss} = 1$", r"$\text{потери} = 1$"),
        ("<svg><text>$a$ `b`</text></svg>", "<svg><text>да</text></svg>"),
        ("see [above](#one)", "см. [выше](#odin)"),
        ("``a ` b`` and `c`", "`c` и ``a ` b``"),
        ("$$\na + b\n$$", "$$a+b$$"),
    ],
)
def test_twins_may_differ_in_words(english, russian):
    assert list(twins_._unlike(english, russian)) == []


def test_the_history_shows_how_the_english_changed(course, folder):
    def git(*arguments):
        subprocess.run(
            ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *arguments],
            cwd=course, check=True, capture_output=True,
        )  # fmt: skip

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "First")
    edit(folder / "tiny.py", "It squares numbers", "It squares all numbers")
    git("commit", "-qam", "Second")
    (cell,) = twins_.stale(read_unit(folder))
    assert twins_.english_diff(cell)[3:] == [
        " ",
        "-It squares numbers: $x^2$ is `x * x`.",
        "+It squares all numbers: $x^2$ is `x * x`.",
    ]


# Writing ---------------------------------------------------------------------------------------


def test_all_or_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").write_text("old", encoding="utf-8")
    (tmp_path / "wall").write_text("a file, not a folder", encoding="utf-8")
    changes = [
        Change(tmp_path / "a", "new"),
        Change(tmp_path / "deep" / "er" / "b", "new"),
        Change(tmp_path / "wall" / "c", "new"),
    ]
    with pytest.raises(Problem, match=r"Expected to write in .*wall.*Nothing was changed"):
        write(changes)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "wall"]
    assert (tmp_path / "a").read_text(encoding="utf-8") == "old"
    assert write(changes[:2]) == [tmp_path / "a", tmp_path / "deep" / "er" / "b"]
    assert write(changes[:2]) == []
    assert write([Change(tmp_path / "deep" / "er" / "b", None)]) == [tmp_path / "deep" / "er" / "b"]
    assert not (tmp_path / "deep" / "er").exists()
