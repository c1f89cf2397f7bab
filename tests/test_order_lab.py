"""The instruments of the unit on layer order, against independent calculations."""

import numpy as np
import pytest

from course.lab.experiments import activations, descent, friends, modes, order_truth


def test_pooling_agrees_with_keras():
    from keras import layers

    z = np.random.default_rng(0).normal(size=(2, 7, 8, 3)).astype(np.float32)
    for pool in (2, 3):
        for ours, same, keras_layer in (
            (np.max, False, layers.MaxPooling2D(pool)),
            (np.mean, False, layers.AveragePooling2D(pool)),
        ):
            expected = np.asarray(keras_layer(z))
            assert np.allclose(friends.pooled(z, pool, ours, same), expected, atol=1e-6)
    assert friends.pooled(z, 3, same=True).shape == (2, 3, 3, 3)


def test_the_references_are_the_cells_of_the_table():
    from keras import layers

    case = friends.Case(channels=2, pool=2)
    kernel, bias, pool = case.arguments
    x = case.images[0]
    h, window = friends.convolution(kernel, bias)(x), layers.MaxPooling2D(pool)
    for name, expected in (
        ("alex", window(layers.ReLU()(h))),
        ("ilya", layers.ReLU()(window(h))),
        ("geoffrey", window(h)),
    ):
        assert np.allclose(case.reference(name)(x), np.asarray(expected), atol=1e-5)


def test_the_verdicts():
    assert friends.verdicts().truth == {
        "alex == ilya": True,
        "alex == geoffrey": False,
        "affine(convolution)": True,
        "affine(geoffrey)": False,
    }


@pytest.mark.parametrize("pool", [2, 3])
def test_no_mistake_looks_like_the_truth(pool):
    case = friends.Case(channels=3, pool=pool)
    for name in friends.NAMES:
        right = [case.reference(name)(x) for x in case.images]
        for mistake, (wrong, _) in case.mistakes(name).items():
            values = [wrong(x) for x in case.images]
            assert any(
                v.shape != r.shape or np.abs(v - r).max() > 1e-3
                for v, r in zip(values, right, strict=True)
            ), (name, mistake)


def test_relu_counts_and_savings():
    assert order_truth.relu_ops(45, 45, 1, 10) == (2025, 16)
    assert order_truth.relu_ops(98, 98, 64, 2) == (614656, 153664)
    saved = order_truth.savings()
    assert saved["relu"] == 75
    assert saved["relu + pool"] == pytest.approx(300 / 7)
    assert saved["conv + relu + pool"] == pytest.approx(75 / 289.75)


def test_every_wrong_count_differs_on_the_cases():
    cases = order_truth.count_cases()
    right = [order_truth.relu_ops(*case) for case in cases]
    for name, (wrong, _) in order_truth.count_mistakes().items():
        assert [wrong(*case) for case in cases] != right, name
    assert max(map(max, right)) < 10_000  # shown digit by digit


def test_wrong_savings_are_wrong_and_roundings_too_rough():
    saved = order_truth.savings()
    for name, (wrong, _) in order_truth.saving_mistakes().items():
        assert any(abs(wrong[row] - saved[row]) > 2e-3 * saved[row] for row in saved), name


def test_a_cell_that_ignores_its_kernel_is_found_out():
    case = friends.Case(channels=1, pool=2)
    kernel, bias, pool = case.blank
    honest = friends.reference("ilya", kernel, bias, pool)
    assert case.ignored(honest, "ilya")() is None
    stubborn = case.reference("ilya")
    assert "does not use the given kernel" in case.ignored(stubborn, "ilya")().text("en")


def test_the_lab_does_not_hand_out_what_the_task_asks_for():
    assert not hasattr(friends, "relu_ops") and not hasattr(descent, "one_signed")


def test_which_activations_commute():
    truth = activations.commutation().truth
    assert list(truth) == list(activations.NAMES) and len(truth) == 20
    assert {n for n in truth if truth[n] == "positive"} == {
        "gelu",
        "silu",
        "mish",
        "hard_silu",
        "square",
    }
    assert [n for n in truth if truth[n] == "never"] == ["softmax"]
    assert "not at z = [" in activations.commutation().evidence["gelu"].text("en")


def test_an_activation_that_rises_everywhere_commutes():
    for name, verdict in activations.commutation().truth.items():
        if name == "softmax":
            continue
        x, y = activations.curve(name, -10, 10, 4001)
        rises = np.diff(y) > -1e-6
        assert rises.all() == (verdict == "always"), name
        assert rises[x[1:] > 0].all()


def test_gradients_are_those_of_the_loss():
    rng = np.random.default_rng(1)
    x, y = rng.uniform(size=(3, 5)), np.array([0, 2, 1])
    first, second = descent.gradients(x, y, width=4, classes=3, seed=2)
    assert first.shape == (5, 4) and second.shape == (4, 3)
    # A batch is the mean of its samples.
    alone = [descent.gradients(x[[i]], y[[i]], width=4, classes=3, seed=2) for i in range(3)]
    assert np.allclose(first, np.mean([a for a, _ in alone], axis=0))
    assert np.allclose(second.sum(axis=1), 0)  # softmax: logits' gradients sum to 0


def test_one_signed_counts_live_columns():
    gradient = np.array([[1, -1, 0, 0], [2, 1, 0, -3], [0, 1, 0, -1.0]])
    assert order_truth.one_signed(gradient) == pytest.approx(2 / 3)
    assert order_truth.one_signed(np.zeros((2, 2))) == 0


def test_every_wrong_count_of_signs_differs_on_the_cases():
    for name, (wrong, _) in order_truth.sign_mistakes().items():
        assert any(
            abs(float(wrong(g)) - order_truth.one_signed(g)) > 1e-3
            for (g,) in order_truth.sign_cases()
        ), name


def test_signs_are_one_only_for_one_neuron_and_one_positive_sample():
    assert list(descent.signs().truth.values()) == [True, False, False, True, False]


@pytest.mark.parametrize("seed", range(5))
def test_centring_rounds_the_valley_and_scaling_does_not(seed):
    grey, ink = descent.grey(seed=seed), descent.ink(seed=seed)
    assert descent.condition(grey) > 5 and descent.condition(2 * grey - 1) < 1.3
    assert descent.condition(2 * ink - 1) > 2 * descent.condition(ink)
    for x in (grey, ink):
        assert descent.condition(x - x.mean(axis=0)) < 1.4
    assert descent.condition(grey - grey.mean(axis=1, keepdims=True)) == np.inf


def test_positive_samples_never_move_the_weights_apart():
    positive = descent.descend(descent.grey())
    assert positive.opposite == 0
    assert np.allclose(positive.path[0], 0)
    assert np.abs(positive.path[-1] - descent.TARGET).max() < descent.TOLERANCE
    centred = descent.descend(2 * descent.grey() - 1)
    assert centred.steps < positive.steps / 1.5 and centred.opposite > 0.2


def test_the_graph_optimiser_swaps_monotone_activations():
    import keras

    window = keras.layers.MaxPooling2D(2)
    z = np.zeros((1, 4, 4, 1), np.float32)
    ran = modes.optimised(lambda x: window(keras.ops.relu(x)), z)
    assert not ran or ran == ["MaxPool", "Relu"]


def test_the_stopwatch_times_both_orders_in_eager_and_graph():
    found = modes.stopwatch(side=8, channels=2, repeats=2, samples=1)
    assert {"eager", "graph"} <= set(found)
    for row in found.values():
        assert row["alex / ilya"] == pytest.approx(row["alex"] / row["ilya"])
