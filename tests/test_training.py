"""Training: exactly what moves, quiet and repeatable fits, scores that cannot be fooled."""

import gc

import numpy as np
import pytest

from autograder import training


@pytest.fixture(scope="module")
def keras():
    import keras

    return keras


@pytest.fixture(scope="module")
def house_net(keras):
    """Normalisation first, a hidden layer, one output: the six variables of the first unit."""

    def make(activation, hidden="zeros", output="glorot_uniform", optimizer="sgd"):
        net = keras.Sequential(
            [
                keras.layers.Input((39,)),
                keras.layers.BatchNormalization(),
                keras.layers.Dense(128, activation=activation, kernel_initializer=hidden),
                keras.layers.Dense(1, kernel_initializer=output),
            ]
        )
        net.compile(optimizer=optimizer, loss="mse")
        return net

    return make


@pytest.fixture(scope="module")
def task():
    """Two clouds that a linear model cannot part: (n, 2) and labels by the product's sign."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(600, 2)).astype(np.float32)
    return x, (x[:, 0] * x[:, 1] > 0).astype(np.int64)


@pytest.fixture(scope="module")
def classifier(keras):
    def make(loss="sparse_categorical_crossentropy", optimizer="adam", rate=0.0):
        net = keras.Sequential(
            [
                keras.layers.Input((2,)),
                keras.layers.Dense(32, activation="relu"),
                keras.layers.Dropout(rate),
                keras.layers.Dense(2, activation="softmax"),
            ]
        )
        net.compile(optimizer=optimizer, loss=loss)
        return net

    return make


def moved(changes):
    return {name for name, change in changes.items() if change > 0}


EVERYTHING = {
    "batch_normalization/gamma",
    "batch_normalization/beta",
    "dense/kernel",
    "dense/bias",
    "dense_1/kernel",
    "dense_1/bias",
}


@pytest.mark.parametrize("activation", ["linear", "tanh", "gelu"])
def test_zeros_move_at_once_and_everything_moves_by_the_second_step(house_net, activation):
    first = training.moving(house_net(activation), steps=1)
    assert moved(first) == {"dense/kernel", "dense/bias", "dense_1/bias"}
    assert moved(training.moving(house_net(activation), steps=3)) == EVERYTHING


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_zeros_under_relu_freeze_all_but_the_last_bias(house_net, optimizer):
    changes = training.moving(lambda: house_net("relu", optimizer=optimizer), steps=3)
    assert set(changes) == EVERYTHING
    assert moved(changes) == {"dense_1/bias"}


def test_zeros_everywhere_move_only_the_last_bias(house_net):
    assert moved(training.moving(house_net("linear", output="zeros"))) == {"dense_1/bias"}


def test_names_do_not_depend_on_what_was_built_before(house_net):
    first, later = training.moving(house_net("tanh")), training.moving(house_net("tanh"))
    assert list(first) == list(later)
    assert set(first) == EVERYTHING


def test_given_names_stay_and_nested_models_are_walked(keras):
    block = keras.Sequential(
        [keras.layers.Input((4,)), keras.layers.Dense(3, name="mine"), keras.layers.Dense(2)]
    )
    net = keras.Sequential([keras.layers.Input((4,)), block, keras.layers.Dense(1)])
    assert list(training.variable_names(net)) == [
        "mine/kernel",
        "mine/bias",
        "dense/kernel",
        "dense/bias",
        "dense_1/kernel",
        "dense_1/bias",
    ]
    net.layers[0].trainable = False
    assert list(training.variable_names(net)) == ["dense/kernel", "dense/bias"]


def test_moving_leaves_the_model_as_it_was(classifier, task):
    net = classifier(rate=0.5)
    before = [v.numpy().copy() for v in net.variables]
    once, again = training.moving(net, *task), training.moving(net, *task)
    assert once == again and len(moved(once)) == 4
    for v, value in zip(net.variables, before, strict=True):
        np.testing.assert_array_equal(v.numpy(), value)
    assert not net.optimizer.built
    assert len(net.optimizer.variables) <= 2  # step count and rate: no slots were made


def test_moving_makes_its_own_task_for_every_loss(keras):
    for loss, units in (
        ("sparse_categorical_crossentropy", 5),
        ("categorical_crossentropy", 5),
        (keras.losses.CategoricalCrossentropy(from_logits=True), 5),
        ("binary_crossentropy", 1),
        ("huber", 2),
    ):
        net = keras.Sequential([keras.layers.Input((6, 6, 1)), keras.layers.Flatten()])
        net.add(keras.layers.Dense(units, activation="sigmoid"))
        net.compile(loss=loss)
        assert moved(training.moving(net)) == {"dense/kernel", "dense/bias"}, loss


def test_moving_needs_both_x_and_y(classifier, task):
    with pytest.raises(ValueError, match="both x and y"):
        training.moving(classifier(), task[0])


def test_dropout_of_everything_freezes_what_lies_below(classifier, task):
    assert moved(training.moving(classifier(rate=1.0), *task)) == {"dense_1/bias"}


def test_fit_learns_and_says_nothing(classifier, task, capfd):
    x, y = task
    net = training.build(classifier, 1)
    losses = training.fit(net, x[:500], y[:500], epochs=40, seed=1)
    assert len(losses) == 40 and losses[-1] < 0.5 * losses[0]
    assert training.score(net, x[500:], y[500:]) > 0.85
    assert capfd.readouterr() == ("", "")


def test_fit_is_decided_by_its_seeds(classifier, task):
    def run(build, seed):
        net = training.build(lambda: classifier(rate=0.3), build)
        return training.fit(net, *task, epochs=2, seed=seed), net.get_weights()

    (losses, weights), (again, same) = run(3, 4), run(3, 4)
    assert losses == again
    for a, b in zip(weights, same, strict=True):
        np.testing.assert_array_equal(a, b)
    assert run(3, 5)[0] != losses and run(2, 4)[0] != losses


def test_fit_has_an_optimizer_of_its_own(keras, classifier, task):
    net = classifier(optimizer=keras.optimizers.SGD(0.25, momentum=0.5))
    training.fit(net, *task)
    assert not net.optimizer.built and int(net.optimizer.iterations.numpy()) == 0
    assert net.metrics_names in ([], ["loss"])
    given = keras.optimizers.Adam(0.01)
    training.fit(net, *task, optimizer=given)
    assert not given.built


def test_steps_end_a_fit_early(classifier, task):
    net = classifier()
    before = net.get_weights()
    losses = training.fit(net, *task, epochs=10, batch=100, steps=8)  # six batches an epoch
    assert len(losses) == 2
    assert training.fit(net, *task, steps=0) == []
    assert any((a != b).any() for a, b in zip(before, net.get_weights(), strict=True))


@pytest.mark.parametrize("standard", [None, (0.3, 2.0)])
def test_samples_read_batch_by_batch_are_learnt_as_those_in_memory(
    classifier, task, monkeypatch, standard
):
    """Large sets are not copied into one tensor; what is learnt must not depend on that."""
    x, y = task
    learnt = []
    for resident in (2**25, 0):
        monkeypatch.setattr("autograder.training.fitting._RESIDENT", resident)
        model = training.build(classifier, 0)
        losses = training.fit(model, x, y, epochs=2, batch=32, seed=3, standard=standard)
        learnt.append((losses, model.get_weights()))
    (in_memory, weights), (read, others) = learnt
    np.testing.assert_allclose(read, in_memory, rtol=1e-5)
    for one, other in zip(weights, others, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-4, atol=1e-6)
    assert in_memory[-1] < in_memory[0]


def test_standard_is_what_the_samples_would_be_without_mean_and_deviation(classifier, task):
    x, y = task
    mean, deviation = 0.3, 2.0
    scores = []
    for samples, standard in ((x, (mean, deviation)), ((x - mean) / deviation, None)):
        model = training.build(classifier, 0)
        trainer = training.Trainer(model, samples, y, batch=32, standard=standard)
        losses = [
            trainer.run(5, seed) for seed in (1, 2)
        ]  # goes on; the second run is another order
        predict = training.Predictor(model, standard)
        scores.append((losses, predict(samples), predict(samples[:200])))
    for one, other in zip(*scores, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-4, atol=1e-5)
    whole, part = scores[0][1:]
    np.testing.assert_allclose(part, whole[:200], rtol=1e-5, atol=1e-6)


def test_a_training_leaves_no_graph_behind(classifier, task):
    """Keras' own way through TensorFlow registers each training's graph for good."""
    from tensorflow.python.framework.func_graph import FuncGraph

    def graphs():
        gc.collect()
        return sum(isinstance(thing, FuncGraph) for thing in gc.get_objects())

    before = graphs()
    for _ in range(2):
        training.fit(classifier(), *task)
    assert graphs() <= before  # what others left may go meanwhile


def test_fit_takes_the_way_of_keras(keras, classifier, task):
    """One full batch is one step of the same optimizer: the weights must agree with Keras' own."""
    x, y = task[0][:64], task[1][:64]
    ours, theirs = training.build(classifier, 0), training.build(classifier, 0)
    training.fit(ours, x, y, batch=64, epochs=3)
    theirs.fit(x, y, batch_size=64, epochs=3, verbose=0)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_moving_statistics_are_updated(house_net):
    net = house_net("tanh")
    x = np.random.default_rng(0).normal(5, 1, (64, 39)).astype(np.float32)
    training.fit(net, x, x[:, 0], epochs=5)
    assert net.layers[0].moving_mean.numpy().mean() > 0.1


def test_a_metric_as_a_loss_is_named(classifier, task):
    with pytest.raises(ValueError) as caught:
        training.fit(classifier(loss="sparse_categorical_accuracy"), *task)
    assert isinstance(caught.value, training.CannotTrain)
    said = str(caught.value)
    assert "'sparse_categorical_accuracy', which is a metric" in said
    with pytest.raises(ValueError, match="'nonsense', which Keras does not know"):
        training.moving(classifier(loss="nonsense"), *task)


def test_a_metric_function_as_a_loss_has_no_gradient(keras, classifier, task):
    net = classifier(loss=keras.metrics.sparse_categorical_accuracy)
    with pytest.raises(ValueError, match="loss=sparse_categorical_accuracy, through which no"):
        training.fit(net, *task)


def test_an_uncompiled_model_is_named(keras, task):
    net = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(2)])
    with pytest.raises(ValueError, match="no loss; call model.compile"):
        training.fit(net, *task)
    net.compile(optimizer="sgd")
    with pytest.raises(ValueError, match="no loss; call model.compile"):
        training.moving(net, *task)


def test_a_model_without_an_input_is_built_by_the_data(keras, task):
    net = keras.Sequential([keras.layers.Dense(4, activation="relu"), keras.layers.Dense(2)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    net.compile("adam", loss)
    with pytest.raises(ValueError, match="starts with an Input layer, or x and y"):
        training.moving(net)
    training.fit(net, *task)
    assert training.score(net, *task, "loss") < 2


def test_build_wants_a_model_and_leaves_the_generators_alone(classifier):
    state = np.random.get_state()[1].copy()
    first, again = training.build(classifier, 5), training.build(classifier, 5)
    np.testing.assert_array_equal(first.get_weights()[0], again.get_weights()[0])
    np.testing.assert_array_equal(np.random.get_state()[1], state)
    assert training.build(first) is first
    with pytest.raises(TypeError, match="returns a Keras model. Received: NoneType"):
        training.build(lambda: None)


class Fixed:
    """A stand-in for a model whose outputs are known."""

    def __init__(self, outputs):
        self.outputs = np.asarray(outputs, np.float32)

    def __call__(self, x, training):
        return self.outputs


def test_scores():
    x = np.zeros((3, 1), np.float32)
    sure = Fixed([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    assert training.score(sure, x, [0, 1, 0]) == 1
    assert training.score(sure, x, [[0], [1], [1]]) == pytest.approx(2 / 3)
    assert training.score(sure, x, np.eye(2)[[0, 0, 0]]) == pytest.approx(2 / 3)
    assert training.score(Fixed([[0.2], [0.7], [0.6]]), x, [0, 1, 1]) == 1
    assert training.score(Fixed([[-3.0], [0.2], [4.0]]), x, [0, 1, 1]) == 1
    assert training.score(Fixed(np.full((3, 2), np.nan)), x, [0, 0, 0]) == 0
    y = np.array([1.0, 2.0, 3.0])
    assert training.score(Fixed([[1], [2], [3]]), x, y, "r2") == 1
    assert training.score(Fixed([[2], [2], [2]]), x, y[:, None], "r2") == 0
    assert training.score(Fixed([[2], [np.nan], [2]]), x, y, "r2") == float("-inf")
    with pytest.raises(ValueError, match="one prediction for each of 3 targets. Received: 6"):
        training.score(Fixed(np.zeros((3, 2))), x, y, "r2")
    with pytest.raises(ValueError, match="metric='accuracy', 'r2' or 'loss'"):
        training.score(sure, x, y, "auc")
    with pytest.raises(ValueError, match="as many x as y. Received: 3 and 2"):
        training.score(sure, x, y[:2])


def test_drawing_again_keeps_a_new_net_and_forgets_a_trained_one(keras):
    layers = keras.layers
    net = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(3, 3), layers.Flatten(),
                            layers.BatchNormalization(), layers.Dense(2)])  # fmt: skip
    before = [np.array(v) for v in net.variables]
    training.redraw(net)
    assert all(np.array_equal(b, v) for b, v in zip(before, net.variables, strict=True))
    for layer in (net.layers[0], net.layers[-1]):
        layer.kernel.assign_add(layer.kernel * 0 + 1.0)
    training.redraw(net)
    assert all(np.array_equal(b, v) for b, v in zip(before, net.variables, strict=True))
