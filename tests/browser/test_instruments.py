"""The instruments under real clicks and keys, in JupyterLab and in Notebook 7."""

import json
import re

import nbformat
import pytest

expect = pytest.importorskip("playwright.sync_api").expect

SETUP = """\
from autograder.checks import use_language
use_language("en")
import numpy as np, keras, autograder
from course.lab import bench, runs, figures
from course.lab.predictions import predict
"""
CELLS = [
    SETUP,
    'predict("browser-guess", choices=("relu", "gelu"))',
    'predict("browser-share", low=0, high=1)',
    'bench.order("relu max_pool", "max_pool relu", shift=-1.0)',
    'predict.outcome("browser-guess", "gelu")',
    """net = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        keras.layers.Conv2D(4, 3, activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Flatten(),
        keras.layers.Dense(10, activation="softmax"),
        keras.layers.Dropout(0.5),
    ],
    name="seen",
)
pictures = np.random.default_rng(0).normal(size=(64, 8, 8, 1))
autograder.xray(net, pictures, autograder.diagnose(net))""",
    "import time\n"
    "def states():\n"
    "    for i in range(10_000):\n"
    "        time.sleep(0.01)\n"
    "        yield i\n"
    "last = runs.watch(states(), lambda i: figures.bars({'step': i}), total=10_000)",
    "print('kept', last > 0)",
]
BENCH, WATCH = 3, 6


@pytest.fixture(params=["lab", pytest.param("notebook", marks=pytest.mark.slow)])
def desk(request, server, visit):
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    name = f"instruments-{request.param}.ipynb"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    made = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(made, server.root / name)
    return visit(request.param, name)


def drawn(desk, index, words):
    """Words in the picture of a cell; its description holds them too."""
    return desk.cell(index).locator("svg text", has_text=words)


def call(desk):
    """The bench's state, as its picture prints it."""
    return drawn(desk, BENCH, re.compile(r"^bench\.order"))


def focus(control):
    """Put the focus on a control, as Tab does, and wait until JupyterLab leaves its keys alone."""
    control.focus()
    expect(control).to_have_attribute("data-lm-suppress-shortcuts", "true")


def test_the_instruments_answer_clicks_and_keys(desk, server):
    page = desk.page
    desk.run(0)

    # A prediction, by keyboard alone: the list is reached with Tab and chosen with an arrow.
    desk.run(1)
    box = desk.cell(1).get_by_label("your guess")
    focus(box)
    box.press("ArrowDown")  # JupyterLab would take it for the next cell
    box.press("ArrowDown")
    expect(desk.cell(1).get_by_text("kept: gelu")).to_be_visible()
    desk.run(2)
    number = desk.cell(2).get_by_label("your guess")
    number.fill("7")
    number.press("Enter")
    expect(desk.cell(2).get_by_text("✗ 0…1")).to_be_visible()
    number.fill("0.4")
    number.press("Enter")
    expect(desk.cell(2).get_by_text("kept: 0.4")).to_be_visible()

    # The bench: a click in a list, arrow keys on a slider, a box, the buttons.
    desk.run(BENCH)
    bench = desk.cell(BENCH)
    expect(call(desk)).to_have_text('bench.order("relu max_pool", "max_pool relu", shift=-1.0)')
    expect(drawn(desk, BENCH, "= All 64 numbers")).to_be_visible()
    bench.get_by_label("activation").select_option("gelu")
    expect(call(desk)).to_have_text('bench.order("gelu max_pool", "max_pool gelu", shift=-1.0)')
    expect(drawn(desk, BENCH, "first: z [")).to_be_visible()
    bench.screenshot(path=desk.pictures / f"bench-{desk.flavour}.png")
    handle = bench.locator(".widget-hslider", has_text="shift of z").locator(".noUi-handle")
    focus(handle)
    handle.press("ArrowRight")
    expect(call(desk)).to_contain_text("shift=-0.75")
    bench.get_by_label("training mode").check()
    expect(call(desk)).to_contain_text("training=True")
    bench.get_by_label("dropout", exact=True).select_option("dropout")
    second = bench.get_by_label("second order")
    expect(second.locator("option")).to_have_count(3)
    focus(second)
    second.press("End")
    expect(second).to_have_value("dropout")
    earlier = bench.get_by_role("button", name="↑ earlier").nth(1)
    focus(earlier)
    page.keyboard.press("Enter")
    expect(call(desk)).to_contain_text('"gelu max_pool dropout", "max_pool dropout gelu"')
    expect(second).to_have_value("dropout")  # still picked: it can be moved on
    page.keyboard.press("Space")
    expect(call(desk)).to_contain_text('"dropout max_pool gelu"')
    assert bench.locator("svg[role=img]").count() == 1  # drawn again in place

    assert "✔ You saw it coming." in desk.run(4)
    shown = desk.run(5)
    assert "seen: 7 operations, 410 parameters" in shown and "⚑ A16" in shown
    desk.cell(5).screenshot(path=desk.pictures / f"xray-{desk.flavour}.png")

    # An interrupt keeps what was computed, and leaves one picture.
    watching = desk.cell(WATCH)
    desk.start(WATCH)
    watching.locator("svg[role=img]").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("i")
    page.keyboard.press("i")
    expect(drawn(desk, WATCH, "It is kept.")).to_be_visible()
    assert watching.locator("svg[role=img]").count() == 1 and "kept True" in desk.run(WATCH + 1)

    # Saved, the notebook holds the last state as a picture, small, and nothing came from outside.
    desk.save()
    path = server.root / desk.path
    saved = nbformat.read(path, 4)
    kinds = [set(output.get("data", ())) for output in saved.cells[BENCH].outputs]
    assert {"text/html", "text/plain"} <= kinds[-1] and len(kinds) == 2
    html = saved.cells[BENCH].outputs[-1].data["text/html"]
    assert "<svg" in html and "dropout max_pool gelu" in html
    assert len(saved.cells[WATCH].outputs) == 1 and path.stat().st_size < 500_000
    assert desk.foreign() == [] and desk.errors == []

    # And without a kernel it still teaches.
    from autograder.student.paper import page as paper

    text = paper(path)
    for part in (
        "dropout max_pool gelu",
        "first window",
        "seen: 7 operations",
        "You saw it coming",
    ):
        assert part in text
    assert "widget-view" not in text and json.dumps(text)
