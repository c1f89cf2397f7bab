"""Can the model be trained as it is compiled? Its errors come here, before anything is traced."""

from __future__ import annotations

from autograder.messages import Message, msg
from autograder.training._tensors import tensor


class CannotTrain(ValueError):
    """The model cannot be trained as it is compiled. Says what was expected and what was found."""

    def __init__(self, message: Message):
        self.message = message
        super().__init__(message)

    def text(self, lang: str | None = None) -> str:
        return self.message.text(lang)

    def __str__(self):
        return self.text()


def prepare(model, x, y) -> None:
    """Builds the model and resolves its loss, eagerly and on two samples; the errors come here."""
    if not model.built:
        model(tensor(x[:2]), training=False)
    if not getattr(model, "compiled", False) or model.loss is None:
        raise CannotTrain(
            msg(
                "Expected a compiled model with a loss. Received: no loss; call model.compile(...)."
            )
        )
    import keras

    for loss in _leaves(model.loss):
        if isinstance(loss, str):
            try:
                keras.losses.get(loss)
            except ValueError:
                raise CannotTrain(_unknown_loss(loss)) from None
    # Builds what the compiled loss creates at its first call: not allowed inside a tf.function.
    model.compute_loss(
        x=tensor(x[:2]), y=tensor(y[:2]), y_pred=model(tensor(x[:2]), training=False)
    )


def _unknown_loss(name: str) -> Message:
    import keras

    try:
        keras.metrics.get(name)
    except ValueError:
        return msg(
            "Expected the name of a loss. Received: loss={loss!r}, which Keras does not know. "
            "compile() accepts any string; training does not.",
            loss=name,
        )
    return msg(
        "Expected the name of a loss. Received: loss={loss!r}, which is a metric: it counts hits and "
        "has no gradient. compile() accepts any string; training does not.",
        loss=name,
    )


def _leaves(loss):
    if isinstance(loss, dict):
        loss = list(loss.values())
    if isinstance(loss, (list, tuple)):
        return [leaf for part in loss for leaf in _leaves(part)]
    return [loss]


def shown(loss) -> str:
    if isinstance(loss, str):
        return repr(loss)
    return getattr(loss, "name", None) or getattr(loss, "__name__", None) or type(loss).__name__
