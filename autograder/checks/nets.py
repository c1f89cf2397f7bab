"""More checks of repaired nets: is the answer a distribution, and does the net learn soon enough."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable

import numpy as np

from autograder.checks._task import proven
from autograder.checks.models import _graph, _with_loss, built, explain_training
from autograder.errors import CheckFailed
from autograder.messages import Lines, msg, nmsg

_CONVOLUTIONS = {"conv2d", "separable_conv2d", "depthwise_conv2d"}
_BN_MEMORY = 0.9  # in runs of a few hundred steps Keras' 0.99 remembers the initial statistics


def compiled(make: Callable) -> Callable:
    """``make``, whose model is compiled for it when the student has not done so.

    For checks that are not about compiling: one omission costs its own points only.
    """

    @functools.wraps(make, assigned=("__name__",), updated=())
    def complete():
        import keras

        net = make()
        if isinstance(net, keras.Model) and (
            getattr(net, "loss", None) is None or net.optimizer is None
        ):
            net.compile("adam", "sparse_categorical_crossentropy")
        return net

    import keras

    return complete if callable(make) and not isinstance(make, keras.Model) else make


def convolves(make: Callable, *, task, convolutions: int = 2) -> None:
    """The brief of a convolutional net survives the repair: deleting the network is none.

    At least so many convolutions, something non-linear (an activation or a max-pooling) between the
    first and the last of them, and maps that shrink to half the picture's width or less.
    """
    graph = _graph(built(make, task), task)
    nodes = list(graph.nodes)
    places = [i for i, node in enumerate(nodes) if node.op in _CONVOLUTIONS]
    if len(places) < convolutions:
        raise CheckFailed(
            msg(
                "The brief asks for at least {least} convolutions. Found: {found}; layers with "
                "weights altogether: {total}.",
                least=convolutions,
                found=len(places),
                total=len(graph.weight_nodes),
            )
        )
    between = nodes[places[0] : places[-1]]
    if not any(_bends(node) for node in between):
        raise CheckFailed(
            msg(
                "The brief asks for something non-linear between the convolutions. From `{first}` to "
                "`{last}` there is only: {ops}.",
                first=nodes[places[0]].layer,
                last=nodes[places[-1]].layer,
                ops=", ".join(dict.fromkeys(node.op for node in between)),
            )
        )
    _check_downsampling(graph)
    proven(
        msg(
            "The brief survives: {found} convolutions, something non-linear between them, smaller maps.",
            found=len(places),
        )
    )


def _bends(node) -> bool:
    """Non-linear. A pooling window of one pixel is none: it only leaves pixels out."""
    from autograder.reading import is_affine

    if node.op == "max_pool2d":
        return set(node.params["pool_size"]) != {1}
    return not is_affine(node)


def _check_downsampling(graph) -> None:
    maps = [node.shape[1:3] for node in graph.nodes if len(node.shape) == 4]
    picture, smallest = min(maps[0]), min(min(size) for size in maps)
    if smallest > picture / 2:
        raise CheckFailed(
            msg(
                "The brief asks that the maps shrink to half the picture or less. Found: from "
                "{picture} to {smallest} pixels.",
                picture=picture,
                smallest=smallest,
            )
        )


def distribution(make: Callable, *, task, training: bool | None = None) -> None:
    """Every row of the answer is a distribution over the classes: no number below 0, sum 1.

    In inference and in training, or in one of them (``training``). Logits count as the distribution
    that the loss makes of them when the loss says ``from_logits=True``. Raises CheckFailed with the
    sums that were measured.
    """
    import keras

    from autograder.faults import loss_of
    from autograder.faults.evidence import _few, unchanged

    net = built(make, task)
    x = _few(_graph(net, task))
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


def reaches(
    make: Callable,
    split,
    *,
    task,
    beats: float,
    rounds: Iterable[int] = (40, 80, 120),
    batch: int = 16,
    seeds: Iterable[int] = (0,),
    standardise: bool = True,
    judged: int = 400,
) -> None:
    """Trained from scratch, the net comes above ``beats`` on held-out data within a few steps.

    After each of ``rounds`` (numbers of steps, one after the other) the accuracy on the first
    ``judged`` held-out samples is taken, and training ends as soon as it is enough: a good net is
    done quickly, a slow one has the whole time. ``standardise`` gives the net samples of mean 0 and
    deviation 1 (one number for the whole set). Batch normalisation averages over the last ten
    batches or so, as fits so short a run. Raises CheckFailed with the best score.
    """
    import keras

    from course.lab import training

    x_train, x_test = np.array(split.x_train), np.array(split.x_test[:judged])
    if standardise:
        mean, deviation = float(x_train.mean()), float(x_train.std())
        x_train, x_test = (x_train - mean) / deviation, (x_test - mean) / deviation
    rounds, scores = list(rounds), []
    for seed in seeds:
        keras.utils.set_random_seed(seed)
        net = built(make, task)
        _with_loss(net, task)
        _remember_less(net)
        score, steps = 0.0, 0
        for number, more in enumerate(rounds):
            with explain_training():
                training.fit(
                    net,
                    x_train,
                    split.y_train,
                    epochs=more,
                    steps=more,
                    batch=batch,
                    seed=100 * seed + number,
                )
                score = max(score, training.score(net, x_test, split.y_test[:judged]))
            steps += more
            if score > beats:
                break
        else:
            raise CheckFailed(
                Lines(
                    nmsg(
                        "Expected: more than {beats:.3f} of the held-out samples right within {n} "
                        "training step.",
                        "Expected: more than {beats:.3f} of the held-out samples right within {n} "
                        "training steps.",
                        steps,
                        beats=beats,
                    ),
                    msg("Found: {score:.3f} at best, with seed {seed}.", score=score, seed=seed),
                )
            )
        scores.append((score, steps))
    proven(
        nmsg(
            "{worst:.3f} of the held-out samples right after {steps} steps with {n} seed; more than "
            "{beats:.3f} was asked for.",
            "At least {worst:.3f} of the held-out samples right after at most {steps} steps with {n} "
            "seeds; more than {beats:.3f} was asked for.",
            len(scores),
            worst=min(score for score, _ in scores),
            steps=max(steps for _, steps in scores),
            beats=beats,
        )
    )


def _remember_less(net) -> None:
    import keras

    for layer in net._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = min(layer.momentum, _BN_MEMORY)
