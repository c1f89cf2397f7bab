"""The course on The Littlest JupyterHub: what its installer and its Hub ask of a plugin.

::

    plugin    TLJH's hooks (entry point group ``tljh``)
    setup     ``python -m course.hub.tljh.setup``: accounts, exchange, course directories

TLJH makes an account ``jupyter-NAME`` for its user NAME. That account hands in, so it is the
student's id in the gradebook; the Hub's groups have NAME.
"""
