"""Who somebody is: PAM, a campus' OAuth 2 or OpenID Connect, an LMS by LTI 1.3, or, for a look on
one's own machine, one password for all.

Secrets come from the environment of the Hub and stand in no file of ours:

======================  ==========================================================================
``oauth``               ``OAUTH_CLIENT_ID``, ``OAUTH_CLIENT_SECRET``, ``OAUTH_CALLBACK_URL``
                        (``https://HOST/BASE/hub/oauth_callback``), ``OAUTH_AUTHORIZE_URL``,
                        ``OAUTH_TOKEN_URL``, ``OAUTH_USERDATA_URL``; ``OAUTH_USERNAME_CLAIM``
                        (``preferred_username``), ``OAUTH_SCOPES`` (``openid profile``),
                        ``OAUTH_GROUPS_CLAIM`` (``groups``)
``lti``                 ``LTI_ISSUER``, ``LTI_CLIENT_ID`` (several: with commas),
                        ``LTI_AUTHORIZE_URL``, ``LTI_JWKS_URL``; ``LTI_USERNAME_CLAIM``
                        (``preferred_username``)
``dummy``               ``DUMMY_PASSWORD``
======================  ==========================================================================

With ``groups = "authenticator"`` in the site's settings, a course has those who are in a group of
the campus named ``nbgrader-COURSE`` or ``formgrade-COURSE``; from an LMS, those whom it sends from a
course with the label COURSE, its instructors and assistants to the formgrader; ``allow_all = true``
lets in everybody whom the campus sends. All names become Unix accounts, made at the first login.
"""

from __future__ import annotations

import os
import re

from autograder.errors import Problem
from autograder.messages import msg
from course.hub.settings import USER_NAME, Site

_CONTEXT = "https://purl.imsglobal.org/spec/lti/claim/context"
_ROLES = "https://purl.imsglobal.org/spec/lti/claim/roles"
_TEACHING = ("Instructor", "TeachingAssistant", "Administrator")
_ADD_USER = ["useradd", "--create-home", "--user-group", "--shell", "/bin/bash", "--password", "!"]


def configure(c, site: Site) -> None:
    """Put what the site's authenticator needs into JupyterHub's ``c``. Raises Problem when the
    environment lacks something."""
    kinds = {"pam": _pam, "oauth": _oauth, "lti": _lti, "dummy": _dummy}
    if site.authenticator not in kinds:
        raise Problem(
            msg(
                "Expected an authenticator of {known}. Received: {name}.",
                known=", ".join(kinds),
                name=site.authenticator,
            ),
            exit_code=2,
        )
    kinds[site.authenticator](c)
    if site.groups == "authenticator":
        c.Authenticator.manage_groups = True
        if site.authenticator == "oauth":
            groups = os.environ.get("OAUTH_GROUPS_CLAIM", "groups")
            c.LocalGenericOAuthenticator.auth_state_groups_key = f"oauth_user.{groups}"
    c.Authenticator.allow_all = site.allow_all
    c.Authenticator.allow_existing_users = False  # course accounts are users of the Hub too
    c.Authenticator.allowed_users = set(site.people)
    c.Authenticator.blocked_users = {course.account for course in site.courses}
    c.Authenticator.admin_users = set(site.admins)
    c.Authenticator.username_pattern = f"^{USER_NAME.pattern}$"


def _pam(c):
    c.JupyterHub.authenticator_class = "pam"
    c.PAMAuthenticator.open_sessions = False  # sessions of PAM are for one process of one user


def _dummy(c):
    c.JupyterHub.authenticator_class = "shared-password"
    c.SharedPasswordAuthenticator.user_password = _given("DUMMY_PASSWORD")


def _oauth(c):
    c.JupyterHub.authenticator_class = "oauthenticator.generic.LocalGenericOAuthenticator"
    own = c.LocalGenericOAuthenticator
    own.client_id = _given("OAUTH_CLIENT_ID")
    own.client_secret = _given("OAUTH_CLIENT_SECRET")
    own.oauth_callback_url = _given("OAUTH_CALLBACK_URL")
    own.authorize_url = _given("OAUTH_AUTHORIZE_URL")
    own.token_url = _given("OAUTH_TOKEN_URL")
    own.userdata_url = _given("OAUTH_USERDATA_URL")
    claim = os.environ.get("OAUTH_USERNAME_CLAIM", "preferred_username")
    own.username_claim = lambda about: unix_name(str(about[claim]))
    own.scope = os.environ.get("OAUTH_SCOPES", "openid profile").split()
    own.create_system_users = True
    own.add_user_cmd = _ADD_USER


def _lti(c):
    c.JupyterHub.authenticator_class = "course.hub.lti.LocalLTI13Authenticator"
    own = c.LocalLTI13Authenticator
    own.issuer = _given("LTI_ISSUER")
    own.client_id = set(_given("LTI_CLIENT_ID").split(","))
    own.authorize_url = _given("LTI_AUTHORIZE_URL")
    own.jwks_endpoint = _given("LTI_JWKS_URL")
    own.username_key = os.environ.get("LTI_USERNAME_CLAIM", "preferred_username")
    own.create_system_users = True
    own.add_user_cmd = _ADD_USER


def unix_name(name: str) -> str:
    """A campus' or an LMS' name as a Unix account's: an address without its domain, small letters,
    and ``_`` for what cannot be."""
    name = re.sub(r"[^a-z0-9_.-]", "_", name.partition("@")[0].lower())[:32]
    return name if USER_NAME.fullmatch(name) else f"u{name}"[:32]


def groups_of(claims: dict) -> list[str]:
    """nbgrader's groups for somebody whom an LMS sends: the course's, by the course's label."""
    label = str(claims.get(_CONTEXT, {}).get("label", "")).lower()
    label = re.sub(r"[^a-z0-9_]", "_", label)
    if not label:
        return []
    roles = [role.rpartition("#")[2] for role in claims.get(_ROLES, [])]
    teaches = any(role in _TEACHING for role in roles)
    return [f"nbgrader-{label}", *([f"formgrade-{label}"] if teaches else [])]


def _given(name):
    value = os.environ.get(name)
    if not value:
        raise Problem(
            msg(
                "Expected the variable {name} in the Hub's environment. Received: none.", name=name
            ),
            exit_code=2,
        )
    return value
