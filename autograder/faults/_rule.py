"""What a rule is: one small function that looks at a model and yields what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from autograder.messages import Message, msg
from autograder.reading import has_kernel, is_activation


@dataclass(frozen=True)
class Task:
    """What the model is for.

    kind: "classification" or "regression"; classes: number of classes (or of targets);
    exclusive: every sample belongs to one class only; input_shape: of one sample;
    labels: "index" (integers of shape (n,)) or "onehot".
    """

    kind: str
    classes: int = 1
    exclusive: bool = True
    input_shape: tuple[int, ...] = ()
    labels: str = "index"

    def __post_init__(self):
        if self.kind not in ("classification", "regression"):
            raise ValueError(
                f"Expected kind 'classification' or 'regression'. Received: {self.kind!r}."
            )

    @property
    def output_shape(self) -> tuple[None, int]:
        return (None, self.classes)


@dataclass(frozen=True)
class Finding:
    """One fault, smell, waste or hint, with the layers it concerns and the numbers measured."""

    rule: str
    name: str
    kind: str
    layers: list[str]
    message: Message
    fix: Message
    evidence: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    id: str
    name: str
    kind: str
    look: Callable[[Subject], Iterator[tuple]]

    def findings(self, subject: Subject) -> Iterator[Finding]:
        for layers, message, fix, evidence in self.look(subject):
            kind = evidence.pop("kind", self.kind)
            yield Finding(self.id, self.name, kind, layers, message, fix, evidence)


RULES: dict[str, Rule] = {}


def rule(id: str, name: str, kind: str):
    """Register a function ``look(subject)`` that yields ``found(...)`` for each finding."""

    def register(look):
        RULES[id] = Rule(id, name, kind, look)
        return look

    return register


def found(nodes, message: Message, fix: Message, **evidence) -> tuple:
    layers = list(dict.fromkeys(node.layer for node in nodes))
    return layers, message, fix, evidence


@dataclass
class Subject:
    """What a rule may look at. The graph walks are done once for all rules."""

    model: object
    graph: object
    task: Task | None

    @cached_property
    def loss(self):
        from autograder.faults.losses import loss_of

        return loss_of(self.model)

    @cached_property
    def weighted(self) -> list:
        """Nodes with a kernel, in order."""
        return [node for node in self.graph if has_kernel(node)]

    @cached_property
    def last_weighted(self):
        return self.weighted[-1] if self.weighted else None

    @cached_property
    def output(self):
        return self.graph[self.graph.outputs[0]]

    @cached_property
    def head(self) -> list:
        """Nodes after the last kernel, in order of the computation."""
        if self.last_weighted is None:
            return []
        nodes = list(self.graph.nodes)
        return nodes[nodes.index(self.last_weighted) + 1 :]

    @cached_property
    def output_activation(self):
        """The node that makes the answer what it is: the last activation of the head, or None."""
        return next((n for n in reversed(self.head) if is_activation(n)), None)

    @property
    def classifies(self) -> bool:
        """Whether the model names classes, as the task or the loss says."""
        if self.task is not None:
            return self.task.kind == "classification"
        return self.loss.for_classes

    @property
    def classes(self) -> int:
        return int(self.output.shape[-1] or 0)


def place(node) -> Message:
    """A layer as a message names it at its beginning."""
    return msg("Layer `{layer}`", layer=node.layer)
