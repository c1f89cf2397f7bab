# %% right="booleans"
order = dict.fromkeys(["linear", "relu", "leaky_relu"], True)
order.update(dict.fromkeys(["relu6", "elu", "selu", "gelu", "silu", "tanh", "hard_tanh", "softsign"], "zeros"))
order.update(dict.fromkeys(["sigmoid", "hard_sigmoid", "softplus"], False))
fallen = {"sigmoid": 0.5, "hard_sigmoid": 0.5, "softplus": 0.693, "tanh": 0}

# %% right="asked-keras"
order = {}
for name in dropping.ACTIVATIONS:
    f = keras.activations.get(name)
    x = np.linspace(-9, 9, 37, dtype="float32")
    straight = np.allclose(f(x * 2), 2 * np.asarray(f(x)), atol=1e-5)
    zero = float(np.asarray(f(np.zeros(1, "float32")))[0])
    order[name] = "same" if straight else "zeros" if zero == 0 else "neither"
fallen = {name: float(np.asarray(keras.activations.get(name)(np.zeros(1, "float32")))[0]) for name in ["sigmoid", "hard_sigmoid", "softplus", "tanh"]}

# %% right="capitals"
order = {name: "ZEROS" for name in dropping.ACTIVATIONS}
for name in ("linear", "relu", "leaky_relu"):
    order[name] = "Same"
for name in ("sigmoid", "hard_sigmoid", "softplus"):
    order[name] = " Neither "
fallen = dict(sigmoid=1 / 2, hard_sigmoid=1 / 2, softplus=np.log(2.0), tanh=np.tanh(0))

# %% right="russian-words"
order = {name: "нули" for name in dropping.ACTIVATIONS}
order |= {name: "то же" for name in ("linear", "relu", "leaky_relu")}
order |= {name: "ни то ни другое" for name in ("sigmoid", "hard_sigmoid", "softplus")}
fallen = {"sigmoid": np.float32(0.5), "hard_sigmoid": ops.array(0.5), "softplus": np.log1p(1.0), "tanh": 0.0}

# %% wrong="all-same"
order = dict.fromkeys(dropping.ACTIVATIONS, "same")
fallen = {"sigmoid": 0.5, "hard_sigmoid": 0.5, "softplus": 0.693, "tanh": 0.0}

# %% wrong="zero-is-enough"
order = dict.fromkeys(dropping.ACTIVATIONS, "same")
order |= dict.fromkeys(("sigmoid", "hard_sigmoid", "softplus"), "neither")
fallen = {"sigmoid": 0.5, "hard_sigmoid": 0.5, "softplus": 0.693, "tanh": 0.0}

# %% wrong="relu6-like-relu"
order = dict.fromkeys(dropping.ACTIVATIONS, "zeros")
order |= dict.fromkeys(("linear", "relu", "leaky_relu", "relu6"), "same")
order |= dict.fromkeys(("sigmoid", "hard_sigmoid", "softplus"), "neither")
fallen = {"sigmoid": 0.5, "hard_sigmoid": 0.5, "softplus": 0.693, "tanh": 0.0}

# %% wrong="leaky-differs"
order = dict.fromkeys(dropping.ACTIVATIONS, "zeros")
order |= dict.fromkeys(("linear", "relu"), "same")
order |= dict.fromkeys(("sigmoid", "hard_sigmoid", "softplus"), "neither")
fallen = {"sigmoid": 0.5, "hard_sigmoid": 0.5, "softplus": 0.693, "tanh": 0.0}

# %% wrong="selu-like-relu"
order = dict.fromkeys(dropping.ACTIVATIONS, "zeros")
order |= dict.fromkeys(("linear", "relu", "leaky_relu", "elu", "selu"), "same")
order |= dict.fromkeys(("sigmoid", "hard_sigmoid", "softplus"), "neither")
fallen = {"sigmoid": 0.5, "hard_sigmoid": 0.5, "softplus": 0.693, "tanh": 0.0}

# %% wrong="softplus-keeps-zeros"
order = dict.fromkeys(dropping.ACTIVATIONS, "zeros")
order |= dict.fromkeys(("linear", "relu", "leaky_relu"), "same")
order |= dict.fromkeys(("sigmoid", "hard_sigmoid"), "neither")
fallen = {"sigmoid": 0.5, "hard_sigmoid": 0.5, "softplus": 0.693, "tanh": 0.0}

# %% wrong="fallen-stays-zero"
order = dict.fromkeys(dropping.ACTIVATIONS, "zeros")
order |= dict.fromkeys(("linear", "relu", "leaky_relu"), "same")
order |= dict.fromkeys(("sigmoid", "hard_sigmoid", "softplus"), "neither")
fallen = {"sigmoid": 0, "hard_sigmoid": 0, "softplus": 0, "tanh": 0}

# %% wrong="softplus-one"
order = dict.fromkeys(dropping.ACTIVATIONS, "zeros")
order |= dict.fromkeys(("linear", "relu", "leaky_relu"), "same")
order |= dict.fromkeys(("sigmoid", "hard_sigmoid", "softplus"), "neither")
fallen = {"sigmoid": 0.5, "hard_sigmoid": 0.5, "softplus": 1.0, "tanh": 0.0}

# %% wrong="common-logarithm"
order = dict.fromkeys(dropping.ACTIVATIONS, "zeros")
order |= dict.fromkeys(("linear", "relu", "leaky_relu"), "same")
order |= dict.fromkeys(("sigmoid", "hard_sigmoid", "softplus"), "neither")
fallen = {"sigmoid": 0.5, "hard_sigmoid": 0.5, "softplus": 0.301, "tanh": 0.0}

# %% wrong="unfinished"
order = {"linear": "same", "relu": "same"}
fallen = {"sigmoid": 0.5, "hard_sigmoid": 0.5, "softplus": 0.693, "tanh": 0.0}
