# %% right="counting"
def relu_ops(height, width, channels, pool):
    ilya = 0
    for _top in range(0, height - pool + 1, pool):
        for _left in range(0, width - pool + 1, pool):
            ilya += channels
    return [height * width * channels, ilya]


windows = 49 * 49 * 64
relus, macs = 98 * 98 * 64, 98 * 98 * 64 * 9 * 32
less = relus - windows
saved = {
    "relu": less / relus * 100,
    "relu + pool": less / (relus + 3 * windows) * 100,
    "conv + relu + pool": less / (macs + relus + 3 * windows) * 100,
}

# %% right="measured-shapes"
def relu_ops(height, width, channels, pool):
    z = np.zeros((1, height, width, channels))
    return z.size, max_pool(z, pool).size


saved = {"relu": 75.0, "relu + pool": 42.9, "conv + relu + pool": 0.259}

# %% right="fractions"
from fractions import Fraction


def relu_ops(height, width, channels, pool):
    return np.array([height * width, int(height / pool) * int(width / pool)]) * channels


saved = {
    "relu": Fraction(300, 4),
    "relu + pool": Fraction(300, 7),
    "conv + relu + pool": 100 * Fraction(3, 4) / (288 + 1 + Fraction(3, 4)),
}

# %% right="formula"
import math


def relu_ops(height, width, channels, pool):
    floor = [math.floor(side / pool) for side in (height, width)]
    return (height * width * channels, math.prod(floor) * channels)


per_output = {"conv": 9 * 32, "relu": 1, "pool": 3 / 4}
saved = {
    "relu": 75,
    "relu + pool": 75 / (1 + 3 / 4),
    "conv + relu + pool": 75 / sum(per_output.values()),
}

# %% wrong="k-squared"
def relu_ops(height, width, channels, pool):
    return height * width * channels, height * width * channels / pool**2


saved = {"relu": 75, "relu + pool": 300 / 7, "conv + relu + pool": 0.2588}

# %% wrong="ceil"
def relu_ops(height, width, channels, pool):
    return height * width * channels, -(-height // pool) * -(-width // pool) * channels


saved = {"relu": 75, "relu + pool": 300 / 7, "conv + relu + pool": 0.2588}

# %% wrong="nearest"
def relu_ops(height, width, channels, pool):
    return height * width * channels, round(height / pool) * round(width / pool) * channels


saved = {"relu": 75, "relu + pool": 42.857, "conv + relu + pool": 0.2588}

# %% wrong="channels-forgotten"
def relu_ops(height, width, channels, pool):
    return height * width, (height // pool) * (width // pool)


saved = {"relu": 75, "relu + pool": 300 / 7, "conv + relu + pool": 0.2588}

# %% wrong="floor-at-the-end"
def relu_ops(height, width, channels, pool):
    return height * width * channels, height * width // pool**2 * channels


saved = {"relu": 75, "relu + pool": 300 / 7, "conv + relu + pool": 0.2588}

# %% wrong="swapped"
def relu_ops(height, width, channels, pool):
    return (height // pool) * (width // pool) * channels, height * width * channels


saved = {"relu": 75, "relu + pool": 300 / 7, "conv + relu + pool": 0.2588}

# %% wrong="before-the-convolution"
def relu_ops(height, width, channels, pool):
    return (height - 2) * (width - 2) * channels, (height - 2) // pool * ((width - 2) // pool) * channels


saved = {"relu": 75, "relu + pool": 300 / 7, "conv + relu + pool": 0.2588}

# %% wrong="whole-window"
def relu_ops(height, width, channels, pool):
    return height * width * channels, (height // pool) * (width // pool) * channels * pool**2


saved = {"relu": 75, "relu + pool": 300 / 7, "conv + relu + pool": 0.2588}

# %% wrong="ratio"
def relu_ops(height, width, channels, pool):
    return height * width / ((height // pool) * (width // pool))


saved = {"relu": 75, "relu + pool": 300 / 7, "conv + relu + pool": 0.2588}

# %% wrong="times-four"
def relu_ops(height, width, channels, pool):
    return height * width * channels, (height // pool) * (width // pool) * channels


saved = {"relu": 4, "relu + pool": 7 / 4, "conv + relu + pool": 1.0026}

# %% wrong="shares"
def relu_ops(height, width, channels, pool):
    return height * width * channels, (height // pool) * (width // pool) * channels


saved = {"relu": 0.75, "relu + pool": 0.4286, "conv + relu + pool": 0.002588}

# %% wrong="flops"
def relu_ops(height, width, channels, pool):
    return height * width * channels, (height // pool) * (width // pool) * channels


saved = {"relu": 75, "relu + pool": 42.857, "conv + relu + pool": 0.1298}

# %% wrong="rounded"
def relu_ops(height, width, channels, pool):
    return height * width * channels, (height // pool) * (width // pool) * channels


saved = {"relu": 75, "relu + pool": 43, "conv + relu + pool": 0.26}

# %% wrong="four-comparisons"
def relu_ops(height, width, channels, pool):
    return height * width * channels, (height // pool) * (width // pool) * channels


saved = {"relu": 75, "relu + pool": 37.5, "conv + relu + pool": 0.2586}

# %% wrong="pool-is-free"
def relu_ops(height, width, channels, pool):
    return height * width * channels, (height // pool) * (width // pool) * channels


saved = {"relu": 75, "relu + pool": 75, "conv + relu + pool": 0.2595}

# %% wrong="one-channel"
def relu_ops(height, width, channels, pool):
    return height * width * channels, (height // pool) * (width // pool) * channels


saved = {"relu": 75, "relu + pool": 42.857, "conv + relu + pool": 6.977}

# %% wrong="what-is-left"
def relu_ops(height, width, channels, pool):
    return height * width * channels, (height // pool) * (width // pool) * channels


saved = {"relu": 25, "relu + pool": 57.143, "conv + relu + pool": 99.741}
