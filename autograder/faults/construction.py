"""Why a net does not build: where the map vanished, and what it had been through."""

from __future__ import annotations

from contextlib import contextmanager

from autograder.errors import CheckFailed, CouldNotCheck
from autograder.messages import Lines, Message, msg


@contextmanager
def explain_construction(name: str, input_shape: tuple[int, ...]):
    """Turns an exception while a student's function builds a net into CheckFailed with its reason."""
    import keras

    filtered = keras.config.is_traceback_filtering_enabled()
    keras.config.disable_traceback_filtering()  # the frames hold the layers that were built so far
    try:
        yield
    except (CheckFailed, CouldNotCheck):
        raise
    except Exception as error:
        raise CheckFailed(_explained(name, error)) from None
    finally:
        if filtered:
            keras.config.enable_traceback_filtering()


def _explained(name, error) -> Message:
    text = " ".join(str(error).split())
    layer, tensor = _failing_layer(error)
    told = msg(
        "`{name}()` stops with {kind}: {text}",
        name=name,
        kind=type(error).__name__,
        text=text if len(text) < 160 else text[:159] + "…",
    )
    if layer is None:
        return told
    sizes = [*_history(tensor), tuple(tensor.shape)]
    if "zero or negative" in text or "negative dimension" in text.lower():
        window = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None)
        return Lines(
            msg(
                "The net does not build: the map has run out of pixels at layer `{layer}`, which needs at least "
                "{needs} and gets {gets}.",
                layer=layer.name,
                needs="x".join(map(str, window)) if window else "?",
                gets="x".join(map(str, tensor.shape[1:3])),
            ),
            msg("Map sizes on the way: {sizes} → ✗", sizes=_strip(sizes)),
            msg("Padding 'same', fewer blocks, a smaller pool: count the pixels first."),
        )
    return Lines(
        told,
        msg(
            "It stops at layer `{layer}`, whose input is {shape}.",
            layer=layer.name,
            shape=tuple(tensor.shape),
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
