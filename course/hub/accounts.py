"""Unix accounts: made, locked, removed. For root on Linux."""

from __future__ import annotations

import contextlib
import os
import pwd
import subprocess
from collections.abc import Callable
from pathlib import Path

from autograder.errors import Problem
from autograder.messages import msg

_KNOWN = 3  # exit code of a child that ended with a Problem


def must_be_root() -> None:
    """Raises Problem for anybody else."""
    if os.geteuid() != 0:
        raise Problem(
            msg(
                "Expected root, for a Hub's users are accounts of the machine. Received: the user "
                "number {uid}. Try sudo.",
                uid=os.geteuid(),
            ),
            exit_code=2,
        )


def exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def make(name: str, home: Path) -> pwd.struct_passwd:
    """The account ``name``, made when missing, without a password that anybody could give. Its
    home is closed to all others. Raises Problem."""
    if not exists(name):
        home.parent.mkdir(parents=True, exist_ok=True)
        _run(
            "useradd", "--create-home", "--home-dir", str(home), "--user-group",
            "--shell", "/bin/bash", "--password", "!", name,
        )  # fmt: skip
    account = pwd.getpwnam(name)
    Path(account.pw_dir).chmod(0o700)
    return account


def set_password(name: str, password: str) -> None:
    _run("chpasswd", given=f"{name}:{password}\n")


def remove(name: str) -> None:
    """Remove an account and its home, and end what it runs; nothing when there is none."""
    if exists(name):
        subprocess.run(["pkill", "-KILL", "-u", name], check=False)
        _run("userdel", "--remove", "--force", name)


def acting_as(account: pwd.struct_passwd, function: Callable[..., None], *args: object) -> None:
    """Call ``function(*args)`` in a process of ``account``: what an account owns, it may have
    replaced by a link to somewhere else, and root would follow it. Raises Problem with what the
    function raised: as text, for root unpickles nothing of another account's process."""
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        said, code = "", 0
        try:
            os.close(read)
            os.initgroups(account.pw_name, account.pw_gid)
            os.setgid(account.pw_gid)
            os.setuid(account.pw_uid)
            os.environ["HOME"] = account.pw_dir
            os.chdir(account.pw_dir)
            function(*args)
        except Problem as problem:
            said, code = problem.text(), _KNOWN
        except BaseException as error:
            said, code = f"{type(error).__name__}: {error}", 1
        with contextlib.suppress(OSError):
            os.write(write, said.encode())
        os._exit(code)
    os.close(write)
    with open(read, errors="replace") as pipe:
        said = pipe.read()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code == _KNOWN:
        raise Problem(said)
    if code:
        raise _failed(function.__name__, said or f"exit code {code}")


def run_as(
    account: pwd.struct_passwd, *command: str, cwd: Path | None = None, **env: str
) -> subprocess.CompletedProcess:
    """Run a command as ``account``, in its home or ``cwd``, with little more than ``env`` in its
    environment; returns what it said, whatever its exit code."""
    return subprocess.run(
        command,
        user=account.pw_uid,
        group=account.pw_gid,
        extra_groups=os.getgrouplist(account.pw_name, account.pw_gid),
        cwd=cwd or account.pw_dir,
        env={
            "HOME": account.pw_dir,
            "USER": account.pw_name,
            "PATH": f"{Path(command[0]).parent}:/usr/local/bin:/usr/bin:/bin",
            **env,
        },
        capture_output=True,
        text=True,
    )


def _run(*command, given=None):
    try:
        done = subprocess.run(command, input=given, capture_output=True, text=True)
        what = done.stderr.strip() or done.stdout.strip()
        failed = done.returncode != 0 and not (command[0] == "userdel" and done.returncode == 12)
    except OSError as error:
        what, failed = error.strerror, True
    if failed:
        raise _failed(command[0], what)


def _failed(command, what):
    return Problem(msg("Expected {command} to work. Received: {what}.", command=command, what=what))
