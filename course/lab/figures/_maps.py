"""Figures of maps: number grids side by side, and the strip of map sizes."""

from __future__ import annotations

import numpy as np

from autograder.drawing import (
    COOL,
    LETTER,
    MONO,
    WARM,
    Canvas,
    Figure,
    columns,
    shown,
    text_width,
    value_text,
)
from autograder.messages import Lines, msg

_LARGEST_MAP = 16


def maps(grids: dict, *, windows: dict | None = None) -> Figure:
    """Number grids side by side, {label: array of shape (h, w)}.

    ``windows`` names equal parts of every grid, {"a": (row, column)} among the parts.

    Grids of the shape of the last one are compared with the first of that shape, cell by cell and
    exactly: = agrees, ≠ differs (NaN agrees with NaN). A larger grid that stands before them is
    taken as what they were pooled from: a box marks the window of the first cell that differs.
    Raises ValueError when there is no grid, or one is not 2-D or larger than 16x16.
    """
    grids = {name: _grid(name, values) for name, values in grids.items()}
    if not grids:
        raise ValueError("Expected at least one grid. Received: an empty dict.")
    names = list(grids)
    alike = [name for name in names if grids[name].shape == grids[names[-1]].shape]
    agrees = {name: _same(grids[name], grids[alike[0]]) for name in alike[1:]}
    window = _first_window(grids, alike[0], agrees)

    def legend():
        if not agrees:
            return ""
        box = window and msg("The box: the first window where they differ.")
        return Lines(msg("= agrees with {first}, ≠ differs.", first=alike[0]), box).text()

    def draw():
        return _draw_maps(grids, agrees, window, legend(), windows or {})

    def tell():
        parts = [f"{shown(name)}\n{_tell_grid(grids[name], agrees.get(name))}" for name in names]
        parts += [_tell_windows(windows)] if windows else []
        return "\n\n".join([*parts, legend()] if agrees else parts)

    return Figure(draw, tell)


def _tell_windows(windows) -> str:
    """Where the windows lie: a b above c d."""
    rows = {}
    for name, place in sorted(windows.items(), key=lambda item: item[1]):
        rows.setdefault(place[0], []).append(name)
    return "\n".join(" ".join(names) for names in rows.values())


def _grid(name, values) -> np.ndarray:
    grid = np.asarray(values, float)
    if grid.ndim != 2 or not grid.size or max(grid.shape) > _LARGEST_MAP:
        raise ValueError(
            f"Expected {shown(name)!r} to be a grid of at most {_LARGEST_MAP} x {_LARGEST_MAP} "
            f"numbers. Received: shape {grid.shape}."
        )
    return grid


def _same(a, b):
    return (a == b) | (np.isnan(a) & np.isnan(b))


def _first_window(grids, first, agrees):
    """(name, row, column, height, width) of the window to box, or None."""
    differs = [np.argwhere(~same) for same in agrees.values()]
    differs = [where[0] for where in differs if len(where)]
    before = [name for name in grids if name != first][:1]
    if not differs or not before or list(grids)[0] != before[0]:
        return None
    height, width = (
        n // m for n, m in zip(grids[before[0]].shape, grids[first].shape, strict=True)
    )
    if height < 1 or width < 1 or height * width == 1:
        return None
    row, column = min(map(tuple, differs))
    return before[0], int(row) * height, int(column) * width, height, width


def _cell_text(value, side) -> tuple[str, float]:
    """A number of a cell and the size of its type: two digits where three would have to be tiny."""
    text = value_text(value)
    if len(text) > 6:
        text = f"{float(value):.2g}"
    return text, min(12, (side - 6) / (len(text) * LETTER))


def _draw_maps(grids, agrees, window, legend, windows):
    side, gap, top = 44, 28, 30
    widths = [
        max(side * grid.shape[1], text_width(shown(name), 12)) for name, grid in grids.items()
    ]
    height = top + side * max(grid.shape[0] for grid in grids.values()) + 14
    notes = legend.splitlines()
    total = max([sum(widths) + gap * (len(widths) - 1), *(text_width(n, 11) for n in notes)])
    canvas = Canvas(total + 4, height + 16 * len(notes))
    left = 2
    for (name, grid), width in zip(grids.items(), widths, strict=True):
        canvas.text(left, 16, name, family=MONO)
        for (row, column), value in np.ndenumerate(grid):
            x, y = left + column * side, top + row * side
            same = agrees[name][row, column] if name in agrees else None
            canvas.rect(x, y, side, side, stroke_opacity=0.45)
            if same is not None and not same:
                canvas.rect(x, y, side, side, fill=WARM, fill_opacity=0.3)
            text, size = _cell_text(value, side)
            middle = x + side / 2, y + side / 2 + 4
            canvas.text(*middle, text, size=size, anchor="middle", family=MONO)
            if same is not None:
                canvas.text(x + side - 4, y + 12, "=" if same else "≠", size=11, anchor="end")
        for letter, (row, column) in windows.items():
            down = grid.shape[0] // (1 + max(r for r, _ in windows.values()))
            right = grid.shape[1] // (1 + max(c for _, c in windows.values()))
            x, y = left + column * right * side, top + row * down * side
            canvas.text(x + 4, y + 12, letter, size=11, fill=COOL)
            if down * right > 1:
                canvas.rect(x, y, right * side, down * side, stroke=COOL, stroke_width=2)
        if window and name == window[0]:
            _, row, column, tall, wide = window
            canvas.rect(
                left + column * side,
                top + row * side,
                wide * side,
                tall * side,
                stroke=WARM,
                stroke_width=3,
            )
        left += width + gap
    for i, note in enumerate(notes):
        canvas.text(2, height + 10 + 16 * i, note, size=11)
    return canvas


def _tell_grid(grid, same) -> str:
    rows = [
        [
            value_text(v) + ("" if same is None else " =" if same[r, c] else " ≠")
            for c, v in enumerate(row)
        ]
        for r, row in enumerate(grid)
    ]
    return columns(rows, right=set(range(grid.shape[1])))


def sizes(sides, steps=()) -> Figure:
    """A strip of map sizes, 100 → 96 → 32 → ... → ✗.

    ``sides``: the side of the map before the first step and after every step, in pixels; None (or a
    number below 1) where nothing is left, which ends the strip. ``steps``: labels of the steps, at
    most one fewer than ``sides``. Raises ValueError when the counts do not fit.
    """
    sides = [None if side is None or side < 1 else int(side) for side in sides]
    steps = list(steps)
    if not sides or sides[0] is None:
        raise ValueError(f"Expected the sides of maps, the first at least 1. Received: {sides}.")
    if None in sides:
        sides = sides[: sides.index(None) + 1]
    if len(steps) >= len(sides) and steps:
        raise ValueError(
            f"Expected at most {len(sides) - 1} labels for {len(sides)} sizes. "
            f"Received: {len(steps)}."
        )
    steps += [""] * (len(sides) - 1 - len(steps))

    def tell():
        words = [str(sides[0])]
        for step, side in zip(steps, sides[1:], strict=True):
            label = shown(step)
            words.append((f"–{label}→ " if label else "→ ") + ("✗" if side is None else str(side)))
        line = " ".join(words)
        return f"{line}\n{_nothing_left()}" if sides[-1] is None else line

    def draw():
        largest, scale = max(side or 0 for side in sides), 72
        lengths = [scale * (side or 0) / largest for side in sides]
        slots = [max(length, 26) for length in lengths]
        arrows = [max(34, text_width(shown(step), 10) + 10) for step in steps]
        canvas = Canvas(sum(slots) + sum(arrows) + 8, scale + (52 if None in sides else 36))
        x, middle = 4, 12 + scale / 2
        for i, (side, length, slot) in enumerate(zip(sides, lengths, slots, strict=True)):
            centre = x + slot / 2
            if side is None:
                canvas.text(centre, middle + 8, "✗", size=24, anchor="middle", fill=WARM)
            else:
                length = max(length, 2)  # a single pixel stays visible
                canvas.rect(
                    centre - length / 2,
                    middle - length / 2,
                    length,
                    length,
                    fill=COOL,
                    fill_opacity=0.25,
                )
                canvas.text(centre, scale + 28, side, anchor="middle", family=MONO)
            x += slot
            if i < len(steps):
                end = x + arrows[i]
                canvas.line(x + 4, middle, end - 6, middle)
                canvas.polyline([(end - 11, middle - 4), (end - 6, middle), (end - 11, middle + 4)])
                canvas.text((x + end) / 2, middle - 8, steps[i], size=10, anchor="middle")
                x = end
        if sides[-1] is None:
            canvas.width = max(canvas.width, text_width(_nothing_left(), 11) + 8)
            canvas.text(4, scale + 46, _nothing_left(), size=11)
        return canvas

    return Figure(draw, tell)


def _nothing_left() -> str:
    return msg("✗: the kernel is larger than the map; the model does not build.").text()
