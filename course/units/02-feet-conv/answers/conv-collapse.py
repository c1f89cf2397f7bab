# %% right="einsum"
def collapse_dense(W1, b1, W2, b2):
    return np.einsum("ij,jk->ik", W1, W2), np.einsum("j,jk->k", b1, W2) + b2


def collapse_conv(W3, b3, W1, b1):
    return np.einsum("abcm,xymf->abcf", W3, W1), np.einsum("m,xymf->f", b3, W1) + b1


collapses = {
    "3x3, 1x1": "yes",
    "3x3 same, 1x1": "yes",
    "3x3, relu, 1x1": "no",
    "1x1, 3x3": "yes",
    "1x1, 3x3 same": "no",
    "1x1 no bias, 3x3 same": "yes",
}


# %% right="probing"
def collapse_dense(W1, b1, W2, b2):
    def run(x):
        return (x @ W1 + b1) @ W2 + b2

    b = run(np.zeros(len(W1)))
    return np.stack([run(e) - b for e in np.eye(len(W1))]), b


def collapse_conv(W3, b3, W1, b1):
    b = b3 @ W1[0, 0] + b1
    W = np.zeros((*W3.shape[:3], W1.shape[3]))
    for i in np.ndindex(W3.shape[:3]):
        for m in range(W3.shape[3]):
            W[i] += W3[i][m] * W1[0, 0, m]
    return {"W": W, "b": b}


collapses = {
    "3x3, 1x1": True,
    "3x3 same, 1x1": True,
    "3x3, relu, 1x1": False,
    "1x1, 3x3": True,
    "1x1, 3x3 same": False,
    "1x1 no bias, 3x3 same": True,
}


# %% right="tensordot"
def collapse_dense(W1, b1, W2, b2):
    return [np.tensordot(W1, W2, 1), np.dot(b1, W2) + b2]


def collapse_conv(W3, b3, W1, b1):
    mix = W1.reshape(W1.shape[2:])
    return [np.tensordot(W3, mix, axes=(3, 0)), np.tensordot(b3, mix, 1) + b1]


collapses = {
    "3x3, 1x1": 1,
    "3x3 same, 1x1": 1,
    "3x3, relu, 1x1": 0,
    "1x1, 3x3": 1,
    "1x1, 3x3 same": 0,
    "1x1 no bias, 3x3 same": 1,
}


# %% right="single-precision"
def collapse_dense(W1, b1, W2, b2):
    W1, b1, W2, b2 = (a.astype("float32") for a in (W1, b1, W2, b2))
    return keras.ops.matmul(W1, W2), keras.ops.matmul(b1, W2) + b2


def collapse_conv(W3, b3, W1, b1):
    W, b = collapse_dense(W3.reshape(-1, W3.shape[3]), b3, W1[0, 0], b1)
    return keras.ops.reshape(W, (*W3.shape[:3], -1)), b


collapses = {
    "3x3, 1x1": "да",
    "3x3 same, 1x1": "да",
    "3x3, relu, 1x1": "нет",
    "1x1, 3x3": "да",
    "1x1, 3x3 same": "нет",
    "1x1 no bias, 3x3 same": "да",
}


# %% wrong="forgot-b1"
def collapse_dense(W1, b1, W2, b2):
    return W1 @ W2, b2


def collapse_conv(W3, b3, W1, b1):
    return W3 @ W1[0, 0], b3 @ W1[0, 0] + b1


collapses = dict(conv_truth.collapses()[0])


# %% wrong="forgot-b2"
def collapse_dense(W1, b1, W2, b2):
    return W1 @ W2, b1 @ W2


def collapse_conv(W3, b3, W1, b1):
    return W3 @ W1[0, 0], b3 @ W1[0, 0] + b1


collapses = dict(conv_truth.collapses()[0])


# %% wrong="other-order"
def collapse_dense(W1, b1, W2, b2):
    return W2 @ W1, W2 @ b1 + b2


def collapse_conv(W3, b3, W1, b1):
    return W3 @ W1[0, 0], b3 @ W1[0, 0] + b1


collapses = dict(conv_truth.collapses()[0])


# %% wrong="conv-forgot-b3"
def collapse_dense(W1, b1, W2, b2):
    return W1 @ W2, b1 @ W2 + b2


def collapse_conv(W3, b3, W1, b1):
    return W3 @ W1[0, 0], b1


collapses = dict(conv_truth.collapses()[0])


# %% wrong="conv-forgot-b1"
def collapse_dense(W1, b1, W2, b2):
    return W1 @ W2, b1 @ W2 + b2


def collapse_conv(W3, b3, W1, b1):
    return W3 @ W1[0, 0], b3 @ W1[0, 0]


collapses = dict(conv_truth.collapses()[0])


# %% wrong="conv-flipped"
def collapse_dense(W1, b1, W2, b2):
    return W1 @ W2, b1 @ W2 + b2


def collapse_conv(W3, b3, W1, b1):
    return W3[::-1, ::-1] @ W1[0, 0], b3 @ W1[0, 0] + b1


collapses = dict(conv_truth.collapses()[0])


# %% wrong="half-precision"
def collapse_dense(W1, b1, W2, b2):
    return (W1 @ W2).astype("float16"), (b1 @ W2 + b2).astype("float16")


def collapse_conv(W3, b3, W1, b1):
    return W3 @ W1[0, 0], b3 @ W1[0, 0] + b1


collapses = dict(conv_truth.collapses()[0])


# %% wrong="matrix-kernel"
def collapse_dense(W1, b1, W2, b2):
    return W1 @ W2, b1 @ W2 + b2


def collapse_conv(W3, b3, W1, b1):
    return W3.reshape(-1, W3.shape[3]) @ W1[0, 0], b3 @ W1[0, 0] + b1


collapses = dict(conv_truth.collapses()[0])


# %% wrong="kernel-only"
def collapse_dense(W1, b1, W2, b2):
    return W1 @ W2


def collapse_conv(W3, b3, W1, b1):
    return W3 @ W1[0, 0]


collapses = dict(conv_truth.collapses()[0])


# %% wrong="border-forgotten"
def collapse_dense(W1, b1, W2, b2):
    return W1 @ W2, b1 @ W2 + b2


def collapse_conv(W3, b3, W1, b1):
    return W3 @ W1[0, 0], b3 @ W1[0, 0] + b1


collapses = dict(conv_truth.collapses()[0]) | {"1x1, 3x3 same": True}


# %% wrong="relu-does-not-matter"
def collapse_dense(W1, b1, W2, b2):
    return W1 @ W2, b1 @ W2 + b2


def collapse_conv(W3, b3, W1, b1):
    return W3 @ W1[0, 0], b3 @ W1[0, 0] + b1


collapses = dict(conv_truth.collapses()[0]) | {"3x3, relu, 1x1": True}
