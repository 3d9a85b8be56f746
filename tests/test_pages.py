"""The committed nomenclature page is the one that the registry gives."""

from __future__ import annotations

import runpy
from pathlib import Path

from carbonsweep.kernels import REGISTRY
from carbonsweep.plan.schema import FILE

DOCS = Path(__file__).parents[1] / "docs"


def test_the_page_is_up_to_date() -> None:
    fresh = runpy.run_path(str(DOCS / "nomenclature.py"))["page"]()
    committed = (DOCS / "nomenclature.md").read_text(encoding="utf-8")
    assert committed == fresh, "docs/nomenclature.md is out of date: run `make pages` and commit it"


def test_the_schema_of_plans_is_up_to_date() -> None:
    fresh = runpy.run_path(str(DOCS / "plan_schema.py"))["page"]()
    assert FILE.read_text(encoding="utf-8") == fresh, (
        "the schema of plans is out of date: run `make pages` and commit it"
    )


def test_the_page_has_every_name_once_and_every_variant() -> None:
    lines = (DOCS / "nomenclature.md").read_text(encoding="utf-8").splitlines()
    headings = [line.removeprefix("#### `").removesuffix("`") for line in lines if line.startswith("#### ")]
    assert sorted(headings) == sorted(REGISTRY.names())
    variants = [line for line in lines if line.startswith("- **")]
    assert len(variants) == sum(len(group) for group in REGISTRY.quantities.values())
