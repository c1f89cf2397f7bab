# %% right="loop"
def fold(kernel, bias, gamma, beta, mean, variance, epsilon):
    kernel, bias = np.array(kernel), np.array(bias)
    for k in range(len(bias)):
        scale = gamma[k] / (variance[k] + epsilon) ** 0.5
        kernel[..., k] *= scale
        bias[k] = beta[k] + scale * (bias[k] - mean[k])
    return kernel, bias


one_layer = {
    "conv, bn": True,
    "conv, relu, bn": False,
    'bn, conv with padding="valid"': True,
    'bn, conv with padding="same"': False,
    "bn, dense": True,
    "dense, bn; training": False,
}

# %% right="diagonal"
def fold(kernel, bias, gamma, beta, mean, variance, epsilon):
    scale = np.diag(gamma * (variance + epsilon) ** -0.5)
    return kernel @ scale, bias @ scale + (beta - mean @ scale)


one_layer = {
    "conv, bn": "yes",
    "conv, relu, bn": "no",
    'bn, conv with padding="valid"': 'yes',
    'bn, conv with padding="same"': 'no',
    "bn, dense": "yes",
    "dense, bn; training": "no",
}

# %% right="probed"
def fold(kernel, bias, gamma, beta, mean, variance, epsilon):
    def norm(z):
        return gamma * (z - mean) / np.sqrt(variance + epsilon) + beta

    at_zero = norm(np.zeros_like(bias))
    return norm(kernel) - at_zero, norm(bias)


one_layer = {
    "conv, bn": True,
    "conv, relu, bn": False,
    'bn, conv with padding="valid"': True,
    'bn, conv with padding="same"': False,
    "bn, dense": True,
    "dense, bn; training": False,
}

# %% right="einsum"
def fold(kernel, bias, gamma, beta, mean, variance, epsilon):
    scale = gamma / np.sqrt(variance + epsilon)
    return {"kernel": np.einsum("...k,k->...k", kernel, scale), "bias": beta + scale * bias - scale * mean}


one_layer = {
    "conv, bn": 1,
    "conv, relu, bn": 0,
    'bn, conv with padding="valid"': 1,
    'bn, conv with padding="same"': 0,
    "bn, dense": 1,
    "dense, bn; training": 0,
}

# %% wrong="untouched"
def fold(kernel, bias, gamma, beta, mean, variance, epsilon):
    return kernel, bias


one_layer = {
    "conv, bn": None,
    "conv, relu, bn": None,
    'bn, conv with padding="valid"': None,
    'bn, conv with padding="same"': None,
    "bn, dense": None,
    "dense, bn; training": None,
}

# %% wrong="no-epsilon"
def fold(kernel, bias, gamma, beta, mean, variance, epsilon):
    scale = gamma / np.sqrt(variance)
    return kernel * scale, (bias - mean) * scale + beta


one_layer = {
    "conv, bn": True,
    "conv, relu, bn": False,
    'bn, conv with padding="valid"': True,
    'bn, conv with padding="same"': False,
    "bn, dense": True,
    "dense, bn; training": False,
}

# %% wrong="no-root"
def fold(kernel, bias, gamma, beta, mean, variance, epsilon):
    scale = gamma / (variance + epsilon)
    return kernel * scale, (bias - mean) * scale + beta


one_layer = {
    "conv, bn": True,
    "conv, relu, bn": False,
    'bn, conv with padding="valid"': True,
    'bn, conv with padding="same"': False,
    "bn, dense": True,
    "dense, bn; training": False,
}

# %% wrong="bias-not-scaled"
def fold(kernel, bias, gamma, beta, mean, variance, epsilon):
    scale = gamma / np.sqrt(variance + epsilon)
    return kernel * scale, bias - mean * scale + beta


one_layer = {
    "conv, bn": True,
    "conv, relu, bn": False,
    'bn, conv with padding="valid"': True,
    'bn, conv with padding="same"': False,
    "bn, dense": True,
    "dense, bn; training": False,
}

# %% wrong="bias-forgotten"
def fold(kernel, bias, gamma, beta, mean, variance, epsilon):
    scale = gamma / np.sqrt(variance + epsilon)
    return kernel * scale, beta - mean * scale


one_layer = {
    "conv, bn": True,
    "conv, relu, bn": False,
    'bn, conv with padding="valid"': True,
    'bn, conv with padding="same"': False,
    "bn, dense": True,
    "dense, bn; training": False,
}

# %% wrong="bias-kept"
def fold(kernel, bias, gamma, beta, mean, variance, epsilon):
    scale = gamma / np.sqrt(variance + epsilon)
    return kernel * scale, bias


one_layer = {
    "conv, bn": True,
    "conv, relu, bn": False,
    'bn, conv with padding="valid"': True,
    'bn, conv with padding="same"': False,
    "bn, dense": True,
    "dense, bn; training": False,
}

# %% wrong="no-beta"
def fold(kernel, bias, gamma, beta, mean, variance, epsilon):
    scale = gamma / np.sqrt(variance + epsilon)
    return kernel * scale, (bias - mean) * scale


one_layer = {
    "conv, bn": True,
    "conv, relu, bn": False,
    'bn, conv with padding="valid"': True,
    'bn, conv with padding="same"': False,
    "bn, dense": True,
    "dense, bn; training": False,
}

# %% wrong="mean-added"
def fold(kernel, bias, gamma, beta, mean, variance, epsilon):
    scale = gamma / np.sqrt(variance + epsilon)
    return kernel * scale, (bias + mean) * scale + beta


one_layer = {
    "conv, bn": True,
    "conv, relu, bn": False,
    'bn, conv with padding="valid"': True,
    'bn, conv with padding="same"': False,
    "bn, dense": True,
    "dense, bn; training": False,
}

# %% wrong="no-gamma"
def fold(kernel, bias, gamma, beta, mean, variance, epsilon):
    scale = 1 / np.sqrt(variance + epsilon)
    return kernel * scale, (bias - mean) * scale + beta


one_layer = {
    "conv, bn": True,
    "conv, relu, bn": False,
    'bn, conv with padding="valid"': True,
    'bn, conv with padding="same"': False,
    "bn, dense": True,
    "dense, bn; training": False,
}

# %% wrong="kernel-kept"
def fold(kernel, bias, gamma, beta, mean, variance, epsilon):
    scale = gamma / np.sqrt(variance + epsilon)
    return kernel, (bias - mean) * scale + beta


one_layer = {
    "conv, bn": True,
    "conv, relu, bn": False,
    'bn, conv with padding="valid"': True,
    'bn, conv with padding="same"': False,
    "bn, dense": True,
    "dense, bn; training": False,
}

# %% wrong="wrong-axis"
def fold(kernel, bias, gamma, beta, mean, variance, epsilon):
    scale = (gamma / np.sqrt(variance + epsilon))[:, None]
    return kernel * scale, (bias - mean) * scale[:, 0] + beta


one_layer = {
    "conv, bn": True,
    "conv, relu, bn": False,
    'bn, conv with padding="valid"': True,
    'bn, conv with padding="same"': False,
    "bn, dense": True,
    "dense, bn; training": False,
}

# %% wrong="padding-ignored"
def fold(kernel, bias, gamma, beta, mean, variance, epsilon):
    scale = gamma / np.sqrt(variance + epsilon)
    return kernel * scale, (bias - mean) * scale + beta


one_layer = {
    "conv, bn": True,
    "conv, relu, bn": False,
    'bn, conv with padding="valid"': True,
    'bn, conv with padding="same"': True,
    "bn, dense": True,
    "dense, bn; training": False,
}

# %% wrong="relu-ignored"
def fold(kernel, bias, gamma, beta, mean, variance, epsilon):
    scale = gamma / np.sqrt(variance + epsilon)
    return kernel * scale, (bias - mean) * scale + beta


one_layer = {
    "conv, bn": True,
    "conv, relu, bn": True,
    'bn, conv with padding="valid"': True,
    'bn, conv with padding="same"': False,
    "bn, dense": True,
    "dense, bn; training": False,
}

# %% wrong="training-too"
def fold(kernel, bias, gamma, beta, mean, variance, epsilon):
    scale = gamma / np.sqrt(variance + epsilon)
    return kernel * scale, (bias - mean) * scale + beta


one_layer = {
    "conv, bn": True,
    "conv, relu, bn": False,
    'bn, conv with padding="valid"': True,
    'bn, conv with padding="same"': False,
    "bn, dense": True,
    "dense, bn; training": True,
}

# %% wrong="only-behind"
def fold(kernel, bias, gamma, beta, mean, variance, epsilon):
    scale = gamma / np.sqrt(variance + epsilon)
    return kernel * scale, (bias - mean) * scale + beta


one_layer = {
    "conv, bn": True,
    "conv, relu, bn": False,
    'bn, conv with padding="valid"': False,
    'bn, conv with padding="same"': False,
    "bn, dense": False,
    "dense, bn; training": False,
}

# %% wrong="no-mean"
def fold(kernel, bias, gamma, beta, mean, variance, epsilon):
    scale = gamma / np.sqrt(variance + epsilon)
    return kernel * scale, bias * scale + beta


one_layer = {
    "conv, bn": True,
    "conv, relu, bn": False,
    'bn, conv with padding="valid"': True,
    'bn, conv with padding="same"': False,
    "bn, dense": True,
    "dense, bn; training": False,
}

# %% wrong="float32"
def fold(kernel, bias, gamma, beta, mean, variance, epsilon):
    scale = gamma / np.sqrt(variance + epsilon)
    scale = (gamma / np.sqrt(variance + epsilon)).astype(np.float32)
    return kernel * scale, (bias - mean) * scale + beta


one_layer = {
    "conv, bn": True,
    "conv, relu, bn": False,
    'bn, conv with padding="valid"': True,
    'bn, conv with padding="same"': False,
    "bn, dense": True,
    "dense, bn; training": False,
}
