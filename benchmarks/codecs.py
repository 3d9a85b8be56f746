"""What else could write part files: ``python benchmarks/codecs.py [PLAN ...] [--rounds 7] [--rows 1000000]``.

Encodes the same rows, on one thread and in memory, as `run` does and with other codecs, encodings and statistics.
Prints a Markdown table per plan: time and size of a row, and what DuckDB takes to add up every number of the file.
A round tries each once in an order that rotates; medians.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
import machine
import pyarrow as pa
import pyarrow.parquet as pq

import carbonsweep as cs
from carbonsweep.engine.sweep import Sweep
from carbonsweep.store.part_files import WRITE_BATCH, file_schema
from carbonsweep.tabular.arrow import arrow_table

EXAMPLES = Path(__file__).parent.parent / "examples"
PLANS = ("llama_class.toml", "place_70b.toml", "serve_70b.toml", "frontier_layouts.toml")
PAYS = 0.9
"""A codec pays where its column has at most this share of the size that the other leaves."""

Settings = dict[str, Any]


def tables_of(sweep: Sweep, rows: int) -> list[pa.Table]:
    """Row groups from the middle of the grid on, `rows` rows if it has as many."""
    of = file_schema(sweep)
    blocks = max(1, sweep.plan.output.row_group_points // sweep.schedule.block_points)
    total = sweep.schedule.blocks
    first = max(0, min(total // 2, total - -(-rows // sweep.schedule.block_points)))
    tables, count = [], 0
    for start in range(first, total, blocks):
        table = arrow_table(sweep, sweep.evaluate(start, min(start + blocks, total)), of)
        if table.num_rows:
            tables.append(table)
            count += table.num_rows
        if count >= rows:
            break
    return tables


def encoded(tables: list[pa.Table], settings: Settings) -> pa.Buffer:
    """The tables as one file, a row group each."""
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, tables[0].schema, **settings) as writer:
        for table in tables:
            writer.write_table(table, row_group_size=max(1, table.num_rows))
    return sink.getvalue()


def sizes(table: pa.Table, settings: Settings) -> dict[str, int]:
    """Bytes of each column of a row group."""
    group = pq.read_metadata(pa.BufferReader(encoded([table], settings))).row_group(0)
    return {name: group.column(index).total_compressed_size for index, name in enumerate(table.schema.names)}


def candidates(sweep: Sweep, tables: list[pa.Table]) -> dict[str, Settings]:
    """Settings of a writer by name; what a column needs is judged by the first row group, as a run could."""
    first = tables[0]
    names = first.schema.names
    texts = [item.name for item in first.schema if pa.types.is_dictionary(item.type)]
    whole = [item.name for item in first.schema if pa.types.is_integer(item.type)]
    inner = {axis.name for axis in sweep.loops[sweep.schedule.outer :]}
    looked_at = [name for name in names if name not in texts or name not in inner]
    zstd: Settings = {
        "compression": "zstd",
        "use_dictionary": [*texts, *whole] or False,
        "write_statistics": looked_at,
        "write_batch_size": WRITE_BATCH,
    }
    plain = {**zstd, "use_dictionary": texts or False}
    lz4 = {**plain, "compression": "lz4"}
    small, large, raw = sizes(first, zstd), sizes(first, lz4), sizes(first, {**plain, "compression": "none"})
    mixed = {name: "zstd" if small[name] <= PAYS * large[name] else "lz4" for name in names}
    least = {name: mixed[name] if min(small[name], large[name]) <= PAYS * raw[name] else "none" for name in names}
    varied = [name for name in looked_at if len(first.column(name).unique()) > 1]
    numbers = [item.name for item in first.schema if pa.types.is_floating(item.type)]
    dense = [name for name in numbers if small[name] > 0.2 * raw[name]]
    return {
        "lz4, as `run`": lz4,
        "zstd, level 1, as `run`": zstd,
        "zstd, no dictionaries of whole numbers": plain,
        "no compression": {**plain, "compression": "none"},
        "zstd where it pays, lz4 else": {**zstd, "compression": mixed},
        "the same, none where neither pays": {**zstd, "compression": least},
        "lz4, no statistics where constant": {**lz4, "write_statistics": varied or False},
        "zstd, bytes of numbers split": {**zstd, "use_byte_stream_split": dense or False},
        "lz4, bytes of numbers split": {**lz4, "use_byte_stream_split": dense or False},
    }


def scan_seconds(file: Path) -> float:
    """What DuckDB takes to add up every number of a file on one thread."""
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        source = f"read_parquet('{file}')"
        columns = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
        sums = ", ".join(
            f'count("{name}")' if kind in ("VARCHAR", "BOOLEAN") else f'sum("{name}")' for name, kind, *_ in columns
        )
        began = time.perf_counter()
        connection.execute(f"SELECT {sums} FROM {source}").fetchall()
        return time.perf_counter() - began


def measure(plan: Path, rounds: int, rows: int, folder: Path) -> str:
    """The table of a plan."""
    sweep = Sweep(cs.Plan.load(plan))
    sweep.prepare()
    tables = tables_of(sweep, rows)
    count = sum(table.num_rows for table in tables)
    tried = candidates(sweep, tables)
    whole = pa.concat_tables(tables)
    writes: dict[str, list[float]] = {name: [] for name in tried}
    reads: dict[str, list[float]] = {name: [] for name in tried}
    lengths = {}
    names = list(tried)
    for name, settings in tried.items():
        if not pq.read_table(pa.BufferReader(encoded(tables, settings))).equals(whole):
            raise SystemExit(f"{plan.name}: {name} does not give back what was written")
    for turn in range(rounds):
        for name in itertools.islice(itertools.cycle(names), turn % len(names), turn % len(names) + len(names)):
            began = time.perf_counter()
            data = encoded(tables, tried[name])
            writes[name].append(time.perf_counter() - began)
            lengths[name] = data.size
            file = folder / "part.parquet"
            file.write_bytes(data)
            reads[name].append(scan_seconds(file))
    base = statistics.median(writes[names[0]])
    lines = [
        f"\n{plan.name}: {count:,} rows of {len(tables[0].schema)} columns in row groups of {tables[0].num_rows:,}\n",
        "| writer | ns a row | as `run` = 1 | bytes a row | DuckDB, ns a row |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for name in names:
        write, read = statistics.median(writes[name]), statistics.median(reads[name])
        lines.append(
            f"| {name} | {1e9 * write / count:.1f} | {write / base:.2f} | {lengths[name] / count:.1f} "
            f"| {1e9 * read / count:.1f} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("plans", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--rows", type=int, default=1_000_000)
    words = parser.parse_args()
    pa.set_cpu_count(1)
    print(machine.description())
    with tempfile.TemporaryDirectory() as folder:
        for plan in words.plans or [EXAMPLES / name for name in PLANS]:
            print(measure(plan, words.rounds, words.rows, Path(folder)), flush=True)


if __name__ == "__main__":
    main()
