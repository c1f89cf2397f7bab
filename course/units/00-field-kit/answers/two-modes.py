# %% right="words"
two_faced = {
    "Dense(4)": "no",
    "Dropout(0.5)": "yes",
    "Dropout(0.5, trainable=False)": "yes",
    "BatchNormalization()": "yes",
    "BatchNormalization(trainable=False)": "no",
}

# %% right="ones-and-zeros"
two_faced = {
    "Dense(4)": 0,
    "Dropout(0.5)": 1,
    "Dropout(0.5, trainable=False)": 1,
    "BatchNormalization()": 1,
    "BatchNormalization(trainable=False)": 0,
}

# %% right="exceptions-last"
names = ["Dense(4)", "Dropout(0.5)", "Dropout(0.5, trainable=False)"]
names += ["BatchNormalization()", "BatchNormalization(trainable=False)"]
two_faced = {name: name.startswith(("Dropout", "Batch")) for name in names}
two_faced["BatchNormalization(trainable=False)"] = False

# %% right="measured"
batch = np.random.default_rng(5).normal(1, 2, (4, 3))
made = {
    "Dense(4)": layers.Dense(4),
    "Dropout(0.5)": layers.Dropout(0.5),
    "Dropout(0.5, trainable=False)": layers.Dropout(0.5, trainable=False),
    "BatchNormalization()": layers.BatchNormalization(),
    "BatchNormalization(trainable=False)": layers.BatchNormalization(trainable=False),
}
two_faced = {}
for name, made_layer in made.items():
    wrapped = keras.Sequential([keras.Input((3,)), made_layer])
    answers = [np.asarray(wrapped(batch, training=mode)) for mode in (True, False)]
    two_faced[name] = not np.allclose(*answers)

# %% right="spaces"
two_faced = {
    "Dense( 4 )": False,
    "Dropout(0.5)": True,
    "Dropout(0.5,trainable=False)": True,
    "BatchNormalization()": True,
    "batchnormalization(trainable = False)": False,
}

# %% wrong="all-of-them"
two_faced = {
    "Dense(4)": True,
    "Dropout(0.5)": True,
    "Dropout(0.5, trainable=False)": True,
    "BatchNormalization()": True,
    "BatchNormalization(trainable=False)": True,
}

# %% wrong="none-of-them"
two_faced = {
    "Dense(4)": False,
    "Dropout(0.5)": False,
    "Dropout(0.5, trainable=False)": False,
    "BatchNormalization()": False,
    "BatchNormalization(trainable=False)": False,
}

# %% wrong="frozen-dropout-rests"
two_faced = {
    "Dense(4)": False,
    "Dropout(0.5)": True,
    "Dropout(0.5, trainable=False)": False,
    "BatchNormalization()": True,
    "BatchNormalization(trainable=False)": False,
}

# %% wrong="frozen-norm-works"
two_faced = {
    "Dense(4)": False,
    "Dropout(0.5)": True,
    "Dropout(0.5, trainable=False)": True,
    "BatchNormalization()": True,
    "BatchNormalization(trainable=False)": True,
}

# %% wrong="only-dropout"
two_faced = {
    "Dense(4)": False,
    "Dropout(0.5)": True,
    "Dropout(0.5, trainable=False)": True,
    "BatchNormalization()": False,
    "BatchNormalization(trainable=False)": False,
}

# %% wrong="weights-learn"
two_faced = {
    "Dense(4)": True,
    "Dropout(0.5)": True,
    "Dropout(0.5, trainable=False)": True,
    "BatchNormalization()": True,
    "BatchNormalization(trainable=False)": False,
}

# %% wrong="sometimes"
two_faced = {
    "Dense(4)": False,
    "Dropout(0.5)": "sometimes",
    "Dropout(0.5, trainable=False)": True,
    "BatchNormalization()": True,
    "BatchNormalization(trainable=False)": False,
}

# %% wrong="unfinished"
two_faced = {
    "Dense(4)": False,
    "Dropout(0.5)": True,
    "Dropout(0.5, trainable=False)": True,
    "BatchNormalization()": True,
    "BatchNormalization(trainable=False)": None,
}

# %% wrong="another-row"
two_faced = {
    "Dense(4)": False,
    "Dropout(0.5)": True,
    "Dropout(0.5, trainable=False)": True,
    "BatchNormalisation()": True,
    "BatchNormalization(trainable=False)": False,
}
