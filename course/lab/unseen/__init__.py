"""What nobody has seen, made from a seed: the last task of every unit.

==================  =====================================================================
``small(seed)``     a small convolutional net whose layer table is to be filled in; ``SMALL_EXAMPLE`` is
                    one that explains the rules
``dense(seed)``     a dense net for :func:`price_bands`, with three or four faults
``conv(seed)``      a convolutional net for the 28x28 digits, with three or four faults
``dropouts(seed)``  a net with four dropouts: what does each of them do to the layers behind it?
``norms(seed)``     a net with three batch normalisations: which fold, and which biases are idle?
``report(seed)``    the moments of eight layers whose names were torn off; ``solved_report(seed)``
                    is one that tells them
``stack(seed)``     six layers: which neighbours may be :func:`swapped`, and in which mode?
==================  =====================================================================
"""

from course.lab.unseen.conv_nets import conv
from course.lab.unseen.dense_nets import BANDS, LINEAR, dense, price_bands
from course.lab.unseen.dropout_nets import EFFECTS, DropoutNet, dropouts
from course.lab.unseen.net import Unseen
from course.lab.unseen.norm_nets import BIASES, SIDES, NormNet, norms
from course.lab.unseen.reports import BATCHES, KINDS, Report, report
from course.lab.unseen.reports import solved as solved_report
from course.lab.unseen.small_nets import EXAMPLE as SMALL_EXAMPLE
from course.lab.unseen.small_nets import small
from course.lab.unseen.stacks import MODES, Stack, stack, swapped

__all__ = [
    "BANDS",
    "BATCHES",
    "BIASES",
    "EFFECTS",
    "KINDS",
    "LINEAR",
    "MODES",
    "Report",
    "SIDES",
    "SMALL_EXAMPLE",
    "DropoutNet",
    "NormNet",
    "Stack",
    "Unseen",
    "conv",
    "dense",
    "dropouts",
    "norms",
    "price_bands",
    "report",
    "small",
    "solved_report",
    "stack",
    "swapped",
]
