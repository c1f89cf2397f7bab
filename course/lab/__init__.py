"""Instruments that notebooks import: ``from course.lab import data, training, figures``."""
