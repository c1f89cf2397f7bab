"""A class of submissions -> marks in nbgrader's gradebook. For Linux.

::

    commands, options, display   the command line's face
    demo          a class of every kind of student
    regrade       old marks against new ones, before anything is written
    feedback/     pages for students
    run           submissions to records to gradebook; nothing is done twice, nothing lost
      misconceptions   what many students were told
    plugin/       the same inside `nbgrader autograde`
    grader        one notebook: what its marks depend on, its job, its record
      rules/      how notebooks of a kind of course are rebuilt and judged
      journal     the records on the disk
    gradebook/    the course directory, and nbgrader's gradebook with its one writer
    restore       a submission's answers in the master's notebook
    cluster/      jobs on other machines
    environment   what decides marks on our side
    engine/       jobs in forks of a warm process, judged in forks of their own
      sandbox/    what a fork gives up first, as far as this host allows
    files         told apart by their content, written whole or not at all

Each imports only from those below it.
"""
