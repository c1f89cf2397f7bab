"""How long a student waits for a check: every test cell of every solution, in a warm process.

Prints ``name: value`` lines; seconds. Run with ``python -m benchmarks.checks``.
"""

from __future__ import annotations

import statistics

from autograder.building.masters import units
from autograder.grading.engine.pool import Pool
from autograder.health.proofs import proofs


def main() -> None:
    jobs = [
        job
        for unit in units()
        for proof, job in proofs(unit, mutated=())
        if proof.kind == "solution" and proof.lang == "en"
    ]
    seconds = {}
    with Pool(workers=1) as pool:
        for result in pool.run(jobs):
            for cell in result["cells"]:
                if cell["kind"] == "test":
                    seconds[cell["id"]] = cell["seconds"]
    for name, value in sorted(seconds.items(), key=lambda item: -item[1]):
        print(f"{name}: {value:.3f}")
    print(f"check_cells: {len(seconds)}")
    print(f"check_seconds_median: {statistics.median(seconds.values()):.3f}")
    print(f"check_seconds_largest: {max(seconds.values()):.3f}")


if __name__ == "__main__":
    main()
