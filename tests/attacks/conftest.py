"""One warm pool, and one run of all small submissions, for every test of this folder."""

import pytest
import submissions
from jobs import job

from autograder.grading.engine.pool import Pool

PRELOAD = (
    "numpy",
    "keras",
    "tensorflow",
    "autograder.checks",
    "autograder.reading",
    "autograder.equivalence",
    "autograder.faults",
    "autograder.training",
)


@pytest.fixture(scope="session")
def pool():
    with Pool(workers=2, preload=PRELOAD) as pool:
        pool.start()
        yield pool


@pytest.fixture(scope="session")
def results(pool):
    """{name of an attack: result}"""
    return {r["id"]: r for r in pool.run(job(a) for a in submissions.ATTACKS)}
