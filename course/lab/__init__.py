"""Instruments that notebooks import: ``from course.lab import data, figures, unseen``."""
