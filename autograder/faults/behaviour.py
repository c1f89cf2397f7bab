"""Family G: what the model does on random inputs, and what one step would change.

These rules need no reason in the graph: they catch what custom layers, own losses and odd weights do. Where a rule
of another family explains what they see, only that rule speaks.
"""

from __future__ import annotations

from math import log

import numpy as np

from autograder.faults._rule import found, kernel_of, rule
from autograder.messages import msg

_CATEGORICAL = ("categorical_crossentropy", "sparse_categorical_crossentropy")


def _by_name(subject, path):
    """The node that owns a variable; None for what is no part of the graph."""
    for node in subject.graph:
        if any(getattr(v, "path", None) == path for v in node.variables):
            return node
    return None


@rule(
    "G01",
    "initial-loss",
    "smell",
    msg(
        "A net that knows nothing should bet evenly: its cross-entropy is the logarithm of the classes."
    ),
    needs="step",
    wrong="layers.Dense(10, kernel_initializer=initializers.RandomNormal(stddev=5))",
    right="layers.Dense(10)",
    source="Karpathy's recipe; TheDeepChecker",
)
def initial_loss(subject):
    if subject.gauge.step is None or len(subject.answers) != 1:
        return
    answer, loss = subject.answers[0], subject.gauge.step[0]
    if not answer.loss.cross_entropy or "focal" in (answer.loss.name or ""):
        return
    even = log(max(answer.classes, 2)) if answer.loss.name in _CATEGORICAL else log(2)
    if np.isfinite(loss) and 0.3 * even <= loss <= 3 * even + 1:
        return
    yield found(
        [answer.node],
        msg(
            "Before any training the loss is {loss:.3g} on random inputs; a net that bets evenly has {even:.3g}.",
            loss=loss,
            even=even,
        ),
        msg("Look at the scale of the weights, at the last activation and at the loss."),
        loss=loss,
        even=even,
    )


@rule(
    "G02",
    "constant-output",
    "fault",
    msg("An answer that does not depend on the input cannot be right about it."),
    needs="forward",
    wrong="x * 0.0",
    right="x",
    source="TheDeepChecker",
    grave=True,
)
def constant_output(subject):
    outputs = subject.gauge.outputs(False)
    if outputs is None or subject.gauge.samples < 2 or not subject.graph.variables:
        return
    if any(_zero(node) for node in subject.weighted if node.id in subject.last_kernels):
        return  # a head that starts with zeros learns at the first step
    for answer, values in zip(subject.answers, outputs, strict=True):
        spread = float(np.ptp(values, axis=0).max(initial=0))
        size = float(np.abs(values).max(initial=0))
        if np.isfinite(spread) and spread <= 1e-7 * size:
            yield found(
                [answer.node],
                msg(
                    "The answer is the same for {n} different random inputs: {value:.4g} and so on.",
                    n=len(values),
                    value=float(values.reshape(-1)[0]),
                ),
                msg(
                    "Find the layer behind which everything is the same: zeros, a dead or a broken path."
                ),
                spread=spread,
            )


def _zero(node) -> bool:
    kernel = kernel_of(node)
    return kernel is not None and not np.asarray(kernel.value).any()


@rule(
    "G03",
    "not-a-distribution",
    "fault",
    msg("Categorical cross-entropy reads the answer as one distribution over the classes."),
    needs="forward",
    wrong='layers.Dense(10, activation="softmax"), MyScaling()',
    right='MyScaling(), layers.Dense(10, activation="softmax")',
    source="",
)
def not_a_distribution(subject):
    for i, answer in enumerate(subject.answers):
        if answer.loss.name not in _CATEGORICAL or answer.loss.from_logits or answer.classes < 2:
            continue
        outputs = subject.gauge.outputs(True)
        if outputs is None:
            return
        rows = outputs[i].reshape(-1, answer.classes)
        sums = rows.sum(-1)
        if np.isfinite(sums).all() and (np.abs(sums - 1).max() > 1e-2 or rows.min() < -1e-6):
            yield found(
                [answer.node],
                msg(
                    "In training the rows of the answer sum to anything from {low:.2f} to {high:.2f}, and their "
                    "smallest number is {least:.2g}.",
                    low=float(sums.min()),
                    high=float(sums.max()),
                    least=float(rows.min()),
                ),
                msg("Let softmax be the last thing that happens to the scores."),
                'layers.Activation("softmax")',
                smallest_row_sum=float(sums.min()),
                largest_row_sum=float(sums.max()),
            )


@rule(
    "G04",
    "zero-gradient",
    "fault",
    msg("Weights without a gradient stay as their initialiser made them."),
    needs="step",
    wrong="keras.ops.stop_gradient(x), or a path that ends in zeros",
    right="x",
    source="DeepLocalize; SageMaker Debugger",
)
def zero_gradient(subject):
    if subject.gauge.step is None:
        return
    gradients = subject.gauge.step[1]
    waiting = any(
        np.ndim(g)
        and np.abs(g).max(initial=0) > 0
        and not np.asarray(v.value).any()
        and "bias" not in v.name
        and "beta" not in v.name
        for v, g in gradients.values()
    )
    if waiting:
        return  # behind a branch that starts closed, all move from the second step on
    still = [path for path, (v, g) in gradients.items() if len(v.shape) > 1 and not g.any()]
    if still:
        nodes = [n for n in (_by_name(subject, path) for path in still) if n is not None]
        yield found(
            nodes,
            msg(
                "{n} of {total} weights get no gradient at all on a random batch: `{names}`.",
                n=len(still),
                total=len(gradients),
                names="`, `".join(still[:4]) + ("`, `…" if len(still) > 4 else ""),
            ),
            msg(
                "Find what stands between them and the loss: zeros, a stopped gradient, a dead activation."
            ),
            variables_without_gradient=len(still),
            variables=len(gradients),
        )


def _norms(subject) -> list[tuple]:
    """(node, root mean square of the gradient) of kernels, first to last."""
    if subject.gauge.step is None:
        return []
    gradients = {id(v): g for v, g in subject.gauge.step[1].values()}
    rows = []
    for node in subject.weighted:
        gradient = gradients.get(id(kernel_of(node)))
        if gradient is not None:
            with np.errstate(over="ignore", invalid="ignore"):
                rows.append((node, float(np.sqrt(np.mean(np.square(gradient, dtype=float))))))
    return rows


@rule(
    "G05",
    "vanishing",
    "smell",
    msg("The gradient is a product over the layers: factors below 1 leave nothing for the first."),
    needs="step",
    wrong='ten layers of layers.Dense(64, activation="sigmoid")',
    right='layers.Dense(64, activation="relu", kernel_initializer="he_normal"), with normalisation',
    source="AUTOTRAINER",
)
def vanishing(subject):
    norms = _norms(subject)
    if len(norms) < 3:
        return
    (first, least), (last, most) = norms[0], norms[-1]
    if 0 < least < 1e-4 and least < 1e-3 * most:
        yield found(
            [first, last],
            msg(
                "The gradient of `{first}` is {ratio:.1g} of that of `{last}`: {least:.2g} against {most:.2g}.",
                first=first.layer,
                last=last.layer,
                ratio=least / most,
                least=least,
                most=most,
            ),
            msg("Use ReLU with He's weights, normalisation, or residual connections."),
            ratio=least / most,
        )


@rule(
    "G06",
    "exploding",
    "smell",
    msg("The gradient is a product over the layers: factors above 1 make a step of any size."),
    needs="step",
    wrong="ten layers with kernel_initializer=initializers.RandomNormal(stddev=1)",
    right='kernel_initializer="he_normal"',
    source="AUTOTRAINER",
)
def exploding(subject):
    norms = _norms(subject)
    if not norms:
        return
    broken = [node for node, norm in norms if not np.isfinite(norm)]
    (first, large), (last, least) = norms[0], norms[-1]
    if broken or (len(norms) > 2 and large > 1e3 * least > 0):
        node = broken[0] if broken else first
        yield found(
            [node],
            msg("The gradient of `{layer}` is not finite on a random batch.", layer=node.layer)
            if broken
            else msg(
                "The gradient of `{first}` is {ratio:.3g} times that of `{last}`.",
                first=first.layer,
                last=last.layer,
                ratio=large / least,
            ),
            msg("Make the initial weights smaller, normalise, or clip the gradient."),
            **({} if broken else {"ratio": large / least}),
        )


@rule(
    "G07",
    "symmetry",
    "fault",
    msg("Units with equal weights and equal gradients stay equal for ever: many copies of one."),
    needs="step",
    wrong="model.layers[0].set_weights([np.ones((20, 64)), np.zeros(64)])",
    right="keep the random weights",
    source="TheDeepChecker",
)
def symmetry(subject):
    if subject.gauge.step is None:
        return
    gradients = {id(v): g for v, g in subject.gauge.step[1].values()}
    for node in subject.weighted:
        kernel = kernel_of(node)
        gradient = gradients.get(id(kernel))
        if node.id in subject.last_kernels:
            continue
        if gradient is None or gradient.shape[-1] < 2 or not gradient.any():
            continue
        weights = np.asarray(kernel.value).reshape(-1, gradient.shape[-1])
        rows = gradient.reshape(-1, gradient.shape[-1])
        close = np.ptp(rows, axis=1).max() <= 1e-5 * np.abs(rows).max()
        if not np.ptp(weights, axis=1).any() and close:
            yield found(
                [node],
                msg(
                    "All {n} units of `{layer}` have the same weights, and one step moves them alike.",
                    n=rows.shape[1],
                    layer=node.layer,
                ),
                msg(
                    "Keep the default initialiser: units must start different to become different."
                ),
                distinct_units=1,
            )


@rule(
    "G09",
    "train-eval-gap",
    "smell",
    msg("What is trained and what is used should be one function, up to a little noise."),
    needs="forward",
    wrong="layers.GaussianNoise(10.0)",
    right="layers.GaussianNoise(0.1)",
    source="TheDeepChecker",
)
def train_eval_gap(subject):
    if any("batch_norm" in n.op for n in subject.graph):
        return  # before training the stored statistics are no statistics
    if not any(
        n.op.endswith(("dropout", "noise", "dropout1d", "dropout2d")) for n in subject.graph
    ):
        return
    trained, used = subject.gauge.outputs(True), subject.gauge.outputs(False)
    if trained is None or used is None:
        return
    for answer, a, b in zip(subject.answers, trained, used, strict=True):
        length = float(np.linalg.norm(a) * np.linalg.norm(b))
        if not length or not np.isfinite(length):
            continue
        cosine = float((a * b).sum() / length)
        if cosine < 0.5:
            yield found(
                [answer.node],
                msg(
                    "In training and in inference the net gives answers whose cosine is {cosine:.2f}.",
                    cosine=cosine,
                ),
                msg("Lower the rates of dropout and noise."),
                cosine=cosine,
            )


@rule(
    "G10",
    "update-ratio",
    "smell",
    msg("A step as large as the weights themselves forgets them."),
    needs="step",
    wrong="optimizers.SGD(learning_rate=10.0)",
    right="optimizers.SGD(learning_rate=0.01)",
    source="SageMaker Debugger; TheDeepChecker",
)
def update_ratio(subject):
    settings = subject.optimizer
    if settings is None or settings.rate is None or settings.kind not in ("SGD", "Adam", "RMSprop"):
        return
    for node, gradient in _norms(subject):
        weights = np.asarray(kernel_of(node).value, float)
        size = float(np.sqrt(np.mean(weights**2)))
        # The first step of Adam has the length of the rate in every coordinate.
        move = settings.rate * (gradient if settings.kind == "SGD" else 1.0)
        if size and np.isfinite(move) and move / size > 0.5:
            yield found(
                [node],
                msg(
                    "The first step moves `{layer}` by {ratio:.2g} of the size of its weights.",
                    layer=node.layer,
                    ratio=move / size,
                ),
                msg("Lower the learning rate; a thousandth of the weights' size is usual."),
                ratio=move / size,
            )
            return
