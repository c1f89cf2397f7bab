# %% right="growing"
def picture_net():
    net = keras.Sequential(
        [
            keras.Input((100, 100, 3)),
            layers.Conv2D(32, 3, kernel_initializer="he_normal"),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, kernel_initializer="he_normal"),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(128, 3, kernel_initializer="he_normal"),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% right="shrinking"
def picture_net():
    net = keras.Sequential(
        [
            keras.Input((100, 100, 3)),
            layers.Conv2D(64, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(3),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 3),
            layers.Activation("relu"),
            layers.Flatten(),
            layers.Dense(64),
            layers.Activation("relu"),
            layers.Dropout(0.3),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% right="wide"
def picture_net():
    net = keras.Sequential(
        [
            keras.Input((100, 100, 3)),
            layers.Conv2D(64, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(3),
            layers.Conv2D(128, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(3),
            layers.Flatten(),
            layers.Dense(64),
            layers.Activation("relu"),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% right="big-pool-kept"
def picture_net():
    net = keras.Sequential(
        [
            keras.Input((100, 100, 3)),
            layers.Conv2D(32, 3),
            layers.MaxPooling2D(2),
            layers.Activation("relu"),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.Conv2D(32, 1),
            layers.Activation("relu"),
            layers.MaxPooling2D(10),
            layers.Flatten(),
            layers.Dense(64),
            layers.Activation("relu"),
            layers.Dropout(0.1),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% right="normalised-logits"
def picture_net():
    x = h = keras.Input((100, 100, 3))
    for filters in (24, 32, 48):
        h = layers.Conv2D(filters, 3, use_bias=False)(h)
        h = layers.ReLU()(layers.BatchNormalization()(h))
        h = layers.Conv2D(filters, 1, activation="relu")(h)
        h = layers.MaxPool2D(2)(h)
    y = layers.Dense(10)(layers.GlobalAveragePooling2D()(h))
    net = keras.Model(x, y)
    net.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return net


# %% right="many-filters-few-places"
def picture_net():
    net = keras.Sequential(
        [
            keras.Input((100, 100, 3)),
            layers.Conv2D(512, 5, strides=5, activation="relu"),
            layers.Conv2D(32, 1, activation="relu"),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="deleted"
def picture_net():
    net = keras.Sequential(
        [
            keras.Input((100, 100, 3)),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="rate-one-point-nought"
def picture_net():
    net = keras.Sequential(
        [
            keras.Input((100, 100, 3)),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3),
            layers.Activation("relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(64),
            layers.Activation("relu"),
            layers.Dropout(1.0),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="rate-nearly-one"
def picture_net():
    net = keras.Sequential(
        [
            keras.Input((100, 100, 3)),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3),
            layers.Activation("relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(64),
            layers.Activation("relu"),
            layers.Dropout(0.999),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="late-dropout-kept"
def picture_net():
    net = keras.Sequential(
        [
            keras.Input((100, 100, 3)),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3),
            layers.Activation("relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(64),
            layers.Activation("relu"),
            layers.Dropout(0.2),
            layers.Dense(10),
            layers.Activation("softmax"),
            layers.Dropout(0.5),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="sigmoid-kept"
def picture_net():
    net = keras.Sequential(
        [
            keras.Input((100, 100, 3)),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3),
            layers.Activation("relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(64),
            layers.Activation("relu"),
            layers.Dropout(0.2),
            layers.Dense(10),
            layers.Activation("sigmoid"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="pointwise-kept"
def picture_net():
    net = keras.Sequential(
        [
            keras.Input((100, 100, 3)),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 3),
            layers.Conv2D(32, 1),
            layers.Activation("relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(64),
            layers.Activation("relu"),
            layers.Dropout(0.2),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="dense-pair-kept"
def picture_net():
    net = keras.Sequential(
        [
            keras.Input((100, 100, 3)),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3),
            layers.Activation("relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(64),
            layers.Dropout(0.2),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="from-logits-too"
def picture_net():
    net = keras.Sequential(
        [
            keras.Input((100, 100, 3)),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3),
            layers.Activation("relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(64),
            layers.Activation("relu"),
            layers.Dropout(0.2),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return net


# %% wrong="filters-kept"
def picture_net():
    net = keras.Sequential(
        [
            keras.Input((100, 100, 3)),
            layers.Conv2D(512, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(128, 3),
            layers.Activation("relu"),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.Conv2D(32, 1),
            layers.Activation("relu"),
            layers.MaxPooling2D(10),
            layers.Flatten(),
            layers.Dense(64),
            layers.Activation("relu"),
            layers.Dropout(0.2),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="not-compiled"
def picture_net():
    net = keras.Sequential(
        [
            keras.Input((100, 100, 3)),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3),
            layers.Activation("relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(64),
            layers.Activation("relu"),
            layers.Dropout(0.2),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    return net


# %% wrong="mse"
def picture_net():
    net = keras.Sequential(
        [
            keras.Input((100, 100, 3)),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3),
            layers.Activation("relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(64),
            layers.Activation("relu"),
            layers.Dropout(0.2),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="mse")
    return net


# %% wrong="accuracy-as-loss"
def picture_net():
    net = keras.Sequential(
        [
            keras.Input((100, 100, 3)),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3),
            layers.Activation("relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(64),
            layers.Activation("relu"),
            layers.Dropout(0.2),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="accuracy")
    return net


# %% wrong="no-shrinking"
def picture_net():
    net = keras.Sequential(
        [
            keras.Input((100, 100, 3)),
            layers.Conv2D(8, 3),
            layers.Activation("relu"),
            layers.Conv2D(8, 3),
            layers.Activation("relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(64),
            layers.Activation("relu"),
            layers.Dropout(0.2),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% wrong="zero-start"
def picture_net():
    net = keras.Sequential(
        [
            keras.Input((100, 100, 3)),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 3, kernel_initializer="zeros"),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3),
            layers.Activation("relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(64),
            layers.Activation("relu"),
            layers.Dropout(0.2),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net
