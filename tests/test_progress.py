"""Where a student stands, and what the workbook remembers of it between sessions."""

import json
import linecache
import os

import pytest

from autograder import CheckFailed, checks, memory
from autograder.checks import _progress
from autograder.workbook import source_hash

TWO = 'with checks.task("two"):\n    checks.numbers(answer, 2)'
THREE = 'with checks.task("two"):\n    checks.numbers(answer, 3)'
STUB = "answer = None"


@pytest.fixture
def course(monkeypatch):
    """A course of one unit: a task of two test cells, one with points 3, and a written task."""
    units = {
        "01-two": {
            "unit": "01-two",
            "title": {"en": "Two", "ru": "Два"},
            "minutes": 5,
            "tasks": {"two": [], "words": [], "later": []},
            "checks": {"two": {source_hash(TWO): 1, source_hash(THREE): 3}, "later": {"ab": 2}},
            "written": {"words": 2},
            "answers": {"two": {"names": ["answer"], "stub": source_hash(STUB)}},
        }
    }
    monkeypatch.setattr(_progress, "catalogues", lambda: units)
    monkeypatch.setattr(_progress, "_here", [])
    return units


@pytest.fixture
def shell(course):
    """IPython's shell as a notebook has it, with cells that are numbered and remembered."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    shell.reset()
    shell.user_ns["checks"] = checks
    yield shell
    InteractiveShell.clear_instance()


def run(source, **names):
    """A test cell, with its source at hand as IPython has it."""
    name = f"<cell {source_hash(source)}>"
    linecache.cache[name] = len(source), None, source.splitlines(True), name
    try:
        exec(compile(source, name, "exec"), {"checks": checks, **names})
    except CheckFailed:
        return False
    return True


def told(capsys, *tasks):
    capsys.readouterr()
    checks.progress(*tasks)
    return capsys.readouterr().out.splitlines()


def test_points_are_those_of_the_cells_that_held(course, capsys):
    assert run(TWO, answer=2) and not run(THREE, answer=2)
    assert told(capsys, "two", "words", "later") == [
        "✘ two    1 / 4  red when last checked",
        "✎ words         your instructor reads it",
        "· later  0 / 2  not attempted yet",
        "0 of 3 tasks are green.",
    ]


def test_half_a_task_is_not_green_yet(course):
    run(TWO, answer=2)
    assert _progress.state("two") == "open" and _progress.points("two") == 1
    run(THREE, answer=3)
    assert _progress.state("two") == "green" and _progress.points("two") == 4


def test_a_new_session_knows_what_the_last_one_did(course, capsys):
    run(TWO, answer=2)
    run(THREE, answer=3)
    memory.forget()
    _progress._here.clear()
    assert told(capsys, "two")[0] == "✔ two  4 / 4"


def test_without_names_the_notebook_and_the_workbook_are_shown(course, capsys):
    run(TWO, answer=2)
    lines = told(capsys)
    assert lines[0] == "Two" and lines[1].startswith("· two    1 / 4")
    assert lines[-1].startswith("→ 01-two") and lines[-1].endswith("1 of 6 points")
    assert "███░" in lines[-1] and " 0 / 2 " in lines[-1]


def test_an_untouched_answer_is_not_wrong_but_not_attempted(shell):
    shell.run_cell(STUB, store_history=True)
    shell.run_cell(TWO, store_history=True)
    assert _progress.state("two") == "open"
    shell.run_cell("answer = 7", store_history=True)
    shell.run_cell(TWO, store_history=True)
    assert _progress.state("two") == "red"
    shell.run_cell("%time answer = 2", store_history=True)  # a magic is no binding we can read
    shell.run_cell("answer = 2", store_history=True)
    shell.run_cell(TWO, store_history=True)
    assert _progress.points("two") == 1


def test_the_cell_of_a_notebook_is_known_by_its_source(shell):
    shell.run_cell("answer = 2\n", store_history=True)
    shell.run_cell(TWO + "  \n\n", store_history=True)
    assert set(memory.recall("checks")["two"]) == {source_hash(TWO)}


def test_a_grading_run_neither_reads_nor_writes(course, monkeypatch):
    run(TWO, answer=2)
    path = memory.place()
    before = path.read_bytes()
    memory.forget()
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert memory.place() is None and memory.recall("checks") == {}
    run(THREE, answer=3)
    assert path.read_bytes() == before


def test_what_goes_wrong_with_remembering_never_costs_a_check(course, monkeypatch):
    def broken(*arguments):
        raise RuntimeError("no")

    monkeypatch.setattr(_progress.memory, "remember", broken)
    assert run(TWO, answer=2) and not run(THREE, answer=2)


def test_a_damaged_file_is_set_aside_and_work_goes_on(course):
    path = memory.place()
    path.write_text("{ not json", encoding="utf-8")
    assert run(TWO, answer=2)
    assert json.loads(path.read_text())["checks"]["two"]
    assert path.with_name(path.name + ".damaged").read_text() == "{ not json"


def test_where_nothing_can_be_written_the_session_remembers(course, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FOOTGUNS_PROGRESS", str(tmp_path / "file" / "progress.json"))
    assert run(TWO, answer=2) and run(THREE, answer=3)
    assert _progress.state("two") == "green"


def test_two_notebooks_write_the_same_file(course):
    run(TWO, answer=2)
    kept = json.loads(memory.place().read_text())
    kept["checks"]["elsewhere"] = {"x": "green"}
    memory.place().write_text(json.dumps(kept))
    run(THREE, answer=3)
    assert set(json.loads(memory.place().read_text())["checks"]) == {"elsewhere", "two"}
    assert not [p for p in os.listdir(memory.place().parent) if p.startswith(".")]


def test_the_file_stays_small():
    for i in range(memory._MOST_ENTRIES + 20):
        memory.remember("checks", f"task-{i}", {"x": "green"})
    kept = json.loads(memory.place().read_text())["checks"]
    assert len(kept) == memory._MOST_ENTRIES and "task-0" not in kept


def test_findings_open_when_the_students_own_list_is_right(course):
    import keras

    import autograder

    net = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="softmax")])
    sealed = checks.sealed("two", net)
    assert list(sealed.findings) == [] and "“two”" in str(sealed)
    assert "A01" not in str(autograder.xray(net, findings=sealed))
    assert str(sealed) in str(autograder.xray(net, findings=sealed))
    run(TWO, answer=2)
    run(THREE, answer=3)
    assert "⚑ A01" in str(autograder.xray(net, findings=checks.sealed("two", net)))


def test_the_catalogues_know_every_test_cell_that_students_get():
    """What a kernel hashes is what the released notebook holds, in both languages."""
    from pathlib import Path

    from autograder.workbook import catalogues

    root = Path(__file__).parents[1]
    for unit, catalogue in catalogues().items():
        for lang in ("en", "ru"):
            (path,) = (root / "assignments" / lang / unit).glob("*.ipynb")
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            found = {}
            for cell in cells:
                about = cell["metadata"]["footguns"]
                if about["kind"] == "test":
                    hashed = source_hash("".join(cell["source"]))
                    points = cell["metadata"]["nbgrader"]["points"]
                    found.setdefault(about["task"], {})[hashed] = points
            assert found == catalogue["checks"], unit
