"""What a layer tells about a class, against scikit-learn and by construction."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from course.lab import probes


class TestSeparation:
    def test_d_prime_of_numbers_and_arrays(self):
        assert float(probes.d_prime(1, 4, 3, 12)) == pytest.approx(2 / np.sqrt(8))
        found = probes.d_prime(np.zeros(3), np.ones(3), [1.0, 0.0, -2.0], np.ones(3))
        assert found.tolist() == [1, 0, -2]

    def test_without_any_spread(self):
        found = probes.d_prime([0.0, 0, 0], [0.0, 0, 0], [0.0, 1, -1], [0.0, 0, 0])
        assert found.tolist() == [0, np.inf, -np.inf]

    def test_fisher_is_half_the_square(self):
        assert float(probes.fisher_ratio(1, 4, 3, 12)) == pytest.approx(2**2 / 16)

    @given(
        x=arrays_of.arrays(np.int8, st.tuples(st.integers(4, 40), st.just(2))),
        data=st.data(),
    )
    def test_auc_is_scikit_learns_ties_included(self, x, data):
        from sklearn.metrics import roc_auc_score

        n = len(x)
        labels = np.array(data.draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
        labels[:2] = 0, 1
        expected = [roc_auc_score(labels, x[:, j]) for j in range(2)]
        np.testing.assert_allclose(probes.auc(x, labels), expected, atol=1e-12)

    def test_auc_keeps_the_neurons_shape_and_the_side(self):
        labels = np.arange(20) % 2
        x = np.stack([labels, -labels, np.zeros(20)], axis=1).reshape(20, 3, 1)
        assert probes.auc(x, labels).tolist() == [[1], [0], [0.5]]

    def test_auc_needs_both_classes(self):
        with pytest.raises(ValueError, match="both of them somewhere. Received: \\[1\\]"):
            probes.auc(np.zeros((4, 1)), np.ones(4, int))


def two_patterns(n, seed, neurons=30):
    """Classes that differ in their pattern only: the pooled moments are alike."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n)
    sign = np.where(np.arange(neurons) % 2, 1.0, -1.0)
    return rng.normal(0, 1, (n, neurons)) + np.where(labels, 1, -1)[:, None] * sign * 0.6, labels


class TestLinearProbe:
    @pytest.mark.parametrize("kind", ["ridge", "logistic"])
    def test_it_reads_a_pattern(self, kind):
        fit, judge = two_patterns(300, 0), two_patterns(300, 1)
        assert probes.linear_probe(fit, judge, kind=kind) > 0.97

    @pytest.mark.parametrize("kind", ["ridge", "logistic"])
    def test_it_does_not_read_noise(self, kind):
        (x, labels), judge = two_patterns(300, 0), two_patterns(300, 1)
        shuffled = np.random.default_rng(2).permutation(labels)
        assert 0.3 < probes.linear_probe((x, shuffled), judge, kind=kind) < 0.7

    def test_scale_and_offset_of_a_neuron_do_not_matter(self):
        (x, labels), (y, others) = two_patterns(300, 0), two_patterns(300, 1)
        factor = np.logspace(-3, 3, x.shape[1]).astype(np.float32)
        right = probes.linear_probe((x, labels), (y, others))
        moved = probes.linear_probe((x * factor + 5, labels), (y * factor + 5, others))
        assert moved == pytest.approx(right, abs=0.01)

    def test_more_neurons_than_samples_and_constants(self):
        (x, labels), (y, others) = two_patterns(80, 0, 400), two_patterns(300, 1, 400)
        x, y = (np.concatenate([a, np.full((len(a), 3), 0.1)], axis=1) for a in (x, y))
        assert probes.linear_probe((x, labels), (y, others)) > 0.97

    def test_nothing_varies(self):
        labels = np.array([1, 1, 1, 0])
        found = probes.linear_probe((np.ones((4, 2)), labels), (np.ones((4, 2)), labels))
        assert found == 0.75

    def test_an_unknown_kind(self):
        with pytest.raises(ValueError, match="Received: 'forest'"):
            probes.linear_probe(two_patterns(10, 0), two_patterns(10, 1), kind="forest")


def test_layers_are_probed_in_order_and_a_norm_changes_nothing():
    import keras
    from keras import layers

    keras.utils.set_random_seed(0)
    net = keras.Sequential(
        [
            keras.Input((30,)),
            layers.Dense(20, activation="relu", name="dense"),
            layers.BatchNormalization(name="norm"),
            layers.Dense(1, name="out"),
        ]
    )
    rng = np.random.default_rng(0)
    net.get_layer("norm").set_weights([rng.uniform(-2, 2, 20), *rng.uniform(0.5, 2, (3, 20))])
    fit, judge = two_patterns(400, 0), two_patterns(400, 1)
    found = probes.layer_probes(net, fit, judge, names=["dense", "norm"])
    assert list(found) == ["dense", "norm"] and found["dense"] > 0.9
    assert found["norm"] == pytest.approx(found["dense"], abs=0.005)
    outputs = probes.activations(net, judge[0])
    assert [a.shape for a in outputs.values()] == [(400, 20), (400, 20), (400, 1)]
    np.testing.assert_allclose(outputs["out"], net.predict(judge[0], verbose=0), atol=1e-4)


def test_activations_follow_a_net_that_is_trained_and_one_that_is_rebuilt():
    import keras

    net = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones", name="sum")]
    )
    x = np.array([[1.0, 2.0]])
    assert probes.activations(net, x)["sum"].tolist() == [[3]]
    net.set_weights([np.full((2, 1), 2.0), np.ones(1)])
    assert probes.activations(net, x)["sum"].tolist() == [[7]]
    net.add(keras.layers.Rescaling(10, name="tens"))
    assert probes.activations(net, x)["tens"].tolist() == [[70]]
    net.pop()
    assert list(probes.activations(net, x, ["sum", "tens"])) == ["sum"]
