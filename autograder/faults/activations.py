"""Family B: activations between layers."""

from __future__ import annotations

from autograder.faults._rule import found, place, rule
from autograder.messages import msg
from autograder.reading import has_kernel, is_affine

_MERGES = ("add", "average", "concat", "subtract")
_GATES = ("multiply", "matmul", "einsum", "dot")


@rule("B01", "linear-stack", "fault")
def linear_stack(subject):
    for first, second in _linear_pairs(subject.graph):
        if second.op == "conv2d" and second.params["kernel_size"] == (1, 1):
            continue  # B02 says it better
        yield found(
            [first, second],
            msg(
                "Between `{first}` and `{second}` stands nothing non-linear: the two are one linear layer in disguise.",
                first=first.layer,
                second=second.layer,
            ),
            msg("Put an activation after `{layer}`.", layer=first.layer),
        )


@rule("B02", "pointwise-after-linear", "fault")
def pointwise_after_linear(subject):
    for first, second in _linear_pairs(subject.graph):
        if second.op == "conv2d" and second.params["kernel_size"] == (1, 1):
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
            )


@rule("B04", "softmax-hidden", "fault")
def softmax_hidden(subject):
    for node in subject.graph.nodes:
        if node.op != "softmax" or not _feeds_kernel(subject.graph, node):
            continue
        yield found(
            [node],
            msg(
                "{where}: softmax in the middle of the net makes its {n} units share a sum of 1: on average "
                "each passes on {mean:.3f}.",
                where=place(node),
                n=node.shape[-1],
                mean=1 / node.shape[-1],
            ),
            msg("Use an ordinary activation here, such as ReLU."),
            mean=1 / node.shape[-1],
        )


def _linear_pairs(graph):
    """Pairs of kernels with only affine operations between them.

    A narrow middle is a declared low-rank factorisation, no accident; a depthwise convolution
    belongs to the pointwise one after it.
    """
    for node in graph.nodes:
        if not has_kernel(node):
            continue
        for source in _affine_sources(graph, node):
            middle = source.shape[-1]
            narrow = (
                middle is not None
                and source.op in ("dense",)
                and middle < min(source.input_shapes[0][-1], node.shape[-1])
            )
            separable = source.op == "depthwise_conv2d" and node.params.get("kernel_size") == (1, 1)
            if not narrow and not separable:
                yield source, node


def _affine_sources(graph, node):
    def passes(before):
        return is_affine(before) and not has_kernel(before) and before.op not in _MERGES

    return [n for n in graph.frontier(node, passes, backward=True) if has_kernel(n)]


def _feeds_kernel(graph, node) -> bool:
    """Whether a layer with a kernel comes later, other than through a gate or attention."""

    def passes(after):
        return not has_kernel(after) and after.op not in _GATES

    return any(has_kernel(after) for after in graph.frontier(node, passes))
