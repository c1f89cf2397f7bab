"""Moments of streams and of layers, against NumPy on all samples at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from course.lab import statistics
from course.lab.statistics import RunningMoments

RTOL = 1e-6


def merged(parts, shape, order=None):
    total = RunningMoments(shape)
    for i in range(len(parts)) if order is None else order:
        total.merge(RunningMoments.of(parts[i]))
    return total


def assert_moments(found, samples):
    """Equal to NumPy in float64, but for the rounding that the samples themselves have suffered."""
    samples = np.asarray(samples, np.float64)
    assert found.count == len(samples)
    rounding = 64 * np.finfo(float).eps * np.abs(samples).max()
    np.testing.assert_allclose(found.mean, samples.mean(axis=0), rtol=1e-12, atol=rounding)
    np.testing.assert_allclose(
        found.variance, samples.var(axis=0, ddof=1), rtol=RTOL, atol=rounding**2
    )


class TestRunningMoments:
    @given(
        x=arrays_of.arrays(
            np.float64,
            st.tuples(st.integers(2, 40), st.integers(1, 3)),
            elements=st.floats(-1e6, 1e6, allow_subnormal=False),
        ),
        data=st.data(),
    )
    def test_any_cut_in_any_order_is_the_whole(self, x, data):
        cuts = sorted(data.draw(st.lists(st.integers(0, len(x)), max_size=6)))  # empty parts too
        parts = np.split(x, cuts)
        order = data.draw(st.permutations(range(len(parts))))
        assert_moments(merged(parts, x.shape[1:], order), x)

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    @pytest.mark.parametrize("mean", [0, 1e4, 1e6])
    def test_far_from_zero(self, mean, dtype):
        x = np.random.default_rng(0).normal(mean, 1, (10_000, 3)).astype(dtype)
        found = merged(np.split(x, [1, 1, 2, 3000, 3100]), (3,))
        right = x.astype(np.float64).var(axis=0, ddof=1)
        np.testing.assert_allclose(found.variance, right, rtol=1e-9)

    def test_where_sums_of_squares_are_lost(self):
        """The same stream, with the textbook's formula: the test above can fail."""
        x = np.random.default_rng(0).normal(1e6, 1, 10_000)
        textbook = ((x**2).sum() - x.sum() ** 2 / len(x)) / (len(x) - 1)
        assert abs(textbook / x.var(ddof=1) - 1) > 1e-5

    def test_merging_in_a_tree(self):
        x = np.random.default_rng(1).normal(1e4, 1, (512, 2, 3))
        parts = [RunningMoments.of(part) for part in np.split(x, 16)]
        while len(parts) > 1:
            parts = [a.merge(b) for a, b in zip(parts[::2], parts[1::2], strict=True)]
        assert_moments(parts[0], x)

    def test_merging_with_itself_counts_twice(self):
        x = np.random.default_rng(2).normal(5, 2, 50)
        found = RunningMoments.of(x)
        found.merge(found)
        assert_moments(found, np.concatenate([x, x]))

    def test_the_other_one_is_left_as_it_was(self):
        one, other = (RunningMoments.of(np.arange(n, dtype=float)) for n in (5, 9))
        RunningMoments().merge(one).merge(other)
        assert (one.count, float(one.mean), other.count, float(other.mean)) == (5, 2, 9, 4)

    def test_few_samples(self):
        empty = RunningMoments((2,))
        assert np.isnan(empty.mean).all() and np.isnan(empty.variance).all()
        one = empty.update([[3.0, 4.0]]).update(np.empty((0, 2)))
        assert one.mean.tolist() == [3, 4] and np.isnan(one.variance).all()

    def test_a_constant_has_no_variance(self):
        found = RunningMoments().update([0.1] * 7).update([0.1] * 11)
        assert float(found.variance) < 1e-30 and float(found.std) < 1e-15

    def test_pooled_is_everything_thrown_together(self):
        x = np.random.default_rng(3).normal(0, 1, (40, 5, 4)) + np.arange(4)
        found = merged(np.split(x, 5), (5, 4)).pooled()
        assert found.count == x.size
        assert_moments(found, x.ravel())
        assert RunningMoments((3,)).pooled().count == 0

    def test_what_it_gives_out_cannot_change_it(self):
        found = RunningMoments.of([[1.0], [3.0]])
        found.mean[:] = found.m2[:] = 7
        assert found.mean.tolist() == [2] and found.variance.tolist() == [2]

    def test_wrong_shapes_are_refused(self):
        with pytest.raises(ValueError, match=r"Expected moments of shape \(3,\)"):
            RunningMoments((3,)).update(np.zeros((2, 4)))
        with pytest.raises(ValueError, match=r"Expected samples \(n, ...\)"):
            RunningMoments.of(3.0)
        with pytest.raises(ValueError, match="Expected a count"):
            RunningMoments(count=-1)


class TestStandardError:
    def test_of_independent_values(self):
        x = np.random.default_rng(0).normal(3, 2, 400)
        assert statistics.standard_error(x) == pytest.approx(x.std(ddof=1) / 20)

    def test_groups_of_one_change_nothing(self):
        x = np.random.default_rng(0).normal(3, 2, 400)
        assert statistics.standard_error(x, np.arange(400)) == pytest.approx(
            statistics.standard_error(x)
        )

    def test_copies_are_worth_no_more_than_what_they_copy(self):
        x = np.random.default_rng(0).normal(3, 2, 200)
        copied = statistics.standard_error(np.repeat(x, 5), np.repeat(np.arange(200), 5))
        assert copied == pytest.approx(statistics.standard_error(x))
        assert statistics.standard_error(np.repeat(x, 5)) < copied / 2

    def test_it_is_the_spread_of_means(self):
        rng = np.random.default_rng(4)
        group = np.repeat(np.arange(50), 4)
        draws = rng.normal(0, 1, (400, 50))[:, group] + rng.normal(0, 1, (400, 200))
        claimed = np.mean([statistics.standard_error(x, group) for x in draws[:50]])
        assert claimed == pytest.approx(draws.mean(axis=1).std(), rel=0.12)


@pytest.fixture(scope="module")
def net():
    import keras
    from keras import layers

    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(3, 3, activation="relu", name="conv"),
            layers.MaxPooling2D(2, name="pool"),
            layers.BatchNormalization(name="norm"),
            layers.Dropout(0.5, name="dropout"),
            layers.Flatten(name="flatten"),
            layers.Dense(1, activation="sigmoid", name="dense"),
        ]
    )


@pytest.fixture(scope="module")
def samples():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 130)
    return rng.normal(labels[:, None, None, None], 2, (130, 8, 8, 1)).astype(np.float32), labels


def uneven(x, labels, cuts=(0, 1, 1, 40, 100)):
    return zip(np.split(x, cuts), np.split(labels, cuts), strict=True)


class TestLayerMoments:
    def test_every_neuron_of_every_layer_by_class(self, net, samples):
        from course.lab import probes

        x, labels = samples
        found = statistics.layer_moments(net, uneven(x, labels))
        assert list(found) == ["conv", "pool", "norm", "dropout", "flatten", "dense"]
        for name, a in probes.activations(net, x).items():
            for label in (0, 1):
                part = a[labels == label].astype(np.float64)
                assert found[name][label].shape == a.shape[1:]
                np.testing.assert_allclose(
                    found[name][label].variance,
                    part.var(axis=0, ddof=1),
                    rtol=RTOL,
                    atol=1e-12,
                )
                np.testing.assert_allclose(
                    found[name][label].mean, part.mean(axis=0), rtol=RTOL, atol=1e-7
                )

    def test_pooled_and_flattened_moments(self, net, samples):
        found = statistics.pooled(statistics.layer_moments(net, statistics.batched(*samples)))
        for label in (0, 1):
            assert float(found["norm"][label].mean) == float(found["dropout"][label].mean)
            one, other = found["dropout"][label], found["flatten"][label]
            assert float(one.variance) == pytest.approx(float(other.variance), rel=1e-12)
            assert one.count == 27 * np.sum(samples[1] == label)

    def test_far_from_zero_in_single_precision(self, samples):
        import keras
        from keras import layers

        far = keras.Sequential([keras.Input((8, 8, 1)), layers.Rescaling(1.0, 1e4, name="far")])
        x, labels = samples
        found = statistics.layer_moments(far, uneven(x, labels))["far"]
        for label in (0, 1):
            part = (x[labels == label] + np.float32(1e4)).astype(np.float64)
            np.testing.assert_allclose(found[label].variance, part.var(axis=0, ddof=1), rtol=RTOL)

    def test_batches_do_not_matter(self, net, samples):
        x, labels = samples
        one = statistics.layer_moments(net, [(x, labels)])["conv"][1]
        many = statistics.layer_moments(net, uneven(x, labels))["conv"][1]
        np.testing.assert_allclose(one.variance, many.variance, rtol=RTOL, atol=1e-12)

    def test_labels_in_no_class_are_passed_over(self, net, samples):
        x, labels = samples
        marked = np.where(np.arange(len(x)) < 30, 7, labels)
        found = statistics.layer_moments(net, statistics.batched(x, marked))["conv"]
        right = statistics.layer_moments(net, statistics.batched(x[30:], labels[30:]))["conv"]
        for label in (0, 1):
            assert found[label].count == right[label].count
            np.testing.assert_allclose(
                found[label].variance, right[label].variance, rtol=RTOL, atol=1e-12
            )

    def test_a_class_that_never_comes(self, net, samples):
        x, labels = samples
        only = labels == 1
        found = statistics.layer_moments(net, [(x[only], labels[only])])["conv"]
        assert (
            found[0].count == 0 and np.isnan(found[0].mean).all() and found[1].count == only.sum()
        )
        assert np.isfinite(found[1].variance).all()

    def test_training_mode_drops_normalises_and_leaves_no_trace(self, net, samples):
        x, labels = samples
        before = [v.numpy() for v in net.variables]
        found = statistics.layer_moments(net, [(x, labels)], training=True)
        for was, now in zip(before, net.variables, strict=True):
            np.testing.assert_array_equal(was, now.numpy())
        everybody = RunningMoments((3, 3, 3))
        for label in (0, 1):
            everybody.merge(found["norm"][label])
        np.testing.assert_allclose(everybody.mean.mean(axis=(0, 1)), 0, atol=1e-5)
        norm, dropped = (found[name][0].pooled() for name in ("norm", "dropout"))
        assert float(dropped.variance) > 1.5 * float(norm.variance)

    def test_functional_models(self, samples):
        import keras
        from keras import layers

        x = keras.Input((8, 8, 1))
        h = layers.Flatten(name="flat")(x)
        both = layers.Concatenate(name="both")([layers.Dense(2, name="a")(h), h])
        model = keras.Model(x, both)
        found = statistics.layer_moments(model, statistics.batched(*samples))
        assert {name: c[0].shape for name, c in found.items()} == {
            "flat": (64,),
            "a": (2,),
            "both": (66,),
        }

    def test_what_has_no_layers_in_order_is_refused(self):
        import keras
        from keras import layers

        with pytest.raises(ValueError, match="Expected a built functional or Sequential model"):
            statistics.layer_moments(keras.Sequential([layers.Dense(1)]), [])
        x = keras.Input((4, 1))
        model = keras.Model(x, layers.LSTM(2, return_state=True, name="three")(x)[0])
        with pytest.raises(ValueError, match="one output of known shape. Received: 'three'"):
            statistics.layer_moments(model, [])
        with pytest.raises(ValueError, match="a label per sample. Received: 3 and 2"):
            list(statistics.batched(np.zeros((3, 1)), np.zeros(2)))
