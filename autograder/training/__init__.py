"""Instruments that train: what moves in a few steps, a quiet fit, a held-out score, and what dropout
does to the normalisations behind it.

They leave the model's own optimizer, metrics and ``fit`` alone: each training run has a fresh
optimizer of the same kind and settings, so that an experiment never depends on the ones before it.
TensorFlow is imported when something trains. Notebooks use them: ``from autograder import training``.
"""

from autograder.training.fitting import Trainer, fit
from autograder.training.making import build, redraw
from autograder.training.motion import moving
from autograder.training.names import variable_names
from autograder.training.preparing import CannotTrain
from autograder.training.scores import Predictor, accuracy, score
from autograder.training.shifts import Shift, dropped, felt, remembering, restate, shifts

__all__ = [
    "CannotTrain",
    "Predictor",
    "Shift",
    "Trainer",
    "accuracy",
    "build",
    "dropped",
    "felt",
    "fit",
    "moving",
    "redraw",
    "remembering",
    "restate",
    "score",
    "shifts",
    "variable_names",
]
