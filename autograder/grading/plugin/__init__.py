"""The engine inside nbgrader.

::

    settings        what makes nbgrader use it, in a course's configuration
    preprocessors   what nbgrader loads by name: `nbgrader autograde` and the formgrader
"""
