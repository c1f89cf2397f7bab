"""A course directory, and marks in nbgrader's gradebook.

::

    course, create   an nbgrader course directory: read, made
    record           verdicts to marks, and to outputs that nbgrader reads as these marks
    book             the one writer, by nbgrader's own code
    export           marks as tables for Canvas, Moodle and spreadsheets
"""
