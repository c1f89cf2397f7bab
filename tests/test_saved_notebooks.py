"""Notebooks that were run and saved: small, and still teaching when they are opened without a kernel."""

import re

import nbformat
import pytest
from nbclient import NotebookClient

from autograder.building.masters import units
from autograder.student.paper import page

UNITS = {unit.id: unit for unit in units()}
WIDGET = "application/vnd.jupyter.widget-view+json"


def run(unit, lang, tmp_path, monkeypatch):
    """The solution, run in a kernel of its own and saved; (path, notebook)."""
    monkeypatch.setenv("FOOTGUNS_QUICK", "1")
    monkeypatch.setenv("FOOTGUNS_PROGRESS", str(tmp_path / "progress.json"))
    notebook = unit.notebook(lang, "solution")
    client = NotebookClient(notebook, timeout=300, kernel_name="python3", store_widget_state=False)
    client.execute(cwd=str(tmp_path))
    path = tmp_path / f"{unit.slug}.ipynb"
    nbformat.write(notebook, path)
    return path, notebook


@pytest.mark.slow
@pytest.mark.parametrize("name", UNITS)
def test_a_saved_unit_is_small_and_teaches_without_a_kernel(name, tmp_path, monkeypatch):
    path, notebook = run(UNITS[name], "en", tmp_path, monkeypatch)
    assert path.stat().st_size < 500_000
    outputs = [(c, o) for c in notebook.cells if c.cell_type == "code" for o in c.outputs]
    for cell, output in outputs:
        assert output.output_type != "error", cell.source
        if WIDGET in output.get("data", {}):  # every control has a twin that needs no kernel
            assert "text/plain" in output.data
    text = page(path)
    assert "widget-view" not in text and not re.search(r"<script|<link", text)
    sources = "\n".join(c.source for c in notebook.cells if c.cell_type == "code")
    assert "autograder.xray(" in sources and "predict(" in sources and "predict.outcome(" in sources
    assert 'aria-label="X-ray of' in text
    instruments = ("bench.order(", "runs.", "checks.progress(")
    assert any(instrument in sources for instrument in instruments)
    if "bench.order(" in sources:
        assert 'aria-label="One net, two orders of its layers"' in text
    # No flood: a cell that draws while it runs has left one picture, and few lines.
    assert all(len(c.outputs) <= 12 for c in notebook.cells if c.cell_type == "code")


def test_a_small_notebook_teaches_without_a_kernel(tmp_path, monkeypatch):
    monkeypatch.setenv("FOOTGUNS_PROGRESS", str(tmp_path / "progress.json"))
    cells = [
        "import keras, autograder\nfrom course.lab import bench, figures, runs\n"
        "from course.lab.predictions import predict",
        'predict("saved", choices=("relu", "gelu"), guess="gelu")',
        'bench.order("gelu max_pool", "max_pool gelu", shift=-1.0)',
        'predict.outcome("saved", "gelu")',
        "net = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)], name='small')\n"
        "autograder.xray(net, [[1.0, 2.0, 3.0, 4.0]])",
        "runs.watch(range(500), lambda i: figures.bars({'step': i}))",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    NotebookClient(notebook, timeout=120, kernel_name="python3", store_widget_state=False).execute()
    nbformat.write(notebook, path := tmp_path / "small.ipynb")
    text = page(path)
    for part in (
        "Your guess: gelu",
        'bench.order("gelu max_pool", "max_pool gelu", shift=-1.0)</text>',
        'aria-label="One net, two orders of its layers"',
        "You saw it coming",
        "small: 1 operation, 10 parameters",
        "500 steps in",
    ):
        assert part in text, part
    assert "widget-view" not in text
    kinds = [output.output_type for output in notebook.cells[-1].outputs]
    assert kinds == ["display_data", "execute_result"]  # one picture, and what was reached
    assert path.stat().st_size < 100_000
