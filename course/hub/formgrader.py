"""The formgrader of a course: a Jupyter server of the course's account, and a service of the Hub.

A unit of its own runs it. Grading goes on while the Hub restarts, and a formgrader that starts slowly
does not end the Hub, which gives those that it starts itself ten seconds.
"""

from __future__ import annotations

import json
import os
import pwd
import sys
from typing import NoReturn

from course.hub.extensions import environment
from course.hub.keys import secret
from course.hub.settings import Course, Site


def token(site: Site, course: Course) -> str:
    """By which the Hub knows the formgrader."""
    return secret(site, f"formgrader-{course.id}")


def url(course: Course) -> str:
    return f"http://127.0.0.1:{course.port}"


def run(site: Site, course: Course) -> NoReturn:
    """Become the formgrader, as the course's account. For root."""
    account = pwd.getpwnam(course.account)
    root, prefix = str(site.directory(course)), f"{site.base_url}services/{course.id}/"
    scopes = json.dumps(["access:services", f"access:services!service={course.id}"])
    env = {
        **environment(site, "formgrader"),
        "HOME": account.pw_dir,
        "USER": account.pw_name,
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        "JUPYTERHUB_API_TOKEN": token(site, course),
        "JUPYTERHUB_API_URL": f"http://127.0.0.1:{site.hub_port}{site.base_url}hub/api",
        "JUPYTERHUB_BASE_URL": site.base_url,
        "JUPYTERHUB_CLIENT_ID": f"service-{course.id}",
        "JUPYTERHUB_DEFAULT_URL": f"{prefix}lab",
        "JUPYTERHUB_HOST": "",
        "JUPYTERHUB_OAUTH_ACCESS_SCOPES": scopes,
        "JUPYTERHUB_OAUTH_CALLBACK_URL": f"{prefix}oauth_callback",
        "JUPYTERHUB_OAUTH_SCOPES": scopes,
        "JUPYTERHUB_SERVICE_NAME": course.id,
        "JUPYTERHUB_SERVICE_PREFIX": prefix,
        "JUPYTERHUB_SERVICE_URL": f"{url(course)}{prefix}",
        "JUPYTERHUB_USER": account.pw_name,
    }
    os.initgroups(account.pw_name, account.pw_gid)
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
    os.chdir(root)
    command = [sys.executable, "-m", "jupyterhub.singleuser", f"--ServerApp.root_dir={root}"]
    os.execve(command[0], command, env)
