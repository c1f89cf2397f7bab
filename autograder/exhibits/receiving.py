"""The judge's side: a document -> values of exact base types, models built here, and handles.

Every part of a document is a claim of a student's process, and is taken for no more.
"""

from __future__ import annotations

import math
import weakref

import numpy as np

from autograder.errors import CheckFailed, CouldNotCheck
from autograder.messages import msg


class Receiver:
    """Makes values of documents.

    ``handle(n, document)`` makes the handle of a live object; ``lent`` is the list of objects, by
    number, whose handles the other side was given.
    """

    def __init__(self, handle=None, lent=()):
        self._handle = handle
        self.lent = lent
        self._live: dict[int, weakref.ref] = {}  # models, layers, variables by the sender's number
        self._numbers: dict[int, int] = {}  # id(object of ours) -> the sender's number
        self._handles: dict[int, object] = {}

    def value(self, document, arrays):
        """The value that a parcel holds.

        Raises CheckFailed for what is more than may be built, CouldNotCheck for what cannot be
        built: nonsense, or a net that is honest and beyond us, which must not cost a mark.
        """
        try:
            return self._value(document, arrays)
        except (CheckFailed, CouldNotCheck):
            raise
        except RecursionError:
            raise CheckFailed(
                msg("Expected: a model of a few hundred layers. Found: too many to follow.")
            ) from None
        except Exception as error:
            raise CouldNotCheck(
                msg(
                    "Could not check: what was found cannot be built again here ({kind}: {text}). "
                    "Your instructor will look at it.",
                    kind=type(error).__name__,
                    text=" ".join(str(error).split())[:200],
                )
            ) from error

    def _value(self, document, arrays):
        definitions = {int(n): d for n, d in document["live"].items()}
        return _Reading(self, arrays, definitions).value(document["value"])

    def number_of(self, thing) -> int | None:
        n = self._numbers.get(id(thing))
        if n is None or (self.live(n) is not thing and self._handles.get(n) is not thing):
            return None  # an id may be another object's by now
        return n

    def live(self, n: int):
        """What was built as number ``n``, None if it is gone."""
        known = self._live.get(n)
        return known() if known is not None else None

    def survey(self) -> tuple[list[int], list]:
        """The numbers of what was built and is gone, which are told once, and what is there. As long
        as a question is under way this must be held: the answer may name it by number alone."""
        there = {n: self.live(n) for n in self._live}
        gone = [n for n, thing in there.items() if thing is None]
        for n in gone:
            del self._live[n]
        return [n for n in gone if n not in self._handles], list(there.values())

    def handle(self, n: int, document: dict):
        if n not in self._handles:
            found = self._handles[n] = self._handle(n, document)
            self._numbers[id(found)] = n
        return self._handles[n]

    def keep(self, n: int, thing) -> None:
        self._live[n] = weakref.ref(thing)
        self._numbers[id(thing)] = n


class _Reading:
    """One document while it is read."""

    def __init__(self, receiver, arrays, definitions):
        self.receiver, self.arrays, self.definitions = receiver, arrays, definitions
        self._containers: dict[int, object] = {}
        self._builder = None

    def value(self, d):
        if not isinstance(d, dict):
            if d is None or type(d) in (bool, int, float, str):
                return d
            raise ValueError("a bare list")
        kind = d["k"]
        if kind in ("list", "tuple", "set", "dict"):
            return self._container(kind, d)
        if kind == "same":
            return self._containers[d["n"]]
        if kind == "live":
            return self.live(d["n"])
        if kind == "yours":
            return self.receiver.lent[int(d["n"])]
        if kind == "broken":
            raise CheckFailed(
                msg(
                    "`{name}` cannot be read: {kind}: {text}",
                    name=str(d["name"]),
                    kind=str(d["type"]),
                    text=str(d["text"])[:240],
                )
            )
        if kind == "handle":
            return self.receiver.handle(int(d["n"]), d)
        if kind == "array":
            return self.arrays[d["a"]]
        if kind == "scalar":
            return self.arrays[d["a"]][()]
        if kind == "tensor":
            from keras import ops

            return ops.convert_to_tensor(self.arrays[d["a"]])
        if kind == "objects":
            return self._objects(d)
        if kind == "int":
            return int(d["v"], 16)
        if kind == "complex":
            return complex(*map(float, d["v"]))
        if kind == "bytes":
            return bytes.fromhex(d["v"])
        if kind == "slice":
            return slice(*[self.value(v) for v in d["v"]])
        raise ValueError(f"kind {kind!r}")

    def _container(self, kind, d):
        if kind == "list":
            found = self._containers[d["n"]] = []
            found.extend(self.value(v) for v in d["v"])
        elif kind == "dict":
            found = self._containers[d["n"]] = {}
            for key, value in d["v"]:
                found[_hashable(self.value(key))] = self.value(value)
        elif kind == "set":
            found = self._containers[d["n"]] = {_hashable(self.value(v)) for v in d["v"]}
        else:
            found = self._containers[d["n"]] = tuple(self.value(v) for v in d["v"])
        return found

    def _objects(self, d):
        shape = [int(n) for n in d["shape"]]
        items = [self.value(v) for v in d["v"]]
        if math.prod(shape) != len(items):
            raise ValueError("shape")
        array = np.empty(len(items), object)
        array[:] = items
        return array.reshape(shape).astype(str) if d["dtype"] == "U" else array.reshape(shape)

    def live(self, n):
        n = int(n)
        known = self.receiver.live(n)
        if known is not None:
            return known
        if self._builder is None:
            from autograder.exhibits.rebuilding import Builder

            self._builder = Builder(self)
        return self._builder.model(n)


def _hashable(value):
    """A key or member; what a student's object says of its hash does not cross."""
    try:
        hash(value)
    except TypeError:
        raise ValueError("no key") from None
    return value
