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
from autograder.exhibits.traces import Place, Step, Trace, TracedFunction, traced_classes
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
        self._made: list = []  # held until the document is read; then by what they are parts of
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
        known = self.receiver.live(n)
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
        self._made.append(found)
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
        outputs = self._trace({**d, "training": None, "inputs": []}).run(tensors, _measure)
        return keras.Model(inputs, outputs, name=_name(d))

    def _traced(self, d):
        traces = [self._compiled(trace) for trace in d["traces"]]
        cls = traced_classes()[1 if d["model"] else 0]
        # Messages call a layer by its class now and then: as the student named it.
        kind = d["class"] if str(d["class"]).isidentifier() else cls.__name__
        own = type(kind, (cls,), {"__module__": __name__})
        variables = [self.live(v["n"]) for v in d["variables"]]
        return own(traces, variables, name=_name(d))

    def _trace(self, d):
        """A Trace whose operations, layers and constants are made."""
        self._count(len(d["nodes"]))
        steps = [
            Step(
                self._operation(node["op"]),
                [self._structure(a) for a in node["args"]],
                {str(k): self._structure(v) for k, v in node["kwargs"].items()},
                [int(i) for i in node["out"]],
            )
            for node in d["nodes"]
        ]
        inputs = [self._structure(i) for i in d["inputs"]]
        return Trace(d["training"], inputs, steps, self._structure(d["outputs"]))

    def _compiled(self, d):
        """A Trace that was run once on symbols: shapes fit, layers are built, sizes counted."""
        found, tensors = self._trace(d), {}
        self._declared({"k": "list", "v": d["inputs"]}, tensors, symbols=True)
        found.run(tensors, _measure)
        return found

    def _variable(self, d):
        import keras

        array = self.reading.arrays[d["value"]["a"]]
        self._allocate(array.shape)
        return keras.Variable(
            array, dtype=_dtype(d["dtype"]), trainable=bool(d["trainable"]), name=_name(d)
        )

    # -- calls -----------------------------------------------------------------------------------

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
        found = {name: self._structure(value) for name, value in config.items()}
        if "dtype" in found and isinstance(found["dtype"], str):
            _dtype(found["dtype"])
        return found

    def _structure(self, d):
        """An argument; where a symbolic tensor goes, a Place."""
        if not isinstance(d, dict):
            if d is None or type(d) in (bool, int, float, str):
                return d
            raise ValueError("a bare list")
        kind = d["k"]
        if kind == "t":
            return Place(int(d["i"]))
        if kind in ("list", "tuple"):
            found = [self._structure(v) for v in d["v"]]
            return found if kind == "list" else tuple(found)
        if kind == "dict":
            found = {str(k): self._structure(v) for k, v in d["v"]}
            if "class_name" in found:  # Keras would make whatever it names
                raise ValueError("a configuration")
            return found
        if kind == "ellipsis":
            return Ellipsis
        if kind == "slice":
            return slice(*[self._structure(v) for v in d["v"]])
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
        given = {name: self._structure(d[name]) for name in ("optimizer", "loss", "metrics")}
        weights = self._structure(d["weights"])
        model.compile(**given, **({"loss_weights": weights} if weights is not None else {}))


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
