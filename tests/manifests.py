"""Manifests of runs as tests look at them and damage them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from carbonsweep.store.manifest import CHECKSUM, KEY, MANIFEST


def manifest_of(run: Path) -> Path:
    """The manifest's file."""
    return next(run.rglob(MANIFEST))


def content_of(run: Path) -> dict[str, Any]:
    """What it says."""
    content: dict[str, Any] = json.loads(pq.read_metadata(manifest_of(run)).metadata[KEY])
    return content


def write_manifest(path: Path, text: str) -> None:
    """A manifest with any text in it, and its checksum."""
    metadata = {KEY: text.encode(), CHECKSUM: hashlib.sha256(text.encode()).hexdigest()}
    pq.write_table(pa.schema([]).empty_table().replace_schema_metadata(metadata), path)
