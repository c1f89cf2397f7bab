"""How fast the instruments answer, with the kernel warm: ``python -m benchmarks.widgets``.

Every line is ``name: value``, times in milliseconds. A change is timed from setting a control to the
new picture being handed to the notebook, a first display from making the instrument to its outputs.
The bars: the median of a change under 200 ms, a first display under 1000 ms.
"""

from __future__ import annotations

import statistics
import time
from unittest import mock

CHANGES = {
    "shift": [0.25 * i for i in range(-8, 8)],
    "scale": [0.5, 1.0, 2.0, 3.0],
    "rate": [0.1, 0.5, 0.9],
    "gamma": [-1.0, -0.5, 0.5, 2.0],
    "training": [True, False, True],
    "activation": ["gelu", "tanh", "relu"],
    "pooling": ["avg_pool", "max_pool"],
    "normalisation": ["layer_norm", "batch_norm"],
}


class _Handle:
    """Stands for the notebook's output: what reaches it is made in full."""

    def update(self, figure):
        figure._repr_mimebundle_()


def _display(shown, **kwargs):
    if hasattr(shown, "_repr_mimebundle_"):
        shown._repr_mimebundle_()
    return _Handle()


def _timed(do) -> float:
    start = time.perf_counter()
    do()
    return 1000 * (time.perf_counter() - start)


def measure() -> dict[str, float]:
    """{name: milliseconds}."""
    import keras
    import numpy as np

    import autograder
    from course.lab import bench, runs
    from course.lab.predictions import predict

    order = "conv batch_norm relu max_pool dropout"
    bench.compare(order, order).svg()  # warm
    found = {}
    with (
        mock.patch("IPython.display.display", _display),
        mock.patch("course.lab.bench.controls.attended", lambda: True),
        mock.patch("course.lab.predictions.attended", lambda: True),
    ):
        desk = []

        def first():
            desk.append(bench.order(order, "conv max_pool dropout relu batch_norm"))
            desk[0]._ipython_display_()

        found["order_bench_first_display_ms"] = _timed(first)
        parts = desk[0].parts
        times = [
            _timed(lambda n=name, v=value: setattr(parts[n], "value", v))
            for name, values in CHANGES.items()
            for value in values
        ]
        for button in ("second_earlier", "second_later", "first_later"):
            parts[button.split("_")[0]].index = 1
            times.append(_timed(parts[button].click))
        found["order_bench_change_median_ms"] = statistics.median(times)
        found["order_bench_change_slowest_ms"] = max(times)
        asked = predict("benchmark", choices=("a", "b"))
        found["prediction_first_display_ms"] = _timed(asked._ipython_display_)
        times = []
        for i in range(9):
            box = asked.control.children[0].children[0]
            times.append(_timed(lambda b=box, v="ab"[i % 2]: setattr(b, "value", v)))
        found["prediction_change_median_ms"] = statistics.median(times)

    net = keras.Sequential([keras.Input((28, 28, 1))])
    for filters in (8, 16, 32):
        net.add(keras.layers.Conv2D(filters, 3, activation="relu"))
        net.add(keras.layers.BatchNormalization())
    net.add(keras.layers.Flatten())
    net.add(keras.layers.Dense(10, activation="softmax"))
    batch = np.random.default_rng(0).normal(size=(64, 28, 28, 1)).astype("float32")
    autograder.xray(net, batch).svg()
    times = [_timed(lambda: autograder.xray(net, batch)._repr_mimebundle_()) for _ in range(9)]
    found["xray_median_ms"] = statistics.median(times)
    labels = np.arange(64) % 2
    times = [
        _timed(lambda: runs.histograms(net, batch, labels)._repr_mimebundle_()) for _ in range(5)
    ]
    found["histograms_median_ms"] = statistics.median(times)
    return found


def main() -> None:
    import os
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        os.environ["FOOTGUNS_PROGRESS"] = os.path.join(folder, "progress.json")
        for name, value in measure().items():
            print(f"{name}: {value:.1f}")


if __name__ == "__main__":
    main()
