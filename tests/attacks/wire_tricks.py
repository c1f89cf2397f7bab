"""Code for answer cells that finds the sockets of its process and talks to them itself."""

TALK = """
import gc, json, os, signal, socket, struct, sys, threading, time
notebook = next(o for o in gc.get_objects() if type(o).__name__ == "Notebook")
judge, emit = notebook.judge, notebook.emit
(coordinator,) = emit.args
here = next(i for i, c in enumerate(notebook.job["cells"]) if c["kind"] == "answer")

def say_ran(outputs, **more):
    emit({"event": "cell", "cell": here, "outcome": "ran", "seconds": 0.0, "outputs": outputs, **more})

def parcel(value, arrays=(), data=b"", size=None):
    text = json.dumps({"value": value, "arrays": list(arrays)}).encode()
    judge.sendall(struct.pack(">QQ", len(text), len(data) if size is None else size) + text + data)

def offer(value, cell=2, live={}):
    given = {"k": "dict", "n": -1, "v": [["answer", value]]}
    parcel({"live": live, "value": {"op": "offer", "cell": cell, "exhibits": given}})

def deep(n):
    d = {}
    for _ in range(n): d = {"a": d}
    return d
"""
