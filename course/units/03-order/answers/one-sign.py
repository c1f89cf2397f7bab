# %% right="loop"
def one_signed(gradient):
    counted = agreed = 0
    for column in np.asarray(gradient).T:
        present = {float(np.sign(v)) for v in column if v != 0}
        counted += bool(present)
        agreed += len(present) == 1
    return agreed / counted


signs = {
    "W1, [0, 1], n=1": 'yes',
    "W1, [0, 1], n=32": 'no',
    "W1, [-1, 1], n=1": 'no',
    "W2, [-1, 1], n=1": 'yes',
    "all of W1, [0, 1], n=1": 'no',
}


def prepare(x):
    return (x - x.mean(axis=0)) / x.std(axis=0)

# %% right="minimum-maximum"
def one_signed(gradient):
    low, high = gradient.min(axis=0), gradient.max(axis=0)
    live = (low != 0) | (high != 0)
    return ((low * high >= 0) & live).sum() / live.sum()


signs = {
    "W1, [0, 1], n=1": True,
    "W1, [0, 1], n=32": False,
    "W1, [-1, 1], n=1": False,
    "W2, [-1, 1], n=1": True,
    "all of W1, [0, 1], n=1": False,
}


def prepare(x):
    from sklearn.preprocessing import StandardScaler

    return StandardScaler().fit_transform(x)

# %% right="sign-sums"
def one_signed(gradient):
    live = gradient[:, gradient.any(axis=0)]
    return np.mean(np.abs(np.sign(live).sum(axis=0)) == (live != 0).sum(axis=0))


signs = {
    "W1, [0, 1], n=1": 1,
    "W1, [0, 1], n=32": 0,
    "W1, [-1, 1], n=1": 0,
    "W2, [-1, 1], n=1": 1,
    "all of W1, [0, 1], n=1": 0,
}


def prepare(x):
    centre = [sum(column) / len(column) for column in x.T]
    return [[a - centre[0], b - centre[1]] for a, b in x]

# %% right="whitened"
def one_signed(gradient):
    shares = []
    for j in range(gradient.shape[1]):
        column = gradient[:, j][gradient[:, j] != 0]
        if column.size:
            shares.append(float(np.all(column > 0) or np.all(column < 0)))
    return sum(shares) / len(shares)


signs = {
    "W1, [0, 1], n=1": True,
    "W1, [0, 1], n=32": False,
    "W1, [-1, 1], n=1": False,
    "W2, [-1, 1], n=1": True,
    "all of W1, [0, 1], n=1": False,
}


def prepare(x):
    x = x - x.mean(axis=0)
    values, vectors = np.linalg.eigh(x.T @ x / len(x))
    return x @ vectors / np.sqrt(values)

# %% right="keras-normalization"
def one_signed(gradient):
    live = gradient[:, gradient.any(axis=0)]
    return np.mean(np.abs(np.sign(live).sum(axis=0)) == (live != 0).sum(axis=0))


signs = {
    "W1, [0, 1], n=1": True,
    "W1, [0, 1], n=32": False,
    "W1, [-1, 1], n=1": False,
    "W2, [-1, 1], n=1": True,
    "all of W1, [0, 1], n=1": False,
}


def prepare(x):
    layer = layers.Normalization()
    layer.adapt(x)
    return layer(x)

# %% right="ranks"
def one_signed(gradient):
    live = gradient[:, gradient.any(axis=0)]
    return np.mean(np.abs(np.sign(live).sum(axis=0)) == (live != 0).sum(axis=0))


signs = {
    "W1, [0, 1], n=1": True,
    "W1, [0, 1], n=32": False,
    "W1, [-1, 1], n=1": False,
    "W2, [-1, 1], n=1": True,
    "all of W1, [0, 1], n=1": False,
}


def prepare(x):
    return x.argsort(axis=0).argsort(axis=0) / len(x) - 0.5

# %% wrong="rows"
def one_signed(gradient):
    return ((gradient >= 0).all(axis=1) | (gradient <= 0).all(axis=1)).mean()


signs = {
    "W1, [0, 1], n=1": True,
    "W1, [0, 1], n=32": False,
    "W1, [-1, 1], n=1": False,
    "W2, [-1, 1], n=1": True,
    "all of W1, [0, 1], n=1": False,
}


def prepare(x):
    return x - np.mean(x, axis=0)

# %% wrong="whole-layer"
def one_signed(gradient):
    return float((gradient >= 0).all() or (gradient <= 0).all())


signs = {
    "W1, [0, 1], n=1": True,
    "W1, [0, 1], n=32": False,
    "W1, [-1, 1], n=1": False,
    "W2, [-1, 1], n=1": True,
    "all of W1, [0, 1], n=1": False,
}


def prepare(x):
    return x - np.mean(x, axis=0)

# %% wrong="zero-is-negative"
def one_signed(gradient):
    sign = np.where(gradient > 0, 1, -1)[:, gradient.any(axis=0)]
    return (np.abs(sign.sum(axis=0)) == len(sign)).mean()


signs = {
    "W1, [0, 1], n=1": True,
    "W1, [0, 1], n=32": False,
    "W1, [-1, 1], n=1": False,
    "W2, [-1, 1], n=1": True,
    "all of W1, [0, 1], n=1": False,
}


def prepare(x):
    return x - np.mean(x, axis=0)

# %% wrong="zero-columns-count"
def one_signed(gradient):
    return ((gradient >= 0).all(axis=0) | (gradient <= 0).all(axis=0)).mean()


signs = {
    "W1, [0, 1], n=1": True,
    "W1, [0, 1], n=32": False,
    "W1, [-1, 1], n=1": False,
    "W2, [-1, 1], n=1": True,
    "all of W1, [0, 1], n=1": False,
}


def prepare(x):
    return x - np.mean(x, axis=0)

# %% wrong="only-plus"
def one_signed(gradient):
    live = gradient[:, gradient.any(axis=0)]
    return (live >= 0).all(axis=0).mean()


signs = {
    "W1, [0, 1], n=1": True,
    "W1, [0, 1], n=32": False,
    "W1, [-1, 1], n=1": False,
    "W2, [-1, 1], n=1": True,
    "all of W1, [0, 1], n=1": False,
}


def prepare(x):
    return x - np.mean(x, axis=0)

# %% wrong="strict"
def one_signed(gradient):
    live = gradient[:, gradient.any(axis=0)]
    return ((live > 0).all(axis=0) | (live < 0).all(axis=0)).mean()


signs = {
    "W1, [0, 1], n=1": True,
    "W1, [0, 1], n=32": False,
    "W1, [-1, 1], n=1": False,
    "W2, [-1, 1], n=1": True,
    "all of W1, [0, 1], n=1": False,
}


def prepare(x):
    return x - np.mean(x, axis=0)

# %% wrong="zeros-forgotten"
def one_signed(gradient):
    return ((gradient > 0).all(axis=0) | (gradient < 0).all(axis=0)).mean()


signs = {
    "W1, [0, 1], n=1": True,
    "W1, [0, 1], n=32": False,
    "W1, [-1, 1], n=1": False,
    "W2, [-1, 1], n=1": True,
    "all of W1, [0, 1], n=1": False,
}


def prepare(x):
    return x - np.mean(x, axis=0)

# %% wrong="percent"
def one_signed(gradient):
    live = gradient[:, gradient.any(axis=0)]
    return 100 * ((live >= 0).all(axis=0) | (live <= 0).all(axis=0)).mean()


signs = {
    "W1, [0, 1], n=1": True,
    "W1, [0, 1], n=32": False,
    "W1, [-1, 1], n=1": False,
    "W2, [-1, 1], n=1": True,
    "all of W1, [0, 1], n=1": False,
}


def prepare(x):
    return x - np.mean(x, axis=0)

# %% wrong="count-not-share"
def one_signed(gradient):
    live = gradient[:, gradient.any(axis=0)]
    return ((live >= 0).all(axis=0) | (live <= 0).all(axis=0)).sum()


signs = {
    "W1, [0, 1], n=1": True,
    "W1, [0, 1], n=32": False,
    "W1, [-1, 1], n=1": False,
    "W2, [-1, 1], n=1": True,
    "all of W1, [0, 1], n=1": False,
}


def prepare(x):
    return x - np.mean(x, axis=0)

# %% wrong="batch-too"
def one_signed(gradient):
    live = gradient[:, gradient.any(axis=0)]
    return np.mean(np.abs(np.sign(live).sum(axis=0)) == (live != 0).sum(axis=0))


signs = {
    "W1, [0, 1], n=1": True,
    "W1, [0, 1], n=32": True,
    "W1, [-1, 1], n=1": False,
    "W2, [-1, 1], n=1": True,
    "all of W1, [0, 1], n=1": False,
}


def prepare(x):
    return x - np.mean(x, axis=0)

# %% wrong="whole-layer-one-sign"
def one_signed(gradient):
    live = gradient[:, gradient.any(axis=0)]
    return np.mean(np.abs(np.sign(live).sum(axis=0)) == (live != 0).sum(axis=0))


signs = {
    "W1, [0, 1], n=1": True,
    "W1, [0, 1], n=32": False,
    "W1, [-1, 1], n=1": False,
    "W2, [-1, 1], n=1": True,
    "all of W1, [0, 1], n=1": True,
}


def prepare(x):
    return x - np.mean(x, axis=0)

# %% wrong="hidden-layer-cured"
def one_signed(gradient):
    live = gradient[:, gradient.any(axis=0)]
    return np.mean(np.abs(np.sign(live).sum(axis=0)) == (live != 0).sum(axis=0))


signs = {
    "W1, [0, 1], n=1": True,
    "W1, [0, 1], n=32": False,
    "W1, [-1, 1], n=1": False,
    "W2, [-1, 1], n=1": False,
    "all of W1, [0, 1], n=1": False,
}


def prepare(x):
    return x - np.mean(x, axis=0)

# %% wrong="minus-one-to-one"
def one_signed(gradient):
    live = gradient[:, gradient.any(axis=0)]
    return np.mean(np.abs(np.sign(live).sum(axis=0)) == (live != 0).sum(axis=0))


signs = {
    "W1, [0, 1], n=1": True,
    "W1, [0, 1], n=32": False,
    "W1, [-1, 1], n=1": False,
    "W2, [-1, 1], n=1": True,
    "all of W1, [0, 1], n=1": False,
}


def prepare(x):
    return 2 * x - 1

# %% wrong="half"
def one_signed(gradient):
    live = gradient[:, gradient.any(axis=0)]
    return np.mean(np.abs(np.sign(live).sum(axis=0)) == (live != 0).sum(axis=0))


signs = {
    "W1, [0, 1], n=1": True,
    "W1, [0, 1], n=32": False,
    "W1, [-1, 1], n=1": False,
    "W2, [-1, 1], n=1": True,
    "all of W1, [0, 1], n=1": False,
}


def prepare(x):
    return x - 0.5

# %% wrong="scaled-only"
def one_signed(gradient):
    live = gradient[:, gradient.any(axis=0)]
    return np.mean(np.abs(np.sign(live).sum(axis=0)) == (live != 0).sum(axis=0))


signs = {
    "W1, [0, 1], n=1": True,
    "W1, [0, 1], n=32": False,
    "W1, [-1, 1], n=1": False,
    "W2, [-1, 1], n=1": True,
    "all of W1, [0, 1], n=1": False,
}


def prepare(x):
    return x / x.std(axis=0)

# %% wrong="doubled"
def one_signed(gradient):
    live = gradient[:, gradient.any(axis=0)]
    return np.mean(np.abs(np.sign(live).sum(axis=0)) == (live != 0).sum(axis=0))


signs = {
    "W1, [0, 1], n=1": True,
    "W1, [0, 1], n=32": False,
    "W1, [-1, 1], n=1": False,
    "W2, [-1, 1], n=1": True,
    "all of W1, [0, 1], n=1": False,
}


def prepare(x):
    return 2 * x

# %% wrong="mean-of-each-sample"
def one_signed(gradient):
    live = gradient[:, gradient.any(axis=0)]
    return np.mean(np.abs(np.sign(live).sum(axis=0)) == (live != 0).sum(axis=0))


signs = {
    "W1, [0, 1], n=1": True,
    "W1, [0, 1], n=32": False,
    "W1, [-1, 1], n=1": False,
    "W2, [-1, 1], n=1": True,
    "all of W1, [0, 1], n=1": False,
}


def prepare(x):
    return x - x.mean(axis=1, keepdims=True)

# %% wrong="deleted"
def one_signed(gradient):
    live = gradient[:, gradient.any(axis=0)]
    return np.mean(np.abs(np.sign(live).sum(axis=0)) == (live != 0).sum(axis=0))


signs = {
    "W1, [0, 1], n=1": True,
    "W1, [0, 1], n=32": False,
    "W1, [-1, 1], n=1": False,
    "W2, [-1, 1], n=1": True,
    "all of W1, [0, 1], n=1": False,
}


def prepare(x):
    return np.zeros_like(x)

# %% wrong="flattened"
def one_signed(gradient):
    live = gradient[:, gradient.any(axis=0)]
    return np.mean(np.abs(np.sign(live).sum(axis=0)) == (live != 0).sum(axis=0))


signs = {
    "W1, [0, 1], n=1": True,
    "W1, [0, 1], n=32": False,
    "W1, [-1, 1], n=1": False,
    "W2, [-1, 1], n=1": True,
    "all of W1, [0, 1], n=1": False,
}


def prepare(x):
    return (x - x.mean()).ravel()

# %% wrong="shuffled"
def one_signed(gradient):
    live = gradient[:, gradient.any(axis=0)]
    return np.mean(np.abs(np.sign(live).sum(axis=0)) == (live != 0).sum(axis=0))


signs = {
    "W1, [0, 1], n=1": True,
    "W1, [0, 1], n=32": False,
    "W1, [-1, 1], n=1": False,
    "W2, [-1, 1], n=1": True,
    "all of W1, [0, 1], n=1": False,
}


def prepare(x):
    return np.random.default_rng(0).permutation(x - x.mean(axis=0))

# %% wrong="untouched"
def one_signed(gradient):
    live = gradient[:, gradient.any(axis=0)]
    return np.mean(np.abs(np.sign(live).sum(axis=0)) == (live != 0).sum(axis=0))


signs = {
    "W1, [0, 1], n=1": True,
    "W1, [0, 1], n=32": False,
    "W1, [-1, 1], n=1": False,
    "W2, [-1, 1], n=1": True,
    "all of W1, [0, 1], n=1": False,
}


def prepare(x):
    return x
