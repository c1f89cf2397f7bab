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
    "course.lab.bench",
    "course.lab.data",
    "course.lab.experiments",
    "course.lab.figures",
    "course.lab.keys",
    "course.lab.predictions",
    "course.lab.probes",
    "course.lab.ready",
    "course.lab.runs",
    "course.lab.statistics",
    "course.lab.unseen",
)
#: And what their checks, and the crossing of exhibits, import on use.
PRELOAD = (
    *NOTEBOOK,
    "sklearn",
    "autograder.reading",
    "autograder.reading.costs",
    "autograder.reading.merging",
    "autograder.reading.tracing",
    "autograder.equivalence",
    "autograder.faults",
    "autograder.faults.programs",
    "autograder.exhibits.apart",
    "autograder.exhibits.rebuilding",
    "autograder.training",
)
#: What every fork of a grading run needs, whatever its notebook imports.
ALWAYS = (
    "autograder.grading.engine.student_fork",
    "autograder.grading.engine.judge_fork",
    "autograder.grading.engine.shell",
    # What a shell imports when it is made, at its first cell and for its first error.
    "IPython.core.application",
    "IPython.core.completer",
    "IPython.core.completerlib",
    "IPython.core.logger",
    "IPython.core.magics",
    "IPython.core.magics.execution",
    "IPython.core.oinspect",
    "pygments.formatters.terminal256",
    "pygments.styles",
    "stack_data",
    "course.lab",  # whose folder cannot be listed in a fork, for the masters beside it
    "matplotlib_inline.backend_inline",
)
