"""The graph that reading a model gives: nodes in topological order, and what to ask of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from math import prod

from autograder.messages import msg
from autograder.reading.kinds import has_kernel

_COMMUTATIVE = {"add", "multiply", "average", "maximum", "minimum"}


@dataclass(eq=False)
class Node:
    """One primitive operation.

    ``op`` is the canonical name ('conv2d', 'relu', 'max_pool2d'), ``params`` its canonical
    parameters: sizes are tuples, axes are positive, names of the same thing are one name.
    Shapes have the batch as None in front. ``macs`` are multiplications for one sample, None
    where a size is unknown; ``parameters`` counts the node's own weights.
    """

    id: int
    op: str
    layer: str  # the Keras layer that owns the operation: a fused activation has its layer's name
    path: str  # with the names of the enclosing models: 'block/conv1'
    params: dict = field(default_factory=dict)
    inputs: tuple[int, ...] = ()
    input_shapes: tuple[tuple, ...] = ()
    shape: tuple = ()
    variables: tuple = ()  # the live Keras variables
    source: object = None  # the Keras layer or operation
    macs: int | None = 0
    ports: tuple[int, ...] = ()  # which output of each input node is read

    @property
    def parameters(self) -> int:
        return sum(prod(v.shape) for v in self.variables)

    def __repr__(self):
        params = ", ".join(f"{k}={v}" for k, v in self.params.items())
        return f"<{self.id} {self.op}({params}) {self.layer!r} {self.shape}>"


class LayerGraph:
    """Primitive operations of a model in order. ``a == b`` compares operations, parameters,
    wiring and shapes; never names, initialisers or the values of weights."""

    def __init__(self, nodes, outputs, name="", inputs=None):
        self.nodes: tuple[Node, ...] = tuple(nodes)
        self._outputs = tuple(outputs)  # (node id, port)
        self.inputs: tuple[int, ...] = tuple(
            n.id for n in self.nodes if n.op == "input" and not n.inputs
        )
        if inputs is not None:
            self.inputs = tuple(inputs)
        self.outputs: tuple[int, ...] = tuple(node for node, _ in self._outputs)
        self.name = name

    # -- structure -----------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __len__(self):
        return len(self.nodes)

    def __getitem__(self, node_id: int) -> Node:
        return self.nodes[node_id]

    @property
    def ops(self) -> tuple[str, ...]:
        """Names of the operations in order, without inputs and operations that do nothing."""
        return tuple(n.op for n in self.nodes if n.op not in ("input", "identity"))

    def find(self, *ops: str) -> tuple[Node, ...]:
        """The nodes whose operation is one of ``ops``."""
        return tuple(n for n in self.nodes if n.op in ops)

    @cached_property
    def _consumers(self):
        consumers = {n.id: [] for n in self.nodes}
        for node in self.nodes:
            for source in dict.fromkeys(node.inputs):
                consumers[source].append(node)
        return {k: tuple(v) for k, v in consumers.items()}

    def consumers(self, node: Node) -> tuple[Node, ...]:
        """The nodes that read the output of ``node``."""
        return self._consumers[node.id]

    def producers(self, node: Node) -> tuple[Node, ...]:
        """The nodes whose outputs ``node`` reads, in the order of its arguments."""
        return tuple(self.nodes[i] for i in node.inputs)

    @property
    def weight_nodes(self) -> tuple[Node, ...]:
        """Nodes with a kernel (Dense, convolutions), in order."""
        return tuple(n for n in self.nodes if has_kernel(n))

    def frontier(
        self, node: Node, through: Callable[[Node], bool], backward: bool = False
    ) -> tuple[Node, ...]:
        """The first nodes met when walking from ``node`` through nodes that ``through`` accepts.

        Each is met once, in topological order. ``backward`` walks against the data.
        """
        step = self.producers if backward else self.consumers
        seen, met, waiting = set(), set(), list(step(node))
        while waiting:
            here = waiting.pop()
            if here.id in seen:
                continue
            seen.add(here.id)
            if through(here):
                waiting.extend(step(here))
            else:
                met.add(here.id)
        return tuple(self.nodes[i] for i in sorted(met))

    def paths(
        self, start: Node, stop: Node, through: Callable[[Node], bool] = lambda n: True, limit=1000
    ) -> Iterator[tuple[Node, ...]]:
        """Ways from ``start`` to ``stop``, both ends included, whose inner nodes all satisfy
        ``through``. At most ``limit`` of them: their number can grow exponentially."""
        waiting, found = [(start,)], 0
        while waiting and found < limit:
            way = waiting.pop()
            for node in reversed(self.consumers(way[-1])):
                if node.id == stop.id:
                    found += 1
                    yield (*way, node)
                elif node.id < stop.id and through(node):
                    waiting.append((*way, node))

    # -- equality ------------------------------------------------------------------------------

    @cached_property
    def _key(self):
        names, merkle, source = {}, {}, {}
        for node in self.nodes:
            wires = [(source[i], p) for i, p in zip(node.inputs, node.ports, strict=True)]
            if node.op == "identity":
                source[node.id] = wires[0][0]
                merkle[node.id] = merkle[node.inputs[0]]
                continue
            source[node.id] = node.id
            parts = [(merkle[i], p) for i, p in wires]
            if node.op in _COMMUTATIVE:
                parts.sort()
            key = (node.op, _frozen(node.params), node.shape, tuple(parts))
            merkle[node.id] = names.setdefault(key, len(names))

        # Number the nodes as they are met from the outputs, in an order that does not depend on
        # the order of the arguments of a sum.
        number, shared, rows = {}, {}, []

        wired = {}
        for node in self.nodes:
            wires = [(source[i], p) for i, p in zip(node.inputs, node.ports, strict=True)]
            if node.op in _COMMUTATIVE:
                wires.sort(key=lambda w: (merkle[w[0]], w[1]))
            wired[node.id] = wires

        for out, _ in self._outputs:
            waiting = [source[out]]
            while waiting:
                here = waiting[-1]
                todo = [i for i, _ in wired[here] if i not in number]
                if here in number:
                    waiting.pop()
                elif todo:
                    waiting.extend(reversed(todo))
                else:
                    node = self.nodes[waiting.pop()]
                    number[here] = len(number)
                    weights = tuple(id(v) for v in node.variables)
                    owner = shared.setdefault(weights, number[here]) if weights else None
                    rows.append(
                        (
                            node.op,
                            _frozen(node.params),
                            node.shape,
                            tuple((number[i], p) for i, p in wired[here]),
                            owner,
                        )
                    )
        inputs = tuple(number.get(i) for i in self.inputs)
        return (tuple(rows), inputs, tuple((number[source[i]], p) for i, p in self._outputs))

    def __eq__(self, other):
        if not isinstance(other, LayerGraph):
            return NotImplemented
        return self._key == other._key

    def __hash__(self):
        return hash(self._key)

    # -- cost ----------------------------------------------------------------------------------

    @cached_property
    def variables(self) -> tuple:
        """Every variable of the model once."""
        return tuple({id(v): v for n in self.nodes for v in n.variables}.values())

    @property
    def parameters(self) -> int:
        """Numbers in the weights; a layer used twice counts once."""
        return sum(prod(v.shape) for v in self.variables)

    @property
    def macs(self) -> int | None:
        """Multiply-adds of the kernels for one sample; None when a map's size is unknown.

        Biases, normalisation, pooling and activations are not counted.
        """
        macs = [n.macs for n in self.nodes]
        return None if None in macs else sum(macs)

    def receptive_field(self, node: Node) -> int | None:
        """Side of the square of input pixels that one output of ``node`` sees, the longer side.

        None behind flattening or global pooling (everything is seen) and behind operations
        whose field is unknown. Recurrence of Araujo et al., Distill 2019: a layer with kernel k
        and stride s adds (k - 1) times the product of the strides before it.
        """
        from autograder.reading.costs import receptive_fields

        return receptive_fields(self)[node.id]

    def table(self) -> str:
        """The layers as a text table: layer, operation, output shape, parameters, MACs."""
        heads = [
            msg("layer"),
            msg("operation"),
            msg("output shape"),
            msg("parameters"),
            msg("MACs"),
        ]
        rows = [[h.text() for h in heads]]
        for n in self.nodes:
            macs = "?" if n.macs is None else f"{n.macs:,}"
            rows.append([n.path or n.layer, n.op, shown(n.shape), f"{n.parameters:,}", macs])
        total = "?" if self.macs is None else f"{self.macs:,}"
        rows.append([msg("total").text(), "", "", f"{self.parameters:,}", total])
        wide = [max(len(r[i]) for r in rows) for i in range(5)]
        lines = [
            "  ".join(r[i].rjust(wide[i]) if i > 2 else r[i].ljust(wide[i]) for i in range(5))
            for r in rows
        ]
        lines.insert(1, "  ".join("-" * w for w in wide))
        return "\n".join(line.rstrip() for line in lines)

    def __repr__(self):
        return f"<LayerGraph {self.name!r}: {' -> '.join(self.ops)}>"


def shown(shape) -> str:
    """A shape without its batch: (None, 28, 28, 1) -> '28x28x1'; '?' is an unknown size."""
    return "x".join("?" if d is None else str(d) for d in shape[1:]) or "1"


def _frozen(value):
    if isinstance(value, dict):
        return tuple(sorted((k, _frozen(v)) for k, v in value.items()))
    if isinstance(value, (list, tuple)):
        return tuple(_frozen(v) for v in value)
    if isinstance(value, float):
        return float(f"{value:.6g}")  # 0.1 and float32(0.1) are the same rate
    return value
