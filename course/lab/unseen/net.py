"""A net from a seed: its source to look at, its faults to find."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unseen:
    """A net from a seed. A notebook shows its source; ``print`` does as well.

    source: Python text of ``def unseen_net(): ... return net``, which needs ``keras`` and ``layers``.
    faults: the names of what is wrong with it. ``make()`` builds the compiled model, faults and all
    (an exception if the faults forbid to build it).
    """

    seed: int
    source: str
    faults: frozenset[str]

    def make(self):
        import keras

        scope = {"keras": keras, "layers": keras.layers}
        exec(self.source, scope)  # our own text, made below
        return scope["unseen_net"]()

    def __str__(self):
        return self.source

    def __repr__(self):  # the faults are not told
        return self.source

    def _repr_markdown_(self):
        return f"```python\n{self.source}```"
