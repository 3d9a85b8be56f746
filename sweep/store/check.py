"""`check`: what a plan would do, before it does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from carbonsweep.configuration.survey import rows_without_figures
from carbonsweep.engine.sweep import Sweep
from carbonsweep.foundation.results import Result
from carbonsweep.foundation.sizes import size_text
from carbonsweep.grid.chosen import Chosen
from carbonsweep.kernels import REGISTRY
from carbonsweep.plan.plan import Plan
from carbonsweep.store.filesystem import Folder
from carbonsweep.store.forecast import estimated_bytes, estimated_seconds, free_bytes

if TYPE_CHECKING:
    from rich.console import RenderableType


@dataclass(frozen=True)
class Check(Result):
    """A plan that can be evaluated, and where it would be written."""

    sweep: Sweep
    out: Folder
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        sweep, grid = self.sweep, self.sweep.grid
        return {
            "title": sweep.plan.title,
            "points": grid.points,
            "chunks": sweep.chunks,
            "axes": [
                {
                    "name": a.name,
                    "values": len(a),
                    "first": _plain(a.values[0]),
                    "last": _plain(a.values[-1]),
                    "zipped_with": list(grid.zipped_with(a)),
                }
                for a in grid.axes
            ],
            "loop_order": [axis.name for axis in sweep.loops],
            "evaluated": [
                {"quantity": quantity, "variant": variant, "where": loop, "times": times}
                for quantity, variant, loop, times in self.sweep.evaluated()
            ],
            "choices": [
                {"choice": one.quantity, "objective": one.choice.objective, "over": one.described()}
                for one in grid.choices
            ],
            "constraints": [constraint.name for constraint in (*grid.constraints, *grid.choice_constraints)],
            "constants": {name: _named(name, value) for name, value in grid.constants.items()},
            "defaults": {name: _named(name, value) for name, value in grid.graph.defaults.items()},
            "estimated_bytes": round(estimated_bytes(sweep)),
            "free_bytes": free_bytes(self.out),
            "estimated_seconds": estimated_seconds(sweep),
            "block_points": sweep.schedule.block_points,
            "notes": list(self.notes),
        }

    def __rich__(self) -> RenderableType:
        from carbonsweep.foundation.terminal import duration, fact_list, new_table, note_list, number, stack

        sweep, grid = self.sweep, self.sweep.grid
        columns = ("axis", "loop", "values", "first", "last", "unit")
        axes = new_table(sweep.plan.title or sweep.plan.file, *columns, right=("values",))
        loop_of = {axis.name: str(position + 1) for position, axis in enumerate(sweep.loops)}
        for axis in grid.axes:
            ends = [value if isinstance(value, str) else number(value) for value in map(_plain, axis.values[[0, -1]])]
            unit = REGISTRY.unit(axis.name) if REGISTRY.knows(axis.name) else "catalog row"
            name = " + ".join([axis.name, *grid.zipped_with(axis)])
            axes.add_row(name, loop_of[axis.name], f"{len(axis):,}", *ends, unit)
        equations = new_table("Evaluated", "quantity", "variant", "where", "times", right=("times",))
        for quantity, variant, loop, times in self.sweep.evaluated():
            equations.add_row(quantity, variant, loop, f"{times:,}")
        need, free = estimated_bytes(sweep), free_bytes(self.out)
        space = ""
        if free is not None:
            space = f"; {self.out} has {size_text(free)} free{', too little' if need > 0.95 * free else ''}"
        facts = fact_list(
            points=f"{grid.points:,} in {sweep.chunks:,} chunks",
            loops=" > ".join(axis.name for axis in sweep.loops),
            constraints="; ".join(c.name for c in (*grid.constraints, *grid.choice_constraints)) or "none",
            **({"choices": "; ".join(map(_choice_text, grid.choices))} if grid.choices else {}),
            constants=_listed(grid.constants) or "none",
            defaults=_listed(grid.graph.defaults) or "none",
            size=f"about {size_text(need)} if no point is excluded{space}",
            time=f"about {duration(estimated_seconds(sweep))} to write",
        )
        return stack(axes, facts, equations, *note_list(self.notes))


def _named(name: str, value: float) -> float | str:
    """A value as a plan gives it: a choice by its name."""
    choices = REGISTRY.choices_of(name)
    return choices[int(value)] if choices and value == value else value


def _listed(values: Mapping[str, float]) -> str:
    from carbonsweep.foundation.terminal import number

    named = {name: _named(name, value) for name, value in values.items()}
    return ", ".join(f"{name} = {one if isinstance(one, str) else number(one)}" for name, one in named.items())


def _choice_text(choice: Chosen) -> str:
    """What a choice tries, and by what it decides."""
    tried = ", ".join(f"{name} ({how})" for name, how in choice.described().items())
    objective = choice.choice.objective
    how = f"{'largest' if choice.choice.maximize else 'smallest'} {objective}" if objective else "the first that fits"
    return f"{choice.quantity}: {tried}, by {how}"


def _plain(value: Any) -> float | str:
    return value if isinstance(value, str) else float(value)


def check(plan: Plan, out: str = ".") -> Check:
    """Validate a plan and say what a run of it into `out` would do.

    Raises
    ------
    PlanError
        If the plan cannot be evaluated.
    """
    sweep = Sweep(plan)
    return Check(sweep, Folder(out), (*sweep.grid.notes, *rows_without_figures(sweep.grid)))
