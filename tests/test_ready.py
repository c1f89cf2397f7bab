"""The first cell of the first notebook, run where something is really missing, old or damaged."""

import ast
import configparser
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numpy
import pytest

from autograder.errors import Problem
from course.lab import ready

ROOT = Path(__file__).parents[1]
SITE = Path(numpy.__file__).parents[1]
# A notebook's kernel without the notebook: the same shell, the same way of showing errors.
SHELL = """
import sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance(colors="nocolor")
for cell in sys.argv[1:]:
    if not shell.run_cell(cell).success:
        sys.exit(3)
"""


def first_cell(lang="en"):
    from autograder.building.masters import units

    (unit,) = units(ROOT, only=("00-field-kit",))
    return unit.setup[0].text(lang)


def packages(folder, without=()):
    """A folder with all installed packages but those whose names begin so; ours are none of them."""
    folder.mkdir()
    for entry in SITE.iterdir():
        if not entry.name.startswith(("__editable__", "footguns", "_virtualenv", *without)):
            (folder / entry.name).symlink_to(entry)
    return folder


def run(*cells, path, cwd, **variables):
    """(exit code, what is shown) of the cells, with packages from the folders ``path`` alone."""
    done = subprocess.run(
        [sys.executable, "-S", "-c", SHELL, *cells],
        cwd=cwd,
        env={
            **{k: v for k, v in os.environ.items() if not k.startswith(("KERAS", "PYTHON"))},
            "PYTHONPATH": os.pathsep.join(map(str, path)),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUTF8": "1",
            "IPYTHONDIR": str(cwd / "ipython"),
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "CUDA_VISIBLE_DEVICES": "-1",
            **variables,
        },
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=240,
    )
    return done.returncode, done.stdout.strip()


class TestWithoutTheCourse:
    def test_a_line_in_each_language_says_what_to_install_from_where(self, tmp_path):
        checkout = tmp_path / "footguns"
        notebooks = checkout / "assignments" / "en" / "00-field-kit"
        notebooks.mkdir(parents=True)
        (checkout / "setup.cfg").touch()
        code, shown = run(first_cell(), path=[packages(tmp_path / "site")], cwd=notebooks)
        assert code == 3
        english, russian = shown.splitlines()
        assert english.startswith("✘ Not ready (Python 3.")
        assert "No module named 'autograder'" in english
        assert f'%pip install "{checkout}"' in english
        assert russian.startswith("✘ Не готово") and f'%pip install "{checkout}"' in russian

    def test_in_a_folder_of_its_own_it_names_the_package(self, tmp_path):
        _, shown = run(first_cell(), path=[packages(tmp_path / "site")], cwd=tmp_path)
        assert "%pip install footguns;" in shown and "Traceback" not in shown

    def test_a_file_in_the_way_is_told(self, tmp_path):
        (tmp_path / "autograder.py").write_text("score = 100\n")
        path = [tmp_path, packages(tmp_path / "site"), ROOT]
        code, shown = run(first_cell(), path=path, cwd=tmp_path)
        assert code == 3
        assert len(shown.splitlines()) == 2 and "autograder" in shown

    def test_no_numpy(self, tmp_path):
        path = [packages(tmp_path / "site", ("numpy",)), ROOT]
        code, shown = run(first_cell(), path=path, cwd=tmp_path)
        assert code == 3
        assert "No module named 'numpy'" in shown and len(shown.splitlines()) == 2


class TestWithoutAPackage:
    @pytest.mark.parametrize(
        ("lang", "line"),
        [
            (
                "en",
                '✘ Missing: tensorflow. Run %pip install "tensorflow>=2.18" in a cell, then restart the '
                "kernel.",
            ),
            (
                "ru",
                '✘ Не хватает: tensorflow. Выполните в ячейке %pip install "tensorflow>=2.18" и '
                "перезапустите ядро.",
            ),
        ],
    )
    def test_tensorflow_is_missing(self, tmp_path, lang, line):
        path = [packages(tmp_path / "site", ("tensorflow",)), ROOT]
        assert run(first_cell(lang), path=path, cwd=tmp_path) == (3, line)

    def test_keras_is_too_old_and_scikit_learn_missing(self, tmp_path):
        site = packages(tmp_path / "site", ("keras", "scikit_learn", "sklearn"))
        (site / "keras-2.15.0.dist-info").mkdir()
        metadata = "Metadata-Version: 2.1\nName: keras\nVersion: 2.15.0\n"
        (site / "keras-2.15.0.dist-info" / "METADATA").write_text(metadata)
        code, shown = run(first_cell(), path=[site, ROOT], cwd=tmp_path)
        assert (code, shown) == (
            3,
            "✘ Missing: scikit-learn. Too old: keras 2.15.0 < 3.8. Run %pip install "
            '"scikit-learn>=1.4" "keras>=3.8" in a cell, then restart the kernel.',
        )

    def test_a_damaged_tensorflow(self, tmp_path):
        site = packages(tmp_path / "site", ("tensorflow",))
        (site / "tensorflow").mkdir()
        (site / "tensorflow" / "__init__.py").write_text("raise OSError('DLL load failed')\n")
        for entry in SITE.glob("tensorflow*.dist-info"):
            (site / entry.name).symlink_to(entry)
        code, shown = run(first_cell(), path=[site, ROOT], cwd=tmp_path)
        assert code == 3 and len(shown.splitlines()) == 1
        assert "importing them stops with OSError: DLL load failed" in shown
        assert "%pip install --force-reinstall tensorflow keras" in shown


class TestAnotherBackend:
    line = (
        "✘ Expected: Keras on TensorFlow. Found: Keras on jax. Restart the kernel, run %env "
        "KERAS_BACKEND=tensorflow in a cell of its own, then this cell."
    )

    def test_of_the_environment(self, tmp_path):
        path = [packages(tmp_path / "site"), ROOT]
        found = run(first_cell(), path=path, cwd=tmp_path, KERAS_BACKEND="jax")
        assert found == (3, self.line)

    def test_of_keras_settings_file(self, tmp_path):
        (tmp_path / "keras.json").write_text(json.dumps({"backend": "jax"}))
        path = [packages(tmp_path / "site"), ROOT]
        found = run(first_cell(), path=path, cwd=tmp_path, KERAS_HOME=str(tmp_path))
        assert found == (3, self.line)


class TestReady:
    def test_all_there_but_a_place_for_data(self, tmp_path):
        (tmp_path / "a-file").touch()
        code, shown = run(
            first_cell(),
            "ready()\nfrom course.lab import data\nprint(data.digits())",
            path=[packages(tmp_path / "site"), ROOT],
            cwd=tmp_path,
            FOOTGUNS_CACHE=str(tmp_path / "a-file" / "cache"),
        )
        assert code == 0, shown
        lines = shown.splitlines()
        assert lines[0] == "✔ Ready, offline."
        assert [line.split()[0] for line in lines[1:5]] == [
            "Python",
            "TensorFlow",
            "Keras",
            "NumPy",
        ]
        assert "1797 digits" in lines[5] and "network calls: 0" in lines[5]
        assert lines[6].startswith(f"  ! Nothing can be written to {tmp_path / 'a-file' / 'cache'}")
        assert "%env FOOTGUNS_CACHE=" in lines[6]
        assert lines[7].startswith("Split('digits': 1297 + 500")

    def test_the_advice_for_data_helps(self, tmp_path, monkeypatch):
        (tmp_path / "a-file").touch()
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        monkeypatch.setenv("FOOTGUNS_CACHE", str(tmp_path / "a-file" / "cache"))
        advice = ready._cache_line().text().split("%env FOOTGUNS_CACHE=")[1].split(" ")[0]
        monkeypatch.setenv("FOOTGUNS_CACHE", advice)
        assert ready._cache_line().text() == f"  Data are kept in {advice}"


def test_an_old_python_is_refused_first(monkeypatch):
    monkeypatch.setattr(ready, "PYTHON", (9, 1))
    monkeypatch.setattr(ready, "NEEDS", {"no-such-package": "1"})
    with pytest.raises(Problem) as refused:
        ready.require()
    line = refused.value.text()
    assert line.startswith("✘ Expected: Python 9.1 or newer. Found: 3.") and "\n" not in line
    assert f'env/bin/pip install "{ROOT}" && env/bin/jupyter lab' in line


@pytest.mark.parametrize("source", [first_cell, Path(ready.__file__).read_text])
def test_an_old_python_can_read_what_refuses_it(source):
    ast.parse(source(), feature_version=(3, 8))


def test_versions_are_those_that_the_package_asks_for():
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    asked = dict(
        line.split(">=") for line in settings["options"]["install_requires"].split() if ">=" in line
    )
    assert {name: asked[name] for name in ready.NEEDS} == ready.NEEDS
    assert settings["options"]["python_requires"] == ">=" + ".".join(map(str, ready.PYTHON))


@pytest.mark.parametrize(
    ("older", "newer"), [("2.9", "2.18"), ("2.18.0rc1", "2.18.1"), ("3", "3.8"), ("1.26", "1.26.4")]
)
def test_versions_are_compared_as_numbers(older, newer):
    assert ready._numbers(older) < ready._numbers(newer)


class TestNetworkCalls:
    def test_a_call_is_counted(self):
        with ready._network_calls() as calls:
            socket.getaddrinfo("127.0.0.1", 80)
        assert calls == ["socket.getaddrinfo"]

    def test_a_refused_connection_is_counted(self):
        with ready._network_calls() as calls, socket.socket() as one:
            one.settimeout(0.2)
            with pytest.raises(OSError):
                one.connect(("127.0.0.1", 1))
        assert calls == ["socket.connect"]

    def test_other_threads_and_later_calls_are_not(self):
        with ready._network_calls() as calls:
            other = threading.Thread(target=socket.getaddrinfo, args=("127.0.0.1", 80))
            other.start()
            other.join()
        socket.getaddrinfo("127.0.0.1", 80)
        assert calls == []
