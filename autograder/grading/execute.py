"""Runs a notebook's cells in the forked child, with IPython's shell alone: no kernel, no sockets.

The child receives one job and sends an event before and after every cell, so that the coordinator
knows which cell hangs or dies (see :mod:`autograder.grading.warm` for both formats). This module
is the student's half: setup, code and answer cells, and what they print. Test cells go to
:mod:`autograder.grading.judge`.
"""

from __future__ import annotations

import base64
import contextlib
import io
import os
import random
import resource
import signal
import socket
import sys
import time

from autograder.grading import wire
from autograder.grading.judge import Judge, TimedOut, as_output, describe, perform
from autograder.messages import LANGUAGES, msg, use_language

MAX_STREAM = 1 << 20  # characters of printed text kept per cell
MAX_DATA = 4 << 20  # characters of displays kept per cell
_MAX_FILE = 2 << 30  # bytes of any file that a cell writes


def main(fd: int) -> None:
    """The child's life: read one job from descriptor ``fd``, run it, report, return."""
    sock = socket.socket(fileno=fd)
    sock.set_inheritable(False)
    job = wire.receive(sock)
    if job is None:
        return
    os.chdir(job["folder"])
    _limits(job)
    _environment(job)
    recorder = Recorder()
    recorder.redirect()
    _seed(job.get("seed", 0))
    _use_threads(job.get("threads", 1))
    run(job, recorder, lambda event: wire.send(sock, event))


def run(job: dict, recorder: Recorder, emit) -> None:
    """Run the cells of ``job``; ``emit`` gets an event before and after each."""
    use_language(job.get("lang", "en"))
    from autograder.grading import shell as shells

    shell = shells.make(recorder)
    judge = Judge(recorder.stdout, recorder.stderr)
    judge.names.update(get_ipython=shell.get_ipython, display=shell.user_ns.get("display"))
    clock = _Clock(job["limits"]["cell"])
    emit({"event": "ready"})
    for i, cell in enumerate(job["cells"]):
        if i in job.get("skip", ()):
            continue
        emit({"event": "start", "cell": i})
        recorder.begin()
        start = time.monotonic()
        runner = {"setup": _setup, "test": _test}.get(cell["kind"], _student)
        try:
            with clock:
                outcome = runner(cell, shell, judge)
                _show_figures()
        except TimedOut as err:  # struck outside of the part that catches it
            outcome = {"outcome": "timeout", "message": describe(err), "error": as_output(err)}
        if clock.struck and outcome["outcome"] != "timeout":
            late = TimedOut()
            outcome |= {"outcome": "timeout", "message": describe(late), "error": as_output(late)}
        seconds = round(time.monotonic() - start, 4)
        outputs = recorder.end(outcome.pop("error", None), as_stdout=cell["kind"] == "test")
        emit({"event": "cell", "cell": i, "seconds": seconds, "outputs": outputs, **outcome})
        if job.get("until_failure") and cell["kind"] == "test" and outcome["outcome"] != "passed":
            break
    emit({"event": "done"})


def _setup(cell, shell, judge):
    """Run a setup cell twice: for the judge, and for the student, who may spoil what it binds."""
    outcome = judge.setup(cell, shell.displayhook)
    with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
        perform(cell["source"], f"<{cell['id']}>", shell.user_ns)
    return outcome


def _test(cell, shell, judge):
    names = cell["exhibits"]
    if names is None:  # a notebook that declares none: its tests read what they like
        names = list(shell.user_ns)
    exhibits = {k: shell.user_ns[k] for k in names if k in shell.user_ns}
    return judge.judge({**cell, "exhibits": names}, exhibits)


def _student(cell, shell, judge):
    if cell["source"] is None:
        text = msg("This answer cell is missing from the notebook.")
        return {"outcome": "missing", "message": {lang: text.text(lang) for lang in LANGUAGES}}
    try:
        result = shell.run_cell(cell["source"], store_history=True)
        err = result.error_before_exec or result.error_in_exec
    except TimedOut as late:
        err = late
    except BaseException as broken:  # the student replaced a part of the shell, or it gave up
        err = broken
    judge.restore()
    if err is None:
        return {"outcome": "ran", "message": None}
    outcome = "timeout" if isinstance(err, TimedOut) else "error"
    return {"outcome": outcome, "message": describe(err)}


class _Clock:
    """Interrupts a cell that runs too long. One that swallows this is killed from outside."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.struck = False
        signal.signal(signal.SIGALRM, self._strike)

    def _strike(self, *_):
        self.struck = True
        raise TimedOut

    def __enter__(self):
        self.struck = False
        signal.setitimer(signal.ITIMER_REAL, self.seconds)

    def __exit__(self, *_):
        signal.setitimer(signal.ITIMER_REAL, 0)


def _limits(job):
    most = job["limits"].get("memory")
    if most:  # what the fork inherited does not count: the limit is on what the cells add
        used = _status("VmData") * 1024
        resource.setrlimit(resource.RLIMIT_DATA, (used + (most << 20),) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_MAX_FILE,) * 2)


def _status(field):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(field))


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


def _show_figures():
    """Display open figures at the end of a cell, as a notebook does."""
    if "matplotlib.pyplot" in sys.modules and "matplotlib_inline.backend_inline" in sys.modules:
        backend = sys.modules["matplotlib_inline.backend_inline"]
        with contextlib.suppress(Exception):
            backend.flush_figures()


class Recorder:
    """Collects what one cell prints and displays as nbformat outputs."""

    def __init__(self):
        self.outputs = []
        self.room = {}
        self.count = 0
        self.stdout = _Stream(self, "stdout")
        self.stderr = _Stream(self, "stderr")
        self._files = {}

    def redirect(self):
        """Route sys.stdout, sys.stderr and their descriptors, which C code writes to, to us."""
        for fd, name in ((1, "stdout"), (2, "stderr")):
            file = os.memfd_create(name)  # a file, not a pipe: a writer never waits for us
            os.dup2(file, fd)
            self._files[name] = file
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        for stream in (sys.__stdout__, sys.__stderr__):
            stream.reconfigure(line_buffering=True)
        sys.stdout, sys.stderr = self.stdout, self.stderr

    def begin(self):
        self.outputs = []
        self.room = {"stream": MAX_STREAM, "data": MAX_DATA}
        self.count += 1

    def end(self, error=None, as_stdout=False):
        """The cell's outputs. ``as_stdout``: nbgrader reads stderr in a test cell as 0 points."""
        for name, file in self._files.items():
            size = os.fstat(file).st_size
            if size:
                self.stream(name, os.pread(file, MAX_STREAM, 0).decode("utf-8", "replace"))
                os.ftruncate(file, 0)
                os.lseek(file, 0, os.SEEK_SET)
        if error:
            self.outputs.append({"output_type": "error", **error})
        outputs, self.outputs = self.outputs, []
        for output in outputs:
            if output["output_type"] == "stream":  # collected in parts: prints stay linear in time
                output["text"] = "".join(output.pop("parts"))
                if as_stdout:
                    output["name"] = "stdout"
        return outputs

    def stream(self, name, text):
        room = self.room.get("stream", 0)
        if room <= 0 or not text:
            return
        if len(text) > room:
            text = text[:room] + "\n... " + msg("The rest of the output is left out.").text()
        self.room["stream"] = room - len(text)
        last = self.outputs[-1] if self.outputs else {}
        if last.get("output_type") == "stream" and last["name"] == name:
            last["parts"].append(text)
        else:
            self.outputs.append({"output_type": "stream", "name": name, "parts": [text]})

    def display(self, data, metadata, kind="display_data"):
        data = {k: v for k, v in ((k, _jsonable(v)) for k, v in data.items()) if v is not None}
        size = sum(len(v if isinstance(v, str) else repr(v)) for v in data.values())
        if size > self.room.get("data", 0):
            data, metadata = {"text/plain": msg("The rest of the output is left out.").text()}, {}
        else:
            self.room["data"] -= size
        output = {"output_type": kind, "data": data, "metadata": _jsonable(metadata) or {}}
        if kind == "execute_result":
            output["execution_count"] = self.count
        self.outputs.append(output)


def _jsonable(value):
    """``value`` as JSON: bytes (images) in base64; None for what JSON has no words for."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, str) or value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, dict):
        return {str(k): _jsonable(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_jsonable(v) for v in value]
    return None


class _Stream(io.TextIOBase):
    encoding = "utf-8"
    errors = "replace"

    def __init__(self, recorder, name):
        self._recorder, self._name = recorder, name
        self.buffer = _Bytes(self)

    @property
    def name(self):
        return f"<{self._name}>"

    def writable(self):
        return True

    def fileno(self):
        return {"stdout": 1, "stderr": 2}[self._name]

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"Expected a str to write. Received: {type(text).__name__}.")
        self._recorder.stream(self._name, text)
        return len(text)


class _Bytes(io.RawIOBase):
    def __init__(self, stream):
        self._stream = stream

    def writable(self):
        return True

    def write(self, data):
        self._stream.write(bytes(data).decode("utf-8", "replace"))
        return len(data)
