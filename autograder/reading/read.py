"""The entry point: which inputs a model takes, and tracing it from there."""

from __future__ import annotations

import re
import warnings

from autograder.messages import Message, msg
from autograder.reading.graph import LayerGraph, shown
from autograder.reading.symbols import built_shape, is_shape, map_shapes, own_names


class ReadError(ValueError):
    """The model cannot be read. The text says what was expected, received, and what to do.

    ``partial`` is the LayerGraph up to the layer that failed, when there is one; ``layer`` its
    name.
    """

    def __init__(self, message: Message, partial: LayerGraph | None = None, layer=None):
        self.message = message
        self.partial = partial
        self.layer = layer
        super().__init__(message)

    def text(self, lang: str | None = None) -> str:
        return self.message.text(lang)

    def __str__(self):
        return self.text()


def read(model, input_shape=None) -> LayerGraph:
    """The primitive operations of a Keras model or layer, in order.

    ``input_shape`` has no batch: ``(28, 28, 1)``; a list of shapes for several inputs. It is
    needed for models that were never built and have no Input, and overrides unknown sizes of
    those that have. The model is left as it was: weights, names and random states.

    Raises ReadError when the input shape is missing or a layer cannot take what it is given.
    """
    from keras import Layer

    from autograder.reading._unchanged import unchanged

    if not isinstance(model, Layer):
        raise ReadError(
            msg(
                "Expected a Keras model or layer. Received: {what}.",
                what=type(model).__name__ if model is not None else "None",
            )
        )
    with unchanged(model), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a line on stderr would cost a student the mark
        return _read(model, input_shape)


def _read(model, input_shape):
    from autograder.reading import merging
    from autograder.reading._keras import stock_class
    from autograder.reading.tracing import Tracer

    tracer = Tracer()
    cls = stock_class(model)
    functional = None
    if cls is not None and cls.__name__ == "Functional":
        functional = model
    elif cls is not None and cls.__name__ == "Sequential":
        functional = vars(model).get("_functional")
    if functional is not None:
        declared = functional.inputs
        shapes = [tuple(t.shape) for t in declared]
        if input_shape is not None:
            shapes = _batched(input_shape)
            if len(shapes) != len(declared):
                raise ReadError(
                    msg(
                        "Expected {n} input shapes. Received: {shape}.",
                        n=len(declared),
                        shape=repr(input_shape),
                    )
                )
        values = [
            tracer.emit("input", {}, (), s, _input_name(t), None, t.dtype)
            for s, t in zip(shapes, declared, strict=True)
        ]
        known = {id(t): v for t, v in zip(declared, values, strict=True)}
        outputs = _guarded(tracer, model, lambda: tracer.walk(functional.outputs, known), values)
    else:
        structure = _input_structure(model, cls, input_shape)
        values = []

        def source(shape):
            name = f"input_{len(values)}" if values else "input"
            values.append(tracer.emit("input", {}, (), shape, name, None, _dtype(model)))
            return values[-1]

        arguments = map_shapes(source, structure)
        outputs = _guarded(tracer, model, lambda: _call(tracer, model, cls, arguments), values)
    nodes, ends, inputs = merging.tidy(
        tracer.nodes, [(v.node, v.port) for v in outputs], [v.node for v in values]
    )
    return LayerGraph(nodes, ends, model.name, inputs)


def _call(tracer, model, cls, arguments):
    """Nodes of a model or layer that keeps no graph of its own."""
    if cls is not None and cls.__name__ == "Sequential":
        from keras import tree

        for layer in model.layers:
            tracer.last = layer
            symbols = tree.map_structure(_symbol, arguments)
            recorded = tree.flatten(layer(symbols))
            values = tracer.apply(layer, (arguments,), {}, recorded, True)
            arguments = values[0] if len(values) == 1 else values
        return tree.flatten(arguments)
    if cls is not None:  # one layer of Keras
        from keras import tree

        recorded = tree.flatten(model(tree.map_structure(_symbol, arguments)))
        return tracer.apply(model, (arguments,), {}, recorded, True)
    return _own(tracer, model, arguments)


def _own(tracer, model, arguments):
    """A subclassed model or a student's layer: its ``call`` is followed."""
    from keras import tree

    symbols = tree.map_structure(_symbol, arguments)
    if not model.built and "build" in own_names(model):
        model(symbols)  # builds the weights that its own build() makes
    inputs = tree.flatten(arguments)
    try:
        values = tracer.own_call(model, (arguments,), {}, inputs, None)
    except Exception as error:
        try:  # Keras may be able to run what cannot be followed
            recorded = _outputs(model, symbols)
        except Exception:
            raise error from None
        del tracer.nodes[len(inputs) :]
        return tracer.opaque(model, inputs, recorded, type(model))
    # The model's own name is not part of the paths inside it.
    for node in tracer.nodes:
        node.path = node.path.removeprefix(f"{model.name}/")
    return values


def _outputs(model, symbols):
    """Symbolic outputs of a model that can be run but not followed."""
    from keras import KerasTensor, ops, tree

    try:
        return tree.flatten(model(symbols))
    except Exception:
        if not model.built:
            raise
        zeros = tree.map_structure(
            lambda t: ops.zeros([2 if d is None else d for d in t.shape], t.dtype), symbols
        )
        values = [[v.value for v in model.trainable_variables]]
        values += [[v.value for v in model.non_trainable_variables]]
        try:
            outputs, _ = model.stateless_call(*values, zeros)  # leaves the variables alone
        except Exception:
            outputs = None
        if outputs is None:
            raise
        return [KerasTensor((None, *t.shape[1:]), t.dtype) for t in tree.flatten(outputs)]


def _input_name(tensor):
    history = getattr(tensor, "_keras_history", None)
    return getattr(history and history.operation, "name", tensor.name)


def _symbol(value):
    from keras import KerasTensor

    return KerasTensor(value.shape, dtype=value.dtype)


def _dtype(model):
    first = model
    while getattr(first, "layers", None):
        first = first.layers[0]
    kind = type(first).__name__
    return "int32" if kind in ("Embedding", "CategoryEncoding") else "float32"


def _guarded(tracer, model, trace, values):
    """Run ``trace``; failures become a ReadError that names the layer and its input."""
    try:
        return trace()
    except ReadError:
        raise
    except Exception as error:
        layer = tracer.last
        nodes, partial, before = list(tracer.nodes), None, ""
        if nodes:
            from autograder.reading import merging

            end = nodes[-1]
            kept, ends, inputs = merging.tidy(nodes, [(end.id, 0)], [v.node for v in values])
            partial = LayerGraph(kept, ends, model.name, inputs)
            before = shown(end.shape)
        name = getattr(layer, "name", model.name)
        raise ReadError(
            msg(
                "Cannot read {model}: layer {layer} fails on an input of {shape}: {reason}",
                model=repr(model.name),
                layer=repr(name),
                shape=before or "?",
                reason=_reason(error),
            ),
            partial,
            name,
        ) from error


def _reason(error):
    """The line of Keras' message that says what is wrong, without colours and preamble."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if not line.startswith(("Exception encountered", "Arg"))]
    return (telling or lines or [repr(error)])[0][:300]


def _input_structure(model, cls, input_shape):
    """Shapes with the batch in front, in the structure that ``call`` takes."""
    if input_shape is not None:
        shapes = _batched(input_shape)
        if isinstance(input_shape, dict):
            return dict(zip(input_shape, shapes, strict=True))
        return shapes[0] if is_shape(input_shape) else shapes
    known = built_shape(model)
    if known is None:
        raise ReadError(
            msg(
                "Expected a model whose input shape is known. Received: {model}, which was not built "
                "yet. Pass input_shape, for example read(model, input_shape=(28, 28, 1)), or "
                "put keras.Input(...) in front.",
                model=repr(model.name),
            )
        )
    return known


def _batched(input_shape):
    """[(None, 28, 28, 1)] for (28, 28, 1), one entry an input."""
    if isinstance(input_shape, int):
        input_shape = (input_shape,)
    if is_shape(input_shape):
        return [(None, *input_shape)]
    shapes = list(input_shape.values() if isinstance(input_shape, dict) else input_shape)
    if not shapes or not all(is_shape(s) for s in shapes):
        raise ReadError(
            msg(
                "Expected input_shape as a tuple without the batch, such as (28, 28, 1), or a "
                "list of such tuples. Received: {shape}.",
                shape=repr(input_shape),
            )
        )
    return [(None, *s) for s in shapes]
