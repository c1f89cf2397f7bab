"""What dropout does to normalisations: the variance that they meet with it and without it.

Both runs are in training mode, so that every normalisation works with the statistics of the batch;
only the dropouts are on in one and off in the other. The moving statistics of a fresh net (mean 0,
variance 1) would compare with nothing that a trained net ever sees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from autograder.training.fitting import reseed

if TYPE_CHECKING:
    import keras

_NOTHING = 1e-12  # the variance of a dead channel


@dataclass(frozen=True)
class Shift:
    """One call of a normalisation.

    ``ratio``: variance of what goes in with dropout on, divided by the same with dropout off, median
    over the channels; NaN where all of them are constant. ``remembers``: whether it carries
    statistics from training to inference (batch normalisation does). ``works``: whether it
    normalises in training at all.
    """

    layer: str
    ratio: float
    remembers: bool
    works: bool


def shifts(
    model: keras.Model, x, *, seed: int = 0, only: Iterable[str] | None = None
) -> list[Shift]:
    """The shift of every normalisation of ``model`` on the batch ``x``, in order of computation.

    ``only`` names the dropout layers that are on; all of them by default. The model is left as it
    was, moving statistics and seed generators included.
    """
    norms = _layers(model, _normalisations())
    noise = _layers(model, _dropouts())
    off = [layer for layer in noise if only is not None and layer.name not in set(only)]
    with _silent(off):
        with_dropout = _run(model, x, norms, _meeting, seed)
    with _silent(noise):
        without = _run(model, x, norms, _meeting, seed)
    return [
        Shift(layer.name, _ratio(on, rest), _remembers(layer), works)
        for (layer, (on, works)), (_, (rest, _)) in zip(with_dropout, without, strict=True)
    ]


def dropped(model: keras.Model, x, *, seed: int = 0) -> dict[str, float]:
    """{dropout layer: share of the non-zero numbers that it sets to 0 in training} on the batch x.

    NaN where nothing but zeros comes in.
    """

    def share(layer, before, after):
        alive = before != 0
        return float(np.mean(after[alive] == 0)) if alive.any() else float("nan")

    found: dict[str, list[float]] = {}
    for layer, value in _run(model, x, _layers(model, _dropouts()), share, seed):
        found.setdefault(layer.name, []).append(value)
    return {name: float(np.mean(values)) for name, values in found.items()}


def restate(model: keras.Model, x) -> None:
    """Sets the moving statistics of every batch normalisation to those of ``x`` with dropout off.

    In one run in training mode, so that each meets what the ones before it put out. In place.
    """
    from keras import layers

    norms = _layers(model, layers.BatchNormalization)
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    try:
        with _silent(_layers(model, _dropouts())):
            model(np.array(x), training=True)
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum


def _normalisations() -> tuple:
    from keras import layers

    return layers.BatchNormalization, layers.LayerNormalization, layers.GroupNormalization


def _dropouts() -> tuple:
    from keras import layers

    return layers.Dropout, layers.AlphaDropout, layers.GaussianDropout


def _remembers(layer) -> bool:
    from keras import layers

    return isinstance(layer, layers.BatchNormalization)


def _layers(model, kinds) -> list:
    found = [layer for layer in model._flatten_layers() if isinstance(layer, kinds)]
    return list({id(layer): layer for layer in found}.values())


@contextmanager
def _silent(layers):
    """While inside, these dropouts have the rate 0."""
    rates = [(layer, layer.rate) for layer in layers]
    for layer in layers:
        layer.rate = 0.0
    try:
        yield
    finally:
        for layer, rate in rates:
            layer.rate = rate


def _run(model, x, layers, look: Callable, seed) -> list[tuple]:
    """[(layer, look(layer, input, output)), ...] of every call in one training-mode run on ``x``."""
    from keras import ops

    seen = []

    def watching(layer, call):
        def watched(inputs, *arguments, **settings):
            outputs = call(inputs, *arguments, **settings)
            arrays = [np.asarray(ops.convert_to_numpy(t), float) for t in (inputs, outputs)]
            seen.append((layer, look(layer, *arrays)))
            return outputs

        return watched

    kept = [(variable, np.array(variable.numpy())) for variable in model.variables]
    reseed(model, seed)
    # On the object, not on its class: nothing but this model is watched.
    for layer in layers:
        vars(layer)["call"] = watching(layer, layer.call)
    try:
        model(np.array(x), training=True)
    finally:
        for layer in layers:
            vars(layer).pop("call", None)
        for variable, value in kept:
            variable.assign(value)
    return seen


def _meeting(layer, before, after) -> tuple[np.ndarray, bool]:
    """(variance of each channel, whether the layer has normalised)."""
    axis = layer.axis[-1] if isinstance(layer.axis, list | tuple) else layer.axis
    others = tuple(i for i in range(before.ndim) if i != axis % before.ndim)
    variance = before.var(axis=others)
    if not _remembers(layer):
        return variance, True  # no mode to be in
    expected = (before - before.mean(axis=others, keepdims=True)) / np.sqrt(
        before.var(axis=others, keepdims=True) + layer.epsilon
    )
    shape = [-1 if i == axis % before.ndim else 1 for i in range(before.ndim)]
    for name, apply in (("gamma", np.multiply), ("beta", np.add)):
        parameter = getattr(layer, name, None)
        if parameter is not None:
            expected = apply(expected, np.reshape(parameter.numpy(), shape))
    # Single precision leaves 1e-5 or so; moving statistics are off by the size of the numbers.
    return variance, bool(np.abs(after - expected).max() < 1e-2 * (1 + np.abs(expected).max()))


def _ratio(on, off) -> float:
    alive = np.maximum(on, off) > _NOTHING
    if not alive.any():
        return float("nan")
    return float(np.median(on[alive] / np.maximum(off[alive], _NOTHING)))
