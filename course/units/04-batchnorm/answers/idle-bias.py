# %% right="words"
changes = {
    "dense, bn; training": "no",
    "dense, bn; inference": "yes",
    "dense, bn; inference, averages caught up": "no",
    "dense, relu, bn; training": "yes",
    "conv, bn; training": "no",
    "conv, max_pool, bn; training": "no",
}
same = {
    "fresh; inference": "yes",
    "fresh; training": "no",
    "trained; inference": "no",
    "beta = mean = 0, gamma > 0; inference": "yes",
    "beta = mean = 0, one gamma < 0; inference": "no",
}

# %% right="russian"
changes = {
    "dense, bn; training": "нет",
    "dense, bn; inference": "да",
    "dense, bn; inference, averages caught up": "нет",
    "dense, relu, bn; training": "да",
    "conv, bn; training": "нет",
    "conv, max_pool, bn; training": "нет",
}
same = {
    "fresh; inference": "да",
    "fresh; training": "нет",
    "trained; inference": "нет",
    "beta = mean = 0, gamma > 0; inference": "да",
    "beta = mean = 0, one gamma < 0; inference": "нет",
}

# %% right="ones"
changes = {
    "dense, bn; training": 0,
    "dense, bn; inference": 1,
    "dense, bn; inference, averages caught up": 0,
    "dense, relu, bn; training": 1,
    "conv, bn; training": 0,
    "conv, max_pool, bn; training": 0,
}
same = {
    "fresh; inference": 1,
    "fresh; training": 0,
    "trained; inference": 0,
    "beta = mean = 0, gamma > 0; inference": 1,
    "beta = mean = 0, one gamma < 0; inference": 0,
}

# %% right="computed"
changes = dict.fromkeys(
    [
        "dense, bn; training",
        "dense, bn; inference, averages caught up",
        "conv, bn; training",
        "conv, max_pool, bn; training",
    ],
    False,
)
changes |= dict.fromkeys(["dense, bn; inference", "dense, relu, bn; training"], True)
same = {
    f"{layer}; {mode}": (layer, mode) in {("fresh", "inference"), ("beta = mean = 0, gamma > 0", "inference")}
    for layer, mode in (
        ("fresh", "inference"),
        ("fresh", "training"),
        ("trained", "inference"),
        ("beta = mean = 0, gamma > 0", "inference"),
        ("beta = mean = 0, one gamma < 0", "inference"),
    )
}

# %% wrong="untouched"
changes = {
    "dense, bn; training": None,
    "dense, bn; inference": None,
    "dense, bn; inference, averages caught up": None,
    "dense, relu, bn; training": None,
    "conv, bn; training": None,
    "conv, max_pool, bn; training": None,
}
same = {
    "fresh; inference": None,
    "fresh; training": None,
    "trained; inference": None,
    "beta = mean = 0, gamma > 0; inference": None,
    "beta = mean = 0, one gamma < 0; inference": None,
}

# %% wrong="never-matters"
changes = {
    "dense, bn; training": False,
    "dense, bn; inference": False,
    "dense, bn; inference, averages caught up": False,
    "dense, relu, bn; training": False,
    "conv, bn; training": False,
    "conv, max_pool, bn; training": False,
}
same = {
    "fresh; inference": True,
    "fresh; training": False,
    "trained; inference": False,
    "beta = mean = 0, gamma > 0; inference": True,
    "beta = mean = 0, one gamma < 0; inference": False,
}

# %% wrong="always-matters"
changes = {
    "dense, bn; training": True,
    "dense, bn; inference": True,
    "dense, bn; inference, averages caught up": True,
    "dense, relu, bn; training": True,
    "conv, bn; training": True,
    "conv, max_pool, bn; training": True,
}
same = {
    "fresh; inference": True,
    "fresh; training": False,
    "trained; inference": False,
    "beta = mean = 0, gamma > 0; inference": True,
    "beta = mean = 0, one gamma < 0; inference": False,
}

# %% wrong="inference-forgotten"
changes = {
    "dense, bn; training": False,
    "dense, bn; inference": False,
    "dense, bn; inference, averages caught up": False,
    "dense, relu, bn; training": True,
    "conv, bn; training": False,
    "conv, max_pool, bn; training": False,
}
same = {
    "fresh; inference": True,
    "fresh; training": False,
    "trained; inference": False,
    "beta = mean = 0, gamma > 0; inference": True,
    "beta = mean = 0, one gamma < 0; inference": False,
}

# %% wrong="averages-never-follow"
changes = {
    "dense, bn; training": False,
    "dense, bn; inference": True,
    "dense, bn; inference, averages caught up": True,
    "dense, relu, bn; training": True,
    "conv, bn; training": False,
    "conv, max_pool, bn; training": False,
}
same = {
    "fresh; inference": True,
    "fresh; training": False,
    "trained; inference": False,
    "beta = mean = 0, gamma > 0; inference": True,
    "beta = mean = 0, one gamma < 0; inference": False,
}

# %% wrong="relu-ignored"
changes = {
    "dense, bn; training": False,
    "dense, bn; inference": True,
    "dense, bn; inference, averages caught up": False,
    "dense, relu, bn; training": False,
    "conv, bn; training": False,
    "conv, max_pool, bn; training": False,
}
same = {
    "fresh; inference": True,
    "fresh; training": False,
    "trained; inference": False,
    "beta = mean = 0, gamma > 0; inference": True,
    "beta = mean = 0, one gamma < 0; inference": False,
}

# %% wrong="pool-lets-nothing-through"
changes = {
    "dense, bn; training": False,
    "dense, bn; inference": True,
    "dense, bn; inference, averages caught up": False,
    "dense, relu, bn; training": True,
    "conv, bn; training": False,
    "conv, max_pool, bn; training": True,
}
same = {
    "fresh; inference": True,
    "fresh; training": False,
    "trained; inference": False,
    "beta = mean = 0, gamma > 0; inference": True,
    "beta = mean = 0, one gamma < 0; inference": False,
}

# %% wrong="conv-is-special"
changes = {
    "dense, bn; training": False,
    "dense, bn; inference": True,
    "dense, bn; inference, averages caught up": False,
    "dense, relu, bn; training": True,
    "conv, bn; training": True,
    "conv, max_pool, bn; training": True,
}
same = {
    "fresh; inference": True,
    "fresh; training": False,
    "trained; inference": False,
    "beta = mean = 0, gamma > 0; inference": True,
    "beta = mean = 0, one gamma < 0; inference": False,
}

# %% wrong="fresh-is-all"
changes = {
    "dense, bn; training": False,
    "dense, bn; inference": True,
    "dense, bn; inference, averages caught up": False,
    "dense, relu, bn; training": True,
    "conv, bn; training": False,
    "conv, max_pool, bn; training": False,
}
same = {
    "fresh; inference": True,
    "fresh; training": False,
    "trained; inference": True,
    "beta = mean = 0, gamma > 0; inference": True,
    "beta = mean = 0, one gamma < 0; inference": False,
}

# %% wrong="never-the-same"
changes = {
    "dense, bn; training": False,
    "dense, bn; inference": True,
    "dense, bn; inference, averages caught up": False,
    "dense, relu, bn; training": True,
    "conv, bn; training": False,
    "conv, max_pool, bn; training": False,
}
same = {
    "fresh; inference": False,
    "fresh; training": False,
    "trained; inference": False,
    "beta = mean = 0, gamma > 0; inference": False,
    "beta = mean = 0, one gamma < 0; inference": False,
}

# %% wrong="sign-ignored"
changes = {
    "dense, bn; training": False,
    "dense, bn; inference": True,
    "dense, bn; inference, averages caught up": False,
    "dense, relu, bn; training": True,
    "conv, bn; training": False,
    "conv, max_pool, bn; training": False,
}
same = {
    "fresh; inference": True,
    "fresh; training": False,
    "trained; inference": False,
    "beta = mean = 0, gamma > 0; inference": True,
    "beta = mean = 0, one gamma < 0; inference": True,
}

# %% wrong="modes-mixed-up"
changes = {
    "dense, bn; training": False,
    "dense, bn; inference": True,
    "dense, bn; inference, averages caught up": False,
    "dense, relu, bn; training": True,
    "conv, bn; training": False,
    "conv, max_pool, bn; training": False,
}
same = {
    "fresh; inference": False,
    "fresh; training": True,
    "trained; inference": False,
    "beta = mean = 0, gamma > 0; inference": True,
    "beta = mean = 0, one gamma < 0; inference": False,
}
