"""What a user's container is given: tools by role, and slices of the exchange."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from jupyterhub.auth import LocalAuthenticator
from traitlets.utils.importstring import import_item

from autograder.errors import Problem
from autograder.messages import msg
from course.hub import authenticators, extensions, roles
from course.hub.settings import Course, Site

#: What is everywhere in our images: the exchange's mount point and Jupyter's settings by role.
STATE = Path("/srv/footguns")
#: Of jovyan and of the Hub, and the group of all who have to do with the exchange. The formgrader
#: has another number: what it keeps closed stays closed to jovyan.
USER, FORMGRADER, GROUP = 1000, 1001, 1000


@dataclass(frozen=True)
class Slice:
    """A folder of the exchange and where a user's container has it, both relative to the root."""

    folder: str
    place: str
    read_only: bool


def slices(courses: Iterable[Course], user: str) -> list[Slice]:
    """What ``user`` gets of the exchange: nothing of courses that he is not in."""
    found = []
    for course in courses:
        for name in ("outbound", "feedback"):
            found.append(Slice(f"{course.id}/{name}", f"{course.id}/{name}", True))
        found.append(Slice(f"{course.id}/inbound/{user}", f"{course.id}/inbound", False))
    return found


def courses_of(site: Site, groups: Iterable[str]) -> list[Course]:
    """The courses that somebody in these groups of the Hub is in."""
    groups = set(groups)
    return [c for c in site.courses if groups & {roles.students(c), roles.teachers(c)}]


def role(site: Site, groups: Iterable[str]) -> str:
    groups = set(groups)
    return "teacher" if groups & {roles.teachers(c) for c in site.courses} else "student"


def open_inbound(exchange: Path, wanted: Iterable[Slice]) -> None:
    """Make the folders to hand in, in which alone containers write. Raises Problem where a
    course's formgrader has not made the course's part of the exchange."""
    for item in wanted:
        folder = exchange / item.folder
        try:
            if item.read_only:
                folder.stat()
            else:
                folder.mkdir(mode=0o770, exist_ok=True)
                folder.chmod(0o2770)
        except FileNotFoundError:
            raise Problem(
                msg(
                    "Expected {path} of the exchange. Received: it is not there. The course's "
                    "formgrader makes it when it starts: is it running?",
                    path=folder,
                )
            ) from None


def configure(c, site: Site) -> None:
    """What Hubs of containers have in common, into JupyterHub's ``c``. Raises Problem."""
    if site.authenticator == "pam":
        raise Problem(
            msg("Expected an authenticator of oauth, lti, dummy in containers. Received: pam."),
            exit_code=2,
        )
    authenticators.configure(c, site)
    found = c.JupyterHub.authenticator_class
    found = import_item(found) if "." in found else None
    if found and issubclass(found, LocalAuthenticator):
        c.JupyterHub.authenticator_class = _without_accounts(found)
    if site.groups == "settings":
        c.JupyterHub.load_groups = roles.groups(site)
    c.Spawner.default_url = "/lab"
    c.Spawner.http_timeout = c.Spawner.start_timeout = 300  # images may have to be pulled
    c.Spawner.server_token_scopes = roles.server_scopes(site)


def prepare(spawner, site: Site, exchange: Path) -> list[Slice]:
    """Before a server starts: its tools by role, its folders made; what of the exchange to mount,
    below ``STATE / "exchange"``. ``exchange`` is its root as the Hub sees it."""
    groups = [group.name for group in spawner.user.groups]
    spawner.environment = {
        **spawner.environment,
        **extensions.environment(site, role(site, groups)),
    }
    wanted = slices(courses_of(site, groups), spawner.user.name)
    open_inbound(exchange, wanted)
    return wanted


def services(site: Site, environment: dict[str, str] | None = None) -> list[dict]:
    """Every course's formgrader, which runs elsewhere: its address is ``formgrader-COURSE:8888``,
    its token the variable ``FORMGRADER_TOKEN_COURSE``."""
    environment = os.environ if environment is None else environment
    found = []
    for course in site.courses:
        name = f"FORMGRADER_TOKEN_{course.id.upper()}"
        if not environment.get(name):
            raise Problem(
                msg("Expected the variable {name} in the Hub's environment. Received: none.",
                    name=name),
                exit_code=2,
            )  # fmt: skip
        found.append(
            {
                "name": course.id,
                "url": f"http://formgrader-{course.id}:8888",
                "api_token": environment[name],
                "oauth_no_confirm": True,
            }
        )
    return found


def _without_accounts(authenticator):
    """The authenticator, on a Hub whose machine has no accounts of its users."""

    class WithoutAccounts(authenticator):
        def system_user_exists(self, user):
            return True

    WithoutAccounts.__name__ = authenticator.__name__
    return WithoutAccounts
