"""The figure of a model: its operations as a strip with their parameters and MACs."""

from __future__ import annotations

from autograder.messages import msg
from course.lab.figures._svg import COOL, MONO, WARM, Canvas, Figure, shown, text_width


def layers(model, flags: dict | None = None) -> Figure:
    """A strip of a model's operations: name, output shape, parameters, MACs per sample as bars.

    ``model``: a Keras model, or what ``autograder.read`` made of one. ``flags``: {layer name: what is
    the matter}; the layer gets a ⚑ and the words below it.
    """
    from autograder import read

    graph = model if hasattr(model, "nodes") else read(model)
    flags = dict(flags or {})

    def tell():
        words = [f"⚑ {name}: {shown(text)}" for name, text in flags.items()]
        return "\n".join([graph.table(), *words])

    return Figure(lambda: _draw_layers(graph, flags), tell)


def _draw_layers(graph, flags):
    nodes = graph.nodes
    most_parameters = max([n.parameters for n in nodes] + [1])
    most_macs = max([n.macs or 0 for n in nodes] + [1])
    heads = [msg("layer"), msg("operation"), msg("output shape"), msg("parameters"), msg("MACs")]
    cells = [[n.path or n.layer, n.op, "×".join(str(d) for d in n.shape[1:])] for n in nodes]
    wide = [
        max([text_width(row[i], 11) for row in cells] + [text_width(heads[i].text(), 11)]) + 18
        for i in range(3)
    ]
    room, step, flag = 110, 22, 18 if flags else 0
    lefts = [4 + flag, 4 + flag + wide[0], 4 + flag + wide[0] + wide[1]]
    bars_at = [lefts[2] + wide[2], lefts[2] + wide[2] + room + 84]
    notes = [n for n in nodes if n.layer in flags]
    canvas = Canvas(bars_at[1] + room + 84, 26 + step * (len(nodes) + len(notes)))
    for x, head in zip([*lefts, *bars_at], heads, strict=True):
        canvas.text(x, 14, head, size=11, font_weight="bold")
    y, told = 20, set()
    for node, row in zip(nodes, cells, strict=True):
        for x, word in zip(lefts, row, strict=True):
            canvas.text(x, y + 15, word, size=11, family=MONO)
        for x, value, most, colour in (
            (bars_at[0], node.parameters, most_parameters, COOL),
            (bars_at[1], node.macs, most_macs, WARM),
        ):
            length = room * (value or 0) / most
            canvas.rect(x, y + 5, length, step - 10, fill=colour, fill_opacity=0.4, stroke="none")
            count = "?" if value is None else f"{value:,}"
            canvas.text(x + length + 5, y + 15, count, size=11, family=MONO)
        if node.layer in flags and node.layer not in told:
            told.add(node.layer)
            canvas.text(2, y + 15, "⚑", fill=WARM)
            y += step
            words = shown(flags[node.layer])
            canvas.text(lefts[0], y + 13, words, size=11, fill=WARM)
            canvas.width = max(canvas.width, lefts[0] + text_width(words, 11))
        y += step
    canvas.height = y + 4
    return canvas
