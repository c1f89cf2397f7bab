"""Skill on held-out data, and the measurements that tell why it is missing."""

from __future__ import annotations

from contextlib import suppress

import numpy as np

from autograder.checks.models import _graph, built, explain_training, skill
from autograder.errors import CheckFailed
from autograder.messages import Lines, msg

_UNEVEN = 1e3  # ratio of deviations from which one feature drowns the others
_EPOCHS = 5


def outdoes(make, split, *, task, beats: float, metric: str, batch: int = 32, **options) -> None:
    """:func:`checks.skill`; where it is missing, the failure says what reaches the first layer with
    weights, what training does to the loss, and (for regression) what range the answers have.

    A function that returns the same model, or the same weights, at each call is refused: what is
    trained already proves nothing.
    """
    _fresh(make, task)
    try:
        skill(make, split, task=task, beats=beats, metric=metric, batch=batch, **options)
    except CheckFailed as failure:
        lines = list(_reasons(make, split, task, batch))
        raise CheckFailed(Lines(failure.message, *lines)) from None


def _fresh(make, task) -> None:
    first, second = built(make, task), built(make, task)
    known = {id(variable) for variable in first.variables}
    if first is second or any(id(variable) in known for variable in second.variables):
        raise CheckFailed(
            msg(
                "`{name}()` returns the same weights at every call. Expected: a new net each time, "
                "made inside of the function.",
                name=getattr(make, "__name__", "the net"),
            )
        )


def _reasons(make, split, task, batch):
    import keras

    from course.lab import training

    keras.utils.set_random_seed(0)
    net = built(make, task)
    x, y = np.array(split.x_train), np.array(split.y_train)
    yield _entrance(net, task, x[:1000])
    with explain_training():
        losses = training.fit(net, x, y, epochs=_EPOCHS, batch=batch)
    yield msg(
        "The mean training loss of epochs 1 to {n}: {losses}.",
        n=len(losses),
        losses=", ".join(f"{loss:.3g}" for loss in losses),
    )
    if task.kind == "regression":
        answers = np.asarray(net(x[:1000], training=False))
        yield msg(
            "Its answers run from {low:.2g} to {high:.2g}, the targets from {least:.2g} to {most:.2g}.",
            low=float(answers.min()),
            high=float(answers.max()),
            least=float(y.min()),
            most=float(y.max()),
        )


def _entrance(net, task, x):
    """What goes into the first layer with weights, if that is uneven."""
    import keras

    from autograder.reading import has_kernel

    first = next((node for node in _graph(net, task).nodes if has_kernel(node)), None)
    with suppress(AttributeError, ValueError, TypeError):  # a net whose inside cannot be cut open
        inside = keras.Model(net.inputs[0], first.source.input)(x, training=True)
        spread = np.asarray(inside).std(axis=0)
        if spread.max() > _UNEVEN * spread.min():
            return msg(
                "Into `{layer}` go features with deviations from {low:.1g} to {high:.1g}.",
                layer=first.layer,
                low=float(spread.min()),
                high=float(spread.max()),
            )
    return None
