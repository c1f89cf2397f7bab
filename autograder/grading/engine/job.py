"""What goes to a pool and what comes back: both are dicts ready for JSON.

A job needs ``cells`` alone; what else it may hold is in :class:`Job`. A cell that hangs or ends its
process costs only itself: a fresh fork runs the others again without it, at most twice, within the
notebook's seconds; test cells that were judged already are not run again.

An outcome is, of setup, code and answer cells, 'ran', 'error', 'timeout', 'killed' or 'missing';
of a demonstration that nobody needed, 'skipped'; of test cells, 'passed', 'failed', 'error',
'timeout', 'killed', 'missing' or 'unchecked', our own failure.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, NotRequired, TypedDict

Kind = Literal["setup", "code", "answer", "test"]


class Limits(TypedDict, total=False):
    """What a job may take."""

    cell: float  #: seconds for one cell
    notebook: float  #: seconds for all cells together, replays included
    memory: int  #: MB for one fork, beside what it was born with


#: What counts where a job says nothing.
LIMITS: Limits = {"cell": 60.0, "notebook": 600.0, "memory": 4096}


class JobCell(TypedDict):
    """A code cell of the notebook. Made by :func:`job_cell`."""

    id: str
    kind: Kind
    source: str | None  #: None: the student deleted this answer cell
    task: str | None  #: what an answer and its test cells have in common
    exhibits: list[str] | None  #: of the student's names those that a test may read; None: all
    points: float  #: the most that a test cell can give
    demonstration: NotRequired[bool]  #: the course's own and unchanged: run only if it is needed


class Job(TypedDict):
    """One notebook to be run."""

    cells: list[JobCell]
    id: NotRequired[Any]  #: comes back in the result
    lang: NotRequired[str]  #: 'en' (default) | 'ru': the language of what is printed
    limits: NotRequired[Limits]  #: any of them; the others are of LIMITS
    seed: NotRequired[int]  #: for Python's, NumPy's and Keras' generators; 0 (default): fixed
    inside: NotRequired[bool]  #: test cells run in the student's fork, as in nbgrader
    until: NotRequired[str | None]  #: a test cell that fails with this in its message ends the run
    #: Folders whose files (notebooks excepted) are copied beside the running notebook, the last of
    #: them the course's own; or archives made of them (:mod:`autograder.grading.engine.files`).
    files: NotRequired[list[str] | list[bytes]]
    require: NotRequired[list[str]]  #: properties of the sandbox without which it is not to be run


class CellResult(TypedDict):
    """What came of a cell. See :mod:`autograder.grading.engine.results`."""

    id: str
    kind: Kind
    task: str | None
    outcome: str
    message: dict[str, str] | None  #: {language: text}: what a check or an exception said
    points: float | None  #: of a test cell that gives a part of its points
    outputs: list[dict]  #: as nbformat has them
    seconds: float


class Result(TypedDict):
    """What came of a job; {"id", "failed": Message or its texts} of one that could not be run,
    through no fault of the notebook."""

    id: Any
    seconds: float
    replays: int  #: how often a fresh fork took over
    reason: dict[str, str] | None  #: {language: text}: why the run ended early
    #: {property: layers of the sandbox that hold it, or False}; and under "process" and "judge"
    #: whether the notebook had a process of its own, and a judge.
    isolation: dict[str, Any]
    cells: list[CellResult]  #: one per cell of the job, in its order


def ends_run(job: Job, said: dict) -> bool:
    """Whether what came of a test cell is what the job runs ``until``."""
    until = job.get("until")
    if until is None or said["outcome"] == "passed":
        return False
    return until in (said["message"] or {}).get("en", "")


def job_cell(
    id: str,
    kind: Kind,
    source: str | None,
    *,
    task: str | None = None,
    exhibits: Iterable[str] | None = (),
    points: float = 0,
    demonstration: bool = False,
) -> JobCell:
    """A cell of a job; by default one that belongs to no task."""
    return {
        "id": id,
        "kind": kind,
        "source": source,
        "task": task,
        "exhibits": None if exhibits is None else list(exhibits),
        "points": points,
        "demonstration": demonstration,
    }
