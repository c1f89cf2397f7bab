"""Checks of repaired models. The student writes a function that returns a compiled model, and every
check builds it anew, so that neither a spoilt fit nor trained weights decide anything."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import contextmanager

import numpy as np

from autograder.checks._task import call, proven
from autograder.errors import CheckFailed
from autograder.messages import Lines, msg, nmsg


def model(make, *, task, rules: Iterable[str] | None = None) -> None:
    """The net builds, answers in the shape that ``task`` (an autograder.Task) asks for, and is free
    of faults.

    ``rules`` limits the inspection: a family ("A") looks for its faults, an id ("E06") counts
    whatever its kind. Raises CheckFailed with the first finding: layer, measured number, repair.
    """
    from autograder.faults import diagnose

    net = built(make, task)
    found = diagnose(net, task=task).findings
    for finding in found:
        named = rules is not None and finding.rule in rules
        in_family = rules is None or finding.rule[0] in rules
        if named or (in_family and finding.kind == "fault"):
            raise CheckFailed(Lines(finding.message, finding.fix))
    if rules is None:
        proven(
            msg(
                "The net builds, answers in shape {shape}, no design fault.",
                shape=task.output_shape,
            )
        )
    else:
        proven(msg("The net builds and is free of this fault."))


def budget(make, *, task, parameters: int | None = None, macs: int | None = None) -> None:
    """The net stays within a number of parameters and of multiply-accumulates per sample."""
    graph = _graph(built(make, task), task)
    for name, found, most in (
        (msg("parameters"), graph.parameters, parameters),
        (msg("multiply-accumulates per sample"), graph.macs, macs),
    ):
        if most is None:
            continue
        if found > most:
            cost = "macs" if most is macs else "parameters"
            dearest = max(graph.nodes, key=lambda node: getattr(node, cost))
            raise CheckFailed(
                msg(
                    "Expected: at most {most:,} {name}. Found: {found:,}; the dearest layer is "
                    "`{layer}` with {share:,}.",
                    most=most,
                    name=name,
                    found=found,
                    layer=dearest.layer,
                    share=getattr(dearest, cost),
                )
            )
        proven(msg("{found:,} of {most:,} {name}.", found=found, most=most, name=name))


def learns(make, x, y, *, task, steps: int = 3) -> None:
    """Every trainable variable moves within ``steps`` training steps on (x, y)."""
    from course.lab import training

    net = built(make, task)
    _with_loss(net, task)
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


def skill(
    make,
    split,
    *,
    task,
    beats: float,
    metric: str,
    epochs: int,
    batch: int = 32,
    seeds: Iterable[int] = (0, 1, 2),
    limit: int | None = None,
) -> None:
    """Trained from scratch, the net is better than ``beats`` on held-out data with every seed.

    ``metric`` is "accuracy" or "r2"; ``limit`` cuts the training set. Raises CheckFailed with the
    seed's score.
    """
    import keras

    from course.lab import training

    scores = []
    for seed in seeds:
        keras.utils.set_random_seed(seed)
        net = built(make, task)
        _with_loss(net, task)
        x, y = np.array(split.x_train[:limit]), np.array(split.y_train[:limit])
        with explain_training():
            training.fit(net, x, y, epochs=epochs, batch=batch, seed=seed)
            score = training.score(net, split.x_test, split.y_test, metric)
        if not score > beats:
            raise CheckFailed(
                Lines(
                    msg(
                        "Expected: better than a linear model on held-out data ({metric} {beats:.3f}), "
                        "whatever the seed.",
                        metric=metric,
                        beats=beats,
                    ),
                    msg("Found: {score:.3f} with seed {seed}.", score=score, seed=seed),
                )
            )
        scores.append(score)
    proven(
        nmsg(
            "Held-out {metric} {worst:.3f} with {n} seed; a linear model has {beats:.3f}.",
            "Held-out {metric} at least {worst:.3f} with {n} seeds; a linear model has {beats:.3f}.",
            len(scores),
            metric=metric,
            worst=min(scores),
            beats=beats,
        )
    )


def built(make, task):
    """A fresh model from the student's function, shaped as ``task`` asks.

    Raises CheckFailed: the function stops, returns no model, or a model of another shape.
    """
    import keras

    from autograder.faults import explain_construction

    name = getattr(make, "__name__", "the net")
    if isinstance(make, keras.Model):
        raise CheckFailed(
            msg(
                "Expected: a function that returns a model. Found: a model. Keep `def {name}():`.",
                name="…",
            )
        )
    if callable(make):
        with explain_construction(name, task.input_shape):
            net = make()
    else:
        net = call(make)  # says that it is no function
    if not isinstance(net, keras.Model):
        raise CheckFailed(
            msg(
                "`{name}()` should return a Keras model. It returned {kind}.",
                name=name,
                kind=type(net).__name__,
            )
        )
    with explain_construction(name, task.input_shape):
        if not net.built:
            net.build((None, *task.input_shape))
        # A traced call: a subclass knows its output's shape no other way.
        answer = net.compute_output_spec(keras.KerasTensor((1, *task.input_shape)))
        shape = tuple(getattr(answer, "shape", ()))  # several outputs have no common shape
    if shape[1:] != task.output_shape[1:]:
        raise CheckFailed(
            msg(
                "Expected: an answer of shape {right} for every batch. Found: {shape}.",
                right=task.output_shape,
                shape=(None, *shape[1:]),
            )
        )
    if getattr(net, "loss", None) is None or net.optimizer is None:
        raise CheckFailed(
            msg(
                "`{name}()` returns a model that is not compiled: no loss, no optimiser.", name=name
            )
        )
    return net


def _graph(net, task):
    from autograder.reading import read

    return read(net, input_shape=task.input_shape)


def _with_loss(net, task) -> None:
    from autograder.faults import loss_of

    loss_of(net).demand(task)


@contextmanager
def explain_training():
    """Turns an exception that Keras or TensorFlow raises in training into CheckFailed."""
    try:
        yield
    except Exception as error:
        # TensorFlow's own exceptions are no ValueErrors: labels of another shape, for example.
        if isinstance(error, ValueError) or type(error).__module__.startswith("tensorflow"):
            raise CheckFailed(_training_stopped(error)) from None
        raise


def _training_stopped(error) -> Lines:
    text = " ".join(str(error).split())
    return Lines(
        msg("Training stops with an error; do loss, output and labels fit together?"),
        "  " + (text if len(text) < 200 else text[:199] + "…"),
    )
