"""Notebooks run in forks of one warm process, each judged in a fork of its own.

::

    job           what goes in and what comes back
    executor      what a grading run needs of whatever runs its jobs
    pool          the coordinator's side: which job runs when, limits and kills from outside
      running     a job while it runs: its forks and folders (files)
      attempt     what is known of a job while it runs, and whom to blame
      results     what came of a cell, checked where others say it (outputs)
      server_link the warm process: launched, talked to, ended (host, preload)
    wire          frames between the coordinator and the forks
    server        the warm process: imports once, forks on request
      fork        what every fork does first: its job, the sandbox, seeds, threads
      student_fork  the notebook's cells (shell, capture, clock, interpreter)
      judge_fork  test cells on what the student's fork offers
        verdict   of one test cell
"""
