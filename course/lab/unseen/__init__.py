"""What nobody has seen, made from a seed: the last task of every unit.

================  =====================================================================
``dense(seed)``   a dense net for :func:`price_bands`, with three or four faults
``conv(seed)``    a convolutional net for the 28x28 digits, with three or four faults
``stack(seed)``   six layers: which neighbours may be :func:`swapped`, and in which mode?
================  =====================================================================
"""

from course.lab.unseen.conv_nets import conv
from course.lab.unseen.dense_nets import BANDS, LINEAR, dense, price_bands
from course.lab.unseen.net import Unseen
from course.lab.unseen.stacks import MODES, Stack, stack, swapped

__all__ = [
    "BANDS",
    "LINEAR",
    "MODES",
    "Stack",
    "Unseen",
    "conv",
    "dense",
    "price_bands",
    "stack",
    "swapped",
]
