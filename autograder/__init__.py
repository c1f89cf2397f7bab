"""Read Keras models, prove equivalences, find design faults, grade notebooks.

The public names below load on first use: importing this package must stay cheap, because the
command line answers ``--help`` without TensorFlow.
"""

import os as _os
from importlib import import_module as _import_module

# TensorFlow's start-up lines on stderr would make nbgrader score a test cell 0.
_os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from autograder.errors import CheckFailed, CouldNotCheck

_LAZY = {
    "read": "autograder.reading",
    "LayerGraph": "autograder.reading",
    "equivalence": "autograder.equivalence",
    "assert_equivalent": "autograder.equivalence",
    "Equivalence": "autograder.equivalence",
    "Inputs": "autograder.equivalence",
    "diagnose": "autograder.faults",
    "Diagnosis": "autograder.faults",
    "Task": "autograder.faults",
    "assert_no_faults": "autograder.faults",
    "DoctorCallback": "autograder.faults.callback",
    "xray": "autograder.xrays",
}

__all__ = ["CheckFailed", "CouldNotCheck", *_LAZY]
__version__ = "0.1.0"


def __getattr__(name):
    if name not in _LAZY:
        raise AttributeError(f"module 'autograder' has no attribute '{name}'")
    value = getattr(_import_module(_LAZY[name]), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted(__all__)
