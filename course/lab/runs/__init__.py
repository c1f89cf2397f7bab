"""Long measurements in a notebook: seen while they run, stopped and gone on with at any time.

::

    experiment = runs.Experiment({"with": train, "without": train_other}, total=10_000, every=100)

    experiment.run()                        # in a cell of its own: run it again to go on

    experiment.history["with"]["accuracy"]  # an array, beside "iteration" and "seconds"
    experiment.first("accuracy", 0.9)       # {"with": 500, "without": None}
    experiment.best("accuracy")             # {"with": (9_800, 0.98), ...}
    experiment.rates                        # iterations per second of each series
    experiment.curves("accuracy", 0.9)      # a figure with a text twin

A *trainer* is any callable: ``train(n)`` goes on for ``n`` iterations and returns a dict of numbers,
such as ``{"accuracy": 0.93}``. The experiment calls the trainers in turns, ``every`` iterations each,
so that their curves grow side by side.

``run()`` shows a notebook one picture that is drawn again in place, a terminal one line, and writes a
single line where nobody is looking (stdout is a file, or a grading run). Nothing goes to stderr. An
interrupt (the ■ button, Ctrl-C) lets the stretch under way finish, keeps everything computed, and says
how to go on. Whoever draws otherwise, a widget say, gives ``run`` a display of its own or drives
``steps()``.

===================  ===============================================================
``Experiment``       the series, their history, and what is asked of it
``watch``            any loop, with a live picture and a progress bar
``histograms``       a net's activations by layer and class, now
``gradient_signs``   the signs of its gradients, now
``Progress``         how far, how fast, how long still
``quick(n, few)``    ``n`` (iterations, say), or ``few`` where a machine is the only reader
``attended()``       whether somebody may move a control
===================  ===============================================================
"""

from course.lab.runs.display import Notebook, Quiet, Terminal, attended, here, quick
from course.lab.runs.experiment import Experiment
from course.lab.runs.progress import Progress
from course.lab.runs.views import gradient_signs, histograms
from course.lab.runs.watching import watch

__all__ = [
    "Experiment",
    "Notebook",
    "Progress",
    "Quiet",
    "Terminal",
    "attended",
    "gradient_signs",
    "here",
    "histograms",
    "quick",
    "watch",
]
