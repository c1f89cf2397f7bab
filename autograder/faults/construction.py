"""Why a net does not build: where the map vanished, and what it had been through."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass

from autograder.errors import CheckFailed, CouldNotCheck
from autograder.messages import Lines, Message, msg


@dataclass(frozen=True)
class Failure:
    """What an exception in a net's construction tells.

    kind, text: of the exception. layer: the name of the layer that stopped, or None; window: its
    kernel or pool; shapes: of the tensors on the way to it, the last one goes into it.
    """

    kind: str
    text: str
    layer: str | None = None
    window: tuple[int, ...] = ()
    shapes: tuple[tuple, ...] = ()


@contextmanager
def with_frames():
    """While inside, exceptions keep the frames that hold the layers which were built so far."""
    import keras

    filtered = keras.config.is_traceback_filtering_enabled()
    keras.config.disable_traceback_filtering()
    try:
        yield
    finally:
        if filtered:
            keras.config.enable_traceback_filtering()


@contextmanager
def explain_construction(name: str, input_shape: tuple[int, ...]):
    """Turns an exception while a student's function builds a net into CheckFailed with its reason."""
    with with_frames():
        try:
            yield
        except (CheckFailed, CouldNotCheck):
            raise
        except Exception as error:
            raise CheckFailed(_explained(name, failure(error))) from None


def failure(error: BaseException) -> Failure:
    """The Failure that an exception tells, or that it brought along from another process."""
    told = getattr(error, "failure", None)
    if type(told) is Failure:
        return told
    layer, tensor = _failing_layer(error)
    text = " ".join(str(error).split())
    if layer is None:
        return Failure(type(error).__name__, text)
    window = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None) or ()
    shapes = (*_history(tensor), tuple(tensor.shape))
    return Failure(type(error).__name__, text, layer.name, tuple(window), shapes)


def _explained(name, told: Failure) -> Message:
    text = told.text
    stops = msg(
        "`{name}()` stops with {kind}: {text}",
        name=name,
        kind=told.kind,
        text=text if len(text) < 160 else text[:159] + "…",
    )
    if told.layer is None:
        return stops
    given = told.shapes[-1]
    if "zero or negative" in text or "negative dimension" in text.lower():
        return Lines(
            msg(
                "The net does not build: the map has run out of pixels at layer `{layer}`, which needs at least "
                "{needs} and gets {gets}.",
                layer=told.layer,
                needs="x".join(map(str, told.window)) if told.window else "?",
                gets="x".join(map(str, given[1:3])),
            ),
            msg("Map sizes on the way: {sizes} → ✗", sizes=_strip(told.shapes)),
            msg("Padding 'same', fewer blocks, a smaller pool: count the pixels first."),
        )
    return Lines(
        stops,
        msg(
            "It stops at layer `{layer}`, whose input is {shape}.",
            layer=told.layer,
            shape=given,
        ),
    )


def _failing_layer(error):
    """The innermost Keras layer that was being called, and the symbolic tensor it was given."""
    import keras

    layer = tensor = None
    step = error.__traceback__
    while step is not None:
        local = step.tb_frame.f_locals
        owner = local.get("self")
        if isinstance(owner, keras.Layer) and not isinstance(owner, keras.Model):
            candidates = (
                [*local.get("args", ()), local.get("inputs")]
                if isinstance(local.get("args", ()), tuple)
                else []
            )
            given = next((v for v in candidates if isinstance(v, keras.KerasTensor)), None)
            if given is not None:
                layer, tensor = owner, given
        step = step.tb_next
    return layer, tensor


def _history(tensor) -> list[tuple]:
    """Shapes of the tensors before ``tensor``, first to last, along its first inputs."""
    shapes = []
    while True:
        operation, index, _ = getattr(tensor, "_keras_history", (None, 0, 0))
        if operation is None or not operation._inbound_nodes:
            break
        inputs = operation._inbound_nodes[index].input_tensors
        if not inputs:
            break
        tensor = inputs[0]
        shapes.append(tuple(tensor.shape))
    return shapes[::-1]


def _strip(shapes) -> str:
    """100 → 96 → 32: the widths of the maps, repetitions left out."""
    widths = [shape[1] for shape in shapes if len(shape) == 4]
    return " → ".join(str(w) for i, w in enumerate(widths) if i == 0 or widths[i - 1] != w)
