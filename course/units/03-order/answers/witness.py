# %% right="arrays"
witnesses = {
    "gelu, max_pool": np.array([[-4.0, -0.75], [-4.0, -3.0]]),
    "relu, avg_pool": np.array([[5, -1], [0, 0]]),
    "batch_norm, max_pool": np.arange(4.0).reshape(2, 2),
    "dropout, tanh": np.ones((2, 2)),
}

# %% right="random-search"
witnesses = {}
rng = np.random.default_rng(0)
for pair, (one, other) in PAIRS.items():
    z = rng.normal(-1, 1, (6, 6))
    while np.abs(one(z) - other(z)).max() < 0.01:
        z = rng.normal(-1, 1, (6, 6))
    witnesses[pair] = z

# %% right="one-map-for-all"
z = [[-1, -2, 3, 1], [-3, -2, -1, 0.5], [1, 2, 3, 4], [0, -1, 0, 0]]
witnesses = {pair: z for pair in PAIRS}

# %% right="tensors-of-other-sizes"
witnesses = {
    "gelu, max_pool": ops.array([[-1.0, -2, -3], [-1, -2, -3]]),
    "relu, avg_pool": ((2, -2, 9), (0, 0, 9), (9, 9, 9)),
    "batch_norm, max_pool": ops.ones((4, 4)) * np.arange(4),
    "dropout, tanh": [[0, 0.5]],
}

# %% wrong="positive"
witnesses = {
    "gelu, max_pool": [[1, 2], [3, 4]],
    "relu, avg_pool": [[1, -1], [1, -1]],
    "batch_norm, max_pool": [[0, 1], [2, 3]],
    "dropout, tanh": [[0, 1], [1, 0]],
}

# %% wrong="constant"
witnesses = {
    "gelu, max_pool": [[-1, -1], [-1, -1]],
    "relu, avg_pool": [[1, -1], [1, -1]],
    "batch_norm, max_pool": [[0, 1], [2, 3]],
    "dropout, tanh": [[0, 1], [1, 0]],
}

# %% wrong="nan"
witnesses = {
    "gelu, max_pool": [[float("nan"), -1], [-2, -3]],
    "relu, avg_pool": [[1, -1], [1, -1]],
    "batch_norm, max_pool": [[0, 1], [2, 3]],
    "dropout, tanh": [[0, 1], [1, 0]],
}

# %% wrong="huge"
witnesses = {
    "gelu, max_pool": [[-1, -3], [-1, -2]],
    "relu, avg_pool": [[1e20, -1e20], [1, -1]],
    "batch_norm, max_pool": [[0, 1], [2, 3]],
    "dropout, tanh": [[0, 1], [1, 0]],
}

# %% wrong="one-pixel"
witnesses = {
    "gelu, max_pool": [[-2]],
    "relu, avg_pool": [[1, -1], [1, -1]],
    "batch_norm, max_pool": [[0, 1], [2, 3]],
    "dropout, tanh": [[0, 1], [1, 0]],
}

# %% wrong="one-sign"
witnesses = {
    "gelu, max_pool": [[-1, -3], [-1, -2]],
    "relu, avg_pool": [[-1, -2], [-3, -4]],
    "batch_norm, max_pool": [[0, 1], [2, 3]],
    "dropout, tanh": [[0, 1], [1, 0]],
}

# %% wrong="dropped"
witnesses = {
    "gelu, max_pool": [[-1, -3], [-1, -2]],
    "relu, avg_pool": [[1, -1], [1, -1]],
    "batch_norm, max_pool": [[0, 1], [2, 3]],
    "dropout, tanh": [[5, 0], [0, 5]],
}

# %% wrong="large-map"
witnesses = {
    "gelu, max_pool": [[-1, -3], [-1, -2]],
    "relu, avg_pool": np.random.default_rng(0).normal(size=(20, 20)),
    "batch_norm, max_pool": [[0, 1], [2, 3]],
    "dropout, tanh": [[0, 1], [1, 0]],
}

# %% wrong="missing-row"
witnesses = {
    "gelu, max_pool": [[-1, -3], [-1, -2]],
    "relu, avg_pool": [[1, -1], [1, -1]],
    "batch_norm, max_pool": None,
    "dropout, tanh": [[0, 1], [1, 0]],
}

# %% wrong="batch-axes"
witnesses = {
    "gelu, max_pool": np.array([[-1.0, -3], [-1, -2]])[None, :, :, None],
    "relu, avg_pool": [[1, -1], [1, -1]],
    "batch_norm, max_pool": [[0, 1], [2, 3]],
    "dropout, tanh": [[0, 1], [1, 0]],
}

# %% wrong="nearly"
witnesses = {
    "gelu, max_pool": [[0.5, -0.2], [-0.1, -0.3]],
    "relu, avg_pool": [[1, -1], [1, -1]],
    "batch_norm, max_pool": [[0, 1], [2, 3]],
    "dropout, tanh": [[0, 0.001], [0.001, 0]],
}
