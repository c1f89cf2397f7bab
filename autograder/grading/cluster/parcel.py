"""Jobs and results as bytes that travel between machines without a file system in common.

What comes back is JSON and never unpickled, since it says what a student's process has said. It
is bounded in size, and checked as the pool checks what it hears from a fork.
"""

from __future__ import annotations

import json
from pathlib import Path

from autograder.grading.engine import results, wire
from autograder.grading.engine.files import archive
from autograder.grading.engine.job import Job, Result
from autograder.messages import Pair

MAX_RESULT = wire.MAX_TOTAL  # bytes


class Damaged(ValueError):
    """Bytes from a worker that are no result of the job."""


def pack(job: Job) -> tuple[bytes, list[bytes]]:
    """A job as (JSON without its id, a tar archive for every folder in its ``files``).

    Equal jobs give equal bytes. Files are left out as :func:`~autograder.grading.engine.files.copy_files`
    leaves them out. Raises OSError when a file cannot be read.
    """
    rest = {k: v for k, v in job.items() if k not in ("id", "files")}
    archives = [archive(Path(folder)) for folder in job.get("files", ())]
    return json.dumps(rest, sort_keys=True).encode(), archives


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


def checked(result: object, job: Job) -> Result:
    """``result`` of ``job`` with the job's own id, and nothing in it that a pool would not say.

    Raises Damaged when its cells are not those of the job.
    """
    if isinstance(result, dict) and (why := results.checked_texts(result.get("failed"))):
        return {"id": job.get("id"), "failed": Pair(why)}
    cells = result.get("cells") if isinstance(result, dict) else None
    if not isinstance(cells, list) or len(cells) != len(job["cells"]):
        raise Damaged("a result of another notebook")
    isolation = result.get("isolation")
    return {
        "id": job.get("id"),
        "isolation": isolation if isinstance(isolation, dict) else {},
        "seconds": results.checked_number(result.get("seconds")),
        "replays": int(results.checked_number(result.get("replays"))),
        "reason": results.checked_texts(result.get("reason")),
        "cells": [_cell(*pair) for pair in zip(cells, job["cells"], strict=True)],
    }


def _cell(done, cell):
    if not isinstance(done, dict):
        raise Damaged("a cell of another kind")
    return results.said_by_worker(done, cell)


def _dump(answer):
    return json.dumps(answer, ensure_ascii=False).encode("utf-8", "surrogatepass")
