"""Attacks gain nothing, end as an outcome, cost nobody else, and leave nothing behind."""

import os
import sys
import time
from pathlib import Path

import catalogue
import pytest
import submissions
from jobs import by_id, earned, made, printed

ATTACKS = {attack.name: attack for attack in submissions.ATTACKS}


def test_every_known_attack_is_accounted_for():
    assert list(catalogue.KNOWN) == list(range(1, 81))
    assert catalogue.tried().isdisjoint(catalogue.DOES_NOT_APPLY)
    assert catalogue.tried() | set(catalogue.DOES_NOT_APPLY) == set(catalogue.KNOWN)
    here = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    for name in catalogue.ELSEWHERE.values():
        assert f"def {name}(" in here


@pytest.mark.parametrize("name", ATTACKS)
def test_it_gains_nothing(results, name):
    done = by_id(results[name])["test"]
    assert earned(done) == 0
    outcomes = (
        ("unchecked",) if ATTACKS[name].unchecked else ("failed", "error", "timeout", "killed")
    )
    assert done["outcome"] in outcomes
    assert done["points"] == 0 or done["message"]["en"].strip()


@pytest.mark.parametrize("name", [name for name, attack in ATTACKS.items() if attack.rest])
def test_it_costs_the_rest_of_its_notebook_nothing(results, name):
    assert by_id(results[name])["honest"]["outcome"] == "passed"


@pytest.mark.parametrize("name", ATTACKS)
def test_it_ends_in_time_and_small(results, name):
    assert results[name]["seconds"] < 60
    for done in results[name]["cells"]:
        assert sum(len(str(output)) for output in done["outputs"]) < 6_000_000


def test_they_leave_nothing_behind(results, pool):
    server = pool._server.process.pid
    children = Path(f"/proc/{server}/task/{server}/children")
    deadline = time.monotonic() + 10
    while (children.read_text() or os.listdir(pool._scratch)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not children.read_text()
    assert not os.listdir(pool._scratch)


HONEST = {
    "function": (submissions.FUNCTION, submissions.SETUP, """
import sys, warnings
warnings.warn("mind the gap")
print("a note", file=sys.stderr)
def answer(x):
    warnings.warn("again")
    print("called", file=sys.stderr)
    return 2 * np.abs(x) + 1"""),
    "list": (submissions.FUNCTION, submissions.SETUP,
             "answer = lambda x: [2 * abs(float(v)) + 1 for v in x]"),
    "tensor": (submissions.FUNCTION, submissions.SETUP,
               "answer = lambda x: keras.ops.abs(keras.ops.convert_to_tensor(x)) * 2 + 1"),
    "array-subclass": (submissions.FUNCTION, submissions.SETUP, """
class Mine(np.ndarray): pass
answer = lambda x: (2 * np.abs(x) + 1).view(Mine)"""),
    "displayed": (submissions.NUMBER, submissions.SETUP,
                  "from IPython.display import display\nanswer = np.float32(3)\ndisplay(answer)"),
    "enum": (submissions.NUMBER, submissions.SETUP,
             "import enum\nclass E(enum.IntEnum):\n    THREE = 3\nanswer = E.THREE"),
}  # fmt: skip
_CELL = "\nx = keras.Input((None, None, 1))\nconv = layers.Conv2D(2, 3{0})\n{1}\n" + (
    "conv.built or conv.build((None, 8, 8, 1))\nconv.set_weights([KERNEL, BIAS])"
)
SPELLINGS = {
    "fused": (", activation='relu'", "answer = keras.Model(x, layers.MaxPooling2D(2)(conv(x)))"),
    "alias": ("", "answer = keras.Model(x, layers.ReLU()(layers.MaxPool2D((2, 2))(conv(x))))"),
    "activation-layer": (
        "", "answer = keras.Sequential([x, conv, layers.Activation('relu'), layers.MaxPool2D()])"),
    "operation-as-activation": (
        ", activation=keras.ops.relu", "answer = keras.Sequential([x, conv, layers.MaxPool2D()])"),
    "operation": ("", "answer = keras.Model(x, layers.MaxPool2D()(keras.ops.relu(conv(x))))"),
    "lambda": (", activation=lambda h: keras.ops.maximum(h, 0)",
               "answer = keras.Model(x, layers.MaxPool2D(2, strides=2, name='p')(conv(x)))"),
    "nested": ("", "tail = keras.Sequential([layers.ReLU(), layers.MaxPool2D()])\n"
                   "answer = keras.Sequential([x, conv, tail])"),
    "subclass": ("", """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.pool, self.bend, self.conv = layers.MaxPool2D(), layers.ReLU(), conv
    def call(self, x):
        return self.pool(self.bend(self.conv(x)))
answer = Net()"""),
    "unbuilt": ("", "answer = keras.Sequential([conv, layers.ReLU(), layers.MaxPool2D()])"),
    "function": ("", "import tensorflow as tf\n"
                     "answer = lambda x, training: tf.nn.max_pool2d(tf.nn.relu(conv(x)), 2, 2, 'VALID')"),
}  # fmt: skip
HONEST |= {
    f"cell-{name}": (submissions.CELL, submissions.KERAS, _CELL.format(*parts))
    for name, parts in SPELLINGS.items()
}
_NET = "\ndef answer():\n    {0}\n    net.compile('adam', 'mse')\n    return net"
HONEST |= {
    f"net-{name}": (submissions.NET, submissions.SETUP, _NET.format(source))
    for name, source in {
        "plain": "net = keras.Sequential([keras.Input((6,)), layers.Dense(8, 'relu'), layers.Dense(1)])",
        "unbuilt": "net = keras.Sequential([layers.Dense(8, 'tanh'), layers.Dense(1)])",
        "functional": "x = keras.Input((6,)); h = keras.ops.relu(layers.Dense(8)(x))\n"
        "    net = keras.Model(x, layers.Dense(1)(h))",
    }.items()
}  # fmt: skip


@pytest.fixture(scope="module")
def honest(pool):
    jobs = (made(a, test, id=name, setup=setup) for name, (test, setup, a) in HONEST.items())
    return {r["id"]: r for r in pool.run(jobs)}


@pytest.mark.parametrize("name", HONEST)
def test_the_same_checks_give_honest_answers_full_marks(honest, name):
    done = by_id(honest[name])["test"]
    assert (done["outcome"], done["points"]) == ("passed", None), done["message"]


# What a student's process can learn ------------------------------------------------------------


def run(pool, *args, **kwargs):
    (result,) = pool.run([made(*args, **kwargs)])
    return result


def test_test_cells_never_enter_the_students_process(pool):
    half = "hidden-parts-of-"
    look = f"""
import gc, linecache, os
answer = 3
word = ({half!r} + "the-test")
found = [kind for kind, text in {{
    "In": str(In), "linecache": str(linecache.cache), "environ": str(os.environ),
    "objects": str([o for o in gc.get_objects() if isinstance(o, (list, dict, tuple))
                    and word in str(o)[:10**6]][:1]).replace(word, "", 3),
}}.items() if word in text]
def in_memory():
    needle = word.encode()
    count = 0
    for line in open("/proc/self/maps"):
        span, mode, *_, = line.split()
        if not mode.startswith("rw") or "[v" in line: continue
        start, end = (int(n, 16) for n in span.split("-"))
        try:
            os.lseek(memory, start, 0)
            while start < end:
                chunk = os.read(memory, min(end - start, 1 << 24))
                if not chunk: break
                count += chunk.count(b"SECRET=" + needle)
                start += len(chunk)
        except OSError: continue
    return count
try:
    memory = os.open("/proc/self/mem", os.O_RDONLY)
    print("in memory:", in_memory())
except OSError as error:
    print("no memory to read")
print("found:", found)
"""
    test = f"# SECRET={half}the-test\nwith task('t'):\n    checks.numbers(answer, 3)"
    result = by_id(run(pool, look, test))
    assert result["test"]["outcome"] == "passed"
    said = printed(result["answer"])
    assert "found: []" in said
    assert "in memory: 0" in said or "no memory to read" in said


def test_there_is_no_kernel(pool):
    source = """
import glob, os
print(getattr(get_ipython(), "kernel", None), "ipykernel" in __import__("sys").modules)
print([p for d in (os.environ["IPYTHONDIR"], os.environ["HOME"], "/tmp")
       for p in glob.glob(d + "/**/kernel-*.json", recursive=True)])
answer = 3"""
    assert printed(by_id(run(pool, source, submissions.NUMBER))["answer"]) == "None False\n[]\n"


def test_no_secrets_in_the_environment(pool, monkeypatch):
    monkeypatch.setenv("FOOTGUNS_TOKEN", "tell-nobody")
    source = """
import os, sys
print(dict(os.environ), sys.argv)
for name in ("environ", "cmdline"):
    try: print(open(f"/proc/{os.getppid()}/{name}").read(), open(f"/proc/self/{name}").read())
    except OSError: pass
answer = 3"""
    said = printed(by_id(run(pool, source, submissions.NUMBER))["answer"])
    assert "NBGRADER_EXECUTION" in said
    assert "tell-nobody" not in said


def test_files_are_isolated(pool, tmp_path):
    private = tmp_path / "gradebook.db"
    private.write_text("marks of others")
    private.chmod(0o666)
    checkout = Path(__file__).parents[2]
    paths = [str(private), str(checkout / "course/units/03-order/order.py"), __file__]
    source = f"""
for path in {paths!r}:
    for mode in ("r", "r+"):
        try: print("got", open(path, mode).read()[:40])
        except OSError: pass
import glob
print("units", glob.glob({str(checkout / "course/units/*/*")!r}))
answer = 3"""
    result = run(pool, source, submissions.NUMBER)
    if not result["isolation"]["files"]:
        pytest.skip("this host isolates no files")
    assert printed(by_id(result)["answer"]) == "units []\n"


def test_the_network_is_isolated(pool):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        source = f"""
import socket
for address in (("127.0.0.1", {server.getsockname()[1]}), ("169.254.169.254", 80), ("1.1.1.1", 53)):
    try: print("got", socket.create_connection(address, 1))
    except OSError: pass
answer = 3"""
        result = run(pool, source, submissions.NUMBER)
    if not result["isolation"]["network"]:
        pytest.skip("this host isolates no network")
    assert printed(by_id(result)["answer"]) == ""


def test_nothing_persists_into_the_next_job(pool):
    write = """
import os
places = [os.environ["IPYTHONDIR"] + "/profile_default/startup", os.environ["HOME"] + "/.keras",
          os.environ["HOME"], os.environ["TMPDIR"], "."]
for place in places:
    try:
        os.makedirs(place, exist_ok=True)
        for name in ("sitecustomize.py", "keras.json", "left-behind"):
            open(os.path.join(place, name), "w").write("raise SystemExit")
    except OSError: pass
try: open(keras.__file__, "a")
except OSError: print("packages are read-only")
answer = 3"""
    look = """
import os
found = [os.path.join(d, f) for p in (".", os.environ["HOME"], os.environ["TMPDIR"], os.environ["IPYTHONDIR"])
         for d, _, files in os.walk(p) for f in files]
print("found", [f for f in found if f.endswith(("left-behind", "sitecustomize.py", "keras.json"))])
answer = 3"""
    first = run(pool, write, submissions.NUMBER)
    if first["isolation"]["files"]:
        assert "packages are read-only" in printed(by_id(first)["answer"])
    assert printed(by_id(run(pool, look, submissions.NUMBER))["answer"]) == "found []\n"


@pytest.mark.parametrize("again", ["nowhere_bound", "os._exit(1)"])
def test_a_notebook_that_runs_again_has_no_second_guess(pool, again):
    """The first run leaves a note; the second would answer something else."""
    source = """
import glob, os, sys
places = [".", os.environ["HOME"], os.environ["TMPDIR"], "/tmp", "/dev/shm"]
known = [p for p in places if os.path.exists(os.path.join(p, "guessed-once"))]
answer = 3 if known else 4
"""
    leave = """
for place in places:
    try: open(os.path.join(place, "guessed-once"), "w").close()
    except OSError: pass
"""
    work = made(source, submissions.NUMBER)
    work["cells"].insert(1, {**work["cells"][0], "id": "shown", "kind": "code", "source": "shown = 1",
                             "demonstration": True})  # fmt: skip
    work["cells"].append({**work["cells"][1], "id": "last", "source": leave + again})
    work["cells"][-1].pop("demonstration")
    (result,) = pool.run([work])
    if not result["isolation"]["files"]:
        pytest.skip("this host isolates no files")
    assert by_id(result)["shown"]["outcome"] == ("ran" if again == "nowhere_bound" else "skipped")
    assert earned(by_id(result)["test"]) == 0


def test_the_students_process_does_not_learn_its_verdicts(pool):
    """It would know what to answer if it made the notebook run again."""
    spy = """
from autograder.exhibits import remote
said = []
serve = remote.Holder.serve
def spying(self, during):
    found = serve(self, during)
    said.append(found)
    return found
remote.Holder.serve = spying
answer = {}"""
    heard = []
    for value in (3, 4):
        work = made(spy.format(value), submissions.NUMBER)
        work["cells"].append({**work["cells"][1], "id": "tell", "source": "print(said)"})
        (result,) = pool.run([work])
        heard.append(printed(by_id(result)["tell"]))
    assert heard[0] == heard[1] != ""


# Real tasks of the course ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "return np.ones((1, 1, 1, 1))",
        "return np.abs(np.random.default_rng(seed).normal(size=(2, 2 * pool, 2 * pool, 2)))",
        "return np.zeros((0, pool, pool, 1))",
        "return np.full((1, pool, pool, 1), np.nan)",
        "return np.full((1, 9, 9, 1), 1e30)",
        "return np.zeros((100, 11, 11, 1))",
    ],
)
def test_inputs_without_power_are_refused(pool, source):
    from autograder.building.masters import units
    from autograder.health.proofs import _single

    (order,) = [u for u in units() if u.slug == "order"]
    cells = _single(order, order.tasks["blind-test"], f"def probe(seed, pool):\n    {source}")
    (result,) = pool.run([{"cells": cells, "seed": 1}])
    assert result["cells"][-1]["outcome"] == "failed"


@pytest.mark.skipif(sys.platform != "linux", reason="descriptors are listed in /proc")
def test_only_its_own_descriptors_are_open(pool):
    """Two streams, two sockets: nothing of the server's, the judge's or other jobs'."""
    source = """
import os
print(sorted(os.readlink(f"/proc/self/fd/{n}").split(":")[0] for n in os.listdir("/proc/self/fd")
             if os.path.islink(f"/proc/self/fd/{n}")))
answer = 3"""
    said = eval(printed(by_id(run(pool, source, submissions.NUMBER))["answer"]))
    assert said.count("socket") == 2
    assert {name for name in said if name not in ("socket", "/dev/null")} <= {
        "/memfd",
        "/proc/self/fd",
    }
