# %% right="words"
two_faced = {
    "Dense(4)": "no",
    "Dropout(0.5)": "yes",
    "Dropout(1)": "yes",
    "Dropout(0.5, trainable=False)": "yes",
    "BatchNormalization()": "yes",
    "BatchNormalization(trainable=False)": "no",
    "LayerNormalization()": "no",
}

# %% right="ones-and-zeros"
two_faced = {
    "Dense(4)": 0,
    "Dropout(0.5)": 1,
    "Dropout(1)": 1,
    "Dropout(0.5, trainable=False)": 1,
    "BatchNormalization()": 1,
    "BatchNormalization(trainable=False)": 0,
    "LayerNormalization()": 0,
}

# %% right="exceptions-last"
names = ["Dense(4)", "Dropout(0.5)", "Dropout(1)", "Dropout(0.5, trainable=False)"]
names += ["BatchNormalization()", "BatchNormalization(trainable=False)", "LayerNormalization()"]
two_faced = {name: name.startswith(("Dropout", "Batch")) for name in names}
two_faced["BatchNormalization(trainable=False)"] = False

# %% right="measured"
batch = np.random.default_rng(5).normal(1, 2, (4, 3))
made = {
    "Dense(4)": layers.Dense(4),
    "Dropout(0.5)": layers.Dropout(0.5),
    "Dropout(1)": layers.Dropout(1),
    "Dropout(0.5, trainable=False)": layers.Dropout(0.5, trainable=False),
    "BatchNormalization()": layers.BatchNormalization(),
    "BatchNormalization(trainable=False)": layers.BatchNormalization(trainable=False),
    "LayerNormalization()": layers.LayerNormalization(),
}
two_faced = {}
for name, made_layer in made.items():
    wrapped = keras.Sequential([keras.Input((3,)), made_layer])
    answers = [np.asarray(wrapped(batch, training=mode)) for mode in (True, False)]
    two_faced[name] = not np.allclose(*answers)

# %% wrong="all-of-them"
two_faced = {
    "Dense(4)": True,
    "Dropout(0.5)": True,
    "Dropout(1)": True,
    "Dropout(0.5, trainable=False)": True,
    "BatchNormalization()": True,
    "BatchNormalization(trainable=False)": True,
    "LayerNormalization()": True,
}

# %% wrong="none-of-them"
two_faced = {
    "Dense(4)": False,
    "Dropout(0.5)": False,
    "Dropout(1)": False,
    "Dropout(0.5, trainable=False)": False,
    "BatchNormalization()": False,
    "BatchNormalization(trainable=False)": False,
    "LayerNormalization()": False,
}

# %% wrong="one-is-all"
two_faced = {
    "Dense(4)": False,
    "Dropout(0.5)": True,
    "Dropout(1)": False,
    "Dropout(0.5, trainable=False)": True,
    "BatchNormalization()": True,
    "BatchNormalization(trainable=False)": False,
    "LayerNormalization()": False,
}

# %% wrong="frozen-dropout-rests"
two_faced = {
    "Dense(4)": False,
    "Dropout(0.5)": True,
    "Dropout(1)": True,
    "Dropout(0.5, trainable=False)": False,
    "BatchNormalization()": True,
    "BatchNormalization(trainable=False)": False,
    "LayerNormalization()": False,
}

# %% wrong="frozen-norm-works"
two_faced = {
    "Dense(4)": False,
    "Dropout(0.5)": True,
    "Dropout(1)": True,
    "Dropout(0.5, trainable=False)": True,
    "BatchNormalization()": True,
    "BatchNormalization(trainable=False)": True,
    "LayerNormalization()": False,
}

# %% wrong="norms-alike"
two_faced = {
    "Dense(4)": False,
    "Dropout(0.5)": True,
    "Dropout(1)": True,
    "Dropout(0.5, trainable=False)": True,
    "BatchNormalization()": True,
    "BatchNormalization(trainable=False)": False,
    "LayerNormalization()": True,
}

# %% wrong="only-dropout"
two_faced = {
    "Dense(4)": False,
    "Dropout(0.5)": True,
    "Dropout(1)": True,
    "Dropout(0.5, trainable=False)": True,
    "BatchNormalization()": False,
    "BatchNormalization(trainable=False)": False,
    "LayerNormalization()": False,
}

# %% wrong="weights-learn"
two_faced = {
    "Dense(4)": True,
    "Dropout(0.5)": True,
    "Dropout(1)": True,
    "Dropout(0.5, trainable=False)": True,
    "BatchNormalization()": True,
    "BatchNormalization(trainable=False)": False,
    "LayerNormalization()": False,
}

# %% wrong="sometimes"
two_faced = {
    "Dense(4)": False,
    "Dropout(0.5)": "sometimes",
    "Dropout(1)": True,
    "Dropout(0.5, trainable=False)": True,
    "BatchNormalization()": True,
    "BatchNormalization(trainable=False)": False,
    "LayerNormalization()": False,
}

# %% wrong="unfinished"
two_faced = {
    "Dense(4)": False,
    "Dropout(0.5)": True,
    "Dropout(1)": True,
    "Dropout(0.5, trainable=False)": True,
    "BatchNormalization()": True,
    "BatchNormalization(trainable=False)": False,
    "LayerNormalization()": None,
}
