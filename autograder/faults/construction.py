"""Why a net does not build: where the map vanished, and what it had been through.

``explain_construction`` puts an exception into the words of a check; ``diagnose_function`` and
``diagnose_layers`` make findings of it (rules E01, E03, E05).
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from math import prod

from autograder.errors import CheckFailed, CouldNotCheck
from autograder.faults._rule import RULES, Finding, rule
from autograder.faults.diagnosis import Diagnosis
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
            _ran_out(told.layer, told.window, given[1:3]),
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


def _ran_out(layer, window, map_size) -> Message:
    return msg(
        "The net does not build: the map has run out of pixels at layer `{layer}`, which needs at least "
        "{needs} and gets {gets}.",
        layer=layer,
        needs="x".join(map(str, window)) if window else "?",
        gets="x".join(map(str, map_size)),
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


# -- findings -------------------------------------------------------------------------------------


def _none(subject):
    """These rules speak of what never became a model; :func:`findings_of` finds them."""
    return iter(())


rule(
    "E01",
    "map-vanishes",
    "fault",
    msg(
        "Without padding each kernel costs its size less 1, each pooling divides: nothing is left."
    ),
    needs="program",
    wrong="layers.Conv2D(32, 5), layers.MaxPooling2D(3)  # four times, on 100x100",
    right='layers.Conv2D(32, 5, padding="same"), layers.MaxPooling2D(2)',
    source="Keras: it stops; NeuraLint",
    grave=True,
)(_none)
rule(
    "E05",
    "wrong-rank",
    "fault",
    msg("A layer reads so many axes and no others: pictures have 3, sequences 2, rows 1."),
    needs="program",
    wrong="layers.Flatten(), layers.Conv2D(32, 3)",
    right="layers.Conv2D(32, 3), layers.Flatten()",
    source="Keras: it stops; SFData",
    grave=True,
)(_none)


def diagnose_function(make, task, settings) -> Diagnosis:
    """The Diagnosis of what ``make()`` returns, or of why it stops."""
    from autograder.faults.inspecting import diagnose
    from autograder.reading._unchanged import same_randomness

    name = getattr(make, "__name__", type(make).__name__)
    with same_randomness(), with_frames():
        try:
            net = make()
        except Exception as error:
            return failed(error, name, task)
    if isinstance(net, (list, tuple)) or _is_layer(net):
        return diagnose(net, task, **settings)
    return Diagnosis(
        [],
        [
            msg(
                "`{name}()` should return a Keras model. It returned {kind}.",
                name=name,
                kind=type(net).__name__,
            )
        ],
        None,
        name,
    )


def _is_layer(thing) -> bool:
    from keras import Layer

    return isinstance(thing, Layer)


def diagnose_layers(layers, task, settings) -> Diagnosis:
    """The Diagnosis of layers in a row. The layers themselves are not built: copies are."""
    from autograder.faults.inspecting import diagnose
    from autograder.reading._unchanged import same_randomness

    with same_randomness(), with_frames():
        try:
            net = _in_a_row(layers, settings["input_shape"])
        except Exception as error:
            return failed(error, "", task)
        return diagnose(net, task, **settings)


def _in_a_row(layers, shape):
    import keras

    row = []
    for layer in layers:
        if isinstance(layer, keras.KerasTensor):
            row.append(keras.Input(layer.shape[1:], dtype=layer.dtype))
        elif isinstance(layer, keras.Layer):
            row.append(type(layer).from_config(layer.get_config()))
        else:
            raise TypeError(f"Expected Keras layers. Received: {type(layer).__name__}.")
    if shape and not _begins(row):
        row.insert(0, keras.Input(shape))
    return keras.Sequential(row)


def _begins(row) -> bool:
    import keras

    first = row[0] if row else None
    return isinstance(first, (keras.KerasTensor, keras.layers.InputLayer)) or bool(
        getattr(first, "_input_shape_arg", None)
    )


def failed(error: BaseException, name: str, task, line: int | None = None) -> Diagnosis:
    """The Diagnosis of a net whose construction stopped with ``error``; ``line`` of its program."""
    findings = findings_of(error, line)
    notes = [msg("The net does not build, so the rules for whole nets were not asked.")]
    if not findings:
        text = " ".join(str(error).split())
        notes.insert(
            0,
            msg(
                "`{name}()` stops with {kind}: {text}",
                name=name,
                kind=type(error).__name__,
                text=text if len(text) < 160 else text[:159] + "…",
            ),
        )
    return Diagnosis(findings, notes, error, name)


def findings_of(error: BaseException, line: int | None = None) -> list[Finding]:
    """E01, E03 or E05 with the layer that stopped and the sizes before it; [] for other errors."""
    layer, tensor = _failing_layer(error)
    if layer is None:
        return []
    way = _way(tensor)
    shape = tuple(tensor.shape)
    start = way[0][1] if way else shape
    where = msg(" (line {line})", line=line) if line else ""
    window = tuple(getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None) or ())
    first = _swapped(layer, start, where)
    if first is not None:
        return [first]
    wanted = _rank(layer, len(shape))
    if wanted is not None:
        return [_wrong_rank(layer, shape, wanted, way, where)]
    if window and len(window) == len(shape) - 2 and _vanished(layer, window, shape):
        return [_vanishing(layer, window, shape, way, where)]
    text = " ".join(str(error).split())
    return [
        _finding(
            "E05",
            [layer.name],
            Lines(
                msg(
                    "It stops at layer `{layer}`, whose input is {shape}.",
                    layer=layer.name,
                    shape=shape,
                ),
                text if len(text) < 160 else text[:159] + "…",
                where,
            ),
            msg("Make what goes into the layer fit it."),
        )
    ]


def _finding(id, layers, message, fix, code="", evidence=None) -> Finding:
    of = RULES[id]
    return Finding(id, of.name, of.kind, layers, message, fix, evidence or {}, of.why, code)


def _way(tensor) -> list[tuple]:
    """(name of the layer, shape of what it gives out) before ``tensor``, it included, first to last."""
    rows = []
    while True:
        operation, index, _ = getattr(tensor, "_keras_history", (None, 0, 0))
        if operation is None:
            break
        rows.append((operation.name, tuple(tensor.shape)))
        if not operation._inbound_nodes or not operation._inbound_nodes[index].input_tensors:
            break
        tensor = operation._inbound_nodes[index].input_tensors[0]
    return rows[::-1]


def _vanished(layer, window, shape) -> bool:
    """Whether a window does not fit into the map it is to slide over."""
    if getattr(layer, "padding", "valid") == "same":
        return False
    rates = getattr(layer, "dilation_rate", 1)
    rates = (rates,) * len(window) if isinstance(rates, int) else rates
    sides = _sides(layer, shape)
    return any(
        s is not None and s < (w - 1) * r + 1 for s, w, r in zip(sides, window, rates, strict=True)
    )


def _sides(layer, shape):
    return shape[2:] if getattr(layer, "data_format", "") == "channels_first" else shape[1:-1]


def _vanishing(layer, window, shape, way, where) -> Finding:
    maps = [(name, s) for name, s in way if len(s) == len(shape)]
    sides = [(name, min((d for d in _sides(layer, s) if d), default=0)) for name, s in maps]
    worst, share, step = None, 1.0, (0, 0)
    for (_, before), (name, after) in zip(sides, sides[1:], strict=False):
        if before and after / before < share:
            worst, share, step = name, after / before, (before, after)
    lost = msg(
        "Most is lost at `{layer}`: {before} → {after}.",
        layer=worst,
        before=step[0],
        after=step[1],
    )
    padded = hasattr(layer, "padding")
    from autograder.faults._rule import line as line_of

    return _finding(
        "E01",
        [layer.name, *([worst] if worst else [])],
        Lines(
            _ran_out(layer.name, window, _sides(layer, shape)),
            msg("Map sizes on the way: {sizes} → ✗", sizes=_strip_of(sides)),
            lost if worst else None,
            where,
        ),
        msg("Padding 'same', fewer blocks, a smaller pool: count the pixels first."),
        line_of(layer, padding="same") if padded else "",
        {
            **{f"side after {name}": side for name, side in sides},
            "needs": max(window),
            "gets": min((d for d in _sides(layer, shape) if d is not None), default=0),
        },
    )


def _strip_of(sides) -> str:
    sizes = [side for _, side in sides]
    return " → ".join(str(s) for i, s in enumerate(sizes) if i == 0 or sizes[i - 1] != s)


def _swapped(layer, start, where) -> Finding | None:
    """E03, where what goes in looks like channels first and the layer reads them last."""
    from autograder.faults.shapes import looks_channels_first

    reads_maps = "2D" in type(layer).__name__
    if not reads_maps or getattr(layer, "data_format", "") == "channels_first":
        return None
    if not looks_channels_first(start[1:]):
        return None
    c, h, w = start[1:]
    return _finding(
        "E03",
        [layer.name],
        Lines(
            msg(
                "{where}: the input {shape} is read as a map of {h}x{w} pixels with {c} channels; it looks like "
                "{h} channels of {w}x{c} pixels.",
                where=msg("Layer `{layer}`", layer=layer.name),
                shape=f"{c}x{h}x{w}",
                h=c,
                w=h,
                c=w,
            ),
            where,
        ),
        msg("Put the channels last, in the data too: `np.moveaxis(x, 1, -1)`."),
        f"keras.Input(({h}, {w}, {c}))",
        {"height": c, "channels": w},
    )


def _rank(layer, axes: int) -> int | None:
    """How many axes, the batch included, a layer reads that does not take so many; None where it does."""
    spec = getattr(layer, "input_spec", None)
    spec = spec[0] if isinstance(spec, (list, tuple)) and spec else spec
    exact, least = getattr(spec, "ndim", None), getattr(spec, "min_ndim", None)
    if exact is not None and axes != exact:
        return exact
    return least if least is not None and axes < least else None


_RECURRENT = ("LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional")


def _wrong_rank(layer, shape, wanted, way, where) -> Finding:
    kind = type(layer).__name__
    names = [name for name, _ in way]
    fix, code = msg("Give the layer what it reads, for example with Reshape."), ""
    before = names[-1] if names else ""
    flat = next((n for n, s in reversed(way) if len(s) == 2), None)
    if kind in _RECURRENT and len(shape) == 2:
        fix = msg("Let the recurrent layer before it return sequences.")
        code = f"layers.{kind}({getattr(layer, 'units', '...')}, return_sequences=True)"
    elif len(shape) == 2 and flat and "flatten" in flat:
        fix = msg("Move Flatten behind the last layer that reads maps.")
        code = "layers.Flatten(),"
    elif wanted == len(shape) + 1:
        sizes = ", ".join(str(d) for d in shape[1:])
        fix = msg("Add the missing axis: grey pictures have 1 channel.")
        code = f"layers.Reshape(({sizes}, 1)),"
    elif wanted < len(shape):
        fix = msg("Take an axis away: Flatten, global pooling, or Reshape.")
        size = prod(d or 1 for d in shape[2:])
        code = "layers.Flatten()," if wanted == 2 else f"layers.Reshape(({shape[1]}, {size})),"
    return _finding(
        "E05",
        [layer.name, *([before] if before else [])],
        Lines(
            msg(
                "The net does not build: layer `{layer}` ({kind}) reads {wanted} axes with the batch and gets "
                "{got}, of shape {shape}.",
                layer=layer.name,
                kind=kind,
                wanted=wanted,
                got=len(shape),
                shape=shape,
            ),
            where,
        ),
        fix,
        code,
        {"wanted": wanted, "got": len(shape)},
    )
