"""Several figures as one, one below the other."""

from __future__ import annotations

from autograder.drawing import MONO, Canvas, Figure, shown, text_width

_BETWEEN, _LINE = 14, 16


def stack(*figures: Figure, note="") -> Figure:
    """``figures`` one below the other, with ``note`` (words or a message) under the last.

    Raises ValueError without figures.
    """
    if not figures:
        raise ValueError("Expected at least one figure. Received: none.")

    def tell():
        return "\n\n".join(
            [figure.text() for figure in figures] + ([shown(note)] if shown(note) else [])
        )

    def draw():
        drawn = [figure.canvas() for figure in figures]
        notes = shown(note).splitlines()
        wide = max([c.width for c in drawn] + [text_width(line, 11) + 4 for line in notes])
        canvas = Canvas(wide, sum(c.height + _BETWEEN for c in drawn) + _LINE * len(notes))
        y = 0.0
        for part in drawn:
            canvas.place(part, 0, y)
            y += part.height + _BETWEEN
        for i, line in enumerate(notes):
            canvas.text(2, y + 4 + _LINE * i, line, size=11, family=MONO)
        return canvas

    return Figure(draw, tell)
