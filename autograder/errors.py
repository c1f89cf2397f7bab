"""How things end badly: the answer is wrong, we could not tell, or a command cannot go on.

::

    CheckFailed(AssertionError)     the answer is wrong: expected, found, evidence, one hint
    CouldNotCheck(RuntimeError)     our own failure: costs no mark, flagged for the instructor
    Problem(Exception)              a command cannot go on; one line says what to do
"""

from __future__ import annotations

from autograder.messages import Message


class _Shown:
    """Shows an exception in a notebook as its message alone, without a traceback."""

    def __init__(self, message: Message | str):
        self.message = message
        super().__init__(message)

    def text(self, lang: str | None = None) -> str:
        return self.message.text(lang) if isinstance(self.message, Message) else self.message

    def __str__(self):
        return self.text()

    def _render_traceback_(self):  # IPython's hook for a custom traceback: a list of lines
        return self.text().splitlines()


class CheckFailed(_Shown, AssertionError):
    """The answer is wrong. The text says what was expected, what was found, and one hint."""


class CouldNotCheck(_Shown, RuntimeError):
    """The check itself failed. Never costs a mark: the instructor decides."""


class Problem(_Shown, Exception):
    """Something that the person at the keyboard can mend: one line of what was expected, what was
    received and what to do. The command line prints it and leaves with ``exit_code``: 1 when what
    was asked for could not be done, 2 when it was asked for in the wrong way."""

    def __init__(self, message: Message | str, exit_code: int = 1):
        super().__init__(message)
        self.exit_code = exit_code
