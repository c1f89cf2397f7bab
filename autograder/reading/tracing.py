"""Follow the data through a model and write down each primitive operation.

Functional and Sequential models hold their calls as Keras nodes, which are walked. What has a
``call`` of its own (subclassed models, students' layers, lambdas) is called on symbolic tensors,
which record the same kind of nodes. What can be followed in neither way is tried as a function of
one tensor, and stays one 'custom' node when that fails too.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from autograder.reading import elementwise, foreign, layers, operations, spatial
from autograder.reading._keras import is_stock, snake, stock_class
from autograder.reading.costs import macs
from autograder.reading.symbols import (
    Draft,
    NotTraceable,
    Value,
    calls_in_order,
    elementwise_names,
    fill,
    fingerprint,
    is_symbolic,
    live_shape,
    other_arguments,
    output_shapes,
    own_names,
    symbolic_like,
    values_in,
)


@dataclass
class Tracer:
    nodes: list[Draft] = field(default_factory=list)
    names: list[str] = field(default_factory=list)  # enclosing models and layers
    owners: list = field(default_factory=list)  # enclosing layers with a call of their own
    last: object = None  # the layer at work, for error messages

    # -- writing nodes ---------------------------------------------------------------------------

    def emit(self, op, params, inputs, shape, name, source, dtype="float32", **extra) -> Value:
        variables = tuple(extra.pop("variables", ()))
        shapes = tuple(v.shape for v in inputs)
        node = Draft(
            id=len(self.nodes),
            op=op,
            layer=name,
            path="/".join([*self.names, name]),
            params=params,
            inputs=tuple(v.node for v in inputs),
            ports=tuple(v.port for v in inputs),
            input_shapes=shapes,
            shape=tuple(shape),
            variables=variables,
            source=source,
            macs=macs(op, params, shapes, tuple(shape), variables),
            owner=self.owners[-1] if self.owners else None,
            **extra,
        )
        self.nodes.append(node)
        return Value(node.id, 0, node.shape, dtype)

    # -- walking Keras nodes ---------------------------------------------------------------------

    def walk(self, outputs, known) -> list[Value]:
        """Values of the symbolic tensors ``outputs``, given ``known`` {id(tensor): Value}."""
        for keras_node in calls_in_order(outputs, known):
            recorded = keras_node.output_tensors
            if all(id(t) in known for t in recorded):
                continue
            inputs = keras_node.arguments.keras_tensors
            same = all(known[id(t)].shape == tuple(t.shape) for t in inputs)
            args, kwargs = keras_node.arguments.convert(
                lambda x: known.get(id(x), x) if is_symbolic(x) else x
            )
            values = self.apply(keras_node.operation, args, kwargs, recorded, same)
            known.update((id(t), v) for t, v in zip(recorded, values, strict=True))
        return [known[id(t)] for t in outputs]

    def apply(self, operation, args, kwargs, recorded, same) -> list[Value]:
        """Write the nodes of one call. ``recorded`` are the symbolic outputs of that call,
        ``same`` says whether it was recorded for the present input shapes."""
        from keras import Layer

        inputs = values_in((args, kwargs))
        if not isinstance(operation, Layer):
            return self._operation(operation, args, kwargs, inputs, recorded, same)
        self.last = operation
        cls = stock_class(operation)
        if cls is None:
            return self.own_call(operation, args, kwargs, inputs, recorded)
        kind = cls.__name__
        if kind == "InputLayer":
            return [self.emit("input", {}, (), recorded[0].shape, operation.name, operation)]
        if kind == "Functional":
            return self._inside(operation, operation, inputs)
        if kind == "Sequential":
            inner = vars(operation).get("_functional")
            if inner is not None:
                return self._inside(operation, inner, inputs)
            return self.own_call(operation, args, kwargs, inputs, recorded)
        if kind == "TimeDistributed" and type(operation.layer).__name__ == "Dense":
            # Dense works on the last axis alone: the same with or without the wrapper.
            operation, cls = operation.layer, type(operation.layer)
            if stock_class(operation) is not None:
                return self._stock(operation, cls, args, {}, inputs, recorded, True)
        if kind == "Lambda":
            return self._lambda(operation, args, kwargs, inputs, recorded)
        return self._stock(operation, cls, args, kwargs, inputs, recorded, same)

    def _inside(self, model, functional, inputs):
        self.names.append(model.name)
        try:
            known = {id(t): v for t, v in zip(functional.inputs, inputs, strict=True)}
            return self.walk(functional.outputs, known)
        finally:
            self.names.pop()

    # -- layers ----------------------------------------------------------------------------------

    def _stock(self, layer, cls, args, kwargs, inputs, recorded, same):
        shapes = tuple(v.shape for v in inputs)
        outputs = output_shapes(layer, args, kwargs, recorded, same)
        if len(inputs) == 1 and not kwargs and len(recorded) == 1:
            # Attributes may have been edited since the call was recorded.
            outputs = live_shape(layer, cls, shapes[0], outputs)
        op, params, activation = layers.describe(layer, cls, shapes, outputs[0])
        dtype = recorded[0].dtype
        weights = layers.weights_of(layer)
        if op == "identity" and activation is not None:
            value = self.activate(activation, inputs[0], layer, own=True)
        else:
            value = self.emit(
                op, params, inputs, outputs[0], layer.name, layer, dtype, variables=weights
            )
            if activation is not None:
                value = self.activate(activation, value, layer)
        more = [
            Value(value.node, i, tuple(s), t.dtype)
            for i, (s, t) in enumerate(zip(outputs[1:], recorded[1:], strict=True), 1)
        ]
        return [value, *more]

    def activate(self, fn, value, layer, own=False) -> Value:
        """The node of an activation; none for the identity, unless it is a layer of its ``own``."""
        from keras import Layer

        if isinstance(fn, Layer):
            tensor = symbolic_like(value)
            return self.apply(fn, (value,), {}, [fn(tensor)], True)[0]
        rank = len(value.shape)
        found = elementwise.known_function(fn)
        if found is None and fn is elementwise.softmax():
            found = "softmax", {"axis": rank - 1}
        if found is None:
            found = elementwise.recognise(fn, rank, value.shape[-1])
        if found is None:
            try:
                return self._follow(fn, (value,), {}, layer)[0]
            except NotTraceable:
                found = "custom", {"function": fingerprint(fn)}
        op, params = found
        if op == "identity" and not own:
            return value
        return self.emit(op, params, (value,), value.shape, layer.name, layer, value.dtype)

    def _lambda(self, layer, args, kwargs, inputs, recorded):
        kwargs = {k: v for k, v in kwargs.items() if k not in ("training", "mask")}
        kwargs |= layer.arguments
        return self._try(layer, layer.function, args, kwargs, inputs, recorded, layer.function)

    def own_call(self, layer, args, kwargs, inputs, recorded):
        if stock_class(layer) is None and "__call__" in own_names(layer):
            return self.opaque(layer, inputs, recorded, layer)
        kwargs = dict(kwargs)
        if "training" in layer.call_signature_parameters and "training" not in kwargs:
            kwargs["training"] = True  # what is there in training only is part of the model
        return self._try(layer, layer.call, args, kwargs, inputs, recorded, type(layer))

    def _try(self, layer, fn, args, kwargs, inputs, recorded, identity):
        """Follow ``fn``; when that fails name it by its values; when that fails it is opaque."""
        before = len(self.nodes)
        try:
            values = self._follow(fn, args, kwargs, layer)
            if recorded is None or len(values) == len(recorded):
                return values
        except NotTraceable as error:
            if recorded is None:  # a whole model: the caller decides
                raise error.__cause__ or error from None
        del self.nodes[before:]
        if len(inputs) == len(recorded) == 1 and not layer.variables:
            value, out = inputs[0], tuple(recorded[0].shape)

            def run(x):
                filled = fill((args, kwargs), {id(value): x})
                return fn(*filled[0], **filled[1])

            found = None
            if out == value.shape:
                found = elementwise.recognise(run, len(out), out[-1])
            found = found or spatial.recognise(run, value.shape, out)
            if found:
                return [self.emit(*found, inputs, out, layer.name, layer, recorded[0].dtype)]
        return self.opaque(layer, inputs, recorded, identity)

    def opaque(self, layer, inputs, recorded, identity):
        params = {"function": fingerprint(identity)}
        value = self.emit(
            "custom",
            params,
            inputs,
            recorded[0].shape,
            layer.name,
            layer,
            recorded[0].dtype,
            variables=layers.weights_of(layer),
        )
        return [Value(value.node, i, tuple(t.shape), t.dtype) for i, t in enumerate(recorded)]

    def _follow(self, fn, args, kwargs, layer):
        """Call ``fn`` on symbolic tensors and walk what it recorded."""
        from keras import tree

        tensors = {id(v): symbolic_like(v) for v in values_in((args, kwargs))}
        known = {id(tensors[id(v)]): v for v in values_in((args, kwargs))}
        args, kwargs = fill((args, kwargs), tensors)
        self.names.append(layer.name)
        self.owners.append(layer)
        try:
            with foreign.recorded():
                outputs = tree.flatten(fn(*args, **kwargs))
            if not outputs or not all(is_symbolic(t) for t in outputs):
                raise NotTraceable
            return self.walk(outputs, known)
        except NotTraceable:
            raise
        except Exception as error:  # a student's code may fail in any way
            raise NotTraceable from error
        finally:
            self.names.pop()
            self.owners.pop()

    # -- keras.ops -------------------------------------------------------------------------------

    def _operation(self, operation, args, kwargs, inputs, recorded, same):
        outputs = output_shapes(operation, args, kwargs, recorded, same)
        shapes, shape = tuple(v.shape for v in inputs), outputs[0]
        variables, constants = other_arguments((args, kwargs))
        name = operation.name
        if self.owners:
            name = self.owners[-1].name
        dtype = recorded[0].dtype
        stock = is_stock(type(operation))

        def fn(*arrays):
            filled = fill((args, kwargs), dict(zip(map(id, inputs), arrays, strict=True)))
            return operation.call(*filled[0], **filled[1])

        extra = {"variables": variables}
        found = None
        if stock and len(inputs) == 1 and args and isinstance(args[0], Value) and variables:
            found = operations.kernel_operation(operation, variables[0], shapes[0], shape)
            extra["raw_kernel"] = found is not None
        if isinstance(operation, foreign.foreign_operation()) and not variables:
            found = foreign.describe(operation, fn, inputs, shape)
            stock = found is not None
        if stock and found is None:
            run = None if variables else fn
            found = operations.describe(
                operation, run, inputs, (args, kwargs), constants, shapes, shape
            )
        if found is None:
            found = "custom", {"function": fingerprint(type(operation))}
        kind = type(operation).__name__
        flat = stock and not variables and all(s == shape for s in shapes)
        if flat and (kind in operations.POINTWISE or found[0] in elementwise_names()):
            extra["fn"] = fn
        if kind == "Add" and len(inputs) == 1 and len(others := [*variables, *constants]) == 1:
            extra["bias"] = others[0]
        value = self.emit(*found, inputs, shape, name, operation, dtype, **extra)
        if self.owners:  # several operations of one layer: the path tells them apart
            self.nodes[-1].path += f"/{snake(kind)}"
        return [
            Value(value.node, i, tuple(s), t.dtype)
            for i, (s, t) in enumerate(zip(outputs, recorded, strict=True))
        ]
