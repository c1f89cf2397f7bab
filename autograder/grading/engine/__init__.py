"""Notebooks run in forks of one warm process, each judged in a fork of its own.

::

    executor      what a grading run needs of whatever runs its jobs
    warm          the coordinator's side: a pool of forks, limits and kills from outside
    attempt       what is known of a job while it runs, and whom to blame
    wire          frames between the coordinator and the forks
    server        the warm process: imports once, forks on request
      child       what every fork does first: its job, the sandbox, seeds, threads
      execute     the student's fork: the notebook's cells (shell, recorder, interpreter)
      judging     the judge's fork: test cells on what the student's fork offers
        judge     a test cell's verdict
    host, outputs what a fork is given of this host; what is kept of what it shows
"""
