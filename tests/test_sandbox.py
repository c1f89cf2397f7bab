"""The sandbox, by attack: from cells of a real pool, and on hosts that allow less than this one."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import grading_class
import pytest
from test_grading import job, text_of
from test_grading_run import by_student, hand_in, works

from autograder.errors import Problem
from autograder.grading import sandbox
from autograder.grading.engine.pool import Pool
from autograder.grading.gradebook.course import Course
from autograder.grading.run import grade
from autograder.grading.sandbox import seccomp

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own
HERE = Path(__file__).parent
CHECKOUT = HERE.parent
ROOT = os.geteuid() == 0
LIMITS = {"cell": 3.0, "notebook": 30, "memory": 200}
ASKED = "network,files,memory,time"


@pytest.fixture(scope="module")
def secrets(tmp_path_factory):
    """Files of an instructor's, readable and writable for everyone as far as Unix goes."""
    folder = tmp_path_factory.mktemp("secrets")
    for path in (folder, *folder.parents[:3]):
        if path.owner() == Path.home().owner() and path != Path(tempfile.gettempdir()):
            path.chmod(0o755)
    (folder / "gradebook.db").write_text("marks")
    (folder / "gradebook.db").chmod(0o666)
    return folder


@pytest.fixture(scope="module")
def pool(secrets):
    with Pool(workers=2, preload=(), hidden=[str(secrets)]) as pool:
        yield pool


@pytest.fixture
def attack(pool):
    """What a student's cell prints, and its outcome. Its control: a process without a sandbox."""

    def attack(source, **limits):
        (result,) = pool.run([job(source, limits=1) | {"limits": LIMITS | limits}])
        answer = result["cells"][1]
        return answer["outcome"], text_of(answer).strip()

    return attack


def unprotected(source):
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, timeout=20, check=False
    )
    return done.stdout.strip()


def trying(statement):
    return f"import os, socket\ntry:\n    {statement}\n    print('through')\nexcept OSError as e:\n    print(type(e).__name__)\n"


# Network ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", ["tcp", "tcp6", "udp", "abstract", "netlink"])
def test_no_network(attack, family):
    with socket.socket() as tcp, socket.socket(socket.AF_UNIX) as local:
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        local.bind("\0footguns-test")
        local.listen()
        port = tcp.getsockname()[1]
        source = trying(
            {
                "tcp": f"socket.create_connection(('127.0.0.1', {port}))",
                "tcp6": f"socket.socket(socket.AF_INET6).bind(('::1', {port}))",
                "udp": f"socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {port}))",
                "abstract": "socket.socket(socket.AF_UNIX).connect('\\0footguns-test')",
                "netlink": "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)",
            }[family]
        )
        if family != "tcp6":  # a machine may be without
            assert unprotected(source) == "through"
        outcome, text = attack(source)
    assert outcome == "ran"
    assert text in ("PermissionError", "ConnectionRefusedError")


# Files -----------------------------------------------------------------------------------------


def test_files_outside_can_be_neither_read_nor_written(attack, secrets):
    path = secrets / "gradebook.db"
    for statement in (f"open({str(path)!r}).read()", f"open({str(path)!r}, 'r+')",
                      f"os.rename({str(path)!r}, {str(path)!r})",
                      f"os.listdir({str(secrets)!r})"):  # fmt: skip
        assert unprotected(trying(statement)) == "through"
        outcome, text = attack(trying(statement))
        assert (outcome, text in ("PermissionError", "FileNotFoundError")) == ("ran", True)
    assert path.read_text() == "marks"


def test_masters_and_solutions_beside_the_package_are_invisible(attack):
    source = f"""
import os
found = []
for name in ("course/units", "solutions", "tests", ".git", "course/hub", "course/nbgrader_config.py"):
    for folder, _, files in os.walk({str(CHECKOUT)!r} + "/" + name):
        found += [os.path.join(folder, file) for file in files]
    try:
        found.append(open({str(CHECKOUT)!r} + "/" + name).name)
    except OSError:
        pass
print(len(found))
"""
    assert int(unprotected(source)) > 10
    assert attack(source) == ("ran", "0")


@pytest.mark.parametrize("where", [sandbox.__file__, os.__file__, "/etc/passwd", "/usr/lib"])
def test_what_can_be_read_cannot_be_changed(attack, where):
    path = Path(where)
    deed = f"open({where!r}, 'r+')" if path.is_file() else f"os.mkdir({where + '/new'!r})"
    assert attack(trying(deed))[1] in ("PermissionError", "OSError")  # OSError: read-only
    assert not Path("/usr/lib/new").exists()


def test_no_settings_of_the_host_but_those_that_programs_need(attack):
    places = ["/etc/shadow", "/etc/ssh", "/etc/fstab", "/var/log", "/boot", "/run"]
    places += [str(Path.home() / name) for name in (".bashrc", ".profile", ".config", ".ssh")]
    source = f"""
import os
def seen(path):
    return os.listdir(path) if os.path.isdir(path) else open(path).read()
for path in {places}:
    try: print(path, len(seen(path)))
    except OSError: pass
"""
    assert len(unprotected(source).splitlines()) > 2
    assert attack(source) == ("ran", "")


def test_jobs_do_not_see_each_other(pool):
    pool.start()
    other = Path(pool._scratch, "another-job")
    other.mkdir(mode=0o777)
    (other / "answer.txt").write_text("3")
    source = f"""
import os
scratch = {pool._scratch!r}
assert os.getcwd().startswith(scratch)
try:
    print([name for folder, _, names in os.walk(scratch) for name in names if name == "answer.txt"])
    print(open(scratch + "/another-job/answer.txt").read())
except OSError as e:
    print(type(e).__name__)
"""
    (result,) = pool.run([job(source)])
    shown = text_of(result["cells"][1]).split()
    assert shown[0] == "[]"
    assert shown[1] in ("FileNotFoundError", "PermissionError")


def test_the_judge_sees_none_of_the_students_files(pool):
    test = "import os; expect(sorted(n for n in os.listdir('.') if n[0] != '.'), [])"
    (result,) = pool.run([job("open('numpy.py', 'w').write('x'); answer = 3", test)])
    assert result["cells"][-1]["outcome"] == "passed"


# Memory and time -------------------------------------------------------------------------------


def test_memory_past_the_limit(attack):
    assert attack("x = bytearray(400 << 20); print(len(x))")[0] == "error"  # MemoryError
    shared = "import mmap; m = mmap.mmap(-1, 600 << 20)\nwhile m.write(b'x' * 4096): pass"
    assert attack(shared, cell=20)[0] in ("killed", "error")
    stored = "import os; f = os.memfd_create('x')\nfor _ in range(600): os.write(f, bytes(1 << 20))"
    assert attack(stored, cell=20)[0] in ("killed", "error")
    many = """
import os, time
for _ in range(8):
    if os.fork() == 0:
        x = bytearray(b"x") * (120 << 20)
        time.sleep(60)
time.sleep(60)
"""
    # The kernel may end some of the children before the coordinator ends them all.
    assert attack(many, cell=10)[0] in ("killed", "timeout")


def test_time_is_up_for_whoever_ignores_it(attack):
    source = """
import signal, os, time
for n in signal.valid_signals() - {9, 19}:
    try: signal.signal(n, signal.SIG_IGN)
    except (OSError, ValueError): pass
if os.fork() == 0: os.setsid()
while True:
    try: time.sleep(60)
    except BaseException: pass
"""
    assert attack(source, cell=1.0)[0] == "timeout"


# Processes -------------------------------------------------------------------------------------


def test_a_fork_bomb_stops_at_the_limit(attack):
    source = """
import os, time
n = 0
try:
    for _ in range(2000):
        if os.fork() == 0:
            time.sleep(60); os._exit(0)
        n += 1
except OSError as e:
    print(type(e).__name__)
print(n)
"""
    outcome, text = attack(source, cell=20, memory=4000)
    name, count = text.split()
    assert (outcome, name) == ("ran", "BlockingIOError")
    assert int(count) <= sandbox.Profile("").processes


def test_processes_outside_can_be_neither_seen_nor_signalled(attack):
    me = os.getpid()
    mine = Path(f"/proc/{me}/stat").read_text().rpartition(")")[2].split()[19]  # when it began
    source = f"""
import os
def same(pid):
    return open(f"/proc/{{pid}}/stat").read().rpartition(")")[2].split()[19] == {mine!r}
for deed in (lambda: same({me}) or 1 / 0, lambda: os.kill({me}, 0), lambda: open("/proc/{me}/environ").read()):
    try: deed(); print("through")
    except (OSError, ZeroDivisionError): print("stopped")
"""
    assert unprotected(source).split() == ["through"] * 3
    assert attack(source)[1].split() == ["stopped"] * 3


def test_killing_itself_is_death_as_anywhere(attack):
    assert attack("import os; os.kill(os.getpid(), 9)")[0] == "killed"
    assert attack("import os; os.abort()")[0] == "killed"


# Privileges ------------------------------------------------------------------------------------

CALLS = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
deeds = {
    "unshare": lambda: libc.unshare(0x10000000),
    "mount": lambda: libc.mount(b"tmpfs", b"/tmp", b"tmpfs", 0, None),
    "ptrace": lambda: libc.ptrace(16, os.getppid() or 1, None, None),
    "io_uring": lambda: libc.syscall(425, 1, None),
    "setns": lambda: libc.setns(0, 0),
    "chroot": lambda: libc.chroot(b"/"),
    "clone": lambda: libc.syscall(56, 0x10000011, None, None, None, None),
    "keyctl": lambda: libc.syscall(250, 0, -3, 0),
    "pdeathsig": lambda: libc.prctl(1, 0, 0, 0, 0),
    "setuid": lambda: libc.setresuid(0, 0, 0) if os.getuid() else -1,
    "shmget": lambda: libc.shmget(0, 4096, 0o1600),
}
for name, deed in deeds.items():
    ctypes.set_errno(0)
    print(name, deed(), ctypes.get_errno())
"""


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="numbers of system calls")
def test_nothing_to_gain(attack):
    outcome, text = attack(CALLS)
    assert outcome == "ran"
    results = {line.split()[0]: line.split()[1:] for line in text.splitlines()}
    assert len(results) == CALLS.count("lambda")
    assert {tuple(r) for name, r in results.items() if name != "setuid"} == {("-1", "1")}
    assert results["setuid"][0] == "-1"


def test_no_capabilities_and_none_to_come(attack):
    status = dict(
        line.split(":\t")
        for line in attack("print(open('/proc/self/status').read())")[1].splitlines()
    )
    assert {status[f"Cap{set}"] for set in ("Eff", "Prm", "Inh", "Amb")} == {"0" * 16}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    if ROOT:
        assert "0" not in status["Uid"].split()
        assert status["Groups"].split() in ([], [status["Uid"].split()[0]])


# What notebooks need ---------------------------------------------------------------------------


def test_a_notebook_can_do_its_work(attack):
    source = """
import os, tempfile, threading, multiprocessing, sqlite3, subprocess, zoneinfo, pathlib, asyncio
home = pathlib.Path.home()
assert home.is_relative_to(os.getcwd()) and not list(home.iterdir()), home
(home / ".keras").mkdir()
with tempfile.NamedTemporaryFile("w+") as file:
    file.write("x")
    assert pathlib.Path(file.name).is_relative_to(os.getcwd())
open("/tmp/x", "w").write("x")
open(os.devnull, "w").write("x")
assert len(os.urandom(8)) == 8
done = []
threads = [threading.Thread(target=done.append, args=(i,)) for i in range(8)]
[t.start() for t in threads]; [t.join() for t in threads]
with multiprocessing.get_context("fork").Pool(2) as workers:
    done += workers.map(abs, [-8, -9])
assert sorted(done) == list(range(10)), done
sqlite3.connect("db").execute("create table t (x)")
assert subprocess.run(["cat", "db"], capture_output=True, check=True).stdout
assert zoneinfo.ZoneInfo("Europe/Moscow")
async def nothing(): return 3
assert asyncio.run(nothing()) == 3
import course.lab, autograder.checks._hints as hints
assert hints._catalogue() if hasattr(hints, "_catalogue") else True
import numpy.polynomial, IPython.lib.pretty
os.rename("db", "other"); os.makedirs("a/b"); os.rename("other", "a/b/db")
print("all of it")
"""
    assert attack(source, memory=2000, cell=60) == ("ran", "all of it")


def test_tensorflow_works_inside():
    source = """
import keras, numpy as np
x, y = np.random.rand(64, 8, 8, 1), np.random.randint(0, 3, 64)
model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(4, 3, activation="relu"),
                          keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=2, verbose=0)
model.save("model.keras")
same = keras.models.load_model("model.keras").predict(x[:4], verbose=0)
assert np.allclose(same, model.predict(x[:4], verbose=0))
import matplotlib.pyplot as plt
plt.plot([1, 2]); plt.title("loss"); plt.savefig("loss.png")
answer = 3
"""
    preload = ("numpy", "keras", "tensorflow", "matplotlib.pyplot")
    with Pool(workers=1, preload=preload) as pool:
        (result,) = pool.run([job(source) | {"limits": {"cell": 60, "notebook": 100}}])
        assert [c["outcome"] for c in result["cells"]] == ["ran", "ran", "passed"]
        assert pool.missing == {}
        held = pool.host.properties
        assert {k: v for k, v in result["isolation"].items() if k in held} == held


# What is said of it ----------------------------------------------------------------------------


def test_what_was_entered_is_in_the_result(pool):
    (result,) = pool.run([job("answer = 3")])
    found = result["isolation"]
    assert found.pop("process") is found.pop("judge") is True
    assert found == pool.host.properties
    assert set(found) == set(sandbox.PROPERTIES)
    assert "seccomp" in found["network"]
    known = {*pool.host.layers, "host"}
    assert all(set(layers) <= known for layers in found.values() if layers)


def test_a_student_cannot_claim_more(attack, pool):
    forged = """
import os, json, struct
body = json.dumps({"event": "entered", "isolation": {"network": ["magic"]}}).encode()
body2 = json.dumps({"event": "refused", "why": {"en": "no", "ru": "no"}}).encode()
for fd in range(3, 20):
    for b in (body, body2):
        try: os.write(fd, struct.pack(">I", len(b)) + b)
        except OSError: pass
answer = 3
"""
    (result,) = pool.run([job(forged)])
    assert "failed" not in result
    held = {k: v for k, v in result["isolation"].items() if k in sandbox.PROPERTIES}
    assert held == pool.host.properties


def test_a_job_is_refused_without_what_it_requires(pool, monkeypatch):
    (result,) = pool.run([job("answer = 3") | {"require": ["network", "files"]}])
    assert result["cells"][-1]["outcome"] == "passed"
    (result,) = pool.run([job("answer = 3", id="x") | {"require": ["perfection"]}])
    assert result["id"] == "x"
    assert "Expected these to be isolated: perfection." in result["failed"]["en"]


# Hosts that allow less -------------------------------------------------------------------------

NAMESPACES = "unshare,setns,mount,clone3"


def interpreter(user):
    """A Python that this user may run: a virtual environment in /root is not one."""
    for path in (sys.executable, "/usr/bin/python3"):
        if user == "same":
            return path
        check = [path, "-c", "import sys, json; assert sys.version_info >= (3, 11)"]
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            subprocess.run(check, user=65534, group=65534, extra_groups=[], check=True)
            return path
    pytest.skip("no Python that another user may run")


def lesser(user, denied, *what, **more):
    if user == "nobody" and not ROOT:
        user = "same"
    command = [interpreter(user), str(HERE / "lesser_host.py"), user, denied, *what]
    environment = {**os.environ, "FOOTGUNS_CACHE": "/nonexistent/cache", "HOME": "/tmp"}
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, **more
    )


def probed(user, denied):
    done = lesser(user, denied, "probe")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    held = found.pop("properties")
    return sandbox.Host(**found), held


def test_an_ordinary_user_whose_host_forbids_namespaces():
    host, held = probed("nobody", NAMESPACES)
    for layer in ("userns", "netns", "ipcns", "pidns", "mount", "uid"):
        assert isinstance(host.layers[layer], str), layer
    assert "Operation not permitted" in host.layers["userns"]
    assert host.layers["seccomp"] is host.layers["no_new_privs"] is True
    assert set(held["network"]) <= {"landlock", "seccomp"}
    assert held["time"] and held["memory"]
    assert "watch" in held["memory"]
    if host.layers["landlock"] is True:
        assert sandbox.missing(sandbox.PROPERTIES, host) == []


def test_an_ordinary_user_with_namespaces():
    host, held = probed("nobody", "-")
    if host.layers["userns"] is not True:
        pytest.skip(f"no user namespaces here: {host.layers['userns']}")
    assert {"netns", "seccomp"} <= set(held["network"])
    assert {"pidns", "mount"} <= set(held["processes"])
    assert "mount" in held["files"]
    assert sandbox.missing(sandbox.PROPERTIES, host) == []


@pytest.mark.skipif(not ROOT, reason="needs root")
def test_root_of_a_container_without_namespaces():
    host, held = probed("same", NAMESPACES)
    assert host.layers["pidns"] == host.layers["mount"] == "Operation not permitted"
    assert host.layers["uid"] is True or "No module named" in host.layers["uid"]  # below /root
    assert "netns" not in held["network"]
    assert held["network"] and held["privileges"]


def test_without_namespaces_and_landlock_files_are_not_hidden_and_this_is_said():
    host, held = probed("nobody", f"{NAMESPACES},landlock_create_ruleset")
    assert host.layers["landlock"] == "Operation not permitted"
    assert host.stops["read"] == host.stops["write"] == []
    assert held["files"] is False
    assert "files" in sandbox.missing(["network", "files"], host)
    with pytest.raises(Problem, match=r"isolated: files\b.*landlock \(Operation not permitted\)"):
        sandbox.demand(["network", "files"], host)


def test_without_any_filter_the_network_is_open_and_this_is_said():
    host, held = probed("nobody", f"{NAMESPACES},landlock_create_ruleset,seccomp")
    assert host.layers["seccomp"] == "Operation not permitted"
    assert held["network"] is False
    assert sandbox.missing(["network", "time"], host) == ["network"]


# Requiring properties --------------------------------------------------------------------------


@pytest.fixture
def course(tmp_path):
    root = grading_class.make_course(tmp_path / "course").root
    hand_in(root, works(["right", "wrong", "kills-the-kernel"]))
    return root


def command(*arguments):
    code = "from autograder.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, "grade", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_class_grades_the_same_in_every_sandbox(course, tmp_path):
    poor = tmp_path / "poor"
    shutil.copytree(course, poor)
    full = grade(Course(course), preload=(), limits=LIMITS, require=tuple(ASKED.split(",")))
    denied = f"{NAMESPACES},landlock_create_ruleset,seccomp"
    done = lesser("same", denied, "grade", "--course", str(poor), "--json", str(tmp_path / "json"))
    assert done.returncode == 0, done.stdout + done.stderr
    bare = json.loads((tmp_path / "json").read_text())
    assert bare["submissions"][0]["isolation"]["network"] is False
    for name, ours in by_student(full).items():
        theirs = by_student(bare)[name]
        assert ours["score"] == theirs["score"]
        keep = ("grade_id", "outcome", "points", "message")
        assert [[c[k] for k in keep] for c in ours["cells"]] == [
            [c[k] for k in keep] for c in theirs["cells"]
        ]
        assert all(ours["isolation"][name] for name in ASKED.split(","))
    assert [s["score"] for s in by_student(full).values()][0] == 6


def test_what_is_required_and_missing_stops_the_run_before_anything(course):
    denied = f"{NAMESPACES},landlock_create_ruleset"
    done = lesser("same", denied, "grade", "--course", str(course), "--require", ASKED)
    assert done.returncode == 1
    error = done.stderr.strip().splitlines()[-1]
    assert "Expected these to be isolated: files." in error
    assert "landlock (Operation not permitted)" in error
    assert not list((course / ".footguns").rglob("*.json"))
    assert not (course / "autograded").exists()


def test_an_unknown_property_is_wrong_use(course):
    done = command("--course", str(course), "--require", "network,internet")
    assert done.returncode == 2
    assert "Expected properties of network, files, memory, time, " in done.stderr
    assert "internet" in done.stderr


def test_records_of_a_lesser_sandbox_do_not_count_when_more_is_required(course):
    def report(**more):
        return grade(Course(course), preload=(), limits=LIMITS, **more)["run"]

    assert report()["graded"] == 3
    (path,) = (course / ".footguns" / "records" / "01-sums" / "00-right").iterdir()
    record = json.loads(path.read_bytes())
    record["isolation"]["network"] = False
    path.write_text(json.dumps(record))
    assert report()["reused"] == 3
    assert report(require=("files",))["reused"] == 3
    assert report(require=("network",))["graded"] == 1
    assert report(require=("network",))["reused"] == 3


# Nothing is left -------------------------------------------------------------------------------


LITTER = (
    "import subprocess; subprocess.Popen(['sleep', '78.5'], start_new_session=True); answer = 3"
)
MOUNTS = Path("/proc/self/mounts").read_text().splitlines()


def groups(server):
    walk = os.walk("/sys/fs/cgroup")  # which passes over what ends meanwhile
    return [
        name for _, folders, _ in walk for name in folders if name.startswith(f"footguns-{server}-")
    ]


def traces(server, folder):
    """What a server has left: itself, processes, groups, temporary files, mounts."""
    found = subprocess.run(["pgrep", "-f", "sleep 78.5"], capture_output=True, check=False)
    mounts = Path("/proc/self/mounts").read_text().splitlines()
    ours = [line for line in mounts if line not in MOUNTS and str(folder) in line]
    return [Path(f"/proc/{server}").exists(), found.stdout.split(), groups(server),
            os.listdir(folder), ours]  # fmt: skip


NOTHING = [False, [], [], [], []]


def test_nothing_is_left_on_the_host(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with Pool(workers=2, preload=()) as pool:
        jobs = [job(LITTER), job("import os; os._exit(3)"), job("while True: pass")]
        for result in pool.run(jobs):
            assert result["isolation"]["process"]
        server = pool._server.process.pid
        deadline = time.monotonic() + 5
        while len(groups(server)) > 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(groups(server)) <= 2  # of the last to end, until the next or the end
    assert traces(server, tmp_path) == NOTHING


def test_nothing_is_left_when_the_coordinator_is_killed(tmp_path):
    last = LITTER + "; import time; time.sleep(60)"
    code = f"""
import sys
sys.path.insert(0, {str(HERE)!r})
from test_grading import job
from autograder.grading.engine.pool import Pool
pool = Pool(workers=2, preload=())
for _ in pool.run([job("answer = 3"), job({last!r})]):
    print(pool._server.process.pid, flush=True)
"""
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        server = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while traces(server, tmp_path) != NOTHING and time.monotonic() < deadline:
        time.sleep(0.05)
    assert traces(server, tmp_path) == NOTHING


# The filter, on the machine that this is not ---------------------------------------------------


def run_filter(code, number, *arguments, arch):
    """The verdict of a classic BPF program on a system call."""
    data = struct.pack("=IIQ6Q", number, arch, 0, *(arguments + (0,) * 6)[:6])
    at = accumulator = 0
    while True:
        kind, if_true, if_false, operand = struct.unpack_from("HBBI", code, at * 8)
        at += 1
        if kind == 0x20:
            (accumulator,) = struct.unpack_from("=I", data, operand)
        elif kind == 0x54:
            accumulator &= operand
        elif kind == 0x06:
            return operand
        else:
            holds = accumulator == operand if kind == 0x15 else accumulator >= operand
            at += if_true if holds else if_false


ALLOW, DENY, MISSING, KILL = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000


@pytest.mark.parametrize(
    ("machine", "arch", "socket_", "clone", "kill", "mount", "openat"),
    [("x86_64", 0xC000003E, 41, 56, 62, 165, 257), ("aarch64", 0xC00000B7, 198, 220, 129, 40, 56)],
)
def test_the_filter(machine, arch, socket_, clone, kill, mount, openat):
    def verdict(number, *arguments, arch=arch, **how):
        how = {"unix": False, "signals": True, "memfd": True, "pid": 7} | how
        return run_filter(seccomp.program(machine=machine, **how), number, *arguments, arch=arch)

    assert verdict(openat) == ALLOW
    assert verdict(openat, arch=0x40000003) == KILL  # 32-bit calls have other numbers
    assert verdict(mount) == DENY
    assert verdict(435) == MISSING  # clone3
    assert verdict(socket_, socket.AF_INET) == verdict(socket_, socket.AF_UNIX) == DENY
    assert verdict(socket_, socket.AF_UNIX, unix=True) == ALLOW
    assert verdict(socket_, socket.AF_NETLINK, unix=True) == DENY
    assert verdict(clone, 0x003D0F00) == ALLOW  # a thread
    for flag in (0x20000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000):
        assert verdict(clone, flag | 17) == DENY
    assert verdict(kill, 9) == ALLOW
    assert verdict(kill, 9, signals=False) == DENY
    assert verdict(kill, 7, 9, signals=False) == ALLOW
    assert verdict(kill, 1, 9, pid=1) == KILL
    assert verdict(kill, 1, 15, pid=1) == verdict(kill, 2, 9, pid=1) == ALLOW
    if machine == "x86_64":
        assert verdict(0x40000000 | openat) == DENY


@pytest.mark.parametrize(
    ("path", "column"),
    [
        ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", 0),
        ("/usr/include/asm-generic/unistd.h", 1),
    ],
)
def test_the_numbers_of_system_calls_are_the_kernels(path, column):
    if not Path(path).exists():
        pytest.skip("the kernel's headers are not installed")
    known = re.findall(r"#define __NR(?:3264)?_(\w+) (\d+)", Path(path).read_text())
    known = {name: int(number) for name, number in known}
    checked = [name for name in seccomp._DENIED if name in known]
    assert len(checked) > 40
    assert {n: known[n] for n in checked} == {n: seccomp._DENIED[n][column] for n in checked}


def test_an_unknown_machine_gets_no_filter_instead_of_a_wrong_one():
    with pytest.raises(OSError, match="no filter for riscv64"):
        seccomp.program(unix=True, signals=True, memfd=True, pid=1, machine="riscv64")
