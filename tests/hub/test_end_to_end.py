"""A term in a day: an instructor and two students, in a real browser, as accounts of this machine.

The instructor adds, generates and releases a unit; the students fetch it, see that it does not
validate as it is, answer it, validate and submit; the instructor collects, grades by the
formgrader's button, marks an answer in words by hand and returns feedback; the students read it.
All the while nobody can see or do what is not theirs. The pictures are kept with pytest's files.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from course.hub import environment
from hub.pages import Instructor, Student
from hub.running import deployment

UNIT, NOTEBOOK = "00-field-kit", "field-kit"
HIDDEN = "seeds=(7,)"  # of a hidden test, and of nothing else
HOSTILE = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
WRITTEN = "In training nothing passes the layer, so its weights stay as they were drawn."


def solution(root, cell):
    """What the instructor's notebook answers in a cell."""
    notebook = json.loads((root / "solutions" / UNIT / f"{NOTEBOOK}.ipynb").read_text())
    (source,) = (
        "".join(c["source"])
        for c in notebook["cells"]
        if c["metadata"].get("nbgrader", {}).get("grade_id") == cell
    )
    return re.search(r"### BEGIN SOLUTION\n(.*?)\n*### END SOLUTION", source, re.S)[1]


def answer_all(student, root, written, **instead):
    """Type answers into the notebook: the solution's, or those of ``instead``."""
    for cell, placeholder in (
        ("one-line", "def misha_net"),
        ("four-windows", "differ ="),
        ("two-modes", "two_faced ="),
        ("layer-table", "table ="),
    ):
        text = instead.get(cell.replace("-", "_")) or solution(root, f"{cell}-answer")
        student.answer(placeholder, text)
    student.answer_in_words("Your answer here.", written)


def server_token(hub, name):
    """The token that somebody's server asks the Hub with."""
    uid = hub.account(name).pw_uid
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
            if process.stat().st_uid == uid and b"jupyterhub.singleuser" in command:
                environ = (process / "environ").read_bytes().split(b"\0")
                return dict(e.split(b"=", 1) for e in environ if b"=" in e)[
                    b"JUPYTERHUB_API_TOKEN"
                ].decode()
        except OSError:  # it ended meanwhile
            continue
    raise AssertionError(f"no server of {name}")


def refused(hub, role, *paths, write=False):
    """The ones of ``paths`` that somebody can neither list nor read (nor write)."""
    code = (
        "import os, sys\n"
        "for path in sys.argv[2:]:\n"
        "    for act in (os.listdir, open, lambda p: os.rename(p, p + '.mine'),\n"
        "                lambda p: open(p, 'ab')):\n"
        "        try:\n"
        "            act(path)\n"
        "        except (PermissionError, IsADirectoryError, NotADirectoryError) as error:\n"
        "            if isinstance(error, PermissionError):\n"
        "                continue\n"
        "        else:\n"
        "            print('could', path)\n"
    )
    done = hub.run(role, "-c", code, "-", *map(str, paths))
    assert done.returncode == 0, done.stderr
    return [path for path in paths if f"could {path}\n" not in done.stdout]


def check_files(hub):
    """What lies on the disk and is not the second student's."""
    site, root = hub.site, hub.root
    exchange = site.exchange / hub.course.id
    (theirs,) = (
        path
        for path in (exchange / "inbound").iterdir()
        if path.stat().st_uid == hub.account("student1").pw_uid
    )
    private = [
        site.homes / hub.names["student1"],
        site.homes / hub.names["student1"] / hub.course.id / UNIT / f"{NOTEBOOK}.ipynb",
        site.home(hub.course),
        root,
        root / "solutions" / UNIT / f"{NOTEBOOK}.ipynb",
        root / "nbgrader_config.py",
        root / "gradebook.db",
        root / "submitted" / hub.names["student1"] / UNIT / f"{NOTEBOOK}.ipynb",
        theirs,
        theirs / f"{NOTEBOOK}.ipynb",
        site.private,
        site.private / "cookie_secret",
        site.private / "proxy_token",
        site.private / "jupyterhub.sqlite",
        hub.folder / "hub.toml",
        exchange / "inbound",
        exchange / "feedback",
    ]
    assert refused(hub, "student2", *private) == private
    release = (exchange / "outbound" / UNIT / f"{NOTEBOOK}.ipynb").read_text()
    assert HIDDEN not in release and "HIDDEN TESTS" not in release
    installed = "import pathlib, course; print(*pathlib.Path(course.__file__).parent.rglob('*'))"
    done = hub.run("student2", "-c", installed)
    assert done.returncode == 0 and "units" not in done.stdout, done.stdout


def check_pages(hub, student):
    """What a student's browser, and his server, are refused."""
    service, other = hub.course.id, hub.names["student1"]
    for path in (
        f"services/{service}/lab",
        f"services/{service}/formgrader/manage_assignments",
        f"services/{service}/formgrader/api/assignments",
        f"services/{service}/files/solutions/{UNIT}/{NOTEBOOK}.ipynb",
        f"services/{service}/files/gradebook.db",
        f"user/{other}/lab",
        f"user/{other}/api/contents",
        f"hub/api/users/{other}",
        "hub/api/users",
        "hub/admin",
    ):
        assert student.status(path) in (403, 404), path
    token = {"Authorization": f"token {server_token(hub, student.name)}"}
    ask = student.page.request
    api = hub.url + "hub/api/"
    assert ask.get(f"{api}users/{student.name}", headers=token).status == 200
    for path in ("users", f"users/{other}", "groups", f"groups/formgrade-{service}", "proxy"):
        assert ask.get(api + path, headers=token).status in (403, 404), path
    joining = f"{api}groups/formgrade-{service}/users"
    assert ask.post(joining, headers=token, data={"users": [student.name]}).status in (403, 404)


def check_ports(hub):
    """What a student's program gets that goes round the proxy, on the machine's own loopback."""
    prefix = f"{hub.site.base_url}services/{hub.course.id}"
    code = (
        "import sys, urllib.error, urllib.request\n"
        "class Stay(urllib.request.HTTPRedirectHandler):\n"
        "    redirect_request = lambda *_: None\n"
        "for url in sys.argv[1:]:\n"
        "    try:\n"
        "        print(urllib.request.build_opener(Stay).open(url).status)\n"
        "    except urllib.error.HTTPError as error:\n"
        "        print(error.code)\n"
    )
    urls = [
        f"http://127.0.0.1:{hub.course.port}{prefix}/formgrader/manage_assignments",
        f"http://127.0.0.1:{hub.course.port}{prefix}/api/contents",
        f"http://127.0.0.1:{hub.site.proxy_port}/api/routes",
        f"http://127.0.0.1:{hub.site.hub_port}{hub.site.base_url}hub/api/users",
    ]
    done = hub.run("student2", "-c", code, *urls)
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) <= {"302", "403"}, done.stdout
    assert len(done.stdout.split()) == len(urls)


def check_impostor(hub):
    """The second student hands in work in the first one's name, after him."""
    inbound = hub.site.exchange / hub.course.id / "inbound"
    name = f"{hub.names['student1']}+{UNIT}+2031-01-01 00:00:00.000000 UTC+abcdefghijkl"
    code = (
        "import os, sys, shutil\n"
        "os.mkdir(sys.argv[1])\n"
        "shutil.copy(sys.argv[2], sys.argv[1])\n"
        "os.chmod(sys.argv[1], 0o777)\n"
    )
    mine = hub.site.homes / hub.names["student2"] / hub.course.id / UNIT / f"{NOTEBOOK}.ipynb"
    done = hub.run("student2", "-c", code, str(inbound / name), str(mine))
    assert done.returncode == 0, done.stderr


def a_term(hub, browser, pictures):
    root, one, two = hub.root, hub.names["student1"], hub.names["student2"]
    instructor = Instructor(browser, hub, "instructor", pictures)
    students = [Student(browser, hub, role, pictures) for role in ("student1", "student2")]
    first, second = students
    for student in students:
        student.log_in("hub/spawn")  # starts while the instructor works

    instructor.open()
    instructor.add(UNIT, due="2036-01-01T00:00")
    assert "Successfully created the student version" in instructor.press("assign")
    assert "Successfully released" in instructor.press("release")

    first.open()
    assert first.tools() == ["Assignment List"]
    first.fetch()
    first.open_notebook(NOTEBOOK)
    said = first.validate()
    assert "The following cell failed" in said and "Not filled in yet" in said
    answer_all(first, root, WRITTEN)
    assert "Success! Your notebook passes all the tests." in first.validate()
    first.show_list()
    first.submit()
    first.picture("submitted")

    second.open()
    second.fetch()
    second.open_notebook(NOTEBOOK)
    answer_all(
        second, root, HOSTILE, four_windows='differ = {"relu": set(), "tanh": set(), "gelu": {"a"}}'
    )
    second.save()
    second.show_list()
    second.submit()
    check_impostor(hub)

    instructor.go("manage_assignments")
    said = instructor.press("collect")
    assert "Successfully collected" in said
    assert f"Collected: {one} {UNIT}" in said and f"Collected: {two} {UNIT}" in said
    assert f"it names {one}, but belongs to {two}" in said
    check_files(hub)
    check_pages(hub, second)
    check_ports(hub)

    instructor.go(f"manage_submissions/{UNIT}")
    for name in (one, two):
        assert "Successfully autograded" in instructor.press("autograde", row=name)
    scores = instructor.column("score")
    assert scores == {one: "9 / 10", two: "7 / 10"}
    assert list((root / ".footguns" / "records" / UNIT).glob("*/*.json")), "not our engine"

    for name, points, comment in ((one, 1, "Well put."), (two, 0, "That is no answer.")):
        instructor.show(name, UNIT, NOTEBOOK)
        assert instructor.title() != "owned"
        instructor.mark("why-chance-answer", points, comment)
    instructor.go(f"manage_submissions/{UNIT}")
    assert instructor.column("score") == {one: "10 / 10", two: "7 / 10"}
    instructor.go("manage_assignments")
    assert "Successfully generated feedback" in instructor.press("generate-feedback")
    assert "Successfully released feedback" in instructor.press("release-feedback")

    for student, points, comment in (
        (first, "10", "Well put."),
        (second, "7", "That is no answer."),
    ):
        student.fetch_feedback()
        home = hub.site.homes / student.name
        (page,) = home.glob(f"{hub.course.id}/{UNIT}/feedback/*/{NOTEBOOK}.html")
        text = student.read(page.relative_to(home))
        student.picture("feedback")
        assert f"{points} / 10" in re.sub(r"\s+of\s+", " / ", text), text[:500]
        assert comment in text
        assert HIDDEN not in page.read_text()
        student.close()
    instructor.close()


@pytest.fixture
def interpreter(request, python, tmp_path_factory):
    """Of the environment; with another JupyterHub where the test asks for it."""
    version = request.param
    if version is None:
        yield python
        return
    folder = Path(tempfile.mkdtemp(prefix="footguns-test-", dir="/var/tmp"))
    folder.chmod(0o755)
    made = environment.make(folder / "environment")
    site = next((folder / "environment" / "env" / "lib").glob("*/site-packages"))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--upgrade"]
    subprocess.run([*pip, "--target", str(site), f"jupyterhub=={version}"], check=True)
    yield made
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize(
    "interpreter, base_url, database",
    [
        (None, "/", "sqlite"),
        pytest.param(None, "/base/", "postgresql", marks=pytest.mark.slow),
        pytest.param(None, "/", "postgresql", marks=pytest.mark.slow),
        pytest.param(None, "/base/", "sqlite", marks=pytest.mark.slow),
        pytest.param("6.*", "/", "sqlite", marks=pytest.mark.slow),
    ],
    indirect=["interpreter"],
)
def test_a_term(interpreter, browser, request, tmp_path, base_url, database):
    if database == "postgresql":
        database = request.getfixturevalue("postgresql").url
    with deployment(interpreter, base_url=base_url, database=database) as hub:
        try:
            a_term(hub, browser, tmp_path)
        except BaseException:
            for context in browser.contexts:
                for i, page in enumerate(context.pages):
                    page.screenshot(path=tmp_path / f"failed-{id(context)}-{i}.png")
            (tmp_path / "hub.log").write_text(hub.log() + hub.log("footguns-formgrader@"))
            raise
        finally:
            for context in browser.contexts:
                context.close()
