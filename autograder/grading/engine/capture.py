"""What a cell prints and displays, as nbformat outputs."""

from __future__ import annotations

import base64
import io
import os
import sys

from autograder.messages import msg

MAX_STREAM = 1 << 20  # characters of printed text kept per cell
MAX_DATA = 4 << 20  # characters of displays kept per cell


class OutputCapture:
    """Collects what one cell prints and displays as nbformat outputs."""

    def __init__(self):
        self.outputs = []
        self.room = {}
        self.count = 0
        self.stdout = _Stream(self, "stdout")
        self.stderr = _Stream(self, "stderr")
        self._files = {}

    def redirect(self) -> None:
        """Route sys.stdout, sys.stderr and their descriptors, which C code writes to, to us."""
        for fd, name in ((1, "stdout"), (2, "stderr")):
            file = os.memfd_create(name)  # a file, not a pipe: a writer never waits for us
            os.dup2(file, fd)
            self._files[name] = file
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        for stream in (sys.__stdout__, sys.__stderr__):
            stream.reconfigure(line_buffering=True)
        sys.stdout, sys.stderr = self.stdout, self.stderr

    def begin(self) -> None:
        """A cell begins: nothing is collected yet."""
        self.outputs = []
        self.room = {"stream": MAX_STREAM, "data": MAX_DATA}
        self.count += 1

    def end(self, error: dict | None = None, as_stdout: bool = False) -> list[dict]:
        """The cell's outputs, ``error`` {ename, evalue, traceback} at their end.

        ``as_stdout``: nbgrader reads stderr in a test cell as 0 points.
        """
        for name, file in self._files.items():
            size = os.fstat(file).st_size
            if size:
                self.stream(name, os.pread(file, MAX_STREAM, 0).decode("utf-8", "replace"))
                os.ftruncate(file, 0)
                os.lseek(file, 0, os.SEEK_SET)
        if error:
            self.outputs.append({"output_type": "error", **error})
        outputs, self.outputs = self.outputs, []
        for output in outputs:
            if output["output_type"] == "stream":  # collected in parts: prints stay linear in time
                output["text"] = "".join(output.pop("parts"))
                if as_stdout:
                    output["name"] = "stdout"
        return outputs

    def stream(self, name: str, text: str) -> None:
        """Text was printed on 'stdout' or 'stderr'."""
        room = self.room.get("stream", 0)
        if room <= 0 or not text:
            return
        if len(text) > room:
            text = text[:room] + "\n... " + msg("The rest of the output is left out.").text()
        self.room["stream"] = room - len(text)
        last = self.outputs[-1] if self.outputs else {}
        if last.get("output_type") == "stream" and last["name"] == name:
            last["parts"].append(text)
        else:
            self.outputs.append({"output_type": "stream", "name": name, "parts": [text]})

    def display(self, data: dict, metadata: dict, kind: str = "display_data") -> None:
        """Something was displayed, ``data`` {media type: value}, or is a cell's 'execute_result'."""
        data = {k: v for k, v in ((k, _jsonable(v)) for k, v in data.items()) if v is not None}
        size = sum(len(v if isinstance(v, str) else repr(v)) for v in data.values())
        if size > self.room.get("data", 0):
            data, metadata = {"text/plain": msg("The rest of the output is left out.").text()}, {}
        else:
            self.room["data"] -= size
        output = {"output_type": kind, "data": data, "metadata": _jsonable(metadata) or {}}
        if kind == "execute_result":
            output["execution_count"] = self.count
        self.outputs.append(output)


def _jsonable(value):
    """``value`` as JSON: bytes (images) in base64; None for what JSON has no words for."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, str) or value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, dict):
        return {str(k): _jsonable(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_jsonable(v) for v in value]
    return None


class _Stream(io.TextIOBase):
    encoding = "utf-8"
    errors = "replace"

    def __init__(self, capture, name):
        self._capture, self._name = capture, name
        self.buffer = _Bytes(self)

    @property
    def name(self):
        return f"<{self._name}>"

    def writable(self):
        return True

    def fileno(self):
        return {"stdout": 1, "stderr": 2}[self._name]

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"Expected a str to write. Received: {type(text).__name__}.")
        self._capture.stream(self._name, text)
        return len(text)


class _Bytes(io.RawIOBase):
    def __init__(self, stream):
        self._stream = stream

    def writable(self):
        return True

    def write(self, data):
        self._stream.write(bytes(data).decode("utf-8", "replace"))
        return len(data)
