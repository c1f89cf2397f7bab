"""What decides marks is noticed when it changes, and nothing else is."""

import shutil
from pathlib import Path

import pytest

from autograder.grading.environment import DECIDING, environment

ROOT = Path(__file__).parents[1]
DECIDES = [
    "autograder/errors.py",
    "autograder/checks/answers/numbers.py",
    "autograder/reading/read.py",
    "autograder/training/fitting.py",
    "autograder/grading/engine/verdict.py",
    "autograder/grading/engine/results.py",
    "autograder/grading/cluster/parcel.py",
    "autograder/grading/rules/in_kernel.py",
    "autograder/grading/gradebook/record.py",
    "autograder/grading/grader.py",
    "autograder/grading/restore.py",
    "course/lab/data/sets.py",
]


@pytest.fixture
def copied(tmp_path):
    """The packages' code, to be changed."""
    for package in ("autograder", "course/lab"):
        shutil.copytree(
            ROOT / package,
            tmp_path / package,
            ignore=lambda folder, names: [n for n in names if Path(n).suffix not in ("", ".py")],
        )
    return tmp_path


def test_the_same_code_elsewhere_decides_the_same(copied):
    assert environment(copied) == environment()


@pytest.mark.parametrize("name", DECIDES)
def test_what_decides_marks_counts(copied, name):
    with (copied / name).open("a") as file:
        file.write("# another rule\n")
    assert environment(copied) != environment()


def test_a_new_module_of_a_package_counts_and_so_does_a_name(copied):
    (copied / "autograder/grading/rules/sealed.py").write_text("")
    first = environment(copied)
    assert first != environment()
    environment.cache_clear()
    folder = copied / "autograder/grading/rules"
    (folder / "sealed.py").rename(folder / "opened.py")
    assert environment(copied) not in (first, environment())


@pytest.mark.parametrize("name", ["display.py", "feedback/pages.py", "cluster/client.py"])
def test_what_only_shows_or_carries_does_not_count(copied, name):
    with (copied / "autograder/grading" / name).open("a") as file:
        file.write("# another colour\n")
    assert environment(copied) == environment()


@pytest.mark.parametrize("name", DECIDING)
def test_what_is_listed_and_gone_is_no_hole(copied, name):
    path = copied / name
    path.unlink() if path.is_file() else shutil.rmtree(path)
    with pytest.raises(FileNotFoundError):
        environment(copied)
