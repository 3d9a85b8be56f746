"""A sweep ready to be evaluated chunk by chunk: plan, nest and tables together."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np

from carbonsweep.compiled import load_nest
from carbonsweep.errors import PlanError
from carbonsweep.grid import Grid, GridAxis, bind
from carbonsweep.nest import NestSource, nest_source
from carbonsweep.plan import Plan
from carbonsweep.schedule import Schedule, plan_schedule

CHUNK_POINTS = 1 << 20
"""Points in a chunk unless the plan says otherwise: large enough to write well, small enough for memory."""
LARGEST_GRID = 1 << 62
"""Points beyond this do not fit the 64-bit index of a point."""


@dataclass(frozen=True)
class Chunk:
    """The points of one chunk, column by column.

    Attributes
    ----------
    codes
        For every axis in plan order the position of each point's value on it, int32.
    columns
        The quantities by name, in the order of the plan.
    meets
        Whether each point meets all constraints; None if failing points are left out.
    excluded
        For every constraint the points that fail it (and none decided before it).
    """

    codes: tuple[np.ndarray, ...]
    columns: dict[str, np.ndarray]
    meets: np.ndarray | None
    excluded: np.ndarray

    @property
    def rows(self) -> int:
        return len(self.codes[0])


class Sweep:
    """A plan prepared for evaluation; cheap until the first chunk is evaluated.

    Parameters
    ----------
    plan
        The plan.
    block_points
        Points a block should have; None takes the default.

    Raises
    ------
    PlanError
        If the plan cannot be evaluated.
    """

    def __init__(self, plan: Plan, block_points: int | None = None) -> None:
        if not plan.axes:
            raise PlanError(f"{plan.source}: the plan has no axes; add one, or use `estimate` for one point")
        self._set(plan, bind(plan), block_points)

    @classmethod
    def of_grid(cls, plan: Plan, grid: Grid) -> Sweep:
        """The sweep of a grid that is bound already, in another way than the plan alone says."""
        sweep = cls.__new__(cls)
        sweep._set(plan, grid, None)
        return sweep

    def _set(self, plan: Plan, grid: Grid, block_points: int | None) -> None:
        self.plan = plan
        self.grid = grid
        if self.grid.points > LARGEST_GRID:
            raise PlanError(
                f"{plan.source}: {self.grid.points:.3g} points are more than a 64-bit index can number; shorten an axis"
            )
        keep = plan.order == "plan"
        self.schedule: Schedule = (
            plan_schedule(self.grid, keep) if block_points is None else plan_schedule(self.grid, keep, block_points)
        )
        self._flag = plan.output.infeasible == "flag" and bool(self.grid.constraints)

    @property
    def flags(self) -> bool:
        """Whether points that fail are kept and marked."""
        return self._flag

    @property
    def loops(self) -> tuple[GridAxis, ...]:
        """The axes in loop order, outermost first."""
        return tuple(self.grid.axes[position] for position in self.schedule.order)

    @functools.cached_property
    def source(self) -> NestSource:
        """The text of the nest."""
        return nest_source(self.grid, self.schedule, flag=self._flag, float_type=self.plan.output.float_type)

    @property
    def chunk_blocks(self) -> int:
        """Blocks in a chunk."""
        points = self.plan.output.chunk_points or CHUNK_POINTS
        return max(1, points // self.schedule.block_points)

    @property
    def chunks(self) -> int:
        return math.ceil(self.schedule.blocks / self.chunk_blocks)

    def chunk_bounds(self, index: int) -> tuple[int, int]:
        """First block of a chunk, and the one after its last."""
        start = index * self.chunk_blocks
        return start, min(start + self.chunk_blocks, self.schedule.blocks)

    def prepare(self) -> None:
        """Compile the nest (or read it from the cache) and compute the tables."""
        _ = self._prepared

    @functools.cached_property
    def _prepared(self) -> tuple:
        source = self.source
        module = load_nest(source.text)
        schedule = self.schedule
        sizes = np.array([*schedule.sizes, schedule.tile, schedule.tiles], dtype=np.int64)
        known = {**self.grid.constants, **self.grid.graph.defaults}
        constants = np.array([known[name] for name in source.constants], dtype=np.float64)
        matrices = [axis.matrix for axis in self.loops]
        lengths = {
            name: math.prod(schedule.sizes[axis] for axis in table.axes)
            for table in schedule.tables
            for name in table.stored
        }
        tables = [np.empty(lengths[name]) for name in source.stored]
        for index in range(len(schedule.tables)):
            getattr(module, f"table_{index}")(sizes, constants, *matrices, *tables)
        return module.fill, (sizes, constants, *matrices, *tables)

    def count_excluded(self) -> dict[str, int]:
        """Points that fail each constraint (and none decided before it), counted over the whole grid."""
        counts = sum(self.evaluate(*self.chunk_bounds(index)).excluded for index in range(self.chunks))
        return {c.name: int(n) for c, n in zip(self.grid.constraints, np.atleast_1d(counts), strict=True)}

    def evaluate(self, start: int, stop: int) -> Chunk:
        """Evaluate the blocks from `start` up to `stop`; releases the GIL while it computes."""
        fill, arguments = self._prepared
        capacity = (stop - start) * self.schedule.block_points
        loops = [np.empty(capacity, dtype=np.int32) for _ in self.schedule.sizes]
        width = np.dtype(self.plan.output.float_type)
        columns = {name: np.empty(capacity, dtype=width) for name in self.grid.outputs}
        meets = np.empty(capacity if self._flag else 0, dtype=np.bool_)
        excluded = np.zeros(len(self.grid.constraints), dtype=np.int64)
        rows = fill(start, stop, *arguments, *loops, *columns.values(), meets, excluded)
        codes: list[np.ndarray] = [loops[0]] * len(loops)
        for depth, position in enumerate(self.schedule.order):
            codes[position] = loops[depth][:rows]
        return Chunk(
            tuple(codes),
            {name: values[:rows] for name, values in columns.items()},
            meets[:rows] if self._flag else None,
            excluded,
        )
