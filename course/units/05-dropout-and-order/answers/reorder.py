# %% right="as-the-answer-recommends"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.2),
            layers.Conv2D(16, 3, padding="same"),
            layers.Activation("relu"),
            layers.Conv2D(16, 3, padding="same"),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.2),
            layers.Flatten(),
            layers.Dense(64),
            layers.Activation("relu"),
            layers.Dropout(0.4),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile("adam", "sparse_categorical_crossentropy")
    return net

# %% right="behind-the-dense-norm"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(16, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(64),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Dropout(0.2),
            layers.Dense(32),
            layers.Activation("relu"),
            layers.Dropout(0.4),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile("adam", "sparse_categorical_crossentropy")
    return net

# %% right="spatial-behind-the-last-norm"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(16, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.SpatialDropout2D(0.2),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(64),
            layers.Activation("relu"),
            layers.Dropout(0.4),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile("adam", "sparse_categorical_crossentropy")
    return net

# %% right="functional-with-gap"
def digit_net():
    pictures = keras.Input((8, 8, 1))
    h = pictures
    for filters in (8, 16):
        for _ in range(2):
            h = layers.Conv2D(filters, 3, padding="same", use_bias=False)(h)
            h = ops.relu(layers.BatchNormalization()(h))
        h = layers.MaxPool2D()(h)
    h = layers.GlobalAveragePooling2D()(layers.SpatialDropout2D(0.2)(h))
    h = layers.Dense(64, activation="relu")(h)
    answer = layers.Dense(10, activation="softmax")(layers.Dropout(0.4)(h))
    net = keras.Model(pictures, answer)
    net.compile(optimizer=keras.optimizers.SGD(0.05), loss=keras.losses.SparseCategoricalCrossentropy())
    return net

# %% right="subclass"
class Group(layers.Layer):
    def __init__(self, filters):
        super().__init__()
        self.convolutions = [layers.Conv2D(filters, 3, padding="same") for _ in range(2)]
        self.norms = [layers.BatchNormalization() for _ in range(2)]
        self.pool = layers.MaxPooling2D(2)

    def call(self, x, training=None):
        for convolution, norm in zip(self.convolutions, self.norms):
            x = keras.activations.relu(norm(convolution(x), training=training))
        return self.pool(x)


class DigitNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.groups = [Group(8), Group(16)]
        self.flatten = layers.Flatten()
        self.hidden = layers.Dense(64, activation="relu")
        self.first_drop = layers.Dropout(0.2)
        self.second_drop = layers.Dropout(0.4)
        self.answer = layers.Dense(10)

    def call(self, x, training=None):
        for group in self.groups:
            x = group(x, training=training)
        x = self.first_drop(self.flatten(x), training=training)
        x = self.second_drop(self.hidden(x), training=training)
        return self.answer(x)


def digit_net():
    net = DigitNet()
    net.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return net

# %% right="layer-norm-where-batch-norm-stood"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, padding="same"),
            layers.LayerNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(8, 3, padding="same"),
            layers.LayerNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.2),
            layers.Conv2D(16, 3, padding="same"),
            layers.LayerNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(16, 3, padding="same"),
            layers.LayerNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.2),
            layers.Flatten(),
            layers.Dense(64),
            layers.LayerNormalization(),
            layers.Activation("relu"),
            layers.Dropout(0.4),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile("adam", "sparse_categorical_crossentropy")
    return net

# %% right="group-norm-behind-dropout"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.SpatialDropout2D(0.3),
            layers.Conv2D(16, 3, padding="same"),
            layers.GroupNormalization(4),
            layers.Activation("relu"),
            layers.Conv2D(16, 3, padding="same"),
            layers.GroupNormalization(4),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(64),
            layers.GroupNormalization(8),
            layers.Activation("relu"),
            layers.Dropout(0.4),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile("adam", "sparse_categorical_crossentropy")
    return net

# %% right="noise-shape"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(16, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Dropout(0.2, noise_shape=(None, 1, 1, None)),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(64),
            layers.Activation("relu"),
            layers.Dropout(0.4),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile("adam", "sparse_categorical_crossentropy")
    return net

# %% right="added-and-nested"
def group(filters):
    block = keras.Sequential()
    for _ in range(2):
        block.add(layers.Conv2D(filters, (3, 3), padding="same"))
        block.add(layers.BatchNormalization(momentum=0.9))
        block.add(layers.LeakyReLU())
    block.add(layers.MaxPooling2D((2, 2)))
    return block


def digit_net():
    net = keras.Sequential()
    net.add(layers.InputLayer((8, 8, 1)))
    net.add(group(8))
    net.add(group(16))
    net.add(layers.Flatten())
    net.add(layers.Dense(64, activation="relu"))
    net.add(layers.Dropout(rate=0.5))
    net.add(layers.Dense(32, activation="relu"))
    net.add(layers.Dropout(rate=0.2))
    net.add(layers.Dense(10, activation="softmax"))
    net.compile(loss="sparse_categorical_crossentropy", optimizer="rmsprop", metrics=["accuracy"])
    return net

# %% right="block-that-passes-nothing-on"
class Block(layers.Layer):
    def __init__(self, w, norm):
        super().__init__()
        self.a, self.b = layers.Conv2D(w, 3, padding="same"), layers.Conv2D(w, 3, padding="same")
        self.norm, self.drop = norm, layers.SpatialDropout2D(0.2)
        self.pool = layers.MaxPooling2D(2)
    def build(self, shape):
        self.a.build(shape); s = self.a.compute_output_shape(shape); self.norm.build(s); self.b.build(s); super().build(shape)
    def call(self, x):
        x = ops.relu(self.norm(self.a(x)))
        return self.drop(self.pool(ops.relu(self.b(x))))
def digit_net():
    net = keras.Sequential([keras.Input((8, 8, 1)), Block(8, layers.BatchNormalization()), Block(16, layers.LayerNormalization()),
      layers.Flatten(), layers.Dense(10, "softmax")])
    net.compile("adam", "sparse_categorical_crossentropy")
    return net

# %% right="block-that-passes-it-on"
class Block(layers.Layer):
    def __init__(self, w, norm):
        super().__init__()
        self.a, self.b = layers.Conv2D(w, 3, padding="same"), layers.Conv2D(w, 3, padding="same")
        self.norm, self.drop = norm, layers.SpatialDropout2D(0.2)
        self.pool = layers.MaxPooling2D(2)
    def build(self, shape):
        self.a.build(shape); s = self.a.compute_output_shape(shape); self.norm.build(s); self.b.build(s); super().build(shape)
    def call(self, x, training=None):
        x = ops.relu(self.norm(self.a(x), training=training))
        return self.drop(self.pool(ops.relu(self.b(x))), training=training)
def digit_net():
    net = keras.Sequential([keras.Input((8, 8, 1)), Block(8, layers.BatchNormalization()), Block(16, layers.LayerNormalization()),
      layers.Flatten(), layers.Dense(10, "softmax")])
    net.compile("adam", "sparse_categorical_crossentropy")
    return net

# %% right="one-dropout-twice"
def digit_net():
    shared = layers.Dropout(0.3)
    i = keras.Input((8, 8, 1))
    x = i
    for w in (8, 8, 16, 16):
        x = layers.Conv2D(w, 3, padding="same", strides=1 + (w == 16))(x)
        x = layers.BatchNormalization()(x)
        x = layers.Activation("relu")(x)
    x = layers.Dense(32, "relu")(shared(layers.Flatten()(x)))
    net = keras.Model(i, layers.Dense(10, activation="softmax")(shared(x)))
    net.compile("adam", "sparse_categorical_crossentropy")
    return net

# %% right="depthwise-between"
def digit_net():
    net = keras.Sequential([keras.Input((8, 8, 1)),
      layers.Conv2D(8, 3, padding="same"), layers.BatchNormalization(), layers.ReLU(), layers.Conv2D(8, 3, padding="same"), layers.BatchNormalization(), layers.ReLU(), layers.MaxPooling2D(2),
      layers.Conv2D(16, 3, padding="same", activation="relu"), layers.Conv2D(16, 3, padding="same"), layers.ReLU(), layers.Dropout(0.3), layers.DepthwiseConv2D(3, padding="same"), layers.MaxPooling2D(2), layers.Dropout(0.3),
      layers.Flatten(), layers.Dense(10, "softmax")])
    net.compile("adam", "sparse_categorical_crossentropy")
    return net

# %% right="class-as-function"
class digit_net(keras.Model):
    def __init__(self):
        super().__init__()
        self.body = keras.Sequential([layers.Rescaling(1 / 16)] + [l for w in (8, 8, 16, 16) for l in (layers.Conv2D(w, 3, strides=1 + (w == 16), padding="same"), layers.BatchNormalization(), layers.ReLU())])
        self.head = keras.Sequential([layers.Flatten(), layers.Dropout(0.3), layers.Dense(32, "relu"), layers.Dropout(0.3), layers.Dense(10)])
        self.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    def call(self, x):
        return self.head(self.body(x))

# %% right="branch-from-zero"
def digit_net():
    # The branch begins at nothing, as residual branches do, and learns its scale.
    i = keras.Input((8, 8, 1))
    x = i
    for width in (8, 8):
        x = layers.Conv2D(width, 3, padding="same")(x)
        x = layers.BatchNormalization()(x)
        x = layers.Activation("relu")(x)
    x = layers.MaxPooling2D(2)(x)
    branch = layers.Conv2D(8, 3, padding="same", activation="relu")(layers.Dropout(0.2)(x))
    branch = layers.Conv2D(8, 3, padding="same", kernel_initializer="zeros")(branch)
    x = layers.Flatten()(x + branch)
    x = layers.Dropout(0.4)(x)
    net = keras.Model(i, layers.Dense(10, activation="softmax")(x))
    net.compile("adam", "sparse_categorical_crossentropy")
    return net

# %% wrong="two-layers-between"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.2),
            layers.Conv2D(16, 3, padding="same"),
            layers.Activation("relu"),
            layers.Conv2D(16, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.2),
            layers.Flatten(),
            layers.Dense(64),
            layers.Activation("relu"),
            layers.Dropout(0.4),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile("adam", "sparse_categorical_crossentropy")
    return net

# %% wrong="spatial-instead"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.SpatialDropout2D(0.2),
            layers.Conv2D(16, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(16, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.SpatialDropout2D(0.2),
            layers.Flatten(),
            layers.Dense(64),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Dropout(0.4),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile("adam", "sparse_categorical_crossentropy")
    return net

# %% wrong="as-masha-asked"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, padding="same"),
            layers.SpatialDropout2D(0.2),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(8, 3, padding="same"),
            layers.SpatialDropout2D(0.2),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 3, padding="same"),
            layers.SpatialDropout2D(0.2),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(16, 3, padding="same"),
            layers.SpatialDropout2D(0.2),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(64),
            layers.Activation("relu"),
            layers.Dropout(0.4),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile("adam", "sparse_categorical_crossentropy")
    return net

# %% wrong="rates-of-a-twentieth"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.05),
            layers.Conv2D(16, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(16, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.05),
            layers.Flatten(),
            layers.Dense(64),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Dropout(0.05),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile("adam", "sparse_categorical_crossentropy")
    return net

# %% wrong="rates-of-zero"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.0),
            layers.Conv2D(16, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(16, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.0),
            layers.Flatten(),
            layers.Dense(64),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Dropout(0.4),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile("adam", "sparse_categorical_crossentropy")
    return net

# %% wrong="dropout-deleted"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(16, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(64),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile("adam", "sparse_categorical_crossentropy")
    return net

# %% wrong="normalisation-deleted"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, padding="same"),
            layers.Activation("relu"),
            layers.Conv2D(8, 3, padding="same"),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.2),
            layers.Conv2D(16, 3, padding="same"),
            layers.Activation("relu"),
            layers.Conv2D(16, 3, padding="same"),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.2),
            layers.Flatten(),
            layers.Dense(64),
            layers.Activation("relu"),
            layers.Dropout(0.4),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile("adam", "sparse_categorical_crossentropy")
    return net

# %% wrong="one-normalisation-left"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(8, 3, padding="same"),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.2),
            layers.Conv2D(16, 3, padding="same"),
            layers.Activation("relu"),
            layers.Conv2D(16, 3, padding="same"),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.2),
            layers.Flatten(),
            layers.Dense(64),
            layers.Activation("relu"),
            layers.Dropout(0.4),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile("adam", "sparse_categorical_crossentropy")
    return net

# %% wrong="norms-in-inference-mode"
class Still(layers.Layer):
    def __init__(self, norm):
        super().__init__()
        self.norm = norm

    def call(self, x):
        return self.norm(x, training=False)


def digit_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, padding="same"),
            Still(layers.BatchNormalization()),
            layers.Activation("relu"),
            layers.Conv2D(8, 3, padding="same"),
            Still(layers.BatchNormalization()),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.2),
            layers.Conv2D(16, 3, padding="same"),
            Still(layers.BatchNormalization()),
            layers.Activation("relu"),
            layers.Conv2D(16, 3, padding="same"),
            Still(layers.BatchNormalization()),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.2),
            layers.Flatten(),
            layers.Dense(64),
            Still(layers.BatchNormalization()),
            layers.Activation("relu"),
            layers.Dropout(0.4),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile("adam", "sparse_categorical_crossentropy")
    return net

# %% wrong="dropouts-in-inference-mode"
class Quiet(layers.Layer):
    def __init__(self, rate):
        super().__init__()
        self.dropout = layers.Dropout(rate)

    def call(self, x):
        return self.dropout(x, training=False)


def digit_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            Quiet(0.2),
            layers.Conv2D(16, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(16, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            Quiet(0.2),
            layers.Flatten(),
            layers.Dense(64),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Dropout(0.4),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile("adam", "sparse_categorical_crossentropy")
    return net

# %% wrong="momentum-changed"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(momentum=0.5),
            layers.Activation("relu"),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(momentum=0.5),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.2),
            layers.Conv2D(16, 3, padding="same"),
            layers.BatchNormalization(momentum=0.5),
            layers.Activation("relu"),
            layers.Conv2D(16, 3, padding="same"),
            layers.BatchNormalization(momentum=0.5),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.2),
            layers.Flatten(),
            layers.Dense(64),
            layers.BatchNormalization(momentum=0.5),
            layers.Activation("relu"),
            layers.Dropout(0.4),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile("adam", "sparse_categorical_crossentropy")
    return net

# %% wrong="net-deleted"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(64),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Dropout(0.2),
            layers.Dense(32),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Dropout(0.4),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile("adam", "sparse_categorical_crossentropy")
    return net

# %% wrong="dropout-before-the-pool"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Dropout(0.2),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 3, padding="same"),
            layers.Activation("relu"),
            layers.Conv2D(16, 3, padding="same"),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(64),
            layers.Activation("relu"),
            layers.Dropout(0.4),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile("adam", "sparse_categorical_crossentropy")
    return net

# %% wrong="dropout-on-the-answer"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(16, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(64),
            layers.Activation("relu"),
            layers.Dropout(0.4),
            layers.Dense(10),
            layers.Activation("softmax"),
            layers.Dropout(0.2),
        ]
    )
    net.compile("adam", "sparse_categorical_crossentropy")
    return net

# %% wrong="dense-norm-kept"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(16, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.2),
            layers.Flatten(),
            layers.Dense(64),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Dropout(0.4),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile("adam", "sparse_categorical_crossentropy")
    return net

# %% wrong="eleven-classes"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(16, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.2),
            layers.Flatten(),
            layers.Dense(64),
            layers.Activation("relu"),
            layers.Dropout(0.4),
            layers.Dense(11),
            layers.Activation("softmax"),
        ]
    )
    net.compile("adam", "sparse_categorical_crossentropy")
    return net

# %% wrong="side-branch-times-nothing"
def digit_net():
    i = keras.Input((8, 8, 1))
    x = i
    for w in (8, 8):
        x = layers.Conv2D(w, 3, padding="same")(x)
        x = layers.BatchNormalization()(x)
        x = layers.ReLU()(x)
    x = layers.MaxPooling2D(2)(x)
    for w in (16, 16):
        x = layers.Conv2D(w, 3, padding="same", activation="relu")(x)
    x = layers.Flatten()(x)
    side = layers.Dropout(0.3)(layers.Dropout(0.3)(x))
    x = x + 0 * side
    net = keras.Model(i, layers.Dense(10, activation="softmax")(x))
    net.compile("adam", "sparse_categorical_crossentropy")
    return net

# %% wrong="side-branch-times-a-thousandth"
def digit_net():
    """dropout really on, diluted: the branch weighs 1e-3"""
    i = keras.Input((8, 8, 1))
    x = layers.Conv2D(8, 3, padding="same", activation="relu")(i)
    x = x + 1e-3 * layers.Dropout(0.3)(x)
    x = layers.Conv2D(8, 3, padding="same")(x)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU()(x)
    x = x + 1e-3 * layers.Dropout(0.3)(x)
    x = layers.Conv2D(16, 3, strides=2, padding="same")(x)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU()(x)
    x = layers.Conv2D(16, 3, padding="same", activation="relu")(x)
    x = layers.Flatten()(x)
    net = keras.Model(i, layers.Dense(10, activation="softmax")(x))
    net.compile("adam", "sparse_categorical_crossentropy")
    return net

# %% wrong="momentum-one"
def digit_net():
    net = keras.Sequential([keras.Input((8, 8, 1)),
      layers.Conv2D(8, 3, padding="same"), layers.BatchNormalization(momentum=1.0), layers.ReLU(), layers.Conv2D(8, 3, padding="same"), layers.BatchNormalization(momentum=1.0), layers.ReLU(), layers.MaxPooling2D(2),
      layers.Conv2D(16, 3, padding="same", activation="relu"), layers.Conv2D(16, 3, padding="same"), layers.ReLU(), layers.MaxPooling2D(2), layers.Dropout(0.3), layers.Dropout(0.3),
      layers.Flatten(), layers.Dense(10, "softmax")])
    net.compile("adam", "sparse_categorical_crossentropy")
    return net

# %% wrong="one-net-for-all-calls"
_net = keras.Sequential([keras.Input((8, 8, 1)),
      layers.Conv2D(8, 3, padding="same"), layers.BatchNormalization(), layers.ReLU(), layers.Conv2D(8, 3, padding="same"), layers.BatchNormalization(), layers.ReLU(), layers.MaxPooling2D(2),
      layers.Conv2D(16, 3, padding="same", activation="relu"), layers.Conv2D(16, 3, padding="same", activation="relu"), layers.MaxPooling2D(2), layers.Flatten(),
      layers.Dropout(0.2), layers.Dense(64, "relu"), layers.Dropout(0.3), layers.Dense(10, "softmax")])
_net.compile("adam", "sparse_categorical_crossentropy")
def digit_net():
    return _net

# %% wrong="a-dropout-of-ones-own"
class Dropout(layers.Dropout):
    def call(self, inputs, training=False):
        return inputs
def digit_net():
    net = keras.Sequential([keras.Input((8, 8, 1)),
      layers.Conv2D(8, 3, padding="same"), layers.BatchNormalization(), layers.ReLU(), Dropout(0.3), layers.Conv2D(8, 3, padding="same"), layers.BatchNormalization(), layers.ReLU(), layers.MaxPooling2D(2),
      Dropout(0.3), layers.Conv2D(16, 3, padding="same", activation="relu"), layers.Conv2D(16, 3, padding="same", activation="relu"), layers.MaxPooling2D(2), layers.Flatten(), layers.Dropout(0.3), layers.Dense(10, "softmax")])
    net.compile("adam", "sparse_categorical_crossentropy")
    return net

# %% wrong="layer-norm-between-dropout-and-pool"
def digit_net():
    net = keras.Sequential([keras.Input((8, 8, 1)),
      layers.Conv2D(8, 3, padding="same"), layers.BatchNormalization(), layers.ReLU(), layers.Conv2D(8, 3, padding="same"), layers.BatchNormalization(), layers.ReLU(), layers.MaxPooling2D(2),
      layers.Conv2D(16, 3, padding="same", activation="relu"), layers.Conv2D(16, 3, padding="same"), layers.Dropout(0.3), layers.LayerNormalization(), layers.ReLU(), layers.MaxPooling2D(2), layers.Dropout(0.3),
      layers.Flatten(), layers.Dense(10, "softmax")])
    net.compile("adam", "sparse_categorical_crossentropy")
    return net

# %% wrong="frozen-norms"
def digit_net():
    net = keras.Sequential([keras.Input((8, 8, 1)),
      layers.Conv2D(8, 3, padding="same", activation="relu"), layers.Dropout(0.3), layers.Conv2D(8, 3, padding="same", activation="relu"), layers.BatchNormalization(trainable=False), layers.MaxPooling2D(2),
      layers.Conv2D(16, 3, padding="same", activation="relu"), layers.Dropout(0.3), layers.Conv2D(16, 3, padding="same", activation="relu"), layers.BatchNormalization(trainable=False), layers.MaxPooling2D(2), layers.Flatten(),
      layers.Dense(64, "relu"), layers.Dense(10, "softmax")])
    net.compile("adam", "sparse_categorical_crossentropy")
    return net
