# %% right="closed-form"
def dropped_variance(mean, variance, rate):
    return variance / (1 - rate) + mean**2 * rate / (1 - rate)


rate_found = {"class 0": 0.401, "class 1": 0.3997}
mode_found = {"mode": "training"}

# %% right="rounded-and-second-moment"
def dropped_variance(mean, variance, rate):
    keep = 1 - rate
    second_moment = (variance + mean * mean) / keep
    return second_moment - mean * mean


rate_found = {"class 0": 0.4, "class 1": 0.4}
mode_found = {"mode": "Training "}

# %% right="bisection"
def dropped_variance(mean, variance, rate):
    a = 1 / (1 - rate)
    return a * variance + (a - 1) * mean**2


def bisected(mean, variance, after):
    low, high = 0.0, 0.99
    for _ in range(60):
        middle = (low + high) / 2
        if dropped_variance(mean, variance, middle) < after:
            low = middle
        else:
            high = middle
    return low


rate_found = {name: bisected(row["mean"], row["variance"], row["after"]) for name, row in dropping.REPORT.items()}
mode_found = {"mode": "обучение"}

# %% right="monte-carlo-rate"
def dropped_variance(mean, variance, rate):
    # a sum over the two outcomes of E[(y - mean)**2]
    up = 1 / (1 - rate)
    stays = up**2 * variance + (up * mean - mean) ** 2
    return (1 - rate) * stays + rate * mean**2


rates = np.linspace(0.01, 0.9, 90)
rng = np.random.default_rng(0)
rate_found = {}
for name, row in dropping.REPORT.items():
    x = rng.normal(row["mean"], np.sqrt(row["variance"]), 200_000)
    u = rng.random(200_000)
    spread = [np.var(np.where(u < p, 0, x / (1 - p))) for p in rates]
    rate_found[name] = float(rates[np.argmin(np.abs(np.array(spread) - row["after"]))])
mode_found = {"mode": "train"}

# %% right="arrays"
def dropped_variance(mean, variance, rate):
    mean, variance, rate = np.asarray([mean, variance, rate], float)
    return np.array([(variance + rate * mean**2) / (1 - rate)])


rate_found = {"class 0": np.float32(0.4), "class 1": np.array([0.4])}
mode_found = {"mode": "training"}

# %% wrong="no-mean"
def dropped_variance(mean, variance, rate):
    return variance / (1 - rate)


rate_found = {"class 0": 0.401, "class 1": 0.3997}
mode_found = {"mode": "training"}

# %% wrong="shrinks"
def dropped_variance(mean, variance, rate):
    return variance * (1 - rate)


rate_found = {"class 0": 0.401, "class 1": 0.3997}
mode_found = {"mode": "training"}

# %% wrong="not-scaled"
def dropped_variance(mean, variance, rate):
    return variance * (1 - rate) + mean**2 * rate * (1 - rate)


rate_found = {"class 0": 0.401, "class 1": 0.3997}
mode_found = {"mode": "training"}

# %% wrong="rate-is-what-stays"
def dropped_variance(mean, variance, rate):
    return variance / rate + mean**2 * (1 - rate) / rate


rate_found = {"class 0": 0.401, "class 1": 0.3997}
mode_found = {"mode": "training"}

# %% wrong="deviation"
def dropped_variance(mean, variance, rate):
    return np.sqrt((variance + rate * mean**2) / (1 - rate))


rate_found = {"class 0": 0.401, "class 1": 0.3997}
mode_found = {"mode": "training"}

# %% wrong="mean-square"
def dropped_variance(mean, variance, rate):
    return (variance + mean**2) / (1 - rate)


rate_found = {"class 0": 0.401, "class 1": 0.3997}
mode_found = {"mode": "training"}

# %% wrong="survivors-only"
def dropped_variance(mean, variance, rate):
    return variance / (1 - rate) ** 2


rate_found = {"class 0": 0.401, "class 1": 0.3997}
mode_found = {"mode": "training"}

# %% wrong="read-off-without-mean"
def dropped_variance(mean, variance, rate):
    return (variance + rate * mean**2) / (1 - rate)


rate_found = {name: 1 - row["variance"] / row["after"] for name, row in dropping.REPORT.items()}
mode_found = {"mode": "training"}

# %% wrong="share-that-stays"
def dropped_variance(mean, variance, rate):
    return (variance + rate * mean**2) / (1 - rate)


rate_found = {"class 0": 0.6, "class 1": 0.6}
mode_found = {"mode": "training"}

# %% wrong="odds"
def dropped_variance(mean, variance, rate):
    return (variance + rate * mean**2) / (1 - rate)


rate_found = {"class 0": 0.669, "class 1": 0.666}
mode_found = {"mode": "training"}

# %% wrong="inference"
def dropped_variance(mean, variance, rate):
    return (variance + rate * mean**2) / (1 - rate)


rate_found = {"class 0": 0.4, "class 1": 0.4}
mode_found = {"mode": "inference"}

# %% wrong="nothing-returned"
def dropped_variance(mean, variance, rate):
    result = (variance + rate * mean**2) / (1 - rate)


rate_found = {"class 0": 0.401, "class 1": 0.3997}
mode_found = {"mode": "training"}
