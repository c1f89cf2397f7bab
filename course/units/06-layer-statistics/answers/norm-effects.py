# %% right="in-russian"
effects = {"a": "меняется", "b": "та же", "c": "та же", "d": "та же", "e": "та же", "f": "исчезает"}

# %% right="capitals"
effects = {"a": "Changes", "b": "Same", "c": " same", "d": "SAME", "e": "same", "f": "Gone"}

# %% right="built"
effects = dict.fromkeys("abcde", "same") | {"a": "changes", "f": "gone"}

# %% right="measured"
x, labels = norm_view.maps()
layer = norm_view.norm()
before = norm_view.statistics(x, labels)
after = {
    "a": norm_view.statistics(layer(x, training=False), labels)["pooled d'"],
    "b": norm_view.statistics(layer(x, training=False), labels)["Fisher"],
    "c": norm_view.statistics(layer(x, training=False), labels)["AUC"],
    "d": norm_view.statistics(layer(x, training=False), labels)["linear reader"],
    "e": norm_view.statistics(layer(x, training=True), labels)["Fisher"],
}
names = {"a": "pooled d'", "b": "Fisher", "c": "AUC", "d": "linear reader", "e": "Fisher"}
effects = {
    row: "same" if np.allclose(after[row], before[names[row]], rtol=1e-5) else "changes" for row in after
}
effects["f"] = 0

# %% wrong="spoils-everything"
effects = {"a": "changes", "b": "changes", "c": "changes", "d": "changes", "e": "changes", "f": "changes"}

# %% wrong="spoils-nothing"
effects = {"a": "same", "b": "same", "c": "same", "d": "same", "e": "same", "f": "same"}

# %% wrong="pooled-is-safe-in-inference"
effects = {"a": "same", "b": "same", "c": "same", "d": "same", "e": "same", "f": "gone"}

# %% wrong="negative-gamma-hurts"
effects = {"a": "changes", "b": "same", "c": "changes", "d": "same", "e": "same", "f": "gone"}

# %% wrong="training-is-different"
effects = {"a": "changes", "b": "same", "c": "same", "d": "same", "e": "changes", "f": "gone"}

# %% wrong="pure-only-changes"
effects = {"a": "changes", "b": "same", "c": "same", "d": "same", "e": "same", "f": "changes"}

# %% wrong="reader-suffers"
effects = {"a": "changes", "b": "same", "c": "same", "d": "changes", "e": "same", "f": "gone"}

# %% wrong="normalised-away"
effects = {"a": "gone", "b": "same", "c": "same", "d": "same", "e": "same", "f": "gone"}

# %% wrong="own-words"
effects = {"a": "worse", "b": "same", "c": "same", "d": "same", "e": "same", "f": "gone"}

# %% wrong="unfinished"
effects = {"a": "changes", "b": "same", "c": None, "d": "same", "e": "same", "f": "gone"}
