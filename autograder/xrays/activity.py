"""What each operation of a model makes of a batch: mean, deviation, zeros, range, histogram.

Layers are listened to while the model runs once. Neither its variables nor any random state change:
what the run would write is thrown away.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import wraps

import numpy as np

from autograder.messages import msg
from autograder.reading.read import ReadError

BINS = 24
MOST_SAMPLES = 64


@dataclass(frozen=True)
class Activity:
    """The numbers that an operation puts out, over all samples and places of a batch.

    ``mean``, ``std``, ``low``, ``high`` are of the finite ones (NaN without any), ``zeros`` is the
    share that is exactly 0, ``broken`` the share that is NaN or infinite, ``histogram`` the shares
    (BINS,) between ``low`` and ``high``.
    """

    mean: float
    std: float
    zeros: float
    low: float
    high: float
    broken: float
    histogram: np.ndarray

    @classmethod
    def of(cls, values) -> Activity:
        """Of an array of any shape. Raises ValueError for an empty one."""
        values = np.asarray(values, np.float64).reshape(-1)
        if not values.size:
            raise ValueError("Expected at least one number. Received: an empty array.")
        finite = values[np.isfinite(values)]
        broken = 1 - finite.size / values.size
        if not finite.size:
            return cls(*[float("nan")] * 2, 0.0, *[float("nan")] * 2, broken, np.zeros(BINS))
        low, high = float(finite.min()), float(finite.max())
        edges = (low, high) if high > low else (low - 0.5, high + 0.5)
        counts = np.histogram(finite, BINS, edges)[0]
        return cls(
            float(finite.mean()),
            float(finite.std()) if high > low else 0.0,
            float(np.mean(values == 0)),
            low,
            high,
            broken,
            counts / finite.size,
        )


def samples(graph, batch):
    """``batch`` as arrays of at most ``MOST_SAMPLES`` samples, in the structure that it has: one array,
    or a list or dict of them where ``graph`` has several inputs."""
    if isinstance(batch, dict):
        return {name: np.asarray(part)[:MOST_SAMPLES] for name, part in batch.items()}
    if len(graph.inputs) > 1:
        return [np.asarray(part)[:MOST_SAMPLES] for part in batch]
    return np.asarray(batch)[:MOST_SAMPLES]


def activities(model, graph, batch, training: bool = False) -> dict[int, Activity]:
    """{node id: Activity} of ``graph``, which is what ``read`` made of ``model``.

    ``batch``: an array (n, ...), or a list or dict of them as the model takes them; of more than
    ``MOST_SAMPLES`` samples the first ones. Operations inside a layer of the student's own have
    none, except for its last: the layer is heard from outside.

    Raises ReadError when the model was not built yet or does not take the batch.
    """
    from keras import Layer, StatelessScope, ops, tree

    from autograder.reading._unchanged import unchanged

    if not model.built:
        raise ReadError(
            msg(
                "Expected a built model. Received: {model}, which has no weights yet. Call it on a "
                "batch, or put keras.Input(...) in front.",
                model=repr(model.name),
            )
        )
    batch = tree.map_structure(ops.convert_to_tensor, samples(graph, batch))
    layers = [layer for layer in Layer._flatten_layers(model) if layer is not model]
    heard: dict[int, list[tuple]] = {id(layer): [] for layer in layers}
    with unchanged(model), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for layer in layers:
            _listen(layer, heard[id(layer)])
        if not layers:  # one layer by itself
            layers = [model]
            heard[id(model)] = []
            _listen(model, heard[id(model)])
        try:
            with StatelessScope():
                _run(model, batch, training)
        except Exception as error:
            raise ReadError(
                msg(
                    "Cannot run {model} on this batch: {reason}",
                    model=repr(model.name),
                    reason=_first_line(error),
                )
            ) from error
    return _by_node(graph, layers, heard)


def _run(model, batch, training):
    if "training" in getattr(model, "_call_signature_parameters", ()) or hasattr(model, "layers"):
        model(batch, training=training)
    else:
        model(batch)


def _listen(layer, calls):
    """Append (what its activation got, what the layer put out) to ``calls`` at every call."""
    before = []
    inner, activation = layer.call, vars(layer).get("activation")
    if callable(activation) and not hasattr(activation, "weights"):

        @wraps(activation)
        def activate(x, *args, **kwargs):
            before.append(_activity(x))
            return activation(x, *args, **kwargs)

        vars(layer)["activation"] = activate

    @wraps(inner)
    def call(*args, **kwargs):
        before.clear()
        out = inner(*args, **kwargs)
        calls.append((before[0] if before else None, _activity(out)))
        return out

    vars(layer)["call"] = call  # found before the class' own; Keras does not track it there


def _activity(value) -> Activity | None:
    """None for what holds no numbers yet: the inside of a recurrent layer runs as a graph."""
    from keras import ops, tree

    try:
        return Activity.of(ops.convert_to_numpy(tree.flatten(value)[0]))
    except Exception:  # symbolic, empty, strings, somebody's own kind of tensor
        return None


def _by_node(graph, layers, heard):
    named = {}
    for layer in layers:
        named.setdefault(layer.name, []).append(layer)
    groups: dict[int, list] = {}
    for node in graph:
        layer = node.source if id(node.source) in heard else None
        if layer is None and len(named.get(node.layer, ())) == 1:
            (layer,) = named[node.layer]
        if layer is not None:
            groups.setdefault(id(layer), []).append(node)
    found = {}
    for key, nodes in groups.items():
        calls = heard[key]
        if not calls:
            continue
        each = len(nodes) // len(calls) if len(nodes) % len(calls) == 0 else len(nodes)
        for (before, after), part in zip(calls, _chunks(nodes, each), strict=False):
            if len(part) == 2 and before is not None:
                found[part[0].id] = before
            if after is not None:
                found[part[-1].id] = after
    return found


def _chunks(items, size):
    return [items[i : i + size] for i in range(0, len(items), size)]


def _first_line(error) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines or [type(error).__name__])[0][:240]
