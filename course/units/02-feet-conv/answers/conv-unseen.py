# %% right="small-kernels"
found = ["zero-kernel", "vanishing-map", "sigmoid-head", "metric-as-loss"]


def unseen_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(48, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% right="one-pool-less"
found = "Metric-as-loss", "sigmoid-head", "zero-kernel", "vanishing-map"


def unseen_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(16, 5, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 5, activation="relu"),
            layers.Conv2D(48, 5, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% right="logits"
found = {"metric-as-loss", "sigmoid-head", "zero-kernel", "vanishing-map"}


def unseen_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(16, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 5, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dense(10),
        ]
    )
    net.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return net


# %% right="functional"
found = {"metric-as-loss", "sigmoid-head", "zero-kernel", "vanishing-map"}


def unseen_net():
    x = keras.Input((28, 28, 1))
    h = layers.MaxPooling2D(2)(layers.Conv2D(16, 5, activation="relu")(x))
    h = layers.Conv2D(32, 5, kernel_initializer="he_normal", activation="relu")(h)
    h = layers.MaxPooling2D(2)(h)
    h = layers.Dense(32, activation="relu")(layers.Flatten()(h))
    net = keras.Model(x, layers.Softmax()(layers.Dense(10)(h)))
    net.compile("adam", "sparse_categorical_crossentropy")
    return net


# %% wrong="one-missed"
found = {"metric-as-loss", "zero-kernel", "vanishing-map"}


def unseen_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(16, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(48, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="one-too-many"
found = {"metric-as-loss", "sigmoid-head", "zero-kernel", "vanishing-map", "mse"}


def unseen_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(16, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(48, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="still-vanishing"
found = {"metric-as-loss", "sigmoid-head", "zero-kernel", "vanishing-map"}


def unseen_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(16, 5, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 5, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(48, 5, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="zeros-kept"
found = {"metric-as-loss", "sigmoid-head", "zero-kernel", "vanishing-map"}


def unseen_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(16, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 5, padding="same", kernel_initializer="zeros", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(48, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="sigmoid-kept"
found = {"metric-as-loss", "sigmoid-head", "zero-kernel", "vanishing-map"}


def unseen_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(16, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(48, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dense(10, activation="sigmoid"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="metric-kept"
found = {"metric-as-loss", "sigmoid-head", "zero-kernel", "vanishing-map"}


def unseen_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(16, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(48, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_accuracy")
    return net


# %% wrong="deleted"
found = {"metric-as-loss", "sigmoid-head", "zero-kernel", "vanishing-map"}


def unseen_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="not-returned"
found = {"metric-as-loss", "sigmoid-head", "zero-kernel", "vanishing-map"}


def unseen_net():
    net = keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(10)])
