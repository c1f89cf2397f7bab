"""What an inspection found, and its faces: plain text, HTML for notebooks, JSON."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from html import escape

from autograder.faults._rule import Finding
from autograder.messages import Lines, Message, msg, nmsg

KINDS = ("fault", "smell", "waste", "hint")
_MARKS = {"fault": "✗", "smell": "?", "waste": "=", "hint": "·"}
_COLOURS = {"fault": "#b3261e", "smell": "#9a6700", "waste": "#4a5568", "hint": "#4a5568"}


def kind_name(kind: str) -> Message:
    return {
        "fault": msg("fault"),
        "smell": msg("smell"),
        "waste": msg("waste"),
        "hint": msg("hint"),
    }[kind]


@dataclass(frozen=True)
class Diagnosis:
    """findings: faults, smells, wastes, hints, in this order, the gravest first.

    notes: what was not inspected or not measured, and why. unread: the error where the model could
    not be read at all. name: of the model. graph: its LayerGraph, None where there is none. broken:
    what rules raised that could not look at this model. model: what was inspected, None for what
    never became one.
    """

    findings: list[Finding]
    notes: list[Message] = field(default_factory=list)
    unread: Exception | None = None
    name: str = ""
    graph: object = None
    broken: list[Exception] = field(default_factory=list)
    model: object = field(default=None, repr=False, compare=False)

    @property
    def faults(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.kind == "fault"]

    def summary(self) -> Message:
        """One line: how many of each kind."""
        counts = [
            msg("{n} × {kind}", n=n, kind=kind_name(kind))
            for kind in KINDS
            if (n := sum(f.kind == kind for f in self.findings))
        ]
        return msg(
            "{name}: {found}",
            name=self.name or msg("the model"),
            found=_Joined(counts) if counts else msg("nothing found"),
        )

    def text(self, lang: str | None = None) -> str:
        """The whole report in plain text: for each finding what, where, why, how to mend."""
        lines = [self.summary().text(lang)]
        for f in self.findings:
            where = ", ".join(f.layers)
            lines += ["", f"{_MARKS[f.kind]} {f.rule} {f.name}" + (f" ({where})" if where else "")]
            parts = [f.message, f.why, msg("Mend: {fix}", fix=f.fix)]
            lines += [f"  {row}" for p in parts for row in p.text(lang).splitlines() if row.strip()]
            if f.code:
                lines.append(f"    {f.code}")
            if f.evidence:
                lines.append(f"  {msg('Measured: {numbers}', numbers=_numbers(f)).text(lang)}")
        if self.notes:
            lines += ["", msg("Not inspected:").text(lang)]
            lines += [f"  {note.text(lang)}" for note in self.notes]
        return "\n".join(lines)

    def __str__(self):
        return self.text()

    def as_json(self, lang: str | None = None) -> dict:
        """Plain data: {"model", "findings": [...], "not_inspected": [...]}, texts in ``lang``."""
        return {
            "model": self.name,
            "findings": [
                {
                    "rule": f.rule,
                    "name": f.name,
                    "kind": f.kind,
                    "layers": list(f.layers),
                    "message": f.message.text(lang),
                    "why": f.why.text(lang),
                    "fix": f.fix.text(lang),
                    "code": f.code,
                    "evidence": {k: _plain(v) for k, v in f.evidence.items()},
                }
                for f in self.findings
            ],
            "not_inspected": [note.text(lang) for note in self.notes],
        }

    def _repr_html_(self) -> str:
        """A table of findings. Everything that comes from the model is escaped."""
        rows = [_row(f) for f in self.findings]
        heads = [msg("finding"), msg("where"), msg("what and why"), msg("how to mend it")]
        table = (
            "<table style='text-align:left'><thead><tr>"
            + "".join(f"<th style='text-align:left'>{escape(h.text())}</th>" for h in heads)
            + "</tr></thead><tbody>"
            + "".join(rows)
            + "</tbody></table>"
        )
        notes = "".join(f"<li>{escape(note.text())}</li>" for note in self.notes)
        return (
            f"<div><p><b>{escape(self.summary().text())}</b></p>"
            + (table if rows else "")
            + self._strip()
            + (f"<p>{escape(msg('Not inspected:').text())}</p><ul>{notes}</ul>" if notes else "")
            + "</div>"
        )

    def _strip(self) -> str:
        """The layers as a picture with the findings pinned to them; none where there is no model."""
        if self.model is None or not self.findings:
            return ""
        from autograder.xrays import xray

        pins = [replace(f, message=f.name, fix="") for f in self.findings]
        shape = self.graph[self.graph.inputs[0]].shape[1:] if self.graph.inputs else None
        try:
            given = None if getattr(self.model, "built", False) else shape
            return f"<p>{xray(self.model, findings=pins, input_shape=given).svg()}</p>"
        except Exception:  # a picture less is no reason to show nothing
            return ""


def _row(f: Finding) -> str:
    style = "vertical-align:top;text-align:left"
    colour = _COLOURS[f.kind]
    code = f"<br><code>{escape(f.code)}</code>" if f.code else ""
    measured = f"<br><small>{escape(_numbers(f))}</small>" if f.evidence else ""
    where = "<br>".join(f"<code>{escape(str(name))}</code>" for name in f.layers[:6])
    if len(f.layers) > 6:
        where += "<br>…"
    cells = (
        f"<b style='color:{colour}'>{_MARKS[f.kind]} {escape(kind_name(f.kind).text())}</b><br>"
        f"{escape(f.rule)}&nbsp;{escape(f.name)}",
        where,
        f"{_lines(f.message)}<br><i>{_lines(f.why)}</i>{measured}",
        f"{_lines(f.fix)}{code}",
    )
    return "<tr>" + "".join(f"<td style='{style}'>{cell}</td>" for cell in cells) + "</tr>"


def _lines(message) -> str:
    return escape(str(message)).replace("\n", "<br>")


def _numbers(f: Finding) -> str:
    return ", ".join(f"{name} {_short(value)}" for name, value in f.evidence.items())


def _short(value) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _plain(value):
    """A number that JSON can hold; what is not finite becomes a word."""
    if isinstance(value, float) and value not in (float("inf"), float("-inf")) and value == value:
        return value
    return str(value) if isinstance(value, float) else value


class _Joined(Message):
    """Messages with commas between."""

    def __init__(self, parts):
        super().__init__("")
        self.parts = parts

    def text(self, lang: str | None = None) -> str:
        return ", ".join(part.text(lang) for part in self.parts)

    __str__ = text


def merged(findings: list[Finding]) -> list[Finding]:
    """One finding a rule and kind: the first place speaks, the others are counted and named."""
    together: dict[tuple, list[Finding]] = {}
    for f in findings:
        together.setdefault((f.rule, f.kind), []).append(f)
    return [_first_of(group) for group in together.values()]


def _first_of(group: list[Finding]) -> Finding:
    first, *others = group
    if not others:
        return first
    names = list(dict.fromkeys(name for f in group for name in f.layers))
    rest = [name for name in names if name not in first.layers]
    if not rest:
        return first
    more = nmsg(
        "The same at {n} more place: `{names}`.",
        "The same at {n} more places: `{names}`.",
        len(others),
        names="`, `".join(rest[:6]) + ("`, `…" if len(rest) > 6 else ""),
    )
    return Finding(
        first.rule,
        first.name,
        first.kind,
        names,
        Lines(first.message, more),
        first.fix,
        {**first.evidence, "places": len(group)},
        first.why,
        first.code,
    )
