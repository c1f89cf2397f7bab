"""A class of submissions -> marks in nbgrader's gradebook. For Linux.

::

    commands -> run       submissions to records to gradebook; nothing is done twice, nothing lost
                grader    one notebook: what its marks depend on, its job, its record
                restore   a submission's answers in the master's notebook
                in_kernel the same for notebooks that Footguns did not make, in the classic way
                warm      a pool of forks of one warm process (server), limits from outside
                  execute, judge     in the fork: the student's cells; the test cells
                  sandbox            what the fork gives up first, as far as this host allows
                  attempt            what is known of a job while it runs, and whom to blame
                marks     verdicts to marks, and to outputs that nbgrader reads as these marks
                record    the one writer, by nbgrader's own code
    preprocessors   the same inside `nbgrader autograde` and the formgrader
    regrade         old marks against new ones, before anything is written
    create, demo, feedback (sanitising), display (misconceptions)
"""
