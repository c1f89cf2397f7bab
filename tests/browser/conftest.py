"""A real Jupyter server, a headless Chromium, and a student's own copies of the units.

Screenshots go to ``tests/browser/screenshots``, which git ignores.
"""

import os
import shutil
from pathlib import Path

import pytest

from browser.serving import Server

HERE = Path(__file__).parent
_NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser():
    """Headless Chromium. Skips where there is none; not in CI."""
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        why = "no Chromium on this machine: apt-get install chromium"
        pytest.fail(why) if os.environ.get("CI") else pytest.skip(why)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


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
        notebook.picture(f"{request.node.name.split('[')[0]}-last")
        notebook.close()
