"""The figure of several series on shared axes, such as learning curves."""

from __future__ import annotations

import math

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

_STYLES = (  # colour, dashes: the dashes alone tell the lines apart
    (COOL, ""),
    (WARM, "7 3"),
    ("currentColor", "2 3"),
    (COOL, "1 4"),
    (WARM, "12 3 2 3"),
    ("currentColor", "12 4"),
)
_BLOCKS = "▁▂▃▄▅▆▇█"
_WIDTH, _HEIGHT = 420, 220


def series(lines: dict, *, level=None, x_label="", y_label="", x_range=None, y_range=None, note=""):
    """Several series on shared axes, {name: (x, y)} with x and y of shape (n,), n may be 0.

    ``level`` draws a horizontal line to compare with; the text twin then says at which x each
    series first reaches it. ``x_range`` and ``y_range`` (low, high) fix the axes, so that a picture
    drawn while numbers arrive does not jump; they grow where the numbers do not fit. ``note`` is
    written below. x grows along a series; points that are not finite are left out of the picture.
    Raises ValueError for x and y of different lengths, and for more than six series.
    """
    lines = {
        name: (np.asarray(x, float).reshape(-1), np.asarray(y, float).reshape(-1))
        for name, (x, y) in lines.items()
    }
    if not 0 < len(lines) <= len(_STYLES):
        raise ValueError(f"Expected 1 to {len(_STYLES)} series. Received: {len(lines)}.")
    for name, (x, y) in lines.items():
        if x.shape != y.shape or not np.isfinite(x).all():
            raise ValueError(
                f"Expected finite x of {shown(name)!r}, as many as y. "
                f"Received: {x.shape} and {y.shape}."
            )
    every_x = np.concatenate([x for x, _ in lines.values()])
    every_y = np.concatenate([y for _, y in lines.values()])
    if level is not None:
        every_y = np.append(every_y, level)
    x_axis, y_axis = _axis(every_x, x_range), _axis(every_y, y_range)

    def draw():
        return _draw(lines, x_axis, y_axis, level, x_label, y_label, note)

    return Figure(draw, lambda: _tell(lines, x_axis, y_axis, level, note))


def _first_reach(x, y, level):
    """The first x at which y is at least ``level``; None when it never is."""
    reached = np.flatnonzero(np.asarray(y, float) >= level)
    return None if not len(reached) else np.asarray(x)[reached[0]].item()


def _axis(values, wanted):
    """(low, high) of one axis."""
    finite = values[np.isfinite(values)]
    ends = [*(finite.min(), finite.max())] if len(finite) else []
    ends += [float(end) for end in wanted] if wanted is not None else []
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    return (low, high) if high > low else (low, low + 1.0)


def _ticks(low, high, most=5):
    """Round numbers in [low, high], at most ``most`` + 1."""
    step = 10.0 ** math.floor(math.log10((high - low) / most))
    step *= next(k for k in (1, 2, 5, 10) if (high - low) / (k * step) <= most)
    return [k * step for k in range(math.ceil(low / step), math.floor(high / step + 1e-9) + 1)]


def _tell(lines, x_axis, y_axis, level, note):
    head = ["", "", msg("first").text(), msg("last").text(), msg("most").text()]
    if level is not None:
        head.append(msg("reaches {level}", level=value_text(level)).text())
    rows = [head]
    for name, (x, y) in lines.items():
        finite = y[np.isfinite(y)]
        ends = [finite[0], finite[-1], finite.max()] if len(finite) else []
        row = [shown(name), _blocks(x, y, x_axis, y_axis), *map(value_text, ends)]
        row += ["–"] * (5 - len(row))
        if level is not None:
            reached = _first_reach(x, y, level)
            row.append("–" if reached is None else f"{reached:g}")
        rows.append(row)
    table = columns(rows, right=set(range(2, len(head))))
    return "\n".join([table, shown(note)] if shown(note) else [table])


def _blocks(x, y, x_axis, y_axis, n=24) -> str:
    """A series as a row of blocks on the scales of the axes, blank where it has not come to."""
    row = []
    for at in np.linspace(*x_axis, n + 1)[1:]:  # the right end of each block
        i = int(np.searchsorted(x, at * (1 + 1e-9), side="right")) - 1
        reached = i >= 0 and (i + 1 < len(x) or at <= x[-1] + (x_axis[1] - x_axis[0]) / n)
        row.append(_block(y[i], y_axis) if reached else " ")
    return "".join(row)


def _block(value, axis) -> str:
    if not np.isfinite(value):
        return " "
    low, high = axis
    return _BLOCKS[int((value - low) / (high - low) * (len(_BLOCKS) - 1) + 0.5)]


def _draw(lines, x_axis, y_axis, level, x_label, y_label, note):
    y_words = [value_text(v) for v in _ticks(*y_axis)]
    left = max([text_width(word, 11) for word in y_words] + [20]) + 10
    top = 22
    legend = max(text_width(shown(name)) for name in lines) + 48
    under = top + _HEIGHT + 34
    notes = shown(note).splitlines()
    wide = max([left + _WIDTH + legend, *(text_width(line, 11) + 4 for line in notes)])
    canvas = Canvas(wide, under + 16 * len(notes))

    def at(u, v):
        return (
            left + _WIDTH * (u - x_axis[0]) / (x_axis[1] - x_axis[0]),
            top + _HEIGHT * (1 - (v - y_axis[0]) / (y_axis[1] - y_axis[0])),
        )

    canvas.rect(left, top, _WIDTH, _HEIGHT, stroke_opacity=0.35)
    for v, word in zip(_ticks(*y_axis), y_words, strict=True):
        y = at(x_axis[0], v)[1]
        canvas.line(left, y, left + _WIDTH, y, stroke_opacity=0.15)
        canvas.text(left - 6, y + 4, word, size=11, anchor="end", family=MONO)
    for u in _ticks(*x_axis):
        x = at(u, y_axis[0])[0]
        canvas.line(x, top + _HEIGHT, x, top + _HEIGHT + 4)
        canvas.text(x, top + _HEIGHT + 17, f"{u:g}", size=11, anchor="middle", family=MONO)
    if level is not None:
        y = at(x_axis[0], level)[1]
        canvas.line(left, y, left + _WIDTH, y, stroke_opacity=0.7, stroke_dasharray="4 3")
    canvas.text(left, 14, y_label, size=11)
    canvas.text(left + _WIDTH, top + _HEIGHT + 31, x_label, size=11, anchor="end")
    styles = zip(lines.items(), _STYLES, strict=False)
    for i, ((name, (x, y)), (colour, dashes)) in enumerate(styles):
        style = {"stroke": colour, "stroke_width": 1.8}
        style |= {"stroke_dasharray": dashes} if dashes else {}
        finite = np.isfinite(y)
        if finite.sum() > 1:
            points = zip(x[finite], y[finite], strict=True)
            canvas.polyline([at(u, v) for u, v in points], **style)
        row = top + 12 + 20 * i
        canvas.line(left + _WIDTH + 10, row, left + _WIDTH + 38, row, **style)
        canvas.text(left + _WIDTH + 43, row + 4, name)
    for i, line in enumerate(notes):
        canvas.text(2, under + 12 + 16 * i, line, size=11, family=MONO)
    return canvas
