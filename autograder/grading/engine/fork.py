"""What both forks of a job, the student's and the judge's, do before anything else."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import random
import socket
import sys
from collections.abc import Callable
from functools import partial

from autograder.grading import sandbox
from autograder.grading.engine import wire
from autograder.grading.engine.capture import OutputCapture
from autograder.messages import texts, use_language


def begin(fd: int) -> tuple[dict, OutputCapture, Callable[[dict], None]] | None:
    """The job that the coordinator sent over descriptor ``fd``, what collects outputs, and what
    sends events back; None when it hung up.

    The process is then in its folder and its sandbox, its streams are redirected, its generators
    seeded, the cores shared. It ends where the sandbox lacks what the job requires.
    """
    sock = socket.socket(fileno=fd)
    sock.set_inheritable(False)
    job = wire.receive(sock)
    if job is None:
        return None
    os.chdir(job["folder"])
    _environment(job)
    capture = OutputCapture()
    capture.redirect()
    _enter_sandbox(sock, job)
    _seed(job.get("seed", 0))
    _use_threads(job.get("threads", 1))
    use_language(job.get("lang", "en"))
    return job, capture, partial(wire.send, sock)


def give_back_memory() -> None:
    """Return to the host what this process has freed, garbage included. Takes milliseconds."""
    gc.collect()
    with contextlib.suppress(AttributeError, OSError):  # another C library than glibc
        ctypes.CDLL(None).malloc_trim(0)


def _enter_sandbox(sock, job):
    try:
        profile = sandbox.Profile(job["folder"], job["limits"].get("memory"))
        held = sandbox.enter(profile, job.get("require", ()))
    except sandbox.Refused as error:
        wire.send(sock, {"event": "refused", "why": texts(error.message)})
        os._exit(0)
    wire.send(sock, {"event": "entered", "isolation": held})


def _environment(job):
    private = os.path.join(job["folder"], ".private")
    os.makedirs(private, exist_ok=True)
    os.environ |= {
        "IPYTHONDIR": private,
        "TMPDIR": private,
        "NBGRADER_EXECUTION": "autograde",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    }
    sys.path.insert(0, "")  # a notebook imports the files beside it
    sys.argv = ["notebook"]


def _seed(seed):
    if seed:
        os.environ["FOOTGUNS_SEED"] = str(seed)  # what checks draw their own randomness from
    random.seed(seed)
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed(seed % 2**32)
    if keras := sys.modules.get("keras"):
        keras.utils.set_random_seed(seed % 2**32)


def _use_threads(n):
    if tf := sys.modules.get("tensorflow"):
        tf.config.threading.set_intra_op_parallelism_threads(n)
        tf.config.threading.set_inter_op_parallelism_threads(n)
