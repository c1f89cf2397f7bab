# %% right="functional-fused"
def make_net(place, activation, std):
    start = keras.initializers.RandomNormal(stddev=std)
    x = inputs = keras.Input((64,))
    for i in range(3):
        init = keras.initializers.RandomNormal(stddev=std, seed=None)
        if place == "before":
            x = layers.BatchNormalization(momentum=0.9)(x)
        if place == "between":
            x = layers.Dense(100, use_bias=False, kernel_initializer=init)(x)
            x = layers.BatchNormalization(epsilon=1e-5)(x)
            x = keras.activations.get(activation)(x)
        else:
            x = layers.Dense(100, activation=activation, kernel_initializer=init)(x)
        if place == "after":
            x = layers.BatchNormalization()(x)
    return keras.Model(inputs, layers.Dense(10, kernel_initializer=start)(x))

# %% right="blocks"
def make_net(place, activation, std):
    def block():
        parts = {
            "d": layers.Dense(100, kernel_initializer=keras.initializers.RandomNormal(0, std)),
            "a": layers.Activation(activation),
            "n": layers.BatchNormalization(),
        }
        order = {"none": "da", "before": "nda", "between": "dna", "after": "dan"}[place]
        return keras.Sequential([parts[letter] for letter in order])

    last = layers.Dense(10, kernel_initializer=keras.initializers.RandomNormal(0, std))
    net = keras.Sequential([keras.Input((64,)), block(), block(), block(), last])
    net.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return net

# %% right="weights-set"
def make_net(place, activation, std):
    act = {"relu": layers.ReLU, "sigmoid": lambda: layers.Activation("sigmoid")}[activation]
    stack = []
    for _ in range(3):
        hidden = [layers.Dense(100), act()]
        if place != "none":
            at = ["before", "between", "after"].index(place)
            hidden.insert(at, layers.BatchNormalization())
        stack += hidden
    net = keras.Sequential([keras.Input((64,)), *stack, layers.Dense(10)])
    rng = np.random.default_rng()
    for layer in net.layers:
        if isinstance(layer, layers.Dense):
            layer.kernel.assign(rng.normal(0, std, layer.kernel.shape))
    return net

# %% right="subclass"
class Net(keras.Model):
    def __init__(self, place, activation, std):
        super().__init__()
        self.place = place
        self.act = keras.activations.get(activation)

        def dense(n):
            return layers.Dense(n, kernel_initializer=keras.initializers.RandomNormal(0.0, std))

        self.dense = [dense(100) for _ in range(3)]
        self.norms = [layers.BatchNormalization() for _ in range(3)] if place != "none" else []
        self.last = dense(10)

    def call(self, x, training=False):
        for i, dense in enumerate(self.dense):
            if self.place == "before":
                x = self.norms[i](x, training=training)
            x = dense(x)
            if self.place == "between":
                x = self.norms[i](x, training=training)
            x = self.act(x)
            if self.place == "after":
                x = self.norms[i](x, training=training)
        return self.last(x)


def make_net(place, activation, std):
    return Net(place, activation, std)

# %% wrong="untouched"
def make_net(place, activation, std):
    return keras.Sequential([keras.Input((64,)), layers.Dense(10)])

# %% wrong="no-net"
def make_net(place, activation, std):
    pass

# %% wrong="places-mixed-up"
def make_net(place, activation, std):
    def dense(units):
        return layers.Dense(units, kernel_initializer=keras.initializers.RandomNormal(0, std))

    net = keras.Sequential([keras.Input((64,))])
    for _ in range(3):
        if place == "between":
            net.add(layers.BatchNormalization())
        net.add(dense(100))
        if place == "before":
            net.add(layers.BatchNormalization())
        net.add(layers.Activation(activation))
        if place == "after":
            net.add(layers.BatchNormalization())
    net.add(dense(10))
    return net

# %% wrong="softmax"
def make_net(place, activation, std):
    def dense(units):
        return layers.Dense(units, kernel_initializer=keras.initializers.RandomNormal(0, std))

    net = keras.Sequential([keras.Input((64,))])
    for _ in range(3):
        if place == "before":
            net.add(layers.BatchNormalization())
        net.add(dense(100))
        if place == "between":
            net.add(layers.BatchNormalization())
        net.add(layers.Activation(activation))
        if place == "after":
            net.add(layers.BatchNormalization())
    net.add(dense(10))
    net.add(layers.Softmax())
    return net

# %% wrong="normalised-output"
def make_net(place, activation, std):
    def dense(units):
        return layers.Dense(units, kernel_initializer=keras.initializers.RandomNormal(0, std))

    net = keras.Sequential([keras.Input((64,))])
    for _ in range(3):
        if place == "before":
            net.add(layers.BatchNormalization())
        net.add(dense(100))
        if place == "between":
            net.add(layers.BatchNormalization())
        net.add(layers.Activation(activation))
        if place == "after":
            net.add(layers.BatchNormalization())
    net.add(dense(10))
    if place != "none":
        net.add(layers.BatchNormalization())
    return net

# %% wrong="linear"
def make_net(place, activation, std):
    def dense(units):
        return layers.Dense(units, kernel_initializer=keras.initializers.RandomNormal(0, std))

    net = keras.Sequential([keras.Input((64,))])
    for _ in range(3):
        if place == "before":
            net.add(layers.BatchNormalization())
        net.add(dense(100))
        if place == "between":
            net.add(layers.BatchNormalization())
        if place == "after":
            net.add(layers.BatchNormalization())
    net.add(dense(10))
    return net

# %% wrong="always-relu"
def make_net(place, activation, std):
    def dense(units):
        return layers.Dense(units, kernel_initializer=keras.initializers.RandomNormal(0, std))

    net = keras.Sequential([keras.Input((64,))])
    for _ in range(3):
        if place == "before":
            net.add(layers.BatchNormalization())
        net.add(dense(100))
        if place == "between":
            net.add(layers.BatchNormalization())
        net.add(layers.ReLU())
        if place == "after":
            net.add(layers.BatchNormalization())
    net.add(dense(10))
    return net

# %% wrong="once"
def make_net(place, activation, std):
    def dense(units):
        return layers.Dense(units, kernel_initializer=keras.initializers.RandomNormal(0, std))

    net = keras.Sequential([keras.Input((64,))])
    for i in range(3):
        if place == "before":
            net.add(layers.BatchNormalization())
        net.add(dense(100))
        if place == "between" and i == 0:
            net.add(layers.BatchNormalization())
        net.add(layers.Activation(activation))
        if place == "after":
            net.add(layers.BatchNormalization())
    net.add(dense(10))
    return net

# %% wrong="two-hidden"
def make_net(place, activation, std):
    def dense(units):
        return layers.Dense(units, kernel_initializer=keras.initializers.RandomNormal(0, std))

    net = keras.Sequential([keras.Input((64,))])
    for _ in range(2):
        if place == "before":
            net.add(layers.BatchNormalization())
        net.add(dense(100))
        if place == "between":
            net.add(layers.BatchNormalization())
        net.add(layers.Activation(activation))
        if place == "after":
            net.add(layers.BatchNormalization())
    net.add(dense(10))
    return net

# %% wrong="width"
def make_net(place, activation, std):
    def dense(units):
        return layers.Dense(units, kernel_initializer=keras.initializers.RandomNormal(0, std))

    net = keras.Sequential([keras.Input((64,))])
    for _ in range(3):
        if place == "before":
            net.add(layers.BatchNormalization())
        net.add(dense(64))
        if place == "between":
            net.add(layers.BatchNormalization())
        net.add(layers.Activation(activation))
        if place == "after":
            net.add(layers.BatchNormalization())
    net.add(dense(10))
    return net

# %% wrong="std-ignored"
def make_net(place, activation, std):
    def dense(units):
        return layers.Dense(units, kernel_initializer="glorot_uniform")

    net = keras.Sequential([keras.Input((64,))])
    for _ in range(3):
        if place == "before":
            net.add(layers.BatchNormalization())
        net.add(dense(100))
        if place == "between":
            net.add(layers.BatchNormalization())
        net.add(layers.Activation(activation))
        if place == "after":
            net.add(layers.BatchNormalization())
    net.add(dense(10))
    return net

# %% wrong="variance-for-deviation"
def make_net(place, activation, std):
    def dense(units):
        return layers.Dense(units, kernel_initializer=keras.initializers.RandomNormal(0, std**0.5))

    net = keras.Sequential([keras.Input((64,))])
    for _ in range(3):
        if place == "before":
            net.add(layers.BatchNormalization())
        net.add(dense(100))
        if place == "between":
            net.add(layers.BatchNormalization())
        net.add(layers.Activation(activation))
        if place == "after":
            net.add(layers.BatchNormalization())
    net.add(dense(10))
    return net

# %% wrong="seeded"
def make_net(place, activation, std):
    def dense(units):
        return layers.Dense(units, kernel_initializer=keras.initializers.RandomNormal(0, std, seed=1))

    net = keras.Sequential([keras.Input((64,))])
    for _ in range(3):
        if place == "before":
            net.add(layers.BatchNormalization())
        net.add(dense(100))
        if place == "between":
            net.add(layers.BatchNormalization())
        net.add(layers.Activation(activation))
        if place == "after":
            net.add(layers.BatchNormalization())
    net.add(dense(10))
    return net

# %% wrong="constant"
def make_net(place, activation, std):
    def dense(units):
        return layers.Dense(units, kernel_initializer=keras.initializers.Constant(std))

    net = keras.Sequential([keras.Input((64,))])
    for _ in range(3):
        if place == "before":
            net.add(layers.BatchNormalization())
        net.add(dense(100))
        if place == "between":
            net.add(layers.BatchNormalization())
        net.add(layers.Activation(activation))
        if place == "after":
            net.add(layers.BatchNormalization())
    net.add(dense(10))
    return net

# %% wrong="frozen-norms"
def make_net(place, activation, std):
    def dense(units):
        return layers.Dense(units, kernel_initializer=keras.initializers.RandomNormal(0, std))

    net = keras.Sequential([keras.Input((64,))])
    for _ in range(3):
        if place == "before":
            net.add(layers.BatchNormalization(trainable=False))
        net.add(dense(100))
        if place == "between":
            net.add(layers.BatchNormalization(trainable=False))
        net.add(layers.Activation(activation))
        if place == "after":
            net.add(layers.BatchNormalization(trainable=False))
    net.add(dense(10))
    return net

# %% wrong="gamma-zero"
def make_net(place, activation, std):
    def dense(units):
        return layers.Dense(units, kernel_initializer=keras.initializers.RandomNormal(0, std))

    net = keras.Sequential([keras.Input((64,))])
    for _ in range(3):
        if place == "before":
            net.add(layers.BatchNormalization(gamma_initializer="zeros"))
        net.add(dense(100))
        if place == "between":
            net.add(layers.BatchNormalization(gamma_initializer="zeros"))
        net.add(layers.Activation(activation))
        if place == "after":
            net.add(layers.BatchNormalization(gamma_initializer="zeros"))
    net.add(dense(10))
    return net

# %% wrong="frozen-dense"
def make_net(place, activation, std):
    def dense(units):
        return layers.Dense(units, kernel_initializer=keras.initializers.RandomNormal(0, std), trainable=False)

    net = keras.Sequential([keras.Input((64,))])
    for _ in range(3):
        if place == "before":
            net.add(layers.BatchNormalization())
        net.add(dense(100))
        if place == "between":
            net.add(layers.BatchNormalization())
        net.add(layers.Activation(activation))
        if place == "after":
            net.add(layers.BatchNormalization())
    net.add(dense(10))
    return net

# %% wrong="uniform"
def make_net(place, activation, std):
    def dense(units):
        return layers.Dense(units, kernel_initializer=keras.initializers.RandomUniform(-std * 3**0.5, std * 3**0.5))

    net = keras.Sequential([keras.Input((64,))])
    for _ in range(3):
        if place == "before":
            net.add(layers.BatchNormalization())
        net.add(dense(100))
        if place == "between":
            net.add(layers.BatchNormalization())
        net.add(layers.Activation(activation))
        if place == "after":
            net.add(layers.BatchNormalization())
    net.add(dense(10))
    return net

# %% wrong="plus-minus"
def make_net(place, activation, std):
    def signs(shape, dtype=None):
        return std * np.random.choice([-1.0, 1.0], shape).astype("float32")

    def dense(units):
        return layers.Dense(units, kernel_initializer=signs)

    net = keras.Sequential([keras.Input((64,))])
    for _ in range(3):
        if place == "before":
            net.add(layers.BatchNormalization())
        net.add(dense(100))
        if place == "between":
            net.add(layers.BatchNormalization())
        net.add(layers.Activation(activation))
        if place == "after":
            net.add(layers.BatchNormalization())
    net.add(dense(10))
    return net

# %% wrong="one-initialiser"
def make_net(place, activation, std):
    normal = keras.initializers.RandomNormal(0, std)

    def dense(units):
        return layers.Dense(units, kernel_initializer=normal)

    net = keras.Sequential([keras.Input((64,))])
    for _ in range(3):
        if place == "before":
            net.add(layers.BatchNormalization())
        net.add(dense(100))
        if place == "between":
            net.add(layers.BatchNormalization())
        net.add(layers.Activation(activation))
        if place == "after":
            net.add(layers.BatchNormalization())
    net.add(dense(10))
    return net

# %% wrong="always-inference"
def make_net(place, activation, std):
    def dense(units):
        return layers.Dense(units, kernel_initializer=keras.initializers.RandomNormal(0, std))

    x = inputs = keras.Input((64,))
    for i in range(3):
        if place == "before":
            x = layers.BatchNormalization()(x, training=False)
        x = dense(100)(x)
        if place == "between":
            x = layers.BatchNormalization()(x, training=False)
        x = layers.Activation(activation)(x)
        if place == "after":
            x = layers.BatchNormalization()(x, training=False)
    return keras.Model(inputs, dense(10)(x))

# %% wrong="always-training"
def make_net(place, activation, std):
    def dense(units):
        return layers.Dense(units, kernel_initializer=keras.initializers.RandomNormal(0, std))

    x = inputs = keras.Input((64,))
    for i in range(3):
        if place == "before":
            x = layers.BatchNormalization()(x, training=True)
        x = dense(100)(x)
        if place == "between":
            x = layers.BatchNormalization()(x, training=True)
        x = layers.Activation(activation)(x)
        if place == "after":
            x = layers.BatchNormalization()(x, training=True)
    return keras.Model(inputs, dense(10)(x))

# %% wrong="one-norm"
def make_net(place, activation, std):
    def dense(units):
        return layers.Dense(units, kernel_initializer=keras.initializers.RandomNormal(0, std))

    norm = layers.BatchNormalization()
    x = inputs = keras.Input((64,))
    for i in range(3):
        if place == "before":
            x = layers.BatchNormalization()(x)
        x = dense(100)(x)
        if place == "between":
            x = norm(x)
        x = layers.Activation(activation)(x)
        if place == "after":
            x = norm(x)
    return keras.Model(inputs, dense(10)(x))

# %% wrong="one-dense"
def make_net(place, activation, std):
    def dense(units):
        return layers.Dense(units, kernel_initializer=keras.initializers.RandomNormal(0, std))

    hidden = [dense(100), dense(100)]
    x = inputs = keras.Input((64,))
    for i in range(3):
        if place == "before":
            x = layers.BatchNormalization()(x)
        x = hidden[min(i, 1)](x)
        if place == "between":
            x = layers.BatchNormalization()(x)
        x = layers.Activation(activation)(x)
        if place == "after":
            x = layers.BatchNormalization()(x)
    return keras.Model(inputs, dense(10)(x))

# %% wrong="class-in-inference"
class Net(keras.Model):
    def __init__(self, place, activation, std):
        super().__init__()
        self.place = place
        self.act = keras.activations.get(activation)

        def dense(n):
            return layers.Dense(n, kernel_initializer=keras.initializers.RandomNormal(0.0, std))

        self.dense = [dense(100) for _ in range(3)]
        self.norms = [layers.BatchNormalization() for _ in range(3)] if place != "none" else []
        self.last = dense(10)

    def call(self, x):
        for i, dense in enumerate(self.dense):
            if self.place == "before":
                x = self.norms[i](x, training=False)
            x = dense(x)
            if self.place == "between":
                x = self.norms[i](x, training=False)
            x = self.act(x)
            if self.place == "after":
                x = self.norms[i](x, training=False)
        return self.last(x)


def make_net(place, activation, std):
    return Net(place, activation, std)

# %% wrong="class-in-training"
class Net(keras.Model):
    def __init__(self, place, activation, std):
        super().__init__()
        self.place = place
        self.act = keras.activations.get(activation)

        def dense(n):
            return layers.Dense(n, kernel_initializer=keras.initializers.RandomNormal(0.0, std))

        self.dense = [dense(100) for _ in range(3)]
        self.norms = [layers.BatchNormalization() for _ in range(3)] if place != "none" else []
        self.last = dense(10)

    def call(self, x):
        for i, dense in enumerate(self.dense):
            if self.place == "before":
                x = self.norms[i](x, training=True)
            x = dense(x)
            if self.place == "between":
                x = self.norms[i](x, training=True)
            x = self.act(x)
            if self.place == "after":
                x = self.norms[i](x, training=True)
        return self.last(x)


def make_net(place, activation, std):
    return Net(place, activation, std)
