"""What a Hub takes of a machine: ``python -m benchmarks.sizing [--servers N] [--kernels N]``.

Memory is the proportional set size: a page that n processes share counts 1/n in each, so that sums
are true. Measured are the Hub, its proxy and users' servers (real ones, as children of this process,
on loopback ports), kernels after a unit's first cells in the ordinary way and warm, and the processes
of a grading run at their highest. Nothing of it needs root.
"""

from __future__ import annotations

import argparse
import json
import platform
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import psutil

MB = 1 << 20
UNIT = "01-feet-dense"
_HUB = """
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub}"
c.JupyterHub.db_url = "sqlite:///{folder}/hub.sqlite"
c.JupyterHub.cookie_secret_file = "{folder}/cookie"
c.ConfigurableHTTPProxy.command = ["{proxy}"]
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api}"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = "{folder}/{{username}}"
c.Spawner.cmd = ["{python}", "-m", "jupyterhub.singleuser"]
c.Spawner.args = ["--allow-root"]
c.Spawner.start_timeout = c.Spawner.http_timeout = 120
c.JupyterHub.services = [{{"name": "measure", "api_token": "{token}"}}]
c.JupyterHub.load_roles = [
    {{"name": "measure", "services": ["measure"], "scopes": ["admin:users", "admin:servers"]}}
]
"""


def pss(*processes: psutil.Process) -> float:
    """MB of these processes; ended ones have none."""
    total = 0
    for process in processes:
        try:
            total += process.memory_full_info().pss
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return total / MB


def tree(process: psutil.Process) -> list[psutil.Process]:
    """A process and all below it."""
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def hub(servers: int) -> dict[str, float]:
    """MB of the Hub, of its proxy, and of each of ``servers`` users' servers without a kernel."""
    from course.hub.demo import installed_proxy

    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        port, hub_port, api = _free_ports(3)
        token = secrets.token_hex(16)
        config = Path(folder, "config.py")
        config.write_text(
            _HUB.format(port=port, hub=hub_port, api=api, folder=folder, token=token,
                        proxy=installed_proxy(), python=sys.executable)
        )  # fmt: skip
        log = stack.enter_context(open(Path(folder, "log"), "wb"))
        process = psutil.Popen(
            [sys.executable, "-m", "jupyterhub", "-f", config], stdout=log, stderr=log, cwd=folder,
            start_new_session=True,
        )  # fmt: skip
        stack.callback(_end, process)

        def ask(method, path):
            request = urllib.request.Request(
                f"http://127.0.0.1:{hub_port}/hub/api/{path}", method=method,
                headers={"Authorization": f"token {token}"}, data=b"" if method == "POST" else None,
            )  # fmt: skip
            with urllib.request.urlopen(request, timeout=150) as answer:
                return json.loads(answer.read() or b"null")

        _until(lambda: _answers(lambda: ask("GET", "")), "the Hub", process)
        names = [f"student{n}" for n in range(servers)]
        for name in names:
            ask("POST", f"users/{name}")
            ask("POST", f"users/{name}/server")
            _until(lambda name=name: ask("GET", f"users/{name}")["server"], name, process)
        below = process.children(recursive=True)
        singles = [p for p in below if "jupyterhub.singleuser" in " ".join(p.cmdline())]
        proxies = [p for p in below if "configurable-http-proxy" in " ".join(p.cmdline())]
        return {
            "hub": pss(process),
            "proxy": pss(*proxies),
            f"a user's server (mean of {len(singles)})": pss(*singles) / len(singles),
        }


def kernels(count: int, warm: bool) -> dict[str, float]:
    """MB that each of ``count`` kernels adds, started and after a unit's first cells, and the seconds
    until then."""
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import KernelManager

    from autograder.kernels.commands import SPECIFICATION
    from autograder.kernels.warm import Warm

    how = "warm" if warm else "ordinary"
    found: dict[str, float] = {}
    me = psutil.Process()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "measured").mkdir()
        spec = SPECIFICATION if warm else {**SPECIFICATION, "metadata": {}}
        (folder / "measured" / "kernel.json").write_text(json.dumps(spec))
        specs = KernelSpecManager(kernel_dirs=[str(folder)], ensure_native_kernel=False)
        if warm:
            if not Warm.instance().ready(180):
                raise RuntimeError("Expected a warm process. Received: none.")
            stack.callback(Warm.instance().process.kill)
            found["what warm kernels are forks of, one for a server"] = pss(*tree(me)[1:])
        without = pss(*tree(me)[1:])
        clients, seconds = [], 0.0
        for _ in range(count):
            start = time.perf_counter()
            manager = KernelManager(kernel_name="measured", kernel_spec_manager=specs)
            manager.start_kernel(
                cwd=str(folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            stack.callback(manager.shutdown_kernel, now=True)
            clients.append(manager.blocking_client())
            clients[-1].start_channels()
            stack.callback(clients[-1].stop_channels)
            clients[-1].wait_for_ready(timeout=120)
            seconds += time.perf_counter() - start
        found[f"a kernel, {how}, started"] = (pss(*tree(me)[1:]) - without) / count
        for client in clients:
            start = time.perf_counter()
            for source in _first_cells():
                answer = client.execute_interactive(source, timeout=300, output_hook=lambda _: None)
                if answer["content"]["status"] != "ok":
                    raise RuntimeError("\n".join(answer["content"]["traceback"]))
            seconds += time.perf_counter() - start
        found[f"a kernel, {how}, after the first cells"] = (pss(*tree(me)[1:]) - without) / count
        found[f"seconds until then, {how}"] = seconds / count
    return found


def grading(workers: int) -> dict[str, float]:
    """The most MB at a time of `autograder grade --workers` on a class of 12, and how long it took."""
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder, "course")
        program = [sys.executable, "-c", "from autograder.cli import main; main()"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run([*program, "demo", course, "--students", "12"], check=True, **quiet)
        start = time.perf_counter()
        run = psutil.Popen(
            [*program, "grade", UNIT, "--course", course, "--workers", str(workers)], **quiet
        )
        most = 0.0
        while run.poll() is None:
            most = max(most, pss(*tree(run)))
            time.sleep(0.2)
        return {
            f"a grading run with {workers} workers, at its highest": most,
            f"seconds of it with {workers} workers": time.perf_counter() - start,
        }


def _first_cells():
    """The cells of a unit up to its first task: imports, data, the first model."""
    from autograder.building.masters import units
    from autograder.building.notebooks import notebook_text

    (unit,) = units(only=(UNIT,))
    cells = json.loads(notebook_text(unit.notebook("en", "release")))["cells"]
    code = [c for c in cells if c["cell_type"] == "code"]
    tasks = [i for i, c in enumerate(code) if c["metadata"].get("nbgrader", {}).get("solution")]
    return ["".join(c["source"]) for c in code[: tasks[0]]]


def _until(found, what, process, seconds=180.0):
    end = time.monotonic() + seconds
    while not found():
        if time.monotonic() > end or not process.is_running():
            raise RuntimeError(f"Expected {what} within {seconds:g} s. Received: nothing.")
        time.sleep(0.1)


def _answers(ask):
    try:
        ask()
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
    return True


def _end(process):
    for one in reversed(tree(process)):
        try:
            one.send_signal(signal.SIGTERM if one is process else signal.SIGKILL)
        except psutil.NoSuchProcess:
            continue
    process.wait(30)


def _free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--servers", type=int, default=3)
    parser.add_argument("--kernels", type=int, default=2)
    options = parser.parse_args()
    rows = {
        **hub(options.servers),
        **kernels(options.kernels, warm=False),
        **kernels(options.kernels, warm=True),
        **grading(1),
        **grading(2),
    }
    print(
        f"Python {platform.python_version()}, {psutil.cpu_count()} cores. MB if nothing is said.\n"
    )
    print("| what | measured |\n|---|---|")
    for what, value in rows.items():
        print(f"| {what} | {value:.0f} |" if value >= 20 else f"| {what} | {value:.1f} |")


if __name__ == "__main__":
    main()
