# %% right="standard"
slots = {"sgd": 0, "momentum": 5327, "adam": 10654}


def to_target(price):
    return (price - MEAN) / STD


def to_price(output):
    return output * STD + MEAN


# %% right="log-then-standard"
slots = dict(sgd=0, momentum=39 * 128 + 128 + 128 + 1 + 78, adam=2 * 5327.0)
LOG_MEAN, LOG_STD = np.log(HOUSES.y_train).mean(), np.log(HOUSES.y_train).std()


def to_target(price):
    return (np.log(price) - LOG_MEAN) / LOG_STD


def to_price(output):
    return np.exp(LOG_MEAN + LOG_STD * output)


# %% right="round-numbers"
slots = {"sgd": 0, "momentum": 5327, "adam": 10654}

to_target = lambda price: (price - 200_000) / 70_000
to_price = lambda output: 70_000 * output + 200_000

# %% right="sklearn"
from sklearn.preprocessing import StandardScaler

slots = {"sgd": 0, "momentum": 5327, "adam": 10654}
scaler = StandardScaler().fit(np.array(HOUSES.y_train)[:, None])


def to_target(price):
    return scaler.transform(np.reshape(price, (-1, 1)))[:, 0]


def to_price(output):
    return scaler.inverse_transform(np.reshape(output, (-1, 1)))[:, 0]


# %% right="median-and-quartiles"
net = posed_net()
count = int(sum(np.prod(v.shape) for v in net.trainable_variables))
slots = {"sgd": 0, "momentum": count, "adam": count + count}
LOW, MIDDLE, HIGH = np.quantile(HOUSES.y_train, [0.25, 0.5, 0.75])


def to_target(price):
    return (price - MIDDLE) / (HIGH - LOW) * 1.35


def to_price(output):
    return output / 1.35 * (HIGH - LOW) + MIDDLE


# %% right="deviation-only"
slots = {"sgd": 0, "momentum": 5327, "adam": 10654}


def to_target(price):
    return price / STD


def to_price(output):
    return output * STD


# %% wrong="adam-free"
slots = {"sgd": 0, "momentum": 0, "adam": 0}


def to_target(price):
    return (price - MEAN) / STD


def to_price(output):
    return output * STD + MEAN


# %% wrong="adam-one-each"
slots = {"sgd": 0, "momentum": 5327, "adam": 5327}


def to_target(price):
    return (price - MEAN) / STD


def to_price(output):
    return output * STD + MEAN


# %% wrong="weights-counted"
slots = {"sgd": 5327, "momentum": 2 * 5327, "adam": 3 * 5327}


def to_target(price):
    return (price - MEAN) / STD


def to_price(output):
    return output * STD + MEAN


# %% wrong="all-parameters"
slots = {"sgd": 0, "momentum": 5405, "adam": 10810}


def to_target(price):
    return (price - MEAN) / STD


def to_price(output):
    return output * STD + MEAN


# %% wrong="raw"
slots = {"sgd": 0, "momentum": 5327, "adam": 10654}


def to_target(price):
    return price


def to_price(output):
    return output


# %% wrong="logarithm-alone"
slots = {"sgd": 0, "momentum": 5327, "adam": 10654}


def to_target(price):
    return np.log(price)


def to_price(output):
    return np.exp(output)


# %% wrong="centred-only"
slots = {"sgd": 0, "momentum": 5327, "adam": 10654}


def to_target(price):
    return price - MEAN


def to_price(output):
    return output + MEAN


# %% wrong="in-millions"
slots = {"sgd": 0, "momentum": 5327, "adam": 10654}


def to_target(price):
    return price / 1e6


def to_price(output):
    return output * 1e6


# %% wrong="by-the-batch"
slots = {"sgd": 0, "momentum": 5327, "adam": 10654}


def to_target(price):
    return (price - price.mean()) / price.std()


def to_price(output):
    return output * STD + MEAN


# %% wrong="no-way-back"
slots = {"sgd": 0, "momentum": 5327, "adam": 10654}


def to_target(price):
    return (price - MEAN) / STD


def to_price(output):
    return output


# %% wrong="no-return"
slots = {"sgd": 0, "momentum": 5327, "adam": 10654}


def to_target(price):
    return print((price - MEAN) / STD)


def to_price(output):
    return output * STD + MEAN


# %% wrong="by-the-largest"
slots = {"sgd": 0, "momentum": 5327, "adam": 10654}
LARGEST = HOUSES.y_train.max()


def to_target(price):
    return price / LARGEST


def to_price(output):
    return output * LARGEST


# %% right="minus-one-to-one"
slots = {"sgd": 0, "momentum": 5327, "adam": 10654}
LOW, HIGH = HOUSES.y_train.min(), HOUSES.y_train.max()


def to_target(price):
    return 2 * (price - LOW) / (HIGH - LOW) - 1


def to_price(output):
    return LOW + (output + 1) / 2 * (HIGH - LOW)


# %% wrong="remembered"
slots = {"sgd": 0, "momentum": 5327, "adam": 10654}


def to_target(price):
    return (price - MEAN) / STD


def to_price(output):
    if len(output) == len(HOUSES.y_test):
        return HOUSES.y_test
    return output * STD + MEAN
