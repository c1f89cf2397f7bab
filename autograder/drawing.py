"""Drawing primitives: SVG elements as text, and the object that a notebook shows.

Lines and letters are drawn in ``currentColor``, so that a figure follows a light or a dark theme; the
two accents are legible on both, and colour never stands alone: signs, dashes or words say the same.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from html import escape

from autograder.messages import Message

WARM = "#d9730d"
COOL = "#2f81c7"
FONT = "ui-sans-serif, system-ui, sans-serif"
MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"
LETTER = 0.62  # width of a monospaced letter, in font sizes
#: JupyterLab's own colour of text where there is one, that of the page everywhere else.
_STYLE = "max-width:100%;height:auto;color:var(--jp-content-font-color1,currentColor)"


class Figure:
    """What a notebook shows: an SVG picture, and a text twin that says the same without it.

    Both are made when they are asked for, in the language of that moment. ``print(figure)`` shows
    the text twin, which is also what a terminal and a screen reader get.
    """

    def __init__(self, draw: Callable[[], Canvas], tell: Callable[[], str], title=""):
        self._draw = draw
        self._tell = tell
        self._title = title  # what a screen reader calls the picture: words or a message

    def svg(self) -> str:
        """The picture, one ``<svg>`` element; the text twin is its description."""
        return self._draw().svg(self._tell(), shown(self._title))

    def canvas(self) -> Canvas:
        """The drawing, to be placed within another one."""
        return self._draw()

    def text(self) -> str:
        """The text twin."""
        return self._tell()

    __str__ = __repr__ = text

    def _repr_mimebundle_(self, include=None, exclude=None):
        bundle = {"text/html": self.svg(), "text/plain": self.text()}
        return {
            kind: value
            for kind, value in bundle.items()
            if (not include or kind in include) and kind not in (exclude or ())
        }


class Canvas:
    """Collects elements; every coordinate is in pixels from the top left corner."""

    def __init__(self, width: float, height: float):
        self.width, self.height = width, height
        self._parts: list[str] = []

    def rect(self, x, y, width, height, *, fill="none", stroke="currentColor", **more):
        self._add("rect", x=x, y=y, width=width, height=height, fill=fill, stroke=stroke, **more)

    def line(self, x1, y1, x2, y2, *, stroke="currentColor", **more):
        self._add("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, **more)

    def circle(self, x, y, r, *, fill="currentColor", **more):
        self._add("circle", cx=x, cy=y, r=r, fill=fill, **more)

    def ellipse(self, x, y, rx, ry, degrees, *, stroke="currentColor", **more):
        turn = f"rotate({number(degrees)} {number(x)} {number(y)})"
        self._add(
            "ellipse", cx=x, cy=y, rx=rx, ry=ry, transform=turn, fill="none", stroke=stroke, **more
        )

    def polyline(self, points, *, fill="none", stroke="currentColor", **more):
        at = " ".join(f"{number(x)},{number(y)}" for x, y in points)
        self._add("polyline", points=at, fill=fill, stroke=stroke, **more)

    def squares(self, corners, side, *, fill, stroke="currentColor", **more):
        """Equal squares as one element: hundreds of elements make a notebook large."""
        side = number(side)
        at = "".join(f"M{number(x)} {number(y)}h{side}v{side}h-{side}z" for x, y in corners)
        self._add("path", d=at, fill=fill, stroke=stroke, **more)

    def text(
        self, x, y, words, *, size=12, anchor="start", family=FONT, fill="currentColor", **more
    ):
        self._add(
            "text",
            escape(shown(words)),
            x=x,
            y=y,
            font_size=size,
            text_anchor=anchor,
            font_family=family,
            fill=fill,
            **more,
        )

    @contextmanager
    def window(self, x, y, width, height):
        """Elements added inside are cut off at this rectangle (a nested ``svg`` needs no ids)."""
        box = " ".join(map(number, (x, y, width, height)))
        self._parts.append(
            f'<svg x="{number(x)}" y="{number(y)}" width="{number(width)}" '
            f'height="{number(height)}" viewBox="{box}">'
        )
        yield
        self._parts.append("</svg>")

    @contextmanager
    def shifted(self, x, y):
        """Elements added inside are moved by (x, y)."""
        self._parts.append(f'<g transform="translate({number(x)} {number(y)})">')
        yield
        self._parts.append("</g>")

    def place(self, other: Canvas, x, y):
        """All that ``other`` has collected, moved by (x, y)."""
        with self.shifted(x, y):
            self._parts += other._parts

    def svg(self, description: str, title: str = "") -> str:
        width, height = number(self.width), number(self.height)
        named = f' aria-label="{escape(title)}"' if title else ""
        head = f"<title>{escape(title)}</title>" if title else ""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img"{named} width="{width}" '
            f'height="{height}" viewBox="0 0 {width} {height}" style="{_STYLE}">'
            f"{head}<desc>{escape(description)}</desc>{''.join(self._parts)}</svg>"
        )

    def _add(self, tag: str, content: str = "", **attributes):
        written = "".join(
            f' {name.replace("_", "-")}="{escape(_value(value))}"'
            for name, value in attributes.items()
        )
        self._parts.append(f"<{tag}{written}>{content}</{tag}>")


def _value(value) -> str:
    return value if isinstance(value, str) else number(value)


def number(value: float) -> str:
    """A coordinate, to a hundredth of a pixel: the same text on every machine."""
    return f"{round(float(value), 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def shown(value) -> str:
    """A label: a Message in the language of the moment, anything else as it prints."""
    return value.text() if isinstance(value, Message) else str(value)


def value_text(value: float) -> str:
    """A number of a figure, at most three significant digits; minus zero is zero."""
    return f"{float(value) + 0.0:.3g}"


def text_width(words: str, size: float = 12) -> float:
    """A safe estimate of the width of a label in pixels."""
    return len(words) * size * LETTER


def columns(rows: list[list[str]], right: set[int] = frozenset()) -> str:
    """Rows of words as aligned text; the columns in ``right`` are flush right."""
    wide = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            w.rjust(n) if i in right else w.ljust(n)
            for i, (w, n) in enumerate(zip(row, wide, strict=True))
        ).rstrip()
        for row in rows
    )
