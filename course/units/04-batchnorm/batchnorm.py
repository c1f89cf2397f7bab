# %% [markdown] id="intro" lang="en"
# # Batch normalisation
#
# In a wiki, Masha finds a figure: two nets learn to read digits. One passes 90 % almost at once, the other crawls.
# The only difference, says the caption, is batch normalisation. "I'll put it everywhere," says Misha.
#
# In this notebook you write the layer, differentiate it, fold it away again, and then run the wiki's experiment
# yourself, with one more curve than the wiki shows.
#
# **Predict first.** The cell below puts five numbers through the layer, then the same numbers doubled, shifted by
# 100, and negated. How many different rows will it print?

# %% [markdown] id="intro" lang="ru" of="d13d01ea10f2"
# # Батч-нормализация
#
# В одной вики Маша нашла график: две сети учатся узнавать цифры. Одна почти сразу проходит 90 %, другая ползёт.
# Вся разница, говорит подпись, — в батч-нормализации. «Буду ставить её всюду», — говорит Миша.
#
# В этой тетради вы напишете этот слой, продифференцируете его, встроите в соседний слой, а потом сами повторите
# опыт из вики, добавив ещё одну кривую.
#
# **Сначала предскажите.** Ячейка ниже пропускает через слой пять чисел, затем их же — удвоенные, сдвинутые на 100
# и с обратным знаком. Сколько разных строк она напечатает?

# %% setup
from autograder import checks
from autograder.checks import hint, task

checks.use_language("en")

import numpy as np

with checks.quietly():
    import keras
from keras import layers

import autograder
from course.lab import bench, data, figures, runs, unseen
from course.lab.experiments import norm_by_hand, norm_nets
from course.lab.predictions import predict

DIGITS = data.digits()

# %% id="guess-rows"
predict("norm-rows", low=1, high=4)

# %% id="first-look"
rows = set()
x = np.array([1.0, 2.0, 3.0, 4.0, 10.0])
for name, numbers in {"x": x, "2 * x": 2 * x, "x + 100": x + 100, "-x": -x}.items():
    y = layers.BatchNormalization()(numbers[:, None], training=True)
    y = np.round(np.asarray(y)[:, 0], 2)
    rows.add(tuple(y))
    print(f"{name:8}", y)

# %% id="rows-outcome"
predict.outcome("norm-rows", len(rows), close=0)

# %% [markdown] id="after-look" lang="en"
# Two. In training the layer does not care where its inputs lie or how large they are; only a sign survives. Keep this in
# mind: it explains most of what follows.
#
# Every task works the same way: predict, run, edit the answer cell, run the check below it, read what it says.
# `hint("batch-statistics")` prints a hint; hints cost nothing.

# %% [markdown] id="after-look" lang="ru" of="4289586b9e8e"
# Две. При обучении слою безразлично, где лежат его входы и насколько они велики; сохраняется только знак. Запомните это:
# отсюда следует почти всё остальное.
#
# Все задания устроены одинаково: предскажите, запустите, впишите ответ, запустите проверку под ним, прочитайте, что
# она скажет. `hint("batch-statistics")` покажет подсказку; подсказки бесплатны.

# %% [markdown] task="batch-statistics" lang="en"
# ## 1. From the definition (13 minutes, 4 points)
#
# The last axis of `x` is the channel axis. A batch for a dense layer has shape (m, channels), a batch of maps
# (m, p, q, channels). Every channel is normalised by itself, and all places of a map alike: over the
# $n = m \cdot p \cdot q$ numbers of the channel (dense: over $m$),
#
# $$\mu = \frac1n \sum x, \qquad \sigma^2 = \frac1n \sum (x - \mu)^2, \qquad
# y = \gamma\, \frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta .$$
#
# Write three functions. They receive float64 arrays of either kind.
#
# 1. `statistics(x)` returns the pair (mean, variance), each of shape (channels,).
# 2. `normalise(x, mean, variance, gamma, beta, epsilon)` returns $y$ in the shape of `x`. It normalises by the `mean` and
#    `variance` that it is given: in training those of the batch, in inference the moving ones. The formula is the same.
# 3. `moving(batches, momentum)` receives a list of batches, in order, and returns the pair (moving mean, moving variance)
#    after them, each of shape (channels,). They start at 0 and 1; each batch moves them as Keras does, with the batch's own mean and variance:
#    `average = momentum * average + (1 - momentum) * value`.

# %% [markdown] task="batch-statistics" lang="ru" of="f087bbb93257"
# ## 1. По определению (13 минут, 4 балла)
#
# Последняя ось `x` — ось каналов. Батч для полносвязного слоя имеет форму (m, каналы), батч карт — форму
# (m, p, q, каналы). Каждый канал нормируется сам по себе, а все места карты — одинаково: по всем
# $n = m \cdot p \cdot q$ числам канала (в полносвязном случае — по $m$)
#
# $$\mu = \frac1n \sum x, \qquad \sigma^2 = \frac1n \sum (x - \mu)^2, \qquad
# y = \gamma\, \frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta .$$
#
# Напишите три функции. Они получают массивы float64 обоих видов.
#
# 1. `statistics(x)` возвращает пару (среднее, дисперсия), каждое формы (каналы,).
# 2. `normalise(x, mean, variance, gamma, beta, epsilon)` возвращает $y$ в форме `x`. Нормирует она теми `mean` и
#    `variance`, которые ей дали: при обучении это статистики батча, при предсказании — накопленные. Формула одна и та же.
# 3. `moving(batches, momentum)` получает список батчей по порядку и возвращает пару (накопленное среднее, накопленная
#    дисперсия) после них, каждое формы (каналы,). Начинают они с 0 и 1; каждый батч сдвигает их так же, как в Keras, по своим среднему и дисперсии:
#    `average = momentum * average + (1 - momentum) * value`.


# %% task="batch-statistics" answer exhibits="statistics, normalise, moving"
def statistics(x):
    mean, variance = None, None
    return mean, variance


def normalise(x, mean, variance, gamma, beta, epsilon):
    return x


def moving(batches, momentum):
    mean, variance = None, None
    return mean, variance


### BEGIN SOLUTION
def statistics(x):
    axes = tuple(range(x.ndim - 1))
    return x.mean(axis=axes), x.var(axis=axes)


def normalise(x, mean, variance, gamma, beta, epsilon):
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def moving(batches, momentum):
    mean, variance = 0, 1
    for batch in batches:
        new_mean, new_variance = statistics(batch)
        mean = momentum * mean + (1 - momentum) * new_mean
        variance = momentum * variance + (1 - momentum) * new_variance
    return mean, variance


### END SOLUTION

# %% task="batch-statistics" test points=1 claims="W1"
with task("batch-statistics"):
    from course.lab.experiments import norm_truth

    # float32 answers pass too: their rounding stays below 1e-5 of these numbers.
    checks.function(
        statistics,
        norm_truth.statistics,
        norm_truth.batches_of_numbers(),
        rtol=1e-5,
        atol=1e-5,
        names=norm_truth.STATISTICS,
        mistakes=norm_truth.statistics_mistakes(),
    )
    ### BEGIN HIDDEN TESTS
    for seed in (1, 2):
        checks.function(
            statistics,
            norm_truth.statistics,
            norm_truth.batches_of_numbers(seed),
            rtol=1e-5,
            atol=1e-5,
            names=norm_truth.STATISTICS,
        )
    ### END HIDDEN TESTS

# %% task="batch-statistics" test points=1
with task("batch-statistics"):
    from course.lab.experiments import norm_truth

    checks.function(
        normalise,
        norm_truth.normalise,
        norm_truth.normalise_cases(),
        rtol=1e-5,
        atol=1e-4,
        mistakes=norm_truth.normalise_mistakes(),
    )
    ### BEGIN HIDDEN TESTS
    checks.function(
        normalise, norm_truth.normalise, norm_truth.normalise_cases(1), rtol=1e-5, atol=1e-4
    )
    ### END HIDDEN TESTS

# %% task="batch-statistics" test points=2
with task("batch-statistics"):
    from course.lab.experiments import norm_truth

    checks.function(
        moving,
        norm_truth.moving,
        norm_truth.moving_cases(),
        rtol=1e-5,
        atol=1e-5,
        names=norm_truth.STATISTICS,
        mistakes=norm_truth.moving_mistakes(),
    )
    ### BEGIN HIDDEN TESTS
    checks.function(
        moving,
        norm_truth.moving,
        norm_truth.moving_cases(1),
        rtol=1e-5,
        atol=1e-5,
        names=norm_truth.STATISTICS,
    )
    ### END HIDDEN TESTS

# %% [markdown] id="ask-keras" lang="en"
# Now ask Keras. With `momentum=0` its layer keeps nothing but the last batch. **Predict:** how many numbers does a batch
# normalisation of 4 maps hold, and how many of them are trained? Is the variance that it keeps divided by $n = 210$ or by $n - 1$?

# %% [markdown] id="ask-keras" lang="ru" of="39d59f39a75a"
# Теперь спросим Keras. При `momentum=0` его слой помнит только последний батч. **Предскажите:** сколько чисел хранит
# батч-нормализация 4 карт и сколько из них обучаются? Дисперсия, которую хранит слой, поделена на $n = 210$ или на $n - 1$?

# %% id="ask-keras-run" claims="W1"
maps = np.random.default_rng(0).normal(3, 2, (5, 7, 6, 4)).astype(np.float32)
norm = layers.BatchNormalization(momentum=0)
norm(maps, training=True)
print("trainable:", sum(v.shape[0] for v in norm.trainable_variables), " all:", norm.count_params())
for name, ddof in (("n", 0), ("n - 1", 1)):
    variance = maps.reshape(-1, 4).astype(float).var(axis=0, ddof=ddof)
    print(f"{name:6} {np.abs(norm.moving_variance.numpy() - variance).max():.1e}")

# %% [markdown] id="ask-keras-said" lang="en"
# Four vectors of four numbers; γ and β are trained, the averages are not. Keras keeps the variance divided by $n$,
# PyTorch the one divided by $n - 1$. Behind a dense layer and at a batch of 2, the averages of the two differ by a factor of 2; on maps,
# where $n = 2 \cdot p \cdot q$, by next to nothing.

# %% [markdown] id="ask-keras-said" lang="ru" of="22330f58ccb5"
# Четыре вектора по четыре числа; γ и β обучаются, накопленные статистики — нет. Keras хранит дисперсию, поделённую на
# $n$, PyTorch — поделённую на $n - 1$. После полносвязного слоя и при батче из 2 они расходятся вдвое; на картах, где
# $n = 2 \cdot p \cdot q$, разница ничтожна.

# %% [markdown] task="norm-gradient" lang="en"
# ## 2. The way back (18 minutes, 3 points)
#
# In training, $\mu$ and $\sigma^2$ are made of $x$: every sample moves them, and through them the outputs of all others. The
# gradient has to know.
#
# Write `backward(x, gamma, dy, epsilon)`. It receives a batch `x` (either kind), `gamma`, and $dy = \partial L / \partial y$ in the shape
# of `x`, and returns the triple (`dx`, `dgamma`, `dbeta`): the gradients of $L$ by `x` (in its shape), $\gamma$ and $\beta$ (shape (channels,)),
# of the layer in training. Compute in float64 and by a formula: the check compares to rounding, which float32 (the
# default of Keras) and central differences do not reach.
#
# `numeric(loss, x, h)` below is the judge that needs no algebra: it nudges every number of `x` by `h` both ways. First see how
# far it may be trusted. **Predict:** which `h` is best in float32, which in float64, and how many digits does each give?

# %% [markdown] task="norm-gradient" lang="ru" of="fc2315209150"
# ## 2. Обратный ход (18 минут, 3 балла)
#
# При обучении $\mu$ и $\sigma^2$ сделаны из $x$: каждый пример сдвигает их, а через них — выходы всех остальных. Градиент обязан
# об этом знать.
#
# Напишите `backward(x, gamma, dy, epsilon)`. Функция получает батч `x` (любого вида), `gamma` и $dy = \partial L / \partial y$ в форме
# `x`, а возвращает тройку (`dx`, `dgamma`, `dbeta`): градиенты $L$ по `x` (в его форме), по $\gamma$ и по $\beta$ (формы (каналы,))
# для слоя при обучении. Считайте в float64 и по формуле: проверка сравнивает с точностью до округления, а ни float32
# (по умолчанию в Keras), ни центральные разности её не дают.
#
# `numeric(loss, x, h)` ниже — судья, которому не нужна алгебра: он сдвигает каждое число `x` на `h` в обе стороны. Сначала выясните,
# насколько ему можно верить. **Предскажите:** какое `h` лучшее в float32, какое в float64 и сколько верных цифр даёт каждое?


# %% setup
def numeric(loss, x, h):
    """The gradient of loss(x) by central differences."""
    gradient = np.zeros_like(x)
    for at in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[at] += h
        down[at] -= h
        gradient[at] = (loss(up) - loss(down)) / (2 * h)
    return gradient


# %% id="numeric-precision"
rng = np.random.default_rng(0)
x64, dy64 = rng.normal(2, 1, (6, 3)), rng.normal(size=(6, 3))


def loss_of(dy):
    return lambda x: ((x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + x.dtype.type(1e-3)) * dy).sum()


exact = numeric(loss_of(dy64.astype(np.longdouble)), x64.astype(np.longdouble), 1e-6)
for h in (1e-1, 1e-2, 1e-3, 1e-5, 1e-7, 1e-9):
    errors = [
        np.abs(numeric(loss_of(dy64.astype(t)), x64.astype(t), t(h)) - exact).max()
        for t in (np.float32, np.float64)
    ]
    print(f"h = {h:g}   float32: {errors[0]:.0e}   float64: {errors[1]:.0e}")

# %% [markdown] id="numeric-said" lang="en"
# A large `h` sees the bend of the curve, a small one drowns in rounding. float32 gives about four digits
# at its best, with `h` near 0.01; float64 about ten, with `h` near 0.00001. A gradient that is off by a percent passes in float32
# with the wrong `h` unnoticed: gradients are checked in float64.

# %% [markdown] id="numeric-said" lang="ru" of="83d0fed0ee06"
# Большое `h` видит изгиб кривой, маленькое тонет в округлении. float32 даёт в лучшем случае около четырёх цифр, при `h` около 0.01; float64 — около десяти,
# при `h` около 0.00001. В float32 с неудачным `h` ошибка градиента в процент
# остаётся незамеченной: градиенты проверяют в float64.


# %% task="norm-gradient" answer exhibits="backward"
def backward(x, gamma, dy, epsilon):
    dx, dgamma, dbeta = dy, gamma, gamma
    return dx, dgamma, dbeta


### BEGIN SOLUTION
def backward(x, gamma, dy, epsilon):
    axes = tuple(range(x.ndim - 1))
    root = np.sqrt(x.var(axis=axes) + epsilon)
    normal = (x - x.mean(axis=axes)) / root
    dgamma, dbeta = (dy * normal).sum(axis=axes), dy.sum(axis=axes)
    n = x.size / x.shape[-1]
    dx = gamma / root * (dy - dbeta / n - normal * dgamma / n)
    return dx, dgamma, dbeta


### END SOLUTION

# %% task="norm-gradient" test points=3
with task("norm-gradient"):
    from course.lab.experiments import norm_truth

    checks.arrays(
        backward,
        norm_truth.backward,
        norm_truth.backward_cases(),
        names=norm_truth.GRADIENTS,
        mistakes=norm_truth.backward_mistakes(),
        terms=64,
        size=norm_truth.backward_size,
        double=True,
    )
    ### BEGIN HIDDEN TESTS
    for seed in (1, 2):
        checks.arrays(
            backward,
            norm_truth.backward,
            norm_truth.backward_cases(seed),
            names=norm_truth.GRADIENTS,
            terms=64,
            size=norm_truth.backward_size,
            double=True,
        )
    ### END HIDDEN TESTS

# %% [markdown] id="by-hand" lang="en"
# You have a whole layer now. Does it learn? The next cell puts **your** `statistics`, `normalise` and `backward` into a net of three
# hidden layers of 100 (plain NumPy) and trains it on digits next to the same net without. It needs tasks 1 and 2.

# %% [markdown] id="by-hand" lang="ru" of="5d7d2e49b744"
# Теперь у вас есть целый слой. Учится ли он? Следующая ячейка вставляет **ваши** `statistics`, `normalise` и `backward` в сеть
# с тремя скрытыми слоями по 100 (чистый NumPy) и обучает её на цифрах рядом с такой же сетью без батч-нормализации. Нужны задания 1 и 2.

# %% id="by-hand-nets"
formulas = norm_by_hand.Formulas(statistics, normalise, backward)
mine = runs.Experiment(
    {
        "with": norm_by_hand.Trainer(norm_by_hand.Net("between", formulas=formulas), DIGITS),
        "without": norm_by_hand.Trainer(norm_by_hand.Net("none"), DIGITS),
    },
    total=runs.quick(600, 200),
    every=50,
    level=0.9,
    y_range=(0, 1),
)

# %% id="by-hand-run"
mine.run()

# %% [markdown] task="idle-bias" lang="en"
# ## 3. The bias before it, the ReLU behind it (8 minutes, 2 points)
#
# A layer with a bias, then batch normalisation. Somebody adds 0.7 to every bias.
#
# 1. Fill in `changes` with `True` or `False`: does the answer of these layers change (by more than rounding)? `training` uses the
#    batch's own statistics; `inference` the moving ones, which stay as they were before the bias was touched; in the row "averages caught up", the moving statistics
#    have since seen plenty of batches.
# 2. Fill in `same`: are "batch normalisation, then ReLU" and "ReLU, then batch normalisation" (the same weights) one function? A *fresh* layer has γ = 1, β = 0,
#    moving mean 0 and variance 1; a trained one has none of these.

# %% [markdown] task="idle-bias" lang="ru" of="08d0b01f8162"
# ## 3. Смещение перед ней, ReLU за ней (8 минут, 2 балла)
#
# Слой со смещением (bias), за ним батч-нормализация. Кто-то прибавил 0.7 ко всем смещениям.
#
# 1. Впишите в `changes` `True` или `False`: изменится ли ответ этой пары слоёв (больше чем на округление)? В режиме `training` берутся
#    статистики самого батча, в `inference` — накопленные, и они остались такими, какими были до правки; в строке «averages caught up» накопленные
#    статистики с тех пор повидали много батчей.
# 2. Заполните `same`: «батч-нормализация, потом ReLU» и «ReLU, потом батч-нормализация» (с теми же весами) — одна и та же функция? У *свежего* слоя (fresh) γ = 1, β = 0,
#    накопленные среднее 0 и дисперсия 1; у обученного (trained) всё это уже не так.

# %% task="idle-bias" answer exhibits="changes, same"
changes = {
    "dense, bn; training": None,
    "dense, bn; inference": None,
    "dense, bn; inference, averages caught up": None,
    "dense, relu, bn; training": None,
    "conv, bn; training": None,
    "conv, max_pool, bn; training": None,
}
same = {
    "fresh; inference": None,
    "fresh; training": None,
    "trained; inference": None,
    "beta = mean = 0, gamma > 0; inference": None,
    "beta = mean = 0, one gamma < 0; inference": None,
}
### BEGIN SOLUTION
changes = {
    "dense, bn; training": False,
    "dense, bn; inference": True,
    "dense, bn; inference, averages caught up": False,
    "dense, relu, bn; training": True,
    "conv, bn; training": False,
    "conv, max_pool, bn; training": False,
}
same = {
    "fresh; inference": True,
    "fresh; training": False,
    "trained; inference": False,
    "beta = mean = 0, gamma > 0; inference": True,
    "beta = mean = 0, one gamma < 0; inference": False,
}
### END SOLUTION

# %% task="idle-bias" test points=1 claims="P19"
with task("idle-bias"):
    from course.lab.experiments import norm_facts

    measured = norm_facts.bias_verdicts()
    checks.predictions(changes, measured.truth, evidence=measured.evidence)

# %% task="idle-bias" test points=1 claims="P17"
with task("idle-bias"):
    from course.lab.experiments import norm_facts

    measured = norm_facts.order_verdicts()
    checks.predictions(same, measured.truth, evidence=measured.evidence)

# %% [markdown] id="norm-bench" lang="en"
# Try it by hand. The bench sends small maps through two orders of the same layers; = and ≠ stand where the ends agree or differ, and the box
# shows the first window that does not agree. Turn $\gamma$ from negative to positive, switch between training mode and inference: when may the
# pool and the normalisation change places?

# %% [markdown] id="norm-bench" lang="ru" of="a3c048833dbf"
# Попробуйте руками. Стенд пропускает маленькие карты через одни и те же слои в двух порядках; знаки = и ≠ стоят там, где концы совпали или
# разошлись, а рамка показывает первое окно, где есть разница. Поверните $\gamma$ из минуса в плюс, переключите режим обучения и инференс: когда
# пулинг и нормализацию можно поменять местами?

# %% id="norm-bench-run"
bench.order("conv batch_norm max_pool", "conv max_pool batch_norm", gamma=-1.0)

# %% [markdown] id="no-gradient" lang="en"
# A bias that changes nothing can learn nothing. **Predict** the gradient of the bias below, next to that of the kernel. (Your `dx` knew it:
# what does each channel of `dx` sum to?)

# %% [markdown] id="no-gradient" lang="ru" of="456875253dbe"
# Смещение, которое ничего не меняет, ничему и не научится. **Предскажите**, каким выйдет градиент по смещению, и сравните с градиентом
# по ядру. (Ваш `dx` это знал: чему равна сумма `dx` по каждому каналу?)

# %% id="no-gradient-run" claims="P19"
import tensorflow as tf

keras.utils.set_random_seed(0)
dense, norm = layers.Dense(100), layers.BatchNormalization()
pixels = DIGITS.x_train[:60].reshape(60, -1)
target = np.random.default_rng(0).normal(size=(60, 100)).astype(np.float32)
dense(pixels)
with tf.GradientTape() as tape:
    loss = tf.reduce_sum((norm(dense(pixels), training=True) - target) ** 2)
gradients = tape.gradient(loss, [dense.kernel.value, dense.bias.value])
for name, gradient in zip(("kernel", "bias"), gradients, strict=True):
    print(f"{name:7} {np.abs(gradient).max():.1e}")

# %% [markdown] id="no-gradient-said" lang="en"
# Hence `use_bias=False` in front of a batch normalisation; its β does the work. But only *directly* in front: a ReLU between them and the
# bias decides what is cut. A max-pooling between them changes nothing: a constant passes through a maximum.
#
# And the order of ReLU and batch normalisation? Try it with a *fresh* layer in inference, as most people do, and you will find that it does not
# matter. In inference a fresh layer is next to the identity: a test with it proves nothing.

# %% [markdown] id="no-gradient-said" lang="ru" of="66c4e1b57b8a"
# Отсюда `use_bias=False` перед батч-нормализацией; работу смещения делает её β. Но только *прямо* перед ней: если между ними ReLU, смещение
# решает, что она обрежет. А max-pooling между ними ничего не меняет: константа проходит сквозь максимум.
#
# А порядок ReLU и батч-нормализации? Проверьте его на *свежем* слое в режиме предсказания, как делает большинство, и окажется, что
# порядок неважен. При предсказании свежий слой — почти тождественное отображение: проверка с ним ничего не доказывает.

# %% [markdown] task="fold-away" lang="en"
# ## 4. Fold it away (12 minutes, 3 points)
#
# In inference the layer only scales and shifts each channel: a convolution could do that on the side.
#
# 1. Write `fold(kernel, bias, gamma, beta, mean, variance, epsilon)`. It returns the pair (kernel, bias) of the **one** layer that answers in
#    inference as the layer with `kernel` and `bias` and the batch normalisation behind it together. The kernel has shape (height, width, channels, filters) or
#    (inputs, units); all vectors have one number per filter (unit). Compute in float64: float32 is not enough for the check.
# 2. Fill in `one_layer` with `True` or `False`: can the two be replaced by **one** layer (a convolution with the same kernel size and padding, a dense layer),
#    so that the answers stay the same on **every** input (up to rounding)? In inference, except in the last row. The weights are random, none is 0.

# %% [markdown] task="fold-away" lang="ru" of="7185cbe7cb5a"
# ## 4. Сверните её (12 минут, 3 балла)
#
# При предсказании слой всего лишь растягивает и сдвигает каждый канал: свёртка могла бы сделать это заодно.
#
# 1. Напишите `fold(kernel, bias, gamma, beta, mean, variance, epsilon)`. Она возвращает пару (ядро, смещение) **одного** слоя, который при
#    предсказании отвечает так же, как слой с `kernel` и `bias` и батч-нормализация за ним вместе. Ядро имеет форму (высота, ширина, каналы, фильтры) или
#    (входы, нейроны); в каждом векторе по числу на фильтр (нейрон). Считайте в float64: float32 проверке мало.
# 2. Впишите в `one_layer` `True` или `False`: можно ли заменить пару **одним** слоем (свёрткой с тем же размером ядра и padding, полносвязным слоем),
#    чтобы ответы остались прежними на **любом** входе (с точностью до округления)? Везде, кроме последней строки, — при предсказании. Веса случайны, нулей нет.


# %% task="fold-away" answer exhibits="fold, one_layer"
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


### BEGIN SOLUTION
def fold(kernel, bias, gamma, beta, mean, variance, epsilon):
    scale = gamma / np.sqrt(variance + epsilon)
    return kernel * scale, (bias - mean) * scale + beta


one_layer = {
    "conv, bn": True,
    "conv, relu, bn": False,
    'bn, conv with padding="valid"': True,
    'bn, conv with padding="same"': False,
    "bn, dense": True,
    "dense, bn; training": False,
}
### END SOLUTION

# %% task="fold-away" test points=2 claims="P18"
with task("fold-away"):
    from course.lab.experiments import norm_truth

    checks.arrays(
        fold,
        norm_truth.fold,
        norm_truth.fold_cases(),
        names=norm_truth.FOLDED,
        mistakes=norm_truth.fold_mistakes(),
        size=norm_truth.fold_size,
        double=True,
    )
    ### BEGIN HIDDEN TESTS
    checks.arrays(
        fold,
        norm_truth.fold,
        norm_truth.fold_cases(1),
        names=norm_truth.FOLDED,
        size=norm_truth.fold_size,
        double=True,
    )
    ### END HIDDEN TESTS

# %% task="fold-away" test points=1 claims="P18"
with task("fold-away"):
    from course.lab.experiments import norm_facts

    measured = norm_facts.fold_verdicts()
    checks.predictions(one_layer, measured.truth, evidence=measured.evidence)

# %% [markdown] id="fold-a-layer" lang="en"
# Your `fold` on Keras' own layers, on the digits; the numbers are largest differences from convolution and batch normalisation one after the other.
# **Predict** the second row, where ε is forgotten (the smallest moving variance is 0.01), and the third, where the unfolded pair is left in training mode.

# %% [markdown] id="fold-a-layer" lang="ru" of="66bd61a561a5"
# Ваша `fold` на слоях самого Keras, на цифрах; числа — наибольшие отличия от свёртки и батч-нормализации, применённых одна за другой.
# **Предскажите** вторую строку, где забыт ε (наименьшая накопленная дисперсия — 0.01), и третью, где несвёрнутая пара осталась в режиме обучения.

# %% id="fold-a-layer-run" claims="P18"
rng = np.random.default_rng(0)
conv, folded, norm = layers.Conv2D(8, 3), layers.Conv2D(8, 3), layers.BatchNormalization()
pixels = DIGITS.x_test[:50]
norm(conv(pixels)), folded(pixels)
vectors = rng.uniform(0.5, 2, 8), rng.normal(size=8), rng.normal(size=8), np.geomspace(0.01, 2, 8)
norm.set_weights(vectors)
pair = norm(conv(pixels), training=False)
for name, epsilon, training in (
    ("fold", norm.epsilon, False),
    ("epsilon = 0", 0, False),
    ("training=True", norm.epsilon, True),
):
    weights = [np.array(w, float) for w in (*conv.get_weights(), *vectors)]
    folded.set_weights(norm_by_hand.arrays(fold(*weights, epsilon), ("kernel", "bias")))
    expected = norm(conv(pixels), training=True) if training else pair
    print(f"{name:14} {np.abs(np.asarray(folded(pixels)) - np.asarray(expected)).max():.1e}")

# %% [markdown] id="fold-a-layer-said" lang="en"
# So batch normalisation costs nothing in a finished net, provided that it is folded, that ε comes along, and that nobody forgets the mode. The other
# direction, a batch normalisation *in front of* a convolution, breaks at the border: padding adds zeros *behind* the normalisation, and in the folded layer zeros are no longer
# what they were.

# %% [markdown] id="fold-a-layer-said" lang="ru" of="c6f9538b9374"
# Итак, в готовой сети батч-нормализация ничего не стоит, если её свернуть, не потерять ε и не забыть про режим. А вот свернуть батч-нормализацию, стоящую
# *перед* свёрткой, мешают края: padding добавляет нули уже *после* нормализации, а в свёрнутом слое ноль значит не то, что значил
# раньше.

# %% [markdown] task="four-nets" lang="en"
# ## 5. Four nets (10 minutes, 3 points)
#
# The wiki: three hidden dense layers of 100, ten outputs, "batch normalisation **before each hidden layer**", weights of small variance. Taken at its word,
# that is not where the authors of batch normalisation had put it. Build all readings and let them race.
#
# Write `make_net(place, activation, std)`: a Keras model for 64 inputs.
#
# | `place` | each of the three hidden layers |
# |---|---|
# | `"none"` | dense → activation |
# | `"before"` | batch normalisation → dense → activation (the wiki, literally) |
# | `"between"` | dense → batch normalisation → activation (the paper) |
# | `"after"` | dense → activation → batch normalisation |
#
# * Hidden layers have 100 units; behind them comes a dense layer of 10 without activation (logits).
# * `activation` is `"relu"` or `"sigmoid"`. All four kernels are drawn from the normal distribution $N(0, \mathtt{std}^2)$: each for itself,
#   and anew at each call.
# * Every layer stands in one place and can be trained. The batch normalisations work as Keras makes them: with the batch's statistics in training,
#   with the moving ones in inference.
# * Biases in front of a batch normalisation may stay or go. The model need not be compiled.

# %% [markdown] task="four-nets" lang="ru" of="1cd81695d0e9"
# ## 5. Четыре сети (10 минут, 3 балла)
#
# Вики: три скрытых полносвязных слоя по 100, десять выходов, батч-нормализация «**перед каждым скрытым слоем**», веса с малой дисперсией. Буквально понятое,
# это не то место, куда её ставили авторы. Постройте все прочтения и устройте им забег.
#
# Напишите `make_net(place, activation, std)`: модель Keras для 64 входов.
#
# | `place` | каждый из трёх скрытых слоёв |
# |---|---|
# | `"none"` | полносвязный → активация |
# | `"before"` | батч-нормализация → полносвязный → активация (вики, буквально) |
# | `"between"` | полносвязный → батч-нормализация → активация (статья) |
# | `"after"` | полносвязный → активация → батч-нормализация |
#
# * В скрытых слоях по 100 нейронов; за ними полносвязный слой из 10 без активации (логиты).
# * `activation` — `"relu"` или `"sigmoid"`. Все четыре ядра взяты из нормального распределения $N(0, \mathtt{std}^2)$: каждое само
#   по себе и при каждом вызове заново.
# * Каждый слой стоит в одном месте и обучается. Батч-нормализации работают так, как их делает Keras: при обучении — со статистиками батча, при
#   предсказании — с накопленными.
# * Смещения перед батч-нормализацией можно оставить, можно убрать. Компилировать модель не нужно.


# %% setup
NET_TASK = autograder.Task(kind="classification", classes=10, input_shape=(64,))


# %% task="four-nets" answer exhibits="make_net"
def make_net(place, activation, std):
    return keras.Sequential([keras.Input((64,)), layers.Dense(10)])


### BEGIN SOLUTION
def make_net(place, activation, std):
    def dense(units):
        return layers.Dense(units, kernel_initializer=keras.initializers.RandomNormal(0, std))

    net = keras.Sequential([keras.Input((64,))])
    for _ in range(3):
        if place == "before":
            net.add(layers.BatchNormalization())
        net.add(dense(100))
        if place == "between":
            net.add(layers.BatchNormalization())
        net.add(layers.Activation(activation))
        if place == "after":
            net.add(layers.BatchNormalization())
    net.add(dense(10))
    return net


### END SOLUTION

# %% task="four-nets" test points=2 claims="W7"
with task("four-nets"):
    from course.lab.experiments import norm_facts

    for place in ("between", "before", "after", "none"):
        checks.planned(
            make_net,
            (place, "relu", 0.05),
            norm_facts.operations(place, "relu"),
            task=NET_TASK,
            widths=(100, 100, 100, 10),
            mistakes=norm_facts.order_mistakes(place, "relu"),
        )
    checks.planned(
        make_net,
        ("between", "sigmoid", 0.05),
        norm_facts.operations("between", "sigmoid"),
        task=NET_TASK,
        mistakes=norm_facts.order_mistakes("between", "sigmoid"),
    )
    ### BEGIN HIDDEN TESTS
    for place in ("before", "after"):
        checks.planned(
            make_net,
            (place, "sigmoid", 0.01),
            norm_facts.operations(place, "sigmoid"),
            task=NET_TASK,
        )
    ### END HIDDEN TESTS

# %% task="four-nets" test points=1
with task("four-nets"):
    kernels = ((64, 100), (100, 100), (100, 100), (100, 10))
    checks.drawn(make_net, ("between", "relu", 0.05), 0.05, task=NET_TASK, shapes=kernels)
    checks.drawn(make_net, ("none", "relu", 0.5), 0.5, task=NET_TASK, shapes=kernels)
    ### BEGIN HIDDEN TESTS
    checks.drawn(make_net, ("after", "sigmoid", 0.01), 0.01, task=NET_TASK, shapes=kernels)
    ### END HIDDEN TESTS

# %% [markdown] id="race" lang="en"
# The race: ReLU, weights $N(0, 0.05^2)$, batches of 60, plain gradient descent with rate 0.01, as in the wiki. **Predict** the order of the four in
# reaching 90 %; the list below asks for the first of them.

# %% [markdown] id="race" lang="ru" of="8b53c202fce2"
# Забег: ReLU, веса $N(0, 0.05^2)$, батчи по 60, обычный градиентный спуск со скоростью обучения 0.01, как в вики. **Предскажите**, в каком порядке все четыре
# придут к 90 %; список ниже спрашивает, кто первый.

# %% id="race-nets"
race = runs.Experiment(
    {
        place: norm_by_hand.Trainer(norm_by_hand.Net(place), DIGITS)
        for place in ("none", "before", "between", "after")
    },
    total=runs.quick(1000, 500),
    every=50,
    level=0.9,
    y_range=(0, 1),
)

# %% id="guess-race"
predict("race-first", choices=norm_by_hand.PLACES)

# %% id="race-run" claims="W7"
race.run()
print(race.first("accuracy", 0.9))

# %% id="race-goals" claims="W7"
race.goals()

# %% id="race-outcome"
arrived = {place: at for place, at in race.first("accuracy", 0.9).items() if at}
predict.outcome("race-first", min(arrived, key=arrived.get, default="–"))

# %% [markdown] id="race-again" lang="en"
# One seed is an anecdote. The same race with five: weights and batches change. **Predict** whether the order stays.

# %% [markdown] id="race-again" lang="ru" of="a9fb47f85b20"
# Одно зерно — не статистика. Тот же забег с пятью зёрнами: меняются и веса, и батчи. **Предскажите**, сохранится ли порядок.

# %% id="race-seeds" claims="W7"
for number in range(runs.quick(5, 2)):
    first = {
        place: norm_by_hand.reaches(place, "relu", 0.05, 0.01, 1000, seed=number)
        for place in norm_by_hand.PLACES
    }
    print(f"seed {number}: 90 % by iteration", first)

# %% [markdown] id="race-said" lang="en"
# Presence decides: `none` does not get there at all. Place counts too: the wiki's literal `before` comes first with every seed, with 1.3 to 2 times fewer iterations than the next
# (it is the only one that normalises the pixels as well); which of `between` and `after` is next depends on the seed.

# %% [markdown] id="race-said" lang="ru" of="d88edd144fbf"
# Решает наличие: `none` не доходит вовсе. Но и место важно: буквальное `before` из вики приходит первым при каждом зерне, ему нужно в 1.3–2 раза меньше итераций, чем следующей
# (только она нормирует и сами пиксели); кто за ней, `between` или `after`, зависит от зерна.

# %% [markdown] task="what-it-buys" lang="en"
# ## 6. What it buys (15 minutes, 3 points)
#
# Now the wiki's two figures, in Keras, all 10,000 iterations: first ReLU, then sigmoid. Stop it whenever you like (■): what was computed is kept, and running the cell again
# goes on. Below the curves of accuracy and loss stand two histograms for each net: by how much its logit of 1 exceeds that of 0, for the zeros and for the ones among the held-out digits.
# **Predict** for both figures: how many times fewer iterations does the net with batch normalisation need for 90 %? When is its maximum reached? Does it run more
# or fewer iterations a second, and who is sooner at 90 % by the clock?

# %% [markdown] task="what-it-buys" lang="ru" of="4b7d27cb99e7"
# ## 6. Что она даёт (15 минут, 3 балла)
#
# Теперь оба графика из вики, в Keras, все 10 000 итераций: сначала ReLU, потом сигмоида. Можно остановить когда угодно (■): посчитанное останется, а повторный запуск ячейки
# продолжит счёт. Под кривыми точности и потерь для каждой сети стоят две гистограммы: насколько её логит единицы больше логита нуля, для нулей и для единиц среди отложенных цифр.
# **Предскажите** для обоих: во сколько раз меньше итераций до 90 % нужно сети с батч-нормализацией? Когда она достигнет максимума? Больше или меньше итераций в
# секунду она делает, и кто раньше придёт к 90 % по часам?


# %% setup
def wiki(activation, total):
    """The wiki's experiment: the net with and without, the same weights and batches. Below the curves:
    how far each prefers 1 to 0, for held-out zeros and ones."""
    nets = {
        name: norm_nets.net(place, activation)
        for name, place in (("with", "between"), ("without", "none"))
    }
    return runs.Experiment(
        {name: norm_nets.Trainer(net, DIGITS) for name, net in nets.items()},
        total=total,
        every=100,
        metric=("accuracy", "loss"),
        level=0.9,
        y_range=(0, 1),
        watch=lambda _: figures.distributions(norm_nets.leanings(nets, DIGITS), names=("0", "1")),
    )


# %% id="relu-nets"
relu_nets = wiki("relu", total=runs.quick(10_000, 1_000))

# %% id="relu-run" claims="W2 W3"
relu_nets.run()

# %% id="relu-numbers" claims="W2 W3 W4 W5"
print("90 %, iteration:", relu_nets.first("accuracy", 0.9))
print("90 %, seconds:  ", relu_nets.first("accuracy", 0.9, by="seconds"))
print("maximum:        ", relu_nets.best("accuracy"))
print("iterations/s:   ", relu_nets.rates)

# %% id="sigmoid-nets"
sigmoid_nets = wiki("sigmoid", total=runs.quick(10_000, 1_000))

# %% id="sigmoid-run" claims="W6"
sigmoid_nets.run()
print(sigmoid_nets.first("accuracy", 0.9), sigmoid_nets.last("accuracy"))

# %% [markdown] id="speed" lang="en"
# The wiki's figures, more or less. ReLU: some ten times fewer iterations to 90 %; its maximum comes after thousands of them, but as noise on a
# plateau that it has reached much earlier (the net without it is still climbing then); fewer iterations a second, and still sooner by the clock: ten times fewer outweighs dearer. Sigmoid: the net without it stays near 10 %, so there is nothing to divide by:
# its logits hardly depend on the digit.
#
# "510 batches a second without, 270 with": 0.53 of the speed. Is this a property of
# batch normalisation? **Predict** the ratio with / without in each way of running a training step, from Python operations one by one (`eager`) to one compiled loop (`xla`).

# %% [markdown] id="speed" lang="ru" of="c04513e8f285"
# В общем, как в вики. ReLU: до 90 % итераций нужно примерно вдесятеро меньше; её максимум приходит через тысячи итераций, но это шум на
# плато, достигнутом намного раньше (сеть без неё тогда ещё карабкается вверх); итераций в секунду она делает меньше, а по часам всё равно приходит раньше: «вдесятеро меньше» перевешивает «дороже». Сигмоида: сеть без неё так и стоит около 10 %, делить не на что:
# её логиты почти не зависят от цифры.
#
# «510 батчей в секунду без неё, 270 с ней», то есть 0.53 скорости. Это свойство батч-нормализации?
# **Предскажите** отношение «с / без» при каждом способе выполнять шаг обучения: от операций Python по одной (`eager`) до одного скомпилированного цикла (`xla`).

# %% id="speed-run" claims="W4"
modes = runs.quick(tuple(norm_nets.MODES), ("eager", "loop"))
for mode, rate in norm_nets.throughput(DIGITS, modes).items():
    print(f"{mode:15}", {name: round(value, 2) for name, value in rate.items()})

# %% [markdown] id="speed-said" lang="en"
# The ratio says more about the way the step is run than about the layer. In eager mode every small operation is paid for by itself, and batch normalisation brings many: less than half the speed. In `fit`, where
# Keras' own bookkeeping takes most of the time, a quiet machine shows hardly any difference.
#
# Now the curve that the wiki does not show. A deviation of 0.05 is nearly three times too small for ReLU layers of 100 inputs; He's initialisation takes $\sqrt{2 / 100} = 0.14$. And the rate of 0.01 was
# not chosen for the net without. Fill in `reaches`: which nets pass 90 % on held-out digits within 1000 iterations?
#
# * `"with"`: only the one with batch normalisation (between dense and activation); `"without"`: only the one without; `"both"`; `"neither"`.
# * Everything else as in the wiki: three layers of 100, batches of 60, the 8×8 digits. `he` draws each kernel from $N(0, 2 / \text{inputs})$.
#
# Predict all seven rows first; a second opinion costs three lines (`hint("what-it-buys")`).

# %% [markdown] id="speed-said" lang="ru" of="3ed7f0047705"
# Отношение говорит больше о способе выполнения шага, чем о слое. В режиме eager платят за каждую мелкую операцию отдельно, а батч-нормализация приносит их много: скорость падает более чем вдвое. В `fit`, где больше всего
# времени берёт служебная работа Keras, на незанятой машине разницы почти не видно.
#
# Теперь кривая, которой в вики нет. Отклонение 0.05 почти втрое меньше, чем нужно слоям ReLU со 100 входами: инициализация Хе (He) берёт $\sqrt{2 / 100} = 0.14$. И скорость обучения 0.01 подбирали
# не для сети без нормализации. Заполните `reaches`: какие сети проходят 90 % на отложенных цифрах за 1000 итераций?
#
# * `"with"`: только сеть с батч-нормализацией (между полносвязным слоем и активацией); `"without"`: только сеть без неё; `"both"`: обе; `"neither"`: ни одна.
# * Всё остальное — как в вики: три слоя по 100, батчи по 60, цифры 8×8. `he` берёт каждое ядро из $N(0, 2 / \text{входы})$.
#
# Сначала предскажите все семь строк; второе мнение обойдётся в три строки кода (`hint("what-it-buys")`).

# %% task="what-it-buys" answer exhibits="reaches"
reaches = {
    "relu, N(0, 0.05²), rate 0.01": None,
    "relu, he, rate 0.01": None,
    "relu, he, rate 0.1": None,
    "relu, N(0, 0.05²), rate 2": None,
    "relu, N(0, 5²), rate 0.01": None,
    "sigmoid, N(0, 0.05²), rate 0.01": None,
    "sigmoid, he, rate 1": None,
}
### BEGIN SOLUTION
reaches = {
    "relu, N(0, 0.05²), rate 0.01": "with",
    "relu, he, rate 0.01": "both",
    "relu, he, rate 0.1": "both",
    "relu, N(0, 0.05²), rate 2": "with",
    "relu, N(0, 5²), rate 0.01": "neither",
    "sigmoid, N(0, 0.05²), rate 0.01": "with",
    "sigmoid, he, rate 1": "both",
}
### END SOLUTION

# %% task="what-it-buys" test points=3 claims="W2 W5 W6 W8"
with task("what-it-buys"):
    from course.lab.experiments import norm_facts

    measured = norm_facts.controls()
    checks.choices(reaches, measured.truth, norm_facts.WORDS, evidence=measured.evidence)

# %% [markdown] id="control" lang="en"
# The wiki's figure, once more, with a fair opponent: the net without batch normalisation starts from He's weights and takes a rate of 0.1; the net with it keeps the wiki's settings, or takes the
# opponent's. **Predict** the four curves.

# %% [markdown] id="control" lang="ru" of="f258a9f47896"
# Ещё раз график из вики, но с честным соперником: сеть без батч-нормализации стартует с весов Хе со скоростью обучения 0.1; сеть с ней остаётся при настройках вики или берёт настройки
# соперника. **Предскажите** четыре кривые.

# %% id="control-nets"
control = runs.Experiment(
    {
        f"{place}, {std}, {rate}": norm_by_hand.Trainer(
            norm_by_hand.Net(place, std=std), DIGITS, rate=rate
        )
        for place in ("none", "between")
        for std, rate in ((0.05, 0.01), ("he", 0.1))
    },
    total=runs.quick(1000, 300),
    every=20,
    level=0.9,
    y_range=(0, 1),
)

# %% id="control-run" claims="W5"
control.run()
print(control.first("accuracy", 0.9))

# %% [markdown] id="lag" lang="en"
# And one more surprise in the first hundreds of iterations. The trainers also measured the accuracy on the same held-out digits *in training mode*, normalised by their own statistics instead of the
# moving ones. **Predict** which is higher at iteration 100, for the net with batch normalisation.

# %% [markdown] id="lag" lang="ru" of="6ada41d305a2"
# И ещё одна неожиданность первых сотен итераций. Точность на тех же отложенных цифрах измерялась ещё и *в режиме обучения*: их нормировали их же статистиками, а не
# накопленными. **Предскажите**, что выше на итерации 100 у сети с батч-нормализацией.

# %% id="lag-run"
seen = relu_nets.history["with"]
for at in (0, 1, 2, 4):
    print(
        f"{seen['iteration'][at]:5.0f}  inference {seen['accuracy'][at]:.3f}",
        f"  training mode {seen['accuracy in training mode'][at]:.3f}",
    )

# %% [markdown] id="lag-said" lang="en"
# The net has learnt long before its averages know: with `momentum=0.99`, after 100 batches $0.99^{100} = 37\,\%$ of the initial 0 and 1 are still in them. Who stops a short run early measures the averages, not the net.

# %% [markdown] id="lag-said" lang="ru" of="677cb05eadbb"
# Сеть выучилась задолго до того, как об этом узнали накопленные статистики: при `momentum=0.99` после 100 батчей в них ещё $0.99^{100} = 37\,\%$ начальных 0 и 1. Кто рано обрывает обучение, измеряет накопленные статистики, а не сеть.

# %% [markdown] id="myths" lang="en"
# ## Myth or measured?
#
# Decide for yourself first; the verdicts stand below the cell.
#
# 1. With batch normalisation 90 % comes much sooner.
# 2. Batch normalisation halves the number of batches a second.
# 3. Batch normalisation rescues a net from any bad initialisation.
# 4. "Before each hidden layer" is where batch normalisation belongs.
# 5. A sigmoid net of this depth cannot be trained without it.
#
# For 3 the cell takes weights 35 times too large, N(0, 5²), and goes on to 3000 iterations. For 1 and 5 it repeats the control over five seeds.

# %% [markdown] id="myths" lang="ru" of="055773d04897"
# ## Миф или измерение?
#
# Сначала решите сами; вердикты стоят под ячейкой.
#
# 1. С батч-нормализацией 90 % достигаются намного раньше.
# 2. Батч-нормализация вдвое уменьшает число батчей в секунду.
# 3. Батч-нормализация спасает сеть от любой плохой инициализации.
# 4. Место батч-нормализации — «перед каждым скрытым слоем».
# 5. Сеть такой глубины с сигмоидой без неё не обучить.
#
# Для пункта 3 ячейка берёт веса в 35 раз больше нужного, N(0, 5²), и продолжает до 3000 итераций. Для пунктов 1 и 5 она повторяет контроль с пятью зёрнами.

# %% id="myths-run" claims="W2 W5 W6 W8"
for activation, std, rate in (("relu", 0.05, 0.01), ("relu", "he", 0.1), ("sigmoid", "he", 1.0)):
    first = {
        place: [
            norm_by_hand.reaches(place, activation, std, rate, 1000, seed=seed)
            for seed in range(runs.quick(5, 1))
        ]
        for place in ("none", "between")
    }
    print(f"{activation:8} {std!s:5} {rate:<5}", first)
large = {
    place: norm_by_hand.Trainer(norm_by_hand.Net(place, std=5.0), DIGITS)
    for place in ("none", "between")
}
print({place: trainer(runs.quick(3000, 500))["accuracy"] for place, trainer in large.items()})

# %% [markdown] id="verdicts" lang="en"
# 1. **Depends.** With weights too small and a rate too small, some ten times sooner. Against a net without it that starts from He's weights with a rate of 0.1, not at all: both are there within a hundred or so iterations. (With the sigmoid, He's weights
#    and a rate of 1, twice as soon.)
#    Most of the figure shows a bad start being repaired. That is worth something: nobody had to know that the start was bad. And the net with it forgives a rate of 2, which kills the other.
# 2. **Depends on the mode**, not on the layer: see the table above.
# 3. **Half a myth.** Without it such a net is dead. With it, it learns, and after 3000 iterations is still short of what decent weights reach in a few hundred: the scale of a layer's *output* no longer matters, but gradients shrink as
#    weights grow, and nobody normalises the output layer.
# 4. **Loosely worded.** The paper puts it between the linear layer and the activation. Here all three places are far ahead of none, and its literal reading comes first with all five seeds.
# 5. **Myth.** With He's weights and a rate of 1 it takes about 500 iterations. With the wiki's settings it never leaves 10 %.

# %% [markdown] id="verdicts" lang="ru" of="c7d5464c1e9c"
# 1. **Смотря с чем сравнивать.** Когда малы и веса, и скорость обучения, — раз в десять раньше. А если сеть без неё стартует с весов Хе со скоростью обучения 0.1, то не раньше: обе на месте примерно через сотню итераций. (С сигмоидой,
#    весами Хе и скоростью обучения 1 — вдвое раньше.)
#    Бо́льшая часть графика показывает, как чинится плохой старт. Это тоже чего-то стоит: никому не пришлось знать, что старт был плох. И скорость обучения 2 сеть с ней прощает, а другую эта скорость убивает.
# 2. **Зависит от режима**, а не от слоя: смотрите таблицу выше.
# 3. **Наполовину миф.** Без неё такая сеть мертва. С ней она учится, но и после 3000 итераций не достигает того, к чему приличные веса приходят за несколько сотен: масштаб *выхода* слоя больше не важен, но чем
#    больше веса, тем меньше градиенты, а выходной слой никто не нормирует.
# 4. **Неточно сказано.** В статье она стоит между линейным слоем и активацией. Здесь все три места намного опережают «никакое», а буквальное прочтение первое при всех пяти зёрнах.
# 5. **Миф.** С весами Хе и скоростью обучения 1 хватает примерно 500 итераций. С настройками вики она так и не сходит с 10 %.

# %% [markdown] task="sold-by-figure" lang="en"
# ## 7. In your own words (5 minutes, 2 points)
#
# Misha shows the wiki's figure to his boss: "batch normalisation makes training ten times faster". In three to six sentences: what did the figure really compare, which control is missing, what came of it when you
# added it, and what remains true of the claim?

# %% [markdown] task="sold-by-figure" lang="ru" of="8d7fb519de80"
# ## 7. Своими словами (5 минут, 2 балла)
#
# Миша показывает начальнику график из вики: «батч-нормализация ускоряет обучение в десять раз». В трёх-шести предложениях: что на самом деле сравнивал график, какого контроля в нём нет, что вышло, когда вы его
# добавили, и что в этом утверждении остаётся верным?

# %% task="sold-by-figure" written points=2 lang="en"
# ### BEGIN SOLUTION
# The figure compares two nets that start from weights far too small and go with a small rate: one of them can rescale its layers, the other cannot. What is missing is a net without batch normalisation with a decent
# start, such as He's, and a rate of its own. With these it needs about as many iterations as the net with batch normalisation, and each of them is cheaper. What remains: batch normalisation makes the net insensitive to
# the scale of the weights (2x gives what x gives) and lets it live with rates that kill the other, so one need not find a good start. It speeds up bad starts; it does not speed up training in general.
# ### END SOLUTION

# %% task="sold-by-figure" written points=2 lang="ru" of="3d4ede3d4218"
# ### BEGIN SOLUTION
# График сравнивает две сети, которые стартуют со слишком малых весов и идут с малой скоростью обучения: одна умеет перемасштабировать свои слои, другая нет. Не хватает сети без батч-нормализации с приличным стартом, например Хе, и с
# собственной скоростью обучения. С ними ей нужно примерно столько же итераций, сколько сети с батч-нормализацией, и каждая дешевле. Что остаётся: батч-нормализация делает сеть нечувствительной к масштабу весов (от 2x получается то же, что
# от x) и позволяет жить со скоростями обучения, которые убивают другую, так что хороший старт можно не искать. Она ускоряет плохой старт, а не обучение вообще.
# ### END SOLUTION

# %% [markdown] task="unseen-norms" lang="en"
# ## 8. A net nobody has seen (9 minutes, 3 points)
#
# The net below is made from a seed. Every layer has random weights, none of them 0; the convolutions and `out` have biases.
#
# 1. `folds`: into which neighbour can each batch normalisation be folded in inference? `"before"`: into the layer directly before it; `"after"`: into the layer directly after it; `"both"`: into either of them;
#    `"neither"`. Folding means: the neighbour, with other weights but the same kernel size, padding and activation, does the work of both on **every** input.
# 2. `idle`: the names of the layers, out of `c1`, `c2`, `c3` and `out`, whose **bias** has no effect on the net's answer in training mode.

# %% [markdown] task="unseen-norms" lang="ru" of="66e48a9a4aae"
# ## 8. Сеть, которой никто не видел (9 минут, 3 балла)
#
# Сеть ниже построена по зерну (seed). Веса всех слоёв случайны, нулей среди них нет; у свёрток и у `out` есть смещения.
#
# 1. `folds`: в какой соседний слой можно встроить каждую батч-нормализацию при предсказании? `"before"`: в слой прямо перед ней; `"after"`: в слой прямо за ней; `"both"`: в любой из двух;
#    `"neither"`: ни в какой. Встроить значит: сосед с другими весами, но с теми же размером ядра, padding и активацией делает работу обоих на **любом** входе.
# 2. `idle`: имена слоёв из `c1`, `c2`, `c3` и `out`, **смещение** (bias) которых в режиме обучения никак не влияет на ответ сети.

# %% setup
NORM_SEED = 7

# %% id="show-norms"
print(unseen.norms(NORM_SEED))

# %% [markdown] id="xray-norms" lang="en"
# An X-ray of the net shows what each operation makes of a batch of random maps in training mode. It tells shapes and statistics, no answers.

# %% [markdown] id="xray-norms" lang="ru" of="041bf3252926"
# Рентген сети показывает, во что каждая операция превращает батч случайных карт в режиме обучения. Он сообщает формы и статистики, но не ответы.

# %% id="xray-norms-run"
net = unseen.norms(NORM_SEED).make()
maps = np.random.default_rng(0).normal(size=(32, *net.input_shape[1:]))
autograder.xray(net, maps, training=True)

# %% task="unseen-norms" answer exhibits="folds, idle"
folds = {"n1": None, "n2": None, "n3": None}
idle = None
### BEGIN SOLUTION
folds = {"n1": "after", "n2": "before", "n3": "neither"}
idle = {"c1", "c2"}  # a constant passes through a maximum
### END SOLUTION

# %% task="unseen-norms" test points=2
with task("unseen-norms"):
    measured = unseen.norms(NORM_SEED).measured()
    checks.choices(folds, measured.folds, unseen.SIDES, evidence=measured.fold_evidence)

# %% task="unseen-norms" test points=1
with task("unseen-norms"):
    measured = unseen.norms(NORM_SEED).measured()
    checks.subsets(
        {"idle": idle},
        {"idle": set(measured.idle)},
        unseen.BIASES,
        evidence={"idle": measured.idle_evidence},
    )

# %% [markdown] id="more-norms" lang="en"
# Another seed is another net. Predict, then let it be measured:

# %% [markdown] id="more-norms" lang="ru" of="20363b75910a"
# Другое зерно — другая сеть. Предскажите, а потом пусть рассудит измерение:

# %% id="more-norms-run"
print(unseen.norms(1))
print(unseen.norms(1).truth())
