"""The command line as a person meets it: one line on stderr, the right exit code, nothing half done."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from autograder.cli import COMMANDS, main

HERE = Path(__file__).parent
PROGRAM = [sys.executable, "-c", "from autograder.cli import main; main()"]


@pytest.fixture
def course(tmp_path):
    """A checkout with the tiny unit."""
    shutil.copytree(HERE / "fixtures" / "units", tmp_path / "course" / "units")
    return tmp_path


@pytest.fixture
def run(course, monkeypatch, capsys):
    """The command in this process, for the steps on the way: a new one imports for two seconds."""

    def run(*arguments):
        monkeypatch.chdir(course)
        with pytest.raises(SystemExit) as left:
            main.main(list(arguments))
        out, err = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, left.value.code, out, err)

    return run


def files(root):
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def refused(course, *arguments, code):
    """The one line on stderr of a command that must fail with ``code`` and change nothing."""
    before = files(course)
    done = subprocess.run([*PROGRAM, *arguments], cwd=course, capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert files(course) == before
    assert done.stderr.startswith("autograder: ") and done.stderr.count("\n") == 1, done.stderr
    return done.stderr.removeprefix("autograder: ").rstrip("\n")


MASTER = "course/units/01-tiny/tiny.py"


def edit(course, old, new, name=MASTER):
    path = course / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


# The group -------------------------------------------------------------------------------------


def test_help_names_every_command_and_loads_none(course):
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *PROGRAM[1:], "--help"],
        cwd=course, capture_output=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0
    for name, (_, help_) in COMMANDS.items():
        assert name in done.stdout and help_.split()[0] in done.stdout
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    heavy = {
        "nbgrader",
        "nbformat",
        "jupytext",
        "tensorflow",
        "keras",
        "numpy",
        "autograder.building",
    }
    assert "click" in imported and not heavy & imported


def test_the_program_is_installed():
    program = Path(sys.executable).with_name("autograder")
    if not program.exists():
        pytest.skip("this environment has no console scripts")
    done = subprocess.run([program, "--version"], capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stdout.split(",")[0]) == (0, "autograder")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["bild"], f"Expected a command of {', '.join(COMMANDS)}. Received: bild. Did you mean build? "
         "See `autograder --help`."),
        ([], "Missing command. See `autograder --help`."),
        (["build", "--lang", "de"], "Invalid value for '--lang': 'de' is not one of 'en', 'ru'. See "
         "`autograder build --help`."),
        (["build", "--colour"], "No such option: --colour. See `autograder build --help`."),
        (["build", "99-none"], "Expected one of the units 01-tiny. Received: 99-none."),
        (["build", "--stamp", "none"], "Expected the id of a prose cell with a Russian twin, or all. "
         "Received: none."),
        (["build", "--stamp", "all", "--check"], "--stamp goes with UNIT only. See `autograder build "
         "--help`."),
        (["build", "--draft", "--check"], "--check and --draft exclude each other. See `autograder build"
         " --help`."),
    ],
)  # fmt: skip
def test_wrong_use_is_one_line_and_exit_code_2(course, arguments, message):
    said = refused(course, *arguments, code=2)
    assert said.replace("option '--colour'", "option: --colour") == message  # click before 8.2


# build -----------------------------------------------------------------------------------------


def test_build_check_edit_check(course, run):
    first = run("build")
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.endswith("1 unit, 5 files, 5 changed.\n")
    built = files(course)
    assert run("build").stdout == "1 unit, 5 files, 0 changed.\n"
    assert files(course) == built

    check = run("build", "--check")
    assert (check.returncode, check.stderr) == (0, "")
    assert check.stdout == "1 unit, 5 files: everything is current.\n"

    edit(course, "It squares numbers", "It squares all numbers")
    check = run("build", "--check")
    assert check.returncode == 1
    lines = check.stderr.splitlines()
    assert lines[0].startswith(f'{MASTER}:6: the Russian twin of "intro" is stale')
    assert lines[1:] == [
        "assignments/en/01-tiny/tiny.ipynb: stale. Run `autograder build`.",
        "solutions/en/01-tiny/tiny.ipynb: stale. Run `autograder build`.",
        "autograder: Expected everything current. Received 3 problems, shown above.",
    ]
    rebuilt = run("build")
    assert rebuilt.stdout.splitlines()[-1] == (
        "1 unit, 5 files, 2 changed; stale Russian twins: 1, see `autograder build --check`."
    )
    assert run("build", "--stamp", "intro").stdout == "01-tiny: stamped intro\n"
    assert run("build", "--check").returncode == 0


def test_one_language_and_one_unit(course, run):
    shutil.copytree(course / "course/units/01-tiny", course / "course/units/02-tiny")
    done = run("build", "--lang", "ru", "01-tiny")
    assert done.returncode == 0
    made = [name for name in files(course) if name.endswith((".ipynb", ".json"))]
    assert made == [
        "assignments/ru/01-tiny/tiny.ipynb",
        "course/hints/01-tiny.json",
        "solutions/ru/01-tiny/tiny.ipynb",
    ]


def test_what_no_master_makes_is_taken_away_and_other_files_stay(course, run):
    run("build")
    old = course / "solutions" / "en" / "00-old"
    shutil.copytree(course / "solutions" / "en" / "01-tiny", old)
    theirs = course / "solutions" / "en" / "99-theirs" / "a.ipynb"
    theirs.parent.mkdir()
    theirs.write_text('{"metadata": {}, "cells": []}', encoding="utf-8")
    check = run("build", "--check")
    assert check.stderr.splitlines()[0] == (
        "solutions/en/00-old/tiny.ipynb: superfluous. Run `autograder build`."
    )
    assert run("build").returncode == 0
    assert not old.exists() and theirs.exists()
    (course / "assignments" / "ru" / "01-tiny" / "tiny.ipynb").unlink()
    check = run("build", "--check")
    assert check.stderr.splitlines()[0] == (
        "assignments/ru/01-tiny/tiny.ipynb: missing. Run `autograder build`."
    )


def test_a_damaged_master_changes_nothing(course, run):
    run("build")
    edit(course, "    return x * x\n", "    return x * (x\n")
    assert refused(course, "build", code=1) == (
        f"{MASTER}:41: the cell does not parse: '(' was never closed."
    )
    (course / MASTER).write_bytes(b"# %% setup\n\xff\xfe")
    assert refused(course, "build", code=1) == (
        f"{MASTER}: expected UTF-8 text, received byte 0xff at offset 11. Save the file as UTF-8."
    )
    (course / MASTER).unlink()
    assert refused(course, "build", code=1) == f"{MASTER}: there is no such file. Create it."


def test_a_draft_is_built_without_all_variants(course, run):
    edit(course, '# %% right="power"\ndef square(x):\n    return x**2\n', "",
         "course/units/01-tiny/answers/square.py")  # fmt: skip
    assert refused(course, "build", code=1) == (
        'course/units/01-tiny/answers/square.py: expected 4 or more cells # %% right="...", received '
        "3. Write them, or run `autograder build --draft` meanwhile."
    )
    assert run("build", "--draft").returncode == 0
    assert run("build", "--check").returncode == 1


def test_a_missing_twin_leaves_english_only(course, run):
    text = (course / MASTER).read_text(encoding="utf-8")
    start = text.index('# %% [markdown] id="intro" lang="ru"')
    text = text[:start] + text[text.index("# %% setup") :]
    (course / MASTER).write_text(text, encoding="utf-8")
    assert refused(course, "build", code=1) == (
        f'{MASTER}:1: "intro" has no Russian twin. Write it in the next cell: # %% [markdown] '
        'id="intro" lang="ru", or build with --lang en.'
    )
    assert run("build", "--lang", "en").returncode == 0
    check = run("build", "--check")
    assert check.returncode == 1
    assert check.stderr.splitlines()[0] == (
        f'{MASTER}:1: "intro" has no Russian twin. Write it in the next cell with lang="ru".'
    )


def test_no_units(course):
    shutil.rmtree(course / "course/units/01-tiny")
    assert refused(course, "build", code=1) == "Expected units in course/units. Received none."


def test_a_file_in_the_way(course):
    (course / "assignments").write_text("in the way", encoding="utf-8")
    assert refused(course, "build", code=1) == (
        "Expected to write in assignments. Received: Not a directory. Nothing was changed; make the "
        "folder writable and run the command again."
    )


#: Root may write everywhere: become somebody else, once everything is imported.
AS_NOBODY = """
import os, sys
from autograder.cli import main
os.chdir(sys.argv[1])
main(["build"], standalone_mode=False)
os.chdir(sys.argv[2])
if os.geteuid() == 0:
    os.seteuid(65534)
sys.stdout.close()
sys.stdout = sys.stderr
main(["build"])
"""


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_read_only_folder(course):
    with tempfile.TemporaryDirectory() as folder:  # pytest's own folders are closed to others
        root = Path(folder)
        shutil.copytree(course / "course", root / "course")
        for name in ("solutions", "assignments"):
            (root / name).mkdir()
        for path in (root, root / "course", root / "assignments"):
            path.chmod(0o777)
        (root / "solutions").chmod(0o555)
        program = [sys.executable, "-c", AS_NOBODY, str(course), str(root)]
        before = files(root)
        done = subprocess.run(program, capture_output=True, encoding="utf-8")
        (root / "solutions").chmod(0o755)
        assert (done.returncode, done.stderr) == (
            1,
            "autograder: Expected to write in solutions. Received: Permission denied. Nothing was "
            "changed; make the folder writable and run the command again.\n",
        )
        assert files(root) == before
        assert not list((root / "assignments").iterdir())
