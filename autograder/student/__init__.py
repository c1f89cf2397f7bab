"""For a student without a server: a copy of a unit, a notebook as it was, a notebook on paper.

``copies`` knows where the handed-out notebooks lie and writes a student's own, ``paper`` makes HTML
of one, ``commands`` is the command line.
"""
