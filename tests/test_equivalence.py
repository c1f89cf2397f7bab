"""Equivalence: right pairs pass to the bit, wrong ones fail with an example one can read."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

keras = pytest.importorskip("keras")

from keras import activations, layers, ops  # noqa: E402

from autograder.equivalence import Inputs, assert_equivalent, equivalence  # noqa: E402
from autograder.equivalence.inputs import all_negative_shift  # noqa: E402
from autograder.errors import CheckFailed, CouldNotCheck  # noqa: E402
from autograder.messages import Message, msg  # noqa: E402


def max_pool(x, k=2, padding="valid", strides=None):
    return ops.max_pool(x, k, strides=strides, padding=padding)


def after(act, pool=max_pool):
    return lambda x: act(pool(x))


def before(act, pool=max_pool):
    return lambda x: pool(act(x))


def relu(x):
    return np.maximum(np.asarray(x), 0)


# -- what is equal ---------------------------------------------------------------------------------


@given(
    k=st.integers(1, 5),
    strides=st.integers(1, 5),
    padding=st.sampled_from(["valid", "same"]),
    channels=st.integers(1, 4),
    batch=st.integers(1, 3),
    seed=st.integers(0, 1000),
)
@settings(max_examples=25)
def test_relu_and_max_pool_commute_to_the_bit(k, strides, padding, channels, batch, seed):
    def pool(x):
        return max_pool(x, k, padding, strides)

    inputs = Inputs.images(channels=channels, pool=k, batch=batch)
    result = equivalence(
        after(ops.relu, pool),
        before(ops.relu, pool),
        inputs,
        seed=seed,
        tolerance=0,
        controls={"no ReLU": pool, "leaky": after(lambda x: ops.leaky_relu(x, 0.01), pool)},
    )
    assert result.equal, result.text()
    assert result.max_error == 0 and result.compared > 100
    assert all(times > 0 for times in result.caught.values())


NON_DECREASING = [
    "relu",
    "leaky_relu",
    "relu6",
    "elu",
    "selu",
    "celu",
    "sigmoid",
    "tanh",
    "softplus",
    "softsign",
    "exponential",
    "hard_sigmoid",
    "hard_tanh",
    "log_sigmoid",
    "soft_shrink",
    "hard_shrink",
    "tanh_shrink",
    "squareplus",
    "sparse_plus",
]


@pytest.mark.parametrize("name", NON_DECREASING)
@pytest.mark.parametrize("k", [2, 3])
def test_non_decreasing_activations_commute(name, k):
    act = getattr(activations, name)
    result = equivalence(
        after(act, lambda x: max_pool(x, k)),
        before(act, lambda x: max_pool(x, k)),
        Inputs.images(pool=k),
        controls={"average": before(act, lambda x: ops.average_pool(x, k))},
    )
    assert result.equal, result.text()


# -- what is not, and how it is shown --------------------------------------------------------------

WRONG = {
    "gelu": activations.gelu,
    "silu": activations.silu,
    "mish": activations.mish,
    "hard_silu": activations.hard_silu,
    "abs": ops.abs,
    "square": ops.square,
    "minus": lambda x: -x,
    "sine": ops.sin,
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("k", [2, 3])
def test_other_activations_do_not_commute(name, k):
    def pool(x):
        return max_pool(x, k)

    result = equivalence(after(WRONG[name], pool), before(WRONG[name], pool), Inputs.images(pool=k))
    assert not result.equal and result.reason == "different"
    example = result.counterexample
    assert example.input.shape == (1, k, k, 1), example.input
    assert example.left.shape == example.right.shape == (1, 1, 1, 1)
    assert np.all(example.input == np.round(example.input * 2) / 2), example.input
    assert example.gap > 0.01
    # The example is one: it really tells them apart.
    again = after(WRONG[name], pool)(example.input) - before(WRONG[name], pool)(example.input)
    assert abs(float(np.asarray(again).ravel()[0])) == pytest.approx(example.gap, rel=1e-4)


def test_average_pooling_and_relu():
    def pool(x):
        return ops.average_pool(x, 2)

    result = equivalence(after(ops.relu, pool), before(ops.relu, pool), Inputs.images())
    example = result.counterexample
    assert example.input.size == 4
    assert (example.right >= example.left).all()  # avg(relu) >= relu(avg), always


def test_softmax_needs_two_channels_to_differ():
    result = equivalence(after(ops.softmax), before(ops.softmax), Inputs.images())
    assert result.counterexample.input.shape == (1, 2, 2, 2)


def test_the_text_is_a_small_table():
    gelu = activations.gelu
    with pytest.raises(CheckFailed) as caught:
        assert_equivalent(after(gelu), before(gelu), Inputs.images(), names=("yours", "swapped"))
    text = str(caught.value)
    lines = text.splitlines()
    assert len(lines) <= 6
    assert lines[0].startswith("yours and swapped differ by 0.")
    assert lines[1].split() == ["input", "(1,", "2,", "2,", "1)", "yours", "swapped"]
    assert lines[-1].startswith("They part at output [0, 0, 0, 0]: yours has ")


def test_texts_are_messages_in_any_language():
    result = equivalence(after(ops.abs), before(ops.abs), Inputs.images(), names=(msg("a"), "b"))
    assert isinstance(result.message, Message)
    assert isinstance(result.counterexample.text(), Message)
    assert result.message.text("ru")


def test_examples_of_networks_stay_readable():
    model, other = (
        keras.Sequential([keras.Input((12, 12, 3)), layers.Conv2D(2, 3), layers.Flatten()])
        for _ in range(2)
    )
    result = equivalence(model, other, Inputs.like(model))
    assert not result.equal
    assert "Input of shape (1, 12, 12, 3)." in result.text()
    assert len(result.text().splitlines()) <= 4


def test_shrinking_is_repeatable():
    def run():
        return equivalence(after(ops.abs), before(ops.abs), Inputs.images(), seed=5).text()

    assert run() == run()


@given(
    shape=st.tuples(st.integers(1, 3), st.integers(1, 12), st.integers(1, 12), st.integers(1, 3)),
    threshold=st.sampled_from([0.5, 2.0, 20.0]),
)
@settings(max_examples=20)
def test_a_difference_in_one_number_shrinks_to_one_number(shape, threshold):
    def f(x):
        return np.where(x > threshold, x, 0)

    result = equivalence(f, lambda x: 0 * x, Inputs((shape,), shifts=(0, 2), extremes=False))
    assert result.counterexample is not None
    assert result.counterexample.input.size == 1
    assert abs(result.counterexample.input.item()) <= max(4, threshold * 5)


# -- power -----------------------------------------------------------------------------------------


def numpy_pool(x, k):
    b, h, w, c = x.shape
    x = x[:, : h // k * k, : w // k * k]
    return x.reshape(b, h // k, k, w // k, k, c).max(axis=(2, 4))


NUMPY_MUTANTS = {
    "no ReLU": lambda x, k: numpy_pool(x, k),
    "leaky": lambda x, k: (lambda p: np.where(p > 0, p, np.float32(0.01) * p))(numpy_pool(x, k)),
    "elu": lambda x, k: (lambda p: np.where(p > 0, p, np.expm1(np.minimum(p, 0))))(
        numpy_pool(x, k)
    ),
    "abs": lambda x, k: np.abs(numpy_pool(x, k)),
    "relu6": lambda x, k: np.clip(numpy_pool(x, k), 0, 6),
    "zeros": lambda x, k: 0 * numpy_pool(x, k),
}


@pytest.mark.parametrize("k", [2, 3, 10])
@pytest.mark.parametrize("mutant", NUMPY_MUTANTS)
def test_every_seed_catches_a_missing_relu(k, mutant):
    """Normal images catch it in one window of 2^(k*k); stratified ones in every draw."""
    inputs = Inputs.images(channels=3, pool=k)
    for seed in range(40):
        caught = sum(
            int((relu(numpy_pool(x, k)) != NUMPY_MUTANTS[mutant](x, k)).sum())
            for x in inputs.draw(seed)
        )
        assert caught >= 10, (seed, caught)


@pytest.mark.parametrize(("k", "shift"), [(2, -0.998), (3, -1.446), (10, -2.462)])
def test_the_shift_makes_half_of_the_windows_negative(k, shift):
    assert all_negative_shift(k) == pytest.approx(shift, abs=1e-3)
    windows = np.random.default_rng(0).normal(size=(4000, k * k)) + all_negative_shift(k)
    assert (windows < 0).all(axis=1).mean() == pytest.approx(0.5, abs=0.04)


@pytest.mark.parametrize("k", [2, 3, 10])
@pytest.mark.parametrize("name", ["gelu", "silu"])
def test_dips_are_found_in_every_seed(k, name):
    act = getattr(activations, name)
    x = {seed: list(Inputs.images(pool=k).draw(seed)) for seed in range(12)}
    for seed, arrays in x.items():
        gaps = [
            np.abs(
                np.asarray(act(numpy_pool(a, k))) - numpy_pool(np.asarray(act(a), np.float32), k)
            ).max()
            for a in arrays
        ]
        assert max(gaps) > 0.01, seed


def test_padding_same_shows_only_on_odd_sizes():
    valid, same = (lambda x, p=p: max_pool(x, 2, p) for p in ("valid", "same"))
    even = Inputs(((2, 8, 8, 3),))
    assert equivalence(valid, same, even).equal  # why sizes that divide are not enough
    result = equivalence(valid, same, Inputs.images())
    assert result.reason == "shape"
    assert "has shape" in result.text()


@pytest.mark.parametrize(
    "wrong",
    [
        lambda x: max_pool(x[::-1]),  # samples
        lambda x: max_pool(x[..., ::-1]),  # channels
        lambda x: np.swapaxes(np.asarray(max_pool(np.swapaxes(x, 1, 2))), 1, 2)[:, ::-1],
        lambda x: ops.average_pool(x, 2),
        lambda x: x[:, : x.shape[1] // 2 * 2 : 2, : x.shape[2] // 2 * 2 : 2],
        lambda x: -max_pool(-x),
    ],
)
def test_mistaken_axes_and_pools(wrong):
    assert not equivalence(wrong, max_pool, Inputs.images()).equal


def test_domains():
    images = Inputs.images(pool=3)
    arrays = list(images.draw(1))
    assert all(a.dtype == np.float32 and a.flags.c_contiguous for a in arrays)
    assert all(np.array_equal(a, b) for a, b in zip(arrays, images.draw(1), strict=True))
    assert any(not np.array_equal(a, b) for a, b in zip(arrays, images.draw(2), strict=True))
    assert {a.shape[1] % 3 for a in arrays} >= {0, 1} and any(
        a.shape[1] != a.shape[2] for a in arrays
    )
    assert any(np.signbit(a[a == 0]).any() and not np.signbit(a[a == 0]).all() for a in arrays)
    assert max(np.abs(a).max() for a in arrays) > 1e14
    assert all((a > 0).all() for a in images.with_(positive=True).draw(0))
    assert all(a.min() >= 0 and a.max() <= 1 for a in images.with_(low=0, high=1).draw(0))


def test_positive_inputs_let_gelu_pass_and_say_so_by_the_control():
    gelu = activations.gelu
    inputs = Inputs.images(positive=True)
    assert equivalence(after(gelu), before(gelu), inputs).equal
    result = equivalence(after(ops.relu), before(ops.relu), inputs, controls={"none": max_pool})
    assert result.reason == "powerless" and result.powerless == ("none",)


# -- functions that misbehave ----------------------------------------------------------------------


class Liar(np.ndarray):
    def __array_function__(self, *args, **kwargs):
        return True

    def __array_ufunc__(self, *args, **kwargs):
        return np.array(True)


def _mutates(x):
    x[:] = np.abs(x)
    return max_pool(x)


def _stateful():
    calls = []

    def f(x):
        calls.append(1)
        return relu(x) if len(calls) <= len(list(Inputs.images().draw())) else relu(x) * 1.5

    return f


MISBEHAVED = {
    "mutates": (_mutates, "mutates", "changes its own input"),
    "nan": (lambda x: np.where(x < 0, np.nan, x), "not-finite", "not numbers (NaN)"),
    "raises": (lambda x: 1 / 0, "raised", "ZeroDivisionError"),
    "nothing": (lambda x: None, "type", "Received: NoneType"),
    "text": (lambda x: "equal", "type", "Received: str"),
    "itself": (lambda x: relu, "type", "Received: function"),
    "ragged": (lambda x: [[1.0], [1.0, 2.0]], "type", "Received: list"),
    "complex": (lambda x: relu(x) + 0j, "type", "Received: ndarray"),
    "objects": (lambda x: relu(x).astype(object), "type", "Received: ndarray"),
    "empty": (lambda x: relu(x)[:0], "shape", "has shape (0,"),
    "broadcasts": (lambda x: relu(x)[:1], "shape", "has shape (1,"),
    "a number": (lambda x: 0.0, "shape", "has shape ()"),
    "liar": (lambda x: np.abs(x).view(Liar), "different", "differ by"),
    "stateful": (_stateful(), "unstable", "another answer the second time"),
    "under the tolerance": (lambda x: relu(x) + np.float32(0.01) * (x < 0), "different", "differ"),
}


@pytest.mark.parametrize("name", MISBEHAVED)
def test_misbehaved_functions_fail_with_their_own_words(name):
    f, reason, words = MISBEHAVED[name]
    result = equivalence(f, relu, Inputs.images(), names=("yours", "expected"))
    assert not result.equal
    assert result.reason == reason, result.text()
    assert words in result.text()
    assert len(result.text().splitlines()) <= 12


def test_random_answers_are_noticed():
    rng = np.random.default_rng(0)
    f = lambda x: relu(x) + rng.normal(size=x.shape) * 1e-9  # noqa: E731
    assert equivalence(f, relu, Inputs.images()).reason == "unstable"


def test_warnings_of_the_students_stay_off_stderr(capfd):
    def f(x):
        import warnings

        warnings.warn("look", stacklevel=1)
        return np.log(-1 + 0 * x) * 0 + x

    equivalence(f, f, Inputs.images())
    assert capfd.readouterr().err == ""


def test_zero_weights_prove_nothing():
    def model(order):
        some = [layers.Conv2D(2, 3, kernel_initializer="zeros"), *order]
        return keras.Sequential([keras.Input((9, 9, 1)), *some])

    one = model([layers.ReLU(), layers.AveragePooling2D(2)])
    two = model([layers.MaxPool2D(2), layers.Activation("tanh")])
    result = equivalence(one, two, Inputs.like(one))
    assert result.reason == "degenerate" and "Are the weights zero" in result.text()


def test_tiny_weights_do_not_hide_below_the_tolerance():
    w = np.random.default_rng(0).normal(size=(5, 3)) * 1e-12
    result = equivalence(lambda x: x @ w, lambda x: np.abs(x @ w), Inputs.vectors(5))
    assert not result.equal and result.reason in ("degenerate", "different")


def test_a_reference_that_fails_is_our_fault():
    with pytest.raises(CouldNotCheck, match="expected: stopped on an input of shape"):
        assert_equivalent(relu, lambda x: 1 / 0, Inputs.images())
    with pytest.raises(CheckFailed, match="yours: stopped on an input of shape"):
        assert_equivalent(lambda x: 1 / 0, relu, Inputs.images())


def test_verdicts_of_checks_inside_pass_through():
    def f(x):
        raise CheckFailed(msg("Expected another thing."))

    with pytest.raises(CheckFailed, match="^Expected another thing.$"):
        assert_equivalent(f, relu, Inputs.images())


def test_a_control_that_fails_to_run_is_our_fault():
    with pytest.raises(CouldNotCheck, match="The control 'broken' does not run"):
        equivalence(relu, relu, Inputs.images(), controls={"broken": lambda x: 1 / 0})


def test_a_control_like_f_is_reported():
    with pytest.raises(CheckFailed, match="cannot tell yours from a wrong one"):
        assert_equivalent(relu, relu, Inputs.images(), controls={"same": lambda x: x * (x > 0)})


# -- tolerances ------------------------------------------------------------------------------------


def _dense_stack(sizes, act=None):
    model = keras.Sequential(
        [
            keras.Input((sizes[0],)),
            *[layers.Dense(n, activation=act, bias_initializer="normal") for n in sizes[1:]],
        ]
    )
    return model


@pytest.mark.parametrize("width", [8, 300])
def test_collapsed_layers_are_equal_and_forgotten_biases_are_not(width):
    keras.utils.set_random_seed(width)
    model = _dense_stack([40, width, 3])
    (w1, b1), (w2, b2) = (layer.get_weights() for layer in model.layers)

    def collapsed(b):
        small = _dense_stack([40, 3])
        small.set_weights([w1 @ w2, b])
        return small

    inputs = Inputs.vectors(40)
    result = equivalence(collapsed(b1 @ w2 + b2), model, inputs)
    assert result.equal, result.text()
    for wrong in (b2, b1 @ w2, b1[:3] + b2):
        assert not equivalence(collapsed(wrong), model, inputs).equal


def test_the_tolerance_of_plain_functions_accepts_another_order_of_summing():
    w = np.random.default_rng(1).normal(size=(2000, 4)).astype(np.float32)
    inputs = Inputs.vectors(2000, batch=8)
    f = lambda x: x @ w  # noqa: E731
    g = lambda x: x[:, ::-1].astype(np.float64) @ w[::-1].astype(np.float64)  # noqa: E731
    assert equivalence(f, g, inputs).equal
    assert not equivalence(f, lambda x: g(x) * (1 + 1e-4), inputs).equal


def test_half_precision_is_allowed_its_own_rounding():
    half = lambda x: relu(x).astype(np.float16)  # noqa: E731
    inputs = Inputs.images(extremes=False)
    assert equivalence(half, relu, inputs).equal
    assert not equivalence(half, relu, inputs, tolerance=0).equal


def test_given_tolerances():
    near = lambda x: relu(x) * np.float32(1.001)  # noqa: E731
    inputs = Inputs.images()
    assert equivalence(near, relu, inputs, tolerance=1e-2).equal
    assert not equivalence(near, relu, inputs, tolerance=1e-5).equal
    by_hand = lambda x, a, b: 0.002 * np.abs(b)  # noqa: E731
    assert equivalence(near, relu, inputs, tolerance=by_hand).equal
    with pytest.raises(ValueError, match="Expected a tolerance of at least 0"):
        equivalence(near, relu, inputs, tolerance=-1)


def test_order_of_layers_in_models():
    def model(*order):
        return keras.Sequential([keras.Input((11, 12, 2)), layers.Conv2D(3, 3), *order])

    alex = model(layers.ReLU(), layers.MaxPool2D(), layers.Flatten(), layers.Dense(4))
    ilya = model(layers.MaxPool2D(), layers.ReLU(), layers.Flatten(), layers.Dense(4))
    jeffrey = model(layers.MaxPool2D(), layers.Flatten(), layers.Dense(4))
    for other in (ilya, jeffrey):
        other.set_weights(alex.get_weights())
    result = equivalence(alex, ilya, Inputs.like(alex), controls={"no ReLU": jeffrey})
    assert result.equal and result.caught["no ReLU"] > 20
    assert "The control 'no ReLU' was caught" in result.text()
    assert not equivalence(jeffrey, ilya, Inputs.like(alex)).equal


def test_noise_on_maps_too_small_is_no_counter_example():
    """TensorFlow gives uninitialised memory for a map smaller than its kernel; here it is noise
    that changes from call to call, as that does when it matters. Shrinking must not end on it."""
    rng = np.random.default_rng(0)
    kernel = rng.normal(size=(3, 3, 2, 1)).astype(np.float32)

    def f(x):
        if min(x.shape[1:3]) < 3:
            return rng.normal(size=(len(x), 1, 1, 1)).astype(np.float32)
        return np.asarray(ops.conv(x, kernel))

    example = equivalence(f, lambda x: f(x) + 0.5, Inputs(((2, 9, 8, 2),))).counterexample
    assert example.input.shape[1:3] == (3, 3)
    assert example.gap == pytest.approx(0.5, abs=1e-3)


def test_a_model_is_not_run_on_other_sizes_than_its_own():
    model = keras.Sequential([keras.Input((9, 9, 1)), layers.Conv2D(2, 3)])
    result = equivalence(model, model, Inputs(((2, 8, 8, 1),)))
    assert result.reason == "raised"
    assert "Expected an input of shape (None, 9, 9, 1). Received: (2, 8, 8, 1)." in result.text()


def test_wrong_use():
    with pytest.raises(ValueError, match="Expected shapes of whole batches"):
        Inputs(((2, 0, 3),))
    with pytest.raises(ValueError, match="Expected pool, channels and batch of at least 1"):
        Inputs.images(pool=0)
    with pytest.raises(ValueError, match="Expected Inputs or arrays"):
        equivalence(relu, relu, "images")
    assert equivalence(relu, relu, np.array([[-1.0, 2.0]], "float32")).equal
