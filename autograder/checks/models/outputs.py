"""Checks of what a net answers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograder.checks._task import proven
from autograder.checks.models._built import examined, graph_of
from autograder.errors import CheckFailed
from autograder.messages import msg


def distribution(make: Callable, *, task, training: bool | None = None) -> None:
    """Every row of the answer is a distribution over the classes: no number below 0, sum 1.

    In inference and in training, or in one of them (``training``). Logits count as the distribution
    that the loss makes of them when the loss says ``from_logits=True``. Raises CheckFailed with the
    sums that were measured.
    """
    import keras

    from autograder.faults import loss_of
    from autograder.faults.evidence import sample_inputs, unchanged

    net = examined(make, task)
    x = sample_inputs(graph_of(net, task))
    logits = loss_of(net).from_logits
    for mode in (False, True) if training is None else (training,):
        with unchanged(net):
            rows = np.asarray(keras.ops.convert_to_numpy(net(x, training=mode)), float)
        rows = rows.reshape(-1, rows.shape[-1])
        if logits and np.isfinite(rows).all() and np.abs(rows.sum(-1) - 1).max() > 1e-3:
            rows = np.exp(rows - rows.max(-1, keepdims=True))
            rows /= rows.sum(-1, keepdims=True)
        sums = rows.sum(-1)
        # float32 sums of n numbers up to 1: error n eps / 2; 1e-4 leaves room up to n = 1000.
        if np.isfinite(rows).all() and rows.min() >= -1e-6 and np.abs(sums - 1).max() < 1e-4:
            continue
        raise CheckFailed(
            msg(
                "Expected: rows of the answer that are probabilities and sum to 1 {mode}. Found: "
                "sums from {low:.3g} to {high:.3g}, smallest number {least:.3g}.",
                mode=msg("in training too") if mode else msg("in inference"),
                low=float(sums.min()),
                high=float(sums.max()),
                least=float(rows.min()),
            )
        )
    proven(msg("The rows of the answer sum to 1."))
