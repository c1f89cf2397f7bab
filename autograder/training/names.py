"""Names of a model's variables that do not depend on what was built before it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


def variable_names(model: keras.Model) -> dict[str, object]:
    """The trainable variables by short names: 'dense/kernel', 'dense_1/bias', ... in order.

    A layer that was given a name keeps it. Names that Keras counts up over the whole session
    ('dense_17') are counted anew in each model, so that a name means the same in every run.
    """
    names, seen, counts = {}, set(), Counter()
    for layer in _layers(model):
        own = [v for v in _own_variables(layer) if id(v) not in seen]
        if not own:
            continue
        base, automatic = _base_name(layer)
        layer_name = base if not counts[base] else f"{base}_{counts[base]}"
        counts[base] += 1
        if not automatic:
            layer_name = layer.name
        for v in own:
            seen.add(id(v))
            names[_free(f"{layer_name}/{v.name}", names)] = v
    # Variables that no layer owns (a model of the student's own class) come under their own names.
    for v in model.trainable_variables:
        if id(v) not in seen:
            names[_free(v.name, names)] = v
    order = {id(v): i for i, v in enumerate(model.trainable_variables)}
    known = [(name, v) for name, v in names.items() if id(v) in order]
    return dict(sorted(known, key=lambda item: order[id(item[1])]))


def _layers(model) -> Iterator:
    import keras

    def walk(layer):
        yield layer
        for inner in getattr(layer, "_layers", []):
            if isinstance(inner, keras.Layer):
                yield from walk(inner)

    yield from walk(model)


def _own_variables(layer):
    inner = {
        id(v) for part in getattr(layer, "_layers", []) for v in getattr(part, "variables", [])
    }
    return [v for v in layer.trainable_variables if id(v) not in inner]


def _base_name(layer) -> tuple[str, bool]:
    """The layer's name without Keras' running number, and whether Keras gave it."""
    # Keras' own rule: BatchNormalization -> batch_normalization, Conv2D -> conv2d.
    automatic = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", type(layer).__name__)
    automatic = re.sub("([a-z])([A-Z])", r"\1_\2", automatic).lower()
    if re.fullmatch(rf"{re.escape(automatic)}(_\d+)?", layer.name):
        return automatic, True
    return layer.name, False


def _free(name: str, taken) -> str:
    unique, n = name, 2
    while unique in taken:
        unique, n = f"{name} ({n})", n + 1
    return unique
