"""The comparison itself, its result, and how a counter-example is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from autograder.equivalence.running import Broken, runner
from autograder.equivalence.shrinking import shrink
from autograder.equivalence.tolerance import EPS, Tolerance
from autograder.errors import CheckFailed, CouldNotCheck
from autograder.messages import Lines, Message, msg, nmsg

_READABLE = 0.25  # a difference that any reader sees
_SHOWN = 48  # numbers of an input that still make a readable table


@dataclass(frozen=True, eq=False)
class Counterexample:
    """An input on which two functions differ, made small. Arrays keep the batch axis."""

    input: np.ndarray
    left: np.ndarray
    right: np.ndarray
    names: tuple = ("f", "g")

    @property
    def gap(self) -> float:
        """The largest difference; inf when shapes differ."""
        if self.left.shape != self.right.shape:
            return float("inf")
        return float(np.max(_gap(self.left, self.right), initial=0.0))

    @property
    def position(self) -> tuple[int, ...]:
        """Index of the output number where the two differ most."""
        gap = _gap(self.left, self.right)
        return tuple(int(i) for i in np.unravel_index(np.argmax(gap), gap.shape))

    def text(self) -> Message:
        """Input and both outputs side by side, and where they part; at most ten lines or so."""
        if self.left.shape != self.right.shape:
            return msg(
                "For an input of shape {input}, {a} has shape {left} and {b} has shape {right}.",
                input=str(self.input.shape),
                a=self.names[0],
                left=str(self.left.shape),
                b=self.names[1],
                right=str(self.right.shape),
            )
        where = self.position
        a, b = _digits(self.left[where], self.right[where])
        part = msg(
            "They part at output {where}: {a} has {left}, {b} has {right}.",
            where=str(list(where)),
            a=self.names[0],
            left=a,
            b=self.names[1],
            right=b,
        )
        blocks = [_block(v) for v in (self.input, self.left, self.right)]
        if self.input.size > _SHOWN or any(b is None or len(b) > 10 for b in blocks):
            return Lines(msg("Input of shape {shape}.", shape=str(self.input.shape)), part)
        heads = (
            msg("input {shape}", shape=str(self.input.shape)),
            *self.names,
        )
        return Lines(_Columns(heads, blocks), part)


@dataclass(frozen=True, eq=False)
class Equivalence:
    """The result of a comparison; true when the two are proven equal on the inputs.

    ``reason`` is 'equal', or why not: 'different', 'shape', 'not-finite', 'raised', 'mutates',
    'type', 'unstable' (another answer the second time), 'degenerate' (the outputs say nothing),
    'powerless' (the inputs cannot tell a control from f). ``compared`` counts numbers, ``caught``
    how many of them differed for each control. ``max_error`` is the |f - g| that came closest to
    the ``tolerance`` allowed there. ``side`` says who misbehaved by itself: 0 for f, 1 for g.
    """

    equal: bool
    reason: str
    message: Message
    max_error: float = 0.0
    tolerance: float = 0.0
    counterexample: Counterexample | None = None
    compared: int = 0
    caught: dict = field(default_factory=dict)
    powerless: tuple = ()
    side: int | None = None

    def __bool__(self):
        return self.equal

    def text(self, lang=None) -> str:
        return self.message.text(lang)


def equivalence(
    f, g, inputs, *, seed=0, controls=(), tolerance=None, names=("f", "g")
) -> Equivalence:
    """Compare two functions of a batch on ``inputs`` (an Inputs, or an iterable of arrays).

    ``f`` and ``g`` are Keras models, layers, or callables that take a float32 array. ``controls``
    {name: callable} must differ from ``f`` on the very same inputs, which proves that the inputs
    can tell. ``tolerance``: see autograder.equivalence.tolerance; 0 asks for equal values.

    Never raises for what ``f`` and ``g`` do. Raises CouldNotCheck when a control fails to run.
    """
    run = [runner(h, n) for h, n in zip((f, g), names, strict=True)]
    allow = Tolerance(tolerance, (f, g))
    arrays = list(inputs.draw(seed)) if hasattr(inputs, "draw") else _arrays(inputs)
    outputs, compared, worst, spread = [], 0, (-1.0, 0.0, 0.0), 0.0
    for x in arrays:
        answers = []
        for side in (0, 1):
            try:
                answers.append(run[side](x))
            except Broken as broken:
                return Equivalence(
                    False, broken.reason, broken.message, compared=compared, side=side
                )
        (left, eps_left), (right, eps_right) = answers
        eps = max(eps_left, eps_right)
        if left.shape != right.shape:
            example = Counterexample(x, left, right, names)
            return Equivalence(False, "shape", example.text(), float("inf"), 0.0, example, compared)
        for side, values in enumerate((left, right)):
            if np.isnan(values).any():
                text = _not_finite(values, names[side])
                return Equivalence(False, "not-finite", text, compared=compared, side=side)
        gap, allowed = _gap(left, right), allow(x, left, right, eps)
        compared += gap.size
        ratio = np.divide(gap, allowed, out=np.where(gap > 0, np.inf, 0.0), where=allowed > 0)
        if gap.size:
            at = np.unravel_index(np.argmax(ratio), ratio.shape)
            if ratio[at] > worst[0]:
                worst = (float(ratio[at]), float(gap[at]), float(allowed[at]))
        if not np.all(gap <= allowed):
            return _different(run, x, gap, allowed, names, compared)
        outputs.append((left, right, allowed))
        spread = max(spread, _spread(x, left, allowed, eps))
    unstable = _unstable(run, arrays, outputs, names)
    if unstable is not None:
        side, text = unstable
        return Equivalence(False, "unstable", text, compared=compared, side=side)
    found = {"max_error": worst[1], "tolerance": worst[2], "compared": compared}
    if compared == 0 or spread == 0:
        return Equivalence(False, "degenerate", _says_nothing(outputs, names), **found)
    caught = {
        name: _caught(name, control, arrays, outputs) for name, control in dict(controls).items()
    }
    powerless = tuple(name for name, times in caught.items() if not times)
    if powerless:
        text = msg(
            "These inputs and weights cannot tell {a} from a wrong one ({controls}): their outputs "
            "agree too, so nothing is proven.",
            a=names[0],
            controls=", ".join(map(str, powerless)),
        )
        return Equivalence(False, "powerless", text, caught=caught, powerless=powerless, **found)
    text = Lines(
        nmsg("Equal on {n} number.", "Equal on {n} numbers.", compared),
        *[
            nmsg(
                "The control '{name}' was caught {n} time.",
                "The control '{name}' was caught {n} times.",
                times,
                name=name,
            )
            for name, times in caught.items()
        ],
    )
    return Equivalence(True, "equal", text, caught=caught, **found)


def assert_equivalent(f, g, inputs, names=None, **settings) -> Equivalence:
    """Like ``equivalence``; raises CheckFailed, whose text shows the counter-example.

    ``f`` is the answer and ``g`` the reference: when ``g`` fails to run, gives NaN or changes its
    mind, that is our fault and raises CouldNotCheck. ``names`` are what the messages call the
    two, strings or Messages.
    """
    names = names or (msg("yours"), msg("expected"))
    result = equivalence(f, g, inputs, names=names, **settings)
    if not result.equal:
        raise (CouldNotCheck if result.side == 1 else CheckFailed)(result.message)
    return result


# -- steps -----------------------------------------------------------------------------------------


def _arrays(inputs):
    if isinstance(inputs, np.ndarray):
        inputs = [inputs]
    if isinstance(inputs, (Mapping, str)):
        raise ValueError(f"Expected Inputs or arrays. Received: {type(inputs).__name__}.")
    return [np.ascontiguousarray(x, dtype=np.float32) for x in inputs]


def _gap(left, right):
    with np.errstate(invalid="ignore"):
        gap = np.abs(left - right)
    gap = np.where(left == right, 0.0, gap)  # inf - inf
    return np.where(np.isnan(gap), np.inf, gap)


def _not_finite(values, name):
    return nmsg(
        "{name}: {n} output is not a number (NaN), of {total}.",
        "{name}: {n} outputs are not numbers (NaN), of {total}.",
        int(np.isnan(values).sum()),
        name=name,
        total=values.size,
    )


def _different(run, x, gap, allowed, names, compared):
    at = tuple(int(i) for i in np.unravel_index(np.argmax(gap), gap.shape))
    clear = max(min(gap[at] / 5, _READABLE), 3 * float(allowed[at]))
    if not np.isfinite(clear):
        clear = float(np.finfo(np.float64).max)

    def outputs(candidate):
        return run[0](candidate)[0], run[1](candidate)[0]

    def still(candidate):
        try:
            left, right = outputs(candidate)
        except Broken:
            return False
        if left.shape != right.shape or left.size == 0:
            return False
        if not (np.isfinite(left).all() and np.isfinite(right).all()):
            return False
        return bool(_gap(left, right).max() >= clear) and settled(candidate, left, right)

    def settled(candidate, left, right):
        """The same again after another call: TensorFlow's convolutions return uninitialised
        memory, not an error, for maps smaller than the kernel."""
        try:
            outputs(np.full_like(candidate, 7.25))
            again = outputs(candidate)
        except Broken:
            return False
        return all(np.array_equal(a, b) for a, b in zip(again, (left, right), strict=True))

    small = shrink(x, still, at)
    example = Counterexample(small, *outputs(small), names)
    head = msg("{a} and {b} differ by {gap:.3g}.", a=names[0], b=names[1], gap=example.gap)
    return Equivalence(
        False,
        "different",
        Lines(head, example.text()),
        float(gap[at]),
        float(allowed[at]),
        example,
        compared,
    )


def _spread(x, left, allowed, eps):
    """How far the outputs vary, if that is well above the tolerance; else 0.

    Outputs within rounding of one number agree with everything that is nearly constant.
    """
    if not left.size or np.abs(x).max() > 1e6:
        return 0.0
    values = left[np.isfinite(left)]
    if values.size < 2:
        return 0.0
    spread = float(values.max() - values.min())
    enough = 1e3 if eps <= EPS else 20  # single or half precision
    return spread if spread > enough * float(np.median(allowed)) else 0.0


def _says_nothing(outputs, names):
    values = [float(v) for left, *_ in outputs[:1] for v in left.ravel()[:1]]
    if not values:
        return msg("{a}: the outputs are empty, so nothing is proven.", a=names[0])
    return msg(
        "The outputs hardly change with the input (they stay near {value:.3g}), so that they "
        "agree proves nothing. Are the weights zero, or tiny?",
        value=values[0],
    )


def _unstable(run, arrays, outputs, names):
    """Ask again in another order: the same input must give the same answer."""
    for i in dict.fromkeys((len(arrays) - 1, 0)) if arrays else ():
        for side, name in enumerate(names):
            try:
                again, _ = run[side](arrays[i])
            except Broken as broken:
                return side, broken.message
            if not np.array_equal(again, outputs[i][side], equal_nan=True):
                return side, msg(
                    "{name}: the same input gave another answer the second time. The answer must "
                    "depend on the input alone.",
                    name=name,
                )
    return None


def _caught(name, control, arrays, outputs):
    run, times = runner(control, name), 0
    for x, (left, _, allowed) in zip(arrays, outputs, strict=True):
        try:
            other, _ = run(x)
        except Broken as broken:
            raise CouldNotCheck(
                Lines(msg("The control '{name}' does not run.", name=name), broken.message)
            ) from broken
        if other.shape != left.shape:
            times += left.size
        else:
            times += int((~(_gap(left, other) <= allowed)).sum())
    return times


# -- showing ---------------------------------------------------------------------------------------


def _digits(a, b):
    """Two numbers with as many digits as it takes to see that they differ."""
    for digits in range(4, 18):
        shown = f"{a + 0.0:.{digits}g}", f"{b + 0.0:.{digits}g}"
        if shown[0] != shown[1]:
            break
    return shown


def _block(array):
    """Rows of text of one sample: a map (one grid a channel) or a vector; None if it is neither."""
    if array.ndim and array.shape[0] == 1:
        array = array[0]
    if array.ndim == 3 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.ndim <= 1:
        array = array.reshape(1, -1)
    if array.ndim == 3 and array.shape[-1] <= 3:
        channels = range(array.shape[-1])
        return [row for c in channels for row in [f"[..., {c}]", *_rows(array[..., c])]]
    return _rows(array) if array.ndim == 2 and array.shape[1] <= 8 else None


def _rows(grid):
    cells = [[f"{v + 0.0:.4g}" for v in row] for row in grid]
    wide = max((len(c) for row in cells for c in row), default=0)
    return [" ".join(c.rjust(wide) for c in row) for row in cells]


class _Columns(Message):
    """Blocks of text side by side, each below its head."""

    def __init__(self, heads, blocks):
        super().__init__("")
        self.heads = heads
        self.blocks = blocks

    def text(self, lang=None):
        columns = []
        for head, block in zip(self.heads, self.blocks, strict=True):
            rows = [head.text(lang) if isinstance(head, Message) else str(head), *block]
            wide = max(map(len, rows))
            columns.append([r.ljust(wide) for r in rows])
        height = max(map(len, columns))
        for column in columns:
            column += [" " * len(column[0])] * (height - len(column))
        return "\n".join("  " + "   ".join(row).rstrip() for row in zip(*columns, strict=True))

    __str__ = text
