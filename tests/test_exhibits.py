"""What crosses from a student's process to the judge's, and what cannot."""

import contextlib
import enum
import fractions
import gc
import json
import math
import struct
import weakref

import numpy as np
import pytest
from crossing import cross, judged
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.errors import CheckFailed, CouldNotCheck
from autograder.exhibits import parcel
from autograder.exhibits.expecting import expecting
from autograder.exhibits.receiving import Receiver
from autograder.exhibits.remote import TimedOutThere, why_untraceable
from autograder.exhibits.sending import Sender

SEEDED = settings(derandomize=True, deadline=None, max_examples=80,
                  suppress_health_check=[HealthCheck.too_slow])  # fmt: skip

words = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20),
    st.complex_numbers(), st.binary(max_size=20),
)  # fmt: skip
keys = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=9))
plain = st.recursive(
    words,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(keys, inner, max_size=4),
        st.sets(keys, max_size=4),
    ),
    max_leaves=12,
)


def same(a, b):
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return len(a) == len(b) and all(
            same(k, m) and same(v, w) for (k, v), (m, w) in zip(a.items(), b.items(), strict=True)
        )
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return repr(a) == repr(b) if isinstance(a, float | complex) else a == b


class TestData:
    @SEEDED
    @given(plain)
    def test_plain_data_arrives_as_it_is(self, value):
        assert same(cross(value), value)

    @SEEDED
    @given(
        hnp.arrays(
            st.one_of(hnp.boolean_dtypes(), hnp.integer_dtypes(endianness="="),
                      hnp.floating_dtypes(sizes=(16, 32, 64), endianness="=")),
            hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5),
        )
    )  # fmt: skip
    def test_arrays_arrive_bit_for_bit(self, array):
        got = cross([array])[0]
        assert type(got) is np.ndarray and got.dtype == array.dtype and got.shape == array.shape
        assert got.tobytes() == array.tobytes()

    def test_subclasses_arrive_as_their_base(self):
        class Liar(float):
            def __eq__(self, other):
                return True

            __hash__ = float.__hash__

        class Colour(enum.IntEnum):
            RED = 3

        class Sly(np.ndarray):
            def __array_function__(self, *_):
                return True

        got = cross([Liar(2.5), Colour.RED, np.ones(3).view(Sly), fractions.Fraction(1, 4)])
        assert [type(v) for v in got] == [float, int, np.ndarray, float]
        assert got[0] == 2.5 and got[0] != 3 and got[1] == 3 and got[3] == 0.25

    def test_what_is_shared_stays_shared_and_circles_close(self):
        shared = [1]
        circle = [shared, shared]
        circle.append(circle)
        got = cross(circle)
        assert got[0] is got[1] and got[2] is got

    def test_text_and_object_arrays(self):
        got = cross([np.array(["a", "bc"]), np.array([1, "x", None], object)])
        assert got[0].tolist() == ["a", "bc"] and got[1].tolist() == [1, "x", None]

    @pytest.mark.parametrize(
        "value", [list(range(600_000)), "x" * (5 << 20), 1 << 20_000], ids=["items", "text", "bits"]
    )
    def test_too_much_is_refused_in_words(self, value):
        with pytest.raises(CheckFailed, match="Expected.*Found"):
            cross(value)

    def test_a_nest_without_end_is_refused(self):
        nest = []
        for _ in range(200):
            nest = [nest]
        with pytest.raises(CheckFailed, match="nested"):
            cross(nest)


class TestHostileBytes:
    """What a student's process sends is a claim: nonsense ends as one of our own errors."""

    @SEEDED
    @given(
        st.recursive(
            st.one_of(st.none(), st.integers(-3, 3), st.text(max_size=3), st.floats()),
            lambda inner: st.one_of(
                st.lists(inner, max_size=3),
                st.dictionaries(
                    st.sampled_from(["k", "v", "n", "a", "shape", "dtype", "type", "callable", "name",
                                     "class", "config", "values", "layers", "input", "trainable"]),
                    st.one_of(inner, st.sampled_from(
                        ["list", "dict", "tuple", "set", "array", "scalar", "live", "handle", "same",
                         "objects", "int", "yours", "sequential", "layer", "functional", "traced"])),
                    max_size=6,
                ),
            ),
            max_leaves=10,
        )
    )  # fmt: skip
    def test_documents_of_any_form(self, document):
        read = Receiver(lambda n, d: d["type"])
        live = {"0": document} if isinstance(document, dict) else {}
        for value in (document, {"k": "live", "n": 0}):
            with contextlib.suppress(CheckFailed, CouldNotCheck):
                read.value({"value": value, "live": live}, [np.ones(2)])

    @pytest.mark.parametrize(
        "arrays",
        [[["O", [1]]], [["float64", [1 << 60]]], [["float64", [-1]]], [["object", []]], [[]], "x", 3,
         [["float64", [2, "3"]]]],
    )  # fmt: skip
    def test_array_heads_of_any_form(self, arrays):
        import socket

        text = json.dumps({"value": None, "arrays": arrays}).encode()
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.sendall(struct.pack(">QQ", len(text), 8) + text + bytes(8))
            with pytest.raises(parcel.Hung):
                parcel.receive(theirs)

    def test_a_head_that_promises_more_than_may_come(self):
        import socket

        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.sendall(struct.pack(">QQ", 1 << 62, 0))
            with pytest.raises(parcel.Hung, match="large"):
                parcel.receive(theirs)


class TestHandles:
    def test_a_function_is_called_where_it_lives(self):
        seen = []

        def double(x, *, times=2):
            seen.append(type(x))
            return x * times

        with judged(double=double) as got:
            assert got["double"].__name__ == "double" and callable(got["double"])
            assert got["double"](21) == 42
            assert got["double"](np.ones(2), times=3).tolist() == [3, 3]
        assert seen == [int, np.ndarray]

    def test_a_function_of_a_function(self):
        with judged(make=lambda n: [lambda x: x + n, {"a": n}]) as got:
            add, table = got["make"](3)
            assert add(1) == 4 and table == {"a": 3}

    def test_the_same_object_is_the_same_handle(self):
        def f():
            return f

        with judged(f=f, g=f) as got:
            assert got["f"] is got["g"] and got["f"]() is got["f"]

    def test_what_a_function_does_to_its_argument_is_seen(self):
        def spoil(x):
            x[0] = 9
            return x.sum()

        x = np.zeros(3)
        with judged(spoil=spoil) as got:
            assert got["spoil"](x) == 9
        assert x[0] == 9

    def test_only_the_clock_says_that_time_is_over(self):
        class TimedOut(BaseException):
            """A student's, by the name of the engine's."""

        def late():
            raise TimedOut("so")

        with judged(f=late) as got, pytest.raises(Exception, match="so") as caught:
            got["f"]()
        assert not isinstance(caught.value, TimedOutThere)
        with judged(TimedOut, f=late) as got, pytest.raises(TimedOutThere):
            got["f"]()

    def test_only_data_can_be_compared(self):
        class Yes:
            def __eq__(self, other):
                return True

            def __bool__(self):
                return True

            def __iter__(self):
                return iter([1])

            __hash__ = None

        with judged(yes=Yes()) as got:
            yes = got["yes"]
            assert type(yes).__name__ == "Yes" and not callable(yes)
            for judge in (lambda: yes == 1, lambda: bool(yes), lambda: list(yes), lambda: yes < 2,
                          lambda: np.asarray(yes), lambda: float(yes), lambda: yes + 1):  # fmt: skip
                with pytest.raises(CheckFailed, match="Yes"):
                    judge()

    def test_an_error_comes_with_its_kind_and_its_words(self):
        class Odd(ValueError):
            pass

        def fail(how):
            raise {"odd": Odd("so"), "key": KeyError("k"), "exit": SystemExit(0)}[how]

        with judged(fail=fail) as got:
            with pytest.raises(ValueError, match="so") as caught:
                got["fail"]("odd")
            assert caught.type.__name__ == "Odd"
            with pytest.raises(KeyError) as caught:
                got["fail"]("key")
            assert str(caught.value) == "'k'"
            with pytest.raises(SystemExit):
                got["fail"]("exit")

    def test_a_forged_verdict_is_an_error_like_others(self):
        def forge():
            raise CouldNotCheck("free of charge")

        with judged(forge=forge) as got, pytest.raises(Exception) as caught:
            got["forge"]()
        assert not isinstance(caught.value, CouldNotCheck)

    def test_randomness_is_the_judges(self):
        import random

        with judged(draw=lambda: (random.random(), np.random.rand())) as got:
            random.seed(5)
            first = got["draw"]()
            second = got["draw"]()
            random.seed(5)
            assert got["draw"]() == first != second

    def test_the_judge_lends_nothing(self):
        with judged(f=lambda x: x) as got, pytest.raises(CouldNotCheck):
            got["f"](object())

    def test_an_exhibit_that_breaks_when_it_is_read_says_so(self):
        class Map(dict):
            pass

        from collections import UserDict

        class Broken(UserDict):
            def items(self):
                raise RuntimeError("boom")

        words = "`b` cannot be read: RuntimeError: boom"
        with pytest.raises(CheckFailed, match=words), judged(b=Broken(a=1)):
            pass
        with judged(m=Map(a=1)) as got:
            assert type(got["m"]) is dict


@pytest.fixture(scope="module")
def keras():
    return pytest.importorskip("keras")


SHAPE = (8, 8, 1)


def spellings(keras):
    """Nets in many styles, each a function that returns one."""
    import tensorflow as tf

    layers, ops = keras.layers, keras.ops

    class Block(layers.Layer):
        def __init__(self, n, **more):
            super().__init__(**more)
            self.conv, self.n = layers.Conv2D(n, 3, padding="same"), n
            self.drop = layers.Dropout(0.5)

        def build(self, shape):
            self.scale = self.add_weight(shape=(self.n,), initializer="ones", name="scale")

        def call(self, x, training=None):
            h = ops.relu(self.conv(x))
            if training:
                h = self.drop(h, training=True)
            return tf.nn.relu(h * self.scale)

    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.block, self.flat, self.answer = Block(4), layers.Flatten(), layers.Dense(10)

        def call(self, x):
            return ops.softmax(self.answer(self.flat(self.block(x))))

    class Plain(layers.Dense):
        pass

    def functional():
        image = keras.Input(SHAPE)
        h = ops.relu(layers.Conv2D(4, 3)(image)) + 1.0
        low = ops.max_pool(h, 2)
        h = layers.Concatenate()([Block(3)(low), low])[:, ::2]
        return keras.Model(image, layers.Dense(10)(layers.Flatten()(h)))

    def adapted():
        norm = layers.Normalization()
        norm.adapt(np.random.default_rng(0).normal(5, 3, (99, *SHAPE)))
        return keras.Sequential([keras.Input(SHAPE), norm, layers.Flatten(), Plain(10)])

    def shared():
        image = keras.Input(SHAPE)
        conv = layers.Conv2D(2, 3, padding="same", activation="tanh")
        h = conv(layers.Conv2D(2, 1)(image))
        return keras.Model(image, layers.Dense(10)(layers.Flatten()(conv(h))))

    sequential = keras.Sequential
    return {
        "sequential": lambda: sequential([
            keras.Input(SHAPE), layers.Conv2D(4, 3, activation="relu", kernel_regularizer="l2"),
            layers.MaxPool2D(), layers.BatchNormalization(), layers.Flatten(), layers.Dropout(0.3),
            layers.Dense(10, activation="softmax")]),
        "without-input": lambda: sequential([
            layers.Conv2D(4, 3, activation=ops.relu), layers.GlobalAveragePooling2D(),
            layers.Dense(10, activation=lambda z: ops.softmax(z))]),
        "lambdas": lambda: sequential([
            keras.Input(SHAPE), layers.Conv2D(4, 3, activation=lambda t: ops.maximum(t, 0)),
            layers.Lambda(lambda z: z * 2.0), layers.Activation(tf.nn.relu), layers.Flatten(),
            layers.Dense(10, kernel_initializer=keras.initializers.RandomNormal(0, 0.1))]),
        "activation-layer": lambda: sequential([
            keras.Input(SHAPE), layers.Conv2D(4, 3, activation=layers.LeakyReLU(0.1)),
            layers.Flatten(), layers.Dense(10, kernel_regularizer=lambda w: 0.01 * ops.sum(w * w))]),
        "nested": lambda: sequential([
            keras.Input(SHAPE), sequential([layers.Conv2D(4, 3), layers.ReLU()]), layers.Flatten(),
            layers.Dense(10)]),
        "subclass": Net,
        "functional": functional,
        "adapted": adapted,
        "shared": shared,
        "recurrent": lambda: sequential([
            keras.Input(SHAPE), layers.Reshape((8, 8)), layers.Bidirectional(layers.LSTM(3)),
            layers.Dense(10)]),
        "time-distributed": lambda: sequential([
            keras.Input(SHAPE), layers.TimeDistributed(layers.Dense(3)), layers.Flatten(),
            layers.Dense(10)]),
    }  # fmt: skip


@pytest.fixture(scope="module")
def nets(keras):
    return spellings(keras)


NAMES = ["sequential", "without-input", "lambdas", "activation-layer", "nested", "subclass",
         "functional", "adapted", "shared", "recurrent", "time-distributed"]  # fmt: skip


class TestModels:
    @pytest.mark.parametrize("name", NAMES)
    def test_every_honest_spelling_arrives(self, keras, nets, name):
        import autograder

        assert sorted(nets) == sorted(NAMES)
        net = nets[name]()
        net.compile(keras.optimizers.SGD(0.01, momentum=0.5), "sparse_categorical_crossentropy",
                    metrics=["accuracy"])  # fmt: skip
        got = cross(net, SHAPE)
        x = np.random.default_rng(1).normal(size=(3, *SHAPE)).astype("float32")
        assert np.array_equal(net(x, training=False), got(x, training=False))
        ours, theirs = autograder.read(net, SHAPE), autograder.read(got, SHAPE)
        assert ours == theirs
        assert [n.path for n in ours.nodes] == [n.path for n in theirs.nodes]
        assert [n.layer for n in ours.nodes] == [n.layer for n in theirs.nodes]
        assert len(net.trainable_variables) == len(got.trainable_variables)
        assert got.loss == "sparse_categorical_crossentropy"
        assert got.optimizer.get_config() == net.optimizer.get_config()
        assert not {id(v) for v in net.variables} & {id(v) for v in got.variables}

    @pytest.mark.parametrize("name", ["sequential", "subclass", "functional", "lambdas"])
    def test_what_arrives_can_be_trained(self, keras, nets, name):
        from autograder import training

        net = nets[name]()
        net.compile("sgd", keras.losses.SparseCategoricalCrossentropy())
        got = cross(net, SHAPE)
        x = np.random.default_rng(1).normal(size=(8, *SHAPE)).astype("float32")
        moved = training.moving(got, x, np.arange(8), steps=2)
        assert moved and all(change > 0 for change in moved.values())

    def test_a_layer_that_was_built_alone_keeps_its_weights(self, keras, nets):
        conv = keras.layers.Conv2D(2, 3)
        conv.build((None, 8, 8, 1))
        kernel = np.random.default_rng(0).normal(size=(3, 3, 1, 2)).astype("float32")
        conv.set_weights([kernel, np.ones(2)])
        got = cross(keras.Sequential([conv, keras.layers.ReLU()]))
        assert not got.built
        assert np.array_equal(got.layers[0].kernel, kernel)

    def test_an_initialiser_of_ones_own_has_given_its_values(self, keras, nets):
        def mine(shape, dtype=None):
            return keras.ops.full(shape, 0.25, dtype)

        class Half(keras.initializers.Initializer):
            def __call__(self, shape, dtype=None):
                return keras.ops.full(shape, 0.5, dtype)

        net = keras.Sequential([
            keras.Input((3,)), keras.layers.Dense(2, kernel_initializer=mine),
            keras.layers.Dense(2, kernel_initializer=Half()),
        ])  # fmt: skip
        got = cross(net)
        assert np.all(got.layers[0].kernel == 0.25) and np.all(got.layers[1].kernel == 0.5)

    def test_a_loss_of_ones_own(self, keras, nets):
        net = nets["sequential"]()
        net.compile("sgd", lambda y, p: keras.ops.mean(keras.ops.square(y - p), axis=-1))
        got = cross(net, SHAPE)
        y, p = np.zeros((4, 10), "float32"), np.full((4, 10), 0.5, "float32")
        assert np.allclose(got.loss(y, p), 0.25)

    def test_shared_layers_stay_shared_between_models(self, keras, nets):
        layer = keras.layers.Dense(2)
        one, two = (keras.Sequential([keras.Input((3,)), layer]) for _ in range(2))
        got = cross([one, two, one])
        assert got[0] is got[2] is not got[1]
        assert got[0].layers[0] is got[1].layers[0]

    def test_a_model_that_comes_twice_is_the_same_one(self, keras, nets):
        net = nets["sequential"]()
        fresh = nets["sequential"]
        with judged(same=lambda: net, fresh=fresh) as got:
            assert got["same"]() is got["same"]()
            first, second = got["fresh"](), got["fresh"]()
            assert first is not second
            assert not {id(v) for v in first.variables} & {id(v) for v in second.variables}

    def test_edits_after_construction_count(self, keras, nets):
        net = nets["sequential"]()
        net.layers[0].activation = keras.activations.tanh
        net.layers[-1].trainable = False
        got = cross(net)
        assert got.layers[0].activation is keras.activations.tanh
        assert not got.layers[-1].trainable and got.layers[0].trainable

    def test_what_a_class_says_of_itself_does_not_count(self, keras, nets):
        class Liar(keras.layers.Dense):
            def get_config(self):
                return {**super().get_config(), "units": 7, "activation": "relu"}

        class Spoof(keras.Sequential):
            @property
            def layers(self):
                return []

            def count_params(self):
                return 1

        got = cross(keras.Sequential([keras.Input((3,)), Liar(2)]))
        assert got.layers[0].units == 2 and type(got.layers[0]) is keras.layers.Dense
        got = cross(Spoof([keras.Input((3,)), keras.layers.Dense(2)]), (3,))
        assert why_untraceable(got) is None
        assert not isinstance(got, Spoof)

    def test_a_call_of_its_own_is_followed_not_believed(self, keras, nets):
        class Fake(keras.layers.MaxPooling2D):
            def call(self, x):
                return x[:, ::2, ::2]

        import autograder

        net = keras.Sequential([keras.Input((4, 4, 1)), Fake(2)])
        got = cross(net)
        x = np.random.default_rng(0).normal(size=(1, 4, 4, 1)).astype("float32")
        assert np.array_equal(got(x), x[:, ::2, ::2])
        assert "max_pool" not in " ".join(autograder.read(got).ops)

    @pytest.mark.parametrize("told", [True, False])
    def test_a_call_without_a_training_argument_passes_its_mode_on_all_the_same(
        self, keras, nets, told
    ):
        class Block(keras.layers.Layer):
            def __init__(self):
                super().__init__()
                self.norm = keras.layers.BatchNormalization()
                self.drop = keras.layers.Dropout(0.5, seed=1)

            if told:

                def call(self, x, training=None):
                    return self.drop(self.norm(x))

            else:

                def call(self, x):
                    return self.drop(self.norm(x))

        class Outer(keras.layers.Layer):
            def __init__(self):
                super().__init__()
                self.block = Block()

            def call(self, x):
                return self.block(x)

        class Deaf(keras.layers.Layer):
            def __init__(self):
                super().__init__()
                self.block = keras.layers.Dropout(0.5)

            def call(self, x):
                return self.block(x, training=False)

        x = np.random.default_rng(0).normal(3, 2, (500, 4)).astype("float32")
        for layer, drops in ((Block, True), (Outer, True), (Deaf, False)):
            got = cross(keras.Sequential([keras.Input((4,)), layer()]))
            trained, used = (np.asarray(got(x, training=mode)) for mode in (True, False))
            assert (0.4 < np.mean(trained == 0) < 0.6) == drops
            assert not (used == 0).any()
            if drops:  # the moving statistics of a fresh normalisation are 0 and 1
                assert np.allclose(used, x / np.sqrt(1.001), atol=0.2)
                assert abs(trained.mean()) < 0.2

    def test_what_cannot_be_followed_stays_a_handle_that_says_why(self, keras, nets):
        class Numbers(keras.Model):
            def call(self, x):
                return np.asarray(x) * 2

        with judged(make=Numbers) as got, expecting((3,)):
            found = got["make"]()
            assert why_untraceable(found)
            assert type(found).__name__ == "Numbers"

    def test_a_net_that_does_not_build_says_where(self, keras, nets):
        from autograder.faults import explain_construction

        def shrinking():
            net = keras.Sequential([keras.Input((6, 6, 1))])
            for i in range(3):
                net.add(keras.layers.Conv2D(2, 3, name=f"conv{i}"))
            return net

        explained = explain_construction("shrinking", (6, 6, 1))
        with (
            judged(shrinking=shrinking) as got,
            pytest.raises(CheckFailed) as there,
            explained,
            expecting((6, 6, 1)),
        ):
            got["shrinking"]()
        with pytest.raises(CheckFailed) as here, explain_construction("shrinking", (6, 6, 1)):
            shrinking()
        assert there.value.text("en") == here.value.text("en")
        assert "`conv2`" in there.value.text("en") and "6 → 4 → 2" in there.value.text("en")


class TestForgetting:
    """What the judge has dropped is dropped by the student's process too; what it holds stays itself."""

    def made(self, keras, log):
        """A function that makes a new net with large weights at each call, and notes them."""

        def make():
            net = keras.Sequential([keras.Input((600,)), keras.layers.Dense(1000)])
            log.append(weakref.ref(net))
            return net

        return make

    def test_what_the_judge_dropped_is_forgotten(self, keras):
        log = []
        with judged((), gc.collect, make=self.made(keras, log)) as got:
            for _ in range(4):
                got["make"]()
                gc.collect()
            assert [ref() is None for ref in log[:3]] == [True, True, True]

    def test_what_the_judge_holds_stays(self, keras):
        log = []
        net = self.made(keras, log)()

        def again():
            return net

        with judged((), gc.collect, again=again, make=self.made(keras, log)) as got:
            mine = got["again"]()
            weights = mine.get_weights()[0]
            for _ in range(3):
                got["make"]()
                gc.collect()
            assert got["again"]() is mine
            assert np.array_equal(got["again"]().get_weights()[0], weights)

    def test_what_was_forgotten_comes_again_as_it_is_by_then(self, keras):
        net = keras.Sequential([keras.Input((600,)), keras.layers.Dense(1000)])
        calls = []

        def again():
            net.layers[0].bias.assign(np.full(1000, len(calls)))
            calls.append(1)
            return net

        with judged((), gc.collect, again=again) as got:
            for n in range(4):
                assert set(got["again"]().get_weights()[1]) == {n}
                gc.collect()

    def test_a_layer_outlives_its_net(self, keras):
        shared = keras.layers.Dense(1000)

        def make():
            return keras.Sequential([keras.Input((600,)), shared])

        with judged((), gc.collect, make=make) as got:
            layer = got["make"]().layers[0]
            gc.collect()
            assert got["make"]().layers[0] is layer

    def test_a_model_goes_back_only_as_what_it_is(self, keras):
        """A number must not be taken for that of another object that lives where the first one did."""
        nets = [keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)]) for _ in range(6)]
        nets.reverse()

        with judged((), gc.collect, next=nets.pop, which=id) as got:
            ids = set()
            for _ in range(6):
                ids.add(got["which"](got["next"]()))
                gc.collect()
        assert len(ids) == 6


class TestBounds:
    """Before anything of size is allocated, the judge counts."""

    def document(self, *layers, shape=(None, 4)):
        live = {"0": {"k": "sequential", "name": "net", "trainable": True,
                      "input": {"shape": list(shape), "dtype": "float32", "name": "x"},
                      "layers": [{"k": "live", "n": n + 1} for n in range(len(layers))]}}  # fmt: skip
        for n, (kind, config) in enumerate(layers, 1):
            live[str(n)] = {"k": "layer", "class": kind, "config": config, "values": None,
                            "name": f"l{n}", "trainable": True}  # fmt: skip
        return {"value": {"k": "live", "n": 0}, "live": live}

    def read(self, document):
        return Receiver().value(document, [])

    def test_an_ordinary_document_is_built(self, keras):
        net = self.read(self.document(("Dense", {"units": 3, "activation": None})))
        assert net.output_shape == (None, 3)

    @pytest.mark.parametrize(
        "layers",
        [
            [("Dense", {"units": 10**9})],
            [("RepeatVector", {"n": 10**9})],
            [("Dense", {"units": 2})] * 6000,
            [("Embedding", {"input_dim": 10**8, "output_dim": 8})],
        ],
        ids=["weights", "activations", "layers", "table"],
    )
    def test_too_large_is_refused_in_words(self, keras, layers):
        with pytest.raises(CheckFailed, match="Expected: .*at most"):
            self.read(self.document(*layers))

    @pytest.mark.parametrize(
        "layer",
        [
            ("Lambda", {"function": "x"}),
            ("TFSMLayer", {"filepath": "/etc"}),
            ("StringLookup", {"vocabulary": "/etc/passwd"}),
            ("Layer", {}),
            ("Dense", {"units": 3, "surprise": 1}),
            ("Dense", {"units": 3, "dtype": "os.system"}),
            ("Dense", {"units": 3, "activation": {"k": "function", "name": "os.system"}}),
            ("Dense", {"units": 3, "kernel_initializer": {"k": "object", "class": "builtins.eval",
                                                          "config": {}}}),
        ],
        ids=lambda layer: layer[0],
    )  # fmt: skip
    def test_what_is_not_in_the_tables_is_not_made(self, keras, layer):
        with pytest.raises(CouldNotCheck):
            self.read(self.document(layer))

    def test_a_student_with_ten_thousand_layers(self, keras):
        net = keras.Sequential([keras.layers.ReLU() for _ in range(10_000)])
        with judged(net=net) as got:
            assert "layers" in why_untraceable(got["net"])


def test_nan_and_infinity_are_numbers():
    got = cross([math.inf, -math.inf, math.nan, -0.0])
    assert got[:2] == [math.inf, -math.inf] and math.isnan(got[2])
    assert math.copysign(1, got[3]) == -1


def test_a_sender_keeps_its_numbers():
    sender, read = Sender(), Receiver(lambda n, d: n)
    f = len
    assert cross(f, None, sender, read) == cross(f, None, sender, read)
