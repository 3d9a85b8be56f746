"""A sweep ready to be evaluated chunk by chunk: plan, nest and tables together."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np

from carbonsweep.foundation.errors import PlanError, suggestion
from carbonsweep.grid.bind import Grid, GridAxis, bind
from carbonsweep.nest.cache import load_nest
from carbonsweep.nest.fill import NestSource, nest_source
from carbonsweep.nest.schedule import BLOCK_POINTS, Schedule, plan_schedule
from carbonsweep.plan.plan import Plan

CHUNK_POINTS = (1 << 17, 1 << 20)
"""Fewest and most points in a chunk unless the plan says otherwise: one row group, and what makes a handy file."""
CHUNKS_WANTED = 32
"""Chunks that a grid between these sizes is cut into, so that threads end at about the same time."""
MOST_PARTITIONS = 10_000
"""Folders that a partitioned run may have; more is a mistake."""
LARGEST_GRID = 1 << 62
"""Points beyond this do not fit the 64-bit index of a point."""


@dataclass(frozen=True)
class Chunk:
    """The points of one chunk, column by column.

    Attributes
    ----------
    axes
        For every axis in plan order the value of each point (float64), or for catalog rows and choices the position of
        its label (int32).
    columns
        The quantities by name, in the order of the plan.
    meets
        Whether each point meets all constraints; None if failing points are left out.
    excluded
        For every constraint the points that fail it (and none decided before it).
    """

    axes: tuple[np.ndarray, ...]
    columns: dict[str, np.ndarray]
    meets: np.ndarray | None
    excluded: np.ndarray

    @property
    def rows(self) -> int:
        return len(self.axes[0])


@dataclass(frozen=True)
class Buffers:
    """Arrays that chunks are evaluated into, again and again: new memory for each would take longer than the work.

    Attributes
    ----------
    blocks
        How many blocks they hold.
    axes
        One array for each loop.
    columns
        One for each quantity.
    meets
        The marks of feasible points (empty if none are wanted).
    """

    blocks: int
    axes: tuple[np.ndarray, ...]
    columns: dict[str, np.ndarray]
    meets: np.ndarray


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
        fewest, most = CHUNK_POINTS
        if self.grid.points > LARGEST_GRID:
            raise PlanError(
                f"{plan.source}: {self.grid.points:.3g} points are more than a 64-bit index can number; shorten an axis"
            )
        leading = plan.output.partition_by
        check_partition(plan, grid)
        self.schedule: Schedule = plan_schedule(
            self.grid, plan.order == "plan", BLOCK_POINTS if block_points is None else block_points, leading
        )
        self.chunk_points = plan.output.chunk_points or min(max(grid.points // CHUNKS_WANTED, fewest), most)
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
        return max(1, self.chunk_points // self.schedule.block_points)

    @property
    def _partition_chunks(self) -> int:
        """Chunks of one partition: none spans two."""
        return math.ceil(self.schedule.blocks // self.schedule.partitions / self.chunk_blocks)

    @property
    def chunks(self) -> int:
        return self.schedule.partitions * self._partition_chunks

    def chunk_bounds(self, index: int) -> tuple[int, int]:
        """First block of a chunk, and the one after its last."""
        partition, within = divmod(index, self._partition_chunks)
        blocks = self.schedule.blocks // self.schedule.partitions
        start = partition * blocks + within * self.chunk_blocks
        return start, min(start + self.chunk_blocks, (partition + 1) * blocks)

    def partition(self, index: int) -> dict[str, float | str]:
        """The values that the axes of `partition_by` have in a chunk, by name."""
        number, values = index // self._partition_chunks, {}
        for axis in reversed(self.loops[: len(self.plan.output.partition_by)]):
            number, position = divmod(number, len(axis))
            values[axis.name] = float(axis.matrix[0][position]) if axis.labels is None else axis.labels[position]
        return dict(reversed(values.items()))

    def prepare(self) -> None:
        """Compile the nest (or read it from the cache) and compute the tables."""
        _ = self._prepared

    @functools.cached_property
    def _prepared(self) -> tuple:
        source = self.source
        module = load_nest(source.text)
        schedule = self.schedule
        sizes = np.array([*schedule.sizes, schedule.tile, schedule.tiles], dtype=np.int64)
        constants = self.grid.nest_constants
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

    def buffers(self, blocks: int) -> Buffers:
        """Arrays for up to `blocks` blocks."""
        points = blocks * self.schedule.block_points
        width = np.dtype(self.plan.output.float_type)
        return Buffers(
            blocks,
            tuple(np.empty(points, np.float64 if axis.labels is None else np.int32) for axis in self.loops),
            {name: np.empty(points, dtype=width) for name in self.grid.outputs},
            np.empty(points if self._flag else 0, dtype=np.bool_),
        )

    def evaluate(self, start: int, stop: int, into: Buffers | None = None) -> Chunk:
        """Evaluate the blocks from `start` up to `stop`; releases the GIL while it computes.

        Parameters
        ----------
        start, stop
            Blocks.
        into
            Arrays to use; the chunk is a view of them and lasts until they are used again. None makes new ones.
        """
        fill, arguments = self._prepared
        into = self.buffers(stop - start) if into is None else into
        excluded = np.zeros(len(self.grid.constraints), dtype=np.int64)
        rows = fill(start, stop, *arguments, *into.axes, *into.columns.values(), into.meets, excluded)
        axes: list[np.ndarray] = [into.axes[0]] * len(into.axes)
        for depth, position in enumerate(self.schedule.order):
            axes[position] = into.axes[depth][:rows]
        return Chunk(
            tuple(axes),
            {name: values[:rows] for name, values in into.columns.items()},
            into.meets[:rows] if self._flag else None,
            excluded,
        )


def check_partition(plan: Plan, grid: Grid) -> None:
    """Refuse axes to partition by that are none, or leave nothing to put into the files.

    Raises
    ------
    PlanError
        With the key at fault.
    """
    sizes = {axis.name: len(axis) for axis in grid.axes}
    where = f"{plan.source}: output.partition_by"
    for name in plan.output.partition_by:
        if name not in sizes:
            raise PlanError(f"{where}: {name!r} is no axis of the plan{suggestion(name, sizes)}")
    if sizes and len(plan.output.partition_by) == len(sizes):
        raise PlanError(f"{where}: all {len(sizes)} axes are given; leave one for the files themselves")
    folders = math.prod(sizes[name] for name in plan.output.partition_by)
    if folders > MOST_PARTITIONS:
        raise PlanError(f"{where}: would make {folders:,} folders, at most {MOST_PARTITIONS:,} are; choose fewer axes")
