"""The input shape that a model is wanted for.

A model without an Input has no shapes until it is used. A check that asks a student's function for
a model says what it is going to feed it, and the process that holds the model can build it.
"""

from __future__ import annotations

from contextlib import contextmanager

_shapes: list[tuple] = []


@contextmanager
def expecting(input_shape: tuple):
    """While inside, functions of the student's are asked for models of ``input_shape`` (no batch)."""
    _shapes.append(tuple(input_shape))
    try:
        yield
    finally:
        _shapes.pop()


def expected() -> tuple | None:
    """The input shape, without the batch, that a model is wanted for now; None when unknown."""
    return _shapes[-1] if _shapes else None
