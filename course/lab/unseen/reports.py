"""A report whose labels were torn off: the moments of a net that nobody has seen, layer by layer.

``report(seed)`` draws eight layers, their weights and 1200 small pictures of two classes, sends
the pictures through in training mode, and keeps of it what a report keeps: how many numbers, mean and
variance by class, share of zeros, smallest number. Which layer each row belongs to, the rate of the
dropout and how the batches were filled can be read out of that, and of that only: a report judges
readings, and tells its truth to nobody. ``solved(seed)`` draws other reports, which do.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from autograder import checks
from autograder.messages import msg
from course.lab.statistics import RunningMoments

KINDS = ("conv", "pool", "norm", "dropout", "flatten", "dense", "sigmoid")
BATCHES = ("mixed", "pure")

_SAMPLES, _SIDE = 1200, 12
_RATES = (0.2, 0.3, 0.4, 0.5)
_EPSILON = 1e-3
_TOLERANCE = 0.02  # of the rate


@dataclass(frozen=True)
class Line:
    """One row of the report: ``size`` numbers a sample; mean and variance of class 0 and class 1, the
    share of exact zeros and the smallest number over both."""

    size: int
    mean: tuple[float, float]
    variance: tuple[float, float]
    zeros: float
    least: float


@dataclass(frozen=True)
class Report:
    """Eight rows without names; print it. The ``judge_...`` are checks, for a task to call."""

    seed: int
    lines: tuple[Line, ...]
    _kinds: tuple[str, ...]
    _rate: float
    _batches: str

    def __str__(self):
        head = f"{'':3}{'size':>6}{'mean 0':>10}{'mean 1':>10}{'var 0':>10}{'var 1':>10}"
        rows = [f"{head}{'zeros':>8}{'least':>9}"]
        for i, line in enumerate(self.lines, start=1):
            moments = "".join(
                f"{round(value, 4) + 0.0:10.4f}" for value in (*line.mean, *line.variance)
            )
            rows.append(f"{i:<3}{line.size:6}{moments}{line.zeros:8.1%}{line.least:9.3f}")
        return "\n".join(rows)

    __repr__ = __str__

    def judge_kinds(self, kinds) -> None:
        """Check {row: kind} of all rows but the first. Raises CheckFailed."""
        words = {kind: () for kind in KINDS}
        checks.choices(kinds, self._answer(), words, evidence=self._evidence())

    def judge_rate(self, rate) -> None:
        """Check the dropout's rate, to within 0.02. Raises CheckFailed."""
        checks.numbers(rate, self._rate, atol=_TOLERANCE, mistakes=self._rate_mistakes())

    def judge_batches(self, batches) -> None:
        """Check "mixed" or "pure". Raises CheckFailed."""
        words = {word: () for word in BATCHES}
        truth = {"batches": self._batches}
        checks.choices({"batches": batches}, truth, words, evidence=self._norm_evidence())

    def _answer(self) -> dict[str, str]:
        return {str(i): kind for i, kind in enumerate(self._kinds[1:], start=2)}

    def _evidence(self) -> dict:
        """{row: what gives it away}."""
        found = {}
        for row, kind in self._answer().items():
            before, now = self.lines[int(row) - 2], self.lines[int(row) - 1]
            told = msg(
                "size {before} → {after}, zeros {was:.0%} → {now:.0%}, least {least:.3g}",
                before=before.size,
                after=now.size,
                was=before.zeros,
                now=now.zeros,
                least=now.least,
            )
            if kind in ("conv", "dense"):
                told = msg("{told} (dense layers stand only behind flatten)", told=told)
            found[row] = told
        return found

    def _rate_mistakes(self) -> dict:
        """Wrong ways to the rate, each with what to say about it."""
        at = self._kinds.index("dropout")
        before, after = self.lines[at - 1], self.lines[at]
        variances = msg("The variances alone mislead: the mean square grows by 1 / (1 - rate).")
        ways = {
            f"variance of class {label}": (1 - b / a, variances)
            for label, (b, a) in enumerate(zip(before.variance, after.variance, strict=True))
        }
        ways["zeros"] = (
            after.zeros - before.zeros,
            msg(
                "Dropout also falls on numbers that were zero before: the share of zeros hides them."
            ),
        )
        growth = msg(
            "This is how much the mean square grows, 1 / (1 - rate). Solve that for the rate."
        )
        increase = msg("This is the increase, 1 / (1 - rate) - 1. Solve that for the rate.")
        ways["growth"] = 1 / (1 - self._rate), growth
        ways["increase"] = 1 / (1 - self._rate) - 1, increase
        ways["kept"] = (
            1 - self._rate,
            msg("This is the share that dropout keeps. Its rate is the share that it drops."),
        )
        ways["percent"] = (100 * self._rate, msg("This is percent. A rate lies between 0 and 1."))
        # Some reports let a wrong way end near the right number.
        return {name: way for name, way in ways.items() if abs(way[0] - self._rate) > 0.03}

    def _norm_evidence(self) -> dict:
        """What gives away how the batches were filled: the classes' means behind the first norm."""
        at = self._kinds.index("norm")
        zero, one = self.lines[at].mean
        return {
            "batches": msg(
                "row {row}: mean 0 {zero:.4f}, mean 1 {one:.4f}",
                row=at + 1,
                zero=round(zero, 4) + 0.0,
                one=round(one, 4) + 0.0,
            )
        }


class SolvedReport(Report):
    """A report that tells what it was made of."""

    def truth(self) -> str:
        """Kind of every row, rate and batches, as text."""
        rows = [f"{i:<3}{kind}" for i, kind in enumerate(self._kinds, start=1)]
        return "\n".join([*rows, f"rate {self._rate}, batches {self._batches}"])


def report(seed: int) -> Report:
    """A report made from ``seed`` (a whole number): the same seed, the same report.

    Row 1 is a convolution with ReLU, the last one a dense neuron with sigmoid; between them stand at
    least one max-pool (2x2), one normalisation (gamma 1, beta 0), one dropout and one flattening. Each
    row can be told from its numbers and those of the row before. Raises ValueError for a seed that is
    not a whole number of at least 0.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(f"Expected a seed that is a whole number >= 0. Received: {seed!r}.")
    return Report(int(seed), *_made(2006, int(seed)))


def solved(seed: int) -> SolvedReport:
    """A report to practise on, with a ``truth()``; of one seed it is another one than ``report``'s.

    Raises ValueError like :func:`report`.
    """
    return SolvedReport(report(seed).seed, *_made(2106, int(seed)))


@cache
def _made(stream: int, seed: int) -> tuple:
    """(lines, kinds, rate, batches)."""
    rng = np.random.default_rng([stream, seed])
    kinds = _kinds(rng)
    rate, batches = float(rng.choice(_RATES)), str(rng.choice(BATCHES))
    labels = np.arange(_SAMPLES) % 2
    # Class 1 is brighter: every layer's pooled mean tells the classes apart, unless something hides it.
    bright = np.where(labels, rng.uniform(1.6, 2.2), 1.0)[:, None, None, None]
    x = rng.gamma(1.0, 1.0, (_SAMPLES, _SIDE, _SIDE, 2)) * bright
    layer = {
        "conv": lambda x: _conv(x, rng),
        "pool": _pool,
        "norm": lambda x: _norm(x, labels, batches),
        "dropout": lambda x: x * (rng.random(x.shape) >= rate) / (1 - rate),
        "flatten": lambda x: x.reshape(len(x), -1),
        "dense": lambda x: np.maximum(_dense(x, int(rng.integers(11, 30)), rng), 0),
        "sigmoid": lambda x: 1 / (1 + np.exp(-_dense(x, 1, rng))),
    }
    lines = []
    for kind in kinds:
        x = layer[kind](x)
        lines.append(_line(x, labels))
    return tuple(lines), kinds, rate, batches


def _kinds(rng) -> tuple[str, ...]:
    """Eight kinds; neighbours differ, and at most two pools keep the maps from vanishing."""
    while True:
        middle = ["pool", "norm", *rng.choice(["conv", "pool", "norm"], 1)]
        end = ["flatten", "dense"]
        if rng.random() < 0.5:
            middle.append("dropout")
        else:
            end.insert(1, "dropout")
        order = ("conv", *map(str, rng.permutation(middle)), *end, "sigmoid")
        if all(a != b for a, b in zip(order, order[1:], strict=False)):
            return order


def _conv(x, rng):
    """3x3 convolution with padding and ReLU, to another number of channels (never a quarter)."""
    channels = int(rng.choice([c for c in (4, 6, 10) if c != x.shape[-1]]))
    kernel = rng.normal(size=(3, 3, x.shape[-1], channels)) / np.sqrt(4.5 * x.shape[-1])
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    height, width = x.shape[1:3]
    found = sum(
        padded[:, i : i + height, j : j + width] @ kernel[i, j] for i in range(3) for j in range(3)
    )
    return np.maximum(found, 0)


def _pool(x):
    n, height, width, channels = x.shape
    x = x[:, : height // 2 * 2, : width // 2 * 2]
    return x.reshape(n, height // 2, 2, width // 2, 2, channels).max(axis=(2, 4))


def _norm(x, labels, batches):
    """Batch normalisation in training mode: one batch of everybody, or one for each class."""
    groups = [labels == 0, labels == 1] if batches == "pure" else [labels >= 0]
    found = np.empty_like(x)
    for group in groups:
        part = x[group]
        axes = tuple(range(part.ndim - 1))
        found[group] = (part - part.mean(axes)) / np.sqrt(part.var(axes) + _EPSILON)
    return found


def _dense(x, units, rng):
    return x @ rng.normal(size=(x.shape[1], units)) / np.sqrt(x.shape[1])


def _line(x, labels) -> Line:
    moments = [RunningMoments.of(x[labels == label].ravel()) for label in (0, 1)]
    return Line(
        size=int(np.prod(x.shape[1:])),
        mean=tuple(float(m.mean) for m in moments),
        variance=tuple(float(m.variance) for m in moments),
        zeros=float(np.mean(x == 0)),
        least=float(x.min()),
    )
