# %% [markdown] id="intro" lang="en"
# # Feet, second shot: convolutions
#
# Misha is back with three nets for pictures. The first does not learn, the second does not build, and
# the third he has not dared to compile. Masha has a list of what the books say about such nets. About
# half of it survives a measurement.
#
# **Predict first:** the second net sends a 100×100 picture four times through a 5×5 convolution and a
# 3×3 pooling. How many pixels are left at the end? Then run both cells.

# %% [markdown] id="intro" lang="ru" of="a245d6fd552c"
# # Второй выстрел в ногу: свёртки
#
# Миша вернулся с тремя сетями для картинок. Первая не учится, вторая не собирается, а третью он не решился
# даже скомпилировать. У Маши есть список того, что о таких сетях пишут. Измерение переживает примерно
# половина списка.
#
# **Сначала предскажите:** вторая сеть четыре раза проводит картинку 100×100 через свёртку 5×5 и пулинг 3×3.
# Сколько пикселей останется в конце? Затем запустите обе ячейки.

# %% setup
import autograder
from autograder import Task, checks
from autograder.checks import hint, task

checks.use_language("en")

import numpy as np

with checks.quietly():
    import keras
from keras import layers

from course.lab import bench, data, figures, unseen
from course.lab.experiments import conv_truth, convnets
from course.lab.predictions import predict

DIGITS = Task("classification", classes=10, input_shape=(28, 28, 1))
PICTURES = Task("classification", classes=10, input_shape=(100, 100, 3))
UNSEEN = unseen.conv(3)

# %% id="guess-pixels"
predict("pixels-left", low=0, high=100)

# %% id="first-look" claims="V1"
deep = convnets.Blocks(kernel=5, pool=3, blocks=4, side=100)
figures.sizes([*deep.sizes, None], ["5×5", "3×3"] * 3 + ["5×5"])

# %% id="pixels-outcome"
predict.outcome("pixels-left", 0 if deep.sizes[-1] < deep.kernel else deep.sizes[-1], close=0)

# %% [markdown] id="after-look" lang="en"
# The last 5×5 kernel is asked to look at a single pixel, and Keras refuses. Before anything else a
# convolutional net is arithmetic, so that is where we begin.
#
# Every task works the same way: predict, run, edit the answer cell, run the check below it, read what it
# says. `hint("conv-arithmetic")` prints a hint; hints cost nothing.

# %% [markdown] id="after-look" lang="ru" of="d0be5dc484b0"
# Последнему ядру 5×5 предлагают посмотреть на один-единственный пиксель, и Keras отказывается. Свёрточная
# сеть — это прежде всего арифметика, с неё и начнём.
#
# Все задания устроены одинаково: предскажите, запустите, впишите ответ, запустите проверку под ним,
# прочитайте, что она скажет. `hint("conv-arithmetic")` покажет подсказку; подсказки бесплатны.

# %% [markdown] task="conv-arithmetic" lang="en"
# ## 1. Pixels and bills (20 minutes, 7 points)
#
# The bill of a net is what it costs: the parameters it has to store and the multiply-accumulates (MACs)
# it has to do for one picture.
#
# **Functions.** `out_size(size, window, stride, padding)` is the side of the square map behind a
# convolution or a pooling; `padding` is `"valid"` or `"same"`, as in Keras. If no window fits, the answer
# is 0. `conv_cost(size, channels, filters, kernel, padding)` returns the two numbers of the bill,
# `(parameters, macs)`, for a convolution with bias and stride 1 on a `size`×`size` map. The biases are
# parameters too; adding them costs no MACs.
#
# **Predict `builds`:** does Keras build the net (`True` or `False`)? Each has blocks of one convolution
# and one max-pooling. `k5` is the kernel, `p3` the pool (it steps by its own side), `-same` its padding
# (valid otherwise), `n3` the number of blocks (4 otherwise), `i240` the picture's side (100 otherwise).
#
# **Predict `counts`** (in a to c the input picture is large enough):
#
# | | |
# |---|---|
# | a | how many pixels wide is the view of one unit behind a 10×10 convolution? |
# | b | … behind 3×3, pool 2, 3×3? |
# | c | … behind 3×3, pool 2, 3×3, pool 2, 3×3? |
# | d | 512 random 3×3 filters on 3 channels, the weights of each a row of a matrix (no bias): its rank? |
# | e | 512 random 10×10 filters on 1 channel, likewise: the rank? |
# | f | `True` or `False`: in Misha's digit net (28×28×1, 512 filters 10×10, pool 2, flatten, dense 100, dense 10) kernels of 3×3 would make fewer parameters |
# | g | Misha's picture net: 512 filters 3×3, pool 2, 128 filters 3×3, 32 filters 3×3, 32 filters 1×1. Which of the four convolutions (1 to 4) takes most MACs? |

# %% [markdown] task="conv-arithmetic" lang="ru" of="c3fc74ab56e3"
# ## 1. Пиксели и счета (20 минут, 7 баллов)
#
# Счёт, который выставляет сеть, — это её цена: сколько параметров надо хранить и сколько умножений с
# накоплением (MAC) надо сделать на одну картинку.
#
# **Функции.** `out_size(size, window, stride, padding)` — сторона квадратной карты после свёртки или
# пулинга; `padding` бывает `"valid"` и `"same"`, как в Keras. Если не помещается ни одно окно, ответ 0.
# `conv_cost(size, channels, filters, kernel, padding)` возвращает оба числа счёта, `(parameters, macs)`, для
# свёртки со смещением и шагом 1 на карте `size`×`size`. Смещения тоже параметры; их прибавление в MAC не
# входит.
#
# **Предскажите `builds`:** соберёт ли Keras сеть (`True` или `False`)? Каждая состоит из блоков «свёртка,
# max-pooling». `k5` — ядро, `p3` — пулинг (шаг равен стороне окна), `-same` — дополнение у этого слоя
# (иначе valid), `n3` — число блоков (иначе 4), `i240` — сторона картинки (иначе 100).
#
# **Предскажите `counts`** (в a–c входная картинка достаточно велика):
#
# | | |
# |---|---|
# | a | сколько пикселей в ширину видит один нейрон после свёртки 10×10? |
# | b | … после 3×3, пулинга 2, 3×3? |
# | c | … после 3×3, пулинга 2, 3×3, пулинга 2, 3×3? |
# | d | 512 случайных фильтров 3×3 по 3 каналам, веса каждого — строка матрицы (без смещения): каков её ранг? |
# | e | 512 случайных фильтров 10×10 по 1 каналу, так же: ранг? |
# | f | `True` или `False`: в Мишиной сети для цифр (28×28×1, 512 фильтров 10×10, пулинг 2, flatten, dense 100, dense 10) с ядрами 3×3 параметров станет меньше |
# | g | Мишина сеть для картинок: 512 фильтров 3×3, пулинг 2, 128 фильтров 3×3, 32 фильтра 3×3, 32 фильтра 1×1. Какая из четырёх свёрток (от 1 до 4) требует больше всего MAC? |


# %% task="conv-arithmetic" answer exhibits="out_size, conv_cost, builds, counts"
def out_size(size, window, stride=1, padding="valid"):
    return size


def conv_cost(size, channels, filters, kernel, padding="valid"):
    parameters = macs = 0
    return parameters, macs


builds = {
    "k5 p3": None,
    "k3 p3": None,
    "k2 p3": None,
    "k5-same p3": None,
    "k5 p3-same": None,
    "k5 p2": None,
    "k5 p3 n3": None,
    "k5 p3 i240": None,
    "k5 p3 i241": None,
    "k3 p10 n1 i47": None,
}
counts = {"a": None, "b": None, "c": None, "d": None, "e": None, "f": None, "g": None}


### BEGIN SOLUTION
def out_size(size, window, stride=1, padding="valid"):
    if padding == "same":
        return -(-size // stride)
    return max((size - window) // stride + 1, 0)


def conv_cost(size, channels, filters, kernel, padding="valid"):
    side = out_size(size, kernel, 1, padding)
    weights = kernel * kernel * channels * filters
    return weights + filters, weights * side * side


builds = {
    "k5 p3": False,
    "k3 p3": False,
    "k2 p3": False,
    "k5-same p3": True,
    "k5 p3-same": False,
    "k5 p2": True,
    "k5 p3 n3": True,
    "k5 p3 i240": False,
    "k5 p3 i241": True,
    "k3 p10 n1 i47": True,
}
counts = {"a": 10, "b": 8, "c": 18, "d": 27, "e": 100, "f": False, "g": 2}
### END SOLUTION

# %% task="conv-arithmetic" test points=1 id="conv-arithmetic-sizes"
with task("conv-arithmetic"):
    checks.function(
        out_size,
        conv_truth.size,
        [(28, 10), (1, 5), (49, 2, 2), (9, 3, 3, "same"), (10, 3, 3, "same")],
        mistakes=conv_truth.SIZE_MISTAKES,
    )
    ### BEGIN HIDDEN TESTS
    checks.function(
        out_size,
        conv_truth.size,
        [
            (241, 5),
            (2, 5, 2),
            (2, 3, 3),
            (45, 10, 10),
            (11, 2, 3),
            (7, 5, 2, "same"),
            (3, 3),
            (8, 1, 3),
        ],
        mistakes=conv_truth.SIZE_MISTAKES,
    )
    ### END HIDDEN TESTS

# %% task="conv-arithmetic" test points=2 id="conv-arithmetic-builds" claims="V1 V2 G3"
with task("conv-arithmetic"):
    measured, sizes_on_the_way = conv_truth.builds()
    checks.predictions(builds, measured, evidence=sizes_on_the_way)

# %% task="conv-arithmetic" test points=2 id="conv-arithmetic-cost"
with task("conv-arithmetic"):
    checks.function(
        conv_cost,
        conv_truth.cost,
        [(28, 1, 32, 3), (100, 3, 32, 5), (13, 32, 64, 3, "same")],
        mistakes=conv_truth.COST_MISTAKES,
    )
    ### BEGIN HIDDEN TESTS
    checks.function(
        conv_cost,
        conv_truth.cost,
        [(45, 32, 32, 1), (9, 5, 7, 4), (8, 3, 2, 5, "same"), (5, 2, 3, 5)],
        mistakes=conv_truth.COST_MISTAKES,
    )
    ### END HIDDEN TESTS

# %% task="conv-arithmetic" test points=2 id="conv-arithmetic-counts" claims="B1 B2 G1"
with task("conv-arithmetic"):
    measured_counts, how_measured = conv_truth.counts()
    checks.predictions(counts, measured_counts, evidence=how_measured)

# %% [markdown] id="bills" lang="en"
# Row f surprises people who have trained nets for years. Here are the bills. **Predict:** in which single
# layer do 99 % of the digit net's parameters sit?

# %% [markdown] id="bills" lang="ru" of="28085aec24ae"
# Строка f удивляет и тех, кто обучает сети годами. Вот счета. **Предскажите:** в каком единственном слое сидят
# 99 % параметров сети для цифр?

# %% id="bills-run" claims="B1 B2 G1"
for net in (
    convnets.posed_digit_net(10),
    convnets.posed_digit_net(3),
    convnets.posed_picture_net(),
):
    print(convnets.cost_table(net), "\n")

# %% [markdown] id="bills-after" lang="en"
# A smaller kernel leaves a larger map, and the dense layer behind `Flatten` pays for every pixel of it.
# In the picture net 86 % of the work is not in the 512 filters but in the convolution that has to read
# them. So a budget has to name parameters **and** MACs.
#
# Are 512 filters useless, as the books say? **Predict** the order of these three nets by accuracy on
# held-out digits, after 600 samples each.

# %% [markdown] id="bills-after" lang="ru" of="d6adfa3cd8c9"
# Чем меньше ядро, тем больше карта, а полносвязный слой за `Flatten` платит за каждый её пиксель. В сети для
# картинок 86 % работы приходится не на 512 фильтров, а на свёртку, которая должна их прочесть. Поэтому
# бюджет задают и в параметрах, **и** в MAC.
#
# Бесполезны ли 512 фильтров, как пишут? **Предскажите** порядок этих трёх сетей по доле верных ответов на
# отложенных цифрах, после обучения на 600 примерах каждая.

# %% id="wide-run" claims="B1"
figures.bars(
    {
        f"{filters} × {kernel}×{kernel}": convnets.wide_first_layer(filters, kernel)
        for filters, kernel in [(512, 10), (32, 10), (32, 3)]
    }
)

# %% [markdown] task="conv-chances" lang="en"
# ## 2. What comes out (13 minutes, 4 points)
#
# In his digit net Misha put softmax in the middle, dropout behind the last softmax, and in another net
# sigmoid where softmax should be.
#
# **Function.** `effective_units(p)`: how many units share the sum, if `p` is a one-dimensional
# distribution? Return exp(entropy), with the natural logarithm and 0·log 0 = 0: a uniform `p` over 100
# classes gives 100, a one-hot `p` gives 1.
#
# **Predict `comes_out`** with these strings, quotes included: `"<5"`, `"20-80"`, `">80"`, `"0"`, `"1"`, `"!=1"`, `"2.3"`,
# `"16.1"`, `">0.01"`, `"inf"`, `"nan"`.
#
# | | |
# |---|---|
# | a | effective units of a hidden softmax layer of 100 units, before training (mean over digits) |
# | b | the same after ten epochs |
# | c | Keras' `categorical_crossentropy` when the right class has probability 0 and nine others 1/9 |
# | d | the slope of that loss with respect to the zeroed number |
# | e | `categorical_crossentropy` when all ten numbers are 0 |
# | f | `sparse_categorical_crossentropy` when all ten are 0 |
# | g | sum of each answer with `Dropout(0.1)` behind softmax, in inference |
# | h | the same in training |
# | i | two nets start alike and train 20 Adam steps with `sparse_categorical_crossentropy`; the head of one is `Dense(10, activation="softmax")`, of the other `Dense(10, activation="sigmoid")`: the largest difference of any weight |

# %% [markdown] task="conv-chances" lang="ru" of="e54702c3e26f"
# ## 2. Что на выходе (13 минут, 4 балла)
#
# В сети для цифр Миша поставил softmax в середину и дропаут за последним softmax, а в другой сети взял
# сигмоиду там, где нужен softmax.
#
# **Функция.** `effective_units(p)`: сколько нейронов делят между собой сумму, если `p` — одномерное
# распределение? Верните exp(энтропии) с натуральным логарифмом и 0·log 0 = 0: равномерное `p` на 100
# классах даёт 100, one-hot `p` даёт 1.
#
# **Предскажите `comes_out`** такими строками, вместе с кавычками: `"<5"`, `"20-80"`, `">80"`, `"0"`, `"1"`, `"!=1"`, `"2.3"`,
# `"16.1"`, `">0.01"`, `"inf"`, `"nan"`.
#
# | | |
# |---|---|
# | a | эффективное число нейронов скрытого слоя softmax из 100, до обучения (в среднем по цифрам) |
# | b | то же после десяти эпох |
# | c | `categorical_crossentropy` из Keras, если у верного класса вероятность 0, а у девяти других 1/9 |
# | d | наклон (производная) этой функции потерь по обнулённому числу |
# | e | `categorical_crossentropy`, если все десять чисел равны 0 |
# | f | `sparse_categorical_crossentropy`, если все десять равны 0 |
# | g | сумма каждого ответа с `Dropout(0.1)` за softmax, при предсказании |
# | h | то же при обучении |
# | i | две сети стартуют одинаково и делают 20 шагов Adam с `sparse_categorical_crossentropy`; последний слой у одной `Dense(10, activation="softmax")`, у другой `Dense(10, activation="sigmoid")`: наибольшее расхождение весов |


# %% task="conv-chances" answer exhibits="effective_units, comes_out"
def effective_units(p):
    return len(p)


comes_out = {
    "a": None,
    "b": None,
    "c": None,
    "d": None,
    "e": None,
    "f": None,
    "g": None,
    "h": None,
    "i": None,
}


### BEGIN SOLUTION
def effective_units(p):
    p = np.asarray(p)
    p = p[p > 0]
    return np.exp(-np.sum(p * np.log(p)))


comes_out = {
    "a": ">80",
    "b": "<5",
    "c": "16.1",
    "d": "0",
    "e": "nan",
    "f": "2.3",
    "g": "1",
    "h": "!=1",
    "i": "0",
}
### END SOLUTION

# %% task="conv-chances" test points=1 id="conv-chances-units"
with task("conv-chances"):
    checks.function(
        effective_units,
        conv_truth.effective,
        conv_truth.distributions(0),
        mistakes=conv_truth.EFFECTIVE_MISTAKES,
    )
    ### BEGIN HIDDEN TESTS
    checks.function(
        effective_units,
        conv_truth.effective,
        conv_truth.distributions(1, 12),
        mistakes=conv_truth.EFFECTIVE_MISTAKES,
    )
    ### END HIDDEN TESTS

# %% task="conv-chances" test points=3 id="conv-chances-table" claims="B3 B4a B4b G6 G10"
with task("conv-chances"):
    what_came, numbers_seen = conv_truth.comes_out()
    checks.choices(comes_out, what_came, conv_truth.WORDS, evidence=numbers_seen)

# %% [markdown] id="damage" lang="en"
# So a hidden softmax does not begin as an arg max: it begins nearly uniform, every unit passing on about
# 1/100 whatever the picture, and **becomes** a bottleneck of two units. Keras' cross-entropy does not
# reach infinity: probabilities are clipped at 10⁻⁷, so it stops at −ln 10⁻⁷ = 16.1, and there the slope
# is 0. Ten zeros are 0/0 for the categorical version, which divides by the sum first, hence NaN. The
# sparse version (row f) clips first: the ten zeros become ten equal numbers, and it answers ln 10 = 2.3.
#
# What does it cost in the end? **Predict** the worst line of each group.

# %% [markdown] id="damage" lang="ru" of="5be3ebe1d2e3"
# Итак, скрытый softmax начинает вовсе не с arg max: сначала он почти равномерен, и каждый нейрон передаёт
# около 1/100, какой бы ни была картинка. Узким местом из двух нейронов он **становится**. Кросс-энтропия в
# Keras до бесконечности не доходит: вероятности обрезаны на 10⁻⁷, поэтому она останавливается на
# −ln 10⁻⁷ = 16.1, и наклон там 0. Десять нулей для категориальной версии, которая сначала делит на сумму, — это
# 0/0, отсюда NaN. Sparse-версия (строка f) сначала обрезает: из десяти нулей выходит десять равных чисел, и
# ответ ln 10 = 2.3.
#
# Во что это обходится в итоге? **Предскажите** худшую строку в каждой группе.

# %% id="damage-run" claims="B3 B4c B5 G6"
results = {}
for activation in ("relu", "linear", "sigmoid", "softmax"):
    results[f"Dense(100, {activation!r})"] = convnets.hidden_layer(activation).accuracy
for rate in (0, 0.1, 0.5, 0.9):
    results[f"softmax, Dropout({rate})"] = convnets.race(rate=rate)
for loss in ("categorical_crossentropy", "mse"):
    results[loss] = convnets.race(loss=loss)
figures.bars(results)

# %% [markdown] id="posed-digits" lang="en"
# And all of it at once? Misha's digit net as it stands, beside the same 512 filters with ReLU, without dropout
# and with cross-entropy; 600 samples each, as above. **Predict** both. A guess has 0.1. `spread` is the largest
# difference between the answers that Misha's net gives to any two digits.

# %% [markdown] id="posed-digits" lang="ru" of="9efed3678a05"
# А всё сразу? Мишина сеть для цифр как есть, а рядом те же 512 фильтров с ReLU, без дропаута и с кросс-энтропией;
# обе учились на 600 примерах, как выше. **Предскажите** обе доли верных ответов. У угадывания она 0.1. `spread` —
# наибольшая разница между ответами Мишиной сети на любые две цифры.

# %% id="posed-digits-run" claims="B5"
posed = convnets.posed_digits()
print(f"{posed.spread = :.1e}")
figures.bars(
    {
        "softmax, Dropout(0.1), mse": posed.accuracy,
        "relu, sparse_categorical_crossentropy": convnets.wide_first_layer(512, 10),
    },
    line=0.1,
)

# %% [markdown] task="conv-words" lang="en"
# ## 3. The head that trains the same (8 minutes, 3 points, in words)
#
# Row i above: with cross-entropy a sigmoid head and a softmax head train to the same weights, bit for
# bit. Misha concludes: “Then it does not matter which one I take.” Answer him in a few sentences. How can
# the weights be the same although the outputs differ? Where does the difference show after all? And what
# would you measure on a finished net to find such a head?
#
# Keras keeps the numbers before the activation with the tensor; look at what the loss reads.

# %% [markdown] task="conv-words" lang="ru" of="2e5717cdde20"
# ## 3. Выход, который учится так же (8 минут, 3 балла, словами)
#
# Строка i выше: с кросс-энтропией сигмоида и softmax на выходе приводят к одним и тем же весам, бит в бит.
# Миша заключает: «Значит, всё равно, что брать». Ответьте ему в нескольких предложениях. Как веса могут
# совпасть, если выходы разные? Где разница всё-таки видна? И что вы измерите у готовой сети, чтобы найти
# такой выход?
#
# Вместе с тензором Keras хранит и числа до активации; посмотрите, что читает функция потерь.

# %% [markdown] task="conv-words" written points=3 lang="en"
# ### BEGIN SOLUTION
# Keras remembers the logits in front of the last activation, and its cross-entropy is computed from them
# (log-softmax); the activation itself is not used in training, so loss and gradients are the same. The
# difference shows when the net answers: with sigmoid the rows sum to about 5 instead of 1, so the
# numbers are no probabilities of exclusive classes, and thresholds or expected costs made of them are
# wrong, though the largest class stays the same. Accuracy and training curves cannot find it; look at the
# last layer, or sum the rows of the answer.
# ### END SOLUTION

# %% [markdown] task="conv-words" written lang="ru" of="acd5fd2628f3"
# ### BEGIN SOLUTION
# Keras запоминает логиты перед последней активацией и считает кросс-энтропию по ним (log-softmax); сама
# активация в обучении не участвует, поэтому потери и градиенты совпадают. Разница видна, когда сеть
# отвечает: с сигмоидой строки дают в сумме около 5 вместо 1, это не вероятности взаимоисключающих классов,
# и пороги или ожидаемые издержки, посчитанные по ним, неверны, хотя самый вероятный класс тот же. Ни доля
# верных ответов, ни кривые обучения этого не покажут; посмотрите на последний слой или сложите числа в
# строках ответа.
# ### END SOLUTION

# %% [markdown] task="conv-collapse" lang="en"
# ## 4. Two layers in one (13 minutes, 5 points)
#
# Two layers with nothing non-linear between them are one layer in disguise. Unmask them.
#
# * `collapse_dense(W1, b1, W2, b2)` returns `(W, b)` with `x W + b` = `(x W1 + b1) W2 + b2` for every `x`.
# * `collapse_conv(W3, b3, W1, b1)` returns the kernel and bias of one convolution that does what a k×k
#   convolution (`W3` of shape (k, k, channels, middle)) and a 1×1 convolution behind it (`W1` of shape
#   (1, 1, middle, filters)) do.
#
# Weights come as float64 arrays, biases are not zero, shapes are not square; the result may differ from
# the exact one by rounding only.
#
# **Predict `collapses`:** for which pairs is there always **one** 3×3 convolution (with bias, with the same
# padding) that gives the same map, borders included? Each name reads “first layer, second layer”:
# `"1x1, 3x3 same"` is a 1×1 convolution and behind it a 3×3 convolution with padding `same`;
# `"3x3, relu, 1x1"` has a ReLU between the two. Padding is valid unless it says `same`; all layers have
# biases unless it says otherwise.

# %% [markdown] task="conv-collapse" lang="ru" of="1177d5f35706"
# ## 4. Два слоя в одном (13 минут, 5 баллов)
#
# Два слоя, между которыми нет ничего нелинейного, — это один переодетый слой. Разоблачите их.
#
# * `collapse_dense(W1, b1, W2, b2)` возвращает `(W, b)`, для которых `x W + b` = `(x W1 + b1) W2 + b2` при
#   любом `x`.
# * `collapse_conv(W3, b3, W1, b1)` возвращает ядро и смещение одной свёртки, которая делает то же, что
#   свёртка k×k (`W3` формы (k, k, каналы, промежуточные каналы)) и свёртка 1×1 за ней (`W1` формы
#   (1, 1, промежуточные каналы, фильтры)).
#
# Веса приходят массивами float64, смещения не нулевые, матрицы не квадратные; отличаться от точного результата
# можно только на ошибку округления.
#
# **Предскажите `collapses`:** для каких пар всегда найдётся **одна** свёртка 3×3 (со смещением, с тем же
# дополнением), которая даёт ту же карту, включая края? Имена читаются «первый слой, второй слой»:
# `"1x1, 3x3 same"` — это свёртка 1×1, а за ней свёртка 3×3 с дополнением `same`; в `"3x3, relu, 1x1"` между
# ними стоит ReLU. Дополнение valid, если не сказано `same`; у всех слоёв есть смещения, если не сказано иное.


# %% task="conv-collapse" answer exhibits="collapse_dense, collapse_conv, collapses"
def collapse_dense(W1, b1, W2, b2):
    return W1, b1


def collapse_conv(W3, b3, W1, b1):
    return W3, b3


collapses = {
    "3x3, 1x1": None,
    "3x3 same, 1x1": None,
    "3x3, relu, 1x1": None,
    "1x1, 3x3": None,
    "1x1, 3x3 same": None,
    "1x1 no bias, 3x3 same": None,
}


### BEGIN SOLUTION
def collapse_dense(W1, b1, W2, b2):
    return W1 @ W2, b1 @ W2 + b2


def collapse_conv(W3, b3, W1, b1):
    mix = W1[0, 0]
    return W3 @ mix, b3 @ mix + b1


collapses = {
    "3x3, 1x1": True,
    "3x3 same, 1x1": True,
    "3x3, relu, 1x1": False,
    "1x1, 3x3": True,
    "1x1, 3x3 same": False,
    "1x1 no bias, 3x3 same": True,
}
### END SOLUTION

# %% task="conv-collapse" test points=1 id="conv-collapse-dense" claims="G8"
with task("conv-collapse"):
    checks.arrays(
        collapse_dense,
        conv_truth.dense_pair,
        conv_truth.dense_cases(0),
        names=("W", "b"),
        mistakes=conv_truth.DENSE_MISTAKES,
    )
    ### BEGIN HIDDEN TESTS
    checks.arrays(
        collapse_dense,
        conv_truth.dense_pair,
        conv_truth.dense_cases(1, ((1, 9, 2), (30, 20, 10), (5, 5, 5))),
        names=("W", "b"),
        mistakes=conv_truth.DENSE_MISTAKES,
    )
    ### END HIDDEN TESTS

# %% task="conv-collapse" test points=2 id="conv-collapse-conv" claims="V4 G5"
with task("conv-collapse"):
    checks.arrays(
        collapse_conv,
        conv_truth.conv_pair,
        conv_truth.conv_cases(0),
        names=("W", "b"),
        mistakes=conv_truth.CONV_MISTAKES,
    )
    ### BEGIN HIDDEN TESTS
    checks.arrays(
        collapse_conv,
        conv_truth.conv_pair,
        conv_truth.conv_cases(1, ((3, 1, 1, 6), (5, 3, 8, 2), (2, 6, 6, 6))),
        names=("W", "b"),
        mistakes=conv_truth.CONV_MISTAKES,
    )
    ### END HIDDEN TESTS

# %% task="conv-collapse" test points=2 id="conv-collapse-table" claims="V4 G5"
with task("conv-collapse"):
    one_layer, single_gap = conv_truth.collapses()
    checks.predictions(collapses, one_layer, evidence=single_gap)

# %% [markdown] id="border" lang="en"
# At the border the second convolution reads zeros of padding where the first would have put its bias. So
# the order and the bias decide, and a test on the middle of the picture would not have noticed.
#
# Now the repairs. What every net has to keep is stated in its task; inside of that any repair counts, and
# width, optimiser, initialiser and taste are yours. Two things before you aim. **Predict:** what is the
# activation of a layer that was given none? And does a 10-layer ReLU net start at all with Glorot's
# initialisation, which is Keras' default, or does it need He's?

# %% [markdown] id="border" lang="ru" of="013003cbe780"
# На краю вторая свёртка читает нули дополнения там, где первая поставила бы своё смещение. Значит, всё решают
# порядок и смещение, а проверка на середине картинки ничего бы не заметила.
#
# Теперь починка. Что сеть обязана сохранить, сказано в задании; в этих рамках годится любая починка, а ширина,
# оптимизатор, инициализация и вкус ваши. Два вопроса, прежде чем прицелиться. **Предскажите:** какая активация
# у слоя, которому её не задали? И тронется ли с места ReLU-сеть из 10 слоёв с инициализацией Глорота
# (в Keras она по умолчанию) или ей нужна инициализация Хе?

# %% id="defaults-run" claims="G4 G8"
print(layers.Dense(3).activation.__name__, layers.Conv2D(3, 3).activation.__name__)
for initializer, name in [("GlorotUniform", "glorot_uniform"), ("HeNormal", "he_normal")]:
    stds = convnets.signal(initializer)
    print(f"{name:15} std {stds[0]:.2f} … {stds[-1]:.3f}   {convnets.started(name):.3f}")

# %% [markdown] id="xray-fading" lang="en"
# The X-ray of such a net shows where the signal goes: ten layers with Glorot's initialisation, a batch of random numbers. Follow the deviation
# down the column.

# %% [markdown] id="xray-fading" lang="ru" of="8e0f9699615f"
# Рентген такой сети показывает, куда уходит сигнал: десять слоёв с инициализацией Глорота, на входе батч случайных чисел. Проследите за
# отклонением сверху вниз.

# %% id="xray-fading-run"
fading = keras.Sequential([keras.Input((64,))], name="glorot")
for _ in range(10):
    fading.add(layers.Dense(64, activation="relu"))
autograder.xray(fading, np.random.default_rng(0).normal(size=(64, 64)))

# %% [markdown] id="defaults-after" lang="en"
# The default is no activation at all, not ReLU. And Glorot lets the signal fade by a factor of forty over
# ten layers: the net starts later, but it starts. He is the better default for deep ReLU nets without
# normalisation; in nets of two or three layers it hardly shows, and nobody will grade it.
#
# The repairs have budgets. Here is what Misha's nets and some ordinary repairs cost (first the side of
# the picture, then the filters).

# %% [markdown] id="defaults-after" lang="ru" of="8e189aeffef7"
# По умолчанию стоит вовсе не ReLU: активации нет никакой. А с Глоротом сигнал за десять слоёв затухает в сорок раз: сеть
# трогается позже, но трогается. Для глубоких ReLU-сетей без нормализации лучше взять Хе; в сетях из двух-трёх слоёв
# разницы почти не видно, и оценивать её никто не будет.
#
# У починки есть бюджет. Вот во что обходятся Мишины сети и несколько обычных починок (сначала сторона картинки,
# затем фильтры).

# %% id="bills-of-repairs" claims="B2 G1"
print(f"{'':42} {'parameters':>11} {'MACs':>14}")
for name, (parameters, macs) in convnets.bills().items():
    print(f"{name:42} {parameters:>11,} {macs:>14,}")

# %% [markdown] id="linear-bench" lang="en"
# One more look at linear layers before the repairs. Convolution and average pooling are both linear: may they change places? The bench sends
# small maps through both orders; = and ≠ mark the ends, the box shows the first window that differs. Then put an activation between them.

# %% [markdown] id="linear-bench" lang="ru" of="855162a57a47"
# Ещё один взгляд на линейные слои перед починкой. И свёртка, и average pooling линейны: можно ли поменять их местами? Стенд пропускает
# маленькие карты через оба порядка; знаки = и ≠ стоят на концах, рамка показывает первое окно, где есть разница. Потом поставьте между ними
# активацию.

# %% id="linear-bench-run"
bench.order("conv avg_pool", "avg_pool conv")

# %% [markdown] task="conv-digits" lang="en"
# ## 5. The digit net (12 minutes, 6 points)
#
# Misha sorts 28×28 pictures (shape (28, 28, 1), pixels in [0, 1]) into 10 classes; each picture belongs to
# exactly one. Labels are whole numbers of shape (n,). Repair `digit_net`. It must still return a compiled
# Keras model with
#
# * at least two convolutions with something non-linear between them, an activation or max-pooling (Misha
#   has one convolution: add one);
# * maps that shrink to 14×14 or less before they are flattened or averaged over.
#
# Non-linear is an activation, or max-pooling over more than one pixel; average pooling, dropout and
# normalisation are linear. (BatchNormalization counts as neither: not as a layer with weights, not as
# non-linear.) Every cell checks the brief first.
#
# | cell | what it looks for | points |
# |---|---|---|
# | 1 | each answer is a distribution over the 10 classes, **in training too**; logits are fine when the loss is a Keras loss object with `from_logits=True` | 1 |
# | 2 | inside: no softmax between layers with weights, and no two of them without something non-linear between | 1 |
# | 3 | the loss is one for exclusive classes and for these labels | 1 |
# | 4 | at most 400,000 parameters and 10,000,000 MACs per picture | 1 |
# | 5 | no design fault, and within the budget; every variable learns, and more than 75 % of held-out digits are right within 1,000 steps of 32 (a linear model: 72 %) | 2 |

# %% [markdown] task="conv-digits" lang="ru" of="49fff24ef14d"
# ## 5. Сеть для цифр (12 минут, 6 баллов)
#
# Миша раскладывает картинки 28×28 (форма (28, 28, 1), пиксели в [0, 1]) по 10 классам; каждая относится ровно к
# одному. Метки — целые числа, форма (n,). Почините `digit_net`. Функция по-прежнему должна возвращать
# скомпилированную модель Keras, в которой есть
#
# * не меньше двух свёрток, между которыми стоит что-то нелинейное, активация или max-pooling (у Миши одна
#   свёртка: добавьте);
# * карты, которые сжимаются до 14×14 или меньше, прежде чем их вытянут в вектор или усреднят.
#
# Нелинейное — это активация или max-pooling с окном больше одного пикселя; усредняющий пулинг, дропаут и
# нормализация линейны. (BatchNormalization не считается ни тем ни другим: ни слоем с весами, ни чем-то
# нелинейным.) Каждая ячейка сначала проверяет условия.
#
# | ячейка | что проверяет | баллы |
# |---|---|---|
# | 1 | каждый ответ — распределение по 10 классам, **в том числе при обучении**; логиты годятся, если функция потерь — объект Keras с `from_logits=True` | 1 |
# | 2 | внутри: никакого softmax между слоями с весами и никаких двух таких слоёв подряд без чего-то нелинейного между ними | 1 |
# | 3 | функция потерь годится для взаимоисключающих классов и для таких меток | 1 |
# | 4 | не больше 400 000 параметров и 10 000 000 MAC на картинку | 1 |
# | 5 | ошибок нет, бюджет соблюдён, каждая переменная учится, и за 1000 шагов по 32 примера верно распознано больше 75 % отложенных цифр (у линейной модели 72 %) | 2 |


# %% task="conv-digits" answer exhibits="digit_net"
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(512, (10, 10)),
            layers.Activation("relu"),
            layers.MaxPooling2D((2, 2)),
            layers.Flatten(),
            layers.Dense(100),
            layers.Activation("softmax"),
            layers.Dropout(0.1),
            layers.Dense(10),
            layers.Activation("softmax"),
            layers.Dropout(0.1),
        ]
    )
    net.compile(optimizer="rmsprop", loss="mean_squared_error")
    return net


### BEGIN SOLUTION
def digit_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(100),
            layers.Activation("relu"),
            layers.Dropout(0.1),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy")
    return net


### END SOLUTION

# %% task="conv-digits" test points=1 id="conv-digits-rows"
with task("conv-digits"):
    checks.convolves(checks.compiled(digit_net), task=DIGITS)
    checks.model(
        checks.compiled(digit_net),
        task=DIGITS,
        rules=("A02", "A05", "A06", "A07", "A08", "A16", "A17"),
    )
    checks.distribution(checks.compiled(digit_net), task=DIGITS)

# %% task="conv-digits" test points=1 id="conv-digits-inside"
with task("conv-digits"):
    checks.convolves(checks.compiled(digit_net), task=DIGITS)
    checks.model(checks.compiled(digit_net), task=DIGITS, rules=("B01", "B02", "B04"))

# %% task="conv-digits" test points=1 id="conv-digits-loss"
with task("conv-digits"):
    checks.convolves(digit_net, task=DIGITS)
    checks.model(digit_net, task=DIGITS, rules=("A03", "A04", "A09", "A11", "A12", "A14"))

# %% task="conv-digits" test points=1 id="conv-digits-bill"
with task("conv-digits"):
    checks.convolves(checks.compiled(digit_net), task=DIGITS)
    checks.budget(checks.compiled(digit_net), task=DIGITS, parameters=400_000, macs=10_000_000)

# %% task="conv-digits" test points=2 id="conv-digits-learns"
with task("conv-digits"):
    digits28 = data.digits28()
    checks.convolves(digit_net, task=DIGITS)
    checks.model(digit_net, task=DIGITS)
    checks.distribution(digit_net, task=DIGITS)
    checks.budget(digit_net, task=DIGITS, parameters=400_000, macs=10_000_000)
    checks.learns(digit_net, digits28.x_train[:32], digits28.y_train[:32], task=DIGITS)
    ### BEGIN HIDDEN TESTS
    checks.learns(digit_net, digits28.x_train[32:64], digits28.y_train[32:64], task=DIGITS)
    ### END HIDDEN TESTS
    checks.skill(
        digit_net,
        digits28,
        task=DIGITS,
        beats=0.75,
        rounds=(100, 150, 250, 500),
        judged=1000,
    )

# %% [markdown] task="conv-deep" lang="en"
# ## 6. The net that does not build (9 minutes, 5 points)
#
# Ten classes again, one per picture, labels as whole numbers of shape (n,); the pictures are 100×100 with 3
# channels, standardised (mean 0, deviation 1). Repair `deep_net`. It must return a compiled Keras model
# for inputs of shape (100, 100, 3) with at least two convolutions, something non-linear between them, and
# maps that shrink to 50×50 or less.
#
# Non-linear is an activation, or max-pooling over more than one pixel; average pooling, dropout and
# normalisation are linear. (BatchNormalization counts as neither: not as a layer with weights, not as
# non-linear.) Every cell checks the brief first.
#
# | cell | what it looks for | points |
# |---|---|---|
# | 1 | the net builds, and the above is still there | 1 |
# | 2 | no softmax between layers with weights, and no two of them without something non-linear between | 1 |
# | 3 | the loss is a loss, for exclusive classes and for these labels | 1 |
# | 4 | no design fault left, answers are distributions, at most 250 M MACs, every variable learns, and more than 20 % of held-out pictures are right within 400 steps of 8 (a linear model: 15 %) | 2 |

# %% [markdown] task="conv-deep" lang="ru" of="9838279bad2c"
# ## 6. Сеть, которая не собирается (9 минут, 5 баллов)
#
# Снова десять классов, по одному на картинку, метки — целые числа, форма (n,); картинки 100×100 с 3 каналами,
# стандартизованные (среднее 0, отклонение 1). Почините `deep_net`. Функция должна возвращать скомпилированную
# модель Keras для входа формы (100, 100, 3), в которой не меньше двух свёрток, между ними что-то нелинейное, а
# карты сжимаются до 50×50 или меньше.
#
# Нелинейное — это активация или max-pooling с окном больше одного пикселя; усредняющий пулинг, дропаут и
# нормализация линейны. (BatchNormalization не считается ни тем ни другим: ни слоем с весами, ни чем-то
# нелинейным.) Каждая ячейка сначала проверяет условия.
#
# | ячейка | что проверяет | баллы |
# |---|---|---|
# | 1 | сеть собирается, и всё сказанное выше на месте | 1 |
# | 2 | никакого softmax между слоями с весами и никаких двух таких слоёв подряд без чего-то нелинейного между ними | 1 |
# | 3 | функция потерь — действительно функция потерь и годится для взаимоисключающих классов и таких меток | 1 |
# | 4 | ошибок не осталось, ответы — распределения, не больше 250 млн MAC, каждая переменная учится, и за 400 шагов по 8 примеров верно распознано больше 20 % отложенных картинок (у линейной модели 15 %) | 2 |


# %% task="conv-deep" answer exhibits="deep_net"
def deep_net():
    net = keras.Sequential()
    net.add(keras.Input((100, 100, 3)))
    for filters in [32, 64, 128, 256]:
        net.add(layers.Conv2D(filters, (5, 5)))
        net.add(layers.Conv2D(filters, (1, 1)))
        net.add(layers.MaxPooling2D((3, 3)))
        net.add(layers.Activation("relu"))
        net.add(layers.BatchNormalization())
    net.add(layers.Flatten())
    net.add(layers.Dense(100, activation="relu"))
    net.add(layers.Dropout(0.5))
    net.add(layers.Dense(10, activation="softmax"))
    net.compile(optimizer="adam", loss="sparse_categorical_accuracy")
    return net


### BEGIN SOLUTION
def deep_net():
    net = keras.Sequential()
    net.add(keras.Input((100, 100, 3)))
    for filters in [32, 64, 128]:
        net.add(layers.Conv2D(filters, (5, 5)))
        net.add(layers.MaxPooling2D((3, 3)))
        net.add(layers.Activation("relu"))
        net.add(layers.BatchNormalization())
    net.add(layers.Flatten())
    net.add(layers.Dense(100, activation="relu"))
    net.add(layers.Dropout(0.5))
    net.add(layers.Dense(10, activation="softmax"))
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


### END SOLUTION

# %% task="conv-deep" test points=1 id="conv-deep-builds"
with task("conv-deep"):
    checks.convolves(checks.compiled(deep_net), task=PICTURES)

# %% task="conv-deep" test points=1 id="conv-deep-inside"
with task("conv-deep"):
    checks.convolves(checks.compiled(deep_net), task=PICTURES)
    checks.model(checks.compiled(deep_net), task=PICTURES, rules=("B01", "B02", "B04"))

# %% task="conv-deep" test points=1 id="conv-deep-loss"
with task("conv-deep"):
    checks.convolves(deep_net, task=PICTURES)
    checks.model(deep_net, task=PICTURES, rules=("A03", "A04", "A09", "A11", "A12", "A14"))

# %% task="conv-deep" test points=2 id="conv-deep-learns"
with task("conv-deep"):
    pictures = data.pictures()
    checks.convolves(deep_net, task=PICTURES)
    checks.model(deep_net, task=PICTURES)
    checks.distribution(deep_net, task=PICTURES)
    checks.budget(deep_net, task=PICTURES, macs=250_000_000)
    checks.learns(deep_net, pictures.x_train[:6], pictures.y_train[:6], task=PICTURES)
    ### BEGIN HIDDEN TESTS
    checks.learns(deep_net, pictures.x_train[6:12], pictures.y_train[6:12], task=PICTURES)
    ### END HIDDEN TESTS
    checks.skill(
        deep_net,
        pictures,
        task=PICTURES,
        beats=0.2,
        rounds=(40, 40, 80, 80, 160),
        batch=8,
        standardise=True,
        judged=400,
    )

# %% [markdown] task="conv-pictures" lang="en"
# ## 7. The whole magazine (14 minutes, 9 points)
#
# The pictures, classes and labels of task 6. This net has more holes than layers; each of them has a cell
# and a point of its own. Repair `picture_net`, which must return a Keras model for inputs of shape (100,
# 100, 3) with at least two convolutions, something non-linear between them, and maps that shrink to 50×50
# or less. **As it stands it is never to be trained:** its first map takes 20 MB per picture.
#
# Non-linear is an activation, or max-pooling over more than one pixel; average pooling, dropout and
# normalisation are linear. (BatchNormalization counts as neither: not as a layer with weights, not as
# non-linear.) Every cell checks the brief first.
#
# | cell | what it looks for | points |
# |---|---|---|
# | 1 | no dropout that switches everything off | 1 |
# | 2 | no 1×1 convolution behind another convolution without something non-linear between | 1 |
# | 3 | no other two layers with weights without something non-linear between | 1 |
# | 4 | each answer is a distribution **in inference**; logits are fine when the loss is a Keras loss object with `from_logits=True` | 1 |
# | 5 | nothing drops or changes the answer after it is made | 1 |
# | 6 | the net is compiled, with a loss for exclusive classes and for these labels | 1 |
# | 7 | at most 250 M MACs per picture | 1 |
# | 8 | all of that, every variable learns, and more than 20 % of held-out pictures are right within 400 steps of 8 (a linear model: 15 %) | 2 |

# %% [markdown] task="conv-pictures" lang="ru" of="865113176b22"
# ## 7. Вся обойма (14 минут, 9 баллов)
#
# Картинки, классы и метки из задания 6. В этой сети дыр больше, чем слоёв; у каждой своя ячейка и свой балл.
# Почините `picture_net`; функция должна возвращать модель Keras для входа формы (100, 100, 3), в которой не
# меньше двух свёрток, между ними что-то нелинейное, а карты сжимаются до 50×50 или меньше. **В нынешнем виде
# эту сеть обучать нельзя:** первая карта занимает 20 МБ на картинку.
#
# Нелинейное — это активация или max-pooling с окном больше одного пикселя; усредняющий пулинг, дропаут и
# нормализация линейны. (BatchNormalization не считается ни тем ни другим: ни слоем с весами, ни чем-то
# нелинейным.) Каждая ячейка сначала проверяет условия.
#
# | ячейка | что проверяет | баллы |
# |---|---|---|
# | 1 | нет дропаута, который выключает всё | 1 |
# | 2 | нет свёртки 1×1 за другой свёрткой без чего-то нелинейного между ними | 1 |
# | 3 | нет других двух слоёв с весами, между которыми нет ничего нелинейного | 1 |
# | 4 | каждый ответ **при предсказании** — распределение; логиты годятся, если функция потерь — объект Keras с `from_logits=True` | 1 |
# | 5 | ничто не обнуляет и не меняет уже готовый ответ | 1 |
# | 6 | сеть скомпилирована, функция потерь годится для взаимоисключающих классов и таких меток | 1 |
# | 7 | не больше 250 млн MAC на картинку | 1 |
# | 8 | всё это вместе, каждая переменная учится, и за 400 шагов по 8 примеров верно распознано больше 20 % отложенных картинок (у линейной модели 15 %) | 2 |


# %% task="conv-pictures" answer exhibits="picture_net"
def picture_net():
    net = keras.Sequential(
        [
            keras.Input((100, 100, 3)),
            layers.Conv2D(512, (3, 3), kernel_initializer="glorot_uniform"),
            layers.Activation("relu"),
            layers.MaxPooling2D((2, 2)),
            layers.Conv2D(128, (3, 3), kernel_initializer="glorot_uniform"),
            layers.Activation("relu"),
            layers.Conv2D(32, (3, 3), kernel_initializer="glorot_uniform"),
            layers.Conv2D(32, (1, 1), kernel_initializer="glorot_uniform"),
            layers.MaxPooling2D((10, 10)),
            layers.Flatten(),
            layers.Dense(64),
            layers.Dropout(1),
            layers.Dense(10),
            layers.Activation("sigmoid"),
            layers.Dropout(0.5),
        ]
    )
    return net


### BEGIN SOLUTION
def picture_net():
    net = keras.Sequential(
        [
            keras.Input((100, 100, 3)),
            layers.Conv2D(32, (3, 3)),
            layers.Activation("relu"),
            layers.MaxPooling2D((2, 2)),
            layers.Conv2D(32, (3, 3)),
            layers.Activation("relu"),
            layers.MaxPooling2D((2, 2)),
            layers.Conv2D(64, (3, 3)),
            layers.Activation("relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(64),
            layers.Activation("relu"),
            layers.Dropout(0.2),
            layers.Dense(10),
            layers.Activation("softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


### END SOLUTION

# %% task="conv-pictures" test points=1 id="conv-pictures-dropout"
with task("conv-pictures"):
    checks.convolves(checks.compiled(picture_net), task=PICTURES)
    checks.model(checks.compiled(picture_net), task=PICTURES, rules=("D01",))

# %% task="conv-pictures" test points=1 id="conv-pictures-pointwise"
with task("conv-pictures"):
    checks.convolves(checks.compiled(picture_net), task=PICTURES)
    checks.model(checks.compiled(picture_net), task=PICTURES, rules=("B02",))

# %% task="conv-pictures" test points=1 id="conv-pictures-linear"
with task("conv-pictures"):
    checks.convolves(checks.compiled(picture_net), task=PICTURES)
    checks.model(checks.compiled(picture_net), task=PICTURES, rules=("B01", "B04"))

# %% task="conv-pictures" test points=1 id="conv-pictures-rows"
with task("conv-pictures"):
    checks.convolves(checks.compiled(picture_net), task=PICTURES)
    checks.model(
        checks.compiled(picture_net), task=PICTURES, rules=("A02", "A05", "A06", "A07", "A08")
    )
    checks.distribution(checks.compiled(picture_net), task=PICTURES, training=False)

# %% task="conv-pictures" test points=1 id="conv-pictures-after"
with task("conv-pictures"):
    checks.convolves(checks.compiled(picture_net), task=PICTURES)
    checks.model(checks.compiled(picture_net), task=PICTURES, rules=("A16", "A17"))

# %% task="conv-pictures" test points=1 id="conv-pictures-loss"
with task("conv-pictures"):
    checks.convolves(picture_net, task=PICTURES)
    checks.model(picture_net, task=PICTURES, rules=("A03", "A04", "A09", "A11", "A12", "A14"))

# %% task="conv-pictures" test points=1 id="conv-pictures-bill"
with task("conv-pictures"):
    checks.convolves(checks.compiled(picture_net), task=PICTURES)
    checks.budget(checks.compiled(picture_net), task=PICTURES, macs=250_000_000)

# %% task="conv-pictures" test points=2 id="conv-pictures-learns"
with task("conv-pictures"):
    cloth = data.pictures()
    checks.convolves(picture_net, task=PICTURES)
    checks.model(picture_net, task=PICTURES)
    checks.distribution(picture_net, task=PICTURES)
    checks.budget(picture_net, task=PICTURES, macs=250_000_000)
    checks.learns(picture_net, cloth.x_train[:6], cloth.y_train[:6], task=PICTURES)
    ### BEGIN HIDDEN TESTS
    checks.learns(picture_net, cloth.x_train[6:12], cloth.y_train[6:12], task=PICTURES)
    ### END HIDDEN TESTS
    checks.skill(
        picture_net,
        cloth,
        task=PICTURES,
        beats=0.2,
        rounds=(40, 40, 80, 80, 160),
        batch=8,
        standardise=True,
        judged=400,
    )

# %% [markdown] id="posed-pictures" lang="en"
# How dead was it? Two pictures at a time it can be watched for three steps; the cell lends it the missing
# `compile`. It first prints what the answers of the net sum to in inference. Then: how many of its twelve variables
# stay exactly where they were? **Predict** it for the net as it stands, without the last dropout, and without the
# one in the middle.

# %% [markdown] id="posed-pictures" lang="ru" of="4252f2a6899c"
# Насколько она была мертва? По две картинки за раз за ней можно понаблюдать три шага; недостающий `compile` ячейка
# ей одолжит. Сначала она печатает, сколько дают в сумме ответы сети при предсказании. А дальше: сколько из двенадцати
# переменных останутся ровно на своих местах? **Предскажите** это для сети как есть, без последнего дропаута и без
# дропаута в середине.

# %% id="posed-pictures-run" claims="G6 G7 G10 G11"
net = convnets.posed_pictures()
print("compiled =", net.compiled, "  sum =", np.asarray(net(data.pictures().x_test[:2])).sum(-1))
for middle, last in [(1, 0.5), (1, 0), (0, 0.5)]:
    still, variables = convnets.frozen(middle, last)
    print(f"Dropout({middle}), Dropout({last}): {still} / {variables}")

# %% [markdown] id="posed-pictures-said" lang="en"
# As it stands nothing moves at all. `Dropout(1)` passes zeros, so each answer is sigmoid(0) = 0.5; `Dropout(0.5)`
# makes exactly 0 or 1 of it, and there the loss clips and has no slope. Without the last dropout only the last bias
# moves; without the one in the middle all twelve do.

# %% [markdown] id="posed-pictures-said" lang="ru" of="90a7d7e6b6ef"
# Сеть как есть не сдвигается вовсе. `Dropout(1)` пропускает одни нули, поэтому каждый ответ — sigmoid(0) = 0.5;
# `Dropout(0.5)` делает из него ровно 0 или 1, а там функция потерь обрезает, и наклона у неё нет. Без последнего дропаута
# сдвигается только последнее смещение, без дропаута в середине — все двенадцать переменных.

# %% [markdown] id="myths" lang="en"
# ## Myth or measured?
#
# | it is said | measured |
# |---|---|
# | Dropout behind softmax sends cross-entropy to infinity. | Myth: 16.1 or NaN in Keras, and the slope is 0 (task 2). It still ruins training at high rates. |
# | A 10×10 pooling leaves less than a filter needs. | Myth: it makes 4 pixels of 45, and the net builds. It ignores a fifth of the map, which is waste, not a fault; no check in this unit takes off a point for it. |
# | Smaller kernels save the net that does not build. | Myth: 3×3 and 2×2 die too, one layer later (task 1). |
# | Softmax in the middle lets one unit fire. | Only once trained. At the start it is the opposite. |
# | 512 filters in the first layer are useless. | Myth: they cost, and they score. Their rank stops at 27 or 100. |
# | Filters must not become fewer with depth: capacity is lost. | Not seen here. Run the cell. |
# | Layers have ReLU by default. | Myth: none at all. |
# | `compile` would have complained about a wrong loss. | Myth: it accepts any string. Run the cell. |
# | `Dropout(1)` is an error. | Keras takes it. In training it passes zeros, so no gradient; in inference it does nothing, so a test run looks healthy. |
# | ReLU belongs behind the max-pooling. | The same function, to the last bit; what it saves is measured in the unit on layer order. |

# %% [markdown] id="myths" lang="ru" of="acc7794be889"
# ## Миф или измерение?
#
# | говорят | измерено |
# |---|---|
# | Дропаут за softmax отправляет кросс-энтропию в бесконечность. | Миф: в Keras 16.1 или NaN, а наклон 0 (задание 2). Но обучение при большой доле он всё же губит. |
# | После пулинга 10×10 не хватит пикселей на фильтр. | Миф: из 45 пикселей он делает 4, и сеть собирается. Пятая часть карты выброшена, это расточительство, но не ошибка; ни одна проверка этого раздела балла за него не снимает. |
# | Сеть, которая не собирается, спасут ядра поменьше. | Миф: 3×3 и 2×2 гибнут тоже, слоем позже (задание 1). |
# | Softmax в середине оставляет гореть один нейрон. | Только после обучения. Вначале всё наоборот. |
# | 512 фильтров в первом слое бесполезны. | Миф: стоят дорого, но и точность дают. Их ранг упирается в 27 или 100. |
# | Число фильтров не должно убывать с глубиной: теряется ёмкость. | Здесь не видно. Запустите ячейку. |
# | По умолчанию у слоёв стоит ReLU. | Миф: не стоит ничего. |
# | `compile` пожаловался бы на негодную функцию потерь. | Миф: он примет любую строку. Запустите ячейку. |
# | `Dropout(1)` — это ошибка. | Keras принимает. При обучении он пропускает одни нули, и градиента нет; при предсказании не делает ничего, и на пробном запуске сеть выглядит здоровой. |
# | ReLU надо ставить после max-pooling. | Функция та же до последнего бита; что это экономит, измерено в разделе о порядке слоёв. |

# %% id="myths-run" claims="B5 V3 G2 G3 G7 G9"
used = 4 * 10
print("45 -> 4:", convnets.Blocks(3, 10, 1, side=47), f"  {used**2 / 45**2:.2f}")
for filters in [(16, 32, 64), (64, 32, 16)]:
    print(filters, convnets.widths(*filters))
net = keras.Sequential([keras.Input((4,)), layers.Dense(2, activation="softmax")])
net.compile(loss="sparse_categorical_accuracy")
print("compile: silent")
try:
    net.fit(np.zeros((4, 4)), np.zeros(4), verbose=0)
except ValueError as error:
    print("fit:", error)
for mode in (True, False):
    print(
        "Dropout(1), training =",
        mode,
        np.asarray(layers.Dropout(1)(np.ones((1, 5)), training=mode)),
    )
z = np.random.default_rng(0).normal(size=(8, 31, 31, 4)).astype("float32")
pool, relu = layers.MaxPooling2D(2), layers.ReLU()
print("relu, pool == pool, relu:", np.array_equal(pool(relu(z)), relu(pool(z))))
for labels in (np.zeros(16), np.zeros((16, 1))):
    try:
        print(
            "mse, labels",
            labels.shape,
            keras.losses.mean_squared_error(labels, np.zeros((16, 10))).shape,
        )
    except Exception as error:
        print("mse, labels", labels.shape, type(error).__name__)
for name in ("digits28", "pictures"):
    print(name, f"{data.linear_baseline(name):.3f}")

# %% [markdown] task="conv-unseen" lang="en"
# ## 8. A net that nobody has seen (8 minutes, 3 points)
#
# `unseen.conv(3)` made this net for the 28×28 digits and put three or four faults into it. The brief and
# the data are those of task 5 without its budget: 10 exclusive classes, whole numbers as labels, at least
# two convolutions with something non-linear between them, maps of 14×14 or less at the end.
#
# 1. Put the names of **all** its faults into `found` (1 point). Choose from `"metric-as-loss"`, `"mse"`,
#    `"hidden-softmax"`, `"no-activation"` (two dense layers, nothing non-linear between), `"linear-pointwise"`
#    (a 1×1 convolution right behind another), `"zero-kernel"`, `"total-dropout"`, `"sigmoid-head"`,
#    `"late-dropout"` (behind the answer), `"vanishing-map"`.
# 2. Repair it: no design fault is left, answers are distributions, every variable learns, and more than 75 % of
#    held-out digits are right within 1,000 steps of 32 (2 points).
#
# For practice without points: `print(unseen.conv(4))`, and so on for any other number.

# %% [markdown] task="conv-unseen" lang="ru" of="2acc80a3640a"
# ## 8. Сеть, которой никто не видел (8 минут, 3 балла)
#
# `unseen.conv(3)` сделала эту сеть для цифр 28×28 и вложила в неё три или четыре ошибки. Условия и данные
# те же, что в задании 5, но без бюджета: 10 взаимоисключающих классов, метки целые, не меньше двух свёрток, между ними
# что-то нелинейное, в конце карты 14×14 или меньше.
#
# 1. Впишите в `found` названия **всех** ошибок (1 балл). Выбирайте из `"metric-as-loss"` (метрика вместо
#    функции потерь), `"mse"`, `"hidden-softmax"` (softmax внутри), `"no-activation"` (два полносвязных слоя,
#    между ними ничего нелинейного), `"linear-pointwise"` (свёртка 1×1 сразу за другой), `"zero-kernel"` (ядро
#    из нулей), `"total-dropout"` (дропаут выключает всё), `"sigmoid-head"` (сигмоида на выходе), `"late-dropout"`
#    (дропаут за ответом), `"vanishing-map"` (карта исчезает).
# 2. Почините её: ошибок не осталось, ответы — распределения, каждая переменная учится, и за 1000 шагов по 32
#    примера верно распознано больше 75 % отложенных цифр (2 балла).
#
# Для тренировки без баллов: `print(unseen.conv(4))`, и так с любым другим числом.

# %% task="conv-unseen" answer exhibits="found, unseen_net"
found = None


def unseen_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(16, 5, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 5, kernel_initializer="zeros", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(48, 5, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dense(10, activation="sigmoid"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_accuracy")
    return net


### BEGIN SOLUTION
found = {"metric-as-loss", "sigmoid-head", "zero-kernel", "vanishing-map"}


def unseen_net():
    net = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(16, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(48, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


### END SOLUTION

# %% task="conv-unseen" test points=1 id="conv-unseen-found"
with task("conv-unseen"):
    checks.predictions({"found": found}, {"found": set(UNSEEN.faults)})

# %% task="conv-unseen" test points=2 id="conv-unseen-repaired"
with task("conv-unseen"):
    rendered = data.digits28()
    checks.convolves(unseen_net, task=DIGITS)
    checks.model(unseen_net, task=DIGITS)
    checks.distribution(unseen_net, task=DIGITS)
    checks.learns(unseen_net, rendered.x_train[:32], rendered.y_train[:32], task=DIGITS)
    checks.skill(
        unseen_net,
        rendered,
        task=DIGITS,
        beats=0.75,
        rounds=(100, 150, 250, 500),
        judged=1000,
    )

# %% [markdown] id="conv-practice" lang="en"
# For practice, one more net. The X-ray shows its shapes and what it does to digits; what is wrong with it stays sealed until the
# check of your own list in task 8 is green. Make a list for this net as well, then run the cell again.

# %% [markdown] id="conv-practice" lang="ru" of="bf2a0223fa03"
# Для тренировки — ещё одна сеть. Рентген показывает её формы и то, что она делает с цифрами; ошибки запечатаны, пока проверка вашего
# списка в задании 8 не станет зелёной. Составьте список и для этой сети, потом запустите ячейку ещё раз.

# %% id="conv-practice-net"
unseen.conv(7)

# %% id="conv-practice-run"
practice = unseen.conv(7).make()
opened = checks.sealed("conv-unseen", practice, DIGITS)
autograder.xray(practice, data.digits28().x_test[:64], findings=opened)
