"""What a trained net of :mod:`fifteen_layers` shows when it is looked at in several ways."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from course.lab import probes
from course.lab.experiments import report_table
from course.lab.experiments.fifteen_layers import test_samples, title, train_samples
from course.lab.statistics.layers import Moments

_FIT, _JUDGE = 1500, 1000  # samples that probes are fitted to and judged on


def shown(moments: Moments) -> str:
    """Pooled moments by class, a row a layer, as the report has them."""
    rows = [f"{'':12}  {'mean 0':>9} {'mean 1':>9} {'variance 0':>11} {'variance 1':>11}"]
    for name, classes in moments.items():
        zero, one = (classes[label].pooled() for label in (0, 1))
        rows.append(
            f"{title(name):12}  {zero.mean:9.4f} {one.mean:9.4f} {zero.variance:11.4f} "
            f"{one.variance:11.4f}"
        )
    return "\n".join(rows)


def pooled_d_prime(classes) -> float:
    """d' of one layer's pooled moments, {class: RunningMoments}."""
    zero, one = (classes[label].pooled() for label in (0, 1))
    return float(probes.d_prime(zero.mean, zero.variance, one.mean, one.variance))


@dataclass(frozen=True, eq=False)
class Norm3:
    """Batch norm 3 in training mode: its weights and which channels are live (channels,), the pooled
    variance behind it and what the formula of task 3 makes of the weights, the share of zeros by
    layer, and what a zero becomes in each channel."""

    gamma: np.ndarray
    beta: np.ndarray
    live: np.ndarray
    variance: float
    formula: float
    zeros: dict[str, float]
    constants: np.ndarray


def norm_3(net, x, dead: int = 0) -> Norm3:
    """Send pictures (n, 28, 28, 1) through ``net``, and what comes out of max pool 3 as one batch in
    training mode through batch norm 3. The last ``dead`` channels are set to 0 before."""
    from keras import layers

    layer = net.get_layer("batch_norm_3")
    before = probes.activations(net, x, ["max_pool_3"])["max_pool_3"]
    before[..., before.shape[-1] - dead :] = 0
    twin = layers.BatchNormalization.from_config(layer.get_config())  # whose averages may move
    twin.build(before.shape)
    twin.set_weights(layer.get_weights())
    after = np.asarray(twin(before, training=True))
    last = np.asarray(net.get_layer("dense_1")(after.reshape(len(after), -1)))
    nothing = np.asarray(twin(np.concatenate([before, np.zeros_like(before[:1])]), training=True))[
        -1
    ]
    gamma, beta = (np.asarray(w, np.float64) for w in layer.get_weights()[:2])
    live = before.var(axis=(0, 1, 2)) > 1e-3
    return Norm3(
        gamma,
        beta,
        live,
        float(after.astype(np.float64).var()),
        report_table._norm_variance(gamma, beta, live),
        {
            title(name): float(np.mean(a == 0))
            for name, a in (("max_pool_3", before), ("batch_norm_3", after), ("dense_1", last))
        },
        nothing[0, 0],
    )


def readings(net, moments: Moments) -> str:
    """A table of what four ways of looking see in each layer, pixels first, the net's own answer last.

    ``moments``: of all samples, in inference. Columns: d' of the pooled moments; the best neuron's |d'|
    and AUC; the accuracy of a linear probe on renders of digits that it was not fitted to.
    """
    fit, judge = train_samples().first(_FIT), test_samples().first(_JUDGE)
    seen = {"x": fit[0], **probes.activations(net, fit[0])}
    unseen = {"x": judge[0], **probes.activations(net, judge[0])}
    rows = [f"{'':12}  {'pooled':>8} {'best d':>8} {'best AUC':>9} {'probe':>7}"]
    for name in seen:
        pooled = best = ""
        if name in moments:
            zero, one = (moments[name][label] for label in (0, 1))
            each = probes.d_prime(zero.mean, zero.variance, one.mean, one.variance)
            pooled, best = f"{pooled_d_prime(moments[name]):.3f}", f"{np.abs(each).max():.3f}"
        sides = probes.auc(unseen[name], judge[1])
        sides = np.maximum(sides, 1 - sides).max()
        read = probes.linear_probe((seen[name], fit[1]), (unseen[name], judge[1]))
        rows.append(f"{title(name):12}  {pooled:>8} {best:>8} {sides:9.3f} {read:7.3f}")
    answer = (unseen["dense_2"][:, 0] > 0.5) == judge[1]
    rows.append(f"{'dense 2 > 0.5':12}  {'':8} {'':8} {'':9} {answer.mean():7.3f}")
    return "\n".join(rows)


def apart(scores: dict) -> list[tuple[str, str]]:
    """The pairs of series in {name: runs} that do not overlap: the worst run of one is better than the
    best of the other."""
    return [
        (one, other)
        for one, better in scores.items()
        for other, worse in scores.items()
        if min(better) > max(worse)
    ]


def answers(net, x) -> np.ndarray:
    """The net's outputs (n,) in inference."""
    return probes.activations(net, x, ["dense_2"])["dense_2"][:, 0]


def unbiased(net, x, layer: str, sizes, *, draws: int = 100_000, seed: int = 0) -> dict[int, float]:
    """{n: the average "unbiased" variance of ``n`` samples' pooled activations / that of all of ``x``}.

    Samples are drawn independently, with replacement.
    """
    a = probes.activations(net, x, [layer])[layer].reshape(len(x), -1).astype(np.float64)
    a -= a.mean()
    mean, square = a.mean(axis=1), (a**2).mean(axis=1)
    rng = np.random.default_rng(seed)
    found = {}
    for n in sizes:
        drawn = rng.integers(len(x), size=(draws, n))
        biased = square[drawn].mean(axis=1) - mean[drawn].mean(axis=1) ** 2
        numbers = n * a.shape[1]
        found[n] = float(biased.mean() * numbers / (numbers - 1) / a.var())
    return found


def louder(net, by) -> list[float]:
    """Accuracy of a linear probe on conv 1 times each of ``by``."""
    fit, judge = train_samples().first(_FIT), test_samples().first(_JUDGE)
    seen, unseen = (probes.activations(net, part[0], ["conv_1"])["conv_1"] for part in (fit, judge))
    return [
        probes.linear_probe((seen * factor, fit[1]), (unseen * factor, judge[1])) for factor in by
    ]
