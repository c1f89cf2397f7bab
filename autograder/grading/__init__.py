"""A class of submissions -> marks in nbgrader's gradebook. For Linux.

::

    commands -> run       submissions to records to gradebook; nothing is done twice, nothing lost
                restore   a submission's answers in the master's notebook
                warm      a pool of forks of one warm process (server), limits from outside
                  execute, judge     in the fork: the student's cells; the test cells
                  attempt            what is known of a job while it runs, and whom to blame
                marks     verdicts to marks, and to outputs that nbgrader reads as these marks
                record    the one writer, by nbgrader's own code
    create, demo, feedback, display
"""
