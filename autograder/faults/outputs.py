"""Family A: the output layer and the loss."""

from __future__ import annotations

from autograder.faults._rule import found, place, rule
from autograder.faults.evidence import row_sums
from autograder.faults.losses import a_number, loss_fix
from autograder.messages import msg
from autograder.reading import is_activation, is_dropout

_PROBABILITIES = {"softmax", "sigmoid"}


def _wants_number(subject) -> bool:
    return subject.task is not None and subject.task.kind == "regression"


@rule("A01", "softmax-one-unit", "fault")
def softmax_one_unit(subject):
    act = subject.output_activation
    if act is not None and act.op == "softmax" and subject.classes == 1:
        yield found(
            [act],
            msg(
                "{where}: softmax over one unit. It always answers 1.0, so nothing can be learnt.",
                where=place(act),
            ),
            a_number()
            if _wants_number(subject)
            else msg("Use `sigmoid` for a yes/no answer, or one unit for each class."),
            output=1.0,
        )


@rule("A02", "sigmoid-multiclass", "fault")
def sigmoid_multiclass(subject):
    act, task = subject.output_activation, subject.task
    exclusive = (
        task.exclusive
        if task is not None
        else subject.loss.name
        in (
            "categorical_crossentropy",
            "sparse_categorical_crossentropy",
        )
    )
    if (
        act is None
        or act.op != "sigmoid"
        or subject.classes < 2
        or not subject.classifies
        or not exclusive
    ):
        return
    total = row_sums(subject.model, subject.graph).mean()
    yield found(
        [act],
        msg(
            "{where}: sigmoid over {n} classes of which exactly one is right. The rows of the answer should "
            "sum to 1; on random inputs they sum to {total:.2f} on average.",
            where=place(act),
            n=subject.classes,
            total=float(total),
        ),
        msg("Use `softmax`: one distribution over the classes instead of unrelated opinions."),
        row_sum=float(total),
    )


@rule("A03", "softmax-with-bce", "smell")
def softmax_with_bce(subject):
    act = subject.output_activation
    if (
        act is not None
        and act.op == "softmax"
        and subject.classes > 1
        and subject.loss.name == "binary_crossentropy"
    ):
        yield found(
            [act],
            msg(
                "The loss asks {n} separate yes/no questions, while softmax gives one distribution.",
                n=subject.classes,
            ),
            msg("Use categorical cross-entropy with softmax."),
            kind="fault" if subject.task and subject.task.exclusive else "smell",
        )


@rule("A04", "logits-into-probability-loss", "fault")
def logits_into_probability_loss(subject):
    loss = subject.loss
    if (
        loss.cross_entropy
        and not loss.from_logits
        and subject.output_activation is None
        and subject.last_weighted
    ):
        yield found(
            [subject.last_weighted],
            msg(
                "{where} has no activation, and the loss takes the logarithm of its numbers as if they were "
                "probabilities.",
                where=place(subject.last_weighted),
            ),
            a_number()
            if _wants_number(subject)
            else msg("Add `softmax`, or tell the loss with `from_logits=True`."),
        )


@rule("A05", "relu-like-output-with-ce", "fault")
def unfit_output_with_ce(subject):
    act = subject.output_activation
    if act is None or not subject.classifies or act.op in (*_PROBABILITIES, "log_softmax"):
        return
    if subject.loss.regression and (subject.task is None or subject.task.kind != "classification"):
        return
    yield found(
        [act],
        msg("{where}: `{op}` on the answer makes no probabilities.", where=place(act), op=act.op),
        msg("Use `softmax` (one right class) or `sigmoid` (yes/no)."),
    )


@rule("A06", "activation-with-from-logits", "fault")
def activation_with_from_logits(subject):
    act = subject.output_activation
    if act is not None and act.op in _PROBABILITIES and subject.loss.from_logits:
        yield found(
            [act],
            msg(
                "{where}: `{op}`, and the loss says `from_logits=True`: squashed twice.",
                where=place(act),
                op=act.op,
            ),
            msg("Keep one of the two: a linear output, or `from_logits=False`."),
        )


@rule("A07", "double-softmax", "fault")
def double_softmax(subject):
    twice = [node for node in subject.head if node.op == "softmax"]
    if len(twice) > 1:
        yield found(
            twice,
            msg(
                "Softmax of a softmax is nearly uniform: {n} of them stand at the end.",
                n=len(twice),
            ),
            msg("Keep one softmax."),
        )


@rule("A08", "activation-on-logits", "fault")
def activation_on_logits(subject):
    acts = [node for node in subject.head if is_activation(node)]
    for first, second in zip(acts, acts[1:], strict=False):
        if first.op != "softmax" and second.op == "softmax":
            yield found(
                [first],
                msg(
                    "{where}: `{op}` right before the softmax takes sign or range from the class scores.",
                    where=place(first),
                    op=first.op,
                ),
                msg("Remove it: scores go into the softmax as they are."),
            )


@rule("A09", "regression-loss-for-classes", "smell")
def regression_loss_for_classes(subject):
    act, task, loss = subject.output_activation, subject.task, subject.loss
    if not loss.regression:
        return
    if task is not None and task.kind == "classification":
        yield found(
            [subject.output],
            msg(
                "The loss `{loss}` measures distances between class numbers. A confident wrong answer gets almost "
                "no gradient.",
                loss=loss.name,
            ),
            msg("Use cross-entropy: `sparse_categorical_crossentropy` for integer labels."),
            kind="fault",
        )
    elif task is None and act is not None and act.op == "softmax":
        yield found(
            [act],
            msg("Softmax with `{loss}`: squared errors of probabilities saturate.", loss=loss.name),
            msg("Use cross-entropy."),
        )


@rule("A10", "ce-one-unit", "fault")
def ce_one_unit(subject):
    if subject.classes == 1 and subject.loss.name in (
        "categorical_crossentropy",
        "sparse_categorical_crossentropy",
    ):
        yield found(
            [subject.output],
            msg(
                "Categorical cross-entropy over one class is always 0: there is nothing to choose from."
            ),
            a_number()
            if _wants_number(subject)
            else msg("Use `binary_crossentropy` with `sigmoid`, or one unit for each class."),
        )


@rule("A11", "metric-as-loss", "fault")
def metric_as_loss(subject):
    problem = subject.loss.problem
    if problem is not None and subject.loss.name is not None:
        yield found(
            [subject.output],
            problem,
            loss_fix(subject.task),
        )


@rule("A14", "label-format", "fault")
def label_format(subject):
    task, loss = subject.task, subject.loss.name
    if task is None or task.kind != "classification":
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
        )


def wanted_others(wanted: str) -> set[str]:
    return {"sparse_categorical_crossentropy", "categorical_crossentropy"} - {wanted}


@rule("A15", "bounded-regression-output", "smell")
def bounded_regression_output(subject):
    act, task = subject.output_activation, subject.task
    regression = task.kind == "regression" if task is not None else subject.loss.regression
    bounded = {
        "sigmoid",
        "hard_sigmoid",
        "softmax",
        "tanh",
        "hard_tanh",
        "relu",
        "relu6",
        "softsign",
    }
    if regression and act is not None and act.op in bounded and subject.classes <= 4:
        yield found(
            [act],
            msg(
                "{where}: `{op}` keeps the answer within bounds that the targets do not keep.",
                where=place(act),
                op=act.op,
            ),
            msg("Leave the last layer linear."),
            kind="fault" if task is not None else "smell",
        )


@rule("A16", "dropout-after-output", "fault")
def dropout_after_output(subject):
    nodes = subject.head
    late = [node for node in nodes if is_dropout(node) and node.params.get("rate", 1)]
    if not late:
        return
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
        )
        return
    evidence, measured = {}, ""
    if subject.classifies and subject.output_activation is not None:
        sums = row_sums(subject.model, subject.graph, training=True)
        evidence = {"smallest_row_sum": float(sums.min()), "largest_row_sum": float(sums.max())}
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
        **evidence,
    )


@rule("A17", "norm-or-pool-after-output", "fault")
def norm_after_output(subject):
    act = subject.output_activation
    if act is None:
        nodes = [n for n in subject.head if n.op == "batch_norm"] if subject.last_weighted else []
    else:
        after = subject.head[subject.head.index(act) + 1 :]
        nodes = [
            n
            for n in after
            if n.op
            in ("batch_norm", "layer_norm", "max_pool1d", "max_pool2d", "avg_pool1d", "avg_pool2d")
        ]
    if nodes:
        yield found(
            nodes,
            msg("{where} changes the answer after it is made.", where=place(nodes[0])),
            msg("Move it before the last layer with weights."),
        )
