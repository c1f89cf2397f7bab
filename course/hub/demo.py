"""`make hub`: a Hub on this machine's loopback, with accounts that last as long as it does."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from autograder.errors import Problem
from autograder.messages import msg
from course.hub import accounts, environment
from course.hub.settings import Course, Site, save

COURSE, UNIT = "footguns", "00-field-kit"
INSTRUCTOR, STUDENTS = "instructor", ("student1", "student2")


def run(port: int) -> None:
    """Serve until Ctrl+C or SIGTERM, and leave nothing behind. For root. Raises Problem."""
    people = (INSTRUCTOR, *STUDENTS)
    course = Course(id=COURSE, instructors=(INSTRUCTOR,), students=STUDENTS)
    for name in (*people, course.account):
        if accounts.exists(name):
            raise Problem(
                msg(
                    "Expected to make the account {name}. Received: there is one already. Remove it "
                    "with `userdel --remove {name}`, if nobody needs it.",
                    name=name,
                )
            )
    signal.signal(signal.SIGTERM, _interrupt)
    folder = Path(tempfile.mkdtemp(prefix="footguns-hub-", dir="/var/tmp"))
    folder.chmod(0o755)
    site = Site(
        courses=(course,),
        state=folder / "state",
        homes=folder / "homes",
        port=port,
        hub_port=port + 81,
        proxy_port=port + 1,
        authenticator="dummy",
        proxy=installed_proxy(),
        backups=folder / "backups",
    )
    password = secrets.token_urlsafe(9)
    try:
        print("Making an environment and accounts ...", flush=True)
        python = environment.make(folder / "environment")
        for name in people:
            accounts.make(name, site.homes / name)
        save(site, folder / "hub.toml")
        set_up(python, folder / "hub.toml")
        release(site, course, python, UNIT)
        env = {"FOOTGUNS_HUB": str(folder / "hub.toml"), "DUMMY_PASSWORD": password}
        with started(python, folder, env) as processes:
            print(f"\nhttp://127.0.0.1:{port}/   password of all: {password}")
            print(
                f"  {INSTRUCTOR}: http://127.0.0.1:{port}/services/{course.id}/lab?formgrader=true"
            )
            print(f"  {', '.join(STUDENTS)}: Nbgrader > Assignment List   ({UNIT} is released)")
            print(
                f"  log: {folder / 'hub.log'}\nCtrl+C stops it and removes all of it.", flush=True
            )
            while all(process.poll() is None for process in processes):
                time.sleep(0.5)
            tail = (folder / "hub.log").read_text()[-2000:]
            raise Problem(msg("Expected the Hub to run. Received: it ended.\n{tail}", tail=tail))
    except KeyboardInterrupt:
        print("\nStopping ...")
    finally:
        for name in (*people, course.account):
            accounts.remove(name)
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def started(python: Path, folder: Path, env: dict) -> Iterator[list[subprocess.Popen]]:
    """The proxy, the Hub and the formgrader as processes, with their logs in ``folder``."""
    processes = []
    env = {**os.environ, **env, "PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"}
    try:
        for name in (["proxy"], ["serve"], ["formgrader", COURSE]):
            with open(folder / "hub.log", "ab") as log:
                processes.append(
                    subprocess.Popen(
                        [str(python), "-m", "course.hub", *name],
                        cwd="/",
                        env=env,
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=log,
                        start_new_session=True,
                    )
                )
        yield processes
    finally:
        for process in reversed(processes):  # the proxy last
            _end(process)


def _end(process, seconds=30):
    """End a process that leads a group, and whatever of its group it leaves behind."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)


def set_up(python: Path, settings: Path) -> None:
    """`python -m course.hub setup`, by an interpreter that everybody may run, from the checkout,
    which has the masters. Raises Problem."""
    done = subprocess.run(
        [str(python), "-m", "course.hub", "setup"],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "FOOTGUNS_HUB": str(settings)},
        capture_output=True,
        text=True,
    )
    _check("setup", done)


def release(site: Site, course: Course, python: Path, unit: str) -> None:
    """Release a unit as the course's account, by nbgrader's own commands. Raises Problem."""
    account = accounts.make(course.account, site.home(course))
    for step in ("generate_assignment", "release_assignment"):
        command = str(python), "-m", "nbgrader", step, unit
        _check(step, accounts.run_as(account, *command, cwd=site.directory(course)))


def _check(what, done):
    if done.returncode:
        raise Problem(
            msg("Expected {what} to work. Received: {why}", what=what, why=done.stderr[-800:])
        )


def installed_proxy():
    """The proxy that `make hub` has installed beside the interpreter, or the machine's own."""
    own = Path(sys.prefix, "node", "node_modules", ".bin", "configurable-http-proxy")
    return str(own) if own.exists() else "configurable-http-proxy"


def _interrupt(*_):
    raise KeyboardInterrupt
