"""Checks of what a student does to inputs and targets before a net learns from them."""
