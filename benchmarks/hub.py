"""Whether one machine carries a class: a real Hub, real accounts, nbgrader's own API.

``sudo python -m benchmarks.hub`` makes a site with a Hub of its own, and takes it away again. First
``--students`` have their servers started, fetch a unit, write something of their own into it, and
hand it in, all at the same time, by the API of their servers. Then ``--class`` accounts hand in
solved and unsolved notebooks, the course collects them and grades them in one run. Needs root, and
``configurable-http-proxy`` as ``make hub`` installs it. Ends with lines ``name: value``::

    servers_ready_seconds    from the first login to the last server; once a day, not once a class
    server_mb                proportional memory (PSS) of a student's server, without a kernel
    fetch_submit_seconds     from the first request to the last answer, all students at once
    slowest_fetch_seconds    of one student
    slowest_submit_seconds   of one student
    lost, mixed_up           submissions that are not in the course, or in another student's name
    collect_seconds          one `nbgrader collect` of the large class
    grade_seconds            one `autograder grade` of it
    graded, wrong_marks      notebooks with a record; those with other marks than they must get
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

UNIT, NOTEBOOK = "00-field-kit", "field-kit"
_LOGINS = 6  # at once: the Hub itself starts no more than 100, and the machine fewer


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hub", description=__doc__)
    parser.add_argument("--students", type=int, default=50)
    parser.add_argument("--class", type=int, default=300, dest="many")
    options = parser.parse_args()
    from course.hub import accounts
    from course.hub.environment import make

    accounts.must_be_root()
    with tempfile.TemporaryDirectory(prefix="footguns-bench-", dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        python = make(folder / "environment")
        found = {}
        if options.students:
            found |= everybody_at_once(python, options.students)
        if options.many:
            found |= a_large_class(python, options.many)
    for key, value in found.items():
        print(f"{key}: {value:.1f}" if isinstance(value, float) else f"{key}: {value}")


def everybody_at_once(python: Path, count: int) -> dict:
    """``count`` students fetch and hand in at the same time, by their own servers."""
    from hub.running import deployment
    from hub.visiting import Visitor

    with deployment(python, students=count) as hub:
        release(hub)
        visitors = [Visitor(hub, f"student{i + 1}") for i in range(count)]
        began = time.monotonic()
        with ThreadPoolExecutor(_LOGINS) as pool:
            list(pool.map(_start, visitors))
        ready = time.monotonic() - began
        memory = [_memory(hub.account(visitor.name).pw_uid) for visitor in visitors]
        barrier, times = threading.Barrier(count), {}

        def work(visitor):
            barrier.wait()
            start = time.monotonic()
            assert visitor.fetch(UNIT)["success"]
            fetched = time.monotonic()
            visitor.write(f"{hub.course.id}/{UNIT}/name.txt", visitor.name)
            wrote = time.monotonic()
            assert visitor.submit(UNIT)["success"]
            times[visitor.name] = start, fetched - start, time.monotonic() - wrote, time.monotonic()

        with ThreadPoolExecutor(count) as pool:
            list(pool.map(work, visitors))
        _expect(hub.nbgrader("collect", UNIT))
        lost = mixed = 0
        for visitor in visitors:
            path = hub.root / "submitted" / visitor.name / UNIT / "name.txt"
            if not path.exists():
                lost += 1
            elif path.read_text() != visitor.name:
                mixed += 1
        return {
            "students": count,
            "servers_ready_seconds": ready,
            "server_mb": sum(memory) / count,
            "fetch_submit_seconds": max(t[3] for t in times.values())
            - min(t[0] for t in times.values()),
            "slowest_fetch_seconds": max(t[1] for t in times.values()),
            "slowest_submit_seconds": max(t[2] for t in times.values()),
            "lost": lost,
            "mixed_up": mixed,
        }


def a_large_class(python: Path, count: int) -> dict:
    """``count`` students' work is collected from the exchange, and graded in one run."""
    from hub.running import deployment

    from autograder.building.masters import units
    from autograder.grading.demo import make_class

    (unit,) = units(only=(UNIT,))
    with deployment(python, students=count, running=False) as hub:
        release(hub)
        expected = {}
        everybody = make_class([unit], "en", count, seed=1)
        for i, (_, _, work) in enumerate(everybody):
            name = hub.names[f"student{i + 1}"]
            _hand_in(hub, name, work.files)
            expected.setdefault(name, {})[UNIT] = work.expected(unit)
        began = time.monotonic()
        _expect(hub.nbgrader("collect", UNIT))
        collected = time.monotonic()
        report = hub.root / "report.json"
        script = str(python.with_name("autograder"))
        options = ("--course", str(hub.root), "--json", str(report))
        _expect(hub.run(hub.course.account, script, "grade", UNIT, *options))
        graded = time.monotonic()
        found = json.loads(report.read_text())
        from autograder.grading.demo import compare

        wrong = compare(found, {"students": expected})
        return {
            "class": count,
            "collect_seconds": collected - began,
            "grade_seconds": graded - collected,
            "graded": len(found["submissions"]) - found["run"]["unrecorded"],
            "wrong_marks": len(wrong),
        }


def release(hub) -> None:
    for step in ("generate_assignment", "release_assignment"):
        _expect(hub.nbgrader(step, UNIT))


def _start(visitor):
    visitor.log_in()
    visitor.start_server(600)


def _hand_in(hub, name, files):
    """A submission as the account itself would put it into the exchange."""
    from course.hub import accounts

    moment = "2026-01-01 00:00:00.000000 UTC"
    inbound = hub.site.exchange / hub.course.id / "inbound"
    path = inbound / f"{name}+{UNIT}+{moment}+{os.urandom(6).hex()}"

    def put():
        path.mkdir()
        for file, data in {**files, "timestamp.txt": moment.encode()}.items():
            (path / file).write_bytes(data)

    accounts.acting_as(hub.account(name), put)


def _memory(uid):
    """Megabytes of an account's processes, what they share with others in parts."""
    total = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if process.stat().st_uid == uid:
                lines = (process / "smaps_rollup").read_text().splitlines()
                total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        except OSError:
            continue
    return total / 1024


def _expect(done):
    assert done.returncode == 0, done.stderr[-3000:]


if __name__ == "__main__":
    main()
