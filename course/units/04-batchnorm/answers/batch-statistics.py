# %% right="flat"
def statistics(x):
    numbers = x.reshape(-1, x.shape[-1])
    mean = numbers.sum(axis=0) / len(numbers)
    return mean, ((numbers - mean) ** 2).sum(axis=0) / len(numbers)


def normalise(x, mean, variance, gamma, beta, epsilon):
    scale = gamma / (variance + epsilon) ** 0.5
    return x * scale + (beta - mean * scale)


def moving(batches, momentum):
    average = np.stack([np.zeros(batches[0].shape[-1]), np.ones(batches[0].shape[-1])])
    for batch in batches:
        average += (1 - momentum) * (np.stack(statistics(batch)) - average)
    return average[0], average[1]

# %% right="channel-loop"
def statistics(x):
    means, variances = [], []
    for c in range(x.shape[-1]):
        channel = x[..., c].ravel()
        mean = sum(channel) / len(channel)
        means.append(mean)
        variances.append(sum((v - mean) ** 2 for v in channel) / len(channel))
    return means, variances


def normalise(x, mean, variance, gamma, beta, epsilon):
    y = np.empty_like(x)
    for c in range(x.shape[-1]):
        y[..., c] = gamma[c] * (x[..., c] - mean[c]) / np.sqrt(variance[c] + epsilon) + beta[c]
    return y


def moving(batches, momentum):
    weights = [(1 - momentum) * momentum**k for k in range(len(batches))][::-1]
    pairs = [statistics(batch) for batch in batches]
    mean = sum(w * np.array(m) for w, (m, _) in zip(weights, pairs))
    variance = momentum ** len(batches) + sum(w * np.array(v) for w, (_, v) in zip(weights, pairs))
    return mean, variance

# %% right="keras-ops"
def statistics(x):
    mean, variance = keras.ops.moments(x, axes=list(range(len(x.shape) - 1)))
    return mean, variance


def normalise(x, mean, variance, gamma, beta, epsilon):
    return keras.ops.batch_normalization(
        x, mean, variance, axis=-1, offset=beta, scale=gamma, epsilon=epsilon
    )


def moving(batches, momentum):
    norm = keras.layers.BatchNormalization(momentum=momentum)
    for batch in batches:
        norm(batch, training=True)
    return norm.moving_mean.numpy(), norm.moving_variance.numpy()

# %% right="recursive"
def statistics(x):
    while x.ndim > 2:
        x = np.concatenate(list(x), axis=0)
    mean = np.einsum("nc->c", x) / len(x)
    return mean, np.einsum("nc,nc->c", x, x) / len(x) - mean**2


def normalise(x, mean, variance, gamma, beta, epsilon):
    y = np.moveaxis(x, -1, 0)
    columns = (m for m in zip(y, mean, variance, gamma, beta))
    found = [g * (c - m) * (v + epsilon) ** -0.5 + b for c, m, v, g, b in columns]
    return np.moveaxis(np.stack(found), 0, -1)


def moving(batches, momentum):
    if not batches:
        return 0.0, 1.0
    mean, variance = moving(batches[:-1], momentum)
    m, v = statistics(batches[-1])
    return mean + (1 - momentum) * (m - mean), variance - (1 - momentum) * (variance - v)

# %% wrong="untouched"
def statistics(x):
    return None, None


def normalise(x, mean, variance, gamma, beta, epsilon):
    return x


def moving(batches, momentum):
    return None, None

# %% wrong="samples-only"
def statistics(x):
    return x.mean(axis=0), x.var(axis=0)


def normalise(x, mean, variance, gamma, beta, epsilon):
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def moving(batches, momentum):
    mean, variance = 0.0, 1.0
    for batch in batches:
        m, v = statistics(batch)
        mean = momentum * mean + (1 - momentum) * m
        variance = momentum * variance + (1 - momentum) * v
    return mean, variance

# %% wrong="all-together"
def statistics(x):
    return x.mean(), x.var()


def normalise(x, mean, variance, gamma, beta, epsilon):
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def moving(batches, momentum):
    mean, variance = 0.0, 1.0
    for batch in batches:
        m, v = statistics(batch)
        mean = momentum * mean + (1 - momentum) * m
        variance = momentum * variance + (1 - momentum) * v
    return mean, variance

# %% wrong="each-image"
def statistics(x):
    axes = tuple(range(x.ndim - 1))
    inner = tuple(range(1, x.ndim - 1))
    return x.mean(axis=axes), x.var(axis=inner).mean(axis=0)


def normalise(x, mean, variance, gamma, beta, epsilon):
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def moving(batches, momentum):
    mean, variance = 0.0, 1.0
    for batch in batches:
        m, v = statistics(batch)
        mean = momentum * mean + (1 - momentum) * m
        variance = momentum * variance + (1 - momentum) * v
    return mean, variance

# %% wrong="each-place"
def statistics(x):
    axes = tuple(range(x.ndim - 1))
    return x.mean(axis=axes), x.var(axis=0).reshape(-1, x.shape[-1]).mean(axis=0)


def normalise(x, mean, variance, gamma, beta, epsilon):
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def moving(batches, momentum):
    mean, variance = 0.0, 1.0
    for batch in batches:
        m, v = statistics(batch)
        mean = momentum * mean + (1 - momentum) * m
        variance = momentum * variance + (1 - momentum) * v
    return mean, variance

# %% wrong="n-minus-one"
def statistics(x):
    axes = tuple(range(x.ndim - 1))
    return x.mean(axis=axes), x.var(axis=axes, ddof=1)


def normalise(x, mean, variance, gamma, beta, epsilon):
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def moving(batches, momentum):
    mean, variance = 0.0, 1.0
    for batch in batches:
        m, v = statistics(batch)
        mean = momentum * mean + (1 - momentum) * m
        variance = momentum * variance + (1 - momentum) * v
    return mean, variance

# %% wrong="deviation"
def statistics(x):
    axes = tuple(range(x.ndim - 1))
    return x.mean(axis=axes), x.std(axis=axes)


def normalise(x, mean, variance, gamma, beta, epsilon):
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def moving(batches, momentum):
    mean, variance = 0.0, 1.0
    for batch in batches:
        m, v = statistics(batch)
        mean = momentum * mean + (1 - momentum) * m
        variance = momentum * variance + (1 - momentum) * v
    return mean, variance

# %% wrong="second-moment"
def statistics(x):
    axes = tuple(range(x.ndim - 1))
    return x.mean(axis=axes), (x**2).mean(axis=axes)


def normalise(x, mean, variance, gamma, beta, epsilon):
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def moving(batches, momentum):
    mean, variance = 0.0, 1.0
    for batch in batches:
        m, v = statistics(batch)
        mean = momentum * mean + (1 - momentum) * m
        variance = momentum * variance + (1 - momentum) * v
    return mean, variance

# %% wrong="no-epsilon"
def statistics(x):
    axes = tuple(range(x.ndim - 1))
    return x.mean(axis=axes), x.var(axis=axes)


def normalise(x, mean, variance, gamma, beta, epsilon):
    return gamma * (x - mean) / np.sqrt(variance) + beta


def moving(batches, momentum):
    mean, variance = 0.0, 1.0
    for batch in batches:
        m, v = statistics(batch)
        mean = momentum * mean + (1 - momentum) * m
        variance = momentum * variance + (1 - momentum) * v
    return mean, variance

# %% wrong="epsilon-outside"
def statistics(x):
    axes = tuple(range(x.ndim - 1))
    return x.mean(axis=axes), x.var(axis=axes)


def normalise(x, mean, variance, gamma, beta, epsilon):
    return gamma * (x - mean) / (np.sqrt(variance) + epsilon) + beta


def moving(batches, momentum):
    mean, variance = 0.0, 1.0
    for batch in batches:
        m, v = statistics(batch)
        mean = momentum * mean + (1 - momentum) * m
        variance = momentum * variance + (1 - momentum) * v
    return mean, variance

# %% wrong="no-root"
def statistics(x):
    axes = tuple(range(x.ndim - 1))
    return x.mean(axis=axes), x.var(axis=axes)


def normalise(x, mean, variance, gamma, beta, epsilon):
    return gamma * (x - mean) / (variance + epsilon) + beta


def moving(batches, momentum):
    mean, variance = 0.0, 1.0
    for batch in batches:
        m, v = statistics(batch)
        mean = momentum * mean + (1 - momentum) * m
        variance = momentum * variance + (1 - momentum) * v
    return mean, variance

# %% wrong="no-gamma-beta"
def statistics(x):
    axes = tuple(range(x.ndim - 1))
    return x.mean(axis=axes), x.var(axis=axes)


def normalise(x, mean, variance, gamma, beta, epsilon):
    return (x - mean) / np.sqrt(variance + epsilon)


def moving(batches, momentum):
    mean, variance = 0.0, 1.0
    for batch in batches:
        m, v = statistics(batch)
        mean = momentum * mean + (1 - momentum) * m
        variance = momentum * variance + (1 - momentum) * v
    return mean, variance

# %% wrong="beta-first"
def statistics(x):
    axes = tuple(range(x.ndim - 1))
    return x.mean(axis=axes), x.var(axis=axes)


def normalise(x, mean, variance, gamma, beta, epsilon):
    return gamma * ((x - mean) / np.sqrt(variance + epsilon) + beta)


def moving(batches, momentum):
    mean, variance = 0.0, 1.0
    for batch in batches:
        m, v = statistics(batch)
        mean = momentum * mean + (1 - momentum) * m
        variance = momentum * variance + (1 - momentum) * v
    return mean, variance

# %% wrong="own-statistics"
def statistics(x):
    axes = tuple(range(x.ndim - 1))
    return x.mean(axis=axes), x.var(axis=axes)


def normalise(x, mean, variance, gamma, beta, epsilon):
    mean, variance = statistics(x)
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def moving(batches, momentum):
    mean, variance = 0.0, 1.0
    for batch in batches:
        m, v = statistics(batch)
        mean = momentum * mean + (1 - momentum) * m
        variance = momentum * variance + (1 - momentum) * v
    return mean, variance

# %% wrong="other-way-round"
def statistics(x):
    axes = tuple(range(x.ndim - 1))
    return x.mean(axis=axes), x.var(axis=axes)


def normalise(x, mean, variance, gamma, beta, epsilon):
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def moving(batches, momentum):
    mean, variance = 0.0, 1.0
    for batch in batches:
        m, v = statistics(batch)
        mean = (1 - momentum) * mean + momentum * m
        variance = (1 - momentum) * variance + momentum * v
    return mean, variance

# %% wrong="first-batch-starts"
def statistics(x):
    axes = tuple(range(x.ndim - 1))
    return x.mean(axis=axes), x.var(axis=axes)


def normalise(x, mean, variance, gamma, beta, epsilon):
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def moving(batches, momentum):
    mean, variance = statistics(batches[0])
    for batch in batches[1:]:
        m, v = statistics(batch)
        mean = momentum * mean + (1 - momentum) * m
        variance = momentum * variance + (1 - momentum) * v
    return mean, variance

# %% wrong="variance-from-zero"
def statistics(x):
    axes = tuple(range(x.ndim - 1))
    return x.mean(axis=axes), x.var(axis=axes)


def normalise(x, mean, variance, gamma, beta, epsilon):
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def moving(batches, momentum):
    mean, variance = 0.0, 0.0
    for batch in batches:
        m, v = statistics(batch)
        mean = momentum * mean + (1 - momentum) * m
        variance = momentum * variance + (1 - momentum) * v
    return mean, variance

# %% wrong="unbiased-moving"
def statistics(x):
    axes = tuple(range(x.ndim - 1))
    return x.mean(axis=axes), x.var(axis=axes)


def normalise(x, mean, variance, gamma, beta, epsilon):
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def moving(batches, momentum):
    mean, variance = 0.0, 1.0
    for batch in batches:
        m, v = batch.reshape(-1, batch.shape[-1]).mean(axis=0), batch.reshape(-1, batch.shape[-1]).var(axis=0, ddof=1)
        mean = momentum * mean + (1 - momentum) * m
        variance = momentum * variance + (1 - momentum) * v
    return mean, variance

# %% wrong="plain-average"
def statistics(x):
    axes = tuple(range(x.ndim - 1))
    return x.mean(axis=axes), x.var(axis=axes)


def normalise(x, mean, variance, gamma, beta, epsilon):
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def moving(batches, momentum):
    pairs = [statistics(batch) for batch in batches]
    return np.mean([m for m, _ in pairs], axis=0), np.mean([v for _, v in pairs], axis=0)

# %% wrong="poured-together"
def statistics(x):
    axes = tuple(range(x.ndim - 1))
    return x.mean(axis=axes), x.var(axis=axes)


def normalise(x, mean, variance, gamma, beta, epsilon):
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def moving(batches, momentum):
    numbers = [batch.reshape(-1, batch.shape[-1]) for batch in batches]
    return statistics(np.concatenate(numbers))

# %% wrong="last-batch"
def statistics(x):
    axes = tuple(range(x.ndim - 1))
    return x.mean(axis=axes), x.var(axis=axes)


def normalise(x, mean, variance, gamma, beta, epsilon):
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def moving(batches, momentum):
    return statistics(batches[-1])

# %% right="in-place"
def statistics(x):
    axes = tuple(range(x.ndim - 1))
    return np.stack([x.mean(axis=axes), x.var(axis=axes)])


def normalise(x, mean, variance, gamma, beta, epsilon):
    x -= mean
    x /= np.sqrt(variance + epsilon)
    x *= gamma
    x += beta
    return x


def moving(batches, momentum):
    state = np.stack([np.zeros(batches[0].shape[-1]), np.ones(batches[0].shape[-1])])
    while batches:
        state = momentum * state + (1 - momentum) * statistics(batches.pop(0))
    return state

# %% wrong="pair-swapped"
def statistics(x):
    axes = tuple(range(x.ndim - 1))
    return x.mean(axis=axes), x.var(axis=axes)


def normalise(x, mean, variance, gamma, beta, epsilon):
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def moving(batches, momentum):
    mean, variance = 0.0, 1.0
    for batch in batches:
        m, v = statistics(batch)
        mean = momentum * mean + (1 - momentum) * m
        variance = momentum * variance + (1 - momentum) * v
    return variance, mean

# %% wrong="epsilon-fixed"
def statistics(x):
    axes = tuple(range(x.ndim - 1))
    return x.mean(axis=axes), x.var(axis=axes)


def normalise(x, mean, variance, gamma, beta, epsilon):
    return gamma * (x - mean) / np.sqrt(variance + 1e-3) + beta


def moving(batches, momentum):
    mean, variance = 0.0, 1.0
    for batch in batches:
        m, v = statistics(batch)
        mean = momentum * mean + (1 - momentum) * m
        variance = momentum * variance + (1 - momentum) * v
    return mean, variance

# %% wrong="images-on-maps-only"
def statistics(x):
    mean = x.reshape(-1, x.shape[-1]).mean(axis=0)
    return mean, x.var(axis=0) if x.ndim == 2 else x.var(axis=(1, 2)).mean(axis=0)


def normalise(x, mean, variance, gamma, beta, epsilon):
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def moving(batches, momentum):
    mean, variance = 0.0, 1.0
    for batch in batches:
        m, v = statistics(batch)
        mean = momentum * mean + (1 - momentum) * m
        variance = momentum * variance + (1 - momentum) * v
    return mean, variance
