"""What warm processes import before they fork: a fork finds it there, and shares its memory."""

from __future__ import annotations

#: What notebooks of Footguns import, in a student's kernel too.
NOTEBOOK = (
    "numpy",
    "keras",
    "tensorflow",
    "matplotlib.pyplot",
    "ipywidgets",
    "autograder.checks",
    "course.lab.data",
    "course.lab.figures",
)
#: And what their checks, and the crossing of exhibits, import on use.
PRELOAD = (
    *NOTEBOOK,
    "sklearn",
    "autograder.reading",
    "autograder.equivalence",
    "autograder.faults",
    "autograder.exhibits.apart",
    "autograder.exhibits.rebuilding",
    "autograder.training",
)
#: What every fork of a grading run needs, whatever its notebook imports.
ALWAYS = (
    "autograder.grading.engine.student_fork",
    "autograder.grading.engine.judge_fork",
    "autograder.grading.engine.shell",
    "IPython.core.completer",  # with what follows, what a shell imports when it is made
    "IPython.core.magics",
    "course.lab",  # whose folder cannot be listed in a fork, for the masters beside it
    "matplotlib_inline.backend_inline",
)
