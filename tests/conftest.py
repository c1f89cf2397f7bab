"""One TensorFlow for the whole test run, quiet and with few threads."""

import os
import shutil
import signal

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("MPLBACKEND", "agg")

import pytest
from hypothesis import settings

# What a shell starts in the background ignores Ctrl-C, and so would all that the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")

settings.register_profile("footguns", deadline=None, derandomize=True, max_examples=25)
settings.load_profile("footguns")


def pytest_collection_modifyitems(items):
    """What waits for browsers and servers begins first: several workers then end together."""
    items.sort(key=lambda item: item.path.parent.name not in ("hub", "browser"))


@pytest.fixture(scope="module")
def browser():
    """Headless Chromium. Ends with a module: Playwright runs once at a time in a process, and holds
    an event loop that other tests need. Skips where there is none; not in CI."""
    why = "the browser tests need the extra [dev]"
    sync_playwright = pytest.importorskip("playwright.sync_api", reason=why).sync_playwright

    path = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if path is None:
        why = "no Chromium on this machine: apt-get install chromium"
        pytest.fail(why) if os.environ.get("CI") else pytest.skip(why)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(autouse=True)
def own_memory(tmp_path_factory, monkeypatch):
    """No test reads or writes what the person at this machine has done in the workbook."""
    from autograder import memory

    folder = tmp_path_factory.mktemp("memory")
    monkeypatch.setenv("FOOTGUNS_PROGRESS", str(folder / "progress.json"))
    memory.forget()
    yield
    memory.forget()


@pytest.fixture(autouse=True)
def english():
    """Messages in English, whatever a test before has chosen."""
    from autograder.messages import use_language

    use_language("en")
    yield
    use_language("en")
