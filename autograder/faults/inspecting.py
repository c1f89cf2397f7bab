"""Ask every rule, keep the root causes, put the gravest first."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path

from autograder.errors import CheckFailed
from autograder.faults._rule import RULES, Finding, Rule, Subject, Task
from autograder.faults.diagnosis import KINDS, Diagnosis, merged
from autograder.faults.evidence import CHEAP, Gauge, foreign, unchanged
from autograder.faults.losses import losses_of
from autograder.messages import Lines, Message, msg
from autograder.reading import ReadError, is_opaque, read

# Where the first fires, the others say the same thing again, or what comes of it.
_EXPLAINS = {
    "A01": {"A04", "A10", "A15", "G01", "G02", "G04"},
    "A02": {"G01", "G03"},
    "A03": {"G01"},
    "A04": {"G01", "G03", "G06"},
    "A05": {"A08", "G01", "G03", "G04", "G06"},
    "A06": {"G01"},
    "A07": {"B04", "G01"},
    "A08": {"B06", "G01", "G04"},
    "A09": {"A19"},
    "A10": {"A04", "G01", "G04"},
    "A11": {"A04", "A05", "A09", "A19"},
    "A15": {"A19"},
    "A16": {"G03", "G09"},
    "A17": {"G03"},
    "A18": {"A04", "A05", "A08", "A13", "A16", "A17", "E04", "G01", "G03"},
    "B01": {"B03"},
    "B02": {"B03"},
    "B04": {"G05"},
    "B05": {"B12", "G05"},
    "B09": {"G01", "G06"},
    "C01": {"B11", "E19", "G02", "G04", "G05", "G07"},
    "C02": {"B12", "C03", "C07", "G01", "G06", "G07"},
    "C03": {"B11", "B12", "G01", "G05", "G06"},
    "C08": {"G04"},
    "D01": {"G02", "G03", "G04", "G05", "G09"},
    "D02": {"G09"},
    "D10": {"G02", "G04"},
    "E03": {"E01", "E05", "E10", "E14"},
    "E04": {"A13", "A18"},
    "E14": {"E07"},
    "F01": {"G10"},
    "F02": {"G10"},
    "G02": {"G04", "G05"},
    "G04": {"G05", "B11"},
    "G06": {"G01", "G10"},
}
# Among equals: what the net can compute at all, what it begins with, what it is asked, the rest.
_FAMILIES = "BCADEFG"
# What stands still for want of a gradient is counted for these, where gradients are measured.
_STOPS = {"A01", "A10", "C01", "D01", "G02"}


def diagnose(
    model,
    task: Task | None = None,
    *,
    measure: bool = False,
    seconds: float = 0.3,
    hints: bool = False,
    input_shape: tuple[int, ...] | None = None,
) -> Diagnosis:
    """Inspect a Keras model: what is wrong with it, where, why, and how to mend it.

    ``model``: a Keras model or layer; a function that returns one; a list of layers; or the path of
    a saved model (``.keras``, ``.h5``, ``.json``) or of a Python program, which is read, not run.
    What does not build is diagnosed up to the layer that fails. ``task`` sharpens the rules that
    depend on what the model is for.

    ``measure=True`` also runs the model on random inputs and takes the gradients of one step, for at
    most about ``seconds``; without it only numbers that cost next to nothing are taken. ``hints``
    also asks the rules that fire on many good models. ``input_shape`` of one sample is needed for
    models that were never built, where the task does not say it.

    Weights, optimiser state, compile settings and random states stay as they were. Models of any
    kind give a report; ``notes`` says what was not inspected. Raises ReadError for what is no model,
    Problem for a file that cannot be used.
    """
    from keras import Layer

    from autograder.faults import construction, programs

    shape = input_shape or (task.input_shape if task is not None else None) or None
    settings = {"measure": measure, "seconds": seconds, "hints": hints, "input_shape": shape}
    if isinstance(model, Layer):
        return _inspect(model, task, settings)
    if isinstance(model, (str, os.PathLike)):
        return programs.diagnose_file(Path(model), task, settings)
    if isinstance(model, (list, tuple)):
        return construction.diagnose_layers(model, task, settings)
    if callable(model) and not isinstance(model, type):
        return construction.diagnose_function(model, task, settings)
    raise ReadError(
        msg(
            "Expected a Keras model or layer. Received: {what}.",
            what=type(model).__name__ if model is not None else "None",
        )
    )


def assert_no_faults(
    model, task: Task | None = None, *, allow=(), smells: bool = False, **settings
):
    """For tests: raises CheckFailed with the report when ``model`` has a fault.

    ``allow``: ids of rules to leave out; ``smells=True``: smells count too; the rest as for
    :func:`diagnose`. A model that cannot be read fails: nothing is known of it.
    """
    report = diagnose(model, task, **settings)
    kinds = ("fault", "smell") if smells else ("fault",)
    bad = [f for f in report.findings if f.kind in kinds and f.rule not in allow]
    if report.unread is not None:
        raise CheckFailed(_text_of(report.unread))
    if bad:
        raise CheckFailed(
            Lines(
                *(
                    msg("{rule} {message} {fix}", rule=f.rule, message=f.message, fix=f.fix)
                    for f in bad
                )
            )
        )


def _text_of(error) -> Message | str:
    return getattr(error, "message", None) or str(error)


def _inspect(model, task, settings) -> Diagnosis:
    name = str(getattr(model, "name", ""))
    try:
        with unchanged(model) if foreign(model) else nullcontext():
            graph = read(model, input_shape=settings["input_shape"])
    except ReadError as error:
        return _unread(model, name, error, task)
    except Exception as error:  # whatever a foreign layer raises while it is followed
        told = ReadError(
            msg(
                "Cannot read {model}: {kind}: {reason}",
                model=repr(name),
                kind=type(error).__name__,
                reason=" ".join(str(error).split())[:200],
            )
        )
        return _unread(model, name, told, task)
    subject = Subject(model, graph, task, settings["measure"])
    budget = settings["seconds"] if settings["measure"] else CHEAP
    subject.gauge = Gauge(model, graph, subject.losses, budget, settings["measure"])
    found, notes, broken = _ask(subject, settings["hints"])
    found = _with_steps(subject, found)
    notes = [*notes, *_opaque(graph)]
    if settings["measure"]:
        notes += subject.gauge.skipped
    kept = list(dict.fromkeys(notes))
    return Diagnosis(ordered(found), kept, None, name, graph, broken, model)


def _ask(subject: Subject, hints: bool) -> tuple[list[Finding], list[Message], list[Exception]]:
    found, notes, broken = [], [], []
    for rule in RULES.values():
        if (rule.on_request and not hints) or not rule.applies(subject):
            continue
        try:
            found += rule.findings(subject)
        except Exception as error:  # an odd model may break a rule, never the report
            broken.append(error)
            notes.append(
                msg(
                    "Rule {rule} could not look at this model ({kind}: {reason}).",
                    rule=rule.id,
                    kind=type(error).__name__,
                    reason=" ".join(str(error).split())[:120],
                )
            )
    return found, notes, broken


def ordered(found: list[Finding]) -> list[Finding]:
    """Root causes only, one finding a rule and kind, gravest first."""
    said = {f.rule for f in found}
    explained = {name for rule in said for name in _EXPLAINS.get(rule, ())}
    kept = merged([f for f in found if f.rule not in explained])

    def gravity(f: Finding):
        rule: Rule = RULES[f.rule]
        grave = rule.grave and f.kind == "fault"
        return KINDS.index(f.kind), not grave, _FAMILIES.index(f.rule[0]), f.rule

    return sorted(kept, key=gravity)


def _with_steps(subject: Subject, found: list[Finding]) -> list[Finding]:
    """Adds how many variables get no gradient to the findings that say so."""
    wanted = [f for f in found if f.rule in _STOPS and f.kind == "fault"]
    if not subject.measure or not wanted:
        return found
    still = subject.gauge.still()
    if still is not None:
        for f in wanted:
            f.evidence.setdefault("variables_without_gradient", still[0])
            f.evidence.setdefault("variables", still[1])
    return found


def _opaque(graph) -> list[Message]:
    return [
        msg(
            "Layer `{layer}` is no layer of Keras and could not be taken apart; the rules pass it by.",
            layer=node.layer,
        )
        for node in graph
        if is_opaque(node)
    ]


def _unread(model, name, error, task) -> Diagnosis:
    """What can be said of a model whose layers could not be read: its compile settings."""
    from autograder.reading import LayerGraph

    subject = Subject(model, LayerGraph([], [], name), task)
    found = []
    for rule in RULES.values():
        if rule.needs == "optimizer" and rule.applies(subject):
            try:
                found += rule.findings(subject)
            except Exception:  # nothing is known of such a model
                continue
    loss = losses_of(model, 1)[0]
    if loss.problem is not None and loss.name is not None:
        rule = RULES["A11"]
        from autograder.faults.losses import loss_fix

        found.append(
            Finding("A11", rule.name, rule.kind, [], loss.problem, loss_fix(task), {}, rule.why)
        )
    notes = [
        msg("The layers could not be read, so only the compile settings were inspected."),
        error.message if isinstance(error, ReadError) else msg("{text}", text=str(error)),
    ]
    return Diagnosis(ordered(found), notes, error, name)
