# %% right="by-the-rules"
table = {
    "conv_1 side": 19 - 4 + 1,
    "conv_1 parameters": (4**2 * 4 + 1) * 8,
    "pool side": 16 // 3,
    "conv_2 side": 16 // 3 - 3 + 1,
    "conv_2 parameters": (3**2 * 8 + 1) * 10,
    "conv_2 MACs": 3 * 3 * 3**2 * 8 * 10,
    "conv_2 field": 1 + 3 + 2 + 2 * 3,
    "dense parameters": (3 * 3 * 10 + 1) * 8,
}

# %% right="row-by-row"
table = {}
side, channels, field, step = 19, 4, 1, 1
side, field = side - 4 + 1, field + (4 - 1) * step
table["conv_1 side"], table["conv_1 parameters"] = side, (4 * 4 * channels + 1) * 8
side, field, step = side // 3, field + (3 - 1) * step, step * 3
table["pool side"] = side
side, field = side - 3 + 1, field + (3 - 1) * step
table |= {"conv_2 side": side, "conv_2 parameters": (9 * 8 + 1) * 10, "conv_2 MACs": side**2 * 9 * 8 * 10}
table |= {"conv_2 field": field, "dense parameters": (side**2 * 10 + 1) * 8}

# %% right="arrays-and-floats"
sides = np.array([16, 5, 3])
table = dict(zip(["conv_1 side", "pool side", "conv_2 side"], sides))
table["conv_1 parameters"] = 520.0
table["conv_2 parameters"] = 7.3e2
table["conv_2 MACs"] = np.prod([3, 3, 9, 8, 10])
table["conv_2 field"] = np.float32(12)
table["dense parameters"] = 728.0

# %% right="asked-keras"
net = keras.Sequential(
    [
        keras.Input((19, 19, 4)),
        layers.Conv2D(8, 4, activation="relu", name="conv_1"),
        layers.MaxPooling2D(3, name="pool"),
        layers.Conv2D(10, 3, activation="relu", name="conv_2"),
        layers.Flatten(name="flatten"),
        layers.Dense(8, name="dense"),
    ]
)
table = {f"{name} side": net.get_layer(name).output.shape[1] for name in ("conv_1", "pool", "conv_2")}
table |= {f"{name} parameters": net.get_layer(name).count_params() for name in ("conv_1", "conv_2", "dense")}
table["conv_2 MACs"] = table["conv_2 side"] ** 2 * int(np.prod(net.get_layer("conv_2").kernel.shape))
table["conv_2 field"] = convnets.field(("conv", 4), ("pool", 3), ("conv", 3))

# %% wrong="no-bias"
table = {
    "conv_1 side": 16,
    "conv_1 parameters": 512,
    "pool side": 5,
    "conv_2 side": 3,
    "conv_2 parameters": 720,
    "conv_2 MACs": 6480,
    "conv_2 field": 12,
    "dense parameters": 720,
}

# %% wrong="padded"
table = {
    "conv_1 side": 19,
    "conv_1 parameters": 520,
    "pool side": 7,
    "conv_2 side": 7,
    "conv_2 parameters": 730,
    "conv_2 MACs": 35280,
    "conv_2 field": 12,
    "dense parameters": 3928,
}

# %% wrong="rounded-up"
table = {
    "conv_1 side": 16,
    "conv_1 parameters": 520,
    "pool side": 6,
    "conv_2 side": 4,
    "conv_2 parameters": 730,
    "conv_2 MACs": 11520,
    "conv_2 field": 12,
    "dense parameters": 1288,
}

# %% wrong="flat-kernels"
table = {
    "conv_1 side": 16,
    "conv_1 parameters": 136,
    "pool side": 5,
    "conv_2 side": 3,
    "conv_2 parameters": 100,
    "conv_2 MACs": 810,
    "conv_2 field": 12,
    "dense parameters": 728,
}

# %% wrong="field-not-spread"
table = {
    "conv_1 side": 16,
    "conv_1 parameters": 520,
    "pool side": 5,
    "conv_2 side": 3,
    "conv_2 parameters": 730,
    "conv_2 MACs": 6480,
    "conv_2 field": 8,
    "dense parameters": 728,
}

# %% wrong="kernel-alone"
table = {
    "conv_1 side": 16,
    "conv_1 parameters": 520,
    "pool side": 5,
    "conv_2 side": 3,
    "conv_2 parameters": 730,
    "conv_2 MACs": 6480,
    "conv_2 field": 3,
    "dense parameters": 728,
}

# %% wrong="flops"
table = {
    "conv_1 side": 16,
    "conv_1 parameters": 520,
    "pool side": 5,
    "conv_2 side": 3,
    "conv_2 parameters": 730,
    "conv_2 MACs": 12960,
    "conv_2 field": 12,
    "dense parameters": 728,
}

# %% wrong="macs-before"
table = {
    "conv_1 side": 16,
    "conv_1 parameters": 520,
    "pool side": 5,
    "conv_2 side": 3,
    "conv_2 parameters": 730,
    "conv_2 MACs": 18000,
    "conv_2 field": 12,
    "dense parameters": 728,
}

# %% wrong="one-place"
table = {
    "conv_1 side": 16,
    "conv_1 parameters": 520,
    "pool side": 5,
    "conv_2 side": 3,
    "conv_2 parameters": 730,
    "conv_2 MACs": 720,
    "conv_2 field": 12,
    "dense parameters": 728,
}

# %% wrong="macs-with-bias"
table = {
    "conv_1 side": 16,
    "conv_1 parameters": 520,
    "pool side": 5,
    "conv_2 side": 3,
    "conv_2 parameters": 730,
    "conv_2 MACs": 6570,
    "conv_2 field": 12,
    "dense parameters": 728,
}

# %% wrong="flattened-map"
table = {
    "conv_1 side": 16,
    "conv_1 parameters": 520,
    "pool side": 5,
    "conv_2 side": 3,
    "conv_2 parameters": 730,
    "conv_2 MACs": 6480,
    "conv_2 field": 12,
    "dense parameters": 80,
}

# %% wrong="the-example"
table = {
    "conv_1 side": 11,
    "conv_1 parameters": 40,
    "pool side": 5,
    "conv_2 side": 3,
    "conv_2 parameters": 296,
    "conv_2 MACs": 2592,
    "conv_2 field": 8,
    "dense parameters": 730,
}

# %% wrong="a-shape"
table = {
    "conv_1 side": (16, 16, 8),
    "conv_1 parameters": 520,
    "pool side": 5,
    "conv_2 side": 3,
    "conv_2 parameters": 730,
    "conv_2 MACs": 6480,
    "conv_2 field": 12,
    "dense parameters": 728,
}

# %% wrong="unfinished"
table = {
    "conv_1 side": 16,
    "conv_1 parameters": 520,
    "pool side": 5,
    "conv_2 side": 3,
    "conv_2 parameters": 730,
    "conv_2 MACs": 6480,
    "conv_2 field": None,
    "dense parameters": 728,
}
