"""What a layer tells about a class: to one neuron, to all of them added up, to a linear reader.

========================================  ==================================================
``d_prime(mean0, var0, mean1, var1)``     distance of two means in standard deviations
``fisher_ratio(...)``                     half its square: between classes over within classes
``auc(x, labels)``                        how well one neuron's order tells the classes apart
``linear_probe(fit, judge)``              held-out accuracy of a linear reader of all neurons
``layer_probes(model, fit, judge)``       the same for every layer of a model
``activations(model, x)``                 {layer: array}, for a few thousand samples
========================================  ==================================================
"""

from course.lab.probes.linear import activations, layer_probes, linear_probe
from course.lab.probes.separation import auc, d_prime, fisher_ratio

__all__ = ["activations", "auc", "d_prime", "fisher_ratio", "layer_probes", "linear_probe"]
