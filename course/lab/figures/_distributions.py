"""The figure of distributions: two classes in many small panels."""

from __future__ import annotations

import numpy as np

from autograder.drawing import (
    COOL,
    MONO,
    WARM,
    Canvas,
    Figure,
    columns,
    shown,
    text_width,
    value_text,
)
from autograder.messages import msg

_BLOCKS = " ▁▂▃▄▅▆▇█"
_BINS = 24


def distributions(panels: dict, *, names=("0", "1"), across: int = 4) -> Figure:
    """Histograms of two groups in a grid of panels, {caption: (values, values)}, each (n,).

    Both groups of a panel share its bins, which reach from the 1st to the 99th percentile of both
    together; what lies outside is counted in the last bins. The first group is a filled outline, the
    second a dashed line. ``names`` are the groups' names. A percentage says how much of the two
    histograms is common to both: 100 % when they are the same. Raises ValueError without panels, and
    for values that are missing or not finite.
    """
    panels = {name: _groups(name, values) for name, values in panels.items()}
    if not panels:
        raise ValueError("Expected at least one panel. Received: an empty dict.")
    counted = {name: _histograms(*groups) for name, groups in panels.items()}

    def legend():
        return msg(
            "filled: {first}, dashed: {second}; %: common to both",
            first=names[0],
            second=names[1],
        ).text()

    def tell():
        rows = [["", shown(names[0]), shown(names[1]), msg("from").text(), msg("to").text(), "%"]]
        for name, (edges, one, other, common) in counted.items():
            most = max(one.max(), other.max())
            ends = value_text(edges[0]), value_text(edges[-1])
            blocks = _blocks(one / most), _blocks(other / most)
            rows.append([shown(name), *blocks, *ends, f"{100 * common:.0f}"])
        return columns(rows, right={3, 4, 5})

    def draw():
        wide, tall, gap, head = 150, 64, 16, 18
        across_ = min(across, len(counted))
        down = -(-len(counted) // across_)
        width = max(across_ * (wide + gap) - gap + 4, text_width(legend(), 11))
        canvas = Canvas(width, down * (head + tall + 30) + 18)
        for i, (name, histograms) in enumerate(counted.items()):
            left, top = 2 + (i % across_) * (wide + gap), (i // across_) * (head + tall + 30)
            canvas.text(left, top + 13, name, size=11)
            _draw_panel(canvas, left, top + head, wide, tall, *histograms)
        canvas.text(2, down * (head + tall + 30) + 12, legend(), size=11)
        return canvas

    return Figure(draw, tell)


def _groups(name, values):
    groups = [np.asarray(group, float).reshape(-1) for group in values]
    if len(groups) != 2 or not all(len(g) and np.isfinite(g).all() for g in groups):
        raise ValueError(f"Expected two groups of finite values in {shown(name)!r}.")
    return groups


def _histograms(one, other):
    """(edges, shares of one, shares of other, common share)."""
    low, high = np.percentile(np.concatenate([one, other]), [1, 99])
    if high <= low:  # one value only: a bin around it
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, _BINS + 1)
    shares = [np.histogram(np.clip(g, low, high), edges)[0] / len(g) for g in (one, other)]
    return edges, *shares, float(np.minimum(*shares).sum())


def _blocks(heights) -> str:
    """Two bins a letter: half as wide, and no narrower to the eye."""
    pairs = heights.reshape(-1, 2).max(axis=1)
    return "".join(_BLOCKS[int(np.ceil(h * (len(_BLOCKS) - 1) - 1e-9))] for h in pairs)


def _draw_panel(canvas, left, top, wide, tall, edges, one, other, common):
    canvas.line(left, top + tall, left + wide, top + tall, stroke_opacity=0.35)
    most = max(one.max(), other.max())
    for shares, style in (
        (one, {"stroke": COOL, "fill": COOL, "fill_opacity": 0.25}),
        (other, {"stroke": WARM, "stroke_width": 1.5, "stroke_dasharray": "4 2"}),
    ):
        heights = np.repeat(shares / most, 2)
        x = left + wide * np.repeat(np.arange(_BINS + 1), 2)[1:-1] / _BINS
        y = top + tall * (1 - heights)
        ends = ((left, top + tall), (left + wide, top + tall))
        canvas.polyline([ends[0], *zip(x, y, strict=True), ends[1]], **style)
    canvas.text(left, top + tall + 13, value_text(edges[0]), size=10, family=MONO)
    canvas.text(left + wide / 2, top + tall + 13, f"{100 * common:.0f}%", size=10, anchor="middle")
    last = value_text(edges[-1])
    canvas.text(left + wide, top + tall + 13, last, size=10, anchor="end", family=MONO)
