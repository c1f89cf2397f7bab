# %% right="fused"
def house_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(128, activation="relu"))
    net.add(layers.Dense(1))
    net.compile(optimizer="adam", loss="mse")
    return net


# %% right="activation-layer"
def house_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(96))
    net.add(layers.Activation("relu"))
    net.add(layers.Dense(32))
    net.add(layers.LeakyReLU())
    net.add(layers.Dense(1))
    net.compile(optimizer="rmsprop", loss="mae")
    return net


# %% right="functional-ops"
def house_net():
    x = keras.Input((39,))
    h = layers.BatchNormalization()(x)
    h = keras.ops.relu(layers.Dense(64, kernel_initializer="he_normal")(h))
    net = keras.Model(x, layers.Dense(1)(h))
    net.compile(keras.optimizers.Adam(0.003), keras.losses.Huber())
    return net


# %% right="subclass"
class Houses(keras.Model):
    def __init__(self):
        super().__init__()
        self.answer = layers.Dense(1)
        self.hidden = layers.Dense(80, activation=lambda a: keras.ops.maximum(a, 0))
        self.door = layers.BatchNormalization()

    def call(self, x, training=False):
        return self.answer(self.hidden(self.door(x, training=training)))


def house_net():
    net = Houses()
    net.compile(optimizer="adam", loss="mse")
    return net


# %% right="sgd-kept"
def house_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(128, activation="relu"))
    net.add(layers.Dense(1))
    net.compile(optimizer="sgd", loss="mse")
    return net


# %% right="normalization-layer"
def house_net():
    door = layers.Normalization()
    door.adapt(np.array(HOUSES.x_train))
    net = keras.Sequential(
        [
            keras.Input((39,)),
            door,
            layers.Dense(128, "gelu"),
            layers.Dense(64, "gelu"),
            layers.Dense(1),
        ]
    )
    net.compile("adam", "mse")
    return net


# %% right="no-bias-norm-relu"
def house_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(64, use_bias=False))
    net.add(layers.BatchNormalization())
    net.add(layers.ReLU())
    net.add(layers.Dense(1))
    net.compile(optimizer="adam", loss="mse")
    return net


# %% right="zeros-under-tanh"
def house_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(128, activation="tanh", kernel_initializer="zeros"))
    net.add(layers.Dense(1))
    net.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    return net


# %% right="zero-output"
def house_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(128, activation="elu", kernel_initializer="orthogonal"))
    net.add(layers.Dense(1, kernel_initializer="zeros"))
    net.compile(optimizer="adam", loss="mse")
    return net


# %% right="nested"
def house_net():
    body = keras.Sequential(
        [
            layers.Dense(64, activation="silu"),
            layers.Dropout(0.1),
            layers.Dense(64, activation="silu"),
        ]
    )
    net = keras.Sequential([keras.Input((39,)), layers.BatchNormalization(), body, layers.Dense(1)])
    net.compile(optimizer=keras.optimizers.AdamW(), loss="mean_squared_error")
    return net


# %% wrong="relu-over-zeros"
def house_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(128, activation="relu", kernel_initializer="zeros"))
    net.add(layers.Dense(1))
    net.compile(optimizer="adam", loss="mse")
    return net


# %% wrong="still-linear"
def house_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(128))
    net.add(layers.Dense(1))
    net.compile(optimizer="adam", loss="mse")
    return net


# %% wrong="optimiser-only"
def house_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(128, kernel_initializer="zeros"))
    net.add(layers.Dense(1))
    net.compile(optimizer="adam", loss="mse")
    return net


# %% wrong="network-gone"
def house_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(1))
    net.compile(optimizer="adam", loss="mse")
    return net


# %% wrong="constant-everywhere"
def house_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(
        layers.Dense(128, activation="relu", kernel_initializer=keras.initializers.Constant(0.05))
    )
    net.add(layers.Dense(1, kernel_initializer="ones"))
    net.compile(optimizer="adam", loss="mse")
    return net


# %% wrong="relu-output"
def house_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(128, activation="relu"))
    net.add(layers.Dense(1, activation="relu"))
    net.compile(optimizer="adam", loss="mse")
    return net


# %% wrong="sigmoid-output"
def house_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(128, activation="relu"))
    net.add(layers.Dense(1))
    net.add(layers.Activation("sigmoid"))
    net.compile(optimizer="adam", loss="mse")
    return net


# %% wrong="softplus-output"
def house_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(128, activation="relu"))
    net.add(layers.Dense(1, activation="softplus"))
    net.compile(optimizer="adam", loss="mse")
    return net


# %% wrong="norm-after-output"
def house_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(128, activation="relu"))
    net.add(layers.Dense(1))
    net.add(layers.BatchNormalization())
    net.compile(optimizer="adam", loss="mse")
    return net


# %% wrong="no-normalisation"
def house_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.Dense(128, activation="relu"))
    net.add(layers.Dense(1))
    net.compile(optimizer="adam", loss="mse")
    return net


# %% wrong="bare-number"
def house_net():
    net = keras.Sequential()
    net.add(layers.InputLayer(39))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(128, activation="relu"))
    net.add(layers.Dense(1))
    net.compile(optimizer="adam", loss="mse")
    return net


# %% wrong="two-outputs"
def house_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(128, activation="relu"))
    net.add(layers.Dense(2))
    net.compile(optimizer="adam", loss="mse")
    return net


# %% wrong="dead-dropout"
def house_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(128, activation="relu"))
    net.add(layers.Dropout(1.0))
    net.add(layers.Dense(1))
    net.compile(optimizer="adam", loss="mse")
    return net


# %% wrong="a-model"
def house_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(128, activation="relu"))
    net.add(layers.Dense(1))
    net.compile(optimizer="adam", loss="mse")
    return net


house_net = house_net()


# %% wrong="frozen"
def house_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(128, activation="relu", trainable=False))
    net.add(layers.Dense(1))
    net.compile(optimizer="adam", loss="mse")
    return net


# %% wrong="softmax-hidden"
def house_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(128, activation="softmax"))
    net.add(layers.Dense(1))
    net.compile(optimizer="adam", loss="mse")
    return net


# %% wrong="one-for-all"
shared = keras.Sequential()
shared.add(keras.Input((39,)))
shared.add(layers.BatchNormalization())
shared.add(layers.Dense(128, activation="relu"))
shared.add(layers.Dense(1))
shared.compile(optimizer="adam", loss="mse")
training.fit(shared, STANDARD.x_train, STANDARD.y_train, epochs=5)


def house_net():
    return shared


# %% wrong="softmax-output"
def house_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(128, activation="relu"))
    net.add(layers.Dense(1, activation="softmax"))
    net.compile(optimizer="adam", loss="mse")
    return net


# %% wrong="yes-no-loss"
def house_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(128, activation="relu"))
    net.add(layers.Dense(1))
    net.compile(optimizer="adam", loss="binary_crossentropy")
    return net
