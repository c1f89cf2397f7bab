# %% right="constant-head"
def twin_net():
    net = keras.Sequential(
        [
            keras.Input((39,)),
            layers.BatchNormalization(),
            layers.Dense(16, kernel_initializer="zeros"),
            layers.Dense(1, kernel_initializer=keras.initializers.Constant(0.1)),
        ]
    )
    net.compile(optimizer="sgd", loss="mse")
    return net


# %% right="ones-tanh"
def twin_net():
    inputs = keras.Input((39,))
    h = layers.BatchNormalization()(inputs)
    h = layers.Dense(8, kernel_initializer=keras.initializers.Constant(0.02), activation="tanh")(h)
    net = keras.Model(
        inputs, layers.Dense(1, kernel_initializer=keras.initializers.Constant(-0.2))(h)
    )
    net.compile(optimizer=keras.optimizers.SGD(0.01), loss="mean_squared_error")
    return net


# %% right="weights-set-by-hand"
def twin_net():
    net = keras.Sequential(
        [keras.Input((39,)), layers.BatchNormalization(), layers.Dense(32), layers.Dense(1)]
    )
    kernel = np.random.default_rng(0).normal(0, 0.1, (39, 1)) * np.ones((1, 32))
    net.layers[1].set_weights([kernel, np.zeros(32)])
    net.layers[2].set_weights([np.full((32, 1), 0.05), np.zeros(1)])
    net.compile("sgd", "mse")
    return net


# %% right="relu-constant"
def twin_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(
        layers.Dense(64, activation="relu", kernel_initializer=keras.initializers.Constant(0.05))
    )
    net.add(layers.Dense(1, kernel_initializer=keras.initializers.Constant(0.01)))
    net.compile(optimizer="adam", loss="mse")
    return net


# %% wrong="told-apart"
def twin_net():
    net = keras.Sequential(
        [
            keras.Input((39,)),
            layers.BatchNormalization(),
            layers.Dense(16, kernel_initializer="zeros"),
            layers.Dense(1),
        ]
    )
    net.compile(optimizer="sgd", loss="mse")
    return net


# %% wrong="never-twins"
def twin_net():
    net = keras.Sequential(
        [
            keras.Input((39,)),
            layers.BatchNormalization(),
            layers.Dense(16),
            layers.Dense(1, kernel_initializer="ones"),
        ]
    )
    net.compile(optimizer=keras.optimizers.SGD(0.001), loss="mse")
    return net


# %% wrong="both-zero"
def twin_net():
    net = keras.Sequential(
        [
            keras.Input((39,)),
            layers.BatchNormalization(),
            layers.Dense(16, kernel_initializer="zeros"),
            layers.Dense(1, kernel_initializer="zeros"),
        ]
    )
    net.compile(optimizer="sgd", loss="mse")
    return net


# %% wrong="relu-zeros"
def twin_net():
    net = keras.Sequential(
        [
            keras.Input((39,)),
            layers.Dense(16, activation="relu", kernel_initializer="zeros"),
            layers.Dense(1, kernel_initializer=keras.initializers.Constant(0.1)),
        ]
    )
    net.compile(optimizer="sgd", loss="mse")
    return net


# %% wrong="one-neuron"
def twin_net():
    net = keras.Sequential(
        [keras.Input((39,)), layers.BatchNormalization(), layers.Dense(1), layers.Dense(1)]
    )
    net.compile(optimizer="sgd", loss="mse")
    return net


# %% wrong="network-gone"
def twin_net():
    net = keras.Sequential([keras.Input((39,)), layers.BatchNormalization(), layers.Dense(1)])
    net.compile(optimizer="sgd", loss="mse")
    return net


# %% wrong="not-compiled"
def twin_net():
    return keras.Sequential(
        [
            keras.Input((39,)),
            layers.BatchNormalization(),
            layers.Dense(16, kernel_initializer="zeros"),
            layers.Dense(1, kernel_initializer=keras.initializers.Constant(0.1)),
        ]
    )


# %% wrong="exploded"
def twin_net():
    net = keras.Sequential(
        [
            keras.Input((39,)),
            layers.BatchNormalization(),
            layers.Dense(16, kernel_initializer="ones"),
            layers.Dense(1, kernel_initializer="ones"),
        ]
    )
    net.compile(optimizer="sgd", loss="mse")
    return net


# %% right="absolute-error"
def twin_net():
    net = keras.Sequential(
        [
            keras.Input((39,)),
            layers.BatchNormalization(),
            layers.Dense(16, kernel_initializer="zeros"),
            layers.Dense(1, kernel_initializer=keras.initializers.Constant(0.1)),
        ]
    )
    net.compile(optimizer="sgd", loss="mae")
    return net
