"""``autograder health``."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

_WAYS = {"both": (False, True), "apart": (False,), "inside": (True,)}


@click.command(help="Prove the exercises: solutions pass, untouched and wrong answers fail.")
@click.argument("unit", required=False)
@click.option("--task", "only", help="Only the registered answers and mutants of this task.")
@click.option("--workers", type=click.IntRange(1), help="Notebooks at a time (default: cores).")
@click.option("--mutants/--no-mutants", default=True, help="Whether to mutate the solutions too.")
@click.option(
    "--equivalents", is_flag=True,
    help="Run the mutants that are registered as right as well: they must pass.",
)  # fmt: skip
@click.option(
    "--ways", type=click.Choice(list(_WAYS)), default="both", show_default=True,
    help="Judged in the student's process, in one of its own, or one after the other.",
)  # fmt: skip
@click.option("--json", "report", type=click.Path(dir_okay=False, path_type=Path))
def health(unit, only, workers, mutants, equivalents, ways, report):
    from rich.console import Console
    from rich.progress import Progress

    from autograder.building.masters import units
    from autograder.errors import Problem
    from autograder.grading.engine.pool import Pool
    from autograder.health.proofs import proofs
    from autograder.health.report import Judgement, table

    found = units(only=(unit,) if unit else ())
    known = sorted(name for each in found for name in each.tasks)
    if only and only not in known:
        raise Problem(f"Expected one of the tasks {', '.join(known)}. Received: {only}.", 2)
    mutated = [kind for kind, on in (("mutant", mutants), ("equivalent", equivalents)) if on]
    work = {
        proof.id: (proof, job)
        for each in found
        for proof, job in proofs(each, mutated, _WAYS[ways])
        if not only or (proof.task and proof.task.name == only)
    }
    console = Console()
    judgement = Judgement()
    # Memory is not what is proved here.
    with (
        Pool(workers, thrifty=False) as pool,
        Progress(console=console, transient=True) as progress,
    ):
        bar = progress.add_task("proving", total=len(work))
        for result in pool.run(job for _, job in work.values()):
            judgement.take(work[result["id"]][0], result)
            progress.advance(bar)
    judgement.finish()
    console.print(table(judgement.units))
    broken = [line for each in judgement.units.values() for line in each.broken]
    for line in broken:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if report:
        content = {name: asdict(each) for name, each in judgement.units.items()}
        report.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    sys.exit(1 if broken else 0)
