"""A sweep ready to be evaluated chunk by chunk: plan, nest and tables together."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np

from carbonsweep.foundation.errors import PlanError, suggestion
from carbonsweep.grid.bind import bind
from carbonsweep.grid.grid import Grid, GridAxis
from carbonsweep.grid.optimum import check_optimum
from carbonsweep.nest.fill import fill_source
from carbonsweep.nest.program import Program
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
    unknown
        For every constraint the points at which it cannot be evaluated, since a quantity in it has no value.
    """

    axes: tuple[np.ndarray, ...]
    columns: dict[str, np.ndarray]
    meets: np.ndarray | None
    excluded: np.ndarray
    unknown: np.ndarray

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
        One array for each axis.
    columns
        One for each quantity.
    meets
        The marks of feasible points (empty if none are wanted).
    """

    blocks: int
    axes: tuple[np.ndarray, ...]
    columns: dict[str, np.ndarray]
    meets: np.ndarray


@dataclass(frozen=True, eq=False)
class Sweep:
    """A plan prepared for evaluation; cheap until the first chunk is evaluated.

    Parameters
    ----------
    plan
        The plan.
    grid
        The bound plan, if it is bound already, perhaps in another way than the plan alone says.
    block_points, chunk_points
        Points a block and a chunk should have; None takes the defaults.

    Raises
    ------
    PlanError
        If the plan cannot be evaluated.
    """

    plan: Plan
    grid: Grid = None  # type: ignore[assignment]
    block_points: int | None = None
    chunk_points: int = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        plan = self.plan
        if not plan.swept:
            raise PlanError(f"{plan.file}: the plan has no axes; add one, or use `estimate` for one point")
        if self.grid is None:
            object.__setattr__(self, "grid", bind(plan))
        if plan.output.objective is not None:
            check_optimum(self.grid, [plan.output.objective], (), plan.file)
        points = self.grid.points
        if points > LARGEST_GRID:
            raise PlanError(
                f"{plan.file}: {points:.3g} points are more than a 64-bit index can number; shorten an axis"
            )
        check_partition(plan, self.grid)
        if self.chunk_points is None:
            fewest, most = CHUNK_POINTS
            chunk = plan.output.chunk_points or min(max(points // CHUNKS_WANTED, fewest), most)
            object.__setattr__(self, "chunk_points", chunk)

    @functools.cached_property
    def schedule(self) -> Schedule:
        """The loops."""
        block = BLOCK_POINTS if self.block_points is None else self.block_points
        return plan_schedule(self.grid, self.plan.order == "plan", block, self.plan.output.partition_by)

    @functools.cached_property
    def program(self) -> Program:
        """The nest that fills columns."""
        return Program(
            self.grid,
            self.schedule,
            self.grid.outputs,
            lambda writer: fill_source(writer, flag=self.flags, float_type=self.plan.output.float_type),
        )

    @property
    def flags(self) -> bool:
        """Whether points that fail are kept and marked."""
        return self.plan.output.infeasible == "flag" and bool(self.grid.constraints)

    @property
    def loops(self) -> tuple[GridAxis, ...]:
        """The axes in loop order, outermost first."""
        return tuple(self.grid.axes[position] for position in self.schedule.order)

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
        self.program.prepare()

    def evaluated(self) -> list[tuple[str, str, str, int]]:
        """Every equation with its variant, where its result is known, and how many values it has there."""
        names = [axis.name for axis in self.loops]
        writer, schedule = self.program.writer, self.schedule
        rows = []
        for equation in self.grid.graph.equations:
            node = writer.traced.nodes[equation.quantity]
            table = writer.table_of.get(node)
            if table is not None:
                place = "table " + " x ".join(names[loop] for loop in table.loops)
                rows.append((equation.quantity, equation.variant, place, table.size))
                continue
            loop = schedule.depth(writer.operations.loops[node])
            place = "once" if loop < 0 else f"loop {loop + 1} ({names[loop]})"
            rows.append((equation.quantity, equation.variant, place, math.prod(schedule.sizes[: loop + 1])))
        return rows

    def count_excluded(self) -> tuple[dict[str, int], dict[str, int]]:
        """Points that fail each constraint (and none decided before it), and those at which it cannot be evaluated."""
        names = [constraint.name for constraint in self.grid.constraints]
        excluded, unknown = dict.fromkeys(names, 0), dict.fromkeys(names, 0)
        for index in range(self.chunks):
            chunk = self.evaluate(*self.chunk_bounds(index))
            for name, fails, lacks in zip(names, chunk.excluded, chunk.unknown, strict=True):
                excluded[name] += int(fails)
                unknown[name] += int(lacks)
        return excluded, unknown

    def buffers(self, blocks: int) -> Buffers:
        """Arrays for up to `blocks` blocks."""
        points = blocks * self.schedule.block_points
        width = np.dtype(self.plan.output.float_type)
        return Buffers(
            blocks,
            tuple(np.empty(points, np.float64 if axis.labels is None else np.int32) for axis in self.grid.axes),
            {name: np.empty(points, dtype=width) for name in self.grid.outputs},
            np.empty(points if self.flags else 0, dtype=np.bool_),
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
        self.prepare()
        into = self.buffers(stop - start) if into is None else into
        constraints = len(self.grid.constraints)
        excluded = np.zeros(2 * constraints, dtype=np.int64)
        program = self.program
        rows = program.module.fill(
            start, stop, *program.arguments, *into.axes, *into.columns.values(), into.meets, excluded
        )
        return Chunk(
            tuple(values[:rows] for values in into.axes),
            {name: values[:rows] for name, values in into.columns.items()},
            into.meets[:rows] if self.flags else None,
            excluded[:constraints],
            excluded[constraints:],
        )


def check_partition(plan: Plan, grid: Grid) -> None:
    """Refuse axes to partition by that are none, or leave nothing to put into the files.

    Raises
    ------
    PlanError
        With the key at fault.
    """
    sizes = {axis.name: len(axis) for axis in grid.axes}
    at = f"{plan.file}: output.partition_by"
    for name in plan.output.partition_by:
        if name not in sizes:
            raise PlanError(f"{at}: {name!r} is no axis of the plan{suggestion(name, sizes)}")
    if sizes and len(plan.output.partition_by) == len(sizes):
        raise PlanError(f"{at}: all {len(sizes)} axes are given; leave one for the files themselves")
    folders = math.prod(sizes[name] for name in plan.output.partition_by)
    if folders > MOST_PARTITIONS:
        raise PlanError(f"{at}: would make {folders:,} folders, at most {MOST_PARTITIONS:,} are; choose fewer axes")
