"""A data set in its two parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autograder.messages import Message


@dataclass(frozen=True, eq=False)
class Split:
    """One data set in its two parts.

    ``x_train``, ``x_test`` are float32 with the samples first; ``y_train``, ``y_test`` are int64
    labels (n,) of a classification or float32 targets (n,) of a regression (``kind``). ``note`` says
    what a reader must know, for example that MNIST was not there. ``source_train`` and
    ``source_test`` hold, for rendered sets, the index of the original of each sample.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    name: str = ""
    kind: str = "classification"
    note: Message | None = None
    source_train: np.ndarray | None = None
    source_test: np.ndarray | None = None

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one sample, as ``keras.Input`` takes it."""
        return tuple(self.x_train.shape[1:])

    @property
    def metric(self) -> str:
        """The metric this set is judged by: 'accuracy' or 'r2'."""
        return "accuracy" if self.kind == "classification" else "r2"

    def __repr__(self):
        note = f"\n{self.note}" if self.note else ""
        low, high = float(self.x_train[:500].min()), float(self.x_train[:500].max())
        return (
            f"Split({self.name!r}: {len(self.x_train)} + {len(self.x_test)} samples, "
            f"x {self.input_shape} in [{low:.3g}, {high:.3g}], {self.kind}){note}"
        )
