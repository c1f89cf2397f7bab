"""What the source texts say, what measurement says of it, and the page that lists both.

A unit that measures statements of the sources has a ``claims.toml`` beside its ``unit.toml``, one
table a statement::

    [W2]
    source = "batchnorm-wiki"               # a table of course/sources.toml
    statement = { en = "...", ru = "..." }  # the source's, in our words
    verdict = "conditional"                 # or "true", "false"
    because = { en = "...", ru = "..." }    # what was measured

and its master names, on the mark of each code cell that measures one, which:
``# %% id="speed-run" claims="W2 W3"``.  ``build`` makes ``docs/claims.md`` and ``docs/claims.ru.md``
of them; a statement without a cell, or a cell with an unknown statement, is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autograder.building._percent import fault
from autograder.building._toml import Table, Texts, check, read_table, texts

VERDICTS = {
    "true": Texts("true", "верно"),
    "conditional": Texts("conditional", "с оговоркой"),
    "false": Texts("false", "неверно"),
}
_HEAD = Texts(
    """# Myth or measured?

Every statement of the five source texts that can be checked, what became of it, and the cells that measure it. The
cells stand in the notebooks of `assignments/en`; this page is made of their marks by `autograder build`.
""",
    """# Миф или измерено?

Все проверяемые утверждения пяти исходных текстов, что от них осталось и в каких ячейках это измерено. Ячейки — в
тетрадях `assignments/ru`; страницу собирает из их пометок `autograder build`.
""",
)
_COLUMNS = Texts(
    "| | the source says | verdict | measured | where |",
    "| | источник говорит | вердикт | измерено | где |",
)


@dataclass(frozen=True)
class Claim:
    """A statement of a source, and what was measured of it."""

    id: str
    source: str  #: a table of ``course/sources.toml``
    statement: Texts
    verdict: str  #: one of VERDICTS
    because: Texts


@check("one of " + ", ".join(f'"{verdict}"' for verdict in VERDICTS))
def _verdict(value):
    return value if value in VERDICTS else None


@check("a source's name")
def _name(value):
    return value if isinstance(value, str) and value else None


def read_claims(path: Path) -> dict[str, Claim]:
    """id -> claim; empty where there is no such file. Raises Problem naming the file and the field."""
    if not path.exists():
        return {}
    found = {}
    for name, content in read_table(path).items():
        table = Table(path, name, content)
        found[name] = Claim(
            name,
            table.take("source", _name),
            table.take("statement", texts),
            table.take("verdict", _verdict),
            table.take("because", texts),
        )
        table.nothing_else()
    return found


def pages(root: Path, units: list) -> dict[Path, str]:
    """path -> text of the page in each language; ``units`` are all of the course's.

    Raises Problem for a statement that no cell measures or that two units have, for a cell that
    names an unknown one, and for an unknown source. Nothing where no unit has statements.
    """
    claims, cells = _joined(units)
    if not claims:
        return {}
    path = root / "course" / "sources.toml"
    titles = {}
    for name, content in read_table(path).items():
        table = Table(path, name, content)
        titles[name] = table.take("title", texts)
        table.nothing_else()
    for unit, claim in claims.values():
        if claim.source not in titles:
            raise fault(
                unit.folder / "claims.toml",
                None,
                f"[{claim.id}] source: expected one of {', '.join(titles)} (course/sources.toml). "
                f"Received: {claim.source}.",
            )
    return {
        root / "docs" / name: _page(lang, titles, claims, cells)
        for lang, name in (("en", "claims.md"), ("ru", "claims.ru.md"))
    }


def _joined(units):
    claims, cells = {}, {}
    for unit in units:
        for claim in unit.claims.values():
            if claim.id in claims:
                other = claims[claim.id][0].id
                raise fault(
                    unit.folder / "claims.toml", None, f"[{claim.id}] is in {other} too. Keep one."
                )
            claims[claim.id] = unit, claim
    for unit in units:
        for cell in unit.cells:
            for name in cell.claims:
                if name not in claims:
                    raise fault(
                        unit.master,
                        cell.line,
                        f"claims={name}: no claims.toml has this statement. Add [{name}] to one.",
                    )
                cells.setdefault(name, []).append((unit, cell))
    for name, (unit, _) in claims.items():
        if name not in cells:
            raise fault(
                unit.folder / "claims.toml",
                None,
                f'[{name}]: no cell measures it. Write claims="{name}" on the mark of one that does.',
            )
    return claims, cells


def _page(lang, titles, claims, cells):
    lines = [_HEAD.text(lang)]
    for source, title in titles.items():
        rows = [claim for _, claim in claims.values() if claim.source == source]
        if not rows:
            continue
        lines += [f"## {title.text(lang)}", "", _COLUMNS.text(lang), "|---|---|---|---|---|"]
        lines += [_row(lang, claim, cells[claim.id]) for claim in rows]
        lines.append("")
    return "\n".join(lines)


def _row(lang, claim, measured):
    by_unit = {}
    for unit, cell in measured:
        by_unit.setdefault(unit.id, (unit, []))[1].append(f"`{cell.id}`")
    where = "; ".join(
        f"[{unit.id}](../assignments/{lang}/{unit.id}/{unit.slug}.ipynb) {', '.join(cells)}"
        for unit, cells in by_unit.values()
    )
    said, because = (_in_a_cell(text.text(lang)) for text in (claim.statement, claim.because))
    return (
        f"| {claim.id} | {said} | **{VERDICTS[claim.verdict].text(lang)}** | {because} | {where} |"
    )


def _in_a_cell(text):
    return " ".join(text.split()).removesuffix(".").replace("|", "\\|")
