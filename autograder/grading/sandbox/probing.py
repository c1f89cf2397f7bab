"""Finds out what this host allows, by attack: what holds was tried, and seen to hold.

An examiner process forks a throw-away child for every trial. A layer is on when a child can enter
it on top of those before it and still do what notebooks do; it counts for a property when it alone
stops an attack that gets through without it; and the property holds when all layers together stop
every attack.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import tempfile
import time
from pathlib import Path

from autograder.grading.sandbox import _kernel, attacks, cgroups, layers, namespaces
from autograder.grading.sandbox.memory import private_memory

#: Layers around a job instead of in it: the wall clock and the eye on memory of
#: :mod:`autograder.grading.engine.pool`, and the end that its server makes of what a job leaves behind.
OUTSIDE = ("clock", "watch", "reaper")

_NEEDS = {"netns": ("userns",), "ipcns": ("userns",), "pidns": ("userns",), "nproc": ("uid",),
          "mount": ("userns", "pidns"), "capabilities": ("userns",)}  # fmt: skip
_PATIENCE = 10.0  # seconds for one trial; a tenth of one is usual


def examine(read: tuple[str, ...], hidden: tuple[str, ...]) -> dict:
    """Returns {"layers": {layer: True or why not}, "stops": {attack: [layers]}}.

    "host" among the layers of an attack: it does not get through here even without any.
    """
    receiver, sender = os.pipe2(os.O_CLOEXEC)
    pid = os.fork()
    if pid == 0:
        try:
            os.close(receiver)
            os.setsid()
            with open(sender, "w") as out:
                json.dump(_report(read, hidden), out)
            os._exit(0)
        finally:
            os._exit(70)
    os.close(sender)
    with open(receiver) as said:
        text = said.read()
    os.waitpid(pid, 0)
    cgroups.tidy()
    return json.loads(text)


def _report(read, hidden):
    try:
        namespaces.die_with_parent()
        _kernel.prctl(_kernel.PR_SET_CHILD_SUBREAPER, 1)
        with _Range(read, hidden) as found:
            return found.report()
    except Exception as error:  # better no sandbox, and said so, than no grading
        why = f"looking for it failed: {type(error).__name__}: {error}"
        names = (*layers.LAYERS, *OUTSIDE)
        return {"layers": dict.fromkeys(names, why),
                "stops": {attack.__name__: [] for attack in attacks.DEFENCES}}  # fmt: skip


class _Range:
    """Where attacks are tried: this process as their target, and a folder with what they need."""

    def __init__(self, read, hidden):
        self.base = Path(tempfile.mkdtemp(prefix="footguns-probe-"))
        self.base.chmod(0o755)  # the canary is behind nothing but what is being tried
        canary = self.base / "canary"
        canary.write_text("x")
        canary.chmod(0o666)
        self.jobs = self.base / "jobs"
        self.jobs.mkdir()
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.datagrams.bind(("127.0.0.1", 0))
        self.local = socket.socket(socket.AF_UNIX)
        name = f"footguns-probe-{os.getpid()}"
        self.local.bind("\0" + name)
        self.local.listen(64)
        self.read, self.hidden = read, hidden
        self.born = max(private_memory(os.getpid()))
        self.target = {
            "pid": os.getpid(),
            "birth": attacks.birth(os.getpid()),
            "tcp": self.listening.getsockname()[1],
            "udp": self.datagrams.getsockname()[1],
            "name": name,
            "canary": str(canary),
            "hidden": hidden,
        }

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for sock in (self.listening, self.datagrams, self.local):
            sock.close()
        shutil.rmtree(self.base, ignore_errors=True)

    def report(self):
        on, why = self.layers()
        alone = self.outcomes([], attacks.DEFENCES)
        stops = {a.__name__: ["host"] for a in alone if not alone[a]}
        tried = [attack for attack in alone if alone[attack]]
        stops |= {attack.__name__: [] for attack in tried}
        for name in (*on, *OUTSIDE):
            needs = [need for need in _NEEDS.get(name, ()) if need in on]
            against = [attack for attack in tried if name in attacks.DEFENCES[attack]]
            for attack, through in self.outcomes([*needs, name], against).items():
                if not through:
                    stops[attack.__name__].append(name)
        for attack, through in self.outcomes([*on, *OUTSIDE], attacks.DEFENCES).items():
            if through:
                stops[attack.__name__] = []
        return {"layers": why, "stops": stops}

    def layers(self):
        """The layers that can be entered, in order; and for each True or why not."""
        on, why = list(layers.LAYERS), {}
        while on:  # mostly all that can be entered also work together
            trial = _Trial(self, on, [attacks.work])
            entered = trial.entered or {}
            off = {name: entered[name] for name in on if entered.get(name, True) is not True}
            if trial.results == [True] and not off:
                break
            if "userns" in off:  # what else failed may do without
                off = {"userns": off["userns"]}
            elif not off:
                off = self.culprit(on)
            on = [name for name in on if name not in off]
            why |= off
        return on, {name: why.get(name, True) for name in (*layers.LAYERS, *OUTSIDE)}

    def culprit(self, names):
        """{layer: reason} of the first of these layers in which nothing works."""
        for i, name in enumerate(names):
            trial = _Trial(self, names[: i + 1], [attacks.work])
            if trial.results != [True]:
                return {name: trial.error or "nothing works in it"}
        return {}

    def outcomes(self, names, tried):
        """{attack: whether it got through} of these attacks on a child with those layers."""
        calm = [attack for attack in tried if attack not in attacks.LAST]
        groups = [calm, *([attack] for attack in tried if attack in attacks.LAST)]
        trials = [(group, _Trial(self, names, group)) for group in groups if group]
        return {attack: trial.through(attack) for group, trial in trials for attack in group}


class _Trial:
    """Attacks by one child that has entered some layers; ``entered`` says which, if any."""

    def __init__(self, found, names, tried):
        self.found, self.names, self.tried = found, names, tried
        self.entered: dict | None = None
        self.error: str | None = None
        self.results: list[bool] = []
        self.unknown = False  # what became of the attacks without a result
        folder = tempfile.mkdtemp(dir=found.jobs)
        self.profile = layers.Profile(
            folder, attacks.MEMORY, attacks.PROCESSES, found.read, found.hidden
        )
        self.target = attacks.Target(**found.target, folder=folder)
        self.pipe, sender = os.pipe2(os.O_CLOEXEC)
        self.pid = namespaces.fork_first() if self.first() else os.fork()
        if self.pid == 0:
            try:
                self.child(sender)
            finally:
                os._exit(70)
        os.close(sender)
        try:
            self.listen()
        finally:
            self.end()
            os.close(self.pipe)
            shutil.rmtree(folder, ignore_errors=True)

    def through(self, attack):
        """Whether it was seen to succeed; or nothing was seen, which proves no defence either."""
        return (*self.results, *[self.unknown] * len(self.tried))[self.tried.index(attack)]

    def first(self):
        return "pidns" in self.names and _kernel.has_capability(_kernel.CAP_SYS_ADMIN)

    def child(self, sender):
        os.setsid()
        namespaces.die_with_parent()

        def say(**message):
            os.write(sender, json.dumps(message).encode() + b"\n")

        try:
            say(entered=layers.enter(self.profile, self.names))
        except OSError as error:  # from a view of the files that could not be finished
            say(entered={"mount": error.strerror or str(error)})
            os._exit(1)
        for attack in self.tried:
            try:
                say(through=attack(self.target))
            except Exception as error:
                held = isinstance(error, (OSError, MemoryError)) or attack is attacks.work
                say(through=not held, error=f"{type(error).__name__}: {error}")
        while self.tried[0] in attacks.LASTING:
            time.sleep(60)
        os._exit(0)

    def listen(self):
        """Hear what the child says until it is done, has ended or is ended for its memory."""
        text = b""
        deadline = time.monotonic() + _PATIENCE
        while len(self.results) < len(self.tried):
            if time.monotonic() > deadline:
                self.unknown = True
                return
            chunk = None
            if select.select([self.pipe], [], [], 0.01)[0]:
                chunk = os.read(self.pipe, 4096)
                *lines, text = (text + chunk).split(b"\n")
                for line in map(json.loads, lines):
                    self.entered = line.get("entered", self.entered)
                    self.error = line.get("error", self.error)
                    self.results += [line["through"]] if "through" in line else []
            if "watch" in self.names and self.grown() > attacks.MEMORY:
                self.results = [False]
            if chunk == b"":
                self.unknown = self.entered is None
                return

    def grown(self):
        """MB that the child and what it has forked have taken, beside what they were born with."""
        return sum(max(0, size - self.found.born) for size in private_memory(self.pid))

    def end(self):
        """End what is left of the child, and see whether this ends what was to outlast it."""
        if self.tried == [attacks.outlive] and self.results == [True]:
            os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
            if "reaper" in self.names:
                self.sweep()
            self.results = [self.lives()]
        if self.tried == [attacks.endure] and self.results == [True]:
            os.killpg(self.pid, signal.SIGKILL if "clock" in self.names else signal.SIGTERM)
            self.results = [self.lives()]
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self.sweep()
        cgroups.remove(self.pid)

    def lives(self):
        """Whether any process still holds the other end of the pipe, for longer than it may."""
        return not select.select([self.pipe], [], [], 1.0 if self.names else 0.1)[0]

    def sweep(self):
        """Kill and reap what children have left behind: it is this process' child now."""
        me = os.getpid()
        while True:
            pids = Path(f"/proc/{me}/task/{me}/children").read_text().split()
            strays = [int(pid) for pid in pids if int(pid) != self.pid]
            if not strays:
                return
            for pid in strays:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, 0)
