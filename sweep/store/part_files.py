"""Part files: one chunk of a sweep each, as Parquet that can be verified by itself.

The name of a part file holds the SHA-256 of its content, and its footer holds what it is a part of, which chunk,
and the summary of its rows. Whether a part is whole, and whose it is, needs no journal beside it.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq

from carbonsweep.engine.sweep import Buffers, Sweep
from carbonsweep.foundation.errors import StoreError, one_line
from carbonsweep.foundation.version import __version__
from carbonsweep.grid.chosen import all_equations
from carbonsweep.grid.grid import Grid
from carbonsweep.nest.equation_source import choice_source, whole_source
from carbonsweep.plan.plan import Plan
from carbonsweep.store.filesystem import Folder
from carbonsweep.store.summary import Summary, summarize
from carbonsweep.tabular.arrow import SCHEMA_VERSION, arrow_table, schema, spark_metadata

FOOTER = "carbonsweep_part"
"""Key of a part's own metadata in its footer."""
WRITE_BATCH = 1 << 16
"""Values encoded at a time."""
FEW = 1 << 12
"""Values of an axis of whole numbers up to which a dictionary of them is small."""
NAME = re.compile(r"(?:[^/]+=[^/]*/)*part-([0-9]+)-([0-9a-f]{16})\.parquet")
"""What names of part files look like, below the folder of the run."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part file.

    Attributes
    ----------
    file
        Its path in the folder of the run.
    segment
        Which of the run's plans it belongs to: 0, unless the run was extended.
    index
        The number of its chunk.
    start, stop
        The blocks it holds.
    rows, bytes, sha256
        Its rows, size and checksum.
    """

    file: str
    segment: int
    index: int
    start: int
    stop: int
    rows: int
    bytes: int
    sha256: str


def equations_used(sweep: Sweep) -> dict[str, dict[str, str]]:
    """Variant, source and text hash of every equation and choice of a sweep, by what it gives."""
    used = {
        equation.quantity: {
            "variant": equation.variant,
            "source": equation.source,
            "sha256": _digest(whole_source(equation.function, equation.quantity)),
        }
        for equation in all_equations(sweep.grid.graph.steps)
    }
    for choice in sweep.grid.choices:
        source = f"the best of: {', '.join(choice.described())}"
        used[choice.quantity] = {"variant": "choice", "source": source, "sha256": _digest(choice_source(choice.choice))}
    return used


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def identity(sweep: Sweep) -> str:
    """What parts must share to be parts of one dataset: plan, equations, catalogs and how the grid is cut; SHA-256."""
    schedule = sweep.schedule
    described = {
        "schema_version": SCHEMA_VERSION,
        "version": __version__,
        "plan": sweep.plan.content_hash,
        "equations": equations_used(sweep),
        "defaults": sweep.grid.graph.defaults,
        "catalogs": sweep.grid.catalog_hashes,
        **({"samples": sweep.grid.samples.digest} if sweep.grid.samples is not None else {}),
        "loops": [axis.name for axis in sweep.loops],
        "cut": [schedule.sizes, schedule.outer, schedule.tile, sweep.chunk_blocks],
    }
    return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()


def file_schema(sweep: Sweep) -> pa.Schema:
    """The columns of part files: all but those whose values the names of folders hold."""
    whole = schema(sweep)
    kept = [item for item in whole if item.name not in sweep.plan.output.partition_by]
    return pa.schema(kept, metadata=whole.metadata)


def parquet_writer(sweep: Sweep, of: pa.Schema, to: Any) -> pq.ParquetWriter:
    """A writer of part files with the settings of the plan."""
    output = sweep.plan.output
    labelled = [item.name for item in of if pa.types.is_dictionary(item.type)]
    # A dictionary pays for texts, not for numbers; but zstd takes four times as long for runs of small integers, most
    # bytes of which are zero, as they and their places in a dictionary take together.
    long = {axis.name for axis in sweep.grid.axes if len(axis) > FEW}
    whole = [item.name for item in of if pa.types.is_integer(item.type) and item.name not in long]
    counted = whole if output.codec == "zstd" else []
    inner = {axis.name for axis in sweep.loops[sweep.schedule.outer :]}
    return pq.ParquetWriter(
        to,
        of,
        compression=output.codec,
        compression_level=output.compression_level,
        use_dictionary=[*labelled, *counted] or False,
        # Statistics of texts cost most, and help only where a row group holds few of them.
        write_statistics=[name for name in of.names if name not in labelled or name not in inner],
        # Arrow's own batches of 1,024 values take a sixth more time.
        write_batch_size=WRITE_BATCH,
    )


def _write(sweep: Sweep, writer: pq.ParquetWriter, table: pa.Table) -> None:
    writer.write_table(table, row_group_size=min(max(1, table.num_rows), sweep.plan.output.row_group_points))


@dataclass(frozen=True)
class Encoded:
    """A part ready to be stored."""

    part: Part
    data: Any
    summary: Summary


class PartWriter:
    """Makes and stores the parts of a sweep, in any process: what is sent to others is plan, grid and folder.

    Parameters
    ----------
    sweep
        The sweep.
    folder
        Where parts go; every process that writes must reach it by this path or URL.
    segment
        Which of the run's plans this is.
    first
        Number of the first part of this segment.
    """

    waits = True

    def __init__(self, sweep: Sweep, folder: Folder, segment: int = 0, first: int = 0) -> None:
        self._begin(sweep.plan, sweep.grid, sweep.chunk_points, folder, segment, first, sweep)

    def _begin(
        self,
        plan: Plan,
        grid: Grid,
        chunk_points: int,
        folder: Folder,
        segment: int,
        first: int,
        sweep: Sweep | None = None,
    ) -> None:
        self._state = (plan, grid, chunk_points, folder, segment, first)
        self.folder, self.segment, self.first = folder, segment, first
        self._sweep = sweep
        self._free: list[Buffers] = []
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._identity = ""
        self._schema = pa.schema([])
        self._spark: dict[str, str] = {}

    def __getstate__(self) -> tuple:
        return self._state

    def __setstate__(self, state: tuple) -> None:
        self._begin(*state)

    @property
    def sweep(self) -> Sweep:
        """The sweep, compiled or read from the cache when it is first needed."""
        with self._lock:
            if not self._identity:
                if self._sweep is None:
                    plan, grid, chunk_points, *_ = self._state
                    self._sweep = Sweep(plan, grid, chunk_points=chunk_points)
                self._sweep.prepare()
                self._schema = file_schema(self._sweep)
                self._spark = spark_metadata(self._schema)
                self._identity = identity(self._sweep)
            assert self._sweep is not None
            return self._sweep

    def stop(self) -> None:
        """Give up the parts that are being made."""
        self._stopped.set()

    def compute(self, index: int) -> Encoded:
        """Evaluate and encode a chunk."""
        sweep = self.sweep
        start, stop = sweep.chunk_bounds(index)
        summary = Summary()
        of = self._schema
        buffer = pa.BufferOutputStream()
        with parquet_writer(sweep, of, buffer) as writer:
            for table in self._tables(sweep, index, summary, of):
                _write(sweep, writer, table)
            footer = {
                "run": self._identity,
                "index": index,
                "start": start,
                "stop": stop,
                "rows": summary.rows,
                "summary": summary.as_dict(),
            }
            writer.add_key_value_metadata({**self._spark, FOOTER: json.dumps(footer)})
        data = buffer.getvalue()
        digest = hashlib.sha256(data).hexdigest()
        folders = "".join(f"{name}={_hive(value)}/" for name, value in sweep.partition(index).items())
        digits = max(5, len(str(self.first + sweep.chunks - 1)))
        name = f"{folders}part-{self.first + index:0{digits}}-{digest[:16]}.parquet"
        part = Part(name, self.segment, index, start, stop, summary.rows, data.size, digest)
        return Encoded(part, data, summary)

    def _tables(self, sweep: Sweep, index: int, summary: Summary, of: pa.Schema) -> Iterator[pa.Table]:
        """The rows of a chunk, a row group at a time, in arrays that are used again and again."""
        piece = max(1, min(sweep.plan.output.row_group_points // sweep.schedule.block_points, sweep.chunk_blocks))
        with self._lock:
            buffers = self._free.pop() if self._free else sweep.buffers(piece)
        start, stop = sweep.chunk_bounds(index)
        for first in range(start, stop, piece):
            if self._stopped.is_set():
                raise KeyboardInterrupt
            chunk = sweep.evaluate(first, min(first + piece, stop), buffers)
            about = summarize(sweep, chunk, index, summary.rows)
            yield arrow_table(sweep, chunk, of, {name for name, column in about.columns.items() if column.missing})
            summary.add(about)
        with self._lock:
            self._free.append(buffers)

    def finish(self, encoded: Encoded) -> tuple[Part, Summary]:
        """Store a part."""
        folder, _, _ = encoded.part.file.rpartition("/")
        if folder:
            self.folder.make(folder)
        self.folder.put(encoded.part.file, encoded.data)
        return encoded.part, encoded.summary


def _hive(value: float | str) -> str:
    """A value as the name of a folder: whole numbers without a point, other signs in percent notation."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return quote(str(value), safe="")


def measured_chunk_points(sweep: Sweep, size: float) -> int:
    """Points whose part file has about `size` bytes, a power of two; from a row group of the middle of the grid.

    Parameters
    ----------
    sweep
        The sweep.
    size
        Bytes that a part file should have.
    """
    sweep.prepare()
    blocks = max(1, sweep.plan.output.row_group_points // sweep.schedule.block_points)
    middle = sweep.schedule.blocks // 2
    stop = min(middle + blocks, sweep.schedule.blocks)
    of = file_schema(sweep)
    buffer = pa.BufferOutputStream()
    with parquet_writer(sweep, of, buffer) as writer:
        _write(sweep, writer, arrow_table(sweep, sweep.evaluate(middle, stop), of))
    written = buffer.getvalue().size
    points = max(1.0, size * (stop - middle) * sweep.schedule.block_points / written)
    return 1 << max(0, round(math.log2(points)))


def part_record(part: Part) -> dict[str, Any]:
    """A part as the manifest records it."""
    return asdict(part)


@dataclass(frozen=True)
class Footer:
    """What a part file says of itself."""

    run: str
    index: int
    start: int
    stop: int
    rows: int
    summary: Summary


def verified(name: str, data: bytes) -> tuple[Footer, str] | None:
    """What the content of a part file says of itself, and its SHA-256; None if it is not whole.

    Parameters
    ----------
    name
        Its path in the folder of the run.
    data
        Its content.
    """
    match = NAME.fullmatch(name)
    digest = hashlib.sha256(data).hexdigest()
    if match is None or digest[:16] != match[2]:
        return None
    try:
        footer, rows = read_footer(pa.BufferReader(data), name)
    except StoreError:
        return None
    return (footer, digest) if footer.rows == rows else None


def read_footer(source: Any, name: str) -> tuple[Footer, int]:
    """What a part file says of itself, and the rows that Parquet counts in it.

    Raises
    ------
    StoreError
        If it is no part of a carbonsweep run.
    """
    try:
        metadata = pq.read_metadata(source)
        record = json.loads((metadata.metadata or {})[FOOTER.encode()])
        footer = Footer(
            str(record["run"]),
            int(record["index"]),
            int(record["start"]),
            int(record["stop"]),
            int(record["rows"]),
            Summary.from_dict(record["summary"]),
        )
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
        raise StoreError(f"{name}: not a part of a carbonsweep run: {one_line(error)}") from None
    return footer, metadata.num_rows
