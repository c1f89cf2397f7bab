# %% right="lists"
effects = {"4": ["shift"], "6": ["shift", "picked"], "11": ["not zero", "picked"], "15": []}

# %% right="words-and-tuples"
effects = {"4": "shift", "6": ("picked", "shift"), "11": ("picked", "not zero"), "15": ()}

# %% right="measured"
net = unseen.dropouts(DROPOUT_SEED)
model, x = net.model(), data.digits().x_train[:100]
effects = {}
for number in net.dropouts:
    met = training.shifts(model, x, only=[f"line_{number}"])
    far = any(s.remembers and not 1 / 1.1 < s.ratio < 1.1 for s in met)
    effects[number] = {"shift"} if far else set()
for number in ("6", "11"):
    effects[number].add("picked")
effects["11"].add("not zero")

# %% right="capitals-and-frozensets"
effects = dict(zip(["4", "6", "11", "15"], [frozenset({"Shift"}), frozenset({"SHIFT", "picked"}), frozenset({"Picked", "Not zero"}), {}]))

# %% right="whole-numbers-as-keys"
effects = {4: {"shift"}, 6: {"shift", "picked"}, 11: {"not zero", "picked"}, 15: set()}

# %% wrong="everything"
effects = dict.fromkeys(["4", "6", "11", "15"], {"shift", "picked", "not zero"})

# %% wrong="nothing"
effects = dict.fromkeys(["4", "6", "11", "15"], set())

# %% wrong="two-layers-are-enough"
effects = {"4": set(), "6": {"picked", "shift"}, "11": {"picked", "not zero"}, "15": set()}

# %% wrong="only-right-before-the-norm"
effects = {"4": set(), "6": {"picked"}, "11": {"picked", "not zero"}, "15": set()}

# %% wrong="sigmoid-keeps-zeros"
effects = {"4": {"shift"}, "6": {"picked", "shift"}, "11": {"picked"}, "15": set()}

# %% wrong="relu-hides-the-pool"
effects = {"4": {"shift"}, "6": {"shift"}, "11": {"not zero"}, "15": set()}

# %% wrong="norm-before-counts"
effects = {"4": {"shift"}, "6": {"picked", "shift"}, "11": {"picked", "not zero", "shift"}, "15": set()}

# %% wrong="tanh-distorts"
effects = {"4": {"shift", "not zero"}, "6": {"picked", "shift"}, "11": {"picked", "not zero"}, "15": set()}

# %% wrong="dense-hides-nothing"
effects = {"4": {"shift"}, "6": {"picked", "shift"}, "11": {"picked", "not zero"}, "15": {"not zero"}}

# %% wrong="unfinished"
effects = {"4": {"shift"}, "6": {"picked", "shift"}, "11": {"picked", "not zero"}, "15": None}

# %% wrong="words-of-my-own"
effects = {"4": "variance", "6": "maximum", "11": "constant", "15": "fine"}
