# %% right="same-padding"
def deep_net():
    net = keras.Sequential()
    net.add(keras.Input((100, 100, 3)))
    for filters in [32, 64, 128, 256]:
        net.add(layers.Conv2D(filters, 5, padding="same"))
        net.add(layers.Activation("relu"))
        net.add(layers.Conv2D(filters, 1))
        net.add(layers.MaxPooling2D(3))
        net.add(layers.Activation("relu"))
        net.add(layers.BatchNormalization())
    net.add(layers.Flatten())
    net.add(layers.Dense(100, activation="relu"))
    net.add(layers.Dropout(0.5))
    net.add(layers.Dense(10, activation="softmax"))
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% right="small-kernels-small-pool"
def deep_net():
    net = keras.Sequential()
    net.add(keras.Input((100, 100, 3)))
    for filters in [32, 64, 128, 256]:
        net.add(layers.Conv2D(filters, 3))
        net.add(layers.MaxPooling2D(2))
        net.add(layers.Activation("relu"))
        net.add(layers.BatchNormalization())
    net.add(layers.Flatten())
    net.add(layers.Dense(100, activation="relu"))
    net.add(layers.Dropout(0.5))
    net.add(layers.Dense(10, activation="softmax"))
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% right="pool-same"
def deep_net():
    net = keras.Sequential()
    net.add(keras.Input((100, 100, 3)))
    for filters in [32, 64, 128, 256]:
        net.add(layers.Conv2D(filters, 3, activation="relu"))
        net.add(layers.Conv2D(filters, 1))
        net.add(layers.MaxPooling2D(3, padding="same"))
        net.add(layers.Activation("relu"))
        net.add(layers.BatchNormalization())
    net.add(layers.Flatten())
    net.add(layers.Dense(100, activation="relu"))
    net.add(layers.Dropout(0.5))
    net.add(layers.Dense(10, activation="softmax"))
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% right="large-kernels-small-pool"
def deep_net():
    net = keras.Sequential()
    net.add(keras.Input((100, 100, 3)))
    for filters in [32, 64, 128, 256]:
        net.add(layers.Conv2D(filters, 5))
        net.add(layers.MaxPooling2D(2))
        net.add(layers.Activation("relu"))
        net.add(layers.BatchNormalization())
    net.add(layers.Flatten())
    net.add(layers.Dense(100, activation="relu"))
    net.add(layers.Dropout(0.5))
    net.add(layers.Dense(10, activation="softmax"))
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% right="strides-gap"
def deep_net():
    net = keras.Sequential()
    net.add(keras.Input((100, 100, 3)))
    for filters in [32, 64, 128, 256]:
        net.add(layers.Conv2D(filters, 3, strides=2, padding="same", use_bias=False))
        net.add(layers.BatchNormalization())
        net.add(layers.ReLU())
    net.add(layers.GlobalAveragePooling2D())
    net.add(layers.Dense(10))
    net.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return net


# %% right="no-normalisation"
def deep_net():
    net = keras.Sequential()
    net.add(keras.Input((100, 100, 3)))
    for filters in [32, 64, 128]:
        net.add(layers.Conv2D(filters, 5))
        net.add(layers.ReLU())
        net.add(layers.MaxPooling2D(3))
    net.add(layers.Flatten())
    net.add(layers.Dense(100, activation="relu"))
    net.add(layers.Dense(10, activation="softmax"))
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% right="functional"
def deep_net():
    x = h = keras.Input((100, 100, 3))
    for filters in (16, 32, 64):
        h = layers.SeparableConv2D(filters, 3, padding="same")(h)
        h = keras.activations.silu(layers.BatchNormalization()(h))
        h = layers.AveragePooling2D(3)(h)
    y = layers.Dense(10, activation=keras.ops.softmax)(layers.GlobalMaxPooling2D()(h))
    net = keras.Model(x, y)
    net.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy")
    return net


# %% wrong="three-by-three"
def deep_net():
    net = keras.Sequential()
    net.add(keras.Input((100, 100, 3)))
    for filters in [32, 64, 128, 256]:
        net.add(layers.Conv2D(filters, 3))
        net.add(layers.MaxPooling2D(3))
        net.add(layers.Activation("relu"))
        net.add(layers.BatchNormalization())
    net.add(layers.Flatten())
    net.add(layers.Dense(100, activation="relu"))
    net.add(layers.Dropout(0.5))
    net.add(layers.Dense(10, activation="softmax"))
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="two-by-two"
def deep_net():
    net = keras.Sequential()
    net.add(keras.Input((100, 100, 3)))
    for filters in [32, 64, 128, 256]:
        net.add(layers.Conv2D(filters, 2))
        net.add(layers.MaxPooling2D(3))
        net.add(layers.Activation("relu"))
        net.add(layers.BatchNormalization())
    net.add(layers.Flatten())
    net.add(layers.Dense(100, activation="relu"))
    net.add(layers.Dropout(0.5))
    net.add(layers.Dense(10, activation="softmax"))
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="only-the-pool-same"
def deep_net():
    net = keras.Sequential()
    net.add(keras.Input((100, 100, 3)))
    for filters in [32, 64, 128, 256]:
        net.add(layers.Conv2D(filters, 5))
        net.add(layers.MaxPooling2D(3, padding="same"))
        net.add(layers.Activation("relu"))
        net.add(layers.BatchNormalization())
    net.add(layers.Flatten())
    net.add(layers.Dense(100, activation="relu"))
    net.add(layers.Dropout(0.5))
    net.add(layers.Dense(10, activation="softmax"))
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="larger-input"
def deep_net():
    net = keras.Sequential()
    net.add(keras.Input((241, 241, 3)))
    for filters in [32, 64, 128, 256]:
        net.add(layers.Conv2D(filters, 5))
        net.add(layers.MaxPooling2D(3))
        net.add(layers.Activation("relu"))
        net.add(layers.BatchNormalization())
    net.add(layers.Flatten())
    net.add(layers.Dense(100, activation="relu"))
    net.add(layers.Dropout(0.5))
    net.add(layers.Dense(10, activation="softmax"))
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="loss-kept"
def deep_net():
    net = keras.Sequential()
    net.add(keras.Input((100, 100, 3)))
    for filters in [32, 64, 128, 256]:
        net.add(layers.Conv2D(filters, 3, padding="same"))
        net.add(layers.Activation("relu"))
        net.add(layers.MaxPooling2D(3))
        net.add(layers.BatchNormalization())
    net.add(layers.Flatten())
    net.add(layers.Dense(100, activation="relu"))
    net.add(layers.Dropout(0.5))
    net.add(layers.Dense(10, activation="softmax"))
    net.compile(optimizer="adam", loss="sparse_categorical_accuracy")
    return net


# %% wrong="metric-object"
def deep_net():
    net = keras.Sequential()
    net.add(keras.Input((100, 100, 3)))
    for filters in [32, 64, 128, 256]:
        net.add(layers.Conv2D(filters, 3, padding="same"))
        net.add(layers.Activation("relu"))
        net.add(layers.MaxPooling2D(3))
        net.add(layers.BatchNormalization())
    net.add(layers.Flatten())
    net.add(layers.Dense(100, activation="relu"))
    net.add(layers.Dropout(0.5))
    net.add(layers.Dense(10, activation="softmax"))
    net.compile(optimizer="adam", loss=keras.metrics.sparse_categorical_accuracy)
    return net


# %% wrong="no-such-loss"
def deep_net():
    net = keras.Sequential()
    net.add(keras.Input((100, 100, 3)))
    for filters in [32, 64, 128, 256]:
        net.add(layers.Conv2D(filters, 3, padding="same"))
        net.add(layers.Activation("relu"))
        net.add(layers.MaxPooling2D(3))
        net.add(layers.BatchNormalization())
    net.add(layers.Flatten())
    net.add(layers.Dense(100, activation="relu"))
    net.add(layers.Dropout(0.5))
    net.add(layers.Dense(10, activation="softmax"))
    net.compile(optimizer="adam", loss="crossentropy")
    return net


# %% wrong="one-hot-loss"
def deep_net():
    net = keras.Sequential()
    net.add(keras.Input((100, 100, 3)))
    for filters in [32, 64, 128, 256]:
        net.add(layers.Conv2D(filters, 3, padding="same"))
        net.add(layers.Activation("relu"))
        net.add(layers.MaxPooling2D(3))
        net.add(layers.BatchNormalization())
    net.add(layers.Flatten())
    net.add(layers.Dense(100, activation="relu"))
    net.add(layers.Dropout(0.5))
    net.add(layers.Dense(10, activation="softmax"))
    net.compile(optimizer="adam", loss="categorical_crossentropy")
    return net


# %% wrong="pointwise-kept"
def deep_net():
    net = keras.Sequential()
    net.add(keras.Input((100, 100, 3)))
    for filters in [32, 64, 128, 256]:
        net.add(layers.Conv2D(filters, 5, padding="same"))
        net.add(layers.Conv2D(filters, 1))
        net.add(layers.MaxPooling2D(3))
        net.add(layers.Activation("relu"))
        net.add(layers.BatchNormalization())
    net.add(layers.Flatten())
    net.add(layers.Dense(100, activation="relu"))
    net.add(layers.Dropout(0.5))
    net.add(layers.Dense(10, activation="softmax"))
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="too-dear"
def deep_net():
    net = keras.Sequential()
    net.add(keras.Input((100, 100, 3)))
    for filters in [32, 64, 128, 256]:
        net.add(layers.Conv2D(filters, 5, padding="same"))
        net.add(layers.Activation("relu"))
        net.add(layers.Conv2D(filters, 1))
        net.add(layers.MaxPooling2D(2))
        net.add(layers.Activation("relu"))
        net.add(layers.BatchNormalization())
    net.add(layers.Flatten())
    net.add(layers.Dense(100, activation="relu"))
    net.add(layers.Dropout(0.5))
    net.add(layers.Dense(10, activation="softmax"))
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="deleted"
def deep_net():
    net = keras.Sequential()
    net.add(keras.Input((100, 100, 3)))
    net.add(layers.Flatten())
    net.add(layers.Dense(100, activation="relu"))
    net.add(layers.Dense(10, activation="softmax"))
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="one-convolution"
def deep_net():
    net = keras.Sequential()
    net.add(keras.Input((100, 100, 3)))
    for filters in [32]:
        net.add(layers.Conv2D(filters, 5, activation="relu"))
        net.add(layers.MaxPooling2D(3))
    net.add(layers.Flatten())
    net.add(layers.Dense(100, activation="relu"))
    net.add(layers.Dropout(0.5))
    net.add(layers.Dense(10, activation="softmax"))
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="flatten-inside"
def deep_net():
    net = keras.Sequential()
    net.add(keras.Input((100, 100, 3)))
    for filters in [32, 64, 128, 256]:
        net.add(layers.Conv2D(filters, 3))
        net.add(layers.Activation("relu"))
        net.add(layers.Flatten())
    net.add(layers.Flatten())
    net.add(layers.Dense(100, activation="relu"))
    net.add(layers.Dropout(0.5))
    net.add(layers.Dense(10, activation="softmax"))
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="all-dropped"
def deep_net():
    net = keras.Sequential()
    net.add(keras.Input((100, 100, 3)))
    for filters in [32, 64, 128, 256]:
        net.add(layers.Conv2D(filters, 3, padding="same"))
        net.add(layers.Activation("relu"))
        net.add(layers.MaxPooling2D(3))
        net.add(layers.BatchNormalization())
    net.add(layers.Flatten())
    net.add(layers.Dense(100, activation="relu"))
    net.add(layers.Dropout(1))
    net.add(layers.Dense(10, activation="softmax"))
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net
