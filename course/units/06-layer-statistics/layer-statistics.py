# %% [markdown] id="intro" lang="en"
# # Layer statistics
#
# Misha has trained a net of fifteen layers that answers no (0) or yes (1). He sent 10 000 samples through it, wrote down
# the mean and the unbiased variance of every layer, separately for the two classes, drew a picture of each layer's neurons,
# and concluded:
#
# 1. Dropout raised the variance. (He had expected it to fall.)
# 2. The variance of batch norm 3 is far too small, and that is a fault of this layer.
# 3. It turns the zeros that come in into another constant.
# 4. It does more harm than good: the net would be better without it.
# 5. The first batch norm is needed; the other two are in the way.
# 6. On the first three layers it makes no difference to the net whether the answer is 0 or 1.
# 7. Batch norm spoils the picture: behind it the classes are harder to tell apart.
# 8. After conv 5 the net has made up its mind: from there on, one linear layer would do as well as all the rest.
#
# You are the referee. **Predict first:** which conclusions will stand, which will fall, and which cannot be decided by
# such measurements? Note your guess. You will be asked again in task 6, and by then you will have measured.

# %% [markdown] id="intro" lang="ru" of="67865a48c135"
# # Статистики слоёв
#
# Миша обучил сеть из пятнадцати слоёв, которая отвечает «нет» (0) или «да» (1). Он пропустил через неё 10 000 примеров,
# записал для каждого слоя среднее и несмещённую дисперсию, отдельно для двух классов, нарисовал по картинке о нейронах
# каждого слоя и сделал выводы:
#
# 1. Дропаут увеличил дисперсию. (А Миша ждал, что уменьшит.)
# 2. У batch norm 3 слишком маленькая дисперсия, и это неисправность самого слоя.
# 3. Нули на входе он превращает в другую константу.
# 4. Вреда от него больше, чем пользы: без него сеть была бы лучше.
# 5. Первый batch norm нужен, а два других только мешают.
# 6. На первых трёх слоях сети всё равно, 0 в ответе или 1.
# 7. Batch norm портит картину: после него классы различить труднее.
# 8. После conv 5 сеть уже определилась: дальше хватило бы одного линейного слоя вместо всех остальных.
#
# Вы рецензент. **Сначала предскажите:** какие выводы устоят, какие отпадут, а о каких по таким измерениям судить
# нельзя? Запишите догадку. В задании 6 вас спросят ещё раз, и к тому времени вы всё измерите.

# %% setup
from autograder import checks
from autograder.checks import hint, task

checks.use_language("en")

import numpy as np

with checks.quietly():
    import keras

import autograder
from course.lab import figures, runs, statistics, unseen
from course.lab.experiments import fifteen_layers, layer_views, norm_view, report_table, streams
from course.lab.predictions import predict

TABLE = report_table.TABLE  # name -> .mean and .variance, each (class 0, class 1)

# %% id="show-table"
print(report_table.shown())

# %% [markdown] task="mean-squares" lang="en"
# ## 1. What the table says by itself (8 minutes, 2 points)
#
# Before anything is run again, a table can be questioned. The *mean square* of a layer is the mean of its squared
# activations: variance + mean². It is handy for layers that only pick, drop or move the numbers of the row above:
#
# * dropout with rate $p$ divides what it keeps by $1 - p$, so the mean square grows by $1 / (1 - p)$;
# * max-pooling over $k$ numbers that are not negative: the largest square is at least the mean of the $k$ squares and at
#   most their sum, so the mean square grows by a factor from 1 to $k$. That factor, divided by $k$, is the share that the
#   squares of the windows' largest numbers have in the sum of all squares.
#
# Compute `growth`: the mean square of each row over that of the row above (one of the classes will do). Then fill in
# `reading` with `True` or `False`:
#
# | | statement |
# |---|---|
# | a | dropout was switched on when Misha took his moments |
# | b | a rate of 0.4 explains dropout 1 |
# | c | 2×2 windows can explain all three pools |
# | d | if the windows are 2×2: in front of max pool 1, the squares of the windows' largest numbers make up over half of the sum of all squares |
# | e | the same in front of max pool 3 |
# | f | flattening changed a moment |

# %% [markdown] task="mean-squares" lang="ru" of="cdb395c1bad9"
# ## 1. Что таблица говорит сама (8 минут, 2 балла)
#
# Прежде чем что-то запускать заново, таблицу можно допросить. *Средний квадрат* слоя — это среднее квадратов его
# активаций: дисперсия + среднее². Он удобен для слоёв, которые лишь выбирают, выбрасывают или переставляют числа
# строки выше:
#
# * дропаут с долей $p$ делит уцелевшие числа на $1 - p$, поэтому средний квадрат растёт в $1 / (1 - p)$ раз;
# * max-pooling по $k$ неотрицательным числам: наибольший квадрат не меньше среднего из $k$ квадратов и не больше их
#   суммы, поэтому средний квадрат растёт не менее чем в 1 и не более чем в $k$ раз. Этот множитель, делённый на $k$, — доля
#   квадратов наибольших чисел окон в сумме всех квадратов.
#
# Вычислите `growth`: средний квадрат каждой строки, делённый на средний квадрат строки выше (хватит одного из классов).
# Затем впишите в `reading` `True` или `False`:
#
# | | утверждение |
# |---|---|
# | a | когда Миша снимал моменты, дропаут был включён |
# | b | доля 0.4 объясняет dropout 1 |
# | c | окна 2×2 могут объяснить все три пулинга |
# | d | если окна 2×2: перед max pool 1 на квадраты наибольших чисел окон приходится больше половины суммы всех квадратов |
# | e | то же перед max pool 3 |
# | f | flatten изменил какой-нибудь момент |

# %% task="mean-squares" answer exhibits="growth, reading"
growth = {
    "max pool 1": None,
    "max pool 2": None,
    "dropout 1": None,
    "max pool 3": None,
    "flatten 1": None,
}
reading = {"a": None, "b": None, "c": None, "d": None, "e": None, "f": None}
### BEGIN SOLUTION
names = list(TABLE)
mean_square = {name: row.variance[0] + row.mean[0] ** 2 for name, row in TABLE.items()}
growth = {
    name: mean_square[name] / mean_square[names[names.index(name) - 1]]
    for name in ("max pool 1", "max pool 2", "dropout 1", "max pool 3", "flatten 1")
}
reading = {
    "a": True,  # in inference it would change nothing
    "b": True,  # 1 / (1 - 0.4) = 1.667
    "c": True,  # from 1 to 4
    "d": False,  # 1.77 of 4
    "e": True,  # 3.52 of 4: the maps of conv 5 are nearly empty
    "f": False,
}
### END SOLUTION

# %% task="mean-squares" test points=1 claims="S1 S2 S3"
with task("mean-squares"):
    checks.numbers(
        growth, report_table.growth(), rtol=5e-3, mistakes=report_table.growth_mistakes()
    )

# %% task="mean-squares" test points=1 claims="S1 S2 S3"
with task("mean-squares"):
    truth, evidence = report_table.readings()
    checks.predictions(reading, truth, evidence=evidence)

# %% [markdown] id="sigmoid" lang="en"
# The last row holds more than it seems. A number between 0 and 1 with mean $m$ has a variance of at most $m(1 - m)$. And if
# the answers of each class follow a beta distribution, two moments fix it. **Predict** from row dense 2: what share of
# class 0 ends on the wrong side of 0.5?

# %% [markdown] id="sigmoid" lang="ru" of="479d5f47e845"
# В последней строке больше, чем кажется. У числа между 0 и 1 со средним $m$ дисперсия не больше $m(1 - m)$. А если ответы
# каждого класса имеют бета-распределение, двух моментов хватает, чтобы его восстановить. **Предскажите** по
# строке dense 2: какая доля класса 0 оказалась не по ту сторону от 0.5?

# %% id="sigmoid-run" claims="S3"
for m, v in zip(*TABLE["dense 2"], strict=True):
    print(f"{m = :.4f}   {v = :.4f}   m (1 - m) = {m * (1 - m):.4f}")
print({name: round(share, 3) for name, share in report_table.sigmoid_reading().items()})

# %% [markdown] task="one-pass" lang="en"
# ## 2. One pass, little memory (18 minutes, 4 points)
#
# Now the measurement itself. All activations of 10 000 samples of such a net fill one to three gigabytes, and nobody
# needs them: means and variances can be put together from batches that pass by once. But the textbook's
# $\overline{x^2} - \overline{x}^2$ subtracts two large numbers that agree in their first digits. **Predict** what the next
# cell prints: ten thousand float32 numbers with mean 10 000 and variance 1.

# %% [markdown] task="one-pass" lang="ru" of="ca46a4bd3cf3"
# ## 2. За один проход и почти без памяти (18 минут, 4 балла)
#
# Теперь само измерение. Все активации такой сети на 10 000 примеров занимают от одного до трёх гигабайт, и никому они не
# нужны: средние и дисперсии можно собрать из батчей, которые проходят мимо один раз. Только вот формула из учебника,
# $\overline{x^2} - \overline{x}^2$, вычитает два больших числа с одинаковыми первыми цифрами. **Предскажите**, что напечатает
# следующая ячейка: десять тысяч чисел float32 со средним 10 000 и дисперсией 1.

# %% id="cancellation"
x = np.random.default_rng(0).normal(1e4, 1, 10_000).astype(np.float32)
print(np.mean(x**2) - np.mean(x) ** 2, np.var(x.astype(np.float64), ddof=1))

# %% [markdown] id="one-pass-brief" lang="en"
# Write three functions:
#
# * `summary(batch)`: all that you want to remember of a batch (n, neurons), where n may also be 1 or 0;
# * `merge(one, other)`: the summary of both together;
# * `moments(summary)`: the pair (mean, variance), each of shape (neurons,). The variance is the unbiased one, divided by
#   n − 1. (The variance is asked for only when at least two samples have been seen.)
#
# Requirements:
#
# * a summary consists of ints and floats, arrays of them, lists, tuples and dicts only; anything more exact than float64 is
#   rounded to it, and a named tuple comes back as a tuple. It holds at most ten numbers per neuron (30 for three neurons),
#   however many samples it has seen;
# * nothing is remembered outside of the summaries: the same batches make the same summary, whatever was seen in between;
# * batches may be merged in any order;
# * the relative error against `np.mean` and `np.var(ddof=1)` in float64 stays below one millionth, also for numbers whose
#   mean is a million times their deviation. For a neuron that never changes the variance is 0, up to the square of the rounding
#   errors.
#
# The piece that most people forget: if two groups of $n$ and $k$ samples have means that lie $\delta$ apart, then the sum of
# squared deviations of both together is the sum of both sums **plus** $\delta^2 \, n k / (n + k)$.

# %% [markdown] id="one-pass-brief" lang="ru" of="6de2844b6a39"
# Напишите три функции:
#
# * `summary(batch)`: всё, что вы хотите запомнить о батче (n, нейроны), где n может быть и 1, и 0;
# * `merge(one, other)`: сводка по обоим вместе;
# * `moments(summary)`: пара (среднее, дисперсия), оба — массивы формы (нейроны,). Дисперсия несмещённая, с делением на
#   n − 1. (Дисперсию запрашивают, только если примеров не меньше двух.)
#
# Требования:
#
# * сводка состоит только из чисел int и float, массивов таких чисел, списков, кортежей и словарей; всё, что точнее float64,
#   округляется до него, а именованный кортеж возвращается обычным. В ней не больше десяти чисел на нейрон (30 на три нейрона),
#   сколько бы примеров она ни видела;
# * вне сводок ничего не запоминается: из одних и тех же батчей выходит одна и та же сводка, что бы ни прошло мимо между ними;
# * батчи можно сливать в любом порядке;
# * относительная ошибка по сравнению с `np.mean` и `np.var(ddof=1)` во float64 меньше одной миллионной, в том числе для чисел,
#   у которых среднее в миллион раз больше отклонения. У нейрона, который не меняется, дисперсия равна 0 с точностью до квадрата
#   ошибок округления.
#
# О чём чаще всего забывают: если у двух групп из $n$ и $k$ примеров средние отстоят на $\delta$, то сумма квадратов отклонений
# для обеих вместе — это две прежние суммы **плюс** $\delta^2 \, n k / (n + k)$.


# %% task="one-pass" answer exhibits="summary, merge, moments"
def summary(batch):
    return None


def merge(one, other):
    return None


def moments(summary):
    mean, variance = None, None
    return mean, variance


### BEGIN SOLUTION
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
    return mean, m2 / (n - 1)


### END SOLUTION

# %% task="one-pass" test points=4
with task("one-pass"):
    checks.streaming(summary, merge, moments, streams.streams(), mistakes=streams.mistakes())
    ### BEGIN HIDDEN TESTS
    for seed in (1, 2):
        checks.streaming(summary, merge, moments, streams.streams(seed))
    ### END HIDDEN TESTS

# %% [markdown] id="again" lang="en"
# `statistics.layer_moments` does the same for every neuron of every layer, by class. (The passes within a batch run in one
# TensorFlow graph; the merging is done by the library, with the formula above, Chan's.)
#
# The net is Misha's, built again: the same fifteen layers in the same order, with a dropout rate of 0.4. Widths, pictures and training
# are ours. The answer is whether a handwritten digit is odd. The 10 000 samples are 8000 renders of 1297 digits, on which the
# net was trained, and 2000 renders of 500 other digits. Renders of one digit resemble each other, so these are **not**
# 10 000 independent samples; more of that below.
#
# (Every net of this notebook is trained once on your machine, in some seconds, and then kept.)
#
# **Predict:** which numbers of a row will be the same in both modes?

# %% [markdown] id="again" lang="ru" of="1e2107e54805"
# `statistics.layer_moments` делает то же для каждого нейрона каждого слоя, по классам. (Проходы внутри батча выполняет один
# граф TensorFlow, а сливает батчи библиотека, по той же формуле, она называется формулой Чана.)
#
# Сеть — Мишина, построенная заново: те же пятнадцать слоёв в том же порядке и с долей дропаута 0.4. Ширины слоёв, картинки и обучение
# наши. Ответ: нечётна ли рукописная цифра. 10 000 примеров — это 8000 рендеров 1297 цифр, на которых сеть училась, и 2000 рендеров
# 500 других цифр. Рендеры одной цифры похожи, так что это **не** 10 000 независимых примеров; об этом ниже.
#
# (Каждая сеть этой тетради обучается на вашей машине один раз, за несколько секунд, и сохраняется.)
#
# **Предскажите:** какие числа строки в обоих режимах будут одинаковы?

# %% id="again-run" claims="S1 S2 S5"
net = fifteen_layers.trained()
samples = fifteen_layers.samples()
at_rest = statistics.layer_moments(net, samples.batches())
in_training = statistics.layer_moments(net, samples.batches(), training=True)
print("inference", layer_views.shown(at_rest), sep="\n", end="\n\n")
print("training", layer_views.shown(in_training), sep="\n")

# %% [markdown] id="xray-fifteen" lang="en"
# The X-ray shows the same net on 64 samples in training mode, operation by operation: shapes, costs, and what becomes of the numbers. Behind
# it, three layers with a histogram for each class of *all* their activations.

# %% [markdown] id="xray-fifteen" lang="ru" of="11bbaa1a4cc4"
# Рентген показывает ту же сеть на 64 примерах в режиме обучения, операцию за операцией: формы, затраты и то, что становится с числами. Под
# ним — три слоя с гистограммами *всех* их активаций, отдельно по классам.

# %% id="xray-fifteen-run"
autograder.xray(net, samples.first(64)[0], training=True)

# %% id="live-histograms"
runs.histograms(net, *samples.first(200), names=["conv_1", "batch_norm_3", "dense_1"])

# %% [markdown] id="again-said" lang="en"
# Flattening moves numbers and changes none, in either mode. Dropout is the identity in inference; in training it leaves the mean
# and multiplies the mean square by 1.67, as in Misha's table. So conclusion 1 is right, and a matter of arithmetic: noise adds
# variance. And his table was taken in training mode.
#
# Now the pictures: one for each layer but the last. Every neuron contributes its mean over class 0 to one
# histogram and its mean over class 1 to the other. **Predict:** in how many of the fourteen will the two histograms be visibly
# different?

# %% [markdown] id="again-said" lang="ru" of="9a28e7d91e03"
# Flatten переставляет числа и не меняет ни одного, ни в том режиме, ни в другом. Дропаут при предсказании ничего не меняет; при
# обучении он сохраняет среднее и умножает средний квадрат на 1.67, как в Мишиной таблице. Значит, вывод 1 верен, и это простая
# арифметика: шум прибавляет дисперсию. А таблица снята в режиме обучения.
#
# Теперь картинки: по одной на каждый слой, кроме последнего. Каждый нейрон вносит своё среднее по классу 0 в одну гистограмму, а
# среднее по классу 1 — в другую. **Предскажите:** на скольких из четырнадцати картинок гистограммы заметно
# разойдутся?

# %% id="pictures"
figures.distributions(
    {
        fifteen_layers.title(layer): (classes[0].mean, classes[1].mean)
        for layer, classes in list(at_rest.items())[:-1]
    }
)

# %% [markdown] id="pictures-said" lang="en"
# Keep these pictures in mind. On the first layers the two histograms nearly coincide. Misha concluded that those layers
# do not care about the answer. Is that what the pictures say?

# %% [markdown] id="pictures-said" lang="ru" of="42058f27ee79"
# Запомните эти картинки. На первых слоях гистограммы почти совпадают. Миша заключил, что этим слоям нет дела до
# ответа. Об этом ли говорят картинки?

# %% [markdown] task="small-variance" lang="en"
# ## 3. A variance that is too small (8 minutes, 2 points)
#
# Batch norm is supposed to make variances of 1, and Misha's table has 0.14 and 0.20 for batch norm 3. In training mode a channel whose
# input varies leaves with mean $\beta$ and variance $\gamma^2$ (but for $\epsilon$). A *dead* channel, whose
# input is constant, leaves as the constant $\beta$.
#
# 1. Write `norm_variance(gamma, beta, live)`: the variance over everything that leaves the layer, all channels pooled.
#    The three arguments are arrays of shape (channels,), `live` of truth values. Every channel has the same number of activations, so many that
#    it makes no difference whether you divide by n or by n − 1.
# 2. Fill in `explained`, two ways to get 0.17 (the mean of Misha's two classes) with $\beta = 0$ everywhere: `"live"` is the share
#    of live channels if $\gamma = 1$, and `"gamma"` is the size of $\gamma$ in all channels if all are live. Two digits are enough.

# %% [markdown] task="small-variance" lang="ru" of="c9eb9cbec35f"
# ## 3. Слишком маленькая дисперсия (8 минут, 2 балла)
#
# Batch norm должен делать дисперсии равными 1, а в Мишиной таблице у batch norm 3 стоит 0.14 и 0.20. В режиме обучения канал, вход
# которого меняется, выходит со средним $\beta$ и дисперсией $\gamma^2$ (с точностью до $\epsilon$). *Мёртвый* канал, у которого
# вход постоянен, выходит константой $\beta$.
#
# 1. Напишите `norm_variance(gamma, beta, live)`: дисперсию всего, что выходит из слоя, по всем каналам вместе.
#    Три аргумента — массивы формы (каналы,), `live` из логических значений. Активаций во всех каналах поровну, и их так много, что всё
#    равно, делить на n или на n − 1.
# 2. Заполните `explained`: два способа получить 0.17 (среднее по двум Мишиным классам), если везде $\beta = 0$. `"live"` — доля
#    живых каналов, если $\gamma = 1$, а `"gamma"` — величина $\gamma$ во всех каналах, если живы все. Двух цифр достаточно.


# %% task="small-variance" answer exhibits="norm_variance, explained"
def norm_variance(gamma, beta, live):
    return None


explained = {"live": None, "gamma": None}


### BEGIN SOLUTION
def norm_variance(gamma, beta, live):
    # The mean of the variances within channels, plus the variance of the channels' means.
    return np.mean(live * gamma**2) + np.var(beta)


explained = {"live": 0.17, "gamma": 0.17**0.5}
### END SOLUTION

# %% task="small-variance" test points=1 claims="S4"
with task("small-variance"):
    report_table.judge_norm_variance(norm_variance)
    ### BEGIN HIDDEN TESTS
    report_table.judge_norm_variance(norm_variance, seed=3)
    ### END HIDDEN TESTS

# %% task="small-variance" test points=1 claims="S4"
with task("small-variance"):
    checks.numbers(
        explained,
        report_table.explanations(),
        rtol=0.03,
        mistakes=report_table.explanation_mistakes(),
    )

# %% [markdown] id="norm-3" lang="en"
# Misha did not write down his $\gamma$, so we cannot know which of the two it was. But we know ours. The cell feeds our batch
# norm 3 in training mode, first as it is, then with 13 of its 16 input channels switched off. **Predict** the variance of both, and the share
# of zeros in front of the norm, behind it, and behind dense 1. The last line is what a zero becomes, channel by channel.

# %% [markdown] id="norm-3" lang="ru" of="28d537fbfa66"
# Свои $\gamma$ Миша не записал, так что узнать, какой способ был у него, нельзя. Зато свои мы знаем. Ячейка подаёт числа в наш batch
# norm 3 в режиме обучения: сначала как есть, потом с 13 выключенными входными каналами из 16. **Предскажите** обе дисперсии и долю
# нулей перед нормализацией, после неё и после dense 1. Последняя строка показывает, чем становится нуль, по каналам.

# %% id="norm-3-run" claims="S4 S5"
for dead in (0, 13):
    seen = layer_views.norm_3(net, samples.x[:2000], dead=dead)
    print(
        f"live {seen.live.sum():2} / {seen.live.size}   "
        f"formula {seen.formula:.3f}   measured {seen.variance:.3f}"
    )
seen = layer_views.norm_3(net, samples.x[:2000])
print({layer: f"{share:.1%}" for layer, share in seen.zeros.items()})
print(f"0 -> {np.round(np.sort(seen.constants), 2)}")

# %% [markdown] id="norm-3-said" lang="en"
# But for $\epsilon$, the formula gives what is measured. A normalisation's variance is what $\gamma$, $\beta$ and dead channels make of it; with
# 13 of 16 channels switched off, ours is as small as Misha's. That is a fact about the net in front of it, and no fault of the norm. Conclusion
# 3 is true as well: behind the norm no zero is left, each channel has a constant of its own, and the zeros that dense 1 makes are dense 1's.

# %% [markdown] id="norm-3-said" lang="ru" of="75946bbc00d8"
# С точностью до $\epsilon$ формула совпадает с измерением. Дисперсия после нормализации такова, какой её делают $\gamma$, $\beta$ и мёртвые каналы; если выключить
# 13 каналов из 16, наша станет такой же маленькой, как Мишина. Это факт о сети перед слоем, а не поломка слоя. Вывод
# 3 тоже верен: после нормализации не осталось ни одного нуля, у каждого канала своя константа, а нули после dense 1 сделал сам dense 1.

# %% [markdown] task="blind-layer" lang="en"
# ## 4. What a pooled mean cannot see (14 minutes, 4 points)
#
# How far apart are two classes? In units of their deviation:
# $$d' = \frac{m_1 - m_0}{\sqrt{(v_0 + v_1) / 2}}$$
#
# 1. Write `d_prime(mean_0, variance_0, mean_1, variance_1)`, signed. It works on numbers, and on arrays entry by entry.
# 2. Misha's rows are moments over all neurons of a layer thrown together. Up to dense 1 their $d'$ is nearly 0. Build a
#    layer that fools him completely: `blind_layer(seed)` returns `activations` of shape (n, neurons) and n `labels`, 0 or 1.
#
# Requirements of `blind_layer`, for every seed:
#
# * 200 to 2000 samples, at most 50 neurons; in each half of the samples 40 to 60 % belong to class 1;
# * thrown together, the two classes have the same mean, $|d'| \le 0.01$, and variances that differ by at most 5 %;
# * and yet a linear reader (least squares on the neurons, fitted to the first half of the samples) gets at least 95 % of the
#   second half right.

# %% [markdown] task="blind-layer" lang="ru" of="7d3cd92a0f68"
# ## 4. Чего не видит общее среднее (14 минут, 4 балла)
#
# Насколько далеки друг от друга два класса? В единицах их отклонения:
# $$d' = \frac{m_1 - m_0}{\sqrt{(v_0 + v_1) / 2}}$$
#
# 1. Напишите `d_prime(mean_0, variance_0, mean_1, variance_1)`, со знаком. Функция работает и с числами, и с массивами,
#    поэлементно.
# 2. Строки Миши — это моменты по всем нейронам слоя, сваленным в кучу. До dense 1 их $d'$ почти 0. Постройте слой,
#    который его полностью обманет: `blind_layer(seed)` возвращает активации `activations` формы (n, нейроны) и n меток `labels`, 0 или 1.
#
# Требования к `blind_layer`, при любом зерне:
#
# * от 200 до 2000 примеров, не больше 50 нейронов; в каждой половине примеров от 40 до 60 % принадлежат классу 1;
# * если свалить всё в кучу, у двух классов одинаковое среднее, $|d'| \le 0.01$, а дисперсии отличаются не больше чем на 5 %;
# * и всё же линейный читатель (метод наименьших квадратов по нейронам, обученный на первой половине примеров) угадывает во
#   второй половине не меньше 95 %.


# %% task="blind-layer" answer exhibits="d_prime, blind_layer"
def d_prime(mean_0, variance_0, mean_1, variance_1):
    return None


def blind_layer(seed):
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(400) % 2)
    activations = rng.normal(size=(400, 2))
    return activations, labels


### BEGIN SOLUTION
def d_prime(mean_0, variance_0, mean_1, variance_1):
    return (mean_1 - mean_0) / np.sqrt((variance_0 + variance_1) / 2)


def blind_layer(seed):
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(400) % 2)
    # One neuron fires for class 1, the other one for class 0: together they are always as loud.
    return np.stack([labels, 1 - labels], axis=1), labels


### END SOLUTION

# %% task="blind-layer" test points=1
with task("blind-layer"):
    report_table.judge_d_prime(d_prime)
    ### BEGIN HIDDEN TESTS
    report_table.judge_d_prime(d_prime, seed=2)
    ### END HIDDEN TESTS

# %% task="blind-layer" test points=3 claims="S8"
with task("blind-layer"):
    checks.blind_spot(blind_layer)
    ### BEGIN HIDDEN TESTS
    checks.blind_spot(blind_layer, seeds=(11, 29, 101, 2026, *range(300, 340)))
    ### END HIDDEN TESTS

# %% [markdown] id="readers" lang="en"
# Two neurons suffice: one fires for yes, the other one for no. Real layers have thousands. For our net, next to each other: $d'$ of
# the pooled moments, $|d'|$ of the best single neuron, the AUC of the best single neuron (the share of pairs, one sample of each class,
# that it ranks correctly), and what a *linear probe* gets right: ridge regression on all neurons of the layer, fitted to renders
# of training digits, judged on renders of other digits. The net itself is in the last row. **Predict** the probe on raw pixels, on conv 1 and on conv 5.

# %% [markdown] id="readers" lang="ru" of="63650c9cc338"
# Хватает двух нейронов: один загорается на «да», другой на «нет». В настоящих слоях их тысячи. Вот рядом для нашей сети: $d'$ по
# общим моментам, $|d'|$ лучшего нейрона, AUC лучшего нейрона (доля пар из примеров разных классов, которые он
# упорядочивает правильно) и то, что угадывает *линейная проба*: гребневая регрессия по всем нейронам слоя, обученная на рендерах
# обучающих цифр и проверенная на рендерах других цифр. Сама сеть — в последней строке. **Предскажите** пробу на исходных пикселях, на conv 1 и на conv 5.

# %% id="guess-pixels"
predict("pixel-probe", low=0, high=1)

# %% id="readers-run" claims="S8 S10"
found = layer_views.readings(net, at_rest)
print(found)

# %% id="pixels-outcome"
pixels = found.splitlines()[1]  # the first row: the probe on raw pixels
predict.outcome("pixel-probe", pixels.split()[-1], close=0.05)

# %% [markdown] id="readers-said" lang="en"
# The pooled moments of the first layers show nothing, and a linear reader gets most digits right from the pixels themselves. A layer's
# mean says how loud it is; the class is in *which* neurons are loud. So conclusion 6 falls. (Nor does the rising column show that
# information is added: no layer can add any. It becomes easier to read.)
#
# Conclusion 8, on the other hand, is supported: behind conv 5 a linear reader does at least as well as the net itself, give or take what 1000
# renders of fewer than 500 digits can tell (which is less than 1000 independent pictures would). (The net can even do worse than its own layers: with dropout off, batch norm 3 meets another variance than the one that it has
# averaged. Compare its rows in the two modes above.)

# %% [markdown] id="readers-said" lang="ru" of="ecb5242bb241"
# По общим моментам первых слоёв не видно ничего, а линейный читатель угадывает большинство цифр прямо по пикселям. Среднее слоя
# говорит, насколько он громкий, а класс — в том, *какие* нейроны громки. Так что вывод 6 отпадает. (И растущий столбец не
# значит, что информации прибавилось: ни один слой её не добавляет. Её становится легче прочесть.)
#
# А вывод 8 подтверждается: после conv 5 линейный читатель справляется не хуже самой сети — с точностью до того, что видно на 1000
# рендеров неполных 500 цифр (а они говорят меньше, чем 1000 независимых картинок). (Сеть может оказаться даже хуже собственных слоёв: при выключенном дропауте batch norm 3 встречает не ту дисперсию, которую
# накопил. Сравните его строки в двух режимах выше.)

# %% [markdown] task="norm-effects" lang="en"
# ## 5. Does batch norm spoil the picture? (8 minutes, 2 points)
#
# Activations of two classes go through a batch norm with trained $\gamma$ (one is negative), $\beta$ and moving statistics. What becomes of
# the statistic in each row? Fill in `effects` with `"same"`, `"changes"` or `"gone"` (it is 0 afterwards).
#
# | | the batch norm works | the statistic |
# |---|---|---|
# | a | in inference | $d'$ of the pooled moments |
# | b | in inference | Fisher's ratio of each neuron, $(m_1 - m_0)^2 / (v_0 + v_1)$ |
# | c | in inference | AUC of each neuron, that is, the larger of AUC and 1 − AUC: which side is which does not matter |
# | d | in inference | what a linear reader (least squares without a penalty) answers |
# | e | in training, all samples in one batch | Fisher's ratio of each neuron |
# | f | in training, one batch for each class | $d'$ of the pooled moments |

# %% [markdown] task="norm-effects" lang="ru" of="785a6830c19c"
# ## 5. Портит ли batch norm картину? (8 минут, 2 балла)
#
# Активации двух классов проходят через batch norm с обученными $\gamma$ (одна отрицательна), $\beta$ и накопленными статистиками. Что станет
# со статистикой в каждой строке? Заполните `effects` словами `"same"` (та же), `"changes"` (меняется) или `"gone"` (после слоя она равна 0).
#
# | | batch norm работает | статистика |
# |---|---|---|
# | a | при предсказании | $d'$ по общим моментам |
# | b | при предсказании | отношение Фишера каждого нейрона, $(m_1 - m_0)^2 / (v_0 + v_1)$ |
# | c | при предсказании | AUC каждого нейрона, точнее, большее из AUC и 1 − AUC: какая сторона чья, неважно |
# | d | при предсказании | ответы линейного читателя (наименьшие квадраты без штрафа) |
# | e | при обучении, все примеры в одном батче | отношение Фишера каждого нейрона |
# | f | при обучении, по одному батчу на класс | $d'$ по общим моментам |

# %% task="norm-effects" answer exhibits="effects"
effects = {"a": None, "b": None, "c": None, "d": None, "e": None, "f": None}
### BEGIN SOLUTION
effects = {
    "a": "changes",  # each channel is moved and stretched by numbers of its own
    "b": "same",  # a straight line moves means and deviations alike
    "c": "same",  # the order stays, or is turned round
    "d": "same",  # the reader undoes the line
    "e": "same",  # a straight line again, with other numbers
    "f": "gone",  # each class gets mean beta and variance gamma^2
}
### END SOLUTION

# %% task="norm-effects" test points=2 claims="S9"
with task("norm-effects"):
    measured = norm_view.effects()
    checks.choices(effects, measured.truth, norm_view.WORDS, evidence=measured.evidence)

# %% [markdown] id="pure" lang="en"
# Row f is a trap for whoever wants statistics by class: sort the samples, feed first all of class 0, then all of class 1, in
# training mode. **Predict** what happens to $d'$ of the three normalisations and of the answer itself in our net, compared with
# mixed batches.

# %% [markdown] id="pure" lang="ru" of="9c3ef2d79266"
# Строка f — ловушка для каждого, кому нужны статистики по классам: отсортировать примеры и в режиме обучения подать сначала весь
# класс 0, потом весь класс 1. **Предскажите**, что в нашей сети станет с $d'$ трёх нормализаций и самого ответа по сравнению со
# смешанными батчами.

# %% id="pure-run" claims="S9"
sorted_by_class = statistics.layer_moments(net, samples.pure_batches(), training=True)
for layer in ("batch_norm_1", "batch_norm_2", "batch_norm_3", "dense_2"):
    row = [layer_views.pooled_d_prime(found[layer]) for found in (in_training, sorted_by_class)]
    print(f"{fifteen_layers.title(layer):13} mixed {row[0]:8.4f}   pure {row[1]:8.4f}")

# %% [markdown] id="pure-said" lang="en"
# In inference batch norm is one straight line per channel: nothing that a neuron or a linear reader knows can get lost in it. What it can
# spoil is a measurement, namely this one. With class-pure batches it subtracts from each class its own mean, and that is the very
# thing one wanted to see. Conclusion 7 falls.

# %% [markdown] id="pure-said" lang="ru" of="2d7c701660c9"
# При предсказании batch norm — это одна прямая на канал: ничто из того, что знает нейрон или линейный читатель, в ней потеряться не может.
# А вот измерение он испортить может — например, это. В батчах из одного класса он вычитает из каждого класса его собственное среднее, а это
# как раз то, что хотели увидеть. Вывод 7 отпадает.

# %% [markdown] id="reruns" lang="en"
# Conclusions 4 and 5 ask for other nets: without the last normalisation, with the first one only, and, to compare, without any. Each
# is trained three times, from the seeds 0, 1 and 2. The numbers are accuracies on the 2000 renders of other digits, the last one their
# mean; in the picture one iteration is one seed. It takes half a minute the first time; you may stop the cell
# (■) and run it again. **Predict:** will two rows be apart, so that the worst run of one net is better than the best run of the other?

# %% [markdown] id="reruns" lang="ru" of="b1a901e5df47"
# Для выводов 4 и 5 нужны другие сети: без последней нормализации, только с первой и, для сравнения, вовсе без них. Каждую
# обучают трижды, с зёрнами 0, 1 и 2. Числа — точность на 2000 рендеров других цифр, последнее — их среднее; на картинке одна
# итерация — это одно зерно. В первый раз это полминуты; ячейку можно остановить
# (■) и запустить снова. **Предскажите:** найдутся ли две строки, которые не перекрываются, то есть худший запуск одной сети лучше лучшего запуска
# другой?

# %% id="reruns-run" claims="S6 S7"
again = fifteen_layers.reruns()
again.run()
for variant, history in again.history.items():
    scores = history["accuracy"]
    print(f"{variant:9}", "  ".join(f"{score:.4f}" for score in scores), f"   {scores.mean():.4f}")
print("apart:", layer_views.apart({v: h["accuracy"] for v, h in again.history.items()}) or "none")

# %% [markdown] id="reruns-said" lang="en"
# The rows overlap: whichever two nets are compared, the worst run of the better one is no better than the best run of the other. (Should your
# last line name a pair: three runs a net are few.) Whoever trains each net once will find a
# "best" one, and another one from the next seed.

# %% [markdown] id="reruns-said" lang="ru" of="cb4b99164c99"
# Строки перекрываются: какие две сети ни сравни, худший запуск лучшей не лучше, чем лучший запуск другой. (Если у вас в последней
# строке названа пара, вспомните: три запуска на сеть — это мало.) Сеть, обученная с двумя разными зёрнами, отличается сама от
# себя. Кто обучит каждую сеть по разу, найдёт «лучшую», а со следующим зерном — другую.

# %% [markdown] task="verdicts" lang="en"
# ## 6. The verdicts (8 minutes, 3 points)
#
# Go back to Misha's eight conclusions and fill in `verdicts`:
#
# * `"stands"`: the measurements of this notebook support it;
# * `"falls"`: they contradict it;
# * `"open"`: it compares nets whose runs from different seeds overlap: the worst run of the better net is no better than the best run
#   of the other.

# %% [markdown] task="verdicts" lang="ru" of="96aa0cb9e6bb"
# ## 6. Вердикты (8 минут, 3 балла)
#
# Вернитесь к восьми выводам Миши и заполните `verdicts`:
#
# * `"stands"` (устоял): измерения этой тетради его подтверждают;
# * `"falls"` (отпал): они ему противоречат;
# * `"open"` (открыт): он сравнивает сети, чьи запуски с разными зёрнами перекрываются: худший запуск лучшей сети не лучше, чем
#   лучший запуск другой.

# %% task="verdicts" answer exhibits="verdicts"
verdicts = {1: None, 2: None, 3: None, 4: None, 5: None, 6: None, 7: None, 8: None}
### BEGIN SOLUTION
verdicts = {
    1: "stands",
    2: "falls",
    3: "stands",
    4: "open",
    5: "open",
    6: "falls",
    7: "falls",
    8: "stands",
}
### END SOLUTION

# %% task="verdicts" test points=3 claims="S5 S6 S7 S8 S9 S10"
with task("verdicts"):
    from course.lab.experiments import verdicts as ours

    checks.choices(verdicts, ours.TRUTH, ours.WORDS, evidence=ours.EVIDENCE)

# %% [markdown] id="myths" lang="en"
# ## Myth or measured?
#
# Decide for yourself first; the verdicts stand below the cell.
#
# 1. Dividing by n − 1 makes Misha's estimates unbiased.
# 2. Misha has 10 000 samples, so the standard error of a mean is the deviation divided by 100.
# 3. The greater a layer's variance, the more it knows of the class.
#
# For 1 the cell draws a few samples many times over, pools all their activations in a layer, and divides the average of the
# unbiased variances by the variance of everything. For 2 it computes the standard error of the answer's mean twice: from samples, and from originals
# (all renders of a digit added up first). For 3 a linear probe reads conv 1, and then ten times conv 1.

# %% [markdown] id="myths" lang="ru" of="f9764bb93b6b"
# ## Миф или измерение?
#
# Сначала решите сами; вердикты стоят под ячейкой.
#
# 1. Деление на n − 1 делает Мишины оценки несмещёнными.
# 2. У Миши 10 000 примеров, так что стандартная ошибка среднего — отклонение, делённое на 100.
# 3. Чем больше дисперсия слоя, тем больше он знает о классе.
#
# Для пункта 1 ячейка много раз берёт несколько примеров, сваливает в кучу все их активации в слое и делит среднее из несмещённых
# дисперсий на дисперсию всего. Для пункта 2 она дважды считает стандартную ошибку среднего ответа: по примерам и по оригиналам
# (сначала складываются все рендеры одной цифры). Для пункта 3 линейная проба читает conv 1, а потом conv 1, умноженный на десять.

# %% id="myths-run" claims="S11"
for layer in ("conv_1", "conv_5", "dense_2"):
    ratio = layer_views.unbiased(net, samples.x[:2000], layer, sizes=(2, 5, 20))
    row = "   ".join(f"n={n}: {value:.3f}" for n, value in ratio.items())
    print(f"1. {fifteen_layers.title(layer):8} {row}")
answers = layer_views.answers(net, samples.x)
for label in (0, 1):
    of_class = samples.odd == label
    errors = (
        statistics.standard_error(answers[of_class]),
        statistics.standard_error(answers[of_class], samples.original[of_class]),
    )
    print(f"2. {label}: {errors[0]:.5f}  {errors[1]:.5f}   n = {of_class.sum()} -> ", end="")
    print(f"{of_class.sum() * (errors[0] / errors[1]) ** 2:.0f}")
print("3.", [f"{score:.4f}" for score in layer_views.louder(net, by=(1, 10))])

# %% [markdown] id="myths-said" lang="en"
# 1. **Myth**, where a layer has more than one neuron. The activations of one sample are no independent draws: they are loud or quiet together. Pooling
#    few samples underestimates the variance, whatever one subtracts from n. With 10 000 samples the bias is negligible, and so is the
#    difference between n and n − 1.
# 2. **Myth.** Renders of one digit resemble each other. For a mean, these samples are worth only as many independent ones as the arrow shows.
# 3. **Myth.** Ten times as loud is a hundred times the variance, and not one digit more is read.

# %% [markdown] id="myths-said" lang="ru" of="f183f20d3bc3"
# 1. **Миф**, если в слое больше одного нейрона. Активации одного примера — не независимые наблюдения: громки или тихи они вместе. По нескольким
#    примерам дисперсия получается заниженной, сколько ни вычитай из n. При 10 000 примеров смещение ничтожно, как и
#    разница между n и n − 1.
# 2. **Миф.** Рендеры одной цифры похожи. Для среднего эти примеры равноценны лишь тому числу независимых примеров, что стоит
#    за стрелкой.
# 3. **Миф.** В десять раз громче — дисперсия в сто раз больше, а прочитанных цифр ни на одну.

# %% [markdown] task="referee" lang="en"
# ## 7. The referee's letter (6 minutes, 2 points)
#
# Misha asks why he may not conclude from his table and his pictures that the first layers ignore the class. Answer in four to
# seven sentences: what do his moments and histograms leave out, which measurement shows it, and why does the same measurement
# acquit batch norm in inference?

# %% [markdown] task="referee" lang="ru" of="86f3139902a0"
# ## 7. Письмо рецензента (6 минут, 2 балла)
#
# Миша спрашивает, почему по его таблице и картинкам нельзя заключить, что первым слоям нет дела до класса. Ответьте в
# четырёх–семи предложениях: что теряется в его моментах и гистограммах, какое измерение это показывает и почему то же измерение
# оправдывает batch norm в режиме предсказания?

# %% task="referee" written points=2 lang="en"
# ### BEGIN SOLUTION
# Misha's rows throw all neurons of a layer together, and his histograms forget which neuron a mean belongs to. What is left is how
# loud the layer is, and a class need not change that: if some neurons fire more for odd digits and others as much less, the mean,
# the variance and even the histogram stay as they are. The class is in the pattern. A linear probe reads the pattern:
# fitted to one set of digits and judged on other digits it gets far more than half right from the pixels and from conv 1 on. (The
# AUC or Fisher's ratio of single neurons shows a part of it.) In inference batch norm is one invertible straight line per channel. It moves
# each channel's means and deviations alike, and the probe can undo it; so Fisher's ratio, AUC and probe are the same behind it, and only
# pooled numbers change.
# ### END SOLUTION

# %% task="referee" written points=2 lang="ru" of="0bce64fb0253"
# ### BEGIN SOLUTION
# Мишины строки сваливают в кучу все нейроны слоя, а гистограммы забывают, какому нейрону принадлежит среднее. Остаётся лишь громкость
# слоя, а класс менять её не обязан: если одни нейроны на нечётных цифрах отзываются сильнее, а другие настолько же слабее, то среднее,
# дисперсия и даже гистограмма останутся прежними. Класс — в узоре. Узор читает линейная проба:
# обученная на одних цифрах и проверенная на других, она угадывает гораздо больше половины уже по пикселям и по conv 1. (Часть этого
# видна и по AUC или отношению Фишера отдельных нейронов.) При предсказании batch norm — одна обратимая прямая на канал. Он сдвигает и растягивает
# средние и отклонения канала одинаково, и проба может это отменить; поэтому отношение Фишера, AUC и проба после него те же, а меняются только
# числа, сваленные в кучу.
# ### END SOLUTION

# %% [markdown] task="unseen-report" lang="en"
# ## 8. A report without names (10 minutes, 3 points)
#
# Somebody has sent you the report below; the names of the layers were torn off. It is made from a seed: eight layers, 1200 samples of two
# classes, everything in training mode. `size` is how many numbers the layer makes of one sample, `zeros` the share of
# exact zeros, `least` the smallest number. Find out:
#
# * `kinds`: the kind of every row from 2 to 8, out of `"conv"` (3×3 with padding, then ReLU), `"pool"` (max-pooling 2×2), `"norm"`
#   (batch norm with $\gamma = 1$, $\beta = 0$), `"dropout"`, `"flatten"`, `"dense"` (with ReLU) and `"sigmoid"` (one dense neuron with
#   sigmoid). Row 1 is a `"conv"`; dense layers come only behind flatten.
# * `rate`: the rate of the dropout, to within 0.02.
# * `batches`: how the samples were fed, `"mixed"` (one batch of both classes) or `"pure"` (one batch for each class).

# %% [markdown] task="unseen-report" lang="ru" of="d7c245183177"
# ## 8. Отчёт без имён (10 минут, 3 балла)
#
# Вам прислали отчёт, он приведён ниже; имена слоёв оторваны. Отчёт построен по зерну: восемь слоёв, 1200 примеров двух
# классов, всё в режиме обучения. `size` — сколько чисел слой делает из одного примера, `zeros` — доля точных
# нулей, `least` — наименьшее число. Выясните:
#
# * `kinds`: вид каждой строки со 2-й по 8-ю, одно из `"conv"` (3×3 с дополнением краёв, затем ReLU), `"pool"` (max-pooling 2×2), `"norm"`
#   (batch norm с $\gamma = 1$, $\beta = 0$), `"dropout"`, `"flatten"`, `"dense"` (с ReLU) и `"sigmoid"` (один полносвязный нейрон с
#   сигмоидой). Строка 1 — это `"conv"`; полносвязные слои стоят только после flatten.
# * `rate`: доля дропаута с точностью до 0.02.
# * `batches`: как подавали примеры, `"mixed"` (один батч из обоих классов) или `"pure"` (по одному батчу на класс).

# %% setup
REPORT_SEED = 53

# %% id="show-report"
print(unseen.report(REPORT_SEED))

# %% task="unseen-report" answer exhibits="kinds, rate, batches"
kinds = {"2": None, "3": None, "4": None, "5": None, "6": None, "7": None, "8": None}
rate = None
batches = None
### BEGIN SOLUTION
kinds = {
    "2": "dropout",  # as many numbers, the same mean, more zeros
    "3": "norm",  # negative numbers, mean 0
    "4": "pool",  # a quarter of the numbers, a larger mean
    "5": "conv",  # ReLU again: nothing below 0
    "6": "flatten",  # nothing changed
    "7": "dense",
    "8": "sigmoid",
}
rate = 0.4  # the mean square grows from 0.82 to 1.36
batches = "pure"  # behind row 3 both classes have mean 0
### END SOLUTION

# %% task="unseen-report" test points=1
with task("unseen-report"):
    unseen.report(REPORT_SEED).judge_kinds(kinds)

# %% task="unseen-report" test points=1
with task("unseen-report"):
    unseen.report(REPORT_SEED).judge_rate(rate)

# %% task="unseen-report" test points=1
with task("unseen-report"):
    unseen.report(REPORT_SEED).judge_batches(batches)

# %% [markdown] id="more-reports" lang="en"
# There are more where this one came from. Each seed is another report: read it, and only then run the cell behind it, which says what
# it was made of.

# %% [markdown] id="more-reports" lang="ru" of="1f0352dd9b65"
# Таких отчётов много: другое зерно — другой отчёт. Сначала прочитайте его, и только потом запустите следующую ячейку: она скажет,
# из чего он сделан.

# %% id="more-reports-run"
another = unseen.solved_report(7)
print(another)

# %% id="more-reports-truth"
print(another.truth())
