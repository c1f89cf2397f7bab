# %% right="sequential-fused"
def make_cells(kernel, bias, pool):
    def cell(*tail, activation=None):
        conv = layers.Conv2D(bias.size, kernel.shape[:2], activation=activation)
        net = keras.Sequential([keras.Input((None, None, kernel.shape[2])), conv, *tail])
        conv.set_weights([kernel, bias])
        return net

    alex = cell(layers.MaxPool2D((pool, pool)), activation="relu")
    ilya = cell(layers.MaxPool2D(pool_size=pool, strides=pool), layers.Activation("relu"))
    return alex, ilya, cell(layers.MaxPool2D(pool))


verdicts = {
    "alex == ilya": "yes",
    "alex == geoffrey": "no",
    "affine(convolution)": 1,
    "affine(geoffrey)": 0,
}

# %% right="numpy"
def make_cells(kernel, bias, pool):
    size = kernel.shape[0]

    def conv(x):
        x = np.asarray(x, float)
        h, w = x.shape[1] - size + 1, x.shape[2] - size + 1
        total = np.zeros((len(x), h, w, bias.size))
        for i in range(size):
            for j in range(size):
                total += x[:, i : i + h, j : j + w] @ kernel[i, j]
        return total + bias

    def pooling(z):
        h, w = z.shape[1] // pool, z.shape[2] // pool
        z = z[:, : h * pool, : w * pool]
        return z.reshape(len(z), h, pool, w, pool, -1).max(axis=(2, 4))

    def rectify(z):
        return z * (z > 0)

    return (
        lambda x: pooling(rectify(conv(x))),
        lambda x: rectify(pooling(conv(x))),
        lambda x: pooling(conv(x)),
    )


verdicts = {
    row: row in ("alex == ilya", "affine(convolution)")
    for row in ("alex == ilya", "alex == geoffrey", "affine(convolution)", "affine(geoffrey)")
}

# %% right="subclass"
class Cell(keras.Model):
    def __init__(self, conv, steps):
        super().__init__()
        self.steps = steps
        self.conv = conv

    def call(self, x):
        x = self.conv(x)
        for step in self.steps:
            x = step(x)
        return x


def make_cells(kernel, bias, pool):
    conv = friends.convolution(kernel, bias)
    shrink, bend = layers.MaxPooling2D(pool), layers.Activation(lambda h: ops.maximum(h, 0))
    return {
        "alex": Cell(conv, [bend, shrink]),
        "ilya": Cell(conv, [shrink, bend]),
        "geoffrey": Cell(conv, [shrink]),
    }


verdicts = {
    "alex == ilya": True,
    "alex == geoffrey": False,
    "affine(convolution)": True,
    "affine(geoffrey)": False,
}

# %% right="ops"
def make_cells(kernel, bias, pool):
    def conv(x):
        return ops.conv(ops.cast(x, "float32"), kernel, strides=1, padding="valid") + bias

    def alex(x):
        return ops.max_pool(ops.relu(conv(x)), pool, padding="valid")

    def ilya(x):
        return keras.activations.relu(ops.max_pool(conv(x), (pool, pool)))

    def geoffrey(x):
        return ops.max_pool(conv(x), pool)

    return [alex, ilya, geoffrey]


verdicts = {
    "alex == ilya": True,
    "alex == geoffrey": False,
    "affine(convolution)": True,
    "affine(geoffrey)": False,
}

# %% right="ilya-for-both-and-relu-twice"
def make_cells(kernel, bias, pool):
    x = keras.Input((None, None, kernel.shape[2]))
    h = layers.MaxPooling2D(pool)(friends.convolution(kernel, bias)(x))
    geoffrey = keras.Model(x, h)
    ilya = keras.Model(x, ops.relu(h))
    alex = keras.Sequential([ilya, layers.ReLU()])
    return alex, ilya, geoffrey


verdicts = {
    "alex == ilya": True,
    "alex == geoffrey": False,
    "affine(convolution)": True,
    "affine(geoffrey)": False,
}

# %% right="sequential-without-input"
def make_cells(kernel, bias, pool):
    def conv():
        return friends.convolution(kernel, bias)

    window = layers.MaxPool2D(pool)
    alex = keras.Sequential([conv(), layers.ReLU(), window])
    ilya = keras.Sequential([conv(), window, layers.ReLU()])
    return alex, ilya, keras.Sequential([conv(), window])


verdicts = {
    "alex == ilya": True,
    "alex == geoffrey": False,
    "affine(convolution)": True,
    "affine(geoffrey)": False,
}

# %% wrong="relu-missing"
def make_cells(kernel, bias, pool):
    x = keras.Input((None, None, kernel.shape[2]))
    h = friends.convolution(kernel, bias)(x)
    alex = ilya = geoffrey = keras.Model(x, layers.MaxPooling2D(pool)(h))
    return alex, ilya, geoffrey


verdicts = {
    "alex == ilya": True,
    "alex == geoffrey": False,
    "affine(convolution)": True,
    "affine(geoffrey)": False,
}

# %% wrong="average"
def make_cells(kernel, bias, pool):
    x = keras.Input((None, None, kernel.shape[2]))
    h = friends.convolution(kernel, bias)(x)
    window = layers.AveragePooling2D(pool)
    return (
        keras.Model(x, window(ops.relu(h))),
        keras.Model(x, ops.relu(window(h))),
        keras.Model(x, window(h)),
    )


verdicts = {
    "alex == ilya": True,
    "alex == geoffrey": False,
    "affine(convolution)": True,
    "affine(geoffrey)": False,
}

# %% wrong="pool-same"
def make_cells(kernel, bias, pool):
    x = keras.Input((None, None, kernel.shape[2]))
    h = friends.convolution(kernel, bias)(x)
    window = layers.MaxPooling2D(pool, padding="same")
    return (
        keras.Model(x, window(ops.relu(h))),
        keras.Model(x, ops.relu(window(h))),
        keras.Model(x, window(h)),
    )


verdicts = {
    "alex == ilya": True,
    "alex == geoffrey": False,
    "affine(convolution)": True,
    "affine(geoffrey)": False,
}

# %% wrong="stride-one"
def make_cells(kernel, bias, pool):
    x = keras.Input((None, None, kernel.shape[2]))
    h = friends.convolution(kernel, bias)(x)
    window = layers.MaxPooling2D(pool, strides=1)
    return (
        keras.Model(x, window(ops.relu(h))),
        keras.Model(x, ops.relu(window(h))),
        keras.Model(x, window(h)),
    )


verdicts = {
    "alex == ilya": True,
    "alex == geoffrey": False,
    "affine(convolution)": True,
    "affine(geoffrey)": False,
}

# %% wrong="leaky"
def make_cells(kernel, bias, pool):
    x = keras.Input((None, None, kernel.shape[2]))
    h = friends.convolution(kernel, bias)(x)
    window, bend = layers.MaxPooling2D(pool), layers.LeakyReLU()
    return (
        keras.Model(x, window(bend(h))),
        keras.Model(x, bend(window(h))),
        keras.Model(x, window(h)),
    )


verdicts = {
    "alex == ilya": True,
    "alex == geoffrey": False,
    "affine(convolution)": True,
    "affine(geoffrey)": False,
}

# %% wrong="relu6"
def make_cells(kernel, bias, pool):
    x = keras.Input((None, None, kernel.shape[2]))
    h = friends.convolution(kernel, bias)(x)
    window = layers.MaxPooling2D(pool)
    return (
        keras.Model(x, window(ops.relu6(h))),
        keras.Model(x, ops.relu6(window(h))),
        keras.Model(x, window(h)),
    )


verdicts = {
    "alex == ilya": True,
    "alex == geoffrey": False,
    "affine(convolution)": True,
    "affine(geoffrey)": False,
}

# %% wrong="own-weights"
def make_cells(kernel, bias, pool):
    def cell(*tail):
        conv = layers.Conv2D(bias.size, 3)
        return keras.Sequential([keras.Input((None, None, kernel.shape[2])), conv, *tail])

    window = layers.MaxPooling2D(pool)
    return cell(layers.ReLU(), window), cell(window, layers.ReLU()), cell(window)


verdicts = {
    "alex == ilya": True,
    "alex == geoffrey": False,
    "affine(convolution)": True,
    "affine(geoffrey)": False,
}

# %% wrong="flipped"
def make_cells(kernel, bias, pool):
    x = keras.Input((None, None, kernel.shape[2]))
    h = friends.convolution(kernel[::-1, ::-1], bias)(x)
    window = layers.MaxPooling2D(pool)
    return (
        keras.Model(x, window(ops.relu(h))),
        keras.Model(x, ops.relu(window(h))),
        keras.Model(x, window(h)),
    )


verdicts = {
    "alex == ilya": True,
    "alex == geoffrey": False,
    "affine(convolution)": True,
    "affine(geoffrey)": False,
}

# %% wrong="pool-of-two"
def make_cells(kernel, bias, pool):
    x = keras.Input((None, None, kernel.shape[2]))
    h = friends.convolution(kernel, bias)(x)
    window = layers.MaxPooling2D(2)
    return (
        keras.Model(x, window(ops.relu(h))),
        keras.Model(x, ops.relu(window(h))),
        keras.Model(x, window(h)),
    )


verdicts = {
    "alex == ilya": True,
    "alex == geoffrey": False,
    "affine(convolution)": True,
    "affine(geoffrey)": False,
}

# %% wrong="geoffrey-with-relu"
def make_cells(kernel, bias, pool):
    x = keras.Input((None, None, kernel.shape[2]))
    h = friends.convolution(kernel, bias)(x)
    ilya = keras.Model(x, ops.relu(layers.MaxPooling2D(pool)(h)))
    return ilya, ilya, ilya


verdicts = {
    "alex == ilya": True,
    "alex == geoffrey": True,
    "affine(convolution)": True,
    "affine(geoffrey)": False,
}

# %% wrong="one-cell"
def make_cells(kernel, bias, pool):
    x = keras.Input((None, None, kernel.shape[2]))
    h = friends.convolution(kernel, bias)(x)
    return keras.Model(x, ops.relu(layers.MaxPooling2D(pool)(h)))


verdicts = {
    "alex == ilya": True,
    "alex == geoffrey": False,
    "affine(convolution)": True,
    "affine(geoffrey)": False,
}

# %% wrong="deleted"
def make_cells(kernel, bias, pool):
    return [lambda x: np.zeros((len(x), 2, 2, bias.size))] * 3


verdicts = {
    "alex == ilya": True,
    "alex == geoffrey": False,
    "affine(convolution)": True,
    "affine(geoffrey)": False,
}

# %% wrong="geoffrey-affine"
def make_cells(kernel, bias, pool):
    x = keras.Input((None, None, kernel.shape[2]))
    h = friends.convolution(kernel, bias)(x)
    window = layers.MaxPooling2D(pool)
    return (
        keras.Model(x, window(ops.relu(h))),
        keras.Model(x, ops.relu(window(h))),
        keras.Model(x, window(h)),
    )


verdicts = {
    "alex == ilya": True,
    "alex == geoffrey": False,
    "affine(convolution)": True,
    "affine(geoffrey)": True,
}
