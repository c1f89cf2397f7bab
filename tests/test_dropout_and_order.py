"""Dropout and normalisation: the instruments and checks of their unit, against other calculations."""

from contextlib import nullcontext

import numpy as np
import pytest
from crossing import judged

import autograder
from autograder import CheckFailed, checks, training
from autograder.checks import Wanted, task
from autograder.errors import CouldNotCheck
from autograder.messages import msg
from course.lab import unseen
from course.lab.experiments import dropped_nets, dropping

DIGITS = autograder.Task("classification", classes=10, input_shape=(8, 8, 1))


@pytest.fixture(scope="module")
def digits():
    from course.lab import data

    return data.digits().x_train[:128]


def _net(*rows, width=8):
    """A compiled net for digits: "c" convolution, "n" batch norm, "r" ReLU, "p" pool, "l" layer norm,
    a number a Dropout, ("s", rate) a SpatialDropout2D; then Flatten, Dense."""
    import keras
    from keras import layers

    named = {
        "c": lambda: layers.Conv2D(width, 3, padding="same"),
        "n": layers.BatchNormalization,
        "l": layers.LayerNormalization,
        "r": layers.ReLU,
        "p": lambda: layers.MaxPooling2D(2),
    }

    def make():
        net = keras.Sequential([keras.Input((8, 8, 1))])
        for row in rows:
            if isinstance(row, str):
                for letter in row:
                    net.add(named[letter]())
            elif isinstance(row, tuple):
                net.add(layers.SpatialDropout2D(row[1]))
            else:
                net.add(layers.Dropout(row))
        net.add(layers.Flatten())
        net.add(layers.Dense(10, activation="softmax"))
        net.compile("adam", "sparse_categorical_crossentropy")
        return net

    return make


def _failure(check, *arguments, **options) -> str:
    with pytest.raises(CheckFailed) as failed:
        check(*arguments, **options)
    return failed.value.message.text("en")


# -- shifts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [0.2, 0.5])
def test_a_normalisation_right_behind_a_dropout_meets_the_variance_of_the_formula(rate):
    import keras
    from keras import layers

    x = np.random.default_rng(0).normal(2, 1, (20_000, 8)).astype("float32")
    net = keras.Sequential([keras.Input((8,)), layers.Dropout(rate), layers.BatchNormalization()])
    (shift,) = training.shifts(net, x)
    assert shift.ratio == pytest.approx(dropping.dropped_variance(2, 1, rate), rel=0.05)
    assert shift.remembers and shift.works


def test_shifts_are_one_before_any_dropout_and_measuring_leaves_no_trace(digits):
    net = _net("cnrpcnr", 0.5, "cnr")()
    before = [np.array(v.numpy()) for v in net.variables]
    ratios = [shift.ratio for shift in training.shifts(net, digits)]
    assert ratios[:2] == [1.0, 1.0] and ratios[2] > 1.3
    for variable, value in zip(net.variables, before, strict=True):
        assert np.array_equal(variable.numpy(), value)
    assert [layer.rate for layer in net.layers if hasattr(layer, "rate")] == [0.5]
    assert not any("call" in vars(layer) for layer in net.layers)


def test_only_the_named_dropouts_are_on(digits):
    net = _net(0.5, "cnr", 0.5, "cnr")()
    first, second = (layer.name for layer in net.layers if hasattr(layer, "rate"))
    assert training.shifts(net, digits, only=[second])[0].ratio == 1.0
    assert training.shifts(net, digits, only=[second])[1].ratio > 1.3
    assert training.shifts(net, digits, only=[first])[0].ratio > 1.3
    assert [s.ratio for s in training.shifts(net, digits, only=[])] == [1.0, 1.0]


def test_shares_of_what_falls(digits):
    net = _net("cr", 0.3, "cr", ("s", 0.5))()
    shares = list(training.dropped(net, digits).values())
    assert shares == pytest.approx([0.3, 0.5], abs=0.06)


def _branched(scale, start=None):
    """Two convolutions with norms, a branch with a dropout that is added with the factor ``scale``,
    a dropout before the last layer. ``start``: initialiser of the branch's convolution."""
    import keras
    from keras import layers

    def make():
        x = h = keras.Input((8, 8, 1))
        for _ in range(2):
            h = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(8, 3)(h)))
        start_or_usual = start or "glorot_uniform"
        branch = layers.Conv2D(8, 1, kernel_initializer=start_or_usual)(layers.Dropout(0.2)(h))
        h = layers.Dropout(0.3)(layers.Flatten()(h + scale * branch))
        net = keras.Model(x, layers.Dense(10, activation="softmax")(h))
        net.compile("adam", "sparse_categorical_crossentropy")
        return net

    return make


@pytest.mark.parametrize(
    ("scale", "start", "low", "high"),
    [(1, None, 0.05, 10), (1, "zeros", 0.05, 10), (1e-3, None, 1e-9, 0.01), (0, None, -1, 0)],
)
def test_what_the_output_feels_of_a_dropout_on_a_branch(scale, start, low, high, digits):
    net = _branched(scale, start)()
    before = [np.array(v.numpy()) for v in net.variables]
    branch, last = training.felt(net, digits).values()
    assert low < branch <= high and last > 0.05
    for variable, value in zip(net.variables, before, strict=True):
        assert np.array_equal(variable.numpy(), value)


def test_an_output_that_is_stuck_hides_no_dropout(digits):
    net = _net("cnrcnr", 0.2)()
    net.layers[-1].bias.assign([200.0] + [0.0] * 9)
    assert np.ptp(np.asarray(net(digits)), axis=0).max() == 0
    assert min(training.felt(net, digits).values()) > 0.05


def test_statistics_that_do_not_move(digits):
    import keras
    from keras import layers

    norms = [layers.BatchNormalization(momentum=m) for m in (0.9, 1.0, 0.9999)]
    net = keras.Sequential([keras.Input((8, 8, 1)), *norms])
    assert list(training.remembering(net, digits).values()) == [True, False, True]
    assert all((norm.moving_mean.numpy() == 0).all() for norm in norms)


def test_restated_statistics_are_those_without_dropout(digits):
    import keras
    from keras import layers

    x = np.random.default_rng(0).normal(2, 1, (5000, 4)).astype("float32")
    net = keras.Sequential([keras.Input((4,)), layers.Dropout(0.5), layers.BatchNormalization()])
    training.restate(net, x)
    norm = net.layers[-1]
    assert np.allclose(norm.moving_mean.numpy(), x.mean(axis=0), atol=1e-3)
    assert np.allclose(norm.moving_variance.numpy(), x.var(axis=0), atol=1e-3)
    assert norm.momentum == 0.99 and net.layers[0].rate == 0.5


# -- the checks of a net ---------------------------------------------------------------------------


def test_dropout_behind_the_last_norm_is_steady(digits):
    checks.steady(_net("cnrcnrp", 0.5, "cr", 0.5), digits, task=DIGITS, pools=True)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (("cnrp", 0.2, "cnr", 0.2), "batch normalisation 2 of 2"),
        (("cnrp", 0.2, "cnr", 0.2), "lies 1 convolution or dense layer"),
        (("cnrp", 0.2, "crcrcnr", 0.2), "lie 3 convolutions or dense layers"),
        (("cnrp", ("s", 0.2), "cnr", 0.2), "Whole channels or single numbers"),
        (("cnrc", 0.2, "nr", 0.2), "lies no convolution or dense layer at all"),
    ],
)
def test_a_norm_that_remembers_behind_dropout_is_refused(rows, says, digits):
    assert says in _failure(checks.steady, _net(*rows), digits, task=DIGITS)


def test_layer_normalisation_may_stand_behind_dropout(digits):
    checks.steady(_net("clrp", 0.5, "clr", 0.5), digits, task=DIGITS)


def test_what_cannot_be_measured_is_never_passed(digits):
    import keras

    def make():
        net = _net("cnrcnrp", 0.5, "cr", 0.5)()
        net.layers[0].kernel.assign(keras.ops.zeros_like(net.layers[0].kernel))
        return net

    said = _failure(checks.steady, make, digits, task=DIGITS)
    assert "is constant, with dropout and without" in said
    with pytest.raises(CouldNotCheck, match="does not show"):
        checks.steady(_net("cnrcnrp", 0.5, "cr", 0.5), np.zeros((4, 8, 8, 1)), task=DIGITS)


def test_a_small_rate_may_pass_the_limit(digits):
    checks.steady(_net("cnrp", 0.01, "cnr", 0.2), digits, task=DIGITS, dropouts=1)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (("cnr", 0.2, "cr", 0.2), "at least 2 normalisations. Found: 1. Only Keras' own"),
        (("cnrcnr", 0.2, "cr", 0.1), "Found: 1. Rates of all dropouts: 0.2, 0.1"),
        (("cnrcnr",), "Rates of all dropouts: –"),
    ],
)
def test_what_the_brief_asks_for_is_counted(rows, says, digits):
    assert says in _failure(checks.steady, _net(*rows), digits, task=DIGITS)


def test_layers_that_do_no_work_do_not_count(digits):
    import keras
    from keras import layers

    # In a layer of its own: a functional model overrides training=False when it is trained.
    class Asleep(layers.Layer):
        def __init__(self, layer):
            super().__init__()
            self.layer = layer

        def call(self, x):
            return self.layer(x, training=False)

    def make(norm, dropout):
        def net():
            x = h = keras.Input((8, 8, 1))
            for _ in range(2):
                h = layers.ReLU()(norm(layers.BatchNormalization())(layers.Conv2D(8, 3)(h)))
            for _ in range(2):
                h = dropout(layers.Dropout(0.4))(layers.Conv2D(8, 1)(h))
            h = layers.Dense(10, activation="softmax")(layers.Flatten()(h))
            model = keras.Model(x, h)
            model.compile("adam", "sparse_categorical_crossentropy")
            return model

        return net

    def as_it_is(layer):
        return layer

    def frozen(layer):
        layer.trainable = False
        return layer

    checks.steady(make(as_it_is, as_it_is), digits, task=DIGITS)
    said = _failure(checks.steady, make(as_it_is, Asleep), digits, task=DIGITS)
    assert "in training it drops 0%" in said
    for norm in (Asleep, frozen):
        said = _failure(checks.steady, make(norm, as_it_is), digits, task=DIGITS)
        assert "does not normalise in training" in said


@pytest.mark.parametrize(
    ("rows", "picked"),
    [
        (("cr", 0.3, "pc"), True),
        (("c", 0.3, "rpc"), True),
        (("c", 0.3, "lrpc"), True),
        (("cr", ("s", 0.3), "pc"), False),
        (("crp", 0.3, "cp"), False),
        (("cr", 0.0, "pc"), False),
    ],
)
def test_what_a_pool_picks_from(rows, picked, digits):
    def check():
        return checks.steady(
            _net(*rows), digits, task=DIGITS, normalisations=0, dropouts=0, pools=True
        )

    if not picked:
        check()
        return
    said = _failure(check)
    assert "the maximum picks a survivor" in said and "0.3^4 = 0.0081" in said


@pytest.mark.parametrize("scale", [0, 1e-3])
def test_a_branch_that_counts_for_nothing_does_not_count(scale, digits):
    said = _failure(checks.steady, _branched(scale), digits, task=DIGITS)
    assert "drops numbers, but nothing comes of it" in said
    checks.steady(_branched(1), digits, task=DIGITS)
    checks.steady(_branched(1, "zeros"), digits, task=DIGITS)


def test_a_norm_that_remembers_nothing_does_not_count(digits):
    def make():
        net = _net("cnrcnr", 0.5, "cr", 0.5)()
        net.layers[1].momentum = 1.0
        return net

    said = _failure(checks.steady, make, digits, task=DIGITS)
    assert "remembers nothing" in said


def test_every_call_makes_a_net_of_its_own(digits):
    import keras

    only = _net("cnrcnr", 0.5, "cr", 0.5)()

    def shared():
        net = keras.Sequential([keras.Input((8, 8, 1)), *only.layers])
        net.compile("adam", "sparse_categorical_crossentropy")
        return net

    for make in (lambda: only, shared):
        told = _failure(checks.steady, make, digits, task=DIGITS)
        assert "returns the same weights at every call" in told


@pytest.mark.parametrize("apart", [False, True])
def test_layers_find_their_mode_in_a_call_that_does_not_mention_it(apart, digits):
    import keras
    from keras import layers

    class Block(layers.Layer):
        def __init__(self, width):
            super().__init__()
            self.conv = layers.Conv2D(width, 3, padding="same")
            self.norm, self.drop = layers.LayerNormalization(), layers.SpatialDropout2D(0.2)
            self.pool = layers.MaxPooling2D(2)

        def build(self, shape):
            self.conv.build(shape)
            self.norm.build(self.conv.compute_output_shape(shape))

        def call(self, x):
            return self.drop(self.pool(self.norm(self.conv(x))))

    def digit_net():
        blocks = [Block(8), layers.ReLU(), Block(16), layers.Flatten()]
        net = keras.Sequential(
            [keras.Input((8, 8, 1)), *blocks, layers.Dense(10, activation="softmax")]
        )
        net.compile("adam", "sparse_categorical_crossentropy")
        return net

    with judged(make=digit_net) if apart else nullcontext({"make": digit_net}) as got:
        checks.steady(got["make"], digits, task=DIGITS, pools=True)


# -- examples --------------------------------------------------------------------------------------


def _wanted(**options):
    settings = {"low": 0.5, "high": np.inf, "unlike": (0.0, 0.0), "sizes": (2, 4), **options}
    return {"row": Wanted(np.mean, msg("Mean"), **settings)}


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (None, "Not filled in yet: row"),
        ([0.0, 0.5], "Mean: 0.25. Expected: more than 0.5."),
        ([1.0], "Expected: 2 to 4 numbers in one row. Found: shape (1,)."),
        ([[1.0, 2.0]], "Found: shape (1, 2)."),
        ([1.0, float("inf")], "Expected: finite numbers up to 1,000,000"),
        ([1e7, 1.0], "Expected: finite numbers up to 1,000,000"),
        (["one", "two"], "Expected: numbers in one row. Found: list of str."),
        ([[1.0], [1.0, 2.0]], "Expected: numbers in one row. Found: list of list."),
        ({"gamma": 1, "beta": 2}, "Expected: numbers in one row. Found: dict."),
        ("1, 2", "Expected: numbers in one row. Found: str."),
    ],
)
def test_examples_that_do_not_show_it(value, says):
    assert says in _failure(checks.examples, {"row": value}, _wanted())


def test_examples_that_show_it():
    checks.examples({"row": (1, 1)}, _wanted())
    checks.examples(
        {"row": np.array([0.2, 0.3])}, _wanted(low=-np.inf, high=0.5, unlike=(1.0, 1.0))
    )
    assert "at least 0.1" in _failure(checks.examples, {"row": (1, 1)}, _wanted(spread=0.1))


def test_a_measure_that_cannot_fail_is_our_fault():
    with pytest.raises(CouldNotCheck), task("dropped-constant"):
        checks.examples({"row": (1, 1)}, _wanted(unlike=(1.0, 1.0)))


# -- formulas and truths ---------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [0.1, 0.4, 0.8])
def test_the_variance_behind_keras_dropout(rate):
    from keras import layers

    x = np.random.default_rng(1).normal(-1.5, 0.7, (1000, 1000)).astype("float32")
    y = np.asarray(layers.Dropout(rate, seed=3)(x, training=True))
    assert y.var() == pytest.approx(dropping.dropped_variance(-1.5, 0.49, rate), rel=0.01)


def test_the_rates_of_the_report_turn_one_variance_into_the_other():
    rates = dropping.report_rates()
    for name, row in dropping.REPORT.items():
        behind = dropping.dropped_variance(row["mean"], row["variance"], rates[name])
        assert behind == pytest.approx(row["after"])
        assert rates[name] == pytest.approx(0.4, abs=0.002)


@pytest.mark.parametrize(
    ("mistakes", "reference", "cases"),
    [
        (dropping.variance_mistakes, dropping.dropped_variance, dropping.variance_cases),
        (dropping.window_mistakes, dropping.winners, dropping.window_cases),
        (dropping.zero_mistakes, dropping.zero_becomes, dropping.zero_cases),
    ],
)
def test_every_mistake_shows_and_is_told_by_its_own_name(mistakes, reference, cases):
    for name, (wrong, message) in mistakes().items():
        said = _failure(checks.function, wrong, reference, cases(), mistakes=mistakes())
        assert message.text("en") in said, name


def test_windows_by_keras():
    from keras import layers

    z = (
        np.random.default_rng(0)
        .permuted(np.tile([1.0, 2, 3, 4], (50_000, 1)), axis=1)
        .reshape(-1, 2, 2, 1)
    )
    out = np.asarray(
        layers.MaxPooling2D(2)(layers.Dropout(0.4, seed=1)(z.astype("float32"), training=True))
    )
    shares = [np.mean(np.isclose(out * 0.6, k)) for k in (4, 3, 2, 1, 0)]
    assert shares == pytest.approx(dropping.winners(0.4, 4), abs=0.01)


def test_what_dropout_does_to_means_of_pools():
    assert dropping.pooled_means().truth == {
        "Dropout, positive": "rises",
        "Dropout, negative": "rises",
        "SpatialDropout2D, positive": "stays",
        "SpatialDropout2D, negative": "stays",
    }


def test_activations_by_what_they_do_to_zero_and_to_a_factor():
    from keras import activations

    x = np.linspace(-9, 9, 181, dtype="float32")
    for name, word in dropping.through_activations().truth.items():
        f = activations.get(name)
        straight = np.allclose(f(3 * x), 3 * np.asarray(f(x)), rtol=1e-5, atol=1e-5)
        zero = float(np.asarray(f(np.zeros(1, "float32")))[0])
        assert word == ("same" if straight else "zeros" if zero == 0 else "neither"), name


def test_zeros_behind_keras_normalisation():
    batch = dropping.zero_cases()[3][0]
    out = dropping.normalised(batch, gamma=0.7, beta=-0.2)
    assert np.ptp(out[batch == 0]) == 0
    expected = dropping.zero_becomes(batch, 0.7, -0.2, 1e-3)
    assert out[batch == 0][0] == pytest.approx(expected, rel=1e-4)


# -- nets ------------------------------------------------------------------------------------------


def test_layers_between_do_not_take_the_shift_away():
    for spatial in (False, True):
        ratios = dropped_nets.behind(0.2, spatial=spatial)
        assert ratios.shape == (5, 5) and ratios.min() > 1.15


@pytest.mark.parametrize("order", ["posed", "spatial", "asked"])
def test_orders_that_shift(order, digits):
    met = dropped_nets.met(order, 0.2, digits)
    assert len(met) == 5 and max(met) > 1.2


@pytest.mark.parametrize("order", ["groups", "last", "none"])
def test_orders_that_do_not(order, digits):
    met = dropped_nets.met(order, 0.5, digits)
    assert set(met) == {1.0}


# -- unseen nets -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_unseen_nets_are_worth_solving(seed):
    net = unseen.dropouts(seed)
    truth = net.truth()
    assert list(truth) == list(net.dropouts) and len(truth) == 4
    assert set() in truth.values()
    assert set().union(*truth.values()) == set(unseen.EFFECTS)
    assert str(net) == str(unseen.dropouts(seed)) != str(unseen.dropouts(seed + 1))
    for number in truth:
        assert f"# {number}\n" in str(net)


def test_the_printed_net_is_the_model():
    import keras
    from keras import layers

    net = unseen.dropouts(0)
    shown = eval(str(net), {"keras": keras, "layers": layers})
    ours = net.model()
    assert [type(layer) for layer in shown.layers] == [type(layer) for layer in ours.layers]
    assert shown.count_params() == ours.count_params()


@pytest.mark.parametrize("seed", [-1, 1.5, True, "1"])
def test_seeds_are_whole_numbers(seed):
    with pytest.raises(ValueError, match="Expected a seed"):
        unseen.dropouts(seed)
