"""The figure of signs: which way the gradient of every weight points."""

from __future__ import annotations

import numpy as np

from autograder.drawing import COOL, MONO, WARM, Canvas, Figure, number, shown, text_width
from autograder.messages import msg

_MOST, _CELL = 24, 13
_SIGNS = {1: "+", -1: "−", 0: "·"}


def signs(gradients: dict) -> Figure:
    """The signs of kernels' gradients, {name: array (..., units)}: + − and · for exactly 0.

    A column is a neuron; those whose numbers have one sign, zeros apart, are marked ▲. Rows are inputs.
    Of more than 24 rows or columns the first 24 are drawn; shares are of all. Raises ValueError
    without gradients, and for what is empty or not finite.
    """
    if not gradients:
        raise ValueError("Expected at least one gradient. Received: an empty dict.")
    found = {name: _matrix(name, values) for name, values in gradients.items()}

    def tell():
        parts = []
        for name, matrix in found.items():
            part = matrix[:_MOST, :_MOST]
            rows = ["".join(_SIGNS[int(v)] for v in row) for row in part]
            marks = "".join("▲" if one else " " for one in _one_signed(part, matrix))
            parts.append("\n".join([shown(name), *rows, marks.rstrip(), _summary(matrix)]))
        return "\n\n".join(parts)

    def draw():
        size = {name: np.minimum(matrix.shape, _MOST) for name, matrix in found.items()}
        wide = {
            name: max(_CELL * size[name][1], text_width(shown(name)), text_width(_summary(m), 11))
            for name, m in found.items()
        }
        tall = max(int(s[0]) for s in size.values()) * _CELL
        canvas = Canvas(sum(wide.values()) + 24 * len(found), tall + 56)
        left = 2.0
        for name, matrix in found.items():
            canvas.text(left, 14, name, size=12, family=MONO)
            part = matrix[:_MOST, :_MOST]
            for sign, colour in ((1, WARM), (-1, COOL), (0, "none")):
                at = [(left + c * _CELL, 22 + r * _CELL) for r, c in np.argwhere(part == sign)]
                canvas.squares(at, _CELL, fill=colour, fill_opacity=0.3, stroke_opacity=0.15)
            middles = " ".join(number(left + (c + 0.5) * _CELL) for c in range(part.shape[1]))
            for row, values in enumerate(part):  # a place for each letter of a row
                words = "".join(_SIGNS[int(value)] for value in values)
                canvas.text(middles, 32 + row * _CELL, words, size=10, anchor="middle")
            under = 22 + len(part) * _CELL
            for column, one in enumerate(_one_signed(part, matrix)):
                if one:
                    canvas.text(
                        left + (column + 0.5) * _CELL, under + 11, "▲", size=9, anchor="middle"
                    )
            canvas.text(left, under + 28, _summary(matrix), size=11)
            left += wide[name] + 24
        return canvas

    return Figure(draw, tell, msg("Signs of gradients"))


def _matrix(name, values):
    values = np.asarray(values, float)
    if not values.size or values.ndim < 1 or not np.isfinite(values).all():
        raise ValueError(f"Expected finite numbers in {shown(name)!r}. Received: {values.shape}.")
    return np.sign(values.reshape(-1, values.shape[-1]))


def _one_signed(part, matrix):
    """Of the columns of ``part``, judged by all rows: whether no two numbers have opposite signs."""
    whole = matrix[:, : part.shape[1]]
    return ((whole >= 0).all(axis=0) | (whole <= 0).all(axis=0)) & (whole != 0).any(axis=0)


def _summary(matrix) -> str:
    one = _one_signed(matrix, matrix).mean()
    return msg(
        "+ {plus:.0%}, − {minus:.0%}, · {zero:.0%}; neurons of one sign (▲): {one:.0%}",
        plus=(matrix > 0).mean(),
        minus=(matrix < 0).mean(),
        zero=(matrix == 0).mean(),
        one=one,
    ).text()
