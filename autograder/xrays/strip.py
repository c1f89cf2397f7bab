"""The X-ray itself: rows of a strip, folded where they are many, as a picture and as text."""

from __future__ import annotations

import textwrap
from collections import Counter
from dataclasses import dataclass, field

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
from autograder.messages import Message, msg, nmsg
from autograder.reading import LayerGraph, Node, read
from autograder.reading.graph import shown as shape_text
from autograder.xrays.activity import BINS, Activity, activities, samples

MOST_ROWS = 40
_BLOCKS = " ▁▂▃▄▅▆▇█"
_WORDS = 100  # letters of a finding in a line
_NAME = 28  # letters of a layer's name


@dataclass(frozen=True)
class Row:
    """One operation, with its Activity (None where nothing was measured) and the findings that
    concern its layer; or, with several ``nodes``, a stretch that is folded into one row."""

    nodes: tuple[Node, ...]
    activity: Activity | None = None
    findings: list = field(default_factory=list)

    @property
    def folded(self) -> bool:
        return len(self.nodes) > 1

    @property
    def parameters(self) -> int:
        return sum(node.parameters for node in self.nodes)

    @property
    def macs(self) -> int | None:
        macs = [node.macs for node in self.nodes]
        return None if None in macs else sum(macs)


class XRay(Figure):
    """What :func:`xray` gives: ``rows``, the ``graph``, and a figure with a text twin."""

    def __init__(self, graph: LayerGraph, rows: list[Row], general: list, notes: list[Message]):
        self.graph, self.rows, self.general, self.notes = graph, rows, general, notes
        super().__init__(self._picture, self._words, msg("X-ray of {name}", name=graph.name))

    def _heading(self) -> str:
        macs = self.graph.macs
        total = msg(
            "{name}: {operations}, {parameters:,} parameters, {macs} MACs for one sample",
            name=self.graph.name,
            operations=nmsg("{n} operation", "{n} operations", len(self.graph.ops)),
            parameters=self.graph.parameters,
            macs="?" if macs is None else f"{macs:,}",
        )
        return total.text()

    def _words(self) -> str:
        measured = any(row.activity for row in self.rows)
        rows = [[shown(head) for head in _heads(measured)]]
        under = {}
        for row in self.rows:
            rows.append(_cells(row, measured))
            under[len(rows)] = [line for f in row.findings for line in _finding_lines(f)]
        table = columns(rows, right=set(range(3, len(rows[0]))) - {9}).splitlines()
        lines = [self._heading()]
        for i, line in enumerate(table, 1):
            lines += [line, *under.get(i, ())]
        lines += [line for f in self.general for line in _finding_lines(f)]
        return "\n".join([*lines, *(shown(note) for note in self.notes)])

    def _picture(self) -> Canvas:
        return _draw(self, self._heading())


def xray(model, batch=None, findings=None, *, training=False, input_shape=None, rows=MOST_ROWS):
    """Look through a Keras model: operations, shapes, costs, and what they do to ``batch``.

    ``batch``: (n, ...) as the model takes it; the first 64 samples are sent through once, in
    inference or, with ``training``, as in training. ``findings``: a Diagnosis or its findings, pinned
    on the layers that they concern; None judges nothing. ``input_shape``: see :func:`autograder.read`.
    More than ``rows`` operations are folded; of those between, up to as many again that have findings
    stand by themselves.

    The model, its weights and every random state are left as they were. Raises ReadError when the
    model cannot be read or does not take the batch, ValueError for less than 3 rows.
    """
    if rows < 3:
        raise ValueError(f"Expected room for at least 3 rows. Received: rows={rows!r}.")
    graph = read(model, input_shape)
    measured = {} if batch is None else activities(model, graph, batch, training)
    pinned, general = _pinned(graph, _listed(findings))
    notes = []
    if batch is not None:
        notes.append(_how_measured(samples(graph, batch), training))
    if (note := getattr(findings, "note", None)) is not None:
        notes.append(note)
    made = [Row((n,), measured.get(n.id), pinned.get(n.id, [])) for n in graph]
    return XRay(graph, _folded(made, rows), general, notes)


def _listed(findings) -> list:
    if findings is None:
        return []
    return list(getattr(findings, "findings", findings))


def _pinned(graph, findings):
    """({node id: findings}, findings of no layer): each stands at the first node of each layer."""
    first = {}
    for node in graph:
        first.setdefault(node.layer, node.id)
    pinned, general = {}, []
    for finding in findings:
        places = [first[name] for name in dict.fromkeys(finding.layers) if name in first]
        for place in places:
            pinned.setdefault(place, []).append(finding)
        if not places:
            general.append(finding)
    return pinned, general


def _folded(rows, most):
    """At most ``most`` rows, and as many with findings: the others become stretches."""
    if len(rows) <= most:
        return rows
    head, tail = (most + 1) // 2, most // 2 - 1
    folded, stretch, room = [], [], most
    for i, row in enumerate(rows):
        if head <= i < len(rows) - tail:
            room -= bool(row.findings)
            if not row.findings or room < 0:
                stretch.append(row)
                continue
        if stretch:
            nodes = tuple(row.nodes[0] for row in stretch)
            folded.append(Row(nodes, findings=sum((row.findings for row in stretch), [])))
            stretch = []
        folded.append(row)
    return folded


def _how_measured(batch, training):
    parts = list(batch.values()) if isinstance(batch, dict) else batch
    n = len(parts[0]) if isinstance(parts, list) else len(parts)
    mode = msg("as in training") if training else msg("in inference")
    return nmsg(
        "Activations of {n} sample, {mode}.", "Activations of {n} samples, {mode}.", n, mode=mode
    )


# -- text ------------------------------------------------------------------------------------------


def _heads(measured):
    heads = [
        msg("layer"),
        msg("operation"),
        msg("output shape"),
        msg("parameters"),
        msg("MACs"),
    ]
    if measured:
        heads += [
            msg("mean"),
            msg("std"),
            msg("zeros"),
            msg("least"),
            msg("histogram"),
            msg("most"),
        ]
    return heads


def _cells(row, measured):
    if row.folded:
        cells = ["⋮", _stretch(row), shape_text(row.nodes[-1].shape)]
    else:
        (node,) = row.nodes
        cells = [_name(node), node.op, shape_text(node.shape)]
    cells += [f"{row.parameters:,}", "?" if row.macs is None else f"{row.macs:,}"]
    if measured:
        cells += _activity_cells(row.activity)
    return cells


def _activity_cells(a):
    if a is None:
        return ["", "", "", "", "", ""]
    high = value_text(a.high)
    if a.broken:
        high += " " + _broken(a)
    return [
        value_text(a.mean),
        value_text(a.std),
        f"{a.zeros:.0%}",
        value_text(a.low),
        _bars(a),
        high,
    ]


def _broken(a) -> str:
    return msg("✗ {share:.0%} not finite", share=a.broken).text()


def _bars(a) -> str:
    pairs = a.histogram.reshape(-1, 2).max(axis=1)
    most = pairs.max() or 1.0
    return "".join(_BLOCKS[int(np.ceil(h / most * (len(_BLOCKS) - 1) - 1e-9))] for h in pairs)


def _name(node) -> str:
    name = node.path or node.layer
    return name if len(name) <= _NAME else "…" + name[1 - _NAME :]


def _stretch(row) -> str:
    counts = Counter(node.op for node in row.nodes).most_common()
    told = ", ".join(f"{n} {op}" for op, n in counts[:3]) + (", …" if counts[3:] else "")
    return msg("{n} operations folded: {what}", n=len(row.nodes), what=told).text()


def _finding_lines(finding) -> list[str]:
    words = f"⚑ {finding.rule} {shown(finding.message)} {shown(finding.fix)}"
    return textwrap.wrap(words, _WORDS, initial_indent="  ", subsequent_indent="    ")


# -- picture ---------------------------------------------------------------------------------------

_STEP, _LINE, _BAR, _HISTOGRAM = 24, 15, 64, 96


def _draw(ray, heading):
    measured = any(row.activity for row in ray.rows)
    names = [_name(row.nodes[0]) if not row.folded else "⋮" for row in ray.rows]
    ops = [row.nodes[0].op if not row.folded else "" for row in ray.rows]
    shapes = [shape_text(row.nodes[-1].shape).replace("x", "×") for row in ray.rows]
    heads = [shown(head) for head in _heads(False)]

    def wide(i, words, more=16):
        return max(text_width(word, 11) for word in (*words, heads[i])) + more

    counts = [f"{row.parameters:,}" for row in ray.rows]
    macs = ["?" if row.macs is None else f"{row.macs:,}" for row in ray.rows]
    at = [10.0]
    for step in (wide(0, names), wide(1, ops, 28), wide(2, shapes), wide(3, counts, _BAR + 14),
                 wide(4, macs, _BAR + 14)):  # fmt: skip
        at.append(at[-1] + step)
    ends = ["   0", "0", " least", " most"]
    for row in ray.rows:
        if row.activity:
            ends += [value_text(row.activity.low), value_text(row.activity.high)]
    side = max(text_width(word, 10) for word in ends) + 6
    right = at[5] + (2 * side + _HISTOGRAM + 200 if measured else 0)

    notes = [shown(note) for note in ray.notes]
    notes += [line for f in ray.general for line in _finding_lines(f)]
    said = [_finding_lines(f) for row in ray.rows for f in row.findings]
    longest = max([text_width(t, 11) for t in (heading, *notes, *sum(said, []))] + [0])
    height = 52 + _STEP * len(ray.rows) + _LINE * (len(sum(said, [])) + len(notes)) + 10
    canvas = Canvas(max(right, longest + 16), height)
    canvas.text(2, 14, heading, size=12, font_weight="bold")
    for x, head in zip(at, heads, strict=False):
        canvas.text(x, 36, head, size=11)
    if measured:
        canvas.text(at[5] + side + _HISTOGRAM / 2, 36, msg("activations"), size=11, anchor="middle")
        canvas.text(at[5] + 2 * side + _HISTOGRAM + 10, 36, msg("mean ± std"), size=11)
        canvas.text(right - 66, 36, msg("zeros"), size=11)

    most = {
        "parameters": max([row.parameters for row in ray.rows if not row.folded] + [1]),
        "macs": max([row.macs or 0 for row in ray.rows if not row.folded] + [1]),
    }
    y, wire = 44, 0.0
    for i, row in enumerate(ray.rows):
        middle = y + _STEP / 2
        box = at[1], y + 3, wide(1, ops, 28) - 12, _STEP - 6
        if i:  # the wire from the box above
            canvas.line(at[1] + 12, wire, at[1] + 12, y + 3, stroke_opacity=0.5)
        wire = y + _STEP - 3
        canvas.text(at[0], middle + 4, names[i], size=11, family=MONO)
        if row.folded:
            canvas.line(at[1] + 12, y + 3, at[1] + 12, wire, stroke_dasharray="2 3")
            canvas.text(at[1] + 20, middle + 4, _stretch(row), size=11)
            folded = f"{counts[i]} / {macs[i]}"
            x = max(at[3], at[1] + 28 + text_width(_stretch(row), 11))
            canvas.text(x, middle + 4, folded, size=11, family=MONO)
            canvas.width = max(canvas.width, x + text_width(folded, 11) + 8)
        else:
            canvas.rect(*box, rx=4, stroke_opacity=0.6, fill=COOL if row.parameters else "none",
                        fill_opacity=0.14)  # fmt: skip
            canvas.text(at[1] + 6, middle + 4, ops[i], size=11, family=MONO)
            canvas.text(at[2], middle + 4, shapes[i], size=11, family=MONO)
            _bar(canvas, at[3], y, row.parameters, most["parameters"], counts[i], COOL)
            _bar(canvas, at[4], y, row.macs or 0, most["macs"], macs[i], WARM)
        if row.activity:
            _draw_activity(canvas, at[5], side, right, y, row.activity)
        y += _STEP
        if row.findings:
            canvas.text(0, middle + 4, "⚑", size=12, fill=WARM)
        for line in (line for f in row.findings for line in _finding_lines(f)):
            canvas.text(at[0], y + 10, line, size=11)
            y += _LINE
    for note in notes:
        canvas.text(2, y + 14, note, size=11)
        y += _LINE
    return canvas


def _bar(canvas, x, y, value, most, words, colour):
    length = _BAR * value / most
    canvas.rect(x, y + 7, length, _STEP - 14, fill=colour, fill_opacity=0.45, stroke="none")
    canvas.text(x + length + 4, y + _STEP / 2 + 4, words, size=11, family=MONO)


def _draw_activity(canvas, left, side, right, y, a):
    base, tall = y + _STEP - 4, _STEP - 7
    start = left + side
    canvas.line(start, base, start + _HISTOGRAM, base, stroke_opacity=0.35)
    most = a.histogram.max() or 1.0
    edges = start + _HISTOGRAM * np.repeat(np.arange(len(a.histogram) + 1), 2)[1:-1] / BINS
    tops = base - np.where(a.histogram > 0, np.maximum(tall * a.histogram / most, 1.0), 0)
    line = [(start, base), *zip(edges, np.repeat(tops, 2), strict=True), (start + _HISTOGRAM, base)]
    canvas.polyline(line, fill=COOL, fill_opacity=0.7, stroke="none")
    if a.low < 0 < a.high:  # where zero lies
        zero = start - _HISTOGRAM * a.low / (a.high - a.low)
        canvas.line(zero, y + 3, zero, base, stroke=WARM, stroke_dasharray="2 2")
    middle = y + _STEP / 2 + 4
    canvas.text(start - 4, middle, value_text(a.low), size=10, anchor="end", family=MONO)
    canvas.text(start + _HISTOGRAM + 4, middle, value_text(a.high), size=10, family=MONO)
    x = start + _HISTOGRAM + side + 10
    canvas.text(x, middle, f"{value_text(a.mean)} ± {value_text(a.std)}", size=11, family=MONO)
    if a.broken:
        canvas.text(right - 90, middle, _broken(a), size=11, fill=WARM)
        return
    canvas.rect(right - 66, y + 7, 26, _STEP - 14, stroke_opacity=0.35)
    canvas.rect(right - 66, y + 7, 26 * a.zeros, _STEP - 14, fill=WARM, fill_opacity=0.5,
                stroke="none")  # fmt: skip
    canvas.text(right - 36, middle, f"{a.zeros:.0%}", size=11, family=MONO)
