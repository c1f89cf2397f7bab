"""Is everything here that the workbook needs? One line says what is missing, and how to mend it.

This module itself needs nothing but Python: it must be able to speak where the rest is missing.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import re
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from autograder.errors import Problem
from autograder.messages import Message, msg

#: What notebooks import, with the oldest versions that they are tested with (as in setup.cfg).
PYTHON = (3, 11)
NEEDS = {
    "numpy": "1.26",
    "tensorflow": "2.18",
    "keras": "3.8",
    "scikit-learn": "1.4",
    "platformdirs": "4",
}
_OTHER_NAMES = {"tensorflow": ("tensorflow-cpu", "tensorflow-intel", "tensorflow-macos")}
_NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")


def require() -> None:
    """Raise Problem, one line with the command that mends it, unless notebooks can run here.

    Looks at Python, at the versions of the packages in :data:`NEEDS`, at Keras' backend, and then
    imports TensorFlow and Keras, which takes seconds the first time.
    """
    if sys.version_info < PYTHON:
        raise Problem(
            msg(
                "✘ Expected: Python {least} or newer. Found: {found} ({where}). Install a newer one, then "
                "run in a terminal: {command}",
                least=".".join(map(str, PYTHON)),
                found=platform.python_version(),
                where=sys.executable,
                command=f"python3.12 -m venv env && env/bin/pip install {_source()} && env/bin/jupyter lab",
            )
        )
    _require_packages()
    if (name := _backend()) != "tensorflow":
        raise Problem(
            msg(
                "✘ Expected: Keras on TensorFlow. Found: Keras on {name}. Restart the kernel, run {command} "
                "in a cell of its own, then this cell.",
                name=name,
                command="%env KERAS_BACKEND=tensorflow",
            )
        )
    _import_keras()


def ready() -> None:
    """Print what was found: versions, data made without a network, where data are kept.

    Raises Problem like :func:`require`.
    """
    require()
    import keras
    import numpy
    import tensorflow

    samples, seconds, calls = _made()
    rows = [
        ("Python", platform.python_version(), sys.executable),
        ("TensorFlow", tensorflow.__version__, ""),
        ("Keras", keras.__version__, ""),
        ("NumPy", numpy.__version__, ""),
        (
            msg("data").text(),
            msg("{n} digits", n=samples).text(),
            msg("made in {s:.1f} s; network calls: {calls}", s=seconds, calls=calls).text(),
        ),
    ]
    print(msg("✔ Ready, offline.") if not calls else msg("✔ Ready."))
    wide = [max(len(row[i]) for row in rows) for i in range(2)]
    for row in rows:
        print(f"  {row[0]:{wide[0]}}  {row[1]:{wide[1]}}  {row[2]}".rstrip())
    print(_cache_line())


def installed(name: str) -> str | None:
    """The version of the package that Python would import, None where there is none."""
    for candidate in (name, *_OTHER_NAMES.get(name, ())):
        try:
            return importlib.metadata.version(candidate)
        except importlib.metadata.PackageNotFoundError:
            continue
    return None


def _source() -> str:
    """What pip installs the workbook from: the checkout that this file lies in, or its name."""
    root = Path(__file__).resolve().parents[2]
    return f'"{root}"' if (root / "setup.cfg").is_file() else "footguns"


def _require_packages() -> None:
    found = {name: installed(name) for name in NEEDS}
    missing = [name for name, version in found.items() if version is None]
    old = {
        name: version
        for name, version in found.items()
        if version is not None and _numbers(version) < _numbers(NEEDS[name])
    }
    if missing or old:
        wanted = [f'"{name}>={NEEDS[name]}"' for name in (*missing, *old)]
        raise Problem(
            msg(
                "✘ {what}. Run {command} in a cell, then restart the kernel.",
                what=_what(missing, old),
                command="%pip install " + " ".join(wanted),
            )
        )


def _what(missing: list[str], old: dict[str, str]) -> Message:
    gone = ", ".join(missing)
    aged = ", ".join(f"{name} {version} < {NEEDS[name]}" for name, version in old.items())
    if missing and old:
        return msg("Missing: {missing}. Too old: {old}", missing=gone, old=aged)
    if missing:
        return msg("Missing: {missing}", missing=gone)
    return msg("Too old: {old}", old=aged)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.match(r"[\d.]*", version)[0].split(".") if part)


def _backend() -> str:
    """What Keras computes with: the variable KERAS_BACKEND, or Keras' settings file, as it reads them."""
    if "keras" in sys.modules:
        return sys.modules["keras"].config.backend()
    if name := os.environ.get("KERAS_BACKEND"):
        return name
    from autograder.places import keras_home

    try:
        return json.loads((keras_home() / "keras.json").read_text(encoding="utf-8"))["backend"]
    except (OSError, ValueError, KeyError, TypeError):
        return "tensorflow"


def _import_keras() -> None:
    from autograder.checks import quietly

    try:
        with quietly():
            import tensorflow  # noqa: F401
            from keras import layers  # noqa: F401
    except Exception as error:  # whatever a damaged installation raises
        text = " ".join(str(error).split())
        raise Problem(
            msg(
                "✘ TensorFlow and Keras are installed, but importing them stops with {kind}: {text}. Run "
                "{command} in a cell, then restart the kernel.",
                kind=type(error).__name__,
                text=text if len(text) < 160 else text[:159] + "…",
                command="%pip install --force-reinstall tensorflow keras",
            )
        ) from None


def _made() -> tuple[int, float, int]:
    """How many digits were made, in how many seconds, with how many network calls."""
    from course.lab.data import _make

    started = time.perf_counter()
    with _network_calls() as calls:
        made = _make.digits()
    samples = len(made["x_train"]) + len(made["x_test"])
    return samples, time.perf_counter() - started, len(calls)


def _cache_line() -> Message:
    """Where data sets are kept, or the command that gives them a place."""
    from autograder.places import data_cache

    folder = data_cache()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:
        return msg(
            "  ! Nothing can be written to {folder}: data are made anew in every session. That works; to "
            "keep them, run {command} in a cell.",
            folder=folder,
            command=f"%env FOOTGUNS_CACHE={Path(tempfile.gettempdir()) / 'footguns'}",
        )
    return msg("  Data are kept in {folder}", folder=folder)


# Python reports every call that reaches for the network to its audit hooks, which stay for ever.
_listening: dict[int, list[str]] = {}  # thread -> what it asked of the network


@cache
def _listen() -> None:
    def hook(event, _):
        if event in _NETWORK and threading.get_ident() in _listening:
            _listening[threading.get_ident()].append(event)

    sys.addaudithook(hook)


@contextmanager
def _network_calls():
    """The list of what this thread asks of the network while the block runs."""
    _listen()
    thread = threading.get_ident()
    calls = _listening.setdefault(thread, [])
    try:
        yield calls
    finally:
        _listening.pop(thread, None)
