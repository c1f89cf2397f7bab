"""Inputs that tell functions apart.

Random normal numbers hardly ever do: a pool over k x k windows behind a missing ReLU differs only
in windows that are all negative, one in 2^(k*k). So inputs come in strata: shifted so that about
half of the windows are all negative, shifted further for functions that dip below zero, at several
scales, with ties, with both zeros, with huge numbers, on maps whose size the window divides and
does not divide, with several channels and samples, so that no axis can be mistaken for another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

HUGE = 1e15  # its square is still a float32


def all_negative_shift(pool: int) -> float:
    """The mean at which k*k normal numbers of variance 1 are all negative half of the time.

    P(N(m, 1) < 0)^(k*k) = 1/2, so m = -quantile(2^(-1/(k*k))): -1.00 for k = 2, -2.46 for 10.
    """
    return -NormalDist().inv_cdf(0.5 ** (1 / pool**2))


@dataclass(frozen=True)
class Inputs:
    """A domain to draw inputs from.

    ``shapes`` are whole batches, (samples, height, width, channels) or (samples, features).
    ``shifts`` are means in standard deviations; each channel of an array gets another one.
    ``scales`` multiply everything. ``ties`` adds small integers and halves with both zeros,
    ``extremes`` arrays with numbers up to 1e15. ``positive`` restricts the domain to numbers
    above zero. ``low`` and ``high`` clip the domain.
    """

    shapes: tuple[tuple[int, ...], ...]
    shifts: tuple[float, ...] = (0, -1, -2, -3)
    scales: tuple[float, ...] = (1e-2, 1, 10, 100)
    ties: bool = True
    extremes: bool = True
    positive: bool = False
    low: float | None = None
    high: float | None = None

    def __post_init__(self):
        shapes = self.shapes
        if shapes and isinstance(shapes[0], int):  # one shape
            shapes = (shapes,)
        shapes = tuple(tuple(int(d) for d in s) for s in shapes)
        if not shapes or any(d < 1 for s in shapes for d in s) or not all(shapes):
            raise ValueError(
                "Expected shapes of whole batches, such as (2, 9, 8, 3), all sizes at least 1. "
                f"Received: {self.shapes!r}."
            )
        object.__setattr__(self, "shapes", shapes)

    @classmethod
    def images(cls, channels: int = 3, pool: int = 2, batch: int = 2, **settings) -> Inputs:
        """Maps for a pool of ``pool`` x ``pool``: divisible by it, larger by one, not square.

        One of the shifts makes windows of that size all negative half of the time.
        """
        if pool < 1 or channels < 1 or batch < 1:
            raise ValueError(
                "Expected pool, channels and batch of at least 1. Received: "
                f"pool={pool}, channels={channels}, batch={batch}."
            )
        k = max(pool, 2)
        sizes = [(3 * k, 3 * k), (3 * k + 1, 2 * k + 1), (2 * k + k // 2, 4 * k - 1)]
        settings.setdefault("shifts", (0, all_negative_shift(k), -1, -2, -3))
        return cls(tuple((batch, h, w, channels) for h, w in sizes), **settings)

    @classmethod
    def vectors(cls, n: int, batch: int = 16, **settings) -> Inputs:
        """Batches of ``n`` features; no huge numbers unless asked for."""
        settings.setdefault("extremes", False)
        return cls(((batch, n), (1, n)), **settings)

    @classmethod
    def like(cls, model, batch: int = 4, **settings) -> Inputs:
        """The input shape of a Keras model with one input; unknown sizes become 16 and 17."""
        shape = tuple(model.input_shape[1:])
        settings.setdefault("extremes", False)
        odd = tuple(17 - i % 2 if d is None else d for i, d in enumerate(shape))
        even = tuple(16 if d is None else d for d in shape)
        return cls(tuple(dict.fromkeys([(batch, *even), (batch + 1, *odd)])), **settings)

    def with_(self, **changes) -> Inputs:
        """The same domain with some settings changed."""
        return replace(self, **changes)

    def draw(self, seed: int = 0) -> Iterator[np.ndarray]:
        """Arrays of float32, the same for the same seed. The first are the most telling."""
        rng = np.random.default_rng(seed)
        scales = sorted(self.scales, key=lambda s: abs(np.log10(s)))
        for turn, scale in enumerate(scales):
            for number, shape in enumerate(self.shapes):
                x = rng.normal(size=shape) + self._shift(shape, turn + number)
                yield self._inside(x * scale)
        if len(self.shifts) > self.shapes[0][-1]:  # too few channels to meet every shift above
            for turn in range(len(self.shifts)):
                x = rng.normal(size=self.shapes[0]) + self._shift(self.shapes[0], turn)
                yield self._inside(x)
        for shape in self.shapes:
            if self.ties:
                x = rng.integers(-3, 3, shape) / rng.choice([1, 2])
                x[rng.random(shape) < 0.2] *= 0.0  # keeps the sign: half of these zeros are -0.0
                yield self._inside(x)
        if self.extremes and not self.positive:
            x = rng.normal(size=self.shapes[0])
            huge = rng.random(x.shape) < 0.3
            x = np.where(huge, np.sign(x) * HUGE, x)
            x[..., 0] = -HUGE * (1 + rng.random(x.shape[:-1]))  # below any "minus infinity"
            yield self._inside(x)

    def _shift(self, shape, turn):
        """A mean for each channel, another one in each turn."""
        return np.array([self.shifts[(c + turn) % len(self.shifts)] for c in range(shape[-1])])

    def _inside(self, x):
        if self.positive:
            x = np.abs(x) + np.float32(1e-6)
        if self.low is not None or self.high is not None:
            x = np.clip(x, self.low, self.high)
        return np.ascontiguousarray(x, dtype=np.float32)
