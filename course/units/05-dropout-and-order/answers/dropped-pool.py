# %% right="loop"
def winners(rate, size):
    chances, all_larger_fell = [], 1.0
    for _ in range(size):
        chances.append(all_larger_fell * (1 - rate))
        all_larger_fell *= rate
    chances.append(all_larger_fell)
    return chances


pooled_mean = {"Dropout, positive": "rises", "Dropout, negative": "rises", "SpatialDropout2D, positive": "stays", "SpatialDropout2D, negative": "stays"}

# %% right="numpy"
def winners(rate, size):
    powers = np.power(float(rate), np.arange(size + 1))
    return np.append(powers[:-1] - powers[1:], powers[-1])


pooled_mean = dict.fromkeys(["Dropout, positive", "Dropout, negative"], "up")
pooled_mean |= dict.fromkeys(["SpatialDropout2D, positive", "SpatialDropout2D, negative"], "same")

# %% right="every-mask"
from itertools import product


def winners(rate, size):
    chances = [0.0] * (size + 1)
    for mask in product((0, 1), repeat=size):
        first = mask.index(1) if 1 in mask else size
        chances[first] += rate ** mask.count(0) * (1 - rate) ** mask.count(1)
    return tuple(chances)


pooled_mean = {"Dropout, positive": "Rises", "Dropout, negative": "RISES", "SpatialDropout2D, positive": "Stays", "SpatialDropout2D, negative": "stays "}

# %% right="recursive-russian"
def winners(rate, size):
    if size == 0:
        return [1.0]
    return [1 - rate] + [rate * chance for chance in winners(rate, size - 1)]


pooled_mean = {"Dropout, positive": "растёт", "Dropout, negative": "растёт", "SpatialDropout2D, positive": "не меняется", "SpatialDropout2D, negative": "не меняется"}

# %% wrong="second-for-certain"
def winners(rate, size):
    return [1 - rate, rate] + [0.0] * (size - 1)


pooled_mean = {"Dropout, positive": "rises", "Dropout, negative": "rises", "SpatialDropout2D, positive": "stays", "SpatialDropout2D, negative": "stays"}

# %% wrong="rate-survives"
def winners(rate, size):
    return [1 - rate] + [0.0] * (size - 1) + [rate]


pooled_mean = {"Dropout, positive": "rises", "Dropout, negative": "rises", "SpatialDropout2D, positive": "stays", "SpatialDropout2D, negative": "stays"}

# %% wrong="off-by-one"
def winners(rate, size):
    return [rate ** (k + 1) * (1 - rate) for k in range(size)] + [rate**size]


pooled_mean = {"Dropout, positive": "rises", "Dropout, negative": "rises", "SpatialDropout2D, positive": "stays", "SpatialDropout2D, negative": "stays"}

# %% wrong="swapped"
def winners(rate, size):
    return [(1 - rate) ** k * rate for k in range(size)] + [(1 - rate) ** size]


pooled_mean = {"Dropout, positive": "rises", "Dropout, negative": "rises", "SpatialDropout2D, positive": "stays", "SpatialDropout2D, negative": "stays"}

# %% wrong="zero-forgotten"
def winners(rate, size):
    return [rate**k * (1 - rate) for k in range(size)]


pooled_mean = {"Dropout, positive": "rises", "Dropout, negative": "rises", "SpatialDropout2D, positive": "stays", "SpatialDropout2D, negative": "stays"}

# %% wrong="never-zero"
def winners(rate, size):
    return [rate**k * (1 - rate) for k in range(size)] + [0.0]


pooled_mean = {"Dropout, positive": "rises", "Dropout, negative": "rises", "SpatialDropout2D, positive": "stays", "SpatialDropout2D, negative": "stays"}

# %% wrong="binomial"
def winners(rate, size):
    from math import comb

    return [comb(size, k) * rate**k * (1 - rate) ** (size - k) for k in range(size + 1)]


pooled_mean = {"Dropout, positive": "rises", "Dropout, negative": "rises", "SpatialDropout2D, positive": "stays", "SpatialDropout2D, negative": "stays"}

# %% wrong="dropout-keeps-means"
def winners(rate, size):
    return [rate**k * (1 - rate) for k in range(size)] + [rate**size]


pooled_mean = dict.fromkeys(["Dropout, positive", "Dropout, negative", "SpatialDropout2D, positive", "SpatialDropout2D, negative"], "stays")

# %% wrong="dropout-weakens"
def winners(rate, size):
    return [rate**k * (1 - rate) for k in range(size)] + [rate**size]


pooled_mean = dict.fromkeys(["Dropout, positive", "Dropout, negative", "SpatialDropout2D, positive", "SpatialDropout2D, negative"], "falls")

# %% wrong="negative-falls"
def winners(rate, size):
    return [rate**k * (1 - rate) for k in range(size)] + [rate**size]


pooled_mean = {"Dropout, positive": "rises", "Dropout, negative": "falls", "SpatialDropout2D, positive": "stays", "SpatialDropout2D, negative": "stays"}

# %% wrong="spatial-rises-too"
def winners(rate, size):
    return [rate**k * (1 - rate) for k in range(size)] + [rate**size]


pooled_mean = dict.fromkeys(["Dropout, positive", "Dropout, negative", "SpatialDropout2D, positive", "SpatialDropout2D, negative"], "rises")
