# %% right="by-hand"
growth = {
    "max pool 1": (251.6746 + 6.0533**2) / (146.9832 + 3.9753**2),
    "max pool 2": (218.4356 + 13.2688**2) / (137.2314 + 7.1735**2),
    "dropout 1": (8.5122 + 0.7465**2) / (4.8757 + 0.7459**2),
    "max pool 3": (2509.943 + 37.0520**2) / (967.1589 + 11.6431**2),
    "flatten 1": 1,
}
reading = {"a": "yes", "b": "yes", "c": "yes", "d": "no", "e": "yes", "f": "no"}

# %% right="class-one"
rows = list(TABLE.items())
growth = {}
for (_, above), (name, row) in zip(rows, rows[1:]):
    if name in ("max pool 1", "max pool 2", "dropout 1", "max pool 3", "flatten 1"):
        growth[name] = (row.variance[1] + row.mean[1] ** 2) / (above.variance[1] + above.mean[1] ** 2)
reading = {"a": True, "b": True, "c": True, "d": False, "e": True, "f": False}

# %% right="rounded"
growth = {"max pool 1": 1.77, "max pool 2": 2.09, "dropout 1": 1.67, "max pool 3": 3.52, "flatten 1": 1.0}
reading = {"a": 1, "b": 1, "c": 1, "d": 0, "e": 1, "f": 0}

# %% right="arrays"
squares = np.array([np.array(row.variance) + np.array(row.mean) ** 2 for row in TABLE.values()]).mean(axis=1)
ratios = dict(zip(list(TABLE)[1:], squares[1:] / squares[:-1]))
growth = {name: ratios[name] for name in ("max pool 1", "max pool 2", "dropout 1", "max pool 3", "flatten 1")}
reading = {"a": "да", "b": "да", "c": "да", "d": "нет", "e": "да", "f": "нет"}

# %% wrong="variances"
rows = list(TABLE)
growth = {
    name: TABLE[name].variance[0] / TABLE[rows[rows.index(name) - 1]].variance[0]
    for name in ("max pool 1", "max pool 2", "dropout 1", "max pool 3", "flatten 1")
}
reading = {"a": True, "b": True, "c": True, "d": False, "e": True, "f": False}

# %% wrong="means"
rows = list(TABLE)
growth = {
    name: TABLE[name].mean[0] / TABLE[rows[rows.index(name) - 1]].mean[0]
    for name in ("max pool 1", "max pool 2", "dropout 1", "max pool 3", "flatten 1")
}
reading = {"a": True, "b": True, "c": True, "d": False, "e": True, "f": False}

# %% wrong="upside-down"
growth = {"max pool 1": 0.5646, "max pool 2": 0.4783, "dropout 1": 0.5989, "max pool 3": 0.284, "flatten 1": 1}
reading = {"a": True, "b": True, "c": True, "d": False, "e": True, "f": False}

# %% wrong="mean-not-squared"
rows = list(TABLE)
square = {name: row.variance[0] + row.mean[0] for name, row in TABLE.items()}
growth = {
    name: square[name] / square[rows[rows.index(name) - 1]]
    for name in ("max pool 1", "max pool 2", "dropout 1", "max pool 3", "flatten 1")
}
reading = {"a": True, "b": True, "c": True, "d": False, "e": True, "f": False}

# %% wrong="increase"
growth = {"max pool 1": 0.771, "max pool 2": 1.091, "dropout 1": 0.67, "max pool 3": 2.521, "flatten 1": 0}
reading = {"a": True, "b": True, "c": True, "d": False, "e": True, "f": False}

# %% wrong="dropout-was-off"
growth = {"max pool 1": 1.771, "max pool 2": 2.091, "dropout 1": 1.67, "max pool 3": 3.521, "flatten 1": 1}
reading = {"a": False, "b": False, "c": True, "d": False, "e": True, "f": False}

# %% wrong="every-pool-is-sparse"
growth = {"max pool 1": 1.771, "max pool 2": 2.091, "dropout 1": 1.67, "max pool 3": 3.521, "flatten 1": 1}
reading = {"a": True, "b": True, "c": True, "d": True, "e": True, "f": False}

# %% wrong="flatten-loses"
growth = {"max pool 1": 1.771, "max pool 2": 2.091, "dropout 1": 1.67, "max pool 3": 3.521, "flatten 1": 1}
reading = {"a": True, "b": True, "c": True, "d": False, "e": True, "f": True}

# %% wrong="unfinished"
growth = {"max pool 1": 1.771, "max pool 2": 2.091, "dropout 1": 1.67, "max pool 3": None, "flatten 1": 1}
reading = {"a": True, "b": True, "c": True, "d": False, "e": None, "f": False}
