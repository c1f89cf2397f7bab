"""Jobs and results as bytes that travel between machines without a file system in common.

What comes back is JSON and never unpickled, since it says what a student's process has said. It
is bounded in size, and checked as the pool checks what it hears from a fork.
"""

from __future__ import annotations

import io
import json
import tarfile
import tempfile
from pathlib import Path, PurePath

from autograder.grading.engine import wire
from autograder.grading.engine.host import copy_files, make_folder, place
from autograder.grading.engine.outputs import well_formed
from autograder.messages import LANGUAGES, Pair

MAX_RESULT = wire.MAX_TOTAL  # bytes
_MAX_TEXT = 16_000  # characters; a checked message and what is said of its answer stay below
_ENDED = {"error", "timeout", "killed", "missing"}
_OUTCOMES = {"test": _ENDED | {"passed", "failed", "unchecked"}}
_OTHERS = _ENDED | {"ran", "skipped"}


class Damaged(ValueError):
    """Bytes from a worker that are no result of the job."""


def pack(job: dict) -> tuple[bytes, list[bytes]]:
    """A job as (JSON without its id, a tar archive for every folder in its ``files``).

    Equal jobs give equal bytes. Files are left out as :func:`~autograder.grading.engine.host.copy_files`
    leaves them out. Raises OSError when a file cannot be read.
    """
    rest = {k: v for k, v in job.items() if k not in ("id", "files")}
    archives = [_archive(Path(folder)) for folder in job.get("files", ())]
    return json.dumps(rest, sort_keys=True).encode(), archives


def put(files: str | bytes, target: Path) -> None:
    """Copy a folder's files into the folder ``target``, or those of the archive made of them."""
    if isinstance(files, str):
        copy_files(Path(files), target)
        return
    with tarfile.open(fileobj=io.BytesIO(files)) as tar:
        for member in tar:
            inside = PurePath(member.name)
            if member.isdir():
                make_folder(target, inside)
            else:
                place(target, inside).write_bytes(tar.extractfile(member).read())


def seal(answer: dict) -> bytes:
    """A worker's answer as bytes; one that is too large loses what its cells printed."""
    data = _dump(answer)
    if len(data) > MAX_RESULT:
        cells = [{**cell, "outputs": []} for cell in answer["result"]["cells"]]
        data = _dump({**answer, "result": {**answer["result"], "cells": cells}})
    return data


def open_seal(data: object) -> dict:
    """The dict in a worker's bytes. Raises Damaged."""
    if not isinstance(data, bytes) or len(data) > MAX_RESULT:
        raise Damaged("something else than a result of at most 96 MB")
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError):
        raise Damaged("something that is not JSON") from None
    if not isinstance(answer, dict):
        raise Damaged("JSON of another kind")
    return answer


def checked(result: object, job: dict) -> dict:
    """``result`` of ``job`` with the job's own id, and nothing in it that a pool would not say.

    Raises Damaged when its cells are not those of the job.
    """
    if isinstance(result, dict) and (why := _texts(result.get("failed"))):
        return {"id": job.get("id"), "failed": Pair(why)}
    cells = result.get("cells") if isinstance(result, dict) else None
    if not isinstance(cells, list) or len(cells) != len(job["cells"]):
        raise Damaged("a result of another notebook")
    isolation = result.get("isolation")
    return {
        "id": job.get("id"),
        "isolation": isolation if isinstance(isolation, dict) else {},
        "seconds": _number(result.get("seconds")),
        "replays": int(_number(result.get("replays"))),
        "reason": _texts(result.get("reason")),
        "cells": [_cell(*pair) for pair in zip(cells, job["cells"], strict=True)],
    }


def _cell(done, cell):
    if not isinstance(done, dict):
        raise Damaged("a cell of another kind")
    outcome, points = done.get("outcome"), done.get("points")
    if outcome not in _OUTCOMES.get(cell["kind"], _OTHERS):
        outcome = "error"
    if type(points) not in (int, float) or not 0 <= points <= (cell.get("points") or 0):
        points = None
    return {
        "id": cell["id"],
        "kind": cell["kind"],
        "task": cell.get("task"),
        "outcome": outcome,
        "message": _texts(done.get("message")),
        "points": points,
        "outputs": well_formed(done.get("outputs")),
        "seconds": _number(done.get("seconds")),
    }


def _texts(message):
    if not isinstance(message, dict) or not all(isinstance(v, str) for v in message.values()):
        return None
    return {lang: message.get(lang, "")[:_MAX_TEXT] for lang in LANGUAGES}


def _number(value):
    return value if type(value) in (int, float) and 0 <= value < 1e9 else 0.0


def _dump(answer):
    return json.dumps(answer, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _archive(source):
    archive = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix="footguns-") as folder:
        copy_files(source, Path(folder))
        with tarfile.open(fileobj=archive, mode="w") as tar:
            tar.add(folder, arcname=".", filter=_anonymous)
    return archive.getvalue()


def _anonymous(member):
    """A file's entry without what differs between two copies of the file."""
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.isdir() else 0o644
    return member
