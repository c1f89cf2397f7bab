"""A Keras model -> the stock layers and operations that it consists of.

Functional and Sequential models are written down as they are. Whatever has a ``call`` of its own
(subclassed models, students' layers, lambdas, activations, losses) is called on symbolic tensors,
once for training and once for inference, and the operations that this records are written down.
Runs in the student's process: what it says is a claim, and the judge builds from it what it can.
"""

from __future__ import annotations

import inspect
import itertools
from contextlib import contextmanager

import numpy as np

from autograder.exhibits import allowed
from autograder.messages import msg
from autograder.reading import foreign
from autograder.reading._keras import is_stock, stock_class
from autograder.reading.symbols import calls_in_order, is_symbolic, own_names

MAX_CALLS = 3000  # of layers and operations in one model


class Untraceable(Exception):
    """The model holds something that cannot be followed on symbolic tensors."""


class Taker:
    """Takes models apart for one message. ``shape``: of one input, where the model has none."""

    def __init__(self, letter, shape: tuple | None = None):
        self.letter = letter
        self.shape = shape
        self._tensors: dict[int, int] = {}
        self._held: list = []  # symbolic tensors, so that no id is given twice
        self._count = itertools.count()

    def model(self, model) -> dict:
        """A reference to the definition of ``model``. Raises Untraceable, and whatever an unbuilt
        model raises when it is built."""
        if not model.built and self.shape is not None:
            model.build((None, *self.shape))
        return self.layer(model, with_settings=True)

    # -- layers and models -----------------------------------------------------------------------

    def layer(self, layer, call=None, with_settings=False, wrapped=False) -> dict:
        """A reference to a layer. ``call`` = (args, kwargs) of a call, for one with its own call.
        ``wrapped``: its variables' values come with the layer around it."""

        def define():
            if next(self._count) > MAX_CALLS:
                raise Untraceable(msg("more than {n:,} layers", n=MAX_CALLS).text())
            definition = self._defined(layer, call, wrapped)
            definition["name"] = str(layer.name)[:200]
            definition["trainable"] = bool(layer.trainable)
            if with_settings:
                definition["settings"] = self._settings(layer)
            return definition

        return self.letter.live(layer, define)

    def _defined(self, layer, call, wrapped):
        cls = stock_class(layer)
        kind = cls.__name__ if cls is not None else None
        if kind == "Sequential":
            return self._sequential(layer)
        if kind == "Functional":
            return {"k": "functional", **self._graph(layer)}
        if kind in allowed.layers():
            return {
                "k": "layer",
                "class": kind,
                "config": self._config(layer, cls),
                "values": None if wrapped else self._values(layer),
                "built": _built_for(layer),
            }
        return self._traced(layer, call)

    def _sequential(self, model):
        functional = vars(model).get("_functional")
        given, calls = None, {}
        if functional is not None:
            first = functional.inputs[0]
            given = _declared(first)
            for node in calls_in_order(functional.outputs, {id(first): None}):
                calls[id(node.operation)] = node.arguments.args, node.arguments.kwargs
        layers = [self.layer(part, calls.get(id(part))) for part in model.layers]
        return {"k": "sequential", "layers": layers, "input": given}

    def _graph(self, model):
        inputs = model._inputs_struct
        flat = model.inputs
        for tensor in flat:
            self._tensor(tensor)
        return {
            "inputs": self._structure(inputs, declare=True),
            "nodes": self._calls(model.outputs, flat),
            "outputs": self._structure(model._outputs_struct),
        }

    def _calls(self, outputs, inputs):
        known = {id(t): None for t in inputs}
        nodes = []
        for node in calls_in_order(outputs, known):
            if next(self._count) > MAX_CALLS:
                raise Untraceable(msg("more than {n:,} operations", n=MAX_CALLS).text())
            arguments = node.arguments
            nodes.append(
                {
                    "op": self._operation(node.operation, arguments),
                    "args": [self._structure(a) for a in arguments.args],
                    "kwargs": {str(k): self._structure(v) for k, v in arguments.kwargs.items()},
                    "out": [self._tensor(t) for t in node.output_tensors],
                }
            )
        return nodes

    def _operation(self, operation, arguments):
        from keras import Layer

        if isinstance(operation, Layer):
            return self.layer(operation, (arguments.args, arguments.kwargs))
        if isinstance(operation, foreign.foreign_operation()):
            name = _function_name(operation.function)
            if name is None:
                raise Untraceable(f"tf function {getattr(operation.function, '__name__', '?')}")
            return {"k": "function", "name": name}
        cls = type(operation)
        part = cls.__module__.rpartition(".")[2]
        name = f"{part}.{cls.__name__}"
        if not is_stock(cls) or allowed.operations().get(name) is not cls:
            raise Untraceable(cls.__name__)
        config = self._arguments(operation, cls)
        return {"k": "op", "class": name, "config": config, "name": str(operation.name)[:200]}

    def _arguments(self, operation, cls):
        auto = getattr(operation, "_auto_config", None)
        given = dict(getattr(auto, "config", {}) or {})
        found = {}
        for name in allowed.parameters(cls) - {"name"}:
            value = given.get(name, vars(operation).get(name, inspect.Parameter.empty))
            if value is not inspect.Parameter.empty:
                found[name] = self._structure(value)
        return found

    # -- what has a call of its own --------------------------------------------------------------

    def _traced(self, layer, call):
        from keras import Model, tree

        if call is None:
            call = (self._own_inputs(layer),), {}
        args, kwargs = call
        kwargs = {k: v for k, v in kwargs.items() if k not in ("training", "mask")}
        bound = self._bind(layer, args, kwargs)
        function = layer.call
        if type(layer).__name__ == "Lambda" and is_stock(type(layer)):
            inner, extra = layer.function, dict(layer.arguments or {})

            def function(*values, **named):
                return inner(*values, **named, **extra)

        if not layer.built:
            symbols = tree.map_structure(_fresh, bound)
            layer(*symbols)
        switch = "training" in _signature(function)
        traces = [
            self._trace(function, bound, {"training": mode} if switch else {}, mode)
            for mode in (True, False)
        ]
        return {
            "k": "traced",
            "class": str(type(layer).__name__)[:80],
            "model": isinstance(layer, Model),
            "traces": traces,
            "variables": [
                self._variable(v)
                for v in [*layer._trainable_variables, *layer._non_trainable_variables]
            ],
        }

    def _bind(self, layer, args, kwargs):
        """The tensors that go in, in the order of the signature."""
        if not kwargs:
            return tuple(args)
        try:
            bound = inspect.signature(layer.call).bind(*args, **kwargs)
        except (TypeError, ValueError) as error:
            raise Untraceable(str(error)) from None
        return tuple(bound.arguments.values())

    def _own_inputs(self, layer):
        from keras import KerasTensor

        from autograder.reading.symbols import built_shape

        shape = (None, *self.shape) if self.shape is not None else built_shape(layer)
        if not shape or not all(d is None or isinstance(d, int) for d in shape):
            raise Untraceable(msg("its input shape is not known").text())
        return KerasTensor(shape)

    def _trace(self, function, inputs, kwargs, training=None):
        """Call ``function`` on fresh symbols and write down what it recorded. ``training``: the mode
        of the call around it."""
        from keras import tree

        symbols = tree.map_structure(_fresh, inputs)
        flat = [t for t in tree.flatten(symbols) if is_symbolic(t)]
        try:
            with foreign.recorded(), _in_mode(training):
                outputs = function(*symbols, **kwargs)
            found = [t for t in tree.flatten(outputs)]
        except Exception as error:  # a student's code may fail in any way
            raise Untraceable(f"{type(error).__name__}: {error}") from error
        if not found or not all(is_symbolic(t) for t in found):
            raise Untraceable(msg("its outputs do not depend on its inputs").text())
        for tensor in flat:
            self._tensor(tensor)
        return {
            "training": training,
            "inputs": [self._structure(s, declare=True) for s in symbols],
            "nodes": self._calls(found, flat),
            "outputs": self._structure(outputs),
        }

    # -- arguments -------------------------------------------------------------------------------

    def _tensor(self, tensor) -> int:
        n = self._tensors.get(id(tensor))
        if n is None:
            n = self._tensors[id(tensor)] = len(self._held)
            self._held.append(tensor)
        return n

    def _structure(self, value, declare=False):
        from keras import KerasTensor, Variable, ops

        if isinstance(value, KerasTensor):
            found = {"k": "t", "i": self._tensor(value)}
            if declare:
                found |= _declared(value)
            return found
        if isinstance(value, Variable):
            return self._variable(value)
        if value is None or type(value) in (bool, int, float, str):
            return self.letter.value(value)
        if value is Ellipsis:
            return {"k": "ellipsis"}
        if isinstance(value, (list, tuple)):
            kind = "list" if isinstance(value, list) else "tuple"
            return {"k": kind, "v": [self._structure(v, declare) for v in value]}
        if isinstance(value, dict):
            pairs = [[str(k), self._structure(v, declare)] for k, v in value.items()]
            return {"k": "dict", "v": pairs}
        if isinstance(value, slice):
            parts = (value.start, value.stop, value.step)
            return {"k": "slice", "v": [self._structure(v) for v in parts]}
        if isinstance(value, (np.ndarray, np.generic)) or ops.is_tensor(value):
            try:
                array = np.array(ops.convert_to_numpy(value), subok=False)
            except Exception as error:
                raise Untraceable(str(error)) from None
            return self.letter.array(array, "tensor")
        if type(value).__name__ == "DType" or isinstance(value, (type, np.dtype)):
            return getattr(value, "name", None) or getattr(value, "__name__", str(value))
        raise Untraceable(type(value).__name__)

    def _variable(self, variable):
        def define():
            array = np.array(variable.numpy(), subok=False)
            return {
                "k": "variable",
                "value": self.letter.array(array, "array"),
                "dtype": str(variable.dtype),
                "trainable": bool(variable.trainable),
                "name": str(variable.name)[:200],
            }

        return self.letter.live(variable, define)

    def _values(self, layer):
        """The values of all variables of a stock layer, in its own order; None when not built."""
        if not layer.built:
            return None
        return [
            self.letter.array(np.array(v.numpy(), subok=False), "array") for v in layer.variables
        ]

    # -- settings --------------------------------------------------------------------------------

    def _config(self, layer, cls):
        """Arguments that make the same stock layer again, from its attributes as they are now."""
        config = _config_of(layer, cls)
        known = allowed.parameters(cls)
        found = {}
        for name, value in config.items():
            if name not in known or name in ("name", "trainable"):
                continue
            if name == "dtype":
                found[name] = layer.dtype_policy.name
                continue
            live = getattr(layer, name, value)
            if name == "layer" and cls.__name__ == "Bidirectional":
                live = layer.forward_layer
            elif name not in ("layer", "backward_layer", "cell", "cells") and not (
                callable(live) or isinstance(value, dict)
            ):
                live = value
            if name.endswith("_initializer") and _is_own_function(live):
                found[name] = {"k": "unknown-initializer"}  # its values come along
                continue
            found[name] = self._setting(live, layer)
        return found

    def _setting(self, value, layer=None):
        """A value of a configuration: plain data, a stock object, or a function."""
        from keras import Layer, Variable

        if isinstance(value, Layer):
            return self.layer(value, self._activation_call(layer), wrapped=True)
        if isinstance(value, (list, tuple)):
            kind = "list" if isinstance(value, list) else "tuple"
            return {"k": kind, "v": [self._setting(v, layer) for v in value]}
        if isinstance(value, dict):
            return {"k": "dict", "v": [[str(k), self._setting(v, layer)] for k, v in value.items()]}
        if value is None or isinstance(
            value, (bool, int, float, str, np.generic, np.ndarray, Variable)
        ):
            return self._structure(value)
        name = _function_name(value)
        if name is not None:
            return {"k": "function", "name": name}
        for cls in type(value).__mro__:
            kind = _kind_of(cls)
            if kind is not None:
                if cls is not type(value) and "__call__" in own_names(value):
                    break
                return self._object(value, cls, kind)
        if callable(value):
            inputs = self._activation_call(layer)[0] if layer is not None else None
            if inputs is not None:
                trace = self._trace(value, inputs, {})
                name = getattr(value, "__name__", type(value).__name__)
                return {"k": "traced-function", "name": str(name)[:80], "trace": trace}
        raise Untraceable(type(value).__name__)

    def _object(self, value, cls, kind):
        try:
            config = cls.get_config(value)
        except Exception as error:
            raise Untraceable(f"{cls.__name__}: {error}") from None
        known = allowed.parameters(cls)
        found = {}
        for name, item in config.items():
            if name not in known:
                continue
            live = getattr(value, name, item) if isinstance(item, dict) else item
            if name == "learning_rate" and isinstance(item, dict):
                live = value._learning_rate
            if name == "fn":  # a loss or metric around a function
                live = item
            found[name] = self._setting(live)
        return {"k": "object", "class": f"{kind}.{cls.__name__}", "config": found}

    def _activation_call(self, layer):
        """Symbols for a function that is applied to what ``layer`` answers."""
        from keras import KerasTensor

        rank = {"1D": 3, "2D": 4, "3D": 5}.get(type(layer).__name__[-2:], 2)
        shape = (None,) * (rank - 1) + (
            getattr(layer, "filters", None) or getattr(layer, "units", None),
        )
        nodes = getattr(layer, "_inbound_nodes", None)
        if nodes:
            shape = tuple(nodes[-1].output_tensors[0].shape)
        return (KerasTensor(shape),), {}

    def _settings(self, model):
        """What the model was compiled with; None when it was not."""
        if not getattr(model, "compiled", False):
            return None
        metrics = getattr(getattr(model, "_compile_metrics", None), "_user_metrics", None)
        weights = getattr(getattr(model, "_compile_loss", None), "_user_loss_weights", None)
        return {
            "optimizer": self._setting(model.optimizer),
            "loss": self._loss(model),
            "metrics": self._metrics(metrics),
            "weights": self._setting(weights),
        }

    def _loss(self, model):
        from keras import KerasTensor

        loss = getattr(model, "loss", None)
        try:
            return self._setting(loss)
        except Untraceable:
            if not callable(loss):
                raise
        try:
            shape = tuple(model.outputs[0].shape)
        except (AttributeError, TypeError, IndexError, ValueError):
            shape = (None, None)
        function = loss.call if hasattr(loss, "call") else loss
        trace = self._trace(function, (KerasTensor(shape), KerasTensor(shape)), {})
        name = getattr(loss, "__name__", type(loss).__name__)
        return {"k": "traced-function", "name": str(name)[:80], "trace": trace}

    def _metrics(self, metrics):
        """Metrics decide nothing; one of the student's own is left out by its name alone."""
        if not isinstance(metrics, (list, tuple)):
            metrics = [] if metrics is None else [metrics]
        found = []
        for metric in metrics:
            try:
                found.append(self._setting(metric))
            except Untraceable:
                continue
        return {"k": "list", "v": found}


@contextmanager
def _in_mode(training: bool | None):
    """While inside, layers that are not told their mode find this one, as in a call of a layer around
    them: Keras asks no ``call`` to pass ``training`` on. None: as they find it."""
    if training is None:
        yield
        return
    from keras.src.backend.common import global_state
    from keras.src.layers.layer import CallContext

    name = "current_call_ctx"
    before = global_state.get_global_attribute(name)
    context = CallContext(entry_layer=None)
    context.training = training
    global_state.set_global_attribute(name, context)
    try:
        yield
    finally:
        global_state.set_global_attribute(name, before)


def _is_own_function(value):
    """A function, or an object of a class that is not Keras'."""
    return callable(value) and _kind_of(type(value)) is None and _function_name(value) is None


def _built_for(layer):
    """The input shape that a layer was built for, [None, 8, 8, 1]; None when it is not known."""
    shapes = list((getattr(layer, "_build_shapes_dict", None) or {}).values())
    if len(shapes) == 1 and isinstance(shapes[0], (tuple, list)):
        shape = list(shapes[0])
        return shape if all(n is None or isinstance(n, int) for n in shape) else None
    return None


def _declared(tensor):
    """What an input is declared as; its name is that of its layer."""
    history = getattr(tensor, "_keras_history", None)
    name = getattr(history and history.operation, "name", tensor.name)
    return {"shape": list(tensor.shape), "dtype": str(tensor.dtype), "name": str(name)[:200]}


def _fresh(value):
    """A symbol of its own for every symbol; anything else as it is."""
    from keras import KerasTensor

    if isinstance(value, KerasTensor):
        return KerasTensor(value.shape, dtype=value.dtype)
    return value


def _signature(function):
    try:
        return set(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return set()


def _function_name(value):
    known = allowed.function_names().get(id(value))
    if known is None and callable(value):
        for name in getattr(value, "_tf_api_names", None) or ():
            if f"tf.{name}" in allowed.functions():
                return f"tf.{name}"
    return known


def _kind_of(cls):
    for kind in ("initializers", "regularizers", "constraints", "optimizers", "losses", "metrics",
                 "schedules"):  # fmt: skip
        if allowed.objects().get(f"{kind}.{cls.__name__}") is cls:
            return kind
    return None


def _config_of(layer, cls):
    """``get_config`` of the stock class; from the signature where an attribute has no words."""
    from keras import activations

    swapped = {}
    for name in ("activation", "recurrent_activation"):
        value = getattr(layer, name, None)
        if callable(value) and _function_name(value) is None:
            swapped[name] = value
            object.__setattr__(layer, name, activations.linear)
    try:
        return cls.get_config(layer)
    except Exception:
        return {
            name: getattr(layer, name)
            for name in allowed.parameters(cls)
            if hasattr(layer, name) and name not in ("name", "trainable")
        }
    finally:
        for name, value in swapped.items():
            object.__setattr__(layer, name, value)
