"""The frame around the checks of one test cell, and the safe call of a student's function."""

from __future__ import annotations

import os
import random
import sys
import tempfile
import warnings
import zlib
from contextlib import ExitStack, contextmanager, suppress

import numpy as np

from autograder.checks._hints import first_hint
from autograder.checks._progress import note
from autograder.errors import CheckFailed, CouldNotCheck
from autograder.messages import Lines, Message, msg

_open: list[task] = []


class task:
    """``with task("zero-init"):`` runs the checks of one test cell.

    Inside, stderr and warnings are held back (nbgrader scores a test cell 0 for a single line of
    them), and randomness is seeded, the same at every run of the same notebook.  At the end what
    was proven is printed.  A failing check leaves as :class:`CheckFailed` with the task's first
    hint; an error of ours as :class:`CouldNotCheck`, which costs nothing.
    """

    def __init__(self, name: str):
        self.name = name
        self.proven: list[Message] = []
        self.examined: list = []  #: what checks of models have had built to look at

    def __enter__(self):
        self._cell = sys._getframe(1)
        self._frame = ExitStack()
        self._frame.enter_context(_seeded(self.name))
        self._frame.enter_context(quietly())
        _open.append(self)
        return self

    def name_of(self, value) -> str | None:
        """The name by which the test cell reads ``value``, if it does."""
        held = self._cell.f_globals
        read = (name for name in self._cell.f_code.co_names if name in held)
        return next((name for name in read if held[name] is value), None)

    def __exit__(self, kind, error, traceback):
        _open.remove(self)
        self._cell = None
        self.examined.clear()
        self._frame.close()
        with suppress(Exception):  # what is remembered is a courtesy, and must never cost a mark
            note(self.name, sys._getframe(1).f_code, held=error is None)
        stopped = _stopped_cell()
        if error is None:
            for line in self.proven:
                print(msg("✔ {line}", line=line))
            if stopped:
                print(stopped)
            return
        if isinstance(error, CouldNotCheck) or not isinstance(error, Exception):
            return  # leaves as it is: Ctrl-C must stop a check
        # A name missing in the test cell's own lines is an exhibit that is not there; a NameError
        # from deeper down is a bug of ours.
        if isinstance(error, NameError) and error.name and traceback.tb_next is None:
            error = CheckFailed(
                msg(
                    "Expected: the name `{name}`. Found: nothing by that name. Its cell has not "
                    "been run yet, or it stopped with an error before binding it.",
                    name=error.name,
                )
            )
        if isinstance(error, CheckFailed):
            told = [msg("✘ {line}", line=error.message), stopped, first_hint(self.name)]
            raise CheckFailed(Lines(*told)) from None
        raise CouldNotCheck(
            msg(
                "This check itself broke down ({kind}: {error}). That is our fault, not yours, and "
                "costs you nothing; please tell your instructor.",
                kind=type(error).__name__,
                error=_short(str(error)),
            )
        ) from error


def _stopped_cell() -> Message | None:
    """In a kernel: what to know when the cell that was run before this one stopped with an error."""
    with suppress(Exception):  # a courtesy, and must never cost a mark
        shell = sys.modules["IPython"].get_ipython()
        last = shell.last_execution_result  # of this cell only once it is over
        error = last.error_before_exec or last.error_in_exec
        if shell.kernel and error and not isinstance(error, CheckFailed | CouldNotCheck):
            return msg(
                "But mind: the cell that you ran before this one stopped with {kind}, so this is "
                "about your answer as it was until then.",
                kind=next(k.__name__ for k in type(error).__mro__ if k.__name__[0] != "_"),
            )
    return None


def innermost() -> task | None:
    """The task whose checks run."""
    return _open[-1] if _open else None


def proven(line: Message) -> None:
    """Note what a check has established; the task prints it when everything holds."""
    if _open:
        _open[-1].proven.append(line)


def call(function, *arguments, name: str | None = None):
    """``function(*arguments)`` on copies of the arrays; an exception is the student's failure.

    Raises CheckFailed when ``function`` is not callable or stops with an error.
    """
    if not callable(function):
        name = name or (_open and _open[-1].name_of(function)) or "function"
        raise CheckFailed(
            msg(
                "Expected: `{name}` is a function. Found: {kind}.",
                name=name,
                kind=type(function).__name__,
            )
        )
    name = name or called(function, "function")
    copies = [np.array(a) if isinstance(a, np.ndarray) else a for a in arguments]
    try:
        return function(*copies)
    except (CheckFailed, CouldNotCheck):
        raise
    except Exception as error:
        raise CheckFailed(
            msg(
                "`{call}` stopped with {kind}: {error}",
                call=f"{name}({', '.join(argument(a) for a in arguments)})",
                kind=type(error).__name__,
                error=_short(str(error)),
            )
        ) from None


def called(function, otherwise: str) -> str:
    """What a message calls the student's ``function``: by the test cell's name for it, if it has one."""
    name = (_open and _open[-1].name_of(function)) or getattr(function, "__name__", otherwise)
    return name if isinstance(name, str) and name.isidentifier() else otherwise


def argument(value) -> str:
    if isinstance(value, np.ndarray) and value.size > 8:
        return f"array of shape {value.shape}"
    if isinstance(value, list) and value and all(isinstance(v, np.ndarray) for v in value):
        return f"[{', '.join(argument(v) for v in value[:3])}{', …' if value[3:] else ''}]"
    return _short(repr(value), 60)


def _short(text: str, limit: int = 240) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


@contextmanager
def _seeded(name: str):
    """The same randomness for the same task; Python's and NumPy's streams are given back after."""
    seed = zlib.crc32(f"{os.environ.get('FOOTGUNS_SEED', '')}/{name}".encode()) % 2**31
    python, numpy = random.getstate(), np.random.get_state()
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(seed)
    else:
        random.seed(seed)
        np.random.seed(seed)
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)


@contextmanager
def quietly():
    """Hold back what Python and C++ write to stderr, and warnings. For checks, which speak through
    their verdict (TensorFlow's remarks about processors would cost the student the mark), and for
    the first import of Keras, which is no place for red lines either."""
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        sink = stack.enter_context(tempfile.TemporaryFile("w+"))
        kept = sys.stderr
        saved = None
        with suppress(OSError):  # no file descriptor 2 (some notebook hosts): Python's is enough
            saved = os.dup(2)
            os.dup2(sink.fileno(), 2)
        sys.stderr = sink
        try:
            yield
        finally:
            sys.stderr = kept
            if saved is not None:
                os.dup2(saved, 2)
                os.close(saved)
