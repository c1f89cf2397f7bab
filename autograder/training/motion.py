"""Which variables a few optimizer steps move, and how far."""

from __future__ import annotations

import numpy as np

from autograder.training._tensors import arrays, tensor
from autograder.training.fitting import descend, fresh, reseed
from autograder.training.making import build
from autograder.training.names import variable_names
from autograder.training.preparing import prepare, shown

_LARGE_INPUT = 10_000  # numbers a sample; wide early layers on such inputs fill the memory


def moving(
    make,
    x=None,
    y=None,
    steps: int = 3,
    *,
    seed: int = 0,
    batch: int | None = None,
    optimizer=None,
) -> dict[str, float]:
    """How far every trainable variable moves in ``steps`` optimizer steps: {name: max |change|}.

    ``make`` is a function that returns a compiled model, or a model, which is left exactly as it was
    (weights, seed generators, moving statistics, optimizer). A variable that is frozen has 0.0.
    Without ``x`` and ``y`` the inputs are standard normal and the targets random, of the kind that
    the loss asks for. ``batch`` is 16, or 2 for large pictures. Names: :func:`variable_names`.
    """
    model = build(make, seed)
    if (x is None) != (y is None):
        raise ValueError("Expected both x and y, or neither. Received: only one of them.")
    if x is None:
        x, y = _random_task(model, batch or _small_batch(_input_shape(model)), seed)
    x, y = arrays(x, y)
    batch = min(batch or _small_batch(x.shape[1:]), len(x))
    prepare(model, x, y)
    before = [v.numpy() for v in model.variables]
    try:
        reseed(model, seed)
        optimizer = fresh(model, optimizer)
        variables = model.trainable_variables
        optimizer.build(variables)
        start = [v.numpy() for v in variables]
        for step in range(steps):
            at = np.arange(step * batch, (step + 1) * batch) % len(x)
            descend(model, optimizer, variables, x[at], y[at])
        return {
            name: float(np.max(np.abs(v.numpy() - old), initial=0.0))
            for (name, v), old in zip(variable_names(model).items(), start, strict=True)
        }
    finally:
        for v, value in zip(model.variables, before, strict=True):
            v.assign(value)


def _random_task(model, n: int, seed: int):
    """Standard normal inputs and random targets of the kind that the loss asks for."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, *_input_shape(model))).astype(np.float32)
    if not model.built:
        model(tensor(x[:2]), training=False)
    shape = (n, *model.output_shape[1:])
    loss = shown(model.loss).lower()
    loss = loss.strip("'").replace("_", "")
    if "sparsecategorical" in loss:
        return x, rng.integers(0, shape[-1], shape[:-1])
    if "categorical" in loss:
        return x, np.eye(shape[-1], dtype=np.float32)[rng.integers(0, shape[-1], shape[:-1])]
    if "binary" in loss:
        return x, rng.integers(0, 2, shape).astype(np.float32)
    return x, rng.normal(size=shape).astype(np.float32)


def _input_shape(model) -> tuple[int, ...]:
    try:
        shape = model.input_shape
    except AttributeError:
        raise ValueError(
            "Expected a model that starts with an Input layer, or x and y. Received: neither."
        ) from None
    if not isinstance(shape, tuple) or None in shape[1:]:
        raise ValueError(f"Expected one input of fixed size, or x and y. Received: {shape}.")
    return shape[1:]


def _small_batch(input_shape) -> int:
    return 2 if np.prod(input_shape) > _LARGE_INPUT else 16
