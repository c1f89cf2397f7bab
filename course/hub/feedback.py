"""The formgrader's feedback button: the same pages as ``autograder feedback``.

nbgrader's own show the hidden tests word for word, and run what students wrote into them.
"""

from __future__ import annotations

from nbconvert.exporters import HTMLExporter

from autograder.errors import Problem
from autograder.grading.feedback.pages import page
from autograder.grading.gradebook.book import Book
from autograder.grading.gradebook.course import Course
from autograder.grading.journal import Journal
from autograder.messages import msg


class Feedback(HTMLExporter):
    """Makes the page of a graded notebook from its record. Raises Problem when there is none."""

    def from_notebook_node(self, nb, resources=None, **kw):
        where = resources["nbgrader"]
        what = where["assignment"], where["student"], where["notebook"]
        course = Course.of(self.parent.coursedir)
        book = Book(course)
        record = Journal(course).in_gradebook(book, *what)
        if record is None:
            raise Problem(
                msg(
                    "Expected that {student}'s {unit} was graded by Footguns. Received: no record of "
                    "it. Grade it again.",
                    student=where["student"],
                    unit=where["assignment"],
                )
            )
        return page(record, book.given(record)), self._init_resources(resources)
