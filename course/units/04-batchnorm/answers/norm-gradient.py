# %% right="chain-rule"
def backward(x, gamma, dy, epsilon):
    axes = tuple(range(x.ndim - 1))
    n = x[..., 0].size
    centred = x - x.mean(axis=axes)
    variance = (centred**2).mean(axis=axes)
    root = np.sqrt(variance + epsilon)
    normal = centred / root
    dnormal = dy * gamma
    dvariance = (dnormal * centred).sum(axis=axes) * -0.5 * (variance + epsilon) ** -1.5
    dmean = -(dnormal / root).sum(axis=axes) - 2 * dvariance * centred.mean(axis=axes)
    dx = dnormal / root + 2 * dvariance * centred / n + dmean / n
    return dx, (dy * normal).sum(axis=axes), dy.sum(axis=axes)

# %% right="means"
def backward(x, gamma, dy, epsilon):
    shape, c = x.shape, x.shape[-1]
    x, dy = x.reshape(-1, c), dy.reshape(-1, c)
    root = (x.var(0) + epsilon) ** 0.5
    normal = (x - x.mean(0)) / root
    dx = gamma * (dy - dy.mean(0) - normal * (dy * normal).mean(0)) / root
    return {"dx": dx.reshape(shape), "dgamma": (dy * normal).sum(0), "dbeta": dy.sum(0)}

# %% right="projection"
def backward(x, gamma, dy, epsilon):
    c = x.shape[-1]
    dx = np.empty_like(x)
    dgamma, dbeta = np.empty(c), np.empty(c)
    for k in range(c):
        v, d = x[..., k].ravel(), dy[..., k].ravel()
        n = len(v)
        root = np.sqrt(v.var() + epsilon)
        normal = (v - v.mean()) / root
        jacobian = (np.eye(n) - 1 / n - np.outer(normal, normal) / n) / root
        dx[..., k] = (gamma[k] * jacobian @ d).reshape(x.shape[:-1])
        dgamma[k], dbeta[k] = normal @ d, d.sum()
    return dx, dgamma, dbeta

# %% right="tape"
def backward(x, gamma, dy, epsilon):
    import tensorflow as tf

    x, gamma, dy = (tf.constant(a) for a in (x, gamma, dy))
    beta = tf.zeros_like(gamma)
    with tf.GradientTape() as tape:
        tape.watch([x, gamma, beta])
        mean, variance = tf.nn.moments(x, axes=list(range(len(x.shape) - 1)))
        y = tf.nn.batch_normalization(x, mean, variance, beta, gamma, epsilon)
        loss = tf.reduce_sum(y * dy)
    return [gradient.numpy() for gradient in tape.gradient(loss, [x, gamma, beta])]

# %% wrong="untouched"
def backward(x, gamma, dy, epsilon):
    dx, dgamma, dbeta = dy, gamma, gamma
    return dx, dgamma, dbeta

# %% wrong="skipped"
def backward(x, gamma, dy, epsilon):
    axes = tuple(range(x.ndim - 1))
    n = x.size / x.shape[-1]
    root = np.sqrt(x.var(axis=axes) + epsilon)
    normal = (x - x.mean(axis=axes)) / root
    dgamma, dbeta = (dy * normal).sum(axis=axes), dy.sum(axis=axes)
    dx = dy
    return dx, dgamma, dbeta

# %% wrong="constants"
def backward(x, gamma, dy, epsilon):
    axes = tuple(range(x.ndim - 1))
    n = x.size / x.shape[-1]
    root = np.sqrt(x.var(axis=axes) + epsilon)
    normal = (x - x.mean(axis=axes)) / root
    dgamma, dbeta = (dy * normal).sum(axis=axes), dy.sum(axis=axes)
    dx = gamma / root * dy
    return dx, dgamma, dbeta

# %% wrong="mean-only"
def backward(x, gamma, dy, epsilon):
    axes = tuple(range(x.ndim - 1))
    n = x.size / x.shape[-1]
    root = np.sqrt(x.var(axis=axes) + epsilon)
    normal = (x - x.mean(axis=axes)) / root
    dgamma, dbeta = (dy * normal).sum(axis=axes), dy.sum(axis=axes)
    dx = gamma / root * (dy - dbeta / n)
    return dx, dgamma, dbeta

# %% wrong="variance-only"
def backward(x, gamma, dy, epsilon):
    axes = tuple(range(x.ndim - 1))
    n = x.size / x.shape[-1]
    root = np.sqrt(x.var(axis=axes) + epsilon)
    normal = (x - x.mean(axis=axes)) / root
    dgamma, dbeta = (dy * normal).sum(axis=axes), dy.sum(axis=axes)
    dx = gamma / root * (dy - normal * dgamma / n)
    return dx, dgamma, dbeta

# %% wrong="images-counted"
def backward(x, gamma, dy, epsilon):
    axes = tuple(range(x.ndim - 1))
    n = len(x)
    root = np.sqrt(x.var(axis=axes) + epsilon)
    normal = (x - x.mean(axis=axes)) / root
    dgamma, dbeta = (dy * normal).sum(axis=axes), dy.sum(axis=axes)
    dx = gamma / root * (dy - dbeta / n - normal * dgamma / n)
    return dx, dgamma, dbeta

# %% wrong="no-gamma"
def backward(x, gamma, dy, epsilon):
    axes = tuple(range(x.ndim - 1))
    n = x.size / x.shape[-1]
    root = np.sqrt(x.var(axis=axes) + epsilon)
    normal = (x - x.mean(axis=axes)) / root
    dgamma, dbeta = (dy * normal).sum(axis=axes), dy.sum(axis=axes)
    dx = 1 / root * (dy - dbeta / n - normal * dgamma / n)
    return dx, dgamma, dbeta

# %% wrong="no-epsilon"
def backward(x, gamma, dy, epsilon):
    axes = tuple(range(x.ndim - 1))
    n = x.size / x.shape[-1]
    root = np.sqrt(x.var(axis=axes))
    normal = (x - x.mean(axis=axes)) / root
    dgamma, dbeta = (dy * normal).sum(axis=axes), dy.sum(axis=axes)
    dx = gamma / root * (dy - dbeta / n - normal * dgamma / n)
    return dx, dgamma, dbeta

# %% wrong="no-root"
def backward(x, gamma, dy, epsilon):
    axes = tuple(range(x.ndim - 1))
    n = x.size / x.shape[-1]
    root = np.sqrt(x.var(axis=axes) + epsilon)
    normal = (x - x.mean(axis=axes)) / root
    dgamma, dbeta = (dy * normal).sum(axis=axes), dy.sum(axis=axes)
    dx = dy - dbeta / n - normal * dgamma / n
    return dx, dgamma, dbeta

# %% wrong="raw-x"
def backward(x, gamma, dy, epsilon):
    axes = tuple(range(x.ndim - 1))
    n = x.size / x.shape[-1]
    root = np.sqrt(x.var(axis=axes) + epsilon)
    normal = (x - x.mean(axis=axes)) / root
    dgamma, dbeta = (dy * normal).sum(axis=axes), dy.sum(axis=axes)
    dx = gamma / root * (dy - dbeta / n - normal * dgamma / n)
    return dx, (dy * x).sum(axis=axes), dbeta

# %% wrong="averages"
def backward(x, gamma, dy, epsilon):
    axes = tuple(range(x.ndim - 1))
    n = x.size / x.shape[-1]
    root = np.sqrt(x.var(axis=axes) + epsilon)
    normal = (x - x.mean(axis=axes)) / root
    dgamma, dbeta = (dy * normal).sum(axis=axes), dy.sum(axis=axes)
    dx = gamma / root * (dy - dbeta / n - normal * dgamma / n)
    return dx, dgamma / n, dbeta / n

# %% wrong="swapped"
def backward(x, gamma, dy, epsilon):
    axes = tuple(range(x.ndim - 1))
    n = x.size / x.shape[-1]
    root = np.sqrt(x.var(axis=axes) + epsilon)
    normal = (x - x.mean(axis=axes)) / root
    dgamma, dbeta = (dy * normal).sum(axis=axes), dy.sum(axis=axes)
    dx = gamma / root * (dy - dbeta / n - normal * dgamma / n)
    return dx, dbeta, dgamma

# %% wrong="two-only"
def backward(x, gamma, dy, epsilon):
    axes = tuple(range(x.ndim - 1))
    n = x.size / x.shape[-1]
    root = np.sqrt(x.var(axis=axes) + epsilon)
    normal = (x - x.mean(axis=axes)) / root
    dgamma, dbeta = (dy * normal).sum(axis=axes), dy.sum(axis=axes)
    dx = gamma / root * (dy - dbeta / n - normal * dgamma / n)
    return dx, dgamma

# %% wrong="wrong-sign"
def backward(x, gamma, dy, epsilon):
    axes = tuple(range(x.ndim - 1))
    n = x.size / x.shape[-1]
    root = np.sqrt(x.var(axis=axes) + epsilon)
    normal = (x - x.mean(axis=axes)) / root
    dgamma, dbeta = (dy * normal).sum(axis=axes), dy.sum(axis=axes)
    dx = gamma / root * (dy - dbeta / n + normal * dgamma / n)
    return dx, dgamma, dbeta

# %% right="longdouble"
def backward(x, gamma, dy, epsilon):
    x, dy = x.astype(np.longdouble), dy.astype(np.longdouble)
    axes = tuple(range(x.ndim - 1))
    n = x.size / x.shape[-1]
    root = np.sqrt(x.var(axis=axes) + epsilon)
    normal = (x - x.mean(axis=axes)) / root
    dgamma, dbeta = (dy * normal).sum(axis=axes), dy.sum(axis=axes)
    dx = gamma / root * (dy - dbeta / n - normal * dgamma / n)
    return dx, dgamma, dbeta

# %% wrong="float32"
def backward(x, gamma, dy, epsilon):
    x, gamma, dy = (a.astype(np.float32) for a in (x, gamma, dy))
    axes = tuple(range(x.ndim - 1))
    n = x.size / x.shape[-1]
    root = np.sqrt(x.var(axis=axes) + epsilon)
    normal = (x - x.mean(axis=axes)) / root
    dgamma, dbeta = (dy * normal).sum(axis=axes), dy.sum(axis=axes)
    dx = gamma / root * (dy - dbeta / n - normal * dgamma / n)
    return dx, dgamma, dbeta

# %% wrong="float32-tape"
def backward(x, gamma, dy, epsilon):
    import tensorflow as tf

    norm = layers.BatchNormalization(epsilon=epsilon)
    x, dy = tf.constant(x, tf.float32), tf.constant(dy, tf.float32)
    norm.build(x.shape)
    norm.gamma.assign(gamma)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(norm(x, training=True) * dy)
    return tape.gradient(loss, [x, norm.gamma.value, norm.beta.value])

# %% wrong="differences"
def backward(x, gamma, dy, epsilon):
    axes = tuple(range(x.ndim - 1))

    def loss(x, gamma, beta):
        y = gamma * (x - x.mean(axis=axes)) / np.sqrt(x.var(axis=axes) + epsilon) + beta
        return (y * dy).sum()

    dx = numeric(lambda a: loss(a, gamma, 0), x, 1e-5)
    dgamma = numeric(lambda a: loss(x, a, 0), gamma, 1e-5)
    return dx, dgamma, numeric(lambda a: loss(x, gamma, a), 0 * gamma, 1e-5)
