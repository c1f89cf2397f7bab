"""What the Hub of ``compose.yaml`` loads: users' servers are containers beside it.

The site's settings are those of :mod:`course.hub.settings`; where containers are is the environment's
to say::

    FOOTGUNS_HUB             the settings' file
    FOOTGUNS_DATABASE        postgresql+psycopg2://... of the Hub
    FOOTGUNS_EXCHANGE        the exchange's folder on the machine, as containers are to mount it
    FOOTGUNS_USER_IMAGE      footguns/user:0.1.0
    FOOTGUNS_NETWORK         the network of users' containers
    CONFIGPROXY_AUTH_TOKEN   the proxy's
    JPY_COOKIE_SECRET        64 hexadecimal digits
"""

import dataclasses
import os
from pathlib import Path

from course.hub import roles
from course.hub.containers import users
from course.hub.settings import load

site = load()
c = get_config()  # noqa: F821  (traitlets puts it here)

c.JupyterHub.bind_url = f"http://0.0.0.0:8000{site.base_url}"
c.JupyterHub.hub_bind_url = "http://0.0.0.0:8081"
c.JupyterHub.hub_connect_url = "http://hub:8081"
c.JupyterHub.db_url = os.environ["FOOTGUNS_DATABASE"]
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.api_url = "http://proxy:8001"
c.JupyterHub.cleanup_servers = False

users.configure(c, site)
c.JupyterHub.load_roles = roles.roles(site)
culling = roles.services(dataclasses.replace(site, courses=()))
c.JupyterHub.services = [*users.services(site), *culling]

c.JupyterHub.spawner_class = "dockerspawner.DockerSpawner"
c.DockerSpawner.image = os.environ["FOOTGUNS_USER_IMAGE"]
c.DockerSpawner.network_name = os.environ["FOOTGUNS_NETWORK"]
c.DockerSpawner.use_internal_ip = True
c.DockerSpawner.remove = True  # what counts is on the volume
c.DockerSpawner.notebook_dir = "/home/jovyan"
c.DockerSpawner.volumes = {"footguns-home-{username}": "/home/jovyan"}
c.DockerSpawner.mem_limit = site.memory or "3G"
c.DockerSpawner.extra_host_config = {
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    "pids_limit": 512,
}


def before(spawner):
    """Give a user's container his tools, and his slices of the exchange."""
    for item in users.prepare(spawner, site, users.STATE / "exchange"):
        source = Path(os.environ["FOOTGUNS_EXCHANGE"], item.folder)
        target = users.STATE / "exchange" / item.place
        mode = "ro" if item.read_only else "rw"
        spawner.volumes = {**spawner.volumes, str(source): {"bind": str(target), "mode": mode}}


c.Spawner.pre_spawn_hook = before
