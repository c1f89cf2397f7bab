# %% right="lists"
differ = {"relu": [], "gelu": ["c"]}

# %% right="a-letter-and-tuples"
differ = {"relu": (), "gelu": "c"}

# %% right="empty-braces"
differ = dict(gelu=frozenset("C"), relu={})

# %% right="measured"
differ = {}
for name in first_steps.ACTIVATIONS:
    f = first_steps.activation(name)
    gap = first_steps.max_pool(f(first_steps.Z)) - f(first_steps.max_pool(first_steps.Z))
    differ[name] = {w for w, place in first_steps.WINDOWS.items() if abs(gap[place]) > 1e-6}

# %% wrong="all-negative"
differ = {"relu": set(), "gelu": {"b", "c"}}

# %% wrong="nowhere"
differ = {"relu": set(), "gelu": set()}

# %% wrong="everywhere"
differ = {"relu": set(), "gelu": {"a", "b", "c", "d"}}

# %% wrong="no-positive-number"
differ = {"relu": set(), "gelu": {"b", "c", "d"}}

# %% wrong="relu-cuts"
differ = {"relu": {"b", "c"}, "gelu": {"c"}}

# %% wrong="turned-round"
differ = {"relu": set(), "gelu": {"a", "b", "d"}}

# %% wrong="fifth-window"
differ = {"relu": set(), "gelu": {"e"}}

# %% wrong="relu-flattens"
differ = {"relu": {"b", "c", "d"}, "gelu": {"c"}}

# %% wrong="unfinished"
differ = {"relu": set(), "gelu": None}
