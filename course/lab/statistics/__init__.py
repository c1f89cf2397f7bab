"""Means and variances of samples that pass by once.

=====================================  =====================================================
``RunningMoments``                     mean and unbiased variance; ``update``, ``merge``
``layer_moments(model, batches)``      the same for every neuron of every layer, by class
``batched(x, labels)``                 arrays cut into batches
``pooled(moments)``                    layer by layer, as if all its neurons were one
``standard_error(values, groups)``     of a mean, where values come in groups
=====================================  =====================================================

No activation outlives its batch: 10,000 samples of a net with 39,000 neurons take some 90 MB instead of
three gigabytes, see ``benchmarks/statistics.py``.
"""

from course.lab.statistics.layers import batched, layer_moments, pooled
from course.lab.statistics.moments import RunningMoments, standard_error

__all__ = ["RunningMoments", "batched", "layer_moments", "pooled", "standard_error"]
