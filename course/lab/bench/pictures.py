"""How the bench shows a flow: two rows of maps, signs on their ends, one window with its numbers."""

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
    text_width,
    value_text,
)
from autograder.messages import msg
from course.lab.bench.flows import Flow, Setting, flow

_CELL, _GAP, _TOP = 37, 34, 22


class Comparison(Figure):
    """The picture of a :class:`Flow`, and its text twin; ``flow`` holds the numbers."""

    def __init__(self, found: Flow):
        self.flow = found
        super().__init__(self._picture, self._words, msg("One net, two orders of its layers"))

    @property
    def equal(self) -> int | None:
        """How many numbers are equal in both orders; None when the ends differ in shape."""
        return None if self.flow.same is None else int(self.flow.same.sum())

    def _picture(self):
        return _draw(self.flow, _notes(self.flow))

    def _words(self):
        parts = []
        for name, stages in self.flow.orders.items():
            parts.append(_heading(self.flow, name))
            parts.append(_tell(self.flow, stages))
        return "\n\n".join(
            ["\n".join(parts[:2]), "\n".join(parts[2:]), "\n".join(_notes(self.flow))]
        )


def compare(first="relu max_pool", second="max_pool relu", **settings) -> Comparison:
    """The two orders on the same maps; ``settings`` as in :class:`course.lab.bench.Setting`.

    Raises ValueError as it does.
    """
    return Comparison(flow(Setting(first, second, **settings)))


def _heading(found, name) -> str:
    order = getattr(found.setting, name)
    words = msg("first order") if name == "first" else msg("second order")
    return f"{words}: {' → '.join(['z', *order.split()])}"


def _looked_at(found) -> tuple[int, int]:
    """(sample, channel) of the map that is shown: the one that differs first."""
    return (0, 0) if found.place is None else (found.place[0], found.place[3])


def _notes(found) -> list[str]:
    sample, channel = _looked_at(found)
    one, other = found.first[-1].values, found.second[-1].values
    mode = msg("training mode") if found.setting.training else msg("inference")
    shown = msg(
        "Map {sample} of {samples}, channel {channel} of {channels}; {mode}.",
        sample=sample + 1,
        samples=len(one),
        channel=channel + 1,
        channels=one.shape[-1],
        mode=mode,
    )
    lines = [shown.text()]
    if found.same is None:
        told = msg(
            "The ends have different shapes, {one} and {other}: nothing to compare.",
            one="×".join(map(str, one.shape[1:])),
            other="×".join(map(str, other.shape[1:])),
        )
        lines.append(told.text())
    elif found.place is None:
        told = msg(
            "= All {n} numbers at the ends of all maps are equal. That holds for these maps.",
            n=found.same.size,
        )
        lines.append(told.text())
    else:
        told = msg(
            "≠ {apart} of {n} numbers at the ends of all maps differ; = marks equal ones. The box: the "
            "first window that differs.",
            apart=int((~found.same).sum()),
            n=found.same.size,
        )
        lines.append(told.text())
        lines += [
            f"{name}: " + " → ".join(f"{layer} {_brief(v)}" for layer, v in found.window(order))
            for name, order in ((msg("first"), "first"), (msg("second"), "second"))
        ]
    moments = [
        f"{value_text(round(float(end.mean()), 9))} ± {value_text(round(float(end.std()), 9))}"
        for end in (one, other)
    ]
    told = msg("Mean ± deviation at the end: {one} and {other}.", one=moments[0], other=moments[1])
    return [*lines, told.text(), found.setting.call()]


def _brief(numbers) -> str:
    """A window in one line, rows apart by a semicolon; of 4×4 only how large it is."""
    if numbers.size == 1:
        return value_text(numbers[0, 0])
    if numbers.shape[0] > 2:
        return f"[{numbers.shape[0]}×{numbers.shape[1]}]"
    return "[" + "; ".join(" ".join(value_text(v) for v in row) for row in numbers) + "]"


def _tell(found, stages) -> str:
    """The maps of one order side by side, rows aligned; the end carries signs."""
    sample, channel = _looked_at(found)
    blocks = []
    for i, stage in enumerate(stages):
        grid = stage.values[sample, :, :, channel]
        last = i == len(stages) - 1
        rows = [
            [value_text(v) + _sign(found, sample, r, c, channel, last) for c, v in enumerate(row)]
            for r, row in enumerate(grid)
        ]
        block = columns(rows, right=set(range(len(rows[0])))).splitlines()
        blocks.append([stage.name, *block])
    tall = max(map(len, blocks))
    wide = [max(map(len, block)) for block in blocks]
    return "\n".join(
        "   ".join(
            (block[i] if i < len(block) else "").ljust(w)
            for block, w in zip(blocks, wide, strict=True)
        ).rstrip()
        for i in range(tall)
    )


def _sign(found, sample, row, column, channel, last) -> str:
    if not last or found.same is None:
        return ""
    return " =" if found.same[sample, row, column, channel] else " ≠"


def _draw(found, notes):
    stages = max(len(order) for order in found.orders.values())
    tallest = [max(stage.side for stage in order) * _CELL for order in found.orders.values()]
    line = 15
    height = sum(tallest) + 2 * (_TOP + 40) + line * len(notes) + 6
    canvas = Canvas(0, height)
    y, widest = 0.0, 0.0
    for (name, order), tall in zip(found.orders.items(), tallest, strict=True):
        heading = _heading(found, name)
        canvas.text(2, y + 14, heading, size=12, font_weight="bold")
        x = 2.0
        for i, stage in enumerate(order):
            top = y + 26 + _TOP
            if i:
                canvas.text(x - _GAP / 2, top + tall / 2 + 5, "→", size=17, anchor="middle")
            label = stage.name
            canvas.text(x, top - 6, label, size=11, family=MONO)
            _draw_map(canvas, found, order, stage, x, top, i == len(order) - 1)
            x += max(stage.side * _CELL, text_width(label, 11)) + _GAP
        widest = max(widest, x - _GAP, text_width(heading))
        y += tall + _TOP + 40
    for note in notes[:-1]:
        canvas.text(2, y + 8, note, size=11)
        y += line
    canvas.text(2, y + 8, notes[-1], size=11, family=MONO, fill=COOL)
    canvas.width = max(widest, *(text_width(note, 11) * 0.92 for note in notes), stages) + 4
    return canvas


def _draw_map(canvas, found, order, stage, left, top, last):
    sample, channel = _looked_at(found)
    grid = stage.values[sample, :, :, channel]
    largest = max(float(np.abs(grid).max()), 1e-12)
    for (row, column), value in np.ndenumerate(grid):
        x, y = left + column * _CELL, top + row * _CELL
        colour = COOL if value < 0 else WARM  # the number's own sign says the same
        share = 0.45 * abs(float(value)) / largest
        canvas.rect(x, y, _CELL, _CELL, fill=colour, fill_opacity=share, stroke_opacity=0.4)
        text = f"{float(value) + 0.0:.2g}"
        size = min(11, (_CELL - 4) / (len(text) * LETTER))
        canvas.text(x + _CELL / 2, y + _CELL / 2 + 8, text, size=size, anchor="middle", family=MONO)
        if sign := _sign(found, sample, row, column, channel, last).strip():
            canvas.text(x + _CELL - 3, y + 11, sign, size=12, anchor="end", font_weight="bold")
    if found.place is not None:
        k = stage.side // order[-1].side
        _, row, column, _ = found.place
        x, y = left + column * k * _CELL, top + row * k * _CELL
        canvas.rect(x, y, k * _CELL, k * _CELL, stroke=WARM, stroke_width=2.5)
