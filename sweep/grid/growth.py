"""Plans for the points that a larger plan adds to a smaller one."""

from __future__ import annotations

import numpy as np

from carbonsweep.foundation.errors import PlanError
from carbonsweep.grid.bind import Grid, GridAxis, bind
from carbonsweep.grid.chosen import all_equations
from carbonsweep.kernels.registry import PLAN
from carbonsweep.plan.axes import Axis, Range, Records, Zipped
from carbonsweep.plan.plan import Plan


def additions(before: Plan, after: Plan) -> list[Plan]:
    """Plans that together cover each point of `after` that `before` lacks exactly once.

    Parameters
    ----------
    before
        The plan of a finished run.
    after
        The same plan with further values on some axes.

    Returns
    -------
    list of Plan
        One plan for each axis with new values: its new values, the old values of axes with new ones after it, all
        values of every other axis.

    Raises
    ------
    PlanError
        If the plans differ in anything but added values.
    """
    old, new = bind(before), bind(after)
    _check_same(before, after, old, new)
    kept = [_kept(a, b, after.file) for a, b in zip(old.axes, new.axes, strict=True)]
    grown = [position for position, mask in enumerate(kept) if not mask.all()]
    if not grown:
        raise PlanError(f"{after.file}: adds no values to the run; only the order of values differs")
    plans = []
    for position in grown:
        axes = dict(after.axes)
        for other in grown:
            if other >= position:
                mask = ~kept[other] if other == position else kept[other]
                name = new.axes[other].name
                axes[name] = _restricted(after.axes[name], new, new.axes[other], mask)
        plans.append(after.model_copy(update={"axes": axes}))
    return plans


def _check_same(before: Plan, after: Plan, old: Grid, new: Grid) -> None:
    """Refuse plans whose points could not stand in one dataset."""
    at = after.file
    if [axis.name for axis in old.axes] != [axis.name for axis in new.axes]:
        raise PlanError(
            f"{at}: axes {', '.join(after.axes)} are not those of the run ({', '.join(before.axes)}); "
            "an extension only adds values"
        )
    for key in ("order", "equations", "constraints", "choose", "output"):
        if getattr(before, key) != getattr(after, key):
            raise PlanError(f"{at}: {key} differs from the plan of the run; an extension only adds values to axes")
    # By their text: a catalog's blank is NaN, which equals nothing.
    was, now = ({name: repr(value) for name, value in grid.constants.items()} for grid in (old, new))
    changed = sorted(name for name in {*was, *now} if was.get(name) != now.get(name))
    if changed:
        raise PlanError(f"{at}: constants.{changed[0]} differs from the plan of the run; an extension only adds values")
    texts = [
        {e.quantity: e.formula for e in all_equations(grid.graph.steps) if e.variant == PLAN} for grid in (old, new)
    ]
    if other := sorted(name for name in {*texts[0], *texts[1]} if texts[0].get(name) != texts[1].get(name)):
        raise PlanError(
            f"{at}: the expression of {other[0]} differs from that of the run; an extension only adds values"
        )
    variants = [[(e.quantity, e.variant) for e in grid.graph.equations] for grid in (old, new)]
    if variants[0] != variants[1] or repr(old.graph.defaults) != repr(new.graph.defaults):
        raise PlanError(f"{at}: the new values call for other equations or defaults than the run used; run it again")


def _kept(old: GridAxis, new: GridAxis, at: str) -> np.ndarray:
    """Which values of the new axis the old one has.

    Raises
    ------
    PlanError
        If the old axis has one that the new one lacks, or a catalog row has changed.
    """
    if old.fields != new.fields or (old.labels is None) != (new.labels is None):
        raise PlanError(f"{at}: axes.{new.name} is of another kind than in the run; an extension only adds values")
    position_of = {value: position for position, value in enumerate(new.values.tolist())}
    if len(position_of) < len(new):
        if np.array_equal(old.matrix, new.matrix, equal_nan=True):
            return np.ones(len(new), dtype=np.bool_)
        raise PlanError(
            f"{at}: zip: {new.name} has a value twice, so that rows cannot be added to the run; write a new one"
        )
    mask = np.zeros(len(new), dtype=np.bool_)
    for position, value in enumerate(old.values.tolist()):
        if value not in position_of:
            raise PlanError(f"{at}: axes.{new.name} lacks {value!r}, which the run has; an extension only adds values")
        if not np.array_equal(old.matrix[:, position], new.matrix[:, position_of[value]], equal_nan=True):
            raise PlanError(f"{at}: axes.{new.name}: {value!r} has changed since the run; run it again")
        mask[position_of[value]] = True
    return mask


def _restricted(given: Axis, grid: Grid, axis: GridAxis, mask: np.ndarray) -> Axis:
    """An axis with only some of its values, in the same order."""
    if isinstance(given, Zipped):
        columns = {name: _picked(one, _column(grid, axis, name)[mask]) for name, one in given.zip.items()}
        return Zipped(zip=columns)
    return _picked(given, axis.values[mask])


def _picked(given: Range | Records, values: np.ndarray) -> Range | Records:
    if isinstance(given, Records):
        return Records(catalog=given.catalog, names=tuple(values.tolist()), default_rows="all")
    return Range(values=tuple(values.tolist()))


def _column(grid: Grid, axis: GridAxis, name: str) -> np.ndarray:
    """The values of a column of a zip table as a user knows them."""
    if name == axis.name:
        return axis.values
    values = axis.matrix[axis.fields.index(name)]
    labels = grid.labelled.get(name)
    return values if labels is None else np.array(labels, dtype=object)[values.astype(np.int64)]
