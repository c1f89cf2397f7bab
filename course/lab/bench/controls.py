"""The bench in a notebook: ipywidgets that set a :class:`Setting`, and a picture that follows.

The controls and the picture are two outputs. The picture is an ordinary one that is drawn again in
place, so that a saved notebook keeps the last state and teaches without a kernel.
"""

from __future__ import annotations

from dataclasses import replace
from html import escape

from autograder.messages import msg
from course.lab.bench.flows import KIND_OF, KINDS, Setting, flow
from course.lab.bench.pictures import Comparison
from course.lab.keys import keyed
from course.lab.runs import attended

_NONE = "–"
_SLIDERS = {  # name -> smallest, largest, step
    "shift": (-3.0, 3.0, 0.25),
    "scale": (0.25, 4.0, 0.25),
    "rate": (0.0, 0.9, 0.1),
    "gamma": (-2.0, 2.0, 0.25),
}


def order(first="relu max_pool", second="max_pool relu", **settings) -> OrderBench:
    """The bench, set as :class:`course.lab.bench.Setting` says; raises ValueError as it does.

    Both orders hold the same layers here; for nets of different layers see ``bench.compare``.
    """
    return OrderBench(Setting(first, second, **settings))


class OrderBench:
    """Controls (``controls``, a widget), the state (``setting``) and its picture (``picture``).

    The last expression of a cell shows it; ``print`` gives the call that makes it again. Raises
    ValueError when the two orders hold different layers, or two of one kind.
    """

    def __init__(self, setting: Setting):
        tokens = setting.first.split()
        kinds = [KIND_OF[token] for token in tokens]
        if sorted(tokens) != sorted(setting.second.split()) or len(set(kinds)) < len(kinds):
            raise ValueError(
                "Expected the same layers in both orders, one of each kind at most. Received: "
                f"{setting.first!r} and {setting.second!r}. For others see bench.compare(...)."
            )
        self.setting = setting
        self.picture = Comparison(flow(setting))
        self._handle = None
        self._built = None

    def __repr__(self):
        return self.setting.call()

    @property
    def controls(self):
        """The widget; its parts are in ``parts`` {name: widget}."""
        if self._built is None:
            self._built = self._build()
        return self._built

    def set(self, **changes) -> None:
        """Change the state, and the picture with it; raises ValueError as ``Setting`` does."""
        setting = replace(self.setting, **changes)
        picture = Comparison(flow(setting))
        self.setting, self.picture = setting, picture
        if self._handle is not None:
            self._handle.update(picture)

    def _ipython_display_(self):
        from IPython.display import display

        if attended():
            bundle = dict(self.controls._repr_mimebundle_())
            words = msg("The controls need a running kernel: run this cell. Set to:")
            bundle["text/plain"] = f"{words} {self.setting.call()}"
            bundle["text/html"] = f"<p>{escape(str(words))} <code>{escape(repr(self))}</code></p>"
            display(bundle, raw=True)
        self._handle = display(self.picture, display_id=True)

    # -- controls ----------------------------------------------------------------------------------

    def _build(self):
        import ipywidgets as w

        wide = {"description_width": "9em"}
        layout = w.Layout(width="25em")
        tokens = {KIND_OF[token]: token for token in self.setting.first.split()}
        names = {
            "convolution": msg("convolution"),
            "activation": msg("activation"),
            "pooling": msg("pooling"),
            "dropout": msg("dropout"),
            "normalisation": msg("normalisation"),
            "shift": msg("shift of z"),
            "scale": msg("scale of z"),
            "rate": msg("dropout rate"),
            "gamma": msg("gamma"),
        }
        self.parts = {}
        for kind, choices in KINDS.items():
            self.parts[kind] = w.Dropdown(
                options=[_NONE, *choices], value=tokens.get(kind, _NONE), description=str(names[kind]),
                tooltip=str(msg("Which layer of this kind, or none")), style=wide, layout=layout,
            )  # fmt: skip
            self.parts[kind].observe(self._chosen, "value")
        for name, (low, high, step) in _SLIDERS.items():
            value = getattr(self.setting, name)
            self.parts[name] = w.FloatSlider(
                value=value, min=min(low, value), max=max(high, value), step=step,
                description=str(names[name]), continuous_update=False, readout_format=".2f",
                tooltip=str(msg("Arrow keys move the slider")), style=wide, layout=layout,
            )  # fmt: skip
            self.parts[name].observe(self._moved, "value")
        self.parts["training"] = w.Checkbox(
            value=self.setting.training, description=str(msg("training mode")), indent=False,
            tooltip=str(msg("Off: inference")), layout=layout,
        )  # fmt: skip
        self.parts["seed"] = w.BoundedIntText(
            value=self.setting.seed, min=0, max=9999, description=str(msg("seed")),
            tooltip=str(msg("Other maps, kernels and masks")), style=wide, layout=layout,
        )  # fmt: skip
        for name in ("training", "seed"):
            self.parts[name].observe(self._moved, "value")
        titles = {"first": msg("first order"), "second": msg("second order")}
        columns = []
        for name, title in titles.items():
            tokens = getattr(self.setting, name).split()
            self.parts[name] = w.Select(
                options=tokens, value=tokens[0] if tokens else None, rows=5, description=str(title),
                tooltip=str(msg("Pick a layer, then move it with the buttons")), style=wide,
                layout=layout,
            )  # fmt: skip
            buttons = []
            for key, step, words, hint in (
                (
                    "earlier",
                    -1,
                    msg("↑ earlier"),
                    msg("Move the picked layer one place to the front"),
                ),
                ("later", 1, msg("↓ later"), msg("Move the picked layer one place to the end")),
            ):
                button = w.Button(description=str(words), tooltip=f"{title}: {hint}",
                                  layout=w.Layout(width="9em"))  # fmt: skip
                button.on_click(lambda _, name=name, step=step: self._shift(name, step))
                self.parts[f"{name}_{key}"] = button
                buttons.append(button)
            columns.append(w.VBox([self.parts[name], w.HBox(buttons)]))
        choices = w.VBox([self.parts[kind] for kind in KINDS])
        sliders = w.VBox([self.parts[name] for name in (*_SLIDERS, "training", "seed")])
        grid = w.Layout(flex_flow="row wrap")
        return keyed(w.HBox([choices, sliders], layout=grid), w.HBox(columns, layout=grid))

    def _moved(self, change):
        name = next(name for name, part in self.parts.items() if part is change.owner)
        value = round(change.new, 6) if name in _SLIDERS else change.new  # 0.7000000000000001
        self.set(**{name: value})

    def _chosen(self, change):
        """Another layer of a kind stands where the old one stood; a new one goes to the end."""
        changes = {}
        for name in ("first", "second"):
            tokens = getattr(self.setting, name).split()
            if change.old in tokens and change.new != _NONE:
                tokens[tokens.index(change.old)] = change.new
            elif change.old in tokens:
                tokens.remove(change.old)
            else:
                tokens.append(change.new)
            changes[name] = " ".join(tokens)
        self.set(**changes)
        for name, value in changes.items():
            self._list(name, value.split(), 0)

    def _shift(self, name, step):
        """Move the picked layer of an order by one place; at the end of the list it stays."""
        picked, tokens = self.parts[name].index, getattr(self.setting, name).split()
        if picked is None or not 0 <= picked + step < len(tokens):
            return
        tokens.insert(picked + step, tokens.pop(picked))
        self.set(**{name: " ".join(tokens)})
        self._list(name, tokens, picked + step)

    def _list(self, name, tokens, picked):
        part = self.parts[name]
        part.options = tokens
        part.index = picked if tokens else None
