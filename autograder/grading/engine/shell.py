"""IPython's shell, without a kernel, showing everything through an OutputCapture."""

from __future__ import annotations

import contextlib
import sys

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Any, Type
from traitlets.config import Config


class _Publisher(DisplayPublisher):
    def publish(self, data, metadata=None, *, transient=None, update=False, **kwargs):
        self.shell.capture.display(dict(data), dict(metadata or {}))

    def clear_output(self, wait=False):
        self.shell.capture.outputs.clear()


class _Hook(DisplayHook):
    def start_displayhook(self):
        pass

    def write_output_prompt(self):
        pass

    def write_format_data(self, format_dict, md_dict=None):
        if format_dict:
            self.shell.capture.display(format_dict, md_dict or {}, "execute_result")

    def finish_displayhook(self):
        pass


class Shell(InteractiveShell):
    """Runs students' cells as a notebook does. ``capture`` receives all that they show."""

    display_pub_class = Type(_Publisher)
    displayhook_class = Type(_Hook)
    capture = Any()
    system = InteractiveShell.system_raw  # `!command` without a terminal, of which there is none

    def _showtraceback(self, etype, evalue, stb):
        self.capture.outputs.append(
            {
                "output_type": "error",
                "ename": str(getattr(etype, "__name__", etype)),
                "evalue": _text(evalue),
                "traceback": [str(line) for line in stb][-200:],
            }
        )

    def ask_exit(self):
        """`exit` in a notebook ends nothing here."""

    def set_next_input(self, s, replace=False):
        """There is no next cell to fill in."""

    def enable_gui(self, gui=None):
        """No event loops."""

    def init_io(self):
        """sys.stdout and sys.stderr are the capture's already."""


def make(capture) -> Shell:
    """The shell of this process, showing everything through ``capture``."""
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.cache_size = 1000
    shell = Shell.instance(config=config, capture=capture)
    shell.display_formatter.active_types = shell.display_formatter.format_types
    if "matplotlib.pyplot" in sys.modules:
        with contextlib.suppress(Exception):  # figures are no reason to lose a notebook
            shell.enable_matplotlib("inline")
    return shell


def _text(value):
    try:
        return str(value)[:8000]
    except BaseException:
        return ""
