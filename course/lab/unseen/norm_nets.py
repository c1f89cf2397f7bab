"""A convolutional net with three batch normalisations, made from a seed, and what may be done to it:
which of them fold into a neighbouring layer, which biases have no effect in training."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np

from autograder.messages import Lines, Message, msg
from course.lab.experiments.norm_facts import single_layer_gap

#: Where a batch normalisation folds into, with other spellings that count as well.
SIDES = {
    "before": ("previous", "в слой перед", "перед", "до"),
    "after": ("next", "в слой после", "после"),
    "both": ("оба", "в оба"),
    "neither": ("nowhere", "none", "никуда", "ни в какой"),
}
NORMS = ("n1", "n2", "n3")
BIASES = ("c1", "c2", "c3", "out")

_SAME = (
    1e-3  # errors of float32 stay below 1e-4, those of a layer that does not exist are above 1e-2
)

# Every block is a convolution and its surroundings: (activation inside, what stands before the norm,
# what stands behind it).
_BLOCKS = {
    "plain": ("", (), ("relu",)),
    "bare": ("", (), ()),
    "fused": ("relu", (), ()),
    "activated": ("", ("relu",), ()),
    "fused, pooled": ("relu", (), ("pool",)),
    "pooled": ("", ("pool",), ("relu",)),
    "pooled, bare": ("", ("pool",), ()),
}


@dataclass(frozen=True)
class Measured:
    """``folds``: {norm: one of SIDES}; ``idle``: layers whose bias has no effect in training; and the
    numbers behind both."""

    folds: dict[str, str]
    idle: frozenset[str]
    fold_evidence: dict[str, Message]
    idle_evidence: Message


@dataclass(frozen=True)
class NormNet:
    """``print(net)`` shows it as source; :meth:`make` builds it with random weights, none of them 0."""

    seed: int
    lines: tuple[str, ...] = field(repr=False)

    def __str__(self):
        return "\n".join(["keras.Sequential([", *(f"    {line}," for line in self.lines), "])"])

    __repr__ = __str__

    def make(self):
        """The model; the same weights at every call."""
        import keras
        from keras import layers

        scope = {"keras": keras, "layers": layers}
        net = eval(str(self), scope)  # our own text, made below
        rng = np.random.default_rng([2004, self.seed])
        for layer in net.layers:
            if layer.weights:
                layer.set_weights([_draw(v.name, v.shape, rng) for v in layer.weights])
        return net

    def measured(self) -> Measured:
        """The truth, measured on the net itself."""
        return _measured(self.seed)

    def truth(self) -> str:
        """The truth as text."""
        found = self.measured()
        lines = [
            msg(
                "{norm}: {side}; {measured}",
                norm=norm,
                side=side,
                measured=found.fold_evidence[norm],
            )
            for norm, side in found.folds.items()
        ]
        idle = msg(
            "idle: {names}; {measured}",
            names=", ".join(sorted(found.idle)),
            measured=found.idle_evidence,
        )
        return Lines(*lines, idle).text()


def norms(seed: int) -> NormNet:
    """A net made from ``seed`` (a whole number): the same seed, the same net.

    Three convolutions with biases, three batch normalisations. At least one of them folds into the
    layer before it, one into the layer behind it, and one nowhere. Raises ValueError for a seed
    that is not a whole number of at least 0.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(f"Expected a seed that is a whole number >= 0. Received: {seed!r}.")
    return _norms(int(seed))


@cache
def _norms(seed: int) -> NormNet:
    rng = np.random.default_rng([2003, seed])
    while True:
        blocks = [str(rng.choice(list(_BLOCKS))) for _ in range(3)]
        padding = [str(rng.choice(["valid", "same"])) for _ in range(3)]
        sides = _rule(blocks, padding)
        worth = {"neither"} < set(sides) and set(sides) & {"after", "both"} and "before" in sides
        biases = _idle_rule(blocks)
        if worth and len(set(blocks)) == 3 and 0 < len(biases) < 3:
            return NormNet(seed, _source(blocks, padding))


def _source(blocks, padding) -> tuple[str, ...]:
    words = {"relu": "layers.ReLU()", "pool": "layers.MaxPooling2D(2)"}
    lines = ["keras.Input((22, 22, 2))"]
    for i, (block, pad) in enumerate(zip(blocks, padding, strict=True), 1):
        inside, first, behind = _BLOCKS[block]
        inside = f', activation="{inside}"' if inside else ""
        lines.append(f'layers.Conv2D(4, 3, padding="{pad}"{inside}, name="c{i}")')
        lines += [words[word] for word in first]
        lines.append(f'layers.BatchNormalization(name="n{i}")')
        lines += [words[word] for word in behind]
    return (*lines, "layers.GlobalMaxPooling2D()", 'layers.Dense(10, name="out")')


def _rule(blocks, padding) -> list[str]:
    """The theory, used to pick nets that are worth solving (tests hold it against the measurement)."""
    found = []
    for i, block in enumerate(blocks):
        inside, first, behind = _BLOCKS[block]
        before = not inside and not first
        after = not behind and i < 2 and padding[i + 1] == "valid"
        found.append(
            {(1, 1): "both", (1, 0): "before", (0, 1): "after"}.get((before, after), "neither")
        )
    return found


def _idle_rule(blocks) -> set[str]:
    return {
        f"c{i}"
        for i, block in enumerate(blocks, 1)
        if not _BLOCKS[block][0] and "relu" not in _BLOCKS[block][1]
    }


def _draw(name, shape, rng) -> np.ndarray:
    if name in ("gamma", "moving_variance"):
        signs = np.where(rng.random(shape) < 0.5, -1, 1) if name == "gamma" else 1
        return signs * rng.uniform(0.5, 2, shape)
    if name == "kernel":
        return rng.normal(0, 1 / np.sqrt(np.prod(shape[:-1])), shape)
    return rng.choice([-1, 1], shape) * rng.uniform(0.3, 1, shape)


@cache
def _measured(seed: int) -> Measured:
    net = norms(seed).make()
    folds, fold_evidence = {}, {}
    for name in NORMS:
        at = [layer.name for layer in net.layers].index(name)
        gaps = {
            "before": _fold_gap(net.layers[at - 1], net.layers[at], before=True),
            "after": _fold_gap(net.layers[at], net.layers[at + 1], before=False),
        }
        sides = [side for side, gap in gaps.items() if gap < _SAME]
        folds[name] = {0: "neither", 2: "both"}.get(len(sides)) or sides[0]
        fold_evidence[name] = msg(
            "the best single layer instead: before, {before}; after, {after}",
            **{side: _shown(gap) for side, gap in gaps.items()},
        )
    changes = {name: _bias_gap(net, name) for name in BIASES}
    return Measured(
        folds,
        frozenset(name for name, gap in changes.items() if gap < _SAME),
        fold_evidence,
        msg(
            "with 0.7 added to a bias, the answer changes by {changes}",
            changes=", ".join(f"{gap:.1g} ({name})" for name, gap in changes.items()),
        ),
    )


def _fold_gap(first, second, before: bool) -> float:
    """How far the best single convolution is from the two layers in inference; infinite when the one
    that would take in the batch normalisation is no layer with a kernel."""
    layer = first if before else second
    if not hasattr(layer, "kernel"):
        return np.inf
    rng = np.random.default_rng(44)
    channels = layer.kernel.shape[-2]
    inputs = [rng.normal(i, 1, (4, 9, 8, channels)).astype(np.float32) for i in range(3)]
    outputs = []
    for x in inputs:
        x = first(x, training=False) if not before else first(x)
        if before:
            outputs.append(np.asarray(second(x, training=False)))
        else:  # what stands behind the kernel may stay as it is
            outputs.append(np.asarray(layer.convolution_op(x, layer.kernel) + layer.bias))
    return single_layer_gap(inputs, outputs, layer.padding)


def _bias_gap(net, name: str) -> float:
    x = np.random.default_rng(45).normal(size=(8, 22, 22, 2)).astype(np.float32)
    layer = net.get_layer(name)
    before = np.asarray(net(x, training=True))
    layer.bias.assign(layer.bias + 0.7)
    gap = np.abs(np.asarray(net(x, training=True)) - before).max()
    layer.bias.assign(layer.bias - 0.7)
    return float(gap)


def _shown(gap: float) -> Message:
    if not np.isfinite(gap):
        return msg("no kernel there")
    if gap < _SAME:
        return msg("off by {gap:.2g} (0 up to rounding)", gap=gap)
    return msg("off by {gap:.2g}", gap=gap)
