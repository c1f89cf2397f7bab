"""One TensorFlow for the whole test run, quiet and with few threads."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("MPLBACKEND", "agg")

import pytest
from hypothesis import settings

settings.register_profile("footguns", deadline=None, derandomize=True, max_examples=25)
settings.load_profile("footguns")


def pytest_collection_modifyitems(items):
    """What waits for browsers and servers begins first: several workers then end together."""
    items.sort(key=lambda item: item.path.parent.name not in ("hub", "browser"))


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
