"""Reading leaves no trace: layers, names and random numbers are as they were.

A layer called on a symbolic tensor records the call, may create weights and counts names. All of
that is put back, so that training gives the same numbers whether a model was read or not.
"""

from __future__ import annotations

import random
from collections import OrderedDict
from contextlib import contextmanager

import numpy as np


@contextmanager
def unchanged(model):
    """Put back the attributes of the model's layers and every random state on leaving."""
    layers = _layers(model)
    saved = [(layer, _snapshot(layer)) for layer in layers]
    restore_globals = _globals()
    try:
        yield
    finally:
        for layer, state in saved:
            _restore(layer, state)
        restore_globals()


@contextmanager
def same_randomness():
    """Put back every random state and the counters of layers' names on leaving."""
    restore = _globals()
    try:
        yield
    finally:
        restore()


def _layers(model):
    from keras import Layer

    # The base class' own method: a subclass may hide its layers.
    found = {id(model): model}
    for layer in Layer._flatten_layers(model):
        found.setdefault(id(layer), layer)
        inner = vars(layer).get("_functional")  # of a Sequential: not among its layers
        if inner is not None:
            found.setdefault(id(inner), inner)
    return list(found.values())


_CONTAINERS = (OrderedDict, list, dict, set)


def _kind(value):
    # By type: isinstance is also true of proxies, which these methods do not take.
    return next((base for base in _CONTAINERS if issubclass(type(value), base)), None)


def _snapshot(layer):
    state = {}
    for key, value in vars(layer).items():
        base = _kind(value)
        state[key] = (value, base, base(value) if base else None)
    tracker = vars(layer).get("_tracker")
    if tracker is None:
        return state, None
    return state, (tracker.locked, {k: set(v) for k, v in tracker.stored_ids.items()})


def _restore(layer, saved):
    state, tracker = saved
    attributes = vars(layer)
    for key in list(attributes):
        if key not in state:
            del attributes[key]
    for key, (value, base, content) in state.items():
        attributes[key] = value
        # The base class' methods: tracked containers would record what is put back.
        if base is list:
            list.__setitem__(value, slice(None), content)
        elif base is not None:
            base.clear(value)
            base.update(value, content)
    if tracker is not None:
        layer._tracker.locked, layer._tracker.stored_ids = tracker


def _globals():
    from keras.src.backend.common import global_state

    names = global_state.get_global_attribute("object_name_uids")
    names_before = None if names is None else dict(names)
    seed = global_state.get_global_attribute("global_seed_generator")
    seed_before = None if seed is None else seed.state.numpy()
    python, legacy = random.getstate(), np.random.get_state()

    def restore():
        random.setstate(python)
        np.random.set_state(legacy)
        if names is not None:
            names.clear()
            names.update(names_before)
        if seed is not None:
            if not np.array_equal(seed.state.numpy(), seed_before):
                seed.state.assign(seed_before)
        elif global_state.get_global_attribute("global_seed_generator") is not None:
            global_state.set_global_attribute("global_seed_generator", None)

    return restore
