# %% right="welford"
def summary(batch):
    made = {"n": 0, "mean": [0.0] * np.shape(batch)[1], "m2": [0.0] * np.shape(batch)[1]}
    for row in batch:
        made["n"] += 1
        for j, value in enumerate(row):
            before = float(value) - made["mean"][j]
            made["mean"][j] += before / made["n"]
            made["m2"][j] += before * (float(value) - made["mean"][j])
    return made


def merge(one, other):
    if not other["n"]:
        return one
    n = one["n"] + other["n"]
    for j, (a, b) in enumerate(zip(one["mean"], other["mean"])):
        one["m2"][j] += other["m2"][j] + (b - a) ** 2 * one["n"] * other["n"] / n
        one["mean"][j] += (b - a) * other["n"] / n
    one["n"] = n
    return one


def moments(summary):
    return summary["mean"], [m2 / (summary["n"] - 1) for m2 in summary["m2"]]

# %% right="numpy-var"
def summary(batch):
    if len(batch) == 0:
        return None
    batch = np.float64(batch)
    return [len(batch), batch.mean(0), batch.var(0)]


def merge(one, other):
    if one is None or other is None:
        return one if other is None else other
    n, k = one[0], other[0]
    mean = (n * one[1] + k * other[1]) / (n + k)
    variance = (n * one[2] + k * other[2]) / (n + k) + n * k / (n + k) ** 2 * (one[1] - other[1]) ** 2
    return [n + k, mean, variance]


def moments(summary):
    n, mean, variance = summary
    return mean, variance * n / (n - 1)

# %% right="shifted-sums"
def summary(batch):
    batch = np.asarray(batch, dtype="float64")
    shift = batch[0] if len(batch) else np.zeros(batch.shape[1])
    rest = batch - shift
    return np.stack([np.full(batch.shape[1], float(len(batch))), shift, rest.sum(0), (rest**2).sum(0)])


def merge(one, other):
    if one[0, 0] == 0:
        return other
    n, shift, s, q = other
    move = shift - one[1]  # the other one's sums, about the first one's shift
    return np.stack([one[0] + n, one[1], one[2] + s + n * move, one[3] + q + 2 * move * s + n * move**2])


def moments(summary):
    n, shift, s, q = summary
    return {"mean": shift + s / n, "variance": (q - s**2 / n) / (n - 1)}

# %% right="lab-class"
def summary(batch):
    made = statistics.RunningMoments.of(batch)
    return {"count": made.count, "mean": np.nan_to_num(made.mean), "m2": made.m2}


def merge(one, other):
    one, other = (statistics.RunningMoments(np.shape(s["m2"]), **s) for s in (one, other))
    made = one.merge(other)
    return {"count": made.count, "mean": np.nan_to_num(made.mean), "m2": made.m2}


def moments(summary):
    made = statistics.RunningMoments(np.shape(summary["m2"]), **summary)
    return made.mean, made.variance

# %% right="tensorflow"
import tensorflow as tf


def summary(batch):
    batch = tf.cast(batch, tf.float64)
    n = tf.cast(tf.shape(batch)[0], tf.float64)
    mean = tf.math.divide_no_nan(tf.reduce_sum(batch, 0), n)
    return n, mean, tf.reduce_sum((batch - mean) ** 2, 0)


def merge(one, other):
    (n, mean, m2), (k, mean_k, m2_k) = one, other
    apart = mean_k - mean
    share = tf.math.divide_no_nan(tf.cast(k, tf.float64), tf.cast(n + k, tf.float64))
    return n + k, mean + apart * share, m2 + m2_k + apart**2 * n * share


def moments(summary):
    n, mean, m2 = summary
    return mean, m2 / (n - 1)

# %% wrong="sums-of-squares"
def summary(batch):
    batch = np.asarray(batch, np.float64)
    return len(batch), batch.sum(axis=0), (batch**2).sum(axis=0)


def merge(one, other):
    return tuple(a + b for a, b in zip(one, other))


def moments(summary):
    n, s, q = summary
    return s / n, (q - s**2 / n) / (n - 1)

# %% wrong="single-precision"
def summary(batch):
    batch = np.asarray(batch, np.float32)
    return len(batch), batch.sum(axis=0), (batch**2).sum(axis=0)


def merge(one, other):
    return tuple(a + b for a, b in zip(one, other))


def moments(summary):
    n, s, q = summary
    return s / n, (q - s**2 / n) / np.float32(n - 1)

# %% wrong="biased"
def summary(batch):
    batch = np.asarray(batch, np.float64)
    mean = batch.sum(axis=0) / max(len(batch), 1)
    return len(batch), mean, ((batch - mean) ** 2).sum(axis=0)


def merge(one, other):
    (n, mean, m2), (k, mean_k, m2_k) = one, other
    apart, total = mean_k - mean, max(n + k, 1)
    return n + k, mean + apart * k / total, m2 + m2_k + apart**2 * n * k / total


def moments(summary):
    n, mean, m2 = summary
    return mean, m2 / n

# %% wrong="average-of-variances"
def summary(batch):
    batch = np.asarray(batch, np.float64)
    n = len(batch)
    mean = batch.sum(axis=0) / max(n, 1)
    return n, mean, ((batch - mean) ** 2).sum(axis=0) / max(n - 1, 1)


def merge(one, other):
    (n, mean, v), (k, mean_k, v_k) = one, other
    total = max(n + k, 1)
    return n + k, (n * mean + k * mean_k) / total, (n * v + k * v_k) / total


def moments(summary):
    return summary[1], summary[2]

# %% wrong="between-forgotten"
def summary(batch):
    batch = np.asarray(batch, np.float64)
    mean = batch.sum(axis=0) / max(len(batch), 1)
    return len(batch), mean, ((batch - mean) ** 2).sum(axis=0)


def merge(one, other):
    (n, mean, m2), (k, mean_k, m2_k) = one, other
    total = max(n + k, 1)
    return n + k, (n * mean + k * mean_k) / total, m2 + m2_k


def moments(summary):
    n, mean, m2 = summary
    return mean, m2 / (n - 1)

# %% wrong="mean-of-means"
def summary(batch):
    batch = np.asarray(batch, np.float64)
    mean = batch.sum(axis=0) / max(len(batch), 1)
    return len(batch), mean, ((batch - mean) ** 2).sum(axis=0)


def merge(one, other):
    (n, mean, m2), (k, mean_k, m2_k) = one, other
    return n + k, (mean + mean_k) / 2, m2 + m2_k + (mean_k - mean) ** 2 * n * k / max(n + k, 1)


def moments(summary):
    n, mean, m2 = summary
    return mean, m2 / (n - 1)

# %% wrong="counts-batches"
def summary(batch):
    batch = np.asarray(batch, np.float64)
    mean = batch.sum(axis=0) / max(len(batch), 1)
    return int(len(batch) > 0), mean, ((batch - mean) ** 2).sum(axis=0)


def merge(one, other):
    (n, mean, m2), (k, mean_k, m2_k) = one, other
    apart, total = mean_k - mean, max(n + k, 1)
    return n + k, mean + apart * k / total, m2 + m2_k + apart**2 * n * k / total


def moments(summary):
    n, mean, m2 = summary
    return mean, m2 / (n - 1)

# %% wrong="keeps-everything"
def summary(batch):
    return np.asarray(batch, np.float64)


def merge(one, other):
    return np.concatenate([one, other])


def moments(summary):
    return summary.mean(axis=0), summary.var(axis=0, ddof=1)

# %% wrong="empty-batch"
def summary(batch):
    batch = np.asarray(batch, np.float64)
    return len(batch), batch.mean(axis=0), batch.var(axis=0) * len(batch)


def merge(one, other):
    (n, mean, m2), (k, mean_k, m2_k) = one, other
    apart = mean_k - mean
    return n + k, mean + apart * k / (n + k), m2 + m2_k + apart**2 * n * k / (n + k)


def moments(summary):
    n, mean, m2 = summary
    return mean, m2 / (n - 1)

# %% wrong="one-sample"
def summary(batch):
    batch = np.asarray(batch, np.float64)
    n = len(batch)
    mean = batch.sum(axis=0) / max(n, 1)
    return n, mean, batch.var(axis=0, ddof=1) * (n - 1) if n else 0 * mean


def merge(one, other):
    (n, mean, m2), (k, mean_k, m2_k) = one, other
    apart, total = mean_k - mean, max(n + k, 1)
    return n + k, mean + apart * k / total, m2 + m2_k + apart**2 * n * k / total


def moments(summary):
    n, mean, m2 = summary
    return mean, m2 / (n - 1)

# %% wrong="pooled-neurons"
def summary(batch):
    batch = np.asarray(batch, np.float64).ravel()
    mean = batch.sum() / max(len(batch), 1)
    return len(batch), mean, ((batch - mean) ** 2).sum()


def merge(one, other):
    (n, mean, m2), (k, mean_k, m2_k) = one, other
    apart, total = mean_k - mean, max(n + k, 1)
    return n + k, mean + apart * k / total, m2 + m2_k + apart**2 * n * k / total


def moments(summary):
    n, mean, m2 = summary
    return mean, m2 / (n - 1)

# %% wrong="deviation"
def summary(batch):
    batch = np.asarray(batch, np.float64)
    mean = batch.sum(axis=0) / max(len(batch), 1)
    return len(batch), mean, ((batch - mean) ** 2).sum(axis=0)


def merge(one, other):
    (n, mean, m2), (k, mean_k, m2_k) = one, other
    apart, total = mean_k - mean, max(n + k, 1)
    return n + k, mean + apart * k / total, m2 + m2_k + apart**2 * n * k / total


def moments(summary):
    n, mean, m2 = summary
    return mean, np.sqrt(m2 / (n - 1))

# %% wrong="own-class"
class Summary:
    def __init__(self, batch):
        self.batch = np.asarray(batch, np.float64)


def summary(batch):
    return Summary(batch)


def merge(one, other):
    return Summary(np.concatenate([one.batch, other.batch]))


def moments(summary):
    return summary.batch.mean(axis=0), summary.batch.var(axis=0, ddof=1)

# %% wrong="nothing-returned"
def summary(batch):
    batch = np.asarray(batch, np.float64)
    mean = batch.sum(axis=0) / max(len(batch), 1)
    return len(batch), mean, ((batch - mean) ** 2).sum(axis=0)


def merge(one, other):
    (n, mean, m2), (k, mean_k, m2_k) = one, other
    made = n + k, mean, m2 + m2_k


def moments(summary):
    n, mean, m2 = summary
    return mean, m2 / (n - 1)

# %% right="long-double"
def summary(batch):
    batch = np.asarray(batch, np.longdouble)
    mean = batch.sum(axis=0) / max(len(batch), 1)
    return {"n": len(batch), "mean": mean, "m2": np.square(batch - mean).sum(axis=0)}


def merge(one, other):
    parts = [s for s in (one, other) if s["n"]] or [one]
    n = max(sum(s["n"] for s in parts), 1)
    mean = sum(s["n"] * s["mean"] for s in parts) / n
    m2 = sum(s["m2"] + s["n"] * (s["mean"] - mean) ** 2 for s in parts)
    return {"n": n if parts[0]["n"] else 0, "mean": mean, "m2": m2}


def moments(summary):
    return np.stack([summary["mean"], summary["m2"] / (summary["n"] - 1)])

# %% wrong="kept-elsewhere"
seen = []


def summary(batch):
    seen.append(np.array(batch, np.float64))
    return len(seen) - 1


def merge(one, other):
    return summary(np.concatenate([seen[one], seen[other]]))


def moments(summary):
    return seen[summary].mean(axis=0), seen[summary].var(axis=0, ddof=1)

# %% wrong="unweighted"
def summary(batch):
    batch = np.asarray(batch, np.float64)
    if len(batch) < 2:
        return len(batch), batch.sum(axis=0), np.zeros(batch.shape[1])
    return len(batch), batch.mean(axis=0), batch.var(axis=0, ddof=1)


def merge(one, other):
    if not one[0] or not other[0]:
        return one if one[0] else other
    return one[0] + other[0], (one[1] + other[1]) / 2, (one[2] + other[2]) / 2


def moments(summary):
    return summary[1:]

# %% wrong="weights-swapped"
def summary(batch):
    batch = np.asarray(batch, np.float64)
    mean = batch.sum(axis=0) / max(len(batch), 1)
    return len(batch), mean, ((batch - mean) ** 2).sum(axis=0)


def merge(one, other):
    (n, mean, m2), (k, mean_k, m2_k) = one, other
    apart, total = mean_k - mean, max(n + k, 1)
    return n + k, mean + apart * n / total, m2 + m2_k + apart**2 * n * k / total


def moments(summary):
    n, mean, m2 = summary
    return mean, m2 / (n - 1)

# %% wrong="gap-undivided"
def summary(batch):
    batch = np.asarray(batch, np.float64)
    mean = batch.sum(axis=0) / max(len(batch), 1)
    return len(batch), mean, ((batch - mean) ** 2).sum(axis=0)


def merge(one, other):
    (n, mean, m2), (k, mean_k, m2_k) = one, other
    apart, total = mean_k - mean, max(n + k, 1)
    return n + k, mean + apart * k / total, m2 + m2_k + apart**2 * n * k


def moments(summary):
    n, mean, m2 = summary
    return mean, m2 / (n - 1)

# %% wrong="untouched"
def summary(batch):
    return None


def merge(one, other):
    return None


def moments(summary):
    mean, variance = None, None
    return mean, variance
