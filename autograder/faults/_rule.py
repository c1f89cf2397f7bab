"""What a rule is: one small function that looks at a model and yields what it finds."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from autograder.messages import Lines, Message, msg
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
    """One fault, smell, waste or hint, with the layers it concerns and the numbers measured.

    message says what and where, why gives the rule's reason, fix how to mend it, code is the
    mended line ("" where there is no single one), evidence {name: number} what was measured.
    """

    rule: str
    name: str
    kind: str
    layers: list[str]
    message: Message
    fix: Message
    evidence: dict = field(default_factory=dict)
    why: Message = field(default_factory=Lines)
    code: str = ""


@dataclass(frozen=True)
class Rule:
    """A rule of the catalogue.

    look: ``look(subject)`` yields ``found(...)``. why: the reason, true of every model. needs: what
    has to be there for the rule to be asked: "graph", "loss", "optimizer", "task", "forward" (a
    batch of random inputs), "step" (gradients on one), "program" (no model: it does not build).
    wrong, right: a line of code that has the fault and the mended one. source: who found it.
    grave: nothing at all can be learnt. on_request: fires on many good models, so only if asked.
    """

    id: str
    name: str
    kind: str
    look: Callable[[Subject], Iterator[tuple]]
    why: Message
    needs: str
    wrong: str
    right: str
    source: str
    grave: bool = False
    on_request: bool = False

    def applies(self, subject: Subject) -> bool:
        return {
            "loss": subject.compiled or subject.task is not None,
            "optimizer": subject.optimizer is not None,
            "task": subject.task is not None,
            "forward": subject.measure,
            "step": subject.measure,
            "program": False,
        }.get(self.needs, True)

    def findings(self, subject: Subject) -> Iterator[Finding]:
        for layers, message, fix, code, evidence in self.look(subject):
            kind = evidence.pop("kind", self.kind)
            yield Finding(self.id, self.name, kind, layers, message, fix, evidence, self.why, code)


RULES: dict[str, Rule] = {}


def rule(id: str, name: str, kind: str, why: Message, **about):
    """Register a function ``look(subject)`` that yields ``found(...)`` for each finding."""

    def register(look):
        settings = {"needs": "graph", "wrong": "", "right": "", "source": "", **about}
        RULES[id] = Rule(id, name, kind, look, why, **settings)
        return look

    return register


def found(nodes, message: Message, fix: Message, code: str = "", **evidence) -> tuple:
    layers = list(dict.fromkeys(node.layer for node in nodes))
    return layers, message, fix, code, evidence


@dataclass(frozen=True)
class Answer:
    """One output of the model: the nodes after the last kernel that make it, and its loss.

    base: the kernel, or whatever else the answer is made from; head: the nodes after it, in order.
    """

    node: object
    base: object
    head: tuple
    loss: object
    name: str

    @property
    def kernel(self):
        return self.base if has_kernel(self.base) else None

    @cached_property
    def activation(self):
        """The node that makes the answer what it is: the last activation of the head, or None."""
        return next((n for n in reversed(self.head) if is_activation(n)), None)

    @property
    def after(self) -> tuple:
        """The nodes of the head after its last activation; all of it where there is none."""
        act = self.activation
        return self.head if act is None else self.head[self.head.index(act) + 1 :]

    @property
    def classes(self) -> int:
        return int(self.node.shape[-1] or 0)


# Nodes with one input at which an answer is made, not merely reshaped, scaled or switched.
_MAKERS = (
    "input",
    "custom",
    "embedding",
    "simple_rnn",
    "gru",
    "lstm",
    "bidirectional",
    "time_distributed",
    "rnn",
)


@dataclass
class Subject:
    """What a rule may look at. The graph walks are done once for all rules.

    measure: whether rules may run the model; cheap: whether one small forward pass is affordable
    even when nobody asked for measurements.
    """

    model: object
    graph: object
    task: Task | None
    measure: bool = False
    gauge: object = None
    starts: dict = field(default_factory=dict)  # node id -> how its kernel begins

    @cached_property
    def loss(self):
        from autograder.faults.losses import loss_of

        return self.answers[0].loss if self.answers else loss_of(self.model)

    @cached_property
    def losses(self) -> list:
        from autograder.faults.losses import losses_of

        names = [self.graph[i].layer for i in self.graph.outputs]
        return losses_of(self.model, len(names))

    @property
    def compiled(self) -> bool:
        return getattr(self.model, "loss", None) is not None

    @cached_property
    def optimizer(self):
        from autograder.faults.optimisers import settings_of

        return settings_of(self.model)

    @cached_property
    def answers(self) -> list[Answer]:
        """One an output; outputs that are the same node count once."""
        made, names = [], getattr(self.model, "output_names", None) or []
        for i, (end, loss) in enumerate(zip(self.graph.outputs, self.losses, strict=True)):
            node, head = self.graph[end], []
            while not has_kernel(node) and len(node.inputs) == 1 and node.op not in _MAKERS:
                head.append(node)
                node = self.graph[node.inputs[0]]
            name = str(names[i]) if i < len(names) else self.graph[end].layer
            made.append(Answer(self.graph[end], node, tuple(reversed(head)), loss, name))
        return made

    @cached_property
    def weighted(self) -> list:
        """Nodes with a kernel, in order."""
        return [node for node in self.graph if has_kernel(node)]

    @cached_property
    def last_weighted(self):
        return self.weighted[-1] if self.weighted else None

    @cached_property
    def last_kernels(self) -> set[int]:
        """Ids of the kernels that make an answer: nothing with a kernel comes after them."""
        return {a.base.id for a in self.answers if has_kernel(a.base)}

    @property
    def output(self):
        return self.graph[self.graph.outputs[0]]

    def classifies(self, answer: Answer) -> bool:
        """Whether the answer names classes, as the task or the loss says."""
        if self.task is not None:
            return self.task.kind == "classification"
        return answer.loss.for_classes

    def regresses(self, answer: Answer) -> bool:
        if self.task is not None:
            return self.task.kind == "regression"
        return answer.loss.regression


def kernel_of(node):
    """The matrix or the filters of a node; None where it has none, or none yet."""
    kernels = (v for v in node.variables if len(v.shape) > 1 and "scale" not in v.name)
    found = next(kernels, None)
    return None if found is None or found.value is None else found


def place(node) -> Message:
    """A layer as a message names it at its beginning."""
    return msg("Layer `{layer}`", layer=node.layer)


def line(layer, **changes) -> str:
    """The call that makes a stock layer, with ``changes``: ``layers.Dense(10, activation="relu")``.

    Empty for layers that are not Keras' own.
    """
    from autograder.reading._keras import is_stock

    kind = type(layer)
    if not is_stock(kind):
        return ""
    if "activation" in changes and not hasattr(layer, "activation"):
        return f'layers.Activation("{changes["activation"]}")'
    config = layer.get_config()
    parts, keyword = [], False
    for name, parameter in list(inspect.signature(kind.__init__).parameters.items())[1:]:
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        value = changes.get(name, config.get(name, parameter.default))
        if name == "data_format" and value == _usual_format():
            keyword = True
            continue
        required = parameter.default is parameter.empty
        if not required and (value == parameter.default or _plain(value) is None):
            keyword = True
            continue
        if name not in changes and _same(value, parameter.default):
            keyword = True
            continue
        shown = _plain(value)
        if shown is None:
            return ""
        keyword |= not required
        parts.append(f"{name}={shown}" if keyword else shown)
    return f"layers.{kind.__name__}({', '.join(parts)})"


def _usual_format() -> str:
    from keras.config import image_data_format

    return image_data_format()


def _same(value, default) -> bool:
    """Whether a configured value is the default: objects are configured by a dictionary."""
    if isinstance(value, dict):
        name = str(value.get("class_name", ""))
        return name.lower() == str(default).replace("_", "").lower()
    if isinstance(value, (list, tuple)) and not isinstance(default, (list, tuple)):
        return all(v == default for v in value)
    return value == "linear" and default is None


def _plain(value) -> str | None:
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, dict):
        inner = value.get("config")
        plain = isinstance(inner, dict) and all(
            isinstance(v, (int, float, str, type(None))) for v in inner.values()
        )
        if not plain or "class_name" not in value:
            return None
        kept = {k: v for k, v in inner.items() if k not in ("seed", "name") and v is not None}
        arguments = ", ".join(f"{k}={_plain(v)}" for k, v in kept.items())
        home = "regularizers" if value["class_name"] in ("L1", "L2", "L1L2") else "initializers"
        return f"{home}.{value['class_name']}({arguments})"
    if isinstance(value, (list, tuple)):
        items = [_plain(v) for v in value]
        if None in items:
            return None
        if len(set(items)) == 1 and len(items) in (2, 3):
            return items[0]
        return f"({', '.join(items)}{',' if len(items) == 1 else ''})"
    if isinstance(value, float):
        return f"{value:g}"
    return repr(value) if isinstance(value, (bool, int, type(None))) else None
