# %% right="list"
folds = {"n1": "after", "n2": "before", "n3": "neither"}
idle = ["c1", "c2"]

# %% right="other-words"
folds = {"n1": "next", "n2": "previous", "n3": "nowhere"}
idle = ("c2", "c1")

# %% right="russian"
folds = {"n1": "после", "n2": "перед", "n3": "никуда"}
idle = {"c1", "c2"}

# %% right="array"
folds = dict(zip(("n1", "n2", "n3"), ("After", "before ", "neither")))
idle = np.array(["c1", "c2"])

# %% wrong="untouched"
folds = {"n1": None, "n2": None, "n3": None}
idle = None

# %% wrong="through-the-pool"
folds = {"n1": "both", "n2": "before", "n3": "neither"}
idle = {"c1", "c2"}

# %% wrong="pool-blocks-everything"
folds = {"n1": "neither", "n2": "before", "n3": "neither"}
idle = {"c1", "c2"}

# %% wrong="padding-ignored"
folds = {"n1": "after", "n2": "both", "n3": "neither"}
idle = {"c1", "c2"}

# %% wrong="activation-ignored"
folds = {"n1": "after", "n2": "before", "n3": "before"}
idle = {"c1", "c2"}

# %% wrong="always-before"
folds = {"n1": "before", "n2": "before", "n3": "before"}
idle = {"c1", "c2"}

# %% wrong="pool-keeps-the-bias"
folds = {"n1": "after", "n2": "before", "n3": "neither"}
idle = {"c2"}

# %% wrong="every-conv"
folds = {"n1": "after", "n2": "before", "n3": "neither"}
idle = {"c1", "c2", "c3"}

# %% wrong="no-bias-is-idle"
folds = {"n1": "after", "n2": "before", "n3": "neither"}
idle = set()

# %% wrong="norms-named"
folds = {"n1": "after", "n2": "before", "n3": "neither"}
idle = {"n1", "n2"}

# %% wrong="own-words"
folds = {"n1": "after", "n2": "c2", "n3": "neither"}
idle = {"c1", "c2"}

# %% wrong="true-and-false"
folds = {"n1": "after", "n2": "before", "n3": "neither"}
idle = {"c1": True, "c2": True, "c3": False, "out": False}

# %% wrong="view"
folds = {"n1": "after", "n2": "before", "n3": "neither"}
idle = {"c1": 1, "c2": 1}.keys()
