"""Models in files: saved ones, and those that a Python program makes.

A program is read, not run: its statements are followed as far as they make layers and models of
Keras out of plain values. Nothing else is called, no file or address is opened, nothing is trained.
What hangs on data is not known, and the notes say what was taken instead.
"""

from __future__ import annotations

import ast
import operator
from dataclasses import dataclass, field
from pathlib import Path

from autograder.errors import Problem
from autograder.faults import construction
from autograder.faults.diagnosis import Diagnosis
from autograder.messages import Message, msg

_MOST_STEPS, _MOST_CALLS = 50_000, 20
_STAND_IN = 10  # units or classes that only the data would tell


def diagnose_file(path: Path, task, settings) -> Diagnosis:
    """The Diagnosis of a saved model or of the models of a program. Raises Problem for other files."""
    from autograder.faults.inspecting import diagnose

    if not path.is_file():
        raise Problem(
            msg("{path}: expected a file. Received: there is none. Check the path.", path=path),
            exit_code=2,
        )
    if path.suffix == ".py":
        return _program(path, task, settings)
    if path.suffix not in (".keras", ".h5", ".hdf5", ".json"):
        raise Problem(
            msg(
                "{path}: expected a model (.keras, .h5, .json) or a Python program (.py). Received: "
                "{suffix}. Save the model with `model.save('net.keras')`.",
                path=path,
                suffix=path.suffix or msg("no ending"),
            ),
            exit_code=2,
        )
    return diagnose(_saved(path), task, **settings)


def _saved(path: Path):
    import keras

    try:
        if path.suffix == ".json":
            return keras.models.model_from_json(path.read_text(encoding="utf-8"))
        return keras.models.load_model(path)
    except Exception as error:  # Keras raises what it likes on files that are no models
        raise Problem(
            msg(
                "{path}: expected a model of Keras. Received: {reason}. A model with layers of its own: "
                "diagnose it in Python, `autograder.diagnose(model)`.",
                path=path,
                reason=" ".join(str(error).split())[:200].rstrip("."),
            ),
            exit_code=2,
        ) from None


def _program(path: Path, task, settings) -> Diagnosis:
    from autograder.faults.inspecting import diagnose
    from autograder.reading._unchanged import same_randomness

    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeDecodeError, ValueError) as error:
        raise Problem(
            msg(
                "{path}: expected a Python program. Received: {reason} (line {line}).",
                path=path,
                reason=getattr(error, "msg", None) or type(error).__name__,
                line=getattr(error, "lineno", None) or "?",
            ),
            exit_code=2,
        ) from None
    with same_randomness(), construction.with_frames():
        reader = Reader(settings["input_shape"])
        reader.read(tree)
        made = reader.made
        broken = [m for m in made if m.error is not None]
        if broken:
            first = broken[0]
            report = construction.failed(first.error, path.name, task, first.line)
            return _with_notes(report, reader.notes)
        inner = {id(x) for m in made for x in getattr(m.model, "layers", ())}
        whole = [m for m in made if id(m.model) not in inner]
        if not whole:
            return Diagnosis(
                [],
                [
                    msg("{path}: no model of Keras was found in it.", path=path.name),
                    *reader.notes,
                ],
                None,
                path.name,
            )
        compiled = [m for m in whole if getattr(m.model, "loss", None) is not None]
        chosen = (compiled or whole)[-1]
        report = diagnose(chosen.model, task, **settings)
    notes = [
        msg(
            "Line {line}: another model of the program, `{name}`, was not inspected.",
            line=m.line,
            name=getattr(m.model, "name", "?"),
        )
        for m in whole
        if m is not chosen
    ]
    return _with_notes(report, [*notes, *reader.notes])


def _with_notes(report: Diagnosis, notes: list[Message]) -> Diagnosis:
    kept = list(dict.fromkeys([*report.notes, *notes]))
    return Diagnosis(report.findings, kept, report.unread, report.name, report.graph)


# -- following a program --------------------------------------------------------------------------


class _Unknown:
    """What only running the program could tell. Everything made of it is unknown too."""

    def __repr__(self):
        return "?"


UNKNOWN = _Unknown()


@dataclass(frozen=True)
class _Keras:
    """A name inside Keras that is no class or function yet: ``keras.layers``."""

    path: tuple[str, ...] = ()


@dataclass
class _Function:
    node: object
    scope: dict


@dataclass
class Made:
    """A model of the program and the line that began it; error where its construction stopped."""

    model: object
    line: int
    error: BaseException | None = None


class _Return(Exception):
    def __init__(self, value):
        self.value = value


class _Enough(Exception):
    """The program asks for more steps than a reading takes."""


_MODULES = {
    "layers", "models", "optimizers", "losses", "regularizers", "initializers", "activations",
    "metrics", "constraints", "applications", "Model", "Sequential", "Input",
}  # fmt: skip
_OLD_MODULES = ("core", "convolutional", "pooling", "normalization", "recurrent", "embeddings",
                "merge", "advanced_activations", "noise", "wrappers", "local")  # fmt: skip
_OLD_NAMES = {
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D",
    "Deconvolution2D": "Conv2DTranspose",
    "CuDNNLSTM": "LSTM",
    "CuDNNGRU": "GRU",
}
_OLD_WORDS = {
    "output_dim": "units",
    "nb_filter": "filters",
    "border_mode": "padding",
    "subsample": "strides",
    "init": "kernel_initializer",
    "W_regularizer": "kernel_regularizer",
    "b_regularizer": "bias_regularizer",
    "p": "rate",
    "bias": "use_bias",
    "filter_length": "kernel_size",
    "pool_length": "pool_size",
    "lr": "learning_rate",
    "input_dtype": None,
    "weights": None,
    "dim_ordering": None,
    "decay": None,
}
_OLD_LOSSES = {"log_loss": "binary_crossentropy", "cosine_proximity": "cosine_similarity"}
_OPERATORS = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow,
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b, ast.NotIn: lambda a, b: a not in b,
    ast.Is: operator.is_, ast.IsNot: operator.is_not,
}  # fmt: skip
_BUILTINS = {
    "range": range, "len": len, "int": int, "float": float, "list": list, "tuple": tuple,
    "zip": zip, "enumerate": enumerate, "min": min, "max": max, "sum": sum, "round": round,
    "reversed": reversed, "sorted": sorted, "str": str, "dict": dict, "bool": bool, "abs": abs,
}  # fmt: skip


@dataclass
class Reader:
    """Follows a program. made: its models, first to last; notes: what was not known.

    input_shape: of one sample, for a program that takes it from its data.
    """

    input_shape: tuple[int, ...] | None = None
    made: list[Made] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)
    steps: int = 0
    depth: int = 0
    called: set = field(default_factory=set)

    def read(self, tree: ast.Module) -> None:
        scope = {"__name__": "__main__"}
        try:
            self._block(tree.body, scope)
            for thing in [v for v in scope.values() if isinstance(v, _Function)]:
                if id(thing.node) not in self.called and not self.made:
                    self._call_function(thing, [], {})
        except _Enough:
            self._note(0, msg("the program is too long to be followed to its end"))
        except _Return:
            pass

    def _note(self, line, what: Message):
        self.notes.append(msg("Line {line}: {what}.", line=line or "?", what=what))

    # -- statements ------------------------------------------------------------------------------

    def _block(self, body, scope):
        for statement in body:
            self.steps += 1
            if self.steps > _MOST_STEPS:
                raise _Enough
            try:
                self._statement(statement, scope)
            except (_Return, _Enough):
                raise
            except Exception as error:
                if not self._stopped(error, statement):
                    continue

    def _stopped(self, error, statement) -> bool:
        """Remembers an exception that a layer of Keras raised; others belong to what is unknown."""
        if construction.findings_of(error):
            model = next((m for m in reversed(self.made) if m.error is None), None)
            line = getattr(error, "program_line", statement.lineno)
            if model is not None and not getattr(model.model, "built", True):
                model.error, model.line = error, line
            elif not any(m.error for m in self.made):
                self.made.append(Made(None, line, error))
            return True
        return False

    def _statement(self, node, scope):
        kind = type(node).__name__
        method = getattr(self, f"_do_{kind}", None)
        if method is not None:
            method(node, scope)

    def _do_Import(self, node, scope):
        for name in node.names:
            bound = name.asname or name.name.split(".")[0]
            path = name.name if name.asname else name.name.split(".")[0]
            scope[bound] = _module(path)

    def _do_ImportFrom(self, node, scope):
        for name in node.names:
            if name.name == "*":
                if isinstance(home := _module(node.module or ""), _Keras):
                    scope.update(_everything(home))
                continue
            home = _module(node.module or "")
            scope[name.asname or name.name] = self._attribute(home, name.name)

    def _do_Assign(self, node, scope):
        value = self._value(node.value, scope)
        for target in node.targets:
            self._bind(target, value, scope)

    def _do_AnnAssign(self, node, scope):
        if node.value is not None:
            self._bind(node.target, self._value(node.value, scope), scope)

    def _do_AugAssign(self, node, scope):
        if isinstance(node.target, ast.Name):
            before = scope.get(node.target.id, UNKNOWN)
            after = self._value(node.value, scope)
            scope[node.target.id] = self._combined(type(node.op), before, after)

    def _do_Expr(self, node, scope):
        self._value(node.value, scope)

    def _do_For(self, node, scope):
        items = self._value(node.iter, scope)
        if items is UNKNOWN:
            return
        for item in list(items)[:200]:
            self._bind(node.target, item, scope)
            self._block(node.body, scope)

    def _do_If(self, node, scope):
        test = self._value(node.test, scope)
        self._block(node.body if test is UNKNOWN or test else node.orelse, scope)

    def _do_With(self, node, scope):
        self._block(node.body, scope)

    def _do_Try(self, node, scope):
        self._block(node.body, scope)

    def _do_FunctionDef(self, node, scope):
        scope[node.name] = _Function(node, scope)

    def _do_Return(self, node, scope):
        raise _Return(UNKNOWN if node.value is None else self._value(node.value, scope))

    def _bind(self, target, value, scope):
        if isinstance(target, ast.Name):
            scope[target.id] = value
        elif isinstance(target, (ast.Tuple, ast.List)):
            items = list(value) if isinstance(value, (list, tuple)) else []
            if len(items) != len(target.elts):
                items = [UNKNOWN] * len(target.elts)
            for part, item in zip(target.elts, items, strict=True):
                self._bind(part, item, scope)

    # -- expressions -----------------------------------------------------------------------------

    def _value(self, node, scope):
        self.steps += 1
        if self.steps > _MOST_STEPS:
            raise _Enough
        method = getattr(self, f"_of_{type(node).__name__}", None)
        return UNKNOWN if method is None else method(node, scope)

    def _of_Constant(self, node, scope):
        return node.value

    def _of_Name(self, node, scope):
        if node.id in scope:
            return scope[node.id]
        return _BUILTINS.get(node.id, UNKNOWN)

    def _of_Tuple(self, node, scope):
        return tuple(self._items(node.elts, scope))

    def _of_List(self, node, scope):
        return self._items(node.elts, scope)

    def _items(self, nodes, scope):
        made = []
        for node in nodes:
            value = self._value(node.value if isinstance(node, ast.Starred) else node, scope)
            if isinstance(node, ast.Starred) and isinstance(value, (list, tuple)):
                made.extend(value)
            else:
                made.append(value)
        return made

    def _of_Dict(self, node, scope):
        pairs = zip(node.keys, node.values, strict=True)
        return {self._value(k, scope): self._value(v, scope) for k, v in pairs if k is not None}

    def _of_BinOp(self, node, scope):
        return self._combined(
            type(node.op), self._value(node.left, scope), self._value(node.right, scope)
        )

    def _of_UnaryOp(self, node, scope):
        value = self._value(node.operand, scope)
        if value is UNKNOWN:
            return UNKNOWN
        if isinstance(node.op, ast.USub):
            return -value
        return (not value) if isinstance(node.op, ast.Not) else UNKNOWN

    def _of_Compare(self, node, scope):
        left, right = self._value(node.left, scope), self._value(node.comparators[0], scope)
        return self._combined(type(node.ops[0]), left, right)

    def _of_BoolOp(self, node, scope):
        values = [self._value(v, scope) for v in node.values]
        if any(v is UNKNOWN for v in values):
            return UNKNOWN
        return all(values) if isinstance(node.op, ast.And) else any(values)

    def _of_IfExp(self, node, scope):
        test = self._value(node.test, scope)
        return self._value(node.body if test is UNKNOWN or test else node.orelse, scope)

    def _of_Subscript(self, node, scope):
        value, index = self._value(node.value, scope), self._value(node.slice, scope)
        if isinstance(value, (list, tuple, dict, str)) and index is not UNKNOWN:
            return value[index]
        return UNKNOWN

    def _of_Slice(self, node, scope):
        parts = [
            None if p is None else self._value(p, scope)
            for p in (node.lower, node.upper, node.step)
        ]
        return UNKNOWN if any(p is UNKNOWN for p in parts) else slice(*parts)

    def _of_ListComp(self, node, scope):
        (loop, *more) = node.generators
        items = self._value(loop.iter, scope)
        if items is UNKNOWN or more:
            return UNKNOWN
        made = []
        for item in list(items)[:200]:
            inner = dict(scope)
            self._bind(loop.target, item, inner)
            made.append(self._value(node.elt, inner))
        return made

    _of_GeneratorExp = _of_ListComp

    def _of_JoinedStr(self, node, scope):
        return UNKNOWN

    def _of_Lambda(self, node, scope):
        return UNKNOWN

    def _of_Attribute(self, node, scope):
        return self._attribute(self._value(node.value, scope), node.attr)

    def _combined(self, kind, left, right):
        if left is UNKNOWN or right is UNKNOWN or kind not in _OPERATORS:
            return UNKNOWN
        plain = (int, float, str, tuple, list, dict, type(None))
        big = isinstance(right, (int, float)) and abs(right) > 10_000
        if not isinstance(left, plain) or not isinstance(right, plain):
            return UNKNOWN
        if kind in (ast.Pow, ast.Mult) and big and not isinstance(left, (int, float)):
            return UNKNOWN
        if kind is ast.Pow and (big or abs(left) > 1e6):
            return UNKNOWN
        return _OPERATORS[kind](left, right)

    def _attribute(self, home, name):
        if isinstance(home, _Keras):
            return _in_keras(home, name)
        if _is_tensor(home) and name == "shape":
            return tuple(home.shape)
        if _is_model(home) and name in ("output", "input", "layers"):
            return getattr(home, name)
        if _is_layer(home) and name == "output":
            return home.output
        return (home, name) if isinstance(home, list) or _is_model(home) else UNKNOWN

    # -- calls -----------------------------------------------------------------------------------

    def _of_Call(self, node, scope):
        if isinstance(node.func, ast.Attribute):
            name = node.func.attr
            if name in ("image_data_format", "image_dim_ordering"):
                return "channels_last" if name == "image_data_format" else "tf"
        target = self._value(node.func, scope)
        args = self._items(node.args, scope)
        words = {k.arg: self._value(k.value, scope) for k in node.keywords if k.arg}
        for keyword in node.keywords:  # **settings
            if keyword.arg is None and isinstance(more := self._value(keyword.value, scope), dict):
                words |= {k: v for k, v in more.items() if isinstance(k, str)}
        if isinstance(target, _Function):
            return self._call_function(target, args, words)
        if isinstance(target, tuple) and len(target) == 2 and isinstance(target[1], str):
            return self._method(*target, args, words, node.lineno)
        if target in _BUILTINS.values():
            return UNKNOWN if any(a is UNKNOWN for a in args) else target(*args, **words)
        if target is UNKNOWN or not callable(target):
            return UNKNOWN
        if _is_layer(target):
            return self._apply(target, args, words, node.lineno)
        return self._make(target, args, words, node.lineno)

    def _call_function(self, function, args, words):
        if self.depth >= _MOST_CALLS:
            return UNKNOWN
        self.called.add(id(function.node))
        scope = dict(function.scope)
        names = [a.arg for a in function.node.args.args]
        defaults = function.node.args.defaults
        given = dict(zip(names, args, strict=False)) | words
        late = names[len(names) - len(defaults) :]
        for name in names:
            if name in given:
                scope[name] = given[name]
            elif name in late:
                scope[name] = self._value(defaults[late.index(name)], function.scope)
            else:
                scope[name] = UNKNOWN
        for a, d in zip(function.node.args.kwonlyargs, function.node.args.kw_defaults, strict=True):
            scope[a.arg] = given.get(a.arg, UNKNOWN if d is None else self._value(d, scope))
        self.depth += 1
        try:
            self._block(function.node.body, scope)
        except _Return as back:
            return back.value
        finally:
            self.depth -= 1
        return UNKNOWN

    def _method(self, home, name, args, words, line):
        if isinstance(home, list) and name in ("append", "extend", "insert"):
            getattr(home, name)(*args)
            return None
        if _is_model(home) and name == "add" and args:
            if args[0] is UNKNOWN:
                self._note(line, msg("a layer was passed over: it is not known without running"))
                return None
            return self._at(line, lambda: home.add(args[0]))
        if _is_model(home) and name == "compile":
            return self._compile(home, args, words, line)
        return UNKNOWN

    def _compile(self, model, args, words, line):
        given = {**dict(zip(("optimizer", "loss"), args, strict=False)), **words}
        loss, optimizer = given.get("loss"), given.get("optimizer", "rmsprop")
        if loss is UNKNOWN or loss is None:
            self._note(line, msg("the loss is not known without running the program"))
            return None
        if optimizer is UNKNOWN:
            self._note(line, msg("the optimiser is not known without running the program"))
            optimizer = "rmsprop"
        if isinstance(loss, str):
            loss = _OLD_LOSSES.get(loss, loss)
        metrics = given.get("metrics")
        known = [m for m in metrics if m is not UNKNOWN] if isinstance(metrics, list) else None
        model.compile(optimizer=optimizer, loss=loss, metrics=known)
        return None

    def _apply(self, layer, args, words, line):
        tensors = args[0] if args else UNKNOWN
        if isinstance(tensors, tuple):
            tensors = list(tensors)
        parts = tensors if isinstance(tensors, list) else [tensors]
        if any(not _is_tensor(t) for t in parts):
            return UNKNOWN
        return self._at(line, lambda: layer(tensors))

    def _make(self, target, args, words, line):
        name = getattr(target, "__name__", "")
        args, words = _modern(name, args, words)
        begins = name in ("Sequential", "Model", "Functional")
        for place in ("input_shape", "shape", "batch_input_shape", "input_dim"):
            if place in words and not _known(words[place]):
                words[place] = self._input(line, place, words[place])
        if name in ("Input", "InputLayer") and args and not _known(args[0]):
            args = [self._input(line, "shape", args[0]), *args[1:]]
        words = {k: v for k, v in words.items() if v is not UNKNOWN and v is not _DROP}
        if not begins and any(a is UNKNOWN for a in args):
            self._note(
                line,
                msg(
                    "an argument of `{name}` is not known without running the program; {n} was taken",
                    name=name,
                    n=_STAND_IN,
                ),
            )
            args = [_STAND_IN if a is UNKNOWN else a for a in args]
        if not begins and "units" not in words and name == "Dense" and not args:
            words["units"] = _STAND_IN
            self._note(line, msg("the number of units is not known; {n} was taken", n=_STAND_IN))
        if begins and args and isinstance(args[0], list):
            args = [[a for a in args[0] if a is not UNKNOWN], *args[1:]]
        if getattr(target, "__module__", "").startswith("keras.src.applications"):
            words["weights"] = None  # nothing is fetched
        made = self._at(line, lambda: target(*args, **words))
        if _is_model(made):
            self.made.append(Made(made, line))
        return made

    def _input(self, line, name, value):
        shape = self.input_shape
        if not shape:
            self._note(line, msg("the shape of the input hangs on data; say it with `input_shape`"))
            return _DROP
        if name == "input_dim":
            return shape[-1]
        return (None, *shape) if name == "batch_input_shape" else tuple(shape)

    def _at(self, line, act):
        try:
            return act()
        except Exception as error:
            error.program_line = line
            raise


_DROP = _Unknown()


def _known(value) -> bool:
    if isinstance(value, (list, tuple)):
        return all(_known(v) for v in value)
    return not isinstance(value, _Unknown)


def _module(path: str):
    parts = [p for p in path.split(".") if p not in ("python", "api", "src", "_v2", "engine")]
    if parts[:1] == ["tensorflow"]:
        parts = parts[1:]
        if not parts:
            return _Keras(("tensorflow",))
        if parts[0] != "keras":
            return UNKNOWN
    if parts[:1] not in (["keras"], ["tf_keras"]):
        return UNKNOWN
    home = _Keras()
    for part in parts[1:]:
        home = _in_keras(home, part)
    return home


def _in_keras(home: _Keras, name: str):
    import keras

    if home.path == ("tensorflow",):
        return _Keras() if name == "keras" else UNKNOWN
    if name in _OLD_MODULES and home.path in ((), ("layers",)):
        return _Keras(("layers",))
    if not home.path:
        if name not in _MODULES:
            return UNKNOWN
        if name in ("Model", "Sequential", "Input"):
            return getattr(keras, name)
        return _Keras((name,))
    module = keras
    for part in home.path:
        module = getattr(module, part, None)
    name = _OLD_NAMES.get(name, name)
    if name == "Input" or (home.path == ("models",) and name in ("Model", "Sequential")):
        return getattr(keras, name)
    found = getattr(module, name, None)
    if home.path[0] == "models" or found is None:
        return UNKNOWN
    if type(found).__name__ == "module":
        return _Keras((*home.path, name))
    return found


def _everything(home: _Keras) -> dict:
    import keras

    module = keras
    for part in home.path:
        module = getattr(module, part)
    return {name: _in_keras(home, name) for name in dir(module) if not name.startswith("_")}


def _modern(name, args, words):
    """Arguments of Keras 1 and 2 as Keras 3 takes them."""
    words = {_OLD_WORDS.get(k, k): v for k, v in words.items() if _OLD_WORDS.get(k, k)}
    if name == "Conv2D" and len(args) >= 3 and all(isinstance(a, int) for a in args[1:3]):
        args = [args[0], (args[1], args[2]), *args[3:]]
    if name == "Conv2D" and "nb_row" in words:
        words["kernel_size"] = (words.pop("nb_row"), words.pop("nb_col", 1))
    if name == "Model":
        words = {{"input": "inputs", "output": "outputs"}.get(k, k): v for k, v in words.items()}
    if "kernel_initializer" in words and words["kernel_initializer"] in ("uniform", "normal"):
        words["kernel_initializer"] = f"random_{words['kernel_initializer']}"
    return list(args), words


def _is_tensor(thing) -> bool:
    from keras import KerasTensor

    return isinstance(thing, KerasTensor)


def _is_layer(thing) -> bool:
    from keras import Layer

    return isinstance(thing, Layer)


def _is_model(thing) -> bool:
    from keras import Model

    return isinstance(thing, Model)
