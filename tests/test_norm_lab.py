"""The instruments of the unit on batch normalisation, against independent calculations."""

import re

import numpy as np
import pytest

from autograder import CheckFailed, Task, checks
from course.lab import data, unseen
from course.lab.experiments import norm_by_hand, norm_facts, norm_nets, norm_truth
from course.lab.unseen import norm_nets as norm_net_module

NET_TASK = Task("classification", classes=10, input_shape=(64,))


# -- the definition, the gradients, the fold ---------------------------------------------------------


def test_the_definition_is_keras_own():
    from keras import layers

    for (x,) in norm_truth.batches_of_numbers(3):
        mean, variance = norm_truth.statistics(x)
        norm = layers.BatchNormalization(momentum=0.0)
        y = norm(x.astype(np.float32), training=True)
        ours = norm_truth.normalise(x, mean, variance, 1, 0, norm.epsilon)
        assert np.allclose(np.asarray(y), ours, atol=1e-4)
        assert np.allclose(norm.moving_mean.numpy(), mean, atol=1e-5)
        assert np.allclose(norm.moving_variance.numpy(), variance, atol=1e-4)


def test_moving_statistics_are_keras_own():
    from keras import layers

    for batches, momentum in norm_truth.moving_cases(2):
        norm = layers.BatchNormalization(momentum=momentum)
        for x in batches:
            norm(x.astype(np.float32), training=True)
        mean, variance = norm_truth.moving(batches, momentum)
        assert np.allclose(norm.moving_mean.numpy(), mean, atol=1e-4)
        assert np.allclose(norm.moving_variance.numpy(), variance, atol=1e-4)


def test_gradients_agree_with_central_differences():
    h = 1e-5
    for x, gamma, dy, epsilon in norm_truth.backward_cases(5):
        beta = np.linspace(-1, 1, x.shape[-1])

        def loss(x, gamma, beta, dy=dy, epsilon=epsilon):
            y = norm_truth.normalise(x, *norm_truth.statistics(x), gamma, beta, epsilon)
            return (y * dy).sum()

        arguments = [x, gamma, beta]
        for i, gradient in enumerate(norm_truth.backward(x, gamma, dy, epsilon)):
            assert gradient.shape == arguments[i].shape
            for at in np.ndindex(gradient.shape):
                up, down = [list(arguments) for _ in range(2)]
                up[i], down[i] = arguments[i].copy(), arguments[i].copy()
                up[i][at] += h
                down[i][at] -= h
                slope = (loss(*up) - loss(*down)) / (2 * h)
                assert gradient[at] == pytest.approx(slope, rel=1e-6, abs=1e-7)


def test_a_folded_layer_answers_as_the_pair():
    rng = np.random.default_rng(0)
    for kernel, bias, gamma, beta, mean, variance, epsilon in norm_truth.fold_cases(4):
        matrix = kernel.reshape(-1, kernel.shape[-1])  # a patch of a convolution is a vector
        x = rng.normal(size=(20, len(matrix)))
        expected = norm_truth.normalise(x @ matrix + bias, mean, variance, gamma, beta, epsilon)
        folded, shift = norm_truth.fold(kernel, bias, gamma, beta, mean, variance, epsilon)
        assert folded.shape == kernel.shape
        assert np.allclose(x @ folded.reshape(matrix.shape) + shift, expected, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_no_mistake_looks_like_the_truth(seed):
    for right, cases, mistakes in (
        (
            norm_truth.statistics,
            norm_truth.batches_of_numbers(seed),
            norm_truth.statistics_mistakes(),
        ),
        (norm_truth.normalise, norm_truth.normalise_cases(seed), norm_truth.normalise_mistakes()),
        (norm_truth.moving, norm_truth.moving_cases(seed), norm_truth.moving_mistakes()),
        (norm_truth.backward, norm_truth.backward_cases(seed), norm_truth.backward_mistakes()),
        (norm_truth.fold, norm_truth.fold_cases(seed), norm_truth.fold_mistakes()),
    ):
        for name, (wrong, _) in mistakes.items():
            found = [_flat(wrong(*case)) - _flat(right(*case)) for case in cases]
            gaps = [np.abs(gap).max() for gap in found]
            assert max(gaps) > 1e-2, (right.__name__, name)


def _flat(value):
    parts = value if isinstance(value, tuple) else (value,)
    return np.concatenate([np.ravel(part) for part in parts])


def test_sizes_bound_the_terms():
    for case in norm_truth.backward_cases():
        assert norm_truth.backward_size(*case) >= max(
            np.abs(a).max() for a in norm_truth.backward(*case)
        )
    for case in norm_truth.fold_cases():
        assert norm_truth.fold_size(*case) >= max(np.abs(a).max() for a in norm_truth.fold(*case))


def test_gradients_are_held_to_the_size_of_their_terms():
    def hold(backward):
        checks.arrays(
            backward,
            norm_truth.backward,
            norm_truth.backward_cases(),
            names=norm_truth.GRADIENTS,
            mistakes=norm_truth.backward_mistakes(),
            terms=64,
            size=norm_truth.backward_size,
            double=True,
        )

    def float32(x, gamma, dy, epsilon):
        return norm_truth.backward(*(a.astype(np.float32) for a in (x, gamma, dy)), epsilon)

    def long(x, gamma, dy, epsilon):
        return norm_truth.backward(*(a.astype(np.longdouble) for a in (x, gamma, dy)), epsilon)

    def float32_inside(*arguments):
        return [a.astype(float) for a in float32(*arguments)]

    hold(norm_truth.backward)
    hold(long)
    for lazy in (float32, float32_inside):
        with pytest.raises(CheckFailed, match="to [4-8] digits only: float32 or central") as told:
            hold(lazy)
        shown = re.search("expected (.*), found (.*)[.]$", str(told.value))
        assert shown[1] != shown[2]
    with pytest.raises(CheckFailed, match="So does the variance"):
        hold(norm_truth.backward_mistakes()["mean only"][0])
    with pytest.raises(CheckFailed, match="`dbeta` differs by up to"):
        hold(lambda *a: [g * (1 + 1e-6) for g in norm_truth.backward(*a)])


def test_messages_call_a_list_of_batches_by_their_shapes():
    with pytest.raises(CheckFailed) as failure:
        checks.call(lambda batches, momentum: 1 / 0, [np.zeros((4, 3)), np.zeros((6, 3))], 0.9)
    assert "([array of shape (4, 3), array of shape (6, 3)], 0.9)" in str(failure.value)


def test_shapes_and_values_are_told_of_the_part_that_is_off():
    def hold(statistics):
        cases = norm_truth.batches_of_numbers()
        checks.function(statistics, norm_truth.statistics, cases, names=norm_truth.STATISTICS)

    hold(norm_truth.statistics)
    hold(lambda x: np.stack(norm_truth.statistics(x)))
    hold(lambda x: dict(zip(("variance", "mean"), norm_truth.statistics(x)[::-1], strict=True)))
    with pytest.raises(
        CheckFailed, match=r"expected `variance` of shape \(3,\). Found: shape \(\)"
    ):
        hold(lambda x: (norm_truth.statistics(x)[0], x.var()))
    with pytest.raises(CheckFailed, match="`variance`: expected"):
        hold(lambda x: (norm_truth.statistics(x)[0], 2 * norm_truth.statistics(x)[1]))
    with pytest.raises(CheckFailed, match="should return mean, variance"):
        hold(lambda x: np.zeros((3, 3)))


# -- what Keras' layers say --------------------------------------------------------------------------


def test_the_measured_verdicts():
    assert list(norm_facts.bias_verdicts().truth.values()) == [0, 1, 0, 1, 0, 0]
    assert list(norm_facts.order_verdicts().truth.values()) == [1, 0, 0, 1, 0]
    assert list(norm_facts.fold_verdicts().truth.values()) == [1, 0, 1, 0, 1, 0]


@pytest.mark.parametrize("kind", ["dense", "valid", "same"])
def test_the_best_single_layer_is_found_where_there_is_one(kind):
    from keras import layers

    rng = np.random.default_rng(1)
    shape = (40, 5) if kind == "dense" else (5, 6, 7, 2)
    layer = layers.Dense(3) if kind == "dense" else layers.Conv2D(3, 3, padding=kind)
    inputs = [rng.normal(size=shape).astype(np.float32) for _ in range(2)]
    outputs = [np.asarray(layer(x)) for x in inputs]
    assert norm_facts.single_layer_gap(inputs, outputs, kind) < 1e-5
    bent = [np.maximum(y, 0) for y in outputs]
    assert norm_facts.single_layer_gap(inputs, bent, kind) > 0.1
    late = [outputs[0], outputs[1] + 1]  # another layer for every batch, as in training
    assert norm_facts.single_layer_gap(inputs, late, kind) > 0.1


def test_controls_hold_for_another_seed():
    truth = norm_facts.controls().truth
    assert list(truth.values()) == ["with", "both", "both", "with", "neither", "with", "both"]
    assert norm_facts.controls(seed=3).truth == truth


# -- the nets ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "place, activation",
    [("none", "relu"), ("between", "relu"), ("before", "sigmoid"), ("after", "sigmoid")],
)
def test_keras_and_numpy_train_the_same_net(place, activation):
    split = data.digits()
    keras_net = norm_nets.Trainer(norm_nets.net(place, activation, seed=2), split, seed=5)
    by_hand = norm_by_hand.Trainer(norm_by_hand.Net(place, activation, seed=2), split, seed=5)
    for n in (7, 8):  # also: stretches join without losing a batch
        one, other = keras_net(n), by_hand(n)
        assert one["loss"] == pytest.approx(other["loss"], rel=1e-4)
        assert one["accuracy"] == pytest.approx(other["accuracy"], abs=0.01)


def test_stretches_add_up():
    split = data.digits()
    short, long = (norm_by_hand.Trainer(norm_by_hand.Net("between"), split) for _ in range(2))
    for _ in range(4):
        short(5)
    long(20)
    for a, b in zip(short.net.layers, long.net.layers, strict=True):
        if hasattr(a, "kernel"):
            assert np.array_equal(a.kernel, b.kernel)


def test_leanings_are_differences_of_two_logits_by_class():
    split = data.digits()
    net = norm_nets.net("none")
    found = norm_nets.leanings({"net": net}, split, classes=(3, 8))["net"]
    logits = net.predict(split.x_test.reshape(len(split.x_test), -1), verbose=0)
    for values, label in zip(found, (3, 8), strict=True):
        of_class = logits[split.y_test == label]
        np.testing.assert_allclose(values, of_class[:, 8] - of_class[:, 3], atol=1e-6)


def test_looking_at_the_test_part_in_training_mode_leaves_the_averages_alone():
    split = data.digits()
    net = norm_nets.net("between")
    trainer = norm_nets.Trainer(net, split)
    first = trainer(5)
    before = [v.numpy() for v in net.non_trainable_variables]
    trainer._shares()
    assert all(
        np.array_equal(a, v.numpy())
        for a, v in zip(before, net.non_trainable_variables, strict=True)
    )
    assert 0 < before[1].min() < 1  # and training has moved them
    assert first["accuracy in training mode"] > first["accuracy"]


def test_a_students_formulas_fit_into_the_net():
    calls = []

    def statistics(x):
        calls.append(x.shape)
        return x.mean(0), x.var(0)

    formulas = norm_by_hand.Formulas(statistics)
    trainer = norm_by_hand.Trainer(norm_by_hand.Net("between", formulas=formulas), data.digits())
    trainer(2)
    assert calls == [(60, 100)] * 6


def test_formulas_may_return_lists_and_tensors_and_work_in_place():
    import tensorflow as tf

    def normalise(x, mean, variance, gamma, beta, epsilon):
        x -= mean
        x *= gamma / np.sqrt(variance + epsilon)
        x += beta
        return x

    def backward(x, gamma, dy, epsilon):
        found = dict(
            zip(norm_truth.GRADIENTS, norm_truth.backward(x, gamma, dy, epsilon), strict=True)
        )
        x[:] = dy[:] = gamma[:] = 0
        return found

    formulas = norm_by_hand.Formulas(
        lambda x: [list(norm_truth.statistics(x)[0]), tf.constant(norm_truth.statistics(x)[1])],
        normalise,
        backward,
    )
    loss = [
        norm_by_hand.Trainer(norm_by_hand.Net("between", formulas=f), data.digits())(10)["loss"]
        for f in (formulas, norm_by_hand.Formulas())
    ]
    assert loss[0] == pytest.approx(loss[1], rel=1e-5)


def test_places_are_what_they_say():
    from autograder import read

    for place in norm_by_hand.PLACES:
        for activation in ("relu", "sigmoid"):
            graph = read(norm_nets.net(place, activation))
            assert graph.ops == norm_facts.operations(place, activation)
    with pytest.raises(ValueError, match="Expected a place of none, before, between, after"):
        norm_nets.net("behind")


def test_throughput_counts_batches():
    rates = norm_nets.throughput(data.digits(), ("eager", "loop"), repeats=1)
    assert set(rates) == {"eager", "loop"}
    for row in rates.values():
        assert row["with / without"] == pytest.approx(row["with"] / row["without"])
    assert rates["loop"]["with"] > rates["eager"]["with"]  # some thirtyfold


# -- the checks of a planned net ---------------------------------------------------------------------


def planned(make, place="between", **options):
    mistakes = norm_facts.order_mistakes(place, "relu")
    checks.planned(
        make,
        (place, "relu", 0.05),
        norm_facts.operations(place, "relu"),
        task=NET_TASK,
        mistakes=mistakes,
        **options,
    )


def test_a_right_plan_passes_in_any_spelling():
    import keras
    from keras import layers

    def fused(place, activation, std):
        blocks = [
            layer
            for _ in range(3)
            for layer in (
                layers.Dense(100, use_bias=False),
                layers.BatchNormalization(),
                layers.ReLU(),
            )
        ]
        return keras.Sequential([*blocks, layers.Dense(10)])  # no Input: the check knows the shape

    planned(fused, widths=(100, 100, 100, 10))
    planned(lambda place, activation, std: norm_nets.net(place, activation, std))


@pytest.mark.parametrize(
    "make, told",
    [
        (lambda p, a, s: norm_nets.net("before"), 'builds the net of "before"'),
        (lambda p, a, s: norm_nets.net("between", "sigmoid"), "The activation is sigmoid"),
        (lambda p, a, s: None, "It returned NoneType"),
        (lambda p, a, s: 1 / 0, "ZeroDivisionError"),
    ],
)
def test_a_wrong_plan_is_told_what_it_is(make, told):
    with pytest.raises(CheckFailed) as failure:
        planned(make)
    assert told in str(failure.value)


def test_widths_count():
    with pytest.raises(CheckFailed, match="Found: 100, 100, 100, 10"):
        planned(lambda p, a, s: norm_nets.net(p), widths=(100, 100, 64, 10))


def broken(norm=None, dense=None, mode=None):
    """The net of "between", with layers made by other functions, or with a mode fixed."""
    import keras
    from keras import layers

    def make(place, activation, std):
        x = inputs = keras.Input((64,))
        for _ in range(3):
            x = (dense or (lambda: layers.Dense(100)))()(x)
            x = (norm or layers.BatchNormalization)()(x, **({} if mode is None else mode))
            x = layers.ReLU()(x)
        return keras.Model(inputs, layers.Dense(10)(x))

    return make


def test_normalisations_must_normalise():
    import keras
    from keras import layers

    class Fixed(keras.Model):
        def __init__(self, training):
            super().__init__()
            self.denses = [layers.Dense(n) for n in (100, 100, 100, 10)]
            self.norms = [layers.BatchNormalization() for _ in range(3)]
            self.mode = training

        def call(self, x):
            for dense, norm in zip(self.denses[:3], self.norms, strict=True):
                x = keras.ops.relu(norm(dense(x), training=self.mode))
            return self.denses[3](x)

    norm, dense = layers.BatchNormalization, layers.Dense
    one_norm, one_dense = norm(), dense(64)
    planned(broken())
    for make, told in (
        (broken(lambda: norm(trainable=False)), "has trainable=False. Such a batch normalisation"),
        (broken(lambda: norm(gamma_initializer="zeros")), "starts at 0"),
        (broken(lambda: one_norm), "one and the same layer, `batch_normalization"),
        (broken(dense=lambda: one_dense), "one and the same layer, `dense"),
        (broken(dense=lambda: dense(100, trainable=False)), "training would leave it as it is"),
        (broken(mode={"training": True}), "is called with a fixed `training=True`"),
        (broken(mode={"training": False}), "is called with a fixed `training=False`"),
        (lambda *_: Fixed(False), "does not use the batch's statistics in training"),
        (lambda *_: Fixed(True), "uses the batch's statistics in inference too"),
    ):
        with pytest.raises(CheckFailed) as failure:
            planned(make)
        assert told in str(failure.value)


def test_kernels_are_drawn_anew_with_the_right_deviation():
    import keras
    from keras import layers

    def make(std, **options):
        def net(_):
            initial = keras.initializers.RandomNormal(0, std, **options)
            return keras.Sequential(
                [keras.Input((64,)), layers.Dense(10, kernel_initializer=initial)]
            )

        return net

    for _ in range(5):  # a right draw is not refused
        checks.drawn(make(0.05), (1,), 0.05, task=NET_TASK)
    for wrong, told in (
        (make(0.08), "standard deviation 0.0"),
        (make(0.05, seed=1), "gives the same weights at every call"),
    ):
        with pytest.raises(CheckFailed) as failure:
            checks.drawn(wrong, (1,), 0.05, task=NET_TASK)
        assert told in str(failure.value)


def test_kernels_are_normal_each_for_itself_and_of_the_planned_shapes():
    import keras
    from keras import layers

    def make(initial):
        def net(_):
            drawn = initial()
            hidden = [layers.Dense(100, kernel_initializer=drawn) for _ in range(2)]
            return keras.Sequential(
                [keras.Input((100,)), *hidden, layers.Dense(10, kernel_initializer=drawn)]
            )

        return net

    def hold(initial, shapes=((100, 100), (100, 100), (100, 10))):
        task = Task("classification", classes=10, input_shape=(100,))
        checks.drawn(make(initial), (1,), 0.05, task=task, shapes=shapes)

    def of(draw):
        return lambda: lambda shape, dtype=None: draw(shape).astype("float32")

    for _ in range(20):  # a right draw is not refused
        hold(of(lambda shape: np.random.normal(0, 0.05, shape)))
    edge = 0.05 * 3**0.5
    for draw, told in (
        (lambda shape: np.random.uniform(-edge, edge, shape), r"their kurtosis is 1\.[78]"),
        (lambda shape: np.random.choice([-0.05, 0.05], shape), "their kurtosis is 1.00"),
        (lambda shape: np.random.laplace(0, 0.05 / 2**0.5, shape), "their kurtosis is"),
    ):
        with pytest.raises(CheckFailed, match=told):
            hold(of(draw))
    with pytest.raises(CheckFailed, match="start with the same kernel"):
        hold(lambda: keras.initializers.RandomNormal(0, 0.05))
    with pytest.raises(CheckFailed, match=r"of shapes \(100, 10\). Found: \(100, 100\)"):
        hold(of(lambda shape: np.random.normal(0, 0.05, shape)), ((100, 10),))


# -- the nets that nobody has seen ---------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_unseen_nets_are_worth_solving_and_the_theory_agrees(seed):
    net = unseen.norms(seed)
    assert str(unseen.norms(seed)) == str(net)
    measured = net.measured()
    sides = set(measured.folds.values())
    assert {"neither", "before"} <= sides and sides & {"after", "both"}
    assert 0 < len(measured.idle) < 3 and "out" not in measured.idle
    lines = [line for line in net.lines if line.startswith("layers.Conv2D")]
    blocks, padding = _parsed(net.lines)
    assert len(lines) == 3
    assert list(measured.folds.values()) == norm_net_module._rule(blocks, padding)
    assert measured.idle == norm_net_module._idle_rule(blocks)
    text = net.truth()
    assert all(f"{norm}: {side}; " in text for norm, side in measured.folds.items())
    assert f"idle: {', '.join(sorted(measured.idle))}; " in text


def _parsed(lines):
    """The blocks and paddings of a source, read off the lines."""
    starts = [i for i, line in enumerate(lines) if line.startswith("layers.Conv2D")]
    blocks, padding = [], []
    words = {"layers.ReLU()": "relu", "layers.MaxPooling2D(2)": "pool"}
    for start, end in zip(starts, [*starts[1:], len(lines) - 2], strict=True):
        here = lines[start:end]
        at = next(i for i, line in enumerate(here) if "BatchNormalization" in line)
        inside = "relu" if "activation" in here[0] else ""
        first = tuple(words[line] for line in here[1:at])
        behind = tuple(words[line] for line in here[at + 1 :])
        known = norm_net_module._BLOCKS.items()
        blocks.append(next(k for k, v in known if v == (inside, first, behind)))
        padding.append("same" if '"same"' in here[0] else "valid")
    return blocks, padding


def test_a_seed_is_a_whole_number():
    for wrong in (-1, 1.5, True, "7"):
        with pytest.raises(ValueError, match="Expected a seed that is a whole number >= 0"):
            unseen.norms(wrong)
