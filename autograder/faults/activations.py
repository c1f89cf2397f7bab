"""Family B: activations between layers."""

from __future__ import annotations

from autograder.faults._rule import found, line, place, rule
from autograder.faults.evidence import collapsed, effective_units
from autograder.messages import msg
from autograder.reading import (
    has_kernel,
    is_activation,
    is_affine,
    is_dropout,
    is_elementwise,
    is_homogeneous,
    is_monotone,
)

_MERGES = ("add", "average", "concat", "subtract")
_GATES = ("multiply", "matmul", "einsum", "dot", "scale")
_PLAIN = ("identity", "flatten", "reshape", "permute")
_RECURRENT = ("simple_rnn", "gru", "lstm", "bidirectional", "rnn")
_SATURATING = {"sigmoid": 0.25, "hard_sigmoid": 0.2, "tanh": 1.0, "hard_tanh": 1.0, "softsign": 1.0}


@rule(
    "B01",
    "linear-stack",
    "fault",
    msg("A product of matrices is one matrix: the extra layer adds parameters and no power."),
    wrong='layers.Dense(64), layers.Dense(10, activation="softmax")',
    right='layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")',
    source="UMLAUT; NeuraLint; DL Contract",
)
def linear_stack(subject):
    for first, second, likely in _linear_pairs(subject.graph, subject.task is not None):
        if _is_pointwise(second):
            continue  # B02 says it better
        yield found(
            [first, second],
            msg(
                "Between `{first}` and `{second}` stands nothing non-linear: the two are one linear layer in disguise.",
                first=first.layer,
                second=second.layer,
            ),
            msg("Put an activation after `{layer}`.", layer=first.layer),
            line(first.source, activation="relu"),
            kind="fault" if likely or subject.task is not None else "smell",
            **collapsed(subject.graph, first, second),
        )
    if subject.task is not None:
        return  # a brief decides by itself whether max-pooling is enough
    for first, second in _bent_by_pooling_alone(subject.graph):
        yield found(
            [first, second],
            msg(
                "Between `{first}` and `{second}` only max-pooling is non-linear: it picks the largest of its "
                "window and lets every sign and size through.",
                first=first.layer,
                second=second.layer,
            ),
            msg("Put an activation after `{layer}`.", layer=first.layer),
            line(first.source, activation="relu"),
            kind="smell",
        )


@rule(
    "B02",
    "pointwise-after-linear",
    "fault",
    msg("A 1x1 convolution only mixes channels, which the convolution before it does already."),
    wrong="layers.Conv2D(32, 3), layers.Conv2D(64, 1)",
    right='layers.Conv2D(32, 3, activation="relu"), layers.Conv2D(64, 1)',
    source="NeuraLint",
)
def pointwise_after_linear(subject):
    for first, second, likely in _linear_pairs(subject.graph, subject.task is not None):
        if _is_pointwise(second):
            yield found(
                [first, second],
                msg(
                    "`{second}` mixes the channels of `{first}` right after it, with nothing non-linear between: one "
                    "convolution would do the same.",
                    first=first.layer,
                    second=second.layer,
                ),
                msg(
                    "Put an activation after `{layer}`, or remove the 1x1 convolution.",
                    layer=first.layer,
                ),
                line(first.source, activation="relu"),
                kind="fault" if likely or subject.task is not None else "smell",
                **collapsed(subject.graph, first, second),
            )


def _is_pointwise(node) -> bool:
    return node.op in ("conv1d", "conv2d", "conv3d") and set(node.params["kernel_size"]) == {1}


@rule(
    "B03",
    "whole-net-affine",
    "fault",
    msg("f(x + y) + f(0) = f(x) + f(y): whatever its depth, the net is one affine map."),
    needs="forward",
    wrong="layers.Dense(64), MyScaling(), layers.Dense(1)",
    right='layers.Dense(64, activation="relu"), MyScaling(), layers.Dense(1)',
    source="",
)
def whole_net_affine(subject):
    if len(subject.weighted) < 2 or any(is_activation(n) for n in _before_answers(subject)):
        return
    error = subject.gauge.affine_error()
    if error is not None and error < 1e-4:
        yield found(
            subject.weighted,
            msg(
                "The net as a whole is affine: f(x + y) - f(x) - f(y) + f(0) is {error:.1g} of its answers' "
                "size, with {n} layers of weights.",
                error=error,
                n=len(subject.weighted),
            ),
            msg("Put activations between the layers with weights."),
            line(subject.weighted[0].source, activation="relu"),
            affine_error=error,
        )


def _before_answers(subject):
    last = {id(node) for answer in subject.answers for node in answer.head}
    return [node for node in subject.graph if id(node) not in last]


@rule(
    "B04",
    "softmax-hidden",
    "fault",
    msg(
        "Units that share a sum of 1 starve each other: the more there are, the less each passes on."
    ),
    wrong='layers.Dense(100, activation="softmax"), layers.Dense(10)',
    right='layers.Dense(100, activation="relu"), layers.Dense(10)',
    source="TheDeepChecker",
)
def softmax_hidden(subject):
    ends = {*subject.graph.outputs}
    for node in subject.graph.nodes:
        if node.op != "softmax" or node.id in ends or not _feeds_kernel(subject.graph, node):
            continue
        if len(node.input_shapes[0]) > 2 and node.params.get("axis") != len(node.shape) - 1:
            continue  # over positions: a soft choice of place, as attention makes it
        units = node.shape[-1] or 1
        evidence = {"mean": 1 / units, "units": units}
        effective = effective_units(subject, node)
        if effective is not None:
            evidence["effective_units"] = effective
        yield found(
            [node],
            msg(
                "{where}: softmax in the middle of the net makes its {n} units share a sum of 1: on average "
                "each passes on {mean:.3f}.",
                where=place(node),
                n=node.shape[-1],
                mean=1 / units,
            ),
            msg("Use an ordinary activation here, such as ReLU."),
            line(node.source, activation="relu"),
            # The answer of a model inside this one may be read on purpose, as in a stack of models.
            kind="smell" if "/" in node.path and subject.task is None else "fault",
            **evidence,
        )


@rule(
    "B05",
    "saturating-hidden",
    "smell",
    msg("The slope of a sigmoid is 1/4 at most; the gradient shrinks by it at each such layer."),
    wrong='layers.Dense(64, activation="sigmoid"), layers.Dense(64, activation="sigmoid")',
    right='layers.Dense(64, activation="relu"), layers.Dense(64, activation="relu")',
    source="AUTOTRAINER; Glorot and Bengio 2010",
)
def saturating_hidden(subject):
    graph = subject.graph
    hidden = [
        node
        for node in graph.nodes
        if node.op in _SATURATING
        and _feeds_kernel(graph, node)
        and not any(after.op in _GATES for after in graph.consumers(node))
        and _made_by_kernel(graph, node)
    ]
    steep = [node for node in hidden if _SATURATING[node.op] < 1]
    flat = steep if len(steep) >= 2 else hidden if len(hidden) >= 8 else []
    if not flat:
        return
    if flat is hidden and any("norm" in node.op for node in graph.nodes):
        return  # normalised sums stay where tanh is steep
    bound = 1.0
    for node in flat:
        bound *= _SATURATING[node.op]
    names = "`, `".join(dict.fromkeys(node.layer for node in flat))
    message = (
        msg(
            "{n} hidden layers end in `{op}` (`{names}`): together their slopes let through {bound:.2g} of a "
            "gradient at most.",
            n=len(flat),
            op=flat[0].op,
            names=names,
            bound=bound,
        )
        if bound < 1
        else msg(
            "{n} hidden layers end in `{op}` (`{names}`): wherever one saturates, the gradient of all before "
            "it vanishes.",
            n=len(flat),
            op=flat[0].op,
            names=names,
        )
    )
    yield found(
        flat,
        message,
        msg("Use ReLU or one of its kin in hidden layers."),
        line(flat[0].source, activation="relu"),
        largest_slope=bound,
    )


def _made_by_kernel(graph, node) -> bool:
    def passes(before):
        return before.op in _PLAIN or is_dropout(before) or "norm" in before.op

    return any(has_kernel(n) for n in graph.frontier(node, passes, backward=True))


@rule(
    "B06",
    "redundant-activation",
    "smell",
    msg("With no weights between them the second activation repeats the first, or squashes twice."),
    wrong='layers.Dense(64, activation="relu"), layers.ReLU()',
    right='layers.Dense(64, activation="relu")',
    source="NeuraLint",
)
def redundant_activation(subject):
    graph = subject.graph
    for first in graph.nodes:
        if not is_elementwise(first) or any(n.op in _GATES for n in graph.consumers(first)):
            continue
        second = _only_reader(graph, first, past=lambda n: n.op in _PLAIN or is_dropout(n))
        if second is None or not is_elementwise(second) or second.id in graph.outputs:
            continue
        same = first.op == second.op and first.op in ("relu", "relu6", "abs", "hard_tanh")
        follows = same or (first.op, second.op) in (("sigmoid", "relu"), ("relu6", "relu"))
        yield found(
            [first, second],
            msg(
                "`{second}` is `{op}` of what `{first}` has made non-linear already; it changes nothing.",
                first=first.layer,
                second=second.layer,
                op=second.op,
            )
            if follows
            else msg(
                "`{second}` bends with `{op}` what `{first}` has bent with `{before}`, with no weights between.",
                first=first.layer,
                second=second.layer,
                op=second.op,
                before=first.op,
            ),
            msg("Keep one of the two."),
            kind="waste" if follows else "smell",
        )


@rule(
    "B07",
    "relu-before-maxpool",
    "waste",
    msg(
        "Max-pooling commutes with every non-decreasing function: pooled first, fewer are computed."
    ),
    on_request=True,
    wrong='layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(2)',
    right="layers.Conv2D(32, 3), layers.MaxPooling2D(2), layers.ReLU()",
    source="an identity",
)
def activation_before_max_pool(subject):
    graph = subject.graph
    for node in graph.nodes:
        if not is_monotone(node):
            continue
        after = graph.consumers(node)
        if len(after) == 1 and after[0].op.startswith("max_pool") and node.id not in graph.outputs:
            before, behind = _size(node.shape), _size(after[0].shape)
            if None in (before, behind):
                continue
            yield found(
                [node, after[0]],
                msg(
                    "`{op}` of {before:,} numbers before `{pool}`, of {behind:,} behind it: the result is the same.",
                    op=node.op,
                    before=before,
                    behind=behind,
                    pool=after[0].layer,
                ),
                msg("Pool first, then activate."),
                evaluations_before=before,
                evaluations_after=behind,
            )


def _size(shape):
    size = 1
    for d in shape[1:]:
        if d is None:
            return None
        size *= d
    return size


@rule(
    "B08",
    "activation-after-dropout",
    "hint",
    msg("Dropout keeps the mean of what it reads; a bent function of it has another mean."),
    wrong='layers.Dense(64), layers.Dropout(0.3), layers.Activation("sigmoid")',
    right='layers.Dense(64, activation="sigmoid"), layers.Dropout(0.3)',
    source="programs of Stack Overflow",
)
def activation_after_dropout(subject):
    graph = subject.graph
    heads = {n.id for answer in subject.answers for n in answer.head}
    for node in graph.nodes:
        if not is_dropout(node) or not node.params.get("rate", 0) or node.id in heads:
            continue
        after = _only_reader(graph, node, past=lambda n: n.op == "identity")
        if after is None or not is_elementwise(after) or after.id in heads:
            continue
        harmless = is_homogeneous(after)
        yield found(
            [node, after],
            msg(
                "`{first}` stands before `{op}`, not after it: the same thing here, since `{op}` keeps zeros "
                "and scale, but unusual.",
                first=node.layer,
                op=after.op,
            )
            if harmless
            else msg(
                "`{first}` stands before `{op}`, which makes other numbers of what is dropped and enlarged "
                "than inference sees.",
                first=node.layer,
                op=after.op,
            ),
            msg("Put dropout after the activation."),
            kind="hint" if harmless else "smell",
        )


@rule(
    "B09",
    "unbounded-hidden",
    "smell",
    msg("Exponentials of sums of exponentials leave the range of float32 after a few layers."),
    wrong='layers.Dense(64, activation="exponential"), layers.Dense(10)',
    right='layers.Dense(64, activation="relu"), layers.Dense(10)',
    source="AUTOTRAINER",
)
def unbounded_hidden(subject):
    graph = subject.graph
    for node in graph.nodes:
        if node.op not in ("exponential", "square") or not _feeds_kernel(graph, node):
            continue
        if any(after.op in (*_GATES, "add") for after in graph.consumers(node)):
            continue  # a variance, a radial basis: the formula asks for it
        yield found(
            [node],
            msg(
                "{where}: `{op}` in a hidden layer grows without bound: a sum of 10 becomes {ten:.3g}.",
                where=place(node),
                op=node.op,
                ten=22026.5 if node.op == "exponential" else 100.0,
            ),
            msg("Use an activation that grows no faster than its input, such as ReLU."),
            line(node.source, activation="relu"),
        )


@rule(
    "B10",
    "no-op-layer",
    "waste",
    msg("A layer that passes its input on unchanged only costs the reader time."),
    wrong='layers.Dropout(0.0), layers.Activation("linear")',
    right="",
    source="",
)
def no_op_layer(subject):
    heads = {n.id for answer in subject.answers for n in answer.head}
    for node in subject.graph.nodes:
        kind = type(node.source).__name__
        idle = (node.op in ("dropout", "spatial_dropout2d") and node.params.get("rate") == 0) or (
            node.op == "identity" and kind not in ("Identity", "InputLayer", "Layer", "NoneType")
        )
        if node.op == "rescaling":
            idle = (node.params.get("scale"), node.params.get("offset")) == (1, 0)
        if node.op.startswith("up_sampling"):
            idle = set(node.params["size"]) == {1}
        if not idle or (kind == "Activation" and node.id in heads) or kind == "Flatten":
            continue
        if _stock_only(node):
            yield found(
                [node],
                msg("{where} passes its input on unchanged.", where=place(node)),
                msg("Remove it."),
            )


def _stock_only(node) -> bool:
    from autograder.reading._keras import is_stock

    return is_stock(type(node.source))


@rule(
    "B11",
    "dead-relu",
    "smell",
    msg("A unit that answers 0 to everything passes no gradient: its weights stay where they are."),
    needs="forward",
    wrong='layers.Dense(64, activation="relu", bias_initializer=initializers.Constant(-10))',
    right='layers.Dense(64, activation="relu")',
    source="TheDeepChecker; SageMaker Debugger",
)
def dead_relu(subject):
    for node, dead in subject.gauge.dead_units():
        yield found(
            [node],
            msg(
                "{where}: {share:.0%} of its units answer 0 to each of the random inputs.",
                where=place(node),
                share=dead,
            ),
            msg("Take the default initialisers, a smaller step, or a leaky ReLU."),
            line(node.source, activation="leaky_relu"),
            dead_units=dead,
        )


@rule(
    "B12",
    "saturated-units",
    "smell",
    msg("At the ends of a sigmoid the slope is nearly 0, so nothing before it learns."),
    needs="forward",
    wrong='layers.Dense(64, activation="tanh", kernel_initializer=initializers.RandomNormal(stddev=1))',
    right='layers.Dense(64, activation="tanh")',
    source="TheDeepChecker",
)
def saturated_units(subject):
    for node, share in subject.gauge.saturated_units():
        yield found(
            [node],
            msg(
                "{where}: {share:.0%} of the answers of `{op}` lie where its slope is below a tenth of the "
                "steepest.",
                where=place(node),
                share=share,
                op=node.op,
            ),
            msg("Make the weights or the inputs smaller, or normalise before it."),
            line(node.source, activation="relu"),
            saturated=share,
        )


# -- linear pairs ---------------------------------------------------------------------------------


def _linear_pairs(graph, briefed: bool):
    """(first, second, whether surely no purpose): kernels with only affine operations between.

    Left out are pairs that are no accident: linear bottlenecks and the codes of autoencoders,
    factorised convolutions (depthwise and pointwise, 1xn and nx1), and sums that something else
    reads too, such as a residual stream. A purpose is thinkable where the middle of two dense
    layers is narrow (a low-rank factorisation; with a brief nothing is supposed of it), where
    dropout stands between (each mask makes another product, which regularises), and in decoders.
    """
    for node in graph.nodes:
        if not has_kernel(node):
            continue
        for source, way in _affine_ways(graph, node, lambda n: False):
            if _meant(source, node, way, graph):
                continue
            narrow = _is_narrow(source, node, way)
            if narrow and (briefed or not _perhaps_forgotten(source, node)):
                continue
            noisy = any(is_dropout(n) and n.params.get("rate", 1) for n in way)
            yield source, node, not (noisy or narrow or _decodes(source, node, way))


def _bent_by_pooling_alone(graph):
    """Pairs of kernels with affine operations and at least one max-pooling between, no more."""
    for node in graph.nodes:
        if not has_kernel(node):
            continue
        for source, way in _affine_ways(graph, node, lambda n: "max_pool" in n.op):
            pooled = any("max_pool" in n.op for n in way)
            if (
                pooled
                and not _meant(source, node, way, graph)
                and not _is_narrow(source, node, way)
            ):
                yield source, node


def _affine_ways(graph, node, also):
    """(kernel, nodes between): against the data from ``node`` through affine operations."""
    waiting = [(before, ()) for before in graph.producers(node)]
    met = set()
    while waiting:
        here, way = waiting.pop()
        if has_kernel(here):
            if here.id not in met:
                met.add(here.id)
                yield here, way
        elif (is_affine(here) or also(here)) and here.op not in (*_MERGES, "input"):
            waiting.extend((before, (here, *way)) for before in graph.producers(here))


def _meant(source, node, way, graph) -> bool:
    if any(len(graph.consumers(n)) > 1 or n.id in graph.outputs for n in (source, *way)):
        return True  # read elsewhere: a residual stream, a feature that is an answer too
    return _is_grouped(source) or _is_grouped(node) or _crossed(source, node)


def _is_narrow(source, node, way) -> bool:
    """Whether what goes through the middle has fewer directions than what goes in and comes out."""
    middle, before, after = source.shape[-1], source.input_shapes[0][-1], node.shape[-1]
    if None in (middle, before, after):
        return False
    if any(n.op in ("flatten", "reshape") for n in way):
        return False  # what the second one reads is more than the channels
    if middle < min(before, after):
        return True
    return _is_pointwise(source) and middle == before and 2 * middle <= after


def _decodes(source, node, way) -> bool:
    """Whether a vector is laid out as a map, or a map enlarged, for the convolution after it: no
    single layer shares weights in the same way."""
    laid_out = source.op == "dense" and any(n.op == "reshape" for n in way)
    enlarged = source.op.endswith("_transpose") and max(source.params["strides"]) > 1
    return (laid_out or enlarged) and node.op.startswith("conv")


def _perhaps_forgotten(source, node) -> bool:
    """A narrow dense layer in an ordinary stack; an autoencoder gives out as much as goes in."""
    return source.op == node.op == "dense" and source.input_shapes[0][-1] != node.shape[-1]


def _is_grouped(node) -> bool:
    return node.op.startswith(("depthwise", "separable")) or node.params.get("groups", 1) > 1


def _crossed(first, second) -> bool:
    """1xn after nx1: one convolution taken apart on purpose."""
    a, b = first.params.get("kernel_size"), second.params.get("kernel_size")
    if not a or not b or len(a) != 2 or len(b) != 2:
        return False
    return (a[0] == 1 < a[1] and b[1] == 1 < b[0]) or (a[1] == 1 < a[0] and b[0] == 1 < b[1])


def _feeds_kernel(graph, node) -> bool:
    """Whether a layer with weights comes later, other than through a gate or attention."""

    def makes(after):
        return has_kernel(after) or after.op in _RECURRENT

    def passes(after):
        return not makes(after) and after.op not in _GATES

    return any(makes(after) for after in graph.frontier(node, passes))


def _only_reader(graph, node, past):
    """The one node that reads ``node``, past nodes that ``past`` accepts; None where there are more."""
    while True:
        after = graph.consumers(node)
        if len(after) != 1 or node.id in graph.outputs:
            return None
        node = after[0]
        if not past(node):
            return node
