"""Read a Keras model: the primitive operations in order, whatever the spelling.

::

    graph = read(model)                       # functional, Sequential, subclassed
    graph = read(model, input_shape=(28, 28, 1))    # not built yet, and without an Input
    graph.ops                                 # ('conv2d', 'relu', 'max_pool2d')
    read(a) == read(b)                        # same operations, parameters, wiring and shapes

Two models are read as equal when they compute by the same primitive operations with the same
parameters. Names, weights' values, initialisers and dtypes do not count.
"""

from autograder.reading.graph import LayerGraph, Node
from autograder.reading.kinds import (
    ELEMENTWISE,
    has_kernel,
    is_activation,
    is_affine,
    is_dropout,
    is_elementwise,
    is_homogeneous,
    is_monotone,
    is_opaque,
)
from autograder.reading.read import ReadError, read

__all__ = [
    "ELEMENTWISE",
    "LayerGraph",
    "Node",
    "ReadError",
    "has_kernel",
    "is_activation",
    "is_affine",
    "is_dropout",
    "is_elementwise",
    "is_homogeneous",
    "is_monotone",
    "is_opaque",
    "read",
]
