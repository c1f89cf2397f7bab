# %% right="mirrored-signal"
def d_prime(mean_0, variance_0, mean_1, variance_1):
    return (mean_1 - mean_0) / ((variance_0 + variance_1) / 2) ** 0.5


def blind_layer(seed):
    rng = np.random.default_rng(seed)
    labels = np.arange(1000) % 2
    signal = 2 * labels - 1 + rng.normal(0, 0.1, 1000)
    return np.column_stack([signal, -signal]), labels

# %% right="noisy-neighbours"
def d_prime(mean_0, variance_0, mean_1, variance_1):
    return np.subtract(mean_1, mean_0) / np.sqrt(np.mean([variance_0, variance_1], axis=0))


def blind_layer(seed):
    rng = np.random.default_rng(seed + 1)
    labels = rng.permutation([0, 1] * 500)
    noise = rng.uniform(-1, 1, (500, 20))
    activations = np.empty((1000, 20))
    for label, sign in ((0, 1), (1, -1)):  # both classes get the same noise
        pattern = np.where(np.arange(20) < 10, sign, -sign) * 1.5
        activations[labels == label] = noise + pattern
    return activations, labels

# %% right="lists"
def d_prime(mean_0, variance_0, mean_1, variance_1):
    return (mean_1 - mean_0) * (2 / (variance_0 + variance_1)) ** 0.5


def blind_layer(seed):
    rows, labels = [], []
    for i in range(300):
        odd = (i + seed) % 2
        rows.append([3.0, 5.0] if odd else [5.0, 3.0])
        labels.append(odd)
    return rows, labels

# %% right="one-hot-and-quiet"
def d_prime(mean_0, variance_0, mean_1, variance_1):
    pooled = 0.5 * variance_0 + 0.5 * variance_1
    return -(mean_0 - mean_1) / np.sqrt(pooled)


def blind_layer(seed):
    labels = np.random.default_rng(seed).permutation(np.repeat([0, 1], 200))
    activations = np.zeros((400, 6), dtype=np.float32)
    activations[np.arange(400), 2 + labels] = 7
    return {"activations": activations, "labels": labels.tolist()}

# %% wrong="turned-round"
def d_prime(mean_0, variance_0, mean_1, variance_1):
    return (mean_0 - mean_1) / np.sqrt((variance_0 + variance_1) / 2)


def blind_layer(seed):
    labels = np.arange(400) % 2
    return np.stack([labels, 1 - labels], axis=1), labels

# %% wrong="sum-of-variances"
def d_prime(mean_0, variance_0, mean_1, variance_1):
    return (mean_1 - mean_0) / np.sqrt(variance_0 + variance_1)


def blind_layer(seed):
    labels = np.arange(400) % 2
    return np.stack([labels, 1 - labels], axis=1), labels

# %% wrong="no-root"
def d_prime(mean_0, variance_0, mean_1, variance_1):
    return (mean_1 - mean_0) / ((variance_0 + variance_1) / 2)


def blind_layer(seed):
    labels = np.arange(400) % 2
    return np.stack([labels, 1 - labels], axis=1), labels

# %% wrong="distance"
def d_prime(mean_0, variance_0, mean_1, variance_1):
    return np.abs(mean_1 - mean_0) / np.sqrt((variance_0 + variance_1) / 2)


def blind_layer(seed):
    labels = np.arange(400) % 2
    return np.stack([labels, 1 - labels], axis=1), labels

# %% wrong="mean-of-deviations"
def d_prime(mean_0, variance_0, mean_1, variance_1):
    return (mean_1 - mean_0) / ((np.sqrt(variance_0) + np.sqrt(variance_1)) / 2)


def blind_layer(seed):
    labels = np.arange(400) % 2
    return np.stack([labels, 1 - labels], axis=1), labels

# %% wrong="only-noise"
def d_prime(mean_0, variance_0, mean_1, variance_1):
    return (mean_1 - mean_0) / np.sqrt((variance_0 + variance_1) / 2)


def blind_layer(seed):
    rng = np.random.default_rng(seed)
    labels = np.arange(400) % 2
    noise = rng.normal(size=(200, 2))
    return np.repeat(noise, 2, axis=0), labels

# %% wrong="louder-class"
def d_prime(mean_0, variance_0, mean_1, variance_1):
    return (mean_1 - mean_0) / np.sqrt((variance_0 + variance_1) / 2)


def blind_layer(seed):
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(400) % 2)
    return rng.normal(size=(400, 3)) + 5 * labels[:, None], labels

# %% wrong="wider-class"
def d_prime(mean_0, variance_0, mean_1, variance_1):
    return (mean_1 - mean_0) / np.sqrt((variance_0 + variance_1) / 2)


def blind_layer(seed):
    labels = np.arange(400) % 2
    size = 1 + 2 * labels
    return np.stack([size, -size], axis=1), labels

# %% wrong="xor"
def d_prime(mean_0, variance_0, mean_1, variance_1):
    return (mean_1 - mean_0) / np.sqrt((variance_0 + variance_1) / 2)


def blind_layer(seed):
    corners = np.tile([[0, 0], [0, 1], [1, 1], [1, 0]], (100, 1))
    return corners, corners[:, 0] ^ corners[:, 1]

# %% wrong="sorted-by-class"
def d_prime(mean_0, variance_0, mean_1, variance_1):
    return (mean_1 - mean_0) / np.sqrt((variance_0 + variance_1) / 2)


def blind_layer(seed):
    labels = np.repeat([0, 1], 200)
    return np.stack([labels, 1 - labels], axis=1), labels

# %% wrong="one-neuron"
def d_prime(mean_0, variance_0, mean_1, variance_1):
    return (mean_1 - mean_0) / np.sqrt((variance_0 + variance_1) / 2)


def blind_layer(seed):
    labels = np.arange(400) % 2
    return 1.0 * labels, labels

# %% wrong="labels-forgotten"
def d_prime(mean_0, variance_0, mean_1, variance_1):
    return (mean_1 - mean_0) / np.sqrt((variance_0 + variance_1) / 2)


def blind_layer(seed):
    labels = np.arange(400) % 2
    return np.stack([labels, 1 - labels], axis=1)

# %% wrong="plus-minus-labels"
def d_prime(mean_0, variance_0, mean_1, variance_1):
    return (mean_1 - mean_0) / np.sqrt((variance_0 + variance_1) / 2)


def blind_layer(seed):
    labels = 2 * (np.arange(400) % 2) - 1
    return np.stack([labels, -labels], axis=1), labels

# %% wrong="untouched"
def d_prime(mean_0, variance_0, mean_1, variance_1):
    return None


def blind_layer(seed):
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(400) % 2)
    return rng.normal(size=(400, 2)), labels

# %% wrong="numbers-only"
import math


def d_prime(mean_0, variance_0, mean_1, variance_1):
    return (mean_1 - mean_0) / math.sqrt((variance_0 + variance_1) / 2)


def blind_layer(seed):
    labels = np.arange(400) % 2
    return np.stack([labels, 1 - labels], axis=1), labels

# %% wrong="lucky-seeds"
def d_prime(mean_0, variance_0, mean_1, variance_1):
    return (mean_1 - mean_0) / np.sqrt((variance_0 + variance_1) / 2)


def blind_layer(seed):
    labels = np.random.default_rng(seed).integers(0, 2, 200)
    return np.stack([labels, 1 - labels], axis=1), labels
