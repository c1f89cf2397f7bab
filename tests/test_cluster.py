"""Grading on a real dask scheduler with real workers, each a process of its own on this machine."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from functools import partial
from pathlib import Path

import grading_class
import psutil
import pytest
from test_grading_run import LIMITS, by_student, hand_in, rows, works
from waiting import wait_until

pytest.importorskip("distributed")

from autograder.cli import main
from autograder.errors import Problem
from autograder.grading import demo
from autograder.grading.cluster import client as clusters
from autograder.grading.cluster import parcel
from autograder.grading.cluster.client import Cluster
from autograder.grading.engine.pool import Pool
from autograder.grading.gradebook.course import Course
from autograder.grading.run import Listener, grade

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own


class Site:
    """A scheduler and its workers."""

    def __init__(self, folder, *tls, preload=None):
        self.folder, self.tls = folder, tls
        self.processes = []
        self.seen = set()
        folder.mkdir()
        (folder / "tmp").mkdir()
        listening = ("--scheduler-file", folder / "scheduler.json", "--port", "0")
        if tls:
            listening += ("--protocol", "tls")
        if preload:
            listening += self._preload(preload)
        self.scheduler = self._start("dask_scheduler", *listening)
        self.address = wait_until(self._address, missing="no scheduler")

    def _address(self):
        try:
            return json.loads((self.folder / "scheduler.json").read_text())["address"]
        except (OSError, ValueError):
            assert self.scheduler.poll() is None, self.log(self.scheduler)
            return None

    def _start(self, module, *options):
        n = len(self.processes)
        command = [sys.executable, "-P", "-m", f"distributed.cli.{module}", *options, *self.tls]
        with open(self.folder / f"{n}.log", "wb") as log:
            process = subprocess.Popen(
                [*map(str, command), "--host", "127.0.0.1", "--no-dashboard"],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                env={**os.environ, "TMPDIR": str(self.folder / "tmp")},
            )
        process.log = self.folder / f"{n}.log"
        self.processes.append(process)
        return process

    def worker(self, *more, preload=None):
        if preload:
            more += self._preload(preload)
        local = self.folder / f"local{len(self.processes)}"
        return self._start(
            "dask_worker", self.address, "--local-directory", local, "--nthreads", "1", *more
        )

    def _preload(self, code):
        path = self.folder / f"preload{len(self.processes)}.py"
        path.write_text(code)
        return "--preload", path

    def has(self, threads):
        """Wait until the workers have so many threads together."""
        with Cluster(self.address, preload=(), **self.certificates()) as cluster:
            wait_until(
                lambda: cluster.start() or _threads(cluster) == threads, missing="no workers"
            )
        return self

    def certificates(self):
        names = ("tls_ca_file", "tls_cert", "tls_key")
        return dict(zip(names, self.tls[1::2], strict=False))

    @staticmethod
    def log(process):
        return process.log.read_text()

    def below(self, process):
        """The processes under a worker: warm ones, forks, and what these left behind."""
        try:
            found = psutil.Process(process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            found = []
        self.seen.update(found)
        return found

    def close(self):
        for process in self.processes:
            self.below(process)
        for process in [*self.processes[1:], self.scheduler]:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        gone(self.seen)
        assert not list((self.folder / "tmp").glob("footguns-*"))


def gone(processes):
    wait_until(lambda: not any(alive(p) for p in processes), missing=f"left over: {processes}")


def alive(process):
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _threads(cluster):
    return sum(cluster._client.nthreads().values())


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A scheduler with two workers, which share the tests of this module."""
    site = Site(tmp_path_factory.mktemp("cluster") / "site")
    try:
        site.worker("--no-nanny")
        site.worker()  # under dask's nanny, as it is by default
        yield site.has(threads=2)
    finally:
        site.close()


@pytest.fixture
def new_site(tmp_path):
    sites = []

    def make(*tls, **more):
        sites.append(Site(tmp_path / f"site{len(sites)}", *tls, **more))
        return sites[-1]

    yield make
    for site in sites:
        site.close()


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return grading_class.make_course(tmp_path_factory.mktemp("template") / "course").root


@pytest.fixture
def make(template, tmp_path):
    def make(handed_in, name="course"):
        shutil.copytree(template, tmp_path / name)
        hand_in(tmp_path / name, handed_in)
        return Course(tmp_path / name)

    return make


def job(*sources, id=None, test="assert True", **more):
    """A job of answer cells and one test, which reads x."""
    cells = [
        {"id": f"a{n}", "kind": "answer", "source": source, "task": f"t{n}"}
        for n, source in enumerate(sources)
    ]
    cells.append({"id": "test", "kind": "test", "source": test, "task": "t0", "points": 1})
    cells[-1]["exhibits"] = ["x"]
    return {"id": id, "cells": cells, "limits": LIMITS, **more}


def outcomes(result):
    return [cell["outcome"] for cell in result["cells"]]


def printed(result):
    return "".join(o.get("text", "") for cell in result["cells"] for o in cell["outputs"])


def run(address, jobs, **more):
    with Cluster(address, preload=(), **more) as cluster:
        return {result["id"]: result for result in cluster.run(jobs)}


# Marks -----------------------------------------------------------------------------------------


def test_a_class_gets_the_marks_of_a_local_run(make, site):
    handed_in = works(demo.KINDS)
    here, there = make(handed_in, "here"), make(handed_in, "there")
    local = grade(here, preload=(), limits=LIMITS, workers=2)
    heard = []

    class Ear(Listener):
        def done(self, record):
            heard.append(record["student"])

    executor = partial(Cluster, site.address)
    remote = grade(there, preload=(), limits=LIMITS, executor=executor, listener=Ear())
    assert sorted(heard) == sorted(handed_in)  # each of them once
    assert [p.parts[-2] for p in sorted((there.state / "records").rglob("*.json"))] == sorted(
        handed_in
    )
    assert remote["run"]["workers"] == 2
    assert (remote["run"]["graded"], remote["run"]["unrecorded"]) == (len(handed_in), 0)
    assert [timeless(s) for s in remote["submissions"]] == [
        timeless(s) for s in local["submissions"]
    ]
    assert rows(there) == rows(here)
    again = grade(there, preload=(), limits=LIMITS, executor=executor)
    assert (again["run"]["graded"], again["run"]["reused"]) == (0, len(handed_in))


def timeless(submission):
    cells = [{k: v for k, v in cell.items() if k != "seconds"} for cell in submission["cells"]]
    return {k: v for k, v in submission.items() if k != "seconds"} | {"cells": cells}


def test_results_are_those_of_a_pool(site):
    jobs = [
        job("x = 1\nprint('ё', x)\nx", test="assert x == 1", id="right"),
        job("x = 2", test="assert x == 1, 'one'", id="wrong"),
        job("x = '\\ud800'\nprint(x)", id="half a character"),
        job("print(__import__('random').random())", seed=7, id="seed"),
    ]
    with Pool(workers=1, preload=()) as pool:
        local = {result["id"]: result for result in pool.run(jobs)}
    remote = run(site.address, jobs)
    for result in [*local.values(), *remote.values()]:
        for part in (result, *result["cells"]):
            part["seconds"] = 0
    assert remote == json.loads(json.dumps(local))


BUSY = "import time\nend = time.monotonic() + 0.3\nwhile time.monotonic() < end:\n    pass\n"
HOSTILE = {
    "exits": "import os\nos._exit(3)",
    "segfaults": "import ctypes\nctypes.string_at(0)",
    "loops": "while True:\n    pass",
    "deaf": "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "kills its parent": "import os\nos.kill(os.getpid(), 9)",
    "floods": "while True:\n    print('x' * 1000000)",
    "leaves a daemon": (
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        time.sleep(600)\n    os._exit(0)"
    ),
}


def test_hostile_notebooks_cost_themselves_only(site):
    jobs = [job(source, id=name) for name, source in HOSTILE.items()]
    jobs += [job(f"x = {n}", test=f"assert x == {n}", id=n) for n in range(6)]
    before = {p.pid for p in site.processes}
    found = run(site.address, jobs)
    assert all(outcomes(found[n]) == ["ran", "passed"] for n in range(6))
    assert {name: outcomes(found[name])[0] for name in HOSTILE} == {
        "exits": "killed",
        "segfaults": "killed",
        "loops": "timeout",
        "deaf": "timeout",
        "kills its parent": "killed",
        "floods": "timeout",
        "leaves a daemon": "ran",
    }
    assert "exit code 3" in found["exits"]["cells"][0]["message"]["en"]
    assert "SIGSEGV" in found["segfaults"]["cells"][0]["message"]["en"]
    assert all(p.poll() is None for p in site.processes)
    assert {p.pid for p in site.processes} == before
    for worker in site.processes[1:]:  # nothing is left but a warm process per thread
        warm = [p for p in site.below(worker) if "autograder.grading.engine.server" in p.cmdline()]
        assert len(warm) <= 1
        assert not [p for w in warm for p in w.children(recursive=True)]


def test_files_beside_the_notebook_travel(site, tmp_path):
    work, course = tmp_path / "work", tmp_path / "course"
    (work / "deep" / "empty").mkdir(parents=True)
    course.mkdir()
    (work / "deep" / "data.txt").write_bytes(b"mine")
    (work / "other.ipynb").write_text("{}")
    (work / "link").symlink_to("/etc/passwd")
    (work / "both.txt").write_bytes(b"student")
    (course / "both.txt").write_bytes(b"course")
    with open(os.fsencode(work) + b"/\xff\xd0.bin", "wb") as file:
        file.write(bytes(range(256)))
    listing = (
        "import os\nfor at, folders, files in sorted(os.walk(b'.')):\n"
        "    if b'private' not in at:\n"
        "        print(at, sorted(f for f in folders if b'private' not in f),"
        " [(f, open(at + b'/' + f, 'rb').read()) for f in sorted(files)])"
    )
    task = job(listing, files=[str(work), str(course)])
    with Pool(workers=1, preload=()) as pool:
        (local,) = pool.run([task])
    (remote,) = run(site.address, [task]).values()
    text = printed(remote)
    assert text == printed(local)
    assert "b'data.txt', b'mine'" in text and "b'both.txt', b'course'" in text
    assert "\\xff\\xd0.bin" in text and "empty" in text
    assert "ipynb" not in text and "link" not in text


def test_equal_jobs_run_once_and_all_are_answered(site):
    source = "import os\nprint(os.getpid(), __import__('time').monotonic_ns())"
    found = run(site.address, [job(source, id="one"), job(source, id="two")])
    assert set(found) == {"one", "two"}
    assert printed(found["one"]) == printed(found["two"]) != ""


def test_jobs_are_made_as_they_are_needed(site):
    made = []

    def jobs():
        for n in range(40):
            made.append(n)
            yield job(f"x = {n}", id=n)

    with Cluster(site.address, preload=()) as cluster:
        results = cluster.run(jobs())
        next(results)
        assert len(made) <= 4 * 2 + 1
        rest = sum(1 for _ in results)
    assert (rest, len(made)) == (39, 40)


def test_large_notebooks_are_sent_a_few_at_a_time(site, monkeypatch):
    monkeypatch.setattr(clusters, "_MAX_BYTES", 900_000)
    made = []

    def jobs():
        for n in range(8):
            made.append(n)
            yield job(f"x = {n}\n" + "#\n" * 150_000, id=n)

    with Cluster(site.address, preload=()) as cluster:
        results = cluster.run(jobs())
        next(results)
        assert len(made) <= 4
        assert sum(1 for _ in results) == 7


def test_a_run_that_is_left_leaves_nothing_behind(site):
    with Cluster(site.address, preload=()) as cluster:
        results = cluster.run(job(f"x = {n}", id=n) for n in range(40))
        next(results)
        results.close()

        def tasks():
            return cluster._client.run_on_scheduler(
                lambda dask_scheduler: len(dask_scheduler.tasks)
            )

        wait_until(lambda: tasks() == 0, missing="tasks are left at the scheduler")
        (again,) = cluster.run([job("x = 1", id="again")])
        assert outcomes(again) == ["ran", "passed"]


def test_a_worker_with_two_threads_runs_two_notebooks_at_a_time(new_site):
    site = new_site()
    worker = site.worker("--no-nanny", "--nthreads", "2")
    found = run(site.address, [job(f"{BUSY}x = {n}", id=n) for n in range(8)])
    assert {n: outcomes(result) for n, result in found.items()} == {
        n: ["ran", "passed"] for n in range(8)
    }
    assert len([p for p in site.below(worker) if p.ppid() == worker.pid]) == 2


# Workers come and go ---------------------------------------------------------------------------


def test_workers_are_killed_and_added(new_site, make):
    """Both first workers die at work; a third, added meanwhile, ends it: same marks, each once."""
    site = new_site()
    first, second = site.worker("--no-nanny"), site.worker("--no-nanny")
    site.has(threads=2)
    jobs = [job(f"{BUSY}x = {n}", test=f"assert x % 3 == {n % 2}", id=n) for n in range(24)]
    found, victims = [], [first, second]
    with Cluster(site.address, preload=()) as cluster:
        for result in cluster.run(jobs):
            found.append(result)
            if not victims:
                continue
            victim = victims.pop()
            wait_until(
                lambda victim=victim: forks(site, victim), missing="the worker has nothing to do"
            )
            if not victims:
                third = site.worker("--no-nanny")
                wait_until(lambda: _threads(cluster) == 2, missing="no third worker")
            victim.kill()
            victim.wait()
    assert sorted(result["id"] for result in found) == list(range(24))
    for result in found:
        wanted = "passed" if result["id"] % 3 == result["id"] % 2 else "failed"
        assert outcomes(result) == ["ran", wanted]
    dead = site.seen - set(site.below(third))
    assert len(dead) >= 4  # two warm processes, and a fork under each
    gone(dead)


def forks(site, worker):
    """The forks that run a notebook now."""
    below = site.below(worker)
    try:
        warm = [p.pid for p in below if p.ppid() == worker.pid]
        return [p for p in below if p.ppid() in warm]
    except psutil.NoSuchProcess:
        return []


def test_all_workers_lost_is_one_line_and_the_next_run_goes_on(new_site, make):
    site = new_site()
    worker = site.worker("--no-nanny")
    site.has(threads=1)
    course = make(works(["right"] * 6))

    class Killer(Listener):
        def done(self, record):
            worker.kill()
            worker.wait()

    executor = partial(Cluster, site.address, patience=1)
    with pytest.raises(Problem, match="Received none in 1 seconds") as error:
        grade(course, preload=(), limits=LIMITS, executor=executor, listener=Killer())
    assert error.value.exit_code == 1
    done = len(list((course.state / "records").rglob("*.json")))
    assert 0 < done < 6
    site.worker("--no-nanny")
    executor = partial(Cluster, site.address)
    report = grade(course, preload=(), limits=LIMITS, executor=executor)
    assert (report["run"]["graded"], report["run"]["reused"]) == (6 - done, done)
    assert {s["score"] for s in report["submissions"]} == {6}


def test_a_lost_scheduler_is_one_line(new_site):
    site = new_site()
    site.worker("--no-nanny")
    with Cluster(site.address, preload=()) as cluster:
        results = cluster.run(job(f"x = {n}", id=n) for n in range(20))
        next(results)
        site.scheduler.kill()
        site.scheduler.wait()
        with pytest.raises(Problem, match="Expected a dask scheduler at"):
            list(results)


@pytest.mark.slow
def test_a_job_that_ends_its_workers_costs_itself_only(new_site):
    """It cannot, by all we know; dask gives it up after the scheduler's allowed-failures."""
    site = new_site()
    code = """
import json, os
from autograder.grading.cluster import supervise
real = supervise.real = getattr(supervise, "real", supervise.work)  # nannies load this, too
supervise.work = lambda job, *more: os._exit(1) if b"x = 1" in job else real(job, *more)
"""
    site.worker("--nworkers", "2", preload=code)  # under nannies, who start them again
    found = run(site.address, [job(f"x = {n}", id=n) for n in range(6)])
    assert sorted(found) == list(range(6))
    assert "KilledWorker" in str(found.pop(1)["failed"])
    assert all(outcomes(result) == ["ran", "passed"] for result in found.values())


# Nobody else's word is taken -------------------------------------------------------------------

ROGUE = "from autograder.grading.cluster import supervise\n"


@pytest.mark.parametrize(
    "preload, said",
    [
        ("def identity(): return '9.9 (beef)'", "Received: 9.9 (beef)."),
        ("def identity(): raise OSError('no disk')", "Received: OSError: no disk."),
    ],
)
def test_another_version_is_refused(new_site, preload, said):
    site = new_site()
    site.worker("--no-nanny", preload=f"{ROGUE}{preload}\nsupervise.identity = identity")
    with Cluster(site.address, preload=()) as cluster, pytest.raises(Problem) as error:
        cluster.start()
    assert said in str(error.value) and "on tcp://127.0.0.1:" in str(error.value)


@pytest.mark.parametrize("who", ["scheduler", "worker"])
def test_who_has_not_this_package_is_named(new_site, who):
    without = "import sys\nsys.modules['autograder'] = None"
    site = new_site(preload=without if who == "scheduler" else None)
    site.worker("--no-nanny", preload=without if who == "worker" else None)
    with Cluster(site.address, preload=()) as cluster, pytest.raises(Problem) as error:
        cluster.start()
    where = "the scheduler" if who == "scheduler" else "tcp://"
    assert f"on {where}" in str(error.value)
    assert "ModuleNotFoundError" in str(error.value)


def test_another_version_that_comes_later_is_refused(new_site):
    site = new_site()
    worker = site.worker("--no-nanny")
    with Cluster(site.address, preload=()) as cluster:
        results = cluster.run(job(f"x = {n}", id=n) for n in range(20))
        next(results)
        site.worker("--no-nanny", preload=f"{ROGUE}supervise.identity = lambda: '9.9 (beef)'")
        wait_until(lambda: _threads(cluster) == 2, missing="no second worker")
        worker.kill()
        with pytest.raises(Problem, match=r"Received: 9\.9 \(beef\)"):
            list(results)


EVIL = """
class Evil:
    def __reduce__(self):
        return open, ({path!r}, "w")
"""


NO_RESULTS = [
    "Evil()",
    "[Evil()]",
    "'text'",
    "b'{'",
    "b'[' * 100000",
    "b'[]'",
    "b'{}'",
    """b'{"result": {"cells": []}}'""",
    """b'{"result": {"cells": [1, 2]}}'""",
]


def test_an_answer_that_is_no_result_is_never_loaded_and_costs_no_mark(new_site, tmp_path):
    evil = tmp_path / "evil"
    site = new_site()
    code = f"""{ROGUE}{EVIL.format(path=str(evil))}
import json
ANSWERS = [{", ".join(NO_RESULTS)}]
supervise.work = lambda job, *_: ANSWERS[json.loads(job)["seed"]]
"""
    site.worker("--no-nanny", preload=code)
    found = run(site.address, [job("x = 1", id=n, seed=n) for n in range(len(NO_RESULTS))])
    assert sorted(found) == list(range(len(NO_RESULTS)))
    assert all(set(result) == {"id", "failed"} for result in found.values())
    assert "a worker sent" in str(found[0]["failed"])
    assert not evil.exists()


def test_what_fails_has_no_record_and_is_graded_next_time(new_site, make):
    course = make(works(["right", "blank"]))
    site = new_site()
    code = "def full(*_): raise MemoryError('full')\nsupervise._work = full"
    worker = site.worker("--no-nanny", preload=f"{ROGUE}{code}")
    executor = partial(Cluster, site.address)
    report = grade(course, preload=(), limits=LIMITS, executor=executor)
    assert (report["run"]["graded"], report["run"]["reused"]) == (0, 0)
    assert report["run"]["unrecorded"] == 2
    assert report["submissions"] == []
    assert sorted(report["run"]["notes"]) == [
        f"{student}, 01-sums: the notebook could not be run (a worker failed: Failed: "
        "MemoryError: full). Grade again."
        for student in ("00-right", "01-blank")
    ]
    assert rows(course) == rows(make({}, "untouched"))
    worker.kill()
    site.worker("--no-nanny")
    found = by_student(grade(course, preload=(), limits=LIMITS, executor=executor))
    assert found["00-right"]["score"] == 6


def test_an_error_with_a_deep_traceback_is_an_error_like_others(new_site):
    site = new_site()
    code = "def deep(*_): deep()\nsupervise._work = deep"
    site.worker("--no-nanny", preload=f"{ROGUE}{code}")
    (found,) = run(site.address, [job("x = 1")]).values()
    assert "RecursionError" in str(found["failed"])


STREAM = {"output_type": "stream", "name": "stdout", "text": "hi"}


def test_results_are_checked_as_those_of_a_fork():
    task = job("x = 1", id=3)
    answer = {
        "id": "a0",
        "kind": "test",
        "outcome": "passed",
        "points": 100,
        "outputs": [1, {}, STREAM],
    }
    test = {"outcome": "winner", "points": 2, "message": {"en": 1}, "seconds": float("inf")}
    found = parcel.checked({"id": 4, "cells": [answer, test], "seconds": "1"}, task)
    assert (found["id"], found["seconds"], found["reason"]) == (3, 0.0, None)
    assert found["isolation"] == {}
    first, second = found["cells"]
    assert (first["kind"], first["outcome"], first["points"]) == ("answer", "error", None)
    assert first["outputs"] == [STREAM]
    assert (second["outcome"], second["points"], second["message"]) == ("error", None, None)
    assert second["seconds"] == 0.0
    why = {"en": "no network", "ru": "нет сети"}
    refused = parcel.checked({"id": 4, "failed": why}, task)
    assert (refused["id"], refused["failed"].text("ru")) == (3, "нет сети")
    with pytest.raises(parcel.Damaged):
        parcel.open_seal(b" " * (parcel.MAX_RESULT + 1))


def test_a_result_that_is_too_large_loses_its_outputs(monkeypatch):
    monkeypatch.setattr(parcel, "MAX_RESULT", 1000)
    cell = {"outcome": "passed", "outputs": [{"output_type": "stream", "text": "x" * 1000}]}
    found = parcel.open_seal(parcel.seal({"result": {"cells": [cell]}}))
    assert found["result"]["cells"] == [{"outcome": "passed", "outputs": []}]


# The command -----------------------------------------------------------------------------------


@pytest.fixture
def command(capsys):
    """(exit code, what is said) of `autograder grade`, in this process."""

    def command(course, *arguments):
        with pytest.raises(SystemExit) as left:
            main.main(["grade", "--course", str(course.root), *map(str, arguments)])
        return left.value.code, capsys.readouterr().err

    return command


def line(said):
    assert said.startswith("autograder: ") and said.count("\n") == 1, said
    return said


def test_the_command_grades_on_a_cluster(command, make, site):
    course = make(works(["right", "blank"]))
    code, said = command(course, "--cluster", site.address.removeprefix("tcp://"))
    assert (code, "2 notebooks" in said) == (0, True)
    assert len(list((course.state / "records").rglob("*.json"))) == 2


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["--cluster", "here"], "such as tls://HOST:8786. Received: 'here'."),
        (["--cluster", "http://here:80"], "Received: 'http://here:80'."),
        (["--cluster", "tcp://here:0"], "Received: 'tcp://here:0'."),
        (["--cluster", "tcp://here:80000"], "Received: 'tcp://here:80000'."),
        (["--cluster", "tls://here:80"], "Received: no certificates."),
        (["--cluster", "here:80", "--tls-cert", "x"], "Received: tcp://here:80."),
        (["--cluster", "here:80", "--workers", "2"], "Received both"),
        (["--tls-cert", "x"], "Expected --cluster with certificates."),
    ],
)
def test_a_wrong_command_is_refused(command, make, arguments, said):
    course = make(works(["right"]))
    code, err = command(course, *arguments)
    assert code == 2
    assert said in line(err)
    assert not (course.state / "records").exists()


def test_certificates_that_are_none_are_refused(command, make, tmp_path):
    (tmp_path / "no.pem").write_text("no")
    options = ["--cluster", "tls://127.0.0.1:1"]
    for name in ("--tls-ca-file", "--tls-cert", "--tls-key"):
        options += [name, tmp_path / "no.pem"]
    course = make(works(["right"]))
    code, said = command(course, *options)
    assert (code, "that can be used" in line(said)) == (2, True)
    options[3] = tmp_path / "absent.pem"
    code, said = command(course, *options)
    assert (code, "No such file" in line(said)) == (2, True)


def test_nobody_there_is_one_line(command, make):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    course = make(works(["right"]))
    code, said = command(course, "--cluster", f"127.0.0.1:{port}")
    assert code == 1
    assert f"Expected a dask scheduler at tcp://127.0.0.1:{port}. Received no answer" in line(said)
    assert not (course.state / "records").exists()


@pytest.mark.parametrize("words", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n" * 100])
def test_somebody_else_there_is_one_line(command, make, words):
    course = make(works(["right"]))
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            with pytest.raises(OSError):
                while True:
                    peers.append(server.accept()[0])
                    peers[-1].sendall(words)

        peers = []
        thread = threading.Thread(target=answer)
        thread.start()
        try:
            code, said = command(course, "--cluster", f"127.0.0.1:{server.getsockname()[1]}")
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
            for peer in peers:
                peer.close()
    assert (code, "Received no answer" in line(said)) == (1, True)


def test_no_workers_is_one_line(new_site, make):
    course = make(works(["right"]))
    address = new_site().address
    with pytest.raises(Problem, match=f"Start some with `dask worker {address}`") as error:
        grade(course, preload=(), executor=partial(Cluster, address, patience=0.5))
    assert error.value.exit_code == 1
    assert not (course.state / "records").exists()


def test_without_dask_the_extra_is_named(command, make, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    code, said = command(make(works(["right"])), "--cluster", "127.0.0.1:8786")
    assert (code, "Run `python -m pip install 'footguns[cluster]'`." in line(said)) == (1, True)


# Encryption ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """(authority, certificate, key) that the machines of a course share."""
    folder = tmp_path_factory.mktemp("tls")
    return authority(folder, "ours"), authority(folder, "theirs")


def authority(folder, name):
    """An authority's certificate, and a certificate signed by it with its key."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    ca, ca_key, cert, key, request = (
        folder / f"{name}-{part}" for part in ("ca.pem", "ca.key", "cert.pem", "key.pem", "csr")
    )
    new = ["req", "-newkey", "rsa:2048", "-nodes", "-subj"]
    for arguments in (
        [*new, f"/CN={name}-ca", "-x509", "-days", "2", "-keyout", ca_key, "-out", ca],
        [*new, f"/CN={name}", "-keyout", key, "-out", request],
        ["x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial",
         "-days", "2", "-out", cert],
    ):  # fmt: skip
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
    return ca, cert, key


def options(files):
    names = ("--tls-ca-file", "--tls-cert", "--tls-key")
    return [part for pair in zip(names, files, strict=True) for part in pair]


def test_only_our_certificates_are_let_in(new_site, certificates, command, make):
    ours, theirs = certificates
    site = new_site(*options(ours))
    assert site.address.startswith("tls://")
    site.worker("--no-nanny")
    course = make(works(["right"]))
    plain = site.address.replace("tls://", "tcp://")
    for arguments in (["--cluster", plain], ["--cluster", site.address, *options(theirs)]):
        code, said = command(course, *arguments)
        assert (code, "Received no answer" in line(said)) == (1, True)
    code, _ = command(course, "--cluster", site.address, *options(ours))
    assert code == 0
    assert len(list((course.state / "records").rglob("*.json"))) == 1


def test_an_open_connection_is_noted(certificates):
    ours, _ = certificates
    names = ("tls_ca_file", "tls_cert", "tls_key")
    assert Cluster("127.0.0.1:8786").notes == []
    assert Cluster("tls://far:8786", **dict(zip(names, ours, strict=True))).notes == []
    (note,) = Cluster("far:8786").notes
    assert "The connection to tcp://far:8786 is not encrypted" in note


def test_packing_leaves_no_folders(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    _, (archive,) = parcel.pack(job("x = 1", files=[str(Path(__file__).parent / "fixtures")]))
    assert len(archive) > 1000
    assert not list(tmp_path.iterdir())
