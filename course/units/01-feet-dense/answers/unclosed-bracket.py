# %% right="inserted"
mended = """
net = keras.Sequential()
net.add(layers.InputLayer([39]))
net.add(layers.BatchNormalization())
net.add(layers.Dense(128, kernel_initializer="zeros"))
net.add(layers.Dense(1))
net.compile(optimizer="sgd", loss="mse")
"""

# %% right="replaced"
mended = SOURCE.replace("([39])", "([39]))")

# %% right="other-layout"
mended = """
net = keras.Sequential()  # the six lines
net.add(
    layers.InputLayer([39])
)
net.add(layers.BatchNormalization())
net.add(layers.Dense(128, kernel_initializer='zeros'))

net.add(layers.Dense(1))
net.compile(optimizer='sgd', loss='mse')
"""

# %% right="joined-lines"
lines = SOURCE.split("\n")
lines[1] += ")"
mended = "\n".join(lines)

# %% wrong="as-it-was"
mended = SOURCE

# %% wrong="line-gone"
mended = "\n".join(line for line in SOURCE.split("\n") if "InputLayer" not in line)

# %% wrong="opening-removed"
mended = SOURCE.replace("InputLayer([39])", "InputLayer[39])")

# %% wrong="method-made"
mended = SOURCE.replace("net.add(layers.InputLayer(", "net.addInputLayer(")

# %% wrong="closed-too-late"
mended = SOURCE.replace("Normalization())", "Normalization()))")

# %% wrong="zeros-mended-too"
mended = SOURCE.replace("([39])", "([39]))").replace(', kernel_initializer="zeros"', "")

# %% wrong="number-for-shape"
mended = SOURCE.replace("InputLayer([39])", "InputLayer(39))")
