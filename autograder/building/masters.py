"""Masters: the source of every notebook, and what ``build``, ``health`` and ``demo`` read.

A unit is a folder ``course/units/NN-slug/`` with

``slug.py``
    the master, a jupytext percent file that lints, with these cells::

        # %% [markdown] id="intro" lang="en"           prose; the Russian twin comes next
        # %% [markdown] id="intro" lang="ru" of="1f..." `of` names the English that was translated:
                                                        `autograder build --stamp ID` writes it
        # %% [markdown] task="zero-init" lang="en"     the head of a task; its id is the task's name
        # %% setup                                     locked; belongs to the course. The first one
                                                       holds checks.use_language("en"), where the
                                                       builder puts the notebook's language
        # %% id="look-at-bits"                         a free cell that nothing graded depends on
        # %% task="zero-init" answer exhibits="moves"  the student's cell, one a task; exhibits are
                                                       the names that tests may read ("a, b")
        # %% task="zero-init" test points=2            a locked test cell; several need several ids,
                                                       made (zero-init-test, zero-init-test-2) or
                                                       given (id="zero-init-bias")
        # %% task="why-taper" written points=2 lang="en"   answered in words, with its Russian twin

    A code cell that measures statements of the sources says which: claims="W2 W3" (see
    :mod:`autograder.building.claims`).

    In an answer, ``### BEGIN SOLUTION`` to ``### END SOLUTION`` holds the right answer. Students get
    the rest, the starting code, with a comment in place of the region; it must parse, and where it
    has statements it must bind every exhibit. In a written cell students get what is outside of the
    region. In a test, ``### BEGIN HIDDEN TESTS`` to ``### END HIDDEN TESTS`` stays with instructors.

    Names: setup reads setup; an answer reads setup; a test reads setup and its task's exhibits, and
    binds only names that no other kind of cell binds. A test is, after its own imports, assignments
    and functions, one or more ``with task("zero-init"):`` blocks. An exhibit belongs to one task. An
    answer rebinds a setup name only as an exhibit.

``unit.toml``
    ``title`` {en, ru}, ``minutes``, ``difficulty`` (1 to 5), ``objectives`` [{en, ru}],
    ``prerequisites`` [text], ``out_of_scope`` [{en, ru}]; per task, ``[tasks.zero-init]`` with
    ``minutes``, ``practice`` (default false; its tests have no points), ``hints`` [{en, ru}, ...]
    (two or more), ``rubric`` [{en, ru}] (written tasks), and ``[tasks.zero-init.wrong.all-move]``
    with ``says`` {en, ru}, a part of the message that this wrong answer must meet. The table
    ``equivalent`` of a task names mutants of its solution that are right as well, and why.

``answers/zero-init.py``
    percent cells, each in place of the whole answer cell: ``# %% right="sets"`` (four or more, in
    different styles) and ``# %% wrong="all-move"`` (six or more, different in kind). Written and
    practice tasks need none.

Ids, task names and variant names are slugs: small letters, digits, single hyphens. Task names are
unique in the whole course. Anything else is refused with the file and the line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from autograder.building._percent import place
from autograder.building._toml import Texts
from autograder.building.claims import Claim
from autograder.errors import Problem

Kind = Literal["prose", "setup", "free", "answer", "test", "written"]

_LANGUAGE_CALL = 'checks.use_language("en")'


@dataclass(frozen=True)
class Cell:
    """One cell of a master; a twin pair of prose is one cell with two texts."""

    kind: Kind
    id: str
    path: Path
    line: int  #: of the cell mark, from 1
    source: str  #: code, or the English text, regions included
    russian: str | None = None  #: prose and written cells; None while the twin is missing
    russian_line: int | None = None
    of: str | None = None  #: hash of the English text that the twin translates
    task: str | None = None
    exhibits: tuple[str, ...] = ()
    points: float | None = None
    claims: tuple[str, ...] = ()  #: statements of the sources that it measures

    @property
    def is_text(self) -> bool:
        """Whether this is prose or a written answer, not code."""
        return self.kind in ("prose", "written")

    def text(self, lang: str) -> str:
        """The source with its regions, as it stands in the solution notebook of ``lang``."""
        if not self.is_text:
            return self.source.replace(_LANGUAGE_CALL, _LANGUAGE_CALL.replace("en", lang))
        if lang == "en":
            return self.source
        if self.russian is None:
            raise Problem(
                f'{place(self.path)}:{self.line}: "{self.id}" has no Russian twin. Write it in the '
                f'next cell: # %% [markdown] id="{self.id}" lang="ru", or build with --lang en.'
            )
        return self.russian


@dataclass(frozen=True)
class Variant:
    """A registered right or wrong answer: it takes the place of the whole answer cell."""

    name: str
    right: bool
    source: str
    path: Path
    line: int
    says: Texts | None = None  #: wrong answers: a part of the message that must be met


@dataclass(frozen=True)
class Task:
    """A task of a unit, with its cells and what ``unit.toml`` and ``answers/`` say about it."""

    name: str
    minutes: float
    practice: bool
    hints: tuple[Texts, ...]
    rubric: tuple[Texts, ...]
    answer: Cell | None  #: None for a written task
    tests: tuple[Cell, ...]
    written: Cell | None
    right: tuple[Variant, ...] = ()
    wrong: tuple[Variant, ...] = ()
    equivalent: dict[str, str] = field(default_factory=dict)  #: mutant -> why it is right as well

    @property
    def exhibits(self) -> tuple[str, ...]:
        return self.answer.exhibits if self.answer else ()

    @property
    def points(self) -> float:
        """The most that the task can earn."""
        return sum(c.points or 0 for c in (*self.tests, self.written) if c)


@dataclass(frozen=True)
class Unit:
    """A unit as it stands in the masters."""

    id: str  #: "01-feet-dense", also nbgrader's assignment name
    folder: Path
    title: Texts
    minutes: float
    difficulty: int
    objectives: tuple[Texts, ...]
    prerequisites: tuple[str, ...]
    out_of_scope: tuple[Texts, ...]
    cells: tuple[Cell, ...]
    tasks: dict[str, Task] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        """The notebook's name, without extension."""
        return self.id.split("-", 1)[1]

    @property
    def master(self) -> Path:
        return self.folder / f"{self.slug}.py"

    @property
    def points(self) -> float:
        return sum(task.points for task in self.tasks.values())

    @cached_property
    def setup(self) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.cells if cell.kind == "setup")

    def notebook(self, lang: str, kind: str = "release", answers: dict[str, str] | None = None):
        """The nbformat notebook in ``lang``: what students get ("release") or the "solution".

        ``answers`` (task name -> source) replaces whole answer and written cells, as a student
        would; everything else, checksums included, stays as it is.
        """
        from autograder.building.notebooks import notebook

        return notebook(self, lang, kind, answers or {})


def checkout(start: Path | str | None = None) -> Path:
    """The course's checkout: the nearest folder with ``course/units`` at or above ``start``
    (default: the current directory), or the one this package is installed from.

    Raises Problem when there is none.
    """
    here = Path(start or Path.cwd()).absolute()
    candidates = [here, *here.parents]
    if start is None:
        candidates.append(Path(__file__).absolute().parents[2])
    for folder in candidates:
        if (folder / "course" / "units").is_dir():
            return folder
    raise Problem(
        f"Expected a checkout with course/units at or above {here}. Received none: the installed "
        "package holds no masters. Run the command inside a clone of the repository.",
        exit_code=2,
    )


def units(root: Path | str | None = None, only: tuple[str, ...] = ()) -> list[Unit]:
    """Every unit of the checkout ``root``, or those named in ``only``, in order.

    Raises Problem at the first mistake in a master, naming file and line, and for an unknown unit.
    """
    from autograder.building._reader import read_unit

    root = checkout(root)
    folders = {
        path.parent.name: path.parent for path in (root / "course/units").glob("*/unit.toml")
    }
    for name in only:
        if name not in folders:
            raise Problem(
                f"Expected one of the units {', '.join(sorted(folders)) or '(there are none)'}. "
                f"Received: {name}.",
                exit_code=2,
            )
    found = [read_unit(folders[name]) for name in sorted(set(only) or folders)]
    seen: dict[str, Unit] = {}
    for unit in found:
        for name in unit.tasks:
            if name in seen:
                raise Problem(
                    f"{place(unit.master)}: the task {name} is in {seen[name].id} too. Rename one."
                )
            seen[name] = unit
    return found


def is_slug(text: object, longest: int = 56) -> bool:
    """Whether ``text`` can be an id: small letters, digits and single hyphens."""
    good = isinstance(text, str) and re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text)
    return bool(good) and len(text) <= longest
