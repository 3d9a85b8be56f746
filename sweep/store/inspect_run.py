"""`verify` and `info`: what a run directory is, and whether it is whole."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from carbonsweep.foundation.errors import StoreError, one_line
from carbonsweep.foundation.results import Result
from carbonsweep.foundation.sizes import size_text
from carbonsweep.kernels import REGISTRY
from carbonsweep.plan.plan import plan_hash
from carbonsweep.store.filesystem import Folder, several
from carbonsweep.store.manifest import MANIFEST, read_manifest
from carbonsweep.store.part_files import NAME, read_footer

if TYPE_CHECKING:
    from rich.console import RenderableType


@dataclass(frozen=True)
class Fault:
    """What is wrong with a file."""

    file: str
    what: str


@dataclass(frozen=True)
class Verification(Result):
    """What `verify` found.

    Attributes
    ----------
    out
        The run directory.
    parts, rows, bytes
        Whole part files, with their rows and size.
    faults
        What is wrong, in the order of the manifest.
    """

    out: str
    parts: int
    rows: int
    bytes: int
    faults: tuple[Fault, ...]

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def to_dict(self) -> dict[str, Any]:
        return {
            "out": self.out,
            "whole": self.whole,
            "parts": self.parts,
            "rows": self.rows,
            "bytes": self.bytes,
            "faults": [{"file": fault.file, "fault": fault.what} for fault in self.faults],
        }

    def __rich__(self) -> RenderableType:
        from carbonsweep.foundation.terminal import fact_list, new_table, stack

        facts = fact_list(
            run=self.out,
            parts=f"{self.parts:,} whole, {len(self.faults):,} faults",
            rows=f"{self.rows:,} in {size_text(self.bytes)}",
        )
        if self.whole:
            said = "whole: sizes, row counts, checksums, columns, units, plan and equations agree with the manifest"
            return stack(facts, said)
        faults = new_table("Faults", "file", "fault")
        for fault in self.faults:
            faults.add_row(fault.file, fault.what)
        return stack(facts, faults, "repair it with: carbonsweep run PLAN --out DIR --resume")


class RunInfo(dict[str, Any], Result):
    """How a run directory or a part file describes itself; see `info` for the keys."""

    def to_dict(self) -> dict[str, Any]:
        return dict(self)

    def __rich__(self) -> RenderableType:
        from carbonsweep.foundation.terminal import fact_list, new_table, stack

        count = {name: f"{self[name]:,}" for name in ("points", "rows", "parts") if self[name] is not None}
        facts = fact_list(
            **({"title": self["title"]} if self["title"] else {}),
            state=self["state"],
            **count,
            **({} if self["bytes"] is None else {"size": size_text(self["bytes"])}),
            carbonsweep=self["version"],
            plan=self["plan_hash"],
            constraints=_listed(self["plan"].get("constraints", {})),
            constants=_listed(self["plan"].get("constants", {})),
        )
        keys = ("name", "unit", "type", "source", "description")
        columns = new_table("Columns", "column", *keys[1:])
        for column in self["columns"]:
            columns.add_row(*(column[key] for key in keys))
        return stack(facts, columns)


def _listed(values: dict[str, Any]) -> str:
    return "; ".join(f"{name} = {value}" for name, value in values.items()) or "none"


def verify(out: str | Path, *, storage_options: Mapping[str, Any] | None = None) -> Verification:
    """Check a finished run against its manifest: every byte of it.

    Parameters
    ----------
    out
        The run directory, a path or URL.
    storage_options
        Settings of the filesystem, as fsspec takes them.

    Raises
    ------
    StoreError
        If it is no finished run, or its manifest is damaged.
    """
    folder = Folder(os.fspath(out), dict(storage_options or {}))
    manifest = read_manifest(folder)
    faults: list[Fault] = []
    if plan_hash(manifest["plan"]) != manifest["plan_hash"]:
        faults.append(Fault(MANIFEST, "its plan is not the one of its hash"))
    rows = size = parts = 0
    blocks = [0] * len(manifest["segments"])
    records = manifest["parts"]
    sized = ((record, record["bytes"]) for record in records)
    for record, inside in zip(records, several(lambda one: _fault(folder, one, manifest), sized), strict=True):
        fault = _misplaced(record, blocks) or inside
        if fault is None:
            parts, rows, size = parts + 1, rows + record["rows"], size + record["bytes"]
        else:
            faults.append(Fault(record["file"], fault))
    for number, segment in enumerate(manifest["segments"]):
        if blocks[number] != segment["blocks"]:
            faults.append(Fault(MANIFEST, f"lists {blocks[number]} of {segment['blocks']} blocks of a plan"))
    if sum(record["rows"] for record in manifest["parts"]) != manifest["rows"]:
        faults.append(Fault(MANIFEST, "its rows are not those of its parts"))
    listed = {record["file"] for record in manifest["parts"]}
    for name in folder.files():
        hidden = any(step.startswith(("_", ".")) for step in name.split("/"))
        if name not in listed and name.endswith(".parquet") and not hidden:
            faults.append(Fault(name, "is no part of this run, but readers of the folder would take it for one"))
    return Verification(folder.url, parts, rows, size, tuple(faults))


def _misplaced(record: dict[str, Any], blocks: list[int]) -> str | None:
    """How a part does not follow the one before it, if so; counts its blocks for its plan."""
    segment = record["segment"]
    if not 0 <= segment < len(blocks):
        return "belongs to no plan of the manifest"
    if record["start"] != blocks[segment]:
        return f"begins at block {record['start']}, expected {blocks[segment]}"
    blocks[segment] = record["stop"]
    return None


def _fault(folder: Folder, record: dict[str, Any], manifest: dict[str, Any]) -> str | None:
    """What is wrong with a part's file, if anything."""
    if not 0 <= record["segment"] < len(manifest["segments"]):
        return None
    try:
        data = folder.read(record["file"])
    except FileNotFoundError:
        return "is missing"
    if len(data) != record["bytes"]:
        return f"has {len(data):,} bytes, expected {record['bytes']:,}"
    if hashlib.sha256(data).hexdigest() != record["sha256"]:
        return "its SHA-256 is another"
    try:
        footer, rows = read_footer(pa.BufferReader(data), record["file"])
    except StoreError as error:
        return str(error)
    if footer.run != manifest["segments"][record["segment"]]["identity"]:
        return "was made by another plan, or with other equations or catalogs"
    if rows != record["rows"]:
        return f"has {rows:,} rows, expected {record['rows']:,}"
    return _described(data, record, manifest)


def _described(data: bytes, record: dict[str, Any], manifest: dict[str, Any]) -> str | None:
    """How a part describes itself otherwise than the manifest does, if at all."""
    found = pq.read_schema(pa.BufferReader(data))
    try:
        about = json.loads((found.metadata or {})[b"carbonsweep"])
        plan = about["plan"]
    except (KeyError, TypeError, ValueError):
        return "does not say which plan it is of"
    if plan != manifest["segments"][record["segment"]]["plan"]:
        return "describes another plan"
    folders = {step.partition("=")[0] for step in record["file"].split("/")[:-1]}
    expected = [(one["name"], one["type"], one["unit"]) for one in manifest["columns"] if one["name"] not in folders]
    units = [(item.metadata or {}).get(b"unit", b"").decode() for item in found]
    if [(item.name, str(item.type), unit) for item, unit in zip(found, units, strict=True)] != expected:
        return "its columns or units are not those of the manifest"
    return None


def info(out: str | Path, *, storage_options: Mapping[str, Any] | None = None) -> RunInfo:
    """Describe a run directory or a single part file.

    Parameters
    ----------
    out
        A run directory (finished or not) or one of its part files, a path or URL.
    storage_options
        Settings of the filesystem, as fsspec takes them.

    Returns
    -------
    RunInfo
        A dictionary that shows itself: ``state``, ``title``, ``version``, ``plan``, ``plan_hash``, ``points``,
        ``rows``, ``parts``, ``bytes`` (None where the files at hand do not tell), ``equations`` and ``columns`` (name,
        type, unit, description, source).

    Raises
    ------
    StoreError
        If there is no run and no part of one.
    """
    text = os.fspath(out)
    options = dict(storage_options or {})
    if text.endswith(".parquet"):
        parent, _, name = text.rpartition("/")
        return _of_parts(Folder(parent or ".", options), [name], "a part of a run")
    folder = Folder(text, options)
    try:
        manifest = read_manifest(folder)
    except StoreError:
        for candidate in (folder, folder.beside(".partial")):
            names = [name for name in candidate.files() if NAME.fullmatch(name)]
            if names:
                return _of_parts(candidate, names, f"unfinished, in {candidate}; continue with run --resume")
        raise
    first = next(iter(manifest["parts"]), None)
    columns = _columns(folder, first["file"]) if first else manifest["columns"]
    have = {column["name"] for column in columns}
    for column in manifest["columns"]:
        if column["name"] not in have:  # its values are in the names of folders
            columns.append({**column, **_documented(column["name"]), "source": "plan"})
    return RunInfo(
        state="finished",
        title=manifest["title"],
        version=manifest["version"],
        plan_hash=manifest["plan_hash"],
        plan=manifest["plan"],
        points=manifest["points"],
        rows=manifest["rows"],
        parts=len(manifest["parts"]),
        bytes=sum(record["bytes"] for record in manifest["parts"]),
        equations=manifest["equations"],
        columns=columns,
    )


def _of_parts(folder: Folder, names: list[str], state: str) -> RunInfo:
    """What part files alone tell about their run."""
    sizes = folder.files()

    def rows_of(name: str) -> int:
        with folder.open(name) as file:
            return read_footer(file, name)[1]

    rows = sum(several(rows_of, ((name, 0) for name in names)))
    try:
        with folder.open(names[0]) as file:
            about = json.loads(pq.read_schema(file).metadata[b"carbonsweep"])
        columns = _columns(folder, names[0])
        return RunInfo(
            state=state,
            title=about["plan"]["title"],
            version=about["version"],
            plan_hash=about["plan_hash"],
            plan=about["plan"],
            points=None,
            rows=rows,
            parts=len(names),
            bytes=sum(sizes.get(name, 0) for name in names),
            equations={c["name"]: {"variant": c["source"].partition(":")[0]} for c in columns if ":" in c["source"]},
            columns=columns,
        )
    except (pa.ArrowException, KeyError, TypeError, ValueError) as error:
        raise StoreError(f"{names[0]}: not a part of a carbonsweep run: {one_line(error)}") from None


def _columns(folder: Folder, name: str) -> list[dict[str, str]]:
    """Name, type, unit, description and source of the columns of a part file."""
    with folder.open(name) as file:
        of = pq.read_schema(file)
    return [
        {"name": item.name, "type": str(item.type)}
        | {key: (item.metadata or {}).get(key.encode(), b"").decode() for key in ("unit", "description", "source")}
        for item in of
    ]


def _documented(name: str) -> dict[str, str]:
    known = REGISTRY.knows(name)
    return {"description": REGISTRY.description(name) if known else f"Catalog id of the {name}."}
