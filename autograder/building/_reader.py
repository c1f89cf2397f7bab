"""One unit from its folder: cell marks to cells, answers to variants, unit.toml to facts."""

from __future__ import annotations

import re
from pathlib import Path

from autograder.building import _rules
from autograder.building._percent import RawCell, fault, place, read_cells, uncommented
from autograder.building._unit_toml import read_facts
from autograder.building.claims import read_claims
from autograder.building.masters import Cell, Task, Unit, Variant, is_slug
from autograder.errors import Problem
from autograder.messages import LANGUAGES

#: word of the mark -> settings that it may have; those with ! it must have
_SETTINGS = {
    "prose": ("id", "task", "lang!", "of"),
    "setup": ("id", "claims"),
    "free": ("id!", "claims"),
    "answer": ("task!", "exhibits!"),
    "test": ("task!", "points", "id", "claims"),
    "written": ("task!", "points", "lang!", "of"),
}
_WORDS = ("setup", "answer", "test", "written")


def read_unit(folder: Path | str) -> Unit:
    """The unit in ``folder``, with every rule of the masters checked. Raises Problem."""
    folder = Path(folder)
    if not re.fullmatch(r"\d\d-[a-z0-9]+(-[a-z0-9]+)*", folder.name):
        raise Problem(
            f"{place(folder)}: expected a unit folder named like 01-feet-dense. Rename it."
        )
    facts = read_facts(folder / "unit.toml")
    master = folder / f"{folder.name.split('-', 1)[1]}.py"
    cells = _cells(read_cells(master))
    if not cells:
        raise fault(master, None, "the master has no cells.")
    unit = Unit(
        id=folder.name,
        folder=folder,
        title=facts.title,
        minutes=facts.minutes,
        difficulty=facts.difficulty,
        objectives=facts.objectives,
        prerequisites=facts.prerequisites,
        out_of_scope=facts.out_of_scope,
        cells=cells,
        claims=read_claims(folder / "claims.toml"),
    )
    toml = folder / "unit.toml"
    for cell in cells:
        if cell.task and cell.task not in facts.tasks:
            raise fault(
                master, cell.line, f"task {cell.task} is not in unit.toml. Add [tasks.{cell.task}]."
            )
    for name in dict.fromkeys(cell.task for cell in cells if cell.task):
        unit.tasks[name] = _task(unit, name, facts.tasks[name], toml)
    for name in facts.tasks:
        if name not in unit.tasks:
            raise fault(toml, None, f"[tasks.{name}]: {master.name} has no such task. Take it out.")
    _no_stray_answers(unit)
    _rules.check(unit)
    return unit


def _cells(raw: list[RawCell]) -> tuple[Cell, ...]:
    cells: list[Cell] = []
    used: dict[str, int] = {}
    counts: dict[str, int] = {}
    for cell in raw:
        kind = _kind(cell)
        for key in ("id", "task"):
            value = cell.settings.get(key)
            if value is not None and not is_slug(value):
                raise fault(
                    cell.path,
                    cell.line,
                    f"expected {key} of small letters, digits and hyphens. Received: {value!r}.",
                )
        if kind in ("prose", "written") and cell.settings["lang"] == "ru":
            cells[-1:] = [_twin(cells[-1] if cells else None, cell, kind)]
            continue
        if "of" in cell.settings:
            raise fault(cell.path, cell.line, "the English cell has no of=. Take it out.")
        identity = _identity(cell, kind, counts)
        if identity in used:
            raise fault(
                cell.path,
                cell.line,
                f"the id {identity} is taken by the cell in line {used[identity]}. Give another id.",
            )
        used[identity] = cell.line
        cells.append(
            Cell(
                kind=kind,
                id=identity,
                path=cell.path,
                line=cell.line,
                source=_source(cell, kind),
                task=cell.settings.get("task"),
                exhibits=_exhibits(cell),
                points=_points(cell),
                claims=tuple(str(cell.settings.get("claims", "")).replace(",", " ").split()),
            )
        )
    return tuple(cells)


def _kind(cell):
    for word in cell.words:
        if word not in _WORDS:
            raise fault(
                cell.path,
                cell.line,
                f"unknown word in the cell mark. Expected one of {', '.join(_WORDS)}. "
                f"Received: {word}.",
            )
    if len(cell.words) > 1:
        raise fault(cell.path, cell.line, f"a cell is one of {' and '.join(cell.words)}, not both.")
    kind = cell.words[0] if cell.words else "prose" if cell.markdown else "free"
    if cell.markdown and kind not in ("prose", "written"):
        raise fault(cell.path, cell.line, f"a {kind} cell is code. Take out [markdown].")
    if kind == "free" and not cell.settings:
        raise fault(cell.path, cell.line, 'a cell without a mark. Expected id="...", for example.')
    allowed = {key.rstrip("!"): key.endswith("!") for key in _SETTINGS[kind]}
    for key in cell.settings:
        if key not in allowed:
            raise fault(
                cell.path,
                cell.line,
                f"a {kind} cell has no {key}=. Expected of {', '.join(allowed)}.",
            )
    for key, needed in allowed.items():
        if needed and key not in cell.settings:
            raise fault(cell.path, cell.line, f'a {kind} cell needs {key}="...".')
    if kind == "prose" and not {"id", "task"} & set(cell.settings):
        raise fault(cell.path, cell.line, 'a prose cell needs id="..." or task="...".')
    if cell.settings.get("lang", "en") not in LANGUAGES:
        raise fault(
            cell.path,
            cell.line,
            f"expected lang of {', '.join(LANGUAGES)}. Received: {cell.settings['lang']!r}.",
        )
    return kind


def _identity(cell, kind, counts):
    if "id" in cell.settings:
        return cell.settings["id"]
    task = cell.settings.get("task")
    stem = {"setup": "setup", "prose": task, "test": f"{task}-test"}.get(kind, f"{task}-answer")
    counts[stem] = counts.get(stem, 0) + 1
    numbered = kind in ("setup", "answer", "test") and counts[stem] > 1
    return f"{stem}-{counts[stem]}" if numbered else stem


def _twin(english, cell, kind):
    """The English cell completed by the Russian one after it."""
    identity = _identity(cell, kind, {})
    if english is None or (english.kind, english.id) != (kind, identity):
        raise fault(
            cell.path,
            cell.line,
            f'expected the English twin of "{identity}" right above. Put it there with lang="en".',
        )
    if english.russian is not None:
        raise fault(cell.path, cell.line, f'"{identity}" has two Russian twins. Take one out.')
    for key, value in (("task", english.task), ("points", english.points)):
        if cell.settings.get(key, value) != value:
            raise fault(
                cell.path,
                cell.line,
                f"expected {key}={value!r} as in the English twin. "
                f"Received: {cell.settings[key]!r}.",
            )
    of = cell.settings.get("of")
    return Cell(
        **{
            **english.__dict__,
            "russian": _source(cell, kind),
            "russian_line": cell.line,
            "of": None if of is None else str(of),
        }
    )


def _source(cell, kind):
    """The text of a cell; a written cell without [markdown] is prose in comments."""
    if kind == "written" and not cell.markdown:
        for n, line in enumerate(cell.source.split("\n"), cell.line + 1):
            if line.strip() and not line.startswith("#"):
                raise fault(cell.path, n, 'prose outside of a comment. Start the line with "# ".')
        return uncommented(cell.source)
    return cell.source


def _exhibits(cell):
    if "exhibits" not in cell.settings:
        return ()
    exhibits = tuple(name.strip() for name in str(cell.settings["exhibits"]).split(","))
    for name in exhibits:
        if not name.isidentifier():
            raise fault(
                cell.path,
                cell.line,
                f'expected exhibits="name" or "name, other". Received: '
                f"{cell.settings['exhibits']!r}.",
            )
    return exhibits


def _points(cell):
    points = cell.settings.get("points")
    if points is None:
        return None
    if isinstance(points, bool) or not isinstance(points, int | float) or points < 0:
        raise fault(
            cell.path, cell.line, f"expected points as a number from 0. Received: {points!r}."
        )
    return points


def _task(unit, name, facts, toml):
    cells = [cell for cell in unit.cells if cell.task == name]
    by_kind = {kind: [c for c in cells if c.kind == kind] for kind in ("answer", "test", "written")}
    for kind in ("answer", "written"):
        if len(by_kind[kind]) > 1:
            raise fault(
                unit.master,
                by_kind[kind][1].line,
                f"task {name} has a second {kind} cell. Expected one. Join them or name a new task.",
            )
    answer = next(iter(by_kind["answer"]), None)
    written = next(iter(by_kind["written"]), None)
    head = cells[0].line
    if written and (answer or by_kind["test"]):
        raise fault(unit.master, written.line, f"task {name} is written and tested. Make it two.")
    if not written and not (answer and by_kind["test"]):
        raise fault(
            unit.master, head, f"task {name}: expected an answer and a test, or a written cell."
        )
    if answer and by_kind["test"][0].line < answer.line:
        raise fault(
            unit.master, by_kind["test"][0].line, f"the test of {name} precedes its answer."
        )
    if facts.rubric and not written:
        raise fault(toml, None, f"[tasks.{name}] rubric: only written tasks have one. Take it out.")
    if written and not facts.rubric:
        raise fault(toml, None, f"[tasks.{name}]: a written task needs rubric = [{{en, ru}}, ...].")
    if written and facts.practice:
        raise fault(toml, None, f"[tasks.{name}]: a written task cannot be practice.")
    right, wrong = _variants(unit, name, facts, toml)
    return Task(
        name=name,
        minutes=facts.minutes,
        practice=facts.practice,
        hints=facts.hints,
        rubric=facts.rubric,
        answer=answer,
        tests=tuple(_pointed(test, facts.practice) for test in by_kind["test"]),
        written=_pointed(written, False) if written else None,
        right=right,
        wrong=wrong,
        equivalent=facts.equivalent,
    )


def _pointed(cell, practice):
    if practice and cell.points:
        raise fault(cell.path, cell.line, "a test of a practice task has no points. Take them out.")
    if not practice and not cell.points:
        raise fault(
            cell.path, cell.line, f"expected points=1 or another, as {cell.task} is graded."
        )
    return cell


def _variants(unit, task, facts, toml):
    path = unit.folder / "answers" / f"{task}.py"
    found = {"right": {}, "wrong": {}}
    for cell in read_cells(path) if path.exists() else ():
        if (
            cell.words
            or cell.markdown
            or len(cell.settings) != 1
            or not found.keys() & cell.settings
        ):
            raise fault(path, cell.line, 'expected # %% right="name" or # %% wrong="name".')
        ((kind, name),) = cell.settings.items()
        if not is_slug(name):
            raise fault(path, cell.line, f"expected a name like sorted-keys. Received: {name!r}.")
        if name in found["right"] or name in found["wrong"]:
            raise fault(path, cell.line, f"a second variant named {name}. Give another name.")
        if kind == "wrong" and name not in facts.says:
            raise fault(
                path,
                cell.line,
                f"wrong answer {name} has no message. Add [tasks.{task}.wrong.{name}] with "
                'says = {en = "...", ru = "..."} to unit.toml.',
            )
        says = facts.says.get(name) if kind == "wrong" else None
        found[kind][name] = Variant(name, kind == "right", cell.source, path, cell.line, says)
    for name in facts.says:
        if name not in found["wrong"]:
            raise fault(
                toml, None, f"[tasks.{task}.wrong.{name}]: answers/{task}.py has no such cell."
            )
    return tuple(found["right"].values()), tuple(found["wrong"].values())


def _no_stray_answers(unit):
    for path in sorted((unit.folder / "answers").glob("*.py")):
        task = unit.tasks.get(path.stem)
        if task is None or task.written:
            raise fault(
                path, None, f"{unit.id} has no task {path.stem} with code. Rename the file."
            )
