"""A PostgreSQL server of its own for a test, on loopback."""

import contextlib
import secrets
import shutil
import tempfile
from pathlib import Path

from waiting import free_ports

from course.hub import accounts


class Server:
    """A running server; ``url`` is its administrator's."""

    def __init__(self, folder, account, binaries):
        self.folder, self.account, self.binaries = folder, account, binaries
        (self.port,) = free_ports(1)
        password = secrets.token_urlsafe(12)
        self.url = f"postgresql://admin:{password}@127.0.0.1:{self.port}/postgres"
        (folder / "password").write_text(password)
        self._run(
            "initdb", "--username=admin", "--auth=scram-sha-256", "--encoding=UTF8",
            f"--pwfile={folder / 'password'}", f"--pgdata={folder / 'data'}", "--no-sync",
        )  # fmt: skip

    def start(self):
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        log = f"--log={self.folder / 'log'}"
        self._run("pg_ctl", "start", "--wait", log, f"--options={options}", *self._data)

    def stop(self, mode="fast"):
        self._run("pg_ctl", "stop", "--wait", f"--mode={mode}", *self._data)

    @property
    def _data(self):
        return (f"--pgdata={self.folder / 'data'}",)

    def _run(self, program, *arguments):
        done = accounts.run_as(self.account, str(self.binaries / program), *arguments)
        assert done.returncode == 0, done.stdout + done.stderr


@contextlib.contextmanager
def server():
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    folder = Path(tempfile.mkdtemp(prefix="footguns-test-", dir="/var/tmp"))
    folder.chmod(0o755)
    name = f"fg{secrets.token_hex(2)}-pg"
    try:
        account = accounts.make(name, folder / "home")
        one = Server(Path(account.pw_dir), account, found[-1].parent)
        one.start()
        yield one
        one.stop("immediate")
    finally:
        accounts.remove(name)
        shutil.rmtree(folder, ignore_errors=True)
