"""Jobs for the pool, made of small submissions."""

import submissions


def cell(kind, source, id, task=None, exhibits=(), points=0):
    return {
        "id": id, "kind": kind, "source": source, "task": task, "exhibits": list(exhibits),
        "points": points,
    }  # fmt: skip


def made(answer, test, *more, id=None, setup=submissions.SETUP, seconds=20.0, **rest):
    cells = [
        cell("setup", setup, "setup"),
        cell("answer", answer, "answer", "t", ["answer"]),
        cell("test", test, "test", "t", ["answer"], 2),
        *more,
    ]
    return {
        "id": id,
        "cells": cells,
        "limits": {"cell": seconds, "notebook": 60, "memory": 1024},
        "seed": 1,
        **rest,
    }


def job(attack):
    """An attack, and behind it a task that is answered honestly."""
    honest = [
        cell("answer", "other = 2 + 3", "other", "u", ["other"]),
        cell("test", "with task('honest'):\n    checks.numbers(other, 5)", "honest", "u", ["other"], 2),
    ]  # fmt: skip
    return made(
        attack.answer, attack.test, *honest, id=attack.name, setup=attack.setup,
        seconds=attack.seconds,
    )  # fmt: skip


def by_id(result):
    return {c["id"]: c for c in result["cells"]}


def earned(done):
    """Points of a test cell of 2 points."""
    return (2.0 if done["points"] is None else done["points"]) * (done["outcome"] == "passed")


def printed(done):
    return "".join(o["text"] for o in done["outputs"] if o["output_type"] == "stream")
