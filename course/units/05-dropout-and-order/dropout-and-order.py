# %% [markdown] id="intro" lang="en"
# # Dropout and the order of layers
#
# Masha has asked a forum in which order to put convolution, SpatialDropout, batch normalisation, activation
# and pooling. Misha has found the answer that everybody links to, a list of rules: "never normalise after
# dropout", "leave two layers between", "half of the units are guaranteed to be zero", "this order I often use
# myself". "Some of it must be right," says Misha. This notebook finds out which.
#
# Below, dropout with rate 0.5 meets numbers drawn from N(2, 1), and a batch normalisation after it learns their
# statistics. In inference dropout is off. **Predict first:** the mean and the variance after the dropout in
# training (without it: 2 and 1), and the variance after the normalisation in inference, where it should be 1.

# %% [markdown] id="intro" lang="ru" of="9b9c3b965c41"
# # Дропаут и порядок слоёв
#
# Маша спросила на форуме, в каком порядке ставить свёртку, SpatialDropout, батч-нормализацию, активацию и пулинг.
# Миша нашёл ответ, на который все ссылаются, — список правил: «не ставьте нормализацию после дропаута»,
# «оставляйте между ними два слоя», «половина нейронов гарантированно обнулится», «вот порядок, которым я и сам часто
# пользуюсь». «Что-то из этого наверняка правда», — говорит Миша. В этой тетради мы выясним, что именно.
#
# Ниже дропаут с долей 0.5 получает числа из N(2, 1), а батч-нормализация после него запоминает их статистики. При
# предсказании дропаут выключен. **Сначала предскажите:** среднее и дисперсию после дропаута при обучении (без него они
# равны 2 и 1) и дисперсию после нормализации при предсказании, где она должна бы быть равна 1.

# %% setup
from autograder import checks, training
from autograder.checks import hint, task

checks.use_language("en")

import ast

import numpy as np

import autograder

with checks.quietly():
    import keras
from keras import layers, ops

from course.lab import bench, data, figures, unseen
from course.lab.experiments import dropped_nets, dropping
from course.lab.predictions import predict

DIGITS = autograder.Task("classification", classes=10, input_shape=(8, 8, 1))


def drop(x, rate, kind=layers.Dropout):
    """The array ``x`` after a dropout in training; the same mask for the same rate and shape."""
    return np.asarray(kind(rate, seed=1)(np.asarray(x, np.float32), training=True))


def relu(z):
    return np.maximum(z, 0)


def max_pool(z):
    """2x2 max-pooling of maps (n, height, width, channels)."""
    return np.asarray(layers.MaxPooling2D(2)(np.asarray(z, np.float32)))


# %% id="guess-variance"
predict("kept-variance", low=0, high=10)

# %% id="first-look" claims="P2"
x = np.random.default_rng(0).normal(2, 1, (1000, 20)).astype(np.float32)
dropped = drop(x, 0.5)
print(f"training:  mean {dropped.mean():.2f}  variance {dropped.var():.2f}")
batch_norm = layers.BatchNormalization(momentum=0.0)  # remembers the last batch and no other
layer_norm = layers.LayerNormalization()
for norm in (batch_norm, layer_norm):
    norm(dropped, **({"training": True} if norm is batch_norm else {}))
    print(f"inference: variance after {type(norm).__name__} {np.asarray(norm(x)).var():.2f}")

# %% id="variance-outcome"
predict.outcome("kept-variance", np.asarray(batch_norm(x)).var(), close=0.1)

# %% [markdown] id="after-look" lang="en"
# The mean has stayed, the variance is six times as large. Batch normalisation has learnt to divide by √6; in inference
# nothing is dropped, and it divides all the same: 0.17 instead of 1, and whatever stands after it has never seen
# such numbers. Layer normalisation takes its statistics from each sample anew, in inference too, and is not
# misled. What goes wrong is not dropout and not normalisation. It is **memory**.
#
# Every task works the same way: predict, run, edit the answer cell, run the check below it, read what it says.
# `hint("dropped-variance")` prints a hint; hints cost nothing.

# %% [markdown] id="after-look" lang="ru" of="1631d1256e6e"
# Среднее осталось, а дисперсия выросла вшестеро. Батч-нормализация привыкла делить на √6; при предсказании никто
# ничего не выбрасывает, а она всё равно делит: 0.17 вместо 1, и слои после неё таких чисел никогда не видели.
# Нормализация по слою (layer normalisation) берёт статистики у каждого примера заново, в том числе при предсказании, и её это не сбивает.
# Виноваты не дропаут и не нормализация. Виновата **память**.
#
# Все задания устроены одинаково: предскажите, запустите, впишите ответ, запустите проверку под ним, прочитайте, что
# она скажет. `hint("dropped-variance")` покажет подсказку; подсказки бесплатны.

# %% [markdown] id="drop-bench" lang="en"
# Move the layers yourself. On the bench small maps go through both orders; = and ≠ mark the ends, the box shows the first window that
# differs, and below stand mean and deviation of both ends. It starts in inference, with $z$ around 2 as above: which of the two orders
# brings a deviation of 1? Then switch on the training mode.

# %% [markdown] id="drop-bench" lang="ru" of="3f6669ea8194"
# Переставьте слои сами. На стенде маленькие карты проходят через оба порядка; знаки = и ≠ стоят на концах, рамка показывает первое окно,
# где есть разница, а внизу — среднее и отклонение обоих концов. Сначала включён инференс, и $z$ лежит около 2, как выше: какой из двух
# порядков даёт отклонение 1? Потом включите режим обучения.

# %% id="drop-bench-run"
bench.order("dropout batch_norm", "batch_norm dropout", shift=2.0)

# %% [markdown] task="dropped-variance" lang="en"
# ## 1. The variance that dropout adds (12 minutes, 3 points)
#
# In training, dropout sets a number to 0 with probability $p$ and divides it by $1 - p$ otherwise.
#
# 1. Write `dropped_variance(mean, variance, rate)`: the variance after the dropout, for numbers of this mean and
#    variance before it.
# 2. A student has printed mean and variance for every layer of a net, class by class (samples of class 0, samples of
#    class 1). Around the dropout stood the numbers below; the student was surprised that the variance *rises*.
#    Which rate had the dropout? Fill in `rate_found`, from each class; an error of 0.01 is allowed.
# 3. In which mode had the net been run, `"training"` or `"inference"`? Fill in `mode_found`.
#
# | | mean before | variance before | variance after |
# |---|---|---|---|
# | class 0 | 0.7459 | 4.8757 | 8.5122 |
# | class 1 | 0.7880 | 5.6263 | 9.7856 |

# %% [markdown] task="dropped-variance" lang="ru" of="5bbfc620f6d0"
# ## 1. Дисперсия, которую добавляет дропаут (12 минут, 3 балла)
#
# При обучении дропаут с вероятностью $p$ обнуляет число, а иначе делит его на $1 - p$.
#
# 1. Напишите `dropped_variance(mean, variance, rate)`: дисперсию после дропаута для чисел, у которых перед ним
#    такие среднее и дисперсия.
# 2. Один студент напечатал среднее и дисперсию на выходе каждого слоя сети отдельно по классам (примеры класса 0, примеры
#    класса 1). Вокруг дропаута стояли числа из таблицы; студента удивило, что дисперсия *растёт*. Какая была
#    доля (rate) у дропаута? Заполните `rate_found` по каждому классу; допускается ошибка 0.01.
# 3. В каком режиме работала сеть, `"training"` (обучение) или `"inference"` (предсказание)? Заполните `mode_found`.
#
# | | среднее до | дисперсия до | дисперсия после |
# |---|---|---|---|
# | класс 0 | 0.7459 | 4.8757 | 8.5122 |
# | класс 1 | 0.7880 | 5.6263 | 9.7856 |


# %% task="dropped-variance" answer exhibits="dropped_variance, rate_found, mode_found"
def dropped_variance(mean, variance, rate):
    return variance


rate_found = {"class 0": None, "class 1": None}
mode_found = {"mode": None}


### BEGIN SOLUTION
def dropped_variance(mean, variance, rate):
    # E[y²] = (1 - p) E[x²] / (1 - p)², and the mean stays as it was
    return (variance + mean**2) / (1 - rate) - mean**2


rate_found = {
    name: (row["after"] - row["variance"]) / (row["after"] + row["mean"] ** 2)
    for name, row in dropping.REPORT.items()
}
mode_found = {"mode": "training"}
### END SOLUTION

# %% task="dropped-variance" test points=2 claims="P1"
with task("dropped-variance"):
    checks.function(
        dropped_variance,
        dropping.dropped_variance,
        dropping.variance_cases(n=20),
        mistakes=dropping.variance_mistakes(),
    )
    ### BEGIN HIDDEN TESTS
    checks.function(dropped_variance, dropping.dropped_variance, dropping.variance_cases(seed=1))
    ### END HIDDEN TESTS

# %% task="dropped-variance" test points=1 claims="S1"
with task("dropped-variance"):
    checks.numbers(
        rate_found,
        dropping.report_rates(),
        rtol=0,
        atol=0.0125,  # 0.01 for the student, and a little for the rounding of the table
        mistakes=dropping.report_mistakes(),
    )
    modes = {"training": ("train", "обучение"), "inference": ("test", "предсказание")}
    checks.choices(mode_found, {"mode": "training"}, modes)

# %% [markdown] id="formula-said" lang="en"
# Does Keras know the formula? The next cell drops numbers of four kinds and divides what is measured by what the
# formula says; the last line is the report's dropout in inference. **Predict** it.

# %% [markdown] id="formula-said" lang="ru" of="43afc1e97271"
# А Keras знает эту формулу? Следующая ячейка пропускает через дропаут числа четырёх видов и делит измеренное на то, что
# обещает формула; последняя строка — дропаут из отчёта в режиме предсказания. **Предскажите**, что в ней.

# %% id="formula-run" claims="P1 S1"
rng = np.random.default_rng(0)
kinds = {
    "normal(0, 1)": rng.normal(0, 1, (1000, 1000)),
    "relu(normal(0, 1))": relu(rng.normal(0, 1, (1000, 1000))),
    "normal(2, 1)": rng.normal(2, 1, (1000, 1000)),
    "exponential": rng.exponential(1, (1000, 1000)),
}
for kind, x in kinds.items():
    for rate in (0.2, 0.5):
        y = drop(x, rate)
        formula = dropping.dropped_variance(x.mean(), x.var(), rate)
        print(
            f"{kind:20} p = {rate}   mean {x.mean():5.2f} -> {y.mean():5.2f}   "
            f"variance x {y.var() / x.var():.2f}   measured / formula {y.var() / formula:.3f}"
        )
row = dropping.REPORT["class 0"]
x = rng.normal(row["mean"], np.sqrt(row["variance"]), (1000, 1000)).astype(np.float32)
layer = layers.Dropout(0.4, seed=1)
for training_mode in (True, False):
    y = np.asarray(layer(x, training=training_mode))
    print(f"training={training_mode!s:5}  variance after Dropout(0.4): {y.var():.2f}")

# %% [markdown] task="through-activation" lang="en"
# ## 2. Before or after the activation? (12 minutes, 3 points)
#
# Dropout and activation one after the other, in both orders, with the same mask. Fill in `order` for all fourteen:
#
# * `"same"`: both orders give the same numbers for every input and every rate (up to rounding);
# * `"zeros"`: they differ, but a dropped number is 0 in both;
# * `"neither"`: dropped numbers are 0 only when dropout comes last.
#
# Then fill in `fallen`: what has become of a dropped number after these activations, when dropout stands
# *before* them? Three digits are enough.

# %% [markdown] task="through-activation" lang="ru" of="5f25ecaad0c7"
# ## 2. До активации или после? (12 минут, 3 балла)
#
# Дропаут и активация стоят друг за другом, в обоих порядках, маска одна и та же. Заполните `order` для всех четырнадцати:
#
# * `"same"`: оба порядка дают одни и те же числа при любом входе и любой доле (с точностью до округления);
# * `"zeros"`: числа разные, но выброшенное число равно 0 в обоих порядках;
# * `"neither"`: выброшенные числа равны 0, только если дропаут стоит последним.
#
# Затем заполните `fallen`: во что превратилось выброшенное число после этих активаций, если дропаут стоит
# *перед* ними? Трёх знаков достаточно.

# %% id="through-curves"
figures.curves(
    {
        name: (x, np.asarray(keras.activations.get(name)(x)))
        for x in [np.linspace(-4, 8, 121, dtype=np.float32)]
        for name in dropping.ACTIVATIONS
    }
)

# %% task="through-activation" answer exhibits="order, fallen"
order = {
    "linear": "same",
    "relu": None,
    "leaky_relu": None,
    "relu6": None,
    "elu": None,
    "selu": None,
    "gelu": None,
    "silu": None,
    "tanh": None,
    "hard_tanh": None,
    "softsign": None,
    "sigmoid": None,
    "hard_sigmoid": None,
    "softplus": None,
}
fallen = {"sigmoid": None, "hard_sigmoid": None, "softplus": None, "tanh": None}
### BEGIN SOLUTION
# A scaled number comes through unharmed where f(cx) = c f(x): straight from 0, both ways.
order = dict.fromkeys(dropping.ACTIVATIONS, "zeros")
order |= dict.fromkeys(("linear", "relu", "leaky_relu"), "same")
order |= dict.fromkeys(("sigmoid", "hard_sigmoid", "softplus"), "neither")
fallen = {"sigmoid": 0.5, "hard_sigmoid": 0.5, "softplus": np.log(2), "tanh": 0.0}
### END SOLUTION

# %% task="through-activation" test points=2 claims="P11"
with task("through-activation"):
    seen = dropping.through_activations()
    checks.choices(order, seen.truth, dropping.WORDS, evidence=seen.evidence)

# %% task="through-activation" test points=1 claims="P12"
with task("through-activation"):
    checks.numbers(
        fallen, dropping.fallen(), rtol=2e-3, atol=1e-6, mistakes=dropping.fallen_mistakes()
    )

# %% [markdown] id="tanh-bends" lang="en"
# A zero stays zero under tanh, but the survivors have been doubled ($p = 0.5$), and tanh does not double. The next cell
# measures what is left of the mean size, $E|\tanh(2x)| / (2 E|\tanh x|)$, for small, middling and large numbers.
# **Predict** for which of them the order hardly matters.

# %% [markdown] id="tanh-bends" lang="ru" of="d9cd8d1220e7"
# Ноль под tanh остаётся нулём, но уцелевшие числа удвоены ($p = 0.5$), а tanh не удваивает. Следующая ячейка
# измеряет, какая доля среднего модуля сохранилась, $E|\tanh(2x)| / (2 E|\tanh x|)$, для маленьких, средних и больших чисел.
# **Предскажите**, для каких порядок почти не важен.

# %% id="tanh-bends-run" claims="P13"
x = np.random.default_rng(0).normal(size=100_000)
for scale in (0.1, 1, 3):
    left = np.abs(np.tanh(2 * scale * x)).mean() / (2 * np.abs(np.tanh(scale * x)).mean())
    print(f"deviation {scale:3}: {left:.3f}")

# %% [markdown] task="dropped-pool" lang="en"
# ## 3. Dropout before the pool (12 minutes, 3 points)
#
# Element-wise dropout stands before max-pooling. "If the maximum falls, the second largest comes out," says the
# list of rules. Not so fast: it may fall too.
#
# 1. Write `winners(rate, size)` for a window of `size` different **positive** numbers: the list of `size` + 1
#    chances that the largest comes out, the second largest, ..., the smallest, and, at the end, 0.
# 2. Fill in `pooled_mean`: what dropout with rate 0.5 before 2×2 max-pooling does to the **mean** of what comes
#    out, on average over masks, on maps of positive numbers, $[0, 1]$, and of negative ones, $[-1, 0]$: `"rises"`, `"stays"` or `"falls"`.
#    (A mean that moves nearer to 0 from below rises.)

# %% [markdown] task="dropped-pool" lang="ru" of="35e7389532d3"
# ## 3. Дропаут перед пулингом (12 минут, 3 балла)
#
# Поэлементный дропаут стоит перед max-pooling. «Если максимум обнулится, на выходе окажется второе по величине», — гласит
# список правил. Не спешите: обнулиться может и оно.
#
# 1. Напишите `winners(rate, size)` для окна из `size` разных **положительных** чисел: список из `size` + 1
#    вероятностей того, что на выходе окажется наибольшее, второе по величине, ..., наименьшее и, последним, 0.
# 2. Заполните `pooled_mean`: что дропаут с долей 0.5 перед max-pooling 2×2 делает со **средним** на выходе (в среднем по маскам), если карты
#    состоят из положительных чисел, $[0, 1]$, и из отрицательных, $[-1, 0]$: `"rises"` (растёт), `"stays"`
#    (не меняется) или `"falls"` (падает). (Среднее, которое приближается к 0 снизу, растёт.)


# %% task="dropped-pool" answer exhibits="winners, pooled_mean"
def winners(rate, size):
    return [0.0] * (size + 1)


pooled_mean = {
    "Dropout, positive": None,
    "Dropout, negative": None,
    "SpatialDropout2D, positive": None,
    "SpatialDropout2D, negative": None,
}


### BEGIN SOLUTION
def winners(rate, size):
    # The k-th wins when the k - 1 larger ones have fallen and it has not.
    return [rate**k * (1 - rate) for k in range(size)] + [rate**size]


pooled_mean = {
    "Dropout, positive": "rises",
    "Dropout, negative": "rises",
    "SpatialDropout2D, positive": "stays",
    "SpatialDropout2D, negative": "stays",
}
### END SOLUTION

# %% task="dropped-pool" test points=2
with task("dropped-pool"):
    checks.function(
        winners, dropping.winners, dropping.window_cases(), mistakes=dropping.window_mistakes()
    )
    ### BEGIN HIDDEN TESTS
    checks.function(winners, dropping.winners, [(0.3, 4), (0.7, 3), (0.15, 16), (0.6, 1)])
    ### END HIDDEN TESTS

# %% task="dropped-pool" test points=1 claims="P6"
with task("dropped-pool"):
    seen = dropping.pooled_means()
    checks.choices(pooled_mean, seen.truth, dropping.MEANS, evidence=seen.evidence)

# %% [markdown] id="pool-said" lang="en"
# Now by Keras, $p = 0.2$: who comes out of positive windows, how many zeros are left of the 20 % that were ordered, what
# becomes of windows of negative numbers. Then SpatialDropout2D, before and after the pool with one mask, and a second call
# of the same layers. **Predict** the share of zeros after Dropout and after SpatialDropout2D.

# %% [markdown] id="pool-said" lang="ru" of="24fd6df0b5cd"
# Теперь то же в Keras, $p = 0.2$: кто выходит из положительных окон, сколько нулей осталось от обещанных 20 %, что
# становится с окнами из отрицательных чисел. Затем SpatialDropout2D до пулинга и после него с одной маской и второй вызов тех
# же слоёв. **Предскажите** долю нулей после Dropout и после SpatialDropout2D.

# %% id="pool-run" claims="P5 P6 P7"
positive = np.random.default_rng(0).uniform(0, 1, (200, 16, 16, 32)).astype(np.float32)
windows = positive.reshape(200, 8, 2, 8, 2, 32).transpose(0, 1, 3, 5, 2, 4).reshape(-1, 4)
largest = np.sort(windows)[:, ::-1]
for kind in (layers.Dropout, layers.SpatialDropout2D):
    out = max_pool(drop(positive, 0.2, kind))
    kth = [np.mean(np.isclose(out.reshape(-1) * 0.8, largest[:, k], atol=1e-6)) for k in range(4)]
    print(
        f"{kind.__name__:17}", "largest, second, ...:", *[f"{share:.4f}" for share in kth], end=""
    )
    print(
        f"   zero: {np.mean(out == 0):.4f}   mean {max_pool(positive).mean():.2f} -> {out.mean():.2f}"
    )
negative = -positive
out = max_pool(drop(negative, 0.5))
print(f"negative, p = 0.5: zero {np.mean(out == 0):.2f}", end="   ")
print(f"mean {max_pool(negative).mean():.2f} -> {out.mean():.3f}")

signed = np.random.default_rng(1).normal(size=(20, 8, 8, 16)).astype(np.float32)
before, behind = (layers.SpatialDropout2D(0.3, seed=5) for _ in range(2))
for call in ("first call", "second call"):
    one = max_pool(before(signed, training=True))
    other = np.asarray(behind(max_pool(signed), training=True))
    print(f"SpatialDropout2D, {call}: equal to the last bit: {np.array_equal(one, other)}")

# %% [markdown] id="pool-after" lang="en"
# Of the zeros that dropout has made hardly any survive: 0.2⁴ = 0.0016 of the windows. The mean, which dropout
# takes such care to keep, has gone up, because the maximum prefers survivors, and those have been scaled up. And a window of
# negative numbers does not give its second largest: it gives **0**, which beats them all. A whole
# channel falls before the pool as well as after it, to the last bit. (The second call agrees as well, because both layers
# have gone on drawing from equal seeds; layers with different histories draw different masks.)

# %% [markdown] id="pool-after" lang="ru" of="7382ea832617"
# Из нулей, которые сделал дропаут, не уцелел почти ни один: 0.2⁴ = 0.0016 всех окон. Среднее, о котором дропаут так
# заботится, выросло, потому что максимум предпочитает уцелевших, а их умножили. А из окна отрицательных чисел
# выходит вовсе не второе по величине: выходит **0**, он больше их всех. Канал же целиком выпадает до пулинга так же, как
# после, бит в бит. (Второй вызов тоже совпадает: генераторы с одинаковым зерном и дальше выдают одинаковые числа; слои
# с разной историей выбросят разное.)

# %% [markdown] task="dropped-constant" lang="en"
# ## 4. Three guarantees (14 minutes, 3 points)
#
# Dropout sets numbers to zero so that the next layer does without them. A batch normalisation in between
# knows nothing of that.
#
# 1. Write `zero_becomes(batch, gamma, beta, epsilon)`: the number that batch normalisation, **in training**, makes of the
#    zeros in `batch`, an array (n,) of one feature with the dropped zeros in it.
# 2. "After batch normalisation, half of the units are guaranteed to be zero under ReLU." "ReLU cannot die there." "Sigmoid and
#    tanh stay within range." Refute all three. Fill in `examples`:
#
# | row | what it takes |
# |---|---|
# | `"nearly all zero"` | a batch of 10 to 1000 numbers, standard deviation at least 0.1: after normalisation ($\gamma = 1$, $\beta = 0$) and ReLU more than 90 % are 0 |
# | `"nearly none zero"` | the same, but less than 10 % are 0 |
# | `"dead (gamma, beta)"` | a pair $(\gamma, \beta)$ with which more than 99 % of an N(0, 1) batch is 0 after normalisation and ReLU |
# | `"saturated (gamma, beta)"` | a pair with which more than half of an N(0, 1) batch lies beyond ±4 after normalisation, where sigmoid and tanh are flat |
#
# Numbers up to a million are allowed.

# %% [markdown] task="dropped-constant" lang="ru" of="c88e9baf42be"
# ## 4. Три гарантии (14 минут, 3 балла)
#
# Дропаут обнуляет числа, чтобы следующий слой обошёлся без них. Батч-нормализация, стоящая между ними, ничего об
# этом не знает.
#
# 1. Напишите `zero_becomes(batch, gamma, beta, epsilon)`: число, в которое батч-нормализация **при обучении** превращает
#    нули из `batch`, массива (n,) со значениями одного признака, среди которых есть выброшенные нули.
# 2. «После батч-нормализации ReLU гарантированно обнуляет половину нейронов». «ReLU там не может умереть». «Сигмоида и tanh
#    остаются в рабочем диапазоне». Опровергните все три утверждения. Заполните `examples`:
#
# | строка | что требуется |
# |---|---|
# | `"nearly all zero"` | батч из 10–1000 чисел со стандартным отклонением не меньше 0.1: после нормализации ($\gamma = 1$, $\beta = 0$) и ReLU больше 90 % нулей |
# | `"nearly none zero"` | то же, но нулей меньше 10 % |
# | `"dead (gamma, beta)"` | пара $(\gamma, \beta)$, с которой после нормализации и ReLU больше 99 % батча из N(0, 1) — нули |
# | `"saturated (gamma, beta)"` | пара, с которой после нормализации больше половины батча из N(0, 1) лежит за пределами ±4, где сигмоида и tanh почти плоские |
#
# Числа по модулю не больше миллиона.


# %% task="dropped-constant" answer exhibits="zero_becomes, examples"
def zero_becomes(batch, gamma, beta, epsilon):
    return 0.0


examples = {
    "nearly all zero": None,
    "nearly none zero": None,
    "dead (gamma, beta)": None,
    "saturated (gamma, beta)": None,
}


### BEGIN SOLUTION
def zero_becomes(batch, gamma, beta, epsilon):
    return beta - gamma * batch.mean() / np.sqrt(batch.var() + epsilon)


# What counts is on which side of the mean a number lies: one outlier drags the mean past all others.
examples = {
    "nearly all zero": [0] * 19 + [1],
    "nearly none zero": [1] * 19 + [0],
    "dead (gamma, beta)": (1, -3),
    "saturated (gamma, beta)": (10, 0),
}
### END SOLUTION

# %% task="dropped-constant" test points=1 claims="P4"
with task("dropped-constant"):
    checks.function(
        zero_becomes,
        dropping.zero_becomes,
        dropping.zero_cases(),
        mistakes=dropping.zero_mistakes(),
    )
    ### BEGIN HIDDEN TESTS
    checks.function(zero_becomes, dropping.zero_becomes, dropping.zero_cases(seed=3))
    ### END HIDDEN TESTS

# %% task="dropped-constant" test points=2 claims="P8 P9 P10"
with task("dropped-constant"):
    checks.examples(examples, dropping.counterexamples())

# %% [markdown] id="constants-said" lang="en"
# The same in a real batch: a channel of ReLU outputs, 40 % dropped, normalised, three batches in a row. And the guarantees on a
# few distributions. **Predict** the share of zeros for a feature that is nearly always 0 and rarely 1 (`"spikes"`).

# %% [markdown] id="constants-said" lang="ru" of="2061c5c9a771"
# То же на настоящих батчах: канал с выходами ReLU, 40 % выброшено, нормализация, три батча подряд. И гарантии на
# нескольких распределениях. **Предскажите** долю нулей для признака, который почти всегда 0 и изредка 1 (`"spikes"`).

# %% id="constants-run" claims="P4 P8 P9 P10"
rng = np.random.default_rng(0)
for number in range(3):
    channel = relu(rng.normal(1, 1, 128))
    kept = np.where(rng.random(128) < 0.4, 0, channel)
    out = dropping.normalised(kept)
    print(f"batch {number}: {np.sum(kept == 0)} zeros became {np.unique(out[kept == 0])}")
centred = np.where(rng.random(20_000) < 0.4, 0, rng.normal(0, 1, 20_000))
print(f"mean 0 before: zeros became {dropping.normalised(centred)[centred == 0][0]:.3f}\n")

spikes = (rng.random(20_000) < 0.01).astype(float)
shapes = {
    "normal": rng.normal(size=20_000),
    "exponential": rng.exponential(size=20_000),
    "lognormal": rng.lognormal(size=20_000),
    "spikes": spikes,
    "1 - spikes": 1 - spikes,
    "normal - 50": rng.normal(size=20_000) - 50,
}
for name, x in shapes.items():
    print(f"{name:12} zeros under ReLU: {np.mean(x <= 0):.3f}", end=" -> ")
    print(
        f"{dropping.share_of_zeros(x):.3f}   beta = -3: {dropping.share_of_zeros(x, beta=-3):.3f}"
    )
for scale in (10, 100):
    x = rng.normal(0, scale, 20_000)
    shares = [np.mean(np.abs(z) > 4) for z in (x, *[dropping.normalised(x, g) for g in (1, 10)])]
    print(
        f"normal x {scale}: beyond ±4: {shares[0]:.3f}; normalised {shares[1]:.5f}, gamma = 10 {shares[2]:.3f}"
    )

# %% [markdown] id="constants-after" lang="en"
# The share of zeros is the share of numbers *below their mean*: half for symmetric distributions, 99 % for
# rare spikes. Normalisation does rescue a ReLU whose inputs have all gone negative ("normal - 50"), until its own $\beta$
# kills it again; nothing forbids it to. And the dropped zeros have become a number that changes from batch to
# batch: not silence but a hum.

# %% [markdown] id="constants-after" lang="ru" of="60030453bdc9"
# Доля нулей — это доля чисел *ниже своего среднего*: половина для симметричных распределений, 99 % для редких
# всплесков. ReLU, у которой все входы ушли в минус (normal - 50), нормализация и правда спасает — пока её не
# убьёт $\beta$ самой нормализации: ей этого никто не запрещает. А выброшенные нули стали числом, которое меняется от батча к
# батчу: не тишина, а гул.

# %% [markdown] id="between" lang="en"
# ## How far does it reach?
#
# "Leave at least two layers between dropout and normalisation," says the list. The next cell puts 0 to 4 convolutions (He, ReLU)
# between them and measures, by what factor dropout changes the variance that the normalisation meets: with dropout on, divided by
# the same with dropout off; smallest, median and largest of five draws of the weights. **Predict:** how far does it fall after two
# layers? And is SpatialDropout2D milder?

# %% [markdown] id="between" lang="ru" of="2ed5eebc7916"
# ## Как далеко доходит влияние дропаута?
#
# «Оставляйте между дропаутом и нормализацией хотя бы два слоя», — гласит список. Следующая ячейка ставит между ними от 0 до
# 4 свёрток (He, ReLU) и измеряет, во сколько раз дропаут меняет дисперсию, которую встречает нормализация: отношение
# дисперсии с включённым дропаутом к дисперсии с выключенным; наименьшее, медиана и наибольшее по пяти наборам весов. **Предскажите:**
# насколько этот множитель упадёт через два слоя? И мягче ли SpatialDropout2D?

# %% id="between-run" claims="P3"
for rate in (0.2, 0.5):
    for kind in ("Dropout", "SpatialDropout2D"):
        ratios = dropped_nets.behind(rate, spatial=kind == "SpatialDropout2D")
        print(f"{kind}({rate})")
        for between, column in enumerate(np.sort(ratios, axis=0).T):
            print(f"   {between} between: {column[0]:.2f} {np.median(column):.2f} {column[-1]:.2f}")

# %% [markdown] id="between-said" lang="en"
# After two layers it has hardly fallen, and after four it is still nearly the same. A convolution adds up signal and
# noise alike: nothing in it knows which is which, so their proportion stays, and ReLU does not part them either. Whole
# channels or single numbers: no difference in kind.
#
# Now Masha's question itself, on nets for the 8×8 digits. `posed` is the net from the forum; in `spatial` Dropout is swapped for
# SpatialDropout2D; `asked` is the order that she proposed; `groups` is what the answer recommends; in `last` all dropout stands after
# the last normalisation. First what their normalisations meet, with fresh weights, one number for each. **Predict** which of
# the nets have only 1.00.

# %% [markdown] id="between-said" lang="ru" of="ce1d55148ed3"
# Через два слоя он почти не упал, да и через четыре он почти тот же. Свёртка складывает сигнал и
# шум одинаково: в нём нет ничего, что отличило бы одно от другого, поэтому их соотношение остаётся, и ReLU их тоже не
# разделяет. Целые каналы или отдельные числа — принципиальной разницы нет.
#
# Теперь сам Машин вопрос, на сетях для цифр 8×8. `posed` — сеть с форума; в `spatial` вместо Dropout стоит
# SpatialDropout2D; `asked` — порядок, который предложила она; `groups` — то, что советует ответ; в `last` весь дропаут стоит после
# последней нормализации. Сначала то, что встречают их нормализации при свежих весах, по одному числу на каждую. **Предскажите**, у
# каких сетей будут одни единицы.

# %% id="orders-run" claims="P2 P3"
x = data.digits().x_train[:128]
for name in ("posed", "spatial", "asked", "groups", "last"):
    print(f"{name:8} {dropped_nets.ORDERS[name]}")
    print("        ", *[f"{ratio:.2f}" for ratio in dropped_nets.met(name, 0.2, x, seeds=(0,))])

# %% [markdown] id="harm" lang="en"
# And what does it cost? Each net is trained for five epochs ($p = 0.5$) and scored on held-out digits; then its
# normalisations are given, with the same weights, the statistics that the training pictures have **without** dropout
# (`training.restate`), and it is scored again. If nothing was wrong, nothing changes. **Predict** which net gains most.

# %% [markdown] id="harm" lang="ru" of="bf0dc5b76d53"
# А чего это стоит? Каждую сеть учим пять эпох ($p = 0.5$) и оцениваем на отложенных цифрах; затем её нормализации при тех
# же весах получают статистики, которые дают обучающие картинки **без** дропаута (`training.restate`), и сеть оценивается
# ещё раз. Если всё было в порядке, ничего не изменится. **Предскажите**, какая сеть выиграет больше всех.

# %% id="harm-run" claims="P2 P15"
for name in ("asked", "groups", "last"):
    run = dropped_nets.trained(name, 0.5)
    print(f"{name:8} loss {run.loss:.3f} -> {run.restated_loss:.3f}", end="   ")
    print(f"accuracy {run.accuracy:.3f} -> {run.restated_accuracy:.3f}")

# %% [markdown] id="harm-said" lang="en"
# `asked`, Masha's own order, is the worst: on held-out digits it knows next to nothing (by chance 0.1 are right). The same
# weights with the right statistics get about twice as many right, or more. `groups` and `last` have next to nothing to gain: what their
# normalisations remember is true. (So it went with each of six seeds that we tried.)
#
# Is the recommended order any good, then? Its normalisations are unharmed. In these short runs `last` beats it
# every time; but `last` also drops less often, so do not take that for a law. What is sure is the table
# before: 1.00 or not.

# %% [markdown] id="harm-said" lang="ru" of="2fb62aad4d7d"
# Хуже всех `asked`, порядок самой Маши: на отложенных цифрах сеть почти слепа (случайное угадывание даёт 0.1). С теми же весами и
# верными статистиками правильных ответов вдвое больше, а то и ещё больше. А `groups` и `last` выигрывать почти нечего: то, что помнят их
# нормализации, — правда. (Так было при каждом из шести зёрен, которые мы попробовали.)
#
# Так хорош ли рекомендованный порядок? Его нормализации не пострадали. В этих коротких запусках `last` обгоняет его
# каждый раз; но `last` и выбрасывает реже, так что за закон это не принимайте. Надёжно здесь то, что видно в предыдущей
# таблице: единицы там или не единицы.

# %% [markdown] task="reorder" lang="en"
# ## 5. Mend Masha's net (22 minutes, 4 points)
#
# `digit_net` is the net from the forum: 8 and 16 filters and 64 units instead of its 32, 64 and 512, on 8×8 digits, so that
# a check takes seconds; nothing else is shrunk. Ten classes, one per picture, labels as whole numbers of shape (n,).
# Put its layers into an order in which no batch normalisation remembers a variance changed by dropout. Every call must
# return a new compiled Keras model for inputs of shape (8, 8, 1) with
#
# * at least four convolutions, something non-linear between the first and the last, maps that shrink to 4×4 or less;
# * at least two normalisations (BatchNormalization, LayerNormalization or GroupNormalization) and at least two dropouts
#   (Dropout or SpatialDropout2D) with a rate of 0.2 or more, all of them Keras' own layers and all at work in training: each
#   such dropout, switched on alone, moves the output by 1 % of its deviation or more, and the moving statistics move;
# * **no batch normalisation that meets a variance changed by dropout more than 1.1 times** (up or down);
# * no element-wise Dropout before a max-pooling: between the two there is a convolution or dense layer.
#
# You may leave out normalisations, as the answer on the forum does, add layers, take other widths. The limit of 1.1 is for batch
# normalisation, which carries a variance from training to inference. Layer and group normalisation carry nothing; they count
# among the two, and where they stand is up to you.
#
# The factor is measured as above: fresh weights, digits, training mode, so that every normalisation works with the
# statistics of its batch; dropout on against dropout off; median over the channels, then the mean of two draws of the
# weights. `training.shifts(digit_net(), data.digits().x_train[:128])` shows it. Each cell checks the first two items first.
#
# | cell | what it looks for | points |
# |---|---|---|
# | 1 | the limit of 1.1 | 2 |
# | 2 | all four items; no design fault (dropout on the answer is one); every variable learns | 2 |

# %% [markdown] task="reorder" lang="ru" of="cdcd468588d9"
# ## 5. Почините Машину сеть (22 минуты, 4 балла)
#
# `digit_net` — сеть с форума: 8 и 16 фильтров и 64 нейрона вместо тамошних 32, 64 и 512, на цифрах 8×8, чтобы проверка
# занимала секунды; больше ничего не уменьшено. Десять классов, по одному на картинку, метки — целые числа, форма (n,).
# Расставьте её слои так, чтобы ни одна батч-нормализация не запоминала дисперсию, искажённую дропаутом. Функция должна при каждом вызове возвращать
# новую скомпилированную модель Keras для входа формы (8, 8, 1), в которой есть
#
# * не меньше четырёх свёрток, между первой и последней что-то нелинейное, карты сжимаются до 4×4 или меньше;
# * не меньше двух нормализаций (BatchNormalization, LayerNormalization или GroupNormalization) и не меньше двух дропаутов
#   (Dropout или SpatialDropout2D) с долей от 0.2, всё это слои самого Keras, и все они при обучении работают: каждый такой
#   дропаут, включённый один, сдвигает выход хотя бы на 1 % его отклонения, а скользящие статистики меняются;
# * **нет батч-нормализации, которая встречает дисперсию, изменённую дропаутом больше чем в 1.1 раза** (в любую сторону);
# * поэлементный Dropout не стоит перед max-pooling: между ними есть свёртка или полносвязный слой.
#
# Нормализации можно убирать, как и советуют на форуме, слои можно добавлять, ширину — менять. Предел 1.1 относится к
# батч-нормализации: она переносит дисперсию из обучения в предсказание. Нормализация по слою и по группам не переносит ничего;
# они засчитываются в эти две, а где их ставить, решаете вы.
#
# Множитель измеряется так же, как выше: свежие веса, цифры, режим обучения, то есть каждая нормализация работает со
# статистиками своего батча; с дропаутом против без дропаута; медиана по каналам, потом среднее по двум наборам весов.
# `training.shifts(digit_net(), data.digits().x_train[:128])` его покажет. Каждая ячейка сначала проверяет первые два пункта.
#
# | ячейка | что проверяет | баллы |
# |---|---|---|
# | 1 | предел 1.1 | 2 |
# | 2 | все четыре пункта; ошибок в устройстве нет (дропаут после выходного слоя — ошибка); каждая переменная учится | 2 |


# %% task="reorder" answer exhibits="digit_net"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(8, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.2),
            layers.Conv2D(16, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(16, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.2),
            layers.Flatten(),
            layers.Dense(64),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Dropout(0.4),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile("adam", "sparse_categorical_crossentropy")
    return net


### BEGIN SOLUTION
def digit_net():
    # All dropout after the last normalisation; the one of the dense layer is left out for that.
    stack = [keras.Input((8, 8, 1))]
    for filters in (8, 16):
        for _ in range(2):
            stack.append(layers.Conv2D(filters, 3, padding="same"))
            stack.append(layers.BatchNormalization())
            stack.append(layers.Activation("relu"))
        stack.append(layers.MaxPooling2D(2))
    stack.append(layers.Flatten())
    stack.append(layers.Dropout(0.2))
    stack.append(layers.Dense(64))
    stack.append(layers.Activation("relu"))
    stack.append(layers.Dropout(0.4))
    stack.append(layers.Dense(10))
    stack.append(layers.Activation("softmax"))
    net = keras.Sequential(stack)
    net.compile("adam", loss="sparse_categorical_crossentropy")
    return net


### END SOLUTION

# %% task="reorder" test points=2 id="reorder-variance" claims="P2"
with task("reorder"):
    pictures = data.digits().x_train[:128]
    checks.convolves(digit_net, task=DIGITS, convolutions=4)
    checks.steady(digit_net, pictures, task=DIGITS)
    ### BEGIN HIDDEN TESTS
    checks.steady(digit_net, data.digits().x_train[128:256], task=DIGITS, seeds=(2,))
    ### END HIDDEN TESTS

# %% task="reorder" test points=2 id="reorder-whole"
with task("reorder"):
    pictures, labels = data.digits().x_train[:128], data.digits().y_train[:128]
    checks.convolves(digit_net, task=DIGITS, convolutions=4)
    checks.steady(digit_net, pictures, task=DIGITS, pools=True, seeds=(0,))
    checks.model(digit_net, task=DIGITS)
    checks.learns(digit_net, pictures[:32], labels[:32], task=DIGITS)

# %% [markdown] id="myths" lang="en"
# ## Myth or measured?
#
# Statements from the discussion that Misha found. Decide for yourself first; the verdicts stand below the cell, which measures what the
# tasks have left open.
#
# 1. Masha's code, as she posted it, can be run.
# 2. Dropout keeps the mean and changes the variance.
# 3. Two layers between dropout and normalisation are enough.
# 4. After normalisation, half of the units are guaranteed to be zero under ReLU.
# 5. Normalisation keeps sigmoid and tanh within range.
# 6. With ReLU, dropout may stand before or after the activation.
# 7. Max-pooling and activation may change places, unless the activation is very strange.
# 8. (Not said, but assumed.) Normalisation and pooling may change places.
# 9. The recommended order is the better one.

# %% [markdown] id="myths" lang="ru" of="d00fb3002098"
# ## Миф или измерение?
#
# Утверждения из обсуждения, которое нашёл Миша. Сначала решите сами; вердикты стоят под ячейкой, а она измеряет то, что не
# вошло в задания.
#
# 1. Машин код в том виде, в каком она его выложила, запустится.
# 2. Дропаут сохраняет среднее и меняет дисперсию.
# 3. Двух слоёв между дропаутом и нормализацией достаточно.
# 4. После нормализации ReLU гарантированно обнуляет половину нейронов.
# 5. Нормализация удерживает сигмоиду и tanh в рабочем диапазоне.
# 6. С ReLU дропаут можно ставить и до активации, и после.
# 7. Max-pooling и активацию можно переставлять, если активация не очень странная.
# 8. (Не сказано, но подразумевается.) Нормализацию и пулинг можно переставлять.
# 9. Рекомендованный порядок лучше.

# %% id="myths-run" claims="P0 P14 P16"
# Six lines of the posted code have this form; the name of the layer and its arguments change nothing.
line = "model.add(layers.Conv2D(8, (3, 3))"
try:
    ast.parse(line)
except SyntaxError as error:
    print(f"{line}   SyntaxError: {error.msg}\n")

z = np.random.default_rng(0).normal(-1, 2, (20, 8, 8, 4)).astype(np.float32)
for name in ("relu", "tanh", "gelu", "silu", "mish"):
    f = keras.activations.get(name)
    gap = np.abs(max_pool(f(z)) - np.asarray(f(ops.array(max_pool(z))))).max()
    print(f"{name:5} and max-pooling: largest difference of the two orders {gap:.2g}")

norm = layers.BatchNormalization()
norm.build((None, None, None, 4))
for gamma in ([0.5, 1, 1.5, 2], [0.5, 1, 1.5, -2]):
    norm.set_weights([np.array(gamma), *np.random.default_rng(1).uniform(0.5, 2, (3, 4))])
    for training_mode in (False, True):
        for pool in (layers.MaxPooling2D(2), layers.AveragePooling2D(2)):
            one = np.asarray(norm(pool(z), training=training_mode))
            other = np.asarray(pool(norm(z, training=training_mode)))
            gaps = np.abs(one - other).max(axis=(0, 1, 2))
            print(
                f"gamma {gamma[-1]:4} {type(pool).__name__:16} training={training_mode!s:5} "
                f"largest difference in each channel {np.round(gaps, 5)}"
            )

# %% [markdown] id="verdicts" lang="en"
# 1. **Myth.** Six lines of it lack a parenthesis.
# 2. **Measured.** By just $(v + m^2 p) / (1 - p)$ (task 1).
# 3. **Myth.** Nor are four. The added variance ends at the first normalisation after the dropout, and that is the one which
#    remembers it.
# 4. **Myth.** Half of a *symmetric* batch, while $\beta = 0$ (task 4).
# 5. **Depends on $\gamma$**, which is learnt: with $\gamma = 10$, more than half lies outside.
# 6. **Measured**, and for leaky ReLU as well. Not for ReLU6, not for ELU, not for GELU (task 2).
# 7. **Myth.** GELU, SiLU and Mish are not strange at all.
# 8. **Depends.** In inference a mean always may; a maximum may where $\gamma$ is not negative, see the last channel. In training
#    neither: the batch before the pool has other statistics than the batch after it.
# 9. **Not seen here.** It does no harm to its normalisations. That it learns better, no measurement of ours has shown.

# %% [markdown] id="verdicts" lang="ru" of="e1c9de27074b"
# 1. **Миф.** В шести строках не хватает скобки.
# 2. **Измерено.** Ровно по формуле $(v + m^2 p) / (1 - p)$ (задание 1).
# 3. **Миф.** И четырёх мало. Добавленная дисперсия кончается на первой нормализации после дропаута, она же её и
#    запоминает.
# 4. **Миф.** Половину — у *симметричного* батча, и пока $\beta = 0$ (задание 4).
# 5. **Зависит от $\gamma$**, а она обучается: при $\gamma = 10$ снаружи больше половины.
# 6. **Измерено**, и для leaky ReLU тоже. Но не для ReLU6, не для ELU и не для GELU (задание 2).
# 7. **Миф.** GELU, SiLU и Mish ничуть не странные.
# 8. **Смотря где.** При предсказании усреднение — всегда; максимум — там, где $\gamma$ не отрицательна, посмотрите на последний канал.
#    При обучении — ни то ни другое: у батча до пулинга не те статистики, что у батча после.
# 9. **Здесь не видно.** Своим нормализациям он не вредит. А что сеть с ним учится лучше, ни одно наше измерение не показало.

# %% [markdown] task="why-shift" lang="en"
# ## 6. In your own words (5 minutes, 2 points)
#
# Masha has put two convolutions between dropout and batch normalisation and wonders why her net is worse in validation than
# it should be. Answer in three to six sentences: what does the normalisation remember, what does it meet in validation, why do the
# two convolutions not help, and what would?

# %% [markdown] task="why-shift" lang="ru" of="dbbad00f9690"
# ## 6. Своими словами (5 минут, 2 балла)
#
# Маша поставила между дропаутом и батч-нормализацией две свёртки и не понимает, почему на валидации её сеть хуже, чем
# должна быть. Ответьте в трёх-шести предложениях: что запоминает нормализация, что она встречает на валидации, почему две
# свёртки не помогают и что бы помогло?

# %% task="why-shift" written points=2 lang="en"
# ### BEGIN SOLUTION
# In training dropout is on: it keeps the mean of a number but raises its variance to $(v + m^2 p) / (1 - p)$, and batch
# normalisation accumulates this larger variance. In validation dropout is off, the variance is the smaller $v$, but the
# normalisation still divides by the root of the larger one: everything after it gets numbers on a scale it was not trained on. A
# convolution adds up signal and noise with the same weights, so their proportion does not get smaller; a ReLU does not
# part them either. What helps is an order in which no dropout stands before a batch normalisation (all dropout after the last
# one), or a normalisation without memory, such as layer normalisation, or moving statistics taken again with dropout off.
# ### END SOLUTION

# %% task="why-shift" written points=2 lang="ru" of="150f90c6c649"
# ### BEGIN SOLUTION
# При обучении дропаут включён: среднее числа он сохраняет, а дисперсию поднимает до $(v + m^2 p) / (1 - p)$, и
# батч-нормализация накапливает эту большую дисперсию. На валидации дропаут выключен, дисперсия равна меньшей $v$, но
# нормализация по-прежнему делит на корень из большей: всё, что стоит после неё, получает числа не того масштаба, на котором училось. Свёртка
# складывает сигнал и шум с одними и теми же весами, поэтому их соотношение не уменьшается; ReLU их тоже не
# разделяет. Помогает порядок, в котором перед батч-нормализацией нет дропаута (весь дропаут — после последней),
# либо нормализация без памяти, например по слою, либо статистики, собранные заново с выключенным дропаутом.
# ### END SOLUTION

# %% [markdown] task="unseen-dropouts" lang="en"
# ## 7. A net nobody has seen (12 minutes, 3 points)
#
# The net below is made from a seed; it gets the 8×8 digits. Look at each of its four dropouts alone, as if the others were not
# there, in training mode. Fill in `effects`: for each dropout (by its number in the listing) the set of those words that hold, or
# `set()`:
#
# * `"shift"`: some batch normalisation after it meets a variance changed more than 1.1 times;
# * `"picked"`: before the next convolution or dense layer comes a max-pooling in whose windows dropped numbers (whatever they
#   have become) stand beside survivors;
# * `"not zero"`: what it has set to 0 reaches the next convolution or dense layer as something else.
#
# Weights are fresh ($\gamma = 1$, $\beta = 0$), batch normalisation works with the statistics of its batch, everything is measured:
# nothing is looked up. `training.shifts(net, data.digits().x_train[:128], only=["line_3"])` switches on the dropout of line 3 only, for the Keras
# model `net = unseen.dropouts(DROPOUT_SEED).model()`.

# %% [markdown] task="unseen-dropouts" lang="ru" of="9b1e76567d21"
# ## 7. Сеть, которой никто не видел (12 минут, 3 балла)
#
# Сеть ниже сделана из зерна; на вход она получает цифры 8×8. Рассмотрите каждый из четырёх её дропаутов по отдельности, как если
# бы других не было, в режиме обучения. Заполните `effects`: для каждого дропаута (по его номеру в листинге) — множество тех слов, которые
# к нему относятся, или `set()`:
#
# * `"shift"`: какая-нибудь батч-нормализация после него встречает дисперсию, изменённую больше чем в 1.1 раза;
# * `"picked"`: раньше следующей свёртки или полносвязного слоя стоит max-pooling, в окнах которого выброшенные числа (во что бы
#   они ни превратились) соседствуют с уцелевшими;
# * `"not zero"`: то, что он обнулил, доходит до следующей свёртки или полносвязного слоя не нулём.
#
# Веса свежие ($\gamma = 1$, $\beta = 0$), батч-нормализация работает со статистиками своего батча, всё измеряется, готовых
# ответов в таблице нет. `training.shifts(net, data.digits().x_train[:128], only=["line_3"])` включает только дропаут из строки 3; модель Keras для
# этого — `net = unseen.dropouts(DROPOUT_SEED).model()`.

# %% setup
DROPOUT_SEED = 9

# %% id="show-dropouts"
print(unseen.dropouts(DROPOUT_SEED))

# %% [markdown] id="xray-dropouts" lang="en"
# An X-ray of the net on 64 digits in training mode, with all four dropouts at work: what each operation puts out, and no answers.

# %% [markdown] id="xray-dropouts" lang="ru" of="938ce70a478e"
# Рентген сети на 64 цифрах в режиме обучения, все четыре дропаута работают: что выдаёт каждая операция, и никаких ответов.

# %% id="xray-dropouts-run"
net = unseen.dropouts(DROPOUT_SEED).model()
autograder.xray(net, data.digits().x_train[:64], training=True)

# %% task="unseen-dropouts" answer exhibits="effects"
effects = {"4": None, "6": None, "11": None, "15": None}
### BEGIN SOLUTION
effects = {
    "4": {"shift"},  # line 10 normalises, two convolutions later
    "6": {"picked", "shift"},  # the ReLU before the pool leaves zeros alone
    "11": {"picked", "not zero"},  # no batch normalisation after it, but a sigmoid: 0.5
    "15": set(),
}
### END SOLUTION

# %% task="unseen-dropouts" test points=3
with task("unseen-dropouts"):
    found = unseen.dropouts(DROPOUT_SEED).measured()
    checks.subsets(
        effects,
        {number: set(one.words) for number, one in found.items()},
        unseen.EFFECTS,
        evidence={number: one.message() for number, one in found.items()},
    )

# %% [markdown] id="more-dropouts" lang="en"
# Another seed is another net. Predict, then let it be measured:

# %% [markdown] id="more-dropouts" lang="ru" of="20363b75910a"
# Другое зерно — другая сеть. Предскажите, а потом пусть рассудит измерение:

# %% id="more-dropouts-run"
print(unseen.dropouts(7))
print(unseen.dropouts(7).truth())
