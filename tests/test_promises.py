"""What a task's text promises is what its check does."""

import ast
import re

import pytest

from autograder.building import units

PROMISED = {
    "en": re.compile(r"([\d,]+)\s+(?:training\s+)?steps\s+of\s+(\d+)"),
    "ru": re.compile(r"(\d+)\s+шагов\s+(?:обучения\s+)?по\s+(\d+)"),
}


def taken(cell):
    """{(steps, samples a step)} of the trainings that a test cell judges by."""
    found = set()
    for node in ast.walk(ast.parse(cell.source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "checks.skill":
            said = {word.arg: word.value for word in node.keywords}
            if "rounds" in said:
                batch = ast.literal_eval(said["batch"]) if "batch" in said else 32
                found.add((sum(ast.literal_eval(said["rounds"])), batch))
    return found


JUDGED = [
    (unit, cell) for unit in units() for cell in unit.cells if cell.kind == "test" and taken(cell)
]


def test_some_are_judged():
    assert len(JUDGED) >= 5


@pytest.mark.parametrize("lang", PROMISED)
@pytest.mark.parametrize("unit, cell", JUDGED, ids=[cell.id for _, cell in JUDGED])
def test_nets_are_trained_as_long_as_the_text_says(unit, cell, lang):
    prose = "\n".join(c.text(lang).replace("\n# ", " ") for c in unit.cells if c.is_text)
    promised = {(int(n.replace(",", "")), int(of)) for n, of in PROMISED[lang].findall(prose)}
    assert taken(cell) <= promised
