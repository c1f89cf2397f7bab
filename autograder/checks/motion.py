"""Checks of what training moves: predictions of it, and neurons that stay twins."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from autograder.checks._task import proven
from autograder.checks.models import built
from autograder.checks.values import plain
from autograder.errors import CheckFailed
from autograder.messages import Lines, msg, nmsg

_ROWS = 6  # a message stays under a dozen lines
_LEAST_TWINS = 8


def moves(answer, measured: Mapping[str, Mapping[str, float]]) -> None:
    """Hold predictions of what moves against measured motion.

    ``measured`` maps each row to {variable: largest change}; the answer maps the same rows to
    collections of the variables that move (a text such as "W1 b1" will do). Raises CheckFailed and
    names only what is in dispute.
    """
    answer = plain(answer)
    rows = list(measured)
    if not isinstance(answer, dict) or set(answer) - set(rows):
        raise CheckFailed(
            msg("Expected: a dict with the keys {keys}, as it stood.", keys=", ".join(rows))
        )
    empty = [row for row in rows if answer.get(row) is None]
    if empty:
        raise CheckFailed(
            msg(
                "Expected: a prediction in every row. Not filled in yet: {rows}.",
                rows=", ".join(empty[:_ROWS]) + (", …" if len(empty) > _ROWS else ""),
            )
        )
    disputes = []
    for row in rows:
        said = _names(answer[row], row, measured[row])
        for name, change in measured[row].items():
            if (change > 0) != (name in said):
                disputes.append(_dispute(row, name, change))
    if disputes:
        raise CheckFailed(
            Lines(
                nmsg(
                    "The measurement contradicts {n} prediction.",
                    "The measurement contradicts {n} predictions.",
                    len(disputes),
                ),
                *disputes[:_ROWS],
                nmsg("  … and {n} more", "  … and {n} more", len(disputes) - _ROWS)
                if len(disputes) > _ROWS
                else None,
            )
        )
    proven(
        nmsg(
            "{n} prediction agrees with the measurement.",
            "{n} predictions agree with the measurement.",
            sum(len(changes) for changes in measured.values()),
        )
    )


def twins(make, x, y, *, task, steps: int = 20) -> None:
    """All units of the first layer with weights are twins after ``steps`` steps, and yet all learn.

    Raises CheckFailed: something stands still, too few units, or units that differ, and since when.
    """
    from autograder.faults import loss_of
    from autograder.reading import has_kernel, read
    from course.lab import training

    net = built(make, task)
    loss_of(net).demand(task)
    kernels = [node for node in read(net, input_shape=task.input_shape).nodes if has_kernel(node)]
    first = kernels[0] if len(kernels) > 1 else None
    if first is None or first.shape[-1] < _LEAST_TWINS:
        raise CheckFailed(
            msg(
                "Expected: a hidden layer of at least {least} units before the output. Found: {found}.",
                least=_LEAST_TWINS,
                found=first.shape[-1] if first else 0,
            )
        )
    kernel = first.variables[0]
    variables = training.variable_names(net)
    before = {name: np.array(v.numpy()) for name, v in variables.items()}
    start = np.array(kernel.numpy())
    training.fit(net, x, y, epochs=steps, steps=steps)
    end = np.array(kernel.numpy())
    if not all(np.isfinite(v.numpy()).all() for v in variables.values()):
        raise CheckFailed(
            msg(
                "After {steps} steps the weights are NaN: the steps were too large. Start smaller "
                "(`Constant(0.05)`) or put the features on one scale.",
                steps=steps,
            )
        )
    stuck = [
        name for name, v in variables.items() if not np.abs(v.numpy() - before[name]).max() > 0
    ]
    if stuck:
        raise CheckFailed(
            msg(
                "Twins they are, but dead ones: after {steps} steps these have not moved at all: "
                "{stuck}.",
                steps=steps,
                stuck=", ".join(stuck),
            )
        )
    apart, apart_first = _spread(end), _spread(start)
    moved = float(np.abs(end - start).max())
    if apart_first > 1e-6:
        raise CheckFailed(
            msg(
                "The columns of `{layer}` differ from the start, by up to {apart:.2g}: these units never "
                "were twins.",
                layer=first.layer,
                apart=apart_first,
            )
        )
    if apart > 1e-3 * moved:  # rounding leaves less than 1e-6 of the motion
        raise CheckFailed(
            msg(
                "The units of `{layer}` start as twins, but after {steps} steps their columns differ by up "
                "to {apart:.2g}. Something after this layer tells them apart.",
                layer=first.layer,
                steps=steps,
                apart=apart,
            )
        )
    proven(
        msg(
            "{n} units, {steps} steps, weights moved by up to {moved:.2g}, and all columns are still one "
            "and the same (largest difference {apart:.1g}).",
            n=first.shape[-1],
            steps=steps,
            moved=moved,
            apart=apart,
        )
    )


def _spread(kernel) -> float:
    """The largest difference between two units' weights from the same input."""
    return float(np.ptp(kernel.reshape(-1, kernel.shape[-1]), axis=1).max())


def _names(value, row, known) -> set[str]:
    if isinstance(value, str):
        value = value.replace(",", " ").split()
    if not isinstance(value, list | set):
        raise CheckFailed(
            msg(
                "Row “{row}”: expected a set of names out of {known}. Found: {value}.",
                row=row,
                known=", ".join(known),
                value=repr(value),
            )
        )
    names = {str(v).strip().casefold(): v for v in value}
    short = {name.casefold(): name for name in known}
    for name, given in names.items():
        if name not in short:
            raise CheckFailed(
                msg(
                    "Row “{row}”: expected names out of {known}. Found: {value}.",
                    row=row,
                    known=", ".join(known),
                    value=repr(given),
                )
            )
    return {short[name] for name in names}


def _dispute(row, name, change):
    if change > 0:
        return msg(
            "  {row}: you hold {name} still; it moved by {change:.2g}.",
            row=row,
            name=name,
            change=change,
        )
    return msg("  {row}: you let {name} move; it moved by exactly 0.", row=row, name=name)
