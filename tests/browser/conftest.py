"""A real Jupyter server, a headless Chromium, and a student's own copies of the units.

Screenshots go to ``tests/browser/screenshots``, which git ignores.
"""

import re
from pathlib import Path

import pytest

from browser.serving import Server

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """JupyterLab and Notebook 7 on one server of this machine, with a home of their own."""
    with Server(tmp_path_factory.mktemp("jupyter")) as running:
        yield running


@pytest.fixture(scope="session")
def pictures():
    folder = HERE / "screenshots"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def visit(browser, server, pictures, request):
    """``visit("lab", path)``: a person with a browser of their own who has opened a notebook."""
    from browser.pages import Notebook

    opened = []

    def visit(flavour, path):
        opened.append(Notebook(browser, server, flavour, path, pictures))
        return opened[-1].open()

    yield visit
    for notebook in opened:
        name = re.sub(r"\W+", "-", request.node.name).strip("-")
        notebook.picture(f"{name}-last")
        notebook.close()
