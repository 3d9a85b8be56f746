"""Two small runs that all tests of this folder share: with hostile names, and with one constant otherwise."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import carbonsweep as cs
from carbonsweep.catalogs import HERE

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
FORMULA = "=1+1<b>"


def plan(folder: Path, **changes: object) -> cs.Plan:
    """Five accelerators: one is the user's with an evil name, one never meets the deadline."""
    catalog = folder / "mine.csv"
    with (HERE / "accelerators.csv").open(encoding="utf-8", newline="") as built_in:
        (row,) = (row for row in csv.DictReader(built_in) if row["id"] == "h200-sxm")
    with catalog.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerow({**row, "id": FORMULA})
    return cs.Plan(
        title=HOSTILE,
        axes={
            "accelerator": ["V100-32GB", "A100-80GB", "H100", "B200", FORMULA],
            "region": ["gcp/europe-north1", "gcp/us-west1", "country/IND"],
            "devices": {"powers_of_two": [64, 1024]},
            "lifetime_years": [4, 6],
        },
        constants={"parameters": 7e9, "tokens": 2e12, "hardware_efficiency": 0.4, "pue": 1.1, **changes},
        equations={"*": "llmcarbon"},
        constraints={"training_days": "<= 10"},
        catalogs={"accelerators": catalog},
        output={
            "quantities": ["training_days", "operational_carbon", "embodied_carbon", "total_carbon"],
            "minimize": "total_carbon",
        },
    )


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("pictures")
    made = {}
    for name, changes in (("one", {}), ("other", {"tokens": 1.9e12})):
        made[name] = str(folder / name)
        cs.run(plan(folder, **changes), made[name])
    return made
