"""Figures: the picture is well-formed and the text twin says the same."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from autograder.messages import Pair
from course.lab import figures

Z = np.array([[2, -1, -3, -0.5], [0.5, 3, -2, -4], [-1, 1, 4, -6], [0, -2, 2, 1.0]])
POOLED = Z.reshape(2, 2, 2, 2).max(axis=(1, 3))


ALL = {
    "maps": lambda: figures.maps({"z": Z, "relu(pool)": np.maximum(POOLED, 0), "pool": POOLED}),
    "sizes": lambda: figures.sizes([100, 96, 32, None], ["conv 5×5", "pool 3", "conv <99>"]),
    "path": lambda: figures.path([(0, 0), (0.5, -0.2), (1, -1)], (1, -1), valley=[[2, 1], [1, 2]]),
    "bars": lambda: figures.bars({"a & b": 0.5, "c": -0.25, "d": np.nan}, line=0.3, label="linear"),
    "curves": lambda: figures.curves({"relu": (np.arange(-3, 4), np.maximum(np.arange(-3, 4), 0))}),
    "signs": lambda: figures.signs({"W": [[1.0, -2.0, 0.0], [3.0, 4.0, 0.0]]}),
    "stack": lambda: figures.stack(
        figures.bars({"a": 1.0}), figures.bars({"b": 2.0}), note="below"
    ),
}


@pytest.mark.parametrize("name", ALL)
def test_pictures_are_well_formed_and_the_same_each_time(name):
    figure = ALL[name]()
    svg = figure.svg()
    root = ElementTree.fromstring(svg)
    assert root.tag.endswith("svg") and root.get("role") == "img"
    assert root.find("{*}desc").text == figure.text()
    assert "currentColor" in svg
    assert not re.search(r"<script|href|@import|url\(|nan|inf\b", re.sub(">[^<]*<", "><", svg))
    assert ALL[name]().svg() == svg
    width = float(root.get("width"))
    for shape in root.iter():
        if shape.get("x") and shape.tag.endswith("rect"):
            assert -0.01 <= float(shape.get("x")) <= width


@pytest.mark.parametrize("name", ALL)
def test_notebooks_get_both_and_terminals_get_the_text(name):
    figure = ALL[name]()
    bundle = figure._repr_mimebundle_()
    assert bundle == {"text/html": figure.svg(), "text/plain": figure.text()}
    assert figure._repr_mimebundle_(include={"text/plain"}) == {"text/plain": figure.text()}
    assert figure._repr_mimebundle_(exclude={"text/html"}) == {"text/plain": figure.text()}
    assert str(figure) == repr(figure) == figure.text()


def test_maps_mark_what_differs_by_signs():
    figure = ALL["maps"]()
    assert figure.text() == (
        "z\n  2  -1  -3  -0.5\n0.5   3  -2    -4\n -1   1   4    -6\n  0  -2   2     1\n\n"
        "relu(pool)\n3  0\n1  4\n\n"
        "pool\n3 =  -0.5 ≠\n1 =     4 =\n\n"
        "= agrees with relu(pool), ≠ differs.\nThe box: the first window where they differ."
    )
    svg = figure.svg()
    assert svg.count(">≠<") == 1 and svg.count(">=<") == 3
    # The window of the second cell: 2x2 cells of 44 pixels, two columns to the right.
    box = re.search(r'<rect x="([\d.]+)" y="([\d.]+)" width="88" height="88"', svg)
    assert (float(box[1]), float(box[2])) == (2 + 2 * 44, 30)


def test_maps_name_their_windows_and_keep_numbers_in_their_cells():
    windows = {"a": (0, 0), "b": (0, 1), "c": (1, 0), "d": (1, 1)}
    long = np.array([[-0.00405, -1.2345e-8], [123456.0, 1.5]])
    figure = figures.maps({"z": Z, "long": long}, windows=windows)
    texts = [el for el in ElementTree.fromstring(figure.svg()).iter() if el.tag.endswith("text")]
    assert [el.text for el in texts if el.text in windows] == [*windows] * 2
    assert figure.text().endswith("\n\na b\nc d")
    for text in texts:
        if text.get("text-anchor") == "middle":
            assert len(text.text) * float(text.get("font-size")) * 0.62 < 44, text.text


def test_maps_that_agree_have_no_box_and_zero_has_no_sign():
    figure = figures.maps({"a": [[-0.0, np.nan]], "b": [[0.0, np.nan]]})
    assert figure.text() == "a\n0  nan\n\nb\n0 =  nan =\n\n= agrees with a, ≠ differs."
    assert figures.maps({"alone": [[1.5]]}).text() == "alone\n1.5"


@pytest.mark.parametrize("grids", [{}, {"a": [1, 2]}, {"a": np.zeros((17, 2))}, {"a": [[]]}])
def test_maps_refuse_what_is_no_grid(grids):
    with pytest.raises(ValueError, match="Expected"):
        figures.maps(grids)


def test_sizes_end_where_nothing_is_left():
    figure = figures.sizes([100, 96, 32, 28, 9, 5, 1, 0, 7], ["conv 5×5", "pool 3"])
    assert figure.text() == (
        "100 –conv 5×5→ 96 –pool 3→ 32 → 28 → 9 → 5 → 1 → ✗\n"
        "✗: the kernel is larger than the map; the model does not build."
    )
    assert figures.sizes([8, 4]).text() == "8 → 4"
    with pytest.raises(ValueError, match="at most 1 labels for 2 sizes. Received: 2"):
        figures.sizes([8, 4], ["a", "b"])
    with pytest.raises(ValueError, match="the first at least 1"):
        figures.sizes([])


def test_path_counts_its_steps():
    text = ALL["path"]().text()
    assert text.splitlines()[0].split() == ["step", "w₁", "w₂"]
    assert "optimum (1, -1)" in text
    assert text.endswith("2 steps, 2 of them with the two weights going opposite ways.")
    long = figures.path(np.outer(np.arange(30), (1, 1)), (0, 0)).text()
    assert "…" in long and "29 steps, 0 of them" in long
    for points, target in (([1, 2], (0, 0)), ([(np.inf, 0)], (0, 0)), ([(0, 0)], (0, 0, 0))):
        with pytest.raises(ValueError, match="Expected"):
            figures.path(points, target)
    with pytest.raises(ValueError, match="positive eigenvalues"):
        figures.path([(0, 0)], (1, 1), valley=[[1, 0], [0, -1]])


def test_contours_lie_along_the_valley():
    """The longest axis of the drawn ellipses points where the Hessian is least: along (1, -1)."""
    svg = ALL["path"]().svg()
    rx, ry, degrees = map(
        float,
        re.search(r'rx="([\d.]+)" ry="([\d.]+)" transform="rotate\((-?[\d.]+) ', svg).groups(),
    )
    longest = degrees if rx > ry else degrees + 90
    # On the screen y grows downwards: (1, -1) runs to the lower right, at +45 degrees.
    assert longest % 180 == pytest.approx(45)


def test_bars_write_their_numbers():
    assert ALL["bars"]().text().splitlines() == [
        "a & b     0.5  ████████████████████████",
        "c       -0.25  ████████████",
        "d         nan",
        "linear    0.3",
    ]
    with pytest.raises(ValueError, match="at least one bar"):
        figures.bars({})


def test_curves_have_block_twins():
    lines = ALL["curves"]().text().splitlines()
    assert lines[0].split() == ["least", "most"]
    name, blocks, least, most = lines[1].split()
    assert (name, least, most) == ("relu", "0", "3")
    assert blocks.startswith("▁▁▁") and blocks.endswith("█")
    with pytest.raises(ValueError, match="to be alike"):
        figures.curves({"f": ([1, 2], [1, 2, 3])})


def test_labels_follow_the_language():
    from autograder.messages import use_language

    figure = figures.bars({Pair({"en": "linear model", "ru": "линейная модель"}): 1.0})
    assert "linear model" in figure.text()
    use_language("ru")
    assert "линейная модель" in figure.text() and "линейная модель" in figure.svg()
