# %% right="spelled-out"
def zero_becomes(batch, gamma, beta, epsilon):
    n = len(batch)
    mean = sum(batch) / n
    variance = sum((value - mean) ** 2 for value in batch) / n
    return gamma * (0 - mean) / (variance + epsilon) ** 0.5 + beta


examples = {
    "nearly all zero": [0] * 99 + [100],
    "nearly none zero": [0] * 99 + [-100],
    "dead (gamma, beta)": [0.1, -5],
    "saturated (gamma, beta)": [100, 0],
}

# %% right="whole-batch"
def zero_becomes(batch, gamma, beta, epsilon):
    out = gamma * (batch - np.mean(batch)) / np.sqrt(np.var(batch) + epsilon) + beta
    return out[batch == 0][0]


examples = {
    "nearly all zero": np.eye(50)[0],
    "nearly none zero": 1 - np.eye(50)[0],
    "dead (gamma, beta)": np.array([1.0, -4.0]),
    "saturated (gamma, beta)": (1, 50),
}

# %% right="heavy-tails"
def zero_becomes(batch, gamma, beta, epsilon):
    x = np.asarray(batch, "float64")
    centred = x - x.mean()
    return float(beta - gamma * x.mean() * (np.mean(centred**2) + epsilon) ** -0.5)


rng = np.random.default_rng(0)
heavy = rng.pareto(0.5, 1000)
examples = {
    "nearly all zero": np.minimum(heavy, 1e5),
    "nearly none zero": -np.minimum(heavy, 1e5),
    "dead (gamma, beta)": ops.array([-1.0, -3.5]),
    "saturated (gamma, beta)": (-20.0, 3.0),
}

# %% right="tuples"
def zero_becomes(batch, gamma, beta, epsilon):
    return np.array([beta - gamma * np.average(batch) / np.sqrt(np.std(batch) ** 2 + epsilon)])


examples = {
    "nearly all zero": (1,) * 11 + (2,),
    "nearly none zero": (2,) * 11 + (1,),
    "dead (gamma, beta)": (0, -1),
    "saturated (gamma, beta)": (0, 5),
}

# %% right="in-place"
def zero_becomes(batch, gamma, beta, epsilon):
    zeros = batch == 0
    batch -= batch.mean()
    batch /= np.sqrt((batch**2).mean() + epsilon)
    return (gamma * batch + beta)[zeros][0]


examples = {
    "nearly all zero": [0] * 19 + [1],
    "nearly none zero": [1] * 19 + [0],
    "dead (gamma, beta)": (1, -3),
    "saturated (gamma, beta)": (10, 0),
}

# %% wrong="zero-stays"
def zero_becomes(batch, gamma, beta, epsilon):
    return 0.0


examples = {"nearly all zero": [0] * 19 + [1], "nearly none zero": [1] * 19 + [0], "dead (gamma, beta)": (1, -3), "saturated (gamma, beta)": (10, 0)}

# %% wrong="only-beta"
def zero_becomes(batch, gamma, beta, epsilon):
    return beta


examples = {"nearly all zero": [0] * 19 + [1], "nearly none zero": [1] * 19 + [0], "dead (gamma, beta)": (1, -3), "saturated (gamma, beta)": (10, 0)}

# %% wrong="plus-mean"
def zero_becomes(batch, gamma, beta, epsilon):
    return beta + gamma * batch.mean() / np.sqrt(batch.var() + epsilon)


examples = {"nearly all zero": [0] * 19 + [1], "nearly none zero": [1] * 19 + [0], "dead (gamma, beta)": (1, -3), "saturated (gamma, beta)": (10, 0)}

# %% wrong="root-forgotten"
def zero_becomes(batch, gamma, beta, epsilon):
    return beta - gamma * batch.mean() / (batch.var() + epsilon)


examples = {"nearly all zero": [0] * 19 + [1], "nearly none zero": [1] * 19 + [0], "dead (gamma, beta)": (1, -3), "saturated (gamma, beta)": (10, 0)}

# %% wrong="epsilon-forgotten"
def zero_becomes(batch, gamma, beta, epsilon):
    return beta - gamma * batch.mean() / batch.std()


examples = {"nearly all zero": [0] * 19 + [1], "nearly none zero": [1] * 19 + [0], "dead (gamma, beta)": (1, -3), "saturated (gamma, beta)": (10, 0)}

# %% wrong="survivors-only"
def zero_becomes(batch, gamma, beta, epsilon):
    kept = batch[batch != 0]
    return beta - gamma * kept.mean() / np.sqrt(kept.var() + epsilon)


examples = {"nearly all zero": [0] * 19 + [1], "nearly none zero": [1] * 19 + [0], "dead (gamma, beta)": (1, -3), "saturated (gamma, beta)": (10, 0)}

# %% wrong="symmetric-batch"
def zero_becomes(batch, gamma, beta, epsilon):
    return beta - gamma * batch.mean() / np.sqrt(batch.var() + epsilon)


examples = {"nearly all zero": np.random.default_rng(0).normal(-10, 1, 200), "nearly none zero": [1] * 19 + [0], "dead (gamma, beta)": (1, -3), "saturated (gamma, beta)": (10, 0)}

# %% wrong="shifted-up"
def zero_becomes(batch, gamma, beta, epsilon):
    return beta - gamma * batch.mean() / np.sqrt(batch.var() + epsilon)


examples = {"nearly all zero": [0] * 19 + [1], "nearly none zero": np.arange(100, 200), "dead (gamma, beta)": (1, -3), "saturated (gamma, beta)": (10, 0)}

# %% wrong="not-dead-enough"
def zero_becomes(batch, gamma, beta, epsilon):
    return beta - gamma * batch.mean() / np.sqrt(batch.var() + epsilon)


examples = {"nearly all zero": [0] * 19 + [1], "nearly none zero": [1] * 19 + [0], "dead (gamma, beta)": (1, -1), "saturated (gamma, beta)": (10, 0)}

# %% wrong="gamma-one"
def zero_becomes(batch, gamma, beta, epsilon):
    return beta - gamma * batch.mean() / np.sqrt(batch.var() + epsilon)


examples = {"nearly all zero": [0] * 19 + [1], "nearly none zero": [1] * 19 + [0], "dead (gamma, beta)": (1, -3), "saturated (gamma, beta)": (3, 0)}

# %% wrong="too-few"
def zero_becomes(batch, gamma, beta, epsilon):
    return beta - gamma * batch.mean() / np.sqrt(batch.var() + epsilon)


examples = {"nearly all zero": [0, 0, 1], "nearly none zero": [1] * 19 + [0], "dead (gamma, beta)": (1, -3), "saturated (gamma, beta)": (10, 0)}

# %% wrong="constant-batch"
def zero_becomes(batch, gamma, beta, epsilon):
    return beta - gamma * batch.mean() / np.sqrt(batch.var() + epsilon)


examples = {"nearly all zero": [7] * 20, "nearly none zero": [1] * 19 + [0], "dead (gamma, beta)": (1, -3), "saturated (gamma, beta)": (10, 0)}

# %% wrong="nan"
def zero_becomes(batch, gamma, beta, epsilon):
    return beta - gamma * batch.mean() / np.sqrt(batch.var() + epsilon)


examples = {"nearly all zero": [0] * 19 + [1], "nearly none zero": [1] * 19 + [0], "dead (gamma, beta)": (float("nan"), 0), "saturated (gamma, beta)": (10, 0)}

# %% wrong="first-number"
def zero_becomes(batch, gamma, beta, epsilon):
    out = (batch - batch.mean()) / np.sqrt(batch.var() + epsilon)
    return gamma * out[0] + beta


examples = {
    "nearly all zero": [0] * 19 + [1],
    "nearly none zero": [1] * 19 + [0],
    "dead (gamma, beta)": (1, -3),
    "saturated (gamma, beta)": (10, 0),
}

# %% wrong="all-of-them"
def zero_becomes(batch, gamma, beta, epsilon):
    out = (batch - batch.mean()) / np.sqrt(batch.var() + epsilon)
    return (gamma * out + beta)[batch == 0]


examples = {
    "nearly all zero": [0] * 19 + [1],
    "nearly none zero": [1] * 19 + [0],
    "dead (gamma, beta)": (1, -3),
    "saturated (gamma, beta)": (10, 0),
}

# %% wrong="pair-as-a-dict"
def zero_becomes(batch, gamma, beta, epsilon):
    out = (batch - batch.mean()) / np.sqrt(batch.var() + epsilon)
    return gamma * out[batch == 0][0] + beta


examples = {
    "nearly all zero": [0] * 19 + [1],
    "nearly none zero": [1] * 19 + [0],
    "dead (gamma, beta)": {"gamma": 1, "beta": -3},
    "saturated (gamma, beta)": (10, 0),
}
