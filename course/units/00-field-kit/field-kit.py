# %% [markdown] id="intro" lang="en"
# # Field kit
#
# Twenty minutes, and you know how this workbook works. Nets in it shoot themselves in the foot; you find out
# how, and mend them. Every task has four steps:
#
# 1. **Predict** what will happen, before you run anything.
# 2. **Edit** the answer cell.
# 3. **Check:** run the cell below it. Red says what was expected and what came of *your* answer. Green says
#    what has been proven.
# 4. **Explain,** now and then, in your own words.
#
# Shift+Enter runs a cell. You cannot break anything: every cell may be run again. After a restart of the kernel,
# begin with the setup cells (`import`, `def`), then your answer. Stuck? `hint("one-line")` prints a hint, and hints are free.
#
# Do not read the next two cells, run them. The first wakes TensorFlow: half a minute at worst.

# %% [markdown] id="intro" lang="ru" of="87f81c9c2681"
# # Походный набор
#
# Двадцать минут — и вы знаете, как устроен этот задачник. Сети в нём стреляют себе в ногу; вы выясняете, как
# именно, и чините их. В каждом задании четыре шага:
#
# 1. **Предскажите,** что будет, прежде чем что-нибудь запускать.
# 2. **Впишите** ответ в ячейку ответа.
# 3. **Проверьте:** запустите ячейку под ней. Красное скажет, что ожидалось и что вышло из *вашего* ответа.
#    Зелёное — что доказано.
# 4. Иногда — **объясните** своими словами.
#
# Shift+Enter запускает ячейку. Сломать ничего нельзя: любую ячейку можно запустить ещё раз. После перезапуска ядра
# начните с подготовительных ячеек (где `import` или `def`), потом запустите свой ответ. Застряли? `hint("one-line")`
# покажет подсказку, и подсказки бесплатны.
#
# Две ячейки ниже не читайте, а запустите. Первая будит TensorFlow: в худшем случае полминуты.

# %% setup
try:
    from autograder import checks
    from autograder.checks import hint, task
    from course.lab.ready import ready, require
except Exception as error:  # nothing is there yet to say this more kindly
    import sys
    from pathlib import Path

    class NotReady(Exception):
        def _render_traceback_(self):
            return str(self).splitlines()

    here = [folder for folder in Path.cwd().parents if (folder / "setup.cfg").is_file()]
    mend = f'%pip install "{here[0]}"' if here else "%pip install footguns"
    found = f"Python {sys.version.split()[0]}, {sys.executable}: {error}"
    raise NotReady(
        f"✘ Not ready ({found}). Python 3.11-3.13: {mend}; Kernel > Restart.\n"
        f"✘ Не готово ({found}). Python 3.11-3.13: {mend}; Kernel > Restart."
    ) from None

checks.use_language("en")
require()

# %% id="ready"
ready()

# %% [markdown] id="ready-said" lang="en"
# Ready? From here on nothing needs the internet. One more cell of tools; run it unread.

# %% [markdown] id="ready-said" lang="ru" of="3b281b522031"
# Готово? Дальше интернет больше не понадобится. Ещё одна ячейка с инструментами; запустите не читая.

# %% setup
import keras
import numpy as np
from IPython.display import display
from keras import layers

import autograder
from autograder import Task, training
from course.lab import bench, data, figures, unseen
from course.lab.experiments import activations, convnets, first_steps
from course.lab.predictions import predict

DIGITS = data.digits()
READING = Task(kind="classification", classes=10, input_shape=(8, 8, 1))
SEED = 345

# %% [markdown] task="one-line" lang="en"
# ## 1. One line (4 minutes, 2 points)
#
# Masha's and Misha's nets for 8×8 pictures of digits differ in one line, the argument of `digit_net` (look where
# `line` stands; the rest is the same for both):

# %% [markdown] task="one-line" lang="ru" of="de2e51815efb"
# ## 1. Одна строка (4 минуты, 2 балла)
#
# Сети Маши и Миши для картинок с цифрами 8×8 отличаются одной строкой, аргументом `digit_net` (найдите, где стоит
# `line`; остальное у обеих одинаково):


# %% setup
def digit_net(line):
    hidden = layers.Dense(64, activation="relu", name="hidden")
    output = layers.Dense(10, activation="softmax", name="output")
    net = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), hidden, line, output])
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


# %% [markdown] id="two-lines" lang="en"
# Masha writes `Dropout(0.5)`, which switches off a random half of the units at every training step. Misha does not
# want to lose a single one and writes `Dropout(1)`. One means all, does it not?
#
# **Predict:** which net does no better than a guess, right one time in ten? Run the next cell and choose; then the one below
# it trains both nets (no need to read it).

# %% [markdown] id="two-lines" lang="ru" of="05792b99f925"
# Маша пишет `Dropout(0.5)`: на каждом шаге обучения отключается случайная половина нейронов. Миша не хочет терять ни
# одного и пишет `Dropout(1)`. Единица — значит, все, разве нет?
#
# **Предскажите:** какая сеть отвечает не лучше, чем наугад, то есть верно один раз из десяти? Запустите следующую
# ячейку и выберите; та, что под ней, обучит обе сети (читать её не нужно).

# %% id="guess-net"
predict("two-nets", choices=("Dropout(0.5)", "Dropout(1)"))

# %% id="two-nets" claims="G7"
scores = {}
for rate in (0.5, 1):
    keras.utils.set_random_seed(0)
    net = digit_net(layers.Dropout(rate))
    training.fit(net, DIGITS.x_train, DIGITS.y_train, epochs=5)
    scores[f"Dropout({rate})"] = training.score(net, DIGITS.x_test, DIGITS.y_test)
display(figures.bars(scores, line=0.1, label="1/10"))
predict.outcome("two-nets", min(scores, key=scores.get))

# %% [markdown] id="which-share" lang="en"
# So what does the number mean? The share of ten thousand ones that the layer turns into zeros:

# %% [markdown] id="which-share" lang="ru" of="5edf9f948d9d"
# Что же значит это число? Долю нулей, в которые слой превращает десять тысяч единиц:

# %% id="which-share-run"
for rate in (0.25, 0.5, 1):
    dropped = layers.Dropout(rate, seed=0)(np.ones(10_000), training=True)
    print(f"Dropout({rate})", np.mean(dropped == 0))

# %% [markdown] id="one-line-brief" lang="en"
# It is the share that is switched *off*. Misha has kept nothing.
#
# **First run the next two cells as they are** and see what red looks like. Then mend `misha_net` and run both
# again, until it is green: more than half of the held-out digits right within 400 training steps of 32 pictures,
# and nothing else wrong.

# %% [markdown] id="one-line-brief" lang="ru" of="fbae48f35cfc"
# Это доля тех, кого *отключают*. Миша не оставил никого.
#
# **Сначала запустите две следующие ячейки как есть** и посмотрите, как выглядит красное. Потом почините
# `misha_net` и запускайте обе, пока не станет зелено: больше половины отложенных цифр верно за 400 шагов обучения по
# 32 картинки, и никаких других ошибок.


# %% task="one-line" answer exhibits="misha_net"
def misha_net():
    return digit_net(layers.Dropout(1))


### BEGIN SOLUTION
def misha_net():
    return digit_net(layers.Dropout(0.5))


### END SOLUTION

# %% task="one-line" test points=2 claims="G7"
with task("one-line"):
    checks.hidden(misha_net, task=READING, layers=1)
    checks.learns(misha_net, DIGITS.x_train[:64], DIGITS.y_train[:64], task=READING, steps=3)
    checks.model(misha_net, task=READING)
    checks.skill(misha_net, DIGITS, task=READING, beats=0.5, rounds=(100, 100, 200))
    ### BEGIN HIDDEN TESTS
    checks.learns(misha_net, DIGITS.x_train[64:128], DIGITS.y_train[64:128], task=READING, steps=3)
    ### END HIDDEN TESTS

# %% [markdown] task="four-windows" lang="en"
# ## 2. Four windows (4 minutes, 2 points)
#
# 2×2 max-pooling keeps the largest of four numbers. Is it all the same whether the activation comes before it or after?
# ReLU makes negative numbers 0. GELU is like it, but dips: it falls until about -0.75 and only then climbs.
#
# The map `z` has four windows, `a` to `d`. **Predict:** in which of them are `max_pool(f(z))` and `f(max_pool(z))`
# *different* numbers? Write a set such as `{"a", "d"}`; the empty one is `set()`.

# %% [markdown] task="four-windows" lang="ru" of="35137e89f5df"
# ## 2. Четыре окна (4 минуты, 2 балла)
#
# Max-pooling 2×2 оставляет наибольшее из четырёх чисел. Всё ли равно, стоит активация до него или после? ReLU
# превращает отрицательные числа в 0. GELU похожа на неё, но с ямкой: она убывает примерно до -0.75 и лишь потом растёт.
#
# У карты `z` четыре окна, от `a` до `d`. **Предскажите:** в каких из них числа `max_pool(f(z))` и `f(max_pool(z))`
# *различаются*? Впишите множество вида `{"a", "d"}`; пустое — это `set()`.

# %% id="show-z"
display(figures.curves({f: activations.curve(f, -4, 1) for f in first_steps.ACTIVATIONS}))
figures.maps({"z": first_steps.Z}, windows=first_steps.WINDOWS)

# %% task="four-windows" answer exhibits="differ"
differ = {"relu": None, "gelu": None}
### BEGIN SOLUTION
differ = {
    "relu": set(),  # never falls: the largest number stays the largest
    "gelu": {"c"},  # all four numbers lie where GELU falls
}
### END SOLUTION

# %% task="four-windows" test points=2 claims="O1"
with task("four-windows"):
    measured = first_steps.differing()
    checks.subsets(differ, measured.truth, first_steps.WINDOWS, evidence=measured.evidence)

# %% [markdown] id="see-the-windows" lang="en"
# ReLU never falls, so the largest number of a window stays the largest. GELU falls on the left: in window `c` the
# *smallest* number has the largest GELU. Look at it, and at ten thousand random windows, for one map proves nothing:

# %% [markdown] id="see-the-windows" lang="ru" of="409c5a6ff69a"
# ReLU нигде не убывает, поэтому наибольшее число окна так и остаётся наибольшим. GELU слева убывает: в окне `c`
# наибольшая GELU у *наименьшего* числа. Посмотрите на него и на десять тысяч случайных окон, ведь одна карта ничего не
# доказывает:

# %% id="see-both" claims="O1 O1b"
for name in first_steps.ACTIVATIONS:
    print(f"{name:5} {first_steps.agreeing(name, windows=10_000):6,} / 10,000")
figures.maps(first_steps.orders("gelu"), windows=first_steps.WINDOWS)

# %% [markdown] id="default-activation" lang="en"
# And if you name no activation? One of the texts behind this workbook says that a dense layer then takes ReLU. Does it?

# %% [markdown] id="default-activation" lang="ru" of="90d4dd731bf9"
# А если активацию не назвать? В одном из текстов, по которым сделан этот задачник, сказано, что полносвязный слой
# тогда возьмёт ReLU. Так ли это?

# %% id="ask-the-layer" claims="A5"
for layer in (layers.Dense(3), layers.Conv2D(3, 3)):
    print(f"{type(layer).__name__:7} {layer.activation.__name__}")

# %% [markdown] id="no-activation" lang="en"
# `linear` is none at all: the textbook was wrong. That happens, also to this one; so every statement here has a cell
# beside it that measures it.

# %% [markdown] id="no-activation" lang="ru" of="e7e639a4b443"
# `linear` — это никакой: учебник ошибся. Такое бывает, в том числе и с этим задачником; поэтому рядом с каждым
# утверждением стоит ячейка, которая проверяет его измерением.

# %% [markdown] task="two-modes" lang="en"
# ## 3. One layer, two modes (3 minutes, 2 points)
#
# The same layer works in two modes: `training=True` within `fit`, `training=False` (inference) within `predict`. Here
# is Misha's in both, on a row of ones:

# %% [markdown] task="two-modes" lang="ru" of="98ebb33d5bf7"
# ## 3. Один слой, два режима (3 минуты, 2 балла)
#
# Один и тот же слой работает в двух режимах: `training=True` внутри `fit`, `training=False` (инференс) внутри
# `predict`. Вот слой Миши в обоих, на строке из единиц:

# %% id="dropout-twice"
for mode in (True, False):
    print(f"training={mode!s:6}", np.asarray(layers.Dropout(1)(np.ones(8), training=mode)))

# %% [markdown] id="two-modes-brief" lang="en"
# New in the list: `BatchNormalization`. In training it brings every feature to mean 0 and deviation 1 over the batch;
# in inference it uses the mean and deviation that it remembers from training (a fresh one: 0 and 1).
# `trainable=False` is what people call frozen.
#
# **Predict** for each (fresh) layer: does it answer differently in the two modes? `True` or `False`, as in the
# first two rows.

# %% [markdown] id="two-modes-brief" lang="ru" of="9445aa0974fd"
# Новое в списке — `BatchNormalization`. При обучении она приводит каждый признак к среднему 0 и отклонению 1 по
# батчу, а при инференсе берёт среднее и отклонение, которые запомнила при обучении (только что созданная —
# 0 и 1). `trainable=False` — это и есть «замороженный» слой.
#
# **Предскажите** для каждого (только что созданного) слоя: различаются ли его ответы в двух режимах? `True` или
# `False`, как в двух первых строках.

# %% task="two-modes" answer exhibits="two_faced"
two_faced = {
    "Dense(4)": False,
    "Dropout(0.5)": True,
    "Dropout(0.5, trainable=False)": None,
    "BatchNormalization()": None,
    "BatchNormalization(trainable=False)": None,
}
### BEGIN SOLUTION
two_faced = {
    "Dense(4)": False,
    "Dropout(0.5)": True,
    "Dropout(0.5, trainable=False)": True,  # it has no weights that could be frozen
    "BatchNormalization()": True,
    "BatchNormalization(trainable=False)": False,  # Keras' exception: it uses its moving statistics
}
### END SOLUTION

# %% task="two-modes" test points=2
with task("two-modes"):
    measured = first_steps.two_modes()
    checks.predictions(two_faced, measured.truth, evidence=measured.evidence)

# %% [markdown] id="frozen" lang="en"
# The frozen ones surprise professionals. Freezing is about weights: dropout has none and goes on dropping. Batch
# normalisation is an exception that Keras makes: while frozen, it works as in inference.

# %% [markdown] id="frozen" lang="ru" of="7c8a7bd04360"
# На замороженных слоях ошибаются даже профессионалы. Заморозка касается весов: у дропаута их нет, и он продолжает
# отключать нейроны. Для батч-нормализации Keras делает исключение: замороженная, она работает как при инференсе.

# %% [markdown] task="why-chance" lang="en"
# ## 4. In your own words (2 minutes, 1 point)
#
# So in inference `Dropout(1)` lets everything through, and Misha's net was scored in inference. Why did it guess all
# the same? The cell below shows how far training moves each variable of his net. Write one or two sentences into the
# text cell under it (a double click opens it).

# %% [markdown] task="why-chance" lang="ru" of="96bf383cd009"
# ## 4. Своими словами (2 минуты, 1 балл)
#
# Итак, при инференсе `Dropout(1)` пропускает всё, а оценивали сеть Миши как раз при инференсе. Почему же она всё равно
# отвечала наугад? Ячейка ниже показывает, насколько обучение сдвигает каждую переменную его сети. Напишите одно-два
# предложения в текстовой ячейке под ней (двойной щелчок открывает её).

# %% id="what-moves" claims="G7"
x, y = DIGITS.x_train[:64], DIGITS.y_train[:64]
for name, change in training.moving(lambda: digit_net(layers.Dropout(1)), x, y, steps=3).items():
    print(f"{name:13} {change:.2g}")

# %% [markdown] task="why-chance" written points=1 lang="en"
# ### BEGIN SOLUTION
# In training `Dropout(1)` sends only zeros on, so no gradient passes it: only the last bias moves, and a bias alone
# answers every picture alike. In inference the hidden units come through, but their weights and those of the output
# layer are still the random ones of the start, so the answers have nothing to do with the digits.
# ### END SOLUTION

# %% [markdown] task="why-chance" written points=1 lang="ru" of="c38252dcbd94"
# ### BEGIN SOLUTION
# При обучении `Dropout(1)` передаёт дальше одни нули, и градиент сквозь него не проходит: сдвигается только последнее
# смещение, а оно на все картинки отвечает одинаково. При инференсе скрытые нейроны видны, но их веса и веса
# выходного слоя остались случайными, какими были в начале, и ответы никак не связаны с цифрами.
# ### END SOLUTION

# %% [markdown] task="layer-table" lang="en"
# ## 5. A table nobody has seen (5 minutes, 3 points)
#
# What does a layer cost, and how much of the picture does it see? Take a picture of 21×21 pixels, `conv_1` with 4 kernels
# of side 3, `pool` of side 2, and `conv_2` with 8 kernels of side 4, all without padding:

# %% [markdown] task="layer-table" lang="ru" of="03ae8e7c0e35"
# ## 5. Таблица, которой никто не видел (5 минут, 3 балла)
#
# Во что обходится слой и какую часть картинки он видит? Возьмём картинку 21×21, `conv_1` с 4 ядрами со стороной 3,
# `pool` со стороной 2 и `conv_2` с 8 ядрами со стороной 4, всё без дополнения краёв:

# %% id="worked-table"
print("conv_2 field", convnets.field(("conv", 3), ("pool", 2), ("conv", 4)))
autograder.xray(unseen.SMALL_EXAMPLE.make())

# %% [markdown] id="layer-table-brief" lang="en"
# Four rules give these numbers, here for `conv_2`:
#
# | | rule | `conv_2` |
# |---|---|---|
# | side | a kernel of side $k$ leaves $n - k + 1$ of $n$ pixels; a pool leaves $n / k$, rounded down | $9 - 4 + 1 = 6$ |
# | parameters | weights: $k \cdot k$ · channels in · kernels; and one bias for each kernel | $4 \cdot 4 \cdot 4 \cdot 8 + 8 = 520$ |
# | MACs (multiply-accumulates) | the weights without biases, once for every pixel that comes out | $(520 - 8) \cdot 6 \cdot 6 = 18432$ |
# | field: input pixels in a row that one output sees | 1; every kernel or pool adds $k - 1$; what stands behind a pool, $k - 1$ times the pool's side | $1 + 2 + 1 + 3 \cdot 2 = 10$: `conv_1` adds 2, `pool` 1, `conv_2` $3 \cdot 2$ |
#
# Now a net made from a seed. Two rows of `table` are filled in for you; Python may do the arithmetic.

# %% [markdown] id="layer-table-brief" lang="ru" of="fe946c384e05"
# Эти числа получаются по четырём правилам; вот они для `conv_2`:
#
# | | правило | `conv_2` |
# |---|---|---|
# | сторона | ядро со стороной $k$ оставляет от $n$ пикселей $n - k + 1$; пулинг — $n / k$, с округлением вниз | $9 - 4 + 1 = 6$ |
# | параметры | веса: $k \cdot k$ · входные каналы · ядра; и по смещению (bias) на каждое ядро | $4 \cdot 4 \cdot 4 \cdot 8 + 8 = 520$ |
# | MAC (умножения с накоплением) | веса без смещений, по разу за каждый пиксель на выходе | $(520 - 8) \cdot 6 \cdot 6 = 18432$ |
# | поле: сколько входных пикселей в ряду видит одно число на выходе | 1; каждое ядро и каждый пулинг добавляет $k - 1$; то, что стоит после пулинга, — $k - 1$, умноженное на его сторону | $1 + 2 + 1 + 3 \cdot 2 = 10$: `conv_1` добавляет 2, `pool` — 1, `conv_2` — $3 \cdot 2$ |
#
# А теперь сеть, сгенерированная по зерну (seed). Две строки `table` уже заполнены; считать может и Python.

# %% id="show-unseen"
unseen.small(SEED)

# %% task="layer-table" answer exhibits="table"
table = {
    "conv_2 parameters": 4 * 4 * 6 * 7 + 7,
    "side behind pool": (17 - 5 + 1) // 2,  # conv_2: 6 - 4 + 1
    "conv_2 MACs": None,
    "conv_2 field": None,  # 1 + ... + ... + ...
}
### BEGIN SOLUTION
table = {
    "conv_2 parameters": 679,  # 4 * 4 * 6 * 7 = 672 weights and 7 biases
    "side behind pool": 6,  # 17 - 5 + 1 = 13; 13 / 2, rounded down
    "conv_2 MACs": 6048,  # 672 * 3 * 3, for 6 - 4 + 1 = 3
    "conv_2 field": 12,  # 1 + 4 + 1 + 3 * 2
}
### END SOLUTION

# %% task="layer-table" test points=3
with task("layer-table"):
    posed = unseen.small(SEED)
    checks.numbers(table, posed.truth(), mistakes=posed.mistakes())

# %% [markdown] id="myths" lang="en"
# ## Myth or measured?
#
# Every unit has such a box.
#
# | the texts say | you have measured | verdict |
# |---|---|---|
# | ReLU is what a dense layer takes by default | `linear` | myth |
# | Dropout of 1 kills a net | in training; in inference it is not even there | measured |

# %% [markdown] id="myths" lang="ru" of="335f95e01578"
# ## Миф или измерено?
#
# Такая таблица есть в каждом разделе.
#
# | тексты говорят | вы измерили | вердикт |
# |---|---|---|
# | У полносвязного слоя по умолчанию ReLU | `linear` | миф |
# | Дропаут с единицей убивает сеть | при обучении; при инференсе его как будто нет | измерено |

# %% [markdown] id="save" lang="en"
# ## Save, look back, go on
#
# Save the notebook (Ctrl+S, on a Mac ⌘S): it is what you hand in. How far are you? (Task 4 is not listed: a person
# reads it.)

# %% [markdown] id="save" lang="ru" of="69d94af46110"
# ## Сохраните, оглянитесь, идите дальше
#
# Сохраните тетрадь (Ctrl+S, на Маке ⌘S): её вы и сдаёте. Сколько пройдено? (Задания 4 в списке нет: его прочтёт
# человек.)

# %% id="progress"
checks.progress("one-line", "four-windows", "two-modes", "layer-table")

# %% [markdown] id="next" lang="en"
# All green? Then you know all there is to know about this workbook, and the rest is about nets. Next: `01-feet-dense`, in
# which Misha brings a net to breakfast. If you think that a check is wrong, write `# DISPUTE:` and your reason into the
# answer cell: your instructor sees it.
#
# Not tired yet? Two toys, outside of the twenty minutes. The same layers in two orders, with = and ≠ where their ends
# agree or differ; choose other activations:

# %% [markdown] id="next" lang="ru" of="95477ec17167"
# Всё зелёное? Тогда про задачник вы знаете всё, остальное — про сети. Дальше: `01-feet-dense`, где Миша приносит сеть
# к завтраку. Если вам кажется, что ошибается проверка, напишите в ячейке ответа `# DISPUTE:` и причину: преподаватель
# это увидит.
#
# Ещё не устали? Две игрушки, уже сверх двадцати минут. Одни и те же слои в двух порядках, с = и ≠ там, где концы
# совпали или разошлись; выбирайте другие активации:

# %% id="order-bench-run"
bench.order("gelu max_pool", "max_pool gelu", shift=-1.0)

# %% [markdown] id="more-tables" lang="en"
# And another table: every seed is another net. Run the first cell, count, and only then the second:

# %% [markdown] id="more-tables" lang="ru" of="437de0d088e4"
# И ещё одна таблица: другое зерно — другая сеть. Запустите первую ячейку, посчитайте и только потом запускайте вторую:

# %% id="more-tables-net"
unseen.small(12)

# %% id="more-tables-run"
for name, number in unseen.small(12).truth().items():
    print(f"{name:17} {number:6,}")
