"""Users' pods: their slices of the exchange, their tools, and no more rights than pods need.

``hub.extraConfig`` of the chart's values calls :func:`configure` when all else is configured.
"""

from __future__ import annotations

from course.hub import roles
from course.hub.containers import users
from course.hub.settings import Site, load

CLAIM = "footguns-exchange"

#: What Kubernetes' restricted Pod Security Standard asks of a container.
SECURITY = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def configure(c, site: Site | None = None) -> None:
    """Put the site's settings into JupyterHub's ``c``, beside the chart's own. Raises Problem."""
    site = site or load()
    users.configure(c, site)
    # The chart has roles of its own here, of what stops idle servers for one.
    c.JupyterHub.load_roles = [*(c.JupyterHub.get("load_roles") or []), *roles.roles(site)]
    own = c.KubeSpawner
    own.uid, own.gid, own.fs_gid = users.USER, users.GROUP, users.GROUP
    own.container_security_context = SECURITY
    own.automount_service_account_token = False
    own.pre_spawn_hook = lambda spawner: before(spawner, site)


def before(spawner, site: Site) -> None:
    """Give a user's pod his tools, and his slices of the exchange."""
    wanted = users.prepare(spawner, site, users.STATE / "exchange")
    if wanted:
        volume = {"name": "exchange", "persistentVolumeClaim": {"claimName": CLAIM}}
        spawner.volumes = _with(spawner.volumes, [volume])
    mounts = [
        {
            "name": "exchange",
            "mountPath": str(users.STATE / "exchange" / item.place),
            "subPath": item.folder,
            "readOnly": item.read_only,
        }
        for item in wanted
    ]
    spawner.volume_mounts = _with(spawner.volume_mounts, mounts)


def _with(found, more):
    """``found``, which the chart gives as a list or as a dict, and ``more``; a server that starts
    again has its earlier ones already."""
    if isinstance(found, dict):
        return {**found, **{f"footguns-{i}": item for i, item in enumerate(more)}}
    return [*(item for item in found if item not in more), *more]
