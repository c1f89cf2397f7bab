"""The limit of what an engine can reach: the same cells, one warm fork a notebook, nothing else.

``python -m benchmarks.bare JOBS RESULTS`` in an environment that the caller has chosen. No judge, no
sandbox, no recording: IPython's shell runs every cell in one namespace, as a notebook's kernel does;
tests, too. JOBS and RESULTS are JSON::

    {"preload": [modules], "threads": n, "jobs": [{"cells": [{"id", "kind", "source", "points"}]}]}
    [{"seconds": of the cells, "fork_seconds": from before the fork until it is gone,
      "cpu_seconds": of the fork's processors, "marks": {id of a test cell: points}}]
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import tempfile
import time
from pathlib import Path


def main(jobs: str, results: str) -> None:
    todo = json.loads(Path(jobs).read_text())
    for name in [*todo["preload"], "IPython.core.interactiveshell"]:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    found = []
    with tempfile.TemporaryDirectory() as folder:
        tempfile.tempdir = folder  # what forks leave behind goes with it
        for job in todo["jobs"]:
            found.append(_in_a_fork(job["cells"], todo["threads"], folder))
    Path(results).write_text(json.dumps(found))


def _in_a_fork(cells, threads, folder):
    came, goes = os.pipe()
    start = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(came)
            os.chdir(folder)
            for fd in (1, 2):
                os.dup2(os.open(os.devnull, os.O_WRONLY), fd)
            said = json.dumps(_run(cells, threads)).encode()
            with open(goes, "wb") as file:
                file.write(said)
        finally:
            os._exit(0)
    os.close(goes)
    with open(came, "rb") as file:
        said = file.read()
    _, _, used = os.wait4(pid, 0)
    return {
        **json.loads(said),
        "fork_seconds": time.perf_counter() - start,
        "cpu_seconds": used.ru_utime + used.ru_stime,
    }


def _run(cells, threads):
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    if tf := sys.modules.get("tensorflow"):
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    shell = InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}))
    marks = {}
    start = time.perf_counter()
    for cell in cells:
        passed = shell.run_cell(cell["source"]).success
        if cell["kind"] == "test":
            marks[cell["id"]] = float(cell["points"]) if passed else 0.0
    return {"seconds": time.perf_counter() - start, "marks": marks}


if __name__ == "__main__":
    main(*sys.argv[1:])
