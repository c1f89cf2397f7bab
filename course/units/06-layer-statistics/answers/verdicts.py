# %% right="words-in-russian"
verdicts = {1: "верно", 2: "неверно", 3: "верно", 4: "открыт", 5: "открыт", 6: "неверно", 7: "неверно", 8: "верно"}

# %% right="booleans"
verdicts = {1: True, 2: False, 3: True, 4: "open", 5: "open", 6: False, 7: False, 8: True}

# %% right="enumerated"
words = ["stands", "falls", "stands", "open", "open", "falls", "falls", "stands"]
verdicts = dict(enumerate(words, start=1))

# %% right="by-word"
verdicts = {}
for word, numbers in {"stands": (1, 3, 8), "falls": (2, 6, 7), "open": (4, 5)}.items():
    for number in numbers:
        verdicts[number] = word.upper()

# %% wrong="believes-misha"
verdicts = dict.fromkeys(range(1, 9), "stands")

# %% wrong="believes-nobody"
verdicts = dict.fromkeys(range(1, 9), "falls")

# %% wrong="first-layers-useless"
verdicts = {1: "stands", 2: "falls", 3: "stands", 4: "open", 5: "open", 6: "stands", 7: "falls", 8: "stands"}

# %% wrong="norm-spoils"
verdicts = {1: "stands", 2: "falls", 3: "stands", 4: "open", 5: "open", 6: "falls", 7: "stands", 8: "stands"}

# %% wrong="dropout-lowers"
verdicts = {1: "falls", 2: "falls", 3: "stands", 4: "open", 5: "open", 6: "falls", 7: "falls", 8: "stands"}

# %% wrong="norm-3-broken"
verdicts = {1: "stands", 2: "stands", 3: "stands", 4: "open", 5: "open", 6: "falls", 7: "falls", 8: "stands"}

# %% wrong="first-norm-needed"
verdicts = {1: "stands", 2: "falls", 3: "stands", 4: "open", 5: "stands", 6: "falls", 7: "falls", 8: "stands"}

# %% wrong="without-it-better"
verdicts = {1: "stands", 2: "falls", 3: "stands", 4: "stands", 5: "open", 6: "falls", 7: "falls", 8: "stands"}

# %% wrong="everything-open"
verdicts = dict.fromkeys(range(1, 9), "open")

# %% wrong="unfinished"
verdicts = {1: "stands", 2: "falls", 3: "stands", 4: None, 5: "open", 6: "falls", 7: "falls", 8: "stands"}

# %% right="keys-as-text"
verdicts = dict(zip("12345678", ["stands", "falls", "stands", "open", "open", "falls", "falls", "stands"]))
