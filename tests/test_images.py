"""The images, really built, and a course handed out, handed in, collected and graded in them.

buildah needs no daemon. The image that the Dockerfile begins with is made by debootstrap, so that
nothing but Debian's archive and the Python package index is asked for. Containers here share the
machine's network and kernel rights more than a real engine's would: what is shown is what is in the
images, and who can see and do what with the mounts that the Hubs of containers make.
"""

import os
import platform
import shutil
import subprocess
from pathlib import Path

import pytest

from course.hub.containers import users
from course.hub.settings import Course

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
UNIT = "00-field-kit"
BASE = "docker.io/library/debian:12-slim"
TARGETS = ("hub", "user", "worker", "formgrader")
#: Whoever may hand in is the Hub's to say; there is no Hub here.
NO_HUB = "--Authenticator.plugin_class=nbgrader.auth.base.NoAuthPlugin"


def _why_not():
    if os.geteuid() != 0:
        return "images are built by root here"
    release = platform.freedesktop_os_release() if Path("/etc/os-release").exists() else {}
    if (release.get("ID"), release.get("VERSION_ID")) != ("debian", "12"):
        return "debootstrap and buildah are used as Debian 12 has them"
    return None


class Engine:
    """buildah, with a store of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.options = ("--root", folder / "store", "--runroot", folder / "run")
        self.containers = {}

    def context(self):
        """What is built, as it is now: whoever edits meanwhile edits something else."""
        folder = self.folder / "context"
        folder.mkdir()
        for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE", "constraints.txt", ".dockerignore"):  # fmt: skip
            shutil.copy(ROOT / name, folder)
        for name in ("autograder", "assignments", "course", "solutions"):
            shutil.copytree(ROOT / name, folder / name)

    def __call__(self, *words, check=True, cwd=None):
        driver = {"STORAGE_DRIVER": os.environ.get("STORAGE_DRIVER", "overlay")}
        done = subprocess.run(
            ["buildah", *map(str, (*self.options, *words))], capture_output=True, text=True, cwd=cwd,
            env={**os.environ, "BUILDAH_ISOLATION": "chroot", **driver},
        )  # fmt: skip
        assert done.returncode == 0 or not check, done.stdout[-3000:] + done.stderr[-3000:]
        return done

    def base(self):
        root = self.folder / "debian"
        command = ["debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm"]
        subprocess.run([*command, root], check=True, capture_output=True)
        container = self("from", "scratch").stdout.strip()
        subprocess.run(["tar", "-C", root, "-cf", self.folder / "debian.tar", "."], check=True)
        self("add", container, self.folder / "debian.tar", "/")
        self("commit", "--rm", container, BASE)
        shutil.rmtree(root)

    def build(self, target):
        mounts = ()
        if certificates := os.environ.get("PIP_CERT"):  # a network with an authority of its own
            settings = self.folder / "pip.conf"
            settings.write_text("[global]\ncert = /run/certificates.crt\n")
            mounts = ("-v", f"{certificates}:/run/certificates.crt:ro", "-v", f"{settings}:/etc/pip.conf:ro")  # fmt: skip
        self(
            "build", "--pull-never", "--layers", "--target", target,
            "--tag", f"localhost/footguns/{target}:0.1.0", *mounts,
            "--file", "course/hub/containers/Dockerfile", ".", cwd=self.folder / "context",
        )  # fmt: skip

    def run(self, image, user, words, mounts=(), check=True, **environment):
        if image not in self.containers:
            name = f"localhost/footguns/{image}:0.1.0"
            self.containers[image] = self("from", "--pull-never", name).stdout.strip()
        given = [f"--env={k}={v}" for k, v in environment.items()]
        volumes = [f"--volume={mount}" for mount in mounts]
        return self(
            "run", f"--user={user}:{users.GROUP}", *given, *volumes, self.containers[image], "--",
            *words, check=check,
        )  # fmt: skip

    def close(self):
        """Remove everything; what is mounted below, of the machine's too, is let go of first."""
        self("rm", "--all", check=False)
        mounts = (line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines())
        ours = [mount for mount in mounts if Path(mount).is_relative_to(self.folder)]
        for mount in sorted(ours, reverse=True):
            subprocess.run(["umount", "--lazy", mount], check=False)
        subprocess.run(["rm", "-rf", "--one-file-system", self.folder], check=False)


@pytest.fixture(scope="module")
def engine():
    why = _why_not()
    if why is not None:
        pytest.skip(why)
    missing = [name for name in ("buildah", "debootstrap") if not shutil.which(name)]
    if missing:
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        install = ["apt-get", "install", "--yes", "-qq", "--no-install-recommends", *missing]
        subprocess.run(install, check=True, capture_output=True)
    folder = Path(f"/var/tmp/footguns-images-{os.getpid()}")
    folder.mkdir()
    engine = Engine(folder)
    try:
        engine.context()
        engine.base()
        for target in TARGETS:
            engine.build(target)
        yield engine
    finally:
        engine.close()


class Site:
    """A course and its students, each in the container and with the mounts that the Hub gives."""

    def __init__(self, engine):
        self.engine, self.data = engine, engine.folder / "data"
        self.course = Course("footguns")
        self.exchange, self.root = self.data / "exchange", self.data / "course"
        self.data.mkdir()
        for folder in (self.exchange, self.root):
            folder.mkdir()
            os.chown(folder, users.FORMGRADER, users.GROUP)
            folder.chmod(0o2770)
        engine.folder.chmod(0o755)

    def grader(self, script, check=True):
        mounts = (f"{self.root}:/srv/course", f"{self.exchange}:{users.STATE}/exchange")
        words = ("bash", "-c", f"set -e; cd /srv/course; {script}")
        return self.engine.run("formgrader", users.FORMGRADER, words, mounts, check, HOME="/srv/course")  # fmt: skip

    def hub(self, script):
        mounts = (f"{self.exchange}:{users.STATE}/exchange",)
        return self.engine.run("hub", users.USER, ("python", "-c", script), mounts)

    def student(self, name, script, check=True):
        mounts = [
            f"{self.exchange / s.folder}:{users.STATE}/exchange/{s.place}:{'ro' if s.read_only else 'rw'}"
            for s in users.slices([self.course], name)
        ]
        home = self.data / f"home-{name}"
        if not home.exists():
            home.mkdir()
            os.chown(home, users.USER, users.GROUP)
        words = ("bash", "-c", f"cd /home/jovyan; {script}")
        return self.engine.run(
            "user", users.USER, words, [*mounts, f"{home}:/home/jovyan"], check,
            HOME="/home/jovyan", JUPYTERHUB_USER=name,
            JUPYTER_CONFIG_PATH=f"{users.STATE}/jupyter/student",
        )  # fmt: skip


@pytest.fixture(scope="module")
def site(engine):
    """A unit released, fetched and handed in by two students, of whom one is a forger as well."""
    site = Site(engine)
    make = (
        "from pathlib import Path; from course.hub.containers.formgrader import make; "
        "make(Path('/srv/course'), Path('/srv/footguns/exchange'), 'footguns', 'en', ['anna'])"
    )
    # Masters are where the image has them, the course where the volume is.
    site.grader(f'cd /opt/masters; umask 027; python -c "{make}"')
    site.grader(f"nbgrader generate_assignment {UNIT}; nbgrader release_assignment {UNIT} {NO_HUB}")
    site.hub(
        "from course.hub.containers.users import *; from course.hub.settings import Course\n"
        "for name in ('anna', 'boris'):\n"
        "    open_inbound(STATE / 'exchange', slices([Course('footguns')], name))"
    )
    submit = f"nbgrader submit {UNIT} --course footguns {NO_HUB}"
    for name in ("anna", "boris"):
        site.student(
            name, f"nbgrader fetch_assignment {UNIT} --course footguns {NO_HUB} && {submit}"
        )
    site.student("boris", f"JUPYTERHUB_USER=anna {submit}")
    return site


def test_the_hubs_image_has_all_that_its_configurations_load(engine):
    script = (
        "import sys, jupyterhub, kubespawner, dockerspawner, oauthenticator, ltiauthenticator\n"
        "import pycurl, psycopg2, jupyterhub_idle_culler, course.hub.kubernetes.spawning\n"
        "assert 'tensorflow' not in sys.modules and jupyterhub.__version__.startswith('5.')"
    )
    engine.run("hub", users.USER, ("python", "-c", script))
    engine.run("hub", users.USER, ("jupyterhub", "--version"))


def test_the_hubs_image_loads_its_configuration(engine):
    """What its command loads, as JupyterHub does, up to the point where it would serve."""
    given = {
        "FOOTGUNS_HUB": "/etc/footguns/hub.toml",
        "FOOTGUNS_DATABASE": "sqlite://",
        "FOOTGUNS_EXCHANGE": "/srv/footguns/exchange",
        "FOOTGUNS_USER_IMAGE": "footguns/user:0.1.0",
        "FOOTGUNS_NETWORK": "footguns_users",
        "FORMGRADER_TOKEN_FOOTGUNS": "0123456789abcdef",
        "CONFIGPROXY_AUTH_TOKEN": "0123456789abcdef",
        "JPY_COOKIE_SECRET": "00" * 32,
        **{f"OAUTH_{name}": "https://sso.example.org" for name in (
            "CLIENT_ID", "CLIENT_SECRET", "CALLBACK_URL", "AUTHORIZE_URL", "TOKEN_URL", "USERDATA_URL",
        )},
    }  # fmt: skip
    mount = f"{ROOT / 'course/hub/containers/hub.toml'}:/etc/footguns/hub.toml:ro"
    words = ("jupyterhub", "-f", "/opt/footguns/jupyterhub_config.py", "--show-config")
    done = engine.run("hub", users.USER, words, [mount], **given)
    assert "dockerspawner.DockerSpawner" in done.stdout
    assert "http://formgrader-footguns:8888" in done.stdout


def test_users_and_hub_have_one_version_of_jupyterhub(engine):
    words = ("python", "-c", "import jupyterhub; print(jupyterhub.__version__)")
    found = {engine.run(image, users.USER, words).stdout for image in ("hub", "user", "formgrader")}
    assert len(found) == 1


def test_worker_and_formgrader_would_grade_alike(engine):
    """What a cluster asks before it trusts a worker."""
    words = ("python", "-c", "from autograder.grading.cluster.supervise import identity as i; print(i())")  # fmt: skip
    found = {engine.run(image, users.USER, words).stdout for image in ("worker", "formgrader")}
    assert len(found) == 1
    for command in ("scheduler", "worker"):
        engine.run("worker", users.USER, ("dask", command, "--help"))


def test_only_the_formgraders_image_holds_masters(engine):
    look = "grep -rl 'BEGIN HIDDEN TESTS' / --include=*.py --include=*.ipynb 2>/dev/null | grep -v -e /proc/ -e nbgrader -e autograder/ || true"  # fmt: skip
    for image in ("user", "worker", "hub"):
        assert engine.run(image, 0, ("bash", "-c", look)).stdout == "", image
    assert "/opt/masters/course/units" in engine.run("formgrader", 0, ("bash", "-c", look)).stdout


def test_a_student_sees_what_is_his(site):
    seen = site.student("anna", "ls /srv/footguns/exchange/footguns/inbound").stdout
    assert seen.startswith(f"anna+{UNIT}+") and seen.count("\n") == 1
    for forbidden in (
        "ls /srv/footguns/exchange/footguns/feedback",
        "touch /srv/footguns/exchange/footguns/outbound/x",
        "touch /srv/footguns/exchange/footguns/feedback/x",
        "ls /srv/course",
        "ls /opt/masters",
        "touch /opt/footguns/x",
    ):
        assert site.student("anna", forbidden, check=False).returncode != 0, forbidden
    assert "jovyan" in site.student("anna", "whoami").stdout


def test_a_forged_submission_is_refused_and_the_others_are_graded(site):
    done = site.grader(f"nbgrader collect {UNIT} {NO_HUB}")
    assert "it names anna, but lies where boris hands in" in done.stderr + done.stdout
    assert sorted(p.name for p in (site.root / "submitted").iterdir()) == ["anna", "boris"]
    site.grader(f"autograder grade {UNIT} --workers 1")
    table = site.grader("autograder grades --format canvas").stdout
    assert "anna" in table and "boris" in table


def test_feedback_returns_to_its_owner(site):
    """The pages are ours, with the formgrader's own button and umask."""
    if not (site.root / "autograded" / "anna").exists():
        pytest.skip("nothing was graded")
    site.grader(
        f"umask 027; nbgrader generate_feedback {UNIT}; nbgrader release_feedback {UNIT} {NO_HUB}"
    )
    fetch = f"nbgrader fetch_feedback {UNIT} --course footguns {NO_HUB}"
    site.student("anna", fetch)
    (page,) = (site.data / "home-anna").rglob("feedback/*/*.html")
    assert "HIDDEN TESTS" not in page.read_text("utf-8")
    listing = site.student("boris", "ls /srv/footguns/exchange/footguns/feedback", check=False)
    assert listing.returncode != 0
    assert not list((site.data / "home-boris").rglob("feedback/*/*.html"))
