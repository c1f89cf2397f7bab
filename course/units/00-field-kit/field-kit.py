# %% [markdown] id="intro" lang="en"
# # Field kit
#
# Twenty minutes, and you know how this workbook works. Nets in it shoot themselves in the foot; you find out
# how, and mend them. Every task has four steps:
#
# 1. **Predict.** Decide what will happen before you run anything.
# 2. **Edit** the answer cell.
# 3. **Check:** run the cell below it. Red says what was expected and what came of *your* answer. Green says
#    what has been proven.
# 4. **Explain,** now and then, in your own words.
#
# Shift+Enter runs a cell. You cannot break anything: every cell may be run again. After a restart of the kernel,
# run the setup cells (those with `import`) again, and any cell that binds a name which is then missing. Stuck?
# `hint("one-line")` prints a hint, and hints are free.
#
# Now run the next two cells. The first wakes TensorFlow: half a minute at worst. If something is missing, one
# line says what, and which command mends it.

# %% [markdown] id="intro" lang="ru" of="d142f7940478"
# # Походный набор
#
# Двадцать минут — и вы знаете, как устроен этот задачник. Сети в нём стреляют себе в ногу; вы выясняете, как
# именно, и чините их. В каждом задании четыре шага:
#
# 1. **Предскажите.** Решите, что будет, прежде чем что-нибудь запускать.
# 2. **Впишите** ответ в ячейку ответа.
# 3. **Проверьте:** запустите ячейку под ней. Красное скажет, что ожидалось и что вышло из *вашего* ответа.
#    Зелёное — что доказано.
# 4. Иногда — **объясните** своими словами.
#
# Shift+Enter запускает ячейку. Сломать ничего нельзя: любую ячейку можно запустить ещё раз. После перезапуска ядра
# снова запустите подготовительные ячейки (те, где `import`) и ту, где определено имя, которого не хватает.
# Застряли? `hint("one-line")` покажет подсказку, и подсказки бесплатны.
#
# Теперь запустите две ячейки ниже. Первая будит TensorFlow: в худшем случае полминуты. Если чего-то не хватает,
# одна строка скажет, чего именно и какой командой это исправить.

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
# Ready, then? From here on nothing needs the internet. One more cell of tools; run it too.

# %% [markdown] id="ready-said" lang="ru" of="e79f515d1a4e"
# Готово? Дальше интернет больше не понадобится. Ещё одна ячейка с инструментами; запустите и её.

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

# %% [markdown] task="one-line" lang="en"
# ## 1. One line (4 minutes, 2 points)
#
# Masha and Misha build the same net for 8×8 pictures of digits, except for one line. Masha writes `Dropout(0.5)`, which
# switches off a random half of the units at every training step. Misha does not want to lose a single one and
# writes `Dropout(1)`. One means all, does it not?
#
# There are ten digits: a guess is right one time in ten. **Predict:** does one of the two nets guess? Which? Then run
# the cell.

# %% [markdown] task="one-line" lang="ru" of="1d1ad42f1862"
# ## 1. Одна строка (4 минуты, 2 балла)
#
# Маша и Миша строят одну и ту же сеть для картинок с цифрами 8×8, отличается только одна строка. Маша пишет
# `Dropout(0.5)`: на каждом шаге обучения отключается случайная половина нейронов. Миша не хочет терять ни одного
# и пишет `Dropout(1)`. Единица — значит, все, разве нет?
#
# Цифр десять: ответ наугад верен один раз из десяти. **Предскажите:** отвечает ли какая-то из сетей наугад? Какая?
# Потом запустите ячейку.


# %% id="guess-net"
predict("two-nets", choices=("Dropout(0.5)", "Dropout(1)"))


# %% id="two-nets" claims="G7"
def digit_net(line):
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            line,
            layers.Dense(10, activation="softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


scores = {}
for rate in (0.5, 1):
    keras.utils.set_random_seed(0)
    net = digit_net(layers.Dropout(rate))
    training.fit(net, DIGITS.x_train, DIGITS.y_train, epochs=5)
    scores[f"Dropout({rate})"] = training.score(net, DIGITS.x_test, DIGITS.y_test)
figures.bars(scores, line=0.1, label="1/10")

# %% id="net-outcome"
predict.outcome("two-nets", min(scores, key=scores.get))

# %% [markdown] id="which-share" lang="en"
# So what does the number mean? Ask the layer. The cell sends ten thousand ones through it, as in training, and
# prints the share that comes out as zero:

# %% [markdown] id="which-share" lang="ru" of="ef081aa86b68"
# Что же значит это число? Спросим у слоя. Ячейка пропускает через него десять тысяч единиц, как при обучении, и
# печатает, какая доля превратилась в нули:

# %% id="which-share-run"
ones = np.ones((1, 10_000))
for rate in (0.25, 0.5, 1):
    dropped = np.asarray(layers.Dropout(rate, seed=0)(ones, training=True))
    print(f"Dropout({rate})".ljust(14), f"{np.mean(dropped == 0):.1%}")

# %% [markdown] id="one-line-brief" lang="en"
# The share that is switched *off*. Misha has kept nothing.
#
# **First run the next two cells as they are** and see what red looks like. Then mend `misha_net` and run both
# again, until it is green. The brief:
#
# * input, output and loss fit the task as they do now; at least one hidden layer with a non-linear activation; all
#   layers trainable; no design fault left;
# * every trainable variable moves within three training steps;
# * more than half of the held-out digits are right within 400 training steps of 32 pictures. (Healthy nets get nine
#   of ten.)
#
# Dropout may stay or go.

# %% [markdown] id="one-line-brief" lang="ru" of="164790707b7d"
# Доля тех, кого *отключают*. Миша не оставил никого.
#
# **Сначала запустите две следующие ячейки как есть** и посмотрите, как выглядит красное. Потом почините
# `misha_net` и запускайте обе, пока не станет зелено. Условия:
#
# * вход, выход и функция потерь подходят к задаче, как и сейчас; не меньше одного скрытого слоя с нелинейной
#   активацией; все слои обучаемы; ошибок в устройстве сети не осталось;
# * каждая обучаемая переменная сдвигается за три шага обучения;
# * за 400 шагов обучения по 32 картинки сеть угадывает больше половины отложенных цифр. (Здоровые — девять из
#   десяти.)
#
# Дропаут можно оставить, можно и убрать.


# %% task="one-line" answer exhibits="misha_net"
def misha_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dropout(1),
            layers.Dense(10, activation="softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


### BEGIN SOLUTION
def misha_net():
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


### END SOLUTION

# %% task="one-line" test points=2 claims="G7"
with task("one-line"):
    checks.hidden(misha_net, task=READING, layers=1)
    checks.learns(misha_net, DIGITS.x_train[:64], DIGITS.y_train[:64], task=READING, steps=3)
    checks.model(misha_net, task=READING)
    checks.skill(misha_net, DIGITS, task=READING, beats=0.5, rounds=(100, 100, 200))
    ### BEGIN HIDDEN TESTS
    checks.learns(misha_net, DIGITS.x_train[64:128], DIGITS.y_train[64:128], task=READING, steps=3)
    checks.skill(misha_net, DIGITS, task=READING, beats=0.5, rounds=(100, 100, 200), seeds=(7,))
    ### END HIDDEN TESTS

# %% [markdown] task="four-windows" lang="en"
# ## 2. Four windows (3 minutes, 2 points)
#
# ReLU first and then 2×2 max-pooling, or the other way round? And with another activation? The two cells show a map `z`
# with its four windows, `a` to `d`, and three curves.
#
# **Predict** for each activation `f` the windows in which `max_pool(f(z))` and `f(max_pool(z))` are *different*
# numbers. Write sets such as `{"a", "d"}`; the empty set is `set()`.

# %% [markdown] task="four-windows" lang="ru" of="99cf869e084a"
# ## 2. Четыре окна (3 минуты, 2 балла)
#
# Сначала ReLU, а потом max-pooling 2×2, или наоборот? А с другой активацией? Две ячейки показывают карту `z` с
# четырьмя окнами, от `a` до `d`, и три графика.
#
# **Предскажите** для каждой активации `f`, в каких окнах числа `max_pool(f(z))` и `f(max_pool(z))` *различаются*.
# Впишите множества вида `{"a", "d"}`; пустое множество — это `set()`.

# %% id="show-z"
figures.maps({"z": first_steps.Z}, windows=first_steps.WINDOWS)

# %% id="show-curves"
x, y = activations.curve("gelu", -4, 4, 801)
print(f"-4 <= z <= 4; gelu: min at z = {x[y.argmin()]:.2f}")
figures.curves({name: activations.curve(name) for name in first_steps.ACTIVATIONS})

# %% task="four-windows" answer exhibits="differ"
differ = {"relu": None, "tanh": None, "gelu": None}
### BEGIN SOLUTION
differ = {
    "relu": set(),  # never falls: the largest number stays the largest
    "tanh": set(),
    "gelu": {"c"},  # all four numbers lie where GELU falls
}
### END SOLUTION

# %% task="four-windows" test points=2 claims="O1"
with task("four-windows"):
    measured = first_steps.differing()
    checks.subsets(differ, measured.truth, first_steps.WINDOWS, evidence=measured.evidence)

# %% [markdown] id="see-the-windows" lang="en"
# Now look: both orders of ReLU, and of GELU. The box marks the window that differs.

# %% [markdown] id="see-the-windows" lang="ru" of="27923ede9e8d"
# Теперь посмотрите: оба порядка для ReLU и оба для GELU. Рамкой отмечено окно, в котором они различаются.

# %% id="see-both" claims="O1 O1b"
z, max_pool = first_steps.Z, first_steps.max_pool
for name in ("relu", "gelu"):
    f = first_steps.activation(name)
    orders = {f"max_pool({name}(z))": max_pool(f(z)), f"{name}(max_pool(z))": f(max_pool(z))}
    display(figures.maps({"z": z} | orders, windows=first_steps.WINDOWS))

# %% [markdown] id="order-bench" lang="en"
# And a bench to try it yourself: the same layers in two orders, = and ≠ where the ends agree or differ. Choose another activation.

# %% [markdown] id="order-bench" lang="ru" of="060d81108d61"
# И стенд, чтобы попробовать самим: одни и те же слои в двух порядках, = и ≠ там, где концы совпали или разошлись. Выберите другую активацию.

# %% id="order-bench-run"
bench.order("gelu max_pool", "max_pool gelu", shift=-1.0)

# %% [markdown] id="many-windows" lang="en"
# One map proves nothing. Here are ten thousand windows of random numbers, and how many of them agree:

# %% [markdown] id="many-windows" lang="ru" of="a8976dd82e31"
# Одна карта ничего не доказывает. Вот десять тысяч окон со случайными числами и сколько из них совпало:

# %% id="many-windows-run" claims="O1 O1b"
many = np.random.default_rng(0).normal(0, 2, (200, 200))
for name in first_steps.ACTIVATIONS:
    f = first_steps.activation(name)
    same = np.isclose(max_pool(f(many)), f(max_pool(many)), rtol=0, atol=1e-9)
    print(f"{name:5} {same.sum():6,} / {same.size:,}")

# %% [markdown] id="default-activation" lang="en"
# ReLU and tanh never fall, so the largest number of a window stays the largest. GELU falls on the left: in
# window `c`, where all numbers lie there, the *smallest* one has the largest GELU.
#
# And if you name no activation at all? One of the texts behind this workbook says that a dense layer then takes ReLU.
# **Predict,** then run:

# %% [markdown] id="default-activation" lang="ru" of="de116f7a34ec"
# ReLU и tanh нигде не убывают, поэтому наибольшее число окна так и остаётся наибольшим. GELU слева убывает: в окне
# `c`, где все числа лежат на этом участке, наибольшая GELU у *наименьшего* из них.
#
# А если активацию не назвать вовсе? В одном из текстов, по которым сделан этот задачник, сказано, что полносвязный
# слой тогда возьмёт ReLU. **Предскажите,** потом запустите:

# %% id="ask-the-layer" claims="A5"
for layer in (layers.Dense(3), layers.Conv2D(3, 3)):
    print(f"{type(layer).__name__:7} {layer.activation.__name__}")

# %% [markdown] id="no-activation" lang="en"
# No activation at all, or `linear`, as Keras calls it: the textbook was wrong. That happens, also to this one, and it
# is why every statement here has a cell beside it that measures it.

# %% [markdown] id="no-activation" lang="ru" of="d402e7c22899"
# Никакой активации, или `linear`, как её называет Keras: учебник ошибся. Такое бывает, в том числе и с этим
# задачником; поэтому рядом с каждым утверждением стоит ячейка, которая проверяет его измерением.

# %% [markdown] task="two-modes" lang="en"
# ## 3. One layer, two modes (3 minutes, 2 points)
#
# The next trap: the same layer works in two modes, `training=True` within `fit` and `training=False` (inference) within
# `predict`. Here is dropout, on one row of ones, in both:

# %% [markdown] task="two-modes" lang="ru" of="40cec27579b5"
# ## 3. Один слой, два режима (3 минуты, 2 балла)
#
# Следующая ловушка: один и тот же слой работает в двух режимах, `training=True` внутри `fit` и `training=False`
# (инференс) внутри `predict`. Вот дропаут в обоих, на одной строке из единиц:

# %% id="dropout-twice"
layer = layers.Dropout(0.5, seed=1)
for mode in (True, False):
    print(f"training={mode!s:6}", np.asarray(layer(np.ones((1, 8)), training=mode))[0])

# %% [markdown] id="two-modes-brief" lang="en"
# Two layers of the list are new. In training, `BatchNormalization` brings every feature to mean 0 and deviation 1 over
# the batch; in inference it uses the mean and deviation that it remembers from training. `LayerNormalization` brings
# every sample to mean 0 and deviation 1 over its own features.
#
# **Predict** for each layer: does it answer random numbers differently in the two modes? `True` or `False`. All
# layers are fresh; `trainable=False` is what people call frozen.

# %% [markdown] id="two-modes-brief" lang="ru" of="704154e04e2d"
# Два слоя в списке новые. `BatchNormalization` при обучении приводит каждый признак к среднему 0 и отклонению 1 по
# батчу, а при инференсе берёт среднее и отклонение, которые запомнила при обучении. `LayerNormalization` приводит
# каждый пример к среднему 0 и отклонению 1 по его собственным признакам.
#
# **Предскажите** для каждого слоя: различаются ли его ответы на случайные числа в двух режимах? `True` или `False`.
# Все слои только что созданы; `trainable=False` — это и есть «замороженный» слой.

# %% task="two-modes" answer exhibits="two_faced"
two_faced = {
    "Dense(4)": None,
    "Dropout(0.5)": None,
    "Dropout(1)": None,
    "Dropout(0.5, trainable=False)": None,
    "BatchNormalization()": None,
    "BatchNormalization(trainable=False)": None,
    "LayerNormalization()": None,
}
### BEGIN SOLUTION
two_faced = {
    "Dense(4)": False,
    "Dropout(0.5)": True,
    "Dropout(1)": True,  # all zeros in training, all there in inference
    "Dropout(0.5, trainable=False)": True,  # it has no weights that could be frozen
    "BatchNormalization()": True,
    "BatchNormalization(trainable=False)": False,  # Keras' exception: it uses its moving statistics
    "LayerNormalization()": False,  # each sample by itself, in both modes
}
### END SOLUTION

# %% task="two-modes" test points=2
with task("two-modes"):
    measured = first_steps.two_modes()
    checks.predictions(two_faced, measured.truth, evidence=measured.evidence)

# %% [markdown] id="frozen" lang="en"
# The frozen ones surprise professionals. Freezing is about weights: dropout has none and goes on dropping. Batch
# normalisation is an exception that Keras makes: while frozen, it works as in inference. All seven, measured:

# %% [markdown] id="frozen" lang="ru" of="55f556963210"
# На замороженных слоях ошибаются даже профессионалы. Заморозка касается весов: у дропаута их нет, и он продолжает
# отключать нейроны. Для батч-нормализации Keras делает исключение: замороженная, она работает как при инференсе.
# Измерения для всех семи:

# %% id="frozen-run"
for name, told in first_steps.two_modes().evidence.items():
    print(f"{name:36} {told}")

# %% [markdown] task="why-chance" lang="en"
# ## 4. In your own words (2 minutes, 1 point)
#
# In inference `Dropout(1)` lets everything through, and Misha's net was scored in inference. Why did it guess all
# the same? One or two sentences. The cell shows how far three training steps move each variable of his net.

# %% [markdown] task="why-chance" lang="ru" of="0a8682bac370"
# ## 4. Своими словами (2 минуты, 1 балл)
#
# При инференсе `Dropout(1)` пропускает всё, а оценивали сеть Миши как раз при инференсе. Почему же она всё равно
# отвечала наугад? Одно-два предложения. Ячейка показывает, насколько три шага обучения сдвигают каждую переменную его сети.

# %% id="what-moves" claims="G7"
moved = training.moving(
    lambda: digit_net(layers.Dropout(1)), DIGITS.x_train[:64], DIGITS.y_train[:64], steps=3
)
for name, change in moved.items():
    print(f"{name:15} {change:.2g}")
print(
    "Dropout(1), training=False:", np.asarray(layers.Dropout(1)(np.ones((1, 8)), training=False))[0]
)

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
# Last tool: counting what a net costs. Four rules, for kernels $k \times k$ without padding; on the right, `conv_2` of the
# net in the next cell, whose pool hands it a map of $5 \times 5$ with 4 channels:
#
# | column | rule | `conv_2` |
# |---|---|---|
# | output shape | $n$ pixels in a row leave $n - k + 1$; a pool of $p$ leaves $n / p$, rounded down | $5 - 3 + 1 = 3$ |
# | parameters | ($k^2$ · channels in + 1) · filters; the 1 is the bias | $(9 \cdot 4 + 1) \cdot 8 = 296$ |
# | MACs (multiply-accumulates) | output pixels · $k^2$ · channels in · filters | $(3 \cdot 3) \cdot (3 \cdot 3) \cdot 4 \cdot 8 = 2592$ |
# | receptive field | begin at 1; every kernel and pool adds (its side − 1) · the product of all strides before it | $1 + 2 + 1 + 2 \cdot 2 = 8$ |
#
# The stride of a pool is its own side, that of the convolutions here is 1. A dense layer has (numbers in + 1) · units
# parameters and numbers in · units MACs. The whole net, measured:

# %% [markdown] task="layer-table" lang="ru" of="bab44f6a5761"
# ## 5. Таблица, которой никто не видел (5 минут, 3 балла)
#
# Последний инструмент: посчитать, во что обходится сеть. Четыре правила для ядер $k \times k$ без дополнения краёв; справа — `conv_2`
# из сети в следующей ячейке, которой пулинг передаёт карту $5 \times 5$ с 4 каналами:
#
# | столбец | правило | `conv_2` |
# |---|---|---|
# | форма выхода | от $n$ пикселей в ряду остаётся $n - k + 1$; после пулинга $p$ — $n / p$, с округлением вниз | $5 - 3 + 1 = 3$ |
# | параметры | ($k^2$ · входные каналы + 1) · фильтры; 1 — это смещение (bias) | $(9 \cdot 4 + 1) \cdot 8 = 296$ |
# | MAC (умножения с накоплением) | пиксели на выходе · $k^2$ · входные каналы · фильтры | $(3 \cdot 3) \cdot (3 \cdot 3) \cdot 4 \cdot 8 = 2592$ |
# | рецептивное поле | начните с 1; каждое ядро и каждый пулинг добавляет (сторона − 1) · произведение всех шагов до него | $1 + 2 + 1 + 2 \cdot 2 = 8$ |
#
# Шаг пулинга равен его стороне, шаг свёрток здесь — 1. У полносвязного слоя (входные числа + 1) · нейроны параметров и
# входные числа · нейроны MAC. Измерения для всей сети:

# %% id="worked-table"
example = keras.Sequential(
    [
        keras.Input((13, 13, 1), name="input"),
        layers.Conv2D(4, 3, activation="relu", name="conv_1"),
        layers.MaxPooling2D(2, name="pool"),
        layers.Conv2D(8, 3, activation="relu", name="conv_2"),
        layers.Flatten(name="flatten"),
        layers.Dense(10, name="dense"),
    ]
)
print("conv_2 field =", convnets.field(("conv", 3), ("pool", 2), ("conv", 3)))
autograder.xray(example)

# %% [markdown] id="layer-table-brief" lang="en"
# Most parameters are at the end, most of the work at the beginning. The field is measured with a gradient: that many
# input pixels in a row have a non-zero gradient.
#
# Now a net made from a seed. Fill in `table`: the side of the map behind `pool` in pixels (`side`), `parameters`, `MACs`,
# the receptive field (`field`). You may let Python do the arithmetic: `(9 * 4 + 1) * 8` is an answer.

# %% [markdown] id="layer-table-brief" lang="ru" of="cfa7383abb1f"
# Больше всего параметров в конце, вычислений — в начале. Рецептивное поле измерено градиентом: столько входных
# пикселей в ряду получают ненулевой градиент.
#
# А теперь сеть, сгенерированная по зерну (seed). Заполните `table`: сторону карты после `pool` в пикселях (`side`),
# параметры (`parameters`), умножения с накоплением (`MACs`), рецептивное поле (`field`). Считать может и Python:
# `(9 * 4 + 1) * 8` — это тоже ответ.

# %% setup
SEED = 302

# %% id="show-unseen"
unseen.small(SEED)

# %% task="layer-table" answer exhibits="table"
table = {
    "pool side": None,
    "conv_2 parameters": None,
    "conv_2 MACs": None,
    "conv_2 field": None,
    "dense parameters": None,
}
### BEGIN SOLUTION
table = {
    "pool side": 7,  # 20 - 6 + 1 = 15; 15 / 2, rounded down
    "conv_2 parameters": 876,  # (9 * 8 + 1) * 12
    "conv_2 MACs": 21600,  # 7 - 3 + 1 = 5; 5 * 5 * 9 * 8 * 12
    "conv_2 field": 11,  # 1 + 5 + 1 + 2 * 2
    "dense parameters": 2709,  # (5 * 5 * 12 + 1) * 9
}
### END SOLUTION

# %% task="layer-table" test points=3
with task("layer-table"):
    posed = unseen.small(SEED)
    checks.numbers(table, posed.truth(), mistakes=posed.mistakes())

# %% [markdown] id="more-tables" lang="en"
# That was the last task. For practice, outside of the twenty minutes: another seed is another net, `12` for one. Run
# the first cell, count, and only then run the second:

# %% [markdown] id="more-tables" lang="ru" of="70cb8a3c00c2"
# Это было последнее задание. Для практики, уже сверх двадцати минут: другое зерно — другая сеть, например `12`.
# Запустите первую ячейку, посчитайте и только потом запускайте вторую:

# %% id="more-tables-net"
unseen.small(12)

# %% id="more-tables-run"
for name, number in unseen.small(12).truth().items():
    print(f"{name:17} {number:6,}")

# %% [markdown] id="myths" lang="en"
# ## Myth or measured?
#
# Every unit has such a box: what the texts behind the workbook say, and what you have measured.
#
# | they say | measured here | verdict |
# |---|---|---|
# | ReLU is what a dense layer takes by default | `linear`, and the same for convolutions | myth |
# | Dropout of 1 kills a net | in training yes: all variables but the last bias stand still; in inference it is not even there | measured |
# | ReLU and max-pooling may be swapped | the same on all of ten thousand windows; GELU may not | measured |

# %% [markdown] id="myths" lang="ru" of="3973182e1dcc"
# ## Миф или измерено?
#
# Такая таблица есть в каждом разделе: что говорят тексты, по которым сделан задачник, и что измерили вы.
#
# | говорят | что здесь измерено | вердикт |
# |---|---|---|
# | У полносвязного слоя по умолчанию ReLU | `linear`, и у свёрток тоже | миф |
# | Дропаут с единицей убивает сеть | при обучении — да: не меняется ни одна переменная, кроме последнего смещения; при инференсе дропаута как будто нет | измерено |
# | ReLU и max-pooling можно менять местами | совпало во всех десяти тысячах окон; с GELU нельзя | измерено |

# %% [markdown] id="save" lang="en"
# ## Save, look back, go on
#
# Save the notebook (Ctrl+S, on a Mac ⌘S): your answers live in it, and it is what you hand in. The cell shows how far you
# are. Task 4 is not on the list: a person reads it.

# %% [markdown] id="save" lang="ru" of="319563ec1508"
# ## Сохраните, оглянитесь, идите дальше
#
# Сохраните тетрадь (Ctrl+S, на Маке ⌘S): ответы живут в ней, её вы и сдаёте. Ячейка покажет, сколько пройдено. Задания 4 в
# списке нет: его прочтёт человек.

# %% id="progress"
checks.progress("one-line", "four-windows", "two-modes", "layer-table")

# %% [markdown] id="next" lang="en"
# All green? Then you know all there is to know about this workbook, and the rest is about nets. Next: `01-feet-dense`, in
# which Misha brings a net to breakfast. If you think that a check is wrong, write `# DISPUTE:` and your reason into the
# answer cell: your instructor sees it.

# %% [markdown] id="next" lang="ru" of="1fbf67c7c0cc"
# Всё зелёное? Тогда про задачник вы знаете всё, остальное — про сети. Дальше: `01-feet-dense`, где Миша приносит сеть
# к завтраку. Если вам кажется, что ошибается проверка, напишите в ячейке ответа `# DISPUTE:` и причину: преподаватель
# это увидит.
