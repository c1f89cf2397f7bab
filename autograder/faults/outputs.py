"""Family A: the output layer, the loss and the metrics."""

from __future__ import annotations

from math import prod

from autograder.faults._rule import found, line, place, rule
from autograder.faults.evidence import row_sums
from autograder.faults.losses import a_number, loss_fix
from autograder.messages import msg
from autograder.reading import has_kernel, is_activation, is_affine, is_dropout

#: Activations whose values may stand for probabilities.
PROBABILITIES = {"softmax", "sigmoid", "hard_sigmoid", "sparsemax", "sparse_sigmoid"}
#: Activations by themselves no answer to "which class?", whatever the scores.
_UNFIT = {
    "relu",
    "relu6",
    "leaky_relu",
    "prelu",
    "elu",
    "selu",
    "celu",
    "gelu",
    "silu",
    "hard_silu",
    "mish",
    "tanh",
    "hard_tanh",
    "softsign",
    "softplus",
    "exponential",
    "abs",
    "square",
    "threshold",
    "clip",
    "log_sigmoid",
    "tanh_shrink",
    "soft_shrink",
    "hard_shrink",
    "sparse_plus",
    "squareplus",
}
_CATEGORICAL = ("categorical_crossentropy", "sparse_categorical_crossentropy")
_BOUNDED = {
    "sigmoid",
    "hard_sigmoid",
    "softmax",
    "tanh",
    "hard_tanh",
    "relu",
    "relu6",
    "softsign",
    "clip",
}


def _wants_number(subject) -> bool:
    return subject.task is not None and subject.task.kind == "regression"


def _flat(answer) -> bool:
    """Whether the answer is one row of numbers, neither a map nor a sequence."""
    return len(answer.node.shape) == 2


def _exclusive(subject, answer) -> bool:
    """Whether exactly one class is right."""
    if subject.task is not None:
        return subject.task.exclusive
    return answer.loss.name in (*_CATEGORICAL, "categorical_focal_crossentropy")


def _compile_with(loss: str) -> str:
    return f'model.compile(loss="{loss}", ...)'


@rule(
    "A01",
    "softmax-one-unit",
    "fault",
    msg("Softmax of a single number is 1 whatever the number, so its slope is 0."),
    wrong='layers.Dense(1, activation="softmax")',
    right='layers.Dense(1, activation="sigmoid")',
    source="Keras' own warning; NeuraLint",
    grave=True,
)
def softmax_one_unit(subject):
    for answer in subject.answers:
        act = answer.activation
        if act is None or act.op != "softmax" or act.shape[act.params.get("axis", -1)] != 1:
            continue
        number = _wants_number(subject)
        yield found(
            [act],
            msg(
                "{where}: softmax over one unit. It always answers 1.0, so nothing can be learnt.",
                where=place(act),
            ),
            a_number()
            if number
            else msg("Use `sigmoid` for a yes/no answer, or one unit for each class."),
            line(act.source, activation="linear" if number else "sigmoid"),
            output=1.0,
        )


@rule(
    "A02",
    "sigmoid-multiclass",
    "fault",
    msg("Cross-entropy needs one distribution over the classes; sigmoids are unrelated opinions."),
    needs="loss",
    wrong='layers.Dense(10, activation="sigmoid")  # exactly one of ten is right',
    right='layers.Dense(10, activation="softmax")',
    source="NeuraLint; DL Contract",
)
def sigmoid_multiclass(subject):
    for answer in subject.answers:
        act = answer.activation
        if (
            act is None
            or act.op not in ("sigmoid", "hard_sigmoid")
            or answer.classes < 2
            or not subject.classifies(answer)
            or not _exclusive(subject, answer)
            or answer.loss.from_logits
        ):
            continue
        sums = row_sums(subject, answer)
        fix = msg("Use `softmax`: one distribution over the classes instead of unrelated opinions.")
        code = line(act.source, activation="softmax")
        if sums is None:
            yield found(
                [act],
                msg(
                    "{where}: sigmoid over {n} classes of which exactly one is right. The rows of the answer "
                    "should sum to 1, and nothing makes them.",
                    where=place(act),
                    n=answer.classes,
                ),
                fix,
                code,
            )
            continue
        yield found(
            [act],
            msg(
                "{where}: sigmoid over {n} classes of which exactly one is right. The rows of the answer should "
                "sum to 1; on random inputs they sum to {total:.2f} on average.",
                where=place(act),
                n=answer.classes,
                total=float(sums.mean()),
            ),
            fix,
            code,
            row_sum=float(sums.mean()),
        )


@rule(
    "A03",
    "softmax-with-bce",
    "smell",
    msg("Binary cross-entropy treats every class as a yes/no question of its own."),
    needs="loss",
    wrong='model.compile(loss="binary_crossentropy")  # softmax over ten units',
    right='model.compile(loss="categorical_crossentropy")',
    source="NeuraLint",
)
def softmax_with_bce(subject):
    for answer in subject.answers:
        act = answer.activation
        if (
            act is not None
            and act.op == "softmax"
            and answer.classes > 1
            and answer.loss.name == "binary_crossentropy"
        ):
            yield found(
                [act],
                msg(
                    "The loss asks {n} separate yes/no questions, while softmax gives one distribution.",
                    n=answer.classes,
                ),
                msg("Use categorical cross-entropy with softmax."),
                _compile_with("categorical_crossentropy"),
                kind="fault" if subject.task and subject.task.exclusive else "smell",
            )


@rule(
    "A04",
    "logits-into-probability-loss",
    "fault",
    msg("The loss takes the logarithm of numbers that are no probabilities."),
    needs="loss",
    wrong='layers.Dense(10), loss="sparse_categorical_crossentropy"',
    right='layers.Dense(10, activation="softmax")',
    source="UMLAUT; NeuraLint",
)
def logits_into_probability_loss(subject):
    for answer in subject.answers:
        loss = answer.loss
        if not loss.cross_entropy or loss.from_logits or answer.activation is not None:
            continue
        if not _scores(subject.graph, answer):
            continue
        binary = loss.name.startswith("binary") or answer.classes == 1
        yield found(
            [answer.base],
            msg(
                "{where} has no activation, and the loss takes the logarithm of its numbers as if they were "
                "probabilities.",
                where=place(answer.base),
            ),
            a_number()
            if _wants_number(subject)
            else msg("Add `sigmoid`, or tell the loss with `from_logits=True`.")
            if binary
            else msg("Add `softmax`, or tell the loss with `from_logits=True`."),
            ""
            if _wants_number(subject)
            else line(answer.base.source, activation="sigmoid" if binary else "softmax"),
        )


def _scores(graph, answer) -> bool:
    """Whether the answer is made of kernels alone, by sums of them at most."""
    base = answer.base
    if has_kernel(base):
        return True
    if base.op not in ("add", "average", "subtract"):
        return False

    def passes(node):
        return is_affine(node) and not has_kernel(node)

    sources = graph.frontier(base, passes, backward=True)
    return bool(sources) and all(has_kernel(node) for node in sources)


@rule(
    "A05",
    "relu-like-output-with-ce",
    "fault",
    msg(
        "Probabilities lie between 0 and 1 and sum to 1; the logarithm of 0 or of less has no slope."
    ),
    needs="graph",
    wrong='layers.Dense(10, activation="relu")  # ten classes',
    right='layers.Dense(10, activation="softmax")',
    source="fault localisation study of 2025",
)
def unfit_output_with_ce(subject):
    for answer in subject.answers:
        act, loss = answer.activation, answer.loss
        if act is not None and not subject.compiled and subject.task is None:
            yield from _perhaps_unfit(subject, answer)
            continue
        if act is None or not subject.classifies(answer) or loss.from_logits:
            continue
        if loss.for_classes and not loss.cross_entropy:
            continue  # a hinge takes any score
        if loss.regression and (subject.task is None or subject.task.kind != "classification"):
            continue
        if act.op not in _UNFIT and act.op != "log_softmax":
            continue
        if act.op == "clip" and act.params["low"] >= 0 and act.params["high"] <= 1:
            continue
        binary = answer.classes == 1
        yield found(
            [act],
            msg(
                "{where}: `{op}` on the answer makes no probabilities.", where=place(act), op=act.op
            ),
            msg("Use `softmax` (one right class) or `sigmoid` (yes/no)."),
            line(act.source, activation="sigmoid" if binary else "softmax"),
        )


def _perhaps_unfit(subject, answer):
    """Without loss and task: a net of several layers that ends in ReLU may be features, may be wrong."""
    act = answer.activation
    dense = answer.base.op == "dense" and len(answer.base.shape) == 2
    if act.op == "relu" and dense and answer.node is act and len(subject.weighted) > 2:
        yield found(
            [act],
            msg(
                "{where}: the net ends in `{op}`. As features that is fine; as an answer it is neither a "
                "probability nor any number.",
                where=place(act),
                op=act.op,
            ),
            msg("For classes end in `softmax` or `sigmoid`, for numbers in no activation."),
            line(act.source, activation="softmax"),
            kind="hint",
        )


@rule(
    "A06",
    "activation-with-from-logits",
    "fault",
    msg("Squashed twice, the scores differ by 1 at most: the loss cannot reach 0."),
    needs="loss",
    wrong='layers.Dense(10, activation="softmax"), CategoricalCrossentropy(from_logits=True)',
    right="layers.Dense(10), CategoricalCrossentropy(from_logits=True)",
    source="NeuraLint",
)
def activation_with_from_logits(subject):
    for answer in subject.answers:
        act = answer.activation
        if act is not None and act.op in PROBABILITIES and answer.loss.from_logits:
            yield found(
                [act],
                msg(
                    "{where}: `{op}`, and the loss says `from_logits=True`: squashed twice.",
                    where=place(act),
                    op=act.op,
                ),
                msg("Keep one of the two: a linear output, or `from_logits=False`."),
                line(act.source, activation="linear"),
            )


@rule(
    "A07",
    "double-softmax",
    "fault",
    msg("The second softmax sees numbers between 0 and 1 and can favour none of them by much."),
    wrong='layers.Dense(10, activation="softmax"), layers.Softmax()',
    right='layers.Dense(10, activation="softmax")',
    source="NeuraLint; Defect4ML",
)
def double_softmax(subject):
    for answer in subject.answers:
        twice = [node for node in answer.head if node.op == "softmax"]
        if len(twice) > 1:
            n = answer.classes
            yield found(
                twice,
                msg(
                    "Softmax of a softmax is nearly uniform: {n} of them stand at the end.",
                    n=len(twice),
                ),
                msg("Keep one softmax."),
                largest_answer=_twice_at_most(n),
            )


def _twice_at_most(n: int) -> float:
    """The largest number that softmax makes of a distribution over ``n`` classes."""
    e = 2.718281828459045
    return e / (e + n - 1)


@rule(
    "A08",
    "activation-on-logits",
    "fault",
    msg("Scores compete by sign and size; what bends them first decides for them."),
    wrong='layers.Dense(10, activation="relu"), layers.Softmax()',
    right="layers.Dense(10), layers.Softmax()",
    source="UMLAUT",
)
def activation_on_logits(subject):
    for answer in subject.answers:
        # What is scaled again in between may be bent on purpose, to bound the scores.
        scaling = ("batch_norm", "rescaling", "scale", "multiply")
        acts = [node for node in answer.head if is_activation(node) or node.op in scaling]
        for first, second in zip(acts, acts[1:], strict=False):
            if first.op not in ("softmax", "log_softmax", *scaling) and second.op == "softmax":
                yield found(
                    [first],
                    msg(
                        "{where}: `{op}` right before the softmax takes sign or range from the class scores.",
                        where=place(first),
                        op=first.op,
                    ),
                    msg("Remove it: scores go into the softmax as they are."),
                    line(first.source, activation="linear"),
                )
        act = answer.activation
        if act is not None and answer.loss.from_logits and act.op in _UNFIT:
            yield found(
                [act],
                msg(
                    "{where}: `{op}` takes sign or range from the class scores before the loss makes "
                    "probabilities of them.",
                    where=place(act),
                    op=act.op,
                ),
                msg("Leave the last layer linear: `from_logits=True` wants plain scores."),
                line(act.source, activation="linear"),
            )


@rule(
    "A09",
    "regression-loss-for-classes",
    "smell",
    msg("Squared errors of probabilities saturate: a confident wrong answer gets no gradient."),
    needs="loss",
    wrong='model.compile(loss="mse")  # softmax over ten classes',
    right='model.compile(loss="categorical_crossentropy")',
    source="DeepFD; Golik et al. 2013",
)
def regression_loss_for_classes(subject):
    for answer in subject.answers:
        act, task, loss = answer.activation, subject.task, answer.loss
        if not loss.regression:
            continue
        if task is not None and task.kind == "classification":
            yield found(
                [answer.node],
                msg(
                    "The loss `{loss}` measures distances between class numbers. A confident wrong answer gets almost "
                    "no gradient.",
                    loss=loss.name,
                ),
                msg("Use cross-entropy: `sparse_categorical_crossentropy` for integer labels."),
                _compile_with("sparse_categorical_crossentropy"),
                kind="fault",
            )
        elif task is None and act is not None and act.op == "softmax" and _flat(answer):
            yield found(
                [act],
                msg(
                    "Softmax with `{loss}`: squared errors of probabilities saturate.",
                    loss=loss.name,
                ),
                msg("Use cross-entropy."),
                _compile_with("categorical_crossentropy"),
                kind="fault" if _accuracy(subject) else "smell",
            )
        elif task is None and act is not None and act.op == "sigmoid" and _row(subject, answer):
            yield found(
                [act],
                msg(
                    "Sigmoid with `{loss}`: if the targets are 0 and 1, a confident wrong answer gets almost no "
                    "gradient.",
                    loss=loss.name,
                ),
                msg("For yes/no answers use `binary_crossentropy`."),
                _compile_with("binary_crossentropy"),
                kind="fault" if _accuracy(subject) else "smell",
            )


def _row(subject, answer) -> bool:
    """A few numbers a sample: neither a picture nor a copy of the input."""
    inputs = {prod(d or 1 for d in subject.graph[i].shape[1:]) for i in subject.graph.inputs}
    copies = answer.classes > 8 and answer.classes in inputs
    return _flat(answer) and answer.classes < 64 and not copies


def _accuracy(subject) -> bool:
    """Whether the model is compiled with a metric that counts right classes."""
    return any("acc" in str(name) for name in _metrics(subject.model))


def _metrics(model) -> list[str]:
    given = getattr(getattr(model, "_compile_metrics", None), "_user_metrics", None) or []
    flat, waiting = [], [given]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, (list, tuple)):
            waiting.extend(one)
        elif one is not None:
            flat.append(one if isinstance(one, str) else type(one).__name__.lower())
    return flat


@rule(
    "A10",
    "ce-one-unit",
    "fault",
    msg("With one class there is nothing to choose from: the loss is 0 for every answer."),
    needs="loss",
    wrong='layers.Dense(1), loss="categorical_crossentropy"',
    right='layers.Dense(1, activation="sigmoid"), loss="binary_crossentropy"',
    source="Keras' own warning; NeuraLint",
    grave=True,
)
def ce_one_unit(subject):
    for answer in subject.answers:
        if answer.classes == 1 and answer.loss.name in _CATEGORICAL:
            yield found(
                [answer.node],
                msg(
                    "Categorical cross-entropy over one class is always 0: there is nothing to choose from."
                ),
                a_number()
                if _wants_number(subject)
                else msg("Use `binary_crossentropy` with `sigmoid`, or one unit for each class."),
                _compile_with("mse" if _wants_number(subject) else "binary_crossentropy"),
                loss=0.0,
            )


@rule(
    "A11",
    "metric-as-loss",
    "fault",
    msg("What only counts right answers is flat nearly everywhere: there is no slope to descend."),
    needs="loss",
    wrong='model.compile(loss="sparse_categorical_accuracy")',
    right='model.compile(loss="sparse_categorical_crossentropy")',
    source="Keras: it fails in `fit` only",
    grave=True,
)
def metric_as_loss(subject):
    told = set()
    for answer in subject.answers:
        problem = answer.loss.problem
        if problem is None or answer.loss.name is None or answer.loss.name in told:
            continue
        told.add(answer.loss.name)
        number = _wants_number(subject)
        onehot = subject.task is not None and subject.task.labels == "onehot"
        yield found(
            [answer.node],
            problem,
            loss_fix(subject.task),
            _compile_with(
                "mse"
                if number
                else "categorical_crossentropy"
                if onehot
                else "sparse_categorical_crossentropy"
            ),
        )


@rule(
    "A12",
    "hinge-with-probabilities",
    "smell",
    msg("A hinge expects scores around -1 and 1, which probabilities never are."),
    needs="loss",
    wrong='layers.Dense(1, activation="sigmoid"), loss="hinge"',
    right='layers.Dense(1, activation="tanh"), loss="hinge"',
    source="fault localisation study of 2025",
)
def hinge_with_probabilities(subject):
    for answer in subject.answers:
        act = answer.activation
        if answer.loss.hinge and act is not None and act.op in PROBABILITIES:
            yield found(
                [act],
                msg(
                    "{where}: `{op}` with the loss `{loss}`, whose margin lies at 1: it asks for scores "
                    "beyond what `{op}` can give.",
                    where=place(act),
                    op=act.op,
                    loss=answer.loss.name,
                ),
                msg("Use cross-entropy, or leave the last layer linear."),
                _compile_with(
                    "binary_crossentropy" if answer.classes == 1 else "categorical_crossentropy"
                ),
            )


@rule(
    "A13",
    "units-vs-classes",
    "fault",
    msg("Every class or target needs an output of its own."),
    needs="task",
    wrong='layers.Dense(9, activation="softmax")  # ten classes',
    right='layers.Dense(10, activation="softmax")',
    source="SFData; DeepLocalize",
)
def units_vs_classes(subject):
    if len(subject.answers) != 1:
        return
    (answer,), task = subject.answers, subject.task
    units, wanted = answer.classes, task.classes
    yes_no = task.kind == "classification" and {units, wanted} == {1, 2}
    if units == wanted or yes_no or not _flat(answer):
        return
    yield found(
        [answer.node],
        msg(
            "{where} answers with {units} numbers; the brief asks for {wanted}.",
            where=place(answer.node),
            units=units,
            wanted=wanted,
        ),
        msg("Give the last layer {wanted} units.", wanted=wanted),
        line(answer.base.source, units=wanted) if answer.base.op == "dense" else "",
        units=units,
        wanted=wanted,
    )


@rule(
    "A14",
    "label-format",
    "fault",
    msg("The two cross-entropies read the labels in two formats: a number, or a row with one 1."),
    needs="task",
    wrong='model.compile(loss="categorical_crossentropy")  # labels 0, 1, 2, ...',
    right='model.compile(loss="sparse_categorical_crossentropy")',
    source="SFData",
)
def label_format(subject):
    task, loss = subject.task, subject.loss.name
    if task.kind != "classification":
        return
    wanted = {"index": "sparse_categorical_crossentropy", "onehot": "categorical_crossentropy"}[
        task.labels
    ]
    if loss in wanted_others(wanted) and task.classes > 1:
        yield found(
            [subject.output],
            msg(
                "The loss `{loss}` reads the labels in another format than the brief gives them.",
                loss=loss,
            ),
            msg("Use `{wanted}`.", wanted=wanted),
            _compile_with(wanted),
        )


def wanted_others(wanted: str) -> set[str]:
    return {"sparse_categorical_crossentropy", "categorical_crossentropy"} - {wanted}


@rule(
    "A15",
    "bounded-regression-output",
    "smell",
    msg("The net cannot reach a target outside the range of its last activation."),
    needs="loss",
    wrong='layers.Dense(1, activation="sigmoid"), loss="mse"',
    right='layers.Dense(1), loss="mse"',
    source="programs of Stack Overflow",
)
def bounded_regression_output(subject):
    for answer in subject.answers:
        act = answer.activation
        if not subject.regresses(answer) or act is None or act.op not in _BOUNDED:
            continue
        if not _row(subject, answer) and subject.task is None:
            continue
        yield found(
            [act],
            msg(
                "{where}: `{op}` keeps the answer within bounds that the targets do not keep.",
                where=place(act),
                op=act.op,
            ),
            msg("Leave the last layer linear."),
            line(act.source, activation="linear"),
            kind="fault" if subject.task is not None else "smell",
        )


def _is_answer(subject, answer) -> bool:
    """Whether the end of the net is an answer, as far as one can tell: a trunk may end as it likes."""
    act = answer.activation
    if act is not None and act.op in ("softmax", "sigmoid"):
        return True
    return subject.classifies(answer) or subject.regresses(answer)


@rule(
    "A16",
    "dropout-after-output",
    "fault",
    msg(
        "Dropout sets numbers to 0 and enlarges the others: on an answer that makes wrong answers."
    ),
    wrong='layers.Dense(10, activation="softmax"), layers.Dropout(0.5)',
    right='layers.Dropout(0.5), layers.Dense(10, activation="softmax")',
    source="measured",
)
def dropout_after_output(subject):
    for answer in subject.answers:
        nodes = answer.head
        late = [node for node in nodes if is_dropout(node) and node.params.get("rate", 1)]
        if not late or not _is_answer(subject, answer) or answer.kernel is None:
            continue
        activations = [i for i, node in enumerate(nodes) if is_activation(node)]
        if activations and nodes.index(late[-1]) < activations[0]:
            yield found(
                late,
                msg(
                    "{where}: dropout between the last weights and `{op}` sets scores of the answer to 0. A "
                    "score of 0 is an answer too, and in training it comes at random.",
                    where=place(late[0]),
                    op=nodes[activations[0]].op,
                ),
                msg("Move it before the last layer with weights."),
                _moved(late[0], answer.base),
            )
            continue
        evidence, measured = {}, ""
        if subject.classifies(answer) and answer.activation is not None:
            sums = row_sums(subject, answer, training=True)
            if sums is not None:
                evidence = {
                    "smallest_row_sum": float(sums.min()),
                    "largest_row_sum": float(sums.max()),
                }
                measured = msg(
                    " In training the rows sum to anything from {low:.2f} to {high:.2f}.",
                    low=evidence["smallest_row_sum"],
                    high=evidence["largest_row_sum"],
                )
        yield found(
            late,
            msg(
                "{where}: dropout on the answer itself zeroes and rescales it.{measured}",
                where=place(late[0]),
                measured=measured,
            ),
            msg("Move it before the last layer with weights."),
            _moved(late[0], answer.base),
            **evidence,
        )


def _moved(node, before) -> str:
    first, second = line(node.source), line(before.source)
    return f"{first}, {second}" if first and second else ""


@rule(
    "A17",
    "norm-or-pool-after-output",
    "fault",
    msg("What is done to an answer after it is made makes another answer of it."),
    wrong='layers.Dense(10, activation="softmax"), layers.BatchNormalization()',
    right='layers.BatchNormalization(), layers.Dense(10, activation="softmax")',
    source="",
)
def norm_after_output(subject):
    for answer in subject.answers:
        act = answer.activation
        if answer.kernel is None or not _is_answer(subject, answer):
            continue
        if act is None:
            nodes = [n for n in answer.head if n.op == "batch_norm"]
        else:
            changing = ("batch_norm", "layer_norm", "group_normalization")
            nodes = [n for n in answer.after if n.op in changing or "max_pool" in n.op]
            nodes += [n for n in answer.after if n.op.startswith("avg_pool")]
        if nodes:
            yield found(
                nodes,
                msg("{where} changes the answer after it is made.", where=place(nodes[0])),
                msg("Move it before the last layer with weights."),
                _moved(nodes[0], answer.base),
            )


@rule(
    "A18",
    "no-output-layer",
    "fault",
    msg("Hidden features are no answer: the last layer with weights must make one number a class."),
    needs="loss",
    wrong='layers.Conv2D(64, 3, activation="relu"), layers.Flatten()  # and no more',
    right='layers.Flatten(), layers.Dense(10, activation="softmax")',
    source="SFData",
)
def no_output_layer(subject):
    for answer in subject.answers:
        if not subject.classifies(answer) or answer.kernel is None:
            continue
        act, last = answer.activation, answer.node
        if act is not None and act.op in (*PROBABILITIES, "log_softmax"):
            continue
        ending = [n for n in answer.after if _ends_no_net(n)]
        hidden = act is not None and act.op in _UNFIT and ending and not _answers(subject, answer)
        single = subject.task is not None or answer.loss.name in _CATEGORICAL
        map_left = (single or act is not None) and answer.base.op.startswith("conv")
        map_left = map_left and any(n.op in ("flatten", "reshape") for n in answer.head)
        if not hidden and not (map_left and answer.base.shape[1:-1] != (1, 1)):
            continue
        yield found(
            [last],
            msg(
                "{where} is the end of the net: no layer with weights comes after the hidden ones, so nothing "
                "answers which class it is.",
                where=place(last),
            ),
            msg(
                "Add the layer that answers: one unit a class with softmax, one unit with sigmoid for yes/no."
            ),
            f'layers.Dense({_wanted(subject)}, activation="softmax")',
        )


def _answers(subject, answer) -> bool:
    """Whether a dense layer has as many units as there are answers, or as few as answers have."""
    if answer.base.op != "dense":
        return False
    units = answer.base.shape[-1]
    return units == subject.task.classes if subject.task is not None else units < 32


def _ends_no_net(node) -> bool:
    if is_dropout(node):
        return bool(node.params.get("rate", 1))
    return node.op in ("flatten", "batch_norm", "layer_norm") or (
        "pool" in node.op and not node.op.startswith("global_avg")
    )


def _wanted(subject):
    return subject.task.classes if subject.task is not None else "classes"


@rule(
    "A19",
    "wrong-metric",
    "smell",
    msg(
        "A metric that counts right classes says nothing about distances, and the other way round."
    ),
    needs="loss",
    wrong='model.compile(loss="mse", metrics=["accuracy"])',
    right='model.compile(loss="mse", metrics=["mae"])',
    source="TheDeepChecker",
)
def wrong_metric(subject):
    names = _metrics(subject.model)
    for answer in subject.answers:
        act = answer.activation
        if answer.loss.regression and _accuracy(subject):
            wants_classes = act is not None and act.op in ("softmax", "sigmoid")
            if not wants_classes:
                yield found(
                    [answer.node],
                    msg(
                        "The metric `{metric}` counts answers that equal the target; with the loss `{loss}` "
                        "hardly any ever do.",
                        metric=next(n for n in names if "acc" in n),
                        loss=answer.loss.name,
                    ),
                    msg("Watch `mae` instead."),
                    f'model.compile(loss="{answer.loss.name}", metrics=["mae"])',
                )
        elif "binary_accuracy" in names and act is not None and act.op == "softmax":
            yield found(
                [answer.node],
                msg(
                    "`binary_accuracy` looks at each of the {n} outputs by itself: an answer that is always "
                    "wrong still counts as {share:.0%} right.",
                    n=answer.classes,
                    share=max(0.0, 1 - 2 / max(answer.classes, 1)),
                ),
                msg("Use `accuracy`: Keras then picks the fitting one."),
                'model.compile(metrics=["accuracy"])',
            )


@rule(
    "A20",
    "multi-output-loss-count",
    "fault",
    msg("An output without a loss is never trained; a loss without an output stops `fit`."),
    needs="loss",
    wrong='keras.Model(x, [a, b]).compile(loss=["mse"])',
    right='keras.Model(x, [a, b]).compile(loss=["mse", "mse"])',
    source="Keras: it fails in `fit` only",
)
def loss_count(subject):
    given = getattr(subject.model, "loss", None)
    outputs = len(subject.graph.outputs)
    if isinstance(given, dict):
        known = {*(getattr(subject.model, "output_names", None) or ())}
        missing = known - {*given} if outputs > 1 else set()
        if known and {*given} - known:
            missing |= {str(name) for name in {*given} - known}
        count = len(given)
    elif isinstance(given, (list, tuple)):
        count, missing = len(given), set()
    else:
        return
    silent = isinstance(given, (list, tuple)) and outputs > 1 and None in list(given)
    if (count != outputs and not isinstance(given, dict)) or missing or silent:
        yield found(
            [subject.graph[i] for i in subject.graph.outputs],
            msg(
                "The model has {outputs} outputs and {losses} losses: they do not go together.",
                outputs=outputs,
                losses=len([x for x in given if x is not None])
                if isinstance(given, (list, tuple))
                else count,
            ),
            msg("Give one loss for each output."),
            outputs=outputs,
            losses=count,
            kind="smell" if silent or (isinstance(given, dict) and count <= outputs) else "fault",
        )
