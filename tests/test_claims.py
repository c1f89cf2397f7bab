"""The table of what the sources say: what the reader accepts, the page it makes, and the real course."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder.building import units
from autograder.building._reader import read_unit
from autograder.building.claims import VERDICTS, pages
from autograder.cli import main
from autograder.errors import Problem

HERE = Path(__file__).parent
REPOSITORY = HERE.parent

SOURCES = """
[squares]
title = {en = "A book of squares", ru = "Книга о квадратах"}

[unread]
title = {en = "A book nobody quotes", ru = "Книга, которую не цитируют"}

[roots]
title = {en = "A letter on roots", ru = "Письмо о корнях"}
"""

CLAIMS = """
[R1]
source = "roots"
statement = {en = "Every number has a root.", ru = "У всякого числа есть корень."}
verdict = "conditional"
because = {en = "A real one: from 0 on.", ru = "Вещественный: начиная с 0."}

[Q1]
source = "squares"
statement = {en = "|x| is the root of x².", ru = "|x| — корень из x²."}
verdict = "true"
because = {en = "For four numbers.", ru = "Для четырёх чисел."}

[Q2]
source = "squares"
statement = {en = "A square is larger than its root.", ru = "Квадрат больше своего корня."}
verdict = "false"
because = {en = "0 is as large.", ru = "0 такой же."}
"""

# Sources in the order of sources.toml, statements in that of claims.toml, cells in that of the master.
PAGES = {
    "docs/claims.md": """# Myth or measured?

Every statement of the five source texts that can be checked, what became of it, and the cells that measure it. The
cells stand in the notebooks of `assignments/en`; this page is made of their marks by `autograder build`.

## A book of squares

| | the source says | verdict | measured | where |
|---|---|---|---|---|
| Q1 | \\|x\\| is the root of x² | **true** | For four numbers | [01-tiny](../assignments/en/01-tiny/tiny.ipynb) `look` |
| Q2 | A square is larger than its root | **false** | 0 is as large | [01-tiny](../assignments/en/01-tiny/tiny.ipynb) `look`, `square-large` |

## A letter on roots

| | the source says | verdict | measured | where |
|---|---|---|---|---|
| R1 | Every number has a root | **conditional** | A real one: from 0 on | [01-tiny](../assignments/en/01-tiny/tiny.ipynb) `setup-2` |
""",
    "docs/claims.ru.md": """# Миф или измерено?

Все проверяемые утверждения пяти исходных текстов, что от них осталось и в каких ячейках это измерено. Ячейки — в
тетрадях `assignments/ru`; страницу собирает из их пометок `autograder build`.

## Книга о квадратах

| | источник говорит | вердикт | измерено | где |
|---|---|---|---|---|
| Q1 | \\|x\\| — корень из x² | **верно** | Для четырёх чисел | [01-tiny](../assignments/ru/01-tiny/tiny.ipynb) `look` |
| Q2 | Квадрат больше своего корня | **неверно** | 0 такой же | [01-tiny](../assignments/ru/01-tiny/tiny.ipynb) `look`, `square-large` |

## Письмо о корнях

| | источник говорит | вердикт | измерено | где |
|---|---|---|---|---|
| R1 | У всякого числа есть корень | **с оговоркой** | Вещественный: начиная с 0 | [01-tiny](../assignments/ru/01-tiny/tiny.ipynb) `setup-2` |
""",
}


def edit(path, old, new):
    """Replace ``old`` in a file, where it stands first."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {path.name}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A checkout with the tiny unit, which measures three statements; the current directory."""
    shutil.copytree(HERE / "fixtures" / "units", tmp_path / "course" / "units")
    monkeypatch.chdir(tmp_path)
    unit = tmp_path / "course" / "units" / "01-tiny"
    edit(unit / "tiny.py", '# %% id="look"', '# %% id="look" claims="Q2 Q1"')
    edit(unit / "tiny.py", 'id="square-large"', 'id="square-large" claims="Q2"')
    edit(unit / "tiny.py", "# %% setup\nROOTS", '# %% setup claims="R1"\nROOTS')
    (unit / "claims.toml").write_text(CLAIMS, encoding="utf-8")
    (tmp_path / "course" / "sources.toml").write_text(SOURCES, encoding="utf-8")
    return tmp_path


@pytest.fixture
def folder(course):
    return course / "course" / "units" / "01-tiny"


def refusal(course):
    """What making the pages says: one line, given without the path in front."""
    with pytest.raises(Problem) as caught:
        pages(course, units(course))
    text = str(caught.value)
    assert "\n" not in text
    return text.removeprefix("course/units/01-tiny/")


def made(course):
    return {str(p.relative_to(course)): text for p, text in pages(course, units(course)).items()}


def test_the_page_in_both_languages(course):
    assert made(course) == PAGES


def test_statements_as_data(folder):
    unit = read_unit(folder)
    assert list(unit.claims) == ["R1", "Q1", "Q2"]
    claim = unit.claims["Q2"]
    assert (claim.id, claim.source, claim.verdict) == ("Q2", "squares", "false")
    assert claim.because.pair() == {"en": "0 is as large.", "ru": "0 такой же."}
    assert {cell.id: cell.claims for cell in unit.cells if cell.claims} == {
        "look": ("Q2", "Q1"),
        "square-large": ("Q2",),
        "setup-2": ("R1",),
    }


def test_marks_leave_the_notebook_as_it_is(course, folder):
    marked = read_unit(folder).notebook("en")
    shutil.copy(HERE / "fixtures" / "units" / "01-tiny" / "tiny.py", folder / "tiny.py")
    assert read_unit(folder).notebook("en") == marked


def test_a_cell_of_another_unit_counts(course, folder):
    unit = read_unit(folder)
    second = replace(unit, id="02-more", claims={})
    english = pages(course, [unit, second])[course / "docs/claims.md"]
    expected = "`setup-2`; [02-more](../assignments/en/02-more/more.ipynb) `setup-2` |\n"
    assert expected in english


def test_a_course_without_statements_has_no_page(course, folder):
    shutil.copy(HERE / "fixtures" / "units" / "01-tiny" / "tiny.py", folder / "tiny.py")
    (folder / "claims.toml").unlink()
    (course / "course" / "sources.toml").unlink()
    assert made(course) == {}


# Refusals --------------------------------------------------------------------------------------

MARKS = [
    ('claims="Q2 Q1"', 'claims="Q2 Q1 Q9"', "20: claims=Q9: no claims.toml has this statement. Add "
     "[Q9] to one."),
    ('id="intro" lang="en"', 'id="intro" claims="Q1" lang="en"', "1: a prose cell has no claims=. "
     "Expected of id, task, lang, of."),
    ('answer exhibits="square"', 'answer exhibits="square" claims="Q1"', "34: a answer cell has no "
     "claims=. Expected of task, exhibits."),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message"), MARKS)
def test_a_bad_mark_is_refused_in_one_line(course, folder, old, new, message):
    edit(folder / "tiny.py", old, new)
    assert refusal(course) == f"tiny.py:{message}"


ROWS = [
    ("[R1]", "[Q3]\nsource = 'squares'\nstatement = {en = 'a', ru = 'a'}\nverdict = 'true'\n"
     "because = {en = 'a', ru = 'a'}\n[R1]", '[Q3]: no cell measures it. Write claims="Q3" on the mark '
     "of one that does."),
    ('source = "roots"', 'source = "root"', "[R1] source: expected one of squares, unread, roots "
     "(course/sources.toml). Received: root."),
    ('source = "roots"', 'source = ""', "R1.source: expected a source's name, received ''."),
    ('verdict = "conditional"', 'verdict = "maybe"', 'R1.verdict: expected one of "true", '
     "\"conditional\", \"false\", received 'maybe'."),
    ('verdict = "true"', "verdict = true", 'Q1.verdict: expected one of "true", "conditional", '
     '"false", received True.'),
    ('verdict = "conditional"\n', "", 'R1.verdict is missing. Expected one of "true", "conditional", '
     '"false".'),
    ('en = "0 is as large.", ', "", 'Q2.because: expected {en = "...", ru = "..."}, received '
     "{'ru': '0 такой же.'}."),
    ('ru = "У всякого числа есть корень."', 'ru = " "', 'R1.statement: expected {en = "...", ru = '
     "\"...\"}, received {'en': 'Every number has a root.', 'ru': ' '}."),
    ("[R1]\n", '[R1]\ncell = "look"\n', "unknown field R1.cell. Take it out."),
    ("\n[R1]", "R0 = 1\n[R1]", "expected the table [R0], received 1."),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message"), ROWS)
def test_a_bad_row_is_refused_in_one_line(course, folder, old, new, message):
    edit(folder / "claims.toml", old, new)
    assert refusal(course) == f"claims.toml: {message}"


def test_a_statement_belongs_to_one_unit(course, folder):
    unit = read_unit(folder)
    second = replace(unit, id="02-more", claims={"Q2": unit.claims["Q2"]})
    with pytest.raises(Problem, match=r"claims.toml: \[Q2\] is in 01-tiny too\. Keep one\.$"):
        pages(course, [unit, second])


def test_sources_are_needed_with_titles_in_both_languages(course):
    sources = course / "course" / "sources.toml"
    edit(sources, ', ru = "Письмо о корнях"', "")
    assert refusal(course) == (
        'course/sources.toml: roots.title: expected {en = "...", ru = "..."}, received '
        "{'en': 'A letter on roots'}."
    )
    sources.unlink()
    assert refusal(course) == "course/sources.toml: there is no such file. Create it."


# The command -----------------------------------------------------------------------------------


def run(*arguments):
    return CliRunner().invoke(main, ["build", *arguments])


def test_build_writes_the_pages_and_check_finds_them_stale(course, folder):
    assert run().exit_code == 0
    for path, text in PAGES.items():
        assert (course / path).read_text(encoding="utf-8") == text
    assert run("--check").exit_code == 0
    edit(folder / "claims.toml", "0 is as large.", "0 and 1 are as large.")
    stale = run("--check")
    assert stale.exit_code == 1
    assert "docs/claims.md" in stale.output and "docs/claims.ru.md" not in stale.output
    assert run("01-tiny").exit_code == 0, "a build of one unit cannot know the other units' cells"
    assert (course / "docs/claims.md").read_text(encoding="utf-8") == PAGES["docs/claims.md"]
    assert run().exit_code == 0 and run("--check").exit_code == 0


# The real course -------------------------------------------------------------------------------

# Statements are numbered as the sources were first read, so that none of them gets lost unmeasured.
LEDGER = {
    "layer-report": "S1 S2 S3 S4 S5 S6 S7 S8 S9 S10 S11",
    "shooting-feet": "A0 A1 A2 A3 A4 A5 B1 B2 B3 B4a B4b B4c B5 V1 V2 V3 V4 "
    "G1 G2 G3 G4 G5 G6 G7 G8 G9 G10 G11",
    "layer-order": "O1 O1b O1c O1d O2 O3 O4 O5 O6 O7 O8",
    "spatial-dropout": "P0 P1 P2 P3 P4 P5 P6 P7 P8 P9 P10 P11 P12 P13 P14 P15",
    "batchnorm-wiki": "W1 W2 W3 W4 W5 W6 W7 W8",
}


@pytest.fixture(scope="module")
def real():
    """Every unit of the real course."""
    return units(REPOSITORY)


@pytest.mark.parametrize("source", LEDGER)
def test_every_statement_of_the_sources_is_measured(real, source):
    rows = {claim.id: claim for unit in real for claim in unit.claims.values()}
    assert [name for name in LEDGER[source].split() if name not in rows] == []
    assert {rows[name].source for name in LEDGER[source].split()} == {source}


def test_the_real_pages_have_every_row(real):
    english, russian = pages(REPOSITORY, real).values()
    for name in " ".join(LEDGER.values()).split():
        assert english.count(f"\n| {name} | ") == russian.count(f"\n| {name} | ") == 1
    for verdict in VERDICTS.values():
        assert f"| **{verdict.en}** |" in english and f"| **{verdict.ru}** |" in russian
