"""Options that commands on a course have in common, and what comes of them."""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path

import click

from autograder.errors import Problem
from autograder.messages import msg

FOLDER = click.Path(path_type=Path)
_WHAT = (
    click.argument("unit", nargs=-1, metavar="[UNIT]..."),
    click.option("--course", type=FOLDER, default=".", help="The course directory, default: here."),
    click.option(
        "--student", multiple=True, metavar="ID", help="Only this student (may be repeated)."
    ),
)
_HOW = (
    click.option(
        "--workers", type=click.IntRange(1, 256), help="Notebooks at a time, default: cores."
    ),
    click.option("--in-kernel", is_flag=True, help="Of any nbgrader course: tests see all names."),
    click.option(
        "--timeout", type=click.FloatRange(1, min_open=False), metavar="S",
        help="Seconds for one cell (default 60); a notebook has ten times as many.",
    ),
    click.option(
        "--memory", type=click.IntRange(64), metavar="MB",
        help="What the cells of one notebook may take (default 4096).",
    ),
    click.option(
        "--require", metavar="PROPERTIES", default="",
        help="Run nothing without these, as in network,files,memory,time,processes,privileges.",
    ),
    click.option(
        "--cluster", metavar="ADDRESS",
        help="Run the notebooks on the workers of the dask scheduler at tls://HOST:PORT.",
    ),
    click.option("--tls-ca-file", type=FOLDER, metavar="FILE", help="Who signed the scheduler."),
    click.option("--tls-cert", type=FOLDER, metavar="FILE", help="This machine's certificate."),
    click.option("--tls-key", type=FOLDER, metavar="FILE", help="The key of --tls-cert."),
)  # fmt: skip
_JSON = click.option(
    "--json", "json_file", type=FOLDER, metavar="FILE", help="Write the report there."
)


def course_options(command):
    """Add UNIT, ``--course`` and ``--student``: ``unit``, ``course``, ``student``."""
    return _with(_WHAT, command)


def run_options(command):
    """Add all that a grading run is told: :func:`course_options`, ``--json`` (``json_file``), and
    the options whose values :func:`run_settings` takes."""
    return _with((*_WHAT, *_HOW, _JSON), command)


def run_settings(
    workers: int | None,
    in_kernel: bool,
    timeout: float | None,
    memory: int | None,
    require: str,
    cluster: str | None,
    **tls: Path | None,
) -> dict:
    """What :func:`autograder.grading.run.grade` takes of these options, as keywords.

    Raises Problem, with exit code 2, for options that do not go together.
    """
    from autograder.grading import sandbox

    limits: dict = {}
    if timeout:
        limits |= {"cell": timeout, "notebook": 10 * timeout}
    if memory:
        limits["memory"] = memory
    return {
        "workers": workers,
        "in_kernel": in_kernel,
        "limits": limits,
        "require": sandbox.properties(require),
        "executor": _executor(workers, cluster, tls),
    }


def check_json(path: Path | None) -> None:
    """Raises Problem where the report could not be written at the end of a run."""
    if path and not os.access(path.absolute().parent, os.W_OK):
        raise Problem(
            msg("Expected to write {path}. Received: its folder cannot be written.", path=path),
            exit_code=2,
        )


def write_json(path: Path | None, report: dict) -> None:
    """Write the report, where one is asked for. Raises OSError."""
    from autograder.writing import write_atomically

    if path:
        data = json.dumps(report, ensure_ascii=False, indent=1)
        write_atomically(path.absolute(), data.encode("utf-8", "replace"))


def _with(options, command):
    for option in reversed(options):
        command = option(command)
    return command


def _executor(workers, cluster, tls):
    """What makes the executor; None: a local pool."""
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
