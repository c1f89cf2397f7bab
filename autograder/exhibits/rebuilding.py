"""Stock layers and operations -> a Keras model, within bounds.

Only classes of the tables in :mod:`allowed` are made, with arguments that these classes take. Before a
variable is allocated its size is counted; every symbolic result is measured; nothing is computed
with numbers while a model is built. Of layers that were the student's own, a :class:`Traced` one
takes the place: it does again what their ``call`` was seen to do.
"""

from __future__ import annotations

import math
from contextlib import contextmanager

from autograder.errors import CheckFailed
from autograder.exhibits import allowed
from autograder.messages import msg
from autograder.reading import foreign

MAX_CALLS = 3500
MAX_PARAMETERS = 64_000_000
MAX_ACTIVATIONS = 64_000_000  # numbers of one sample in one tensor
_DTYPES = {
    "float16", "float32", "float64", "bfloat16", "mixed_float16", "mixed_bfloat16", "int8",
    "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool",
}  # fmt: skip


class Builder:
    """Builds the models of one document; ``reading`` knows its definitions and arrays."""

    def __init__(self, reading):
        self.reading = reading
        self.receiver = reading.receiver
        self._being_made: set[int] = set()
        self._values: list = []  # (layer, arrays) to be set when all is built
        self._room = MAX_PARAMETERS
        self._calls = 0

    def model(self, n: int):
        """The model or layer number ``n``, with its variables' values and settings."""
        with self._counting(), foreign.recorded():
            found = self.live(n)
            for layer, arrays, shape in self._values:
                if not layer.built and shape is not None:  # alone, in a model that is not built
                    layer.build(_shape(shape))
                _assign(layer, arrays)
        self._values.clear()
        settings = self.reading.definitions.get(n, {}).get("settings")
        if settings is not None:
            self._compile(found, settings)
        return found

    def live(self, n):
        n = int(n)
        known = self.receiver.live.get(n)
        if known is not None:
            return known
        if n in self._being_made:
            raise ValueError("a model inside of itself")
        self._being_made.add(n)
        d = self.reading.definitions[n]
        make = {
            "layer": self._layer,
            "sequential": self._sequential,
            "functional": self._functional,
            "traced": self._traced,
            "variable": self._variable,
        }[d["k"]]
        found = make(d)
        if d["k"] != "variable" and not d["trainable"]:
            found.trainable = False
        self.receiver.keep(n, found)
        return found

    # -- layers and models -----------------------------------------------------------------------

    def _layer(self, d):
        cls = allowed.layers()[d["class"]]
        layer = cls(**self._arguments(cls, d["config"]), name=_name(d))
        if d["values"] is not None:
            arrays = [self.reading.arrays[v["a"]] for v in d["values"]]
            self._values.append((layer, arrays, d.get("built")))
        return layer

    def _sequential(self, d):
        import keras

        layers = [self.live(part["n"]) for part in d["layers"]]
        self._count(len(layers))
        if d["input"] is not None:
            layers.insert(0, _input(d["input"]))
        model = keras.Sequential(layers, name=_name(d))
        if model._functional is not None:
            for node in model._functional.operations:
                _measure([t for call in node._inbound_nodes for t in call.output_tensors])
        return model

    def _functional(self, d):
        import keras

        tensors: dict[int, object] = {}
        inputs = self._declared(d["inputs"], tensors)
        self.replay(d["nodes"], tensors, _measure)
        outputs = self._structure(d["outputs"], tensors)
        return keras.Model(inputs, outputs, name=_name(d))

    def _traced(self, d):
        traces = [self._compiled(trace) for trace in d["traces"]]
        cls = traced_classes()[1 if d["model"] else 0]
        # Messages call a layer by its class now and then: as the student named it.
        kind = d["class"] if str(d["class"]).isidentifier() else cls.__name__
        own = type(kind, (cls,), {"__module__": __name__})
        variables = [self.live(v["n"]) for v in d["variables"]]
        return own(traces, variables, name=_name(d))

    def _compiled(self, trace):
        """A trace whose operations, layers and constants are made, ready to be done again."""
        inputs = trace["inputs"]
        nodes = [
            Step(
                self._operation(node["op"]),
                [self._structure(a, None) for a in node["args"]],
                {str(k): self._structure(v, None) for k, v in node["kwargs"].items()},
                [int(i) for i in node["out"]],
            )
            for node in trace["nodes"]
        ]
        self._count(len(nodes))
        found = Trace(
            trace["training"],
            [self._structure(i, None) for i in inputs],
            nodes,
            self._structure(trace["outputs"], None),
        )
        tensors: dict[int, object] = {}
        self._declared({"k": "list", "v": inputs}, tensors, symbols=True)
        found.run(tensors, _measure)  # once on symbols: shapes fit, layers are built, sizes counted
        return found

    def _variable(self, d):
        import keras

        array = self.reading.arrays[d["value"]["a"]]
        self._allocate(array.shape)
        return keras.Variable(
            array, dtype=_dtype(d["dtype"]), trainable=bool(d["trainable"]), name=_name(d)
        )

    # -- calls -----------------------------------------------------------------------------------

    def replay(self, nodes, tensors, look):
        self._count(len(nodes))
        for node in nodes:
            operation = self._operation(node["op"])
            args = [self._structure(a, tensors) for a in node["args"]]
            kwargs = {str(k): self._structure(v, tensors) for k, v in node["kwargs"].items()}
            _keep(tensors, [int(i) for i in node["out"]], operation(*args, **kwargs), look)

    def _operation(self, d):
        if d["k"] == "live":
            return self.live(d["n"])
        if d["k"] == "function":
            function = allowed.functions()[d["name"]]
            if not d["name"].startswith("tf."):
                raise ValueError("no operation")
            return function
        if d["k"] == "op":
            cls = allowed.operations()[d["class"]]
            operation = cls(**self._arguments(cls, d["config"]))
            operation.name = _name(d) or operation.name
            return operation
        raise ValueError("no operation")

    def _count(self, n):
        self._calls += n
        if self._calls > MAX_CALLS:
            raise CheckFailed(
                msg("Expected: a model of at most {most:,} layers. Found: more.", most=MAX_CALLS)
            )

    def _declared(self, d, tensors, symbols=False):
        """Inputs of a model in their structure, noted in ``tensors``."""
        kind = d["k"] if isinstance(d, dict) else None
        if kind in ("list", "tuple"):
            found = [self._declared(v, tensors, symbols) for v in d["v"]]
            return found if kind == "list" else tuple(found)
        if kind == "dict":
            return {str(k): self._declared(v, tensors, symbols) for k, v in d["v"]}
        if kind != "t":
            if symbols:
                return None
            raise ValueError("no input")
        tensors[int(d["i"])] = found = _symbol(d) if symbols else _input(d)
        return found

    # -- arguments -------------------------------------------------------------------------------

    def _arguments(self, cls, config):
        known = allowed.parameters(cls)
        if not set(config) <= known:
            raise ValueError(f"arguments {sorted(set(config) - known)}")
        found = {name: self._structure(value, None) for name, value in config.items()}
        if "dtype" in found and isinstance(found["dtype"], str):
            _dtype(found["dtype"])
        return found

    def _structure(self, d, tensors):
        """An argument; symbolic tensors as they are in ``tensors``, as places when that is None."""
        if not isinstance(d, dict):
            if d is None or type(d) in (bool, int, float, str):
                return d
            raise ValueError("a bare list")
        kind = d["k"]
        if kind == "t":
            return Place(int(d["i"])) if tensors is None else tensors[int(d["i"])]
        if kind in ("list", "tuple"):
            found = [self._structure(v, tensors) for v in d["v"]]
            return found if kind == "list" else tuple(found)
        if kind == "dict":
            found = {str(k): self._structure(v, tensors) for k, v in d["v"]}
            if "class_name" in found:  # Keras would make whatever it names
                raise ValueError("a configuration")
            return found
        if kind == "ellipsis":
            return Ellipsis
        if kind == "slice":
            return slice(*[self._structure(v, tensors) for v in d["v"]])
        if kind == "live":
            return self.live(d["n"])
        if kind == "function":
            return allowed.functions()[d["name"]]
        if kind == "object":
            cls = allowed.objects()[d["class"]]
            return cls(**self._arguments(cls, d["config"]))
        if kind == "unknown-initializer":  # a student's own: drawn anew, it is Keras' usual one
            import keras

            return keras.initializers.GlorotUniform()
        if kind == "traced-function":
            return TracedFunction(self._compiled(d["trace"]), str(d["name"]))
        if kind in ("tensor", "array"):
            return self.reading.arrays[d["a"]]
        if kind in ("int", "scalar", "complex"):
            return self.reading.value(d)
        raise ValueError(f"argument {kind!r}")

    # -- variables and settings ------------------------------------------------------------------

    def _allocate(self, shape):
        self._room -= math.prod(int(n) for n in shape)
        if self._room < 0:
            raise CheckFailed(
                msg("Expected: at most {most:,} weights. Found: more.", most=MAX_PARAMETERS)
            )

    @contextmanager
    def _counting(self):
        """While inside, no layer allocates a variable before it was counted. Values follow later, so
        none is drawn: the generators stay where they are."""
        from keras import Layer

        original, builder = Layer.add_weight, self

        def add_weight(layer, shape=None, initializer=None, *args, **kwargs):
            builder._allocate(shape or ())
            return original(layer, shape, "zeros", *args, **kwargs)

        Layer.add_weight = add_weight
        try:
            yield
        finally:
            Layer.add_weight = original

    def _compile(self, model, d):
        given = {name: self._structure(d[name], None) for name in ("optimizer", "loss", "metrics")}
        weights = self._structure(d["weights"], None)
        model.compile(**given, **({"loss_weights": weights} if weights is not None else {}))


class Place:
    """Where a tensor goes in the arguments of a step."""

    def __init__(self, i: int):
        self.i = i


class Step:
    def __init__(self, operation, args, kwargs, out):
        self.operation, self.args, self.kwargs, self.out = operation, args, kwargs, out


class Trace:
    """The operations that a call was seen to do; ``training``: the mode it was called in, or None."""

    def __init__(self, training, inputs, steps, outputs):
        self.training, self.inputs, self.steps, self.outputs = training, inputs, steps, outputs

    def __call__(self, *inputs):
        tensors: dict[int, object] = {}
        _match(self.inputs, list(inputs), tensors)
        return self.run(tensors)

    def run(self, tensors, look=None):
        for step in self.steps:
            result = step.operation(
                *[_filled(a, tensors) for a in step.args],
                **{k: _filled(v, tensors) for k, v in step.kwargs.items()},
            )
            _keep(tensors, step.out, result, look)
        return _filled(self.outputs, tensors)

    def parts(self):
        """(layers, variables) that the steps use, each once."""
        from keras import Layer, Variable, tree

        layers = [s.operation for s in self.steps if isinstance(s.operation, Layer)]
        values = tree.flatten([[s.args, s.kwargs] for s in self.steps])
        variables = [v for v in values if isinstance(v, Variable)]
        return (list({id(x): x for x in found}.values()) for found in (layers, variables))


class TracedFunction:
    """A function of a student's: an activation, a regularizer, a loss."""

    def __init__(self, trace: Trace, name: str):
        self.trace = trace
        self.__name__ = name

    def __call__(self, *inputs):
        return self.trace(*inputs)


_classes: list = []


def traced_classes() -> list:
    """[layer class, model class] of what stands for a student's own ones."""
    if not _classes:
        import keras

        class Own:
            def __init__(self, traces, variables, name):
                super().__init__(name=name)
                self._traces = _Hidden(traces)
                layers, used = {}, {id(v): v for v in variables}
                for trace in traces:
                    found, more = trace.parts()
                    layers |= {id(x): x for x in found}
                    used |= {id(v): v for v in more}
                self.parts = list(layers.values())
                self.own_variables = list(used.values())

            def build(self, *_):
                self.built = True

            def call(self, inputs, second=None, third=None, fourth=None, training=None):
                traces = self._traces.value
                wanted = bool(training)
                trace = next((t for t in traces if t.training in (None, wanted)), traces[0])
                given = [inputs, second, third, fourth][: len(trace.inputs)]
                return trace(*given)

        class Traced(Own, keras.Layer):
            pass

        class TracedModel(Own, keras.Model):
            pass

        _classes.extend([Traced, TracedModel])
    return _classes


class _Hidden:
    """Keeps Keras from tracking, copying or wrapping what it holds."""

    def __init__(self, value):
        self.value = value


def _match(declared, given, tensors):
    if isinstance(declared, Place):
        tensors[declared.i] = given
    elif isinstance(declared, (list, tuple)):
        for d, g in zip(declared, given, strict=True):
            _match(d, g, tensors)
    elif isinstance(declared, dict):
        for key, d in declared.items():
            _match(d, given[key], tensors)


def _filled(value, tensors):
    if isinstance(value, Place):
        return tensors[value.i]
    if isinstance(value, list):
        return [_filled(v, tensors) for v in value]
    if isinstance(value, tuple):
        return tuple(_filled(v, tensors) for v in value)
    if isinstance(value, dict):
        return {k: _filled(v, tensors) for k, v in value.items()}
    return value


def _keep(tensors, places, result, look):
    from keras import tree

    results = tree.flatten(result)
    if len(results) != len(places):
        raise ValueError("outputs")
    if look is not None:
        look(results)
    tensors.update(zip(places, results, strict=True))


def _measure(tensors):
    for tensor in tensors:
        size = math.prod(d for d in tuple(tensor.shape)[1:] if d is not None)
        if size > MAX_ACTIVATIONS:
            raise CheckFailed(
                msg(
                    "Expected: at most {most:,} numbers a sample in every layer. Found: {found:,}.",
                    most=MAX_ACTIVATIONS,
                    found=size,
                )
            )


def _input(d):
    import keras

    tensor = keras.Input(batch_shape=_shape(d["shape"]), dtype=_dtype(d["dtype"]), name=_name(d))
    _measure([tensor])
    return tensor


def _symbol(d):
    import keras

    return keras.KerasTensor(_shape(d["shape"]), dtype=_dtype(d["dtype"]))


def _shape(shape):
    if len(shape) > 8 or not all(n is None or type(n) is int and n >= 0 for n in shape):
        raise ValueError("shape")
    return tuple(shape)


def _dtype(name):
    if name not in _DTYPES:
        raise ValueError("dtype")
    return name


def _name(d):
    return str(d["name"])[:200] or None


def _assign(layer, arrays):
    variables = layer.variables
    if len(variables) != len(arrays):
        raise ValueError("variables")
    for variable, array in zip(variables, arrays, strict=True):
        if tuple(variable.shape) != array.shape:
            raise ValueError("shape of a variable")
        variable.assign(array)
    if hasattr(
        layer, "finalize_state"
    ):  # Normalization computes with constants made of its variables
        layer.finalize_state()
