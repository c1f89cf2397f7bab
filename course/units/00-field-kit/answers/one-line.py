# %% right="less-of-it"
def misha_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(10, activation="softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net

# %% right="line-deleted"
def misha_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net

# %% right="functional"
def misha_net():
    x = keras.Input((8, 8, 1))
    h = keras.ops.relu(layers.Dense(100)(layers.Flatten()(x)))
    h = layers.Dropout(rate=0.3)(h, training=None)
    net = keras.Model(x, layers.Softmax()(layers.Dense(10)(h)))
    net.compile("rmsprop", keras.losses.SparseCategoricalCrossentropy())
    return net

# %% right="add-by-add"
def misha_net():
    net = keras.Sequential()
    net.add(keras.Input((8, 8, 1)))
    net.add(layers.Flatten())
    net.add(layers.Dense(64))
    net.add(layers.LeakyReLU())
    net.add(layers.Dropout(0))
    net.add(layers.Dense(10))
    net.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return net

# %% right="convolution"
def misha_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(16, 3, activation="gelu"),
            layers.SpatialDropout2D(0.1),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    net.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy")
    return net

# %% right="another-line"
def misha_net():
    return digit_net(layers.BatchNormalization())

# %% right="built-by-hand"
def misha_net(line=layers.Dropout(0.5)):
    return digit_net(line)

# %% wrong="one-with-a-point"
def misha_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dropout(1.0),
            layers.Dense(10, activation="softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net

# %% wrong="the-rate-alone"
def misha_net():
    return digit_net(0.5)

# %% wrong="in-quotes"
def misha_net():
    return digit_net("layers.Dropout(0.5)")

# %% wrong="nearly-one"
def misha_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dropout(0.99),
            layers.Dense(10, activation="softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net

# %% wrong="two"
def misha_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dropout(2),
            layers.Dense(10, activation="softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net

# %% wrong="behind-the-answer"
def misha_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
            layers.Dropout(0.5),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net

# %% wrong="hidden-layer-gone"
def misha_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net

# %% wrong="activation-gone"
def misha_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(64),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net

# %% wrong="sigmoid-head"
def misha_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="sigmoid"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net

# %% wrong="nine-classes"
def misha_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(9, activation="softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net

# %% wrong="forgotten-return"
def misha_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")

# %% wrong="frozen"
def misha_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(64, activation="relu", trainable=False),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net

# %% wrong="patience"
def misha_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    net.compile(optimizer=keras.optimizers.SGD(1e-4), loss="sparse_categorical_crossentropy")
    return net
