"""A stack of layers that nobody has seen, made from a seed, and what swapping two of them does.

``stack(seed)`` gives six layers. Every pair of neighbours is judged alone: both orders, the same
weights, any input. The verdict is a set of modes in which the two orders are one function:

``"inference"``  dropout rests, batch normalisation uses its moving statistics;
``"training"``   dropout drops (the same seed in both orders), batch normalisation uses the batch's own
                 statistics.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np

from autograder.messages import Message, msg

MODES = ("inference", "training")
CHANNELS = 3
LENGTH = 6

# Facts that the making of a stack leans on; every verdict itself is measured.
_HOMOGENEOUS = {"relu", "leaky_relu"}  # f(cx) = c f(x) for every c > 0
_INCREASING = {"relu", "leaky_relu", "tanh", "sigmoid", "elu"}
_BENT_BACK = {"gelu", "silu"}  # fall before they rise
_FAMILIES = ("conv", "activation", "pool", "dropout", "norm")


@dataclass(frozen=True)
class Step:
    """One layer: its canonical name, its arguments, its source line and a remark on its weights."""

    op: str
    source: str
    note: str = ""
    options: dict = field(default_factory=dict, hash=False, compare=False)

    @property
    def family(self) -> str:
        return {
            "conv2d": "conv",
            "max_pool2d": "pool",
            "avg_pool2d": "pool",
            "dropout": "dropout",
            "spatial_dropout2d": "dropout",
            "batch_norm": "norm",
            "layer_norm": "norm",
            "rescaling": "norm",
        }.get(self.op, "activation")

    def layer(self):
        """A fresh Keras layer, built for (None, None, None, 3), with this step's own weights."""
        from keras import layers

        layer = {
            "conv2d": lambda: layers.Conv2D(CHANNELS, 3, padding="same"),
            "max_pool2d": lambda: layers.MaxPooling2D(2),
            "avg_pool2d": lambda: layers.AveragePooling2D(2),
            "dropout": lambda: layers.Dropout(self.options["rate"], seed=1),
            "spatial_dropout2d": lambda: layers.SpatialDropout2D(self.options["rate"], seed=1),
            "batch_norm": layers.BatchNormalization,
            "layer_norm": layers.LayerNormalization,
            "rescaling": lambda: layers.Rescaling(self.options["scale"], self.options["offset"]),
        }.get(self.op, lambda: layers.Activation(self.op))()
        layer.build((None, None, None, CHANNELS))
        if self.options.get("weights"):
            layer.set_weights(self.options["weights"])
        return layer


@dataclass(frozen=True)
class Verdict:
    """What was measured for one pair: ``same``, the modes in which both orders are one function,
    and ``gap``, the largest difference seen in each mode."""

    same: frozenset[str]
    gap: dict[str, float]

    def message(self) -> Message:
        """The two largest differences as a sentence."""
        return msg(
            "largest difference {inference} in inference, {training} in training",
            **{mode: self._shown(mode) for mode in MODES},
        )

    def _shown(self, mode: str) -> Message | str:
        gap = self.gap[mode]
        if mode in self.same and gap > 0:
            return msg("{gap:.2g} (0 up to rounding)", gap=gap)
        return f"{gap:.2g}"


@dataclass(frozen=True)
class Stack:
    """Six layers in a row. ``print(stack)`` shows them as source."""

    seed: int
    steps: tuple[Step, ...]

    @property
    def pairs(self) -> dict[str, tuple[Step, Step]]:
        """Neighbours by name: ``{"1-2": (first, second), ...}``."""
        return {
            f"{i}-{i + 1}": (a, b)
            for i, (a, b) in enumerate(zip(self.steps, self.steps[1:], strict=False), start=1)
        }

    def __str__(self):
        width = max(len(step.source) for step in self.steps) + 1
        rows = [
            f"    {step.source + ',':<{width}}  # {i}" + (f"   {step.note}" if step.note else "")
            for i, step in enumerate(self.steps, start=1)
        ]
        return "\n".join(["keras.Sequential([", *rows, "])"])

    __repr__ = __str__

    def measured(self) -> dict[str, Verdict]:
        """Both orders of every pair, compared by the equivalence engine in both modes."""
        return _measured(self.seed)

    def truth(self) -> dict[str, set[str]]:
        """Pair -> the modes in which the swap changes nothing."""
        return {pair: set(verdict.same) for pair, verdict in self.measured().items()}


def stack(seed: int) -> Stack:
    """Six layers made from ``seed`` (a whole number): the same seed, the same stack.

    Of the five pairs at least one may be swapped in both modes, one in inference only and one in
    neither, and at least two are of the kind that people get wrong. Raises ValueError for a seed
    that is not a whole number of at least 0.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(f"Expected a seed that is a whole number >= 0. Received: {seed!r}.")
    return _stack(int(seed))


def swapped(first: Step, second: Step, mode: str):
    """Two functions on a batch (n, height, width, 3): ``first`` then ``second``, and the reverse.

    Both use the same weights. In training mode every call starts from the same dropout seed.
    """
    training = mode == "training"
    layers = first.layer(), second.layer()
    starts = [_seed_state(layer) for layer in layers]

    def run(*order):
        def both(x):
            for i in order:
                if starts[i] is not None:
                    layers[i].seed_generator.state.assign(starts[i])
                modal = _differs_by_mode((first, second)[i])
                x = layers[i](x, training=training) if modal else layers[i](x)
            return x

        return both

    return run(0, 1), run(1, 0)


def inputs():
    """The domain on which pairs are compared: three channels, even and odd sizes, every sign."""
    from autograder.equivalence import Inputs

    return Inputs.images(channels=CHANNELS, pool=2, scales=(0.1, 1, 10), extremes=False)


def _make(seed: int) -> Stack:
    rng = np.random.default_rng([2002, seed])
    while True:
        steps = _draw(rng)
        pairs = list(zip(steps, steps[1:], strict=False))
        expected = [_rule(a, b) for a, b in pairs]
        kinds = {len(same) for same in expected}
        tricky = sum(_tricky(a, b) for a, b in pairs)
        different = len({step.source for step in steps}) == LENGTH
        if kinds == {0, 1, 2} and tricky >= 2 and different and expected.count(frozenset()) <= 3:
            return Stack(seed, steps)


_stack = cache(_make)


@cache
def _measured(seed: int) -> dict[str, Verdict]:
    from autograder.equivalence import equivalence

    verdicts = {}
    for pair, (a, b) in stack(seed).pairs.items():
        same, gap = set(), {}
        for mode in MODES:
            if mode == "training" and not (_differs_by_mode(a) or _differs_by_mode(b)):
                # Neither layer knows about modes: what holds in one holds in the other.
                gap[mode] = gap["inference"]
                same |= {mode} if same else set()
                continue
            result = equivalence(*swapped(a, b, mode), inputs(), seed=seed)
            gap[mode] = float(result.max_error)
            if result.equal:
                same.add(mode)
        verdicts[pair] = Verdict(frozenset(same), gap)
    return verdicts


def _draw(rng) -> tuple[Step, ...]:
    """Six steps, neighbours of different families, at most two pools and two convolutions."""
    families = []
    while len(families) < LENGTH:
        family = _FAMILIES[rng.choice(5, p=(0.1, 0.25, 0.25, 0.2, 0.2))]
        most = {"conv": 1, "pool": 2}.get(family, LENGTH)
        if family in families[-1:] or families.count(family) >= most:
            continue
        families.append(family)
    return tuple(_DRAW[family](rng) for family in families)


def _conv(rng) -> Step:
    weights = [rng.normal(0, 0.4, (3, 3, CHANNELS, CHANNELS)), rng.normal(0, 1, CHANNELS)]
    return Step("conv2d", 'layers.Conv2D(3, 3, padding="same")', options={"weights": weights})


def _activation(rng) -> Step:
    name = str(rng.choice(["relu", "leaky_relu", "tanh", "sigmoid", "elu", "gelu", "silu"]))
    return Step(name, f'layers.Activation("{name}")')


def _pool(rng) -> Step:
    if rng.random() < 0.75:
        return Step("max_pool2d", "layers.MaxPooling2D(2)")
    return Step("avg_pool2d", "layers.AveragePooling2D(2)")


def _dropout(rng) -> Step:
    rate = float(rng.choice([0.2, 0.3, 0.4, 0.5]))
    if rng.random() < 0.5:
        return Step("dropout", f"layers.Dropout({rate})", options={"rate": rate})
    return Step("spatial_dropout2d", f"layers.SpatialDropout2D({rate})", options={"rate": rate})


def _norm(rng) -> Step:
    kind = rng.choice(["batch", "layer", "rescaling"], p=(0.6, 0.15, 0.25))
    if kind == "layer":
        return Step("layer_norm", "layers.LayerNormalization()", note="gamma = 1, beta = 0")
    if kind == "rescaling":
        scale, offset = [(2.0, 0.0), (0.5, -1.0), (-1.0, 0.0)][rng.integers(3)]
        shown = f"{scale}, offset={offset}" if offset else f"{scale}"
        options = {"scale": scale, "offset": offset}
        return Step("rescaling", f"layers.Rescaling({shown})", options=options)
    gamma = np.round(rng.uniform(0.5, 1.5, CHANNELS), 1)
    if rng.random() < 0.5:
        gamma[rng.integers(CHANNELS)] *= -1
    beta = rng.choice([-1, 1], CHANNELS) * rng.uniform(0.5, 1, CHANNELS)
    mean = rng.choice([-1, 1], CHANNELS) * rng.uniform(0.5, 1, CHANNELS)
    variance = rng.uniform(0.3, 3, CHANNELS)
    return Step(
        "batch_norm",
        "layers.BatchNormalization()",
        note=f"gamma = {', '.join(f'{g:g}' for g in gamma)}",
        options={"weights": [gamma, beta, mean, variance]},
    )


_DRAW = {
    "conv": _conv,
    "activation": _activation,
    "pool": _pool,
    "dropout": _dropout,
    "norm": _norm,
}


def _rule(a: Step, b: Step) -> frozenset[str]:
    """The theory of a pair, used to pick stacks that are worth solving (tests hold it against the
    measurement). The order of ``a`` and ``b`` does not matter."""
    pair = {a.family: a, b.family: b}
    both, neither, inference = frozenset(MODES), frozenset(), frozenset({"inference"})
    if "dropout" in pair:
        other = b if a.family == "dropout" else a
        spatial = pair["dropout"].op == "spatial_dropout2d"
        safe = (
            other.op in _HOMOGENEOUS
            or (other.family == "pool" and spatial)
            or (other.op == "rescaling" and not other.options["offset"])
        )
        return both if safe else inference
    if "conv" in pair:
        return neither
    if {"pool", "activation"} == set(pair):
        return (
            both
            if pair["pool"].op == "max_pool2d" and pair["activation"].op in _INCREASING
            else neither
        )
    if {"pool", "norm"} == set(pair):
        pool, norm = pair["pool"].op, pair["norm"]
        if norm.op == "rescaling":
            return both if pool == "avg_pool2d" or norm.options["scale"] > 0 else neither
        if norm.op == "batch_norm":
            rises = np.min(norm.options["weights"][0]) > 0
            return inference if pool == "avg_pool2d" or rises else neither
        return neither
    # What is left: an activation and a normalisation.
    act, norm = pair["activation"], pair["norm"]
    scales = norm.op == "rescaling" and not norm.options["offset"] and norm.options["scale"] > 0
    return both if act.op in _HOMOGENEOUS and scales else neither


def _tricky(a: Step, b: Step) -> bool:
    ops, families = {a.op, b.op}, {a.family, b.family}
    return bool(
        (ops & _BENT_BACK and "max_pool2d" in ops)
        or ("batch_norm" in ops and "pool" in families)
        or ("dropout" in families and families & {"pool", "activation"})
    )


def _differs_by_mode(step: Step) -> bool:
    return step.family == "dropout" or step.op == "batch_norm"


def _seed_state(layer):
    generator = getattr(layer, "seed_generator", None)
    return None if generator is None else generator.state.numpy()
