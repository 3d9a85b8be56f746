"""A run directory: an ordinary Parquet dataset and a manifest that says what it is.

A run is written to ``<out>.partial`` beside its place and renamed when it is whole, so that a folder with the
run's name is always a finished run. Part files are written whole to a temporary name, flushed and renamed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from carbonsweep.errors import StoreError

MANIFEST = "_manifest.json"
"""The leading underscore keeps dataset readers from taking it for data."""
FORMAT = "carbonsweep-run"
PENDING = 4
"""Part files that may wait in memory to be written."""


@dataclass(frozen=True)
class Part:
    """One part file: its blocks, rows, size and SHA-256."""

    file: str
    start: int
    stop: int
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Layout:
    """How the columns of part files are stored.

    Attributes
    ----------
    schema
        Names, types and metadata.
    compression
        Parquet codec.
    dictionary
        Columns stored as a Parquet dictionary: those of few distinct texts. For numbers it does not pay.
    statistics
        Columns whose smallest and largest values are kept for every row group, so that readers can skip it.
    """

    schema: pa.Schema
    compression: str
    dictionary: list[str]
    statistics: list[str]


class Store:
    """The directory of one run while it is written.

    Parameters
    ----------
    out
        Where the finished run will stand.
    overwrite
        Whether a finished run already there may be replaced.

    Raises
    ------
    StoreError
        If something is there already, or the place cannot be written.
    """

    def __init__(self, out: Path, overwrite: bool) -> None:
        self.out = out
        self.partial = out.with_name(out.name + ".partial")
        # Flushing to the disk is waiting, not work: another thread waits while those that compute go on.
        self._flusher = ThreadPoolExecutor(1)
        self._pending: deque[Future[None]] = deque()
        try:
            if out.exists() or out.is_symlink():
                self._check_replaceable(overwrite)
            out.parent.mkdir(parents=True, exist_ok=True)
            if self.partial.exists():
                shutil.rmtree(self.partial)
            self.partial.mkdir()
        except OSError as error:
            raise StoreError(f"{out}: cannot write here: {error.strerror}; choose a folder you can write") from None

    def _check_replaceable(self, overwrite: bool) -> None:
        if not overwrite:
            raise StoreError(f"{self.out}: already exists; choose another folder, or replace it with --overwrite")
        empty = self.out.is_dir() and not any(self.out.iterdir())
        if not empty and not (self.out / MANIFEST).is_file():
            raise StoreError(
                f"{self.out}: exists and is not a carbonsweep run; it is never overwritten, choose another folder"
            )

    def write(self, name: str, start: int, stop: int, tables: Iterable[pa.Table], layout: Layout) -> Part:
        """Encode one part file and have it written atomically; an error of the disk may be raised by a later call.

        Parameters
        ----------
        name
            File name.
        start, stop
            The blocks it holds.
        tables
            Its rows, a row group each; each is encoded before the next is asked for.
        layout
            How columns are stored.
        """
        buffer = pa.BufferOutputStream()
        rows = 0
        with pq.ParquetWriter(
            buffer,
            layout.schema,
            compression=layout.compression,
            use_dictionary=layout.dictionary or False,
            write_statistics=layout.statistics,
        ) as writer:
            for table in tables:
                writer.write_table(table, row_group_size=max(1, table.num_rows))
                rows += table.num_rows
        data = buffer.getvalue()
        self._pending.append(self._flusher.submit(self._put, name, data))
        while len(self._pending) > PENDING:
            self._settle_oldest()
        return Part(name, start, stop, rows, data.size, hashlib.sha256(data).hexdigest())

    def finish(self, manifest: dict[str, Any]) -> None:
        """Write the manifest and put the run in its place, replacing an older one only now."""
        while self._pending:
            self._settle_oldest()
        self._flusher.shutdown()
        text = json.dumps({"format": FORMAT, **manifest}, indent=1, allow_nan=False)
        self._put(MANIFEST, text.encode())
        try:
            if self.out.exists():
                old = self.out.with_name(self.out.name + ".replaced")
                shutil.rmtree(old, ignore_errors=True)
                self.out.rename(old)
                self.partial.rename(self.out)
                shutil.rmtree(old, ignore_errors=True)
            else:
                self.partial.rename(self.out)
        except OSError as error:
            raise StoreError(f"{self.out}: the run is complete in {self.partial}, {error.strerror}") from None

    def discard(self) -> None:
        """Remove what was written of an unfinished run."""
        self._flusher.shutdown(cancel_futures=True)
        shutil.rmtree(self.partial, ignore_errors=True)

    def _settle_oldest(self) -> None:
        """Wait until the oldest file handed over is on the disk."""
        try:
            oldest = self._pending.popleft()
        except IndexError:  # another thread took it
            return
        oldest.result()

    def _put(self, name: str, data: Any) -> None:
        temporary = self.partial / f".{name}.tmp"
        try:
            with temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.rename(self.partial / name)
        except OSError as error:
            raise StoreError(f"{self.out}: cannot write {name}: {error.strerror}") from None


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a finished run.

    Raises
    ------
    StoreError
        If the folder holds none, or it is damaged.
    """
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StoreError(f"{folder}: not a finished run: {MANIFEST}: {error.strerror}") from None
    except ValueError as error:
        raise StoreError(f"{path}: damaged: {error}") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise StoreError(f"{path}: not the manifest of a carbonsweep run")
    return manifest


def part_record(part: Part) -> dict[str, Any]:
    """A part as the manifest records it."""
    return asdict(part)
