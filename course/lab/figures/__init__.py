"""Small pictures for notebooks, each with a text twin.

=============================  =========================================================
``maps({title: grid})``        number grids side by side, equal cells marked = and others ≠
``sizes(sides, steps)``        a strip of map sizes, 100 → 96 → 32 → ... → ✗
``path(points, target)``       a descent in the plane of two weights, over its contours
``bars({label: number})``      labelled bars, with a baseline to compare with
``curves({name: (x, y)})``     a grid of small graphs
``layers(model)``              a model's operations with their parameters and MACs
=============================  =========================================================

Every function returns a :class:`Figure`: the last expression of a cell shows it, ``print`` gives its
text. Labels may be strings or messages (``autograder.messages.msg``), which are translated when they
are shown.
"""

from course.lab.figures._layers import layers
from course.lab.figures._maps import maps, sizes
from course.lab.figures._plots import bars, curves, path
from course.lab.figures._svg import Figure

__all__ = ["Figure", "bars", "curves", "layers", "maps", "path", "sizes"]
