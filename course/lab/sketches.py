"""Drawings of the unit on layer order: maps of numbers, curves, the path of a descent.

Each is an inline SVG in the colour of the page's text, with a text twin for terminals, tests and
readers of the source. Sign is told by the minus, not by colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import numpy as np

_PLUS, _MINUS = "#e08214", "#3288bd"  # orange and blue: apart for every kind of colour vision


class Sketch:
    """A drawing with a text twin. Shows itself as the last value of a notebook cell."""

    def __init__(self, svg: str, text: str):
        self.svg = svg
        self.text = text

    def __repr__(self):
        return self.text

    def _repr_mimebundle_(self, include=None, exclude=None):
        # Inline in HTML, not as an image: only so does currentColor follow a dark theme.
        return {"text/html": self.svg, "text/plain": self.text}


def maps(named: Mapping[str, np.ndarray], cell: int = 40) -> Sketch:
    """Maps (height, width) side by side, every number in its square, under its name."""
    named = {name: np.asarray(values, float) for name, values in named.items()}
    parts, left, height = [], 0, 0
    for name, values in named.items():
        rows, columns = values.shape
        wide = max(columns * cell, 8 * len(name))
        parts.append(_text(left + wide / 2, 14, name, 13))
        start = left + (wide - columns * cell) / 2
        strongest = np.abs(values).max() or 1
        for (r, c), value in np.ndenumerate(values):
            x, y = start + c * cell, 24 + r * cell
            colour = _PLUS if value > 0 else _MINUS
            strength = 0.75 * abs(value) / strongest
            parts.append(
                f'<rect x="{x:g}" y="{y:g}" width="{cell}" height="{cell}" fill="{colour}" '
                f'fill-opacity="{strength:.2f}" stroke="currentColor" stroke-opacity="0.5"/>'
            )
            parts.append(_text(x + cell / 2, y + cell / 2 + 5, f"{value + 0.0:g}", 14))
        left += wide + 28
        height = max(height, 24 + rows * cell)
    rows = []
    for name, values in named.items():
        rows.append(name)
        rows += ["  " + " ".join(f"{v + 0.0:6g}" for v in row) for row in values]
    return Sketch(_svg(left - 28, height + 2, parts), "\n".join(rows))


def curves(named: Mapping[str, tuple[np.ndarray, np.ndarray]], across: int = 5) -> Sketch:
    """Small graphs of functions given as points (x, y), a common scale, both axes drawn."""
    side, gap, low, high = 118, 26, -1.5, 2.5
    parts, twin = [], []
    for number, (name, (x, y)) in enumerate(named.items()):
        left, top = number % across * (side + 12), number // across * (side + gap) + 18
        reach = max(abs(float(x[0])), abs(float(x[-1])))

        def place(a, b, left=left, top=top, reach=reach):
            across_, down = (a + reach) / (2 * reach), (high - b) / (high - low)
            return f"{left + side * across_:.1f},{top + side * down:.1f}"

        inside = (y >= low) & (y <= high)
        points = " ".join(place(a, b) for a, b in zip(x[inside], y[inside], strict=True))
        parts += [
            _text(left + side / 2, top - 5, name, 12),
            f'<polyline points="{place(-reach, 0)} {place(reach, 0)}" {_THIN}/>',
            f'<polyline points="{place(0, low)} {place(0, high)}" {_THIN}/>',
            f'<polyline points="{points}" fill="none" stroke="{_PLUS}" stroke-width="2"/>',
        ]
        shown = [f"f({a:g}) = {np.interp(a, x, y) + 0.0:.3g}" for a in (-3, -1, 0, 1, 3)]
        twin.append(f"{name:14} " + "  ".join(f"{s:16}" for s in shown).rstrip())
    lines = -(-len(named) // across)
    width = across * (side + 12) - 12
    return Sketch(_svg(width, lines * (side + gap), parts), "\n".join(twin))


def path(points, target, valley=None) -> Sketch:
    """The path (steps + 1, 2) of a descent to ``target``; ``valley``, the Hessian (2, 2), gives
    the lines of equal loss."""
    points, target = np.asarray(points, float), np.asarray(target, float)
    size, middle = 380, 0.5 * (points[0] + target)
    reach = 1.15 * max(np.abs(points - middle).max(), np.abs(target - middle).max())

    def place(p):
        x, y = (p - middle + reach) / (2 * reach) * size
        return f"{x:.1f},{size - y:.1f}"

    parts = []
    if valley is not None:
        values, axes = np.linalg.eigh(np.asarray(valley, float))
        turn = np.linspace(0, 2 * np.pi, 73)
        circle = np.stack([np.cos(turn), np.sin(turn)], axis=1)
        for level in (0.05, 0.2, 0.5, 1, 2, 4):
            ring = target + level * (circle / np.sqrt(values / values[0])) @ axes.T
            parts.append(f'<polyline points="{" ".join(map(place, ring))}" {_THIN}/>')
    parts.append(
        f'<polyline points="{" ".join(map(place, points))}" fill="none" stroke="{_PLUS}" '
        'stroke-width="2" stroke-linejoin="round"/>'
    )
    for p in points:
        x, y = place(p).split(",")
        parts.append(f'<circle cx="{x}" cy="{y}" r="3" fill="{_PLUS}"/>')
    x, y = map(float, place(target).split(","))
    parts.append(_text(x, y + 6, "✕", 18))
    x, y = map(float, place(points[0]).split(","))
    parts.append(_text(x, y - 8, "0", 13))
    shown = points if len(points) <= 12 else points[[*range(6), *range(-6, 0)]]
    twin = [f"{a:7.3f} {b:7.3f}" for a, b in shown]
    if len(points) > 12:
        twin.insert(6, f"   ... ({len(points) - 12})")
    return Sketch(
        _svg(size, size, parts), "\n".join([*twin, f"✕ {target[0]:5.3f} {target[1]:7.3f}"])
    )


_THIN = 'fill="none" stroke="currentColor" stroke-opacity="0.35"'


def _text(x, y, text, size) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" text-anchor="middle" fill="currentColor" '
        f'font-family="ui-monospace, monospace">{escape(text)}</text>'
    )


def _svg(width, height, parts) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" role="img" style="max-width: 100%">'
        f"{''.join(parts)}</svg>"
    )
