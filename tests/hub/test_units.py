"""The units of a deployment, its settings, and who may ask the Hub for what."""

import subprocess
import tempfile
from pathlib import Path

import pytest

from autograder.errors import Problem
from course.hub import authenticators, environment, roles
from course.hub.settings import Course, Site, load, save
from hub.running import UNITS

COURSES = (
    Course(id="first", instructors=("ira",), graders=("gosha",), students=("anna", "boris")),
    Course(id="second", instructors=("gosha",), students=("anna",)),
)


@pytest.mark.parametrize("unit", sorted(path.name for path in UNITS.iterdir()))
def test_systemd_understands_a_unit(machine, tmp_path, unit):
    for path in UNITS.iterdir():
        text = path.read_text().replace("/opt/footguns/bin/python", "/bin/true")
        (tmp_path / path.name).write_text(text)
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=yes"]
    done = subprocess.run([*command, str(tmp_path / unit)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    broken = tmp_path / unit
    broken.write_text(broken.read_text().replace("[Service]", "[Service]\nKilMode=process"))
    if unit.endswith(".service"):
        done = subprocess.run([*command, str(broken)], capture_output=True, text=True)
        assert done.returncode != 0 and "KilMode" in done.stderr


def test_settings_are_read_as_they_were_written(tmp_path):
    site = Site(
        courses=COURSES,
        state=tmp_path / 'a "folder"',
        base_url="base",
        admins=("root",),
        warm_kernels=True,
        environment={"FOOTGUNS_CACHE": "/srv/data sets"},
    )
    save(site, tmp_path / "hub.toml")
    assert load(tmp_path / "hub.toml") == site
    assert (tmp_path / "hub.toml").stat().st_mode & 0o777 == 0o600
    assert site.base_url == "/base/"
    assert [course.port for course in site.courses] == [9001, 9002]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("prot = 8000", "one of the settings courses|one of the settings"),
        ('port = "8000"', "port of the type int"),
        ("warm_kernels = 1", "warm_kernels of the type bool"),
        ('database = "mysql://x"', 'database = "sqlite"'),
        ("port = 9001\n[courses.first]", "every port once"),
        ('[courses."../etc"]', "a course's name"),
        ('[courses.first]\nstudents = ["../../etc"]', "a Unix user name"),
        ('[courses.first]\nstudents = ["a+b"]', "a Unix user name"),
        ('[courses.first]\nlang = "de"', "a language of en, ru"),
        ("[courses.first", "hub.toml"),
    ],
)
def test_settings_that_cannot_be_are_refused(tmp_path, text, expected):
    (tmp_path / "hub.toml").write_text(text)
    with pytest.raises(Problem, match=expected) as problem:
        load(tmp_path / "hub.toml")
    assert problem.value.exit_code == 2


def test_settings_that_are_not_there_are_asked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("FOOTGUNS_HUB", str(tmp_path / "none.toml"))
    with pytest.raises(Problem, match="No such file or directory.*FOOTGUNS_HUB"):
        load()


def test_libraries_in_a_closed_home_are_copied(tmp_path):
    closed = tmp_path / "home"
    (closed / "libraries" / "package").mkdir(parents=True)
    (closed / "libraries" / "package" / "module.py").write_text("x = 1")
    (closed / "libraries" / "link").symlink_to("package")
    closed.chmod(0o700)
    assert not environment.reachable(closed / "libraries")
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        Path(name).chmod(0o755)
        shared = environment._shared(closed / "libraries", Path(name) / "copy")
        assert shared == Path(name) / "copy"
        assert environment.reachable(shared / "package" / "module.py")
        assert (shared / "link" / "module.py").read_text() == "x = 1"
        assert environment._shared(shared, Path(name) / "no copy") == shared


def test_a_python_in_a_closed_home_is_not_given_to_others(tmp_path, monkeypatch):
    monkeypatch.setattr(environment.sys, "base_prefix", str(tmp_path))
    with pytest.raises(Problem, match="Expected a Python 9.9 that every account may run"):
        environment._base("9.9")


def test_everybody_is_in_the_groups_of_his_courses():
    groups = roles.groups(Site(courses=COURSES))
    members = {name: set(group["users"]) for name, group in groups.items()}
    assert members == {
        "nbgrader-first": {"anna", "boris", "ira", "gosha"},
        "formgrade-first": {"ira", "gosha"},
        "instructors-first": {"ira"},
        "nbgrader-second": {"anna", "gosha"},
        "formgrade-second": {"gosha"},
        "instructors-second": {"gosha"},
    }


def test_no_scope_reaches_beyond_a_course():
    site = Site(courses=COURSES)
    given = [scope for role in roles.roles(site) for scope in role["scopes"]]
    given += roles.server_scopes(site)
    assert not {"inherit", "admin:users", "admin:servers", "admin:groups", "groups"} & set(given)
    for scope in given:
        kind = scope.partition("!")[0]
        if kind in ("groups", "access:services", "read:services"):
            assert scope.partition("!")[2], scope
    second = [r for r in roles.roles(site) if r["name"] == "service-second"]
    assert all("first" not in scope for role in second for scope in role["scopes"])


@pytest.mark.parametrize(
    "name, account",
    [
        ("Anna.Petrova@uni.example", "anna.petrova"),
        ("1234567", "u1234567"),
        ("анна", "____"),
        ("../../etc/passwd", "u.._.._etc_passwd"),
        ("a+b", "a_b"),
        ("root:x", "root_x"),
        ("x" * 50, "x" * 32),
    ],
)
def test_names_of_a_campus_become_accounts(name, account):
    assert authenticators.unix_name(name) == account


def test_an_lms_says_who_teaches():
    claims = {
        "https://purl.imsglobal.org/spec/lti/claim/context": {"id": "17", "label": "First"},
        "https://purl.imsglobal.org/spec/lti/claim/roles": [
            "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
        ],
    }
    assert authenticators.groups_of(claims) == ["nbgrader-first"]
    claims["https://purl.imsglobal.org/spec/lti/claim/roles"].append(
        "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"
    )
    assert authenticators.groups_of(claims) == ["nbgrader-first", "formgrade-first"]
    assert authenticators.groups_of({}) == []


_ENVIRONMENT = {
    "pam": {},
    "dummy": {"DUMMY_PASSWORD": "a long password"},
    "oauth": {
        "OAUTH_CLIENT_ID": "id",
        "OAUTH_CLIENT_SECRET": "secret",
        "OAUTH_CALLBACK_URL": "https://hub.example/hub/oauth_callback",
        "OAUTH_AUTHORIZE_URL": "https://sso.example/authorize",
        "OAUTH_TOKEN_URL": "https://sso.example/token",
        "OAUTH_USERDATA_URL": "https://sso.example/userinfo",
    },
    "lti": {
        "LTI_ISSUER": "https://lms.example",
        "LTI_CLIENT_ID": "id",
        "LTI_AUTHORIZE_URL": "https://lms.example/authorize",
        "LTI_JWKS_URL": "https://lms.example/jwks",
    },
}


@pytest.mark.parametrize("groups", ["settings", "authenticator"])
@pytest.mark.parametrize("kind", _ENVIRONMENT)
def test_an_authenticator_takes_its_settings(kind, groups, monkeypatch):
    """JupyterHub's own classes must know every name that is set, and let in nobody else."""
    pytest.importorskip("jupyterhub")
    from jupyterhub.app import JupyterHub
    from traitlets.config import Config

    for name, value in _ENVIRONMENT[kind].items():
        monkeypatch.setenv(name, value)
    c = Config()
    site = Site(courses=COURSES, authenticator=kind, groups=groups, admins=("root",))
    authenticators.configure(c, site)
    made = JupyterHub(config=c).authenticator_class(config=c)
    known = made.traits(config=True)
    for owner in [cls.__name__ for cls in type(made).__mro__]:
        assert set(c.get(owner, {})) <= set(known), owner
    assert made.allowed_users == {"root", "ira", "gosha", "anna", "boris"}
    assert made.manage_groups == (groups == "authenticator")
    assert not made.allow_existing_users and not made.allow_all
    assert {"grader-first", "grader-second"} <= made.blocked_users
    assert made.validate_username("anna") and not made.validate_username("a+b")


@pytest.mark.parametrize("kind", ["oauth", "lti", "dummy"])
def test_a_secret_that_is_missing_is_asked_for(kind, monkeypatch):
    from traitlets.config import Config

    for name in _ENVIRONMENT[kind]:
        monkeypatch.delenv(name, raising=False)
    first = next(iter(_ENVIRONMENT[kind]))
    with pytest.raises(Problem, match=first):
        authenticators.configure(Config(), Site(authenticator=kind))


def test_an_unknown_authenticator_is_refused():
    from traitlets.config import Config

    with pytest.raises(Problem, match="pam, oauth, lti, dummy"):
        authenticators.configure(Config(), Site(authenticator="ldap"))
