"""The formgrader's view of a notebook, in which nothing of a student's can run.

nbgrader shows students' HTML as it is, in the page and so with the rights of whoever grades.
"""

from __future__ import annotations

from nbconvert.filters import markdown2html
from nbconvert.preprocessors import Preprocessor

from autograder.grading.feedback.sanitising import sanitised

#: What of an output cannot do anything; pictures of SVG are shown as images, where nothing runs.
_SHOWN = ("text/plain", "text/latex", "text/markdown", "image/png", "image/jpeg", "image/svg+xml")


def markdown(source: str) -> str:
    """nbconvert's filter of that name, sanitised."""
    return sanitised(markdown2html(source))


class Harmless(Preprocessor):
    """Leaves of outputs and of raw cells what shows something; of text, the filter does."""

    def preprocess_cell(self, cell, resources, cell_index):
        if cell.cell_type == "raw":
            cell.source = sanitised(cell.source)
        for name, pictures in cell.get("attachments", {}).items():
            for kind, data in pictures.items():
                cell.source = cell.source.replace(
                    f"attachment:{name}", f"data:{kind};base64,{data}"
                )
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            for kind in [kind for kind in data if kind not in _SHOWN]:
                shown = data.pop(kind)
                if kind == "text/html":
                    data[kind] = sanitised("".join(shown))
            output.get("metadata", {}).pop("text/html", None)  # it may ask for a frame of its own
        return cell, resources
