"""The files of a deployment: read by the tools that know their formats, run where that can be.

No cluster and no container engine is needed. What a cluster alone could show is not shown here: that
the chart's version in use takes the values, and that a network enforces policies.
"""

import dataclasses
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import time
import zipfile
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace

import grading_class
import pytest
import yaml
from traitlets.config import Config
from waiting import free_ports, wait_until

from autograder.errors import Problem
from course.hub import extensions, roles
from course.hub.containers import formgrader, users
from course.hub.settings import Course, Site, load

ROOT = Path(__file__).parents[1]
HUB = ROOT / "course" / "hub"
CONTAINERS, KUBERNETES = HUB / "containers", HUB / "kubernetes"
MANIFESTS = ["namespaces", "exchange", "database", "formgrader", "grading"]
SITE = Site(
    courses=(
        Course("footguns", instructors=("masha",), students=("anna", "boris")),
        Course("other", students=("anna",)),
    ),
    state=users.STATE,
    authenticator="oauth",
    idle=0,
)
OAUTH = {
    f"OAUTH_{name}": f"https://sso.example.org/{name}"
    for name in (
        "CLIENT_ID", "CLIENT_SECRET", "CALLBACK_URL", "AUTHORIZE_URL", "TOKEN_URL", "USERDATA_URL",
    )
}  # fmt: skip


def tool(name, *arguments, **options):
    """Run a program of this environment."""
    path = Path(sys.executable).with_name(name)
    assert path.exists(), f"{name} is missing: pip install -e '.[dev]'"
    return subprocess.run([path, *map(str, arguments)], capture_output=True, text=True, **options)


@cache
def manifests():
    texts = ((KUBERNETES / f"{name}.yaml").read_text() for name in MANIFESTS)
    return [manifest for text in texts for manifest in yaml.safe_load_all(text)]


def named(kind, name):
    (found,) = [m for m in manifests() if (m["kind"], m["metadata"]["name"]) == (kind, name)]
    return found


# The wheel that students install


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of this checkout, built beside it: setuptools would leave its own folders here."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    for name in ("autograder", "course", "solutions", "assignments"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    done = tool(
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        folder,
        folder,
    )
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield {name: archive.read(name) for name in archive.namelist()}


def test_the_wheel_holds_no_masters(wheel):
    assert not [name for name in wheel if "course/units" in name or "solutions/" in name]
    assert not [name for name in wheel if name.endswith(("unit.toml", "/answers"))]
    notebooks = [name for name in wheel if name.endswith(".ipynb")]
    assert all("/assignments/" in name for name in notebooks), notebooks
    assert "course/hub/containers/formgrader.py" in wheel and "autograder/cli.py" in wheel
    assert "footguns = course.hub.tljh.plugin" in wheel["footguns-0.1.0.dist-info/entry_points.txt"].decode()  # fmt: skip


_REGION = r"### BEGIN {}\n(.*?)### END"


def runs(lines, length):
    """Every ``length`` lines that follow each other, comments and short ones left out."""
    lines = [line.strip() for line in lines]
    lines = [line for line in lines if len(line) > 12 and not line.startswith("#")]
    return set(zip(*(lines[i:] for i in range(length)), strict=False))


def secret_runs(text, marker, length):
    """Those of a master's regions that do not stand in the open there as well."""
    region = re.compile(_REGION.format(marker), re.DOTALL)
    hidden = (runs(found.splitlines(), length) for found in region.findall(text))
    return set().union(*hidden) - runs(region.sub("", text).splitlines(), length)


def lines_of(name, data):
    """The lines of a file, those of a notebook's cells for a notebook."""
    text = data.decode("utf-8", "replace")
    if name.endswith(".ipynb"):
        text = "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
    return text.splitlines()


def test_the_wheel_holds_no_hidden_test_and_no_solution(wheel):
    """Not by another name either: what follows each other in a region stands together nowhere.
    ``course/lab/experiments`` has the formulas that answers are compared with, as README says."""
    hidden, solved = set(), set()
    for master in (ROOT / "course" / "units").rglob("*.py"):
        text = master.read_text("utf-8")
        hidden |= secret_runs(text, "HIDDEN TESTS", 2)
        solved |= secret_runs(text, "SOLUTION", 4)
    assert len(hidden) > 20 and len(solved) > 20
    for name, data in wheel.items():
        lines = lines_of(name, data)
        known = name.startswith("course/lab/experiments/")
        for secrets, length in ((hidden, 2), (set() if known else solved, 4)):
            assert not secrets & runs(lines, length), (name, secrets & runs(lines, length))


# Images and compose


def test_the_dockerfile_is_clean():
    done = tool("hadolint", CONTAINERS / "Dockerfile")
    assert (done.returncode, done.stdout) == (0, "")


def test_images_run_as_nobody_special():
    text = (CONTAINERS / "Dockerfile").read_text()
    stages = re.split(r"(?m)^FROM ", text)[1:]
    last = {
        re.search(r"AS (\w+)", stage)[1]: re.findall(r"(?m)^USER (\S+)", stage) for stage in stages
    }
    user, grader = f"{users.USER}:{users.GROUP}", f"{users.FORMGRADER}:{users.GROUP}"
    wanted = {"user": user, "worker": user, "formgrader": grader, "hub": user}
    assert {name: last[name][-1] for name in wanted} == wanted
    assert f"--uid {users.USER} --gid {users.GROUP} --create-home jovyan" in text
    # Masters are in one image only, and nobody builds another one on that.
    assert [stage.split()[2] for stage in stages if "course/units" in stage] == ["formgrader"]
    assert "FROM formgrader" not in text


def test_a_build_sees_no_solutions_and_no_secrets(tmp_path):
    """By the rules of .dockerignore: the last line that matches counts."""
    rules = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line and line[0] != "#"
    ]

    def sent(path):
        keep = True
        for rule in rules:
            pattern = (
                re.escape(rule.lstrip("!")).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
            )
            if re.fullmatch(f"{pattern}(?:/.*)?", path):
                keep = rule.startswith("!")
        return keep

    for path in ("solutions/en/x.ipynb", ".git/config", "grades/en/gradebook.db", "demo/report.json",
                 "course/hub/containers/.env", "course/hub/containers/authenticator.env",
                 "autograder/__pycache__/cli.pyc"):  # fmt: skip
        assert not sent(path), path
    for path in ("setup.cfg", "constraints.txt", "autograder/cli.py", "course/lab/ready.py"):
        assert sent(path), path
    assert (CONTAINERS / ".gitignore").read_text().split() == [".env", "authenticator.env"]


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((CONTAINERS / "compose.yaml").read_text())


def test_compose_is_what_the_specification_says(compose, tmp_path):
    check = ("check-jsonschema", "--builtin-schema", "vendor.compose-spec")
    done = tool(*check, CONTAINERS / "compose.yaml")
    assert done.returncode == 0, done.stdout
    compose["services"]["hub"]["evironment"] = {}
    (tmp_path / "wrong.yaml").write_text(yaml.safe_dump(compose))
    assert tool(*check, tmp_path / "wrong.yaml").returncode == 1
    del compose["services"]["hub"]["evironment"]


def test_compose_lets_students_reach_the_hub_and_nothing_else(compose):
    networks = {name: set(s.get("networks", ())) for name, s in compose["services"].items()}
    on = {n: {s for s, found in networks.items() if n in found} for n in compose["networks"]}
    assert on["users"] == {"proxy", "hub", "formgrader-footguns"}  # and users' containers
    assert on["data"] == {"hub", "formgrader-footguns", "db"}
    assert on["grading"] == {"formgrader-footguns", "dask-scheduler", "worker"}
    assert networks["worker"] == {"grading"}
    assert compose["networks"]["grading"]["internal"] and compose["networks"]["data"]["internal"]
    published = {s: c["ports"] for s, c in compose["services"].items() if "ports" in c}
    assert published == {"proxy": ["127.0.0.1:8000:8000"]}
    for name, service in compose["services"].items():
        if name not in ("db", "user"):
            assert service["cap_drop"] == ["ALL"], name
            assert service["security_opt"] == ["no-new-privileges:true"], name
    volumes = {s: " ".join(c.get("volumes", ())) for s, c in compose["services"].items()}
    assert [s for s, found in volumes.items() if "docker.sock" in found] == ["hub"]
    assert not volumes["worker"]


def test_compose_asks_for_every_secret_that_the_script_makes(tmp_path):
    (tmp_path / "getent").write_text("#!/bin/sh\necho docker:x:998:\n")
    (tmp_path / "getent").chmod(0o755)
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    script = [CONTAINERS / "secrets.sh", "/srv/elsewhere"]
    made = [
        subprocess.run(script, env=path, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    found = [dict(re.findall(r"(?m)^(\w+)=(.*)$", text)) for text in made]
    asked = set(re.findall(r"\$\{(\w+):\?", (CONTAINERS / "compose.yaml").read_text()))
    assert asked == set(found[0])
    secret = [name for name in asked if re.fullmatch("[0-9a-f]{64}", found[0][name])]
    assert len(secret) == 6 and all(found[0][name] != found[1][name] for name in secret)
    assert found[0]["FOOTGUNS_DATA"] == "/srv/elsewhere"


# What a user's container is given


def test_a_student_gets_his_own_courses_and_his_own_folder():
    courses = users.courses_of(SITE, ["nbgrader-footguns", "nbgrader-elsewhere"])
    assert [c.id for c in courses] == ["footguns"]
    assert [dataclasses.astuple(s) for s in users.slices(courses, "anna")] == [
        ("footguns/outbound", "footguns/outbound", True),
        ("footguns/feedback", "footguns/feedback", True),
        ("footguns/inbound/anna", "footguns/inbound", False),
    ]
    assert users.role(SITE, ["nbgrader-footguns"]) == "student"
    assert users.role(SITE, ["formgrade-other"]) == "teacher"


def spawner(name, groups, **more):
    groups = [SimpleNamespace(name=group) for group in groups]
    return SimpleNamespace(user=SimpleNamespace(name=name, groups=groups), environment={}, **more)


def test_folders_to_hand_in_are_made_when_a_server_starts(tmp_path):
    starting = spawner("anna", ["nbgrader-footguns"])
    with pytest.raises(Problem, match="formgrader"):
        users.prepare(starting, SITE, tmp_path)
    for name in ("outbound", "feedback", "inbound"):
        (tmp_path / "footguns" / name).mkdir(parents=True)
    users.prepare(starting, SITE, tmp_path)
    users.prepare(starting, SITE, tmp_path)
    made = tmp_path / "footguns" / "inbound" / "anna"
    assert stat.S_IMODE(made.stat().st_mode) == 0o2770
    assert starting.environment["JUPYTER_CONFIG_PATH"] == "/srv/footguns/jupyter/student"


def test_a_hub_of_containers_knows_no_accounts(monkeypatch):
    from oauthenticator.generic import GenericOAuthenticator

    for name, value in OAUTH.items():
        monkeypatch.setenv(name, value)
    c = Config()
    users.configure(c, SITE)
    authenticator = c.JupyterHub.authenticator_class(config=c)
    assert isinstance(authenticator, GenericOAuthenticator)
    assert authenticator.client_id == OAUTH["OAUTH_CLIENT_ID"]
    assert authenticator.system_user_exists(SimpleNamespace(name="nobody-here"))
    assert authenticator.allowed_users == {"anna", "boris", "masha"}
    assert not authenticator.allow_existing_users
    for name in ("ISSUER", "CLIENT_ID", "AUTHORIZE_URL", "JWKS_URL"):
        monkeypatch.setenv(f"LTI_{name}", f"https://lms.example.org/{name}")
    c = Config()
    users.configure(c, dataclasses.replace(SITE, authenticator="lti"))
    authenticator = c.JupyterHub.authenticator_class(config=c)
    assert authenticator.issuer == "https://lms.example.org/ISSUER"
    assert authenticator.system_user_exists(SimpleNamespace(name="nobody-here"))
    with pytest.raises(Problem, match="pam"):
        users.configure(Config(), dataclasses.replace(SITE, authenticator="pam"))
    with pytest.raises(Problem, match="FORMGRADER_TOKEN_FOOTGUNS"):
        users.services(SITE, {})
    tokens = {"FORMGRADER_TOKEN_FOOTGUNS": "a" * 32, "FORMGRADER_TOKEN_OTHER": "b" * 32}
    assert [s["url"] for s in users.services(SITE, tokens)] == [
        "http://formgrader-footguns:8888",
        "http://formgrader-other:8888",
    ]


def test_the_compose_hub_mounts_slices(tmp_path, monkeypatch):
    """Its configuration, executed as JupyterHub does."""
    from traitlets.config.loader import PyFileConfigLoader

    shutil.copy(CONTAINERS / "hub.toml", tmp_path)
    given = {
        **OAUTH,
        "FOOTGUNS_HUB": str(tmp_path / "hub.toml"),
        "FOOTGUNS_DATABASE": "postgresql://db/footguns_hub",
        "FOOTGUNS_EXCHANGE": "/data/exchange",
        "FOOTGUNS_USER_IMAGE": "footguns/user:0.1.0",
        "FOOTGUNS_NETWORK": "footguns_users",
        "FORMGRADER_TOKEN_FOOTGUNS": "a" * 32,
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    c = PyFileConfigLoader("jupyterhub_config.py", path=str(CONTAINERS)).load_config()
    assert [s["name"] for s in c.JupyterHub.services] == ["footguns", "idle-culler"]
    for name in ("outbound", "feedback", "inbound"):
        (tmp_path / "exchange" / "footguns" / name).mkdir(parents=True)
    monkeypatch.setattr(users, "STATE", tmp_path)
    starting = spawner("anna", ["nbgrader-footguns"], volumes={"home": "/home/jovyan"})
    c.Spawner.pre_spawn_hook(starting)
    here = f"{tmp_path}/exchange/footguns"
    assert starting.volumes == {
        "home": "/home/jovyan",
        "/data/exchange/footguns/outbound": {"bind": f"{here}/outbound", "mode": "ro"},
        "/data/exchange/footguns/feedback": {"bind": f"{here}/feedback", "mode": "ro"},
        "/data/exchange/footguns/inbound/anna": {"bind": f"{here}/inbound", "mode": "rw"},
    }
    strange = spawner("eve", [], volumes={})
    c.Spawner.pre_spawn_hook(strange)
    assert strange.volumes == {}


@pytest.fixture(scope="module")
def container_course(tmp_path_factory):
    """A course as its container makes it, with a unit released; its root and its exchange."""
    patch = pytest.MonkeyPatch()
    patch.setattr(formgrader, "units", grading_class.units)
    folder = tmp_path_factory.mktemp("container")
    root, exchange = folder / "course", folder / "exchange"
    exchange.mkdir()
    exchange.chmod(0o777)
    for _ in range(2):  # a container starts more than once
        formgrader.make(root, exchange, "footguns", "en", ["anna"])
    patch.undo()
    return root, exchange


def handed_in(exchange, place, named, text="{}", when=None):
    when = when or time.strftime("%Y-%m-%d %H:%M:%S.000000 UTC", time.gmtime())
    folder = exchange / "footguns" / "inbound" / place / f"{named}+01-sums+{when}+abc"
    folder.mkdir(parents=True)
    (folder / "sums.ipynb").write_text(text)
    (folder / "timestamp.txt").write_text(when)
    return folder


def test_a_course_is_made_in_its_container(container_course):
    from nbgrader.api import Gradebook

    root, exchange = container_course
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (exchange / "footguns").iterdir()}
    assert modes == {"outbound": 0o755, "inbound": 0o2770, "feedback": 0o711}
    assert (root / "solutions" / "01-sums" / "sums.ipynb").exists()
    assert stat.S_IMODE((root / "nbgrader_config.py").stat().st_mode) == 0o640
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "footguns") as book:
        assert [student.id for student in book.students] == ["anna"]


def test_collecting_believes_the_place_and_not_the_name(container_course):
    root, exchange = container_course
    handed_in(exchange, "anna", "anna", "anna's")
    handed_in(exchange, "boris", "boris", "boris'")
    handed_in(exchange, "boris", "anna", "forged", when="2040-01-01 00:00:00.000000 UTC")
    os.symlink("/etc/passwd", exchange / "footguns" / "inbound" / "boris" / "anna+01-sums+x+y")
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "collect", "01-sums",
         "--Authenticator.plugin_class=nbgrader.auth.base.NoAuthPlugin"],
        cwd=root, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "it names anna, but lies where boris hands in" in done.stderr
    collected = {
        path.parent.parent.name: path.read_text() for path in root.glob("submitted/*/*/sums.ipynb")
    }
    assert collected == {"anna": "anna's", "boris": "boris'"}


@pytest.mark.parametrize("base", ["/", "/hub-of-ours/", "hub-of-ours"])
def test_a_formgrader_is_a_service_of_the_hub(base, tmp_path):
    given = {
        "JUPYTERHUB_API_URL": "http://hub:8081/hub/api",
        "JUPYTERHUB_API_TOKEN": "token",
        "JUPYTERHUB_BASE_URL": base,
        "PATH": "/bin",
    }
    command, environment = formgrader.server(tmp_path, "footguns", given)
    prefix = "/services/footguns/" if base == "/" else "/hub-of-ours/services/footguns/"
    assert environment["JUPYTERHUB_SERVICE_PREFIX"] == prefix
    assert environment["JUPYTERHUB_OAUTH_CALLBACK_URL"] == f"{prefix}oauth_callback"
    assert environment["JUPYTERHUB_USER"] == Course("footguns").account
    assert json.loads(environment["JUPYTERHUB_OAUTH_ACCESS_SCOPES"]) == [
        "access:services!service=footguns"
    ]
    assert environment["PATH"] == "/bin"
    assert command[-1] == f"--ServerApp.root_dir={tmp_path}"


# Kubernetes


@pytest.mark.parametrize("version", ["1.32", "1.37"])
def test_manifests_are_kubernetes_own(version, tmp_path):
    check = ("kubernetes-validate", "--strict", "--kubernetes-version", version)
    files = [KUBERNETES / f"{name}.yaml" for name in MANIFESTS]
    done = tool(*check, *files)
    assert done.returncode == 0, done.stdout + done.stderr
    wrong = (KUBERNETES / "grading.yaml").read_text().replace("replicas:", "replicaz:")
    (tmp_path / "wrong.yaml").write_text(wrong)
    assert tool(*check, tmp_path / "wrong.yaml").returncode != 0


def test_kustomize_puts_all_together():
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is not here")
    done = subprocess.run(
        [kubectl, "kustomize", str(KUBERNETES)], capture_output=True, text=True, check=True
    )
    built = [m for m in yaml.safe_load_all(done.stdout)]
    assert len(built) == len(manifests()) + 1  # and databases.sh
    (config,) = [m for m in built if m["kind"] == "ConfigMap"]
    assert config["data"]["databases.sh"] == (KUBERNETES / "databases.sh").read_text()
    (database,) = [m for m in built if m["kind"] == "StatefulSet"]
    used = [v["configMap"]["name"] for v in database["spec"]["template"]["spec"]["volumes"] if "configMap" in v]  # fmt: skip
    assert used == [config["metadata"]["name"]]


def pods():
    """{name: pod specification} of all that we start, a user's pod by KubeSpawner included."""
    return {
        m["metadata"]["name"]: m["spec"]["template"]["spec"]
        for m in manifests()
        if m["kind"] in ("Deployment", "StatefulSet")
    }


def restricted(pod):
    """What the restricted Pod Security Standard would say against a pod."""
    whole = pod.get("securityContext") or {}
    wrong = [f"{key}" for key in ("hostNetwork", "hostPID", "hostIPC") if pod.get(key)]
    allowed = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral",
               "persistentVolumeClaim", "projected", "secret"}  # fmt: skip
    wrong += [f"volume {v['name']}" for v in pod.get("volumes", ()) if set(v) - {"name"} - allowed]
    for container in (*pod["containers"], *pod.get("initContainers", ())):
        own = {**whole, **(container.get("securityContext") or {})}
        if own.get("allowPrivilegeEscalation") is not False or own.get("privileged"):
            wrong.append("privileges")
        if "ALL" not in (own.get("capabilities") or {}).get("drop", ()):
            wrong.append("capabilities")
        if not own.get("runAsNonRoot") or own.get("runAsUser") == 0:
            wrong.append("root")
        if (own.get("seccompProfile") or {}).get("type") not in ("RuntimeDefault", "Localhost"):
            wrong.append("seccomp")
    return wrong


def test_our_pods_keep_to_the_restricted_standard():
    found = pods()
    assert set(found) == {"database", "formgrader-footguns", "dask-scheduler", "dask-worker"}
    for name, pod in found.items():
        assert restricted(pod) == [], name
        assert pod["automountServiceAccountToken"] is False, name
        assert all("memory" in c["resources"]["limits"] for c in pod["containers"]), name
    broken = json.loads(json.dumps(found["dask-worker"]))
    broken["securityContext"]["runAsNonRoot"] = False
    broken["volumes"].append({"name": "host", "hostPath": {"path": "/"}})
    assert restricted(broken) == ["volume host", "root"]
    labels = named("Namespace", "footguns-grading")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def matches(selector, labels):
    assert set(selector or {}) <= {"matchLabels"}, "an expression: extend this test"
    return all(labels.get(k) == v for k, v in (selector or {}).get("matchLabels", {}).items())


#: Every kind of pod that there is: (namespace, labels).
PODS = {
    "hub": ("footguns", {"app": "jupyterhub", "component": "hub"}),
    "proxy": ("footguns", {"app": "jupyterhub", "component": "proxy"}),
    "student": ("footguns", {"app": "jupyterhub", "component": "singleuser-server"}),
    "database": ("footguns", {"app.kubernetes.io/name": "database"}),
    "formgrader": ("footguns", {"app.kubernetes.io/name": "formgrader"}),
    "scheduler": ("footguns-grading", {"app.kubernetes.io/name": "dask-scheduler"}),
    "worker": ("footguns-grading", {"app.kubernetes.io/name": "dask-worker"}),
    "dns": ("kube-system", {"k8s-app": "kube-dns"}),
    "stranger": ("default", {}),
}


def may(source, target, port):
    """Whether our policies let ``source`` open a connection to ``target``, pods of PODS. What the
    chart's own policies say of the chart's pods is not known here and taken for yes."""

    def rule_allows(rules, other, own):
        for rule in rules:
            ports = rule.get("ports", [])
            if ports and not any(p["port"] <= port <= p.get("endPort", p["port"]) for p in ports):
                continue
            peers = rule.get("to" if own == "egress" else "from", [])
            for peer in peers:
                namespace, labels = PODS[other]
                here = {"kubernetes.io/metadata.name": namespace}
                near = "namespaceSelector" in peer or namespace == of
                if near and matches(peer.get("namespaceSelector"), here) and matches(
                    peer.get("podSelector"), labels
                ):  # fmt: skip
                    return True
        return False

    for own, other, kind in ((source, target, "Egress"), (target, source, "Ingress")):
        of, labels = PODS[own]
        policies = [
            m["spec"]
            for m in manifests()
            if m["kind"] == "NetworkPolicy"
            and m["metadata"]["namespace"] == of
            and matches(m["spec"]["podSelector"], labels)
            and kind in m["spec"]["policyTypes"]
        ]
        if policies and not any(
            rule_allows(p.get(kind.lower(), []), other, kind.lower()) for p in policies
        ):
            return False
    return True


def test_policies_let_through_what_is_needed_and_nothing_else():
    needed = {
        ("hub", "database", 5432), ("formgrader", "database", 5432), ("formgrader", "hub", 8081),
        ("proxy", "formgrader", 8888), ("hub", "formgrader", 8888), ("formgrader", "scheduler", 8786),
        ("worker", "scheduler", 8786), ("scheduler", "worker", 8788), ("scheduler", "worker", 8789),
        ("worker", "dns", 53), ("formgrader", "dns", 53),
    }  # fmt: skip
    ours = {"database", "formgrader", "scheduler", "worker"}
    ports = {port for _, _, port in needed} | {80, 443, 22}
    found = {
        (a, b, port)
        for a in PODS
        for b in PODS
        for port in ports
        if a != b and (a in ours or b in ours) and may(a, b, port)
    }
    assert found == needed


def test_addresses_and_ports_fit_together():
    grading = {name: pods()[name]["containers"][0] for name in ("dask-scheduler", "dask-worker")}
    service = named("Service", "dask-scheduler")["spec"]["ports"][0]["port"]
    assert f"--port={service}" in grading["dask-scheduler"]["args"]
    assert f"tls://dask-scheduler:{service}" in grading["dask-worker"]["args"]
    for container in grading.values():
        given = {e["name"]: e.get("value") for e in container["env"]}
        assert given["DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION"] == "True"
    values = yaml.safe_load((KUBERNETES / "values.yaml").read_text())
    grader = named("Service", "formgrader-footguns")
    assert values["hub"]["services"]["footguns"]["url"] == (
        f"http://{grader['metadata']['name']}:{grader['spec']['ports'][0]['port']}"
    )
    (volume,) = values["hub"]["extraVolumes"]
    from course.hub.kubernetes.spawning import CLAIM

    assert volume["persistentVolumeClaim"]["claimName"] == CLAIM
    assert named("PersistentVolumeClaim", CLAIM)["spec"]["accessModes"] == ["ReadWriteMany"]
    mounted = {m["mountPath"] for m in values["hub"]["extraVolumeMounts"]}
    assert mounted == {str(users.STATE / "exchange")}
    images = {p["containers"][0]["image"] for p in pods().values()}
    images |= {f"{values[k]['image']['name']}:{values[k]['image']['tag']}" for k in ("hub", "singleuser")}  # fmt: skip
    built = yaml.safe_load((CONTAINERS / "compose.yaml").read_text())["services"].values()
    assert {i for i in images if i.startswith("footguns/")} == {
        s["image"] for s in built if "build" in s
    }


@pytest.fixture
def chart_hub(tmp_path, monkeypatch):
    """JupyterHub's configuration as the chart's has it when hub.extraConfig runs, with ours."""
    values = yaml.safe_load((KUBERNETES / "values.yaml").read_text())
    site = tmp_path / "hub.toml"
    text = values["hub"]["extraFiles"]["site"]["stringData"]
    site.write_text(text.replace("students = []", 'students = ["anna"]'))
    for name, value in {**OAUTH, "FOOTGUNS_HUB": str(site)}.items():
        monkeypatch.setenv(name, value)
    c = Config()
    c.JupyterHub.load_roles = [{"name": "jupyterhub-idle-culler"}]
    c.JupyterHub.services = [{"name": "footguns", "url": "http://formgrader-footguns:8888"}]
    exec(values["hub"]["extraConfig"]["footguns"], {"c": c})
    return c


def test_the_charts_hub_has_its_roles_and_ours(chart_hub):
    names = [role["name"] for role in chart_hub.JupyterHub.load_roles]
    assert names[0] == "jupyterhub-idle-culler"
    assert names[1:] == [role["name"] for role in roles.roles(load())]
    assert "idle-culler" not in names  # of a service that the chart has by another name
    assert chart_hub.JupyterHub.load_groups["nbgrader-footguns"] == {"users": ["anna"]}


@pytest.mark.parametrize("found", [[], {}])
def test_a_users_pod(chart_hub, found, tmp_path, monkeypatch):
    """KubeSpawner's own manifest of it, validated; whether the chart gives lists or dicts."""
    import asyncio

    import kubernetes_validate
    from kubespawner import KubeSpawner

    for name in ("outbound", "feedback", "inbound"):
        (tmp_path / "exchange" / "footguns" / name).mkdir(parents=True)
    monkeypatch.setattr(users, "STATE", tmp_path)
    # There is no cluster, and nothing is asked of it.
    monkeypatch.setattr("kubespawner.spawner.load_config", lambda **_: None)
    monkeypatch.setattr("kubespawner.spawner.shared_client", lambda _: None)
    kube = KubeSpawner(config=chart_hub, _mock=True)
    kube.user = SimpleNamespace(name="anna", groups=[SimpleNamespace(name="nbgrader-footguns")],
                                escaped_name="anna", id=1, url="")  # fmt: skip
    kube.volumes, kube.volume_mounts = type(found)(found), type(found)(found)
    kube.image = "footguns/user:0.1.0"
    for _ in range(2):
        chart_hub.KubeSpawner.pre_spawn_hook(kube)
    kube.get_env = lambda: dict(kube.environment)
    manifest = asyncio.run(kube.get_pod_manifest())
    pod = _plain(manifest)
    kubernetes_validate.validate(pod, "1.37", strict=True)
    spec = pod["spec"]
    assert restricted(spec) == []
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["fsGroup"] == users.GROUP
    (container,) = spec["containers"]
    assert container["securityContext"]["runAsUser"] == users.USER
    mounts = {m["subPath"]: (m["mountPath"], m["readOnly"]) for m in container["volumeMounts"]}
    here = f"{tmp_path}/exchange/footguns"
    assert mounts == {
        "footguns/outbound": (f"{here}/outbound", True),
        "footguns/feedback": (f"{here}/feedback", True),
        "footguns/inbound/anna": (f"{here}/inbound", False),
    }
    assert [v["name"] for v in spec["volumes"]] == ["exchange"]


def _plain(model):
    """A kubernetes_asyncio object as JSON, by its own maps of names."""
    if isinstance(model, list | tuple):
        return [_plain(item) for item in model]
    if isinstance(model, dict):
        return {key: _plain(value) for key, value in model.items() if value is not None}
    if hasattr(model, "attribute_map"):
        pairs = ((name, getattr(model, own)) for own, name in model.attribute_map.items())
        return {name: _plain(value) for name, value in pairs if value is not None}
    return model


def test_values_render_with_the_chart():
    """Only where the chart has been fetched: it is in no package index."""
    chart, helm = os.environ.get("FOOTGUNS_CHART"), shutil.which("helm")
    if not (chart and helm):
        pytest.skip("FOOTGUNS_CHART names no Zero to JupyterHub chart, or helm is not here")
    for command in ("lint", "template"):
        name = ["hub"] if command == "template" else []
        done = subprocess.run(
            [helm, command, *name, chart, "--values", str(KUBERNETES / "values.yaml")],
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr


def test_certificates_let_dask_in_and_nobody_else(tmp_path):
    """The script's files, by the variables that the manifests set, between real processes."""
    for name in ("ours", "theirs"):
        subprocess.run([KUBERNETES / "certificates.sh", tmp_path / name], check=True, capture_output=True)  # fmt: skip
    ours = tmp_path / "ours"
    assert sorted(p.name for p in ours.iterdir()) == ["ca.crt", "client", "scheduler", "worker"]
    assert all(p.stat().st_mode & 0o077 == 0 for p in ours.rglob("*"))

    def variables(pod, kind, folder):
        given = {
            e["name"]: e["value"].replace("/etc/dask", str(folder))
            for e in pods()[pod]["containers"][0]["env"]
            if e["name"].startswith("DASK_") and "value" in e
        }
        assert any(kind in name for name in given)
        return {**os.environ, **given}

    def start(pod, kind, arguments):
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind.lower()}", *arguments]
        return subprocess.Popen(
            [*command, "--host", "127.0.0.1"], env=variables(pod, kind, ours / kind.lower()),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=tmp_path,
        )  # fmt: skip

    (port,) = free_ports(1)
    own = [a for a in pods()["dask-scheduler"]["containers"][0]["args"] if a.startswith("--")]
    own = [f"--port={port}" if a.startswith("--port") else a for a in own]
    scheduler = start("dask-scheduler", "SCHEDULER", own)
    worker = None
    try:
        ask = (
            "import sys; from distributed import Client; "
            f"c = Client('tls://127.0.0.1:{port}', timeout=30); c.wait_for_workers(1, 60); "
            "print(c.submit(sum, [1, 2, 3]).result(30))"
        )
        own = [a for a in pods()["dask-worker"]["containers"][0]["args"] if a.startswith("--")]
        own = [a for a in own if not a.startswith(("--worker-port", "--nanny-port", "--local"))]
        worker = start("dask-worker", "WORKER", [f"tls://127.0.0.1:{port}", *own])
        results = {}
        for name in ("ours", "theirs"):
            results[name] = subprocess.run(
                [sys.executable, "-c", ask], capture_output=True, text=True, timeout=120,
                env=variables("formgrader-footguns", "CLIENT", tmp_path / name / "client"),
            )  # fmt: skip
        assert results["ours"].stdout == "6\n", results["ours"].stderr
        assert results["theirs"].returncode != 0
        assert "certificate" in results["theirs"].stderr.lower()
    finally:
        for process in filter(None, (worker, scheduler)):
            process.terminate()
            process.wait(30)


def test_each_role_of_postgresql_opens_its_own_database(tmp_path):
    """databases.sh against a real server, as PostgreSQL's image runs it."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not found or os.geteuid() != 0:
        pytest.skip("PostgreSQL's server is not here, or this is not root")
    folder = Path("/var/tmp") / f"footguns-databases-{os.getpid()}"
    folder.mkdir()
    shutil.chown(folder, "postgres")

    def run(program, *arguments, user="postgres", **environment):
        return subprocess.run(
            [str(program), *map(str, arguments)], user=user, cwd=folder, capture_output=True,
            text=True, env={"PATH": f"{found[-1]}:/usr/bin:/bin", "PGHOST": str(folder), **environment},
        )  # fmt: skip

    try:
        made = run(found[-1] / "initdb", "--auth-local=trust", "-D", folder / "data")
        assert made.returncode == 0, made.stderr
        hba = folder / "data" / "pg_hba.conf"
        hba.write_text("local all postgres trust\nlocal all all scram-sha-256\n")
        options = f"-c listen_addresses='' -k {folder}"
        assert run(found[-1] / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log",
                   "-o", options, "start").returncode == 0  # fmt: skip
        given = {"POSTGRES_USER": "postgres", "HUB_PASSWORD": "it's $one", "COURSE_PASSWORD": "two"}
        done = run(KUBERNETES / "databases.sh", **given)
        assert done.returncode == 0, done.stderr

        def opens(role, database, password):
            command = ("-U", role, "-d", database, "-c", "CREATE TABLE t ()")
            return run("psql", *command, PGPASSWORD=password).returncode == 0

        assert opens("footguns_hub", "footguns_hub", "it's $one")
        assert opens("footguns_course", "footguns_course", "two")
        assert not opens("footguns_hub", "footguns_course", "it's $one")
        assert not opens("footguns_course", "footguns_hub", "two")
        assert not opens("footguns_course", "footguns_course", "wrong")
    finally:
        run(found[-1] / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


# The Littlest JupyterHub


@pytest.fixture
def tljh(monkeypatch, tmp_path):
    """The hooks, called as TLJH calls them: by pluggy, from the entry point."""
    import pluggy

    site = tmp_path / "hub.toml"
    site.write_text(
        f'state = "{tmp_path}/state"\nhub_port = 15001\n'
        '[courses.footguns]\ninstructors = ["masha"]\nstudents = ["anna"]\n'
    )
    (tmp_path / "state" / "hub").mkdir(parents=True)
    monkeypatch.setenv("FOOTGUNS_HUB", str(site))
    specified = pluggy.HookspecMarker("tljh")
    hooks = {}
    for name, arguments in {
        "tljh_extra_user_conda_packages": "", "tljh_extra_user_pip_packages": "",
        "tljh_extra_hub_pip_packages": "", "tljh_extra_apt_packages": "",
        "tljh_custom_jupyterhub_config": "c", "tljh_config_post_install": "config",
        "tljh_post_install": "", "tljh_new_user_create": "username",
    }.items():  # fmt: skip
        exec(f"def {name}({arguments}): pass", hooks)
        specified(hooks[name])
    manager = pluggy.PluginManager("tljh")
    manager.add_hookspecs(SimpleNamespace(**{k: v for k, v in hooks.items() if k[0] == "t"}))
    from configparser import ConfigParser
    from importlib import import_module

    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    declared = setup["options.entry_points"]["tljh"].strip()
    name, _, module = declared.partition(" = ")
    manager.register(import_module(module), name=name)
    manager.check_pending()  # every hook of ours is one of TLJH's, with its arguments
    return manager.hook


def test_tljh_installs_the_course_for_users(tljh, monkeypatch):
    assert tljh.tljh_extra_user_pip_packages() == [["footguns==0.1.0"]]
    monkeypatch.setenv("FOOTGUNS_PACKAGE", "/root/footguns-0.1.0-py3-none-any.whl")
    assert tljh.tljh_extra_user_pip_packages() == [["/root/footguns-0.1.0-py3-none-any.whl"]]


def test_tljh_keeps_what_an_administrator_has_set(tljh):
    config = {"limits": {"memory": "8G"}}
    tljh.tljh_config_post_install(config=config)
    assert config["limits"]["memory"] == "8G"
    assert config["user_environment"]["default_app"] == "jupyterlab"


def test_tljh_runs_courses_beside_its_own_services(tljh):
    c = Config()
    c.JupyterHub.hub_port = 15001
    c.JupyterHub.services = [{"name": "cull-idle"}]
    c.JupyterHub.load_roles = [{"name": "cull-idle"}]
    tljh.tljh_custom_jupyterhub_config(c=c)
    culling, grader = c.JupyterHub.services
    assert culling["name"] == "cull-idle" and grader["name"] == "footguns"
    assert grader["url"].startswith("http://127.0.0.1:") and len(grader["api_token"]) == 64
    assert [r["name"] for r in c.JupyterHub.load_roles][0] == "cull-idle"
    assert "inherit" not in c.Spawner.server_token_scopes
    starting = spawner("masha", ["formgrade-footguns"])
    c.Spawner.pre_spawn_hook(starting)
    assert starting.environment["JUPYTER_CONFIG_PATH"].endswith("/jupyter/teacher")
    assert starting.environment["PATH"].startswith("/opt/tljh/user/bin:")
    from jupyterhub.app import JupyterHub

    hub = JupyterHub(config=c)  # traits of the right kinds
    assert {service["name"] for service in hub.services} == {"cull-idle", "footguns"}


def test_tljh_must_have_the_port_of_the_settings(tljh):
    c = Config()
    c.JupyterHub.hub_port = 15009
    with pytest.raises(Problem, match="15009"):
        tljh.tljh_custom_jupyterhub_config(c=c)


def test_tljh_formgraders_run_with_users_python():
    from course.hub.tljh.setup import UNIT, unit

    text = unit((HUB / "systemd" / UNIT).read_text())
    assert "ExecStart=/opt/tljh/user/bin/python -m course.hub formgrader %i\n" in text
    assert "/opt/footguns" not in text and "After=network-online.target jupyterhub.service" in text


def test_tljh_closes_new_homes(tljh, tmp_path, monkeypatch):
    import pwd

    home = tmp_path / "jupyter-anna"
    home.mkdir(mode=0o755)
    monkeypatch.setattr(pwd, "getpwnam", lambda name: SimpleNamespace(pw_dir=tmp_path / name))
    tljh.tljh_new_user_create(username="jupyter-anna")
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_tljh_students_are_called_as_their_accounts():
    from course.hub.tljh.setup import as_accounts

    assert as_accounts(SITE).courses[0].students == ("jupyter-anna", "jupyter-boris")
    assert as_accounts(SITE).courses[0].instructors == ("masha",)


def test_tljh_says_what_is_left_to_do(tljh, monkeypatch, caplog):
    monkeypatch.delenv("FOOTGUNS_CHECKOUT", raising=False)
    tljh.tljh_post_install()
    assert "course.hub.tljh.setup" in caplog.text


def test_images_hold_jupyters_settings_by_role(tmp_path):
    from course.hub.containers.roles import main

    main(tmp_path)
    assert sorted(p.name for p in (tmp_path / "jupyter").iterdir()) == sorted(
        [*extensions.ROLES, "warm"]
    )


# A formgrader that the Hub did not start


_HUB = """
import dataclasses
from course.hub import roles
from course.hub.settings import Course, Site

site = Site(courses=(Course("footguns", instructors=("masha",), students=("anna",)),), idle=0)
c.JupyterHub.bind_url = "http://127.0.0.1:{port}/base/"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub}"
c.JupyterHub.db_url = "sqlite://"
c.JupyterHub.cookie_secret = bytes(32)
c.ConfigurableHTTPProxy.command = ["{proxy}"]
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api}"
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = "a password of one run"
c.Authenticator.allow_all = True
c.JupyterHub.load_groups = roles.groups(site)
c.JupyterHub.load_roles = roles.roles(site)
c.JupyterHub.services = [
    dict(name="footguns", url="http://127.0.0.1:{own}", api_token="{token}", oauth_no_confirm=True)
]
"""


def test_instructors_reach_a_formgrader_in_a_container(container_course, tmp_path, monkeypatch):
    """The Hub, its proxy and the formgrader's server as the container's command has it; whoever is
    no teacher of the course is refused."""
    import requests

    from course.hub.containers.roles import main
    from course.hub.demo import installed_proxy

    if shutil.which(installed_proxy()) is None:
        pytest.skip("configurable-http-proxy is not here")
    root, _ = container_course
    main(tmp_path)
    monkeypatch.setattr(formgrader, "STATE", tmp_path)
    port, hub, api, own = free_ports(4)
    token = "0123456789abcdef" * 2
    config = tmp_path / "config.py"
    config.write_text(_HUB.format(port=port, hub=hub, api=api, own=own, token=token,
                                  proxy=installed_proxy()))  # fmt: skip
    given = {
        **os.environ,
        "JUPYTERHUB_API_URL": f"http://127.0.0.1:{hub}/base/hub/api",
        "JUPYTERHUB_API_TOKEN": token,
        "JUPYTERHUB_BASE_URL": "/base/",
    }
    command, environment = formgrader.server(root, "footguns", given)
    environment["JUPYTERHUB_SERVICE_URL"] = f"http://127.0.0.1:{own}"
    started = []

    def start(words, name, **options):
        log = open(tmp_path / name, "wb")  # noqa: SIM115  closed with the process
        started.append(subprocess.Popen(words, stdout=log, stderr=log, **options))

    def visit(name, path):
        """What somebody gets there, signed in."""
        with requests.Session() as session:
            page = f"http://127.0.0.1:{port}/base/hub/login"
            session.get(page)
            answer = session.post(
                page, params={"_xsrf": session.cookies.get("_xsrf", path="/base/hub/")},
                data={"username": name, "password": "a password of one run"},
                allow_redirects=False,
            )  # fmt: skip
            assert answer.status_code == 302, answer.text
            return session.get(f"http://127.0.0.1:{port}/base/services/footguns{path}")

    def answers(url):
        try:
            code = requests.get(url, timeout=5).status_code
            return code < 500 and code != 404  # 404: the proxy is there before its Hub is
        except requests.RequestException:
            assert all(p.poll() is None for p in started), [p.args for p in started]
            return False

    try:
        start([sys.executable, "-m", "jupyterhub", "-f", config], "hub.log", cwd=tmp_path)
        start([*command, "--allow-root"], "grader.log", cwd=root, env=environment)
        for url in (f"http://127.0.0.1:{port}/base/hub/api/", f"http://127.0.0.1:{own}/base/services/footguns/api"):  # fmt: skip
            wait_until(partial(answers, url), 120, missing=(tmp_path / "grader.log").read_text)
        page = visit("masha", "/formgrader/api/assignments")
        assert page.status_code == 200, (page.url, page.text[:500])
        assert [unit["name"] for unit in page.json()] == ["01-sums", "02-more"]
        frame = visit("masha", "/formgrader/manage_assignments")
        assert frame.headers["Content-Security-Policy"] == "frame-ancestors 'self'"
        assert visit("anna", "/formgrader/api/assignments").status_code == 403
    finally:
        for process in started:
            process.terminate()
        for process in started:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


# The page


def test_the_page_names_tests_and_files_that_are_there():
    page = (ROOT / "docs" / "hub.md").read_text("utf-8")
    proofs = re.findall(r"`(tests/[\w/.]+\.py)(?:::(\w+))?`(?:, `::(\w+)`)?", page)
    assert len(proofs) > 15
    for path, *names in proofs:
        text = (ROOT / path).read_text("utf-8")
        for name in filter(None, names):
            assert f"def {name}(" in text, (path, name)
    for link in re.findall(r"\]\(((?!https?:|#)[^)]+)\)", page):
        assert (ROOT / "docs" / link).exists(), link
    for folder in re.findall(r"`(course/hub/[\w/.]*)`", page):
        assert (ROOT / folder).exists(), folder
    anchors = {re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in re.findall(r"(?m)^## (.*)$", page)}  # fmt: skip
    assert set(re.findall(r"\]\(#([\w-]+)\)", page)) <= anchors
