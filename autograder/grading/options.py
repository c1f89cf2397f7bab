"""Options of the command line that say where notebooks are run."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from autograder.errors import Problem
from autograder.messages import msg

_FILE = click.Path(path_type=Path)
_OPTIONS = (
    click.option(
        "--cluster", metavar="ADDRESS",
        help="Run the notebooks on the workers of the dask scheduler at tls://HOST:PORT.",
    ),
    click.option("--tls-ca-file", type=_FILE, metavar="FILE", help="Who signed the scheduler."),
    click.option("--tls-cert", type=_FILE, metavar="FILE", help="This machine's certificate."),
    click.option("--tls-key", type=_FILE, metavar="FILE", help="The key of --tls-cert."),
)  # fmt: skip


def cluster_options(command):
    """Add ``--cluster`` and its certificates to a command; :func:`executor` takes their values."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def executor(workers: int | None, cluster: str | None, **tls: Path | None):
    """What makes the executor (see :func:`autograder.grading.run.grade`); None: a local pool.

    Raises Problem, with exit code 2, for options that do not go together.
    """
    if cluster is None:
        if any(tls.values()):
            raise Problem(msg("Expected --cluster with certificates. Received none."), exit_code=2)
        return None
    if workers is not None:
        raise Problem(
            msg("Expected --cluster or --workers. Received both: the cluster has its own workers."),
            exit_code=2,
        )
    from autograder.grading.cluster.client import Cluster

    return partial(Cluster, cluster, **tls)
