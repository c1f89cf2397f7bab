"""Somebody without a browser: logs in by the Hub's page, then asks his own server's API."""

import time

import requests


class Visitor:
    """One user of a running :class:`running.Deployment`."""

    def __init__(self, hub, role):
        self.hub, self.name = hub, hub.names[role]
        self.session = requests.Session()

    def log_in(self):
        """Log in, and get a token for all that follows."""
        page = f"{self.hub.url}hub/login"
        self.session.get(page, timeout=60)
        form = {
            "username": self.name,
            "password": self.hub.passwords[self.name],
            "_xsrf": self.session.cookies.get("_xsrf", path=f"{self.hub.site.base_url}hub/"),
        }
        answer = self.session.post(page, data=form, allow_redirects=False, timeout=60)
        assert answer.status_code == 302, (answer.status_code, answer.text[-500:])
        url = f"{self.hub.url}hub/api/users/{self.name}/tokens"
        headers = {
            "X-XSRFToken": self.session.cookies.get("_xsrf", path=f"{self.hub.site.base_url}hub/"),
            "Referer": f"{self.hub.url}hub/token",
        }
        answer = self.session.post(url, json={"note": "a visitor"}, headers=headers, timeout=60)
        assert answer.status_code == 201, answer.text
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"token {answer.json()['token']}"

    def start_server(self, seconds=240):
        """Ask the Hub for a server, and wait until it is there."""
        api = f"{self.hub.url}hub/api/users/{self.name}"
        answer = self.session.post(f"{api}/server", timeout=60)
        while answer.status_code == 429:  # too many at once: the Hub says when to come again
            time.sleep(float(answer.headers.get("Retry-After", 5)))
            answer = self.session.post(f"{api}/server", timeout=60)
        assert answer.status_code in (201, 202), answer.text
        deadline = time.monotonic() + seconds
        while True:
            found = self.session.get(api, timeout=60).json()
            if found["servers"].get("", {}).get("ready"):
                return
            assert time.monotonic() < deadline, f"no server of {self.name}"
            time.sleep(0.5)

    def ask(self, method, path, seconds=240, **more):
        """Ask one's own server; returns the answer as JSON."""
        url = f"{self.hub.url}user/{self.name}/{path}"
        answer = self.session.request(method, url, timeout=seconds, **more)
        assert answer.status_code < 300, (answer.status_code, answer.text[-500:])
        return answer.json()

    def assignments(self):
        return self.ask("GET", "assignments", params={"course_id": self.hub.course.id})

    def fetch(self, unit):
        return self._do("fetch", unit)

    def submit(self, unit):
        return self._do("submit", unit)

    def _do(self, action, unit):
        what = {"course_id": self.hub.course.id, "assignment_id": unit}
        return self.ask("POST", f"assignments/{action}", json=what)

    def write(self, path, text):
        """Save a text file of one's home by the server's own API."""
        body = {"type": "file", "format": "text", "content": text}
        self.ask("PUT", f"api/contents/{path}", json=body)
