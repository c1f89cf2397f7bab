"""``autograder start``, ``reset`` and ``export``: the workbook without a server."""

from __future__ import annotations

import importlib.util
import signal
import socket
import subprocess
import sys
from pathlib import Path

import click

from autograder.errors import Problem
from autograder.messages import LANGUAGES, msg

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("unit", required=False)
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", show_default=True)
@click.option(
    "--folder", type=_PATH, default="footguns", show_default=True, help="Where to put it."
)
@click.option("--no-lab", is_flag=True, help="Copy only; do not open JupyterLab.")
@click.option(
    "--no-browser", is_flag=True, help="Start JupyterLab, print its address, open nothing."
)
@click.option("--port", type=click.IntRange(1, 65535), help="This one, rather than the first free.")
def start(unit, lang, folder, no_lab, no_browser, port):
    """Copy UNIT to a folder of yours and open it in JupyterLab.

    UNIT is a name such as 01-feet-dense, feet-dense or 1; without it, the first unit that is not in
    the folder yet. A notebook that is there already is left alone.
    """
    from autograder.student.copies import copy_unit, next_unit, unit_named

    if port is not None and not no_lab:
        _must_be_free(port)
    unit = unit_named(unit, lang) if unit else next_unit(folder, lang)
    path = copy_unit(unit, folder, lang)
    click.echo(path)
    if no_lab:
        return 0
    if importlib.util.find_spec("jupyterlab") is None:
        click.echo(
            msg("Open it with Jupyter: {command}", command=f"jupyter notebook {path}").text(lang)
        )
        return 0
    # The address that it prints leads to the notebook then, and not to a list of files.
    options = ["--no-browser", f"--LabApp.default_url=/lab/tree/{path.name}"] if no_browser else []
    if port is not None:
        options += [f"--port={port}", "--ServerApp.port_retries=0"]
    return _until_it_ends([sys.executable, "-m", "jupyterlab", *options, str(path)])


def _must_be_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers ask for it
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Problem(
                msg(
                    "Expected a port that is free. Received: {port}, {error}. Name another one: "
                    "--port NUMBER.",
                    port=port,
                    error=error.strerror,
                )
            ) from None


def _until_it_ends(command: list[str]) -> int:
    """Run ``command`` and return its exit code.

    Ctrl-C reaches it as well, and it has its own way of ending: it asks, and closes its kernels. So
    nothing is ended from here, but for whoever asks this process to end.
    """
    process = subprocess.Popen(command)
    answers = {
        signal.SIGINT: signal.SIG_IGN,  # not before the process is there: it would inherit it
        signal.SIGTERM: lambda *_: process.terminate(),
    }
    before = {number: signal.signal(number, answer) for number, answer in answers.items()}
    try:
        return process.wait()
    finally:
        for number, answer in before.items():
            signal.signal(number, answer)


@click.command()
@click.argument("notebook", type=_PATH)
@click.option("--lang", type=click.Choice(LANGUAGES), help="Another language than the notebook's.")
def reset(notebook, lang):
    """Put NOTEBOOK back as it was handed out. Your work is kept beside it, as a backup."""
    from autograder.student.copies import restore

    backup = restore(notebook, lang)
    if backup is None:
        told = msg("{path} is as it was handed out: nothing to do.", path=notebook)
    else:
        told = msg(
            "{path} is as it was handed out. Your work: {backup}", path=notebook, backup=backup
        )
    click.echo(told.text(lang or "en"))


@click.command()
@click.argument("unit", metavar="UNIT|NOTEBOOK")
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", show_default=True)
@click.option("--output", type=_PATH, help="The file to write, - for standard output.")
def export(unit, lang, output):
    """Write a unit, or a notebook of yours with its outputs, as one HTML page.

    For reading offline and on paper: the page needs no network and runs nothing. A file that is there
    already is left alone.
    """
    from autograder.student.copies import handed_out, unit_named
    from autograder.student.paper import page

    path = Path(unit)
    if not (path.suffix == ".ipynb" or path.is_file()):
        path = handed_out(lang)[unit_named(unit, lang)]
    text = page(path)
    if str(output) == "-":
        click.echo(text, nl=False)
        return
    output = output or Path(f"{path.stem}.html")
    try:
        with output.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise Problem(
            msg(
                "Expected no file {path} yet. Received: it is there, and was left alone. Name another "
                "one: --output FILE.",
                path=output,
            )
        ) from None
    click.echo(output)
