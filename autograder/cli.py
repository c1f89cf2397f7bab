"""The command line: ``autograder COMMAND``.

Commands load when they are called for, so that help answers at once. What a person at the keyboard
can mend arrives as one line on stderr; exit code 1 means that something checked has failed, 2 that
the command was used in the wrong way.
"""

from __future__ import annotations

import difflib
import sys
from importlib import import_module

import click

from autograder.errors import Problem

#: name -> (where the command is, what the overview says about it)
COMMANDS = {
    "start": ("autograder.student.commands:start", "Copy a unit and open it in JupyterLab."),
    "reset": ("autograder.student.commands:reset", "Put a notebook back as it was; keep a backup."),
    "export": ("autograder.student.commands:export", "Write a notebook as HTML, to read or print."),
    "build": ("autograder.building.commands:build", "Make the notebooks from the masters."),
    "health": (
        "autograder.health.commands:health",
        "Prove the exercises: right answers pass, wrong answers fail.",
    ),
    "init": ("autograder.grading.commands:init", "Make a course directory for nbgrader."),
    "demo": ("autograder.grading.commands:demo", "Make a course directory with a varied class."),
    "grade": ("autograder.grading.commands:grade", "Grade a class of submissions."),
    "regrade": (
        "autograder.grading.commands:regrade",
        "Grade again with today's checks; show old marks against new.",
    ),
    "kernel": (
        "autograder.kernels.commands:kernel",
        "Install a Jupyter kernel that starts with TensorFlow imported.",
    ),
    "feedback": ("autograder.grading.commands:feedback", "Write HTML feedback for students."),
    "doctor": (
        "autograder.faults.commands:doctor",
        "Diagnose a saved model, or the program that makes it.",
    ),
    "grades": (
        "autograder.grading.gradebook.commands:grades",
        "Write marks as CSV, for Canvas or for Moodle.",
    ),
}


class Commands(click.Group):
    """A group whose commands stand in a table and are imported on use."""

    def __init__(self, *args, table=COMMANDS, **kwargs):
        super().__init__(*args, **kwargs)
        self.table = table

    def list_commands(self, ctx):
        return list(self.table)

    def get_command(self, ctx, name):
        if name not in self.table:
            return None
        module, _, attribute = self.table[name][0].partition(":")
        try:
            return getattr(import_module(module), attribute)
        except ModuleNotFoundError as error:
            raise Problem(
                f"Expected the module {error.name} for `autograder {name}`. Received: it is not "
                "installed. Run `python -m pip install footguns`."
            ) from None

    def resolve_command(self, ctx, args):
        if args and args[0] not in self.table:
            close = difflib.get_close_matches(args[0], self.table, n=1)
            raise click.UsageError(
                f"Expected a command of {', '.join(self.table)}. Received: {args[0]}."
                + (f" Did you mean {close[0]}?" if close else ""),
                ctx,
            )
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx, formatter):
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_) for name, (_, help_) in self.table.items()])

    def main(self, args=None, prog_name="autograder", standalone_mode=True, **extra):
        if not standalone_mode:
            return super().main(args, prog_name, standalone_mode=False, **extra)
        sys.exit(self._run(args, prog_name, extra))

    def _run(self, args, prog_name, extra):
        """Run a command; the exit code. Only bugs leave as a traceback."""
        try:
            result = super().main(args, prog_name, standalone_mode=False, **extra)
            sys.stdout.flush()
            return result if isinstance(result, int) else 0
        except Problem as problem:
            return _complain(problem.text(), problem.exit_code)
        except click.UsageError as error:
            command = error.ctx.command_path if error.ctx else prog_name
            return _complain(f"{error.format_message()} See `{command} --help`.", 2)
        except click.ClickException as error:
            return _complain(error.format_message(), error.exit_code)
        except (click.Abort, KeyboardInterrupt):
            return _complain("Interrupted.", 130)
        except BrokenPipeError:  # the reader, `head` for one, has seen enough
            sys.stderr.close()
            return 0
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            return _complain(f"{where}{error.strerror or error}.", 1)


def _complain(text, exit_code):
    click.echo(f"autograder: {' '.join(text.split())}", err=True)
    return exit_code


@click.command(cls=Commands, no_args_is_help=False, invoke_without_command=False)
@click.version_option(package_name="footguns", prog_name="autograder")
def main():
    """Build, prove, hand out and grade the notebooks of Footguns."""
