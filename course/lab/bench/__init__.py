"""The order bench: the same layers in two orders, on small maps, side by side.

::

    bench.order("relu max_pool", "max_pool relu", shift=-1.0)      # with controls, in a notebook
    bench.compare("relu max_pool", "max_pool relu", shift=-1.0)    # one picture, anywhere

Whatever is set with the controls is printed as the call that gives it back. The layers are Keras'
own, in float64; ``flows`` computes, ``pictures`` shows, ``controls`` listens.
"""

from course.lab.bench.controls import OrderBench, order
from course.lab.bench.flows import KINDS, Flow, Setting, Stage, flow
from course.lab.bench.pictures import Comparison, compare

__all__ = [
    "KINDS",
    "Comparison",
    "Flow",
    "OrderBench",
    "Setting",
    "Stage",
    "compare",
    "flow",
    "order",
]
