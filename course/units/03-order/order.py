# %% [markdown] id="intro" lang="en"
# # Layer order
#
# Masha has three friends. Each builds a cell around the same 3×3 convolution.
#
# | who | the cell |
# |---|---|
# | Alex | convolution → ReLU → max-pooling |
# | Ilya | convolution → max-pooling → ReLU |
# | Geoffrey | convolution → max-pooling, and he goes home |
#
# A convolution has just produced the 4×4 map `z` below. **Predict first:** in which of the four
# places will Alex's answer differ from Ilya's? And Geoffrey's from theirs? Then run both cells.

# %% [markdown] id="intro" lang="ru" of="28e33eb229f9"
# # Порядок слоёв
#
# У Маши трое друзей. Каждый строит ячейку вокруг одной и той же свёртки 3×3.
#
# | кто | ячейка |
# |---|---|
# | Алекс | свёртка → ReLU → max-pooling |
# | Илья | свёртка → max-pooling → ReLU |
# | Джеффри | свёртка → max-pooling, и домой |
#
# Свёртка только что выдала карту `z` размера 4×4. **Сначала предскажите:** в каких из четырёх
# мест ответ Алекса разойдётся с ответом Ильи? А ответ Джеффри с ними обоими? Затем запустите обе
# ячейки кода.

# %% setup
from autograder import checks, training
from autograder.checks import hint, task

checks.use_language("en")

import numpy as np

with checks.quietly():
    import keras
from keras import layers, ops

import autograder
from course.lab import bench, data, figures, runs, unseen
from course.lab.experiments import activations, descent, friends, modes
from course.lab.predictions import predict


def relu(z):
    return np.maximum(z, 0)


def max_pool(z, pool=2):
    """(n, h, w, c) -> (n, h // pool, w // pool, c); windows that do not fit are left out."""
    return friends.pooled(z, pool)


def avg_pool(z, pool=2):
    return friends.pooled(z, pool, np.mean)


# %% id="guess-places"
predict("alex-not-ilya", low=0, high=4)

# %% id="first-look" claims="O1 O3"
z = np.array(
    [
        [2.0, -1.0, -3.0, -0.5],
        [0.5, 3.0, -2.0, -4.0],
        [-1.0, 1.0, 4.0, -6.0],
        [0.0, -2.0, 2.0, 1.0],
    ]
)[None, :, :, None]
figures.maps(
    {
        "z": z[0, :, :, 0],
        "max_pool(relu(z))": max_pool(relu(z))[0, :, :, 0],
        "relu(max_pool(z))": relu(max_pool(z))[0, :, :, 0],
        "max_pool(z)": max_pool(z)[0, :, :, 0],
    }
)

# %% id="places-outcome"
predict.outcome("alex-not-ilya", (max_pool(relu(z)) != relu(max_pool(z))).sum(), close=0)

# %% [markdown] id="after-look" lang="en"
# Alex and Ilya agree everywhere. Geoffrey differs in one place: the only window without a positive
# number. In the other three the maximum is positive already, and ReLU finds nothing left to do.
#
# Every task works the same way: predict, run, edit the answer cell, run the check below it, read
# what it says. `hint("three-cells")` prints a hint; hints cost nothing.

# %% [markdown] id="after-look" lang="ru" of="8347b7dd7088"
# Алекс и Илья совпали везде. Джеффри отличается в одном месте: в единственном окне без
# положительных чисел. В остальных трёх максимум и так положителен, и ReLU там нечего делать.
#
# Все задания устроены одинаково: предскажите, запустите, впишите ответ, запустите проверку под ним,
# прочитайте, что она скажет. `hint("three-cells")` покажет подсказку; подсказки бесплатны.

# %% [markdown] id="order-bench" lang="en"
# Here is a bench for such questions: the same layers in two orders, small maps through both; = and ≠ mark where the ends agree, the box
# shows the first window that does not. Choose another activation, move the maps with the sliders, add a layer. The last line is the call
# that gives your setting back.

# %% [markdown] id="order-bench" lang="ru" of="952586b11386"
# Вот стенд для таких вопросов: одни и те же слои в двух порядках, маленькие карты проходят через оба; знаки = и ≠ показывают, где концы
# совпали, рамка — первое окно, где нет. Выберите другую активацию, сдвиньте карты ползунками, добавьте слой. Последняя строка — вызов,
# который вернёт ваши настройки.

# %% id="order-bench-run"
bench.order("conv relu max_pool", "conv max_pool relu")

# %% [markdown] task="three-cells" lang="en"
# ## 1. Three cells (10 minutes, 3 points)
#
# One map proves nothing. Write the cells, and the check will compare them on random images of many sizes.
#
# Complete `make_cells(kernel, bias, pool)`. It receives the weights of a convolution (`kernel` of
# shape (height, width, channels, filters), `bias` of shape (filters,)) and the side of the pooling
# window, and returns the cells of Alex, Ilya and Geoffrey, in this order.
#
# * A cell is anything that can be called on a batch of images (n, height, width, channels): a Keras
#   model, a subclass, a function.
# * All three use the weights that they are given. `friends.convolution(kernel, bias)` makes a Keras
#   layer of them.
# * Neither convolution nor pooling pads (`padding="valid"`); the pooling window steps by its own side.
#
# Then fill in `verdicts` with `True` or `False`. Two cells are equal (`==`) if they agree on every
# image. A function $f$ is affine if $f(u + v) - f(u) - f(v) + f(0) = 0$ for all $u$ and $v$: a straight
# line with an offset, nothing that a stack of layers would profit from.

# %% [markdown] task="three-cells" lang="ru" of="c184dd67f03a"
# ## 1. Три ячейки (10 минут, 3 балла)
#
# Одна карта ничего не доказывает. Напишите ячейки, и проверка сравнит их на случайных картинках
# разных размеров.
#
# Допишите `make_cells(kernel, bias, pool)`. Функция получает веса свёртки (`kernel` формы (высота,
# ширина, каналы, фильтры), `bias` формы (фильтры,)) и сторону окна пулинга, а возвращает ячейки
# Алекса, Ильи и Джеффри, именно в таком порядке.
#
# * Ячейка — это всё, что можно вызвать на батче картинок (n, высота, ширина, каналы): модель Keras,
#   класс-наследник, функция.
# * Все три работают с теми весами, которые им дали. `friends.convolution(kernel, bias)` делает из них
#   слой Keras.
# * Ни свёртка, ни пулинг не дополняют края (`padding="valid"`); шаг пулинга равен стороне окна.
#
# Затем впишите в `verdicts` `True` или `False`. Две ячейки равны (`==`), если совпадают на любой
# картинке. Функция $f$ аффинна, если $f(u + v) - f(u) - f(v) + f(0) = 0$ при всех $u$ и $v$: прямая со
# сдвигом, от стопки таких слоёв толку не больше, чем от одного.


# %% task="three-cells" answer exhibits="make_cells, verdicts"
def make_cells(kernel, bias, pool):
    x = keras.Input((None, None, kernel.shape[2]))
    h = friends.convolution(kernel, bias)(x)
    alex = keras.Model(x, h)
    ilya = keras.Model(x, h)
    geoffrey = keras.Model(x, h)
    return alex, ilya, geoffrey


verdicts = {
    "alex == ilya": None,
    "alex == geoffrey": None,
    "affine(convolution)": None,
    "affine(geoffrey)": None,
}


### BEGIN SOLUTION
def make_cells(kernel, bias, pool):
    x = keras.Input((None, None, kernel.shape[2]))
    h = friends.convolution(kernel, bias)(x)
    window = layers.MaxPooling2D(pool)
    alex = keras.Model(x, window(layers.ReLU()(h)))
    ilya = keras.Model(x, layers.ReLU()(window(h)))
    geoffrey = keras.Model(x, window(h))
    return alex, ilya, geoffrey


verdicts = {
    "alex == ilya": True,
    "alex == geoffrey": False,
    "affine(convolution)": True,
    "affine(geoffrey)": False,
}
### END SOLUTION

# %% task="three-cells" test points=2 claims="O1"
with task("three-cells"):
    returned = "make_cells(kernel, bias, pool)"
    for case in (friends.Case(channels=1, pool=2), friends.Case(channels=3, pool=3)):
        cells = checks.fresh(make_cells, case.arguments, friends.NAMES, of=returned)
        blank = checks.fresh(make_cells, case.blank, friends.NAMES, of=returned)
        for friend, cell in cells.items():
            checks.unmistaken(
                cell,
                case.reference(friend),
                case.images,
                case.mistakes(friend),
                name=friend,
                otherwise=case.ignored(blank[friend], friend),
            )
    for friend, cell in cells.items():
        checks.equivalent(
            cell,
            case.reference(friend),
            case.domain,
            names=case.names(friend),
            controls=case.controls(friend),
        )
    ### BEGIN HIDDEN TESTS
    for channels, side in ((2, 2), (1, 4), (4, 3)):
        case = friends.Case(channels, side, seed=channels + side)
        cells = checks.fresh(make_cells, case.arguments, friends.NAMES, of=returned)
        for friend, cell in cells.items():
            checks.equivalent(
                cell,
                case.reference(friend),
                case.domain,
                names=case.names(friend),
                controls=case.controls(friend),
                seed=side,
            )
    ### END HIDDEN TESTS

# %% task="three-cells" test points=1 claims="O1 O3"
with task("three-cells"):
    measured = friends.verdicts()
    checks.predictions(verdicts, measured.truth, evidence=measured.evidence)

# %% [markdown] id="same-training" lang="en"
# So Geoffrey did not throw the non-linearity away: a maximum is one. And if two cells are the same
# function with the same gradients, training cannot tell them apart either. The next cell trains
# three digit nets from the same initial weights and compares what they have become. **Predict:** the
# weights of Alex and Ilya after four epochs of Adam: similar, or equal to the last bit? And who is ahead
# on held-out digits, Alex or Geoffrey?

# %% [markdown] id="same-training" lang="ru" of="832c883105a4"
# Итак, Джеффри не выбросил нелинейность: максимум сам нелинеен. А если две ячейки — одна функция с
# одними градиентами, то и обучение их не различит. Следующая ячейка обучает три сети для цифр с
# одинаковыми начальными весами и сравнивает, что из них вышло. **Предскажите:** веса Алекса и Ильи
# после четырёх эпох Adam похожи или равны до последнего бита? И кто впереди на отложенных цифрах,
# Алекс или Джеффри?

# %% id="same-training-run" claims="O1 O3"
digits = data.digits()
trained = {}
for name in friends.NAMES:
    for seed in (0, 1):
        trained[name, seed] = friends.net(name, seed=seed)
        training.fit(
            trained[name, seed], digits.x_train, digits.y_train, epochs=4, batch=32, seed=seed
        )
for seed in (0, 1):
    a, i = (
        np.concatenate([w.ravel() for w in trained[name, seed].get_weights()])
        for name in ("alex", "ilya")
    )
    print(f"alex == ilya {seed}  {np.sum(a == i)} / {a.size}")
for (name, seed), net in trained.items():
    print(f"{name:9} {seed}  {training.score(net, digits.x_test, digits.y_test, 'accuracy'):.3f}")

# %% [markdown] task="blind-test" lang="en"
# ## 2. A test that can fail (12 minutes, 3 points)
#
# Masha wants to know whether a library's cell has a ReLU in it. She feeds it random maps, compares
# with `relu(max_pool(z))`, and the test is green. Next to it the same test for Geoffrey's cell, which has
# no ReLU: green as well.
#
# A missing ReLU shows only in windows where **all** numbers are negative. **Predict** the share of
# such windows for the three kinds of maps below, then run.

# %% [markdown] task="blind-test" lang="ru" of="b3e348525691"
# ## 2. Тест, который умеет падать (12 минут, 3 балла)
#
# Маша хочет узнать, есть ли в библиотечной ячейке ReLU. Она подаёт на вход случайные карты, сравнивает
# с `relu(max_pool(z))`, и тест зелёный. Рядом тот же тест для ячейки Джеффри, где ReLU нет: тоже зелёный.
#
# Пропавшая ReLU видна только в тех окнах, где отрицательны **все** числа. **Предскажите** долю таких
# окон для трёх видов карт ниже, затем запустите.

# %% id="blind-windows"
rng = np.random.default_rng(0)
maps = {
    "uniform(0, 1), pool 2": (rng.uniform(0, 1, (50, 40, 40, 3)), 2),
    "normal(0, 1), pool 2": (rng.normal(0, 1, (50, 40, 40, 3)), 2),
    "normal(0, 1), pool 10": (rng.normal(0, 1, (50, 40, 40, 3)), 10),
}
for kind, (z, pool) in maps.items():
    print(
        f"{kind:22} {np.mean(max_pool(z, pool) < 0):.4f}   2**-{pool**2} = {2.0 ** -(pool**2):.2g}"
    )

# %% [markdown] id="blind-brief" lang="en"
# Pixels in [0, 1] never catch Geoffrey. Normal numbers catch him with a 2×2 window and never in a
# lifetime with 10×10. A test without power is worse than none: it is green.
#
# Write `probe(seed, pool)`: maps that unmask every impostor below, whatever the seed. Requirements:
#
# * an array (samples, height, width, channels) of at most 10 000 numbers between −1000 and 1000;
# * for every `pool` from 2 to 10 and every `seed`, each of the six impostors answers differently from
#   `honest` by more than 0.001 in at least one place (another shape counts as different).

# %% [markdown] id="blind-brief" lang="ru" of="d284663eaac0"
# Пиксели из [0, 1] не поймают Джеффри никогда. Нормальные числа поймают его с окном 2×2, а с окном
# 10×10 не хватит и жизни. Тест без мощности хуже, чем никакой: он зелёный.
#
# Напишите `probe(seed, pool)`: карты, которые при любом зерне разоблачают всех самозванцев из ячейки ниже.
# Требования:
#
# * массив (примеры, высота, ширина, каналы), не больше 10 000 чисел от −1000 до 1000;
# * для каждого `pool` от 2 до 10 и каждого `seed` ответ каждого из шести самозванцев хотя бы в одном месте
#   отличается от ответа `honest` больше чем на 0.001 (другая форма тоже считается отличием).


# %% setup
def honest(z, pool):
    return relu(max_pool(z, pool))


IMPOSTORS = {
    "geoffrey": lambda z, pool: max_pool(z, pool),
    "leaky_relu(0.01)": lambda z, pool: max_pool(np.where(z > 0, z, 0.01 * z), pool),
    "relu6": lambda z, pool: np.minimum(honest(z, pool), 6),
    "avg_pool": lambda z, pool: relu(avg_pool(z, pool)),
    'padding="same"': lambda z, pool: relu(friends.pooled(z, pool, same=True)),
    "zeros": lambda z, pool: np.zeros_like(max_pool(z, pool)),
}


# %% task="blind-test" answer exhibits="probe"
def probe(seed, pool):
    rng = np.random.default_rng(seed)
    return rng.uniform(0, 1, (2, 2 * pool, 2 * pool, 2))


### BEGIN SOLUTION
def probe(seed, pool):
    # A side that pool does not divide; large numbers; one channel far below zero.
    rng = np.random.default_rng(seed)
    z = rng.normal(0, 20, (2, 3 * pool + 1, 3 * pool + 1, 2))
    z[..., 1] -= 100
    return z


### END SOLUTION


# %% task="blind-test" test points=3
with task("blind-test"):
    checks.catches(
        probe, honest, IMPOSTORS, settings=(2, 3, 5, 10), seeds=range(3), evidence=friends.weakness
    )
    ### BEGIN HIDDEN TESTS
    checks.catches(probe, honest, IMPOSTORS, settings=range(2, 11), seeds=range(3, 9))
    ### END HIDDEN TESTS

# %% [markdown] task="commute" lang="en"
# ## 3. Who may pass the pool? (12 minutes, 3 points)
#
# ReLU and max-pooling may swap places. Other activations? Fill in `commutes` for all twenty:
#
# * `"always"`: `f(max_pool(z))` equals `max_pool(f(z))` for every map `z`;
# * `"positive"`: not always, but on maps with positive numbers only;
# * `"never"`: not even there.
#
# Equal means equal up to rounding. Softmax runs over the channels, everything else number by number.
# The curves may help: look at them first, then decide, then check. Pooling picks one number of the
# window; what must $f$ do so that it makes no difference whether it is applied before or after the choice?

# %% [markdown] task="commute" lang="ru" of="73b38f254edf"
# ## 3. Кого пулинг пропустит? (12 минут, 3 балла)
#
# ReLU и max-pooling можно менять местами. А другие активации? Заполните `commutes` для всех двадцати:
#
# * `"always"`: `f(max_pool(z))` равно `max_pool(f(z))` для любой карты `z`;
# * `"positive"`: не всегда, но на картах из одних положительных чисел — да;
# * `"never"`: даже там нет.
#
# «Равно» значит «равно с точностью до округления». Softmax считается по каналам, всё остальное поэлементно.
# Графики помогут: сначала посмотрите, потом решите, потом проверьте. Пулинг выбирает из окна одно
# число; какой должна быть $f$, чтобы было неважно, применить её до выбора или после?

# %% id="curves"
figures.curves(
    {name: activations.curve(name, -5, 1.5) for name in activations.NAMES if name != "softmax"}
)

# %% task="commute" answer exhibits="commutes"
commutes = {
    "relu": "always",
    "leaky_relu": None,
    "relu6": None,
    "sigmoid": None,
    "hard_sigmoid": None,
    "log_sigmoid": None,
    "tanh": None,
    "tanh_shrink": None,
    "softsign": None,
    "softplus": None,
    "exponential": None,
    "elu": None,
    "selu": None,
    "celu": None,
    "gelu": None,
    "silu": None,
    "hard_silu": None,
    "mish": None,
    "square": None,
    "softmax": None,
}
### BEGIN SOLUTION
commutes = dict.fromkeys(activations.NAMES, "always")
commutes |= dict.fromkeys(("gelu", "silu", "hard_silu", "mish", "square"), "positive")
commutes["softmax"] = "never"
### END SOLUTION

# %% task="commute" test points=3 claims="O1b"
with task("commute"):
    measured = activations.commutation()
    checks.choices(commutes, measured.truth, activations.WORDS, evidence=measured.evidence)

# %% [markdown] id="last-bit" lang="en"
# "Up to rounding" was not mere caution. The next cell swaps on maps of odd size and counts the maps
# in which at least one number differs in its last bits. **Predict** for ReLU and for sigmoid.

# %% [markdown] id="last-bit" lang="ru" of="fff4c5a108e4"
# «С точностью до округления» сказано не только из осторожности. Следующая ячейка меняет порядок на картах
# нечётного размера и считает карты, в которых хоть одно число отличается последними битами.
# **Предскажите** для ReLU и для сигмоиды.

# %% id="last-bit-run" claims="O1d"
rng = np.random.default_rng(0)
odd = rng.normal(0, 3, (60, 1, 7, 7, 3)).astype(np.float32)
for name in ("relu", "leaky_relu", "tanh", "elu", "softplus", "sigmoid", "log_sigmoid"):
    f = keras.activations.get(name)
    gaps = [
        np.abs(max_pool(np.asarray(f(ops.array(z)))) - np.asarray(f(ops.array(max_pool(z)))))
        for z in odd
    ]
    print(
        f"{name:12} {sum(gap.any() for gap in gaps):3} / {len(odd)}   {max(gap.max() for gap in gaps):.1e}"
    )

# %% [markdown] id="last-bit-said" lang="en"
# The vectorised kernels and the scalar code for the leftovers at the end of an array round
# differently. Piecewise-linear activations need one multiplication at most, and that is rounded the
# same way everywhere. A test that demands equality of bits would fail Ilya for using a sigmoid.

# %% [markdown] id="last-bit-said" lang="ru" of="4df3b2138bd4"
# Векторный код и скалярный код для хвоста массива округляют по-разному. Кусочно-линейным активациям
# нужно самое большее одно умножение, а оно везде округляется одинаково. Тест, который требует равенства битов,
# завалил бы Илью за сигмоиду.

# %% [markdown] task="witness" lang="en"
# ## 4. Bring a witness (8 minutes, 2 points)
#
# One map is enough to prove that two layers do not commute. For each pair in `PAIRS` give a map (height, width) of
# your own, at most 64 finite numbers between minus and plus a million, on which the two orders differ by more than
# 0.001 somewhere. A nested list will do.
#
# The pools are 2×2. `batch_norm` is in inference mode with $\gamma = -0.8$; `dropout` is in training mode with
# a fixed mask, the same in both orders: every second number becomes 0, the others are doubled.
# The mean and ReLU are the pair that Masha hopes for: "a mean is no worse than a maximum, is it?"

# %% [markdown] task="witness" lang="ru" of="93933a4651cc"
# ## 4. Приведите свидетеля (8 минут, 2 балла)
#
# Чтобы доказать, что два слоя не перестановочны, хватит одной карты. Для каждой пары из `PAIRS` дайте свою карту
# (высота, ширина): не больше 64 конечных чисел, по модулю до миллиона, на которых два порядка где-нибудь расходятся
# больше чем на 0.001. Годится вложенный список.
#
# Пулинги с окном 2×2. `batch_norm` работает в режиме предсказания, $\gamma = -0.8$; `dropout` — в режиме
# обучения с одной и той же маской в обоих порядках: каждое второе число обнуляется, остальные удваиваются.
# На пару из среднего и ReLU Маша очень надеется: «Чем среднее хуже максимума?»


# %% setup
def pooling(reduce):
    """2x2 pooling of one map (height, width)."""
    return lambda z: friends.pooled(np.asarray(z)[None, :, :, None], 2, reduce)[0, :, :, 0]


def gelu(z):
    return np.asarray(ops.gelu(ops.array(z, "float32"), approximate=False))


def batch_norm(z):
    gamma, beta, mean, variance = -0.8, 0.3, 0.5, 2.0
    return gamma * (np.asarray(z) - mean) / np.sqrt(variance + 1e-3) + beta


def dropout(z):
    rows, columns = np.indices(np.shape(z))
    return np.where((rows + columns) % 2, 2 * np.asarray(z), 0)


def both_orders(f, g):
    return lambda z: g(f(z)), lambda z: f(g(z))


PAIRS = {
    "gelu, max_pool": both_orders(gelu, pooling(np.max)),
    "relu, avg_pool": both_orders(relu, pooling(np.mean)),
    "batch_norm, max_pool": both_orders(batch_norm, pooling(np.max)),
    "dropout, tanh": both_orders(dropout, np.tanh),
}

# %% id="try-a-pair"
z = [[3.0, -1.0], [0.5, 2.0]]
for pair, (one, other) in PAIRS.items():
    print(f"{pair:22}", np.round(one(z), 3).tolist(), np.round(other(z), 3).tolist())

# %% task="witness" answer exhibits="witnesses"
witnesses = {
    "gelu, max_pool": None,
    "relu, avg_pool": None,
    "batch_norm, max_pool": None,
    "dropout, tanh": None,
}
### BEGIN SOLUTION
witnesses = {
    "gelu, max_pool": [[-3, -1], [-2, -1]],  # gelu falls left of -0.75: the smallest number wins
    "relu, avg_pool": [[1, -1], [1, -1]],
    "batch_norm, max_pool": [[0, 1], [2, 3]],
    "dropout, tanh": [[0, 1], [1, 0]],
}
### END SOLUTION

# %% task="witness" test points=2
with task("witness"):
    checks.witnesses(witnesses, PAIRS, shape=(None, None), max_size=64)

# %% [markdown] id="mean-and-relu" lang="en"
# How rare are such maps? For the mean, hardly rare: ReLU and averaging agree exactly on those windows
# that have one sign. **Predict** their share for 2×2 windows of N(0, 1) numbers, and which order gives the
# larger answer when they differ.

# %% [markdown] id="mean-and-relu" lang="ru" of="4932b92e8630"
# Редки ли такие карты? Для среднего — вовсе нет: ReLU и усреднение совпадают ровно на тех окнах, где все
# числа одного знака. **Предскажите** их долю для окон 2×2 из чисел N(0, 1) и какой порядок даёт больший
# ответ, когда они расходятся.

# %% id="mean-and-relu-run" claims="O1c"
z = np.random.default_rng(0).normal(size=(10, 100, 100, 3))
mean_last, relu_last = avg_pool(relu(z)), relu(avg_pool(z))
print(f"{np.mean(np.isclose(mean_last, relu_last)):.4f}   2 * 2**-4 = {2 * 2**-4}")
print("avg_pool(relu(z)) >= relu(avg_pool(z)):", bool(np.all(mean_last >= relu_last - 1e-12)))

# %% [markdown] task="relu-count" lang="en"
# ## 5. What Ilya saves (10 minutes, 2 points)
#
# Alex applies ReLU to numbers that the pool throws away a moment later. How many?
#
# Write `relu_ops(height, width, channels, pool)`: the pair (Alex, Ilya) of how many numbers ReLU meets
# per image, on a map of that size (after the convolution). The window is `pool` × `pool`, steps by `pool` and
# does not pad. Then fill in `saved`: how many **percent** of the operations Ilya saves against Alex in the cell
# with 64 filters (3×3, no padding) on 100×100 images with 32 channels, pool 2×2, counting
#
# * `"relu"`: ReLU alone;
# * `"relu + pool"`: ReLU and pooling;
# * `"conv + relu + pool"`: the whole cell.
#
# | operation | costs |
# |---|---|
# | ReLU | 1 for every number |
# | max-pooling $k \times k$ | $k^2 - 1$ comparisons for every window |
# | convolution 3×3 | 9 × input channels multiply-accumulates for every output number, 1 each |
#
# Adding the bias is not counted. Three digits are enough.

# %% [markdown] task="relu-count" lang="ru" of="609c0039796f"
# ## 5. Сколько экономит Илья (10 минут, 2 балла)
#
# Алекс применяет ReLU к числам, которые пулинг через мгновение выбросит. К скольким?
#
# Напишите `relu_ops(height, width, channels, pool)`: пару (Алекс, Илья), сколько чисел встречает ReLU на
# одной картинке, если карта (после свёртки) такого размера. Окно `pool` × `pool`, шаг `pool`, без
# дополнения краёв. Затем заполните `saved`: сколько **процентов** операций Илья экономит по сравнению с
# Алексом в ячейке с 64 фильтрами (3×3, без дополнения) на картинках 100×100 с 32 каналами, пулинг 2×2,
# если считать
#
# * `"relu"`: только ReLU;
# * `"relu + pool"`: ReLU и пулинг;
# * `"conv + relu + pool"`: всю ячейку.
#
# | операция | цена |
# |---|---|
# | ReLU | 1 за каждое число |
# | max-pooling $k \times k$ | $k^2 - 1$ сравнений за каждое окно |
# | свёртка 3×3 | 9 × (число входных каналов) умножений с накоплением за каждое число на выходе, каждое по 1 |
#
# Прибавление смещения (bias) не считается. Трёх значащих цифр достаточно.


# %% task="relu-count" answer exhibits="relu_ops, saved"
def relu_ops(height, width, channels, pool):
    alex, ilya = 0, 0
    return alex, ilya


saved = {"relu": None, "relu + pool": None, "conv + relu + pool": None}


### BEGIN SOLUTION
def relu_ops(height, width, channels, pool):
    alex = height * width * channels
    ilya = (height // pool) * (width // pool) * channels
    return alex, ilya


# Per number that the convolution makes: a quarter of a window belongs to it.
less = 100 * (1 - 1 / 4)
saved = {
    "relu": less,
    "relu + pool": less / (1 + 3 / 4),
    "conv + relu + pool": less / (9 * 32 + 1 + 3 / 4),
}
### END SOLUTION

# %% task="relu-count" test points=1 claims="O2"
with task("relu-count"):
    from course.lab.experiments import order_truth

    checks.function(
        relu_ops,
        order_truth.relu_ops,
        order_truth.count_cases(),
        mistakes=order_truth.count_mistakes(),
    )
    ### BEGIN HIDDEN TESTS
    cases = [(9, 10, 5, 4), (30, 20, 1, 7), (12, 12, 2, 5), (11, 23, 6, 3)]
    checks.function(relu_ops, order_truth.relu_ops, cases)
    ### END HIDDEN TESTS

# %% task="relu-count" test points=1 claims="G9 O2"
with task("relu-count"):
    from course.lab.experiments import order_truth

    checks.numbers(saved, order_truth.savings(), rtol=2e-3, mistakes=order_truth.saving_mistakes())

# %% [markdown] id="ratios" lang="en"
# A pool that does not divide the map throws away whole rows, so that "$k^2$ times fewer" is only right
# when it divides. For 45 and 10, the ratio is not 100:

# %% [markdown] id="ratios" lang="ru" of="000c601a5124"
# Пулинг, который не делит размер карты, выбрасывает целые строки, и «в $k^2$ раз меньше» верно только
# тогда, когда делит. Для 45 и 10 отношение не 100:

# %% id="ratios-run" claims="O2"
for width, pool in [(98, 2), (27, 2), (100, 3), (45, 10)]:
    alex_ops, ilya_ops = width**2, max_pool(np.zeros((1, width, width, 1)), pool).size
    print(
        f"{width:4} {pool:3}   {alex_ops:6} / {ilya_ops:5} = {alex_ops / ilya_ops:8.3f}   k*k = {pool**2}"
    )

# %% [markdown] id="xray-cells" lang="en"
# The X-ray of Alex's cell on a batch of random pictures: the convolution does all the multiplying, and ReLU makes a good part of
# its numbers 0 before the pool has looked at them.

# %% [markdown] id="xray-cells" lang="ru" of="acfb6d269348"
# Рентген ячейки Алекса на батче случайных картинок: все умножения делает свёртка, а ReLU обращает немалую часть её чисел в 0, прежде чем
# на них взглянул пулинг.

# %% id="xray-cells-run"
alex_cell = keras.Sequential(
    [keras.Input((16, 16, 3)), layers.Conv2D(8, 3), layers.ReLU(), layers.MaxPooling2D(2)],
    name="alex",
)
autograder.xray(alex_cell, np.random.default_rng(0).normal(size=(32, 16, 16, 3)))

# %% [markdown] task="stopwatch" lang="en"
# ## Practice: the stopwatch (6 minutes, no points)
#
# Counting is one thing. The next cell times ReLU and pooling in both orders (map 98×98, 32 channels,
# pool 2×2) in TensorFlow's three modes: eager, graph (what `fit` and `predict` use) and XLA. **Predict** Alex's time
# divided by Ilya's in each mode, then write into `ratios` what you measured. The check asks for three positive
# numbers; no explanation is graded, and the clocks of shared machines are poor.

# %% [markdown] task="stopwatch" lang="ru" of="8e14be6064c4"
# ## Для тренировки: секундомер (6 минут, без баллов)
#
# Посчитать — одно дело. Следующая ячейка замеряет ReLU и пулинг в обоих порядках (карта 98×98, 32 канала,
# пулинг 2×2) в трёх режимах TensorFlow: eager, граф (в нём работают `fit` и `predict`) и XLA. **Предскажите**
# отношение времени Алекса к времени Ильи в каждом режиме, затем впишите в `ratios` то, что намерили.
# Проверка просит три положительных числа; объяснение не оценивается, да и часы на общих машинах неважные.

# %% id="stopwatch-run" claims="G9 O2"
for mode, taken in modes.stopwatch(side=98, channels=32, pool=2).items():
    print(f"{mode:6}", {name: round(value, 2) for name, value in taken.items()})

# %% task="stopwatch" answer exhibits="ratios"
ratios = {"eager": None, "graph": None, "xla": None}
### BEGIN SOLUTION
ratios = {"eager": 1.4, "graph": 1.0, "xla": 1.0}
### END SOLUTION

# %% task="stopwatch" test
with task("stopwatch"):
    checks.positive(ratios, ("eager", "graph", "xla"))

# %% [markdown] id="optimiser" lang="en"
# In graph mode there is often nothing to see, and this is why. Below are the operations that TensorFlow really runs
# after its graph optimiser has looked at `max_pool(f(z))`, Alex's order. **Predict** what becomes of each. The last row
# has a convolution in front.

# %% [markdown] id="optimiser" lang="ru" of="7618ab44f49d"
# В режиме графа часто не видно никакой разницы, и вот почему. Ниже — операции, которые TensorFlow выполняет на
# самом деле, после того как оптимизатор графа посмотрел на `max_pool(f(z))`, порядок Алекса.
# **Предскажите**, что станет с каждой. В последней строке впереди стоит свёртка.

# %% id="optimiser-run" claims="G9 O2"
z = np.zeros((2, 8, 8, 3), np.float32)
window = layers.MaxPooling2D(2)
for name in ("relu", "tanh", "sigmoid", "leaky_relu", "gelu"):
    f = keras.activations.get(name)
    print(f"{name:12}", modes.optimised(lambda x, f=f: window(f(x)), z))
kernel, bias = friends.weights(0)
conv = friends.convolution(kernel, bias)
print(f"{'conv, relu':12}", modes.optimised(lambda x: window(ops.relu(conv(x))), z))

# %% [markdown] id="optimiser-said" lang="en"
# For ReLU, tanh and sigmoid the optimiser has swapped the two by itself: it knows that they are monotone. Leaky ReLU
# is monotone as well, only nobody told it; GELU must stay. Behind a convolution Alex's order is kept, because
# convolution, bias and ReLU are fused into one operation. Ilya's saving is real in eager mode, where nobody thinks
# ahead. Next to the convolution it was a quarter of a percent anyway.

# %% [markdown] id="optimiser-said" lang="ru" of="faee6851caa3"
# Для ReLU, tanh и сигмоиды оптимизатор сам поменял их местами: он знает, что они монотонны. Leaky ReLU тоже
# монотонна, просто ему об этом не сказали; GELU обязана остаться на месте. За свёрткой порядок Алекса сохраняется,
# потому что свёртка, смещение и ReLU слиты в одну операцию. Экономия Ильи реальна в режиме eager, где никто не думает
# наперёд. А на фоне свёртки она и так составляла четверть процента.

# %% [markdown] task="one-sign" lang="en"
# ## 6. Positive inputs (18 minutes, 3 points)
#
# You may have heard this: *if a layer's inputs are all positive, the gradients of its weights all have one sign, the
# descent zigzags, and therefore pixels are scaled to [−1, 1].* Three claims; measure each.
#
# The gradient of one neuron's weights on one sample is $\delta \cdot x$: one number times the input. A batch adds
# such products up.
#
# 1. Write `one_signed(gradient)` for the kernel gradient (inputs, neurons) of a dense layer: the share of neurons
#    (columns) whose gradient has one sign. Skip zeros. A column of nothing but zeros counts neither above nor below
#    the fraction bar.
# 2. Fill in `signs` with `True` or `False`: does **every** neuron's gradient have one sign, in each of twenty batches
#    of digits? `W1` belongs to the first layer, `W2` to the second, behind a ReLU; the pixels are in [0, 1] or in
#    [−1, 1], `n` is the number of samples in the batch. Zeros and dead neurons (columns of zeros) are skipped here too. The
#    last row asks whether *all* numbers of `W1`'s gradient together have one sign.
# 3. Write `prepare(x)`: it receives pairs of pixels from [0, 1], shape (n, 2), and returns what the net should get
#    instead, in the same shape. The condition number of the valley (largest over smallest eigenvalue of the Hessian) must be under 2 for
#    `descent.grey()`, pixels spread evenly, and for `descent.ink()`, a scan where most pixels are nearly 0.
#    Every row must still describe its own pixels: from what you return the pixels can be computed back. (The check draws
#    the best straight line from the returned row to the raw one; it must explain over half of each pixel's variance.)
#
# First the zigzag, in slow motion: one sample a step, `grey` pixels, from (0, 0) to the optimum (1, −1). **Predict** which
# share of the steps changes the two weights in opposite directions.

# %% [markdown] task="one-sign" lang="ru" of="3a03a3642647"
# ## 6. Положительные входы (18 минут, 3 балла)
#
# Вы могли слышать такое: *если все входы слоя положительны, то все градиенты по его весам одного знака, спуск идёт
# зигзагом, и поэтому пиксели нормируют на отрезок [−1, 1].* Три утверждения; измерьте каждое.
#
# Градиент по весам одного нейрона на одном примере равен $\delta \cdot x$: одно число, умноженное на вход. Батч
# складывает такие произведения.
#
# 1. Напишите `one_signed(gradient)` для градиента (входы, нейроны) по весам полносвязного слоя: доля нейронов
#    (столбцов), у которых градиент одного знака. Нули пропускайте. Столбец из одних нулей не входит ни в числитель, ни в знаменатель.
# 2. Впишите в `signs` `True` или `False`: одного ли знака градиент **каждого** нейрона в каждом из двадцати
#    батчей цифр? `W1` относится к первому слою, `W2` ко второму, за ReLU; пиксели лежат в [0, 1] или в
#    [−1, 1], `n` — число примеров в батче. Нули и мёртвые нейроны (столбцы из одних нулей) и здесь пропускаются. Последняя строка спрашивает, одного ли знака *все* числа градиента `W1` вместе.
# 3. Напишите `prepare(x)`: функция получает пары пикселей из [0, 1], форма (n, 2), и возвращает то, что сеть получит
#    вместо них, в той же форме. Число обусловленности оврага (отношение наибольшего собственного числа гессиана к наименьшему) должно
#    быть меньше 2 и для `descent.grey()`, где пиксели распределены равномерно, и для `descent.ink()`: это скан, где почти все пиксели около 0.
#    Каждая строка должна по-прежнему описывать свои пиксели: по тому, что вы вернули, пиксели можно вычислить обратно. (Проверка
#    строит по возвращённой строке лучшее линейное приближение исходной; оно должно объяснять больше половины дисперсии каждого пикселя.)
#
# Сначала зигзаг, в замедленной съёмке: по одному примеру за шаг, пиксели `grey`, из (0, 0) в оптимум (1, −1).
# **Предскажите**, на какой доле шагов два веса меняются в противоположные стороны.

# %% id="guess-opposite"
predict("opposite-steps", low=0, high=1)

# %% id="zigzag" claims="O7"
walk = descent.descend(descent.grey())
print(f"{walk.steps = :.1f}   {walk.opposite = :.0%}   {descent.condition(descent.grey()) = :.2f}")
valley = descent.hessian(descent.grey())
last = runs.watch(
    range(1, len(walk.path)),
    lambda step: figures.path(walk.path[: step + 1], descent.TARGET, valley=valley, room=walk.path),
    pause=0.4,
)

# %% id="opposite-outcome"
predict.outcome("opposite-steps", walk.opposite, close=0.05)

# %% [markdown] id="zigzag-said" lang="en"
# `walk.steps` is the average over forty runs; the path and `walk.opposite` belong to one typical run. 0 % means that both
# weights always move the same way, up together or down together. But one has to get to +1 and the other to −1: hence the
# zigzag.

# %% [markdown] id="zigzag-said" lang="ru" of="716e0390c402"
# `walk.steps` — среднее по сорока запускам; путь и `walk.opposite` взяты из одного типичного запуска. 0 % значит, что оба
# веса всегда движутся в одну сторону: вместе вверх или вместе вниз. А прийти нужно одному в +1, другому в −1: отсюда и
# зигзаг.


# %% task="one-sign" answer exhibits="one_signed, signs, prepare"
def one_signed(gradient):
    return None


signs = {
    "W1, [0, 1], n=1": None,
    "W1, [0, 1], n=32": None,
    "W1, [-1, 1], n=1": None,
    "W2, [-1, 1], n=1": None,
    "all of W1, [0, 1], n=1": None,
}


def prepare(x):
    return x


### BEGIN SOLUTION
def one_signed(gradient):
    live = gradient[:, (gradient != 0).any(axis=0)]
    return ((live >= 0).all(axis=0) | (live <= 0).all(axis=0)).mean()


signs = {
    "W1, [0, 1], n=1": True,
    "W1, [0, 1], n=32": False,
    "W1, [-1, 1], n=1": False,
    "W2, [-1, 1], n=1": True,
    "all of W1, [0, 1], n=1": False,
}


def prepare(x):
    return x - x.mean(axis=0)


### END SOLUTION

# %% task="one-sign" test points=1
with task("one-sign"):
    from course.lab.experiments import order_truth

    checks.function(
        one_signed,
        order_truth.one_signed,
        order_truth.sign_cases(),
        mistakes=order_truth.sign_mistakes(),
    )
    ### BEGIN HIDDEN TESTS
    checks.function(one_signed, order_truth.one_signed, order_truth.sign_cases(5))
    ### END HIDDEN TESTS

# %% task="one-sign" test points=1 claims="O6 O8"
with task("one-sign"):
    measured = descent.signs()
    checks.predictions(signs, measured.truth, evidence=measured.evidence)

# %% task="one-sign" test points=1
with task("one-sign"):
    checks.conditioned(prepare, {"grey": descent.grey(), "ink": descent.ink()}, below=2)
    ### BEGIN HIDDEN TESTS
    others = {"grey": descent.grey(seed=1), "ink": descent.ink(seed=2)}
    checks.conditioned(prepare, others, below=2)
    ### END HIDDEN TESTS

# %% [markdown] id="centre" lang="en"
# Now the three ways of preparing pixels next to each other: as they are, scaled to [−1, 1], centred. `n` is the batch.
# **Predict** the worst of the six rows for `n=32`.

# %% [markdown] id="centre" lang="ru" of="8d0b47441f98"
# Теперь рядом три способа подготовить пиксели: как есть, растянуть на [−1, 1], центрировать. `n` — размер
# батча. **Предскажите** худшую из шести строк при `n=32`.

# %% id="centre-run" claims="O7 O8"
for name, pixels in (("grey", descent.grey()), ("ink", descent.ink())):
    ways = {"x": pixels, "2 * x - 1": 2 * pixels - 1, "x - x.mean(0)": pixels - pixels.mean(axis=0)}
    for way, x in ways.items():
        one, many = descent.descend(x), descent.descend(x, batch=32)
        print(f"{name:5} {way:14} condition(x) = {descent.condition(x):5.2f}", end="   ")
        print(f"n=1: .steps = {one.steps:4.1f} .opposite = {one.opposite:4.0%}", end="   ")
        print(f"n=32: .steps = {many.steps:4.1f} .opposite = {many.opposite:4.0%}")

# %% [markdown] id="centre-said" lang="en"
# With a batch of 32 the signs differ even on positive pixels; what remains is the long valley. Centring makes it round. Scaling to
# [−1, 1] centres only pixels that have their mean in the middle; it moves a dark scan from "mostly 0" to "mostly −1", and
# the valley gets longer than before. (With one sample a step, the rare bright pixels of `ink` limit the rate, and [−1, 1] is
# even ahead: compare `n=1`.) And none of this reaches the second layer: behind a ReLU all inputs are positive again.

# %% [markdown] id="centre-said" lang="ru" of="53a28382a3ee"
# С батчем из 32 знаки бывают разными и на положительных пикселях; остаётся вытянутый овраг. Центрирование делает его
# круглым. Нормировка на отрезок [−1, 1] центрирует только те пиксели, у которых среднее и так посередине; тёмный скан она переносит
# из «почти всюду 0» в «почти всюду −1», и овраг становится длиннее прежнего. (При одном примере за шаг скорость обучения
# ограничивают редкие светлые пиксели `ink`, и [−1, 1] даже впереди: сравните `n=1`.) А до второго слоя всё это
# не доходит: за ReLU все входы снова положительны.

# %% [markdown] id="myths" lang="en"
# ## Myth or measured?
#
# Decide for yourself first; the verdicts stand below the cell.
#
# 1. Alex does a lot of extra work.
# 2. Without ReLU, Geoffrey's net is linear.
# 3. When all pixels are positive, ReLU is useless.
# 4. Pixels in [−1, 1] make ReLU cut more often.
# 5. Positive inputs give all gradients of a layer one sign.
# 6. Max-pooling commutes with every activation that is not very strange.
#
# For 3 and 4, the cell counts numbers after convolution and pooling (256 random filters) that are negative, filters that ReLU
# never touches, and filters that it sometimes does (5 to 95 % negative).

# %% [markdown] id="myths" lang="ru" of="e65ee64b0ffc"
# ## Миф или измерение?
#
# Сначала решите сами; вердикты стоят под ячейкой.
#
# 1. Алекс делает много лишней работы.
# 2. Без ReLU сеть Джеффри линейна.
# 3. Если все пиксели положительны, ReLU бесполезна.
# 4. На пикселях из [−1, 1] ReLU обрезает чаще.
# 5. При положительных входах все градиенты слоя одного знака.
# 6. Max-pooling перестановочен с любой не слишком странной активацией.
#
# Для пунктов 3 и 4 ячейка считает, сколько чисел после свёртки и пулинга (256 случайных фильтров) отрицательны, каких
# фильтров ReLU не касается никогда, а каких — иногда (от 5 до 95 % отрицательных).

# %% id="myths-run" claims="O4 O5"
rng = np.random.default_rng(0)
for name in ("digits", "pictures"):
    pixels = data.load(name).x_test[:60]
    kernel = rng.normal(size=(3, 3, pixels.shape[-1], 256)).astype(np.float32)
    for low, x in ((0, pixels), (-1, 2 * pixels - 1)):
        negative = max_pool(np.asarray(ops.conv(ops.array(x), kernel))) < 0
        share = negative.mean(axis=(0, 1, 2))
        print(
            f"{name:9} [{low:2}, 1]   z < 0: {negative.mean():.0%}   share == 0: {np.mean(share == 0):.0%}",
            f"  0.05 < share < 0.95: {np.mean((share > 0.05) & (share < 0.95)):.0%}",
        )

# %% [markdown] id="verdicts" lang="en"
# 1. **Depends on what you count.** Three of four ReLUs, yes; a quarter of a percent of the cell; nothing in graph mode, where the
#    optimiser swaps or fuses.
# 2. **Myth.** A maximum is not affine (task 1), and his digits are as good as the others'.
# 3. **Myth.** Kernels have weights of both signs: a large part of the numbers that ReLU meets is negative. It is useless only when
#    its *own* input is positive.
# 4. **Myth.** Here the share of negative numbers even falls. What changes is *where* ReLU cuts. It now sometimes touches
#    filters that it never touched; on the pictures, all of them.
# 5. **Myth**, as soon as there is more than one neuron or more than one sample. True of one neuron on one sample.
# 6. **Myth.** GELU, SiLU and Mish, the favourites of today, do not.

# %% [markdown] id="verdicts" lang="ru" of="ecc4a96a6e38"
# 1. **Смотря что считать.** Три ReLU из четырёх — да; четверть процента всей ячейки; в режиме графа ничего: оптимизатор
#    переставляет слои или сливает их.
# 2. **Миф.** Максимум не аффинен (задание 1), и с цифрами Джеффри справляется не хуже других.
# 3. **Миф.** У ядер веса разных знаков: значительная часть чисел, которые встречает ReLU, отрицательна. Бесполезна она
#    лишь тогда, когда положителен её *собственный* вход.
# 4. **Миф.** Доля отрицательных чисел здесь даже падает. Меняется то, *где* ReLU обрезает: фильтры, которых она не касалась
#    никогда, теперь она иногда обрезает, на картинках — все до одного.
# 5. **Миф**, как только нейронов или примеров больше одного. Для одного нейрона на одном примере — правда.
# 6. **Миф.** GELU, SiLU и Mish, сегодняшние любимцы, не перестановочны.

# %% [markdown] task="why-same" lang="en"
# ## 7. In your own words (5 minutes, 2 points)
#
# Masha asks why Ilya may swap and whether she may do so with GELU. Answer in three to six sentences: which property of the
# activation decides, where the argument uses it, and what goes wrong for GELU (on which windows?).

# %% [markdown] task="why-same" lang="ru" of="37413fa815b9"
# ## 7. Своими словами (5 минут, 2 балла)
#
# Маша спрашивает, почему Илье можно менять порядок и можно ли ей так же с GELU. Ответьте в трёх-шести предложениях: какое
# свойство активации решает дело, где оно используется в рассуждении и что ломается у GELU (на каких окнах?).

# %% task="why-same" written points=2 lang="en"
# ### BEGIN SOLUTION
# Max-pooling picks the largest number $m$ of a window. If $f$ never decreases, then $z \le m$ gives $f(z) \le f(m)$ for every
# $z$ of the window, so the largest of the $f(z)$ is $f(m)$: it does not matter whether $f$ comes before or after the
# choice. ReLU never decreases; that it is flat on the left does no harm. GELU falls until about −0.75 and rises after that.
# In a window whose numbers all lie in the falling part, the *smallest* number has the largest GELU, and the orders differ. On
# positive numbers GELU rises, and there Masha may swap.
# ### END SOLUTION

# %% task="why-same" written points=2 lang="ru" of="2ec56293fb81"
# ### BEGIN SOLUTION
# Max-pooling выбирает из окна наибольшее число $m$. Если $f$ нигде не убывает, то из $z \le m$ следует $f(z) \le f(m)$ для каждого
# $z$ из окна, поэтому наибольшее из чисел $f(z)$ — это $f(m)$: неважно, применить $f$ до выбора или после.
# ReLU нигде не убывает; то, что слева она постоянна, не мешает. GELU примерно до −0.75 убывает, потом растёт.
# В окне, все числа которого лежат на убывающем участке, наибольшая GELU у *наименьшего* числа, и порядки расходятся. На
# положительных числах GELU растёт, и там Маше можно.
# ### END SOLUTION

# %% [markdown] task="unseen-stack" lang="en"
# ## 8. A stack nobody has seen (9 minutes, 3 points)
#
# The stack below is made from a seed. Take every pair of neighbours out of it, feed the pair any map, and swap its two layers. Fill in
# `swaps`: for each pair the set of modes in which the swap changes nothing, out of `"inference"` and `"training"`;
# `set()` if it changes something in both modes (`{}` is an empty dict).
#
# * In training, dropout drops (both orders draw with the same seed) and batch normalisation uses the batch's own statistics; in inference
#   it uses its moving ones.
# * Weights are the same in both orders. Biases and batch normalisation's $\beta$ and moving statistics are random and none is
#   zero; $\gamma$ stands beside its layer.
# * Equal means equal up to rounding. The truth is measured, not looked up.

# %% [markdown] task="unseen-stack" lang="ru" of="fd8a1977561a"
# ## 8. Стопка, которой никто не видел (9 минут, 3 балла)
#
# Стопка ниже сделана из зерна. Выньте из неё каждую пару соседей, подайте на вход пары любую карту и поменяйте два слоя местами.
# Заполните `swaps`: для каждой пары — множество режимов, в которых перестановка ничего не меняет, из `"inference"`
# (предсказание) и `"training"` (обучение); `set()`, если она что-то меняет в обоих режимах (`{}` — это пустой словарь).
#
# * При обучении дропаут выбрасывает числа (в обоих порядках с одним зерном), а батч-нормализация берёт статистики самого батча; при
#   предсказании — накопленные.
# * Веса в обоих порядках одни и те же. Смещения, а у батч-нормализации $\beta$ и накопленные статистики случайны, нулей среди них
#   нет; $\gamma$ указана рядом со слоем.
# * «Не меняет» значит «не меняет с точностью до округления». Ответ измерен, а не списан из таблицы.

# %% setup
STACK_SEED = 375

# %% id="show-stack"
print(unseen.stack(STACK_SEED))

# %% task="unseen-stack" answer exhibits="swaps"
swaps = {"1-2": None, "2-3": None, "3-4": None, "4-5": None, "5-6": None}
### BEGIN SOLUTION
swaps = {
    "1-2": {"inference", "training"},  # ReLU lets a factor of 0 or 1.25 pass
    "2-3": {"inference", "training"},
    "3-4": set(),  # one gamma is negative; in training the statistics differ as well
    "4-5": {"inference"},  # a mean of a straight line, but with other statistics
    "5-6": {"inference", "training"},  # one factor for the whole channel
}
### END SOLUTION

# %% task="unseen-stack" test points=3
with task("unseen-stack"):
    measured = unseen.stack(STACK_SEED).measured()
    checks.subsets(
        swaps,
        {pair: set(verdict.same) for pair, verdict in measured.items()},
        unseen.MODES,
        evidence={pair: verdict.message() for pair, verdict in measured.items()},
    )

# %% [markdown] id="more-stacks" lang="en"
# Another seed is another stack. Predict, then let it be measured:

# %% [markdown] id="more-stacks" lang="ru" of="69f07e8ea585"
# Другое зерно — другая стопка. Предскажите, а потом пусть рассудит измерение:

# %% id="more-stacks-run"
print(unseen.stack(7))
print(unseen.stack(7).truth())
