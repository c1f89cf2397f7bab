"""The course on JupyterHub: one machine, real Unix accounts, nbgrader's exchange on its disk.

::

    settings           what a site is: one TOML file, or the defaults
    jupyterhub_config  what JupyterHub loads; it says nothing that settings do not
    authenticators     PAM, a campus' OAuth or OIDC, an LMS by LTI 1.3
    roles              groups, services, and the scopes that each of them needs and no more
    formgrader         a course's formgrader: a service of the Hub, run by the course's account
    extensions         which of nbgrader's tools a student, an instructor and a formgrader see
    accounts           Unix accounts
    databases          SQLite or PostgreSQL, for the Hub and every gradebook
    keys               secrets, each made once
    courses            course accounts, course directories, the exchange
    handing_in         nbgrader's submit: readable to the course alone, there whole or not at all
    collecting         nbgrader's collect: refuses what its owner did not hand in
    feedback           the formgrader's feedback button, without hidden tests
    showing            the formgrader's view of a notebook, in which nothing of a student's runs
    access             the course's own account and its course
    lti                an LMS' users as accounts
    backup             all that cannot be made again, in one archive; and back
    environment        an interpreter that every account may run
    demo               `make hub`
    containers/        everybody in a container of one machine
    kubernetes/        students' pods, a formgrader, dask workers that grade
    tljh/              a plugin for The Littlest JupyterHub
    systemd/           units of the hub, its proxy, the formgraders and the nightly backup

``python -m course.hub --help`` lists the commands.
"""
