# %% right="by-the-rules"
side = (18 - 6 + 1) // 2
table = {
    "pool side": side,
    "conv_2 parameters": (3**2 * 8 + 1) * 11,
    "conv_2 MACs": (side - 3 + 1) ** 2 * 3**2 * 8 * 11,
    "conv_2 field": 1 + 5 + 1 + 2 * 2,
}

# %% right="row-by-row"
table = {}
side, channels, field, step = 18, 4, 1, 1
side, channels, field = side - 6 + 1, 8, field + (6 - 1) * step
side, field, step = side // 2, field + (2 - 1) * step, step * 2
table["pool side"] = side
side, field = side - 3 + 1, field + (3 - 1) * step
table |= {"conv_2 parameters": (9 * channels + 1) * 11, "conv_2 MACs": side**2 * 9 * channels * 11}
table |= {"conv_2 field": field}

# %% right="arrays-and-floats"
table = {"pool side": np.array([6]), "conv_2 parameters": 8.03e2}
table["conv_2 MACs"] = np.prod([4, 4, 9, 8, 11])
table["conv_2 field"] = np.float32(11)

# %% right="asked-keras"
net = keras.Sequential(
    [
        keras.Input((18, 18, 4)),
        layers.Conv2D(8, 6, name="conv_1"),
        layers.MaxPooling2D(2, name="pool"),
        layers.Conv2D(11, 3, name="conv_2"),
    ]
)
last = net.get_layer("conv_2")
table = {"conv_2 parameters": last.count_params(), "pool side": net.get_layer("pool").output.shape[1]}
table["conv_2 MACs"] = last.output.shape[1] ** 2 * int(np.prod(last.kernel.shape))
table["conv_2 field"] = convnets.field(("conv", 6), ("pool", 2), ("conv", 3))

# %% right="words-closed-up"
table = {"poolside": "6", "Conv_2 parameters": "803", "conv_2 macs": 12_672, "conv_2  field": 11}

# %% wrong="no-bias"
table = {
    "pool side": 6,
    "conv_2 parameters": 792,
    "conv_2 MACs": 12672,
    "conv_2 field": 11,
}

# %% wrong="one-bias"
table = {
    "pool side": 6,
    "conv_2 parameters": 793,
    "conv_2 MACs": 12672,
    "conv_2 field": 11,
}

# %% wrong="padded"
table = {
    "pool side": 9,
    "conv_2 parameters": 803,
    "conv_2 MACs": 64152,
    "conv_2 field": 11,
}

# %% wrong="rounded-up"
table = {
    "pool side": 7,
    "conv_2 parameters": 803,
    "conv_2 MACs": 19800,
    "conv_2 field": 11,
}

# %% wrong="not-rounded"
table = {
    "pool side": 6.5,
    "conv_2 parameters": 803,
    "conv_2 MACs": 16038,
    "conv_2 field": 11,
}

# %% wrong="not-pooled"
table = {
    "pool side": 13,
    "conv_2 parameters": 803,
    "conv_2 MACs": 95832,
    "conv_2 field": 11,
}

# %% wrong="flat-kernels"
table = {
    "pool side": 6,
    "conv_2 parameters": 110,
    "conv_2 MACs": 1584,
    "conv_2 field": 11,
}

# %% wrong="brackets"
table = {
    "pool side": 6,
    "conv_2 parameters": 83,
    "conv_2 MACs": 12672,
    "conv_2 field": 11,
}

# %% wrong="one-kernel"
table = {
    "pool side": 6,
    "conv_2 parameters": 73,
    "conv_2 MACs": 12672,
    "conv_2 field": 11,
}

# %% wrong="field-from-zero"
table = {
    "pool side": 6,
    "conv_2 parameters": 803,
    "conv_2 MACs": 12672,
    "conv_2 field": 10,
}

# %% wrong="kernel-not-squared"
table = {
    "pool side": 6,
    "conv_2 parameters": 275,
    "conv_2 MACs": 4224,
    "conv_2 field": 11,
}

# %% wrong="field-not-spread"
table = {
    "pool side": 6,
    "conv_2 parameters": 803,
    "conv_2 MACs": 12672,
    "conv_2 field": 9,
}

# %% wrong="kernel-alone"
table = {
    "pool side": 6,
    "conv_2 parameters": 803,
    "conv_2 MACs": 12672,
    "conv_2 field": 3,
}

# %% wrong="own-stride"
table = {
    "pool side": 6,
    "conv_2 parameters": 803,
    "conv_2 MACs": 12672,
    "conv_2 field": 12,
}

# %% wrong="flops"
table = {
    "pool side": 6,
    "conv_2 parameters": 803,
    "conv_2 MACs": 25344,
    "conv_2 field": 11,
}

# %% wrong="macs-before"
table = {
    "pool side": 6,
    "conv_2 parameters": 803,
    "conv_2 MACs": 28512,
    "conv_2 field": 11,
}

# %% wrong="one-place"
table = {
    "pool side": 6,
    "conv_2 parameters": 803,
    "conv_2 MACs": 792,
    "conv_2 field": 11,
}

# %% wrong="one-row"
table = {
    "pool side": 6,
    "conv_2 parameters": 803,
    "conv_2 MACs": 3168,
    "conv_2 field": 11,
}

# %% wrong="macs-with-bias"
table = {
    "pool side": 6,
    "conv_2 parameters": 803,
    "conv_2 MACs": 12848,
    "conv_2 field": 11,
}

# %% wrong="two-slips"
table = {
    "pool side": 7,
    "conv_2 parameters": 803,
    "conv_2 MACs": 19800,
    "conv_2 field": 9,
}

# %% wrong="slip-and-guess"
table = {
    "pool side": 6,
    "conv_2 parameters": 803,
    "conv_2 MACs": 25344,
    "conv_2 field": 20,
}

# %% wrong="the-example"
table = {
    "pool side": 5,
    "conv_2 parameters": 296,
    "conv_2 MACs": 2592,
    "conv_2 field": 8,
}

# %% wrong="a-shape"
table = {
    "pool side": (6, 6, 8),
    "conv_2 parameters": 803,
    "conv_2 MACs": 12672,
    "conv_2 field": 11,
}

# %% wrong="unfinished"
table = {
    "pool side": 6,
    "conv_2 parameters": 803,
    "conv_2 MACs": 12672,
    "conv_2 field": None,
}
