"""Which courses nbgrader lets the account of a course see."""

from __future__ import annotations

from nbgrader.auth import JupyterHubAuthPlugin


class CourseAccount(JupyterHubAuthPlugin):
    """The account has its own course without asking the Hub, of which it need not be a user; who
    is in the course, the formgrader still tells the Hub."""

    def get_student_courses(self, student_id):
        return None  # no restriction: Unix permissions say what the account can reach
