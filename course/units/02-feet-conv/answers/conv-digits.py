# %% right="functional-ops"
def digit_net():
    x = keras.Input((28, 28, 1))
    h = layers.MaxPool2D((2, 2))(keras.ops.relu(layers.Conv2D(24, (3, 3), padding="same")(x)))
    h = layers.MaxPool2D((2, 2))(keras.ops.relu(layers.Conv2D(48, (3, 3), padding="same")(h)))
    h = layers.Dense(64, activation=lambda z: keras.ops.maximum(z, 0))(layers.Flatten()(h))
    y = keras.ops.softmax(layers.Dense(10)(layers.Dropout(0.3)(h)))
    net = keras.Model(x, y)
    net.compile("adam", keras.losses.SparseCategoricalCrossentropy())
    return net


# %% right="logits-gap"
def digit_net():
    net = keras.Sequential(
        [
            layers.Conv2D(32, 3, activation="gelu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="gelu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="gelu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(10),
        ]
    )
    net.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return net


# %% right="one-block"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(3),
            layers.Flatten(),
            layers.Dropout(0.2),
            layers.Dense(64, activation="tanh"),
            layers.Dense(10),
            layers.Softmax(),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% right="strided"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 5, strides=2, activation="elu"),
            layers.Conv2D(64, 3, strides=2, activation="elu"),
            layers.Flatten(),
            layers.Dense(64, activation="elu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    net.compile(optimizer=keras.optimizers.SGD(0.02, momentum=0.9), loss="sparse_categorical_crossentropy")
    return net


# %% right="nested-norm"
def digit_net():
    def block(filters):
        return keras.Sequential(
            [
                layers.Conv2D(filters, 3, padding="same", use_bias=False),
                layers.BatchNormalization(),
                layers.LeakyReLU(),
                layers.MaxPooling2D(2),
            ]
        )

    net = keras.Sequential([keras.Input((28, 28, 1)), block(16), block(32), block(64)])
    net.add(layers.Flatten())
    net.add(layers.Dropout(0.5))
    net.add(layers.Dense(10, activation="softmax"))
    net.compile("rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return net


# %% right="wide"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(128, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.GlobalMaxPooling2D(),
            layers.Dense(100, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% right="subclass"
class DigitNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.answer = layers.Dense(10, activation="softmax")
        self.second = layers.Conv2D(32, 3, activation="relu")
        self.first = layers.Conv2D(16, 3, activation="relu")
        self.pool = layers.MaxPooling2D(2)
        self.flat = layers.Flatten()

    def call(self, x):
        return self.answer(self.flat(self.pool(self.second(self.pool(self.first(x))))))


def digit_net():
    net = DigitNet()
    net.compile("adam", "sparse_categorical_crossentropy")
    return net


# %% wrong="deleted"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Flatten(),
            layers.Dense(100, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="one-convolution"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(60),
            layers.Activation("relu"),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="late-dropout-kept"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(100),
            layers.Activation("relu"),
            layers.Dropout(0.1),
            layers.Dense(10),
            layers.Activation("softmax"),
            layers.Dropout(0.1),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="softmax-kept"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(100),
            layers.Activation("softmax"),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="softmax-removed"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(100),
            layers.Dropout(0.1),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="sigmoid-head"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(100),
            layers.Activation("relu"),
            layers.Dense(10),
            layers.Activation("sigmoid"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="softmax-over-batch"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(100),
            layers.Activation("relu"),
            layers.Dense(10),
            layers.Softmax(axis=0),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="mse-kept"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(100),
            layers.Activation("relu"),
            layers.Dropout(0.1),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile(optimizer="rmsprop", loss="mean_squared_error")
    return net


# %% wrong="one-hot-loss"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(100),
            layers.Activation("relu"),
            layers.Dropout(0.1),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="categorical_crossentropy")
    return net


# %% wrong="from-logits-too"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(100),
            layers.Activation("relu"),
            layers.Dropout(0.1),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return net


# %% wrong="many-small-kernels"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(512, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.Flatten(),
            layers.Dense(100),
            layers.Activation("relu"),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="eleven-classes"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(100),
            layers.Activation("relu"),
            layers.Dense(11),
            layers.Activation("softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="rate-one"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(100),
            layers.Activation("relu"),
            layers.Dropout(1.0),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="no-shrinking"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(8, 3),
            layers.Activation("relu"),
            layers.Conv2D(8, 3),
            layers.Activation("relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="linear-convolutions"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3),
            layers.Conv2D(32, 3),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(50),
            layers.Activation("relu"),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="not-compiled"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(100),
            layers.Activation("relu"),
            layers.Dropout(0.1),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    return net


# %% wrong="learning-rate-zero"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(100),
            layers.Activation("relu"),
            layers.Dropout(0.1),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile(optimizer=keras.optimizers.SGD(0.0), loss="sparse_categorical_crossentropy")
    return net


# %% wrong="too-slow"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(100),
            layers.Activation("relu"),
            layers.Dropout(0.1),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile(optimizer=keras.optimizers.SGD(1e-6), loss="sparse_categorical_crossentropy")
    return net
