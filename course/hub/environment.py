"""An interpreter that every account of the machine may run, with what is installed here.

An environment made from a Python in somebody's closed home is of no use to others, and one that was
installed from a checkout would show students the masters. :func:`make` builds one beside it: from a
Python of the same version that all can run, the libraries as they are, and this package as its
wheel, which holds neither solutions nor hidden tests. For `make hub` and for tests; a deployment is
installed into an environment of its own.
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import stat
import subprocess
import sys
import sysconfig
from pathlib import Path

from autograder.errors import Problem
from autograder.messages import msg

_SCRIPT = "#!{python}\nimport sys\nfrom {module} import {first}\nsys.exit({call}())\n"
_ROOT = Path(__file__).absolute().parents[2]


def make(folder: Path) -> Path:
    """An environment in ``folder``, which is new; returns its interpreter. Raises Problem."""
    if not (_ROOT / "setup.cfg").is_file():
        raise Problem(
            msg(
                "Expected a checkout, to install from. Received: {path}, which is none. Use the "
                "environment that you have.",
                path=_ROOT,
            )
        )
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    base = _base(version)
    libraries = Path(sysconfig.get_path("purelib"))
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    _run(base, "-m", "venv", "--without-pip", folder / "env")
    python = folder / "env" / "bin" / "python"
    site = folder / "env" / "lib" / f"python{version}" / "site-packages"
    (site / "libraries.pth").write_text(f"{_shared(libraries, folder / 'libraries')}\n")
    for name in ("share", "etc"):
        if (Path(sys.prefix) / name).is_dir():
            shared = _shared(Path(sys.prefix) / name, folder / name)
            (folder / "env" / name).symlink_to(shared)
    _wheel(folder / "build", site)
    for script in importlib.metadata.distributions(path=[str(site), str(libraries)]):
        _scripts(script, python)
    return python


def reachable(path: Path) -> bool:
    """Whether every account can read ``path``, to which all folders must lead."""
    path = Path(os.path.realpath(path))
    needed = stat.S_IROTH | (stat.S_IXOTH if path.is_dir() else 0)
    return path.stat().st_mode & needed == needed and all(
        parent.stat().st_mode & stat.S_IXOTH for parent in path.parents
    )


def _base(version):
    """A Python of that version that everybody may run."""
    names = [Path(sys.base_prefix, "bin", f"python{version}")]
    names += [Path(place, f"python{version}") for place in ("/usr/local/bin", "/usr/bin")]
    for path in names:
        if path.exists() and reachable(path) and reachable(Path(os.path.realpath(path)).parent):
            return path
    raise Problem(
        msg(
            "Expected a Python {version} that every account may run. Received: only {path}. Install "
            "one in /usr, as Debian's package python{version} does.",
            version=version,
            path=sys.executable,
        )
    )


def _shared(path, copy):
    """``path``, if everybody can read it, or else a copy, of links where the disk allows it."""
    if reachable(path):
        return path
    try:
        shutil.copytree(path, copy, symlinks=True, copy_function=os.link)
    except (OSError, shutil.Error):
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(path, copy, symlinks=True)
    copy.chmod(0o755)
    return copy


def _wheel(build, site):
    """This package into ``site``, by way of its wheel, of a copy: building leaves things behind."""
    build.mkdir()
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(_ROOT / name, build)
    unneeded = shutil.ignore_patterns("__pycache__", "*.pot", "*.po")
    for name in ("autograder", "course", "assignments"):
        shutil.copytree(_ROOT / name, build / name, ignore=unneeded)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
    _run(*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", build / "dist", build)
    (wheel,) = (build / "dist").glob("*.whl")
    _run(*pip, "install", "--no-deps", "--no-index", "--no-compile", "--target", site, wheel)
    shutil.rmtree(site / "bin", ignore_errors=True)
    shutil.rmtree(build)


def _scripts(distribution, python):
    """The commands of an installed package, run by ``python``."""
    for entry in distribution.entry_points.select(group="console_scripts"):
        path = python.with_name(entry.name)
        if not path.exists():
            first = entry.attr.partition(".")[0]
            text = _SCRIPT.format(python=python, module=entry.module, first=first, call=entry.attr)
            path.write_text(text)
            path.chmod(0o755)


def _run(*command):
    env = {k: v for k, v in os.environ.items() if k != "PIP_FIND_LINKS"}
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, env=env)
    if done.returncode:
        raise Problem(
            msg(
                "Expected {command} to work. Received: {why}.",
                command=" ".join(Path(str(c)).name for c in command[:4]),
                why=(done.stderr or done.stdout).strip()[-500:],
            )
        )
