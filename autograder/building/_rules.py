"""The rules of masters that can be decided without running anything."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autograder.building import regions
from autograder.building._percent import fault
from autograder.building.names import EVERYWHERE, Names, names
from autograder.errors import Problem

LEAST_RIGHT = 4
LEAST_WRONG = 6


def check(unit) -> None:
    """Raise Problem, with file and line, for the first rule that a cell of ``unit`` breaks."""
    for cell in unit.cells:
        _check_regions(cell)
    facts = {cell.id: _names(cell, cell.source) for cell in unit.cells if not cell.is_text}
    _check_exhibits(unit)
    _check_setup_call(unit)
    owners = _Owners(unit, facts)
    for cell in unit.cells:
        if not cell.is_text:
            owners.check(cell)
        if cell.kind == "answer":
            _check_answer(cell, owners)
        elif cell.kind == "test":
            _check_test(cell, unit.tasks[cell.task])
    for task in unit.tasks.values():
        for variant in task.right:
            _check_variant(task, variant, owners)


def incomplete(unit) -> Iterator[Problem]:
    """What a unit still lacks before it can be published."""
    for task in unit.tasks.values():
        if task.written or task.practice:
            continue
        path = unit.folder / "answers" / f"{task.name}.py"
        for kind, have, least in (
            ("right", len(task.right), LEAST_RIGHT),
            ("wrong", len(task.wrong), LEAST_WRONG),
        ):
            if have < least:
                yield fault(
                    path,
                    None,
                    f'expected {least} or more cells # %% {kind}="...", received {have}. Write '
                    "them, or run `autograder build --draft` meanwhile.",
                )


def _parse(cell, source, what="the cell"):
    try:
        return ast.parse(source)
    except SyntaxError as error:
        line = cell.line + error.lineno if what == "the cell" and error.lineno else cell.line
        raise fault(cell.path, line, f"{what} does not parse: {error.msg}.") from None


def _names(cell, source, what="the cell"):
    tree = _parse(cell, source, what)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            raise fault(
                cell.path, cell.line + node.lineno, "import *: name what is imported instead."
            )
    return names(tree)


def _check_regions(cell):
    allowed = {
        "answer": regions.SOLUTION,
        "written": regions.SOLUTION,
        "test": regions.HIDDEN,
    }.get(cell.kind, ())
    for text, at in ((cell.source, cell.line), (cell.russian or "", cell.russian_line)):
        for n, line in enumerate(text.split("\n"), 1):
            for marker in (*regions.SOLUTION, *regions.HIDDEN, *regions.FOREIGN):
                if marker in line and marker not in allowed:
                    raise fault(
                        cell.path, at + n, f"{marker} has no meaning in a {cell.kind} cell."
                    )
        try:
            found = bool(allowed) and regions.replaced(text, allowed)[1]
        except regions.BadRegion as error:
            raise fault(cell.path, at + error.line, f"{error}.") from None
        if cell.kind == "answer" and text and not found:
            raise fault(
                cell.path, at, "the answer has no ### BEGIN SOLUTION ... ### END SOLUTION region."
            )


def _check_exhibits(unit):
    owner = {}
    for task in unit.tasks.values():
        for name in task.exhibits:
            if name in owner:
                raise fault(
                    unit.master,
                    task.answer.line,
                    f"exhibit {name} of {task.name} is an exhibit of {owner[name]} too. Rename one: "
                    "students run the tests of both in one notebook.",
                )
            owner[name] = task.name


def _check_setup_call(unit):
    call = 'checks.use_language("en")'
    if not unit.setup:
        raise fault(unit.master, None, f"no setup cell. Write one with {call}.")
    for n, cell in enumerate(unit.setup):
        expected = int(n == 0)
        if (count := cell.source.count(call)) != expected:
            raise fault(
                cell.path,
                cell.line,
                f"expected {call} once, in the first setup cell. Received it {count} times here.",
            )


class _Owners:
    """Who binds what in a unit, and whether a cell may read it."""

    def __init__(self, unit, facts: dict[str, Names]):
        self.unit = unit
        self.facts = facts
        self.all_setup = {name for c in unit.setup for name in facts[c.id].bound}

    def binders(self, name, *kinds):
        return [
            cell
            for cell in self.unit.cells
            if cell.kind in kinds and name in self.facts.get(cell.id, Names()).bound
        ]

    def setup_before(self, cell):
        """The names that setup cells above ``cell`` bind."""
        return {n for c in self.unit.setup if c.line < cell.line for n in self.bound(c)}

    def check(self, cell):
        mine = self.facts[cell.id]
        for name, line in mine.read.items():
            self.check_read(cell, name, cell.line + line)
        if cell.kind == "answer":
            for name, line in mine.bound.items():
                if name in self.all_setup and name not in cell.exhibits:
                    raise fault(
                        cell.path,
                        cell.line + line,
                        f"the answer binds {name}, which setup binds for everybody. Rename it, or "
                        "make it an exhibit.",
                    )
        elif cell.kind == "test":
            for name, line in mine.bound.items():
                others = self.binders(name, "setup", "answer", "free")
                if others:
                    raise fault(
                        cell.path,
                        cell.line + line,
                        f"the test binds {name}, which the cell in line {others[0].line} binds too. "
                        "Rename it.",
                    )

    def check_read(self, cell, name, line):
        known = self.setup_before(cell)
        if cell.kind == "test":
            known.update(self.unit.tasks[cell.task].exhibits)
        elif cell.kind == "free":
            earlier = [c for c in self.unit.cells if c.line < cell.line]
            known.update(n for c in earlier if c.kind in ("free", "answer") for n in self.bound(c))
        if name not in known and name not in EVERYWHERE:
            raise fault(cell.path, line, self.refusal(cell, name))

    def bound(self, cell):
        return self.facts[cell.id].bound

    def refusal(self, cell, name):
        """Why ``cell`` may not read ``name``, and what to do."""
        if cell.kind == "test" and any(
            other.task == cell.task for other in self.binders(name, "answer")
        ):
            return (
                f"the test reads {name} of the answer, which is no exhibit. "
                f'Add it to exhibits="..." of the answer cell.'
            )
        if others := self.binders(name, "answer"):
            return (
                f"the {cell.kind} cell reads {name}, which the answer of {others[0].task} binds. "
                "Tasks stand alone: bind it in a setup cell."
            )
        if self.binders(name, "test"):
            return f"the {cell.kind} cell reads {name}, which only a test binds. Bind it in setup."
        if self.binders(name, "free"):
            return f"the {cell.kind} cell reads {name}, which only a free cell binds. Bind it in setup."
        if name in self.all_setup:
            return (
                f"the {cell.kind} cell reads {name} before setup binds it. Move the setup cell up."
            )
        return f"the {cell.kind} cell reads {name}, which nothing binds before. Bind it in setup."


def _check_answer(cell, owners):
    solution = owners.facts[cell.id].bound
    region = regions.region(cell.source, regions.SOLUTION)
    for name in cell.exhibits:
        if name not in solution:
            raise fault(
                cell.path, cell.line, f"the solution does not bind the exhibit {name}. Bind it."
            )
    if not region.strip():
        raise fault(cell.path, cell.line, "the solution region is empty. Write the answer.")
    start = regions.replaced(cell.source, regions.SOLUTION, "# Your code here")[0]
    starting = _names(cell, start, "the starting code (what students get)")
    if not _parse(cell, start).body:
        return
    for name in cell.exhibits:
        if name not in starting.bound:
            raise fault(
                cell.path,
                cell.line,
                f"the starting code does not bind the exhibit {name}. Bind it outside of the "
                "solution region, or leave no statement there.",
            )
    for name in starting.read:
        owners.check_read(cell, name, cell.line + starting.read[name])


def _check_test(cell, task):
    hidden = regions.replaced(cell.source, regions.HIDDEN)[0]
    for source, what in ((cell.source, "the cell"), (hidden, "the test without its hidden part")):
        tree = _parse(cell, source, what)
        blocks = 0
        for node in tree.body:
            line = cell.line + node.lineno if what == "the cell" else cell.line
            if isinstance(node, ast.Expr):
                raise fault(
                    cell.path,
                    line,
                    "a bare expression in a test: nbgrader takes its value for the mark. "
                    f'Put it inside with task("{cell.task}"):.',
                )
            if isinstance(node, ast.With):
                _check_block(cell, node, line)
                blocks += 1
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                for name in names(ast.Module([node], [])).read:
                    if name == "checks" or name in task.exhibits:
                        raise fault(
                            cell.path,
                            line,
                            f'{name} outside of with task("{cell.task}"):, which turns errors into '
                            "messages. Put the statement inside.",
                        )
            elif not isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef):
                raise fault(
                    cell.path,
                    line,
                    f'a statement outside of with task("{cell.task}"):. Put it inside.',
                )
        if not blocks or not isinstance(tree.body[-1], ast.With):
            raise fault(
                cell.path,
                cell.line,
                f'expected {what} to end in with task("{cell.task}"): and its checks.',
            )


def _check_block(cell, node, line):
    call = node.items[0].context_expr
    name = call.func if isinstance(call, ast.Call) else None
    named = isinstance(name, ast.Name) and name.id == "task"
    named = named or (isinstance(name, ast.Attribute) and name.attr == "task")
    argument = call.args[0] if named and call.args else None
    if not isinstance(argument, ast.Constant) or argument.value != cell.task:
        raise fault(
            cell.path,
            line,
            f'expected with task("{cell.task}"):. Received: '
            f"with {', '.join(ast.unparse(item) for item in node.items)}:.",
        )
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call) and _is_task_call(inner) and inner is not call:
            raise fault(cell.path, line, "a task inside a task. Take the inner one out.")


def _is_task_call(call):
    return isinstance(call.func, ast.Name) and call.func.id == "task"


def _check_variant(task, variant, owners):
    """A right variant binds the exhibits and stands alone, as the solution does."""
    found = _names(variant, variant.source)
    for name in task.exhibits:
        if name not in found.bound:
            raise fault(
                variant.path,
                variant.line,
                f"right answer {variant.name} does not bind the exhibit {name}. Bind it.",
            )
    for name, line in found.read.items():
        if name not in owners.setup_before(task.answer) and name not in EVERYWHERE:
            raise fault(
                variant.path,
                variant.line + line,
                f"right answer {variant.name} reads {name}, which neither setup nor it binds.",
            )
