"""Checks of a target's scale: a transform, its inverse, and what a plain net makes of it."""

from __future__ import annotations

import numpy as np

from autograder import training
from autograder.checks._task import call, proven
from autograder.checks.answers._reading import plain
from autograder.errors import CheckFailed
from autograder.messages import Lines, msg, nmsg


def round_trip(forth, back, values, *, rtol=1e-3) -> None:
    """``back(forth(v))`` gives ``v`` again, for all ``values`` at once and for one alone.

    One alone catches transforms that take mean or maximum from what they are given, so that the
    same price has another target in another batch. ``back`` is asked in another order than
    ``forth``. Raises CheckFailed.
    """
    values = np.asarray(values, np.float64)
    whole = _numbers(call(forth, values), forth, values.shape)
    few = values[:3]
    part = _numbers(call(forth, few), forth, few.shape)
    scale = max(float(np.ptp(whole)), 1e-30)
    if not np.allclose(part, whole[:3], rtol=0, atol=1e-4 * scale):
        raise CheckFailed(
            msg(
                "The price {price:,.0f} becomes {one:.4g} among {n} prices and {two:.4g} among 3. A "
                "transform must not depend on the company: take its constants once, from the training "
                "prices.",
                price=float(values[0]),
                one=float(whole[0]),
                two=float(part[0]),
                n=len(values),
            )
        )
    # In another order, so that a function that returns remembered prices does not pass.
    order = np.random.default_rng(len(values)).permutation(len(values))
    values, whole = values[order], whole[order]
    returned = _numbers(call(back, whole), back, values.shape)
    worst = int(np.argmax(np.abs(returned - values) / np.abs(values)))
    if not np.allclose(returned, values, rtol=rtol, atol=0):
        raise CheckFailed(
            msg(
                "There and back is not the same: {price:,.0f} becomes {there:.4g} and comes back as "
                "{again:,.6g}.",
                price=float(values[worst]),
                there=float(whole[worst]),
                again=float(returned[worst]),
            )
        )
    proven(nmsg("{n} price comes back unchanged.", "{n} prices come back unchanged.", len(values)))


def learnable(forth, back, make, split, *, beats, epochs, seeds=(0, 1, 2), batch=32) -> None:
    """A net from ``make`` trained on ``forth(y)`` predicts y by ``back(output)`` better than ``beats``.

    Scores are held-out R² in the units of y. Raises CheckFailed with the targets' mean and
    deviation, which tell why.
    """
    import keras

    y = np.asarray(split.y_train, np.float64)
    target = _numbers(call(forth, y), forth, y.shape)
    scores = []
    for seed in seeds:
        keras.utils.set_random_seed(seed)
        net = make()
        training.fit(
            net, split.x_train, target.astype(np.float32), epochs=epochs, batch=batch, seed=seed
        )
        output = np.asarray(net(np.array(split.x_test), training=False), np.float64)[:, 0]
        truth = np.asarray(split.y_test, np.float64)
        order = np.random.default_rng(seed).permutation(len(truth))
        output, truth = output[order], truth[order]  # no remembered prices
        score = -np.inf
        if np.isfinite(output).all():
            price = _result(call(back, output))
            if price is not None and price.shape == output.shape and np.isfinite(price).all():
                score = 1 - ((price - truth) ** 2).sum() / ((truth - truth.mean()) ** 2).sum()
        if not score > beats:
            raise CheckFailed(
                Lines(
                    msg(
                        "Expected: held-out R² above {beats:.2f}, in prices, after {epochs} epochs.",
                        beats=beats,
                        epochs=epochs,
                    ),
                    msg("Found with seed {seed}: the net's output is not finite.", seed=seed)
                    if not np.isfinite(score)
                    else msg("Found with seed {seed}: {score:.3g}.", seed=seed, score=float(score)),
                    msg(
                        "Your targets have mean {mean:.3g} and standard deviation {std:.3g}.",
                        mean=float(target.mean()),
                        std=float(target.std()),
                    ),
                )
            )
        scores.append(score)
    proven(
        nmsg(
            "Held-out R² {worst:.2f} with {n} seed.",
            "Held-out R² at least {worst:.2f} with {n} seeds.",
            len(scores),
            worst=float(min(scores)),
        )
    )


def _result(value):
    try:
        return np.asarray(plain(value), np.float64)
    except (TypeError, ValueError):
        return None


def _numbers(value, function, shape) -> np.ndarray:
    name = getattr(function, "__name__", "the function")
    found = None if value is None else _result(value)
    if found is None or found.shape != shape:
        raise CheckFailed(
            msg(
                "`{name}`: expected one number for each price, an array of shape {shape}. Found: {found}.",
                name=name,
                shape=shape,
                found=None if found is None else found.shape,
            )
        )
    if not np.isfinite(found).all():
        raise CheckFailed(msg("`{name}` makes NaN or infinity out of ordinary prices.", name=name))
    return found
