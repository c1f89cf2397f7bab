"""Family D: dropout and normalisation."""

from __future__ import annotations

from autograder.faults._rule import found, place, rule
from autograder.messages import msg
from autograder.reading import has_kernel, is_dropout, is_elementwise


@rule("D01", "dropout-all", "fault")
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
                rate=float(rate),
            )


@rule("D02", "dropout-high", "smell")
def dropout_high(subject):
    for node in subject.graph.nodes:
        if is_dropout(node) and 0.5 < node.params.get("rate", 0) <= 0.95:
            yield found(
                [node],
                msg(
                    "{where}: rate {rate:g} leaves little signal.",
                    where=place(node),
                    rate=node.params["rate"],
                ),
                msg("Rates of 0.2 to 0.5 are usual."),
                rate=float(node.params["rate"]),
            )


@rule("D03", "dropout-before-bn", "smell")
def dropout_before_normalisation(subject):
    for node in subject.graph.nodes:
        if not is_dropout(node) or not node.params.get("rate", 0):
            continue
        norm = _next(subject.graph, node, {"batch_norm"}, within=1)
        if norm is not None:
            yield found(
                [node, norm],
                msg(
                    "`{first}` adds variance in training that `{second}` remembers and inference does not have.",
                    first=node.layer,
                    second=norm.layer,
                ),
                msg("Put dropout after the last normalisation."),
            )


@rule("D04", "dropout-before-maxpool", "smell")
def dropout_before_max_pool(subject):
    for node in subject.graph.nodes:
        if node.op != "dropout" or not node.params.get("rate", 0):
            continue
        pool = _next(subject.graph, node, {"max_pool2d", "max_pool1d"}, within=0)
        if pool is not None:
            yield found(
                [node, pool],
                msg(
                    "`{second}` picks a survivor and undoes most of `{first}`.",
                    first=node.layer,
                    second=pool.layer,
                ),
                msg("Put dropout after the pooling, or use SpatialDropout2D."),
            )


@rule("D07", "bias-before-bn", "waste")
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
