# %% right="listed"
names = ["dropout", "norm", "pool", "conv", "flatten", "dense", "sigmoid"]
kinds = dict(zip("2345678", names))
rate = 0.397
batches = "Pure"

# %% right="computed"
first, second = unseen.report(REPORT_SEED).lines[:2]
squares = [v + m**2 for v, m in zip(first.variance, first.mean)]
after = [v + m**2 for v, m in zip(second.variance, second.mean)]
rate = np.mean([1 - a / b for a, b in zip(squares, after)])
kinds = {"2": "dropout", "3": "norm", "4": "pool", "5": "conv", "6": "flatten", "7": "dense", "8": "sigmoid"}
third = unseen.report(REPORT_SEED).lines[2]
batches = "pure" if abs(third.mean[1] - third.mean[0]) < 1e-3 else "mixed"

# %% right="by-rules"
kinds = {}
lines = unseen.report(REPORT_SEED).lines
for i, (before, now) in enumerate(zip(lines, lines[1:]), start=2):
    if now == before:
        kinds[str(i)] = "flatten"
    elif now.size == 1:
        kinds[str(i)] = "sigmoid"
    elif 4 * now.size == before.size:
        kinds[str(i)] = "pool"
    elif now.size != before.size:
        kinds[str(i)] = "dense" if "flatten" in kinds.values() else "conv"
    else:
        kinds[str(i)] = "dropout" if now.zeros > before.zeros else "norm"
rate = 0.41
batches = "pure"

# %% right="upper-case"
kinds = {"2": "Dropout", "3": "NORM", "4": "pool ", "5": "Conv", "6": "Flatten", "7": "Dense", "8": "Sigmoid"}
rate = np.float32(0.4)
batches = " pure"

# %% wrong="dropout-for-norm"
kinds = {"2": "norm", "3": "dropout", "4": "pool", "5": "conv", "6": "flatten", "7": "dense", "8": "sigmoid"}
rate = 0.4
batches = "pure"

# %% wrong="conv-for-pool"
kinds = {"2": "dropout", "3": "norm", "4": "conv", "5": "conv", "6": "flatten", "7": "dense", "8": "sigmoid"}
rate = 0.4
batches = "pure"

# %% wrong="dense-for-conv"
kinds = {"2": "dropout", "3": "norm", "4": "pool", "5": "dense", "6": "flatten", "7": "dense", "8": "sigmoid"}
rate = 0.4
batches = "pure"

# %% wrong="dropout-for-flatten"
kinds = {"2": "dropout", "3": "norm", "4": "pool", "5": "conv", "6": "dropout", "7": "dense", "8": "sigmoid"}
rate = 0.4
batches = "pure"

# %% wrong="rate-from-variances"
kinds = {"2": "dropout", "3": "norm", "4": "pool", "5": "conv", "6": "flatten", "7": "dense", "8": "sigmoid"}
rate = 0.474
batches = "pure"

# %% wrong="rate-from-zeros"
kinds = {"2": "dropout", "3": "norm", "4": "pool", "5": "conv", "6": "flatten", "7": "dense", "8": "sigmoid"}
rate = 0.17
batches = "pure"

# %% wrong="share-kept"
kinds = {"2": "dropout", "3": "norm", "4": "pool", "5": "conv", "6": "flatten", "7": "dense", "8": "sigmoid"}
rate = 0.6
batches = "pure"

# %% wrong="growth-for-rate"
kinds = {"2": "dropout", "3": "norm", "4": "pool", "5": "conv", "6": "flatten", "7": "dense", "8": "sigmoid"}
rate = 1.667
batches = "pure"

# %% wrong="mixed"
kinds = {"2": "dropout", "3": "norm", "4": "pool", "5": "conv", "6": "flatten", "7": "dense", "8": "sigmoid"}
rate = 0.4
batches = "mixed"

# %% wrong="own-words"
kinds = {"2": "dropout", "3": "batch norm", "4": "pool", "5": "conv", "6": "flatten", "7": "dense", "8": "sigmoid"}
rate = 0.4
batches = "pure"

# %% wrong="unfinished"
kinds = {"2": "dropout", "3": "norm", "4": None, "5": "conv", "6": "flatten", "7": "dense", "8": "sigmoid"}
rate = None
batches = None

# %% right="keys-as-numbers"
kinds = dict(enumerate(["dropout", "norm", "pool", "conv", "flatten", "dense", "sigmoid"], start=2))
rate = 0.4
batches = "pure"

# %% wrong="increase-for-rate"
kinds = {"2": "dropout", "3": "norm", "4": "pool", "5": "conv", "6": "flatten", "7": "dense", "8": "sigmoid"}
rate = 0.667
batches = "pure"
