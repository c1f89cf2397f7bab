"""How often the orderings and ratios that the units state hold, seed by seed.

``python -m course.lab.experiments.orderings [--seeds N] [UNIT ...]`` trains what the statements are about
once for each seed, from fresh weights and with fresh batches, and prints for every statement in how many
seeds it held, with the numbers of each. Nothing here is asserted as a number: only orders, and ratios
with room around them. ``tests/test_orderings.py`` holds all of them over five seeds.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np


@dataclass(frozen=True)
class Statement:
    """``measure(seed)`` gives numbers by name, ``holds`` says whether they bear the statement out."""

    unit: str
    text: str
    measure: Callable[[int], dict]
    holds: Callable[[dict], bool]


@cache
def _digit_nets(seed) -> dict:
    import keras
    from keras import layers

    from autograder import training
    from course.lab import data

    digits, found = data.digits(), {}
    for rate in (0.5, 1):
        keras.utils.set_random_seed(seed)
        net = keras.Sequential(
            [
                keras.Input((8, 8, 1)),
                layers.Flatten(),
                layers.Dense(64, activation="relu"),
                layers.Dropout(rate),
                layers.Dense(10, activation="softmax"),
            ]
        )
        net.compile("adam", "sparse_categorical_crossentropy")
        training.fit(net, digits.x_train, digits.y_train, epochs=5, seed=seed)
        found[f"Dropout({rate})"] = training.score(net, digits.x_test, digits.y_test)
    return found


def _agreeing(seed) -> dict:
    from course.lab.experiments import first_steps

    return {name: first_steps.agreeing(name, 10_000, seed) for name in first_steps.ACTIVATIONS}


@cache
def _arrivals(seed, activation="relu", std=0.05, rate=0.01) -> dict:
    """The iteration at which each place of batch normalisation is at 90 %; inf: not within 1000."""
    from course.lab.experiments import norm_by_hand

    return {
        place: norm_by_hand.reaches(place, activation, std, rate, 1000, seed=seed) or np.inf
        for place in norm_by_hand.PLACES
    }


def _controls(seed) -> dict:
    from course.lab.experiments import norm_facts

    return norm_facts.controls(seed).truth


def _as_asked(found) -> bool:
    """Whether the rows are those that the task's check holds answers against."""
    return found == _controls(0)


@cache
def _shifts(seed) -> dict:
    """The worst shift that a normalisation of each order meets, fresh, with a rate of 0.2."""
    from course.lab import data
    from course.lab.experiments import dropped_nets

    x = data.digits().x_train[128 * seed : 128 * (seed + 1)]
    return {
        name: max(dropped_nets.met(name, 0.2, x, seeds=(seed,)))
        for name in ("posed", "spatial", "asked", "groups", "last")
    }


def _between(seed) -> dict:
    """The shift in excess of 1 right behind a dropout, and behind two and four convolutions."""
    from course.lab.experiments import dropped_nets

    (row,) = dropped_nets.behind(0.5, seeds=(seed,)) - 1
    return {"0": float(row[0]), "2": float(row[2]), "4": float(row[4])}


@cache
def _harm(seed) -> dict:
    """Accuracy, as trained and with the statistics restated."""
    from course.lab.experiments import dropped_nets

    found = {}
    for name in ("asked", "groups", "last"):
        run = dropped_nets.trained(name, 0.5, seed=seed)
        found |= {
            f"{name} right": run.accuracy,
            f"{name} right, restated": run.restated_accuracy,
        }
    return found


@cache
def _readers(seed) -> dict:
    """What a linear probe reads from the pixels and behind layers, and what the net itself answers."""
    from course.lab import probes
    from course.lab.experiments import fifteen_layers

    net = fifteen_layers.trained(seed=seed)
    fit, judge = fifteen_layers.train_samples().first(4000), fifteen_layers.test_samples()
    judge = (judge.x, judge.odd)
    found = {"pixels": probes.linear_probe(fit, judge)}
    found |= probes.layer_probes(net, fit, judge, names=["conv_1", "conv_5"])
    answers = probes.activations(net, judge[0], ["dense_2"])["dense_2"][:, 0] > 0.5
    return found | {"net": float((answers == judge[1]).mean())}


@cache
def _pooled(seed) -> dict:
    """|d'| of pooled moments in training mode: mixed batches, and batches of one class each."""
    from course.lab import statistics
    from course.lab.experiments import fifteen_layers, layer_views

    net, samples = fifteen_layers.trained(seed=seed), fifteen_layers.samples()
    found = {}
    for kind, batches in (("mixed", samples.batches()), ("pure", samples.pure_batches())):
        moments = statistics.layer_moments(net, batches, training=True)
        for layer in ("conv_1", "batch_norm_3", "dense_2"):
            found[f"{layer} {kind}"] = abs(layer_views.pooled_d_prime(moments[layer]))
    return found


def _louder(seed) -> dict:
    from course.lab.experiments import fifteen_layers, layer_views

    one, ten = layer_views.louder(fifteen_layers.trained(seed=seed), by=(1, 10))
    return {"conv 1": one, "10 conv 1": ten}


def _reruns(seed) -> dict:
    from course.lab.experiments import fifteen_layers

    return {name: fifteen_layers.accuracy(name, seed) for name in fifteen_layers.VARIANTS}


STATEMENTS = (
    Statement(
        "00-field-kit",
        "Dropout(1) guesses; Dropout(0.5) gets more than half of the digits right",
        _digit_nets,
        lambda f: f["Dropout(1)"] < 0.2 and f["Dropout(0.5)"] > 0.5,
    ),
    Statement(
        "00-field-kit",
        "ReLU changes places with max-pooling in every window, GELU does not",
        _agreeing,
        lambda f: f["relu"] == 10_000 > f["gelu"],
    ),
    Statement(
        "04-batchnorm",
        "no normalisation: 90 % is not reached within 1000 iterations; each place of one gets there",
        _arrivals,
        lambda f: f["none"] == np.inf > max(f["before"], f["between"], f["after"]),
    ),
    Statement(
        "04-batchnorm",
        "the literal place, before the linear layer, is first, 1.2 to 2.2 times sooner than the next",
        _arrivals,
        lambda f: 1.2 < min(f["between"], f["after"]) / f["before"] < 2.2,
    ),
    Statement(
        "04-batchnorm",
        "the seven controls: who reaches 90 % within 1000 iterations is what the check asks for",
        _controls,
        _as_asked,
    ),
    Statement(
        "04-batchnorm",
        "sigmoid, He's weights, rate 1: both get there, the net with normalisation sooner",
        lambda seed: _arrivals(seed, "sigmoid", "he", 1.0),
        lambda f: f["between"] < f["none"] < np.inf,
    ),
    Statement(
        "05-dropout-and-order",
        "shifts above 1.1 in posed, spatial and asked; none in groups and last",
        _shifts,
        lambda f: (
            min(f["posed"], f["spatial"], f["asked"]) > 1.1
            and max(abs(f["groups"] - 1), abs(f["last"] - 1)) < 1e-3
        ),
    ),
    Statement(
        "05-dropout-and-order",
        "four convolutions behind a dropout more than half of its shift is still there",
        _between,
        lambda f: min(f["2"], f["4"]) > 0.5 * f["0"],
    ),
    Statement(
        "05-dropout-and-order",
        "true statistics make the net in the asked order right more than 1.5 times as often",
        _harm,
        lambda f: f["asked right, restated"] > 1.5 * f["asked right"],
    ),
    Statement(
        "05-dropout-and-order",
        "they are worth a tenth of all answers and more to asked, and not half of that to groups and last",
        _harm,
        lambda f: (
            f["asked right, restated"] - f["asked right"] > 0.1
            and max(abs(f[f"{n} right, restated"] - f[f"{n} right"]) for n in ("groups", "last"))
            < 0.05
        ),
    ),
    Statement(
        "05-dropout-and-order",
        "in short runs last is right more often than groups",
        _harm,
        lambda f: f["last right"] > f["groups right"],
    ),
    Statement(
        "06-layer-statistics",
        "a linear reader gets far more than half right from the pixels and from conv 1 on",
        _readers,
        lambda f: min(f["pixels"], f["conv_1"]) > 0.75,
    ),
    Statement(
        "06-layer-statistics",
        "a linear reader behind conv 5 does as well as the net itself, give or take 0.02",
        _readers,
        lambda f: f["conv_5"] > f["net"] - 0.02,
    ),
    Statement(
        "06-layer-statistics",
        "pooled moments show hardly anything in conv 1, and far more in the answer",
        _pooled,
        lambda f: f["conv_1 mixed"] < 0.2 and f["dense_2 mixed"] > 1,
    ),
    Statement(
        "06-layer-statistics",
        "batches of one class take the difference out of batch norm 3, and most of it of the answer",
        _pooled,
        lambda f: f["batch_norm_3 pure"] < 0.05 and f["dense_2 pure"] < 0.5 * f["dense_2 mixed"],
    ),
    Statement(
        "06-layer-statistics",
        "ten times as loud reads the same",
        _louder,
        lambda f: abs(f["conv 1"] - f["10 conv 1"]) < 2e-3,
    ),
)


def overlapping(seeds) -> tuple[dict, list]:
    """Unit 06: accuracies of each net over the seeds, and the pairs of nets that do not overlap."""
    from course.lab.experiments import layer_views

    runs = [_reruns(seed) for seed in seeds]
    scores = {name: [run[name] for run in runs] for name in runs[0]}
    return scores, layer_views.apart(scores)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("units", nargs="*")
    given = parser.parse_args()
    for one in STATEMENTS:
        if given.units and one.unit not in given.units:
            continue
        found = [one.measure(seed) for seed in range(given.seeds)]
        held = sum(one.holds(numbers) for numbers in found)
        print(f"{one.unit}: {one.text}: {held} of {given.seeds}")
        for name in found[0]:
            print(f"    {name:24}", *[_shown(numbers[name]) for numbers in found])
    if not given.units or "06-layer-statistics" in given.units:
        scores, apart = overlapping(range(given.seeds))
        print("06-layer-statistics: nets whose runs do not overlap:", apart or "none")
        for name, row in scores.items():
            print(f"    {name:24}", *map(_shown, row))


def _shown(value) -> str:
    return f"{value:.4g}" if isinstance(value, int | float) else str(value)


if __name__ == "__main__":
    main()
