"""Checks of source text that is read, never run."""

from __future__ import annotations

import ast
import warnings

from autograder.checks._task import proven
from autograder.checks.answers._reading import plain
from autograder.errors import CheckFailed
from autograder.messages import Lines, msg

_LONGEST = 20_000


def mended(answer, intended: str, *, broken: str) -> None:
    """The text parses, and says the same as ``intended``: nothing else was changed.

    Spaces, comments and quotation marks do not count: the syntax trees are compared. The text is
    never executed. Raises CheckFailed with the parser's own words.
    """
    answer = plain(answer)
    if not isinstance(answer, str):
        raise CheckFailed(
            msg("Expected: the source as a text. Found: {kind}.", kind=type(answer).__name__)
        )
    if len(answer) > _LONGEST:
        raise CheckFailed(msg("Expected: a few lines. Found: {n} characters.", n=len(answer)))
    answer = answer.strip("\n")  # so that lines count as the parser counted them at first
    tree, problem = _parsed(answer)
    if tree is None:
        raise CheckFailed(
            Lines(msg("The parser stops: {problem}", problem=problem.msg), _line(answer, problem))
        )
    expected = ast.parse(intended)
    if ast.dump(tree) != ast.dump(expected):
        raise CheckFailed(_difference(tree, expected))
    was = _parsed(broken)[1]
    proven(msg("As it came: “{was}”. Yours parses, and nothing else has changed.", was=was.msg))


def _parsed(text):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text), None
    except SyntaxError as error:
        return None, error
    except (ValueError, RecursionError, MemoryError) as error:
        return None, SyntaxError(str(error))


def _line(text, problem):
    lines = text.splitlines()
    if not problem.lineno or not 0 < problem.lineno <= len(lines):
        return None
    return msg("  line {n}: {source}", n=problem.lineno, source=lines[problem.lineno - 1].strip())


def _difference(tree, expected):
    if len(tree.body) != len(expected.body):
        return msg(
            "It parses, but it has {found} statements; the original has {right}.",
            found=len(tree.body),
            right=len(expected.body),
        )
    changed = next(
        node
        for node, other in zip(tree.body, expected.body, strict=True)
        if ast.dump(node) != ast.dump(other)
    )
    return Lines(
        msg("It parses, but it is another program now:"),
        msg("  line {n}: {source}", n=changed.lineno, source=ast.unparse(changed)),
    )
