"""Family E: map sizes, kernels, capacity. What keeps a net from building is in construction.py."""

from __future__ import annotations

from autograder.faults._rule import found, place, rule
from autograder.messages import msg


@rule("E02", "pool-too-big", "smell")
def pool_too_big(subject):
    for node in subject.graph.nodes:
        if node.op not in ("max_pool2d", "avg_pool2d"):
            continue
        size, window = node.input_shapes[0][1:3], node.params["pool_size"]
        if None in size or window == (1, 1):
            continue
        if window[0] * window[1] > 25:
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
                    after=node.shape[1],
                ),
                msg("Pool by 2 to 4, several times, with convolutions between."),
                kept=node.shape[1] * node.shape[2] / (size[0] * size[1]),
            )


@rule("E06", "large-kernel", "smell")
def large_kernel(subject):
    for node in subject.graph.nodes:
        if node.op != "conv2d" or min(node.params["kernel_size"]) < 7:
            continue
        k = node.params["kernel_size"][0]
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
            weights_per_pair=k * k,
        )


@rule("E10", "first-layer-too-wide", "smell")
def first_layer_too_wide(subject):
    first = next((n for n in subject.graph.nodes if n.op == "conv2d"), None)
    if first is None or first.input_shapes[0][-1] > 4:
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
            rank=rank,
        )
