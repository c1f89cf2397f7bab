"""nbgrader's own tests of ``nbgrader autograde``, with our engine in its place.

nbgrader's package brings its tests along, and its settings are all that is needed to swap the
engine: the tests run as they are. Those that cannot hold stand below, each with the reason.
"""

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

#: name of a test: why it cannot hold
DIFFERENT = {
    "test_side_effects": (
        "It wants a file that the notebook writes to appear in autograded/. A fork writes into a "
        "scratch folder of its own, which is gone afterwards: students' code writes nowhere else."
    ),
    "test_handle_failure": (
        "It wants a submission with unknown cells to fail and to lose its folder in autograded/. "
        "Ours takes them for cells of the student's and grades the rest."
    ),
    "test_handle_failure_single_notebook": "As test_handle_failure, for one notebook.",
    "test_missing_source_kernelspec": (
        "It wants a submission to fail for naming a kernel that is not there, where the course "
        "names none. Ours runs the course's language, Python, whatever a student writes there."
    ),
}
#: Tests that nbgrader itself skips.
SKIPPED = {"test_infinite_loop_with_output", "test_many_students"}

SETTINGS = '''
from pathlib import Path
from autograder.grading.plugin.settings import ENGINE, apply
from autograder.grading.plugin.preprocessors import Execute

class Witness(Execute):
    """Ours, and says that it was there."""

    def preprocess(self, nb, resources, km=None):
        with open({witness!r}, "a") as file:
            print(resources["nbgrader"]["student"], file=file)
        return super().preprocess(nb, resources, km)

Witness.__name__ = "Execute"  # settings of `Execute` are for it
c = get_config()
apply(c, {{"Autograde": ENGINE}})
steps = list(ENGINE["autograde_preprocessors"])
c.Autograde.autograde_preprocessors = [Witness, *steps[1:]]
'''


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """{test: 'passed' | 'failed' | 'skipped'}, how often our engine ran, and what was printed."""
    folder = tmp_path_factory.mktemp("conformance")
    (folder / "settings").mkdir()
    witness = folder / "witness"
    settings = SETTINGS.format(witness=str(witness))
    (folder / "settings" / "nbgrader_config.py").write_text(settings)
    scripts = str(Path(sys.executable).parent)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--pyargs", "-p", "no:cacheprovider",
         "--rootdir", str(folder), f"--junitxml={folder / 'results.xml'}",
         "nbgrader.tests.apps.test_nbgrader_autograde"],
        cwd=folder, capture_output=True, text=True,
        env={**os.environ, "JUPYTER_CONFIG_DIR": str(folder / "settings"),
             "PATH": os.pathsep.join([scripts, os.environ["PATH"]])},
    )  # fmt: skip
    found: dict[str, str] = {}
    for case in ElementTree.parse(folder / "results.xml").iter("testcase"):
        tags = {child.tag for child in case}
        name = case.get("name").split("[")[0]
        outcome = "failed" if tags & {"failure", "error"} else "passed"
        outcome = "skipped" if "skipped" in tags else outcome
        if found.get(name) != "failed":
            found[name] = outcome
    return found, len(witness.read_text().splitlines()), done.stdout[-4000:]


@pytest.mark.slow
def test_nbgraders_own_tests_hold(outcomes):
    found, runs, printed = outcomes
    failed = {name for name, outcome in found.items() if outcome == "failed"}
    assert failed == set(DIFFERENT), printed
    assert {name for name, outcome in found.items() if outcome == "skipped"} <= SKIPPED
    assert len(found) >= 38
    assert runs > 50


def test_every_exception_has_its_reason_and_exists():
    from nbgrader.tests.apps.test_nbgrader_autograde import TestNbGraderAutograde

    for name, reason in DIFFERENT.items():
        assert callable(getattr(TestNbGraderAutograde, name))
        assert len(reason) > 20
