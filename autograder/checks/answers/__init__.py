"""Checks of what a student writes down or returns: tables, numbers, functions, arrays, source text."""
