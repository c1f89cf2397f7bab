"""Do the checks of functions that return arrays, and of repaired convolutional nets, hold?"""

import numpy as np
import pytest

from autograder import CheckFailed, CouldNotCheck, Task, checks
from autograder.messages import msg

DIGITS = Task("classification", classes=10, input_shape=(8, 8, 1))


def product(w1, w2, b):
    return w1 @ w2, b @ w2


def cases(seed=0):
    rng = np.random.default_rng(seed)
    return [(rng.normal(size=(3, 5)), rng.normal(size=(5, 4)), rng.normal(size=5))]


MISTAKES = {"no-bias": (lambda w1, w2, b: (w1 @ w2, np.zeros(4)), msg("The bias is lost."))}


def hold(f, **options):
    checks.arrays(f, product, cases(), names=("W", "b"), mistakes=MISTAKES, **options)


@pytest.mark.parametrize(
    "f",
    [
        product,
        lambda w1, w2, b: [np.einsum("ij,jk->ik", w1, w2), np.einsum("j,jk->k", b, w2)],
        lambda w1, w2, b: {"W": (w1 @ w2).tolist(), "b": b @ w2},
        lambda w1, w2, b: product(*(a.astype(np.float32) for a in (w1, w2, b))),
        lambda w1, w2, b: ((w1 @ w2 + b @ w2) - b @ w2, b @ w2),
    ],
    ids=["plain", "einsum", "dict", "float32", "difference"],
)
def test_right_arrays_pass_in_any_spelling(f):
    hold(f)


@pytest.mark.parametrize(
    "f, told",
    [
        (lambda w1, w2, b: (w1 @ w2, np.zeros(4)), "The bias is lost."),
        (lambda w1, w2, b: (w1 @ w2 * 1.0001, b @ w2), "`W` differs by up to"),
        (lambda w1, w2, b: product(*(a.astype(np.float16) for a in (w1, w2, b))), "differs by"),
        (lambda w1, w2, b: (w2.T, b @ w2), "of shape (3, 4)"),
        (lambda w1, w2, b: w1 @ w2, "should return W, b"),
        (lambda w1, w2, b: (w1 @ w2, b @ w2 * np.nan), "`b` holds NaN"),
        (lambda w1, w2, b: (w1 @ w2, ["a"] * 4), "`b` is no array of numbers"),
        (lambda w1, w2, b: None, "returned None"),
        (lambda w1, w2, b: w2 @ w1, "stopped with ValueError"),
    ],
)
def test_wrong_arrays_fail_with_their_reason(f, told):
    with pytest.raises(CheckFailed) as failure:
        hold(f)
    assert told in str(failure.value)


def test_the_call_is_shown_with_shapes_and_no_weights():
    with pytest.raises(CheckFailed, match=r"\(array\(3, 5\), array\(5, 4\), array\(5,\)\)`"):
        hold(lambda w1, w2, b: (w1 @ w2 * 2, b @ w2))


def test_cases_that_cannot_tell_a_mistake_are_our_failure():
    zero = [(np.ones((3, 5)), np.ones((5, 4)), np.zeros(5))]
    with pytest.raises(CouldNotCheck, match="no-bias"):
        checks.arrays(product, product, zero, names=("W", "b"), mistakes=MISTAKES)


def net(*body, compile_=True, loss="sparse_categorical_crossentropy"):
    def small_net():
        import keras

        built = keras.Sequential([keras.Input((8, 8, 1)), *(make() for make in body)])
        if compile_:
            built.compile("adam", loss)
        return built

    return small_net


def conv(activation=None, **options):
    from keras import layers

    return lambda: layers.Conv2D(4, 3, padding="same", activation=activation, **options)


def pool():
    from keras import layers

    return layers.MaxPooling2D(2)


def flat():
    from keras import layers

    return layers.Flatten()


def dense(activation):
    from keras import layers

    return lambda: layers.Dense(10, activation=activation)


def late():
    from keras import layers

    return layers.Dropout(0.5)


def logits_loss():
    import keras

    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


@pytest.mark.parametrize(
    "body",
    [
        lambda: (conv("relu"), pool, conv("relu"), flat, dense("softmax")),
        lambda: (conv(), pool, conv(), flat, dense("softmax")),  # max-pooling is non-linear
        lambda: (conv("tanh"), conv("relu", strides=2), flat, dense("softmax")),
    ],
)
def test_a_net_that_keeps_its_brief_passes(body):
    checks.convolves(net(*body()), task=DIGITS)


@pytest.mark.parametrize(
    "body, told",
    [
        (lambda: (flat, dense("softmax")), "Found: 0; layers with weights altogether: 1"),
        (lambda: (conv("relu"), pool, flat, dense("softmax")), "Found: 1; layers"),
        (lambda: (conv(), conv(), pool, flat, dense("softmax")), "there is only: conv2d"),
        (lambda: (conv("relu"), conv("relu"), flat, dense("softmax")), "from 8 to 8 pixels"),
    ],
)
def test_a_net_that_lost_its_brief_fails(body, told):
    with pytest.raises(CheckFailed) as failure:
        checks.convolves(net(*body()), task=DIGITS)
    assert told in str(failure.value)


def test_distributions_and_logits_with_their_loss_pass():
    checks.distribution(net(flat, dense("softmax")), task=DIGITS)
    checks.distribution(net(flat, dense(None), loss=logits_loss()), task=DIGITS)


def test_answers_that_are_no_distributions_fail_with_their_sums():
    for body, where in (
        ((flat, dense("sigmoid")), "in inference"),
        ((flat, dense(None)), "in inference"),
        ((flat, dense("softmax"), late), "in training too"),
    ):
        with pytest.raises(CheckFailed) as failure:
            checks.distribution(net(*body), task=DIGITS)
        assert f"sum to 1 {where}. Found: sums from" in str(failure.value)
    checks.distribution(net(flat, dense("softmax"), late), task=DIGITS, training=False)


def test_compiled_completes_only_what_is_missing():
    bare = net(flat, dense("softmax"), compile_=False)
    assert checks.compiled(bare)().loss == "sparse_categorical_crossentropy"
    assert checks.compiled(bare).__name__ == "small_net"
    assert checks.compiled(net(flat, dense("softmax"), loss="mse"))().loss == "mse"
    with pytest.raises(CheckFailed, match="function"):
        checks.model(checks.compiled(7), task=DIGITS)


def test_skill_in_rounds_stops_early_and_names_the_best_score():
    from course.lab import data

    split = data.digits()
    good = net(conv("relu"), pool, conv("relu"), flat, dense("softmax"))
    options = {"task": DIGITS, "batch": 16, "standardise": True, "judged": 400}
    with checks.task("skill") as frame:
        checks.skill(good, split, beats=0.3, rounds=(60, 60, 60), **options)
    assert "after 60 steps" in str(frame.proven[-1]) or "after 120" in str(frame.proven[-1])
    with pytest.raises(CheckFailed, match=r"within 20 training steps(.|\n)*at best, with seed 3"):
        checks.skill(good, split, beats=1.0, rounds=(10, 10), seeds=(3,), **options)
    with pytest.raises(CheckFailed, match="sparse_categorical_accuracy"):
        wrong = net(flat, dense("softmax"), loss="sparse_categorical_accuracy")
        checks.skill(wrong, split, beats=0.3, rounds=(40, 80, 120), **options)
