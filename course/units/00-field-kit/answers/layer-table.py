# %% right="by-the-rules"
side = (20 - 6 + 1) // 2
table = {
    "pool side": side,
    "conv_2 parameters": (3**2 * 8 + 1) * 12,
    "conv_2 MACs": (side - 3 + 1) ** 2 * 3**2 * 8 * 12,
    "conv_2 field": 1 + 5 + 1 + 2 * 2,
    "dense parameters": ((side - 3 + 1) ** 2 * 12 + 1) * 9,
}

# %% right="row-by-row"
table = {}
side, channels, field, step = 20, 4, 1, 1
side, channels, field = side - 6 + 1, 8, field + (6 - 1) * step
side, field, step = side // 2, field + (2 - 1) * step, step * 2
table["pool side"] = side
side, field = side - 3 + 1, field + (3 - 1) * step
table |= {"conv_2 parameters": (9 * channels + 1) * 12, "conv_2 MACs": side**2 * 9 * channels * 12}
table |= {"conv_2 field": field, "dense parameters": (side**2 * 12 + 1) * 9}

# %% right="arrays-and-floats"
table = {"pool side": np.array([7]), "conv_2 parameters": 8.76e2}
table["conv_2 MACs"] = np.prod([5, 5, 9, 8, 12])
table["conv_2 field"] = np.float32(11)
table["dense parameters"] = 2709.0

# %% right="asked-keras"
net = keras.Sequential(
    [
        keras.Input((20, 20, 4)),
        layers.Conv2D(8, 6, activation="relu", name="conv_1"),
        layers.MaxPooling2D(2, name="pool"),
        layers.Conv2D(12, 3, activation="relu", name="conv_2"),
        layers.Flatten(name="flatten"),
        layers.Dense(9, name="dense"),
    ]
)
table = {f"{name} parameters": net.get_layer(name).count_params() for name in ("conv_2", "dense")}
table["pool side"] = net.get_layer("pool").output.shape[1]
table["conv_2 MACs"] = net.get_layer("conv_2").output.shape[1] ** 2 * int(
    np.prod(net.get_layer("conv_2").kernel.shape)
)
table["conv_2 field"] = convnets.field(("conv", 6), ("pool", 2), ("conv", 3))

# %% wrong="no-bias"
table = {
    "pool side": 7,
    "conv_2 parameters": 864,
    "conv_2 MACs": 21600,
    "conv_2 field": 11,
    "dense parameters": 2700,
}

# %% wrong="one-bias"
table = {
    "pool side": 7,
    "conv_2 parameters": 865,
    "conv_2 MACs": 21600,
    "conv_2 field": 11,
    "dense parameters": 2701,
}

# %% wrong="padded"
table = {
    "pool side": 10,
    "conv_2 parameters": 876,
    "conv_2 MACs": 86400,
    "conv_2 field": 11,
    "dense parameters": 10809,
}

# %% wrong="rounded-up"
table = {
    "pool side": 8,
    "conv_2 parameters": 876,
    "conv_2 MACs": 31104,
    "conv_2 field": 11,
    "dense parameters": 3897,
}

# %% wrong="not-rounded"
table = {
    "pool side": 7.5,
    "conv_2 parameters": 876,
    "conv_2 MACs": 26136,
    "conv_2 field": 11,
    "dense parameters": 3276,
}

# %% wrong="flat-kernels"
table = {
    "pool side": 7,
    "conv_2 parameters": 120,
    "conv_2 MACs": 2700,
    "conv_2 field": 11,
    "dense parameters": 2709,
}

# %% wrong="kernel-not-squared"
table = {
    "pool side": 7,
    "conv_2 parameters": 300,
    "conv_2 MACs": 7200,
    "conv_2 field": 11,
    "dense parameters": 2709,
}

# %% wrong="field-not-spread"
table = {
    "pool side": 7,
    "conv_2 parameters": 876,
    "conv_2 MACs": 21600,
    "conv_2 field": 9,
    "dense parameters": 2709,
}

# %% wrong="kernel-alone"
table = {
    "pool side": 7,
    "conv_2 parameters": 876,
    "conv_2 MACs": 21600,
    "conv_2 field": 3,
    "dense parameters": 2709,
}

# %% wrong="own-stride"
table = {
    "pool side": 7,
    "conv_2 parameters": 876,
    "conv_2 MACs": 21600,
    "conv_2 field": 12,
    "dense parameters": 2709,
}

# %% wrong="flops"
table = {
    "pool side": 7,
    "conv_2 parameters": 876,
    "conv_2 MACs": 43200,
    "conv_2 field": 11,
    "dense parameters": 2709,
}

# %% wrong="macs-before"
table = {
    "pool side": 7,
    "conv_2 parameters": 876,
    "conv_2 MACs": 42336,
    "conv_2 field": 11,
    "dense parameters": 2709,
}

# %% wrong="one-place"
table = {
    "pool side": 7,
    "conv_2 parameters": 876,
    "conv_2 MACs": 864,
    "conv_2 field": 11,
    "dense parameters": 2709,
}

# %% wrong="one-row"
table = {
    "pool side": 7,
    "conv_2 parameters": 876,
    "conv_2 MACs": 4320,
    "conv_2 field": 11,
    "dense parameters": 2709,
}

# %% wrong="macs-with-bias"
table = {
    "pool side": 7,
    "conv_2 parameters": 876,
    "conv_2 MACs": 21900,
    "conv_2 field": 11,
    "dense parameters": 2709,
}

# %% wrong="flattened-map"
table = {
    "pool side": 7,
    "conv_2 parameters": 876,
    "conv_2 MACs": 21600,
    "conv_2 field": 11,
    "dense parameters": 234,
}

# %% wrong="not-flattened"
table = {
    "pool side": 7,
    "conv_2 parameters": 876,
    "conv_2 MACs": 21600,
    "conv_2 field": 11,
    "dense parameters": 117,
}

# %% wrong="two-slips"
table = {
    "pool side": 8,
    "conv_2 parameters": 876,
    "conv_2 MACs": 31104,
    "conv_2 field": 9,
    "dense parameters": 3897,
}

# %% wrong="slip-and-guess"
table = {
    "pool side": 7,
    "conv_2 parameters": 876,
    "conv_2 MACs": 43200,
    "conv_2 field": 20,
    "dense parameters": 2709,
}

# %% wrong="the-example"
table = {
    "pool side": 5,
    "conv_2 parameters": 296,
    "conv_2 MACs": 2592,
    "conv_2 field": 8,
    "dense parameters": 730,
}

# %% wrong="a-shape"
table = {
    "pool side": (7, 7, 8),
    "conv_2 parameters": 876,
    "conv_2 MACs": 21600,
    "conv_2 field": 11,
    "dense parameters": 2709,
}

# %% wrong="unfinished"
table = {
    "pool side": 7,
    "conv_2 parameters": 876,
    "conv_2 MACs": 21600,
    "conv_2 field": None,
    "dense parameters": 2709,
}
