"""Preloaded by a worker: a later chunk takes more memory than a worker may have, once or whenever it is tried."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

from carbonsweep.store.part_files import PartWriter

CHUNK, BYTES = 9, 1_500_000_000


def greedy(real: Any) -> Any:
    """`PartWriter._tables`, with memory filled in a chunk from `CHUNK` on; where that is once, a file is its mark."""
    how, _, marker = os.environ["CARBONSWEEP_TEST_HOG"].partition(":")

    def tables(self: PartWriter, sweep: Any, index: int, *rest: Any) -> Any:
        rows = real(self, sweep, index, *rest)
        yield next(rows)
        if index >= CHUNK and (how == "always" or not Path(marker).exists()):
            if marker:
                Path(marker).touch()
            filled = bytearray(os.urandom(4096)) * (BYTES // 4096)
            threading.Event().wait(60 if filled else 0)
        yield from rows

    return tables


if PartWriter._tables.__name__ != "tables":  # Dask may import a preloaded module twice
    PartWriter._tables = greedy(PartWriter._tables)  # type: ignore[method-assign]
