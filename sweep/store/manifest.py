"""The manifest of a finished run: its content, how it is written and checked."""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError

from carbonsweep.foundation.errors import StoreError
from carbonsweep.store.filesystem import Folder
from carbonsweep.store.part_files import NAME

MANIFEST = "_manifest.json"
"""The leading underscore keeps dataset readers from taking it for data."""
FORMAT = "carbonsweep-run"


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


def manifest_text(content: dict[str, Any]) -> str:
    """What is written as the manifest of a run."""
    return json.dumps({"format": FORMAT, **content}, indent=1, allow_nan=False)


def read_manifest(folder: Folder) -> dict[str, Any]:
    """The manifest of a finished run.

    Raises
    ------
    StoreError
        If the folder holds none, or it is damaged.
    """
    try:
        manifest: dict[str, Any] = json.loads(folder.read(MANIFEST))
        _Manifest.model_validate(manifest, strict=True)
    except FileNotFoundError:
        raise StoreError(f"{folder}: not a finished run: it has no {MANIFEST}") from None
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        at = ".".join(str(step) for step in fault["loc"])
        raise StoreError(
            f"{folder}: {MANIFEST} is not the manifest of a carbonsweep run: {at or 'content'}: {fault['msg']}; "
            "repair it with run --resume"
        ) from None
    except (ValueError, RecursionError) as error:
        raise StoreError(f"{folder}: {MANIFEST} is damaged: {error}; repair it with run --resume") from None
    return manifest
