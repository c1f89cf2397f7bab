"""A document (JSON) with arrays beside it, as bytes and back; what both processes send each other.

A parcel is a head (two 64-bit big-endian lengths), a JSON document ``{"value": ..., "arrays": [[dtype,
shape], ...]}`` and the arrays' bytes, one after another, in C order.
"""

from __future__ import annotations

import json
import math
import socket
import struct

import numpy as np

from autograder.errors import CheckFailed
from autograder.messages import msg

MAX_DOCUMENT = 64 << 20  # bytes of JSON
MAX_ARRAYS = 512 << 20  # bytes of all arrays together
_HEAD = struct.Struct(">QQ")
_DTYPES = {
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16",
    "float32", "float64", "complex64", "complex128",
}  # fmt: skip


class Hung(BaseException):
    """The other side is gone, or sent what is no parcel. Not an Exception: no check takes it for an
    error of the student's function."""


def fits(array: np.ndarray) -> bool:
    """Whether an array is of a kind that crosses as its bytes."""
    return array.dtype.name in _DTYPES and array.dtype.isnative


def pack(document, arrays: list[np.ndarray]) -> bytes:
    """Raises CheckFailed when it is more than may cross."""
    size = sum(a.nbytes for a in arrays)
    specs = [[a.dtype.name, list(a.shape)] for a in arrays]
    text = json.dumps({"value": document, "arrays": specs}).encode("utf-8", "surrogatepass")
    if size > MAX_ARRAYS or len(text) > MAX_DOCUMENT:
        raise CheckFailed(
            msg(
                "Expected: an answer of at most {most} MB. Found: {found} MB.",
                most=MAX_ARRAYS >> 20,
                found=(size + len(text)) >> 20,
            )
        )
    return b"".join([_HEAD.pack(len(text), size), text, *(a.tobytes() for a in arrays)])


def send(sock: socket.socket, parcel: bytes) -> None:
    try:
        sock.sendall(parcel)
    except OSError as error:
        raise Hung(str(error)) from None


def receive(sock: socket.socket, begun=lambda: None) -> tuple[object, list[np.ndarray]] | None:
    """The next (document, arrays), blocking; None when the other side hung up. Raises Hung.
    ``begun()`` is called as soon as a part of it is there."""
    head = _exactly(sock, _HEAD.size, begun)
    if head is None:
        return None
    length, size = _HEAD.unpack(head)
    if length > MAX_DOCUMENT or size > MAX_ARRAYS:
        raise Hung("too large")
    text, data = _exactly(sock, length), _exactly(sock, size)
    if text is None or data is None:
        raise Hung("cut off")
    try:
        whole = json.loads(text)
        return whole["value"], _arrays(whole["arrays"], memoryview(data))
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError) as error:
        raise Hung(f"no parcel: {type(error).__name__}") from None


def _arrays(specs, data):
    arrays, at = [], 0
    for name, shape in specs:
        if (
            name not in _DTYPES
            or len(shape) > 32
            or any(type(d) is not int or d < 0 for d in shape)
        ):
            raise ValueError("no array")
        n = math.prod(shape)
        size = n * np.dtype(name).itemsize
        if at + size > len(data):
            raise ValueError("no array")
        # A copy: what is received may be changed, and does not hold the whole parcel alive.
        arrays.append(np.frombuffer(data[at : at + size], name).reshape(shape).copy())
        at += size
    return arrays


def _exactly(sock, n, begun=lambda: None):
    data = bytearray(n)
    view, got = memoryview(data), 0
    while got < n:
        try:
            count = sock.recv_into(view[got:], min(n - got, 1 << 22))
        except OSError as error:
            raise Hung(str(error)) from None
        if not count:
            return None
        if not got:
            begun()
        got += count
    return data
