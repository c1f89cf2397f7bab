"""An X-ray of a model: a strip of its operations, what each costs, and what it does to a batch.

::

    xray(model)                              # shapes, parameters, multiply-accumulates
    xray(model, batch)                       # and the activations of the batch, layer by layer
    xray(model, batch, findings=diagnose(model, task))     # and what is wrong, where it is wrong

A notebook shows a picture, ``print`` the same as text. Without ``findings`` an X-ray judges nothing:
a task shows one before the student has looked for the faults, see ``autograder.checks.sealed``.
"""

from autograder.xrays.activity import Activity, activities
from autograder.xrays.strip import Row, XRay, xray

__all__ = ["Activity", "Row", "XRay", "activities", "xray"]
