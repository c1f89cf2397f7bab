"""What came of a cell: made here by the coordinator, or checked where others say it.

A fork's events come from a student's process, a cluster's results over a network: of both only what
a cell of that kind can come to is taken over.
"""

from __future__ import annotations

from collections.abc import Iterable

from autograder.grading.engine.job import CellResult, JobCell
from autograder.grading.engine.outputs import well_formed
from autograder.messages import LANGUAGES, Message, texts

MAX_TEXT = 8000  # characters of a message; a check's own stay under a dozen lines
_RAN = {"ran", "error", "timeout"}
_OF_A_FORK = {
    "setup": _RAN,
    "code": _RAN,
    "answer": _RAN | {"missing"},
    "test": {"passed", "failed", "error", "timeout", "unchecked"},
}
_LATER = {"killed", "missing"}  # what the coordinator finds out


def cell_result(
    cell: JobCell,
    outcome: str,
    message: Message | None = None,
    *,
    seconds: float = 0.0,
) -> CellResult:
    """What the coordinator itself says of a cell that did not come to its end."""
    return _result(cell, outcome, texts(message) if message else None, seconds=seconds)


def said_by_fork(said: dict, cell: JobCell) -> CellResult:
    """A fork's event about ``cell``, with nothing in it that such a cell cannot come to."""
    return _checked(said, cell, _OF_A_FORK[cell["kind"]], MAX_TEXT)


def said_by_worker(said: dict, cell: JobCell) -> CellResult:
    """The same of a result that another machine's pool has made."""
    outcomes = _OF_A_FORK[cell["kind"]] | _LATER
    if cell["kind"] != "test":
        outcomes = outcomes | {"skipped"}
    # A test's message may be followed by what is said of its answer cell.
    return _checked(said, cell, outcomes, 2 * MAX_TEXT)


def checked_texts(message: object, longest: int = 2 * MAX_TEXT) -> dict[str, str] | None:
    """{language: text} in all languages; None for anything else."""
    if not isinstance(message, dict) or not all(isinstance(v, str) for v in message.values()):
        return None
    return {lang: message.get(lang, "")[:longest] for lang in LANGUAGES}


def checked_number(value: object) -> float:
    """A count or a number of seconds; 0 for anything else."""
    return value if type(value) in (int, float) and 0 <= value < 1e9 else 0.0


def _checked(said, cell, outcomes, longest):
    outcome, points = said.get("outcome"), said.get("points")
    if not isinstance(outcome, str) or outcome not in outcomes:
        outcome = "error"
    if type(points) not in (int, float) or not 0 <= points <= (cell.get("points") or 0):
        points = None
    return _result(
        cell,
        outcome,
        checked_texts(said.get("message"), longest),
        points=points,
        outputs=well_formed(said.get("outputs")),
        seconds=checked_number(said.get("seconds")),
    )


def _result(cell, outcome, message, *, points=None, outputs: Iterable = (), seconds=0.0):
    return {
        "id": cell["id"],
        "kind": cell["kind"],
        "task": cell.get("task"),
        "outcome": outcome,
        "message": message,
        "points": points,
        "outputs": list(outputs),
        "seconds": seconds,
    }
