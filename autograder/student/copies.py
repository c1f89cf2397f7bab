"""A student's own copies of the handed-out notebooks. What is there is never written over."""

from __future__ import annotations

import difflib
import json
from datetime import datetime
from importlib import metadata
from pathlib import Path

from autograder.errors import Problem
from autograder.messages import LANGUAGES, msg
from autograder.writing import write_atomically

#: Where an installed package keeps them, below the environment's own folder: see setup.cfg.
_SHARED = "share/footguns/assignments"


def handed_out(lang: str) -> dict[str, Path]:
    """Unit -> its notebook in ``lang``, in the course's order. Raises Problem when there are none."""
    found = {path.parent.name: path for path in _notebooks(lang)}
    if not found:
        raise Problem(
            msg(
                "Expected the course's notebooks beside this package. Received none. Install it "
                "again: {command}",
                command="python -m pip install --force-reinstall footguns",
            )
        )
    return dict(sorted(found.items()))


def _notebooks(lang):
    root = Path(__file__).parents[2]  # a checkout, or what `pip install --target` was given
    for folder in (root / "assignments" / lang, root / _SHARED / lang):
        if folder.is_dir():
            return list(folder.glob("*/*.ipynb"))
    wanted = f"{_SHARED}/{lang}/"
    files = [f for d in metadata.distributions(name="footguns") for f in d.files or ()]
    paths = [Path(f.locate()) for f in files if wanted in f.as_posix() and f.suffix == ".ipynb"]
    return [path for path in paths if path.exists()]


def unit_named(name: str, lang: str) -> str:
    """The unit that somebody calls "01-feet-dense", "feet-dense" or "1".

    Raises Problem, with the nearest name, when there is none.
    """
    known = list(handed_out(lang))
    for unit in known:
        number, _, slug = unit.partition("-")
        if name in (unit, slug, number) or (name.isdecimal() and int(name) == int(number)):
            return unit
    near = difflib.get_close_matches(name, [*known, *(u.partition("-")[2] for u in known)], n=1)
    hint = msg(" Did you mean {name}?", name=near[0]) if near else ""
    raise Problem(
        msg(
            "Expected a unit of {known}. Received: {name}.{hint}",
            known=", ".join(known),
            name=name,
            hint=hint,
        ),
        exit_code=2,
    )


def next_unit(folder: Path, lang: str) -> str:
    """The first unit that is not in ``folder`` yet. Raises Problem when all are."""
    for unit, source in handed_out(lang).items():
        if not (folder / unit / source.name).exists():
            return unit
    raise Problem(
        msg(
            "Expected a unit that is not in {folder} yet. Received: all of them are there. Open them: "
            "{command}",
            folder=folder,
            command=f"jupyter lab {folder}",
        )
    )


def copy_unit(unit: str, folder: Path, lang: str) -> Path:
    """Copy the notebook of ``unit`` to ``folder/unit``; returns its path.

    Raises Problem, and writes nothing, where something of that name is there already.
    """
    source = handed_out(lang)[unit]
    target = folder / unit / source.name
    if target.exists() or target.is_symlink():
        raise Problem(
            msg(
                "Expected no notebook {path} yet. Received: it is there, with your work perhaps, and "
                "was left alone. Open it: {open}. To begin again: {reset}.",
                path=target,
                open=f"jupyter lab {target}",
                reset=f"autograder reset {target}",
            )
        )
    try:
        write_atomically(target, source.read_bytes())
    except OSError as error:
        raise _unwritable(target, error) from None
    return target


def restore(path: Path, lang: str | None = None) -> Path | None:
    """Put the notebook at ``path`` back as it was handed out; returns its backup, beside it.

    None, and nothing is written, when it is as it was. The unit and the language are read from the
    notebook; from the file's name, and ``lang``, where it cannot be read. Raises Problem for a file
    that is missing or no notebook of the course; then nothing is written.
    """
    if not path.is_file():
        what = msg("a folder") if path.is_dir() else msg("nothing of that name")
        raise Problem(
            msg(
                "Expected a notebook of yours, such as 01-feet-dense/feet-dense.ipynb. Received: "
                "{path}, {what}.",
                path=path,
                what=what,
            ),
            exit_code=2,
        )
    source = _origin(path, lang)
    if source.read_bytes() == path.read_bytes():
        return None
    stamp = f"{datetime.now():%Y%m%d-%H%M%S}"
    number, backup = 1, path.with_name(f"{path.stem}.backup-{stamp}{path.suffix}")
    while backup.exists():
        number += 1
        backup = path.with_name(f"{path.stem}.backup-{stamp}-{number}{path.suffix}")
    try:
        write_atomically(backup, path.read_bytes())
        write_atomically(path, source.read_bytes(), path.stat().st_mode & 0o777)
    except OSError as error:
        raise _unwritable(path, error) from None
    return backup


def _origin(path, lang) -> Path:
    unit, language = _said_by(path)
    lang = lang or language or "en"
    known = handed_out(lang)
    if unit is None:  # it cannot be read: that is when somebody wants it back
        unit = next((u for u, source in known.items() if source.name == path.name), None)
    if unit not in known:
        raise Problem(
            msg(
                "Expected a notebook of {known}. Received: {path}, which is none of them.",
                known=", ".join(known),
                path=path,
            ),
            exit_code=2,
        )
    return known[unit]


def _said_by(path):
    """(unit, language) as a notebook's own metadata say; None for what they do not."""
    try:
        about = json.loads(path.read_text(encoding="utf-8"))["metadata"]["footguns"]
        unit, lang = about.get("unit"), about.get("language")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None, None
    return unit, lang if lang in LANGUAGES else None


def _unwritable(path, error):
    return Problem(
        msg(
            "Expected to write in {folder}. Received: {error}. Nothing was changed.",
            folder=path.parent,
            error=error.strerror or str(error),
        )
    )
