"""Which names a cell binds and which it takes from other cells.

The analysis is Python's own rule of scopes, with one addition: at the top level of a cell the order
of statements counts, because ``net = fix(net)`` reads a ``net`` from elsewhere before it binds one.
Names inside function bodies are read later, when everything that the cell binds is there.
"""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass, field

#: Names that are there in every cell: builtins, and what IPython adds.
EVERYWHERE = frozenset(dir(builtins)) | {"__name__", "display", "get_ipython"}


@dataclass
class Names:
    """What one cell binds and what it reads of others: name -> first line in the cell."""

    bound: dict[str, int] = field(default_factory=dict)
    read: dict[str, int] = field(default_factory=dict)


def names(source: str | ast.Module) -> Names:
    """The names of a cell. Raises SyntaxError when the source does not parse."""
    tree = ast.parse(source) if isinstance(source, str) else source
    cell = _Scope(None)
    cell.run(tree.body)
    return Names(cell.bound, {n: line for n, line in cell.read.items() if n not in EVERYWHERE})


class _Scope(ast.NodeVisitor):
    """One scope of names: the cell itself, a class body, a comprehension or a function body.

    ``bound`` grows as statements are visited; ``read`` holds what was read before it was bound.
    Function bodies are put off until the scope that holds them has been visited.
    """

    def __init__(self, outer, local=()):
        self.outer = outer
        self.bound: dict[str, int] = dict.fromkeys(local, 0)
        self.read: dict[str, int] = {}
        self.outside: set[str] = set()  # declared global or nonlocal
        self.later: list[tuple[list[str], list[ast.AST]]] = []

    def run(self, body):
        for node in body:
            self.visit(node)
        for parameters, inner in self.later:
            function = _Scope(self, {*parameters, *_bound_in(inner)})
            function.run(inner)
            function.report_to(self)
        return self

    def report_to(self, scope):
        """Let the scope around this one resolve what this one could not."""
        for name, line in self.read.items():
            scope.use(name, line)

    def use(self, name, line):
        if name not in self.bound:
            self.read.setdefault(name, line)

    def bind(self, name, line):
        if name in self.outside and self.outer is not None:
            self.outer.bind(name, line)
        else:
            self.bound.setdefault(name, line)

    # Names -----------------------------------------------------------------------------------

    def visit_Name(self, node):
        if isinstance(node.ctx, ast.Store):
            self.bind(node.id, node.lineno)
        else:
            self.use(node.id, node.lineno)
            if isinstance(node.ctx, ast.Del):
                self.bound.pop(node.id, None)

    def visit_AugAssign(self, node):
        if isinstance(node.target, ast.Name):
            self.use(node.target.id, node.lineno)
        self.visit(node.value)
        self.visit(node.target)

    def visit_Assign(self, node):
        self.visit(node.value)  # before the targets: `x = x + 1` reads x first
        for target in node.targets:
            self.visit(target)

    def visit_AnnAssign(self, node):
        self.visit(node.annotation)
        if node.value is not None:
            self.visit(node.value)
            self.visit(node.target)

    def visit_NamedExpr(self, node):
        self.visit(node.value)
        self.visit(node.target)

    def visit_For(self, node):
        self.visit(node.iter)
        self.visit(node.target)
        for statement in [*node.body, *node.orelse]:
            self.visit(statement)

    visit_AsyncFor = visit_For

    def visit_Global(self, node):
        self.outside.update(node.names)
        for name in node.names:
            self.bound.pop(name, None)

    visit_Nonlocal = visit_Global

    def visit_Import(self, node):
        for alias in node.names:
            self.bind(alias.asname or alias.name.split(".")[0], node.lineno)

    visit_ImportFrom = visit_Import

    def visit_ExceptHandler(self, node):
        if node.type is not None:
            self.visit(node.type)
        if node.name:
            self.bind(node.name, node.lineno)
        for statement in node.body:
            self.visit(statement)

    def visit_MatchAs(self, node):
        self.generic_visit(node)
        if node.name:
            self.bind(node.name, node.lineno)

    visit_MatchStar = visit_MatchAs

    def visit_MatchMapping(self, node):
        self.generic_visit(node)
        if node.rest:
            self.bind(node.rest, node.lineno)

    # Scopes ----------------------------------------------------------------------------------

    def visit_FunctionDef(self, node):
        for part in [*node.decorator_list, node.args, node.returns]:
            if part is not None:
                self.visit(part)  # defaults and annotations belong to this scope
        self.bind(node.name, node.lineno)
        self.later.append((_parameters(node.args), node.body))

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node):
        self.visit(node.args)
        self.later.append((_parameters(node.args), [node.body]))

    def visit_ClassDef(self, node):
        for part in [*node.decorator_list, *node.bases, *node.keywords]:
            self.visit(part)
        body = _Scope(self)
        for statement in node.body:
            body.visit(statement)
        body.report_to(self)
        self.later += body.later  # methods do not see the names of the class body
        self.bind(node.name, node.lineno)

    def _comprehension(self, node):
        first, *others = node.generators
        self.visit(first.iter)
        inner = _Scope(self, _bound_in([g.target for g in node.generators]))
        # An assignment expression binds in the scope around the comprehension.
        inner.outside = {n.target.id for n in ast.walk(node) if isinstance(n, ast.NamedExpr)}
        parts = [*first.ifs, *(part for g in others for part in (g.iter, *g.ifs))]
        parts += [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        inner.run(parts)
        inner.report_to(self)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension


def _parameters(arguments):
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [a for a in (arguments.vararg, arguments.kwarg) if a is not None]
    return [argument.arg for argument in every]


def _bound_in(body):
    """Every name that the statements bind in their own scope, wherever they do."""
    probe = _Binder()
    for node in body:
        probe.visit(node)
    return probe.bound.keys() - probe.outside


class _Binder(_Scope):
    """Collects bindings only, in any order, without entering inner scopes."""

    def __init__(self):
        super().__init__(None)

    def visit_Name(self, node):
        if isinstance(node.ctx, ast.Store):
            self.bind(node.id, node.lineno)

    def bind(self, name, line):
        self.bound.setdefault(name, line)

    def visit_FunctionDef(self, node):
        self.bind(node.name, node.lineno)

    visit_AsyncFunctionDef = visit_ClassDef = visit_FunctionDef

    def visit_Lambda(self, node):
        pass

    def _comprehension(self, node):
        for inner in ast.walk(node):
            if isinstance(inner, ast.NamedExpr):
                self.bind(inner.target.id, inner.lineno)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension
