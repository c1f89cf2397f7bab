"""Family E: map sizes, kernels, capacity, wiring. What keeps a net from building is in
construction.py, which speaks with the rules E01, E03 and E05."""

from __future__ import annotations

from math import prod

from autograder.faults._rule import found, line, place, rule
from autograder.messages import msg
from autograder.reading import has_kernel, is_activation, is_dropout, is_elementwise

_POOLS = tuple(f"{kind}_pool{n}d" for kind in ("max", "avg") for n in (1, 2, 3))
_CONVS = tuple(
    f"{kind}{n}d" for kind in ("conv", "separable_conv", "depthwise_conv") for n in (1, 2, 3)
)

_MERGING = ("Add", "Average", "Concatenate", "Maximum", "Minimum", "Subtract")


def _sides(shape, node) -> tuple:
    """The sizes of a map without batch and channels."""
    first = node.params.get("data_format") == "channels_first"
    return tuple(shape[2:] if first else shape[1:-1])


@rule(
    "E02",
    "pool-too-big",
    "smell",
    msg("What a pooling throws away, no later layer can bring back."),
    wrong="layers.MaxPooling2D(10)",
    right="layers.MaxPooling2D(2)",
    source="",
)
def pool_too_big(subject):
    for node in subject.graph.nodes:
        if node.op not in _POOLS:
            continue
        size, window = _sides(node.input_shapes[0], node), node.params["pool_size"]
        after = _sides(node.shape, node)
        if None in size or None in after or set(window) == {1} or _global(subject, node):
            continue
        kept = prod(after) / prod(size)
        # More than half the map in one window, and layers behind it that want positions.
        covers = any(w > s / 2 for w, s in zip(window, size, strict=True)) and max(size) > 2
        if len(window) == 2 and window[0] * window[1] > 25:
            yield found(
                [node],
                msg(
                    "{where}: a {a}x{b} window keeps one number of {n} and takes the map from {before} to {after} "
                    "pixels at one stroke.",
                    where=place(node),
                    a=window[0],
                    b=window[1],
                    n=window[0] * window[1],
                    before=size[0],
                    after=after[0],
                ),
                msg("Pool by 2 to 4, several times, with convolutions between."),
                line(node.source, pool_size=2, strides=2),
                kept=kept,
            )
        elif (covers and _conv_follows(subject, node)) or (len(window) == 1 and window[0] > 25):
            yield found(
                [node],
                msg(
                    "{where}: its window of {window} covers most of a map of {size}; {after} is left for the "
                    "layers behind.",
                    where=place(node),
                    window=_times(window),
                    size=_times(size),
                    after=_times(after),
                ),
                msg("Pool by 2 to 4, several times, with convolutions between."),
                line(node.source, pool_size=2, strides=2),
                kept=kept,
            )


def _times(sizes) -> str:
    return "x".join("?" if s is None else str(s) for s in sizes)


def _global(subject, node) -> bool:
    """A pooling of the whole map with nothing spatial behind it: a global pooling by hand."""
    return all(s == 1 for s in _sides(node.shape, node)) and not _conv_follows(subject, node)


def _conv_follows(subject, node) -> bool:
    def passes(after):
        return not has_kernel(after)

    met = subject.graph.frontier(node, passes)
    return any(
        after.op.startswith(("conv", "depthwise", "separable"))
        and any(k and k > 1 for k in after.params.get("kernel_size", ()))
        for after in met
    )


@rule(
    "E03",
    "channels-first-input",
    "fault",
    msg("Keras reads the last axis as channels: (3, 32, 32) is a map 3 high with 32 channels."),
    wrong="keras.Input((3, 32, 32))",
    right="keras.Input((32, 32, 3))",
    source="Defect4ML; NeuraLint",
)
def channels_first_input(subject):
    graph = subject.graph
    for node in graph.find("input"):
        shape = node.shape[1:]
        if not looks_channels_first(shape):
            continue
        readers = graph.frontier(node, lambda n: is_dropout(n) or n.op in ("rescaling", "identity"))
        spatial = ("conv2d", "separable_conv2d", "depthwise_conv2d", "max_pool2d", "avg_pool2d")
        first = next((n for n in readers if n.op in spatial), None)
        if first is None or first.params.get("data_format") == "channels_first":
            continue
        if shape[1] != shape[2] and first.params.get("kernel_size", (2,))[0] == 1:
            continue  # rows on purpose: a kernel one high reads each by itself
        yield found(
            [node, first],
            msg(
                "{where}: the input {shape} is read as a map of {h}x{w} pixels with {c} channels; it looks like "
                "{h} channels of {w}x{c} pixels.",
                where=place(first),
                shape=_times(shape),
                h=shape[0],
                w=shape[1],
                c=shape[2],
            ),
            msg("Put the channels last, in the data too: `np.moveaxis(x, 1, -1)`."),
            f"keras.Input(({shape[1]}, {shape[2]}, {shape[0]}))",
            kind="fault" if shape[1] == shape[2] else "smell",
            height=shape[0],
            channels=shape[2],
        )


def looks_channels_first(shape) -> bool:
    """Whether (1, 28, 28) or (3, 480, 640) stands where (28, 28, 1) or (480, 640, 3) is meant."""
    if len(shape) != 3 or None in shape:
        return False
    c, h, w = shape
    return c in (1, 3, 4) and w > 8 and h > 8 and (h == w or (h >= 16 and 0.4 < h / w < 2.5))


@rule(
    "E04",
    "missing-flatten",
    "fault",
    msg("Dense works on the last axis alone: on a map it answers once for every pixel."),
    wrong='layers.MaxPooling2D(2), layers.Dense(10, activation="softmax")',
    right='layers.MaxPooling2D(2), layers.Flatten(), layers.Dense(10, activation="softmax")',
    source="NeuraLint; SFData",
)
def missing_flatten(subject):
    graph = subject.graph
    for answer in subject.answers:
        base, shape = answer.base, answer.node.shape
        if base.op != "dense" or len(base.shape) < 3 or len(shape) < 3:
            continue
        act = answer.activation
        probable = act is not None and act.op in ("softmax", "sigmoid")
        if not (subject.classifies(answer) or subject.regresses(answer) or probable):
            continue

        def passes(node):
            return (
                node.op == "dense"
                or is_elementwise(node)
                or is_dropout(node)
                or node.op in ("batch_norm", "layer_norm", "identity")
            )

        makers = graph.frontier(base, passes, backward=True)
        maps = [n for n in makers if n.op in (*_POOLS, *_CONVS)]
        if not maps or len(maps) < len(makers) or answer.classes == 1 and len(shape) == 4:
            continue
        places = shape[1:-1]
        whole = {_sides(graph[i].shape, graph[i]) for i in graph.inputs}
        kept = places in whole or any(p is None for p in places)
        yield found(
            [base],
            msg(
                "{where} reads a map of {size} and answers once for each of its positions: {shape} instead of "
                "{units} numbers a sample.",
                where=place(base),
                size=_times(base.input_shapes[0][1:]),
                shape=_times(shape[1:]),
                units=answer.classes,
            ),
            msg("Put Flatten or global pooling before the dense layers."),
            "layers.Flatten(),",
            kind="smell" if kept or not (subject.compiled or subject.task) else "fault",
            answers_per_sample=prod(p or 1 for p in places),
        )


@rule(
    "E06",
    "large-kernel",
    "smell",
    msg("Stacked 3x3 kernels see as far with fewer weights, and bend more often on the way."),
    wrong="layers.Conv2D(32, 11)",
    right="layers.Conv2D(32, 3), five times, with activations",
    source="Simonyan and Zisserman 2014; Defect4ML",
)
def large_kernel(subject):
    for node in subject.graph.nodes:
        if node.op != "conv2d" or min(node.params["kernel_size"]) < 7:
            continue
        if node.params.get("groups", 1) > 1 or node.params["strides"] == node.params["kernel_size"]:
            continue  # a depthwise kernel is cheap; one as wide as its stride cuts patches
        k = node.params["kernel_size"][0]
        size = _sides(node.input_shapes[0], node)
        if (
            None not in size
            and node.params["kernel_size"] == size
            and node.params["padding"] == "valid"
        ):
            continue  # the whole map at once: a dense layer written as a convolution
        first = node is subject.weighted[0]
        if k < 10 and first:
            continue
        yield found(
            [node],
            msg(
                "{where}: a {k}x{k} kernel has {large} weights per pair of channels; a stack of 3x3 kernels with the "
                "same view has {small}.",
                where=place(node),
                k=k,
                large=k * k,
                small=9 * -(-(k - 1) // 2),
            ),
            msg("Use 3x3 kernels and let pooling widen the view."),
            line(node.source, kernel_size=3),
            weights_per_pair=k * k,
        )


@rule(
    "E07",
    "kernel-bigger-than-map",
    "waste",
    msg("Taps beyond the border only ever meet padding."),
    wrong='layers.Conv2D(64, 5, padding="same")  # on a map of 3x3',
    right='layers.Conv2D(64, 3, padding="same")',
    source="",
)
def kernel_bigger_than_map(subject):
    for node in subject.graph.nodes:
        if node.op not in ("conv2d", "conv1d") or node.params.get("padding") != "same":
            continue
        size, kernel = _sides(node.input_shapes[0], node), node.params["kernel_size"]
        if None in size or min(size) < 1:
            continue
        # Of a kernel of 2s - 1 or less every tap meets a pixel at some position.
        if any(k > 2 * s - 1 for k, s in zip(kernel, size, strict=True)):
            used = prod(min(k, 2 * s - 1) for k, s in zip(kernel, size, strict=True))
            yield found(
                [node],
                msg(
                    "{where}: of its kernel of {kernel} only {used} of {all} weights ever meet a pixel of a map of "
                    "{size}.",
                    where=place(node),
                    kernel=_times(kernel),
                    used=used,
                    all=prod(kernel),
                    size=_times(size),
                ),
                msg("Make the kernel smaller, or keep the map larger."),
                weights_used=used,
                weights=prod(kernel),
            )


@rule(
    "E08",
    "kernels-shrink",
    "hint",
    msg("A convention only: most good nets break it."),
    on_request=True,
    wrong="layers.Conv2D(32, 5), layers.Conv2D(64, 3)",
    right="",
    source="NeuraLint",
)
def kernels_shrink(subject):
    convs = subject.graph.find("conv2d")
    for before, after in zip(convs, convs[1:], strict=False):
        if min(after.params["kernel_size"]) < min(before.params["kernel_size"]) > 1:
            yield found(
                [before, after],
                msg(
                    "The kernels grow smaller from `{first}` to `{second}`.",
                    first=before.layer,
                    second=after.layer,
                ),
                msg("Nothing need be done."),
            )
            return


@rule(
    "E09",
    "filters-shrink",
    "hint",
    msg("While the map shrinks, channels are what is left to hold what was seen."),
    on_request=True,
    wrong="layers.Conv2D(64, 3), layers.MaxPooling2D(2), layers.Conv2D(32, 3)",
    right="layers.Conv2D(32, 3), layers.MaxPooling2D(2), layers.Conv2D(64, 3)",
    source="NeuraLint",
)
def filters_shrink(subject):
    convs = [n for n in subject.graph.find("conv2d") if min(n.params["kernel_size"]) > 1]
    for before, after in zip(convs, convs[1:], strict=False):
        if after.params["filters"] < before.params["filters"]:
            yield found(
                [before, after],
                msg(
                    "The filters go from {many} in `{first}` to {few} in `{second}`.",
                    many=before.params["filters"],
                    few=after.params["filters"],
                    first=before.layer,
                    second=after.layer,
                ),
                msg("Widen while the map shrinks, unless this is a decoder."),
            )
            return


@rule(
    "E10",
    "first-layer-too-wide",
    "smell",
    msg("Patches of n numbers have n directions; more filters than that repeat each other."),
    wrong="layers.Conv2D(512, 3)  # first on grey pictures",
    right="layers.Conv2D(32, 3)",
    source="measured",
)
def first_layer_too_wide(subject):
    first = next((n for n in subject.graph.nodes if n.op == "conv2d"), None)
    if first is None or first.input_shapes[0][-1] is None or first.input_shapes[0][-1] > 4:
        return
    rank = (
        first.params["kernel_size"][0] * first.params["kernel_size"][1] * first.input_shapes[0][-1]
    )
    if first.params["filters"] > 4 * rank or first.params["filters"] >= 512:
        yield found(
            [first],
            msg(
                "{where}: {filters} filters on patches of {rank} numbers; their linear part has rank {rank} at most.",
                where=place(first),
                filters=first.params["filters"],
                rank=rank,
            ),
            msg("Begin with 16 to 64 filters and widen later."),
            line(first.source, filters=32),
            rank=rank,
        )


@rule(
    "E11",
    "too-few-filters",
    "smell",
    msg("The first filters see edges and colours; with too few of them most directions are lost."),
    wrong="layers.Conv2D(2, 3)  # first, ten classes",
    right="layers.Conv2D(16, 3)",
    source="Theia",
)
def too_few_filters(subject):
    first = next((n for n in subject.graph.nodes if n.op == "conv2d"), None)
    answer = subject.answers[0]
    if first is None or not subject.classifies(answer) or answer.classes < 10:
        return
    channels, filters = first.input_shapes[0][-1], first.params["filters"]
    patch = prod(first.params["kernel_size"]) * (channels or 1)
    if filters < 8 and filters < patch / 2 and channels is not None and channels <= 4:
        if len(answer.node.shape) > 2:
            return
        yield found(
            [first],
            msg(
                "{where}: {filters} filters on patches of {patch} numbers are to tell {classes} classes apart.",
                where=place(first),
                filters=filters,
                patch=patch,
                classes=answer.classes,
            ),
            msg("Begin with 16 to 64 filters and widen later."),
            line(first.source, filters=16),
            filters=filters,
        )


@rule(
    "E12",
    "bottleneck",
    "smell",
    msg("What does not fit through the narrowest layer does not reach the answer."),
    wrong='layers.Dense(2, activation="relu"), layers.Dense(10, activation="softmax")',
    right='layers.Dense(32, activation="relu"), layers.Dense(10, activation="softmax")',
    source="programs of Stack Overflow",
)
def bottleneck(subject):
    for answer in subject.answers:
        if answer.kernel is None or answer.classes < 3 or not subject.classifies(answer):
            continue
        before = subject.graph.frontier(
            answer.kernel, lambda n: not has_kernel(n) and n.op != "input", backward=True
        )
        for node in before:
            width = node.shape[-1]
            if node.op != "dense" or width is None or width >= answer.classes / 2:
                continue
            yield found(
                [node],
                msg(
                    "{where}: {classes} classes have to pass through {width} units.",
                    where=place(node),
                    classes=answer.classes,
                    width=width,
                ),
                msg("Give the layer before the answer more units than there are classes."),
                line(node.source, units=max(32, 2 * answer.classes)),
                units=width,
                classes=answer.classes,
            )


@rule(
    "E13",
    "stride-skips",
    "smell",
    msg("With a stride longer than the kernel, pixels between are never looked at."),
    wrong="layers.Conv2D(32, 3, strides=5)",
    right="layers.Conv2D(32, 3, strides=2)",
    source="programs of Stack Overflow",
)
def stride_skips(subject):
    for node in subject.graph.nodes:
        window = node.params.get("kernel_size") or node.params.get("pool_size")
        strides = node.params.get("strides")
        if node.op not in (*_CONVS, *_POOLS) or not window or not strides or set(window) == {1}:
            continue
        if any(s > k for s, k in zip(strides, window, strict=True)):
            seen = prod(min(k, s) / s for s, k in zip(strides, window, strict=True))
            yield found(
                [node],
                msg(
                    "{where}: a window of {window} moves by {strides}; {seen:.0%} of the pixels are looked at.",
                    where=place(node),
                    window=_times(window),
                    strides=_times(strides),
                    seen=seen,
                ),
                msg("Make the stride no longer than the window."),
                line(node.source, strides=min(window)),
                seen=seen,
            )


@rule(
    "E14",
    "stride-collapse",
    "smell",
    msg("On a map of one pixel a convolution is a dense layer with padding for company."),
    wrong="four poolings of a 16x16 map, then more convolutions",
    right="two poolings of a 16x16 map",
    source="Theia",
)
def stride_collapse(subject):
    graph, sizes = subject.graph, []
    convs = [
        node
        for node in graph.nodes
        if node.op in ("conv2d", "separable_conv2d") and max(node.params["kernel_size"]) > 1
    ]
    late = [n for n in convs if _sides(n.input_shapes[0], n) == (1, 1)]
    starved = [n for n in convs if None not in (s := _sides(n.input_shapes[0], n)) and max(s) <= 2]
    # The last third may work on next to nothing; before that the picture is gone too early.
    early = [n for n in starved if convs.index(n) < len(convs) * 2 / 3]
    node = late[0] if late else early[0] if early and len(convs) > 2 else None
    if node is None or _decodes(graph, node):
        return
    for before in graph.nodes[: node.id + 1]:
        if len(before.shape) == 4 and None not in _sides(before.shape, before):
            side = max(_sides(before.shape, before))
            if not sizes or sizes[-1] != side:
                sizes.append(side)
    yield found(
        [node],
        msg(
            "{where} reads a map of {size}. Map sizes on the way: {sizes}.",
            where=place(node),
            size=_times(_sides(node.input_shapes[0], node)),
            sizes=" → ".join(map(str, sizes)),
        ),
        msg("Pool less often, or begin with larger pictures."),
        side=max(_sides(node.input_shapes[0], node)),
    )


def _decodes(graph, node) -> bool:
    """Whether the map was made from a vector, as decoders and generators begin, or is made larger again."""
    later = graph.nodes[node.id :]
    if any(n.op.endswith("_transpose") or n.op.startswith("up_sampling") for n in later):
        return True
    return any(n.op == "reshape" and len(n.shape) == 4 for n in graph.nodes[: node.id])


@rule(
    "E15",
    "pooling-chain",
    "smell",
    msg("Two poolings in a row are one with a larger window: positions are lost twice."),
    wrong="layers.MaxPooling2D(2), layers.MaxPooling2D(2)",
    right='layers.MaxPooling2D(2), layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(2)',
    source="NeuraLint",
)
def pooling_chain(subject):
    graph = subject.graph
    for node in graph.nodes:
        if node.op not in _POOLS or set(node.params["strides"]) == {1}:
            continue
        after = graph.consumers(node)
        while len(after) == 1 and (is_activation(after[0]) or is_dropout(after[0])):
            after = graph.consumers(after[0])
        if len(after) == 1 and after[0].op in _POOLS and set(after[0].params["strides"]) != {1}:
            if _global(subject, after[0]):
                continue
            yield found(
                [node, after[0]],
                msg(
                    "`{second}` pools what `{first}` has pooled, with no convolution between.",
                    first=node.layer,
                    second=after[0].layer,
                ),
                msg("Remove one of the two, or put a convolution between."),
            )


@rule(
    "E16",
    "no-downsampling",
    "smell",
    msg(
        "A map that never shrinks makes the dense layer behind it huge, and each unit short-sighted."
    ),
    wrong="four convolutions, Flatten, Dense",
    right="convolutions with poolings between, Flatten, Dense",
    source="NeuraLint; programs of Stack Overflow",
)
def no_downsampling(subject):
    graph = subject.graph
    convs = [n for n in graph.find("conv2d", "conv1d") if max(n.params["kernel_size"]) > 1]
    if len(convs) < 4 or any(_shrinks(n) for n in graph.nodes):
        return
    for node in graph.find("flatten"):
        reader = next((n for n in graph.consumers(node) if n.op == "dense"), None)
        if reader is not None and len(node.input_shapes[0]) > 2:
            yield found(
                [node, reader],
                msg(
                    "{n} convolutions and no step down: `{dense}` reads {size:,} numbers and has {weights:,} weights.",
                    n=len(convs),
                    dense=reader.layer,
                    size=node.shape[-1] or 0,
                    weights=reader.parameters,
                ),
                msg("Pool between the convolutions, or use global pooling before the dense layer."),
                parameters=reader.parameters,
            )


def _shrinks(node) -> bool:
    return "pool" in node.op or any(s > 1 for s in node.params.get("strides", ()) or ())


@rule(
    "E17",
    "receptive-field",
    "smell",
    msg(
        "A unit cannot tell what it never sees; pooling then averages the opinions of the short-sighted."
    ),
    wrong="two 3x3 convolutions on 224x224 pictures, GlobalAveragePooling2D",
    right="blocks of convolution and pooling until the view covers the object",
    source="",
)
def narrow_view(subject):
    graph = subject.graph
    pooled = graph.find("global_avg_pool2d", "global_max_pool2d")
    if not pooled or len(graph.inputs) != 1 or len(graph[graph.inputs[0]].shape) != 4:
        return
    side = min((s or 0) for s in _sides(graph[graph.inputs[0]].shape, graph[graph.inputs[0]]))
    for node in pooled[-1:]:
        source = graph.producers(node)[0]
        field = graph.receptive_field(source)
        if field is None or not side or field >= side / 4 or field < 3:
            continue
        if not any(subject.classifies(a) for a in subject.answers):
            continue
        yield found(
            [source],
            msg(
                "{where}: before global pooling one unit sees {field} of {side} pixels.",
                where=place(source),
                field=field,
                side=side,
            ),
            msg("Add blocks of convolution and pooling, or strides."),
            receptive_field=field,
            side=side,
        )


@rule(
    "E18",
    "dense-explosion",
    "waste",
    msg("Most of the weights then stand in one layer, which knows nothing of neighbourhood."),
    on_request=True,
    wrong="layers.Flatten(), layers.Dense(512)  # on a map of 32x32x64",
    right="layers.GlobalAveragePooling2D(), layers.Dense(512)",
    source="",
)
def dense_explosion(subject):
    total = subject.graph.parameters
    for node in subject.graph.find("dense"):
        if total > 1_000_000 and node.parameters > 0.8 * total and _flattens(subject.graph, node):
            yield found(
                [node],
                msg(
                    "{where} holds {share:.0%} of {total:,} parameters.",
                    where=place(node),
                    share=node.parameters / total,
                    total=total,
                ),
                msg("Use global pooling instead of Flatten, or shrink the map first."),
                "layers.GlobalAveragePooling2D()",
                share=node.parameters / total,
            )


def _flattens(graph, node) -> bool:
    return any(
        n.op == "flatten" and len(n.input_shapes[0]) > 2
        for n in graph.frontier(node, lambda n: is_dropout(n) or n.op == "identity", backward=True)
    )


@rule(
    "E19",
    "disconnected",
    "smell",
    msg("What lies on no way from the input to the answer is never trained."),
    wrong="layers.Add()([x, x])",
    right="layers.Add()([x, y])",
    source="",
)
def disconnected(subject):
    graph = subject.graph
    for node in graph.nodes:
        # A merging layer takes two tensors at least; a tensor that comes twice is one input.
        if (
            type(node.source).__name__ in _MERGING
            and len({*zip(node.inputs, node.ports, strict=False)}) == 1
        ):
            yield found(
                [node],
                msg(
                    "{where} merges a tensor with itself: all that goes in comes from `{source}`.",
                    where=place(node),
                    source=graph[node.inputs[0]].layer,
                ),
                msg("Connect the other branch."),
            )
        if node.id in graph.inputs and not graph.consumers(node) and node.id not in graph.outputs:
            yield found(
                [node],
                msg("Input `{layer}` is read by nothing.", layer=node.layer),
                msg("Connect it, or remove it."),
            )
    used = {id(v) for v in graph.variables}
    idle = [
        layer
        for layer in getattr(subject.model, "layers", ())
        if layer.weights and not any(id(v) in used for v in layer.weights)
    ]
    for layer in idle:
        yield (
            [layer.name],
            msg("Layer `{layer}` has weights, and no input reaches it.", layer=layer.name),
            msg("Call it in the model, or remove it."),
            "",
            {"parameters": int(layer.count_params())},
        )


@rule(
    "E20",
    "shared-by-accident",
    "smell",
    msg("One layer used twice is one set of weights: what one place learns the other has to bear."),
    wrong='h = layers.Dense(64, activation="relu"); x = h(h(x))',
    right='x = layers.Dense(64, activation="relu")(x); x = layers.Dense(64, activation="relu")(x)',
    source="",
)
def shared_by_accident(subject):
    graph = subject.graph
    for node in subject.weighted:
        if not node.variables:
            continue
        after = graph.frontier(node, lambda n: not has_kernel(n))
        again = next(
            (n for n in after if n.variables and n.variables[0] is node.variables[0]), None
        )
        if again is not None:
            yield found(
                [node, again],
                msg(
                    "`{layer}` reads its own output: the same {n:,} weights stand at both places.",
                    layer=node.layer,
                    n=node.parameters,
                ),
                msg("Make a layer for each place, unless the weights are shared on purpose."),
                line(node.source),
                parameters=node.parameters,
            )
            return
