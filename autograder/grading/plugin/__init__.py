"""The engine inside nbgrader, and for its other courses.

::

    preprocessors   named in nbgrader's configuration: `nbgrader autograde` and the formgrader
    in_kernel       notebooks that Footguns did not make, judged where the student's code runs
"""
