"""What the bench computes: a batch of small maps through layers in a given order. No drawing."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np

#: Kind of layer -> the layers to choose from.
KINDS = {
    "convolution": ("conv",),
    "activation": ("relu", "leaky_relu", "tanh", "sigmoid", "gelu", "silu"),
    "pooling": ("max_pool", "avg_pool"),
    "dropout": ("dropout", "spatial_dropout"),
    "normalisation": ("batch_norm", "layer_norm"),
}
#: Layer -> its kind.
KIND_OF = {name: kind for kind, names in KINDS.items() for name in names}

SAMPLES, SIDE, CHANNELS = 8, 4, 2
_MOST_LAYERS = 6
_ROUNDING = 1e-9  # float64: rounding differs by 1e-15 here, two orders by 0.01 and more


@dataclass(frozen=True)
class Setting:
    """The whole state of the bench.

    ``first``, ``second``: names of layers in order, separated by blanks. The maps are
    ``shift + scale * N(0, 1)``, drawn with ``seed``, which also draws the kernel and the masks.
    ``rate``: of dropout; ``gamma``: of a normalisation. ``training``: the mode of every layer.

    Raises ValueError for unknown layers, more than six of them, more than two poolings, a rate
    outside of [0, 1) and numbers that are not finite.
    """

    first: str = "relu max_pool"
    second: str = "max_pool relu"
    shift: float = 0.0
    scale: float = 1.0
    rate: float = 0.5
    gamma: float = 1.0
    training: bool = False
    seed: int = 0

    def __post_init__(self):
        for name in ("first", "second"):
            _check_order(name, getattr(self, name))
        for name in ("shift", "scale", "rate", "gamma"):
            value = getattr(self, name)
            if not isinstance(value, (int, float)) or not math.isfinite(value):
                raise ValueError(f"Expected a finite number as {name}. Received: {value!r}.")
        if not 0 <= self.rate < 1:
            raise ValueError(f"Expected a rate of at least 0, less than 1. Received: {self.rate}.")
        if not isinstance(self.seed, int) or self.seed < 0:
            raise ValueError(f"Expected a seed of 0, 1, 2, … Received: {self.seed!r}.")

    def call(self, function: str = "bench.order") -> str:
        """The call that gives this state back; what stands at its default is left out."""
        orders = f'"{self.first}", "{self.second}"'
        rest = "".join(
            f", {field.name}={getattr(self, field.name)!r}"
            for field in fields(self)[2:]
            if getattr(self, field.name) != field.default
        )
        return f"{function}({orders}{rest})"


def _check_order(name, order):
    tokens = order.split() if isinstance(order, str) else []
    unknown = [token for token in tokens if token not in KIND_OF]
    if not isinstance(order, str) or unknown or len(tokens) > _MOST_LAYERS:
        raise ValueError(
            f"Expected {name} as at most {_MOST_LAYERS} layers of {', '.join(KIND_OF)}, separated "
            f"by blanks. Received: {order!r}."
        )
    if sum(KIND_OF[token] == "pooling" for token in tokens) > 2:
        raise ValueError(f"Expected at most two poolings of a 4x4 map. Received: {order!r}.")


@dataclass(frozen=True)
class Stage:
    """What stands behind one layer: its name, and the values (samples, side, side, channels)."""

    name: str
    values: np.ndarray

    @property
    def side(self) -> int:
        return self.values.shape[1]


@dataclass(frozen=True)
class Flow:
    """Both orders: their stages, the maps ``z`` first, and where their ends agree.

    ``same``: array of bool like the last stages; None when these differ in shape. ``place``: (sample,
    row, column, channel) of the first end that differs, or None.
    """

    setting: Setting
    first: tuple[Stage, ...]
    second: tuple[Stage, ...]
    same: np.ndarray | None
    place: tuple[int, int, int, int] | None

    @property
    def orders(self) -> dict[str, tuple[Stage, ...]]:
        return {"first": self.first, "second": self.second}

    def window(self, order: str) -> list[tuple[str, np.ndarray]]:
        """[(layer, numbers (k, k))] of the window behind :attr:`place`, stage by stage."""
        if self.place is None:
            return []
        sample, row, column, channel = self.place
        stages = self.orders[order]
        found = []
        for stage in stages:
            k = stage.side // stages[-1].side
            part = stage.values[sample, row * k : (row + 1) * k, column * k : (column + 1) * k]
            found.append((stage.name, part[..., channel]))
        return found


def flow(setting: Setting) -> Flow:
    """Send the maps of ``setting`` through both orders; a few milliseconds once Keras is warm."""
    z = setting.shift + setting.scale * _normal(setting, 0, (SAMPLES, SIDE, SIDE, CHANNELS))
    first, second = (
        _stages(z, order.split(), setting) for order in (setting.first, setting.second)
    )
    one, other = first[-1].values, second[-1].values
    if one.shape != other.shape:
        return Flow(setting, first, second, None, None)
    same = np.abs(one - other) <= _ROUNDING * np.maximum(1, np.abs(one))
    apart = np.argwhere(~same)
    # A person reads one map: its windows come before the next channel, that before the next map.
    apart = apart[np.lexsort((apart[:, 2], apart[:, 1], apart[:, 3], apart[:, 0]))]
    place = tuple(int(i) for i in apart[0]) if len(apart) else None
    return Flow(setting, first, second, same, place)


def _normal(setting, stream, shape):
    return np.random.default_rng([1407, setting.seed, stream]).normal(size=shape)


def _stages(z, tokens, setting):
    layers = [_layer(token, setting) for token in tokens]
    trained = z
    for token, layer in zip(tokens, layers, strict=True):
        if token == "batch_norm":  # in inference it uses what it has met in training at its place
            axes = (0, 1, 2)
            layer.build(trained.shape)
            layer.set_weights(
                [
                    np.full(CHANNELS, setting.gamma),
                    np.zeros(CHANNELS),
                    trained.mean(axes),
                    trained.var(axes),
                ]
            )
        if "batch_norm" in tokens:
            trained = np.asarray(_call(_fresh(token, layer, setting), trained, True))
    stages, values = [Stage("z", z)], z
    for token, layer in zip(tokens, layers, strict=True):
        values = np.asarray(_call(layer, values, setting.training))
        stages.append(Stage(token, values))
    return tuple(stages)


def _fresh(token, layer, setting):
    """The layer, or another dropout: each draws its mask once, so that both orders share it."""
    return _layer(token, setting) if KIND_OF[token] == "dropout" else layer


def _call(layer, values, training):
    takes_mode = "training" in getattr(layer, "_call_signature_parameters", ("training",))
    return layer(values, training=training) if takes_mode else layer(values)


def _layer(token, setting):
    """A layer of Keras. All that could be drawn or counted is given, names too: the bench must not move
    the random numbers of the notebook, nor the names of its layers."""
    from keras import layers

    same = {"dtype": "float64", "name": token}
    if token == "conv":
        layer = layers.Conv2D(CHANNELS, 3, padding="same", kernel_initializer="zeros", **same)
        layer.build((None, None, None, CHANNELS))
        kernel = _normal(setting, 1, (3, 3, CHANNELS, CHANNELS)) / 3
        layer.set_weights([kernel, np.linspace(-0.2, 0.2, CHANNELS)])
        return layer
    if token == "layer_norm":
        layer = layers.LayerNormalization(axis=(1, 2, 3), scale=False, center=False, **same)
        return _Scaled(layer, setting.gamma)
    made = {
        "max_pool": lambda: layers.MaxPooling2D(2, **same),
        "avg_pool": lambda: layers.AveragePooling2D(2, **same),
        "dropout": lambda: layers.Dropout(setting.rate, seed=setting.seed, **same),
        "spatial_dropout": lambda: layers.SpatialDropout2D(setting.rate, seed=setting.seed, **same),
        "batch_norm": lambda: layers.BatchNormalization(momentum=1.0, **same),
    }
    if token in made:
        return made[token]()
    return layers.Activation(token, **same)


class _Scaled:
    """A normalisation times gamma: layer norm's own gamma has one number for every pixel."""

    def __init__(self, layer, gamma):
        self.layer, self.gamma = layer, gamma

    def __call__(self, values, training=None):
        return self.gamma * np.asarray(self.layer(values))
