"""The student's side: values -> a document.

Plain data and arrays cross as exact base types; Keras models as what :mod:`apart` makes of them;
everything else stays where it is, and a handle crosses. Objects that live on (models, layers,
variables, whatever has a handle) keep their number until the judge's side has nothing of that
number any more, so that what is shared stays shared.

A value in a document is a JSON number, text, true, false or null, or a dict with its kind in "k".
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

import numpy as np

from autograder.errors import CheckFailed, CouldNotCheck
from autograder.exhibits import parcel
from autograder.exhibits.expecting import expected
from autograder.messages import msg

MAX_ITEMS = 500_000
MAX_DEPTH = 60
_MAX_TEXT = 4 << 20


class Sender:
    """Numbers what lives on; :meth:`parcel` makes bytes of a value.

    ``theirs(thing)`` is the other side's number of a thing that came from there, or None. ``lends``:
    whether handles of what is only here may cross; the judge lends nothing.
    """

    def __init__(self, theirs=lambda thing: None, lends: bool = True):
        self.theirs, self.lends = theirs, lends
        self._numbers: dict[int, int] = {}  # id(object) -> its number
        self.objects: list = []  # by number; held, so that no id is given twice; None when forgotten
        self.defined: set[int] = set()  # numbers whose definition has crossed

    def parcel(self, value) -> bytes:
        """Bytes of ``value``. Raises CheckFailed for what is too large or too deep."""
        return self.pack(lambda letter: letter.value(value))

    def pack(self, write) -> bytes:
        """Bytes of the document that ``write(letter)`` makes."""
        letter = Letter(self)
        document = write(letter)
        body = parcel.pack({"value": document, "live": letter.definitions}, letter.arrays)
        self.defined.update(letter.definitions)
        return body

    def number(self, thing) -> int:
        n = self._numbers.get(id(thing))
        if n is None:
            n = self._numbers[id(thing)] = len(self.objects)
            self.objects.append(thing)
        return n

    def forget(self, numbers) -> None:
        """The other side has nothing of these ``numbers`` any more: what comes again is new."""
        for n in self.defined.intersection(numbers):
            self.defined.discard(n)
            del self._numbers[id(self.objects[n])]
            self.objects[n] = None


class Letter:
    """One message: the arrays beside it, and the definitions of live objects new in it."""

    def __init__(self, sender: Sender):
        self.sender = sender
        self.arrays: list[np.ndarray] = []
        self.definitions: dict[int, dict] = {}
        self._seen: dict[int, int] = {}  # containers of this message
        self._held: list = []
        self._items = 0
        self._depth = 0

    def value(self, value):
        self._items += 1
        if self._items > MAX_ITEMS:
            raise CheckFailed(
                msg("Expected: an answer of at most {n:,} items. Found: more.", n=MAX_ITEMS)
            )
        kind = type(value)
        if value is None or kind is bool or kind is float:
            return value
        if kind is int:
            return _integer(value)
        if kind is str:
            return _text(value)
        if kind is complex:
            return {"k": "complex", "v": [value.real, value.imag]}
        if kind is bytes:
            return {"k": "bytes", "v": _text(value.hex())}
        number = self.sender.theirs(value)
        if number is not None:
            return {"k": "yours", "n": number}
        if isinstance(value, np.generic):
            return self.array(np.array(value, subok=False), "scalar")
        if isinstance(value, np.ndarray):
            return self.array(np.array(value, subok=False), "array")
        if kind is slice:
            return {"k": "slice", "v": [self.value(v) for v in _parts(value)]}
        if isinstance(value, (Mapping, list, tuple, set, frozenset)):
            return self._container(value)
        if isinstance(value, (bool, int, float, str)):  # a subclass, such as an enum
            base = next(b for b in (int, float, str) if isinstance(value, b))
            return self.value(base(value))
        if kind.__module__ == "fractions":
            return float(value)
        if "keras" in sys.modules and kind.__module__.split(".")[0] != "builtins":
            found = self._keras(value)
            if found is not None:
                return found
        return self.handle(value)

    def array(self, value: np.ndarray, kind: str) -> dict:
        """An array of a ``kind`` ('array', 'scalar', 'tensor'); a handle where it cannot cross."""
        if parcel.fits(value):
            self.arrays.append(value)
            return {"k": kind, "a": len(self.arrays) - 1}
        if value.dtype.kind in "OUS" and value.size <= MAX_ITEMS:
            word = "U" if value.dtype.kind == "U" else "O"
            items = [self.value(v) for v in value.ravel().tolist()]
            return {"k": "objects", "shape": list(value.shape), "v": items, "dtype": word}
        if value.dtype.name == "bfloat16":
            return self.array(value.astype(np.float32), kind)
        if value.dtype == np.longdouble:
            return self.array(value.astype(np.float64), kind)
        return self.handle(value)

    def _container(self, value):
        known = self._seen.get(id(value))
        if known is not None:
            return {"k": "same", "n": known}
        n = self._seen[id(value)] = len(self._held)
        self._held.append(value)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise CheckFailed(
                msg("Expected: plain data. Found: a container nested {n} deep.", n=MAX_DEPTH)
            )
        if isinstance(value, Mapping):
            pairs = dict.items(value) if isinstance(value, dict) else value.items()
            found = {"k": "dict", "v": [[self.value(k), self.value(v)] for k, v in pairs]}
        else:
            kind = next(
                name
                for name, base in (("list", list), ("tuple", tuple), ("set", (set, frozenset)))
                if isinstance(value, base)
            )
            base = {"list": list, "tuple": tuple}.get(kind) or (
                set if isinstance(value, set) else frozenset
            )
            found = {"k": kind, "v": [self.value(v) for v in base.__iter__(value)]}
        self._depth -= 1
        return {**found, "n": n}

    def _keras(self, value):
        """What crosses of Keras and TensorFlow; None for what has no better form than a handle."""
        import keras

        if isinstance(value, keras.KerasTensor):
            return None
        if isinstance(value, keras.Variable) or keras.ops.is_tensor(value):
            try:
                array = np.array(keras.ops.convert_to_numpy(value), subok=False)
            except Exception:  # symbolic, ragged, of texts: no array
                return None
            return self.array(array, "tensor")
        if isinstance(value, keras.Model):
            return self._model(value)
        return None

    def _model(self, model):
        from autograder.exhibits import apart

        before = dict(self.definitions), len(self.arrays)
        try:
            return apart.Taker(self, expected()).model(model)
        except apart.Untraceable as reason:
            self.definitions = before[0]
            del self.arrays[before[1] :]
            return self.handle(model, why=str(reason)[:300])

    def handle(self, value, **more):
        """A handle: what kind of thing it is, what it is called, whether it can be called."""
        if not self.sender.lends:
            raise CouldNotCheck(
                msg("Could not check: a {kind} cannot be lent.", kind=type(value).__name__)
            )
        n = self.sender.number(value)
        name = getattr(value, "__name__", None)
        return {
            "k": "handle",
            "n": n,
            "type": str(type(value).__name__)[:80],
            "name": name[:80] if type(name) is str else None,
            "callable": callable(value),
            **more,
        }

    def live(self, thing, define):
        """A reference to an object that lives on; ``define()`` describes it, once."""
        n = self.sender.number(thing)
        if n not in self.sender.defined and n not in self.definitions:
            self.definitions[n] = {}  # being made
            self.definitions[n] = define()
        return {"k": "live", "n": n}


def _parts(value):
    return value.start, value.stop, value.step


def _integer(value):
    if -(1 << 53) < value < 1 << 53:
        return value
    if value.bit_length() > 10_000:
        raise CheckFailed(
            msg("Expected: a number. Found: an integer of {n:,} bits.", n=value.bit_length())
        )
    return {"k": "int", "v": hex(value)}


def _text(value):
    if len(value) > _MAX_TEXT:
        raise CheckFailed(
            msg("Expected: a text of at most {most:,} characters. Found: {n:,}.",
                most=_MAX_TEXT, n=len(value))
        )  # fmt: skip
    return value
