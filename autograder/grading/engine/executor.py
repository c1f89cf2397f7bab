"""What a grading run needs of whatever runs its jobs.

That is a :class:`~autograder.grading.engine.pool.Pool` of forks on this machine, or a
:class:`~autograder.grading.cluster.client.Cluster` of other machines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, Self

from autograder.grading.engine.job import Job, Result
from autograder.grading.sandbox import Host


class Executor(Protocol):
    """Runs jobs. Jobs and results are those of :mod:`autograder.grading.engine.job`.

    ``workers``: how many jobs run at a time. ``missing`` {module: error}: what the warm processes
    could not import. ``notes``: what an instructor should know about this run. ``host``: what the
    sandbox of this machine holds; None where other machines run the jobs, each of which refuses what
    it cannot isolate as required.
    """

    workers: int
    missing: dict[str, str]
    notes: list[str]
    host: Host | None

    def launch(self) -> None:
        """Begin to get ready, as far as this goes without waiting for what takes long."""

    def start(self) -> None:
        """Get ready. ``run`` does so when needed."""

    def run(self, jobs: Iterable[Job]) -> Iterator[Result]:
        """Yield a result per job as they finish. Closing the iterator stops what still runs.

        A job that could not be run, through no fault of the notebook, gives
        ``{"id": id, "failed": Message}`` instead of a result.
        """

    def close(self) -> None:
        """Give back everything. Leaving the ``with`` block does so."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_) -> None: ...
