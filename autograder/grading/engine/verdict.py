"""Runs a test cell on a student's exhibits and says what came of it.

:class:`Judge` is made before any student code runs and keeps the master's own names: what setup
cells bound. A test cell sees a copy of these and the exhibits that its task declares, and nothing
else of the student's. It is compiled and executed here, not by IPython's shell, which students may
have changed. It runs in the judge's own fork (:mod:`autograder.grading.engine.judge_fork`), where
none of a student's code ever ran; only notebooks of other courses are judged in the student's.

A verdict is a dict ready for JSON::

    outcome  'passed' | 'failed' | 'error' | 'timeout' | 'unchecked'
    message  {language: text} or None
    points   a number when the cell's last value grants a part of the points, else None
    error    {ename, evalue, traceback} as nbformat wants them, or None
"""

from __future__ import annotations

import ast
import builtins
import linecache
import math
import traceback

from autograder.errors import CheckFailed, CouldNotCheck
from autograder.exhibits.parcel import Hung
from autograder.exhibits.remote import TimedOutThere
from autograder.grading.engine.clock import TimedOut
from autograder.grading.engine.interpreter import Interpreter
from autograder.grading.engine.results import MAX_TEXT
from autograder.messages import language, msg, texts


class Judge:
    """Setup cells and test cells of one notebook, in names of their own."""

    def __init__(self, stdout, stderr):
        self._interpreter = Interpreter(stdout, stderr)
        self.names = {"__name__": "__main__", "__builtins__": builtins}
        self.broken = None  # texts of the first error in a setup cell

    def setup(self, cell: dict, show) -> dict:
        """Run a master's setup cell in the judge's own names; ``show`` displays its last value.

        Returns {'outcome': 'ran' | 'error' | 'timeout', 'message', 'error'}.
        """
        try:
            value = perform(cell["source"], f"<{cell['id']}>", self.names)
            if value is not None:
                show(value)
        except BaseException as err:
            outcome = "timeout" if isinstance(err, TimedOut) else "error"
            self.broken = self.broken or describe(err)
            return {"outcome": outcome, "message": describe(err), "error": as_output(err)}
        return {"outcome": "ran", "message": None, "error": None}

    def judge(self, cell: dict, exhibits) -> dict:
        """The verdict of test cell ``cell`` on ``exhibits()`` {name: object}, which may fail itself."""
        self._interpreter.restore()
        names = {k: v for k, v in self.names.items() if k not in cell["exhibits"]}
        try:
            given = exhibits()
            names.update({k: v for k, v in given.items() if k in cell["exhibits"]})
            value = perform(cell["source"], f"<{cell['id']}>", names)
        except BaseException as err:
            self._interpreter.restore()
            return self._refused(err)
        self._interpreter.restore()
        return _granted(value, cell.get("points") or 0)

    def _refused(self, err):
        if isinstance(err, TimedOutThere):
            err = TimedOut()
        if isinstance(err, Hung):
            err = CheckFailed(
                msg("The answer cannot be read: the student's process sent nonsense.")
            )
        text, outcome = describe(err), "error"
        if isinstance(err, TimedOut):
            outcome = "timeout"
        elif isinstance(err, CouldNotCheck):
            outcome = "unchecked"
        elif self.broken:
            outcome, text = (
                "unchecked",
                texts(msg("Could not check: the notebook's own setup failed.")),
            )
        elif isinstance(err, (CheckFailed, AssertionError, NameError)):
            outcome = "failed"
        return {"outcome": outcome, "message": text, "points": None, "error": as_output(err)}


def perform(source: str, filename: str, names: dict):
    """Execute a cell's ``source`` in ``names``; the value of its last expression, or None."""
    if any(line.lstrip()[:1] in ("%", "!") for line in source.splitlines()):
        from IPython.core.inputtransformer2 import TransformerManager

        source = TransformerManager().transform_cell(source)
    lines = source.splitlines(keepends=True)
    linecache.cache[filename] = (len(source), None, lines, filename)  # inspect.getsource finds it
    tree = ast.parse(source, filename)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not source.rstrip().endswith(";"):
        last = ast.Expression(tree.body.pop().value)
    exec(compile(tree, filename, "exec"), names)
    return None if last is None else eval(compile(last, filename, "eval"), names)


def describe(err: BaseException) -> dict[str, str]:
    """What an exception says, in every language. Never raises, whatever ``str(err)`` does."""
    if type(err) in (CheckFailed, CouldNotCheck):
        try:
            return {lang: text[:MAX_TEXT] for lang, text in texts(err.message).items()}
        except Exception as broken:
            return describe(broken)
    if isinstance(err, TimedOut):
        return texts(TimedOut.message)
    try:
        name, text = str(type(err).__name__), str(err)
    except BaseException:
        name, text = "Exception", ""
    text = f"{name}: {text}" if text else name
    return texts(text[:MAX_TEXT])


def as_output(err: BaseException) -> dict:
    """{ename, evalue, traceback}: checks show their message alone, the rest a short traceback."""
    text = describe(err)[language()]
    name = type(err).__name__
    if isinstance(err, (CheckFailed, CouldNotCheck, TimedOut)):
        return {"ename": name, "evalue": text, "traceback": text.splitlines()}
    try:
        lines = traceback.format_exception(err, limit=-6)
    except BaseException:
        lines = [text]
    return {"ename": name, "evalue": text, "traceback": "".join(lines)[-MAX_TEXT:].splitlines()}


def _granted(value, most):
    """A test cell that ends in a number gives that many points, as nbgrader has it."""
    verdict = {"outcome": "passed", "message": None, "points": None, "error": None}
    if type(value) in (int, float) and most:
        if not (math.isfinite(value) and 0 <= value <= most):
            verdict["outcome"] = "unchecked"
            verdict["message"] = texts(
                msg("Could not check: expected points from 0 to {most:g}. Received: {value}.",
                    most=float(most), value=value)
            )  # fmt: skip
        elif value < most:
            verdict["points"] = float(value)
            if value == 0:
                verdict["outcome"] = "failed"
    return verdict
