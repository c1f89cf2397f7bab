"""Two callables -> equal, or a small counter-example.

::

    result = equivalence(f, g, Inputs.images(channels=3, pool=2))
    result.equal, result.compared, result.counterexample
    assert_equivalent(f, g, inputs, names=("yours", "expected"), controls={"no ReLU": h})
"""

from autograder.equivalence.compare import (
    Counterexample,
    Equivalence,
    assert_equivalent,
    equivalence,
)
from autograder.equivalence.inputs import Inputs

__all__ = ["Counterexample", "Equivalence", "Inputs", "assert_equivalent", "equivalence"]
