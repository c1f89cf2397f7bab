# %% right="by-the-rules"
side = (17 - 5 + 1) // 2
table = {
    "side behind pool": side,
    "conv_2 parameters": (4**2 * 6 + 1) * 7,
    "conv_2 MACs": (side - 4 + 1) ** 2 * 4**2 * 6 * 7,
    "conv_2 field": 1 + 4 + 1 + 3 * 2,
}

# %% right="row-by-row"
table = {}
side, channels, field, step = 17, 3, 1, 1
side, channels, field = side - 5 + 1, 6, field + (5 - 1) * step
side, field, step = side // 2, field + (2 - 1) * step, step * 2
table["side behind pool"] = side
side, field = side - 4 + 1, field + (4 - 1) * step
table |= {"conv_2 parameters": (16 * channels + 1) * 7, "conv_2 MACs": side**2 * 16 * channels * 7}
table |= {"conv_2 field": field}

# %% right="arrays-and-floats"
table = {"side behind pool": np.array([6]), "conv_2 parameters": 6.79e2}
table["conv_2 MACs"] = np.prod([3, 3, 16, 6, 7])
table["conv_2 field"] = np.float32(12)

# %% right="asked-keras"
net = keras.Sequential(
    [
        keras.Input((17, 17, 3)),
        layers.Conv2D(6, 5, name="conv_1"),
        layers.MaxPooling2D(2, name="pool"),
        layers.Conv2D(7, 4, name="conv_2"),
    ]
)
last = net.get_layer("conv_2")
table = {"conv_2 parameters": last.count_params(), "side behind pool": net.get_layer("pool").output.shape[1]}
table["conv_2 MACs"] = last.output.shape[1] ** 2 * int(np.prod(last.kernel.shape))
table["conv_2 field"] = convnets.field(("conv", 5), ("pool", 2), ("conv", 4))

# %% right="words-closed-up"
table = {"sidebehindpool": "6", "Conv_2 parameters": "679", "conv_2 macs": 6_048, "conv_2  field": 12}

# %% wrong="no-bias"
table = {
    "side behind pool": 6,
    "conv_2 parameters": 672,
    "conv_2 MACs": 6048,
    "conv_2 field": 12,
}

# %% wrong="one-bias"
table = {
    "side behind pool": 6,
    "conv_2 parameters": 673,
    "conv_2 MACs": 6048,
    "conv_2 field": 12,
}

# %% wrong="padded"
table = {
    "side behind pool": 9,
    "conv_2 parameters": 679,
    "conv_2 MACs": 54432,
    "conv_2 field": 12,
}

# %% wrong="rounded-up"
table = {
    "side behind pool": 7,
    "conv_2 parameters": 679,
    "conv_2 MACs": 10752,
    "conv_2 field": 12,
}

# %% wrong="not-rounded"
table = {
    "side behind pool": 6.5,
    "conv_2 parameters": 679,
    "conv_2 MACs": 8232,
    "conv_2 field": 12,
}

# %% wrong="not-pooled"
table = {
    "side behind pool": 13,
    "conv_2 parameters": 679,
    "conv_2 MACs": 67200,
    "conv_2 field": 12,
}

# %% wrong="area"
table = {
    "side behind pool": 36,
    "conv_2 parameters": 679,
    "conv_2 MACs": 6048,
    "conv_2 field": 12,
}

# %% wrong="first-layer"
table = {
    "side behind pool": 6,
    "conv_2 parameters": 456,
    "conv_2 MACs": 76050,
    "conv_2 field": 5,
}

# %% wrong="flat-kernels"
table = {
    "side behind pool": 6,
    "conv_2 parameters": 119,
    "conv_2 MACs": 1008,
    "conv_2 field": 12,
}

# %% wrong="brackets"
table = {
    "side behind pool": 6,
    "conv_2 parameters": 103,
    "conv_2 MACs": 6048,
    "conv_2 field": 12,
}

# %% wrong="one-kernel"
table = {
    "side behind pool": 6,
    "conv_2 parameters": 97,
    "conv_2 MACs": 6048,
    "conv_2 field": 12,
}

# %% wrong="field-from-zero"
table = {
    "side behind pool": 6,
    "conv_2 parameters": 679,
    "conv_2 MACs": 6048,
    "conv_2 field": 11,
}

# %% wrong="kernel-not-squared"
table = {
    "side behind pool": 6,
    "conv_2 parameters": 175,
    "conv_2 MACs": 1512,
    "conv_2 field": 12,
}

# %% wrong="field-not-spread"
table = {
    "side behind pool": 6,
    "conv_2 parameters": 679,
    "conv_2 MACs": 6048,
    "conv_2 field": 9,
}

# %% wrong="kernel-alone"
table = {
    "side behind pool": 6,
    "conv_2 parameters": 679,
    "conv_2 MACs": 6048,
    "conv_2 field": 4,
}

# %% wrong="own-stride"
table = {
    "side behind pool": 6,
    "conv_2 parameters": 679,
    "conv_2 MACs": 6048,
    "conv_2 field": 13,
}

# %% wrong="flops"
table = {
    "side behind pool": 6,
    "conv_2 parameters": 679,
    "conv_2 MACs": 12096,
    "conv_2 field": 12,
}

# %% wrong="macs-before"
table = {
    "side behind pool": 6,
    "conv_2 parameters": 679,
    "conv_2 MACs": 24192,
    "conv_2 field": 12,
}

# %% wrong="one-place"
table = {
    "side behind pool": 6,
    "conv_2 parameters": 679,
    "conv_2 MACs": 672,
    "conv_2 field": 12,
}

# %% wrong="one-row"
table = {
    "side behind pool": 6,
    "conv_2 parameters": 679,
    "conv_2 MACs": 2016,
    "conv_2 field": 12,
}

# %% wrong="macs-with-bias"
table = {
    "side behind pool": 6,
    "conv_2 parameters": 679,
    "conv_2 MACs": 6111,
    "conv_2 field": 12,
}

# %% wrong="two-slips"
table = {
    "side behind pool": 7,
    "conv_2 parameters": 679,
    "conv_2 MACs": 10752,
    "conv_2 field": 9,
}

# %% wrong="slip-and-guess"
table = {
    "side behind pool": 6,
    "conv_2 parameters": 679,
    "conv_2 MACs": 12096,
    "conv_2 field": 20,
}

# %% wrong="the-example"
table = {
    "side behind pool": 6,
    "conv_2 parameters": 520,
    "conv_2 MACs": 18432,
    "conv_2 field": 10,
}

# %% wrong="a-shape"
table = {
    "side behind pool": (6, 6, 6),
    "conv_2 parameters": 679,
    "conv_2 MACs": 6048,
    "conv_2 field": 12,
}

# %% wrong="unfinished"
table = {
    "side behind pool": 6,
    "conv_2 parameters": 679,
    "conv_2 MACs": 6048,
    "conv_2 field": None,
}

# %% wrong="pool-itself"
table = {
    "side behind pool": 2,
    "conv_2 parameters": 679,
    "conv_2 MACs": 6048,
    "conv_2 field": 12,
}

# %% wrong="whole-side-spread"
table = {
    "side behind pool": 6,
    "conv_2 parameters": 679,
    "conv_2 MACs": 6048,
    "conv_2 field": 14,
}
