"""What JupyterHub loads: ``jupyterhub -f``, or ``python -m course.hub serve``.

The site's settings (:mod:`course.hub.settings`) come from the file that ``FOOTGUNS_HUB`` names, who
somebody is from the authenticator (:mod:`course.hub.authenticators`). ``python -m course.hub setup``
must have run.
"""

import sys

from course.hub import authenticators, databases, extensions, roles
from course.hub.keys import secret
from course.hub.settings import load

site = load()
c = get_config()  # noqa: F821  (traitlets puts it here)

# Where it is
c.JupyterHub.bind_url = f"http://{site.address}:{site.port}{site.base_url}"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{site.hub_port}"
c.JupyterHub.db_url = databases.hub(site).url
c.JupyterHub.cookie_secret_file = str(site.private / "cookie_secret")

# The proxy is a unit of its own: users stay connected while the Hub restarts.
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.auth_token = secret(site, "proxy_token")
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{site.proxy_port}"
c.JupyterHub.cleanup_servers = False

# Who may do what
authenticators.configure(c, site)
if site.groups == "settings":
    c.JupyterHub.load_groups = roles.groups(site)
c.JupyterHub.load_roles = roles.roles(site)
c.JupyterHub.services = roles.services(site)

# Users' servers
c.JupyterHub.spawner_class = site.spawner
c.Spawner.cmd = [sys.executable, "-m", "jupyterhub.singleuser"]
c.Spawner.default_url = "/lab"
c.Spawner.notebook_dir = "~"
c.Spawner.http_timeout = c.Spawner.start_timeout = 120
c.Spawner.server_token_scopes = roles.server_scopes(site)
c.Spawner.env_keep = ["LANG", "LC_ALL", "SSL_CERT_FILE"]
if site.memory:
    c.Spawner.mem_limit = site.memory


def by_role(spawner):
    """Give a user's server the tools of his role."""
    groups = {group.name for group in spawner.user.groups}
    teaches = any(roles.teachers(course) in groups for course in site.courses)
    spawner.environment = extensions.environment(site, "teacher" if teaches else "student")


c.Spawner.pre_spawn_hook = by_role
