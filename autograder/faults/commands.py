"""``autograder doctor``."""

from __future__ import annotations

import json
import sys

import click


def _task(text, classes, shape, labels, several):
    """The Task that the options describe; None without ``--task``. Raises UsageError."""
    from autograder.faults import Task

    if text is None:
        if classes or labels or several:
            raise click.UsageError("--classes, --labels and --several go with --task.")
        return None
    kind, _, number = text.partition(":")
    if kind not in ("classification", "regression") or (number and not number.isdigit()):
        raise click.UsageError(
            f"Expected --task classification, classification:10 or regression. Received: {text}."
        )
    count = classes or (int(number) if number else None)
    if kind == "classification" and count is None:
        raise click.UsageError("Expected the number of classes: --task classification:10.")
    return Task(kind, count or 1, not several, shape or (), labels or "index")


def _shape(ctx, option, text):
    if text is None:
        return None
    parts = text.replace("x", ",").split(",")
    if not all(p.strip().isdigit() for p in parts):
        raise click.UsageError(f"Expected a shape such as 28,28,1. Received: {text}.", ctx)
    return tuple(int(p) for p in parts)


@click.command()
@click.argument("model", type=click.Path(path_type=str))
@click.option("--task", metavar="TASK", help="What it is for: classification:10 or regression.")
@click.option("--classes", type=click.IntRange(1), help="Number of classes or of targets.")
@click.option("--input-shape", metavar="SIZES", callback=_shape, help="Of one sample: 28,28,1.")
@click.option("--labels", type=click.Choice(["index", "onehot"]), help="Format of the labels.")
@click.option("--several", is_flag=True, help="Several classes may be right at once.")
@click.option("--quick", is_flag=True, help="Look at the layers only; run nothing.")
@click.option("--seconds", type=click.FloatRange(min=0), default=0.3, show_default=True,
              help="For passes on random inputs.")  # fmt: skip
@click.option("--hints", is_flag=True, help="Also what most good models have.")
@click.option("--lang", type=click.Choice(["en", "ru"]), help="Language of the report.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def doctor(
    model, task, classes, input_shape, labels, several, quick, seconds, hints, lang, as_json
):
    """Diagnose a saved model (.keras, .h5, .json) or a program that makes one (.py).

    A program is read, not run. Exit code 1 when there is a fault or the model cannot be read.
    """
    from autograder.faults import diagnose
    from autograder.messages import use_language

    if lang:
        use_language(lang)
    brief = _task(task, classes, input_shape, labels, several)
    settings = {"measure": not quick, "seconds": seconds, "hints": hints}
    report = diagnose(model, brief, input_shape=input_shape, **settings)
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False, indent=1))
    else:
        click.echo(report.text())
    sys.exit(1 if report.faults or report.unread is not None else 0)
