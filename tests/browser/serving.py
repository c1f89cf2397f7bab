"""A Jupyter server of this machine for a test: a home of its own, a free port, ended for sure."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request

# Every cell in the page, whether it is in sight or not: tests find cells by their place.
_TRACKER = {"windowingMode": "none"}
# No news and no questions over the network, nothing saved behind the test's back.
_SETTINGS = {
    "notebook-extension/tracker.jupyterlab-settings": _TRACKER,
    "apputils-extension/notification.jupyterlab-settings": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
}
_START_SECONDS = 60


class Server:
    """``with Server(folder) as server``: files in ``server.root``, pages at ``server.url``."""

    def __init__(self, folder):
        self.folder, self.root, self.token = folder, folder / "work", secrets.token_hex(8)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        self.root.mkdir()
        home = self.folder / "home"
        for name, settings in _SETTINGS.items():
            path = home / "settings" / "@jupyterlab" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(settings))
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "NBGRADER"))}
        environment = {
            **kept,
            "HOME": str(home),
            "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
            "FOOTGUNS_PROGRESS": str(home / "progress.json"),
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "FOOTGUNS_QUICK": "1",
            # The first kernel starts as everybody's does, the others with TensorFlow imported.
            "JUPYTER_DEFAULT_PROVISIONER_NAME": "footguns-warm",
        }
        command = [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1",
            f"--port={self.port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={self.token}",
            f"--ServerApp.root_dir={self.root}", "--LabApp.news_url=",
        ]  # fmt: skip
        self.log = (self.folder / "log").open("wb")
        self.process = subprocess.Popen(
            command, env=environment, stdout=self.log, stderr=self.log, start_new_session=True
        )
        self._wait()
        return self

    def __exit__(self, *error):
        os.killpg(self.process.pid, signal.SIGTERM)  # it ends its kernels
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.log.close()

    def _wait(self):
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            try:
                self.ask("/api/status")
                return
            except OSError:
                time.sleep(0.2)
        raise RuntimeError((self.folder / "log").read_text(errors="replace")[-2000:])

    def ask(self, path, method="GET"):
        request = urllib.request.Request(
            self.url + path, method=method, headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=20) as reply:
            text = reply.read()
        return json.loads(text) if text else None

    def end_kernels(self):
        for kernel in self.ask("/api/kernels"):
            self.ask(f"/api/kernels/{kernel['id']}", "DELETE")
