"""What a call was seen to do, to be done again: by models, and in place of a student's own layers."""

from __future__ import annotations


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
