"""Checks of claims that two computations are one function, or are not."""
