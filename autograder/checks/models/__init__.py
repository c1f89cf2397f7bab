"""Checks of repaired models: design, brief, answers, learning, skill."""
