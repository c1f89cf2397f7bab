"""Family C: initialisers, weights and what may not change."""

from __future__ import annotations

from math import prod, sqrt

import numpy as np

from autograder.faults._rule import found, kernel_of, line, place, rule
from autograder.messages import msg
from autograder.reading import is_dropout, is_elementwise

_RANDOM = {
    "GlorotUniform",
    "GlorotNormal",
    "HeUniform",
    "HeNormal",
    "LecunUniform",
    "LecunNormal",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "Orthogonal",
    "OrthogonalInitializer",
}
_PART = 65_536  # numbers of a kernel that a look at it may read


@rule(
    "C01",
    "zero-kernel",
    "fault",
    msg("Zeros make zeros of every input, and all units of a layer that starts so start alike."),
    wrong='layers.Dense(64, activation="relu", kernel_initializer="zeros")',
    right='layers.Dense(64, activation="relu")',
    source="NeuraLint; TheDeepChecker",
    grave=True,
)
def zero_kernel(subject):
    for node in subject.weighted:
        # A zero output layer trains: its gradient is the hidden state.
        if node.id in subject.last_kernels or _start(subject, node) != "zeros":
            continue
        if _ends_branch(subject.graph, node):
            continue
        act = _activation_after(subject.graph, node)
        code = line(node.source, kernel_initializer="glorot_uniform")
        if act is not None and dead_at_zero(act):
            yield found(
                [node, act],
                msg(
                    "{where} starts with all weights 0, and `{op}` has slope 0 there: nothing before or after it "
                    "gets a gradient.",
                    where=place(node),
                    op=act.op,
                ),
                msg("Keep the default initialiser, or take He's for ReLU."),
                code,
                largest_weight=0.0,
            )
        else:
            yield found(
                [node],
                msg(
                    "{where} starts with all weights 0. This net still trains, because the next layer's random "
                    "weights tell the units apart; the rank of the first update is 1.",
                    where=place(node),
                ),
                msg("Keep the default initialiser."),
                code,
                kind="smell",
                largest_weight=0.0,
            )


def _ends_branch(graph, node) -> bool:
    """Whether the kernel is the last of a residual branch, where zeros are the identity to begin with."""

    def passes(after):
        return "norm" in after.op or is_dropout(after) or after.op in ("identity", "rescaling")

    return any(after.op == "add" for after in graph.frontier(node, passes))


@rule(
    "C02",
    "constant-kernel",
    "fault",
    msg("Units with equal weights get equal gradients, so they stay one unit in many copies."),
    wrong="layers.Dense(64, kernel_initializer=initializers.Constant(0.1))",
    right="layers.Dense(64)",
    source="NeuraLint; TheDeepChecker",
)
def constant_kernel(subject):
    kernels = subject.weighted
    for node, after in zip(kernels, kernels[1:], strict=False):
        if node.id in subject.last_kernels or _start(subject, node) != "constant":
            continue
        forever = _start(subject, after) in ("constant", "zeros") and not _noise(
            subject, node, after
        )
        yield found(
            [node],
            msg(
                "{where}: all {n} units start with the same weights{forever}.",
                where=place(node),
                n=node.shape[-1],
                forever=msg(", and so do those after it: they stay twins for ever")
                if forever
                else "",
            ),
            msg("Keep the default initialiser: units must start different to become different."),
            line(node.source, kernel_initializer="glorot_uniform"),
            kind="fault" if forever else "smell",
            distinct_units=1,
        )


def _noise(subject, node, after) -> bool:
    """Whether dropout stands between two kernels: its masks tell twins apart."""
    nodes = subject.graph.nodes[node.id + 1 : after.id]
    return any(is_dropout(n) and n.params.get("rate", 1) for n in nodes)


def dead_at_zero(activation) -> bool:
    """Whether the activation's slope vanishes at 0, where all of a zero kernel's outputs are."""
    return activation.op in ("relu", "relu6", "hard_shrink", "soft_shrink", "tanh_shrink")


def _start(subject, node) -> str:
    """See :func:`_look`; each kernel is looked at once."""
    if node.id not in subject.starts:
        subject.starts[node.id] = _look(node)
    return subject.starts[node.id]


def _look(node) -> str:
    """How the kernel begins: "zeros", "constant" (all units alike) or "random".

    The configured initialiser decides where there is one: the weights may have been trained since.
    """
    name, initialiser = _initialiser(node)
    if name == "Zeros":
        return "zeros"
    if name in ("Ones", "Constant"):
        return "constant" if getattr(initialiser, "value", 1) else "zeros"
    weights = kernel_of(node)
    if weights is None:
        return "random"
    kernel = _part(weights) if name in _RANDOM else _whole(weights)
    if not kernel.any():
        return "zeros"
    units = kernel.reshape(-1, kernel.shape[-1]) if kernel.ndim > 1 else kernel.reshape(-1, 1)
    return "constant" if units.shape[1] > 1 and not np.ptp(units, axis=1).any() else "random"


def _initialiser(node):
    layer = node.source
    initialiser = getattr(layer, "kernel_initializer", None) or getattr(
        layer, "depthwise_initializer", None
    )
    return type(initialiser).__name__, initialiser


def _part(variable) -> np.ndarray:
    """A kernel, or of a large one the weights of its first position: enough to see zeros."""
    value = variable.value
    if prod(value.shape) > _PART:
        value = value[(0,) * max(len(value.shape) - 2, 1)]
    return np.asarray(value, float)


def _whole(variable) -> np.ndarray:
    return np.asarray(variable.value, float)


def _activation_after(graph, node):
    """The elementwise activation that reads this kernel's output, if it comes before any other sum."""
    queue = list(graph.consumers(node))
    while queue:
        after = queue.pop()
        if is_elementwise(after):
            return after
        if after.op in (
            "batch_norm",
            "dropout",
            "spatial_dropout2d",
            "max_pool2d",
            "flatten",
            "reshape",
        ):
            if after.op == "batch_norm" and after.params.get("center", True) is False:
                return None
            queue.extend(graph.consumers(after))
    return None


@rule(
    "C03",
    "init-scale",
    "smell",
    msg(
        "A sum of n terms grows with the root of n; weights that ignore it inflate or starve signals."
    ),
    wrong="layers.Dense(64, kernel_initializer=initializers.RandomNormal(stddev=1.0))",
    right='layers.Dense(64, kernel_initializer="he_normal")',
    source="He et al. 2015; TheDeepChecker",
)
def init_scale(subject):
    for node in subject.weighted:
        spread = _spread(node)
        kernel = kernel_of(node)
        if spread is None or kernel is None or node.id in subject.last_kernels:
            continue
        fan_in = prod(kernel.shape[:-1])
        after = subject.graph.consumers(node)
        if any("norm" in n.op for n in after):
            continue  # a normalisation makes good whatever the scale was
        act = _activation_after(subject.graph, node)
        rectified = act is not None and act.op in ("relu", "leaky_relu", "prelu", "elu", "relu6")
        gain = spread * sqrt(fan_in / (2 if rectified else 1))
        if 0.1 <= gain <= 4:
            continue
        yield found(
            [node],
            msg(
                "{where}: weights with a deviation of {spread:g} make of {fan} inputs of size 1 sums of size "
                "{sums:.2g}; {right:.2g} would keep the size.",
                where=place(node),
                spread=spread,
                fan=fan_in,
                sums=spread * sqrt(fan_in),
                right=sqrt((2 if rectified else 1) / fan_in),
            ),
            msg(
                "Use an initialiser that knows the number of inputs: He's for ReLU, Glorot's otherwise."
            ),
            line(node.source, kernel_initializer="he_normal" if rectified else "glorot_uniform"),
            gain=gain,
        )


def _spread(node) -> float | None:
    """The deviation of an initialiser that does not look at the shape; None for those that do."""
    name, initialiser = _initialiser(node)
    if name == "RandomNormal":
        return abs(float(initialiser.stddev))
    if name == "TruncatedNormal":
        return 0.88 * abs(float(initialiser.stddev))
    if name == "RandomUniform":
        return (float(initialiser.maxval) - float(initialiser.minval)) / sqrt(12)
    return None


@rule(
    "C04",
    "glorot-with-relu",
    "hint",
    msg("Glorot's initialiser expects a slope of 1; ReLU halves the variance at every layer."),
    on_request=True,
    wrong='layers.Dense(64, activation="relu")',
    right='layers.Dense(64, activation="relu", kernel_initializer="he_normal")',
    source="He et al. 2015",
)
def glorot_with_relu(subject):
    layers = [
        node
        for node in subject.weighted
        if _initialiser(node)[0].startswith("Glorot")
        and (act := _activation_after(subject.graph, node)) is not None
        and act.op == "relu"
    ]
    if layers:
        yield found(
            layers,
            msg(
                "{n} layers with ReLU start with Glorot's weights: at the end {left:.2g} of the variance is left.",
                n=len(layers),
                left=0.5 ** len(layers),
            ),
            msg("Take He's initialiser with ReLU; in a deep net without normalisation it matters."),
            line(layers[0].source, kernel_initializer="he_normal"),
            variance_left=0.5 ** len(layers),
        )


@rule(
    "C05",
    "init-activation-pair",
    "smell",
    msg(
        "SELU keeps mean 0 and variance 1 only from LeCun's weights and with dropout of its own kind."
    ),
    wrong='layers.Dense(64, activation="selu")',
    right='layers.Dense(64, activation="selu", kernel_initializer="lecun_normal")',
    source="Klambauer et al. 2017; TheDeepChecker",
)
def init_activation_pair(subject):
    graph = subject.graph
    for node in subject.weighted:
        act = next((n for n in graph.consumers(node) if n.op == "selu"), None)
        if act is None:
            continue
        name, _ = _initialiser(node)
        if name in _RANDOM and not name.startswith("Lecun") and name != "VarianceScaling":
            yield found(
                [node],
                msg(
                    "{where} has the activation `selu` and starts with the weights of {initialiser}.",
                    where=place(node),
                    initialiser=name,
                ),
                msg('Take `kernel_initializer="lecun_normal"` with SELU.'),
                line(node.source, kernel_initializer="lecun_normal"),
            )
        late = [n for n in graph.consumers(act) if n.op == "dropout" and n.params.get("rate")]
        if late:
            yield found(
                late,
                msg(
                    "{where} sets numbers to 0 after `selu`, whose resting value is -1.76: mean and variance shift.",
                    where=place(late[0]),
                ),
                msg("Use AlphaDropout after SELU."),
                f"layers.AlphaDropout({late[0].params['rate']:g})",
            )


@rule(
    "C06",
    "bias-init",
    "smell",
    msg("A bias shifts every sum the same way before anything is learnt."),
    wrong='layers.Conv2D(32, 3, bias_initializer="ones")',
    right="layers.Conv2D(32, 3)",
    source="NeuraLint",
)
def bias_init(subject):
    for node in subject.weighted:
        if node.id in subject.last_kernels or not node.params.get("use_bias"):
            continue  # at the output a bias may hold the classes' log-odds
        initialiser = getattr(node.source, "bias_initializer", None)
        name = type(initialiser).__name__
        size = _bias_size(name, initialiser)
        act = _activation_after(subject.graph, node)
        rectified = act is not None and act.op in ("relu", "relu6", "leaky_relu", "prelu", "elu")
        if size is None or size == 0 or (name == "Constant" and 0 < size <= 0.1 and rectified):
            continue
        yield found(
            [node],
            msg(
                "{where}: its biases start at {kind} of size {size:g}, not at 0.",
                where=place(node),
                kind=name,
                size=abs(size),
            ),
            msg("Leave the bias initialiser at zeros; 0.01 to 0.1 before ReLU does no harm."),
            line(node.source, bias_initializer="zeros"),
            kind="smell" if abs(size) > 0.3 else "hint",
            size=abs(size),
        )


def _bias_size(name, initialiser) -> float | None:
    if name == "Ones":
        return 1.0
    if name == "Constant":
        value = getattr(initialiser, "value", 0)
        return float(value) if isinstance(value, (int, float)) else None
    if name in ("RandomNormal", "TruncatedNormal"):
        return abs(float(initialiser.mean)) + abs(float(initialiser.stddev))
    if name == "RandomUniform":
        return max(abs(float(initialiser.minval)), abs(float(initialiser.maxval)))
    return None


@rule(
    "C07",
    "twin-layers",
    "smell",
    msg("One seed, one set of weights: the layers start as copies of each other."),
    wrong="init = initializers.HeNormal(seed=1); layers.Dense(64, kernel_initializer=init)  # twice",
    right='layers.Dense(64, kernel_initializer="he_normal")',
    source="",
)
def twin_layers(subject):
    by_seed = {}
    for node in subject.weighted:
        name, initialiser = _initialiser(node)
        seed = getattr(initialiser, "seed", None)
        kernel = kernel_of(node)
        if name not in _RANDOM or not isinstance(seed, int) or kernel is None:
            continue
        if prod(kernel.shape) < 2:
            continue
        key = (name, seed, tuple(kernel.shape))
        by_seed.setdefault(key, {}).setdefault(id(kernel), node)
    for twins in by_seed.values():
        nodes = list(twins.values())
        first = _part(kernel_of(nodes[0])) if len(nodes) > 1 else None
        same = [n for n in nodes[1:] if np.array_equal(first, _part(kernel_of(n)))]
        if same:
            yield found(
                [nodes[0], *same],
                msg(
                    "`{names}` start with the very same weights: their initialisers share the seed {seed}.",
                    names="`, `".join(n.layer for n in [nodes[0], *same]),
                    seed=_initialiser(nodes[0])[1].seed,
                ),
                msg(
                    "Give each layer an initialiser of its own; keras.utils.set_random_seed repeats runs."
                ),
                line(same[0].source, kernel_initializer="glorot_uniform"),
                largest_difference=0.0,
            )


@rule(
    "C08",
    "frozen-random",
    "smell",
    msg("What may not change must have been learnt before; random weights stay random."),
    wrong="layers.Dense(64, trainable=False)",
    right="layers.Dense(64)",
    source="",
)
def frozen_random(subject):
    if not subject.weighted or not getattr(subject.model, "built", True):
        return
    learns = {id(v) for v in getattr(subject.model, "trainable_variables", ())}
    if not learns:
        yield found(
            subject.weighted,
            msg(
                "No weight may change: all {n} layers with weights are frozen.",
                n=len(subject.weighted),
            ),
            msg("Set `trainable = True`, at least on the last layers."),
            "model.trainable = True",
            trainable=0,
        )
        return
    for node in subject.weighted:
        if any(id(v) in learns for v in node.variables) or not node.variables:
            continue
        share = _like_fresh(node)
        if share is not None:
            yield found(
                [node],
                msg(
                    "{where} is frozen, and its weights look as its initialiser made them: their deviation is "
                    "{share:.3f} of a fresh layer's.",
                    where=place(node),
                    share=share,
                ),
                msg("Load trained weights, or let it learn."),
                f'model.get_layer("{node.layer}").trainable = True',
                deviation_of_fresh=share,
            )


def _like_fresh(node) -> float | None:
    """Deviation of the weights over that of a fresh layer; None where they are no fresh ones.

    Uniform weights are told from trained ones by their limit, which trained ones do not keep.
    """
    name, _ = _initialiser(node)
    kernel = kernel_of(node)
    if name not in ("GlorotUniform", "HeUniform", "LecunUniform") or kernel is None:
        return None
    field = prod(kernel.shape[:-2])
    fan_in, fan_out = field * kernel.shape[-2], field * kernel.shape[-1]
    scale = {"GlorotUniform": (fan_in + fan_out) / 2, "HeUniform": fan_in / 2}.get(name, fan_in)
    limit = sqrt(3 / scale)
    weights = _part(kernel)
    if weights.size < 64 or np.abs(weights).max() > limit * 1.001:
        return None
    share = float(weights.std() / (limit / sqrt(3)))
    return share if abs(share - 1) < 3 / sqrt(weights.size) + 0.01 else None


@rule(
    "C09",
    "bn-config",
    "smell",
    msg(
        "Normalisation needs statistics: of the channels, over many batches, not drowned by epsilon."
    ),
    wrong="layers.BatchNormalization(axis=1, momentum=0.0)  # channels last",
    right="layers.BatchNormalization()",
    source="Defect4ML",
)
def batch_norm_settings(subject):
    for node in subject.graph.nodes:
        if node.op != "batch_norm":
            continue
        axis, rank = node.params.get("axis"), len(node.shape)
        momentum, epsilon = node.params["momentum"], node.params["epsilon"]
        reason = None
        if axis == 1 and rank == 4 and not _channels_first(subject.graph, node):
            reason = msg("it normalises the rows of the map (`axis=1`), not its channels")
        elif momentum <= 0:
            reason = msg("momentum 0 keeps the statistics of the last batch only")
        elif momentum >= 0.9999:
            reason = msg(
                "momentum {momentum:g} takes {steps:,} steps to forget where it began",
                momentum=momentum,
                steps=round(1 / (1 - momentum)) if momentum < 1 else 10**9,
            )
        elif epsilon >= 0.1:
            reason = msg("epsilon {epsilon:g} outweighs small variances", epsilon=epsilon)
        if reason is not None:
            yield found(
                [node],
                msg("{where}: {reason}.", where=place(node), reason=reason),
                msg("Keep the defaults of BatchNormalization."),
                "layers.BatchNormalization()",
            )


def _channels_first(graph, node) -> bool:
    near = [*graph.producers(node), *graph.consumers(node)]
    return any(n.params.get("data_format") == "channels_first" for n in near)
