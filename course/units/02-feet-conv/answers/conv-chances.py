# %% right="loop"
import math


def effective_units(p):
    entropy = 0.0
    for v in p:
        if v:
            entropy -= v * math.log(v)
    return math.exp(entropy)


comes_out = dict(zip("abcdefghi", [">80", "<5", "16.1", "0", "nan", "2.3", "1", "!=1", "0"]))


# %% right="perplexity"
def effective_units(p):
    bits = -sum(v * np.log2(v) for v in np.asarray(p) if v > 0)
    return 2.0**bits


comes_out = {
    "a": "> 80",
    "b": "< 5",
    "c": 16.1,
    "d": 0,
    "e": "NaN",
    "f": 2.3,
    "g": 1,
    "h": "≠1",
    "i": 0,
}


# %% right="product"
def effective_units(p):
    p = np.asarray(p, float)
    return np.prod(np.where(p > 0, p, 1.0) ** -p)


comes_out = {
    "a": ">80",
    "b": "<5",
    "c": "16.118",
    "d": "0.0",
    "e": "nan",
    "f": "ln 10",
    "g": "1.0",
    "h": "!= 1",
    "i": 0.0,
}


# %% right="scipy"
from scipy.stats import entropy

effective_units = lambda p: np.exp(entropy(p))
comes_out = {
    "a": ">80",
    "b": "<5",
    "c": "16,1",
    "d": "0",
    "e": "nan",
    "f": "2,3",
    "g": "1",
    "h": "≠ 1",
    "i": "0",
}


# %% wrong="infinite"
def effective_units(p):
    p = np.asarray(p)[np.asarray(p) > 0]
    return np.exp(-np.sum(p * np.log(p)))


comes_out = dict(zip("abcdefghi", [">80", "<5", "inf", "0", "inf", "inf", "1", "!=1", "0"]))


# %% wrong="arg-max"
def effective_units(p):
    p = np.asarray(p)[np.asarray(p) > 0]
    return np.exp(-np.sum(p * np.log(p)))


comes_out = dict(zip("abcdefghi", ["<5", "<5", "16.1", "0", "nan", "2.3", "1", "!=1", "0"]))


# %% wrong="heads-differ"
def effective_units(p):
    p = np.asarray(p)[np.asarray(p) > 0]
    return np.exp(-np.sum(p * np.log(p)))


comes_out = dict(zip("abcdefghi", [">80", "<5", "16.1", "0", "nan", "2.3", "1", "!=1", ">0.01"]))


# %% wrong="drops-at-inference"
def effective_units(p):
    p = np.asarray(p)[np.asarray(p) > 0]
    return np.exp(-np.sum(p * np.log(p)))


comes_out = dict(zip("abcdefghi", [">80", "<5", "16.1", "0", "nan", "2.3", "!=1", "!=1", "0"]))


# %% wrong="other-word"
def effective_units(p):
    p = np.asarray(p)[np.asarray(p) > 0]
    return np.exp(-np.sum(p * np.log(p)))


comes_out = dict(zip("abcdefghi", ["99", "<5", "16.1", "0", "nan", "2.3", "1", "!=1", "0"]))


# %% wrong="bits"
def effective_units(p):
    p = np.asarray(p)[np.asarray(p) > 0]
    return np.exp(-np.sum(p * np.log2(p)))


comes_out = dict(zip("abcdefghi", [">80", "<5", "16.1", "0", "nan", "2.3", "1", "!=1", "0"]))


# %% wrong="zero-log"
def effective_units(p):
    p = np.asarray(p)
    return np.exp(-np.sum(p * np.log(p)))


comes_out = dict(zip("abcdefghi", [">80", "<5", "16.1", "0", "nan", "2.3", "1", "!=1", "0"]))


# %% wrong="largest"
def effective_units(p):
    return 1 / max(p)


comes_out = dict(zip("abcdefghi", [">80", "<5", "16.1", "0", "nan", "2.3", "1", "!=1", "0"]))


# %% wrong="simpson"
def effective_units(p):
    return 1 / sum(v * v for v in p)


comes_out = dict(zip("abcdefghi", [">80", "<5", "16.1", "0", "nan", "2.3", "1", "!=1", "0"]))


# %% wrong="entropy"
def effective_units(p):
    p = np.asarray(p)[np.asarray(p) > 0]
    return -np.sum(p * np.log(p))


comes_out = dict(zip("abcdefghi", [">80", "<5", "16.1", "0", "nan", "2.3", "1", "!=1", "0"]))
