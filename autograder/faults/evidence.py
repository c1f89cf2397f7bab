"""Numbers measured on the model itself, with inputs and randomness of our own.

Nothing here changes the model or anybody's randomness: weights that a pass may move, the layers'
seed generators and the global random states are put back. Every pass is paid from a budget of
seconds, estimated beforehand; what is too dear is not run, and :attr:`Gauge.skipped` says so.
"""

from __future__ import annotations

import sys
import warnings
from contextlib import contextmanager
from functools import cached_property
from math import prod

import numpy as np

from autograder.faults._rule import kernel_of
from autograder.messages import Message, msg
from autograder.reading import is_dropout

_SAMPLES = 64
# Of eager TensorFlow on one slow core: for a call of one operation, and for multiply-adds.
_SECONDS_AN_OPERATION, _MACS_A_SECOND = 4e-4, 5e9
_WATCHED = ("relu", "sigmoid", "tanh", "softmax")
#: Seconds that the numbers of a finding may cost where nobody asked for measurements.
CHEAP = 0.1


def inputs_for(graph, samples: int = _SAMPLES) -> np.ndarray:
    """Random float32 inputs N(0, 1) of the model's input shape, always the same."""
    shape = graph[graph.inputs[0]].shape[1:]
    rng = np.random.default_rng(0)
    return rng.normal(size=(samples, *[d or 8 for d in shape])).astype(np.float32)


def sample_inputs(graph) -> np.ndarray:
    """Of :func:`inputs_for`, fewer samples for large pictures: a measurement takes milliseconds or
    is not taken."""
    x = inputs_for(graph, 1)
    return inputs_for(graph, int(np.clip(100_000 // max(x.size, 1), 4, _SAMPLES)))


def random_inputs(graph, samples: int) -> list[np.ndarray] | None:
    """One array an input: N(0, 1), or valid indices where an embedding reads them.

    None where numbers are no input: text, or a rank that nothing is known of.
    """
    rng = np.random.default_rng(0)
    made = []
    for i in graph.inputs:
        node = graph[i]
        if not node.shape:
            return None
        unknown = 32 if len(node.shape) == 4 else 8
        shape = (samples, *[d or unknown for d in node.shape[1:]])
        readers = graph.frontier(node, lambda n: n.op in ("identity", "reshape"))
        tables = [n.params["input_dim"] for n in readers if n.op == "embedding"]
        if tables:
            made.append(rng.integers(0, min(tables), size=shape).astype(np.int32))
        else:
            made.append(rng.normal(size=shape).astype(np.float32))
    return made


@contextmanager
def unchanged(model):
    """Puts weights, optimiser state, seed generators and global random states back as they were."""
    from autograder.reading._unchanged import unchanged as attributes_unchanged

    kept = [(v, np.array(v.numpy())) for v in _movable(model)]
    restore = _tensorflow_randomness()
    with attributes_unchanged(model):
        try:
            yield
        finally:
            for variable, value in kept:
                variable.assign(value)
            restore()


def foreign(model) -> bool:
    """Whether any layer of the model, or the model itself, is of a class that is not Keras' own."""
    from keras import Layer

    from autograder.reading._keras import is_stock

    return not all(is_stock(type(layer)) for layer in Layer._flatten_layers(model))


def _movable(model) -> list:
    """The variables that running the model may change. Keras' own layers move only statistics and
    seeds; of other people's layers nothing is known, so all are kept."""
    if not foreign(model):
        return [*model.non_trainable_variables]
    variables = [*model.variables]
    if getattr(model, "optimizer", None) is not None:
        variables += list(model.optimizer.variables)
    return variables


def _tensorflow_randomness():
    """A function that puts TensorFlow's own generators back, which layers of other people may use."""
    if "tensorflow" not in sys.modules:
        return lambda: None
    from tensorflow.python.eager import context
    from tensorflow.python.ops import stateful_random_ops

    source = getattr(context.context(), "_rng", None)
    state = None if source is None else source.getstate()
    generator = getattr(stateful_random_ops, "global_generator", None)
    numbers = None if generator is None else np.array(generator.state.numpy())

    def restore():
        if source is not None:
            source.setstate(state)
        if generator is not None:
            generator.state.assign(numbers)

    return restore


def row_sums(subject, answer, training: bool = False) -> np.ndarray | None:
    """Sums of an answer over its last axis, shape (samples,); None where a pass is too dear."""
    outputs = subject.gauge.outputs(training)
    if outputs is None:
        return None
    found = outputs[[a.node.id for a in subject.answers].index(answer.node.id)]
    return found.reshape(-1, found.shape[-1]).sum(-1)


def effective_units(subject, node) -> float | None:
    """exp(entropy) of a softmax on random inputs, on average: how many of its units do the work."""
    values = subject.gauge.value_of(node)
    if values is None:
        return None
    p = np.clip(values, 1e-12, 1)
    return float(np.exp(-(p * np.log(p)).sum(-1)).mean())


def collapsed(graph, first, second) -> dict:
    """What one layer instead of two linear ones would cost, and how far its answers would differ.

    Multiply-adds for one sample and parameters before and after; the error, relative to the
    answers' size in float64, where the two follow each other directly.
    """
    if not first.variables or not second.variables or None in (first.macs, second.macs):
        return {}
    pointwise = second.op == "dense" or set(second.params.get("kernel_size", (0,))) == {1}
    way = graph[second.inputs[0]]
    while is_dropout(way) or way.op == "identity":
        way = graph[way.inputs[0]]
    same = first.op == second.op or second.op.startswith("conv")
    if not pointwise or way is not first or not same or first.op.endswith("_transpose"):
        return {}
    kernels = [kernel_of(n) for n in (first, second)]
    if any(k is None or "int" in str(k.dtype) for k in kernels):
        return {}
    inner, outer = kernels[0].shape[-1], kernels[1].shape[-1]
    fan_in = prod(kernels[0].shape[:-1])
    evidence = {
        "macs_before": first.macs + second.macs,
        "macs_after": first.macs // inner * outer,
        "parameters_before": first.parameters + second.parameters,
        "parameters_after": fan_in * outer + outer,
    }
    if fan_in * inner + inner * outer > 1_000_000:
        return evidence
    (a, b), (c, d) = (_affine(n) for n in (first, second))
    x = np.random.default_rng(0).normal(size=(8, fan_in))
    two, one = (x @ a + b) @ c + d, x @ (a @ c) + (b @ c + d)
    evidence["collapse_error"] = float(np.abs(two - one).max() / max(np.abs(two).max(), 1e-300))
    return evidence


def _affine(node):
    kernel = np.asarray(kernel_of(node).value, float)
    kernel = kernel.reshape(-1, kernel.shape[-1])
    biases = [v for v in node.variables if len(v.shape) == 1] if node.params.get("use_bias") else []
    bias = np.asarray(biases[0].value, float) if biases else np.zeros(kernel.shape[-1])
    return kernel, bias


class Gauge:
    """Passes of one model on random inputs, each run once and only within ``seconds``."""

    def __init__(self, model, graph, losses, seconds: float, thorough: bool):
        self.model, self.graph, self.losses = model, graph, losses
        self.seconds, self.thorough = seconds, thorough
        self.skipped: list[Message] = []

    # -- what may be run -------------------------------------------------------------------------

    @cached_property
    def samples(self) -> int:
        numbers = sum(prod(d or 8 for d in self.graph[i].shape[1:]) for i in self.graph.inputs)
        few = int(np.clip(100_000 // max(numbers, 1), 4, _SAMPLES))
        macs = self.graph.macs or 0
        if macs:
            few = int(np.clip(5e8 // macs, 2, few))
        return few

    def _pays(self, passes: float, what: Message) -> bool:
        """Whether so many forward passes fit in what is left of the budget."""
        from keras import Model

        if not isinstance(self.model, Model) or not self.model.built:
            self._skip(what, msg("the model is not built"))
            return False
        if self.graph.macs is None and self.seconds <= CHEAP:
            return False
        macs = (self.graph.macs or 0) * self.samples
        cost = passes * (len(self.graph) * _SECONDS_AN_OPERATION + macs / _MACS_A_SECOND)
        if cost <= self.seconds:
            self.seconds -= cost  # the estimate, not the clock: the same model, the same report
            return True
        self._skip(what, msg("it would take longer than the time allowed"))
        return False

    def _skip(self, what, reason):
        self.skipped.append(msg("Not measured: {what}; {reason}.", what=what, reason=reason))

    @cached_property
    def inputs(self):
        made = random_inputs(self.graph, self.samples)
        declared = getattr(self.model, "inputs", None) or []
        if made is None or any("string" in str(t.dtype) for t in declared):
            return None
        if any(tuple(t.shape)[:1] not in ((None,), (self.samples,)) for t in declared):
            size = next(t.shape[0] for t in declared if t.shape[0])
            made = [np.resize(x, (size, *x.shape[1:])) for x in made]
        return made

    def _arguments(self, arrays):
        from keras import tree

        structure = getattr(self.model, "_inputs_struct", None)
        if structure is not None:
            return tree.pack_sequence_as(structure, arrays)
        return arrays[0] if len(arrays) == 1 else arrays

    def _run(self, what: Message, passes: float, function):
        """``function()`` within the budget, the model left as it was; None where it cannot be had."""
        if not self._pays(passes, what):
            return None
        if self.inputs is None:
            self._skip(what, msg("no random input can be made for it"))
            return None
        try:
            with unchanged(self.model), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return function()
        except Exception as error:  # other people's layers may refuse for any reason
            self._skip(what, msg("the model stops with {kind}", kind=type(error).__name__))
            return None

    # -- forward ---------------------------------------------------------------------------------

    def outputs(self, training: bool) -> list[np.ndarray] | None:
        """One array an answer of the model on the random inputs."""
        if training:
            return self._trained
        return None if self._passed is None else self._passed[0]

    @cached_property
    def _trained(self):
        if self.thorough and self.step is not None:
            return self._of_step  # the same pass
        what = msg("answers to random inputs")
        return self._run(what, 1, lambda: self._answers(self.inputs, True))

    @cached_property
    def _passed(self):
        """(answers, {node id: what it gives out}) of one pass as in inference."""
        wanted = self._watched()
        what = msg("answers to random inputs")
        if not wanted:
            return self._run(what, 1, lambda: (self._answers(self.inputs, False), {}))

        def measure():
            from keras import Model, ops, tree

            tensors = [layer.output for layer in wanted.values()]
            part = Model(self.model.inputs, [*tree.flatten(self.model.outputs), *tensors])
            arrays = self.inputs
            made = tree.flatten(part(arrays if len(arrays) > 1 else arrays[0], training=False))
            made = [np.asarray(ops.convert_to_numpy(m), float) for m in made]
            ends = len(made) - len(tensors)
            return self._by_answer(made[:ends]), dict(zip(wanted, made[ends:], strict=True))

        return self._run(what, 1, measure)

    def _watched(self) -> dict:
        """{node id: layer} of activations of layers of the model itself, not of models inside it."""
        if not getattr(self.model, "inputs", None):
            return {}
        layers = {layer.name: layer for layer in getattr(self.model, "layers", ())}
        found = {}
        for node in self.graph.nodes:
            if node.op not in _WATCHED or "/" in node.path or node.id in self.graph.outputs:
                continue
            layer = layers.get(node.layer)
            if layer is node.source and len(getattr(layer, "_inbound_nodes", ())) == 1:
                found[node.id] = layer
        return found

    def _answers(self, arrays, training):
        from keras import ops, tree

        made = tree.flatten(self.model(self._arguments(arrays), training=training))
        return self._by_answer([np.asarray(ops.convert_to_numpy(m), float) for m in made])

    def _by_answer(self, made):
        unique = dict(zip(self.graph.outputs, made, strict=False))
        return [unique[i] for i in self.graph.outputs]

    def affine_error(self) -> float | None:
        """|f(x + y) - f(x) - f(y) + f(0)| over |f|, before the last activations are taken off.

        Only of nets whose answers have no activation: None for the others.
        """
        arrays = self.inputs
        if arrays is None or any(x.dtype != np.float32 for x in arrays):
            return None
        rng = np.random.default_rng(1)

        def measure():
            others = [rng.normal(size=x.shape).astype(np.float32) for x in arrays]
            at = [
                [x + y for x, y in zip(arrays, others, strict=True)],
                arrays,
                others,
                [np.zeros_like(x) for x in arrays],
            ]
            both, one, other, none = (self._answers(a, False) for a in at)
            gaps = [
                float(np.abs(b - f - g + n).max() / max(np.abs(b - n).max(), 1e-12))
                for b, f, g, n in zip(both, one, other, none, strict=True)
            ]
            return max(gaps)

        return self._run(msg("whether the net is affine"), 4, measure)

    def value_of(self, node) -> np.ndarray | None:
        """What an activation of the model gives out on the random inputs; None where not seen."""
        return None if self._passed is None else self._passed[1].get(node.id)

    @property
    def _hidden(self):
        """(node, its values) of the activations that were seen."""
        seen = {} if self._passed is None else self._passed[1]
        return [(self.graph[i], values) for i, values in seen.items()]

    def dead_units(self):
        """(node, share of units that are 0 on every input) where more than half are."""
        for node, values in self._hidden:
            units = values.reshape(-1, values.shape[-1])
            if node.op == "relu" and units.shape[1] > 1:
                dead = float((np.abs(units).max(0) < 1e-5).mean())
                if dead > 0.5:
                    yield node, dead

    def saturated_units(self):
        """(node, share of values whose slope is below a tenth of the steepest) where most are."""
        for node, values in self._hidden:
            if node.op == "tanh":
                slope = 1 - values**2
            elif node.op == "sigmoid":
                slope = 4 * values * (1 - values)
            else:
                continue
            share = float((slope < 0.1).mean())
            if share > 0.5:
                yield node, share

    # -- one step --------------------------------------------------------------------------------

    @cached_property
    def step(self):
        """(loss, {path of a trainable variable: (variable, gradient)}) on random labels, or None.

        Gradients only: no step is made, so neither weights nor the optimiser's state move.
        """
        from keras import backend

        what = msg("the gradients of one step")
        if backend.backend() != "tensorflow":
            self._skip(what, msg("that needs the TensorFlow backend"))
            return None
        return self._run(what, 3, self._gradients)

    def _gradients(self):
        import tensorflow as tf
        from keras import tree

        variables = list(self.model.trainable_variables)
        with tf.GradientTape() as tape:
            made = tree.flatten(self.model(self._arguments(self.inputs), training=True))
            parts = [
                self._loss(i, loss, output)
                for i, (loss, output) in enumerate(zip(self.losses, made, strict=False))
            ]
            total = tf.add_n([tf.cast(p, tf.float32) for p in parts])
        gradients = tape.gradient(total, [v.value for v in variables])
        found = {}
        for variable, gradient in zip(variables, gradients, strict=True):
            if gradient is None:
                gradient = np.zeros(variable.shape, np.float32)
            elif isinstance(gradient, tf.IndexedSlices):
                gradient = tf.convert_to_tensor(gradient)
            found[variable.path] = (variable, np.asarray(gradient, np.float32))
        self._of_step = self._by_answer([np.asarray(m, float) for m in made])
        return float(total), found

    def _loss(self, i, loss, output):
        """The mean loss of one output against random labels; of an unknown loss a random sum."""
        import keras

        rng = np.random.default_rng(2 + i)
        shape = tuple(int(d) for d in output.shape)
        classes = shape[-1]
        if loss.name == "sparse_categorical_crossentropy":
            labels = rng.integers(0, classes, size=shape[:-1])
        elif loss.name in ("categorical_crossentropy", "categorical_focal_crossentropy"):
            labels = np.eye(classes, dtype=np.float32)[rng.integers(0, classes, size=shape[:-1])]
        elif loss.cross_entropy:
            labels = rng.integers(0, 2, size=shape).astype(np.float32)
        elif loss.hinge:
            labels = rng.choice([-1.0, 1.0], size=shape).astype(np.float32)
        elif loss.regression:
            labels = rng.random(size=shape).astype(np.float32) + 0.5
        else:
            return keras.ops.mean(output * rng.normal(size=shape).astype(np.float32))
        given = getattr(keras.losses, loss.name)
        settings = {"from_logits": True} if loss.from_logits else {}
        return keras.ops.mean(given(labels, output, **settings))

    def still(self) -> tuple[int, int] | None:
        """(variables that get no gradient at all, trainable variables); None where not measured."""
        if self.step is None:
            return None
        gradients = [g for _, g in self.step[1].values()]
        return sum(not np.abs(g).max(initial=0) > 0 for g in gradients), len(gradients)
