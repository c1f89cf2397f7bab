"""A guess before the run, shown against the measurement after it. Ungraded, friendly, remembered.

::

    predict("two-nets", choices=("Dropout(0.5)", "Dropout(1)", "neither"))    # before
    predict.outcome("two-nets", "Dropout(1)")                                 # after

    predict("zeros", low=0, high=1)                 # a number
    predict.outcome("zeros", measured=0.4, close=0.05)

The guess is made with a control, or in a cell: ``predict("zeros", guess=0.3)``, for the question as it
was last asked. It stays what it was when the measurement was seen: a second guess after that is shown
beside the first.
"""

from __future__ import annotations

import math

from autograder import memory
from autograder.drawing import COOL, MONO, WARM, Canvas, Figure, columns, text_width, value_text
from autograder.messages import msg
from course.lab.keys import keyed
from course.lab.runs import attended

_SECTION = "predictions"
_asked: dict[str, tuple] = {}  # name -> (choices, low, high), as last asked here


def _guess(name: str):
    return memory.recall(_SECTION).get(name)


def _keep(name: str, value) -> None:
    """The first guess counts; after the measurement was seen a new one is kept apart."""
    known = _guess(name) or {}
    if known.get("guess") == value:
        return
    if known.get("seen"):
        memory.remember(_SECTION, name, {**known, "again": value})
    else:
        memory.remember(_SECTION, name, {"guess": value, "seen": False})


class Prediction:
    """One question with its control. ``choices``: the answers to pick from; else a number between
    ``low`` and ``high``. Shown as a control where there is a kernel, as text everywhere else."""

    def __init__(self, name, choices=None, low=None, high=None, guess=None):
        if not isinstance(name, str) or not name:
            raise ValueError(f"Expected a name of the prediction. Received: {name!r}.")
        if choices is not None and len(choices := [str(choice) for choice in choices]) < 2:
            raise ValueError(f"Expected at least two choices. Received: {choices!r}.")
        if guess is not None and choices is low is high is None:
            choices, low, high = _asked.get(name, (None, None, None))
        _asked[name] = choices, low, high
        self.name, self.choices, self.low, self.high = name, choices, low, high
        if guess is not None:
            self.guess = guess

    @property
    def guess(self):
        """What was guessed first; None before that."""
        return (_guess(self.name) or {}).get("guess")

    @guess.setter
    def guess(self, value):
        if self.choices is not None:
            value = self._choice(str(value))
            if value not in self.choices:
                raise ValueError(
                    f"Expected a guess of {', '.join(self.choices)}. Received: {value!r}."
                )
        else:
            value = _number(value)
            too_low = self.low is not None and value < self.low
            if too_low or (self.high is not None and value > self.high):
                raise ValueError(
                    f"Expected a guess from {self.low} to {self.high}. Received: {value!r}."
                )
        _keep(self.name, value)

    def _choice(self, words: str) -> str:
        """The only choice with these words in it: "0.5" for "Dropout(0.5)"; else the words."""
        meant = [choice for choice in self.choices if words.casefold() in choice.casefold()]
        return meant[0] if len(meant) == 1 and words not in self.choices else words

    def __repr__(self):
        if self.guess is None:
            ways = " | ".join(self.choices) if self.choices else self._range()
            call = f'predict("{self.name}", guess=…)'
            return msg("No guess yet ({ways}). To guess: {call}", ways=ways, call=call).text()
        return msg("Your guess: {guess}", guess=_shown(self.guess)).text()

    def _range(self):
        ends = ["" if end is None else f"{end:g}" for end in (self.low, self.high)]
        return "…".join(ends)

    def _ipython_display_(self):
        from IPython.display import display

        if not attended():
            print(self)
            return
        bundle = dict(self.control._repr_mimebundle_())
        bundle["text/plain"] = repr(self)
        display(bundle, raw=True)

    @property
    def control(self):
        """The widget: a list to pick from, or a number, and a line that says what was kept."""
        import ipywidgets as w

        wide, layout = {"description_width": "8em"}, w.Layout(width="28em")
        words = str(msg("your guess"))
        tip = str(msg("Guess before you run the next cell. It costs nothing and is not graded."))
        said = w.HTML(value=self._said(), description="", layout=w.Layout(margin="0 0 0 1em"))
        if self.choices is not None:
            picked = self.guess if self.guess in self.choices else ""
            box = w.Dropdown(
                options=[("–", ""), *((choice, choice) for choice in self.choices)],
                value=picked, description=words, tooltip=tip, style=wide, layout=layout,
            )  # fmt: skip
        else:
            box = w.Text(
                value="" if self.guess is None else _shown(self.guess),
                placeholder=self._range(), continuous_update=False,
                description=words, tooltip=tip, style=wide, layout=layout,
            )  # fmt: skip

        def changed(change):
            if change.new in (None, ""):
                return
            try:
                self.guess = change.new
            except ValueError:
                said.value = f"✗ {self._range()}"
                return
            said.value = self._said()

        box.observe(changed, "value")
        return keyed(w.HBox([box, said], layout=w.Layout(flex_flow="row wrap")))

    def _said(self) -> str:
        if self.guess is None:
            return ""
        return msg("✎ kept: {guess}", guess=_shown(self.guess)).text()


class Outcome(Figure):
    """The guess beside the measurement; ``right`` is True, False, or None without a guess."""

    def __init__(self, name, measured, close=None):
        self.name = name
        known = _guess(name) or {}
        self.guess, self.again = known.get("guess"), known.get("again")
        self.measured = measured if isinstance(measured, str) else _number(measured)
        self.right = None if self.guess is None else self._agrees(self.guess, close)
        if known and not known.get("seen"):
            memory.remember(_SECTION, name, {**known, "seen": True})
        super().__init__(self._picture, self._words, msg("Your guess and the measurement"))

    def _agrees(self, guess, close):
        if isinstance(self.measured, str):
            return str(guess) == self.measured
        if isinstance(guess, str):
            return False
        room = abs(self.measured) * 0.1 if close is None else close
        return abs(guess - self.measured) <= room

    def _verdict(self) -> str:
        if self.right is None:
            return msg(
                "No guess this time. Next time, guess first: it is where the learning is."
            ).text()
        if self.right:
            return msg("✔ You saw it coming.").text()
        return msg("↯ A surprise. Good: those are remembered.").text()

    def _rows(self):
        rows = [] if self.guess is None else [(msg("your guess"), self.guess)]
        rows.append((msg("measured"), self.measured))
        if self.again is not None:
            rows.append((msg("after seeing it"), self.again))
        return [(words.text(), value) for words, value in rows]

    def _words(self) -> str:
        table = columns([[words, _shown(value)] for words, value in self._rows()])
        return f"{table}\n{self._verdict()}"

    def _picture(self) -> Canvas:
        rows = self._rows()
        left = max(text_width(words) for words, _ in rows) + 12
        numbers = [value for _, value in rows if not isinstance(value, str)]
        drawn = len(numbers) == len(rows) and len(rows) > 1 and all(map(math.isfinite, numbers))
        room = 220 if drawn else 0
        values = max(text_width(_shown(value)) for _, value in rows)
        wide = max(left + room + values + 16, text_width(self._verdict()) + 8)
        canvas = Canvas(wide, 22 * len(rows) + 26)
        low, high = (min([0.0, *numbers]), max([0.0, *numbers])) if drawn else (0.0, 1.0)
        span = (high - low) or 1.0
        for i, (words, value) in enumerate(rows):
            y = 4 + 22 * i
            canvas.text(left - 8, y + 14, words, anchor="end")
            x = left
            if drawn:
                zero, end = (left + room * (v - low) / span for v in (0.0, value))
                style = {"stroke_dasharray": "4 3"} if i == 0 else {}
                canvas.rect(min(zero, end), y + 3, abs(end - zero), 15, fill=WARM if i == 0 else COOL,
                            fill_opacity=0.35, **style)  # fmt: skip
                x = max(zero, end) + 6
            canvas.text(x, y + 14, _shown(value), family=MONO)
        canvas.text(4, 22 * len(rows) + 18, self._verdict())
        return canvas


class _Predict:
    """``predict(...)`` asks, ``predict.outcome(...)`` shows the guess beside what was measured."""

    def __call__(self, name, *, choices=None, low=None, high=None, guess=None) -> Prediction:
        """Ask for a guess under ``name``, unique in the workbook.

        Raises ValueError for less than two choices, and for a guess that is none of them or lies
        outside of [low, high].
        """
        return Prediction(name, choices, low, high, guess)

    def outcome(self, name, measured, *, close=None) -> Outcome:
        """Show the guess under ``name`` beside ``measured``, text or a number; a number counts as
        right within ``close`` (default: a tenth of what was measured). Never raises for a missing
        or a wrong guess."""
        return Outcome(name, measured, close)


predict = _Predict()


def _number(value) -> float:
    try:
        return float(str(value).replace(",", "."))
    except ValueError:
        raise ValueError(f"Expected a number. Received: {value!r}.") from None


def _shown(value) -> str:
    return value if isinstance(value, str) else value_text(value)
