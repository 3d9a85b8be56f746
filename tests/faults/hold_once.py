"""Preloaded by a worker: the first to come to a later chunk says so in a file and stands still in the middle of it."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

from carbonsweep.store.part_files import PartWriter

CHUNK = 9


def held(real: Any) -> Any:
    """`PartWriter._tables`, standing still once in a chunk from `CHUNK` on."""
    marker = Path(os.environ["CARBONSWEEP_TEST_HOLD"])

    def tables(self: PartWriter, sweep: Any, index: int, *rest: Any) -> Any:
        rows = real(self, sweep, index, *rest)
        yield next(rows)
        if index >= CHUNK:
            try:
                with marker.open("x") as file:
                    file.write(str(os.getpid()))
            except FileExistsError:
                pass
            else:
                threading.Event().wait()
        yield from rows

    return tables


if PartWriter._tables.__name__ != "tables":  # Dask may import a preloaded module twice
    PartWriter._tables = held(PartWriter._tables)  # type: ignore[method-assign]
