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
_ASLEEP = 1e-2  # the size of a variable that has yet to learn what it scales
_STUCK = 1e-3  # the deviation of an output that says the same of every sample


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


def felt(model: keras.Model, x, *, seed: int = 0) -> dict[str, float]:
    """{dropout layer: how far the output moves in training when this dropout alone is switched on},
    as a share of the output's own deviation over the batch x.

    Where the output hardly differs from sample to sample (a fresh softmax may be stuck at one class),
    the largest of the shares is meant that are seen there and in what goes into layers with a kernel.
    Variables that start near 0, such as the scale of a residual branch, have other values during the
    measurement: they would hide what the branch does as soon as it has learnt.
    """
    from keras import layers

    noise = _layers(model, _dropouts())
    kernels = _layers(model, (layers.Dense, layers.Conv1D, layers.Conv2D, layers.Conv3D))

    def places():
        outputs: list[np.ndarray] = []
        inputs = _run(model, x, kernels, lambda layer, before, after: before, seed, outputs)
        return [*outputs, *[before for _, before in inputs]]

    found = {}
    with _awake(model, seed):
        with _silent(noise):
            off = places()
        if _deviation(off[0]) > _STUCK:
            off = off[:1]
        for layer in noise:
            with _silent([other for other in noise if other is not layer]):
                on = places()[: len(off)]
            found[layer.name] = max(
                float(np.sqrt(np.mean((one - other) ** 2))) / max(_deviation(other), _NOTHING)
                for one, other in zip(on, off, strict=True)
            )
    return found


def remembering(model: keras.Model, x, *, seed: int = 0) -> dict[str, bool]:
    """{batch normalisation: whether its moving statistics move in one training call on x}."""
    from keras import layers

    def statistics(layer):
        return np.concatenate([layer.moving_mean.numpy(), layer.moving_variance.numpy()])

    norms = _layers(model, layers.BatchNormalization)
    before = [statistics(norm) for norm in norms]
    moved: dict[str, bool] = {}
    with _kept(model):
        reseed(model, seed)
        model(np.array(x), training=True)
        for norm, old in zip(norms, before, strict=True):
            moved[norm.name] = not np.array_equal(statistics(norm), old)
    return moved


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


@contextmanager
def _kept(model):
    """Afterwards, all variables have the values that they had before."""
    kept = [(variable, np.array(variable.numpy())) for variable in model.variables]
    try:
        yield
    finally:
        for variable, value in kept:
            variable.assign(value)


@contextmanager
def _awake(model, seed):
    """While inside, trainable variables that are all but 0 have values of a usual size."""
    rng = np.random.default_rng(seed)
    with _kept(model):
        for variable in model.trainable_variables:
            if np.abs(variable.numpy()).max(initial=0.0) >= _ASLEEP:
                continue
            shape = tuple(variable.shape)
            if len(shape) > 1:
                variable.assign(rng.normal(size=shape) / np.sqrt(np.prod(shape[:-1])))
            else:
                variable.assign(rng.uniform(0.3, 0.7, shape))
        yield


def _deviation(outputs) -> float:
    """Over the samples; root mean square over the numbers of one."""
    return float(np.sqrt(outputs.var(axis=0).mean()))


def _run(model, x, layers, look: Callable, seed, outputs: list | None = None) -> list[tuple]:
    """[(layer, look(layer, input, output)), ...] of every call in one training-mode run on ``x``.

    What the model puts out is added to ``outputs``.
    """
    from keras import ops

    seen = []

    def watching(layer, call):
        def watched(inputs, *arguments, **settings):
            outputs = call(inputs, *arguments, **settings)
            arrays = [np.asarray(ops.convert_to_numpy(t), float) for t in (inputs, outputs)]
            seen.append((layer, look(layer, *arrays)))
            return outputs

        return watched

    with _kept(model):
        reseed(model, seed)
        # On the object, not on its class: nothing but this model is watched.
        for layer in layers:
            vars(layer)["call"] = watching(layer, layer.call)
        try:
            result = model(np.array(x), training=True)
        finally:
            for layer in layers:
                vars(layer).pop("call", None)
    if outputs is not None:
        outputs.append(np.asarray(ops.convert_to_numpy(result), float))
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
