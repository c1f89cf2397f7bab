"""How long the doctor takes: ``python -m benchmarks.doctor [--quick]`` prints lines ``name: value``.

Each model is made anew and diagnosed once from the layers, the loss and the task alone, once with
measurements (a pass on random inputs, the gradients of one step). ``own`` are nets of this file,
each sound and with faults; ``applications`` are those of Keras without weights (``--quick`` leaves
them out). What does not fit into the time allowed is not measured and counted as ``too_dear``.
"""

from __future__ import annotations

import argparse
import statistics
import time

APPLICATIONS = (
    "MobileNet", "MobileNetV2", "MobileNetV3Small", "DenseNet121", "EfficientNetB0",
    "EfficientNetV2B0", "NASNetMobile", "ResNet50", "ResNet50V2", "Xception", "InceptionV3",
    "ConvNeXtTiny", "VGG16", "VGG19", "InceptionResNetV2",
)  # fmt: skip
SCCE = "sparse_categorical_crossentropy"


def _compiled(model, loss, optimizer="adam"):
    model.compile(optimizer, loss)
    return model


def own():
    """(name, function that makes the model) of sound and of faulty nets."""
    import keras

    layers = keras.layers

    def dense(*inner, units=10, last="softmax", loss=SCCE, optimizer="adam"):
        row = [keras.Input((64,)), *inner, layers.Dense(units, activation=last)]
        return _compiled(keras.Sequential(row), loss, optimizer)

    def conv(side, *filters, activation="relu", last="softmax", end=()):
        row = [keras.Input((side, side, 3))]
        for f in filters:
            row += [
                layers.Conv2D(f, 3, padding="same", activation=activation),
                layers.MaxPooling2D(2),
            ]
        row += [layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dropout(0.3)]
        return _compiled(keras.Sequential([*row, layers.Dense(10, activation=last), *end]), SCCE)

    def residual(blocks, last="softmax"):
        x = i = keras.Input((32, 32, 3))
        x = layers.Conv2D(16, 3, padding="same", activation="relu")(x)
        for _ in range(blocks):
            y = layers.Conv2D(16, 3, padding="same", use_bias=False)(x)
            y = layers.ReLU()(layers.BatchNormalization()(y))
            y = layers.BatchNormalization()(layers.Conv2D(16, 3, padding="same", use_bias=False)(y))
            x = layers.ReLU()(layers.Add()([x, y]))
        x = layers.Dense(10, activation=last)(layers.GlobalAveragePooling2D()(x))
        return _compiled(keras.Model(i, x), SCCE)

    def recurrent(units, sequences=1):
        row = [keras.Input((40,)), layers.Embedding(2000, 32)]
        row += [layers.LSTM(units, return_sequences=i < sequences - 1) for i in range(sequences)]
        return _compiled(
            keras.Sequential([*row, layers.Dense(1, activation="sigmoid")]), "binary_crossentropy"
        )

    def autoencoder():
        x = i = keras.Input((28, 28, 1))
        for f in (16, 32):
            x = layers.Conv2D(f, 3, strides=2, padding="same", activation="relu")(x)
        for f in (32, 16):
            x = layers.Conv2DTranspose(f, 3, strides=2, padding="same", activation="relu")(x)
        x = layers.Conv2D(1, 3, padding="same", activation="sigmoid")(x)
        return _compiled(keras.Model(i, x), "binary_crossentropy")

    def attention():
        x = i = keras.Input((32, 48))
        for _ in range(2):
            x = layers.LayerNormalization()(
                layers.Add()([x, layers.MultiHeadAttention(4, 12)(x, x)])
            )
            y = layers.Dense(48)(layers.Dense(96, activation="gelu")(x))
            x = layers.LayerNormalization()(layers.Add()([x, y]))
        x = layers.Dense(10, activation="softmax")(layers.GlobalAveragePooling1D()(x))
        return _compiled(keras.Model(i, x), SCCE)

    def hidden(units, **more):
        return layers.Dense(units, activation="relu", **more)

    return {
        "dense": lambda: dense(hidden(128), hidden(64)),
        "dense wide": lambda: dense(hidden(1024), hidden(1024)),
        "dense regression": lambda: dense(hidden(64), units=1, last=None, loss="mse"),
        "dense sigmoid": lambda: dense(hidden(64), last="sigmoid"),
        "dense linear": lambda: dense(layers.Dense(128), layers.Dense(64)),
        "dense zeros": lambda: dense(hidden(64, kernel_initializer="zeros")),
        "dense dropout 1": lambda: dense(hidden(64), layers.Dropout(1.0)),
        "dense hidden softmax": lambda: dense(layers.Dense(100, activation="softmax")),
        "conv small": lambda: conv(28, 16, 32),
        "conv deep": lambda: conv(64, 16, 32, 64, 64),
        "conv large": lambda: conv(128, 32, 64, 64, 64),
        "conv linear": lambda: conv(32, 16, 32, activation=None),
        "conv late dropout": lambda: conv(32, 16, 32, end=(layers.Dropout(0.5),)),
        "conv relu answer": lambda: conv(32, 16, 32, last="relu"),
        "residual 3": lambda: residual(3),
        "residual 9": lambda: residual(9),
        "residual sigmoid": lambda: residual(3, last="sigmoid"),
        "recurrent": lambda: recurrent(32),
        "recurrent stacked": lambda: recurrent(32, 2),
        "autoencoder": autoencoder,
        "attention": attention,
    }


def applications():
    import keras

    def maker(name):
        return lambda: _compiled(getattr(keras.applications, name)(weights=None), SCCE)

    return {name: maker(name) for name in APPLICATIONS}


def timed(makers):
    """(ms from the graph alone, ms with measurements, faults, whether something was too dear)."""
    import keras

    from autograder import diagnose

    rows = []
    for make in makers.values():
        keras.backend.clear_session()
        keras.utils.set_random_seed(0)
        model = make()
        start = time.perf_counter()
        plain = diagnose(model)
        middle = time.perf_counter()
        full = diagnose(model, measure=True)
        end = time.perf_counter()
        dear = any("longer than the time" in note.text("en") for note in full.notes)
        rows.append((1e3 * (middle - start), 1e3 * (end - middle), len(plain.faults), dear))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="without keras.applications")
    args = parser.parse_args()
    groups = {"own": own()} | ({} if args.quick else {"applications": applications()})
    timed({"first": own()["dense"]})  # what TensorFlow does once only
    every = []
    for name, makers in groups.items():
        rows = timed(makers)
        every += rows
        graph, measured, faults, dear = zip(*rows, strict=True)
        print(f"{name}_models: {len(rows)}")
        print(f"{name}_median_ms_graph: {statistics.median(graph):.1f}")
        print(f"{name}_median_ms_measured: {statistics.median(measured):.0f}")
        print(f"{name}_most_ms_measured: {max(measured):.0f}")
        print(f"{name}_with_fault: {sum(n > 0 for n in faults)}")
        print(f"{name}_too_dear: {sum(dear)}")
    print(f"median_ms_graph: {statistics.median(row[0] for row in every):.1f}")
    print(f"median_ms_measured: {statistics.median(row[1] for row in every):.0f}")


if __name__ == "__main__":
    main()
