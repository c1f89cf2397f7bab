"""Both ends of the wire between the process that holds a student's objects and the judge's.

The holder offers exhibits and serves what the judge asks of them; the judge sees handles, whose
calls and attributes are such questions. Messages are parcels whose document has an "op"::

    holder -> judge    offer {"cell": i, "exhibits": {name: value}}
    judge  -> holder   call {"n", "args", "kwargs", "seed", "shape"}, get {"n", "name"}, both with
                       "gone": numbers of what the judge has no more; done
    holder -> judge    answer {"seq", "value", "changed"} | {"seq", "error": {"type", "base", "text",
                       "failure", "timeout": whether the function ran too long}}

Comparing a handle, its truth, iterating it: CheckFailed, for only data can be judged like that.
"""

from __future__ import annotations

import builtins
import dataclasses
import random
import sys

import numpy as np

from autograder.errors import CheckFailed
from autograder.exhibits import parcel
from autograder.exhibits.expecting import expected, expecting
from autograder.exhibits.receiving import Receiver
from autograder.exhibits.sending import Letter, Sender
from autograder.messages import msg

_MAX_TEXT = 4000
_MUCH = 2**21  # bytes of arrays, after which both sides look for what can be freed


def _nothing() -> None:
    """Where memory is not short."""


class Holder:
    """The student's end, for one test cell. ``sock``: connected to the judge's. ``interrupt``: what
    is raised in a function that runs too long, if anything is. ``make_room()`` is called after the
    judge has dropped what was large."""

    def __init__(self, sock, interrupt: type[BaseException] | tuple[()] = (), make_room=_nothing):
        self.sock = sock
        self.interrupt = interrupt
        self.make_room = make_room
        self._sent = 0  # bytes since room was made
        self.sender = Sender()
        self.receiver = Receiver(lent=self.sender.objects)

    def offer(self, cell: int, exhibits: dict) -> None:
        """Send what the test cell may read. What cannot be sent says so when it is read."""

        def write(letter):
            found = []
            for name, value in exhibits.items():
                try:
                    found.append([name, letter.value(value)])
                except CheckFailed as refused:
                    found.append([name, _broken(name, "CheckFailed", refused.text())])
                except Exception as error:  # a student's object may do anything when it is read
                    found.append([name, _broken(name, type(error).__name__, _text(error))])
            return {"op": "offer", "cell": cell, "exhibits": {"k": "dict", "v": found, "n": -1}}

        self._send(self.sender.pack(write))

    def late(self, cell: int) -> None:
        """Say that what the test cell may read could not be read in time."""
        self._send(self.sender.pack(lambda _: {"op": "offer", "cell": cell}))

    def serve(self, during) -> dict:
        """Answer the judge until it is done; what it said last. ``during()`` is a context in which
        each of the student's functions runs. Raises Hung when the judge is gone."""
        while True:
            received = parcel.receive(self.sock)
            if received is None:
                raise parcel.Hung("the judge is gone")
            document, arrays = received
            if document["op"] == "done":
                return document
            self._send(self._answer(document, arrays, during))

    def _answer(self, document, arrays, during):
        seq = document["seq"]
        try:
            with during():
                self._forget(document["gone"])  # may run what a student wrote to end an object
                value, changed = self._do(document, arrays)
                return self.sender.pack(
                    lambda letter: {
                        "op": "answer",
                        "seq": seq,
                        "value": letter.value(value),
                        "changed": [[i, letter.value(a)] for i, a in changed],
                    }
                )
        except BaseException as error:  # the student's, whatever it is
            told = {**_error(error), "timeout": isinstance(error, self.interrupt)}
        return self.sender.pack(lambda _: {"op": "answer", "seq": seq, "error": told})

    def _forget(self, gone):
        self.sender.forget(gone)
        if gone and self._sent > _MUCH:
            self._sent = 0
            self.make_room()

    def _do(self, document, arrays):
        thing = self.sender.objects[document["n"]]
        if document["op"] == "get":
            return getattr(thing, document["name"]), []
        args = self.receiver.value({"value": document["args"], "live": {}}, arrays)
        kwargs = self.receiver.value({"value": document["kwargs"], "live": {}}, arrays)
        given = [a for a in args if isinstance(a, np.ndarray)]
        before = [a.copy() for a in given]
        _seed(document["seed"])
        if document["shape"] is None:
            value = thing(*args, **kwargs)
        else:
            from autograder.faults.construction import with_frames

            with with_frames(), expecting(tuple(document["shape"])):
                value = thing(*args, **kwargs)
                return self._built(value), []
        changed = [
            (i, now) for i, (now, was) in enumerate(zip(given, before, strict=True))
            if now.tobytes() != was.tobytes()
        ]  # fmt: skip
        return value, changed

    def _built(self, value):
        """A model is built here, where its failure shows the frames of its layers."""
        import keras

        shape = expected()
        if isinstance(value, keras.Model) and not value.built:
            value.build((None, *shape))
        return value

    def _send(self, body):
        self._sent += len(body)
        parcel.send(self.sock, body)


class Link:
    """The judge's end, for one test cell after another. ``shape``s and seeds go along with calls.
    ``make_room()`` is called before more is asked for, when much has come."""

    def __init__(self, sock, make_room=_nothing):
        self.sock = sock
        self.make_room = make_room
        self._received = 0  # bytes of arrays since room was made
        self.busy = False  # in the middle of a parcel: what follows on the wire makes no sense
        self._seq = 0
        self._begin()

    def _begin(self):
        self.receiver = Receiver(self._handle)
        self.sender = Sender(self.receiver.number_of, lends=False)

    def next_offer(self) -> tuple | None:
        """(cell, document, arrays) of the next offer; None when the holder is gone."""
        self._begin()
        while True:
            received = self._receive()
            if received is None:
                return None
            document, arrays = received
            inner = document["value"]
            if inner["op"] == "offer" and "cell" in inner:
                return inner["cell"], {**document, "value": inner.get("exhibits")}, arrays

    def exhibits(self, document, arrays) -> dict:
        """The exhibits of an offer. Raises CheckFailed, Hung, TimedOutThere."""
        if document["value"] is None:
            raise TimedOutThere
        return self.receiver.value(document, arrays)

    def done(self, **said) -> None:
        parcel.send(self.sock, parcel.pack({"op": "done", **said}, []))

    def ask(self, op, n, **more):
        """Send a question, wait for its answer; its value. Raises what the student's code raised."""
        if self._received > _MUCH:
            self._received = 0
            self.make_room()
        self._seq += 1
        arrays = more.pop("arrays", [])
        gone, held = self.receiver.survey()
        question = {"op": op, "seq": self._seq, "n": n, "gone": gone, **more}
        parcel.send(self.sock, parcel.pack(question, arrays))
        while True:
            received = self._receive()
            if received is None:
                raise parcel.Hung("the student's process is gone")
            document, arrays = received
            inner = document["value"]
            if inner["op"] == "answer" and inner.get("seq") == self._seq:
                break
        if "error" in inner:
            raise _raised(inner["error"])
        read = self.receiver
        value = read.value({**document, "value": inner["value"]}, arrays)
        changed = [
            (int(i), read.value({"value": a, "live": {}}, arrays)) for i, a in inner["changed"]
        ]
        del held
        return value, changed

    def call(self, n, args, kwargs):
        letter = Letter(self.sender)
        value, changed = self.ask(
            "call",
            n,
            args=letter.value(list(args)),
            kwargs=letter.value(dict(kwargs)),
            seed=random.getrandbits(32),
            shape=list(expected()) if expected() is not None else None,
            arrays=letter.arrays,
        )
        given = [a for a in args if isinstance(a, np.ndarray)]
        for i, now in changed:
            if now.shape == given[i].shape and now.dtype == given[i].dtype:
                given[i][...] = now
        return value

    def get(self, n, name):
        return self.ask("get", n, name=name)[0]

    def _receive(self):
        self.busy = False
        received = parcel.receive(self.sock, self._begun)
        self.busy = False  # stays as it is when a clock strikes in the middle
        if received is not None and not _is_message(received[0]):
            raise parcel.Hung("no message")
        if received is not None:
            self._received += sum(array.nbytes for array in received[1])
        return received

    def _begun(self):
        self.busy = True

    def _handle(self, n, d):
        kind, name = _word(d["type"], "object"), d.get("name")
        found = object.__new__(_handle_class(kind, bool(d["callable"])))
        object.__setattr__(found, "_link", self)
        object.__setattr__(found, "_n", n)
        object.__setattr__(found, "_why", str(d["why"])[:300] if d.get("why") else None)
        if isinstance(name, str):
            object.__setattr__(found, "__name__", _word(name, kind))
        return found


def _is_message(document) -> bool:
    """Whether a document has the frame of a holder's message; what is in it is not looked at."""
    inner = document.get("value") if isinstance(document, dict) else None
    return isinstance(inner, dict) and "op" in inner and isinstance(document.get("live"), dict)


def why_untraceable(value) -> str | None:
    """Why a model stayed where it is, when ``value`` is the handle of one; else None."""
    return object.__getattribute__(value, "_why") if isinstance(value, Handle) else None


def _refuse(self, *_, **__):
    raise CheckFailed(
        msg(
            "Expected: numbers, words, lists or dicts. Found: an object of type {kind}.",
            kind=type(self).__name__,
        )
    )


class Handle:
    """Something of a student's that stays in its process."""

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return self._link.get(self._n, name)

    def __setattr__(self, name, value):
        _refuse(self)

    def __repr__(self):
        return f"<{type(self).__name__}>"

    __hash__ = object.__hash__
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __bool__ = __len__ = __iter__ = __contains__ = __getitem__ = _refuse
    __array__ = __float__ = __int__ = __index__ = __complex__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = _refuse


def _called(self, *args, **kwargs):
    return self._link.call(self._n, args, kwargs)


_classes: dict[tuple, type] = {}


def _handle_class(kind, can_be_called):
    """A class by the name of the student's, so that messages call things what they are."""
    known = _classes.get((kind, can_be_called))
    if known is None:
        if len(_classes) > 1000:
            _classes.clear()
        names = {"__module__": __name__}
        if can_be_called:
            names["__call__"] = _called
        known = _classes[kind, can_be_called] = type(kind, (Handle,), names)
    return known


def _seed(seed):
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(seed)
    else:
        random.seed(seed)
        np.random.seed(seed)


def _broken(name, kind, text):
    return {"k": "broken", "name": name, "type": kind, "text": text}


def _text(error):
    try:
        return str(error)[:_MAX_TEXT]
    except BaseException:
        return ""


def _error(error):
    """An exception in words; of one while a net was built, what its frames tell."""
    kind = type(error)
    base = next((c.__name__ for c in kind.__mro__ if getattr(builtins, c.__name__, None) is c), "")
    told = None
    if isinstance(error, Exception) and "keras" in sys.modules:
        from autograder.faults.construction import failure

        try:
            told = dataclasses.asdict(failure(error))
            told["text"] = told["text"][:_MAX_TEXT]
        except Exception:
            told = None
    return {"type": str(kind.__name__)[:80], "base": base, "text": _text(error), "failure": told}


class TimedOutThere(BaseException):
    """The student's function ran longer than its time limit. Not an Exception: no check takes it
    for an error of the function."""


def _raised(d):
    """The exception that an error in words stands for."""
    from autograder.faults.construction import Failure

    kind = _word(d.get("type"), "Exception")
    if d.get("timeout") is True:
        return TimedOutThere()
    base = getattr(builtins, str(d.get("base")), Exception)
    if not (isinstance(base, type) and issubclass(base, BaseException)):
        base = Exception
    if base in (BaseException, KeyboardInterrupt, GeneratorExit, SystemExit):
        base = Exception if base is not SystemExit else SystemExit
    text = str(d.get("text", ""))
    names = {"__module__": __name__, "__str__": lambda self: text, "failure": None}
    cls = type(kind, (base,), names)
    error = cls.__new__(cls)
    told = d.get("failure")
    if isinstance(told, dict):
        error.failure = Failure(
            _word(told["kind"], kind),
            str(told["text"])[:_MAX_TEXT],
            None if told["layer"] is None else str(told["layer"])[:200],
            tuple(int(n) for n in told["window"])[:4],
            tuple(tuple(n if n is None else int(n) for n in s)[:8] for s in told["shapes"][:500]),
        )
    return error


def _word(text, otherwise):
    """A name of the student's, fit to be shown; exceptions and types are called by it."""
    text = str(text)[:80]
    return text if text.isprintable() and text and "`" not in text else otherwise
