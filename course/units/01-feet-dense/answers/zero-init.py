# %% right="sets"
moves = {
    "linear/1": {"W1", "b1", "b2"},
    "linear/3": {"W1", "b1", "W2", "b2"},
    "relu/1": {"b2"},
    "relu/3": {"b2"},
    "tanh/1": {"W1", "b1", "b2"},
    "tanh/3": {"W1", "b1", "W2", "b2"},
    "both/1": {"b2"},
    "both/3": {"b2"},
    "head/1": {"W2", "b2"},
    "head/3": {"W1", "b1", "W2", "b2"},
}

# %% right="lists"
moves = {
    "linear/1": ["W1", "b1", "b2"],
    "linear/3": ["W1", "W2", "b1", "b2"],
    "relu/1": ["b2"],
    "relu/3": ["b2"],
    "tanh/1": ("b2", "b1", "W1"),
    "tanh/3": ("W1", "b1", "W2", "b2"),
    "both/1": ["b2"],
    "both/3": ["b2"],
    "head/1": ["W2", "b2"],
    "head/3": ["W1", "b1", "W2", "b2"],
}

# %% right="words"
moves = {
    "linear/1": "W1 b1 b2",
    "linear/3": "W1, b1, W2, b2",
    "relu/1": "b2",
    "relu/3": "b2",
    "tanh/1": "w1 b1 b2",
    "tanh/3": "w1 b1 w2 b2",
    "both/1": "b2",
    "both/3": "b2",
    "head/1": "w2, b2",
    "head/3": "W1 b1 W2 b2",
}

# %% right="computed"
everything, slow = {"W1", "b1", "W2", "b2"}, {"W1", "b1", "b2"}
moves = dict.fromkeys(["relu/1", "relu/3", "both/1", "both/3"], {"b2"})
moves.update(dict.fromkeys(["linear/3", "tanh/3", "head/3"], everything))
moves.update({"linear/1": slow, "tanh/1": slow, "head/1": everything - {"W1", "b1"}})

# %% right="measured"
nets = {
    "linear": posed_net(),
    "relu": posed_net(activation="relu"),
    "tanh": posed_net(activation="tanh"),
    "both": posed_net(output="zeros"),
    "head": posed_net("relu", hidden="he_normal", output="zeros"),
}
moves = {}
for row, net in nets.items():
    for steps in (1, 3):
        change = training.moving(net, steps=steps)
        moves[f"{row}/{steps}"] = [
            layer[0].replace("h", "W").replace("o", "W") + number
            for layer, number in (("hidden/kernel", "1"), ("output/kernel", "2"))
            if change[layer]
        ]
        moves[f"{row}/{steps}"] += [
            "b" + number
            for layer, number in (("hidden/bias", "1"), ("output/bias", "2"))
            if change[layer]
        ]

# %% wrong="all-move"
moves = {
    f"{row}/{n}": {"W1", "b1", "W2", "b2"}
    for row in ("linear", "relu", "tanh", "both", "head")
    for n in (1, 3)
}

# %% wrong="nothing-moves"
moves = {f"{row}/{n}": {"b2"} for row in ("linear", "relu", "tanh", "both", "head") for n in (1, 3)}

# %% wrong="relu-like-tanh"
moves = {
    "linear/1": {"W1", "b1", "b2"},
    "linear/3": {"W1", "b1", "W2", "b2"},
    "relu/1": {"W1", "b1", "b2"},
    "relu/3": {"W1", "b1", "W2", "b2"},
    "tanh/1": {"W1", "b1", "b2"},
    "tanh/3": {"W1", "b1", "W2", "b2"},
    "both/1": {"b2"},
    "both/3": {"b2"},
    "head/1": {"W2", "b2"},
    "head/3": {"W1", "b1", "W2", "b2"},
}

# %% wrong="tanh-dead"
moves = {
    "linear/1": {"W1", "b1", "b2"},
    "linear/3": {"W1", "b1", "W2", "b2"},
    "relu/1": {"b2"},
    "relu/3": {"b2"},
    "tanh/1": {"b2"},
    "tanh/3": {"b2"},
    "both/1": {"b2"},
    "both/3": {"b2"},
    "head/1": {"W2", "b2"},
    "head/3": {"W1", "b1", "W2", "b2"},
}

# %% wrong="output-at-once"
moves = {
    "linear/1": {"W1", "b1", "W2", "b2"},
    "linear/3": {"W1", "b1", "W2", "b2"},
    "relu/1": {"b2"},
    "relu/3": {"b2"},
    "tanh/1": {"W1", "b1", "W2", "b2"},
    "tanh/3": {"W1", "b1", "W2", "b2"},
    "both/1": {"b2"},
    "both/3": {"b2"},
    "head/1": {"W2", "b2"},
    "head/3": {"W1", "b1", "W2", "b2"},
}

# %% wrong="zero-head-dead"
moves = {
    "linear/1": {"W1", "b1", "b2"},
    "linear/3": {"W1", "b1", "W2", "b2"},
    "relu/1": {"b2"},
    "relu/3": {"b2"},
    "tanh/1": {"W1", "b1", "b2"},
    "tanh/3": {"W1", "b1", "W2", "b2"},
    "both/1": {"b2"},
    "both/3": {"b2"},
    "head/1": {"b2"},
    "head/3": {"b2"},
}

# %% wrong="both-recover"
moves = {
    "linear/1": {"W1", "b1", "b2"},
    "linear/3": {"W1", "b1", "W2", "b2"},
    "relu/1": {"b2"},
    "relu/3": {"b2"},
    "tanh/1": {"W1", "b1", "b2"},
    "tanh/3": {"W1", "b1", "W2", "b2"},
    "both/1": {"b2"},
    "both/3": {"W1", "b1", "W2", "b2"},
    "head/1": {"W2", "b2"},
    "head/3": {"W1", "b1", "W2", "b2"},
}

# %% wrong="bias-frozen"
moves = {
    "linear/1": {"W1", "b1", "b2"},
    "linear/3": {"W1", "b1", "W2", "b2"},
    "relu/1": set(),
    "relu/3": set(),
    "tanh/1": {"W1", "b1", "b2"},
    "tanh/3": {"W1", "b1", "W2", "b2"},
    "both/1": set(),
    "both/3": set(),
    "head/1": {"W2", "b2"},
    "head/3": {"W1", "b1", "W2", "b2"},
}

# %% wrong="not-filled-in"
moves = {
    "linear/1": {"W1", "b1", "b2"},
    "linear/3": {"W1", "b1", "W2", "b2"},
    "relu/1": {"b2"},
    "relu/3": {"b2"},
    "tanh/1": {"W1", "b1", "b2"},
    "tanh/3": {"W1", "b1", "W2", "b2"},
    "both/1": {"b2"},
    "both/3": {"b2"},
    "head/1": None,
}
