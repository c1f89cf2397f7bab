"""The order bench: what it computes, what it shows, and its controls without a browser."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from autograder.messages import use_language
from course.lab import bench
from course.lab.bench import Flow, OrderBench, Setting, compare, flow


def ends(**settings):
    found = flow(Setting(**settings))
    return found.first[-1].values, found.second[-1].values, found


# What it computes -------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "tanh", "sigmoid"])
def test_what_never_falls_commutes_with_max_pooling(activation):
    *_, found = ends(first=f"{activation} max_pool", second=f"max_pool {activation}", shift=-1.0)
    assert found.same.all() and found.place is None and found.window("first") == []


@pytest.mark.parametrize("orders", ["gelu max_pool", "silu max_pool", "relu avg_pool"])
def test_what_does_not_commute_differs_and_shows_the_window(orders):
    one, other, found = ends(first=orders, second=" ".join(orders.split()[::-1]), shift=-1.0)
    assert isinstance(found, Flow) and not found.same.all()
    sample, row, column, channel = found.place
    assert one[found.place] != pytest.approx(other[found.place])
    name, numbers = found.window("first")[0]
    assert name == "z" and numbers.shape == (2, 2)
    z = found.first[0].values[sample, :, :, channel]
    np.testing.assert_array_equal(numbers, z[2 * row : 2 * row + 2, 2 * column : 2 * column + 2])
    assert found.window("second")[-1][1] == other[found.place]


def test_a_negative_gamma_breaks_batch_norm_and_max_pooling_apart():
    orders = {"first": "batch_norm max_pool", "second": "max_pool batch_norm"}
    *_, found = ends(**orders, gamma=-1.0, training=True)
    assert not found.same.any()


def test_relu_and_dropout_share_the_mask():
    one, other, found = ends(first="relu dropout", second="dropout relu", training=True)
    assert found.same.all() and 0.5 < np.mean(one == 0) < 1
    one, _, found = ends(first="sigmoid dropout", second="dropout sigmoid", training=True)
    assert not found.same.all()
    *_, found = ends(first="sigmoid dropout", second="dropout sigmoid")
    assert found.same.all()  # in inference there is no dropout


def test_batch_norm_uses_the_batch_in_training_and_what_it_met_in_training_otherwise():
    one, other, _ = ends(
        first="dropout batch_norm", second="batch_norm dropout", training=True, shift=2.0
    )
    assert one.mean((0, 1, 2)) == pytest.approx(0, abs=1e-9)
    assert one.var((0, 1, 2)) == pytest.approx(1, abs=1e-3)
    one, other, _ = ends(first="dropout batch_norm", second="batch_norm dropout", shift=2.0)
    assert one.var((0, 1, 2)).max() < 0.6  # fitted with dropout on, used with dropout off
    assert other.var((0, 1, 2)) == pytest.approx(1, abs=2e-3)


def test_the_stages_are_keras_own_layers():
    from keras import layers

    found = flow(Setting("conv tanh avg_pool", "conv avg_pool tanh", seed=4))
    z, conv, tanh, pool = (stage.values for stage in found.first)
    np.testing.assert_allclose(tanh, np.tanh(conv))
    np.testing.assert_allclose(pool, np.asarray(layers.AveragePooling2D(2, dtype="float64")(tanh)))
    assert conv.shape == z.shape == (8, 4, 4, 2)
    np.testing.assert_array_equal(conv, found.second[1].values)  # the same kernel in both
    (normed,) = (s.values for s in flow(Setting("layer_norm", "relu", gamma=3.0)).first[1:])
    assert normed.reshape(8, -1).std(1) == pytest.approx(3, abs=0.01)


def test_the_notebook_around_it_is_left_alone():
    """Neither the names that Keras gives next, nor the numbers that anybody draws next, move."""
    import random

    import keras

    def next_things():
        made = [keras.layers.Dropout(0.1), keras.layers.Dense(3), keras.layers.MaxPooling2D(2)]
        made[1].build((None, 4))
        kernel = np.asarray(made[1].kernel).tolist()
        return [layer.name for layer in made], kernel, random.random(), np.random.rand()

    everything = "conv batch_norm relu max_pool spatial_dropout"
    found = []
    for shown in (False, True):
        keras.utils.clear_session()
        keras.utils.set_random_seed(5)
        if shown:
            compare(everything, "layer_norm avg_pool tanh dropout", training=True).svg()
            compare(everything, everything).svg()
        found.append(next_things())
    assert found[0] == found[1]


def test_shift_scale_and_seed_make_the_maps():
    one = flow(Setting(shift=2.0, scale=0.5)).first[0].values
    plain = flow(Setting()).first[0].values
    np.testing.assert_allclose(one, 2 + 0.5 * plain)
    assert not np.array_equal(plain, flow(Setting(seed=1)).first[0].values)


def test_ends_of_different_shape_are_not_compared():
    found = flow(Setting("relu max_pool", "relu"))
    assert found.same is None and found.place is None
    assert "2×2×2 and 4×4×2" in str(bench.Comparison(found))
    assert bench.Comparison(found).equal is None and bench.Comparison(found).svg()


@pytest.mark.parametrize(
    "settings, told",
    [
        ({"first": "relu softmax"}, "at most 6 layers of conv, relu"),
        ({"first": "max_pool max_pool max_pool"}, "at most two poolings"),
        ({"first": 3}, "Received: 3"),
        ({"rate": 1.0}, "less than 1"),
        ({"gamma": float("nan")}, "finite number as gamma"),
        ({"shift": "1"}, "finite number as shift"),
        ({"seed": -1}, "seed of 0, 1, 2"),
    ],
)
def test_bad_settings_are_refused(settings, told):
    with pytest.raises(ValueError, match=re.escape(told)):
        Setting(**settings)


# What it shows ----------------------------------------------------------------------------------


def test_equal_cells_and_the_window_are_marked_by_signs():
    shown = compare("gelu max_pool", "max_pool gelu", shift=-1.0)
    found = shown.flow
    sample, _, _, channel = found.place
    same = found.same[sample, :, :, channel]
    svg, text = shown.svg(), str(shown)
    assert svg.count(">=</text>") == 2 * same.sum() and svg.count(">≠</text>") == 2 * (~same).sum()
    assert text.count(" ≠") == 2 * (~same).sum()
    assert f"≠ {(~found.same).sum()} of 64 numbers" in text and shown.equal == found.same.sum()
    window = found.window("first")[0][1]
    assert f"first: z [{window[0, 0]:.3g} {window[0, 1]:.3g};" in text
    assert svg.count('stroke-width="2.5"') == 6  # the box, on every map of both orders


def test_the_picture_is_accessible_and_needs_no_network():
    for settings in ({}, {"first": "", "second": ""}, {"training": True, "shift": 0.25}):
        shown = compare(**settings)
        root = ElementTree.fromstring(shown.svg())
        assert root.get("role") == "img" and root.get("aria-label")
        assert root.find("{*}desc").text == str(shown)
        assert not re.search(r"<script|href|@import|url\(|nan", shown.svg())
        for el in root.iter("{http://www.w3.org/2000/svg}rect"):
            assert float(el.get("x")) + float(el.get("width")) <= float(root.get("width")) + 0.01


def test_the_whole_state_is_one_call():
    setting = Setting("conv relu dropout", "conv dropout relu", -0.5, 2.0, 0.3, -1.0, True, 7)
    assert setting.call() == (
        'bench.order("conv relu dropout", "conv dropout relu", shift=-0.5, scale=2.0, rate=0.3, '
        "gamma=-1.0, training=True, seed=7)"
    )
    again = eval(setting.call(), {"bench": bench})
    assert again.setting == setting and repr(again) == setting.call()
    assert setting.call() in str(again.picture) and "seed=7" in again.picture.svg()


# Its controls, without a browser ----------------------------------------------------------------


@pytest.fixture
def desk():
    made = bench.order("relu max_pool", "max_pool relu")
    assert made.controls is made.controls
    return made


def test_every_control_has_words_and_works_by_keyboard(desk):
    import ipywidgets as w

    def leaves(widget):
        return [leaf for c in getattr(widget, "children", ()) for leaf in leaves(c)] or [widget]

    found = leaves(desk.controls)[:-1]  # the last one keeps the keys from JupyterLab
    assert set(found) == set(desk.parts.values())
    native = (w.Dropdown, w.FloatSlider, w.Checkbox, w.BoundedIntText, w.Select, w.Button)
    for leaf in found:
        assert isinstance(leaf, native) and leaf.description and leaf.tooltip
    assert all(not desk.parts[s].continuous_update for s in ("shift", "scale", "rate", "gamma"))


def test_a_slider_a_checkbox_and_a_dropdown_change_the_state(desk):
    before = str(desk.picture)
    desk.parts["shift"].value = -1.5
    desk.parts["training"].value = True
    desk.parts["seed"].value = 3
    desk.parts["activation"].value = "gelu"
    assert repr(desk) == (
        'bench.order("gelu max_pool", "max_pool gelu", shift=-1.5, training=True, seed=3)'
    )
    assert str(desk.picture) != before and repr(desk) in str(desk.picture)
    assert desk.parts["first"].options == ("gelu", "max_pool")


def test_layers_come_go_and_move(desk):
    desk.parts["dropout"].value = "dropout"
    assert desk.setting.first == "relu max_pool dropout"
    assert desk.setting.second == "max_pool relu dropout"
    desk.parts["second"].index = 2
    desk.parts["second_earlier"].click()
    desk.parts["second_earlier"].click()
    desk.parts["second_earlier"].click()  # at the front it stays
    assert desk.setting.second == "dropout max_pool relu" and desk.parts["second"].index == 0
    desk.parts["second_later"].click()
    assert desk.setting.second == "max_pool dropout relu"
    desk.parts["pooling"].value = "–"
    assert (desk.setting.first, desk.setting.second) == ("relu dropout", "dropout relu")
    for kind in ("activation", "dropout"):
        desk.parts[kind].value = "–"
    assert desk.setting.first == "" and desk.parts["first"].options == ()
    desk.parts["first_later"].click()
    desk.parts["normalisation"].value = "batch_norm"
    assert desk.setting.first == desk.setting.second == "batch_norm"


def test_a_picture_on_the_screen_is_drawn_again_in_place(desk, monkeypatch):
    shown = []

    class Handle:
        def update(self, picture):
            shown.append(picture)

    monkeypatch.setattr("IPython.display.display", lambda *a, **k: Handle())
    desk._ipython_display_()
    desk.parts["gamma"].value = -1.0
    assert shown == [desk.picture]


def test_orders_that_the_controls_cannot_hold_are_refused():
    for first, second in (("relu", "tanh"), ("relu relu", "relu relu")):
        with pytest.raises(ValueError, match="bench.compare"):
            OrderBench(Setting(first, second))


def test_it_speaks_russian():
    use_language("ru")
    made = bench.order()
    assert made.controls.children and made.parts["first"].description
    assert "bench.order(" in str(made.picture)
