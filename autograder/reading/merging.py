"""Passes over a traced graph: biases into kernels, arithmetic into activations, dead ends out."""

from __future__ import annotations

from math import prod

from autograder.reading import elementwise
from autograder.reading.costs import macs
from autograder.reading.graph import Node


def tidy(nodes, outputs, inputs):
    """Merge what belongs together. Returns (nodes, outputs, inputs) with new ids.

    ``outputs`` are (node id, port), ``inputs`` the ids of the model's inputs.
    """
    alias = {}
    _fold_biases(nodes, outputs, alias)
    _name_arithmetic(nodes, outputs, alias)
    return _renumber(nodes, outputs, inputs, alias)


def _readers(nodes, alias):
    readers = {n.id: [] for n in nodes}
    for node in nodes:
        if node.id not in alias:
            for i in set(node.inputs):
                readers[i].append(node.id)
    return readers


def _fold_biases(nodes, outputs, alias):
    """``ops.conv(x, kernel) + bias`` is a convolution with a bias."""
    readers = _readers(nodes, alias)
    ends = {i for i, _ in outputs}
    for add in nodes:
        kernel = nodes[add.inputs[0]] if len(add.inputs) == 1 else None
        if add.bias is None or kernel is None or not kernel.raw_kernel:
            continue
        channel = 1 if kernel.params.get("data_format") == "channels_first" else -1
        size = prod(getattr(add.bias, "shape", ()))
        alone = readers[kernel.id] == [add.id] and kernel.id not in ends
        if not alone or size != kernel.shape[channel] or add.shape != kernel.shape:
            continue
        kernel.params["use_bias"] = True
        kernel.variables += add.variables or _same_size(kernel.owner, size, kernel.variables)
        kernel.macs = macs(
            kernel.op, kernel.params, kernel.input_shapes, kernel.shape, kernel.variables
        )
        alias[add.id] = kernel.id


def _same_size(owner, size, taken):
    """The owner's vector of this size: a reshaped bias reaches the addition as a plain array."""
    for v in getattr(owner, "weights", ()):
        if prod(v.shape) == size and len(v.shape) == 1 and all(v is not t for t in taken):
            return (v,)
    return ()


def _name_arithmetic(nodes, outputs, alias):
    """``x * ops.sigmoid(x)`` is one activation: find such regions and name them by values."""
    gone = set()
    for root in reversed(nodes):
        if root.id in gone or root.fn is None or root.id in alias:
            continue
        best = None
        for source, region in _single_sources(root, nodes):
            if any(len(nodes[i].inputs) > 1 for i in region):
                found = _name(root, source, nodes)
                if found:
                    best = found, source, region
        if best is None:
            continue
        (op, params), source, region = best
        gone |= region
        root.op, root.params = op, params
        root.inputs, root.ports = (source,), (0,)
        root.input_shapes = (root.shape,)


def _single_sources(root, nodes):
    """(source, region): nodes that alone determine ``root``, nearest first.

    The region holds the pointwise nodes between the two, ``root`` included.
    """
    region, frontier = {root.id}, set(root.inputs)
    while True:
        if len(frontier) == 1:
            (source,) = frontier
            if nodes[source].shape == root.shape:
                yield source, set(region)
        latest = max(frontier, default=-1)
        if latest < 0 or nodes[latest].fn is None:
            return
        frontier.remove(latest)
        region.add(latest)
        frontier |= set(nodes[latest].inputs)


def _name(root, source, nodes):
    def run(x):
        done = {source: x}

        def value(i):
            if i not in done:
                done[i] = nodes[i].fn(*[value(j) for j in nodes[i].inputs])
            return done[i]

        return value(root.id)

    found = elementwise.recognise(run, len(root.shape), root.shape[-1])
    return None if found is None or found[0] in ("activation", "softmax") else found


def _renumber(nodes, outputs, inputs, alias):
    needed, waiting = set(inputs), [alias.get(i, i) for i, _ in outputs]
    while waiting:
        i = waiting.pop()
        if i not in needed:
            needed.add(i)
            waiting.extend(alias.get(j, j) for j in nodes[i].inputs)
    # A merged node may read one that was traced after it in the list: sort by need.
    number, kept = {}, []

    def place(i):
        stack = [i]
        while stack:
            here = stack[-1]
            todo = [k for j in nodes[here].inputs if (k := alias.get(j, j)) not in number]
            if here in number:
                stack.pop()
            elif todo:
                stack.extend(reversed(todo))
            else:
                number[stack.pop()] = len(kept)
                kept.append(here)

    for i in sorted(needed):
        place(i)
    fresh = []
    for i in kept:
        node = nodes[i]
        fields = {k: getattr(node, k) for k in Node.__dataclass_fields__}
        fields["id"] = number[i]
        fields["inputs"] = tuple(number[alias.get(j, j)] for j in node.inputs)
        fresh.append(Node(**fields))
    ends = tuple((number[alias.get(i, i)], p) for i, p in outputs)
    return fresh, ends, tuple(number[i] for i in inputs)
