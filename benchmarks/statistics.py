"""Four ways to the moments of fifteen layers over 10,000 samples, side by side.

``python -m benchmarks.statistics [--samples N] [--rounds R]`` prints lines ``name: value``. Each way runs in a
process of its own, R times in turns with the others; the time is the best of its rounds, graph building included,
the memory the largest peak above what the process held before (Linux: VmHWM, reset; elsewhere not told).

=============  ==========================================================================
``ours``       ``course.lab.statistics.layer_moments``: every neuron, by class
``pooled``     one graph that keeps (n, mean, M2) of whole layers only, merged in float64
``numpy``      batches predicted, their moments taken by NumPy in float64, merged
``everything`` ``model.predict`` of all layers, then np.mean and np.var
=============  ==========================================================================

The net has the widths for which the fifteen layers hold 38,993 activations a sample.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

FILTERS, DENSE = (16, 32, 48, 48, 48), 64
CLASSES = (0, 1)


def ours(net, x, labels):
    from course.lab import statistics

    found = statistics.layer_moments(net, statistics.batched(x, labels))
    return {
        name: [(one.pooled().mean, one.pooled().variance) for one in classes.values()]
        for name, classes in found.items()
    }


def pooled(net, x, labels):
    import keras
    import tensorflow as tf

    from course.lab.statistics import RunningMoments, batched

    every = keras.Model(net.inputs, [layer.output for layer in net.layers])

    @tf.function(autograph=False, reduce_retracing=True)
    def step(batch, which):
        rows = []
        for output in every(batch, training=False):
            for label in CLASSES:
                a = tf.boolean_mask(output, which == label)
                mean = tf.reduce_mean(a)
                rows.append((tf.cast(tf.size(a), tf.float32), mean, tf.reduce_sum((a - mean) ** 2)))
        return tf.stack([tf.stack(row) for row in rows])

    totals = [RunningMoments() for _ in net.layers for _ in CLASSES]
    for batch, which in batched(x, labels):
        rows = step(tf.constant(batch), tf.constant(which)).numpy().astype(np.float64)
        for total, (n, mean, m2) in zip(totals, rows, strict=True):
            total.merge(RunningMoments(count=n, mean=mean, m2=m2))
    return _by_layer(net, [(total.mean, total.variance) for total in totals])


def numpy(net, x, labels):
    import keras

    from course.lab.statistics import RunningMoments, batched

    every = keras.Model(net.inputs, [layer.output for layer in net.layers])
    totals = [RunningMoments() for _ in net.layers for _ in CLASSES]
    for batch, which in batched(x, labels):
        outputs = [np.asarray(a, np.float64) for a in every.predict_on_batch(batch)]
        parts = [a[which == label].ravel() for a in outputs for label in CLASSES]
        for total, part in zip(totals, parts, strict=True):
            total.update(part)
    return _by_layer(net, [(total.mean, total.variance) for total in totals])


def everything(net, x, labels):
    import keras

    every = keras.Model(net.inputs, [layer.output for layer in net.layers])
    outputs = every.predict(x, batch_size=100, verbose=0)
    moments = [
        (np.mean(part, dtype=np.float64), np.var(part, ddof=1, dtype=np.float64))
        for a in outputs
        for part in (a[labels == label] for label in CLASSES)
    ]
    return _by_layer(net, moments)


WAYS = {way.__name__: way for way in (ours, pooled, numpy, everything)}


def _by_layer(net, moments):
    pairs = iter(moments)
    return {layer.name: [next(pairs) for _ in CLASSES] for layer in net.layers}


def run(way: str, samples: int) -> dict:
    """Seconds, megabytes above the base, and the moments, of one way in this process."""
    from course.lab.experiments import fifteen_layers

    net = fifteen_layers.network(filters=FILTERS, dense=DENSE)
    every = fifteen_layers.samples()
    x, labels = every.x[:samples], every.odd[:samples]
    base = _memory("VmRSS")
    if base is not None:
        Path("/proc/self/clear_refs").write_text("5")  # VmHWM starts again
    start = time.perf_counter()
    moments = WAYS[way](net, x, labels)
    seconds = time.perf_counter() - start
    return {
        "seconds": seconds,
        "megabytes": None if base is None else _memory("VmHWM") - base,
        "moments": {n: [[float(v) for v in pair] for pair in ps] for n, ps in moments.items()},
        "activations": sum(int(np.prod(layer.output.shape[1:])) for layer in net.layers),
    }


def _memory(field: str) -> float | None:
    """A field of /proc/self/status in megabytes; None where there is none."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    return next(float(line.split()[1]) / 1024 for line in lines if line.startswith(field + ":"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--way", choices=list(WAYS), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.way:
        print(json.dumps(run(given.way, given.samples)))
        return
    found = {way: [] for way in WAYS}
    for _ in range(given.rounds):
        for way, results in found.items():
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.statistics", "--way", way]
                + ["--samples", str(given.samples)],
                capture_output=True,
                text=True,
                check=True,
            )
            results.append(json.loads(done.stdout.splitlines()[-1]))
    print(f"samples: {given.samples}")
    print(f"activations a sample: {found['ours'][0]['activations']}")
    seconds = {way: min(r["seconds"] for r in results) for way, results in found.items()}
    for way, results in found.items():
        print(f"{way} seconds: {seconds[way]:.2f}")
        if results[0]["megabytes"] is not None:
            print(f"{way} megabytes over base: {max(r['megabytes'] for r in results):.0f}")
    print(f"ours / fastest: {seconds['ours'] / min(seconds.values()):.2f}")
    truth = found["everything"][0]["moments"]
    for way in ("ours", "pooled", "numpy"):
        worst = max(
            abs(one[1] / right[1] - 1)
            for name, pairs in found[way][0]["moments"].items()
            for one, right in zip(pairs, truth[name], strict=True)
        )
        print(f"{way} largest relative error of a variance: {worst:.1e}")


if __name__ == "__main__":
    main()
