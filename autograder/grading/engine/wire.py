"""Frames between the coordinator and the processes that run students' code.

A frame is a four-byte big-endian length and that many bytes of JSON. What comes back from a
student's process is never unpickled, and both its frames and their sum are bounded.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterator

from autograder.messages import Message, msg

_HEAD = struct.Struct(">I")
MAX_FRAME = 12 << 20  # bytes; an honest cell's outputs are cut at half of this before sending
MAX_TOTAL = 96 << 20  # bytes that one fork may send
MAX_FRAMES = 20_000  # frames that it may send; a cell takes three


class Garbled(Exception):
    """The other side sent something that is no frame of ours, or too much; ``message`` says what."""

    def __init__(self, message: Message):
        self.message = message
        super().__init__(message.text("en"))


def send(sock: socket.socket, message: dict) -> None:
    body = json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass")
    sock.sendall(_HEAD.pack(len(body)) + body)


def receive(sock: socket.socket) -> dict | None:
    """The next message of a trusted peer, blocking; None when it hung up."""
    head = _exactly(sock, _HEAD.size)
    if head is None:
        return None
    body = _exactly(sock, _HEAD.unpack(head)[0])
    return None if body is None else json.loads(body)


def _exactly(sock, n):
    data = bytearray()
    while len(data) < n:
        chunk = sock.recv(min(1 << 20, n - len(data)))
        if not chunk:
            return None
        data += chunk
    return bytes(data)


class Reader:
    """Collects the frames of an untrusted peer as its bytes arrive."""

    def __init__(self):
        self._data = bytearray()
        self._total = 0
        self._frames = 0

    def feed(self, chunk: bytes) -> Iterator[dict]:
        """Complete messages after ``chunk``, in order. Raises Garbled after the last good one: the
        peer is then to be killed, and what it sent before says which cell is to blame."""
        self._data += chunk
        self._total += len(chunk)
        if self._total > MAX_TOTAL:
            raise Garbled(msg("The notebook produced more output than it may."))
        while len(self._data) >= _HEAD.size:
            (size,) = _HEAD.unpack_from(self._data)
            if size > MAX_FRAME:
                raise Garbled(msg("The cell produced more output than it may."))
            end = _HEAD.size + size
            if len(self._data) < end:
                break
            try:
                message = json.loads(self._data[_HEAD.size : end])
            except (ValueError, RecursionError) as err:
                raise Garbled(msg("The cell meddled with the grader's own messages.")) from err
            if not isinstance(message, dict):
                raise Garbled(msg("The cell meddled with the grader's own messages."))
            del self._data[:end]
            self._frames += 1
            if self._frames > MAX_FRAMES:
                raise Garbled(msg("The cell meddled with the grader's own messages."))
            yield message
