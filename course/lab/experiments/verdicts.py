"""What became of the report's conclusions when they were measured again.

Each row is a conclusion of the report, by its number in the notebook. The words come from runs over
several seeds (``tests/test_layer_report.py`` holds those that a test can hold against fresh runs).
"""

from __future__ import annotations

from autograder.messages import msg

#: What may become of a conclusion, with other spellings that count as well.
WORDS = {
    "stands": ("yes", "holds", "true", True, "остаётся", "верно"),
    "falls": ("no", "false", False, "отпадает", "неверно"),
    "open": ("unknown", "?", "открыт", "открыто"),
}
TRUTH = {
    1: "stands",
    2: "falls",
    3: "stands",
    4: "open",
    5: "open",
    6: "falls",
    7: "falls",
    8: "stands",
}
EVIDENCE = {
    1: msg("the mean square behind dropout 1 is 1 / (1 - 0.4) of that in front (task 1)"),
    2: msg("live channels, gamma and beta make its variance what it is (task 3)"),
    3: msg("zeros in front and none behind, see the table below task 3"),
    4: msg("with and without it, the runs from different seeds overlap"),
    5: msg("the runs from different seeds overlap, whichever norms are left"),
    6: msg("a linear reader gets far more than half right from conv 1 on"),
    7: msg("Fisher, AUC and a linear reader do not notice it in inference (task 5)"),
    8: msg("a linear reader behind conv 5 does as well as behind dense 1"),
}
