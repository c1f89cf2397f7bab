"""Judges the proofs: what broke, in one line each, and a table of the units."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from autograder.health.proofs import Proof, unmade
from autograder.messages import LANGUAGES

LEAST_KILLED = 0.95  # of the mutants that are not equivalent
_MOST_LINES = 12  # of a message
_REFUSED = ("failed", "error")  # error: the answer cell stopped, and the test says so


@dataclass
class UnitHealth:
    """Counts of one unit. ``broken`` has a line for everything that is not as it must be."""

    unit: str
    right: list[int] = field(default_factory=lambda: [0, 0])  # accepted, registered
    wrong: list[int] = field(
        default_factory=lambda: [0, 0]
    )  # rejected for their reason, registered
    mutants: list[int] = field(default_factory=lambda: [0, 0])  # caught, not equivalent
    equivalent: int = 0  # mutants that are registered as right as well
    solved: dict[str, bool] = field(default_factory=dict)  # language -> the solution passes
    untouched: dict[str, bool] = field(default_factory=dict)  # language -> nothing earned
    agree: list[int] = field(default_factory=lambda: [0, 0])  # alike in ways or languages, compared
    seconds: float = 0.0  # the solution notebook's, the slower language
    survivors: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def healthy(self) -> bool:
        return not self.broken

    def finish(self) -> None:
        """What can only be said once every result is in."""
        caught, made = self.mutants
        if made and caught < LEAST_KILLED * made:
            self.broken.append(
                f"{self.unit}: {caught} of {made} mutants are caught, expected "
                f"{LEAST_KILLED:.0%}. Survivors: " + "; ".join(self.survivors)
            )
        if self.solved and not all(self.solved.get(lang) for lang in LANGUAGES):
            self.broken.append(f"{self.unit}: the solution does not pass in every language.")


class Judgement:
    """Takes results of the pool one by one; ``units`` holds what came of them."""

    def __init__(self):
        self.units: dict[str, UnitHealth] = {}
        self._told = defaultdict(dict)  # (task, language, way) -> message -> wrong answer's name
        self._outcomes: dict[str, list] = {}  # of the way that came first
        self._good = defaultdict(dict)  # (unit, kind) -> subject -> as it must be, in every way

    def take(self, proof: Proof, result: dict) -> None:
        health = self.units.get(proof.unit.id) or self._begin(proof.unit)
        tests = [cell for cell in result["cells"] if cell["kind"] == "test"]
        getattr(self, f"_{proof.kind}")(health, proof, result, tests)
        outcomes = [(cell["id"], cell["outcome"]) for cell in tests]
        first = self._outcomes.setdefault(proof.subject, outcomes)
        if first is outcomes:
            return
        health.agree[0] += first == outcomes
        health.agree[1] += 1
        for (name, one), (_, other) in zip(first, outcomes, strict=True):
            if one != other:
                health.broken.append(
                    f"{proof.subject}: {name} is {one} in one way, {other} in another."
                )

    def _begin(self, unit) -> UnitHealth:
        registered = sum(len(task.equivalent) for task in unit.tasks.values())
        health = UnitHealth(unit.id, equivalent=registered, broken=unmade(unit))
        self.units[unit.id] = health
        return health

    def finish(self) -> None:
        for health in self.units.values():
            health.finish()

    def _solution(self, health, proof, result, tests):
        wrong = [c for c in result["cells"] if c["outcome"] not in ("ran", "passed")]
        for cell in wrong:
            health.broken.append(f"{proof.id}: cell {cell['id']} {_told(cell)}")
        for cell in result["cells"]:
            if any(out.get("name") == "stderr" for out in cell["outputs"]):
                health.broken.append(f"{proof.id}: cell {cell['id']} writes to stderr.")
        solved = not wrong and not result["reason"]
        health.solved[proof.lang] = solved
        health.seconds = max(health.seconds, result["seconds"])

    def _untouched(self, health, proof, result, tests):
        earned = [c["id"] for c in tests if c["outcome"] == "passed"]
        odd = [c for c in tests if c["outcome"] not in ("passed", *_REFUSED)]
        for name in earned:
            health.broken.append(f"{proof.id}: test {name} passes in an untouched notebook.")
        for cell in odd:
            health.broken.append(f"{proof.id}: test {cell['id']} {_told(cell)}")
        health.untouched[proof.lang] = not earned

    def _right(self, health, proof, result, tests):
        refused = [c for c in result["cells"] if c["outcome"] not in ("ran", "passed")]
        for cell in refused:
            health.broken.append(f"{proof.id}: {cell['id']} {_told(cell)}")
        health.right = self._count(proof, not refused)

    def _wrong(self, health, proof, result, tests):
        failed = [c for c in tests if c["outcome"] in _REFUSED]
        odd = [c for c in tests if c["outcome"] not in ("passed", "skipped", *_REFUSED)]
        faults = [f"{c['id']} {_told(c)}" for c in odd]
        if not failed and not odd:
            faults.append("passes every test.")
        for lang in LANGUAGES:
            texts = [c["message"][lang] for c in failed]
            says = proof.says.text(lang)
            if failed and not any(says in text for text in texts):
                faults.append(f"should be told “{says}”. Told: “{texts[0]}”")
            whole = "\n".join(texts)
            twin = self._told[proof.task.name, lang, proof.inside].setdefault(whole, proof.name)
            if failed and twin != proof.name:
                faults.append(f"has the same message as {twin} ({lang}).")
            for text in texts:
                if len(text.splitlines()) > _MOST_LINES:
                    faults.append(f"is told {len(text.splitlines())} lines ({lang}).")
        health.broken += [f"{proof.id}: {fault}" for fault in faults]
        health.wrong = self._count(proof, not faults)

    def _count(self, proof, good) -> list[int]:
        """[as they must be, registered] of the answers of this kind, this one included."""
        known = self._good[proof.unit.id, proof.kind]
        known[proof.subject] = good and known.get(proof.subject, True)
        return [sum(known.values()), len(known)]

    def _mutant(self, health, proof, result, tests):
        alive = all(c["outcome"] == "passed" for c in tests)
        for cell in tests:
            if cell["outcome"] == "unchecked":
                health.broken.append(f"{proof.id}: {cell['id']} {_told(cell)}")
        health.mutants[0] += not alive
        health.mutants[1] += 1
        if alive:
            health.survivors.append(f"{proof.task.name}: {proof.name}")

    def _equivalent(self, health, proof, result, tests):
        for cell in tests:
            if cell["outcome"] not in ("passed", "skipped"):
                health.broken.append(
                    f"{proof.id}: registered as right as well, but {cell['id']} {_told(cell)}"
                )


def _told(cell: dict) -> str:
    message = (cell["message"] or {}).get("en", "")
    return f"{cell['outcome']}: {' '.join(message.split())[:300]}"


def table(units: dict[str, UnitHealth]):
    """The units' health as a rich table."""
    from rich.table import Table

    shown = Table(title="Health of the exercises", box=None, pad_edge=False)
    for column in (
        "unit",
        "solution",
        "untouched",
        "right",
        "wrong",
        "mutants",
        "equivalent",
        "agree",
        "s",
    ):
        shown.add_column(column, justify="left" if column == "unit" else "right")
    for health in units.values():
        shown.add_row(
            health.unit,
            " ".join(f"{lang} {'✔' if ok else '✘'}" for lang, ok in health.solved.items()),
            " ".join(f"{lang} {'0' if ok else '✘'}" for lang, ok in health.untouched.items()),
            "{}/{}".format(*health.right),
            "{}/{}".format(*health.wrong),
            "{}/{}".format(*health.mutants),
            str(health.equivalent),
            "{}/{}".format(*health.agree),
            f"{health.seconds:.0f}",
        )
    return shown
