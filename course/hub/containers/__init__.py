"""The course in containers: one for every student, on one machine or on many.

::

    Dockerfile         images: user, worker, formgrader, hub
    compose.yaml       one machine: proxy, hub, PostgreSQL, formgrader, a dask scheduler and workers
    users              what a user's container is given: tools by role, slices of the exchange
    collecting         nbgrader's collect, where a folder's place says whose it is
    formgrader         a course's directory, and its formgrader, in a container of its own
    jupyterhub_config  the Hub of compose.yaml; ``../kubernetes`` has the other one

Everybody in a container has the same number, so numbers cannot tell students apart as accounts do.
What cannot be reached need not be told apart: of the exchange, a student's container is given what
is released and returned, to read, and a folder of its own to hand in. The formgrader has another
number than students have, and the gradebook's address and the solutions to itself. Users' names stay
``jovyan``, for nbgrader asks the Hub's variable for the student's name only then.
"""
