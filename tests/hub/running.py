"""A Hub of its own for a test: accounts, settings, databases and units, all of them removed again."""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from waiting import free_ports, wait_until

from course.hub import accounts, demo
from course.hub.settings import Course, Site, save
from hub import units

UNITS = Path(units.__file__).parents[2] / "course" / "hub" / "systemd"


class Deployment:
    """One site, running. ``names`` maps roles such as "student1" to throw-away accounts."""

    def __init__(self, folder, python, names, site, passwords):
        self.folder, self.python, self.names, self.site = folder, python, names, site
        self.passwords = passwords
        (self.course,) = site.courses
        self.root = site.directory(self.course)
        self.units = {}

    @property
    def url(self):
        return f"http://127.0.0.1:{self.site.port}{self.site.base_url}"

    def start(self):
        path = str(Path(sys.prefix, "bin")) + ":" + os.environ["PATH"]
        replaced = {
            "/opt/footguns/bin/python": str(self.python),
            "/etc/footguns/hub.toml": str(self.folder / "hub.toml"),
            "%i": self.course.id,
            "%d/hub.toml": str(self.folder / "hub.toml"),
        }
        for name in ("footguns-proxy", "footguns-hub", "footguns-formgrader@"):
            with open(self.folder / f"{name}.log", "ab") as log:
                self.units[name] = subprocess.Popen(
                    [
                        sys.executable,
                        units.__file__,
                        str(UNITS / f"{name}.service"),
                        *(f"{old}={new}" for old, new in replaced.items()),
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env={**os.environ, "PATH": path},
                    start_new_session=True,
                )
        self.wait()

    def wait(self):
        """Until the Hub answers by way of the proxy, and the formgrader as well."""

        def it_answers():
            try:
                for path in ("hub/api", f"services/{self.course.id}/api"):
                    with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                        assert answer.status == 200
            except (OSError, AssertionError):
                return False
            return True

        wait_until(it_answers, 180, missing=lambda: self.log()[-5000:])

    def main_process(self, unit):
        """The process that the unit has started last."""
        lines = (self.folder / f"{unit}.log").read_text(errors="replace").splitlines()
        return int([line for line in lines if line.startswith("started ")][-1].split()[1])

    def stop(self):
        for process in reversed(self.units.values()):
            process.send_signal(signal.SIGTERM)
        for process in self.units.values():
            process.wait(60)
        self.units = {}

    def account(self, role):
        return accounts.pwd.getpwnam(self.names.get(role, role))

    def run(self, role, *command, cwd=None, **env):
        """Run a command of the environment as somebody."""
        command = (str(self.python), *command)
        return accounts.run_as(self.account(role), *command, cwd=cwd, **env)

    def nbgrader(self, *arguments):
        """An nbgrader command as the course's account."""
        done = self.run(
            self.course.account,
            "-m",
            "nbgrader",
            *arguments,
            cwd=self.root,
            JUPYTER_CONFIG_PATH=str(self.site.jupyter / "formgrader"),
        )
        return done

    def log(self, unit="footguns-hub"):
        return (self.folder / f"{unit}.log").read_text(errors="replace")


@contextlib.contextmanager
def deployment(python, students=2, running=True, parent=None, **settings):
    """A site with one course of the unit 00-field-kit, an instructor, and ``students``."""
    mark = secrets.token_hex(2)
    roles = ["instructor", *(f"student{i + 1}" for i in range(students))]
    names = {role: f"fg{mark}-{role}" for role in roles}
    folder = Path(tempfile.mkdtemp(prefix="footguns-test-", dir=parent or "/var/tmp"))
    folder.chmod(0o755)
    port, hub_port, proxy_port, grader_port = free_ports(4)
    course = Course(
        id="footguns",
        instructors=(names["instructor"],),
        students=tuple(names[role] for role in roles[1:]),
        units=("00-field-kit",),
        account=f"fg{mark}-grader",
        port=grader_port,
    )
    values = {"authenticator": "pam", "idle": 0, **settings}
    site = Site(
        courses=(course,),
        state=folder / "state",
        homes=folder / "homes",
        backups=folder / "backups",
        port=port,
        hub_port=hub_port,
        proxy_port=proxy_port,
        proxy=demo.installed_proxy(),
        **values,
    )
    passwords = {name: secrets.token_urlsafe(12) for name in names.values()}
    made = None
    try:
        for name, password in passwords.items():
            accounts.make(name, site.homes / name)
            accounts.set_password(name, password)
        save(site, folder / "hub.toml")
        demo.set_up(python, folder / "hub.toml")
        made = Deployment(folder, python, names, site, passwords)
        if running:
            made.start()
        yield made
    finally:
        if made is not None:
            made.stop()
        for name in (*names.values(), course.account):
            accounts.remove(name)
        shutil.rmtree(folder, ignore_errors=True)
