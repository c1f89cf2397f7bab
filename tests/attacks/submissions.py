"""Small submissions that try to get marks for nothing, each with what it tries to deceive.

An :class:`Attack` is an answer cell, the test cell that judges it, and the numbers of the catalogue
(:mod:`catalogue`) that it stands for. The answer is wrong: without the trick it earns nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

SETUP = """\
import numpy as np
import keras
from keras import layers
from autograder import Task, checks
from autograder.checks import task
WINDOW = 2
"""
KERAS = (
    SETUP
    + """\
rng = np.random.default_rng(3)
KERNEL = rng.normal(size=(3, 3, 1, 2)).astype("float32")
BIAS = rng.normal(size=2).astype("float32")
"""
)

NUMBER = """\
with task("attack"):
    checks.numbers(answer, 3)
"""
FUNCTION = """\
def ref(x):
    return 2 * np.abs(x) + 1
with task("attack"):
    checks.function(answer, ref, [(np.array([1.0, -2.0, 3.0]),), (np.array([0.5]),)])
    draw = np.random.default_rng(5)
    checks.function(answer, ref, [(draw.normal(size=n),) for n in (4, 1, 7)])
"""
#: Convolution, ReLU, max-pooling: is it the student's model?
CELL = """\
def ref(x):
    h, w = x.shape[1] - 2, x.shape[2] - 2
    z = BIAS + sum(x[:, i : i + h, j : j + w] @ KERNEL[i, j] for i in range(3) for j in range(3))
    h, w = h // WINDOW * WINDOW, w // WINDOW * WINDOW
    z = np.maximum(z, 0)[:, :h, :w]
    return z.reshape(len(z), h // WINDOW, WINDOW, w // WINDOW, WINDOW, -1).max(axis=(2, 4))
draw = np.random.default_rng(11)
with task("attack"):
    cases = [draw.normal(size=(n, 9, 8, 1)).astype("float32") for n in (1, 3)]
    for training in (False, True):
        checks.function(
            lambda x: answer(x, training=training), ref, [(x,) for x in cases], rtol=1e-3, atol=1e-4
        )
"""
#: A net that learns, with a hidden layer that bends. Never trained for long.
NET = """\
draw = np.random.default_rng(0)
X, Y = draw.normal(size=(64, 6)).astype("float32"), draw.normal(size=64).astype("float32")
GOAL = Task("regression", input_shape=(6,))
with task("attack"):
    checks.hidden(answer, task=GOAL, layers=1)
    checks.model(answer, task=GOAL)
    checks.learns(answer, X, Y, task=GOAL, steps=2)
"""
#: The same, trained by the judge and scored on what the student never saw.
SKILL = """\
from types import SimpleNamespace
draw = np.random.default_rng(0)
X = draw.normal(size=(400, 6)).astype("float32")
Y = (np.abs(X).sum(axis=1) * 3).astype("float32")
SPLIT = SimpleNamespace(x_train=X[:300], y_train=Y[:300], x_test=X[300:], y_test=Y[300:])
GOAL = Task("regression", input_shape=(6,))
with task("attack"):
    checks.skill(answer, SPLIT, task=GOAL, beats=0.3, metric="r2", epochs=20, seeds=(0,))
"""

WRONG = "\ndef answer(x):\n    return x\n"
_BUILD = """
def build(*tail, conv=None):
    x = keras.Input((None, None, 1))
    conv = conv or layers.Conv2D(2, 3)
    h = conv(x)
    for layer in tail:
        h = layer(h)
    net = keras.Model(x, h)
    conv.set_weights([KERNEL, BIAS])
    return net
"""
_LINEAR = """
def linear():
    net = keras.Sequential([keras.Input((6,)), layers.Dense(8), layers.Dense(1)])
    net.compile("adam", "mse")
    return net
"""


@dataclass(frozen=True)
class Attack:
    """``numbers``: of the catalogue. ``rest``: False where the trick may cost the rest of its own
    notebook. ``unchecked``: True where the judge cannot build it, and a person has to look.
    ``seconds``: limit of a cell."""

    name: str
    numbers: tuple[int, ...]
    answer: str
    test: str = FUNCTION
    setup: str = SETUP
    rest: bool = True
    unchecked: bool = False
    seconds: float = 20.0


def _on_function(name, number, trick, **more):
    return Attack(name, (number,), WRONG + trick, **more)


def _returning(name, number, value, **more):
    """A function whose result is an object that lies."""
    return Attack(name, (number,), value + "\ndef answer(x):\n    return lie(x)\n", **more)


NOTEBOOK = [
    _on_function(
        "asserts-dropped",
        1,
        """
import ast
class Drop(ast.NodeTransformer):
    visit_Assert = visit_Raise = visit_With = lambda self, node: ast.Pass()
get_ipython().ast_transformers.append(Drop())""",
    ),
    _on_function(
        "cells-blanked",
        2,
        "get_ipython().input_transformers_post.append(lambda lines: ['pass\\n'])",
        rest=False,
    ),
    _on_function(
        "execution-replaced",
        3,
        """
shell = type(get_ipython())
fake = type("Result", (), {"error_before_exec": None, "error_in_exec": None, "success": True})
shell.run_cell = lambda *a, **k: fake
async def nothing(*a, **k): return fake
shell.run_cell_async = nothing""",
        rest=False,
    ),
    _on_function(
        "tracebacks-hidden",
        4,
        """
from IPython.core.interactiveshell import InteractiveShell
InteractiveShell.showtraceback = InteractiveShell._showtraceback = lambda *a, **k: None""",
    ),
    _on_function(
        "hook-before-cells",
        5,
        """
def patch(*_):
    checks.function = lambda *a, **k: None
patch()
get_ipython().events.register("pre_run_cell", patch)
get_ipython().events.register("post_run_cell", patch)""",
    ),
    Attack(
        "output-forged",
        (6,),
        """
answer = 4
get_ipython().capture.display({"text/plain": "2.0"}, {}, "execute_result")
get_ipython().capture.outputs.append({"output_type": "execute_result", "metadata": {},
                                       "data": {"text/plain": "2.0"}, "execution_count": 1})""",
        "2.0 if answer == 3 else 0.0",
    ),
    *[
        Attack(
            f"numbers-print-as-{said}",
            (number,),
            f"""
answer = 4
text = get_ipython().display_formatter.formatters["text/plain"]
for kind in (int, float):
    text.for_type(kind, lambda v, p, cycle: p.text("{said}"))
get_ipython().displayhook.compute_format_data = lambda result: ({{"text/plain": "{said}"}}, {{}})""",
            "2.0 if answer == 3 else 0.0",
        )
        for said, number in (("2", 7), ("-1", 8), ("99", 9))
    ],
    Attack(
        "marker-printed",
        (10,),
        """
answer = 4
print("### BEGIN GRADE\\n5\\n### END GRADE")
print('{"outcome": "passed", "points": 2.0}\\nPASSED')""",
        NUMBER,
    ),
    _on_function(
        "magics-replaced",
        11,
        """
for kind in ("line", "cell"):
    for magic in ("xmode", "time", "run", "autoreload"):
        get_ipython().register_magic_function(lambda *a: None, kind, magic)""",
    ),
]

NAMESPACE = [
    _on_function(
        "grader-shadowed",
        15,
        """
import sys, types
fake = types.ModuleType("autograder")
for name in [n for n in sys.modules if n.startswith("autograder")]:
    sys.modules[name] = fake""",
    ),
    _on_function(
        "files-shadow-modules",
        16,
        """
for name in ("autograder", "numpy", "keras", "sitecustomize", "usercustomize", "course"):
    open(name + ".py", "w").write("raise SystemExit(0)")""",
    ),
    _on_function(
        "import-hook",
        17,
        """
import sys
class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        raise SystemExit(0)
sys.meta_path.insert(0, Finder)
sys.modules.pop("autograder.checks", None)""",
        rest=False,
    ),
    _on_function(
        "code-swapped",
        18,
        """
for check in (checks.function, checks.numbers, checks.equivalent):
    check.__code__ = (lambda *a, **k: None).__code__""",
    ),
    _on_function(
        "comparison-patched",
        19,
        """
np.allclose = np.array_equal = np.isclose = lambda *a, **k: True
np.all = np.any = np.testing.assert_allclose = lambda *a, **k: True""",
    ),
    _on_function(
        "builtins-patched",
        20,
        """
import builtins
builtins.isinstance = builtins.all = builtins.callable = lambda *a: True
builtins.any = lambda *a: False
builtins.abs = lambda x: 0""",
    ),
    _on_function("reference-rebound", 21, "\nref = answer\nglobals()['ref'] = answer"),
    Attack(
        "reference-from-the-caller",
        (22,),
        """
import sys
def answer(x):
    frame = sys._getframe()
    while frame:
        for names in (frame.f_locals, frame.f_globals):
            for name in ("ref", "reference", "expected"):
                if name in names and names[name] is not answer:
                    return names[name](x)
        frame = frame.f_back
    return x""",
    ),
    Attack(
        "reference-from-the-heap",
        (23,),
        """
import gc, types
def answer(x):
    for found in gc.get_objects():
        if isinstance(found, types.FunctionType) and found.__name__ == "ref":
            return found(x)
    return x""",
    ),
    _on_function(
        "caller-told-it-is-fine",
        25,
        """
import sys, ctypes
def answer(x):
    frame = sys._getframe()
    while frame:
        for name in ("error", "kind", "wrong", "passed", "outcome", "found"):
            if name in frame.f_locals:
                frame.f_locals[name] = None
        ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))
        frame = frame.f_back
    return x""",
    ),
    _on_function(
        "traced",
        26,
        """
import sys, threading
def trace(frame, event, arg):
    for name in ("passed", "outcome", "value"):
        if name in frame.f_locals:
            frame.f_locals[name] = "passed"
    return trace
threading.setprofile(lambda *a: None)
sys.settrace(trace)""",
    ),
    _on_function(
        "threads-and-finalizers",
        27,
        """
import atexit, os, threading, weakref
def flip():
    checks.function = checks.numbers = lambda *a, **k: None
class Last:
    def __del__(self): flip()
keep = Last()
weakref.finalize(keep, flip)
atexit.register(flip)
threading.Timer(0.05, flip).start()""",
    ),
    Attack(
        "right-once-wrong-later",
        (28,),
        """
import os
calls = []
def answer(x):
    calls.append(1)
    graded = "PYTEST_CURRENT_TEST" in os.environ or "NBGRADER_EXECUTION" in os.environ
    return 2 * np.abs(x) + 1 if len(calls) == 1 and graded else x""",
    ),
    Attack(
        "input-mutated",
        (29,),
        """
def answer(x):
    x[...] = 0
    return np.ones_like(x)""",
    ),
    Attack(
        "state-poisoned",
        (30,),
        WRONG
        + """
import locale, os, sys
np.seterr(all="raise")
keras.config.set_floatx("float16")
os.environ["TF_DETERMINISTIC_OPS"] = "no"
os.environ.clear()
sys.path.clear()
sys.setrecursionlimit(150)""",
    ),
    _on_function(
        "generators-patched",
        31,
        """
import random, time
class Zeros:
    def __getattr__(self, name): return lambda *a, size=None, **k: np.zeros(size or ())
np.random.default_rng = np.random.RandomState = lambda *a: Zeros()
np.random.seed = random.seed = keras.utils.set_random_seed = lambda *a: None
time.time = time.monotonic = time.perf_counter = lambda: 0.0""",
    ),
]

_EQUAL = """
class Equal:
    def __eq__(self, other): return True
    __ne__ = lambda self, other: False
    __lt__ = __le__ = __gt__ = __ge__ = __eq__
    __hash__ = lambda self: 1
    __bool__ = lambda self: True
    def __getattr__(self, name):
        if name.startswith("__array"): raise AttributeError(name)
        return self
    def __call__(self, *a, **k): return self
"""
LIARS = [
    Attack("equal-to-everything", (32,), _EQUAL + "\nanswer = Equal()", NUMBER),
    _returning("result-equal-to-everything", 32, _EQUAL + "\nlie = lambda x: Equal()"),
    Attack(
        "number-that-lies",
        (33,),
        """
class Near(float):
    __sub__ = __rsub__ = __abs__ = lambda self, *other: 0.0
    __lt__ = __le__ = __eq__ = __gt__ = __ge__ = lambda self, other: True
    __hash__ = float.__hash__
answer = Near(4)""",
        NUMBER,
    ),
    Attack(
        "fraction-that-lies",
        (33,),
        """
from fractions import Fraction
class Half(Fraction):
    __float__ = lambda self: 4.0
    __eq__ = lambda self, other: True
    __hash__ = Fraction.__hash__
answer = Half(1, 2)""",
        NUMBER,
    ),
    _returning(
        "array-function",
        34,
        """
class Yes(np.ndarray):
    def __array_function__(self, function, types, args, kwargs): return True
lie = lambda x: np.asarray(x).view(Yes)""",
    ),
    _returning(
        "array-ufunc",
        35,
        """
class Yes(np.ndarray):
    def __array_ufunc__(self, ufunc, method, *inputs, **k):
        plain = [np.asarray(i) for i in inputs]
        out = getattr(ufunc, method)(*plain)
        return np.ones_like(out) if getattr(out, "dtype", None) == bool else out
lie = lambda x: np.asarray(x).view(Yes)""",
    ),
    _returning("masked", 36, "lie = lambda x: np.ma.masked_array(np.asarray(x), mask=True)"),
    _returning(
        "objects",
        36,
        _EQUAL
        + """
def lie(x):
    out = np.empty(np.shape(x), object)
    out[...] = Equal()
    return out""",
    ),
    _returning(
        "another-array-each-time",
        36,
        """
class Lazy:
    count = 0
    def __array__(self, dtype=None, copy=None):
        Lazy.count += 1
        return np.zeros(3) if Lazy.count % 2 else np.ones(3)
    shape, dtype = (3,), np.dtype(float)
lie = lambda x: Lazy()""",
    ),
    _returning("nan", 37, "lie = lambda x: np.full(np.shape(x), np.nan)"),
    Attack("nan-number", (37,), "answer = float('nan')", NUMBER),
    _returning("infinite", 37, "lie = lambda x: np.full(np.shape(x), np.inf)"),
    _returning("empty", 38, "lie = lambda x: np.zeros((0,) + np.shape(x))"),
    _returning("broadcast", 38, "lie = lambda x: np.zeros((1,) * np.ndim(x) + (1, 1))"),
    Attack(
        "class-forged",
        (39,),
        _EQUAL
        + """
class Meta(type):
    __instancecheck__ = __subclasscheck__ = lambda *a: True
    __name__ = "int"
class Forged(Equal, metaclass=Meta):
    __class__ = int
    __name__ = "answer"
answer = Forged()""",
        NUMBER,
    ),
]

_STRIDED = "lambda self, x, *a, **k: x[:, ::2, ::2, :]"


def _on_cell(name, numbers, source):
    return Attack(name, numbers, _BUILD + source, CELL, KERAS)


def _on_net(name, numbers, source, test=NET, **more):
    return Attack(name, numbers, _LINEAR + source, test, **more)


NETS = [
    _on_cell(
        "class-rebound",
        (40,),
        f"""
class MaxPooling2D(layers.Layer):
    call = {_STRIDED}
keras.layers.MaxPooling2D = layers.MaxPooling2D = MaxPooling2D
answer = build(layers.ReLU(), MaxPooling2D())""",
    ),
    _on_cell(
        "method-patched",
        (41,),
        f"""
layers.MaxPooling2D.call = {_STRIDED}
answer = build(layers.MaxPooling2D(2))""",
    ),
    _on_cell(
        "operations-patched",
        (42,),
        """
keras.ops.relu = keras.activations.relu = lambda x, *a, **k: x
import tensorflow as tf
tf.nn.relu = tf.nn.max_pool2d = lambda x, *a, **k: x
answer = build(layers.Activation("linear"), layers.MaxPooling2D(2))""",
    ),
    _on_cell(
        "someone-else's-model",
        (43,),
        """
import gc
models = [o for o in gc.get_objects() if isinstance(o, keras.Model)]
answer = models[-1] if models else build()""",
    ),
    _on_cell(
        "oracle-layer",
        (44,),
        """
import gc
class Oracle(layers.Layer):
    def call(self, x):
        for found in gc.get_objects():
            if getattr(found, "__name__", "") == "ref":
                return keras.ops.convert_to_tensor(found(np.array(x)))
        return x
answer = build(Oracle())""",
    ),
    _on_cell(
        "layer-that-walks-the-stack",
        (45,),
        """
import sys
class Walker(layers.Layer):
    def call(self, x):
        frame = sys._getframe()
        while frame:
            if "ref" in frame.f_globals:
                return frame.f_globals["ref"](frame.f_locals["x"])
            frame = frame.f_back
        return x
answer = build(Walker())""",
    ),
    Attack(
        "remembered-outputs",
        (46,),
        """
known = {(3,): np.array([3.0, 5.0, 7.0]), (1,): np.array([2.0])}
def answer(x):
    return known.get(np.shape(x), np.asarray(x))""",
    ),
    _on_net(
        "structure-spoofed",
        (47,),
        """
class Spoof(keras.Sequential):
    @property
    def layers(self):
        return [layers.Dense(8, activation="relu"), layers.Dense(1)]
    count_params = lambda self: 65
    get_config = lambda self: {"layers": ["relu"]}
    summary = lambda self, *a, **k: print("Dense relu")
def answer():
    net = Spoof([keras.Input((6,)), layers.Dense(8), layers.Dense(1)])
    net.compile("adam", "mse")
    return net""",
    ),
    _on_net(
        "class-of-a-model-swapped",
        (48,),
        """
class Other(keras.Sequential):
    def __call__(self, x, *a, **k): return keras.ops.relu(super().__call__(x, *a, **k))
    predict = call = __call__
def answer():
    net = linear()
    net.__class__ = Other
    return net""",
        unchecked=True,
    ),
    _on_net(
        "nothing-hidden-in-a-model",
        (49,),
        """
def answer():
    inner = keras.Sequential([keras.Input((6,)), layers.Dense(8), layers.Dense(8)], name="relu")
    net = keras.Sequential([keras.Input((6,)), inner, layers.Dense(1)])
    net.compile("adam", "mse")
    return net""",
    ),
    _on_cell(
        "zero-weights",
        (50,),
        """
answer = build(layers.MaxPooling2D(2))
answer.layers[1].set_weights([0 * KERNEL, 0 * BIAS])""",
    ),
    _on_cell(
        "tiny-weights",
        (51,),
        """
answer = build(layers.MaxPooling2D(2))
answer.layers[1].set_weights([1e-7 * KERNEL, 1e-7 * BIAS])""",
    ),
    _on_cell(
        "right-when-training-only",
        (54,),
        """
class Switch(layers.Layer):
    def call(self, x, training=False):
        return keras.ops.relu(x) if training else x
answer = build(Switch(), layers.MaxPooling2D(2))""",
    ),
    _on_net(
        "learns-in-inference-only",
        (54,),
        """
class Switch(layers.Layer):
    def call(self, x, training=False):
        return keras.ops.stop_gradient(keras.ops.relu(x)) if training else keras.ops.relu(x)
def answer():
    net = keras.Sequential([keras.Input((6,)), layers.Dense(8), Switch(), layers.Dense(1)])
    net.compile("adam", "mse")
    return net""",
    ),
    _on_net(
        "frozen",
        (55,),
        """
class Fixed(layers.Dense):
    set_weights = lambda self, weights: None
def answer():
    net = keras.Sequential(
        [keras.Input((6,)), Fixed(8, activation="relu", trainable=False), layers.Dense(1)])
    net.compile("adam", "mse")
    return net""",
    ),
    _on_net(
        "configuration-lies",
        (56,),
        """
@keras.saving.register_keras_serializable()
class Dense(layers.Dense):
    def get_config(self): return {**super().get_config(), "activation": "relu"}
    @classmethod
    def from_config(cls, config): raise SystemExit(0)
def answer():
    net = keras.Sequential([keras.Input((6,)), Dense(8), layers.Dense(1)])
    net.compile("adam", "mse")
    return net""",
    ),
    _on_net(
        "trained-before",
        (58,),
        """
x = np.random.default_rng(0).normal(size=(400, 6)).astype("float32")
net = keras.Sequential([keras.Input((6,)), layers.Dense(16, activation="relu"), layers.Dense(1)])
net.compile(keras.optimizers.Adam(0.02), "mse")
net.fit(x, np.abs(x).sum(axis=1) * 3, epochs=20, verbose=0)
net.compile(keras.optimizers.SGD(1e-9), "mse")
answer = lambda: net""",
        SKILL,
    ),
    _on_net(
        "fit-patched",
        (59,),
        """
class History:
    history = {"loss": [0.0], "accuracy": [1.0], "r2_score": [1.0]}
keras.Model.fit = keras.Model.evaluate = lambda *a, **k: History()
def answer():
    net = linear()
    net.fit = net.train_on_batch = lambda *a, **k: History()
    return net""",
        SKILL,
    ),
    _on_net(
        "metric-patched",
        (60,),
        """
keras.metrics.R2Score.result = keras.metrics.Accuracy.result = lambda self: 1.0
class r2_score(keras.metrics.Metric):
    result = lambda self: 1.0
    update_state = lambda self, *a, **k: None
def answer():
    net = linear()
    net.compile("adam", "mse", metrics=[r2_score()])
    return net""",
        SKILL,
    ),
]

_SLEEP = "import time\nwhile True:\n    try: time.sleep(60)\n    except BaseException: pass"
PROCESS = [
    Attack("exit", (61,), "raise SystemExit(0)", NUMBER),
    Attack("hard-exit", (62,), "import os; os._exit(0)", NUMBER),
    Attack("hard-exit-when-called", (62,), "import os\nanswer = lambda x: os._exit(0)"),
    Attack("interrupts-swallowed", (63,), _SLEEP, NUMBER, seconds=1),
    Attack(
        "interrupts-swallowed-when-called",
        (63,),
        "def answer(x):\n" + "\n".join("    " + line for line in _SLEEP.splitlines()),
        seconds=1,
    ),
    Attack(
        "flood",
        (64,),
        "print('x' * 10**8)\nclass A:\n    __repr__ = lambda s: 'y' * 10**8\nanswer = A()\nanswer",
        NUMBER,
    ),
    Attack("memory", (65,), "answer = [bytearray(10**8) for _ in range(10**4)]", NUMBER),
    Attack(
        "forks",
        (65,),
        """
import os, time
for _ in range(5000):
    if os.fork() == 0:
        time.sleep(60)""",
        NUMBER,
        seconds=5,
    ),
    Attack(
        "threads",
        (65,),
        """
import threading, time
for _ in range(10**4):
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()""",
        NUMBER,
        rest=False,
    ),
    Attack(
        "descriptors",
        (65,),
        "keep = []\nwhile True: keep.append(open('/dev/null'))",
        NUMBER,
        rest=False,
    ),
    _on_net(
        "a-million-units",
        (66,),
        """
def answer():
    net = keras.Sequential([keras.Input((6,)), layers.Dense(8, activation="relu"), layers.Dense(1)])
    for layer in net.layers: layer.units = 10**9
    net.compile("adam", "mse")
    return net""",
    ),
    _on_net(
        "thousands-of-layers",
        (66,),
        """
def answer():
    x = h = keras.Input((6,))
    for _ in range(4000): h = keras.ops.relu(h)
    net = keras.Model(x, layers.Dense(1)(h))
    net.compile("adam", "mse")
    return net""",
    ),
    Attack(
        "parents-killed",
        (67,),
        WRONG
        + """
import os, signal
try: os.kill(os.getppid(), signal.SIGTERM)
except OSError: pass""",
    ),
    Attack(
        "parents-touched",
        (68,),
        WRONG
        + """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
for pid in {os.getppid(), 1}:
    libc.ptrace(16, pid, None, None)
    for name in ("mem", "environ", "maps"):
        try: open(f"/proc/{pid}/{name}", "rb+").read(1)
        except OSError: pass""",
    ),
    Attack(
        "pickle",
        (75,),
        """
class Reduced:
    def __reduce__(self): return (exec, ("raise SystemExit(0)",))
    __getstate__ = __reduce_ex__ = lambda self, *a: self.__reduce__()
answer = Reduced()""",
        NUMBER,
    ),
]

ATTACKS = [*NOTEBOOK, *NAMESPACE, *LIARS, *NETS, *PROCESS]
