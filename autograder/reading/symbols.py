"""Values, symbolic tensors and recorded calls: what tracing handles."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from autograder.reading._keras import is_stock
from autograder.reading.graph import Node


@dataclass(eq=False)
class Value:
    """One output of one node, while tracing."""

    node: int
    port: int
    shape: tuple
    dtype: str = "float32"


@dataclass(eq=False)
class Draft(Node):
    """A node that later passes may still merge with others."""

    fn: object = None  # runs a pointwise operation on arrays in place of its inputs
    raw_kernel: bool = False  # a kernel applied by keras.ops: its bias is an addition after it
    bias: object = None  # the vector that an addition adds
    owner: object = None  # the student's layer whose call this stands in


class NotTraceable(Exception):
    """The callable cannot be followed on symbolic tensors."""


def elementwise_names():
    from autograder.reading.kinds import ELEMENTWISE

    return ELEMENTWISE | {"identity", "rescaling"}


def own_names(layer):
    """Names that the classes in front of Keras' own define."""
    names = set()
    for cls in type(layer).__mro__:
        if is_stock(cls):
            break
        names |= set(vars(cls))
    return names


def built_shape(layer) -> tuple | dict | list | None:
    """The input shape that a model or layer was built with, its batch None, in the structure that
    ``call`` takes; None where it was not built, or of several arguments."""
    config = vars(layer).get("_build_shapes_dict")
    layers = vars(layer).get("_layers") or []
    if not config and layers:
        first = layers[0]
        shape = getattr(first, "batch_shape", None) or getattr(first, "_input_shape_arg", None)
        if shape and hasattr(first, "batch_shape"):
            return (None, *shape[1:])
        return (None, *shape) if shape else None
    if not config or len(config) != 1:
        return None
    (shape,) = config.values()
    if shape is None:
        return None
    return map_shapes(lambda s: (None, *s[1:]), shape)


def is_shape(value) -> bool:
    """Whether ``value`` is one shape, and no structure of several."""
    return isinstance(value, (tuple, list)) and all(d is None or isinstance(d, int) for d in value)


def map_shapes(fn, structure):
    """``structure`` with ``fn(shape)`` in the place of every shape."""
    if is_shape(structure):
        return fn(tuple(structure))
    if isinstance(structure, dict):
        return {k: map_shapes(fn, v) for k, v in structure.items()}
    return [map_shapes(fn, v) for v in structure]


def is_symbolic(x):
    from keras import KerasTensor

    return isinstance(x, KerasTensor)


def symbolic_like(value):
    from keras import KerasTensor

    return KerasTensor(value.shape, dtype=value.dtype)


def values_in(structure) -> list[Value]:
    """The distinct values in arguments, in order."""
    from keras import tree

    found = [x for x in tree.flatten(structure) if isinstance(x, Value)]
    return list({id(v): v for v in found}.values())


def fill(structure, replacements):
    """Arguments with each Value replaced by what ``replacements`` has for its id."""
    from keras import tree

    return tree.map_structure(
        lambda x: replacements[id(x)] if isinstance(x, Value) else x, structure
    )


def other_arguments(structure):
    """(variables, arrays and numbers) among the arguments of an operation."""
    from keras import Variable, ops, tree

    variables, constants = [], []
    for x in tree.flatten(structure):
        if isinstance(x, Variable):
            variables.append(x)
        elif isinstance(x, (int, float, bool)) or ops.is_tensor(x) or hasattr(x, "__array__"):
            constants.append(x)
    return tuple(variables), constants


def output_shapes(operation, args, kwargs, recorded, same):
    from keras import tree

    if same:
        return [tuple(t.shape) for t in recorded]
    filled = fill((args, kwargs), {id(v): symbolic_like(v) for v in values_in((args, kwargs))})
    if hasattr(operation, "_assert_input_compatibility"):
        operation._assert_input_compatibility(*filled[0])
    outputs = operation.compute_output_spec(*filled[0], **filled[1])
    return [tuple(t.shape) for t in tree.flatten(outputs)]


_WINDOWED = ("Conv", "Depthwise", "Separable", "MaxPooling", "AveragePooling", "ZeroPadding")


def live_shape(layer, cls, shape, recorded):
    if not cls.__name__.startswith(_WINDOWED):
        return recorded
    return [tuple(layer.compute_output_shape(shape))]


def calls_in_order(outputs, known):
    """Keras nodes that lead to ``outputs``, each after the nodes it reads."""
    done, order = set(), []
    for output in outputs:
        waiting = [output]
        while waiting:
            tensor = waiting[-1]
            node = None if id(tensor) in known else _made_by(tensor)
            if node is None or id(node) in done:
                waiting.pop()
                continue
            missing = [
                t
                for t in node.arguments.keras_tensors
                if id(t) not in known and (n := _made_by(t)) is not None and id(n) not in done
            ]
            if missing:
                waiting.extend(reversed(missing))
            else:
                done.add(id(node))
                order.append(node)
                waiting.pop()
    return order


def _made_by(tensor):
    history = getattr(tensor, "_keras_history", None)
    if history is None or history.operation is None:
        return None
    return history.operation._inbound_nodes[history.node_index]


def fingerprint(thing) -> str:
    """A name for what cannot be read: two opaque nodes are equal when theirs are."""
    code = getattr(thing, "__code__", None)
    name = getattr(thing, "__qualname__", type(thing).__qualname__)
    if code is None:
        return name
    closure = [repr(c.cell_contents)[:80] for c in thing.__closure__ or ()]
    text = repr((code.co_code, code.co_names, code.co_consts, thing.__defaults__, closure))
    return f"{name}:{hashlib.sha256(text.encode()).hexdigest()[:8]}"
