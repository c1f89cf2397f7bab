# %% right="by-moments"
def norm_variance(gamma, beta, live):
    variance = np.where(live, gamma, 0) ** 2
    square = variance + beta**2
    return square.mean() - beta.mean() ** 2


explained = {"live": 17 / 100, "gamma": -np.sqrt(17 / 100) * -1}

# %% right="loop"
def norm_variance(gamma, beta, live):
    within, middle = 0, sum(beta) / len(beta)
    for g, b, alive in zip(gamma, beta, live):
        within += (g * g if alive else 0) + (b - middle) ** 2
    return within / len(gamma)


explained = {"live": 0.17, "gamma": 0.412}

# %% right="simulated-channels"
def norm_variance(gamma, beta, live):
    # Two values a channel, one deviation above and one below: any distribution would do.
    sizes = gamma * live
    return np.concatenate([beta + sizes, beta - sizes]).var()


explained = {"live": 0.1701, "gamma": 0.1701**0.5}

# %% right="from-the-table"
def norm_variance(gamma, beta, live):
    return float((live * gamma * gamma).sum() / live.size + beta.var())


row = TABLE["batch norm 3"]
explained = {"live": sum(row.variance) / 2, "gamma": (sum(row.variance) / 2) ** 0.5}

# %% wrong="gamma-not-squared"
def norm_variance(gamma, beta, live):
    return np.mean(live * gamma) + np.var(beta)


explained = {"live": 0.17, "gamma": 0.412}

# %% wrong="everybody-lives"
def norm_variance(gamma, beta, live):
    return np.mean(gamma**2) + np.var(beta)


explained = {"live": 0.17, "gamma": 0.412}

# %% wrong="dead-left-out"
def norm_variance(gamma, beta, live):
    return np.mean(gamma[live] ** 2) + np.var(beta)


explained = {"live": 0.17, "gamma": 0.412}

# %% wrong="beta-forgotten"
def norm_variance(gamma, beta, live):
    return np.mean(live * gamma**2)


explained = {"live": 0.17, "gamma": 0.412}

# %% wrong="beta-about-zero"
def norm_variance(gamma, beta, live):
    return np.mean(live * gamma**2) + np.mean(beta**2)


explained = {"live": 0.17, "gamma": 0.412}

# %% wrong="always-one"
def norm_variance(gamma, beta, live):
    return 1.0


explained = {"live": 0.17, "gamma": 0.412}

# %% wrong="deviation"
def norm_variance(gamma, beta, live):
    return np.sqrt(np.mean(live * gamma**2) + np.var(beta))


explained = {"live": 0.17, "gamma": 0.412}

# %% wrong="unbiased-betas"
def norm_variance(gamma, beta, live):
    return np.mean(live * gamma**2) + np.var(beta, ddof=1)


explained = {"live": 0.17, "gamma": 0.412}

# %% wrong="root-forgotten"
def norm_variance(gamma, beta, live):
    return np.mean(live * gamma**2) + np.var(beta)


explained = {"live": 0.17, "gamma": 0.17}

# %% wrong="share-of-the-dead"
def norm_variance(gamma, beta, live):
    return np.mean(live * gamma**2) + np.var(beta)


explained = {"live": 0.83, "gamma": 0.412}

# %% wrong="percent"
def norm_variance(gamma, beta, live):
    return np.mean(live * gamma**2) + np.var(beta)


explained = {"live": 17, "gamma": 0.412}

# %% wrong="swapped"
def norm_variance(gamma, beta, live):
    return np.mean(live * gamma**2) + np.var(beta)


explained = {"live": 0.412, "gamma": 0.17}

# %% wrong="live-alone"
def norm_variance(gamma, beta, live):
    return np.mean(gamma[live] ** 2) + np.var(beta[live])


explained = {"live": 0.17, "gamma": 0.412}

# %% wrong="dead-at-zero"
def norm_variance(gamma, beta, live):
    return np.mean((live * gamma) ** 2) + np.var(live * beta)


explained = {"live": 0.17, "gamma": 0.412}

# %% wrong="negative"
def norm_variance(gamma, beta, live):
    return np.mean((live * gamma) ** 2) + np.var(beta)


explained = {"live": 0.17, "gamma": -0.412}
