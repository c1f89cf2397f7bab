"""Controls that keep their keys: in JupyterLab a list, a slider or a button gets what is pressed in it.

JupyterLab takes arrow keys and Enter for itself while a notebook is in command mode, which it is when
a control has the focus. Whatever gets the focus inside :func:`keyed` is marked as JupyterLab's own
fields are, so that the key reaches it.
"""

from __future__ import annotations

from functools import cache

_SCRIPT = """
export default {
  render({ el }) {
    const keep = (target) => {
      const box = el.closest(".footguns-keys");
      if (box && target instanceof Element && box.contains(target))
        target.setAttribute("data-lm-suppress-shortcuts", "true");
    };
    const listen = (event) => keep(event.target);
    document.addEventListener("focusin", listen);
    requestAnimationFrame(() => keep(document.activeElement)); // who was faster than this script
    return () => document.removeEventListener("focusin", listen);
  },
};
"""


def keyed(*children):
    """A box of widgets, one below the other, that work by keyboard."""
    import ipywidgets

    box = ipywidgets.VBox([*children, _keeper()()])
    box.add_class("footguns-keys")
    return box


@cache
def _keeper():
    import anywidget

    class Keeper(anywidget.AnyWidget):
        _esm = _SCRIPT

    return Keeper
