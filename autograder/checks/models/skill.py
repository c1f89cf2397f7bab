"""Skill on held-out data, and the measurements that tell why it is missing."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from contextlib import suppress

import numpy as np

from autograder import training
from autograder.checks._task import proven
from autograder.checks.models._built import (
    built,
    examined,
    explain_training,
    forget_examined,
    graph_of,
    refuse_same,
    with_loss,
)
from autograder.errors import CheckFailed
from autograder.messages import Lines, msg, nmsg

_LARGE = 10_000  # numbers of a picture
_UNEVEN = 1e3  # ratio of deviations from which one feature drowns the others
_EPOCHS = 5  # of the run that measures why skill is missing
_BN_MEMORY = 0.9  # in runs of a few hundred steps Keras' 0.99 remembers the initial statistics


def skill(
    make,
    split,
    *,
    task,
    beats: float,
    metric: str = "accuracy",
    epochs: int | None = None,
    rounds: Iterable[int] | None = None,
    batch: int = 32,
    seeds: Iterable[int] = (0,),
    standardise: bool = False,
    judged: int | None = None,
) -> None:
    """Trained from scratch, the net is better than ``beats`` on held-out data with every seed.

    Either ``epochs`` or ``rounds`` says for how long:

    ``epochs``: the net is scored at their end by ``metric`` ("accuracy" or "r2"), and ``beats`` is
    what a linear model scores. A function that returns the same model, or the same weights, at each
    call is refused: what is trained already proves nothing. A failure says what reaches the first
    layer with weights, what training does to the loss, and (for regression) what range the answers
    have.

    ``rounds``, numbers of steps: the accuracy on the first ``judged`` held-out samples is taken
    after each of them, and training ends as soon as it is enough: a good net is done quickly, a slow
    one has the whole time, and a second draw of weights. ``standardise`` gives the net samples of
    mean 0 and deviation 1 (one number for the whole set). Batch normalisation averages over the last
    ten batches or so, as fits so short a run.

    Raises CheckFailed with the seed's score, or the best one of its rounds.
    """
    if (epochs is None) == (rounds is None):
        raise TypeError("Expected epochs or rounds. Received: both or neither.")
    if rounds is not None:
        _every_seed(make, task, beats, seeds, _Rounds(split, rounds, batch, standardise, judged))
        return
    refuse_same(make, built(make, task), examined(make, task))
    try:
        _every_seed(make, task, beats, seeds, _Epochs(split, epochs, batch, metric))
    except CheckFailed as failure:
        lines = list(_reasons(make, split, task, batch))
        raise CheckFailed(Lines(failure.message, *lines)) from None


def _every_seed(make, task, beats, seeds, run) -> None:
    import keras

    scores = []
    for seed in seeds:
        # An honest net has a bad draw of weights now and then; one that cannot learn has no other.
        for draw in (seed, seed + 1000)[: run.draws]:
            net = None
            run.make_room()
            keras.utils.set_random_seed(draw)
            net = built(make, task)
            with_loss(net, task)
            training.redraw(net)  # what was learnt before proves nothing
            with explain_training():
                score = run.score(net, draw, beats)
            if score > beats:
                break
        else:
            raise CheckFailed(run.missed(score, seed, beats))
        scores.append(score)
    proven(run.held(scores, beats))


class _Epochs:
    """One training of so many epochs, scored at its end, against a linear model."""

    draws = 1

    def make_room(self) -> None:
        """Nothing to do: nets on rows of features are small."""

    def __init__(self, split, epochs, batch, metric):
        self.split, self.epochs, self.batch, self.metric = split, epochs, batch, metric

    def score(self, net, seed, beats) -> float:
        split = self.split
        x, y = np.array(split.x_train), np.array(split.y_train)
        training.fit(net, x, y, epochs=self.epochs, batch=self.batch, seed=seed)
        return training.score(net, split.x_test, split.y_test, self.metric)

    def missed(self, score, seed, beats) -> Lines:
        return Lines(
            msg(
                "Expected: better than a linear model on held-out data ({metric} {beats:.3f}), "
                "whatever the seed.",
                metric=self.metric,
                beats=beats,
            ),
            msg("Found: {score:.3f} with seed {seed}.", score=score, seed=seed),
        )

    def held(self, scores, beats):
        return nmsg(
            "Held-out {metric} {worst:.3f} with {n} seed; a linear model has {beats:.3f}.",
            "Held-out {metric} at least {worst:.3f} with {n} seeds; a linear model has {beats:.3f}.",
            len(scores),
            metric=self.metric,
            worst=min(scores),
            beats=beats,
        )


class _Rounds:
    """Rounds of a few steps, each followed by a look at the score; enough ends them."""

    draws = 2

    def __init__(self, split, rounds, batch, standardise, judged):
        self.split, self.judged = split, judged
        self.standard = _moments(split.x_train) if standardise else None
        self.rounds, self.batch = list(rounds), batch
        self.taken: list[int] = []  # steps, for each seed

    def make_room(self) -> None:
        """A net on large pictures, garbage in cycles by now, holds more than the next one leaves
        room for. To collect it takes a third of a second in a student's kernel, so small ones stay."""
        if self.split.x_train[0].size > _LARGE:
            forget_examined()
            gc.collect()

    def score(self, net, seed, beats) -> float:
        _remember_less(net)
        best, steps = 0.0, 0
        split = self.split
        x, y = split.x_test[: self.judged], split.y_test[: self.judged]
        trainer = training.Trainer(
            net, split.x_train, split.y_train, batch=self.batch, seed=seed, standard=self.standard
        )
        predict = training.Predictor(net, self.standard)
        for number, more in enumerate(self.rounds):
            trainer.run(more, 100 * seed + number)
            best = max(best, training.accuracy(predict(x), y))
            steps += more
            if best > beats:
                break
        self.taken.append(steps)
        return best

    def missed(self, score, seed, beats) -> Lines:
        return Lines(
            nmsg(
                "Expected: more than {beats:.3f} of the held-out samples right within {n} "
                "training step.",
                "Expected: more than {beats:.3f} of the held-out samples right within {n} "
                "training steps.",
                self.taken[-1],
                beats=beats,
            ),
            msg("Found: {score:.3f} at best, with seed {seed}.", score=score, seed=seed),
        )

    def held(self, scores, beats):
        return nmsg(
            "{worst:.3f} of the held-out samples right after {steps} steps with {n} seed; more than "
            "{beats:.3f} was asked for.",
            "At least {worst:.3f} of the held-out samples right after at most {steps} steps with {n} "
            "seeds; more than {beats:.3f} was asked for.",
            len(scores),
            worst=min(scores),
            steps=max(self.taken),
            beats=beats,
        )


def _moments(x):
    """Mean and deviation of all numbers of x, which may be too many to copy."""
    mean = float(x.mean(dtype=np.float64))
    square = sum(float(np.square(rows - mean, dtype=np.float64).sum()) for rows in x)
    return mean, (square / x.size) ** 0.5


def _remember_less(net) -> None:
    import keras

    for layer in net._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = min(layer.momentum, _BN_MEMORY)


def _reasons(make, split, task, batch):
    import keras

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

    first = next((node for node in graph_of(net, task).nodes if has_kernel(node)), None)
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
