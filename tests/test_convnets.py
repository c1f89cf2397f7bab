"""Do the instruments of the convolution unit measure what they say?"""

import math

import numpy as np
import pytest

from course.lab.experiments import conv_truth, convnets


@pytest.mark.parametrize(
    "plan, told",
    [
        (convnets.Blocks(5, 3), "100 → 96 → 32 → 28 → 9 → 5 → 1 → ✗"),
        (convnets.Blocks(3, 3), "100 → 98 → 32 → 30 → 10 → 8 → 2 → ✗"),
        (convnets.Blocks(2, 3), "100 → 99 → 33 → 32 → 10 → 9 → 3 → 2 → ✗"),
        (convnets.Blocks(5, 3, blocks=3), "100 → 96 → 32 → 28 → 9 → 5 → 1"),
        (convnets.Blocks(3, 10, blocks=1, side=47), "47 → 45 → 4"),
    ],
)
def test_map_sizes(plan, told):
    assert str(plan) == told
    assert plan.builds == (not told.endswith("✗"))


def test_fields_of_view_and_ranks():
    conv, pool = ("conv", 3), ("pool", 2)
    assert convnets.field(("conv", 10)) == 10
    assert convnets.field(conv, pool, conv) == 8
    assert convnets.field(conv, pool, conv, pool, conv) == 18
    assert convnets.rank(3, 3, 512) == 27
    assert convnets.rank(3, 3, 8) == 8


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_convolve_is_keras_convolution(size, padding):
    from keras import layers

    rng = np.random.default_rng(size)
    x, kernel, bias = (rng.normal(size=s) for s in ((2, 7, 6, 3), (size, size, 3, 4), (4,)))
    layer = layers.Conv2D(4, size, padding=padding, dtype="float64")
    layer.build((None, 7, 6, 3))
    layer.set_weights([kernel, bias])
    found = convnets.convolve(x, kernel, bias, padding)
    np.testing.assert_allclose(found, np.asarray(layer(x)), rtol=1e-12, atol=1e-12)


def test_cross_entropy_of_damaged_answers():
    gone = np.full(10, 1 / 9)
    gone[3] = 0
    value, slope = convnets.damaged_loss("categorical_crossentropy", gone, 3)
    assert value == pytest.approx(-math.log(1e-7), rel=1e-5)
    assert slope == 0
    assert math.isnan(convnets.damaged_loss("categorical_crossentropy", np.zeros(10), 3)[0])
    empty = convnets.damaged_loss("sparse_categorical_crossentropy", np.zeros(10), 3)[0]
    assert empty == pytest.approx(math.log(10), rel=1e-5)


def test_one_layer_gap_knows_the_border():
    truth, gaps = conv_truth.collapses()
    assert set(truth) == set(gaps)
    assert [pair for pair, same in truth.items() if not same] == ["3x3, relu, 1x1", "1x1, 3x3 same"]
    with pytest.raises(ValueError, match="Expected pair"):
        convnets.one_layer_gap("1x1, 1x1")


def test_bills_of_the_posed_nets():
    bills = convnets.bills()
    assert bills["28: 512, 10x10"] == (4_200_022, 22_631_400)
    assert bills["28: 512, 3x3"][0] == 8_659_030
    assert bills["100: 512-128-32-32"] == (675_722, 1_512_443_520)


def test_measured_references_agree_with_the_formulas():
    for size, window, stride in [(28, 10, 1), (49, 2, 2), (1, 5, 1), (3, 3, 3), (8, 1, 3)]:
        assert conv_truth.size(size, window, stride) == max((size - window) // stride + 1, 0)
        assert conv_truth.size(size, window, stride, "same") == -(-size // stride)
    assert conv_truth.cost(100, 3, 32, 5) == (2432, 22_118_400)
    assert conv_truth.cost(28, 1, 8, 3, "same") == (80, 56_448)


def test_what_comes_out():
    truth, evidence = conv_truth.comes_out()
    assert truth == {
        **{"a": ">80", "b": "<5", "c": "16.1", "d": "0", "e": "nan", "f": "2.3"},
        **{"g": "1", "h": "!=1", "i": "0"},
    }
    assert set(evidence) == set(truth)
    assert set(truth.values()) <= set(conv_truth.WORDS)


def test_the_posed_digit_net_gives_every_digit_the_same_answer():
    posed = convnets.posed_digits()
    assert posed.spread < 0.01
    assert posed.accuracy < 0.2 < convnets.wide_first_layer(512, 10)


def test_the_posed_picture_net_is_frozen_by_both_dropouts():
    assert not convnets.posed_pictures().compiled
    assert convnets.frozen() == (12, 12)
    assert convnets.frozen(last=0) == (11, 12)  # the last bias moves
    assert convnets.frozen(middle=0) == (0, 12)
