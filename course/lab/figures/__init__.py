"""Small pictures for notebooks, each with a text twin.

=============================  =========================================================
``maps({title: grid})``        number grids side by side, equal cells marked = and others ≠
``sizes(sides, steps)``        a strip of map sizes, 100 → 96 → 32 → ... → ✗
``path(points, target)``       a descent in the plane of two weights, over its contours
``bars({label: number})``      labelled bars, with a baseline to compare with
``curves({name: (x, y)})``     a grid of small graphs
``series({name: (x, y)})``     several series on shared axes: learning curves
``distributions({name: two})``   histograms of two classes, in many small panels
``signs({name: matrix})``      the signs of gradients: + − 0, and which neurons have one sign
``stack(figure, ...)``         figures one below the other, with a note
=============================  =========================================================

A model's layers are drawn by ``autograder.xray``. Every function returns a :class:`Figure`: the last expression of a cell shows it, ``print`` gives its
text. Labels may be strings or messages (``autograder.messages.msg``), which are translated when they
are shown.
"""

from autograder.drawing import Figure
from course.lab.figures._distributions import distributions
from course.lab.figures._maps import maps, sizes
from course.lab.figures._plots import bars, curves, path
from course.lab.figures._series import series
from course.lab.figures._signs import signs
from course.lab.figures._stack import stack

__all__ = [
    "Figure",
    "bars",
    "curves",
    "distributions",
    "maps",
    "path",
    "series",
    "signs",
    "sizes",
    "stack",
]
