# %% right="loops"
def out_size(size, window, stride=1, padding="valid"):
    starts = range(0, size, stride)
    if padding == "same":
        return len(starts)
    return sum(1 for start in starts if start + window <= size)


def conv_cost(size, channels, filters, kernel, padding="valid"):
    side = size if padding == "same" else size - kernel + 1
    return filters * (kernel**2 * channels + 1), side**2 * kernel**2 * channels * filters


builds = dict.fromkeys(["k5 p3", "k3 p3", "k2 p3", "k5 p3-same", "k5 p3 i240"], False)
builds.update({row: True for row in ["k5-same p3", "k5 p2", "k5 p3 n3", "k5 p3 i241", "k3 p10 n1 i47"]})
counts = dict(a=10, b=8, c=18, d=27, e=100, f=False, g=2)


# %% right="keras"
def out_size(size, window, stride=1, padding="valid"):
    layer = layers.AveragePooling2D(window, strides=stride, padding=padding)
    try:
        return max(0, layer.compute_output_shape((1, size, size, 1))[1])
    except ValueError:
        return 0


def conv_cost(size, channels, filters, kernel, padding="valid"):
    layer = layers.Conv2D(filters, kernel, padding=padding)
    layer.build((None, size, size, channels))
    h, w = layer.compute_output_shape((1, size, size, channels))[1:3]
    return [layer.count_params(), h * w * int(np.prod(layer.kernel.shape))]


builds = {
    "k5 p3": "no",
    "k3 p3": "no",
    "k2 p3": "no",
    "k5-same p3": "yes",
    "k5 p3-same": "no",
    "k5 p2": "yes",
    "k5 p3 n3": "yes",
    "k5 p3 i240": "no",
    "k5 p3 i241": "yes",
    "k3 p10 n1 i47": "yes",
}
counts = {"a": 10.0, "b": 8.0, "c": 18.0, "d": 27, "e": 100, "f": "no", "g": 2}


# %% right="numpy"
def out_size(size, window, stride=1, padding="valid"):
    free = size if padding == "same" else size - window + 1
    return np.maximum(np.ceil(free / stride), 0)


def conv_cost(size, channels, filters, kernel, padding="valid"):
    weights = np.prod([kernel, kernel, channels, filters])
    return np.array([weights + filters, weights * out_size(size, kernel, 1, padding) ** 2])


builds = {row: plan.builds for row, plan in conv_truth.PLANS.items()}
counts = {"a": [10], "b": 8, "c": 18, "d": 27, "e": 100, "f": 0, "g": 2}


# %% right="russian"
def out_size(size, window, stride=1, padding="valid"):
    if padding == "valid" and window > size:
        return 0
    return 1 + ((size - 1) if padding == "same" else (size - window)) // stride


conv_cost = lambda size, channels, filters, kernel, padding="valid": (
    filters + kernel * kernel * channels * filters,
    kernel * kernel * channels * filters * out_size(size, kernel, 1, padding) ** 2,
)
builds = {
    "k5 p3": "нет",
    "k3 p3": "нет",
    "k2 p3": "нет",
    "k5-same p3": "да",
    "k5 p3-same": "нет",
    "k5 p2": "да",
    "k5 p3 n3": "да",
    "k5 p3 i240": "нет",
    "k5 p3 i241": "да",
    "k3 p10 n1 i47": "да",
}
counts = {"a": 10, "b": 8, "c": 18, "d": 27, "e": 100, "f": "нет", "g": 2}


# %% wrong="ceiling"
import math


def out_size(size, window, stride=1, padding="valid"):
    if padding == "same":
        return math.ceil(size / stride)
    return max(math.ceil((size - window) / stride) + 1, 0)


def conv_cost(size, channels, filters, kernel, padding="valid"):
    side = size if padding == "same" else size - kernel + 1
    return filters * (kernel**2 * channels + 1), side**2 * kernel**2 * channels * filters


builds = {row: plan.builds for row, plan in conv_truth.PLANS.items()}
counts = dict(a=10, b=8, c=18, d=27, e=100, f=False, g=2)


# %% wrong="same-keeps"
def out_size(size, window, stride=1, padding="valid"):
    return size if padding == "same" else max((size - window) // stride + 1, 0)


def conv_cost(size, channels, filters, kernel, padding="valid"):
    side = size if padding == "same" else size - kernel + 1
    return filters * (kernel**2 * channels + 1), side**2 * kernel**2 * channels * filters


builds = {row: plan.builds for row, plan in conv_truth.PLANS.items()}
counts = dict(a=10, b=8, c=18, d=27, e=100, f=False, g=2)


# %% wrong="below-zero"
def out_size(size, window, stride=1, padding="valid"):
    return -(-size // stride) if padding == "same" else (size - window) // stride + 1


def conv_cost(size, channels, filters, kernel, padding="valid"):
    side = size if padding == "same" else size - kernel + 1
    return filters * (kernel**2 * channels + 1), side**2 * kernel**2 * channels * filters


builds = {row: plan.builds for row, plan in conv_truth.PLANS.items()}
counts = dict(a=10, b=8, c=18, d=27, e=100, f=False, g=2)


# %% wrong="small-kernels-repair"
def out_size(size, window, stride=1, padding="valid"):
    return -(-size // stride) if padding == "same" else max((size - window) // stride + 1, 0)


def conv_cost(size, channels, filters, kernel, padding="valid"):
    side = size if padding == "same" else size - kernel + 1
    return filters * (kernel**2 * channels + 1), side**2 * kernel**2 * channels * filters


builds = {row: plan.builds for row, plan in conv_truth.PLANS.items()} | {"k3 p3": True, "k2 p3": True}
counts = dict(a=10, b=8, c=18, d=27, e=100, f=False, g=2)


# %% wrong="big-pool-vanishes"
def out_size(size, window, stride=1, padding="valid"):
    return -(-size // stride) if padding == "same" else max((size - window) // stride + 1, 0)


def conv_cost(size, channels, filters, kernel, padding="valid"):
    side = size if padding == "same" else size - kernel + 1
    return filters * (kernel**2 * channels + 1), side**2 * kernel**2 * channels * filters


builds = {row: plan.builds for row, plan in conv_truth.PLANS.items()} | {"k3 p10 n1 i47": False}
counts = dict(a=10, b=8, c=18, d=27, e=100, f=False, g=2)


# %% wrong="no-bias"
def out_size(size, window, stride=1, padding="valid"):
    return -(-size // stride) if padding == "same" else max((size - window) // stride + 1, 0)


def conv_cost(size, channels, filters, kernel, padding="valid"):
    side = size if padding == "same" else size - kernel + 1
    weights = kernel**2 * channels * filters
    return weights, side**2 * weights


builds = {row: plan.builds for row, plan in conv_truth.PLANS.items()}
counts = dict(a=10, b=8, c=18, d=27, e=100, f=False, g=2)


# %% wrong="input-pixels"
def out_size(size, window, stride=1, padding="valid"):
    return -(-size // stride) if padding == "same" else max((size - window) // stride + 1, 0)


def conv_cost(size, channels, filters, kernel, padding="valid"):
    weights = kernel**2 * channels * filters
    return weights + filters, size**2 * weights


builds = {row: plan.builds for row, plan in conv_truth.PLANS.items()}
counts = dict(a=10, b=8, c=18, d=27, e=100, f=False, g=2)


# %% wrong="one-channel"
def out_size(size, window, stride=1, padding="valid"):
    return -(-size // stride) if padding == "same" else max((size - window) // stride + 1, 0)


def conv_cost(size, channels, filters, kernel, padding="valid"):
    side = size if padding == "same" else size - kernel + 1
    return kernel**2 * filters + filters, side**2 * kernel**2 * filters


builds = {row: plan.builds for row, plan in conv_truth.PLANS.items()}
counts = dict(a=10, b=8, c=18, d=27, e=100, f=False, g=2)


# %% wrong="smaller-is-cheaper"
def out_size(size, window, stride=1, padding="valid"):
    return -(-size // stride) if padding == "same" else max((size - window) // stride + 1, 0)


def conv_cost(size, channels, filters, kernel, padding="valid"):
    side = size if padding == "same" else size - kernel + 1
    return filters * (kernel**2 * channels + 1), side**2 * kernel**2 * channels * filters


builds = {row: plan.builds for row, plan in conv_truth.PLANS.items()}
counts = dict(a=10, b=8, c=18, d=27, e=100, f=True, g=1)


# %% wrong="rank-is-filters"
def out_size(size, window, stride=1, padding="valid"):
    return -(-size // stride) if padding == "same" else max((size - window) // stride + 1, 0)


def conv_cost(size, channels, filters, kernel, padding="valid"):
    side = size if padding == "same" else size - kernel + 1
    return filters * (kernel**2 * channels + 1), side**2 * kernel**2 * channels * filters


builds = {row: plan.builds for row, plan in conv_truth.PLANS.items()}
counts = dict(a=10, b=6, c=10, d=512, e=512, f=False, g=2)
