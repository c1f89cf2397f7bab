"""Which of nbgrader's tools somebody sees, by role.

Installing nbgrader enables all of them for everybody. Here every role has a folder of Jupyter
settings that goes before all others by ``JUPYTER_CONFIG_PATH``; what it does not name is off.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from autograder.grading.plugin.settings import CELL_SECONDS
from autograder.kernels.commands import SPECIFICATION
from course.hub.settings import Site

#: What an account's server shows.
ROLES = {
    "student": ("assignment_list", "validate_assignment"),
    "teacher": ("assignment_list", "validate_assignment", "course_list"),
    "formgrader": ("formgrader", "create_assignment", "validate_assignment"),
}
_SERVER = ("assignment_list", "validate_assignment", "course_list", "formgrader")
_LAB = (*_SERVER, "create_assignment")

_NBGRADER = '''"""nbgrader on this Hub, for everybody. Written by `python -m course.hub setup`."""

c = get_config()  # noqa: F821
c.Exchange.root = {exchange!r}
c.Exchange.path_includes_course = True
c.Exchange.timezone = {timezone!r}
c.ExchangeFactory.submit = "course.hub.handing_in.Submit"
c.ExchangeFactory.collect = "course.hub.collecting.Collect"
c.Authenticator.plugin_class = "nbgrader.auth.JupyterHubAuthPlugin"
c.Execute.timeout = {seconds}
'''

# Since JupyterHub 4.1 no page may stand in a frame; the formgrader is one, in its own page.
_FORMGRADER = '''"""The server of a course's formgrader. Written by `python -m course.hub setup`."""

c = get_config()  # noqa: F821
c.ServerApp.tornado_settings = {
    "headers": {"Content-Security-Policy": "frame-ancestors 'self'"}
}
'''


def environment(site: Site, role: str) -> dict[str, str]:
    """What makes a server one of ``role``."""
    scripts = os.path.dirname(sys.executable)
    found = {
        "JUPYTER_CONFIG_PATH": str(site.jupyter / role),
        "PATH": os.pathsep.join([scripts, "/usr/local/bin", "/usr/bin", "/bin"]),
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    if site.warm_kernels:
        found["JUPYTER_PATH"] = str(site.jupyter / "warm")
    return {**found, **site.environment}


def write(site: Site) -> None:
    """Write the folders of all roles, readable to everybody."""
    nbgrader = _NBGRADER.format(
        exchange=str(site.exchange), timezone=site.timezone, seconds=CELL_SECONDS
    )
    for role, tools in ROLES.items():
        folder = site.jupyter / role
        _put(folder / "nbgrader_config.py", nbgrader)
        enabled = {f"nbgrader.server_extensions.{name}": name in tools for name in _SERVER}
        _put(
            folder / "jupyter_server_config.json",
            json.dumps({"ServerApp": {"jpserver_extensions": enabled}}, indent=1),
        )
        disabled = {
            f"@jupyter/nbgrader:{name.replace('_', '-')}": name not in tools for name in _LAB
        }
        disabled["@jupyterlab/apputils-extension:announcements"] = True  # asks for news
        page = {"disabledExtensions": disabled}
        _put(folder / "labconfig" / "page_config.json", json.dumps(page, indent=1))
    _put(site.jupyter / "formgrader" / "jupyter_server_config.py", _FORMGRADER)
    kernel = {**SPECIFICATION, "display_name": "Python 3 (ipykernel)"}
    _put(
        site.jupyter / "warm" / "kernels" / "python3" / "kernel.json", json.dumps(kernel, indent=1)
    )


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    path.chmod(0o644)
    path.parent.chmod(0o755)
