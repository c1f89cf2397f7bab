"""Checks of a few training steps: what moves, and neurons that stay twins."""

from __future__ import annotations

import numpy as np

from autograder import training
from autograder.checks._task import proven
from autograder.checks.models._built import built, examined, explain_training, with_loss
from autograder.errors import CheckFailed
from autograder.messages import msg, nmsg

_LEAST_TWINS = 8


def learns(make, x, y, *, task, steps: int = 3) -> None:
    """Every trainable variable moves within ``steps`` training steps on (x, y), which are taken back."""
    net = examined(make, task)
    with_loss(net, task)
    with explain_training():
        moved = training.moving(net, np.array(x), np.array(y), steps=steps)
    if any(np.isnan(change) for change in moved.values()):
        raise CheckFailed(
            msg(
                "After {steps} training steps the weights are NaN: the steps were too large for what "
                "goes in and what is asked for. Bring features and targets to one scale, or start "
                "smaller.",
                steps=steps,
            )
        )
    stuck = [name for name, change in moved.items() if not change > 0]
    if stuck:
        raise CheckFailed(
            nmsg(
                "After {steps} training steps {n} variable of {total} has not moved at all: {stuck}. "
                "No gradient arrives there, or the step is 0.",
                "After {steps} training steps {n} variables of {total} have not moved at all: {stuck}. "
                "No gradient arrives there, or the step is 0.",
                len(stuck),
                steps=steps,
                total=len(moved),
                stuck=", ".join(stuck[:6]) + ("…" if len(stuck) > 6 else ""),
            )
        )
    proven(
        nmsg(
            "The one trainable variable moves within {steps} steps.",
            "All {n} trainable variables move within {steps} steps.",
            len(moved),
            steps=steps,
        )
    )


def twins(make, x, y, *, task, steps: int = 20) -> None:
    """All units of the first layer with weights are twins after ``steps`` steps, and yet all learn.

    Raises CheckFailed: something stands still, too few units, or units that differ, and since when.
    """
    from autograder.faults import loss_of
    from autograder.reading import has_kernel, read

    net = built(make, task)
    loss_of(net).demand(task)
    kernels = [node for node in read(net, input_shape=task.input_shape).nodes if has_kernel(node)]
    first = kernels[0] if len(kernels) > 1 else None
    if first is None or first.shape[-1] < _LEAST_TWINS:
        raise CheckFailed(
            msg(
                "Expected: a hidden layer of at least {least} units before the output. Found: {found}.",
                least=_LEAST_TWINS,
                found=first.shape[-1] if first else 0,
            )
        )
    kernel = first.variables[0]
    variables = training.variable_names(net)
    before = {name: np.array(v.numpy()) for name, v in variables.items()}
    start = np.array(kernel.numpy())
    training.fit(net, x, y, epochs=steps, steps=steps)
    end = np.array(kernel.numpy())
    if not all(np.isfinite(v.numpy()).all() for v in variables.values()):
        raise CheckFailed(
            msg(
                "After {steps} steps the weights are NaN: the steps were too large. Start smaller "
                "(`Constant(0.05)`) or put the features on one scale.",
                steps=steps,
            )
        )
    stuck = [
        name for name, v in variables.items() if not np.abs(v.numpy() - before[name]).max() > 0
    ]
    if stuck:
        raise CheckFailed(
            msg(
                "Twins they are, but dead ones: after {steps} steps these have not moved at all: "
                "{stuck}.",
                steps=steps,
                stuck=", ".join(stuck),
            )
        )
    apart, apart_first = _spread(end), _spread(start)
    moved = float(np.abs(end - start).max())
    if apart_first > 1e-6:
        raise CheckFailed(
            msg(
                "The columns of `{layer}` differ from the start, by up to {apart:.2g}: these units never "
                "were twins.",
                layer=first.layer,
                apart=apart_first,
            )
        )
    if apart > 1e-3 * moved:  # rounding leaves less than 1e-6 of the motion
        raise CheckFailed(
            msg(
                "The units of `{layer}` start as twins, but after {steps} steps their columns differ by up "
                "to {apart:.2g}. Something after this layer tells them apart.",
                layer=first.layer,
                steps=steps,
                apart=apart,
            )
        )
    proven(
        msg(
            "{n} units, {steps} steps, weights moved by up to {moved:.2g}, and all columns are still one "
            "and the same (largest difference {apart:.1g}).",
            n=first.shape[-1],
            steps=steps,
            moved=moved,
            apart=apart,
        )
    )


def _spread(kernel) -> float:
    """The largest difference between two units' weights from the same input."""
    return float(np.ptp(kernel.reshape(-1, kernel.shape[-1]), axis=1).max())
