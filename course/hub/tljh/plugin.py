"""TLJH's hooks. The installer imports this into an environment that has little else: so does it.

Before the installer runs: the site's settings in ``/etc/footguns/hub.toml``, and these variables::

    FOOTGUNS_PACKAGE    what pip installs for users: a wheel's path; footguns of this version
    FOOTGUNS_CHECKOUT   a clone of the repository, whose masters make the course's directory
    FOOTGUNS_HUB        other settings than /etc/footguns/hub.toml
"""

from __future__ import annotations

import dataclasses
import logging
import os
import pwd
import subprocess
from importlib import metadata
from pathlib import Path

import pluggy

hookimpl = pluggy.HookimplMarker("tljh")
log = logging.getLogger("tljh")

#: TLJH's environment of users, where Jupyter and the course are.
PYTHON = "/opt/tljh/user/bin/python"
PREFIX = "jupyter-"


@hookimpl
def tljh_extra_user_pip_packages():
    return [os.environ.get("FOOTGUNS_PACKAGE") or f"footguns=={metadata.version('footguns')}"]


@hookimpl
def tljh_config_post_install(config):
    """Defaults; what somebody has set stays."""
    config.setdefault("limits", {}).setdefault("memory", "3G")
    config.setdefault("user_environment", {}).setdefault("default_app", "jupyterlab")


@hookimpl
def tljh_post_install():
    """Accounts, exchange and course directories; again whenever the settings change."""
    checkout = os.environ.get("FOOTGUNS_CHECKOUT")
    if not checkout:
        log.warning(
            "Expected a clone of the course in FOOTGUNS_CHECKOUT. Received none. Run "
            "`%s -m course.hub.tljh.setup` in one.", PYTHON,
        )  # fmt: skip
        return
    subprocess.run([PYTHON, "-m", "course.hub.tljh.setup"], cwd=checkout, check=True)


@hookimpl
def tljh_new_user_create(username):
    """Close a new user's home to all others."""
    Path(pwd.getpwnam(username).pw_dir).chmod(0o700)


@hookimpl
def tljh_custom_jupyterhub_config(c):
    """Groups, scopes, formgraders, and every user's tools by role. TLJH has the proxy, the spawner,
    the authenticator and the stopping of idle servers. Raises Problem where the settings have
    another port than TLJH's Hub: formgraders would not find it."""
    from autograder.errors import Problem
    from autograder.messages import msg
    from course.hub import roles
    from course.hub.settings import load

    site = dataclasses.replace(load(), idle=0)
    port = c.JupyterHub.get("hub_port", site.hub_port)
    if port != site.hub_port:
        raise Problem(
            msg(
                "Expected hub_port = {port}, which TLJH has, in the site's settings. Received: "
                "{ours}.",
                port=port,
                ours=site.hub_port,
            )
        )
    if site.groups == "settings":
        c.JupyterHub.load_groups = roles.groups(site)
    for name, more in (("load_roles", roles.roles(site)), ("services", roles.services(site))):
        c.JupyterHub[name] = [*(c.JupyterHub.get(name) or []), *more]
    c.Spawner.server_token_scopes = roles.server_scopes(site)
    c.Spawner.pre_spawn_hook = lambda spawner: before(spawner, site)
    # Course accounts are users of the Hub, for nbgrader asks it about them; nobody logs in as one.
    c.Authenticator.blocked_users = {course.account for course in site.courses}


def before(spawner, site) -> None:
    """Give a user's server the tools of his role."""
    from course.hub import extensions, roles

    groups = {group.name for group in spawner.user.groups}
    teaches = any(roles.teachers(course) in groups for course in site.courses)
    wanted = extensions.environment(site, "teacher" if teaches else "student")
    spawner.environment = {**spawner.environment, **wanted, "PATH": _path(wanted["PATH"])}


def _path(path):
    return os.pathsep.join([os.path.dirname(PYTHON), *path.split(os.pathsep)[1:]])
