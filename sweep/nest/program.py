"""A nest ready to be called: its machine code, the arguments that all its calls share, and its tables."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import numpy as np

from carbonsweep.foundation.stages import report
from carbonsweep.grid.grid import Grid
from carbonsweep.nest.cache import load_nest
from carbonsweep.nest.schedule import Schedule
from carbonsweep.nest.traced_grid import TracedGrid
from carbonsweep.nest.writer import Writer

TABLE_PART = 1 << 16
"""Elements of a table that a thread fills at a time."""
CHOICES_PART = 1 << 9
"""The same in a nest that makes choices."""


class Program:
    """The nest of a grid for one purpose.

    Parameters
    ----------
    grid, schedule
        The bound plan and its loops.
    names
        What the nest evaluates: quantities, or other names that the grid knows.
    write
        Gives the text of the module.
    tabulate
        Whether the nest may look values up that are computed beforehand.
    """

    def __init__(
        self,
        grid: Grid,
        schedule: Schedule,
        names: Iterable[str],
        write: Callable[[Writer], str],
        tabulate: bool = True,
    ) -> None:
        self.grid = grid
        self.schedule = schedule
        traced = TracedGrid(grid)
        self.writer = Writer(traced, schedule, [traced.nodes[name] for name in names], tabulate)
        self._write = write
        self._lock = threading.Lock()
        self._prepared = False

    @functools.cached_property
    def text(self) -> str:
        """The text of the module: of the structure, and of no number that a plan gives but words (`is_structural`)."""
        return self._write(self.writer)

    @functools.cached_property
    def module(self) -> ModuleType:
        """The compiled functions, from the cache if they are there."""
        return load_nest(self.text)

    @functools.cached_property
    def arguments(self) -> tuple[np.ndarray, ...]:
        """Sizes, constants, filled tables and axes: what every function of the nest gets."""
        tables = self.writer.tables
        schedule = self.schedule
        shape = np.array([*map(len, self.grid.axes), schedule.tile, schedule.tiles], dtype=np.int64)
        filled = [np.empty((len(table.nodes), table.size)) for table in tables]
        matrices = [axis.matrix for axis in self.grid.axes]
        candidates = self.writer.traced.candidates.values()
        found = self.grid.graph.curves
        curves = [found] if self.writer.looks_up and found is not None else []
        given = (shape, self.grid.nest_constants, *filled, *matrices, *candidates, *curves)
        whole = sum(table.size for table in tables)
        filled_before = 0
        # A choice or a statistic takes a thousand times as long as another operation: fewer of them make a part.
        part_size = CHOICES_PART if self.writer.inner else TABLE_PART
        for number, table in enumerate(tables):
            fill = functools.partial(self.module.fill_table, number)
            outermost = schedule.sizes[table.loops[0]]
            parts = max(1, min(outermost, table.size // part_size))
            edges = [outermost * part // parts for part in range(parts + 1)]
            if parts == 1:
                fill(0, outermost, *given)
            else:
                with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
                    done = pool.map(lambda start, stop, fill=fill: fill(start, stop, *given), edges[:-1], edges[1:])
                    for part, _ in enumerate(done, 1):
                        report("filling tables", (filled_before + table.size * part / parts) / whole)
            filled_before += table.size
        return given

    def prepare(self) -> None:
        """Compile, and fill the tables; once, whoever comes first."""
        with self._lock:
            if self._prepared:
                return
            report("compiling")
            _ = self.module, self.arguments
            self._prepared = True
            report("evaluating")
