"""A class of submissions -> marks in nbgrader's gradebook. For Linux.

::

    commands, options, display   the command line's face
    run          submissions to records to gradebook; nothing is done twice, nothing lost
      grader     one notebook: what its marks depend on, its job, its record
      gradebook/ the course directory, and nbgrader's gradebook with its one writer
      engine/    notebooks in forks of a warm process, judged in forks of their own
        sandbox/ what a fork gives up first, as far as this host allows
      cluster/   the same jobs on other machines
    plugin/      the same inside `nbgrader autograde`, and for notebooks of other courses
    regrade      old marks against new ones, before anything is written
    feedback/    pages for students
    demo         a class of every kind of student
"""
