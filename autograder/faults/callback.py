"""A Keras callback: the doctor looks at the model when ``fit`` begins."""

from __future__ import annotations

import keras

from autograder.errors import CheckFailed
from autograder.faults._rule import Task
from autograder.faults.inspecting import diagnose
from autograder.messages import msg


class DoctorCallback(keras.callbacks.Callback):
    """Reports on the model before the first step: ``model.fit(x, y, callbacks=[DoctorCallback()])``.

    ``task``: what the model is for; ``stop=True`` raises CheckFailed when there is a fault, so that
    no time is spent on it; ``show`` takes the text of the report (``print``). The Diagnosis stays
    in ``report``. Neither weights nor random states change: training goes as it would without it.
    """

    def __init__(self, task: Task | None = None, *, stop: bool = False, show=print, **settings):
        super().__init__()
        self.task, self.stop, self.show, self.settings = task, stop, show, settings
        self.report = None

    def on_train_begin(self, logs=None):
        try:
            self.report = diagnose(self.model, self.task, **self.settings)
        except Exception as error:  # training must not stop for a failure of ours
            self.show(
                msg(
                    "The doctor could not look at this model: {kind}: {reason}",
                    kind=type(error).__name__,
                    reason=str(error)[:200],
                ).text()
            )
            return
        if self.report.findings:
            self.show(self.report.text())
        if self.stop and self.report.faults:
            raise CheckFailed(self.report.text())
