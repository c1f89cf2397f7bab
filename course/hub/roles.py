"""Groups, services and scopes: who may ask the Hub for what, and no more.

nbgrader expects the groups ``nbgrader-COURSE`` (students) and ``formgrade-COURSE`` (who may use the
formgrader), and a service named like the course.
"""

from __future__ import annotations

import sys

from course.hub import formgrader
from course.hub.settings import Course, Site

#: The role by which an instructor says who is in the course.
STEWARDS = "instructors-{id}"


def students(course: Course) -> str:
    return f"nbgrader-{course.id}"


def teachers(course: Course) -> str:
    return f"formgrade-{course.id}"


def groups(site: Site) -> dict[str, dict[str, list[str]]]:
    """What the settings say, for ``JupyterHub.load_groups``, which only ever adds. Teachers are in
    both groups, so that they can try what students get."""
    found = {}
    for course in site.courses:
        found[students(course)] = {"users": [*course.students, *course.teachers]}
        found[teachers(course)] = {"users": [*course.teachers]}
        found[STEWARDS.format(id=course.id)] = {"users": [*course.instructors]}
    return found


def server_scopes(site: Site) -> list[str]:
    """What a user's own server may do in his name: he gets those of them that he has himself."""
    scopes = ["users:activity!user", "access:servers!server", "read:users!user", "list:services"]
    for course in site.courses:
        for scope in ("read:services", "access:services"):
            scopes.append(f"{scope}!service={course.id}")
    return scopes


def roles(site: Site) -> list[dict]:
    """For ``JupyterHub.load_roles``."""
    found = []
    for course in site.courses:
        service, group = f"service={course.id}", f"group={students(course)}"
        found += [
            {
                "name": teachers(course),
                "groups": [teachers(course)],
                "scopes": [f"access:services!{service}"],
            },
            {
                "name": students(course),
                "groups": [students(course)],
                "scopes": ["list:services", f"read:services!{service}"],
            },
            {
                "name": STEWARDS.format(id=course.id),
                "groups": [STEWARDS.format(id=course.id)],
                "scopes": ["admin-ui", f"groups!{group}", f"list:users!{group}"],
            },
            {
                "name": f"service-{course.id}",
                "services": [course.id],
                "scopes": ["list:groups", f"groups!{group}"],
            },
        ]
    if site.idle:
        found.append(
            {
                "name": "idle-culler",
                "services": ["idle-culler"],
                "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
            }
        )
    return found


def services(site: Site) -> list[dict]:
    """The formgrader of every course, which a unit of its own runs, and what stops idle servers."""
    found = [
        {
            "name": course.id,
            "url": formgrader.url(course),
            "api_token": formgrader.token(site, course),
            "oauth_no_confirm": True,
        }
        for course in site.courses
    ]
    if site.idle:
        found.append(
            {
                "name": "idle-culler",
                "command": [
                    sys.executable, "-m", "jupyterhub_idle_culler", f"--timeout={site.idle}",
                ],
            }
        )  # fmt: skip
    return found
