"""What every check of a repaired model begins with.

The student writes a function that returns a compiled model. Every check that trains it has it built
anew, so that neither a spoilt fit nor trained weights decide anything; those that leave it as it was
share one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import contextmanager

from autograder.checks._task import call, innermost
from autograder.errors import CheckFailed, CouldNotCheck
from autograder.exhibits.expecting import expecting
from autograder.exhibits.remote import why_untraceable
from autograder.messages import Lines, msg


def built(make, task):
    """A fresh model from the student's function, shaped as ``task`` asks.

    Raises CheckFailed: the function stops, returns no model, or a model of another shape.
    """
    import keras

    from autograder.faults import explain_construction

    name = getattr(make, "__name__", "the net")
    if isinstance(make, keras.Model):
        raise CheckFailed(
            msg(
                "Expected: a function that returns a model. Found: a model. Keep `def {name}():`.",
                name="…",
            )
        )
    if callable(make):
        with explain_construction(name, task.input_shape), expecting(task.input_shape):
            net = make()
    else:
        net = call(make)  # says that it is no function
    if (why := why_untraceable(net)) is not None:
        raise CouldNotCheck(
            msg(
                "`{name}()` returns a model that cannot be taken apart into layers and operations of "
                "Keras, so it could not be checked ({why}). This costs you nothing: your instructor "
                "will look at it.",
                name=name,
                why=why,
            )
        )
    if not isinstance(net, keras.Model):
        raise CheckFailed(
            msg(
                "`{name}()` should return a Keras model. It returned {kind}.",
                name=name,
                kind=type(net).__name__,
            )
        )
    _refuse_classes(net)
    with explain_construction(name, task.input_shape):
        if not net.built:
            net.build((None, *task.input_shape))
        # A traced call: a subclass knows its output's shape no other way.
        answer = net.compute_output_spec(keras.KerasTensor((1, *task.input_shape)))
        shape = tuple(getattr(answer, "shape", ()))  # several outputs have no common shape
    if shape[1:] != task.output_shape[1:]:
        raise CheckFailed(
            msg(
                "Expected: an answer of shape {right} for every batch. Found: {shape}.",
                right=task.output_shape,
                shape=(None, *shape[1:]),
            )
        )
    if getattr(net, "loss", None) is None or net.optimizer is None:
        raise CheckFailed(
            msg(
                "`{name}()` returns a model that is not compiled: no loss, no optimiser.", name=name
            )
        )
    return net


def examined(make, task):
    """:func:`built`, for a check that leaves the model as it was: one for all of them in a test cell."""
    cell = innermost()
    if cell is None:
        return built(make, task)
    for known, of, net in cell.examined:
        # The student's own objects are not asked whether they are equal.
        same = known == make if isinstance(known, _Completed) else known is make
        if same and of == task:
            return net
    net = built(make, task)
    cell.examined.append((make, task, net))
    return net


def forget_examined() -> None:
    """Drop what :func:`examined` holds: large nets are to make room for the next."""
    if cell := innermost():
        cell.examined.clear()


def refuse_same(make, net, earlier) -> None:
    """Raises CheckFailed if ``net`` has a variable of ``earlier``; ``make`` has returned both."""
    known = {id(variable) for variable in earlier.variables}
    if net is earlier or any(id(variable) in known for variable in net.variables):
        raise CheckFailed(
            msg(
                "`{name}()` returns the same weights at every call. Expected: a new net each time, "
                "made inside of the function.",
                name=getattr(make, "__name__", "the net"),
            )
        )


def _refuse_classes(net) -> None:
    """Keras takes ``activation=layers.ReLU`` without a word, and only fails where the net is used."""
    import keras

    for layer in net.layers:
        kind = getattr(layer, "activation", None)
        if isinstance(kind, type) and issubclass(kind, keras.Layer):
            raise CheckFailed(
                msg(
                    "Layer `{layer}` has a class as its activation, {name}. Expected: a function or an "
                    "object. Write `layers.{name}()`, with brackets.",
                    layer=layer.name,
                    name=kind.__name__,
                )
            )


def graph_of(net, task):
    from autograder.reading import read

    return read(net, input_shape=task.input_shape)


def with_loss(net, task) -> None:
    from autograder.faults import loss_of

    loss_of(net).demand(task)


@contextmanager
def explain_training():
    """Turns an exception that Keras or TensorFlow raises in training into CheckFailed."""
    try:
        yield
    except Exception as error:
        # TensorFlow's own exceptions are no ValueErrors: labels of another shape, for example.
        if isinstance(error, ValueError) or type(error).__module__.startswith("tensorflow"):
            raise CheckFailed(_training_stopped(error)) from None
        raise


def _training_stopped(error) -> Lines:
    text = " ".join(str(error).split())
    return Lines(
        msg("Training stops with an error; do loss, output and labels fit together?"),
        "  " + (text if len(text) < 200 else text[:199] + "…"),
    )


def compiled(make: Callable) -> Callable:
    """``make``, whose model is compiled for it when the student has not done so.

    For checks that are not about compiling: one omission costs its own points only.
    """
    import keras

    return _Completed(make) if callable(make) and not isinstance(make, keras.Model) else make


class _Completed:
    """A function of the student's that returns a compiled model, whatever it returned before. Two of
    one function are equal."""

    def __init__(self, make):
        functools.update_wrapper(self, make, assigned=("__name__",), updated=())
        self._make = make

    def __call__(self):
        import keras

        net = self._make()
        if isinstance(net, keras.Model) and (
            getattr(net, "loss", None) is None or net.optimizer is None
        ):
            net.compile("adam", "sparse_categorical_crossentropy")
        return net

    def __eq__(self, other):
        return isinstance(other, _Completed) and self._make is other._make
