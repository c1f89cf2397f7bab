"""A kernel as a fork of a process that has everything imported: it answers at once.

Named ``footguns-warm`` among jupyter_client's provisioners (setup.cfg). The first kernel of a Jupyter
server starts in the ordinary way, while the warm process gets ready; so does any kernel when there
is no warm process to be had.
"""

from __future__ import annotations

import os
import sys

from jupyter_client.provisioning import LocalProvisioner

from autograder.kernels.warm import Warm


class WarmProvisioner(LocalProvisioner):
    """Starts Python kernels as forks of the Jupyter server's one warm process."""

    async def launch_kernel(self, cmd, **kwargs):
        forked = Warm.instance().fork(_module_and_arguments(cmd), kwargs)
        if forked is None:
            return await super().launch_kernel(cmd, **kwargs)
        self.process = forked
        self.pid = self.pgid = forked.pid  # a kernel leads its own session
        self.cwd = kwargs.get("cwd") or os.getcwd()
        return self.connection_info


def _module_and_arguments(cmd: list[str]) -> list[str] | None:
    """['ipykernel_launcher', '-f', file] of a command that runs a module with this very Python."""
    if len(cmd) > 2 and os.path.realpath(cmd[0]) == os.path.realpath(sys.executable):
        options = [part for part in cmd[1:] if part not in ("-Xfrozen_modules=off",)]
        if options[0] == "-m":
            return options[1:]
    return None
