# %% [markdown] id="intro" lang="en"
# # Shooting yourself in the foot: a dense net
#
# The morning after a party Misha brings Masha a net. It is meant to predict house prices from 39
# regressors. It looks odd, and it does not even run. Advice comes from all sides:
#
# > Zeros are evil. There is no activation. Adam is free. 128 to 1 is too steep.
#
# All of it sounds right. You will measure which of it is, repair the net, and then repair one that
# nobody has seen.
#
# Every task: predict, run, edit the answer cell, run the check below it. `hint("zero-init")` prints a
# hint; hints cost nothing. Run the next two cells first.

# %% [markdown] id="intro" lang="ru" of="4d617de6d578"
# # Выстрел себе в ногу: полносвязная сеть
#
# Наутро после вечеринки Миша приносит Маше сеть. Она должна предсказывать цены на дома по 39
# регрессорам. Выглядит она странно и даже не запускается. Советы сыплются со всех сторон:
#
# > Нули — зло. Нет активации. Adam бесплатный. Переход от 128 к 1 слишком крутой.
#
# Всё это звучит разумно. Вы измерите, что из этого правда, почините сеть, а потом и ещё одну,
# которой никто раньше не видел.
#
# В каждом задании: предскажите, запустите, впишите ответ, запустите проверку под ним.
# `hint("zero-init")` покажет подсказку; подсказки бесплатны. Начните с двух следующих ячеек.

# %% setup
import autograder
from autograder import checks, training
from autograder.checks import hint, task

checks.use_language("en")

with checks.quietly():
    import keras
import numpy as np
from keras import layers

from course.lab import data, figures, runs, unseen
from course.lab.experiments import scaling
from course.lab.predictions import predict

SOURCE = """
net = keras.Sequential()
net.add(layers.InputLayer([39])
net.add(layers.BatchNormalization())
net.add(layers.Dense(128, kernel_initializer="zeros"))
net.add(layers.Dense(1))
net.compile(optimizer="sgd", loss="mse")
""".strip()

HOUSES = data.houses()
MEAN, STD = float(HOUSES.y_train.mean()), float(HOUSES.y_train.std())
# The same houses with prices in standard units: mean 0, deviation 1.
STANDARD = data.Split(
    HOUSES.x_train,
    (HOUSES.y_train - MEAN) / STD,
    HOUSES.x_test,
    (HOUSES.y_test - MEAN) / STD,
    kind="regression",
)
PRICE = autograder.Task(kind="regression", classes=1, input_shape=(39,))


def posed_net(activation=None, hidden="zeros", output="glorot_uniform", optimizer="sgd", units=128):
    """Misha's net, with one knob for each piece of advice."""
    net = keras.Sequential(
        [
            keras.Input((39,)),
            layers.BatchNormalization(name="norm"),
            layers.Dense(units, activation=activation, kernel_initializer=hidden, name="hidden"),
            layers.Dense(1, kernel_initializer=output, name="output"),
        ]
    )
    net.compile(optimizer=optimizer, loss="mse")
    return net


def trained(net, split=STANDARD, epochs=20, seed=0):
    """Train a net quietly; its R² on the held-out houses."""
    training.fit(net, split.x_train, split.y_train, epochs=epochs, seed=seed)
    return training.score(net, split.x_test, split.y_test, "r2")


# %% id="it-does-not-run" claims="A0"
try:
    compile(SOURCE, "misha.py", "exec")
except SyntaxError as error:
    print(SOURCE, f"SyntaxError: {error}", sep="\n\n")

# %% [markdown] task="unclosed-bracket" lang="en"
# ## 1. The bracket (3 minutes, 1 point)
#
# Nobody who answered Misha has noticed: these six lines do not parse. The parser's message above is
# the evidence. Mend the text in `mended`. Insert what is missing and change nothing else; spaces,
# comments and the kind of quotation marks do not count.

# %% [markdown] task="unclosed-bracket" lang="ru" of="7709b3f83762"
# ## 1. Скобка (3 минуты, 1 балл)
#
# Никто из отвечавших Мише этого не заметил: в этих шести строках синтаксическая ошибка. Доказательство —
# сообщение парсера выше. Исправьте текст в `mended`. Вставьте недостающее и больше ничего не меняйте; пробелы,
# комментарии и вид кавычек не в счёт.

# %% task="unclosed-bracket" answer exhibits="mended"
mended = """
net = keras.Sequential()
net.add(layers.InputLayer([39])
net.add(layers.BatchNormalization())
net.add(layers.Dense(128, kernel_initializer="zeros"))
net.add(layers.Dense(1))
net.compile(optimizer="sgd", loss="mse")
"""
### BEGIN SOLUTION
mended = """
net = keras.Sequential()
net.add(layers.InputLayer([39]))
net.add(layers.BatchNormalization())
net.add(layers.Dense(128, kernel_initializer="zeros"))
net.add(layers.Dense(1))
net.compile(optimizer="sgd", loss="mse")
"""
### END SOLUTION

# %% task="unclosed-bracket" test points=1 claims="A0"
with task("unclosed-bracket"):
    checks.mended(mended, SOURCE.replace("[39])", "[39]))"), broken=SOURCE)

# %% [markdown] id="default-activation" lang="en"
# Next piece of advice: “there is no activation, but ReLU is the default anyway”. Ask the layers.

# %% [markdown] id="default-activation" lang="ru" of="8316493d1197"
# Следующий совет: «активации нет, но по умолчанию всё равно ReLU». Спросим у самих слоёв.

# %% id="ask-the-layers" claims="A5"
for layer in (layers.Dense(3), layers.Conv2D(3, 3)):
    print(f"{type(layer).__name__:8} activation = {layer.activation.__name__}")

# %% [markdown] task="zero-init" lang="en"
# ## 2. Who moves? (12 minutes, 3 points)
#
# So Misha's net is linear, and its hidden kernel starts at zero. “Zeros are evil: all weights get the
# same update.” Here are five nets of his kind, with a hidden layer (kernel `W1`, bias `b1`) and an
# output layer (kernel `W2`, bias `b2`). Biases always start at zero.
#
# | row | activation | `W1` starts | `W2` starts |
# |---|---|---|---|
# | `linear` | none (as Misha has it) | zeros | random |
# | `relu` | ReLU | zeros | random |
# | `tanh` | tanh | zeros | random |
# | `both` | none | zeros | zeros |
# | `head` | ReLU | random | zeros |
#
# For each row predict which of `W1`, `b1`, `W2`, `b2` have **changed at all** after one SGD step
# (`"linear/1"`) and after three (`"linear/3"`). Fill in sets such as `{"W1", "b2"}`. Then run the
# check: it trains the nets and tells you only what is in dispute.
#
# Two formulas are enough. With input $x$, hidden sum $a = x W_1 + b_1$, hidden state $h = f(a)$ and error
# $\delta$: $\;\partial W_2 = h^\top \delta$ and $\;\partial W_1 = x^\top (\delta W_2^\top \cdot f'(a))$.
# A bias has the gradient of its layer's weights without the factor $h^\top$ or $x^\top$, summed over the batch.
# Keras takes $f'(0) = 0$ for ReLU.

# %% [markdown] task="zero-init" lang="ru" of="0526dc5be710"
# ## 2. Кто сдвинется? (12 минут, 3 балла)
#
# Итак, сеть Миши линейна, а веса скрытого слоя начинаются с нулей. «Нули — зло: все веса обновляются
# на одинаковые величины». Вот пять сетей такого рода: скрытый слой (веса `W1`, смещение `b1`) и
# выходной слой (веса `W2`, смещение `b2`). Смещения всегда начинаются с нуля.
#
# | строка | активация | `W1` в начале | `W2` в начале |
# |---|---|---|---|
# | `linear` | нет (как у Миши) | нули | случайные |
# | `relu` | ReLU | нули | случайные |
# | `tanh` | tanh | нули | случайные |
# | `both` | нет | нули | нули |
# | `head` | ReLU | случайные | нули |
#
# Для каждой строки предскажите, что из `W1`, `b1`, `W2`, `b2` **вообще изменится** после одного шага
# SGD (`"linear/1"`) и после трёх (`"linear/3"`). Впишите множества вида `{"W1", "b2"}`. Потом запустите
# проверку: она обучит сети и скажет только о том, в чём вы с ней расходитесь.
#
# Хватит двух формул. Для входа $x$, скрытой суммы $a = x W_1 + b_1$, выхода скрытого слоя $h = f(a)$ и
# ошибки $\delta$: $\;\partial W_2 = h^\top \delta$ и $\;\partial W_1 = x^\top (\delta W_2^\top \cdot f'(a))$.
# Градиент смещения — как у весов того же слоя, только без множителя $h^\top$ или $x^\top$ и с суммой по батчу.
# В Keras для ReLU принято $f'(0) = 0$.

# %% task="zero-init" answer exhibits="moves"
moves = {
    "linear/1": None,
    "linear/3": None,
    "relu/1": None,
    "relu/3": None,
    "tanh/1": None,
    "tanh/3": None,
    "both/1": None,
    "both/3": None,
    "head/1": None,
    "head/3": None,
}
### BEGIN SOLUTION
moves = {
    "linear/1": {"W1", "b1", "b2"},  # h = 0, so W2 has no gradient yet
    "linear/3": {"W1", "b1", "W2", "b2"},
    "relu/1": {"b2"},
    "relu/3": {"b2"},  # the slope at 0 is 0: nothing will ever change
    "tanh/1": {"W1", "b1", "b2"},
    "tanh/3": {"W1", "b1", "W2", "b2"},
    "both/1": {"b2"},
    "both/3": {"b2"},
    "head/1": {"W2", "b2"},  # h is random: the output layer learns at once
    "head/3": {"W1", "b1", "W2", "b2"},
}
### END SOLUTION

# %% setup
ROWS = {
    "linear": {},
    "relu": {"activation": "relu"},
    "tanh": {"activation": "tanh"},
    "both": {"output": "zeros"},
    "head": {"activation": "relu", "hidden": "glorot_uniform", "output": "zeros"},
}
SHORT = {"hidden/kernel": "W1", "hidden/bias": "b1", "output/kernel": "W2", "output/bias": "b2"}


def motion(row, steps, seed=0, units=32, every=False):
    """Largest change of each variable after so many SGD steps on houses: {name: change}."""
    found = training.moving(
        lambda: posed_net(units=units, **ROWS[row]),
        STANDARD.x_train[:64],
        STANDARD.y_train[:64],
        steps=steps,
        seed=seed,
    )
    return {
        SHORT.get(name, name): change for name, change in found.items() if every or name in SHORT
    }


# %% task="zero-init" test points=3 claims="A1"
with task("zero-init"):
    checks.moves(moves, {f"{row}/{n}": motion(row, n) for row in ROWS for n in (1, 3)})
    ### BEGIN HIDDEN TESTS
    checks.moves(
        moves, {f"{row}/{n}": motion(row, n, seed=n, units=9) for row in ROWS for n in (1, 3)}
    )
    ### END HIDDEN TESTS

# %% [markdown] id="obedience" lang="en"
# Put your money on the net that does worst, then run the cell behind. Misha follows the advice one step at a
# time: first ReLU, then a random start. Each net trains for 20 epochs; the number is R² on held-out
# houses (1 is perfect, 0 is no better than the mean price).

# %% [markdown] id="obedience" lang="ru" of="5d26d2b3358d"
# Поставьте на сеть, которая справится хуже всех, затем запустите ячейку за ней. Миша выполняет советы по
# очереди: сначала ReLU, потом случайная инициализация. Каждая сеть учится 20 эпох; число — R² на
# отложенных домах (1 — идеально, 0 — не лучше средней цены).

# %% id="guess-worst"
predict(
    "obedience",
    choices=(
        "posed_net()",
        'posed_net(activation="relu")',
        'posed_net(activation="relu", hidden="glorot_uniform")',
        'posed_net(activation="relu", hidden="glorot_uniform", output="zeros")',
    ),
)

# %% id="misha-obeys" claims="A1"
scores = {}
for knobs in (
    {},
    {"activation": "relu"},
    {"activation": "relu", "hidden": "glorot_uniform"},
    {"activation": "relu", "hidden": "glorot_uniform", "output": "zeros"},
):
    keras.utils.set_random_seed(0)
    name = ", ".join(f'{knob}="{value}"' for knob, value in knobs.items())
    scores[f"posed_net({name})"] = trained(posed_net(**knobs))
figures.bars(scores, line=data.linear_baseline(HOUSES), label="linear_baseline")

# %% id="worst-outcome"
predict.outcome("obedience", min(scores, key=scores.get))

# %% [markdown] id="obedience-why" lang="en"
# ReLU, good advice by itself, has broken a net that trained. Of its six trainable variables (the
# normalisation has two) five are stuck for ever:

# %% [markdown] id="obedience-why" lang="ru" of="156a81f5006b"
# Совет поставить ReLU, сам по себе добрый, сломал сеть, которая училась. Из шести обучаемых переменных
# (две из них у нормализации) пять застряли навсегда:

# %% id="stuck-for-ever" claims="A1"
for row in ("linear", "relu", "tanh"):
    print(
        f"{row:7}", {name: f"{change:.2g}" for name, change in motion(row, 30, every=True).items()}
    )

# %% [markdown] id="xray-dead" lang="en"
# An X-ray of that net on 64 houses: behind the hidden layer there is nothing but zeros. Below it the signs of the gradients, a column for each
# neuron: where everything is ·, nothing will ever move.

# %% [markdown] id="xray-dead" lang="ru" of="c72ef93ca5a1"
# Рентген этой сети на 64 домах: за скрытым слоем одни нули. Под ним — знаки градиентов, столбец на каждый нейрон: где везде ·, там никогда
# ничего не сдвинется.

# %% id="xray-dead-run"
dead = posed_net(activation="relu")
autograder.xray(dead, STANDARD.x_train[:64])

# %% id="dead-signs"
runs.gradient_signs(dead, STANDARD.x_train[:32], STANDARD.y_train[:32])

# %% [markdown] task="twin-neurons" lang="en"
# ## 3. Real twins (8 minutes, 2 points)
#
# “All weights get the same update.” Do they? Look at what 100 steps make of a zero kernel `W1`: how
# many different columns (one column is one neuron), and of which rank?

# %% [markdown] task="twin-neurons" lang="ru" of="0c5abfc6ad3a"
# ## 3. Настоящие близнецы (8 минут, 2 балла)
#
# «Все веса обновляются на одинаковые величины». Правда? Посмотрите, во что 100 шагов превращают
# нулевые веса `W1`: сколько там разных столбцов (столбец — это нейрон) и каков ранг?

# %% id="columns-of-w1" claims="A1"
keras.utils.set_random_seed(0)
net = posed_net()
training.fit(net, STANDARD.x_train, STANDARD.y_train, epochs=2, steps=100)
W1 = net.get_layer("hidden").kernel.numpy()
norms = np.linalg.norm(W1, axis=0)
print("len(np.unique(norms)) =", len(np.unique(norms)))
print("matrix_rank(W1) =", np.linalg.matrix_rank(W1, tol=1e-4 * norms.max()))

# %% [markdown] id="twin-signs" lang="en"
# The same net while it trains: the signs of the gradient of `W1`, a column for each neuron (the first 24 of 128). **Predict** how many
# *different* columns of signs you will see at a time.

# %% [markdown] id="twin-signs" lang="ru" of="08aab180a184"
# Та же сеть во время обучения: знаки градиента по `W1`, столбец на каждый нейрон (первые 24 из 128). **Предскажите**, сколько *разных*
# столбцов знаков будет видно одновременно.

# %% id="twin-signs-run" claims="A1"
net = posed_net()
trainer = training.Trainer(net, STANDARD.x_train, STANDARD.y_train)
steps = runs.quick(60, 5)
last = runs.watch(
    (trainer.run(1, seed=step) for step in range(steps)),
    lambda _: runs.gradient_signs(net, STANDARD.x_train[:32], STANDARD.y_train[:32], most=1),
    total=steps,
    pause=0.1,
)

# %% [markdown] id="twins-brief" lang="en"
# Two, one the opposite of the other. So the neurons differ, but only in length and sign: column $j$ is one common direction times the random weight
# $w_{2j}$ that leads from neuron $j$ to the output. The advice describes something else: neurons that get
# *exactly* the same update, step after step. Build that.
#
# Edit `twin_net()` so that after 20 training steps
#
# * the weights of all hidden units are the same, column for column,
# * and yet **every** trainable variable has moved (a dead net is no proof),
# * with at least 8 hidden units and one output (mind the size of the constants: too large and the net
#   explodes).
#
# Loss and optimiser are yours.

# %% [markdown] id="twins-brief" lang="ru" of="4bf0bcd316c0"
# Два, и один противоположен другому. Значит, нейроны разные, но отличаются только длиной и знаком: столбец $j$ — это одно общее направление, умноженное на
# случайный вес $w_{2j}$, который ведёт от нейрона $j$ к выходу. Совет описывает другое: нейроны, которые
# шаг за шагом обновляются *в точности* одинаково. Постройте такую сеть.
#
# Измените `twin_net()` так, чтобы после 20 шагов обучения
#
# * веса всех скрытых нейронов совпадали, столбец в столбец,
# * и при этом **каждая** обучаемая переменная сдвинулась (мёртвая сеть ничего не доказывает),
# * скрытых нейронов было не меньше 8, а выход один (следите за величиной констант: от слишком больших
#   сеть взорвётся).
#
# Функция потерь и оптимизатор — на ваш вкус.


# %% task="twin-neurons" answer exhibits="twin_net"
def twin_net():
    net = keras.Sequential(
        [
            keras.Input((39,)),
            layers.BatchNormalization(),
            layers.Dense(16, kernel_initializer="zeros"),
            layers.Dense(1),
        ]
    )
    net.compile(optimizer="sgd", loss="mse")
    return net


### BEGIN SOLUTION
def twin_net():
    net = keras.Sequential(
        [
            keras.Input((39,)),
            layers.BatchNormalization(),
            layers.Dense(16, kernel_initializer="zeros"),
            # What matters stands here: equal weights out of every neuron give equal errors back.
            layers.Dense(1, kernel_initializer=keras.initializers.Constant(0.1)),
        ]
    )
    net.compile(optimizer="sgd", loss="mse")
    return net


### END SOLUTION

# %% task="twin-neurons" test points=2 claims="A1"
with task("twin-neurons"):
    checks.twins(twin_net, STANDARD.x_train[:640], STANDARD.y_train[:640], task=PRICE, steps=20)
    ### BEGIN HIDDEN TESTS
    checks.twins(
        twin_net, STANDARD.x_train[640:1280], STANDARD.y_train[640:1280], task=PRICE, steps=20
    )
    ### END HIDDEN TESTS

# %% [markdown] id="after-twins" lang="en"
# It takes **both** layers. One random layer, before or after, is enough to tell the units apart. That is
# why a zero output layer is harmless (row `head` above), and why a zero hidden kernel under tanh does
# train, if poorly.

# %% [markdown] id="after-twins" lang="ru" of="b20c893c3bb5"
# Близнецам нужны **оба** слоя. Чтобы нейроны различались, хватает одного случайного слоя, до или после.
# Поэтому нулевой выходной слой безвреден (строка `head` выше), и поэтому скрытый слой с нулевыми весами
# под tanh всё-таки обучается, хоть и слабо.

# %% [markdown] task="batch-scaler" lang="en"
# ## 4. The scaler at the door (13 minutes, 3 points)
#
# Batch normalisation as the first layer: “fine, it works like a standard scaler”. Mostly. Write what it
# does in training to one feature, and how many steps pass until inference does the same.
#
# 1. `normalised(x, epsilon)`: `x` is a batch of one feature, an array of shape (n,). Return the
#    array of shape (n,) that `layers.BatchNormalization(epsilon=epsilon)` makes of it with
#    `training=True`, while its own scale is 1 and its shift 0. A batch may hold a single number.
# 2. `steps_until(share, momentum)`: in inference the layer uses moving averages. They start at 0 (mean)
#    and 1 (variance), and each training step does `moving = momentum * moving + (1 - momentum) * batch`.
#    Suppose every batch has the same statistics. What is the smallest number of steps after which the
#    remaining error of the moving mean is at most `share` of what it was at the start? Return a whole
#    number.

# %% [markdown] task="batch-scaler" lang="ru" of="77edc2d56e1d"
# ## 4. Масштабирование на входе (13 минут, 3 балла)
#
# Батч-нормализация первым слоем: «ничего плохого, работает как StandardScaler». В общем, да. Запишите,
# что она делает с одним признаком при обучении и сколько шагов пройдёт, пока при предсказании она не
# начнёт делать то же самое.
#
# 1. `normalised(x, epsilon)`: `x` — батч одного признака, массив формы (n,). Верните массив формы (n,),
#    который получит из него `layers.BatchNormalization(epsilon=epsilon)` с `training=True`, пока её
#    собственный масштаб равен 1, а сдвиг 0. В батче может быть и одно число.
# 2. `steps_until(share, momentum)`: при предсказании слой берёт скользящие средние. Они начинаются с 0
#    (среднее) и 1 (дисперсия), и каждый шаг обучения делает
#    `moving = momentum * moving + (1 - momentum) * batch`. Пусть статистики всех батчей одинаковы. Каково
#    наименьшее число шагов, после которых оставшаяся ошибка скользящего среднего составляет не больше
#    доли `share` от начальной? Верните целое число.


# %% task="batch-scaler" answer exhibits="normalised, steps_until"
def normalised(x, epsilon):
    return x


def steps_until(share, momentum):
    return None


### BEGIN SOLUTION
def normalised(x, epsilon):
    return (x - x.mean()) / np.sqrt(x.var() + epsilon)


def steps_until(share, momentum):
    return int(np.ceil(np.log(share) / np.log(momentum)))


### END SOLUTION

# %% task="batch-scaler" test points=2
with task("batch-scaler"):
    checks.function(
        normalised,
        scaling.normalised,
        scaling.batches(),
        rtol=1e-3,  # a Keras layer rounds to float32
        atol=1e-3,
        mistakes=scaling.NORMALISED_MISTAKES,
    )
    checks.function(normalised, scaling.normalised, [(np.array([7.0]), 1e-3)], atol=1e-3)
    ### BEGIN HIDDEN TESTS
    checks.function(
        normalised,
        scaling.by_keras,
        [(np.array([0.0, 0.0, 1.0, 0.0]), 1e-3), (np.linspace(-0.02, 0.05, 7), 1e-2)],
        rtol=1e-3,
        atol=1e-3,
    )
    checks.function(normalised, scaling.normalised, scaling.batches(seed=5), rtol=1e-3, atol=1e-3)
    ### END HIDDEN TESTS

# %% task="batch-scaler" test points=1 id="batch-scaler-steps"
with task("batch-scaler"):
    checks.function(
        steps_until,
        scaling.steps_until,
        [(0.01, 0.99), (0.5, 0.99), (0.01, 0.9)],
        mistakes=scaling.STEPS_MISTAKES,
    )
    ### BEGIN HIDDEN TESTS
    checks.function(steps_until, scaling.steps_until, [(0.003, 0.97), (0.2, 0.5), (0.9, 0.999)])
    ### END HIDDEN TESTS

# %% [markdown] id="scaler-measured" lang="en"
# Now the layer itself, on the real houses: deviation of a feature before and after. Where the deviation
# is far below $\sqrt{\varepsilon} \approx 0.032$, epsilon wins and the feature all but disappears.

# %% [markdown] id="scaler-measured" lang="ru" of="e0181b2f559b"
# Теперь сам слой на настоящих домах: стандартное отклонение признака до и после. Там, где оно намного
# меньше $\sqrt{\varepsilon} \approx 0.032$, побеждает эпсилон, и признак почти исчезает.

# %% id="scaler-before-after" claims="A3"
x = HOUSES.x_train
scaled = layers.BatchNormalization()(x, training=True).numpy()
for i in (0, 1, 2, 3, 38):
    print(f"x[{i:2}]   std {x[:, i].std():9.3g}  ->  {scaled[:, i].std():.2f}")
for batch in ([[7.0]], [[1.0], [3.0]]):
    print(
        f"{batch}  ->  {layers.BatchNormalization()(np.array(batch), training=True).numpy().tolist()}"
    )

# %% id="scaler-moving" claims="A3"
norm, seen, order = layers.BatchNormalization(), 0, np.random.default_rng(0)
for steps in (50, 150, 400, 1200):
    while seen < steps:
        norm(x[order.integers(0, len(x), 32), 1:2], training=True)
        seen += 1
    out = norm(x[:, 1:2], training=False).numpy()
    print(f"steps = {steps:4}   x[1] -> mean {out.mean():5.2f}, std {out.std():.2f}")

# %% [markdown] id="scaler-verdict" lang="en"
# A standard scaler, then, as long as deviations are well above 0.03, batches are larger than two, and
# training has taken several hundred steps. In a batch of one every number becomes 0; in a batch of two
# only the order is left.

# %% [markdown] id="scaler-verdict" lang="ru" of="808b5f7415e5"
# То есть это StandardScaler, пока отклонения заметно больше 0.03, в батче больше двух примеров и сделано
# несколько сотен шагов. В батче из одного примера любое число превращается в 0; из двух остаётся только
# порядок.

# %% [markdown] task="price-scale" lang="en"
# ## 5. Free Adam and raw prices (12 minutes, 3 points)
#
# “Take Adam: it is free and converges faster.” Two measurements.
#
# **(a) Free?** Misha's net has 5405 parameters, 5327 of them trainable (the rest are moving averages).
# Besides the weights an optimiser keeps numbers of its own. How many for this net, its step counter and
# learning rate not counted: plain SGD, SGD with momentum, Adam? What each of them remembers is
# in its docs (`keras.optimizers.Adam?`); or build one and look at its `variables`. Fill in `slots`.
# *(1 point)*
#
# **(b) Faster?** Nobody has looked at what the net is asked to predict: prices around 200 000. Run the cell
# below, then write `to_target(price)` and `to_price(output)`. Both take and return an array of shape (n,).
# *(2 points)*
#
# * `to_price(to_target(price))` gives the prices back (to 0.1 %), and the target of a house does not
#   depend on which other houses are in the array.
# * A healthy net with **plain SGD**, trained on your targets for 20 epochs, reaches a held-out R² (in
#   prices) above 0.58 with every seed. On a good scale it has 0.85, on raw prices it diverges.

# %% [markdown] task="price-scale" lang="ru" of="119b68a8eb5e"
# ## 5. Бесплатный Adam и сырые цены (12 минут, 3 балла)
#
# «Возьмите Adam: он бесплатный и сходится быстрее». Два измерения.
#
# **(а) Бесплатный?** В сети Миши 5405 параметров, из них обучаемых 5327 (остальные — скользящие средние).
# Кроме весов, оптимизатор хранит и свои собственные числа. Сколько их для этой сети, не считая счётчика
# шагов и скорости обучения: у простого SGD, у SGD с моментом, у Adam? Что каждый из них помнит,
# сказано в документации (`keras.optimizers.Adam?`); а можно создать оптимизатор и взглянуть на его
# `variables`. Впишите ответы в `slots`. *(1 балл)*
#
# **(б) Быстрее?** Никто не посмотрел, что сеть должна предсказывать: цены около 200 000. Запустите ячейку
# ниже, потом напишите `to_target(price)` и `to_price(output)`. Обе принимают и возвращают массив формы
# (n,). *(2 балла)*
#
# * `to_price(to_target(price))` возвращает исходные цены (с точностью до 0.1 %), а цель для дома не зависит
#   от того, какие ещё дома оказались в массиве.
# * Здоровая сеть с **простым SGD**, обученная на ваших целях 20 эпох, с любым зерном получает на отложенной
#   выборке R² (в ценах) больше 0.58. В хорошем масштабе у неё 0.85, на сырых ценах она расходится.

# %% id="raw-prices" claims="A2"
for optimizer in ("sgd", "adam"):
    for prices in (HOUSES, STANDARD):
        keras.utils.set_random_seed(0)
        net = posed_net("relu", "glorot_uniform", optimizer=optimizer)
        print(
            f"{optimizer:5} y = {round(float(prices.y_train.mean())):8} ± {prices.y_train.std():6.0f}   R² = {trained(net, prices):6.2f}"
        )

# %% task="price-scale" answer exhibits="slots, to_target, to_price"
slots = {"sgd": None, "momentum": None, "adam": None}


def to_target(price):
    return price


def to_price(output):
    return output


### BEGIN SOLUTION
slots = {"sgd": 0, "momentum": 5327, "adam": 2 * 5327}


def to_target(price):
    return (price - MEAN) / STD


def to_price(output):
    return output * STD + MEAN


### END SOLUTION


# %% setup
def sgd_net():
    return posed_net("relu", "glorot_uniform", optimizer="sgd", units=64)


# %% task="price-scale" test points=1 claims="A2"
with task("price-scale"):
    checks.numbers(
        slots, scaling.kept_by_optimizers(posed_net()), mistakes=scaling.slots_mistakes(posed_net())
    )

# %% task="price-scale" test points=2 id="price-scale-target"
with task("price-scale"):
    checks.round_trip(to_target, to_price, HOUSES.y_test)
    checks.learnable(to_target, to_price, sgd_net, HOUSES, beats=0.58, epochs=20, seeds=(0, 1))
    ### BEGIN HIDDEN TESTS
    checks.round_trip(to_target, to_price, np.array([12345.0, 2e5, 4.5e5, 3.1e5]))
    checks.learnable(to_target, to_price, sgd_net, HOUSES, beats=0.58, epochs=20, seeds=(7,))
    ### END HIDDEN TESTS

# %% [markdown] id="scale-first" lang="en"
# So the advice had the wrong order of importance. On raw prices neither optimiser gets anywhere; on a good
# scale plain SGD is far above the linear model, and Adam clearly above SGD, at the price of two more numbers
# for each weight.

# %% [markdown] id="scale-first" lang="ru" of="b1912ef7bdcc"
# Совет перепутал главное со второстепенным. На сырых ценах ни один оптимизатор никуда не приходит; в хорошем
# масштабе простой SGD намного лучше линейной модели, а Adam заметно лучше SGD — ценой двух лишних чисел на
# каждый вес.

# %% [markdown] id="taper" lang="en"
# ## Practice: 128 to 1, too steep? (4 minutes, no points)
#
# “Step down by powers of two.” Three heads, three seeds each. Which one wins, and does it win by more than
# the seeds differ among themselves? Guess, then run (about ten seconds).

# %% [markdown] id="taper" lang="ru" of="79399cc561e5"
# ## Для тренировки: от 128 к 1 слишком круто? (4 минуты, без баллов)
#
# «Спускайтесь по степеням двойки». Три варианта, по три зерна. Какой победит, и больше ли его перевес, чем
# разброс между зёрнами? Загадайте, потом запустите (около десяти секунд).

# %% id="taper-measured" claims="A4"
for widths in ([128], [128, 64, 32, 16, 8, 4, 2], [128, 128]):
    scores = []
    for seed in (0, 1, 2):
        keras.utils.set_random_seed(seed)
        net = keras.Sequential([keras.Input((39,)), layers.BatchNormalization()])
        for units in widths:
            net.add(layers.Dense(units, activation="relu"))
        net.add(layers.Dense(1))
        net.compile(optimizer="adam", loss="mse")
        scores.append(trained(net, seed=seed))
    print(f"{'-'.join(map(str, widths)) + '-1':26} R² = {np.round(scores, 3)}")

# %% [markdown] id="taper-verdict" lang="en"
# Widths are a matter of style here: nothing below is graded for them.

# %% [markdown] id="taper-verdict" lang="ru" of="fe7605706736"
# Ширина слоёв здесь дело вкуса: дальше за неё баллов не снимают.

# %% [markdown] task="house-net" lang="en"
# ## 6. Repair (8 minutes, 5 points)
#
# Now mend Misha's net. `house_net()` returns a compiled Keras model. The brief:
#
# * 39 raw regressors in, one number out: the price in standard units (mean 0, deviation 1, `STANDARD`).
# * At least one hidden layer with a non-linear activation, all layers trainable; no design fault left
#   (output, loss, initialisers, dropout, activations). *(2 points)*
# * Every trainable variable moves within three training steps. *(1 point)*
# * Every call returns a new net. Trained for 40 epochs with batches of 32, it is better on held-out houses
#   than a linear model (R² 0.73), with each of the two seeds that the check tries. *(2 points)*
#
# Widths, activation, optimiser and initialiser are yours. Tanh and sigmoid are slow: give them Adam.

# %% [markdown] task="house-net" lang="ru" of="6aec5d591403"
# ## 6. Ремонт (8 минут, 5 баллов)
#
# Теперь почините сеть Миши. `house_net()` возвращает скомпилированную модель Keras. Условия:
#
# * На входе 39 сырых регрессоров, на выходе одно число: цена в стандартных единицах (среднее 0, отклонение
#   1, `STANDARD`).
# * Хотя бы один скрытый слой с нелинейной активацией, все слои обучаемы; ошибок в устройстве сети
#   (выход, функция потерь, инициализация, дропаут, активации) не осталось. *(2 балла)*
# * Каждая обучаемая переменная сдвигается за три шага обучения. *(1 балл)*
# * Каждый вызов возвращает новую сеть. После 40 эпох с батчами по 32 она лучше линейной модели на
#   отложенных домах (R² 0.73) с каждым из двух зёрен, которые берёт проверка. *(2 балла)*
#
# Ширина, активация, оптимизатор и инициализация — на ваш вкус. Tanh и сигмоида учатся медленно: дайте им
# Adam.


# %% task="house-net" answer exhibits="house_net"
def house_net():
    net = keras.Sequential()
    net.add(layers.InputLayer([39]))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(128, kernel_initializer="zeros"))
    net.add(layers.Dense(1))
    net.compile(optimizer="sgd", loss="mse")
    return net


### BEGIN SOLUTION
def house_net():
    net = keras.Sequential()
    net.add(layers.InputLayer([39]))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(128, activation="relu"))  # the default initialiser is random
    net.add(layers.Dense(1))
    net.compile(optimizer="adam", loss="mse")
    return net


### END SOLUTION

# %% task="house-net" test points=2
with task("house-net"):
    checks.hidden(house_net, task=PRICE, layers=1)
    checks.model(house_net, task=PRICE)
    checks.remarks(house_net, task=PRICE, rules=("C01", "C02"))

# %% task="house-net" test points=1 id="house-net-learns"
with task("house-net"):
    checks.hidden(house_net, task=PRICE, layers=1)
    checks.learns(house_net, STANDARD.x_train[:64], STANDARD.y_train[:64], task=PRICE, steps=3)
    ### BEGIN HIDDEN TESTS
    checks.learns(
        house_net, STANDARD.x_train[64:128], STANDARD.y_train[64:128], task=PRICE, steps=3
    )
    ### END HIDDEN TESTS

# %% task="house-net" test points=2 id="house-net-skill"
with task("house-net"):
    checks.hidden(house_net, task=PRICE, layers=1)
    checks.skill(
        house_net,
        STANDARD,
        task=PRICE,
        beats=data.linear_baseline(HOUSES),
        metric="r2",
        epochs=40,
        seeds=(0, 1),
    )

# %% [markdown] task="relu-first" lang="en"
# ## 7. In your own words (8 minutes, 3 points)
#
# Two pieces of advice, both about the hidden layer: “put in ReLU” and “do not start at zero”. Misha
# follows them one by one and trains after each.
#
# In four to six sentences: which order breaks a net that trained, and through which gradient? Why does the
# other order never break it? Support it with at least two numbers measured above.

# %% [markdown] task="relu-first" lang="ru" of="d6a321080dab"
# ## 7. Своими словами (8 минут, 3 балла)
#
# Два совета, оба про скрытый слой: «поставь ReLU» и «не начинай с нулей». Миша выполняет их по одному и
# после каждого обучает сеть.
#
# Четыре–шесть предложений: какой порядок ломает сеть, которая училась, и через какой градиент? Почему другой
# порядок её никогда не ломает? Подкрепите хотя бы двумя числами, измеренными выше.

# %% [markdown] task="relu-first" written points=3 lang="en"
# ### BEGIN SOLUTION
# ReLU first breaks it. With zeros in $W_1$ and $b_1$ every hidden sum is exactly 0, ReLU's value there is 0 and
# so is its slope: $\partial W_2 = h^\top\delta = 0$ and $\partial W_1$, $\partial b_1$ carry the factor
# $f'(0) = 0$. Five of six variables move by exactly 0 in 30 steps, and held-out R² falls from about 0.69 to
# 0.00; no optimiser and no patience helps, because the gradients stay 0 for ever. The random start first
# leaves a linear net that trains (R² about 0.69), and ReLU after it meets hidden sums of both signs, so about
# half of the slopes are 1 (R² about 0.87). Without an activation zeros were harmless: the slope is 1
# everywhere, and the random $W_2$ sends every column of $W_1$ its own error.
# ### END SOLUTION

# %% [markdown] task="relu-first" written points=3 lang="ru" of="008417c6134e"
# ### BEGIN SOLUTION
# Ломает порядок «сначала ReLU». При нулевых $W_1$ и $b_1$ каждая скрытая сумма в точности равна 0, и у ReLU там
# нулевые и значение, и наклон: $\partial W_2 = h^\top\delta = 0$, а в $\partial W_1$ и $\partial b_1$ входит
# множитель $f'(0) = 0$. Пять переменных из шести за 30 шагов сдвигаются ровно на 0, и R² на отложенной выборке
# падает примерно с 0.69 до 0.00; не помогут ни оптимизатор, ни терпение: градиенты останутся нулевыми навсегда.
# Если сначала взять случайную инициализацию, останется линейная сеть, которая учится (R² около 0.69), а ReLU
# после неё встретит скрытые суммы обоих знаков, и примерно половина наклонов равна 1 (R² около 0.87). Без
# активации нули были безвредны: наклон везде 1, а случайные $W_2$ посылают каждому столбцу $W_1$ свою ошибку.
# ### END SOLUTION

# %% [markdown] id="myth-or-measured" lang="en"
# ## Myth or measured?
#
# | they say | measured here | verdict |
# |---|---|---|
# | Zeros are evil: all weights get equal updates | the columns of `W1` differ; the net trains as it is; twins need **both** layers constant | myth for this net; fatal as soon as ReLU comes |
# | ReLU is the default of a dense layer | `linear`, and the same for convolutions | myth |
# | Adam is free | 10 654 numbers more for a net of 5 405 | myth; and with raw prices neither Adam nor SGD works |
# | Normalisation at the door is a standard scaler | true above a deviation of 0.03, for batches larger than two, after several hundred steps | measured, within limits |
# | 128 to 1 is too steep | see the practice above: look for the taper's advantage | style |
# | The six lines | do not parse | nobody said so |

# %% [markdown] id="myth-or-measured" lang="ru" of="09b9d56f5229"
# ## Миф или измерение?
#
# | говорят | что здесь измерено | вердикт |
# |---|---|---|
# | Нули — зло: все веса обновляются на одинаковые величины | столбцы `W1` разные; сеть учится и так; близнецам нужно, чтобы постоянными были **оба** слоя | миф для этой сети; смертельно, как только появится ReLU |
# | У полносвязного слоя по умолчанию ReLU | `linear`, и у свёрток тоже | миф |
# | Adam бесплатный | 10 654 лишних числа для сети из 5 405 | миф; а с сырыми ценами не работают ни Adam, ни SGD |
# | Нормализация на входе — это StandardScaler | верно при отклонении больше 0.03, для батчей больше двух, после нескольких сотен шагов | измерено, с оговорками |
# | От 128 к 1 слишком круто | см. тренировку выше: поищите там преимущество плавного спуска | вкус |
# | Шесть строк | синтаксическая ошибка | об этом никто не сказал |

# %% [markdown] task="unseen-dense" lang="en"
# ## 8. A net nobody has seen (12 minutes, 4 points)
#
# Misha's next net sorts houses into four price bands, 0 to 3. A generator has written it, with three or four
# faults in it; any number gives another one. Take `unseen.dense(14)` below, or your own number. Copy the source into
# the answer cell and mend it there.
#
# A reminder: `Dropout(r)` switches off a share r in training and belongs between hidden layers; one right
# class of four wants softmax with `sparse_categorical_crossentropy`.
#
# Write `unseen_net()`, mended. The brief:
#
# * 39 raw regressors in; four probabilities out, or logits that the loss is told of (`from_logits=True`);
#   labels are integers, `unseen.price_bands()`.
# * At least two hidden layers with a non-linear activation each, all layers trainable; no design fault left
#   (output, loss, initialisers, dropout, activations). *(2 points)*
# * Every trainable variable moves within three training steps. Every call returns a new net; trained for 40
#   epochs with batches of 32, its held-out accuracy is better than a linear model's 0.557 with each
#   of the two seeds that the check tries. Healthy nets have 0.60 to 0.78. Tanh and
#   sigmoid are slow: give them Adam. *(2 points)*

# %% [markdown] task="unseen-dense" lang="ru" of="75dd127cffc2"
# ## 8. Сеть, которой никто не видел (12 минут, 4 балла)
#
# Следующая сеть Миши раскладывает дома по четырём ценовым группам, от 0 до 3. Её написал генератор и заложил
# три или четыре ошибки; каждому числу — своя сеть. Возьмите `unseen.dense(14)` ниже или своё число.
# Скопируйте код в ячейку ответа и чините там.
#
# Напоминание: `Dropout(r)` при обучении выключает долю r нейронов и ставится между скрытыми слоями; одному верному
# классу из четырёх нужен softmax с `sparse_categorical_crossentropy`.
#
# Напишите исправленную `unseen_net()`. Условия:
#
# * На входе 39 сырых регрессоров; на выходе четыре вероятности или логиты, о которых знает функция потерь
#   (`from_logits=True`); метки — целые числа, `unseen.price_bands()`.
# * Не меньше двух скрытых слоёв, каждый с нелинейной активацией, все слои обучаемы; ошибок в устройстве
#   сети (выход, функция потерь, инициализация, дропаут, активации) не осталось. *(2 балла)*
# * Каждая обучаемая переменная сдвигается за три шага обучения. Каждый вызов возвращает новую сеть; после 40
#   эпох с батчами по 32 доля верных ответов на отложенной выборке больше, чем 0.557 у линейной модели, с каждым
#   из двух зёрен, которые берёт проверка. У здоровых сетей от 0.60
#   до 0.78. Tanh и сигмоида учатся медленно: дайте им Adam. *(2 балла)*

# %% id="the-unseen"
unseen.dense(14)

# %% task="unseen-dense" answer exhibits="unseen_net"
unseen_net = unseen.dense(14).make
### BEGIN SOLUTION


def unseen_net():
    net = keras.Sequential()
    net.add(keras.Input((39,)))
    net.add(layers.BatchNormalization())
    net.add(layers.Dense(48, activation="relu"))
    net.add(layers.Dropout(0.2))
    net.add(layers.Dense(32, activation="relu"))
    net.add(layers.Dense(4, activation="softmax"))
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return net


### END SOLUTION

# %% setup
BANDS = unseen.price_bands()
SORTING = autograder.Task(kind="classification", classes=4, input_shape=(39,))

# %% task="unseen-dense" test points=2
with task("unseen-dense"):
    checks.hidden(unseen_net, task=SORTING, layers=2)
    checks.model(unseen_net, task=SORTING)

# %% task="unseen-dense" test points=2 id="unseen-dense-skill"
with task("unseen-dense"):
    checks.hidden(unseen_net, task=SORTING, layers=2)
    checks.learns(unseen_net, BANDS.x_train[:64], BANDS.y_train[:64], task=SORTING, steps=3)
    ### BEGIN HIDDEN TESTS
    checks.learns(unseen_net, BANDS.x_train[64:128], BANDS.y_train[64:128], task=SORTING, steps=3)
    ### END HIDDEN TESTS
    checks.skill(
        unseen_net,
        BANDS,
        task=SORTING,
        beats=unseen.LINEAR,
        metric="accuracy",
        epochs=40,
        seeds=(0, 1),
    )

# %% [markdown] id="what-was-wrong" lang="en"
# Done? Then compare with what the generator had hidden, and with what a linear model can do:

# %% [markdown] id="what-was-wrong" lang="ru" of="1c432f6b2391"
# Готово? Тогда сравните с тем, что спрятал генератор, и с тем, что может линейная модель:

# %% id="the-unseen-faults"
print(sorted(unseen.dense(14).faults), round(data.linear_baseline(BANDS), 3))

# %% [markdown] id="xray-unseen" lang="en"
# The same on an X-ray of the net as it was. What is wrong stands under its layer, sealed until the checks of your repair are green.

# %% [markdown] id="xray-unseen" lang="ru" of="421845eab446"
# То же на рентгене сети, какой она была. Ошибки стоят под своими слоями и запечатаны, пока проверки вашей починки не станут зелёными.

# %% id="xray-unseen-run"
posed = unseen.dense(14).make()
opened = checks.sealed("unseen-dense", posed, SORTING)
autograder.xray(posed, BANDS.x_test[:64], findings=opened)

# %% [markdown] id="outro" lang="en"
# More of them: `unseen.dense(8)`, `unseen.dense(9)`, … There is no end to them, as in life.

# %% [markdown] id="outro" lang="ru" of="f5914bc82ee2"
# Ещё такие же: `unseen.dense(8)`, `unseen.dense(9)`, … Они не кончаются, как и в жизни.
