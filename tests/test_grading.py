"""The warm pool: how cells run in a fork, what is kept of them, and what a bad cell costs."""

import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autograder.grading.engine import results, wire
from autograder.grading.engine.host import scrubbed
from autograder.grading.engine.pool import Pool
from autograder.grading.engine.preload import ALWAYS, PRELOAD

SETUP = """\
from autograder.errors import CheckFailed, CouldNotCheck
from autograder.messages import msg
LIMIT = 3
def expect(found, wanted):
    if found != wanted:
        raise CheckFailed(msg("Expected {wanted}. Received {found}.", wanted=wanted, found=found))
"""


def cell(kind, source, id=None, task="t", exhibits=("answer",), points=2):
    return {
        "id": id or kind, "kind": kind, "source": source, "task": task,
        "exhibits": list(exhibits), "points": points,
    }  # fmt: skip


def job(answer, test="expect(answer, LIMIT)", *more, id=None, **limits):
    cells = [cell("setup", SETUP, task=None), cell("answer", answer), *more, cell("test", test)]
    return {"id": id, "cells": cells, "limits": {"cell": 1.0, "notebook": 20, **limits}}


@pytest.fixture(scope="module")
def pool():
    with Pool(workers=2, preload=()) as pool:
        yield pool


@pytest.fixture
def run(pool):
    def run(*args, **kwargs):
        (result,) = pool.run([job(*args, **kwargs)])
        return {c["id"]: c for c in result["cells"]} | {"result": result}

    return run


def text_of(cell, name="stdout"):
    return "".join(o["text"] for o in cell["outputs"] if o.get("name") == name)


# Verdicts --------------------------------------------------------------------------------------


def test_right_and_wrong(run):
    right = run("answer = 3")["test"]
    assert (right["outcome"], right["message"], right["points"]) == ("passed", None, None)
    wrong = run("answer = 4")["test"]
    assert wrong["outcome"] == "failed"
    assert wrong["message"]["en"] == "Expected 3. Received 4."
    assert set(wrong["message"]) == {"en", "ru"}


def test_a_deleted_answer_is_missing(run):
    cells = run(None)
    assert cells["answer"]["outcome"] == cells["test"]["outcome"] == "missing"
    assert "The answer cell is missing." in cells["test"]["message"]["en"]


def test_a_syntax_error_costs_its_cell_only(run):
    cells = run("answer = (", "expect(1, 1)", cell("code", "print('on')", id="more"))
    assert cells["answer"]["outcome"] == "error"
    assert text_of(cells["more"]) == "on\n"
    assert cells["test"]["outcome"] == "passed"


def test_an_answer_that_stopped_says_with_what(run):
    test = run("raise ValueError('too few')", "expect(answer, 3)")["test"]
    assert test["outcome"] == "error"
    assert test["message"]["en"].endswith("The answer cell stopped with: ValueError: too few")


def test_our_own_failure_is_no_verdict(run):
    test = run("answer = 3", "raise CouldNotCheck(msg('no data'))")["test"]
    assert (test["outcome"], test["message"]["en"]) == ("unchecked", "no data")


def test_a_broken_setup_is_our_own_failure(pool):
    broken = job("answer = 4")
    broken["cells"].insert(1, cell("setup", "1 / 0", id="setup-2", task=None))
    (result,) = pool.run([broken])
    assert result["cells"][-1]["outcome"] == "unchecked"


@pytest.mark.parametrize(
    ("last", "outcome", "points"),
    [
        ("1.5", "passed", 1.5),
        ("0", "failed", 0.0),
        ("2", "passed", None),
        ("float('nan')", "unchecked", None),
        ("-1", "unchecked", None),
        ("99", "unchecked", None),
        ("'word'", "passed", None),
        ("True", "passed", None),
        ("1.5;", "passed", None),
    ],
)
def test_a_number_at_the_end_is_partial_credit(run, last, outcome, points):
    test = run("answer = 3", f"expect(answer, 3)\n{last}")["test"]
    assert (test["outcome"], test["points"]) == (outcome, points)


# What a test cell sees -------------------------------------------------------------------------


def test_a_test_reads_setup_and_exhibits_only(run):
    assert run("answer = 3\nother = 1", "other")["test"]["outcome"] == "failed"
    rebound = run("answer = 4\nLIMIT = 4\nexpect = print")["test"]
    assert rebound["message"]["en"] == "Expected 3. Received 4."


def test_an_exhibit_comes_from_the_student_even_where_setup_bound_it(pool):
    work = job("answer = 4", "expect(answer, 3)")
    work["cells"][0]["source"] += "answer = 3\n"
    assert next(pool.run([work]))["cells"][-1]["outcome"] == "failed"
    work = job("del answer", "expect(answer, 3)")
    work["cells"][0]["source"] += "answer = 3\n"
    assert "NameError" in next(pool.run([work]))["cells"][-1]["message"]["en"]


def test_what_a_student_does_to_setup_data_does_not_reach_the_judge(pool):
    setup = cell("setup", SETUP + "\nROWS = [1, 2]", task=None)
    answer = cell("answer", "ROWS.clear()\nanswer = len(ROWS)")
    test = cell("test", "expect(len(ROWS), 2)\nexpect(answer, 0)")
    (result,) = pool.run([{"cells": [setup, answer, test]}])
    assert result["cells"][-1]["outcome"] == "passed"


def test_names_of_a_test_do_not_leak(run):
    cells = run("answer = 3", "secret = 1", cell("test", "expect(answer, 3)", id="test-1"))
    assert cells["test-1"]["outcome"] == "passed"
    more = [cell("test", "secret = 1", id="test-1"), cell("code", "secret", id="peek")]
    cells = run("answer = 3", "secret", *more)
    assert cells["peek"]["outcome"] == "error"
    assert cells["test"]["outcome"] == "failed"


@pytest.mark.parametrize(
    "patch",
    [
        "ip = get_ipython(); type(ip).run_cell = lambda *a, **k: None",
        "get_ipython().showtraceback = lambda *a, **k: None",
        "import ast\nclass D(ast.NodeTransformer):\n"
        "    visit_Raise = visit_Assert = lambda s, n: ast.Pass()\n"
        "get_ipython().ast_transformers.append(D())",
        "get_ipython().input_transformers_post.append(lambda lines: ['pass'])",
        "import builtins; builtins.isinstance = lambda *a: True",
        "import sys; sys.stdout = sys.stderr = None",
        "import sys, types; sys.modules['autograder.errors'] = types.SimpleNamespace()",
    ],
)
def test_changing_the_shell_changes_no_verdict(run, patch):
    assert run(f"answer = 4\n{patch}")["test"]["message"]["en"] == "Expected 3. Received 4."


# Outputs ---------------------------------------------------------------------------------------


def test_everything_that_is_printed_is_kept(run):
    source = """\
import os, sys
print("out")
print("err", file=sys.stderr)
os.write(1, b"raw out\\n")
os.write(2, b"raw err\\n")
os.system("echo from a child")
sys.stdout.buffer.write(b"bytes\\n")
answer = 3
answer"""
    cells = run(source)
    out = text_of(cells["answer"])
    assert set(out.splitlines()) == {"out", "raw out", "from a child", "bytes"}
    assert set(text_of(cells["answer"], "stderr").splitlines()) == {"err", "raw err"}
    (value,) = [o for o in cells["answer"]["outputs"] if o["output_type"] == "execute_result"]
    assert value["data"] == {"text/plain": "3"}
    assert cells["test"]["outputs"] == []


def test_stderr_in_a_test_cell_is_no_failure(run):
    test = run("answer = 3", "import sys\nprint('note', file=sys.stderr)\nexpect(answer, 3)")[
        "test"
    ]
    assert test["outcome"] == "passed"
    assert [o["name"] for o in test["outputs"]] == ["stdout"]


def test_displays_and_widgets(run):
    source = """\
from IPython.display import HTML, display
import ipywidgets
display(HTML("<b>bold</b>"))
with ipywidgets.Output():
    print("inside")
ipywidgets.IntSlider()"""
    html, *_, slider = [o for o in run(source)["answer"]["outputs"] if "data" in o]
    assert html["data"]["text/html"] == "<b>bold</b>"
    assert "application/vnd.jupyter.widget-view+json" in slider["data"]


def test_figures_are_pictures(run):
    source = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
    cells = run(source, cell=20)
    pictures = [o for o in cells["answer"]["outputs"] if "image/png" in o.get("data", {})]
    assert len(pictures) <= 1  # drawn once, or not at all without a warm matplotlib
    assert cells["answer"]["outcome"] == "ran"


def test_a_flood_is_cut(run):
    cells = run("print('x' * 50_000_000)\nanswer = 3")
    assert len(text_of(cells["answer"])) < 1_100_000
    assert "The rest of the output is left out." in text_of(cells["answer"])
    assert cells["test"]["outcome"] == "passed"


def test_a_folder_called_like_a_file_of_the_course_stops_nobody(pool, tmp_path):
    ours, theirs = tmp_path / "course", tmp_path / "student"
    (ours / "tables").mkdir(parents=True)
    (ours / "helper.txt").write_text("ours")
    (ours / "tables" / "a.txt").write_text("a")
    (theirs / "helper.txt").mkdir(parents=True)
    (theirs / "helper.txt" / "inside").write_text("theirs")
    (theirs / "tables").write_text("a file")
    answer = "answer = open('helper.txt').read() + open('tables/a.txt').read()"
    work = job(answer, "expect(answer, 'oursa')")
    (result,) = pool.run([work | {"files": [str(theirs), str(ours)]}])
    assert [cell["outcome"] for cell in result["cells"]][-1] == "passed"


def test_files_beside_the_notebook(pool, tmp_path):
    (tmp_path / "mine.py").write_text("VALUE = 3\n")
    (tmp_path / "other.ipynb").write_text("{}")
    (tmp_path / "link").symlink_to("/etc/passwd")
    work = job("import os, mine\nanswer = mine.VALUE\nprint(sorted(os.listdir()))")
    (result,) = pool.run([work | {"files": [str(tmp_path)]}])
    assert result["cells"][-1]["outcome"] == "passed"
    assert "link" not in text_of(result["cells"][1])
    assert "ipynb" not in text_of(result["cells"][1])


# Cells that hang or die ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "outcome", "said"),
    [
        ("while True: pass", "timeout", "Ran longer"),
        ("import time; time.sleep(60)", "timeout", "Ran longer"),
        ("import os; os._exit(0)", "killed", "ended the process (exit code 0)"),
        ("import ctypes; ctypes.string_at(0)", "killed", "SIGSEGV"),
        ("raise SystemExit", "error", "SystemExit"),
        ("raise KeyboardInterrupt", "error", "KeyboardInterrupt"),
        ("class E(BaseException): pass\nraise E", "error", "E"),
        ("x = bytearray(10**11)", "error", "MemoryError"),
        ("def f(): f()\nf()", "error", "RecursionError"),
    ],
)
def test_a_bad_cell_costs_itself_only(run, source, outcome, said):
    good = [cell("answer", "other = 1", id="good", task="u")]
    good += [cell("test", "expect(other, 1)", id="good-test", task="u", exhibits=["other"])]
    cells = run(source, "expect(answer, 3)", *good, cell=1 if outcome == "timeout" else 10)
    assert (cells["answer"]["outcome"], cells["test"]["outcome"]) == (outcome, outcome)
    assert said in cells["test"]["message"]["en"]
    assert cells["good-test"]["outcome"] == "passed"


def test_a_loop_that_swallows_interrupts_is_killed(run):
    source = "import time\nwhile True:\n  try: time.sleep(60)\n  except BaseException: pass"
    cells = run(source, "expect(1, 1)")
    assert cells["answer"]["outcome"] == "timeout"
    assert cells["result"]["replays"] == 1
    assert cells["test"]["outcome"] == "passed"


def test_a_function_that_hangs_in_one_test(run):
    hang = cell("test", "answer(0)", id="hang")
    cells = run("def answer(n):\n    while not n: pass", "expect(answer(1), None)", hang)
    assert cells["hang"]["outcome"] == "timeout"
    assert cells["test"]["outcome"] == "passed"


def test_replays_are_bounded(run):
    deaths = [cell("code", "import os; os._exit(1)", id=f"death-{n}") for n in range(4)]
    cells = run("answer = 3", "expect(answer, 3)", *deaths)
    assert cells["result"]["replays"] == 2
    assert cells["test"]["outcome"] == "killed"
    assert "exit code 1" in cells["result"]["reason"]["en"]


def test_test_cells_are_judged_once(run):
    test = cell("test", "open('count', 'a').write('x')", id="counted")
    death = cell("code", "import os; os._exit(1)", id="death")
    cells = run("answer = 3", "expect(open('count').read(), 'x')", test, death)
    assert cells["result"]["replays"] == 1
    assert cells["test"]["outcome"] == "passed"


@pytest.mark.parametrize("megabytes, kept", [(1, True), (64, False)])
def test_a_judge_that_has_taken_much_memory_makes_room_for_a_fresh_one(run, megabytes, kept):
    take = f"import sys; sys.taken = b'x' * ({megabytes} << 20); expect(answer, LIMIT)"
    look = f"import sys; expect(hasattr(sys, 'taken'), {kept}); expect(answer, LIMIT)"
    cells = run("answer = 3", look, cell("test", take, id="greedy"))
    assert cells["greedy"]["outcome"] == cells["test"]["outcome"] == "passed"
    assert cells["result"]["replays"] == 0


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize(
    "until, after",
    [(None, "failed"), ("", "skipped"), ("Received 4", "skipped"), ("Received 5", "failed")],
)
def test_a_run_ends_with_the_message_that_it_waits_for(pool, inside, until, after):
    first = cell("test", "expect(answer, LIMIT)", id="first")
    posed = job("answer = 4", "expect(1, 2)", first) | {"until": until, "inside": inside}
    (result,) = pool.run([posed])
    outcomes = {c["id"]: c["outcome"] for c in result["cells"]}
    assert outcomes == {"setup": "ran", "answer": "ran", "first": "failed", "test": after}


def test_a_judge_that_dies_says_of_what(run):
    cells = run("answer = 3", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    assert cells["test"]["outcome"] == "killed"
    assert "SIGSEGV" in cells["test"]["message"]["en"]


def demonstrating(answer, source="shown = 3"):
    made = job(answer)
    shown = cell("code", source, id="shown", task=None) | {"demonstration": True}
    return {**made, "cells": [made["cells"][0], shown, *made["cells"][1:]]}


@pytest.mark.parametrize(
    ("answer", "outcome", "demonstration"),
    [
        ("answer = 3", "passed", "skipped"),
        ("answer = shown", "passed", "ran"),  # needs what the demonstration binds
        ("answer = 4", "failed", "skipped"),
        ("answer = nowhere", "error", "ran"),
    ],
)
def test_demonstrations_run_when_a_student_needs_them(pool, answer, outcome, demonstration):
    (result,) = pool.run([demonstrating(answer)])
    cells = {c["id"]: c["outcome"] for c in result["cells"]}
    assert (cells["test"], cells["shown"]) == (outcome, demonstration)
    assert result["replays"] == 0


def test_the_notebooks_own_limit(run):
    sleeps = [cell("code", "import time; time.sleep(.8)", id=f"nap-{n}") for n in range(4)]
    cells = run("answer = 3", "expect(answer, 3)", *sleeps, notebook=2)
    assert cells["test"]["outcome"] in ("killed", "timeout")
    assert "2 seconds" in cells["result"]["reason"]["en"]


def test_shared_memory_counts_too(run):
    source = "import mmap\nm = mmap.mmap(-1, 10**9)\nwhile m.write(b'x' * 10**6): pass"
    cells = run(source, "expect(1, 1)", memory=200, cell=20)
    assert cells["answer"]["outcome"] == "killed"
    assert "memory" in cells["answer"]["message"]["en"]


def test_nothing_is_left_behind(run):
    cells = run(
        "import subprocess, os\n"
        "a = subprocess.Popen(['sleep', '77.125'])\n"
        "b = subprocess.Popen(['sleep', '77.125'], start_new_session=True)\n"
        "print(a.poll(), b.poll(), os.getcwd())\nanswer = 3"
    )
    *ends, folder = text_of(cells["answer"]).split()
    assert ends == ["None", "None"]
    deadline = time.monotonic() + 3
    while _sleepers() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _sleepers()
    assert not Path(folder).exists()


def _sleepers():
    found = subprocess.run(["pgrep", "-f", "sleep 77.125"], capture_output=True, check=False)
    return found.stdout.split()


def test_a_job_cannot_kill_the_server(pool):
    pool.start()
    server = pool._server.process.pid
    murder = "import os, signal\nfor pid in (os.getppid(), {}):\n    try: os.kill(pid or -1, 9)\n"
    murder = murder.format(server) + "    except OSError: pass\nanswer = 3"
    for result in pool.run([job(murder), job("answer = 3")]):
        assert result["cells"][-1]["outcome"] == "passed"
    assert pool._server.process.pid == server
    assert pool._server.process.poll() is None


def test_killing_the_server_harms_nobody(pool):
    slow = [job("import time; time.sleep(.5); answer = 3", id=n) for n in range(3)]
    results = pool.run([job("answer = 3"), *slow])
    assert next(results)["cells"][-1]["outcome"] == "passed"
    pool._server.process.kill()
    assert [r["cells"][-1]["outcome"] for r in results] == ["passed"] * 3


def test_forged_frames_are_refused(run):
    forged = """\
import os, socket
for fd in range(3, 64):
    try:
        socket.socket(fileno=os.dup(fd)).sendall(b"\\x7f\\xff\\xff\\xff")
    except OSError:
        pass
import time; time.sleep(5)"""
    cells = run(forged, "expect(1, 1)")
    assert cells["answer"]["outcome"] == "killed"
    assert cells["test"]["outcome"] == "passed"


def test_outcomes_that_are_none_are_refused(run):
    forged = """\
import gc
notebook = next(o for o in gc.get_objects() if type(o).__name__ == "Notebook")
notebook.emit({"event": "cell", "cell": 1, "outcome": [], "outputs": 5})
answer = 3"""
    cells = run(forged)
    assert (cells["answer"]["outcome"], cells["answer"]["outputs"]) == ("error", [])
    assert cells["test"]["outcome"] == "passed"


SAID = {"outcome": "passed", "message": {"en": "a", "ru": "б"}, "points": 1, "seconds": 1.5}


@pytest.mark.parametrize(
    "said, found",
    [
        ({}, {"outcome": "passed", "points": 1, "seconds": 1.5}),
        ({"outcome": "killed"}, {"outcome": "error"}),
        ({"outcome": ["passed"]}, {"outcome": "error"}),
        ({"points": 3}, {"points": None}),
        ({"points": True}, {"points": None}),
        ({"points": float("nan")}, {"points": None}),
        ({"message": {"en": 5}}, {"message": None}),
        ({"message": {"en": "x" * 9000}}, {"message": {"en": "x" * 8000, "ru": ""}}),
        ({"seconds": -1.0}, {"seconds": 0.0}),
        ({"seconds": "1"}, {"seconds": 0.0}),
        ({"outputs": [{"output_type": "stream", "name": "stdout"}]}, {"outputs": []}),
    ],
)
def test_only_what_a_cell_can_come_to_is_taken_over(said, found):
    result = results.said_by_fork(SAID | said, cell("test", "x"))
    assert {name: result[name] for name in found} == found
    assert (result["id"], result["kind"], result["task"]) == ("test", "test", "t")


def test_another_machine_may_say_that_a_cell_was_killed_or_not_needed():
    for kind, outcome, found in [
        ("test", "killed", "killed"), ("test", "skipped", "error"), ("answer", "missing", "missing"),
        ("code", "skipped", "skipped"), ("code", "passed", "error"),
    ]:  # fmt: skip
        said = {"outcome": outcome}
        assert results.said_by_worker(said, cell(kind, "x"))["outcome"] == found


# The pool itself -------------------------------------------------------------------------------


def test_jobs_are_taken_as_workers_are_free(pool):
    taken = []

    def jobs():
        for n in range(6):
            taken.append(n)
            yield job("answer = 3", id=n)

    results = pool.run(jobs())
    next(results)
    assert len(taken) <= 4
    assert {r["id"] for r in results} | {0, 1} == set(range(6))


def test_no_jobs_start_no_server():
    pool = Pool(workers=1, preload=())
    assert list(pool.run([])) == []
    assert pool._server is None


def test_the_warm_process_is_warm_and_single_threaded():
    with Pool(workers=1, preload=("numpy", "no_such_module")) as pool:
        pool.start()
        assert list(pool.missing) == ["no_such_module"]
        assert pool.notes == []
        (result,) = pool.run([job("import sys\nanswer = 3\nprint('numpy' in sys.modules)")])
    assert text_of(result["cells"][1]) == "True\n"


def test_what_is_imported_beforehand_is_there():
    from autograder.kernels import warm

    for name in {*ALWAYS, *PRELOAD, *warm.PRELOAD}:
        assert importlib.util.find_spec(name), name


def test_a_pool_that_is_closed_before_its_run_is():
    with Pool(workers=1, preload=()) as pool:
        run = pool.run([job("answer = 3", id=n) for n in range(2)])
        next(run)
    run.close()


def test_the_same_seed_gives_the_same_numbers(pool):
    draw = job("import random\nanswer = 3\nprint(random.random())")
    printed = [text_of(r["cells"][1]) for r in pool.run([draw | {"seed": s} for s in (5, 5, 6)])]
    assert len(set(printed)) == 2


def test_the_environment_is_scrubbed(run, monkeypatch):
    assert "SECRET" not in scrubbed({"SECRET": "x", "PATH": "p", "AWS_KEY": "y"})
    assert scrubbed({"PATH": "p"})["OPENBLAS_NUM_THREADS"] == "1"
    assert scrubbed({}, thrifty=False).items() < scrubbed({}).items()
    assert scrubbed({"KERAS_HOME": "k", "FOOTGUNS_CACHE": "f"}).items() >= {
        ("KERAS_HOME", "k"), ("FOOTGUNS_CACHE", "f"),
    }  # fmt: skip
    names = text_of(run("import os\nprint(sorted(os.environ))\nanswer = 3")["answer"])
    assert "PYTEST" not in names
    assert "NBGRADER_EXECUTION" in names


def test_notebooks_look_for_keras_data_where_this_machine_has_it(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with Pool(workers=1, preload=()) as pool:
        (result,) = pool.run([job("import os\nprint(os.environ['KERAS_HOME'])\nanswer = 3")])
        assert str(tmp_path / "datasets") in pool.host.read
    assert text_of(result["cells"][1]) == f"{tmp_path}\n"


def test_the_coordinator_imports_no_tensorflow():
    code = "import sys, autograder.grading.engine.pool as w; print({'numpy', 'tensorflow'} & {*sys.modules})"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout == "set()\n"


def test_a_dead_coordinator_takes_everything_with_it():
    code = """
from autograder.grading.engine.pool import Pool
from autograder.grading.engine.preload import ALWAYS, PRELOAD
import sys
cell = {"id": "a", "kind": "answer", "task": None, "exhibits": [], "points": 0}
cell["source"] = "import time\\nprint(1)\\ntime.sleep(60)"
pool = Pool(workers=1, preload=())
pool.start()
print(pool._server.process.pid, pool._scratch, flush=True)
list(pool.run([{"cells": [cell]}]))
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    pid, scratch = process.stdout.readline().split()
    children = Path(f"/proc/{pid}/task/{pid}/children")
    deadline = time.monotonic() + 10
    while not children.read_text() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
    process.wait()
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text()
    assert not os.path.exists(scratch)


def test_frames():
    reader = wire.Reader()
    assert list(reader.feed(b'\0\0\0\x07{"a"')) == []
    assert list(reader.feed(b":1}\0\0\0\x02{}")) == [{"a": 1}, {}]
    for bad in (b"\0\0\0\x01x", b"\0\0\0\x021,", b"\0\0\0\x0212", b"\xff\xff\xff\xff"):
        with pytest.raises(wire.Garbled):
            list(wire.Reader().feed(bad))
    before = wire.Reader().feed(b"\0\0\0\x02{}\xff\xff\xff\xff")
    assert next(before) == {}  # what came before the garbage counts


def test_large_pages_change_nothing_but_their_size():
    code = (
        "import mmap, re\n"
        "from autograder.grading.engine.pages import enlarge\n"
        "kept = mmap.mmap(-1, 16 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)\n"
        "kept[:] = bytes(range(256)) * (1 << 16)\n"
        "done = enlarge()\n"
        "assert kept[:] == bytes(range(256)) * (1 << 16)\n"
        "held = re.search(r'AnonHugePages:\\s+(\\d+)', open('/proc/self/smaps_rollup').read())\n"
        "print(done >> 10, held[1])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    asked, held = map(int, out.stdout.split())
    assert asked == held == 0 or held >= asked >= 10 << 10  # or a kernel that has no such pages
