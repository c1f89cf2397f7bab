"""``python -m course.hub COMMAND``: for the root of a machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from autograder.errors import Problem
from autograder.messages import msg
from course.hub import accounts
from course.hub.settings import load

_FILE = click.Path(path_type=Path)


class _Commands(click.Group):
    def main(self, *args, **kwargs):
        try:
            return super().main(*args, **kwargs)
        except Problem as problem:
            click.echo(f"Error: {problem}", err=True)
            sys.exit(problem.exit_code)


@click.group(cls=_Commands)
def main():
    """The course on JupyterHub. The site's settings are in /etc/footguns/hub.toml, or in the file
    that the variable FOOTGUNS_HUB names."""


@main.command()
def setup():
    """Make or mend accounts, folders, databases and secrets as the settings say."""
    from course.hub import courses

    site = load()
    courses.setup(site)
    for course in site.courses:
        click.echo(f"{course.id}: {site.directory(course)}, of {course.account}")


@main.command()
def serve():
    """Run the Hub; the proxy must be running."""
    accounts.must_be_root()
    site = load()
    config = Path(__file__).with_name("jupyterhub_config.py")
    os.chdir(site.private)
    os.execv(sys.executable, [sys.executable, "-m", "jupyterhub", "-f", str(config)])


@main.command()
def proxy():
    """Run the proxy, which stands before the Hub and all servers."""
    from course.hub.keys import secret

    site = load()
    command = [
        site.proxy,
        f"--ip={site.address}",
        f"--port={site.port}",
        "--api-ip=127.0.0.1",
        f"--api-port={site.proxy_port}",
        f"--error-target=http://127.0.0.1:{site.hub_port}{site.base_url}hub/error",
    ]
    # As a unit, the proxy is no root, and systemd hands it what it needs.
    given = Path(os.environ.get("CREDENTIALS_DIRECTORY", ""), "proxy_token")
    token = given.read_text().strip() if given.is_file() else secret(site, "proxy_token")
    os.environ["CONFIGPROXY_AUTH_TOKEN"] = token
    try:
        os.execvp(command[0], command)
    except OSError as error:
        raise Problem(
            msg(
                "Expected the program {name}. Received: {why}. Install it with `npm install -g "
                "configurable-http-proxy`, or say in the settings where it is: proxy = PATH.",
                name=site.proxy,
                why=error.strerror,
            )
        ) from None


@main.command()
@click.argument("course")
def formgrader(course):
    """Run the formgrader of COURSE, as its account."""
    from course.hub import formgrader

    accounts.must_be_root()
    site = load()
    formgrader.run(site, site.course(course))


@main.command()
@click.argument("file", type=_FILE, required=False)
def backup(file):
    """Write an archive of all that cannot be made again: to FILE, or to the settings' folder of
    backups, where only the newest are kept. The Hub may be running."""
    from course.hub import backup as archives

    accounts.must_be_root()
    click.echo(archives.write(load(), file))


@main.command()
@click.argument("file", type=_FILE)
def restore(file):
    """Put back what the archive FILE holds. The Hub must not be running."""
    from course.hub import backup as archives

    accounts.must_be_root()
    archives.restore(load(), file)


@main.command()
@click.option("--port", type=int, default=8000, show_default=True)
def demo(port):
    """A Hub on this machine, with an instructor and two students, until Ctrl+C."""
    from course.hub.demo import run

    accounts.must_be_root()
    run(port)


if __name__ == "__main__":
    main(prog_name="python -m course.hub")
