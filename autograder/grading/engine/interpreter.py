"""What of the interpreter a student's cell may have changed, and is cheap to put back.

It protects nobody (the judge's fork never runs a student's code): it keeps a notebook going whose
author rebinds `isinstance`, or leaves a trace function behind.
"""

from __future__ import annotations

import builtins
import sys
from functools import cache


@cache
def our_modules() -> list[str]:
    """Names of this package's modules that are imported when this is first asked. The warm process
    asks before it forks: in a fork, a look at every module copies the pages that all of them are on.
    """
    return [name for name in sys.modules if name.split(".")[0] == "autograder"]


class Interpreter:
    """Remembers builtins, this package's modules and the streams as they are now."""

    def __init__(self, stdout, stderr):
        self._streams = stdout, stderr
        self._builtins = dict(vars(builtins))
        self._modules = {k: sys.modules[k] for k in our_modules() if k in sys.modules}

    def restore(self) -> None:
        sys.settrace(None)
        sys.setprofile(None)
        vars(builtins).update(self._builtins)
        sys.modules.update(self._modules)
        sys.stdout, sys.stderr = self._streams
