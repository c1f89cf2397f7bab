"""What a worker of a cluster runs: one job at a time and thread, in a fork of a warm process.

The student's code never runs in the worker itself, so nothing that it does can end the worker,
and its time and memory are limited from outside, as in a local run. The warm processes end with
their worker, however it ends: they wait on a socket that closes with it.
"""

from __future__ import annotations

import json
import threading
from importlib import metadata

from autograder.grading.cluster import parcel
from autograder.grading.engine.pool import Pool
from autograder.grading.environment import environment

_idle: list[tuple[tuple, Pool]] = []  # what was asked for, and the pool
_lock = threading.Lock()


class Failed(RuntimeError):
    """A job could not be run, through no fault of the notebook."""


def identity() -> str:
    """The version of this package, and the first digits of the digest of all that decides marks."""
    return f"{metadata.version('footguns')} ({environment()[:12]})"


def work(
    job: bytes, files: list[bytes], preload: tuple[str, ...], hidden: tuple[str, ...], expected: str
) -> bytes:
    """Run a job that :func:`~autograder.grading.cluster.parcel.pack` made: a task of the cluster.

    ``preload`` and ``hidden`` are those of a :class:`~autograder.grading.engine.pool.Pool`. Returns sealed
    JSON {"result", "missing", "notes"}, or {"stranger": identity} when this worker is not what the
    coordinator ``expected``. Raises Failed.
    """
    try:
        return _work(job, files, (tuple(preload), tuple(hidden)), expected)
    except Exception as error:
        text = f"{type(error).__name__}: {error}"[:1000]
    # A new one, with neither a cause nor a deep traceback: dask's client waits for ever for the
    # end of a task whose traceback it cannot load.
    raise Failed(text)


def _work(job, files, kind, expected):
    mine = identity()
    if mine != expected:
        return parcel.seal({"stranger": mine})
    pool = _borrow(kind)
    try:
        (result,) = pool.run([{**json.loads(job), "files": files}])
    except BaseException:
        pool.close()
        raise
    with _lock:
        _idle.append((kind, pool))
    return parcel.seal({"result": result, "missing": pool.missing, "notes": pool.notes})


def _borrow(kind):
    """An idle pool, or a new one: so many as jobs run at a time, one per thread of the worker."""
    with _lock:
        for entry in _idle:
            if entry[0] == kind:
                _idle.remove(entry)
                return entry[1]
        _, other = _idle.pop() if _idle else (None, None)
    if other is not None:  # of another course
        other.close()
    # As many shares of the machine's cores as a local run has by default, one of them used here.
    return Pool(preload=kind[0], hidden=kind[1])
