# %% right="as-a-student"
def unseen_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(48, activation="relu"))
    net.add(layers.Dropout(0.2))
    net.add(layers.Dense(32, activation="relu"))
    net.add(layers.Dense(4, activation="softmax"))
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% right="logits"
def unseen_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(64))
    net.add(layers.ReLU())
    net.add(layers.Dense(32))
    net.add(layers.ReLU())
    net.add(layers.Dense(4))
    net.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return net


# %% right="functional-ops"
def unseen_net():
    x = keras.Input((39,))
    h = layers.BatchNormalization()(x)
    for units in (48, 48, 24):
        h = keras.ops.elu(layers.Dense(units)(h))
    net = keras.Model(x, keras.ops.softmax(layers.Dense(4)(h)))
    net.compile("nadam", "sparse_categorical_crossentropy")
    return net


# %% right="another-seed"
def unseen_net():
    door = layers.Normalization()
    door.adapt(np.array(HOUSES.x_train))
    net = keras.Sequential([keras.Input((39,)), door])
    for units in (64, 32):
        net.add(layers.Dense(units, activation="tanh", kernel_initializer="he_uniform"))
    net.add(layers.Dense(4))
    net.add(layers.Softmax())
    net.compile(
        optimizer=keras.optimizers.RMSprop(0.002), loss=keras.losses.SparseCategoricalCrossentropy()
    )
    return net


# %% right="plain-sgd"
def unseen_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(64, "leaky_relu"))
    net.add(layers.Dense(64, "leaky_relu"))
    net.add(layers.Dense(4, activation="softmax"))
    net.compile(keras.optimizers.SGD(0.05), "sparse_categorical_crossentropy")
    return net


# %% wrong="zeros-left"
def unseen_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(48, activation="relu"))
    net.add(layers.Dropout(0.2))
    net.add(layers.Dense(32, activation="relu", kernel_initializer="zeros"))
    net.add(layers.Dense(4, activation="softmax"))
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="sigmoid-left"
def unseen_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(48, activation="relu"))
    net.add(layers.Dropout(0.2))
    net.add(layers.Dense(32, activation="relu"))
    net.add(layers.Dense(4, activation="sigmoid"))
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="dropout-after-answer"
def unseen_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(48, activation="relu"))
    net.add(layers.Dense(32, activation="relu"))
    net.add(layers.Dense(4, activation="softmax"))
    net.add(layers.Dropout(0.25))
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="total-dropout-left"
def unseen_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(48, activation="relu"))
    net.add(layers.Dropout(1.0))
    net.add(layers.Dense(32, activation="relu"))
    net.add(layers.Dense(4, activation="softmax"))
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="network-gone"
def unseen_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(4, activation="softmax"))
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="one-layer-gone"
def unseen_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(48, activation="relu"))
    net.add(layers.Dense(4, activation="softmax"))
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="wrong-task"
def unseen_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(48, activation="relu"))
    net.add(layers.Dense(32, activation="relu"))
    net.add(layers.Dense(1))
    net.compile(optimizer="adam", loss="mse")
    return net


# %% wrong="squared-error"
def unseen_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(48, activation="relu"))
    net.add(layers.Dense(32, activation="relu"))
    net.add(layers.Dense(4, activation="softmax"))
    net.compile(optimizer="adam", loss="mse")
    return net


# %% wrong="normalisation-gone"
def unseen_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.Dense(48, activation="relu"))
    net.add(layers.Dense(32, activation="relu"))
    net.add(layers.Dense(4, activation="softmax"))
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="labels-as-rows"
def unseen_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(48, activation="relu"))
    net.add(layers.Dense(32, activation="relu"))
    net.add(layers.Dense(4, activation="softmax"))
    net.compile(optimizer="adam", loss="categorical_crossentropy")
    return net


# %% wrong="overshooting"
def unseen_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(48, activation="relu"))
    net.add(layers.Dense(32, activation="relu"))
    net.add(layers.Dense(4, activation="softmax"))
    net.compile(optimizer=keras.optimizers.SGD(100.0), loss="sparse_categorical_crossentropy")
    return net


# %% wrong="dropout-on-scores"
def unseen_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(48, activation="relu"))
    net.add(layers.Dense(32, activation="relu"))
    net.add(layers.Dense(4))
    net.add(layers.Dropout(0.5))
    net.add(layers.Activation("softmax"))
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net
