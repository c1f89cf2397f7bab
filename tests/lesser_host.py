"""Runs something as another user and without some system calls: a host that allows less.

    python lesser_host.py USER DENIED probe              what the sandbox finds there, as JSON
    python lesser_host.py USER DENIED grade ARGUMENTS    the command line's `autograder grade`

USER: 'nobody' or 'same'. DENIED: names of system calls with commas between them, or '-'. The filter
is inherited by all processes that are started from here.
"""

import ctypes
import errno
import json
import os
import sys
from dataclasses import asdict

sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from autograder.grading import sandbox  # noqa: E402
from autograder.grading.sandbox import _kernel, seccomp  # noqa: E402

OTHERS = {"landlock_create_ruleset": (444, 444), "clone3": (435, 435)}
PRCTL = (157, 167)


def deny(names):
    """``names`` of system calls; 'seccomp' stands for filters of the processes' own."""
    column = {"x86_64": 0, "aarch64": 1}[_kernel.MACHINE]
    numbers = {**seccomp._DENIED, **OTHERS}
    steps = [seccomp._step(0x20, 0)]
    for name in set(names) - {"seccomp"}:
        code = errno.ENOSYS if name == "clone3" else errno.EPERM  # as container engines do
        steps += seccomp._rule(numbers[name][column], 0x00050000 | code)
    if "seccomp" in names:
        steps += seccomp._prohibited(PRCTL[column], 0, _kernel.PR_SET_SECCOMP)
    seccomp.load(b"".join(steps) + seccomp._step(0x06, 0x7FFF0000))


def become_nobody():
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
    ctypes.CDLL(None).prctl(_kernel.PR_SET_DUMPABLE, 1, 0, 0, 0)  # as after logging in


def main(user, denied, what, *arguments):
    if user == "nobody":
        become_nobody()
    if denied != "-":
        deny(denied.split(","))
    if what == "probe":
        host = sandbox.probe()
        print(json.dumps(asdict(host) | {"properties": host.properties}))
        return
    from autograder.cli import main

    sys.argv = ["autograder", "grade", *arguments]
    main()


if __name__ == "__main__":
    main(*sys.argv[1:])
