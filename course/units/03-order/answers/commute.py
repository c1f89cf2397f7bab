# %% right="booleans"
commutes = {
    "relu": True,
    "leaky_relu": True,
    "relu6": True,
    "sigmoid": True,
    "hard_sigmoid": True,
    "log_sigmoid": True,
    "tanh": True,
    "tanh_shrink": True,
    "softsign": True,
    "softplus": True,
    "exponential": True,
    "elu": True,
    "selu": True,
    "celu": True,
}
commutes.update(dict.fromkeys(["gelu", "silu", "hard_silu", "mish", "square"], "positive"), softmax=False)

# %% right="capitals"
commutes = dict.fromkeys(activations.NAMES, "Always ")
for name in ("gelu", "silu", "hard_silu", "mish", "square"):
    commutes[name] = "POSITIVE"
commutes["softmax"] = "Never"

# %% right="measured-slopes"
commutes = {}
for name in activations.NAMES:
    if name == "softmax":
        commutes[name] = "never"
        continue
    x, y = activations.curve(name, -8, 8, 2001)
    step = np.diff(y)
    rising = step > -1e-6
    if rising.all():
        commutes[name] = "always"
    else:
        commutes[name] = "positive" if rising[x[1:] > 0.01].all() else "never"

# %% right="russian-words"
commutes = {name: "всегда" for name in activations.NAMES}
commutes |= {name: "на положительных" for name in ("gelu", "silu", "hard_silu", "mish", "square")}
commutes |= {"softmax": "никогда"}

# %% wrong="everything"
commutes = dict.fromkeys(activations.NAMES, "always")

# %% wrong="gelu-always"
commutes = dict.fromkeys(activations.NAMES, "always")
commutes |= {"square": "positive", "softmax": "never"}

# %% wrong="saturating-never"
commutes = dict.fromkeys(activations.NAMES, "always")
commutes |= dict.fromkeys(("gelu", "silu", "hard_silu", "mish", "square"), "positive")
commutes |= dict.fromkeys(("softmax", "relu6", "hard_sigmoid"), "never")

# %% wrong="only-relu-like"
commutes = dict.fromkeys(activations.NAMES, "positive")
commutes |= {"relu": "always", "leaky_relu": "always", "relu6": "always", "softmax": "never"}

# %% wrong="bent-back-never"
commutes = dict.fromkeys(activations.NAMES, "always")
commutes |= dict.fromkeys(("gelu", "silu", "hard_silu", "mish", "square", "softmax"), "never")

# %% wrong="softmax-always"
commutes = dict.fromkeys(activations.NAMES, "always")
commutes |= dict.fromkeys(("gelu", "silu", "hard_silu", "mish", "square"), "positive")

# %% wrong="sigmoid-shaped-never"
commutes = dict.fromkeys(activations.NAMES, "always")
commutes |= dict.fromkeys(("gelu", "silu", "hard_silu", "mish", "square"), "positive")
commutes |= dict.fromkeys(("softmax", "sigmoid", "tanh", "softsign", "hard_sigmoid"), "never")

# %% wrong="unfinished"
commutes = {"relu": "always", "gelu": "positive"}

# %% wrong="other-words"
commutes = dict.fromkeys(activations.NAMES, "always")
commutes["gelu"] = "mostly"

# %% wrong="numbers-negative-only"
commutes = {
    name: "never" if activations.curve(name)[1].min() < 0 else "always"
    for name in activations.NAMES
    if name != "softmax"
} | {"softmax": "never"}
