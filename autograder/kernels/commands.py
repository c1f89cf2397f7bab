"""``autograder kernel``."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import click

from autograder.errors import Problem
from autograder.messages import msg

NAME = "footguns"
SPECIFICATION = {
    "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
    "display_name": "Python (Footguns, warm)",
    "language": "python",
    "metadata": {"kernel_provisioner": {"provisioner_name": "footguns-warm"}, "debugger": True},
}


@click.command()
@click.option("--user/--sys-prefix", default=False, help="For this user alone (default: for all).")
@click.option(
    "--name", default=NAME, show_default=True, help="Take `python3` to replace the usual."
)
def kernel(user, name):
    """Install a Jupyter kernel that starts with TensorFlow already imported. For Linux.

    A Jupyter server imports everything once, in a process of its own; its kernels are forks of that.
    """
    from jupyter_client.kernelspec import KernelSpecManager

    if not sys.platform.startswith("linux"):
        raise Problem(msg("Expected Linux. Received: {name}.", name=sys.platform))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "kernel.json").write_text(json.dumps(SPECIFICATION, indent=1))
        try:
            where = KernelSpecManager().install_kernel_spec(
                folder, name, user=user, prefix=None if user else sys.prefix
            )
        except OSError as error:
            raise Problem(
                msg(
                    "Expected to write {path}. Received: {what}.",
                    path=error.filename,
                    what=error.strerror,
                )
            ) from None
    click.echo(where)
