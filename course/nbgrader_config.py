"""Makes this checkout an nbgrader course, in the language of FOOTGUNS_LANG (en or ru).

::

    cd course && nbgrader generate_assignment 01-feet-dense
    FOOTGUNS_LANG=ru nbgrader --config=course/nbgrader_config.py ...

What ``autograder build`` made is nbgrader's source and release; the gradebook and everything else
that grading makes lies in ``grades/en`` or ``grades/ru``.
"""

import os
from pathlib import Path

from autograder.grading.plugin.settings import apply, checkout_settings

root = Path(__file__).absolute().parents[1]
lang = os.environ.get("FOOTGUNS_LANG", "en")
settings = checkout_settings(root, lang)
(root / "grades" / lang).mkdir(parents=True, exist_ok=True)  # SQLite creates files, not folders

c = get_config()  # noqa: F821  (traitlets puts it here)
apply(c, settings)
