"""The manifest of a finished run: its content, how it is written and checked."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, Field, ValidationError

from carbonsweep.foundation.errors import StoreError, one_line
from carbonsweep.store.filesystem import Folder
from carbonsweep.store.part_files import NAME

MANIFEST = "_manifest.parquet"
"""A Parquet file without rows that has the columns of the run: readers that skip names with an underscore skip it, and
to those that read every file of a folder (Polars) it adds nothing."""
PLACE = re.compile(rf"(?:[^/]+=[^/]*/)*{re.escape(MANIFEST)}")
"""Where it may be, below the folder of the run."""
KEY = b"carbonsweep_manifest"
"""Where its content is, as JSON, among the metadata of the file."""
CHECKSUM = b"carbonsweep_manifest_sha256"
"""Where the SHA-256 of that JSON is."""
FORMAT = "carbonsweep-run"
VERSION = 1
"""Of the format of manifests, raised when older releases could misread one."""


class _Segment(BaseModel):
    identity: str
    blocks: int
    plan: dict[str, Any]


class _Record(BaseModel):
    # A pattern, so that no name leads out of the folder.
    file: str = Field(pattern=f"^{NAME.pattern}$")
    segment: int
    index: int
    start: int
    stop: int
    rows: int
    bytes: int
    sha256: str


class _Manifest(BaseModel):
    """What `read_manifest` relies on; a manifest is untrusted data."""

    format: Literal["carbonsweep-run"]
    format_version: Annotated[int, Field(ge=1)] = 1
    version: str
    title: str
    plan_hash: str
    plan: dict[str, Any]
    points: int
    rows: int
    equations: dict[str, dict[str, str]]
    columns: list[dict[str, str]]
    segments: list[_Segment]
    parts: list[_Record]


def is_manifest(name: str) -> bool:
    """Whether a file below the folder of a run is its manifest: there, or in a partition, not in another run inside."""
    return PLACE.fullmatch(name) is not None


def manifest_place(parts: Iterable[str]) -> str:
    """The name of a manifest in its run: beside the first part, since a file outside of partitions would hide them."""
    folder, slash, _ = min(parts, default="").rpartition("/")
    return f"{folder}{slash}{MANIFEST}"


def manifest_file(content: dict[str, Any], columns: pa.Schema) -> bytes:
    """What is written as the manifest of a run with some columns."""
    to_json = json.JSONEncoder(allow_nan=False).encode
    about = {name: value for name, value in content.items() if name != "parts"}
    head = to_json({"format": FORMAT, "format_version": VERSION, **about})
    # Part by part: JSON of all at once is made of some dozens of small texts a part.
    text = f'{head[:-1]}, "parts": [{", ".join(map(to_json, content["parts"]))}]}}'.encode()
    buffer = pa.BufferOutputStream()
    # No rows, for an empty table would import pandas; not in the metadata of the schema, which a file has twice.
    with pq.ParquetWriter(buffer, columns) as writer:
        writer.add_key_value_metadata({KEY: text, CHECKSUM: hashlib.sha256(text).hexdigest()})
    data: bytes = buffer.getvalue().to_pybytes()
    return data


def manifest_text(data: bytes) -> str:
    """The content of a manifest file, as JSON.

    Raises
    ------
    ValueError
        If it is none.
    """
    try:
        metadata = pq.read_metadata(pa.BufferReader(data)).metadata or {}
    except (pa.ArrowException, OSError) as error:
        raise ValueError(one_line(error)) from None
    if KEY not in metadata:
        raise ValueError(f"it has no {KEY.decode()}")
    text: bytes = metadata[KEY]
    if metadata.get(CHECKSUM) != hashlib.sha256(text).hexdigest().encode():
        raise ValueError("its content is not that of its checksum")
    return text.decode()


def read_manifest(folder: Folder) -> dict[str, Any]:
    """The manifest of a finished run.

    Raises
    ------
    StoreError
        If the folder holds none, or it is damaged.
    """
    name = next((one for one in folder.files() if is_manifest(one)), MANIFEST)
    try:
        manifest: dict[str, Any] = json.loads(manifest_text(folder.read(name)))
        found = _Manifest.model_validate(manifest, strict=True)
        if found.format_version > VERSION:
            raise StoreError(
                f"{folder}: written by carbonsweep {found.version} in a later format ({found.format_version}, this "
                f"release reads {VERSION}); use that release or a newer one"
            )
    except FileNotFoundError:
        raise StoreError(f"{folder}: not a finished run: it has no {MANIFEST}") from None
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        at = ".".join(str(step) for step in fault["loc"])
        raise StoreError(
            f"{folder}: {name} is not the manifest of a carbonsweep run: {at or 'content'}: {fault['msg']}; "
            "repair it with run --resume"
        ) from None
    except (ValueError, RecursionError) as error:
        raise StoreError(f"{folder}: {name} is damaged: {error}; repair it with run --resume") from None
    return manifest
