"""Masters to notebooks: see :mod:`autograder.building.masters` for the format that authors write."""

from autograder.building._toml import Texts
from autograder.building.masters import Cell, Task, Unit, Variant, checkout, units

__all__ = ["Cell", "Task", "Texts", "Unit", "Variant", "checkout", "units"]
