"""Family D: dropout, normalisation, penalties."""

from __future__ import annotations

from math import log, prod

import numpy as np

from autograder.faults._rule import found, kernel_of, line, place, rule
from autograder.messages import msg
from autograder.reading import has_kernel, is_activation, is_dropout, is_elementwise


def _rate(node) -> float:
    return float(node.params.get("rate", 0) or 0)


@rule(
    "D01",
    "dropout-all",
    "fault",
    msg("What is switched off passes neither signal nor gradient."),
    wrong="layers.Dropout(1.0)",
    right="layers.Dropout(0.3)",
    source="UMLAUT; measured",
    grave=True,
)
def dropout_all(subject):
    for node in subject.graph.nodes:
        rate = node.params.get("rate", 0)
        if is_dropout(node) and rate > 0.95:
            yield found(
                [node],
                msg(
                    "{where}: rate {rate:g} switches off {share} of the units in training, and with them every "
                    "gradient before.",
                    where=place(node),
                    rate=rate,
                    share=msg("all") if rate == 1 else f"{100 * rate:.3g} %",
                ),
                msg("Rates of 0.2 to 0.5 are usual."),
                line(node.source, rate=0.3),
                rate=float(rate),
            )


@rule(
    "D02",
    "dropout-high",
    "smell",
    msg("What is dropped most of the time can hardly be relied on, let alone learnt from."),
    wrong="layers.Dropout(0.8)",
    right="layers.Dropout(0.3)",
    source="UMLAUT; DL Contract",
)
def dropout_high(subject):
    for node in subject.graph.nodes:
        if not is_dropout(node):
            continue
        rate = node.params.get("rate", 0)
        first = all(
            n.op in ("input", "normalization", "rescaling") for n in _producers(subject, node)
        )
        if 0.5 < rate <= 0.95:
            yield found(
                [node],
                msg("{where}: rate {rate:g} leaves little signal.", where=place(node), rate=rate),
                msg("Rates of 0.2 to 0.5 are usual."),
                line(node.source, rate=0.3),
                rate=float(rate),
            )
        elif first and 0.3 < rate <= 0.5 and subject.weighted:
            yield found(
                [node],
                msg(
                    "{where}: rate {rate:g} on the input itself; what is lost here is nowhere else.",
                    where=place(node),
                    rate=rate,
                ),
                msg("On inputs 0.2 is usual."),
                line(node.source, rate=0.2),
                kind="hint",
                rate=float(rate),
            )


def _producers(subject, node):
    return subject.graph.producers(node)


@rule(
    "D03",
    "dropout-before-bn",
    "smell",
    msg("Dropout adds variance in training only; the stored variance is wrong in inference."),
    wrong="layers.Dropout(0.5), layers.BatchNormalization()",
    right="layers.BatchNormalization(), layers.Dropout(0.5)",
    source="Li et al. 2019; NeuraLint",
)
def dropout_before_normalisation(subject):
    for node in subject.graph.nodes:
        if not is_dropout(node) or not node.params.get("rate", 0):
            continue
        norm = _next(subject.graph, node, {"batch_norm"}, within=1)
        if norm is not None:
            rate = _rate(node)
            yield found(
                [node, norm],
                msg(
                    "`{first}` adds variance in training that `{second}` remembers and inference does not have.",
                    first=node.layer,
                    second=norm.layer,
                ),
                msg("Put dropout after the last normalisation."),
                variance_factor=1 / (1 - rate) if rate < 1 else float("inf"),
            )


@rule(
    "D04",
    "dropout-before-maxpool",
    "smell",
    msg("The maximum picks a survivor: the rate that acts is far below the one written."),
    wrong="layers.Dropout(0.3), layers.MaxPooling2D(2)",
    right="layers.MaxPooling2D(2), layers.Dropout(0.3)",
    source="Wu and Gu 2015; NeuraLint",
)
def dropout_before_max_pool(subject):
    pools = {"max_pool1d", "max_pool2d", "max_pool3d"}
    for node in subject.graph.nodes:
        if node.op != "dropout" or not node.params.get("rate", 0):
            continue
        pool = _next(subject.graph, node, pools, within=0)
        if pool is not None:
            window = prod(pool.params["pool_size"])
            yield found(
                [node, pool],
                msg(
                    "`{second}` picks a survivor and undoes most of `{first}`.",
                    first=node.layer,
                    second=pool.layer,
                ),
                msg("Put dropout after the pooling, or use SpatialDropout2D."),
                rate=_rate(node),
                largest_dropped=_rate(node),
                all_dropped=_rate(node) ** window,
            )


@rule(
    "D05",
    "double-dropout",
    "smell",
    msg("Two dropouts in a row are one of the rate 1 - (1 - p)(1 - q)."),
    wrong="layers.Dropout(0.5), layers.Dropout(0.5)",
    right="layers.Dropout(0.5)",
    source="",
)
def double_dropout(subject):
    graph = subject.graph
    for node in graph.nodes:
        if not is_dropout(node) or not _rate(node):
            continue
        after = graph.consumers(node)
        while len(after) == 1 and after[0].op in ("identity", "flatten", "reshape"):
            after = graph.consumers(after[0])
        if len(after) == 1 and is_dropout(after[0]) and _rate(after[0]):
            p, q = _rate(node), _rate(after[0])
            together = 1 - (1 - p) * (1 - q)
            yield found(
                [node, after[0]],
                msg(
                    "`{first}` and `{second}` follow each other: together they drop {rate:.0%}.",
                    first=node.layer,
                    second=after[0].layer,
                    rate=together,
                ),
                msg("Keep one, with the rate that is meant."),
                f"layers.Dropout({max(p, q):g})",
                rate=together,
            )


@rule(
    "D06",
    "dropout-narrow",
    "smell",
    msg("Of a few units dropout leaves none at all every so often."),
    wrong='layers.Dense(4, activation="relu"), layers.Dropout(0.5)',
    right='layers.Dense(32, activation="relu"), layers.Dropout(0.5)',
    source="",
)
def dropout_narrow(subject):
    heads = {n.id for a in subject.answers for n in a.head if a.kernel is not None}
    for node in subject.graph.nodes:
        rate = _rate(node)
        if node.op != "dropout" or not 0 < rate <= 0.95 or len(node.shape) != 2:
            continue
        units = node.shape[-1]
        producers = subject.graph.producers(node)
        hidden = all(is_activation(n) or has_kernel(n) for n in producers)
        if units is None or node.id in heads or not hidden or rate**units < 1e-3:
            continue
        yield found(
            [node],
            msg(
                "{where}: of {units} units all fall at once in {none:.2g} of the samples.",
                where=place(node),
                units=units,
                none=rate**units,
            ),
            msg("Remove it, or widen the layer before it."),
            units=units,
            none_left=rate**units,
        )


@rule(
    "D07",
    "bias-before-bn",
    "waste",
    msg("Normalisation subtracts the mean of each channel, and a bias is part of that mean."),
    wrong="layers.Conv2D(32, 3), layers.BatchNormalization()",
    right="layers.Conv2D(32, 3, use_bias=False), layers.BatchNormalization()",
    source="NeuraLint; an identity",
)
def bias_before_normalisation(subject):
    for node in subject.graph.nodes:
        if not has_kernel(node) or not node.params.get("use_bias"):
            continue
        after = subject.graph.consumers(node)
        if len(after) == 1 and after[0].op == "batch_norm" and after[0].params.get("center", True):
            yield found(
                [node, after[0]],
                msg(
                    "`{second}` subtracts the mean, and with it the bias of `{first}`.",
                    first=node.layer,
                    second=after[0].layer,
                ),
                msg("use_bias=False"),
                line(node.source, use_bias=False),
                parameters_idle=node.shape[-1] or 0,
            )


@rule(
    "D08",
    "penalty-dominates",
    "smell",
    msg("The optimiser descends the sum of error and penalty: the larger of the two leads."),
    wrong="layers.Dense(512, kernel_regularizer=regularizers.L1(0.01))",
    right="layers.Dense(512, kernel_regularizer=regularizers.L2(1e-4))",
    source="fault localisation study of 2025; TheDeepChecker",
)
def penalty_dominates(subject):
    shares = []
    for node in subject.weighted:
        penalty = getattr(node.source, "kernel_regularizer", None)
        kernel = kernel_of(node)
        if type(penalty).__name__ in ("L1", "L2", "L1L2") and kernel is not None:
            shares.append((_penalty(penalty, kernel), node))
    total = sum(share for share, _ in shares)
    answer = subject.answers[0]
    classes = max(answer.classes, 2)
    start = log(classes) if subject.classifies(answer) else 1.0
    if total <= start:
        return
    largest, node = max(shares, key=lambda pair: pair[0])
    yield found(
        [node],
        msg(
            "The penalties on weights begin at {total:.3g}, most of it from `{layer}` ({largest:.3g}); the "
            "error of a net that knows nothing is about {start:.3g}.",
            total=total,
            layer=node.layer,
            largest=largest,
            start=start,
        ),
        msg("Make the factor 10 to 100 times smaller."),
        penalty=total,
        error=start,
    )


def _penalty(penalty, kernel) -> float:
    """The penalty of the weights as they are, of large kernels by a part of them."""
    value = kernel.value
    if prod(value.shape) > 65_536:
        value = value[(0,) * max(len(value.shape) - 2, 1)]
    part = np.asarray(value, float)
    scale = prod(kernel.shape) / max(part.size, 1)
    first, second = (float(getattr(penalty, name, 0) or 0) for name in ("l1", "l2"))
    return scale * float(first * np.abs(part).sum() + second * (part**2).sum())


@rule(
    "D09",
    "bn-on-logits",
    "hint",
    msg("Scores rescaled by the batch depend on the company a sample is in."),
    wrong="layers.Dense(10), layers.BatchNormalization(), layers.Softmax()",
    right='layers.BatchNormalization(), layers.Dense(10, activation="softmax")',
    source="",
)
def normalised_scores(subject):
    for answer in subject.answers:
        act = answer.activation
        if act is None or answer.kernel is None or act.op not in ("softmax", "sigmoid"):
            continue
        before = answer.head[: answer.head.index(act)]
        if before and before[-1].op == "batch_norm" and not any(is_activation(n) for n in before):
            yield found(
                [before[-1]],
                msg(
                    "{where} rescales the scores of the answer by the batch, right before `{op}`.",
                    where=place(before[-1]),
                    op=act.op,
                ),
                msg("Normalise hidden layers instead."),
            )


@rule(
    "D10",
    "bn-batch-1",
    "fault",
    msg("One sample is its own mean: normalised it is 0, and the answer depends on nothing."),
    wrong="keras.Input((20,), batch_size=1), layers.Dense(64), layers.BatchNormalization()",
    right="keras.Input((20,)), layers.Dense(64), layers.BatchNormalization()",
    source="TheDeepChecker",
    grave=True,
)
def normalisation_of_one(subject):
    shapes = [tuple(t.shape) for t in getattr(subject.model, "inputs", None) or ()]
    if not shapes or any(shape[:1] != (1,) for shape in shapes):
        return
    for node in subject.graph.nodes:
        positions = prod(d or 1 for d in node.shape[1:-1])
        if node.op == "batch_norm" and positions == 1:
            yield found(
                [node],
                msg(
                    "{where} normalises over a batch of 1: in training every number becomes its shift `beta`.",
                    where=place(node),
                ),
                msg("Use batches of 8 or more, or LayerNormalization."),
                "layers.LayerNormalization()",
                batch=1,
            )


@rule(
    "D11",
    "dropout-on-conv",
    "hint",
    msg(
        "Neighbouring pixels of a map say nearly the same, so what one loses the next still tells."
    ),
    on_request=True,
    wrong='layers.Conv2D(32, 3, activation="relu"), layers.Dropout(0.3)',
    right='layers.Conv2D(32, 3, activation="relu"), layers.SpatialDropout2D(0.3)',
    source="Tompson et al. 2015",
)
def dropout_on_maps(subject):
    graph = subject.graph
    for node in graph.nodes:
        if node.op != "dropout" or not _rate(node) or len(node.shape) != 4:
            continue
        source = graph.producers(node)[0]
        while is_elementwise(source) or source.op == "batch_norm":
            source = graph.producers(source)[0]
        if source.op.startswith("conv2d"):
            yield found(
                [node],
                msg("{where} drops single pixels of a map.", where=place(node)),
                msg("SpatialDropout2D drops whole channels."),
                f"layers.SpatialDropout2D({_rate(node):g})",
            )


def _next(graph, node, ops, within):
    """The first node of ``ops`` after ``node``, past activations and at most ``within`` kernels."""
    queue = [(after, 0) for after in graph.consumers(node)]
    while queue:
        after, kernels = queue.pop()
        if after.op in ops:
            return after
        kernels += has_kernel(after)
        if kernels <= within and (has_kernel(after) or is_elementwise(after)):
            queue.extend((later, kernels) for later in graph.consumers(after))
    return None
