"""`autograder start`, `reset` and `export` as a student meets them; nothing is written over."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import sysconfig
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import nbformat
import pytest
from waiting import free_ports, wait_until

from autograder.cli import main
from autograder.student.copies import handed_out
from autograder.student.paper import page

ROOT = Path(__file__).parents[1]


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        with pytest.raises(SystemExit) as left:
            main.main([str(a) for a in arguments])
        out, err = capsys.readouterr()
        assert err.count("\n") <= 1  # one line at most
        return left.value.code, out, err

    return run


def release(unit, lang="en"):
    (path,) = (ROOT / "assignments" / lang / unit).glob("*.ipynb")
    return path


# start ------------------------------------------------------------------------------------------


def test_start_copies_one_unit_as_it_was_handed_out(run):
    code, out, _ = run("start", "03-order", "--lang", "ru", "--no-lab")
    path = Path(out.strip())
    assert code == 0 and path == Path("footguns/03-order/order.ipynb")
    assert path.read_bytes() == release("03-order", "ru").read_bytes()
    assert [p.name for p in path.parent.iterdir()] == ["order.ipynb"]


@pytest.mark.parametrize("name", ["01-feet-dense", "feet-dense", "01", "1"])
def test_a_unit_has_short_names(run, name):
    assert run("start", name, "--no-lab", "--folder", "mine")[0] == 0
    assert Path("mine/01-feet-dense/feet-dense.ipynb").exists()


def test_without_a_name_the_next_one_comes(run):
    units = list(handed_out("en"))
    for unit in units:
        assert unit in run("start", "--no-lab")[1]
    code, out, err = run("start", "--no-lab")
    assert (code, out) == (1, "") and "all of them are there" in err


def test_start_leaves_work_alone(run):
    run("start", "1", "--no-lab")
    path = Path("footguns/01-feet-dense/feet-dense.ipynb")
    path.write_text("my work", encoding="utf-8")
    code, out, err = run("start", "1", "--no-lab")
    assert (code, out) == (1, "") and path.read_text() == "my work"
    assert f"jupyter lab {path}" in err and f"autograder reset {path}" in err


def test_an_unknown_unit_is_one_line_with_the_nearest_name(run):
    code, out, err = run("start", "feetdense", "--no-lab")
    assert (code, out) == (2, "") and err.rstrip().endswith("Did you mean feet-dense?")
    assert not Path("footguns").exists()


@pytest.mark.parametrize("folder", ["file", "/proc/mine"])  # the second is closed to root as well
def test_a_folder_that_cannot_be_written_is_one_line(run, tmp_path, folder):
    (tmp_path / "file").write_text("")
    code, out, err = run("start", "1", "--no-browser", "--folder", folder)
    assert (code, out) == (1, "") and "Nothing was changed" in err


def test_a_port_that_is_taken_is_one_line_and_nothing_is_copied(run):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, out, err = run("start", "1", "--no-browser", "--port", port)
    assert (code, out) == (1, "") and str(port) in err and "--port" in err
    assert not Path("footguns").exists()


def test_without_jupyterlab_it_says_how_to_open_the_copy(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "jupyterlab", None)  # as Python marks what it cannot import
    code, out, _ = run("start", "1")
    path = Path("footguns/01-feet-dense/feet-dense.ipynb")
    assert code == 0 and path.exists() and out.splitlines()[1].endswith(f"jupyter notebook {path}")


#: Runs a command in a terminal of its own, whose keys are this process's standard input.
TERMINAL = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"


class Started:
    """`autograder start` in a terminal that ends with the test."""

    def __init__(self, folder, *arguments):
        home = folder / "home"
        (home / ".jupyter").mkdir(parents=True)
        settings = {"ServerApp": {"allow_root": True, "open_browser": True}}
        (home / ".jupyter/jupyter_server_config.json").write_text(json.dumps(settings))
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "XDG"))}
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", TERMINAL, Path(sys.executable).with_name("autograder"), "start", *arguments],
                cwd=folder, env={**kept, "HOME": str(home)},
                stdin=subprocess.PIPE, stdout=log, stderr=log,
            )  # fmt: skip

    def text(self):
        return self.log.read_text(errors="replace")

    def said(self, pattern, seconds=120):
        """What the pattern finds in its output, as soon as it is there."""

        def found():
            ended = self.process.poll() is not None  # asked first: it may speak, then end
            text = self.text()
            if match := re.search(pattern, text):
                return match
            assert not ended, f"{pattern} is not in: {text}"
            return None

        return wait_until(found, seconds, missing=self.text)

    def answered(self, request, seconds=60):
        """The server's answer: it says where it is before it listens there."""

        def found():
            assert self.process.poll() is None, self.text()
            try:
                return urllib.request.urlopen(request, timeout=seconds)
            except urllib.error.HTTPError:
                raise  # an answer, and not the one that was asked for
            except urllib.error.URLError as error:
                if not isinstance(error.reason, ConnectionRefusedError):
                    raise
                return None

        with wait_until(found, seconds, missing=self.text) as reply:
            return reply.read().decode()

    def press(self, keys):
        self.process.stdin.write(keys)
        self.process.stdin.flush()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.kill()  # and whoever sits at a terminal that is gone is hung up
        self.process.wait()
        self.process.stdin.close()


def test_start_opens_the_copy_in_jupyterlab_and_ends_with_control_c(tmp_path):
    (port,) = free_ports(1)  # the first free one may be another test's by the time it listens
    with Started(
        tmp_path, "03-order", "--lang", "ru", "--no-browser", "--port", str(port)
    ) as started:
        address = started.said(rf"http://localhost:{port}/lab/tree/(\S+)\?token=(\w+)")
        path, token = address.groups()
        assert path == "order.ipynb"  # its folder is the root
        headers = {"Authorization": f"token {token}"}
        ask = urllib.request.Request(
            f"http://127.0.0.1:{port}/api/contents/{path}", headers=headers
        )
        opened = json.loads(started.answered(ask))["content"]
        assert opened["metadata"]["footguns"] == {
            **opened["metadata"]["footguns"], "unit": "03-order", "language": "ru"
        }  # fmt: skip
        assert "JupyterLab" in started.answered(address[0])
        started.press(b"\x03")
        started.said(r"Shut down this Jupyter server")
        started.press(b"y\n")
        assert started.process.wait(60) == 0
        assert "Traceback" not in started.text()
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0  # nobody is left behind


# reset ------------------------------------------------------------------------------------------


@pytest.fixture
def mine(run):
    run("start", "1", "--lang", "ru", "--no-lab")
    return Path("footguns/01-feet-dense/feet-dense.ipynb")


def test_reset_restores_and_keeps_a_backup(run, mine):
    work = mine.read_text(encoding="utf-8").replace('"cells"', '"cells" ', 1)
    mine.write_text(work, encoding="utf-8")
    code, out, _ = run("reset", mine)
    assert code == 0 and mine.read_bytes() == release("01-feet-dense", "ru").read_bytes()
    (backup,) = mine.parent.glob("*.backup-*.ipynb")
    assert backup.read_text(encoding="utf-8") == work and str(backup) in out
    assert run("reset", mine)[0] == 0 and len(list(mine.parent.iterdir())) == 2  # nothing to do


def test_two_resets_in_one_second_keep_both_backups(run, mine):
    for i in range(2):
        mine.write_text(f"broken {i}", encoding="utf-8")  # no metadata: the name must do
        assert run("reset", mine, "--lang", "ru")[0] == 0
    kept = {p.read_text() for p in mine.parent.glob("*.backup-*")}
    assert kept == {"broken 0", "broken 1"}


def test_a_renamed_notebook_knows_its_unit_and_a_language_may_be_asked_for(run, mine):
    other = mine.rename(mine.with_name("attempt.ipynb"))
    notebook = json.loads(other.read_text(encoding="utf-8"))
    notebook["cells"] = []
    other.write_text(json.dumps(notebook), encoding="utf-8")
    assert run("reset", other, "--lang", "en")[0] == 0
    assert other.read_bytes() == release("01-feet-dense", "en").read_bytes()


@pytest.mark.parametrize("name", ["nothing.ipynb", "footguns", "other.ipynb"])
def test_what_is_no_notebook_of_the_course_is_refused(run, mine, name):
    nbformat.write(nbformat.v4.new_notebook(), "other.ipynb")
    before = Path("other.ipynb").read_bytes()
    code, out, err = run("reset", name)
    assert (code, out) == (2, "") and err.startswith("autograder: Expected a notebook")
    assert Path("other.ipynb").read_bytes() == before
    assert not list(Path().rglob("*.backup-*"))


# export -----------------------------------------------------------------------------------------


def test_export_writes_a_page_that_needs_no_network(run):
    assert run("export", "batchnorm", "--lang", "ru")[1] == "batchnorm.html\n"
    text = Path("batchnorm.html").read_text(encoding="utf-8")
    assert '<html lang="ru">' in text and "Батч-нормализация" in text and "<math" in text
    assert "$$" not in text and "default-src 'none'" in text
    assert not re.search(r"<script|<link|<iframe|@import|url\(|\bon\w+=", text)
    assert set(re.findall(r'(?:src|href)="(?!#|data:)([^"]*)"', text)) == set()
    code, out, err = run("export", "batchnorm")
    assert (code, out) == (1, "") and "--output" in err


def test_export_of_the_students_own_notebook_keeps_static_twins(run, mine):
    notebook = nbformat.read(mine, 4)
    data = {
        "application/vnd.jupyter.widget-view+json": {"model_id": "ab", "version_major": 2},
        "text/html": "<p>the twin of the controls</p>",
        "text/plain": "controls",
    }
    code = next(cell for cell in notebook.cells if cell.cell_type == "code")
    code.outputs = [nbformat.v4.new_output("display_data", data)]
    nbformat.write(notebook, mine)
    shown = run("export", mine, "--output", "-")[1]
    assert "the twin of the controls" in shown and "widget-view" not in shown
    (bad := Path("bad.ipynb")).write_text("{")
    assert run("export", bad)[0] == 2 and run("export", "nosuch.ipynb")[0] == 2


@pytest.mark.parametrize(
    "unit", [path.name for path in sorted((ROOT / "assignments/en").iterdir())]
)
def test_every_formula_of_every_unit_is_drawn(unit):
    for lang in ("en", "ru"):
        path = release(unit, lang)
        text = page(path)
        formulas = sum(
            len(re.findall(r"\$\$.+?\$\$|(?<!\$)\$[^$\n]+\$(?!\$)", cell.source, re.S))
            for cell in nbformat.read(path, 4).cells
            if cell.cell_type == "markdown"
        )
        assert text.count("<math") >= formulas > -1 and "merror" not in text


# the wheel --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_an_installed_wheel_has_what_students_get_and_no_solutions(tmp_path):
    source = tmp_path / "source"
    ignored = shutil.ignore_patterns(".venv", ".git", "*.egg-info", "demo", "build", "__pycache__")
    shutil.copytree(ROOT, source, ignore=ignored)
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "-q", "-w", tmp_path, source]
    subprocess.run(build, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    notebooks = [name for name in names if name.endswith(".ipynb")]
    assert len(notebooks) == len(list((ROOT / "assignments").rglob("*.ipynb")))
    assert all("share/footguns/assignments/" in name for name in notebooks)
    assert not [name for name in names if "solutions" in name or "units/" in name]
    code = (
        "from autograder.student.copies import handed_out\n"
        "import autograder; print(autograder.__file__, *handed_out('ru'))"
    )
    # An environment of its own that borrows this one's packages, and a plain folder.
    env, folder = tmp_path / "env", tmp_path / "folder"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", env], check=True)
    pip = [sys.executable, "-m", "pip"]
    subprocess.run([*pip, "--python", env, "install", "--no-deps", "-q", wheel], check=True)
    subprocess.run([*pip, "install", "--no-deps", "-q", "--target", folder, wheel], check=True)
    borrowed = sysconfig.get_path("purelib")
    for where, path in ((env, [borrowed]), (folder, [str(folder), borrowed])):
        python = [env / "bin" / "python", "-S"] if where == folder else [env / "bin" / "python"]
        done = subprocess.run(
            [*python, "-c", code], cwd=tmp_path, capture_output=True, encoding="utf-8",
            env={"PYTHONPATH": os.pathsep.join(path)},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        file, *units = done.stdout.split()
        assert file.startswith(str(where)) and units == list(handed_out("ru"))


def test_setup_lists_every_unit_for_the_wheel():
    import configparser

    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    listed = {value for value in settings["options.data_files"].values() if "assignments" in value}
    there = {
        f"{p.parent.relative_to(ROOT).as_posix()}/*.ipynb"
        for p in (ROOT / "assignments").rglob("*.ipynb")
    }
    assert listed == there
