"""Students who talk to the coordinator and to the judge themselves: the fork holds both sockets."""

import keras
import pytest
import submissions
from jobs import by_id, cell, earned, made
from wire_tricks import TALK

from autograder.errors import CouldNotCheck
from autograder.exhibits.receiving import Receiver
from autograder.grading.engine import wire

HANGS = "\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\n"
TRICKS = {
    # events for the coordinator
    "verdict-forged": "emit({'event': 'cell', 'cell': 2, 'outcome': 'passed', 'seconds': 0.0,"
    " 'outputs': [], 'points': 2})",
    "verdict-forged-while-judged": "emit({'event': 'start', 'cell': 2})\n"
    "emit({'event': 'cell', 'cell': 2, 'outcome': 'passed', 'seconds': 0.0, 'outputs': []})\n"
    "emit({'event': 'released', 'cell': 2})",
    "finished-early": "emit({'event': 'done'})",
    "entered-again": "emit({'event': 'entered', 'isolation': {}})\n"
    "emit({'event': 'refused', 'why': {'en': 'x', 'ru': 'x'}})",
    "cells-that-are-none": "for i in (-1, 99, None, 'x', [], 1.5, True, 10**400):\n"
    "    for kind in ('start', 'cell', 'released'): emit({'event': kind, 'cell': i})",
    "no-json": "coordinator.sendall(struct.pack('>I', 3) + b'}{}')",
    "deep-json": "coordinator.sendall(struct.pack('>I', 10**5) + b'[' * 10**5)",
    "no-frame": "coordinator.sendall(b'\\xff' * 100)",
    "slow-frame": "coordinator.sendall(struct.pack('>I', 1000))",
    "closed": "coordinator.close(); judge.close()",
    # parcels for the judge
    "not-an-offer": "parcel([1, 2, 3])",
    "offer-without-a-frame": "parcel({'value': {'op': 'offer', 'cell': 2, 'exhibits': 3}})",
    "offer-of-no-cell": "offer(3, 99)",
    "offer-of-what-is-no-number": "offer(3, [])",
    "offer-of-no-test": "offer(3, 0)",
    "offer-twice": "offer(4); offer(3)",
    "answers-to-no-question": "for i in range(1000):\n"
    "    parcel({'live': {}, 'value': {'op': 'answer', 'seq': i, 'value': 3, 'changed': []}})",
    "nonsense-in-an-offer": "offer({'k': 'same', 'n': 7})",
    "deep-offer": "d = 3\nfor n in range(300): d = {'k': 'list', 'n': n, 'v': [d]}\noffer(d)",
    "list-in-itself": "offer({'k': 'list', 'n': 1, 'v': [{'k': 'same', 'n': 1}]})",
    "array-of-negative-size": "parcel({'live': {}, 'value': {'op': 'offer', 'cell': 2}},"
    " [['float32', [-1]]])",
    "array-of-endless-size": "parcel({'live': {}, 'value': {'op': 'offer', 'cell': 2}},"
    " [['float32', [0, 10**30]]])",
    "array-that-is-missing": "parcel({'live': {}, 'value': {'op': 'offer', 'cell': 2}},"
    " [['float64', [10**7]]])",
    "number-of-millions-of-digits": "offer({'k': 'int', 'v': 'f' * 10**7})",
    "parcel-cut-off": "judge.sendall(struct.pack('>QQ', 1000, 5) + b'x')",
    "parcel-of-exabytes": "judge.sendall(struct.pack('>QQ', 1 << 62, 1 << 62))",
    "parcel-that-drips": """
def drip():
    judge.sendall(struct.pack('>QQ', 10**6, 0))
    while True:
        judge.sendall(b' ')
        time.sleep(.01)
threading.Thread(target=drip, daemon=True).start()""",
}  # fmt: skip
FLOOD = """
def later():
    time.sleep(.1)
    offer(3, 99)  # the judge ends
threading.Thread(target=later, daemon=True).start()
frames = (struct.pack('>I', 2) + b'{}') * 40_000
while True: coordinator.sendall(frames)
"""


def job(trick, answer="answer = 4", **more):
    return made(TALK + answer + "\n" + trick, submissions.NUMBER, **more)


@pytest.fixture(scope="module")
def tricked(pool):
    jobs = [job(trick, id=name, seconds=1) for name, trick in TRICKS.items()]
    return {r["id"]: r for r in pool.run(jobs)}


@pytest.mark.parametrize("name", TRICKS)
def test_it_gains_nothing(tricked, name):
    done = by_id(tricked[name])["test"]
    assert earned(done) == 0
    assert by_id(tricked[name])["answer"]["outcome"] in ("ran", "killed")  # it came to the trick
    assert tricked[name]["seconds"] < 30


def test_the_coordinator_listens_to_no_flood(pool):
    """It drains what ended processes left behind, and must not wait for one that still talks."""
    results = {r["id"]: r for r in pool.run([
        job(HANGS + FLOOD, id="flood", seconds=2), made("answer = 3", submissions.NUMBER, id="other"),
    ])}  # fmt: skip
    assert earned(by_id(results["other"])["test"]) == 2
    assert earned(by_id(results["flood"])["test"]) == 0


def test_frames_are_counted():
    reader = wire.Reader()
    frame = b"\0\0\0\x02{}"
    assert len(list(reader.feed(frame * wire.MAX_FRAMES))) == wire.MAX_FRAMES
    with pytest.raises(wire.Garbled):
        list(reader.feed(frame))


def test_cells_are_judged_in_their_order(pool):
    """A later test cell first: the setup behind would be done before its time."""
    work = job("offer(3, 4)\noffer(3, 2)", "answer = 3")
    work["cells"].append(cell("test", submissions.NUMBER, "later", "t", ["answer"], 2))
    work["cells"].insert(3, cell("setup", "checks = None", "setup-2"))
    (result,) = pool.run([work])
    assert earned(by_id(result)["test"]) in (0, 2)
    assert earned(by_id(result)["later"]) == 0


class TestHandles:
    """What a test cell asks of a student's function, answered by somebody else."""

    def judged(self, pool, answers, test=submissions.FUNCTION):
        talk = f"""
from autograder.exhibits import remote
def answering(self, document, arrays, during):
    seq = document["seq"]
    {answers}
remote.Holder._answer = answering
answer = lambda x: x
"""
        (result,) = pool.run([made(TALK + talk, test, seconds=1)])
        return by_id(result)["test"]

    def test_answers_to_other_questions_are_left_alone(self, pool):
        stale = """
    for n in (seq - 1, seq + 1, None, [seq], str(seq)):
        parcel({"live": {}, "value": {"op": "answer", "seq": n, "value": 3.0, "changed": []}})
    return self.sender.pack(lambda _: {"op": "answer", "seq": seq, "value": 4.0, "changed": []})"""
        done = self.judged(pool, stale)
        assert earned(done) == 0

    @pytest.mark.parametrize(
        "answer",
        [
            '{"seq": seq}',
            '{"op": "answer", "seq": seq}',
            '{"op": "answer", "seq": seq, "error": 3}',
            '{"op": "answer", "seq": seq, "error": {"type": "CheckFailed", "base": "Exception"}}',
            '{"op": "answer", "seq": seq, "error": {"type": "X", "base": "exec", "text": 5}}',
            '{"op": "answer", "seq": seq, "error": {"type": "TimedOut", "timeout": True}}',
            '{"op": "answer", "seq": seq, "value": 3.0, "changed": [[-1, 3], ["x", 4]]}',
        ],
    )
    def test_answers_that_are_none(self, pool, answer):
        done = self.judged(pool, f"return self.sender.pack(lambda _: {answer})")
        assert earned(done) == 0

    def test_answers_that_never_come(self, pool):
        done = self.judged(pool, "\n    while True: time.sleep(.1)")
        assert (done["outcome"], earned(done)) == ("timeout", 0)


def test_attributes_that_never_answer(pool):
    source = """
import time
class Slow:
    @property
    def value(self):
        while True: time.sleep(.1)
    def __len__(self): return 3
answer = Slow()"""
    (result,) = pool.run(
        [made(source, "with task('a'):\n    checks.numbers(answer.value, 3)", seconds=1)]
    )
    assert by_id(result)["test"]["outcome"] == "timeout"


def test_asking_again_while_an_error_is_handled_costs_no_replay(pool):
    """A check may look for reasons in an except block: the judge must go on to the next cell."""
    test = """
with task("attack"):
    for _ in range(3):
        try: raise ValueError
        except ValueError: checks.call(answer, 1)
    checks.numbers(answer(2), 3)"""
    work = made("answer = lambda x: x", test)
    work["cells"] += [{**work["cells"][2], "id": f"test-{n}"} for n in range(4)]
    (result,) = pool.run([work])
    assert [c["outcome"] for c in result["cells"] if c["kind"] == "test"] == ["failed"] * 5
    assert result["replays"] == 0


# What the judge builds -------------------------------------------------------------------------


def sequential(**config):
    dense = {"k": "layer", "class": "Dense", "config": config, "values": None, "name": "d",
             "trainable": True}  # fmt: skip
    net = {"k": "sequential", "layers": [{"k": "live", "n": 1}], "name": "s", "trainable": True,
           "input": {"shape": [None, 3], "dtype": "float32", "name": "i"}}  # fmt: skip
    return {"value": {"k": "live", "n": 0}, "live": {"0": net, "1": dense}}


def built(document):
    return Receiver(lambda n, d: d["type"]).value(document, [])


@pytest.mark.parametrize("argument", ["activation", "kernel_initializer", "kernel_regularizer"])
@pytest.mark.parametrize(
    "config",
    [
        {"class_name": "Zeros", "module": "keras.initializers", "config": {}},
        {"class_name": "Popen", "module": "subprocess", "config": {"args": "false"}},
        {"class_name": "TFSMLayer", "module": "keras.layers", "config": {"filepath": "/tmp"}},
        {"class_name": "function", "module": "builtins", "config": "print"},
    ],
)
def test_no_configuration_is_deserialized(argument, config):
    """Keras would import and make what a configuration names."""
    inner = [[k, v if isinstance(v, str) else {"k": "dict", "v": list(v.items())}]
             for k, v in config.items()]  # fmt: skip
    with pytest.raises(CouldNotCheck, match="a configuration"):
        built(sequential(units=2, **{argument: {"k": "dict", "v": inner}}))
    assert isinstance(built(sequential(units=2)), keras.Sequential)


@pytest.mark.parametrize("kind", ["same", "objects", "bytes", "yours", "handle", "set"])
def test_no_other_way_into_an_argument(kind):
    with pytest.raises(CouldNotCheck, match="argument"):
        built(sequential(units=2, name={"k": kind, "n": 0, "v": []}))
