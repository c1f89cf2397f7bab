"""The health report: what it must find broken, it finds; mutants are real and distinct."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.building._reader import read_unit
from autograder.grading.engine.pool import Pool
from autograder.health.mutation import mutants
from autograder.health.proofs import proofs
from autograder.health.report import Judgement

FIXTURE = Path(__file__).parent / "fixtures" / "units" / "01-tiny"

MODEL = """
def net():
    return None

### BEGIN SOLUTION
def net():
    model = keras.Sequential([
        keras.Input((39,)),
        layers.BatchNormalization(),
        layers.Dense(64, activation="relu"),
        layers.Dropout(0.2),
        layers.Dense(1),
    ])
    model.compile("adam", loss="mse")
    return model
### END SOLUTION
"""


def test_mutants_of_a_model_come_from_every_family():
    made = mutants(MODEL)
    assert {m.family for m in made} == {"order", "activation", "initialiser", "loss", "shape"}
    assert len({m.source for m in made}) == len({m.name for m in made}) == len(made)
    for mutant in made:
        assert mutant.source.startswith("\ndef net():\n    return None")
        compile(mutant.source, "mutant", "exec")


def test_mutants_of_values_change_numbers_operators_and_truth():
    answer = (
        "### BEGIN SOLUTION\nf = lambda m, v: v / (1 - m)\nsure = {'gelu': False}\n### END SOLUTION"
    )
    changes = {m.source.split("\n", 1)[1] for m in mutants(answer)}
    assert any("v * (1 - m)" in c for c in changes)
    assert any("1 + m" in c for c in changes)
    assert any("'gelu': True" in c for c in changes)


@pytest.fixture(scope="module")
def judged():
    """What is to be proved of the fixture unit by default, and the results of every way."""
    work = planned()
    every = work | planned(ways=(False,)) | planned(ways=(True,))
    with Pool(workers=2, preload=("numpy", "autograder.checks")) as pool:
        results = {result["id"]: result for result in pool.run(job for _, job in every.values())}
    return work, results


def planned(**chosen):
    return {proof.id: (proof, job) for proof, job in proofs(read_unit(FIXTURE), **chosen)}


def judge(judged, change=lambda proof, result: result):
    work, results = judged
    judgement = Judgement()
    for name, (proof, _) in work.items():
        judgement.take(proof, change(proof, json.loads(json.dumps(results[name]))))
    judgement.finish()
    return judgement.units["01-tiny"]


def test_the_fixture_is_healthy(judged):
    health = judge(judged)
    assert health.broken == []
    assert health.right[0] == health.right[1] >= 4
    assert health.wrong[0] == health.wrong[1] >= 6
    assert health.solved == {"en": True, "ru": True} == health.untouched


def test_an_accepted_wrong_answer_is_reported(judged):
    def accepted(proof, result):
        if proof.kind == "wrong" and proof.name == "double":
            for cell in result["cells"]:
                cell["outcome"] = "passed" if cell["kind"] == "test" else cell["outcome"]
        return result

    assert judge(judged, accepted).broken == [
        "01-tiny/wrong/square/double: passes every test.",
        "01-tiny/wrong/square/double (in one process): passes every test.",
    ]


def test_the_two_ways_of_judging_must_agree(judged):
    def lenient(proof, result):
        if proof.inside and proof.kind == "right":
            for cell in result["cells"]:
                cell["outcome"] = "failed" if cell["kind"] == "test" else cell["outcome"]
        return result

    health = judge(judged, lenient)
    assert judge(judged).agree[0] == judge(judged).agree[1] >= 12
    assert health.agree[0] < health.agree[1]
    assert any("is passed in one way, failed in another" in line for line in health.broken)


def test_either_way_alone_counts_what_it_proves(judged):
    _, results = judged
    for inside in (False, True):
        health = judge((planned(ways=(inside,)), results))
        assert health.broken == []
        assert health.right[0] == health.right[1] >= 4
        assert health.wrong[0] == health.wrong[1] >= 6
        assert health.solved == {"en": True, "ru": True} == health.untouched
        assert health.agree == [2, 2]  # the languages: solution and untouched


def test_two_wrong_answers_with_one_message_are_reported(judged):
    _, results = judged

    def shared(proof, result):
        if proof.kind == "wrong" and proof.name == "double":
            return json.loads(json.dumps(results["01-tiny/wrong/square/same"]))
        return result

    assert any("has the same message as" in line for line in judge(judged, shared).broken)


def test_stderr_in_a_solution_is_reported(judged):
    def noisy(proof, result):
        if proof.kind == "solution":
            result["cells"][0]["outputs"] = [
                {"output_type": "stream", "name": "stderr", "text": "!"}
            ]
        return result

    assert sum("writes to stderr" in line for line in judge(judged, noisy).broken) == 2


def test_surviving_mutants_are_named(judged):
    def blind(proof, result):
        if proof.kind == "mutant":
            for cell in result["cells"]:
                cell["outcome"] = "passed" if cell["kind"] == "test" else cell["outcome"]
        return result

    (line,) = judge(judged, blind).broken
    assert "mutants are caught, expected 95%. Survivors: square:" in line


def with_equivalents(*names):
    unit = read_unit(FIXTURE)
    square = replace(unit.tasks["square"], equivalent=dict.fromkeys(names, "as right as any"))
    return replace(unit, tasks=unit.tasks | {"square": square})


def test_a_mutant_registered_as_right_is_left_out_or_must_pass(judged):
    work, results = judged
    name, *others = (proof.name for proof, _ in work.values() if proof.kind == "mutant")
    unit = with_equivalents(name)
    kept = [proof for proof, _ in proofs(unit, mutated=["mutant"])]
    assert [proof.name for proof in kept if proof.kind == "mutant"] == others
    assert not any(proof.kind == "equivalent" for proof in kept)
    ((proof, _),) = ((p, j) for p, j in proofs(unit) if p.kind == "equivalent")
    judgement = Judgement()
    judgement.take(proof, results[f"01-tiny/mutant/square/{name}"])
    health = judgement.units["01-tiny"]
    assert (health.equivalent, health.mutants) == (1, [0, 0])
    assert len(health.broken) == 1 and "registered as right as well, but" in health.broken[0]


def test_a_registered_mutant_that_nothing_makes_is_reported(judged):
    _, results = judged
    unit = with_equivalents("order, line 9: this <-> that")
    judgement = Judgement()
    for proof, _ in proofs(unit, mutated=()):
        judgement.take(proof, results[proof.id])
    assert judgement.units["01-tiny"].broken == [
        "01-tiny/square: no mutant is called “order, line 9: this <-> that”; mutation makes others."
    ]


def test_an_unknown_unit_is_one_line():
    done = subprocess.run(
        [Path(sys.executable).with_name("autograder"), "health", "99-none"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1 and "99-none" in done.stderr


def test_languages_must_agree(judged):
    def forgetful(proof, result):
        if proof.lang == "ru" and proof.kind == "untouched":
            for cell in result["cells"]:
                cell["outcome"] = "error" if cell["kind"] == "test" else cell["outcome"]
        return result

    broken = judge(judged, forgetful).broken
    assert broken and all(
        line.startswith("01-tiny/untouched/tiny: ") and line.endswith("error in another.")
        for line in broken
    )


@pytest.mark.parametrize("ways", [(False, True), (False,), (True,)])
def test_notebooks_run_once_in_each_language_and_the_solution_shows_everything(ways):
    whole = {
        (proof.kind, proof.lang, proof.inside, any(cell["demonstration"] for cell in job["cells"]))
        for proof, job in planned(mutated=(), ways=ways).values()
        if proof.task is None
    }
    assert whole == {
        (kind, lang, way, kind == "untouched")
        for kind in ("solution", "untouched")
        for lang, way in (("en", ways[0]), ("ru", ways[-1]))
    }
