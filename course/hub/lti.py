"""Users whom an LMS sends by LTI 1.3, as accounts of this machine."""

from __future__ import annotations

from jupyterhub.auth import LocalAuthenticator
from ltiauthenticator.lti13.auth import LTI13Authenticator

from course.hub.authenticators import groups_of, unix_name


class LocalLTI13Authenticator(LocalAuthenticator, LTI13Authenticator):
    """Makes the account at the first login, and says by the LMS' own word who teaches."""

    def normalize_username(self, username):
        return unix_name(username)

    async def authenticate(self, handler, data=None):
        model = await super().authenticate(handler, data)
        if model is not None and self.manage_groups:
            model["groups"] = groups_of(model["auth_state"])
        return model
