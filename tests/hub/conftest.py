"""What the Hub's tests share: the tools of the machine, and an environment that all may run."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def _why_not():
    """Why this machine cannot run a Hub; None when it can, or can be made to."""
    if not sys.platform.startswith("linux"):
        return "a Hub runs on Linux"
    if os.geteuid() != 0:
        return "a Hub's users are accounts of the machine: run the tests as root"
    if shutil.which("apt-get") is None:
        return "what a Hub needs is installed by apt-get, which is not here"
    return None


@pytest.fixture(scope="session")
def machine():
    """A machine with a browser, PostgreSQL and the proxy. Skips where that cannot be; not in CI."""
    why = _why_not()
    if why is not None:
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)
    script = [str(HERE.parent / "requirements.sh"), sys.prefix]
    done = subprocess.run(script, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def python(machine, tmp_path_factory):
    """An interpreter that every account may run, with this package as its wheel."""
    import tempfile

    from course.hub.environment import make

    folder = Path(tempfile.mkdtemp(prefix="footguns-test-", dir="/var/tmp"))
    folder.chmod(0o755)
    yield make(folder / "environment")
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgresql(machine):
    """A PostgreSQL server of its own."""
    from hub.postgresql import server

    with server() as one:
        yield one
