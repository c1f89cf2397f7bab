"""Mutants of a solution: one small change each, of the kind that students' slips are made of.

Families: order (two layers or statements change places), activation, initialiser, loss, shape, and
value (numbers, truth values, operators) for answers that are no models.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

from autograder.building.regions import SOLUTION, region, replaced

_ACTIVATION_LAYERS = {"Activation", "ReLU", "LeakyReLU", "ELU", "PReLU", "Softmax"}
_WEIGHTED = {"Dense", "Conv2D"}
_LOSSES = {
    "sparse_categorical_crossentropy": ["mse", "sparse_categorical_accuracy"],
    "categorical_crossentropy": ["mse"],
    "mse": ["binary_crossentropy"],
    "mean_squared_error": ["binary_crossentropy"],
    "mae": ["binary_crossentropy"],
    "huber": ["binary_crossentropy"],
}
_OPERATORS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult}
_COMPARISONS = {
    ast.Lt: ast.GtE,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.GtE: ast.Lt,
    ast.Eq: ast.NotEq,
}


@dataclass(frozen=True)
class Mutant:
    """name: family, line within the solution and what changed; source: the whole answer cell."""

    name: str
    family: str
    source: str


def mutants(answer: str) -> list[Mutant]:
    """Every mutant of an answer cell with a solution region, in the order of the lines.

    Mutants whose source equals the solution's or another's are left out.
    """
    before, _ = replaced(answer, SOLUTION, "")
    tree = ast.parse(region(answer, SOLUTION) or answer)
    is_model = any(_name(call) == "compile" for call in _calls(tree))
    seen, found = {ast.unparse(tree)}, []
    for family, line, what, change in _changes(tree, is_model):
        mutant = copy.deepcopy(tree)
        change(_index(mutant))
        text = ast.unparse(ast.fix_missing_locations(mutant))
        if text not in seen:
            seen.add(text)
            found.append(Mutant(f"{family}, line {line}: {what}", family, f"{before}\n{text}"))
    return found


def _changes(tree, is_model: bool) -> Iterator[tuple]:
    """(family, line, words, change); ``change`` edits the node list of a copy of the tree."""
    nodes = _index(tree)
    at = {id(node): i for i, node in enumerate(nodes)}
    yield from _order(nodes, at)
    for i, node in enumerate(nodes):
        if isinstance(node, ast.Call):
            yield from _model_changes(node, i) if is_model else ()
        elif isinstance(node, ast.Constant) and not is_model:
            yield from _value_changes(node, i)
        elif isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS and not is_model:
            other = _OPERATORS[type(node.op)]
            yield (
                "value",
                node.lineno,
                f"{type(node.op).__name__} -> {other.__name__}",
                lambda tree, i=i, other=other: setattr(tree[i], "op", other()),
            )
        elif isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARISONS and not is_model:
            other = _COMPARISONS[type(node.ops[0])]
            yield (
                "value",
                node.lineno,
                f"{type(node.ops[0]).__name__} -> {other.__name__}",
                lambda tree, i=i, other=other: tree[i].ops.__setitem__(0, other()),
            )


def _order(nodes, at) -> Iterator[tuple]:
    """Neighbouring layers of a list, and neighbouring ``add`` or ``append`` statements, change places."""
    for node in nodes:
        for field in ("elts", "body"):
            items, i = getattr(node, field, None), at[id(node)]
            if not isinstance(items, list):
                continue
            for k, (first, second) in enumerate(zip(items, items[1:], strict=False)):
                if _is_layer(first) and _is_layer(second):
                    yield (
                        "order",
                        first.lineno,
                        f"{_layer_name(first)} <-> {_layer_name(second)}",
                        lambda tree, i=i, field=field, k=k: _swap(getattr(tree[i], field), k),
                    )


def _model_changes(call: ast.Call, i: int) -> Iterator[tuple]:
    name, line = _name(call), call.lineno
    for k, keyword in enumerate(call.keywords):
        value = keyword.value
        if keyword.arg == "activation" and isinstance(value, ast.Constant):
            for other in ("linear", "sigmoid") if value.value == "softmax" else ("linear",):
                yield (
                    "activation",
                    line,
                    f"{value.value} -> {other}",
                    lambda tree, k=k, other=other: _set(tree[i].keywords[k], other),
                )
        if keyword.arg == "kernel_initializer":
            yield (
                "initialiser",
                line,
                "-> zeros",
                lambda tree, k=k: _set(tree[i].keywords[k], "zeros"),
            )
        if keyword.arg == "loss" and isinstance(value, ast.Constant):
            for other in _LOSSES.get(value.value, ()):
                yield (
                    "loss",
                    line,
                    f"{value.value} -> {other}",
                    lambda tree, k=k, other=other: _set(tree[i].keywords[k], other),
                )
        if keyword.arg == "rate":
            yield ("shape", line, "rate -> 1", lambda tree, k=k: _set(tree[i].keywords[k], 1.0))
    if name in _ACTIVATION_LAYERS:
        yield (
            "activation",
            line,
            f"{name} removed",
            lambda tree: _become(tree[i], "keras.layers.Identity()"),
        )
    if name in _WEIGHTED and not any(k.arg == "kernel_initializer" for k in call.keywords):
        yield ("initialiser", line, f"{name} -> zeros", lambda tree: _zeros(tree[i]))
    if name == "Dropout":
        yield (
            "shape",
            line,
            "rate -> 1",
            lambda tree: tree[i].args.__setitem__(slice(0, 1), [ast.Constant(1.0)]),
        )
    if name == "compile":
        yield ("loss", line, "loss removed", lambda tree: _without(tree[i], "loss"))


def _value_changes(node: ast.Constant, i: int) -> Iterator[tuple]:
    value = node.value
    if isinstance(value, bool):
        others = [not value]
    elif isinstance(value, int | float):
        others = [value + 1, -value] if value else [1]
    else:
        return
    for other in others:
        yield (
            "value",
            node.lineno,
            f"{value} -> {other}",
            lambda tree, other=other: setattr(tree[i], "value", other),
        )


def _index(tree) -> list[ast.AST]:
    return list(ast.walk(tree))


def _calls(tree) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _name(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _is_layer(node) -> bool:
    if isinstance(node, ast.Expr):  # model.add(Layer(...)), or append to what is a model later
        return isinstance(node.value, ast.Call) and _name(node.value) in ("add", "append")
    return isinstance(node, ast.Call) and _name(node)[:1].isupper() and _name(node) != "Input"


def _layer_name(node) -> str:
    call = node.value.args[0] if isinstance(node, ast.Expr) else node
    return _name(call) if isinstance(call, ast.Call) else ast.unparse(call)


def _swap(items: list, k: int) -> None:
    items[k], items[k + 1] = items[k + 1], items[k]


def _set(keyword: ast.keyword, value) -> None:
    keyword.value = ast.Constant(value)


def _zeros(call: ast.Call) -> None:
    call.keywords.append(ast.keyword("kernel_initializer", ast.Constant("zeros")))


def _without(call: ast.Call, name: str) -> None:
    call.keywords = [keyword for keyword in call.keywords if keyword.arg != name]


def _become(call: ast.Call, source: str) -> None:
    new = ast.parse(source, mode="eval").body
    call.func, call.args, call.keywords = new.func, new.args, new.keywords
