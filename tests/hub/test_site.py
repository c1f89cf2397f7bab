"""A site as it is set up: kernels that start warm, several courses, and what is mended."""

import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests
from waiting import free_ports, wait_until

from course.hub import accounts, demo
from course.hub.settings import Course, load, save
from hub.running import deployment
from hub.visiting import Visitor

pytestmark = pytest.mark.slow


def test_kernels_start_warm(python):
    """With one setting a student's second kernel is a fork of his own warm process."""
    with deployment(python, students=1, warm_kernels=True) as hub:
        visitor = Visitor(hub, "student1")
        visitor.log_in()
        visitor.start_server()
        uid = hub.account("student1").pw_uid

        def commands():
            found = []
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    if process.stat().st_uid == uid:
                        found.append((process / "cmdline").read_bytes().replace(b"\0", b" "))
                except OSError:
                    continue
            return found

        def started():
            return visitor.ask("POST", "api/kernels", json={"name": "python3"})["id"]

        def a_kernel_is_a_fork():
            visitor.ask("GET", "api/kernels")
            before = sum(b"autograder.kernels.warm" in command for command in commands())
            started()
            return sum(b"autograder.kernels.warm" in command for command in commands()) > before

        started()
        assert any(b"ipykernel_launcher" in command for command in commands())
        wait_until(a_kernel_is_a_fork, 300, every=3)


def test_courses_are_apart_and_mended(python):
    """A second course beside the first; setting up again changes nothing that was made."""
    with deployment(python, students=1, running=False) as hub:
        first = hub.course
        other = Course(
            id="other",
            lang="ru",
            units=("00-field-kit",),
            account=f"{first.account[:7]}other",
            port=first.port + 1,
            students=(hub.names["student1"],),
        )
        site = load(hub.folder / "hub.toml")
        save(dataclasses.replace(site, courses=(first, other)), hub.folder / "hub.toml")
        notebook = hub.root / "solutions" / "00-field-kit" / "field-kit.ipynb"
        notebook.write_text("an instructor's own")
        (hub.root / "local_config.py").write_text(
            "c = get_config()\nc.CourseDirectory.max_file_size = 77\n"
        )
        (site.exchange / first.id / "inbound").chmod(0o777)
        os.remove(site.jupyter / "student" / "nbgrader_config.py")
        try:
            demo.set_up(python, hub.folder / "hub.toml")
            assert notebook.read_text() == "an instructor's own"
            assert (site.exchange / first.id / "inbound").stat().st_mode & 0o7777 == 0o3733
            assert (site.jupyter / "student" / "nbgrader_config.py").exists()
            done = hub.nbgrader("db", "student", "list")
            assert hub.names["student1"] in done.stdout, done.stderr
            root = site.homes / other.account / "other"
            text = json.loads((root / "solutions" / "00-field-kit" / "field-kit.ipynb").read_text())
            assert text["metadata"]["footguns"]["language"] == "ru"
            reading = "import sys; open(sys.argv[1]).read()"
            for who, path in (
                (first.account, root / "gradebook.db"),
                (other.account, hub.root / "gradebook.db"),
                (other.account, hub.root / "nbgrader_config.py"),
            ):
                done = hub.run(who, "-c", reading, str(path))
                assert "PermissionError" in done.stderr, (who, path)
        finally:
            accounts.remove(other.account)


def test_a_course_account_that_lays_a_link_gains_nothing(python, tmp_path):
    """Who grades may replace what the course's account owns; root must not follow."""
    with deployment(python, running=False) as hub:
        victim = hub.folder / "victim"
        victim.mkdir(mode=0o755)
        (victim / "shadow").write_text("secret")
        inbound = hub.site.exchange / hub.course.id / "inbound"
        code = (
            "import os, sys\n"
            "os.rename(sys.argv[1], sys.argv[1] + '.mine')\n"
            "os.symlink(sys.argv[2], sys.argv[1])\n"
        )
        for path in (hub.root, inbound):
            done = hub.run(hub.course.account, "-c", code, str(path), str(victim))
            assert done.returncode == 0, done.stderr
        done = subprocess.run(
            [str(python), "-m", "course.hub", "setup"],
            cwd=Path(demo.__file__).parents[2],
            env={**os.environ, "FOOTGUNS_HUB": str(hub.folder / "hub.toml")},
            capture_output=True,
            text=True,
        )
        assert done.returncode != 0
        assert victim.stat().st_uid == 0 and victim.stat().st_mode & 0o7777 == 0o755
        assert [path.name for path in victim.iterdir()] == ["shadow"]
        assert (victim / "shadow").stat().st_uid == 0


@pytest.mark.parametrize("what", ["no such unit", "another's home"])
def test_what_cannot_be_set_up_is_said(python, what):
    with deployment(python, running=False) as hub:
        site = load(hub.folder / "hub.toml")
        if what == "no such unit":
            course = dataclasses.replace(hub.course, units=("99-none",))
            expected = "one of the units 00-field-kit"
        else:
            course = dataclasses.replace(hub.course, account=hub.names["student2"])
            site = dataclasses.replace(site, homes=hub.folder / "elsewhere")
            expected = "Expected the home"
        save(dataclasses.replace(site, courses=(course,)), hub.folder / "hub.toml")
        with pytest.raises(Exception, match=expected):
            demo.set_up(python, hub.folder / "hub.toml")


def test_a_look_on_ones_own_machine(python):
    """`make hub`: it says where and with what password, it works, and it leaves nothing behind."""
    (port,) = free_ports(1)
    names = (demo.INSTRUCTOR, *demo.STUDENTS, "grader-footguns")
    if any(accounts.exists(name) for name in names):
        pytest.skip("accounts of these names are in use")
    process = subprocess.Popen(
        [sys.executable, "-m", "course.hub", "demo", "--port", str(port)],
        cwd=Path(demo.__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said = ""
        while "Ctrl+C" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        password = re.search(r"password of all: (\S+)", said)[1]
        folder = Path(re.search(r"log: (\S+)", said)[1]).parent
        hub = SimpleNamespace(
            url=f"http://127.0.0.1:{port}/",
            site=load(folder / "hub.toml"),
            course=SimpleNamespace(id=demo.COURSE),
            names={name: name for name in names},
            passwords=dict.fromkeys(names, password),
        )

        def it_answers():
            try:
                return requests.get(f"{hub.url}hub/api", timeout=5).ok
            except requests.ConnectionError:
                return False

        wait_until(it_answers, 180)
        student = Visitor(hub, demo.STUDENTS[0])
        student.log_in()
        student.start_server()
        assert student.fetch(demo.UNIT)["success"]
        course = Visitor(hub, "grader-footguns")
        with pytest.raises(AssertionError):
            course.log_in()
    finally:
        process.send_signal(signal.SIGTERM)
        rest = process.stdout.read()
        assert process.wait(120) == 0, rest
    assert not folder.exists()
    assert not any(accounts.exists(name) for name in names)
