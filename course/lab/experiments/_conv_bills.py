"""What Misha's convolutional nets and ordinary repairs of them cost."""

from __future__ import annotations


def posed_digit_net(kernel: int = 10, filters: int = 512):
    """Misha's digit net with kernels of another size, for counting. Not compiled."""
    from keras import Input, Sequential, layers

    return Sequential(
        [
            Input((28, 28, 1)),
            layers.Conv2D(filters, kernel, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(100, kernel_initializer="zeros"),  # counting needs no randomness
            layers.Dense(10),
        ]
    )


def posed_picture_net(filters=(512, 128, 32, 32)):
    """The weights of Misha's net for 100x100 pictures, for counting. Never train it."""
    from keras import Input, Sequential, layers

    a, b, c, d = filters
    return Sequential(
        [
            Input((100, 100, 3)),
            layers.Conv2D(a, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(b, 3, activation="relu"),
            layers.Conv2D(c, 3),
            layers.Conv2D(d, 1),
            layers.MaxPooling2D(10),
            layers.Flatten(),
            layers.Dense(64),
            layers.Dense(10),
        ]
    )


def cost_table(model) -> str:
    """Layer, map, parameters and multiply-accumulates of a model, with their totals."""
    from autograder.reading import read

    return read(model).table()


def bills() -> dict[str, tuple[int, int]]:
    """Name of a net -> (parameters, multiply-accumulates per picture): Misha's and ordinary repairs."""
    from keras import Input, Sequential
    from keras import layers as keras_layers

    from autograder.reading import read

    def bill(side, channels, widths, kernel, pool, dense, *, same=False, points=False, gap=False):
        net = Sequential([Input((side, side, channels))])
        for filters in widths:
            net.add(keras_layers.Conv2D(filters, kernel, padding="same" if same else "valid"))
            if points:
                net.add(keras_layers.Conv2D(filters, 1))
            net.add(keras_layers.MaxPooling2D(pool))
        net.add(keras_layers.GlobalAveragePooling2D() if gap else keras_layers.Flatten())
        net.add(keras_layers.Dense(dense))
        net.add(keras_layers.Dense(10))
        graph = read(net)
        return graph.parameters, graph.macs

    deep = (32, 64, 128, 256)
    posed = read(posed_picture_net())
    return {
        "28: 512, 10x10": bill(28, 1, [512], 10, 2, 100),
        "28: 512, 3x3": bill(28, 1, [512], 3, 2, 100),
        "28: 32-64, 3x3": bill(28, 1, [32, 64], 3, 2, 100),
        "28: 64-128, 3x3, GAP": bill(28, 1, [64, 128], 3, 2, 100, gap=True),
        "100: 32-64-128-256, 5x5 same, 1x1, pool 3": bill(
            100, 3, deep, 5, 3, 100, same=True, points=True
        ),
        "100: 32-64-128-256, 5x5 same, pool 3": bill(100, 3, deep, 5, 3, 100, same=True),
        "100: 32-64-128, 5x5, 1x1, pool 3": bill(100, 3, deep[:3], 5, 3, 100, points=True),
        "100: 32-64-128-256, 5x5, 1x1, pool 2": bill(100, 3, deep, 5, 2, 100, points=True),
        "100: 32-64-128-256, 3x3, 1x1, pool 2": bill(100, 3, deep, 3, 2, 100, points=True),
        "100: 512-128-32-32": (posed.parameters, posed.macs),
        "100: 32-64-128, 3x3, pool 2": bill(100, 3, [32, 64, 128], 3, 2, 64),
        "100: 32-64-128, 3x3, pool 2, GAP": bill(100, 3, [32, 64, 128], 3, 2, 64, gap=True),
        "100: 64-128, 3x3, pool 2": bill(100, 3, [64, 128], 3, 2, 64),
        "100: 64-128, 3x3, pool 3": bill(100, 3, [64, 128], 3, 3, 64),
    }
