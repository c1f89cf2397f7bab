# %% right="lists"
swaps = {"1-2": ["training", "inference"], "2-3": ["inference", "training"], "3-4": [], "4-5": ["inference"], "5-6": ["inference", "training"]}

# %% right="tuples-and-strings"
swaps = {"1-2": ("inference", "training"), "2-3": ("inference", "training"), "3-4": (), "4-5": "inference", "5-6": ("training", "inference")}

# %% right="measured"
swaps = {}
for pair, (a, b) in unseen.stack(STACK_SEED).pairs.items():
    swaps[pair] = set()
    for mode in unseen.MODES:
        one, other = unseen.swapped(a, b, mode)
        z = np.random.default_rng(0).normal(-1.5, 2, (4, 8, 8, 3)).astype("float32")
        left, right = np.asarray(one(z)), np.asarray(other(z))
        if left.shape == right.shape and np.abs(left - right).max() < 1e-4:
            swaps[pair].add(mode)

# %% right="built-up"
both = frozenset({"inference", "training"})
swaps = {f"{i}-{i + 1}": both for i in range(1, 6)}
swaps["3-4"] = frozenset()
swaps["4-5"] = both - {"training"}

# %% wrong="everything"
swaps = {"1-2": {"inference", "training"}, "2-3": {"inference", "training"}, "3-4": {"inference", "training"}, "4-5": {"inference", "training"}, "5-6": {"inference", "training"}}

# %% wrong="nothing"
swaps = {"1-2": set(), "2-3": set(), "3-4": set(), "4-5": set(), "5-6": set()}

# %% wrong="gamma-ignored"
swaps = {"1-2": {"inference", "training"}, "2-3": {"inference", "training"}, "3-4": {"inference"}, "4-5": {"inference"}, "5-6": {"inference", "training"}}

# %% wrong="batch-statistics-forgotten"
swaps = {"1-2": {"inference", "training"}, "2-3": {"inference", "training"}, "3-4": set(), "4-5": {"inference", "training"}, "5-6": {"inference", "training"}}

# %% wrong="dropout-never-in-training"
swaps = {"1-2": {"inference"}, "2-3": {"inference", "training"}, "3-4": set(), "4-5": {"inference"}, "5-6": {"inference"}}

# %% wrong="whole-channels-ignored"
swaps = {"1-2": {"inference", "training"}, "2-3": {"inference", "training"}, "3-4": set(), "4-5": {"inference"}, "5-6": {"inference"}}

# %% wrong="norm-never"
swaps = {"1-2": {"inference", "training"}, "2-3": {"inference", "training"}, "3-4": set(), "4-5": set(), "5-6": {"inference", "training"}}

# %% wrong="modes-turned-round"
swaps = {"1-2": {"inference", "training"}, "2-3": {"inference", "training"}, "3-4": set(), "4-5": {"training"}, "5-6": {"inference", "training"}}

# %% wrong="words-of-my-own"
swaps = {"1-2": "both", "2-3": "both", "3-4": "", "4-5": "inference", "5-6": "both"}

# %% wrong="unfinished"
swaps = {"1-2": {"inference", "training"}, "2-3": {"inference", "training"}, "3-4": None, "4-5": {"inference"}, "5-6": {"inference", "training"}}
