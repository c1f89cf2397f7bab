"""What a student's process says that its cells have shown, as far as a notebook may hold it.

Students can put anything into what their process sends. Whatever is no output of nbformat's would
stop the one who writes the notebook, so it is left out here.
"""

from __future__ import annotations

MAX_PARTS = 100_000  # lists, dicts and values in all displays of one cell
_MAX_DEPTH = 40
_MAX_LINES = 1000  # of a traceback


def well_formed(outputs: object) -> list[dict]:
    """The outputs of one cell that nbformat knows, with the keys that it knows."""
    if not isinstance(outputs, list):
        return []
    room = [MAX_PARTS]
    return [kept for kept in (_output(output, room) for output in outputs) if kept is not None]


def _output(output, room):
    room[0] -= 1
    if not isinstance(output, dict) or room[0] < 0:
        return None
    kind = output.get("output_type")
    if kind == "stream":
        name, text = output.get("name"), output.get("text")
        if name in ("stdout", "stderr") and isinstance(text, str):
            return {"output_type": kind, "name": name, "text": text}
    elif kind == "error":
        words, lines = [output.get("ename"), output.get("evalue")], output.get("traceback")
        if isinstance(lines, list) and all(isinstance(text, str) for text in words + lines):
            ename, evalue = words
            lines = lines[:_MAX_LINES]
            return {"output_type": kind, "ename": ename, "evalue": evalue, "traceback": lines}
    elif kind in ("display_data", "execute_result"):
        data, metadata = output.get("data"), output.get("metadata")
        if _is_bundle(data, room) and isinstance(metadata, dict) and _is_plain(metadata, room):
            kept = {"output_type": kind, "data": data, "metadata": metadata}
            count = output.get("execution_count")
            return kept | ({"execution_count": count} if kind == "execute_result" else {})
    return None


def _is_bundle(data, room):
    """Texts by their media types; JSON where the type says so."""
    return isinstance(data, dict) and all(
        isinstance(value, str) or (name.endswith("json") and _is_plain(value, room))
        for name, value in data.items()
    )


def _is_plain(value, room, depth=0):
    """Whether JSON is small and flat enough to be copied and written by everyone."""
    room[0] -= 1
    if room[0] < 0 or depth > _MAX_DEPTH:
        return False
    if isinstance(value, dict):
        value = list(value.values())
    return not isinstance(value, list) or all(_is_plain(v, room, depth + 1) for v in value)
