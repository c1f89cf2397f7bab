"""How the data sets are made. Every function is a pure function of its fixed seeds.

Bump a set's version in :mod:`course.lab.data.sets` when a change here alters its numbers.
"""

from __future__ import annotations

import itertools

import numpy as np

N_TEST_ORIGINALS = 500


def digit_originals():
    """Scikit-learn's digits, (1797, 8, 8) in [0, 1] and labels, with the two halves of the split.

    Returns ``(images, labels, train, test)``; ``train`` and ``test`` are disjoint index arrays.
    """
    from sklearn.datasets import load_digits

    bunch = load_digits()
    images = (bunch.images / 16.0).astype(np.float32)
    labels = bunch.target.astype(np.int64)
    order = np.random.default_rng(1797).permutation(len(images))
    return images, labels, np.sort(order[N_TEST_ORIGINALS:]), np.sort(order[:N_TEST_ORIGINALS])


def digits():
    images, labels, train, test = digit_originals()
    x = images[..., None]
    return {
        "x_train": x[train],
        "y_train": labels[train],
        "x_test": x[test],
        "y_test": labels[test],
    }


def digits28(n_train=8000, n_test=2000):
    images, labels, train, test = digit_originals()
    large = enlarge(images)
    arrays = {}
    for side, originals, n, seed in (("train", train, n_train, 28), ("test", test, n_test, 82)):
        rng = np.random.default_rng(seed)
        # Every original appears (nearly) equally often, so no digit is rare by accident.
        source = rng.permutation(np.resize(rng.permutation(originals), n))
        arrays[f"x_{side}"] = render(large[source], rng)[..., None]
        arrays[f"y_{side}"] = labels[source]
        arrays[f"source_{side}"] = source.astype(np.int64)
    return arrays


def enlarge(images):
    """(n, 8, 8) images at 28x28: 20 pixels of digit and a margin of 4, as in MNIST."""
    from scipy import ndimage

    large = ndimage.zoom(images, (1, 2.5, 2.5), order=3, mode="grid-constant", grid_mode=True)
    return np.pad(np.clip(large, 0, 1), ((0, 0), (4, 4), (4, 4))).astype(np.float32)


def render(large, rng, size=28):
    """Draws (n, size, size) images, each moved by a random affine map, and sampled bilinearly.

    Rotation sd 5 degrees, scale 0.9 to 1.1, shear sd 0.05, shift up to 3 pixels; grey levels are
    multiples of 1/255, as in MNIST.
    """
    n = len(large)
    angle = rng.normal(0, np.deg2rad(5), n)
    scale = rng.uniform(0.9, 1.1, (2, n))
    shear = rng.normal(0, 0.05, n)
    shift = rng.uniform(-3, 3, (2, n))
    grid = np.arange(size, dtype=np.float32) - (size - 1) / 2
    v, u = np.meshgrid(grid, grid, indexing="ij")
    sin, cos = np.sin(angle), np.cos(angle)
    a, b = cos / scale[0], sin / scale[0]
    c, d = (shear * cos - sin) / scale[1], (shear * sin + cos) / scale[1]
    shape = (n, 1, 1)
    centre = (large.shape[1] - 1) / 2
    rows = c.reshape(shape) * u + d.reshape(shape) * v + (centre + shift[0]).reshape(shape)
    columns = a.reshape(shape) * u + b.reshape(shape) * v + (centre + shift[1]).reshape(shape)
    drawn = _bilinear(large, rows.astype(np.float32), columns.astype(np.float32))
    drawn = np.clip(drawn * 1.15, 0, 1)
    return (np.round(drawn * 255) / 255).astype(np.float32)


def _bilinear(images, rows, columns):
    """Samples image i at (rows[i], columns[i]); zero outside."""
    n, height, width = images.shape
    padded = np.pad(images, ((0, 0), (1, 2), (1, 2)))
    rows = np.clip(rows + 1, 0, height + 1)
    columns = np.clip(columns + 1, 0, width + 1)
    r, c = rows.astype(np.int64), columns.astype(np.int64)
    fr, fc = rows - r, columns - c
    flat, stride = padded.reshape(-1), width + 3
    at = np.arange(n).reshape(n, 1, 1) * (stride * (height + 3)) + r * stride + c
    top = flat[at] * (1 - fc) + flat[at + 1] * fc
    bottom = flat[at + stride] * (1 - fc) + flat[at + stride + 1] * fc
    return top * (1 - fr) + bottom * fr


# --- houses ---------------------------------------------------------------------------------------

N_REGRESSORS = 39
_PRICE, _SPREAD = 200_000.0, 70_000.0


def house_scales():
    """Mean and standard deviation of the 39 regressors; the last four are Bernoulli(0.02)."""
    rng = np.random.default_rng(39)
    # The extremes stand first and by name, so that a text can point at them.
    mean = np.array([0.0, 1e5, 5.0, 0.05, 60.0])
    std = np.array([1.0, 3e4, 0.01, 0.001, 25.0])
    rest = N_REGRESSORS - 4 - len(mean)
    rest_std = 10 ** rng.uniform(-2, 4, rest)
    rest_mean = rest_std * rng.uniform(-2, 3, rest)
    flags = np.full(4, 0.02)
    return (
        np.concatenate([mean, rest_mean, flags]),
        np.concatenate([std, rest_std, np.sqrt(flags * (1 - flags))]),
    )


def houses(n_train=3000, n_test=1000):
    rng = np.random.default_rng(3939)
    n = n_train + n_test
    mean, std = house_scales()
    # Three shared causes make the regressors correlate, as area, rooms and storeys do.
    causes = rng.normal(size=(n, 3))
    mixing = rng.normal(size=(3, N_REGRESSORS - 4)) * 0.35
    z = rng.normal(size=(n, N_REGRESSORS - 4)) + causes @ mixing
    z /= np.sqrt(1 + (mixing**2).sum(axis=0))
    flags = (rng.random((n, 4)) < 0.02).astype(float)
    x = np.concatenate([mean[:-4] + std[:-4] * z, flags], axis=1)

    weights = rng.normal(size=z.shape[1])
    weights /= np.linalg.norm(weights)
    linear = z @ weights
    bent = np.abs(z[:, 4] + z[:, 5]) + np.maximum(z[:, 6] - z[:, 7], 0) + 0.5 * z[:, 8] * z[:, 9]
    signal = linear / linear.std() * 1.0 + (bent - bent.mean()) / bent.std() * 0.75
    signal += flags @ np.array([1.5, -1.0, 0.8, -0.6])
    signal /= np.sqrt(1 + 0.75**2)
    noise = rng.normal(size=n) * 0.15
    y = _PRICE + _SPREAD * (signal + noise)
    y = np.maximum(y, 10_000.0)  # nobody is paid to take a house
    x, y = x.astype(np.float32), y.astype(np.float32)
    return {
        "x_train": x[:n_train],
        "y_train": y[:n_train],
        "x_test": x[n_train:],
        "y_test": y[n_train:],
    }


# --- pictures -------------------------------------------------------------------------------------

PICTURE_SIDE = 100
_STRONG, _MIDDLE, _WEAK, _NONE = 1.0, 0.6, 0.15, 0.01
# Class = how strong the red, green and blue threads are: the eight corners, all middling, none.
PICTURE_CLASSES = (
    *itertools.product((_STRONG, _WEAK), repeat=3),
    (_MIDDLE,) * 3,
    (_NONE,) * 3,
)
_CONTRAST = 0.5
_PERIOD, _BAND = 4.0, 0.15  # of the threads: pixels; width of their band, cycles a pixel


def pictures(n_train=1280, n_test=400):
    arrays = {}
    for side, n, seed in (("train", n_train, 100), ("test", n_test, 101)):
        rng = np.random.default_rng(seed)
        labels = rng.permutation(np.resize(np.arange(10), n)).astype(np.int64)
        x = np.empty((n, PICTURE_SIDE, PICTURE_SIDE, 3), np.float32)
        for start in range(0, n, 64):  # in pieces: the temporaries stay small
            x[start : start + 64] = paint(labels[start : start + 64], rng)
        arrays[f"x_{side}"], arrays[f"y_{side}"] = x, labels
    return arrays


def paint(labels, rng, size=PICTURE_SIDE):
    """Draws one piece of cloth a picture, (n, size, size, 3) in [0, 1].

    Red, green and blue threads run down one diagonal, each colour on its own: noise filtered to a
    wide band. The class sets only how strong each colour's threads are; the threads themselves,
    contrast, ground and pixel noise are drawn anew. Every class is symmetric around the same grey
    at every pixel, so a weighted sum of pixels tells hardly anything of the class, while the energy
    behind a small filter and a rectifier tells it.
    """
    from scipy import fft

    n = len(labels)
    fv = fft.fftfreq(size).astype(np.float32).reshape(size, 1)
    fu = fft.rfftfreq(size).astype(np.float32).reshape(1, -1)
    f = np.float32(np.sqrt(0.5) / _PERIOD)
    # A real field needs both ends of the spectrum: +f and -f.
    band = np.exp(-((fu - f) ** 2 + (fv - f) ** 2) / (2 * _BAND**2))
    band += np.exp(-((fu + f) ** 2 + (fv + f) ** 2) / (2 * _BAND**2))
    threads = rng.standard_normal((n, 3, size, size), dtype=np.float32)
    threads = fft.irfft2(fft.rfft2(threads) * band, s=(size, size))
    threads /= threads.std(axis=(2, 3), keepdims=True)
    strength = _CONTRAST * np.array(PICTURE_CLASSES, np.float32)[labels]
    strength = strength * rng.uniform(0.9, 1.1, (n, 1)).astype(np.float32)
    threads *= strength[:, :, None, None]
    picture = rng.standard_normal((n, size, size, 3), dtype=np.float32)
    picture *= 0.03
    picture += threads.transpose(0, 2, 3, 1)
    picture += 0.5 + 0.01 * rng.normal(size=(n, 1, 1, 3)).astype(np.float32)
    return np.clip(picture, 0, 1, out=picture)
