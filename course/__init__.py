"""The course: what an author edits (``units``) and what a notebook imports (``lab``)."""
