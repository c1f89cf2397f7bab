"""The loss a model was compiled with, by whatever spelling."""

from __future__ import annotations

import re
from dataclasses import dataclass

from autograder.errors import CheckFailed
from autograder.messages import Lines, Message, msg

CROSS_ENTROPIES = {
    "binary_crossentropy",
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
    "binary_focal_crossentropy",
    "categorical_focal_crossentropy",
}
HINGES = {"hinge", "squared_hinge", "categorical_hinge"}
REGRESSION = {
    "mean_squared_error",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_logarithmic_error",
    "huber",
    "log_cosh",
}


@dataclass(frozen=True)
class Loss:
    """name: canonical snake-case name, or None; from_logits: as configured; problem: why there is
    no usable loss, or None."""

    name: str | None
    from_logits: bool = False
    problem: Message | None = None

    @property
    def cross_entropy(self) -> bool:
        return self.name in CROSS_ENTROPIES

    @property
    def hinge(self) -> bool:
        return self.name in HINGES

    @property
    def regression(self) -> bool:
        return self.name in REGRESSION

    @property
    def for_classes(self) -> bool:
        return self.cross_entropy or self.name in HINGES

    def demand(self, task=None) -> None:
        """Raise CheckFailed when nothing can be trained with this loss; ``task`` makes its advice fit."""
        if self.problem is not None:
            raise CheckFailed(Lines(self.problem, loss_fix(task)))


def loss_of(model) -> Loss:
    """The loss of a compiled model. ``compile`` accepts any word; only here it is looked up."""
    given = getattr(model, "loss", None)
    if isinstance(given, list | tuple) and len(given) == 1:
        given = given[0]
    return _of(given)


def _of(given) -> Loss:
    import keras

    if given is None:
        return Loss(None, problem=msg("The model has no loss: it was not compiled."))
    if not isinstance(given, str | dict) and not callable(given):
        return Loss(None)
    try:
        resolved = keras.losses.get(given)
    except (ValueError, TypeError):
        return Loss(
            str(given),
            problem=msg(
                "The loss “{loss}” is no loss that Keras knows. `compile` accepts the word in silence; "
                "the first training step stops.",
                loss=given,
            ),
        )
    name = _snake(getattr(resolved, "__name__", None) or type(resolved).__name__)
    if _is_metric(name):
        return Loss(
            name,
            problem=msg(
                "The loss is the metric “{loss}”: a step function without a slope to descend.",
                loss=name,
            ),
        )
    config = resolved.get_config() if hasattr(resolved, "get_config") else {}
    return Loss(name, bool(config.get("from_logits", getattr(resolved, "from_logits", False))))


def losses_of(model, outputs: int) -> list[Loss]:
    """The loss of each output. One loss for several outputs belongs to all of them."""
    given = getattr(model, "loss", None)
    if outputs == 1 and isinstance(given, dict) and len(given) == 1:
        given = [*given.values()]
    if isinstance(given, dict):
        names = getattr(model, "output_names", None) or []
        given = [given.get(name) for name in names]
    if isinstance(given, (list, tuple)):
        each = [*given, *[None] * outputs][:outputs]
        return [_of(one) if one is not None else Loss(None) for one in each]
    return [_of(given)] * outputs


def _is_metric(name: str) -> bool:
    return name.endswith("accuracy") or name in (
        "auc",
        "precision",
        "recall",
        "top_k_categorical_accuracy",
    )


def a_number() -> Message:
    """The repair of every output and loss that are made for classes where a number is asked for."""
    return msg(
        "The brief asks for a number, such as a price, not for a class: a linear output and the loss `mse`."
    )


def loss_fix(task) -> Message:
    if task is not None and task.kind == "regression":
        return a_number()
    return msg(
        "Use the matching cross-entropy: `sparse_categorical_crossentropy` for integer labels, "
        "`categorical_crossentropy` for one-hot labels."
    )


def _snake(name: str) -> str:
    aliases = {
        "mse": "mean_squared_error",
        "mae": "mean_absolute_error",
        "mape": "mean_absolute_percentage_error",
        "msle": "mean_squared_logarithmic_error",
    }
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return aliases.get(snake, snake)
