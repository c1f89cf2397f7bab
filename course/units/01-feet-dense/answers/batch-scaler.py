# %% right="numpy"
def normalised(x, epsilon):
    return (x - x.mean()) / np.sqrt(x.var() + epsilon)


def steps_until(share, momentum):
    return int(np.ceil(np.log(share) / np.log(momentum)))


# %% right="loop"
def normalised(x, epsilon):
    centred = x - sum(x) / len(x)
    return centred * (np.mean(centred**2) + epsilon) ** -0.5


def steps_until(share, momentum):
    steps, error = 0, 1
    while error > share:
        error *= momentum
        steps += 1
    return steps


# %% right="keras-ops"
def normalised(x, epsilon):
    x = keras.ops.convert_to_tensor(x)
    mean, variance = keras.ops.moments(x, axes=[0])
    return (x - mean) * keras.ops.rsqrt(variance + epsilon)


def steps_until(share, momentum):
    import math

    return math.ceil(math.log(share, momentum))


# %% right="lists"
def normalised(x, epsilon):
    mean = float(np.mean(x))
    root = float(np.mean([(v - mean) ** 2 for v in x]) + epsilon) ** 0.5
    return [float((v - mean) / root) for v in x]


def steps_until(share, momentum):
    return next(n for n in range(10**6) if momentum**n <= share)


# %% right="simulated"
normalised = lambda x, epsilon: (
    (x - np.average(x)) / (np.average((x - np.average(x)) ** 2) + epsilon) ** 0.5
)


def steps_until(share, momentum):
    moving, batch, n = 0.0, 1.0, 0
    while batch - moving > share:
        moving = momentum * moving + (1 - momentum) * batch
        n += 1
    return float(n)


# %% right="the-layer-itself"
def normalised(x, epsilon):
    layer = layers.BatchNormalization(epsilon=epsilon)
    return layer(np.array(x)[:, None], training=True)[:, 0]


def steps_until(share, momentum):
    return int(np.ceil(np.log(share) / np.log(momentum)))


# %% wrong="no-epsilon"
def normalised(x, epsilon):
    return (x - x.mean()) / x.std() if len(x) > 1 else x - x.mean()


def steps_until(share, momentum):
    return int(np.ceil(np.log(share) / np.log(momentum)))


# %% wrong="epsilon-on-deviation"
def normalised(x, epsilon):
    return (x - x.mean()) / (x.std() + epsilon)


def steps_until(share, momentum):
    return int(np.ceil(np.log(share) / np.log(momentum)))


# %% wrong="sample-variance"
def normalised(x, epsilon):
    return (x - x.mean()) / np.sqrt(np.var(x, ddof=1) + epsilon)


def steps_until(share, momentum):
    return int(np.ceil(np.log(share) / np.log(momentum)))


# %% wrong="not-centred"
def normalised(x, epsilon):
    return x / np.sqrt(x.var() + epsilon)


def steps_until(share, momentum):
    return int(np.ceil(np.log(share) / np.log(momentum)))


# %% wrong="inference"
def normalised(x, epsilon):
    return np.array(layers.BatchNormalization(epsilon=epsilon)(x[:, None]))[:, 0]


def steps_until(share, momentum):
    return int(np.ceil(np.log(share) / np.log(momentum)))


# %% wrong="whole-array"
def normalised(x, epsilon):
    x = np.asarray(x)[:, None]
    return (x - x.mean()) / np.sqrt(x.var() + epsilon)


def steps_until(share, momentum):
    return int(np.ceil(np.log(share) / np.log(momentum)))


# %% wrong="steps-rounded-down"
def normalised(x, epsilon):
    return (x - x.mean()) / np.sqrt(x.var() + epsilon)


def steps_until(share, momentum):
    return int(np.log(share) / np.log(momentum))


# %% wrong="time-constant"
def normalised(x, epsilon):
    return (x - x.mean()) / np.sqrt(x.var() + epsilon)


def steps_until(share, momentum):
    return round(1 / (1 - momentum))


# %% wrong="steps-linear"
def normalised(x, epsilon):
    return (x - x.mean()) / np.sqrt(x.var() + epsilon)


def steps_until(share, momentum):
    return int(np.ceil((1 - share) / (1 - momentum)))


# %% wrong="logarithms-swapped"
def normalised(x, epsilon):
    return (x - x.mean()) / np.sqrt(x.var() + epsilon)


def steps_until(share, momentum):
    return int(np.ceil(np.log(momentum) / np.log(share)))
