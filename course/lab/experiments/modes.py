"""What TensorFlow makes of a function in its modes: the time it takes, the operations it runs."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

MODES = ("eager", "graph", "xla")


def stopwatch(
    side: int = 98, channels: int = 32, pool: int = 2, *, samples: int = 8, repeats: int = 15
) -> dict[str, dict[str, float]]:
    """Times ReLU and max-pooling in both orders on a random map, in every mode.

    Returns ``{mode: {"alex": ms, "ilya": ms, "alex / ilya": ratio}}``, medians over ``repeats`` runs
    taken in turns, so that a busy moment of the machine hits both alike. On processors whose XLA
    cannot compile the pair the mode is left out.
    """
    import tensorflow as tf

    z = tf.random.stateless_normal((samples, side, side, channels), seed=(1, 2))

    def shrink(x):
        return tf.nn.max_pool2d(x, pool, pool, "VALID")

    pair = {"alex": lambda x: shrink(tf.nn.relu(x)), "ilya": lambda x: tf.nn.relu(shrink(x))}
    found = {}
    for mode in MODES:
        runs = {name: _in_mode(f, mode) for name, f in pair.items()}
        try:
            for run in runs.values():
                run(z).numpy()
        except (tf.errors.OpError, ValueError):
            continue
        seconds = {name: [] for name in runs}
        for _ in range(repeats):
            for name, run in runs.items():
                start = time.perf_counter()
                run(z).numpy()
                seconds[name].append(time.perf_counter() - start)
        row = {name: 1e3 * float(np.median(taken)) for name, taken in seconds.items()}
        found[mode] = {**row, "alex / ilya": row["alex"] / row["ilya"]}
    return found


def _in_mode(f: Callable, mode: str) -> Callable:
    import tensorflow as tf

    if mode == "eager":
        return f
    return tf.function(f, autograph=False, jit_compile=mode == "xla")


def optimised(function, x) -> list[str]:
    """The operations of ``function`` that TensorFlow really runs in graph mode, in order.

    Traces ``function`` for float32 arrays of the shape of ``x`` and asks the runtime for the graph
    after its optimiser. Weights, constants and bookkeeping are left out. Empty when this version of
    TensorFlow does not tell.
    """
    import tensorflow as tf
    from tensorflow.python.eager import context

    x = tf.constant(np.asarray(x, np.float32))
    traced = tf.function(function, autograph=False).get_concrete_function(
        tf.TensorSpec(x.shape, x.dtype)
    )
    runtime = context.context()
    try:
        runtime.enable_graph_collection()
        traced(x)
        graphs = runtime.export_run_metadata().function_graphs
        runtime.disable_graph_collection()
    except AttributeError:
        return []
    return [
        node.op
        for graph in graphs
        for node in graph.post_optimization_graph.node
        if node.op not in _BOOKKEEPING and not node.op.startswith("_Arg")
    ]


_BOOKKEEPING = {
    "_Retval",
    "Const",
    "NoOp",
    "Identity",
    "ReadVariableOp",
    "Reshape",
    "Squeeze",
    "VarHandleOp",
}
