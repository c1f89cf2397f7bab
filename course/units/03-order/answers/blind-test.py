# %% right="two-groups-of-samples"
def probe(seed, pool):
    rng = np.random.default_rng(seed)
    side = 2 * pool + 1
    high = rng.uniform(-50, 50, (1, side, side, 2))
    low = rng.uniform(-90, -10, (1, side, side, 2))
    return np.concatenate([high, low])

# %% right="by-hand"
def probe(seed, pool):
    z = np.full((1, 2 * pool, 2 * pool + 1, 1), -30.0)
    z[0, 0, 0, 0] = 40
    z[0, 0, -1, 0] = 50
    return z

# %% right="quantile-shift"
def probe(seed, pool):
    from statistics import NormalDist

    mean = -NormalDist().inv_cdf(0.5 ** (1 / pool**2))
    rng = np.random.default_rng(seed)
    return 50 * rng.normal(mean, 1, (1, 6 * pool + 1, 7 * pool - 1, 1))

# %% right="nested-list"
def probe(seed, pool):
    rng = np.random.default_rng(seed)
    rows = []
    for _row in range(pool + 1):
        rows.append([[float(rng.integers(-20, -5)), float(rng.integers(10, 30))] for _ in range(pool + 1)])
    return [rows]

# %% right="one-deep-window"
def probe(seed, pool):
    z = np.random.default_rng(seed).standard_normal((2, 3 * pool + 1, 3 * pool + 2, 1), dtype=np.float32) * 15
    z[:, :pool, :pool] -= 500
    return ops.convert_to_tensor(z)

# %% wrong="pixels"
def probe(seed, pool):
    rng = np.random.default_rng(seed)
    return rng.uniform(0, 1, (2, 3 * pool + 1, 3 * pool + 1, 3))

# %% wrong="standard-normal"
def probe(seed, pool):
    return np.random.default_rng(seed).normal(size=(2, 3 * pool + 1, 3 * pool + 1, 3))

# %% wrong="large-normal"
def probe(seed, pool):
    return 20 * np.random.default_rng(seed).normal(size=(2, 3 * pool + 1, 3 * pool + 1, 3))

# %% wrong="all-negative"
def probe(seed, pool):
    rng = np.random.default_rng(seed)
    return rng.uniform(-100, -1, (2, 3 * pool + 1, 3 * pool + 1, 2))

# %% wrong="divisible"
def probe(seed, pool):
    z = np.random.default_rng(seed).normal(0, 20, (2, 3 * pool, 3 * pool, 2))
    z[..., 1] -= 100
    return z

# %% wrong="too-small-numbers"
def probe(seed, pool):
    z = np.random.default_rng(seed).normal(0, 1, (2, 3 * pool + 1, 3 * pool + 1, 2))
    z[..., 1] -= 5
    return z

# %% wrong="constant"
def probe(seed, pool):
    z = np.full((2, 2 * pool + 1, 2 * pool + 1, 2), 20.0)
    z[1] = -20
    return z

# %% wrong="nan"
def probe(seed, pool):
    z = np.random.default_rng(seed).normal(0, 20, (2, 3 * pool + 1, 3 * pool + 1, 2))
    z[0, 0, 0] = np.nan
    z[..., 1] -= 100
    return z

# %% wrong="too-many"
def probe(seed, pool):
    return 20 * np.random.default_rng(seed).normal(size=(100, 3 * pool + 1, 3 * pool + 1, 3))

# %% wrong="one-map"
def probe(seed, pool):
    z = np.random.default_rng(seed).normal(0, 20, (3 * pool + 1, 3 * pool + 1))
    return z - 30

# %% wrong="window-of-two"
def probe(seed, pool):
    z = np.random.default_rng(seed).normal(0, 20, (2, 7, 7, 2))
    z[..., 1] -= 100
    return z
