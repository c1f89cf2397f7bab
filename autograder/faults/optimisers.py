"""Family F: the optimiser's settings."""

from __future__ import annotations

from dataclasses import dataclass, field

from autograder.faults._rule import found, rule
from autograder.messages import msg

_ADAPTIVE = ("Adam", "AdamW", "Nadam", "Adamax", "RMSprop", "Lion", "Adafactor", "Muon")


@dataclass(frozen=True)
class Settings:
    """kind: the optimiser's class; rate: its learning rate, None where it follows a schedule;
    values: its other numbers by name."""

    kind: str
    rate: float | None
    start: float | None  # the largest rate that a schedule is known to begin with
    values: dict = field(default_factory=dict)


def settings_of(model) -> Settings | None:
    """The optimiser of a compiled model; None where there is none or it is not Keras' own."""
    from autograder.reading._keras import is_stock

    optimizer = getattr(model, "optimizer", None)
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    if optimizer is None or not is_stock(type(optimizer)):
        return None
    rate, start = getattr(optimizer, "_learning_rate", None), None
    if rate is not None and not hasattr(rate, "assign") and not isinstance(rate, (int, float)):
        known = [getattr(rate, name, None) for name in ("initial_learning_rate", "warmup_target")]
        start = max((float(k) for k in known if isinstance(k, (int, float))), default=None)
        rate = None
    elif rate is not None:
        rate = float(getattr(rate, "value", rate))
    names = ("momentum", "beta_1", "beta_2", "rho", "epsilon", "clipnorm", "clipvalue")
    names += ("global_clipnorm",)
    values = {name: getattr(optimizer, name, None) for name in names}
    numbers = {k: float(v) for k, v in values.items() if isinstance(v, (int, float))}
    return Settings(type(optimizer).__name__, rate, start, numbers)


def _with(settings, **changes) -> str:
    inner = ", ".join(f"{k}={v:g}" for k, v in changes.items())
    return f"model.compile(optimizer=optimizers.{settings.kind}({inner}), ...)"


_USUAL = {"SGD": 0.01, "Adadelta": 1.0, "Adagrad": 0.01, "Ftrl": 0.01}


def _usual(settings) -> float:
    return _USUAL.get(settings.kind, 0.001)


def _unusual(settings, rate):
    """The finding that a learning rate is far from the usual one."""
    usual = _usual(settings)
    return found(
        [],
        msg(
            "The learning rate of {kind} is {rate:g}; the usual one is {usual:g}.",
            kind=settings.kind,
            rate=rate,
            usual=usual,
        ),
        msg("Begin with {usual:g} and change it by factors of 3.", usual=usual),
        _with(settings, learning_rate=usual),
        learning_rate=rate,
    )


@rule(
    "F01",
    "lr-not-positive",
    "fault",
    msg(
        "The step goes against the gradient times the rate: with a rate below 0 it climbs the loss."
    ),
    needs="optimizer",
    wrong="optimizers.Adam(learning_rate=-0.001)",
    right="optimizers.Adam(learning_rate=0.001)",
    source="UMLAUT; Keras accepts it",
    grave=True,
)
def rate_not_positive(subject):
    settings = subject.optimizer
    if settings.rate is not None and settings.rate <= 0:
        yield found(
            [],
            msg(
                "The learning rate of {kind} is {rate:g}: each step climbs the loss.",
                kind=settings.kind,
                rate=settings.rate,
            )
            if settings.rate < 0
            else msg(
                "The learning rate of {kind} is 0: after any number of steps {n} variables of {n} have not moved.",
                kind=settings.kind,
                n=len(getattr(subject.model, "trainable_variables", ())),
            ),
            msg("Use a positive rate; {usual:g} is usual.", usual=_usual(settings)),
            _with(settings, learning_rate=_usual(settings)),
            learning_rate=settings.rate,
        )


@rule(
    "F02",
    "lr-high",
    "smell",
    msg("A step longer than the valley is wide lands on the other slope, and higher."),
    needs="optimizer",
    wrong="optimizers.Adam(learning_rate=0.1)",
    right="optimizers.Adam(learning_rate=0.001)",
    source="UMLAUT; DL Contract",
)
def rate_high(subject):
    settings = subject.optimizer
    rate = settings.rate if settings.rate is not None else settings.start
    if rate is None or settings.kind in ("Adadelta", "Ftrl"):
        return
    adaptive = settings.kind in _ADAPTIVE
    limit = 0.01 if adaptive else 0.1
    normed = any("norm" in n.op for n in subject.graph.nodes)
    if settings.kind == "SGD" and settings.values.get("momentum", 0) >= 0.9:
        limit = 0.2 if normed else 0.05
    # The slope of a squared error grows with the error, that of a cross-entropy does not.
    squared = any(
        a.loss.name == "mean_squared_error" and a.activation is None for a in subject.answers
    )
    grows = settings.kind == "SGD" and squared and not normed
    if rate > limit * (1 + 1e-6) or (grows and rate >= limit * (1 - 1e-6)):
        yield _unusual(settings, rate)


@rule(
    "F03",
    "lr-low",
    "smell",
    msg("Steps that small leave the net where its initialiser put it."),
    needs="optimizer",
    wrong='model.compile(optimizer="adadelta")  # Keras 3 begins at 0.001, the paper at 1.0',
    right="optimizers.Adadelta(learning_rate=1.0)",
    source="UMLAUT; Zeiler 2012",
)
def rate_low(subject):
    settings = subject.optimizer
    rate = settings.rate
    if rate is None or rate <= 0:
        return
    if settings.kind == "Adadelta":
        if rate < 0.05:
            yield found(
                [],
                msg(
                    "Adadelta with a learning rate of {rate:g}: the method finds the size of its steps itself and "
                    "was made for 1.0, so each step is {times:,.0f} times too short.",
                    rate=rate,
                    times=1 / rate,
                ),
                msg("Use `Adadelta(learning_rate=1.0)`, or another optimiser."),
                _with(settings, learning_rate=1.0),
                learning_rate=rate,
            )
        return
    least = 1e-6 if settings.kind in _ADAPTIVE else 1e-5
    if rate < least * (1 - 1e-6):
        yield _unusual(settings, rate)


@rule(
    "F04",
    "momentum-range",
    "fault",
    msg("A running average with a weight of 1 or more forgets nothing and grows without bound."),
    needs="optimizer",
    wrong="optimizers.Adam(beta_1=1.0)",
    right="optimizers.Adam(beta_1=0.9)",
    source="",
    grave=True,
)
def momentum_range(subject):
    settings = subject.optimizer
    usual = {"momentum": 0.9, "beta_1": 0.9, "beta_2": 0.999, "rho": 0.9}
    for name, good in usual.items():
        value = settings.values.get(name)
        if value is not None and not 0 <= value < 1:
            yield found(
                [],
                msg(
                    "`{name}` of {kind} is {value:g}: expected at least 0 and less than 1.",
                    name=name,
                    kind=settings.kind,
                    value=value,
                ),
                msg("{good:g} is usual.", good=good),
                _with(settings, **{name: good}),
                value=value,
            )


@rule(
    "F05",
    "adam-epsilon",
    "smell",
    msg(
        "Adam divides by the root of the mean square plus epsilon: a large one is the whole divisor."
    ),
    needs="optimizer",
    wrong="optimizers.Adam(epsilon=1.0)",
    right="optimizers.Adam(epsilon=1e-7)",
    source="Defect4ML; TheDeepChecker",
)
def adam_epsilon(subject):
    settings = subject.optimizer
    epsilon = settings.values.get("epsilon")
    if settings.kind not in ("Adam", "AdamW", "Nadam", "Adamax") or epsilon is None:
        return
    if epsilon > 0.01 or epsilon < 1e-10:
        yield found(
            [],
            msg(
                "`epsilon` of {kind} is {value:g}: it drowns the gradients' size.",
                kind=settings.kind,
                value=epsilon,
            )
            if epsilon > 0.01
            else msg(
                "`epsilon` of {kind} is {value:g}: where gradients vanish, steps explode.",
                kind=settings.kind,
                value=epsilon,
            ),
            msg("1e-7 is usual."),
            _with(settings, epsilon=1e-7),
            epsilon=epsilon,
        )


@rule(
    "F06",
    "gradient-clip-zero",
    "smell",
    msg("Gradients clipped to almost nothing make almost no step."),
    needs="optimizer",
    wrong="optimizers.SGD(clipnorm=0.0)",
    right="optimizers.SGD(clipnorm=1.0)",
    source="DeepFD",
)
def clip_zero(subject):
    settings = subject.optimizer
    for name in ("clipnorm", "clipvalue", "global_clipnorm"):
        value = settings.values.get(name)
        if value is not None and value < 1e-4:
            yield found(
                [],
                msg(
                    "`{name}` of {kind} is {value:g}: no gradient longer than that passes.",
                    name=name,
                    kind=settings.kind,
                    value=value,
                ),
                msg("Remove it, or begin with 1.0."),
                _with(settings, **{name: 1.0}),
                kind="fault" if value <= 0 else "smell",
                value=value,
            )
