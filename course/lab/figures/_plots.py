"""Figures of numbers: the path of a descent, bars, curves."""

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
from autograder.messages import msg, nmsg

_BLOCKS = "▁▂▃▄▅▆▇█"


def path(points, target, *, valley=None, room=None) -> Figure:
    """The path of a descent in the plane of two weights.

    ``points``: (steps + 1, 2), the first is the start; ``target``: the optimum (2,). With
    ``valley``, the Hessian (2, 2) of a quadratic loss, its contours are drawn around the target.
    ``room``: points (n, 2) that the picture leaves room for, so that it stays in place while a path
    grows. Raises ValueError for other shapes or numbers that are not finite.
    """
    points, target = np.asarray(points, float), np.asarray(target, float)
    room = points if room is None else np.asarray(room, float)
    if not len(points) or target.shape != (2,) or {p.shape[1:] for p in (points, room)} != {(2,)}:
        raise ValueError(
            "Expected points (n, 2), a target (2,) and room (n, 2). "
            f"Received: {points.shape}, {target.shape}, {room.shape}."
        )
    if not all(np.isfinite(p).all() for p in (points, target, room)):
        raise ValueError("Expected finite points. Received: a path that has diverged.")
    axes = None if valley is None else _axes(valley)

    def summary():
        moves = np.diff(points, axis=0)
        opposite = int((moves[:, 0] * moves[:, 1] < 0).sum())
        return msg(
            "{steps}, {n} of them with the two weights going opposite ways.",
            steps=nmsg("{n} step", "{n} steps", len(moves)),
            n=opposite,
        ).text()

    def tell():
        n = len(points)
        few = list(range(n)) if n <= 12 else [*range(8), None, *range(n - 3, n)]
        rows = [[msg("step").text(), "w₁", "w₂"]]
        rows += [
            ["…", "", ""] if i is None else [str(i), f"{points[i, 0]:.3f}", f"{points[i, 1]:.3f}"]
            for i in few
        ]
        goal = msg("optimum ({x:.3g}, {y:.3g})", x=float(target[0]), y=float(target[1])).text()
        return f"{columns(rows, right={0, 1, 2})}\n{goal}\n{summary()}"

    return Figure(lambda: _draw_path(points, target, room, axes, summary()), tell)


def _axes(valley):
    valley = np.asarray(valley, float)
    if valley.shape != (2, 2) or not np.allclose(valley, valley.T):
        raise ValueError(
            f"Expected valley, a Hessian, to be symmetric (2, 2). Received: shape {valley.shape}."
        )
    values, vectors = np.linalg.eigh(valley)
    if values[0] <= 0:
        raise ValueError(
            f"Expected valley, a Hessian, to have positive eigenvalues. Received: {values}."
        )
    return values, vectors


def _draw_path(points, target, room, axes, summary):
    size, margin = 320, 26
    every = np.vstack([points, target, room])
    low, high = every.min(axis=0), every.max(axis=0)
    middle, span = (low + high) / 2, max(float((high - low).max()), 1e-9) * 1.25

    def at(point):  # the plane's y grows upwards, the screen's downwards
        u, v = (np.asarray(point) - middle) / span
        return margin + size * (0.5 + u), margin / 2 + size * (0.5 - v)

    canvas = Canvas(max(size + 2 * margin, text_width(summary, 11)), size + margin + 44)
    canvas.rect(margin, margin / 2, size, size, stroke_opacity=0.45)
    if axes is not None:
        values, vectors = axes
        direction = -np.rad2deg(np.arctan2(vectors[1, 0], vectors[0, 0]))
        away = points[0] - target
        level = float(away @ (vectors * values) @ vectors.T @ away) or 1.0
        with canvas.window(margin, margin / 2, size, size):
            for share in (1, 0.45, 0.15, 0.03):
                rx, ry = np.sqrt(level * share / values) / span * size
                canvas.ellipse(*at(target), rx, ry, direction, stroke_opacity=0.4)
    line = [at(point) for point in points]
    canvas.polyline(line, stroke=COOL, stroke_width=1.6)
    for x, y in line:
        canvas.circle(x, y, 2.4, fill=COOL)
    canvas.circle(*line[0], 5, fill="none", stroke="currentColor")
    x, y = at(target)
    canvas.text(x, y + 6, "✕", size=17, anchor="middle", fill=WARM)
    x, y = line[0]
    canvas.text(x + 8, y - 6, msg("start"), size=11)
    x, y = at(target)
    canvas.text(x + 10, y - 6, msg("optimum"), size=11)
    canvas.text(margin + size / 2, size + margin / 2 + 16, "w₁", anchor="middle", family=MONO)
    canvas.text(4, margin / 2 + size / 2, "w₂", family=MONO)
    canvas.text(4, size + margin + 34, summary, size=11)
    return canvas


def bars(values: dict, *, line=None, label="") -> Figure:
    """Labelled horizontal bars, {label: number}, with the numbers written out.

    ``line`` marks a value to compare with (a baseline) and ``label`` names it. Negative values grow to
    the left; a value that is not finite is written and has no bar. ValueError without values.
    """
    values = {name: float(value) for name, value in values.items()}
    if not values:
        raise ValueError("Expected at least one bar. Received: an empty dict.")
    marked = [] if line is None else [float(line)]

    def tell():
        finite = [abs(v) for v in values.values() if np.isfinite(v)]
        largest = max([*finite, 1e-300])
        rows = [
            [
                shown(name),
                value_text(v),
                "█" * round(24 * abs(v) / largest) if np.isfinite(v) else "",
            ]
            for name, v in values.items()
        ]
        rows += [[shown(label) or "|", value_text(v), ""] for v in marked]
        return columns(rows, right={1})

    def draw():
        finite = [v for v in (*values.values(), *marked) if np.isfinite(v)]
        low, high = min([0.0, *finite]), max([0.0, *finite])
        span = (high - low) or 1.0
        names = max(text_width(shown(name)) for name in values) + 12
        room, step = 300, 24
        canvas = Canvas(names + room + 80, step * len(values) + (34 if marked else 8))

        def x(value):
            return names + room * (value - low) / span

        for i, (name, value) in enumerate(values.items()):
            y = 4 + i * step
            canvas.text(names - 8, y + 15, name, anchor="end")
            if np.isfinite(value):
                start = min(x(0), x(value))
                canvas.rect(
                    start, y + 3, abs(x(value) - x(0)), step - 8, fill=COOL, fill_opacity=0.35
                )
            end = max(x(0), x(value)) if np.isfinite(value) else x(0)
            canvas.text(end + 6, y + 15, value_text(value), family=MONO)
        canvas.line(x(0), 2, x(0), 4 + step * len(values))
        for value in marked:
            bottom = 8 + step * len(values)
            canvas.line(x(value), 2, x(value), bottom, stroke=WARM, stroke_dasharray="4 3")
            words = f"{shown(label)} {value_text(value)}".strip()
            right = canvas.width - text_width(words, 11) / 2
            middle = min(max(x(value), text_width(words, 11) / 2), right)
            canvas.text(middle, bottom + 15, words, size=11, anchor="middle")
        return canvas

    return Figure(draw, tell)


def curves(functions: dict, *, across: int = 5) -> Figure:
    """Small graphs of functions in a grid, {name: (x, y)} with x and y of shape (n,).

    Each graph is scaled to its own values, which are written below it; the axes cross at zero where
    zero is in sight. The text twin gives every curve as a row of blocks with its smallest and largest
    value.
    """
    functions = {
        name: (np.asarray(x, float).reshape(-1), np.asarray(y, float).reshape(-1))
        for name, (x, y) in functions.items()
    }
    for name, (x, y) in functions.items():
        if x.shape != y.shape or len(x) < 2 or not np.isfinite(x).all():
            raise ValueError(
                f"Expected x and y of {shown(name)!r} to be alike, at least 2 points. "
                f"Received: {x.shape} and {y.shape}."
            )

    def tell():
        rows = [["", "", msg("least").text(), msg("most").text()]]
        for name, (_, y) in functions.items():
            rows.append([shown(name), _blocks(y), *_ends(y)])
        return columns(rows, right={2, 3})

    def draw():
        side, gap, top = 104, 18, 20
        across_ = min(across, len(functions))
        down = -(-len(functions) // across_)
        canvas = Canvas(across_ * (side + gap) - gap + 4, down * (side + top + gap) + 4)
        for i, (name, (x, y)) in enumerate(functions.items()):
            left = 2 + (i % across_) * (side + gap)
            head = 2 + (i // across_) * (side + top + gap)
            canvas.text(left, head + 13, name, size=11, family=MONO)
            _draw_curve(canvas, left, head + top, side, x, y)
        return canvas

    return Figure(draw, tell)


def _ends(y):
    finite = y[np.isfinite(y)]
    return [value_text(finite.min()), value_text(finite.max())] if len(finite) else ["–", "–"]


def _blocks(y, n=24) -> str:
    picked = y[np.linspace(0, len(y) - 1, n).round().astype(int)]
    finite = picked[np.isfinite(picked)]
    if not len(finite):
        return " " * n
    low, span = finite.min(), np.ptp(finite) or 1.0
    return "".join(
        _BLOCKS[int((v - low) / span * (len(_BLOCKS) - 1) + 0.5)] if np.isfinite(v) else " "
        for v in picked
    )


def _draw_curve(canvas, left, top, side, x, y):
    canvas.rect(left, top, side, side, stroke_opacity=0.35)
    finite = np.isfinite(y)
    if not finite.any():
        return
    pad = 5
    low, high = float(y[finite].min()), float(y[finite].max())
    below = {"y": top + side + 11, "size": 9, "fill_opacity": 0.7}
    canvas.text(left, words=f"x {x[0]:.2g}…{x[-1]:.2g}", **below)
    canvas.text(left + side, words=f"y {low:.2g}…{high:.2g}", anchor="end", **below)
    span, width = (high - low) or 1.0, float(x[-1] - x[0]) or 1.0

    def at(u, v):
        return (
            left + pad + (side - 2 * pad) * (u - x[0]) / width,
            top + side - pad - (side - 2 * pad) * (v - low) / span,
        )

    if low <= 0 <= high:
        level = at(x[0], 0)[1]
        canvas.line(left, level, left + side, level, stroke_opacity=0.35, stroke_dasharray="2 3")
    if x.min() <= 0 <= x.max():
        middle = at(0, low)[0]
        canvas.line(middle, top, middle, top + side, stroke_opacity=0.35, stroke_dasharray="2 3")
    canvas.polyline(
        [at(u, v) for u, v in zip(x[finite], y[finite], strict=True)], stroke=COOL, stroke_width=2
    )
