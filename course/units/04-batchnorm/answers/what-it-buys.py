# %% right="upper-case"
reaches = {
    "relu, N(0, 0.05²), rate 0.01": "With",
    "relu, he, rate 0.01": "Both",
    "relu, he, rate 0.1": "Both",
    "relu, N(0, 0.05²), rate 2": "With",
    "relu, N(0, 5²), rate 0.01": "Neither",
    "sigmoid, N(0, 0.05²), rate 0.01": "With",
    "sigmoid, he, rate 1": "Both",
}

# %% right="russian"
reaches = {
    "relu, N(0, 0.05²), rate 0.01": "только с",
    "relu, he, rate 0.01": "обе",
    "relu, he, rate 0.1": "обе",
    "relu, N(0, 0.05²), rate 2": "только с",
    "relu, N(0, 5²), rate 0.01": "ни одна",
    "sigmoid, N(0, 0.05²), rate 0.01": "только с",
    "sigmoid, he, rate 1": "обе",
}

# %% right="zipped"
reaches = dict(
    zip(
        [
            "relu, N(0, 0.05²), rate 0.01",
            "relu, he, rate 0.01",
            "relu, he, rate 0.1",
            "relu, N(0, 0.05²), rate 2",
            "relu, N(0, 5²), rate 0.01",
            "sigmoid, N(0, 0.05²), rate 0.01",
            "sigmoid, he, rate 1",
        ],
        "with both both with neither with both".split(),
    )
)

# %% right="measured"
def _who(activation, std, rate):
    names = [
        name
        for name, place in (("with", "between"), ("without", "none"))
        if norm_by_hand.reaches(place, activation, std, rate, 1000)
    ]
    return {0: "neither", 2: "both"}.get(len(names)) or names[0]


reaches = {
    "relu, N(0, 0.05²), rate 0.01": _who("relu", 0.05, 0.01),
    "relu, he, rate 0.01": _who("relu", "he", 0.01),
    "relu, he, rate 0.1": _who("relu", "he", 0.1),
    "relu, N(0, 0.05²), rate 2": _who("relu", 0.05, 2.0),
    "relu, N(0, 5²), rate 0.01": _who("relu", 5.0, 0.01),
    "sigmoid, N(0, 0.05²), rate 0.01": _who("sigmoid", 0.05, 0.01),
    "sigmoid, he, rate 1": _who("sigmoid", "he", 1.0),
}

# %% wrong="untouched"
reaches = {
    "relu, N(0, 0.05²), rate 0.01": None,
    "relu, he, rate 0.01": None,
    "relu, he, rate 0.1": None,
    "relu, N(0, 0.05²), rate 2": None,
    "relu, N(0, 5²), rate 0.01": None,
    "sigmoid, N(0, 0.05²), rate 0.01": None,
    "sigmoid, he, rate 1": None,
}

# %% wrong="the-wiki-everywhere"
reaches = {
    "relu, N(0, 0.05²), rate 0.01": "with",
    "relu, he, rate 0.01": "with",
    "relu, he, rate 0.1": "with",
    "relu, N(0, 0.05²), rate 2": "with",
    "relu, N(0, 5²), rate 0.01": "with",
    "sigmoid, N(0, 0.05²), rate 0.01": "with",
    "sigmoid, he, rate 1": "with",
}

# %% wrong="no-difference"
reaches = {
    "relu, N(0, 0.05²), rate 0.01": "both",
    "relu, he, rate 0.01": "both",
    "relu, he, rate 0.1": "both",
    "relu, N(0, 0.05²), rate 2": "both",
    "relu, N(0, 5²), rate 0.01": "both",
    "sigmoid, N(0, 0.05²), rate 0.01": "both",
    "sigmoid, he, rate 1": "both",
}

# %% wrong="rescues-everything"
reaches = {
    "relu, N(0, 0.05²), rate 0.01": "with",
    "relu, he, rate 0.01": "both",
    "relu, he, rate 0.1": "both",
    "relu, N(0, 0.05²), rate 2": "with",
    "relu, N(0, 5²), rate 0.01": "with",
    "sigmoid, N(0, 0.05²), rate 0.01": "with",
    "sigmoid, he, rate 1": "both",
}

# %% wrong="rates-forgiven-to-all"
reaches = {
    "relu, N(0, 0.05²), rate 0.01": "with",
    "relu, he, rate 0.01": "both",
    "relu, he, rate 0.1": "both",
    "relu, N(0, 0.05²), rate 2": "both",
    "relu, N(0, 5²), rate 0.01": "neither",
    "sigmoid, N(0, 0.05²), rate 0.01": "with",
    "sigmoid, he, rate 1": "both",
}

# %% wrong="rates-forgiven-to-none"
reaches = {
    "relu, N(0, 0.05²), rate 0.01": "with",
    "relu, he, rate 0.01": "both",
    "relu, he, rate 0.1": "both",
    "relu, N(0, 0.05²), rate 2": "neither",
    "relu, N(0, 5²), rate 0.01": "neither",
    "sigmoid, N(0, 0.05²), rate 0.01": "with",
    "sigmoid, he, rate 1": "both",
}

# %% wrong="sigmoids-need-it"
reaches = {
    "relu, N(0, 0.05²), rate 0.01": "with",
    "relu, he, rate 0.01": "both",
    "relu, he, rate 0.1": "both",
    "relu, N(0, 0.05²), rate 2": "with",
    "relu, N(0, 5²), rate 0.01": "neither",
    "sigmoid, N(0, 0.05²), rate 0.01": "with",
    "sigmoid, he, rate 1": "with",
}

# %% wrong="he-is-not-enough"
reaches = {
    "relu, N(0, 0.05²), rate 0.01": "with",
    "relu, he, rate 0.01": "with",
    "relu, he, rate 0.1": "with",
    "relu, N(0, 0.05²), rate 2": "with",
    "relu, N(0, 5²), rate 0.01": "neither",
    "sigmoid, N(0, 0.05²), rate 0.01": "with",
    "sigmoid, he, rate 1": "both",
}

# %% wrong="sigmoids-hopeless"
reaches = {
    "relu, N(0, 0.05²), rate 0.01": "with",
    "relu, he, rate 0.01": "both",
    "relu, he, rate 0.1": "both",
    "relu, N(0, 0.05²), rate 2": "with",
    "relu, N(0, 5²), rate 0.01": "neither",
    "sigmoid, N(0, 0.05²), rate 0.01": "neither",
    "sigmoid, he, rate 1": "neither",
}

# %% wrong="numbers"
reaches = {
    "relu, N(0, 0.05²), rate 0.01": "400",
    "relu, he, rate 0.01": "both",
    "relu, he, rate 0.1": "both",
    "relu, N(0, 0.05²), rate 2": "with",
    "relu, N(0, 5²), rate 0.01": "neither",
    "sigmoid, N(0, 0.05²), rate 0.01": "with",
    "sigmoid, he, rate 1": "both",
}
