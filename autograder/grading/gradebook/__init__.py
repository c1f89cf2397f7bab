"""A course directory, and marks in nbgrader's gradebook.

::

    course, create   an nbgrader course directory: read, made
    restore          a submission's answers in the master's notebook
    marks            verdicts to marks, and to outputs that nbgrader reads as these marks
    record           the one writer, by nbgrader's own code
    misconceptions   what many students were told
"""
